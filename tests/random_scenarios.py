"""Small random scenarios with tight limits: the same seed always gives the same scenario."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from planner.domain import records as r
from planner.domain.check import check
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import (
    CommissionBase,
    CustomsBasis,
    DutyKind,
    ExitKind,
    FeeModel,
    FixedPer,
    Incoterm,
    LevyBase,
    LockKind,
    MarginBasis,
    Mode,
    Owner,
    ParcelDuty,
    Perspective,
    Region,
    RuleEffect,
    SiteKind,
    SpecificUnit,
)

START = date(2026, 1, 5)
RUNGS = (("full", 1.0), ("down-25", 0.75), ("down-45", 0.55))
SEASON_OF = {"jacket": "winter", "dress": "summer", "shoes": "summer"}
ENTRY_OF = {"CN": "HUB", "SG": "SIN", "VN": "SGN"}
CURRENCY_OF = {"CN": "CNY", "SG": "SGD", "VN": "VND"}
RATE = {"CNY": 1.0, "SGD": 5.3, "USD": 7.1, "VND": 0.00028}


def random_scenario(seed: int, *, handful: bool = False) -> Scenario:
    """Two to four lots, two to four channels of different fee models, most limits too small.

    A `handful` is two lots of at most six units in two channels: few enough plans to try them all.
    """
    scenario = _Maker(seed, handful).scenario()
    findings = check(scenario)
    assert not findings, f"seed {seed}: {findings[0]}"
    return scenario


class _Maker:
    """Draws one scenario; every number comes from the seed."""

    def __init__(self, seed: int, handful: bool) -> None:
        self.seed, self.handful = seed, handful
        self.rng = Random(seed)
        self.periods = 2 if handful else self.rng.choice((3, 4))
        self.days = 14 if handful else self.rng.choice((7, 10, 14))
        self.categories = self.rng.sample(sorted(SEASON_OF), self.rng.choice((1, 2, 2)))

    # --- dice

    def one(self, low: float, high: float, digits: int = 4) -> float:
        return round(self.rng.uniform(low, high), digits)

    def often(self, chance: float) -> bool:
        return self.rng.random() < chance

    def day(self, first: int, last: int) -> date:
        return START + timedelta(days=self.rng.randint(first, last))

    @property
    def last(self) -> int:
        return self.periods * self.days - 1

    # --- tables

    def scenario(self) -> Scenario:
        lots = self.lots()
        self.units = sum(lot.units for lot in lots)
        self.volume = sum(lot.units * lot.cbm for lot in lots)
        self.mass = sum(lot.units * lot.kg for lot in lots)
        sites, legs, channels = self.sites(), self.legs(), self.channels()
        terms, demand = self.terms(channels), self.demand(channels)
        frozen, rules = self.frozen(lots, channels), self.rules(channels)
        return Scenario(
            header=self.header(),
            currencies=tuple(
                r.CurrencyInfo(currency=name, price_decimals=0 if name == "VND" else 2)
                for name in RATE
            ),
            exchange_rates=self.rates(),
            brands=self.brands(channels),
            lots=lots,
            age_factors=tuple(
                r.AgeFactor(age_years=age, price_factor=factor)
                for age, factor in enumerate((1.0, 0.86, 0.71))
            ),
            sites=sites,
            equipment=(r.Equipment(equipment="box", usable_cbm=2.0, payload_kg=150.0),),
            legs=legs,
            markets=self.markets(),
            channels=channels,
            channel_terms=terms,
            reference_prices=self.reference_prices(lots, channels),
            ladders=tuple(
                r.LadderRung(ladder="steps", rung=name, price_ratio=ratio)
                for name, ratio in RUNGS[: 2 if self.handful else self.rng.choice((2, 3))]
            ),
            demand=demand,
            demand_points=self.demand_points(demand),
            season_factors=tuple(
                r.SeasonFactor(
                    climate=climate, season=season, period=period, factor=self.one(0.3, 1.3)
                )
                for climate in ("mild", "hot")
                for season in ("winter", "summer")
                for period in range(1, self.periods + 1)
            ),
            duties=self.duties(),
            levies=self.levies(),
            parcel_regimes=self.parcel_regimes(),
            rules=rules,
            exits=self.exits(),
            locks=self.locks(lots, channels),
            frozen_shipments=frozen,
        )

    def header(self) -> r.Header:
        return r.Header(
            scenario=f"random-{self.seed}",
            start_date=START,
            periods=self.periods,
            days_per_period=self.days,
            currency="CNY",
            perspective=self.rng.choice(
                (Perspective.BOTH, Perspective.BOTH, Perspective.BRAND, Perspective.PLATFORM)
            ),
            cost_of_money_per_year=self.rng.choice((0.0, 0.06)),
            as_of=START,
            insurance_rate=self.rng.choice((0.0, 0.003)),
            broken_size_discount=self.rng.choice((0.0, 0.2)),
            longest_wait_periods=self.rng.choice((None, None, 1)),
            value_per_unit_cleared=self.rng.choice((0.0, 0.0, 3.5)),
            co2e_price_per_kg=self.rng.choice((0.0, 0.0, 0.7)),
        )

    def rates(self) -> tuple[r.ExchangeRate, ...]:
        rows = []
        for name, rate in RATE.items():
            if name == "CNY":
                continue
            rows.append(r.ExchangeRate(currency=name, rate=rate))
            if self.often(0.5):
                later = round(rate * self.rng.uniform(0.9, 1.1), 6)
                rows.append(
                    r.ExchangeRate(currency=name, valid_from=self.day(3, self.last - 3), rate=later)
                )
        return tuple(rows)

    def brands(self, channels: tuple[r.Channel, ...]) -> tuple[r.Brand, ...]:
        return tuple(
            r.Brand(
                brand=name,
                floor_domestic=self.rng.choice((0.0, 0.25)),
                floor_export=self.rng.choice((0.0, 0.3)),
                floor_relief_per_year=self.rng.choice((0.0, 0.1)),
                excluded_markets=("VN",) if self.often(0.1) else (),
                consented_markets=("CN", "SG"),
                exclusive_channels=(channels[0].channel, channels[1].channel)
                if self.often(0.1)
                else (),
                must_clear_share=self.one(0.5, 0.97, 3) if self.often(0.5) else 0.0,
                must_clear_by=self.rng.choice((None, self.periods - 1)),
                must_clear_price=self.one(1, 60, 2),
                public_listing=self.often(0.8),
            )
            for name in ("Linden", "Northpeak")
        )

    def lots(self) -> tuple[r.Lot, ...]:
        count = 2 if self.handful else self.rng.choice((2, 3, 3, 4))
        return tuple(self.lot(number) for number in range(1, count + 1))

    def lot(self, number: int) -> r.Lot:
        category = self.rng.choice(self.categories)
        tag = self.one(199, 1299, 0)
        return r.Lot(
            lot=f"L{number}",
            sku=f"K{number}",
            style=f"S{self.rng.choice((number, 1))}",
            model=f"M{self.rng.choice((number, 1))}",
            brand=self.rng.choice(("Linden", "Northpeak")),
            category=category,
            hs_code={"jacket": "620293", "dress": "620443", "shoes": "640399"}[category],
            season=SEASON_OF[category],
            vintage_year=self.rng.choice((2023, 2024, 2025, 2026)),
            origin=self.rng.choice(("O1", "O1", "O2")),
            available_period=self.rng.choice((1, 1, 1, 2)),
            units=self.rng.randint(3, 6) if self.handful else self.rng.randint(7, 90),
            units_per_carton=self.rng.choice((1, 6, 10)),
            tag=tag,
            tag_currency="CNY",
            unit_cost=round(tag * self.rng.uniform(0.15, 0.3), 2),
            unit_cost_currency="CNY",
            kg=self.one(0.2, 1.9, 3),
            cbm=self.one(0.002, 0.019, 5),
            pairs=1 if category == "shoes" else 0,
            size_curve=self.rng.choice((1.0, 0.8)),
            vat_invoice_rate=0.13,
            labels=self.rng.choice((("CN",), ("CN", "EN"))),
            expiry=self.day(self.last // 2, self.last + 60) if self.often(0.1) else None,
            dangerous_goods="battery" if self.often(0.15) else "",
            owner=self.rng.choice((Owner.BRAND, Owner.BRAND, Owner.PLATFORM)),
        )

    def sites(self) -> tuple[r.Site, ...]:
        per_day = self.units / (self.periods * self.days)

        def site(name: str, kind: SiteKind, country: str, currency: str, **more: Any) -> r.Site:
            share = 0.3 if name in ("HUB", "SIN") else 0.15
            return r.Site(
                site=name,
                kind=kind,
                country=country,
                currency=currency,
                throughput_units_per_day=round(per_day * self.rng.uniform(0.25, 0.9), 3)
                if self.often(share)
                else None,
                storage_cbm=round(self.volume * self.rng.uniform(0.002, 0.03), 6)
                if kind is SiteKind.GATEWAY and self.often(0.4)
                else None,
                storage_cost_per_cbm_day=self.one(0, 1.5, 2) / RATE[currency],
                inbound_cost_per_unit=self.one(0, 0.6, 2) / RATE[currency],
                outbound_cost_per_unit=self.one(0, 0.6, 2) / RATE[currency],
                pick_cost_per_unit=self.one(0, 2, 2) / RATE[currency],
                handling_days=self.rng.choice((0, 1, 2)),
                **more,
            )

        relabel = round(per_day * self.rng.uniform(0.1, 0.5), 3) if self.often(0.6) else None
        return (
            site("O1", SiteKind.ORIGIN, "CN", "CNY"),
            site("O2", SiteKind.ORIGIN, "CN", "CNY"),
            site("HUB", SiteKind.HUB, "CN", "CNY", relabel_units_per_day=relabel),
            site("NGB", SiteKind.PORT, "CN", "CNY"),
            site("SIN", SiteKind.GATEWAY, "SG", "SGD"),
            site("SGN", SiteKind.GATEWAY, "VN", "VND"),
        )

    def legs(self) -> tuple[r.Leg, ...]:
        span = self.periods * self.days

        def leg(name: str, start: str, end: str, mode: Mode, days: int, **more: Any) -> r.Leg:
            tight = 0.3 if start in ("HUB", "NGB") else 0.15
            fields: dict[str, Any] = {
                "leg": name,
                "from_site": start,
                "to_site": end,
                "mode": mode,
                "transit_days": days,
                "cost_per_cbm": self.one(20, 90, 2),
                "currency": "CNY",
                "cbm_per_day": round(self.volume / span * self.rng.uniform(0.1, 0.6), 6)
                if self.often(tight)
                else None,
                "kg_per_day": round(self.mass / span * self.rng.uniform(0.1, 0.6), 5)
                if self.often(tight)
                else None,
                "co2e_kg_per_tonne": self.one(5, 60, 1),
            }
            return r.Leg(**(fields | more))

        weekly = {
            "first_departure": self.day(-3, 6),
            "departure_every_days": self.rng.choice((3, 5, 7)),
        }
        boxed = {
            "currency": "USD",
            "equipment": "box",
            "cost_per_cbm": 0.0,
            "cost_per_box": self.one(8, 60, 2),
            "origin_cost_per_box": self.one(0, 40, 2),
            "origin_currency": "CNY",
            "fill_share": 0.9,
        }
        limit = round(self.volume / 1.8 / self.periods * self.rng.uniform(0.1, 0.7), 4)
        closing = {"open_to": self.day(self.last // 2, self.last)} if self.often(0.3) else {}
        return (
            leg("O1-HUB", "O1", "HUB", Mode.TRUCK, 1),
            leg("O2-HUB", "O2", "HUB", Mode.TRUCK, 2),
            leg("HUB-NGB", "HUB", "NGB", Mode.TRUCK, 1),
            leg("HUB-SIN-AIR", "HUB", "SIN", Mode.AIR, 2, cost_per_kg=self.one(4, 18, 2),
                kg_per_cbm=167.0, cost_per_cbm=0.0, **closing),
            leg("NGB-SIN-FCL", "NGB", "SIN", Mode.SEA_FCL, 5, **boxed, **weekly,
                boxes_per_period=limit if self.often(0.7) else None),
            leg("NGB-SIN-LCL", "NGB", "SIN", Mode.SEA_LCL, self.rng.choice((5, 6)),
                currency="USD", cost_per_cbm=self.one(5, 60, 2), origin_cost_per_cbm=12.0,
                origin_currency="CNY", shares_capacity_with="NGB-SIN-FCL", **weekly),
            leg("HUB-SGN", "HUB", "SGN", Mode.ROAD, 4, cost_per_unit=self.one(0, 2, 2),
                open_from=self.day(-5, self.days)),
        )  # fmt: skip

    def markets(self) -> tuple[r.Market, ...]:
        return tuple(
            r.Market(
                market=name,
                country=name,
                region=Region.DOMESTIC if name == "CN" else Region.EXPORT,
                climate="mild" if name == "CN" else "hot",
                currency=CURRENCY_OF[name],
                entry_sites=(ENTRY_OF[name],),
                vat_rate=vat,
                import_vat_rate=0.0 if name == "CN" else vat,
                import_vat_uplift=self.rng.choice((0.0, 0.1)),
                import_vat_inside=self.often(0.2),
                import_vat_recoverable=self.often(0.6),
                customs_basis=self.rng.choice((CustomsBasis.FOB, CustomsBasis.CIF)),
            )
            for name, vat in (("CN", 0.13), ("SG", 0.09), ("VN", 0.1))
        )

    def channels(self) -> tuple[r.Channel, ...]:
        count = 2 if self.handful else self.rng.choice((2, 3, 3, 4))
        models = self.rng.sample(list(FeeModel), count)
        places = ["CN", "SG", *self.rng.choices(("CN", "SG", "VN"), k=count - 2)]
        return tuple(
            self.channel(f"{place}-{number}", place, model)
            for number, (place, model) in enumerate(zip(places, models, strict=True), start=1)
        )

    def channel(self, name: str, place: str, model: FeeModel) -> r.Channel:
        if model is FeeModel.PARCEL and place == "CN":
            model = FeeModel.COMMISSION
        currency = CURRENCY_OF[place]
        rate = RATE[currency]
        per_day = self.units / (self.periods * self.days)
        return r.Channel(
            channel=name,
            market=place,
            fee_model=model,
            ladder="steps",
            private=self.often(0.5),
            open_to=self.day(self.last // 2, self.last) if self.often(0.15) else None,
            units_per_day=round(per_day * self.rng.uniform(0.1, 0.5), 3)
            if self.often(0.4)
            else None,
            style_share=self.one(0.3, 0.8, 2) if self.often(0.4) else 1.0,
            credibility_ratio=0.7 if self.often(0.4) else 0.0,
            floor_factor=self.rng.choice((1.0, 0.5)),
            commission_rate=self.one(0.05, 0.2, 3),
            commission_base=self.rng.choice(list(CommissionBase)),
            reseller_margin=self.one(0.05, 0.2, 3),
            margin_basis=self.rng.choice(list(MarginBasis)),
            reseller_vat_rate=0.03,
            inviter_bonus_rate=self.rng.choice((0.0, 0.01)),
            marketplace_fee_rate=self.one(0, 0.1, 3),
            payment_fee_rate=self.one(0, 0.02, 3),
            opex_rate=self.one(0, 0.05, 3),
            our_share=0.6,
            our_loss_share=0.8,
            platform_fee_rate=0.05,
            buy_out_share=self.one(0.1, 0.3, 3),
            sell_through=self.one(0.7, 1, 2),
            wholesale_ratio=self.one(0.2, 0.4, 3),
            incoterm=self.rng.choice(list(Incoterm)),
            payment_days=self.rng.choice((0, 15, 45)),
            credit_loss_rate=self.rng.choice((0.0, 0.01)),
            credit_insurance_rate=self.rng.choice((0.0, 0.004)),
            resaleable_share=0.8,
            return_value=self.one(0, 6, 2) / rate,
            return_value_share=self.rng.choice((0.0, 0.4)),
            salvage_value=self.one(0, 3, 2) / rate,
            reverse_cost=self.one(0, 8, 2) / rate,
            clearance_cost_per_unit=self.one(0, 2, 2) / rate,
            currency=currency,
        )

    def terms(self, channels: tuple[r.Channel, ...]) -> tuple[r.ChannelTerm, ...]:
        return tuple(
            r.ChannelTerm(
                channel=channel.channel,
                category=category,
                reference_price_ratio=self.one(0.35, 0.7, 3),
                wholesale_multiplier=self.one(0.8, 1.2, 2),
                elasticity=self.one(0.8, 2.8, 2),
                return_rate=self.one(0, 0.3, 3),
                last_mile_cost=self.one(2, 9, 2) / RATE[channel.currency],
                last_mile_cost_bulky=self.one(9, 12, 2) / RATE[channel.currency],
                currency=channel.currency,
            )
            for channel in channels
            for category in self.categories
        )

    def reference_prices(
        self, lots: tuple[r.Lot, ...], channels: tuple[r.Channel, ...]
    ) -> tuple[r.ReferencePrice, ...]:
        lot, channel = self.rng.choice(lots), self.rng.choice(channels)
        if self.often(0.6):
            return ()
        price = round(lot.tag * self.rng.uniform(0.3, 0.7) / RATE[CURRENCY_OF[channel.market]], 2)
        return (r.ReferencePrice(lot=lot.lot, channel=channel.channel, price=price),)

    def demand(self, channels: tuple[r.Channel, ...]) -> tuple[r.Demand, ...]:
        each = self.units / len(channels) / self.periods
        return tuple(
            r.Demand(
                channel=channel.channel,
                category=category,
                season=SEASON_OF[category],
                units_per_period=round(each * self.rng.uniform(0.1, 1.2), 3),
            )
            for channel in channels
            for category in self.categories
        )

    def demand_points(self, demand: tuple[r.Demand, ...]) -> tuple[r.DemandPoint, ...]:
        pool = self.rng.choice(demand)
        point = r.DemandPoint(
            channel=pool.channel,
            category=pool.category,
            season=pool.season,
            period=self.rng.randint(1, self.periods),
            rung="full",
            units=self.one(0, 9, 1),
        )
        return (point,) if self.often(0.3) else ()

    def duties(self) -> tuple[r.Duty, ...]:
        def duty(market: str, category: str, **more: Any) -> r.Duty:
            kind = self.rng.choice(list(DutyKind))
            dumped = category == "shoes" and self.often(0.4)
            rate = self.one(0, 0.3, 3)
            fields: dict[str, Any] = {
                "market": market,
                "category": category,
                "kind": kind,
                "rate": rate,
                "specific_amount": 0.0 if kind is DutyKind.AD_VALOREM else self.one(0.2, 3, 2),
                "specific_unit": self.rng.choice(list(SpecificUnit)),
                "specific_currency": "USD",
                "preferential_rate": round(rate / 3, 4) if self.often(0.5) else None,
                "antidumping_amount": self.one(0.5, 3, 2) if dumped else 0.0,
                "antidumping_currency": "USD",
                "excise_rate": self.rng.choice((0.0, 0.0, 0.05)),
            }
            return r.Duty(**(fields | more))

        rows = []
        for market in ("SG", "VN"):
            for category in self.categories:
                if self.often(0.3):
                    change = self.day(5, self.last - 2)
                    rows.append(duty(market, category, valid_to=change - timedelta(days=1)))
                    rows.append(duty(market, category, valid_from=change))
                else:
                    rows.append(duty(market, category))
        return tuple(rows)

    def levies(self) -> tuple[r.Levy, ...]:
        if self.often(0.5):
            return ()
        return (
            r.Levy(market="SG", levy="screening", rate=0.004, base=LevyBase.FOB,
                   valid_to=self.day(5, self.last)),
            r.Levy(market="VN", levy="port health", rate=0.002, base=LevyBase.CIF),
        )  # fmt: skip

    def parcel_regimes(self) -> tuple[r.ParcelRegime, ...]:
        rows = []
        for market in ("SG", "VN"):
            limit = self.one(60, 260, 0) * RATE["CNY"] / RATE[CURRENCY_OF[market]]
            rows.append(
                r.ParcelRegime(market=market, currency=CURRENCY_OF[market], vat_rate=0.09,
                               vat_inside=self.often(0.3))
            )  # fmt: skip
            rows.append(
                r.ParcelRegime(
                    market=market,
                    currency=CURRENCY_OF[market],
                    value_above=round(limit, 2),
                    duty_on=self.rng.choice((ParcelDuty.TOTAL, ParcelDuty.EXCESS)),
                    duty_rate=0.1,
                    duty_deduction=round(limit * 0.01, 2),
                    vat_rate=0.09,
                )
            )
        return tuple(rows)

    def rules(self, channels: tuple[r.Channel, ...]) -> tuple[r.ComplianceRule, ...]:
        """Each rule with a chance of its own; dates fall inside the horizon now and then."""
        some = (self.rng.choice(self.categories),)
        dates: dict[str, Any] = {}
        if self.often(0.4):
            dates = {"valid_from": self.day(0, self.last // 2)}
        if self.often(0.3):
            dates["valid_to"] = self.day(self.last // 2, self.last)
        abroad: dict[str, Any] = {"markets": ("SG", "VN")}
        papers = {"fixed_currency": self.rng.choice(("CNY", "USD"))}
        quota = max(2, int(self.units * self.rng.uniform(0.05, 0.3)))
        candidates = (
            (0.5, {"rule": "licence", **abroad, "effect": RuleEffect.QUOTA,
                   "quota_units": quota, **dates}),
            (0.5, {"rule": "conformity", **abroad, "effect": RuleEffect.REQUIRE,
                   "fixed_cost": self.one(5, 500, 0), **papers,
                   "fixed_per": self.rng.choice((FixedPer.STYLE, FixedPer.SKU, FixedPer.MODEL)),
                   "shared_across_markets": self.often(0.5), "lead_days": self.rng.choice((0, 3)),
                   **dates}),
            (0.5, {"rule": "entry papers", **abroad, "effect": RuleEffect.REQUIRE,
                   "fixed_cost": self.one(5, 150, 0), **papers, "fixed_per": FixedPer.SHIPMENT,
                   "cost_per_unit": self.one(0, 1, 2), "unit_currency": "CNY"}),
            (0.5, {"rule": "care label", **abroad, "effect": RuleEffect.REQUIRE,
                   "unless_labelled": "EN", "cost_per_unit": 1.1, "unit_currency": "CNY",
                   "uses_relabel_capacity": True, **dates}),
            (0.3, {"rule": "origin", "markets": ("SG",), "effect": RuleEffect.PREFERENCE,
                   "fixed_cost": self.one(5, 90, 0), **papers, "fixed_per": FixedPer.SHIPMENT}),
            (0.3, {"rule": "refund", "effect": RuleEffect.EXPORT_REFUND, "refund_rate_cap": 0.1,
                   "lead_days": 60}),
            (0.15, {"rule": "no air", "effect": RuleEffect.FORBID_MODE, "modes": ("air",),
                    "categories": some}),
            (0.15, {"rule": "no batteries", "effect": RuleEffect.FORBID, "channels": ("SG-*",),
                    "dangerous_goods_only": True}),
            (0.15, {"rule": "closed groups", "effect": RuleEffect.PRIVATE_ONLY,
                    "markets": ("CN",)}),
            (0.15, {"rule": "consent", "effect": RuleEffect.BRAND_CONSENT, "categories": some}),
            (0.15, {"rule": "fresh", "effect": RuleEffect.SHELF_LIFE, "least_days": 20}),
        )  # fmt: skip
        known = {channel.channel[:3] for channel in channels}
        return tuple(
            r.ComplianceRule(**fields)
            for chance, fields in candidates
            if self.often(chance) and ("channels" not in fields or "SG-" in known)
        )

    def exits(self) -> tuple[r.Exit, ...]:
        rows = [
            r.Exit(exit="hold", kind=ExitKind.HOLD, currency="CNY",
                   value_share_of_cost=self.one(0, 0.4, 3)),
            r.Exit(exit="jobber", kind=ExitKind.JOBBER, currency="CNY", clears=True,
                   value_share_of_tag=self.one(0.02, 0.12, 3),
                   units_most=max(1, int(self.units * self.rng.uniform(0.05, 0.4)))),
        ]  # fmt: skip
        if self.often(0.4):
            rows.append(
                r.Exit(exit="donate", kind=ExitKind.DONATE, currency="CNY", clears=True,
                       value_per_kg=-1.5, brands=("Linden",), open_to=self.day(0, 5))
            )  # fmt: skip
        return tuple(rows)

    def locks(self, lots: tuple[r.Lot, ...], channels: tuple[r.Channel, ...]) -> tuple[r.Lock, ...]:
        lot, other = self.rng.choice(lots), self.rng.choice(lots)
        place = self.rng.choice(channels)
        few = max(1, lot.units // 8)
        candidates = (
            (0.25, {"lock": "at least", "kind": LockKind.MIN_UNITS, "lots": (lot.lot,),
                    "units": few}),
            (0.25, {"lock": "at most", "kind": LockKind.MAX_UNITS, "units": self.units // 4,
                    "channels": (place.channel,)}),
            (0.15, {"lock": "exactly", "kind": LockKind.UNITS, "lots": (other.lot,),
                    "channels": (channels[0].channel,), "units": max(1, other.units // 10)}),
            (0.2, {"lock": "banned", "kind": LockKind.BAN, "lots": (other.lot,),
                   "markets": ("SG",), "ship_period": self.rng.choice((None, 1, 2))}),
            (0.2, {"lock": "price", "kind": LockKind.PRICE, "brands": (lot.brand,),
                   "channels": (place.channel,), "rungs": ("full",)}),
        )  # fmt: skip
        return tuple(r.Lock(**fields) for chance, fields in candidates if self.often(chance))

    def frozen(
        self, lots: tuple[r.Lot, ...], channels: tuple[r.Channel, ...]
    ) -> tuple[r.FrozenShipment, ...]:
        lot = self.rng.choice(lots)
        place = self.rng.choice([c.market for c in channels if c.market != "CN"])
        shipment = r.FrozenShipment(
            shipment="F1",
            lot=lot.lot,
            entry_site=ENTRY_OF[place],
            ship_date=START - timedelta(days=9),
            arrival_date=self.day(-2, self.days),
            units=max(1, lot.units // self.rng.choice((2, 4))),
        )
        return (shipment,) if self.often(0.3) else ()
