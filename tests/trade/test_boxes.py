"""Boxes, minimum charges and rate breaks change plans as they change a forwarder's bill."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest

from planner.domain import records as r
from planner.domain.vocabulary import ChargedOn, LockKind, Mode
from planner.report.figures import figures
from tests.trade.lane import EQUIPMENT, exact_plan, lane, leg, lot

SEA = leg("SEA", Mode.SEA_FCL)
LCL = leg("LCL", Mode.SEA_LCL, cost_per_cbm=125.0, minimum_charge=125.0, kg_per_cbm=0.0)
AIR = leg("AIR", Mode.AIR, cost_per_kg=5.0, kg_per_cbm=167.0)
BOX_20 = r.LegBox(leg="SEA", equipment="20GP", cost_per_box=2300.0, fill_share=0.92)
BOX_40 = r.LegBox(leg="SEA", equipment="40HQ", cost_per_box=4100.0, fill_share=0.92)


def limited(row: r.LegBox, boxes: int) -> r.LegBox:
    """A box type of which a departure takes only so many."""
    return row.model_copy(update={"boxes_most_per_departure": boxes})


@pytest.mark.parametrize(
    ("units", "way", "cost"),
    [
        (4_000, "LCL", 1_200.0),  # 9.6 cbm at 125
        (7_666, "LCL", 7_666 * 0.0024 * 125),  # 18.3984 cbm: 2,299.80
        (7_667, "SEA", 2_300.0),  # 18.4008 cbm: 2,300.10 loose
        (100, "LCL", 125.0),  # 0.24 cbm pays for one
    ],
)
def test_dresses_go_to_durban_loose_up_to_18_cbm_and_in_a_box_beyond(
    units: int, way: str, cost: float
) -> None:
    plan = exact_plan(lane([lot("L1", units)], [SEA, LCL], leg_boxes=(BOX_20,)))
    assert not plan.findings
    assert plan.lines["units"].sum() == units
    assert set(plan.legs["leg"]) == {way}
    assert plan.legs["freight"].sum() == pytest.approx(cost, abs=1e-6)
    assert plan.report.value == pytest.approx(10.0 * units - cost, abs=1e-4)


def test_a_40hq_holds_60_cbm_at_92_percent_and_the_next_dress_pays_for_another_box() -> None:
    """25,300 dresses are 60.72 cbm."""
    full = exact_plan(lane([lot("L1", 25_300)], [SEA], leg_boxes=(BOX_40,)))
    assert full.boxes["filled_share"].tolist() == pytest.approx([1.0])
    assert full.lines["units"].sum() == 25_300
    more = exact_plan(lane([lot("L1", 25_301)], [SEA], leg_boxes=(BOX_40,)))
    assert more.lines["units"].sum() == 25_300  # one dress does not earn 4,100 dollars
    assert not full.findings and not more.findings


def test_a_dress_is_heavier_by_volume_in_the_air() -> None:
    """0.0024 cbm x 167 = 0.4008 kg, above 0.385: at 5 dollars and 7.197 yuan 14.42 each."""
    goods = [lot("L1", 100, kg=0.385)]
    breaks = (r.RateBreak(leg="AIR", charged_on=ChargedOn.KG, rate=5.0),)
    plan = exact_plan(lane(goods, [AIR], rate_breaks=breaks))
    assert plan.charges["load"].tolist() == pytest.approx([40.08])
    assert plan.charges["cost"].tolist() == pytest.approx([200.4])
    assert plan.charges["planned"].tolist() == pytest.approx([200.4])
    assert round(plan.charges["cost"].sum() / 100 * 7.197, 2) == 14.42
    assert not plan.findings


def test_a_mixed_departure_is_charged_on_the_greater_of_its_sums_not_the_sum_of_the_greater() -> (
    None
):
    """Light goods give heavy ones their room: 100 x 0.4008 + 10 x 5 kg planned, 85 kg charged."""
    goods = [lot("L1", 100), lot("L2", 10, kg=5.0, cbm=0.001, tag=90.0)]
    breaks = (r.RateBreak(leg="AIR", charged_on=ChargedOn.KG, rate=5.0),)
    plan = exact_plan(lane(goods, [AIR], rate_breaks=breaks))
    assert plan.charges["load"].tolist() == pytest.approx([100 * 0.35 + 10 * 5.0])
    assert plan.charges["planned"].tolist() == pytest.approx([5 * (100 * 0.4008 + 50)])
    assert figures(plan).settlement == pytest.approx(5 * (40.08 - 35.0))
    assert not plan.findings


def test_a_load_near_the_next_break_is_declared_up() -> None:
    """90 kg at 6 dollars are 540; declared as 100 kg at 4 they are 400."""
    breaks = (
        r.RateBreak(leg="AIR", charged_on=ChargedOn.KG, rate=6.0),
        r.RateBreak(leg="AIR", charged_on=ChargedOn.KG, from_quantity=100.0, rate=4.0),
    )
    goods = [lot("L1", 90, kg=1.0)]
    plan = exact_plan(lane(goods, [AIR], rate_breaks=breaks))
    row = plan.charges.iloc[0]
    assert (row["load"], row["declared"], row["rate"]) == pytest.approx((90.0, 100.0, 4.0))
    assert row["cost"] == pytest.approx(400.0)
    assert not plan.findings


def test_two_lots_wait_for_each_other_to_fill_one_box() -> None:
    """Twelve cbm are free now, twelve two weeks later; storage is cheap beside a second box."""
    goods = [lot("NOW", 5_000), lot("LATER", 5_000, available_period=2)]
    apart = leg("SEA", Mode.SEA_FCL, equipment="20GP", cost_per_box=2300.0, fill_share=0.92)
    plain = exact_plan(lane(goods, [apart], periods=3, storage_per_cbm_day=0.5))
    assert set(plain.lines["ship_period"]) == {1, 2}  # nobody waits where freight is by the cbm
    boxed = exact_plan(
        lane(goods, [apart], periods=3, storage_per_cbm_day=0.5, leg_boxes=(BOX_20,))
    )
    assert set(boxed.lines["ship_period"]) == {2}
    assert len(boxed.boxes) == 1
    assert boxed.report.value == pytest.approx(100_000 - 2_300 - 12 * 0.5 * 14, abs=1e-4)
    assert not plain.findings and not boxed.findings


def test_waiting_is_given_up_when_storage_costs_more_than_a_box() -> None:
    goods = [lot("NOW", 5_000), lot("LATER", 5_000, available_period=2)]
    plan = exact_plan(lane(goods, [SEA], periods=3, storage_per_cbm_day=14.0, leg_boxes=(BOX_20,)))
    assert set(plan.lines["ship_period"]) == {1, 2}  # 12 cbm x 14 days x 14 dollars = 2,352
    assert len(plan.boxes) == 2
    assert not plan.findings


def test_two_brands_and_two_channels_share_a_box() -> None:
    goods = [lot("L1", 3_000), lot("L2", 3_000, brand="Northpeak")]
    scenario = lane(goods, [SEA], channels=("SHOP", "NEXT"), demand=3_000.0, leg_boxes=(BOX_20,))
    plan = exact_plan(scenario)
    assert plan.boxes["box"].tolist() == ["B0001"]
    inside = plan.box_loads.merge(plan.lines[["line", "brand", "channel"]], on="line")
    assert set(inside["brand"]) == {"Linden", "Northpeak"}
    assert set(inside["channel"]) == {"SHOP", "NEXT"}
    assert inside["units"].sum() == 6_000
    assert not plan.findings


def test_box_limits_of_a_departure_spread_goods_over_departures() -> None:
    """22,000 dresses are 52.8 cbm, three boxes of 25.76; one may leave every two weeks."""
    goods = [lot("L1", 22_000)]
    plan = exact_plan(lane(goods, [SEA], periods=2, leg_boxes=(limited(BOX_20, 1),)))
    assert plan.boxes.groupby("depart_date").size().tolist() == [1, 1]
    assert plan.lines["units"].sum() == 2 * 10_733  # 10,733 dresses are 25.7592 cbm
    assert not plan.findings


def test_heavy_goods_fill_a_box_by_weight() -> None:
    """Twenty machines of 1,500 kg: fourteen go into 21.6 t."""
    goods = [lot("L1", 20, kg=1_500.0, cbm=0.5, tag=5_000.0)]
    plan = exact_plan(lane(goods, [SEA], leg_boxes=(BOX_20,)))
    assert len(plan.boxes) == 2
    assert plan.box_loads["units"].tolist() == [14, 6]
    assert plan.boxes["filled_share"].tolist() == pytest.approx([21_000 / 21_600, 9_000 / 21_600])
    assert not plan.findings


def test_a_box_goes_full_and_the_rest_goes_loose_on_the_same_ship() -> None:
    """12,500 dresses are 30 cbm: a 20GP and 4.24 cbm loose; of the ship's two boxes 1.15 are used."""
    ship = SEA.model_copy(update={"equipment": "20GP", "fill_share": 1.0, "boxes_per_period": 2.0})
    loose = LCL.model_copy(update={"shares_capacity_with": "SEA"})
    plan = exact_plan(lane([lot("L1", 12_500)], [ship, loose], leg_boxes=(BOX_20,)))
    by_leg = plan.legs.groupby("leg")["units"].sum().to_dict()
    assert by_leg == {"SEA": 10_733, "LCL": 12_500 - 10_733}
    used = plan.limits[plan.limits["label"] == "SEA | boxes"]["used"].tolist()
    assert used == pytest.approx([1 + by_leg["LCL"] * 0.0024 / 28])
    assert not plan.findings


