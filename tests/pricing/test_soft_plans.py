"""Whole plans under soft rules about one option: what they pay is told, charged and audited."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import PriceBasis, PriceBound, RuleMode
from planner.plan.record import Plan
from tests.exhibits import tiny_scenario
from tests.pricing.small import added, changed
from tests.solve.in_process import planned

FLOOR = 0.36
"""Share of tag: L1's full price at home is 0.3825 of it, its next rung 0.306."""


def strict() -> Scenario:
    """The tiny scenario with a floor that leaves L1 its full price, and a cap that binds abroad."""
    tiny = changed(tiny_scenario(), "brands", 0, floor_domestic=FLOOR, floor_export=0.0)
    cap = r.PriceRule(
        rule="cap",
        bound=PriceBound.CAP,
        basis=PriceBasis.TAG,
        value=0.27,
        categories=("dress",),
        markets=("SG",),
    )
    return added(tiny, "price_rules", cap)


@cache
def plan_at(mode: RuleMode, price: float) -> Plan:
    settings = (r.RuleSetting(rule=name, mode=mode, price=price) for name in ("floor", "price_cap"))
    return planned(added(strict(), "rule_settings", *settings), gap=1e-6)


PRICES = (0.0, 0.1, 0.5, 2.0, 1000.0)


@pytest.mark.parametrize("price", PRICES)
def test_a_plan_under_soft_rules_passes_the_audit_and_tells_every_breach(price: float) -> None:
    plan = plan_at(RuleMode.SOFT, price)
    assert plan.findings == ()
    table = plan.breaches
    lines = plan.lines.set_index("line")
    assert table["units"].tolist() == lines.loc[table["line"], "units"].tolist()
    assert table["cost"].to_numpy() == pytest.approx(
        (table["units"] * table["depth_per_unit"] * price).to_numpy()
    )
    tag = {lot.lot: lot.tag for lot in plan.scenario.lots}
    for said in table[table["rule"] == "floor"].to_dict("records"):
        line = lines.loc[said["line"]]
        assert said["subject"] == "Linden | CN-APP"
        assert said["depth_per_unit"] == pytest.approx(FLOOR * tag[line["lot"]] - line["price"])


def test_some_soft_plan_breaks_its_rules_and_a_dear_one_does_not() -> None:
    told = {price: set(plan_at(RuleMode.SOFT, price).breaches["rule"]) for price in PRICES}
    assert told[0.0] == {"floor", "price_cap"}
    assert told[0.1]
    assert told[1000.0] == set()


def test_a_dearer_breach_never_earns_more_and_lies_between_off_and_hard() -> None:
    values = [plan_at(RuleMode.OFF, 0.0).report.value]
    values += [plan_at(RuleMode.SOFT, price).report.value for price in PRICES]
    values += [plan_at(RuleMode.HARD, 0.0).report.value]
    slack = 2e-6 * values[0]
    assert all(more >= less - slack for more, less in pairwise(values))
    assert values[0] == pytest.approx(values[1], rel=2e-6)
    assert values[-2] == pytest.approx(values[-1], rel=2e-6)
    assert values[0] > values[-1] * 1.001
