"""Trips left out because a twin beats them: no plan may be lost by it."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.check import check
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FixedPer, RuleEffect
from planner.landed_cost import options
from planner.model.build import build
from planner.model.program import Program
from planner.solve.branch_and_bound import solve_whole
from tests.exhibits import tiny_scenario


def one_sailing(rule: r.ComplianceRule) -> Scenario:
    """The tiny scenario with one ship to Singapore: boxes arrive on 18 January, LCL on the 19th."""
    tiny = tiny_scenario()
    legs = tuple(
        leg.model_copy(update={"open_to": date(2026, 1, 10)}) if leg.from_site == "NGB" else leg
        for leg in tiny.legs
    )
    scenario = tiny.model_copy(update={"rules": (rule,), "legs": legs})
    assert not check(scenario)
    return scenario


def until_boxes_arrive(**fields: Any) -> r.ComplianceRule:
    """A rule on Singapore that ends on the day the boxes arrive, a day before the loose goods."""
    return r.ComplianceRule(rule="old law", markets=("SG",), valid_to=date(2026, 1, 18), **fields)


def programs(scenario: Scenario, monkeypatch: pytest.MonkeyPatch) -> tuple[Program, Program]:
    """The program without beaten trips, and the one with every trip."""
    lookup = Lookup(scenario)
    pruned, _ = build(options.price_scenario(lookup))
    monkeypatch.setattr(options, "_without_beaten", lambda lookup, trips, rows: rows)
    full, _ = build(options.price_scenario(lookup))
    return pruned, full


def best(program: Program) -> float:
    exact = solve_whole(program, np.arange(program.size[1]), 10.0, 1e-9)
    assert exact.amounts is not None
    return float(program.value @ exact.amounts)


def test_without_such_a_law_beaten_trips_are_left_out_and_nothing_is_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    harmless = r.ComplianceRule(rule="none", markets=("SG",), effect=RuleEffect.REQUIRE)
    pruned, full = programs(one_sailing(harmless), monkeypatch)
    assert pruned.options < full.options
    assert best(pruned) == pytest.approx(best(full), abs=0.01)


@pytest.mark.parametrize(
    "rule",
    [
        pytest.param(until_boxes_arrive(effect=RuleEffect.QUOTA, quota_units=5), id="quota ends"),
        pytest.param(
            until_boxes_arrive(
                effect=RuleEffect.REQUIRE,
                fixed_cost=3000.0,
                fixed_currency="CNY",
                fixed_per=FixedPer.STYLE,
            ),
            id="certificate no longer needed",
        ),
        pytest.param(
            until_boxes_arrive(
                effect=RuleEffect.REQUIRE,
                fixed_cost=6000.0,
                fixed_currency="CNY",
                fixed_per=FixedPer.SHIPMENT,
            ),
            id="papers no longer needed",
        ),
        pytest.param(
            until_boxes_arrive(effect=RuleEffect.REQUIRE, uses_relabel_capacity=True),
            id="label no longer needed",
        ),
    ],
)
def test_a_law_that_ends_between_two_arrivals_costs_no_plan_its_way_out(
    rule: r.ComplianceRule, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The dearer trip escapes the law, so its cheaper twin does not beat it."""
    scenario = one_sailing(rule)
    if rule.uses_relabel_capacity:
        sites = tuple(
            site.model_copy(update={"relabel_units_per_day": 0.5})
            if site.relabel_units_per_day
            else site
            for site in scenario.sites
        )
        scenario = scenario.model_copy(update={"sites": sites})
    pruned, full = programs(scenario, monkeypatch)
    assert best(pruned) == pytest.approx(best(full), abs=0.01)


def test_a_trip_that_needs_no_storage_is_kept_beside_a_cheaper_one_that_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Boxes are ready on the last day of period 1, loose goods on the first of period 2.

    Both reach Singapore in period 1, but only the boxes' goods wait there for sale in period 2.
    """
    harmless = r.ComplianceRule(rule="none", markets=("SG",), effect=RuleEffect.REQUIRE)
    scenario = one_sailing(harmless)
    sites = tuple(
        site.model_copy(update={"storage_cbm": 0.02}) if site.site == "SIN" else site
        for site in scenario.sites
    )
    pruned, full = programs(scenario.model_copy(update={"sites": sites}), monkeypatch)
    assert best(pruned) == pytest.approx(best(full), abs=0.01)
