"""Decides which fixed costs to pay: dynamic slope scaling (Kim and Pardalos 1999).

A fixed cost is charged per unit, spread over the flow it carried in the last solution, until the
set of openings in use settles. Deterministic, and on this class of problem closer to the bound
after a few linear programs than branch and bound is after minutes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Floats, Ints
from planner.errors import OutOfTimeError
from planner.model.program import Program
from planner.solve.master import Master

ROUNDS = 10
LEAST_FLOW = 1e-6
"""Units below which an opening carries nothing."""


@dataclass(frozen=True)
class Choice:
    """Opening columns, 0 or 1 each, and whether rounds and not the clock ended the choice."""

    opening: Ints
    opened: Floats
    settled: bool


def choose_openings(program: Program, columns: Ints, amounts: Floats, deadline: float) -> Choice:
    """Openings to pay for, from a relaxation's columns and their amounts."""
    opening = opening_columns(program)
    if not len(opening):
        return Choice(opening, np.zeros(0), True)
    master = Master(program, columns)
    at = {column: k for k, column in enumerate(master.columns)}
    place = np.array([at[column] for column in opening])
    cost, most = -program.value[opening], _largest_flows(program, opening)
    slope = cost.copy()
    share = amounts[place]
    best_value, best_open = -np.inf, (share * most > LEAST_FLOW).astype(float)
    stalled = 0
    for _ in range(ROUNDS):
        used = share * most > LEAST_FLOW
        slope[used] = cost[used] / share[used]
        for k, charge in zip(place.tolist(), slope.tolist(), strict=True):
            master.charge(k, charge)
        try:
            answer = master.solve(max(deadline - time.monotonic(), 5.0))
        except OutOfTimeError:
            return Choice(opening, best_open, False)
        share = answer.amounts[place]
        used = share * most > LEAST_FLOW
        value = float(program.value[master.columns] @ answer.amounts)
        value += float(cost @ share) - float(cost[used].sum())
        stalled = stalled + 1 if value <= best_value * (1 + 1e-5) else 0
        if value > best_value:
            best_value, best_open = value, used.astype(float)
        if stalled == 2:
            break
        if time.monotonic() > deadline:
            return Choice(opening, best_open, False)
    return Choice(opening, best_open, True)


def _largest_flows(program: Program, opening: Ints) -> Floats:
    """Units each opening lets through: its M."""
    matrix = program.matrix
    return np.array(
        [-matrix.data[matrix.indptr[c] : matrix.indptr[c + 1]].min() for c in opening.tolist()]
    )


def opening_columns(program: Program) -> Ints:
    """Columns that are openings: whole, at most 1, after the options, drawn on by link rows."""
    link = np.isin(np.array(program.labels.rule), ("certificate", "shipment_papers"))
    matrix = program.matrix
    found = [
        column
        for column in range(program.options, program.size[1])
        if program.whole[column]
        and any(
            link[row] and use < 0
            for row, use in zip(
                matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]].tolist(),
                matrix.data[matrix.indptr[column] : matrix.indptr[column + 1]].tolist(),
                strict=True,
            )
        )
    ]
    return np.array(found, dtype=np.int64)
