"""A first good plan for a program much like one solved before, in one or two linear programs.

What was opened stays open, the linear program goes on from the earlier basis, and units are made
whole as ever. There is no proof in it: that is for the engine, behind.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.errors import NoPlanError
from planner.model.filling import violations
from planner.model.program import Kind, Program
from planner.solve.branch_and_bound import solve_whole
from planner.solve.completion import completed
from planner.solve.linear import LpAnswer, money_scale
from planner.solve.warm import Basis, Start, solve_warm
from planner.solve.whole_units import WholePlan, repaired, whole_plan

PLAIN = (Kind.UNITS, Kind.OPENING, Kind.AMOUNT)
"""Kinds of columns a quick plan can decide about."""
TEMPTING = 1e-3
"""Part of the dearest unit's value within which an unused column is as good as one in use."""
SEARCH_GAP = 1e-3
"""Gap at which a search for whole units ends."""
APART = 1e-4
"""By how much (times the money scale) two columns that are worth the same may seem to differ."""
CARRIES = 1e-6
"""Units below which an opening carries nothing."""


@dataclass(frozen=True)
class QuickPlan:
    """A whole plan, the row prices beside its openings, the linear optimum and its basis."""

    plan: WholePlan
    answer: LpAnswer
    basis: Basis


def plain(program: Program) -> bool:
    """Whether a quick plan is possible: nothing but goods, openings and amounts to decide."""
    return bool(np.isin(program.kind, PLAIN).all())


def quick_plan(
    program: Program,
    lines: Ints,
    fresh: Ints,
    seconds: float,
    start: Start | None = None,
) -> QuickPlan:
    """A whole plan near an earlier one.

    lines: columns the earlier plan used; what they need stays open. fresh: columns it could not
    have used; whether what they need is opened is decided anew. Raises NoPlanError or
    OutOfTimeError where no plan is found this way.
    """
    deadline = time.monotonic() + seconds
    gates = _gates(program)
    kept = gates.behind(lines)
    asked = gates.behind(fresh) & ~kept
    share = np.where(kept, 1.0, 0.0)
    if asked.any():
        loose = np.where(asked, 1.0, share)
        answer, basis = _solved(program, gates, share, loose, deadline, start)
        start = None if start is None else replace(start, basis=basis)
        share = np.where(asked, _worth_it(program, gates, answer), share)
    answer, basis = _solved(program, gates, share, share, deadline, start)
    decided = np.zeros(program.size[1])
    decided[gates.columns] = share
    plan = whole_plan(program, np.arange(program.size[1]), answer.amounts, decided)
    if violations(program, plan.amounts):
        plan = _searched(program, gates, share, answer, deadline - time.monotonic())
    return QuickPlan(plan, answer, basis)


def _searched(
    program: Program, gates: _Gates, share: Floats, answer: LpAnswer, seconds: float
) -> WholePlan:
    """A whole plan by branch and bound over the columns in use or worth nearly as much as those.

    Openings that are shut stay shut.
    """
    most = program.most.copy()
    most[gates.columns] = share
    reduced = program.value - program.matrix.T @ answer.prices
    idle = (program.kind == Kind.UNITS) & (answer.amounts == 0)
    columns = np.flatnonzero(~idle | (reduced > -TEMPTING * np.abs(program.value).max()))
    found = solve_whole(replace(program, most=most), columns, seconds, SEARCH_GAP).amounts
    if found is not None:
        plan = repaired(program, found)
        if not violations(program, plan.amounts):
            return plan
    raise NoPlanError("No plan near the last one obeys every hard rule.")


def with_openings(program: Program, goods: Floats) -> Floats:
    """Amounts of goods with the openings they need and the shortfalls they leave."""
    gates = _gates(program)
    amounts = goods.copy()
    amounts[gates.columns] = gates.behind(np.flatnonzero(goods))
    return completed(program, amounts)


@dataclass(frozen=True)
class _Gates:
    """Openings, and what goes through each: matrix (opening, column) of ones.

    rows, gate: rows that shut options in, and which opening each waits for, -1 = none of these.
    """

    columns: Ints
    through: sparse.csr_array
    rows: Ints
    gate: Ints

    def behind(self, columns: Ints) -> Bools:
        """Openings that some of these columns need."""
        wanted = np.zeros(self.through.shape[1])
        wanted[columns] = 1.0
        return np.asarray(self.through @ wanted > 0)


def _gates(program: Program) -> _Gates:
    columns = program.of_kind(Kind.OPENING)
    number = np.full(program.size[1], -1, dtype=np.int64)
    number[columns] = np.arange(len(columns))
    rows = np.flatnonzero(program.link)
    part = program.by_row[rows]
    row = np.repeat(np.arange(len(rows)), np.diff(part.indptr))
    shuts = part.data < 0
    gate = np.full(len(rows), -1, dtype=np.int64)
    gate[row[shuts]] = number[part.indices[shuts]]
    own = ~shuts & (gate[row] >= 0)
    shape = (len(columns), program.size[1])
    entries = (np.ones(int(own.sum())), (gate[row[own]], part.indices[own]))
    return _Gates(columns, sparse.csr_array(entries, shape=shape), rows, gate)


def _solved(
    program: Program,
    gates: _Gates,
    least: Floats,
    most: Floats,
    deadline: float,
    start: Start | None,
) -> tuple[LpAnswer, Basis]:
    """The relaxation with its openings between these limits.

    What is open anyway limits nothing beyond the stock behind it (`openings.decided_on`). Columns
    are told apart by next to nothing: of answers equally good the same one is found from whatever
    basis.
    """
    low, high = np.zeros(program.size[1]), program.most.copy()
    low[gates.columns], high[gates.columns] = least, most
    upper = program.row_upper.copy()
    upper[gates.rows[np.append(least >= 1, False)[gates.gate]]] = np.inf
    apart = APART * np.random.default_rng(0).random(program.size[1])
    value = program.value + apart * money_scale(program)
    task = replace(program, value=value, row_upper=upper)
    answer, basis = solve_warm(task, low, high, deadline - time.monotonic(), start)
    return replace(answer, objective=float(program.value @ answer.amounts)), basis


def _worth_it(program: Program, gates: _Gates, answer: LpAnswer) -> Floats:
    """1 for openings that carry something in an answer in which each is paid in part."""
    return np.where(gates.through @ answer.amounts > CARRIES, 1.0, 0.0)
