"""Styles solved in closed form at given prices of what they share: bounds, soft plans, whole units.

At prices y of the shared rows a style earns at most

    min over stock prices mu of   sum of mu x units  +  sum over groups of cap x max(0, best),
    best = the largest (value - y x use of shared rows - mu) / use of the group's options,

which is the dual of its own small linear program: any mu gives a bound, the best one its optimum.
A lot's stock is never worth less than its best exit without limit (its floor), so options below
that are never used. Softened, the best of a group becomes a soft maximum: the dual of all styles
becomes smooth and every option gets a definite amount (Nesterov 2005).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
import numpy as np

from planner.domain.arrays import Floats, Ints
from planner.solve.style_table import StyleTable

NOTHING = -1e300
LAST = -1e8
"""Comes after every option and leaves the differences between exits exact to a millionth."""
HALVINGS = 45
"""Of the range of a stock price: enough for a relative precision of 1e-13."""
NEWTON_STEPS = 30
ENOUGH = 1e-7
"""Part of a lot's units by which the amounts of its options may miss them while prices are sought."""
ROUNDS, SOFT_ROUNDS = 3, 60
"""Times the stock prices of a style's lots are set one after the other, at most; softened, until
none moves any more."""
FAR_BELOW = 30.0
"""Options so many times the softness below zero get nothing: e to the -30 of a cap."""
WHOLE = 1e-9
"""Of a unit that floats may hide."""
PAD = 1e-9
"""Relative safety added to a bound for the rounding of float sums; it is far above their error."""

Function = TypeVar("Function", bound=Callable[..., Any])


def _jit(function: Function) -> Function:
    """Compile, once for all runs."""
    return cast(Function, numba.njit(cache=True)(function))


@_jit
def _path_prices(start: Ints, row: Ints, use: Floats, y: Floats) -> Floats:
    found = np.zeros(len(start) - 1)
    for path in range(len(found)):
        for k in range(start[path], start[path + 1]):
            found[path] += use[k] * y[row[k]]
    return found


@_jit
def _earned(
    first: int,
    last: int,
    lots: int,
    value: Floats,
    use: Floats,
    group: Ints,
    lot: Ints,
    path: Ints,
    cap: Floats,
    group_row: Ints,
    group_part: Floats,
    paths: Floats,
    y: Floats,
    floor: Floats,
    earned: Floats,
) -> None:
    """What each of a style's options earns beside the prices, and the floor of each of its lots."""
    floor[:] = NOTHING
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
    for k in range(len(floor)):
        if floor[k] == NOTHING:
            floor[k] = least - 1.0


@_jit
def _wanted(
    which: int,
    mu: Floats,
    softness: float,
    earned: Floats,
    use: Floats,
    own: Ints,
    group: Ints,
    cap: Floats,
) -> tuple[float, float]:
    """Units of a lot that groups take at these stock prices, and how fast that falls with its own."""
    total, slope = 0.0, 0.0
    j, n = 0, len(earned)
    while j < n:
        here, first = group[j], j
        best = 0.0
        while j < n and group[j] == here:
            best = max(best, (earned[j] - mu[own[j]]) / use[j])
            j += 1
        if softness == 0.0:
            for k in range(first, j):
                if best > 0.0 and own[k] == which and (earned[k] - mu[own[k]]) / use[k] == best:
                    total += cap[here] / use[k]
                    break
            continue
        weight = np.exp(-best / softness)
        mean, square = 0.0, 0.0
        for k in range(first, j):
            part = np.exp(((earned[k] - mu[own[k]]) / use[k] - best) / softness)
            weight += part
            if own[k] == which:
                mean += part / use[k]
                square += part / use[k] ** 2
        mean /= weight
        total += cap[here] * mean
        slope += cap[here] / softness * (square / weight - mean * mean)
    return total, slope


@_jit
def _set_price(
    which: int,
    units: float,
    floor: float,
    mu: Floats,
    softness: float,
    earned: Floats,
    use: Floats,
    own: Ints,
    group: Ints,
    cap: Floats,
) -> bool:
    """Give a lot the stock price at which its groups take just its units, or its floor.

    Returns whether it had to be changed.
    """
    low, high = floor, floor
    for k in range(len(earned)):
        if own[k] == which:
            high = max(high, earned[k])
    if softness == 0.0:
        mu[which] = floor
        want, _ = _wanted(which, mu, softness, earned, use, own, group, cap)
        if want <= units:
            return False
        for _ in range(HALVINGS):
            mu[which] = 0.5 * (low + high)
            want, _ = _wanted(which, mu, softness, earned, use, own, group, cap)
            if want > units:
                low = mu[which]
            else:
                high = mu[which]
        mu[which] = high
        return False
    high += FAR_BELOW * softness
    mu[which] = min(mu[which], high)
    for k in range(NEWTON_STEPS):
        want, slope = _wanted(which, mu, softness, earned, use, own, group, cap)
        if abs(want - units) <= ENOUGH * units:
            return bool(k > 0)
        if want > units:
            low = mu[which]
        elif mu[which] == floor:
            return bool(k > 0)
        else:
            high = mu[which]
        step = floor
        if slope > 0.0 and want > 0.0:
            step = mu[which] + np.log(want / units) * want / slope
        if step >= high or (step <= low and low > floor):
            step = 0.5 * (low + high)
        mu[which] = max(step, floor)
    return True


