"""Markets on the same goods, and where the next units go: tables held to the plan and to re-solves."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from planner.pipeline import make_plan
from planner.plan.record import PARTIES, Plan
from planner.report.next_units import more_units, next_units, next_units_title
from planner.report.same_goods import market_facts, regimes, same_goods
from planner.solve.settings import Settings
from tests.exhibits import full_scenario, tiny_scenario
from tests.solve.in_process import solve_here

SETTINGS = Settings(seconds=20.0, gap=1e-6)


@pytest.fixture(scope="module", autouse=True)
def in_one_process() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planner.pipeline.run_solver", solve_here)
        yield


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(tiny_scenario(), SETTINGS)


def test_every_market_shows_the_same_goods_at_their_best(plan: Plan) -> None:
    goods = same_goods(plan, ["SG", "CN"])
    assert goods.lots == ("L1", "L2", "L3")
    assert goods.best.groupby("market")["units"].sum().nunique() == 1
    falls = goods.waterfall.set_index("money_line")
    assert falls.columns.tolist() == ["part", "SG", "CN"]
    mean = goods.best[goods.best["market"] == "CN"]
    expected = (mean["netback"] * mean["units"]).sum() / mean["units"].sum()
    assert falls.loc["Netback", "CN"] == pytest.approx(expected)


def test_the_takes_are_all_that_shoppers_pay_and_returns_bring(plan: Plan) -> None:
    goods = same_goods(plan, ["SG", "CN"])
    average = goods.averages(["consumer_paid", "return_recovery", *PARTIES])
    taken = average[list(PARTIES)].sum(axis=1)
    paid = average["consumer_paid"] + average["return_recovery"]
    assert taken.tolist() == pytest.approx(paid.tolist())


def test_facts_have_one_column_per_market(plan: Plan) -> None:
    facts = market_facts(plan, same_goods(plan, ["CN", "SG"])).set_index("figure")
    assert facts.columns.tolist() == ["part", "kind", "CN", "SG"]
    assert facts.loc["Best lot", "CN"] == "L3"
    assert facts.loc["Worst lot", "CN"] == "L2"
    assert facts.loc["Duty as share of customs value", "CN"] == 0
    assert facts.loc["Lead time", "SG"] > facts.loc["Lead time", "CN"]


def test_a_named_lot_only(plan: Plan) -> None:
    assert same_goods(plan, ["CN", "SG"], ["L2"]).lots == ("L2",)


@pytest.mark.parametrize("names", [["CN"], ["CN", "XX"], ["CN", "CN"]])
def test_one_market_or_an_unknown_one_cannot_be_compared(plan: Plan, names: list[str]) -> None:
    with pytest.raises(ValueError, match="two to eight markets"):
        same_goods(plan, names)


def test_regimes_say_what_holds_when() -> None:
    table = regimes(full_scenario(), ["SG"])
    words = table.set_index("rule")["what"]
    assert "5.0%" in " ".join(words["Import duty"])
    assert words["SG label"] == "English care label"
    assert words["Levy port health"] == "0.10% of CIF"


def test_more_units_keep_the_mix() -> None:
    more = more_units(tiny_scenario(), 26)
    added = [b.units - a.units for a, b in zip(tiny_scenario().lots, more.lots, strict=True)]
    assert added == [12, 8, 6]


def test_the_curve_is_the_difference_of_plans_made_again(plan: Plan) -> None:
    curve = next_units(tiny_scenario(), SETTINGS, extra=100, steps=2, plan=plan)
    after = make_plan(more_units(tiny_scenario(), 100), SETTINGS)
    steps = curve.drop_duplicates("units_added")
    assert steps["value_of_step"].sum() == pytest.approx(after.report.value - plan.report.value)
    assert curve["units"].sum() == 100
    assert (steps["least_per_unit"] <= steps["value_per_unit"] + 1e-9).all()
    assert (steps["value_per_unit"] <= steps["most_per_unit"] + 1e-9).all()
    assert next_units_title(curve, "CNY").startswith("Of the next 100 units ")
