"""Offers x trips x sell periods -> the options table: the atoms every plan is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from planner.domain.arrays import Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.vocabulary import Goal
from planner.landed_cost.dominance import beaten, twins
from planner.landed_cost.waterfall import Candidates, waterfall
from planner.network import TripCosts, Trips, market_trips, relabel_site, trip_costs, trips_of
from planner.pricing import MODE_BIT, Moments, Offers, access, appetite, offers_of, relabel_jobs


@dataclass(frozen=True)
class Options:
    """One element per option: parallel arrays, positions into the scenario's tables.

    price market currency; wholesale_price, netback, breach and worth PC per unit (breach = what the
    soft rules it breaks cost, worth = netback plus the scenario's value of clearing a unit less its
    CO2e price and the breach); demand = D, units; days from day 0.
    """

    lot: Ints
    channel: Ints
    trip: Ints
    sell_period: Ints
    rung: Ints
    price: Floats
    wholesale_price: Floats
    sale_day: Ints
    demand: Floats
    relabel_jobs: Ints
    netback: Floats
    breach: Floats
    worth: Floats

    def __len__(self) -> int:
        return len(self.lot)

    def of_channel(self, channel: int) -> slice:
        """Where a channel's options stand: options are kept in order of channel."""
        first, last = np.searchsorted(self.channel, [channel, channel + 1])
        return slice(int(first), int(last))

    def take(self, rows: Ints) -> Options:
        """These rows only."""
        return Options(*(getattr(self, f.name)[rows] for f in fields(self)))


NO_OPTIONS = Options(
    *(np.zeros(0, dtype=float if f.type == "Floats" else np.int64) for f in fields(Options))
)
"""What there is without channels."""


@dataclass(frozen=True)
class Priced:
    """Everything the optimiser and the reports need: lookup, trips, their costs and the options."""

    lookup: Lookup
    trips: Trips
    costs: TripCosts
    options: Options

    def waterfalls(self, rows: Ints) -> pd.DataFrame:
        """The full waterfall of some options, in the order asked for."""
        chosen = self.options.take(rows)
        parts = []
        for channel in np.unique(chosen.channel):
            here = np.flatnonzero(chosen.channel == channel)
            part = chosen.take(here)
            table = waterfall(self.lookup, self.costs, _candidates(self.trips, int(channel), part))
            parts.append(table.set_index(here))
        if not parts:
            return waterfall(self.lookup, self.costs, _candidates(self.trips, 0, chosen))
        return pd.concat(parts).sort_index()


Combine = Callable[[Lookup, Trips, int, Offers], tuple[Ints, Ints, Ints]]
"""(trip, sell period, offer) of the candidates of one channel, positions into trips and offers."""


Choice = Callable[[Lookup, Trips], Combine]
"""What to combine of a scenario with these trips."""


def price_scenario(lookup: Lookup, some: Choice | None = None) -> Priced:
    """Routes, trips and every permitted option of a scenario with its netback.

    `some`: only what it names of all that could be combined; the numbers are the same.
    """
    trips = trips_of(lookup)
    costs = trip_costs(lookup, trips)
    priced = Priced(lookup, trips, costs, _priced(lookup, trips, costs, some))
    if some is not None:
        return priced
    return replace(priced, options=_without_beaten(lookup, trips, priced.options))


def with_more(priced: Priced, some: Choice) -> Priced:
    """The same and further options, those it names; none of them may be there already."""
    more = _priced(priced.lookup, priced.trips, priced.costs, some)
    both = [
        np.concatenate([getattr(priced.options, f.name), getattr(more, f.name)])
        for f in fields(Options)
    ]
    options = Options(*both)
    return replace(priced, options=options.take(np.argsort(options.channel, kind="stable")))


