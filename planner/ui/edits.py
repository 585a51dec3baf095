"""Rows of a table <-> what a grid shows and reports; pure, without streamlit.

A grid is drawn once from a snapshot of the rows and keeps its name while the user types, so that no
keystroke is lost. It reports everything typed since it was drawn; what has been taken in already
is remembered, so the same report read twice changes nothing and never undoes what others did.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from planner.domain.changes import WHOLE_ROW, Change, Key, Plain, said
from planner.domain.check.basics import HEADER
from planner.domain.columns import Column, columns
from planner.io.cells import read_cell
from planner.language import ENGLISH, english, language
from planner.store.sheets import Row, Sheet, key_in, record_of

DTYPES: dict[type, str] = {
    bool: "boolean",
    int: "Float64",
    float: "Float64",
    date: "datetime64[ns]",
}
"""What a grid shows a kind as. Whole numbers too may be typed with decimals: a finding says so,
where a grid of whole numbers would cut them off in silence."""
HEADER_COLUMNS = ("field", "value", "unit", "meaning")
MARK = "changed"
"""The column that says what differs from the base."""
Report = Mapping[str, Any]


@dataclass
class Grid:
    """The grid of one table: the rows it was drawn with and what it has reported since."""

    table: str
    rows: list[Row]
    keys: list[Key]
    """Of the rows drawn, as they are called now."""
    frame: pd.DataFrame
    edited: dict[tuple[int, str], Any] = field(default_factory=dict)
    added: list[tuple[Key, Mapping[str, Any]]] = field(default_factory=list)
    deleted: set[int] = field(default_factory=set)
    waiting: int = 0
    """New rows not taken in, for want of a name or because it is taken."""

    @classmethod
    def of(cls, table: str, rows: Sequence[Row]) -> Grid:
        """A grid drawn afresh."""
        keys = [key_in(table, row) for row in rows]
        return cls(table, list(rows), keys, _frame(table, rows))

    def take_in(self, report: Report, sheet: Sheet) -> tuple[list[Change], list[str]]:
        """The changes a report holds that were not taken in before, and what could not be."""
        now, changes, problems = sheet.copy(), [], []
        asked = self._header if self.table == HEADER else self._rows
        for change in asked(report, now):
            if why := now.obstacle(change):
                problems.append(f"{change}. {why}")
            elif change.old != change.new:
                now.make(change)
                changes.append(change)
        return changes, problems

    def _rows(self, report: Report, now: Sheet) -> Iterator[Change]:
        yield from self._cells(report, now)
        yield from self._taken_out(report, now)
        yield from self._new_rows(report, now)

    def _cells(self, report: Report, now: Sheet) -> Iterator[Change]:
        known = _columns(self.table)
        for position, reported in report.get("edited_rows", {}).items():
            at = int(position)
            for name, value in reported.items():
                row = now.find(self.keys[at])
                if name not in known or row is None or not self._is_news(at, name, value):
                    continue
                new = plain(value, known[name])
                change = Change(self.table, self.keys[at], name, row[name], new)
                renamed = not now.obstacle(change)
                yield change
                if renamed:
                    self.keys[at] = key_in(self.table, {**row, name: new})

    def _is_news(self, at: int, name: str, value: Any) -> bool:
        """Whether a cell says something it had not said yet; from now on it has."""
        if (at, name) in self.edited and self.edited[at, name] == value:
            return False
        self.edited[at, name] = value
        return True

    def _taken_out(self, report: Report, now: Sheet) -> Iterator[Change]:
        for at in sorted(set(map(int, report.get("deleted_rows", ()))) - self.deleted):
            self.deleted.add(at)
            if (row := now.find(self.keys[at])) is not None:
                yield Change(self.table, self.keys[at], WHOLE_ROW, row, None)

    def _new_rows(self, report: Report, now: Sheet) -> Iterator[Change]:
        reported = [_known(row, self.table) for row in report.get("added_rows", ())]
        if len(reported) < len(self.added):
            for key, _ in [each for each in self.added if each[1] not in reported]:
                if (row := now.find(key)) is not None:
                    yield Change(self.table, key, WHOLE_ROW, row, None)
            self.added = [each for each in self.added if each[1] in reported]
        self.waiting = 0
        for at, cells in enumerate(reported):
            row = _row(cells, self.table)
            key = key_in(self.table, row)
            if at < len(self.added):
                yield from self._new_row_again(at, row, cells, now)
            elif not key[0] or now.find(key) is not None:
                self.waiting += 1
            else:
                self.added.append((key, cells))
                yield Change(self.table, key, WHOLE_ROW, None, row)

    def _new_row_again(
        self, at: int, row: Row, cells: Mapping[str, Any], now: Sheet
    ) -> Iterator[Change]:
        """Cells of a new row typed after it was first taken in."""
        key, before = self.added[at]
        for name in row:
            found = now.find(key)
            if found is not None and cells.get(name) != before.get(name):
                yield Change(self.table, key, name, found[name], row[name])
                key = key_in(self.table, {**found, name: row[name]})
        self.added[at] = key, cells

    def _header(self, report: Report, now: Sheet) -> Iterator[Change]:
        known = _columns(HEADER)
        for position, reported in report.get("edited_rows", {}).items():
            at, row = int(position), now.find(()) or {}
            if "value" in reported and self._is_news(at, "value", reported["value"]):
                name = list(known)[at]
                yield Change(HEADER, (), name, row[name], typed(reported["value"], known[name]))


def marks(grid: Grid, sheet: Sheet, before: Sheet) -> list[str]:
    """What differs from the base, for each row drawn."""
    if grid.table == HEADER:
        now, base = sheet.find(()) or {}, before.find(()) or {}
        return [f"was {said(base[name])}" if now[name] != base[name] else "" for name in now]
    changed = {
        sheet.key_at(at): _mark(row, before.rows.get(at))
        for at, row in sheet.rows.items()
        if before.rows.get(at) is not row
    }
    return [changed.get(key, "") for key in grid.keys] if changed else [""] * len(grid.keys)


def _mark(row: Row, base: Row | None) -> str:
    if base is None:
        return english("new row")
    return "; ".join(
        english("{name} was {value}", name=name, value=said(base[name]))
        for name in row
        if row[name] != base[name]
    )


# Cells


def typed(value: object, column: Column) -> Plain:
    """What was typed as text, as the field's own kind where it can be read as one."""
    found = read_cell(value, column)
    text = plain(str(value), column) if value is not None else None
    return plain(found, column) if isinstance(found, column.kind) else text or _blank(column)


