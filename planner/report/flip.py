"""A scenario, a lot and a market -> the smallest single change that brings the lot there.

Every number that touches the lot's options there is moved by itself, in its own unit: first as far as
the plan's marginal values say it must go, then to where a plan made again really uses it. What is
claimed has been solved. Changes are compared by the part of its value a number moves.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import floor, inf, log10, sqrt

import pandas as pd

from planner.domain.changes import TOP, WHOLE_ROW, Change, Plain, apply, key_of, plain_row, said
from planner.domain.check import check
from planner.domain.forms import MADE_BY
from planner.domain.lookup import Lookup
from planner.domain.records import Brand, Lot, Record
from planner.domain.scenario import Scenario
from planner.domain.selectors import matches
from planner.domain.vocabulary import LockKind, Region, RuleEffect
from planner.errors import NoPlanError
from planner.pipeline import make_plan
from planner.plan.record import Plan
from planner.report.explain import limit_prices, open_options_of, options_of
from planner.report.figures import NOTHING
from planner.solve.settings import Progress, Settings

UP_TO = 4.0
"""A number is raised to five times its value at most; it may fall to nothing."""
STEPS = 8
"""Halvings of an estimate: the move is known to one part in 256 of its range."""
PLANS = 24
"""Plans made again at most, unless the caller allows more or fewer."""
TRIED = 3
"""Numbers tried with plans made again, those with the least estimated move first."""
UNKNOWN = 0.1
"""The move tried first where marginal values cannot say how far a number must go."""
FIRST = 0.02
"""The least move tried with a plan."""
CLOSE = 0.25
"""A move is narrowed until the next smaller one tried is within this part of it."""


@dataclass(frozen=True)
class Flip:
    """One change that brings a lot to a market.

    size: part of its old value the number moves by (1 where a rule or lock is lifted); before and
    after: the lot's units there without and with the change; value_before, value_after: the plans'
    values, PC; verified: both plans were made and audited.
    """

    change: Change
    size: float
    before: int
    after: int
    value_before: float
    value_after: float
    verified: bool

    def __str__(self) -> str:
        return f"{self.change} ({self.before:,} -> {self.after:,} units)"


@dataclass(frozen=True)
class Knob:
    """One number that can be moved: its change for every size, and the greatest size."""

    name: str
    change: Callable[[float], Change]
    most: float
    least: float = 0.0


def flip(
    scenario: Scenario,
    lot: str,
    market: str,
    settings: Settings | None = None,
    *,
    channel: str | None = None,
    plan: Plan | None = None,
    plans: int = PLANS,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> Flip | None:
    """The smallest single change found that makes the plan sell the lot in the market or channel.

    None when the lot is sold there already, or when no single change tried brings it in. `plan` is
    the scenario's plan where it is at hand; `plans` the most that are made again. Raises what
    `make_plan` raises.
    """

    def solve(changed: Scenario) -> Plan:
        return make_plan(changed, settings, progress, cancel)

    base = plan or solve(scenario)
    search = _Search(base, lot, market, channel, solve, iter(range(plans)))
    return None if search.units(base) else search.smallest()


@dataclass(frozen=True)
class _Search:
    base: Plan
    lot: str
    market: str
    channel: str | None
    solve: Callable[[Scenario], Plan]
    plans_left: Iterator[int]

    def smallest(self) -> Flip | None:
        """Numbers in order of their estimated move; the least move that is proven by a plan."""
        estimated = sorted(self._estimates(), key=lambda found: found[0])
        best: Flip | None = None
        for tried, (size, knob) in enumerate(estimated):
            limit = inf if best is None else best.size
            if size >= limit or (tried >= TRIED and best is not None):
                break
            best = self._proven(knob, size, min(limit, knob.most)) or best
        return best

    def units(self, plan: Plan) -> int:
        """Units of the lot, in whatever form, that a plan sells there."""
        lines = plan.lines[plan.lines["market"] == self.market]
        if self.channel is not None:
            lines = lines[lines["channel"] == self.channel]
        own = (lines["lot"] == self.lot) | lines["lot"].str.startswith(f"{self.lot}{MADE_BY}")
        return int(lines["units"][own].sum())

    def _estimates(self) -> Iterator[tuple[float, Knob]]:
        """Each number with the least move after which an option there lacks nothing.

        A number that can never do it by itself at today's marginal values is left out, unless it is
        one that changes these: demand and limits.
        """
        here = self._there(options_of(self.base, self.lot, self.market))
        for knob in lifts(self.base.scenario, self.lot, here):
            size = knob.least if knob.least == knob.most else self._least_move(knob)
            if size is not None:
                yield size, knob
        open_ = here[here["closed_by"] == ""]
        if len(open_):
            for knob in roomier(self.base, open_.iloc[0]):
                yield UNKNOWN, knob
            for knob in numbers(self.base.scenario, self.lot, open_.iloc[0]):
                size = self._least_move(knob)
                if size is not None:
                    yield size, knob

    def _least_move(self, knob: Knob) -> float | None:
        """Bisection on prices alone; no plan is made. A plan without marginal values says nothing."""
        if not limit_prices(self.base):
            return UNKNOWN
        if not self._pays(knob.change(knob.most)):
            return None
        low, high = 0.0, knob.most
        for _ in range(STEPS):
            middle = (low + high) / 2
            low, high = (low, middle) if self._pays(knob.change(middle)) else (middle, high)
        return high

    def _pays(self, change: Change) -> bool:
        """Whether an open option there lacks nothing at the plan's marginal values."""
        changed = apply(self.base.scenario, [change])
        open_ = self._there(open_options_of(self.base, self.lot, self.market, changed))
        units = max(1, self._stock())
        return bool(((open_["short_per_unit"] + open_["to_open"] / units) <= NOTHING).any())

    def _there(self, table: pd.DataFrame) -> pd.DataFrame:
        """Options in the channel that is asked for."""
        return table if self.channel is None else table[table["channel"] == self.channel]

    def _stock(self) -> int:
        return next(row.units for row in self.base.scenario.lots if row.lot == self.lot)

    def _proven(self, knob: Knob, size: float, most: float) -> Flip | None:
        """From the estimate, or where that is not enough from the greatest move, back to the least
        one that a plan uses."""
        size = min(max(size, knob.least, FIRST), knob.most)
        found, failed = self._tried(knob, size), knob.least
        if found is None:
            found, failed = (self._tried(knob, most) if size < most else None), size
        while found is not None and found.size > max(failed * (1 + CLOSE), FIRST):
            middle = sqrt(failed * found.size) if failed else found.size / 2
            less = self._tried(knob, middle)
            found, failed = (found, middle) if less is None else (less, failed)
        return found

    def _tried(self, knob: Knob, size: float) -> Flip | None:
        """The flip when a plan with the change uses the lot there; None also when no more may be made."""
        if next(self.plans_left, None) is None:
            return None
        change = knob.change(size)
        changed = apply(self.base.scenario, [change])
        if check(changed):
            return None
        try:
            after = self.solve(changed)
        except NoPlanError:
            return None
        units = self.units(after)
        if not units:
            return None
        return Flip(
            change=change,
            size=size,
            before=0,
            after=units,
            value_before=self.base.report.value,
            value_after=after.report.value,
            verified=self.base.ready and after.ready,
        )


