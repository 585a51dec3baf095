"""The rules a plan must obey: one function per rule, named as in docs/model.md, each giving a block."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.lookup import column
from planner.domain.vocabulary import ExitKind, LockKind, RuleEffect, SiteKind
from planner.landed_cost.options import Priced
from planner.model.columns import Columns, touched_options
from planner.model.program import NO_LIMIT, Block
from planner.network import box_share, relabel_site
from planner.pricing import ladder_of


@dataclass(frozen=True)
class Board:
    """What every rule reads: the priced options and where each decision's column stands."""

    priced: Priced
    columns: Columns

    @property
    def lot_units(self) -> Floats:
        """Units of every lot."""
        return np.asarray(column(self.priced.lookup.scenario.lots, "units").astype(float))


def _block(
    rule: str,
    unit: str,
    names: Sequence[tuple[str, int]],
    entries: Sequence[tuple[Ints, Ints, Floats]],
    upper: Sequence[float] | Floats,
    lower: Sequence[float] | Floats | None = None,
) -> Block:
    """A block from its row names, its entries and its limits."""
    joined = [np.concatenate(parts) for parts in zip(*entries, strict=True)] if entries else [
        np.zeros(0, dtype=int), np.zeros(0, dtype=int), np.zeros(0)]  # fmt: skip
    high = np.asarray(upper, dtype=float)
    low = np.full(len(names), -NO_LIMIT) if lower is None else np.asarray(lower, dtype=float)
    return Block(
        rule,
        unit,
        [label for label, _ in names],
        np.array([period for _, period in names], dtype=np.int64),
        joined[0],
        joined[1],
        joined[2],
        low,
        high,
    )


def _rank(*keys: Ints) -> tuple[Ints, Ints]:
    """Number the distinct combinations of keys: (number of each element, first element of each)."""
    combined = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        combined = combined * (int(key.max(initial=0)) + 1) + key
    _, first, number = np.unique(combined, return_index=True, return_inverse=True)
    return number, first


def supply(board: Board) -> Block:
    """A lot's options, exits and stays add up to its units."""
    columns, lookup = board.columns, board.priced.lookup
    shipments = lookup.scenario.frozen_shipments
    stay_lot = np.array([lookup.lot_at[s.lot] for s in shipments], dtype=np.int64)
    column_lot = np.concatenate([board.priced.options.lot, columns.exits.lot, stay_lot])
    names = [(lot.lot, 0) for lot in lookup.scenario.lots]
    at = np.arange(columns.first_opening)
    units = board.lot_units
    return _block("supply", "units", names, [(column_lot, at, np.ones(len(at)))], units, units)


def frozen_shipment(board: Board) -> Block:
    """Units already on the way are sold at their market or stay there."""
    shipments = board.priced.lookup.scenario.frozen_shipments
    of_option = board.priced.trips.frozen[board.priced.options.trip]
    moving = np.flatnonzero(of_option >= 0)
    stays = board.columns.first_stay + np.arange(len(shipments))
    rows = np.concatenate([of_option[moving], np.arange(len(shipments))])
    at = np.concatenate([moving, stays])
    units = [float(s.units) for s in shipments]
    names = [(s.shipment, 0) for s in shipments]
    return _block("frozen_shipment", "units", names, [(rows, at, np.ones(len(at)))], units, units)


def _pools(board: Board) -> tuple[Ints, list[tuple[str, str, str]]]:
    """Pool of every option, and the (channel, category, season) of each pool."""
    scenario, options = board.priced.lookup.scenario, board.priced.options
    kinds = list(dict.fromkeys((lot.category, lot.season) for lot in scenario.lots))
    number = {kind: k for k, kind in enumerate(kinds)}
    kind_of_lot = np.array([number[lot.category, lot.season] for lot in scenario.lots])
    pool = options.channel * len(kinds) + kind_of_lot[options.lot]
    names = [(row.channel, *kind) for row in scenario.channels for kind in kinds]
    return pool, names


