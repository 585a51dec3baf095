"""Which options the calendar, the law and the locks allow: rules that need a trip to be judged."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.check import matches
from planner.domain.lookup import FAR, Lookup
from planner.domain.records import ComplianceRule
from planner.domain.vocabulary import LockKind, Mode, RuleEffect
from planner.network import Trips
from planner.pricing.ladders import ladder_of
from planner.pricing.settings import verdicts

MODE_BIT = {mode.value: 1 << number for number, mode in enumerate(Mode)}


@dataclass(frozen=True)
class Moments:
    """When and how each candidate option of one channel moves: parallel arrays, days from day 0."""

    lot: Ints
    rung: Ints
    trips: Trips
    trip: Ints
    ship_period: Ints
    sell_period: Ints
    ship_day: Ints
    arrival_day: Ints
    sale_day: Ints
    modes: Ints
    """Bit set of the modes of the route's legs, numbered as in `MODE_BIT`."""
    relabel_site: Ints
    frozen: Bools


def access(lookup: Lookup, channel: int, at: Moments) -> tuple[Bools, Floats]:
    """Options no dated rule of docs/model.md, offers, forbids, and PC per unit for the soft ones."""
    allowed = channel_opening_dates(lookup, channel, at)
    allowed &= at.frozen | (at.ship_day >= np.maximum(0, lead_days(lookup, channel, at)))
    allowed &= (relabel_jobs(lookup, channel, at) == 0) | (at.relabel_site >= 0)
    allowed &= ~price_lock(lookup, channel, at)
    cost = np.zeros(len(at.lot))
    for verdict in verdicts(lookup, channel, TRIP_RULES, at):
        allowed &= ~verdict.forbids
        cost += verdict.cost
    return allowed, cost


def channel_opening_dates(lookup: Lookup, channel: int, at: Moments) -> Bools:
    """Options sold while the channel is open."""
    row = lookup.scenario.channels[channel]
    opens = lookup.day(row.open_from, missing=-FAR)
    closes = lookup.day(row.open_to, missing=FAR)
    return np.asarray((at.sale_day >= opens) & (at.sale_day <= closes))


def lead_days(lookup: Lookup, channel: int, at: Moments) -> Ints:
    """Days of preparation each option needs before it ships: the longest of its rules'."""
    longest = np.zeros(len(at.lot), dtype=np.int64)
    for rule in lookup.scenario.rules:
        if rule.lead_days and rule.effect != RuleEffect.EXPORT_REFUND:
            hit = lookup.rule_touches(rule, channel, at.lot, at.arrival_day)
            longest[hit] = np.maximum(longest[hit], rule.lead_days)
    return longest


def relabel_jobs(lookup: Lookup, channel: int, at: Moments) -> Ints:
    """How many labelling jobs each option needs at a hub of its route, de-branding included."""
    converted = [way.uses_relabel_capacity for way in lookup.scenario.exits]
    jobs = np.array([*converted, False], dtype=np.int64)[lookup.made_by[at.lot]]
    for rule in lookup.scenario.rules:
        if rule.uses_relabel_capacity:
            jobs += lookup.rule_touches(rule, channel, at.lot, at.arrival_day)
    jobs[at.frozen] = 0
    return jobs


def private_only(lookup: Lookup, channel: int, at: Moments) -> Bools:
    """Goods of brands that do not want to be seen, in a channel everybody sees."""
    public = not lookup.scenario.channels[channel].private
    listed = np.array([row.public_listing for row in lookup.scenario.brands], dtype=bool)
    shown = ~listed[lookup.brand_of_lot[at.lot]] & public
    return _broken(lookup, channel, at, RuleEffect.PRIVATE_ONLY, at.sale_day, lambda _: shown)


def brand_consent(lookup: Lookup, channel: int, at: Moments) -> Bools:
    """Goods whose brand has not agreed to the market."""
    market = lookup.scenario.channels[channel].market
    given = np.array(
        [
            bool(row.consented_markets) and matches(market, row.consented_markets)
            for row in lookup.scenario.brands
        ],
        dtype=bool,
    )
    missing = ~given[lookup.brand_of_lot[at.lot]]
    return _broken(lookup, channel, at, RuleEffect.BRAND_CONSENT, at.arrival_day, lambda _: missing)


def forbidden(lookup: Lookup, channel: int, at: Moments) -> Bools:
    """Goods the market forbids."""
    every = np.ones(len(at.lot), dtype=bool)
    return _broken(lookup, channel, at, RuleEffect.FORBID, at.arrival_day, lambda _: every)


def forbidden_mode(lookup: Lookup, channel: int, at: Moments) -> Bools:
    """Goods that come by a mode they may not travel by."""

    def travels(rule: ComplianceRule) -> Bools:
        bits = sum(bit for mode, bit in MODE_BIT.items() if matches(mode, rule.modes))
        return np.asarray((at.modes & bits) != 0)

    return _broken(lookup, channel, at, RuleEffect.FORBID_MODE, at.arrival_day, travels)


def shelf_life(lookup: Lookup, channel: int, at: Moments) -> Bools:
    """Goods with too few days of life left on arrival."""
    dates, date_of_lot = lookup.kinds("expiry")
    last = np.array([lookup.day(date, missing=FAR) for date in dates], dtype=np.int64)
    left = last[date_of_lot[at.lot]] - at.arrival_day

    def short(rule: ComplianceRule) -> Bools:
        return np.asarray(left < rule.least_days)

    return _broken(lookup, channel, at, RuleEffect.SHELF_LIFE, at.arrival_day, short)


TRIP_RULES = (private_only, brand_consent, forbidden, forbidden_mode, shelf_life)
"""Rules of docs/model.md, offers, that a trip is judged by: each tells which options break it."""


def _broken(
    lookup: Lookup,
    channel: int,
    at: Moments,
    effect: RuleEffect,
    days: Ints,
    breaks: Callable[[ComplianceRule], Bools],
) -> Bools:
    """Options that some rule of an effect touches on the day it is judged, and that break it."""
    broken = np.zeros(len(at.lot), dtype=bool)
    for rule in lookup.scenario.rules:
        if rule.effect == effect:
            broken |= lookup.rule_touches(rule, channel, at.lot, days) & breaks(rule)
    return broken


def price_lock(lookup: Lookup, channel: int, at: Moments) -> Bools:
    """Options a ban or a price lock takes away."""
    out = np.zeros(len(at.lot), dtype=bool)
    rungs = [rung.rung for rung in ladder_of(lookup, channel)]
    for lock in lookup.scenario.locks:
        if (
            lock.kind not in (LockKind.BAN, LockKind.PRICE)
            or not lookup.lock_channels(lock)[channel]
        ):
            continue
        hit = lookup.lock_lots(lock)[at.lot]
        if lock.ship_period is not None:
            hit &= at.ship_period == lock.ship_period
        if lock.sell_period is not None:
            hit &= at.sell_period == lock.sell_period
        if lock.routes:
            hit &= at.trips.selected(lookup, lock.routes)[at.trip]
        named = np.array([matches(rung, lock.rungs) for rung in rungs], dtype=bool)[at.rung]
        out |= hit & (~named if lock.kind == LockKind.PRICE else named)
    return out
