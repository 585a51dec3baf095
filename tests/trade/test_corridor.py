"""What the corridor does to a plan: prices move, or the leak is paid for, whichever is asked."""

from __future__ import annotations

from functools import cache
from itertools import combinations_with_replacement, permutations, product
from typing import Any

import numpy as np
import pytest

from planner.domain.scenario import Scenario
from planner.domain.vocabulary import CorridorMode
from planner.plan.record import Plan
from tests.solve.in_process import built, planned
from tests.trade.markets import PLACES, RUNGS, three_countries
from tests.trade.whole import best_value

HARD, LEAK, OFF = CorridorMode.HARD, CorridorMode.LEAK, CorridorMode.OFF
MARKETS = ("CN-1", "SG", "TH")
RATIOS = tuple(RUNGS.values())
Window = tuple[int, int]
"""First and last rung a market may sell at, the dearest first."""


def scenario(mode: CorridorMode, units: int = 45, **fields: Any) -> Scenario:
    """Ten shoppers at the full price in each market, and goods for more."""
    return three_countries(mode, markets=MARKETS, units=units, periods=1, **fields)


def price(market: str, rung: int) -> float:
    """Before tax, in planning currency."""
    return PLACES[market][-1] * RATIOS[rung]


def limit(sold_in: str, bought_at: float) -> float:
    """10 for the way and 5 for the risk; Thailand's duty is on the goods and the way."""
    return (bought_at + 10) * 1.3 + 5 if sold_in == "TH" else bought_at + 15


@cache
def best_in_windows() -> dict[tuple[tuple[str, Window], ...], float]:
    """The best plan without a corridor for every choice of markets and of windows of rungs."""
    priced, program, _ = built(scenario(OFF))
    options, channels = priced.options, priced.lookup.scenario.channels
    market = np.array([channel.market for channel in channels])[options.channel]
    windows: list[Window | None] = [None, *combinations_with_replacement(range(3), 2)]
    found = {}
    for chosen in product(windows, repeat=len(MARKETS)):
        used = tuple((m, w) for m, w in zip(MARKETS, chosen, strict=True) if w is not None)
        allowed = np.zeros(len(options), dtype=bool)
        for name, (first, last) in used:
            allowed |= (market == name) & (options.rung >= first) & (options.rung <= last)
        found[used] = best_value(program, allowed)
    return found


def by_enumeration(
    mode: CorridorMode, *, tolerance: float = 0.0, leak_units: float = 0.0, ratio: float = 0.0
) -> float:
    """The best of all windows the corridor allows, the leaks between their ends paid for."""
    best = -np.inf
    for used, value in best_in_windows().items():
        leaks = 0.0
        for (one, (_, lowest)), (other, (highest, _)) in permutations(used, 2):
            cheap, dear = price(one, lowest), price(other, highest)
            profit = dear - limit(other, cheap) - tolerance
            if dear * ratio > cheap + 1e-9 or (mode is HARD and profit > 1e-9):
                break
            leaks += max(0.0, profit)
        else:
            best = max(best, value - leak_units * leaks)
    return best


def profits(plan: Plan) -> float:
    return float(plan.arbitrage["profit_per_unit"].max())


@pytest.mark.parametrize("tolerance", [0.0, 12.5, 36.0])
@pytest.mark.parametrize("ratio", [0.0, 0.8])
def test_a_hard_corridor_gives_the_best_plan_whose_prices_leave_no_trade(
    tolerance: float, ratio: float
) -> None:
    plan = planned(scenario(HARD, corridor_tolerance=tolerance, ratio=ratio), gap=0.0)
    right = by_enumeration(HARD, tolerance=tolerance, ratio=ratio)
    assert plan.ready and plan.report.value == pytest.approx(right)
    assert profits(plan) <= tolerance + 1e-9


@pytest.mark.parametrize(
    ("leak_units", "ratio"), [(1.0, 0.0), (4.0, 0.0), (4.0, 0.8), (300.0, 0.0)]
)
def test_a_priced_leak_gives_the_best_plan_when_leaks_are_paid_for(
    leak_units: float, ratio: float
) -> None:
    plan = planned(scenario(LEAK, corridor_leak_units=leak_units, ratio=ratio), gap=0.0)
    right = by_enumeration(LEAK, leak_units=leak_units, ratio=ratio)
    assert plan.ready and plan.report.value == pytest.approx(right)
    trades = plan.arbitrage
    assert trades["cost"].tolist() == pytest.approx(
        (leak_units * trades["profit_per_unit"].clip(lower=0)).tolist()
    )


def test_a_hard_corridor_moves_prices_and_a_priced_leak_brings_them_back() -> None:
    """Ten units each at 100, 150 and 130 are best, but home's 100 bars more than 115 abroad."""
    free = planned(scenario(OFF, units=30), gap=0.0)
    hard = planned(scenario(HARD, units=30), gap=0.0)
    leak = planned(scenario(LEAK, units=30, corridor_leak_units=1.0), gap=0.0)
    assert free.report.value == pytest.approx(1000 + 1500 + 1105)
    assert hard.report.value == pytest.approx(1200 + 900 + 1105), "home is given up"
    assert leak.report.value == pytest.approx(3605 - 35 - 5), "home to Singapore, Thailand to it"
    assert profits(free) == pytest.approx(35) and profits(hard) <= 1e-9
    assert set(hard.lines["market"]) == {"SG", "TH"}
    assert leak.lines["units"].tolist() == free.lines["units"].tolist() == [10, 10, 10]
    assert leak.arbitrage["cost"].tolist() == pytest.approx([35.0, 5.0])
    assert free.arbitrage["cost"].sum() == hard.arbitrage["cost"].sum() == 0


def test_the_best_trade_left_is_reported_even_when_the_corridor_is_off() -> None:
    (row,) = planned(scenario(OFF, units=30), gap=0.0).arbitrage.to_dict("records")
    assert (row["from_market"], row["to_market"], row["cost"]) == ("CN-1", "SG", 0.0)
    assert row["carrying_limit"] == pytest.approx(115) and row["allowed"] == 0.0


def test_a_plan_of_one_market_leaves_nothing_to_trade() -> None:
    assert planned(three_countries(OFF, markets=("SG",)), gap=0.0).arbitrage.empty
