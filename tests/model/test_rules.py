"""One rule at a time on a tiny scenario: who is in each row, with what weight, under what limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FixedPer, LockKind, RuleEffect
from planner.landed_cost.options import price_scenario
from planner.model import rules
from planner.model.board import Board
from planner.model.columns import Exits, Stays, columns_of
from planner.model.program import NO_LIMIT, Block
from planner.model.rules import FAMILIES
from planner.model.rules.papers import Papers
from tests.exhibits import full_scenario, tiny_scenario

DAYS = 14
HUB = "HZ-JX"
BOX = "HZ-JX > JX-NGB > NGB-SIN-FCL"
LOOSE = "HZ-JX > JX-NGB > NGB-SIN-LCL"
"""Boxes that leave in period 1, 2 or 3 arrive in that period; loose cargo a period later."""
DOWN = {"full": 1.0, "down-20": 0.8, "down-40": 0.6}
ELASTICITY = 2.2


@dataclass(frozen=True)
class Column:
    """A decision in words; ship_period and route of a frozen option are 0 and its shipment."""

    lot: str
    channel: str
    route: str
    ship: int
    sell: int
    rung: str


@dataclass(frozen=True)
class Row:
    """A row of a block: weights by column number, and its limits."""

    weights: dict[int, float]
    lower: float
    upper: float


def changed(scenario: Scenario, table: str, at: int, **update: Any) -> Scenario:
    """The scenario with another row `at` of a table."""
    rows = list(getattr(scenario, table))
    rows[at] = rows[at].model_copy(update=update)
    return scenario.model_copy(update={table: tuple(rows)})


def added(scenario: Scenario, table: str, record: r.Record) -> Scenario:
    return scenario.model_copy(update={table: (*getattr(scenario, table), record)})


def two_ways() -> Scenario:
    """The tiny scenario with loose cargo cheaper than boxes, so that neither is left out."""
    return changed(tiny_scenario(), "legs", 3, cost_per_cbm=1.0, origin_cost_per_cbm=1.0)


def board(scenario: Scenario) -> Board:
    priced = price_scenario(Lookup(scenario))
    return Board(priced, columns_of(priced, FAMILIES))


def option_columns(on: Board) -> dict[int, Column]:
    """Every option's column."""
    lookup, options, trips = on.priced.lookup, on.priced.options, on.priced.trips
    scenario = lookup.scenario
    rungs = [rung.rung for rung in scenario.ladders]  # written dearest first
    return {
        k: Column(
            scenario.lots[options.lot[k]].lot,
            scenario.channels[options.channel[k]].channel,
            trips.name(int(options.trip[k]), lookup),
            int(trips.ship_period[options.trip[k]]),
            int(options.sell_period[k]),
            rungs[options.rung[k]],
        )
        for k in range(len(options))
    }


def exit_columns(on: Board) -> dict[int, tuple[str, str]]:
    """Every exit's column: lot and exit."""
    scenario, columns = on.priced.lookup.scenario, on.columns
    pairs = zip(columns.of(Exits).lot, columns.of(Exits).exit, strict=True)
    return {
        columns.first(Exits) + k: (scenario.lots[lot].lot, scenario.exits[way].exit)
        for k, (lot, way) in enumerate(pairs)
    }


def rows_of(block: Block) -> dict[tuple[str, int], Row]:
    """The rows by label and period; a label may come once a period, a column once a row."""
    found: dict[tuple[str, int], Row] = {}
    for k, key in enumerate(zip(block.labels, block.periods.tolist(), strict=True)):
        here = block.rows == k
        columns = block.columns[here].tolist()
        assert len(set(columns)) == len(columns) and key not in found
        weights = dict(zip(columns, block.coefficients[here].tolist(), strict=True))
        found[key] = Row(weights, float(block.lower[k]), float(block.upper[k]))
    return found


def some(on: Board, **fields: Any) -> set[int]:
    """Columns of the options with these fields; a tuple or set of values means any of them."""

    def fits(column: Column) -> bool:
        return all(
            getattr(column, name) in want
            if isinstance(want, tuple | set | range)
            else getattr(column, name) == want
            for name, want in fields.items()
        )

    found = {k for k, column in option_columns(on).items() if fits(column)}
    assert found, fields
    return found


