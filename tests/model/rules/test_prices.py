"""Prices over time: every pattern of sales the model allows, and no other, leaves the audit silent."""

from __future__ import annotations

import datetime
from collections import defaultdict
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import RuleMode
from planner.landed_cost.options import price_scenario
from planner.model.board import Board
from planner.model.columns import columns_of
from planner.model.program import Block, stack
from planner.model.rules import prices
from planner.plan.audit.facts import Facts
from planner.plan.audit.options import Line, Option
from planner.plan.audit.price_paths import PRICE_RULES
from planner.plan.audit.settings import is_off
from planner.plan.audit.usage import Book
from tests.exhibits import tiny_scenario

FAMILIES = (prices.price_states_of, prices.price_changes_of, prices.prices_used_of)
RULES = (
    prices.price_order,
    prices.price_state,
    prices.no_rise,
    prices.one_price,
    prices.same_price,
    prices.price_step,
    prices.markdown_count,
    prices.no_touch,
    prices.price_used,
    prices.distinct_prices,
)
RUNGS = ("full", "down-20", "down-40")
Sales = dict[tuple[str, int, int], int]
"""Units by channel, period and number of the rung."""


def ruled(*rules: dict[str, Any], periods: int = 4, channels: int = 1) -> Scenario:
    """One lot at home, sold in one channel or two alike, under some rows of price_paths."""
    tiny = tiny_scenario()
    app = tiny.channels[0].model_copy(update={"open_to": None})
    names = [f"CN-{k}" for k in range(1, channels + 1)]
    return tiny.model_copy(
        update={
            "header": tiny.header.model_copy(update={"periods": periods}),
            "lots": (tiny.lots[0].model_copy(update={"units": 40}),),
            "brands": (r.Brand(brand="Linden"), r.Brand(brand="Other")),
            "channels": tuple(app.model_copy(update={"channel": name}) for name in names),
            "channel_terms": tuple(
                tiny.channel_terms[0].model_copy(update={"channel": name}) for name in names
            ),
            "demand": tuple(
                tiny.demand[0].model_copy(update={"channel": name, "units_per_period": 30.0})
                for name in names
            ),
            "season_factors": tuple(
                r.SeasonFactor(climate="temperate", season="winter", period=period, factor=1.0)
                for period in range(1, periods + 1)
            ),
            "price_paths": tuple(
                r.PricePath(rule=f"rule {k}", **fields) for k, fields in enumerate(rules)
            ),
        }
    )


class Model:
    """The rows of prices alone, and every way their switches can stand."""

    def __init__(self, scenario: Scenario) -> None:
        self.priced = priced = price_scenario(Lookup(scenario))
        self.columns = columns_of(priced, FAMILIES)
        self.board = Board(priced, self.columns)
        off = {row.rule for row in scenario.rule_settings if row.mode is RuleMode.OFF}
        asked = [rule for rule in RULES if rule.__name__ not in off]
        self.rows = stack([rule(self.board) for rule in asked], self.columns.count)
        switches = self.columns.count - self.columns.options
        self.ways = np.array(list(product((0.0, 1.0), repeat=switches)))
        matrix = self.rows.matrix.toarray()
        self.of_options = matrix[:, : self.columns.options]
        self.by_switches = matrix[:, self.columns.options :] @ self.ways.T

    def allows(self, sales: Sales) -> bool:
        """Whether some standing of the switches lets these units be sold."""
        options, names = self.priced.options, self.priced.lookup.scenario.channels
        amounts = np.zeros(len(options))
        for (channel, period, rung), units in sales.items():
            here = [
                k
                for k in range(len(options))
                if names[options.channel[k]].channel == channel
                and options.sell_period[k] == period
                and options.rung[k] == rung
            ]
            amounts[here[0]] = units
        used = (self.of_options @ amounts)[:, None] + self.by_switches
        fits = (used <= self.rows.upper[:, None]) & (used >= self.rows.lower[:, None])
        return bool(fits.all(axis=0).any())


def audit_is_silent(facts: Facts, sales: Sales) -> bool:
    """Whether the audit finds no price rule broken by these units."""
    options = [sold(facts, *key, units, row) for row, (key, units) in enumerate(sales.items(), 2)]
    book = Book(lines=[o.line for o in options], options=options, exits=[])
    usages = (usage for rule in PRICE_RULES for usage in rule(facts, book))
    return not any(usage.broken and not is_off(facts, usage.rule, usage.label) for usage in usages)


