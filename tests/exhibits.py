"""Small, valid scenarios that the tests share: every row is there for a reason."""

from __future__ import annotations

from datetime import date
from typing import Any

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import (
    ChargedOn,
    Confidence,
    CorridorMode,
    ExitKind,
    FeeModel,
    FixedPer,
    Goal,
    LevyBase,
    LimitBasis,
    LockKind,
    Measure,
    Mode,
    Opens,
    Owner,
    ParcelDuty,
    PriceBasis,
    PriceBound,
    Region,
    RuleEffect,
    RuleMode,
    SiteKind,
)

START = date(2026, 1, 5)
LAST = date(2026, 2, 15)


def tiny_scenario() -> Scenario:
    """Two brands, three lots, one origin; a home commission channel and a marketplace abroad.

    Three periods of fourteen days from 5 January 2026. The home market is served from the hub,
    Singapore from a gateway reached by sea from the port, in whole boxes or by the cubic metre.
    """
    return Scenario(
        header=_header(),
        currencies=(
            r.CurrencyInfo(currency="CNY", name="Yuan"),
            r.CurrencyInfo(currency="SGD", name="Singapore dollar"),
            r.CurrencyInfo(currency="USD", name="US dollar"),
        ),
        exchange_rates=(
            r.ExchangeRate(currency="SGD", rate=5.3),
            r.ExchangeRate(currency="USD", rate=7.1),
            r.ExchangeRate(currency="USD", valid_from=date(2026, 2, 1), rate=7.2),
        ),
        brands=(
            r.Brand(
                brand="Linden", segment="Women's fashion", floor_domestic=0.1, floor_export=0.15
            ),
            r.Brand(brand="Northpeak", segment="Outdoor"),
        ),
        lots=_lots(),
        age_factors=(
            r.AgeFactor(age_years=0, price_factor=1.0),
            r.AgeFactor(age_years=1, price_factor=0.85),
            r.AgeFactor(age_years=2, price_factor=0.7),
        ),
        sites=_sites(),
        equipment=(r.Equipment(equipment="40HC", usable_cbm=68.0, payload_kg=26000.0),),
        legs=_legs(),
        markets=_markets(),
        channels=_channels(),
        channel_terms=(
            _term("CN-APP", "jacket", "CNY", 0.45, 6.0),
            _term("CN-APP", "dress", "CNY", 0.4, 5.0),
            _term("SG-SHOP", "jacket", "SGD", 0.5, 3.2),
            _term("SG-SHOP", "dress", "SGD", 0.45, 3.0),
        ),
        ladders=(
            r.LadderRung(ladder="standard", rung="full", price_ratio=1.0),
            r.LadderRung(ladder="standard", rung="down-20", price_ratio=0.8),
            r.LadderRung(ladder="standard", rung="down-40", price_ratio=0.6),
        ),
        demand=(
            _demand("CN-APP", "jacket", "winter", 60),
            _demand("CN-APP", "dress", "summer", 25),
            _demand("SG-SHOP", "jacket", "winter", 8),
            _demand("SG-SHOP", "dress", "summer", 40),
        ),
        season_factors=(
            *_season("temperate", "winter", (1.2, 1.0, 0.7)),
            *_season("temperate", "summer", (0.2, 0.3, 0.6)),
            *_season("tropical", "winter", (0.3, 0.3, 0.3)),
            *_season("tropical", "summer", (1.0, 1.0, 1.0)),
        ),
        duties=(
            r.Duty(market="SG", category="jacket", rate=0.0),
            r.Duty(market="SG", category="dress", rate=0.05),
        ),
        exits=(
            r.Exit(exit="hold", kind=ExitKind.HOLD, value_share_of_cost=0.2, currency="CNY"),
            r.Exit(
                exit="jobber",
                kind=ExitKind.JOBBER,
                value_share_of_tag=0.04,
                currency="CNY",
                units_most=100,
                clears=True,
            ),
        ),
    )


