"""The money of one option, line by line, as docs/model.md writes it down."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain import records as r
from planner.domain.vocabulary import (
    CommissionBase,
    ExitKind,
    FeeModel,
    Incoterm,
    MarginBasis,
    Owner,
    Perspective,
    RuleEffect,
)
from planner.plan.audit.days import Journey
from planner.plan.audit.facts import Facts
from planner.plan.audit.landed import Border, border, parcel_net
from planner.plan.audit.options import Option

PARTIES = ("brand", "platform", "reseller", "tax", "carriers", "services")
DEPARTING = ("freight_domestic", "handling", "storage_origin")
"""The lines of L1: what it costs to bring a unit through the home country."""
BORDER = ("duty", "antidumping", "levies", "excise", "import_vat")
CARRIERS = (
    *DEPARTING,
    "freight_international",
    "handling_abroad",
    "picking",
    "storage_entry",
    "last_mile",
    "return_costs",
)
SERVICES = (
    "marketplace_fee",
    "payment_fee",
    "local_opex",
    "relabelling",
    "insurance",
    "credit_loss",
    "credit_insurance",
)
REST = tuple(line for line in (*CARRIERS, *SERVICES, *BORDER) if line not in DEPARTING)
CHARGED_UNITS = (RuleEffect.REQUIRE, RuleEffect.QUOTA)


@dataclass(frozen=True, slots=True)
class Sale:
    """The symbols of the formulas: shelf price, net price, returns, sell-through."""

    channel: r.Channel
    price: float
    net: float
    vat: float
    returns: float
    sold: float
    bonus_rate: float = 0.0
    margin: float = 0.0

    @property
    def keep(self) -> float:
        return 1 - self.returns

    @property
    def bonus(self) -> float:
        return self.bonus_rate * self.sold * self.keep * self.price

    @property
    def supply(self) -> float:
        """The supply price Ps of commission and buy-out, tax included."""
        if self.channel.margin_basis is MarginBasis.RETAIL:
            return self.price * (1 - self.margin)
        return self.price / (1 + self.margin)


@dataclass(frozen=True, slots=True)
class Split:
    """What the fee model takes from the shopper's money before any cost is paid."""

    sales_vat: float
    reseller_margin: float
    platform: float
    owner: float


def waterfall(facts: Facts, option: Option) -> dict[str, float]:
    """Every money line of an option per dispatched unit, in planning currency."""
    channel, trip = option.channel, option.journey
    sale = sale_of(facts, option)
    wholesale = channel.fee_model is FeeModel.WHOLESALE
    final = channel.fee_model in (FeeModel.WHOLESALE, FeeModel.PURCHASE_SALE)
    bought = sale.sold * sale.keep * sale.price
    lines = {
        "shelf_price": sale.price,
        "refunds": sale.returns * sale.price,
        "consumer_paid": bought,
        "marketplace_fee": 0.0 if final else bought * channel.marketplace_fee_rate,
        "payment_fee": 0.0 if final else bought * channel.payment_fee_rate,
        "local_opex": 0.0 if final else sale.sold * sale.keep * sale.net * channel.opex_rate,
        "last_mile": 0.0 if wholesale else sale.sold * last_mile(facts, option),
        **returns(facts, option, sale),
        **transport(facts, option),
        "relabelling": relabelling(facts, option),
    }
    if wholesale and channel.incoterm is Incoterm.FOB:
        abroad = ("freight_international", "handling_abroad", "picking", "storage_entry")
        lines |= dict.fromkeys(abroad, 0.0)
    charges = landed(facts, option, sale, lines["freight_international"])
    buyer_pays = wholesale and channel.incoterm is not Incoterm.DDP
    recoverable = option.market.import_vat_recoverable
    lines |= {
        "customs_value": charges.customs_value,
        "insurance": charges.insurance,
        "duty": charges.duty,
        "antidumping": charges.antidumping,
        "levies": charges.levies,
        "excise": charges.excise,
        "import_vat": 0.0 if recoverable else charges.import_tax,
    }
    if buyer_pays:
        lines |= dict.fromkeys(BORDER, 0.0)
        if channel.incoterm is Incoterm.FOB:
            lines["insurance"] = 0.0
    financed = charges.import_tax if recoverable and not buyer_pays else 0.0
    lines["export_refund"], refund_days = export_refund(facts, option)
    split = SPLITS[channel.fee_model](sale)
    lines["sales_vat"] = split.sales_vat
    receipts = (
        lines["consumer_paid"]
        - split.sales_vat
        - split.reseller_margin
        - lines["marketplace_fee"]
        - lines["payment_fee"]
    )
    lines["credit_loss"] = receipts * channel.credit_loss_rate
    lines["credit_insurance"] = receipts * channel.credit_insurance_rate
    local = ("local_opex", "last_mile", "return_costs")
    shipping = (
        *DEPARTING,
        "freight_international",
        "handling_abroad",
        "picking",
        "storage_entry",
        "relabelling",
        "insurance",
    )
    yearly = facts.header.cost_of_money_per_year / 365
    refund_money = lines["export_refund"] * (trip.ship_day + refund_days)
    lines["cost_of_money"] = yearly * (
        (receipts - _sum(lines, local) + lines["return_recovery"])
        * (option.sale_day + channel.payment_days)
        - _sum(lines, shipping) * trip.ship_day
        - _sum(lines, BORDER) * trip.arrival_day
        + financed * option.market.import_vat_recovery_days
        + refund_money
    )
    _settle(facts, option, lines, split, yearly, refund_money)
    return lines


