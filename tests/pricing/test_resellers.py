"""What resellers are left: the band, and the margin of every rung."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FeeModel, MarginBasis, Perspective
from planner.landed_cost.options import Priced, price_scenario
from planner.plan.record import PARTIES
from planner.pricing import ladder_of, rung_margins
from tests.exhibits import tiny_scenario
from tests.pricing.small import HOME, SHOP, changed, one_price, sold

BAND = {
    "reseller_margin_least": 0.20,
    "reseller_margin_most": 0.30,
    "reseller_least_per_order": 20.0,
    "units_per_order": 1.3,
}
"""20 to 30 % of the shelf price and at least CNY 20 an order of 1.3 units."""
RETAIL, SUPPLY = MarginBasis.RETAIL, MarginBasis.SUPPLY


def banded(price: float, channel: int = HOME, **more: Any) -> Scenario:
    return changed(one_price(price, channel), "channels", channel, **(BAND | more))


@pytest.mark.parametrize(
    ("basis", "margin", "price", "fine"),
    [
        (RETAIL, 0.25, 99.0, True),
        (RETAIL, 0.20, 99.0, True),
        (RETAIL, 0.1999, 99.0, False),
        (RETAIL, 0.30, 99.0, True),
        (RETAIL, 0.3001, 99.0, False),
        (SUPPLY, 0.25, 99.0, True),  # a mark-up of 25 % is exactly 20 % of the shelf price
        (SUPPLY, 0.2499, 99.0, False),
        (SUPPLY, 3 / 7, 99.0, True),  # and one of 3/7 exactly 30 %
        (SUPPLY, 0.43, 99.0, False),
        (RETAIL, 0.25, 61.54, True),  # 0.25 x 61.54 x 1.3 = 20.0005 an order
        (RETAIL, 0.25, 61.53, False),  # 19.9973
    ],
)
def test_reseller_band_of_the_domain_notes(
    basis: MarginBasis, margin: float, price: float, fine: bool
) -> None:
    assert sold(banded(price, margin_basis=basis, reseller_margin=margin)) == fine


@pytest.mark.parametrize(
    ("model", "margin", "kept"),
    [
        (FeeModel.COMMISSION, 0.25, 24.75),
        (FeeModel.BUY_OUT, 0.25, 24.75),
        (FeeModel.PURCHASE_SALE, 0.25, 99 / 1.01 - 99 / 1.01 / 1.25),  # 19.6040, not 20 %
        (FeeModel.REBATE, 0.25, 0.25 * 99 / 1.13),  # 21.9027
    ],
)
def test_reseller_band_counts_what_the_fee_model_leaves(
    model: FeeModel, margin: float, kept: float
) -> None:
    for least, fine in ((kept / 99, True), (kept / 99 + 1e-6, False)):
        scenario = banded(
            99.0,
            fee_model=model,
            reseller_margin=margin,
            reseller_vat_rate=0.01,
            buy_out_share=0.1,
            reseller_margin_least=least,
        )
        assert sold(scenario) == fine


def test_reseller_band_is_nothing_where_nobody_resells() -> None:
    for model in (FeeModel.MARKETPLACE, FeeModel.JOINT_VENTURE):
        assert sold(banded(40.0, SHOP, fee_model=model), SHOP)
    assert not sold(banded(40.0, SHOP, fee_model=FeeModel.COMMISSION), SHOP)  # a margin of 0


def test_reseller_band_pays_an_order_in_the_channel_currency() -> None:
    """25 % of SGD 40 are SGD 10 = CNY 53.00 a unit, CNY 68.90 an order of 1.3 units."""
    commission = {"fee_model": FeeModel.COMMISSION, "reseller_margin": 0.25}
    for currency, least, fine in (
        ("CNY", 68.9, True),
        ("CNY", 68.91, False),
        ("SGD", 13.0, True),
        ("SGD", 13.01, False),
    ):
        scenario = banded(
            40.0, SHOP, currency=currency, reseller_least_per_order=least, **commission
        )
        assert sold(scenario, SHOP) == fine


def two_margins(channel: int = HOME, **of_channel: Any) -> Scenario:
    """Full price at three margins, the second that of the channel, and a lower price."""
    tiny = tiny_scenario()
    ladder = (
        r.LadderRung(ladder="standard", rung="sweet", price_ratio=1.0, reseller_margin=0.28),
        r.LadderRung(ladder="standard", rung="low", price_ratio=0.7),
        r.LadderRung(ladder="standard", rung="full", price_ratio=1.0),
        r.LadderRung(ladder="standard", rung="thin", price_ratio=1.0, reseller_margin=0.05),
    )
    tiny = tiny.model_copy(update={"ladders": ladder})
    return changed(tiny, "channels", channel, reseller_margin=0.15, **of_channel)


def test_rungs_of_one_price_stand_in_order_of_what_they_leave_the_reseller() -> None:
    lookup = Lookup(two_margins())
    assert [rung.rung for rung in ladder_of(lookup, HOME)] == ["thin", "full", "sweet", "low"]
    assert rung_margins(lookup, HOME).tolist() == [0.05, 0.15, 0.28, 0.15]


def test_reseller_band_chooses_the_rungs_and_with_them_shelf_and_supply_price() -> None:
    scenario = two_margins(reseller_margin_least=0.1, reseller_margin_most=0.2)
    priced = price_scenario(Lookup(scenario))
    names = [rung.rung for rung in ladder_of(priced.lookup, HOME)]
    here = priced.options.channel == HOME
    assert {names[k] for k in priced.options.rung[here]} == {"full", "low"}


def lines(priced: Priced, channel: int) -> Any:
    """Waterfalls of the options of a channel, with the margin of their rung."""
    rows = np.flatnonzero(priced.options.channel == channel)
    margin = rung_margins(priced.lookup, channel)[priced.options.rung[rows]]
    return priced.waterfalls(rows).assign(margin=margin)


def test_a_rung_s_margin_is_what_the_waterfall_takes() -> None:
    table = lines(price_scenario(Lookup(two_margins())), HOME)
    kept = table["consumer_paid"]
    assert set(table["margin"]) == {0.05, 0.15, 0.28}
    assert table["reseller_margin"].to_numpy() == pytest.approx((kept * table["margin"]).to_numpy())
    supply = kept * (1 - table["margin"])
    assert table["sales_vat"].to_numpy() == pytest.approx((supply * (0.13 / 1.13)).to_numpy())


@pytest.mark.parametrize("basis", MarginBasis)
@pytest.mark.parametrize("channel", [HOME, SHOP], ids=["home", "abroad"])
@pytest.mark.parametrize("model", FeeModel)
def test_the_waterfall_is_conserved_with_the_margins_of_the_rungs(
    model: FeeModel, channel: int, basis: MarginBasis
) -> None:
    scenario = two_margins(
        channel,
        fee_model=model,
        margin_basis=basis,
        reseller_vat_rate=0.01,
        inviter_bonus_rate=0.02,
        buy_out_share=0.1,
        sell_through=0.9,
        wholesale_ratio=0.2,
        our_share=0.6,
        our_loss_share=0.7,
    )
    header = scenario.header.model_copy(update={"perspective": Perspective.BRAND})
    table = lines(price_scenario(Lookup(scenario.model_copy(update={"header": header}))), channel)
    assert set(table["margin"]) == {0.05, 0.15, 0.28}
    came_in = table["consumer_paid"] + table["return_recovery"]
    went_out = table[list(PARTIES)].sum(axis=1)
    scale = np.maximum(1.0, table[list(PARTIES)].abs().sum(axis=1))
    assert (np.abs(came_in - went_out) <= 1e-9 * scale).all()
