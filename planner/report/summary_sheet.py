"""Plan -> the first and the last sheet of the workbook: the summary and the audit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter.chart import Chart

from planner.language import retell
from planner.plan.record import Plan
from planner.report import tables
from planner.report.book import ACCENT, GREY, RED, TINT, Block, Book, Spread
from planner.report.bulk import BulkSheet
from planner.report.figures import Figures, figures
from planner.report.headings import VALUE_PARTS, Kind, heading
from planner.report.markets import by_market
from planner.report.pages import PAGES
from planner.report.paper_findings import paper_findings

NAME, AMOUNT, SECOND_NAME, SECOND_AMOUNT = 0, 1, 3, 4
"""Columns of the summary: two lists side by side."""
TOLERANCE = 0.01
"""Largest difference between the plan's value and the sum of the sheets, planning currency."""
FINDINGS_SHOWN = 5
CHART_HEIGHT, CHART_ROWS = 250, 26
PALE = "#A9BBC2"


@dataclass(frozen=True)
class Links:
    """The blocks the summary adds up."""

    shipments: Spread
    exits: Spread
    openings: tuple[Block, ...]
    """Documents to obtain, then other openings."""
    markets: Block
    trades: Spread
    departures: tuple[Block, ...] = ()
    """With planned freight and cost."""
    soft: tuple[Block, ...] = ()
    """Soft limits missed, then soft rules broken by offers."""


@dataclass(frozen=True)
class Part:
    """One line of a sum: its name, formula, the planner's number, and its kind."""

    name: str
    formula: str
    value: object
    kind: Kind = "money"
    strong: bool = False


def start_summary(book: Book, plan: Plan) -> BulkSheet:
    """The empty first sheet; it is filled when the others are there to be added up."""
    header = plan.scenario.header
    words = (
        "Scenario {scenario}, {periods} periods of {days} days from {start}, for {whose}. "
        "Money in {currency} unless said."
    )
    explanation = book.say(
        words,
        scenario=header.scenario,
        periods=header.periods,
        days=header.days_per_period,
        start=header.start_date,
        whose=book.say(WHOSE[header.perspective.value]),
        currency=header.currency,
    )
    return book.sheet("Summary", header.title or header.scenario, explanation)


WHOSE = {
    "brand": "the brand",
    "platform": "the platform",
    "both": "brand and platform together",
}


def fill_summary(book: Book, plan: Plan, sheet: BulkSheet, links: Links) -> None:
    """Key figures, how the value is made up, where the units go, and two charts."""
    known = figures(plan)
    book.explain(sheet, (40, 21, 3, 36, 18, 18, 16))
    top = _findings(book, plan, sheet)
    parts = _value_parts(plan, known, links)
    check_row = _parts(book, sheet, top, book.say("How the value is made up"), parts)
    units = _unit_parts(known, links)
    end = _parts(book, sheet, check_row + 2, book.say("Where the units go"), units)
    figures_end = _key_figures(book, plan, sheet, top, known, links)
    row = max(end, figures_end) + 2
    compared = _values(book, plan, sheet, row)
    markets = _markets(book, plan, sheet, row, links.markets)
    last = compared[1] - compared[0]
    colours = [PALE] * (last - 1) + [ACCENT, PALE]
    title = book.say("Value against hand-made plans and bound")
    _chart(book, sheet, compared[1] + 2, NAME, 410, title, *compared, colours=colours)
    _chart(book, sheet, markets[1] + 2, SECOND_NAME, 580, book.say("Units by market"), *markets)
    sheet.print_area(0, 0, markets[1] + 2 + CHART_ROWS, 6)
    sheet.fit_to_pages(1, 1)
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(0, 2)


def _findings(book: Book, plan: Plan, sheet: BulkSheet) -> int:
    """The first findings under the mark of a plan not ready; the next free row."""
    for at, found in enumerate(plan.findings[:FINDINGS_SHOWN]):
        book.text(sheet, 3 + at, 0, str(found), font_color=RED)
    more = len(plan.findings) - FINDINGS_SHOWN
    if more > 0:
        words = book.say("and {more} more.", more=f"{more:,}")
        book.text(sheet, 3 + FINDINGS_SHOWN, 0, words, font_color=RED)
    return 4 + min(len(plan.findings), FINDINGS_SHOWN + 1)


