"""Tiny random scenarios that mix five and more rules of the trade: few enough plans to try them all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from math import comb, prod
from random import Random
from typing import Any

from planner.domain import records as r
from planner.domain.check import check
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import (
    ChargedOn,
    CorridorMode,
    ExitKind,
    FeeModel,
    FixedPer,
    Incoterm,
    LimitBasis,
    LockKind,
    MarginBasis,
    Measure,
    Mode,
    Opens,
    Owner,
    ParcelDuty,
    Perspective,
    PriceBasis,
    PriceBound,
    Region,
    RuleEffect,
    RuleMode,
    SiteKind,
)

START = date(2026, 1, 5)
DAYS = 14
RUNGS = (("full", 1.0), ("down-20", 0.8), ("down-45", 0.55))
CURRENCY = {"CN-N": "CNY", "CN-S": "CNY", "SG": "SGD", "VN": "USD"}
RATE = {"CNY": 1.0, "SGD": 5.3, "USD": 7.1}
CBM, KG = 0.004, 0.5
"""Volume and weight of the smallest unit; others are whole multiples, so that boxes can be packed."""
LEAST_RULES = 5
MOST_BARE, MOST_PLANS = 40_000, 300_000

Mix = Callable[[Scenario, Random], Scenario]


def random_rules(seed: int) -> Scenario:
    """One or two lots of two to six units, two or three channels, two or three periods, five rules
    and more."""
    dice = Random(seed)
    scenario = bare(seed, dice)
    wanted, mixed = dice.randint(LEAST_RULES + 1, 12), 0
    for mix in dice.sample(MIXES, len(MIXES)):
        after = mix(scenario, dice)
        if after is not scenario and plans_at_most(after) <= MOST_PLANS and not check(after):
            scenario, mixed = after, mixed + 1
        if mixed == wanted:
            break
    assert mixed >= LEAST_RULES, f"seed {seed} mixes {mixed} rules"
    return _softened(scenario, dice)


def _few_enough(scenario: Scenario) -> Scenario:
    """Fewer units of the greatest lot, two at least, where there are too many plans to try."""
    while plans_at_most(scenario) > MOST_BARE:
        most = max(scenario.lots, key=lambda lot: lot.units)
        if most.units == 2:
            return scenario
        lots = _each(scenario.lots, lambda lot, most=most: lot is most, units=most.units - 1)
        scenario = _with(scenario, lots=lots)
    return scenario


def plans_at_most(scenario: Scenario) -> int:
    """Ways to place all units, were every lot sold in all channels, periods and forms."""
    routes = Counter(leg.to_site for leg in scenario.legs)
    entry = {market.market: market.entry_sites[0] for market in scenario.markets}
    times = scenario.header.periods * (scenario.header.periods + 1) // 2
    here = {shipment.entry_site for shipment in scenario.frozen_shipments}
    trips = sum(
        routes[entry[channel.market]] * times + (entry[channel.market] in here) * 2
        for channel in scenario.channels
    )
    forms = 1 + sum(row.kind is ExitKind.DE_BRAND for row in scenario.exits)
    ways = trips * len(scenario.ladders) * forms + len(scenario.exits)
    return prod(comb(ways + lot.units - 1, lot.units) for lot in scenario.lots)


# --- what every scenario holds


def bare(seed: int, dice: Random) -> Scenario:
    """Goods, places, channels and shoppers, and no rule but supply and demand."""
    markets = ("CN-N", *dice.sample(("CN-S", "SG", "VN"), dice.choice((1, 1, 2))))
    places = [*markets, *dice.choices(markets, k=dice.choice((0, 1)))][:3]
    lots = _lots(dice)
    goods = sorted({(lot.category, lot.season) for lot in lots})
    channels = tuple(
        _channel(f"{place}-{number}", place, dice) for number, place in enumerate(places, start=1)
    )
    abroad = [name for name in markets if not name.startswith("CN")]
    many = len(lots) * len(places) > 4
    periods = 2 if len(lots) > 1 or len(places) > 2 else dice.choice((2, 3))
    rungs = RUNGS[:2] if many else RUNGS[: dice.choice((2, 3, 3))]
    scenario = Scenario(
        header=r.Header(
            scenario=f"rules-{seed}",
            start_date=START,
            periods=periods,
            days_per_period=DAYS,
            currency="CNY",
            perspective=dice.choice((Perspective.BOTH, Perspective.BOTH, *Perspective)),
            cost_of_money_per_year=dice.choice((0.0, 0.06)),
            as_of=START,
            insurance_rate=dice.choice((0.0, 0.003)),
            longest_wait_periods=dice.choice((None, None, 1)),
            value_per_unit_cleared=dice.choice((0.0, 0.0, 9.0)),
            co2e_price_per_kg=dice.choice((0.0, 0.0, 0.8)),
        ),
        currencies=tuple(r.CurrencyInfo(currency=name) for name in RATE),
        exchange_rates=(
            r.ExchangeRate(currency="SGD", rate=RATE["SGD"]),
            r.ExchangeRate(currency="USD", rate=RATE["USD"]),
            r.ExchangeRate(
                currency="USD", valid_from=START + timedelta(days=dice.randint(3, 20)), rate=7.3
            ),
        ),
        brands=tuple(r.Brand(brand=name) for name in ("Linden", "Northpeak", "Plain")),
        lots=lots,
        sites=_sites(dice),
        equipment=(
            r.Equipment(equipment="crate", usable_cbm=2 * CBM, payload_kg=100.0),
            r.Equipment(equipment="box", usable_cbm=4 * CBM, payload_kg=100.0),
            r.Equipment(equipment="sack", usable_cbm=1.0, payload_kg=2 * KG),
        ),
        legs=_legs(abroad, dice),
        markets=tuple(_market(name, dice) for name in markets),
        channels=channels,
        channel_terms=tuple(
            r.ChannelTerm(
                channel=channel.channel,
                category=category,
                reference_price_ratio=round(dice.uniform(0.4, 0.8), 3),
                elasticity=round(dice.uniform(1.0, 2.8), 2),
                return_rate=dice.choice((0.0, 0.12)),
                last_mile_cost=round(dice.uniform(1, 6) / RATE[channel.currency], 2),
                currency=channel.currency,
            )
            for channel in channels
            for category, _ in goods
        ),
        ladders=tuple(
            r.LadderRung(ladder="steps", rung=name, price_ratio=ratio) for name, ratio in rungs
        ),
        demand=tuple(
            r.Demand(
                channel=channel.channel,
                category=category,
                season=season,
                units_per_period=round(dice.uniform(0.5, 2.2), 3),
            )
            for channel in channels
            for category, season in goods
        ),
        season_factors=tuple(
            r.SeasonFactor(climate="mild", season=season, period=period, factor=factor)
            for season in sorted({season for _, season in goods})
            for period, factor in enumerate((1.0, dice.choice((0.5, 1.0, 1.7)), 0.9)[:periods], 1)
        ),
        duties=tuple(
            r.Duty(
                market=market,
                category=category,
                rate=dice.choice((0.0, 0.1, 0.25)),
                preferential_rate=dice.choice((None, 0.0)),
            )
            for market in abroad
            for category, _ in goods
        ),
        parcel_regimes=tuple(
            r.ParcelRegime(
                market=market,
                currency="USD",
                value_above=above,
                duty_on=ParcelDuty.TOTAL if above else ParcelDuty.NONE,
                duty_rate=0.1 if above else 0.0,
                vat_rate=0.09,
            )
            for market in abroad
            for above in (0.0, 15.0)
        ),
        exits=(
            r.Exit(
                exit="hold",
                kind=ExitKind.HOLD,
                value_share_of_cost=round(dice.uniform(0, 0.2), 3),
                currency="CNY",
            ),
        ),
    )
    scenario = _few_enough(scenario)
    findings = check(scenario)
    assert not findings, f"seed {seed}: {findings[0]}"
    return scenario


def _lots(dice: Random) -> tuple[r.Lot, ...]:
    count = dice.choice((1, 2))
    category = dice.choice(("dress", "shoes"))
    lots = []
    for number in range(1, count + 1):
        tag = float(dice.randint(150, 420))
        lots.append(
            r.Lot(
                lot=f"L{number}",
                sku=f"K{number}",
                style=f"S{dice.choice((number, number, 1))}",
                model="M1",
                brand="Linden" if number == 1 else dice.choice(("Linden", "Northpeak")),
                category=category,
                hs_code="620443",
                season="summer",
                vintage_year=dice.choice((2023, 2025)),
                origin="O1",
                available_period=dice.choice((1, 1, 1, 2)) if number == 2 else 1,
                units=dice.randint(3, 6) if count == 1 else dice.randint(2, 3),
                tag=tag,
                tag_currency="CNY",
                unit_cost=round(tag * dice.uniform(0.15, 0.3), 2),
                unit_cost_currency="CNY",
                kg=KG * dice.choice((1, 2)),
                cbm=CBM * dice.choice((1, 2)),
                pairs=1 if category == "shoes" else 0,
                vat_invoice_rate=0.13,
                labels=dice.choice((("CN",), ("CN", "EN"))),
                owner=dice.choice((Owner.BRAND, Owner.BRAND, Owner.PLATFORM)),
            )
        )
    return tuple(lots)


def _sites(dice: Random) -> tuple[r.Site, ...]:
    return tuple(
        r.Site(
            site=name,
            kind=kind,
            country=country,
            currency="CNY",
            storage_cost_per_cbm_day=round(dice.uniform(0, 30), 2),
            pick_cost_per_unit=round(dice.uniform(0, 3), 2),
        )
        for name, kind, country in (
            ("O1", SiteKind.ORIGIN, "CN"),
            ("HUB", SiteKind.HUB, "CN"),
            ("SIN", SiteKind.GATEWAY, "SG"),
            ("SGN", SiteKind.GATEWAY, "VN"),
        )
    )


def _legs(abroad: list[str], dice: Random) -> tuple[r.Leg, ...]:
    """The truck to the hub, and a ship to each market abroad; to Singapore a plane now and then."""

    def leg(name: str, start: str, end: str, mode: Mode, days: int, **more: Any) -> r.Leg:
        row: dict[str, Any] = {
            "leg": name,
            "from_site": start,
            "to_site": end,
            "mode": mode,
            "transit_days": days,
            "cost_per_cbm": round(dice.uniform(100, 900), 2),
            "currency": "CNY",
            "co2e_kg_per_tonne": float(dice.randint(100, 4000)),
        }
        return r.Leg(**(row | more))

    legs = [leg("TRUCK", "O1", "HUB", Mode.TRUCK, 1)]
    for market, end in (("SG", "SIN"), ("VN", "SGN")):
        if market in abroad:
            legs.append(
                leg(f"SHIP-{end}", "HUB", end, Mode.SEA_FCL, dice.choice((5, 16)), currency="USD",
                    cost_per_cbm=round(dice.uniform(50, 300), 2))
            )  # fmt: skip
    if "SG" in abroad and dice.random() < 0.3:
        price = round(dice.uniform(5, 25), 2)
        legs.append(
            leg("PLANE-SIN", "HUB", "SIN", Mode.AIR, 2, cost_per_cbm=0.0, cost_per_kg=price,
                kg_per_cbm=167.0)
        )  # fmt: skip
    return tuple(legs)


def _market(name: str, dice: Random) -> r.Market:
    home = name.startswith("CN")
    vat = 0.13 if home else 0.09
    return r.Market(
        market=name,
        country=name[:2],
        region=Region.DOMESTIC if home else Region.EXPORT,
        climate="mild",
        currency=CURRENCY[name],
        entry_sites=({"SG": "SIN", "VN": "SGN"}.get(name, "HUB"),),
        vat_rate=vat,
        import_vat_rate=0.0 if home else vat,
        import_vat_recoverable=dice.random() < 0.5,
    )


def _channel(name: str, market: str, dice: Random) -> r.Channel:
    model = dice.choice(list(FeeModel))
    if model is FeeModel.PARCEL and market.startswith("CN"):
        model = FeeModel.COMMISSION
    return r.Channel(
        channel=name,
        market=market,
        fee_model=model,
        ladder="steps",
        commission_rate=round(dice.uniform(0.05, 0.2), 3),
        reseller_margin=round(dice.uniform(0.05, 0.2), 3),
        margin_basis=dice.choice(list(MarginBasis)),
        payment_fee_rate=0.01,
        our_share=0.7,
        our_loss_share=0.8,
        buy_out_share=round(dice.uniform(0.2, 0.35), 3),
        sell_through=0.9,
        wholesale_ratio=round(dice.uniform(0.3, 0.5), 3),
        incoterm=dice.choice(list(Incoterm)),
        payment_days=dice.choice((0, 10, 40)),
        currency=CURRENCY[market],
    )


# --- small tools


def _each(rows: tuple[Any, ...], pick: Callable[[Any], bool], **update: Any) -> tuple[Any, ...]:
    """The rows with fields changed in those picked."""
    return tuple(row.model_copy(update=update) if pick(row) else row for row in rows)


def _with(scenario: Scenario, **tables: Any) -> Scenario:
    return scenario.model_copy(update=tables)


def _headed(scenario: Scenario, **update: Any) -> Scenario:
    return _with(scenario, header=scenario.header.model_copy(update=update))


def _added(scenario: Scenario, table: str, *rows: r.Record) -> Scenario:
    return _with(scenario, **{table: (*getattr(scenario, table), *rows)})


def _units(scenario: Scenario) -> int:
    return sum(lot.units for lot in scenario.lots)


def _one_channel(scenario: Scenario, dice: Random, **update: Any) -> Scenario:
    """One channel, drawn, with fields changed."""
    name = dice.choice(scenario.channels).channel
    channels = _each(scenario.channels, lambda row: row.channel == name, **update)
    return _with(scenario, channels=channels)


def _per_day(units: float) -> float:
    """A limit a day that lets so many units through in a period."""
    return units / DAYS


# --- freight


def boxes(scenario: Scenario, dice: Random) -> Scenario:
    """The ships, or the truck, are paid by whole boxes of one or two types."""
    ships = [leg for leg in scenario.legs if leg.mode is Mode.SEA_FCL] or list(scenario.legs[:1])
    by_weight = dice.random() < 0.25
    types = ("sack",) if by_weight else dice.choice((("crate",), ("box",), ("crate", "box")))
    cost = {"crate": dice.uniform(2, 12), "box": dice.uniform(3, 15), "sack": dice.uniform(2, 9)}
    most = dice.choice((None, 1))
    rows = [
        r.LegBox(
            leg=leg.leg,
            equipment=name,
            cost_per_box=round(cost[name] * (1 if leg.currency == "USD" else 7), 2),
            origin_cost_per_box=dice.choice((0.0, 4.0)),
            fill_share=dice.choice((1.0, 0.5)) if name == "box" else 1.0,
            boxes_most_per_departure=most,
        )
        for leg in ships
        for name in types
    ]
    named = {leg.leg for leg in ships}
    legs = _each(
        scenario.legs,
        lambda leg: leg.leg in named,
        equipment=types[-1],
        cost_per_cbm=0.0,
        cost_per_box=round(cost[types[-1]], 2),
        boxes_per_period=dice.choice((None, None, 1.0, 2.0)),
    )
    return _with(scenario, leg_boxes=tuple(rows), legs=legs)


def breaks(scenario: Scenario, dice: Random) -> Scenario:
    """A leg not paid by boxes is charged by the departure's load."""
    boxed = {row.leg for row in scenario.leg_boxes}
    leg = dice.choice([leg for leg in scenario.legs if leg.leg not in boxed] or [None])
    if leg is None:
        return scenario
    unit = dice.choice(list(ChargedOn))
    size = KG if unit is ChargedOn.KG else CBM
    worth = dice.uniform(4, 15) / (7 if leg.currency == "USD" else 1)
    rows = [
        r.RateBreak(
            leg=leg.leg,
            charged_on=unit,
            from_quantity=round(size * start, 6),
            rate=round(worth / size * part, 2),
        )
        for start, part in ((0, 1.0), (3, 0.7), (6, 0.4))[: dice.choice((2, 3))]
    ]
    least = dice.choice((0.0, round(worth * 2.5, 2)))
    terms = {"minimum_charge": least, "kg_per_cbm": dice.choice((0.0, 167.0))}
    legs = _each(scenario.legs, lambda row: row.leg == leg.leg, **terms)
    return _with(scenario, rate_breaks=(*scenario.rate_breaks, *rows), legs=legs)


