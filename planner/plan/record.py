"""The answer in the trade's words: what a plan holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from planner.domain.scenario import Scenario
from planner.errors import Finding

PARTIES = ("brand", "platform", "reseller", "tax", "carriers", "services")


@dataclass(frozen=True)
class SolveReport:
    """Why the solver stopped and how good the plan is, in planning currency.

    `status` is 'optimal' only when gap <= gap_asked; otherwise 'feasible'.
    `bound_by` says which proof gave the bound: 'duals' (exact arithmetic) or 'branch and bound'.
    """

    status: str
    stopped_because: str
    value: float
    bound: float
    gap: float
    gap_asked: float
    bound_by: str
    seconds: Mapping[str, float]
    reproducible: bool
    options: int
    rules: int
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    rounding_loss: float = 0.0


@dataclass(frozen=True)
class Plan:
    """A plan and everything needed to read, check and defend it.

    Tables (one row per ...; money in planning currency unless said):

    lines       shipment line, an option in use: line, lot, brand, channel, market, route,
                ship_period, sell_period, rung, units, price (market currency, tax included),
                price_currency, ship_date, arrival_date, arrival_period, sale_date, cartons, kg,
                cbm, netback_per_unit, money.
                route = leg names joined by ' > ', or 'frozen <shipment>'.
    waterfalls  line, then every money line of docs/model.md per dispatched unit (columns named as
                there: shelf_price ... cost_of_money), the six parties and netback.
    legs        (line, leg in order): line, sequence, leg, from_site, to_site, mode, depart_date,
                arrive_date, units, cbm, kg, freight.
    exits       (lot, exit): lot, brand, exit, shipment (a stay's frozen shipment, else ''), units,
                value_per_unit, money, reason.
    openings    certificate or shipment paper paid: rule, market ('' = shared), subject, route,
                ship_period (0 = none), cost.
    shortfalls  soft promise: rule, subject, promised_units, units (short), price, cost.
    limits      (rule, label, period): rule, label, period (0 = whole horizon), unit, used, limit,
                share_used, marginal_value (PC for one more unit of the limit).
    parties     party: party, money.
    prices      (channel, lot, sell period): channel, market, lot, sell_period, sale_date, rung,
                price, currency, share_of_tag, units.
    baselines   careful hand-made plan: name, value, units_shipped, plan_earns_more.
    """

    scenario: Scenario
    lines: pd.DataFrame
    waterfalls: pd.DataFrame
    legs: pd.DataFrame
    exits: pd.DataFrame
    openings: pd.DataFrame
    shortfalls: pd.DataFrame
    limits: pd.DataFrame
    parties: pd.DataFrame
    prices: pd.DataFrame
    baselines: pd.DataFrame
    report: SolveReport
    findings: tuple[Finding, ...] = field(default=())

    @property
    def ready(self) -> bool:
        """True when the audit found nothing: only then is the plan exported as ready."""
        return not self.findings

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The plan's tables by name, in reading order."""
        return {name: getattr(self, name) for name in PLAN_TABLES}


PLAN_TABLES = (
    "lines",
    "waterfalls",
    "legs",
    "exits",
    "openings",
    "shortfalls",
    "limits",
    "parties",
    "prices",
    "baselines",
)
