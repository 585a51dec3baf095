"""A scenario with a row for each rule and a plan made by hand, for the tests of the audit."""

from __future__ import annotations

from datetime import date
from math import ceil
from typing import Any

import pandas as pd

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import (
    ExitKind,
    FeeModel,
    FixedPer,
    LockKind,
    Mode,
    Owner,
    Region,
    RuleEffect,
    SiteKind,
)
from planner.plan.audit import audit
from planner.plan.audit.breaches import broken, subject
from planner.plan.audit.corridor import trades
from planner.plan.audit.days import journey
from planner.plan.audit.facts import Facts
from planner.plan.audit.money import PARTIES, emissions, exit_value, leg_cost, waterfall
from planner.plan.audit.options import Line, Option, Resolver
from planner.plan.audit.prices import price_basis, prices
from planner.plan.audit.read import COLUMNS

Tables = dict[str, pd.DataFrame]
START = date(2026, 1, 1)
SEA = "truck > drayage > ship"
AIR = "truck > drayage > plane"
HOME = "truck"
PICKS = [
    # lot, channel, route, ship period, sell period, rung, units
    ("L1", "HOME", HOME, 1, 1, "full", 20),
    ("L1", "HOME", HOME, 2, 3, "down", 11),
    ("L1", "SHOP", SEA, 2, 4, "full", 12),
    ("L1", "SHOP", SEA, 2, 5, "full", 10),
    ("L2", "SHOP", AIR, 3, 4, "down", 9),
    ("L2", "SHOP", "frozen F1", 1, 3, "full", 6),
]
EXITS = [("L1", "hold", "", 7), ("L2", "jobber", "", 21), ("L2", "stay", "F1", 4)]


