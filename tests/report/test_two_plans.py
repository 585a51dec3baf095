"""What differs between two plans, and markets on the same goods as pictures show them."""

from __future__ import annotations

from functools import cache

import pandas as pd
import pytest

from planner.pipeline import make_plan
from planner.plan.record import Plan
from planner.report import market_pictures, two_plans
from planner.report.bridge import bridge
from planner.report.same_goods import SameGoods, market_facts, same_goods
from planner.solve.settings import Settings
from tests.exhibits import tiny_scenario
from tests.report.exhibit_plan import every_plan


@cache
def plan() -> Plan:
    return make_plan(tiny_scenario(), Settings(seconds=20.0))


@cache
def cheaper() -> Plan:
    """The same scenario with half the units of its first lot."""
    scenario = tiny_scenario()
    first, *others = scenario.lots
    lots = (first.model_copy(update={"units": first.units // 2}), *others)
    return make_plan(scenario.model_copy(update={"lots": lots}), Settings(seconds=20.0))


def test_a_plan_compared_with_itself_differs_in_nothing() -> None:
    figures = two_plans.figures_compared(plan(), plan())
    assert (figures["first"] == figures["last"]).all()
    assert not figures["difference_share"].fillna(0).any()
    assert two_plans.prices_changed(plan(), plan()).empty
    assert two_plans.inputs_changed(plan(), plan()).empty


def test_figures_say_both_plans_the_difference_and_its_share() -> None:
    row = two_plans.figures_compared(plan(), cheaper()).set_index("figure").loc["Units in stock"]
    before, after = (sum(lot.units for lot in each.scenario.lots) for each in (plan(), cheaper()))
    assert (row["first"], row["last"]) == (f"{before:,}", f"{after:,}")
    assert row["difference"] == f"{after - before:,}"
    assert row["difference_share"] == pytest.approx((after - before) / before)


def test_a_price_of_one_plan_only_stands_beside_a_blank() -> None:
    changed = two_plans.prices_changed(plan(), cheaper())
    sold_out = changed[changed["price_after"].isna()]
    assert (sold_out["units_after"] == 0).all()
    assert (changed["price_change"].isna() | (changed["price_change"] != 0)).all()


def test_the_steps_of_a_bridge_lead_from_one_value_to_the_other() -> None:
    found = bridge(plan(), cheaper())
    steps = two_plans.bridge_steps(found, "as it was", "half a lot")
    assert steps["reached"].iloc[0] == pytest.approx(plan().report.value, abs=0.01)
    assert steps["reached"].iloc[-2] == pytest.approx(cheaper().report.value, abs=0.01)
    assert steps["change"].sum() == pytest.approx(found.last - found.first, abs=0.01)
    assert steps["is_end"].tolist() == [True, *[False] * len(found.rows), True]
    assert "less" in two_plans.bridge_title(found, "CNY")
    same = bridge(plan(), plan())
    assert "worth the same" in two_plans.bridge_title(same, "CNY")


@cache
def goods() -> tuple[Plan, SameGoods]:
    full = every_plan()
    best = None
    names = [row.market for row in full.scenario.markets]
    for at, one in enumerate(names):
        for two in names[at + 1 :]:
            found = same_goods(full, [one, two])
            if best is None or len(found.lots) > len(best.lots):
                best = found
    assert best is not None
    assert best.lots
    return full, best


def test_the_steps_of_a_market_lead_from_shelf_price_to_netback() -> None:
    _, found = goods()
    steps = market_pictures.falls_by_part(found)
    averages = found.averages(["shelf_price", "netback"])
    for market, part in steps.groupby("market"):
        assert part["change"].iloc[0] == pytest.approx(averages.loc[market, "shelf_price"])
        assert part["change"].sum() == pytest.approx(averages.loc[market, "netback"])
        assert part["reached"].iloc[-1] == pytest.approx(averages.loc[market, "netback"])


def test_panels_stand_in_the_order_of_the_figure_asked_for() -> None:
    full, found = goods()
    facts = market_facts(full, found)
    table = market_pictures.panels(facts, "Lead time")
    lead = table[table["figure"] == "Lead time"]["value"]
    assert lead.tolist() == sorted(lead, reverse=True)
    orders = table.groupby("figure")["market"].agg(tuple)
    assert orders.nunique() == 1, "the same order in every panel"
    assert "days; " in market_pictures.panels_title(facts, "Lead time", "CNY")


def test_figures_in_words_never_say_minus_nothing() -> None:
    facts = pd.DataFrame(
        [("Cost", "Duty", "money", -1e-17, 12.345)], columns=["part", "figure", "kind", "A", "B"]
    )
    (row,) = market_pictures.facts_in_words(facts).to_dict("records")
    assert row["A"] == "0.00"


def test_every_market_has_a_row_with_numbers_that_sort() -> None:
    full, found = goods()
    table = market_pictures.one_row_per_market(market_facts(full, found))
    assert table["market"].tolist() == list(found.markets)
    assert pd.api.types.is_numeric_dtype(table["Netback"])


def test_lots_are_ranked_by_units_and_name_their_best_market() -> None:
    _, found = goods()
    table = market_pictures.lots_by_market(found, "CNY")
    assert set(table["lot"]) == set(found.lots)
    for row in table.to_dict("records"):
        brings = {name: row[f"{name} (CNY/unit)"] for name in found.markets}
        assert brings[row["best_market"]] == max(brings.values())
