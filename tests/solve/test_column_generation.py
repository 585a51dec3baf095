"""Showing the solver a few options at a time ends at the same optimum as showing all."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from planner.domain.arrays import Bools
from planner.io import load_scenario
from planner.model.program import Program
from planner.solve import column_generation, sweep
from planner.solve.certificate import certified_bound
from tests.exhibits import full_scenario
from tests.random_scenarios import random_scenario
from tests.solve.in_process import built, relaxation

QUICKSTART = Path(__file__).parents[2] / "scenarios" / "quickstart"


def few_at_a_time(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setattr(column_generation, "SMALL", 0)
    monkeypatch.setattr(sweep, "PER_ROUND", columns)


@pytest.mark.parametrize("seed", [0, 3, 5, 8, 11, 14, 40, 44])
def test_few_columns_at_a_time_reach_the_optimum(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, task, _ = built(random_scenario(seed))
    whole = relaxation(task)
    few_at_a_time(monkeypatch, 7)
    monkeypatch.setattr(column_generation, "ENOUGH", 0.0)
    found = relaxation(task)
    assert len(found.master.columns) < task.size[1]
    assert found.answer.objective == pytest.approx(whole.answer.objective, rel=1e-7)
    assert certified_bound(task, found.bounding) == pytest.approx(
        certified_bound(task, whole.bounding), rel=1e-6
    )


def test_an_early_end_still_gives_a_bound_close_by(monkeypatch: pytest.MonkeyPatch) -> None:
    _, task, _ = built(load_scenario(QUICKSTART))
    best = relaxation(task).answer.objective
    few_at_a_time(monkeypatch, 200)
    found = relaxation(task)
    assert len(found.master.columns) < 0.8 * task.size[1]
    bound = certified_bound(task, found.bounding)
    assert best * (1 - 1e-9) <= bound <= best * (1 + 2 * column_generation.ENOUGH)
    assert found.answer.objective <= best * (1 + 1e-9)


def test_the_bound_holds_after_every_round(monkeypatch: pytest.MonkeyPatch) -> None:
    _, task, _ = built(load_scenario(QUICKSTART))
    best = relaxation(task).answer.objective
    few_at_a_time(monkeypatch, 100)
    rounds: list[tuple[float, float]] = []
    column_generation.solve_relaxation(
        task, time.monotonic() + 60.0, lambda value, bound: rounds.append((value, bound))
    )
    assert len(rounds) > 3
    assert all(value <= best * (1 + 1e-9) <= bound * (1 + 2e-9) for value, bound in rounds)
    values = [value for value, _ in rounds]
    assert values == sorted(values)


def test_a_deadline_already_past_gives_a_bound_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, task, _ = built(load_scenario(QUICKSTART))
    best = relaxation(task).answer.objective
    few_at_a_time(monkeypatch, 50)
    late = column_generation.solve_relaxation(task, 0.0, lambda value, bound: None)
    assert late.answer.objective < best * 0.999
    assert certified_bound(task, late.bounding) >= best * (1 - 1e-9)


def test_locks_are_met_from_the_first_round(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns a lock needs are let in although their money is poor."""
    _, task, _ = built(full_scenario())
    best = relaxation(task).answer.objective
    few_at_a_time(monkeypatch, 5)
    monkeypatch.setattr(column_generation, "ENOUGH", 0.0)
    assert relaxation(task).answer.objective == pytest.approx(best, rel=1e-7)


def test_every_option_draws_on_the_pool_it_is_priced_in() -> None:
    _, task, _ = built(random_scenario(3))
    rows = sweep.row_of_each_column(task, "demand_pool")[: task.options]
    assert {task.labels.rule[row] for row in rows.tolist()} == {"demand_pool"}
    assert all(task_has(task, row, k) for k, row in enumerate(rows.tolist()))


def task_has(task: Program, row: int, column: int) -> bool:
    start, end = task.matrix.indptr[column], task.matrix.indptr[column + 1]
    return row in task.matrix.indices[start:end]


@pytest.mark.parametrize("seed", [0, 5, 11, 40])
def test_programs_approached_first_reach_the_optimum(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, task, _ = built(random_scenario(seed))
    whole = relaxation(task)
    few_at_a_time(monkeypatch, 7)
    monkeypatch.setattr(column_generation, "LARGE", 0)
    monkeypatch.setattr(column_generation, "ENOUGH", 0.0)
    rounds: list[tuple[float, float]] = []
    found = column_generation.solve_relaxation(
        task, time.monotonic() + 60.0, lambda value, bound: rounds.append((value, bound))
    )
    best = whole.answer.objective
    assert found.answer.objective == pytest.approx(best, rel=1e-7)
    assert len(found.master.columns) < task.size[1]
    assert all(bound >= best - 1e-7 * abs(best) for _, bound in rounds)
    bounds = [bound for _, bound in rounds]
    assert bounds == sorted(bounds, reverse=True)
    assert certified_bound(task, found.bounding) == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_stock_is_no_dearer_than_bounds_its_columns_cheapest(seed: int) -> None:
    """By trying every price: units at the price, and every column beyond it as far as it goes."""
    draw = np.random.default_rng(seed)
    units = draw.integers(1, 30, 4).astype(float)
    lot = draw.integers(0, 4, 25)
    reduced, most = draw.uniform(0.1, 9.0, 25), draw.integers(1, 20, 25).astype(float)
    found = sweep.dearer(lot, reduced, most, units)
    for k in range(4):
        own = lot == k

        def cost(price: float, own: Bools = own, k: int = k) -> float:
            beyond = np.maximum(reduced[own] - price, 0.0) @ most[own]
            return float(price * units[k] + beyond)

        assert cost(found[k]) == pytest.approx(min(map(cost, [0.0, *reduced[own]])))