def full_scenario() -> Scenario:
    """The tiny scenario with at least one row in every table, and a parcel channel.

    Every rule is asked for; none of those of `_terms` holds a plan back by much.
    """
    tiny = tiny_scenario()
    parcel = r.Channel(
        channel="SG-POST",
        market="SG",
        fee_model=FeeModel.PARCEL,
        ladder="standard",
        commission_rate=0.1,
        burst_days=7,
        days_late_most=2,
        currency="SGD",
    )
    app, shop = tiny.channels
    banded = {
        "reseller_margin_least": 0.1,
        "reseller_margin_most": 0.3,
        "reseller_least_per_order": 1.0,
        "units_per_order": 2.0,
        "price_distance_least": 0.03,
    }
    return _with_terms(tiny).model_copy(
        update={
            "channels": (
                app.model_copy(update=banded),
                shop.model_copy(update={"styles_most_per_period": 3}),
                parcel,
            ),
            "channel_terms": (
                *tiny.channel_terms,
                _term("SG-POST", "dress", "SGD", 0.45, 4.0),
            ),
            "reference_prices": (r.ReferencePrice(lot="L1", channel="CN-APP", price=299.0),),
            "demand": (*tiny.demand, _demand("SG-POST", "dress", "summer", 10)),
            "demand_points": (
                r.DemandPoint(
                    channel="CN-APP",
                    category="jacket",
                    season="winter",
                    period=1,
                    rung="full",
                    units=55.0,
                ),
            ),
            "levies": (
                r.Levy(market="SG", levy="port health", rate=0.001, base=LevyBase.CIF),
                r.Levy(market="SG", levy="screening", rate=0.002, valid_to=date(2026, 1, 31)),
            ),
            "parcel_regimes": (
                r.ParcelRegime(market="SG", currency="SGD", vat_rate=0.09),
                r.ParcelRegime(
                    market="SG",
                    currency="SGD",
                    value_above=400.0,
                    duty_on=ParcelDuty.EXCESS,
                    duty_rate=0.05,
                    vat_rate=0.09,
                ),
            ),
            "rules": (
                r.ComplianceRule(
                    rule="SG label",
                    description="English care label",
                    markets=("SG",),
                    categories=("dress", "jacket"),
                    effect=RuleEffect.REQUIRE,
                    unless_labelled="EN",
                    lead_days=3,
                    fixed_cost=500.0,
                    fixed_currency="CNY",
                    fixed_per=FixedPer.STYLE,
                    cost_per_unit=1.2,
                    unit_currency="CNY",
                ),
                r.ComplianceRule(
                    rule="dress quota",
                    channels=("SG-*",),
                    categories=("dress",),
                    effect=RuleEffect.QUOTA,
                    quota_units=500,
                ),
                r.ComplianceRule(
                    rule="no destroying", markets=("CN",), effect=RuleEffect.FORBID_DESTROY
                ),
            ),
            "locks": (
                r.Lock(
                    lock="keep Linden home",
                    kind=LockKind.BAN,
                    brands=("Linden",),
                    categories=("jacket",),
                    markets=("SG",),
                    note="=promised to the brand",
                ),
                r.Lock(
                    lock="at least ten",
                    kind=LockKind.MIN_UNITS,
                    lots=("L1",),
                    channels=("CN-*",),
                    sell_period=2,
                    units=10,
                ),
                r.Lock(
                    lock="any price",
                    kind=LockKind.PRICE,
                    lots=("L3",),
                    routes=("HZ-JX",),
                    rungs=("full", "down-20", "down-40"),
                ),
            ),
            "closures": (
                r.Closure(
                    site="JX-HUB",
                    valid_from=date(2026, 1, 26),
                    valid_to=date(2026, 1, 28),
                    open_share=0.5,
                ),
            ),
            "frozen_shipments": (
                r.FrozenShipment(
                    shipment="F1",
                    lot="L2",
                    entry_site="SIN",
                    ship_date=date(2025, 12, 20),
                    arrival_date=date(2026, 1, 9),
                    units=20,
                ),
            ),
            "actual_sales": (
                r.ActualSale(
                    lot="L1", channel="CN-APP", sale_date=date(2026, 1, 3), units=4, price=310.5
                ),
            ),
            "provenance": (
                r.Provenance(
                    table="duties",
                    key="SG|dress",
                    field="rate",
                    source="Singapore Customs tariff",
                    as_of=date(2025, 12, 1),
                    confidence=Confidence.SOURCED,
                ),
                r.Provenance(
                    table="demand", source="三年销售 averages", confidence=Confidence.DERIVED
                ),
            ),
        }
    )