def sale_of(facts: Facts, option: Option) -> Sale:
    """p, n, v, r and s of an option."""
    channel, market = option.channel, option.market
    model = channel.fee_model
    if model is FeeModel.WHOLESALE:
        return Sale(channel, option.price, option.price, market.vat_rate, 0.0, 1.0)
    price = option.price * facts.fx(market.currency, option.sale_day)
    if model is FeeModel.PARCEL:
        net = parcel_net(facts, option.lot, market, price, option.sale_day)
    else:
        net = price / (1 + market.vat_rate)
    back = facts.terms[channel.channel, option.lot.category].return_rate
    return Sale(
        channel=channel,
        price=price,
        net=net,
        vat=market.vat_rate,
        returns=0.0 if model is FeeModel.PURCHASE_SALE else back,
        sold=channel.sell_through if model is FeeModel.BUY_OUT else 1.0,
        bonus_rate=facts.bonus_rate(channel),
        margin=option.reseller_margin,
    )


def last_mile(facts: Facts, option: Option) -> float:
    """Delivery of a unit sold, local fulfilment and clearance included."""
    channel, lot = option.channel, option.lot
    term = facts.terms[channel.channel, lot.category]
    cost = term.last_mile_cost
    if lot.cbm > facts.header.bulky_above_cbm and term.last_mile_cost_bulky is not None:
        cost = term.last_mile_cost_bulky
    local = channel.local_cost_per_unit + channel.clearance_cost_per_unit
    day = option.sale_day
    return cost * facts.fx(term.currency, day) + local * facts.fx(channel.currency, day)


def returns(facts: Facts, option: Option, sale: Sale) -> dict[str, float]:
    """What comes back costs and brings, and what is never sold brings."""
    channel = option.channel
    rate = facts.fx(channel.currency, option.sale_day)
    good = channel.return_value * rate + channel.return_value_share * sale.net
    scrap = channel.salvage_value * rate
    recovery = sale.returns * (
        channel.resaleable_share * good + (1 - channel.resaleable_share) * scrap
    )
    cost = sale.returns * (channel.reverse_cost + channel.refurbish_cost) * rate
    return {
        "return_costs": sale.sold * cost,
        "return_recovery": sale.sold * recovery + (1 - sale.sold) * scrap,
    }


def box_share(facts: Facts, leg: r.Leg, lot: r.Lot) -> float:
    """The part of a box of a leg that one unit fills, by volume or by weight."""
    if leg.equipment is None:
        return 0.0
    box = facts.equipment[leg.equipment]
    by_weight = lot.kg / box.payload_kg
    if not leg.fill_share:
        return by_weight
    return max(lot.cbm / (box.usable_cbm * leg.fill_share), by_weight)


