"""Plan -> an Excel workbook with live totals that agree with the plan."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd

from planner.domain.scenario import Scenario
from planner.errors import PlannerError
from planner.io.about import lines_of
from planner.io.workbook import add_origin
from planner.language import speaking
from planner.plan.record import Plan
from planner.report import tables
from planner.report.about_sheet import about_sheet, input_sheets, shipment_edits
from planner.report.assumptions import assumptions
from planner.report.book import Block, Book, Formula, Spread, sums
from planner.report.bulk import BulkSheet
from planner.report.changed import changes_table
from planner.report.consignments import (
    PALLET_CBM,
    PALLET_CBM_NAME,
    PALLET_KG,
    PALLET_KG_NAME,
    consignments,
    invoice_lines,
    packing_list,
)
from planner.report.documents import documents
from planner.report.figures import share
from planner.report.files import write_atomically
from planner.report.forms_sheet import INVOICE, PACKING_LIST, Places, forms
from planner.report.headings import LANDED_LINES, Kind, Language, told
from planner.report.markets import by_market, markets_side_by_side
from planner.report.pages import PAGES
from planner.report.rule_cost import COSTS
from planner.report.shipment_lines import EDITABLE, lock_list, route_legs, shipment_lines
from planner.report.site_lists import site_lists
from planner.report.summary_sheet import Links, audit_sheet, fill_summary, start_summary

TOP = 4
"""First row of the first table: under title, explanation and the mark of a plan not ready."""
MOST_ROWS = 1_000_000
"""A longer table goes on on a further sheet: one of Excel holds 1,048,576 rows."""
MAY_BE_BLANK = {("limits", "marginal_value")}
"""Numbers of a plan that may be unknown."""
UNIT_AVERAGE = "=IF([units]=0,0,[money]/[units])"
SHEETS_BEFORE_CLOSING = 0.4
"""Part of the work that is done when every table stands and only the file is to be written."""
Progress = Callable[[float], None]
"""Hears which share of the work is done, from 0 to 1."""


@dataclass(frozen=True)
class Table:
    """One of several tables on a sheet: its label, its rows, and what is live in it."""

    label: str
    frame: pd.DataFrame
    totals: Mapping[str, Formula] = field(default_factory=dict)
    formulas: Mapping[str, str] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Extras:
    """What a workbook may hold beside the plan.

    language: of headings and fixed words; base: the scenario this one was made from; lock_prices and
    rule_prices: as `planner.report.rule_cost` gives them, where they were worked out; inputs: whether
    the scenario's tables go with it, so that they can be edited and brought back; most_rows: of a
    table on one sheet.
    """

    language: Language = "en"
    base: Scenario | None = None
    lock_prices: pd.DataFrame | None = None
    rule_prices: pd.DataFrame | None = None
    inputs: bool = True
    most_rows: int = MOST_ROWS


def write_workbook(
    plan: Plan,
    target: Path | BinaryIO,
    extras: Extras | None = None,
    progress: Progress | None = None,
) -> None:
    """Writes the workbook to a path (all of it or nothing) or into a stream."""
    content = workbook_bytes(plan, extras, progress)
    if isinstance(target, Path):
        write_atomically(target, content)
    else:
        target.write(content)


def workbook_bytes(
    plan: Plan, extras: Extras | None = None, progress: Progress | None = None
) -> bytes:
    """The workbook of a plan; the same plan gives the same bytes."""
    refuse_unfinite(plan)
    stream, extras = BytesIO(), extras or Extras()
    with speaking(extras.language):
        Writer(plan, stream, extras, progress).write()
    return stream.getvalue()


def invoices_bytes(plan: Plan, extras: Extras | None = None) -> bytes:
    """A workbook of the consignments alone: the list, packing lists and draft invoices."""
    refuse_unfinite(plan)
    stream, extras = BytesIO(), extras or Extras()
    with speaking(extras.language):
        Writer(plan, stream, extras, None).write_papers()
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


class Writer:
    """The sheets of one plan's workbook, drawn one after the other."""

    def __init__(
        self, plan: Plan, stream: BinaryIO, extras: Extras, progress: Progress | None
    ) -> None:
        header = plan.scenario.header
        self.plan, self.extras, self.progress = plan, extras, progress
        self.book = book = Book(
            stream,
            header.currency,
            f"{told('Scenario', extras.language)} {header.scenario}",
            ready=plan.ready,
            language=extras.language,
            progress=self._closing,
        )
        created = datetime.combine(header.as_of, time())
        book.book.set_properties({"title": f"Plan of {header.scenario}", "created": created})
        self.drawn: list[str] = []

    def write(self) -> None:
        """Every sheet, the summary last: it adds up the others."""
        book, plan = self.book, self.plan
        front = start_summary(book, plan)
        self.drawn.append("Summary")
        shipped = self._shipments()
        self._legs()
        self._consignments()
        departures = self._boxes()
        self._site_lists()
        papers = self._documents()
        self._sales()
        self._prices()
        trades = self._arbitrage()
        markets = self._markets(shipped)
        self._waterfalls()
        left = self._exits()
        self._limits()
        soft = self._soft_rules()
        self._locks_and_rules()
        self._baselines()
        self._goals()
        self._assumptions()
        self._changes()
        audit_sheet(book, plan)
        self.drawn += ["Audit", "About"]
        about_sheet(book, plan, self.extras.base, self.drawn)
        if self.extras.inputs:
            input_sheets(book, plan.scenario)
            add_origin(book.book, plan.scenario, lines_of(plan.lines))
        fill_summary(
            book, plan, front, Links(shipped, left, papers, markets, trades, departures, soft)
        )
        book.book.close()

    def write_papers(self) -> None:
        """The consignments with their packing lists and draft invoices alone."""
        for name, amount in ((PALLET_CBM_NAME, PALLET_CBM), (PALLET_KG_NAME, PALLET_KG)):
            self.book.book.define_name(name, f"={amount}")
        self._consignments()
        self.book.book.close()

    def _closing(self, share_written: float) -> None:
        """Progress while the file is written."""
        if self.progress is not None:
            self.progress(SHEETS_BEFORE_CLOSING + (1 - SHEETS_BEFORE_CLOSING) * share_written)

    def _sheet(self, name: str, number: int = 1) -> BulkSheet:
        """A sheet of the workbook; number 2 is the second of a table too long for one."""
        page, book = PAGES[name], self.book
        self.drawn.append(name)
        if self.progress is not None:
            at = list(PAGES).index(name) / len(PAGES)
            self.progress(SHEETS_BEFORE_CLOSING * at)
        called = name if number == 1 else f"{name} {number}"
        return book.sheet(called, book.say(page.title), book.say(page.explanation))

    def _shipments(self) -> Spread:
        frame = shipment_lines(self.plan)
        counted = ("units", "cartons", "kg", "cbm", "pallets", "boxes", "co2e_kg", "money")
        formulas = {
            "money": "=[units]*[netback_per_unit]",
            "pallets": f"=MAX([cbm]/{PALLET_CBM_NAME},[kg]/{PALLET_KG_NAME})",
        }

        def finish(sheet: BulkSheet, place: Block) -> None:
            shipment_edits(self.book, sheet, place, self.plan)
            allowed = ("autofilter", "sort", "format_cells", "format_columns", "format_rows")
            sheet.protect("", dict.fromkeys(allowed, True))

        return self._single(
            "Shipments",
            frame,
            counted,
            formulas,
            averages=True,
            freeze=2,
            editable=EDITABLE,
            finish=finish,
        )

    def _legs(self) -> None:
        frame = route_legs(self.plan)
        self._single("Leg by leg", frame, ("freight",), freeze=2, group="line")

    def _consignments(self) -> None:
        """The list of consignments, adding up the packing lists and draft invoices behind it."""
        book, plan = self.book, self.plan
        table, most = consignments(plan), self.extras.most_rows
        sheet = self._sheet("Consignments")
        packed = forms(book, PACKING_LIST, table, packing_list(plan), most)
        sent = invoice_lines(plan).drop(columns="currency")
        declared = forms(book, INVOICE, table, sent, most)
        self.drawn += ["Packing lists", "Invoices"]
        names = table["consignment"].tolist()
        formulas = {
            name: _links(places, names, name)
            for places, some in ((packed, PACKED), (declared, DECLARED))
            for name in some
        }
        counted = ("boxes", *PACKED, *DECLARED[:-1])
        place = book.block(sheet, table, TOP, totals=sums(table, *counted), formulas=formulas)
        book.fit(sheet, (table, place))
        _close(sheet, place, 2)

    def _boxes(self) -> tuple[Block, ...]:
        """The box list, what is in each box, and departures charged by their load; no sheet without any.

        Returns the blocks with planned freight and cost.
        """
        plan = self.plan
        boxes, loads, charges = tables.boxes(plan), tables.box_loads(plan), tables.charges(plan)
        if boxes.empty and charges.empty:
            return ()
        counted = ("units", "cartons", "kg", "cbm")
        listed, _, charged = self._stacked(
            "Boxes",
            Table("Box list", boxes, sums(boxes, *counted, "planned", "cost")),
            Table("Load list", loads, sums(loads, *counted)),
            Table(
                "Departures charged by weight or volume", charges, sums(charges, "planned", "cost")
            ),
            freeze=1,
        )
        return listed, charged

    def _site_lists(self) -> None:
        frame = site_lists(self.plan).drop(columns="site_name")
        self._single("Site lists", frame, freeze=3, group="site")

    def _documents(self) -> tuple[Block, ...]:
        """Documents to obtain, and what else is opened at a cost."""
        asked, opened = documents(self.plan), tables.openings(self.plan)
        key = ["rule", "market", "subject", "route", "ship_period"]
        above = pd.MultiIndex.from_frame(opened[key]).isin(pd.MultiIndex.from_frame(asked[key]))
        opened = opened[~above].reset_index(drop=True)
        return self._stacked(
            "Documents",
            Table("Documents to obtain, the first to start on top", asked, sums(asked, "cost")),
            Table("Other openings paid for", opened, sums(opened, "cost")),
            freeze=1,
        )

    def _sales(self) -> None:
        frame = tables.sales(self.plan)
        self._single("Sales", frame, ("units", "shoppers_paid", "money"), averages=True, freeze=2)

    def _prices(self) -> None:
        kinds: dict[str, Kind] = dict.fromkeys(tables.period_columns(self.plan), "money")
        frame = tables.price_calendar(self.plan)
        self._single("Prices", frame, ("units",), freeze=3, kinds=kinds)

    def _arbitrage(self) -> Spread:
        frame = tables.arbitrage(self.plan)
        formulas = {"profit_per_unit": "=[highest_price]-[carrying_limit]"}
        return self._single("Arbitrage", frame, ("cost",), formulas, freeze=1)

    def _markets(self, shipped: Spread) -> Block:
        plan = self.plan
        first, second = by_market(plan), markets_side_by_side(plan).iloc[1:]  # units stand above
        counted = ("units", "money", "cartons", "cbm", "kg")
        formulas = {
            name: "="
            + "+".join(
                f"SUMPRODUCT(EXACT({place.data('market')},[market])*{place.data(name)})"
                for place in shipped.blocks
            )
            for name in counted
        }
        totals = sums(first, *counted, "boxes")
        totals["netback_per_unit"] = _average(first)
        for name, part in (("share_of_units", "units"), ("share_of_value", "money")):
            whole = f"[{part}:]"
            formulas[name] = f"=IF(SUM({whole})=0,0,[{part}]/SUM({whole}))"
        formulas["netback_per_unit"] = UNIT_AVERAGE
        label = "Money per unit from shelf price to netback"
        kinds: dict[str, Kind] = {str(name): "money" for name in second.columns[2:]}
        place, _ = self._stacked(
            "Side by side",
            Table("Units and money by market", first, totals, formulas),
            Table(label, second, kinds=kinds),
            freeze=1,
        )
        return place

    def _waterfalls(self) -> None:
        frame = tables.waterfalls(self.plan)
        landed = [name for name in LANDED_LINES if name in frame.columns]
        frame.insert(5, "landed_cost_per_unit", frame[landed].astype(float).sum(axis=1))
        formulas = {"landed_cost_per_unit": "=" + "+".join(f"[{name}]" for name in landed)}

        def finish(sheet: BulkSheet, place: Block) -> None:
            sheet.repeat_columns(0, 1)

        weighted = [str(name) for name in frame.columns[5:]]
        self._single(
            "Waterfalls",
            frame,
            ("units",),
            formulas,
            weighted=weighted,
            freeze=2,
            finish=finish,
        )

    def _exits(self) -> Spread:
        frame = tables.exits(self.plan)
        formulas = {"money": "=[units]*[value_per_unit]"}
        return self._single("Not shipped", frame, ("units", "money"), formulas, freeze=1)

    def _limits(self) -> None:
        self._single("Limits", tables.limits(self.plan), freeze=3)

    def _soft_rules(self) -> tuple[Block, ...]:
        """Soft limits missed and soft rules broken by offers; no sheet without any."""
        missed, broken = tables.shortfalls(self.plan), tables.breaches(self.plan)
        if missed.empty and broken.empty:
            return ()
        price, breach = "=[missing]*[short_price]", "=[units]*[depth_per_unit]*[breach_price]"
        return self._stacked(
            "Soft rules",
            Table("Soft limits missed", missed, sums(missed, "cost"), {"cost": price}),
            Table("Soft rules broken by offers", broken, sums(broken, "cost"), {"cost": breach}),
            freeze=1,
        )

    def _locks_and_rules(self) -> None:
        prices = self.extras.rule_prices
        rules = pd.DataFrame(columns=["rule", *COSTS]) if prices is None else prices
        label = (
            "What each rule costs" if prices is not None else "What each rule costs: not worked out"
        )
        known = rules.assign(rule=[str(name).replace("_", " ") for name in rules["rule"]])
        self._stacked(
            "Locks and rules",
            Table("Locks in force", lock_list(self.plan, self.extras.lock_prices)),
            Table(label, known),
            freeze=1,
        )

    def _baselines(self) -> None:
        hand_made, party = tables.baselines(self.plan), tables.parties(self.plan)
        hand_made.insert(2, "plan_value", self.plan.report.value)
        whole = {"share_of_money": "=IF(SUM([money:])=0,0,[money]/SUM([money:]))"}
        more = {"plan_earns_more": "=[plan_value]-[value]"}
        self._stacked(
            "Baselines and parties",
            Table("Against hand-made plans", hand_made, formulas=more),
            Table("Money by party", party, sums(party, "money"), whole),
            freeze=1,
        )

    def _goals(self) -> None:
        """A sheet only where the scenario sets priorities."""
        if not self.plan.goals.empty:
            self._single("Goals", tables.goals(self.plan), freeze=2)

    def _assumptions(self) -> None:
        """Sources of the scenario's numbers, and what this workbook itself assumes, to be changed."""
        book, frame = self.book, assumptions(self.plan.scenario)
        own = pd.DataFrame(
            {
                "assumed_for": [
                    book.say("Room of a pallet, cbm"),
                    book.say("Load of a pallet, kg"),
                ],
                "assumed": [PALLET_CBM, PALLET_KG],
            }
        )
        sheet = self._sheet("Assumptions")
        place = book.block(
            sheet,
            own,
            TOP,
            label="Used in this workbook only",
            editable=["assumed"],
            filtered=False,
        )
        for row, name in enumerate((PALLET_CBM_NAME, PALLET_KG_NAME), start=place.first):
            book.book.define_name(name, f"='{place.sheet}'!{place.cell('assumed', row)}")
        sources = book.block(
            sheet, frame, place.last + 2, label="Where the scenario's numbers come from"
        )
        book.fit(sheet, (own, place), (frame, sources))
        sheet.freeze_panes(3, 0)
        sheet.repeat_rows(0, 1)

    def _changes(self) -> None:
        frame = changes_table(self.extras.base, self.plan.scenario)
        self._single("Changes", frame, freeze=2)

    def _single(
        self,
        name: str,
        frame: pd.DataFrame,
        counted: Collection[str] = (),
        formulas: Mapping[str, str] | None = None,
        *,
        freeze: int,
        averages: bool = False,
        weighted: Collection[str] = (),
        group: str = "",
        kinds: Mapping[str, Kind] | None = None,
        editable: Collection[str] = (),
        finish: Callable[[BulkSheet, Block], None] | None = None,
    ) -> Spread:
        """A table on a sheet of its own, or on several where it is too long for one.

        counted: columns with a sum; averages: netback is averaged over units; weighted: columns whose
        total is units x amount; group: rows that stay together where a table is cut in two; finish:
        what else is done to each sheet.
        """
        blocks = []
        for number, part in enumerate(_parts(frame, self.extras.most_rows, group), start=1):
            sheet = self._sheet(name, number)
            totals = sums(part, *counted)
            if averages:
                totals["netback_per_unit"] = _average(part)
            totals |= {each: _weighted(part, each) for each in weighted}
            place = self.book.block(
                sheet,
                part,
                TOP,
                totals=totals,
                formulas=formulas,
                kinds=kinds,
                editable=editable,
            )
            self.book.fit(sheet, (part, place))
            _close(sheet, place, freeze)
            if finish is not None:
                finish(sheet, place)
            blocks.append(place)
        return Spread(tuple(blocks))

    def _stacked(self, name: str, *several: Table, freeze: int) -> tuple[Block, ...]:
        """A sheet with several tables, one below the other."""
        sheet, book = self._sheet(name), self.book
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
        book.fit(sheet, *((table.frame, at) for table, at in zip(several, places, strict=True)))
        sheet.freeze_panes(3, freeze)
        sheet.repeat_rows(0, 1)
        return tuple(places)


