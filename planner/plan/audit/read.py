"""Reading a plan's tables: every cell checked for type and sign before it is used."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from planner.errors import Finding
from planner.language import english
from planner.plan.audit.money import PARTIES
from planner.plan.audit.options import Key, Line

MONEY_LINES = (
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
    "freight_domestic",
    "freight_international",
    "handling",
    "handling_abroad",
    "picking",
    "storage_origin",
    "storage_entry",
    "relabelling",
    "customs_value",
    "insurance",
    "duty",
    "antidumping",
    "levies",
    "excise",
    "import_vat",
    "credit_loss",
    "credit_insurance",
    "export_refund",
    "partner_share",
    "cost_of_money",
)
WATERFALL = (*MONEY_LINES, *PARTIES, "netback")
COLUMNS: dict[str, tuple[str, ...]] = {
    "lines": (
        "line",
        "lot",
        "brand",
        "channel",
        "market",
        "route",
        "ship_period",
        "sell_period",
        "rung",
        "units",
        "price",
        "price_currency",
        "ship_date",
        "arrival_date",
        "arrival_period",
        "sale_date",
        "cartons",
        "kg",
        "cbm",
        "netback_per_unit",
        "money",
    ),
    "waterfalls": ("line", *WATERFALL),
    "exits": ("lot", "brand", "exit", "shipment", "units", "value_per_unit", "money"),
    "openings": ("rule", "market", "subject", "route", "ship_period", "cost"),
    "shortfalls": ("rule", "subject", "period", "promised_units", "units", "price", "cost"),
    "breaches": ("line", "rule", "subject", "units", "depth_per_unit", "price", "cost"),
    "legs": (
        "line",
        "sequence",
        "leg",
        "from_site",
        "to_site",
        "mode",
        "depart_date",
        "arrive_date",
        "units",
        "cbm",
        "kg",
        "freight",
    ),
    "boxes": (
        "box",
        "leg",
        "depart_date",
        "arrive_date",
        "equipment",
        "cost",
        "planned",
        "cbm",
        "kg",
        "usable_cbm",
        "payload_kg",
        "filled_share",
    ),
    "box_loads": ("box", "line", "lot", "units", "cbm", "kg"),
    "charges": (
        "leg",
        "depart_date",
        "charged_on",
        "load",
        "declared",
        "rate",
        "minimum",
        "currency",
        "cost",
        "planned",
    ),
    "limits": ("rule", "label", "period", "used", "limit", "share_used"),
    "arbitrage": (
        "style",
        "from_market",
        "to_market",
        "lowest_price",
        "highest_price",
        "carrying_limit",
        "profit_per_unit",
        "allowed",
        "cost",
    ),
    "parties": ("party", "money"),
    "goals": ("order", "goal", "tolerance", "best", "kept", "reached"),
    "prices": (
        "channel",
        "market",
        "lot",
        "sell_period",
        "sale_date",
        "rung",
        "price",
        "currency",
        "share_of_tag",
        "units",
    ),
}
REQUIRED = ("lines", "waterfalls", "exits", "openings", "shortfalls")
WHOLE = {
    "lines": ("ship_period", "sell_period", "units", "arrival_period", "cartons"),
    "exits": ("units",),
    "openings": ("ship_period",),
    "breaches": ("units",),
    "legs": ("sequence", "units"),
    "box_loads": ("units",),
    "limits": ("period",),
    "prices": ("sell_period", "units"),
    "goals": ("order",),
    "shortfalls": ("period",),
}
NOT_NEGATIVE = {
    "lines": ("price", "kg", "cbm"),
    "openings": ("cost",),
    "shortfalls": ("units", "price", "cost"),
    "breaches": ("depth_per_unit", "price", "cost"),
    "legs": ("cbm", "kg", "freight"),
    "boxes": ("cost", "planned", "cbm", "kg", "usable_cbm", "payload_kg", "filled_share"),
    "box_loads": ("cbm", "kg"),
    "charges": ("load", "declared", "rate", "minimum", "cost", "planned"),
    "arbitrage": ("lowest_price", "highest_price", "carrying_limit", "allowed", "cost"),
    "prices": ("price", "share_of_tag"),
}
FINITE = {
    "lines": ("netback_per_unit", "money"),
    "waterfalls": WATERFALL,
    "exits": ("value_per_unit", "money"),
    "parties": ("money",),
    "goals": ("tolerance", "best", "kept", "reached"),
    "shortfalls": ("promised_units",),
    "limits": ("used", "limit", "share_used"),
    "arbitrage": ("profit_per_unit",),
}
DATES = {
    "lines": ("ship_date", "arrival_date", "sale_date"),
    "legs": ("depart_date", "arrive_date"),
    "boxes": ("depart_date", "arrive_date"),
    "charges": ("depart_date",),
    "prices": ("sale_date",),
}
Row = dict[str, Any]
Rows = list[tuple[int, Row]]


def finding(table: str, row: int, field: str, problem: str, remedy: str = "") -> Finding:
    """A finding with the remedy that suits nearly every fault of a plan."""
    return Finding(table, row, field, problem, remedy or english("Solve the scenario again."))


def read(tables: Mapping[str, pd.DataFrame], name: str, found: list[Finding]) -> Rows:
    """The sound rows of a table with their row numbers; the others become findings."""
    frame = tables.get(name)
    if frame is None:
        if name in REQUIRED:
            found.append(finding(name, 0, "", english("the plan lacks this table.")))
        return []
    if frame.empty:
        return []
    missing = [column for column in COLUMNS[name] if column not in frame.columns]
    if missing:
        found.append(
            finding(
                name,
                0,
                missing[0],
                english("lacks the columns {columns}.", columns=", ".join(missing)),
            )
        )
        return []
    clean = _clean_columns(name, frame)
    if clean is not None:
        each = zip(*clean, strict=True)
        return [(n, dict(zip(COLUMNS[name], row, strict=True))) for n, row in enumerate(each, 2)]
    rows: Rows = []
    for position, record in enumerate(frame.to_dict("records")):
        row = {str(key): _cell(value) for key, value in record.items()}
        faults = _faults(name, row)
        found += [finding(name, position + 2, field, problem) for field, problem in faults]
        if not faults:
            rows.append((position + 2, row))
    return rows


def _clean_columns(name: str, frame: pd.DataFrame) -> list[list[Any]] | None:
    """The columns of a table as plain Python where nothing is wrong with any cell, else None.

    The same checks as `_faults`, a column at a time; a table with a fault is read row by row.
    """
    numbers = {*WHOLE.get(name, ()), *NOT_NEGATIVE.get(name, ()), *FINITE.get(name, ())}
    columns: list[list[Any]] = []
    for field in COLUMNS[name]:
        cells = frame[field]
        if field in numbers:
            values = cells.to_numpy()
            if values.dtype.kind not in "iuf" or not np.isfinite(values).all():
                return None
            if field not in FINITE.get(name, ()) and (values < 0).any():
                return None
            if field in WHOLE.get(name, ()):
                if (values != np.floor(values)).any():
                    return None
                values = values.astype(np.int64)
            columns.append(values.tolist())
        elif field in DATES.get(name, ()):
            if cells.dtype.kind != "M" or cells.isna().any():
                return None
            columns.append(cells.to_numpy("datetime64[D]").tolist())
        else:
            texts = cells.tolist()
            if not all(type(text) is str for text in texts):
                return None
            columns.append(texts)
    return columns


def _cell(value: Any) -> Any:
    """Plain Python for numbers and days; a blank where pandas has none."""
    if type(value) in (str, int, float):
        return value
    if value is None or value is pd.NaT or value is pd.NA:
        return ""
    if isinstance(value, datetime):
        return value.date()
    if hasattr(value, "item"):  # a numpy number
        return value.item()
    return value


def _faults(name: str, row: Row) -> list[tuple[str, str]]:
    faults: list[tuple[str, str]] = []
    signed = FINITE.get(name, ())
    whole = WHOLE.get(name, ())
    for field in (*whole, *NOT_NEGATIVE.get(name, ()), *signed):
        value = row[field]
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            faults.append((field, english("is {value!r}, not a number.", value=value)))
        elif field not in signed and value < 0:
            faults.append((field, english("is negative: {value}.", value=value)))
        elif field in whole:
            if value != int(value):
                faults.append((field, english("is {value}, not a whole number.", value=value)))
            else:
                row[field] = int(value)
    for field in DATES.get(name, ()):
        if isinstance(row[field], str):
            try:
                row[field] = date.fromisoformat(row[field][:10])
            except ValueError:
                faults.append((field, english("is {value!r}, not a date.", value=row[field])))
        elif not isinstance(row[field], date):
            faults.append((field, english("is {value!r}, not a date.", value=row[field])))
    numbers = {*whole, *NOT_NEGATIVE.get(name, ()), *signed, *DATES.get(name, ())}
    for field in COLUMNS[name]:
        if field not in numbers:
            value = row[field]
            blank = isinstance(value, float) and not isfinite(value)
            row[field] = "" if blank else str(value)
    return faults


def read_lines(tables: Mapping[str, pd.DataFrame], found: list[Finding]) -> list[Line]:
    """The lines of the plan: at least one unit each, no id and no option twice."""
    lines: list[Line] = []
    ids: set[str] = set()
    keys: dict[Key, str] = {}
    for number, row in read(tables, "lines", found):
        line = Line(
            row=number,
            line=row["line"],
            lot=row["lot"],
            channel=row["channel"],
            route=row["route"],
            ship_period=row["ship_period"],
            sell_period=row["sell_period"],
            rung=row["rung"],
            units=row["units"],
            cells=row,
        )
        if line.units < 1:
            found.append(
                finding(
                    "lines", number, "units", english("is {value}, less than 1.", value=line.units)
                )
            )
        if line.line in ids:
            found.append(
                finding("lines", number, "line", english("{name!r} is used twice.", name=line.line))
            )
        if line.key in keys:
            problem = english("is the same option as line {other}.", other=keys[line.key])
            found.append(
                finding("lines", number, "line", problem, english("Add their units together."))
            )
        ids.add(line.line)
        keys.setdefault(line.key, line.line)
        lines.append(line)
    return lines