def demand_pool(board: Board) -> Block:
    """Shoppers are never sold to twice: units / D of a pool's options in a period sum to 1 at most.

    Written in units at the pool's lowest price (times D at it), so that coefficients stay near 1.
    """
    options = board.priced.options
    pool, names = _pools(board)
    row, first = _rank(pool, options.sell_period)
    greatest = np.zeros(len(first))
    np.maximum.at(greatest, row, options.demand)
    labels = [(" | ".join(names[pool[k]]), int(options.sell_period[k])) for k in first]
    entries = (row, np.arange(len(options)), greatest[row] / options.demand)
    return _block("demand_pool", "units at lowest price", labels, [entries], greatest)


def style_share(board: Board) -> Block:
    """One style takes no more than its share of a pool in a period."""
    scenario, options = board.priced.lookup.scenario, board.priced.options
    share = column(scenario.channels, "style_share").astype(float)[options.channel]
    limited = np.flatnonzero(share < 1)
    styles = list(dict.fromkeys(lot.style for lot in scenario.lots))
    number = {name: k for k, name in enumerate(styles)}
    style_of_lot = np.array([number[lot.style] for lot in scenario.lots])
    pool, names = _pools(board)
    style = style_of_lot[options.lot]
    row, first = _rank(style[limited], pool[limited], options.sell_period[limited])
    greatest = np.zeros(len(first))
    np.maximum.at(greatest, row, options.demand[limited])
    labels = [
        (" | ".join((styles[style[k]], *names[pool[k]])), int(options.sell_period[k]))
        for k in limited[first]
    ]
    entries = (row, limited, greatest[row] / options.demand[limited])
    limit = greatest * share[limited[first]]
    return _block("style_share", "units at lowest price", labels, [entries], limit)


def leg_capacity(board: Board) -> Block:
    """Volume, weight and boxes that enter a leg in a period."""
    priced = board.priced
    lookup, options = priced.lookup, priced.options
    scenario, d = lookup.scenario, lookup.days_per_period
    cbm = column(scenario.lots, "cbm").astype(float)
    kg = column(scenario.lots, "kg").astype(float)
    names: list[tuple[str, int]] = []
    limits: list[float] = []
    entries = []
    for leg in scenario.legs:
        measures = (
            ("cbm", leg.cbm_per_day, d, cbm),
            ("kg", leg.kg_per_day, d, kg),
            ("boxes", leg.boxes_per_period, 1, box_share(lookup, leg)),
        )
        drawing = [
            k
            for k, other in enumerate(scenario.legs)
            if leg.leg in (other.leg, other.shares_capacity_with)
        ]
        trips_in = [_entered(priced, priced.trips.leg_visits, k)[options.trip] for k in drawing]
        inside = np.concatenate([np.flatnonzero(entered) for entered in trips_in])
        period = np.concatenate([entered[entered > 0] for entered in trips_in])
        for unit, limit, days, use in measures:
            if limit is None:
                continue
            row, first = _rank(period)
            entries.append((row + len(names), inside, use[options.lot[inside]]))
            names += [(f"{leg.leg} | {unit}", int(period[k])) for k in first]
            limits += [limit * days] * len(first)
    return _block("leg_capacity", "cbm, kg or boxes", names, entries, limits)


def _entered(priced: Priced, visits: Ints, place: int) -> Ints:
    """Period in which each trip enters a leg or site; 0 where it does not."""
    period = np.zeros(len(priced.trips.route), dtype=np.int64)
    here = visits[visits[:, 1] == place]
    period[here[:, 0]] = here[:, 2]
    return period


def site_throughput(board: Board) -> Block:
    """Units that enter a site in a period; at an origin, units that leave it."""
    priced = board.priced
    limits_per_day = [row.throughput_units_per_day for row in priced.lookup.scenario.sites]
    every = np.ones(len(priced.options))
    return _site_rows(board, "site_throughput", limits_per_day, every)


def relabelling(board: Board) -> Block:
    """Labelling jobs at a hub in the period goods enter it."""
    priced, lookup = board.priced, board.priced.lookup
    limits = [
        row.relabel_units_per_day if row.kind == SiteKind.HUB else None
        for row in lookup.scenario.sites
    ]
    done_at = np.array([relabel_site(lookup, route) for route in priced.trips.routes] + [-1])
    jobs = priced.options.relabel_jobs.astype(float)
    return _site_rows(board, "relabelling", limits, jobs, done_at)


