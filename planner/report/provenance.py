"""A step of a line's waterfall -> its formula in words, and every input with its source and date.

The formulas are those of docs/model.md, money of one option. A step that is worked out from other
steps has their inputs too, so that the list names every number of the scenario it depends on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import pandas as pd

from planner.domain import records as r
from planner.domain.changes import key_of
from planner.domain.columns import columns
from planner.domain.forms import MADE_BY
from planner.domain.lookup import pays_duty
from planner.domain.scenario import Scenario
from planner.domain.selectors import matches
from planner.domain.vocabulary import FeeModel, RuleEffect
from planner.plan.record import Plan
from planner.report.headings import MONEY_LINES

HEADER = "scenario"
UNKNOWN = "no source is stated"
COLUMNS = ["table", "row", "field", "stated", "unit", "source", "as_of", "confidence", "note"]
Row = tuple[str, r.Record]
"""A record and the table it stands in."""
Input = tuple[str, tuple[str, ...]]
"""Which rows (as in ROWS) and which of their fields."""


@dataclass(frozen=True)
class Origin:
    """Where one number of a plan comes from.

    inputs: one row per number of the scenario it depends on (COLUMNS); uses: the steps it is worked
    out from, in words.
    """

    line: str
    step: str
    words: str
    value: float
    currency: str
    formula: str
    uses: tuple[str, ...]
    inputs: pd.DataFrame

    def __str__(self) -> str:
        return f"{self.words}: {self.value:,.4f} {self.currency} a unit = {self.formula}"


@dataclass(frozen=True)
class Formula:
    """A step in words, the numbers it reads itself and the steps it is worked out from."""

    words: str
    inputs: tuple[Input, ...] = ()
    steps: tuple[str, ...] = ()


_PRICE: tuple[Input, ...] = (
    ("lot", ("tag", "tag_currency", "vintage_year", "size_curve")),
    ("ages", ("age_years", "price_factor")),
    ("scenario", ("start_date", "broken_size_discount")),
    ("rung", ("price_ratio",)),
    ("reference", ("price",)),
    ("written", ("price_decimals", "price_step", "price_ending")),
    ("channel", ("fee_model",)),
    ("form", ("price_factor",)),
    ("tag_rate", ("rate",)),
    ("market_rate", ("rate",)),
)
_KEPT: tuple[Input, ...] = (("term", ("return_rate",)), ("buy_out", ("sell_through",)))
_MARGIN: tuple[Input, ...] = (
    ("channel", ("reseller_margin", "margin_basis", "reseller_vat_rate", "inviter_bonus_rate")),
    ("rung", ("reseller_margin",)),
    ("levels", ("resellers", "units_per_reseller_day", "bonus_rate")),
)
_VAT: tuple[Input, ...] = (
    ("market", ("vat_rate",)),
    ("parcels", ("value_above", "duty_on", "duty_rate", "duty_deduction", "duty_least_per_kg",
                 "duty_per_heading", "vat_rate", "vat_inside")),
    ("parcel_rates", ("rate",)),
)  # fmt: skip
_SIZE: tuple[Input, ...] = (("lot", ("kg", "cbm")),)
_LEGS: tuple[Input, ...] = (
    ("legs", ("cost_per_cbm", "cost_per_kg", "cost_per_unit", "kg_per_cbm", "cost_per_box",
              "fill_share", "origin_cost_per_cbm", "origin_cost_per_box")),
    ("boxes", ("usable_cbm", "payload_kg")),
    ("leg_rates", ("rate",)),
    *_SIZE,
)  # fmt: skip
_CUSTOMS: tuple[Input, ...] = (
    ("channel", ("declared_value_share", "declared_value_least")),
    ("lot", ("unit_cost", "unit_cost_currency")),
    ("cost_rate", ("rate",)),
    ("market", ("customs_basis", "vat_rate")),
    ("scenario", ("insurance_rate",)),
)
_DUTY: tuple[Input, ...] = (
    ("duty", ("kind", "rate", "specific_amount", "specific_unit", "preferential_rate")),
    ("duty_rates", ("rate",)),
    ("lot", ("kg", "pairs")),
)

FORMULAS: dict[str, Formula] = {
    "shelf_price": Formula(
        "reference price x price ratio of the rung, rounded as the currency is written, at the "
        "exchange rate of the day of sale; reference = known price of the lot, or tag x share of tag "
        "the channel gets x quality (age, size run, form); wholesale: tag x wholesale ratio x quality",
        (*_PRICE, ("term", ("reference_price_ratio",)), ("wholesale_term", ("wholesale_multiplier",)),
         ("wholesale", ("wholesale_ratio",))),
    ),
    "refunds": Formula("return rate x shelf price", _KEPT, ("shelf_price",)),
    "consumer_paid": Formula(
        "share sold x (1 - return rate) x shelf price", _KEPT, ("shelf_price",)
    ),
    "sales_vat": Formula(
        "tax inside the price shoppers keep paying, by fee model: price - price / (1 + VAT); where a "
        "reseller buys from us, tax inside the supply price; of a parcel, its taxes on the day of sale",
        (*_VAT, *_KEPT, *_MARGIN, *_SIZE),
        ("shelf_price",),
    ),
    "reseller_margin": Formula(
        "what the reseller keeps of the shelf price, by fee model and basis, and the inviter's bonus",
        (*_MARGIN, *_KEPT, ("market", ("vat_rate",))),
        ("shelf_price",),
    ),
    "marketplace_fee": Formula(
        "paid by shoppers x marketplace fee rate",
        (("channel", ("marketplace_fee_rate",)),), ("consumer_paid",),
    ),
    "payment_fee": Formula(
        "paid by shoppers x payment fee rate", (("channel", ("payment_fee_rate",)),), ("consumer_paid",)
    ),
    "local_opex": Formula(
        "net price shoppers keep paying x local expense rate",
        (("channel", ("opex_rate",)), *_VAT, *_KEPT, *_SIZE),
        ("shelf_price",),
    ),
    "return_costs": Formula(
        "return rate x (reverse logistics + refurbishing)",
        (("channel", ("reverse_cost", "refurbish_cost")), ("channel_rate", ("rate",)), *_KEPT),
    ),
    "return_recovery": Formula(
        "returned units x (resaleable share x their value + the rest x salvage value), and salvage of "
        "bought-out units that are not sold",
        (("channel", ("resaleable_share", "return_value", "return_value_share", "salvage_value")),
         ("channel_rate", ("rate",)), *_VAT, *_KEPT, *_SIZE),
        ("shelf_price",),
    ),
    "last_mile": Formula(
        "delivery of the category (the bulky rate above the bulky volume) + local fulfilment + clearance",
        (("term", ("last_mile_cost", "last_mile_cost_bulky")), ("term_rate", ("rate",)),
         ("channel", ("local_cost_per_unit", "clearance_cost_per_unit")), ("channel_rate", ("rate",)),
         ("scenario", ("bulky_above_cbm",)), ("lot", ("cbm",)), ("buy_out", ("sell_through",))),
    ),
    "freight_domestic": Formula("sum over legs inside the home country of what a unit costs there", _LEGS),
    "freight_international": Formula("sum over legs that leave the home country of what a unit costs", _LEGS),
    "handling": Formula(
        "packing at the origin and at sites left, receiving at sites entered, in the home country",
        (("sites", ("outbound_cost_per_unit", "inbound_cost_per_unit")), ("site_rates", ("rate",))),
    ),
    "handling_abroad": Formula(
        "the same at sites abroad",
        (("sites", ("outbound_cost_per_unit", "inbound_cost_per_unit")), ("site_rates", ("rate",))),
    ),
    "picking": Formula(
        "order picking at the entry site",
        (("entry", ("pick_cost_per_unit",)), ("site_rates", ("rate",))),
    ),
    "storage_origin": Formula(
        "storage cost of the origin x volume x days from being available to leaving",
        (("origin", ("storage_cost_per_cbm_day",)), ("site_rates", ("rate",)),
         ("lot", ("cbm", "available_period"))),
    ),
    "storage_entry": Formula(
        "storage cost of the entry site x volume x days from arrival to sale",
        (("entry", ("storage_cost_per_cbm_day",)), ("site_rates", ("rate",)), ("lot", ("cbm",)),
         ("legs", ("transit_days",)), ("sites", ("handling_days",))),
    ),
    "relabelling": Formula(
        "cost per unit of every rule that touches the goods on arrival + turning them into their form",
        (("rules", ("cost_per_unit",)), ("rule_rates", ("rate",)),
         ("form", ("value_per_unit", "value_per_kg")), ("lot", ("kg",))),
    ),
    "customs_value": Formula(
        "declared value = the greater of a share of the net price and a share of the unit cost; with "
        "freight and insurance where the market values CIF",
        _CUSTOMS,
        ("shelf_price", "freight_international"),
    ),
    "insurance": Formula(
        "insurance rate on 110 % of the CIF value", _CUSTOMS, ("shelf_price", "freight_international")
    ),
    "duty": Formula(
        "rate x customs value, a specific amount, the higher of both or both; with a certificate of "
        "origin the preferential rate",
        _DUTY,
        ("customs_value",),
    ),
    "antidumping": Formula(
        "amount per pair, or per unit", (("duty", ("antidumping_amount",)), ("duty_rates", ("rate",)),
                                         ("lot", ("pairs",))),
    ),
    "levies": Formula(
        "sum of levy rates x FOB or CIF value", (("levies", ("rate", "base")),), ("customs_value",)
    ),
    "excise": Formula(
        "excise rate x (customs value + duty)", (("duty", ("excise_rate",)),), ("customs_value", "duty")
    ),
    "import_vat": Formula(
        "import VAT rate x (customs value with uplift + duty + anti-dumping + excise + levies), where "
        "it does not come back",
        (("market", ("import_vat_rate", "import_vat_uplift", "import_vat_inside",
                     "import_vat_recoverable")),),
        ("customs_value", "duty", "antidumping", "excise", "levies"),
    ),
    "credit_loss": Formula(
        "net receipts x credit loss rate", (("channel", ("credit_loss_rate",)),),
        ("consumer_paid", "sales_vat", "reseller_margin", "marketplace_fee", "payment_fee"),
    ),
    "credit_insurance": Formula(
        "net receipts x premium", (("channel", ("credit_insurance_rate",)),),
        ("consumer_paid", "sales_vat", "reseller_margin", "marketplace_fee", "payment_fee"),
    ),
    "export_refund": Formula(
        "unit cost before tax x the lesser of the invoice's rate and the rule's cap, for goods the "
        "platform owns that leave the country",
        (("lot", ("unit_cost", "unit_cost_currency", "vat_invoice_rate", "owner")), ("cost_rate", ("rate",)),
         ("refund_rules", ("refund_rate_cap",))),
    ),
}  # fmt: skip
_COSTS = ("return_costs", "last_mile", "freight_domestic", "freight_international", "handling",
          "handling_abroad", "picking", "storage_origin", "storage_entry", "relabelling", "insurance",
          "duty", "antidumping", "levies", "excise", "import_vat")  # fmt: skip
_FEES = ("marketplace_fee", "payment_fee", "local_opex", "credit_loss", "credit_insurance")
_SALE = ("consumer_paid", "sales_vat", "reseller_margin", "return_recovery", "export_refund")
FORMULAS |= {
    "cost_of_money": Formula(
        "yearly rate / 365 x (receipts x days until they are paid - costs x days until they are due "
        "+ import VAT that comes back x days until then)",
        (("scenario", ("cost_of_money_per_year",)), ("channel", ("payment_days",)),
         ("market", ("import_vat_rate", "import_vat_uplift", "import_vat_inside",
                     "import_vat_recoverable", "import_vat_recovery_days")),
         ("legs", ("transit_days",)), ("sites", ("handling_days",)),
         ("refund_rules", ("lead_days",)), ("buy_out", ("buy_out_share",)),
         ("scenario", ("home_vat_rate",))),
        (*_SALE, *_FEES, *_COSTS),
    ),
    "partner_share": Formula(
        "partner's part of the joint venture's profit or loss",
        (("channel", ("our_share", "our_loss_share")),),
        (*_SALE, *_FEES, *_COSTS),
    ),
}  # fmt: skip
_ALL = (*_SALE, *_FEES, *_COSTS, "cost_of_money", "partner_share")
_TERMS: tuple[Input, ...] = (
    ("channel", ("commission_rate", "commission_base", "platform_fee_rate", "buy_out_share")),
    ("scenario", ("home_vat_rate",)),
    ("lot", ("owner",)),
)
FORMULAS |= {
    "brand": Formula("what the owner is left, where the brand owns the lot (fee model)", _TERMS, _ALL),
    "platform": Formula("commission and fees, and what the owner is left of its own lots", _TERMS, _ALL),
    "reseller": Formula(
        "reseller margin and bonus, or the partner's part", (), ("reseller_margin", "partner_share")
    ),
    "tax": Formula(
        "sales VAT + duty + anti-dumping + levies + excise + import VAT - export refund", (),
        ("sales_vat", "duty", "antidumping", "levies", "excise", "import_vat", "export_refund"),
    ),
    "carriers": Formula(
        "all freight, handling, picking, storage, last mile and return costs", (),
        ("freight_domestic", "freight_international", "handling", "handling_abroad", "picking",
         "storage_origin", "storage_entry", "last_mile", "return_costs"),
    ),
    "services": Formula(
        "fees, relabelling, insurance, credit and the cost of money", (),
        (*_FEES, "relabelling", "insurance", "cost_of_money"),
    ),
    "netback": Formula(
        "what the party whose plan it is takes: brand, platform, or both",
        (("scenario", ("perspective",)),), ("brand", "platform"),
    ),
}  # fmt: skip


def origin_of(plan: Plan, line: str, step: str) -> Origin:
    """Where a step of a plan line's waterfall comes from. Raises KeyError for an unknown line or step."""
    formula = FORMULAS[step]
    rows = Rows(plan, line)
    wanted: dict[tuple[str, str, str], Row] = {}
    for name, fields in _inputs_of(step):
        for table, record in ROWS[name](rows):
            for field in fields:
                wanted.setdefault((table, "|".join(key_of(record)), field), (table, record))
    sources = Sources(plan.scenario)
    told = [sources.told(name, record, field) for (*_, field), (name, record) in wanted.items()]
    inputs = pd.DataFrame(told, columns=COLUMNS)
    falls = plan.waterfalls.set_index("line")
    return Origin(
        line=line,
        step=step,
        words=MONEY_LINES[step][1],
        value=float(falls.loc[line, step]),  # type: ignore[arg-type]
        currency=plan.scenario.header.currency,
        formula=formula.words,
        uses=tuple(MONEY_LINES[name][1] for name in formula.steps),
        inputs=inputs,
    )


