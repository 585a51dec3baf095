"""Rules of the units themselves: supply, goods on the way, exits, promises and locks."""

from __future__ import annotations

import numpy as np

from planner.domain.arrays import Bools
from planner.domain.selectors import matches
from planner.domain.vocabulary import LockKind
from planner.landed_cost.options import Priced
from planner.model.board import Board, block
from planner.model.columns import Exits, Stays
from planner.model.program import NO_LIMIT, Block
from planner.pricing import ladder_of


def supply(board: Board) -> Block:
    """A lot's options, exits and stays add up to its units."""
    columns, lookup = board.columns, board.priced.lookup
    shipments = lookup.scenario.frozen_shipments
    stay_lot = np.array([lookup.lot_at[s.lot] for s in shipments], dtype=np.int64)
    option_lot = lookup.parent[board.priced.options.lot]
    column_lot = np.concatenate([option_lot, columns.of(Exits).lot, stay_lot])
    at = np.concatenate(
        [np.arange(columns.options), columns.at(Exits), columns.at(Stays)], dtype=np.int64
    )
    own = np.flatnonzero(~lookup.is_form)
    names = [(lookup.scenario.lots[k].lot, 0) for k in own]
    units = board.lot_units[own]
    return block("supply", "units", names, [(column_lot, at, np.ones(len(at)))], units, units)


def frozen_shipment(board: Board) -> Block:
    """Units already on the way are sold at their market or stay there."""
    shipments = board.priced.lookup.scenario.frozen_shipments
    of_option = board.priced.trips.frozen[board.priced.options.trip]
    moving = np.flatnonzero(of_option >= 0)
    stays = board.columns.at(Stays)
    rows = np.concatenate([of_option[moving], np.arange(len(shipments))])
    at = np.concatenate([moving, stays])
    units = [float(s.units) for s in shipments]
    names = [(s.shipment, 0) for s in shipments]
    return block("frozen_shipment", "units", names, [(rows, at, np.ones(len(at)))], units, units)


def must_clear(board: Board) -> Block:
    """Units of a brand sold in time or cleared by exits reach its promise, or are short at a price."""
    lookup, options, columns = board.priced.lookup, board.priced.options, board.columns
    scenario, exits = lookup.scenario, columns.of(Exits)
    brand = board.brand_of_lot[lookup.parent]
    clears = np.array([row.clears for row in scenario.exits], dtype=bool)[exits.exit]
    entries = []
    names: list[tuple[str, int]] = []
    promised: list[float] = []
    prices: list[float] = []
    for number, row in enumerate(scenario.brands):
        units = float(board.lot_units[(brand == number) & ~lookup.is_form].sum())
        if row.must_clear_share <= 0 or units <= 0:
            continue
        until = row.must_clear_by or lookup.periods
        sold = np.flatnonzero((brand[options.lot] == number) & (options.sell_period <= until))
        left = columns.first(Exits) + np.flatnonzero((brand[exits.lot] == number) & clears)
        at = np.concatenate([sold, left])
        entries.append((np.full(len(at), len(names)), at, np.ones(len(at))))
        names.append((row.brand, 0))
        promised.append(row.must_clear_share * units)
        prices.append(row.must_clear_price)
    endless = [NO_LIMIT] * len(names)
    return block("must_clear", "units", names, entries, endless, promised, price=prices)


def exit_capacity(board: Board) -> Block:
    """Units an exit can take, the options of forms it makes included."""
    exits = board.columns.of(Exits)
    made_by = board.priced.lookup.made_by[board.priced.options.lot]
    entries = []
    names: list[tuple[str, int]] = []
    limits: list[float] = []
    for number, row in enumerate(board.priced.lookup.scenario.exits):
        if row.units_most is not None:
            out = board.columns.first(Exits) + np.flatnonzero(exits.exit == number)
            at = np.concatenate([np.flatnonzero(made_by == number), out])
            entries.append((np.full(len(at), len(names)), at, np.ones(len(at))))
            names.append((row.exit, 0))
            limits.append(row.units_most)
    return block("exit_capacity", "units", names, entries, limits)


def lock(board: Board) -> Block:
    """Units a merchandiser has fixed, set a least or a most for."""
    entries = []
    names: list[tuple[str, int]] = []
    lower: list[float] = []
    upper: list[float] = []
    for row in board.priced.lookup.scenario.locks:
        if row.units is None or row.kind in (LockKind.BAN, LockKind.PRICE):
            continue
        at = np.flatnonzero(locked_options(board.priced, row.lock))
        entries.append((np.full(len(at), len(names)), at, np.ones(len(at))))
        names.append((row.lock, 0))
        lower.append(-NO_LIMIT if row.kind == LockKind.MAX_UNITS else row.units)
        upper.append(NO_LIMIT if row.kind == LockKind.MIN_UNITS else row.units)
    return block("lock", "units", names, entries, upper, lower)


def locked_options(priced: Priced, name: str) -> Bools:
    """Which options a lock selects."""
    lookup, options, trips = priced.lookup, priced.options, priced.trips
    row = next(lock for lock in lookup.scenario.locks if lock.lock == name)
    hit: Bools = lookup.lock_lots(row)[options.lot] & lookup.lock_channels(row)[options.channel]
    if row.ship_period is not None:
        hit &= trips.ship_period[options.trip] == row.ship_period
    if row.sell_period is not None:
        hit &= options.sell_period == row.sell_period
    if row.routes:
        hit &= trips.selected(lookup, row.routes)[options.trip]
    if row.rungs:
        for channel in np.unique(options.channel[hit]):
            rungs = [rung.rung for rung in ladder_of(lookup, int(channel))]
            named = np.array([matches(rung, row.rungs) for rung in rungs], dtype=bool)
            here = options.channel == channel
            hit[here] &= named[options.rung[here]]
    return hit