def _key_figures(
    book: Book, plan: Plan, sheet: BulkSheet, top: int, known: Figures, links: Links
) -> int:
    """The headline table; figures that follow from others are live. Returns the last row."""
    table = tables.headline(plan)
    _label(book, sheet, top, NAME, book.say("Key figures"))
    at = {name: top + 1 + k for k, name in reversed(list(enumerate(table["figure"])))}

    def cell(name: str) -> str:
        return f"B{at[name] + 1}"

    shipped, left = links.shipments.total("units"), links.exits.total("units")
    live = {
        at["Units shipped"]: f"={shipped}",
        at["Units left"]: f"={left}",
        at["Sell-through"]: f"=IF({cell('Units in stock')}=0,0,"
        f"{cell('Units shipped')}/{cell('Units in stock')})",
        at["Emissions of freight, kg CO2e"]: f"={links.shipments.total('co2e_kg')}",
    }
    if plan.report.bound and _gap_is_plain(plan):
        bound = cell("Upper bound no plan can exceed")
        live[at["Gap to the bound"]] = f"=({bound}-{cell('Plan value')})/ABS({bound})"
    columns = zip(table["figure"], table["amount"], table["kind"], strict=True)
    for row, (name, amount, kind) in enumerate(columns, start=top + 1):
        style: dict[str, Any] = {"bottom": 4, "bottom_color": "#C9D3D7"}
        strong = name == "Plan value" or (name == "Audit" and not plan.ready)
        if strong:
            style |= {"bold": True, "font_color": ACCENT if name == "Plan value" else RED}
        book.text(sheet, row, NAME, _figure(book, name), **style)
        if row in live:
            form = book.cell_style(kind, **style)
            book.formula(sheet, row, AMOUNT, live[row], amount, form)
        else:
            long = isinstance(amount, str) and len(amount) > 18
            said = book.say(amount) if isinstance(amount, str) else amount
            book.value(sheet, row, AMOUNT, said, kind, **style, **_shrink(long))
    return top + len(table)


def _figure(book: Book, name: str) -> str:
    """A key figure's name; one against a hand-made plan names that plan."""
    against = re.fullmatch("More than '(.*)'", name)
    if against is None:
        return book.say(name)
    return book.say("More than '{name}'", name=book.say(against[1]))


def _shrink(long: bool) -> dict[str, Any]:
    return {"text_wrap": True} if long else {}


def _gap_is_plain(plan: Plan) -> bool:
    """Whether the reported gap is that of the reported value and bound, as it should be."""
    report = plan.report
    return abs(report.gap - (report.bound - report.value) / abs(report.bound)) < 1e-9


def _value_parts(plan: Plan, known: Figures, links: Links) -> list[Part]:
    """The plan's value as the sum of the sheets; what is nothing is left out."""
    live = _live_parts(plan, links)
    counted = known.parts_that_count
    return [
        *(Part(VALUE_PARTS[name], live[name], money) for name, money in counted.items()),
        Part("Sum of the sheets", "=SUM({above})", known.value, strong=True),
        Part("Plan value", "", plan.report.value),
        Part(
            "Check",
            f'=IF(ABS({{up2}}-{{up1}})<={TOLERANCE},"OK","DIFFERS")',
            _verdict(abs(known.value - plan.report.value) <= TOLERANCE),
            "text",
        ),
    ]


def _live_parts(plan: Plan, links: Links) -> dict[str, str]:
    """The formula of each part of the value, as far as there is a sheet for it."""
    header, shipped = plan.scenario.header, links.shipments
    paid = (f"{each.total('planned')}-{each.total('cost')}" for each in links.departures)
    costs: dict[str, Block | Spread] = {"leaks": links.trades}
    costs |= dict(zip(("shortfalls", "breaches"), links.soft, strict=False))
    papers = "+".join(block.total("cost") for block in links.openings)
    return {
        "lines": f"={shipped.total('money')}",
        "settlement": f"={'+'.join(paid)}",
        "cleared": f"={shipped.total('units')}*{header.value_per_unit_cleared!r}",
        "exits": f"={links.exits.total('money')}",
        "co2e": f"=-{shipped.total('co2e_kg')}*{header.co2e_price_per_kg!r}",
        "openings": f"=-({papers})",
        **{name: f"=-{block.total('cost')}" for name, block in costs.items()},
    }


