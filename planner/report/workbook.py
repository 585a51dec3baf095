"""Plan -> an Excel workbook with live totals that agree with the plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
from xlsxwriter.worksheet import Worksheet

from planner.errors import PlannerError
from planner.plan.record import Plan
from planner.report import tables
from planner.report.assumptions import assumptions
from planner.report.book import Block, Book, Formula, sums
from planner.report.figures import share
from planner.report.files import write_atomically
from planner.report.headings import Kind
from planner.report.markets import by_market, markets_side_by_side
from planner.report.summary_sheet import Links, audit_sheet, fill_summary, start_summary

TOP = 4
"""First row of the first table: under title, explanation and the mark of a plan not ready."""
MAY_BE_BLANK = {("limits", "marginal_value")}
"""Numbers of a plan that may be unknown."""
UNIT_AVERAGE = "=IF([units]=0,0,[money]/[units])"


def write_workbook(plan: Plan, target: Path | BinaryIO) -> None:
    """Writes the workbook to a path (all of it or nothing) or into a stream."""
    content = workbook_bytes(plan)
    if isinstance(target, Path):
        write_atomically(target, content)
    else:
        target.write(content)


def workbook_bytes(plan: Plan) -> bytes:
    """The workbook of a plan; the same plan gives the same bytes."""
    refuse_unfinite(plan)
    stream, header = BytesIO(), plan.scenario.header
    book = Book(stream, header.currency, f"Scenario {header.scenario}", ready=plan.ready)
    book.book.set_properties(
        {"title": f"Plan of {header.scenario}", "created": datetime.combine(header.as_of, time())}
    )
    front = start_summary(book, plan)
    shipped = _shipments(book, plan)
    _sales(book, plan)
    _prices(book, plan)
    markets = _markets(book, plan, shipped)
    _waterfalls(book, plan)
    left = _exits(book, plan)
    _limits(book, plan)
    papers, missed = _papers(book, plan)
    _baselines(book, plan)
    _assumptions(book, plan)
    audit_sheet(book, plan)
    fill_summary(book, plan, front, Links(shipped, left, papers, missed, markets))
    book.book.close()
    return stream.getvalue()


def refuse_unfinite(plan: Plan) -> None:
    """No table of a plan may hold an infinite or missing number."""
    report = plan.report
    if not np.isfinite([report.value, report.bound, report.gap]).all():
        raise PlannerError("The plan's value, bound or gap is no number. Solve it again.")
    for name, table in plan.tables.items():
        for column in table.select_dtypes("number").columns:
            numbers = table[column].to_numpy(dtype=float, na_value=np.nan)
            blank_allowed = (name, column) in MAY_BE_BLANK
            wrong = np.isinf(numbers) if blank_allowed else ~np.isfinite(numbers)
            if wrong.any():
                row = int(np.flatnonzero(wrong)[0]) + 2
                raise PlannerError(
                    f"{name} row {row}, {column}: {numbers[row - 2]} is no number. "
                    "Solve the scenario again."
                )


def _shipments(book: Book, plan: Plan) -> Block:
    frame = tables.shipments(plan)
    emitted = dict(zip(plan.lines["line"], tables.line_emissions(plan), strict=True))
    frame.insert(
        list(frame.columns).index("cbm") + 1,
        "co2e_kg",
        frame["line"].map(emitted).astype(float),
    )
    sheet = book.sheet(
        "Shipments",
        "Shipment plan",
        "What leaves where, when and how, and what it earns. One row per lot, route, ship period, "
        "sell period and price. Money = units x netback.",
    )
    totals = sums(frame, "units", "cartons", "kg", "cbm", "co2e_kg", "money")
    totals["netback_per_unit"] = _average(frame)
    formulas = {"money": "=[units]*[netback_per_unit]"}
    return _single(book, sheet, frame, totals, formulas, freeze=2)


def _sales(book: Book, plan: Plan) -> None:
    frame = tables.sales(plan)
    sheet = book.sheet(
        "Sales",
        "Sales by channel and period",
        "What each channel sells in each period, at what average shelf price.",
    )
    totals = sums(frame, "units", "shoppers_paid", "money")
    totals["netback_per_unit"] = _average(frame)
    _single(book, sheet, frame, totals, freeze=2)


def _prices(book: Book, plan: Plan) -> None:
    frame = tables.price_calendar(plan)
    sheet = book.sheet(
        "Prices",
        "Price list and mark-down calendar",
        "Shelf price of each lot in each channel by sell period, in the currency named, tax "
        "included; blank = not on sale. A second price holds for other units at the same time.",
    )
    kinds: dict[str, Kind] = dict.fromkeys(tables.period_columns(plan), "money")
    _single(book, sheet, frame, sums(frame, "units"), kinds=kinds, freeze=3)


def _markets(book: Book, plan: Plan, shipped: Block) -> Block:
    first, second = by_market(plan), markets_side_by_side(plan).iloc[1:]  # units stand above
    sheet = book.sheet(
        "Markets",
        "Markets side by side",
        "What each market takes and brings; below, its money per unit from shelf price to netback. "
        "Landed cost = freight, handling, relabelling, insurance, duty and import taxes.",
    )
    counted = ("units", "money", "cartons", "cbm", "kg")
    formulas = {
        name: f"=SUMPRODUCT(EXACT({shipped.data('market')},[market])*{shipped.data(name)})"
        for name in counted
    }
    totals = sums(first, *counted, "boxes")
    totals["netback_per_unit"] = _average(first)
    for name, part in (("share_of_units", "units"), ("share_of_value", "money")):
        whole = f"[{part}:]"
        formulas[name] = f"=IF(SUM({whole})=0,0,[{part}]/SUM({whole}))"
    formulas["netback_per_unit"] = UNIT_AVERAGE
    place = book.block(
        sheet, first, TOP, totals=totals, formulas=formulas, label="Units and money by market"
    )
    sheet.autofilter(place.first - 1, 0, place.last, first.shape[1] - 1)
    kinds: dict[str, Kind] = {str(name): "money" for name in second.columns[2:]}
    label = f"Money per unit from shelf price to netback ({book.currency}/unit)"
    below = book.block(sheet, second, place.last + 3, kinds=kinds, label=label)
    book.fit(sheet, (first, place), (second, below))
    _close(sheet, 3, 1, repeat=(0, 1))
    return place


def _waterfalls(book: Book, plan: Plan) -> None:
    frame = tables.waterfalls(plan)
    sheet = book.sheet(
        "Waterfalls",
        "Waterfall of every shipment line",
        "From shelf price to netback, per dispatched unit; the totals are units x amount. "
        "Paid by shoppers + recovered from returns = what the six parties take.",
    )
    totals = sums(frame, "units")
    weights = frame["units"].astype(float)
    for name in frame.columns[5:]:
        value = float((frame[name].astype(float) * weights).sum())
        totals[str(name)] = (f"=SUMPRODUCT([units:],[{name}:])", value)
    _single(book, sheet, frame, totals, freeze=2)
    sheet.fit_to_pages(3, 0)
    sheet.repeat_columns(0, 1)


def _exits(book: Book, plan: Plan) -> Block:
    frame = tables.exits(plan)
    sheet = book.sheet(
        "Exits", "Units not shipped", "What happens to the units that are left, and why."
    )
    formulas = {"money": "=[units]*[value_per_unit]"}
    return _single(book, sheet, frame, sums(frame, "units", "money"), formulas, freeze=1)


def _limits(book: Book, plan: Plan) -> None:
    frame = tables.limits(plan)
    sheet = book.sheet(
        "Limits",
        "Limits, those that hold the plan back first",
        "How much of each limit is used, and what one more unit of it would be worth.",
    )
    _single(book, sheet, frame, {}, freeze=3)


def _papers(book: Book, plan: Plan) -> tuple[Block, Block]:
    paid, missed = tables.openings(plan), tables.shortfalls(plan)
    sheet = book.sheet(
        "Papers",
        "Papers and promises",
        "Certificates and shipment papers the plan pays for, and soft promises it does not keep.",
    )
    first = book.block(
        sheet, paid, TOP, totals=sums(paid, "cost"), label="Certificates and shipment papers"
    )
    sheet.autofilter(first.first - 1, 0, first.last, paid.shape[1] - 1)
    second = book.block(
        sheet,
        missed,
        first.last + 3,
        totals=sums(missed, "units", "cost"),
        formulas={"cost": "=[units]*[short_price]"},
        label="Promises not kept",
    )
    book.fit(sheet, (paid, first), (missed, second))
    _close(sheet, 3, 0, repeat=(0, 1))
    return first, second


def _baselines(book: Book, plan: Plan) -> None:
    hand_made, party = tables.baselines(plan), tables.parties(plan)
    sheet = book.sheet(
        "Baselines and parties",
        "Baselines and parties",
        "What careful hand-made plans would earn, and who receives what shoppers pay.",
    )
    hand_made.insert(2, "plan_value", plan.report.value)
    first = book.block(
        sheet,
        hand_made,
        TOP,
        formulas={"plan_earns_more": "=[plan_value]-[value]"},
        label="Against hand-made plans",
    )
    sheet.autofilter(first.first - 1, 0, first.last, hand_made.shape[1] - 1)
    formulas = {"share_of_money": "=IF(SUM([money:])=0,0,[money]/SUM([money:]))"}
    totals = sums(party, "money")
    second = book.block(
        sheet, party, first.last + 3, totals=totals, formulas=formulas, label="Money by party"
    )
    book.fit(sheet, (hand_made, first), (party, second))
    _close(sheet, 3, 1, repeat=(0, 1))


def _assumptions(book: Book, plan: Plan) -> None:
    frame = assumptions(plan.scenario)
    sheet = book.sheet(
        "Assumptions",
        "Assumptions and sources",
        "Where each number comes from. A blank row or field means all of them; LC is the currency "
        "named in the row, PC the planning currency.",
    )
    _single(book, sheet, frame, {}, freeze=3)


def _single(
    book: Book,
    sheet: Worksheet,
    frame: pd.DataFrame,
    totals: Mapping[str, Formula],
    formulas: Mapping[str, str] | None = None,
    *,
    freeze: int,
    kinds: Mapping[str, Kind] | None = None,
) -> Block:
    """A sheet with one table: filter, frozen header, header repeated on every page."""
    place = book.block(sheet, frame, TOP, totals=totals, formulas=formulas, kinds=kinds)
    header = place.first - 1
    sheet.autofilter(header, 0, place.last, max(frame.shape[1] - 1, 0))
    book.fit(sheet, (frame, place))
    _close(sheet, place.first, freeze, repeat=(header, header))
    return place


def _close(sheet: Worksheet, rows: int, columns: int, *, repeat: tuple[int, int]) -> None:
    sheet.freeze_panes(rows, columns)
    sheet.repeat_rows(*repeat)


def _average(frame: pd.DataFrame) -> Formula:
    return UNIT_AVERAGE, share(float(frame["money"].sum()), float(frame["units"].sum()))
