"""The rules of a whole plan: how much each limit is used, one function per rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator

from planner.domain import records as r
from planner.domain.vocabulary import ExitKind, LockKind, RuleEffect, RuleMode, SiteKind
from planner.errors import Finding
from planner.language import english
from planner.plan.audit.access import ACCESS_RULES
from planner.plan.audit.corridor import corridor
from planner.plan.audit.facts import Facts
from planner.plan.audit.freight import FREIGHT_RULES, in_our_boxes
from planner.plan.audit.money import box_share
from planner.plan.audit.offers import selects
from planner.plan.audit.openings import OPENING_RULES
from planner.plan.audit.options import Option
from planner.plan.audit.price_paths import PRICE_RULES
from planner.plan.audit.prices import demand
from planner.plan.audit.quantities import QUANTITY_RULES
from planner.plan.audit.read import finding
from planner.plan.audit.settings import asked
from planner.plan.audit.usage import Book, Meter, Usage


def supply(facts: Facts, book: Book) -> Iterable[Usage]:
    """Options of a lot and of its forms, exits and stays make its units."""
    usages = {
        lot.lot: Usage("supply", lot.lot, 0, "units", lot.units, "=")
        for lot in facts.scenario.lots
        if lot.form_of is None
    }
    for line in book.lines:
        if line.lot in facts.lots:
            usages[facts.source(line.lot)].add(line.units, line.row)
    for _, row in book.exits:
        if row["lot"] in facts.lots:
            usages[facts.source(row["lot"])].add(row["units"], 0)
    return usages.values()


def frozen_shipment(facts: Facts, book: Book) -> Iterable[Usage]:
    """Options and stay of a frozen shipment make its units."""
    usages = {
        name: Usage("frozen_shipment", name, 0, "units", shipment.units, "=")
        for name, shipment in facts.frozen.items()
    }
    for o in book.options:
        if o.journey.frozen is not None:
            usages[o.journey.frozen.shipment].add(o.units, o.row)
    for _, row in book.exits:
        if row["shipment"] in usages:
            usages[row["shipment"]].add(row["units"], 0)
    return usages.values()


def demand_pool(facts: Facts, book: Book) -> Iterable[Usage]:
    """Shoppers are sold to once: the units' shares of their demand add up to at most 1."""
    meter = Meter("demand_pool", "share")
    for o in book.options:
        meter.add(_pool(o), o.line.sell_period, 1.0, _appetite_used(facts, o), o.row)
    return meter.usages.values()


def style_share(facts: Facts, book: Book) -> Iterable[Usage]:
    """No style takes more of a pool than the channel allows."""
    meter = Meter("style_share", "share")
    for o in book.options:
        if o.channel.style_share < 1:
            label = f"{o.lot.style} | {_pool(o)}"
            share = o.channel.style_share
            meter.add(label, o.line.sell_period, share, _appetite_used(facts, o), o.row)
    return meter.usages.values()


def leg_capacity(facts: Facts, book: Book) -> Iterable[Usage]:
    """Volume, weight and boxes of a leg in each period, those that share it included."""
    meters = {unit: Meter("leg_capacity", unit) for unit in ("cbm", "kg", "boxes")}
    for o in book.options:
        for move in o.journey.moves:
            period = facts.period_of(move.depart_day)
            for leg in _drawn_on(facts, move.leg):
                for unit, limit, each in _leg_limits(facts, leg, o.lot):
                    if unit == "boxes" and in_our_boxes(facts, o, move.leg):
                        continue
                    meters[unit].add(f"{leg.leg} | {unit}", period, limit, each * o.units, o.row)
    for _, row in book.boxes:
        for leg in _drawn_on(facts, facts.legs[row["leg"]]) if row["leg"] in facts.legs else ():
            if leg.boxes_per_period is not None:
                period = facts.period_of((row["depart_date"] - facts.start).days)
                meters["boxes"].add(f"{leg.leg} | boxes", period, leg.boxes_per_period, 1, 0)
    return [usage for meter in meters.values() for usage in meter.usages.values()]


def _drawn_on(facts: Facts, leg: r.Leg) -> Iterator[r.Leg]:
    yield leg
    other = leg.shares_capacity_with
    if other is not None and other != leg.leg:
        yield facts.legs[other]