def _unit_parts(known: Figures, links: Links) -> list[Part]:
    counted = known.units_shipped + known.units_left
    return [
        Part("Shipped", f"={links.shipments.total('units')}", known.units_shipped, "units"),
        Part("Left", f"={links.exits.total('units')}", known.units_left, "units"),
        Part("Sum of the sheets", "=SUM({above})", counted, "units", strong=True),
        Part("Units in stock", "", known.units_available, "units"),
        Part(
            "Check",
            '=IF({up2}={up1},"OK","DIFFERS")',
            _verdict(counted == known.units_available),
            "text",
        ),
    ]


def _verdict(agrees: bool) -> str:
    return "OK" if agrees else "DIFFERS"


def _parts(book: Book, sheet: BulkSheet, top: int, label: str, parts: Iterable[Part]) -> int:
    """A sum written out; {above}, {up1}, {up2} stand for cells above. Returns the last row."""
    _label(book, sheet, top, SECOND_NAME, label)
    row = top
    for part in parts:
        row += 1
        style: dict[str, Any] = {"bold": True, "bg_color": TINT} if part.strong else {}
        if part.name == "Check":
            style = {"bold": True, "align": "right"}
            style["font_color"] = ACCENT if part.value == "OK" else RED
        book.text(sheet, row, SECOND_NAME, book.say(part.name), **{**style, "align": "left"})
        if not part.formula:
            book.value(sheet, row, SECOND_AMOUNT, part.value, part.kind, **style)
            continue
        formula = part.formula.replace("{above}", f"E{top + 2}:E{row}")
        formula = formula.replace("{up1}", f"E{row}").replace("{up2}", f"E{row - 1}")
        form = book.cell_style(part.kind, **style)
        if part.kind == "text":
            form = book.style(**style)
        book.formula(sheet, row, SECOND_AMOUNT, formula, part.value, form)
    return row


def _values(book: Book, plan: Plan, sheet: BulkSheet, top: int) -> tuple[int, int, int]:
    """Baselines, plan and bound. Returns first and last row and the column of the amounts."""
    _label(book, sheet, top, NAME, f"{book.say('Values compared')} ({book.currency})")
    table = tables.values_compared(plan)
    columns = zip(table["name"], table["value"], strict=True)
    for row, (name, value) in enumerate(columns, start=top + 1):
        book.text(sheet, row, NAME, book.say(name))
        book.value(sheet, row, AMOUNT, value, "money")
    return top + 1, top + len(table), AMOUNT


def _markets(
    book: Book, plan: Plan, sheet: BulkSheet, top: int, place: Block
) -> tuple[int, int, int]:
    """Units, money and netback by market, linked to the sheet Markets."""
    table = by_market(plan)
    names = ["market", "units", "money", "netback_per_unit"]
    for at, name in enumerate(names):
        head = heading(name).title(book.currency, book.language)
        align = "left" if at == 0 else "right"
        style: dict[str, Any] = {"bold": True, "font_color": ACCENT, "align": align}
        book.text(sheet, top, SECOND_NAME + at, head, **style, bottom=1, bottom_color=ACCENT)
    for at, name in enumerate(names):
        for row, value in enumerate(table[name].tolist()):
            link = f"='{place.sheet}'!{place.cell(name, place.first + row)}"
            kind = heading(name).kind
            form = book.cell_style("long" if kind == "text" else kind)
            book.formula(sheet, top + 1 + row, SECOND_NAME + at, link, value, form)
    return top + 1, top + max(len(table), 1), SECOND_AMOUNT


