"""The corridor: prices of one style in different markets that leave a parallel trader nothing.

Per style and market only the highest and the lowest price in use matter. Switches tell them in
threshold form: H(level) = some price at or above the level is used, L(level) = some price at or
below it is used. Only levels that can be part of a conflict, or of a leak, have them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.lookup import Lookup, column
from planner.domain.vocabulary import CorridorMode
from planner.landed_cost.options import Priced
from planner.landed_cost.resale import carrying_limit, price_before_tax, style_lots
from planner.model.board import LARGE, Board, block
from planner.model.columns import Family
from planner.model.program import Block, Kind
from planner.model.rules.switches import free
from planner.model.runs import Runs

SLACK = 1e-9
"""Prices this near to a limit keep it: decimals are not exact (PC per unit)."""


@dataclass(frozen=True)
class Levels:
    """One element per price a style can be sold at in a market: sorted by style, market, price.

    style: number in `styles`; price: PC before tax. limit[level, market]: what a unit bought at the
    level costs a trader in the other market, tolerance included. most[level, market]: the highest
    price allowed there beside it. Both are infinite where nothing is asked. first, end[style,
    market]: where the levels of a style in a market stand. of_option: the level of every option.
    """

    styles: list[str]
    style: Ints
    market: Ints
    price: Floats
    limit: Floats
    most: Floats
    first: Ints
    end: Ints
    of_option: Ints

    def __len__(self) -> int:
        return len(self.price)

    @cached_property
    def ceiling(self) -> Ints:
        """First level of the style in each market that is not allowed beside a level."""
        return self.after(self.style, self.most + SLACK)

    def after(self, style: Ints, price: Floats) -> Ints:
        """First level of a style in each market that is dearer than price[element, market]."""
        found = self.first[style]
        deepest = int((self.end - self.first).max(initial=0))
        for market in range(self.first.shape[1]):
            start, end = self.first[:, market, None], self.end[:, market, None]
            at = start + np.arange(deepest)
            inside = at < end
            prices = np.where(inside, self.price[np.where(inside, at, 0)], np.inf)
            found[:, market] += (prices[style] <= price[:, market, None]).sum(axis=1)
        return np.minimum(found, self.end[style])


def levels_of(priced: Priced) -> Levels:
    """Every price at which an option could sell a style in a market, with its limits elsewhere.

    None when the corridor is off.
    """
    lookup, options = priced.lookup, priced.options
    if lookup.header.corridor == CorridorMode.OFF:
        options = options.take(np.zeros(0, dtype=np.int64))
    size = (len(lookup.scenario.channels), int(options.rung.max(initial=0)) + 1)
    key = (options.lot * size[0] + options.channel) * size[1] + options.rung
    _, one, offer = np.unique(key, return_index=True, return_inverse=True)
    lot, channel = options.lot[one], options.channel[one]
    price = price_before_tax(lookup, channel, options.price[one], options.wholesale_price[one])
    styles, stands_for = style_lots(lookup)
    number = {name: k for k, name in enumerate(styles)}
    style = lookup.of_kinds(number.__getitem__, "style", dtype=np.int64)[lot]
    market = np.array([lookup.market_at[row.market] for row in lookup.scenario.channels])[channel]
    order = np.lexsort((price, market, style))
    new = np.ones(len(order), dtype=bool)
    style, market, price = style[order], market[order], price[order]
    new[1:] = (np.diff(style) != 0) | (np.diff(market) != 0) | (np.diff(price) != 0)
    level = np.empty(len(order), dtype=np.int64)
    level[order] = np.cumsum(new) - 1
    style, market, price = style[new], market[new], price[new]
    shape = (len(styles), len(lookup.scenario.markets))
    count = np.zeros(shape, dtype=np.int64)
    np.add.at(count, (style, market), 1)
    end = np.cumsum(count).reshape(shape)
    limit = carrying_limit(lookup, stands_for[style], market, price)
    limit += lookup.header.corridor_tolerance
    beside = _beside(lookup, stands_for[style], price, limit)
    return Levels(
        styles=styles,
        style=style,
        market=market,
        price=price,
        limit=limit,
        most=np.minimum(limit, beside) if lookup.header.corridor == CorridorMode.HARD else beside,
        first=end - count,
        end=end,
        of_option=level[offer.ravel()],
    )


def _beside(lookup: Lookup, lot: Ints, price: Floats, limit: Floats) -> Floats:
    """The highest price elsewhere that the brand's ratio allows beside a price (level, market)."""
    ratio = column(lookup.scenario.brands, "corridor_ratio").astype(float)
    ratio = ratio[lookup.brand_of_lot[lot]]
    with np.errstate(divide="ignore"):
        most = np.where(ratio > 0, (price + SLACK) / ratio, np.inf)
    return np.where(np.isinf(limit), np.inf, most[:, None])


