"""The access and price rules under 'Offers': may this option exist at all?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil

from planner.domain import records as r
from planner.domain.vocabulary import FeeModel, LockKind, Owner, RuleEffect
from planner.plan.audit.bounds import floor, price_cap, price_floor, reseller_band
from planner.plan.audit.days import Fault
from planner.plan.audit.facts import Facts, matches, selected, within
from planner.plan.audit.options import Option, presold
from planner.plan.audit.prices import demand


def availability(facts: Facts, o: Option) -> Iterator[Fault]:
    """Ready in its lot's period, and after the lead days of the rules that touch it."""
    if o.journey.frozen is not None:
        return
    if o.line.ship_period < max(1, o.lot.available_period):
        yield "ship_period", f"is {o.line.ship_period}, free from {o.lot.available_period}."
    for rule in o.rules:
        if rule.effect is not RuleEffect.EXPORT_REFUND and rule.lead_days > o.journey.ship_day:
            day = o.journey.ship_day
            yield "ship_period", f"ships on day {day}, {rule.rule} takes {rule.lead_days} days."


def days(facts: Facts, o: Option) -> Iterator[Fault]:
    """Dates as the calendars give them, sold when the goods are there or, in a pre-sale, before."""
    trip, cells, sell = o.journey, o.line.cells, o.line.sell_period
    for field, right in (
        ("ship_date", trip.ship_date),
        ("arrival_date", trip.arrival_date),
        ("arrival_period", trip.arrival_period),
        ("sale_date", o.sale_date),
    ):
        if cells[field] != right:
            yield field, f"is {cells[field]}, the calendars give {right}."
    if presold(o.channel, trip):
        ship, ahead = o.line.ship_period, o.channel.presale_periods
        if not max(1, ship - ahead) <= sell < ship:
            yield "sell_period", f"is {sell}, a pre-sale is {ahead} periods or less before {ship}."
        if trip.arrival_period > facts.periods:
            yield "arrival_date", f"{trip.arrival_date} is after the last period."
        return
    if not trip.arrival_period <= sell <= facts.periods:
        yield "sell_period", f"is {sell}, outside {trip.arrival_period} to {facts.periods}."
    longest = facts.header.longest_wait_periods
    if longest is not None and sell - trip.arrival_period > longest:
        yield "sell_period", f"waits {sell - trip.arrival_period} periods, {longest} are allowed."


def quantities(facts: Facts, o: Option) -> Iterator[Fault]:
    """Cartons, weight and volume of the line, and the names repeated in it."""
    lot, cells = o.lot, o.line.cells
    cartons = ceil(o.units / max(1, lot.units_per_carton))
    if cells["cartons"] != cartons:
        yield "cartons", f"is {cells['cartons']}, {o.units} units fill {cartons}."
    for field, each in (("kg", lot.kg), ("cbm", lot.cbm)):
        if abs(cells[field] - each * o.units) > 1e-6 * max(1.0, each * o.units):
            yield field, f"is {cells[field]}, {o.units} units make {each * o.units:.6f}."
    for field, name in (("brand", lot.brand), ("market", o.market.market)):
        if cells[field] != name:
            yield field, f"is {cells[field]!r}, the records say {name!r}."


def compliance_hold(facts: Facts, o: Option) -> Iterator[Fault]:
    if o.lot.compliance_hold:
        yield "lot", f"{o.lot.lot} is held until compliance releases it."


def excluded_market(facts: Facts, o: Option) -> Iterator[Fault]:
    if matches(o.market.market, facts.brands[o.lot.brand].excluded_markets):
        yield "market", f"{o.market.market} is excluded for {o.lot.brand}."


def exclusive_channels(facts: Facts, o: Option) -> Iterator[Fault]:
    if not selected(o.channel.channel, facts.brands[o.lot.brand].exclusive_channels):
        yield "channel", f"{o.channel.channel} is none of {o.lot.brand}'s exclusive channels."


def channel_opening_dates(facts: Facts, o: Option) -> Iterator[Fault]:
    if not within(o.sale_date, o.channel.open_from, o.channel.open_to):
        yield "sale_date", f"{o.channel.channel} is closed on {o.sale_date}."


