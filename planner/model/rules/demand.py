"""Rules of shoppers: pools, a style's share of them, what a channel can deliver."""

from __future__ import annotations

import numpy as np

from planner.domain.arrays import Ints
from planner.domain.lookup import column
from planner.model.board import Board, block, rank
from planner.model.program import Block


def demand_pool(board: Board) -> Block:
    """Shoppers are never sold to twice: units / D of a pool's options in a period sum to 1 at most.

    Written in units at the pool's lowest price (times D at it), so that coefficients stay near 1.
    """
    options = board.priced.options
    pool, names = _pools(board)
    row, first = rank(pool, options.sell_period)
    greatest = np.zeros(len(first))
    np.maximum.at(greatest, row, options.demand)
    labels = [(" | ".join(names[pool[k]]), int(options.sell_period[k])) for k in first]
    entries = (row, np.arange(len(options)), greatest[row] / options.demand)
    return block("demand_pool", "units at lowest price", labels, [entries], greatest)


def style_share(board: Board) -> Block:
    """One style takes no more than its share of a pool in a period."""
    scenario, options = board.priced.lookup.scenario, board.priced.options
    share = column(scenario.channels, "style_share").astype(float)[options.channel]
    limited = np.flatnonzero(share < 1)
    pool, names = _pools(board)
    styles, style = board.styles, board.style_of_lot[options.lot]
    row, first = rank(style[limited], pool[limited], options.sell_period[limited])
    greatest = np.zeros(len(first))
    np.maximum.at(greatest, row, options.demand[limited])
    labels = [
        (" | ".join((styles[style[k]], *names[pool[k]])), int(options.sell_period[k]))
        for k in limited[first]
    ]
    entries = (row, limited, greatest[row] / options.demand[limited])
    limit = greatest * share[limited[first]]
    return block("style_share", "units at lowest price", labels, [entries], limit)


def channel_capacity(board: Board) -> Block:
    """Units a channel can sell and deliver in a period."""
    priced, options = board.priced, board.priced.options
    channels = priced.lookup.scenario.channels
    lookup = priced.lookup
    per_day = np.array([lookup.channel_units_per_day(k) for k in range(len(channels))])
    limited = np.flatnonzero(np.isfinite(per_day[options.channel]))
    channel, period = options.channel[limited], options.sell_period[limited]
    row, first = rank(channel, period)
    names = [(channels[channel[k]].channel, int(period[k])) for k in first]
    limit = per_day[channel[first]] * lookup.days_per_period
    return block("channel_capacity", "units", names, [(row, limited, np.ones(len(row)))], limit)


def _pools(board: Board) -> tuple[Ints, list[tuple[str, str, str]]]:
    """Pool of every option, and the (channel, category, season) of each pool."""
    scenario, options = board.priced.lookup.scenario, board.priced.options
    kinds, kind_of_lot = board.priced.lookup.kinds("category", "season")
    pool = options.channel * len(kinds) + kind_of_lot[options.lot]
    names = [(row.channel, *kind) for row in scenario.channels for kind in kinds]
    return pool, names
