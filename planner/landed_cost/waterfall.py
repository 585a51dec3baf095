"""Prices candidate options of one channel: every line from shelf price to netback, per unit, in PC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from operator import methodcaller

import numpy as np
import pandas as pd

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.lookup import FAR, Lookup, pays_duty
from planner.domain.records import Channel, Duty, Market
from planner.domain.vocabulary import (
    DutyKind,
    FeeModel,
    Incoterm,
    LevyBase,
    Owner,
    Perspective,
    RuleEffect,
    SpecificUnit,
)
from planner.landed_cost.border import (
    BorderTerms,
    Landed,
    ParcelBracket,
    landed_cost,
    parcel_net_price,
)
from planner.landed_cost.fee_models import FEE_MODELS, Sale, Takes, buy_out_price
from planner.network import TripCosts
from planner.pricing import rung_margins, terms_of

FREIGHT_LINES = (
    "freight_domestic",
    "freight_international",
    "handling",
    "handling_abroad",
    "picking",
    "storage_origin",
    "storage_entry",
)
BORDER_LINES = ("insurance", "duty", "antidumping", "levies", "excise", "import_vat")
WATERFALL_LINES = (
    "shelf_price",
    "refunds",
    "consumer_paid",
    "sales_vat",
    "reseller_margin",
    "marketplace_fee",
    "payment_fee",
    "local_opex",
    "return_costs",
    "return_recovery",
    "last_mile",
    *FREIGHT_LINES,
    "relabelling",
    "customs_value",
    *BORDER_LINES,
    "credit_loss",
    "credit_insurance",
    "export_refund",
    "partner_share",
    "cost_of_money",
    "brand",
    "platform",
    "reseller",
    "tax",
    "carriers",
    "services",
    "netback",
    "co2e_kg",
)
"""Columns of a waterfall, in reading order; PC per dispatched unit, co2e_kg in kg."""


@dataclass(frozen=True)
class Candidates:
    """Options of one channel to be priced: parallel arrays, positions and days from day 0."""

    channel: int
    lot: Ints
    rung: Ints
    trip: Ints
    price: Floats
    wholesale_price: Floats
    ship_day: Ints
    arrival_day: Ints
    sale_day: Ints
    entry: Ints
    frozen: Bools


def waterfall(lookup: Lookup, costs: TripCosts, options: Candidates) -> pd.DataFrame:
    """One row per candidate option, columns WATERFALL_LINES (docs/model.md, money of one option)."""
    return _Pricer(lookup, costs, options).table()


def _precision(duty: Duty) -> tuple[int, date]:
    """How narrowly a duty row is written: the last of the fitting rows counts."""
    return max(map(len, duty.hs_prefixes), default=0), duty.valid_from or date.min


class _Pricer:
    """Keeps the arrays the lines of one channel share while they are worked out one by one."""

    def __init__(self, lookup: Lookup, costs: TripCosts, options: Candidates) -> None:
        self.lookup, self.costs, self.options = lookup, costs, options
        bonus = {"inviter_bonus_rate": lookup.inviter_bonus_rate(options.channel)}
        self.row: Channel = lookup.scenario.channels[options.channel].model_copy(update=bonus)
        self.market: Market = lookup.scenario.markets[lookup.market_at[self.row.market]]
        self.line: dict[str, Floats] = {}
        self.ship_day = np.maximum(0, options.ship_day)
        self.arrival_day = np.maximum(0, options.arrival_day)
        self.rate = lookup.fx(self.row.currency, options.sale_day)
        self.terms = terms_of(lookup, options.channel)
        self.margin = rung_margins(lookup, options.channel)[options.rung]
        self.category = lookup.of_lots("category")[options.lot]
        self.wholesale = self.row.fee_model == FeeModel.WHOLESALE
        self.parcel = self.row.fee_model == FeeModel.PARCEL
        home = lookup.header.home_country
        country = {site.site: site.country for site in lookup.scenario.sites}
        origins = lookup.of_kinds(country.__getitem__, "origin", dtype=str)
        self.crosses = (origins != self.market.country)[options.lot]
        self.leaves = (origins == home)[options.lot] & self.crosses
        fob = self.wholesale and self.row.incoterm == Incoterm.FOB
        self.pays_freight = not fob
        self.pays_border = pays_duty(self.row)

    def per_lot(self, name: str, here: Bools | None = None) -> Floats:
        """A number of each option's lot, of some options only if need be."""
        lot = self.options.lot if here is None else self.options.lot[here]
        return np.asarray(self.lookup.of_lots(name).astype(float)[lot])

    def term(self, name: str) -> Floats:
        """A number of the channel's terms for each option's category."""
        found = {key: float(getattr(row, name) or 0.0) for key, row in self.terms.items()}
        by_lot = self.lookup.of_kinds(lambda name: found.get(name, 0.0), "category")
        return np.asarray(by_lot[self.options.lot])

    def table(self) -> pd.DataFrame:
        """All lines; later steps read what earlier ones wrote."""
        self._sale()
        self._carriage()
        self._compliance()
        landed = self._border()
        self._credit()
        self._refund()
        takes = self._share()
        self._money_and_parties(takes, landed)
        return pd.DataFrame({name: self.line[name] for name in WATERFALL_LINES}, copy=False)

    def _sale(self) -> None:
        """Shelf price to net price, fees, returns and the last mile."""
        o, row, line = self.options, self.row, self.line
        zero = np.zeros(len(o.lot))
        if self.wholesale:
            price = o.wholesale_price
            keep, sold = zero + 1.0, 1.0
        else:
            price = o.price * self.lookup.fx(self.market.currency, o.sale_day)
            own_risk = row.fee_model == FeeModel.PURCHASE_SALE
            keep = zero + 1.0 if own_risk else 1.0 - self.term("return_rate")
            sold = row.sell_through if row.fee_model == FeeModel.BUY_OUT else 1.0
        returned = 1.0 - keep
        self.keep = keep * sold
        self.net_price = self._net_price(price)
        line["shelf_price"] = price
        line["refunds"] = returned * price
        line["consumer_paid"] = self.keep * price
        no_fees = self.wholesale or row.fee_model == FeeModel.PURCHASE_SALE
        charged = 0.0 if no_fees else 1.0
        line["marketplace_fee"] = charged * self.keep * price * row.marketplace_fee_rate
        line["payment_fee"] = charged * self.keep * price * row.payment_fee_rate
        line["local_opex"] = charged * self.keep * self.net_price * row.opex_rate
        good = row.return_value * self.rate + row.return_value_share * self.net_price
        salvage = row.salvage_value * self.rate
        worth = row.resaleable_share * good + (1 - row.resaleable_share) * salvage
        line["return_recovery"] = sold * returned * worth + (1 - sold) * salvage
        line["return_costs"] = sold * returned * (row.reverse_cost + row.refurbish_cost) * self.rate
        line["last_mile"] = zero if self.wholesale else sold * self._last_mile()

    def _net_price(self, price: Floats) -> Floats:
        if self.wholesale:
            return price
        if not self.parcel:
            return price / (1 + self.market.vat_rate)
        net = price / (1 + self.market.vat_rate)
        kg, o = self.per_lot("kg"), self.options
        regimes = [r for r in self.lookup.scenario.parcel_regimes if r.market == self.row.market]
        for category in dict.fromkeys(self.category):
            rows = [r for r in regimes if r.category in ("", category)]
            spans = {(r.category == "", r.valid_from, r.valid_to) for r in rows}
            todo = self.category == category
            for general, first, last in sorted(spans, key=str):
                here = (
                    todo
                    & (o.sale_day >= self.lookup.day(first, missing=-FAR))
                    & (o.sale_day <= self.lookup.day(last, missing=FAR))
                )
                if not here.any():
                    continue
                todo &= ~here
                brackets = []
                for r in rows:
                    if (r.category == "", r.valid_from, r.valid_to) == (general, first, last):
                        fx = self.lookup.fx(r.currency, o.sale_day[here])
                        brackets.append(
                            ParcelBracket(
                                r.value_above * fx,
                                r.duty_on,
                                r.duty_rate,
                                r.duty_deduction * fx,
                                r.duty_least_per_kg * fx,
                                r.duty_per_heading * fx,
                                r.vat_rate,
                                r.vat_inside,
                            )
                        )
                net[here] = parcel_net_price(price[here], kg[here], brackets)
        return net

    def _last_mile(self) -> Floats:
        term_rate = {
            key: self.lookup.fx(row.currency, self.options.sale_day)
            for key, row in self.terms.items()
        }
        bulky = self.per_lot("cbm") > self.lookup.header.bulky_above_cbm
        cost = np.zeros(len(self.category))
        for key, row in self.terms.items():
            here = self.category == key
            big = (
                row.last_mile_cost if row.last_mile_cost_bulky is None else row.last_mile_cost_bulky
            )
            cost[here] = (np.where(bulky, big, row.last_mile_cost) * term_rate[key])[here]
        local = self.row.local_cost_per_unit + self.row.clearance_cost_per_unit
        return np.asarray(cost + local * self.rate)

    def _carriage(self) -> None:
        """Freight and handling by trip, storage at both ends, order picking."""
        o, lookup, line = self.options, self.lookup, self.line
        sites = lookup.scenario.sites
        moved, d = ~o.frozen, lookup.days_per_period
        buyer = 1.0 if self.pays_freight else 0.0
        line["freight_domestic"] = self.costs.freight_domestic[o.lot, o.trip]
        line["freight_international"] = buyer * self.costs.freight_international[o.lot, o.trip]
        line["handling"] = self.costs.handling[o.trip]
        line["handling_abroad"] = buyer * self.costs.handling_abroad[o.trip]
        cbm = self.per_lot("cbm")
        available = (self.per_lot("available_period") - 1) * d
        origin = lookup.origin_of_lot[o.lot]
        line["storage_origin"] = moved * (
            self._site_cost(sites, "storage_cost_per_cbm_day", origin, o.ship_day)
            * cbm
            * (o.ship_day - available)
        )
        line["storage_entry"] = buyer * (
            self._site_cost(sites, "storage_cost_per_cbm_day", o.entry, o.sale_day)
            * cbm
            * np.maximum(0, o.sale_day - self.arrival_day)
        )
        line["picking"] = buyer * self._site_cost(sites, "pick_cost_per_unit", o.entry, o.sale_day)

    def _site_cost(self, sites: tuple[object, ...], name: str, at: Ints, day: Ints) -> Floats:
        cost = np.zeros(len(at))
        for number in np.unique(at):
            site = self.lookup.scenario.sites[number]
            here = at == number
            cost[here] = getattr(site, name) * self.lookup.fx(site.currency, day[here])
        return cost

    def _compliance(self) -> None:
        o = self.options
        cost = np.zeros(len(o.lot))
        for rule in self.lookup.scenario.rules:
            if rule.effect in (RuleEffect.REQUIRE, RuleEffect.QUOTA) and rule.cost_per_unit:
                hit = self.lookup.rule_touches(rule, o.channel, o.lot, o.arrival_day)
                currency = rule.unit_currency or self.lookup.header.currency
                cost += ~o.frozen * hit * rule.cost_per_unit * self.lookup.fx(currency, o.ship_day)
        self.line["relabelling"] = cost + self._conversion()

    def _conversion(self) -> Floats:
        """What it costs to turn a unit into the form it is sold as."""
        o, cost = self.options, np.zeros(len(self.options.lot))
        made_by, kg = self.lookup.made_by[o.lot], self.per_lot("kg")
        for number in np.unique(made_by[made_by >= 0]):
            way = self.lookup.scenario.exits[number]
            value = (way.value_per_unit + way.value_per_kg * kg) * self.lookup.fx(
                way.currency, o.ship_day
            )
            cost -= np.where(made_by == number, value, 0.0)
        return cost

    def _border(self) -> Floats:
        """Insurance, duties and import tax; returns the recoverable import tax."""
        o, line = self.options, self.line
        zero = np.zeros(len(o.lot))
        for name in (*BORDER_LINES, "customs_value"):
            line[name] = zero.copy()
        recoverable = zero.copy()
        if self.parcel or not self.crosses.any():
            return recoverable
        cost = self.lookup.unit_cost[o.lot]
        declared = np.maximum(
            self.row.declared_value_share * self._invoiced(), self.row.declared_value_least * cost
        )
        freight = line["freight_international"]
        chosen = self._duty_rows()
        preferred = self._preferred()
        for number in np.unique(chosen):
            for certified in (False, True):
                here = (chosen == number) & self.crosses & (preferred == certified)
                terms = self._terms(number, here, certified)
                landed = landed_cost(declared[here], freight[here], terms)
                self._write_border(here, landed, recoverable)
        return recoverable

    def _invoiced(self) -> Floats:
        """Net price at the rates of day 0: the invoice is made out before the goods are sold."""
        if self.wholesale:
            return self.net_price
        price = self.options.price * self.lookup.fx(self.market.currency)
        return np.asarray(price / (1 + self.market.vat_rate))

    def _write_border(self, here: Bools, landed: Landed, recoverable: Floats) -> None:
        line = self.line
        line["customs_value"][here] = landed.customs_value
        if self.pays_freight:
            line["insurance"][here] = landed.insurance
        if not self.pays_border:
            return
        line["duty"][here] = landed.duty
        line["antidumping"][here] = landed.antidumping
        line["levies"][here] = landed.levies
        line["excise"][here] = landed.excise
        if self.market.import_vat_recoverable:
            recoverable[here] = landed.import_tax
        else:
            line["import_vat"][here] = landed.import_tax

    def _duty_rows(self) -> Ints:
        """Position of the duty row of each option, -1 without one.

        Rows with longer HS prefixes come before others, later ones before earlier ones.
        """
        o, chosen = self.options, np.full(len(self.options.lot), -1, dtype=np.int64)
        duties = list(enumerate(self.lookup.scenario.duties))
        for number, duty in sorted(duties, key=lambda item: _precision(item[1])):
            if duty.market != self.row.market:
                continue
            fits = self.lookup.of_kinds(duty.category.__eq__, "category", dtype=bool)
            if duty.hs_prefixes:
                begins = methodcaller("startswith", duty.hs_prefixes)
                fits &= self.lookup.of_kinds(begins, "hs_code", dtype=bool)
            first = self.lookup.day(duty.valid_from, missing=-FAR)
            last = self.lookup.day(duty.valid_to, missing=FAR)
            chosen[fits[o.lot] & (o.arrival_day >= first) & (o.arrival_day <= last)] = number
        return chosen

    def _preferred(self) -> Bools:
        """Options whose goods travel with a certificate of origin."""
        o = self.options
        preferred: Bools = np.zeros(len(o.lot), dtype=bool)
        for rule in self.lookup.scenario.rules:
            if rule.effect == RuleEffect.PREFERENCE:
                preferred |= self.lookup.rule_touches(rule, o.channel, o.lot, o.arrival_day)
        return preferred

    def _terms(self, number: int, here: Bools, certified: bool) -> BorderTerms:
        """What the market charges these options, whose duty row is `number`."""
        lookup, market, o = self.lookup, self.market, self.options
        duty = lookup.scenario.duties[number] if number >= 0 else None
        day = o.arrival_day[here]
        levy = {base: np.zeros(len(day)) for base in LevyBase}
        for row in lookup.scenario.levies:
            if row.market == market.market:
                first = lookup.day(row.valid_from, missing=-FAR)
                last = lookup.day(row.valid_to, missing=FAR)
                levy[row.base] += row.rate * ((day >= first) & (day <= last))
        shared = {
            "customs_basis": market.customs_basis,
            "insurance_rate": lookup.header.insurance_rate,
            "levy_rate_fob": levy[LevyBase.FOB],
            "levy_rate_cif": levy[LevyBase.CIF],
            "import_vat_rate": market.import_vat_rate,
            "import_vat_uplift": market.import_vat_uplift,
            "import_vat_inside": market.import_vat_inside,
        }
        if duty is None:
            return BorderTerms(**shared)  # type: ignore[arg-type]
        kind, rate, specific = self._duty_parts(duty, here, certified)
        pairs = self.per_lot("pairs", here)
        currency = duty.antidumping_currency or lookup.header.currency
        return BorderTerms(
            **shared,  # type: ignore[arg-type]
            kind=kind,
            duty_rate=rate,
            specific=specific,
            antidumping=duty.antidumping_amount
            * lookup.fx(currency, day)
            * np.where(pairs > 0, pairs, 1.0),
            excise_rate=duty.excise_rate,
        )

    def _duty_parts(
        self, duty: Duty, here: Bools, certified: bool
    ) -> tuple[DutyKind, float, Floats]:
        """Kind, ad valorem rate and specific amount per unit, after preference."""
        if certified and duty.preferential_rate is not None:
            return DutyKind.AD_VALOREM, duty.preferential_rate, np.zeros(int(here.sum()))
        quantity = {
            SpecificUnit.KG: self.per_lot("kg", here),
            SpecificUnit.PAIR: self.per_lot("pairs", here),
            SpecificUnit.UNIT: np.ones(int(here.sum())),
        }[duty.specific_unit]
        currency = duty.specific_currency or self.lookup.header.currency
        rate = self.lookup.fx(currency, self.options.arrival_day[here])
        return duty.kind, duty.rate, duty.specific_amount * rate * quantity

    def _credit(self) -> None:
        line, row = self.line, self.row
        line["partner_share"] = np.zeros(len(self.options.lot))
        sale = Sale(
            line["shelf_price"],
            self.net_price,
            self.market.vat_rate,
            self.keep,
            self.lookup.tag[self.options.lot],
            self.lookup.header.home_vat_rate,
            reseller_margin=self.margin,
        )
        if row.fee_model == FeeModel.JOINT_VENTURE:
            vat = self.keep * (sale.price - sale.net_price)
            margin = np.zeros(len(vat))
        else:
            takes = FEE_MODELS[row.fee_model](sale, row)
            vat, margin = takes.sales_vat, takes.reseller
        line["sales_vat"], line["reseller_margin"] = vat, margin
        self.net_receipts = (
            line["consumer_paid"] - vat - margin - line["marketplace_fee"] - line["payment_fee"]
        )
        line["credit_loss"] = self.net_receipts * row.credit_loss_rate
        line["credit_insurance"] = self.net_receipts * row.credit_insurance_rate

    def _refund(self) -> None:
        o, lookup = self.options, self.lookup
        refund = np.zeros(len(o.lot))
        self.refund_days = np.zeros(len(o.lot))
        if self.leaves.any():
            platform = lookup.of_kinds(Owner.PLATFORM.__eq__, "owner", dtype=bool)
            owned = platform[o.lot] & self.leaves
            invoice = self.per_lot("vat_invoice_rate")
            for rule in lookup.scenario.rules:
                if rule.effect == RuleEffect.EXPORT_REFUND:
                    hit = owned & lookup.rule_touches(rule, o.channel, o.lot, o.ship_day)
                    rate = np.minimum(invoice, rule.refund_rate_cap)
                    value = lookup.unit_cost[o.lot] / (1 + invoice) * rate
                    refund = np.where(hit, value, refund)
                    self.refund_days = np.where(hit, rule.lead_days, self.refund_days)
        self.line["export_refund"] = refund

    def _share(self) -> Takes:
        line = self.line
        self.first_leg = line["freight_domestic"] + line["handling"] + line["storage_origin"]
        self.at_ship = (
            line["freight_international"]
            + line["handling_abroad"]
            + line["picking"]
            + line["storage_entry"]
            + line["relabelling"]
            + line["insurance"]
        )
        self.at_arrival = (
            line["duty"]
            + line["antidumping"]
            + line["levies"]
            + line["excise"]
            + line["import_vat"]
        )
        self.at_sale = line["local_opex"] + line["last_mile"] + line["return_costs"]
        fees = line["marketplace_fee"] + line["payment_fee"]
        credit = line["credit_loss"] + line["credit_insurance"]
        sale = Sale(
            line["shelf_price"],
            self.net_price,
            self.market.vat_rate,
            self.keep,
            self.lookup.tag[self.options.lot],
            self.lookup.header.home_vat_rate,
            self.first_leg,
            self.at_ship + self.at_arrival + self.at_sale + fees + credit,
            line["return_recovery"],
            line["export_refund"],
            self.margin,
        )
        takes = FEE_MODELS[self.row.fee_model](sale, self.row)
        if self.row.fee_model == FeeModel.JOINT_VENTURE:
            line["partner_share"] = takes.reseller
        return takes

    def _money_and_parties(self, takes: Takes, recoverable: Floats) -> None:
        o, line, header = self.options, self.line, self.lookup.header
        interest = header.cost_of_money_per_year / 365
        credit = line["credit_loss"] + line["credit_insurance"]
        received = self.net_receipts - self.at_sale + line["return_recovery"]
        refund_part = line["export_refund"] * (self.ship_day + self.refund_days)
        total = interest * (
            received * (o.sale_day + self.row.payment_days)
            - (self.first_leg + self.at_ship) * self.ship_day
            - self.at_arrival * self.arrival_day
            + recoverable * self.market.import_vat_recovery_days
            + refund_part
        )
        owner_part = total
        if self.row.fee_model == FeeModel.BUY_OUT:
            tag = self.lookup.tag[o.lot]
            paid = buy_out_price(tag, self.row.buy_out_share, header.home_vat_rate)
            owner_part = interest * ((paid - self.first_leg) * self.ship_day + refund_part)
        line["cost_of_money"] = total
        owner = takes.owner - owner_part
        of_brand = (self.lookup.of_lots("owner") == Owner.BRAND)[o.lot]
        line["brand"] = np.where(of_brand, owner, 0.0)
        line["platform"] = np.where(of_brand, 0.0, owner) + takes.platform - (total - owner_part)
        line["reseller"] = takes.reseller
        line["tax"] = takes.sales_vat + self.at_arrival - line["export_refund"]
        line["carriers"] = (
            sum(line[name] for name in FREIGHT_LINES) + line["last_mile"] + line["return_costs"]
        )
        line["services"] = (
            line["marketplace_fee"]
            + line["payment_fee"]
            + line["local_opex"]
            + line["relabelling"]
            + line["insurance"]
            + credit
            + line["cost_of_money"]
        )
        view = header.perspective
        line["netback"] = (view != Perspective.PLATFORM) * line["brand"] + (
            view != Perspective.BRAND
        ) * line["platform"]
        line["co2e_kg"] = self.per_lot("kg") * self.costs.co2e_per_kg[o.trip]
