"""Plan -> the summary other programs read; docs/summary-schema.json says what it holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from planner.plan.record import Plan
from planner.report import tables
from planner.report.consignments import consignments, journeys
from planner.report.figures import figures, missed

GOAL_FIELDS = ("order", "goal", "unit", "tolerance", "best", "bound", "kept", "reached")
SHORTFALL_FIELDS = ("rule", "subject", "period", "unit", "promised_units", "units", "cost")
TRADE_FIELDS = ("style", "from_market", "to_market", "profit_per_unit")
CONSIGNMENT_FIELDS = (
    *("consignment", "papers", "seller", "channel", "consignee", "market", "country", "main_leg"),
    *("mode", "from_site", "entry_site", "depart_date", "arrive_date", "incoterm"),
    *("incoterm_place", "customs_basis", "boxes", "cartons", "pallets", "units", "kg", "cbm"),
    *("currency", "customs_value", "customs_currency", "customs_value_local", "lines"),
)
SCHEMA = 1
"""Raised when a field of the summary is renamed or taken away."""


def summary(plan: Plan) -> dict[str, Any]:
    """The plan in one JSON-ready dictionary: what it is worth, what moves, and how it was made."""
    header, report, known = plan.scenario.header, plan.report, figures(plan)
    return {
        "schema": SCHEMA,
        "scenario": header.scenario,
        "title": header.title,
        "fingerprint": plan.scenario.fingerprint,
        "currency": header.currency,
        "perspective": header.perspective.value,
        "ready": plan.ready,
        "status": report.status,
        "stopped_because": report.stopped_because,
        "value": float(report.value),
        "bound": float(report.bound),
        "gap": float(report.gap),
        "gap_asked": float(report.gap_asked),
        "bound_by": report.bound_by,
        "rounding_loss": float(report.rounding_loss),
        "reproducible": bool(report.reproducible),
        "options": int(report.options),
        "rules": int(report.rules),
        "seconds": {name: float(value) for name, value in report.seconds.items()},
        "settings": {name: _plain(value) for name, value in report.settings.items()},
        "versions": {name: str(value) for name, value in report.versions.items()},
        "audit": [
            {
                "table": found.table,
                "row": found.row,
                "field": found.field,
                "problem": found.problem,
                "remedy": found.remedy,
            }
            for found in plan.findings
        ],
        "baselines": _numbers(plan.baselines, "name", "value"),
        "units": {
            "available": known.units_available,
            "shipped": known.units_shipped,
            "abroad": known.units_abroad,
            "left": known.units_left,
        },
        "sell_through": known.sell_through,
        "exported_share": known.exported_share,
        "co2e_kg": known.co2e_kg,
        "goals": _records(plan.goals, GOAL_FIELDS),
        "boxes": {
            str(name): int(count) for name, count in plan.boxes["equipment"].value_counts().items()
        },
        "soft_limits_missed": _records(missed(plan), SHORTFALL_FIELDS),
        "soft_rules_broken": _sums(plan.breaches, "rule", "cost"),
        "consignments": _records(_consignments(plan), CONSIGNMENT_FIELDS),
        "best_trades": _records(tables.arbitrage(plan).drop_duplicates("style"), TRADE_FIELDS),
        "units_by_market": _counts(plan.lines, "market"),
        "units_by_exit": _counts(plan.exits, "exit"),
        "money_by_market": _sums(plan.lines, "market", "money"),
        "money_by_party": _numbers(plan.parties, "party", "money"),
        "value_parts": known.parts,
    }


def _consignments(plan: Plan) -> pd.DataFrame:
    """One row per consignment as other programs read it: days as 2026-01-31, its lines by name."""
    table = consignments(plan)
    days = {name: table[name].dt.strftime("%Y-%m-%d") for name in ("depart_date", "arrive_date")}
    lines = journeys(plan).groupby("consignment")["line"].agg(list)
    return table.assign(
        **days,
        pallets=table["pallets"].astype(int),
        lines=table["consignment"].map(lines),
        customs_value=table["customs_total"],
        customs_value_local=table["customs_local"],
    )


def _numbers(table: pd.DataFrame, name: str, value: str) -> dict[str, float]:
    pairs = zip(table[name], table[value], strict=True)
    return {str(key): float(number) for key, number in pairs}


def _records(table: pd.DataFrame, fields: Sequence[str]) -> list[dict[str, Any]]:
    """Rows of a table as JSON knows them."""
    return [
        {str(name): value for name, value in row.items()}
        for row in table[[*fields]].to_dict("records")
    ]


def _sums(table: pd.DataFrame, by: str, value: str) -> dict[str, float]:
    if table.empty:
        return {}
    sums = table.groupby(by)[value].sum().sort_values(ascending=False, kind="stable")
    return {str(name): float(number) for name, number in sums.items()}


def _counts(table: pd.DataFrame, by: str) -> dict[str, int]:
    return {name: round(number) for name, number in _sums(table, by, "units").items()}


def _plain(value: object) -> object:
    """A setting as JSON knows it."""
    return value if value is None or isinstance(value, bool | int | float) else str(value)
