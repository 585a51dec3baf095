"""Whole units of goods -> everything that follows from them: boxes, charges, cartons, shortfalls."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats
from planner.model.filling import violations
from planner.model.program import Kind, Program
from planner.solve.integer import solve_integer
from planner.solve.master import money_scale

SECONDS = 20.0
NUDGE = 1e-12
"""Part by which an amount is raised where float sums left it short of its row."""


def following(program: Program) -> Bools:
    """Columns that follow from the units: boxes, counts, amounts, and gates that let no goods through."""
    kind, matrix = program.kind, program.matrix
    decided = np.isin(kind, (Kind.OPENING, Kind.SWITCH))
    goods_rows = np.zeros(program.size[0], dtype=bool)
    goods_rows[program.matrix[:, program.of_kind(Kind.UNITS)].indices] = True
    goods_rows &= program.link
    goods_rows |= program.logic
    column = np.repeat(np.arange(program.size[1]), np.diff(matrix.indptr))
    with_goods = np.zeros(program.size[1], dtype=bool)
    with_goods[column[goods_rows[matrix.indices]]] = True
    found: Bools = np.isin(kind, (Kind.BOX, Kind.COUNT, Kind.AMOUNT)) | (decided & ~with_goods)
    return found


def completed(program: Program, amounts: Floats) -> Floats:
    """The amounts with all that follows from their units chosen at the least cost.

    Where no choice obeys the rules the amounts come back with shortfalls only, for the caller's
    check to refuse.
    """
    free = following(program)
    if (free & program.whole).any():
        amounts = _bought(program, amounts, free)
    return with_amounts(program, amounts)


def _bought(program: Program, amounts: Floats, free: Bools) -> Floats:
    """Boxes and the like by branch and bound: small, because every departure stands alone."""
    columns = np.flatnonzero(free)
    part = sparse.csr_array(program.matrix[:, columns])
    rows = np.flatnonzero(np.diff(part.indptr))
    fixed = np.where(free, 0.0, amounts)
    used = program.matrix @ fixed
    answer = solve_integer(
        program.value[columns],
        np.zeros(len(columns)),
        program.most[columns],
        program.whole[columns],
        sparse.csr_matrix(part[rows]),
        program.row_lower[rows] - used[rows],
        program.row_upper[rows] - used[rows],
        scale=money_scale(program),
        seconds=SECONDS,
        gap=0.0,
    )
    if answer.amounts is not None:
        fixed[columns] = np.where(program.whole[columns], answer.amounts, 0.0)
    return fixed


def with_amounts(program: Program, amounts: Floats) -> Floats:
    """Every continuous amount at the least that its rows ask for, given everything else."""
    matrix, found = program.matrix, amounts.copy()
    continuous = program.of_kind(Kind.AMOUNT)
    found[continuous] = 0.0
    used = matrix @ found
    for column in continuous.tolist():
        start, end = matrix.indptr[column], matrix.indptr[column + 1]
        rows, use = matrix.indices[start:end], matrix.data[start:end]
        low, high = program.row_lower[rows] - used[rows], used[rows] - program.row_upper[rows]
        missing = np.where(use > 0, low, high) / np.abs(use)
        room = np.where(use > 0, -high, -low) / np.abs(use)
        wanted = min(float(missing.max(initial=0.0)), float(room.min(initial=np.inf)))
        if wanted > 0:
            found[column] = wanted
            used[rows] += use * wanted
    eases = sparse.csr_array(matrix[:, continuous])
    for row in violations(program, found):
        found[continuous[eases.indices[eases.indptr[row] : eases.indptr[row + 1]]]] *= 1 + NUDGE
    return found
