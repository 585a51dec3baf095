"""Turns ladders, floors and access rules into offers: who may sell what where, at which price.

Also the appetite of every pool, and the dated access rules that need a trip to be judged.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.lookup import FAR, Lookup, column
from planner.domain.records import ChannelTerm, LadderRung
from planner.domain.vocabulary import FeeModel, LockKind, Owner, Region, RuleEffect

FLOOR_SLACK = 1e-9
"""A price equal to its floor is allowed; this absorbs the rounding of the comparison."""


@dataclass(frozen=True)
class Offers:
    """One element per permitted (lot, rung) of one channel.

    lot, rung (position in the channel's ladder); price in market currency, tax included (for
    wholesale the deal's price turned into market currency); wholesale_price PC per unit (0 where
    the channel is not wholesale); ratio = the rung's share of the reference price.
    """

    lot: Ints
    rung: Ints
    price: Floats
    wholesale_price: Floats
    ratio: Floats


def ladder_of(lookup: Lookup, channel: int) -> tuple[LadderRung, ...]:
    """The rungs of a channel's ladder, dearest first."""
    name = lookup.scenario.channels[channel].ladder
    rungs = [row for row in lookup.scenario.ladders if row.ladder == name]
    return tuple(sorted(rungs, key=lambda row: -row.price_ratio))


def terms_of(lookup: Lookup, channel: int) -> dict[str, ChannelTerm]:
    """The channel's terms by category."""
    name = lookup.scenario.channels[channel].channel
    return {row.category: row for row in lookup.scenario.channel_terms if row.channel == name}


def round_price(price: Floats, decimals: int) -> Floats:
    """Half away from zero, as a price is written; 1e-9 forgives binary fractions."""
    return np.floor(price * 10.0**decimals + 0.5 + 1e-9) / 10.0**decimals


def floor_share(lookup: Lookup, channel: int, lots: Ints) -> Floats:
    """Lowest price a channel may ask for each lot, as a share of its tag (rule: floor)."""
    row = lookup.scenario.channels[channel]
    region = lookup.scenario.markets[lookup.market_at[row.market]].region
    name = "floor_domestic" if region == Region.DOMESTIC else "floor_export"
    brand = np.array([lookup.brand_at[lookup.scenario.lots[k].brand] for k in lots], dtype=int)
    floor = column(lookup.scenario.brands, name)[brand]
    relief = column(lookup.scenario.brands, "floor_relief_per_year")[brand]
    return np.asarray(floor * (1 - relief) ** lookup.age_years[lots] * row.floor_factor)


def may_sell(lookup: Lookup, channel: int) -> Bools:
    """Lots the channel may carry at all (rules: excluded market, exclusive channels, buy-out)."""
    row = lookup.scenario.channels[channel]
    terms = terms_of(lookup, channel)
    allowed = []
    for lot in lookup.scenario.lots:
        brand = lookup.scenario.brands[lookup.brand_at[lot.brand]]
        allowed.append(
            lot.category in terms
            and lot.units > 0
            and row.market not in brand.excluded_markets
            and (not brand.exclusive_channels or row.channel in brand.exclusive_channels)
            and not (row.fee_model == FeeModel.BUY_OUT and lot.owner == Owner.PLATFORM)
        )
    return np.array(allowed, dtype=bool)


def offers_of(lookup: Lookup, channel: int) -> Offers:
    """Every (lot, rung) of a channel whose price reaches the brand's floor."""
    scenario, row = lookup.scenario, lookup.scenario.channels[channel]
    market = scenario.markets[lookup.market_at[row.market]]
    lots = np.flatnonzero(may_sell(lookup, channel))
    terms, rungs = terms_of(lookup, channel), ladder_of(lookup, channel)
    market_rate = float(lookup.fx(market.currency))
    known = {r.lot: r.price for r in scenario.reference_prices if r.channel == row.channel}
    term = [terms[scenario.lots[k].category] for k in lots]
    by_tag = lookup.tag[lots] * lookup.quality[lots]
    reference = by_tag / market_rate * np.array([t.reference_price_ratio for t in term])
    deal = by_tag * row.wholesale_ratio * np.array([t.wholesale_multiplier for t in term])
    for i, k in enumerate(lots):
        if scenario.lots[k].lot in known:
            reference[i] = known[scenario.lots[k].lot]
            deal[i] = reference[i] * market_rate
    ratio = np.array([rung.price_ratio for rung in rungs])
    if row.fee_model == FeeModel.WHOLESALE:
        wholesale = round_price(np.outer(deal, ratio), 2)
        price, basis = wholesale / market_rate, wholesale
    else:
        price = round_price(np.outer(reference, ratio), lookup.decimals.get(market.currency, 2))
        wholesale, basis = np.zeros_like(price), price * market_rate
    floor = floor_share(lookup, channel, lots)
    allowed = (basis / lookup.tag[lots][:, None] >= floor[:, None] - FLOOR_SLACK) & (price > 0)
    at_lot, at_rung = np.nonzero(allowed)
    return Offers(lots[at_lot], at_rung, price[allowed], wholesale[allowed], ratio[at_rung])