def leg_cost(facts: Facts, leg: r.Leg, lot: r.Lot, ship_day: int) -> float:
    """Freight of one unit over one leg."""
    key = (leg.leg, lot.lot, ship_day)
    if key not in facts.leg_costs:
        facts.leg_costs[key] = _leg_cost(facts, leg, lot, ship_day)
    return facts.leg_costs[key]


def _leg_cost(facts: Facts, leg: r.Leg, lot: r.Lot, ship_day: int) -> float:
    chargeable = max(lot.kg, lot.cbm * leg.kg_per_cbm)
    share = box_share(facts, leg, lot)
    freight = (
        leg.cost_per_cbm * lot.cbm
        + leg.cost_per_kg * chargeable
        + leg.cost_per_unit
        + leg.cost_per_box * share
    )
    at_start = leg.origin_cost_per_cbm * lot.cbm + leg.origin_cost_per_box * share
    start_currency = leg.origin_currency or leg.currency
    return freight * facts.fx(leg.currency, ship_day) + at_start * facts.fx(
        start_currency, ship_day
    )


def transport(facts: Facts, option: Option) -> dict[str, float]:
    """Freight, handling, picking and storage."""
    lot, trip, day = option.lot, option.journey, option.journey.ship_day
    key = (lot.lot, trip.name, day)
    if key not in facts.carriage:
        facts.carriage[key] = _carriage(facts, lot, trip)
    lines = facts.carriage[key].copy()
    origin, entry = facts.sites[lot.origin], trip.entry
    entry_rate = facts.fx(entry.currency, option.sale_day)
    waited = 0
    if trip.frozen is None:
        waited = day - (lot.available_period - 1) * facts.days
    storage = origin.storage_cost_per_cbm_day * facts.fx(origin.currency, day)
    lines["storage_origin"] = storage * lot.cbm * waited
    lines["picking"] = entry.pick_cost_per_unit * entry_rate
    kept = max(0, option.sale_day - trip.arrival_day)
    lines["storage_entry"] = entry.storage_cost_per_cbm_day * entry_rate * lot.cbm * kept
    return lines


def _carriage(facts: Facts, lot: r.Lot, trip: Journey) -> dict[str, float]:
    """Freight and handling of one unit over all legs of its journey."""
    lines = dict.fromkeys(
        ("freight_domestic", "freight_international", "handling", "handling_abroad"), 0.0
    )
    day = trip.ship_day
    for move in trip.moves:
        left, entered = facts.sites[move.leg.from_site], facts.sites[move.leg.to_site]
        domestic = facts.is_home(left.country) and facts.is_home(entered.country)
        freight = "freight_domestic" if domestic else "freight_international"
        lines[freight] += leg_cost(facts, move.leg, lot, day)
        for site, cost in (
            (left, left.outbound_cost_per_unit),
            (entered, entered.inbound_cost_per_unit),
        ):
            handling = "handling" if facts.is_home(site.country) else "handling_abroad"
            lines[handling] += cost * facts.fx(site.currency, day)
    return lines


def relabelling(facts: Facts, option: Option) -> float:
    """Costs per unit of the require and quota rules that touch it and of its form; paid if frozen."""
    if option.journey.frozen is not None:
        return 0.0
    day = option.journey.ship_day
    return conversion(facts, option.lot, day) + sum(
        rule.cost_per_unit * facts.fx(rule.unit_currency, day)
        for rule in option.rules
        if rule.effect in CHARGED_UNITS and rule.cost_per_unit
    )


def conversion(facts: Facts, lot: r.Lot, ship_day: int) -> float:
    """What de-branding a unit costs; its exit's values are written as what the unit brings."""
    if lot.made_by is None:
        return 0.0
    way = facts.exits[lot.made_by]
    return -(way.value_per_unit + way.value_per_kg * lot.kg) * facts.fx(way.currency, ship_day)