def minimum_charge(scenario: Scenario, dice: Random) -> Scenario:
    """The truck's departures pay a least."""
    least = round(dice.uniform(5, 40), 2)
    legs = _each(scenario.legs, lambda row: row.leg == "TRUCK", minimum_charge=least)
    return _with(scenario, legs=legs)


def leg_capacity(scenario: Scenario, dice: Random) -> Scenario:
    """A leg takes few units a period, by volume or by weight."""
    name = dice.choice(scenario.legs).leg
    units = dice.randint(1, max(1, _units(scenario) - 1))
    limit = dice.choice(
        ({"cbm_per_day": _per_day(units * CBM)}, {"kg_per_day": _per_day(units * KG)})
    )
    return _with(scenario, legs=_each(scenario.legs, lambda row: row.leg == name, **limit))


def site_limits(scenario: Scenario, dice: Random) -> Scenario:
    """A site passes or stores few units."""
    units = dice.randint(1, _units(scenario))
    name, limit = dice.choice(
        (
            ("HUB", {"throughput_units_per_day": _per_day(units)}),
            ("O1", {"throughput_units_per_day": _per_day(units)}),
            ("HUB", {"storage_cbm": units * CBM / 2}),
            ("O1", {"storage_cbm": units * CBM}),
        )
    )
    return _with(scenario, sites=_each(scenario.sites, lambda row: row.site == name, **limit))


