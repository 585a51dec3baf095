"""Program + settings -> Solution: relaxation, certified bound, openings, whole units, proof."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.errors import NoPlanError, OutOfTimeError, SolverError
from planner.language import english
from planner.model.filling import violations
from planner.model.program import Kind, Program
from planner.solve.branch_and_bound import solve_whole
from planner.solve.certificate import certified_bound
from planner.solve.column_generation import ENOUGH, Relaxation, solve_relaxation
from planner.solve.cuts import broken_cuts, passages_of, with_cuts
from planner.solve.design import Design, Prices, settled
from planner.solve.elastic import no_plan
from planner.solve.linear import LpAnswer
from planner.solve.master import Master
from planner.solve.openings import Choice, choose_openings, decided_on
from planner.solve.settings import PRICING, Progress
from planner.solve.solution import EQUAL, Solution
from planner.solve.whole_units import WholePlan, repaired, whole_plan

EXACT_COLUMNS = 60_000
"""Programs with no more columns are also given to branch and bound when the gap is still open."""
OUT_OF_TIME = english("the time allowed was used up")
PART_OF_GAP = 0.1
"""Part of the gap asked for that the relaxation may leave open."""
LEAST_HELP = 1e-6
"""Units below which nothing is missing."""
PATIENT = 200.0
"""Seconds allowed from which a large program's bound is sharpened by cuts after a plan is found."""
SHUT_ROUNDS = 4
"""Linear programs solved while openings that cannot sell their least are shut."""
HELPER_PRICE = 3.0
"""Price of a unit missing from a lower limit while gates are settled, times the dearest option."""
ROUNDING = 3e-3
"""Part of a goal kept by a priority that rounding may lose."""
SETTLING_SHARE = 0.4
"""Part of the time after which gates are settled in a hurry."""
CHOOSING = "choosing prices, papers and boxes"
SHARPENING_SHARE = 0.4
"""Part of so long a time that is kept for the cuts: openings are not chosen anew in it."""
WORTH_A_ROUND = 1e-4
"""Part of the bound by which another choice of openings must make the plan better to go on."""
SPARE = 1.5
"""A further round may take so many times as long as the last."""
RELAXATION_SHARE = 0.6
"""Part of the time the relaxation may take before a plan must be made of what there is."""


def solve(
    program: Program,
    seconds: float,
    gap: float,
    tell: Callable[[Progress], None],
    start: Floats | None = None,
) -> Solution:
    """Best whole-unit plan within the time, with a proven bound.

    `start`: amounts of a plan known to keep every rule, whose options are let in first. Raises
    NoPlanError when the hard rules leave no plan, naming what is too tight.
    """
    return _Engine(program, seconds, gap, tell, start).run()


