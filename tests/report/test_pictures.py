"""The tables behind the pictures and the findings their titles state; stories as lists of changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from planner.domain.changes import apply
from planner.domain.check import check
from planner.domain.stories import EVERY, STORIES
from planner.domain.vocabulary import Perspective
from planner.io.folder import load_folder
from planner.pipeline import make_plan
from planner.plan.record import Plan
from planner.report import pictures
from planner.report.places import CAPITALS, places
from planner.report.tornado import Told, tornado, tornado_title, usual_stories
from planner.solve.settings import Settings
from tests.exhibits import full_scenario, tiny_scenario
from tests.report.exhibit_plan import a_plan, an_empty_plan, every_plan
from tests.solve.in_process import solve_here

SETTINGS = Settings(seconds=20.0, gap=1e-6)
SHIPPED = ("quickstart", "surplus-2026")
BY_NAME = {story.name: story for story in STORIES}


@pytest.fixture(scope="module", autouse=True)
def in_one_process() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planner.pipeline.run_solver", solve_here)
        yield


@pytest.fixture(scope="module")
def plan() -> Plan:
    return every_plan()


def test_the_sankey_holds_every_unit_of_the_stock_once(plan: Plan) -> None:
    table = pictures.sankey(plan)
    assert table["units"].sum() == sum(lot.units for lot in plan.scenario.lots)
    sold = table[table["kind"] == "market"]
    assert sold["units"].sum() == plan.lines["units"].sum()
    most = plan.exits.groupby("exit")["units"].sum().idxmax()
    assert pictures.sankey_title(plan).endswith(f"most of it to {most}")


def test_the_waterfall_ends_at_the_netback_for_every_party(plan: Plan) -> None:
    steps = pictures.waterfall_steps(plan)
    mean = plan.lines["money"].sum() / plan.lines["units"].sum()
    assert steps["reached"].iloc[-1] == pytest.approx(mean)
    assert steps["change"].sum() == pytest.approx(mean)
    assert "other_party" not in set(steps["step"])
    title = pictures.waterfall_title(steps, "CNY")
    assert title.startswith(
        f"Of {steps['change'].iloc[0]:,.2f} CNY on the shelf {mean:,.2f} come back"
    )


def test_a_brands_waterfall_names_what_the_platform_takes() -> None:
    made = make_plan(
        tiny_scenario(), Settings(seconds=20.0, gap=1e-6, perspective=Perspective.BRAND)
    )
    steps = pictures.waterfall_steps(made, market="CN").set_index("step")
    lines = made.lines[made.lines["market"] == "CN"]
    falls = made.waterfalls.set_index("line").loc[lines["line"]]
    units = lines["units"].to_numpy()
    assert -steps.loc["other_party", "change"] == pytest.approx(
        (falls["platform"].to_numpy() * units).sum() / units.sum()
    )
    assert steps.loc["other_party", "words"] == "To the platform"


def test_the_map_title_states_who_takes_most(plan: Plan) -> None:
    made = a_plan()
    title = pictures.map_title(made)
    assert "% of units at" in title and title.endswith("CNY a unit")
    assert pictures.map_title(an_empty_plan()) == "Nothing is shipped"
    flows = pictures.map_flows(plan)
    assert flows["units"].is_monotonic_decreasing
    assert flows["units"].sum() == plan.legs["units"].sum()


@pytest.mark.parametrize("name", SHIPPED)
def test_every_place_of_the_shipped_scenarios_is_on_the_map(name: str) -> None:
    scenario = load_folder(Path("scenarios") / name)
    at = places(scenario)
    assert {("site", row.site) for row in scenario.sites} <= set(at)
    assert {("market", row.market) for row in scenario.markets} <= set(at)
    for row in scenario.sites:
        latitude, longitude = at["site", row.site]
        if row.country in CAPITALS and row.country not in ("CN", "RU", "BR"):
            capital = CAPITALS[row.country]
            assert abs(latitude - capital[0]) < 15 and abs(longitude - capital[1]) < 15


def test_the_heat_map_shows_what_the_plan_sells() -> None:
    made = make_plan(tiny_scenario(), SETTINGS)
    table = pictures.heat_map(made)
    assert table["units"].sum() == made.lines["units"].sum()
    assert len(table) == 6
    assert pictures.heat_map_title(table, "CNY").startswith("The best market of ")


def test_the_calendar_counts_arrivals_and_mark_downs(plan: Plan) -> None:
    table = pictures.calendar(plan)
    arrived = table[table["event"] == "arrival"]
    assert arrived["units"].sum() == plan.lines["units"].sum()
    assert table["date"].is_monotonic_increasing
    prices = pd.DataFrame(
        {
            "channel": "X", "market": "M", "lot": "L", "sell_period": [1, 1, 2],
            "sale_date": [date(2026, 1, 5), date(2026, 1, 5), date(2026, 1, 19)],
            "rung": ["full", "down", "down"], "price": [10.0, 8.0, 8.0], "currency": "CNY",
            "share_of_tag": 0.5, "units": [3, 4, 5],
        }
    )  # fmt: skip
    marked = pictures.calendar(replace(plan, prices=prices))
    down = marked[marked["event"] == "mark-down"]
    assert down["words"].tolist() == ["L in X: marked down from 10.00 to 8.00 CNY"]
    assert pictures.calendar_title(marked).endswith("1 price is marked down")


def test_boxes_are_as_full_as_the_plan_says(plan: Plan) -> None:
    table = pictures.box_fill(plan)
    fuller = table[["volume_share", "weight_share"]].max(axis=1)
    assert table["filled_share"].tolist() == pytest.approx(fuller.tolist())
    assert "full on average" in pictures.box_fill_title(table, "CNY")
    assert pictures.box_fill_title(table.iloc[:0], "CNY") == "No whole boxes are paid for"


def test_hub_load_is_the_limits_table_by_site_and_work() -> None:
    tiny = tiny_scenario()
    sites = tuple(
        row.model_copy(update={"throughput_units_per_day": 2.0}) if row.kind == "hub" else row
        for row in tiny.sites
    )
    made = make_plan(tiny.model_copy(update={"sites": sites}), SETTINGS)
    table = pictures.hub_load(made)
    assert table["limit"].tolist() == pytest.approx([28.0] * 3)
    assert (table["used"] <= table["limit"]).all()
    assert table["period"].tolist() == [1, 2, 3]
    assert ", goods in: full in " in pictures.hub_load_title(table)


def test_a_front_says_what_the_one_goal_costs_the_other() -> None:
    front = pd.DataFrame({"recovery": [100.0, 60.0], "cleared_units": [10, 30]})
    title = pictures.pareto_title(front)
    assert title == "From end to end 20 of 'Units cleared' cost 40 of 'Recovery'"
    assert "not in each other's way" in pictures.pareto_title(front.iloc[:1])


@pytest.mark.parametrize("name", SHIPPED)
def test_every_story_leaves_a_shipped_scenario_valid(name: str) -> None:
    scenario = load_folder(Path("scenarios") / name)
    for story in STORIES:
        for subject in story.subjects(scenario):
            changes = story.changes(scenario, subject, story.usual)
            assert changes, story.told(subject, story.usual)
            assert not check(apply(scenario, changes)), story.told(subject, story.usual)


def test_stories_change_what_they_say() -> None:
    scenario = full_scenario()
    fall = apply(scenario, BY_NAME["rate_falls"].changes(scenario, "SGD", 0.12))
    assert [row.rate for row in fall.exchange_rates if row.currency == "SGD"] == [4.664]
    floors = apply(scenario, BY_NAME["floor_rises"].changes(scenario, EVERY, 0.05))
    assert [row.floor_domestic for row in floors.brands] == pytest.approx(
        [row.floor_domestic + 0.05 for row in scenario.brands]
    )
    closed = apply(scenario, BY_NAME["threshold_closes"].changes(scenario, "SG", 1.0))
    low = next(row for row in closed.parcel_regimes if row.value_above == 0)
    assert (low.duty_on.value, low.duty_rate) == ("total", 0.05)
    doubled = apply(scenario, BY_NAME["box_rates_rise"].changes(scenario, EVERY, 1.0))
    assert [row.cost_per_box for row in doubled.leg_boxes] == [
        2 * row.cost_per_box for row in scenario.leg_boxes
    ]
    hub = BY_NAME["hub_strikes"].subjects(scenario)[0]
    struck = apply(scenario, BY_NAME["hub_strikes"].changes(scenario, hub, 14))
    days = next(row for row in struck.closures if row.site == hub and row.open_share == 0)
    assert (days.valid_to - days.valid_from).days == 13
    assert BY_NAME["rate_falls"].told("ZAR", 0.12) == "The ZAR falls by 12 %"
    assert BY_NAME["box_rates_rise"].told(EVERY, 1.0) == "Box rates rise by 100 %"


def test_the_tornado_is_made_of_plans_made_again() -> None:
    scenario = tiny_scenario()
    base = make_plan(scenario, SETTINGS)
    stories = [Told(BY_NAME["rate_falls"], "SGD", 0.5), Told(BY_NAME["floor_rises"], "Linden", 0.3)]
    table = tornado(scenario, stories, SETTINGS, plan=base)
    assert table["change"].abs().is_monotonic_decreasing
    for row in table.to_dict("records"):
        told = next(each for each in stories if each.subject == row["subject"])
        changes = told.story.changes(scenario, told.subject, told.size)
        again = make_plan(apply(scenario, changes), SETTINGS).report.value
        assert row["change"] == pytest.approx(again - base.report.value)
        assert row["change_least"] <= row["change"] <= row["change_most"]
    assert tornado_title(table, "CNY").endswith("CNY, more than by any other story")


def test_usual_stories_have_a_subject() -> None:
    told = usual_stories(load_folder(Path("scenarios") / "surplus-2026"))
    assert len(told) == 5
