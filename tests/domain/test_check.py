"""Scenarios with one thing wrong: each gives a finding that says where, what and how to mend it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from planner.domain import records as r
from planner.domain.check import check
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import (
    SETTABLE_RULES,
    ChargedOn,
    CorridorMode,
    ExitKind,
    Goal,
    LimitBasis,
    LockKind,
    Measure,
    RuleEffect,
    RuleMode,
)
from tests.exhibits import full_scenario

Edit = Callable[[Scenario], Scenario]


@dataclass(frozen=True)
class Case:
    """What is done to the full scenario, and where and in which words it must be reported."""

    edit: Edit
    table: str
    row: int
    field: str
    words: str


def at(row: int, table: str, /, **update: Any) -> Edit:
    """Other values in a row of a table, counted as findings count it."""

    def edit(scenario: Scenario) -> Scenario:
        rows = list(getattr(scenario, table))
        rows[row - 2] = rows[row - 2].model_copy(update=update)
        return scenario.model_copy(update={table: tuple(rows)})

    return edit


def more(table: str, *records: r.Record) -> Edit:
    return lambda scenario: scenario.model_copy(
        update={table: (*getattr(scenario, table), *records)}
    )


def only(table: str, *records: r.Record) -> Edit:
    return lambda scenario: scenario.model_copy(update={table: records})


def head(**update: Any) -> Edit:
    return lambda scenario: scenario.model_copy(
        update={"header": scenario.header.model_copy(update=update)}
    )


def both(*edits: Edit) -> Edit:
    def edit(scenario: Scenario) -> Scenario:
        for one in edits:
            scenario = one(scenario)
        return scenario

    return edit


def lock(name: str, kind: LockKind, units: int | None = None, **more: Any) -> r.Lock:
    return r.Lock(lock=name, kind=kind, units=units, **more)


def least(units: int, **more: Any) -> r.Lock:
    return lock("least", LockKind.MIN_UNITS, units, **more)


def quantity(**more: Any) -> r.QuantityRule:
    return r.QuantityRule(rule="rule", **more)


def soft(rule: str, subject: str = "") -> r.RuleSetting:
    return r.RuleSetting(rule=rule, subject=subject, mode=RuleMode.SOFT, price=1.0)


SECOND_BREAK = r.RateBreak(leg="JX-NGB", charged_on=ChargedOn.KG, from_quantity=50.0, rate=1.0)
LEVEL = r.ResellerLevel(channel="SG-SHOP", level="V1", units_per_reseller_day=2.0)
PLAIN = {"kind": ExitKind.DE_BRAND, "open_from": None}

NAMES = {
    "box of no leg": Case(
        at(2, "leg_boxes", leg="NGB-SIN-FC"), "leg_boxes", 2, "leg", "Did you mean 'NGB-SIN-FCL'?"
    ),
    "box of no type": Case(
        at(2, "leg_boxes", equipment="40CH"), "leg_boxes", 2, "equipment", "Did you mean '40HC'?"
    ),
    "break of no leg": Case(
        at(3, "rate_breaks", leg="JX-NBG"), "rate_breaks", 3, "leg", "Did you mean 'JX-NGB'?"
    ),
    "level of no channel": Case(
        at(3, "reseller_levels", channel="CN-AP"),
        "reseller_levels", 3, "channel", "Did you mean 'CN-APP'?",
    ),
    "becomes no brand": Case(
        at(4, "exits", becomes_brand="Plane"), "exits", 4, "becomes_brand", "Did you mean 'Plain'?"
    ),
    "form of nothing": Case(at(3, "lots", form_of="L9"), "lots", 3, "form_of", "not in lots"),
    "made by nothing": Case(
        at(3, "lots", made_by="cut lables"), "lots", 3, "made_by", "Did you mean 'cut labels'?"
    ),
    "no such country": Case(
        at(5, "quantity_rules", countries=("SGP",)),
        "quantity_rules", 5, "countries", "Did you mean 'SG'?",
    ),
    "no such fee model": Case(
        at(3, "quantity_rules", fee_models=("comission",)),
        "quantity_rules", 3, "fee_models", "Did you mean 'commission'?",
    ),
    "no such season": Case(
        at(3, "quantity_rules", seasons=("wintre",)),
        "quantity_rules", 3, "seasons", "Did you mean 'winter'?",
    ),
    "no such style": Case(
        at(3, "quantity_rules", styles=("X9",)), "quantity_rules", 3, "styles", "selects no styles"
    ),
    "no such brand": Case(
        at(4, "opening_terms", brands=("Nothpeak",)),
        "opening_terms", 4, "brands", "Did you mean 'Northpeak'?",
    ),
    "no such market": Case(
        at(2, "corridors", from_markets=("CNN",)),
        "corridors", 2, "from_markets", "Did you mean 'CN'?",
    ),
    "no such category": Case(
        at(3, "price_paths", categories=("drss",)),
        "price_paths", 3, "categories", "Did you mean 'dress'?",
    ),
    "no such channel": Case(
        at(2, "exclusive_groups", channels=("SGX-*",)),
        "exclusive_groups", 2, "channels", "selects no channels",
    ),
    "no such rule": Case(
        at(2, "rule_settings", rule="style_shar"),
        "rule_settings", 2, "rule", "Did you mean 'style_share'?",
    ),
    "a rule that is always soft": Case(
        at(2, "rule_settings", rule="must_clear"),
        "rule_settings", 2, "rule", "no rule 'must_clear' that can be set",
    ),
    "no channel in common": Case(
        at(3, "price_rules", channels=("CN-*",)), "price_rules", 3, "channels", "leave no channel"
    ),
    "a currency without a rate": Case(
        at(2, "corridors", currency="USS"), "corridors", 2, "currency", "Did you mean 'USD'?"
    ),
}  # fmt: skip

ROWS = {
    "nothing leaks": Case(
        head(corridor=CorridorMode.LEAK, corridor_leak_units=0.0),
        "scenario", 0, "corridor_leak_units", "hard or off",
    ),
    "step too fine": Case(
        at(3, "currencies", price_step=0.005, price_ending=0.0),
        "currencies", 3, "price_step", "2 decimals",
    ),
    "ending above its step": Case(
        at(3, "currencies", price_ending=1.0), "currencies", 3, "price_ending", "a step of 1"
    ),
    "ending without a step": Case(
        at(2, "currencies", price_ending=9.0), "currencies", 2, "price_ending", "a step of 0"
    ),
    "multiple of nothing": Case(
        at(4, "lots", multiple_units=0), "lots", 4, "multiple_units", "Use 1"
    ),
    "form by nothing": Case(at(4, "lots", form_of="L1"), "lots", 4, "made_by", "Fill both"),
    "made of nothing": Case(
        at(4, "lots", made_by="cut labels"), "lots", 4, "form_of", "Fill both"
    ),
    "form of itself": Case(
        at(4, "lots", form_of="L3", made_by="cut labels"), "lots", 4, "form_of", "a form itself"
    ),
    "form made by holding": Case(
        at(4, "lots", form_of="L1", made_by="hold"), "lots", 4, "made_by", "de_brand"
    ),
    "becomes nothing": Case(
        at(4, "exits", becomes_brand=None), "exits", 4, "becomes_brand", "Name one of brands"
    ),
    "worth nothing": Case(
        at(4, "exits", price_factor=0.0), "exits", 4, "price_factor", "sells nothing"
    ),
    "jobber makes a form": Case(
        at(3, "exits", becomes_brand="Plain"), "exits", 3, "becomes_brand", "Leave it blank"
    ),
    "hold at a hub": Case(
        at(2, "exits", uses_relabel_capacity=True), "exits", 2, "uses_relabel_capacity", "de_brand"
    ),
    "two rungs of one price and one margin": Case(
        more("ladders", r.LadderRung(ladder="standard", rung="dear", price_ratio=1.0)),
        "ladders", 5, "price_ratio", "the same ratio and margin",
    ),
    "burst longer than a period": Case(
        at(4, "channels", burst_days=15), "channels", 4, "burst_days", "1 to 14"
    ),
    "margins back to front": Case(
        at(2, "channels", reseller_margin_least=0.4),
        "channels", 2, "reseller_margin_most", "0.3 is below reseller_margin_least, 0.4",
    ),
    "no reseller": Case(
        more("reseller_levels", LEVEL), "reseller_levels", 4, "resellers", "have no reseller"
    ),
    "resellers who sell nothing": Case(
        more("reseller_levels", LEVEL.model_copy(
            update={"resellers": 5, "units_per_reseller_day": 0.0}
        )),
        "reseller_levels", 4, "units_per_reseller_day", "sell nothing",
    ),
    "minimum charge of a box": Case(
        at(4, "legs", minimum_charge=9.0), "legs", 4, "minimum_charge", "paid by the box"
    ),
    "minimum charge of nothing": Case(
        at(2, "legs", cost_per_cbm=0.0), "legs", 2, "minimum_charge", "rate_breaks"
    ),
    "box that holds nothing": Case(
        at(2, "leg_boxes", fill_share=0.0), "leg_boxes", 2, "fill_share", "0 fills no box"
    ),
    "first step above 0": Case(
        at(2, "rate_breaks", from_quantity=5.0), "rate_breaks", 2, "from_quantity", "from 0"
    ),
    "steps of kg and cbm": Case(
        more("rate_breaks", SECOND_BREAK), "rate_breaks", 4, "charged_on", "charged on cbm"
    ),
    "steps and boxes": Case(
        more("rate_breaks", r.RateBreak(leg="NGB-SIN-FCL", charged_on=ChargedOn.CBM, rate=1.0)),
        "rate_breaks", 4, "leg", "Keep its boxes or its steps",
    ),
    "neither least nor most": Case(
        at(7, "quantity_rules", least=None), "quantity_rules", 7, "most", "neither"
    ),
    "least above most": Case(
        at(2, "quantity_rules", least=181.0), "quantity_rules", 2, "most", "180 is below least, 181"
    ),
    "share of lots in kg": Case(
        at(3, "quantity_rules", measure=Measure.KG), "quantity_rules", 3, "basis", "share_of_plan"
    ),
    "working capital of a plan": Case(
        at(8, "quantity_rules", basis=LimitBasis.SHARE_OF_PLAN, most=0.5),
        "quantity_rules", 8, "basis", "Use absolute",
    ),
    "share above 1": Case(
        at(4, "quantity_rules", most=95.0), "quantity_rules", 4, "most", "Write 20 % as 0.2"
    ),
    "window back to front": Case(
        at(7, "quantity_rules", from_period=3, to_period=2),
        "quantity_rules", 7, "to_period", "2 is below from_period, 3",
    ),
    "window after the plan": Case(
        at(7, "quantity_rules", to_period=4), "quantity_rules", 7, "to_period", "1 to 3"
    ),
    "ages back to front": Case(
        at(3, "price_rules", age_least=10), "price_rules", 3, "age_most", "9 is below age_least, 10"
    ),
    "a path without a rule": Case(
        at(4, "price_paths", rungs_per_step_most=None, markdowns_most=None,
           distinct_prices_most=None),
        "price_paths", 4, "rule", "asks for nothing",
    ),
    "an end without a start": Case(
        at(4, "price_paths", no_touch_to=2), "price_paths", 4, "no_touch_from", "first period"
    ),
    "no touch back to front": Case(
        at(2, "price_paths", no_touch_to=2), "price_paths", 2, "no_touch_to", "below no_touch_from"
    ),
    "no price at all": Case(
        at(4, "price_paths", distinct_prices_most=0),
        "price_paths", 4, "distinct_prices_most", "Use 1",
    ),
    "corridor to itself": Case(
        at(2, "corridors", to_markets=("C*",)), "corridors", 2, "to_markets", "another market"
    ),
    "the same goal twice": Case(
        more("priorities", r.Priority(order=2, goal=Goal.RECOVERY)),
        "priorities", 3, "goal", "already in row 2",
    ),
    "recovery by a period": Case(
        at(2, "priorities", by_period=2), "priorities", 2, "by_period", "Only cash"
    ),
    "cash after the plan": Case(
        at(2, "priorities", goal=Goal.CASH, by_period=4), "priorities", 2, "by_period", "1 to 3"
    ),
    "one price of two ladders": Case(
        both(
            more("ladders", r.LadderRung(ladder="other", rung="full", price_ratio=1.0)),
            at(4, "channels", ladder="other"),
        ),
        "price_paths", 3, "same_price", "'SG-POST' and 'SG-SHOP' have different rungs",
    ),
    "least nobody has": Case(
        more("quantity_rules", quantity(brands=("Linden",), least=201.0)),
        "quantity_rules", 9, "least", "hold 200",
    ),
    "least of every period nobody has": Case(
        more("quantity_rules", quantity(lots=("L3",), least=21.0, each_period=True)),
        "quantity_rules", 9, "least", "At least 63 units",
    ),
}  # fmt: skip

LOCKS = {
    "more than open stock": Case(
        both(
            at(2, "lots", compliance_hold=True), more("locks", least(61, categories=("jacket",)))
        ),
        "locks", 5, "units", "only 60 may be sold: lot 'L1' is on compliance hold",
    ),
    "excluded market": Case(
        both(
            at(2, "brands", excluded_markets=("SG",)),
            more("locks", least(1, lots=("L2",), markets=("SG",))),
        ),
        "locks", 5, "units", "brand 'Linden' excludes market 'SG'",
    ),
    "exclusive elsewhere": Case(
        both(
            at(3, "brands", exclusive_channels=("CN-APP",)),
            more("locks", least(1, brands=("Northpeak",), channels=("SG-SHOP",))),
        ),
        "locks", 5, "units", "exclusive to other channels than 'SG-SHOP'",
    ),
    "banned": Case(
        more("locks", least(1, lots=("L1",), channels=("SG-SHOP",), sell_period=3)),
        "locks", 5, "units", "lock 'keep Linden home' bans it",
    ),
    "not sold there": Case(
        more("locks", least(1, lots=("L1",), channels=("SG-POST",))),
        "locks", 5, "units", "channel 'SG-POST' does not sell 'jacket'",
    ),
    "not free yet": Case(
        more("locks", least(1, lots=("L3",), ship_period=1)),
        "locks", 5, "units", "free only from period 2",
    ),
    "forbidden": Case(
        both(
            more("rules", r.ComplianceRule(rule="no", markets=("SG",), effect=RuleEffect.FORBID)),
            more("locks", least(1, lots=("L2",), markets=("SG",))),
        ),
        "locks", 5, "units", "rule 'no' forbids it",
    ),
    "at another price": Case(
        more(
            "locks",
            lock("full", LockKind.PRICE, lots=("L2",), rungs=("full",)),
            least(1, lots=("L2",), rungs=("down-*",)),
        ),
        "locks", 6, "units", "lock 'full' leaves it no rung",
    ),
    "two numbers for the same": Case(
        more(
            "locks",
            lock("five", LockKind.UNITS, 5, lots=("L2",)),
            lock("six", LockKind.UNITS, 6, lots=("L2",)),
        ),
        "locks", 6, "units", "lock 'five' allows 5",
    ),
    "a part above the whole": Case(
        more(
            "locks",
            lock("brand", LockKind.MAX_UNITS, 20, brands=("Linden",)),
            least(21, lots=("L2",), channels=("SG-*",), sell_period=1, rungs=("full",)),
        ),
        "locks", 6, "units", "lock 'brand' allows 20",
    ),
    "above a quota": Case(
        both(
            at(3, "rules", quota_units=30), more("locks", least(31, lots=("L2",), markets=("SG",)))
        ),
        "locks", 5, "units", "quota 'dress quota' allows 30",
    ),
    "above a quantity rule": Case(
        more("quantity_rules", quantity(lots=("L1", "L2"), to_period=2, most=9.0)),
        "locks", 3, "units", "quantity rule 'rule' allows 9",
    ),
    "above a quantity rule of every period": Case(
        both(
            more("quantity_rules", quantity(lots=("L2",), each_period=True, most=9.0)),
            more("locks", least(28, lots=("L2",))),
        ),
        "locks", 5, "units", "quantity rule 'rule' allows 27",
    ),
    "no such rung there": Case(
        both(
            more("ladders", r.LadderRung(ladder="other", rung="half", price_ratio=0.5)),
            more("locks", lock("half", LockKind.PRICE, rungs=("half",))),
        ),
        "locks", 5, "rungs", "No channel it touches has such a rung",
    ),
    "no rung in common": Case(
        more(
            "locks",
            lock("high", LockKind.PRICE, brands=("Linden",), rungs=("full", "down-20")),
            lock("low", LockKind.PRICE, lots=("L2",), sell_period=2, rungs=("down-40",)),
        ),
        "locks", 6, "rungs", "Lock 'high' allows other rungs",
    ),
}  # fmt: skip

CASES = NAMES | ROWS | LOCKS


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_found_and_nothing_else(name: str) -> None:
    case = CASES[name]
    found = check(case.edit(full_scenario()))
    hits = [f for f in found if (f.table, f.row, f.field) == (case.table, case.row, case.field)]
    assert any(case.words in f"{hit.problem} {hit.remedy}" for hit in hits), found
    assert all(finding.problem and finding.remedy for finding in found)
    assert {finding.table for finding in found} == {case.table}


SOUND: dict[str, Edit] = {
    "boxes on a leg without a planned price": at(
        4, "legs", cost_per_box=0.0, origin_cost_per_box=0.0
    ),
    "steps of another leg on another unit": more(
        "rate_breaks", r.RateBreak(leg="HZ-JX", charged_on=ChargedOn.KG, rate=0.1)
    ),
    "a soft rule without a price": at(3, "rule_settings", price=0.0),
    "a soft least above the stock": at(2, "quantity_rules", least=500.0, most=600.0),
    "a lock above a soft limit": both(
        more("quantity_rules", quantity(lots=("L1",), most=9.0)),
        more("rule_settings", soft("quantity", "rule")),
    ),
    "a soft lock on goods on hold": both(
        at(2, "lots", compliance_hold=True), more("rule_settings", soft("lock", "at least"))
    ),
    "a lock in a period a limit does not count": more(
        "quantity_rules", quantity(lots=("L1",), from_period=3, most=9.0)
    ),
    "a lock wider than a limit": both(
        at(3, "rules", quota_units=30), more("locks", least(31, lots=("L2",)))
    ),
    "two numbers for the same lot in two channels": more(
        "locks",
        lock("five", LockKind.UNITS, 5, lots=("L2",), channels=("CN-APP",)),
        lock("six", LockKind.UNITS, 6, lots=("L2",), channels=("SG-SHOP",)),
    ),
    "two prices in two periods": more(
        "locks",
        lock("high", LockKind.PRICE, lots=("L2",), sell_period=1, rungs=("full",)),
        lock("low", LockKind.PRICE, lots=("L2",), sell_period=2, rungs=("down-40",)),
    ),
    "two prices on two routes": more(
        "locks",
        lock("high", LockKind.PRICE, lots=("L2",), routes=("HZ-JX",), rungs=("full",)),
        lock("low", LockKind.PRICE, lots=("L2",), routes=("HZ-JX > *",), rungs=("down-40",)),
    ),
    "a ban of one period": more(
        "locks",
        lock("ban", LockKind.BAN, lots=("L2",), sell_period=1),
        least(1, lots=("L2",)),
    ),
    "a law that starts within the plan": both(
        more(
            "rules",
            r.ComplianceRule(rule="no", effect=RuleEffect.FORBID, valid_from=date(2026, 2, 1)),
        ),
        more("locks", least(1, lots=("L2",))),
    ),
    "a lock on a brand made by cutting labels": both(
        at(4, "exits", **PLAIN), more("locks", least(80, brands=("Plain",), categories=("dress",)))
    ),
    "a lock on a form by its name": both(
        at(4, "exits", **PLAIN), more("locks", least(80, lots=("L2~cut labels",)))
    ),
    "a form as the planner fills it": both(
        at(4, "exits", **PLAIN),
        more("lots", full_scenario().lots[1].model_copy(
            update={"lot": "L2 plain", "brand": "Plain", "form_of": "L2", "made_by": "cut labels"}
        )),
    ),
    "two rungs of one price that leave resellers different margins": more(
        "ladders",
        r.LadderRung(ladder="standard", rung="thin", price_ratio=1.0, reseller_margin=0.05),
        r.LadderRung(ladder="standard", rung="sweet", price_ratio=1.0, reseller_margin=0.3),
    ),
    "destroying forbidden in a country that has no market": both(
        at(2, "sites", country="PL"),
        at(4, "rules", markets=("PL",)),
    ),
    "fee models by prefix": more(
        "quantity_rules", quantity(lots=("L1",), fee_models=("co*",), most=120.0)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SOUND)
def test_what_is_sound_gives_no_finding(name: str) -> None:
    assert check(SOUND[name](full_scenario())) == ()


def test_a_lock_counts_the_forms_of_a_lot_once() -> None:
    """120 + 80 + 60 units: labels cut or not, there are no more of them."""
    edit = both(at(4, "exits", **PLAIN), more("locks", least(261)))
    (found,) = check(edit(full_scenario()))
    assert "the lots hold 260" in found.problem


@pytest.mark.parametrize("rule", SETTABLE_RULES)
def test_every_rule_of_the_list_can_be_set(rule: str) -> None:
    assert check(only("rule_settings", soft(rule))(full_scenario())) == ()


def test_findings_of_the_header_do_not_hide_those_of_whole_tables() -> None:
    edit = both(head(corridor_leak_units=0.0), only("duties"))
    assert {finding.table for finding in check(edit(full_scenario()))} == {"scenario", "duties"}