PACKED = ("cartons", "pallets", "units", "kg", "cbm")
"""Sums of a consignment that stand on its packing list."""
DECLARED = ("declared_total", "freight_total", "insurance_total", "customs_total", "customs_local")
"""Sums of a consignment that stand on its draft invoice."""


def _links(places: Places, consigned: Sequence[str], name: str) -> list[str]:
    """A formula for each consignment that shows a sum of its page; 0 where it has no page."""
    return [f"={places[each][name]}" if each in places else "=0" for each in consigned]


def _parts(frame: pd.DataFrame, most: int, group: str) -> list[pd.DataFrame]:
    """A table cut where a sheet is full, between groups where there are any."""
    parts, start = [], 0
    names = frame[group].to_numpy() if group else np.arange(len(frame))
    starts = np.flatnonzero(names[1:] != names[:-1]) + 1
    while len(frame) - start > most:
        within = starts[(starts > start) & (starts <= start + most)]
        end = int(within[-1]) if len(within) else start + most
        parts.append(frame.iloc[start:end].reset_index(drop=True))
        start = end
    return [*parts, frame.iloc[start:].reset_index(drop=True)]


def _close(sheet: BulkSheet, place: Block, columns: int) -> None:
    """Header and first columns stay on the screen, the header on every page."""
    sheet.freeze_panes(place.first, columns)
    sheet.repeat_rows(place.first - 1)


def _average(frame: pd.DataFrame) -> Formula:
    return UNIT_AVERAGE, share(float(frame["money"].sum()), float(frame["units"].sum()))


def _weighted(frame: pd.DataFrame, name: str) -> Formula:
    value = float((frame[name].astype(float) * frame["units"].astype(float)).sum())
    return f"=SUMPRODUCT([units:],[{name}:])", value
