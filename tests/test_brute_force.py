"""Tiny scenarios that mix five and more rules: no plan that can be tried earns more than the planner's."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from math import inf

import pytest

from planner.errors import NoPlanError
from tests.every_plan import CENT, Best, EveryPlan
from tests.random_rules import random_rules
from tests.solve.in_process import planned

CHUNK = 20
CHUNKS = 15
SEEDS = range(CHUNK * CHUNKS)


@cache
def best(seed: int) -> Best:
    """The best of all plans of a seed's scenario."""
    return EveryPlan(random_rules(seed)).best()


@pytest.mark.parametrize("number", range(CHUNKS))
def test_no_plan_that_can_be_tried_earns_more(number: int) -> None:
    faults = []
    for seed in range(number * CHUNK, (number + 1) * CHUNK):
        faults += [f"seed {seed}: {fault}" for fault in faults_of(seed)]
    assert faults == []


def faults_of(seed: int) -> Iterator[str]:
    """What is wrong with the plan of a seed's scenario, in words."""
    right = best(seed).value
    try:
        plan = planned(random_rules(seed), gap=0.0)
    except NoPlanError as none:
        if right > -inf:
            yield f"a plan earns {right}, the planner finds none: {none}"
        return
    yield from map(str, plan.findings)
    value, bound = plan.report.value, plan.report.bound
    if abs(value - right) > CENT:
        yield f"the planner earns {value}, the best plan {right}: {best(seed).units}"
    if bound < right - 1e-6 * max(1.0, abs(right)):
        yield f"the bound {bound} lies below the best plan, {right}"