def _inputs_of(step: str) -> Iterator[Input]:
    """The inputs of a step and of all steps it is worked out from, once each."""
    seen, todo = {step}, [step]
    while todo:
        formula = FORMULAS[todo.pop(0)]
        yield from formula.inputs
        fresh = [name for name in formula.steps if name not in seen]
        seen.update(fresh)
        todo += fresh


class Sources:
    """Where a scenario's numbers were found: the narrowest statement about a number counts."""

    def __init__(self, scenario: Scenario) -> None:
        self.as_of = scenario.header.as_of
        self.stated = {(row.table, row.key, row.field): row for row in scenario.provenance}

    def told(self, table: str, record: r.Record, field: str) -> tuple[object, ...]:
        """A row of COLUMNS."""
        key = "|".join(key_of(record))
        column = next(each for each in columns(type(record)) if each.name == field)
        places = [(table, k, f) for k in dict.fromkeys((key, "")) for f in (field, "")]
        found = next((self.stated[place] for place in places if place in self.stated), None)
        value = getattr(record, field)
        shown = "" if value is None else getattr(value, "value", value)
        if found is None:
            return table, key, field, shown, column.unit, UNKNOWN, self.as_of, "", ""
        return (table, key, field, shown, column.unit, found.source, found.as_of or self.as_of,
                found.confidence.value, found.note)  # fmt: skip