def plain(value: Any, column: Column) -> Plain:
    """What the browser sent as the scenario keeps it: dates as text, lists as names, counts whole."""
    if isinstance(value, tuple):
        return value
    if value is None or value == "" or pd.isna(value):
        return _blank(column)
    if column.kind is date:
        return str(value)[:10]
    if column.kind is tuple and isinstance(value, str):
        return tuple(part.strip() for part in value.split(";") if part.strip())
    if column.kind is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if column.kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    item = getattr(value, "item", None)
    found: Plain = item() if callable(item) else value
    return found


def _blank(column: Column) -> Plain:
    """What a blank cell says: the default, where the field has one that is a text or a list."""
    if column.kind is tuple:
        return ()
    return "" if column.kind is str and not column.optional and not column.required else None


def _columns(table: str) -> dict[str, Column]:
    return {column.name: column for column in columns(record_of(table))}


def _known(reported: Mapping[str, Any], table: str) -> dict[str, Any]:
    """The cells of a reported row without the grid's own fields."""
    return {name: value for name, value in reported.items() if name in _columns(table)}


def _row(cells: Mapping[str, Any], table: str) -> Row:
    """A new row: what was typed, and the default of every other field."""
    row: Row = {}
    for name, column in _columns(table).items():
        if name in cells and cells[name] not in (None, ""):
            row[name] = plain(cells[name], column)
        else:
            row[name] = _default(column)
    return row


def _default(column: Column) -> Plain:
    if column.default is None:
        return _blank(column)
    return column.default.isoformat() if isinstance(column.default, date) else column.default


# Frames


def _frame(table: str, rows: Sequence[Row]) -> pd.DataFrame:
    """The rows as a grid shows them: every column may hold blanks."""
    if table == HEADER:
        return _header_frame(rows[0])
    return pd.DataFrame(
        {
            name: pd.Series(
                [_shown(row.get(name), column) for row in rows],
                dtype=DTYPES.get(column.kind, "object"),
            )
            for name, column in _columns(table).items()
        }
    )


def _shown(value: Plain, column: Column) -> Any:
    """A cell as its column can show it; a value of another kind leaves the cell blank."""
    if isinstance(value, tuple):
        return ";".join(value)
    if column.kind in (int, float) and not isinstance(value, int | float):
        return None
    if column.kind is date:
        return pd.to_datetime(value, errors="coerce") if isinstance(value, str) else None
    return value


def _header_frame(row: Row) -> pd.DataFrame:
    lines = [
        (name, _text(row[name]), column.unit, _meaning(column))
        for name, column in _columns(HEADER).items()
    ]
    return pd.DataFrame(lines, columns=list(HEADER_COLUMNS), dtype="object")


def _meaning(column: Column) -> str:
    """What a field of the header means, for a reader of either language."""
    zh = column.meaning_zh
    return f"{column.meaning_en} {zh}" if language() == ENGLISH else zh


def _text(value: Plain) -> str:
    return "" if value is None else said(value) if value not in ("", ()) else ""
