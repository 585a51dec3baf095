"""One style, three countries and two tiers of the home market, with prices that are round before tax."""

from __future__ import annotations

from datetime import date
from typing import Any

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import (
    CorridorMode,
    CustomsBasis,
    ExitKind,
    FeeModel,
    Mode,
    Region,
    SiteKind,
)

START = date(2026, 1, 5)
RATE = {"CNY": 1.0, "SGD": 5.0, "THB": 0.2}
RUNGS = {"full": 1.0, "down-20": 0.8, "down-40": 0.6}
PLACES = {
    "CN-1": ("CN", "CNY", 0.13, "HUB", 100.0),
    "CN-2": ("CN", "CNY", 0.13, "HUB", 95.0),
    "SG": ("SG", "SGD", 0.09, "SIN", 150.0),
    "TH": ("TH", "THB", 0.07, "BKK", 130.0),
}
"""Market: country, currency, VAT, entry site, reference price before tax in CNY."""


def three_countries(
    mode: CorridorMode = CorridorMode.HARD,
    *,
    markets: tuple[str, ...] = tuple(PLACES),
    units: int = 60,
    ratio: float = 0.0,
    periods: int = 2,
    appetite: float = 10.0,
    corridors: tuple[r.CorridorTerm, ...] | None = None,
    **header: Any,
) -> Scenario:
    """A style of one lot; every market has one channel of its name, which takes no fees.

    Goods go from the origin to the home hub or by truck abroad within a day, at no cost. Thailand
    charges a duty of 30 % on the CIF value. A trader pays 10 a unit to cross a border and wants 5.
    """
    abroad = r.CorridorTerm(
        corridor="b: abroad", freight_per_unit=10.0, risk_margin=5.0, currency="CNY"
    )
    tiers = r.CorridorTerm(
        corridor="a: tiers",
        from_markets=("CN-*",),
        to_markets=("CN-*",),
        freight_per_unit=4.0,
        currency="CNY",
    )
    return Scenario(
        header=r.Header(
            scenario="corridor",
            start_date=START,
            periods=periods,
            days_per_period=14,
            as_of=START,
            corridor=mode,
            **header,
        ),
        currencies=tuple(r.CurrencyInfo(currency=name) for name in RATE),
        exchange_rates=tuple(
            r.ExchangeRate(currency=name, rate=rate) for name, rate in RATE.items() if rate != 1
        ),
        brands=(r.Brand(brand="Linden", corridor_ratio=ratio),),
        lots=(
            r.Lot(
                lot="L1",
                sku="L1-M",
                style="S1",
                model="S1",
                brand="Linden",
                category="dress",
                hs_code="620443",
                season="summer",
                vintage_year=2026,
                origin="O",
                units=units,
                tag=300.0,
                tag_currency="CNY",
                unit_cost=20.0,
                unit_cost_currency="CNY",
                kg=0.5,
                cbm=0.001,
                labels=("EN",),
            ),
        ),
        sites=(
            _site("O", SiteKind.ORIGIN, "CN"),
            _site("HUB", SiteKind.HUB, "CN"),
            _site("SIN", SiteKind.GATEWAY, "SG"),
            _site("BKK", SiteKind.GATEWAY, "TH"),
        ),
        legs=(_leg("O", "HUB"), _leg("O", "SIN"), _leg("O", "BKK")),
        markets=tuple(_market(name) for name in markets),
        channels=tuple(_channel(name, name) for name in markets),
        channel_terms=tuple(_term(name) for name in markets),
        reference_prices=tuple(_reference("L1", name, name) for name in markets),
        ladders=tuple(
            r.LadderRung(ladder="steps", rung=rung, price_ratio=ratio)
            for rung, ratio in RUNGS.items()
        ),
        demand=tuple(
            r.Demand(channel=name, category="dress", season="summer", units_per_period=appetite)
            for name in markets
        ),
        season_factors=tuple(
            r.SeasonFactor(climate="any", season="summer", period=period, factor=1.0)
            for period in range(1, periods + 1)
        ),
        duties=tuple(
            r.Duty(market=name, category="dress", rate=0.3 if name == "TH" else 0.0)
            for name in markets
        ),
        exits=(r.Exit(exit="hold", kind=ExitKind.HOLD, currency="CNY"),),
        corridors=(abroad, tiers) if corridors is None else corridors,
    )


def _site(name: str, kind: SiteKind, country: str) -> r.Site:
    return r.Site(site=name, kind=kind, country=country, currency="CNY")


def _leg(start: str, end: str) -> r.Leg:
    return r.Leg(
        leg=f"{start}-{end}",
        from_site=start,
        to_site=end,
        mode=Mode.TRUCK,
        transit_days=1,
        currency="CNY",
    )


def _market(name: str) -> r.Market:
    country, currency, vat, entry, _ = PLACES[name]
    return r.Market(
        market=name,
        country=country,
        region=Region.DOMESTIC if country == "CN" else Region.EXPORT,
        climate="any",
        currency=currency,
        entry_sites=(entry,),
        vat_rate=vat,
        customs_basis=CustomsBasis.CIF,
    )


def _channel(name: str, market: str, **more: Any) -> r.Channel:
    return r.Channel(
        channel=name,
        market=market,
        fee_model=FeeModel.MARKETPLACE,
        ladder="steps",
        currency="CNY",
        declared_value_least=0.0,
        **more,
    )


def _term(channel: str) -> r.ChannelTerm:
    return r.ChannelTerm(
        channel=channel,
        category="dress",
        reference_price_ratio=0.5,
        elasticity=2.0,
        currency="CNY",
    )


def _reference(lot: str, channel: str, market: str) -> r.ReferencePrice:
    _, currency, vat, _, net = PLACES[market]
    return r.ReferencePrice(
        lot=lot, channel=channel, price=round(net * (1 + vat) / RATE[currency], 2)
    )