def sold(facts: Facts, channel: str, period: int, rung: int, units: int, row: int) -> Option:
    """An option of the audit, with no more than prices over time need."""
    (lot,) = facts.lots.values()
    line = Line(row, f"S{row}", lot.lot, channel, "", 1, period, RUNGS[rung], units, {})
    place = facts.channels[channel]
    return Option(
        line=line,
        lot=lot,
        channel=place,
        market=facts.markets[place.market],
        rung=facts.rungs[place.ladder, RUNGS[rung]],
        journey=None,  # type: ignore[arg-type]
        sale_day=0,
        sale_date=datetime.date(2026, 1, 5),
        price=1.0,
        rules=(),
    )


def patterns(periods: int, at_once: int) -> list[Sales]:
    """Every choice of up to `at_once` of three rungs in every period."""
    one = [c for c in product((0, 1), repeat=3) if sum(c) <= at_once]
    return [
        {
            ("CN-1", period, rung): 1
            for period, chosen in enumerate(each, start=1)
            for rung, used in enumerate(chosen)
            if used
        }
        for each in product(one, repeat=periods)
    ]


def compare(scenario: Scenario, wanted: list[Sales]) -> int:
    """Model and audit agree on every pattern; returns how many are allowed."""
    model, facts = Model(scenario), Facts(scenario)
    allowed = 0
    for sales in wanted:
        said = model.allows(sales)
        assert said == audit_is_silent(facts, sales), (said, sales)
        allowed += said
    return allowed


def at(*rungs: int | None, channel: str = "CN-1") -> Sales:
    """One unit a period at each of these rungs, None = nothing sold."""
    return {(channel, k, rung): 1 for k, rung in enumerate(rungs, 1) if rung is not None}


RISING = {"no_rise": True}
SINGLE = {"one_price": True}
SLOW = {"rungs_per_step_most": 1}
FROZEN = {"rungs_per_step_most": 0}
TWICE = {"markdowns_most": 2}
ONCE = {"markdowns_most": 1}
NEVER = {"markdowns_most": 0}
CALM = {"no_touch_from": 2, "no_touch_to": 3}
LATE = {"no_touch_from": 4}
PAIR = {"distinct_prices_most": 2}
LONE = {"distinct_prices_most": 1}
ALONE = (RISING, SINGLE, SLOW, FROZEN, TWICE, ONCE, NEVER, CALM, LATE, PAIR, LONE)
TOGETHER = (
    (RISING, SINGLE),
    (RISING, SLOW),
    (SLOW, ONCE),
    (RISING, SLOW, ONCE),
    (SLOW, CALM),
    (CALM, ONCE),
    (LATE, CALM),
    (RISING, PAIR),
    (PAIR, SLOW),
    (SLOW, ONCE, CALM, RISING),
    ({**SLOW, **TWICE, **RISING, **LONE},),
)


@pytest.mark.parametrize("rules", [(one,) for one in ALONE] + list(TOGETHER), ids=str)
def test_model_and_audit_agree_on_every_pattern_of_one_price_a_period(
    rules: tuple[dict[str, Any], ...],
) -> None:
    allowed = compare(ruled(*rules), patterns(4, 1))
    assert 0 < allowed < 4**4 or rules in ((SINGLE,), (TWICE,)), "three rungs fall twice at most"


@pytest.mark.parametrize("rules", [(one,) for one in ALONE] + list(TOGETHER), ids=str)
def test_model_and_audit_agree_on_every_pattern_with_several_prices_a_period(
    rules: tuple[dict[str, Any], ...],
) -> None:
    wanted = patterns(3, 3)
    assert 0 < compare(ruled(*rules, periods=3), wanted) < len(wanted) == 8**3


def without_one_price(scenario: Scenario, mode: RuleMode = RuleMode.OFF) -> Scenario:
    """A scenario that may sell at two prices in a period."""
    rows = tuple(
        r.RuleSetting(rule=rule, mode=mode, price=1.0) for rule in ("one_price", "same_price")
    )
    return scenario.model_copy(update={"rule_settings": rows})


@pytest.mark.parametrize(
    "rules",
    [
        (SLOW,),
        (FROZEN,),
        (ONCE,),
        (NEVER,),
        ({"no_touch_from": 2},),
        (SLOW, ONCE),
        ({"no_touch_from": 3}, SLOW),
    ],
    ids=str,
)
def test_without_one_price_changes_are_judged_by_the_cheapest_price_paid(
    rules: tuple[dict[str, Any], ...],
) -> None:
    wanted = patterns(3, 3)
    allowed = compare(without_one_price(ruled(*rules, periods=3)), wanted)
    assert compare(ruled(*rules, periods=3), wanted) < allowed < len(wanted) == 8**3


