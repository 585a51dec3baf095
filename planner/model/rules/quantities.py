"""Rules of quantities and money: table quantity_rules, multiples and least sizes of shipment lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.lookup import Lookup, column
from planner.domain.records import QuantityRule
from planner.domain.vocabulary import FeeModel, LimitBasis, Measure
from planner.landed_cost.fee_models import buy_out_price
from planner.landed_cost.options import Priced
from planner.model.board import MEASURE_SLACK, Board, Entries, block, rank
from planner.model.columns import Family
from planner.model.program import NO_LIMIT, Block, Kind
from planner.model.rules.selection import selected_lots, selected_options
from planner.model.rules.switches import Switches, free

COUNTED = (Measure.UNITS, Measure.CBM, Measure.KG)
"""Measures that are called what they are measured in; the others are money."""
GOODS = (*COUNTED, Measure.SHELF_VALUE)
SPENT = (Measure.FREIGHT, Measure.BORDER, Measure.FREIGHT_AND_BORDER)
FREIGHT = ("freight_domestic", "freight_international")
BORDER = ("duty", "antidumping", "levies", "excise", "import_vat")
FIRST_LEG = ("freight_domestic", "handling", "storage_origin")
AT_SHIP = (
    "freight_international",
    "handling_abroad",
    "picking",
    "storage_entry",
    "relabelling",
    "insurance",
)
RECEIVED = {
    "consumer_paid": 1.0,
    "sales_vat": -1.0,
    "reseller_margin": -1.0,
    "marketplace_fee": -1.0,
    "payment_fee": -1.0,
    "local_opex": -1.0,
    "last_mile": -1.0,
    "return_costs": -1.0,
    "return_recovery": 1.0,
}
"""Lines of the waterfall that come in as cash, and those taken off before (cost of money)."""

Lines = Mapping[str, float]
"""Lines of the waterfall and the sign with which each is added up."""


@dataclass(frozen=True, kw_only=True)
class Multiples(Family):
    """How many multiples of `units_each` a shipment line holds; option `member` k is of line `line` k."""

    kind = Kind.COUNT
    member: Ints
    line: Ints
    units_each: Floats


@dataclass(frozen=True, kw_only=True)
class UsedLines(Switches):
    """A shipment line that holds at least `least` units is used."""

    least: Floats


def quantity(board: Board) -> Block:
    """Least and most units, volume, weight or shelf value of what a rule selects."""
    return _limits(board, "quantity", GOODS)


def exposure(board: Board) -> Block:
    """Most money of ours, at unit cost, in the goods a rule selects."""
    return _limits(board, "exposure", (Measure.EXPOSURE,))


def budget(board: Board) -> Block:
    """Most freight and border charges of what a rule selects."""
    return _limits(board, "budget", SPENT)


def cash_target(board: Board) -> Block:
    """Least cash received in time from what a rule selects."""
    return _limits(board, "cash_target", (Measure.CASH,))


def plan_share(board: Board) -> Block:
    """What a rule selects is at least or at most a share of the whole plan's, in the same periods."""
    priced = board.priced
    every = np.arange(len(priced.options))
    rows = _Limits(priced.lookup)
    for row in priced.lookup.scenario.quantity_rules:
        if row.basis == LimitBasis.SHARE_OF_PLAN:
            selected = np.isin(every, selected_options(priced, row))
            use, period = weights(priced, every, row.measure), counted_period(priced, every, row)
            for when, here in _windows(priced.lookup, row, period):
                for share, sign in (row.least, -1.0), (row.most, 1.0):
                    if share is not None:
                        of_all = share * (1 + sign * MEASURE_SLACK)
                        part = (selected[here] - of_all) * use[here]
                        limit = {-1.0: (0.0, NO_LIMIT), 1.0: (-NO_LIMIT, 0.0)}[sign]
                        rows.add(row, when, every[here], part, *limit)
    return rows.block("plan_share", " above the share")


def working_capital(board: Board) -> Block:
    """Money out and not yet back at the end of each period, of what a rule selects."""
    priced = board.priced
    trips, options = priced.trips, priced.options
    rows = _Limits(priced.lookup)
    for row in priced.lookup.scenario.quantity_rules:
        if row.measure == Measure.WORKING_CAPITAL:
            at = selected_options(priced, row)
            shipped, cleared = money_out(priced, at)
            received = receipts(priced, at)
            paid = cash_period(priced, at)
            trip = options.trip[at]
            ship, arrival = trips.ship_period[trip], trips.arrival_period[trip]
            for when in _window(priced.lookup, row):
                out = shipped * (ship <= when) + cleared * (arrival <= when)
                rows.limit(row, when, at, out - received * (paid <= when))
    return rows.block("working_capital")


