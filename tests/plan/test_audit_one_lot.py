"""One lot, one channel, two legs: the smallest scenario that has a waterfall."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import (
    FeeModel,
    Mode,
    Owner,
    Region,
    RuleEffect,
    SiteKind,
)
from planner.plan.audit.facts import Facts
from planner.plan.audit.money import PARTIES, waterfall
from planner.plan.audit.options import Line, Option, Resolver
from planner.plan.audit.prices import prices

USD = 7.197
DAY = date(2026, 1, 1)


def case(price: float = 99.0, sell_period: int = 1, **parts: Any) -> dict[str, float]:
    """The waterfall of one unit that goes from the warehouse to a market's only entry site."""
    facts, option = resolved(price, sell_period, **parts)
    return conserved(waterfall(facts, option))


def conserved(lines: dict[str, float]) -> dict[str, float]:
    """The waterfall, once it is sure that the parties take all the money and no more."""
    given = lines["consumer_paid"] + lines["return_recovery"]
    assert given == pytest.approx(sum(lines[p] for p in PARTIES), rel=1e-9, abs=1e-9)
    assert lines["reseller"] == lines["reseller_margin"] + lines["partner_share"]
    return lines


def resolved(price: float = 99.0, sell_period: int = 1, **parts: Any) -> tuple[Facts, Option]:
    """The only option of the smallest scenario."""
    scenario = one_lot(price, **parts)
    facts = Facts(scenario)
    channel = scenario.channels[0]
    market = scenario.markets[0]
    lot = scenario.lots[0]
    rung = scenario.ladders[0]
    written = prices(facts, lot, channel, rung)[0]
    wholesale = channel.fee_model is FeeModel.WHOLESALE
    currency = facts.header.currency if wholesale else market.currency
    line = Line(
        row=2,
        line="1",
        lot="A",
        channel="X",
        route="home > out",
        ship_period=1,
        sell_period=sell_period,
        rung="full",
        units=1,
        cells={"price": written, "price_currency": currency},
    )
    option, faults = Resolver(facts).resolve(line)
    assert option is not None and not faults
    return facts, option


def one_lot(price: float, **parts: Any) -> Scenario:
    """One lot, one channel, two legs; every part can be given fields of its own."""

    def part(name: str, **defaults: Any) -> dict[str, Any]:
        own: dict[str, Any] = parts.get(name, {})
        return defaults | own

    country = parts.get("market", {}).get("country", "CN")
    return Scenario(
        header=r.Header(
            **part("header", scenario="one", start_date=DAY, periods=2, days_per_period=60),
            as_of=DAY,
        ),
        exchange_rates=tuple(
            r.ExchangeRate(currency=c, rate=rate) for c, rate in parts.get("fx", {}).items()
        ),
        brands=(r.Brand(brand="B"),),
        lots=(
            r.Lot(
                **part(
                    "lot",
                    lot="A",
                    sku="A",
                    style="A",
                    model="A",
                    brand="B",
                    category="dress",
                    season="summer",
                    vintage_year=2026,
                    origin="WH",
                    units=10,
                    tag=399.0,
                    tag_currency="CNY",
                    unit_cost=45.0,
                    unit_cost_currency="CNY",
                    kg=0.42,
                    cbm=0.001,
                )
            ),
        ),
        sites=(
            r.Site(site="WH", kind=SiteKind.ORIGIN, country="CN", currency="CNY"),
            r.Site(**part("port", site="PORT", kind=SiteKind.PORT, country="CN", currency="CNY")),
            r.Site(
                **part("entry", site="IN", kind=SiteKind.GATEWAY, country=country, currency="CNY")
            ),
        ),
        equipment=(r.Equipment(equipment="40HQ", usable_cbm=60.72, payload_kg=26000),),
        legs=(
            r.Leg(
                leg="home",
                from_site="WH",
                to_site="PORT",
                mode=Mode.TRUCK,
                transit_days=0,
                cost_per_unit=1.2,
                currency="CNY",
            ),
            r.Leg(
                **part(
                    "out",
                    leg="out",
                    from_site="PORT",
                    to_site="IN",
                    mode=Mode.SEA_LCL,
                    transit_days=0,
                    currency="CNY",
                )
            ),
        ),
        markets=(
            r.Market(
                **part(
                    "market",
                    market="M",
                    country="CN",
                    region=Region.DOMESTIC,
                    climate="any",
                    currency="CNY",
                    entry_sites=("IN",),
                    vat_rate=0.13,
                )
            ),
        ),
        channels=(r.Channel(**part("channel", channel="X", market="M", ladder="L")),),
        channel_terms=(
            r.ChannelTerm(
                **part(
                    "term",
                    channel="X",
                    category="dress",
                    reference_price_ratio=0.3,
                    elasticity=2,
                    return_rate=0.15,
                    last_mile_cost=3.5,
                    currency="CNY",
                )
            ),
        ),
        reference_prices=(r.ReferencePrice(lot="A", channel="X", price=price),),
        ladders=(r.LadderRung(ladder="L", rung="full", price_ratio=1),),
        demand=(r.Demand(channel="X", category="dress", season="summer", units_per_period=100),),
        duties=parts.get("duties", ()),
        levies=parts.get("levies", ()),
        parcel_regimes=parts.get("parcels", ()),
        rules=parts.get("rules", ()),
    )


