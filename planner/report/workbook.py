"""Plan -> an Excel workbook with live totals that agree with the plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Table:
    """One of several tables on a sheet: its label, its rows, and what is live in it."""

    label: str
    frame: pd.DataFrame
    totals: Mapping[str, Formula] = field(default_factory=dict)
    formulas: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)


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
    departures = _departures(book, plan)
    _sales(book, plan)
    _prices(book, plan)
    trades = _arbitrage(book, plan)
    markets = _markets(book, plan, shipped)
    _waterfalls(book, plan)
    left = _exits(book, plan)
    _limits(book, plan)
    papers = _papers(book, plan)
    soft = _soft_rules(book, plan)
    _baselines(book, plan)
    _goals(book, plan)
    _assumptions(book, plan)
    audit_sheet(book, plan)
    links = Links(shipped, left, papers, markets, trades, departures, soft)
    fill_summary(book, plan, front, links)
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


def _departures(book: Book, plan: Plan) -> tuple[Block, ...]:
    """The box list, what is in each box, and departures charged by their load; no sheet without any.

    Returns the blocks with planned freight and cost.
    """
    boxes, loads, charges = tables.boxes(plan), tables.box_loads(plan), tables.charges(plan)
    if boxes.empty and charges.empty:
        return ()
    sheet = book.sheet(
        "Boxes",
        "Boxes and charges",
        "Each box and what is in it, and what departures charged by weight or volume cost. Planned "
        "freight is what the goods' waterfalls hold; the difference to the cost is settled below them.",
    )
    counted = ("units", "cartons", "kg", "cbm")
    listed, _, charged = _stacked(
        book,
        sheet,
        Table("Box list", boxes, sums(boxes, *counted, "planned", "cost")),
        Table("Packing list", loads, sums(loads, *counted)),
        Table(
            "Departures charged by weight or volume",
            charges,
            sums(charges, "planned", "cost"),
        ),
        freeze=1,
    )
    return listed, charged


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


def _arbitrage(book: Book, plan: Plan) -> Block:
    frame = tables.arbitrage(plan)
    sheet = book.sheet(
        "Arbitrage",
        "Parallel trade",
        "What a trader could still earn by buying a style where it is cheapest and selling it where "
        "it is dearest: for each style the best pair of markets, and every pair charged for. Prices "
        "before tax; a negative profit means there is nothing to earn.",
    )
    formulas = {"profit_per_unit": "=[highest_price]-[carrying_limit]"}
    return _single(book, sheet, frame, sums(frame, "cost"), formulas, freeze=1)


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
    place, _ = _stacked(
        book,
        sheet,
        Table("Units and money by market", first, totals, formulas),
        Table(
            f"Money per unit from shelf price to netback ({book.currency}/unit)",
            second,
            kinds={str(name): "money" for name in second.columns[2:]},
        ),
        freeze=1,
    )
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


def _papers(book: Book, plan: Plan) -> Block:
    frame = tables.openings(plan)
    sheet = book.sheet(
        "Papers",
        "Papers and openings",
        "Certificates and shipment papers the plan pays for, and markets, channels, listings and "
        "events it opens at a cost.",
    )
    return _single(book, sheet, frame, sums(frame, "cost"), freeze=1)


def _soft_rules(book: Book, plan: Plan) -> tuple[Block, ...]:
    """Soft limits missed and soft rules broken by offers; no sheet without any."""
    missed, broken = tables.shortfalls(plan), tables.breaches(plan)
    if missed.empty and broken.empty:
        return ()
    sheet = book.sheet(
        "Soft rules",
        "Soft rules that are not kept",
        "Soft limits missed, each in its own unit, and offers that break a soft rule: by so much per "
        "unit for a price, by 1 for any other rule. Their prices are part of the plan's value.",
    )
    return _stacked(
        book,
        sheet,
        Table(
            "Soft limits missed",
            missed,
            sums(missed, "cost"),
            {"cost": "=[missing]*[short_price]"},
        ),
        Table(
            "Soft rules broken by offers",
            broken,
            sums(broken, "cost"),
            {"cost": "=[units]*[depth_per_unit]*[breach_price]"},
        ),
        freeze=1,
    )


def _baselines(book: Book, plan: Plan) -> None:
    hand_made, party = tables.baselines(plan), tables.parties(plan)
    sheet = book.sheet(
        "Baselines and parties",
        "Baselines and parties",
        "What careful hand-made plans would earn, and who receives what shoppers pay.",
    )
    hand_made.insert(2, "plan_value", plan.report.value)
    _stacked(
        book,
        sheet,
        Table(
            "Against hand-made plans",
            hand_made,
            formulas={"plan_earns_more": "=[plan_value]-[value]"},
        ),
        Table(
            "Money by party",
            party,
            sums(party, "money"),
            {"share_of_money": "=IF(SUM([money:])=0,0,[money]/SUM([money:]))"},
        ),
        freeze=1,
    )


def _goals(book: Book, plan: Plan) -> None:
    """A sheet only where the scenario sets priorities."""
    if not plan.goals.empty:
        sheet = book.sheet(
            "Goals",
            "Goals in their order",
            "Each goal is reached first, then kept, less what its tolerance gives up for the next.",
        )
        _single(book, sheet, tables.goals(plan), {}, freeze=2)


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


def _stacked(book: Book, sheet: Worksheet, *several: Table, freeze: int) -> tuple[Block, ...]:
    """A sheet with several tables, one below the other; the first has the filter."""
    places: list[Block] = []
    for table in several:
        top = places[-1].last + 3 if places else TOP
        place = book.block(
            sheet,
            table.frame,
            top,
            totals=table.totals,
            formulas=table.formulas,
            kinds=table.kinds,
            label=table.label,
        )
        places.append(place)
    first = places[0]
    sheet.autofilter(first.first - 1, 0, first.last, len(first.columns) - 1)
    book.fit(sheet, *((table.frame, place) for table, place in zip(several, places, strict=True)))
    _close(sheet, 3, freeze, repeat=(0, 1))
    return tuple(places)


def _close(sheet: Worksheet, rows: int, columns: int, *, repeat: tuple[int, int]) -> None:
    sheet.freeze_panes(rows, columns)
    sheet.repeat_rows(*repeat)


def _average(frame: pd.DataFrame) -> Formula:
    return UNIT_AVERAGE, share(float(frame["money"].sum()), float(frame["units"].sum()))
