"""Fields of lots as arrays: read once, the same as read lot by lot."""

from __future__ import annotations

from planner.domain.lookup import Lookup
from tests.exhibits import full_scenario, tiny_scenario


def test_kinds_number_the_values_of_every_lot() -> None:
    for scenario in (tiny_scenario(), full_scenario()):
        lookup = Lookup(scenario)
        lots = lookup.scenario.lots
        values, number = lookup.kinds("category", "season")
        assert [values[k] for k in number] == [(lot.category, lot.season) for lot in lots]
        assert len(set(values)) == len(values)
        names, number = lookup.kinds("owner")
        assert [names[k] for k in number] == [lot.owner for lot in lots]


def test_every_lot_lies_where_it_says() -> None:
    lookup = Lookup(full_scenario())
    sites = [lookup.scenario.sites[k].site for k in lookup.origin_of_lot]
    assert sites == [lot.origin for lot in lookup.scenario.lots]


def test_no_lots_have_no_kinds() -> None:
    lookup = Lookup(tiny_scenario().model_copy(update={"lots": ()}))
    values, number = lookup.kinds("category")
    assert not values and not len(number) and not len(lookup.origin_of_lot)
