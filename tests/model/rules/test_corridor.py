"""The corridor: the prices its rows allow, and what they charge, against the definition itself."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import numpy as np
import pytest
from scipy import optimize, sparse

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import CorridorMode, FeeModel, Incoterm
from planner.landed_cost.options import price_scenario
from planner.model.board import Board
from planner.model.columns import columns_of
from planner.model.program import Kind, stack
from planner.model.rules.corridor import (
    Leaks,
    PriceBounds,
    allowed_prices,
    corridor,
    corridor_leak,
    corridor_price,
    leaks_of,
    price_bounds_of,
)
from planner.plan.audit.corridor import corridor as audited
from planner.plan.audit.corridor import leak, trades
from planner.plan.audit.facts import Facts
from planner.plan.audit.options import Line, Option
from planner.plan.audit.usage import Book
from tests.trade.markets import RUNGS, START, three_countries

HARD, LEAK, OFF = CorridorMode.HARD, CorridorMode.LEAK, CorridorMode.OFF
FAMILIES = (price_bounds_of, leaks_of)
RULES = (corridor_price, corridor, corridor_leak)
THREE = ("CN-1", "SG", "TH")
Prices = dict[str, tuple[int, ...]]
"""Numbers of the rungs sold at in each market."""


class Model:
    """The rows of the corridor alone."""

    def __init__(self, scenario: Scenario) -> None:
        self.priced = price_scenario(Lookup(scenario))
        self.columns = columns_of(self.priced, FAMILIES)
        self.board = Board(self.priced, self.columns)
        blocks = [rule(self.board) for rule in RULES]
        self.links, self.rows = blocks[0], stack(blocks, self.columns.count)
        self.bounds = self.columns.of(PriceBounds)
        self.leaks = self.columns.of(Leaks)
        self.levels = self.bounds.levels

    def sold(self, prices: Prices) -> Any:
        """One unit of the first option at each of these rungs."""
        options, channels = self.priced.options, self.priced.lookup.scenario.channels
        amounts = np.zeros(self.columns.options)
        for market, rungs in prices.items():
            for rung in rungs:
                here = [
                    k
                    for k in range(len(options))
                    if channels[options.channel[k]].market == market and options.rung[k] == rung
                ]
                amounts[here[0]] = 1.0
        return amounts

    def least_cost(self, prices: Prices) -> float | None:
        """What the cheapest standing of the switches charges for these prices; None = forbidden.

        Switches stand as low as the units sold allow; no row asks for a higher one.
        """
        units = self.sold(prices)
        matrix, options = self.rows.matrix, self.columns.options
        switches = np.zeros(len(self.bounds))
        links = self.links
        sold = links.columns < options
        switches[links.rows[sold][units[links.columns[sold]] > 0]] = 1.0
        standing = np.concatenate([units, switches, np.zeros(len(self.leaks))])
        over = matrix @ standing - self.rows.upper
        rule = np.array(self.rows.labels.rule)
        if (over[rule != "corridor_leak"] > 0).any():
            return None
        return float(-self.leaks.value @ np.maximum(over[rule == "corridor_leak"], 0.0))

    def cost_by_a_solver(self, prices: Prices) -> float | None:
        """The same by branch and bound over all switches and leaks."""
        units, options = self.sold(prices), self.columns.options
        count = self.columns.count
        kinds = [family.kind for family in self.columns.families for _ in family.labels]
        most = np.concatenate([units, *(family.most for family in self.columns.families)])
        found = optimize.milp(
            -np.concatenate([np.zeros(options), self.bounds.value, self.leaks.value]),
            integrality=np.array([0] * options + [int(kind == Kind.SWITCH) for kind in kinds]),
            bounds=optimize.Bounds(np.concatenate([units, np.zeros(count - options)]), most),
            constraints=optimize.LinearConstraint(
                sparse.csc_array(self.rows.matrix), self.rows.lower, self.rows.upper
            ),
        )
        return float(found.fun) if found.success else None


def by_the_audit(facts: Facts, prices: Prices) -> float | None:
    """What these prices are charged by the definition; None = forbidden."""
    options = [
        option(facts, market, rung, row)
        for row, (market, rung) in enumerate(
            ((market, rung) for market, rungs in prices.items() for rung in rungs), start=2
        )
    ]
    book = Book(lines=[], options=options, exits=[])
    if any(usage.broken for usage in audited(facts, book)):
        return None
    return sum(leak(facts, trade) for trade in trades(facts, options))


def option(facts: Facts, market: str, number: int, row: int) -> Option:
    """An option of the audit, with no more than the corridor needs."""
    (lot,) = facts.lots.values()
    name = list(RUNGS)[number]
    channel = facts.channels[market]
    line = Line(row, f"S{row}", lot.lot, market, "", 1, 1, name, 1, {})
    rung = facts.rungs[channel.ladder, name]
    reference = facts.references[lot.lot, market].price
    return Option(
        line=line,
        lot=lot,
        channel=channel,
        market=facts.markets[market],
        rung=rung,
        journey=None,  # type: ignore[arg-type]
        sale_day=0,
        sale_date=START,
        price=round(reference * rung.price_ratio + 1e-9, 2),
        rules=(),
    )


def patterns(markets: tuple[str, ...]) -> list[Prices]:
    """Every choice of some of three rungs in every market."""
    some = [tuple(k for k in range(3) if bits & 1 << k) for bits in range(8)]
    return [
        {market: rungs for market, rungs in zip(markets, chosen, strict=True) if rungs}
        for chosen in product(some, repeat=len(markets))
    ]


FREE = r.CorridorTerm(corridor="free", currency="CNY")
ONE_WAY = r.CorridorTerm(corridor="home", to_markets=("CN-*",), currency="CNY", ignored=True)
CASES: dict[str, dict[str, Any]] = {
    "hard": {"mode": HARD},
    "hard with a tolerance": {"mode": HARD, "corridor_tolerance": 12.5},
    "hard with a ratio": {"mode": HARD, "ratio": 0.85},
    "hard, ratio alone": {"mode": HARD, "ratio": 0.75, "corridor_tolerance": 900.0},
    "hard, nothing to pay": {"mode": HARD, "corridors": (FREE,)},
    "hard, one way only": {"mode": HARD, "corridors": (FREE, ONE_WAY)},
    "leak": {"mode": LEAK, "corridor_leak_units": 7.0},
    "leak with a tolerance": {"mode": LEAK, "corridor_leak_units": 2.0, "corridor_tolerance": 12.5},
    "leak with a ratio": {"mode": LEAK, "corridor_leak_units": 3.0, "ratio": 0.7},
    "leak, nothing to pay": {"mode": LEAK, "corridor_leak_units": 1.0, "corridors": (FREE,)},
    "tiers": {"mode": HARD, "markets": ("CN-1", "CN-2", "SG"), "corridor_tolerance": 3.0},
}


@pytest.mark.parametrize("case", CASES)
def test_corridor_model_and_definition_agree_on_every_choice_of_prices(case: str) -> None:
    fields = {"markets": THREE, **CASES[case]}
    scenario = three_countries(**fields)
    model, facts = Model(scenario), Facts(scenario)
    forbidden = charged = 0
    for prices in patterns(fields["markets"]):
        right = by_the_audit(facts, prices)
        said = model.least_cost(prices)
        assert (said is None) == (right is None), prices
        if right is None:
            forbidden += 1
        else:
            assert said == pytest.approx(right, abs=1e-9), prices
            charged += right > 0
    hard = fields["mode"] is HARD
    assert (forbidden > 0) == (hard or "ratio" in fields) and (charged > 0) == (not hard)


@pytest.mark.parametrize("case", ["hard with a ratio", "leak with a ratio", "leak"])
def test_a_solver_finds_no_better_standing_of_the_switches(case: str) -> None:
    model = Model(three_countries(markets=THREE, **CASES[case]))
    for prices in patterns(THREE)[::17]:
        right, found = model.least_cost(prices), model.cost_by_a_solver(prices)
        assert found == (right if right is None else pytest.approx(right, abs=1e-6)), prices


def test_no_switches_when_the_corridor_is_off_or_nothing_can_conflict() -> None:
    wide = three_countries(HARD, corridor_tolerance=900.0)
    for scenario in (three_countries(OFF, ratio=0.9), wide):
        model = Model(scenario)
        assert model.columns.count == model.columns.options and not len(model.rows.labels)


def test_corridor_price_links_all_units_on_one_side_of_a_level() -> None:
    model = Model(three_countries(markets=("CN-1", "SG"), periods=1))
    block = corridor_price(model.board)
    options = model.priced.options
    assert block.link and block.logic
    found = {}
    for k, label in enumerate(block.labels):
        here = block.rows == k
        units = here & (block.columns < len(options))
        (weight,) = block.coefficients[here & ~units]
        found[label] = (options.rung[block.columns[units]].tolist(), weight)
    # At home 100, 80, 60 before tax, abroad 150, 120, 90; a trader pays 15 to go there.
    assert {key: (sorted(rungs), weight) for key, (rungs, weight) in found.items()} == {
        "S1 | SG | 90.00 or above": ([0, 1, 2], -60.0),
        "S1 | SG | 120.00 or above": ([0, 1], -60.0),
        "S1 | CN-1 | 60.00 or below": ([2], -60.0),
        "S1 | CN-1 | 100.00 or below": ([0, 1, 2], -60.0),
    }


def test_corridor_forbids_only_the_conflicts_that_imply_the_others() -> None:
    model = Model(three_countries(markets=("CN-1", "SG"), periods=1))
    block = corridor(model.board)
    labels = model.bounds.labels
    rows = {
        label: {
            labels[c - model.columns.options]: float(w)
            for c, w in zip(
                block.columns[block.rows == k], block.coefficients[block.rows == k], strict=True
            )
        }
        for k, label in enumerate(block.labels)
    }
    assert block.logic and rows == {
        "S1 | SG | 120.00 or above": {
            "S1 | SG | 120.00 or above": 1.0,
            "S1 | SG | 90.00 or above": -1.0,
        },
        "S1 | CN-1 | 60.00 or below": {
            "S1 | CN-1 | 60.00 or below": 1.0,
            "S1 | CN-1 | 100.00 or below": -1.0,
        },
        "S1 | CN-1 | SG | 60.00 | 90.00": {
            "S1 | SG | 90.00 or above": 1.0,
            "S1 | CN-1 | 60.00 or below": 1.0,
        },
        "S1 | CN-1 | SG | 100.00 | 120.00": {
            "S1 | SG | 120.00 or above": 1.0,
            "S1 | CN-1 | 100.00 or below": 1.0,
        },
    }
    assert block.upper[-2:].tolist() == [1.0, 1.0]


def test_corridor_leak_charges_the_profit_left_beyond_the_tolerance() -> None:
    scenario = three_countries(
        LEAK, markets=("CN-1", "SG"), periods=1, corridor_leak_units=4.0, corridor_tolerance=5.0
    )
    model = Model(scenario)
    assert not corridor_leak(model.board).logic and not corridor_price(model.board).logic
    assert model.leaks.labels == ["S1 | CN-1 | SG"] and model.leaks.value.tolist() == [-4.0]
    assert model.leaks.most == pytest.approx([150 - (60 + 15 + 5)])
    for low, high, profit in ((2, 0, 70.0), (1, 0, 50.0), (0, 1, 0.0), (2, 2, 10.0)):
        assert model.least_cost({"CN-1": (low,), "SG": (high,)}) == pytest.approx(4 * profit)


def test_goods_on_the_way_all_channels_and_all_lots_of_the_style_count() -> None:
    scenario = three_countries(markets=("CN-1", "SG"))
    (lot,) = scenario.lots
    twin = lot.model_copy(update={"lot": "L2", "sku": "L2-M"})
    shop = scenario.channels[1].model_copy(update={"channel": "SG-2"})
    shipment = r.FrozenShipment(
        shipment="F1",
        lot="L2",
        entry_site="SIN",
        ship_date=START - timedelta(days=3),
        arrival_date=START,
        units=5,
    )
    dear, cheap = scenario.reference_prices[1], scenario.reference_prices[1].price * 0.5
    scenario = scenario.model_copy(
        update={
            "lots": (lot, twin),
            "channels": (*scenario.channels, shop),
            "channel_terms": (
                *scenario.channel_terms,
                scenario.channel_terms[1].model_copy(update={"channel": "SG-2"}),
            ),
            "demand": (
                *scenario.demand,
                scenario.demand[1].model_copy(update={"channel": "SG-2"}),
            ),
            "reference_prices": (
                *scenario.reference_prices,
                dear.model_copy(update={"channel": "SG-2", "price": cheap}),
                dear.model_copy(update={"lot": "L2"}),
                dear.model_copy(update={"lot": "L2", "channel": "SG-2"}),
                scenario.reference_prices[0].model_copy(update={"lot": "L2"}),
            ),
            "frozen_shipments": (shipment,),
        }
    )
    model = Model(scenario)
    levels, options = model.levels, model.priced.options
    here = levels.market == 1
    assert levels.price[here] == pytest.approx([45.0, 60.0, 75.0, 90.0, 120.0, 150.0])
    dearest = options.take(np.flatnonzero(levels.of_option == np.flatnonzero(here)[-1]))
    frozen = model.priced.trips.frozen[dearest.trip] >= 0
    assert set(zip(dearest.lot.tolist(), dearest.channel.tolist(), frozen.tolist(), strict=True)) == {
        (0, 1, False), (1, 1, False), (1, 2, False), (1, 1, True), (1, 2, True)
    }  # fmt: skip


def test_a_deal_counts_at_its_wholesale_price() -> None:
    scenario = three_countries(markets=("CN-1", "SG"))
    deal = scenario.channels[1].model_copy(
        update={"fee_model": FeeModel.WHOLESALE, "incoterm": Incoterm.DDP}
    )
    levels = Model(scenario.model_copy(update={"channels": (scenario.channels[0], deal)})).levels
    assert levels.price[levels.market == 1] == pytest.approx([0.6 * 163.5, 0.8 * 163.5, 163.5]), (
        "the reference price in planning currency, no tax taken off"
    )


@pytest.mark.parametrize("case", CASES)
def test_allowed_prices_fit_together_and_could_not_be_more(case: str) -> None:
    fields = CASES[case]
    model = Model(three_countries(**fields))
    levels, schemes = model.levels, allowed_prices(model.levels)
    distinct = {(s, p) for s, p in zip(levels.style.tolist(), levels.price.tolist(), strict=True)}
    assert set(zip(schemes.style.tolist(), schemes.price.tolist(), strict=True)) == distinct

    def allowed(cheap: int, dear: int) -> bool:
        """Whether a price may be used beside another, as the one it is bought at."""
        most = levels.most[cheap, levels.market[dear]]
        return bool(levels.price[dear] <= most + 1e-9)

    for k in range(len(schemes.style)):
        style, first, end = schemes.style[k], schemes.first[k], schemes.end[k]
        used = [m for m in range(len(first)) if first[m] < end[m]]
        assert used, "the market of the lowest price itself"
        for one in used:
            assert levels.price[first[one]] >= schemes.price[k]
            assert first[one] == levels.first[style, one] or (
                levels.price[first[one] - 1] < schemes.price[k]
            )
            for other in used:
                for cheap, dear in product(
                    range(first[one], end[one]), range(first[other], end[other])
                ):
                    assert one == other or allowed(cheap, dear)
            if end[one] < levels.end[style, one]:
                rest = [first[other] for other in used if other != one]
                assert not all(allowed(cheap, int(end[one])) for cheap in rest)
        for out in set(range(len(first))) - set(used):
            start = levels.after(
                np.array([style]), np.full((1, len(first)), schemes.price[k] - 1e-6)
            )
            if start[0, out] < levels.end[style, out]:
                assert not all(allowed(int(first[m]), int(start[0, out])) for m in used)
