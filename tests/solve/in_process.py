"""The pipeline without its child process, for tests that solve hundreds of scenarios."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from planner.domain.arrays import Floats
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario, canonical
from planner.landed_cost.options import Priced, price_scenario
from planner.model.build import build
from planner.model.columns import Columns
from planner.model.program import Program
from planner.pipeline import at_least, extracted, solve_report
from planner.plan.audit import audit
from planner.plan.baseline import BASELINES
from planner.plan.record import Plan
from planner.solve.certificate import certified_bound
from planner.solve.column_generation import Relaxation, solve_relaxation
from planner.solve.engine import solve
from planner.solve.settings import Progress, Settings
from planner.solve.solution import Solution


def quiet(news: Progress) -> None:
    """Nobody listens."""


def built(scenario: Scenario) -> tuple[Priced, Program, Columns]:
    """Options and program of a scenario, as the pipeline makes them."""
    priced = price_scenario(Lookup(canonical(scenario)))
    return priced, *build(priced)


def relaxation(program: Program) -> Relaxation:
    """The linear relaxation, solved to its end."""
    return solve_relaxation(program, time.monotonic() + 60.0, lambda value, bound: None)


def certified(scenario: Scenario) -> float:
    """The relaxation's bound in exact arithmetic."""
    _, program, _ = built(scenario)
    return certified_bound(program, relaxation(program).bounding)


def solve_here(
    program: Program,
    settings: Settings,
    tell: Callable[[Progress], None],
    cancel: threading.Event | None = None,
    start: Floats | None = None,
) -> Solution:
    """What `run_solver` does, without a process of its own."""
    return solve(program, settings.seconds, settings.gap, tell, start)


def planned(scenario: Scenario, *, seconds: float = 20.0, gap: float = 0.001) -> Plan:
    """The audited plan, made step by step as `make_plan` does."""
    settings = Settings(seconds=seconds, gap=gap)
    priced, program, columns = built(scenario)
    solution = solve(program, seconds, gap, quiet)
    by_hand = {name: make(priced, program, columns) for name, make in BASELINES.items()}
    solution = at_least(solution, by_hand)
    plan = extracted(scenario, priced, program, columns, solution, by_hand)
    findings = audit(scenario, plan.tables, solution.value)
    report = solve_report(solution, settings, program, solution.seconds)
    return replace(plan, findings=findings, report=report)
