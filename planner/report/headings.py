"""Names of columns and money lines -> the words, units and number formats people see."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from math import isnan
from typing import Literal

import pandas as pd

from planner.language import CHINESE, ENGLISH, english, language, money, translated

Language = Literal["en", "zh", "both"]
LANGUAGES: tuple[Language, ...] = ("en", "zh", "both")
Kind = Literal[
    "text",
    "long",
    "whole",
    "units",
    "number",
    "money",
    "rate",
    "share",
    "gap",
    "date",
    "days",
]

CURRENCY = "{currency}"
"""Stands for the planning currency in a heading."""


@dataclass(frozen=True)
class Heading:
    """What a column is called, in what unit, and how its values are written."""

    text: str
    kind: Kind = "text"
    unit: str = ""

    def title(self, currency: str, language: Language = "en") -> str:
        """'Value (CNY)': the heading with its unit."""
        text = told(self.text, language)
        unit = told(self.unit, "zh" if language == "zh" else "en").replace(CURRENCY, currency)
        return f"{text} ({unit})" if unit else text


def told(text: str, language: Language = "en", **parts: object) -> str:
    """A fixed text in the language asked for, with parts put in where it names them.

    Every heading and word of a workbook goes through here. A text without a translation stays
    English.

    >>> told("Plan the next {count} units", "both", count=3)
    'Plan the next 3 units 规划再多的 3 件'
    """
    chinese = translated(text, CHINESE)
    if chinese != text and language != "en":
        text = chinese if language == "zh" else f"{text} {chinese}"
    return text.format(**parts) if parts else text


def _money(text: str, per: str = "") -> Heading:
    return Heading(text, "money", CURRENCY + per)


PER_UNIT = "/unit"
MONEY_LINES: dict[str, tuple[str, str]] = {
    "shelf_price": ("Price", "Shelf price"),
    "refunds": ("Price", "Refunds of returned units"),
    "consumer_paid": ("Price", "Paid by shoppers"),
    "sales_vat": ("Selling", "Sales VAT"),
    "reseller_margin": ("Selling", "Reseller margin and bonus"),
    "marketplace_fee": ("Selling", "Marketplace fee"),
    "payment_fee": ("Selling", "Payment fee"),
    "local_opex": ("Selling", "Local operating cost"),
    "return_costs": ("Selling", "Cost of returns"),
    "return_recovery": ("Selling", "Recovered from returns"),
    "last_mile": ("Transport", "Last mile"),
    "freight_domestic": ("Transport", "Freight, domestic"),
    "freight_international": ("Transport", "Freight, international"),
    "handling": ("Transport", "Handling at home"),
    "handling_abroad": ("Transport", "Handling abroad"),
    "picking": ("Transport", "Picking"),
    "storage_origin": ("Transport", "Storage at origin"),
    "storage_entry": ("Transport", "Storage at entry site"),
    "relabelling": ("Transport", "Relabelling"),
    "customs_value": ("Border", "Customs value (not a cost)"),
    "insurance": ("Border", "Cargo insurance"),
    "duty": ("Border", "Import duty"),
    "antidumping": ("Border", "Anti-dumping duty"),
    "levies": ("Border", "Levies"),
    "excise": ("Border", "Excise"),
    "import_vat": ("Border", "Import VAT not recovered"),
    "credit_loss": ("Credit", "Credit loss"),
    "credit_insurance": ("Credit", "Credit insurance"),
    "export_refund": ("Credit", "Export refund of VAT"),
    "partner_share": ("Credit", "Joint-venture partner's part"),
    "cost_of_money": ("Credit", "Cost of money"),
    "brand": ("Parties", "To the brand"),
    "platform": ("Parties", "To the platform"),
    "reseller": ("Parties", "To resellers"),
    "tax": ("Parties", "To tax authorities"),
    "carriers": ("Parties", "To carriers"),
    "services": ("Parties", "To services and banks"),
    "netback": ("Result", "Netback"),
}
"""Every line of a waterfall, from shelf price to netback: its part and its name."""

VALUE_PARTS = {
    "lines": "Shipment lines",
    "settlement": "Freight settlement (boxes and minimum charges)",
    "cleared": "Worth of clearing units",
    "exits": "Exits",
    "co2e": "Price of emissions",
    "openings": "Papers and openings",
    "shortfalls": "Soft limits missed",
    "breaches": "Soft rules broken by offers",
    "leaks": "Leaks to parallel trade",
}
"""What a plan's value is made up of."""

