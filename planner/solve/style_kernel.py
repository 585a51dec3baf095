"""Styles solved in closed form at given prices of what they share: bounds, and whole units.

At prices y of the shared rows a style earns at most

    min over stock prices mu of   sum of mu x units  +  sum over groups of cap x max(0, best),
    best = the largest (value - y x use of shared rows - mu) / use of the group's options,

which is the dual of its own small linear program: any mu gives a bound, the best one its optimum.
A lot's stock is never worth less than its best exit without limit (its floor), so options below
that are never used.
"""

from __future__ import annotations

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.solve.compiled import jit
from planner.solve.style_table import StyleTable

NOTHING = -1e300
HALVINGS = 30
"""Of the range of a stock price: enough for a relative precision of 1e-9."""
ROUNDS = 2
"""Times the stock prices of a style's lots are lowered one after the other: a third changes nothing."""
WHOLE = 1e-9
"""Of a unit that floats may hide."""
PAD = 1e-9
"""Relative safety added to a bound for the rounding of float sums; it is far above their error."""


@jit
def path_prices(start: Ints, row: Ints, use: Floats, y: Floats) -> Floats:
    """What a unit pays along each path at prices `y`."""
    found = np.zeros(len(start) - 1)
    for path in range(len(found)):
        total = 0.0
        for k in range(start[path], start[path + 1]):
            total += use[k] * y[row[k]]
        found[path] = total
    return found


@jit
def _wanted(
    which: int, mu: Floats, earned: Floats, use: Floats, own: Ints, group: Ints, cap: Floats
) -> float:
    """Units of a lot that groups take at these stock prices."""
    total = 0.0
    j, n = 0, len(earned)
    while j < n:
        here, first = group[j], j
        best = 0.0
        while j < n and group[j] == here:
            best = max(best, (earned[j] - mu[own[j]]) / use[j])
            j += 1
        for k in range(first, j):
            if best > 0.0 and own[k] == which and (earned[k] - mu[own[k]]) / use[k] == best:
                total += cap[here] / use[k]
                break
    return total


@jit
def _lower(
    which: int,
    units: float,
    floor: float,
    mu: Floats,
    earned: Floats,
    use: Floats,
    own: Ints,
    group: Ints,
    cap: Floats,
) -> None:
    """Give a lot the stock price at which its groups take just its units, or its floor."""
    low, high = floor, floor
    for k in range(len(earned)):
        if own[k] == which:
            high = max(high, earned[k])
    mu[which] = floor
    if _wanted(which, mu, earned, use, own, group, cap) <= units:
        return
    for _ in range(HALVINGS):
        mu[which] = 0.5 * (low + high)
        if _wanted(which, mu, earned, use, own, group, cap) > units:
            low = mu[which]
        else:
            high = mu[which]
    mu[which] = high


@jit
def _total(
    price: Floats, units: Floats, earned: Floats, use: Floats, own: Ints, group: Ints, cap: Floats
) -> tuple[float, float]:
    """What a style earns at most at these stock prices, and the sizes of what is added up."""
    total, size = 0.0, 0.0
    for which in range(len(price)):
        total += price[which] * units[which]
        size += abs(price[which]) * units[which]
    j, n = 0, len(earned)
    while j < n:
        here = group[j]
        best = 0.0
        while j < n and group[j] == here:
            best = max(best, (earned[j] - price[own[j]]) / use[j])
            j += 1
        total += best * cap[here]
        size += best * cap[here]
    return total, size


