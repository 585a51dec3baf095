"""What is asked of a shard, one slice of a scenario kept as tables by style: functions of the shard.

A shard begins with the slice as text and ends with whole units; in between only prices of shared
rows, what is used of them and single figures travel.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.executor import Shard
from planner.landed_cost.keys import Keys, keys_of, names_of
from planner.landed_cost.options import Combine, combinations, price_scenario
from planner.model.build import build
from planner.model.columns import Exits
from planner.network import Trips
from planner.solve.shelf import Shelf
from planner.solve.style_kernel import earnings, reduced, tempting, used_by
from planner.solve.style_steps import Come, Moved, Norms, Step, Walk
from planner.solve.style_table import SharedRows, StyleTable, table_of
from planner.solve.style_units import (
    Placed,
    cut,
    exits,
    filled,
    left_over,
    nothing_placed,
    placed_near,
)

PER_LOT = 30
"""Options of each lot let in at once, on average, at most."""
KEPT = 0.01
"""How far below being worth having unused options are kept, as a part of what a unit earns."""
NEAR = 0.03
"""How far below it options are let in for lots not looked at before."""


@dataclass(frozen=True)
class Read:
    """Shared rows of a shard and how many options it has."""

    rows: SharedRows
    options: int


def every(lookup: Lookup, trips: Trips) -> Combine:
    """Everything that can be combined.

    Twins are not left out: whether one trip can stand for another depends on the whole stock.
    """
    return combinations


@dataclass(frozen=True)
class Reading:
    """Units of the whole scenario, and whether what is read is kept on disk."""

    stock: float
    on_disk: bool


def read(shard: Shard, how: Reading) -> Read:
    """Price and build the slice."""
    lookup = Lookup(Scenario.model_validate_json(shard.pop("scenario")))
    priced = price_scenario(lookup, every)
    program, columns = build(priced, how.stock)
    table, rows = table_of(program)
    out = columns.of(Exits)
    shard["options"] = len(priced.options)
    keys = keys_of(names_of(lookup, priced.trips), priced.options)
    shard["names"] = keys.names
    shard["keys"] = Shelf(_small(keys), on_disk=how.on_disk)
    shard["ways"] = (out.lot, out.exit)
    shard["table"] = Shelf(
        {field.name: getattr(table, field.name) for field in fields(StyleTable)},
        on_disk=how.on_disk,
    )
    option = ~exits(table)
    shard["typical"] = float(np.abs(table.value[option]).mean()) if option.any() else 0.0
    shard["part"], shard["looked_at"] = None, np.zeros(len(table.units), dtype=bool)
    shard["at"], shard["amounts"] = np.zeros(0, dtype=np.int64), np.zeros(0)
    shard["stock"], shard["caps"] = np.zeros(len(table.units)), np.zeros(len(table.cap))
    return Read(rows, len(priced.options))


def _small(keys: Keys) -> dict[str, Ints]:
    """The numbers of keys in a quarter of the memory."""
    return {
        "lot": keys.lot.astype(np.int32),
        "channel": keys.channel.astype(np.int16),
        "trip": keys.trip.astype(np.int32),
        "sell_period": keys.sell_period.astype(np.int16),
        "rung": keys.rung.astype(np.int16),
    }


def number(shard: Shard, rows: Ints) -> None:
    """The shared rows are numbered so in the whole scenario."""
    shard["rows"] = rows


def _table(shard: Shard) -> StyleTable:
    """All options, with the shared rows numbered as in the whole scenario."""
    table = StyleTable(**shard["table"].take())
    return table.numbered(shard["rows"])


@dataclass(frozen=True)
class Part:
    """The part of the styles that is looked at from now on, one in so many, and prices so far."""

    one_in: int
    prices: Floats


@dataclass(frozen=True)
class Looked:
    """Units of the lots looked at, and of all."""

    units: float
    all: float


def look_at(shard: Shard, part: Part) -> Looked:
    """Look at a part of the styles, which holds those looked at before.

    Lots not looked at before begin with stock prices at which their styles earn least, and the next
    options let in for them need not be worth adding yet: near the best is enough.
    """
    table, before = _table(shard), shard["looked_at"]
    styles = np.arange(len(table.lot_start) - 1) % part.one_in == 0
    lots = np.repeat(styles, np.diff(table.lot_start))
    _widen(shard, len(table.cap))
    if part.one_in > 1:
        _narrow(shard, table, lots[table.lot])
    shard["anew"] = bool(part.prices.any())
    if shard["anew"]:
        stock = np.full(len(lots), -np.inf)
        earnings(table if part.one_in == 1 else shard["part"], part.prices, stock)
        shard["stock"] = np.where(lots & ~before, stock, shard["stock"])
    shard["looked_at"] = lots
    return Looked(float(table.units[lots].sum()), float(table.units.sum()))


def _narrow(shard: Shard, table: StyleTable, kept: Bools) -> None:
    """Number options and groups as in the part of the table that holds only those kept."""
    shard["part"], of = table.some(kept), np.flatnonzero(kept)
    shard["of"], shard["of_groups"] = of, np.unique(table.group[of])
    shard["at"] = np.searchsorted(of, shard["at"])
    shard["caps"] = shard["caps"][shard["of_groups"]]


def _widen(shard: Shard, groups: int) -> None:
    """Number them as in the whole table."""
    if shard["part"] is not None:
        caps = np.zeros(groups)
        caps[shard["of_groups"]] = shard["caps"]
        shard["at"], shard["caps"], shard["part"] = shard["of"][shard["at"]], caps, None


def let_in(shard: Shard, prices: Floats) -> int:
    """Let options in that are worth adding at the prices so far, and let poor ones go; how many are
    new. The walk can begin over those now at hand."""
    table = _table(shard) if shard["part"] is None else shard["part"]
    lots = shard["looked_at"]
    amounts, inside = np.zeros(len(table)), exits(table)
    amounts[shard["at"]], inside[shard["at"]] = shard["amounts"], True
    new = tempting(
        table,
        prices,
        shard["stock"],
        shard["caps"],
        inside,
        least=-KEPT * shard["typical"],
        enough=-NEAR * shard["typical"] if shard["anew"] else 0.0,
        count=PER_LOT * int(lots.sum()),
    )
    inside |= amounts > 0
    inside[new] = True
    shard["at"], shard["anew"] = np.flatnonzero(inside), False
    shard["groups"] = np.unique(table.group[shard["at"]])
    few = table.some(inside)
    few = replace(few, units=np.where(lots, few.units, 0.0))
    caps = shard["caps"][shard["groups"]]
    shard["walk"] = Walk(few, amounts[shard["at"]], shard["stock"], caps)
    return len(new)


def sizes(shard: Shard, asked: tuple[Floats, bool]) -> Floats:
    """Largest entries of the shared rows at this scale, or their sums; see `Walk.sizes`."""
    scale, largest = asked
    walk: Walk = shard["walk"]
    return walk.sizes(scale, largest=largest)


def begin(shard: Shard, _: None) -> Norms:
    """Everything is scaled."""
    walk: Walk = shard["walk"]
    return walk.begin()


def step(shard: Shard, step: Step) -> Moved:
    """Take a step."""
    walk: Walk = shard["walk"]
    return walk.step(step)


def come(shard: Shard, _: None) -> Come:
    """How far the walk has come since it began anew."""
    walk: Walk = shard["walk"]
    return walk.come()


@dataclass(frozen=True)
class Stand:
    """Where a shard stands: what its amounts use of every shared row, and once those of lots and groups
    that are overdrawn are cut, what they use and what they are worth."""

    used: Floats
    kept: Floats
    value: float


def stand(shard: Shard, rows: int) -> Stand:
    """Keep where the walk has led."""
    walk: Walk = shard["walk"]
    shard["amounts"], shard["stock"], caps = walk.answer()
    shard["caps"][:] = 0.0
    shard["caps"][shard["groups"]] = caps
    table, amounts = walk.table, shard["amounts"]
    kept = cut(table, amounts)
    return Stand(
        used_by(table, amounts, rows), used_by(table, kept, rows), float(table.value @ kept)
    )


def earned(shard: Shard, prices: Floats) -> float:
    """What the styles earn at most at these prices, over all their options, padded."""
    table = _table(shard)
    most, pad = earnings(table, prices, shard["stock"].copy())
    return most + pad


def place(shard: Shard, room: Floats) -> Floats:
    """Place whole units near the amounts of the last walk within this room of the shared rows; what
    they use of it."""
    table = shard["walk"].table
    shard["placed"] = placed_near(table, nothing_placed(table, room), shard["amounts"])
    return np.asarray(room - shard["placed"].room)


def fill(shard: Shard, room: Floats) -> Floats:
    """Place more near them, then what is left of the lots over all options; what is left of the room."""
    walk, table = shard["walk"].table, _table(shard)
    near = placed_near(walk, replace(shard["placed"], room=room), shard["amounts"])
    units = np.zeros(len(table))
    units[shard["at"]] = near.units
    placed = filled(table, replace(near, units=units))
    used = np.flatnonzero(placed.units)
    shard["tried"] = used, placed.units[used].astype(np.int64)
    shard["worth"] = float(table.value @ placed.units)
    shard["placed"] = Placed(np.zeros(len(walk)), placed.left, placed.room)
    return placed.room


def leave(shard: Shard, room: Floats) -> Floats:
    """What is left of the lots leaves by the exits; what that uses of the room."""
    shard["placed"] = left_over(shard["walk"].table, replace(shard["placed"], room=room))
    return np.asarray(room - shard["placed"].room)


def worth(shard: Shard, _: None) -> float:
    """What all units placed are worth."""
    return float(shard["worth"] + shard["walk"].table.value @ shard["placed"].units)


def keep(shard: Shard, _: None) -> None:
    """What was tried last is the best so far."""
    column = shard["walk"].table.column
    out = np.flatnonzero(shard["placed"].units)
    shard["kept"] = *shard["tried"], column[out], shard["placed"].units[out].astype(np.int64)


def close_counts(shard: Shard, asked: tuple[Floats, Floats]) -> Ints:
    """How many options at hand are no more than each of some amounts (PC) below being worth having."""
    prices, reaches = asked
    walk: Walk = shard["walk"]
    caps = shard["caps"][shard["groups"]]
    below = -reduced(walk.table, prices, shard["stock"], caps)
    shard["below"] = below[walk.table.column < shard["options"]]
    return np.searchsorted(np.sort(shard["below"]), reaches, side="right")


@dataclass(frozen=True)
class Chosen:
    """Options of a shard and units of each, and units of exits by position in lots and exits."""

    keys: Keys
    units: Ints
    exit_lot: Ints
    exit: Ints
    exit_units: Ints


def chosen(shard: Shard, reach: float | None) -> Chosen:
    """Options in use or, with a reach, so close to it; and units of exits."""
    kept, kept_units, out, out_units = shard["kept"]
    table = _table(shard)
    units = np.zeros(len(table), dtype=np.int64)
    units[kept] = kept_units
    near = units > 0
    if reach is not None:
        options = shard["at"][table.column[shard["at"]] < shard["options"]]
        near[options] |= shard["below"] <= reach
    used = np.flatnonzero(near)
    lot, way = shard["ways"]
    keys = Keys(shard["names"], **shard["keys"].take())
    at = out - shard["options"]
    return Chosen(keys.take(table.column[used]), units[used], lot[at], way[at], out_units)