def _leg_limits(facts: Facts, leg: r.Leg, lot: r.Lot) -> Iterator[tuple[str, float, float]]:
    if leg.cbm_per_day is not None:
        yield "cbm", leg.cbm_per_day * facts.days, lot.cbm
    if leg.kg_per_day is not None:
        yield "kg", leg.kg_per_day * facts.days, lot.kg
    if leg.boxes_per_period is not None:
        yield "boxes", leg.boxes_per_period, box_share(facts, leg, lot)


def site_throughput(facts: Facts, book: Book) -> Iterable[Usage]:
    """Units that enter a site in a period; at an origin, units that leave it."""
    meter = Meter("site_throughput", "units")

    def count(site: r.Site, day: int, o: Option) -> None:
        if site.throughput_units_per_day is not None:
            limit = site.throughput_units_per_day * facts.open_days(site, day)
            meter.add(site.site, facts.period_of(day), limit, o.units, o.row)

    for o in book.options:
        for at, move in enumerate(o.journey.moves):
            left, entered = facts.sites[move.leg.from_site], facts.sites[move.leg.to_site]
            if left.kind is SiteKind.ORIGIN:
                count(left, move.depart_day if at else o.journey.ship_day, o)
            if entered.kind is not SiteKind.ORIGIN:
                count(entered, move.arrive_day, o)
    return meter.usages.values()


def relabelling(facts: Facts, book: Book) -> Iterable[Usage]:
    """The first hub on the route that relabels does the work, once for each rule and each form."""
    meter = Meter("relabelling", "units")
    for o in book.options:
        times = sum(rule.uses_relabel_capacity for rule in o.rules)
        if o.lot.made_by is not None:
            times += facts.exits[o.lot.made_by].uses_relabel_capacity
        if not times or o.journey.frozen is not None:
            continue
        found = _relabelling_hub(facts, o)
        if found is None:
            usage = Usage("relabelling", o.journey.name, 0, "units on a route without hub", 0)
            usage.add(o.units, o.row)
            yield usage
            continue
        site, day = found
        if site.relabel_units_per_day is not None:
            limit = site.relabel_units_per_day * facts.open_days(site, day)
            meter.add(site.site, facts.period_of(day), limit, times * o.units, o.row)
    yield from meter.usages.values()


def _relabelling_hub(facts: Facts, o: Option) -> tuple[r.Site, int] | None:
    visits = [(facts.sites[o.lot.origin], o.journey.ship_day)]
    visits += [(facts.sites[m.leg.to_site], m.arrive_day) for m in o.journey.moves]
    for site, day in visits:
        if site.kind is SiteKind.HUB and site.relabel_units_per_day != 0:
            return site, day
    return None


def channel_capacity(facts: Facts, book: Book) -> Iterable[Usage]:
    """Units a channel sells in a period."""
    meter = Meter("channel_capacity", "units")
    for o in book.options:
        per_day = facts.units_per_day(o.channel)
        if per_day is not None:
            limit = per_day * facts.days
            meter.add(o.channel.channel, o.line.sell_period, limit, o.units, o.row)
    return meter.usages.values()


def storage_capacity(facts: Facts, book: Book) -> Iterable[Usage]:
    """Volume that waits at origins and entry sites in each period."""
    meter = Meter("storage_capacity", "cbm")

    def store(site: r.Site, first: int, last: int, cbm: float, row: int) -> None:
        if site.storage_cbm is not None:
            for period in range(first, last + 1):
                meter.add(site.site, period, site.storage_cbm, cbm, row)

    for o in book.options:
        cbm, trip = o.units * o.lot.cbm, o.journey
        if trip.frozen is None:
            origin = facts.sites[o.lot.origin]
            store(origin, o.lot.available_period, o.line.ship_period - 1, cbm, o.row)
        store(trip.entry, trip.arrival_period, o.line.sell_period - 1, cbm, o.row)
    for _, row in book.exits:
        way, lot = facts.exits.get(row["exit"]), facts.lots.get(row["lot"])
        if not row["shipment"] and lot and way and way.kind is ExitKind.HOLD:
            origin = facts.sites[lot.origin]
            store(origin, lot.available_period, facts.periods, row["units"] * lot.cbm, 0)
    return meter.usages.values()


