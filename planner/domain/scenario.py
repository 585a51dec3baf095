"""A whole scenario: the header and one tuple of records per table."""

from __future__ import annotations

import hashlib
import json
from datetime import date, timedelta
from typing import Any

from pydantic import BaseModel, ConfigDict

from planner.domain import records as r


class Scenario(BaseModel):
    """A frozen, validated scenario. Field names are table names; order of rows is kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    header: r.Header
    currencies: tuple[r.CurrencyInfo, ...] = ()
    exchange_rates: tuple[r.ExchangeRate, ...] = ()
    brands: tuple[r.Brand, ...] = ()
    lots: tuple[r.Lot, ...] = ()
    age_factors: tuple[r.AgeFactor, ...] = ()
    sites: tuple[r.Site, ...] = ()
    closures: tuple[r.Closure, ...] = ()
    equipment: tuple[r.Equipment, ...] = ()
    legs: tuple[r.Leg, ...] = ()
    leg_boxes: tuple[r.LegBox, ...] = ()
    rate_breaks: tuple[r.RateBreak, ...] = ()
    markets: tuple[r.Market, ...] = ()
    channels: tuple[r.Channel, ...] = ()
    channel_terms: tuple[r.ChannelTerm, ...] = ()
    reseller_levels: tuple[r.ResellerLevel, ...] = ()
    reference_prices: tuple[r.ReferencePrice, ...] = ()
    ladders: tuple[r.LadderRung, ...] = ()
    demand: tuple[r.Demand, ...] = ()
    demand_points: tuple[r.DemandPoint, ...] = ()
    season_factors: tuple[r.SeasonFactor, ...] = ()
    duties: tuple[r.Duty, ...] = ()
    levies: tuple[r.Levy, ...] = ()
    parcel_regimes: tuple[r.ParcelRegime, ...] = ()
    rules: tuple[r.ComplianceRule, ...] = ()
    exits: tuple[r.Exit, ...] = ()
    opening_terms: tuple[r.OpeningTerm, ...] = ()
    style_spreads: tuple[r.StyleSpread, ...] = ()
    exclusive_groups: tuple[r.ExclusiveGroup, ...] = ()
    quantity_rules: tuple[r.QuantityRule, ...] = ()
    price_rules: tuple[r.PriceRule, ...] = ()
    price_paths: tuple[r.PricePath, ...] = ()
    corridors: tuple[r.CorridorTerm, ...] = ()
    rule_settings: tuple[r.RuleSetting, ...] = ()
    priorities: tuple[r.Priority, ...] = ()
    locks: tuple[r.Lock, ...] = ()
    frozen_shipments: tuple[r.FrozenShipment, ...] = ()
    actual_sales: tuple[r.ActualSale, ...] = ()
    provenance: tuple[r.Provenance, ...] = ()

    @property
    def last_day(self) -> date:
        """Last day of the horizon."""
        header = self.header
        return header.start_date + timedelta(days=header.periods * header.days_per_period - 1)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of everything the plan depends on; the order of rows does not matter."""
        content = self.model_dump(mode="json")
        tables = {
            name: sorted((json.dumps(row, sort_keys=True) for row in rows), key=str)
            if isinstance(rows, list)
            else rows
            for name, rows in content.items()
        }
        text = json.dumps(tables, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


TABLES: dict[str, type[r.Record]] = {
    name: field.annotation.__args__[0]  # type: ignore[union-attr]
    for name, field in Scenario.model_fields.items()
    if name != "header"
}
"""Table name to record type, in the order tables are written and shown."""


def canonical(scenario: Scenario) -> Scenario:
    """The same scenario with rows in an order that depends on neither their place nor their names.

    Rows are sorted by what they say, then by their keys, so that a shuffled workbook or renamed
    lots lead the optimiser along the same path to the same plan.
    """

    def order(row: r.Record) -> tuple[str, str]:
        named = {*type(row).key_fields, *type(row).order_fields}
        content: dict[str, Any] = row.model_dump(mode="json")
        said = {name: value for name, value in content.items() if name not in named}
        named_by = {name: content[name] for name in sorted(named)}
        return (json.dumps(said, sort_keys=True), json.dumps(named_by, sort_keys=True))

    return scenario.model_copy(
        update={name: tuple(sorted(getattr(scenario, name), key=order)) for name in TABLES}
    )
