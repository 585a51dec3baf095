"""Amounts in fractions of units -> whole units within every limit, by tables of styles.

Near the amounts first; then what is left of the lots wherever it fits, over all options; last by the
exits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Bools, Floats
from planner.solve.style_kernel import place
from planner.solve.style_table import StyleTable

NEARLY_WHOLE = 1e-4
"""Of a unit an amount may lack."""
INSIDE = 1.0 - 1e-10
"""Part of a group's cap that whole units may take."""


@dataclass(frozen=True)
class Placed:
    """Whole units of every option of a table; what is left of every lot and of every shared row."""

    units: Floats
    left: Floats
    room: Floats


def cut(table: StyleTable, amounts: Floats) -> Floats:
    """The amounts, those of every lot and every group that is overdrawn cut alike."""
    taken = np.bincount(table.lot, amounts, len(table.units)).astype(float)
    inside = np.bincount(table.group, amounts * table.use, len(table.cap)).astype(float)
    of_lot, of_group = _part(table.units, taken), _part(table.cap, inside)
    return np.asarray(amounts * np.minimum(of_lot[table.lot], of_group[table.group]))


def _part(limit: Floats, used: Floats) -> Floats:
    """Of what is used, the part that keeps each limit."""
    return np.divide(limit, used, out=np.ones(len(limit)), where=used > limit)


def nothing_placed(table: StyleTable, room: Floats) -> Placed:
    """All units of all lots left, and so much room."""
    return Placed(np.zeros(len(table)), table.units.copy(), room)


def placed_near(table: StyleTable, before: Placed, amounts: Floats) -> Placed:
    """Whole units near these amounts, beside those placed before.

    What is whole already, the dearest options first; then a unit for every fraction, the largest
    first. Nothing leaves by the exits yet.
    """
    after, inside = _begun(table, before)
    missing = np.maximum(amounts - before.units, 0.0)
    whole = np.floor(missing + NEARLY_WHOLE)
    fraction, option = missing - whole, ~exits(table)
    for which, first, wanted in (
        (whole >= 1.0, table.value, whole),
        (fraction > NEARLY_WHOLE, fraction, np.ones(len(table))),
    ):
        order = _in_order(option & which, first)
        place(table, order, wanted, after.left, inside, after.room, after.units)
    return after


def filled(table: StyleTable, before: Placed) -> Placed:
    """What is left of every lot put where it still fits and earns more than by any exit, the dearest
    options first.
    """
    after, inside = _begun(table, before)
    out, best = exits(table), np.full(len(table.units), -np.inf)
    np.maximum.at(best, table.lot[out], table.value[out])
    better = ~out & (after.left[table.lot] >= 1.0) & (table.value > best[table.lot])
    order = _in_order(better, table.value)
    place(table, order, np.full(len(table), np.inf), after.left, inside, after.room, after.units)
    return after


def left_over(table: StyleTable, before: Placed) -> Placed:
    """What is left of every lot put out by the exits of a table, the best first."""
    after, inside = _begun(table, before)
    order = _in_order(exits(table) & (after.left[table.lot] >= 1.0), table.value)
    place(table, order, np.full(len(table), np.inf), after.left, inside, after.room, after.units)
    return after


def _begun(table: StyleTable, before: Placed) -> tuple[Placed, Floats]:
    """A copy to go on with, and what is left of every group's cap."""
    used = np.bincount(table.group, before.units * table.use, len(table.cap))
    return Placed(before.units.copy(), before.left.copy(), before.room.copy()), (
        INSIDE * table.cap - used
    )


def exits(table: StyleTable) -> Bools:
    """Which of a table's options are ways out, which no share and no pool limits."""
    return np.isinf(table.cap[table.group])


def _in_order(which: Bools, first: Floats) -> np.ndarray:
    at = np.flatnonzero(which)
    return at[np.argsort(-first[at], kind="stable")]