def ones(columns: set[int]) -> dict[int, float]:
    return dict.fromkeys(columns, 1.0)


def test_the_exhibit_travels_as_these_tests_assume() -> None:
    trips = board(tiny_scenario()).priced.trips
    arrivals = {
        (trips.routes[route].name, int(ship)): int(arrival)
        for route, ship, arrival in zip(
            trips.route, trips.ship_period, trips.arrival_period, strict=True
        )
    }
    boxes = {(BOX, 1): 1, (BOX, 2): 2, (BOX, 3): 3}
    loose = {(LOOSE, 1): 2, (LOOSE, 2): 3}
    assert arrivals == {(HUB, 1): 1, (HUB, 2): 2, (HUB, 3): 3} | boxes | loose


def test_supply_adds_up_options_exits_and_stays_to_the_units_of_the_lot() -> None:
    on = board(full_scenario())
    rows = rows_of(rules.supply(on))
    stay = on.columns.first(Stays)
    for lot, units, stays in (("L1", 120, set()), ("L2", 80, {stay}), ("L3", 60, set())):
        leaving = {k for k, (of, _) in exit_columns(on).items() if of == lot}
        assert len(leaving) == 2
        right = ones(some(on, lot=lot) | leaving | stays)
        assert rows.pop((lot, 0)) == Row(right, units, units)
    assert not rows
    assert some(on, lot="L2", route="frozen F1")  # what is on its way is part of the lot


def test_frozen_shipment_sells_its_units_or_leaves_them_at_the_market() -> None:
    on = board(full_scenario())
    moving = some(on, route="frozen F1")
    assert {option_columns(on)[k].lot for k in moving} == {"L2"}
    right = Row(ones(moving | {on.columns.first(Stays)}), 20, 20)
    assert rows_of(rules.frozen_shipment(on)) == {("F1", 0): right}


def test_demand_pool_weighs_each_option_by_its_part_of_the_appetite() -> None:
    """60 jackets x 1.2 in winter at the full price; both brands' jackets draw on one pool."""
    on = board(tiny_scenario())
    row = rows_of(rules.demand_pool(on))["CN-APP | jacket | winter", 2]
    lowest = 60 * 1.0 * 0.6**-ELASTICITY
    members = some(on, channel="CN-APP", sell=2, lot=("L1", "L3"))
    assert {option_columns(on)[k].lot for k in members} == {"L1", "L3"}
    assert row.upper == pytest.approx(lowest)
    assert row.lower == -NO_LIMIT
    assert set(row.weights) == members
    for k, weight in row.weights.items():
        taken = 60 * DOWN[option_columns(on)[k].rung] ** -ELASTICITY
        assert weight * taken == pytest.approx(row.upper)  # taken units use the pool up


def test_demand_pool_has_one_row_for_each_pool_and_sell_period() -> None:
    on = board(tiny_scenario())
    rows = rows_of(rules.demand_pool(on))
    keys = {
        (f"{c.channel} | {'dress' if c.lot == 'L2' else 'jacket'}"
         f" | {'summer' if c.lot == 'L2' else 'winter'}", c.sell)
        for c in option_columns(on).values()
    }  # fmt: skip
    assert set(rows) == keys
    assert sorted(k for row in rows.values() for k in row.weights) == sorted(option_columns(on))


def test_style_share_allows_a_style_its_part_of_the_pool() -> None:
    """The shop takes 40 dresses a period at the full price, 60 % of one style; the app asks none."""
    on = board(tiny_scenario())
    rows = rows_of(rules.style_share(on))
    assert all("SG-SHOP" in label for label, _ in rows)
    row = rows["L2 | SG-SHOP | dress | summer", 2]
    assert set(row.weights) == some(on, channel="SG-SHOP", lot="L2", sell=2)
    assert row.upper == pytest.approx(0.6 * 40 * 0.6**-ELASTICITY)
    for k, weight in row.weights.items():
        taken = 40 * DOWN[option_columns(on)[k].rung] ** -ELASTICITY
        assert weight * 0.6 * taken == pytest.approx(row.upper)


