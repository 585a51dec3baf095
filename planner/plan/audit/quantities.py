"""Quantities and money a scenario limits: table quantity_rules, multiples and least sizes of lines."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from planner.domain import records as r
from planner.domain.vocabulary import FeeModel, LimitBasis, Measure
from planner.plan.audit.facts import Facts, is_wholesale, selected
from planner.plan.audit.money import BORDER, DEPARTING, waterfall
from planner.plan.audit.options import Option
from planner.plan.audit.prices import age
from planner.plan.audit.usage import Book, Usage

FREIGHT = ("freight_domestic", "freight_international")
SHIPPED = (
    "freight_international",
    "handling_abroad",
    "picking",
    "storage_entry",
    "relabelling",
    "insurance",
)
TAKEN_OFF = (
    "sales_vat",
    "reseller_margin",
    "marketplace_fee",
    "payment_fee",
    "local_opex",
    "last_mile",
    "return_costs",
)
"""What never reaches the owner of what shoppers pay."""
PLAIN = (Measure.UNITS, Measure.CBM, Measure.KG)
RULE_OF = {
    Measure.UNITS: "quantity",
    Measure.CBM: "quantity",
    Measure.KG: "quantity",
    Measure.SHELF_VALUE: "quantity",
    Measure.EXPOSURE: "exposure",
    Measure.FREIGHT: "budget",
    Measure.BORDER: "budget",
    Measure.FREIGHT_AND_BORDER: "budget",
    Measure.CASH: "cash_target",
}


def chosen(facts: Facts, rule: r.QuantityRule, o: Option) -> bool:
    """Whether a rule selects the lot and the channel of an option."""
    return touches_lot(facts, rule, o.lot) and (
        selected(o.channel.channel, rule.channels)
        and selected(o.market.market, rule.markets)
        and selected(o.market.country, rule.countries)
        and selected(o.channel.fee_model.value, rule.fee_models)
    )


def touches_lot(facts: Facts, rule: r.QuantityRule, lot: r.Lot) -> bool:
    years = age(facts, lot)
    return (
        selected(lot.brand, rule.brands)
        and selected(lot.category, rule.categories)
        and selected(lot.season, rule.seasons)
        and selected(lot.lot, rule.lots)
        and selected(lot.style, rule.styles)
        and (rule.age_least is None or years >= rule.age_least)
        and (rule.age_most is None or years <= rule.age_most)
    )


def measured(facts: Facts, measure: Measure, o: Option) -> float:
    """What a unit of an option adds to a measure."""
    match measure:
        case Measure.UNITS:
            return 1.0
        case Measure.CBM:
            return o.lot.cbm
        case Measure.KG:
            return o.lot.kg
        case Measure.SHELF_VALUE:
            return o.price if is_wholesale(o.channel) else o.price * facts.fx(o.market.currency, 0)
        case Measure.EXPOSURE:
            return facts.unit_cost(o.lot)
        case Measure.FREIGHT:
            return _sum(waterfall(facts, o), FREIGHT)
        case Measure.BORDER:
            return _sum(waterfall(facts, o), BORDER)
        case Measure.FREIGHT_AND_BORDER:
            return _sum(waterfall(facts, o), (*FREIGHT, *BORDER))
        case _:
            return received(facts, o)


def received(facts: Facts, o: Option) -> float:
    """Cash a unit brings the owner; in a buy-out the price the platform pays."""
    if o.channel.fee_model is FeeModel.BUY_OUT:
        return o.channel.buy_out_share * facts.tag(o.lot) / (1 + facts.header.home_vat_rate)
    lines = waterfall(facts, o)
    return lines["consumer_paid"] + lines["return_recovery"] - _sum(lines, TAKEN_OFF)


def cash_period(facts: Facts, o: Option) -> int:
    """Period in which the cash of an option comes in."""
    if o.channel.fee_model is FeeModel.BUY_OUT:
        return facts.period_of(o.journey.ship_day)
    return facts.period_of(o.sale_day + o.channel.payment_days)


def flows(facts: Facts, o: Option) -> Iterator[tuple[int, float]]:
    """Period and amount of what the owner pays (positive) and receives (negative) for a unit."""
    lines = waterfall(facts, o)
    bought = o.channel.fee_model is FeeModel.BUY_OUT
    shipped = _sum(lines, DEPARTING) + (0.0 if bought else _sum(lines, SHIPPED))
    yield facts.period_of(o.journey.ship_day), shipped
    if not bought:
        yield facts.period_of(o.journey.arrival_day), _sum(lines, BORDER)
    yield cash_period(facts, o), -received(facts, o)


def _sum(lines: dict[str, float], names: Iterable[str]) -> float:
    return sum(lines[name] for name in names)


def unit_of_limit(facts: Facts, rule: r.QuantityRule) -> float:
    """What 1 in a rule's limits means: units of the lots selected, or PC for money."""
    if rule.basis is LimitBasis.SHARE_OF_LOTS:
        lots = [lot for lot in facts.lots.values() if touches_lot(facts, rule, lot)]
        return sum(facts.lots[name].units for name in {facts.source(lot.lot) for lot in lots})
    return 1.0 if rule.measure in PLAIN else facts.fx(rule.currency, 0)


def window(facts: Facts, rule: r.QuantityRule) -> range:
    return range(rule.from_period or 1, (rule.to_period or facts.periods) + 1)


