"""Plan -> the certificates and documents to obtain, each with the last day on which to start."""

from __future__ import annotations

import pandas as pd

from planner.domain.forms import with_forms
from planner.domain.records import ComplianceRule
from planner.domain.vocabulary import FixedPer, RuleEffect
from planner.plan.record import Plan
from planner.report.headings import SHARED
from planner.report.tables import routes_in_words
from planner.report.touched import lines_touched

ASKS = (
    RuleEffect.REQUIRE,
    RuleEffect.QUOTA,
    RuleEffect.PREFERENCE,
    RuleEffect.BRAND_CONSENT,
)
"""Effects of rules that ask for a document or a mark on the goods."""
KEY = ["rule", "market", "subject", "route", "ship_period"]
COLUMNS = [
    *("start_by", "lead_days", "first_ship_date", "rule", "requirement", "market", "subject"),
    *("route", "ship_period", "lines", "units", "cost"),
]


def documents(plan: Plan) -> pd.DataFrame:
    """One row per document, the one to start first on top.

    Columns: start_by (first_ship_date less lead_days), lead_days, first_ship_date, rule, requirement
    (in words), market ('shared' where one serves several), subject (style, sku, model or brand; '' =
    all goods), route and ship_period (of a shipment's papers), lines and units that need it, cost
    (paid once, PC; what it costs per unit stands in the waterfalls).
    """
    parts = [_of_rule(plan, rule) for rule in plan.scenario.rules if rule.effect in ASKS]
    parts = [part for part in parts if not part.empty]
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    table = pd.concat(parts, ignore_index=True)
    paid = plan.openings.groupby(KEY, as_index=False)["cost"].sum()
    table = table.merge(paid, on=KEY, how="left")
    table["cost"] = table["cost"].fillna(0.0)
    table["market"] = table["market"].replace("", SHARED)
    table["route"] = table["route"].map(routes_in_words(plan, table["route"]))
    order = ["start_by", "rule", "market", "subject", "ship_period"]
    return table.sort_values(order, kind="stable", ignore_index=True)[COLUMNS]


def _of_rule(plan: Plan, rule: ComplianceRule) -> pd.DataFrame:
    """The documents one rule asks for; without a row where no line needs any."""
    lines = plan.lines[lines_touched(plan, rule)]
    of_shipment = rule.fixed_per == FixedPer.SHIPMENT
    lines = lines.assign(
        market="" if rule.shared_across_markets else lines["market"],
        subject=_subjects(plan, rule, lines),
        route=lines["route"] if of_shipment else "",
        ship_period=lines["ship_period"] if of_shipment else 0,
    )
    keys = [name for name in KEY if name != "rule"]
    table = lines.groupby(keys, as_index=False).agg(
        first_ship_date=("ship_date", "min"), lines=("line", "size"), units=("units", "sum")
    )
    first = pd.to_datetime(table["first_ship_date"])
    return table.assign(
        rule=rule.rule,
        requirement=rule.description or rule.rule,
        lead_days=rule.lead_days,
        first_ship_date=first,
        start_by=first - pd.Timedelta(days=rule.lead_days),
    )


def _subjects(plan: Plan, rule: ComplianceRule, lines: pd.DataFrame) -> pd.Series | str:
    """What each document is made out for."""
    if rule.effect == RuleEffect.BRAND_CONSENT:
        return lines["brand"]
    if rule.fixed_per in (FixedPer.NONE, FixedPer.SHIPMENT):
        return ""
    lots = with_forms(plan.scenario).lots
    return lines["lot"].map({lot.lot: getattr(lot, rule.fixed_per.value) for lot in lots})
