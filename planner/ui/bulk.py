"""A filter and an action -> the same edit of many rows; pure, without streamlit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from planner.domain.changes import Change, Plain, said
from planner.domain.columns import Column, columns
from planner.language import english
from planner.store.sheets import Row, key_in, record_of
from planner.ui.edits import typed

PERCENT = 100.0
DIGITS = 10
"""Decimals kept of what is reckoned, so that 0.1 + 10 % is 0.11 and not 0.11000000000000001."""


class Action(StrEnum):
    """What is done to every cell."""

    SET = english("set to")
    RAISE = english("raise by %")
    ADD = english("add")


@dataclass(frozen=True)
class Bulk:
    """One edit of many rows of a table."""

    table: str
    field: str
    action: Action
    amount: str
    """A text or a number as typed."""

    @property
    def words(self) -> str:
        """The edit in words."""
        return f"{self.table}, {self.field}: {self.action} {self.amount}"

    def changes(self, rows: Iterable[Row]) -> list[Change]:
        """The cells it changes; those that already say so, and blanks to reckon with, stay."""
        column = column_of(self.table, self.field)
        found = []
        for row in rows:
            new = self._new(row[self.field], column)
            if new is not None and new != row[self.field]:
                key = key_in(self.table, row)
                found.append(Change(self.table, key, self.field, row[self.field], new))
        return found

    def _new(self, old: Plain, column: Column) -> Plain:
        if self.action is Action.SET:
            return typed(self.amount, column)
        number = _number(self.amount)
        if number is None or isinstance(old, bool) or not isinstance(old, int | float):
            return None
        new = old * (1 + number / PERCENT) if self.action is Action.RAISE else old + number
        return round(new) if column.kind is int else round(new, DIGITS)


def column_of(table: str, field: str) -> Column:
    """A field of a table."""
    return next(column for column in columns(record_of(table)) if column.name == field)


def editable(table: str) -> list[str]:
    """Fields that can be set for many rows at once: all but the key."""
    return [column.name for column in columns(record_of(table)) if not column.is_key]


def actions(table: str, field: str) -> list[Action]:
    """What can be done to a field; only numbers are reckoned with."""
    numeric = column_of(table, field).kind in (int, float)
    return list(Action) if numeric else [Action.SET]


def sorting_fields(table: str, rows: Collection[Row], most: int) -> list[str]:
    """Fields by which rows can be chosen: text, sets and dates of not too many values."""
    kinds = (str, tuple, date, bool)
    return [
        column.name
        for column in columns(record_of(table))
        if (column.kind in kinds or issubclass(column.kind, StrEnum))
        and 1 < len(values(rows, column.name)) <= most
    ]


def values(rows: Iterable[Row], field: str) -> list[str]:
    """What a field says, in words, each once."""
    return sorted({said(row[field]) for row in rows})


def where(rows: Iterable[Row], chosen: Mapping[str, Collection[str]]) -> list[Row]:
    """The rows whose fields say one of what is chosen; nothing chosen keeps every row."""
    return [
        row
        for row in rows
        if all(not some or said(row[field]) in some for field, some in chosen.items())
    ]


def _number(text: str) -> float | None:
    try:
        return float(text.strip().rstrip("%").replace(",", "."))
    except ValueError:
        return None
