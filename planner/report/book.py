"""Tables -> blocks of an Excel sheet: formats, live totals and print set-up in one place."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil, floor
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import xlsxwriter
from numpy.typing import NDArray
from xlsxwriter import utility
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from planner.errors import PlannerError
from planner.report.headings import Heading, Kind, heading, shown

ACCENT, TINT, INK, GREY, RED = "#1F4E5F", "#E8F0F2", "#222222", "#6B7780", "#B3261E"
FONT = "Arial"
LONGEST_TEXT = 32_767
"""What a cell of Excel holds; a longer text would be cut without a word."""
A4 = 9
NARROWEST, WIDEST, WIDEST_LONG = 6, 30, 50
CHARACTERS_PER_WIDTH = 1.1
"""Characters of the book's small font in one unit of column width, which is one of a larger font."""
LETTERS_PER_WIDTH = 1.4
"""The same for running text, whose small letters are narrower than figures."""
HEADING_LINES = 2.5
LINE_HEIGHT, MOST_LINES = 12, 12
NUMBER_FORMATS: dict[Kind, str] = {
    "text": "@",
    "long": "@",
    "whole": "0",
    "units": "#,##0",
    "days": "#,##0",
    "number": "#,##0.00",
    "money": "#,##0.00",
    "share": "0.0%",
    "gap": "0.000%",
    "date": "yyyy-mm-dd",
}
Formula = tuple[str, float]
"""A template and the value it must give: '[units]' is the cell of that column in the same row,
'[units:]' the column's data."""


@dataclass(frozen=True)
class Block:
    """Where a table stands on its sheet: rows count from 0, as XlsxWriter does."""

    sheet: str
    columns: tuple[str, ...]
    first: int
    last: int
    total_row: int
    totals: frozenset[str] = frozenset()

    def cell(self, column: str, row: int) -> str:
        """'$N$7' of a column."""
        at = self.columns.index(column)
        return str(utility.xl_rowcol_to_cell(row, at, row_abs=True, col_abs=True))

    def total(self, column: str) -> str:
        """'Shipments!$N$5': the total of a column, for use on another sheet."""
        return f"'{self.sheet}'!{self.cell(column, self.total_row)}"

    def data(self, column: str, *, elsewhere: bool = True) -> str:
        """'Shipments!$N$7:$N$90': the data of a column."""
        at = self.columns.index(column)
        area = utility.xl_range_abs(self.first, at, self.last, at)
        return f"'{self.sheet}'!{area}" if elsewhere else area


