"""Scenario -> one DataFrame per table for screens, and edited grids -> Scenario."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

import pandas as pd

from planner.domain.check import HEADER
from planner.domain.scenario import TABLES, Scenario
from planner.io.cells import Column, columns, excel_value
from planner.io.tables import RawHeader, RawTable, scenario_of


def frames_of(scenario: Scenario) -> dict[str, pd.DataFrame]:
    """One frame per table, also for empty ones.

    Columns are the record's fields in order: text and closed sets as text, lists joined by ';',
    dates as datetime64, a number that may be blank as float64 or Int64.
    """
    return {table: _frame(scenario, table) for table in TABLES}


def scenario_from_frames(
    header: Mapping[str, object], frames: Mapping[str, pd.DataFrame]
) -> Scenario:
    """The scenario an edited grid says; NaN, None and NaT are blank.

    The row in a finding is the position in the frame + 2, as in a file.
    """
    cells = {name: _cell(value) for name, value in header.items()}
    tables = {table: _raw(frame) for table, frame in frames.items()}
    return scenario_of(RawHeader(cells, {}, HEADER), tables)


def _frame(scenario: Scenario, table: str) -> pd.DataFrame:
    rows = getattr(scenario, table)
    return pd.DataFrame(
        {
            column.name: pd.Series(
                [excel_value(getattr(row, column.name)) for row in rows], dtype=_dtype(column)
            )
            for column in columns(TABLES[table])
        }
    )


def _dtype(column: Column) -> str:
    if column.kind is date:
        return "datetime64[ns]"
    if column.kind is int:
        return "Int64" if column.optional else "int64"
    plain: dict[type, str] = {float: "float64", bool: "bool"}
    return plain.get(column.kind, "str")


def _raw(frame: pd.DataFrame) -> RawTable:
    cells = [frame.iloc[:, at].astype(object).tolist() for at in range(frame.shape[1])]
    rows = [
        (position + 2, [_cell(cell) for cell in row])
        for position, row in enumerate(zip(*cells, strict=True))
    ]
    return RawTable([str(name) for name in frame.columns], rows)


def _cell(value: object) -> object:
    """A plain Python cell: missing marks of pandas become None, numpy scalars plain numbers."""
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if isinstance(value, float) and math.isnan(value):
        return None
    item = getattr(value, "item", None)
    return item() if callable(item) else value