@_jit
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
    softness: float,
    rounds: int,
    below: float,
    mu: Floats,
    amounts: Floats,
) -> tuple[float, float]:
    """What all styles earn at most beside the prices, and the sum of sizes of what was added up.

    Sets the stock prices `mu`, beginning with those given, and where softened the amounts.
    """
    total, size = 0.0, 0.0
    for style in range(len(style_start) - 1):
        first, last = style_start[style], style_start[style + 1]
        lots, end = lot_start[style], lot_start[style + 1]
        floor = np.empty(end - lots)
        earned = np.empty(last - first)
        _earned(first, last, lots, value, use, group, lot, path, cap, group_row, group_part, paths,
                y, floor, earned)  # fmt: skip
        if softness == 0.0:
            floor = np.maximum(floor, mu[lots:end] - below)
        price = np.maximum(mu[lots:end], floor)
        margin = FAR_BELOW * softness
        kept = np.empty(last - first, np.int64)
        count = 0
        for j in range(first, last):
            if cap[group[j]] < np.inf:
                above = earned[j - first] - floor[lot[j] - lots]
                if above > 0.0 or above / use[j] > -margin:
                    kept[count] = j
                    count += 1
            if softness > 0.0:
                amounts[j] = 0.0
        at = kept[:count]
        mine, each = earned[at - first], use[at]
        own, pool = lot[at] - lots, group[at]
        for _ in range(rounds if end - lots > 1 else min(rounds, 1)):
            changed = False
            for which in range(end - lots):
                if _set_price(which, units[lots + which], floor[which], price, softness, mine,
                              each, own, pool, cap):  # fmt: skip
                    changed = True
            if softness > 0.0 and not changed:
                break
        mu[lots:end] = price
        left = np.empty(end - lots)
        for which in range(end - lots):
            left[which] = units[lots + which]
            total += price[which] * left[which]
            size += abs(price[which]) * left[which]
        j = 0
        while j < count:
            here, begin = pool[j], j
            best = 0.0
            while j < count and pool[j] == here:
                best = max(best, (mine[j] - price[own[j]]) / each[j])
                j += 1
            if softness == 0.0:
                total += best * cap[here]
                size += best * cap[here]
                continue
            weight = np.exp(-best / softness)
            for k in range(begin, j):
                weight += np.exp(((mine[k] - price[own[k]]) / each[k] - best) / softness)
            total += cap[here] * (best + softness * np.log(weight))
            for k in range(begin, j):
                part = np.exp(((mine[k] - price[own[k]]) / each[k] - best) / softness) / weight
                amounts[at[k]] = cap[here] / each[k] * part
                left[own[k]] -= amounts[at[k]]
        if softness > 0.0:
            for j in range(first, last):
                which = lot[j] - lots
                if cap[group[j]] == np.inf and earned[j - first] == floor[which]:
                    amounts[j] = max(left[which], 0.0)
                    left[which] = 0.0
    return total, size


@_jit
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


@_jit
def _fits(
    j: int,
    wanted: float,
    room: Floats,
    inside: float,
    use: Floats,
    group: Ints,
    path: Ints,
    group_row: Ints,
    group_part: Floats,
    path_start: Ints,
    path_row: Ints,
    path_use: Floats,
) -> float:
    """Whole units of an option, at most those wanted, that its group and the shared rows still take."""
    most = min(wanted, np.floor(inside / use[j] + WHOLE)) if inside < np.inf else wanted
    row = group_row[group[j]]
    if row >= 0:
        most = min(most, np.floor(room[row] / (use[j] * group_part[group[j]]) + WHOLE))
    for k in range(path_start[path[j]], path_start[path[j] + 1]):
        if path_use[k] > 0.0:
            most = min(most, np.floor(room[path_row[k]] / path_use[k] + WHOLE))
    return most


@_jit
def _take(
    j: int,
    units: float,
    room: Floats,
    use: Floats,
    group: Ints,
    path: Ints,
    group_row: Ints,
    group_part: Floats,
    path_start: Ints,
    path_row: Ints,
    path_use: Floats,
) -> None:
    """Take the room of some units of an option."""
    row = group_row[group[j]]
    if row >= 0:
        room[row] -= units * use[j] * group_part[group[j]]
    for k in range(path_start[path[j]], path_start[path[j] + 1]):
        room[path_row[k]] -= units * path_use[k]