class Book:
    """One workbook while it is written: formats made once, every user text written as text."""

    def __init__(self, stream: BinaryIO, currency: str, footer: str, *, ready: bool) -> None:
        options = {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = xlsxwriter.Workbook(stream, options)
        self.currency, self.footer, self.ready = currency, footer, ready
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def style(self, **properties: Any) -> Format:
        """A format with the book's font; the same properties give the same format."""
        full = {"font_name": FONT, "font_size": 9, "font_color": INK, "valign": "top"} | properties
        key = tuple(sorted(full.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format(full)
        return self._formats[key]

    def cell_style(self, kind: Kind, **more: Any) -> Format:
        """The format of a value of this kind."""
        written: dict[str, Any] = {"num_format": NUMBER_FORMATS[kind]}
        if kind in ("text", "long"):
            written |= {"align": "left", "indent": 1, "text_wrap": kind == "long"}
        return self.style(**written | more)

    def total_style(self, kind: Kind) -> Format:
        """The format of a total of this kind."""
        return self.cell_style(kind, bold=True, bg_color=TINT, bottom=1, bottom_color=ACCENT)

    def sheet(self, name: str, title: str, explanation: str) -> Worksheet:
        """A sheet with its title, an explanation, a mark when not ready, and print set-up."""
        sheet: Worksheet = self.book.add_worksheet(name)
        sheet.hide_gridlines(2)
        sheet.set_row(0, 22)
        self.text(sheet, 0, 0, title, bold=True, font_size=14, font_color=ACCENT)
        self.text(sheet, 1, 0, explanation, font_color=GREY, italic=True)
        if not self.ready:
            words = "NOT READY: the audit has findings, see the sheet Audit"
            self.text(sheet, 2, 0, words, bold=True, font_size=11, font_color=RED)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        footer = self.footer.replace("&", "&&")
        sheet.set_footer(f"&L&8{footer}&C&8&A&R&8Page &P of &N")
        return sheet

    def text(self, sheet: Worksheet, row: int, column: int, text: str, **style: Any) -> None:
        """A text cell; never a formula, a link or a number."""
        sheet.write_string(row, column, sound_text(text), self.style(**style))

    def value(
        self, sheet: Worksheet, row: int, column: int, value: object, kind: Kind, **style: Any
    ) -> None:
        """One value in the format of its kind; text is written as text whatever the kind."""
        if isinstance(value, str):
            self.text(sheet, row, column, value, align="right", **style)
        else:
            number = sound_number(value)
            sheet.write_number(row, column, number, self.cell_style(kind, **style))

    def formula(
        self, sheet: Worksheet, row: int, column: int, formula: str, cached: object, style: Format
    ) -> None:
        """A live formula with the value the planner has for it."""
        sheet.write_formula(row, column, formula, style, cached)

    def block(
        self,
        sheet: Worksheet,
        frame: pd.DataFrame,
        top: int,
        *,
        totals: Mapping[str, Formula] | None = None,
        formulas: Mapping[str, str] | None = None,
        kinds: Mapping[str, Kind] | None = None,
        label: str = "",
    ) -> Block:
        """A table: [a label,] a row of totals, a header, the rows. Returns where it stands.

        totals: formula of the total of a column; formulas: template of a column's cells, whose
        values in the frame are the cached ones; kinds: the kind of columns without a heading.
        """
        if label:
            self.text(sheet, top, 0, label, bold=True, font_size=11, font_color=ACCENT)
            top += 1
        header_row = top + (1 if totals else 0)
        first = header_row + 1
        place = Block(
            sheet.get_name(),
            tuple(str(name) for name in frame.columns),
            first,
            first + max(len(frame), 1) - 1,
            top,
            frozenset(totals or {}),
        )
        headings = self._headings(frame, kinds or {})
        self._header(sheet, header_row, headings)
        if totals:
            self._totals(sheet, place, headings, totals)
        if frame.empty:
            self.text(sheet, first, 0, "None.", italic=True, font_color=GREY)
        for at, (name, head) in enumerate(zip(place.columns, headings, strict=True)):
            template = (formulas or {}).get(name)
            if template and len(frame):
                self._formula_column(sheet, place, at, template, frame.iloc[:, at], head.kind)
            else:
                self._column(sheet, first, at, frame.iloc[:, at], head.kind)
        return place

    def fit(self, sheet: Worksheet, *tables: tuple[pd.DataFrame, Block]) -> None:
        """Widths of columns that fit all tables of a sheet, and heights for texts that wrap."""
        widths = [NARROWEST] * max(frame.shape[1] for frame, _ in tables)
        for frame, place in tables:
            for at, name in enumerate(place.columns):
                widths[at] = max(widths[at], self._width(name, frame.iloc[:, at], place))
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        for frame, place in tables:
            lines = _lines_of_text(frame, widths)
            for row in np.flatnonzero(lines > 1).tolist():
                sheet.set_row(place.first + row, LINE_HEIGHT * int(lines[row]))

    def _width(self, name: str, values: pd.Series, place: Block) -> int:
        head = heading(name, values)
        kind = "money" if head.kind == "text" and is_number(values) else head.kind
        title = head.title(self.currency)
        different = values.agg(["min", "max"]) if is_number(values) else values.drop_duplicates()
        texts = [shown(value, kind) for value in different.tolist()]
        if name in place.totals:
            texts.append(shown(float(values.sum()), kind))
        content = max((text_width(text) for text in texts), default=0) / CHARACTERS_PER_WIDTH
        words = max(*map(text_width, title.split()), text_width(title) / HEADING_LINES)
        most = WIDEST_LONG if kind == "long" else WIDEST
        return min(ceil(max(content, words)) + 2, most)

    def _headings(self, frame: pd.DataFrame, kinds: Mapping[str, Kind]) -> list[Heading]:
        heads = []
        for at, column in enumerate(frame.columns):
            name = str(column)
            head = heading(name, frame.iloc[:, at])
            heads.append(Heading(name, kinds[name]) if name in kinds else head)
        return heads

    def _header(self, sheet: Worksheet, row: int, headings: Sequence[Heading]) -> None:
        sheet.set_row(row, 36)
        for at, head in enumerate(headings):
            style: dict[str, Any] = {"align": "right"}
            if head.kind in ("text", "long"):
                style = {"align": "left", "indent": 1}
            style |= {"bold": True, "font_color": "#FFFFFF", "bg_color": ACCENT}
            style |= {"text_wrap": True, "valign": "vcenter"}
            self.text(sheet, row, at, head.title(self.currency), **style)

    def _totals(
        self,
        sheet: Worksheet,
        place: Block,
        headings: Sequence[Heading],
        totals: Mapping[str, Formula],
    ) -> None:
        row = place.total_row
        for at, (name, head) in enumerate(zip(place.columns, headings, strict=True)):
            if name in totals:
                template, value = totals[name]
                formula = filled(template, place, row)
                style = self.total_style(head.kind)
                self.formula(sheet, row, at, formula, sound_number(value), style)
            else:
                words = "Total" if at == 0 else ""
                sheet.write_string(row, at, words, self.total_style("text"))

    def _formula_column(
        self,
        sheet: Worksheet,
        place: Block,
        at: int,
        template: str,
        values: pd.Series,
        kind: Kind,
    ) -> None:
        style = self.cell_style(kind)
        for row, value in enumerate(values.tolist(), start=place.first):
            sheet.write_formula(row, at, filled(template, place, row), style, sound_number(value))

    def _column(self, sheet: Worksheet, first: int, at: int, values: pd.Series, kind: Kind) -> None:
        style = self.cell_style(kind)
        if pd.api.types.is_datetime64_any_dtype(values):
            for row, day in enumerate(values.tolist(), start=first):
                if day is not pd.NaT:
                    sheet.write_datetime(row, at, datetime(day.year, day.month, day.day), style)
        elif is_number(values):
            numbers = values.to_numpy(dtype=float)
            if np.isinf(numbers).any():
                raise _refused(numbers[np.isinf(numbers)][0])
            for row, number in enumerate(numbers.tolist(), start=first):
                if not math.isnan(number):
                    sheet.write_number(row, at, number, style)
        else:
            for row, text in enumerate(values.tolist(), start=first):
                sheet.write_string(row, at, sound_text(text), style)


def _lines_of_text(frame: pd.DataFrame, widths: Sequence[int]) -> NDArray[np.int64]:
    """Lines each row of a table needs for its longest wrapped text; 1 where nothing wraps."""
    lines = np.ones(len(frame), dtype=np.int64)
    for at, name in enumerate(frame.columns):
        if heading(str(name)).kind == "long":
            room = max(floor((widths[at] - 3) * LETTERS_PER_WIDTH), 1)
            wide = np.array([text_width(str(text)) for text in frame.iloc[:, at].tolist()], int)
            lines = np.maximum(lines, -(-wide // room))
    return np.minimum(lines, MOST_LINES)


def sums(frame: pd.DataFrame, *names: str) -> dict[str, Formula]:
    """SUM over the data of each column, with the sum as its cached value."""
    return {name: (f"=SUM([{name}:])", float(frame[name].astype(float).sum())) for name in names}


def filled(template: str, place: Block, row: int) -> str:
    """A template as a formula of one row."""

    def reference(match: re.Match[str]) -> str:
        name = match.group(1)
        if name.endswith(":"):
            return place.data(name[:-1], elsewhere=False)
        at = place.columns.index(name)
        return f"{utility.xl_col_to_name(at)}{row + 1}"

    return re.sub(r"\[([a-z0-9_]+:?)\]", reference, template)


def is_number(values: pd.Series) -> bool:
    """Whether a column holds numbers."""
    numeric = pd.api.types.is_numeric_dtype(values)
    return bool(numeric and not pd.api.types.is_bool_dtype(values))


def text_width(text: str) -> int:
    """Width of a text in characters, East Asian wide ones counted twice."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def sound_text(value: object) -> str:
    """The text of a cell, or a fault where Excel could not hold it."""
    text = "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value)
    if len(text) > LONGEST_TEXT:
        raise PlannerError(
            f"A text of {len(text):,} characters does not fit a cell of Excel: {text[:40]}... "
            f"Shorten it to {LONGEST_TEXT:,}."
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise PlannerError(f"The text {text[:40]!r} is not Unicode. Write it again.") from error
    return text


def sound_number(value: object) -> float:
    """A finite number, or a fault."""
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        raise _refused(number)
    return number


def _refused(number: float) -> PlannerError:
    return PlannerError(f"The plan holds {number}, which is no number. Solve the scenario again.")
