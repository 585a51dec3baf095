"""Program + settings -> Solution: relaxation, certified bound, openings, whole units, proof."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from planner.domain.arrays import Floats, Ints
from planner.errors import NoPlanError
from planner.model.filling import violations
from planner.model.program import Program
from planner.solve.branch_and_bound import solve_whole
from planner.solve.certificate import certified_bound
from planner.solve.column_generation import Relaxation, solve_relaxation
from planner.solve.elastic import what_is_too_tight
from planner.solve.master import Master
from planner.solve.openings import choose_openings, opening_columns
from planner.solve.settings import Progress
from planner.solve.solution import Solution
from planner.solve.whole_units import WholePlan, finished, whole_plan

EXACT_COLUMNS = 60_000
"""Programs with no more columns are also given to branch and bound when the gap is still open."""
RELAXATION_SHARE = 0.6
"""Part of the time the relaxation may take before a plan must be made of what there is."""


def solve(
    program: Program, seconds: float, gap: float, tell: Callable[[Progress], None]
) -> Solution:
    """Best whole-unit plan within the time, with a proven bound.

    Raises NoPlanError when the hard rules leave no plan, naming what is too tight.
    """
    return _Engine(program, seconds, gap, tell).run()


class _Engine:
    """One run: keeps the clock and the best plan while the steps follow one another."""

    def __init__(
        self, program: Program, seconds: float, gap: float, tell: Callable[[Progress], None]
    ) -> None:
        self.program, self.gap, self._tell = program, gap, tell
        self.started = time.monotonic()
        self.deadline = self.started + seconds
        self.seconds: dict[str, float] = {}

    def tell(self, phase: str, value: float | None, bound: float | None) -> None:
        self._tell(Progress(phase, time.monotonic() - self.started, value, bound))

    def clock(self, phase: str, since: float) -> None:
        self.seconds[phase] = round(time.monotonic() - since, 3)

    def run(self) -> Solution:
        """The steps, in order."""
        begin = time.monotonic()
        limit = self.started + RELAXATION_SHARE * (self.deadline - self.started)
        try:
            relaxed = solve_relaxation(
                self.program, limit, lambda v, b: self.tell("pricing options", None, b)
            )
        except NoPlanError as none:
            raise NoPlanError(f"{none} {what_is_too_tight(self.program)}".strip()) from none
        self.clock("relaxation", begin)
        begin = time.monotonic()
        bound = certified_bound(self.program, relaxed.bounding)
        self.clock("certificate", begin)
        self.tell("choosing papers and certificates", None, bound)
        begin = time.monotonic()
        plan, prices = self._whole(relaxed)
        self.clock("whole units", begin)
        solution = Solution(
            plan.amounts,
            prices,
            plan.value,
            bound,
            "duals",
            relaxed.answer.objective,
            "the gap asked for was reached",
            time.monotonic() < self.deadline,
            self.seconds,
        )
        broken = violations(self.program, plan.amounts)
        found = not broken
        if found:
            self.tell("plan found", plan.value, bound)
        if found and solution.gap <= self.gap:
            return solution
        if self.program.size[1] <= EXACT_COLUMNS or not found:
            return self._prove(solution, relaxed, found)
        return replace(
            solution, stopped_because="no better plan was found by rounding the relaxation"
        )

    def _whole(self, relaxed: Relaxation) -> tuple[WholePlan, Floats]:
        """Choose openings, re-solve with them fixed, make units whole."""
        program, master = self.program, relaxed.master
        columns, amounts = np.array(master.columns), relaxed.answer.amounts
        prices = relaxed.answer.prices
        near = _near(program, relaxed)
        opening, opened = opening_columns(program), np.zeros(0)
        if len(opening):
            start = np.zeros(program.size[1])
            start[columns] = amounts
            opening, opened = choose_openings(program, near, start[near], self.deadline)
            fixed = Master(program, columns)
            at = {column: k for k, column in enumerate(fixed.columns)}
            for column, value in zip(opening.tolist(), opened.tolist(), strict=True):
                fixed.fix(at[column], value)
            answer = fixed.solve(max(self.deadline - time.monotonic(), 5.0))
            amounts, prices = answer.amounts, answer.prices
        return whole_plan(program, columns, amounts, opening, opened), prices

    def _prove(self, solution: Solution, relaxed: Relaxation, found: bool) -> Solution:
        """Close the gap by branch and bound, on columns that could still be part of a better plan."""
        program = self.program
        begin = time.monotonic()
        self.tell("proving", solution.value if found else None, solution.bound)
        value = solution.value if found else -np.inf
        slack = solution.bound - value
        columns = np.flatnonzero(
            (relaxed.reduced > -slack) | (np.arange(program.size[1]) >= program.options)
        )
        if program.size[1] > EXACT_COLUMNS:
            columns = np.array(relaxed.master.columns)
        left = self.deadline - time.monotonic()
        if left < 0.5 and found:
            return replace(solution, stopped_because="the time allowed was used up")
        exact = solve_whole(program, columns, left, self.gap / 2)
        self.clock("branch and bound", begin)
        better = None if exact.amounts is None else _checked(program, exact.amounts)
        complete = program.size[1] <= EXACT_COLUMNS
        if better is not None and better.value > value:
            solution = replace(solution, amounts=better.amounts, value=better.value)
            found = True
        if not found:
            raise NoPlanError(
                "No plan in whole units was found within the time allowed. "
                + what_is_too_tight(program)
            )
        proven = max(exact.bound, solution.value)
        if complete and proven < solution.bound:
            solution = replace(solution, bound=proven, bound_by="branch and bound")
        in_time = time.monotonic() < self.deadline
        why = "the gap asked for was reached" if solution.gap <= self.gap else (
            "branch and bound found nothing better" if in_time else "the time allowed was used up"
        )  # fmt: skip
        self.tell("proven", solution.value, solution.bound)
        return replace(
            solution,
            stopped_because=why,
            reproducible=solution.reproducible and in_time,
            seconds=self.seconds,
        )


def _near(program: Program, relaxed: Relaxation) -> Ints:
    """Master columns in use or nearly so, with everything that is not an option."""
    columns = np.array(relaxed.master.columns)
    spread = float(np.abs(program.value[: program.options]).mean()) if program.options else 0.0
    keep = (
        (relaxed.answer.amounts > 0)
        | (columns >= program.options)
        | (relaxed.reduced[columns] > -0.1 * spread)
    )
    return np.asarray(columns[keep])


def _checked(program: Program, amounts: Floats) -> WholePlan | None:
    """The plan these amounts make, or None when a rule is broken in exact arithmetic."""
    units = np.where(program.whole, amounts, 0).astype(np.int64)
    plan = finished(program, units)
    if violations(program, plan.amounts):
        return None
    return plan
