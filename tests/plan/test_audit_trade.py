"""The audit of pre-sales, of de-branded goods and of reseller levels."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import ExitKind
from planner.landed_cost.options import price_scenario
from planner.plan.audit import audit
from planner.plan.audit.facts import Facts
from planner.plan.audit.money import waterfall
from planner.plan.audit.offers import days
from planner.plan.audit.read import COLUMNS
from planner.plan.audit.rules import (
    Book,
    channel_capacity,
    exit_capacity,
    relabelling,
    storage_capacity,
    supply,
)
from planner.plan.audit.tables import must_clear
from planner.plan.extract import lines_of
from tests.exhibits import full_scenario
from tests.plan.test_audit_rules import row
from tests.plan.test_audit_world import (
    AIR,
    EXITS,
    HOME,
    PICKS,
    SEA,
    fields,
    options_of,
    plan,
    world,
)
from tests.random_scenarios import random_scenario


def book(scenario: Scenario, picks: list[Any], exits: list[Any]) -> Book:
    options = options_of(scenario, picks)
    rows = [{"lot": lot, "exit": way, "shipment": f, "units": n} for lot, way, f, n in exits]
    return Book([o.line for o in options], options, list(enumerate(rows, start=2)))


# --- pre-sale

PRESOLD = [
    ("L1", "HOME", HOME, 3, 2, "full", 20),
    ("L1", "HOME", HOME, 4, 3, "down", 11),
    *PICKS[2:],
]


def presale(periods: int = 1) -> Scenario:
    """The home channel sells before it ships."""
    return world(**row("channels", 0, presale_periods=periods)(world()))


def faults_of_days(scenario: Scenario, pick: tuple[Any, ...]) -> set[str]:
    facts = Facts(scenario)
    return {field for o in options_of(scenario, [pick]) for field, _ in days(facts, o)}


def test_presale_of_goods_shipped_a_period_later_is_accepted() -> None:
    scenario = presale()
    tables, value = plan(scenario, PRESOLD)
    assert audit(scenario, tables, value) == ()
    assert ("lines", "sell_period") in fields(world(), tables, value)


@pytest.mark.parametrize(
    ("ship", "sell", "allowed"),
    [(3, 2, True), (3, 1, False), (3, 3, False), (3, 4, False), (5, 4, True)],
)
def test_presale_is_in_the_periods_before_shipping(ship: int, sell: int, allowed: bool) -> None:
    faults = faults_of_days(presale(), ("L1", "HOME", HOME, ship, sell, "full", 1))
    assert ("sell_period" not in faults) == allowed


def test_presale_goods_arrive_inside_the_horizon() -> None:
    scenario = world(**row("channels", 1, presale_periods=2)(world()))
    late = ("L1", "SHOP", SEA, 5, 4, "full", 1)
    assert "arrival_date" in faults_of_days(scenario, late)
    assert faults_of_days(scenario, ("L1", "SHOP", SEA, 4, 2, "full", 1)) == set()


def test_presale_has_no_longest_wait_and_goods_on_the_way_have() -> None:
    scenario = world(**row("channels", 1, presale_periods=3)(world()))
    header = scenario.header.model_copy(update={"longest_wait_periods": 1})
    scenario = scenario.model_copy(update={"header": header})
    assert faults_of_days(scenario, ("L2", "SHOP", AIR, 4, 1, "full", 1)) == set()
    assert faults_of_days(scenario, ("L2", "SHOP", "frozen F1", 1, 2, "full", 1)) == set()
    late = ("L2", "SHOP", "frozen F1", 1, 4, "full", 1)
    assert faults_of_days(scenario, late) == {"sell_period"}


def test_presale_goods_lie_at_their_origin_and_never_at_the_entry_site() -> None:
    scenario = world(**row("channels", 1, presale_periods=1)(world()))
    picks = [("L1", "SHOP", SEA, 3, 2, "full", 12), PICKS[5]]
    used = {
        (usage.label, usage.period): pytest.approx(usage.used)
        for usage in storage_capacity(Facts(scenario), book(scenario, picks, []))
    }
    home = {("WH", 1): 12 * 0.004, ("WH", 2): 12 * 0.004}
    assert used == home | {("GATE", 1): 6 * 0.004, ("GATE", 2): 6 * 0.004}
    facts = Facts(scenario)
    lines = [waterfall(facts, o) for o in options_of(scenario, picks)]
    assert lines[0]["storage_entry"] == 0 < lines[1]["storage_entry"]
    assert lines[0]["storage_origin"] == pytest.approx(1.5 * 0.004 * 20)


# --- de-branding

CUT = [("L1~CUT", "HOME", HOME, 1, 1, "full", 20), *PICKS[1:]]


def de_branding(**more: Any) -> Scenario:
    """B1's labels may be cut off, which makes the goods Plain."""
    way: dict[str, Any] = {
        "brands": ("B1",),
        "becomes_brand": "Plain",
        "price_factor": 0.9,
        "value_per_unit": -2.0,
        "value_per_kg": -0.4,
        "currency": "USD",
        "units_most": 25,
    }
    cut = r.Exit(exit="CUT", kind=ExitKind.DE_BRAND, **(way | more))
    scenario = world()
    brands = (*scenario.brands, r.Brand(brand="Plain"))
    return scenario.model_copy(update={"brands": brands, "exits": (*scenario.exits, cut)})


