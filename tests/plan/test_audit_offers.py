"""The audit's rules about one option: bounds of prices, holds, exits, and what soft rules cost."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import ExitKind, PriceBasis, PriceBound, RuleEffect, RuleMode
from planner.plan.audit import audit
from tests.plan.test_audit_rules import Change, add, row, rule
from tests.plan.test_audit_world import fields, plan, world


def bound(kind: PriceBound, value: float, **more: Any) -> Change:
    """L1 sells at 195.51 and 136.86 at home, L1 and L2 at 195.60 and 136.80 yuan abroad."""
    new = r.PriceRule(rule="new", bound=kind, basis=PriceBasis.ABSOLUTE, value=value, **more)
    return add("price_rules", new)


ALONE: list[tuple[str, Change, tuple[str, str] | None]] = [
    # what changes, how, the one place the audit must name, if any
    ("floor kept", bound(PriceBound.FLOOR, 136.8), None),
    ("floor", bound(PriceBound.FLOOR, 136.9, channels=("HOME",)), ("lines", "price")),
    ("floor abroad", bound(PriceBound.FLOOR, 136.81, markets=("Z*",)), ("lines", "price")),
    ("floor of others", bound(PriceBound.FLOOR, 500.0, age_least=2), None),
    ("floor relieved", bound(PriceBound.FLOOR, 150.0, change_per_year=0.1), None),
    ("floor in rand", bound(PriceBound.FLOOR, 350.0, currency="ZAR"), ("lines", "price")),
    ("cap kept", bound(PriceBound.CAP, 195.6), None),
    ("cap", bound(PriceBound.CAP, 195.59, brands=("B1",)), ("lines", "price")),
    ("cap relieved", bound(PriceBound.CAP, 200.0, change_per_year=0.1), ("lines", "price")),
    ("band kept", row("channels", 0, reseller_margin_least=0.15), None),
    ("band least", row("channels", 0, reseller_margin_least=0.16), ("lines", "rung")),
    ("band most", row("channels", 0, reseller_margin_most=0.14), ("lines", "rung")),
    ("band order kept", row("channels", 0, reseller_least_per_order=20.5), None),
    ("band order", row("channels", 0, reseller_least_per_order=20.6), ("lines", "rung")),
    ("hold", row("lots", 1, compliance_hold=True), ("lines", "lot")),
]


@pytest.mark.parametrize("case", ALONE, ids=lambda case: case[0])
def test_a_broken_bound_is_named(case: tuple[str, Change, tuple[str, str] | None]) -> None:
    """At home 15 % of 136.86 is 20.53 yuan an order of one unit."""
    _, change, place = case
    scenario = world()
    tables, value = plan(scenario)
    named = fields(scenario.model_copy(update=change(scenario)), tables, value)
    assert named == (set() if place is None else {place})


def test_price_ending_is_asked_of_the_plan() -> None:
    scenario = world()
    tables, value = plan(scenario)
    for currency, place in ((0, ("lines", "price")), (None, ("lines", "price"))):
        change = (
            row("currencies", 0, price_step=10.0, price_ending=9.0)
            if currency == 0
            else add("currencies", r.CurrencyInfo(currency="CNY", price_step=50.0))
        )
        ended = scenario.model_copy(update=change(scenario))
        assert place in fields(ended, tables, value)
        assert fields(ended, *plan(ended)) == set()


def test_the_margin_of_a_rung_is_asked_of_the_plan() -> None:
    scenario = world()
    tables, value = plan(scenario)
    changed = scenario.model_copy(update=row("ladders", 1, reseller_margin=0.2)(scenario))
    assert ("waterfalls", "reseller_margin") in fields(changed, tables, value)
    assert fields(changed, *plan(changed)) == set()


@pytest.mark.parametrize(
    ("law", "closed"),
    [
        ({}, True),
        ({"markets": ("CN",)}, True),
        ({"markets": ("ZA",)}, False),
        ({"categories": ("shoes",)}, False),
        ({"valid_from": world().last_day}, False),
    ],
)
def test_forbid_destroy_closes_the_exit(law: dict[str, Any], closed: bool) -> None:
    """The jobber's 21 units are burnt instead."""
    scenario = world()
    scenario = scenario.model_copy(update=row("exits", 1, kind=ExitKind.DESTROY)(scenario))
    tables, value = plan(scenario)
    assert fields(scenario, tables, value) == set()
    banned = scenario.model_copy(update=rule(RuleEffect.FORBID_DESTROY, **law)(scenario))
    assert fields(banned, tables, value) == ({("exits", "exit")} if closed else set())


