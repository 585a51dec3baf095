"""A planted arbitrage is found, whatever the plan says of it."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd
import pytest

from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import CorridorMode
from planner.errors import Finding
from planner.plan.arbitrage import every_trade
from planner.plan.audit import audit
from planner.plan.audit.corridor import trades
from planner.plan.audit.facts import Facts
from planner.plan.audit.options import Resolver
from planner.plan.audit.read import read_lines
from planner.plan.record import Plan
from tests.random_scenarios import random_scenario
from tests.solve.in_process import planned
from tests.trade.markets import three_countries

HARD, LEAK, OFF = CorridorMode.HARD, CorridorMode.LEAK, CorridorMode.OFF
MARKETS = ("CN-1", "SG", "TH")


def scenario(mode: CorridorMode, **fields: Any) -> Scenario:
    return three_countries(mode, markets=MARKETS, units=30, periods=1, **fields)


@cache
def plan(mode: CorridorMode, leak_units: float = 0.0) -> Plan:
    """Home 100, Singapore 150, Thailand 130 when the corridor is off or the leak is cheap."""
    return planned(scenario(mode, corridor_leak_units=leak_units), gap=0.0)


def audited(
    asked: Scenario, made: Plan, value: float | None = None, **tables: Any
) -> list[Finding]:
    """What the audit finds when a plan is held against a scenario, some tables changed."""
    changed = {**made.tables, **tables}
    return list(audit(asked, changed, made.report.value if value is None else value))


def test_corridor_prices_that_invite_a_trade_are_found_with_both_markets() -> None:
    (found,) = audited(scenario(HARD), plan(OFF))[:1]
    assert not audited(scenario(OFF), plan(OFF)) and not audited(scenario(HARD), plan(HARD))
    assert found.table == "lines" and found.field == "corridor"
    assert "S1 | CN-1 | SG uses 150 PC a unit, at most 115" in found.problem
    fields = [(each.field, each.problem[:14]) for each in audited(scenario(HARD), plan(OFF))]
    assert fields == [("corridor", "S1 | CN-1 | SG"), ("corridor", "S1 | TH | SG u")]


def test_corridor_a_planted_price_is_found() -> None:
    lines = plan(HARD).lines.copy()
    at = int(lines.index[(lines["market"] == "SG") & (lines["rung"] == "down-40")][0])
    lines.loc[at, "rung"], lines.loc[at, "price"] = "full", 32.7
    fields = {found.field for found in audited(scenario(HARD), plan(HARD), lines=lines)}
    assert "corridor" in fields


@pytest.mark.parametrize(("tolerance", "pairs"), [(0.0, 2), (5.0, 1), (34.9, 1), (35.0, 0)])
def test_corridor_the_tolerance_is_allowed(tolerance: float, pairs: int) -> None:
    free = planned(scenario(OFF, corridor_tolerance=tolerance), gap=0.0)
    assert len(audited(scenario(HARD, corridor_tolerance=tolerance), free)) == pairs


def test_corridor_the_ratio_of_the_brand_holds_in_both_modes() -> None:
    wide = {"corridor_tolerance": 900.0, "corridor_leak_units": 1.0}
    free = planned(scenario(OFF, **wide), gap=0.0)
    for mode, ratio, pairs in ((HARD, 0.67, 1), (LEAK, 0.67, 1), (HARD, 0.66, 0), (OFF, 0.9, 0)):
        found = audited(scenario(mode, ratio=ratio, **wide), free)
        assert [each.field for each in found] == ["corridor"] * pairs


def test_a_leak_that_is_not_paid_for_is_found() -> None:
    asked = scenario(LEAK, corridor_leak_units=3.0)
    made = plan(LEAK, 3.0)
    assert not audited(asked, made)
    (found,) = audited(asked, made, value=made.report.value + 120)
    assert found.field == "value"
    unpaid = made.arbitrage.assign(cost=0.0)
    assert {each.field for each in audited(asked, made, arbitrage=unpaid)} == {"cost"}
    (found,) = audited(asked, made, arbitrage=made.arbitrage.iloc[:1])
    assert "S1 | TH | SG leaves 5.000000 a unit, no row says so" in found.problem


@pytest.mark.parametrize(
    "column", ["lowest_price", "highest_price", "carrying_limit", "profit_per_unit", "allowed"]
)
def test_every_number_of_a_trade_is_checked(column: str) -> None:
    wrong = plan(OFF).arbitrage.copy()
    wrong[column] += 0.01
    (found,) = audited(scenario(OFF), plan(OFF), arbitrage=wrong)
    assert (found.table, found.field) == ("arbitrage", column)


def test_the_best_trade_of_a_style_must_be_listed_once_and_truly() -> None:
    table = plan(OFF).arbitrage
    (none,) = audited(scenario(OFF), plan(OFF), arbitrage=table.iloc[:0])
    assert "S1 | CN-1 | SG leaves 35.000000" in none.problem
    (twice,) = audited(scenario(OFF), plan(OFF), arbitrage=pd.concat([table, table]))
    assert "comes twice" in twice.problem
    false = table.assign(to_market="CN-1")
    assert any(
        "no pair" in each.problem for each in audited(scenario(OFF), plan(OFF), arbitrage=false)
    )
    lookup = Lookup(scenario(OFF))
    every = every_trade(lookup, plan(OFF).lines)
    second = every.sort_values("profit_per_unit").iloc[-2:-1]
    (missing,) = audited(scenario(OFF), plan(OFF), arbitrage=second)
    assert "CN-1 | SG" in missing.problem


@pytest.mark.parametrize("seed", range(12))
def test_every_trade_of_a_plan_is_what_the_audit_makes_it(seed: int) -> None:
    base = random_scenario(seed)
    made = planned(base, seconds=5.0)
    assert not [each for each in made.findings if each.table == "arbitrage"]
    facts, resolver = Facts(base), Resolver(Facts(base))
    options = [resolver.resolve(line)[0] for line in read_lines(made.tables, [])]
    right = {
        (t.style, t.bought_in, t.sold_in): (t.lowest, t.highest, t.limit, t.profit)
        for t in trades(facts, [o for o in options if o is not None])
    }
    table = every_trade(Lookup(base), made.lines)
    found = {tuple(row[:3]): row[3:7] for row in table.itertuples(index=False, name=None)}
    assert found.keys() == right.keys()
    for pair, numbers in found.items():
        assert numbers == pytest.approx(right[pair], abs=1e-6), pair  # type: ignore[index]
