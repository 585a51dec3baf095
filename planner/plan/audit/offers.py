"""The access and price rules under 'Offers': may this option exist at all?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import ceil

from planner.domain import records as r
from planner.domain.vocabulary import FeeModel, LockKind, Owner, RuleEffect
from planner.language import english
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
        yield (
            "ship_period",
            english(
                "is {value}, free from {available_period}.",
                value=o.line.ship_period,
                available_period=o.lot.available_period,
            ),
        )
    for rule in o.rules:
        if rule.effect is not RuleEffect.EXPORT_REFUND and rule.lead_days > o.journey.ship_day:
            day = o.journey.ship_day
            yield (
                "ship_period",
                english(
                    "ships on day {day}, {rule} takes {lead_days} days.",
                    day=day,
                    rule=rule.rule,
                    lead_days=rule.lead_days,
                ),
            )


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
            yield (
                field,
                english(
                    "is {written}, the calendars give {right}.", written=cells[field], right=right
                ),
            )
    if presold(o.channel, trip):
        ship, ahead = o.line.ship_period, o.channel.presale_periods
        if not max(1, ship - ahead) <= sell < ship:
            yield (
                "sell_period",
                english(
                    "is {value}, a pre-sale is {ahead} periods or less before {ship}.",
                    value=sell,
                    ahead=ahead,
                    ship=ship,
                ),
            )
        if trip.arrival_period > facts.periods:
            yield "arrival_date", english("{day} is after the last period.", day=trip.arrival_date)
        return
    if not trip.arrival_period <= sell <= facts.periods:
        yield (
            "sell_period",
            english(
                "is {value}, outside {first} to {last}.",
                value=sell,
                first=trip.arrival_period,
                last=facts.periods,
            ),
        )
    longest = facts.header.longest_wait_periods
    if longest is not None and sell - trip.arrival_period > longest:
        yield (
            "sell_period",
            english(
                "waits {waited} periods, {longest} are allowed.",
                waited=sell - trip.arrival_period,
                longest=longest,
            ),
        )


def quantities(facts: Facts, o: Option) -> Iterator[Fault]:
    """Cartons, weight and volume of the line, and the names repeated in it."""
    lot, cells = o.lot, o.line.cells
    cartons = ceil(o.units / max(1, lot.units_per_carton))
    if cells["cartons"] != cartons:
        yield (
            "cartons",
            english(
                "is {written}, {units} units fill {right}.",
                written=cells["cartons"],
                units=o.units,
                right=cartons,
            ),
        )
    for field, each in (("kg", lot.kg), ("cbm", lot.cbm)):
        if abs(cells[field] - each * o.units) > 1e-6 * max(1.0, each * o.units):
            yield (
                field,
                english(
                    "is {written}, {units} units make {right:.6f}.",
                    written=cells[field],
                    units=o.units,
                    right=each * o.units,
                ),
            )
    for field, name in (("brand", lot.brand), ("market", o.market.market)):
        if cells[field] != name:
            yield (
                field,
                english(
                    "is {written!r}, the records say {name!r}.", written=cells[field], name=name
                ),
            )


def compliance_hold(facts: Facts, o: Option) -> Iterator[Fault]:
    if o.lot.compliance_hold:
        yield "lot", english("{lot} is held until compliance releases it.", lot=o.lot.lot)


def excluded_market(facts: Facts, o: Option) -> Iterator[Fault]:
    if matches(o.market.market, facts.brands[o.lot.brand].excluded_markets):
        yield (
            "market",
            english("{market} is excluded for {brand}.", market=o.market.market, brand=o.lot.brand),
        )


def exclusive_channels(facts: Facts, o: Option) -> Iterator[Fault]:
    if not selected(o.channel.channel, facts.brands[o.lot.brand].exclusive_channels):
        yield (
            "channel",
            english(
                "{channel} is none of {brand}'s exclusive channels.",
                channel=o.channel.channel,
                brand=o.lot.brand,
            ),
        )


def channel_opening_dates(facts: Facts, o: Option) -> Iterator[Fault]:
    if not within(o.sale_date, o.channel.open_from, o.channel.open_to):
        yield (
            "sale_date",
            english("{channel} is closed on {day}.", channel=o.channel.channel, day=o.sale_date),
        )


def private_only(facts: Facts, o: Option) -> Iterator[Fault]:
    if o.channel.private or facts.brands[o.lot.brand].public_listing:
        return
    for rule in _of(o, RuleEffect.PRIVATE_ONLY):
        yield (
            "channel",
            english(
                "{rule} asks for a private channel, {channel} is public.",
                rule=rule.rule,
                channel=o.channel.channel,
            ),
        )


def brand_consent(facts: Facts, o: Option) -> Iterator[Fault]:
    if matches(o.market.market, facts.brands[o.lot.brand].consented_markets):
        return
    for rule in _of(o, RuleEffect.BRAND_CONSENT):
        yield (
            "market",
            english(
                "{rule} asks for {brand}'s consent to {market}.",
                rule=rule.rule,
                brand=o.lot.brand,
                market=o.market.market,
            ),
        )


def forbidden(facts: Facts, o: Option) -> Iterator[Fault]:
    for rule in _of(o, RuleEffect.FORBID):
        yield (
            "market",
            english(
                "{rule} forbids the goods on {day}.", rule=rule.rule, day=o.journey.arrival_date
            ),
        )


def forbidden_mode(facts: Facts, o: Option) -> Iterator[Fault]:
    for rule in _of(o, RuleEffect.FORBID_MODE):
        for move in o.journey.moves:
            if matches(move.leg.mode.value, rule.modes):
                yield (
                    "route",
                    english(
                        "{rule} forbids the mode {mode} of {leg}.",
                        rule=rule.rule,
                        mode=move.leg.mode,
                        leg=move.leg.leg,
                    ),
                )


def shelf_life(facts: Facts, o: Option) -> Iterator[Fault]:
    if o.lot.expiry is None:
        return
    left = (o.lot.expiry - o.journey.arrival_date).days
    for rule in _of(o, RuleEffect.SHELF_LIFE):
        if left < rule.least_days:
            yield (
                "arrival_date",
                english(
                    "{left} days of life left, {rule} asks {least_days}.",
                    left=left,
                    rule=rule.rule,
                    least_days=rule.least_days,
                ),
            )


def buy_out_of_brand_stock_only(facts: Facts, o: Option) -> Iterator[Fault]:
    if o.channel.fee_model is FeeModel.BUY_OUT and o.lot.owner is Owner.PLATFORM:
        yield "channel", english("buys out {lot}, which the platform already owns.", lot=o.lot.lot)


def price_lock(facts: Facts, o: Option) -> Iterator[Fault]:
    """Price locks leave only their rungs; bans remove what they select."""
    for lock in facts.scenario.locks:
        if lock.kind is LockKind.PRICE and selects(lock, o, with_rungs=False):
            if not selected(o.rung.rung, lock.rungs):
                yield (
                    "rung",
                    english(
                        "lock {lock} does not leave rung {rung}.", lock=lock.lock, rung=o.rung.rung
                    ),
                )
        elif lock.kind is LockKind.BAN and selects(lock, o):
            yield "line", english("lock {lock} bans this option.", lock=lock.lock)


def appetite(facts: Facts, o: Option) -> Iterator[Fault]:
    """Options without demand do not exist."""
    if demand(facts, o.lot, o.channel, o.line.sell_period, o.rung) <= 0:
        yield (
            "sell_period",
            english(
                "nobody buys at rung {rung} in period {period}.",
                rung=o.rung.rung,
                period=o.line.sell_period,
            ),
        )


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