def frozen(scenario: Scenario, dice: Random) -> Scenario:
    """Units of the first lot are already on the way, or there."""
    sites = sorted({site for market in scenario.markets for site in market.entry_sites})
    shipment = r.FrozenShipment(
        shipment="F1",
        lot="L1",
        entry_site=dice.choice(sites),
        ship_date=START - timedelta(days=20),
        arrival_date=START + timedelta(days=dice.choice((-2, 3, 17))),
        units=dice.randint(1, scenario.lots[0].units - 1),
    )
    return _with(scenario, frozen_shipments=(shipment,))


# --- openings and listings


def openings(scenario: Scenario, dice: Random) -> Scenario:
    """Markets, channels, brands in channels or events cost something to open, or ask for a least."""
    kind = dice.choice(list(Opens))
    least = dice.choice((0, 2, 3))
    term = r.OpeningTerm(
        opening=f"open {kind} {len(scenario.opening_terms)}",
        opens=kind,
        channels=dice.choice(((), (dice.choice(scenario.channels).channel,))),
        fixed_cost=0.0 if least and dice.random() < 0.3 else round(dice.uniform(3, 60), 2),
        currency=dice.choice(("CNY", "USD")),
        least_units=least,
    )
    return _added(scenario, "opening_terms", term)


def style_spread(scenario: Scenario, dice: Random) -> Scenario:
    row = r.StyleSpread(rule="few channels", channels_most=1, brands=dice.choice(((), ("Lin*",))))
    return _with(scenario, style_spreads=(row,))


