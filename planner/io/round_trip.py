"""An edited workbook and the scenario it came from -> the edits one by one, and those accepted made.

Read with `read_back`, shown to the person, made with `accept`; nothing is changed before that. Three
sets of values are compared where the workbook remembers what it was made from: what it held then,
what it holds now, and what the scenario holds now.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from planner.domain.changes import (
    Change,
    Key,
    apply,
    conflicts,
    difference,
    key_of,
    plain_row,
    said,
)
from planner.domain.check import HEADER, check, did_you_mean
from planner.domain.records import Header, Record
from planner.domain.scenario import TABLES, Scenario
from planner.errors import Finding, ScenarioError
from planner.io.about import ABOUT, ORIGIN, About, Line, Origin, about_in, unpack
from planner.io.cells import BLANK, Column, Fault, columns, is_blank, plain_faults, read_cell
from planner.io.grids import Cell, Grid, column_letters
from planner.io.line_edits import LineEdit, line_edits, locks_of
from planner.io.untrusted import grids_untrusted
from planner.language import english

SAME_NUMBER = 1e-14
"""Relative: what is lost where a spreadsheet keeps 15 digits of a number."""
MOST_MERGED = 1_000
"""Rows and columns of a merged area that are looked at."""
HEADER_WITHIN = 10
"""The column names of a table stand in one of so many rows from the top."""


class Standing(StrEnum):
    """How a workbook stands to the scenario it is compared with."""

    CURRENT = "current"
    """It was made from the scenario as it is now."""
    STALE = "stale"
    """The scenario has changed since."""
    FOREIGN = "foreign"
    """It was made from another scenario."""
    UNKNOWN = "unknown"
    """It does not say what it was made from."""


@dataclass(frozen=True)
class Edit:
    """One cell or row edited in the workbook.

    `change` is what the person did; for a shipment line its table is 'lines' and accepting it makes
    a lock. `where` is its place in the workbook. `meanwhile` says in words what happened to the same
    cell or row of the scenario since the workbook was made; blank = nothing.
    """

    number: int
    change: Change
    where: str
    meanwhile: str = ""
    line: LineEdit | None = None


@dataclass(frozen=True)
class Returned:
    """What came back: how the workbook stands to the scenario, its edits, what could not be read."""

    standing: Standing
    explanation: str
    edits: tuple[Edit, ...] = ()
    findings: tuple[Finding, ...] = ()
    about: About | None = None


@dataclass
class _Sheets:
    """The tables found in a workbook: their rows as records, where each cell stands, the faults."""

    rows: dict[str, tuple[Record, ...]] = field(default_factory=dict)
    where: dict[tuple[str, Key, str], str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def read_back(
    source: str | Path | bytes,
    scenario: Scenario,
    lines: Sequence[Line] = (),
    name: str = "workbook.xlsx",
) -> Returned:
    """What was edited in an uploaded workbook, against the scenario as it is now.

    `lines` are those of the plan the workbook was made from, for a workbook that does not remember
    them. A workbook that cannot be opened at all raises a `ScenarioError`.
    """
    return compare(grids_untrusted(source, name), scenario, lines, name)


def compare(
    grids: Sequence[Grid], scenario: Scenario, lines: Sequence[Line] = (), name: str = ""
) -> Returned:
    """What was edited in the sheets of a workbook, against the scenario as it is now."""
    about, origin = _memory(grids)
    standing, explanation = _standing(grids, about, origin, scenario)
    if standing is Standing.FOREIGN:
        remedy = english("Choose the scenario it was made from.")
        finding = Finding(name, 0, "", explanation, remedy)
        return Returned(standing, explanation, (), (finding,), about)
    base = origin.scenario if origin else scenario
    sheets = _read(grids, base)
    found = {table: rows for table, rows in sheets.rows.items() if table != HEADER}
    header = sheets.rows.get(HEADER, (base.header,))[0]
    edited = base.model_copy(update={**found, "header": header})
    mine = difference(base, edited)
    theirs = difference(base, scenario)
    edits = [*_restated(mine, theirs, scenario, sheets)]
    known = origin.lines if origin and origin.lines else tuple(lines)
    for one in line_edits(grids, known, sheets.findings):
        edits.append(Edit(0, one.change, one.where, line=one))
    numbered = tuple(replace(edit, number=at) for at, edit in enumerate(edits, start=1))
    return Returned(standing, explanation, numbered, tuple(sorted(set(sheets.findings))), about)


def accept(
    scenario: Scenario, returned: Returned, numbers: Collection[int] | None = None
) -> Scenario:
    """The scenario with the edits of these numbers made, all of them where none are named.

    Edited shipment lines become locks. A `ScenarioError` says what does not fit together; then
    nothing is made.
    """
    chosen = [edit for edit in returned.edits if numbers is None or edit.number in numbers]
    inputs = [edit.change for edit in chosen if edit.line is None]
    changed = apply(scenario, inputs)
    changed = apply(changed, locks_of([edit.line for edit in chosen if edit.line], changed))
    if findings := check(changed):
        raise ScenarioError(findings)
    return changed


def _memory(grids: Sequence[Grid]) -> tuple[About | None, Origin | None]:
    """What the workbook says it was made from, and that scenario and plan where it kept them."""
    by_title = {grid.title: grid for grid in grids}
    texts = [str(cells[0]) for _, cells in by_title[ORIGIN].rows] if ORIGIN in by_title else []
    origin = unpack(texts) if texts else None
    about = about_in(cells for _, cells in by_title[ABOUT].rows) if ABOUT in by_title else None
    if origin and about and about.scenario_fingerprint != origin.scenario.fingerprint:
        origin = None
    if origin and about is None:
        about = About(origin.scenario.header.scenario, origin.scenario.fingerprint)
    return about, origin


def _standing(
    grids: Sequence[Grid], about: About | None, origin: Origin | None, scenario: Scenario
) -> tuple[Standing, str]:
    here = scenario.header.scenario
    if about is None:
        if not any(grid.title in TABLES for grid in grids):
            return Standing.FOREIGN, english(
                "The workbook holds no table of a scenario and no plan."
            )
        words = english(
            "The workbook does not say what it was made from. It is compared as it stands."
        )
        return Standing.UNKNOWN, words
    if about.scenario_fingerprint == scenario.fingerprint:
        return Standing.CURRENT, english(
            "The workbook was made from '{here}' as it is now.", here=here
        )
    if about.scenario != here or (origin and _no_lot_in_common(origin.scenario, scenario)):
        words = english(
            "The workbook was made from the scenario '{other}', not from '{here}'.",
            other=about.scenario,
            here=here,
        )
        if about.scenario == here:
            words = english(
                "The workbook was made from another scenario called '{here}', of other lots.",
                here=here,
            )
        return Standing.FOREIGN, words
    if origin:
        count = len(difference(origin.scenario, scenario))
        return Standing.STALE, english(
            "The scenario '{here}' has changed since the workbook was made from it. Only what was "
            "edited in the workbook is listed; {count} later change stays."
            if count == 1
            else "The scenario '{here}' has changed since the workbook was made from it. Only what "
            "was edited in the workbook is listed; {count} later changes stay.",
            here=here,
            count=count,
        )
    return Standing.STALE, english(
        "The scenario '{here}' has changed since the workbook was made from it. It does not remember "
        "the values of then, so later changes look like edits undone.",
        here=here,
    )


def _no_lot_in_common(one: Scenario, other: Scenario) -> bool:
    names = {lot.lot for lot in one.lots}
    return bool(names and other.lots) and names.isdisjoint(lot.lot for lot in other.lots)


def _restated(
    mine: Sequence[Change], theirs: Sequence[Change], scenario: Scenario, sheets: _Sheets
) -> Iterator[Edit]:
    """The edits as changes of the scenario as it is now; those it holds already are left out."""
    crossed: dict[tuple[str, Key, str], list[Change]] = {}
    for one, other in conflicts(mine, theirs):
        crossed.setdefault(one.place, []).append(other)
    now = _Now(scenario)
    for change in mine:
        fresh = now.restated(change)
        if fresh is None:
            continue
        meanwhile = "; ".join(_happened(other) for other in crossed.get(change.place, ()))
        where = sheets.where.get(change.place) or sheets.where.get((change.table, (), ""), "")
        yield Edit(0, fresh, where, meanwhile)


def _happened(change: Change) -> str:
    if not change.is_row:
        return english(
            "{field} was {old}, in the scenario it is now {new}",
            field=change.field,
            old=said(change.old),
            new=said(change.new),
        )
    return english(
        "taken out of the scenario" if change.new is None else "a row of this name is new there"
    )


class _Now:
    """The rows of the scenario as it is now, as plain values by key."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.tables: dict[str, dict[Key, Record]] = {HEADER: {(): scenario.header}}

    def restated(self, change: Change) -> Change | None:
        """A change with the old value of now; None where there is nothing left to change."""
        record = self._rows(change.table).get(change.key)
        row = None if record is None else plain_row(record)
        if not change.is_row:
            if row is None:
                return change
            return (
                None if row[change.field] == change.new else replace(change, old=row[change.field])
            )
        if change.new is None:
            return None if row is None else replace(change, old=row)
        return None if row == change.new else change

    def _rows(self, table: str) -> dict[Key, Record]:
        if table not in self.tables:
            rows = getattr(self.scenario, table)
            self.tables[table] = {key_of(row): row for row in rows}
        return self.tables[table]


