"""Prices of what slices share, found by walking through all slices at once.

A first-order method for the linear program of the options at hand: every step tells all slices the
prices of shared rows and hears what they would use. Between walks each slice lets in options that
are worth adding and drops those far below it. Any prices bound every plan: see `bound_at`.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np

from planner.domain.arrays import Floats
from planner.errors import SolverError
from planner.executor import Executor
from planner.solve import shards
from planner.solve.shards import Looked, Part, Stand
from planner.solve.style_kernel import bound_of
from planner.solve.style_steps import BALANCINGS, Come, Moved, Norms, Step, root_of
from planner.solve.style_table import SharedRows

LENGTH = 0.99
"""Of a step, as a part of the longest that is safe."""
MUCH, ENOUGH, LONG = 0.2, 0.8, 0.36
"""A walk begins anew when a step moves it `MUCH` less than its first, or `ENOUGH` less and it no
longer gets better, or after this part of all steps."""
LIMITS_FIRST = 10.0
"""Prices weigh the more, with the third root of this: whole units need limits that are kept."""
BALANCE, MOST_AT_ONCE = 0.25, 5.0
"""How fast the weight of prices against amounts follows each of its two measures, and at most."""
TINY = 1e-12


@dataclass
class SharedPrices:
    """The prices, and how they were found.

    weight: how far prices move for each unit that amounts move, both as scaled. bound: what no plan
    exceeds, the lowest found, at the prices `bounding`. used: of every shared row by every slice
    where the last walk ended, slices x rows.
    """

    executor: Executor
    rows: SharedRows
    weight: float = 0.0
    steps: int = 0
    bound: float = np.inf
    prices: Floats = field(init=False)
    bounding: Floats = field(init=False)
    used: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.prices = np.zeros(len(self.rows))
        self.bounding = self.prices
        self.used = np.zeros((0, len(self.rows)))

    def look_at(self, one_in: int) -> None:
        """From now on look at one style in so many, with their part of the limits; 1 = all. Parts must
        hold those before."""
        looked: list[Looked] = self.executor.map(shards.look_at, Part(one_in, self.prices))
        units, everything = sum(each.units for each in looked), sum(each.all for each in looked)
        self._part, self._since = units / max(everything, TINY), self.steps

    def let_in(self) -> int:
        """Let every slice change the options at hand; how many are new."""
        return sum(self.executor.map(shards.let_in, self.prices))

    def walk(self, steps: int, deadline: float) -> float:
        """So many steps over the options at hand; what plans near the amounts where it ends are worth,
        about, of the lots looked at: limits overdrawn count at their prices, promises missed too.
        """
        self._balance()
        norms: list[Norms] = self.executor.map(shards.begin, None)
        limit = self._part * self.rows.limit * self._scale
        gains = max(float(np.sqrt(sum(norm.gains for norm in norms))), TINY)
        limits = max(float(np.sqrt(sum(norm.limits for norm in norms) + limit @ limit)), TINY)
        if not self.weight:
            self.weight = gains / limits
        self._walk(steps, deadline, gains, limits)
        return self._stand()

    def bound_at(self, prices: Floats) -> float:
        """What no plan exceeds: every slice over all its options at one set of prices."""
        earned: list[float] = self.executor.map(shards.earned, prices)
        bound = bound_of(self.rows.limit, prices, sum(earned))
        if not np.isfinite(bound):
            raise SolverError("The prices of shared limits could not be worked out.")
        if bound < self.bound:
            self.bound, self.bounding = bound, prices
        return bound

    def _balance(self) -> None:
        """Agree on the scale of every row."""
        self._scale = np.ones(len(self.rows))
        for largest in [True] * BALANCINGS + [False]:
            found = self.executor.map(shards.sizes, (self._scale, largest))
            size = np.max(found, axis=0) if largest else np.sum(found, axis=0)
            self._scale = self._scale * root_of(size)

    def _walk(self, steps: int, deadline: float, gains: float, limits: float) -> None:
        scale, limit = self._scale, self._part * self.rows.limit
        most = self.rows.most_price / scale
        prices = self.prices / scale
        begun, taken, first, before = prices, 0, 0.0, np.inf
        for _ in range(steps):
            if time.monotonic() > deadline:
                break
            amount_step, price_step = LENGTH / self.weight, LENGTH * self.weight
            ahead = (taken + 1.0) / (taken + 2.0)
            asked = Step(prices * scale, ahead, amount_step, price_step, anew=taken == 0)
            found: list[Moved] = self.executor.map(shards.step, asked)
            used = np.sum([each.used for each in found], axis=0)
            moved = np.clip(prices + price_step * scale * (used - limit), 0.0, most) - prices
            prices = ahead * (prices + 2.0 * moved) + (1.0 - ahead) * begun
            amounts = np.sqrt(sum(each.amounts for each in found))
            both = np.sqrt(sum(each.prices for each in found) + moved @ moved)
            size = np.hypot(amounts * np.sqrt(self.weight), both / np.sqrt(self.weight))
            taken, self.steps = taken + 1, self.steps + 1
            if size == 0.0:
                break
            first = first if taken > 1 else size
            if taken > 1 and (
                size <= MUCH * first
                or (size <= ENOUGH * first and size > before)
                or taken >= LONG * (self.steps - self._since)
            ):
                lacking = both / max(amounts, TINY) * gains / limits / self.weight**2
                self._reweigh(prices - begun, lacking)
                begun, taken, before = prices, 0, np.inf
            else:
                before = size
        self.prices = np.clip(prices * scale, 0.0, self.rows.most_price)

    def _reweigh(self, come: Floats, lacking: float) -> None:
        """Let the weight of prices follow how far they and amounts have come since the walk began anew
        (Applegate and others 2021), so that both arrive together, and what each still lacks.

        come: prices of shared rows, as scaled. lacking: how far limits are from being kept, as a part of
        their size, over how far amounts are from paying, as a part of what they gain.
        """
        inside: list[Come] = self.executor.map(shards.come, None)
        prices = np.sqrt(come @ come + sum(each.prices for each in inside))
        amounts = np.sqrt(sum(each.amounts for each in inside))
        far = prices / max(amounts, TINY) / self.weight
        change = (LIMITS_FIRST * far * lacking) ** BALANCE
        self.weight *= float(np.clip(change, 1.0 / MOST_AT_ONCE, MOST_AT_ONCE))

    def _stand(self) -> float:
        found: list[Stand] = self.executor.map(shards.stand, len(self.rows))
        self.used = np.array([each.used for each in found])
        over = sum(each.kept for each in found) - self._part * self.rows.limit
        lost = np.where(np.isfinite(self.rows.most_price), 0.0, np.maximum(over, 0.0))
        value = sum(each.value for each in found)
        return float(value - lost @ self.prices - missed(self.rows, over))


def rations(room: Floats, used: Floats) -> Floats:
    """Room of the shared rows for every slice, in proportion to what it used: slices x rows."""
    used = np.maximum(used, 0.0)
    total = used.sum(axis=0)
    share = np.where(total > 0, used / np.where(total > 0, total, 1.0), 1.0 / len(used))
    return np.asarray(share * np.maximum(room, 0.0))


def missed(rows: SharedRows, over: Floats) -> float:
    """What it costs that use is so far over the limits of promises."""
    priced = np.isfinite(rows.most_price)
    return float(np.maximum(over[priced], 0.0) @ rows.most_price[priced])
