"""Freight paid by the departure, row by row: who loads a box, what a load is charged at."""

from __future__ import annotations

from random import Random

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import ChargedOn, FeeModel, Incoterm, RuleMode
from planner.landed_cost.options import price_scenario
from planner.landed_cost.tariffs import planned_part, tariffs
from planner.model import rules
from planner.model.board import MEASURE_SLACK, Board
from planner.model.program import NO_LIMIT
from planner.model.rules.freight import Boxes, Charged, Steps, planned_freight
from tests.exhibits import tiny_scenario
from tests.model.test_rules import (
    BOX,
    LOOSE,
    Row,
    added,
    board,
    changed,
    ones,
    option_columns,
    rows_of,
    some,
)

FIRST, SECOND, THIRD = "2026-01-09", "2026-01-23", "2026-02-06"
"""The ship to Singapore leaves on Fridays; goods of a period reach the port for these."""
CBM = {"L1": 0.008, "L2": 0.003, "L3": 0.013}
KG = {"L1": 1.1, "L2": 0.4, "L3": 1.4}
SLACK = 1 + MEASURE_SLACK


def in_boxes(scenario: Scenario | None = None) -> Scenario:
    """The tiny scenario with its sea leg paid by 40HC and, at most two a departure, 20GP."""
    small = r.Equipment(equipment="20GP", usable_cbm=28.0, payload_kg=21600.0)
    scenario = added(scenario or tiny_scenario(), "equipment", small)
    for row in (
        r.LegBox(leg="NGB-SIN-FCL", equipment="20GP", cost_per_box=900.0, fill_share=0.5,
                 boxes_most_per_departure=2),
        r.LegBox(leg="NGB-SIN-FCL", equipment="40HC", cost_per_box=1400.0,
                 origin_cost_per_box=1200.0, fill_share=0.9),
    ):  # fmt: skip
        scenario = added(scenario, "leg_boxes", row)
    return scenario


def by_steps(minimum: float = 0.0) -> Scenario:
    """The tiny scenario with its loose cargo charged 55, from 0.4 cbm 40 dollars per cbm."""
    scenario = changed(tiny_scenario(), "legs", 3, minimum_charge=minimum, kg_per_cbm=150.0)
    for start, rate in ((0.0, 55.0), (0.4, 40.0)):
        row = r.RateBreak(
            leg="NGB-SIN-LCL", charged_on=ChargedOn.CBM, from_quantity=start, rate=rate
        )
        scenario = added(scenario, "rate_breaks", row)
    return scenario


def buyer_ships(scenario: Scenario) -> Scenario:
    """Singapore buys wholesale FOB: what happens after Ningbo is its own affair."""
    deal = {
        "fee_model": FeeModel.WHOLESALE,
        "incoterm": Incoterm.FOB,
        "wholesale_ratio": 0.4,
        "style_share": 1.0,
    }
    return changed(scenario, "channels", 1, **deal)


def columns_named(on: Board, family: type[Boxes] | type[Steps] | type[Charged]) -> dict[str, int]:
    """Column of each decision of a family by its label."""
    return dict(zip(on.columns.of(family).labels, on.columns.at(family).tolist(), strict=True))


def test_box_space_holds_all_goods_of_a_departure_in_all_its_boxes() -> None:
    on = board(in_boxes())
    rows = rows_of(rules.box_space(on))
    assert {label.split(" | ")[1] for label, _ in rows} == {FIRST, SECOND, THIRD}
    boxes = columns_named(on, Boxes)
    small = boxes[f"NGB-SIN-FCL | {SECOND} | 20GP"]
    large = boxes[f"NGB-SIN-FCL | {SECOND} | 40HC"]
    goods = some(on, route=BOX, ship=2)
    assert {option_columns(on)[k].lot for k in goods} == {"L1", "L2", "L3"}
    cbm = {k: CBM[option_columns(on)[k].lot] for k in goods}
    kg = {k: KG[option_columns(on)[k].lot] for k in goods}
    room = {small: -28.0 * 0.5 * SLACK, large: -68.0 * 0.9 * SLACK}
    payload = {small: -21600.0 * SLACK, large: -26000.0 * SLACK}
    found = rows[f"NGB-SIN-FCL | {SECOND} | cbm", 2]
    assert found.weights == pytest.approx(cbm | room)
    assert rows[f"NGB-SIN-FCL | {SECOND} | kg", 2].weights == pytest.approx(kg | payload)
    assert (found.lower, found.upper) == (-NO_LIMIT, 0.0)