@dataclass(frozen=True)
class Schemes:
    """One element per (style, lowest price): prices that may all be used together.

    In each market the levels first <= level < end; none where the two are equal.
    """

    style: Ints
    price: Floats
    first: Ints
    end: Ints


def allowed_prices(levels: Levels) -> Schemes:
    """For every price of a style as its lowest: the most levels of every market that fit together.

    A market starts at its cheapest level not below that price and ends where the cheapest of
    another market bars it. A market left with nothing does not bar the others.
    """
    order = np.lexsort((levels.price, levels.style))
    style, price = levels.style[order], levels.price[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(style) != 0) | (np.diff(price) != 0)
    style, price = style[new], price[new]
    below = np.nextafter(price, -np.inf)[:, None].repeat(levels.first.shape[1], axis=1)
    first = levels.after(style, below)
    end = _barred(levels, style, first, first < levels.end[style])
    end = np.maximum(_barred(levels, style, first, first < end), first)
    return Schemes(style, price, first, end)


def _barred(levels: Levels, style: Ints, first: Ints, present: Bools) -> Ints:
    """Where each market ends when the first level of every market present bars the others'."""
    end = np.where(present, levels.end[style], first)
    for market in range(first.shape[1]):
        here = np.flatnonzero(present[:, market])
        end[here] = np.minimum(end[here], levels.ceiling[first[here, market]])
    return np.asarray(end)


@dataclass(frozen=True)
class Pairs:
    """Ordered pairs of markets between which a style could be traded at a profit.

    most: the greatest profit beyond the tolerance, PC per unit. With h, l the highest price sold at
    and the least limit, the profit is the sum of `rise` over levels with H = 1 less the sum of
    `fall` over levels with L = 0; entries are (pair, level, PC).
    """

    style: Ints
    bought_in: Ints
    sold_in: Ints
    most: Floats
    rise: tuple[Ints, Ints, Floats]
    fall: tuple[Ints, Ints, Floats]


def pairs_of(levels: Levels) -> Pairs:
    """All pairs with a profit to be made at some prices."""
    style, bought_in = np.nonzero(levels.end > levels.first)
    least = levels.limit[levels.first[style, bought_in]]
    filled = levels.end[style] > levels.first[style]
    top = np.where(filled, levels.price[np.where(filled, levels.end[style] - 1, 0)], -np.inf)
    at, sold_in = np.nonzero(top > least + SLACK)
    style, bought_in = style[at], bought_in[at]
    least, top = least[at, sold_in], top[at, sold_in]
    pair, level = _each(levels, style, sold_in)
    before = np.where(level > levels.first[style, sold_in][pair], levels.price[level - 1], -np.inf)
    rise = levels.price[level] - np.maximum(before, least[pair])
    high = (pair[rise > 0], level[rise > 0], rise[rise > 0])
    pair, level = _each(levels, style, bought_in)
    final = level + 1 == levels.end[style, bought_in][pair]
    after = levels.limit[np.where(final, level, level + 1), sold_in[pair]]
    after = np.where(final, np.inf, after)
    fall = np.minimum(after, top[pair]) - levels.limit[level, sold_in[pair]]
    low = (pair[fall > 0], level[fall > 0], fall[fall > 0])
    return Pairs(style, bought_in, sold_in, top - least, high, low)


def _each(levels: Levels, style: Ints, market: Ints) -> tuple[Ints, Ints]:
    """(element, level) of every level of each element's style in its market."""
    first, end = levels.first[style, market], levels.end[style, market]
    element = np.repeat(np.arange(len(style)), end - first)
    step = np.arange(len(element)) - np.repeat(np.cumsum(end - first) - (end - first), end - first)
    return element, first[element] + step