# --- what can be moved


@dataclass(frozen=True)
class Target:
    """A closed option: its lot (or form), market, channel and price in the market's currency."""

    lot: str
    market: str
    channel: str
    price: float


def lifts(scenario: Scenario, lot: str, options: pd.DataFrame) -> Iterator[Knob]:
    """Single changes that open the options that one rule alone closes, one for every rung."""
    lone = options[(options["closed_by"] != "") & ~options["closed_by"].str.contains(";")]
    seen: set[str] = set()
    for rule, name, market, channel, price in lone.drop_duplicates(
        ["closed_by", "channel", "rung"]
    )[["closed_by", "lot", "market", "channel", "price"]].itertuples(index=False, name=None):
        for knob in OPENERS.get(rule, _nothing)(
            scenario, lot, Target(name, market, channel, price)
        ):
            change = knob.change(knob.most)
            if str(change) not in seen:
                seen.add(str(change))
                yield knob


def _nothing(scenario: Scenario, lot: str, option: Target) -> Iterator[Knob]:
    yield from ()


def numbers(scenario: Scenario, lot: str, option: pd.Series) -> Iterator[Knob]:
    """Prices, costs, rates and taxes of an option."""
    legs = set(str(option["route"]).split(" > "))
    channel = next(row for row in scenario.channels if row.channel == option["channel"])
    own = next(row for row in scenario.lots if row.lot == lot.split(MADE_BY)[0])
    market = next(row for row in scenario.markets if row.market == channel.market)
    for leg in scenario.legs:
        if leg.leg in legs:
            for field in ("cost_per_cbm", "cost_per_kg", "cost_per_unit", "cost_per_box"):
                yield from _less("legs", leg, field)
    for box in scenario.leg_boxes:
        if box.leg in legs:
            yield from _less("leg_boxes", box, "cost_per_box")
    for field in ("commission_rate", "reseller_margin", "marketplace_fee_rate"):
        yield from _less("channels", channel, field)
    for term in scenario.channel_terms:
        if (term.channel, term.category) == (channel.channel, own.category):
            yield from _more("channel_terms", term, "reference_price_ratio")
            for field in ("last_mile_cost", "return_rate"):
                yield from _less("channel_terms", term, field)
    for duty in scenario.duties:
        if (duty.market, duty.category) == (market.market, own.category):
            yield from _less("duties", duty, "rate")
    for rate in scenario.exchange_rates:
        if rate.currency == market.currency != scenario.header.currency:
            yield from _more("exchange_rates", rate, "rate")


