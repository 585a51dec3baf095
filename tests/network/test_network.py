"""Routes, calendars, capacity periods and the cost of every mode, by hand on tiny networks."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Mode, SiteKind
from planner.network import (
    Trips,
    box_share,
    chargeable_kg,
    departure_day,
    market_trips,
    relabel_site,
    routes_of,
    trip_costs,
    trips_of,
)
from tests.exhibits import START, full_scenario, tiny_scenario

BOX = "HZ-JX > JX-NGB > NGB-SIN-FCL"
LOOSE = "HZ-JX > JX-NGB > NGB-SIN-LCL"
L1, L2, L3 = 0, 1, 2


def changed(scenario: Scenario, table: str, at: int, **update: Any) -> Scenario:
    """The scenario with another row `at` of a table."""
    rows = list(getattr(scenario, table))
    rows[at] = rows[at].model_copy(update=update)
    return scenario.model_copy(update={table: tuple(rows)})


def leg(name: str, start: str, end: str, **more: Any) -> r.Leg:
    fields: dict[str, Any] = {"mode": Mode.TRUCK, "transit_days": 1, "currency": "CNY"}
    return r.Leg(leg=name, from_site=start, to_site=end, **(fields | more))


def route_names(scenario: Scenario) -> set[str]:
    return {route.name for route in routes_of(Lookup(scenario))}


def trip_of(trips: Trips, name: str, period: int) -> int:
    """The trip of a route in a ship period."""
    names = [trips.routes[k].name if k >= 0 else "" for k in trips.route]
    (found,) = (
        k for k, each in enumerate(names) if each == name and trips.ship_period[k] == period
    )
    return found


def test_routes_are_the_chains_from_an_origin_to_an_entry_site() -> None:
    assert route_names(tiny_scenario()) == {"HZ-JX", BOX, LOOSE}


def test_routes_start_only_where_lots_are() -> None:
    second = r.Site(site="CAN", kind=SiteKind.ORIGIN, country="CN", currency="CNY")
    tiny = tiny_scenario()
    scenario = tiny.model_copy(
        update={
            "sites": (*tiny.sites, second),
            "legs": (*tiny.legs, leg("CAN-NGB", "CAN", "NGB")),
        }
    )
    assert route_names(scenario) == {"HZ-JX", BOX, LOOSE}
    moved = changed(scenario, "lots", 1, origin="CAN")
    more = {"CAN-NGB > NGB-SIN-FCL", "CAN-NGB > NGB-SIN-LCL"}
    assert route_names(moved) == {"HZ-JX", BOX, LOOSE} | more


def test_a_route_visits_no_site_twice() -> None:
    tiny = tiny_scenario()
    circles = (
        leg("NGB-JX", "NGB", "JX-HUB"),
        leg("SIN-NGB", "SIN", "NGB"),
        leg("JX-HZ", "JX-HUB", "HZ-WH"),
    )
    scenario = tiny.model_copy(update={"legs": (*tiny.legs, *circles)})
    routes = routes_of(Lookup(scenario))
    assert all(len(set(route.sites)) == len(route.sites) for route in routes)
    assert {route.name for route in routes} == {"HZ-JX", BOX, LOOSE}


def test_parallel_legs_are_routes_of_their_own() -> None:
    tiny = tiny_scenario()
    scenario = tiny.model_copy(update={"legs": (*tiny.legs, leg("van", "HZ-WH", "JX-HUB"))})
    assert len(route_names(scenario)) == 6


def test_a_market_is_not_served_through_another_of_its_entry_sites() -> None:
    """Goods for a market served from hub and gateway stop at the hub; others may pass it."""
    scenario = changed(tiny_scenario(), "markets", 1, entry_sites=("SIN", "JX-HUB"))
    lookup = Lookup(scenario)
    trips = trips_of(lookup)
    serving = {
        name: {
            trips.routes[trips.route[k]].name
            for k in market_trips(lookup, trips, lookup.channel_at[name])
        }
        for name in ("CN-APP", "SG-SHOP")
    }
    assert serving == {"CN-APP": {"HZ-JX"}, "SG-SHOP": {"HZ-JX"}}
    apart = Lookup(tiny_scenario())
    trips = trips_of(apart)
    names = {trips.routes[trips.route[k]].name for k in market_trips(apart, trips, 1)}
    assert names == {BOX, LOOSE}


def test_a_frozen_shipment_serves_the_market_of_its_entry_site() -> None:
    lookup = Lookup(full_scenario())
    trips = trips_of(lookup)
    frozen = set(np.flatnonzero(trips.frozen >= 0).tolist())
    assert len(frozen) == 1
    assert frozen <= set(market_trips(lookup, trips, 1).tolist())
    assert not frozen & set(market_trips(lookup, trips, 0).tolist())
    (trip,) = frozen
    assert trips.name(trip, lookup) == "frozen F1"
    assert (trips.ship_day[trip], trips.arrival_day[trip]) == (-16, 4)  # left before the plan
    assert (trips.ship_period[trip], trips.arrival_period[trip]) == (0, 1)
    assert trip not in trips.leg_visits[:, 0] and trip not in trips.site_visits[:, 0]


LOOKUP = Lookup(tiny_scenario())


def day(number: int) -> date:
    return START + timedelta(days=number)


def test_without_a_calendar_a_leg_departs_every_day() -> None:
    assert [departure_day(leg("l", "A", "B"), ready, LOOKUP) for ready in (0, 1, 13)] == [0, 1, 13]


@pytest.mark.parametrize(
    ("first", "ready", "departs"),
    [
        (4, 0, 4),
        (4, 4, 4),
        (4, 5, 11),
        (4, 11, 11),
        (25, 0, 4),  # whole weeks before the first known departure
        (25, 12, 18),
        (-3, 0, 4),  # and after one before the plan
    ],
)
def test_a_leg_departs_whole_multiples_before_and_after_a_known_day(
    first: int, ready: int, departs: int
) -> None:
    weekly = leg("l", "A", "B", first_departure=day(first), departure_every_days=7)
    assert departure_day(weekly, ready, LOOKUP) == departs


@pytest.mark.parametrize(
    ("ready", "departs"), [(0, 11), (10, 11), (11, 11), (12, 18), (18, 18), (19, None), (40, None)]
)
def test_a_leg_departs_while_it_is_open(ready: int, departs: int | None) -> None:
    """Weekly from day 4, open from day 6 to day 20: departures on days 11 and 18."""
    seasonal = leg(
        "l",
        "A",
        "B",
        first_departure=day(4),
        departure_every_days=7,
        open_from=day(6),
        open_to=day(20),
    )
    assert departure_day(seasonal, ready, LOOKUP) == departs


@pytest.mark.parametrize(("ready", "departs"), [(0, 6), (7, 7), (20, 20), (21, None)])
def test_a_daily_leg_departs_on_its_first_and_last_open_day(
    ready: int, departs: int | None
) -> None:
    daily = leg("l", "A", "B", open_from=day(6), open_to=day(20))
    assert departure_day(daily, ready, LOOKUP) == departs


@given(first=st.integers(-60, 60), every=st.integers(1, 30), ready=st.integers(0, 60))
def test_a_departure_is_the_first_of_its_calendar_on_or_after_the_day(
    first: int, every: int, ready: int
) -> None:
    regular = leg("l", "A", "B", first_departure=day(first), departure_every_days=every)
    departs = departure_day(regular, ready, LOOKUP)
    assert departs is not None
    assert ready <= departs < ready + every
    assert (departs - first) % every == 0


def test_a_trip_waits_for_departures_and_dwells_at_every_site() -> None:
    """Out on day 0, at the hub on day 1, ready on 2; port on 3; ship on 4; gate on 12, ready 13."""
    trips = trips_of(LOOKUP)
    trip = trip_of(trips, BOX, 1)
    days = [trips.leg_days[trip, k] for k in (0, 1, 2)]
    assert days == [(0, 1), (2, 3), (4, 12)]
    assert (trips.ship_day[trip], trips.arrival_day[trip], trips.arrival_period[trip]) == (0, 13, 1)
    later = trip_of(trips, BOX, 2)
    assert [trips.leg_days[later, k] for k in (0, 1, 2)] == [(14, 15), (16, 17), (18, 26)]
    assert (trips.arrival_day[later], trips.arrival_period[later]) == (27, 2)


@pytest.mark.parametrize(
    ("handling", "arrival", "period"), [(0, 12, 1), (1, 13, 1), (2, 14, 2), (29, 41, 3)]
)
def test_the_arrival_period_is_that_of_the_day_goods_are_ready(
    handling: int, arrival: int, period: int
) -> None:
    trips = trips_of(Lookup(changed(tiny_scenario(), "sites", 3, handling_days=handling)))
    trip = trip_of(trips, BOX, 1)
    assert (trips.arrival_day[trip], trips.arrival_period[trip]) == (arrival, period)


def test_a_trip_that_would_arrive_after_the_horizon_does_not_exist() -> None:
    """Day 41 is the last of 42; loose cargo of period 3 would be ready on day 42."""
    trips = trips_of(LOOKUP)
    assert trips.arrival_day[trip_of(trips, BOX, 3)] == 41
    periods = {
        int(trips.ship_period[k])
        for k in range(len(trips.route))
        if trips.routes[trips.route[k]].name == LOOSE
    }
    assert periods == {1, 2}


def test_a_closed_leg_ends_its_route() -> None:
    trips = trips_of(Lookup(changed(tiny_scenario(), "legs", 2, open_to=day(17))))
    boxes = [k for k in range(len(trips.route)) if trips.routes[trips.route[k]].name == BOX]
    assert [int(trips.ship_period[k]) for k in boxes] == [1]  # the next ship would leave on day 18


def test_capacity_is_used_when_a_leg_departs_and_when_a_site_is_reached() -> None:
    """A truck of 13 days: the hub is reached on day 13, left on 14, the ship sails on day 18."""
    lookup = Lookup(changed(tiny_scenario(), "legs", 0, transit_days=13))
    trips = trips_of(lookup)
    trip = trip_of(trips, BOX, 1)
    legs = {int(k): int(p) for t, k, p in trips.leg_visits if t == trip}
    sites = {lookup.scenario.sites[k].site: int(p) for t, k, p in trips.site_visits if t == trip}
    assert legs == {0: 1, 1: 2, 2: 2}
    assert sites == {"HZ-WH": 1, "JX-HUB": 1, "NGB": 2, "SIN": 2}


def one_leg(**fields: Any) -> Scenario:
    """The tiny scenario with a single leg from the warehouse to the gateway."""
    out = leg("out", "HZ-WH", "SIN", **fields)
    return tiny_scenario().model_copy(update={"legs": (out,)})


def abroad(scenario: Scenario, lot: int, period: int = 1) -> float:
    """International freight of a unit on the only route abroad, CNY."""
    lookup = Lookup(scenario)
    trips = trips_of(lookup)
    return float(
        trip_costs(lookup, trips).freight_international[lot, trip_of(trips, "out", period)]
    )


@pytest.mark.parametrize(
    ("fields", "lot", "freight"),
    [
        ({"cost_per_cbm": 60.0}, L1, 60 * 0.008),
        ({"cost_per_kg": 25.0}, L1, 25 * 1.1),
        ({"cost_per_kg": 25.0, "kg_per_cbm": 167.0}, L1, 25 * 0.008 * 167),  # bulky: 1.336 kg
        ({"cost_per_kg": 25.0, "kg_per_cbm": 100.0}, L1, 25 * 1.1),  # dense: 0.8 < 1.1 kg
        ({"cost_per_unit": 3.5}, L2, 3.5),
        ({"cost_per_box": 1400.0, "equipment": "40HC"}, L3, 1400 * 0.013 / 68),
        (
            {"cost_per_box": 1400.0, "equipment": "40HC", "fill_share": 0.9},
            L3,
            1400 * 0.013 / 61.2,
        ),
        ({"cost_per_box": 1400.0}, L3, 0.0),  # no box, no part of one
        (
            {"cost_per_cbm": 60.0, "cost_per_kg": 2.0, "cost_per_unit": 1.0},
            L2,
            60 * 0.003 + 2 * 0.4 + 1,
        ),
    ],
)
def test_freight_by_volume_weight_piece_and_box(
    fields: dict[str, Any], lot: int, freight: float
) -> None:
    assert abroad(one_leg(**fields), lot) == pytest.approx(freight)


def test_charges_at_the_start_have_a_currency_of_their_own() -> None:
    fields = {
        "cost_per_cbm": 55.0,
        "currency": "USD",
        "origin_cost_per_cbm": 80.0,
        "origin_cost_per_box": 1200.0,
        "equipment": "40HC",
    }
    in_yuan = 80 * 0.008 + 1200 * 0.008 / 68
    freight = 7.1 * 55 * 0.008
    assert abroad(one_leg(**fields, origin_currency="CNY"), L1) == pytest.approx(freight + in_yuan)
    assert abroad(one_leg(**fields), L1) == pytest.approx(freight + 7.1 * in_yuan)


def test_freight_is_paid_at_the_rate_of_the_ship_day() -> None:
    """The dollar is worth 7.1 until 31 January and 7.2 from 1 February, day 27."""
    scenario = one_leg(cost_per_unit=1.0, currency="USD")
    assert [abroad(scenario, L1, period) for period in (1, 2, 3)] == pytest.approx([7.1, 7.1, 7.2])


def test_heavy_goods_fill_a_box_by_weight() -> None:
    scenario = one_leg(equipment="40HC", fill_share=0.9)
    heavy = changed(scenario, "lots", L2, kg=26.0)
    lookup = Lookup(heavy)
    assert box_share(lookup, heavy.legs[0]) == pytest.approx(
        [0.008 / 61.2, 26 / 26_000, 0.013 / 61.2]
    )
    assert box_share(lookup, leg("l", "HZ-WH", "SIN")).tolist() == [0, 0, 0]


def test_chargeable_weight_is_the_greater_of_real_and_volumetric() -> None:
    kg, cbm = np.array([1.0, 1.0, 0.2]), np.array([0.004, 0.01, 0.0])
    assert chargeable_kg(kg, cbm, 167.0) == pytest.approx([1.0, 1.67, 0.2])
    assert chargeable_kg(kg, cbm, 0.0) == pytest.approx(kg)


def test_a_leg_is_domestic_when_both_its_ends_are_at_home() -> None:
    """Two trucks at home, the ship across the border, a truck abroad: the last two are abroad's."""
    tiny = tiny_scenario()
    shop = r.Site(site="MALL", kind=SiteKind.OVERSEAS, country="SG", currency="SGD")
    last = leg("SIN-MALL", "SIN", "MALL", cost_per_unit=0.5, currency="SGD")
    scenario = tiny.model_copy(update={"sites": (*tiny.sites, shop), "legs": (*tiny.legs, last)})
    lookup = Lookup(changed(scenario, "markets", 1, entry_sites=("MALL",)))
    trips = trips_of(lookup)
    costs = trip_costs(lookup, trips)
    trip = trip_of(trips, BOX + " > SIN-MALL", 1)
    share = 0.008 / (68 * 0.9)
    sea = 1400 * 7.1 * share + 1200 * share
    assert costs.freight_domestic[L1, trip] == pytest.approx((60 + 45) * 0.008)
    assert costs.freight_international[L1, trip] == pytest.approx(sea + 0.5 * 5.3)
    home = trip_of(trips, "HZ-JX", 1)
    assert costs.freight_domestic[L1, home] == pytest.approx(60 * 0.008)
    assert costs.freight_international[L1, home] == 0


