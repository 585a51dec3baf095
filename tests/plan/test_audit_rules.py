"""The audit names the rule a plan breaks when the scenario asks for more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FeeModel, FixedPer, LockKind, RuleEffect
from planner.plan.audit import audit
from planner.plan.audit.facts import Facts
from planner.plan.audit.prices import demand
from planner.plan.audit.rules import Book, relabelling, storage_capacity
from tests.plan.test_audit_world import AIR, EXITS, PICKS, fields, options_of, plan, world

Change = Callable[[Scenario], dict[str, Any]]


def row(table: str, at: int, **update: Any) -> Change:
    """A scenario whose row `at` of a table reads otherwise."""

    def change(scenario: Scenario) -> dict[str, Any]:
        rows = list(getattr(scenario, table))
        rows[at] = rows[at].model_copy(update=update)
        return {table: tuple(rows)}

    return change


def add(table: str, record: r.Record) -> Change:
    return lambda scenario: {table: (*getattr(scenario, table), record)}


def rule(effect: RuleEffect, **more: Any) -> Change:
    return add("rules", r.ComplianceRule(rule="new", effect=effect, **more))


def lock(kind: LockKind, **more: Any) -> Change:
    return add("locks", r.Lock(lock="new", kind=kind, **more))


ALONE: list[tuple[str, Change, tuple[str, str]]] = [
    # what changes, how, the one place the audit must name
    ("frozen_shipment", row("frozen_shipments", 0, units=11), ("lines", "frozen_shipment")),
    ("demand_pool", row("demand", 0, units_per_period=19.9), ("lines", "demand_pool")),
    ("style_share", row("channels", 1, style_share=0.4), ("lines", "style_share")),
    ("leg kg", row("legs", 0, kg_per_day=1.0), ("lines", "leg_capacity")),
    ("leg cbm", row("legs", 3, cbm_per_day=0.0035), ("lines", "leg_capacity")),
    ("leg boxes", row("legs", 2, boxes_per_period=0.09), ("lines", "leg_capacity")),
    ("origin", row("sites", 0, throughput_units_per_day=3.2), ("lines", "site_throughput")),
    ("hub", row("sites", 1, throughput_units_per_day=3.2), ("lines", "site_throughput")),
    ("relabelling", row("sites", 1, relabel_units_per_day=2.1), ("lines", "relabelling")),
    ("no relabelling", row("sites", 1, relabel_units_per_day=0.0), ("lines", "relabelling")),
    ("channel", row("channels", 1, units_per_day=2.0), ("lines", "channel_capacity")),
    ("origin storage", row("sites", 0, storage_cbm=0.19), ("lines", "storage_capacity")),
    ("entry storage", row("sites", 3, storage_cbm=0.087), ("lines", "storage_capacity")),
    ("exit", row("exits", 1, units_most=20), ("lines", "exit_capacity")),
    ("exit brand", row("exits", 1, brands=("B1",)), ("exits", "exit")),
    ("exit date", row("exits", 1, open_from=date(2026, 2, 1)), ("exits", "exit")),
    ("max lock", row("locks", 0, units=21), ("lines", "lock")),
    ("min lock", row("locks", 1, units=32), ("lines", "lock")),
    ("units lock", row("locks", 2, units=10), ("lines", "lock")),
    ("floor", row("brands", 0, floor_domestic=0.3), ("lines", "price")),
    ("excluded", row("brands", 0, excluded_markets=("Z*",)), ("lines", "market")),
    ("exclusive", row("brands", 0, exclusive_channels=("HOME",)), ("lines", "channel")),
    ("opening", row("channels", 1, open_from=date(2026, 2, 1)), ("lines", "sale_date")),
    ("closing", row("channels", 1, open_to=date(2026, 2, 1)), ("lines", "sale_date")),
    ("consent", rule(RuleEffect.BRAND_CONSENT, markets=("ZA",)), ("lines", "market")),
    ("forbid", rule(RuleEffect.FORBID, dangerous_goods_only=True), ("lines", "market")),
    ("mode", rule(RuleEffect.FORBID_MODE, modes=("air",)), ("lines", "route")),
    ("life", rule(RuleEffect.SHELF_LIFE, least_days=360), ("lines", "arrival_date")),
    ("lead", row("rules", 0, lead_days=11), ("lines", "ship_period")),
    ("ban", lock(LockKind.BAN, lots=("L1",), markets=("ZA",)), ("lines", "line")),
    ("price lock", lock(LockKind.PRICE, rungs=("full",)), ("lines", "rung")),
    ("no demand", row("demand", 0, units_per_period=0), ("lines", "sell_period")),
]
AMONG_OTHERS: list[tuple[str, Change, tuple[str, str]]] = [
    # these change money, promises or routes too
    ("supply", row("lots", 0, units=61), ("lines", "supply")),
    ("quota", row("rules", 2, quota_units=36), ("lines", "quota")),
    ("available", row("lots", 0, available_period=2), ("lines", "ship_period")),
    ("leg closed", row("legs", 2, open_to=date(2026, 1, 10)), ("lines", "route")),
    ("entry passed", row("markets", 1, entry_sites=("GATE", "PORT")), ("lines", "route")),
    ("clear share", row("brands", 0, must_clear_share=1.0), ("shortfalls", "units")),
    ("clear by", row("brands", 0, must_clear_by=3), ("shortfalls", "units")),
    (
        "new papers",
        row("rules", 2, fixed_cost=5.0, fixed_per=FixedPer.SKU),
        ("openings", "certificate"),
    ),
    ("duty", row("duties", 1, rate=0.5), ("waterfalls", "duty")),
    ("rate", row("exchange_rates", 1, rate=0.5), ("waterfalls", "shelf_price")),
    ("no rate", row("exchange_rates", 2, valid_from=date(2027, 1, 1)), ("lines", "")),
]


@pytest.mark.parametrize("case", ALONE, ids=lambda c: c[0])
def test_a_broken_rule_is_named(case: tuple[str, Change, tuple[str, str]]) -> None:
    """The same plan under a scenario whose rule it no longer obeys: that and nothing else."""
    _, change, place = case
    scenario = world()
    tables, value = plan(scenario)
    assert fields(scenario.model_copy(update=change(scenario)), tables, value) == {place}


@pytest.mark.parametrize("case", AMONG_OTHERS, ids=lambda c: c[0])
def test_a_change_with_consequences_is_named(case: tuple[str, Change, tuple[str, str]]) -> None:
    _, change, place = case
    scenario = world()
    tables, value = plan(scenario)
    assert place in fields(scenario.model_copy(update=change(scenario)), tables, value)


def test_goods_wait_no_longer_than_allowed() -> None:
    scenario = world()
    tables, value = plan(scenario)
    header = scenario.header.model_copy(update={"longest_wait_periods": 1})
    assert fields(world(header=header), tables, value) == {("lines", "sell_period")}


def test_private_only_asks_for_a_private_channel() -> None:
    scenario = world()
    tables, value = plan(scenario)
    scenario = world(**row("channels", 1, private=False)(scenario))
    assert audit(scenario, tables, value) == ()
    scenario = scenario.model_copy(update=rule(RuleEffect.PRIVATE_ONLY, markets=("ZA",))(scenario))
    assert fields(scenario, tables, value) == {("lines", "channel")}


def test_a_buy_out_channel_takes_brand_stock_only() -> None:
    scenario = world()
    tables, value = plan(scenario)
    scenario = world(**row("channels", 1, fee_model=FeeModel.BUY_OUT)(scenario))
    found = audit(scenario, tables, value)
    rows_named = {f.row for f in found if f.table == "lines" and "buys out" in f.problem}
    assert rows_named == {6, 7}


def test_a_leg_that_shares_capacity_draws_on_the_other() -> None:
    """Ship 22 units and fly 9 in the same period: alone each fits, together they do not."""
    picks = [PICKS[2], ("L2", "SHOP", AIR, 2, 3, "down", 9)]
    scenario = world()
    scenario = world(**row("legs", 2, boxes_per_period=0.06, cbm_per_day=None)(scenario))
    tables, value = plan(scenario, picks, [])
    names = {f.field for f in audit(scenario, tables, value)}
    assert "leg_capacity" not in names
    shared = scenario.model_copy(update=row("legs", 3, shares_capacity_with="ship")(scenario))
    assert "leg_capacity" in {f.field for f in audit(shared, tables, value)}


def test_labelled_goods_are_exempt_and_prefixes_select() -> None:
    scenario = world()
    tables, value = plan(scenario)
    forbid = rule(RuleEffect.FORBID, markets=("Z*",), unless_labelled="EN")(scenario)
    forbidden = scenario.model_copy(update=forbid)
    assert ("lines", "market") in fields(forbidden, tables, value)
    labelled = tuple(lot.model_copy(update={"labels": ("EN",)}) for lot in scenario.lots)
    assert audit(forbidden.model_copy(update={"lots": labelled}), tables, value) == ()


def test_rules_hold_between_their_dates_only() -> None:
    scenario = world()
    tables, value = plan(scenario)
    later = rule(RuleEffect.FORBID, valid_from=date(2026, 3, 1))(scenario)
    assert audit(scenario.model_copy(update=later), tables, value) == ()


def book(scenario: Scenario) -> Book:
    options = options_of(scenario, PICKS)
    exits = [{"lot": lot, "exit": way, "shipment": f, "units": n} for lot, way, f, n in EXITS]
    return Book([o.line for o in options], options, list(enumerate(exits, start=2)))


def test_storage_by_hand() -> None:
    """Goods lie at home until they ship and at the gate until the period before their sale."""
    scenario = world()
    used = {
        (usage.label, usage.period): pytest.approx(usage.used)
        for usage in storage_capacity(Facts(scenario), book(scenario))
    }
    home = {1: 11 + 12 + 10 + 9 + 7, 2: 9 + 7, 3: 7, 4: 7, 5: 7}
    gate = {1: 6, 2: 6, 3: 12 + 10 + 9, 4: 10}
    right = {("WH", period): units * 0.004 for period, units in home.items()}
    right |= {("GATE", period): units * 0.004 for period, units in gate.items()}
    assert used == right


def test_each_rule_uses_the_relabelling_capacity_once() -> None:
    scenario = world()
    twice = scenario.model_copy(
        update=rule(RuleEffect.REQUIRE, markets=("ZA",), uses_relabel_capacity=True)(scenario)
    )
    for each, times in ((scenario, 1), (twice, 2)):
        used = {u.period: u.used for u in relabelling(Facts(each), book(each))}
        assert used == {2: times * 22, 3: times * 9}


def test_demand_by_hand() -> None:
    scenario = world(**row("channels", 0, credibility_ratio=0.8)(world()))
    scenario = scenario.model_copy(
        update={
            "demand_points": (
                r.DemandPoint(
                    channel="SHOP",
                    category="dress",
                    season="summer",
                    period=2,
                    rung="full",
                    units=17.0,
                ),
            )
        }
    )
    facts = Facts(scenario)

    def taken(channel: str, period: int, rung: str) -> float:
        place = facts.channels[channel]
        return demand(facts, facts.lots["L1"], place, period, facts.rungs["std", rung])

    assert taken("HOME", 1, "full") == 30
    assert taken("HOME", 3, "full") == 15
    assert taken("HOME", 1, "down") == pytest.approx(30 / 0.8**2)
    assert taken("SHOP", 1, "down") == pytest.approx(25 / 0.7**2)
    assert taken("SHOP", 2, "full") == 17


def test_the_floor_is_relieved_by_age_and_by_the_channel() -> None:
    """The rung 'down' sells at 0.4 x 0.816 x 0.7 = 0.228 of the tag; the goods are a year old."""
    scenario = world()
    tables, value = plan(scenario)
    for update, channel, right in (
        ({"floor_domestic": 0.24}, {}, {("lines", "price")}),
        ({"floor_domestic": 0.24, "floor_relief_per_year": 0.1}, {}, set()),
        ({"floor_domestic": 0.24}, {"floor_factor": 0.9}, set()),
    ):
        strict = scenario.model_copy(update=row("brands", 0, **update)(scenario))
        strict = strict.model_copy(update=row("channels", 0, **channel)(strict))
        assert fields(strict, tables, value) == right
