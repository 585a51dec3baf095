"""Resellers V1 to V5: what they can sell limits their channel and weights their inviters' bonus."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.landed_cost.options import price_scenario
from tests.exhibits import tiny_scenario

CN_APP, SG_SHOP = 0, 1
PARTIES = ("brand", "platform", "reseller", "tax", "carriers", "services")
LEVELS = (
    # level, resellers, units a day each, bonus
    ("V1", 200, 0.05, 0.0),
    ("V2", 50, 0.1, 0.05),
    ("V3", 10, 0.5, 0.1),
    ("V4", 4, 2.5, 0.12),
    ("V5", 2, 10.0, 0.165),
)
"""10, 5, 5, 10 and 20 units a day: 50, and (0 + 0.25 + 0.5 + 1.2 + 3.3) / 50 = 10.5 % bonus."""


def with_levels(rows: tuple[tuple[str, int, float, float], ...], **channel: Any) -> Scenario:
    """The tiny scenario with levels in the home channel and no cost of money."""
    tiny = tiny_scenario()
    home = tiny.channels[CN_APP].model_copy(update=channel)
    levels = tuple(
        r.ResellerLevel(
            channel="CN-APP",
            level=name,
            resellers=resellers,
            units_per_reseller_day=units,
            bonus_rate=bonus,
        )
        for name, resellers, units, bonus in rows
    )
    header = tiny.header.model_copy(update={"cost_of_money_per_year": 0.0})
    return tiny.model_copy(
        update={
            "header": header,
            "channels": (home, *tiny.channels[1:]),
            "reseller_levels": levels,
        }
    )


def home_lines(scenario: Scenario) -> pd.DataFrame:
    """Waterfalls of all options of the home channel."""
    priced = price_scenario(Lookup(scenario))
    return priced.waterfalls(np.flatnonzero(priced.options.channel == CN_APP))


def test_reseller_levels_weight_the_bonus_by_what_they_sell() -> None:
    lookup = Lookup(with_levels(LEVELS, inviter_bonus_rate=0.02))
    assert lookup.inviter_bonus_rate(CN_APP) == pytest.approx(0.105)
    assert lookup.inviter_bonus_rate(SG_SHOP) == 0


def test_without_sales_of_levels_the_channel_has_its_own_bonus() -> None:
    for rows in ((), (("V1", 0, 5.0, 0.5), ("V2", 7, 0.0, 0.5))):
        lookup = Lookup(with_levels(rows, inviter_bonus_rate=0.02))
        assert lookup.inviter_bonus_rate(CN_APP) == 0.02


@pytest.mark.parametrize(
    ("rows", "own", "limit"),
    [
        ((), None, np.inf),
        ((), 7.0, 7.0),
        (LEVELS, None, 50.0),
        (LEVELS, 60.0, 50.0),
        (LEVELS, 40.0, 40.0),
        ((("V1", 0, 5.0, 0.0),), 40.0, 0.0),
    ],
    ids=["none", "own", "levels", "levels are less", "own is less", "nobody"],
)
def test_a_channel_sells_no_more_than_its_resellers_can(
    rows: tuple[tuple[str, int, float, float], ...], own: float | None, limit: float
) -> None:
    lookup = Lookup(with_levels(rows, units_per_day=own))
    assert lookup.channel_units_per_day(CN_APP) == pytest.approx(limit)


def test_reseller_levels_move_the_bonus_from_the_platform_to_the_reseller() -> None:
    """V1 to V5 with 10 % each: 0.1 x 0.88 of the shelf price; the brand's money stays as it was."""
    tenth = tuple((name, resellers, units, 0.1) for name, resellers, units, _ in LEVELS)
    plain, paid = home_lines(with_levels(())), home_lines(with_levels(tenth))
    bonus = 0.1 * 0.88 * plain["shelf_price"]
    assert (bonus > 5).all()
    for party, change in (("brand", 0.0), ("platform", -bonus), ("reseller", bonus)):
        of_brand = plain["brand"] != 0
        moved = (paid[party] - plain[party] - change)[of_brand]
        assert moved.abs().max() < 1e-9
    taken = paid[list(PARTIES)].sum(axis=1)
    given = paid["consumer_paid"] + paid["return_recovery"]
    assert (taken - given).abs().max() < 1e-9
