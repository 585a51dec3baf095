"""The audit of soft limits: what is missing is stated, priced and charged, or the plan is at fault."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import RuleMode
from tests.plan.test_audit_rules import Change, row
from tests.plan.test_audit_world import Tables, fields, plan, world

ABROAD = r.QuantityRule(rule="Q", markets=("ZA",), most=30)
"""The plan sells 37 abroad, 7 too many."""


def soft(rule: str, price: float = 5.0, subject: str = "", **changes: Any) -> Scenario:
    """The world with changes, and one rule made soft."""
    setting = r.RuleSetting(rule=rule, subject=subject, mode=RuleMode.SOFT, price=price)
    return world(rule_settings=(setting,), **changes)


def off(scenario: Scenario) -> Scenario:
    (setting,) = scenario.rule_settings
    switched = setting.model_copy(update={"mode": RuleMode.OFF})
    return scenario.model_copy(update={"rule_settings": (switched,)})


def missing(tables: Tables, *rows: tuple[str, str, int, float, float, float]) -> Tables:
    """The plan with these shortfalls: rule, subject, period, asked for, missing, price."""
    more = pd.DataFrame(
        [
            (rule, subject, period, "units", asked, units, price, units * price)
            for rule, subject, period, asked, units, price in rows
        ],
        columns=tables["shortfalls"].columns,
    )
    return tables | {"shortfalls": pd.concat([tables["shortfalls"], more], ignore_index=True)}


def test_a_soft_limit_missed_is_stated_and_charged() -> None:
    tables, value = plan(world())
    scenario = soft("quantity", quantity_rules=(ABROAD,))
    right = missing(tables, ("quantity", "Q", 0, 30.0, 7.0, 5.0))
    assert fields(scenario, right, value - 35.0) == set()
    assert fields(scenario, tables, value - 35.0) == {("shortfalls", "quantity")}
    assert fields(scenario, right, value) == {("plan", "value")}


WRONG: list[tuple[tuple[str, str, int, float, float, float], str]] = [
    # a wrong row, and the column the audit must name
    (("quantity", "Q", 0, 30.0, 6.0, 5.0), "units"),
    (("quantity", "Q", 0, 31.0, 7.0, 5.0), "promised_units"),
    (("quantity", "Q", 0, 30.0, 7.0, 4.0), "price"),
    (("quantity", "R", 0, 30.0, 7.0, 5.0), "quantity"),
    (("quantity", "Q", 1, 30.0, 7.0, 5.0), "quantity"),
    (("quota", "quota", 0, 37.0, 7.0, 5.0), "rule"),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda c: " | ".join(map(str, c[0])))
def test_a_wrong_shortfall_is_named(
    case: tuple[tuple[str, str, int, float, float, float], str],
) -> None:
    said, field = case
    tables, value = plan(world())
    scenario = soft("quantity", quantity_rules=(ABROAD,))
    assert ("shortfalls", field) in fields(scenario, missing(tables, said), value - 35.0)


def test_a_cost_that_is_not_price_times_units_is_named() -> None:
    tables, value = plan(world())
    scenario = soft("quantity", quantity_rules=(ABROAD,))
    wrong = missing(tables, ("quantity", "Q", 0, 30.0, 7.0, 5.0))
    wrong["shortfalls"].loc[1, "cost"] = 30.0
    assert fields(scenario, wrong, value - 35.0) == {("shortfalls", "cost")}


def test_a_soft_limit_that_is_kept_may_be_listed_with_nothing_missing() -> None:
    tables, value = plan(world())
    scenario = soft("quantity", quantity_rules=(ABROAD.model_copy(update={"most": 37}),))
    listed = missing(tables, ("quantity", "Q", 0, 37.0, 0.0, 5.0))
    assert fields(scenario, listed, value) == set()
    assert fields(scenario, tables, value) == set()


def test_a_limit_that_is_off_is_not_asked_for_and_owes_nothing() -> None:
    tables, value = plan(world())
    scenario = off(soft("quantity", quantity_rules=(ABROAD,)))
    assert fields(scenario, tables, value) == set()
    stated = missing(tables, ("quantity", "Q", 0, 30.0, 7.0, 5.0))
    assert fields(scenario, stated, value) == {("shortfalls", "rule")}


def test_the_setting_that_says_most_of_a_limit_counts() -> None:
    tables, value = plan(world())
    general = r.RuleSetting(rule="quantity", mode=RuleMode.OFF)
    narrow = r.RuleSetting(rule="quantity", subject="Q", mode=RuleMode.HARD)
    for settings, found in (
        ((general,), set()),
        ((general, narrow), {("lines", "quantity")}),
        ((narrow, general), {("lines", "quantity")}),
    ):
        scenario = world(quantity_rules=(ABROAD,), rule_settings=settings)
        assert fields(scenario, tables, value) == found


def test_a_least_and_a_most_of_one_rule_are_told_apart() -> None:
    tables, value = plan(world())
    both = ABROAD.model_copy(update={"least": 40})
    scenario = soft("quantity", quantity_rules=(both.model_copy(update={"most": 50}),))
    kept = ("quantity", "Q", 0, 50.0, 0.0, 5.0)
    short = missing(tables, ("quantity", "Q", 0, 40.0, 3.0, 5.0), kept)
    assert fields(scenario, short, value - 15.0) == set()


def test_a_pool_is_compared_by_its_share() -> None:
    """At home 20 are sold to 19 shoppers: 1/19 too many, in units at the lowest price 1 / 0.49."""
    tables, value = plan(world())
    change = row("demand", 0, units_per_period=19.0)(world())
    scenario = soft("demand_pool", **change)
    label, short = "HOME | dress | summer", 1 / 0.49
    right = missing(tables, ("demand_pool", label, 1, 19 / 0.49, short, 5.0))
    assert fields(scenario, right, value - 5.0 * short) == set()
    wrong = missing(tables, ("demand_pool", label, 1, 19 / 0.49, 1.0, 5.0))
    assert fields(scenario, wrong, value - 5.0 * short) == {("shortfalls", "units")}


SOFT_LIMITS: list[tuple[str, Change, tuple[str, int, float, float]]] = [
    # rule, what the scenario asks for, and label, period, limit and what is missing
    ("channel_capacity", row("channels", 1, units_per_day=2.0), ("SHOP", 4, 20.0, 1.0)),
    ("lock", row("locks", 2, units=12), ("fixed", 0, 12.0, 3.0)),
    ("styles_per_event", row("channels", 1, styles_most_per_period=1), ("SHOP", 4, 1.0, 1.0)),
    ("multiple", row("lots", 1, multiple_units=7), (f"L2 | {'truck > drayage > plane'}", 3, 0, 2)),
    ("least_line", row("lots", 1, least_line_units=13), ("L2 | truck > drayage > plane", 3, 0, 4)),
    ("group_buy", row("ladders", 1, least_units_per_event=10), ("L2 | SHOP | down", 4, 0, 1)),
]


@pytest.mark.parametrize("case", SOFT_LIMITS, ids=lambda c: c[0])
def test_every_kind_of_limit_may_be_soft(
    case: tuple[str, Change, tuple[str, int, float, float]],
) -> None:
    rule, change, (label, period, limit, units) = case
    tables, value = plan(world())
    scenario = soft(rule, **change(world()))
    right = missing(tables, (rule, label, period, limit, units, 5.0))
    assert fields(scenario, right, value - 5.0 * units) == set()
    assert fields(scenario, tables, value - 5.0 * units) == {("shortfalls", rule)}
    assert fields(off(scenario), tables, value) == set()


def test_close_prices_are_counted_in_every_window_the_plan_names() -> None:
    """489 and 342 in period 4: one style too many in each window that holds them both."""
    tables, value = plan(world())
    scenario = soft("close_prices", **row("channels", 1, price_distance_least=0.5)(world()))
    one, two = "SHOP | dress | 342", "SHOP | dress | 330"
    other = ("close_prices", "SHOP | dress | 489", 4, 1.0, 0.0, 5.0)
    right = missing(tables, ("close_prices", one, 4, 1.0, 1.0, 5.0), other)
    assert fields(scenario, right, value - 5.0) == set()
    both = missing(right, ("close_prices", two, 4, 1.0, 1.0, 5.0))
    assert fields(scenario, both, value - 10.0) == set()
    assert fields(scenario, tables, value) == {("shortfalls", "close_prices")}
    silent = missing(tables, ("close_prices", one, 4, 1.0, 0.0, 5.0))
    assert ("shortfalls", "units") in fields(scenario, silent, value)
    for odd in ("no price here", "SHOP | dress | cheap"):
        strange = missing(tables, ("close_prices", odd, 4, 1.0, 1.0, 5.0))
        assert ("shortfalls", "units") in fields(scenario, strange, value - 5.0)


def test_goods_sold_without_a_soft_certificate_are_stated() -> None:
    """9 units of L2 fly out; its certificate costs 144, going without costs 9 x 5."""
    tables, value = plan(world())
    scenario = soft("certificate", subject="label L2")
    unpaid = tables | {"openings": tables["openings"].query("subject != 'L2'")}
    right = missing(unpaid, ("certificate", "label L2", 0, 0.0, 9.0, 5.0))
    assert fields(scenario, right, value + 144.0 - 45.0) == set()
    assert fields(scenario, unpaid, value + 144.0 - 45.0) == {("shortfalls", "certificate")}
    assert fields(scenario, tables, value) == set()
    assert fields(off(scenario), unpaid, value + 144.0) == set()
    assert ("openings", "certificate") in fields(off(scenario), tables, value)