class _Engine:
    """One run: keeps the clock and the best plan while the steps follow one another."""

    def __init__(
        self,
        program: Program,
        seconds: float,
        gap: float,
        tell: Callable[[Progress], None],
        known: Floats | None,
    ) -> None:
        self.program, self.gap, self._tell, self.known = program, gap, tell, known
        self.started = time.monotonic()
        self.deadline = self.started + seconds
        self.seconds: dict[str, float] = {}

    def tell(self, phase: str, value: float | None, bound: float | None) -> None:
        self._tell(Progress(phase, time.monotonic() - self.started, value, bound))

    def clock(self, phase: str, since: float) -> None:
        self.seconds[phase] = round(time.monotonic() - since, 3)

    def run(self) -> Solution:
        """The steps, in order."""
        program = self.program
        small = program.size[1] <= EXACT_COLUMNS
        core, rows = (program, np.arange(program.size[0])) if small else without_logic(program)
        own = core
        if self.known is not None and not small:
            core = with_room(core, self.known)
        begin = time.monotonic()
        relaxed = self._relaxation(core)
        self.clock("relaxation", begin)
        begin = time.monotonic()
        bound = certified_bound(own, relaxed.bounding)
        self.clock("certificate", begin)
        self.tell(CHOOSING, None, bound)
        begin = time.monotonic()
        try:
            first = self._first_plan(core, relaxed, bound)
        except OutOfTimeError:
            raise
        except NoPlanError:  # what was settled first leaves no plan; others may
            nothing = WholePlan(np.zeros(program.size[1]), 0.0)
            first = _FirstPlan(nothing, relaxed.answer.prices, settled=True, paid=False)
        self.clock("whole units", begin)
        prices = np.zeros(program.size[0])
        prices[rows] = first.prices
        solution = Solution(
            amounts=first.plan.amounts,
            prices=prices,
            value=first.plan.value,
            bound=bound,
            bound_by="duals",
            relaxation=relaxed.answer.objective,
            stopped_because="the gap asked for was reached",
            reproducible=relaxed.complete and first.settled,
            seconds=self.seconds,
        )
        found = not violations(program, first.plan.amounts)
        if self.known is not None:
            value = float(program.value @ self.known)
            if not found or value > solution.value:
                solution, found = replace(solution, amounts=self.known, value=value), True
        if found:
            self.tell("plan found", solution.value, bound)
        if found and solution.gap <= self.gap + EQUAL:
            return solution
        if small or not found:
            return self._prove(solution, relaxed, found)
        if self.deadline - self.started >= PATIENT:
            solution = self._sharpened(solution, own, relaxed)
        if solution.gap <= self.gap + EQUAL:
            return solution
        rounded = english("no better plan was found by rounding the relaxation")
        return replace(solution, stopped_because=rounded if solution.reproducible else OUT_OF_TIME)

    def _relaxation(self, core: Program) -> Relaxation:
        """The linear relaxation, within its share of the time."""
        limit = self.started + RELAXATION_SHARE * (self.deadline - self.started)
        try:
            return solve_relaxation(
                core,
                limit,
                lambda value, bound: self.tell(PRICING, None, bound),
                None if self.known is None else np.flatnonzero(self.known[: core.options]),
                max(ENOUGH, PART_OF_GAP * self.gap),
            )
        except OutOfTimeError:
            raise
        except NoPlanError as none:
            raise no_plan(core, str(none)) from none

    def _first_plan(self, core: Program, relaxed: Relaxation, bound: float) -> _FirstPlan:
        """Gates settled, openings and boxes chosen, units made whole.

        On large programs options that gain by a choice are let in, and the choice is made again
        with them while that makes the plan better.
        """
        gates, core, relaxed = self._gates(eased(core), relaxed)
        helpers = np.arange(self.program.size[1], core.size[1])
        near = np.union1d(_near(core, relaxed), helpers)
        begin = time.monotonic()
        best = self._planned(core, relaxed, near, gates)
        if core.size[1] <= EXACT_COLUMNS or not best.paid or self._broken(best.plan):
            return best
        allowed = self.deadline - self.started
        latest = self.deadline - (0.0 if allowed < PATIENT else SHARPENING_SHARE * allowed)
        while bound - best.plan.value > self.gap * abs(bound):
            self.tell(CHOOSING, best.plan.value, bound)
            begin, took = time.monotonic(), time.monotonic() - begin
            if begin + SPARE * took > latest:
                return replace(best, settled=False)
            near = np.union1d(near, best.used)
            try:
                found = self._planned(core, relaxed, near, gates)
            except (OutOfTimeError, SolverError):
                return replace(best, settled=False)
            except NoPlanError:
                break
            gained = found.plan.value - best.plan.value
            if gained > 0 and not self._broken(found.plan):
                best = found
            if gained <= WORTH_A_ROUND * max(abs(bound), abs(best.plan.value)):
                break
        return best

    def _broken(self, plan: WholePlan) -> bool:
        """Whether a plan breaks a rule."""
        return bool(violations(self.program, plan.amounts))

    def _planned(
        self, core: Program, relaxed: Relaxation, near: Ints, gates: tuple[Ints, Design] | None
    ) -> _FirstPlan:
        """Openings and boxes chosen, judged on the near columns, and units made whole beside them:
        from the answer over these columns and, on large programs, from the one over all options."""
        choice = choose_openings(core, near, _spread(relaxed, core)[near], self.deadline)
        answer, columns = relaxed.answer, relaxed.columns
        if len(choice.paid):
            columns = np.union1d(columns, near)
            answer, choice = self._with_openings(core, columns, choice)
        decided = np.zeros(self.program.size[1])
        if gates is not None:
            decided[gates[0]] = gates[1].amounts
        decided[choice.paid] = choice.amounts
        in_time = gates is None or gates[1].in_time
        first = _FirstPlan(
            self._rounded(columns, answer, decided),
            answer.prices,
            choice.settled and in_time,
            paid=len(choice.paid) > 0,
            used=columns[answer.amounts > 0],
        )
        if not first.paid or core.size[1] <= EXACT_COLUMNS or time.monotonic() > self.deadline:
            return first
        try:
            task = decided_on(core, choice)
            beside = solve_relaxation(task, self.deadline, lambda *_: None, relaxed.master)
        except (OutOfTimeError, SolverError):
            return replace(first, settled=False)
        except NoPlanError:
            return first
        plans = [self._rounded(beside.columns, beside.answer, decided), first.plan]
        return replace(
            first,
            plan=max(plans, key=lambda plan: (not self._broken(plan), plan.value)),
            prices=beside.answer.prices,
            settled=first.settled and beside.complete,
            used=beside.columns[beside.answer.amounts > 0],
        )

    def _rounded(self, columns: Ints, answer: LpAnswer, decided: Floats) -> WholePlan:
        """Units made whole beside what is decided."""
        real = columns < self.program.size[1]
        return whole_plan(self.program, columns[real], answer.amounts[real], decided)

    def _gates(
        self, core: Program, relaxed: Relaxation
    ) -> tuple[tuple[Ints, Design] | None, Program, Relaxation]:
        """Settle the gates, and the linear program with what they shut taken out."""
        latest = self.started + SETTLING_SHARE * (self.deadline - self.started)
        gates = settled(self.program, _prices(relaxed, core), lambda: time.monotonic() > latest)
        if gates is None:
            return None, core, relaxed
        closed = _closed(core, gates[1].shut)
        start = relaxed.master
        return gates, closed, solve_relaxation(closed, self.deadline, lambda *_: None, start)

    def _with_openings(
        self, core: Program, columns: Ints, choice: Choice
    ) -> tuple[LpAnswer, Choice]:
        """The linear answer with the choice fixed; openings that cannot sell their least are shut."""
        for _ in range(SHUT_ROUNDS):
            answer = self._fixed(core, columns, choice.paid, choice.amounts)
            found = np.zeros(core.size[1])
            found[columns] = answer.amounts
            helpers = np.arange(self.program.size[1], core.size[1])
            starved = _starved(core, found, choice, helpers)
            if not len(starved):
                break
            amounts = choice.amounts.copy()
            amounts[starved] = 0.0
            choice = replace(choice, amounts=amounts)
        return answer, choice

    def _fixed(self, core: Program, columns: Ints, paid: Ints, amounts: Floats) -> LpAnswer:
        """The relaxation over some columns with its openings and boxes fixed."""
        master = Master(core, columns)
        master.fix(master.at(paid), amounts)
        return master.solve(max(self.deadline - time.monotonic(), 5.0))

    def _sharpened(self, solution: Solution, core: Program, relaxed: Relaxation) -> Solution:
        """Lower the bound by cuts, round by round, while there is time for another one."""
        begin = since = time.monotonic()
        passages, known = passages_of(core), set[tuple[int, int]]()
        program, last = core, 0.0
        while solution.gap > self.gap and time.monotonic() + SPARE * last < self.deadline:
            pairs = broken_cuts(core, passages, _spread(relaxed, core), known)
            if not pairs:
                break
            known |= set(pairs)
            program = with_cuts(program, passages, pairs)
            relaxed = solve_relaxation(
                program, self.deadline, lambda *_: None, relaxed.columns, near_by=True
            )
            bound = certified_bound(program, relaxed.bounding)
            if bound < solution.bound:
                solution = replace(solution, bound=bound)
            self.tell("proving", solution.value, solution.bound)
            since, last = time.monotonic(), time.monotonic() - since
        self.clock("cuts", begin)
        return solution

    def _prove(self, solution: Solution, relaxed: Relaxation, found: bool) -> Solution:
        """Close the gap by branch and bound, on columns that could still be part of a better plan."""
        program = self.program
        begin = time.monotonic()
        self.tell("proving", solution.value if found else None, solution.bound)
        value = solution.value if found else -np.inf
        complete = program.size[1] <= EXACT_COLUMNS
        others = np.arange(program.size[1]) >= program.options
        hopeful = np.flatnonzero((relaxed.reduced > value - solution.bound) | others)
        columns = hopeful if complete else relaxed.master.columns
        left = self.deadline - time.monotonic()
        if left < 0.5 and found:
            return replace(solution, stopped_because=OUT_OF_TIME, reproducible=False)
        exact = solve_whole(program, columns, left, self.gap / 2)
        self.clock("branch and bound", begin)
        better = None if exact.amounts is None else _accepted(program, exact.amounts)
        if better is not None and better.value > value:
            found = True
            prices = self._prices(relaxed, better.amounts, solution.prices)
            solution = replace(solution, amounts=better.amounts, value=better.value, prices=prices)
        if not found:
            if exact.infeasible and complete:
                raise no_plan(program, "No plan in whole units obeys every hard rule.")
            raise OutOfTimeError("No plan in whole units was found within the time allowed.")
        proven = max(exact.bound, solution.value)
        if complete and proven < solution.bound:
            solution = replace(solution, bound=proven, bound_by="branch and bound")
        in_time = time.monotonic() < self.deadline
        why = english("branch and bound found nothing better") if in_time else OUT_OF_TIME
        if solution.gap <= self.gap + EQUAL:
            why = english("the gap asked for was reached")
        self.tell("proven", solution.value, solution.bound)
        return replace(
            solution,
            stopped_because=why,
            reproducible=solution.reproducible and in_time,
            seconds=self.seconds,
        )

    def _prices(self, relaxed: Relaxation, amounts: Floats, otherwise: Floats) -> Floats:
        """Marginal values beside these decisions; the earlier ones when no time is left for them."""
        program = self.program
        if len(otherwise) != relaxed.master.program.size[0]:
            return otherwise
        decided = np.flatnonzero(program.whole & (program.kind != Kind.UNITS))
        if not len(decided):
            return otherwise
        try:
            return self._fixed(program, relaxed.columns, decided, amounts[decided]).prices
        except NoPlanError:
            return otherwise


