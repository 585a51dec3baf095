"""Consignments -> packing lists and draft commercial invoices, one page each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from planner.report.book import ACCENT, GREY, INPUT, RED, TINT, Block, Book, Prepared
from planner.report.bulk import BulkSheet
from planner.report.consignments import MISSING, PALLET_CBM_NAME, PALLET_KG_NAME
from planner.report.headings import Kind
from planner.report.pages import PAGES

MOST_PAGES = 1_000
"""Of one sheet: Excel takes 1,023 page breaks."""
ROWS_BESIDE_LINES = 20
"""Rows of a page that are not lines of its table, at most."""
TOP = 4
LOOSE = "loose"
"""Said of goods in no box."""
Row = Mapping[str, Any]
Fact = tuple[str, object, Kind]
"""Name, value ('' = to be filled in) and kind."""


@dataclass(frozen=True)
class Sum:
    """A line under a page's table: words, and formula and value of the columns that have one.

    In a formula {units} is that column's data and {sum} the cell above. Other sheets find the cells
    by the names of their columns, or by `name`.
    """

    words: str
    cells: Mapping[str, tuple[str, float]]
    name: str = ""
    parts: Mapping[str, object] = field(default_factory=dict)
    """What is put into the words."""


@dataclass(frozen=True)
class Form:
    """One kind of page: the sheet it goes on, its title, and how a consignment is told."""

    page: str
    title: str
    widths: Sequence[float]
    facts: Callable[[Row], tuple[Sequence[Fact], Sequence[Fact]]]
    sums: Callable[[Row], Sequence[Sum]]
    formulas: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)


Places = dict[str, dict[str, str]]
"""Where sums stand: consignment -> name -> 'Invoices'!$I$20."""
VALUE, RIGHT, RIGHT_VALUE = 2, 6, 8
"""Columns of the facts: the left list's values, the right list's names and values."""


def forms(
    book: Book, form: Form, table: pd.DataFrame, lines: pd.DataFrame, most_rows: int
) -> Places:
    """A page for each consignment of the table that has lines; `lines` are those of all pages."""
    lines = lines.reset_index(drop=True)
    rows = _numbered(book, table, lines)
    own = lines.drop(columns="consignment")
    own.insert(0, "number", lines.groupby("consignment").cumcount() + 1)
    prepared = book.prepared(own, form.kinds)
    places: Places = {}
    for number, some in enumerate(_sheets(rows, most_rows), start=1):
        page = PAGES[form.page]
        name = page.name if number == 1 else f"{page.name} {number}"
        sheet = book.sheet(name, book.say(page.title), book.say(page.explanation))
        top, ends = TOP, []
        for row in some:
            top, places[row["consignment"]] = _page(book, sheet, form, row, prepared, top)
            ends.append(top)
        if not some:
            book.text(sheet, TOP, 0, book.say("None."), italic=True, font_color=GREY)
        sheet.set_h_pagebreaks(ends[:-1])
        _finish(book, sheet, form, max(top - 2, TOP))
    return places


def _numbered(book: Book, table: pd.DataFrame, lines: pd.DataFrame) -> list[Row]:
    """The consignments that have lines, each with where these stand and what they add up to."""
    of = lines.groupby("consignment")
    sums = of.sum(numeric_only=True).to_dict("index")
    first, count = of.apply(lambda part: part.index[0]), of.size()
    return [
        {str(name): value for name, value in row.items()}
        | {
            "mode": book.say(row["mode"]),
            "lines": slice(first[key], first[key] + count[key]),
            "sums": sums[key],
        }
        for row in table.to_dict("records")
        if (key := row["consignment"]) in sums
    ]


def _sheets(rows: Sequence[Row], most_rows: int) -> list[list[Row]]:
    """The consignments of each sheet: no more pages and rows than one holds."""
    sheets: list[list[Row]] = [[]]
    used = TOP
    for row in rows:
        needed = row["lines"].stop - row["lines"].start + ROWS_BESIDE_LINES
        if sheets[-1] and (len(sheets[-1]) >= MOST_PAGES or used + needed > most_rows):
            sheets.append([])
            used = TOP
        sheets[-1].append(row)
        used += needed
    return sheets


def _page(
    book: Book, sheet: BulkSheet, form: Form, row: Row, table: Prepared, top: int
) -> tuple[int, dict[str, str]]:
    """One page. Returns the first row of the next and where this one's sums stand."""
    for at in range(len(form.widths)):
        sheet.write_blank(top, at, None, book.style(bottom=2, bottom_color=ACCENT))
    title = f"{book.say(form.title)} {row['consignment']}"
    style = {"bold": True, "font_size": 13, "font_color": ACCENT, "bottom": 2}
    sheet.set_row(top, 20)
    book.text(sheet, top, 0, title, **style, bottom_color=ACCENT)
    left, right = form.facts(row)
    for names, values, facts in ((0, VALUE, left), (RIGHT, RIGHT_VALUE, right)):
        for down, fact in enumerate(facts, start=top + 2):
            _fact(book, sheet, down, names, values, fact)
    sheet.set_row(top + 1, 6)
    start = top + max(len(left), len(right)) + 3
    place = book.put(sheet, table, row["lines"], start, formulas=form.formulas, filtered=False)
    places: dict[str, str] = {}
    at = place.last
    for at, each in enumerate(form.sums(row), start=place.last + 1):
        places |= _sum(book, sheet, place, at, each, table)
    return at + 3, places


