"""Row prices -> a proven upper bound on every plan's value, in exact arithmetic."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from planner.domain.arrays import Floats
from planner.model.program import Program

ROUND_OFF = 2.0**-48
"""Relative error that a float sum of a few dozen products stays well below."""


def certified_bound(program: Program, prices: Floats) -> float:
    """No plan of the program is worth more than this, whatever the prices' quality.

    Weak duality: for any prices y (0 or more on upper limits, 0 or less on lower ones),
    value @ x <= sum of y x limit + sum over columns of max(0, value - y @ column) x most.
    Columns whose reduced value is negative beyond any rounding error are skipped after a float
    test; all others are added up as exact rationals. The result is rounded up.
    """
    usable = np.where(
        prices > 0,
        np.where(np.isfinite(program.row_upper), prices, 0.0),
        np.where(np.isfinite(program.row_lower), prices, 0.0),
    )
    limits = np.where(usable > 0, program.row_upper, program.row_lower)
    total = Fraction(0)
    for row in np.flatnonzero(usable).tolist():
        total += Fraction(float(usable[row])) * Fraction(float(limits[row]))
    matrix = program.matrix
    reduced = program.value - matrix.T @ usable
    size = np.abs(program.value) + abs(matrix).T @ np.abs(usable)
    open_columns = np.flatnonzero((reduced + ROUND_OFF * size > 0) & (program.most > 0))
    exact = [Fraction(float(price)) for price in usable]
    for column in open_columns.tolist():
        start, end = matrix.indptr[column], matrix.indptr[column + 1]
        gain = Fraction(float(program.value[column]))
        for row, use in zip(
            matrix.indices[start:end].tolist(), matrix.data[start:end].tolist(), strict=True
        ):
            gain -= exact[row] * Fraction(use)
        if gain > 0:
            total += gain * Fraction(float(program.most[column]))
    return float(np.nextafter(float(total), np.inf))


def best_use_prices(program: Program) -> Floats:
    """Prices that bound every plan without any solving: each lot's supply at its best single use."""
    supply = np.flatnonzero(np.array(program.labels.rule) == "supply")
    rank = np.full(program.size[0], -1, dtype=np.int64)
    rank[supply] = np.arange(len(supply))
    matrix = program.matrix
    column = np.repeat(np.arange(program.size[1]), np.diff(matrix.indptr))
    of_lot = rank[matrix.indices]
    best = np.full(len(supply), -np.inf)
    np.maximum.at(best, of_lot[of_lot >= 0], program.value[column[of_lot >= 0]])
    prices = np.zeros(program.size[0])
    prices[supply] = np.where(np.isfinite(best), best, 0.0)
    return prices