def styles_per_event(scenario: Scenario, dice: Random) -> Scenario:
    if len({lot.style for lot in scenario.lots}) < 2:
        return scenario
    channels = _each(scenario.channels, lambda row: True, styles_most_per_period=1)
    return _with(scenario, channels=channels)


def exclusive_group(scenario: Scenario, dice: Random) -> Scenario:
    names = [row.channel for row in scenario.channels]
    chosen = dice.choice(((), tuple(dice.sample(names, 2))))
    row = r.ExclusiveGroup(group="one of them", channels=chosen)
    return _with(scenario, exclusive_groups=(row,))


# --- quantities


def quantity(scenario: Scenario, dice: Random) -> Scenario:
    """A least or a most of something, some of it absolute and some a share."""
    measure = dice.choice(list(Measure))
    basis = dice.choice(list(LimitBasis))
    if measure is not Measure.UNITS and basis is LimitBasis.SHARE_OF_LOTS:
        basis = LimitBasis.ABSOLUTE
    if measure is Measure.WORKING_CAPITAL:
        basis = LimitBasis.ABSOLUTE
    counted, each_period = basis is LimitBasis.ABSOLUTE, dice.random() < 0.35
    scale = _scale(scenario, measure) if counted else 1.0
    limit = scale * dice.uniform(0.05, 0.5)
    limit = float(max(1, round(limit))) if counted and measure is Measure.UNITS else round(limit, 4)
    side = "least" if dice.random() < 0.3 else "most"
    if side == "least":
        limit = round(limit / 2, 4) if measure is not Measure.UNITS or not counted else 1.0
    channel = dice.choice(scenario.channels)
    picked: dict[str, Any] = dice.choice(
        (
            {"channels": (channel.channel,)},
            {"markets": (channel.market,)},
            {"countries": (channel.market[:2],)},
            {"fee_models": (channel.fee_model.value,)},
            {"lots": ("L1",)},
            {"styles": ("S1",), "age_least": 0},
            {},
        )
    )
    if basis is LimitBasis.SHARE_OF_PLAN and not picked:
        picked = {"channels": (channel.channel,)}
    row = r.QuantityRule(
        rule=f"{measure} {basis} {len(scenario.quantity_rules)}",
        measure=measure,
        basis=basis,
        each_period=each_period,
        to_period=dice.choice((None, None, 1)),
        currency=dice.choice((None, "USD")),
        **{side: limit},
        **picked,
    )
    if row.currency == "USD" and counted:
        row = row.model_copy(update={side: round(limit / RATE["USD"], 4)})
        if measure in (Measure.UNITS, Measure.CBM, Measure.KG):
            row = row.model_copy(update={side: limit})
    return _added(scenario, "quantity_rules", row)


