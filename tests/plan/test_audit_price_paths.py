"""A plan whose prices over time break a rule is found, and the finding says which and where."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import RuleMode
from planner.plan.audit import audit
from planner.plan.record import Plan
from tests.solve.in_process import planned
from tests.trade.test_price_paths import PERIODS, rungs, scenario


@cache
def rising() -> Plan:
    """More and more shoppers pay the full price: sells at 120 and 90, then 120, then 150."""
    return planned(scenario(), gap=0.0)


@cache
def falling() -> Plan:
    """The same in reverse: 150, then 120, then 120 and 90."""
    return planned(reversed_in_time(scenario()), gap=0.0)


def reversed_in_time(base: Scenario) -> Scenario:
    points = tuple(
        point.model_copy(update={"period": PERIODS + 1 - point.period})
        for point in base.demand_points
    )
    return base.model_copy(update={"demand_points": points})


def problems(asked: Scenario, plan: Plan) -> dict[str, list[str]]:
    """What is wrong with a plan by rule."""
    found: dict[str, list[str]] = {}
    for each in audit(asked, plan.tables, plan.report.value):
        found.setdefault(each.field, []).append(each.problem)
    return found


def test_the_plans_without_rules_sell_as_these_tests_assume() -> None:
    assert rungs(rising()) == [(1, "down-20"), (1, "down-40"), (2, "down-20"), (3, "full")]
    assert rungs(falling()) == [(1, "full"), (2, "down-20"), (3, "down-20"), (3, "down-40")]
    assert rising().ready and falling().ready


@pytest.mark.parametrize(
    ("rule", "right"),
    [
        ({"no_rise": True}, {"no_rise": ["in period 2 uses 1 rungs", "in period 3 uses 2 rungs"]}),
        ({"one_price": True}, {"one_price": ["in period 1 uses 2 prices"]}),
        ({"same_price": True}, {"same_price": ["in period 1 uses 2 prices"]}),
        ({"distinct_prices_most": 2}, {"distinct_prices": [" uses 3 prices, at most 2"]}),
        (
            {"no_touch_from": 2},
            {"one_price": ["in period 1"], "no_touch": ["in period 2 uses 1 rungs"]},
        ),
        ({"rungs_per_step_most": 0}, {"one_price": ["in period 1"]}),
    ],
    ids=str,
)
def test_a_broken_rule_of_prices_is_found(
    rule: dict[str, Any], right: dict[str, list[str]]
) -> None:
    found = problems(scenario(**rule), rising())
    assert found.keys() == right.keys()
    for name, said in right.items():
        assert all(a in b for a, b in zip(said, sorted(found[name]), strict=True)), found
        assert all(problem.startswith("S1 | SG") for problem in found[name])


@pytest.mark.parametrize(
    ("rule", "right"),
    [
        ({"no_rise": True}, {}),
        ({"rungs_per_step_most": 0}, {"one_price": 1, "price_step": 2}),
        ({"rungs_per_step_most": 1, "markdowns_most": 1}, {"one_price": 1, "markdown_count": 1}),
        ({"markdowns_most": 2}, {"one_price": 1}),
        ({"distinct_prices_most": 3}, {}),
    ],
    ids=str,
)
def test_falls_of_the_price_are_measured(rule: dict[str, Any], right: dict[str, int]) -> None:
    found = problems(reversed_in_time(scenario(**rule)), falling())
    assert {name: len(each) for name, each in found.items()} == right


def test_a_rule_that_is_switched_off_is_not_asked_for() -> None:
    asked = scenario(no_rise=True)
    off = r.RuleSetting(rule="no_rise", subject="S1 | SG", mode=RuleMode.OFF)
    assert not problems(asked.model_copy(update={"rule_settings": (off,)}), rising())
