"""Which options a small edit can bring into a plan: those near it, and those the edit opens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.changes import Change
from planner.domain.lookup import Lookup
from planner.domain.records import ComplianceRule, Lock
from planner.domain.selectors import matches
from planner.domain.vocabulary import LockKind
from planner.landed_cost.keys import Keys, Names
from planner.landed_cost.options import Options
from planner.model.program import Program
from planner.pipeline import Prepared
from planner.pricing import ladder_of, offers_of

NEAR_MOST, BEST_MOST = 3_000, 20_000
"""Options kept near a plan, its own aside: the best of all, and the best of their lot, channel and sell
period."""
SOLD = ("lot", "channel", "sell_period", "rung")
"""What an option offers to whom and when, whatever the way it takes there."""
FALL_BACK_MOST = 8_000
"""Options looked at besides for lots that lost what they were used for."""
BEST = 3
"""Options kept of each newly opened lot, channel, sell period and rung."""
Offered = frozenset[tuple[str, str, str]]
"""(lot, channel, rung) of every offer."""


@dataclass(frozen=True)
class Near:
    """Positions of options near a plan: those worth pricing again after every edit, and those a lot
    falls back on when an edit takes away what it was used for, the best first."""

    every_time: Ints
    to_fall_back_on: Ints


def near_options(ready: Prepared, used: Bools, limits: pd.DataFrame) -> Near:
    """Options in use, and of the others the best by what they are worth beyond the limits they use:
    NEAR_MOST of all, and one for each lot, channel and sell period, as far as BEST_MOST go.

    `limits` tells what one more unit of each limit is worth. Options that need what the plan does
    not pay for are left out.
    """
    program, options = ready.program, ready.priced.options
    prices = _prices(program, limits)
    reduced = (program.value - program.matrix.T @ prices)[: len(options)]
    reduced[_shut(program, used)] = -np.inf
    reduced[used] = np.inf
    best = np.argsort(-reduced, kind="stable")[: int((reduced > -np.inf).sum())]
    sold = pd.DataFrame({name: getattr(options, name)[best] for name in SOLD})
    close = np.arange(len(best)) < int(used.sum()) + NEAR_MOST
    close[np.flatnonzero(~sold.duplicated(list(SOLD[:3])))[:BEST_MOST]] = True
    rest = best[~close][~sold[~close].duplicated().to_numpy()]
    return Near(np.sort(best[close]), rest)


def _prices(program: Program, limits: pd.DataFrame) -> Floats:
    """Marginal values by row of the program; 0 where the table has none."""
    labels = program.labels
    names = zip(limits["rule"], limits["label"], limits["period"], strict=True)
    known = dict(zip(names, limits["marginal_value"].tolist(), strict=True))
    rows = zip(labels.rule, labels.label, labels.period.tolist(), strict=True)
    return np.asarray(np.nan_to_num(np.array([known.get(row, 0.0) for row in rows], dtype=float)))


def _shut(program: Program, used: Bools) -> Bools:
    """Options behind openings that no option in use needs."""
    rows = np.flatnonzero(program.link & ~program.logic)
    part = program.by_row[rows][:, : program.options]
    open_rows = part @ used.astype(float) > 0
    shut: Bools = part.T @ (~open_rows).astype(float) > 0
    return shut


def keys_of_lines(names: Names, lines: pd.DataFrame) -> Keys:
    """The options a plan's lines stand for."""
    lot, channel, trip = _numbers(names.lots), _numbers(names.channels), _numbers(names.trips)
    rung = [_numbers(ladder) for ladder in names.rungs]
    channels = [channel[name] for name in lines["channel"]]
    periods: Ints = lines["ship_period"].to_numpy(dtype=np.int64)
    trips = zip(lines["route"], periods.tolist(), strict=True)
    sold = zip(channels, lines["rung"], strict=True)
    return Keys(
        names,
        lot=np.array([lot[name] for name in lines["lot"]], dtype=np.int64),
        channel=np.array(channels, dtype=np.int64),
        trip=np.array([trip[name] for name in trips], dtype=np.int64),
        sell_period=lines["sell_period"].to_numpy(dtype=np.int64),
        rung=np.array([rung[k][name] for k, name in sold], dtype=np.int64),
    )


def _numbers(names: Sequence[Any]) -> dict[Any, int]:
    return {name: k for k, name in enumerate(names)}


