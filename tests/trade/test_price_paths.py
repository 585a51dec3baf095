"""What rules of prices over time do to a plan, against every list price there could be."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import CorridorMode, RuleMode
from planner.plan.record import Plan
from tests.solve.in_process import built, planned
from tests.trade.markets import RUNGS, three_countries
from tests.trade.whole import best_value

PERIODS, LAST = 3, len(RUNGS) - 1
APPETITE = {1: (2, 9, 30), 2: (6, 12, 14), 3: (12, 14, 16)}
"""Shoppers in Singapore by period at 150, 120 and 90: the later, the more will pay the full price."""


def scenario(**rule: Any) -> Scenario:
    """Forty units for Singapore alone, under one rule of prices over time."""
    base = three_countries(CorridorMode.OFF, markets=("SG",), units=40, periods=PERIODS)
    points = tuple(
        r.DemandPoint(
            channel="SG", category="dress", season="summer", period=period, rung=rung, units=units
        )
        for period, row in APPETITE.items()
        for rung, units in zip(RUNGS, row, strict=True)
    )
    rules = (r.PricePath(rule="rule", **rule),) if rule else ()
    return base.model_copy(update={"demand_points": points, "price_paths": rules})


def by_enumeration(**rule: Any) -> float:
    """The best plan over every list price; without one_price a mark-down may fall in a period."""
    priced, program, _ = built(scenario())
    options = priced.options
    best = -np.inf
    for path in product(range(LAST + 1), repeat=PERIODS):
        if not allowed(path, **rule):
            continue
        start = (0, *path[:-1]) if set(rule) == {"no_rise"} else path
        first, last = (
            np.array(start)[options.sell_period - 1],
            np.array(path)[options.sell_period - 1],
        )
        best = max(best, best_value(program, (options.rung >= first) & (options.rung <= last)))
    return best


def allowed(
    path: tuple[int, ...],
    *,
    no_rise: bool = False,
    one_price: bool = True,
    rungs_per_step_most: int = LAST,
    markdowns_most: int = PERIODS,
    no_touch_from: int | None = None,
) -> bool:
    """Whether a list price keeps a rule."""
    falls = np.diff(path)
    return bool(
        (not no_rise or (falls >= 0).all())
        and (falls <= rungs_per_step_most).all()
        and (falls > 0).sum() <= markdowns_most
        and (no_touch_from is None or falls[no_touch_from - 2] == 0)
    )


def rungs(plan: Plan) -> list[tuple[int, str]]:
    """Period and rung of every sale, in order."""
    return sorted(set(zip(plan.lines["sell_period"], plan.lines["rung"], strict=True)))


@pytest.mark.parametrize(
    "rule",
    [
        {"one_price": True},
        {"no_rise": True},
        {"no_rise": True, "one_price": True},
        {"rungs_per_step_most": 1},
        {"no_rise": True, "rungs_per_step_most": 1},
        {"markdowns_most": 0},
        {"markdowns_most": 1, "no_rise": True},
        {"no_touch_from": 3},
        {"no_touch_from": 2, "rungs_per_step_most": 1},
    ],
    ids=str,
)
def test_a_plan_under_a_rule_of_prices_is_the_best_of_all_list_prices(rule: dict[str, Any]) -> None:
    plan = planned(scenario(**rule), gap=0.0)
    assert plan.ready and plan.report.value == pytest.approx(by_enumeration(**rule))


def test_without_rules_prices_rise_and_with_no_rise_they_do_not() -> None:
    free, ruled = planned(scenario(), gap=0.0), planned(scenario(no_rise=True), gap=0.0)
    assert rungs(free)[-1] == (3, "full") and (1, "down-40") in rungs(free)
    order = [list(RUNGS).index(rung) for _, rung in rungs(ruled)]
    assert order == sorted(order) and ruled.report.value < free.report.value


def test_a_soft_rise_costs_no_more_once_two_prices_a_period_may_be() -> None:
    """A rise by rungs is charged for once, not for each unit sold dearer as well."""

    def asked(price: float, **modes: RuleMode) -> Scenario:
        rows = tuple(
            r.RuleSetting(rule=rule, mode=mode, price=price) for rule, mode in modes.items()
        )
        base = scenario(no_rise=True, one_price=True, rungs_per_step_most=LAST)
        return base.model_copy(update={"rule_settings": rows})

    hard = planned(asked(0.0), gap=0.0).report.value
    for price in (20.0, 60.0):
        one = planned(asked(price, no_rise=RuleMode.SOFT), gap=0.0)
        two = planned(asked(price, no_rise=RuleMode.SOFT, one_price=RuleMode.OFF), gap=0.0)
        assert one.ready and two.ready
        assert hard < one.report.value <= two.report.value + 1e-6


def test_a_limit_on_distinct_prices_costs_what_the_others_would_bring() -> None:
    values = [
        planned(scenario(distinct_prices_most=count), gap=0.0).report.value for count in (1, 2, 3)
    ]
    assert values[0] < values[1] < values[2] == planned(scenario(), gap=0.0).report.value
    priced, program, _ = built(scenario())
    alone = [best_value(program, priced.options.rung == rung) for rung in range(LAST + 1)]
    assert values[0] == pytest.approx(max(alone))


def test_tied_channels_sell_at_one_price() -> None:
    tied = three_countries(CorridorMode.OFF, markets=("SG", "TH"), units=30, periods=1)
    rule = r.PricePath(rule="one", same_price=True)
    plans = [
        planned(tied.model_copy(update={"price_paths": rows}), gap=0.0) for rows in ((), (rule,))
    ]
    free, same = ({m: set(g["rung"]) for m, g in p.lines.groupby("market")} for p in plans)
    assert len(set.union(*free.values())) > 1 and len(set.union(*same.values())) == 1
    assert all(plan.ready for plan in plans)


@pytest.mark.parametrize(
    ("name", "missing", "rule"),
    [
        ("price_step", 2, {"rungs_per_step_most": 0}),
        ("markdown_count", 1, {"markdowns_most": 0}),
        ("no_touch", 2, {"no_touch_from": 2, "no_touch_to": 3}),
        ("distinct_prices", 2, {"distinct_prices_most": 1}),
    ],
)
def test_a_soft_rule_is_charged_for_what_the_best_prices_miss(
    name: str, missing: int, rule: dict[str, Any]
) -> None:
    """In reverse the price falls from 150 to 90: two rungs, one mark-down, two prices too many."""
    base = scenario(**rule)
    points = tuple(
        point.model_copy(update={"period": 1 + PERIODS - point.period})
        for point in base.demand_points
    )
    soft = (r.RuleSetting(rule=name, mode=RuleMode.SOFT, price=0.25),)
    asked = base.model_copy(update={"demand_points": points, "rule_settings": soft})
    plan = planned(asked, gap=0.0)
    assert plan.ready
    short = plan.shortfalls[plan.shortfalls["rule"] == name]
    assert short["cost"].sum() == pytest.approx(0.25 * missing)
