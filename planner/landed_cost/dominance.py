"""Leaves out trips that can never beat their twin, with the proof made option by option."""

from __future__ import annotations

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.lookup import FAR, Lookup
from planner.landed_cost.tariffs import paid_whole
from planner.network import Trips


def twins(lookup: Lookup, trips: Trips) -> dict[int, int]:
    """Trip -> a trip that draws on no limit the first does not draw on as well.

    The two leave one origin for one entry site in one period, over the same sites, by legs that are
    the same or share capacity, entering every leg and every limited site in the same periods, under
    the same dated rules. A trip with a leg paid by the departure has no price of its own: it is
    left out.
    """
    by_shape: dict[tuple[object, ...], list[int]] = {}
    legs_in = _periods(trips.leg_visits)
    sites_in = _periods(trips.site_visits)
    limited, stored = _limited_sites(lookup)
    changes = _rule_changes(lookup)
    whole = set(paid_whole(lookup))
    for trip in np.flatnonzero(trips.frozen < 0).tolist():
        route = trips.routes[int(trips.route[trip])]
        if whole.intersection(route.legs):
            continue
        entered = tuple(legs_in[trip][leg] for leg in route.legs)
        passed = tuple((s, p) for s, p in sites_in[trip].items() if s in limited)
        ready = int(trips.arrival_period[trip]) if route.entry in stored else 0
        law = int(np.searchsorted(changes, trips.arrival_day[trip], side="right"))
        period = int(trips.ship_period[trip])
        key = (route.sites, period, entered, tuple(sorted(passed)), ready, law)
        by_shape.setdefault(key, []).append(trip)
    found = {}
    for group in by_shape.values():
        for trip in group:
            for other in group:
                if trip != other and _draws_on(lookup, trips, trip, other):
                    found[trip] = other
                    break
    return found


def _limited_sites(lookup: Lookup) -> tuple[set[int], set[int]]:
    """Sites with a limit the whole stock could reach, and those whose storage has one."""
    lots = [lot for lot in lookup.scenario.lots if lot.form_of is None]
    units = sum(lot.units for lot in lots)
    volume = sum(lot.units * lot.cbm for lot in lots)
    jobs = units * max(1, _most_jobs(lookup))
    limited, stored = set(), set()
    for k, site in enumerate(lookup.scenario.sites):
        days = max(float(lookup.open_days(k).min()), 1e-9)
        through, relabel = site.throughput_units_per_day, site.relabel_units_per_day
        if site.storage_cbm is not None and site.storage_cbm < volume:
            stored.add(k)
        if (through is not None and through * days < units) or (
            relabel is not None and relabel * days < jobs
        ):
            limited.add(k)
    return limited | stored, stored


def _most_jobs(lookup: Lookup) -> int:
    """Labelling jobs a unit may need: one for each rule, and one to become the form it is sold as."""
    ways = [lookup.scenario.exits[k] for k in lookup.made_by[lookup.is_form]]
    rules = sum(rule.uses_relabel_capacity for rule in lookup.scenario.rules)
    return rules + any(way.uses_relabel_capacity for way in ways)


def _rule_changes(lookup: Lookup) -> Ints:
    """Days on which some compliance rule begins or ceases to hold."""
    begins = [lookup.day(rule.valid_from, missing=-FAR) for rule in lookup.scenario.rules]
    ceases = [lookup.day(rule.valid_to, missing=FAR) + 1 for rule in lookup.scenario.rules]
    return np.unique(np.array([*begins, *ceases], dtype=np.int64))


def _periods(visits: Ints) -> dict[int, dict[int, int]]:
    table: dict[int, dict[int, int]] = {}
    for trip, place, period in visits.tolist():
        table.setdefault(trip, {})[place] = period
    return table


def _draws_on(lookup: Lookup, trips: Trips, trip: int, other: int) -> bool:
    """Whether every leg of `trip` is the other's leg or shares that leg's capacity."""
    legs = lookup.scenario.legs
    pairs = zip(
        trips.routes[int(trips.route[trip])].legs,
        trips.routes[int(trips.route[other])].legs,
        strict=True,
    )
    return all(a == b or legs[a].shares_capacity_with == legs[b].leg for a, b in pairs)


def beaten(
    trip: Ints, market: Ints, rest: tuple[Ints, ...], worth: Floats, twin: dict[int, int]
) -> Bools:
    """Options of (market, trip) pairs in which each option has a twin worth at least as much.

    `rest` are the other keys of an option (lot, channel, sell period, rung). Whole pairs are left
    out, so that the shipment's papers move with its goods.
    """
    out: Bools = np.zeros(len(trip), dtype=bool)
    code = np.zeros(len(trip), dtype=np.int64)
    for key in rest:
        code = code * (int(key.max(initial=0)) + 1) + key
    starts = np.argsort(trip, kind="stable")
    bounds = np.searchsorted(trip[starts], np.arange(int(trip.max(initial=0)) + 2))
    for loser, winner in twin.items():
        if loser + 1 >= len(bounds) or winner + 1 >= len(bounds):
            continue
        mine = starts[bounds[loser] : bounds[loser + 1]]
        theirs = starts[bounds[winner] : bounds[winner + 1]]
        if not len(mine) or not len(theirs):
            continue
        order = theirs[np.argsort(code[theirs])]
        at = np.minimum(np.searchsorted(code[order], code[mine]), len(order) - 1)
        match = order[at]
        better = (code[match] == code[mine]) & (worth[match] >= worth[mine])
        for place in np.unique(market[mine]):
            here = market[mine] == place
            if better[here].all():
                out[mine[here]] = True
    return out