def _site_rows(
    board: Board,
    rule: str,
    limits_per_day: Sequence[float | None],
    use: Floats,
    only_at: Ints | None = None,
) -> Block:
    priced = board.priced
    options = priced.options
    names: list[tuple[str, int]] = []
    limits: list[float] = []
    entries = []
    for number, (site, limit) in enumerate(
        zip(priced.lookup.scenario.sites, limits_per_day, strict=True)
    ):
        if limit is None:
            continue
        entered = _entered(priced, priced.trips.site_visits, number)[options.trip]
        here = (entered > 0) & (use > 0)
        if only_at is not None:
            here &= only_at[priced.trips.route[options.trip]] == number
        inside = np.flatnonzero(here)
        row, first = _rank(entered[inside])
        entries.append((row + len(names), inside, use[inside]))
        periods = entered[inside][first]
        names += [(site.site, int(period)) for period in periods]
        limits += (limit * priced.lookup.open_days(number)[periods - 1]).tolist()
    return _block(rule, "units", names, entries, limits)


def channel_capacity(board: Board) -> Block:
    """Units a channel can sell and deliver in a period."""
    priced, options = board.priced, board.priced.options
    channels = priced.lookup.scenario.channels
    per_day = np.array(
        [NO_LIMIT if row.units_per_day is None else row.units_per_day for row in channels]
    )
    limited = np.flatnonzero(np.isfinite(per_day[options.channel]))
    channel, period = options.channel[limited], options.sell_period[limited]
    row, first = _rank(channel, period)
    names = [(channels[channel[k]].channel, int(period[k])) for k in first]
    limit = per_day[channel[first]] * priced.lookup.days_per_period
    return _block("channel_capacity", "units", names, [(row, limited, np.ones(len(row)))], limit)


def storage_capacity(board: Board) -> Block:
    """Volume in storage at a site in a period: before shipping, held, or waiting for sale."""
    priced = board.priced
    lookup, options, trips = priced.lookup, priced.options, priced.trips
    lots, periods = lookup.scenario.lots, lookup.periods
    cbm = column(lots, "cbm").astype(float)
    free = column(lots, "available_period").astype(int)
    origin = np.array([lookup.site_at[lot.origin] for lot in lots])
    exits = board.columns.exits
    held = np.array([row.kind == ExitKind.HOLD for row in lookup.scenario.exits])[exits.exit]
    names: list[tuple[str, int]] = []
    limits: list[float] = []
    entries = []
    moved = trips.frozen[options.trip] < 0
    for number, site in enumerate(lookup.scenario.sites):
        if site.storage_cbm is None:
            continue
        for period in range(1, periods + 1):
            waiting = (
                moved
                & (origin[options.lot] == number)
                & (free[options.lot] <= period)
                & (period < trips.ship_period[options.trip])
            )
            for_sale = (
                (trips.entry[options.trip] == number)
                & (trips.arrival_period[options.trip] <= period)
                & (period < options.sell_period)
            )
            inside = np.flatnonzero(waiting | for_sale)
            kept = np.flatnonzero(
                held & (origin[exits.lot] == number) & (free[exits.lot] <= period)
            )
            at = np.concatenate([inside, board.columns.first_exit + kept])
            volume = np.concatenate([cbm[options.lot[inside]], cbm[exits.lot[kept]]])
            entries.append((np.full(len(at), len(names)), at, volume))
            names.append((site.site, period))
            limits.append(site.storage_cbm)
    return _block("storage_capacity", "cbm", names, entries, limits)


