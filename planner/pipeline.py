"""The straight line: a scenario in, an audited plan out."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.metadata import version

import numpy as np
import pandas as pd

from planner.domain.arrays import Floats
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario, canonical
from planner.errors import OutOfTimeError, SolverError
from planner.executor import Executor, Shard
from planner.landed_cost.options import Priced, price_scenario
from planner.language import english
from planner.model.build import build
from planner.model.columns import Columns
from planner.model.filling import violations
from planner.model.goals import aims_of
from planner.model.program import Program
from planner.plan import extract
from planner.plan.arbitrage import arbitrage_table
from planner.plan.audit import audit
from planner.plan.baseline import BASELINES
from planner.plan.freight import freight_of, with_settlement
from planner.plan.goals import goals_table
from planner.plan.record import Plan, SolveReport
from planner.solve.certificate import best_use_prices, certified_bound
from planner.solve.choice import Engine, engine_of
from planner.solve.priorities import in_order
from planner.solve.run import CANCELLED, get_ready, run_solver
from planner.solve.settings import PRICING, Progress, Settings
from planner.solve.solution import EQUAL, Solution
from planner.solve.whole_units import WholePlan

PACKAGES = ("ortools", "numpy", "scipy", "pandas", "pydantic")
LEAST_PATIENCE, PATIENCE = 5.0, 0.2
"""Once there is a plan its baselines are waited for this many seconds, or this share of the time
spent so far; one that takes longer is left out."""


def make_plan(
    scenario: Scenario,
    settings: Settings | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> Plan:
    """Price, build, solve, extract and audit; where the scenario sets priorities, goal by goal.

    `progress` hears of every step; setting `cancel` ends the solver at once. Raises NoPlanError
    when the hard rules leave no plan, SolverError when the solver process fails or is cancelled.
    """
    return full_plan(scenario, settings, progress, cancel)[0]


@dataclass(frozen=True)
class Prepared:
    """A scenario with all its options priced and its rules written as a program."""

    priced: Priced
    program: Program
    columns: Columns


def prepared(scenario: Scenario) -> Prepared:
    """A scenario priced and built."""
    priced = price_scenario(Lookup(canonical(scenario)))
    return Prepared(priced, *build(priced))


def full_plan(
    scenario: Scenario,
    settings: Settings | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    known: Callable[[Prepared], Floats | None] = lambda _: None,
) -> tuple[Plan, Prepared]:
    """`make_plan`, and what its plan was found in.

    `known`: amounts of a plan known already, which the plan will not be worse than.
    """
    clock = _Clock(progress, cancel)
    settings = settings or Settings()
    scenario = as_asked(scenario, settings)
    if engine_of(scenario) is Engine.BY_SLICES:
        return plan_by_slices(scenario, settings, clock, cancel)
    clock.start("options")
    get_ready()
    priced = price_scenario(Lookup(canonical(scenario)))
    clock.start("build")
    program, columns = build(priced)
    ready = Prepared(priced, program, columns)
    clock.start("solve")
    hand_made = _Meanwhile(ready)
    if scenario.priorities:
        aims = aims_of(priced, columns, program)
        each = replace(settings, seconds=settings.seconds / len(aims))
        solution, stages = in_order(
            program,
            aims,
            lambda task, start: solved(task, each, clock, cancel, hand_made, start),
            lambda: hand_made.known(each.seconds),
        )
    else:
        solution, stages = solved(program, settings, clock, cancel, hand_made, known(ready)), ()
    clock.start("baselines")
    by_hand = hand_made.result(max(LEAST_PATIENCE, PATIENCE * sum(clock.seconds.values())))
    if not stages:
        solution = at_least(solution, by_hand)
    clock.start("extract")
    plan = extracted(scenario, priced, program, columns, solution, by_hand)
    clock.start("audit")
    goals = goals_table(stages, solution.amounts, scenario.header.currency)
    plan = replace(plan, goals=goals)
    findings = audit(scenario, plan.tables, solution.value)
    clock.stop()
    report = solve_report(solution, settings, program, clock.seconds | solution.seconds)
    return replace(plan, findings=findings, report=report), ready


def make_plan_by_slices(
    scenario: Scenario,
    settings: Settings | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
    spread: Callable[[list[Shard]], Executor] | None = None,
    slice_lots: int | None = None,
) -> Plan:
    """`make_plan` slice by slice whatever the size, in the processes `spread` opens.

    Raises SolverError where a rule of the scenario forbids it, saying which.
    """
    settings = settings or Settings()
    clock = _Clock(progress, cancel)
    asked = as_asked(scenario, settings)
    return plan_by_slices(asked, settings, clock, cancel, spread, slice_lots)[0]


def plan_by_slices(
    scenario: Scenario,
    settings: Settings,
    clock: _Clock,
    cancel: threading.Event | None,
    spread: Callable[[list[Shard]], Executor] | None = None,
    slice_lots: int | None = None,
) -> tuple[Plan, Prepared]:
    """A scenario too large to price and build at once; no plans are made by hand beside it.

    The program handed back holds the options in use only. `spread`: where slices are worked out.
    """
    from planner import large  # compiled loops, which few scenarios need

    def tell(news: Progress) -> None:
        if cancel is not None and cancel.is_set():
            raise SolverError(CANCELLED)
        clock.tell(news)

    clock.start("solve")
    asked = canonical(scenario)
    found = large.large_plan(
        asked,
        settings,
        tell,
        spread=spread or large.spread_here,
        slice_lots=slice_lots,
    )
    solution, ready = found.solution, Prepared(found.priced, found.program, found.columns)
    clock.start("extract")
    plan = extracted(scenario, ready.priced, ready.program, ready.columns, solution, {})
    clock.start("audit")
    goals = goals_table((), solution.amounts, scenario.header.currency)
    findings = audit(scenario, plan.tables, solution.value)
    clock.stop()
    report = solve_report(solution, settings, ready.program, clock.seconds | solution.seconds)
    report = replace(report, options=found.options)
    return replace(plan, goals=goals, findings=findings, report=report), ready


def as_asked(scenario: Scenario, settings: Settings) -> Scenario:
    """The scenario with the perspective the settings ask for."""
    if settings.perspective is None or settings.perspective == scenario.header.perspective:
        return scenario
    header = scenario.header.model_copy(update={"perspective": settings.perspective})
    return scenario.model_copy(update={"header": header})


def solved(
    program: Program,
    settings: Settings,
    clock: _Clock,
    cancel: threading.Event | None,
    hand_made: _Meanwhile,
    start: Floats | None = None,
) -> Solution:
    """The solver's answer, or the best plan made by hand when the time was too short for one."""
    proven: list[float] = []

    def tell(news: Progress) -> None:
        if news.bound is not None and news.phase != PRICING:
            proven.append(news.bound)
        clock.tell(news)

    try:
        return run_solver(program, settings, tell, cancel, start)
    except OutOfTimeError:
        found = hand_made.known(settings.seconds)
        plans = [amounts for amounts in found if not violations(program, amounts)]
        if not plans:
            raise
        best = max(plans, key=lambda amounts: float(program.value @ amounts))
        value, prices = float(program.value @ best), best_use_prices(program)
        return Solution(
            amounts=best,
            prices=np.full_like(prices, np.nan),
            value=value,
            bound=min([*proven, certified_bound(program, prices)]),
            bound_by="duals",
            relaxation=value,
            stopped_because="the time allowed was used up; this is the better plan made by hand",
            reproducible=False,
            seconds={},
        )


