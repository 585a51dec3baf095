"""Plan -> the same figures for every market, side by side."""

from __future__ import annotations

import pandas as pd

from planner.plan.record import Plan
from planner.report.figures import boxes_by_line, share
from planner.report.headings import LANDED_LINES, MONEY_LINES
from planner.report.tables import waterfalls

ALL_MARKETS = "All markets"


def by_market(plan: Plan) -> pd.DataFrame:
    """One row per market that is sold to, the one that brings most first.

    Columns: market, market_name, units, share_of_units, money, share_of_value, netback_per_unit,
    share_of_tag (average shelf price), landed_cost_per_unit (LANDED_LINES), days_to_cash (from
    shipping), demand_used (of the pools and periods listed among the limits), cartons, boxes
    (container loads), cbm, kg.
    """
    lines = _costed(plan)
    names = {row.market: row.name for row in plan.scenario.markets}
    sums = lines.groupby("market", as_index=False)[
        ["units", "money", "cartons", "boxes", "cbm", "kg", "landed", "waited", "tag_share"]
    ].sum()
    units = sums["units"]
    table = sums.assign(
        market_name=sums["market"].map(names),
        share_of_units=units / max(float(units.sum()), 1.0),
        share_of_value=[share(money, float(sums["money"].sum())) for money in sums["money"]],
        netback_per_unit=sums["money"] / units,
        share_of_tag=sums["tag_share"] / units,
        landed_cost_per_unit=sums["landed"] / units,
        days_to_cash=sums["waited"] / units,
        demand_used=sums["market"].map(demand_used(plan)),
    )
    wanted = [
        *("market", "market_name", "units", "share_of_units", "money", "share_of_value"),
        *("netback_per_unit", "share_of_tag", "landed_cost_per_unit", "days_to_cash"),
        *("demand_used", "cartons", "boxes", "cbm", "kg"),
    ]
    return table[wanted].sort_values("money", ascending=False, kind="stable", ignore_index=True)


def markets_side_by_side(plan: Plan) -> pd.DataFrame:
    """One row per money line; per-unit averages weighted by units, planning currency.

    Columns: part, money_line, one per market (most units first), 'All markets'. The first row,
    of part 'Units', counts units.
    """
    falls = waterfalls(plan)
    money = [name for name in MONEY_LINES if name in falls.columns]
    weighted = falls[money].mul(falls["units"], axis=0)
    sums = weighted.groupby(falls["market"]).sum()
    units = falls.groupby("market")["units"].sum().sort_values(ascending=False, kind="stable")
    averages = sums.div(units, axis=0).loc[units.index].T
    averages[ALL_MARKETS] = [
        share(float(weighted[name].sum()), float(units.sum())) for name in money
    ]
    counted = pd.DataFrame([[*units, units.sum()]], columns=averages.columns, dtype=float)
    table = pd.concat([counted, averages], ignore_index=True)
    table.insert(0, "part", ["Units", *(MONEY_LINES[name][0] for name in money)])
    table.insert(1, "money_line", ["Units shipped", *(MONEY_LINES[name][1] for name in money)])
    return table


def demand_used(plan: Plan) -> dict[str, float]:
    """Share of the demand of each market's pools that the plan takes, from the limits table."""
    pools = plan.limits[plan.limits["rule"] == "demand_pool"]
    if pools.empty:
        return {}
    markets = {row.channel: row.market for row in plan.scenario.channels}
    market = pools["label"].str.split(" | ", regex=False).str[0].map(markets)
    sums = pools.groupby(market)[["used", "limit"]].sum()
    sums = sums[sums["limit"] > 0]
    return {str(name): float(value) for name, value in (sums["used"] / sums["limit"]).items()}


def _costed(plan: Plan) -> pd.DataFrame:
    """The lines with their totals of landed cost, days to cash x units, price share x units."""
    lines = plan.lines
    falls = plan.waterfalls.set_index("line")
    landed = falls[[name for name in LANDED_LINES if name in falls.columns]].sum(axis=1)
    payment = {row.channel: row.payment_days for row in plan.scenario.channels}
    on_way = pd.to_datetime(lines["sale_date"]) - pd.to_datetime(lines["ship_date"])
    days = on_way.dt.days + lines["channel"].map(payment).astype(float)
    return lines.assign(
        boxes=lines["line"].map(boxes_by_line(plan)).astype(float).fillna(0.0),
        landed=lines["line"].map(landed).astype(float) * lines["units"],
        waited=days * lines["units"],
        tag_share=_tag_shares(plan) * lines["units"],
    )


def _tag_shares(plan: Plan) -> pd.Series:
    """Shelf price of each line as a share of its lot's tag, from the price list."""
    key = ["channel", "lot", "sell_period", "rung"]
    shares = plan.prices.groupby(key, as_index=False)["share_of_tag"].mean()
    merged = plan.lines[key].merge(shares, on=key, how="left")
    return pd.Series(merged["share_of_tag"].to_numpy(dtype=float), index=plan.lines.index)
