"""Rules of freight paid by the departure: whole boxes, and loads charged by steps of a tariff."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.records import LegBox
from planner.landed_cost.options import Priced
from planner.landed_cost.tariffs import (
    Step,
    Tariff,
    box_cost,
    box_room,
    box_terms,
    buyer_ships,
    is_domestic,
    paid_whole,
    planned_part,
    tariffs,
)
from planner.model.board import MEASURE_SLACK, Board, Entries, block
from planner.model.columns import Family
from planner.model.program import Block, Kind

BULKY = 100
"""Goods of which some box holds fewer units: stowing them whole may waste more than 1 % of it."""
GRAIN = 1e-6
"""Volumes and weights are compared by the cubic centimetre and the milligram."""


@dataclass(frozen=True)
class Departure:
    """Goods that leave on a leg on one day and whose freight is ours: `options` are their positions.

    most: units of every lot that could be part of it, those of its forms with their own lot's.
    """

    leg: int
    name: str
    day: int
    period: int
    options: Ints
    most: Floats


@dataclass(frozen=True, kw_only=True)
class Boxes(Family):
    """Whole boxes: one column for every (departure, box type)."""

    kind = Kind.BOX
    departures: tuple[Departure, ...]
    departure: Ints
    terms: tuple[LegBox, ...]


@dataclass(frozen=True, kw_only=True)
class Steps(Family):
    """Steps a departure's load may be charged at: one column for every (departure, step).

    covers: the load its least charge pays for; beyond: the load that may be charged above that.
    """

    kind = Kind.OPENING
    departures: tuple[Departure, ...]
    tariffs: tuple[Tariff, ...]
    departure: Ints
    covers: Floats
    beyond: Floats


@dataclass(frozen=True, kw_only=True)
class Charged(Family):
    """Load charged above the least charge of each step, column by column as in Steps."""

    kind = Kind.AMOUNT


def departures_of(priced: Priced, legs: Iterable[int]) -> tuple[Departure, ...]:
    """Every departure of some legs that goods of ours can take."""
    lookup, options, trips = priced.lookup, priced.options, priced.trips
    ours = ~buyer_ships(lookup)[options.channel]
    found = []
    for leg in legs:
        row = lookup.scenario.legs[leg]
        on = trips.leg_visits[trips.leg_visits[:, 1] == leg, 0]
        leaves = np.full(len(trips.route), -1)
        leaves[on] = [trips.leg_days[trip, leg][0] for trip in on.tolist()]
        day = leaves[options.trip]
        inside = np.flatnonzero((day >= 0) & (ours | is_domestic(lookup, row)))
        inside = inside[np.argsort(day[inside], kind="stable")]
        days, starts = np.unique(day[inside], return_index=True)
        for when, members in zip(days.tolist(), np.split(inside, starts[1:]), strict=False):
            name = f"{row.leg} | {lookup.date_of(when)}"
            period = when // lookup.days_per_period + 1
            most = _at_most(priced, members)
            found.append(Departure(leg, name, when, period, members, most))
    return tuple(found)


def _at_most(priced: Priced, members: Ints) -> Floats:
    """Units of each lot that options could move: its stock or, where that binds, their appetite."""
    lookup, options = priced.lookup, priced.options
    stock: Floats = lookup.of_lots("units").astype(float)
    if any(setting.rule == "demand_pool" for setting in lookup.scenario.rule_settings):
        return stock
    lot = lookup.parent[options.lot[members]]
    wanted = np.bincount(lot, weights=np.ceil(options.demand[members]), minlength=len(stock))
    return np.asarray(np.minimum(stock, wanted))


def boxes_of(priced: Priced) -> Boxes:
    """The boxes of every departure of a leg paid by whole boxes."""
    lookup = priced.lookup
    types = box_terms(lookup)
    departures = departures_of(priced, types)
    each = [(k, row) for k, here in enumerate(departures) for row in types[here.leg]]
    return Boxes(
        labels=[f"{departures[k].name} | {row.equipment}" for k, row in each],
        periods=np.array([departures[k].period for k, _ in each], dtype=np.int64),
        value=np.array([-box_cost(lookup, row, departures[k].day) for k, row in each]),
        most=np.array([_boxes_needed(lookup, departures[k], row) for k, row in each]),
        departures=departures,
        departure=np.array([k for k, _ in each], dtype=np.int64),
        terms=tuple(row for _, row in each),
    )


def _boxes_needed(lookup: Lookup, departure: Departure, row: LegBox) -> float:
    """Boxes of one type that would carry everything it can: more are never worth their cost."""
    holds = _whole_units(lookup, row)
    fits = holds > 0
    return float(np.ceil((departure.most[fits] / holds[fits]).sum()))


def _whole_units(lookup: Lookup, row: LegBox) -> Floats:
    """Units of every lot that a box holds when it holds nothing else."""
    room, payload = box_room(lookup, row)
    cbm, kg = lookup.of_lots("cbm"), lookup.of_lots("kg")
    return np.asarray(np.floor(np.minimum(room / cbm, payload / kg) * (1 + MEASURE_SLACK)))


def steps_of(priced: Priced) -> Steps:
    """The steps at which every departure charged by its load may be charged."""
    every = tariffs(priced.lookup)
    departures = departures_of(priced, every)
    each = [
        (k, step)
        for k, here in enumerate(departures)
        for step in _useful(priced.lookup, here, every)
    ]
    least, rate = (np.array([getattr(step, name) for _, step in each], dtype=float)
                   for name in ("least", "rate"))  # fmt: skip
    of = np.array([k for k, _ in each], dtype=np.int64)
    most = np.array([_greatest_load(priced.lookup, here, every) for here in departures])[of]
    covers = np.minimum(
        np.divide(least, rate, out=np.full(len(rate), np.inf), where=rate > 0), most
    )
    return Steps(
        labels=[f"{departures[k].name} | from {step.from_quantity:g}" for k, step in each],
        periods=np.array([departures[k].period for k, _ in each], dtype=np.int64),
        value=-least * _rates(priced.lookup, departures)[of],
        most=np.ones(len(each)),
        departures=departures,
        tariffs=tuple(every[here.leg] for here in departures),
        departure=of,
        covers=covers,
        beyond=most - covers,
    )


def charged_of(priced: Priced) -> Charged:
    """What each step charges above its least charge."""
    steps, every = steps_of(priced), tariffs(priced.lookup)
    rate = [step.rate for here in steps.departures for step in _useful(priced.lookup, here, every)]
    fx = _rates(priced.lookup, steps.departures)[steps.departure]
    return Charged(
        labels=steps.labels,
        periods=steps.periods,
        value=-np.array(rate, dtype=float) * fx,
        most=steps.beyond,
    )


def _useful(lookup: Lookup, here: Departure, every: dict[int, Tariff]) -> Sequence[Step]:
    return every[here.leg].useful(_greatest_load(lookup, here, every))


def _greatest_load(lookup: Lookup, here: Departure, every: dict[int, Tariff]) -> float:
    """The load of a departure that takes all it can."""
    cbm, kg = lookup.of_lots("cbm"), lookup.of_lots("kg")
    return every[here.leg].load(here.most * cbm, here.most * kg)


def _rates(lookup: Lookup, departures: Sequence[Departure]) -> Floats:
    """Exchange rate of each departure's freight on its day."""
    legs = lookup.scenario.legs
    return np.array([float(lookup.fx(legs[here.leg].currency, here.day)) for here in departures])