def at_least(solution: Solution, by_hand: dict[str, WholePlan | None]) -> Solution:
    """Never give less than a careful person would: a better baseline becomes the plan."""
    for name, plan in by_hand.items():
        if plan is not None and plan.value > solution.value:
            why = english(
                "the baseline '{name}' was better than what the time allowed to find", name=name
            )
            solution = replace(
                solution,
                amounts=plan.amounts,
                value=plan.value,
                prices=np.full_like(solution.prices, np.nan),
                stopped_because=why,
            )
    return solution


def extracted(
    scenario: Scenario,
    priced: Priced,
    program: Program,
    columns: Columns,
    solution: Solution,
    by_hand: dict[str, WholePlan | None],
) -> Plan:
    """Every table of the plan."""
    amounts = solution.amounts
    lines, waterfalls = extract.lines_of(priced, amounts)
    freight = freight_of(priced, columns, amounts, lines, extract.legs_of(priced, lines))
    return Plan(
        scenario=scenario,
        lines=lines,
        waterfalls=waterfalls,
        legs=freight.legs,
        boxes=freight.boxes,
        box_loads=freight.box_loads,
        charges=freight.charges,
        exits=extract.exits_table(priced, columns, amounts),
        openings=extract.openings_table(columns, amounts),
        shortfalls=extract.shortfalls_table(program, columns, amounts),
        breaches=extract.breaches_table(priced, amounts, lines),
        limits=extract.limits_table(program, columns, amounts, solution.prices),
        arbitrage=arbitrage_table(priced.lookup, lines),
        parties=with_settlement(extract.parties_table(lines, waterfalls), freight.borne),
        prices=extract.prices_table(priced.lookup, lines),
        baselines=baselines_table(by_hand, columns, solution.value),
        report=solve_report(solution, Settings(), program, {}),
    )


