"""The tables people read add up to the plan and say nothing twice."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from planner.plan.record import PARTIES
from planner.report import tables
from planner.report.assumptions import assumptions
from planner.report.compare import compare
from planner.report.figures import boxes_by_line, figures
from planner.report.headings import MONEY_LINES, heading, shown
from planner.report.markets import ALL_MARKETS, by_market, markets_side_by_side
from planner.report.summary import summary
from tests.report.exhibit_plan import a_plan, a_plan_with_findings, a_scenario, an_empty_plan


def test_the_parts_add_up_to_the_value() -> None:
    plan = a_plan()
    assert figures(plan).value == pytest.approx(plan.report.value, abs=1e-6)
    assert figures(plan).cleared == pytest.approx(68 * 0.5)
    assert figures(plan).co2e_kg > 0


def test_shipped_and_left_are_the_stock() -> None:
    known = figures(a_plan())
    assert known.units_shipped + known.units_left == known.units_available == 100
    assert known.sell_through == 0.68
    assert known.exported_share == pytest.approx(37 / 68)


def test_units_and_money_agree_in_every_table() -> None:
    plan = a_plan()
    units, money = plan.lines["units"].sum(), plan.lines["money"].sum()
    for table in (tables.shipments(plan), tables.sales(plan), by_market(plan)):
        assert table["units"].sum() == units
        assert table["money"].sum() == pytest.approx(money)
    assert tables.price_calendar(plan)["units"].sum() == units


def test_routes_are_told_in_words() -> None:
    routes = set(tables.shipments(a_plan())["route"])
    assert "Already on the way: F1" in routes
    assert "WH > HUB (truck) > PORT (truck) > GATE (sea, full container)" in routes


def test_the_calendar_shows_each_price_in_its_period() -> None:
    plan = a_plan()
    calendar = tables.price_calendar(plan)
    periods = tables.period_columns(plan)
    assert periods[0] == "P1 2026-01-01"
    for _, row in plan.prices.iterrows():
        mine = calendar[(calendar["channel"] == row["channel"]) & (calendar["lot"] == row["lot"])]
        assert row["price"] in mine[periods[row["sell_period"] - 1]].tolist()


def test_two_prices_at_once_take_two_rows() -> None:
    plan = a_plan()
    second = plan.prices.head(1).assign(rung="half", price=50.0, share_of_tag=0.1, units=3)
    prices = pd.concat([plan.prices, second], ignore_index=True)
    calendar = tables.price_calendar(replace(plan, prices=prices))
    mine = calendar[(calendar["channel"] == "HOME") & (calendar["lot"] == "L1")]
    assert mine["nth_price"].tolist() == [1, 2]
    assert mine.iloc[1][tables.period_columns(plan)[0]] == 50.0


def test_every_money_line_is_weighted_by_units() -> None:
    plan = a_plan()
    side = markets_side_by_side(plan).set_index("money_line")
    for name in ("duty", "netback"):
        label = MONEY_LINES[name][1]
        amounts = plan.waterfalls[name] * plan.lines["units"]
        assert side[ALL_MARKETS][label] == pytest.approx(amounts.sum() / 68)
        here = plan.lines["market"] == "ZA"
        assert side["ZA"][label] == pytest.approx(amounts[here].sum() / 37)
    assert side["ZA"]["Units shipped"] == 37


def test_waterfall_totals_of_the_parties_are_the_parties_table() -> None:
    plan = a_plan()
    totals = tables.waterfall_totals(plan).set_index("line")["total"]
    for party, money in zip(plan.parties["party"], plan.parties["money"], strict=True):
        assert totals[party] == pytest.approx(money)
    assert set(plan.parties["party"]) == set(PARTIES)


def test_days_to_cash_count_from_shipping_and_include_payment() -> None:
    table = by_market(a_plan()).set_index("market")
    lines = a_plan().lines
    home = lines[lines["market"] == "CN"]
    days = pd.to_datetime(home["sale_date"]) - pd.to_datetime(home["ship_date"])
    wanted = ((days.dt.days + 15) * home["units"]).sum() / home["units"].sum()
    assert table["days_to_cash"]["CN"] == pytest.approx(wanted)


def test_a_frozen_shipment_fills_no_container() -> None:
    plan = a_plan()
    frozen = plan.lines.loc[plan.lines["route"].str.startswith("frozen"), "line"]
    loads = boxes_by_line(plan)
    assert not set(frozen) & set(loads.index)
    assert loads["S3"] == pytest.approx(12 * 0.004 / (1.0 * 0.9))


def test_limits_that_bind_come_first() -> None:
    table = tables.limits(a_plan())
    assert table["binding"].tolist()[0] == "yes"
    assert table["rule"].tolist()[0] == "quota"


def test_exits_say_what_is_done_and_why() -> None:
    table = tables.exits(a_plan())
    assert table["exit_kind"].tolist() == [
        "Held in the warehouse",
        "Sold to a jobber",
        "Stays unsold at its market",
    ]
    assert (table["reason"] != "").all()


def test_assumptions_name_the_values_they_speak_of() -> None:
    table = assumptions(a_scenario())
    stated = dict(zip(table["table"], table["stated"], strict=True))
    assert stated["duties"] == "0.45"
    assert stated["lots"] == "2 rows"
    assert stated["scenario"] == "0.003"
    assert stated["legs"] == "truck, sea_fcl, air in 4 rows"
    assert (table["as_of"] == pd.Timestamp(a_scenario().header.as_of)).all()


def test_an_empty_plan_has_tables() -> None:
    plan = an_empty_plan()
    for make in (
        tables.headline,
        tables.shipments,
        tables.sales,
        tables.price_calendar,
        tables.waterfalls,
        tables.waterfall_totals,
        tables.limits,
        tables.openings,
        by_market,
        markets_side_by_side,
    ):
        assert list(make(plan).columns) == list(make(a_plan()).columns) or make in (
            tables.headline,
            markets_side_by_side,
        )


def test_the_headline_tells_of_findings() -> None:
    told = tables.headline(a_plan_with_findings()).set_index("figure")["amount"]
    assert told["Audit"] == "NOT READY: 2 findings"
    assert tables.findings(a_plan_with_findings())["row"].tolist() == [2, 3]


def test_the_first_plan_is_what_the_others_are_held_against() -> None:
    first, second = summary(a_plan()), summary(an_empty_plan())
    table = compare([("a", first), ("b", second), ("b", second)]).set_index("figure")
    assert list(table.columns) == ["kind", "a", "b", "b (2)", "b - a", "b (2) - a"]
    assert table["b - a"]["Units shipped"] == -68
    assert table["b - a"]["Units to ZA"] == -37
    assert table["b - a"]["Status"] is None


def test_headings_carry_units_and_values_are_rounded_only_when_shown() -> None:
    assert heading("netback_per_unit").title("CNY") == "Netback (CNY/unit)"
    assert heading("brand").title("CNY") == "Brand"
    assert heading("brand", pd.Series([1.0])).title("CNY") == "To the brand (CNY/unit)"
    assert shown(1234.567, "money") == "1,234.57"
    assert shown(0.12345, "share") == "12.3%"
    assert shown(float("nan"), "money") == ""
    assert shown(pd.Timestamp("2026-01-31"), "date") == "2026-01-31"
