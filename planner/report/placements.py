"""Plan -> where each lot is sold, and what moved between two plans."""

from __future__ import annotations

import pandas as pd

from planner.plan.record import Plan

CELL = ["lot", "market", "channel"]


def placements(plan: Plan) -> pd.DataFrame:
    """One row per (lot, channel) in use, the most money first.

    Columns: lot, brand, market, channel, units, price (lowest; market currency), price_currency,
    rungs (joined by ;), netback_per_unit (average), money.
    """
    lines = plan.lines[plan.lines["ship_period"] > 0]
    if lines.empty:
        return lines.reindex(columns=[*CELL, "units", "price", "rungs", "money"])
    cells = lines.groupby(CELL, sort=False)
    table = cells.agg(
        brand=("brand", "first"),
        units=("units", "sum"),
        price=("price", "min"),
        price_currency=("price_currency", "first"),
        rungs=("rung", lambda rungs: ";".join(sorted(set(rungs)))),
        money=("money", "sum"),
    ).reset_index()
    table["netback_per_unit"] = table["money"] / table["units"]
    order = [*CELL[:1], "brand", *CELL[1:], "units", "price", "price_currency", "rungs"]
    table = table[[*order, "netback_per_unit", "money"]]
    return table.sort_values("money", ascending=False, kind="stable").reset_index(drop=True)


def moved(plan: Plan, before: Plan) -> pd.DataFrame:
    """One row per (lot, channel) whose units differ between two plans, the largest move first.

    Columns: lot, market, channel, units_before, units_now, units_moved (negative = fewer), and
    money_moved (netback money now less before).
    """
    then, now = (
        placements(each).set_index(CELL)[["units", "money"]].astype("float64")
        for each in (before, plan)
    )
    both = then.add_suffix("_before").join(now.add_suffix("_now"), how="outer").fillna(0.0)
    both["units_moved"] = both["units_now"] - both["units_before"]
    both["money_moved"] = both["money_now"] - both["money_before"]
    both = both[both["units_moved"] != 0].reset_index()
    for name in ("units_before", "units_now", "units_moved"):
        both[name] = both[name].astype("int64")
    order = both["units_moved"].abs().sort_values(ascending=False, kind="stable").index
    kept = [*CELL, "units_before", "units_now", "units_moved", "money_moved"]
    return both.loc[order, kept].reset_index(drop=True)
