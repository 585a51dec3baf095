"""A table and what a grid reports -> the edits made to it; pure, without streamlit.

The table as loaded never changes. What the user does is kept beside it as `Edits`, and a grid's
report is added to the edits that stood when the grid was drawn. Adding the same report twice gives
the same edits, so it may be read in a callback and again in the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from planner.io.cells import csv_text

Cell = Any
"""A plain value of a cell: text, number, yes or no, date, or None for blank."""

Row = dict[str, Cell]

Kinds = Mapping[str, type]
"""The columns of a table in order and what each holds: str, int, float, bool, date, tuple, ..."""

DTYPES: dict[type, str] = {
    bool: "boolean",
    int: "Float64",
    float: "Float64",
    date: "datetime64[ns]",
}
"""What a grid shows a kind as. Whole numbers too may be typed with decimals: a finding says so,
where a grid of whole numbers would cut them off in silence."""


@dataclass(frozen=True)
class Edits:
    """What differs from the table as loaded: cells by (row, field), new rows, rows taken out."""

    changed: Mapping[tuple[int, str], Cell] = field(default_factory=dict)
    added: tuple[Mapping[str, Cell], ...] = ()
    deleted: frozenset[int] = frozenset()

    @property
    def count(self) -> int:
        """Changed cells, new rows and rows taken out."""
        return len(self.changed) + len(self.added) + len(self.deleted)


def rows_of(base: pd.DataFrame) -> list[Row]:
    """The rows of a table as plain cells."""
    cells = {str(name): [plain(cell) for cell in base[name].astype(object)] for name in base}
    return [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]


def edited_rows(rows: list[Row], edits: Edits) -> list[Row]:
    """The rows with the edits made; new rows come last."""
    kept = [dict(row) for row in rows]
    for (at, name), value in edits.changed.items():
        kept[at][name] = value
    return [row for at, row in enumerate(kept) if at not in edits.deleted] + [
        dict(row) for row in edits.added
    ]


def grid(rows: list[Row], kinds: Kinds) -> pd.DataFrame:
    """The rows as a grid shows them: every column may hold blanks."""
    return _frame(rows, {name: DTYPES.get(kind, "object") for name, kind in kinds.items()})


def cells(rows: list[Row], kinds: Kinds) -> pd.DataFrame:
    """The rows as `scenario_from_frames` reads them: plain cells, nothing converted."""
    return _frame(rows, dict.fromkeys(kinds, "object"))


def combine(rows: list[Row], kinds: Kinds, before: Edits, report: Mapping[str, Any]) -> Edits:
    """The edits after a grid drawn with `before` reported `edited_rows`, `added_rows` and
    `deleted_rows`; a cell put back to what was loaded is no edit."""
    kept = [at for at in range(len(rows)) if at not in before.deleted]
    changed, fresh = dict(before.changed), [dict(row) for row in before.added]
    for position, report_row in report.get("edited_rows", {}).items():
        place = int(position)
        for name, value in _known(report_row, kinds).items():
            if place < len(kept):
                changed[kept[place], name] = value
            elif place - len(kept) < len(fresh):
                fresh[place - len(kept)][name] = value
    gone = {int(position) for position in report.get("deleted_rows", ())}
    deleted = before.deleted | {kept[place] for place in gone if place < len(kept)}
    fresh = [row for at, row in enumerate(fresh) if at + len(kept) not in gone]
    fresh += [_known(row, kinds) for row in report.get("added_rows", ())]
    return Edits(
        {
            (at, name): value
            for (at, name), value in changed.items()
            if at not in deleted and not same(value, rows[at].get(name))
        },
        tuple(fresh),
        frozenset(deleted),
    )


def in_words(
    table: str, rows: list[Row], edits: Edits, key: tuple[str, ...]
) -> Iterator[dict[str, str]]:
    """One row per edit: table, row (its name), field, old, new; all text."""
    for (at, name), value in sorted(edits.changed.items(), key=lambda item: item[0]):
        old = shown(rows[at].get(name))
        yield _word(table, name_of(rows[at], key), name, old, shown(value))
    for row in edits.added:
        content = ", ".join(f"{name} {shown(cell)}" for name, cell in row.items() if shown(cell))
        yield _word(table, name_of(row, key), "whole row", "", f"new: {content or 'blank'}")
    for at in sorted(edits.deleted):
        yield _word(table, name_of(rows[at], key), "whole row", "there", "taken out")


def name_of(row: Mapping[str, Cell], key: tuple[str, ...]) -> str:
    """What a row is called: its key fields."""
    return " | ".join(filter(None, (shown(row.get(name)) for name in key)))


def shown(cell: Cell) -> str:
    """A cell as text; blank is nothing, a whole number has no decimals."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return csv_text(cell)


def same(one: Cell, other: Cell) -> bool:
    """Whether two cells say the same; an empty text is blank."""
    return bool((one if one != "" else None) == (other if other != "" else None))


def plain(cell: Cell) -> Cell:
    """A cell of a frame as a plain value; missing marks of pandas become None."""
    if pd.isna(cell):
        return None
    if isinstance(cell, pd.Timestamp):
        return cell.date()
    item = getattr(cell, "item", None)
    return item() if callable(item) else cell


def _known(report_row: Mapping[str, Any], kinds: Kinds) -> Row:
    """The cells of a reported row as plain values, without the grid's own fields (its index)."""
    return {name: _typed(value, kinds[name]) for name, value in report_row.items() if name in kinds}


def _typed(value: Cell, kind: type) -> Cell:
    """What the browser sent as the kind of the column: dates come as text, counts as numbers."""
    if kind is date and isinstance(value, str):
        return date.fromisoformat(value[:10])
    if kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    return plain(value)


def _frame(rows: list[Row], dtypes: Mapping[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            name: pd.Series([row.get(name) for row in rows], dtype=dtype)
            for name, dtype in dtypes.items()
        }
    )


def _word(table: str, row: str, name: str, old: str, new: str) -> dict[str, str]:
    return {"table": table, "row": row, "field": name, "old": old, "new": new}
