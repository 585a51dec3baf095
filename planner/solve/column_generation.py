"""Solves the linear relaxation over all options while only ever showing the solver a few.

Restricted master and full pricing sweep (Dantzig and Wolfe 1960; Desaulniers et al. 2005): solve
over the columns let in so far, price every option with the answer's row prices in one sparse
product, let in the best of each (lot, pool), until none is worth adding.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.errors import NoPlanError, OutOfTimeError
from planner.model.program import Program
from planner.solve.master import LpAnswer, Master

COLUMNS_PER_ROUND = 12_000
SMALL = 20_000
"""Programs with no more columns than this are solved whole at once."""
PRICE_TOLERANCE = 1e-6
"""Reduced value below which a column is not worth adding, times the money scale."""
ENOUGH = 5e-5
"""Relative distance of bound and value at which pricing stops."""


@dataclass(frozen=True)
class Relaxation:
    """The relaxation's optimum: the master, its answer, every column's reduced value (PC).

    `complete` is False when the clock and not the pricing ended it. `bounding` are the answer's
    prices with each lot's supply raised to the best reduced value of its options outside the
    master: prices that bound every plan even before pricing has ended.
    """

    master: Master
    answer: LpAnswer
    reduced: Floats
    bounding: Floats
    complete: bool

    @property
    def columns(self) -> Ints:
        """Columns the answer's amounts belong to; the master may have grown since."""
        return np.array(self.master.columns[: len(self.answer.amounts)])


def solve_relaxation(
    program: Program, deadline: float, report: Callable[[float, float], None]
) -> Relaxation:
    """Optimum of the relaxation; `report(value, bound)` is called after each round.

    When the deadline passes the last complete answer is returned: its prices still give a bound.
    """
    by_column = sparse.csr_array(program.matrix.T)
    inside: Bools = np.zeros(program.size[1], dtype=bool)
    inside[program.options :] = True
    if program.size[1] <= SMALL:
        inside[:] = True
    else:
        inside[_tempting(program, program.value, inside)] = True
        inside[_rescue(program)] = True
    master = Master(program, np.flatnonzero(inside))
    supply = np.flatnonzero(np.array(program.labels.rule) == "supply")
    last: Relaxation | None = None
    while True:
        try:
            answer = _solve(master, inside, deadline)
        except OutOfTimeError:
            if last is None:
                raise
            return last
        reduced = program.value - by_column @ answer.prices
        new = _tempting(program, reduced, inside, PRICE_TOLERANCE * master.scale)
        best = np.zeros(len(supply))
        outside = np.flatnonzero(~inside[: program.options])
        np.maximum.at(best, program.group[outside], reduced[outside])
        bounding = answer.prices.copy()
        bounding[supply] += best
        bound = answer.objective + float(best @ program.row_upper[supply])
        report(answer.objective, bound)
        close = bound - answer.objective <= ENOUGH * max(1.0, abs(bound))
        ended = not len(new) or close
        last = Relaxation(master, answer, reduced, bounding, ended)
        if ended or time.monotonic() > deadline:
            return last
        inside[new] = True
        master.add(new)


def _solve(master: Master, inside: Bools, deadline: float) -> LpAnswer:
    """Solve the master; if it is infeasible let every column in before giving up."""
    left = max(deadline - time.monotonic(), 5.0)
    try:
        return master.solve(left)
    except OutOfTimeError:
        raise
    except NoPlanError:
        if inside.all():
            raise
        master.add(np.flatnonzero(~inside))
        inside[:] = True
        return master.solve(left)


def _tempting(program: Program, reduced: Floats, inside: Bools, least: float = 0.0) -> Ints:
    """Of each (lot, pool and sell period), the outside column of best reduced value."""
    candidates = np.flatnonzero((reduced[: program.options] > least) & ~inside[: program.options])
    pool = pool_rows(program)[candidates]
    gain = reduced[candidates]
    order = np.lexsort((-gain, pool, program.group[candidates]))
    lot, pool = program.group[candidates][order], pool[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (lot[1:] != lot[:-1]) | (pool[1:] != pool[:-1])
    best = candidates[order[first]]
    worth = reduced[best] * program.most[best]
    chosen: Ints = best[np.argsort(-worth, kind="stable")[:COLUMNS_PER_ROUND]]
    return chosen


def _rescue(program: Program) -> Ints:
    """Columns that lower limits (locks) need, so that the first master has a plan."""
    needy = np.flatnonzero(
        np.isfinite(program.row_lower)
        & np.array([rule == "lock" for rule in program.labels.rule], dtype=bool)
    )
    touched = sparse.csr_array(program.matrix)[needy]
    return np.unique(touched.indices)


def pool_rows(program: Program) -> Ints:
    """Row of the demand pool each option draws on."""
    is_pool = np.array([rule == "demand_pool" for rule in program.labels.rule], dtype=bool)
    matrix = program.matrix
    count = np.diff(matrix.indptr[: program.options + 1])
    column = np.repeat(np.arange(program.options), count)
    row = matrix.indices[: matrix.indptr[program.options]]
    pool = np.zeros(program.options, dtype=np.int64)
    hit = is_pool[row]
    pool[column[hit]] = row[hit]
    return pool