def appetite(lookup: Lookup, channel: int, category: str, season: str) -> Floats:
    """D(pool, sell period, rung): units a pool takes, matrix (period - 1, rung)."""
    scenario, row = lookup.scenario, lookup.scenario.channels[channel]
    rungs, terms = ladder_of(lookup, channel), terms_of(lookup, channel)
    climate = scenario.markets[lookup.market_at[row.market]].climate
    base = sum(
        pool.units_per_period
        for pool in scenario.demand
        if (pool.channel, pool.category, pool.season) == (row.channel, category, season)
    )
    factor = np.zeros(lookup.periods)
    for point in scenario.season_factors:
        if (point.climate, point.season) == (climate, season) and point.period <= lookup.periods:
            factor[point.period - 1] = point.factor
    ratio = np.array([max(rung.price_ratio, row.credibility_ratio) for rung in rungs])
    demand = np.outer(base * factor, ratio ** -terms[category].elasticity)
    rung_at = {rung.rung: k for k, rung in enumerate(rungs)}
    for known in scenario.demand_points:
        key = (known.channel, known.category, known.season)
        if key == (row.channel, category, season) and known.period <= lookup.periods:
            demand[known.period - 1, rung_at[known.rung]] = known.units
    return demand


@dataclass(frozen=True)
class Moments:
    """When and how each candidate option of one channel moves: parallel arrays, days from day 0."""

    lot: Ints
    rung: Ints
    ship_period: Ints
    sell_period: Ints
    ship_day: Ints
    arrival_day: Ints
    sale_day: Ints
    modes: Ints
    """Bit set of the modes of the route's legs, numbered as in `Mode`."""
    relabel_site: Ints
    frozen: Bools


def lead_days(lookup: Lookup, channel: int, at: Moments) -> Ints:
    """Days of preparation each option needs before it ships: the longest of its rules'."""
    longest = np.zeros(len(at.lot), dtype=np.int64)
    for rule in lookup.scenario.rules:
        if rule.lead_days and rule.effect != RuleEffect.EXPORT_REFUND:
            hit = lookup.rule_touches(rule, channel, at.lot, at.arrival_day)
            longest[hit] = np.maximum(longest[hit], rule.lead_days)
    return longest


def relabel_jobs(lookup: Lookup, channel: int, at: Moments) -> Ints:
    """How many labelling jobs each option needs at a hub of its route."""
    jobs = np.zeros(len(at.lot), dtype=np.int64)
    for rule in lookup.scenario.rules:
        if rule.uses_relabel_capacity:
            jobs += lookup.rule_touches(rule, channel, at.lot, at.arrival_day)
    jobs[at.frozen] = 0
    return jobs


def access(lookup: Lookup, channel: int, at: Moments, mode_bit: dict[str, int]) -> Bools:
    """Options allowed by every dated access rule of docs/model.md, offers."""
    scenario, row = lookup.scenario, lookup.scenario.channels[channel]
    opens = lookup.day(row.open_from, missing=-FAR)
    closes = lookup.day(row.open_to, missing=FAR)
    allowed: Bools = (at.sale_day >= opens) & (at.sale_day <= closes)
    brand = [lookup.brand_at[lot.brand] for lot in scenario.lots]
    for rule in scenario.rules:
        on = at.sale_day if rule.effect == RuleEffect.PRIVATE_ONLY else at.arrival_day
        broken: Bools = np.zeros(len(at.lot), dtype=bool)
        if rule.effect == RuleEffect.FORBID:
            broken[:] = True
        elif rule.effect == RuleEffect.FORBID_MODE:
            bits = sum(mode_bit[mode] for mode in rule.modes)
            broken = (at.modes & bits) != 0
        elif rule.effect == RuleEffect.SHELF_LIFE:
            expiry = np.array([lookup.day(lot.expiry, missing=FAR) for lot in scenario.lots])
            broken = expiry[at.lot] - at.arrival_day < rule.least_days
        elif rule.effect == RuleEffect.PRIVATE_ONLY:
            public = np.array([scenario.brands[k].public_listing for k in brand])
            broken = ~public[at.lot] & (not row.private)
        elif rule.effect == RuleEffect.BRAND_CONSENT:
            given = np.array([row.market in scenario.brands[k].consented_markets for k in brand])
            broken = ~given[at.lot]
        else:
            continue
        allowed &= ~(broken & lookup.rule_touches(rule, channel, at.lot, on))
    ready = np.maximum(0, lead_days(lookup, channel, at))
    allowed &= at.frozen | (at.ship_day >= ready)
    allowed &= (relabel_jobs(lookup, channel, at) == 0) | (at.relabel_site >= 0)
    return allowed & ~_locked_out(lookup, channel, at)


def _locked_out(lookup: Lookup, channel: int, at: Moments) -> Bools:
    """Options a ban or a price lock takes away."""
    out: Bools = np.zeros(len(at.lot), dtype=bool)
    rungs = np.array([rung.rung for rung in ladder_of(lookup, channel)])
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
        named = np.isin(rungs, list(lock.rungs))[at.rung]
        if lock.kind == LockKind.PRICE:
            out |= hit & ~named
        elif lock.rungs:
            out |= hit & named
        else:
            out |= hit
    return out