def world(**changes: Any) -> Scenario:
    """Two lots, a home channel and a shop abroad, and one row for each rule of the model."""
    scenario = Scenario(
        header=r.Header(
            scenario="world",
            start_date=START,
            periods=5,
            days_per_period=10,
            cost_of_money_per_year=0.06,
            as_of=START,
            insurance_rate=0.003,
            broken_size_discount=0.2,
            longest_wait_periods=3,
            value_per_unit_cleared=0.5,
            co2e_price_per_kg=0.1,
        ),
        currencies=(r.CurrencyInfo(currency="ZAR", price_decimals=0),),
        exchange_rates=(
            r.ExchangeRate(currency="ZAR", rate=0.4),
            r.ExchangeRate(currency="ZAR", valid_from=date(2026, 2, 1), rate=0.38),
            r.ExchangeRate(currency="USD", rate=7.2),
        ),
        brands=(
            r.Brand(
                brand="B1",
                floor_domestic=0.1,
                floor_export=0.1,
                must_clear_share=0.9,
                must_clear_by=4,
                must_clear_price=2.0,
                consented_markets=("ZA",),
                public_listing=False,
            ),
            r.Brand(brand="B2"),
        ),
        lots=(a_lot("L1", "B1", 60), a_lot("L2", "B2", 40, owner=Owner.PLATFORM)),
        age_factors=(
            r.AgeFactor(age_years=0, price_factor=1),
            r.AgeFactor(age_years=1, price_factor=0.85),
        ),
        sites=(
            r.Site(
                site="WH",
                kind=SiteKind.ORIGIN,
                country="CN",
                currency="CNY",
                storage_cost_per_cbm_day=1.5,
                outbound_cost_per_unit=0.3,
                throughput_units_per_day=4.3,
                storage_cbm=1.0,
            ),
            r.Site(
                site="HUB",
                kind=SiteKind.HUB,
                country="CN",
                currency="CNY",
                inbound_cost_per_unit=0.2,
                outbound_cost_per_unit=0.25,
                pick_cost_per_unit=1.1,
                handling_days=1,
                throughput_units_per_day=3.5,
                relabel_units_per_day=2.2,
                storage_cost_per_cbm_day=1.2,
            ),
            r.Site(site="PORT", kind=SiteKind.PORT, country="CN", currency="CNY"),
            r.Site(
                site="GATE",
                kind=SiteKind.GATEWAY,
                country="ZA",
                currency="ZAR",
                inbound_cost_per_unit=0.5,
                pick_cost_per_unit=2.0,
                handling_days=2,
                storage_cost_per_cbm_day=3.0,
                storage_cbm=0.2,
            ),
        ),
        equipment=(r.Equipment(equipment="box", usable_cbm=1.0, payload_kg=400.0),),
        legs=(
            _leg("truck", "WH", "HUB", Mode.TRUCK, 1, cost_per_cbm=60.0, kg_per_day=8.1),
            _leg("drayage", "HUB", "PORT", Mode.TRUCK, 1, cost_per_unit=0.4),
            _leg(
                "ship",
                "PORT",
                "GATE",
                Mode.SEA_FCL,
                9,
                first_departure=date(2026, 1, 2),
                departure_every_days=7,
                equipment="box",
                cost_per_box=90.0,
                fill_share=0.9,
                currency="USD",
                origin_cost_per_box=100.0,
                origin_currency="CNY",
                boxes_per_period=0.25,
                co2e_kg_per_tonne=100.0,
            ),
            _leg(
                "plane",
                "PORT",
                "GATE",
                Mode.AIR,
                2,
                cost_per_kg=25.0,
                kg_per_cbm=167.0,
                co2e_kg_per_tonne=4000.0,
                cbm_per_day=0.02,
            ),
        ),
        markets=(
            r.Market(
                market="CN",
                country="CN",
                region=Region.DOMESTIC,
                climate="north",
                currency="CNY",
                entry_sites=("HUB",),
                vat_rate=0.13,
            ),
            r.Market(
                market="ZA",
                country="ZA",
                region=Region.EXPORT,
                climate="south",
                currency="ZAR",
                entry_sites=("GATE",),
                vat_rate=0.15,
                import_vat_rate=0.15,
                import_vat_uplift=0.1,
            ),
        ),
        channels=(
            _channel(
                "HOME",
                "CN",
                FeeModel.COMMISSION,
                private=True,
                commission_rate=0.2,
                reseller_margin=0.15,
                payment_fee_rate=0.006,
                currency="CNY",
            ),
            _channel(
                "SHOP",
                "ZA",
                FeeModel.MARKETPLACE,
                private=True,
                marketplace_fee_rate=0.12,
                opex_rate=0.05,
                credit_loss_rate=0.01,
                credit_insurance_rate=0.004,
                units_per_day=3.0,
                style_share=0.6,
                currency="ZAR",
            ),
        ),
        channel_terms=(_term("HOME", "CNY"), _term("SHOP", "ZAR")),
        ladders=(
            r.LadderRung(ladder="std", rung="full", price_ratio=1),
            r.LadderRung(ladder="std", rung="down", price_ratio=0.7),
        ),
        demand=(
            r.Demand(channel="HOME", category="dress", season="summer", units_per_period=30),
            r.Demand(channel="SHOP", category="dress", season="summer", units_per_period=25),
        ),
        season_factors=(r.SeasonFactor(climate="north", season="summer", period=3, factor=0.5),),
        duties=(
            r.Duty(market="ZA", category="dress", rate=0.45, excise_rate=0.01),
            r.Duty(market="ZA", category="dress", hs_prefixes=("6204",), rate=0.4),
        ),
        levies=(r.Levy(market="ZA", levy="port", rate=0.01),),
        rules=(
            r.ComplianceRule(
                rule="label",
                markets=("ZA",),
                effect=RuleEffect.REQUIRE,
                cost_per_unit=0.9,
                unit_currency="CNY",
                fixed_cost=20.0,
                fixed_currency="USD",
                fixed_per=FixedPer.STYLE,
                uses_relabel_capacity=True,
                lead_days=10,
            ),
            r.ComplianceRule(
                rule="papers",
                markets=("ZA",),
                effect=RuleEffect.REQUIRE,
                fixed_cost=150.0,
                fixed_per=FixedPer.SHIPMENT,
            ),
            r.ComplianceRule(
                rule="quota", markets=("ZA",), effect=RuleEffect.QUOTA, quota_units=37
            ),
            r.ComplianceRule(
                rule="refund",
                effect=RuleEffect.EXPORT_REFUND,
                refund_rate_cap=0.09,
                lead_days=45,
            ),
        ),
        exits=(
            r.Exit(exit="hold", kind=ExitKind.HOLD, value_share_of_cost=0.4, currency="CNY"),
            r.Exit(
                exit="jobber",
                kind=ExitKind.JOBBER,
                value_share_of_tag=0.04,
                currency="CNY",
                units_most=21,
                clears=True,
            ),
        ),
        locks=(
            r.Lock(lock="most", kind=LockKind.MAX_UNITS, lots=("L1",), markets=("ZA",), units=22),
            r.Lock(lock="least", kind=LockKind.MIN_UNITS, channels=("HOME",), units=31),
            r.Lock(lock="fixed", kind=LockKind.UNITS, lots=("L2",), ship_period=3, units=9),
        ),
        frozen_shipments=(
            r.FrozenShipment(
                shipment="F1",
                lot="L2",
                entry_site="GATE",
                ship_date=date(2025, 12, 20),
                arrival_date=date(2026, 1, 9),
                units=10,
            ),
        ),
    )
    return scenario.model_copy(update=changes)


