"""Rules of places and ways: legs, sites, relabelling, storage and import licences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from planner.domain.arrays import Floats, Ints
from planner.domain.vocabulary import ExitKind, RuleEffect, SiteKind
from planner.model.board import Board, block, rank
from planner.model.columns import Exits
from planner.model.program import Block
from planner.model.rules.freight import Boxes
from planner.model.rules.papers import touched_options
from planner.network import box_share, relabel_site


def leg_capacity(board: Board) -> Block:
    """Volume, weight and boxes that enter a leg in a period."""
    lookup = board.priced.lookup
    scenario, d = lookup.scenario, lookup.days_per_period
    cbm = lookup.of_lots("cbm")
    kg = lookup.of_lots("kg")
    names: list[tuple[str, int]] = []
    units: list[str] = []
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
        for unit, limit, days, use in measures:
            if limit is None:
                continue
            parts = [_drawn_by(board, k, use, in_boxes=unit == "boxes") for k in drawing]
            at, period, amount = (np.concatenate(part) for part in zip(*parts, strict=True))
            row, first = rank(period)
            entries.append((row + len(names), at, amount))
            names += [(f"{leg.leg} | {unit}", int(period[k])) for k in first]
            units += [unit] * len(first)
            limits += [limit * days] * len(first)
    return block("leg_capacity", units, names, entries, limits)


def _drawn_by(board: Board, leg: int, use: Floats, *, in_boxes: bool) -> tuple[Ints, Ints, Floats]:
    """Columns that enter a leg, the period they do, and what each draws on a limit.

    in_boxes: goods in whole boxes of ours count by those boxes.
    """
    priced, boxes = board.priced, board.columns.of(Boxes)
    entered = board.entered(priced.trips.leg_visits, leg)[priced.options.trip]
    inside = np.flatnonzero(entered)
    own = [k for k, here in enumerate(boxes.departures) if in_boxes and here.leg == leg]
    loaded = [boxes.departures[k].options for k in own]
    inside = np.setdiff1d(inside, np.concatenate(loaded)) if loaded else inside
    each = np.flatnonzero(np.isin(boxes.departure, own))
    return (
        np.concatenate([inside, board.columns.first(Boxes) + each]),
        np.concatenate([entered[inside], boxes.periods[each]]),
        np.concatenate([use[priced.options.lot[inside]], np.ones(len(each))]),
    )


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
        entered = board.entered(priced.trips.site_visits, number)[options.trip]
        here = (entered > 0) & (use > 0)
        if only_at is not None:
            here &= only_at[priced.trips.route[options.trip]] == number
        inside = np.flatnonzero(here)
        row, first = rank(entered[inside])
        entries.append((row + len(names), inside, use[inside]))
        periods = entered[inside][first]
        names += [(site.site, int(period)) for period in periods]
        limits += (limit * priced.lookup.open_days(number)[periods - 1]).tolist()
    return block(rule, "units", names, entries, limits)


def storage_capacity(board: Board) -> Block:
    """Volume in storage at a site in a period: before shipping, held, or waiting for sale."""
    priced = board.priced
    lookup, options, trips = priced.lookup, priced.options, priced.trips
    periods = lookup.periods
    cbm = lookup.of_lots("cbm")
    free = lookup.of_lots("available_period").astype(int)
    origin = lookup.origin_of_lot
    exits = board.columns.of(Exits)
    ways = lookup.scenario.exits
    held = np.array([row.kind == ExitKind.HOLD for row in ways], dtype=bool)[exits.exit]
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
            at = np.concatenate([inside, board.columns.first(Exits) + kept])
            volume = np.concatenate([cbm[options.lot[inside]], cbm[exits.lot[kept]]])
            entries.append((np.full(len(at), len(names)), at, volume))
            names.append((site.site, period))
            limits.append(site.storage_cbm)
    return block("storage_capacity", "cbm", names, entries, limits)


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
    return block("quota", "units", names, entries, limits)
