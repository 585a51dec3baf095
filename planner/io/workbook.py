"""One workbook with a sheet per table <-> Scenario."""

from __future__ import annotations

import io
import os
import re
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import openpyxl
import xlsxwriter
from openpyxl.worksheet.worksheet import Worksheet
from xlsxwriter.worksheet import Worksheet as SheetWriter

from planner.domain.check import HEADER, did_you_mean
from planner.domain.product import VERSION
from planner.domain.records import Header
from planner.domain.scenario import TABLES, Scenario
from planner.errors import Finding, PlannerError, ScenarioError
from planner.io.about import ABOUT, ORIGIN, About, Line, pack
from planner.io.cells import Column, Fault, columns, excel_value, is_blank
from planner.io.preflight import MOST_COLUMNS, MOST_ROWS, preflight
from planner.io.tables import RawHeader, RawTable, scenario_of
from planner.language import english

DICTIONARY = "dictionary"
NOT_TABLES = (DICTIONARY, ABOUT, ORIGIN)
"""Sheets of a scenario's workbook that are no tables."""
HEADER_COLUMNS = ("field", "value", "unit", "meaning")
LONGEST_TEXT = 32_767
NOT_IN_XML = frozenset("\ufffe\uffff")
FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
NO_VALUE = Fault(
    english("The formula has no saved value."),
    english("Open the workbook in Excel, save it, and try again."),
)


def load_workbook(source: str | Path | bytes, name: str = "workbook.xlsx") -> Scenario:
    """The scenario in a workbook, given by path or as bytes; `name` is what findings call it."""
    content, name = _content(source, name)
    preflight(content, name)
    findings: list[Finding] = []
    header, tables = _read(content, name, findings)
    return scenario_of(header, tables, findings)


def save_workbook(scenario: Scenario, target: str | Path | IO[bytes]) -> None:
    """Writes a workbook to a path (all of it or nothing) or into a binary buffer."""
    content = _workbook_bytes(scenario)
    if not isinstance(target, str | Path):
        target.write(content)
        return
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, fresh = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(fresh).chmod(0o644)
        Path(fresh).replace(path)
    finally:
        Path(fresh).unlink(missing_ok=True)


def read_sheet(sheet: Worksheet, saved: Worksheet, findings: list[Finding]) -> RawTable:
    """The cells of a sheet; `saved` is the same sheet with the values Excel saved for formulas."""
    findings.extend(_merged(sheet))
    rows = sheet_rows(sheet, saved)
    if not rows:
        return RawTable([], [])
    _, header = rows[0]
    width = max((at for at, _ in enumerate(header) if _used(rows, at)), default=-1) + 1
    names = ["" if is_blank(cell) else str(cell).strip() for cell in header[:width]]
    return RawTable(names, [(number, cells[:width]) for number, cells in rows[1:]])


def sheet_rows(sheet: Worksheet, saved: Worksheet) -> list[tuple[int, list[object]]]:
    """All rows of a sheet, each with its number."""
    return [
        (number, [_cell(cell, saved) for cell in cells])
        for number, cells in enumerate(sheet.iter_rows(), start=1)
    ]


def open_both(content: bytes, name: str) -> tuple[openpyxl.Workbook, openpyxl.Workbook]:
    """The workbook with its formulas, and with the values saved for them."""
    try:
        book = openpyxl.load_workbook(io.BytesIO(content), keep_links=False)
        _check_size(book, name)
        if not _has_formulas(content):
            return book, book
        return book, openpyxl.load_workbook(io.BytesIO(content), data_only=True, keep_links=False)
    except (MemoryError, ScenarioError):
        raise
    except Exception as error:  # the reader raises whatever its XML leads it to
        problem = english("The workbook is damaged and cannot be read.")
        finding = Finding(name, 0, "", problem, english("Open it in Excel and save it again."))
        raise ScenarioError([finding]) from error


def _check_size(book: openpyxl.Workbook, name: str) -> None:
    """Refuses sheets beyond the limits of `preflight`, however their cells are written."""
    if not book.worksheets:
        problem = english("The workbook has no sheet that can be read.")
        raise ScenarioError([Finding(name, 0, "", problem, english("Save it again in Excel."))])
    for sheet in book.worksheets:
        if sheet.max_row > MOST_ROWS or sheet.max_column > MOST_COLUMNS:
            problem = english(
                "The sheet reaches beyond {most_rows:,} rows or {most_columns} columns.",
                most_rows=MOST_ROWS,
                most_columns=MOST_COLUMNS,
            )
            remedy = english("Delete the rows and columns after the last cell in use.")
            raise ScenarioError([Finding(sheet.title, 0, "", problem, remedy)])