def _read(grids: Sequence[Grid], base: Scenario) -> _Sheets:
    """The tables on the sheets of a workbook; a cell that cannot be read keeps the base's value."""
    sheets = _Sheets()
    for grid in grids:
        if grid.title == HEADER:
            _read_header(grid, base.header, sheets)
        elif grid.title in TABLES:
            _Reader(grid, getattr(base, grid.title), sheets).read()
    for table in TABLES:
        if sheets.rows and table not in sheets.rows and getattr(base, table):
            problem = english("The sheet is not in the workbook; nothing of it is compared.")
            remedy = english("Nothing to do, unless you meant to change it.")
            sheets.findings.append(Finding(table, 0, "", problem, remedy))
    return sheets


def _read_header(grid: Grid, base: Header, sheets: _Sheets) -> None:
    """The sheet with one field of the header a row."""
    fields = {column.name: column for column in columns(Header)}
    values = dict(base)
    for number, cells in grid.rows:
        name = str(cells[0]).strip() if cells else ""
        if name not in fields:
            continue
        value = _value(cells[1] if len(cells) > 1 else None, fields[name])
        sheets.where[HEADER, (), name] = f"{grid.title}!B{number}"
        if isinstance(value, Fault):
            sheets.findings.append(Finding(HEADER, number, name, value.problem, value.remedy))
        else:
            values[name] = value
    record, faults = _sound(Header, values, base)
    for name, fault in faults:
        where = sheets.where.get((HEADER, (), name), "!B0")
        number = int(where.rsplit("!B", 1)[1])
        sheets.findings.append(Finding(HEADER, number, name, fault.problem, fault.remedy))
    sheets.rows[HEADER] = (record or base,)