def test_style_share_counts_the_lots_of_a_style_together() -> None:
    on = board(changed(tiny_scenario(), "lots", 2, style="L1"))
    row = rows_of(rules.style_share(on))["L1 | SG-SHOP | jacket | winter", 2]
    assert set(row.weights) == some(on, channel="SG-SHOP", lot=("L1", "L3"), sell=2)
    assert {option_columns(on)[k].lot for k in row.weights} == {"L1", "L3"}


def test_leg_capacity_counts_volume_of_the_goods_that_depart_in_the_period() -> None:
    on = board(two_ways())
    row = rows_of(rules.leg_capacity(on))["NGB-SIN-LCL | cbm", 2]
    cbm = {"L1": 0.008, "L2": 0.003, "L3": 0.013}
    members = some(on, route=LOOSE, ship=2)
    assert row.weights == {k: cbm[option_columns(on)[k].lot] for k in members}
    assert (row.lower, row.upper) == (-NO_LIMIT, 2.0 * DAYS)


def test_leg_capacity_counts_the_boxes_of_those_that_share_it() -> None:
    """Loose cargo sails on the ship of the boxes: its goods count at the box's filling."""
    on = board(two_ways())
    rows = rows_of(rules.leg_capacity(on))
    boxes = {"L1": 0.008, "L2": 0.003, "L3": 0.013}
    row = rows["NGB-SIN-FCL | boxes", 1]
    members = some(on, route=(BOX, LOOSE), ship=1)
    assert {option_columns(on)[k].route for k in members} == {BOX, LOOSE}
    assert row.weights == pytest.approx(
        {k: boxes[option_columns(on)[k].lot] / (68 * 0.9) for k in members}
    )
    assert row.upper == 1.0
    loose = rows["NGB-SIN-LCL | cbm", 1]  # the boxes do not draw on the loose cargo's limit
    assert set(loose.weights) == some(on, route=LOOSE, ship=1)


def test_leg_capacity_counts_weight_and_heavy_goods_fill_a_box_by_weight() -> None:
    scenario = changed(tiny_scenario(), "legs", 0, kg_per_day=50.0)
    on = board(changed(scenario, "lots", 1, kg=400.0))
    rows = rows_of(rules.leg_capacity(on))
    by_weight = rows["HZ-JX | kg", 3]
    kg = {"L1": 1.1, "L2": 400.0, "L3": 1.4}
    assert by_weight.weights == {k: kg[option_columns(on)[k].lot] for k in some(on, ship=3)}
    assert by_weight.upper == 50.0 * DAYS
    row = rows["NGB-SIN-FCL | boxes", 1]
    heavy = min(some(on, lot="L2", route=BOX, ship=1))
    assert row.weights[heavy] == pytest.approx(400 / 26_000)


def test_site_throughput_counts_entries_and_at_an_origin_departures() -> None:
    """Thirteen days on the truck: goods of period 1 enter the hub on day 13, still period 1,
    though they are ready for sale on day 14; with fourteen they enter in period 2."""
    near = changed(tiny_scenario(), "sites", 0, throughput_units_per_day=25.0)
    for transit, entered in ((13, 1), (14, 2)):
        on = board(changed(near, "legs", 0, transit_days=transit))
        rows = rows_of(rules.site_throughput(on))
        first = ones(some(on, ship=1))
        assert rows["HZ-WH", 1] == Row(first, -NO_LIMIT, 25.0 * DAYS)
        assert rows["JX-HUB", entered] == Row(first, -NO_LIMIT, 400.0 * DAYS)
        assert {label for label, _ in rows} == {"HZ-WH", "JX-HUB"}


LABEL = r.ComplianceRule(
    rule="label",
    markets=("SG",),
    effect=RuleEffect.REQUIRE,
    uses_relabel_capacity=True,
)