def test_box_space_is_paid_for_at_the_rates_of_the_departure() -> None:
    on = board(in_boxes())
    value = {
        label: float(-on.columns.of(Boxes).value[at - on.columns.first(Boxes)])
        for label, at in columns_named(on, Boxes).items()
    }
    assert value[f"NGB-SIN-FCL | {FIRST} | 40HC"] == pytest.approx(1400 * 7.1 + 1200)
    assert value[f"NGB-SIN-FCL | {THIRD} | 40HC"] == pytest.approx(1400 * 7.2 + 1200)
    assert value[f"NGB-SIN-FCL | {FIRST} | 20GP"] == pytest.approx(900 * 7.1)


def test_box_space_asks_for_no_more_boxes_than_would_carry_everything() -> None:
    """120 x 0.008 + 80 x 0.003 = 1.2 cbm in the first period; heavy jackets go by weight."""
    on = board(in_boxes())
    assert set(on.columns.of(Boxes).most) == {1.0}
    wanted = changed(tiny_scenario(), "demand", 2, units_per_period=800.0)
    heavy = board(in_boxes(changed(wanted, "lots", 0, kg=500.0)))
    most = dict(zip(heavy.columns.of(Boxes).labels, heavy.columns.of(Boxes).most, strict=True))
    assert most[f"NGB-SIN-FCL | {FIRST} | 20GP"] == np.ceil((120 * 500 + 80 * 0.4) / 21600)
    assert most[f"NGB-SIN-FCL | {FIRST} | 40HC"] == np.ceil((120 * 500 + 80 * 0.4) / 26000)


@pytest.mark.parametrize("mode", [RuleMode.SOFT, RuleMode.OFF])
def test_box_space_may_take_the_whole_stock_where_shoppers_are_no_limit(mode: RuleMode) -> None:
    """Shoppers want fewer heavy jackets than there are; once that is soft, all may be sent."""
    heavy = changed(in_boxes(), "lots", 0, kg=500.0)
    eased = added(heavy, "rule_settings", r.RuleSetting(rule="demand_pool", mode=mode, price=1.0))
    name = f"NGB-SIN-FCL | {FIRST} | 20GP"
    least, most = (
        dict(zip(on.columns.of(Boxes).labels, on.columns.of(Boxes).most, strict=True))[name]
        for on in (board(heavy), board(eased))
    )
    assert least < most == np.ceil((120 * 500 + 80 * 0.4) / 21600)


def test_box_space_is_not_used_by_goods_whose_freight_is_the_buyers() -> None:
    on = board(buyer_ships(in_boxes()))
    assert some(on, route=BOX)
    assert not rows_of(rules.box_space(on))
    assert not len(on.columns.of(Boxes))


def test_box_limit_counts_the_boxes_of_a_type() -> None:
    on = board(in_boxes())
    rows = rows_of(rules.box_limit(on))
    boxes = columns_named(on, Boxes)
    assert rows == {
        (label, period): Row({boxes[label]: 1.0}, -NO_LIMIT, 2.0)
        for period, day in ((1, FIRST), (2, SECOND), (3, THIRD))
        for label in (f"NGB-SIN-FCL | {day} | 20GP",)
    }


def test_leg_capacity_counts_whole_boxes_and_the_box_shares_of_loose_cargo() -> None:
    on = board(in_boxes(changed(tiny_scenario(), "legs", 3, cost_per_cbm=1.0)))
    row = rows_of(rules.leg_capacity(on))["NGB-SIN-FCL | boxes", 1]
    boxes = columns_named(on, Boxes)
    loose = some(on, route=LOOSE, ship=1)
    right = {k: CBM[option_columns(on)[k].lot] / (68 * 0.9) for k in loose}
    right |= {boxes[f"NGB-SIN-FCL | {FIRST} | {kind}"]: 1.0 for kind in ("20GP", "40HC")}
    assert row.weights == pytest.approx(right)
    assert row.upper == 1.0


def test_leg_capacity_counts_the_box_shares_of_a_buyer_who_ships_in_boxes_of_his_own() -> None:
    on = board(buyer_ships(in_boxes()))
    row = rows_of(rules.leg_capacity(on))["NGB-SIN-FCL | boxes", 1]
    assert set(row.weights) == some(on, route=(BOX, LOOSE), ship=1)


