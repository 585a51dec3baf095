"""Why a lot goes where it goes, why not elsewhere, and what would change it: claims held to plans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from planner.domain import records as r
from planner.domain.changes import apply
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import LockKind
from planner.errors import NoPlanError
from planner.pipeline import make_plan
from planner.plan.record import Plan
from planner.report.closures import CLOSURE_WORDS, LIFTS
from planner.report.explain import options_beside, options_of, why
from planner.report.flip import OPENERS, flip, tidy
from planner.solve.settings import Settings
from tests.exhibits import tiny_scenario
from tests.random_scenarios import random_scenario
from tests.solve.in_process import solve_here

SETTINGS = Settings(seconds=20.0, gap=1e-7)


@pytest.fixture(scope="module", autouse=True)
def in_one_process() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planner.pipeline.run_solver", solve_here)
        yield


@pytest.fixture(scope="module")
def plan() -> Plan:
    return make_plan(tiny_scenario(), SETTINGS)


def with_brand(scenario: Scenario, brand: str, **fields: object) -> Scenario:
    brands = tuple(
        row.model_copy(update=fields) if row.brand == brand else row for row in scenario.brands
    )
    return scenario.model_copy(update={"brands": brands})


def units_there(plan: Plan, lot: str, market: str) -> int:
    lines = plan.lines[(plan.lines["lot"] == lot) & (plan.lines["market"] == market)]
    return int(lines["units"].sum())


def test_what_the_plan_uses_lacks_next_to_nothing_and_what_it_does_not_lacks_money(
    plan: Plan,
) -> None:
    for lot in plan.scenario.lots:
        every = options_of(plan, lot.lot)
        assert every["units"].sum() == plan.lines.loc[plan.lines["lot"] == lot.lot, "units"].sum()
        value = plan.lines.set_index(
            ["lot", "channel", "route", "ship_period", "sell_period", "rung"]
        )["netback_per_unit"]
        used = every[every["units"] > 0]
        keys = [tuple(key) for key in used[value.index.names].itertuples(index=False)]
        assert used["value_per_unit"].tolist() == pytest.approx([value[key] for key in keys])


def test_what_is_in_the_plan_comes_first(plan: Plan) -> None:
    beside = options_beside(plan, "L2")
    assert set(beside["channel"]) == {"CN-APP", "SG-SHOP"}
    assert (beside["units"].diff().fillna(0) <= 0).all() or (beside["units"] > 0).all()
    assert beside["units"].sum() == plan.lines.loc[plan.lines["lot"] == "L2", "units"].sum()


def test_a_closed_market_is_closed_by_its_rule_and_by_no_other() -> None:
    scenario = with_brand(tiny_scenario(), "Linden", excluded_markets=("SG",))
    made = make_plan(scenario, SETTINGS)
    answer = why(made, "L1", "SG")
    assert answer.units == 0
    assert answer.closed_by == ("excluded_market",)
    assert "a market the brand keeps out of" in str(answer)


def test_a_market_no_route_leads_to_is_said_to_be_out_of_reach() -> None:
    tiny = tiny_scenario()
    home = tuple(leg for leg in tiny.legs if leg.to_site != "SIN")
    made = make_plan(tiny.model_copy(update={"legs": home}), SETTINGS)
    answer = why(made, "L1", "SG")
    assert answer.best is None
    assert "no route" in str(answer)


def test_a_plan_without_marginal_values_does_not_pretend_to_know(plan: Plan) -> None:
    bare = replace(plan, limits=plan.limits.assign(marginal_value=float("nan")))
    scenario = with_brand(bare.scenario, "Linden", excluded_markets=("SG",))
    lines = bare.lines[bare.lines["market"] != "SG"]
    answer = why(replace(bare, scenario=scenario, lines=lines), "L1", "SG")
    assert "a market the brand keeps out of" in str(answer)
    assert "is not known" in str(answer)


def test_the_limits_named_are_what_the_option_uses_up(plan: Plan) -> None:
    answer = why(plan, "L1", "SG")
    assert answer.units > 0 and answer.best is not None
    assert answer.limits["money_per_unit"].sum() == pytest.approx(answer.best["used_up_per_unit"])
    assert answer.limits["rule"].iloc[0] == "supply"


BLOCKED = {
    "excluded": lambda: with_brand(tiny_scenario(), "Linden", excluded_markets=("SG",)),
    "exclusive": lambda: with_brand(tiny_scenario(), "Linden", exclusive_channels=("CN-APP",)),
    "floor": lambda: with_brand(tiny_scenario(), "Linden", floor_export=0.95),
    "ban": lambda: tiny_scenario().model_copy(
        update={
            "locks": (
                r.Lock(lock="keep L1 home", kind=LockKind.BAN, lots=("L1",), markets=("SG",)),
            )
        }
    ),
}


@pytest.mark.parametrize("name", BLOCKED)
def test_a_claimed_flip_flips(name: str) -> None:
    scenario = BLOCKED[name]()
    found = flip(scenario, "L1", "SG", SETTINGS)
    assert found is not None and found.verified
    assert found.before == 0 < found.after
    again = make_plan(apply(scenario, [found.change]), SETTINGS)
    assert units_there(again, "L1", "SG") == found.after


def test_a_price_that_must_fall_is_named_in_its_own_unit() -> None:
    """Freight to Singapore a thousand times dearer: the smallest change is to that freight."""
    tiny = tiny_scenario()
    dear = tuple(
        leg.model_copy(update={"cost_per_unit": 200.0}) if leg.to_site == "SIN" else leg
        for leg in tiny.legs
    )
    only = tuple(leg for leg in dear if leg.leg != "NGB-SIN-LCL")
    scenario = tiny.model_copy(update={"legs": only})
    found = flip(scenario, "L2", "SG", SETTINGS)
    assert found is not None and found.verified
    assert 0 < found.size < 4
    smaller = make_plan(scenario, SETTINGS)
    assert units_there(smaller, "L2", "SG") == 0


def test_a_market_without_channels_has_no_options_and_no_flip() -> None:
    tiny = tiny_scenario()
    bare = tiny.markets[1].model_copy(update={"market": "BARE"})
    scenario = tiny.model_copy(update={"markets": (*tiny.markets, bare)})
    plan = make_plan(scenario, SETTINGS)
    assert not len(options_of(plan, "L1", "BARE"))
    assert flip(scenario, "L1", "BARE", SETTINGS, plan=plan, plans=3) is None
    assert why(plan, "L1", "BARE") is not None


@pytest.mark.parametrize("seed", [2, 5])
def test_flips_of_random_scenarios_flip(seed: int) -> None:
    scenario = random_scenario(seed)
    try:
        plan = make_plan(scenario, SETTINGS)
    except NoPlanError:
        pytest.skip(f"seed {seed}: hard rules leave no plan")
    apart = [
        (lot.lot, market.market)
        for lot in scenario.lots
        for market in scenario.markets
        if not units_there(plan, lot.lot, market.market)
    ]
    for lot, market in apart[:1]:
        found = flip(scenario, lot, market, SETTINGS, plan=plan, plans=12)
        if found is not None and found.verified:
            again = make_plan(apply(scenario, [found.change]), SETTINGS)
            assert units_there(again, lot, market) == found.after > 0


def test_what_is_sold_there_already_needs_no_flip(plan: Plan) -> None:
    assert flip(plan.scenario, "L1", "CN", SETTINGS, plan=plan) is None


def test_numbers_are_rounded_in_the_direction_of_the_change() -> None:
    assert tidy(0.052081, up=False) == 0.05208
    assert tidy(0.052081, up=True) == 0.05209


def test_every_closure_has_words_and_openers_are_closures() -> None:
    assert set(CLOSURE_WORDS) == set(LIFTS)
    assert set(OPENERS) <= set(LIFTS)
