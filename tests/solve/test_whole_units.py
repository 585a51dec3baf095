"""Rounding: whole units, every rule kept exactly, little lost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.arrays import Floats, Ints
from planner.domain.vocabulary import Mode, RuleMode
from planner.errors import NoPlanError
from planner.model.filling import violations
from planner.model.program import Kind, Program
from planner.solve.engine import solve
from planner.solve.openings import choose_openings
from planner.solve.whole_units import finished, whole_plan
from tests.exhibits import full_scenario
from tests.random_scenarios import random_scenario
from tests.solve.in_process import built, relaxation
from tests.solve.small import program
from tests.trade.lane import lane, leg, lot

SEEDS = range(40)


def decided(task: Program, paid: Sequence[int] | Ints = ()) -> Floats:
    """One of each of these columns, nothing else."""
    chosen = np.zeros(task.size[1])
    chosen[np.asarray(paid, dtype=np.int64)] = 1.0
    return chosen


def test_rounding_breaks_no_rule_in_exact_arithmetic() -> None:
    """Locks may be out of reach of rounding; every other row holds to the last bit."""
    cut = 0
    for seed in SEEDS:
        _, task, _ = built(random_scenario(seed))
        try:
            relaxed = relaxation(task)
        except NoPlanError:
            continue
        columns, amounts = np.array(relaxed.master.columns), relaxed.answer.amounts
        choice = choose_openings(task, columns, amounts, time.monotonic() + 60.0)
        plan = whole_plan(task, columns, amounts, decided(task, choice.paid))
        counted = plan.amounts[task.whole]
        assert (counted == np.round(counted)).all()
        assert (plan.amounts <= task.most).all()
        broken = {task.labels.rule[row] for row in violations(task, plan.amounts)}
        assert broken <= {"lock"}, seed
        assert plan.value == pytest.approx(float(task.value @ plan.amounts))
        assert plan.value <= relaxed.answer.objective * (1 + 1e-9) + 1e-6
        cut += not np.allclose(amounts, np.round(amounts))
    assert cut > 20


@pytest.mark.parametrize(("price", "sold"), [(9.0, 10), (11.0, 8)])
def test_soft_cartons_are_filled_up_only_where_that_is_worth_it(price: float, sold: int) -> None:
    """Ten units in cartons of four: two more bring 10 each, and the line misses a carton by two."""
    setting = r.RuleSetting(rule="multiple", mode=RuleMode.SOFT, price=price)
    ship = leg("SHIP", Mode.SEA_LCL)
    scenario = lane([lot("A", 10, multiple_units=4)], [ship], rule_settings=(setting,))
    _, task, _ = built(scenario)
    found = solve(task, 20.0, 0.0, lambda _: None)
    assert found.amounts[: task.options].sum() == sold
    assert found.value == pytest.approx(max(100.0 - 2 * price, 80.0))


def test_unused_papers_are_not_paid_for() -> None:
    task = program(
        [5.0, 9.0, 0.0, -2.0, -2.0],
        [4.0, 4.0, 4.0, 1.0, 1.0],
        [
            ("supply", {0: 1.0, 1: 1.0, 2: 1.0}, 4.0, 4.0),
            ("quota", {0: 1.0, 1: 1.0}, -np.inf, 4.0),
            ("certificate", {0: 1.0, 3: -4.0}, -np.inf, 0.0),
            ("certificate", {1: 1.0, 4: -4.0}, -np.inf, 0.0),
        ],
        options=2,
    )
    paid = decided(task, [3, 4])
    plan = whole_plan(task, np.arange(5), np.array([0, 4.0, 0, 1, 1]), paid)
    assert plan.amounts.tolist() == [0, 4, 0, 0, 1]
    assert plan.value == 9 * 4 - 2


def test_a_lock_is_met_by_taking_units_from_dearer_uses() -> None:
    """The relaxation met the lock with 2.5 units where five at least are asked for."""
    task = program(
        [10.0, 1.0, 0.0],
        [8.0, 8.0, 8.0],
        [
            ("supply", {0: 1.0, 1: 1.0, 2: 1.0}, 8.0, 8.0),
            ("quota", {0: 1.0, 1: 1.0}, -np.inf, 8.0),
            ("lock", {1: 1.0}, 5.0, np.inf),
        ],
        options=2,
    )
    plan = whole_plan(task, np.arange(3), np.array([5.5, 2.5, 0]), decided(task))
    assert plan.amounts.tolist() == [3, 5, 0]
    assert violations(task, plan.amounts) == []


def test_the_lock_of_the_full_scenario_is_met() -> None:
    _, task, _ = built(full_scenario())
    plan = solve(task, 60.0, 0.01, lambda _: None)
    row = list(task.labels.rule).index("lock")
    assert (task.matrix @ plan.amounts)[row] >= task.row_lower[row] == 10
    assert violations(task, plan.amounts) == []


def test_an_overfull_row_is_shaved_by_its_cheapest_units() -> None:
    """A solver's tolerance may leave 3.0000009 units where 3 are allowed."""
    task = program(
        [10.0, 4.0, 0.0],
        [3.0, 3.0, 6.0],
        [
            ("supply", {0: 1.0, 1: 1.0, 2: 1.0}, 6.0, 6.0),
            ("leg_capacity", {0: 0.1, 1: 0.1}, -np.inf, 0.4999999),
        ],
        options=2,
    )
    plan = whole_plan(task, np.arange(3), np.array([3.0, 2.0, 1]), decided(task))
    assert plan.amounts.tolist() == [3, 1, 2]