def test_charged_load_is_covered_by_the_least_charge_of_a_step_and_what_is_charged_above() -> None:
    """From 0.4 cbm at 40: the least charge of 16 dollars covers 0.4 cbm. By weight 150 kg a cbm."""
    on = board(by_steps())
    rows = rows_of(rules.charged_load(on))
    fixed, above = columns_named(on, Steps), columns_named(on, Charged)
    names = {start: f"NGB-SIN-LCL | {FIRST} | from {start}" for start in ("0", "0.4")}
    goods = some(on, route=LOOSE, ship=1)
    pays = {
        fixed[names["0"]]: 0.0,
        fixed[names["0.4"]]: -0.4 * SLACK,
        above[names["0"]]: -SLACK,
        above[names["0.4"]]: -SLACK,
    }
    lots = {k: option_columns(on)[k].lot for k in goods}
    by_volume = rows[f"NGB-SIN-LCL | {FIRST} | volume", 1]
    assert by_volume.weights == pytest.approx({k: CBM[lot] for k, lot in lots.items()} | pays)
    by_weight = rows[f"NGB-SIN-LCL | {FIRST} | weight", 1]
    assert by_weight.weights == pytest.approx({k: KG[lot] / 150 for k, lot in lots.items()} | pays)
    value = np.concatenate([on.columns.of(family).value for family in (Steps, Charged)])
    first = on.columns.first(Steps)
    assert first + len(on.columns.of(Steps)) == on.columns.first(Charged)
    assert value[fixed[names["0.4"]] - first] == pytest.approx(-0.4 * 40 * 7.1)
    assert value[above[names["0"]] - first] == pytest.approx(-55 * 7.1)


def test_charged_load_of_a_minimum_charge_is_covered_up_to_the_minimum() -> None:
    """A minimum of 11 dollars carries 0.2 cbm at 55; 22 dollars of the step from 0.4 need no help."""
    on = board(by_steps(minimum=11.0))
    steps = on.columns.of(Steps)
    covers = dict(zip(steps.labels, steps.covers.tolist(), strict=True))
    assert covers[f"NGB-SIN-LCL | {FIRST} | from 0"] == pytest.approx(0.2)
    assert covers[f"NGB-SIN-LCL | {FIRST} | from 0.4"] == pytest.approx(0.4)
    value = dict(zip(steps.labels, steps.value.tolist(), strict=True))
    assert value[f"NGB-SIN-LCL | {FIRST} | from 0"] == pytest.approx(-11 * 7.1)


def test_charged_step_charges_nothing_at_a_step_not_declared() -> None:
    """What can be charged beyond a step is the greatest load of the departure less what it covers."""
    on = board(by_steps())
    rows = rows_of(rules.charged_step(on))
    fixed, above = columns_named(on, Steps), columns_named(on, Charged)
    (here,) = (each for each in on.columns.of(Steps).departures if each.day == 4)
    lots = on.priced.lookup.scenario.lots
    most = dict(zip((row.lot for row in lots), here.most.tolist(), strict=True))
    assert most["L2"] == 80.0 and most["L3"] == 0.0  # all dresses; the third lot is not free yet
    greatest = max(
        sum(CBM[name] * units for name, units in most.items()),
        sum(KG[name] * units for name, units in most.items()) / 150,
    )
    name = f"NGB-SIN-LCL | {FIRST} | from 0.4"
    row = rows[name, 1]
    assert row.weights == pytest.approx({above[name]: 1.0, fixed[name]: -(greatest - 0.4)})
    assert (row.lower, row.upper) == (-NO_LIMIT, 0.0)


def test_one_step_is_declared_for_a_departure() -> None:
    on = board(by_steps())
    fixed = columns_named(on, Steps)
    for (label, _), row in rows_of(rules.one_step(on)).items():
        own = {at for name, at in fixed.items() if name.startswith(f"{label} | ")}
        assert len(own) == 2
        assert row == Row(ones(own), -NO_LIMIT, 1.0)


def test_steps_no_load_can_reach_are_left_out() -> None:
    far = r.RateBreak(leg="NGB-SIN-LCL", charged_on=ChargedOn.CBM, from_quantity=400.0, rate=30.0)
    dear = r.RateBreak(leg="NGB-SIN-LCL", charged_on=ChargedOn.CBM, from_quantity=0.1, rate=60.0)
    on = board(added(added(by_steps(), "rate_breaks", far), "rate_breaks", dear))
    assert {label.split(" | ")[2] for label in on.columns.of(Steps).labels} == {
        "from 0",
        "from 0.4",
    }