def a_lot(name: str, brand: str, units: int, **more: Any) -> r.Lot:
    return r.Lot(
        lot=name,
        sku=name,
        style=name,
        model=name,
        brand=brand,
        category="dress",
        hs_code="620443",
        season="summer",
        vintage_year=2025,
        origin="WH",
        units=units,
        units_per_carton=8,
        tag=599.0,
        tag_currency="CNY",
        unit_cost=120.0,
        unit_cost_currency="CNY",
        kg=0.5,
        cbm=0.004,
        size_curve=0.8,
        vat_invoice_rate=0.13,
        expiry=date(2026, 12, 31),
        dangerous_goods="battery",
        **more,
    )


def _leg(name: str, start: str, end: str, mode: Mode, days: int, **more: Any) -> r.Leg:
    more = {"currency": "CNY"} | more
    return r.Leg(leg=name, from_site=start, to_site=end, mode=mode, transit_days=days, **more)


def _channel(name: str, market: str, model: FeeModel, **more: Any) -> r.Channel:
    return r.Channel(
        channel=name,
        market=market,
        fee_model=model,
        ladder="std",
        payment_days=15,
        return_value=20.0,
        salvage_value=4.0,
        resaleable_share=0.9,
        reverse_cost=6.0,
        **more,
    )


def _term(channel: str, currency: str) -> r.ChannelTerm:
    return r.ChannelTerm(
        channel=channel,
        category="dress",
        reference_price_ratio=0.4,
        elasticity=2.0,
        return_rate=0.1,
        last_mile_cost=5.0,
        currency=currency,
    )


def options_of(scenario: Scenario, picks: list[Any]) -> list[Option]:
    facts, resolver = Facts(scenario), Resolver(Facts(scenario))
    options = []
    for at, (lot, channel, route, ship, sell, rung, units) in enumerate(picks):
        place = facts.channels[channel]
        market = facts.markets[place.market]
        price = prices(facts, facts.lots[lot], place, facts.rungs[place.ladder, rung])[0]
        trip, _ = journey(facts, facts.lots[lot], market, route, ship)
        assert trip is not None
        first = (sell - 1) * facts.days
        sold = max(first, trip.arrival_day)
        cells = {
            "line": f"S{at + 1}",
            "lot": lot,
            "brand": facts.lots[lot].brand,
            "channel": channel,
            "market": market.market,
            "route": route,
            "ship_period": ship,
            "sell_period": sell,
            "rung": rung,
            "units": units,
            "price": price,
            "price_currency": market.currency,
            "ship_date": trip.ship_date,
            "arrival_date": trip.arrival_date,
            "arrival_period": trip.arrival_period,
            "sale_date": facts.date_of(first if sell < trip.arrival_period else sold),
            "cartons": ceil(units / facts.lots[lot].units_per_carton),
            "kg": units * facts.lots[lot].kg,
            "cbm": units * facts.lots[lot].cbm,
        }
        line = Line(at + 2, f"S{at + 1}", lot, channel, route, ship, sell, rung, units, cells)
        option, faults = resolver.resolve(line)
        assert option is not None and not faults
        options.append(option)
    return options


DEPARTURES = ("boxes", "box_loads", "charges")
"""Tables without rows where no leg is paid by the departure."""