@dataclass(frozen=True, kw_only=True)
class PriceBounds(Family):
    """H, then L: one switch per price level that can be part of a conflict or a leak.

    high, low: the levels of both. Each conflict is a price level `cheap` that may not be in use, nor
    any below it, beside a price at or above the level `dear` in another market.
    """

    kind = Kind.SWITCH
    levels: Levels
    high: Ints
    low: Ints
    cheap: Ints
    dear: Ints


@dataclass(frozen=True, kw_only=True)
class Leaks(Family):
    """E: profit per unit, beyond the tolerance, of the best trade left between two markets."""

    kind = Kind.AMOUNT
    pairs: Pairs


def price_bounds_of(priced: Priced) -> PriceBounds:
    """The switches of the corridor; none when it is off or no prices can conflict."""
    levels = levels_of(priced)
    cheap, dear = _conflicts(levels)
    pairs = _leaking(priced, levels)
    high = np.unique(np.concatenate([dear, pairs.rise[1]]))
    low = np.unique(np.concatenate([cheap, pairs.fall[1]]))
    labels = [
        *(f"{_name(priced, levels, k)} or above" for k in high.tolist()),
        *(f"{_name(priced, levels, k)} or below" for k in low.tolist()),
    ]
    return PriceBounds(**free(labels), levels=levels, high=high, low=low, cheap=cheap, dear=dear)


def leaks_of(priced: Priced) -> Leaks:
    """One column for every pair of markets a leak of a style is charged for."""
    header, markets = priced.lookup.header, priced.lookup.scenario.markets
    levels = levels_of(priced)
    pairs = _leaking(priced, levels)
    labels = [
        f"{levels.styles[style]} | {markets[one].market} | {markets[other].market}"
        for style, one, other in zip(
            pairs.style.tolist(), pairs.bought_in.tolist(), pairs.sold_in.tolist(), strict=True
        )
    ]
    return Leaks(
        labels=labels,
        periods=np.zeros(len(labels), dtype=np.int64),
        value=np.full(len(labels), -header.corridor_leak_units),
        most=pairs.most,
        pairs=pairs,
    )


def _conflicts(levels: Levels) -> tuple[Ints, Ints]:
    """The conflicts that imply all others: (level not to be used, nor any below; level beside it).

    For each level elsewhere, the dearest level it bars.
    """
    ceiling = levels.ceiling
    cheap, market = np.nonzero(ceiling < levels.end[levels.style])
    dear = ceiling[cheap, market]
    final = cheap + 1 == levels.end[levels.style, levels.market][cheap]
    following = ceiling[np.where(final, cheap, cheap + 1), market]
    keep = final | (following != dear)
    return cheap[keep], dear[keep]


def _leaking(priced: Priced, levels: Levels) -> Pairs:
    """The pairs whose leaks are charged: those with a profit to be made, in leak mode."""
    pairs = pairs_of(levels)
    if priced.lookup.header.corridor == CorridorMode.LEAK:
        return pairs
    no = np.zeros(0, dtype=np.int64)
    nothing = (no, no, np.zeros(0))
    return Pairs(no, no, no, np.zeros(0), nothing, nothing)


def _name(priced: Priced, levels: Levels, level: int) -> str:
    """A style, a market and a price."""
    market = priced.lookup.scenario.markets[levels.market[level]].market
    return f"{levels.styles[levels.style[level]]} | {market} | {levels.price[level]:.2f}"


def corridor_price(board: Board) -> Block:
    """Units sold at a level or above <= M H(level); units sold at a level or below <= M L(level)."""
    bounds = board.columns.of(PriceBounds)
    levels, stock = bounds.levels, _stock(board, bounds.levels)
    runs = Runs.by(np.arange(len(levels.of_option)), levels.of_option)
    high, low = bounds.high, bounds.low
    start = levels.first[levels.style, levels.market]
    end = levels.end[levels.style, levels.market]
    top, bottom = end[high], start[low]
    if len(levels.of_option) > LARGE:
        top, bottom = _own(levels, high, low, top, bottom)
    number, options = runs.between(np.concatenate([high, bottom]), np.concatenate([top, low + 1]))
    most = stock[levels.style[np.concatenate([high, low])]]
    every = np.arange(len(bounds))
    entries = [
        (number, options, np.ones(len(options))),
        (every, board.columns.at(PriceBounds), -most),
    ]
    names = [(label, 0) for label in bounds.labels]
    charged = board.priced.lookup.header.corridor == CorridorMode.LEAK
    zero = np.zeros(len(every))
    return block("corridor_price", "units", names, entries, zero, link=True, logic=not charged)


