"""How goods travel: the legality of a route, its departures, arrivals and periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from planner.domain import records as r
from planner.language import english
from planner.plan.audit.facts import Facts, matches

JOIN = " > "
FROZEN = "frozen "


@dataclass(frozen=True, slots=True)
class Move:
    """A leg taken on a day."""

    leg: r.Leg
    depart_day: int
    arrive_day: int


@dataclass(frozen=True, slots=True)
class Journey:
    """A route from one ship period on. Days used for money are never negative."""

    name: str
    entry: r.Site
    moves: tuple[Move, ...]
    ship_day: int
    arrival_day: int
    ship_date: date
    arrival_date: date
    arrival_period: int
    frozen: r.FrozenShipment | None = None


Fault = tuple[str, str]
"""The column at fault and what is wrong."""


def journey(
    facts: Facts, lot: r.Lot, market: r.Market, route: str, ship_period: int
) -> tuple[Journey | None, list[Fault]]:
    """The journey of a line, or None when the route is no chain of legs."""
    if route.startswith(FROZEN) and route.removeprefix(FROZEN) in facts.frozen:
        shipment = facts.frozen[route.removeprefix(FROZEN)]
        return frozen_journey(facts, shipment, lot, market, ship_period)
    if not 1 <= ship_period <= facts.periods:
        return None, [
            (
                "ship_period",
                english("is {value}, outside 1 to {last}.", value=ship_period, last=facts.periods),
            )
        ]
    names = route.split(JOIN) if route else []
    unknown = [name for name in names if name not in facts.legs]
    if unknown:
        return None, [("route", english("names the unknown leg {leg!r}.", leg=unknown[0]))]
    legs = [facts.legs[name] for name in names]
    faults = chain_faults(lot, market, legs)
    if faults:
        return None, faults
    return travel(facts, lot, route, legs, ship_period)


def frozen_journey(
    facts: Facts, shipment: r.FrozenShipment, lot: r.Lot, market: r.Market, ship_period: int
) -> tuple[Journey | None, list[Fault]]:
    """A shipment on its way: its own dates, no legs."""
    faults: list[Fault] = []
    if shipment.lot != lot.lot:
        faults.append(
            (
                "route",
                english(
                    "the shipment holds units of lot {other}, not {lot}.",
                    other=shipment.lot,
                    lot=lot.lot,
                ),
            )
        )
    if not matches(shipment.entry_site, market.entry_sites):
        faults.append(
            (
                "route",
                english(
                    "ends at {site}, no entry site of {market}.",
                    site=shipment.entry_site,
                    market=market.market,
                ),
            )
        )
    ship_day = (shipment.ship_date - facts.start).days
    arrival_day = (shipment.arrival_date - facts.start).days
    period = facts.period_of(ship_day)
    if ship_period not in {0, period, max(1, period)}:
        faults.append(
            (
                "ship_period",
                english(
                    "is {value}, the shipment left in {left_in}.",
                    value=ship_period,
                    left_in=max(1, period),
                ),
            )
        )
    return (
        Journey(
            name=FROZEN + shipment.shipment,
            entry=facts.sites[shipment.entry_site],
            moves=(),
            ship_day=max(0, ship_day),
            arrival_day=max(0, arrival_day),
            ship_date=shipment.ship_date,
            arrival_date=shipment.arrival_date,
            arrival_period=max(1, facts.period_of(arrival_day)),
            frozen=shipment,
        ),
        faults,
    )


def chain_faults(lot: r.Lot, market: r.Market, legs: list[r.Leg]) -> list[Fault]:
    """Connected, from the origin to an entry site, no site twice, no other entry site between."""
    visited = [lot.origin]
    for leg in legs:
        if leg.from_site != visited[-1]:
            problem = english(
                "starts at {start}, while the goods are at {site}."
                if len(visited) == 1
                else "goes on at {start}, while the goods are at {site}.",
                start=leg.from_site,
                site=visited[-1],
            )
            return [("route", problem)]
        visited.append(leg.to_site)
    faults: list[Fault] = []
    if len(set(visited)) < len(visited):
        faults.append(("route", english("visits a site twice.")))
    if not matches(visited[-1], market.entry_sites):
        faults.append(
            (
                "route",
                english(
                    "ends at {site}, no entry site of {market}.",
                    site=visited[-1],
                    market=market.market,
                ),
            )
        )
    for site in visited[1:-1]:
        if matches(site, market.entry_sites):
            faults.append(
                (
                    "route",
                    english(
                        "passes {site}, an entry site of {market}.", site=site, market=market.market
                    ),
                )
            )
    return faults


def travel(
    facts: Facts, lot: r.Lot, route: str, legs: list[r.Leg], ship_period: int
) -> tuple[Journey | None, list[Fault]]:
    """Follow the legs' calendars from the ship day to the entry site."""
    ready = ship_day = (ship_period - 1) * facts.days
    moves: list[Move] = []
    for leg in legs:
        depart = departure(facts, leg, ready)
        if depart is None:
            problem = english(
                "{leg} has no departure on or after {day}.", leg=leg.leg, day=facts.date_of(ready)
            )
            return None, [("route", problem)]
        moves.append(Move(leg, depart, depart + leg.transit_days))
        ready = depart + leg.transit_days + facts.sites[leg.to_site].handling_days
    entry = facts.sites[legs[-1].to_site if legs else lot.origin]
    return (
        Journey(
            name=route,
            entry=entry,
            moves=tuple(moves),
            ship_day=ship_day,
            arrival_day=ready,
            ship_date=facts.date_of(ship_day),
            arrival_date=facts.date_of(ready),
            arrival_period=facts.period_of(ready),
        ),
        [],
    )


def departure(facts: Facts, leg: r.Leg, ready: int) -> int | None:
    """The first day of departure on or after the day the unit is ready."""
    day = facts.date_of(ready)
    if leg.open_from is not None and day < leg.open_from:
        day = leg.open_from
    if leg.first_departure is not None:
        every = leg.departure_every_days
        off = (day - leg.first_departure).days
        if every == 0:
            if off > 0:
                return None
            day = leg.first_departure
        else:
            day += timedelta(days=-off % every)
    if leg.open_to is not None and day > leg.open_to:
        return None
    return (day - facts.start).days