def test_bulky_goods_are_stowed_whole() -> None:
    """Seven machines of 6 cbm are 42 of the 51.52 cbm of two boxes, but a box holds four: 4 + 3.

    Nine are 54 cbm and take a third box only if the ninth earns it.
    """
    for units, tag, boxes in ((7, 5_000.0, 2), (9, 2_000.0, 2), (9, 5_000.0, 3)):
        goods = [lot("L1", units, kg=900.0, cbm=6.0, tag=tag)]
        plan = exact_plan(lane(goods, [SEA], leg_boxes=(BOX_20,)))
        assert len(plan.boxes) == boxes
        assert plan.lines["units"].sum() == min(units, 4 * boxes)
        assert not plan.findings
    goods = [lot("L1", 4, kg=900.0, cbm=9.0, tag=5_000.0)]  # 36 cbm: two fit, two are 18 of 25.76
    plan = exact_plan(lane(goods, [SEA], leg_boxes=(BOX_20,)))
    assert plan.box_loads["units"].tolist() == [2, 2]
    third = [lot("L1", 5, kg=900.0, cbm=9.0, tag=5_000.0)]  # 45 cbm are less than 51.52
    plan = exact_plan(lane(third, [SEA], leg_boxes=(BOX_20,)))
    assert plan.box_loads["units"].tolist() == [2, 2, 1]
    assert not plan.findings


