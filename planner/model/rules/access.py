"""Rules of events: prices too close together, groups that must be full, orders that come at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Floats, Ints
from planner.domain.records import Channel
from planner.landed_cost.options import Priced
from planner.model.board import Board, Entries, block, rank
from planner.model.program import NO_LIMIT, Block
from planner.model.rules.switches import Switches, free
from planner.pricing import ladder_of

SLACK = 1e-9
"""Prices this near to the distance asked for are far enough: decimals are not exact."""


@dataclass(frozen=True, kw_only=True)
class PriceWindows(Switches):
    """A style is sold in an event at a price inside a window; `window` numbers `names`."""

    window: Ints
    names: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True)
class GroupBuys(Switches):
    """A style is sold in an event at a rung that asks for `least` units."""

    least: Floats


def price_windows_of(priced: Priced) -> PriceWindows:
    """A switch for every style in every window of prices that only one style may use."""
    scenario, options = priced.lookup.scenario, priced.options
    categories, category = priced.lookup.kinds("category")
    styles, style = priced.lookup.kinds("style")
    names: list[tuple[str, int]] = []
    labels: list[str] = []
    members, gates, windows = [], [], []
    for number, channel in enumerate(scenario.channels):
        if channel.price_distance_least <= 0:
            continue
        rows = options.of_channel(number)
        of_category = category[options.lot[rows]]
        for event in _parts(rows.start, of_category, options.sell_period[rows]):
            kind = categories[category[options.lot[event[0]]]]
            for price, inside in _windows(options.price[event], channel):
                at = event[inside]
                gate, first = rank(style[options.lot[at]])
                if len(first) > 1:
                    label = f"{channel.channel} | {kind} | {price:.10g}"
                    members.append(at)
                    gates.append(gate + len(labels))
                    windows.append(np.full(len(first), len(names)))
                    labels += [f"{styles[k]} | {label}" for k in style[options.lot[at[first]]]]
                    names.append((label, int(options.sell_period[at[0]])))
    window = _joined(windows)
    period = np.array([when for _, when in names], dtype=np.int64)[window]
    return PriceWindows(
        **free(labels, period),
        member=_joined(members),
        gate=_joined(gates),
        window=window,
        names=tuple(names),
    )


def _windows(price: Floats, channel: Channel) -> list[tuple[float, Ints]]:
    """Every widest set of prices p to less than p x (1 + distance): p, and who is inside."""
    order = np.argsort(price, kind="stable")
    rising = price[order]
    start = np.flatnonzero(np.diff(rising, prepend=-np.inf) > 0)
    far = rising[start] * (1 + channel.price_distance_least) * (1 - SLACK)
    end = np.searchsorted(rising, far, side="left")
    wider = np.diff(end, prepend=0) > 0
    pairs = zip(start[wider].tolist(), end[wider].tolist(), strict=True)
    return [(float(rising[a]), order[a:b]) for a, b in pairs]


def _parts(first: int, *keys: Ints) -> list[Ints]:
    """Positions from `first` on, by equal keys."""
    if not len(keys[0]):
        return []
    number, _ = rank(*keys)
    order = np.argsort(number, kind="stable")
    return np.split(first + order, np.cumsum(np.bincount(number))[:-1])


def _joined(parts: list[Ints]) -> Ints:
    return np.concatenate([np.zeros(0, dtype=np.int64), *parts])


def close_prices(board: Board) -> Block:
    """Of the styles of one category, one at most is sold inside a window of close prices in an event."""
    family, columns = board.columns.of(PriceWindows), board.columns.at(PriceWindows)
    entries = [(family.window, columns, np.ones(len(columns)))]
    limits = [1.0] * len(family.names)
    return block("close_prices", "styles", family.names, entries, limits, logic=True)


def group_buys_of(priced: Priced) -> GroupBuys:
    """A switch for every style, event and rung that sells only to a full group."""
    scenario, options = priced.lookup.scenario, priced.options
    styles, style = priced.lookup.kinds("style")
    asked = np.zeros(len(options))
    for number in range(len(scenario.channels)):
        least = [float(rung.least_units_per_event) for rung in ladder_of(priced.lookup, number)]
        rows = options.of_channel(number)
        asked[rows] = np.array(least)[options.rung[rows]]
    at = np.flatnonzero(asked)
    of_style = style[options.lot]
    keys = (of_style[at], options.channel[at], options.sell_period[at], options.rung[at])
    gate, first = rank(*keys)
    one = at[first]
    labels = [
        f"{styles[a]} | {scenario.channels[b].channel} | {ladder_of(priced.lookup, b)[c].rung}"
        for a, b, c in zip(
            of_style[one], options.channel[one].tolist(), options.rung[one], strict=True
        )
    ]
    return GroupBuys(
        **free(labels, options.sell_period[one]), member=at, gate=gate, least=asked[one]
    )


def group_buy(board: Board) -> Block:
    """A style sells at a group's rung in an event in full groups only: units >= least x switch."""
    family, columns = board.columns.of(GroupBuys), board.columns.at(GroupBuys)
    entries: list[Entries] = [
        (family.gate, family.member, np.ones(len(family.member))),
        (np.arange(len(columns)), columns, -family.least),
    ]
    names = list(zip(family.labels, family.periods.tolist(), strict=True))
    endless, zero = [NO_LIMIT] * len(names), [0.0] * len(names)
    return block("group_buy", "units above the least", names, entries, endless, zero, logic=True)


def burst_dispatch(board: Board) -> Block:
    """Orders of a burst leave a site in time: no more than it sends in the days they may take.

    One row for every number of days some burst channel of the site allows: all orders that may take
    no longer.
    """
    priced = board.priced
    scenario, options, trips = priced.lookup.scenario, priced.options, priced.trips
    allowed = np.array(
        [0 if c.burst_days is None else c.burst_days + c.days_late_most for c in scenario.channels]
    )
    days = allowed[options.channel]
    entry = trips.entry[options.trip]
    period = np.maximum(options.sell_period, trips.arrival_period[options.trip])
    names: list[tuple[str, int]] = []
    limits: list[float] = []
    entries: list[Entries] = []
    for number, site in enumerate(scenario.sites):
        if site.dispatch_units_per_day is None:
            continue
        entered = [site.site in row.entry_sites for row in scenario.markets]
        served = np.array(entered)[board.market_of_channel]
        burst = np.flatnonzero((entry == number) & (days > 0))
        for most in np.unique(allowed[served & (allowed > 0)]).tolist():
            at = burst[days[burst] <= most]
            row, first = rank(period[at])
            entries.append((row + len(names), at, np.ones(len(at))))
            names += [(f"{site.site} | {most} days", int(when)) for when in period[at[first]]]
            limits += [site.dispatch_units_per_day * most] * len(first)
    return block("burst_dispatch", "units", names, entries, limits)
