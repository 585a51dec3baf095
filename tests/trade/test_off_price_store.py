"""An off-price store: a few styles a week, each brand in few places, and prices well apart."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from tests.trade.stall import best, set_row, sold, stall

TAGS = {"A": 100.0, "B": 104.0, "C": 90.0, "D": 60.0, "E": 50.0}
LEFT = 10.0


def store(**tables: object) -> Scenario:
    """Five styles of 20 units, each with shoppers for 10 a week, three weeks."""
    lots = {name: (20, tag) for name, tag in TAGS.items()}
    return stall(lots, {"STORE": (10.0,) * 3}, left=LEFT, **tables)


def best_of_shows(most: int, apart: float = 0.0) -> float:
    """Value of the best shows of at most so many styles in each of three weeks, by trying all."""
    shows = [
        show
        for size in range(most + 1)
        for show in combinations(TAGS, size)
        if all(
            max(TAGS[a], TAGS[b]) >= min(TAGS[a], TAGS[b]) * (1 + apart)
            for a, b in combinations(show, 2)
            if apart
        )
    ]
    found = 0.0
    for first in shows:
        for second in shows:
            for third in shows:
                weeks = [min(2, (first + second + third).count(name)) for name in TAGS]
                gain = sum(
                    10 * times * (TAGS[name] - LEFT)
                    for name, times in zip(TAGS, weeks, strict=True)
                )
                found = max(found, gain)
    return 100 * LEFT + found


@pytest.mark.parametrize("most", [1, 2, 3, 4])
def test_the_shows_are_the_best_of_all(most: int) -> None:
    plan = best(set_row(store(), "channels", 0, styles_most_per_period=most))
    assert plan.report.value == pytest.approx(best_of_shows(most))
    shown = plan.lines.groupby("sell_period")["lot"].nunique()
    assert shown.max() <= most


def test_what_a_limit_of_styles_changes() -> None:
    """With two styles a week the six places go to B, A and C twice; D and E are held."""
    assert sold(best(store()), "lot") == dict.fromkeys("ABCDE", 20)
    few = best(set_row(store(), "channels", 0, styles_most_per_period=2))
    assert sold(few, "lot") == dict.fromkeys("ABC", 20)


@pytest.mark.parametrize("apart", [0.02, 0.04, 0.05, 0.12, 0.2])
def test_styles_of_one_kind_stand_apart_in_price(apart: float) -> None:
    """A at 100, B at 104 and C at 90 cannot share a week when prices must be 20 % apart."""
    plan = best(set_row(store(), "channels", 0, price_distance_least=apart))
    assert plan.report.value == pytest.approx(best_of_shows(5, apart))
    for _, week in plan.lines.groupby("sell_period"):
        prices = sorted(week["price"])
        assert all(b >= a * (1 + apart) - 1e-6 for a, b in pairwise(prices))


def test_a_style_in_few_channels_goes_where_it_earns_most() -> None:
    """The outlet pays 10 % less. A style in one channel only sells 10 a week instead of 20."""
    lots = {name: (60, tag) for name, tag in TAGS.items()}
    scenario = stall(lots, {"OUTLET": (10.0,) * 3, "STORE": (10.0,) * 3}, left=LEFT)
    scenario = set_row(scenario, "channel_terms", 0, reference_price_ratio=0.9)
    free = best(scenario)
    assert sold(free, "channel") == {"OUTLET": 150, "STORE": 150}
    spread = r.StyleSpread(rule="one door", channels_most=1)
    one = best(scenario.model_copy(update={"style_spreads": (spread,)}))
    assert sold(one, "channel") == {"STORE": 150}
    lost = sum(30 * (0.9 * tag - LEFT) for tag in TAGS.values())
    assert free.report.value - one.report.value == pytest.approx(lost)


def test_a_brand_is_exclusive_to_one_channel_of_a_group() -> None:
    """All styles are Linden's: the whole brand goes to the store, not style by style."""
    lots = {name: (60, tag) for name, tag in TAGS.items()}
    scenario = stall(lots, {"OUTLET": (20.0,) * 3, "STORE": (10.0,) * 3}, left=LEFT)
    scenario = set_row(scenario, "channel_terms", 0, reference_price_ratio=0.6)
    group = r.ExclusiveGroup(group="doors", channels=("OUTLET", "STORE"))
    plan = best(scenario.model_copy(update={"exclusive_groups": (group,)}))
    outlet = sum(60 * (0.6 * tag - LEFT) for tag in TAGS.values())
    shop = sum(30 * (tag - LEFT) for tag in TAGS.values())
    assert plan.report.value == pytest.approx(300 * LEFT + max(outlet, shop))
    assert set(sold(plan, "channel")) == {"OUTLET" if outlet > shop else "STORE"}
