"""Options by what they are called: the same ones found again in a scenario that was edited."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TypeVar

import numpy as np

from planner.domain.arrays import Bools, Ints
from planner.domain.lookup import Lookup
from planner.landed_cost.options import Choice, Combine, Options, combinations, sell_periods
from planner.network import Trips, market_trips
from planner.pricing import Offers, ladder_of

Name = TypeVar("Name", bound=Hashable)
PERIODS = 10_000
"""More periods than any plan has."""


@dataclass(frozen=True)
class Names:
    """What the positions in a scenario's options stand for.

    trips: route and ship period; rungs: those of every channel's ladder, dearest first.
    """

    lots: tuple[str, ...]
    channels: tuple[str, ...]
    trips: tuple[tuple[str, int], ...]
    rungs: tuple[tuple[str, ...], ...]

    @cached_property
    def lot_at(self) -> dict[str, int]:
        """Position of every lot."""
        return _places(self.lots)

    @cached_property
    def trip_at(self) -> dict[tuple[str, int], int]:
        """Position of every trip."""
        return _places(self.trips)


def names_of(lookup: Lookup, trips: Trips) -> Names:
    """The names in a scenario's options."""
    channels = lookup.scenario.channels
    routes = [trips.name(k, lookup) for k in range(len(trips.route))]
    return Names(
        lots=tuple(lot.lot for lot in lookup.scenario.lots),
        channels=tuple(row.channel for row in channels),
        trips=tuple(zip(routes, trips.ship_period.tolist(), strict=True)),
        rungs=tuple(tuple(r.rung for r in ladder_of(lookup, k)) for k in range(len(channels))),
    )


@dataclass(frozen=True)
class Keys:
    """Some options: one element each, positions into names."""

    names: Names
    lot: Ints
    channel: Ints
    trip: Ints
    sell_period: Ints
    rung: Ints

    def __len__(self) -> int:
        return len(self.lot)

    def take(self, rows: Ints) -> Keys:
        """These keys only."""
        parts = (self.lot, self.channel, self.trip, self.sell_period, self.rung)
        return Keys(self.names, *(part[rows] for part in parts))

    def placed(self, names: Names) -> Keys:
        """The same keys as positions into other names, -1 for what those lack."""
        if names == self.names:
            return self
        rung = np.full(len(self), -1, dtype=np.int64)
        channel = _moved(self.names.channels, _places(names.channels))[self.channel]
        for old in np.unique(self.channel[channel >= 0]).tolist():
            here = self.channel == old
            new = names.channels.index(self.names.channels[old])
            rung[here] = _moved(self.names.rungs[old], _places(names.rungs[new]))[self.rung[here]]
        return Keys(
            names,
            _moved(self.names.lots, names.lot_at)[self.lot],
            channel,
            _moved(self.names.trips, names.trip_at)[self.trip],
            self.sell_period,
            rung,
        )

    @cached_property
    def known(self) -> Bools:
        """Keys all of whose parts have a name."""
        return (self.lot >= 0) & (self.channel >= 0) & (self.trip >= 0) & (self.rung >= 0)

    @cached_property
    def codes(self) -> Ints:
        """A number for every key, the same for the same option; -1 for what has no name."""
        code = self.channel.astype(np.int64)
        most = max(map(len, self.names.rungs), default=0)
        for part, size in (
            (self.lot, len(self.names.lots)),
            (self.trip, len(self.names.trips)),
            (self.sell_period, PERIODS),
            (self.rung, most),
        ):
            code = code * size + part
        return np.where(self.known, code, -1)

    def at(self, others: Keys) -> Ints:
        """Where each of some other keys, of the same names, stands among these; -1 = nowhere."""
        order = np.argsort(self.codes, kind="stable")
        place = np.searchsorted(self.codes[order], others.codes)
        found = order[np.minimum(place, len(order) - 1)] if len(order) else np.zeros_like(place)
        hit = (
            others.known & (self.codes[found] == others.codes) if len(order) else others.codes < -1
        )
        return np.where(hit, found, -1)


def keys_of(names: Names, options: Options) -> Keys:
    """The keys of priced options."""
    return Keys(
        names, options.lot, options.channel, options.trip, options.sell_period, options.rung
    )


def those(keys: Keys, opened: Mapping[int, Bools]) -> Choice:
    """Combines only what some keys name, and besides every trip and period of opened offers.

    `keys` may be those of another scenario; `opened`: offers by channel, matrix (lot, rung).
    """

    def some(lookup: Lookup, trips: Trips) -> Combine:
        placed = keys.placed(names_of(lookup, trips))
        placed = placed.take(np.flatnonzero(placed.known))

        def combine(
            lookup: Lookup, trips: Trips, channel: int, offers: Offers
        ) -> tuple[Ints, Ints, Ints]:
            mine = placed.take(np.flatnonzero(placed.channel == channel))
            near = _allowed(lookup, trips, channel, offers, mine)
            if channel not in opened:
                trip, sell, offer = near
                return trip, sell, offer
            free = np.flatnonzero(opened[channel][offers.lot, offers.rung])
            part = Offers(*(getattr(offers, field.name)[free] for field in fields(Offers)))
            trip, sell, offer = combinations(lookup, trips, channel, part)
            every = np.concatenate([near, np.stack([trip, sell, free[offer]])], axis=1)
            _, first = np.unique(every, axis=1, return_index=True)
            trip, sell, offer = every[:, np.sort(first)]
            return trip, sell, offer

        return combine

    return some


def _allowed(lookup: Lookup, trips: Trips, channel: int, offers: Offers, mine: Keys) -> Ints:
    """Rows (trip, sell period, offer) of a channel's keys that its offers and trips allow."""
    number = np.full((len(mine.names.lots), len(mine.names.rungs[channel])), -1, dtype=np.int64)
    number[offers.lot, offers.rung] = np.arange(len(offers.lot))
    offer = number[mine.lot, mine.rung]
    serving = market_trips(lookup, trips, channel)
    first = np.ones(len(trips.route), dtype=np.int64)
    last = np.zeros(len(trips.route), dtype=np.int64)
    first[serving], last[serving] = sell_periods(lookup, trips, channel, serving)
    origin = lookup.origin_of_lot[mine.lot]
    free = lookup.of_lots("available_period").astype(np.int64)[mine.lot]
    leaves = np.array([*(route.origin for route in trips.routes), -1])[trips.route[mine.trip]]
    own = (leaves == origin) & (trips.ship_period[mine.trip] >= free)
    frozen = trips.frozen[mine.trip] >= 0
    starts = np.where(frozen, trips.frozen_lot[mine.trip] == mine.lot, own)
    inside = (mine.sell_period >= first[mine.trip]) & (mine.sell_period <= last[mine.trip])
    keep = np.flatnonzero((offer >= 0) & starts & inside)
    return np.stack([mine.trip[keep], mine.sell_period[keep], offer[keep]])


def _places(names: tuple[Name, ...]) -> dict[Name, int]:
    """Where each name stands."""
    return {name: k for k, name in enumerate(names)}


def _moved(old: tuple[Name, ...], at: Mapping[Name, int]) -> Ints:
    """Where each of the old names stands among the new ones, with -1 for none and at the end."""
    return np.array([*(at.get(name, -1) for name in old), -1], dtype=np.int64)