def quota(facts: Facts, book: Book) -> Iterable[Usage]:
    """Units a quota touches, over the horizon."""
    usages = {
        rule.rule: Usage("quota", rule.rule, 0, "units", rule.quota_units, "<")
        for rule in facts.scenario.rules
        if rule.effect is RuleEffect.QUOTA and rule.quota_units is not None
    }
    for o in book.options:
        for rule in o.rules:
            if rule.rule in usages:
                usages[rule.rule].add(o.units, o.row)
    return usages.values()


def exit_capacity(facts: Facts, book: Book) -> Iterable[Usage]:
    """Units an exit takes in all; a de-branding exit, those sold in the forms it makes."""
    usages = {
        way.exit: Usage("exit_capacity", way.exit, 0, "units", way.units_most, "<")
        for way in facts.scenario.exits
        if way.units_most is not None
    }
    for _, row in book.exits:
        if not row["shipment"] and row["exit"] in usages:
            usages[row["exit"]].add(row["units"], 0)
    for o in book.options:
        if o.lot.made_by in usages:
            usages[o.lot.made_by].add(o.units, o.row)
    return usages.values()


def lock(facts: Facts, book: Book) -> Iterable[Usage]:
    """Units fixed, least or most of the options a lock selects."""
    kinds = {LockKind.UNITS: "=", LockKind.MIN_UNITS: ">", LockKind.MAX_UNITS: "<"}
    for each in facts.scenario.locks:
        if each.kind in kinds and each.units is not None:
            usage = Usage("lock", each.lock, 0, "units", each.units, kinds[each.kind])
            for o in book.options:
                if selects(each, o):
                    usage.add(o.units, o.row)
            yield usage


def _pool(o: Option) -> str:
    return f"{o.channel.channel} | {o.lot.category} | {o.lot.season}"


def _appetite_used(facts: Facts, o: Option) -> float:
    taken = demand(facts, o.lot, o.channel, o.line.sell_period, o.rung)
    return o.units / taken if taken > 0 else 0.0


PLAN_RULES: tuple[Callable[[Facts, Book], Iterable[Usage]], ...] = (
    supply,
    frozen_shipment,
    demand_pool,
    style_share,
    leg_capacity,
    *FREIGHT_RULES,
    site_throughput,
    relabelling,
    channel_capacity,
    storage_capacity,
    quota,
    exit_capacity,
    lock,
    *OPENING_RULES,
    *ACCESS_RULES,
    *QUANTITY_RULES,
    *PRICE_RULES,
    corridor,
)


def check_rules(facts: Facts, book: Book, found: list[Finding]) -> dict[str, list[Usage]]:
    """Measure every rule asked for; broken ones that are not soft become findings.

    The usages are kept by rule.
    """
    usages: dict[str, list[Usage]] = defaultdict(list)
    for rule in PLAN_RULES:
        for usage in rule(facts, book):
            mode, _ = asked(facts, usage.rule, usage.label)
            if mode is not RuleMode.OFF:
                usages[usage.rule].append(usage)
            if mode is RuleMode.HARD and usage.broken:
                found.append(_broken(usage))
    return usages


def _broken(usage: Usage) -> Finding:
    """A limit that is missed, in words."""
    limits = {
        "=": english("exactly {limit:.10g}", limit=usage.limit),
        ">": english("at least {limit:.10g}", limit=usage.limit),
        "<": english("at most {limit:.10g}", limit=usage.limit),
    }
    problem = english(
        "{label} in period {period} uses {used:.10g} {unit}, {limit} allowed."
        if usage.period
        else "{label} uses {used:.10g} {unit}, {limit} allowed.",
        label=usage.label,
        period=usage.period,
        used=usage.used,
        unit=usage.unit,
        limit=limits[usage.kind[0]],
    )
    remedy = english(
        "Change the plan by {missing:.6g} {unit}.", missing=usage.missing, unit=usage.unit
    )
    return finding("lines", usage.row, usage.rule, problem, remedy)