def roomier(plan: Plan, option: pd.Series) -> Iterator[Knob]:
    """Demand and limits of which an option needs more than is left."""
    scenario = plan.scenario
    legs = set(str(option["route"]).split(" > "))
    lots = {row.lot: row for row in scenario.lots}
    own = lots[str(option["lot"]).split(MADE_BY)[0]]
    for pool in scenario.demand:
        if (pool.channel, pool.category, pool.season) == (
            option["channel"], own.category, own.season
        ):  # fmt: skip
            yield from _more("demand", pool, "units_per_period")
    for leg in scenario.legs:
        if leg.leg in legs:
            for field in ("cbm_per_day", "kg_per_day", "boxes_per_period"):
                yield from _more("legs", leg, field)
    sites = {site for leg in scenario.legs if leg.leg in legs
             for site in (leg.from_site, leg.to_site)}  # fmt: skip
    for site in scenario.sites:
        if site.site in sites:
            for field in ("throughput_units_per_day", "relabel_units_per_day", "storage_cbm"):
                yield from _more("sites", site, field)
    for channel in scenario.channels:
        if channel.channel == option["channel"]:
            yield from _more("channels", channel, "units_per_day")
    for rule in scenario.rules:
        if rule.effect is RuleEffect.QUOTA and matches(str(option["market"]), rule.markets):
            yield from _more("rules", rule, "quota_units", whole=True)
    for lock in scenario.locks:
        if lock.kind in (LockKind.UNITS, LockKind.MIN_UNITS, LockKind.MAX_UNITS):
            yield _taken_out("locks", lock)


def _less(table: str, row: Record, field: str) -> Iterator[Knob]:
    yield from _moved(table, row, field, -1.0, 1.0)


def _more(table: str, row: Record, field: str, *, whole: bool = False) -> Iterator[Knob]:
    yield from _moved(table, row, field, 1.0, UP_TO, whole=whole)


def _moved(
    table: str, row: Record, field: str, sign: float, most: float, *, whole: bool = False
) -> Iterator[Knob]:
    """A number that is not 0, moved by a part of itself."""
    old = plain_row(row)[field]
    if not isinstance(old, int | float) or old <= 0:
        return
    held = float(old)

    def change(size: float) -> Change:
        new = tidy(held * (1 + sign * size), up=sign > 0)
        return Change(table, key_of(row), field, old, round(new) if whole else max(new, 0.0))

    yield Knob(f"{table} {' | '.join(key_of(row))} {field}", change, most)


def tidy(number: float, *, up: bool) -> float:
    """A number people can say: four digits, rounded in the direction of the change.

    >>> tidy(0.123456, up=True), tidy(123456.0, up=False)
    (0.1235, 123400.0)
    """
    if number == 0:
        return 0.0
    digits = 3 - floor(log10(abs(number)))
    step = 10.0**-digits
    whole = number / step
    rounded = -floor(-whole + 1e-9) if up else floor(whole + 1e-9)
    return float(f"{rounded * step:.12g}")


def _taken_out(table: str, row: Record) -> Knob:
    """A row as a whole, by its own name; it stands where it stood when it is put back."""
    change = Change(table, key_of(row), WHOLE_ROW, plain_row(row), None, TOP)
    return Knob(f"without {table} {' | '.join(key_of(row))}", lambda _: change, 1.0, 1.0)


def _set_to(table: str, row: Record, field: str, new: Plain, size: float = 1.0) -> Knob:
    """A field set to one value."""
    change = Change(table, key_of(row), field, plain_row(row)[field], new)
    return Knob(f"{table} {field} {said(new)}", lambda _: change, size, size)


def _lot_and_brand(scenario: Scenario, lot: str) -> tuple[Lot, Brand]:
    lookup = Lookup(scenario)
    own = lookup.scenario.lots[lookup.lot_at[lot]]
    return own, next(row for row in scenario.brands if row.brand == own.brand)