def test_shortfalls_are_what_the_units_leave_missing() -> None:
    task = program(
        [3.0, 0.0, -7.0],
        [5.0, 5.0, 4.5],
        [
            ("supply", {0: 1.0, 1: 1.0}, 5.0, 5.0),
            ("must_clear", {0: 1.0, 2: 1.0}, 4.5, np.inf),
        ],
        options=1,
        shortfalls=1,
    )
    assert finished(task, np.array([2, 3, 0])).amounts.tolist() == [2, 3, 2.5]
    assert finished(task, np.array([2, 3, 0])).value == 3 * 2 - 7 * 2.5
    assert finished(task, np.array([5, 0, 0])).amounts.tolist() == [5, 0, 0]


@pytest.mark.parametrize(
    "rule", ["site_throughput", "channel_capacity", "relabelling", "demand_pool", "quota"]
)
def test_a_limit_in_whole_units_is_used_to_its_last_unit(rule: str) -> None:
    """A hub that passes 8400 units passes 8400, not 8399."""
    task = program(
        [58.0, 0.0],
        [9000.0, 9000.0],
        [("supply", {0: 1.0, 1: 1.0}, 9000.0, 9000.0), (rule, {0: 1.0}, -np.inf, 8400.0)],
        options=1,
    )
    plan = whole_plan(task, np.arange(2), np.array([8400.0, 600.0]), decided(task))
    assert plan.amounts.tolist() == [8400, 600]


@pytest.mark.parametrize(("stock", "sold", "open_"), [(60.0, 50, 1), (40.0, 0, 0)])
def test_what_is_let_through_at_all_is_at_least_so_much(
    stock: float, sold: int, open_: int
) -> None:
    """A channel asks for 50 units or none: 30 are filled up to it, or given to the exit."""
    task = program(
        [5.0, 9.0, 0.0],
        [stock, stock, 1.0],
        [
            ("supply", {0: 1.0, 1: 1.0}, stock, stock),
            ("group_buy", {0: 1.0, 2: -stock}, -np.inf, 0.0),
            ("group_buy", {0: 1.0, 2: -50.0}, 0.0, np.inf),
        ],
        options=1,
    )
    kind = task.kind.copy()
    kind[2] = Kind.SWITCH
    task = replace(task, kind=kind)
    plan = whole_plan(task, np.arange(3), np.array([30.0, 0.0, 1.0]), decided(task, [2]))
    assert plan.amounts.tolist() == [sold, stock - sold, open_]
    assert violations(task, plan.amounts) == []