def _has_formulas(content: bytes) -> bool:
    """Whether any sheet holds a formula, so that most workbooks are parsed once."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(FORMULA.search(archive.read(name)) for name in sheets)


def _content(source: str | Path | bytes, name: str) -> tuple[bytes, str]:
    if isinstance(source, bytes):
        return source, name
    path = Path(source)
    if not path.is_file():
        finding = Finding(
            str(path), 0, "", english("There is no such file."), english("Check the path.")
        )
        raise ScenarioError([finding])
    return path.read_bytes(), path.name


def _read(
    content: bytes, name: str, findings: list[Finding]
) -> tuple[RawHeader | None, dict[str, RawTable]]:
    book, saved = open_both(content, name)
    header: RawHeader | None = None
    tables: dict[str, RawTable] = {}
    for sheet in book.worksheets:
        title = sheet.title
        if title in NOT_TABLES or (sheet.sheet_state != "visible" and not _is_known(title)):
            continue
        if not _is_known(title):
            findings.append(_unknown_sheet(title))
        elif sheet.sheet_state != "visible":
            problem = english("The sheet is hidden.")
            findings.append(
                Finding(title, 0, "", problem, english("Unhide it in Excel or delete it."))
            )
        elif title == HEADER:
            header = _header(read_sheet(sheet, saved[title], findings), findings)
        else:
            tables[title] = read_sheet(sheet, saved[title], findings)
    if HEADER not in book.sheetnames:
        remedy = english("Add it with the columns field and value.")
        findings.append(Finding(HEADER, 0, "", english("The sheet is missing."), remedy))
    return header, tables


def _is_known(title: str) -> bool:
    return title == HEADER or title in TABLES


def _unknown_sheet(title: str) -> Finding:
    options = (HEADER, *TABLES)
    otherwise = english(
        "Hide or delete the sheet, or use one of: {options}.", options=", ".join(options)
    )
    remedy = did_you_mean(title, options, otherwise=otherwise)
    return Finding(title, 0, "", english("There is no such table."), remedy)


def _header(raw: RawTable, findings: list[Finding]) -> RawHeader | None:
    cells: dict[str, object] = {}
    rows: dict[str, int] = {}
    if list(raw.columns[:2]) != list(HEADER_COLUMNS[:2]):
        remedy = english("Name the first two columns field and value.")
        problem = english("The first two columns are not field and value.")
        findings.append(Finding(HEADER, 1, "", problem, remedy))
        return None
    for number, (field, value, *_) in raw.rows:
        if is_blank(field):
            continue
        name = str(field).strip()
        if name in cells:
            findings.append(
                Finding(
                    HEADER, number, name, english("The field occurs twice."), english("Keep one.")
                )
            )
        cells[name], rows[name] = value, number
    return RawHeader(cells, rows)


def _merged(sheet: Worksheet) -> Iterator[Finding]:
    for merged in sheet.merged_cells.ranges:
        problem = english("The cells {coord} are merged.", coord=merged.coord)
        remedy = english("Unmerge them and fill every cell.")
        yield Finding(sheet.title, merged.min_row, "", problem, remedy)


def _used(rows: Sequence[tuple[int, Sequence[object]]], at: int) -> bool:
    return any(not is_blank(cells[at]) for _, cells in rows)


def _cell(cell: Any, saved: Worksheet) -> object:
    """The value of a cell; for a formula the value Excel saved, for an error a fault."""
    value, kind = cell.value, cell.data_type
    if kind == "f":
        last = saved[cell.coordinate]
        value, kind = last.value, last.data_type
        if value is None:
            return NO_VALUE
    if kind == "e":
        return Fault(
            english("The cell shows the error {value}.", value=value),
            english("Correct the formula or type a value."),
        )
    return value


class _ExactSheet(SheetWriter):  # type: ignore[misc]
    """A sheet that writes all 17 digits of a number; the library keeps 16."""

    def _xml_number_element(self, number: float, attributes: Any = ()) -> None:
        marks = "".join(f' {key}="{value}"' for key, value in attributes)
        self.fh.write(f"<c{marks}><v>{number!r}</v></c>")


def _workbook_bytes(scenario: Scenario) -> bytes:
    buffer = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "in_memory": True}
    book = xlsxwriter.Workbook(buffer, options)
    book.set_properties({"created": datetime(2000, 1, 1)})  # the same scenario, the same bytes
    add_inputs(book, scenario)
    about = About(scenario.header.scenario, scenario.fingerprint, product_version=VERSION)
    rows = [list(row) for row in about.rows()]
    _write_rows(_sheet(book, ABOUT), ("field", "value"), rows, _formats(book))
    add_origin(book, scenario)
    book.close()
    return buffer.getvalue()


def add_inputs(book: xlsxwriter.Workbook, scenario: Scenario) -> None:
    """The scenario's sheets, a header, one a table and a dictionary, as `load_workbook` reads them."""
    from planner.io.dictionary import dictionary  # here, so that it also runs as a program

    formats = _formats(book)
    _write_header(_sheet(book, HEADER), scenario, formats)
    for table, record in TABLES.items():
        fields = columns(record)
        rows = [
            [excel_value(getattr(row, field.name)) for field in fields]
            for row in getattr(scenario, table)
        ]
        _write_rows(_sheet(book, table), [field.name for field in fields], rows, formats)
    words = dictionary()
    rows = [[excel_value(cell) for cell in row] for row in words.itertuples(index=False)]
    _write_rows(_sheet(book, DICTIONARY), list(words.columns), rows, formats)