def plan(
    scenario: Scenario, picks: list[Any] | None = None, exits: list[Any] | None = None
) -> tuple[Tables, float]:
    """The tables of a plan and its value; openings and shortfall are those of PICKS."""
    facts = Facts(scenario)
    options = options_of(scenario, PICKS if picks is None else picks)
    falls = [waterfall(facts, o) for o in options]
    lines, waterfalls, legs, listed = [], [], [], []
    value = 0.0
    for o, fall in zip(options, falls, strict=True):
        netback, units, name = fall["netback"], o.units, o.line.line
        lines.append(o.line.cells | {"netback_per_unit": netback, "money": netback * units})
        waterfalls.append({"line": name, **fall})
        value += units * (netback + 0.5 - 0.1 * emissions(o))
        listed.append(
            {
                "channel": o.channel.channel,
                "market": o.market.market,
                "lot": o.lot.lot,
                "sell_period": o.line.sell_period,
                "sale_date": o.sale_date,
                "rung": o.rung.rung,
                "price": o.price,
                "currency": o.market.currency,
                "share_of_tag": price_basis(facts, o.channel, o.price) / facts.tag(o.lot),
                "units": units,
            }
        )
        for sequence, move in enumerate(o.journey.moves, start=1):
            freight = leg_cost(facts, move.leg, o.lot, o.journey.ship_day) * units
            legs.append(
                {
                    "line": name,
                    "sequence": sequence,
                    "leg": move.leg.leg,
                    "from_site": move.leg.from_site,
                    "to_site": move.leg.to_site,
                    "mode": move.leg.mode.value,
                    "depart_date": facts.date_of(move.depart_day),
                    "arrive_date": facts.date_of(move.arrive_day),
                    "units": units,
                    "cbm": o.lot.cbm * units,
                    "kg": o.lot.kg * units,
                    "freight": freight,
                }
            )
    left = []
    for lot, way, shipment, units in EXITS if exits is None else exits:
        worth = 0.0 if shipment else exit_value(facts, facts.lots[lot], facts.exits[way])
        brand = facts.lots[lot].brand
        left.append(
            {
                "lot": lot,
                "brand": brand,
                "exit": way,
                "shipment": shipment,
                "units": units,
                "value_per_unit": worth,
                "money": worth * units,
                "reason": "",
            }
        )
        value += worth * units
    openings = [
        ("label", "ZA", "L1", "", 0, 144.0),
        ("label", "ZA", "L2", "", 0, 144.0),
        ("papers", "ZA", "", SEA, 2, 150.0),
        ("papers", "ZA", "", AIR, 3, 150.0),
    ]
    # B1 promised 54 of 60 units by period 4; 20 + 11 + 12 are cleared, 11 x 2.00 are short.
    # The frozen shipment needs neither papers nor a certificate any more.
    value -= 2 * 144 + 2 * 150 + 11 * 2.0
    breached = breaches_of(facts, options)
    value -= breached["cost"].sum()
    tables = {
        "lines": pd.DataFrame(lines),
        "waterfalls": pd.DataFrame(waterfalls),
        "legs": pd.DataFrame(legs),
        "exits": pd.DataFrame(left),
        "openings": pd.DataFrame(
            openings, columns=["rule", "market", "subject", "route", "ship_period", "cost"]
        ),
        "shortfalls": pd.DataFrame(
            [("must_clear", "B1", 0, "units", 54.0, 11.0, 2.0, 22.0)],
            columns=[
                "rule",
                "subject",
                "period",
                "unit",
                "promised_units",
                "units",
                "price",
                "cost",
            ],
        ),
        "breaches": breached,
        "arbitrage": trades_of(facts, options),
        **{name: pd.DataFrame(columns=list(COLUMNS[name])) for name in DEPARTURES},
        "limits": pd.DataFrame(
            [("quota", "quota", 0, "units", 37, 37, 1.0, 3.0)],
            columns=[
                "rule",
                "label",
                "period",
                "unit",
                "used",
                "limit",
                "share_used",
                "marginal_value",
            ],
        ),
        "parties": pd.DataFrame(
            [
                (party, sum(f[party] * o.units for o, f in zip(options, falls, strict=True)))
                for party in PARTIES
            ],
            columns=["party", "money"],
        ),
        "prices": pd.DataFrame(listed),
    }
    return tables, value


def breaches_of(facts: Facts, options: list[Option]) -> pd.DataFrame:
    """The soft rules about one option that a plan's lines break."""
    rows = [
        (o.line.line, rule, subject(o), o.units, depth, price, o.units * depth * price)
        for o in options
        for rule, (depth, price) in broken(facts, o).items()
    ]
    names = ["line", "rule", "subject", "units", "depth_per_unit", "price", "cost"]
    return pd.DataFrame(rows, columns=names)


def trades_of(facts: Facts, options: list[Option]) -> pd.DataFrame:
    """The best trade left of every style; nothing is charged for it."""
    rows: dict[str, tuple[Any, ...]] = {}
    for t in sorted(trades(facts, options), key=lambda each: each.profit):
        pair = (t.style, t.bought_in, t.sold_in)
        rows[t.style] = (*pair, t.lowest, t.highest, t.limit, t.profit, 0.0, 0.0)
    return pd.DataFrame(list(rows.values()), columns=list(COLUMNS["arbitrage"]))


def fields(scenario: Scenario, tables: Tables, value: float) -> set[tuple[str, str]]:
    """Where the audit of a plan points."""
    return {(f.table, f.field) for f in audit(scenario, tables, value)}
