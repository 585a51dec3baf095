"""A price against its bounds: how far it lies beyond them, and what it leaves the reseller."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from planner.domain import records as r
from planner.domain.vocabulary import FeeModel, MarginBasis, PriceBasis, PriceBound, Region
from planner.language import english
from planner.plan.audit.days import Fault
from planner.plan.audit.facts import Facts, selected
from planner.plan.audit.options import Option
from planner.plan.audit.prices import age, price_basis

ROOM = 1e-9
"""A price equal to its bound is allowed."""


def floor(facts: Facts, o: Option) -> Iterator[Fault]:
    """The price keeps the brand's floor, relieved by age and by the channel's factor."""
    gap = below_floor(facts, o)
    if gap > 0:
        yield (
            "price",
            english(
                "lies {gap:.4f} below the floor of {brand} at day 0.", gap=gap, brand=o.lot.brand
            ),
        )


def price_floor(facts: Facts, o: Option) -> Iterator[Fault]:
    """The price keeps every floor of the price rules."""
    gap = below_price_floor(facts, o)
    if gap > 0:
        yield (
            "price",
            english("lies {gap:.4f} below the highest floor of the price rules at day 0.", gap=gap),
        )


def price_cap(facts: Facts, o: Option) -> Iterator[Fault]:
    """The price keeps every cap of the price rules."""
    gap = above_price_cap(facts, o)
    if gap > 0:
        yield (
            "price",
            english("lies {gap:.4f} above the lowest cap of the price rules at day 0.", gap=gap),
        )


def below_floor(facts: Facts, o: Option) -> float:
    """Planning currency missing from the brand's floor."""
    brand = facts.brands[o.lot.brand]
    home = o.market.region is Region.DOMESTIC
    share = brand.floor_domestic if home else brand.floor_export
    relief = (1 - brand.floor_relief_per_year) ** age(facts, o.lot)
    least = share * relief * o.channel.floor_factor
    basis, tag = price_basis(facts, o.channel, o.price), facts.tag(o.lot)
    return least * tag - basis if basis / tag < least - ROOM else 0.0


def below_price_floor(facts: Facts, o: Option) -> float:
    """Planning currency missing from the highest floor of the price rules."""
    least = max(bounds(facts, o, PriceBound.FLOOR), default=0.0)
    basis = price_basis(facts, o.channel, o.price)
    return least - basis if basis < least * (1 - ROOM) else 0.0


def above_price_cap(facts: Facts, o: Option) -> float:
    """Planning currency above the lowest cap of the price rules."""
    basis = price_basis(facts, o.channel, o.price)
    most = min(bounds(facts, o, PriceBound.CAP), default=basis)
    return basis - most if basis > most * (1 + ROOM) else 0.0


GAPS: dict[str, Callable[[Facts, Option], float]] = {
    "floor": below_floor,
    "price_floor": below_price_floor,
    "price_cap": above_price_cap,
}
"""Rules whose breach is measured in planning currency per unit; others are broken or kept."""


def bounds(facts: Facts, o: Option, kind: PriceBound) -> Iterator[float]:
    """The floors or the caps of the price rules that touch an option, at its age and at day 0."""
    years = age(facts, o.lot)
    for rule in facts.scenario.price_rules:
        if rule.bound is kind and touches(rule, o, years):
            worth = {
                PriceBasis.ABSOLUTE: facts.fx(rule.currency, 0),
                PriceBasis.TAG: facts.tag(o.lot),
                PriceBasis.COST: facts.unit_cost(o.lot),
            }[rule.basis]
            yield rule.value * worth * (1 - rule.change_per_year) ** years


def touches(rule: r.PriceRule, o: Option, years: int) -> bool:
    """True when a price rule selects an option."""
    return (
        selected(o.lot.brand, rule.brands)
        and selected(o.lot.category, rule.categories)
        and selected(o.market.market, rule.markets)
        and selected(o.channel.channel, rule.channels)
        and (rule.age_least is None or years >= rule.age_least)
        and (rule.age_most is None or years <= rule.age_most)
    )


def reseller_band(facts: Facts, o: Option) -> Iterator[Fault]:
    """What a reseller is left of the price lies within the channel's band and is enough an order."""
    left = left_to_reseller(o)
    if left is None:
        return
    channel, share = o.channel, left / o.price
    if share < channel.reseller_margin_least - ROOM:
        yield (
            "rung",
            english(
                "leaves the reseller {share:.6f}, {least} is asked.",
                share=share,
                least=channel.reseller_margin_least,
            ),
        )
    if share > channel.reseller_margin_most + ROOM:
        yield (
            "rung",
            english(
                "leaves the reseller {share:.6f}, {most} is allowed.",
                share=share,
                most=channel.reseller_margin_most,
            ),
        )
    order = left * channel.units_per_order * facts.fx(o.market.currency, 0)
    least = channel.reseller_least_per_order * facts.fx(channel.currency, 0)
    if order < least * (1 - ROOM):
        yield (
            "rung",
            english(
                "leaves the reseller {order:.4f} an order, {least:.4f} is asked.",
                order=order,
                least=least,
            ),
        )


def left_to_reseller(o: Option) -> float | None:
    """The reseller's part of a unit sold and kept, in market currency; None without a reseller."""
    margin, price = o.reseller_margin, o.price
    if o.channel.fee_model in (FeeModel.COMMISSION, FeeModel.BUY_OUT):
        retail = o.channel.margin_basis is MarginBasis.RETAIL
        return price * margin if retail else price * margin / (1 + margin)
    if o.channel.fee_model is FeeModel.PURCHASE_SALE:
        return price / (1 + o.channel.reseller_vat_rate) * margin / (1 + margin)
    if o.channel.fee_model is FeeModel.REBATE:
        return price / (1 + o.market.vat_rate) * margin
    return None