def _scale(scenario: Scenario, measure: Measure) -> float:
    """About what a plan that sells everything comes to."""
    lots = scenario.lots
    tags = sum(lot.units * lot.tag for lot in lots)
    return {
        Measure.UNITS: float(_units(scenario)),
        Measure.CBM: sum(lot.units * lot.cbm for lot in lots),
        Measure.KG: sum(lot.units * lot.kg for lot in lots),
        Measure.SHELF_VALUE: tags * 0.6,
        Measure.EXPOSURE: tags * 0.22,
        Measure.FREIGHT: _units(scenario) * 8.0,
        Measure.BORDER: _units(scenario) * 8.0,
        Measure.FREIGHT_AND_BORDER: _units(scenario) * 12.0,
        Measure.CASH: tags * 0.4,
        Measure.WORKING_CAPITAL: _units(scenario) * 6.0,
    }[measure]


def multiples(scenario: Scenario, dice: Random) -> Scenario:
    return _with(scenario, lots=_each(scenario.lots, lambda lot: lot.units > 2,
                                      multiple_units=dice.choice((2, 3))))  # fmt: skip


def least_line(scenario: Scenario, dice: Random) -> Scenario:
    lots = _each(scenario.lots, lambda lot: True, least_line_units=dice.choice((2, 3)))
    return _with(scenario, lots=lots)


def channel_limits(scenario: Scenario, dice: Random) -> Scenario:
    """A channel sells little: in all, of one style, or as much as its resellers can."""
    kind = dice.randrange(3)
    if kind == 0:
        return _with(scenario, channels=_each(
            scenario.channels, lambda row: True, units_per_day=_per_day(1)))  # fmt: skip
    if kind == 1:
        return _one_channel(scenario, dice, style_share=dice.choice((0.4, 0.6)))
    level = r.ResellerLevel(
        channel=dice.choice(scenario.channels).channel,
        level="V1",
        resellers=2,
        units_per_reseller_day=_per_day(dice.choice((0.5, 1))),
        bonus_rate=0.02,
    )
    return _with(scenario, reseller_levels=(level,))