def stretches(facts: Facts, rule: r.QuantityRule) -> list[tuple[int, range]]:
    """Each stretch of time a rule limits: period 0 and its window, or every period by itself."""
    if rule.each_period:
        return [(period, range(period, period + 1)) for period in window(facts, rule)]
    return [(0, window(facts, rule))]


def when(facts: Facts, rule: r.QuantityRule, o: Option) -> int:
    """Period in which an option counts."""
    return cash_period(facts, o) if rule.measure is Measure.CASH else o.line.sell_period


def limits(facts: Facts, rule: r.QuantityRule, name: str, period: int) -> Iterator[Usage]:
    """The least and the most of a rule, nothing used yet."""
    counted = rule.measure is Measure.UNITS and rule.basis is LimitBasis.ABSOLUTE
    one = unit_of_limit(facts, rule)
    unit = rule.measure.value if rule.measure in PLAIN else facts.header.currency
    noise = "" if counted else "="
    if rule.least is not None:
        yield Usage(name, rule.rule, period, unit, rule.least * one, ">" + noise)
    if rule.most is not None:
        yield Usage(name, rule.rule, period, unit, rule.most * one, "<" + noise)


def _absolute(facts: Facts, book: Book, name: str) -> Iterator[Usage]:
    """Usages of all rules of one name whose limits are no shares of the plan."""
    for rule in facts.scenario.quantity_rules:
        if RULE_OF.get(rule.measure) != name or rule.basis is LimitBasis.SHARE_OF_PLAN:
            continue
        counted = [
            (when(facts, rule, o), o.units * measured(facts, rule.measure, o), o.row)
            for o in book.options
            if chosen(facts, rule, o)
        ]
        for period, stretch in stretches(facts, rule):
            for usage in limits(facts, rule, name, period):
                for moment, amount, row in counted:
                    if moment in stretch:
                        usage.add(amount, row)
                yield usage


def quantity(facts: Facts, book: Book) -> Iterable[Usage]:
    """Units, volume, weight and shelf value."""
    return _absolute(facts, book, "quantity")


def exposure(facts: Facts, book: Book) -> Iterable[Usage]:
    """Unit cost of our goods in the markets selected."""
    return _absolute(facts, book, "exposure")


def budget(facts: Facts, book: Book) -> Iterable[Usage]:
    """Freight and border charges."""
    return _absolute(facts, book, "budget")


def cash_target(facts: Facts, book: Book) -> Iterable[Usage]:
    """Cash received in time."""
    return _absolute(facts, book, "cash_target")


def plan_share(facts: Facts, book: Book) -> Iterable[Usage]:
    """What is selected beyond its share of the whole plan."""
    for rule in facts.scenario.quantity_rules:
        if rule.basis is not LimitBasis.SHARE_OF_PLAN:
            continue
        counted = [
            (o, when(facts, rule, o), o.units * measured(facts, rule.measure, o))
            for o in book.options
        ]
        for period, stretch in stretches(facts, rule):
            for share, kind in ((rule.least, ">="), (rule.most, "<=")):
                if share is not None:
                    usage = Usage("plan_share", rule.rule, period, "above the share", 0, kind)
                    for o, moment, amount in counted:
                        if moment in stretch:
                            usage.add((chosen(facts, rule, o) - share) * amount, o.row)
                    yield usage


def working_capital(facts: Facts, book: Book) -> Iterable[Usage]:
    """Money out and not yet back at the end of every period."""
    for rule in facts.scenario.quantity_rules:
        if rule.measure is not Measure.WORKING_CAPITAL:
            continue
        moved = [
            (moment, o.units * amount, o.row)
            for o in book.options
            if chosen(facts, rule, o)
            for moment, amount in flows(facts, o)
        ]
        for period in window(facts, rule):
            for usage in limits(facts, rule, "working_capital", period):
                for moment, amount, row in moved:
                    if moment <= period:
                        usage.add(amount, row)
                yield usage


def multiple(facts: Facts, book: Book) -> Iterable[Usage]:
    """Units of a shipment line away from the nearest whole multiple."""
    for label, period, lot, units, row in shipments(book):
        if lot.multiple_units > 1:
            rest = units % lot.multiple_units
            away = min(rest, lot.multiple_units - rest)
            yield Usage("multiple", label, period, "units off the multiple", 0, "=", away, row)


def least_line(facts: Facts, book: Book) -> Iterable[Usage]:
    """Units of a shipment line above its least."""
    for label, period, lot, units, row in shipments(book):
        if lot.least_line_units:
            over = units - lot.least_line_units
            yield Usage("least_line", label, period, "units above the least", 0, ">", over, row)


def shipments(book: Book) -> Iterator[tuple[str, int, r.Lot, int, int]]:
    """Shipment lines not yet under way: label, ship period, lot, units and first row."""
    found: dict[tuple[str, str, int], list[Option]] = {}
    for o in book.options:
        if o.journey.frozen is None:
            found.setdefault((o.lot.lot, o.journey.name, o.line.ship_period), []).append(o)
    for (lot, route, period), options in found.items():
        units = sum(o.units for o in options)
        yield f"{lot} | {route}", period, options[0].lot, units, options[0].row


QUANTITY_RULES: tuple[Callable[[Facts, Book], Iterable[Usage]], ...] = (
    quantity,
    plan_share,
    exposure,
    budget,
    cash_target,
    working_capital,
    multiple,
    least_line,
)
"""Rules of quantities and money."""
