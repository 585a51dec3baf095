"""Rules of quantities and money: rows by hand on the tiny scenario."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FeeModel, LimitBasis, Measure
from planner.model.board import MEASURE_SLACK, Board
from planner.model.program import NO_LIMIT, Kind
from planner.model.rules import quantities as rule
from planner.model.rules.quantities import Multiples, UsedLines
from planner.model.rules.switches import listing
from tests.exhibits import full_scenario, tiny_scenario
from tests.model.rules.test_openings import columns_by_label
from tests.model.test_rules import BOX, HUB, added, board, changed, ones, rows_of, some, two_ways

TOUCH = 1 + MEASURE_SLACK
JACKET = round(899 * 0.45 * 0.85, 2)
"""Full price of L1 in the app: one year old, 45 % of its tag."""


def ruled(*, base: Scenario | None = None, **fields: Any) -> Board:
    scenario = base or tiny_scenario()
    return board(added(scenario, "quantity_rules", r.QuantityRule(rule="Q", **fields)))


def weight(on: Board, weights: dict[int, float], **fields: Any) -> set[float]:
    """Different weights of the options with these fields."""
    return {round(weights.get(k, 0.0), 9) for k in some(on, **fields)}


def test_quantity_sums_the_units_selected_and_keeps_counted_limits_exact() -> None:
    on = ruled(least=10, most=30, categories=("jacket",), countries=("SG",))
    rows = rule.quantity(on)
    assert list(zip(rows.labels, rows.periods.tolist(), strict=True)) == [("Q", 0), ("Q", 0)]
    assert rows.lower.tolist() == [10.0, -NO_LIMIT] and rows.upper.tolist() == [NO_LIMIT, 30.0]
    jackets = some(on, lot=("L1", "L3"), channel="SG-SHOP")
    assert set(rows.columns[rows.rows == 0].tolist()) == jackets
    assert set(rows.columns[rows.rows == 1].tolist()) == jackets
    assert (rows.coefficients == 1).all()


@pytest.mark.parametrize(
    ("fields", "chosen"),
    [
        ({"brands": ("Linden",)}, {"lot": ("L1", "L2")}),
        ({"seasons": ("summer",)}, {"lot": "L2"}),
        ({"lots": ("L*",), "styles": ("L3",)}, {"lot": "L3"}),
        ({"age_least": 2}, {"lot": ("L2", "L3")}),
        ({"age_most": 1}, {"lot": "L1"}),
        ({"markets": ("CN",)}, {"channel": "CN-APP"}),
        ({"channels": ("SG-*",)}, {"channel": "SG-SHOP"}),
        ({"fee_models": ("commission",)}, {"channel": "CN-APP"}),
        ({"from_period": 2, "to_period": 2}, {"sell": 2}),
    ],
)
def test_quantity_selects_by_every_selector(fields: dict[str, Any], chosen: dict[str, Any]) -> None:
    on = ruled(most=1, **fields)
    ((_, row),) = rows_of(rule.quantity(on)).items()
    assert row.weights == ones(some(on, **chosen))


def test_quantity_may_hold_in_every_period_by_itself() -> None:
    on = ruled(most=9, each_period=True, from_period=2)
    found = rows_of(rule.quantity(on))
    assert set(found) == {("Q", 2), ("Q", 3)}
    assert found["Q", 3].weights == ones(some(on, sell=3))


def test_quantity_of_a_share_of_lots_is_a_part_of_their_units() -> None:
    """30 % of Linden's 200 units to Singapore; sums with decimals are forgiven a billionth part."""
    on = ruled(most=0.3, basis=LimitBasis.SHARE_OF_LOTS, brands=("Linden",), markets=("SG",))
    ((_, row),) = rows_of(rule.quantity(on)).items()
    assert row.upper == pytest.approx(60.0 * TOUCH, rel=1e-15)
    assert row.weights == ones(some(on, lot=("L1", "L2"), channel="SG-SHOP"))


@pytest.mark.parametrize(
    ("measure", "lot", "channel", "each"),
    [
        (Measure.CBM, "L3", "CN-APP", 0.013),
        (Measure.KG, "L1", "SG-SHOP", 1.1),
        (Measure.SHELF_VALUE, "L1", "CN-APP", JACKET),
        (Measure.SHELF_VALUE, "L1", "SG-SHOP", round(899 / 5.3 * 0.5 * 0.85, 2) * 5.3),
    ],
)
def test_quantity_measures_volume_weight_and_shelf_value(
    measure: Measure, lot: str, channel: str, each: float
) -> None:
    on = ruled(most=100.0, measure=measure)
    ((_, row),) = rows_of(rule.quantity(on)).items()
    assert weight(on, row.weights, lot=lot, channel=channel, rung="full") == {round(each, 9)}
    assert row.upper == pytest.approx(100.0 * TOUCH, rel=1e-15)


