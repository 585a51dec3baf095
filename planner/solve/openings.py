"""Decides which fixed costs to pay: dynamic slope scaling (Kim and Pardalos 1999).

The cost of a paper, a market or a whole box is charged per unit, spread over the flow it carried
in the last solution, until the set in use settles. Deterministic, and on this class of problem
closer to the bound after a few linear programs than branch and bound is after minutes.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.errors import OutOfTimeError
from planner.model.program import Kind, Program
from planner.solve.master import Master

ROUNDS = 10
FEW = 20_000
"""Programs with more columns go on from the basis of the round before: of those with fewer, full of
ties, every round begins anew."""
LEAST_FLOW = 1e-6
"""Units below which an opening carries nothing."""
NEARLY = 1e-7
"""Part of a box below which it is not another box."""


@dataclass(frozen=True)
class Choice:
    """Columns that cost money by the piece, how many of each, and whether rounds and not the
    clock ended the choice."""

    paid: Ints
    amounts: Floats
    settled: bool


def choose_openings(program: Program, columns: Ints, amounts: Floats, deadline: float) -> Choice:
    """Openings and boxes to pay for, from a relaxation's columns and their amounts."""
    paid = program.of_kind(Kind.OPENING, Kind.BOX)
    paid = paid[np.diff(program.matrix.indptr)[paid] > 0]
    if not len(paid):
        return Choice(paid, np.zeros(0), True)
    master = Master(program, columns, again=program.size[1] > FEW)
    place = master.at(paid)
    cost, most = -program.value[paid], _largest_flows(program, paid)
    slope = cost.copy()
    share = amounts[place]
    best_value, best = -np.inf, (share, _pieces(share, _used(share, most)))
    stalled, settled = 0, True
    for _ in range(ROUNDS):
        used = _used(share, most)
        slope[used] = cost[used] * _pieces(share, used)[used] / share[used]
        master.charge(place, slope)
        try:
            answer = master.solve(max(deadline - time.monotonic(), 5.0))
        except OutOfTimeError:
            settled = False
            break
        share = answer.amounts[place]
        pieces = _pieces(share, _used(share, most))
        value = float(program.value[master.columns] @ answer.amounts)
        value += float(cost @ share) - float(cost @ pieces)
        stalled = stalled + 1 if value <= best_value * (1 + 1e-5) else 0
        if value > best_value:
            best_value, best = value, (share, pieces)
        if stalled == 2:
            break
        if time.monotonic() > deadline:
            settled = False
            break
    return Choice(paid, _within_limits(program, paid, best), settled)


def decided_on(program: Program, choice: Choice) -> Program:
    """What is left to decide beside a choice of openings and boxes: what they use and allow is in
    the limits, and options behind what was not chosen are taken out.

    An opening paid for limits nothing beyond the stock behind it: without its row that stock has
    its whole price.
    """
    pieces = np.zeros(program.size[1])
    pieces[choice.paid] = choice.amounts
    taken = program.matrix @ pieces
    most = program.most.copy()
    most[choice.paid] = 0.0
    upper = program.row_upper - taken
    rows = np.flatnonzero(program.link)
    part = program.by_row[rows]
    row = np.repeat(np.arange(len(rows)), np.diff(part.indptr))
    opens = part.data < 0
    upper[rows[row[opens & (pieces[part.indices] > 0)]]] = np.inf
    room = np.bincount(
        row[opens], -part.data[opens] * (most + pieces)[part.indices[opens]], len(rows)
    )
    shut = part.indices[~opens & (room == 0)[row]]
    most[shut[shut < program.options]] = 0.0
    return replace(program, most=most, row_lower=program.row_lower - taken, row_upper=upper)


def _within_limits(program: Program, paid: Ints, chosen: tuple[Floats, Floats]) -> Floats:
    """The pieces of (shares, pieces), the emptiest taken back while pieces alone break a limit."""
    share, pieces = chosen[0], chosen[1].copy()
    part = sparse.csr_array(program.matrix[:, paid])
    firm = np.ones(program.size[0], dtype=bool)
    firm[program.matrix.indices[program.matrix.data < 0]] = False
    room = program.row_upper - part @ pieces
    for row in np.flatnonzero(firm & (room < -NEARLY)).tolist():
        inside = slice(part.indptr[row], part.indptr[row + 1])
        at, use = part.indices[inside], part.data[inside]
        while use @ pieces[at] > program.row_upper[row] + NEARLY:
            held = at[pieces[at] > 0]
            pieces[held[np.argmax((pieces - share)[held])]] -= 1
    return pieces


def _used(share: Floats, most: Floats) -> Bools:
    return np.asarray(share * most > LEAST_FLOW)


def _pieces(share: Floats, used: Bools) -> Floats:
    """Whole openings or boxes that a fractional share needs."""
    return np.where(used, np.maximum(1.0, np.ceil(share - NEARLY)), 0.0)


def _largest_flows(program: Program, paid: Ints) -> Floats:
    """What one piece lets through at most: its M, or a box's volume."""
    matrix = program.matrix
    return np.array(
        [-matrix.data[matrix.indptr[c] : matrix.indptr[c + 1]].min() for c in paid.tolist()]
    )
