"""Plan -> every table of its reports by name, as CSV or Parquet files for other systems."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pandas as pd

from planner.plan.record import Plan
from planner.report import tables
from planner.report.assumptions import assumptions
from planner.report.consignments import consignments, invoice_lines, packing_list
from planner.report.documents import documents
from planner.report.files import write_atomically
from planner.report.folder import guarded_csv
from planner.report.markets import by_market, markets_side_by_side
from planner.report.paper_findings import paper_findings
from planner.report.shipment_lines import lock_list, route_legs, shipment_lines
from planner.report.site_lists import site_lists

TableFormat = Literal["csv", "parquet"]
FORMATS: tuple[TableFormat, ...] = ("csv", "parquet")
REPORT_TABLES: dict[str, Callable[[Plan], pd.DataFrame]] = {
    "headline": tables.headline,
    "value_parts": tables.value_parts,
    "values_compared": tables.values_compared,
    "shipment_lines": shipment_lines,
    "route_legs": route_legs,
    "consignments": consignments,
    "packing_list": packing_list,
    "invoice_lines": invoice_lines,
    "paper_findings": lambda plan: tables.as_table(paper_findings(plan)),
    "boxes": tables.boxes,
    "box_loads": tables.box_loads,
    "charges": tables.charges,
    "site_lists": site_lists,
    "documents": documents,
    "openings": tables.openings,
    "sales": tables.sales,
    "price_calendar": tables.price_calendar,
    "arbitrage": tables.arbitrage,
    "markets": by_market,
    "money_by_market": markets_side_by_side,
    "waterfalls": tables.waterfalls,
    "waterfall_totals": tables.waterfall_totals,
    "exits": tables.exits,
    "limits": tables.limits,
    "soft_limits_missed": tables.shortfalls,
    "soft_rules_broken": tables.breaches,
    "locks": lock_list,
    "baselines": tables.baselines,
    "parties": tables.parties,
    "goals": tables.goals,
    "assumptions": lambda plan: assumptions(plan.scenario),
    "findings": tables.findings,
}
"""What each is called in files and what makes it; its docstring says its rows and columns."""


def write_report(plan: Plan, folder: Path, kind: TableFormat = "csv") -> None:
    """One file for each table of the reports, named after it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in REPORT_TABLES.items():
        content = guarded_csv(make(plan)) if kind == "csv" else parquet(make(plan))
        write_atomically(folder / f"{name}.{kind}", content)


def parquet(table: pd.DataFrame) -> bytes:
    """A table as Parquet; a column that mixes numbers and words becomes text."""
    buffer = io.BytesIO()
    table.assign(**_texts(table)).to_parquet(buffer, engine="pyarrow", index=False)
    return buffer.getvalue()


def _texts(table: pd.DataFrame) -> dict[str, pd.Series]:
    """The columns of plain objects, as text."""
    return {
        str(name): table[name]
        .map(lambda value: None if value is None else str(value))
        .astype("str")
        for name in table.columns
        if table[name].dtype == object
    }