LANDED_LINES = (
    "freight_domestic",
    "freight_international",
    "handling",
    "handling_abroad",
    "storage_origin",
    "relabelling",
    "insurance",
    "duty",
    "antidumping",
    "levies",
    "excise",
    "import_vat",
)
"""What it costs to have a unit ready for sale in its market: from leaving stock to past customs."""

HEADINGS: dict[str, Heading] = {
    "line": Heading("Line"),
    "lot": Heading("Lot"),
    "description": Heading("Description"),
    "brand": Heading("Brand"),
    "category": Heading("Category"),
    "season": Heading("Season"),
    "market": Heading("Market"),
    "market_name": Heading("Market name"),
    "channel": Heading("Channel"),
    "channel_name": Heading("Channel name"),
    "route": Heading("Route", "long"),
    "ship_period": Heading("Ship period", "whole"),
    "sell_period": Heading("Sell period", "whole"),
    "arrival_period": Heading("Arrival period", "whole"),
    "period": Heading("Period (0 = all)", "whole"),
    "period_start": Heading("From", "date"),
    "ship_date": Heading("Ship date", "date"),
    "arrival_date": Heading("Arrival date", "date"),
    "sale_date": Heading("On sale from", "date"),
    "depart_date": Heading("Departs", "date"),
    "arrive_date": Heading("Arrives", "date"),
    "as_of": Heading("As of", "date"),
    "rung": Heading("Price rung"),
    "nth_price": Heading("Nth price", "whole"),
    "units": Heading("Units", "units"),
    "promised_units": Heading("Asked for", "number"),
    "promised": Heading("Asked for", "number"),
    "missing": Heading("Missing", "number"),
    "missed": Heading("In words", "long"),
    "depth_per_unit": Heading("How far beyond", "number"),
    "breach_price": _money("Price of each"),
    "change": Heading("How to loosen it", "long"),
    "units_shipped": Heading("Shipped", "units", "units"),
    "cartons": Heading("Cartons", "units"),
    "boxes": Heading("Container loads", "number"),
    "kg": Heading("Weight", "number", "kg"),
    "cbm": Heading("Volume", "number", "cbm"),
    "co2e_kg": Heading("Emissions of freight", "number", "kg CO2e"),
    "price": Heading("Shelf price", "money", "local, tax incl."),
    "average_price": Heading("Average price", "money", "local, tax incl."),
    "price_currency": Heading("Price currency"),
    "currency": Heading("Currency"),
    "share_of_tag": Heading("Price as share of tag", "share"),
    "lowest_share_of_tag": Heading("Lowest price as share of tag", "share"),
    "netback_per_unit": _money("Netback", PER_UNIT),
    "money": _money("Money"),
    "value": _money("Value"),
    "value_per_unit": _money("Value", PER_UNIT),
    "shoppers_paid": _money("Paid by shoppers"),
    "cost": _money("Cost"),
    "short_price": _money("Price of each"),
    "plan_value": _money("This plan"),
    "plan_earns_more": _money("The plan earns more by"),
    "used_up_per_unit": _money("Uses up", PER_UNIT),
    "short_per_unit": _money("Short of", PER_UNIT),
    "to_open": _money("To be paid once"),
    "closed_by": Heading("What closes it", "long"),
    "uses_per_unit": Heading("Used by a unit", "number"),
    "money_per_unit": _money("Money used up", PER_UNIT),
    "per_unit": _money("Average", PER_UNIT),
    "total": _money("Total"),
    "landed_cost_per_unit": _money("Landed cost", PER_UNIT),
    "freight": _money("Freight"),
    "marginal_value": _money("Worth of one more"),
    "from_market": Heading("Bought in"),
    "to_market": Heading("Sold in"),
    "lowest_price": _money("Lowest price there", PER_UNIT),
    "highest_price": _money("Highest price here", PER_UNIT),
    "carrying_limit": _money("Costs the trader", PER_UNIT),
    "profit_per_unit": _money("Profit left", PER_UNIT),
    "allowed": _money("Tolerated", PER_UNIT),
    "used": Heading("Used", "number"),
    "limit": Heading("Limit", "number"),
    "share_used": Heading("Share used", "share"),
    "share_of_units": Heading("Share of units", "share"),
    "share_of_value": Heading("Share of money", "share"),
    "share_of_paid": Heading("Share of what shoppers pay", "share"),
    "share_of_money": Heading("Share", "share"),
    "demand_used": Heading("Demand used", "share"),
    "days_to_cash": Heading("From shipping to cash", "days", "days"),
    "binding": Heading("Binding"),
    "rule": Heading("Rule"),
    "requirement": Heading("Requirement", "long"),
    "label": Heading("Where"),
    "unit": Heading("Unit"),
    "exit": Heading("Exit"),
    "exit_kind": Heading("What is done"),
    "shipment": Heading("Frozen shipment"),
    "reason": Heading("Reason", "long"),
    "subject": Heading("Paid for"),
    "party": Heading("Party"),
    "name": Heading("Name"),
    "part": Heading("Part"),
    "money_line": Heading("Money line"),
    "table": Heading("Table"),
    "row": Heading("Row", "whole"),
    "key": Heading("Row"),
    "field": Heading("Field"),
    "stated": Heading("Value", "long"),
    "source": Heading("Source", "long"),
    "confidence": Heading("Confidence"),
    "note": Heading("Note", "long"),
    "problem": Heading("What is wrong", "long"),
    "remedy": Heading("What puts it right", "long"),
    "figure": Heading("Figure"),
    "amount": Heading("Amount"),
    "sequence": Heading("Leg no.", "whole"),
    "leg": Heading("Leg"),
    "box": Heading("Box"),
    "equipment": Heading("Box type"),
    "contents": Heading("What is in it", "long"),
    "value_part": Heading("Part of the value"),
    "usable_cbm": Heading("Room", "number", "cbm"),
    "payload_kg": Heading("Payload", "number", "kg"),
    "filled_share": Heading("Filled", "share"),
    "planned": _money("Planned freight"),
    "charged_on": Heading("Charged on"),
    "load": Heading("Load", "number", "kg or cbm"),
    "declared": Heading("Declared", "number", "kg or cbm"),
    "rate": Heading("Rate", "money", "local"),
    "minimum": Heading("Minimum", "money", "local"),
    "order": Heading("Order", "whole"),
    "goal": Heading("Goal"),
    "tolerance": Heading("May give up", "share"),
    "best": Heading("Best reached", "number"),
    "bound": Heading("Bound", "number"),
    "kept": Heading("To be kept", "number"),
    "reached": Heading("This plan", "number"),
    "recovery": _money("Recovery"),
    "cleared_units": Heading("Units cleared", "units"),
    "cash": _money("Cash in time"),
    "fewest_markets": Heading("Markets used", "units"),
    "co2e": Heading("Emissions of freight", "number", "kg CO2e"),
    "gap": Heading("Gap", "gap"),
    "lock": Heading("Lock"),
    "value_with": _money("Value with it"),
    "value_without": _money("Value without it"),
    "cost_least": _money("Cost at least"),
    "cost_most": _money("Cost at most"),
    "gap_note": Heading("How sure", "long"),
    "moved": Heading("Moves without it", "long"),
    "number": Heading("No.", "whole"),
    "consignment": Heading("Consignment"),
    "papers": Heading("Papers"),
    "seller": Heading("Seller"),
    "consignee": Heading("Consignee"),
    "country": Heading("Country"),
    "main_leg": Heading("Main leg"),
    "entry_site": Heading("To"),
    "incoterm": Heading("Incoterm"),
    "incoterm_place": Heading("Place of the term"),
    "customs_basis": Heading("Customs basis"),
    "lots": Heading("Lots", "units"),
    "lines": Heading("Lines", "units"),
    "pallets": Heading("Pallets", "number", "places"),
    "hs_code": Heading("HS code"),
    "sku": Heading("Sku"),
    "units_per_carton": Heading("Units a carton", "units"),
    "origin_country": Heading("Origin"),
    "unit_value": _money("Declared value FOB", PER_UNIT),
    "declared_total": _money("Declared value FOB"),
    "freight_total": _money("Freight in it"),
    "insurance_total": _money("Insurance in it"),
    "customs_total": _money("Customs value"),
    "customs_currency": Heading("Market's currency"),
    "customs_rate": Heading("Rate", "rate", "{currency} for one"),
    "customs_local": Heading("Customs value", "money", "market's currency"),
    "site": Heading("Site"),
    "site_name": Heading("Place"),
    "date": Heading("Day", "date"),
    "task": Heading("Task"),
    "what": Heading("To, label or form"),
    "start_by": Heading("Start by", "date"),
    "lead_days": Heading("Lead time", "days", "days"),
    "first_ship_date": Heading("First ship date", "date"),
    "assumed_for": Heading("Assumption"),
    "assumed": Heading("Assumed", "number"),
    "takes": Heading("What it takes", "long"),
    "locked_by": Heading("Locks in force"),
    "kind": Heading("Kind"),
    "target": Heading("Goes to"),
    "event": Heading("Event"),
    "words": Heading("In words", "long"),
    "touches": Heading("What it holds", "long"),
    "lock_units": Heading("Units of the lock", "units"),
    "units_now": Heading("Units in the plan", "units"),
    "before": Heading("Base", "long"),
    "after": Heading("This scenario", "long"),
    "sheet": Heading("Sheet"),
    "title": Heading("Title"),
    "reader": Heading("Who it is for", "long"),
    "from_site": Heading("From"),
    "to_site": Heading("To"),
    "mode": Heading("Mode"),
}


