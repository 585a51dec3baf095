"""The share of tag at which a buy-out is worth as much as a commission sale."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FeeModel, Owner
from planner.landed_cost.break_even import COLUMNS, break_even_buy_out, break_even_share
from planner.landed_cost.fee_models import buy_out_price
from planner.landed_cost.options import Priced, price_scenario
from tests.exhibits import full_scenario, tiny_scenario
from tests.landed_cost.test_fee_models import BOUGHT, DRESS, close, takes

ON_COMMISSION, BUYER = "CN-APP", "CN-BUY"


def buying(scenario: Scenario, share: float = 0.1, **of_channel: Any) -> Scenario:
    """The scenario with a channel at home that buys out what the app sells on commission."""
    app = scenario.channels[0]
    buyer = app.model_copy(
        update={"channel": BUYER, "fee_model": FeeModel.BUY_OUT, "buy_out_share": share}
        | of_channel
    )
    terms = [row for row in scenario.channel_terms if row.channel == app.channel]
    pools = [row for row in scenario.demand if row.channel == app.channel]
    prices = [row for row in scenario.reference_prices if row.channel == app.channel]

    def there(rows: list[Any]) -> tuple[Any, ...]:
        return tuple(row.model_copy(update={"channel": BUYER}) for row in rows)

    return scenario.model_copy(
        update={
            "channels": (*scenario.channels, buyer),
            "channel_terms": (*scenario.channel_terms, *there(terms)),
            "demand": (*scenario.demand, *there(pools)),
            "reference_prices": (*scenario.reference_prices, *there(prices)),
        }
    )


def dress_of_the_notes() -> Scenario:
    """Lot L1 at tag 399, sold at 99 on the terms of the domain notes; L1 costs 1.20, L2 3.50."""
    tiny = tiny_scenario()
    sites = tuple(
        site.model_copy(
            update={
                "storage_cost_per_cbm_day": 0.0,
                "inbound_cost_per_unit": 0.0,
                "outbound_cost_per_unit": 0.0,
                "pick_cost_per_unit": 0.0,
            }
        )
        for site in tiny.sites
    )
    truck = tiny.legs[0].model_copy(update={"cost_per_cbm": 0.0, "cost_per_unit": 1.2})
    app = tiny.channels[0].model_copy(
        update={
            "reseller_margin": 0.25,
            "payment_fee_rate": 0.0,
            "return_value_share": 0.0,
            "return_value": 30.0,
            "salvage_value": 5.0,
            "resaleable_share": 0.9,
            "reverse_cost": 6.0,
            "refurbish_cost": 1.5,
        }
    )
    term = tiny.channel_terms[0].model_copy(update={"return_rate": 0.15, "last_mile_cost": 3.5})
    return tiny.model_copy(
        update={
            "header": tiny.header.model_copy(update={"cost_of_money_per_year": 0.0}),
            "lots": (tiny.lots[0].model_copy(update={"tag": 399.0}),),
            "sites": sites,
            "legs": (truck, *tiny.legs[1:]),
            "channels": (app, *tiny.channels[1:]),
            "channel_terms": (term, *tiny.channel_terms[1:]),
            "ladders": tiny.ladders[:1],
            "reference_prices": (r.ReferencePrice(lot="L1", channel=ON_COMMISSION, price=99.0),),
        }
    )


def best(priced: Priced, lot: int, channel: str) -> float:
    """The most a unit brings its brand in a channel, goods on the way left out."""
    options, at = priced.options, priced.lookup.channel_at[channel]
    still = priced.trips.frozen[options.trip] < 0
    rows = np.flatnonzero((options.lot == lot) & (options.channel == at) & still)
    return float(priced.waterfalls(rows)["brand"].max())


def test_break_even_of_the_domain_notes_from_both_sides() -> None:
    """The platform breaks even at .1320; the brand gets 42.98 on commission, 44.18 with the leg."""
    at_ten = takes(BOUGHT, FeeModel.BUY_OUT, buy_out_share=0.1)
    worth = at_ten.platform + buy_out_price(399.0, 0.1, 0.13)
    assert break_even_share(worth, 399.0, 0.13) == close(0.1320)
    brand = takes(DRESS, FeeModel.COMMISSION).owner
    table = break_even_buy_out(price_scenario(Lookup(buying(dress_of_the_notes()))))
    (row,) = table.to_dict("records")
    assert (row["lot"], row["market"]) == ("L1", "CN")
    assert (row["commission_channel"], row["buy_out_channel"]) == (ON_COMMISSION, BUYER)
    assert row["contract_share"] == 0.1
    assert row["best_netback_per_unit"] == close(42.9814)
    assert row["best_netback_per_unit"] == pytest.approx(brand)
    assert row["break_even_share"] == close(44.1814 * 1.13 / 399)


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_at_the_break_even_share_the_brand_is_indifferent(share: float) -> None:
    """Money costs 40 % a year, L1 leaves two weeks later, and some of L2 is at the hub already."""
    full = full_scenario()
    costly = full.header.model_copy(update={"cost_of_money_per_year": 0.4})
    late = full.lots[0].model_copy(update={"available_period": 2})
    near = full.frozen_shipments[0].model_copy(update={"entry_site": "JX-HUB"})
    scenario = full.model_copy(
        update={
            "header": costly,
            "lots": (late, *full.lots[1:]),
            "frozen_shipments": (near,),
            "locks": (),
        }
    )
    table = break_even_buy_out(price_scenario(Lookup(buying(scenario, share))))
    assert table["lot"].tolist() == ["L1", "L2"]  # L3 is the platform's own
    for row in table.to_dict("records"):
        priced = price_scenario(Lookup(buying(scenario, row["break_even_share"])))
        lot = priced.lookup.lot_at[row["lot"]]
        assert best(priced, lot, ON_COMMISSION) == pytest.approx(row["best_netback_per_unit"])
        assert best(priced, lot, BUYER) == pytest.approx(row["best_netback_per_unit"], abs=1e-9)


def test_a_break_even_needs_both_ways_of_selling_in_one_market() -> None:
    tiny = tiny_scenario()
    for scenario in (
        tiny,
        buying(tiny.model_copy(update={"lots": tiny.lots[2:]})),
        buying(tiny, market="SG"),
        buying(
            tiny.model_copy(
                update={
                    "channels": (
                        tiny.channels[0].model_copy(update={"fee_model": FeeModel.MARKETPLACE}),
                        tiny.channels[1],
                    )
                }
            )
        ),
    ):
        table = break_even_buy_out(price_scenario(Lookup(scenario)))
        assert table.empty and list(table.columns) == list(COLUMNS)
    assert tiny.lots[2].owner is Owner.PLATFORM


def test_every_commission_channel_is_held_against_every_buyer() -> None:
    scenario = buying(tiny_scenario(), 0.2)
    rebate = scenario.channels[0].model_copy(
        update={"channel": "CN-LIVE", "fee_model": FeeModel.REBATE}
    )
    terms = [row for row in scenario.channel_terms if row.channel == ON_COMMISSION]
    pools = [row for row in scenario.demand if row.channel == ON_COMMISSION]
    scenario = scenario.model_copy(
        update={
            "channels": (*scenario.channels, rebate),
            "channel_terms": (
                *scenario.channel_terms,
                *(row.model_copy(update={"channel": "CN-LIVE"}) for row in terms),
            ),
            "demand": (
                *scenario.demand,
                *(row.model_copy(update={"channel": "CN-LIVE"}) for row in pools),
            ),
        }
    )
    table = break_even_buy_out(price_scenario(Lookup(scenario)))
    pairs = set(zip(table["lot"], table["commission_channel"], strict=True))
    assert pairs == {(lot, name) for lot in ("L1", "L2") for name in (ON_COMMISSION, "CN-LIVE")}
    assert (table["buy_out_channel"] == BUYER).all()