def offered(lookup: Lookup) -> Offered:
    """Every offer of a scenario by name."""
    lots, channels = lookup.scenario.lots, lookup.scenario.channels
    found: list[tuple[str, str, str]] = []
    for k, row in enumerate(channels):
        offers, rungs = offers_of(lookup, k), [rung.rung for rung in ladder_of(lookup, k)]
        pairs = zip(offers.lot.tolist(), offers.rung.tolist(), strict=True)
        found += [(lots[lot].lot, row.channel, rungs[rung]) for lot, rung in pairs]
    return frozenset(found)


def opened(
    before: Offered, base: Lookup, lookup: Lookup, changes: Sequence[Change]
) -> dict[int, Bools]:
    """Offers, by channel a matrix (lot, rung), that an edit brought or freed from some rule."""
    shape = [
        (len(lookup.scenario.lots), len(ladder_of(lookup, k)))
        for k in range(len(lookup.scenario.channels))
    ]
    found = {k: np.zeros(size, dtype=bool) for k, size in enumerate(shape)}
    rung_at = [{rung.rung: i for i, rung in enumerate(ladder_of(lookup, k))} for k in found]
    for lot, channel, rung in offered(lookup) - before:
        k = lookup.channel_at[channel]
        found[k][lookup.lot_at[lot], rung_at[k][rung]] = True
    for k, lots in _freed(base, lookup, changes):
        found[k][lots] = True
    return {k: mask for k, mask in found.items() if mask.any()}


def _freed(base: Lookup, lookup: Lookup, changes: Sequence[Change]) -> list[tuple[int, Bools]]:
    """Channels and lots that a rule about trips may have kept apart before, and no longer does."""
    scenario, lots = base.scenario, lookup.scenario.lots
    every = np.ones(len(lots), dtype=bool)
    found: list[tuple[int, Bools]] = []
    for change in changes:
        name = change.key[0] if change.key else ""
        if change.table == "locks":
            for lock in scenario.locks:
                if lock.lock == name and lock.kind in (LockKind.BAN, LockKind.PRICE):
                    found += _locked(lookup, lock)
        elif change.table == "rules":
            for rule in scenario.rules:
                if rule.rule == name:
                    found += _ruled(lookup, rule)
        elif change.table == "channels" and change.field in (
            "open_from",
            "open_to",
            "presale_periods",
        ):
            found.append((lookup.channel_at[name], every))
        elif change.table == "brands" and change.field in ("consented_markets", "public_listing"):
            own = np.array([lot.brand == name for lot in lots], dtype=bool)
            found += [(k, own) for k in range(len(lookup.scenario.channels))]
        elif change.table == "lots":
            own = np.array([name in (lot.lot, lot.form_of) for lot in lots], dtype=bool)
            found += [(k, own) for k in range(len(lookup.scenario.channels))]
        elif change.table == "demand" and change.old == 0 and change.key[0] in lookup.channel_at:
            kind = change.key[1:3]
            own = np.array([(lot.category, lot.season) == kind for lot in lots], dtype=bool)
            found.append((lookup.channel_at[name], own))
    return found


def _locked(lookup: Lookup, lock: Lock) -> list[tuple[int, Bools]]:
    """What a lock touches."""
    lots = lookup.lock_lots(lock)
    return [(int(k), lots) for k in np.flatnonzero(lookup.lock_channels(lock))]


def _ruled(lookup: Lookup, rule: ComplianceRule) -> list[tuple[int, Bools]]:
    """What a rule touches on some day."""
    lots = [matches(lot.category, rule.categories) for lot in lookup.scenario.lots]
    return [
        (k, np.array(lots, dtype=bool))
        for k, row in enumerate(lookup.scenario.channels)
        if matches(row.market, rule.markets) and matches(row.channel, rule.channels)
    ]


def the_best(options: Options, own: Bools) -> Ints:
    """Rows of the `own` options and of the best others of each lot, channel, period and rung."""
    other = np.flatnonzero(~own)
    part = options.take(other)
    order = np.lexsort((-part.worth, part.rung, part.sell_period, part.channel, part.lot))
    keys = np.stack([part.lot, part.channel, part.sell_period, part.rung])[:, order]
    fresh = np.ones(len(order), dtype=bool)
    fresh[1:] = (keys[:, 1:] != keys[:, :-1]).any(axis=0)
    start = np.flatnonzero(fresh)
    place = np.arange(len(order)) - np.repeat(start, np.diff(np.append(start, len(order))))
    found: Ints = np.sort(np.concatenate([np.flatnonzero(own), other[order[place < BEST]]]))
    return found
