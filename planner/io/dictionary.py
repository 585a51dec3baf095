"""The records -> the data dictionary: every table and field, in English and Chinese."""

from __future__ import annotations

import sys
from collections.abc import Hashable
from datetime import date
from enum import StrEnum
from typing import Any

import pandas as pd

from planner.domain.check import HEADER, NEEDED
from planner.domain.records import Header, Record
from planner.domain.scenario import TABLES
from planner.io.cells import Column, columns, csv_text, get_words

TITLE = """# Data dictionary

Every field of a scenario, generated from `planner/domain/records.py` by
`python -m planner.io.dictionary > docs/data-dictionary.md`.

A scenario is a folder of `scenario.yaml` and one CSV per table, or one workbook with a sheet
`scenario` and one sheet per table. Blank cells take the default. Lists are parted by `;`, dates are
written 2026-01-31, yes and no are 1 and 0. `LC` is the currency named in the row, `PC` the planning
currency; shares run from 0 to 1. Fields in **bold** are the key: together they occur once.
"""


def dictionary() -> pd.DataFrame:
    """One row per (table, field).

    Columns: table, table_meaning, field, key, type, unit, required, default, meaning_en,
    meaning_zh; all text but key and required.
    """
    rows = [
        _row(table, record, column)
        for table, record in ({HEADER: Header} | TABLES).items()
        for column in columns(record)
    ]
    return pd.DataFrame(rows)


def markdown() -> str:
    """The dictionary as a page of documentation."""
    parts = [TITLE]
    for table, fields in dictionary().groupby("table", sort=False):
        needed = " Needed in every scenario." if table in (HEADER, *NEEDED) else ""
        parts.append(f"\n## {table}\n\n{fields['table_meaning'].iloc[0]}{needed}\n")
        parts.append("\n| field | type | unit | blank means | meaning | 中文 |\n")
        parts.append("|---|---|---|---|---|---|\n")
        parts.extend(_line(field) for field in fields.to_dict("records"))
    return "".join(parts)


def _row(table: str, record: type[Record], column: Column) -> dict[str, object]:
    return {
        "table": table,
        "table_meaning": " ".join((record.__doc__ or "").split()),
        "field": column.name,
        "key": column.is_key,
        "type": _type(column),
        "unit": column.unit,
        "required": column.required,
        "default": "" if column.required else csv_text(column.default),
        "meaning_en": column.meaning_en,
        "meaning_zh": column.meaning_zh,
    }


def _type(column: Column) -> str:
    if issubclass(column.kind, StrEnum):
        return "one of: " + ", ".join(get_words(column.kind))
    if column.is_currency:
        return "currency code"
    words = {str: "text", int: "whole number", float: "number", bool: "yes or no", date: "date"}
    return words.get(column.kind, "list of names") + _range(column)


def _range(column: Column) -> str:
    if column.above is not None:
        return f" above {column.above:g}"
    if column.least is None or column.most is None:
        return ""
    return f", {column.least:g} to {column.most:g}" if column.most <= 1000 else _at_least(column)


def _at_least(column: Column) -> str:
    return f", {column.least:g} or more" if column.least == 0 else ""


def _line(field: dict[Hashable, Any]) -> str:
    name = f"**{field['field']}**" if field["key"] else str(field["field"])
    blank = "not allowed" if field["required"] else (field["default"] or "none")
    cells = [name, field["type"], field["unit"], blank, field["meaning_en"], field["meaning_zh"]]
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    sys.stdout.write(markdown())
