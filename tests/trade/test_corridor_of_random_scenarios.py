"""Random scenarios with a hard corridor: what their exported tables leave a parallel trader."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import CorridorMode, FeeModel, LockKind, MarginBasis, RuleMode
from planner.plan.audit.corridor import SLACK, Trade, trades
from planner.plan.audit.facts import Facts
from planner.plan.audit.options import Resolver
from planner.plan.audit.read import read_lines
from planner.plan.record import Plan
from planner.report.folder import read_tables, write_tables
from tests.random_rules import bare
from tests.solve.in_process import planned

SEEDS = range(30)
CENT = 0.01


def scenario(seed: int, mode: CorridorMode) -> Scenario:
    """Goods wanted in every market there is, city tiers of China among them; carriers cost little."""
    dice = Random(seed)
    base = bare(seed, dice)
    header = {"corridor": mode, "corridor_tolerance": dice.choice((0.0, 0.0, 4.0))}
    term = r.CorridorTerm(
        corridor="carried",
        freight_per_unit=round(dice.uniform(0, 4), 2),
        risk_margin=round(dice.uniform(0, 4), 2),
        currency="CNY",
    )
    ratio = dice.choice((0.0, 0.0, 0.85))
    wanted = tuple(
        r.QuantityRule(rule=market.market, markets=(market.market,), lots=("L1",), least=1.0)
        for market in base.markets
    )
    soft = r.RuleSetting(rule="quantity", mode=RuleMode.SOFT, price=250.0)
    return base.model_copy(
        update={
            "header": base.header.model_copy(update=header),
            "corridors": dice.choice(((), (term,))),
            "demand": tuple(
                row.model_copy(update={"units_per_period": row.units_per_period * 3})
                for row in base.demand
            ),
            "quantity_rules": wanted,
            "rule_settings": (soft,),
            "brands": tuple(b.model_copy(update={"corridor_ratio": ratio}) for b in base.brands),
        }
    )


@cache
def plan(seed: int, mode: CorridorMode) -> Plan:
    return planned(scenario(seed, mode), gap=0.0)


def left(asked: Scenario, folder: Path) -> list[Trade]:
    """Every ordered pair of markets a style is sold in, from the files of a plan alone."""
    resolver, faults = Resolver(Facts(asked)), []
    options = [resolver.resolve(line)[0] for line in read_lines(read_tables(folder), faults)]
    assert not faults and None not in options
    return trades(Facts(asked), [o for o in options if o is not None])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_hard_corridor_leaves_no_trade_beyond_its_tolerance(seed: int, tmp_path: Path) -> None:
    made = plan(seed, CorridorMode.HARD)
    assert made.ready and made.report.value <= plan(seed, CorridorMode.OFF).report.value + CENT
    write_tables(made, tmp_path)
    tolerance = made.scenario.header.corridor_tolerance
    for trade in left(made.scenario, tmp_path):
        assert trade.profit <= tolerance + 2 * SLACK, trade.label
        assert trade.highest * trade.ratio <= trade.lowest + 2 * SLACK, trade.label


def test_the_corridor_holds_these_plans_back_and_they_sell_in_several_markets() -> None:
    """City tiers and countries among them, or the property above would say nothing."""
    hard = [plan(seed, CorridorMode.HARD) for seed in SEEDS]
    free = [plan(seed, CorridorMode.OFF) for seed in SEEDS]
    moved = [one.report.value < other.report.value - CENT
             for one, other in zip(hard, free, strict=True)]  # fmt: skip
    both = [set(each.arbitrage["from_market"]) | set(each.arbitrage["to_market"]) for each in hard]
    assert sum(moved) >= 10 and sum(len(each) > 1 for each in both) >= 12
    for other in ("CN-S", "SG", "VN"):
        assert any({"CN-N", other} <= each for each in both), other


def planted(seed: int) -> tuple[Scenario, str, str]:
    """No corridor; a unit must be sold cheap in one market and another dear in the next."""
    dice = Random(seed)
    base = bare(seed, dice)
    places = [channel.market for channel in base.channels]
    cheap, dear = dice.sample(sorted(set(places)), 2)
    locks = tuple(
        r.Lock(lock=name, kind=LockKind.MIN_UNITS, units=1, lots=("L1",), markets=(place,),
               rungs=(rung.rung,))
        for name, place, rung in (
            ("cheap", cheap, base.ladders[-1]), ("dear", dear, base.ladders[0])
        )
    )  # fmt: skip
    plain = {"fee_model": FeeModel.COMMISSION, "margin_basis": MarginBasis.RETAIL}
    return (
        base.model_copy(
            update={
                "locks": locks,
                "channels": tuple(row.model_copy(update=plain) for row in base.channels),
                "demand": tuple(
                    row.model_copy(update={"units_per_period": 30.0}) for row in base.demand
                ),
            }
        ),
        cheap,
        dear,
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_a_planted_arbitrage_is_found(seed: int, tmp_path: Path) -> None:
    asked, cheap, dear = planted(seed)
    made = planned(asked, gap=0.0)
    assert made.ready
    write_tables(made, tmp_path)
    style = asked.lots[0].style
    (sown,) = [trade for trade in left(asked, tmp_path)
               if (trade.style, trade.bought_in, trade.sold_in) == (style, cheap, dear)]  # fmt: skip
    found = read_tables(tmp_path)["arbitrage"]
    best = found.loc[found["style"] == style, "profit_per_unit"].max()
    assert best >= sown.profit - CENT
    if cheap.startswith("CN") and dear.startswith("CN"):
        assert sown.profit > 0, "carrying goods from one tier to the other costs nothing"
