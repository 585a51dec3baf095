"""Plans made by hand, under rules that may be missed at a price."""

from __future__ import annotations

import pytest

from planner.domain import records as r
from planner.domain.vocabulary import LockKind, Mode, RuleMode
from planner.model.filling import violations
from planner.plan.baseline import BASELINES
from tests.solve.in_process import built
from tests.trade.lane import lane, leg, lot


@pytest.mark.parametrize("name", BASELINES)
@pytest.mark.parametrize("asked", [6, 9])
def test_a_soft_lock_is_served_as_far_as_goods_go_around(name: str, asked: int) -> None:
    """Shoppers take six; of nine locked, three are short."""
    lock = r.Lock(lock="mine", kind=LockKind.MIN_UNITS, units=asked)
    soft = r.RuleSetting(rule="lock", mode=RuleMode.SOFT, price=2.0)
    scenario = lane(
        [lot("A", 10)], [leg("SHIP", Mode.SEA_LCL)], demand=6.0,
        locks=(lock,), rule_settings=(soft,),
    )  # fmt: skip
    priced, program, columns = built(scenario)
    plan = BASELINES[name](priced, program, columns)
    assert plan is not None
    assert not violations(program, plan.amounts)
    assert plan.value == pytest.approx(60.0 - 2.0 * (asked - 6))


@pytest.mark.parametrize("name", BASELINES)
def test_half_a_plan_is_none(name: str) -> None:
    scenario = lane([lot("A", 10)], [leg("SHIP", Mode.SEA_LCL)], demand=6.0)
    assert BASELINES[name](*built(scenario), lambda: True) is None
    assert BASELINES[name](*built(scenario)) is not None