def _priced(lookup: Lookup, trips: Trips, costs: TripCosts, some: Choice | None) -> Options:
    """Every permitted option of those chosen, channel by channel."""
    facts = route_facts(lookup, trips)
    combine = combinations if some is None else some(lookup, trips)
    parts = [
        _channel_options(lookup, trips, costs, channel, facts, combine)
        for channel in range(len(lookup.scenario.channels))
    ] or [NO_OPTIONS]
    return Options(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Options)))


def _without_beaten(lookup: Lookup, trips: Trips, options: Options) -> Options:
    """Leave out trips no plan needs: LCL on a ship whose FCL is cheaper for every lot.

    None is left out where more than money tells twins apart: a lock by route, a goal of CO2e.
    """
    scenario = lookup.scenario
    by_route = any(lock.routes for lock in scenario.locks)
    by_co2e = any(row.goal == Goal.CO2E for row in scenario.priorities)
    twin = {} if by_route or by_co2e else twins(lookup, trips)
    if not twin or not len(options):
        return options
    market = np.array([lookup.market_at[row.market] for row in lookup.scenario.channels])
    rest = (options.lot, options.channel, options.sell_period, options.rung)
    out = beaten(options.trip, market[options.channel], rest, options.worth, twin)
    return options.take(np.flatnonzero(~out))


def route_facts(lookup: Lookup, trips: Trips) -> tuple[Ints, Ints]:
    """Mode bits and relabelling site of each route, with a neutral last element for frozen trips."""
    bits = [
        sum({MODE_BIT[lookup.scenario.legs[k].mode] for k in route.legs}) for route in trips.routes
    ]
    sites = [relabel_site(lookup, route) for route in trips.routes]
    return np.array([*bits, 0]), np.array([*sites, -1])


def moments_of(
    lookup: Lookup,
    trips: Trips,
    facts: tuple[Ints, Ints],
    *,
    lot: Ints,
    rung: Ints,
    trip: Ints,
    sell: Ints,
) -> Moments:
    """When and how options of one channel move; `facts` are those of their routes."""
    modes, relabels = facts
    return Moments(
        lot=lot,
        rung=rung,
        trips=trips,
        trip=trip,
        ship_period=trips.ship_period[trip],
        sell_period=sell,
        ship_day=trips.ship_day[trip],
        arrival_day=trips.arrival_day[trip],
        sale_day=_sale_days(lookup, trips, trip, sell),
        modes=modes[trips.route[trip]],
        relabel_site=relabels[trips.route[trip]],
        frozen=trips.frozen[trip] >= 0,
    )


def _channel_options(
    lookup: Lookup,
    trips: Trips,
    costs: TripCosts,
    channel: int,
    facts: tuple[Ints, Ints],
    combine: Combine,
) -> Options:
    offers = offers_of(lookup, channel)
    trip, sell, offer = combine(lookup, trips, channel, offers)
    lot, rung = offers.lot[offer], offers.rung[offer]
    demand = _demand(lookup, channel, lot, sell, rung)
    moments = moments_of(lookup, trips, facts, lot=lot, rung=rung, trip=trip, sell=sell)
    allowed, breach = access(lookup, channel, moments)
    keep = np.flatnonzero((demand > 0) & allowed)
    jobs = relabel_jobs(lookup, channel, moments)
    zero = np.zeros(len(keep))
    options = Options(
        lot=lot[keep],
        channel=np.full(len(keep), channel),
        trip=trip[keep],
        sell_period=sell[keep],
        rung=rung[keep],
        price=offers.price[offer][keep],
        wholesale_price=offers.wholesale_price[offer][keep],
        sale_day=moments.sale_day[keep],
        demand=demand[keep],
        relabel_jobs=jobs[keep],
        netback=zero,
        breach=(offers.breach[offer] + breach)[keep],
        worth=zero,
    )
    if not len(keep):
        return options
    money = waterfall(lookup, costs, _candidates(trips, channel, options))
    netback = money["netback"].to_numpy()
    header = lookup.header
    worth = netback + header.value_per_unit_cleared
    worth = worth - header.co2e_price_per_kg * money["co2e_kg"].to_numpy() - options.breach
    return replace(options, netback=netback, worth=worth)