# --- soft rules


def eased(mode: RuleMode, price: float = 2.0, subject: str = "") -> Scenario:
    """B1's floor at home is 0.3 x 599 = 179.70: the 11 units at 136.86 lie 42.84 below it."""
    scenario = world()
    setting = r.RuleSetting(rule="floor", mode=mode, price=price, subject=subject)
    raised = row("brands", 0, floor_domestic=0.3)(scenario)
    return scenario.model_copy(update={**raised, "rule_settings": (setting,)})


def test_a_soft_floor_is_no_finding_but_its_breach_is_charged() -> None:
    _, before = plan(world())
    scenario = eased(RuleMode.SOFT)
    tables, value = plan(scenario)
    (breach,) = tables["breaches"].to_dict("records")
    assert breach["line"] == "S2"
    assert (breach["rule"], breach["subject"], breach["units"]) == ("floor", "B1 | HOME", 11)
    assert breach["depth_per_unit"] == pytest.approx(42.84)
    assert breach["cost"] == pytest.approx(11 * 42.84 * 2)
    assert value == pytest.approx(before - 11 * 42.84 * 2)
    assert audit(scenario, tables, value) == ()


def test_a_breach_that_is_not_told_is_named() -> None:
    tables, value = plan(world())
    assert fields(eased(RuleMode.SOFT), tables, value) == {("lines", "floor"), ("plan", "value")}
    del tables["breaches"]
    assert fields(eased(RuleMode.SOFT), tables, value) == {("lines", "floor"), ("plan", "value")}


def test_a_hard_rule_stays_a_finding_and_one_switched_off_is_none() -> None:
    tables, value = plan(world())
    assert fields(eased(RuleMode.HARD), tables, value) == {("lines", "price")}
    assert fields(eased(RuleMode.OFF), tables, value) == set()
    assert fields(eased(RuleMode.OFF, subject="B1 | SHOP"), tables, value) == {("lines", "price")}


def test_of_several_settings_the_longest_subject_counts() -> None:
    tables, value = plan(world())
    scenario = eased(RuleMode.OFF)
    narrow = r.RuleSetting(rule="floor", mode=RuleMode.HARD, subject="B1 | H")
    for settings in ((*scenario.rule_settings, narrow), (narrow, *scenario.rule_settings)):
        both = scenario.model_copy(update={"rule_settings": settings})
        assert fields(both, tables, value) == {("lines", "price")}


@pytest.mark.parametrize(
    ("column", "content", "place"),
    [
        ("units", 10, ("breaches", "units")),
        ("depth_per_unit", 42.0, ("breaches", "depth_per_unit")),
        ("price", 1.0, ("breaches", "price")),
        ("cost", 900.0, ("breaches", "cost")),
        ("subject", "B1 | SHOP", ("breaches", "subject")),
        ("rule", "price_cap", ("breaches", "rule")),
        ("line", "S1", ("lines", "floor")),
        ("cost", -1.0, ("breaches", "cost")),
        ("price", "two", ("breaches", "price")),
    ],
)
def test_a_wrong_breach_is_named(column: str, content: Any, place: tuple[str, str]) -> None:
    tables, value = plan(eased(RuleMode.SOFT))
    wrong = tables["breaches"].astype(object)
    wrong.loc[0, column] = content
    assert place in fields(eased(RuleMode.SOFT), tables | {"breaches": wrong}, value)


def test_a_breach_told_twice_is_named() -> None:
    tables, value = plan(eased(RuleMode.SOFT))
    twice = pd.concat([tables["breaches"]] * 2)
    assert ("breaches", "rule") in fields(eased(RuleMode.SOFT), tables | {"breaches": twice}, value)


def test_a_rule_that_is_not_about_a_price_is_broken_once_a_unit() -> None:
    """Two laws forbid what goes abroad; 12 + 10 + 9 + 6 units do, at 3 each."""
    scenario = world()
    laws = tuple(
        r.ComplianceRule(rule=name, effect=RuleEffect.FORBID, markets=("ZA",)) for name in "ab"
    )
    setting = r.RuleSetting(rule="forbidden", mode=RuleMode.SOFT, price=3.0)
    scenario = world(rules=(*scenario.rules, *laws), rule_settings=(setting,))
    tables, value = plan(scenario)
    assert tables["breaches"]["depth_per_unit"].tolist() == [1.0] * 4
    assert tables["breaches"]["cost"].sum() == pytest.approx(3 * 37)
    assert audit(scenario, tables, value) == ()
