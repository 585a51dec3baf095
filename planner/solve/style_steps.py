"""Primal-dual steps over the options at hand of one slice, as tables by style.

The linear program of the options at hand has shared rows, a row for the stock of every lot and one
for the cap of every group that binds by itself. A step moves amounts against prices and prices
against what is used; it is reflected, drawn back to where the walk began, and begun anew from time
to time (restarted Halpern iterations: Lu and Yang 2024). Only shared rows tie slices together, so a
slice is told their prices and tells what it uses; all else stays here.

Columns and rows are scaled so that the largest entry of each is near 1 (Ruiz 2001), then so that a
step of size 1 cannot overshoot (Pock and Chambolle 2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.solve.compiled import jit
from planner.solve.style_kernel import path_prices
from planner.solve.style_table import StyleTable

WHOLE_POOL = 1.0 - 1e-9
"""A group's cap that is this part of its pool says no more than the pool does."""
BALANCINGS = 10
"""Times every row and column is divided by the root of its largest entry."""


@jit
def _sizes(
    largest: bool,
    shared_scale: Floats,
    scale: Floats,
    lot_scale: Floats,
    cap_scale: Floats,
    use: Floats,
    group: Ints,
    lot: Ints,
    path: Ints,
    capped: Bools,
    group_row: Ints,
    group_part: Floats,
    path_start: Ints,
    path_row: Ints,
    path_use: Floats,
) -> tuple[Floats, Floats, Floats, Floats]:
    """Largest entry, or sum of entries, of shared rows, columns, stock rows and caps, as scaled."""
    shared = np.zeros(len(shared_scale))
    column, stock = np.zeros(len(scale)), np.zeros(len(lot_scale))
    cap = np.zeros(len(cap_scale))
    paths = len(path_start) - 1
    along, ahead = np.zeros(paths), np.zeros(paths)
    for p in range(paths):
        for k in range(path_start[p], path_start[p + 1]):
            entry = abs(path_use[k]) * shared_scale[path_row[k]]
            ahead[p] = max(ahead[p], entry) if largest else ahead[p] + entry
    for j in range(len(scale)):
        g, own, p = group[j], lot[j], path[j]
        total = ahead[p]
        entry = lot_scale[own]
        total = max(total, entry) if largest else total + entry
        stock[own] = max(stock[own], scale[j] * entry) if largest else stock[own] + scale[j] * entry
        if capped[g]:
            entry = use[j] * cap_scale[g]
            total = max(total, entry) if largest else total + entry
            cap[g] = max(cap[g], scale[j] * entry) if largest else cap[g] + scale[j] * entry
        row = group_row[g]
        if row >= 0:
            entry = use[j] * group_part[g] * shared_scale[row]
            total = max(total, entry) if largest else total + entry
            entry *= scale[j]
            shared[row] = max(shared[row], entry) if largest else shared[row] + entry
        column[j] = total * scale[j]
        along[p] = max(along[p], scale[j]) if largest else along[p] + scale[j]
    for p in range(paths):
        for k in range(path_start[p], path_start[p + 1]):
            row = path_row[k]
            entry = along[p] * abs(path_use[k]) * shared_scale[row]
            shared[row] = max(shared[row], entry) if largest else shared[row] + entry
    return shared, column, stock, cap


@jit
def _step(
    paths: Floats,
    y: Floats,
    ahead: float,
    amount_step: float,
    price_step: float,
    gain: Floats,
    scale: Floats,
    amounts: Floats,
    amounts_from: Floats,
    use: Floats,
    group: Ints,
    lot: Ints,
    path: Ints,
    units: Floats,
    lot_scale: Floats,
    stock: Floats,
    stock_from: Floats,
    cap: Floats,
    capped: Bools,
    cap_scale: Floats,
    caps: Floats,
    caps_from: Floats,
    group_row: Ints,
    group_part: Floats,
    path_start: Ints,
    path_row: Ints,
    path_use: Floats,
    used: Floats,
) -> tuple[float, float]:
    """One step; returns the squares of how far amounts and prices moved. Fills `used`."""
    price = np.zeros(len(cap))
    for g in range(len(cap)):
        if capped[g]:
            price[g] = caps[g] * cap_scale[g]
        if group_row[g] >= 0:
            price[g] += group_part[g] * y[group_row[g]]
    along = np.zeros(len(paths))
    taken, inside = np.zeros(len(units)), np.zeros(len(cap))
    amounts_moved, prices_moved = 0.0, 0.0
    for j in range(len(scale)):
        g, own = group[j], lot[j]
        paid = paths[path[j]] + use[j] * price[g] + stock[own] * lot_scale[own]
        moved = max(0.0, amounts[j] + amount_step * (gain[j] - scale[j] * paid)) - amounts[j]
        amounts_moved += moved * moved
        beyond = amounts[j] + 2.0 * moved
        amounts[j] = ahead * beyond + (1.0 - ahead) * amounts_from[j]
        beyond *= scale[j]
        along[path[j]] += beyond
        taken[own] += beyond
        inside[g] += use[j] * beyond
    for k in range(len(units)):
        moved = price_step * lot_scale[k] * (taken[k] - units[k])
        prices_moved += moved * moved
        stock[k] = ahead * (stock[k] + 2.0 * moved) + (1.0 - ahead) * stock_from[k]
    for g in range(len(cap)):
        if capped[g]:
            step = price_step * cap_scale[g] * (inside[g] - cap[g])
            moved = max(0.0, caps[g] + step) - caps[g]
            prices_moved += moved * moved
            caps[g] = ahead * (caps[g] + 2.0 * moved) + (1.0 - ahead) * caps_from[g]
        if group_row[g] >= 0:
            used[group_row[g]] += group_part[g] * inside[g]
    for p in range(len(along)):
        if along[p] != 0.0:
            for k in range(path_start[p], path_start[p + 1]):
                used[path_row[k]] += along[p] * path_use[k]
    return amounts_moved, prices_moved


