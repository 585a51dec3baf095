"""Scenarios shaped like surplus-2026 in any size, always the same: `instance("M")`.

Three origins feed hubs, hubs feed city tiers at home and gateways abroad: two legs, each with a
capacity per period. Pools are shared by all lots of a category and season, ladders have two to
four rungs, brand floors cut the lowest for some lots. Every lot is open to about 60 % of the
channels. Capacities are 33 to 99 % of the use they would see if every lot followed the appetite of
its channels, so that they bind. Boxes, openings and the corridor are there on request.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import product

import numpy as np
from pydantic import TypeAdapter

from planner.domain import records as r
from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import (
    CommissionBase,
    CorridorMode,
    CustomsBasis,
    ExitKind,
    FeeModel,
    FixedPer,
    Incoterm,
    Mode,
    Opens,
    Region,
    RuleEffect,
    SiteKind,
)


@dataclass(frozen=True)
class Size:
    """How many lots and channels an instance has, over how many periods."""

    lots: int
    channels: int
    periods: int


SIZES = {
    "XS": Size(40, 6, 6),
    "S": Size(200, 10, 8),
    "M": Size(1_000, 20, 13),
    "L": Size(10_000, 30, 13),
    "XL": Size(100_000, 30, 13),
    "XXL": Size(1_000_000, 40, 4),
}

START = date(2026, 9, 7)
DAYS = 14
SEED = 20_260_907
LOTS_PER_STYLE = 2
LARGEST_NETWORK = 3
"""Hubs of an instance with more than ten channels; smaller ones have one less."""
MEDIAN_UNITS, SPREAD_UNITS = 600.0, 0.9
"""Stock of a lot is log-normal."""
BINDING = (0.33, 0.99)
"""Capacities as a share of the use expected without them."""
BINDING_AT_HUBS = 0.75
"""The least such share at a hub: were it lower, hubs would keep every other limit slack."""
LIMITS = 200
"""Shares drawn: hubs take the first, then trucks, ships, loose cargo and channels."""
EXCLUDED_SHARE, UNSOLD_SHARE = 0.25, 0.2
"""Markets closed to a brand, channels that do not sell a category: 60 % of channels stay open."""
QUIET_PERIODS = 2
"""Periods of the horizon in which next to nothing ships: what left then would come too late."""

ORIGINS = ("W-SHA", "W-NGB", "W-CAN")
HUBS = ("H-EAST", "H-SOUTH", "H-WEST")
SEASONS = {"SS": 0.0, "AW": 0.5, "ALL": None}
"""Part of the year at which goods of the season sell best in the north; None = all year alike."""
CLIMATES = {"north": 0.0, "south": 0.5, "tropical": None}
"""Part of a year by which the seasons are late; None = no seasons."""


@dataclass(frozen=True)
class Category:
    """Mean weight and volume, median tag, what it is worth to shoppers, duty, code."""

    name: str
    kg: float
    cbm: float
    tag: float
    appeal: float
    return_rate: float
    duty: float
    hs_code: str


CATEGORIES = (
    Category("apparel", 0.55, 0.0045, 388.0, 1.0, 0.12, 0.2, "6205"),
    Category("footwear", 0.80, 0.0072, 393.0, 1.08, 0.14, 0.25, "6403"),
    Category("beauty", 0.17, 0.0007, 143.0, 1.15, 0.04, 0.1, "3304"),
    Category("appliance", 1.75, 0.0155, 303.0, 1.45, 0.06, 0.15, "8516"),
)


@dataclass(frozen=True)
class Label:
    """A brand: its category, its floors at home and abroad, the share that must be cleared."""

    name: str
    category: int
    home: float
    abroad: float
    clear: float


BRANDS = (
    Label("B01", 0, 0.15, 0.10, 0.6),
    Label("B02", 0, 0.18, 0.12, 0.55),
    Label("B03", 0, 0.13, 0.09, 0.5),
    Label("B04", 0, 0.24, 0.20, 0.3),
    Label("B05", 1, 0.18, 0.12, 0.5),
    Label("B06", 1, 0.12, 0.08, 0.5),
    Label("B07", 2, 0.22, 0.16, 0.6),
    Label("B08", 3, 0.26, 0.20, 0.5),
)


@dataclass(frozen=True)
class Country:
    """A market abroad: currency and its rate, climate, taxes, days at sea and freight of a box."""

    name: str
    currency: str
    rate: float
    climate: str
    vat: float
    days: int
    box_usd: float


COUNTRIES = (
    Country("VN", "VND", 0.00029783, "tropical", 0.1, 6, 560.0),
    Country("ID", "IDR", 0.00045391, "tropical", 0.11, 13, 860.0),
    Country("RU", "RUB", 0.08450952, "north", 0.22, 18, 6600.0),
    Country("ZA", "ZAR", 0.39265645, "south", 0.15, 30, 4100.0),
    Country("TH", "THB", 0.20391568, "tropical", 0.07, 9, 720.0),
    Country("KZ", "KZT", 0.01534666, "north", 0.16, 12, 4500.0),
    Country("MY", "MYR", 1.57277098, "tropical", 0.1, 8, 690.0),
    Country("PH", "PHP", 0.12562183, "tropical", 0.12, 6, 740.0),
    Country("KE", "KES", 0.0533815, "tropical", 0.16, 27, 4600.0),
    Country("NG", "NGN", 0.00486624, "tropical", 0.075, 36, 6500.0),
    Country("AE", "AED", 1.95996732, "tropical", 0.05, 19, 3100.0),
    Country("BR", "BRL", 1.33549824, "south", 0.17, 34, 5200.0),
)
LABELLED = (2, 3)
"""Countries that want labels sewn in before the goods leave."""
USD = 7.197
BOX, BOX_CBM, BOX_KG, BOX_FILL = "40HQ", 66.0, 26_330.0, 0.92

LADDERS = {"two": (1.0, 0.7), "three": (1.1, 0.85, 0.65), "four": (1.15, 0.95, 0.75, 0.58)}

HOME_TERMS: tuple[dict[str, object], ...] = (
    {"fee_model": FeeModel.COMMISSION, "commission_rate": 0.2, "reseller_margin": 0.25},
    {
        "fee_model": FeeModel.REBATE,
        "commission_rate": 0.2,
        "commission_base": CommissionBase.NET_PRICE,
        "reseller_margin": 0.28,
    },
)
AWAY_TERMS: tuple[dict[str, object], ...] = (
    {
        "fee_model": FeeModel.MARKETPLACE,
        "marketplace_fee_rate": 0.12,
        "payment_fee_rate": 0.03,
        "opex_rate": 0.03,
        "payment_days": 21,
        "credit_loss_rate": 0.01,
    },
    {
        "fee_model": FeeModel.WHOLESALE,
        "incoterm": Incoterm.DAP,
        "wholesale_ratio": 0.14,
        "floor_factor": 0.42,
        "payment_days": 45,
        "credit_loss_rate": 0.02,
        "credit_insurance_rate": 0.008,
    },
    {
        "fee_model": FeeModel.JOINT_VENTURE,
        "payment_fee_rate": 0.015,
        "opex_rate": 0.28,
        "our_share": 0.6,
        "our_loss_share": 0.6,
        "platform_fee_rate": 0.05,
        "payment_days": 60,
        "declared_value_share": 0.38,
    },
)


def instance(
    size: str | Size,
    *,
    corridor: bool = False,
    boxes: bool = False,
    openings: bool = False,
    only: range | None = None,
) -> Scenario:
    """The scenario of a size; `only` keeps some of its lots, everything else staying the same."""
    shape = SIZES[size] if isinstance(size, str) else size
    name = size if isinstance(size, str) else f"{size.lots} x {size.channels} x {size.periods}"
    goods = Goods.drawn(shape)
    trade = Trade.drawn(shape, goods)
    scenario = Scenario(
        header=_header(name, shape),
        currencies=_currencies(),
        exchange_rates=tuple(
            r.ExchangeRate(currency=code, rate=rate)
            for code, rate in (("USD", USD), *((c.currency, c.rate) for c in COUNTRIES))
        ),
        brands=_brands(trade),
        lots=_lots(goods, only or range(shape.lots)),
        age_factors=tuple(
            r.AgeFactor(age_years=age, price_factor=part)
            for age, part in enumerate((1.0, 0.88, 0.76, 0.66))
        ),
        sites=_sites(trade),
        equipment=(r.Equipment(equipment=BOX, usable_cbm=BOX_CBM, payload_kg=BOX_KG),),
        legs=_legs(trade),
        markets=_markets(trade),
        channels=_channels(trade),
        channel_terms=_terms(trade),
        ladders=tuple(
            r.LadderRung(ladder=ladder, rung=f"R{round(100 * ratio):03d}", price_ratio=ratio)
            for ladder, ratios in LADDERS.items()
            for ratio in ratios
        ),
        demand=_demand(trade),
        season_factors=_season_factors(shape),
        duties=_duties(trade),
        rules=_rules(trade),
        exits=_exits(goods),
    )
    if boxes:
        scenario = _with_boxes(scenario)
    if openings:
        scenario = _with_openings(scenario, trade)
    return _with_corridor(scenario) if corridor else scenario


@dataclass(frozen=True)
class Goods:
    """One element per lot: what it is, where it is, how many units of it there are."""

    style: Ints
    brand: Ints
    category: Ints
    season: Ints
    vintage: Ints
    tag: Floats
    cost: Floats
    kg: Floats
    cbm: Floats
    invoiced: Bools
    origin: Ints
    available: Ints
    units: Ints
    size_curve: Floats

    @classmethod
    def drawn(cls, shape: Size) -> Goods:
        """Lots of a style share all but place, time, units and sizes."""
        rng = _random(shape, 1)
        styles = -(-shape.lots // LOTS_PER_STYLE)
        brand = rng.choice(len(BRANDS), styles, p=np.array((22, 24, 14, 12, 14, 10, 12, 12)) / 120)
        category = np.array([label.category for label in BRANDS])[brand]
        kinds = np.array([(kind.tag, kind.kg, kind.cbm) for kind in CATEGORIES])[category].T
        tag = np.round(kinds[0] * rng.lognormal(0.0, 0.35, styles))
        season = np.where(category < 2, rng.choice(3, styles, p=(0.4, 0.35, 0.25)), 2)
        drawn = {
            "brand": brand,
            "category": category,
            "season": season,
            "vintage": rng.choice((2026, 2025, 2024, 2023), styles, p=(0.4, 0.4, 0.14, 0.06)),
            "tag": tag,
            "cost": np.round(tag * rng.uniform(0.14, 0.2, styles), 2),
            "kg": np.round(kinds[1] * rng.lognormal(0.0, 0.2, styles), 3),
            "cbm": np.round(kinds[2] * rng.lognormal(0.0, 0.2, styles), 5),
            "invoiced": rng.random(styles) < 0.6,
        }
        style = np.arange(shape.lots) // LOTS_PER_STYLE
        late = np.minimum((1, 2, 3, 5), max(1, shape.periods - 3))
        units = np.maximum(20, rng.lognormal(np.log(MEDIAN_UNITS), SPREAD_UNITS, shape.lots))
        return cls(
            style=style,
            **{name: values[style] for name, values in drawn.items()},
            origin=rng.choice(len(ORIGINS), shape.lots, p=(0.43, 0.24, 0.33)),
            available=rng.choice(late, shape.lots, p=(0.6, 0.2, 0.12, 0.08)),
            units=np.round(units).astype(np.int64),
            size_curve=np.round(rng.uniform(0.5, 1.0, shape.lots), 2),
        )


@dataclass(frozen=True)
class Trade:
    """Markets, channels and lanes, who sells what, and the units expected everywhere.

    expected: units over the horizon, by channel, category and season; pull: pool's units in a
    period; excluded by brand and market; sold by channel and category; market of each channel;
    moved: units and cbm by origin, hub and market.
    """

    periods: int
    hubs: int
    home: int
    countries: int
    market: Ints
    excluded: Bools
    sold: Bools
    expected: Floats
    moved: Floats
    moved_cbm: Floats
    binding: Floats

    @classmethod
    def drawn(cls, shape: Size, goods: Goods) -> Trade:
        """Stock follows the appetite of the channels open to it, spread over all routes."""
        rng = _random(shape, 2)
        markets = min(4 + len(COUNTRIES), round(0.8 * shape.channels))
        home = max(2, markets // 4)
        market = np.arange(shape.channels) % markets
        excluded = _some(rng, len(BRANDS), markets, EXCLUDED_SHARE)
        sold = ~_some(rng, len(CATEGORIES), shape.channels, UNSOLD_SHARE).T
        appetite = rng.lognormal(0.0, 0.4, shape.channels) * np.where(market < home, 3.0, 1.0)
        open_to = ~excluded[:, market].T & sold[:, [label.category for label in BRANDS]]
        share = np.where(open_to, appetite[:, None], 0.0)
        share /= share.sum(axis=0)
        stock = np.zeros((len(BRANDS), len(SEASONS), len(ORIGINS)))
        np.add.at(stock, (goods.brand, goods.season, goods.origin), goods.units)
        category = np.array([label.category for label in BRANDS])
        by_brand = np.einsum("cb,bso->cbso", share, stock)
        expected = np.zeros((shape.channels, len(CATEGORIES), len(SEASONS)))
        np.add.at(expected, (slice(None), category), by_brand.sum(axis=3))
        cbm = np.array([kind.cbm for kind in CATEGORIES])[category]
        hubs = LARGEST_NETWORK - (shape.channels <= 10)
        lanes = _lanes(hubs, markets)
        units, volume = (
            np.einsum("cbso,b,cm->om", by_brand, weight, np.eye(markets)[market])
            for weight in (np.ones(len(BRANDS)), cbm)
        )
        return cls(
            periods=shape.periods,
            hubs=hubs,
            home=home,
            countries=markets - home,
            market=market,
            excluded=excluded,
            sold=sold,
            expected=expected,
            moved=units[:, None] * lanes,
            moved_cbm=volume[:, None] * lanes,
            binding=rng.random(LIMITS),
        )

    @property
    def days(self) -> int:
        """Days in which goods move."""
        return max(1, self.periods - QUIET_PERIODS) * DAYS

    @property
    def names(self) -> tuple[str, ...]:
        """Markets: city tiers, then countries."""
        tiers = (f"CN-T{k + 1}" for k in range(self.home))
        return (*tiers, *(country.name for country in COUNTRIES[: self.countries]))

    @property
    def labelled(self) -> list[int]:
        """Markets for which labels are sewn in at a hub."""
        return [self.home + k for k in LABELLED if k < self.countries]

    def hubs_of(self, place: int) -> tuple[int, int]:
        """The two hubs an origin feeds or a market is fed by."""
        return place % self.hubs, (place + 1) % self.hubs

    def limit(self, use: float, draw: int, least: float = BINDING[0]) -> float:
        """A limit per day that binds, of a use over the horizon."""
        share = least + (BINDING[1] - least) * self.binding[draw]
        return round(float(use * share / self.days), 3)


def _lanes(hubs: int, markets: int) -> Floats:
    """Share of what goes from an origin to a market that passes each hub: (origin, hub, market)."""
    near = [[hub in (k % hubs, (k + 1) % hubs) for hub in range(hubs)] for k in range(markets + 3)]
    table = np.array(near, dtype=float)
    through = table[: len(ORIGINS), :, None] * table[:markets].T[None]
    return np.asarray(through / through.sum(axis=1, keepdims=True))


def _some(rng: np.random.Generator, rows: int, columns: int, share: float) -> Bools:
    """A share of the columns of every row, drawn by lot; never the first, which takes everything."""
    order = rng.permuted(np.tile(np.arange(1, columns), (rows, 1)), axis=1)
    chosen = np.zeros((rows, columns), dtype=bool)
    np.put_along_axis(chosen, order[:, : round(share * columns)], True, axis=1)
    return chosen


def _random(shape: Size, stream: int) -> np.random.Generator:
    """Numbers that depend on the size and on nothing else."""
    return np.random.default_rng((SEED, shape.lots, shape.channels, shape.periods, stream))


def _header(name: str, shape: Size) -> r.Header:
    return r.Header(
        scenario=f"bench-{name}",
        title=f"{shape.lots} lots, {shape.channels} channels, {shape.periods} periods",
        start_date=START,
        periods=shape.periods,
        days_per_period=DAYS,
        cost_of_money_per_year=0.06,
        as_of=START,
        insurance_rate=0.003,
        broken_size_discount=0.25,
        longest_wait_periods=1,
    )


def _currencies() -> tuple[r.CurrencyInfo, ...]:
    codes = ("CNY", "USD", *(country.currency for country in COUNTRIES))
    coarse = {country.currency for country in COUNTRIES if country.rate < 0.01}
    return tuple(r.CurrencyInfo(currency=c, price_decimals=0 if c in coarse else 2) for c in codes)


def _brands(trade: Trade) -> tuple[r.Brand, ...]:
    return tuple(
        r.Brand(
            brand=label.name,
            floor_domestic=label.home,
            floor_export=label.abroad,
            floor_relief_per_year=0.1,
            corridor_ratio=0.7,
            excluded_markets=tuple(np.array(trade.names)[trade.excluded[k]].tolist()),
            must_clear_share=label.clear,
            must_clear_price=2.0,
        )
        for k, label in enumerate(BRANDS)
    )


def _lots(goods: Goods, chosen: range) -> tuple[r.Lot, ...]:
    """Validated rows, made in one go."""
    at = np.arange(chosen.start, chosen.stop, chosen.step)
    seasons = tuple(SEASONS)
    columns = [
        getattr(goods, name)[at].tolist()
        for name in ("style", "brand", "category", "season", "vintage", "origin", "available")
    ]
    numbers = [
        getattr(goods, name)[at].tolist()
        for name in ("units", "tag", "cost", "kg", "cbm", "invoiced", "size_curve")
    ]
    rows = [
        {
            "lot": f"L{lot:07d}",
            "sku": f"L{lot:07d}",
            "style": f"S{style:06d}",
            "model": f"S{style:06d}",
            "brand": BRANDS[brand].name,
            "category": CATEGORIES[category].name,
            "hs_code": CATEGORIES[category].hs_code,
            "season": seasons[season],
            "vintage_year": vintage,
            "origin": ORIGINS[origin],
            "available_period": available,
            "units": units,
            "units_per_carton": 20,
            "tag": tag,
            "tag_currency": "CNY",
            "unit_cost": cost,
            "unit_cost_currency": "CNY",
            "kg": kg,
            "cbm": cbm,
            "size_curve": size_curve,
            "vat_invoice_rate": 0.13 * invoiced,
            "labels": ("CN",),
        }
        for (
            lot, style, brand, category, season, vintage, origin, available,
            units, tag, cost, kg, cbm, invoiced, size_curve,
        ) in zip(at.tolist(), *columns, *numbers, strict=True)
    ]  # fmt: skip
    return TypeAdapter(tuple[r.Lot, ...]).validate_python(rows)


def _sites(trade: Trade) -> tuple[r.Site, ...]:
    origins = [
        r.Site(
            site=name,
            kind=SiteKind.ORIGIN,
            country="CN",
            relabel_units_per_day=0,
            storage_cost_per_cbm_day=0.9 + 0.1 * k,
            currency="CNY",
        )
        for k, name in enumerate(ORIGINS)
    ]
    hubs = [
        r.Site(
            site=HUBS[hub],
            kind=SiteKind.HUB,
            country="CN",
            throughput_units_per_day=trade.limit(trade.moved[:, hub].sum(), hub, BINDING_AT_HUBS),
            relabel_units_per_day=trade.limit(trade.moved[:, hub, trade.labelled].sum(), 9 + hub),
            storage_cost_per_cbm_day=1.5,
            inbound_cost_per_unit=0.3,
            outbound_cost_per_unit=0.4,
            pick_cost_per_unit=1.0,
            currency="CNY",
        )
        for hub in range(trade.hubs)
    ]
    gateways = [
        r.Site(
            site=f"E-{country.name}",
            kind=SiteKind.GATEWAY,
            country=country.name,
            relabel_units_per_day=0,
            storage_cost_per_cbm_day=1.2,
            handling_days=4,
            currency="CNY",
        )
        for country in COUNTRIES[: trade.countries]
    ]
    return (*origins, *hubs, *gateways)


def _legs(trade: Trade) -> tuple[r.Leg, ...]:
    """A truck from each origin to two hubs; a ship from one hub and loose cargo from another."""
    trucks = [
        r.Leg(
            leg=f"{ORIGINS[origin]}>{HUBS[hub]}",
            from_site=ORIGINS[origin],
            to_site=HUBS[hub],
            mode=Mode.TRUCK,
            transit_days=1 + 2 * far,
            cost_per_cbm=24.0 + 90.0 * far,
            currency="CNY",
            cbm_per_day=trade.limit(trade.moved_cbm[origin, hub].sum(), 20 + 3 * origin + hub),
            co2e_kg_per_tonne=20.0,
        )
        for origin in range(len(ORIGINS))
        for far, hub in enumerate(trade.hubs_of(origin))
    ]
    abroad = []
    for k, country in enumerate(COUNTRIES[: trade.countries]):
        market = trade.home + k
        sea, loose = trade.hubs_of(market)
        volume = trade.moved_cbm[:, :, market].sum(axis=0)
        common = {
            "to_site": f"E-{country.name}",
            "first_departure": START.replace(day=START.day + 2),
            "departure_every_days": 7,
            "currency": "USD",
            "co2e_kg_per_tonne": 150.0,
        }
        abroad += [
            r.Leg(
                leg=f"{HUBS[sea]}>{country.name} FCL",
                from_site=HUBS[sea],
                mode=Mode.SEA_FCL,
                transit_days=country.days,
                equipment=BOX,
                cost_per_box=country.box_usd,
                fill_share=BOX_FILL,
                cbm_per_day=trade.limit(volume[sea], 40 + k),
                **common,
            ),
            r.Leg(
                leg=f"{HUBS[loose]}>{country.name} LCL",
                from_site=HUBS[loose],
                mode=Mode.SEA_LCL,
                transit_days=country.days + 3,
                cost_per_cbm=round(30 + country.box_usd / BOX_CBM * 1.6, 2),
                cbm_per_day=trade.limit(volume[loose], 60 + k),
                **common,
            ),
        ]
    return (*trucks, *abroad)


def _markets(trade: Trade) -> tuple[r.Market, ...]:
    tiers = [
        r.Market(
            market=trade.names[k],
            country="CN",
            region=Region.DOMESTIC,
            cluster="CN",
            climate="north",
            currency="CNY",
            entry_sites=tuple(HUBS[hub] for hub in sorted(trade.hubs_of(k))),
            vat_rate=0.13,
        )
        for k in range(trade.home)
    ]
    countries = [
        r.Market(
            market=country.name,
            country=country.name,
            region=Region.EXPORT,
            cluster=country.climate,
            climate=country.climate,
            currency=country.currency,
            entry_sites=(f"E-{country.name}",),
            vat_rate=country.vat,
            import_vat_rate=country.vat,
            customs_basis=CustomsBasis.FOB if country.climate == "south" else CustomsBasis.CIF,
        )
        for country in COUNTRIES[: trade.countries]
    ]
    return (*tiers, *countries)


def _channel(trade: Trade, k: int) -> str:
    market = int(trade.market[k])
    return f"{trade.names[market]}-C{k // (trade.home + trade.countries) + 1}"


def _channels(trade: Trade) -> tuple[r.Channel, ...]:
    rows = []
    for k, market in enumerate(trade.market):
        at_home = market < trade.home
        terms = HOME_TERMS if at_home else AWAY_TERMS
        name = _channel(trade, k)
        rows.append(
            r.Channel(
                channel=name,
                name=name,
                market=trade.names[market],
                ladder=tuple(LADDERS)[k % len(LADDERS)],
                private=bool(at_home),
                units_per_day=trade.limit(trade.expected[k].sum(), 100 + k),
                style_share=0.5 if k == 0 else 1.0,
                credibility_ratio=0.5,
                resaleable_share=0.88,
                return_value_share=0.5,
                reverse_cost=6.0,
                refurbish_cost=5.0,
                local_cost_per_unit=1.5 if at_home else 5.0,
                clearance_cost_per_unit=0.0 if at_home else 0.6,
                currency="CNY",
                **terms[k % len(terms)],
            )
        )
    return tuple(rows)


def _terms(trade: Trade) -> tuple[r.ChannelTerm, ...]:
    return tuple(
        r.ChannelTerm(
            channel=_channel(trade, k),
            category=kind.name,
            reference_price_ratio=round((0.24 + 0.02 * (k % 7)) * kind.appeal, 4),
            wholesale_multiplier=kind.appeal,
            elasticity=round(2.0 + 0.1 * (k % 8) - 0.2 * c, 2),
            return_rate=kind.return_rate,
            last_mile_cost=3.3 if trade.market[k] < trade.home else 8.0,
            currency="CNY",
        )
        for k in range(len(trade.market))
        for c, kind in enumerate(CATEGORIES)
        if trade.sold[k, c]
    )


def _demand(trade: Trade) -> tuple[r.Demand, ...]:
    """At the reference price a pool would take over the horizon what it is expected to."""
    return tuple(
        r.Demand(
            channel=_channel(trade, k),
            category=CATEGORIES[c].name,
            season=season,
            units_per_period=round(float(trade.expected[k, c, s]) / trade.periods, 1),
        )
        for k, c, (s, season) in product(
            range(len(trade.market)), range(len(CATEGORIES)), enumerate(SEASONS)
        )
        if trade.sold[k, c] and trade.expected[k, c, s] > 0
    )


def _season_factors(shape: Size) -> tuple[r.SeasonFactor, ...]:
    rows = []
    for (climate, late), (season, peak) in product(CLIMATES.items(), SEASONS.items()):
        for period in range(1, shape.periods + 1):
            day = (START.timetuple().tm_yday + DAYS * (period - 0.5)) / 365
            swing = 0.0 if late is None or peak is None else 0.6
            wave = np.cos(2 * np.pi * (day - 0.5 - (peak or 0.0) - (late or 0.0)))
            factor = round(1 + swing * float(wave), 3)
            rows.append(
                r.SeasonFactor(climate=climate, season=season, period=period, factor=factor)
            )
    return tuple(rows)


def _duties(trade: Trade) -> tuple[r.Duty, ...]:
    return tuple(
        r.Duty(
            market=country.name, category=kind.name, rate=round(kind.duty * (0.6 + k % 4 / 5), 3)
        )
        for k, country in enumerate(COUNTRIES[: trade.countries])
        for kind in CATEGORIES
    )


def _rules(trade: Trade) -> tuple[r.ComplianceRule, ...]:
    """Labels sewn in at a hub for two countries, a quota in one, the refund of export VAT."""
    quota = trade.home
    units = trade.expected[trade.market == quota, 0].sum() * 0.6
    return (
        r.ComplianceRule(
            rule="R-LABEL",
            markets=tuple(trade.names[market] for market in trade.labelled),
            categories=("apparel", "footwear"),
            effect=RuleEffect.REQUIRE,
            lead_days=5,
            cost_per_unit=0.9,
            unit_currency="CNY",
            uses_relabel_capacity=True,
        ),
        r.ComplianceRule(
            rule="R-QUOTA",
            markets=(trade.names[quota],),
            categories=("apparel",),
            effect=RuleEffect.QUOTA,
            quota_units=int(units),
        ),
        r.ComplianceRule(
            rule="R-REFUND", effect=RuleEffect.EXPORT_REFUND, refund_rate_cap=0.13, lead_days=45
        ),
    )


def _exits(goods: Goods) -> tuple[r.Exit, ...]:
    return (
        r.Exit(exit="HOLD", kind=ExitKind.HOLD, currency="CNY"),
        r.Exit(
            exit="JOBBER",
            kind=ExitKind.JOBBER,
            value_share_of_tag=0.045,
            units_most=int(goods.units.sum() // 10),
            currency="CNY",
        ),
        r.Exit(exit="RECYCLE", kind=ExitKind.RECYCLE, value_per_kg=0.4, currency="CNY"),
    )


def _with_boxes(scenario: Scenario) -> Scenario:
    """Ships are paid by whole boxes of two sizes."""
    small = r.Equipment(equipment="20GP", usable_cbm=28.0, payload_kg=21_640.0)
    rows = tuple(
        r.LegBox(
            leg=leg.leg,
            equipment=box,
            cost_per_box=round(leg.cost_per_box * part, 2),
            fill_share=leg.fill_share,
        )
        for leg in scenario.legs
        if leg.equipment is not None
        for box, part in (("20GP", 0.57), (BOX, 1.0))
    )
    return scenario.model_copy(
        update={"equipment": (small, *scenario.equipment), "leg_boxes": rows}
    )


def _with_openings(scenario: Scenario, trade: Trade) -> Scenario:
    """Entering a market and opening a channel cost money, and so do certificates and papers."""
    abroad = trade.names[trade.home :]
    terms = tuple(
        r.OpeningTerm(opening=name, opens=opens, fixed_cost=cost, currency="CNY", markets=markets)
        for name, opens, markets, cost in (
            ("market entry", Opens.MARKET, abroad, 8000.0),
            ("channel opening", Opens.CHANNEL, (), 2000.0),
        )
    )
    papers = tuple(
        r.ComplianceRule(
            rule=name,
            markets=markets,
            effect=RuleEffect.REQUIRE,
            fixed_cost=cost,
            fixed_currency="CNY",
            fixed_per=per,
        )
        for name, markets, cost, per in (
            ("R-CERTIFICATE", abroad[2:3], 1500.0, FixedPer.STYLE),
            ("R-PAPERS", abroad, 450.0, FixedPer.SHIPMENT),
        )
    )
    return scenario.model_copy(update={"opening_terms": terms, "rules": (*scenario.rules, *papers)})


def _with_corridor(scenario: Scenario) -> Scenario:
    """No parallel trade pays, at home or abroad."""
    header = scenario.header.model_copy(
        update={"corridor": CorridorMode.HARD, "corridor_tolerance": 1.0}
    )
    at_home = r.CorridorTerm(
        corridor="at home",
        from_markets=("CN-*",),
        to_markets=("CN-*",),
        freight_per_kg=4.0,
        risk_margin=6.0,
        currency="CNY",
    )
    beyond = r.CorridorTerm(
        corridor="beyond",
        freight_per_unit=2.0,
        freight_per_kg=25.0,
        risk_margin=12.0,
        currency="CNY",
    )
    return scenario.model_copy(update={"header": header, "corridors": (at_home, beyond)})
