"""A flash sale: the shoppers of a period order within hours, and the hub has to send it all."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import RuleMode
from planner.report.backlog import backlog, plan_backlog
from tests.trade.stall import best, set_row, sold, stall

OFF = r.RuleSetting(rule="burst_dispatch", mode=RuleMode.OFF)


def flash(days_late_most: int = 0, **tables: object) -> Scenario:
    """30,000 dresses, shoppers for all of them every week, a hub that sends 10,000 a day.

    Storage costs a little, so that nothing is sold later without a reason.
    """
    scenario = stall(
        {"D": (30_000, 50.0)}, {"FLASH": (30_000.0, 30_000.0, 30_000.0, 30_000.0)}, **tables
    )
    scenario = set_row(scenario, "channels", 0, burst_days=1, days_late_most=days_late_most)
    for site in (0, 1):
        scenario = set_row(scenario, "sites", site, storage_cost_per_cbm_day=1.0)
    return set_row(scenario, "sites", 1, dispatch_units_per_day=10_000.0)


def test_thirty_thousand_units_sold_in_a_day_are_stuck_for_three() -> None:
    """The case of the spring of 2018: 10,000 a day can be sent, the last orders leave on day 3."""
    queue = backlog([30_000], 10_000)
    assert queue["day"].tolist() == [1, 2, 3]
    assert queue["sent"].tolist() == [10_000, 10_000, 10_000]
    assert queue["waiting"].tolist() == [20_000, 10_000, 0]
    assert queue["days_late"].tolist() == [2, 0, 0]


def test_without_the_rule_everything_is_sold_at_once_and_is_stuck() -> None:
    plan = best(flash(rule_settings=(OFF,)))
    assert sold(plan, "sell_period") == {1: 30_000}
    queue = plan_backlog(plan)
    assert queue["waiting"].tolist()[:4] == [20_000, 10_000, 0, 0]
    assert queue["days_late"].tolist()[:2] == [2, 0]
    assert queue.loc[queue["sent"] > 0, "day"].max() == 3
    # 20,000 orders a day late and 10,000 another: 3 points of each come back.
    assert queue["extra_returns"].sum() == pytest.approx(0.03 * 30_000)


def test_with_the_rule_the_events_move_so_that_no_order_waits() -> None:
    """10,000 in each of three weeks; two weeks and one of storage, 0.002 cbm at 1.00 a day, lost."""
    plan = best(flash())
    assert sold(plan, "sell_period") == {1: 10_000, 2: 10_000, 3: 10_000}
    assert not plan_backlog(plan)["waiting"].any()
    free = best(flash(rule_settings=(OFF,)))
    assert free.report.value - plan.report.value == pytest.approx(10_000 * 0.002 * (7 + 14))


def test_orders_may_wait_as_long_as_the_channel_allows() -> None:
    plan = best(flash(days_late_most=1))
    assert sold(plan, "sell_period") == {1: 20_000, 2: 10_000}
    assert plan_backlog(plan)["days_late"].max() == 1
    assert sold(best(flash(days_late_most=2)), "sell_period") == {1: 30_000}


def test_a_soft_limit_is_missed_where_waiting_costs_more_than_its_price() -> None:
    """A unit a week later costs 0.014 of storage: at 0.01 each, all are sold at once."""
    for price, weeks in ((0.01, {1: 30_000}), (0.02, {1: 20_000, 2: 10_000})):
        setting = r.RuleSetting(rule="burst_dispatch", mode=RuleMode.SOFT, price=price)
        plan = best(flash(rule_settings=(setting,)))
        assert sold(plan, "sell_period") == weeks
        short = plan.shortfalls.set_index("period")["units"]
        assert short[1] == pytest.approx(weeks[1] - 10_000, rel=1e-6)


# --- the queue itself


def test_orders_of_every_day_are_sent_in_their_order() -> None:
    """5, 0, 9, 1 orders, 4 a day: 1 waits a day; then 5 of 9, then 2 of 10."""
    queue = backlog([5, 0, 9, 1], 4)
    assert queue["waiting"].tolist() == [1, 0, 5, 2, 0]
    assert queue["sent"].tolist() == [4, 1, 4, 4, 2]
    assert queue["days_late"].tolist() == [1, 0, 2, 1, 0]


def test_a_site_that_sends_nothing_keeps_every_order_for_ever() -> None:
    queue = backlog([3, 4], 0)
    assert queue["waiting"].tolist() == [3, 7] and np.isnan(queue["days_late"]).all()


def test_no_orders_no_queue() -> None:
    assert backlog([], 10).empty


def test_other_orders_are_sent_first_and_come_evenly() -> None:
    """700 a week of the shop's orders take 100 a day of 300; 500 in a burst need three days."""
    scenario = stall(
        {"D": (1_200, 50.0)},
        {"FLASH": (500.0,), "SHOP": (700.0,)},
    )
    scenario = set_row(scenario, "channels", 0, burst_days=1, days_late_most=9)
    scenario = set_row(scenario, "sites", 1, dispatch_units_per_day=300.0)
    queue = plan_backlog(best(scenario))
    assert queue["burst_orders"].tolist()[:2] == [500, 0]
    assert queue["orders"].tolist()[:2] == pytest.approx([600, 100])
    assert queue["waiting"].tolist()[:3] == pytest.approx([300, 100, 0], abs=1e-6)
    assert queue["days_late"].tolist()[0] == 2
    assert queue["site"].eq("HUB").all() and len(queue) == 7


def test_a_site_without_a_limit_has_no_queue() -> None:
    queue = plan_backlog(best(stall({"D": (10, 50.0)}, {"SHOP": (10.0,)})))
    assert queue.empty and list(queue.columns)[:3] == ["site", "date", "day"]
