"""Plan -> its shipment lines as they are sent out: with consignment, pallets, boxes and locks, leg by leg."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.domain.records import Lock
from planner.plan.record import Plan
from planner.report import tables
from planner.report.consignments import journeys, pallets
from planner.report.figures import boxes_by_line
from planner.report.touched import lines_locked

EDITABLE = ("units", "rung", "lock")
"""Columns of a shipment line that may be edited in a workbook and brought back."""
NOT_PRICED = "not worked out"


def shipment_lines(plan: Plan) -> pd.DataFrame:
    """One row per shipment line, the first to leave first.

    Columns: line, consignment ('' where nothing travels), lot, description, brand, category, market,
    channel, units, rung, lock ('' until somebody sets one: a kind of lock), locked_by (names of locks
    that speak of the line), route (in words), ship_period, ship_date, arrival_date, sell_period,
    sale_date, cartons, kg, cbm, pallets (places, not rounded), boxes (container loads), co2e_kg, price,
    price_currency, netback_per_unit, money.
    """
    table = tables.shipments(plan)
    known = journeys(plan).set_index("line")["consignment"]
    emitted, locks = tables.line_emissions(plan), _locks_by_line(plan)
    emitted.index = pd.Index(plan.lines["line"])
    table = table.assign(
        consignment=table["line"].map(known).fillna(""),
        lock="",
        locked_by=[locks.get(line, "") for line in table["line"]],
        pallets=pallets(table["cbm"].astype(float), table["kg"].astype(float)),
        boxes=table["line"].map(boxes_by_line(plan)).astype(float).fillna(0.0),
        co2e_kg=table["line"].map(emitted).astype(float),
    )
    wanted = [
        *("line", "consignment", "lot", "description", "brand", "category", "market", "channel"),
        *("units", "rung", "lock", "locked_by", "route", "ship_period", "ship_date"),
        *("arrival_date", "sell_period", "sale_date", "cartons", "kg", "cbm", "pallets", "boxes"),
        *("co2e_kg", "price", "price_currency", "netback_per_unit", "money"),
    ]
    return table[wanted]


def _locks_by_line(plan: Plan) -> dict[str, str]:
    """Names of the locks that speak of each line."""
    named: dict[str, list[str]] = {}
    for lock in plan.scenario.locks:
        for line in plan.lines.loc[lines_locked(plan, lock), "line"]:
            named.setdefault(str(line), []).append(lock.lock)
    return {line: ", ".join(locks) for line, locks in named.items()}


def route_legs(plan: Plan) -> pd.DataFrame:
    """One row per (line, leg in order).

    Columns: line, consignment, lot, description, sequence, leg, from_site, to_site (in words), mode,
    depart_date, arrive_date, units, kg, cbm, freight (PC, as paid).
    """
    sites = {site.site: site.name or site.site for site in plan.scenario.sites}
    lines = tables.shipments(plan)[["line", "lot", "description"]]
    known = journeys(plan)[["line", "consignment"]]
    table = plan.legs.merge(lines, on="line", how="left").merge(known, on="line", how="left")
    table = table.assign(
        from_site=table["from_site"].map(sites).fillna(table["from_site"]),
        to_site=table["to_site"].map(sites).fillna(table["to_site"]),
        mode=table["mode"].map(tables.MODES).fillna(table["mode"]),
        consignment=table["consignment"].fillna(""),
        depart_date=pd.to_datetime(table["depart_date"]),
        arrive_date=pd.to_datetime(table["arrive_date"]),
    )
    wanted = [
        *("line", "consignment", "lot", "description", "sequence", "leg", "from_site", "to_site"),
        *("mode", "depart_date", "arrive_date", "units", "kg", "cbm", "freight"),
    ]
    return table[wanted].sort_values(["line", "sequence"], kind="stable", ignore_index=True)


def lock_list(plan: Plan, prices: pd.DataFrame | None = None) -> pd.DataFrame:
    """One row per lock of the scenario.

    Columns: lock, kind, touches (what it selects, in words), lock_units (fixed, least or most; blank =
    none), lines and units_now of the plan it speaks of, cost, gap_note and moved (as in
    `planner.report.rule_cost.lock_prices`, where these are given), note.
    """
    rows = [_lock_row(plan, lock) for lock in plan.scenario.locks]
    names = ["lock", "kind", "touches", "lock_units", "lines", "units_now", "note"]
    table = pd.DataFrame(rows, columns=names)
    table["lock_units"] = table["lock_units"].astype(float)
    found = (
        pd.DataFrame(columns=["lock", "cost", "gap_note", "moved"]) if prices is None else prices
    )
    table = table.merge(found[["lock", "cost", "gap_note", "moved"]], on="lock", how="left")
    table["cost"] = table["cost"].astype(float)
    table["gap_note"] = table["gap_note"].fillna(NOT_PRICED)
    table["moved"] = table["moved"].fillna("")
    return table[[*names[:-1], "cost", "gap_note", "moved", "note"]]


def _lock_row(plan: Plan, lock: Lock) -> tuple[object, ...]:
    hit = lines_locked(plan, lock)
    units = int(plan.lines.loc[hit, "units"].sum())
    amount = np.nan if lock.units is None else lock.units
    return lock.lock, lock.kind.value, _selection(lock), amount, int(hit.sum()), units, lock.note


def _selection(lock: Lock) -> str:
    """What a lock selects: 'lots B01; channels T3-GROUP; sell period 3'."""
    named: list[tuple[str, Sequence[object]]] = [
        *((name, getattr(lock, name)) for name in ("brands", "categories", "lots", "markets")),
        *((name, getattr(lock, name)) for name in ("channels", "rungs", "routes")),
        *(
            (name.replace("_", " "), [getattr(lock, name)])
            for name in ("ship_period", "sell_period")
            if getattr(lock, name) is not None
        ),
    ]
    return "; ".join(f"{name} {', '.join(map(str, some))}" for name, some in named if some) or "all"


def ladder_rungs(plan: Plan) -> list[str]:
    """Every rung of any ladder, in order of first mention: what a price may be set to."""
    return list(dict.fromkeys(row.rung for row in plan.scenario.ladders))