# --- prices


def price_rule(scenario: Scenario, dice: Random) -> Scenario:
    """A floor or a cap on prices, absolute or as a share of tag or cost."""
    bound, basis = dice.choice(list(PriceBound)), dice.choice(list(PriceBasis))
    value = {
        PriceBasis.ABSOLUTE: dice.uniform(60, 240),
        PriceBasis.TAG: dice.uniform(0.25, 0.7),
        PriceBasis.COST: dice.uniform(0.5, 1.0) * (4 if bound is PriceBound.CAP else 2),
    }[basis]
    row = r.PriceRule(
        rule=f"{bound} {len(scenario.price_rules)}",
        bound=bound,
        basis=basis,
        value=round(value, 3),
        channels=dice.choice(((), (dice.choice(scenario.channels).channel,))),
        change_per_year=dice.choice((0.0, 0.1)),
        age_most=dice.choice((None, 2)),
    )
    return _added(scenario, "price_rules", row)


def brand_floor(scenario: Scenario, dice: Random) -> Scenario:
    terms = {"floor_domestic": round(dice.uniform(0.2, 0.55), 3),
             "floor_export": round(dice.uniform(0.2, 0.55), 3)}  # fmt: skip
    return _with(
        scenario, brands=_each(scenario.brands, lambda row: row.brand == "Linden", **terms)
    )


def price_ending(scenario: Scenario, dice: Random) -> Scenario:
    step = {"price_step": 10.0, "price_ending": 9.0}
    return _with(
        scenario, currencies=_each(scenario.currencies, lambda c: c.currency == "CNY", **step)
    )


def reseller_band(scenario: Scenario, dice: Random) -> Scenario:
    """Resellers ask for a margin; the cheapest rung leaves them another."""
    bottom = scenario.ladders[-1].rung
    ladders = _each(scenario.ladders, lambda row: row.rung == bottom, reseller_margin=0.12)
    channels = _each(scenario.channels, lambda row: True, reseller_margin_least=0.08,
                     reseller_margin_most=0.16)  # fmt: skip
    return _with(scenario, ladders=ladders, channels=channels)


def two_margins(scenario: Scenario, dice: Random) -> Scenario:
    """Two rungs of one price that leave resellers different margins."""
    twin = scenario.ladders[-1].model_copy(
        update={"rung": "down-too", "reseller_margin": round(dice.uniform(0.02, 0.2), 3)}
    )
    return _added(scenario, "ladders", twin)


PATHS: tuple[dict[str, Any], ...] = (
    {"no_rise": True},
    {"no_rise": True, "one_price": True},
    {"one_price": True},
    {"same_price": True},
    {"rungs_per_step_most": 1},
    {"markdowns_most": 0},
    {"markdowns_most": 1, "rungs_per_step_most": 1},
    {"distinct_prices_most": 1},
    {"no_touch_from": 2},
)


def price_path(scenario: Scenario, dice: Random) -> Scenario:
    """How prices may move over time, of each kind."""
    asked = dice.choice(PATHS)
    names = [row.channel for row in scenario.channels]
    channels = () if dice.random() < 0.75 else tuple(dice.sample(names, dice.choice((1, 2))))
    brands = dice.choice(((), (), (), ("Linden",)))
    name = f"path {len(scenario.price_paths)}"
    row = r.PricePath(rule=name, channels=channels, brands=brands, **asked)
    return _added(scenario, "price_paths", row)


def corridor(scenario: Scenario, dice: Random) -> Scenario:
    """Differences of prices between markets are forbidden or charged for."""
    hard = dice.random() < 0.6
    mode = CorridorMode.HARD if hard else CorridorMode.LEAK
    units = 0.0 if hard else round(dice.uniform(0.2, 3), 2)
    term = r.CorridorTerm(
        corridor="carried",
        from_markets=dice.choice(((), ("CN-*",))),
        freight_per_unit=round(dice.uniform(0, 15), 2),
        freight_per_kg=round(dice.uniform(0, 10), 2),
        risk_margin=round(dice.uniform(0, 15), 2),
        currency="CNY",
        ignored=dice.random() < 0.1,
    )
    brands = _each(scenario.brands, lambda row: row.brand == "Linden",
                   corridor_ratio=dice.choice((0.0, 0.0, 0.75)))  # fmt: skip
    after = _headed(scenario, corridor=mode, corridor_leak_units=units,
                    corridor_tolerance=dice.choice((0.0, 8.0)))  # fmt: skip
    return _with(after, brands=brands, corridors=dice.choice(((), (term,))))


# --- events