class Rows:
    """The rows of the scenario that the money of one plan line is worked out from."""

    def __init__(self, plan: Plan, line: str) -> None:
        self.scenario = scenario = plan.scenario
        row = plan.lines.set_index("line").loc[line]
        parent, _, self.made_by = str(row["lot"]).partition(MADE_BY)
        self.lot = next(lot for lot in scenario.lots if lot.lot == parent)
        self.channel = next(c for c in scenario.channels if c.channel == row["channel"])
        self.market = next(m for m in scenario.markets if m.market == self.channel.market)
        self.rung = str(row["rung"])
        self.ship, self.arrival, self.sale = (
            pd.Timestamp(str(row[name])).date()
            for name in ("ship_date", "arrival_date", "sale_date")
        )
        names = plan.legs[plan.legs["line"] == line]["leg"].tolist()
        self.legs = [leg for name in names for leg in scenario.legs if leg.leg == name]
        route = str(row["route"])
        frozen = {f"frozen {f.shipment}": f.entry_site for f in scenario.frozen_shipments}
        stops = [self.lot.origin, *(leg.to_site for leg in self.legs)]
        self.stops = [frozen[route]] if route in frozen else stops

    def rates(self, currencies: Sequence[str | None], days: Sequence[date]) -> Iterator[Row]:
        """The exchange rate rows of some currencies on some days."""
        for name in dict.fromkeys(c or self.scenario.header.currency for c in currencies):
            dated = [row for row in self.scenario.exchange_rates if row.currency == name]
            for day in days:
                valid = [row for row in dated if row.valid_from is None or row.valid_from <= day]
                if valid:
                    last = max(valid, key=lambda row: row.valid_from or date.min)
                    yield "exchange_rates", last

    def sites(self) -> Iterator[Row]:
        """Sites on the way, from the origin to the entry site."""
        by_name = {site.site: site for site in self.scenario.sites}
        for stop in self.stops:
            yield "sites", by_name[stop]

    def duty(self) -> r.Duty | None:
        """The duty row that counts: the longest HS prefixes, then the latest."""
        rows = [
            row
            for row in self.scenario.duties
            if (row.market, row.category) == (self.market.market, self.lot.category)
            and (not row.hs_prefixes or self.lot.hs_code.startswith(row.hs_prefixes))
            and holds(row.valid_from, row.valid_to, self.arrival)
            and pays_duty(self.channel)
        ]
        return max(
            rows,
            key=lambda row: (max(map(len, row.hs_prefixes), default=0), row.valid_from or date.min),
            default=None,
        )

    def rules(self, *effects: RuleEffect, day: date) -> Iterator[r.ComplianceRule]:
        """Rules of some effects that name the line's goods, market and channel on a day."""
        for rule in self.scenario.rules:
            if (
                rule.effect in effects
                and matches(self.market.market, rule.markets)
                and matches(self.channel.channel, rule.channels)
                and matches(self.lot.category, rule.categories)
                and holds(rule.valid_from, rule.valid_to, day)
            ):
                yield rule

    def one(self, table: str, **named: str) -> Iterator[Row]:
        """Rows of a table whose fields say these names."""
        for row in getattr(self.scenario, table):
            if all(getattr(row, field) == name for field, name in named.items()):
                yield table, row

    @property
    def days(self) -> tuple[date, date, date, date]:
        """Days on which rates may be taken: the first, shipping, arrival and sale."""
        return self.scenario.header.start_date, self.ship, self.arrival, self.sale


