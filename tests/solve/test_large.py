"""The way large programs take - gates settled by diving, cuts, no branch and bound - on small ones."""

from __future__ import annotations

import time

import numpy as np
import pytest

from planner.errors import NoPlanError
from planner.model.filling import violations
from planner.solve import engine
from planner.solve.certificate import certified_bound
from planner.solve.column_generation import solve_relaxation
from planner.solve.cuts import broken_cuts, passages_of, with_cuts
from planner.solve.engine import solve
from tests.random_rules import random_rules
from tests.random_scenarios import random_scenario
from tests.solve.in_process import built, quiet

SEEDS = range(12)


def test_plans_of_the_large_way_keep_every_rule_and_their_bound_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = 0
    for seed in SEEDS:
        _, task, _ = built(random_rules(seed))
        try:
            exact = solve(task, 20.0, 1e-6, quiet)
        except NoPlanError:
            continue
        with monkeypatch.context() as large:
            large.setattr(engine, "EXACT_COLUMNS", 0)
            try:
                rough = solve(task, 20.0, 1e-6, quiet)
            except NoPlanError:
                continue
        found += 1
        assert violations(task, rough.amounts) == []
        tolerance = 1e-6 * max(1.0, abs(exact.value))
        assert rough.value <= exact.value + tolerance
        assert rough.bound >= exact.value - tolerance
    assert found > len(SEEDS) // 3


def test_cuts_lower_the_bound_and_no_plan_breaks_them() -> None:
    lowered = 0
    for seed in SEEDS:
        _, task, _ = built(random_scenario(seed))
        try:
            plan = solve(task, 20.0, 1e-4, quiet)
        except NoPlanError:
            continue
        relaxed = solve_relaxation(task, time.monotonic() + 60.0, lambda *_: None)
        amounts = np.zeros(task.size[1])
        amounts[relaxed.columns] = relaxed.answer.amounts
        passages = passages_of(task)
        pairs = broken_cuts(task, passages, amounts, set())
        if not pairs:
            continue
        cut = with_cuts(task, passages, pairs)
        assert violations(cut, plan.amounts) == []
        before = certified_bound(task, relaxed.bounding)
        after = solve_relaxation(cut, time.monotonic() + 60.0, lambda *_: None)
        bound = certified_bound(cut, after.bounding)
        assert plan.value <= bound * (1 + 1e-9) + 1e-6
        assert bound <= before * (1 + 1e-9) + 1e-6
        lowered += bound < before * (1 - 1e-5)
    assert lowered >= 3
