"""Header and tables as cells -> Scenario, or every finding at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from planner.domain import check as checks
from planner.domain.check import did_you_mean
from planner.domain.records import Header, Record
from planner.domain.scenario import TABLES, Scenario
from planner.errors import Finding, ScenarioError
from planner.io.cells import (
    BLANK,
    Column,
    Fault,
    columns,
    excel_value,
    is_blank,
    plain_faults,
    read_cell,
    tidy,
)
from planner.language import english


@dataclass(frozen=True)
class RawTable:
    """A table as it was read: column names, and rows of cells with their row numbers."""

    columns: Sequence[str]
    rows: Sequence[tuple[int, Sequence[object]]]


def raw_tables(scenario: Scenario) -> dict[str, RawTable]:
    """The tables of a scenario as they would be read from a file."""
    raw = {}
    for table, record in TABLES.items():
        names = [column.name for column in columns(record)]
        rows = [
            (position + 2, [excel_value(getattr(row, name)) for name in names])
            for position, row in enumerate(getattr(scenario, table))
        ]
        raw[table] = RawTable(names, rows)
    return raw


@dataclass(frozen=True)
class RawHeader:
    """The header as it was read: field -> cell, and the line each field stands on."""

    cells: Mapping[str, object]
    rows: Mapping[str, int]
    place: str = checks.HEADER
    """What findings call it: scenario.yaml in a folder, scenario in a workbook."""


@dataclass(frozen=True)
class _Row:
    """A row read so far: its record (patched where a field was at fault) and whether it is sound."""

    number: int
    record: Record
    sound: bool


def scenario_of(
    header: RawHeader | None, tables: Mapping[str, RawTable], findings: Iterable[Finding] = ()
) -> Scenario:
    """The scenario, or a `ScenarioError` with every finding, those of the reader included.

    A header of None is one the reader could not read and has reported.
    """
    found = [*findings, *_unknown_tables(tables)]
    read: dict[str, list[_Row]] = {}
    for table, raw in tables.items():
        if table in TABLES:
            read[table] = []
            found.extend(_read_table(table, raw, read[table]))
    if header is None:
        raise ScenarioError(found)
    head, head_findings = _read_header(header)
    found.extend(head_findings)
    if not head_findings:
        found.extend(_agreement(header, head, read, sound=not found))
    if found:
        raise ScenarioError(found)
    rows = {table: tuple(row.record for row in rows) for table, rows in read.items()}
    return Scenario.model_validate({"header": head, **rows})


def _unknown_tables(tables: Mapping[str, RawTable]) -> Iterator[Finding]:
    for table in tables:
        if table not in TABLES:
            otherwise = english("Use one of: {tables}.", tables=", ".join(TABLES))
            remedy = did_you_mean(table, TABLES, otherwise=otherwise)
            yield Finding(table, 0, "", english("There is no such table."), remedy)


def _agreement(
    header: RawHeader, head: Header, read: Mapping[str, list[_Row]], *, sound: bool
) -> Iterator[Finding]:
    """Faults between tables; with faulty rows only those that need no sound whole.

    A faulty row keeps its name, so that rows that refer to it are not reported too; nothing
    further is said of the row itself.
    """
    rows = {table: tuple(row.record for row in rows) for table, rows in read.items()}
    scenario = Scenario.model_construct(header=head, **rows)  # type: ignore[arg-type]
    found = checks.check(scenario) if sound else checks.row_findings(scenario)
    for finding in found:
        if finding.table == checks.HEADER:
            row = header.rows.get(finding.field, 0)
            yield replace(finding, table=header.place, row=row)
        elif finding.row == 0:
            yield finding
        else:
            row_read = read[finding.table][finding.row - 2]
            if row_read.sound:
                yield replace(finding, row=row_read.number)


def _read_header(header: RawHeader) -> tuple[Header, list[Finding]]:
    fields = {column.name: column for column in columns(Header)}
    found = [
        Finding(header.place, header.rows.get(name, 0), name, english("There is no such field."),
                did_you_mean(name, fields,
                             otherwise=english("Use one of: {fields}.", fields=", ".join(fields))))
        for name in header.cells
        if name not in fields
    ]  # fmt: skip
    values = {name: read_cell(header.cells.get(name), column) for name, column in fields.items()}
    record, faults = _record(Header, values)
    found += [
        Finding(header.place, header.rows.get(name, 0), name, fault.problem, fault.remedy)
        for name, fault in faults
    ]
    return record, found  # type: ignore[return-value]


def _read_table(table: str, raw: RawTable, into: list[_Row]) -> Iterator[Finding]:
    """Reads the rows of a table into a list and yields what was wrong with them."""
    record = TABLES[table]
    yield from _column_findings(table, raw, record)
    fields = columns(record)
    place = {name: position for position, name in reversed(list(enumerate(raw.columns)))}
    absent = {field.name for field in fields if field.required and field.name not in place}
    if absent:
        return
    read = [(field, place[field.name]) for field in fields if field.name in place]
    for number, cells in raw.rows:
        if all(map(is_blank, cells)):
            continue
        values = {field.name: read_cell(cells[at], field) for field, at in read}
        row, faults = _record(record, values)
        for name, fault in faults:
            yield Finding(table, number, name, fault.problem, fault.remedy)
        if not {name for name, _ in faults} & set(record.key_fields):
            into.append(_Row(number, row, sound=not faults))
    yield from _duplicates(table, record, into)


def _column_findings(table: str, raw: RawTable, record: type[Record]) -> Iterator[Finding]:
    fields = {column.name: column for column in columns(record)}
    seen: set[str] = set()
    for name in raw.columns:
        otherwise = english("Take it out, or use one of: {fields}.", fields=", ".join(fields))
        if not name:
            yield Finding(
                table,
                1,
                "",
                english("A column has cells but no name."),
                english("Name or empty it."),
            )
        elif name in seen:
            yield Finding(
                table, 1, name, english("The column occurs twice."), english("Keep one of them.")
            )
        elif name not in fields:
            remedy = did_you_mean(name, set(fields) - set(raw.columns), otherwise=otherwise)
            yield Finding(table, 1, name, english("There is no such column."), remedy)
        seen.add(name)
    for name, column in fields.items():
        if column.required and name not in seen:
            yield Finding(
                table,
                1,
                name,
                english("The column is missing."),
                english("Add a column '{name}'.", name=name),
            )


def _record(
    record: type[Record], values: Mapping[str, Any]
) -> tuple[Record, list[tuple[str, Fault]]]:
    """The record of a row and its faults; where there are any, a stand-in takes their place."""
    faults = [(name, value) for name, value in values.items() if isinstance(value, Fault)]
    given = {
        name: value
        for name, value in values.items()
        if value is not BLANK and not isinstance(value, Fault)
    }
    known = {name for name, _ in faults}
    try:
        row = record.model_validate(given)
    except ValidationError as error:
        faults += [
            (name, fault) for name, fault in plain_faults(error, record) if name not in known
        ]
    if not faults:
        return row, faults
    broken = {name for name, _ in faults}
    stand_ins = {
        column.name: _stand_in(column) for column in columns(record) if column.name in broken
    }
    return record.model_construct(**{**given, **stand_ins}), faults


def _stand_in(column: Column) -> object:
    """A harmless value for a field at fault, so that the row's other fields can be checked."""
    if not column.required:
        return column.default
    if issubclass(column.kind, StrEnum):
        return next(iter(column.kind))
    plain: dict[type, object] = {int: 1, float: 1.0, bool: False, date: date.min, tuple: ()}
    return plain.get(column.kind, "")


def _duplicates(table: str, record: type[Record], rows: list[_Row]) -> Iterator[Finding]:
    """Rows with the same key, also when they differ only in case, width or invisible marks."""
    first: dict[tuple[str, ...], _Row] = {}
    for row in rows:
        key = tuple(str(getattr(row.record, name)) for name in record.key_fields)
        other = first.setdefault(tuple(tidy(part).casefold() for part in key), row)
        if other is row:
            continue
        shown = " | ".join(key)
        problem = english("'{shown}' is already in row {number}.", shown=shown, number=other.number)
        if key != tuple(str(getattr(other.record, name)) for name in record.key_fields):
            problem = english(
                "'{shown}' differs from row {number} only in case or width.",
                shown=shown,
                number=other.number,
            )
        remedy = english("Give each row its own name, or take one out.")
        yield Finding(table, row.number, record.key_fields[0], problem, remedy)
