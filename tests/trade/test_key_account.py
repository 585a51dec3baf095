"""A key account: the brand is promised its money by a date, and a share of its goods sold."""

from __future__ import annotations

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import LimitBasis, Measure, RuleMode
from tests.trade.stall import best, is_possible, set_row, sold, stall

LEFT = 40.0


def account(**tables: object) -> Scenario:
    """1,000 dresses of 100. The shop sells 200 a month at 60 and pays after 45 days, a wholesaler
    takes 600 a month at 42 and pays on delivery. A unit kept to the end is worth 40."""
    scenario = stall(
        {"D": (1_000, 100.0)},
        {"DEAL": (600.0,) * 3, "SHOP": (200.0,) * 3},
        days_per_period=30,
        left=LEFT,
        **tables,
    )
    scenario = set_row(scenario, "channel_terms", 0, reference_price_ratio=0.42)
    scenario = set_row(scenario, "channel_terms", 1, reference_price_ratio=0.6)
    return set_row(scenario, "channels", 1, payment_days=45)


def promise(money: float, by: int, **more: object) -> r.QuantityRule:
    return r.QuantityRule(
        rule="cash", brands=("Linden",), measure=Measure.CASH, least=money, to_period=by, **more
    )


def test_cash_in_time_is_bought_with_cheaper_sales() -> None:
    """By day 59 the shop has paid for month 1 alone, 12,000; 30,000 need 429 units of the deal."""
    free = best(account())
    assert sold(free, "channel") == {"DEAL": 400, "SHOP": 600}
    bound = best(account(quantity_rules=(promise(30_000.0, 2),)))
    early = bound.lines[bound.lines["sell_period"] <= 2]
    deal = early.loc[early["channel"] == "DEAL", "units"].sum()
    assert 429 * 42.0 + 200 * 60.0 >= 30_000.0 > 428 * 42.0 + 200 * 60.0
    assert deal >= 429
    # 429 + 571 units: the deal takes 29 more than it would, at 42 instead of 60.
    assert sold(bound, "channel") == {"DEAL": 429, "SHOP": 571}
    assert free.report.value - bound.report.value == pytest.approx(29 * (60.0 - 42.0))


def test_cash_that_comes_after_the_date_does_not_count() -> None:
    """By day 29 the deal alone can have paid, 600 x 42 = 25,200."""
    plan = best(account(quantity_rules=(promise(25_200.0, 1),)))
    assert sold(plan, "channel", "sell_period")["DEAL", 1] == 600
    assert not is_possible(account(quantity_rules=(promise(25_201.0, 1),)))


def test_a_soft_promise_is_kept_as_far_as_it_pays() -> None:
    """A unit moved to the deal costs 18 and brings 42 in time, 18 / 42 = 0.4286 each; the last 24
    would cost a whole unit."""
    for price, units in ((0.42, 400), (0.44, 428)):
        short = 30_000.0 - 12_000.0 - units * 42.0
        setting = r.RuleSetting(rule="cash_target", mode=RuleMode.SOFT, price=price)
        plan = best(account(quantity_rules=(promise(30_000.0, 2),), rule_settings=(setting,)))
        assert plan.shortfalls["units"].tolist() == pytest.approx([short], abs=0.1)


def test_clearing_and_cash_are_promised_together() -> None:
    """A unit kept is worth 45: the deal at 42 sells nothing until 90 % must be cleared."""
    scenario = account(quantity_rules=(promise(20_000.0, 2),))
    scenario = set_row(scenario, "exits", 0, value_per_unit=45.0)
    plan = best(scenario)
    # 20,000 - 12,000 of the shop's first month are 191 units of the deal.
    assert sold(plan, "channel") == {"DEAL": 191, "SHOP": 600}
    asked = set_row(
        scenario, "brands", 0, key_account=True, must_clear_share=0.9, must_clear_price=5.0
    )
    cleared = best(asked)
    assert sold(cleared, "channel") == {"DEAL": 300, "SHOP": 600}
    assert cleared.shortfalls.set_index("rule")["units"].to_dict() == {"must_clear": 0.0}
    assert plan.report.value - cleared.report.value == pytest.approx((300 - 191) * 3.0)


def test_money_tied_up_is_limited_in_every_month() -> None:
    """Handling costs 5 a unit on the day it leaves; the shop's money comes a month and a half later."""
    scenario = set_row(account(), "sites", 1, inbound_cost_per_unit=5.0)
    scenario = scenario.model_copy(
        update={
            "quantity_rules": (
                r.QuantityRule(rule="purse", measure=Measure.WORKING_CAPITAL, most=400.0),
                r.QuantityRule(rule="no deal", channels=("DEAL",), most=0),
            )
        }
    )
    plan = best(scenario)
    # 80 units in month 1; their 4,800 come in month 2 and free the purse.
    assert sold(plan, "sell_period") == {1: 80, 2: 200, 3: 200}


def test_a_partners_share_of_the_plan_is_kept() -> None:
    """The deal may be a quarter of the plan: with 600 in the shop, 200."""
    rule = r.QuantityRule(
        rule="quarter", channels=("DEAL",), basis=LimitBasis.SHARE_OF_PLAN, most=0.25
    )
    assert sold(best(account(quantity_rules=(rule,))), "channel") == {"DEAL": 200, "SHOP": 600}