def test_freight_of_a_plan_equals_its_box_list_to_the_cent() -> None:
    """Planned at the rate of a full box or not, the lines' freight is what the boxes cost."""
    goods = [lot("L1", 7_001), lot("L2", 4_999, cbm=0.0041), lot("L3", 800, cbm=0.033, tag=60.0)]
    planned = leg("SEA", Mode.SEA_FCL, equipment="40HQ", cost_per_box=4_100.0, fill_share=0.85)
    for sea in (SEA, planned):
        plan = exact_plan(lane(goods, [sea, LCL], leg_boxes=(BOX_20, BOX_40)))
        price = {"20GP": 2_300.0, "40HQ": 4_100.0}
        by_list = sum(price[equipment] for equipment in plan.boxes["equipment"])
        on_sea = plan.legs[plan.legs["leg"] == "SEA"]
        assert by_list > 4_000
        assert round(on_sea["freight"].sum(), 2) == by_list
        held = plan.box_loads.groupby("line")["units"].sum()
        assert held.to_dict() == on_sea.set_index("line")["units"].to_dict()
        assert figures(plan).value == pytest.approx(plan.report.value, abs=0.01)
        assert not plan.findings


def test_planned_freight_does_not_change_what_a_plan_is_worth() -> None:
    """Where neither tax nor a partner reads the planned rate, only the bill counts."""
    goods = [lot("L1", 9_000), lot("L2", 2_000, cbm=0.0085)]
    planned = leg("SEA", Mode.SEA_FCL, equipment="20GP", cost_per_box=9_000.0, fill_share=0.5)
    plain, dear = (
        exact_plan(lane(goods, [sea], leg_boxes=(BOX_20, BOX_40))) for sea in (SEA, planned)
    )
    assert figures(plain).settlement == pytest.approx(-plain.boxes["cost"].sum())
    assert figures(dear).settlement > 0
    assert dear.report.value == pytest.approx(plain.report.value, abs=1e-4)
    assert dear.parties["money"].tolist() == pytest.approx(plain.parties["money"].tolist())
    assert not plain.findings and not dear.findings


def few_bulky_goods(seed: int) -> tuple[list[r.Lot], tuple[r.LegBox, ...]]:
    """Two lots of at most seven machines, and two box types, of the first at most three."""
    dice = Random(seed)
    goods = [
        lot(f"L{k}", dice.randint(1, 7), tag=float(dice.randint(200, 900)),
            cbm=round(dice.uniform(2.0, 9.0), 1), kg=float(dice.randint(500, 6_000)))
        for k in range(2)
    ]  # fmt: skip
    return goods, (limited(BOX_20, dice.randint(1, 3)), BOX_40)