@dataclass(frozen=True)
class _FirstPlan:
    """A whole plan, the row prices beside its decisions, and whether no clock decided it.

    paid: whether there was anything to pay for; used: columns of the answer it was rounded from.
    """

    plan: WholePlan
    prices: Floats
    settled: bool
    paid: bool
    used: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def with_room(program: Program, known: Floats) -> Program:
    """The program with goals kept a little better than asked for, so that rounding leaves them kept.

    No further than half of what a known plan keeps them better by.
    """
    rows = program.rows_of("priority")
    lower, upper = program.row_lower.copy(), program.row_upper.copy()
    used = (program.matrix @ known)[rows]
    for limit, sign in ((lower, 1.0), (upper, -1.0)):
        asked = np.where(np.isfinite(limit[rows]), limit[rows], used)
        spare = np.minimum(np.maximum(sign * (used - asked), 0.0) / 2, ROUNDING * np.abs(asked))
        limit[rows] += sign * spare
    return replace(program, row_lower=lower, row_upper=upper)


def without_logic(program: Program) -> tuple[Program, Ints]:
    """The program without rows that only say which options go together, and the rows kept.

    Its bound holds for the whole program. Such rows hardly tighten a relaxation, in which every
    gate opens by a fraction, but make it many times larger.
    """
    if not program.logic.any():
        return program, np.arange(program.size[0])
    goods = program.kind == Kind.UNITS
    by_row = program.by_row
    row = np.repeat(np.arange(program.size[0]), np.diff(by_row.indptr))
    with_goods = np.bincount(row[goods[by_row.indices]], minlength=program.size[0]) > 0
    asks = program.logic & with_goods & np.isfinite(program.row_lower)
    rows = np.flatnonzero(~program.logic | asks)
    core = replace(
        program,
        matrix=sparse.csc_array(by_row[rows]),
        row_lower=program.row_lower[rows],
        row_upper=program.row_upper[rows],
        labels=program.labels.take(rows),
        link=program.link[rows],
        logic=program.logic[rows],
    )
    return core, rows