class _Limits:
    """Rows of quantity rules, written one after the other."""

    def __init__(self, lookup: Lookup) -> None:
        self.lookup = lookup
        self.units: list[str] = []
        self.names: list[tuple[str, int]] = []
        self.entries: list[Entries] = []
        self.lower: list[float] = []
        self.upper: list[float] = []

    def limit(self, row: QuantityRule, when: int, at: Ints, use: Floats) -> None:
        """The least and the most of a rule, a row each, over these options."""
        one = limit_unit(self.lookup, row)
        counted = row.measure == Measure.UNITS and row.basis == LimitBasis.ABSOLUTE
        slack = 0.0 if counted else MEASURE_SLACK
        if row.least is not None:
            self.add(row, when, at, use, row.least * one * (1 - slack), NO_LIMIT)
        if row.most is not None:
            self.add(row, when, at, use, -NO_LIMIT, row.most * one * (1 + slack))

    def add(
        self, row: QuantityRule, when: int, at: Ints, use: Floats, lower: float, upper: float
    ) -> None:
        """One row."""
        kept = np.flatnonzero(use)
        self.entries.append((np.full(len(kept), len(self.names)), at[kept], use[kept]))
        self.names.append((row.rule, when))
        counted = row.measure in COUNTED
        self.units.append(row.measure.value if counted else self.lookup.header.currency)
        self.lower.append(lower)
        self.upper.append(upper)

    def block(self, rule: str, beyond: str = "") -> Block:
        """All rows as a block; `beyond` says what the units of all are counted from."""
        units = [unit + beyond for unit in self.units]
        return block(rule, units, self.names, self.entries, self.upper, self.lower)


def _limits(board: Board, rule: str, measures: tuple[Measure, ...]) -> Block:
    """The limits of the rules of these measures, over their windows or in each period."""
    priced = board.priced
    rows = _Limits(priced.lookup)
    for row in priced.lookup.scenario.quantity_rules:
        if row.measure in measures and row.basis != LimitBasis.SHARE_OF_PLAN:
            at = selected_options(priced, row)
            use, period = weights(priced, at, row.measure), counted_period(priced, at, row)
            for when, here in _windows(priced.lookup, row, period):
                rows.limit(row, when, at[here], use[here])
    return rows.block(rule)


def _window(lookup: Lookup, row: QuantityRule) -> range:
    """The periods a rule counts."""
    return range(row.from_period or 1, (row.to_period or lookup.periods) + 1)


def _windows(lookup: Lookup, row: QuantityRule, period: Ints) -> Iterator[tuple[int, Bools]]:
    """Each stretch of time a rule limits (0 = its whole window), and what falls into it."""
    window = _window(lookup, row)
    if row.each_period:
        yield from ((when, period == when) for when in window)
    else:
        yield 0, (period >= window.start) & (period < window.stop)


def counted_period(priced: Priced, at: Ints, row: QuantityRule) -> Ints:
    """Period in which each option counts: its sale's, or that in which its cash comes in."""
    return (
        cash_period(priced, at) if row.measure == Measure.CASH else priced.options.sell_period[at]
    )


def limit_unit(lookup: Lookup, row: QuantityRule) -> float:
    """What a limit of 1 is: a unit of the measure, money in PC, or all units of the lots selected."""
    if row.basis == LimitBasis.SHARE_OF_LOTS:
        lots = np.unique(lookup.parent[selected_lots(lookup, row)])
        return float(lookup.of_lots("units")[lots].sum())
    if row.currency is not None and row.measure not in (Measure.UNITS, Measure.CBM, Measure.KG):
        return float(lookup.fx(row.currency))
    return 1.0


def weights(priced: Priced, at: Ints, measure: Measure) -> Floats:
    """What a unit of each option adds to a measure."""
    lookup, lots = priced.lookup, priced.options.lot[at]
    match measure:
        case Measure.UNITS:
            return np.ones(len(at))
        case Measure.CBM | Measure.KG:
            return np.asarray(column(lookup.scenario.lots, measure.value).astype(float)[lots])
        case Measure.SHELF_VALUE:
            return shelf_value(priced, at)
        case Measure.EXPOSURE:
            return lookup.unit_cost[lots]
        case Measure.FREIGHT:
            return money(priced, at, _all(FREIGHT))[0]
        case Measure.BORDER:
            return money(priced, at, _all(BORDER))[0]
        case Measure.FREIGHT_AND_BORDER:
            return money(priced, at, _all(FREIGHT + BORDER))[0]
        case _:
            return receipts(priced, at)


def shelf_value(priced: Priced, at: Ints) -> Floats:
    """Price of each option in PC at the rates of day 0; for wholesale the deal's price."""
    lookup, options = priced.lookup, priced.options
    market = [
        lookup.scenario.markets[lookup.market_at[row.market]] for row in lookup.scenario.channels
    ]
    rate = np.array([float(lookup.fx(row.currency)) for row in market])[options.channel[at]]
    deal = options.wholesale_price[at]
    return np.where(deal > 0, deal, options.price[at] * rate)


def receipts(priced: Priced, at: Ints) -> Floats:
    """Cash a unit brings the owner of the goods; in a buy-out the price paid for it."""
    lookup, options = priced.lookup, priced.options
    share = column(lookup.scenario.channels, "buy_out_share").astype(float)
    tag, vat = lookup.tag[options.lot[at]], lookup.header.home_vat_rate
    paid = buy_out_price(tag, share[options.channel[at]], vat)
    (received,) = money(priced, at, RECEIVED)
    return np.where(_bought_out(priced, at), paid, received)


