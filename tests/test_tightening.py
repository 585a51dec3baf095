"""Random small scenarios: a rule made stricter never raises the value, one taken away never lowers it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from math import inf

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.check import check
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import SETTABLE_RULES, RuleMode
from planner.model.program import Program
from planner.plan.audit.breaches import EASED
from planner.solve.branch_and_bound import solve_whole
from tests.random_rules import random_rules, without
from tests.solve.in_process import built
from tests.test_brute_force import SEEDS
from tests.tighter import tightened

EACH = 2
"""Scenarios tried for every rule."""
PRICE = 7.0
"""PC for each unit a soft rule is missed by."""
SHOWN_BY = {
    "demand_pool": 3,
    "style_share": 13,
    "leg_capacity": 23,
    "site_throughput": 45,
    "relabelling": 16,
    "channel_capacity": 20,
    "storage_capacity": 6,
    "quota": 27,
    "certificate": 13,
    "shipment_papers": 102,
    "exit_capacity": 2,
    "lock": 3,
    "box_limit": 15,
    "opening": 3,
    "least_if_opened": 3,
    "channels_per_style": 54,
    "styles_per_event": 122,
    "exclusive_group": 63,
    "group_buy": 33,
    "burst_dispatch": 6,
    "quantity": 74,
    "plan_share": 57,
    "exposure": 13,
    "budget": 199,
    "cash_target": 37,
    "working_capital": 122,
    "multiple": 124,
    "least_line": 5,
    "no_rise": 155,
    "one_price": 95,
    "no_touch": 123,
    "same_price": 272,
    "distinct_prices": 84,
    "corridor": 25,
    "floor": 4,
    "price_floor": 6,
    "price_cap": 80,
    "reseller_band": 24,
    "private_only": 37,
    "brand_consent": 70,
    "excluded_market": 49,
    "exclusive_channels": 2,
    "shelf_life": 260,
    "forbidden": 53,
    "forbidden_mode": 93,
}
"""Rules and the first seed whose scenario each of them holds back."""
SHOWN_ELSEWHERE = {"close_prices", "price_step", "markdown_count"}
"""Rules that hold none of the first 680 seeds back; tests/trade and tests/model show what they do."""
CENT = 0.01
Exact = tuple[float, float]
"""Value of the best plan and the bound proven for it, minus infinity without a plan."""


@cache
def hard(seed: int) -> Scenario:
    """The scenario of a seed with every rule hard: what a soft rule costs may hang on other rules."""
    return random_rules(seed).model_copy(update={"rule_settings": ()})


@cache
def program(seed: int) -> Program:
    return built(hard(seed))[1]


@cache
def exact_of(seed: int) -> Exact:
    return exact(program(seed))


def exact(task: Program) -> Exact:
    """What the best plan is worth."""
    found = solve_whole(task, np.arange(task.size[1]), 30.0, 0.0)
    if found.amounts is None:
        return -inf, -inf
    return float(task.value @ found.amounts), found.bound


def is_dearer(worse: Exact, better: Exact) -> bool:
    """Whether a scenario is worth less than another; it is never worth more than is proven."""
    assert worse[0] == -inf or worse[0] <= better[1] + 1e-6 * max(1.0, abs(worse[0]))
    return worse[0] < better[0] - CENT


def stricter(rule: str) -> Iterator[tuple[int, Scenario]]:
    """Seeds whose scenarios have a plan, and those scenarios with a rule one step stricter."""
    for seed in SEEDS:
        after = tightened(hard(seed), rule)
        if after != hard(seed) and not check(after) and exact_of(seed)[0] > -inf:
            yield seed, after


def spoken_of(rule: str) -> Iterator[tuple[int, Program]]:
    """Seeds whose scenarios a rule says something in, and their programs without it."""
    for seed in SEEDS:
        if rule in EASED and tightened(hard(seed), rule) != hard(seed):
            free = built(without(hard(seed), rule))[1]
            if free.options > program(seed).options:
                yield seed, free
        elif rule not in EASED and rule in program(seed).labels.rule:
            yield seed, built(without(hard(seed), rule))[1]


@pytest.mark.parametrize("rule", SETTABLE_RULES)
def test_a_stricter_rule_never_raises_the_value(rule: str) -> None:
    some = list(islice(stricter(rule), EACH))
    assert len(some) == EACH
    for seed, after in some:
        is_dearer(exact(built(after)[1]), exact_of(seed))


@pytest.mark.parametrize("rule", SETTABLE_RULES)
def test_a_rule_taken_away_or_charged_for_never_lowers_the_value(rule: str) -> None:
    some = list(islice(spoken_of(rule), EACH))
    assert len(some) == EACH
    for seed, free in some:
        soft, best = exact(built(charged(hard(seed), rule))[1]), exact(free)
        is_dearer(exact_of(seed), soft)
        is_dearer(soft, best)


def test_every_rule_is_shown_to_hold_something_back() -> None:
    assert set(SHOWN_BY) | SHOWN_ELSEWHERE == set(SETTABLE_RULES)


@pytest.mark.parametrize("rule", SHOWN_BY)
def test_a_rule_holds_a_scenario_back(rule: str) -> None:
    """Trying all plans of that scenario would show a planner that forgets the rule."""
    free = exact(built(without(hard(SHOWN_BY[rule]), rule))[1])
    assert -inf < exact_of(SHOWN_BY[rule])[0] and is_dearer(exact_of(SHOWN_BY[rule]), free)


def charged(scenario: Scenario, rule: str) -> Scenario:
    """The scenario with one rule soft."""
    row = r.RuleSetting(rule=rule, mode=RuleMode.SOFT, price=PRICE)
    return scenario.model_copy(update={"rule_settings": (row,)})
