"""Amounts in fractions of units -> whole units within every limit, by tables of styles.

Near the amounts first, over all slices at once; then what is left of the lots of one slice after the
other wherever it fits, over all options; last by the exits, over all slices at once.
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


def placed_near(table: StyleTable, room: Floats, amounts: Floats) -> Placed:
    """Whole units near these amounts within `room` of the shared rows.

    What is whole already, the dearest options first; then a unit for every fraction, the largest
    first. Nothing leaves by the exits yet.
    """
    units, left, room = np.zeros(len(table)), table.units.copy(), room.copy()
    inside = INSIDE * table.cap
    whole = np.floor(amounts + NEARLY_WHOLE)
    fraction, option = amounts - whole, ~exits(table)
    for which, first, wanted in (
        (whole >= 1.0, table.value, whole),
        (fraction > NEARLY_WHOLE, fraction, np.ones(len(table))),
    ):
        order = _in_order(option & which, first)
        place(table, order, wanted, left, inside, room, units)
    return Placed(units, left, room)


def filled(table: StyleTable, room: Floats, units: Floats, left: Floats) -> Placed:
    """What is left of every lot put where it still fits and earns more than by any exit, the dearest
    options first.
    """
    units, left, room = units.copy(), left.copy(), room.copy()
    inside = INSIDE * table.cap - np.bincount(table.group, units * table.use, len(table.cap))
    out, best = exits(table), np.full(len(table.units), -np.inf)
    np.maximum.at(best, table.lot[out], table.value[out])
    better = ~out & (left[table.lot] >= 1.0) & (table.value > best[table.lot])
    order = _in_order(better, table.value)
    place(table, order, np.full(len(table), np.inf), left, inside, room, units)
    return Placed(units, left, room)


def left_over(table: StyleTable, room: Floats, left: Floats) -> Placed:
    """What is left of every lot put out by the exits of a table, the best first."""
    units, left, room = np.zeros(len(table)), left.copy(), room.copy()
    order = _in_order(exits(table) & (left[table.lot] >= 1.0), table.value)
    place(table, order, np.full(len(table), np.inf), left, table.cap.copy(), room, units)
    return Placed(units, left, room)


def exits(table: StyleTable) -> Bools:
    """Which of a table's options are ways out, which no share and no pool limits."""
    return np.isinf(table.cap[table.group])


def _in_order(which: Bools, first: Floats) -> np.ndarray:
    at = np.flatnonzero(which)
    return at[np.argsort(-first[at], kind="stable")]
