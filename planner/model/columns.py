"""Everything a plan decides besides options: exits, stays, openings and shortfalls."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Floats, Ints
from planner.domain.check import matches
from planner.domain.lookup import FAR, Lookup
from planner.domain.records import ComplianceRule
from planner.domain.vocabulary import ExitKind, FixedPer, Perspective, RuleEffect
from planner.landed_cost.options import Priced


@dataclass(frozen=True)
class ExitColumns:
    """Permitted (lot, exit) pairs: positions, and value in PC per unit."""

    lot: Ints
    exit: Ints
    value: Floats


@dataclass(frozen=True)
class Opening:
    """One fixed cost that may have to be paid, with the options that need it.

    `papers` lists (rule, market or '', subject, cost in PC): rules whose papers cover exactly the
    same options are opened together. ship_period 0 = not tied to a shipment.
    """

    papers: tuple[tuple[str, str, str, float], ...]
    route: str
    ship_period: int
    options: Ints
    most: float

    @property
    def cost(self) -> float:
        """PC for all the papers."""
        return sum(paper[3] for paper in self.papers)

    @property
    def label(self) -> str:
        """Name of the row that links options to the opening."""
        return " + ".join(f"{rule} {subject}".strip() for rule, _, subject, _ in self.papers)


@dataclass(frozen=True)
class Shortfall:
    """A soft promise: units it asks for and the price of each one missing."""

    rule: str
    subject: str
    promised: float
    price: float


@dataclass(frozen=True)
class Columns:
    """Where each kind of decision stands in the program, after the options."""

    options: int
    exits: ExitColumns
    openings: tuple[Opening, ...]
    shortfalls: tuple[Shortfall, ...]
    frozen: int

    @property
    def first_exit(self) -> int:
        return self.options

    @property
    def first_stay(self) -> int:
        return self.first_exit + len(self.exits.lot)

    @property
    def first_opening(self) -> int:
        return self.first_stay + self.frozen

    @property
    def first_shortfall(self) -> int:
        return self.first_opening + len(self.openings)

    @property
    def count(self) -> int:
        return self.first_shortfall + len(self.shortfalls)


def columns_of(priced: Priced) -> Columns:
    """All decisions of a scenario."""
    lookup = priced.lookup
    return Columns(
        options=len(priced.options),
        exits=exits_of(lookup),
        openings=openings_of(priced),
        shortfalls=shortfalls_of(lookup),
        frozen=len(lookup.scenario.frozen_shipments),
    )


def exits_of(lookup: Lookup) -> ExitColumns:
    """Every exit open to a lot and what a unit brings there (docs/model.md, exits)."""
    header, d = lookup.header, lookup.days_per_period
    found = []
    for at_lot, lot in enumerate(lookup.scenario.lots):
        free = (lot.available_period - 1) * d
        site = lookup.scenario.sites[lookup.site_at[lot.origin]]
        for at_exit, row in enumerate(lookup.scenario.exits):
            first = lookup.day(row.open_from, missing=-FAR)
            last = lookup.day(row.open_to, missing=FAR)
            open_to_lot = matches(lot.brand, row.brands) and matches(lot.category, row.categories)
            if not (open_to_lot and first <= free <= last):
                continue
            rate = float(lookup.fx(row.currency))
            value = (
                row.value_share_of_tag * lookup.tag[at_lot] / (1 + header.home_vat_rate)
                + row.value_share_of_cost * lookup.unit_cost[at_lot]
                + (row.value_per_unit + row.value_per_kg * lot.kg) * rate
            )
            if row.kind == ExitKind.HOLD:
                days = lookup.horizon_days - free
                storage = site.storage_cost_per_cbm_day * lookup.fx(site.currency)
                value -= storage * lot.cbm * days
            if header.perspective not in (Perspective.BOTH, Perspective(lot.owner.value)):
                value = 0.0
            found.append((at_lot, at_exit, float(value)))
    table = np.array(found, dtype=float).reshape(-1, 3)
    return ExitColumns(table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2])


def shortfalls_of(lookup: Lookup) -> tuple[Shortfall, ...]:
    """One shortfall per brand that promised to clear a share of its units."""
    units = {brand.brand: 0 for brand in lookup.scenario.brands}
    for lot in lookup.scenario.lots:
        units[lot.brand] += lot.units
    return tuple(
        Shortfall("must_clear", b.brand, b.must_clear_share * units[b.brand], b.must_clear_price)
        for b in lookup.scenario.brands
        if b.must_clear_share > 0 and units[b.brand] > 0
    )


def openings_of(priced: Priced) -> tuple[Opening, ...]:
    """Every certificate and every shipment's papers that some option needs."""
    found: dict[tuple[bytes, str, int], Opening] = {}
    lots = priced.lookup.scenario.lots
    lot_units = np.array([lot.units for lot in lots], dtype=float)
    for rule in priced.lookup.scenario.rules:
        charged = rule.effect in (RuleEffect.REQUIRE, RuleEffect.QUOTA, RuleEffect.PREFERENCE)
        if not charged or rule.fixed_per == FixedPer.NONE or rule.fixed_cost <= 0:
            continue
        touched = touched_options(priced, rule.rule)
        moving = priced.trips.frozen[priced.options.trip[touched]] < 0
        by = _by_shipment if rule.fixed_per == FixedPer.SHIPMENT else _by_subject
        for paper, route, period, members in by(priced, rule, touched[moving]):
            same = (members.tobytes(), route, period)
            held = np.bincount(priced.options.lot[members], minlength=len(lots)) > 0
            most = float(lot_units[held].sum())
            before = found[same].papers if same in found else ()
            found[same] = Opening((*before, paper), route, period, members, most)
    return tuple(found.values())