@pytest.mark.parametrize("rules", [(SLOW, RISING), ({"no_touch_from": 3}, ONCE, RISING)], ids=str)
def test_without_one_price_no_rise_looks_at_the_list_price_of_the_period_before(
    rules: tuple[dict[str, Any], ...],
) -> None:
    """It was there whether or not anything was sold: what the model allows, the audit allows."""
    scenario = without_one_price(ruled(*rules, periods=3))
    model, facts = Model(scenario), Facts(scenario)
    allowed = [sales for sales in patterns(3, 3) if model.allows(sales)]
    assert allowed and all(audit_is_silent(facts, sales) for sales in allowed)
    assert not model.allows(at(None, None, 0) | {("CN-1", 3, 2): 1})


def test_price_order_leaves_no_list_price_that_nobody_pays() -> None:
    """Sold dearer alone in period 1, the price was dearer there: the window lets none be cheaper."""
    scenario = ruled({"no_touch_from": 2}, periods=2)
    free = Model(without_one_price(scenario))
    assert not free.allows(at(0, 1)) and free.allows(at(1, 1))
    assert free.allows(at(0, 1) | {("CN-1", 1, 1): 1}), "the cheaper price was paid as well"
    dearer = rows_of(Model(without_one_price(scenario, RuleMode.SOFT)), prices.price_order)
    (seen,) = dearer[f"{HERE} | down-20", 1]
    assert seen.weights == {
        "1 full": 1.0, "1 down-20": -30.0, "1 down-40": -30.0, "Z 1 down-20": 30.0
    }  # fmt: skip
    assert seen.upper == 30, "thirty shoppers at the full price"
    assert (f"{HERE} | down-20", 1) not in rows_of(Model(scenario), prices.price_order)


TIED = {"same_price": True}


@pytest.mark.parametrize(
    "rules", [(TIED,), (TIED, RISING), (TIED, SLOW, ONCE), (TIED, {**PAIR, "channels": ("CN-1",)})]
)
def test_same_price_model_and_audit_agree_on_two_channels(
    rules: tuple[dict[str, Any], ...],
) -> None:
    scenario = ruled(*rules, periods=2, channels=2)
    steps = (None, 0, 1, 2)
    wanted = [
        at(*one) | at(*two, channel="CN-2")
        for one in product(steps, repeat=2)
        for two in product(steps, repeat=2)
    ]
    assert 0 < compare(scenario, wanted) < len(wanted)


def test_no_rules_no_columns_and_no_rows() -> None:
    model = Model(ruled())
    assert model.columns.count == model.columns.options and not len(model.rows.labels)


def test_a_rule_for_other_goods_or_channels_touches_nothing() -> None:
    elsewhere = ({**RISING, "channels": ("SG-*",)}, {**SLOW, "categories": ("dress",)})
    assert not len(Model(ruled(*elsewhere)).rows.labels)


def test_a_style_is_touched_when_one_of_its_lots_is() -> None:
    scenario = ruled({**RISING, "brands": ("Other",)})
    (lot,) = scenario.lots
    twin = lot.model_copy(update={"lot": "L9", "sku": "L9-M", "brand": "Other"})
    both = scenario.model_copy(update={"lots": (lot, twin)})
    assert not len(Model(scenario).rows.labels) and len(Model(both).rows.labels)


@dataclass(frozen=True)
class Row:
    """A row by the words of its columns: options by period and rung, switches by letter."""

    weights: dict[str, float]
    lower: float
    upper: float


def rows_of(model: Model, rule: Any) -> dict[tuple[str, int], list[Row]]:
    """Rows of a rule by label and period; options of one period and rung are written once."""
    block: Block = rule(model.board)
    options, columns = model.priced.options, model.columns
    words = [f"{options.sell_period[k]} {RUNGS[options.rung[k]]}" for k in range(len(options))]
    for letter, family in zip("ZCU", columns.families, strict=True):
        words += [
            f"{letter} {period} {label.rpartition(' | ')[2]}"
            for label, period in zip(family.labels, family.periods.tolist(), strict=True)
        ]
    found: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for k, (label, period) in enumerate(zip(block.labels, block.periods.tolist(), strict=True)):
        here = block.rows == k
        weights = {
            words[c]: float(w)
            for c, w in zip(block.columns[here], block.coefficients[here], strict=True)
        }
        found[label, period].append(Row(weights, float(block.lower[k]), float(block.upper[k])))
    return found


