"""Slices hold every lot once, never split a style, and say what the whole says of their lots."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario, canonical
from planner.domain.slices import slice_scenario
from planner.landed_cost.keys import keys_of, names_of
from planner.landed_cost.options import price_scenario
from planner.solve.shards import every
from tests.benchmarks.instances import Size, instance

WHOLE = canonical(instance(Size(30, 5, 5)))


def test_every_lot_is_in_one_slice() -> None:
    parts = slice_scenario(WHOLE, 8)
    lots = [lot.lot for part in parts for lot in part.lots]
    assert sorted(lots) == sorted(lot.lot for lot in WHOLE.lots)
    assert all(len(part.lots) <= 8 for part in parts)
    assert len(parts) >= 4


def test_a_style_is_never_split() -> None:
    parts = slice_scenario(WHOLE, 3)
    of_style = [(lot.style, k) for k, part in enumerate(parts) for lot in part.lots]
    assert len({style for style, _ in of_style}) == len(set(of_style))


def test_a_style_larger_than_a_slice_is_a_slice_by_itself() -> None:
    sizes = [len(part.lots) for part in slice_scenario(WHOLE, 1)]
    assert sizes == [2] * 15


def test_lots_of_one_pool_stand_together() -> None:
    parts = slice_scenario(WHOLE, 2)
    pools = [(part.lots[0].category, part.lots[0].season) for part in parts]
    changes = sum(one != other for one, other in pairwise(pools))
    assert changes == len(set(pools)) - 1


def test_slices_do_not_depend_on_the_order_of_lots() -> None:
    turned = WHOLE.model_copy(update={"lots": WHOLE.lots[::-1]})
    expected = [{lot.lot for lot in part.lots} for part in slice_scenario(WHOLE, 8)]
    assert [{lot.lot for lot in part.lots} for part in slice_scenario(turned, 8)] == expected


def test_a_slice_prices_its_options_to_the_bit_as_the_whole_does() -> None:
    whole = price_scenario(Lookup(WHOLE), every)
    names = names_of(whole.lookup, whole.trips)
    keys = keys_of(names, whole.options)
    seen = 0
    for part in slice_scenario(WHOLE, 10):
        text = part.model_dump_json()
        priced = price_scenario(Lookup(Scenario.model_validate_json(text)), every)
        own = keys_of(names_of(priced.lookup, priced.trips), priced.options).placed(names)
        at = keys.at(own)
        assert (at >= 0).all()
        assert np.array_equal(whole.options.worth[at], priced.options.worth)
        assert np.array_equal(whole.options.demand[at], priced.options.demand)
        seen += len(at)
    assert seen == len(whole.options)