def test_relabelling_counts_every_job_of_a_unit_in_the_period_it_enters_the_hub() -> None:
    quota = LABEL.model_copy(
        update={"rule": "marks", "effect": RuleEffect.QUOTA, "categories": ("dress",)}
    )
    on = board(added(added(tiny_scenario(), "rules", LABEL), "rules", quota))
    rows = rows_of(rules.relabelling(on))
    assert set(rows) == {("JX-HUB", 1), ("JX-HUB", 2), ("JX-HUB", 3)}
    jobs = {"L1": 1.0, "L2": 2.0, "L3": 1.0}
    members = some(on, channel="SG-SHOP", ship=2)
    right = {k: jobs[option_columns(on)[k].lot] for k in members}
    assert rows["JX-HUB", 2] == Row(right, -NO_LIMIT, 100.0 * DAYS)


def test_relabelling_is_done_by_the_first_hub_that_can() -> None:
    """Without a hub that relabels on the way, the goods are not offered at all."""
    scenario = added(tiny_scenario(), "rules", LABEL)
    closed = board(changed(scenario, "sites", 1, relabel_units_per_day=0.0))
    assert not rows_of(rules.relabelling(closed))
    assert {c.channel for c in option_columns(closed).values()} == {"CN-APP"}
    endless = board(changed(scenario, "sites", 1, relabel_units_per_day=None))
    assert not rows_of(rules.relabelling(endless))
    assert some(endless, channel="SG-SHOP")


def test_relabelling_is_not_asked_of_goods_on_their_way() -> None:
    on = board(added(full_scenario(), "rules", LABEL))
    moving = some(on, route="frozen F1")
    assert not any(moving & set(row.weights) for row in rows_of(rules.relabelling(on)).values())


def test_channel_capacity_limits_what_a_channel_sells_in_a_period() -> None:
    on = board(tiny_scenario())
    rows = rows_of(rules.channel_capacity(on))
    assert rows == {
        ("SG-SHOP", w): Row(ones(some(on, channel="SG-SHOP", sell=w)), -NO_LIMIT, 30.0 * DAYS)
        for w in (1, 2, 3)
    }


def test_storage_capacity_holds_goods_at_home_until_they_ship_or_to_the_end() -> None:
    """L1 is there from period 1, L3 from period 2; held goods stay to period 3."""
    on = board(changed(tiny_scenario(), "sites", 0, storage_cbm=5.0))
    rows = rows_of(rules.storage_capacity(on))
    cbm = {"L1": 0.008, "L2": 0.003, "L3": 0.013}
    held = {lot: k for k, (lot, way) in exit_columns(on).items() if way == "hold"}
    for period, there in ((1, ("L1", "L2")), (2, ("L1", "L2", "L3")), (3, ())):
        waiting = some(on, lot=there, ship=range(period + 1, 4)) if there else set()
        right = {k: cbm[option_columns(on)[k].lot] for k in waiting}
        lots = ("L1", "L2") if period == 1 else ("L1", "L2", "L3")
        right |= {held[lot]: cbm[lot] for lot in lots}
        assert rows["HZ-WH", period] == Row(right, -NO_LIMIT, 5.0)


def test_storage_capacity_holds_goods_at_the_market_from_arrival_to_the_period_before_sale() -> (
    None
):
    on = board(changed(full_scenario(), "legs", 3, cost_per_cbm=1.0, origin_cost_per_cbm=1.0))
    rows = rows_of(rules.storage_capacity(on))
    assert {label for label, _ in rows} == {"SIN"}
    arrived = {(BOX, 1): 1, (BOX, 2): 2, (LOOSE, 1): 2, (LOOSE, 2): 3, ("frozen F1", 0): 1}
    cbm = {"L1": 0.008, "L2": 0.003, "L3": 0.013}
    for period in (1, 2, 3):
        right = {
            k: cbm[c.lot]
            for k, c in option_columns(on).items()
            if (c.route, c.ship) in arrived and arrived[c.route, c.ship] <= period < c.sell
        }
        if period == 2:
            assert {option_columns(on)[k].route for k in right} == {BOX, LOOSE, "frozen F1"}
        assert rows["SIN", period] == Row(right, -NO_LIMIT, 200.0)
    assert not rows["SIN", 3].weights


