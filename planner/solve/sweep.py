"""Prices of the rows -> what every column earns beside them, which to let in, and a bound.

One sparse product over all columns; the lowest bound that any prices gave is kept with its prices.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.model.program import Program

PER_ROUND = 12_000
"""Columns let in at once, at most."""


class Sweep:
    """Prices every column of a program, round after round.

    bound: what no plan of the program exceeds, in floats; `bounding`: prices that show it.
    """

    def __init__(self, program: Program) -> None:
        self.program = program
        self.bound, self.bounding = np.inf, np.zeros(program.size[0])
        self._by_column = sparse.csr_array(program.matrix.T)
        self._supply = program.rows_of("supply")
        self._lot = row_of_each_column(program, "supply")
        self._pool = row_of_each_column(program, "demand_pool")[: program.options]

    def reduced(self, prices: Floats) -> Floats:
        """What every column earns beside the rows' prices (PC)."""
        found: Floats = self.program.value - self._by_column @ prices
        return found

    def used(self, prices: Floats) -> Floats:
        """What these prices of the rows add up to for every column (PC)."""
        found: Floats = self._by_column @ prices
        return found

    def over(self, prices: Floats) -> Floats:
        """Reduced value of every column; the bound these prices give is kept if it is the lowest.

        Prices no row could have count as 0. Stock is made dearer where that bounds a lot's columns
        cheaper than counting each of them as far as it goes.
        """
        program = self.program
        prices = np.where(np.isfinite(program.row_upper), prices, np.minimum(prices, 0.0))
        prices = np.where(np.isfinite(program.row_lower), prices, np.maximum(prices, 0.0))
        reduced = self.reduced(prices)
        gain = np.flatnonzero((reduced > 0) & (program.most > 0))
        own = gain[self._lot[gain] >= 0]
        raised = np.zeros(program.size[0])
        raised[self._supply] = dearer(
            np.searchsorted(self._supply, self._lot[own]),
            reduced[own],
            program.most[own],
            program.row_upper[self._supply],
        )
        bounding = prices + raised
        left = reduced[gain] - np.append(raised, 0.0)[self._lot[gain]]
        limits = np.where(bounding > 0, program.row_upper, program.row_lower)
        rows = np.flatnonzero(bounding)
        bound = float(bounding[rows] @ limits[rows] + np.maximum(left, 0.0) @ program.most[gain])
        if bound < self.bound:
            self.bound, self.bounding = bound, bounding
        return reduced

    def tempting(
        self, reduced: Floats, inside: Bools, least: float = 0.0, count: int | None = None
    ) -> Ints:
        """Of each (lot, pool and sell period), the outside column of best reduced value.

        `count`, or PER_ROUND, of those that are worth most.
        """
        program = self.program
        reduced, most = reduced[: program.options], program.most[: program.options]
        found = np.flatnonzero((reduced > least) & ~inside[: program.options] & (most > 0))
        lot, pool, gain = program.group[found], self._pool[found], reduced[found]
        order = np.lexsort((-gain, pool, lot))
        lot, pool = lot[order], pool[order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = (lot[1:] != lot[:-1]) | (pool[1:] != pool[:-1])
        best = found[order[first]]
        worth = reduced[best] * most[best]
        chosen: Ints = best[np.argsort(-worth, kind="stable")[: count or PER_ROUND]]
        return chosen


def row_of_each_column(program: Program, rule: str) -> Ints:
    """The row of a rule each column stands in; -1 where it stands in none."""
    of_rule = np.zeros(program.size[0], dtype=bool)
    of_rule[program.rows_of(rule)] = True
    hit = of_rule[program.matrix.indices]
    column = np.repeat(np.arange(program.size[1]), np.diff(program.matrix.indptr))
    found = np.full(program.size[1], -1, dtype=np.int64)
    found[column[hit]] = program.matrix.indices[hit]
    return found


def dearer(lot: Ints, reduced: Floats, most: Floats, units: Floats) -> Floats:
    """How much dearer each lot's stock has to be to bound its columns cheapest (PC a unit).

    A column worth `reduced` beside the prices counts for up to its `most` units, or else raises
    the price of all the lot's `units`: to where better columns alone would take them all.
    """
    order = np.lexsort((-reduced, lot))
    lot, reduced, most = lot[order], reduced[order], most[order]
    so_far = np.append(0.0, np.cumsum(most))
    begin = np.searchsorted(lot, np.arange(len(units)))
    full = so_far[1:] - so_far[begin[lot]] > units[lot]
    raised = np.zeros(len(units))
    np.maximum.at(raised, lot[full], reduced[full])
    return raised
