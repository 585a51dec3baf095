"""Locks and limits -> the goods and channels each touches, and which of them covers which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from planner.domain import records as r
from planner.domain.check.basics import touched_channels, touched_lots
from planner.domain.scenario import Scenario
from planner.domain.selectors import matches
from planner.domain.settings import is_hard
from planner.domain.vocabulary import LimitBasis, LockKind, Measure, RuleEffect

AT_LEAST = (LockKind.UNITS, LockKind.MIN_UNITS)
AT_MOST = (LockKind.UNITS, LockKind.MAX_UNITS)


@dataclass(frozen=True)
class Area:
    """The goods, by position, and the channels that a lock or a limit touches."""

    lots: frozenset[int]
    channels: frozenset[str]

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be sold in it."""
        return not self.lots or not self.channels

    def covers(self, other: Area) -> bool:
        """Whether it holds all goods and channels of another."""
        return other.lots <= self.lots and other.channels <= self.channels

    def holds(self, lot: int, channel: str) -> bool:
        """Whether some goods in a channel are in it."""
        return lot in self.lots and channel in self.channels


@dataclass(frozen=True)
class Reach:
    """A lock, its place in the table and what it touches."""

    position: int
    lock: r.Lock
    area: Area
    hard: bool

    @property
    def at_least(self) -> int:
        """Units its options must sell."""
        return (self.lock.units or 0) if self.hard and self.lock.kind in AT_LEAST else 0

    @property
    def at_most(self) -> int | None:
        """Units its options may sell; None = no limit."""
        return self.lock.units if self.hard and self.lock.kind in AT_MOST else None

    def covers(self, other: Reach) -> bool:
        """Whether it touches every option the other lock touches."""
        return (
            self.area.covers(other.area)
            and covers_times(self.lock, other.lock)
            and covers_names(self.lock.rungs, other.lock.rungs)
        )


def reaches(scenario: Scenario, items: Sequence[r.Lot]) -> list[Reach]:
    """What every lock touches among some goods."""
    return [
        Reach(position, lock, area_of(scenario, lock, items), is_hard(scenario, "lock", lock.lock))
        for position, lock in enumerate(scenario.locks)
    ]


def area_of(
    scenario: Scenario, row: r.Lock | r.QuantityRule | r.ComplianceRule, items: Sequence[r.Lot]
) -> Area:
    """What the selectors of a row select among some goods."""
    lots, channels = touched_lots(scenario, row, items), touched_channels(scenario, row)
    return Area(lots, frozenset(channels))


def laws(
    scenario: Scenario, items: Sequence[r.Lot], effect: RuleEffect
) -> Iterator[tuple[r.ComplianceRule, Area]]:
    """Every compliance rule of an effect that holds whenever goods may arrive, and its area."""
    last = scenario.last_day
    first = min([scenario.header.start_date, *(s.ship_date for s in scenario.frozen_shipments)])
    for rule in scenario.rules:
        if rule.effect is effect and (
            (rule.valid_from or first) <= first and last <= (rule.valid_to or last)
        ):
            area = area_of(scenario, rule, items)
            touched = frozenset(k for k in area.lots if not _exempt(rule, items[k]))
            yield rule, Area(touched, area.channels)


def _exempt(rule: r.ComplianceRule, lot: r.Lot) -> bool:
    """Whether a rule passes a lot by for what it is or how it is labelled."""
    labelled = rule.unless_labelled in lot.labels and lot.origin_label and lot.fibre_label
    harmless = rule.dangerous_goods_only and not lot.dangerous_goods
    return harmless or (bool(rule.unless_labelled) and labelled)


def unit_limits(
    scenario: Scenario, items: Sequence[r.Lot]
) -> Iterator[tuple[r.QuantityRule, Area]]:
    """Every hard quantity rule that says how many units at most, and its area."""
    for rule in scenario.quantity_rules:
        counts_units = rule.measure is Measure.UNITS and rule.basis is LimitBasis.ABSOLUTE
        if counts_units and rule.most is not None and is_hard(scenario, "quantity", rule.rule):
            yield rule, area_of(scenario, rule, items)


def covers_times(wide: r.Lock, narrow: r.Lock) -> bool:
    """Whether one lock holds in all periods and on all routes of another."""
    return (
        wide.ship_period in (None, narrow.ship_period)
        and wide.sell_period in (None, narrow.sell_period)
        and covers_names(wide.routes, narrow.routes)
    )


def covers_names(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    """Whether selectors select everything others do; a prefix is selected as a name is."""
    return not wide or (bool(narrow) and all(matches(name, wide) for name in narrow))


def can_meet(one: r.Lock, other: r.Lock) -> bool:
    """Whether two locks can touch the same trip and sale."""
    return (
        (None in (one.ship_period, other.ship_period) or one.ship_period == other.ship_period)
        and (None in (one.sell_period, other.sell_period) or one.sell_period == other.sell_period)
        and (
            not one.routes
            or not other.routes
            or any(matches(a, [b]) or matches(b, [a]) for a in one.routes for b in other.routes)
        )
    )
