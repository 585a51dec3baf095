"""Turns legs into routes, and routes with calendars into trips: who can be where, when, at what cost.

A route is a chain of legs; a trip is a route left in one ship period. Frozen shipments are trips
without a route of their own: their freight is paid and they use no capacity any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.check import matches
from planner.domain.lookup import FAR, Lookup
from planner.domain.records import Leg
from planner.domain.vocabulary import SiteKind

ROUTE_SEPARATOR = " > "
FROZEN = "frozen "


@dataclass(frozen=True)
class Route:
    """A chain of legs from an origin to an entry site."""

    name: str
    origin: int
    entry: int
    legs: tuple[int, ...]
    sites: tuple[int, ...]


@dataclass(frozen=True)
class Trips:
    """One element per trip, a (route, ship period) that arrives within the horizon.

    route, ship_period, ship_day, arrival_day, arrival_period are parallel arrays; the days of a
    frozen trip may lie before day 0; `frozen` is the
    position of the frozen shipment a trip stands for, or -1. `leg_visits` and `site_visits` have
    rows (trip, leg or site, period entered); `route_sites` gives the sites a route passes.
    """

    routes: tuple[Route, ...]
    route: Ints
    ship_period: Ints
    ship_day: Ints
    arrival_day: Ints
    arrival_period: Ints
    entry: Ints
    frozen: Ints
    frozen_lot: Ints
    leg_visits: Ints
    site_visits: Ints
    leg_days: dict[tuple[int, int], tuple[int, int]]

    def name(self, trip: int, lookup: Lookup) -> str:
        """The route as written in tables: leg names, or the frozen shipment's name."""
        if self.frozen[trip] >= 0:
            return FROZEN + lookup.scenario.frozen_shipments[int(self.frozen[trip])].shipment
        return self.routes[int(self.route[trip])].name

    def selected(self, lookup: Lookup, selectors: Sequence[str]) -> Bools:
        """Which trips a list of selectors chooses by the name of their route."""
        names = [self.name(trip, lookup) for trip in range(len(self.route))]
        return np.array([matches(name, selectors) for name in names], dtype=bool)


def routes_of(lookup: Lookup) -> tuple[Route, ...]:
    """Every simple chain of legs from an origin holding lots to an entry site of some market."""
    scenario = lookup.scenario
    entries = {lookup.site_at[name] for market in scenario.markets for name in market.entry_sites}
    leaving: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for k, leg in enumerate(scenario.legs):
        leaving[lookup.site_at[leg.from_site]].append((k, lookup.site_at[leg.to_site]))

    def walk(legs: tuple[int, ...], sites: tuple[int, ...]) -> list[Route]:
        here = sites[-1]
        found = []
        if legs and here in entries:
            name = ROUTE_SEPARATOR.join(scenario.legs[k].leg for k in legs)
            found.append(Route(name, sites[0], here, legs, sites))
        for leg, site in leaving[here]:
            if site not in sites:
                found += walk((*legs, leg), (*sites, site))
        return found

    origins = [lookup.site_at[name] for name in lookup.kinds("origin")[0]]
    return tuple(route for origin in origins for route in walk((), (origin,)))


def departure_day(leg: Leg, ready: int, lookup: Lookup) -> int | None:
    """First day on or after `ready` on which the leg departs; None once it has closed."""
    earliest = max(ready, lookup.day(leg.open_from, missing=-FAR))
    if leg.first_departure is not None and leg.departure_every_days > 1:
        first = lookup.day(leg.first_departure, missing=0)
        earliest += (first - earliest) % leg.departure_every_days
    return earliest if earliest <= lookup.day(leg.open_to, missing=FAR) else None