def _candidates(trips: Trips, channel: int, options: Options) -> Candidates:
    trip = options.trip
    return Candidates(
        channel,
        options.lot,
        options.rung,
        trip,
        options.price,
        options.wholesale_price,
        trips.ship_day[trip],
        trips.arrival_day[trip],
        options.sale_day,
        trips.entry[trip],
        trips.frozen[trip] >= 0,
    )


def combinations(
    lookup: Lookup, trips: Trips, channel: int, offers: Offers
) -> tuple[Ints, Ints, Ints]:
    """Every (trip, sell period, offer) whose lot starts where the trip does and is free by then."""
    serving = market_trips(lookup, trips, channel)
    first, last = sell_periods(lookup, trips, channel, serving)
    count = last - first + 1
    pair_trip = np.repeat(serving, count)
    starts = np.repeat(np.cumsum(count) - count, count)
    pair_sell = np.repeat(first, count) + np.arange(len(pair_trip)) - starts
    route = trips.route[pair_trip]
    origins = np.array([r.origin for r in trips.routes] + [-1])
    pair_origin = np.where(route >= 0, origins[route], -1)
    offer_origin = lookup.origin_of_lot[offers.lot]
    available = lookup.of_lots("available_period").astype(np.int64)[offers.lot]
    found = []
    groups = [(np.flatnonzero(pair_origin == o), np.flatnonzero(offer_origin == o))
              for o in dict.fromkeys(offer_origin.tolist())]  # fmt: skip
    for shipment in np.unique(trips.frozen[serving][trips.frozen[serving] >= 0]):
        of_pair = np.flatnonzero(trips.frozen[pair_trip] == shipment)
        lot = trips.frozen_lot[pair_trip[of_pair[0]]]
        groups.append((of_pair, np.flatnonzero(offers.lot == lot)))
    for pairs, which in groups:
        pair, offer = np.repeat(pairs, len(which)), np.tile(which, len(pairs))
        trip = pair_trip[pair]
        free = (trips.frozen[trip] >= 0) | (trips.ship_period[trip] >= available[offer])
        found.append(np.stack([trip[free], pair_sell[pair[free]], offer[free]]))
    joined = np.concatenate(found, axis=1) if found else np.zeros((3, 0), dtype=np.int64)
    return joined[0], joined[1], joined[2]


def sell_periods(lookup: Lookup, trips: Trips, channel: int, serving: Ints) -> tuple[Ints, Ints]:
    """First and last sell period of each trip: from its arrival on, in a pre-sale before it ships."""
    wait = lookup.header.longest_wait_periods or lookup.periods
    first = trips.arrival_period[serving]
    last = np.minimum(lookup.periods, first + wait)
    ahead = lookup.scenario.channels[channel].presale_periods
    if not ahead:
        return first, last
    frozen, ship = trips.frozen[serving] >= 0, trips.ship_period[serving]
    return (
        np.where(frozen, first, np.maximum(1, ship - ahead)),
        np.where(frozen, last, ship - 1),
    )


def _sale_days(lookup: Lookup, trips: Trips, trip: Ints, sell: Ints) -> Ints:
    """Day of sale: the first day of the sell period on which the goods are there or pre-sold."""
    starts = (sell - 1) * lookup.days_per_period
    presold = sell < trips.arrival_period[trip]
    return np.where(presold, starts, np.maximum(starts, trips.arrival_day[trip]))


def _demand(lookup: Lookup, channel: int, lot: Ints, sell: Ints, rung: Ints) -> Floats:
    demand = np.zeros(len(lot))
    pools, pool_of_lot = lookup.kinds("category", "season")
    pool = pool_of_lot[lot]
    for number in np.unique(pool).tolist():
        table = appetite(lookup, channel, *pools[number])
        here = pool == number
        demand[here] = table[sell[here] - 1, rung[here]]
    return demand