def _with_terms(tiny: Scenario) -> Scenario:
    """The tiny scenario with terms of freight, price, quantity and opening that hardly bind."""
    yuan, sing, dollar = tiny.currencies
    first, second, third = tiny.lots
    truck, *other_legs = tiny.legs
    full, down, deep = tiny.ladders
    updates: dict[str, Any] = {
        "header": tiny.header.model_copy(
            update={
                "corridor": CorridorMode.LEAK,
                "corridor_tolerance": 100.0,
                "corridor_leak_units": 1.0,
            }
        ),
        "currencies": (
            yuan,
            sing.model_copy(update={"price_step": 1.0, "price_ending": 0.9}),
            dollar,
        ),
        "brands": (*tiny.brands, r.Brand(brand="Plain")),
        "lots": (
            first,
            second,
            third.model_copy(update={"multiple_units": 2, "least_line_units": 4}),
        ),
        "sites": (*tiny.sites[:-1], _dispatching(tiny.sites[-1])),
        "legs": (truck.model_copy(update={"minimum_charge": 1.0}), *other_legs),
        "leg_boxes": (
            r.LegBox(
                leg="NGB-SIN-FCL",
                equipment="40HC",
                cost_per_box=1400.0,
                origin_cost_per_box=1200.0,
                fill_share=0.9,
                boxes_most_per_departure=2,
            ),
        ),
        "rate_breaks": (
            r.RateBreak(leg="JX-NGB", charged_on=ChargedOn.CBM, rate=45.0),
            r.RateBreak(leg="JX-NGB", charged_on=ChargedOn.CBM, from_quantity=30.0, rate=40.0),
        ),
        "ladders": (
            full,
            down,
            deep.model_copy(update={"reseller_margin": 0.15, "least_units_per_event": 1}),
        ),
        "reseller_levels": (
            r.ResellerLevel(channel="CN-APP", level="V1", resellers=500, units_per_reseller_day=1),
            r.ResellerLevel(
                channel="CN-APP",
                level="V2",
                resellers=40,
                units_per_reseller_day=3.0,
                bonus_rate=0.02,
            ),
        ),
        "exits": (
            *tiny.exits,
            r.Exit(
                exit="cut labels",
                kind=ExitKind.DE_BRAND,
                value_per_unit=-3.0,
                currency="CNY",
                becomes_brand="Plain",
                price_factor=0.6,
                uses_relabel_capacity=True,
                open_from=date(2026, 3, 1),
            ),
        ),
        "opening_terms": (
            _opening("Singapore", Opens.MARKET, 20.0, markets=("SG",), least_units=1),
            _opening("shop front", Opens.CHANNEL, 10.0, channels=("SG-SHOP",)),
            _opening("listing", Opens.BRAND_IN_CHANNEL, 2.0, brands=("Northpeak",)),
            _opening("sale day", Opens.EVENT, 1.0, channels=("CN-APP",)),
        ),
        "style_spreads": (r.StyleSpread(rule="few channels", channels_most=3),),
        "exclusive_groups": (
            r.ExclusiveGroup(group="Singapore", channels=("SG-*",), channels_most=2),
        ),
        "quantity_rules": _quantities(),
        "price_rules": (
            r.PriceRule(
                rule="not for nothing", bound=PriceBound.FLOOR, basis=PriceBasis.COST, value=0.1
            ),
            r.PriceRule(
                rule="no luxury",
                bound=PriceBound.CAP,
                basis=PriceBasis.ABSOLUTE,
                value=2000.0,
                currency="SGD",
                change_per_year=0.1,
                markets=("SG",),
                age_most=9,
            ),
        ),
        "price_paths": (
            r.PricePath(
                rule="calm",
                channels=("SG-POST",),
                no_rise=True,
                one_price=True,
                no_touch_from=3,
            ),
            r.PricePath(
                rule="one country, one price",
                channels=("SG-*",),
                categories=("dress",),
                same_price=True,
            ),
            r.PricePath(
                rule="few mark-downs",
                rungs_per_step_most=1,
                markdowns_most=1,
                distinct_prices_most=2,
            ),
        ),
        "corridors": (
            r.CorridorTerm(
                corridor="to Singapore",
                from_markets=("CN",),
                to_markets=("SG",),
                freight_per_unit=4.0,
                freight_per_kg=20.0,
                risk_margin=15.0,
                currency="CNY",
            ),
            r.CorridorTerm(corridor="back home", to_markets=("CN",), currency="CNY", ignored=True),
        ),
        "rule_settings": (
            r.RuleSetting(rule="style_share", mode=RuleMode.HARD),
            r.RuleSetting(rule="quantity", subject="enough jackets", mode=RuleMode.SOFT, price=2.0),
        ),
        "priorities": (r.Priority(order=1, goal=Goal.RECOVERY),),
    }
    return tiny.model_copy(update=updates)