def test_quantity_of_a_wholesale_deal_is_valued_at_its_price() -> None:
    scenario = changed(
        tiny_scenario(), "channels", 1, fee_model=FeeModel.WHOLESALE, wholesale_ratio=0.2
    )
    on = ruled(base=scenario, most=1.0, measure=Measure.SHELF_VALUE)
    ((_, row),) = rows_of(rule.quantity(on)).items()
    deal = round(899 * 0.85 * 0.2, 2)
    assert weight(on, row.weights, lot="L1", channel="SG-SHOP", rung="full") == {deal}


def test_plan_share_compares_the_selected_with_the_whole_plan() -> None:
    """At most 30 % of the plan abroad: a unit there weighs 0.7, any other -0.3."""
    on = ruled(least=0.1, most=0.3, basis=LimitBasis.SHARE_OF_PLAN, markets=("SG",))
    rows = rule.plan_share(on)
    assert rows.lower.tolist() == [0.0, -NO_LIMIT] and rows.upper.tolist() == [NO_LIMIT, 0.0]
    for number, share in enumerate((0.1 * (1 - MEASURE_SLACK), 0.3 * TOUCH)):
        here = rows.rows == number
        weights = dict(
            zip(rows.columns[here].tolist(), rows.coefficients[here].tolist(), strict=True)
        )
        assert {weights[k] for k in some(on, channel="SG-SHOP")} == {1 - share}
        assert {weights[k] for k in some(on, channel="CN-APP")} == {-share}
        assert len(weights) == len(on.priced.options)


def test_plan_share_of_weight_and_in_every_period() -> None:
    fields = {"most": 0.5, "basis": LimitBasis.SHARE_OF_PLAN, "channels": ("CN-APP",)}
    on = ruled(measure=Measure.KG, each_period=True, **fields)
    found = rows_of(rule.plan_share(on))
    assert set(found) == {("Q", 1), ("Q", 2), ("Q", 3)}
    share = 0.5 * TOUCH
    home = weight(on, found["Q", 2].weights, lot="L1", channel="CN-APP", sell=2)
    abroad = weight(on, found["Q", 2].weights, lot="L2", channel="SG-SHOP", sell=2)
    assert home == {round(1.1 * (1 - share), 9)} and abroad == {round(-0.4 * share, 9)}
    assert set(found["Q", 2].weights) == some(on, sell=2)


def test_exposure_is_the_unit_cost_of_goods_in_a_market() -> None:
    on = ruled(most=1000.0, measure=Measure.EXPOSURE, markets=("SG",), currency="SGD")
    ((_, row),) = rows_of(rule.exposure(on)).items()
    assert row.upper == pytest.approx(5300.0 * TOUCH, rel=1e-15)
    assert set(row.weights) == some(on, channel="SG-SHOP")
    assert weight(on, row.weights, lot="L1", channel="SG-SHOP") == {197.78}
    assert not rows_of(rule.quantity(on))


def test_budget_is_freight_border_or_both() -> None:
    """At home L1 pays 60 a cbm for 0.008 cbm. A dress abroad pays 5 % duty on its customs value."""
    on = ruled(most=100.0, measure=Measure.FREIGHT)
    ((_, row),) = rows_of(rule.budget(on)).items()
    assert weight(on, row.weights, lot="L1", channel="CN-APP") == {0.48}
    border = ruled(most=100.0, measure=Measure.BORDER)
    ((_, bill),) = rows_of(rule.budget(border)).items()
    assert set(bill.weights) == some(border, lot="L2", channel="SG-SHOP")
    both = ruled(most=100.0, measure=Measure.FREIGHT_AND_BORDER)
    ((_, total),) = rows_of(rule.budget(both)).items()
    chosen = np.array(sorted(some(both, lot="L2", channel="SG-SHOP", rung="full")))
    lines = both.priced.waterfalls(chosen)
    right = lines["freight_domestic"] + lines["freight_international"] + lines["duty"]
    assert [total.weights[k] for k in chosen.tolist()] == pytest.approx(right.tolist())
    declared = lines["customs_value"].to_numpy()
    assert lines["duty"].to_numpy() == pytest.approx(0.05 * declared) and len(chosen)


def received(price: float) -> float:
    """What the owner of L1 receives in the app: 88 % kept, 15 % margin, VAT 13 %, fee 0.6 %."""
    keep, supply, net = 0.88, price * 0.85, price / 1.13
    taken = keep * (supply - supply / 1.13) + keep * (price - supply) + 0.006 * keep * price
    return keep * price - taken - 6.0 - 0.12 * 8.0 + 0.12 * 0.8 * net


def test_cash_target_counts_what_is_received_in_time() -> None:
    """The app pays after 15 days: sales of periods 1 and 2 are paid by day 42, those of 3 are not."""
    on = ruled(least=5000.0, measure=Measure.CASH, channels=("CN-APP",))
    ((_, row),) = rows_of(rule.cash_target(on)).items()
    assert row.lower == pytest.approx(5000.0 * (1 - MEASURE_SLACK), rel=1e-15)
    assert set(row.weights) == some(on, channel="CN-APP", sell=(1, 2))
    found = weight(on, row.weights, lot="L1", channel="CN-APP", sell=(1, 2), rung="full")
    assert found == {round(received(JACKET), 9)}
    early = ruled(least=1.0, measure=Measure.CASH, channels=("CN-APP",), to_period=2)
    ((_, row),) = rows_of(rule.cash_target(early)).items()
    assert set(row.weights) == some(early, channel="CN-APP", sell=1)


