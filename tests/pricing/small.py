"""Small changes to the exhibits, and what their channels then offer."""

from __future__ import annotations

from typing import Any

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.pricing import ladder_of, offers_of
from tests.exhibits import tiny_scenario

HOME, SHOP = 0, 1
"""Channels of the tiny scenario: commission at home in CNY, marketplace in Singapore in SGD."""


def changed(scenario: Scenario, table: str, at: int, **update: Any) -> Scenario:
    """The scenario with another row `at` of a table."""
    rows = list(getattr(scenario, table))
    rows[at] = rows[at].model_copy(update=update)
    return scenario.model_copy(update={table: tuple(rows)})


def added(scenario: Scenario, table: str, *rows: r.Record) -> Scenario:
    return scenario.model_copy(update={table: (*getattr(scenario, table), *rows)})


def one_price(price: float, channel: int = HOME, **of_lot: Any) -> Scenario:
    """The tiny scenario with lot L1 alone, sold at one rung: at this price in one channel.

    L1: Linden, jacket, tag 899.00, unit cost 197.78, a year old; no brand has a floor.
    """
    tiny = tiny_scenario()
    name = tiny.channels[channel].channel
    lot = tiny.lots[0].model_copy(update=of_lot)
    return tiny.model_copy(
        update={
            "lots": (lot,),
            "brands": tuple(
                brand.model_copy(update={"floor_domestic": 0.0, "floor_export": 0.0})
                for brand in tiny.brands
            ),
            "ladders": tiny.ladders[:1],
            "reference_prices": (r.ReferencePrice(lot="L1", channel=name, price=price),),
        }
    )


def offered(scenario: Scenario, channel: int) -> dict[tuple[str, str], float]:
    """Price of every (lot, rung) a channel offers."""
    lookup = Lookup(scenario)
    offers, rungs = offers_of(lookup, channel), ladder_of(lookup, channel)
    return {
        (scenario.lots[lot].lot, rungs[rung].rung): float(price)
        for lot, rung, price in zip(offers.lot, offers.rung, offers.price, strict=True)
    }


def sold(scenario: Scenario, channel: int = HOME) -> bool:
    """Whether a channel offers L1 at full price."""
    return ("L1", "full") in offered(scenario, channel)