def _quantities() -> tuple[r.QuantityRule, ...]:
    """One rule of each measure and basis, each with room to spare."""
    return (
        r.QuantityRule(
            rule="enough jackets", categories=("jacket",), markets=("CN",), least=5, most=180
        ),
        r.QuantityRule(
            rule="some at home",
            seasons=("winter",),
            styles=("L1",),
            age_least=1,
            age_most=5,
            fee_models=("commission",),
            basis=LimitBasis.SHARE_OF_LOTS,
            least=0.05,
        ),
        r.QuantityRule(
            rule="not all abroad", markets=("SG",), basis=LimitBasis.SHARE_OF_PLAN, most=0.95
        ),
        r.QuantityRule(
            rule="exposure",
            measure=Measure.EXPOSURE,
            countries=("SG",),
            most=50000.0,
            currency="SGD",
        ),
        r.QuantityRule(
            rule="budget",
            measure=Measure.FREIGHT_AND_BORDER,
            each_period=True,
            most=100000.0,
            currency="CNY",
        ),
        r.QuantityRule(rule="cash", measure=Measure.CASH, to_period=3, least=100.0),
        r.QuantityRule(rule="capital", measure=Measure.WORKING_CAPITAL, most=200000.0),
    )


def _opening(opening: str, opens: Opens, cost: float, **more: Any) -> r.OpeningTerm:
    return r.OpeningTerm(opening=opening, opens=opens, fixed_cost=cost, currency="CNY", **more)


def _dispatching(site: r.Site) -> r.Site:
    return site.model_copy(update={"dispatch_units_per_day": 300.0})


def _header() -> r.Header:
    return r.Header(
        scenario="tiny",
        title="Three lots, home and Singapore",
        start_date=START,
        periods=3,
        days_per_period=14,
        currency="CNY",
        cost_of_money_per_year=0.06,
        as_of=date(2026, 1, 1),
    )


def _lots() -> tuple[r.Lot, ...]:
    return (
        _lot("L1", "Linden", "jacket", "winter", 2025, units=120, tag=899.0, kg=1.1, cbm=0.008),
        _lot("L2", "Linden", "dress", "summer", 2024, units=80, tag=599.0, kg=0.4, cbm=0.003),
        _lot(
            "L3",
            "Northpeak",
            "jacket",
            "winter",
            2024,
            units=60,
            tag=1299.0,
            kg=1.4,
            cbm=0.013,
            available_period=2,
            owner=Owner.PLATFORM,
        ),
    )


def _lot(
    lot: str,
    brand: str,
    category: str,
    season: str,
    year: int,
    *,
    units: int,
    tag: float,
    kg: float,
    cbm: float,
    available_period: int = 1,
    owner: Owner = Owner.BRAND,
) -> r.Lot:
    return r.Lot(
        lot=lot,
        sku=f"{lot}-M",
        style=lot,
        model=lot,
        description=f"{brand} {category}",
        brand=brand,
        category=category,
        hs_code="620293" if category == "jacket" else "620443",
        season=season,
        vintage_year=year,
        origin="HZ-WH",
        available_period=available_period,
        units=units,
        units_per_carton=10,
        tag=tag,
        tag_currency="CNY",
        unit_cost=round(tag * 0.22, 2),
        unit_cost_currency="CNY",
        kg=kg,
        cbm=cbm,
        size_curve=0.9,
        vat_invoice_rate=0.13,
        labels=("CN", "EN"),
        owner=owner,
    )


def _sites() -> tuple[r.Site, ...]:
    return (
        r.Site(
            site="HZ-WH",
            name="Brand warehouse, Hangzhou",
            kind=SiteKind.ORIGIN,
            country="CN",
            storage_cost_per_cbm_day=0.8,
            currency="CNY",
            latitude=30.27,
            longitude=120.15,
        ),
        r.Site(
            site="JX-HUB",
            name="Hub, Jiaxing",
            kind=SiteKind.HUB,
            country="CN",
            throughput_units_per_day=400.0,
            relabel_units_per_day=100.0,
            storage_cost_per_cbm_day=1.0,
            inbound_cost_per_unit=0.3,
            outbound_cost_per_unit=0.4,
            pick_cost_per_unit=1.5,
            handling_days=1,
            currency="CNY",
        ),
        r.Site(site="NGB", name="Port of Ningbo", kind=SiteKind.PORT, country="CN", currency="CNY"),
        r.Site(
            site="SIN",
            name="Warehouse, Singapore",
            kind=SiteKind.GATEWAY,
            country="SG",
            storage_cbm=200.0,
            storage_cost_per_cbm_day=1.1,
            pick_cost_per_unit=0.9,
            handling_days=1,
            currency="SGD",
        ),
    )