HERE = "L1 | CN-1"


def test_price_order_says_a_price_below_a_rung_is_below_the_dearer_ones() -> None:
    found = rows_of(Model(ruled(RISING, periods=2)), prices.price_order)
    (row,) = found[f"{HERE} | down-40", 1]
    assert row.weights == {"Z 1 down-40": 1.0, "Z 1 down-20": -1.0}
    assert row.upper == 0 and set(found) == {(f"{HERE} | down-40", t) for t in (1, 2)}


def test_price_state_lets_goods_be_sold_at_or_below_a_rung_only_when_the_price_is_there() -> None:
    block = prices.price_state(Model(ruled(RISING, periods=2)).board)
    assert block.link and block.logic
    (row,) = rows_of(Model(ruled(RISING, periods=2)), prices.price_state)[f"{HERE} | down-20", 2]
    # 30 x 0.6 ^ -2.2 = 92.3 shoppers at down-40, more than the 40 units there are.
    assert row.weights == {"2 down-20": 1.0, "2 down-40": 1.0, "Z 2 down-20": -40.0}


def test_the_most_a_row_can_sell_is_the_least_of_stock_and_appetite() -> None:
    few = ruled(SINGLE, periods=2)
    few = few.model_copy(
        update={"demand": (few.demand[0].model_copy(update={"units_per_period": 10}),)}
    )
    (state,) = rows_of(Model(few), prices.price_state)[f"{HERE} | down-20", 2]
    (barred,) = rows_of(Model(few), prices.one_price)[f"{HERE} | down-40", 2]
    assert state.weights["Z 2 down-20"] == -30.0  # 10 x 0.6 ^ -2.2 = 30.8
    assert barred.weights["Z 2 down-40"] == barred.upper == 16.0  # 10 x 0.8 ^ -2.2 = 16.3
    eased = few.model_copy(
        update={"rule_settings": (r.RuleSetting(rule="demand_pool", mode=RuleMode.OFF),)}
    )
    (state,) = rows_of(Model(eased), prices.price_state)[f"{HERE} | down-20", 2]
    assert state.weights["Z 2 down-20"] == -40.0


def test_no_rise_keeps_a_reached_price_and_bars_dearer_goods_in_the_next_period() -> None:
    rows = rows_of(Model(ruled(RISING, periods=2)), prices.no_rise)
    order, barred = rows[f"{HERE} | down-20", 2]
    assert order.weights == {"Z 1 down-20": 1.0, "Z 2 down-20": -1.0} and order.upper == 0
    assert barred.weights == {"2 full": 1.0, "Z 1 down-20": 30.0} and barred.upper == 30
    (single,) = rows_of(Model(ruled(RISING, SINGLE, periods=2)), prices.no_rise)[
        f"{HERE} | down-20", 2
    ]
    assert single == order, "one_price bars dearer goods already"


def test_no_rise_holds_for_frozen_goods_and_every_lot_of_the_style() -> None:
    scenario = ruled(RISING, periods=2)
    (lot,) = scenario.lots
    twin = lot.model_copy(update={"lot": "L9", "sku": "L9-M"})
    shipment = r.FrozenShipment(
        shipment="F1",
        lot="L9",
        entry_site="JX-HUB",
        ship_date=datetime.date(2026, 1, 1),
        arrival_date=datetime.date(2026, 1, 6),
        units=5,
    )
    scenario = scenario.model_copy(update={"lots": (lot, twin), "frozen_shipments": (shipment,)})
    model = Model(scenario)
    block, options = prices.no_rise(model.board), model.priced.options
    trips = model.priced.trips
    (row,) = [
        k
        for k, label in enumerate(block.labels)
        if label == f"{HERE} | down-20" and block.periods[k] == 2 and block.upper[k] > 0
    ]
    columns = block.columns[(block.rows == row) & (block.columns < len(options))]
    barred = {(int(options.lot[k]), int(trips.frozen[options.trip[k]])) for k in columns}
    assert barred == {(0, -1), (1, -1), (1, 0)}
    assert block.upper[row] == 30, "30 shoppers at full, although 80 units are there"


def test_one_price_bars_dearer_goods_once_the_price_is_below() -> None:
    (row,) = rows_of(Model(ruled(SINGLE, periods=2)), prices.one_price)[f"{HERE} | down-40", 1]
    assert row.weights == {"1 full": 1.0, "1 down-20": 1.0, "Z 1 down-40": 40.0}
    assert row.upper == 40


