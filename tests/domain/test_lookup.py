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


def test_a_question_about_kinds_is_answered_for_every_lot_and_asked_once_for_each_kind() -> None:
    for scenario in (full_scenario(), tiny_scenario()):
        lookup, asked = Lookup(scenario), list[tuple[str, str]]()

        def answer(category: str, season: str, asked: list[tuple[str, str]] = asked) -> bool:
            asked.append((category, season))
            return category == "apparel"

        found = lookup.of_kinds(answer, "category", "season", dtype=bool)
        assert found.tolist() == [lot.category == "apparel" for lot in lookup.scenario.lots]
        assert len(asked) == len(set(asked))


def test_tags_and_costs_are_at_the_rates_of_their_own_currencies() -> None:
    lookup = Lookup(full_scenario())
    lots = lookup.scenario.lots
    assert lookup.tag.tolist() == [lot.tag * lookup.fx(lot.tag_currency) for lot in lots]
    costs = [lot.unit_cost * lookup.fx(lot.unit_cost_currency) for lot in lots]
    assert lookup.unit_cost.tolist() == costs


def test_rows_that_state_the_same_share_the_names_of_what_they_state() -> None:
    one, other, *_ = full_scenario().lots
    again = type(one).model_validate(one.model_dump())
    assert again == one
    same = type(other).model_validate(other.model_dump())
    assert again.model_fields_set is same.model_fields_set
    changed = again.model_copy(update={"units": 1})
    assert changed.model_fields_set == again.model_fields_set
    assert type(one).model_validate({**one.model_dump()}).model_fields_set == set(one.model_dump())


def test_every_lot_lies_where_it_says() -> None:
    lookup = Lookup(full_scenario())
    sites = [lookup.scenario.sites[k].site for k in lookup.origin_of_lot]
    assert sites == [lot.origin for lot in lookup.scenario.lots]


def test_no_lots_have_no_kinds() -> None:
    lookup = Lookup(tiny_scenario().model_copy(update={"lots": ()}))
    values, number = lookup.kinds("category")
    assert not values and not len(number) and not len(lookup.origin_of_lot)