def _spread(relaxed: Relaxation, program: Program) -> Floats:
    """The answer's amounts over all columns."""
    amounts = np.zeros(program.size[1])
    amounts[relaxed.columns] = relaxed.answer.amounts
    return amounts


def _reduced(relaxed: Relaxation, program: Program) -> Floats:
    """Reduced values of all columns; helpers the answer did not know of are worth nothing."""
    reduced = np.zeros(program.size[1])
    reduced[: len(relaxed.reduced)] = relaxed.reduced
    return reduced


def eased(program: Program) -> Program:
    """The program with helpers, at a high price, for the lower limits that shutting options could
    put out of reach: the linear answers on the way then say what is missing instead of failing."""
    asked = np.isfinite(program.row_lower)
    asked[program.rows_of("supply", "frozen_shipment", "multiple")] = False
    asked[program.matrix[:, program.of_kind(Kind.AMOUNT)].indices] = False
    rows = np.flatnonzero(asked & (program.row_lower >= 0))
    if not len(rows):
        return program
    by_row = program.by_row[rows]
    most = program.row_lower[rows] - by_row.minimum(0) @ program.most
    count = len(rows)
    shape = (program.size[0], count)
    helpers = sparse.csc_array((np.ones(count), (rows, np.arange(count))), shape=shape)
    dear = HELPER_PRICE * float(np.abs(program.value[: program.options]).max(initial=1.0))
    return replace(
        program,
        value=np.concatenate([program.value, np.full(count, -dear)]),
        most=np.concatenate([program.most, most]),
        kind=np.concatenate([program.kind, np.full(count, Kind.AMOUNT)]),
        matrix=sparse.csc_array(sparse.hstack([program.matrix, helpers], format="csc")),
    )