def test_must_clear_counts_timely_sales_and_clearing_exits_and_prices_what_is_short() -> None:
    promise = {"must_clear_share": 0.8, "must_clear_by": 2, "must_clear_price": 3.0}
    on = board(changed(tiny_scenario(), "brands", 0, **promise))
    cleared = {k for k, (lot, way) in exit_columns(on).items() if way == "jobber" and lot != "L3"}
    assert len(cleared) == 2
    right = some(on, lot=("L1", "L2"), sell=(1, 2)) | cleared
    row = Row(ones(right), 0.8 * 200, NO_LIMIT)
    promised = rules.must_clear(on)
    assert rows_of(promised) == {("Linden", 0): row}
    assert promised.price is not None
    assert promised.price.tolist() == [3.0]


def test_must_clear_without_a_date_counts_the_whole_horizon() -> None:
    on = board(changed(tiny_scenario(), "brands", 1, must_clear_share=0.5))
    row = rows_of(rules.must_clear(on))["Northpeak", 0]
    assert some(on, lot="L3") <= set(row.weights)
    assert row.lower == 30


def test_quota_counts_what_it_touches_over_the_horizon() -> None:
    on = board(full_scenario())
    dresses = some(on, lot="L2", channel=("SG-SHOP", "SG-POST"))
    assert {option_columns(on)[k].channel for k in dresses} == {"SG-SHOP", "SG-POST"}
    assert rows_of(rules.quota(on)) == {("dress quota", 0): Row(ones(dresses), -NO_LIMIT, 500)}
    without = changed(full_scenario(), "rules", 1, quota_units=None)
    assert not rows_of(rules.quota(board(without)))


def test_quota_is_judged_on_the_arrival_date() -> None:
    """Boxes of period 1 arrive on 18 January, those of period 2 on 1 February."""
    scenario = two_ways()
    rule = r.ComplianceRule(
        rule="licence",
        markets=("SG",),
        effect=RuleEffect.QUOTA,
        quota_units=7,
        valid_from=date(2026, 2, 1),
    )
    on = board(added(scenario, "rules", rule))
    late = some(on, route=BOX, ship=(2, 3)) | some(on, route=LOOSE, ship=2)
    assert some(on, route=BOX, ship=1) and some(on, route=LOOSE, ship=1)
    assert rows_of(rules.quota(on)) == {("licence", 0): Row(ones(late), -NO_LIMIT, 7)}


def papers(per: FixedPer, **more: Any) -> r.ComplianceRule:
    return r.ComplianceRule(
        rule="papers",
        markets=("SG",),
        effect=RuleEffect.REQUIRE,
        fixed_cost=100.0,
        fixed_currency="USD",
        fixed_per=per,
        **more,
    )


def test_certificate_opens_a_style_for_a_market() -> None:
    on = board(added(full_scenario(), "rules", papers(FixedPer.STYLE)))
    rows = rows_of(rules.certificate(on))
    assert set(rows) == {("papers L2", 0), ("papers L3", 0)}  # L1's jackets are banned abroad
    for number, (lot, units) in enumerate((("L2", 80), ("L3", 60))):
        moving = some(on, lot=lot, channel=("SG-SHOP", "SG-POST"), ship=(1, 2, 3))
        opening = on.columns.first(Papers) + number
        row = rows[f"papers {lot}", 0]
        assert row == Row(ones(moving) | {opening: -units}, -NO_LIMIT, 0.0)
        assert on.columns.of(Papers).openings[number].cost == pytest.approx(710.0)
    assert not rows_of(rules.shipment_papers(on))


def test_shipment_papers_open_a_route_in_a_period_for_a_market() -> None:
    on = board(added(two_ways(), "rules", papers(FixedPer.SHIPMENT)))
    block = rules.shipment_papers(on)
    assert sorted(block.periods.tolist()) == [1, 1, 2, 2, 3]
    for number, opening in enumerate(on.columns.of(Papers).openings):
        here = block.rows == number
        weights = dict(
            zip(block.columns[here].tolist(), block.coefficients[here].tolist(), strict=True)
        )
        moving = some(on, route=opening.route, ship=opening.ship_period)
        units = sum(
            {"L1": 120, "L2": 80, "L3": 60}[lot]
            for lot in {option_columns(on)[k].lot for k in moving}
        )
        column = on.columns.first(Papers) + number
        assert weights == ones(moving) | {column: -units}
        assert (block.lower[number], block.upper[number]) == (-NO_LIMIT, 0.0)
        assert opening.cost == pytest.approx(720.0 if opening.ship_period == 3 else 710.0)
    assert not rows_of(rules.certificate(on))


