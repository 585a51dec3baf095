"""The answer in the trade's words: what a plan holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from planner.domain.scenario import Scenario
from planner.errors import Finding

PARTIES = ("brand", "platform", "reseller", "tax", "carriers", "services")


GOAL_COLUMNS = ["order", "goal", "tolerance", "unit", "best", "bound", "kept", "reached"]


@dataclass(frozen=True)
class SolveReport:
    """Why the solver stopped and how good the plan is, in planning currency.

    `status` is 'optimal' only when gap <= gap_asked; otherwise 'feasible'.
    `bound_by` says which proof gave the bound: 'duals' (exact arithmetic) or 'branch and bound';
    'before proof' = a first plan after an edit, whose bound says little until the proof is there.
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
                arrive_date, units, cbm, kg, freight (as paid: the line's part of its departure
                where whole departures are paid for).
    boxes       box: box, leg, depart_date, arrive_date, equipment, cost, planned (freight its goods
                were planned to pay), cbm, kg, usable_cbm (at the fill share), payload_kg,
                filled_share (the greater of volume and weight).
    box_loads   (box, line): box, line, lot, units, cbm, kg.
    charges     departure charged by its load: leg, depart_date, charged_on (cbm or kg), load,
                declared (never below load), rate and minimum (in currency), currency, cost, planned.
    exits       (lot, exit): lot, brand, exit, shipment (a stay's frozen shipment, else ''), units,
                value_per_unit, money, reason.
    openings    certificate, shipment paper or opening paid: rule (an opening's name), market ('' =
                shared), subject (of an opening its channel, "brand | channel", "channel | period 3"
                or '' for a market), route, ship_period (0 = none), cost.
    shortfalls  soft limit, kept or not: rule, subject (the label of the limit), period (0 = whole
                horizon), unit, promised_units (asked for), units (missing), price, cost.
    breaches    (line, soft rule about one option it breaks): line, rule, subject ("brand | channel"),
                units, depth_per_unit (PC beyond a price bound, else 1), price (PC per unit of depth),
                cost.
    limits      (rule, label, period): rule, label, period (0 = whole horizon), unit, used, limit,
                share_used, marginal_value (PC for one more unit of the limit).
    arbitrage   (style, ordered pair of markets), the best trade left of each style and every trade
                that is charged for: style, from_market, to_market, lowest_price (where it is bought),
                highest_price (where it is sold), carrying_limit (what it costs the trader there),
                profit_per_unit (negative = none), allowed (the tolerance), all before tax; cost of
                the leak.
    parties     party: party, money.
    prices      (channel, lot, sell period): channel, market, lot, sell_period, sale_date, rung,
                price, currency, share_of_tag, units.
    baselines   careful hand-made plan: name, value, units_shipped, plan_earns_more.
    goals       priority, in its order: order, goal, tolerance, unit, best (reached in its own turn),
                bound (what no plan that keeps the goals before it can better), kept (what later
                goals had to leave of it), reached (by this plan). Empty without priorities.
    """

    scenario: Scenario
    lines: pd.DataFrame
    waterfalls: pd.DataFrame
    legs: pd.DataFrame
    boxes: pd.DataFrame
    box_loads: pd.DataFrame
    charges: pd.DataFrame
    exits: pd.DataFrame
    openings: pd.DataFrame
    shortfalls: pd.DataFrame
    breaches: pd.DataFrame
    limits: pd.DataFrame
    arbitrage: pd.DataFrame
    parties: pd.DataFrame
    prices: pd.DataFrame
    baselines: pd.DataFrame
    report: SolveReport
    goals: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=GOAL_COLUMNS))
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
    "boxes",
    "box_loads",
    "charges",
    "exits",
    "openings",
    "shortfalls",
    "breaches",
    "limits",
    "arbitrage",
    "parties",
    "prices",
    "baselines",
    "goals",
)
