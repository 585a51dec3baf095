"""A trip may be left out only when its twin could do all it does, under every rule of the model."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import ExitKind, FixedPer, RuleEffect
from planner.landed_cost.options import price_scenario
from tests.exhibits import START, tiny_scenario

BOX, LOOSE = "HZ-JX > JX-NGB > NGB-SIN-FCL", "HZ-JX > JX-NGB > NGB-SIN-LCL"


def changed(scenario: Scenario, table: str, at: int, **update: Any) -> Scenario:
    """The scenario with another row `at` of a table."""
    rows = list(getattr(scenario, table))
    rows[at] = rows[at].model_copy(update=update)
    return scenario.model_copy(update={table: tuple(rows)})


def routes_on_offer(scenario: Scenario) -> set[tuple[str, int]]:
    """Route and ship period of every option abroad."""
    priced = price_scenario(Lookup(scenario))
    trips = priced.trips
    return {
        (trips.name(int(trip), priced.lookup), int(trips.ship_period[trip]))
        for trip in priced.options.trip
    }


def without_storage_limit() -> Scenario:
    return changed(tiny_scenario(), "sites", 3, storage_cbm=None)


def test_dearer_loose_cargo_on_the_same_ship_is_left_out() -> None:
    offered = routes_on_offer(without_storage_limit())
    assert (BOX, 1) in offered and (LOOSE, 1) not in offered


@pytest.mark.parametrize(
    ("table", "at", "update"),
    [
        ("legs", 3, {"cost_per_cbm": 1.0, "origin_cost_per_cbm": 1.0}),
        ("legs", 3, {"shares_capacity_with": None}),
        ("legs", 3, {"first_departure": START + timedelta(days=18), "departure_every_days": 28}),
    ],
    ids=["cheaper", "on a ship of its own", "in another period"],
)
def test_a_trip_is_kept_that_is(table: str, at: int, update: dict[str, Any]) -> None:
    assert (LOOSE, 1) in routes_on_offer(changed(without_storage_limit(), table, at, **update))


@pytest.mark.parametrize("leg", ["NGB-SIN-FCL", "NGB-SIN-LCL", "HZ-JX"])
def test_a_trip_is_kept_when_it_or_its_twin_is_paid_by_the_departure(leg: str) -> None:
    """What a unit costs in a shared box is not known before the box is filled."""
    boxes = (r.LegBox(leg=leg, equipment="40HC", cost_per_box=1.0),)
    paid_whole = without_storage_limit().model_copy(update={"leg_boxes": boxes})
    assert (LOOSE, 1) in routes_on_offer(paid_whole)


def test_a_trip_is_kept_whose_twin_would_lie_in_limited_storage_sooner() -> None:
    """Boxes of period 1 are ready on day 13 and wait a period; loose cargo is ready on day 14."""
    full = changed(tiny_scenario(), "sites", 3, storage_cbm=0.0)
    assert (LOOSE, 1) in routes_on_offer(full)


def test_storage_without_a_limit_is_one_however_it_is_written() -> None:
    """Loose cargo reaches the gate a period after the boxes."""
    slow = changed(tiny_scenario(), "legs", 3, transit_days=10)
    offered = [
        routes_on_offer(changed(slow, "sites", 3, storage_cbm=limit))
        for limit in (None, 1e6, 999_999_999)
    ]
    assert offered[0] == offered[1] == offered[2]


@pytest.mark.parametrize(
    "rule",
    [
        {"effect": RuleEffect.QUOTA, "quota_units": 0},
        {
            "effect": RuleEffect.REQUIRE,
            "fixed_cost": 1e6,
            "fixed_currency": "CNY",
            "fixed_per": FixedPer.STYLE,
        },
    ],
    ids=["quota", "certificate"],
)
def test_a_trip_is_kept_whose_twin_arrives_under_another_rule(rule: dict[str, Any]) -> None:
    """The rule ends on 18 January, the day the boxes are ready; loose cargo comes on the 19th."""
    each = r.ComplianceRule(rule="old law", markets=("SG",), valid_to=date(2026, 1, 18), **rule)
    scenario = without_storage_limit().model_copy(update={"rules": (each,)})
    assert (LOOSE, 1) in routes_on_offer(scenario)


def test_pre_sold_goods_leave_the_dearer_of_two_ways_out_too() -> None:
    scenario = changed(without_storage_limit(), "channels", 1, presale_periods=1)
    offered = routes_on_offer(scenario)
    assert (BOX, 2) in offered and (LOOSE, 2) not in offered


@pytest.mark.parametrize("uses", [False, True])
def test_turning_goods_into_a_form_is_a_job_that_a_site_may_be_too_small_for(uses: bool) -> None:
    """260 jobs fit the gate's 420 a period, 520 do not: then it counts when goods enter it."""
    slow = changed(without_storage_limit(), "legs", 3, transit_days=10)
    scenario = changed(slow, "sites", 3, relabel_units_per_day=30.0)
    label = r.ComplianceRule(
        rule="label", effect=RuleEffect.REQUIRE, markets=("SG",), uses_relabel_capacity=True
    )
    cut = r.Exit(
        exit="CUT",
        kind=ExitKind.DE_BRAND,
        becomes_brand="Northpeak",
        currency="CNY",
        uses_relabel_capacity=uses,
    )
    scenario = scenario.model_copy(update={"rules": (label,), "exits": (*scenario.exits, cut)})
    assert ((LOOSE, 1) in routes_on_offer(scenario)) == uses