def test_handling_is_outbound_of_sites_left_and_inbound_of_sites_entered() -> None:
    scenario = changed(tiny_scenario(), "sites", 0, outbound_cost_per_unit=0.6)
    scenario = changed(scenario, "sites", 0, inbound_cost_per_unit=9.0)  # nothing enters it
    scenario = changed(scenario, "sites", 3, inbound_cost_per_unit=0.2, outbound_cost_per_unit=9.0)
    lookup = Lookup(scenario)
    trips = trips_of(lookup)
    costs = trip_costs(lookup, trips)
    home, out = trip_of(trips, "HZ-JX", 1), trip_of(trips, BOX, 1)
    assert costs.handling[home] == pytest.approx(0.6 + 0.3)  # sold from the hub
    assert costs.handling[out] == pytest.approx(0.6 + 0.3 + 0.4)
    assert costs.handling_abroad[home] == 0.0
    assert costs.handling_abroad[out] == pytest.approx(0.2 * 5.3)


def test_emissions_add_up_over_the_legs_by_weight() -> None:
    scenario = changed(tiny_scenario(), "legs", 0, co2e_kg_per_tonne=10.0)
    lookup = Lookup(scenario)
    trips = trips_of(lookup)
    got = trip_costs(lookup, trips).co2e_per_kg[trip_of(trips, BOX, 1)]
    assert got == pytest.approx(50 / 1000)


