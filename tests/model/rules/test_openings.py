"""What is opened and listed: rows by hand on the tiny scenario."""

from __future__ import annotations

from typing import Any

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Opens
from planner.model.board import Board
from planner.model.columns import Family
from planner.model.program import Kind
from planner.model.rules import openings as rule
from planner.model.rules.openings import BrandListings, EventListings, Listings, Openings
from planner.model.rules.switches import Switches, listing
from tests.exhibits import full_scenario, tiny_scenario
from tests.model.test_rules import added, board, changed, ones, option_columns, rows_of, some

ALL = {"L1": 120.0, "L2": 80.0, "L3": 60.0}


def term(opens: Opens, **more: Any) -> r.OpeningTerm:
    said = {"opening": "entry", "fixed_cost": 100.0, "currency": "USD"} | more
    return r.OpeningTerm(opens=opens, **said)


def opening_terms(*terms: r.OpeningTerm, base: Scenario | None = None) -> Board:
    return board((base or tiny_scenario()).model_copy(update={"opening_terms": terms}))


def columns_by_label(on: Board, kind: type[Family]) -> dict[tuple[str, int], int]:
    family = on.columns.of(kind)
    keys = zip(family.labels, family.periods.tolist(), strict=True)
    return dict(zip(keys, on.columns.at(kind).tolist(), strict=True))


def test_opening_of_a_market_links_all_its_options_to_one_column() -> None:
    on = opening_terms(term(Opens.MARKET, markets=("SG",), currency="SGD"))
    column = columns_by_label(on, Openings)["entry | SG", 0]
    ((key, row),) = rows_of(rule.opening(on)).items()
    assert key == ("entry | SG", 0)
    assert row.weights == ones(some(on, channel="SG-SHOP")) | {column: -sum(ALL.values())}
    assert row.upper == 0
    assert rule.opening(on).link and on.columns.of(Openings).kind is Kind.OPENING
    assert on.columns.of(Openings).value.tolist() == pytest.approx([-530.0])


def test_opening_is_of_each_market_channel_or_brand_in_a_channel_selected() -> None:
    markets = opening_terms(term(Opens.MARKET))
    assert set(rows_of(rule.opening(markets))) == {("entry | CN", 0), ("entry | SG", 0)}
    channels = opening_terms(term(Opens.CHANNEL, markets=("CN",)))
    assert set(rows_of(rule.opening(channels))) == {("entry | CN-APP", 0)}
    brands = opening_terms(term(Opens.BRAND_IN_CHANNEL, brands=("North*",)))
    found = rows_of(rule.opening(brands))
    assert set(found) == {("entry | Northpeak | CN-APP", 0), ("entry | Northpeak | SG-SHOP", 0)}
    column = columns_by_label(brands, Openings)["entry | Northpeak | SG-SHOP", 0]
    lot = some(brands, lot="L3", channel="SG-SHOP")
    assert found["entry | Northpeak | SG-SHOP", 0].weights == ones(lot) | {column: -60.0}


def test_opening_of_an_event_costs_the_rate_of_its_first_day() -> None:
    """The dollar rises from 7.1 to 7.2 on 1 February; period 3 begins on the 2nd."""
    on = opening_terms(term(Opens.EVENT, channels=("CN-APP",)))
    family = on.columns.of(Openings)
    cost = dict(zip(family.periods.tolist(), (-family.value).tolist(), strict=True))
    assert cost == pytest.approx({1: 710.0, 2: 710.0, 3: 720.0})
    row = rows_of(rule.opening(on))["entry | CN-APP", 2]
    sold = some(on, channel="CN-APP", sell=2)
    assert row.weights == ones(sold) | {columns_by_label(on, Openings)["entry | CN-APP", 2]: -260.0}


def test_opening_counts_goods_on_the_way_and_each_term_by_itself() -> None:
    one, two = term(Opens.MARKET, opening="licence"), term(Opens.MARKET, opening="office")
    on = opening_terms(one, two, base=full_scenario())
    found = rows_of(rule.opening(on))
    labels = {"licence | SG", "office | SG", "licence | CN", "office | CN"}
    assert set(found) == {(label, 0) for label in labels}
    frozen = {k for k, column in option_columns(on).items() if column.route == "frozen F1"}
    assert frozen and frozen <= set(found["office | SG", 0].weights)


