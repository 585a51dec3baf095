"""Whole units in boxes: nothing over the brim, nothing left out, nothing cut in two."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from planner.plan.packing import Goods, Room, packed

SMALL, LARGE = Room(25.76, 21_600.0), Room(60.72, 26_300.0)


def full(goods: list[Goods], rooms: list[Room]) -> bool:
    """Whether every unit is in some box and no box is over its volume or weight."""
    cbm: Counter[int] = Counter()
    kg: Counter[int] = Counter()
    units: Counter[int] = Counter()
    for box, line, count in packed(goods, rooms):
        cbm[box] += count * goods[line].cbm
        kg[box] += count * goods[line].kg
        units[line] += count
    assert all(units[k] == each.units for k, each in enumerate(goods))  # no unit is ever lost
    return all(
        cbm[k] <= room.cbm * (1 + 1e-9) and kg[k] <= room.kg * (1 + 1e-9)
        for k, room in enumerate(rooms)
    )


def test_lines_fill_the_first_boxes_in_their_order() -> None:
    goods = [Goods(6_000, 0.0024, 0.35), Goods(6_000, 0.0024, 0.35)]
    assert packed(goods, [SMALL, SMALL]) == [(0, 0, 6_000), (0, 1, 4_733), (1, 1, 1_267)]


def test_small_goods_go_on_top_of_earlier_boxes() -> None:
    goods = [Goods(3, 10.0, 1.0), Goods(10, 0.5, 1.0)]
    assert packed(goods, [SMALL, SMALL]) == [(0, 0, 2), (0, 1, 10), (1, 0, 1)]


def test_a_box_is_full_by_weight_before_it_is_by_volume() -> None:
    assert packed([Goods(20, 0.5, 1_500.0)], [SMALL, SMALL]) == [(0, 0, 14), (1, 0, 6)]


def test_large_goods_go_first_where_the_order_of_lines_finds_no_room() -> None:
    goods = [Goods(4, 3.0, 1.0), Goods(2, 10.0, 1.0)]
    assert packed(goods, [Room(16.0, 100.0)] * 2) == [(0, 0, 2), (0, 1, 1), (1, 0, 2), (1, 1, 1)]


@pytest.mark.parametrize("seed", range(25))
def test_boxes_that_keep_room_for_one_unit_each_but_the_first_can_be_packed(seed: int) -> None:
    """Thousands of units of a dozen sizes in two to five boxes; what docs/model.md promises."""
    dice = Random(seed)
    rooms = [dice.choice((SMALL, LARGE)) for _ in range(dice.randint(2, 5))]
    sizes = dice.sample((11, 17, 24, 27, 40, 110, 19, 85, 50, 125, 13, 72), 12)  # 0.0001 cbm
    left = round(sum(room.cbm for room in rooms) * 10_000) - (len(rooms) - 1) * (125 - 1)
    goods = []
    for size in sizes:
        units = dice.randint(0, left // size // 3)
        goods.append(Goods(units, size / 10_000, 0.1))
        left -= units * size
    goods.append(Goods(left, 0.0001, 0.01))
    assert full(goods, rooms)


def test_heavy_goods_lie_beside_light_ones_where_both_volume_and_weight_are_scarce() -> None:
    """In order of line the heavy goods would fill one box by weight, the light ones not fit the other."""
    goods = [Goods(200, 0.05, 10.0), Goods(400, 0.025, 0.1)]
    rooms = [Room(10.1, 1_030.0)] * 2
    assert full(goods, rooms)
    assert {box for box, line, _ in packed(goods, rooms) if line == 0} == {0, 1}


def test_units_that_no_packing_holds_make_the_last_box_overfull() -> None:
    """Three boxes of ten hold six units of four, though thirty cbm would take seven."""
    goods, rooms = [Goods(7, 4.0, 1.0)], [Room(10.0, 100.0)] * 3
    assert not full(goods, rooms)
    assert packed(goods, rooms) == [(0, 0, 2), (1, 0, 2), (2, 0, 3)]


def test_no_boxes_hold_nothing() -> None:
    assert packed([Goods(1, 1.0, 1.0)], []) == []
    assert packed([], [SMALL]) == []