@pytest.mark.parametrize("seed", range(20))
def test_the_cost_of_a_departure_never_falls_when_its_load_rises(seed: int) -> None:
    """Any steps, even with rates that rise, and any minimum; and it is the least of all steps."""
    dice = Random(seed)
    steps = [(0.0, dice.uniform(1, 9))]
    steps += [(dice.uniform(1, 300), dice.uniform(1, 9)) for _ in range(dice.randint(0, 4))]
    minimum = dice.choice((0.0, dice.uniform(1, 400)))
    scenario = changed(tiny_scenario(), "legs", 3, minimum_charge=minimum)
    for start, rate in steps:
        row = r.RateBreak(
            leg="NGB-SIN-LCL", charged_on=ChargedOn.CBM, from_quantity=start, rate=rate
        )
        scenario = added(scenario, "rate_breaks", row)
    (tariff,) = tariffs(Lookup(scenario)).values()
    loads = sorted(dice.uniform(0.001, 500) for _ in range(200))
    costs = [tariff.cheapest(load)[1] for load in loads]
    assert costs == sorted(costs)
    for load, cost in zip(loads, costs, strict=True):
        right = max(minimum, min(rate * max(load, start) for start, rate in steps))
        assert cost == pytest.approx(right)
        useful = min(max(step.least, step.rate * load) for step in tariff.useful(loads[-1]))
        assert useful == pytest.approx(right)


def test_a_leg_with_only_a_minimum_has_its_own_rate_as_the_single_step() -> None:
    sea = changed(tiny_scenario(), "legs", 3, minimum_charge=55.0)
    (loose,) = tariffs(Lookup(sea)).values()
    assert (loose.charged_on, loose.cheapest(0.5)[1], loose.cheapest(2.0)[1]) == (
        "cbm",
        55.0,
        110.0,
    )
    air = changed(
        tiny_scenario(), "legs", 3, minimum_charge=55.0, cost_per_kg=2.0, kg_per_cbm=167.0
    )
    (flown,) = tariffs(Lookup(air)).values()
    assert flown.charged_on == "kg"
    assert flown.load(np.array([0.3, 0.1]), np.array([10.0, 90.0])) == 100.0
    assert flown.cheapest(100.0)[1] == 200.0


def test_loose_cargo_counts_a_tonne_as_a_cubic_metre() -> None:
    sea = changed(tiny_scenario(), "legs", 3, minimum_charge=55.0, kg_per_cbm=1000.0)
    (tariff,) = tariffs(Lookup(sea)).values()
    assert tariff.load(np.array([1.0]), np.array([2_500.0])) == 2.5
    assert tariff.load(np.array([3.0]), np.array([2_500.0])) == 3.0


def test_planned_freight_is_what_the_waterfall_holds_of_the_legs_paid_as_a_whole() -> None:
    """A jacket of 0.008 cbm carries 0.008 / 61.2 of 1,400 dollars and of 1,200 yuan."""
    priced = price_scenario(Lookup(in_boxes()))
    on = board(in_boxes())
    credit = planned_freight(priced)
    each = 0.008 / (68 * 0.9) * (1400 * 7.1 + 1200)
    assert credit[list(some(on, lot="L1", route=BOX, ship=1))] == pytest.approx(each)
    assert not credit[list(some(on, channel="CN-APP"))].any()
    waterfalls = priced.waterfalls(np.arange(len(priced.options)))
    moved = credit > 0
    assert waterfalls["freight_international"][moved].to_numpy() == pytest.approx(credit[moved])


def test_planned_freight_of_a_leg_charged_by_its_load_is_its_rate_by_volume_only() -> None:
    """80 yuan a cbm at the start of the leg stay with every unit."""
    priced = price_scenario(Lookup(by_steps()))
    on = board(by_steps())
    goods = list(some(on, lot="L2", route=LOOSE, ship=1))
    assert planned_freight(priced)[goods] == pytest.approx(0.003 * 55 * 7.1)
    waterfalls = priced.waterfalls(np.array(goods))
    whole = 0.003 * (55 * 7.1 + 80)
    assert waterfalls["freight_international"].to_numpy() == pytest.approx(whole)
    part = planned_part(priced.lookup, priced.lookup.leg_at["NGB-SIN-LCL"], np.array([0]))
    assert part[priced.lookup.lot_at["L2"], 0] == pytest.approx(0.003 * 55 * 7.1)


def test_planned_freight_is_not_credited_where_the_buyer_pays_or_no_departure_is_paid_whole() -> (
    None
):
    for scenario in (tiny_scenario(), buyer_ships(in_boxes())):
        assert not planned_freight(price_scenario(Lookup(scenario))).any()