def planned_freight(priced: Priced) -> Floats:
    """Freight planned in each option's waterfall that the price of whole departures replaces, PC."""
    lookup, options, trips = priced.lookup, priced.options, priced.trips
    legs = paid_whole(lookup)
    if not legs:
        return np.zeros(len(options))
    shape = (len(lookup.scenario.lots), len(trips.route))
    at_home, abroad = np.zeros(shape), np.zeros(shape)
    for leg in legs:
        on = trips.leg_visits[trips.leg_visits[:, 1] == leg, 0]
        domestic = is_domestic(lookup, lookup.scenario.legs[leg])
        (at_home if domestic else abroad)[:, on] += planned_part(lookup, leg, trips.ship_day[on])
    ours = ~buyer_ships(lookup)[options.channel]
    paid = at_home[options.lot, options.trip] + ours * abroad[options.lot, options.trip]
    return np.asarray(paid)


def box_space(board: Board) -> Block:
    """Goods of a departure fit into its boxes, by volume and by weight."""
    boxes, first = board.columns.of(Boxes), board.columns.first(Boxes)
    lot, lookup = board.priced.options.lot, board.priced.lookup
    names: list[tuple[str, int]] = []
    entries: list[Entries] = []
    room = np.array([box_room(board.priced.lookup, row) for row in boxes.terms]).reshape(-1, 2)
    for k, here in enumerate(boxes.departures):
        own = np.flatnonzero(boxes.departure == k)
        for of, unit in enumerate(("cbm", "kg")):
            each = lookup.of_lots(unit)[lot[here.options]]
            entries.append((np.full(len(each), len(names)), here.options, each))
            holds = -room[own, of] * (1 + MEASURE_SLACK)
            entries.append((np.full(len(own), len(names)), first + own, holds))
            names.append((f"{here.name} | {unit}", here.period))
    units = _measured_in(names)
    return block("box_space", units, names, entries, [0.0] * len(names))


def _measured_in(names: list[tuple[str, int]]) -> list[str]:
    """The unit in which each row is measured, with which its label ends."""
    return [label.rpartition(" | ")[2] for label, _ in names]


def box_units(board: Board) -> Block:
    """Bulky goods are stowed whole: no more units of a lot than the boxes hold of it alone."""
    boxes, first = board.columns.of(Boxes), board.columns.first(Boxes)
    lookup, lot = board.priced.lookup, board.priced.options.lot
    names: list[tuple[str, int]] = []
    entries: list[Entries] = []
    for k, here in enumerate(boxes.departures):
        own = np.flatnonzero(boxes.departure == k)
        holds = np.array([_whole_units(lookup, boxes.terms[each]) for each in own])
        for each in np.flatnonzero(holds.min(axis=0) < BULKY).tolist():
            goods = here.options[lot[here.options] == each]
            if not len(goods):
                continue
            entries.append((np.full(len(goods), len(names)), goods, np.ones(len(goods))))
            entries.append((np.full(len(own), len(names)), first + own, -holds[:, each]))
            names.append((f"{here.name} | {lookup.scenario.lots[each].lot}", here.period))
    return block("box_units", "units", names, entries, [0.0] * len(names))