def test_exit_capacity_limits_the_units_an_exit_takes() -> None:
    on = board(tiny_scenario())
    jobber = {k for k, (_, way) in exit_columns(on).items() if way == "jobber"}
    assert len(jobber) == 3
    assert rows_of(rules.exit_capacity(on)) == {("jobber", 0): Row(ones(jobber), -NO_LIMIT, 100)}


@pytest.mark.parametrize(
    ("kind", "lower", "upper"),
    [
        (LockKind.UNITS, 10, 10),
        (LockKind.MIN_UNITS, 10, NO_LIMIT),
        (LockKind.MAX_UNITS, -NO_LIMIT, 10),
    ],
)
def test_lock_fixes_units_or_sets_a_least_or_a_most(
    kind: LockKind, lower: float, upper: float
) -> None:
    each = r.Lock(
        lock="mine",
        kind=kind,
        lots=("L1",),
        channels=("CN-*",),
        sell_period=2,
        rungs=("full", "down-40"),
        units=10,
    )
    on = board(added(tiny_scenario(), "locks", each))
    members = some(on, lot="L1", channel="CN-APP", sell=2, rung=("full", "down-40"))
    assert rows_of(rules.lock(on)) == {("mine", 0): Row(ones(members), lower, upper)}


def test_lock_of_a_ban_or_a_price_takes_options_away_instead_of_a_row() -> None:
    ban = r.Lock(lock="ban", kind=LockKind.BAN, lots=("L1",), markets=("SG",))
    price = r.Lock(lock="price", kind=LockKind.PRICE, lots=("L3",), rungs=("full",))
    on = board(added(added(tiny_scenario(), "locks", ban), "locks", price))
    assert not rows_of(rules.lock(on))
    columns = option_columns(on).values()
    assert {c.channel for c in columns if c.lot == "L1"} == {"CN-APP"}
    assert {c.rung for c in columns if c.lot == "L3"} == {"full"}


def test_lock_names_rungs_by_their_beginning_as_it_names_everything() -> None:
    low = {"rungs": ("down-*",)}
    least = r.Lock(lock="least", kind=LockKind.MIN_UNITS, lots=("L1",), units=1, **low)
    price = r.Lock(lock="price", kind=LockKind.PRICE, lots=("L2",), **low)
    ban = r.Lock(lock="ban", kind=LockKind.BAN, lots=("L3",), **low)
    tiny = tiny_scenario()
    for each in (least, price, ban):
        tiny = added(tiny, "locks", each)
    on = board(tiny)
    members = some(on, lot="L1", rung=("down-20", "down-40"))
    assert rows_of(rules.lock(on)) == {("least", 0): Row(ones(members), 1, NO_LIMIT)}
    columns = option_columns(on).values()
    assert {c.rung for c in columns if c.lot == "L2"} == {"down-20", "down-40"}
    assert {c.rung for c in columns if c.lot == "L3"} == {"full"}


def test_every_block_is_sound() -> None:
    """Rows and columns in range, finite weights, no lower limit above its upper one."""
    scenario = added(full_scenario(), "rules", papers(FixedPer.SHIPMENT))
    scenario = added(scenario, "rules", LABEL)
    style = papers(FixedPer.STYLE).model_copy(update={"rule": "certificate"})
    scenario = added(scenario, "rules", style)
    on = board(changed(scenario, "brands", 0, must_clear_share=0.8))
    used = {rule.__name__ for rule in rules.RULES if rule(on).labels}
    assert {"supply", "demand_pool", "must_clear", "certificate", "shipment_papers", "lock"} < used
    for rule in rules.RULES:
        block = rule(on)
        assert block.rule == rule.__name__
        count = len(block.labels)
        assert count == len(block.periods) == len(block.lower) == len(block.upper)
        assert np.isfinite(block.coefficients).all() and (block.lower <= block.upper).all()
        assert ((block.rows >= 0) & (block.rows < count)).all()
        assert ((block.columns >= 0) & (block.columns < on.columns.count)).all()