def _invoiced(facts: Facts, option: Option, sale: Sale) -> float:
    """Net price at the rates of day 0."""
    if option.channel.fee_model is FeeModel.WHOLESALE:
        return sale.net
    return option.price * facts.fx(option.market.currency, 0) / (1 + option.market.vat_rate)


def landed(facts: Facts, option: Option, sale: Sale, freight: float) -> Border:
    """Border charges; none at home and none for parcels."""
    lot, market, channel = option.lot, option.market, option.channel
    if channel.fee_model is FeeModel.PARCEL or not facts.crosses_border(lot, market):
        return Border()
    return border(
        facts,
        lot,
        market,
        fob=max(
            channel.declared_value_share * _invoiced(facts, option, sale),
            channel.declared_value_least * facts.unit_cost(lot),
        ),
        freight=freight,
        arrival_day=option.journey.arrival_day,
        arrival=option.journey.arrival_date,
        preferred=any(rule.effect is RuleEffect.PREFERENCE for rule in option.rules),
    )


def export_refund(facts: Facts, option: Option) -> tuple[float, int]:
    """The refund of a unit and the days until its cash; of several rules the greatest cap."""
    lot = option.lot
    if lot.owner is not Owner.PLATFORM or not lot.vat_invoice_rate:
        return 0.0, 0
    if not facts.leaves_home(lot, option.market):
        return 0.0, 0
    rules = [rule for rule in option.rules if rule.effect is RuleEffect.EXPORT_REFUND]
    if not rules:
        return 0.0, 0
    rule = max(rules, key=lambda x: x.refund_rate_cap)
    rate = min(lot.vat_invoice_rate, rule.refund_rate_cap)
    return facts.unit_cost(lot) / (1 + lot.vat_invoice_rate) * rate, rule.lead_days


def commission(sale: Sale) -> Split:
    k = sale.channel.commission_rate
    net_supply = sale.supply / (1 + sale.vat)
    return Split(
        sales_vat=sale.keep * (sale.supply - net_supply),
        reseller_margin=sale.keep * (sale.price - sale.supply) + sale.bonus,
        platform=sale.keep * k * net_supply - sale.bonus,
        owner=sale.keep * net_supply * (1 - k),
    )


def buy_out(sale: Sale) -> Split:
    """The platform's part is what it sells for; B and the costs are settled later."""
    net_supply = sale.supply / (1 + sale.vat)
    part = sale.sold * sale.keep
    return Split(
        sales_vat=part * (sale.supply - net_supply),
        reseller_margin=part * (sale.price - sale.supply) + sale.bonus,
        platform=part * net_supply - sale.bonus,
        owner=0.0,
    )


def purchase_sale(sale: Sale) -> Split:
    channel = sale.channel
    before_tax = sale.price / (1 + channel.reseller_vat_rate)
    supply = before_tax / (1 + sale.margin)
    net_supply = supply / (1 + sale.vat)
    return Split(
        sales_vat=(sale.price - before_tax) + (supply - net_supply),
        reseller_margin=before_tax - supply,
        platform=channel.commission_rate * net_supply,
        owner=net_supply * (1 - channel.commission_rate),
    )


def rebate(sale: Sale) -> Split:
    channel = sale.channel
    kept = sale.keep * sale.net
    platform = kept * channel.commission_rate
    if channel.commission_base is CommissionBase.NET_OF_REBATE:
        platform *= 1 - sale.margin
    return Split(
        sales_vat=sale.keep * (sale.price - sale.net),
        reseller_margin=kept * sale.margin,
        platform=platform,
        owner=kept * (1 - sale.margin) - platform,
    )


def wholesale_terms(sale: Sale) -> Split:
    return Split(sales_vat=0.0, reseller_margin=0.0, platform=0.0, owner=sale.price)


def joint_venture(sale: Sale) -> Split:
    """Owner's part before the partner's, which depends on the costs."""
    kept = sale.keep * sale.net
    return Split(
        sales_vat=sale.keep * (sale.price - sale.net),
        reseller_margin=0.0,
        platform=sale.channel.platform_fee_rate * kept,
        owner=kept,
    )