def box_stowing(board: Board) -> Block:
    """Small goods are stowed whole: every box but one keeps room for a unit of the largest of them.

    Then first-fit finds a place for each: were it refused by all boxes, they would hold more. All
    volumes being multiples of a grain, the room kept is a grain less, and none for equal units.
    """
    boxes, first = board.columns.of(Boxes), board.columns.first(Boxes)
    lookup, lot = board.priced.lookup, board.priced.options.lot
    names: list[tuple[str, int]] = []
    entries: list[Entries] = []
    limits: list[float] = []
    for k, here in enumerate(boxes.departures):
        own = np.flatnonzero(boxes.departure == k)
        holds = np.array([_whole_units(lookup, boxes.terms[each]) for each in own])
        small = (here.most > 0) & (holds.min(axis=0) >= BULKY)
        if not small.any() or boxes.most[own].sum() <= 1:
            continue
        for of, unit in enumerate(("cbm", "kg")):
            size = lookup.of_lots(unit)
            grain = _grain(size[here.most > 0])
            kept = float(size[small].max()) - grain
            room = np.array([box_room(lookup, boxes.terms[each])[of] for each in own])
            if grain:
                room = np.floor(room * (1 + MEASURE_SLACK) / grain) * grain
            each = size[lot[here.options]]
            entries.append((np.full(len(each), len(names)), here.options, each))
            gives = -(room - kept) * (1 + MEASURE_SLACK)
            entries.append((np.full(len(own), len(names)), first + own, gives))
            names.append((f"{here.name} | {unit}", here.period))
            limits.append(kept)
    return block("box_stowing", _measured_in(names), names, entries, limits)


def _grain(sizes: Floats) -> float:
    """The greatest common divisor of sizes written in cubic centimetres; 0 where some are finer."""
    grains = np.round(sizes / GRAIN).astype(np.int64)
    if np.abs(grains * GRAIN - sizes).max() > GRAIN / 1000:
        return 0.0
    return float(np.gcd.reduce(grains)) * GRAIN


def box_limit(board: Board) -> Block:
    """Boxes of a type that a departure takes."""
    boxes, first = board.columns.of(Boxes), board.columns.first(Boxes)
    limited = [k for k, row in enumerate(boxes.terms) if row.boxes_most_per_departure is not None]
    names = [(boxes.labels[k], int(boxes.periods[k])) for k in limited]
    limits = [float(boxes.terms[k].boxes_most_per_departure or 0) for k in limited]
    at = first + np.array(limited, dtype=np.int64)
    return block("box_limit", "boxes", names, [(np.arange(len(at)), at, np.ones(len(at)))], limits)


def charged_load(board: Board) -> Block:
    """The load of a departure, by volume and by weight, is charged at the step it is declared at."""
    steps = board.columns.of(Steps)
    fixed, above = board.columns.first(Steps), board.columns.first(Charged)
    lot, lookup = board.priced.options.lot, board.priced.lookup
    cbm, kg = lookup.of_lots("cbm"), lookup.of_lots("kg")
    names: list[tuple[str, int]] = []
    units: list[str] = []
    entries: list[Entries] = []
    for k, here in enumerate(steps.departures):
        own = np.flatnonzero(steps.departure == k)
        held = lot[here.options]
        measures = steps.tariffs[k].measures(cbm[held], kg[held])
        for how, each in zip(("volume", "weight"), measures, strict=True):
            if not each.any():
                continue
            pays = np.concatenate([steps.covers[own], np.ones(len(own))]) * (1 + MEASURE_SLACK)
            gates = np.concatenate([fixed + own, above + own])
            entries.append((np.full(len(each), len(names)), here.options, each))
            entries.append((np.full(len(gates), len(names)), gates, -pays))
            names.append((f"{here.name} | {how}", here.period))
            units.append(f"{steps.tariffs[k].charged_on.value} charged")
    return block("charged_load", units, names, entries, [0.0] * len(names))


def charged_step(board: Board) -> Block:
    """Nothing is charged at the rate of a step that is not the one declared."""
    steps = board.columns.of(Steps)
    each = np.arange(len(steps))
    names = list(zip(steps.labels, steps.periods.tolist(), strict=True))
    entries = [
        (each, board.columns.at(Charged), np.ones(len(each))),
        (each, board.columns.at(Steps), -steps.beyond),
    ]
    return block("charged_step", "kg or cbm charged", names, entries, [0.0] * len(names))


def one_step(board: Board) -> Block:
    """A departure is declared at one step."""
    steps = board.columns.of(Steps)
    names = [(here.name, here.period) for here in steps.departures]
    entries = [(steps.departure, board.columns.at(Steps), np.ones(len(steps)))]
    return block("one_step", "steps", names, entries, [1.0] * len(names))
