"""The pages that compare and explain, run without a browser."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.ui.test_pages import button, desk, edit, go, opened, solved, texts

PATIENCE = 120.0


@pytest.fixture(autouse=True)
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbench of its own for every test."""
    monkeypatch.setenv("PLANNER_STORE", str(tmp_path / "workbench.sqlite"))


@pytest.fixture
def app() -> AppTest:
    """The app with quickstart open and its plan made."""
    return solved(opened("quickstart"))


def until(at: AppTest, seen: Callable[[], Any]) -> AppTest:
    """Runs the page again until something is there."""
    deadline = time.monotonic() + PATIENCE
    while not seen() and time.monotonic() < deadline:
        time.sleep(0.2)
        at.run()
    assert seen(), texts(at)
    assert not at.exception
    return at


def address(at: AppTest, page: str, **params: str) -> AppTest:
    """A page opened by a link; the scenario stays."""
    for name, value in params.items():
        at.query_params[name.replace("_", " ")] = value
    return go(at, page)


def press(at: AppTest, label: str) -> AppTest:
    button(at, label).click().run()
    return at


def labels(at: AppTest) -> list[str]:
    return [found.label for found in at.button]


def part(at: AppTest, key: str, value: str) -> AppTest:
    """Another part of the page."""
    at.session_state[key] = value
    return at.run()


def test_markets_stand_side_by_side_on_the_same_goods(app: AppTest) -> None:
    go(app, "markets")
    app.multiselect(key="markets").set_value(["VN", "CN-T3"]).run()
    part(app, "in address part", "goods")
    until(app, lambda: "Figure by figure" in texts(app))
    words = app.dataframe[0].value
    assert list(words.columns) == ["part", "figure", "VN", "CN-T3"]
    assert {"Netback", "Landed cost", "Lead time", "Best lot"} <= set(words["figure"])
    assert list(app.dataframe[1].value["market"]) == ["VN", "CN-T3"]
    assert app.query_params["markets"] == "VN,CN-T3"
    assert "comes first" in texts(app)
    part(app, "in address part", "law")
    assert {"requirement", "valid_from", "source"} <= set(app.dataframe[0].value.columns)


def test_the_next_units_are_planned_behind_the_page(app: AppTest) -> None:
    go(app, "markets")
    part(app, "in address part", "next")
    press(app, "Plan the next 1,000 units")
    until(app, lambda: "Of the next 1,000 units" in texts(app))
    assert app.dataframe[0].value["units_added"].max() == 1000


def test_why_a_lot_is_where_it_is(app: AppTest) -> None:
    line = desk(app).plan.lines.iloc[0]
    go(app, "explain")
    app.selectbox(key="in address lot quickstart").set_value(line["lot"]).run()
    app.selectbox(key="in address market quickstart").set_value(line["market"]).run()
    until(app, lambda: app.success)
    assert f"{line['lot']} in {line['market']}" in texts(app)
    beside = app.dataframe[0].value
    assert line["channel"] in set(beside["channel"])
    assert "Find the smallest change" not in labels(app), "it is there already"


def test_the_smallest_change_is_applied_to_the_scenario_and_flips_it(app: AppTest) -> None:
    lot, market = "A03", "VN"
    assert desk(app).plan.lines.query("lot == @lot and market == @market").empty
    go(app, "explain")
    app.selectbox(key="in address lot quickstart").set_value(lot).run()
    app.selectbox(key="in address market quickstart").set_value(market).run()
    until(app, lambda: "Find the smallest change" in labels(app))
    press(app, "Find the smallest change")
    until(app, lambda: "Apply this change" in labels(app))
    before = desk(app).scenario
    press(app, "Apply this change")
    assert desk(app).scenario != before
    assert len(desk(app).changes) == 1
    assert "Undo 1" in labels(app)
    go(app, "plan")
    solved(app)
    sold = desk(app).plan.lines
    assert sold[(sold["lot"] == lot) & (sold["market"] == market)]["units"].sum() > 0