@jit
def _evaluate(
    value: Floats,
    use: Floats,
    group: Ints,
    lot: Ints,
    path: Ints,
    style_start: Ints,
    lot_start: Ints,
    units: Floats,
    cap: Floats,
    group_row: Ints,
    group_part: Floats,
    paths: Floats,
    y: Floats,
    rounds: int,
    mu: Floats,
) -> tuple[float, float]:
    """What all styles earn at most beside the prices, and the sum of sizes of what was added up."""
    total, size = 0.0, 0.0
    for style in range(len(style_start) - 1):
        first, last = style_start[style], style_start[style + 1]
        lots, end = lot_start[style], lot_start[style + 1]
        floor = np.full(end - lots, NOTHING)
        earned = np.empty(last - first)
        least = 0.0
        for j in range(first, last):
            left = value[j] - paths[path[j]]
            row = group_row[group[j]]
            if row >= 0:
                left -= use[j] * group_part[group[j]] * y[row]
            earned[j - first] = left
            least = min(least, left)
            if cap[group[j]] == np.inf:
                floor[lot[j] - lots] = max(floor[lot[j] - lots], left)
        for k in range(end - lots):
            if floor[k] == NOTHING:
                floor[k] = least - 1.0
        given, price = np.maximum(mu[lots:end], floor), floor.copy()
        kept = np.empty(last - first, np.int64)
        count, begun, here = 0, 0, -1
        for j in range(first, last):
            which = lot[j] - lots
            if cap[group[j]] < np.inf and earned[j - first] > floor[which]:
                if group[j] != here:
                    begun, here = count, group[j]
                k = begun  # of a lot's options alike in use, the best of a group is enough
                while k < count and not (lot[kept[k]] == lot[j] and use[kept[k]] == use[j]):
                    k += 1
                if k == count or earned[j - first] > earned[kept[k] - first]:
                    kept[k] = j
                count = max(count, k + 1)
                price[which] = max(price[which], earned[j - first])
        at = kept[:count]
        mine, each = earned[at - first], use[at]
        own, pool, stock = lot[at] - lots, group[at], units[lots:end]
        most, added = _total(given, stock, mine, each, own, pool, cap)
        if rounds > 0:
            for _ in range(rounds if end - lots > 1 else 1):
                for which in range(end - lots):
                    _lower(which, stock[which], floor[which], price, mine, each, own, pool, cap)
            lowered, sizes = _total(price, stock, mine, each, own, pool, cap)
            if lowered < most:
                given, most, added = price, lowered, sizes
        mu[lots:end] = given
        total += most
        size += added
    return total, size


@jit
def _used(
    rows: int,
    amounts: Floats,
    use: Floats,
    group: Ints,
    path: Ints,
    group_row: Ints,
    group_part: Floats,
    path_start: Ints,
    path_row: Ints,
    path_use: Floats,
) -> Floats:
    """What amounts take of every shared row."""
    found = np.zeros(rows)
    along = np.zeros(len(path_start) - 1)
    for j in range(len(amounts)):
        if amounts[j] != 0.0:
            row = group_row[group[j]]
            if row >= 0:
                found[row] += amounts[j] * use[j] * group_part[group[j]]
            along[path[j]] += amounts[j]
    for k in range(len(along)):
        if along[k] != 0.0:
            for entry in range(path_start[k], path_start[k + 1]):
                found[path_row[entry]] += along[k] * path_use[entry]
    return found


@jit
def _tempting(
    value: Floats,
    use: Floats,
    group: Ints,
    lot: Ints,
    path: Ints,
    style_start: Ints,
    lot_start: Ints,
    units: Floats,
    cap: Floats,
    group_row: Ints,
    group_part: Floats,
    paths: Floats,
    y: Floats,
    mu: Floats,
    caps: Floats,
    least: float,
    enough: float,
    inside: Bools,
) -> tuple[Ints, Floats]:
    """Of each lot and group the outside option worth most, and what its most units are worth, where
    a unit is worth more than `enough`.

    Lets options inside go whose worth is below `least`.
    """
    found, gain = np.empty(len(value), np.int64), np.empty(len(value))
    count = 0
    for style in range(len(style_start) - 1):
        lots, end = lot_start[style], lot_start[style + 1]
        best, which = np.zeros(end - lots), np.full(end - lots, -1)
        j, last = style_start[style], style_start[style + 1]
        while j < last:
            here = group[j]
            price = caps[here]
            if group_row[here] >= 0:
                price += group_part[here] * y[group_row[here]]
            best[:] = enough
            which[:] = -1
            while j < last and group[j] == here:
                worth = value[j] - paths[path[j]] - mu[lot[j]] - use[j] * price
                own = lot[j] - lots
                if cap[here] < np.inf:
                    if inside[j]:
                        inside[j] = worth >= least
                    elif worth > best[own]:
                        best[own], which[own] = worth, j
                j += 1
            for own in range(end - lots):
                k = which[own]
                if k >= 0:
                    found[count] = k
                    gain[count] = best[own] * min(units[lots + own], cap[here] / use[k])
                    count += 1
    return found[:count], gain[:count]