def test_box_units_counts_bulky_goods_by_the_unit() -> None:
    """A 20GP at half fill holds 14 cbm: one jacket of 8 cbm; the 40HC's 61.2 cbm hold seven."""
    on = board(in_boxes(changed(tiny_scenario(), "lots", 0, cbm=8.0)))
    rows = rows_of(rules.box_units(on))
    boxes = columns_named(on, Boxes)
    assert {label.split(" | ")[2] for label, _ in rows} == {"L1"}  # dresses fill a box by volume
    goods = some(on, lot="L1", route=BOX, ship=2)
    holds = {
        boxes[f"NGB-SIN-FCL | {SECOND} | 20GP"]: -1.0,
        boxes[f"NGB-SIN-FCL | {SECOND} | 40HC"]: -7.0,
    }
    row = Row(ones(goods) | holds, -NO_LIMIT, 0.0)
    assert rows[f"NGB-SIN-FCL | {SECOND} | L1", 2] == row


def test_box_units_keeps_goods_out_of_boxes_they_do_not_fit() -> None:
    on = board(in_boxes(changed(tiny_scenario(), "lots", 0, kg=25_000.0)))
    row = rows_of(rules.box_units(on))[f"NGB-SIN-FCL | {FIRST} | L1", 1]
    boxes = columns_named(on, Boxes)
    assert row.weights[boxes[f"NGB-SIN-FCL | {FIRST} | 20GP"]] == 0.0
    assert row.weights[boxes[f"NGB-SIN-FCL | {FIRST} | 40HC"]] == -1.0


def test_box_units_are_no_rule_for_small_goods() -> None:
    assert not rows_of(rules.box_units(board(in_boxes())))


def wanted_by_many() -> Scenario:
    """Stock and appetite for far more than one box."""
    scenario = changed(tiny_scenario(), "lots", 1, units=60_000)
    scenario = changed(scenario, "lots", 0, units=20_000)
    for at in (2, 3):
        scenario = changed(scenario, "demand", at, units_per_period=100_000.0)
    return in_boxes(scenario)


def test_box_stowing_keeps_room_for_a_unit_in_every_box_but_one() -> None:
    """Sizes of 8, 3 and 13 litres have a litre in common: a jacket of 13 needs 12 to be refused."""
    on = board(wanted_by_many())
    row = rows_of(rules.box_stowing(on))[f"NGB-SIN-FCL | {SECOND} | cbm", 2]
    boxes = columns_named(on, Boxes)
    gives = {
        boxes[f"NGB-SIN-FCL | {SECOND} | 20GP"]: -(14.0 - 0.012) * SLACK,
        boxes[f"NGB-SIN-FCL | {SECOND} | 40HC"]: -(61.2 - 0.012) * SLACK,
    }
    goods = {k: CBM[option_columns(on)[k].lot] for k in some(on, route=BOX, ship=2)}
    assert row.weights == pytest.approx(goods | gives)
    assert (row.lower, row.upper) == (-NO_LIMIT, pytest.approx(0.012))
    kg = rows_of(rules.box_stowing(on))[f"NGB-SIN-FCL | {SECOND} | kg", 2]
    assert kg.upper == pytest.approx(1.4 - 0.1)


def test_box_stowing_keeps_nothing_where_all_units_are_equal() -> None:
    """Only jackets of 13 litres are left in the third period: 1,076 of them fill 14 cbm to 13.988."""
    scenario = wanted_by_many()
    for at in (0, 1):
        scenario = changed(scenario, "lots", at, units=0)
    on = board(changed(scenario, "lots", 2, units=20_000))
    row = rows_of(rules.box_stowing(on))[f"NGB-SIN-FCL | {THIRD} | cbm", 3]
    small = columns_named(on, Boxes)[f"NGB-SIN-FCL | {THIRD} | 20GP"]
    assert row.weights[small] == pytest.approx(-1_076 * 0.013)
    assert row.upper == pytest.approx(0.0)


def test_box_stowing_is_no_rule_where_one_box_takes_all_or_goods_are_bulky() -> None:
    one = changed(tiny_scenario(), "equipment", 0, usable_cbm=68.0)
    large = r.LegBox(leg="NGB-SIN-FCL", equipment="40HC", cost_per_box=1400.0)
    assert not rows_of(rules.box_stowing(board(added(one, "leg_boxes", large))))
    bulky = wanted_by_many()
    for at in range(3):
        bulky = changed(bulky, "lots", at, cbm=1.0)
    assert not rows_of(rules.box_stowing(board(bulky)))
