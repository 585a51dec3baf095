"""Tables -> blocks of an Excel sheet: formats, live totals and print set-up in one place."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import xlsxwriter
from numpy.typing import NDArray
from xlsxwriter import utility
from xlsxwriter.format import Format

from planner.errors import PlannerError
from planner.language import retell
from planner.report.bulk import (
    ROW,
    BulkSheet,
    Cells,
    Rows,
    days,
    formula_text,
    numbers,
    shared_texts,
)
from planner.report.headings import (
    FIXED_WORDS,
    HEADINGS,
    SENTENCES,
    WORDS_AMONG_NAMES,
    Heading,
    Kind,
    Language,
    heading,
    shown,
    told,
)

ACCENT, TINT, INK, GREY, RED = "#1F4E5F", "#E8F0F2", "#222222", "#6B7780", "#B3261E"
INPUT, LOCKED = "#FFF3C4", "#F3E3DC"
"""Behind cells that may be edited, and behind lines that a lock holds."""
FONT = "Arial"
LONGEST_TEXT = 32_767
"""What a cell of Excel holds; a longer text would be cut without a word."""
A4 = 9
NARROWEST, WIDEST, WIDEST_LONG = 6, 30, 50
CHARACTERS_PER_WIDTH = 1.1
"""Characters of the book's small font in one unit of column width, which is one of a larger font."""
LETTERS_PER_WIDTH = 1.4
"""The same for running text, whose small letters are narrower than figures."""
WIDTH_OF_PAGE = 260
"""Units of column width that can still be read on one A4 page across."""
HEADING_LINES = 2.5
LINE_HEIGHT, MOST_LINES = 12, 12
FILTER_BUTTON = 2
"""Room a filter's button takes in a header."""
NUMBER_FORMATS: dict[Kind, str] = {
    "text": "@",
    "long": "@",
    "whole": "0",
    "units": "#,##0",
    "days": "#,##0",
    "number": "#,##0.00",
    "money": "#,##0.00",
    "rate": "#,##0.0000##",
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


@dataclass(frozen=True)
class Prepared:
    """A table ready to be put on sheets: for each column its name, heading, title, style and values."""

    names: tuple[str, ...]
    headings: Sequence[Heading]
    titles: Sequence[str]
    styles: Sequence[Format]
    columns: Sequence[tuple[NDArray[Any], bool]]
    """Values, and whether these are numbers of shared texts."""


@dataclass(frozen=True)
class Spread:
    """A table on one sheet, or on several where it is too long for one."""

    blocks: tuple[Block, ...]

    def total(self, column: str) -> str:
        """The total of a column over all sheets, for use on another."""
        return "(" + "+".join(block.total(column) for block in self.blocks) + ")"


class Book:
    """One workbook while it is written: formats made once, every user text written as text."""

    def __init__(
        self,
        stream: BinaryIO,
        currency: str,
        footer: str,
        *,
        ready: bool,
        language: Language = "en",
        progress: Callable[[float], None] | None = None,
    ) -> None:
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self.book = xlsxwriter.Workbook(stream, options)
        self.currency, self.footer, self.ready = currency, footer, ready
        self.language: Language = language
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._explanations: dict[str, str] = {}
        self._tables = 0
        self._progress = progress
        self._rows = self._rows_written = 0

    def written(self, rows: int) -> None:
        """Rows of tables that have gone into the file."""
        self._rows_written += rows
        if self._progress is not None:
            self._progress(self._rows_written / max(self._rows, 1))

    def say(self, text: str, **parts: object) -> str:
        """A fixed text in the book's language; parts are put in where it names them."""
        return told(text, self.language, **parts)

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

    def sheet(self, name: str, title: str, explanation: str) -> BulkSheet:
        """A sheet with its title, an explanation, a mark when not ready, and print set-up."""
        sheet: BulkSheet = self.book.add_worksheet(name, worksheet_class=BulkSheet)
        sheet.on_rows = self.written
        sheet.hide_gridlines(2)
        sheet.set_row(0, 22)
        self.text(sheet, 0, 0, title, bold=True, font_size=14, font_color=ACCENT)
        self._explanations[name] = explanation
        if not self.ready:
            words = self.say("NOT READY: the audit has findings, see the sheet Audit")
            self.text(sheet, 2, 0, words, bold=True, font_size=11, font_color=RED)
        sheet.set_landscape()
        sheet.set_paper(A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        footer = self.footer.replace("&", "&&")
        pages = self.say("Page {page} of {pages}", page="&P", pages="&N")
        sheet.set_footer(f"&L&8{footer}&C&8&A&R&8{pages}")
        return sheet

    def explain(self, sheet: BulkSheet, widths: Sequence[float]) -> None:
        """Sets the columns, and writes the explanation on as many lines as their width asks for."""
        for at, width in enumerate(widths):
            sheet.set_column(at, at, width)
        words = sound_text(self._explanations[sheet.get_name()])
        pages = ceil(sum(widths) / WIDTH_OF_PAGE)
        across = int((np.cumsum(widths) <= sum(widths) / pages).sum())  # columns of the first page
        lines = ceil(text_width(words) / (sum(widths[:across]) * LETTERS_PER_WIDTH))
        style = self.style(font_color=GREY, italic=True, text_wrap=lines > 1)
        if lines > 1:
            sheet.set_row(1, LINE_HEIGHT * lines + 2)
        if lines > 1 and across > 1:
            sheet.merge_range(1, 0, 1, across - 1, "", style)
        sheet.write_string(1, 0, words, style)

    def text(self, sheet: BulkSheet, row: int, column: int, text: str, **style: Any) -> None:
        """A text cell; never a formula, a link or a number."""
        sheet.write_string(row, column, sound_text(text), self.style(**style))

    def value(
        self, sheet: BulkSheet, row: int, column: int, value: object, kind: Kind, **style: Any
    ) -> None:
        """One value in the format of its kind; text is written as text whatever the kind."""
        if isinstance(value, str):
            self.text(sheet, row, column, value, **{"align": "right"} | style)
        elif kind == "date":
            day = pd.Timestamp(value).to_pydatetime()  # type: ignore[arg-type]
            sheet.write_datetime(row, column, day, self.cell_style(kind, **style))
        else:
            number = sound_number(value)
            sheet.write_number(row, column, number, self.cell_style(kind, **style))

    def formula(
        self, sheet: BulkSheet, row: int, column: int, formula: str, cached: object, style: Format
    ) -> None:
        """A live formula with the value the planner has for it."""
        sheet.write_formula(row, column, formula, style, cached)

    def block(
        self,
        sheet: BulkSheet,
        frame: pd.DataFrame,
        top: int,
        *,
        totals: Mapping[str, Formula] | None = None,
        formulas: Mapping[str, str | Sequence[str]] | None = None,
        kinds: Mapping[str, Kind] | None = None,
        editable: Collection[str] = (),
        label: str = "",
        filtered: bool = True,
    ) -> Block:
        """A table: [a label,] a row of totals, a header, the rows. Returns where it stands.

        totals: formula of the total of a column; formulas: template of a column's cells, or a
        formula for each row; their values in the frame are the cached ones; kinds: the kind of columns
        without a heading; editable: columns whose cells are not locked; filtered: one of Excel's
        tables.
        """
        if label:
            self.text(sheet, top, 0, self.say(label), bold=True, font_size=11, font_color=ACCENT)
            top += 1
        table = self.prepared(frame, kinds, editable)
        rows = slice(0, len(frame))
        return self.put(
            sheet, table, rows, top, totals=totals, formulas=formulas, filtered=filtered
        )

    def prepared(
        self,
        frame: pd.DataFrame,
        kinds: Mapping[str, Kind] | None = None,
        editable: Collection[str] = (),
    ) -> Prepared:
        """A table ready to be put on sheets, as a whole or some rows at a time."""
        headings = self._headings(frame, kinds or {})
        titles = [head.title(self.currency, self.language) for head in headings]
        names = tuple(str(name) for name in frame.columns)
        styles = []
        for name, head in zip(names, headings, strict=True):
            more = {"bg_color": INPUT, "locked": False} if name in editable else {}
            styles.append(self.cell_style(head.kind, **more))
        columns = [self._values(name, frame.iloc[:, at]) for at, name in enumerate(names)]
        return Prepared(names, headings, _distinct(titles), styles, columns)

    def put(
        self,
        sheet: BulkSheet,
        table: Prepared,
        rows: slice,
        top: int,
        *,
        totals: Mapping[str, Formula] | None = None,
        formulas: Mapping[str, str | Sequence[str]] | None = None,
        filtered: bool = True,
    ) -> Block:
        """Some rows of a table on a sheet, under a header and a row of totals."""
        count, first = rows.stop - rows.start, top + (2 if totals else 1)
        last = first + max(count, 1) - 1
        place = Block(sheet.get_name(), table.names, first, last, top, frozenset(totals or {}))
        self._header(sheet, place, table, filtered=filtered)
        if totals:
            self._totals(sheet, place, table.headings, totals)
        if count == 0:
            words = self.say("None.")
            self.text(sheet, first, 0, words, italic=True, font_color=GREY)
            return place
        columns = []
        for at, name in enumerate(table.names):
            values, shared = table.columns[at]
            formula = self._formula(place, (formulas or {}).get(name, ""))
            columns.append(Cells(at, values[rows], table.styles[at], formula, shared))
        sheet.add_rows(Rows(first, count, columns))
        self._rows += count
        return place

    def fit(self, sheet: BulkSheet, *tables: tuple[pd.DataFrame, Block]) -> None:
        """Widths of columns that fit all tables of a sheet, heights for texts that wrap, print area."""
        widths = [NARROWEST] * max(frame.shape[1] for frame, _ in tables)
        for frame, place in tables:
            for at, name in enumerate(place.columns):
                widths[at] = max(widths[at], self._width(name, frame.iloc[:, at], place))
        self.explain(sheet, widths)
        sheet.print_area(0, 0, max(place.last for _, place in tables), len(widths) - 1)
        wide = ceil(sum(widths) / WIDTH_OF_PAGE)
        if wide > 1:
            sheet.fit_to_pages(wide, 0)
            sheet.repeat_columns(0, 0)
        for frame, place in tables:
            lines = self._lines(frame, widths)
            tall = {
                place.first + row: LINE_HEIGHT * int(lines[row])
                for row in np.flatnonzero(lines > 1).tolist()
            }
            sheet.set_heights(tall)

    def _width(self, name: str, values: pd.Series, place: Block) -> int:
        head = heading(name, values)
        kind = "money" if head.kind == "text" and is_number(values) else head.kind
        title = head.title(self.currency, self.language)
        different = values.agg(["min", "max"]) if is_number(values) else values.drop_duplicates()
        texts = [self._said(name, shown(value, kind)) for value in different.tolist()]
        if name in place.totals:
            texts.append(shown(float(values.sum()), kind))
        content = max((text_width(text) for text in texts), default=0) / CHARACTERS_PER_WIDTH
        longest = max(map(text_width, title.split()), default=0) + FILTER_BUTTON
        words = max(longest, text_width(title) / HEADING_LINES)
        most = WIDEST_LONG if kind == "long" else WIDEST
        return min(ceil(max(content, words)) + 2, most)

    def _lines(self, frame: pd.DataFrame, widths: Sequence[int]) -> NDArray[np.int64]:
        """Lines each row of a table needs for its longest wrapped text; 1 where nothing wraps."""
        lines = np.ones(len(frame), dtype=np.int64)
        for at, column in enumerate(frame.columns):
            name = str(column)
            if heading(name).kind == "long" and len(frame):
                room = max(floor((widths[at] - 3) * LETTERS_PER_WIDTH), 1)
                codes, different = pd.factorize(frame.iloc[:, at], use_na_sentinel=False)
                texts = [self._said(name, str(text)) for text in different]
                wide = np.array([text_width(text) for text in texts], dtype=np.int64)
                lines = np.maximum(lines, -(-wide[codes] // room))
        return np.minimum(lines, MOST_LINES)

    def _said(self, name: str, text: str) -> str:
        """A value of a column; in the book's language where it is one of the planner's own words."""
        if name in FIXED_WORDS or text in WORDS_AMONG_NAMES.get(name, ()):
            return self.say(text)
        return retell(text) if name in SENTENCES else text

    def _headings(self, frame: pd.DataFrame, kinds: Mapping[str, Kind]) -> list[Heading]:
        heads = []
        for at, column in enumerate(frame.columns):
            name = str(column)
            head = heading(name, frame.iloc[:, at])
            if name in kinds:
                head = (
                    replace(head, kind=kinds[name])
                    if name in HEADINGS
                    else Heading(name, kinds[name])
                )
            heads.append(head)
        return heads

    def _header(self, sheet: BulkSheet, place: Block, table: Prepared, *, filtered: bool) -> None:
        """The header, in one of Excel's tables with a filter where one is asked for."""
        row = place.first - 1
        sheet.set_row(row, 52 if self.language == "both" else 38)
        columns = []
        for at, (head, title) in enumerate(zip(table.headings, table.titles, strict=True)):
            style: dict[str, Any] = {"align": "right"}
            if head.kind in ("text", "long"):
                style = {"align": "left", "indent": 1}
            style |= {"bold": True, "font_color": "#FFFFFF", "bg_color": ACCENT}
            style |= {"text_wrap": True, "valign": "vcenter"}
            self.text(sheet, row, at, title, **style)
            columns.append({"header": sound_text(title), "header_format": self.style(**style)})
        if filtered:
            self._tables += 1
            name = re.sub(r"\W", "_", sheet.get_name())
            options = {"name": f"{name}_{self._tables}", "columns": columns, "style": None}
            sheet.add_long_table(row, place.last, len(columns) - 1, options)

    def _totals(
        self,
        sheet: BulkSheet,
        place: Block,
        headings: Sequence[Heading],
        totals: Mapping[str, Formula],
    ) -> None:
        row = place.total_row
        for at, (name, head) in enumerate(zip(place.columns, headings, strict=True)):
            if name in totals:
                template, value = totals[name]
                formula = filled(template, place, str(row + 1))
                style = self.total_style(head.kind)
                self.formula(sheet, row, at, formula, sound_number(value), style)
            else:
                words = self.say("Total") if at == 0 else ""
                sheet.write_string(row, at, words, self.total_style("text"))

    def _values(self, name: str, values: pd.Series) -> tuple[NDArray[Any], bool]:
        """A column as the file holds it: numbers, days, or the numbers of shared texts (True)."""
        if pd.api.types.is_datetime64_any_dtype(values):
            return days(values), False
        if is_number(values):
            if np.isinf(values.to_numpy(dtype=float, na_value=np.nan)).any():
                raise _refused(math.inf)
            return numbers(values), False
        codes, different = pd.factorize(values, use_na_sentinel=False)
        texts = [sound_text(self._said(name, sound_text(value))) for value in different]
        return shared_texts(self.book.str_table, texts, codes), True

    def _formula(self, place: Block, template: str | Sequence[str]) -> str | Sequence[str]:
        """A column's formula as the file holds it, or one for each row."""
        if not isinstance(template, str):
            return [formula_text(each) for each in template]
        return formula_text(filled(template, place, ROW)) if template else ""


def _distinct(titles: Sequence[str]) -> list[str]:
    """Titles of which none occurs twice, as Excel's tables ask for."""
    seen: dict[str, int] = {}
    out = []
    for title in titles:
        count = seen[title.casefold()] = seen.get(title.casefold(), 0) + 1
        out.append(title if count == 1 else f"{title} ({count})")
    return out


def sums(frame: pd.DataFrame, *names: str) -> dict[str, Formula]:
    """SUM over the data of each column, with the sum as its cached value."""
    return {name: (f"=SUM([{name}:])", float(frame[name].astype(float).sum())) for name in names}


def filled(template: str, place: Block, row: str) -> str:
    """A template as a formula of the row of this number (counted from 1)."""

    def reference(match: re.Match[str]) -> str:
        name = match.group(1)
        if name.endswith(":"):
            return place.data(name[:-1], elsewhere=False)
        at = place.columns.index(name)
        return f"{utility.xl_col_to_name(at)}{row}"

    return re.sub(r"\[([a-z0-9_]+:?)\]", reference, template)


def is_number(values: pd.Series) -> bool:
    """Whether a column holds numbers."""
    numeric = pd.api.types.is_numeric_dtype(values)
    return bool(numeric and not pd.api.types.is_bool_dtype(values))


def text_width(text: str) -> int:
    """Width of a text in characters, East Asian wide ones counted twice."""
    if text.isascii():
        return len(text)
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