def close_prices(scenario: Scenario, dice: Random) -> Scenario:
    if len({lot.style for lot in scenario.lots}) < 2:
        return scenario
    far = dice.choice((0.2, 0.6, 0.9))
    channels = _each(scenario.channels, lambda row: True, price_distance_least=far)
    return _with(scenario, channels=channels)


def group_buy(scenario: Scenario, dice: Random) -> Scenario:
    name = dice.choice(scenario.ladders).rung
    least = dice.choice((2, 2, 3))
    ladders = _each(scenario.ladders, lambda row: row.rung == name, least_units_per_event=least)
    return _with(scenario, ladders=ladders)


def burst(scenario: Scenario, dice: Random) -> Scenario:
    sites = _each(scenario.sites, lambda row: row.site != "O1",
                  dispatch_units_per_day=dice.choice((0.5, 1.0)))  # fmt: skip
    channels = _each(scenario.channels, lambda row: dice.random() < 0.7,
                     burst_days=dice.choice((1, 2)), days_late_most=dice.choice((0, 1)))  # fmt: skip
    return _with(scenario, sites=sites, channels=channels)


def presale(scenario: Scenario, dice: Random) -> Scenario:
    return _one_channel(scenario, dice, presale_periods=1)


# --- promises, papers, laws


def must_clear(scenario: Scenario, dice: Random) -> Scenario:
    terms = {
        "must_clear_share": round(dice.uniform(0.4, 1.0), 3),
        "must_clear_by": dice.choice((None, 1)),
        "must_clear_price": round(dice.uniform(5, 60), 2),
    }
    return _with(
        scenario, brands=_each(scenario.brands, lambda row: row.brand == "Linden", **terms)
    )


def certificate(scenario: Scenario, dice: Random) -> Scenario:
    """Papers of a style, a sku, a model or a shipment, asked for or worth having."""
    row = r.ComplianceRule(
        rule="papers",
        effect=dice.choice((RuleEffect.REQUIRE, RuleEffect.REQUIRE, RuleEffect.PREFERENCE)),
        markets=dice.choice(((), (dice.choice(scenario.markets).market,))),
        fixed_cost=round(dice.uniform(3, 60), 2),
        fixed_currency="CNY",
        fixed_per=dice.choice((FixedPer.STYLE, FixedPer.SKU, FixedPer.MODEL, FixedPer.SHIPMENT)),
        shared_across_markets=dice.random() < 0.5,
        lead_days=dice.choice((0, 0, 3)),
    )
    return _added(scenario, "rules", row)


def relabelling(scenario: Scenario, dice: Random) -> Scenario:
    row = r.ComplianceRule(
        rule="label",
        effect=RuleEffect.REQUIRE,
        unless_labelled=dice.choice(("", "EN")),
        cost_per_unit=1.5,
        unit_currency="CNY",
        uses_relabel_capacity=True,
    )
    limit = _per_day(dice.randint(1, 3))
    sites = _each(scenario.sites, lambda site: site.site == "HUB", relabel_units_per_day=limit)
    return _with(_added(scenario, "rules", row), sites=sites)


def quota(scenario: Scenario, dice: Random) -> Scenario:
    row = r.ComplianceRule(
        rule="licence",
        effect=RuleEffect.QUOTA,
        markets=(dice.choice(scenario.markets).market,),
        quota_units=dice.randint(1, 2),
    )
    return _added(scenario, "rules", row)


def law(scenario: Scenario, dice: Random) -> Scenario:
    """A rule that leaves out options: consent, listing, a market, a mode, a brand's wish, a life."""
    channel = dice.choice(scenario.channels)
    place = {"markets": (channel.market,)}
    kind = dice.randrange(7)
    if kind == 0:
        terms = {"exclusive_channels": (channel.channel,)}
        rows = _each(scenario.brands, lambda row: row.brand == "Linden", **terms)
        return _with(scenario, brands=rows)
    if kind == 1:
        rows = _each(scenario.brands, lambda row: row.brand == "Linden",
                     excluded_markets=(channel.market,))  # fmt: skip
        return _with(scenario, brands=rows)
    if kind == 2:
        rows = _each(scenario.brands, lambda row: row.brand == "Linden", public_listing=False)
        scenario = _with(scenario, brands=rows)
    if kind == 6:
        expiry = START + timedelta(days=dice.randint(20, 45))
        scenario = _with(scenario, lots=_each(scenario.lots, lambda lot: True, expiry=expiry))
    rule = {
        2: {"effect": RuleEffect.PRIVATE_ONLY, **place},
        3: {"effect": RuleEffect.BRAND_CONSENT, **place},
        4: {"effect": RuleEffect.FORBID, **place,
            "valid_from": START + timedelta(days=dice.choice((0, 10)))},
        5: {"effect": RuleEffect.FORBID_MODE, "modes": (dice.choice(scenario.legs).mode.value,),
            "valid_from": START + timedelta(days=dice.choice((0, 10)))},
        6: {"effect": RuleEffect.SHELF_LIFE, "least_days": dice.randint(10, 30)},
    }[kind]  # fmt: skip
    return _added(scenario, "rules", r.ComplianceRule(rule=f"law {kind}", **rule))