def marketplace(sale: Sale) -> Split:
    kept = sale.keep * sale.net
    return Split(sale.keep * (sale.price - sale.net), 0.0, 0.0, kept)


SPLITS = {
    FeeModel.COMMISSION: commission,
    FeeModel.BUY_OUT: buy_out,
    FeeModel.PURCHASE_SALE: purchase_sale,
    FeeModel.REBATE: rebate,
    FeeModel.WHOLESALE: wholesale_terms,
    FeeModel.JOINT_VENTURE: joint_venture,
    FeeModel.MARKETPLACE: marketplace,
    FeeModel.PARCEL: marketplace,
}


def _settle(
    facts: Facts,
    option: Option,
    lines: dict[str, float],
    split: Split,
    yearly: float,
    refund_money: float,
) -> None:
    """The parties' parts after every cost, and the netback of the plan's perspective."""
    channel, lot = option.channel, option.lot
    refund, recovery = lines["export_refund"], lines["return_recovery"]
    departing, rest = _sum(lines, DEPARTING), _sum(lines, REST)
    margin, platform = split.reseller_margin, split.platform
    owner_money = lines["cost_of_money"]
    if channel.fee_model is FeeModel.BUY_OUT:
        paid = channel.buy_out_share * facts.tag(lot) / (1 + facts.header.home_vat_rate)
        owner = paid - departing + refund
        owner_money = yearly * (option.journey.ship_day * (paid - departing) + refund_money)
        platform += recovery - paid - rest - (lines["cost_of_money"] - owner_money)
    elif channel.fee_model is FeeModel.JOINT_VENTURE:
        profit = split.owner + recovery - departing - rest
        margin = (1 - channel.our_share) * max(profit, 0.0)
        margin += (1 - channel.our_loss_share) * min(profit, 0.0)
        owner = profit - margin - platform + refund
    else:
        owner = split.owner + recovery + refund - departing - rest
    owner -= owner_money
    partner = margin if channel.fee_model is FeeModel.JOINT_VENTURE else 0.0
    lines["partner_share"], lines["reseller_margin"] = partner, margin - partner
    lines["reseller"] = margin
    lines["brand"] = owner if lot.owner is Owner.BRAND else 0.0
    lines["platform"] = platform + (owner if lot.owner is Owner.PLATFORM else 0.0)
    lines["tax"] = lines["sales_vat"] + _sum(lines, BORDER) - refund
    lines["carriers"] = _sum(lines, CARRIERS)
    lines["services"] = _sum(lines, SERVICES) + lines["cost_of_money"]
    lines["netback"] = {
        Perspective.BRAND: lines["brand"],
        Perspective.PLATFORM: lines["platform"],
        Perspective.BOTH: lines["brand"] + lines["platform"],
    }[facts.header.perspective]


def _sum(lines: dict[str, float], names: tuple[str, ...]) -> float:
    return sum(map(lines.__getitem__, names))


def exit_value(facts: Facts, lot: r.Lot, way: r.Exit) -> float:
    """What a unit that leaves by an exit brings the party whose plan it is: its owner's money."""
    if facts.header.perspective not in (Perspective.BOTH, Perspective(lot.owner.value)):
        return 0.0
    rate = facts.fx(way.currency, 0)
    value = (
        way.value_share_of_tag * facts.tag(lot) / (1 + facts.header.home_vat_rate)
        + way.value_share_of_cost * facts.unit_cost(lot)
        + (way.value_per_unit + way.value_per_kg * lot.kg) * rate
    )
    if way.kind is ExitKind.HOLD:
        site = facts.sites[lot.origin]
        kept = (facts.periods - lot.available_period + 1) * facts.days
        daily = site.storage_cost_per_cbm_day * facts.fx(site.currency, 0) * lot.cbm
        value -= daily * kept
    return value


def emissions(option: Option) -> float:
    """Kilograms of CO2e of moving one unit over its legs."""
    per_tonne = sum(move.leg.co2e_kg_per_tonne for move in option.journey.moves)
    return per_tonne * option.lot.kg / 1000
