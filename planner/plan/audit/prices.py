"""What a unit is offered for, and how many the shoppers take at that price."""

from __future__ import annotations

from math import floor

from planner.domain import records as r
from planner.plan.audit.facts import Facts, is_wholesale

TIE = 1e-9


def age(facts: Facts, lot: r.Lot) -> int:
    return max(0, facts.start.year - lot.vintage_year)


def quality(facts: Facts, lot: r.Lot) -> float:
    """What age, a broken size run and cut labels leave of the reference price."""
    factor = 1.0
    if facts.ages:
        years = age(facts, lot)
        factor = next((f for a, f in reversed(facts.ages) if a <= years), 1.0)
    if lot.made_by is not None:
        factor *= facts.exits[lot.made_by].price_factor
    return factor * (1 - facts.header.broken_size_discount * (1 - lot.size_curve))


def rounded(amount: float, decimals: int) -> tuple[float, ...]:
    """The amount rounded half away from zero; both neighbours when binary fractions hide a tie."""
    scaled = amount * 10**decimals
    whole = floor(scaled)
    part = scaled - whole
    up, down = (whole + 1) / 10**decimals, whole / 10**decimals
    if abs(part - 0.5) <= TIE + 1e-12 * scaled:
        return (up, down)
    return (up,) if part > 0.5 else (down,)


def ended(amount: float, step: float, ending: float) -> tuple[float, ...]:
    """The nearest whole multiple of the step plus the ending above 0; both neighbours at a tie."""
    scaled = (amount - ending) / step
    whole = floor(scaled)
    part = scaled - whole
    fewest = 0 if ending > 0 else 1
    down, up = (max(k, fewest) * step + ending for k in (whole, whole + 1))
    if abs(part - 0.5) <= TIE + 1e-12 * abs(scaled):
        return (up, down)
    return (up,) if part > 0.5 else (down,)


def written(facts: Facts, currency: str, amount: float) -> tuple[float, ...]:
    """A shelf price as its currency writes it: ending first, then decimals; ties give two."""
    moved: tuple[float, ...] = (amount,)
    for row in facts.scenario.currencies:
        if row.currency == currency and row.price_step > 0:
            moved = ended(amount, row.price_step, row.price_ending)
    decimals = facts.decimals.get(currency, 2)
    return tuple(dict.fromkeys(price for each in moved for price in rounded(each, decimals)))


def prices(facts: Facts, lot: r.Lot, channel: r.Channel, rung: r.LadderRung) -> tuple[float, ...]:
    """The shelf price in market currency, or the wholesale price in planning currency."""
    currency = facts.markets[channel.market].currency
    term = facts.terms[channel.channel, lot.category]
    known = facts.references.get((lot.lot, channel.channel))
    if is_wholesale(channel):
        if known is not None:
            reference = known.price * facts.fx(currency, 0)
        else:
            ratio = channel.wholesale_ratio * term.wholesale_multiplier
            reference = facts.tag(lot) * ratio * quality(facts, lot)
        return rounded(reference * rung.price_ratio, 2)
    if known is not None:
        reference = known.price
    else:
        in_market = facts.tag(lot) / facts.fx(currency, 0)
        reference = in_market * term.reference_price_ratio * quality(facts, lot)
    return written(facts, currency, reference * rung.price_ratio)


def price_basis(facts: Facts, channel: r.Channel, price: float) -> float:
    """The price in planning currency at day 0, as floors are judged."""
    if is_wholesale(channel):
        return price
    return price * facts.fx(facts.markets[channel.market].currency, 0)


def demand(
    facts: Facts, lot: r.Lot, channel: r.Channel, sell_period: int, rung: r.LadderRung
) -> float:
    """D(pool, w, rung): the units the shoppers of a pool take at one rung in one period."""
    pool = (channel.channel, lot.category, lot.season)
    point = facts.points.get((*pool, sell_period, rung.rung))
    if point is not None:
        return point.units
    base = facts.demand.get(pool)
    if base is None:
        return 0.0
    climate = facts.markets[channel.market].climate
    factor = facts.seasons.get((climate, lot.season, sell_period), 1.0)
    ratio = max(rung.price_ratio, channel.credibility_ratio)
    elasticity = facts.terms[channel.channel, lot.category].elasticity
    return base.units_per_period * factor * float(ratio**-elasticity)