def holds(first: date | None, last: date | None, day: date) -> bool:
    """Whether a row with these dates holds on a day."""
    return (first is None or first <= day) and (last is None or day <= last)


def _is(rows: Rows, model: FeeModel) -> bool:
    return rows.channel.fee_model is model


def _duty(rows: Rows) -> Iterator[Row]:
    row = rows.duty()
    if row is not None:
        yield "duties", row


def _duty_rates(rows: Rows) -> Iterator[Row]:
    row = rows.duty()
    if row is not None:
        yield from rows.rates([row.specific_currency, row.antidumping_currency], [rows.arrival])


ROWS: Mapping[str, Callable[[Rows], Iterator[Row]]] = {
    "scenario": lambda rows: iter([(HEADER, rows.scenario.header)]),
    "lot": lambda rows: iter([("lots", rows.lot)]),
    "channel": lambda rows: iter([("channels", rows.channel)]),
    "market": lambda rows: iter([("markets", rows.market)]),
    "ages": lambda rows: rows.one("age_factors"),
    "rung": lambda rows: rows.one("ladders", ladder=rows.channel.ladder, rung=rows.rung),
    "reference": lambda rows: rows.one(
        "reference_prices", lot=rows.lot.lot, channel=rows.channel.channel
    ),
    "written": lambda rows: rows.one("currencies", currency=rows.market.currency),
    "form": lambda rows: rows.one("exits", exit=rows.made_by),
    "term": lambda rows: rows.one(
        "channel_terms", channel=rows.channel.channel, category=rows.lot.category
    ),
    "wholesale": lambda rows: iter(
        [("channels", rows.channel)] if _is(rows, FeeModel.WHOLESALE) else []
    ),
    "wholesale_term": lambda rows: iter(
        list(ROWS["term"](rows)) if _is(rows, FeeModel.WHOLESALE) else []
    ),
    "buy_out": lambda rows: iter(
        [("channels", rows.channel)] if _is(rows, FeeModel.BUY_OUT) else []
    ),
    "levels": lambda rows: rows.one("reseller_levels", channel=rows.channel.channel),
    "parcels": lambda rows: (
        (table, row)
        for table, row in rows.one("parcel_regimes", market=rows.market.market)
        if isinstance(row, r.ParcelRegime)
        and _is(rows, FeeModel.PARCEL)
        and row.category in ("", rows.lot.category)
        and holds(row.valid_from, row.valid_to, rows.sale)
    ),
    "parcel_rates": lambda rows: rows.rates(
        [row.currency for _, row in ROWS["parcels"](rows) if isinstance(row, r.ParcelRegime)],
        [rows.sale],
    ),
    "legs": lambda rows: iter([("legs", leg) for leg in rows.legs]),
    "boxes": lambda rows: (
        ("equipment", box)
        for box in rows.scenario.equipment
        if box.equipment in {leg.equipment for leg in rows.legs}
    ),
    "leg_rates": lambda rows: rows.rates(
        [c for leg in rows.legs for c in (leg.currency, leg.origin_currency or leg.currency)],
        [rows.ship],
    ),
    "sites": lambda rows: rows.sites(),
    "origin": lambda rows: iter(list(rows.sites())[:1]),
    "entry": lambda rows: iter(list(rows.sites())[-1:]),
    "site_rates": lambda rows: rows.rates(
        [row.currency for _, row in rows.sites() if isinstance(row, r.Site)],
        [rows.ship, rows.sale],
    ),
    "duty": _duty,
    "duty_rates": _duty_rates,
    "levies": lambda rows: (
        (table, row)
        for table, row in rows.one("levies", market=rows.market.market)
        if isinstance(row, r.Levy) and holds(row.valid_from, row.valid_to, rows.arrival)
    ),
    "rules": lambda rows: (
        ("rules", rule)
        for rule in rows.rules(RuleEffect.REQUIRE, RuleEffect.QUOTA, day=rows.arrival)
    ),
    "rule_rates": lambda rows: rows.rates(
        [rule.unit_currency for rule in
         rows.rules(RuleEffect.REQUIRE, RuleEffect.QUOTA, day=rows.arrival)],
        [rows.ship],
    ),
    "refund_rules": lambda rows: (
        ("rules", rule) for rule in rows.rules(RuleEffect.EXPORT_REFUND, day=rows.ship)
    ),
    "tag_rate": lambda rows: rows.rates([rows.lot.tag_currency], rows.days[:1]),
    "cost_rate": lambda rows: rows.rates([rows.lot.unit_cost_currency], rows.days[:1]),
    "market_rate": lambda rows: rows.rates([rows.market.currency], [rows.days[0], rows.sale]),
    "channel_rate": lambda rows: rows.rates([rows.channel.currency], [rows.sale]),
    "term_rate": lambda rows: rows.rates(
        [row.currency for _, row in ROWS["term"](rows) if isinstance(row, r.ChannelTerm)],
        [rows.sale],
    ),
}  # fmt: skip
"""Which rows of the scenario a name of FORMULAS stands for, for one plan line."""
