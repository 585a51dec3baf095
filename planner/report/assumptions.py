"""Scenario -> every stated source next to the values it speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pandas as pd

from planner.domain.records import Header, Provenance, Record
from planner.domain.scenario import TABLES, Scenario
from planner.io.cells import columns, csv_text
from planner.language import english

HEADER = "scenario"
COLUMNS = ("table", "key", "field", "stated", "unit", "source", "as_of", "confidence", "note")
SHOWN_VALUES = 4
"""So many different values are listed; more are shown as a range or a count."""


def assumptions(scenario: Scenario) -> pd.DataFrame:
    """One row per stated source.

    Columns: table, key (blank = every row), field (blank = every field), stated (the value, or
    the values it covers), unit, source, as_of (that of the scenario where blank), confidence, note.
    """
    keyed = _Keyed(scenario)
    rows = [
        (
            row.table,
            row.key,
            row.field,
            keyed.stated(row),
            _unit(row),
            row.source,
            pd.Timestamp(row.as_of or scenario.header.as_of),
            row.confidence.value,
            row.note,
        )
        for row in scenario.provenance
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


class _Keyed:
    """Rows of every table, by key, found once."""

    def __init__(self, scenario: Scenario) -> None:
        self.rows: dict[str, dict[str, Record]] = {HEADER: {"": scenario.header}}
        for table, record in TABLES.items():
            fields = record.key_fields
            self.rows[table] = {
                "|".join(csv_text(getattr(row, name)) for name in fields): row
                for row in getattr(scenario, table)
            }

    def stated(self, row: Provenance) -> str:
        """The value a source speaks of, or what it covers."""
        table = self.rows.get(row.table, {})
        found: list[Record] = list(table.values())
        if row.key:
            found = [table[row.key]] if row.key in table else []
        if not found:
            return english("no such row")
        if not row.field:
            return english("the whole row") if row.key else _rows(len(found))
        return _values([getattr(record, row.field, None) for record in found])


def _values(values: Sequence[object]) -> str:
    if len(values) == 1:
        return csv_text(values[0]) or "blank"
    different = list(dict.fromkeys(csv_text(value) or "blank" for value in values))
    if len(different) <= SHOWN_VALUES:
        return _spread(", ".join(different), len(values))
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    days = [v for v in values if isinstance(v, date)]
    if numbers:
        return _from_to(f"{min(numbers):g}", f"{max(numbers):g}", len(values))
    if days:
        return _from_to(str(min(days)), str(max(days)), len(values))
    return english(
        "{different} different in {rows:,} rows", different=len(different), rows=len(values)
    )


def _spread(values: str, rows: int) -> str:
    return english("{values} in {rows:,} rows", values=values, rows=rows)


def _from_to(least: str, most: str, rows: int) -> str:
    return english("{least} to {most} in {rows:,} rows", least=least, most=most, rows=rows)


def _rows(count: int) -> str:
    return (
        english("{count:,} row", count=count)
        if count == 1
        else english("{count:,} rows", count=count)
    )


def _unit(row: Provenance) -> str:
    record: type[Record] | None = Header if row.table == HEADER else TABLES.get(row.table)
    if record is None or not row.field:
        return ""
    return next((column.unit for column in columns(record) if column.name == row.field), "")
