"""Program + settings -> Solution: relaxation, certified bound, openings, whole units, proof."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from planner.domain.arrays import Floats, Ints
from planner.errors import NoPlanError, OutOfTimeError
from planner.model.filling import violations
from planner.model.program import Program
from planner.solve.branch_and_bound import solve_whole
from planner.solve.certificate import certified_bound
from planner.solve.column_generation import Relaxation, solve_relaxation
from planner.solve.elastic import what_is_too_tight
from planner.solve.master import LpAnswer, Master
from planner.solve.openings import Choice, choose_openings, opening_columns
from planner.solve.settings import Progress
from planner.solve.solution import EQUAL, Solution
from planner.solve.whole_units import WholePlan, repaired, whole_plan

EXACT_COLUMNS = 60_000
"""Programs with no more columns are also given to branch and bound when the gap is still open."""
OUT_OF_TIME = "the time allowed was used up"
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
        relaxed = self._relaxation()
        self.clock("relaxation", begin)
        begin = time.monotonic()
        bound = certified_bound(self.program, relaxed.bounding)
        self.clock("certificate", begin)
        self.tell("choosing papers and certificates", None, bound)
        begin = time.monotonic()
        amounts, prices, choice = self._with_openings(relaxed, self._choice(relaxed))
        columns = np.array(relaxed.master.columns)
        plan = whole_plan(self.program, columns, amounts, choice.opening, choice.opened)
        self.clock("whole units", begin)
        solution = Solution(
            amounts=plan.amounts,
            prices=prices,
            value=plan.value,
            bound=bound,
            bound_by="duals",
            relaxation=relaxed.answer.objective,
            stopped_because="the gap asked for was reached",
            reproducible=relaxed.complete and choice.settled,
            seconds=self.seconds,
        )
        found = not violations(self.program, plan.amounts)
        if found:
            self.tell("plan found", plan.value, bound)
        if found and solution.gap <= self.gap + EQUAL:
            return solution
        if self.program.size[1] <= EXACT_COLUMNS or not found:
            return self._prove(solution, relaxed, found)
        rounded = "no better plan was found by rounding the relaxation"
        return replace(solution, stopped_because=rounded if solution.reproducible else OUT_OF_TIME)

    def _relaxation(self) -> Relaxation:
        """The linear relaxation, within its share of the time."""
        limit = self.started + RELAXATION_SHARE * (self.deadline - self.started)
        try:
            return solve_relaxation(
                self.program, limit, lambda value, bound: self.tell("pricing options", None, bound)
            )
        except OutOfTimeError:
            raise
        except NoPlanError as none:
            raise NoPlanError(f"{none} {what_is_too_tight(self.program)}".strip()) from none

    def _choice(self, relaxed: Relaxation) -> Choice:
        """Which openings to pay for, judged on the columns in use or nearly so."""
        start = np.zeros(self.program.size[1])
        start[relaxed.columns] = relaxed.answer.amounts
        near = _near(self.program, relaxed)
        return choose_openings(self.program, near, start[near], self.deadline)

    def _with_openings(self, relaxed: Relaxation, choice: Choice) -> tuple[Floats, Floats, Choice]:
        """Amounts and row prices with the openings fixed; all opened where the choice allows no plan."""
        if not len(choice.opening):
            amounts = np.zeros(len(relaxed.master.columns))
            amounts[: len(relaxed.answer.amounts)] = relaxed.answer.amounts
            return amounts, relaxed.answer.prices, choice
        every = replace(choice, opened=np.ones(len(choice.opening)))
        for tried in (choice, every):
            try:
                answer = self._fixed(relaxed, tried.opening, tried.opened)
            except OutOfTimeError:
                raise
            except NoPlanError:
                continue
            return answer.amounts, answer.prices, tried
        raise NoPlanError("No plan obeys every hard rule of the scenario.")

    def _fixed(self, relaxed: Relaxation, opening: Ints, opened: Floats) -> LpAnswer:
        """The relaxation with its openings fixed at 0 or 1."""
        master = Master(self.program, np.array(relaxed.master.columns))
        at = {column: k for k, column in enumerate(master.columns)}
        for column, value in zip(opening.tolist(), opened.tolist(), strict=True):
            master.fix(at[column], value)
        return master.solve(max(self.deadline - time.monotonic(), 5.0))

    def _prove(self, solution: Solution, relaxed: Relaxation, found: bool) -> Solution:
        """Close the gap by branch and bound, on columns that could still be part of a better plan."""
        program = self.program
        begin = time.monotonic()
        self.tell("proving", solution.value if found else None, solution.bound)
        value = solution.value if found else -np.inf
        complete = program.size[1] <= EXACT_COLUMNS
        others = np.arange(program.size[1]) >= program.options
        hopeful = np.flatnonzero((relaxed.reduced > value - solution.bound) | others)
        columns = hopeful if complete else np.array(relaxed.master.columns)
        left = self.deadline - time.monotonic()
        if left < 0.5 and found:
            return replace(solution, stopped_because=OUT_OF_TIME, reproducible=False)
        exact = solve_whole(program, columns, left, self.gap / 2)
        self.clock("branch and bound", begin)
        opening = opening_columns(program)
        better = None if exact.amounts is None else _accepted(program, exact.amounts, opening)
        if better is not None and better.value > value:
            found = True
            prices = self._prices(relaxed, opening, better.amounts[opening], solution.prices)
            solution = replace(solution, amounts=better.amounts, value=better.value, prices=prices)
        if not found:
            if exact.infeasible and complete:
                tight = what_is_too_tight(program)
                raise NoPlanError(f"No plan in whole units obeys every hard rule. {tight}".strip())
            raise OutOfTimeError("No plan in whole units was found within the time allowed.")
        proven = max(exact.bound, solution.value)
        if complete and proven < solution.bound:
            solution = replace(solution, bound=proven, bound_by="branch and bound")
        in_time = time.monotonic() < self.deadline
        why = "branch and bound found nothing better" if in_time else OUT_OF_TIME
        if solution.gap <= self.gap + EQUAL:
            why = "the gap asked for was reached"
        self.tell("proven", solution.value, solution.bound)
        return replace(
            solution,
            stopped_because=why,
            reproducible=solution.reproducible and in_time,
            seconds=self.seconds,
        )

    def _prices(
        self, relaxed: Relaxation, opening: Ints, opened: Floats, otherwise: Floats
    ) -> Floats:
        """Marginal values beside these openings; the earlier ones when no time is left for them."""
        if not len(opening):
            return otherwise
        try:
            return self._fixed(relaxed, opening, opened).prices
        except NoPlanError:
            return otherwise


def _near(program: Program, relaxed: Relaxation) -> Ints:
    """Master columns in use or nearly so, with everything that is not an option."""
    columns = relaxed.columns
    spread = float(np.abs(program.value[: program.options]).mean()) if program.options else 0.0
    keep = (
        (relaxed.answer.amounts > 0)
        | (columns >= program.options)
        | (relaxed.reduced[columns] > -0.1 * spread)
    )
    return np.asarray(columns[keep])


def _accepted(program: Program, amounts: Floats, opening: Ints) -> WholePlan | None:
    """The plan these amounts make once repaired, or None when a rule stays broken exactly."""
    plan = repaired(program, amounts, opening)
    return None if violations(program, plan.amounts) else plan
