"""surplus-2026 with every rule of the trade switched on, boxes, openings and corridor included.

Amounts are examples of the order of size such contracts have; docs/results.md quotes what they cost.
"""

from __future__ import annotations

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import (
    ChargedOn,
    CorridorMode,
    LimitBasis,
    Measure,
    Mode,
    Opens,
    PriceBasis,
    PriceBound,
)

SMALL_BOX_SHARE = {"rail": 0.61}
"""Price of a 20-foot box as a share of that of a 40-foot high cube, where it is not the usual."""
USUAL_SHARE = 0.57
AIR_BREAKS = ((0.0, 1.0), (100.0, 0.92), (300.0, 0.86), (1000.0, 0.8))
"""Weight from which a step holds, share of the ground rate."""


def every_rule(scenario: Scenario) -> Scenario:
    """The scenario with all of them."""
    for change in GROUPS:
        scenario = change(scenario)
    return scenario


def boxes_and_breaks(scenario: Scenario) -> Scenario:
    """Whole 20-foot and 40-foot boxes, a minimum for loose cargo, breaks for air."""
    boxes, breaks, legs = [], [], []
    for leg in scenario.legs:
        if leg.equipment == "40HQ":
            share = SMALL_BOX_SHARE.get(leg.mode.value, USUAL_SHARE)
            for box, part in (("20GP", share), ("40HQ", 1.0)):
                boxes.append(
                    r.LegBox(
                        leg=leg.leg,
                        equipment=box,
                        cost_per_box=round(leg.cost_per_box * part, 2),
                        origin_cost_per_box=round(leg.origin_cost_per_box * part, 2),
                        fill_share=leg.fill_share,
                    )
                )
        elif leg.mode == Mode.SEA_LCL:
            leg = leg.model_copy(update={"minimum_charge": leg.cost_per_cbm})
        elif leg.mode == Mode.AIR:
            breaks += [
                r.RateBreak(
                    leg=leg.leg,
                    charged_on=ChargedOn.KG,
                    from_quantity=start,
                    rate=round(leg.cost_per_kg * part, 4),
                )
                for start, part in AIR_BREAKS
            ]
        legs.append(leg)
    return scenario.model_copy(
        update={"legs": tuple(legs), "leg_boxes": tuple(boxes), "rate_breaks": tuple(breaks)}
    )


def openings(scenario: Scenario) -> Scenario:
    """Entering a market, opening a channel and listing a brand cost money and ask for a least."""
    abroad = tuple(m.market for m in scenario.markets if m.country != scenario.header.home_country)
    terms = (
        ("market entry", Opens.MARKET, abroad, (), 8000.0, 500),
        ("channel opening", Opens.CHANNEL, (), (), 2000.0, 0),
        ("brand listing", Opens.BRAND_IN_CHANNEL, (), (), 300.0, 100),
        ("group event", Opens.EVENT, (), ("CN-T12-GROUP", "CN-T3-GROUP"), 400.0, 0),
    )
    return scenario.model_copy(
        update={
            "opening_terms": tuple(
                r.OpeningTerm(
                    opening=name,
                    opens=opens,
                    markets=markets,
                    channels=channels,
                    fixed_cost=cost,
                    currency="CNY",
                    least_units=least,
                )
                for name, opens, markets, channels, cost, least in terms
            )
        }
    )


def access(scenario: Scenario) -> Scenario:
    """Channels per style, styles per event, exclusive groups, close prices, group buy, a burst."""
    channels = []
    for row in scenario.channels:
        changed: dict[str, object] = {}
        if row.channel == "CN-T5-REBATE":
            changed = {"styles_most_per_period": 40}
        if row.channel == "VN-MKT":
            changed = {"price_distance_least": 0.01}
        if row.channel == "CN-T12-GROUP":
            changed = {"burst_days": 3, "days_late_most": 2}
        channels.append(row.model_copy(update=changed))
    sites = [
        site.model_copy(update={"dispatch_units_per_day": 2000.0})
        if site.site in ("H-EAST", "H-SOUTH")
        else site
        for site in scenario.sites
    ]
    group = r.ExclusiveGroup(
        group="one of Russia and Kazakhstan", brands=("B03",), channels=("RU-WB", "KZ-DAP")
    )
    spread = r.StyleSpread(rule="at most ten channels", channels_most=10)
    cheapest = min(scenario.ladders, key=lambda rung: rung.price_ratio)
    ladders = [
        rung.model_copy(update={"least_units_per_event": 50}) if rung == cheapest else rung
        for rung in scenario.ladders
    ]
    return scenario.model_copy(
        update={
            "channels": tuple(channels),
            "sites": tuple(sites),
            "exclusive_groups": (group,),
            "style_spreads": (spread,),
            "ladders": tuple(ladders),
        }
    )