def _legs() -> tuple[r.Leg, ...]:
    return (
        r.Leg(
            leg="HZ-JX",
            from_site="HZ-WH",
            to_site="JX-HUB",
            mode=Mode.TRUCK,
            transit_days=1,
            cost_per_cbm=60.0,
            currency="CNY",
        ),
        r.Leg(
            leg="JX-NGB",
            from_site="JX-HUB",
            to_site="NGB",
            mode=Mode.TRUCK,
            transit_days=1,
            cost_per_cbm=45.0,
            currency="CNY",
        ),
        r.Leg(
            leg="NGB-SIN-FCL",
            from_site="NGB",
            to_site="SIN",
            mode=Mode.SEA_FCL,
            transit_days=8,
            transit_days_least=7,
            transit_days_most=12,
            first_departure=date(2026, 1, 9),
            departure_every_days=7,
            equipment="40HC",
            cost_per_box=1400.0,
            fill_share=0.9,
            currency="USD",
            origin_cost_per_box=1200.0,
            origin_currency="CNY",
            boxes_per_period=1.0,
            co2e_kg_per_tonne=40.0,
        ),
        r.Leg(
            leg="NGB-SIN-LCL",
            from_site="NGB",
            to_site="SIN",
            mode=Mode.SEA_LCL,
            transit_days=9,
            first_departure=date(2026, 1, 9),
            departure_every_days=7,
            cost_per_cbm=55.0,
            currency="USD",
            origin_cost_per_cbm=80.0,
            origin_currency="CNY",
            cbm_per_day=2.0,
            shares_capacity_with="NGB-SIN-FCL",
        ),
    )


def _markets() -> tuple[r.Market, ...]:
    return (
        r.Market(
            market="CN",
            name="China online",
            country="CN",
            region=Region.DOMESTIC,
            climate="temperate",
            currency="CNY",
            entry_sites=("JX-HUB",),
            vat_rate=0.13,
        ),
        r.Market(
            market="SG",
            name="Singapore",
            country="SG",
            region=Region.EXPORT,
            climate="tropical",
            currency="SGD",
            entry_sites=("SIN",),
            vat_rate=0.09,
            import_vat_rate=0.09,
        ),
    )


def _channels() -> tuple[r.Channel, ...]:
    return (
        r.Channel(
            channel="CN-APP",
            name="Members' app",
            market="CN",
            fee_model=FeeModel.COMMISSION,
            ladder="standard",
            private=True,
            commission_rate=0.2,
            reseller_margin=0.15,
            payment_fee_rate=0.006,
            payment_days=15,
            return_value_share=0.8,
            reverse_cost=8.0,
            currency="CNY",
        ),
        r.Channel(
            channel="SG-SHOP",
            name="Marketplace shop",
            market="SG",
            fee_model=FeeModel.MARKETPLACE,
            ladder="standard",
            units_per_day=30.0,
            style_share=0.6,
            credibility_ratio=0.3,
            commission_rate=0.1,
            marketplace_fee_rate=0.08,
            payment_fee_rate=0.02,
            payment_days=10,
            return_value=4.0,
            salvage_value=1.0,
            currency="SGD",
        ),
    )


def _term(
    channel: str, category: str, currency: str, reference_price_ratio: float, last_mile: float
) -> r.ChannelTerm:
    return r.ChannelTerm(
        channel=channel,
        category=category,
        reference_price_ratio=reference_price_ratio,
        elasticity=2.2,
        return_rate=0.12,
        last_mile_cost=last_mile,
        last_mile_cost_bulky=last_mile * 1.5,
        currency=currency,
    )


def _demand(channel: str, category: str, season: str, units: float) -> r.Demand:
    return r.Demand(channel=channel, category=category, season=season, units_per_period=units)


def _season(
    climate: str, season: str, factors: tuple[float, float, float]
) -> tuple[r.SeasonFactor, ...]:
    return tuple(
        r.SeasonFactor(climate=climate, season=season, period=period, factor=factor)
        for period, factor in enumerate(factors, start=1)
    )