class _Reader:
    """One sheet with a table, read against the rows of the base."""

    def __init__(self, grid: Grid, base: Sequence[Record], sheets: _Sheets) -> None:
        self.grid, self.sheets = grid, sheets
        self.record = TABLES[grid.title]
        self.fields = columns(self.record)
        self.base = {key_of(row): row for row in base}
        self.spread = _merged_cells(grid)

    def read(self) -> None:
        """Adds the rows of the sheet to what was found."""
        top, at = self._header()
        keys = [name for name in self.record.key_fields if name not in at]
        if keys:
            problem = english(
                "The column {name} is not on the sheet; nothing of it is compared.", name=keys[0]
            )
            self._fault(top, keys[0], Fault(problem, english("Put the column back.")))
            self.sheets.rows[self.grid.title] = tuple(self.base.values())
            return
        rows: dict[Key, Record] = {}
        unnamed = False
        for number, cells in self.grid.rows:
            if number <= top or all(is_blank(_at(cells, column)) for column in at.values()):
                continue
            key, row = self._row(number, cells, at)
            if key is None:
                unnamed = True
            elif key in rows:
                shown = " | ".join(key)
                problem = english("'{shown}' stands there twice; the first counts.", shown=shown)
                fault = Fault(problem, english("Rename one."))
                self._fault(number, self.record.key_fields[0], fault)
            elif row is not None:
                rows[key] = row
                for name, column in at.items():
                    place = f"{self.grid.title}!{column_letters(column)}{number}"
                    self.sheets.where[self.grid.title, key, name] = place
                self.sheets.where[self.grid.title, key, ""] = f"{self.grid.title}!A{number}"
        if unnamed:
            rows |= {key: row for key, row in self.base.items() if key not in rows}
        self.sheets.where[self.grid.title, (), ""] = self.grid.title
        self.sheets.rows[self.grid.title] = tuple(rows.values())

    def _header(self) -> tuple[int, dict[str, int]]:
        """The row with most of the table's column names, and where each stands."""
        names = {field.name for field in self.fields}
        top, best = 1, dict[str, int]()
        for number, cells in self.grid.rows:
            if number > HEADER_WITHIN:
                break
            at: dict[str, int] = {}
            for column, cell in enumerate(cells):
                if isinstance(cell, str) and cell.strip() in names:
                    at.setdefault(cell.strip(), column)
            if len(at) > len(best):
                top, best = number, at
        self._strange_columns(top, best)
        return top, best

    def _strange_columns(self, top: int, at: Mapping[str, int]) -> None:
        cells = next((cells for number, cells in self.grid.rows if number == top), ())
        for column, cell in enumerate(cells):
            if column not in at.values() and not is_blank(cell):
                options = [field.name for field in self.fields if field.name not in at]
                remedy = did_you_mean(str(cell), options, otherwise=english("Nothing to do."))
                problem = english(
                    "The column '{cell}' is not one of the table; it is left out.", cell=cell
                )
                fault = Fault(problem, remedy)
                self._fault(top, "", fault)
        for missing in [each.name for each in self.fields if at and each.name not in at]:
            if missing not in self.record.key_fields:
                problem = english("The column is not on the sheet; its values stay.")
                fault = Fault(problem, english("Nothing to do."))
                self._fault(top, missing, fault)

    def _row(
        self, number: int, cells: Sequence[Cell], at: Mapping[str, int]
    ) -> tuple[Key | None, Record | None]:
        """The key of a row, None where it cannot be read, and its record, None where it is at fault."""
        read = {
            each.name: self._cell(number, _at(cells, at[each.name]), at[each.name], each)
            for each in self.fields
            if each.name in at
        }
        names = self.record.key_fields
        for name in names:
            value = read[name]
            if isinstance(value, Fault):
                self._fault(number, name, value)
                return None, None
        key = key_of(self.record.model_construct(**{name: read[name] for name in names}))
        old = self.base.get(key)
        values: dict[str, Any] = {} if old is None else dict(old)
        sound = True
        for name, value in read.items():
            if isinstance(value, Fault):
                self._fault(number, name, value)
                sound = old is not None and sound
            elif not (old is not None and _same(value, values[name])):
                values[name] = value
        if not sound:
            return key, None
        if old is not None and all(values[name] is getattr(old, name) for name in values):
            return key, old
        record, faults = _sound(self.record, values, old)
        for name, fault in faults:
            self._fault(number, name, fault)
        return key, record

    def _cell(self, number: int, cell: Cell, column: int, field: Column) -> Any:
        if (number, column + 1) in self.spread:
            problem = english("The cell is merged with others.")
            return Fault(problem, english("Unmerge them and fill every cell."))
        return _value(cell, field)

    def _fault(self, number: int, name: str, fault: Fault) -> None:
        finding = Finding(self.grid.title, number, name, fault.problem, fault.remedy)
        self.sheets.findings.append(finding)