def baselines_table(
    by_hand: dict[str, WholePlan | None], columns: Columns, value: float
) -> pd.DataFrame:
    """One row per baseline that kept every rule."""
    rows = [
        (name, plan.value, int(plan.amounts[: columns.options].sum()), value - plan.value)
        for name, plan in by_hand.items()
        if plan is not None
    ]
    return pd.DataFrame(rows, columns=["name", "value", "units_shipped", "plan_earns_more"])


def solve_report(
    solution: Solution, settings: Settings, program: Program, seconds: dict[str, float]
) -> SolveReport:
    """How the plan came about and how good it is."""
    rows, _ = program.size
    return SolveReport(
        status="optimal" if solution.gap <= settings.gap + EQUAL else "feasible",
        stopped_because=solution.stopped_because,
        value=solution.value,
        bound=solution.bound,
        gap=solution.gap,
        gap_asked=settings.gap,
        bound_by=solution.bound_by,
        seconds=seconds,
        reproducible=solution.reproducible,
        options=program.options,
        rules=rows,
        settings=settings.as_dict(),
        versions=dict(_versions()),
        rounding_loss=max(0.0, solution.relaxation - solution.value),
    )


@cache
def _versions() -> tuple[tuple[str, str], ...]:
    """The packages a plan depends on and their versions."""
    return tuple((name, version(name)) for name in PACKAGES)


class _Meanwhile:
    """The baselines, made in a thread while the solver works in its own process."""

    def __init__(self, ready: Prepared) -> None:
        self._ready = ready
        self._made: dict[str, WholePlan | None] = {}
        self._fault: Exception | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        try:
            for name, make in BASELINES.items():
                made = make(
                    self._ready.priced, self._ready.program, self._ready.columns, self._stop.is_set
                )
                self._made[name] = made
        except Exception as fault:  # handed to whoever asks for the result
            self._fault = fault

    def result(self, patience: float) -> dict[str, WholePlan | None]:
        """The baselines by name; None for those not ready `patience` seconds from now."""
        self._thread.join(patience)
        self._stop.set()
        if self._fault is not None:
            raise self._fault
        return {name: self._made.get(name) for name in BASELINES}

    def known(self, patience: float) -> list[Floats]:
        """Amounts of the baselines that kept every rule and are ready in time."""
        return [plan.amounts for plan in self.result(patience).values() if plan is not None]


class _Clock:
    """Wall seconds of each phase, progress told with the time since the start, and the cancel."""

    def __init__(
        self, progress: Callable[[Progress], None] | None, cancel: threading.Event | None
    ) -> None:
        self.began = self.phase_began = time.monotonic()
        self.seconds: dict[str, float] = {}
        self._phase = ""
        self._progress = progress
        self._cancel = cancel

    def start(self, phase: str) -> None:
        self.stop()
        if self._cancel is not None and self._cancel.is_set():
            raise SolverError(CANCELLED)
        self._phase = phase
        self.tell(Progress(phase, 0.0))

    def stop(self) -> None:
        now = time.monotonic()
        if self._phase:
            self.seconds[self._phase] = round(now - self.phase_began, 3)
        self.phase_began = now

    def tell(self, news: Progress) -> None:
        if self._progress is not None:
            self._progress(replace(news, seconds=time.monotonic() - self.began))
