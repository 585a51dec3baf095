"""Puts whole units into a program by hand: what still fits under every rule, exactly."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.model.program import Program

EXACT_BELOW = 2.0**52
"""Sums of whole numbers that stay below this are exact in floats."""


class Filling:
    """Amounts of a program's columns and the room every upper limit still has.

    `free` marks rows that never stand in the way. Room is kept in floats, with a safety margin
    where sums are not exact, so that a filled program also passes `violations`, which is exact.
    """

    MARGIN = 1e-10
    """Relative room never used, so that float sums cannot hide a broken limit; a fifth of what
    `model.build` forgives, so the last whole unit still fits."""

    def __init__(
        self, program: Program, amounts: Ints | None = None, free: Bools | None = None
    ) -> None:
        self.program = program
        size = program.size[1]
        self.amounts = np.zeros(size, dtype=np.int64) if amounts is None else amounts.copy()
        limit = program.row_upper
        used = program.matrix @ self.amounts.astype(float)
        margin = np.where(np.isfinite(limit) & _measured(program), self.MARGIN * np.abs(limit), 0)
        self.room: Floats = limit - margin - used
        if free is not None:
            self.room[free] = np.inf

    def fits(self, column: int, wanted: int) -> int:
        """How many more units of a column fit, at most `wanted`."""
        matrix = self.program.matrix
        start, end = matrix.indptr[column], matrix.indptr[column + 1]
        use = matrix.data[start:end]
        room = self.room[matrix.indices[start:end]][use > 0]
        most = min(wanted, int(self.program.most[column]) - int(self.amounts[column]))
        if len(room):
            most = min(most, int(np.floor((room / use[use > 0]).min() + 1e-12)))
        return max(most, 0)

    def takes_more(self) -> Bools:
        """Columns of which one more unit fits, each by itself."""
        matrix = self.program.matrix
        column = np.repeat(np.arange(len(self.amounts)), np.diff(matrix.indptr))
        with np.errstate(divide="ignore", invalid="ignore"):
            full = (matrix.data > 0) & (self.room[matrix.indices] / matrix.data + 1e-12 < 1)
        fits: Bools = self.amounts + 1 <= self.program.most
        fits[column[full]] = False
        return fits

    def put(self, column: int, units: int) -> None:
        """Add units to a column."""
        matrix = self.program.matrix
        start, end = matrix.indptr[column], matrix.indptr[column + 1]
        self.room[matrix.indices[start:end]] -= matrix.data[start:end] * units
        self.amounts[column] += units

    def fill(self, column: int, wanted: int) -> int:
        """Add as many as fit, at most `wanted`; returns how many."""
        units = self.fits(column, wanted)
        if units:
            self.put(column, units)
        return units


def _measured(program: Program) -> Bools:
    """Rows with a fraction in a coefficient or in their limit: sums over others are exact."""
    data, limit = program.matrix.data, program.row_upper
    measured: Bools = limit != np.floor(limit)
    measured[program.matrix.indices[data != np.floor(data)]] = True
    return measured


def violations(program: Program, amounts: Floats) -> list[int]:
    """Rows broken by these amounts, judged in exact rational arithmetic.

    Sums of whole numbers are exact as they are; of the other rows those clearly inside their limits
    are passed over by a float test whose error is bounded.
    """
    active = np.flatnonzero(amounts)
    part = sparse.csr_array(program.matrix[:, active])
    there = amounts[active]
    used = part @ there
    weight = abs(part) @ np.abs(there)
    lower, upper = program.row_lower, program.row_upper
    exact = weight < EXACT_BELOW
    whole = (part.data == np.floor(part.data)) & (there == np.floor(there))[part.indices]
    exact[np.repeat(np.arange(len(upper)), np.diff(part.indptr))[~whole]] = False
    error = np.where(exact, 0.0, weight * 1e-12 + 1e-12)
    near = np.flatnonzero((used + error > upper) | (used - error < lower))
    broken = []
    for row in near.tolist():
        inside = slice(part.indptr[row], part.indptr[row + 1])
        low, high = float(lower[row]), float(upper[row])
        total = _exact_sum(part.data[inside], there[part.indices[inside]])
        if (np.isfinite(high) and total > Fraction(high)) or (
            np.isfinite(low) and total < Fraction(low)
        ):
            broken.append(row)
    return broken


def _exact_sum(uses: Floats, amounts: Floats) -> Fraction:
    """uses @ amounts without rounding."""
    pairs = zip(uses.tolist(), amounts.tolist(), strict=True)
    return sum((Fraction(use) * Fraction(amount) for use, amount in pairs), Fraction(0))
