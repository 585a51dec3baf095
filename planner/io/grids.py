"""The bytes of a workbook -> its sheets as plain cells, wherever their tables stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from planner.domain.columns import Fault

Cell = str | int | float | bool | date | Fault | None


@dataclass(frozen=True)
class Grid:
    """A sheet: its rows with their numbers, cells from column A on, what is hidden or merged."""

    title: str
    visible: bool
    rows: Sequence[tuple[int, Sequence[Cell]]]
    hidden_rows: frozenset[int] = frozenset()
    merged: tuple[tuple[int, int, int, int], ...] = ()
    """First row, first column, last row, last column; counted from 1."""


def column_letters(column: int) -> str:
    """0 is 'A', 26 is 'AA'."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def read_grids(content: bytes, name: str) -> list[Grid]:
    """All sheets of a workbook that passed `preflight`; a formula counts as its saved value."""
    from planner.io.workbook import open_both, sheet_rows  # the reader of workbooks loads here

    book, saved = open_both(content, name)
    return [
        Grid(
            title=sheet.title,
            visible=sheet.sheet_state == "visible",
            rows=[
                (number, [_plain(cell) for cell in _cut(cells)])
                for number, cells in sheet_rows(sheet, saved[sheet.title])
                if any(cell is not None for cell in cells)
            ],
            hidden_rows=frozenset(row for row, look in sheet.row_dimensions.items() if look.hidden),
            merged=tuple(
                (area.min_row, area.min_col, area.max_row, area.max_col)
                for area in sheet.merged_cells.ranges
            ),
        )
        for sheet in book.worksheets
    ]


def to_json(grids: Sequence[Grid]) -> list[Any]:
    """Grids as JSON keeps them: dates, times and faults are marked as such."""
    return [
        {
            "title": grid.title,
            "visible": grid.visible,
            "rows": [[number, [_out(cell) for cell in cells]] for number, cells in grid.rows],
            "hidden_rows": sorted(grid.hidden_rows),
            "merged": grid.merged,
        }
        for grid in grids
    ]


def from_json(said: Sequence[Any]) -> list[Grid]:
    """The grids `to_json` wrote."""
    return [
        Grid(
            title=grid["title"],
            visible=grid["visible"],
            rows=[(number, [_in(cell) for cell in cells]) for number, cells in grid["rows"]],
            hidden_rows=frozenset(grid["hidden_rows"]),
            merged=tuple((a, b, c, d) for a, b, c, d in grid["merged"]),
        )
        for grid in said
    ]


def _cut(cells: Sequence[object]) -> Sequence[object]:
    """The cells without the empty ones at the end."""
    width = len(cells)
    while width and cells[width - 1] is None:
        width -= 1
    return cells[:width]


def _plain(cell: object) -> Cell:
    """A cell as a reader of tables takes it; a time of day alone is text."""
    if cell is None or isinstance(cell, str | int | float | bool | date | Fault):
        return cell
    return cell.isoformat() if isinstance(cell, time) else str(cell)


def _out(cell: Cell) -> Any:
    if isinstance(cell, Fault):
        return {"fault": [cell.problem, cell.remedy]}
    if isinstance(cell, datetime):
        return {"moment": cell.isoformat()}
    return {"date": cell.isoformat()} if isinstance(cell, date) else cell


def _in(cell: Any) -> Cell:
    if not isinstance(cell, dict):
        plain: Cell = cell
        return plain
    ((kind, value),) = cell.items()
    if kind == "fault":
        return Fault(*value)
    return datetime.fromisoformat(value) if kind == "moment" else date.fromisoformat(value)