def lock(scenario: Scenario, dice: Random) -> Scenario:
    """Units fixed, least or most, an option banned, or rungs left by a prefix."""
    channel = dice.choice(scenario.channels).channel
    kind = dice.choice(list(LockKind))
    terms: dict[str, Any] = {"channels": dice.choice(((channel,), (f"{channel[:-1]}*",)))}
    if kind is LockKind.PRICE:
        terms |= {"rungs": dice.choice((("down-*",), ("full",), ("down-2*", "full")))}
    elif kind is LockKind.BAN:
        terms |= {"rungs": dice.choice(((), ("down-*",))), "sell_period": dice.choice((None, 1))}
    else:
        terms |= {
            "units": dice.randint(1, 2),
            "rungs": dice.choice(((), (), ("down-*",))),
            "sell_period": dice.choice((None, None, 2)),
            "lots": dice.choice(((), ("L1",))),
        }
    row = r.Lock(lock=f"lock {len(scenario.locks)}", kind=kind, **terms)
    return _added(scenario, "locks", row)


def exits(scenario: Scenario, dice: Random) -> Scenario:
    """A jobber takes some of the goods."""
    row = r.Exit(
        exit="jobber",
        kind=ExitKind.JOBBER,
        value_share_of_tag=round(dice.uniform(0.1, 0.25), 3),
        currency="CNY",
        units_most=dice.randint(1, 2),
        clears=True,
    )
    return _added(scenario, "exits", row)


def de_brand(scenario: Scenario, dice: Random) -> Scenario:
    """Labels may be cut, so that goods sell as those of another brand."""
    row = r.Exit(
        exit="cut",
        kind=ExitKind.DE_BRAND,
        brands=("Linden",),
        value_per_unit=-2.0,
        currency="CNY",
        becomes_brand="Plain",
        price_factor=dice.choice((0.8, 1.0)),
        units_most=dice.choice((None, 1, 2)),
    )
    return _added(scenario, "exits", row)


MIXES: tuple[Mix, ...] = (
    boxes,
    breaks,
    minimum_charge,
    leg_capacity,
    site_limits,
    frozen,
    openings,
    openings,
    style_spread,
    styles_per_event,
    exclusive_group,
    quantity,
    quantity,
    quantity,
    multiples,
    least_line,
    channel_limits,
    price_rule,
    brand_floor,
    price_ending,
    reseller_band,
    two_margins,
    price_path,
    price_path,
    price_path,
    price_path,
    corridor,
    corridor,
    close_prices,
    group_buy,
    burst,
    presale,
    must_clear,
    certificate,
    relabelling,
    quota,
    law,
    law,
    lock,
    lock,
    exits,
    de_brand,
)
"""Every way to add a rule, drawn without replacement; what makes a scenario unsound is not added."""

SOFT = (
    "demand_pool", "style_share", "leg_capacity", "site_throughput", "relabelling",
    "channel_capacity", "storage_capacity", "quota", "certificate", "shipment_papers",
    "exit_capacity", "lock", "box_limit", "opening", "least_if_opened", "channels_per_style",
    "styles_per_event", "exclusive_group", "close_prices", "group_buy", "burst_dispatch",
    "quantity", "plan_share", "exposure", "budget", "cash_target", "working_capital", "multiple",
    "least_line", "no_rise", "one_price", "price_step", "markdown_count", "no_touch",
    "same_price", "distinct_prices", "corridor", "floor", "price_floor", "price_cap",
    "reseller_band", "private_only", "brand_consent", "excluded_market", "exclusive_channels",
    "shelf_life", "forbidden", "forbidden_mode",
)  # fmt: skip
"""Rules a seed may soften."""


def _softened(scenario: Scenario, dice: Random) -> Scenario:
    """Some rules soft at a price, or not asked for, in every other scenario."""
    if dice.random() < 0.5:
        return scenario
    rows = tuple(
        r.RuleSetting(
            rule=rule,
            mode=RuleMode.OFF if dice.random() < 0.15 else RuleMode.SOFT,
            price=round(dice.uniform(0.5, 40), 2),
        )
        for rule in dice.sample(SOFT, dice.randint(12, 35))
    )
    after = _with(scenario, rule_settings=rows)
    assert not check(after)
    return after


def without(scenario: Scenario, rule: str) -> Scenario:
    """The scenario in which a rule is not asked for."""
    kept = [row for row in scenario.rule_settings if row.rule != rule]
    off = r.RuleSetting(rule=rule, mode=RuleMode.OFF)
    return _with(scenario, rule_settings=(*kept, off))
