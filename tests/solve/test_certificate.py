"""The bound needs no trust in any solver: it holds for any prices and is summed exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog

from planner.model.program import Program
from planner.solve.certificate import certified_bound
from tests.random_scenarios import random_scenario
from tests.solve.in_process import built, relaxation
from tests.solve.small import program

SEEDS = (0, 3, 5, 11, 14, 20, 40, 44)


def optimum(task: Program) -> float:
    """The relaxation's optimum by another solver."""
    low, high = np.isfinite(task.row_lower), np.isfinite(task.row_upper)
    found = linprog(
        -task.value,
        A_ub=np.vstack([task.matrix.toarray()[high], -task.matrix.toarray()[low]]),
        b_ub=np.concatenate([task.row_upper[high], -task.row_lower[low]]),
        bounds=list(zip(np.zeros(task.size[1]), task.most, strict=True)),
    )
    assert found.status == 0 and found.fun is not None
    return -float(found.fun)


@pytest.mark.parametrize("seed", SEEDS)
def test_any_prices_whatever_give_a_bound(seed: int) -> None:
    _, task, _ = built(random_scenario(seed))
    best = optimum(task)
    dice = np.random.default_rng(seed)
    right = relaxation(task).answer.prices
    for prices in (
        np.zeros(task.size[0]),
        -right,
        right * dice.uniform(0.0, 3.0, task.size[0]),
        right + dice.normal(0.0, 1e-7, task.size[0]),
        *(dice.normal(0.0, 10.0**power, task.size[0]) for power in (-3, 0, 2, 9)),
    ):
        assert certified_bound(task, prices) >= best * (1 - 1e-9)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_right_prices_give_the_optimum_itself(seed: int) -> None:
    _, task, _ = built(random_scenario(seed))
    bound = certified_bound(task, relaxation(task).answer.prices)
    assert bound == pytest.approx(optimum(task), rel=1e-9)


def test_the_sum_is_exact_and_rounded_up() -> None:
    """Two columns at 0.1 and 0.7 a unit, a limit of 0.3 at a price of a third."""
    task = program(
        [0.1, 0.7],
        [3.0, 7.0],
        [("supply", {0: 0.1, 1: 0.2}, -np.inf, 0.3), ("lock", {0: 1.0}, 0.1, np.inf)],
        options=2,
    )
    prices = np.array([1 / 3, -0.013])
    third, lock = Fraction(1 / 3), Fraction(-0.013)
    exact = third * Fraction(0.3) + lock * Fraction(0.1)
    for value, use, most, locked in ((0.1, 0.1, 3, True), (0.7, 0.2, 7, False)):
        reduced = Fraction(value) - third * Fraction(use) - (lock if locked else 0)
        exact += max(Fraction(0), reduced) * most
    bound = certified_bound(task, prices)
    assert Fraction(bound) >= exact
    two_steps_down = np.nextafter(np.nextafter(bound, -np.inf), -np.inf)
    assert Fraction(float(two_steps_down)) < exact


def test_a_price_of_the_wrong_sign_is_of_no_use_and_does_no_harm() -> None:
    """An upper limit has no price below zero, a lower limit none above."""
    task = program(
        [5.0, 1.0],
        [4.0, 4.0],
        [("supply", {0: 1.0}, -np.inf, 3.0), ("lock", {1: 1.0}, 1.0, np.inf)],
        options=2,
    )
    assert certified_bound(task, np.array([-7.0, 9.0])) == pytest.approx(5 * 4 + 1 * 4)
    assert certified_bound(task, np.array([5.0, 0.0])) == pytest.approx(5 * 3 + 1 * 4)