def must_clear(board: Board) -> Block:
    """Units of a brand sold in time, cleared by exits or reported short reach its promise."""
    lookup, options, columns = board.priced.lookup, board.priced.options, board.columns
    scenario = lookup.scenario
    brand = np.array([lookup.brand_at[lot.brand] for lot in scenario.lots])
    clears = np.array([row.clears for row in scenario.exits], dtype=bool)[columns.exits.exit]
    entries = []
    for row, promise in enumerate(columns.shortfalls):
        number = lookup.brand_at[promise.subject]
        until = scenario.brands[number].must_clear_by or lookup.periods
        sold = np.flatnonzero((brand[options.lot] == number) & (options.sell_period <= until))
        left = columns.first_exit + np.flatnonzero((brand[columns.exits.lot] == number) & clears)
        at = np.concatenate([sold, left, [columns.first_shortfall + row]])
        entries.append((np.full(len(at), row), at, np.ones(len(at))))
    promised = [promise.promised for promise in columns.shortfalls]
    names = [(promise.subject, 0) for promise in columns.shortfalls]
    endless = [NO_LIMIT] * len(names)
    return _block("must_clear", "units", names, entries, endless, promised)


def quota(board: Board) -> Block:
    """Units an import licence allows over the horizon."""
    entries = []
    names: list[tuple[str, int]] = []
    limits: list[float] = []
    for rule in board.priced.lookup.scenario.rules:
        if rule.effect == RuleEffect.QUOTA and rule.quota_units is not None:
            at = touched_options(board.priced, rule.rule)
            entries.append((np.full(len(at), len(names)), at, np.ones(len(at))))
            names.append((rule.rule, 0))
            limits.append(rule.quota_units)
    return _block("quota", "units", names, entries, limits)


def certificate(board: Board) -> Block:
    """Goods that need a certificate move only when it is paid for."""
    return _opening_rows(board, "certificate", of_shipment=False)


def shipment_papers(board: Board) -> Block:
    """Goods on a trip move only when the shipment's papers are paid for."""
    return _opening_rows(board, "shipment_papers", of_shipment=True)


def _opening_rows(board: Board, rule: str, *, of_shipment: bool) -> Block:
    """options - M x opening <= 0 with M = the units of the lots concerned, the tightest in general."""
    entries = []
    names: list[tuple[str, int]] = []
    for number, opening in enumerate(board.columns.openings):
        if (opening.ship_period > 0) != of_shipment:
            continue
        at = np.concatenate([opening.options, [board.columns.first_opening + number]])
        use = np.concatenate([np.ones(len(opening.options)), [-opening.most]])
        entries.append((np.full(len(at), len(names)), at, use))
        names.append((opening.label, opening.ship_period))
    return _block(rule, "units", names, entries, [0.0] * len(names))


def exit_capacity(board: Board) -> Block:
    """Units an exit can take."""
    exits = board.columns.exits
    entries = []
    names: list[tuple[str, int]] = []
    limits: list[float] = []
    for number, row in enumerate(board.priced.lookup.scenario.exits):
        if row.units_most is not None:
            at = board.columns.first_exit + np.flatnonzero(exits.exit == number)
            entries.append((np.full(len(at), len(names)), at, np.ones(len(at))))
            names.append((row.exit, 0))
            limits.append(row.units_most)
    return _block("exit_capacity", "units", names, entries, limits)


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
    return _block("lock", "units", names, entries, upper, lower)


def locked_options(priced: Priced, name: str) -> Bools:
    """Which options a lock selects."""
    lookup, options, trips = priced.lookup, priced.options, priced.trips
    row = next(lock for lock in lookup.scenario.locks if lock.lock == name)
    hit: Bools = lookup.lock_lots(row)[options.lot] & lookup.lock_channels(row)[options.channel]
    if row.ship_period is not None:
        hit &= trips.ship_period[options.trip] == row.ship_period
    if row.sell_period is not None:
        hit &= options.sell_period == row.sell_period
    if row.rungs:
        for channel in np.unique(options.channel[hit]):
            rungs = np.array([rung.rung for rung in ladder_of(lookup, int(channel))])
            named = np.isin(rungs, list(row.rungs))
            here = options.channel == channel
            hit[here] &= named[options.rung[here]]
    return hit


RULES: tuple[Callable[[Board], Block], ...] = (
    supply,
    frozen_shipment,
    demand_pool,
    style_share,
    leg_capacity,
    site_throughput,
    relabelling,
    channel_capacity,
    storage_capacity,
    must_clear,
    quota,
    certificate,
    shipment_papers,
    exit_capacity,
    lock,
)
"""Every rule of docs/model.md, in its order."""
