"""Columns of a long table -> rows of a sheet, written one after the other as the file is made.

The library keeps an object per cell and takes six times as long; here a table stays a few arrays until
its sheet is written. Numbers keep all their digits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from xlsxwriter.format import Format
from xlsxwriter.sharedstrings import SharedStringTable
from xlsxwriter.utility import xl_col_to_name, xl_range
from xlsxwriter.worksheet import Worksheet

FIRST_DAY = pd.Timestamp("1899-12-30")
"""Day 0 of Excel's calendar."""
CHUNK = 5_000
"""Rows put together at a time."""
ROW = "{row}"
"""Stands for the number of the row in a formula."""


@dataclass(frozen=True)
class Cells:
    """A column of a table; NaN, and -1 among shared texts, is an empty cell.

    With a formula, values are what it gives; `shared` values are numbers of shared texts.
    """

    at: int
    values: NDArray[Any]
    style: Format
    formula: str | Sequence[str] = ""
    """One for all rows, naming the row where it changes, or one for each."""
    shared: bool = False

    def written(self, rows: Sequence[str], part: slice) -> list[str]:
        """The cells of some rows as XML."""
        start = f'<c r="{xl_col_to_name(self.at)}'
        style = f'" s="{self.style._get_xf_index()}"'
        values = self.values[part].tolist()
        if self.formula:
            said = (
                [self.formula.replace(ROW, row) for row in rows]
                if isinstance(self.formula, str)
                else self.formula[part]
            )
            return [
                f"{start}{row}{style}><f>{formula}</f><v>{value!r}</v></c>"
                for row, formula, value in zip(rows, said, values, strict=True)
            ]
        opening = f'{style} t="s"><v>' if self.shared else f"{style}><v>"
        blank = -1 if self.shared else None
        different = set(values)
        if 2 * len(different) > len(values):
            return [
                f"{start}{row}{style}/>"
                if value == blank or value != value
                else f"{start}{row}{opening}{value!r}</v></c>"
                for row, value in zip(rows, values, strict=True)
            ]
        spelled = {  # spelling a number takes longer than looking it up
            value: f"{style}/>"
            if value == blank or value != value
            else f"{opening}{value!r}</v></c>"
            for value in different
        }
        return [f"{start}{row}{spelled[value]}" for row, value in zip(rows, values, strict=True)]


@dataclass(frozen=True)
class Rows:
    """A table whose first row is `first`, counted from 0."""

    first: int
    count: int
    columns: Sequence[Cells]

    def written(self, heights: Mapping[int, int]) -> Iterator[tuple[int, str]]:
        """The rows as XML, some at a time, with their count."""
        for start in range(0, self.count, CHUNK):
            part = slice(start, min(start + CHUNK, self.count))
            numbers = range(self.first + part.start, self.first + part.stop)
            names = [str(number + 1) for number in numbers]
            cells = [column.written(names, part) for column in self.columns]
            opened = [
                f'<row r="{name}" ht="{heights[number]}" customHeight="1">'
                if number in heights
                else f'<row r="{name}">'
                for number, name in zip(numbers, names, strict=True)
            ]
            lines = zip(opened, zip(*cells, strict=True), strict=True)
            yield len(names), "".join(f"{start}{''.join(row)}</row>" for start, row in lines)


class BulkSheet(Worksheet):  # type: ignore[misc]
    """A sheet that takes whole tables beside single cells; no cell is written twice."""

    def __init__(self) -> None:
        super().__init__()
        self._tables: list[Rows] = []
        self._heights: dict[int, int] = {}
        self.on_rows: Callable[[int], None] | None = None
        """Hears how many rows have been written."""

    def add_rows(self, rows: Rows) -> None:
        """Puts a table on the sheet, to be written when the workbook is closed."""
        self._tables.append(rows)
        self._check_dimensions(rows.first, 0)
        self._check_dimensions(rows.first + rows.count - 1, max(each.at for each in rows.columns))

    def add_long_table(self, first: int, last: int, width: int, options: dict[str, Any]) -> None:
        """One of Excel's tables, from its header to its last row; the library would note each cell."""
        self.add_table(first, 0, first + 1, width, options)
        area = xl_range(first, 0, last, width)
        self.tables[-1] |= {"range": area, "a_range": area, "autofilter": area}

    def set_heights(self, heights: Mapping[int, int]) -> None:
        """Makes rows of tables taller."""
        self._heights.update(heights)

    def _xml_number_element(self, number: float, attributes: Any = ()) -> None:
        """All digits of a number; the library keeps 16."""
        marks = "".join(f' {key}="{value}"' for key, value in attributes)
        self.fh.write(f"<c{marks}><v>{number!r}</v></c>")

    def _write_rows(self) -> None:
        """Single cells as the library writes them, tables in their places between them."""
        first: int | None
        last: int | None
        first, last = self.dim_rowmin, self.dim_rowmax  # type: ignore[has-type]
        for rows in sorted(self._tables, key=lambda rows: rows.first):
            self.dim_rowmax = rows.first - 1
            super()._write_rows()
            for count, text in rows.written(self._heights):
                self.fh.write(text)
                if self.on_rows is not None:
                    self.on_rows(count)
            self.dim_rowmin = rows.first + rows.count
        self.dim_rowmax = last
        super()._write_rows()
        self.dim_rowmin = first


def shared_texts(
    table: SharedStringTable, different: Sequence[str], codes: NDArray[np.int64]
) -> NDArray[np.int32]:
    """Different texts and which of them each cell holds -> their numbers in the list that all sheets
    share; -1 for an empty one."""
    number = [table._get_shared_string_index(text) if text else -1 for text in different]
    table.count += len(codes) - len(different)
    return np.array([*number, -1], dtype=np.int32)[codes]


def numbers(values: pd.Series) -> NDArray[Any]:
    """Numbers as they are written: whole ones without a point, missing ones as NaN."""
    if pd.api.types.is_integer_dtype(values):
        return values.to_numpy(dtype=np.int64)
    floats = values.to_numpy(dtype=float, na_value=np.nan)
    whole = bool(np.all(floats == np.floor(floats)) and np.all(np.abs(floats) < 2**53))
    return floats.astype(np.int64) if whole else floats


def days(values: pd.Series) -> NDArray[Any]:
    """Dates as days of Excel's calendar, missing ones as NaN."""
    return numbers((pd.to_datetime(values) - FIRST_DAY).dt.days)


def formula_text(formula: str) -> str:
    """A formula as the file holds it."""
    return escape(re.sub(r"^=", "", formula))