def _lower_floor(scenario: Scenario, lot: str, option: Target) -> Iterator[Knob]:
    """The brand's floor, down to the price of the option."""
    lookup = Lookup(scenario)
    at, number = lookup.lot_at[option.lot], lookup.channel_at[option.channel]
    own, channel = lookup.scenario.lots[at], lookup.scenario.channels[number]
    market = lookup.scenario.markets[lookup.market_at[channel.market]]
    brand = next(row for row in scenario.brands if row.brand == own.brand)
    field = "floor_domestic" if market.region == Region.DOMESTIC else "floor_export"
    old = float(getattr(brand, field))
    eased = (1 - brand.floor_relief_per_year) ** int(lookup.age_years[at]) * channel.floor_factor
    basis = float(option.price) * float(lookup.fx(market.currency))
    if old > 0 and eased > 0:
        new = tidy(basis / float(lookup.tag[at]) / eased, up=False)
        if new < old:
            yield _set_to("brands", brand, field, new, (old - new) / old)


def _release(scenario: Scenario, lot: str, option: Target) -> Iterator[Knob]:
    own = next(row for row in scenario.lots if row.lot == lot.split(MADE_BY)[0])
    yield _set_to("lots", own, "compliance_hold", False)


def _consent(scenario: Scenario, lot: str, option: Target) -> Iterator[Knob]:
    _, brand = _lot_and_brand(scenario, option.lot)
    held = (*brand.consented_markets, option.market)
    yield _set_to("brands", brand, "consented_markets", held)


def _let_in(scenario: Scenario, lot: str, option: Target) -> Iterator[Knob]:
    _, brand = _lot_and_brand(scenario, option.lot)
    market = option.market
    held = tuple(name for name in brand.excluded_markets if not matches(market, (name,)))
    yield _set_to("brands", brand, "excluded_markets", held)


def _admit(scenario: Scenario, lot: str, option: Target) -> Iterator[Knob]:
    _, brand = _lot_and_brand(scenario, option.lot)
    held = (*brand.exclusive_channels, option.channel)
    yield _set_to("brands", brand, "exclusive_channels", held)


def _show(scenario: Scenario, lot: str, option: Target) -> Iterator[Knob]:
    _, brand = _lot_and_brand(scenario, option.lot)
    yield _set_to("brands", brand, "public_listing", True)


def _unlock(scenario: Scenario, lot: str, option: Target) -> Iterator[Knob]:
    for lock in scenario.locks:
        if lock.kind in (LockKind.BAN, LockKind.PRICE):
            yield _taken_out("locks", lock)


def _without(*effects: RuleEffect) -> Callable[[Scenario, str, Target], Iterator[Knob]]:
    def opener(scenario: Scenario, lot: str, option: Target) -> Iterator[Knob]:
        for rule in scenario.rules:
            if rule.effect in effects and matches(option.market, rule.markets):
                yield _taken_out("rules", rule)

    return opener


def _ready_at_once(scenario: Scenario, lot: str, option: Target) -> Iterator[Knob]:
    """Fewer days of preparation."""
    for rule in scenario.rules:
        if rule.lead_days and matches(option.market, rule.markets):
            yield from _moved("rules", rule, "lead_days", -1.0, 1.0, whole=True)


def _open_longer(scenario: Scenario, lot: str, option: Target) -> Iterator[Knob]:
    for channel in scenario.channels:
        if channel.channel == option.channel:
            for field in ("open_from", "open_to"):
                if getattr(channel, field) is not None:
                    yield _set_to("channels", channel, field, None)


def _bound(kind: str) -> Callable[[Scenario, str, Target], Iterator[Knob]]:
    def opener(scenario: Scenario, lot: str, option: Target) -> Iterator[Knob]:
        for rule in scenario.price_rules:
            touched = matches(option.market, rule.markets) and matches(
                option.channel, rule.channels
            )
            if rule.bound.value == kind and touched:
                sign, most = (-1.0, 1.0) if kind == "floor" else (1.0, UP_TO)
                yield from _moved("price_rules", rule, "value", sign, most)

    return opener


OPENERS: dict[str, Callable[[Scenario, str, Target], Iterator[Knob]]] = {
    "floor": _lower_floor,
    "price_floor": _bound("floor"),
    "price_cap": _bound("cap"),
    "excluded_market": _let_in,
    "exclusive_channels": _admit,
    "private_only": _show,
    "brand_consent": _consent,
    "forbidden": _without(RuleEffect.FORBID),
    "forbidden_mode": _without(RuleEffect.FORBID_MODE),
    "shelf_life": _without(RuleEffect.SHELF_LIFE),
    "compliance_hold": _release,
    "lead_days": _ready_at_once,
    "channel_opening_dates": _open_longer,
    "price_lock": _unlock,
}
"""What opens an option that one rule closes."""
