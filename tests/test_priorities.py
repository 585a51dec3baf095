"""Goals in an order: each is best among the plans that keep the goals before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.domain import records as r
from planner.domain.arrays import Floats
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Goal, LockKind
from planner.errors import NoPlanError, OutOfTimeError
from planner.model.goals import aims_of
from planner.model.program import Program
from planner.pipeline import make_plan
from planner.plan.audit import audit
from planner.plan.record import GOAL_COLUMNS, Plan
from planner.report.folder import read_tables, write_tables
from planner.solve import priorities
from planner.solve.engine import solve, with_room
from planner.solve.priorities import Stage, in_order
from planner.solve.settings import Settings
from planner.solve.solution import Solution
from tests.by_another_solver import optimum
from tests.exhibits import tiny_scenario
from tests.random_scenarios import random_scenario
from tests.solve.in_process import built, quiet, solve_here
from tests.solve.small import Row, program

Asked = tuple[Goal, float]
EXACT = Settings(seconds=40.0, gap=1e-5)


@pytest.fixture(scope="module", autouse=True)
def in_one_process() -> Iterator[None]:
    """Hundreds of small solves, without a process for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planner.pipeline.run_solver", solve_here)
        yield


def asking(scenario: Scenario, *goals: Asked, **more: Any) -> Scenario:
    """The scenario with these goals and tolerances, in this order."""
    rows = tuple(
        r.Priority(order=k, goal=goal, tolerance=tolerance, **more)
        for k, (goal, tolerance) in enumerate(goals, start=1)
    )
    return scenario.model_copy(update={"priorities": rows})


@cache
def planned(*goals: Asked, **more: Any) -> Plan:
    """The tiny scenario's plan with these goals, which the audit finds nothing in."""
    plan = make_plan(asking(tiny_scenario(), *goals, **more), EXACT)
    assert plan.findings == ()
    return plan


def reached(plan: Plan, goal: Goal) -> float:
    """What a plan reaches of a goal, from its table of goals."""
    rows = plan.goals[plan.goals["goal"] == goal.value]
    return float(rows["reached"].iloc[-1])


def stages_of(scenario: Scenario) -> tuple[Program, Solution, tuple[Stage, ...]]:
    """The goals of a scenario, solved one after the other without a child process."""
    priced, task, columns = built(scenario)
    solution, stages = in_order(
        task,
        aims_of(priced, columns, task),
        lambda each, start: solve(each, 20.0, 1e-9, quiet, start),
        list,
    )
    return task, solution, stages


@pytest.fixture(scope="module")
def richest() -> Plan:
    return make_plan(tiny_scenario(), EXACT)


def test_without_priorities_there_are_no_goals(richest: Plan) -> None:
    assert richest.goals.empty and list(richest.goals) == GOAL_COLUMNS


def test_money_alone_as_the_only_goal_is_the_usual_plan(richest: Plan) -> None:
    plan = planned((Goal.RECOVERY, 0.0))
    assert plan.report.value == pytest.approx(richest.report.value, rel=2e-5)
    (row,) = plan.goals.to_dict("records")
    assert row["best"] == row["reached"] == row["kept"] == plan.report.value
    assert row["unit"] == "CNY" and row["bound"] == plan.report.bound


def test_a_goal_may_cost_money_but_no_more_than_its_tolerance_allows(richest: Plan) -> None:
    best = richest.report.value
    for tolerance in (0.005, 0.05):
        plan = planned((Goal.RECOVERY, tolerance), (Goal.CO2E, 0.0))
        assert (1 - tolerance) * best - 0.01 <= plan.report.value <= best + 0.01
    assert plan.goals["goal"].tolist() == ["recovery", "co2e", "recovery"]


def test_a_wider_tolerance_serves_the_next_goal_better(richest: Plan) -> None:
    """Freight to Singapore emits; the less money must be kept, the less is sent there."""
    emitted = [
        reached(planned((Goal.RECOVERY, t), (Goal.CO2E, 0.0)), Goal.CO2E)
        for t in (0.0, 0.0005, 0.05)
    ]
    assert emitted[0] > emitted[1] > emitted[2] == 0.0