def quantities(scenario: Scenario) -> Scenario:
    """Least and most, a share of the plan, exposure, budgets, cash, cartons and least lines."""
    lots = [
        lot.model_copy(
            update={
                "multiple_units": lot.units_per_carton,
                "least_line_units": lot.units_per_carton,
            }
        )
        if lot.category == "appliance"
        else lot
        for lot in scenario.lots
    ]
    rules = (
        r.QuantityRule(rule="Vietnam at least", markets=("VN",), least=10_000),
        r.QuantityRule(
            rule="no market above half",
            measure=Measure.UNITS,
            markets=("CN-T3",),
            basis=LimitBasis.SHARE_OF_PLAN,
            most=0.5,
        ),
        r.QuantityRule(
            rule="exposure in Nigeria", measure=Measure.EXPOSURE, markets=("NG",), most=4_000_000
        ),
        r.QuantityRule(
            rule="freight to Africa",
            measure=Measure.FREIGHT,
            markets=("ZA", "KE", "NG"),
            most=1_000_000,
        ),
        r.QuantityRule(
            rule="cash by Christmas", measure=Measure.CASH, brands=("B01",), to_period=8, least=3e6
        ),
        r.QuantityRule(
            rule="working capital in joint ventures",
            measure=Measure.WORKING_CAPITAL,
            markets=("ZA", "KE"),
            most=1_500_000,
        ),
    )
    return scenario.model_copy(update={"lots": tuple(lots), "quantity_rules": rules})


def prices(scenario: Scenario) -> Scenario:
    """Prices never rise, end in 9 at home, stay within the resellers' band and below a cap."""
    currencies = [
        row.model_copy(update={"price_step": 10.0, "price_ending": 9.0})
        if row.currency == "CNY"
        else row
        for row in scenario.currencies
    ]
    cap = r.PriceRule(
        rule="old goods", bound=PriceBound.CAP, basis=PriceBasis.TAG, value=0.6, age_least=2
    )
    floor = r.PriceRule(
        rule="a tenth of cost", bound=PriceBound.FLOOR, basis=PriceBasis.COST, value=0.1
    )
    paths = (
        r.PricePath(rule="never dearer", no_rise=True),
        r.PricePath(rule="calm in Vietnam", channels=("VN-MKT",), markdowns_most=2, one_price=True),
    )
    channels = [
        row.model_copy(update={"reseller_margin_least": 0.2, "reseller_margin_most": 0.3})
        if row.channel.startswith("CN-")
        else row
        for row in scenario.channels
    ]
    return scenario.model_copy(
        update={
            "currencies": tuple(currencies),
            "price_rules": (cap, floor),
            "price_paths": paths,
            "channels": tuple(channels),
        }
    )


def corridor(scenario: Scenario) -> Scenario:
    """No parallel trade pays, whatever the pair of markets; the brands' price ratios hold."""
    header = scenario.header.model_copy(
        update={"corridor": CorridorMode.HARD, "corridor_tolerance": 1.0}
    )
    terms = (
        r.CorridorTerm(
            corridor="at home",
            from_markets=("CN-*",),
            to_markets=("CN-*",),
            freight_per_kg=4.0,
            risk_margin=6.0,
            currency="CNY",
        ),
        r.CorridorTerm(
            corridor="beyond",
            freight_per_unit=2.0,
            freight_per_kg=25.0,
            risk_margin=12.0,
            currency="CNY",
        ),
    )
    return scenario.model_copy(update={"header": header, "corridors": terms})


GROUPS = (boxes_and_breaks, openings, access, quantities, prices, corridor)
