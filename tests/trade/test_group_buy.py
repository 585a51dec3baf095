"""A group buy: the low price opens only when enough shoppers of an event join."""

from __future__ import annotations

import pytest

from planner.domain.scenario import Scenario
from planner.plan.record import Plan
from tests.trade.stall import best, set_row, sold, stall

LEFT = 30.0
"""What a unit held to the end brings."""


def group(units: int, least: int) -> Scenario:
    """A dress at 100 for 20 shoppers a week, or at 70 for the 60 of them who would join a group."""
    scenario = stall(
        {"D": (units, 100.0)},
        {"GROUP": (20.0,)},
        rungs=(("single", 1.0), ("group", 0.7)),
        left=LEFT,
    )
    scenario = set_row(scenario, "demand_points", 1, units=60.0)
    return set_row(scenario, "ladders", 1, least_units_per_event=least)


def by_trying(units: int, least: int) -> tuple[float, dict[str, int]]:
    """Every number of single and group units that the 20 or 60 shoppers take."""
    found: list[tuple[float, dict[str, int]]] = []
    for single in range(min(20, units) + 1):
        for joined in range(units - single + 1):
            if single / 20 + joined / 60 <= 1 + 1e-12 and (joined == 0 or joined >= least):
                value = single * 100.0 + joined * 70.0 + (units - single - joined) * LEFT
                found.append((value, {"single": single, "group": joined}))
    return max(found, key=lambda each: each[0])


@pytest.mark.parametrize("units", [30, 45, 60, 100])
@pytest.mark.parametrize("least", [0, 16, 40, 61])
def test_the_plan_is_the_best_of_all_groups(units: int, least: int) -> None:
    plan = best(group(units, least))
    value, right = by_trying(units, least)
    assert plan.report.value == pytest.approx(value)
    assert sold(plan, "rung") == {name: n for name, n in right.items() if n}


def test_what_a_least_group_changes() -> None:
    """Of 30 dresses 15 would join a group at 70; a group of 40 cannot be filled, so 10 stay."""
    assert sold(best(group(30, 0)), "rung") == {"group": 15, "single": 15}
    assert sold(best(group(30, 40)), "rung") == {"single": 20}
    assert sold(best(group(100, 40)), "rung") == {"group": 60}


def test_a_group_counts_in_its_own_event() -> None:
    """20 shoppers a week: two weeks of 20 are no group of 40."""
    scenario = stall(
        {"D": (40, 100.0)},
        {"GROUP": (20.0, 20.0)},
        rungs=(("group", 0.7),),
        left=LEFT,
    )
    value = {}
    for least in (20, 40):
        plan: Plan = best(set_row(scenario, "ladders", 0, least_units_per_event=least))
        value[least] = plan.report.value
    assert value == pytest.approx({20: 40 * 70.0, 40: 40 * LEFT})
