"""Rules about one option made soft or switched off: what is offered then, and what a breach costs."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import PriceBasis, PriceBound, RuleEffect, RuleMode
from planner.landed_cost.breaches import breaches
from planner.landed_cost.options import Priced, price_scenario
from planner.pricing import OFFER_RULES, TRIP_RULES
from tests.exhibits import full_scenario
from tests.pricing.small import HOME, SHOP, added, changed, one_price, sold

SOFT, OFF, HARD = RuleMode.SOFT, RuleMode.OFF, RuleMode.HARD


def setting(rule: str, mode: RuleMode, price: float = 0.0, subject: str = "") -> r.RuleSetting:
    return r.RuleSetting(rule=rule, mode=mode, price=price, subject=subject)


def law(effect: RuleEffect, **more: Any) -> r.ComplianceRule:
    return r.ComplianceRule(rule=f"law {effect}", effect=effect, **more)


def a_bound(bound: PriceBound, value: float) -> r.PriceRule:
    return r.PriceRule(rule=bound.value, bound=bound, basis=PriceBasis.ABSOLUTE, value=value)


def broken() -> dict[str, Scenario]:
    """L1 at home at 200.00 (channel CN-APP, private, reseller margin 15 %), each rule broken once."""
    base = one_price(200.0, expiry=None)
    public = changed(changed(base, "channels", 0, private=False), "brands", 0, public_listing=False)
    old = one_price(200.0, expiry=base.header.start_date)
    consented = changed(base, "brands", 0, consented_markets=("SG",))
    return {
        "floor": changed(base, "brands", 0, floor_domestic=0.25),
        "price_floor": added(base, "price_rules", a_bound(PriceBound.FLOOR, 230.0)),
        "price_cap": added(base, "price_rules", a_bound(PriceBound.CAP, 190.0)),
        "reseller_band": changed(base, "channels", 0, reseller_margin_least=0.2),
        "private_only": added(public, "rules", law(RuleEffect.PRIVATE_ONLY)),
        "brand_consent": added(consented, "rules", law(RuleEffect.BRAND_CONSENT)),
        "excluded_market": changed(base, "brands", 0, excluded_markets=("CN",)),
        "exclusive_channels": changed(base, "brands", 0, exclusive_channels=("SG-SHOP",)),
        "shelf_life": added(old, "rules", law(RuleEffect.SHELF_LIFE, least_days=5)),
        "forbidden": added(base, "rules", law(RuleEffect.FORBID, markets=("CN",))),
        "forbidden_mode": added(base, "rules", law(RuleEffect.FORBID_MODE, modes=("truck",))),
    }


RULES = tuple(broken())
DEPTH = {"floor": 24.75, "price_floor": 30.0, "price_cap": 10.0}
"""0.25 x 899 - 200, 230 - 200 and 200 - 190 yuan; other rules are broken once."""


def at_home(scenario: Scenario) -> tuple[Priced, Any]:
    """The priced scenario and the numbers of its options at home."""
    priced = price_scenario(Lookup(scenario))
    return priced, np.flatnonzero(priced.options.channel == HOME)


def test_every_rule_about_one_option_that_may_be_soft_is_tried_here() -> None:
    assert {rule.__name__ for rule in (*OFFER_RULES, *TRIP_RULES)} == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_a_hard_rule_takes_the_option_away_and_one_switched_off_does_not(rule: str) -> None:
    scenario = broken()[rule]
    assert not len(at_home(scenario)[1])
    assert not len(at_home(added(scenario, "rule_settings", setting(rule, HARD, 5.0)))[1])
    free, rows = at_home(added(scenario, "rule_settings", setting(rule, OFF, 5.0)))
    assert len(rows) and not free.options.breach.any()
    assert breaches(free, rows).empty
    same, _ = at_home(one_price(200.0))
    assert (free.options.worth[rows] == same.options.worth[same.options.channel == HOME]).all()


@pytest.mark.parametrize("rule", RULES)
def test_a_soft_rule_leaves_the_option_and_charges_its_breach(rule: str) -> None:
    scenario = broken()[rule]
    off, _ = at_home(added(scenario, "rule_settings", setting(rule, OFF)))
    priced, rows = at_home(added(scenario, "rule_settings", setting(rule, SOFT, 2.0)))
    depth = DEPTH.get(rule, 1.0)
    assert len(rows) == (off.options.channel == HOME).sum()
    assert priced.options.breach[rows] == pytest.approx(2 * depth)
    lost = off.options.worth[off.options.channel == HOME] - priced.options.worth[rows]
    assert lost == pytest.approx(2 * depth)
    table = breaches(priced, rows[::-1])
    assert table["option"].tolist() == rows[::-1].tolist()
    assert set(table["rule"]) == {rule}
    assert set(table["label"]) == {"Linden | CN-APP"}
    assert table["depth"].to_numpy() == pytest.approx(depth)
    assert set(table["price"]) == {2.0}
    assert table["cost_per_unit"].to_numpy() == pytest.approx(2 * depth)


def test_a_soft_rule_that_is_kept_costs_nothing() -> None:
    """A floor at 200.00 and a cap at 200.00 are kept by 200.00."""
    scenario = added(
        one_price(200.0),
        "price_rules",
        a_bound(PriceBound.FLOOR, 200.0),
        a_bound(PriceBound.CAP, 200.0),
    )
    settings = [setting(rule, SOFT, 9.0) for rule in RULES]
    priced, rows = at_home(added(scenario, "rule_settings", *settings))
    assert len(rows) and not priced.options.breach[rows].any()
    assert breaches(priced, rows).empty


def test_breaches_of_several_soft_rules_add_up() -> None:
    """24.75 below the floor at 2 each, 30 below a price floor at 1 each, a forbidden mode at 7."""
    scenario = changed(broken()["price_floor"], "brands", 0, floor_domestic=0.25)
    scenario = added(scenario, "rules", law(RuleEffect.FORBID_MODE, modes=("truck",)))
    settings = (setting("floor", SOFT, 2.0), setting("price_floor", SOFT, 1.0))
    half = added(scenario, "rule_settings", *settings)
    assert not len(at_home(half)[1])  # the mode is still hard
    priced, rows = at_home(added(half, "rule_settings", setting("forbidden_mode", SOFT, 7.0)))
    assert priced.options.breach[rows] == pytest.approx(49.5 + 30.0 + 7.0)
    one = breaches(priced, rows[:1])
    assert one["rule"].tolist() == ["floor", "price_floor", "forbidden_mode"]
    assert one["cost_per_unit"].tolist() == pytest.approx([49.5, 30.0, 7.0])


@pytest.mark.parametrize(
    ("settings", "fine"),
    [
        ([("", SOFT)], True),
        ([("Linden | CN-APP", SOFT)], True),
        ([("Lin", SOFT)], True),
        ([("Linden | SG", SOFT)], False),
        ([("Northpeak", SOFT)], False),
        ([("", SOFT), ("Linden", HARD)], False),  # the longest subject counts, in any order
        ([("Linden", HARD), ("", SOFT)], False),
        ([("", HARD), ("Linden | CN", OFF), ("Linden", HARD)], True),
    ],
)
def test_a_setting_is_for_the_labels_its_subject_begins(
    settings: list[tuple[str, RuleMode]], fine: bool
) -> None:
    rows = [setting("floor", mode, subject=subject) for subject, mode in settings]
    assert sold(added(broken()["floor"], "rule_settings", *rows)) == fine


def test_a_soft_floor_is_measured_in_planning_currency() -> None:
    """Abroad: 0.25 x 899 = 224.75 yuan, SGD 40.00 = 212.00 yuan, 12.75 too few at 3 each."""
    scenario = changed(one_price(40.0, SHOP), "brands", 0, floor_export=0.25)
    assert not sold(scenario, SHOP)
    scenario = added(scenario, "rule_settings", setting("floor", SOFT, 3.0))
    priced = price_scenario(Lookup(scenario))
    shop = priced.options.channel == SHOP
    assert shop.any() and priced.options.breach[shop] == pytest.approx(3 * 12.75)


def test_other_rules_stay_hard() -> None:
    held = changed(broken()["floor"], "lots", 0, compliance_hold=True)
    settings = [setting(rule, OFF) for rule in (*RULES, "compliance_hold", "price_lock")]
    assert not len(at_home(added(held, "rule_settings", *settings))[1])


def test_breaches_of_no_options_are_an_empty_table() -> None:
    priced = price_scenario(Lookup(full_scenario()))
    table = breaches(priced, np.zeros(0, dtype=np.int64))
    names = ["option", "rule", "label", "depth", "price", "cost_per_unit"]
    assert list(table.columns) == names and table.empty