@pytest.mark.parametrize("seed", range(12))
def test_the_best_boxes_are_those_found_by_trying_all(seed: int) -> None:
    """Two lots of few bulky units, two box types: every number of units in every set of boxes."""
    goods, boxes = few_bulky_goods(seed)
    most = boxes[0].boxes_most_per_departure or 0
    plan = exact_plan(lane(goods, [SEA], leg_boxes=boxes))
    best = 0.0
    for small, large in product(range(most + 1), range(4)):
        room = 0.92 * (small * EQUIPMENT[0].usable_cbm + large * EQUIPMENT[1].usable_cbm)
        payload = small * EQUIPMENT[0].payload_kg + large * EQUIPMENT[1].payload_kg
        for units in product(*(range(each.units + 1) for each in goods)):
            cbm = sum(n * each.cbm for n, each in zip(units, goods, strict=True))
            kg = sum(n * each.kg for n, each in zip(units, goods, strict=True))
            if cbm <= room * (1 + 1e-9) and kg <= payload * (1 + 1e-9):
                worth = sum(n * each.tag for n, each in zip(units, goods, strict=True))
                best = max(best, worth - 2_300 * small - 4_100 * large)
    assert plan.report.value == pytest.approx(best, abs=1e-4)
    assert all("holds" in found.problem for found in plan.findings)  # packing alone may fail


def test_a_plan_whose_boxes_cannot_be_packed_says_so_and_what_helps() -> None:
    """The volume of all boxes suffices, but no packing of these few large units does."""
    goods, boxes = few_bulky_goods(6)
    plan = exact_plan(lane(goods, [SEA], leg_boxes=boxes))
    (found,) = plan.findings
    assert (found.table, found.field) == ("boxes", "cbm")
    assert "lock fewer units of the largest goods" in found.remedy
    largest = max(goods, key=lambda each: each.cbm).lot
    units = int(plan.lines.set_index("lot").loc[largest, "units"])
    fewer = r.Lock(lock="fewer", kind=LockKind.MAX_UNITS, lots=(largest,), units=units - 1)
    again = exact_plan(lane(goods, [SEA], leg_boxes=boxes, locks=(fewer,)))
    assert not again.findings
    assert again.report.value <= plan.report.value


def test_several_boxes_of_equal_goods_are_filled_to_the_last_unit() -> None:
    """10,733 dresses fill a 20GP to 25.7592 of 25.76 cbm; three hold three times as many."""
    plan = exact_plan(lane([lot("L1", 40_000)], [SEA], leg_boxes=(limited(BOX_20, 3),)))
    assert plan.lines["units"].sum() == 3 * 10_733  # though 77.28 cbm would take 32,200
    assert plan.box_loads["units"].tolist() == [10_733] * 3
    assert not plan.findings


def test_several_boxes_of_mixed_goods_are_filled_but_for_a_unit_and_can_be_packed() -> None:
    """Two boxes give up less than one unit of the largest goods, 0.0041 cbm."""
    goods = [lot("L1", 12_000), lot("L2", 9_000, cbm=0.0041), lot("L3", 9_000, cbm=0.0011, tag=8.0)]
    plan = exact_plan(lane(goods, [SEA], leg_boxes=(limited(BOX_20, 2),)))
    assert not plan.findings
    assert 51.52 - 2 * 0.0041 < plan.boxes["cbm"].sum() <= 51.52


@pytest.mark.parametrize("seed", range(8))
def test_the_best_charge_is_that_found_by_trying_every_load(seed: int) -> None:
    """One lot, three steps and a minimum: all-unit rates with declare-up, reckoned load by load."""
    dice = Random(seed)
    steps = [(0.0, dice.uniform(6, 9)), (40.0, dice.uniform(3, 8)), (90.0, dice.uniform(2, 5))]
    minimum = dice.choice((0.0, 60.0, 200.0))
    tag, units = round(dice.uniform(2.0, 7.0), 2), dice.randint(20, 120)
    breaks = tuple(
        r.RateBreak(leg="AIR", charged_on=ChargedOn.KG, from_quantity=start, rate=rate)
        for start, rate in steps
    )
    air = AIR.model_copy(update={"minimum_charge": minimum})
    plan = exact_plan(lane([lot("L1", units, kg=1.0, tag=tag)], [air], rate_breaks=breaks))

    def cost(load: int) -> float:
        declared = min(rate * max(load, start) for start, rate in steps)
        return max(minimum, declared) if load else 0.0

    right = max(tag * load - cost(load) for load in range(units + 1))
    assert plan.report.value == pytest.approx(right, abs=1e-4)
    assert not plan.findings
