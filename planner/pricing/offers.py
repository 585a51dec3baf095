"""Who may sell what where at which price: the rules that look at a lot, a channel and a rung."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.check import matches
from planner.domain.lookup import Lookup, column
from planner.domain.records import Market, PriceRule
from planner.domain.vocabulary import FeeModel, Owner, PriceBasis, PriceBound, Region
from planner.pricing.ladders import ladder_of, rung_margins, terms_of
from planner.pricing.resellers import reseller_keeps
from planner.pricing.rounding import round_price, written_price
from planner.pricing.settings import verdicts

SLACK = 1e-9
"""A price equal to its floor is allowed; this absorbs the rounding of the comparison."""


@dataclass(frozen=True)
class Offers:
    """One element per (lot, rung) of one channel.

    lot, rung (position in the channel's ladder); price in market currency, tax included (for
    wholesale the deal's price turned into market currency); wholesale_price PC per unit (0 where
    the channel is not wholesale); breach PC per unit for the soft rules it breaks.
    """

    lot: Ints
    rung: Ints
    price: Floats
    wholesale_price: Floats
    breach: Floats


def offers_of(lookup: Lookup, channel: int) -> Offers:
    """Every (lot, rung) of a channel that no hard rule forbids, with the price of the soft ones."""
    asked = asked_prices(lookup, channel)
    allowed: Bools = asked.price > 0
    breach = asked.breach
    for verdict in verdicts(lookup, channel, OFFER_RULES, asked):
        allowed &= ~verdict.forbids
        breach = breach + verdict.cost
    offers = replace(asked, breach=breach)
    return Offers(*(getattr(offers, field.name)[allowed] for field in fields(Offers)))


def asked_prices(lookup: Lookup, channel: int) -> Offers:
    """What a channel would ask for every lot it may carry at every rung, no rule applied."""
    scenario, row = lookup.scenario, lookup.scenario.channels[channel]
    market = _market(lookup, channel)
    lots = np.flatnonzero(may_sell(lookup, channel))
    terms, rungs = terms_of(lookup, channel), ladder_of(lookup, channel)
    market_rate = float(lookup.fx(market.currency))
    known = {r.lot: r.price for r in scenario.reference_prices if r.channel == row.channel}
    by_tag = lookup.tag[lots] * lookup.quality[lots]

    def of_terms(name: str) -> Floats:
        """A figure of the terms of every lot's category."""
        figures = lookup.of_kinds(lambda each: getattr(terms.get(each), name, np.nan), "category")
        return figures[lots]

    reference = by_tag / market_rate * of_terms("reference_price_ratio")
    deal = by_tag * row.wholesale_ratio * of_terms("wholesale_multiplier")
    if known:
        names = lookup.of_lots("lot")[lots].tolist()
        stated = np.array([known.get(name, np.nan) for name in names], dtype=float)
        reference = np.where(np.isnan(stated), reference, stated)
        deal = np.where(np.isnan(stated), deal, stated * market_rate)
    ratio = np.array([rung.price_ratio for rung in rungs])
    if row.fee_model == FeeModel.WHOLESALE:
        wholesale = round_price(np.outer(deal, ratio).ravel(), 2)
        price = wholesale / market_rate
    else:
        price = written_price(lookup, market.currency, np.outer(reference, ratio).ravel())
        wholesale = np.zeros_like(price)
    return Offers(
        lot=np.repeat(lots, len(rungs)),
        rung=np.tile(np.arange(len(rungs)), len(lots)),
        price=price,
        wholesale_price=wholesale,
        breach=np.zeros_like(price),
    )


def may_sell(lookup: Lookup, channel: int) -> Bools:
    """Lots the channel may carry at all, for which it has terms."""
    terms = terms_of(lookup, channel)
    carried = lookup.of_kinds(terms.__contains__, "category", dtype=bool)
    held, owned = compliance_hold(lookup), buy_out_of_brand_stock_only(lookup, channel)
    return np.asarray(carried & (lookup.of_lots("units") > 0) & ~held & ~owned)


def compliance_hold(lookup: Lookup) -> Bools:
    """Lots that may not be sold until compliance releases them."""
    return np.asarray(lookup.of_lots("compliance_hold"), dtype=bool)


def buy_out_of_brand_stock_only(lookup: Lookup, channel: int) -> Bools:
    """Lots that a buy-out channel cannot buy: the platform owns them already."""
    buys = lookup.scenario.channels[channel].fee_model == FeeModel.BUY_OUT
    return lookup.of_kinds(lambda owner: buys and owner == Owner.PLATFORM, "owner", dtype=bool)


def price_basis(lookup: Lookup, channel: int, asked: Offers) -> Floats:
    """The price floors and caps are judged by: PC at the rates of day 0."""
    if lookup.scenario.channels[channel].fee_model == FeeModel.WHOLESALE:
        return asked.wholesale_price
    return np.asarray(asked.price * float(lookup.fx(_market(lookup, channel).currency)))


