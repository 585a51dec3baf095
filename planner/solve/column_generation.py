"""Solves the linear relaxation over all options while only ever showing the solver a few.

Restricted master and full pricing sweep (Dantzig and Wolfe 1960; Desaulniers et al. 2005): solve
over the columns let in so far, price every option with the answer's row prices in one sparse
product, let in the best of each (lot, pool), until none is worth adding.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.errors import NoPlanError, OutOfTimeError
from planner.model.program import Kind, Program
from planner.solve.linear import LpAnswer
from planner.solve.master import Master

COLUMNS_PER_ROUND = 12_000
SMALL = 20_000
"""Programs with no more columns than this are solved whole at once."""
PRICE_TOLERANCE = 1e-6
"""Reduced value below which a column is not worth adding, times the money scale."""
NOTHING_MISSING = 1e-9
"""Part of all lower limits below which nothing counts as missing."""
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
        return self.master.columns[: len(self.answer.amounts)]


def solve_relaxation(
    program: Program,
    deadline: float,
    report: Callable[[float, float], None],
    start: Ints | Master | None = None,
    enough: float = ENOUGH,
) -> Relaxation:
    """Optimum of the relaxation; `report(value, bound)` is called after each round.

    `start`: options to begin with, or the master of an earlier answer over the same rows, whose
    basis is gone on from. Pricing stops when bound and value are `enough` close, as a part of the
    bound. When the deadline passes the last
    complete answer is returned: its prices still give a bound.
    """
    by_column = sparse.csr_array(program.matrix.T)
    inside: Bools = np.zeros(program.size[1], dtype=bool)
    inside[program.options :] = np.diff(program.matrix.indptr)[program.options :] > 0
    if program.size[1] <= SMALL:
        inside[:] = True
    elif start is None:
        inside[_tempting(program, program.value, inside)] = True
    elif isinstance(start, Master):
        inside[start.columns] = True
    else:
        inside[start] = True
        inside[: program.options] &= program.most[: program.options] > 0
    supply = program.rows_of("supply")
    _make_feasible(program, by_column, inside, deadline)
    master = _master(program, inside, start)
    last: Relaxation | None = None
    while True:
        try:
            answer = master.solve(max(deadline - time.monotonic(), 5.0))
        except OutOfTimeError:
            if last is None:
                raise
            return last
        reduced = program.value - by_column @ answer.prices
        new = _tempting(program, reduced, inside, PRICE_TOLERANCE * master.scale)
        best = np.zeros(len(supply))
        outside = np.flatnonzero(~inside[: program.options] & (program.most[: program.options] > 0))
        np.maximum.at(best, program.group[outside], reduced[outside])
        bounding = answer.prices.copy()
        bounding[supply] += best
        bound = answer.objective + float(best @ program.row_upper[supply])
        report(answer.objective, bound)
        close = bound - answer.objective <= enough * max(1.0, abs(bound))
        ended = not len(new) or close
        last = Relaxation(master, answer, reduced, bounding, ended)
        if ended or time.monotonic() > deadline:
            return last
        inside[new] = True
        master.add(new)


def _master(program: Program, inside: Bools, start: Ints | Master | None) -> Master:
    """The master over these columns, from the basis of an earlier one where there is one."""
    again = program.size[1] > SMALL
    if not isinstance(start, Master):
        return Master(program, np.flatnonzero(inside), again=again)
    master = Master(program, start.columns, again=again)
    master.basis = start.basis
    fresh = inside.copy()
    fresh[start.columns] = False
    master.add(np.flatnonzero(fresh))
    return master


def _make_feasible(
    program: Program, by_column: sparse.csr_array, inside: Bools, deadline: float
) -> None:
    """Let in the columns without which lower limits cannot be met, or raise NoPlanError.

    What rows miss is covered by helpers at the price of 1 each; columns that would replace them
    are priced in until nothing is missing. `inside` is changed in place.
    """
    needy = np.flatnonzero((program.row_lower > 0) | (program.row_upper < 0))
    sign = np.where(program.row_lower[needy] > 0, 1.0, -1.0)
    size = program.size
    helpers = sparse.csc_array((sign, (needy, np.arange(len(needy)))), shape=(size[0], len(needy)))
    missing = np.where(sign > 0, program.row_lower[needy], -program.row_upper[needy])
    phase = replace(
        program,
        value=np.concatenate([np.zeros(size[1]), -np.ones(len(needy))]),
        most=np.concatenate([program.most, missing]),
        kind=np.concatenate([program.kind, np.full(len(needy), Kind.AMOUNT)]),
        matrix=sparse.csc_array(sparse.hstack([program.matrix, helpers], format="csc")),
    )
    while True:
        columns = np.concatenate([np.flatnonzero(inside), size[1] + np.arange(len(needy))])
        answer = Master(phase, columns).solve(max(deadline - time.monotonic(), 5.0))
        if answer.objective >= -NOTHING_MISSING * max(1.0, float(missing.sum())):
            return
        reduced = -(by_column @ answer.prices)
        new = _tempting(program, reduced, inside, PRICE_TOLERANCE)
        if not len(new):
            raise NoPlanError("No plan obeys every hard rule of the scenario.")
        inside[new] = True


def _tempting(program: Program, reduced: Floats, inside: Bools, least: float = 0.0) -> Ints:
    """Of each (lot, pool and sell period), the outside column of best reduced value."""
    open_ = ~inside[: program.options] & (program.most[: program.options] > 0)
    candidates = np.flatnonzero((reduced[: program.options] > least) & open_)
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


def pool_rows(program: Program) -> Ints:
    """Row of the demand pool each option draws on."""
    is_pool = np.zeros(program.size[0], dtype=bool)
    is_pool[program.rows_of("demand_pool")] = True
    matrix = program.matrix
    count = np.diff(matrix.indptr[: program.options + 1])
    column = np.repeat(np.arange(program.options), count)
    row = matrix.indices[: matrix.indptr[program.options]]
    pool = np.zeros(program.options, dtype=np.int64)
    hit = is_pool[row]
    pool[column[hit]] = row[hit]
    return pool