def bought_out() -> Scenario:
    """The app buys everything out at 20 % of the tag."""
    return changed(tiny_scenario(), "channels", 0, fee_model=FeeModel.BUY_OUT, buy_out_share=0.2)


def test_cash_target_of_a_buy_out_is_its_price_when_it_ships() -> None:
    on = ruled(base=bought_out(), least=1.0, measure=Measure.CASH, to_period=1)
    ((_, row),) = rows_of(rule.cash_target(on)).items()
    assert set(row.weights) == some(on, channel="CN-APP", ship=1)
    price = round(0.2 * 899 / 1.13, 9)
    assert weight(on, row.weights, lot="L1", channel="CN-APP", ship=1) == {price}


def test_working_capital_is_money_out_less_money_back_by_the_end_of_each_period() -> None:
    """A jacket shipped in period 1 and sold in 2 is paid for in 3; then it has earned its cost."""
    on = ruled(most=100.0, measure=Measure.WORKING_CAPITAL, channels=("CN-APP",))
    found = rows_of(rule.working_capital(on))
    assert set(found) == {("Q", 1), ("Q", 2), ("Q", 3)}
    assert found["Q", 1].upper == pytest.approx(100.0 * TOUCH, rel=1e-15)
    chosen = {"lot": "L1", "channel": "CN-APP", "ship": 1, "sell": 2, "rung": "full"}
    freight_and_handling = 0.48 + 0.3
    entry = 1.5 + 1.0 * 0.008 * 12  # picked, and twelve days in the hub
    out = round(freight_and_handling + entry, 9)
    assert weight(on, found["Q", 1].weights, **chosen) == {out}
    assert weight(on, found["Q", 2].weights, **chosen) == {out}
    back = round(out - received(JACKET), 9)
    assert weight(on, found["Q", 3].weights, **chosen) == {back}


def test_working_capital_pays_border_charges_on_arrival() -> None:
    fields = {"most": 100.0, "markets": ("SG",), "to_period": 2}
    on = ruled(base=two_ways(), measure=Measure.WORKING_CAPITAL, **fields)
    found = rows_of(rule.working_capital(on))
    assert set(found) == {("Q", 1), ("Q", 2)}
    late = np.flatnonzero(
        (on.priced.trips.arrival_period > on.priced.trips.ship_period)[on.priced.options.trip]
        & (on.priced.trips.ship_period == 1)[on.priced.options.trip]
        & (on.priced.options.lot == 1)
        & (on.priced.options.sell_period == 3)
    )
    assert len(late)
    lines = on.priced.waterfalls(late)
    for k, duty in zip(late.tolist(), lines["duty"].tolist(), strict=True):
        step = found["Q", 2].weights[k] - found["Q", 1].weights[k]
        assert step == pytest.approx(duty) and duty > 0


def test_working_capital_of_a_buy_out_is_the_owners() -> None:
    on = ruled(base=bought_out(), most=9.0, measure=Measure.WORKING_CAPITAL, channels=("CN-APP",))
    row = rows_of(rule.working_capital(on))["Q", 1]
    first_leg = 0.48 + 0.3
    found = weight(on, row.weights, lot="L1", channel="CN-APP", ship=1)
    assert found == {round(first_leg - 0.2 * 899 / 1.13, 9)}


def test_multiple_makes_a_shipment_line_of_whole_cartons() -> None:
    """120 units make 18 begun multiples of 7; goods on the way come as they come."""
    scenario = changed(changed(full_scenario(), "lots", 0, multiple_units=7), "locks", 1, units=0)
    on = board(changed(scenario, "lots", 1, multiple_units=5))
    family = on.columns.of(Multiples)
    columns = columns_by_label(on, Multiples)
    found = rows_of(rule.multiple(on))
    key = (f"L1 | {HUB}", 2)
    sold = some(on, lot="L1", route=HUB, ship=2)
    assert found[key].weights == ones(sold) | {columns[key]: -7.0}
    assert (found[key].lower, found[key].upper) == (0.0, 0.0)
    most = dict(zip(family.labels, family.most.tolist(), strict=True))
    assert most[f"L1 | {HUB}"] == 18 and family.kind is Kind.COUNT
    assert not any("frozen" in label for label in family.labels)
    assert any(label.startswith("L2 | ") for label in family.labels)


def test_least_line_is_all_or_nothing() -> None:
    on = board(changed(tiny_scenario(), "lots", 1, least_line_units=25))
    columns = columns_by_label(on, UsedLines)
    found = rows_of(rule.least_line(on))
    key = (f"L2 | {BOX}", 1)
    sold = some(on, lot="L2", route=BOX, ship=1)
    assert found[key].weights == ones(sold) | {columns[key]: -25.0}
    assert found[key].lower == 0
    assert rows_of(listing(on))[key].weights == ones(sold) | {columns[key]: -80.0}
    assert {label.split(" | ")[0] for label, _ in found} == {"L2"}