def test_what_a_goal_leaves_open_is_decided_by_money(richest: Plan) -> None:
    """No emission: the best plan that sends nothing over the legs that emit."""
    plan = planned((Goal.CO2E, 0.0))
    emitting = [leg.leg for leg in tiny_scenario().legs if leg.co2e_kg_per_tonne > 0]
    routes = tuple(f"HZ-JX > JX-NGB > {leg}" for leg in emitting)
    ban = r.Lock(lock="nothing by sea that emits", kind=LockKind.BAN, routes=routes)
    banned = make_plan(tiny_scenario().model_copy(update={"locks": (ban,)}), EXACT)
    assert plan.report.value == pytest.approx(banned.report.value, rel=2e-5)
    assert plan.report.value < richest.report.value - 100


def test_few_markets_are_as_few_as_the_money_allows() -> None:
    """Home alone earns 92 % of the best plan, Singapore alone far less."""
    one = planned((Goal.RECOVERY, 0.1), (Goal.FEWEST_MARKETS, 0.0))
    assert set(one.lines["market"]) == {"CN"}
    both = planned((Goal.RECOVERY, 0.05), (Goal.FEWEST_MARKETS, 0.0))
    assert set(both.lines["market"]) == {"CN", "SG"}
    assert reached(one, Goal.FEWEST_MARKETS) == 1 and reached(both, Goal.FEWEST_MARKETS) == 2


def test_cash_is_counted_by_its_period() -> None:
    """Asked to have cash by the second period, the plan has more of it then than the richest."""
    plan = planned((Goal.CASH, 0.0), by_period=2)
    usual = planned((Goal.RECOVERY, 0.0), (Goal.CASH, 0.0), by_period=2)
    assert reached(plan, Goal.CASH) > reached(usual, Goal.CASH) + 1000
    assert plan.report.value < usual.report.value - 1000


def test_units_first_clears_what_money_would_leave() -> None:
    """Worth less than holding it, a unit is sold all the same when clearing comes first."""
    tiny = tiny_scenario()
    dear = tuple(row.model_copy(update={"value_share_of_cost": 0.9}) for row in tiny.exits[:1])
    held = tiny.model_copy(update={"exits": dear})
    usual = make_plan(held, EXACT)
    first = make_plan(asking(held, (Goal.CLEARED_UNITS, 0.0)), EXACT)
    assert first.lines["units"].sum() > usual.lines["units"].sum()
    assert first.report.value < usual.report.value
    assert first.findings == ()


@pytest.mark.parametrize("seed", range(8))
def test_every_turn_is_as_good_as_another_solver_makes_it(seed: int) -> None:
    """Lexicographic optima of random scenarios, by SciPy's solver row by row."""
    orders = (
        ((Goal.RECOVERY, 0.03), (Goal.CO2E, 0.1), (Goal.CLEARED_UNITS, 0.0)),
        ((Goal.CLEARED_UNITS, 0.1), (Goal.FEWEST_MARKETS, 0.0)),
        ((Goal.CASH, 0.05), (Goal.RECOVERY, 0.0)),
    )
    scenario = asking(random_scenario(seed, handful=True), *orders[seed % 3], by_period=1)
    try:
        task, solution, stages = stages_of(scenario)
    except NoPlanError:
        assert optimum(built(scenario)[1]) is None
        return
    for stage in stages:
        best = optimum(stage.aim.program(task))
        assert best is not None
        assert stage.aim.sign * stage.best == pytest.approx(best, rel=1e-6, abs=1e-4)
        assert stage.aim.sign * stage.bound >= best - 1e-4
        task = stage.aim.keeping(task, stage.kept)
    assert solution.value == stages[-1].best
    for stage in stages:
        short = stage.aim.sign * (stage.kept - stage.aim.of(solution.amounts))
        assert short <= 1e-6 * max(1.0, abs(stage.kept))