def test_opening_that_asks_for_nothing_has_no_column() -> None:
    assert not len(opening_terms(term(Opens.MARKET, fixed_cost=0.0)).columns.of(Openings))


def test_least_if_opened_is_asked_only_of_what_is_opened() -> None:
    least = term(Opens.CHANNEL, channels=("SG-*",), least_units=30)
    on = opening_terms(least, term(Opens.CHANNEL, opening="free of it"))
    column = columns_by_label(on, Openings)["entry | SG-SHOP", 0]
    ((key, row),) = rows_of(rule.least_if_opened(on)).items()
    assert key == ("entry | SG-SHOP", 0)
    assert row.weights == ones(some(on, channel="SG-SHOP")) | {column: -30.0}
    assert (row.lower, row.upper) == (0.0, float("inf"))


def test_listing_ties_every_switch_to_the_units_of_its_lots() -> None:
    """Two lots of one style: the switch lets both through, 120 + 80 units."""
    scenario = changed(tiny_scenario(), "lots", 1, style="L1")
    on = board(added(scenario, "style_spreads", r.StyleSpread(rule="few", channels_most=1)))
    columns = columns_by_label(on, Listings)
    found = rows_of(listing(on))
    assert set(found) == set(columns)
    both = some(on, lot=("L1", "L2"), channel="SG-SHOP")
    assert found["L1 | SG-SHOP", 0].weights == ones(both) | {columns["L1 | SG-SHOP", 0]: -200.0}
    assert listing(on).link and listing(on).logic
    for family in on.columns.families:
        if isinstance(family, Switches):
            assert family.kind is Kind.SWITCH and not family.value.any()


def test_listing_is_empty_when_no_rule_needs_a_switch() -> None:
    assert not rows_of(listing(board(tiny_scenario())))


def test_channels_per_style_counts_the_selected_channels_of_the_selected_brands() -> None:
    spread = r.StyleSpread(rule="few", brands=("Linden",), channels_most=1)
    on = board(added(tiny_scenario(), "style_spreads", spread))
    columns = columns_by_label(on, Listings)
    found = rows_of(rule.channels_per_style(on))
    assert set(found) == {("few | L1", 0), ("few | L2", 0)}
    row = found["few | L1", 0]
    assert row.weights == ones({columns["L1 | CN-APP", 0], columns["L1 | SG-SHOP", 0]})
    assert row.upper == 1
    abroad = spread.model_copy(update={"markets": ("SG",)})
    on = board(added(tiny_scenario(), "style_spreads", abroad))
    assert set(columns_by_label(on, Listings)) == {("L1 | SG-SHOP", 0), ("L2 | SG-SHOP", 0)}


def test_styles_per_event_counts_the_styles_of_a_channel_in_a_period() -> None:
    on = board(changed(tiny_scenario(), "channels", 0, styles_most_per_period=2))
    columns = columns_by_label(on, EventListings)
    found = rows_of(rule.styles_per_event(on))
    assert set(found) == {("CN-APP", period) for period in (1, 2, 3)}
    styles = {columns[f"{style} | CN-APP", 2] for style in ("L1", "L2", "L3")}
    assert found["CN-APP", 2].weights == ones(styles)
    assert found["CN-APP", 2].upper == 2
    assert len(found["CN-APP", 1].weights) == 2  # L3 is free from period 2


def test_exclusive_group_counts_a_brands_channels_inside_the_group() -> None:
    group = r.ExclusiveGroup(group="either", channels=("CN-APP", "SG-*"), brands=("Linden",))
    on = board(added(tiny_scenario(), "exclusive_groups", group))
    columns = columns_by_label(on, BrandListings)
    ((key, row),) = rows_of(rule.exclusive_group(on)).items()
    assert key == ("either | Linden", 0)
    assert row.weights == ones(set(columns.values())) and len(columns) == 2
    assert row.upper == 1
    ties = rows_of(listing(on))
    sold = some(on, lot=("L1", "L2"), channel="CN-APP")
    column = columns["Linden | CN-APP", 0]
    assert ties["Linden | CN-APP", 0].weights == ones(sold) | {column: -200.0}