def test_same_price_bars_dearer_goods_in_all_channels_tied_together() -> None:
    model = Model(ruled(TIED, periods=2, channels=2))
    rows = rows_of(model, prices.same_price)
    assert not rows_of(model, prices.one_price)
    (row,) = rows["L1 | CN-1 + CN-2 | down-20", 1]
    block = prices.same_price(model.board)
    options = block.columns[(block.rows == 0) & (block.columns < model.columns.options)]
    assert set(model.priced.options.channel[options]) == {0, 1} and row.upper == 40


def test_rows_of_same_price_that_share_a_channel_tie_all_their_channels() -> None:
    first, second = ({**TIED, "channels": pair} for pair in (("CN-1", "CN-2"), ("CN-2", "CN-3")))
    model = Model(ruled(first, second, periods=2, channels=3))
    assert model.columns.of(prices.PriceStates).paths.names == ["L1 | CN-1 + CN-2 + CN-3"]


def test_price_step_lets_the_price_fall_by_so_many_rungs() -> None:
    (row,) = rows_of(Model(ruled(SLOW, periods=2)), prices.price_step)[f"{HERE} | down-40", 2]
    assert row.weights == {"Z 2 down-40": 1.0, "Z 1 down-20": -1.0} and row.upper == 0
    assert not rows_of(Model(ruled({"rungs_per_step_most": 2}, periods=2)), prices.price_step)


def test_price_step_counts_the_periods_between_two_sales() -> None:
    model, facts = Model(ruled(SLOW)), Facts(ruled(SLOW))
    assert not model.allows(at(0, 2)) and not audit_is_silent(facts, at(0, 2))
    assert model.allows(at(0, None, 2)) and audit_is_silent(facts, at(0, None, 2))


def test_markdown_count_counts_every_fall() -> None:
    model = Model(ruled(ONCE, periods=3))
    rows = rows_of(model, prices.markdown_count)
    (fall,) = rows[f"{HERE} | down-20", 2]
    assert fall.weights == {"Z 2 down-20": 1.0, "Z 1 down-20": -1.0, "C 2 CN-1": -1.0}
    (total,) = rows[HERE, 0]
    assert total.weights == {"C 2 CN-1": 1.0, "C 3 CN-1": 1.0} and total.upper == 1
    assert not rows_of(Model(ruled(TWICE, periods=3)), prices.markdown_count), "only two can be"


def test_markdown_count_counts_a_deep_fall_as_the_steps_it_needs() -> None:
    scenario = ruled(SLOW, ONCE)
    model, facts = Model(scenario), Facts(scenario)
    for sales, right in ((at(0, None, 1), True), (at(0, None, 2), False)):
        assert model.allows(sales) == audit_is_silent(facts, sales) == right


def test_no_touch_holds_the_price_of_the_period_before() -> None:
    rows = rows_of(Model(ruled(CALM, periods=3)), prices.no_touch)
    (row,) = rows[f"{HERE} | down-20", 2]
    assert row.weights == {"Z 2 down-20": 1.0, "Z 1 down-20": -1.0}
    assert row.lower == row.upper == 0 and {period for _, period in rows} == {2, 3}


def test_price_used_and_distinct_prices_count_the_rungs_sold_at() -> None:
    model = Model(ruled(PAIR, periods=2))
    (link,) = rows_of(model, prices.price_used)[f"{HERE} | down-20", 0]
    assert link.weights == {"1 down-20": 1.0, "2 down-20": 1.0, "U 0 down-20": -40.0}
    (total,) = rows_of(model, prices.distinct_prices)[HERE, 0]
    assert total.weights == {f"U 0 {rung}": 1.0 for rung in RUNGS} and total.upper == 2
    assert not rows_of(Model(ruled({"distinct_prices_most": 3}, periods=2)), prices.price_used)


def test_distinct_prices_counts_rungs_of_one_price_once() -> None:
    scenario = ruled(LONE, periods=2)
    full, down, deep = scenario.ladders
    same = down.model_copy(update={"price_ratio": 1.0, "reseller_margin": 0.3})
    scenario = scenario.model_copy(update={"ladders": (full, same, deep)})
    model, facts = Model(scenario), Facts(scenario)
    assert model.allows(at(0, 1)) and audit_is_silent(facts, at(0, 1))
    assert not model.allows(at(0, 2)) and not audit_is_silent(facts, at(0, 2))