def private_only(facts: Facts, o: Option) -> Iterator[Fault]:
    if o.channel.private or facts.brands[o.lot.brand].public_listing:
        return
    for rule in _of(o, RuleEffect.PRIVATE_ONLY):
        yield "channel", f"{rule.rule} asks for a private channel, {o.channel.channel} is public."


def brand_consent(facts: Facts, o: Option) -> Iterator[Fault]:
    if matches(o.market.market, facts.brands[o.lot.brand].consented_markets):
        return
    for rule in _of(o, RuleEffect.BRAND_CONSENT):
        yield "market", f"{rule.rule} asks for {o.lot.brand}'s consent to {o.market.market}."


def forbidden(facts: Facts, o: Option) -> Iterator[Fault]:
    for rule in _of(o, RuleEffect.FORBID):
        yield "market", f"{rule.rule} forbids the goods on {o.journey.arrival_date}."


def forbidden_mode(facts: Facts, o: Option) -> Iterator[Fault]:
    for rule in _of(o, RuleEffect.FORBID_MODE):
        for move in o.journey.moves:
            if matches(move.leg.mode.value, rule.modes):
                yield "route", f"{rule.rule} forbids the mode {move.leg.mode} of {move.leg.leg}."


def shelf_life(facts: Facts, o: Option) -> Iterator[Fault]:
    if o.lot.expiry is None:
        return
    left = (o.lot.expiry - o.journey.arrival_date).days
    for rule in _of(o, RuleEffect.SHELF_LIFE):
        if left < rule.least_days:
            yield "arrival_date", f"{left} days of life left, {rule.rule} asks {rule.least_days}."


def buy_out_of_brand_stock_only(facts: Facts, o: Option) -> Iterator[Fault]:
    if o.channel.fee_model is FeeModel.BUY_OUT and o.lot.owner is Owner.PLATFORM:
        yield "channel", f"buys out {o.lot.lot}, which the platform already owns."


def price_lock(facts: Facts, o: Option) -> Iterator[Fault]:
    """Price locks leave only their rungs; bans remove what they select."""
    for lock in facts.scenario.locks:
        if lock.kind is LockKind.PRICE and selects(lock, o, with_rungs=False):
            if not selected(o.rung.rung, lock.rungs):
                yield "rung", f"lock {lock.lock} does not leave rung {o.rung.rung}."
        elif lock.kind is LockKind.BAN and selects(lock, o):
            yield "line", f"lock {lock.lock} bans this option."


def appetite(facts: Facts, o: Option) -> Iterator[Fault]:
    """Options without demand do not exist."""
    if demand(facts, o.lot, o.channel, o.line.sell_period, o.rung) <= 0:
        yield "sell_period", f"nobody buys at rung {o.rung.rung} in period {o.line.sell_period}."


def selects(lock: r.Lock, o: Option, *, with_rungs: bool = True) -> bool:
    """True when a lock touches an option."""
    return (
        selected(o.lot.brand, lock.brands)
        and selected(o.lot.category, lock.categories)
        and selected(o.lot.lot, lock.lots)
        and selected(o.market.market, lock.markets)
        and selected(o.channel.channel, lock.channels)
        and lock.ship_period in (None, o.line.ship_period)
        and lock.sell_period in (None, o.line.sell_period)
        and selected(o.journey.name, lock.routes)
        and (not with_rungs or selected(o.rung.rung, lock.rungs))
    )


def _of(o: Option, effect: RuleEffect) -> list[r.ComplianceRule]:
    return [rule for rule in o.rules if rule.effect is effect]


OFFER_RULES: tuple[Callable[[Facts, Option], Iterator[Fault]], ...] = (
    availability,
    days,
    quantities,
    floor,
    price_floor,
    price_cap,
    reseller_band,
    compliance_hold,
    excluded_market,
    exclusive_channels,
    channel_opening_dates,
    private_only,
    brand_consent,
    forbidden,
    forbidden_mode,
    shelf_life,
    buy_out_of_brand_stock_only,
    price_lock,
    appetite,
)
