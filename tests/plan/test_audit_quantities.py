"""The audit of quantities and money: a limit just kept, and one just broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FeeModel, LimitBasis, Measure
from planner.plan.audit.facts import Facts
from planner.plan.audit.quantities import cash_target, working_capital
from planner.plan.audit.usage import Book
from tests.plan.test_audit_rules import row
from tests.plan.test_audit_world import Tables, fields, options_of, plan, world

SHARE = 37 / 68
"""37 of the plan's 68 units are sold abroad."""


def ruled(**more: Any) -> Scenario:
    return world(quantity_rules=(r.QuantityRule(rule="Q", **more),))


def money(tables: Tables, lines: tuple[str, ...], **where: Any) -> float:
    """Sum of money lines over the plan's lines with these cells, units counted."""
    both = tables["lines"].merge(tables["waterfalls"], on="line")
    for name, value in where.items():
        both = both[both[name].isin(value if isinstance(value, list) else [value])]
    return float((both[list(lines)].sum(axis=1) * both["units"]).sum())


QUANTITIES: list[tuple[dict[str, Any], float, float]] = [
    # what is selected, and how much of it the plan holds; the third is one step of it
    ({"markets": ("ZA",)}, 37, 1),
    ({"countries": ("Z*",), "brands": ("B2",)}, 15, 1),
    ({"fee_models": ("commission",), "from_period": 2}, 11, 1),
    ({"lots": ("L1",), "age_most": 1}, 53, 1),
    ({"channels": ("SHOP",), "measure": Measure.CBM}, 37 * 0.004, 0.001),
    ({"channels": ("SHOP",), "measure": Measure.KG}, 37 * 0.5, 0.01),
    ({"styles": ("L2",), "basis": LimitBasis.SHARE_OF_LOTS}, 15 / 40, 1e-6),
    ({"brands": ("B1",), "markets": ("CN",), "basis": LimitBasis.SHARE_OF_LOTS}, 31 / 60, 1e-6),
    # At home 20 at 599 x 0.4 x 0.85 x 0.96, and 11 at 70 % of it.
    ({"markets": ("CN",), "measure": Measure.SHELF_VALUE}, 20 * 195.51 + 11 * 136.86, 0.01),
]


@pytest.mark.parametrize("case", QUANTITIES, ids=lambda c: str(c[0]))
def test_quantity_is_kept_to_its_last_unit(case: tuple[dict[str, Any], float, float]) -> None:
    chosen, used, step = case
    tables, value = plan(world())
    for side, sign in (("least", 1), ("most", -1)):
        assert fields(ruled(**chosen, **{side: used}), tables, value) == set()
        beyond = ruled(**chosen, **{side: used + sign * step})
        assert fields(beyond, tables, value) == {("lines", "quantity")}


def test_quantity_in_every_period_by_itself() -> None:
    """The shop sells 6, 21 and 10 units in periods 3 to 5."""
    tables, value = plan(world())
    shop = {"channels": ("SHOP",), "each_period": True, "from_period": 3}
    assert fields(ruled(**shop, least=6, most=21), tables, value) == set()
    assert fields(ruled(**shop, most=20), tables, value) == {("lines", "quantity")}
    assert fields(ruled(**shop, least=7), tables, value) == {("lines", "quantity")}
    early = shop | {"from_period": 2}
    assert fields(ruled(**early, least=1), tables, value) == {("lines", "quantity")}


def test_quantity_money_limits_are_in_their_own_currency() -> None:
    tables, value = plan(world())
    rand = 28 * 489 + 9 * 342
    shop = {"channels": ("SHOP",), "measure": Measure.SHELF_VALUE, "currency": "ZAR"}
    assert fields(ruled(**shop, most=rand), tables, value) == set()
    beyond = ruled(**shop, most=rand - 0.01)
    assert fields(beyond, tables, value) == {("lines", "quantity")}


def test_plan_share_is_kept_to_its_last_unit() -> None:
    tables, value = plan(world())
    for side, beyond in (("least", SHARE + 1e-6), ("most", SHARE - 1e-6)):
        abroad = {"markets": ("ZA",), "basis": LimitBasis.SHARE_OF_PLAN}
        assert fields(ruled(**abroad, **{side: SHARE}), tables, value) == set()
        found = fields(ruled(**abroad, **{side: beyond}), tables, value)
        assert found == {("lines", "plan_share")}


def test_plan_share_of_each_period_counts_that_period_alone() -> None:
    """Period 3 sells 11 at home and 6 abroad; all other periods sell in one place."""
    tables, value = plan(world())
    third = {"basis": LimitBasis.SHARE_OF_PLAN, "from_period": 3, "to_period": 3}
    abroad = {"markets": ("ZA",), "each_period": True}
    assert fields(ruled(**third, **abroad, most=6 / 17), tables, value) == set()
    found = fields(ruled(**third, **abroad, most=6 / 17 - 1e-6), tables, value)
    assert found == {("lines", "plan_share")}


def test_exposure_is_the_cost_of_the_goods_abroad() -> None:
    tables, value = plan(world())
    abroad = {"measure": Measure.EXPOSURE, "markets": ("ZA",)}
    assert fields(ruled(**abroad, most=37 * 120.0), tables, value) == set()
    assert fields(ruled(**abroad, most=37 * 120.0 - 0.01), tables, value) == {("lines", "exposure")}