def corridor(board: Board) -> Block:
    """Prices that conflict are not used together: H(level) + L(level elsewhere) <= 1.

    H and L are in order: a price at or above a level is at or above all lower ones.
    """
    bounds, column_of = board.columns.of(PriceBounds), board.columns.at(PriceBounds)
    levels, highs = bounds.levels, len(bounds.high)
    high = np.full(len(levels), -1)
    high[bounds.high] = column_of[:highs]
    low = np.full(len(levels), -1)
    low[bounds.low] = column_of[highs:]
    upper, lower = _neighbours(levels, bounds.high), _neighbours(levels, bounds.low)
    one = np.concatenate([high[upper[1]], low[lower[0]], high[bounds.dear]])
    two = np.concatenate([high[upper[0]], low[lower[1]], low[bounds.cheap]])
    conflict = np.arange(len(one)) >= len(one) - len(bounds.dear)
    number = np.arange(len(one))
    entries = [
        (number, one, np.ones(len(one))),
        (number, two, np.where(conflict, 1.0, -1.0)),
    ]
    in_order = one[~conflict] - board.columns.first(PriceBounds)
    labels = [bounds.labels[k] for k in in_order.tolist()]
    for cheap, dear in zip(bounds.cheap.tolist(), bounds.dear.tolist(), strict=True):
        labels.append(_conflict(board, levels, cheap, dear))
    names = [(label, 0) for label in labels]
    return block("corridor", "prices", names, entries, conflict.astype(float), logic=True)


def corridor_leak(board: Board) -> Block:
    """A leak is charged for the profit left: rises with H = 1 less falls with L = 0 <= E."""
    bounds, pairs = board.columns.of(PriceBounds), board.columns.of(Leaks).pairs
    column_of, highs = board.columns.at(PriceBounds), len(bounds.high)
    high = column_of[np.searchsorted(bounds.high, pairs.rise[1])]
    low = column_of[highs + np.searchsorted(bounds.low, pairs.fall[1])]
    every = np.arange(len(pairs.most))
    entries = [
        (pairs.rise[0], high, pairs.rise[2]),
        (pairs.fall[0], low, pairs.fall[2]),
        (every, board.columns.at(Leaks), -np.ones(len(every))),
    ]
    names = [(label, 0) for label in board.columns.of(Leaks).labels]
    unit = f"{board.priced.lookup.header.currency} per unit"
    return block("corridor_leak", unit, names, entries, pairs.most)


def _own(levels: Levels, high: Ints, low: Ints, top: Ints, bottom: Ints) -> tuple[Ints, Ints]:
    """Ends of the levels for which a bound is the nearest one: the order of the bounds of a market
    passes the rest on."""
    group = levels.style * levels.first.shape[1] + levels.market
    top, bottom = top.copy(), bottom.copy()
    next_too = group[high[:-1]] == group[high[1:]]
    top[:-1][next_too] = high[1:][next_too]
    before_too = group[low[:-1]] == group[low[1:]]
    bottom[1:][before_too] = low[:-1][before_too] + 1
    return top, bottom


def _neighbours(levels: Levels, chosen: Ints) -> tuple[Ints, Ints]:
    """Each two chosen levels of one style and market that follow one another, the lower first."""
    group = levels.style * levels.first.shape[1] + levels.market
    lower, upper = chosen[:-1], chosen[1:]
    same = group[lower] == group[upper]
    return lower[same], upper[same]


def _stock(board: Board, levels: Levels) -> Floats:
    """Units of every style, at least 1."""
    number = {name: k for k, name in enumerate(levels.styles)}
    style = np.array([number[name] for name in board.styles], dtype=np.int64)[board.style_of_lot]
    units = np.bincount(style, weights=board.lot_units, minlength=len(levels.styles))
    return np.asarray(np.maximum(units, 1.0))


def _conflict(board: Board, levels: Levels, cheap: int, dear: int) -> str:
    """A style, the two markets and their prices."""
    markets = board.priced.lookup.scenario.markets
    one, other = markets[levels.market[cheap]].market, markets[levels.market[dear]].market
    prices = f"{levels.price[cheap]:.2f} | {levels.price[dear]:.2f}"
    return f"{levels.styles[levels.style[cheap]]} | {one} | {other} | {prices}"
