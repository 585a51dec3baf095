"""Solves the linear relaxation over all options while only ever showing the solver a few.

Restricted master and full pricing sweep (Dantzig and Wolfe 1960; Desaulniers et al. 2005): solve
over the columns let in so far, price every option with the answer's row prices in one sparse
product, let in the best of each (lot, pool), until none is worth adding. Large programs begin with
the columns a first-order method comes near the optimum with.
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
from planner.solve.approach import Near, approach
from planner.solve.linear import LpAnswer, money_scale
from planner.solve.master import Master
from planner.solve.sweep import Sweep

SMALL = 20_000
"""Programs with no more columns than this are solved whole at once."""
PRICE_TOLERANCE = 1e-6
"""Reduced value below which a column is not worth adding, times the money scale."""
NOTHING_MISSING = 1e-9
"""Part of all lower limits below which nothing counts as missing."""
ENOUGH = 5e-5
"""Relative distance of bound and value at which pricing stops."""
LARGE = 100_000
"""Programs with more columns than this are approached by a first-order method first."""


@dataclass(frozen=True)
class Relaxation:
    """The relaxation's optimum: the master, its answer, every column's reduced value (PC).

    `complete` is False when the clock and not the pricing ended it. `bounding` are prices that bound
    every plan even before pricing has ended: the best of all rounds.
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
    *,
    near_by: bool = False,
) -> Relaxation:
    """Optimum of the relaxation; `report(value, bound)` is called after each round.

    `start`: options to begin with, or the master of an earlier answer over the same rows, whose
    basis is gone on from; near_by: they hold nearly all that is needed. Pricing stops when bound
    and value are `enough` close, as a part of the bound. When the deadline passes the last
    complete answer is returned: its prices still give a bound.
    """
    sweep = Sweep(program)
    inside: Bools = np.zeros(program.size[1], dtype=bool)
    inside[program.options :] = np.diff(program.matrix.indptr)[program.options :] > 0
    least = PRICE_TOLERANCE * money_scale(program)
    near: Near | None = None
    if program.size[1] <= SMALL:
        inside[:] = True
    elif isinstance(start, Master):
        inside[start.columns] = True
    else:
        known = np.zeros(0, dtype=np.int64) if start is None else start
        inside[known[program.most[known] > 0]] = True
        if program.size[1] > LARGE and not near_by:
            near = approach(sweep, inside, least, deadline, report)
        elif start is None:
            inside[sweep.tempting(program.value, inside)] = True
    _make_feasible(sweep, inside, deadline)
    master = _master(program, inside, start)
    last: Relaxation | None = None
    while True:
        try:
            answer = master.solve(max(deadline - time.monotonic(), 5.0))
        except OutOfTimeError:
            if last is None:
                raise
            return last
        reduced = sweep.over(answer.prices)
        new, near = _worth_adding(sweep, reduced, inside, least, near)
        report(answer.objective, sweep.bound)
        close = sweep.bound - answer.objective <= enough * max(1.0, abs(sweep.bound))
        ended = not len(new) or close
        last = Relaxation(master, answer, reduced, sweep.bounding, ended)
        if ended or time.monotonic() > deadline:
            return last
        inside[new] = True
        master.add(new)


def _worth_adding(
    sweep: Sweep, reduced: Floats, inside: Bools, least: float, near: Near | None
) -> tuple[Ints, Near | None]:
    """Columns to let in, of those near if some of them are worth it; what is near from now on."""
    while near is not None:
        new = sweep.tempting(np.where(near.within, reduced, 0.0), inside, least)
        near = near.wider()
        if len(new):
            return new, near
    return sweep.tempting(reduced, inside, least), None


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


def _make_feasible(sweep: Sweep, inside: Bools, deadline: float) -> None:
    """Let in the columns without which lower limits cannot be met, or raise NoPlanError.

    What rows miss is covered by helpers at the price of 1 each; columns that would replace them
    are priced in until nothing is missing. `inside` is changed in place.
    """
    program = sweep.program
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
        new = sweep.tempting(-sweep.used(answer.prices), inside, PRICE_TOLERANCE)
        if not len(new):
            raise NoPlanError("No plan obeys every hard rule of the scenario.")
        inside[new] = True