Paper = tuple[str, str, str, float]
"""Rule, market (blank = shared), subject and cost in PC."""


def _by_shipment(
    priced: Priced, rule: ComplianceRule, touched: Ints
) -> list[tuple[Paper, str, int, Ints]]:
    """Papers of every (market, trip): all goods that leave together are one shipment."""
    lookup, trips, options = priced.lookup, priced.trips, priced.options
    market = _markets(lookup)[options.channel[touched]]
    found = []
    for at_market, trip, members in _groups(market, options.trip[touched], touched):
        cost = _fixed_cost(lookup, rule, int(trips.ship_day[trip]))
        paper = (rule.rule, lookup.scenario.markets[at_market].market, "", cost)
        found.append((paper, trips.name(trip, lookup), int(trips.ship_period[trip]), members))
    return found


def _by_subject(
    priced: Priced, rule: ComplianceRule, touched: Ints
) -> list[tuple[Paper, str, int, Ints]]:
    """Certificates of every style, sku or model, for each market unless one serves all."""
    lookup, options = priced.lookup, priced.options
    names = [getattr(lot, rule.fixed_per.value) for lot in lookup.scenario.lots]
    number = {name: k for k, name in enumerate(dict.fromkeys(names))}
    subject = np.array([number[name] for name in names])[options.lot[touched]]
    market = _markets(lookup)[options.channel[touched]]
    if rule.shared_across_markets:
        market = np.zeros_like(market)
    found = []
    for at_market, _, members in _groups(market, subject, touched):
        name = names[options.lot[members[0]]]
        where = "" if rule.shared_across_markets else lookup.scenario.markets[at_market].market
        paper = (rule.rule, where, name, _fixed_cost(lookup, rule, 0))
        found.append((paper, "", 0, members))
    return found


def _markets(lookup: Lookup) -> Ints:
    """Market of every channel."""
    return np.array([lookup.market_at[row.market] for row in lookup.scenario.channels])


def _fixed_cost(lookup: Lookup, rule: ComplianceRule, day: int) -> float:
    currency = rule.fixed_currency or lookup.header.currency
    return rule.fixed_cost * float(lookup.fx(currency, day))


def touched_options(priced: Priced, rule_name: str) -> Ints:
    """Positions of the options a rule touches on their arrival date."""
    lookup, options = priced.lookup, priced.options
    rule = next(row for row in lookup.scenario.rules if row.rule == rule_name)
    hit = np.zeros(len(options), dtype=bool)
    for channel in range(len(lookup.scenario.channels)):
        here = options.of_channel(channel)
        arrival = priced.trips.arrival_day[options.trip[here]]
        hit[here] = lookup.rule_touches(rule, channel, options.lot[here], arrival)
    found: Ints = np.flatnonzero(hit)
    return found


def _groups(first: Ints, second: Ints, members: Ints) -> list[tuple[int, int, Ints]]:
    """Members by their pair of keys, sorted by the keys."""
    if not len(members):
        return []
    order = np.lexsort((second, first))
    one, two = first[order], second[order]
    change = np.flatnonzero((np.diff(one) != 0) | (np.diff(two) != 0)) + 1
    parts = np.split(members[order], change)
    starts = [0, *change.tolist()]
    return [
        (int(one[start]), int(two[start]), np.sort(part))
        for start, part in zip(starts, parts, strict=True)
    ]