def cash_period(priced: Priced, at: Ints) -> Ints:
    """Period in which the cash of each option comes in: of a buy-out when it ships."""
    lookup, options = priced.lookup, priced.options
    terms = column(lookup.scenario.channels, "payment_days").astype(np.int64)
    sold = options.sale_day[at] + terms[options.channel[at]]
    shipped = np.maximum(0, priced.trips.ship_day[options.trip[at]])
    day = np.where(_bought_out(priced, at), shipped, sold)
    return np.asarray(day // lookup.days_per_period + 1)


def money_out(priced: Priced, at: Ints) -> tuple[Floats, Floats]:
    """What the owner pays for a unit when it ships and when it arrives; in a buy-out only L1."""
    first, later, border = money(priced, at, _all(FIRST_LEG), _all(AT_SHIP), _all(BORDER))
    bought = _bought_out(priced, at)
    return first + np.where(bought, 0.0, later), np.where(bought, 0.0, border)


def money(priced: Priced, at: Ints, *sums: Lines) -> list[Floats]:
    """Sums of waterfall lines of some options, PC per unit; priced channel by channel."""
    amounts = [np.zeros(len(at)) for _ in sums]
    channel = priced.options.channel[at]
    for number in np.unique(channel):
        here = np.flatnonzero(channel == number)
        table = priced.waterfalls(at[here])
        for amount, lines in zip(amounts, sums, strict=True):
            amount[here] = sum(sign * table[name].to_numpy() for name, sign in lines.items())
    return amounts


def _all(names: tuple[str, ...]) -> Lines:
    return dict.fromkeys(names, 1.0)


def _bought_out(priced: Priced, at: Ints) -> Bools:
    channels = priced.lookup.scenario.channels
    bought = np.array([row.fee_model == FeeModel.BUY_OUT for row in channels], dtype=bool)
    return bought[priced.options.channel[at]]


def multiples_of(priced: Priced) -> Multiples:
    """A count of multiples for every shipment line of a lot that ships in multiples."""
    lots = priced.lookup.scenario.lots
    each = column(lots, "multiple_units").astype(float)
    at, line, one = _lines_of(priced, each > 1)
    lot = priced.options.lot[one]
    units = column(lots, "units").astype(float)[lot]
    return Multiples(
        labels=_line_labels(priced, one),
        periods=priced.trips.ship_period[priced.options.trip[one]],
        value=np.zeros(len(one)),
        most=np.ceil(units / each[lot]),
        member=at,
        line=line,
        units_each=each[lot],
    )


def used_lines_of(priced: Priced) -> UsedLines:
    """A switch for every shipment line of a lot with a least size."""
    least = priced.lookup.of_lots("least_line_units").astype(float)
    at, line, one = _lines_of(priced, least > 0)
    period = priced.trips.ship_period[priced.options.trip[one]]
    return UsedLines(
        **free(_line_labels(priced, one), period),
        member=at,
        gate=line,
        least=least[priced.options.lot[one]],
    )


def _lines_of(priced: Priced, wanted: Bools) -> tuple[Ints, Ints, Ints]:
    """Options of the lots wanted that are not under way, the line of each, and each line's first."""
    options = priced.options
    moved = priced.trips.frozen[options.trip] < 0
    at = np.flatnonzero(moved & wanted[options.lot])
    line, first = rank(options.lot[at], options.trip[at])
    return at, line, at[first]


def _line_labels(priced: Priced, options: Ints) -> list[str]:
    lots, chosen = priced.lookup.scenario.lots, priced.options.take(options)
    return [
        f"{lots[lot].lot} | {priced.trips.name(trip, priced.lookup)}"
        for lot, trip in zip(chosen.lot.tolist(), chosen.trip.tolist(), strict=True)
    ]


def multiple(board: Board) -> Block:
    """A shipment line holds whole multiples: units - units of one x multiples = 0."""
    family, columns = board.columns.of(Multiples), board.columns.at(Multiples)
    entries: list[Entries] = [
        (family.line, family.member, np.ones(len(family.member))),
        (np.arange(len(columns)), columns, -family.units_each),
    ]
    names = list(zip(family.labels, family.periods.tolist(), strict=True))
    zero = [0.0] * len(names)
    return block("multiple", "units", names, entries, zero, zero, logic=True)


def least_line(board: Board) -> Block:
    """A shipment line in use holds its least: units - least x switch >= 0."""
    family, columns = board.columns.of(UsedLines), board.columns.at(UsedLines)
    entries: list[Entries] = [
        (family.gate, family.member, np.ones(len(family.member))),
        (np.arange(len(columns)), columns, -family.least),
    ]
    names = list(zip(family.labels, family.periods.tolist(), strict=True))
    endless, zero = [NO_LIMIT] * len(names), [0.0] * len(names)
    unit = "units above the least"
    return block("least_line", unit, names, entries, endless, zero, logic=True)
