"""Random scenarios with boxes, breaks and minimum charges drawn for their legs: laws of any plan."""

from __future__ import annotations

from functools import cache
from random import Random

import pandas as pd
import pytest

from planner.domain import records as r
from planner.domain.check import check
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import ChargedOn, FeeModel, Incoterm
from planner.plan.audit.facts import Facts
from planner.plan.record import Plan
from planner.report.figures import figures
from tests.random_rules import bare, boxes, breaks, minimum_charge
from tests.random_scenarios import random_scenario
from tests.solve.in_process import planned
from tests.trade.lane import exact_plan

SEEDS = (1, 5, 7, 11, 15, 27, 35, 39)


def paid_by_departures(seed: int) -> Scenario:
    """A random scenario in which most legs are paid by whole boxes or by a departure's load."""
    scenario, dice = random_scenario(seed), Random(seed + 1000)
    crate = r.Equipment(equipment="crate", usable_cbm=0.31, payload_kg=40.0)
    equipment = (*scenario.equipment, crate)
    legs, boxes, breaks = [], [], []
    for leg in scenario.legs:
        kind = dice.random()
        if kind < 0.4:
            for item in dice.sample(equipment, dice.choice((1, 2))):
                boxes.append(
                    r.LegBox(
                        leg=leg.leg,
                        equipment=item.equipment,
                        cost_per_box=round(dice.uniform(1, 300), 2),
                        origin_cost_per_box=dice.choice((0.0, 15.0)),
                        fill_share=round(dice.uniform(0.5, 1), 2),
                        boxes_most_per_departure=dice.choice((None, None, 1, 2)),
                    )
                )
        elif kind < 0.8:
            unit = dice.choice(list(ChargedOn))
            scale, start = (1.0, 20.0) if unit == ChargedOn.KG else (60.0, 0.3), 0.0
            for _ in range(dice.randint(1, 3)):
                rate = round(dice.uniform(1, 8) * scale[0], 2)
                breaks.append(
                    r.RateBreak(
                        leg=leg.leg, charged_on=unit, from_quantity=round(start, 3), rate=rate
                    )
                )
                start += dice.uniform(0.1, 1) * scale[1]
            minimum = dice.choice((0.0, round(dice.uniform(1, 80), 2)))
            terms = {"minimum_charge": minimum, "kg_per_cbm": dice.choice((0.0, 167.0))}
            leg = leg.model_copy(update=terms)
        legs.append(leg)
    changed = {"legs": legs, "leg_boxes": boxes, "rate_breaks": breaks, "equipment": equipment}
    found = scenario.model_copy(update={name: tuple(rows) for name, rows in changed.items()})
    assert not check(found)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_audit_finds_nothing_and_every_part_is_paid_once(seed: int) -> None:
    plan = exact_plan(paid_by_departures(seed))
    assert len(plan.boxes) + len(plan.charges) > 0
    assert not plan.findings
    assert figures(plan).value == pytest.approx(plan.report.value, abs=0.01)


@pytest.mark.parametrize("seed", SEEDS[:5])
def test_dearer_departures_never_make_a_plan_worth_more(seed: int) -> None:
    scenario = paid_by_departures(seed)
    dearer = {
        "leg_boxes": tuple(
            row.model_copy(update={"cost_per_box": row.cost_per_box * 1.5})
            for row in scenario.leg_boxes
        ),
        "rate_breaks": tuple(
            row.model_copy(update={"rate": row.rate * 1.5}) for row in scenario.rate_breaks
        ),
    }
    plan, worse = exact_plan(scenario), exact_plan(scenario.model_copy(update=dearer))
    assert worse.report.value <= plan.report.value + 1e-4


# --- freight reckoned again from the list of boxes, what is in them, and the tariffs

SMALL = range(30)
TINY = 1e-9


@cache
def small(seed: int) -> Plan:
    """The plan of a small scenario in which most legs are paid by boxes, breaks or a minimum."""
    dice = Random(seed)
    scenario = bare(seed, dice)
    for mix in (boxes, breaks, minimum_charge):
        after = mix(scenario, dice)
        scenario = scenario if check(after) else after
    more = tuple(
        row.model_copy(update={"units_per_period": row.units_per_period * 4})
        for row in scenario.demand
    )
    return planned(scenario.model_copy(update={"demand": more}), gap=0.0)


def goods(plan: Plan) -> pd.DataFrame:
    """The table of legs with the lot's measures, and whether the freight is the buyer's."""
    scenario = plan.scenario
    lots = pd.DataFrame([(lot.lot, lot.cbm, lot.kg) for lot in scenario.lots],
                        columns=["lot", "unit_cbm", "unit_kg"])  # fmt: skip
    fob = [row.channel for row in scenario.channels
           if row.fee_model is FeeModel.WHOLESALE and row.incoterm is Incoterm.FOB]  # fmt: skip
    abroad = [leg.leg for leg in scenario.legs if leg.leg != "TRUCK"]
    lines = plan.lines[["line", "lot", "channel", "ship_date"]].merge(lots, on="lot")
    table = plan.legs.merge(lines, on="line")
    return table.assign(buyers=table["channel"].isin(fob) & table["leg"].isin(abroad))


