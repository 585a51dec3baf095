"""Cells copied from a spreadsheet, as text -> changes of a table, and what was not understood.

Spreadsheets write numbers and dates as their country does. A number is read by the decimal sign
given, or by the one the text itself shows; a date by 2026-05-01, 2026年5月1日, 2026/5/1 or 1.5.2026.
What can be read in more than one way is rejected, never guessed.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from planner.domain.changes import WHOLE_ROW, Change, Key, Plain, key_of, plain_row
from planner.domain.columns import Column, Fault, columns, tidy
from planner.domain.records import Record
from planner.errors import Finding
from planner.io.cells import BLANK, read_cell
from planner.language import english

Rows = Mapping[Key, Mapping[str, Plain]]


class Decimal(StrEnum):
    """The sign before the decimals."""

    POINT = "."
    COMMA = ","


@dataclass(frozen=True)
class Pasted:
    """What a paste would do: its changes, and each cell or row that is rejected with the reason."""

    changes: tuple[Change, ...] = ()
    rejected: tuple[Finding, ...] = ()
    same: int = 0
    """Cells that already say so."""


NUMBER_LIKE = re.compile(r"[-+(]?[\s¥￥$€£]*[\d.,\s\u00a0\u202f']+[\s¥￥$€£%)]*")
YEAR_FIRST = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")
SIGNS = re.compile(r"[\s\u00a0\u202f'¥￥$€£]")
COMMA_DECIMALS = re.compile(r"[-+]?(\d{1,3}(\.\d{3})+,\d+|\d+,(\d{1,2}|\d{4,}))%?")
POINT_DECIMALS = re.compile(r"[-+]?(\d{1,3}(,\d{3})+\.\d+|\d+\.(\d{1,2}|\d{4,}))%?")


def read_paste(
    text: str,
    table: str,
    record: type[Record],
    rows: Rows,
    decimal: Decimal | None = None,
) -> Pasted:
    """What a pasted block says of a table whose first line names the fields.

    A line whose key is known changes that row; any other is a new row. Without a decimal sign the
    one that the block's own numbers show is taken.
    """
    lines = [line for line in _lines(text) if any(cell.strip() for cell in line)]
    if len(lines) < 2:
        return _refused(
            table,
            english("There are no rows."),
            english("Copy the headings together with the rows."),
        )
    known = _headings(record)
    fields = [known.get(_folded(cell)) for cell in lines[0]]
    unknown = [cell for cell, field in zip(lines[0], fields, strict=True) if field is None]
    found = [field.name for field in fields if field is not None]
    missing = [name for name in record.key_fields if name not in found]
    if missing:
        remedy = english(
            "Copy a first line with the headings; {missing} must be among them.",
            missing=", ".join(missing),
        )
        return _refused(
            table, english("No column is named {missing}.", missing=", ".join(missing)), remedy
        )
    sign = decimal or decimal_of(cell for line in lines[1:] for cell in line)
    reader = _Reader(table, record, rows, sign)
    for heading in filter(str.strip, unknown):
        reader.reject(
            1,
            heading,
            english("There is no such field."),
            english("Leave the column out or rename it."),
        )
    for number, line in enumerate(lines[1:], start=2):
        reader.take(number, line, fields)
    return reader.result()


def decimal_of(cells: Iterable[str]) -> Decimal | None:
    """The decimal sign a block of numbers shows; None where it shows none, or both."""
    seen = set()
    for cell in map(tidy, cells):
        if COMMA_DECIMALS.fullmatch(cell):
            seen.add(Decimal.COMMA)
        elif POINT_DECIMALS.fullmatch(cell):
            seen.add(Decimal.POINT)
    return seen.pop() if len(seen) == 1 else None


def as_typed(cell: str, column: Column, decimal: Decimal | None) -> object:
    """A cell in the way `read_cell` reads it, or a fault where it could mean two things."""
    text = tidy(cell)
    if column.kind is date:
        return _day(text)
    if column.kind in (int, float) and NUMBER_LIKE.fullmatch(text):
        return _number(text, decimal)
    return cell.strip()


def _day(text: str) -> str:
    if found := YEAR_FIRST.fullmatch(text):
        year, month, day = map(int, found.groups())
    elif found := DAY_FIRST.fullmatch(text):
        day, month, year = map(int, found.groups())
    else:
        return text
    return f"{year:04d}-{month:02d}-{day:02d}"


def _number(text: str, decimal: Decimal | None) -> str | Fault:
    bare = SIGNS.sub("", text)
    if bare.startswith("(") and bare.endswith(")"):
        bare = f"-{bare[1:-1]}"
    marks = {mark for mark in ".," if mark in bare}
    if decimal is None and marks:
        (mark, *more) = sorted(marks, key=bare.rfind, reverse=True)
        whole, _, decimals = bare.rstrip("%").rpartition(mark)
        once = not more and bare.count(mark) == 1
        if once and len(decimals) == 3 and whole not in ("0", "-0", ""):
            problem = english("'{value}' may mean two numbers.", value=text)
            return Fault(problem, english("Say above whether decimals follow a point or a comma."))
        decimal = Decimal(mark) if bare.count(mark) == 1 else None
    if decimal is Decimal.COMMA:
        return bare.replace(".", "").replace(",", ".")
    return bare.replace(",", "") if decimal is Decimal.POINT else re.sub("[.,]", "", bare)


class _Reader:
    """One block while it is read."""

    def __init__(
        self, table: str, record: type[Record], rows: Rows, decimal: Decimal | None
    ) -> None:
        self.table, self.record, self.rows, self.decimal = table, record, rows, decimal
        self.changes: list[Change] = []
        self.rejected: list[Finding] = []
        self.same = 0
        self.seen: set[Key] = set()

    def take(self, number: int, line: Sequence[str], fields: Sequence[Column | None]) -> None:
        """One line of the block."""
        cells = {
            field.name: (field, line[at] if at < len(line) else "")
            for at, field in enumerate(fields)
            if field is not None
        }
        read: dict[str, Plain] = {}
        for name, (column, cell) in cells.items():
            value = self._cell(number, column, cell)
            if isinstance(value, Fault):
                self.reject(number, name, value.problem, value.remedy)
                if column.is_key:
                    return
            else:
                read[name] = value
        key = tuple(_text(read[name]) for name in self.record.key_fields)
        if key in self.seen:
            self.reject(
                number,
                "",
                english("An earlier line has the same key."),
                english("Keep one of them."),
            )
            return
        self.seen.add(key)
        if key in self.rows:
            self._known(key, read)
        else:
            self._new(number, key, read)

    def reject(self, number: int, field: str, problem: str, remedy: str) -> None:
        """A cell or line that is not taken."""
        self.rejected.append(Finding(self.table, number, field, problem, remedy))

    def result(self) -> Pasted:
        """All of it."""
        return Pasted(tuple(self.changes), tuple(self.rejected), self.same)

    def _cell(self, number: int, column: Column, cell: str) -> Plain | Fault:
        value = read_cell(as_typed(cell, column, self.decimal), column)
        if isinstance(value, Fault):
            return value
        return _plain(column.default if value is BLANK else value)

    def _known(self, key: Key, read: Mapping[str, Plain]) -> None:
        before = self.rows[key]
        for name, value in read.items():
            if name in self.record.key_fields or before[name] == value:
                self.same += 1
            else:
                self.changes.append(Change(self.table, key, name, before[name], value))

    def _new(self, number: int, key: Key, read: Mapping[str, Plain]) -> None:
        wanted = [column for column in columns(self.record) if column.name not in read]
        for column in wanted:
            if column.required:
                problem = english("This line is a new row and lacks the field.")
                self.reject(
                    number, column.name, problem, english("Add the column, or correct the key.")
                )
                return
        row = {column.name: _plain(column.default) for column in wanted} | dict(read)
        ordered = {column.name: row[column.name] for column in columns(self.record)}
        self.changes.append(Change(self.table, key, WHOLE_ROW, None, ordered))


def rows_by_key(records: Iterable[Record]) -> dict[Key, dict[str, Plain]]:
    """The rows of a table as a paste looks them up."""
    return {key_of(record): plain_row(record) for record in records}


def _lines(text: str) -> Iterator[list[str]]:
    sign = "\t" if "\t" in text else ";" if ";" in text.partition("\n")[0] else ","
    return iter(csv.reader(io.StringIO(text), delimiter=sign))


def _headings(record: type[Record]) -> dict[str, Column]:
    """What a column may be called: its field, or its name in Chinese."""
    known = {_folded(column.meaning_zh): column for column in columns(record) if column.meaning_zh}
    return known | {_folded(column.name): column for column in columns(record)}


def _folded(text: str) -> str:
    return "_".join(tidy(text).casefold().replace("*", "").split())


def _plain(value: object) -> Plain:
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value  # type: ignore[return-value]


def _text(value: Plain) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _refused(table: str, problem: str, remedy: str) -> Pasted:
    return Pasted(rejected=(Finding(table, 0, "", problem, remedy),))
