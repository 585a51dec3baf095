"""Prices end as their currency's shoppers expect, and floors and caps are asked of what is written."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FeeModel, PriceBasis, PriceBound
from planner.landed_cost.options import price_scenario
from tests.exhibits import tiny_scenario
from tests.pricing.small import SHOP, added, changed, offered, one_price, sold


def ending(price: float, currency: str = "SGD", **of_currency: Any) -> Scenario:
    """L1 in the shop abroad at a price that its currency then writes in its own way."""
    scenario = one_price(price, SHOP)
    scenario = changed(scenario, "markets", 1, currency=currency)
    rates = {"SGD": 5.3, "VND": 0.0003, "JPY": 0.05, "USD": 7.1}
    return scenario.model_copy(
        update={
            "exchange_rates": tuple(
                r.ExchangeRate(currency=name, rate=rate) for name, rate in rates.items()
            ),
            "currencies": (r.CurrencyInfo(currency=currency, **of_currency),),
        }
    )


DONG = {"currency": "VND", "price_decimals": 0, "price_step": 1000.0}
YEN = {"currency": "JPY", "price_decimals": 0, "price_step": 100.0, "price_ending": 80.0}
NINES = {"price_step": 10.0, "price_ending": 9.9}


@pytest.mark.parametrize(
    ("rule", "price", "written"),
    [
        (DONG, 248_700.0, 249_000.0),
        (DONG, 249_499.0, 249_000.0),
        (DONG, 248_500.0, 249_000.0),  # half way: away from zero
        (DONG, 400.0, 1_000.0),  # never 0
        (YEN, 31.0, 80.0),
        (YEN, 229.0, 180.0),
        (YEN, 230.0, 280.0),
        (YEN, 3_230.0, 3_280.0),
        (NINES, 33.2, 29.9),
        (NINES, 34.9, 39.9),
        (NINES, 3.0, 9.9),
        ({"price_step": 0.05}, 33.22, 33.2),
        ({"price_step": 0.05}, 33.225, 33.25),
        ({"price_step": 0.1}, 1.15, 1.2),  # 1.15 / 0.1 is 11.499999999999998 to a computer
        ({"price_step": 0.125}, 33.13, 33.13),  # 33.125, which two decimals write as 33.13
        ({}, 33.224, 33.22),
    ],
)
def test_price_ending_is_the_nearest_that_the_currency_allows(
    rule: dict[str, Any], price: float, written: float
) -> None:
    assert offered(ending(price, **rule), SHOP) == {("L1", "full"): pytest.approx(written)}


def test_price_ending_is_asked_before_floors_and_caps() -> None:
    """33.20 is written 29.90 and 34.90 is written 39.90."""

    def bounded(price: float, bound: PriceBound, value: float) -> Scenario:
        rule = r.PriceRule(
            rule="new", bound=bound, basis=PriceBasis.ABSOLUTE, value=value, currency="SGD"
        )
        return added(ending(price, **NINES), "price_rules", rule)

    assert not sold(bounded(33.2, PriceBound.FLOOR, 30.0), SHOP)
    assert sold(bounded(33.2, PriceBound.FLOOR, 29.9), SHOP)
    assert not sold(bounded(34.9, PriceBound.CAP, 39.0), SHOP)
    assert sold(bounded(34.9, PriceBound.CAP, 39.9), SHOP)
    brand = {"floor_export": 30.0 * 5.3 / 899}
    assert not sold(changed(ending(33.2, **NINES), "brands", 0, **brand), SHOP)
    assert sold(changed(ending(34.9, **NINES), "brands", 0, **brand), SHOP)


def test_price_ending_does_not_move_a_wholesale_deal() -> None:
    scenario = changed(
        ending(33.21, **NINES), "channels", SHOP, fee_model=FeeModel.WHOLESALE, wholesale_ratio=0.2
    )
    assert offered(scenario, SHOP) == {("L1", "full"): pytest.approx(33.21, abs=0.005)}


def test_price_ending_leaves_the_appetite_that_of_the_rung() -> None:
    tiny = tiny_scenario()
    dollar = r.CurrencyInfo(currency="SGD", price_step=10.0, price_ending=9.9)
    moved = tiny.model_copy(update={"currencies": (dollar,)})
    before, after = (price_scenario(Lookup(scenario)).options for scenario in (tiny, moved))
    assert (before.demand == after.demand).all()
    shop = after.channel == SHOP
    assert np.allclose(after.price[shop] % 10, 9.9)
    assert not np.allclose(before.price[shop] % 10, 9.9)