FIXED_WORDS = frozenset(
    (
        *("binding", "charged_on", "confidence", "exit_kind", "figure", "goal", "incoterm", "mode"),
        *("money_line", "papers", "part", "party", "requirement", "rule", "task", "value_part"),
        *("reader", "seller", "title", "gap_note", "kind", "name", "unit"),
    )
)
"""Columns whose values may be the planner's own words, which are told in the language asked for."""


SHARED = english("shared")
"""Stands for the market of what serves several markets at once."""
WORDS_AMONG_NAMES = {"market": (SHARED,)}
"""Words of the planner's own in columns of names, which are never told otherwise."""


SENTENCES = frozenset(("change", "missed", "problem", "reason", "remedy", "stated"))
"""Columns whose values are the planner's sentences, told again in a Chinese workbook."""


def heading(name: str, values: pd.Series | None = None) -> Heading:
    """The heading of a column; one that is not listed is named after itself.

    A name may be both: `brand` is a name in lines and a money line in waterfalls, where it counts.
    """
    numeric = values is not None and pd.api.types.is_numeric_dtype(values)
    if name in MONEY_LINES and (numeric or name not in HEADINGS):
        return _money(MONEY_LINES[name][1], PER_UNIT)
    if name in HEADINGS:
        return HEADINGS[name]
    words = name.replace("_", " ")
    text = words[:1].upper() + words[1:]
    return Heading(text, "money" if numeric else "text")


def shown(value: object, kind: Kind, currency: str = "") -> str:
    """A value as people read it; money and shares are rounded here and nowhere else."""
    if value is None or value is pd.NaT or (isinstance(value, float) and isnan(value)):
        return ""
    if isinstance(value, date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, str) or kind in ("text", "long"):
        return str(value)
    number = float(value)  # type: ignore[arg-type]
    if kind == "money" and currency and language() != ENGLISH:
        return money(number, currency)
    text = _NUMBERS[kind](number)
    return f"{text} {currency}" if kind == "money" and currency else text


_NUMBERS: dict[str, Callable[[float], str]] = {
    "whole": lambda number: f"{number:.0f}",
    "units": lambda number: f"{number:,.0f}",
    "days": lambda number: f"{number:,.0f}",
    "number": lambda number: f"{number:,.2f}",
    "money": lambda number: f"{number:,.2f}",
    "rate": lambda number: f"{number:,.6g}",
    "share": lambda number: f"{number:.1%}",
    "gap": lambda number: f"{number:.3%}",
    "date": lambda number: f"{number:g}",
}