def test_what_a_rule_costs_now_and_at_a_few_steps(app: AppTest) -> None:
    go(app, "explain")
    part(app, "in address part of explain", "rule")
    app.selectbox(key="in address rule quickstart").set_value("corridor").run()
    press(app, "What does it cost?")
    until(app, lambda: app.dataframe)
    (row,) = app.dataframe[0].value.to_dict("records")
    assert row["rule"] == "corridor"
    assert row["cost_least"] <= row["cost"] <= row["cost_most"]
    app.selectbox(key="in address number quickstart").set_value("brands, must_clear_share").run()
    press(app, "Try a few steps")
    until(app, lambda: len(app.dataframe) == 2)
    steps = app.dataframe[1].value
    assert set(steps["field"]) == {"must_clear_share"}
    assert len(steps) >= 2


def test_every_number_says_where_it_comes_from(app: AppTest) -> None:
    go(app, "explain")
    part(app, "in address part of explain", "number")
    app.selectbox(key="in address step quickstart").set_value("duty").run()
    assert "rate x customs value" in texts(app)
    inputs = app.dataframe[0].value
    assert {"source", "as_of", "confidence"} <= set(inputs.columns)
    assert "duties" in set(inputs["table"]) or "channels" in set(inputs["table"])


def test_locks_are_priced_behind_the_page(app: AppTest) -> None:
    go(app, "explain")
    part(app, "in address part of explain", "locks")
    locks = desk(app).plan.scenario.locks
    if not locks:
        assert "No locks" in texts(app)
        return
    press(app, "What does each lock cost?")
    until(app, lambda: len(app.dataframe) == 2)
    assert app.dataframe[0].value["cost"].notna().all()
    assert len(app.dataframe[0].value) == len(locks)


def test_two_plans_side_by_side_with_a_bridge_that_adds_up(app: AppTest) -> None:
    go(app, "data")
    edit(app, "lots", edited_rows={1: {"units": 123}})
    go(app, "plan")
    solved(app)
    go(app, "compare")
    source = app.session_state["source"]
    assert app.selectbox(key=f"in address first {source}").value == "quickstart"
    until(app, lambda: "The causes add up" in texts(app))
    plans = [desk(app).plan_before, desk(app).plan]
    causes = next(f.value for f in app.dataframe if "cause" in f.value)
    gained = plans[1].report.value - plans[0].report.value
    assert causes["money"].sum() == pytest.approx(gained, abs=0.01)
    inputs = next(f.value for f in app.dataframe if "before" in f.value)
    assert inputs[["table", "key", "field", "after"]].to_numpy().tolist() == [
        ["lots", "A02", "units", "123"]
    ]
    figures = next(f.value for f in app.dataframe if "difference" in f.value)
    assert "Plan value" in set(figures["figure"])


def test_a_plan_that_is_not_there_yet_can_be_made_from_the_comparison(app: AppTest) -> None:
    go(app, "data")
    edit(app, "lots", edited_rows={1: {"units": 123}})
    mine = app.session_state["source"]
    again = solved(opened("quickstart"))
    go(again, "compare")
    again.selectbox(key="in address first quickstart").set_value(mine).run()
    assert "has no plan yet" in texts(again)
    press(again, "Plan 'quickstart, edited'")
    until(again, lambda: "The causes add up" in texts(again))


@pytest.mark.parametrize(
    "picture", ["map", "sankey", "waterfall", "heat", "calendar", "hubs", "boxes"]
)
def test_every_picture_says_what_it_shows(app: AppTest, picture: str) -> None:
    go(app, "pictures")
    part(app, "in address picture", picture)
    until(app, lambda: app.info or "**" in texts(app).replace("**quickstart**", ""))
    assert app.query_params["picture"] == picture


def test_a_front_is_worked_out_when_asked_for_and_can_be_stopped(app: AppTest) -> None:
    go(app, "pictures")
    part(app, "in address picture", "front")
    press(app, "Work out the front")
    press(app, "Stop")
    assert "Work out the front" in labels(app), "it can be asked for again"
    assert not app.exception


def test_stories_are_told_when_asked_for(app: AppTest) -> None:
    go(app, "pictures")
    part(app, "in address picture", "stories")
    press(app, "Tell the five stories")
    until(app, lambda: app.dataframe and "story" in app.dataframe[0].value)
    assert len(app.dataframe[0].value) >= 3
