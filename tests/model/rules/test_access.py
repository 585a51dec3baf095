"""Rules of events: rows by hand on the tiny scenario."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.model.board import Board
from planner.model.rules import access as rule
from planner.model.rules.access import GroupBuys, PriceWindows
from planner.model.rules.switches import listing
from tests.exhibits import full_scenario, tiny_scenario
from tests.model.rules.test_openings import columns_by_label
from tests.model.test_rules import added, board, changed, ones, option_columns, rows_of, some


def priced_at(*prices: float, distance: float) -> Scenario:
    """Jackets L1 and L3 sell in the home app at these full prices, at one rung only."""
    scenario = changed(tiny_scenario(), "channels", 0, price_distance_least=distance)
    scenario = scenario.model_copy(update={"ladders": scenario.ladders[:1]})
    scenario = changed(scenario, "lots", 2, available_period=1)
    for lot, price in zip(("L1", "L3"), prices, strict=True):
        known = r.ReferencePrice(lot=lot, channel="CN-APP", price=price)
        scenario = added(scenario, "reference_prices", known)
    return scenario


def windows(on: Board) -> dict[tuple[str, int], set[str]]:
    """The styles of every window, by its label and period."""
    styles = {
        column: label.split(" | ")[0]
        for (label, _), column in columns_by_label(on, PriceWindows).items()
    }
    rows = rows_of(rule.close_prices(on)).items()
    return {key: {styles[column] for column in row.weights} for key, row in rows}


@pytest.mark.parametrize(
    ("dear", "apart"),
    [(100.0, False), (109.99, False), (110.0, True), (130.0, True)],
)
def test_close_prices_are_those_nearer_than_the_distance(dear: float, apart: bool) -> None:
    """Equal prices are close; a price exactly 10 % above the other is far enough."""
    on = board(priced_at(100.0, dear, distance=0.1))
    together = {("CN-APP | jacket | 100", period): {"L1", "L3"} for period in (1, 2, 3)}
    assert windows(on) == ({} if apart else together)


def test_close_prices_need_one_row_for_every_widest_window_and_no_other() -> None:
    """Every pair of rungs of two styles that is too close stands in one row, no other pair does."""
    scenario = changed(tiny_scenario(), "channels", 0, price_distance_least=0.25)
    on = board(changed(scenario, "lots", 2, available_period=1))
    lots, price = on.priced.options.lot, on.priced.options.price
    ties = rows_of(listing(on))
    rows = rows_of(rule.close_prices(on)).values()
    inside: set[frozenset[int]] = set()
    held = [{k: int(lots[k]) for name in row.weights for k in _members(ties, name)} for row in rows]
    for options in held:
        pairs = combinations(options, 2)
        inside |= {frozenset(pair) for pair in pairs if len({options[k] for k in pair}) > 1}
    at_home = option_columns(on)
    wanted = {
        frozenset((a, b))
        for a, b in combinations(sorted(some(on, channel="CN-APP", lot=("L1", "L3"))), 2)
        if lots[a] != lots[b]
        and at_home[a].sell == at_home[b].sell
        and max(price[a], price[b]) < min(price[a], price[b]) * 1.25
    }
    assert inside == wanted and wanted
    sets = [frozenset(options) for options in held]
    assert not any(one < other for one in sets for other in sets)


def _members(ties: dict[tuple[str, int], object], column: int) -> set[int]:
    """Options that a switch stands for, by its listing row."""
    for row in ties.values():
        weights: dict[int, float] = row.weights  # type: ignore[attr-defined]
        if weights.get(column, 0.0) < 0:
            return set(weights) - {column}
    raise AssertionError(column)


def test_close_prices_count_goods_on_the_way() -> None:
    scenario = changed(full_scenario(), "channels", 1, price_distance_least=0.5)
    scenario = added(
        scenario, "lots", scenario.lots[1].model_copy(update={"lot": "L2b", "style": "other"})
    )
    on = board(scenario)
    family = on.columns.of(PriceWindows)
    frozen = {k for k, column in option_columns(on).items() if column.route == "frozen F1"}
    assert frozen & set(family.member.tolist())


def test_group_buy_asks_for_a_full_group_of_a_style_in_an_event() -> None:
    on = board(changed(tiny_scenario(), "ladders", 2, least_units_per_event=15))
    columns = columns_by_label(on, GroupBuys)
    rows = rows_of(rule.group_buy(on))
    key = ("L1 | CN-APP | down-40", 2)
    sold = some(on, lot="L1", channel="CN-APP", sell=2, rung="down-40")
    assert rows[key].weights == ones(sold) | {columns[key]: -15.0}
    assert rows[key].lower == 0
    assert rows_of(listing(on))[key].weights == ones(sold) | {columns[key]: -120.0}
    grouped = some(on, rung="down-40")
    assert set(on.columns.of(GroupBuys).member.tolist()) == grouped


def test_burst_dispatch_nests_the_days_that_orders_may_take() -> None:
    """Orders of the app leave in 1 day, those of the live room in 3: both share the first 3 days."""
    scenario = changed(tiny_scenario(), "channels", 0, burst_days=1)
    scenario = changed(scenario, "sites", 1, dispatch_units_per_day=10.0)
    live = scenario.channels[0].model_copy(
        update={"channel": "LIVE", "burst_days": 1, "days_late_most": 2}
    )
    scenario = added(scenario, "channels", live)
    for table in ("channel_terms", "demand"):
        for row in [row for row in getattr(scenario, table) if row.channel == "CN-APP"]:
            scenario = added(scenario, table, row.model_copy(update={"channel": "LIVE"}))
    on = board(scenario)
    rows = rows_of(rule.burst_dispatch(on))
    assert {label for label, _ in rows} == {"JX-HUB | 1 days", "JX-HUB | 3 days"}
    app, both = rows["JX-HUB | 1 days", 2], rows["JX-HUB | 3 days", 2]
    assert app.weights == ones(some(on, channel="CN-APP", sell=2)) and app.upper == 10
    assert both.weights == ones(some(on, channel=("CN-APP", "LIVE"), sell=2)) and both.upper == 30


def test_burst_dispatch_needs_a_limit_at_the_site_and_a_burst_in_the_channel() -> None:
    burst = changed(tiny_scenario(), "channels", 0, burst_days=1)
    assert not rows_of(rule.burst_dispatch(board(burst)))
    limited = changed(tiny_scenario(), "sites", 1, dispatch_units_per_day=10.0)
    assert not rows_of(rule.burst_dispatch(board(limited)))


def test_burst_dispatch_sends_what_was_sold_ahead_in_the_period_it_arrives() -> None:
    scenario = changed(tiny_scenario(), "channels", 0, burst_days=1, presale_periods=1)
    on = board(changed(scenario, "sites", 1, dispatch_units_per_day=10.0))
    trips = on.priced.trips
    rows = rows_of(rule.burst_dispatch(on))
    ahead = some(on, channel="CN-APP", sell=1)
    arrival = trips.arrival_period[on.priced.options.trip[np.array(sorted(ahead))]]
    assert set(arrival.tolist()) == {2}
    assert ahead <= set(rows["JX-HUB | 1 days", 2].weights)
