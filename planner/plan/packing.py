"""Goods of a departure -> which box holds how many units of which line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import floor

SLACK = 1e-9
"""Part of a box's room that sums of decimal fractions may overstep; the audit forgives as much."""

Load = tuple[int, int, int]
"""Box, line and units."""


@dataclass(frozen=True)
class Goods:
    """Units of one line; cbm and kg of each."""

    units: int
    cbm: float
    kg: float


@dataclass(frozen=True)
class Room:
    """What a box may hold."""

    cbm: float
    kg: float


def packed(goods: Sequence[Goods], rooms: Sequence[Room]) -> list[Load]:
    """Whole units in boxes: by first-fit in order of line, else largest first, else spread evenly.

    Units no packing finds room for lie in the last box, which the audit then finds overfull.
    """
    if not rooms:
        return []
    in_order = list(range(len(goods)))
    largest_first = sorted(in_order, key=lambda line: -_share(goods[line], rooms[0]))
    loads = _first_fit(goods, rooms, in_order)
    ways = (
        loads,
        _first_fit(goods, rooms, largest_first),
        _evenly(goods, rooms, largest_first, "cbm"),
        _evenly(goods, rooms, largest_first, "kg"),
    )
    whole = (each for each in ways if _holds(goods, rooms, each))
    return sorted(next(whole, _with_rest(goods, len(rooms) - 1, loads)))


def _share(goods: Goods, room: Room) -> float:
    """Part of a box that one unit takes, by volume or weight."""
    return max(goods.cbm / room.cbm, goods.kg / room.kg)


def _first_fit(goods: Sequence[Goods], rooms: Sequence[Room], order: Sequence[int]) -> list[Load]:
    """Every line in its turn into the first boxes that still have room for units of it."""
    cbm = [room.cbm * (1 + SLACK) for room in rooms]
    kg = [room.kg * (1 + SLACK) for room in rooms]
    loads: list[Load] = []
    for line in order:
        each = goods[line]
        left = each.units
        for box in range(len(rooms)):
            units = min(left, max(0, floor(min(cbm[box] / each.cbm, kg[box] / each.kg))))
            if units:
                loads.append((box, line, units))
                cbm[box] -= units * each.cbm
                kg[box] -= units * each.kg
                left -= units
    return loads


def _evenly(
    goods: Sequence[Goods], rooms: Sequence[Room], order: Sequence[int], by: str
) -> list[Load]:
    """Every line spread over all boxes by their volume or payload, so that heavy goods lie beside
    light ones; what is left of a line by first-fit."""
    total = sum(getattr(room, by) for room in rooms)
    loads = Counter(
        {
            (box, line): floor(each.units * getattr(room, by) / total)
            for box, room in enumerate(rooms)
            for line, each in enumerate(goods)
        }
    )
    left = [
        replace(each, units=each.units - sum(loads[box, line] for box in range(len(rooms))))
        for line, each in enumerate(goods)
    ]
    free = [
        Room(
            room.cbm - sum(loads[box, line] * each.cbm for line, each in enumerate(goods)),
            room.kg - sum(loads[box, line] * each.kg for line, each in enumerate(goods)),
        )
        for box, room in enumerate(rooms)
    ]
    for box, line, units in _first_fit(left, free, order):
        loads[box, line] += units
    return [(box, line, units) for (box, line), units in loads.items() if units]


def _holds(goods: Sequence[Goods], rooms: Sequence[Room], loads: Sequence[Load]) -> bool:
    """Whether all units are in the boxes and every box is within its volume and weight."""
    cbm, kg = [0.0] * len(rooms), [0.0] * len(rooms)
    for box, line, units in loads:
        cbm[box] += units * goods[line].cbm
        kg[box] += units * goods[line].kg
    within = all(
        volume <= room.cbm * (1 + SLACK) and weight <= room.kg * (1 + SLACK)
        for room, volume, weight in zip(rooms, cbm, kg, strict=True)
    )
    return within and sum(units for *_, units in loads) == sum(each.units for each in goods)


def _with_rest(goods: Sequence[Goods], last: int, loads: Sequence[Load]) -> list[Load]:
    """The loads and, in the last box, every unit they leave out."""
    units = Counter({(box, line): count for box, line, count in loads})
    for line, each in enumerate(goods):
        units[last, line] += each.units - sum(count for _, k, count in loads if k == line)
    return [(box, line, count) for (box, line), count in units.items() if count]
