"""Scenario -> findings: quantity, price and corridor rules, their settings and priorities."""

from __future__ import annotations

from collections import defaultdict

from planner.domain import records as r
from planner.domain.check.basics import (
    Findings,
    at,
    goods,
    keys,
    stock,
    touched_channels,
    touched_lots,
)
from planner.domain.scenario import Scenario
from planner.domain.selectors import matches
from planner.domain.settings import is_hard
from planner.domain.vocabulary import Goal, LimitBasis, Measure
from planner.language import english

SHARES = (LimitBasis.SHARE_OF_LOTS, LimitBasis.SHARE_OF_PLAN)


def quantity_rules(scenario: Scenario) -> Findings:
    for position, rule in enumerate(scenario.quantity_rules):
        shared = rule.basis in SHARES
        wanted = (
            (rule.least is None and rule.most is None, "most",
             english("The rule has neither least nor most."),
             english("Give one of them or take the rule out.")),
            (rule.basis is LimitBasis.SHARE_OF_LOTS and rule.measure is not Measure.UNITS, "basis",
             english("Lots are counted in units, the rule in {measure}.", measure=rule.measure),
             english("Measure units, or use share_of_plan.")),
            (rule.basis is LimitBasis.SHARE_OF_PLAN and rule.measure is Measure.WORKING_CAPITAL,
             "basis", english("Working capital of a period is no share of a plan."),
             english("Use absolute.")),
            (shared and (rule.least or 0) > 1, "least",
             english("{least} is above 1, the whole.", least=rule.least), english("Write 20 % as 0.2.")),
            (shared and (rule.most or 0) > 1, "most",
             english("{most} is above 1, the whole.", most=rule.most), english("Write 20 % as 0.2.")),
        )  # fmt: skip
        for fault, field, problem, remedy in wanted:
            if fault:
                yield at("quantity_rules", position, field, problem, remedy)


def quantity_in_reach(scenario: Scenario) -> Findings:
    """A hard least in units can be met by the lots it selects, as far as their stock goes."""
    everything = goods(scenario)
    for position, rule in enumerate(scenario.quantity_rules):
        counts_units = rule.measure is Measure.UNITS and rule.basis is LimitBasis.ABSOLUTE
        if not (counts_units and rule.least and is_hard(scenario, "quantity", rule.rule)):
            continue
        least = rule.least * (len(window(scenario, rule)) if rule.each_period else 1)
        units = stock(everything[k] for k in touched_lots(scenario, rule, everything))
        if least > units:
            problem = english(
                "At least {least:g} units are asked for; the lots selected hold {units}.",
                least=least,
                units=units,
            )
            remedy = english(
                "Use {units} or fewer, widen the lots, or make the rule soft.", units=units
            )
            yield at("quantity_rules", position, "least", problem, remedy)


def window(scenario: Scenario, rule: r.QuantityRule) -> range:
    """The periods a quantity rule counts."""
    return range(rule.from_period or 1, (rule.to_period or scenario.header.periods) + 1)


def price_paths(scenario: Scenario) -> Findings:
    for position, path in enumerate(scenario.price_paths):
        limits = (path.rungs_per_step_most, path.markdowns_most, path.distinct_prices_most)
        flags = (path.no_rise, path.one_price, path.same_price)
        dated = (path.no_touch_from, path.no_touch_to)
        if not any(flags) and all(value is None for value in (*limits, *dated)):
            problem = english("The rule asks for nothing.")
            remedy = english("Switch on what prices must keep to, such as no_rise.")
            yield at("price_paths", position, "rule", problem, remedy)
        if path.no_touch_from is None and path.no_touch_to is not None:
            problem = english("The window of unchanged prices has an end but no start.")
            yield at(
                "price_paths", position, "no_touch_from", problem, english("Give its first period.")
            )
        if path.distinct_prices_most == 0:
            problem = english("0 different prices sell nothing.")
            yield at(
                "price_paths", position, "distinct_prices_most", problem, english("Use 1 or more.")
            )


def one_ladder(scenario: Scenario) -> Findings:
    """Channels that sell at the same rung have the same rungs."""
    rungs = defaultdict(set)
    for row in scenario.ladders:
        rungs[row.ladder].add((row.rung, row.price_ratio))
    ladder = {channel.channel: channel.ladder for channel in scenario.channels}
    for position, path in enumerate(scenario.price_paths):
        tied = sorted(touched_channels(scenario, path)) if path.same_price else []
        for other in tied[1:]:
            if rungs[ladder[other]] != rungs[ladder[tied[0]]]:
                problem = english(
                    "The ladders of '{tied}' and '{other}' have different rungs.",
                    tied=tied[0],
                    other=other,
                )
                remedy = english("Name channels with one ladder.")
                yield at("price_paths", position, "same_price", problem, remedy)
                break


def corridors(scenario: Scenario) -> Findings:
    """A term speaks of at least one pair of different markets."""
    markets = keys(scenario, "markets", "market")
    for position, term in enumerate(scenario.corridors):
        bought = {name for name in markets if matches(name, term.from_markets)}
        sold = {name for name in markets if matches(name, term.to_markets)}
        if len(markets) > 1 and len(bought) == 1 and bought == sold:
            problem = english("Both sides of the term are '{bought}'.", bought=bought.pop())
            yield at("corridors", position, "to_markets", problem, english("Name another market."))


def priorities(scenario: Scenario) -> Findings:
    first: dict[Goal, int] = {}
    for position, row in enumerate(scenario.priorities):
        other = first.setdefault(row.goal, position)
        if other != position:
            problem = english(
                "The goal {goal} is already in row {other}.", goal=row.goal, other=other + 2
            )
            yield at("priorities", position, "goal", problem, english("Take one of them out."))
        if row.by_period is not None and row.goal is not Goal.CASH:
            problem = english("Only cash is counted by a period, not {goal}.", goal=row.goal)
            yield at("priorities", position, "by_period", problem, english("Leave it blank."))


ROW_CHECKS = (quantity_rules, price_paths, corridors, priorities)
WHOLE_CHECKS = (quantity_in_reach, one_ladder)