def _fact(book: Book, sheet: BulkSheet, row: int, name: int, at: int, fact: Fact) -> None:
    """'Seller: ALTA'; what is to be filled in is a yellow cell that is not locked."""
    words, value, kind = fact
    book.text(sheet, row, name, book.say(words), font_color=GREY)
    if value == "":
        style = book.cell_style("text", bg_color=INPUT, locked=False)
        sheet.merge_range(row, at, row, at + 1, "", style)
    elif isinstance(value, str):
        book.text(sheet, row, at, book.say(value) if value == LOOSE else value)
    else:
        book.value(sheet, row, at, value, kind, align="left")


def _sum(
    book: Book, sheet: BulkSheet, place: Block, row: int, each: Sum, table: Prepared
) -> dict[str, str]:
    """One line under the table; returns where its numbers stand."""
    found = {}
    data = {name: place.data(name, elsewhere=False) for name in place.columns}
    for at, column in enumerate(place.columns):
        if column not in each.cells:
            words = book.say(each.words, **each.parts) if at == 1 else ""
            book.text(sheet, row, at, words, bold=True, bg_color=TINT)
            continue
        template, value = each.cells[column]
        formula = template.format(sum=place.cell(column, row - 1), **data)
        book.formula(sheet, row, at, formula, value, book.total_style(table.headings[at].kind))
        found[each.name or column] = f"'{place.sheet}'!{place.cell(column, row)}"
    return found


def _finish(book: Book, sheet: BulkSheet, form: Form, last: int) -> None:
    """Print set-up and protection; what is missing is red."""
    book.explain(sheet, form.widths)
    width = len(form.widths) - 1
    red = book.book.add_format({"font_color": RED, "bold": True})
    missing = {"type": "cell", "criteria": "==", "value": f'"{MISSING}"', "format": red}
    sheet.conditional_format(TOP, 0, last, width, missing)
    sheet.print_area(TOP, 0, last, width)
    sheet.repeat_rows(2)
    sheet.freeze_panes(3, 0)
    allowed = ("format_cells", "format_columns", "format_rows", "insert_rows")
    sheet.protect("", dict.fromkeys(allowed, True))


def _journey(row: Row) -> list[Fact]:
    """Who sends what to whom, from where to where."""
    by = row["main_leg"] if not row["mode"] else f"{row['main_leg']} ({row['mode']})"
    return [
        ("Seller", row["seller"], "text"),
        ("Address of the seller", "", "text"),
        ("Consignee", row["consignee"], "text"),
        ("Address of the consignee", "", "text"),
        ("From", row["from_site"], "text"),
        ("To", f"{row['entry_site']} ({row['country']})", "text"),
        ("By", by, "text"),
    ]


def _dates(row: Row) -> list[Fact]:
    return [("Departs", row["depart_date"], "date"), ("Arrives", row["arrive_date"], "date")]


def _packing_facts(row: Row) -> tuple[list[Fact], list[Fact]]:
    right: list[Fact] = [
        ("Packing list no.", "", "text"),
        ("Invoice no.", "", "text"),
        ("Marks and numbers", "", "text"),
        ("Transport document", "", "text"),
        ("Boxes", row["boxes"] or LOOSE, "units"),
    ]
    return _journey(row), [*right, *_dates(row)]


def _packing_sums(row: Row) -> list[Sum]:
    counted = ("cartons", "units", "kg", "cbm")
    total = {name: (f"=SUM({{{name}}})", float(row["sums"][name])) for name in counted}
    places = (
        f"=ROUNDUP(ROUND(MAX(SUM({{cbm}})/{PALLET_CBM_NAME},SUM({{kg}})/{PALLET_KG_NAME}),6),0)"
    )
    return [Sum("Total", total), Sum("Pallets", {"cartons": (places, row["pallets"])}, "pallets")]


def _invoice_facts(row: Row) -> tuple[list[Fact], list[Fact]]:
    right: list[Fact] = [
        ("Invoice no.", "", "text"),
        ("Invoice date", "", "date"),
        ("Incoterm", f"{row['incoterm']} {row['incoterm_place']}", "text"),
        ("Currency", row["currency"], "text"),
        ("Customs basis", f"{row['customs_basis']} ({row['country']})", "text"),
    ]
    return _journey(row), [*right, *_dates(row)]


def _invoice_sums(row: Row) -> list[Sum]:
    counted = ("units", "declared_total", "freight_total", "insurance_total", "customs_total", "kg")
    total = {name: (f"=SUM({{{name}}})", float(row["sums"][name])) for name in counted}
    local = {"customs_total": (f"={{sum}}/{row['customs_rate']!r}", row["customs_local"])}
    rate = {"currency": row["customs_currency"], "rate": f"{row['customs_rate']:,.6g}"}
    words = "Customs value in {currency}, one of it at {rate}"
    return [Sum("Total", total), Sum(words, local, "customs_local", rate)]


PACKING_LIST = Form(
    "Packing lists",
    "Packing list",
    (5, 9, 12, 13, 13, 26, 12, 12, 10, 10, 10, 12, 11),
    _packing_facts,
    _packing_sums,
)
INVOICE = Form(
    "Invoices",
    "Draft commercial invoice",
    (5, 12, 13, 26, 12, 9, 10, 13, 15, 14, 14, 15, 12),
    _invoice_facts,
    _invoice_sums,
    {
        "declared_total": "=[units]*[unit_value]",
        "customs_total": "=[declared_total]+[freight_total]+[insurance_total]",
    },
    {"unit_value": "rate"},
)
