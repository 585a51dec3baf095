"""Prices before tax, and what goods bought in one market cost once they are carried into another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.lookup import FAR, Lookup
from planner.domain.records import CorridorTerm, Duty, Levy, Market
from planner.domain.selectors import matches
from planner.domain.vocabulary import FeeModel, LevyBase, SpecificUnit
from planner.landed_cost.border import BorderTerms, landed_cost


def price_before_tax(lookup: Lookup, channel: Ints, price: Floats, wholesale: Floats) -> Floats:
    """Each price (market currency, tax included; wholesale PC) without its VAT, PC of day 0."""
    scenario = lookup.scenario
    markets = [scenario.markets[lookup.market_at[row.market]] for row in scenario.channels]
    rate = np.array([float(lookup.fx(m.currency)) / (1 + m.vat_rate) for m in markets])
    deal = np.array([row.fee_model == FeeModel.WHOLESALE for row in scenario.channels], dtype=bool)
    return np.where(deal[channel], wholesale, price * rate[channel])


def style_lots(lookup: Lookup) -> tuple[list[str], Ints]:
    """Every style, and the lot that stands for it: its first in order of name."""
    styles, number = lookup.kinds("style")
    order = np.lexsort((lookup.of_lots("lot"), number))
    _, first = np.unique(number[order], return_index=True)
    by_name = np.array(sorted(range(len(styles)), key=styles.__getitem__), dtype=np.int64)
    return [styles[k] for k in by_name], order[first][by_name]


def carrying_limit(lookup: Lookup, lot: Ints, bought_in: Ints, price: Floats) -> Floats:
    """What a unit costs a parallel trader in every market: (element, market), PC before tax.

    Bought at `price` in the market `bought_in`, it pays the corridor's freight, the border of the
    other country at the rates of day 0 without preference, and the trader's risk margin. Import
    VAT comes back. Infinite where the corridor is ignored, and in the market itself.
    """
    freight, risk, ignored = _terms(lookup, lot, bought_in)
    limit = np.full((len(lot), len(lookup.scenario.markets)), np.inf)
    country = np.array([market.country for market in lookup.scenario.markets])
    for number, market in enumerate(lookup.scenario.markets):
        landed = price + freight[:, number]
        abroad = np.flatnonzero(country[bought_in] != country[number])
        landed[abroad] = _landed(
            lookup, market, lot[abroad], price[abroad], freight[abroad, number]
        )
        limit[:, number] = landed + risk[:, number]
    limit[np.arange(len(lot)), bought_in] = np.inf
    return np.where(ignored, np.inf, limit)


def _terms(lookup: Lookup, lot: Ints, bought_in: Ints) -> tuple[Floats, Floats, Bools]:
    """Freight and risk margin, PC per unit, and whether the corridor is ignored: (element, market)."""
    scenario = lookup.scenario
    size = (len(scenario.brands), len(scenario.markets), len(scenario.markets))
    per_unit, per_kg, risk = np.zeros((3, *size))
    ignored = np.zeros(size, dtype=bool)
    open_yet = np.ones(size, dtype=bool)
    for term in sorted(scenario.corridors, key=lambda row: row.corridor):
        here = open_yet & _selected(lookup, term)
        rate = float(lookup.fx(term.currency))
        per_unit[here] = term.freight_per_unit * rate
        per_kg[here] = term.freight_per_kg * rate
        risk[here] = term.risk_margin * rate
        ignored[here] = term.ignored
        open_yet &= ~here
    at = (lookup.brand_of_lot[lot], bought_in)
    kg = lookup.of_lots("kg").astype(float)[lot]
    return per_unit[at] + per_kg[at] * kg[:, None], risk[at], ignored[at]


def _selected(lookup: Lookup, term: CorridorTerm) -> Bools:
    """Whether a term selects each (brand, market bought in, market sold in)."""
    scenario = lookup.scenario
    brand = np.array([matches(row.brand, term.brands) for row in scenario.brands], dtype=bool)
    bought, sold = (
        np.array([matches(row.market, names) for row in scenario.markets], dtype=bool)
        for names in (term.from_markets, term.to_markets)
    )
    return np.asarray(brand[:, None, None] & bought[:, None] & sold)


def _landed(lookup: Lookup, market: Market, lot: Ints, price: Floats, freight: Floats) -> Floats:
    """Landed cost before import tax of units bought at `price`, PC."""
    cost = np.zeros(len(lot))
    row = _duty_rows(lookup, market)[lot]
    for number in np.unique(row).tolist():
        here = row == number
        terms = _border(lookup, market, lot[here], number)
        landed = landed_cost(price[here], freight[here], terms)
        cost[here] = landed.cost_before_tax(price[here], freight[here])
    return cost


def _duty_rows(lookup: Lookup, market: Market) -> Ints:
    """Position of every lot's duty row on day 0, -1 without one; later and narrower rows count."""

    def narrowness(item: tuple[int, Duty]) -> tuple[int, int]:
        duty = item[1]
        return max(map(len, duty.hs_prefixes), default=0), lookup.day(duty.valid_from, missing=-FAR)

    kinds, kind_of_lot = lookup.kinds("category", "hs_code")
    chosen = dict.fromkeys(kinds, -1)
    for number, duty in sorted(enumerate(lookup.scenario.duties), key=narrowness):
        if duty.market == market.market and _on_day_0(lookup, duty):
            for category, code in kinds:
                if category == duty.category and (
                    not duty.hs_prefixes or code.startswith(duty.hs_prefixes)
                ):
                    chosen[category, code] = number
    return np.array([chosen[kind] for kind in kinds], dtype=np.int64)[kind_of_lot]


def _on_day_0(lookup: Lookup, row: Duty | Levy) -> bool:
    first = lookup.day(row.valid_from, missing=-FAR)
    return first <= 0 <= lookup.day(row.valid_to, missing=FAR)


def _border(lookup: Lookup, market: Market, lot: Ints, number: int) -> BorderTerms:
    """What a market charges on lots whose duty row is `number`, without a certificate of origin."""
    scenario = lookup.scenario
    levy = dict.fromkeys(LevyBase, 0.0)
    for row in scenario.levies:
        if row.market == market.market and _on_day_0(lookup, row):
            levy[row.base] += row.rate
    shared = BorderTerms(
        customs_basis=market.customs_basis,
        insurance_rate=lookup.header.insurance_rate,
        levy_rate_fob=levy[LevyBase.FOB],
        levy_rate_cif=levy[LevyBase.CIF],
    )
    if number < 0:
        return shared
    duty, home = scenario.duties[number], lookup.header.currency
    pairs = lookup.of_lots("pairs").astype(float)[lot]
    counted = {
        SpecificUnit.KG: lookup.of_lots("kg").astype(float)[lot],
        SpecificUnit.PAIR: pairs,
        SpecificUnit.UNIT: np.ones(len(lot)),
    }[duty.specific_unit]
    against_dumping = duty.antidumping_amount * float(lookup.fx(duty.antidumping_currency or home))
    return replace(
        shared,
        kind=duty.kind,
        duty_rate=duty.rate,
        specific=duty.specific_amount * float(lookup.fx(duty.specific_currency or home)) * counted,
        antidumping=against_dumping * np.where(pairs > 0, pairs, 1.0),
        excise_rate=duty.excise_rate,
    )