def trips_of(lookup: Lookup) -> Trips:
    """Every trip of every route, and one for each frozen shipment."""
    scenario, d = lookup.scenario, lookup.days_per_period
    routes = routes_of(lookup)
    rows: list[tuple[int, int, int, int, int, int, int, int]] = []
    legs_entered: list[tuple[int, int, int]] = []
    sites_entered: list[tuple[int, int, int]] = []
    leg_days: dict[tuple[int, int], tuple[int, int]] = {}
    for number, route in enumerate(routes):
        for period in range(1, lookup.periods + 1):
            start = day = (period - 1) * d
            legs, sites = [], [(route.origin, period)]
            for k in route.legs:
                leg = scenario.legs[k]
                leaves = departure_day(leg, day, lookup)
                if leaves is None:
                    break
                site = lookup.site_at[leg.to_site]
                reaches = leaves + leg.transit_days
                legs.append((k, leaves // d + 1, leaves, reaches))
                sites.append((site, reaches // d + 1))
                day = reaches + scenario.sites[site].handling_days
            if len(legs) < len(route.legs) or day >= lookup.horizon_days:
                continue
            trip = len(rows)
            rows.append((number, period, start, day, day // d + 1, route.entry, -1, -1))
            legs_entered += [(trip, k, entered) for k, entered, _, _ in legs]
            leg_days |= {(trip, k): (leaves, reaches) for k, _, leaves, reaches in legs}
            sites_entered += [(trip, site, entered) for site, entered in sites]
    for k, shipment in enumerate(scenario.frozen_shipments):
        ship = lookup.day(shipment.ship_date, missing=0)
        arrive = lookup.day(shipment.arrival_date, missing=0)
        if arrive < lookup.horizon_days:
            lot = lookup.lot_at[shipment.lot]
            entry = lookup.site_at[shipment.entry_site]
            rows.append((-1, 0, ship, arrive, max(0, arrive) // d + 1, entry, k, lot))
    table = np.array(rows, dtype=np.int64).reshape(-1, 8)
    names = ("route", "ship_period", "ship_day", "arrival_day", "arrival_period", "entry", "frozen",
             "frozen_lot")  # fmt: skip
    return Trips(
        routes=routes,
        **{name: table[:, k] for k, name in enumerate(names)},
        leg_visits=np.array(legs_entered, dtype=np.int64).reshape(-1, 3),
        site_visits=np.array(sites_entered, dtype=np.int64).reshape(-1, 3),
        leg_days=leg_days,
    )


def market_trips(lookup: Lookup, trips: Trips, channel: int) -> Ints:
    """Trips that serve a channel's market and pass no other of its entry sites on the way."""
    market = lookup.scenario.markets[lookup.market_at[lookup.scenario.channels[channel].market]]
    entries = {lookup.site_at[name] for name in market.entry_sites}
    serves = np.array(
        [
            route.entry in entries and not entries.intersection(route.sites[:-1])
            for route in trips.routes
        ]
        + [False],
        dtype=bool,
    )
    frozen = (trips.frozen >= 0) & np.isin(trips.entry, list(entries))
    found: Ints = np.flatnonzero(serves[trips.route] | frozen)
    return found


def box_share(lookup: Lookup, leg: Leg) -> Floats:
    """Boxes one unit of every lot takes on a leg: the greater of its volume's and weight's part."""
    if leg.equipment is None:
        return np.zeros(len(lookup.scenario.lots))
    box = lookup.equipment[leg.equipment]
    cbm, kg = lookup.of_lots("cbm"), lookup.of_lots("kg")
    usable = box.usable_cbm * leg.fill_share
    return np.asarray(np.maximum(cbm / usable, kg / box.payload_kg))


def chargeable_kg(kg: Floats, cbm: Floats, kg_per_cbm: float) -> Floats:
    """Weight a carrier charges for: the greater of real and volumetric weight, kg per unit."""
    return np.maximum(kg, cbm * kg_per_cbm)


def leg_cost(lookup: Lookup, leg: Leg, ship_days: Ints) -> Floats:
    """Freight and charges at the start of a leg, PC per unit, matrix (lot, ship day)."""
    cbm, kg = lookup.of_lots("cbm"), lookup.of_lots("kg")
    boxes = box_share(lookup, leg)
    freight = (
        leg.cost_per_cbm * cbm
        + leg.cost_per_kg * chargeable_kg(kg, cbm, leg.kg_per_cbm)
        + leg.cost_per_unit
        + leg.cost_per_box * boxes
    )
    start = leg.origin_cost_per_cbm * cbm + leg.origin_cost_per_box * boxes
    of_start = lookup.fx(leg.origin_currency or leg.currency, ship_days)
    return np.asarray(
        np.outer(freight, lookup.fx(leg.currency, ship_days)) + np.outer(start, of_start)
    )


@dataclass(frozen=True)
class TripCosts:
    """Cost of carrying one unit on a trip, PC: freight by matrices (lot, trip), handling by trip, the
    same for every lot. co2e_per_kg: kg for each kg carried, by trip."""

    freight_domestic: Floats
    freight_international: Floats
    handling: Floats
    handling_abroad: Floats
    co2e_per_kg: Floats


def trip_costs(lookup: Lookup, trips: Trips) -> TripCosts:
    """Freight, handling and emission of every lot on every trip, at the rates of its ship day."""
    scenario = lookup.scenario
    home, count = lookup.header.home_country, len(trips.route)
    domestic, abroad = np.zeros((2, len(scenario.lots), count))
    handled, handled_abroad, co2e = np.zeros((3, count))
    for k, leg in enumerate(scenario.legs):
        ends = {scenario.sites[lookup.site_at[s]].country for s in (leg.from_site, leg.to_site)}
        on = trips.leg_visits[trips.leg_visits[:, 1] == k, 0]
        cost = leg_cost(lookup, leg, trips.ship_day[on])
        (domestic if ends == {home} else abroad)[:, on] += cost
        co2e[on] += leg.co2e_kg_per_tonne / 1000
    origins = np.array([route.origin for route in trips.routes], dtype=np.int64)
    for k, site in enumerate(scenario.sites):
        on = trips.site_visits[trips.site_visits[:, 1] == k, 0]
        leaving = np.where(trips.entry[on] != k, site.outbound_cost_per_unit, 0.0)
        entering = np.where(origins[trips.route[on]] != k, site.inbound_cost_per_unit, 0.0)
        target = handled if site.country == home else handled_abroad
        target[on] += (leaving + entering) * lookup.fx(site.currency, trips.ship_day[on])
    return TripCosts(domestic, abroad, handled, handled_abroad, co2e)


def relabel_site(lookup: Lookup, route: Route) -> int:
    """First hub on the route that can relabel, or -1."""
    for number in route.sites:
        site = lookup.scenario.sites[number]
        if site.kind == SiteKind.HUB and site.relabel_units_per_day != 0:
            return number
    return -1
