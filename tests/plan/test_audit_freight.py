"""The audit of boxes and charges: every cell is recomputed, every unit is in a box, all of it is paid."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import ChargedOn, FeeModel, Incoterm, Mode, Owner, Perspective
from planner.plan.audit import audit
from planner.plan.audit.read import COLUMNS
from planner.plan.record import Plan
from tests.trade.lane import exact_plan, lane, leg, lot

Tables = dict[str, pd.DataFrame]
SEA = leg("SEA", Mode.SEA_FCL, equipment="40HQ", cost_per_box=4_100.0, fill_share=0.85)
AIR = leg("AIR", Mode.AIR, cost_per_kg=5.0, kg_per_cbm=167.0, minimum_charge=80.0)
BOXES = (
    r.LegBox(leg="SEA", equipment="20GP", cost_per_box=2_300.0, fill_share=0.92),
    r.LegBox(leg="SEA", equipment="40HQ", cost_per_box=4_100.0, fill_share=0.92),
)
BREAKS = (
    r.RateBreak(leg="AIR", charged_on=ChargedOn.KG, rate=6.0),
    r.RateBreak(leg="AIR", charged_on=ChargedOn.KG, from_quantity=100.0, rate=4.0),
)


@cache
def by_sea() -> Plan:
    """84.4 cbm of two owners in a 40HQ and a 20GP, planned at the rate of a 40HQ filled to 85 %."""
    goods = [
        lot("L1", 20_000),
        lot("L2", 8_000, cbm=0.0041, brand="Northpeak", owner=Owner.PLATFORM),
        lot("L3", 100, cbm=0.033, tag=60.0),
    ]
    return exact_plan(lane(goods, [SEA], leg_boxes=BOXES))


@cache
def by_air() -> Plan:
    """90 kg declared as 100."""
    return exact_plan(lane([lot("L1", 90, kg=1.0)], [AIR], rate_breaks=BREAKS))


def places(
    plan: Plan, scenario: Scenario | None = None, value: float = 0.0, **tables: pd.DataFrame
) -> set[tuple[str, str]]:
    """Where the audit points when some tables read otherwise, the plan is worth more, or the
    scenario was another."""
    changed = plan.tables | tables
    found = audit(scenario or plan.scenario, changed, plan.report.value + value)
    return {(each.table, each.field) for each in found}


def test_the_plans_of_these_tests_are_sound() -> None:
    assert by_sea().boxes["equipment"].tolist() == ["40HQ", "20GP"]
    assert by_sea().boxes["cbm"].sum() == pytest.approx(20_000 * 0.0024 + 8_000 * 0.0041 + 3.3)
    assert by_air().charges[["load", "declared"]].iloc[0].tolist() == pytest.approx([90.0, 100.0])
    assert not by_sea().findings and not by_air().findings
    assert places(by_sea()) == places(by_air()) == set()


def otherwise(value: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(value, str):
        return {"cbm": "kg", "kg": "cbm"}.get(value, f"{value}x")
    if isinstance(value, pd.Timestamp):
        return value + timedelta(days=1)
    return value + 1


@pytest.mark.parametrize(
    ("table", "column"),
    [(table, name) for table in ("boxes", "box_loads", "charges") for name in COLUMNS[table]],
)
def test_no_cell_of_boxes_and_charges_can_be_changed_unseen(table: str, column: str) -> None:
    plan = by_air() if table == "charges" else by_sea()
    rows = plan.tables[table].astype(object)
    rows.loc[0, column] = otherwise(rows.loc[0, column])
    found = places(plan, **{table: rows})
    touched = {"boxes", "box_loads", "charges", "lines"}
    assert found and {name for name, _ in found} & touched


@pytest.mark.parametrize("table", ["boxes", "box_loads", "charges"])
def test_no_row_of_boxes_and_charges_can_be_left_out_or_come_twice(table: str) -> None:
    plan = by_air() if table == "charges" else by_sea()
    rows = plan.tables[table]
    assert places(plan, **{table: rows.iloc[1:]})
    assert places(plan, **{table: pd.concat([rows, rows.iloc[:1]], ignore_index=True)})


def test_box_space_too_small_for_the_goods_is_found() -> None:
    small = (BOXES[0].model_copy(update={"fill_share": 0.8}), BOXES[1])
    found = places(by_sea(), by_sea().scenario.model_copy(update={"leg_boxes": small}))
    assert ("lines", "box_space") in found


def test_box_units_of_bulky_goods_are_counted() -> None:
    """Twenty machines of 1,500 kg in two boxes: 6 each where a box carries nine tonnes."""
    plan = exact_plan(
        lane([lot("L1", 20, kg=1_500.0, cbm=0.5, tag=5_000.0)], [SEA], leg_boxes=BOXES[:1])
    )
    assert not plan.findings
    weak = (plan.scenario.equipment[0].model_copy(update={"payload_kg": 9_000.0}),)
    equipment = (*weak, *plan.scenario.equipment[1:])
    found = places(plan, plan.scenario.model_copy(update={"equipment": equipment}))
    assert {("lines", "box_units"), ("lines", "box_space"), ("boxes", "kg")} <= found


def test_a_box_over_its_volume_is_found_though_the_departure_has_room() -> None:
    """300 dresses more are 0.72 cbm; the 40HQ has less room left than that, the 20GP more."""
    plan = by_sea()
    loads = plan.box_loads.copy()
    first, second = (loads[loads["box"] == box].index for box in plan.boxes["box"])
    line = loads.loc[second[0], "line"]
    moved = 300
    at = loads.index[(loads["box"] == plan.boxes["box"][0]) & (loads["line"] == line)]
    assert len(at) == 1 and at[0] in first
    loads.loc[at[0], "units"] += moved
    loads.loc[second[0], "units"] -= moved
    for name in ("cbm", "kg"):
        each = plan.scenario.lots[
            [x.lot for x in plan.scenario.lots].index(loads.loc[at[0], "lot"])
        ]
        loads[name] = np.where(
            loads["line"] == line, loads["units"] * getattr(each, name), loads[name]
        )
    found = audit(plan.scenario, plan.tables | {"box_loads": loads}, plan.report.value)
    overfull = [each for each in found if "holds" in each.problem]
    assert [(each.table, each.field) for each in overfull] == [("boxes", "cbm")]
    assert "lock fewer units" in overfull[0].remedy


def test_units_in_no_box_are_found() -> None:
    plan = by_sea()
    loads = plan.box_loads.copy()
    loads.loc[0, "units"] -= 1
    assert ("lines", "box_loads") in places(plan, box_loads=loads)


def test_box_limit_is_checked() -> None:
    none = (BOXES[0], BOXES[1].model_copy(update={"boxes_most_per_departure": 0}))
    assert places(by_sea(), by_sea().scenario.model_copy(update={"leg_boxes": none})) == {
        ("lines", "box_limit")
    }


def test_leg_capacity_counts_whole_boxes() -> None:
    """Two boxes sail where one may, though together their goods would fill one and a half."""
    one = by_sea().scenario.legs[0].model_copy(update={"boxes_per_period": 1.9})
    assert places(by_sea(), by_sea().scenario.model_copy(update={"legs": (one,)})) == {
        ("lines", "leg_capacity")
    }


def test_charged_load_below_the_next_break_must_be_declared_up() -> None:
    """90 kg at 6 dollars would cost 540, not the 400 of 100 kg at 4."""
    plan = by_air()
    plain = plan.charges.assign(declared=90.0, rate=6.0, cost=540.0)
    legs = plan.legs.assign(freight=540.0)
    found = places(plan, charges=plain, legs=legs, value=-140.0)
    assert {("charges", "cost"), ("charges", "declared"), ("plan", "value")} <= found


def test_freight_of_the_lines_must_add_up_to_the_boxes() -> None:
    plan = by_sea()
    more, shifted = plan.legs.copy(), plan.legs.copy()
    more.loc[0, "freight"] += 0.01
    assert places(plan, legs=more) == {("legs", "freight")}
    shifted.loc[0, "freight"] += 1.0
    shifted.loc[1, "freight"] -= 1.0
    assert places(plan, legs=shifted) == {("legs", "freight")}


def test_a_value_without_the_settlement_is_found() -> None:
    for plan in (by_sea(), by_air()):
        paid = [plan.boxes, plan.charges]
        extra = sum(table["cost"].sum() - table["planned"].sum() for table in paid)
        assert abs(extra) > 1
        assert places(plan, value=extra) == {("plan", "value")}


def test_carriers_get_the_settlement_from_the_owners_of_the_goods() -> None:
    plan = by_sea()
    waterfalls = plan.waterfalls.merge(plan.lines[["line", "units"]], on="line")
    planned = {p: (waterfalls[p] * waterfalls["units"]).sum() for p in plan.parties["party"]}
    money = plan.parties.set_index("party")["money"]
    extra = plan.boxes["cost"].sum() - plan.boxes["planned"].sum()
    assert money["carriers"] - planned["carriers"] == pytest.approx(extra)
    share = {"brand": 20_000 * 0.0024 + 3.3, "platform": 8_000 * 0.0041}
    for party, cbm in share.items():
        change = money[party] - planned[party]
        assert change == pytest.approx(-extra * cbm / sum(share.values()), abs=0.02)
    silent = plan.parties.assign(money=[planned[party] for party in plan.parties["party"]])
    assert places(plan, parties=silent) == {("parties", "money")}


@pytest.mark.parametrize("view", [Perspective.BRAND, Perspective.PLATFORM])
def test_the_party_whose_plan_it_is_bears_the_settlement(view: Perspective) -> None:
    scenario = by_sea().scenario
    header = scenario.header.model_copy(update={"perspective": view})
    plan = exact_plan(scenario.model_copy(update={"header": header}))
    waterfalls = plan.waterfalls.merge(plan.lines[["line", "units"]], on="line")
    money = plan.parties.set_index("party")["money"]
    extra = plan.boxes["cost"].sum() - plan.boxes["planned"].sum()
    paid = (waterfalls[view.value] * waterfalls["units"]).sum()
    assert money[view.value] == pytest.approx(paid - extra)
    assert plan.report.value == pytest.approx(money[view.value], abs=1e-3)
    assert not plan.findings


def test_goods_whose_freight_is_the_buyers_are_in_no_box_of_ours() -> None:
    """A FOB buyer takes his dresses on the same ship in boxes of his own."""
    plain = lane(
        [lot("L1", 2_000)], [SEA], channels=("DEAL", "SHOP"), leg_boxes=BOXES, demand=1_000.0
    )
    fob = {"fee_model": FeeModel.WHOLESALE, "incoterm": Incoterm.FOB, "wholesale_ratio": 1.0}
    channels = (plain.channels[0].model_copy(update=fob), plain.channels[1])
    plan = exact_plan(plain.model_copy(update={"channels": channels}))
    assert not plan.findings
    assert plan.lines.set_index("channel")["units"].to_dict() == {"DEAL": 1_000, "SHOP": 1_000}
    assert plan.box_loads["units"].tolist() == [1_000]
    freight = plan.legs.merge(plan.lines[["line", "channel"]], on="line").set_index("channel")
    assert freight["freight"].to_dict() == {"DEAL": 0.0, "SHOP": 2_300.0}


def test_charges_in_another_currency_are_paid_at_the_rate_of_the_departure() -> None:
    """The yuan rises between the plan's start and the ship's second departure."""
    scenario = lane(
        [lot("L1", 500, available_period=2)],
        [AIR.model_copy(update={"currency": "CNY"})],
        periods=2,
        rate_breaks=BREAKS,
        currencies=(r.CurrencyInfo(currency="USD"), r.CurrencyInfo(currency="CNY")),
        exchange_rates=(
            r.ExchangeRate(currency="CNY", rate=0.14),
            r.ExchangeRate(currency="CNY", valid_from=pd.Timestamp("2026-01-10").date(), rate=0.15),
        ),
    )
    plan = exact_plan(scenario)
    assert plan.charges["cost"].tolist() == pytest.approx([500 * 0.4008 * 4.0 * 0.15])
    assert not plan.findings


Make = Callable[[], Plan]


@pytest.mark.parametrize("make", [by_sea, by_air])
def test_a_plan_without_its_freight_tables_is_found(make: Make) -> None:
    plan = make()
    empty: Tables = {name: plan.tables[name].iloc[:0] for name in ("boxes", "box_loads", "charges")}
    assert places(plan, **empty)