FREIGHT = ("freight_domestic", "freight_international")
BORDER = ("duty", "antidumping", "levies", "excise", "import_vat")


@pytest.mark.parametrize(
    ("measure", "lines"),
    [
        (Measure.FREIGHT, FREIGHT),
        (Measure.BORDER, BORDER),
        (Measure.FREIGHT_AND_BORDER, FREIGHT + BORDER),
    ],
)
def test_budget_is_what_the_waterfalls_add_up_to(measure: Measure, lines: tuple[str, ...]) -> None:
    tables, value = plan(world())
    spent = money(tables, lines, channel="SHOP")
    rule = {"measure": measure, "channels": ("SHOP",)}
    assert spent > 100
    assert fields(ruled(**rule, most=spent), tables, value) == set()
    assert fields(ruled(**rule, most=spent - 0.01), tables, value) == {("lines", "budget")}


def received(tables: Tables, **where: Any) -> float:
    """Consumer's money and recoveries less what others take before it arrives."""
    taken = ("sales_vat", "reseller_margin", "marketplace_fee", "payment_fee")
    taken += ("local_opex", "last_mile", "return_costs")
    came = money(tables, ("consumer_paid", "return_recovery"), **where)
    return came - money(tables, taken, **where)


def test_cash_target_counts_the_days_until_cash() -> None:
    """Sold on day 2 and paid on day 17, in period 2; sold in period 3, on day 20, paid on 35."""
    tables, value = plan(world())
    first = received(tables, sell_period=1)
    for last in (2, 3):
        by_then = {"measure": Measure.CASH, "to_period": last}
        assert fields(ruled(**by_then, least=first), tables, value) == set()
        found = fields(ruled(**by_then, least=first + 0.01), tables, value)
        assert found == {("lines", "cash_target")}
    by_then = {"measure": Measure.CASH, "to_period": 4}
    third = received(tables, sell_period=[1, 3])
    assert fields(ruled(**by_then, least=third), tables, value) == set()
    assert fields(ruled(**by_then, least=third + 0.01), tables, value) != set()
    only = ruled(**by_then, from_period=4, least=third - first)
    assert fields(only, tables, value) == set()


def test_cash_target_of_a_buy_out_comes_when_it_ships() -> None:
    scenario = world(**row("channels", 0, fee_model=FeeModel.BUY_OUT, buy_out_share=0.2)(world()))
    rule = r.QuantityRule(rule="Q", measure=Measure.CASH, to_period=1, least=1.0)
    scenario = scenario.model_copy(update={"quantity_rules": (rule,)})
    options = options_of(scenario, [("L1", "HOME", "truck", 1, 3, "full", 20)])
    (usage,) = cash_target(Facts(scenario), Book([], options, []))
    assert usage.used == pytest.approx(20 * 0.2 * 599 / 1.13)


def test_working_capital_at_the_end_of_every_period() -> None:
    """Period 1: 20 units have left for home, and the goods on the way have landed."""
    tables, value = plan(world())
    leaving = ("freight_domestic", "handling", "storage_origin", "freight_international")
    leaving += ("handling_abroad", "picking", "storage_entry", "relabelling", "insurance")
    first = money(tables, leaving, ship_period=1) + money(tables, BORDER, arrival_period=1)
    rule = {"measure": Measure.WORKING_CAPITAL}
    assert fields(ruled(**rule, to_period=1, most=first), tables, value) == set()
    found = fields(ruled(**rule, to_period=1, most=first - 0.01), tables, value)
    assert found == {("lines", "working_capital")}
    scenario = ruled(**rule, most=1.0)
    options = options_of(scenario, list(_picks(tables)))
    used = [u.used for u in working_capital(Facts(scenario), Book([], options, []))]
    second = money(tables, leaving, ship_period=[1, 2])
    second += money(tables, BORDER, arrival_period=[1, 2]) - received(tables, sell_period=1)
    assert used[:2] == pytest.approx([first, second])
    assert len(used) == 5 and used[4] < used[1] < used[0]


def _picks(tables: Tables) -> Iterator[tuple[Any, ...]]:
    names = ["lot", "channel", "route", "ship_period", "sell_period", "rung", "units"]
    return tables["lines"][names].itertuples(index=False, name=None)


@pytest.mark.parametrize(
    ("field", "kept", "broken", "name"),
    [
        ("multiple_units", 9, 4, "multiple"),
        ("least_line_units", 9, 10, "least_line"),
    ],
)
def test_shipment_lines_come_in_their_sizes_and_goods_on_the_way_as_they_are(
    field: str, kept: int, broken: int, name: str
) -> None:
    """9 units of L2 leave by air; the 6 sold from the frozen shipment are exempt."""
    tables, value = plan(world())
    assert fields(world(**row("lots", 1, **{field: kept})(world())), tables, value) == set()
    found = fields(world(**row("lots", 1, **{field: broken})(world())), tables, value)
    assert found == {("lines", name)}


def test_a_shipment_line_is_all_that_leaves_by_one_route_in_one_period() -> None:
    """22 jackets leave by sea in period 2 and are sold in two; 20 and 11 leave for home."""
    tables, value = plan(world())
    for least, found in ((11, set()), (12, {("lines", "least_line")})):
        change = row("lots", 0, least_line_units=least)
        assert fields(world(**change(world())), tables, value) == found