def test_goods_sold_as_their_form_are_accepted() -> None:
    scenario = de_branding()
    tables, value = plan(scenario, CUT)
    assert set(tables["lines"]["brand"]) == {"Plain", "B1", "B2"}
    assert audit(scenario, tables, value) == ()


def test_a_form_that_no_exit_makes_is_no_lot() -> None:
    tables, value = plan(de_branding(), CUT)
    closed = de_branding(brands=("B2",))
    assert ("lines", "lot") in fields(closed, tables, value)


def test_supply_counts_a_form_at_its_parent() -> None:
    """20 as form, 33 as B1, 7 held: 60 of 60. One more, branded or not, is one too many."""
    scenario = de_branding()
    facts = Facts(scenario)
    for extra, broken in ((0, set()), (1, {"L1"})):
        form = [*CUT[0][:6], CUT[0][6] + extra]
        used = supply(facts, book(scenario, [tuple(form), *CUT[1:]], EXITS))
        assert {usage.label for usage in used if usage.broken} == broken
    tables, value = plan(scenario, [(*CUT[0][:6], 21), *CUT[1:]])
    assert ("lines", "supply") in fields(scenario, tables, value)


def test_exit_capacity_counts_what_is_sold_in_the_form_an_exit_makes() -> None:
    tables, value = plan(de_branding(), CUT)
    assert audit(de_branding(units_most=20), tables, value) == ()
    assert fields(de_branding(units_most=19), tables, value) == {("lines", "exit_capacity")}
    used = exit_capacity(Facts(de_branding()), book(de_branding(), CUT, EXITS))
    assert {usage.label: usage.used for usage in used} == {"jobber": 21, "CUT": 20}


def test_must_clear_counts_a_form_for_the_brand_it_came_from() -> None:
    """B1 still has 43 of 54 units sold in time; Plain promised nothing of its own."""
    scenario = de_branding()
    plain = scenario.brands[-1].model_copy(update={"must_clear_share": 1.0})
    scenario = scenario.model_copy(update={"brands": (*scenario.brands[:-1], plain)})
    found: list[Any] = []
    assert must_clear(Facts(scenario), options_of(scenario, CUT), [], [], found) == 22.0
    assert [finding.problem[:2] for finding in found] == ["B1"]


def test_converting_uses_the_relabelling_capacity_where_it_is_said_to() -> None:
    """Period 1: 20 units become Plain. Periods 2 and 3: 22 and 9 units get their label."""
    for uses, right in ((False, {2: 22, 3: 9}), (True, {1: 20, 2: 22, 3: 9})):
        scenario = de_branding(uses_relabel_capacity=uses)
        used = relabelling(Facts(scenario), book(scenario, CUT, EXITS))
        assert {usage.period: usage.used for usage in used} == right


def test_money_of_a_form_by_hand() -> None:
    """Price 599 x 0.4 x 0.85 x 0.96 x 0.9 = 175.96; cutting costs (2.00 + 0.5 kg x 0.40) x 7.2."""
    scenario = de_branding()
    facts = Facts(scenario)
    (option,) = options_of(scenario, CUT[:1])
    lines = waterfall(facts, option)
    assert lines["shelf_price"] == pytest.approx(175.96)
    assert lines["relabelling"] == pytest.approx(2.2 * 7.2)


def test_no_unit_leaves_by_a_de_branding_exit_and_no_form_leaves_by_any() -> None:
    scenario = de_branding()
    tables, value = plan(scenario, CUT)
    for lot, way, place in (("L1", "CUT", "exit"), ("L1~CUT", "hold", "lot")):
        exits = [(lot, way, "", 7), *EXITS[1:]]
        wrong, _ = plan(scenario, CUT, exits)
        found = fields(scenario, tables | {"exits": wrong["exits"]}, value)
        assert ("exits", place) in found


