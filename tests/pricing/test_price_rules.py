"""Floors and caps of the price rules: absolute, of the tag, of the cost; by place and by age."""

from __future__ import annotations

from typing import Any

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FeeModel, PriceBasis, PriceBound
from tests.pricing.small import HOME, SHOP, added, changed, offered, one_price, sold


def ruled(
    scenario: Scenario, bound: PriceBound, basis: PriceBasis, value: float, **more: Any
) -> Scenario:
    return added(
        scenario,
        "price_rules",
        r.PriceRule(rule="new", bound=bound, basis=basis, value=value, **more),
    )  # fmt: skip


BOUNDS = [
    # basis, value, channel, relief a year, lowest price at or above and highest at or below it
    (PriceBasis.ABSOLUTE, 200.0, HOME, 0.0, 200.0, 200.0),
    (PriceBasis.ABSOLUTE, 200.0, HOME, 0.1, 180.0, 180.0),
    (PriceBasis.ABSOLUTE, 212.0, SHOP, 0.1, 36.0, 36.0),  # 190.80 yuan at 5.3
    (PriceBasis.TAG, 0.25, HOME, 0.0, 224.75, 224.75),
    (PriceBasis.TAG, 0.25, HOME, 0.2, 179.8, 179.8),
    (PriceBasis.COST, 1.2, HOME, 0.0, 237.34, 237.33),  # 237.336
    (PriceBasis.COST, 1.2, SHOP, 0.5, 22.40, 22.39),  # 118.668 yuan, 22.3902 dollars
]
"""Bounds of L1, which is a year old."""


@pytest.mark.parametrize(("basis", "value", "channel", "relief", "lowest", "_"), BOUNDS)
def test_price_floor_is_asked_of_the_price_at_day_0(
    basis: PriceBasis, value: float, channel: int, relief: float, lowest: float, _: float
) -> None:
    for price, fine in ((lowest, True), (round(lowest - 0.01, 2), False)):
        scenario = one_price(price, channel)
        scenario = ruled(scenario, PriceBound.FLOOR, basis, value, change_per_year=relief)
        assert sold(scenario, channel) == fine


@pytest.mark.parametrize(("basis", "value", "channel", "relief", "_", "highest"), BOUNDS)
def test_price_cap_is_asked_of_the_price_at_day_0_and_shrinks_with_age(
    basis: PriceBasis, value: float, channel: int, relief: float, _: float, highest: float
) -> None:
    for price, fine in ((highest, True), (round(highest + 0.01, 2), False)):
        scenario = one_price(price, channel)
        scenario = ruled(scenario, PriceBound.CAP, basis, value, change_per_year=relief)
        assert sold(scenario, channel) == fine


def test_price_floor_may_be_written_in_any_currency() -> None:
    """40 Singapore dollars are 212 yuan, 36 after a year at 10 %: 190.80 yuan."""
    for price, fine in ((190.8, True), (190.79, False)):
        scenario = ruled(
            one_price(price),
            PriceBound.FLOOR,
            PriceBasis.ABSOLUTE,
            40.0,
            currency="SGD",
            change_per_year=0.1,
        )
        assert sold(scenario) == fine


def test_price_floor_of_a_wholesale_deal_is_asked_of_the_price_in_planning_currency() -> None:
    """w = 0.25 x 899 x quality 0.85 = 191.04; a floor of 0.2126 of the tag is 191.13."""
    for share, fine in ((0.2125, True), (0.2126, False)):
        scenario = one_price(1.0).model_copy(update={"reference_prices": ()})
        scenario = changed(
            scenario, "channels", HOME, fee_model=FeeModel.WHOLESALE, wholesale_ratio=0.25
        )
        assert sold(ruled(scenario, PriceBound.FLOOR, PriceBasis.TAG, share)) == fine


@pytest.mark.parametrize(
    "misses",
    [
        {"brands": ("Northpeak",)},
        {"categories": ("dress",)},
        {"markets": ("SG",)},
        {"channels": ("SG-*",)},
        {"age_least": 2},
        {"age_most": 0},
    ],
    ids=lambda row: next(iter(row)),
)
def test_price_floor_touches_only_what_it_selects(misses: dict[str, Any]) -> None:
    floor = (PriceBound.FLOOR, PriceBasis.ABSOLUTE, 500.0)
    hits = {"brands": ("Lin*",), "categories": ("jacket",), "markets": ("CN",),
            "channels": ("CN-APP",), "age_least": 1, "age_most": 1}  # fmt: skip
    assert not sold(ruled(one_price(400.0), *floor, **hits))
    assert sold(ruled(one_price(400.0), *floor, **(hits | misses)))


def test_price_floor_and_price_cap_the_tightest_counts() -> None:
    scenario = one_price(400.0)
    loose = r.PriceRule(rule="a", bound=PriceBound.FLOOR, basis=PriceBasis.ABSOLUTE, value=10.0)
    tight = loose.model_copy(update={"rule": "b", "value": 401.0})
    high = r.PriceRule(rule="c", bound=PriceBound.CAP, basis=PriceBasis.ABSOLUTE, value=900.0)
    low = high.model_copy(update={"rule": "d", "value": 399.0})
    assert sold(added(scenario, "price_rules", loose, high))
    for rules in ((loose, tight), (tight, loose), (high, low), (low, high)):
        assert not sold(added(scenario, "price_rules", *rules))


def test_price_cap_leaves_the_lower_rungs() -> None:
    scenario = one_price(400.0).model_copy(
        update={
            "ladders": (
                r.LadderRung(ladder="standard", rung="full", price_ratio=1.0),
                r.LadderRung(ladder="standard", rung="half", price_ratio=0.5),
            )
        }
    )
    scenario = ruled(scenario, PriceBound.CAP, PriceBasis.ABSOLUTE, 200.0)
    assert offered(scenario, HOME) == {("L1", "half"): 200.0}


def test_excluded_market_and_exclusive_channels_may_be_named_by_their_beginning() -> None:
    assert sold(one_price(400.0))
    assert not sold(changed(one_price(400.0), "brands", 0, excluded_markets=("C*",)))
    assert sold(changed(one_price(400.0), "brands", 0, exclusive_channels=("CN-*",)))
    assert not sold(changed(one_price(400.0), "brands", 0, exclusive_channels=("SG-*",)))