@_jit
def _place(
    order: Ints,
    wish: Floats,
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
    path_start: Ints,
    path_row: Ints,
    path_use: Floats,
    paths: Floats,
    y: Floats,
    mu: Floats,
    room: Floats,
    amounts: Floats,
    leave: bool,
) -> None:
    """Whole units where they are wished, then where they earn most above their stock price.

    Nothing is taken beyond `room`, which shrinks, or a group's cap. `leave`: what is left after
    that leaves by the exits, the best first.
    """
    for at in range(len(order)):
        style = order[at]
        first, last = style_start[style], style_start[style + 1]
        lots, end = lot_start[style], lot_start[style + 1]
        floor = np.empty(end - lots)
        earned = np.empty(last - first)
        _earned(first, last, lots, value, use, group, lot, path, cap, group_row, group_part, paths,
                y, floor, earned)  # fmt: skip
        left = units[lots:end].copy()
        low = group[first] if last > first else 0
        high = group[last - 1] + 1 if last > first else 0
        inside = cap[low:high] * (1.0 - 1e-10)
        carry = np.zeros(end - lots)
        for j in range(first, last):
            left[lot[j] - lots] -= amounts[j]
            inside[group[j] - low] -= amounts[j] * use[j]
        for j in range(first, last):
            if cap[group[j]] == np.inf or wish[j] <= 0.0:
                continue
            which = lot[j] - lots
            carry[which] += wish[j]
            wanted = min(np.floor(carry[which] + 0.5), left[which])
            carry[which] -= np.floor(carry[which] + 0.5)
            if wanted >= 1.0:
                more = _fits(j, wanted, room, inside[group[j] - low], use, group, path, group_row,
                             group_part, path_start, path_row, path_use)  # fmt: skip
                if more >= 1.0:
                    _take(j, more, room, use, group, path, group_row, group_part, path_start,
                          path_row, path_use)  # fmt: skip
                    amounts[j] += more
                    left[which] -= more
                    inside[group[j] - low] -= more * use[j]
        gain = np.full(last - first, NOTHING)
        for j in range(first, last):
            which = lot[j] - lots
            if cap[group[j]] < np.inf:
                if earned[j - first] > floor[which]:
                    gain[j - first] = earned[j - first] - mu[lot[j]]
            elif leave:
                gain[j - first] = LAST + value[j]
        for k in np.argsort(-gain):
            j = first + k
            which = lot[j] - lots
            if gain[k] == NOTHING or left[which] < 1.0:
                continue
            more = _fits(j, left[which], room, inside[group[j] - low], use, group, path, group_row,
                         group_part, path_start, path_row, path_use)  # fmt: skip
            if more >= 1.0:
                _take(j, more, room, use, group, path, group_row, group_part, path_start, path_row,
                      path_use)  # fmt: skip
                amounts[j] += more
                left[which] -= more
                inside[group[j] - low] -= more * use[j]


def earnings(
    table: StyleTable,
    y: Floats,
    mu: Floats,
    softness: float = 0.0,
    *,
    rounds: int | None = None,
    below: float = np.inf,
) -> tuple[float, float, Floats]:
    """What the styles earn at most beside prices `y`, its safety margin, and softened amounts.

    Sets `mu` (stock price of every lot), beginning with what it holds. Without softness the first
    figure, the margin and prices x limits together bound every plan; the amounts are empty, and
    stock prices are sought no further than `below` under those given, which saves time.
    """
    t = table
    if rounds is None:
        rounds = SOFT_ROUNDS if softness > 0 else ROUNDS
    amounts = np.zeros(len(t) if softness > 0 else 0)
    paths = _path_prices(t.path_start, t.path_row, t.path_use, y)
    total, size = _evaluate(
        t.value, t.use, t.group, t.lot, t.path, t.style_start, t.lot_start, t.units, t.cap,
        t.group_row, t.group_part, paths, y, softness, rounds, below, mu, amounts,
    )  # fmt: skip
    return total, PAD * size, amounts


def used_by(table: StyleTable, amounts: Floats, rows: int) -> Floats:
    """What amounts of a table's options take of every shared row."""
    t = table
    found: Floats = _used(
        rows, amounts, t.use, t.group, t.path, t.group_row, t.group_part, t.path_start, t.path_row,
        t.path_use,
    )  # fmt: skip
    return found


def gains(table: StyleTable, y: Floats, mu: Floats) -> Floats:
    """What each option earns beside the prices and above its stock price, per use of its group."""
    t = table
    row = t.group_row[t.group]
    pool = np.where(row >= 0, t.use * t.group_part[t.group] * np.append(y, 0.0)[row], 0.0)
    along = _path_prices(t.path_start, t.path_row, t.path_use, y)[t.path]
    return np.asarray((t.value - pool - along - mu[t.lot]) / t.use)


def place(
    table: StyleTable,
    y: Floats,
    mu: Floats,
    wish: Floats,
    room: Floats,
    amounts: Floats,
    order: Ints,
    *,
    leave: bool,
) -> None:
    """Put whole units into `amounts` within `room`; both change. See `_place`."""
    t = table
    paths = _path_prices(t.path_start, t.path_row, t.path_use, y)
    _place(
        order, wish, t.value, t.use, t.group, t.lot, t.path, t.style_start, t.lot_start, t.units,
        t.cap, t.group_row, t.group_part, t.path_start, t.path_row, t.path_use, paths, y, mu, room,
        amounts, leave,
    )  # fmt: skip
