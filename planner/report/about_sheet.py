"""Plan -> the sheet About, by which a workbook knows its plan, and the scenario's tables behind it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from enum import StrEnum

import pandas as pd
from xlsxwriter.utility import xl_rowcol_to_cell

from planner.domain.product import VERSION
from planner.domain.records import Header
from planner.domain.scenario import TABLES, Scenario
from planner.io.cells import Column, columns, excel_value, get_words
from planner.io.dictionary import dictionary
from planner.io.line_edits import LOCKS_OFFERED
from planner.plan.record import Plan
from planner.report.book import GREY, Block, Book
from planner.report.bulk import BulkSheet
from planner.report.pages import PAGES
from planner.report.shipment_lines import EDITABLE, ladder_rungs

FORMAT = "surplus planner, plan"
FORMAT_VERSION = 1
"""Raised when a sheet that is read back changes its shape."""
RUNGS = "price_rungs"
"""Name of the list of rungs a price may be set to."""
HEADER_SHEET, HEADER_COLUMNS = "scenario", ("field", "value", "unit", "meaning")
DICTIONARY = "dictionary"
DECIDED = ["line", "lot", "channel", "route", "ship_period", "sell_period", "rung", "units"]
"""Columns of a line that say what is done; its money follows from them."""


def fingerprint_of(plan: Plan) -> str:
    """SHA-256 of the scenario and of what the plan does: its lines and exits."""
    exits = plan.exits[["lot", "exit", "shipment", "units"]]
    parts = [
        plan.scenario.fingerprint,
        *(t.to_csv(index=False) for t in (plan.lines[DECIDED], exits)),
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def about(plan: Plan, base: Scenario | None, language: str) -> list[tuple[str, object]]:
    """What a reader of the workbook must know, by names that stay the same in every language."""
    header, report = plan.scenario.header, plan.report
    return [
        ("format", FORMAT),
        ("format_version", FORMAT_VERSION),
        ("product_version", VERSION),
        ("scenario", header.scenario),
        ("scenario_fingerprint", plan.scenario.fingerprint),
        ("plan_fingerprint", fingerprint_of(plan)),
        ("base", "" if base is None else base.header.scenario),
        ("base_fingerprint", "" if base is None else base.fingerprint),
        ("language", language),
        ("currency", header.currency),
        ("perspective", header.perspective.value),
        ("as_of", str(header.as_of)),
        ("ready", "yes" if plan.ready else "no"),
        ("status", report.status),
        ("value", report.value),
        ("bound", report.bound),
        ("gap", report.gap),
        *((f"settings.{name}", _plain(value)) for name, value in report.settings.items()),
        *((f"versions.{name}", str(value)) for name, value in report.versions.items()),
    ]


def _plain(value: object) -> object:
    if value is None:
        return ""
    return value if isinstance(value, int | float) and not isinstance(value, bool) else str(value)


def about_sheet(book: Book, plan: Plan, base: Scenario | None, written: list[str]) -> None:
    """The plan's identity, the sheets of the workbook, the cells that may be edited, and the rungs."""
    page = PAGES["About"]
    sheet = book.sheet(page.name, book.say(page.title), book.say(page.explanation))
    known = about(plan, base, book.language)
    for row, (name, value) in enumerate(known, start=3):
        book.text(sheet, row, 0, name, font_color=GREY)
        if isinstance(value, str):
            book.text(sheet, row, 1, value)
        else:
            book.value(sheet, row, 1, value, "rate", align="left", num_format="General")
    top = 5 + len(known)
    sheets = pd.DataFrame(
        [(name, PAGES[name].title, PAGES[name].reader) for name in written if name in PAGES],
        columns=["sheet", "title", "reader"],
    )
    place = book.block(sheet, sheets, top, label="The sheets of this workbook")
    edits = pd.DataFrame(
        [("Shipments", name, book.say(words)) for name, words in zip(EDITABLE, EDITS, strict=True)],
        columns=["sheet", "field", "takes"],
    )
    edited = book.block(
        sheet, edits, place.last + 3, label="Cells of the plan that may be edited", filtered=False
    )
    rungs = pd.DataFrame({"rung": ladder_rungs(plan)})
    listed = book.block(
        sheet, rungs, edited.last + 3, label="Price rungs to choose from", filtered=False
    )
    book.book.define_name(RUNGS, f"={listed.data('rung')}")
    book.explain(sheet, [30, 44, 60])
    sheet.print_area(0, 0, listed.last, 2)
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(0, 1)
    sheet.protect("", {"format_columns": True, "autofilter": True})


