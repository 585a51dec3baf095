"""The queue of orders a plan makes: who is sold from where, and in what order."""

from __future__ import annotations

import pytest

from planner.report.backlog import COLUMNS, entry_sites, plan_backlog
from tests.exhibits import full_scenario
from tests.model.test_rules import changed
from tests.trade.lane import exact_plan


def test_goods_on_the_way_are_sold_from_the_site_they_go_to() -> None:
    scenario = changed(full_scenario(), "sites", 3, dispatch_units_per_day=4.0)
    plan = exact_plan(changed(scenario, "channels", 1, burst_days=3, days_late_most=20))
    sites = dict(zip(plan.lines["route"], entry_sites(plan), strict=True))
    assert sites["frozen F1"] == "SIN" and sites["HZ-JX"] == "JX-HUB"
    queue = plan_backlog(plan)
    assert tuple(queue.columns) == COLUMNS
    queue = queue[queue["site"] == "SIN"]
    abroad = plan.lines.loc[plan.lines["market"] == "SG"]
    assert queue["orders"].sum() == pytest.approx(abroad["units"].sum())
    assert queue["sent"].sum() == pytest.approx(abroad["units"].sum())
    burst = [row.channel for row in plan.scenario.channels if row.burst_days is not None]
    waves = abroad.loc[abroad["channel"].isin(burst), "units"].sum()
    assert queue["burst_orders"].sum() == pytest.approx(waves) and waves
    assert queue["sent"].max() <= 4 + 1e-9 and queue["waiting"].iloc[-1] == pytest.approx(0)


def test_the_queue_is_counted_by_the_calendar() -> None:
    scenario = changed(full_scenario(), "sites", 1, dispatch_units_per_day=1000.0)
    queue = plan_backlog(exact_plan(scenario))
    queue = queue[queue["site"] == "JX-HUB"]
    assert len(queue) == 42 and queue["day"].tolist() == list(range(1, 43))
    assert str(queue["date"].iloc[0].date()) == "2026-01-05"
    assert not queue["waiting"].any() and not queue["days_late"].any()