def _starved(core: Program, answer: Floats, choice: Choice, helpers: Ints) -> Ints:
    """Paid openings (places in the choice) of rows whose least only a helper meets."""
    helping = helpers[answer[helpers] > LEAST_HELP]
    rows = np.unique(core.matrix[:, helping].indices)
    part = sparse.csc_array(core.by_row[rows])
    asks = np.zeros(core.size[1], dtype=bool)
    of_column = np.repeat(np.arange(core.size[1]), np.diff(part.indptr))
    asks[of_column[part.data < 0]] = True
    found: Ints = np.flatnonzero(asks[choice.paid] & (choice.amounts > 0))
    return found


def _closed(program: Program, shut: Bools) -> Program:
    """The program with some options taken out."""
    most = program.most.copy()
    most[: program.options][shut] = 0.0
    return replace(program, most=most)


def _prices(relaxed: Relaxation, program: Program) -> Prices:
    """What the answer says of every column."""
    return Prices(
        _spread(relaxed, program),
        _reduced(relaxed, program),
        relaxed.answer.prices[program.rows_of("supply")],
    )


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


def _accepted(program: Program, amounts: Floats) -> WholePlan | None:
    """The plan these amounts make once repaired, or None when a rule stays broken exactly."""
    plan = repaired(program, amounts)
    return None if violations(program, plan.amounts) else plan
