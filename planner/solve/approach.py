"""The few columns of a large program that its relaxation uses, and those that come near.

Rounds of a first-order method over the columns let in so far and a sweep over all of them, each
more exact than the one before. What it leaves for the simplex method is small.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats
from planner.solve.first_order import Approach, approached
from planner.solve.linear import money_scale
from planner.solve.sweep import Sweep

PER_ROUND = 30_000
"""Columns let in between two answers."""
ROUNDS = 12
PRECISIONS = (1e-2, 1e-3, 3e-4, 1e-4)
"""How exact the answers are; the next when one is `CLOSING` times as near or changes nothing."""
CLOSING = 5
NEAR_ENOUGH, NEAR_ENOUGH_FOR_FEW = 1.5e-3, 0.03
"""Relative distance of bound and value at which it ends: the simplex method takes long from many
columns, and hardly any time from FEW."""
FEW = 5_000
IN_USE = 0.1
"""Units from which a column counts as used."""
KEPT, REACH = 0.01, 0.02
"""How far below being worth adding unused columns are kept between rounds, and count as near at
first: as a part of what a unit earns on average."""
WIDER = 4


@dataclass(frozen=True)
class Near:
    """How far (PC) columns are from being worth adding at the prices found, and what is near."""

    short: Floats
    reach: float

    @property
    def within(self) -> Bools:
        """Columns within reach."""
        return self.short <= self.reach

    def wider(self) -> Near | None:
        """A wider reach; None once everything is within it."""
        return None if self.within.all() else Near(self.short, WIDER * self.reach)


def approach(
    sweep: Sweep,
    inside: Bools,
    least: float,
    deadline: float,
    report: Callable[[float, float], None],
) -> Near:
    """Leave those columns `inside` that answers near the optimum use, beside what is no option.

    least: reduced value (PC) below which a column is not worth adding. `report(value, bound)` is
    called after each round; the value is that of an answer which breaks limits a little.
    """
    program, scale = sweep.program, money_scale(sweep.program)
    option = np.arange(program.size[1]) < program.options
    typical = float(np.abs(program.value[option]).mean())
    amounts, start = np.zeros(program.size[1]), None
    reduced, before = program.value, np.nan
    precisions = list(PRECISIONS)
    for _ in range(ROUNDS):
        new = sweep.tempting(reduced, inside, least, PER_ROUND)
        inside[new] = True
        columns = np.flatnonzero(inside)
        start = approached(
            program.value[columns],
            program.most[columns],
            sparse.csc_matrix(program.matrix[:, columns]),
            program.row_lower,
            program.row_upper,
            scale=scale,
            precision=precisions[0],
            seconds=deadline - time.monotonic(),
            start=None if start is None else Approach(amounts[columns], start.prices),
        )
        amounts[columns] = start.amounts
        reduced = sweep.over(start.prices)
        value = float(program.value[columns] @ start.amounts)
        report(value, sweep.bound)
        apart = abs(sweep.bound - value) / max(1.0, abs(sweep.bound))
        few = (amounts[option] > IN_USE).sum() <= FEW
        if apart <= (NEAR_ENOUGH_FOR_FEW if few else NEAR_ENOUGH) or time.monotonic() > deadline:
            break
        inside &= ~option | (amounts > 0) | (reduced > -KEPT * typical)
        stuck = value == before or not len(new)
        if (stuck or apart <= CLOSING * precisions[0]) and len(precisions) > 1:
            precisions.pop(0)
        before = value
    inside &= ~option | (amounts > IN_USE)
    return Near(-sweep.reduced(sweep.bounding), REACH * typical)