def floor_share(lookup: Lookup, channel: int, lots: Ints) -> Floats:
    """Lowest price a channel may ask for each lot, as a share of its tag (rule: floor)."""
    row = lookup.scenario.channels[channel]
    region = _market(lookup, channel).region
    name = "floor_domestic" if region == Region.DOMESTIC else "floor_export"
    brand = lookup.brand_of_lot[lots]
    floor = column(lookup.scenario.brands, name)[brand]
    relief = column(lookup.scenario.brands, "floor_relief_per_year")[brand]
    return np.asarray(floor * (1 - relief) ** lookup.age_years[lots] * row.floor_factor)


def floor(lookup: Lookup, channel: int, asked: Offers) -> Floats:
    """How far each price lies below the brand's floor, PC per unit."""
    tag, basis = lookup.tag[asked.lot], price_basis(lookup, channel, asked)
    least = floor_share(lookup, channel, asked.lot)
    return np.where(basis / tag >= least - SLACK, 0.0, least * tag - basis)


def price_floor(lookup: Lookup, channel: int, asked: Offers) -> Floats:
    """How far each price lies below the highest floor of the price rules, PC per unit."""
    least = np.zeros(len(lookup.scenario.lots))
    for touched, bound in _bounds(lookup, channel, PriceBound.FLOOR):
        least[touched] = np.maximum(least, bound)[touched]
    least, basis = least[asked.lot], price_basis(lookup, channel, asked)
    return np.where(basis >= least * (1 - SLACK), 0.0, least - basis)


def price_cap(lookup: Lookup, channel: int, asked: Offers) -> Floats:
    """How far each price lies above the lowest cap of the price rules, PC per unit."""
    most = np.full(len(lookup.scenario.lots), np.inf)
    for touched, bound in _bounds(lookup, channel, PriceBound.CAP):
        most[touched] = np.minimum(most, bound)[touched]
    most, basis = most[asked.lot], price_basis(lookup, channel, asked)
    return np.where(basis <= most * (1 + SLACK), 0.0, basis - most)


def _bounds(lookup: Lookup, channel: int, kind: PriceBound) -> Iterator[tuple[Bools, Floats]]:
    """For each price rule that names the channel: the lots it touches, and its bound for all (PC)."""
    row = lookup.scenario.channels[channel]
    for rule in lookup.scenario.price_rules:
        if (
            rule.bound == kind
            and matches(row.market, rule.markets)
            and matches(row.channel, rule.channels)
        ):
            base = {
                PriceBasis.ABSOLUTE: lookup.fx(rule.currency or lookup.header.currency),
                PriceBasis.TAG: lookup.tag,
                PriceBasis.COST: lookup.unit_cost,
            }[rule.basis]
            relieved = (1 - rule.change_per_year) ** lookup.age_years
            yield _touched(lookup, rule), rule.value * base * relieved


def _touched(lookup: Lookup, rule: PriceRule) -> Bools:
    """Lots a price rule selects."""
    age = lookup.age_years
    named = lookup.of_kinds(
        lambda brand, category: matches(brand, rule.brands) and matches(category, rule.categories),
        "brand",
        "category",
        dtype=bool,
    )
    least, most = rule.age_least or 0, rule.age_most
    old_enough = (age >= least) & (age <= (age.max(initial=0) if most is None else most))
    return np.asarray(named & old_enough)


def reseller_band(lookup: Lookup, channel: int, asked: Offers) -> Bools:
    """Prices that leave the reseller too little or too much, or too little for an order."""
    row, market = lookup.scenario.channels[channel], _market(lookup, channel)
    margin = rung_margins(lookup, channel)[asked.rung]
    kept = reseller_keeps(asked.price, asked.price / (1 + market.vat_rate), row, margin)
    if kept is None:
        return np.zeros(len(asked.lot), dtype=bool)
    least, most = row.reseller_margin_least - SLACK, row.reseller_margin_most + SLACK
    per_order = kept * row.units_per_order * lookup.fx(market.currency)
    wanted = row.reseller_least_per_order * lookup.fx(row.currency)
    inside = (kept >= least * asked.price) & (kept <= most * asked.price)
    inside &= per_order >= wanted * (1 - SLACK)
    return np.asarray(~inside)


def excluded_market(lookup: Lookup, channel: int, asked: Offers) -> Bools:
    """Goods of brands that keep out of the market."""
    market = lookup.scenario.channels[channel].market
    out = [
        bool(brand.excluded_markets) and matches(market, brand.excluded_markets)
        for brand in lookup.scenario.brands
    ]
    return np.array(out, dtype=bool)[lookup.brand_of_lot[asked.lot]]


def exclusive_channels(lookup: Lookup, channel: int, asked: Offers) -> Bools:
    """Goods of brands that sell through other channels only."""
    name = lookup.scenario.channels[channel].channel
    out = [not matches(name, brand.exclusive_channels) for brand in lookup.scenario.brands]
    return np.array(out, dtype=bool)[lookup.brand_of_lot[asked.lot]]


OFFER_RULES = (
    floor,
    price_floor,
    price_cap,
    reseller_band,
    excluded_market,
    exclusive_channels,
)
"""Rules of docs/model.md, offers, that need no trip: each tells how far an offer breaks it."""


def _market(lookup: Lookup, channel: int) -> Market:
    """The market a channel sells in."""
    return lookup.scenario.markets[lookup.market_at[lookup.scenario.channels[channel].market]]