def test_a_frozen_shipment_costs_nothing_to_move() -> None:
    lookup = Lookup(full_scenario())
    trips = trips_of(lookup)
    costs = trip_costs(lookup, trips)
    (trip,) = np.flatnonzero(trips.frozen >= 0)
    for cost in vars(costs).values():
        assert not cost[..., trip].any() and cost.any() == bool(cost.sum())


def test_labelling_is_done_at_the_first_hub_that_can() -> None:
    tiny = tiny_scenario()
    second = tiny.sites[1].model_copy(update={"site": "NGB-HUB", "relabel_units_per_day": None})
    scenario = tiny.model_copy(
        update={
            "sites": (*tiny.sites, second),
            "legs": (
                *tiny.legs,
                leg("JX-HUB2", "JX-HUB", "NGB-HUB"),
                leg("HUB2-SIN", "NGB-HUB", "SIN"),
            ),
        }
    )
    name = "HZ-JX > JX-HUB2 > HUB2-SIN"
    for each, where in ((scenario, "JX-HUB"), (_without_labels(scenario), "NGB-HUB")):
        lookup = Lookup(each)
        (route,) = (route for route in routes_of(lookup) if route.name == name)
        assert each.sites[relabel_site(lookup, route)].site == where
    lookup = Lookup(_without_labels(tiny))
    assert {relabel_site(lookup, route) for route in routes_of(lookup)} == {-1}


def _without_labels(scenario: Scenario) -> Scenario:
    return changed(scenario, "sites", 1, relabel_units_per_day=0.0)