@pytest.mark.parametrize("goal", [Goal.CLEARED_UNITS, Goal.CASH, Goal.CO2E])
def test_with_a_little_money_beside_a_goal_its_bound_still_holds(
    goal: Goal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on large programs: the goal gives up a ten-thousandth at most, its bound nothing."""
    monkeypatch.setattr(priorities, "LARGE", 0)
    task, _, stages = stages_of(asking(tiny_scenario(), (goal, 0.0)))
    first = stages[0]
    best = optimum(first.aim.program(task))
    assert best is not None
    best *= first.aim.sign
    size = max(1.0, abs(best))
    assert abs(first.best - best) <= 1e-3 * size
    assert first.aim.sign * (first.bound - best) >= -1e-6 * size
    assert abs(first.bound - best) <= 1e-2 * size


def test_goals_are_kept_with_room_for_rounding_where_there_is_some() -> None:
    """Half of what a known plan keeps them better by, and no more than rounding may lose."""
    rows: list[Row] = [
        ("supply", {0: 1.0, 1: 1.0}, 1000.0, 1000.0),
        ("priority", {0: 1.0}, 800.0, np.inf),
        ("priority", {0: 1.0}, 899.0, np.inf),
        ("priority", {1: 1.0}, -np.inf, 100.0),
        ("lock", {0: 1.0}, 5.0, np.inf),
    ]
    task = program([1.0, 2.0], [1000.0, 1000.0], rows, options=2)
    roomy = with_room(task, np.array([900.0, 100.0]))
    assert roomy.row_lower[[1, 2, 4]].tolist() == pytest.approx([802.4, 899.5, 5.0])
    assert roomy.row_upper[[0, 3]].tolist() == [1000.0, 100.0]
    assert roomy.row_lower[3] == -np.inf and roomy.row_upper[1] == np.inf


def test_a_known_plan_is_never_lost() -> None:
    """Given a plan that keeps every rule the solver answers with it or with a better one."""
    task = built(tiny_scenario())[1]
    best = solve(task, 20.0, 1e-6, quiet)
    again = solve(task, 20.0, 0.5, quiet, best.amounts)
    assert again.value >= best.value - 1e-6
    assert again.bound >= best.value


def test_when_a_turn_comes_to_nothing_the_plan_before_it_is_kept() -> None:
    scenario = asking(tiny_scenario(), (Goal.RECOVERY, 0.05), (Goal.CO2E, 0.0))
    priced, task, columns = built(scenario)
    calls = 0

    def late(each: Program, start: Floats | None) -> Solution:
        nonlocal calls
        calls += 1
        if calls > 1:
            raise OutOfTimeError("The time allowed was used up before a plan was found.")
        return solve(each, 20.0, 1e-6, quiet)

    solution, stages = in_order(task, aims_of(priced, columns, task), late, list)
    usual = solve(task, 20.0, 1e-6, quiet)
    assert solution.value == pytest.approx(usual.value)
    assert not solution.reproducible
    assert [stage.best for stage in stages[::2]] == pytest.approx([usual.value] * 2)
    assert all(stage.bound >= 0 for stage in stages)


def test_a_plan_known_from_elsewhere_is_taken_where_it_is_better() -> None:
    scenario = asking(tiny_scenario(), (Goal.CLEARED_UNITS, 0.0))
    priced, task, columns = built(scenario)
    best = solve(task, 20.0, 1e-6, quiet)

    def poor(each: Program, start: Floats | None) -> Solution:
        found = solve(each, 20.0, 1e-6, quiet)
        nothing = np.zeros_like(found.amounts)
        return replace(found, amounts=nothing, value=0.0)

    solution, _ = in_order(task, aims_of(priced, columns, task), poor, lambda: [best.amounts])
    assert solution.value == pytest.approx(best.value)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("reached", 1.0, "the plan makes it"),
        ("kept", 0.0, "the tolerance leaves"),
        ("tolerance", 0.5, "the scenario says"),
        ("goal", "cash", "is not the goals"),
    ],
)
def test_the_audit_reads_the_goals_again(field: str, value: object, words: str) -> None:
    plan = planned((Goal.RECOVERY, 0.02), (Goal.CO2E, 0.0))
    goals = plan.goals.astype({field: type(value)}) if field != "goal" else plan.goals.copy()
    goals.loc[0, field] = value
    found = audit(plan.scenario, plan.tables | {"goals": goals}, plan.report.value)
    assert found and all(each.table == "goals" for each in found)
    assert any(words in each.problem for each in found)


def test_the_audit_finds_a_goal_that_was_given_up() -> None:
    """The richest plan does not keep what clearing first would ask for."""
    plan = planned((Goal.RECOVERY, 0.02), (Goal.CO2E, 0.0))
    usual = make_plan(tiny_scenario(), EXACT)
    goals = plan.goals.assign(reached=[usual.report.value, 2.0, usual.report.value])
    found = audit(plan.scenario, usual.tables | {"goals": goals}, usual.report.value)
    assert any("was to be kept" in each.problem for each in found)


def test_the_goals_come_back_from_a_folder(tmp_path: Path) -> None:
    plan = planned((Goal.RECOVERY, 0.02), (Goal.CO2E, 0.0))
    write_tables(plan, tmp_path)
    pd.testing.assert_frame_equal(read_tables(tmp_path)["goals"], plan.goals, check_dtype=False)
