"""Scenario -> findings: locks that touch nothing, or that stock, rules or other locks contradict.

What can be seen before solving is said here, in the merchandiser's words; the rest the optimiser
finds out.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from planner.domain import records as r
from planner.domain.check.access import Access, rungs_of
from planner.domain.check.basics import Findings, at, goods, stock
from planner.domain.check.reach import (
    AT_LEAST,
    AT_MOST,
    Reach,
    can_meet,
    laws,
    reaches,
    unit_limits,
)
from planner.domain.check.rules import window
from planner.domain.scenario import Scenario
from planner.domain.selectors import matches
from planner.domain.settings import is_hard
from planner.domain.vocabulary import LockKind, RuleEffect
from planner.language import english

MOST_REASONS = 3
"""So many reasons are named in a finding; more would hide the first."""


def lock_rows(scenario: Scenario) -> Findings:
    for position, lock in enumerate(scenario.locks):
        if lock.kind in (*AT_LEAST, *AT_MOST) and lock.units is None:
            problem = english("A lock of kind {kind} has no units.", kind=lock.kind)
            yield at("locks", position, "units", problem, english("Give the units."))
        if lock.kind is LockKind.PRICE and not lock.rungs:
            problem = english("A price lock names no rung.")
            yield at("locks", position, "rungs", problem, english("Name the rungs still allowed."))


def agreement(scenario: Scenario) -> Findings:
    """Every lock against the goods there are, the rules and the other locks."""
    items = goods(scenario) if scenario.locks else ()
    locks = reaches(scenario, items)
    yield from selection(items, locks)
    yield from against_access(scenario, items, locks)
    yield from against_limits(scenario, items, locks)
    yield from against_locks(locks)
    yield from prices_in_common(scenario, locks)


def selection(items: Sequence[r.Lot], locks: Sequence[Reach]) -> Findings:
    """A lock touches a lot and a channel, and locks no more units than there are."""
    for reach in locks:
        units = stock(items[k] for k in reach.area.lots)
        asked = (reach.lock.units or 0) if reach.lock.kind in AT_LEAST else 0
        if not reach.area.lots:
            problem = english("The lock touches no lot.")
            remedy = english("Widen its brands, categories or lots.")
            yield at("locks", reach.position, "lots", problem, remedy)
        elif asked > units:
            problem = english(
                "{asked} units are locked; the lots hold {units}.", asked=asked, units=units
            )
            yield at(
                "locks",
                reach.position,
                "units",
                problem,
                english("Use {units} or fewer.", units=units),
            )
        if not reach.area.channels:
            problem = english("The lock touches no channel.")
            yield at(
                "locks",
                reach.position,
                "channels",
                problem,
                english("Widen its markets or channels."),
            )


def against_access(scenario: Scenario, items: Sequence[r.Lot], locks: Sequence[Reach]) -> Findings:
    """As many units as a lock asks for may be sold by at least one of its options."""
    access = Access(scenario, items, locks)
    for reach in locks:
        if not reach.at_least or reach.area.is_empty:
            continue
        obstacles: dict[str, None] = {}
        free = []
        for k in sorted(reach.area.lots):
            met = [access.obstacle(k, name, reach.lock) for name in sorted(reach.area.channels)]
            if "" in met:
                free.append(items[k])
            else:
                obstacles.update(dict.fromkeys(met))
        if stock(free) < reach.at_least <= stock(items[k] for k in reach.area.lots):
            why = "; ".join(list(obstacles)[:MOST_REASONS])
            problem = english(
                "{at_least} units are locked; only {free} may be sold: {why}.",
                at_least=reach.at_least,
                free=stock(free),
                why=why,
            )
            remedy = english("Lock fewer, or take out what forbids them.")
            yield at("locks", reach.position, "units", problem, remedy)


def against_limits(scenario: Scenario, items: Sequence[r.Lot], locks: Sequence[Reach]) -> Findings:
    """No lock asks for more units than a quota or a most of units, which covers it, allows."""
    quotas = [
        (rule, area)
        for rule, area in laws(scenario, items, RuleEffect.QUOTA)
        if is_hard(scenario, "quota", rule.rule)
    ]
    mosts = list(unit_limits(scenario, items))
    for reach in locks:
        limits = [
            *((f"quota '{rule.rule}'", rule.quota_units, area) for rule, area in quotas),
            *(
                (
                    english("quantity rule '{rule}'", rule=rule.rule),
                    _most(scenario, rule, reach.lock),
                    area,
                )
                for rule, area in mosts
            ),
        ]
        for name, most, area in limits:
            if most is not None and reach.at_least > most and area.covers(reach.area):
                problem = english(
                    "{at_least} units are locked; {name} allows {most:g} of them.",
                    at_least=reach.at_least,
                    name=name,
                    most=most,
                )
                remedy = english("Lock fewer, or raise the limit.")
                yield at("locks", reach.position, "units", problem, remedy)


def _most(scenario: Scenario, rule: r.QuantityRule, lock: r.Lock) -> float | None:
    """What a quantity rule allows in the sell periods of a lock; None where it counts only some."""
    periods = window(scenario, rule)
    if lock.sell_period is not None:
        return rule.most if lock.sell_period in periods else None
    if rule.most is None or len(periods) < scenario.header.periods:
        return None
    return rule.most * (len(periods) if rule.each_period else 1)


def against_locks(locks: Sequence[Reach]) -> Findings:
    """No lock asks for more units than another, which covers it, allows."""
    for low in locks:
        for high in locks:
            most = high.at_most
            if high is low or most is None or low.at_least <= most or low.area.is_empty:
                continue
            if high.covers(low):
                problem = english(
                    "{at_least} units are locked; lock '{lock}' allows {most}.",
                    at_least=low.at_least,
                    lock=high.lock.lock,
                    most=most,
                )
                remedy = english("Make the two agree, or take one out.")
                yield at("locks", low.position, "units", problem, remedy)


def prices_in_common(scenario: Scenario, locks: Sequence[Reach]) -> Findings:
    """Price locks leave a rung: each in one of its channels, any two in those they share."""
    rungs = rungs_of(scenario)
    prices = [reach for reach in locks if reach.lock.kind is LockKind.PRICE and reach.lock.rungs]
    left = {
        (reach.position, channel): {n for n in rungs[channel] if matches(n, reach.lock.rungs)}
        for reach in prices
        for channel in reach.area.channels
    }
    for reach in prices:
        channels = reach.area.channels
        if channels and not any(left[reach.position, channel] for channel in channels):
            problem = english("No channel it touches has such a rung.")
            remedy = english("Name rungs of the ladders of its channels.")
            yield at("locks", reach.position, "rungs", problem, remedy)
    for one, other in combinations(prices, 2):
        if not one.area.lots & other.area.lots or not can_meet(one.lock, other.lock):
            continue
        for channel in sorted(one.area.channels & other.area.channels):
            first, second = left[one.position, channel], left[other.position, channel]
            if first and second and not first & second:
                name = one.lock.lock
                problem = english(
                    "Lock '{name}' allows other rungs; none is left in '{channel}'.",
                    name=name,
                    channel=channel,
                )
                remedy = english("Name a rung both allow, or narrow one of them.")
                yield at("locks", other.position, "rungs", problem, remedy)
                break


ROW_CHECKS = (lock_rows,)
WHOLE_CHECKS = (agreement,)