def _value(cell: Cell, field: Column) -> Any:
    """What a cell says, the field's default where it is blank, or a fault."""
    value = read_cell(cell, field)
    return field.default if value is BLANK else value


def _same(value: object, old: object) -> bool:
    """Whether a cell says what it said; the last digits of a number are not kept everywhere."""
    if isinstance(value, float) and isinstance(old, float):
        return math.isclose(value, old, rel_tol=SAME_NUMBER)
    return value == old


def _sound(
    record: type[Record], values: Mapping[str, Any], old: Record | None
) -> tuple[Record | None, list[tuple[str, Fault]]]:
    """The record of a row; its faulty fields keep the old row's values, without one there is none."""
    try:
        return record.model_validate(dict(values)), []
    except ValidationError as error:
        faults = list(plain_faults(error, record))
    if old is None:
        return None, faults
    kept = {**values, **{name: getattr(old, name) for name, _ in faults}}
    return record.model_validate(kept), faults


def _merged_cells(grid: Grid) -> set[tuple[int, int]]:
    """Row and column of the cells that lost their value to a merge; of small merges only."""
    return {
        (row, column)
        for top, left, bottom, right in grid.merged
        for row in range(top, min(bottom, top + MOST_MERGED) + 1)
        for column in range(left, min(right, left + MOST_MERGED) + 1)
        if (row, column) != (top, left)
    }


def _at(cells: Sequence[Cell], column: int) -> Cell:
    return cells[column] if column < len(cells) else None