@dataclass(frozen=True)
class Step:
    """What a slice is told of a step.

    prices: of shared rows, in PC for each unit of their limits; ahead: the part of the reflected
    step that is taken, the rest leads back to where the walk began; amount_step, price_step: how
    far amounts and prices move; anew: the walk begins here.
    """

    prices: Floats
    ahead: float
    amount_step: float
    price_step: float
    anew: bool


@dataclass(frozen=True)
class Moved:
    """What a slice would use of every shared row beyond the step, and squares of how far it moved."""

    used: Floats
    amounts: float
    prices: float


@dataclass(frozen=True)
class Come:
    """Squares of how far amounts and prices inside the slice are from where the walk began anew."""

    amounts: float
    prices: float


@dataclass(frozen=True)
class Norms:
    """Squares of the lengths of gains and of limits inside the slice, as scaled."""

    gains: float
    limits: float


class Walk:
    """Amounts of a table's options and prices of its stock and caps, on their way."""

    def __init__(self, table: StyleTable, amounts: Floats, stock: Floats, caps: Floats) -> None:
        self.table = table
        part = np.where(table.group_row >= 0, table.group_part, 0.0)
        finite = np.isfinite(table.cap)
        self.capped = finite & (part * np.where(finite, table.cap, 0.0) < WHOLE_POOL)
        self._given = amounts, stock, caps
        self.scale = np.ones(len(table))
        self.lot_scale, self.cap_scale = np.ones(len(table.units)), np.ones(len(table.cap))

    def sizes(self, shared_scale: Floats, *, largest: bool) -> Floats:
        """Largest entries (or sums of entries) of the shared rows; everything else is scaled by its
        own."""
        t = self.table
        shared, *own = _sizes(
            largest, shared_scale, self.scale, self.lot_scale, self.cap_scale, t.use, t.group,
            t.lot, t.path, self.capped, t.group_row, t.group_part, t.path_start, t.path_row,
            t.path_use,
        )  # fmt: skip
        for scale, size in zip((self.scale, self.lot_scale, self.cap_scale), own, strict=True):
            scale *= root_of(size)
        return shared

    def begin(self) -> Norms:
        """Scaled as agreed, ready to step."""
        amounts, stock, caps = self._given
        self.amounts = amounts / self.scale
        self.stock, self.caps = stock / self.lot_scale, caps / self.cap_scale
        self.gain = self.table.value * self.scale
        limits = np.where(self.capped, self.table.cap, 0.0) * self.cap_scale
        stock_limits = self.table.units * self.lot_scale
        return Norms(_square(self.gain), _square(stock_limits) + _square(limits))

    def step(self, step: Step) -> Moved:
        """Take a step."""
        if step.anew:
            self._from = self.amounts.copy(), self.stock.copy(), self.caps.copy()
        t, used = self.table, np.zeros(len(step.prices))
        moved = _step(
            path_prices(t.path_start, t.path_row, t.path_use, step.prices), step.prices,
            step.ahead, step.amount_step, step.price_step, self.gain, self.scale, self.amounts,
            self._from[0], t.use, t.group, t.lot, t.path, t.units, self.lot_scale, self.stock,
            self._from[1], t.cap, self.capped, self.cap_scale, self.caps, self._from[2],
            t.group_row, t.group_part, t.path_start, t.path_row, t.path_use, used,
        )  # fmt: skip
        return Moved(used, *moved)

    def come(self) -> Come:
        """How far this is from where it began anew."""
        amounts, stock, caps = self._from
        return Come(
            _square(self.amounts - amounts), _square(self.stock - stock) + _square(self.caps - caps)
        )

    def answer(self) -> tuple[Floats, Floats, Floats]:
        """Amounts, prices of stock and of caps, in their own units."""
        return (
            np.maximum(self.amounts, 0.0) * self.scale,
            self.stock * self.lot_scale,
            np.maximum(self.caps, 0.0) * self.cap_scale,
        )


def _square(vector: Floats) -> float:
    return float(vector @ vector)


def root_of(size: Floats) -> Floats:
    """One over the root of each size, 1 where there is nothing."""
    return np.asarray(1.0 / np.sqrt(np.where(size > 0, size, 1.0)))
