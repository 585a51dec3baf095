"""Plan <-> a folder of one CSV per plan table and summary.json.

CSV opens in a spreadsheet, where a text that starts like a formula becomes one. Such a text, and
one that starts with an apostrophe, is written with an apostrophe before it, which `read_tables`
takes away again: every name and reason comes back as it was.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from planner.errors import PlannerError
from planner.plan.record import PLAN_TABLES, Plan
from planner.report.files import write_atomically
from planner.report.headings import HEADINGS
from planner.report.summary import summary

SUMMARY_FILE = "summary.json"
STARTS_A_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20\t\r\n")
WHOLE_KINDS = ("whole", "units", "days")
NUMBER_KINDS = ("number", "money", "share")
NEEDED = ("lines", "waterfalls", "exits", "openings", "shortfalls")
"""Tables without which a plan cannot be audited."""


def write_tables(plan: Plan, folder: Path) -> None:
    """Writes every plan table and, last, the summary: a folder without one is no plan."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SUMMARY_FILE).unlink(missing_ok=True)
    for name, table in plan.tables.items():
        write_atomically(folder / f"{name}.csv", guarded_csv(table))
    write_summary(plan, folder / SUMMARY_FILE)


def write_summary(plan: Plan, file: Path) -> None:
    """Writes the summary of a plan as JSON."""
    text = json.dumps(summary(plan), ensure_ascii=False, indent=2, allow_nan=False)
    write_atomically(file, (text + "\n").encode())


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """The plan tables in a folder: names as text ('' where blank), dates as datetime64."""
    tables = {}
    for name in PLAN_TABLES:
        file = folder / f"{name}.csv"
        if file.is_file():
            tables[name] = _read(name, file)
        elif name in NEEDED:
            raise PlannerError(f"{folder} lacks {file.name}. Write the plan's tables again.")
    return tables


def read_summary(folder: Path) -> dict[str, Any]:
    """The summary in a folder of plan tables, with the plan's value."""
    file = folder / SUMMARY_FILE
    if not file.is_file():
        raise PlannerError(
            f"{folder} holds no plan: {SUMMARY_FILE} is missing. "
            "Write one with 'python -m planner plan SCENARIO --tables FOLDER'."
        )
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
        float(known["value"])
        str(known["perspective"] + known["fingerprint"])
    except (ValueError, KeyError, TypeError) as error:
        raise PlannerError(f"{file} is damaged: {error}. Write the plan again.") from error
    return dict(known)


def is_plan_folder(path: Path) -> bool:
    """Whether a path is a folder written by `write_tables`."""
    return (path / SUMMARY_FILE).is_file()


def guarded_csv(table: pd.DataFrame) -> bytes:
    """A table as CSV in which no text starts a formula.

    Lines end as spreadsheets end them; then a carriage return within a text is quoted too.
    """
    return _guarded(table).to_csv(index=False, lineterminator="\r\n").encode()


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    stripped = text.lstrip(" ")
    return f"'{text}" if stripped.startswith(STARTS_A_FORMULA) or text.startswith("'") else text


def unguarded(text: str) -> str:
    """The text that was guarded."""
    return text.removeprefix("'")


def _guarded(table: pd.DataFrame) -> pd.DataFrame:
    """The cells of a table as they are written: dates as 2026-01-31, texts guarded."""
    out = table.copy()
    for name in table.columns:
        if pd.api.types.is_datetime64_any_dtype(table[name]):
            out[name] = table[name].dt.strftime("%Y-%m-%d")
        elif not pd.api.types.is_numeric_dtype(table[name]):
            cells = [_cell(value) for value in table[name].tolist()]
            out[name] = pd.Series(cells, index=table.index, dtype=object)
    return out.set_axis([guarded(str(name)) for name in out.columns], axis=1)


def _cell(value: object) -> object:
    if isinstance(value, str):
        return guarded(value)
    return value.isoformat()[:10] if isinstance(value, date) else value


def _read(table_name: str, file: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")
        for name in table.columns:
            table[name] = _typed(_kind(table_name, str(name), table[name]), table[name])
    except (ValueError, UnicodeError) as error:
        raise PlannerError(f"{file} is damaged: {error}. Write the plan again.") from error
    return table


def _kind(table: str, name: str, texts: pd.Series) -> str:
    """The kind of a column: by its heading, or by what it holds where it has none."""
    if table == "waterfalls" and name != "line":
        return "money"
    if name in HEADINGS:
        return HEADINGS[name].kind
    numbers = pd.to_numeric(texts.replace("", "0"), errors="coerce")
    return "number" if len(texts) and numbers.notna().all() else "text"


def _typed(kind: str, texts: pd.Series) -> pd.Series:
    """A column in the type of its kind; a blank number is NaN."""
    if kind == "date":
        return pd.to_datetime(texts, format="%Y-%m-%d")
    if kind in WHOLE_KINDS or kind in NUMBER_KINDS:
        # float() reads back exactly what was written; pandas' fast parser may not.
        numbers = [float(text) if text else float("nan") for text in texts.tolist()]
        written_whole = all(text.lstrip("-").isdigit() for text in texts.tolist())
        whole = kind in WHOLE_KINDS and written_whole
        return pd.Series(numbers, index=texts.index, dtype="int64" if whole else "float64")
    return texts.map(unguarded).astype("str")
