"""What is asked of a shard, one slice of a scenario kept as tables by style: functions of the shard.

A shard begins with the slice as text and ends with whole units; in between only prices of shared
rows, what is used of them and single figures leave it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from planner.domain.arrays import Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.executor import Shard
from planner.landed_cost.keys import Keys, keys_of, names_of
from planner.landed_cost.options import Combine, combinations, price_scenario
from planner.model.build import build
from planner.model.columns import Exits
from planner.network import Trips
from planner.solve.style_kernel import earnings, gains, place, used_by
from planner.solve.style_table import SharedRows, StyleTable, table_of

REACH = 40.0
"""Options so many times the softness below their stock price are left out while prices are sought."""
BELOW = 60.0
"""Times the softness under its soft stock price that a lot's exact one is sought."""


@dataclass(frozen=True)
class Read:
    """What a shard holds."""

    rows: SharedRows
    lots: int
    options: int
    nbytes: int


def every(lookup: Lookup, trips: Trips) -> Combine:
    """Everything that can be combined.

    Twins are not left out: whether one trip can stand for another depends on the whole stock.
    """
    return combinations


def read(shard: Shard, stock: float) -> Read:
    """Price and build the slice; `stock`: units of the whole scenario."""
    lookup = Lookup(Scenario.model_validate_json(shard.pop("scenario")))
    priced = price_scenario(lookup, every)
    program, columns = build(priced, stock)
    table, rows = table_of(program)
    exits = columns.of(Exits)
    shard["table"], shard["rows"] = table, len(rows)
    shard["options"] = len(priced.options)
    shard["keys"] = _small(keys_of(names_of(lookup, priced.trips), priced.options))
    shard["exits"] = (exits.lot, exits.exit)
    shard["mu"] = np.zeros(len(table.units))
    return Read(rows, len(table.units), len(table), table.nbytes)


def _small(keys: Keys) -> Keys:
    """The same keys in a quarter of the memory."""
    return Keys(
        keys.names,
        keys.lot.astype(np.int32),
        keys.channel.astype(np.int16),
        keys.trip.astype(np.int32),
        keys.sell_period.astype(np.int16),
        keys.rung.astype(np.int16),
    )


def number(shard: Shard, names: tuple[Ints, int]) -> Floats:
    """Number the shared rows as the whole scenario does; units of all lots by row they may use."""
    rows, count = names
    shard["table"] = shard["table"].numbered(rows)
    shard["rows"] = count
    return _touched(shard["table"], count)


def _touched(table: StyleTable, rows: int) -> Floats:
    """A measure of how much the lots of a table have to do with every shared row."""
    return used_by(table, table.units[table.lot], rows)


@dataclass(frozen=True)
class Sample:
    """Some styles of a shard with all their options."""

    table: StyleTable
    touched: Floats


def sample(shard: Shard, every_so_many: int) -> Sample:
    """Every so manieth style; styles stand in the order of their names' hashes."""
    table: StyleTable = shard["table"]
    styles = np.arange(0, table.styles, every_so_many)
    cut = table.some_styles(styles)
    return Sample(replace(cut, column=np.zeros(0, dtype=np.int32)), _touched(cut, shard["rows"]))


@dataclass(frozen=True)
class At:
    """Prices of the shared rows and how softly groups choose (PC per use of a group)."""

    prices: Floats
    softness: float


def come_near(shard: Shard, at: At) -> int:
    """Keep at hand the options that come near their stock price, and all exits."""
    table: StyleTable = shard["table"]
    earnings(table, at.prices, shard["mu"], at.softness)
    close = gains(table, at.prices, shard["mu"]) > -REACH * at.softness
    shard["near"] = table.some(close | np.isinf(table.cap[table.group]))
    return len(shard["near"])


@dataclass(frozen=True)
class Soft:
    """What the styles of a shard earn beside the prices and what they use of every shared row."""

    earned: float
    used: Floats


def soften(shard: Shard, at: At) -> Soft:
    """The softened dual over the options at hand."""
    near: StyleTable = shard["near"]
    earned, _, amounts = earnings(near, at.prices, shard["mu"], at.softness)
    return Soft(earned, used_by(near, amounts, shard["rows"]))


def bound(shard: Shard, at: At) -> float:
    """The most that the shard's styles can earn beside the prices, over every option, padded."""
    mu = shard["mu"].copy()
    earned, pad, _ = earnings(shard["table"], at.prices, mu, below=BELOW * at.softness)
    return earned + pad


@dataclass(frozen=True)
class Room:
    """Prices, and what the shard may take of every shared row. last: units left over leave."""

    at: At
    room: Floats
    last: bool


def put(shard: Shard, given: Room) -> Floats:
    """Put whole units within the room given; returns what is left of it.

    First as the softened dual spreads them, then, asked again, where single units still fit.
    """
    near: StyleTable = shard["near"]
    at, room = given.at, given.room.copy()
    if "amounts" in shard:
        wish = np.zeros(len(near))
    else:
        _, _, wish = earnings(near, at.prices, shard["mu"], at.softness)
        shard["amounts"] = np.zeros(len(near))
    order = np.random.default_rng(near.styles).permutation(near.styles)
    place(near, at.prices, shard["mu"], wish, room, shard["amounts"], order, leave=given.last)
    return room


@dataclass(frozen=True)
class Chosen:
    """Options of a shard and units of each, and units of exits by position in lots and exits."""

    keys: Keys
    units: Ints
    exit_lot: Ints
    exit: Ints
    exit_units: Ints


def close_counts(shard: Shard, asked: tuple[At, Floats]) -> Ints:
    """How many options earn no less than each of some amounts (PC) below their stock price."""
    at, reaches = asked
    near: StyleTable = shard["near"]
    shard["below"] = -gains(near, at.prices, shard["mu"]) * near.use
    option = near.column < shard["options"]
    return np.searchsorted(np.sort(shard["below"][option]), reaches, side="right")


def chosen(shard: Shard, reach: float) -> Chosen:
    """Options in use or so close to it, and units of exits."""
    amounts = shard["amounts"].astype(np.int64)
    column = shard["near"].column
    option = column < shard["options"]
    used = np.flatnonzero(((amounts > 0) | (shard["below"] <= reach)) & option)
    out = np.flatnonzero((amounts > 0) & ~option)
    lot, way = shard["exits"]
    at = column[out] - shard["options"]
    return Chosen(shard["keys"].take(column[used]), amounts[used], lot[at], way[at], amounts[out])