@jit
def _place(
    order: Ints,
    wanted: Floats,
    use: Floats,
    group: Ints,
    lot: Ints,
    path: Ints,
    group_row: Ints,
    group_part: Floats,
    path_start: Ints,
    path_row: Ints,
    path_use: Floats,
    left: Floats,
    inside: Floats,
    room: Floats,
    amounts: Floats,
) -> None:
    """Whole units of options in this order: as many as are wanted, left, and allowed by all limits."""
    for j in order:
        here, row = group[j], group_row[group[j]]
        most = min(wanted[j], left[lot[j]])
        if most < 1.0:
            continue
        if inside[here] < np.inf:
            most = min(most, np.floor(inside[here] / use[j] + WHOLE))
        if row >= 0:
            most = min(most, np.floor(room[row] / (use[j] * group_part[here]) + WHOLE))
        begin, end = path_start[path[j]], path_start[path[j] + 1]
        for k in range(begin, end):
            if path_use[k] > 0.0:
                most = min(most, np.floor(room[path_row[k]] / path_use[k] + WHOLE))
        if most < 1.0:
            continue
        amounts[j] += most
        left[lot[j]] -= most
        inside[here] -= most * use[j]
        if row >= 0:
            room[row] -= most * use[j] * group_part[here]
        for k in range(begin, end):
            room[path_row[k]] -= most * path_use[k]


def earnings(table: StyleTable, y: Floats, mu: Floats, rounds: int = ROUNDS) -> tuple[float, float]:
    """What the styles earn at most beside prices `y`, and its safety margin.

    mu: stock prices of all lots to begin with. A style keeps them, or those found from the highest
    that any option of a lot pays by lowering one lot after the other `rounds` times, whichever show
    that it earns less. Both figures and prices x limits together bound every plan.
    """
    t = table
    paths = path_prices(t.path_start, t.path_row, t.path_use, y)
    total, size = _evaluate(
        t.value, t.use, t.group, t.lot, t.path, t.style_start, t.lot_start, t.units, t.cap,
        t.group_row, t.group_part, paths, y, rounds, mu,
    )  # fmt: skip
    return total, PAD * size


def bound_of(limit: Floats, prices: Floats, earned: float) -> float:
    """What no plan exceeds, from what all styles earn at most beside prices of shared rows."""
    limits = prices * limit
    return float(earned + limits.sum() + PAD * (np.abs(limits).sum() + abs(earned)))


def used_by(table: StyleTable, amounts: Floats, rows: int) -> Floats:
    """What amounts of a table's options take of every shared row."""
    t = table
    found: Floats = _used(
        rows, amounts, t.use, t.group, t.path, t.group_row, t.group_part, t.path_start, t.path_row,
        t.path_use,
    )  # fmt: skip
    return found


def reduced(table: StyleTable, y: Floats, mu: Floats, caps: Floats) -> Floats:
    """What a unit of each option earns beside prices of shared rows, stock and groups' caps (PC)."""
    t = table
    row = t.group_row[t.group]
    pool = np.where(row >= 0, t.group_part[t.group] * np.append(y, 0.0)[row], 0.0)
    along = path_prices(t.path_start, t.path_row, t.path_use, y)[t.path]
    return np.asarray(t.value - along - mu[t.lot] - t.use * (pool + caps[t.group]))


def tempting(
    table: StyleTable,
    y: Floats,
    mu: Floats,
    caps: Floats,
    inside: Bools,
    *,
    least: float,
    count: int,
    enough: float = 0.0,
) -> Ints:
    """Options outside that are worth adding, the best of a lot and group, at most `count`.

    A unit must be worth more than `enough` (PC), which may be below 0.
    Options inside worth less than `least` (PC a unit) go out of `inside`; exits always stay.
    """
    t = table
    paths = path_prices(t.path_start, t.path_row, t.path_use, y)
    found, gain = _tempting(
        t.value, t.use, t.group, t.lot, t.path, t.style_start, t.lot_start, t.units, t.cap,
        t.group_row, t.group_part, paths, y, mu, caps, least, enough, inside,
    )  # fmt: skip
    if len(found) > count:
        found = found[np.argsort(-gain, kind="stable")[:count]]
    return np.asarray(found)


def place(
    table: StyleTable,
    order: Ints,
    wanted: Floats,
    left: Floats,
    inside: Floats,
    room: Floats,
    amounts: Floats,
) -> None:
    """Put whole units into `amounts`, options in `order`, at most those wanted and as many as fit.

    left: units of every lot not placed yet; inside: what is left of every group's cap; room: of
    every shared row. All three shrink.
    """
    t = table
    _place(
        order, wanted, t.use, t.group, t.lot, t.path, t.group_row, t.group_part, t.path_start,
        t.path_row, t.path_use, left, inside, room, amounts,
    )  # fmt: skip