def _chart(
    book: Book,
    sheet: BulkSheet,
    row: int,
    column: int,
    width: int,
    title: str,
    first: int,
    last: int,
    amounts: int,
    *,
    colours: Sequence[str] = (),
) -> None:
    """A native bar chart of a list on the summary, its first name on top."""
    chart: Chart = book.book.add_chart({"type": "bar"})
    name = sheet.get_name()
    chart.add_series(
        {
            "categories": [name, first, amounts - 1, last, amounts - 1],
            "values": [name, first, amounts, last, amounts],
            "fill": {"color": ACCENT},
            "gap": 60,
            "points": [{"fill": {"color": colour}} for colour in colours] or None,
            "data_labels": {"value": True, "num_format": "#,##0", "font": {"size": 8}},
        }
    )
    font = {"size": 8, "color": GREY}
    chart.set_title({"name": title, "name_font": {"size": 10, "color": ACCENT}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True, "num_font": font, "line": {"color": GREY}})
    chart.set_x_axis({"visible": False, "major_gridlines": {"visible": False}, "min": 0})
    chart.set_size({"width": width, "height": CHART_HEIGHT + 14 * max(0, last - first - 8)})
    chart.set_chartarea({"border": {"none": True}})
    sheet.insert_chart(row, column, chart)


def audit_sheet(book: Book, plan: Plan) -> None:
    """The verdict, every finding, why the solver stopped, and what it ran with."""
    page = PAGES["Audit"]
    sheet = book.sheet(page.name, book.say(page.title), book.say(page.explanation))
    found, lacking = tables.findings(plan), tables.as_table(paper_findings(plan))
    top = 4
    style: dict[str, Any] = {"bold": True, "font_size": 11}
    colour = ACCENT if plan.ready else RED
    book.text(sheet, top, 0, book.say(tables.verdict(plan)), **style, font_color=colour)
    place = book.block(sheet, found, top + 2, label="Findings of the audit")
    papers = book.block(sheet, lacking, place.last + 3, label=LACKING)
    row = papers.last + 3
    for label, pairs in _report_groups(plan):
        _label(book, sheet, row, 0, book.say(label))
        for name, value, kind in pairs:
            row += 1
            book.text(sheet, row, 0, book.say(name), font_color=GREY)
            if isinstance(value, int | float) and not isinstance(value, bool):
                book.value(sheet, row, 3, value, kind, align="left")
            else:
                book.text(sheet, row, 3, retell(book.say(str(value))))
        row += 2
    book.fit(sheet, (found, place), (lacking, papers))
    book.explain(sheet, (20, 8, 20, 50, 50))
    sheet.print_area(0, 0, row, 4)
    sheet.freeze_panes(3, 0)
    sheet.repeat_rows(0, 1)


LACKING = "What draft invoices and packing lists lack"
PHASES = {
    "options": "Working out options",
    "build": "Writing down the rules",
    "solve": "Solving, all in all",
    "baselines": "Plans made by hand",
    "extract": "Reading off the plan",
    "audit": "Independent audit",
    "relaxation": "Solving: relaxation",
    "certificate": "Solving: proof of the bound",
    "whole units": "Solving: whole units",
    "cuts": "Solving: cuts",
    "branch and bound": "Solving: branch and bound",
}
"""What each phase of making a plan is called; one not listed goes by its own name."""


def _report_groups(plan: Plan) -> list[tuple[str, list[tuple[str, object, Kind]]]]:
    report = plan.report
    solver: list[tuple[str, object, Kind]] = [
        ("Status", report.status, "text"),
        ("Stopped because", report.stopped_because, "text"),
        ("Plan value", report.value, "money"),
        ("Upper bound", report.bound, "money"),
        ("Bound proved by", report.bound_by, "text"),
        ("Gap", report.gap, "gap"),
        ("Gap asked for", report.gap_asked, "gap"),
        ("Lost by rounding to whole units", report.rounding_loss, "money"),
        ("Same again on another run", "yes" if report.reproducible else "no", "text"),
        ("Options looked at", report.options, "units"),
        ("Limits and rules", report.rules, "units"),
        ("Fingerprint of the scenario", plan.scenario.fingerprint, "text"),
    ]
    return [
        ("Solver report", solver),
        ("Seconds by phase", [(PHASES.get(k, k), v, "number") for k, v in report.seconds.items()]),
        ("Settings", [(k, _said(v), "text") for k, v in report.settings.items()]),
        ("Versions", [(k, v, "text") for k, v in report.versions.items()]),
    ]


def _said(value: object) -> str:
    """A setting as it is shown; one not given says so."""
    if isinstance(value, float):
        return f"{value:g}"
    return "as in the scenario" if value is None else str(value)


def _label(book: Book, sheet: BulkSheet, row: int, column: int, text: str) -> None:
    book.text(sheet, row, column, text, bold=True, font_size=11, font_color=ACCENT)