def add_origin(book: xlsxwriter.Workbook, scenario: Scenario, lines: Sequence[Line] = ()) -> None:
    """The hidden sheet by which an edited workbook is compared with what it was made from."""
    sheet = _sheet(book, ORIGIN)
    for row, text in enumerate(pack(scenario, lines)):
        sheet.write_string(row, 0, text)
    sheet.very_hidden()


def _formats(book: xlsxwriter.Workbook) -> dict[str, Any]:
    return {
        "head": book.add_format({"bold": True, "bottom": 1}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
    }


def _sheet(book: Any, name: str) -> Any:
    return book.add_worksheet(name, worksheet_class=_ExactSheet)


def _write_header(sheet: Any, scenario: Scenario, formats: dict[str, Any]) -> None:
    rows = [
        [field.name, excel_value(getattr(scenario.header, field.name)), field.unit, _meaning(field)]
        for field in columns(Header)
    ]
    _write_rows(sheet, HEADER_COLUMNS, rows, formats)


def _meaning(field: Column) -> str:
    return f"{field.meaning_zh}: {field.meaning_en}"


def _write_rows(
    sheet: Any, names: Sequence[str], rows: Sequence[Sequence[object]], formats: dict[str, Any]
) -> None:
    for at, name in enumerate(names):
        sheet.write_string(0, at, name, formats["head"])
        sheet.set_column(at, at, min(40, max(10, len(name) + 2)))
    sheet.freeze_panes(1, 0)
    for number, row in enumerate(rows, start=1):
        for at, value in enumerate(row):
            _write_cell(sheet, number, at, value, formats)


def _write_cell(sheet: Any, row: int, at: int, value: object, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value)
    elif isinstance(value, int | float):
        sheet.write_number(row, at, value)
    elif isinstance(value, date):
        sheet.write_datetime(row, at, value, formats["date"])
    else:
        _write_text(sheet, row, at, str(value))


def _write_text(sheet: Any, row: int, at: int, text: str) -> None:
    place = english("Sheet {sheet} row {row}", sheet=sheet.get_name(), row=row + 1)
    if len(text) > LONGEST_TEXT:
        raise PlannerError(
            english(
                "{place}: a cell of a workbook holds {longest_text:,} characters at "
                "most. Save the scenario as a folder, or shorten the list.",
                place=place,
                longest_text=LONGEST_TEXT,
            )
        )
    if set(text) & NOT_IN_XML:
        raise PlannerError(
            english(
                "{place}: {value!r} has a character no workbook can hold. Save the "
                "scenario as a folder, or take it out.",
                place=place,
                value=text,
            )
        )
    sheet.write_string(row, at, text)