def base(model: FeeModel, **more: Any) -> dict[str, Any]:
    """The common channel of models A to D: margin 25 %, commission 20 %, returns worth 3.00."""
    return {
        "fee_model": model,
        "reseller_margin": 0.25,
        "commission_rate": 0.2,
        "resaleable_share": 0.9,
        "return_value": 30.0,
        "salvage_value": 5.0,
        "reverse_cost": 6.0,
        "refurbish_cost": 1.5,
        "currency": "CNY",
        **more,
    }


def close(amount: float) -> Any:
    return pytest.approx(amount, abs=5.1e-5)


def wholesale(**more: Any) -> dict[str, Any]:
    """Model E: USD 5.20 FOB, 60 days' credit."""
    market = {
        "market": "M",
        "country": "ZA",
        "region": Region.EXPORT,
        "climate": "any",
        "currency": "USD",
        "entry_sites": ("IN",),
    }
    channel = {
        "fee_model": FeeModel.WHOLESALE,
        "credit_loss_rate": 0.015,
        "credit_insurance_rate": 0.006,
        "payment_days": 60,
        "currency": "CNY",
        **more.pop("channel", {}),
    }
    return {"price": 5.2, "fx": {"USD": USD}, "market": market, "channel": channel, **more}


@pytest.mark.parametrize(("rate", "refund"), [(0.13, 4.5903), (0.03, 1.1621), (0.0, 0.0)])
def test_e_refund_of_stock_the_platform_bought(rate: float, refund: float) -> None:
    rule = r.ComplianceRule(
        rule="refund", effect=RuleEffect.EXPORT_REFUND, refund_rate_cap=0.13, lead_days=90
    )
    parts = wholesale(rules=(rule,))
    lot = lot_fields(unit_cost=39.9, vat_invoice_rate=rate, owner=Owner.PLATFORM)
    assert case(**parts, lot=lot)["export_refund"] == close(refund)
    assert case(**parts, lot={**lot, "owner": Owner.BRAND})["export_refund"] == 0


def lot_fields(**more: Any) -> dict[str, Any]:
    return one_lot(99.0, channel=base(FeeModel.REBATE)).lots[0].model_dump() | more


def term(**more: Any) -> dict[str, Any]:
    fields = {"channel": "X", "category": "dress", "reference_price_ratio": 0.3, "elasticity": 2}
    return fields | {"currency": "CNY"} | more


def leg_out(**more: Any) -> dict[str, Any]:
    fields = {"leg": "out", "from_site": "PORT", "to_site": "IN", "mode": Mode.SEA_LCL}
    return fields | {"transit_days": 0, "currency": "CNY"} | more


def port(**more: Any) -> dict[str, Any]:
    return {"site": "PORT", "kind": SiteKind.PORT, "country": "CN", "currency": "CNY"} | more


def entry_at_home() -> dict[str, Any]:
    return {"site": "IN", "kind": SiteKind.GATEWAY, "country": "CN", "currency": "CNY"}