def by_the_unit(leg: r.Leg, row: pd.Series, *, load: ChargedOn | None, boxed: bool) -> float:
    """What a unit pays of a leg beside boxes and loads, in the leg's currency."""
    heavy = max(row["unit_kg"], row["unit_cbm"] * leg.kg_per_cbm)
    volume = 0.0 if load is ChargedOn.CBM else leg.cost_per_cbm * row["unit_cbm"]
    weight = 0.0 if load is ChargedOn.KG else leg.cost_per_kg * heavy
    assert boxed or not leg.cost_per_box, "boxes are spread over units on no other leg here"
    return volume + weight + leg.cost_per_unit


def freight_again(plan: Plan) -> float:
    """PC for all freight of a plan: its boxes, its departures' loads, and the rest by the unit."""
    facts, table, total = Facts(plan.scenario), goods(plan), 0.0
    types = {(row.leg, row.equipment): row for row in plan.scenario.leg_boxes}
    for leg in plan.scenario.legs:
        steps = [row for row in plan.scenario.rate_breaks if row.leg == leg.leg]
        boxed = any(name == leg.leg for name, _ in types)
        load = steps[0].charged_on if steps else None
        if not (boxed or steps) and leg.minimum_charge:
            load = ChargedOn.KG if leg.cost_per_kg else ChargedOn.CBM
        here = table[table["leg"] == leg.leg]
        for _, row in here.iterrows():
            rate = facts.fx(leg.currency, (row["ship_date"].date() - facts.start).days)
            total += row["units"] * by_the_unit(leg, row, load=load, boxed=boxed) * rate
        for day, part in here[~here["buyers"]].groupby("depart_date"):
            rate = facts.fx(leg.currency, (day.date() - facts.start).days)
            if boxed:
                total += in_boxes(plan, leg, day, part, types) * rate
            elif load is not None:
                total += load_again(leg, steps, load, part) * rate
    return total


def in_boxes(
    plan: Plan,
    leg: r.Leg,
    day: pd.Timestamp,
    part: pd.DataFrame,
    types: dict[tuple[str, str], r.LegBox],
) -> float:
    """The boxes of a departure in the leg's currency; they hold its goods, each unit once."""
    taken = plan.boxes[(plan.boxes["leg"] == leg.leg) & (plan.boxes["depart_date"] == day)]
    loads = plan.box_loads.merge(taken[["box", "equipment"]], on="box")
    held = loads.groupby("line")["units"].sum()
    assert held.to_dict() == part.groupby("line")["units"].sum().to_dict()
    loads = loads.merge(part[["line", "unit_cbm", "unit_kg"]], on="line")
    room = {row.equipment: row for row in plan.scenario.equipment}
    for (_, name), inside in loads.groupby(["box", "equipment"]):
        usable = room[name].usable_cbm * types[leg.leg, name].fill_share
        assert (inside["units"] * inside["unit_cbm"]).sum() <= usable * (1 + TINY)
        assert (inside["units"] * inside["unit_kg"]).sum() <= room[name].payload_kg * (1 + TINY)
    prices = [types[leg.leg, name] for name in taken["equipment"]]
    return sum(row.cost_per_box + row.origin_cost_per_box for row in prices)


def load_again(leg: r.Leg, steps: list[r.RateBreak], load: ChargedOn, part: pd.DataFrame) -> float:
    """A departure's load in the leg's currency at its cheapest step, declared up if need be."""
    cbm = (part["units"] * part["unit_cbm"]).sum()
    kg = (part["units"] * part["unit_kg"]).sum()
    amount = max(kg, cbm * leg.kg_per_cbm)
    if load is ChargedOn.CBM:
        amount = max(cbm, kg / leg.kg_per_cbm if leg.kg_per_cbm else 0.0)
    plain = leg.cost_per_kg if load is ChargedOn.KG else leg.cost_per_cbm
    rates = [(row.from_quantity, row.rate) for row in steps] or [(0.0, plain)]
    return max(leg.minimum_charge, min(rate * max(amount, start) for start, rate in rates))


@pytest.mark.parametrize("seed", SMALL)
def test_freight_is_what_boxes_loads_and_tariffs_come_to(seed: int) -> None:
    plan = small(seed)
    assert plan.ready
    assert plan.legs["freight"].sum() == pytest.approx(freight_again(plan), abs=0.005)


def test_every_way_to_pay_by_the_departure_is_among_these_plans() -> None:
    """Several boxes, all types, loads declared up, minimums paid, freight of the buyer's."""
    plans = [small(seed) for seed in SMALL]
    charges = pd.concat([plan.charges for plan in plans])
    boxes_taken = [plan.boxes.groupby(["leg", "depart_date"]) for plan in plans]
    assert any((each["box"].count() > 1).any() for each in boxes_taken if len(each))
    types = {name for plan in plans for name in plan.boxes["equipment"]}
    assert types == {"crate", "box", "sack"}
    assert set(charges["charged_on"]) == {"cbm", "kg"}
    assert (charges["declared"] > charges["load"]).any()
    assert (charges["minimum"] > charges["declared"] * charges["rate"]).any()
    assert any(goods(plan)["buyers"].any() for plan in plans)
    assert sum(len(plan.boxes) > 0 for plan in plans) >= 8