# --- reseller levels


def levels(units_a_day: float, bonus: float) -> tuple[r.ResellerLevel, ...]:
    """V1 to V5 in the home channel, who together sell so many units a day."""
    return tuple(
        r.ResellerLevel(
            channel="HOME",
            level=f"V{k}",
            resellers=k,
            units_per_reseller_day=units_a_day / 5 / k,
            bonus_rate=bonus,
        )
        for k in range(1, 6)
    )


def test_a_channel_sells_no_more_than_its_resellers() -> None:
    scenario = world()
    tables, value = plan(scenario)
    enough = scenario.model_copy(update={"reseller_levels": levels(2.0, 0.0)})
    assert audit(enough, tables, value) == ()
    short = scenario.model_copy(update={"reseller_levels": levels(1.9, 0.0)})
    assert fields(short, tables, value) == {("lines", "channel_capacity")}
    limits = {u.label: u.limit for u in channel_capacity(Facts(short), book(short, PICKS, EXITS))}
    assert limits == {"HOME": pytest.approx(19.0), "SHOP": 30.0}


def test_the_bonus_of_the_levels_is_the_platforms() -> None:
    scenario = world()
    channel = scenario.channels[0].model_copy(update={"inviter_bonus_rate": 0.5})
    rich = (*levels(2.0, 0.0)[:4], levels(2.0, 0.5)[4])
    paid = scenario.model_copy(update={"channels": (channel, scenario.channels[1])})
    paid = paid.model_copy(update={"reseller_levels": rich})
    plain, with_bonus = (
        waterfall(Facts(each), options_of(each, PICKS[:1])[0]) for each in (scenario, paid)
    )
    bonus = 0.1 * 0.9 * plain["shelf_price"]
    assert with_bonus["reseller"] - plain["reseller"] == pytest.approx(bonus)
    assert with_bonus["platform"] - plain["platform"] == pytest.approx(-bonus)
    assert Facts(scenario).bonus_rate(channel) == 0.5


# --- twins


def with_everything(scenario: Scenario) -> Scenario:
    """The scenario with pre-sale in its first channel, resellers in all, and labels cut off."""
    first, *others = scenario.channels
    cut = r.Exit(
        exit="CUT",
        kind=ExitKind.DE_BRAND,
        becomes_brand=scenario.brands[-1].brand,
        price_factor=0.85,
        value_per_unit=-0.4,
        value_per_kg=-0.1,
        currency="SGD",
        units_most=50,
        uses_relabel_capacity=True,
    )
    levels = [
        r.ResellerLevel(
            channel=channel.channel,
            level=name,
            resellers=9,
            units_per_reseller_day=units,
            bonus_rate=bonus,
        )
        for channel in scenario.channels
        for name, units, bonus in (("V1", 0.4, 0.03), ("V2", 1.1, 0.08))
    ]
    return scenario.model_copy(
        update={
            "channels": (first.model_copy(update={"presale_periods": 2}), *others),
            "exits": (*scenario.exits, cut),
            "reseller_levels": tuple(levels),
        }
    )


SCENARIOS = {"full": full_scenario} | {
    f"random {seed}": partial(random_scenario, seed) for seed in range(8)
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_audit_allows_and_prices_every_option_as_the_planner_does(name: str) -> None:
    """All options of a scenario as the lines of one plan, which breaks limits but no offer."""
    scenario = with_everything(SCENARIOS[name]())
    priced = price_scenario(Lookup(scenario))
    options = priced.options
    assert priced.lookup.is_form[options.lot].any()
    assert (options.sell_period < priced.trips.ship_period[options.trip]).any()
    lines, waterfalls = lines_of(priced, np.ones(len(options)))
    assert faults_of_lines(scenario, lines, waterfalls) == set()
    waterfalls.loc[len(waterfalls) // 2, "relabelling"] += 0.01
    assert faults_of_lines(scenario, lines, waterfalls) == {("waterfalls", "relabelling")}


def faults_of_lines(
    scenario: Scenario, lines: pd.DataFrame, waterfalls: pd.DataFrame
) -> set[tuple[str, str]]:
    """What the audit says of the lines themselves, not of the limits they use."""
    found = fields(scenario, {"lines": lines, "waterfalls": waterfalls}, 0.0)
    of_lines = {("lines", name) for name in COLUMNS["lines"]}
    return {place for place in found if place[0] == "waterfalls" or place in of_lines}
