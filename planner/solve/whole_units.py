"""A fractional answer -> whole units that break no rule and lose next to nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from planner.domain.arrays import Floats, Ints
from planner.model.filling import Filling
from planner.model.program import Program

NEARLY_WHOLE = 1e-6


@dataclass(frozen=True)
class WholePlan:
    """Amounts of every column (openings and units whole) and their value in PC."""

    amounts: Floats
    value: float


def whole_plan(
    program: Program, columns: Ints, amounts: Floats, opening: Ints, opened: Floats
) -> WholePlan:
    """Round an answer down, then fill what still fits, dearest first.

    columns, amounts: the master's; opening, opened: which openings are paid for. Openings that
    end up unused are closed again. Lower limits are met where units can be found for them; the
    caller checks the result exactly.
    """
    size = program.size[1]
    full = np.zeros(size)
    full[columns] = amounts
    units = np.floor(full + NEARLY_WHOLE).astype(np.int64)
    units[~program.whole] = 0
    units[opening] = opened.astype(np.int64)
    filling = Filling(program, units)
    by_value = columns[np.argsort(-program.value[columns], kind="stable")]
    _shave(filling)
    _use_up(filling, by_value, "frozen_shipment")
    _meet_lower_limits(filling, columns)
    _use_up(filling, by_value, "frozen_shipment")
    fraction = full - np.floor(full + NEARLY_WHOLE)
    support = columns[(columns < program.options) & (full[columns] > NEARLY_WHOLE)]
    for column in support[np.argsort(-fraction[support], kind="stable")].tolist():
        if fraction[column] > NEARLY_WHOLE:
            filling.fill(column, 1)
    _use_up(filling, by_value, "supply")
    _close_unused(filling, opening)
    return finished(program, filling.amounts)


def repaired(program: Program, amounts: Floats, opening: Ints) -> WholePlan:
    """Whole amounts from elsewhere, put right where they overstep a rule, pay for nothing or leave units."""
    units = np.where(program.whole, np.round(amounts), 0).astype(np.int64)
    filling = Filling(program, units)
    by_value = np.argsort(-program.value, kind="stable")
    _shave(filling)
    _meet_lower_limits(filling, np.flatnonzero(units > 0))
    _use_up(filling, by_value, "frozen_shipment")
    _use_up(filling, by_value, "supply")
    _close_unused(filling, opening)
    return finished(program, filling.amounts)


def finished(program: Program, units: Ints) -> WholePlan:
    """Whole units plus the shortfalls they leave, and their value."""
    amounts = units.astype(float)
    first = int(np.flatnonzero(~program.whole).min(initial=program.size[1]))
    used = program.matrix @ amounts
    for column in range(first, program.size[1]):
        start, end = program.matrix.indptr[column], program.matrix.indptr[column + 1]
        rows = program.matrix.indices[start:end]
        missing = (program.row_lower[rows] - used[rows]) / program.matrix.data[start:end]
        amounts[column] = max(0.0, float(missing.max(initial=0.0)))
    return WholePlan(amounts, float(program.value @ amounts))


def _shave(filling: Filling) -> None:
    """Take single units from rows that rounding or the solver's tolerance left overfull."""
    by_row = sparse.csr_array(filling.program.matrix)
    for row in np.flatnonzero(filling.room < 0).tolist():
        start, end = by_row.indptr[row], by_row.indptr[row + 1]
        users = by_row.indices[start:end][by_row.data[start:end] > 0]
        users = users[filling.program.whole[users]]
        for column in users[np.argsort(filling.program.value[users], kind="stable")].tolist():
            while filling.room[row] < 0 and filling.amounts[column] > 0:
                filling.put(column, -1)


def _meet_lower_limits(filling: Filling, columns: Ints) -> None:
    """Find units for locks that ask for a least number, taking them from other uses if need be."""
    program = filling.program
    locks = np.array(program.labels.rule) == "lock"
    needy = np.flatnonzero(np.isfinite(program.row_lower) & locks)
    by_row = sparse.csr_array(program.matrix)
    locked = np.zeros(program.size[1], dtype=bool)
    for row in needy.tolist():
        locked[by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]] = True
    known = np.zeros(program.size[1], dtype=bool)
    known[columns] = True
    for row in needy.tolist():
        start, end = by_row.indptr[row], by_row.indptr[row + 1]
        users = by_row.indices[start:end]
        short = int(program.row_lower[row] - filling.amounts[users].sum())
        order = users[np.lexsort((-program.value[users], ~known[users]))].tolist()
        for column in order:
            short -= filling.fill(column, short)
        for column in order:
            while short > 0 and _make_room(filling, by_row, column, locked):
                short -= filling.fill(column, 1)
            if short <= 0:
                break


def _make_room(
    filling: Filling, by_row: sparse.csr_array, column: int, locked: NDArray[np.bool_]
) -> bool:
    """Take the least valuable units from every full row a column needs; False if that fails."""
    program, matrix = filling.program, filling.program.matrix
    if filling.amounts[column] >= program.most[column]:
        return False
    start, end = matrix.indptr[column], matrix.indptr[column + 1]
    for row, use in zip(
        matrix.indices[start:end].tolist(), matrix.data[start:end].tolist(), strict=True
    ):
        inside = slice(by_row.indptr[row], by_row.indptr[row + 1])
        users = by_row.indices[inside][by_row.data[inside] > 0]
        users = users[(filling.amounts[users] > 0) & ~locked[users] & program.whole[users]]
        for other in users[np.argsort(program.value[users], kind="stable")].tolist():
            while filling.room[row] < use and filling.amounts[other] > 0:
                filling.put(other, -1)
        if filling.room[row] < use:
            return False
    return True


def _use_up(filling: Filling, by_value: Ints, rule: str) -> None:
    """Sell, exit or keep every unit that is left in a rule's rows, best value first.

    These rows must be met exactly. Goods on the way (frozen_shipment) are served before supply: any
    exit could take a lot's units, but goods on the way can only be sold at their market or stay.
    """
    program = filling.program
    matrix = program.matrix
    row_of = np.full(program.size[1], -1, dtype=np.int64)
    column = np.repeat(np.arange(program.size[1]), np.diff(matrix.indptr))
    hit = (np.array(program.labels.rule) == rule)[matrix.indices]
    row_of[column[hit]] = matrix.indices[hit]
    for k in by_value[row_of[by_value] >= 0].tolist():
        room = filling.room[row_of[k]]
        if room >= 1 - NEARLY_WHOLE:
            filling.fill(k, int(room + NEARLY_WHOLE))


def _close_unused(filling: Filling, opening: Ints) -> None:
    """Do not pay for papers nobody uses."""
    program = filling.program
    by_row = sparse.csr_array(program.matrix)
    for column in opening[filling.amounts[opening] > 0].tolist():
        start, end = program.matrix.indptr[column], program.matrix.indptr[column + 1]
        row = program.matrix.indices[start:end][0]
        users = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]
        if filling.amounts[users].sum() == filling.amounts[column]:
            filling.put(column, -int(filling.amounts[column]))