EDITS = (
    "Whole units, from 0 to those of the lot.",
    "A rung of the channel's price ladder.",
    "units = keep these units; min_units = at least these; max_units = at most these; price = keep this "
    "rung; ban = send nothing here; blank = the planner is free.",
)


def input_sheets(book: Book, scenario: Scenario) -> None:
    """The scenario's tables, as `planner.io.workbook` writes them; a table without rows but locks is
    left out."""
    header = [
        [
            column.name,
            excel_value(getattr(scenario.header, column.name)),
            column.unit,
            _meaning(column),
        ]
        for column in columns(Header)
    ]
    _table(book, HEADER_SHEET, list(HEADER_COLUMNS), header, {})
    for name, record in TABLES.items():
        rows = getattr(scenario, name)
        if rows or name == "locks":
            fields = columns(record)
            cells = [[excel_value(getattr(row, each.name)) for each in fields] for row in rows]
            _table(book, name, [each.name for each in fields], cells, dict(enumerate(fields)))
    words = dictionary()
    cells = [[excel_value(cell) for cell in row] for row in words.itertuples(index=False)]
    _table(book, DICTIONARY, list(words.columns), cells, {})


def _meaning(column: Column) -> str:
    return f"{column.meaning_zh}: {column.meaning_en}"


def _table(
    book: Book,
    name: str,
    heads: list[str],
    rows: Sequence[Sequence[object]],
    fields: dict[int, Column],
) -> None:
    """One plain sheet: a row of field names, then the rows; closed sets and ranges are validated."""
    sheet: BulkSheet = book.book.add_worksheet(name, worksheet_class=BulkSheet)
    sheet.set_tab_color("#C9D3D7")
    for at, head in enumerate(heads):
        book.text(sheet, 0, at, head, bold=True, bottom=1)
        widest = max([len(head) + 2, *(len(str(row[at])) + 2 for row in rows[:200])])
        sheet.set_column(at, at, min(40, max(10, widest)))
    for number, row in enumerate(rows, start=1):
        for at, value in enumerate(row):
            _cell(book, sheet, number, at, value)
    for at, column in fields.items():
        rule = _validation(column)
        if rule:
            sheet.data_validation(1, at, max(len(rows), 1) + 200, at, rule)
    sheet.freeze_panes(1, 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _cell(book: Book, sheet: BulkSheet, row: int, at: int, value: object) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, at, value, book.style())
    elif isinstance(value, int | float):
        sheet.write_number(row, at, value, book.style())
    elif isinstance(value, str):
        book.text(sheet, row, at, value)
    else:
        book.value(sheet, row, at, value, "date", align="left")


def _validation(column: Column) -> dict[str, object]:
    """What Excel lets a cell of a field hold, where that can be said."""
    if issubclass(column.kind, StrEnum):
        return {"validate": "list", "source": list(get_words(column.kind))}
    if column.kind in (int, float) and column.least is not None and column.most is not None:
        kind = "integer" if column.kind is int else "decimal"
        within = {"minimum": column.least, "maximum": column.most}
        message = f"{column.name}: {column.least:g} to {column.most:g}"
        return {"validate": kind, "criteria": "between", **within, "error_message": message}
    return {}


def shipment_edits(book: Book, sheet: BulkSheet, place: Block, plan: Plan) -> None:
    """What the editable cells of shipment lines take, and the lines a lock holds marked."""
    most = max((lot.units for lot in plan.scenario.lots), default=0)
    allowed: dict[str, dict[str, object]] = {
        "units": {
            "validate": "integer",
            "criteria": "between",
            "minimum": 0,
            "maximum": most,
            "error_message": book.say(EDITS[0]),
        },
        "rung": {"validate": "list", "source": f"={RUNGS}", "error_message": book.say(EDITS[1])},
        "lock": {"validate": "list", "source": list(LOCKS_OFFERED[book.language])},
    }
    for name, rule in allowed.items():
        at = place.columns.index(name)
        sheet.data_validation(place.first, at, place.last, at, rule)
    first = place.first + 1
    held = [
        f"${xl_rowcol_to_cell(0, place.columns.index(name))[:-1]}{first}"
        for name in ("lock", "locked_by")
    ]
    mark = {
        "type": "formula",
        "criteria": f'=({held[0]}<>"")+({held[1]}<>"")>0',
        "format": book.book.add_format({"bg_color": "#F3E3DC"}),
    }
    sheet.conditional_format(place.first, 0, place.last, len(place.columns) - 1, mark)
