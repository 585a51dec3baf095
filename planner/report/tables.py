"""Plan -> the tables people read on screen, in Excel, in CSV and on the command line."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import pandas as pd

from planner.domain.forms import with_forms
from planner.domain.vocabulary import Opens
from planner.errors import Finding, Loosening
from planner.language import english, say
from planner.plan.extract import BOUGHT_ROOM
from planner.plan.record import Plan
from planner.report.figures import co2e_by_line, figures, missed, share
from planner.report.headings import MONEY_LINES, SHARED, VALUE_PARTS

MODES = {
    "truck": "truck",
    "road": "road",
    "rail": "rail",
    "sea_fcl": "sea, full container",
    "sea_lcl": "sea, shared container",
    "air": "air",
    "parcel": "parcel",
    "express": "express",
}
EXIT_WORDS = {
    "hold": "Held in the warehouse",
    "jobber": "Sold to a jobber",
    "donate": "Donated",
    "recycle": "Recycled",
    "destroy": "Destroyed",
    "de_brand": "De-branded",
    "stay": "Stays unsold at its market",
}
OPENS_WORDS = {
    Opens.MARKET: "Opening of a market",
    Opens.CHANNEL: "Opening of a channel",
    Opens.BRAND_IN_CHANNEL: "Listing of a brand in a channel",
    Opens.EVENT: "Sales event",
}
GOAL_WORDS = {
    "recovery": "Value of the plan",
    "cleared_units": "Units cleared",
    "cash": "Cash in time",
    "fewest_markets": "Fewest markets",
    "co2e": "Least emissions",
}
ALREADY = "Already on the way: "
MISSED = {
    "short": english("short by {missing} {unit}, {currency} {price} each"),
    "over": english("over by {missing} {unit}, {currency} {price} each"),
    "missed": english("missed by {missing} {unit}, {currency} {price} each"),
}
MISSED_OF = {
    "short": english("short by {missing} {unit} of {promised} promised, {currency} {price} each"),
    "over": english("over by {missing} {unit} of {promised} allowed, {currency} {price} each"),
    "missed": english(
        "missed by {missing} {unit} of {promised} asked for, {currency} {price} each"
    ),
}
"""How far a soft limit is missed: where what is promised is nothing, and where it is something."""


def headline(plan: Plan) -> pd.DataFrame:
    """One row per figure. Columns: figure, amount (number or text), kind (as in headings)."""
    report, known = plan.report, figures(plan)
    header = plan.scenario.header
    rows: list[tuple[str, object, str]] = [
        ("Plan value", report.value, "money"),
        ("Upper bound no plan can exceed", report.bound, "money"),
        ("Gap to the bound", report.gap, "gap"),
        ("Status", report.status, "text"),
        *(
            (english("More than '{name}'", name=name), more, "money")
            for name, more in zip(
                plan.baselines.get("name", ()),
                plan.baselines.get("plan_earns_more", ()),
                strict=True,
            )
        ),
        ("Units in stock", known.units_available, "units"),
        ("Units shipped", known.units_shipped, "units"),
        ("Units left", known.units_left, "units"),
        ("Sell-through", known.sell_through, "share"),
        ("Exported share of units shipped", known.exported_share, "share"),
        ("Emissions of freight, kg CO2e", known.co2e_kg, "units"),
        ("Audit", verdict(plan), "text"),
        ("Scenario", header.scenario, "text"),
        ("Fingerprint", plan.scenario.fingerprint[:16], "text"),
    ]
    return pd.DataFrame(rows, columns=["figure", "amount", "kind"])


def verdict(plan: Plan) -> str:
    """What the independent audit says, in words."""
    count = len(plan.findings)
    if count == 0:
        return "Ready: nothing found"
    return f"NOT READY: {count:,} finding{'s' if count > 1 else ''}"


def shipments(plan: Plan) -> pd.DataFrame:
    """One row per shipment line, the first to leave first.

    Columns: line, lot, description, brand, category, market, channel, route (in words),
    ship_period, ship_date, arrival_date, sell_period, sale_date, units, cartons, kg, cbm, rung,
    price, price_currency, netback_per_unit, money.
    """
    lines = _with_lots(plan, plan.lines)
    lines["route"] = lines["route"].map(routes_in_words(plan, lines["route"]))
    for name in ("ship_date", "arrival_date", "sale_date"):
        lines[name] = pd.to_datetime(lines[name])
    ordered = lines.sort_values(["ship_period", "ship_date", "market", "lot"], kind="stable")
    wanted = [
        *("line", "lot", "description", "brand", "category", "market", "channel", "route"),
        *("ship_period", "ship_date", "arrival_date", "sell_period", "sale_date"),
        *("units", "cartons", "kg", "cbm", "rung", "price", "price_currency"),
        *("netback_per_unit", "money"),
    ]
    return ordered[wanted].reset_index(drop=True)


def sales(plan: Plan) -> pd.DataFrame:
    """One row per (channel, sell period).

    Columns: market, channel, channel_name, sell_period, period_start, units, average_price
    (local, tax included), currency, shoppers_paid, money, netback_per_unit.
    """
    paid = dict(zip(plan.waterfalls["line"], plan.waterfalls["consumer_paid"], strict=True))
    lines = plan.lines.assign(
        shoppers_paid=plan.lines["line"].map(paid).astype(float) * plan.lines["units"],
        turnover=plan.lines["price"] * plan.lines["units"],
    )
    keys = ["market", "channel", "sell_period", "price_currency"]
    grouped = lines.groupby(keys, as_index=False)[
        ["units", "turnover", "shoppers_paid", "money"]
    ].sum()
    names = {row.channel: row.name for row in plan.scenario.channels}
    grouped["channel_name"] = grouped["channel"].map(names)
    grouped["period_start"] = _starts(plan, grouped["sell_period"])
    grouped["average_price"] = grouped["turnover"] / grouped["units"]
    grouped["netback_per_unit"] = grouped["money"] / grouped["units"]
    wanted = [
        *("market", "channel", "channel_name", "sell_period", "period_start", "units"),
        *("average_price", "currency", "shoppers_paid", "money", "netback_per_unit"),
    ]
    return grouped.rename(columns={"price_currency": "currency"})[wanted]


def period_columns(plan: Plan) -> list[str]:
    """Names of the periods in the calendar: 'P1 2026-10-05' ..."""
    header = plan.scenario.header
    step = timedelta(days=header.days_per_period)
    return [f"P{k + 1} {header.start_date + k * step}" for k in range(header.periods)]


def price_calendar(plan: Plan) -> pd.DataFrame:
    """The mark-down calendar: one row per (channel, lot, nth price at the same time).

    Columns: market, channel, lot, description, currency, nth_price, one per period with the shelf
    price (tax included; blank = not on sale), units, lowest_share_of_tag. A second row for the
    same lot means that two prices hold in one period, for different units.
    """
    wanted = ["market", "channel", "lot", "description", "currency", "nth_price"]
    names = period_columns(plan)
    if plan.prices.empty:
        return pd.DataFrame(columns=[*wanted, *names, "units", "lowest_share_of_tag"])
    key = ["market", "channel", "lot", "currency"]
    listed = plan.prices.groupby([*key, "sell_period", "price"], as_index=False).agg(
        units=("units", "sum"), share_of_tag=("share_of_tag", "min")
    )
    listed = listed.sort_values([*key, "sell_period", "price"], ascending=[True] * 5 + [False])
    listed["nth_price"] = listed.groupby([*key, "sell_period"]).cumcount() + 1
    key = [*key, "nth_price"]
    wide = listed.pivot(index=key, columns="sell_period", values="price")
    wide = wide.reindex(columns=range(1, len(names) + 1)).set_axis(names, axis=1)
    sums = listed.groupby(key).agg(
        units=("units", "sum"), lowest_share_of_tag=("share_of_tag", "min")
    )
    calendar = wide.join(sums).reset_index()
    calendar["description"] = calendar["lot"].map(_lot_field(plan, "description"))
    return calendar[[*wanted, *names, "units", "lowest_share_of_tag"]]


def waterfalls(plan: Plan) -> pd.DataFrame:
    """One row per shipment line: line, lot, market, channel, units, every money line per unit."""
    falls = plan.waterfalls
    money = [name for name in MONEY_LINES if name in falls.columns]
    head = plan.lines[["line", "lot", "market", "channel", "units"]]
    return head.merge(falls[["line", *money]], on="line", how="left", validate="one_to_one")


def waterfall_totals(plan: Plan) -> pd.DataFrame:
    """One row per money line, from shelf price to netback.

    Columns: line (its field name), part, money_line, per_unit (average weighted by units), total,
    share_of_paid (of what shoppers pay).
    """
    falls = waterfalls(plan)
    money = [name for name in MONEY_LINES if name in falls.columns]
    totals = falls[money].mul(falls["units"], axis=0).sum()
    units = float(falls["units"].sum())
    paid = float(totals.get("consumer_paid", 0.0))
    return pd.DataFrame(
        {
            "line": money,
            "part": [MONEY_LINES[name][0] for name in money],
            "money_line": [MONEY_LINES[name][1] for name in money],
            "per_unit": [share(float(totals[name]), units) for name in money],
            "total": [float(totals[name]) for name in money],
            "share_of_paid": [share(float(totals[name]), paid) for name in money],
        }
    )


def boxes(plan: Plan) -> pd.DataFrame:
    """The box list: one row per box, and in words what is in it.

    Columns: box, equipment, contents, units, cartons, kg, payload_kg, cbm, usable_cbm,
    filled_share, leg, from_site, to_site (in words), depart_date, arrive_date, planned, cost.
    """
    table, loads = plan.boxes.copy(), box_loads(plan)
    inside = loads.groupby("box")
    for name in ("units", "cartons"):
        table[name] = table["box"].map(inside[name].sum()).fillna(0).astype("int64")
    contents = _contents(loads)
    table["contents"] = [contents.get(box, "empty") for box in table["box"]]
    sites = {row.site: row.name or row.site for row in plan.scenario.sites}
    for name in ("from_site", "to_site"):
        ends = {leg.leg: sites[getattr(leg, name)] for leg in plan.scenario.legs}
        table[name] = table["leg"].map(ends).fillna("")
    wanted = [
        *("box", "equipment", "contents", "units", "cartons", "kg", "payload_kg", "cbm"),
        *("usable_cbm", "filled_share", "leg", "from_site", "to_site", "depart_date"),
        *("arrive_date", "planned", "cost"),
    ]
    return table[wanted].reset_index(drop=True)


def _contents(loads: pd.DataFrame) -> dict[str, str]:
    """What is in each box, in words: 'A01 Linden jacket: 120; A02 Linden dress: 30'."""
    held = loads.groupby(["box", "lot", "description"], as_index=False)["units"].sum()
    goods = (held["lot"] + " " + held["description"]).str.strip()
    said = [f"{name}: {units:,}" for name, units in zip(goods, held["units"], strict=True)]
    return {str(box): "; ".join(part) for box, part in pd.Series(said).groupby(held["box"])}


def box_loads(plan: Plan) -> pd.DataFrame:
    """One row per box and shipment line in it.

    Columns: box, lot, description, line, brand, market, channel, units, cartons, kg, cbm.
    """
    of_line = plan.lines.set_index("line")
    held = _with_lots(plan, plan.box_loads)
    for name in ("brand", "market", "channel"):
        held[name] = held["line"].map(of_line[name])
    carton = {lot.lot: max(lot.units_per_carton, 1) for lot in with_forms(plan.scenario).lots}
    held["cartons"] = [
        -(-units // carton[lot]) for lot, units in zip(held["lot"], held["units"], strict=True)
    ]
    wanted = [
        *("box", "lot", "description", "line", "brand", "market", "channel", "units", "cartons"),
        *("kg", "cbm"),
    ]
    return held[wanted].reset_index(drop=True)


def charges(plan: Plan) -> pd.DataFrame:
    """One row per departure charged by its load: leg, depart_date, charged_on, load, declared,
    rate, minimum, currency, planned, cost."""
    wanted = [
        *("leg", "depart_date", "charged_on", "load", "declared", "rate", "minimum", "currency"),
        *("planned", "cost"),
    ]
    return plan.charges[wanted].reset_index(drop=True)


def exits(plan: Plan) -> pd.DataFrame:
    """One row per (lot, exit): what happens to units that are not shipped, and why.

    Columns: lot, description, brand, category, exit, exit_kind (in words), shipment, units,
    value_per_unit, money, reason.
    """
    kinds = {row.exit: EXIT_WORDS[row.kind.value] for row in plan.scenario.exits}
    left = _with_lots(plan, plan.exits)
    words = left["exit"].map(kinds)
    left["exit_kind"] = words.where(left["shipment"] == "", EXIT_WORDS["stay"]).fillna("")
    wanted = [
        *("lot", "description", "brand", "category", "exit", "exit_kind", "shipment"),
        *("units", "value_per_unit", "money", "reason"),
    ]
    if "reason" not in left:
        left["reason"] = ""
    return left[wanted].reset_index(drop=True)


def limits(plan: Plan) -> pd.DataFrame:
    """One row per (rule, label, period), those that hold the plan back first, dearest first.

    Left out are room of boxes and departures that the plan does not pay for at all, and leaks, which
    `arbitrage` tells.

    Columns: binding ('yes' or ''), rule, label, period, period_start, unit, used, limit,
    share_used, marginal_value (planning currency for one more unit of the limit).
    """
    rule = plan.limits["rule"]
    unpaid = rule.isin(BOUGHT_ROOM) & (plan.limits["limit"] <= 0)
    table = plan.limits[~unpaid & (rule != "corridor_leak")].copy()
    worth = table["marginal_value"].astype(float).abs().fillna(0.0)
    table["binding"] = (worth > 1e-6).map({True: "yes", False: ""})
    table["period_start"] = _starts(plan, table["period"])
    table["rule"] = _as_words(table["rule"])
    table = table.assign(worth=worth).sort_values(
        ["worth", "share_used", "rule", "label", "period"],
        ascending=[False, False, True, True, True],
        kind="stable",
    )
    wanted = [
        *("binding", "rule", "label", "period", "period_start", "unit", "used", "limit"),
        *("share_used", "marginal_value"),
    ]
    return table[wanted].reset_index(drop=True)


def openings(plan: Plan) -> pd.DataFrame:
    """One row per certificate, shipment paper or opening paid.

    Columns: rule, requirement (the rule in words), market, subject, route (in words), ship_period, cost.
    """
    table = plan.openings.copy()
    said = {row.rule: row.description for row in plan.scenario.rules}
    said |= {row.opening: OPENS_WORDS[row.opens] for row in plan.scenario.opening_terms}
    table["requirement"] = table["rule"].map(said).fillna("")
    table["market"] = table["market"].replace("", SHARED)
    table["route"] = table["route"].map(routes_in_words(plan, table["route"]))
    wanted = ["rule", "requirement", "market", "subject", "route", "ship_period", "cost"]
    return table[wanted].reset_index(drop=True)


def shortfalls(plan: Plan) -> pd.DataFrame:
    """One row per soft limit that is missed, the dearest first.

    Columns: rule, label, period, missed (in words), promised, missing, unit, short_price (of one
    missing), cost.
    """
    table = missed(plan).rename(
        columns={
            "subject": "label",
            "promised_units": "promised",
            "units": "missing",
            "price": "short_price",
        }
    )
    key = ["rule", "label", "period"]
    columns = (plan.limits[name] for name in (*key, "used"))
    used = {tuple(of): amount for *of, amount in zip(*columns, strict=True)}
    currency = plan.scenario.header.currency
    table["missed"] = [
        _missed(row, used.get((row["rule"], row["label"], row["period"])), currency)
        for row in table.to_dict("records")
    ]
    table["rule"] = _as_words(table["rule"])
    table = table.sort_values("cost", ascending=False, kind="stable", ignore_index=True)
    return table[[*key, "missed", "promised", "missing", "unit", "short_price", "cost"]]


def _missed(row: Mapping[Hashable, Any], used: float | None, currency: str) -> str:
    """'short by 120 units of 500 promised, CNY 2 each'; what is used is not known of every limit."""
    promised, unit = row["promised"], row["unit"].partition(" above ")[0]
    over = (used or 0.0) > promised
    way = "missed" if used is None else "over" if over else "short"
    return english(
        (MISSED_OF if promised else MISSED)[way],
        missing=_plain(row["missing"]),
        unit=unit,
        promised=_plain(promised),
        currency=currency,
        price=_plain(row["short_price"]),
    )


def breaches(plan: Plan) -> pd.DataFrame:
    """One row per shipment line and soft rule about one offer it breaks, the dearest first.

    Columns: rule, line, lot, description, brand, market, channel, units, depth_per_unit (planning
    currency beyond a price bound, else 1), breach_price (of a unit of depth), cost.
    """
    table = plan.breaches.rename(columns={"price": "breach_price"})
    of_line = plan.lines.set_index("line")
    for name in ("lot", "brand", "market", "channel"):
        table[name] = table["line"].map(of_line[name])
    table = _with_lots(plan, table).assign(rule=_as_words(table["rule"]))
    wanted = [
        *("rule", "line", "lot", "description", "brand", "market", "channel", "units"),
        *("depth_per_unit", "breach_price", "cost"),
    ]
    table = table.sort_values("cost", ascending=False, kind="stable", ignore_index=True)
    return table[wanted]


def loosenings(found: Iterable[Loosening]) -> pd.DataFrame:
    """One row per limit that has to give so that there is a plan.

    Columns: rule, label, period, change (in words).
    """
    rows = [
        (
            each.rule.replace("_", " "),
            each.label,
            each.period,
            english(
                "{direction} by {by:,.10g} {unit} to {limit:,.10g}",
                direction=each.direction,
                by=each.by,
                unit=each.unit,
                limit=each.new_limit,
            ),
        )
        for each in found
    ]
    return pd.DataFrame(rows, columns=["rule", "label", "period", "change"])


def arbitrage(plan: Plan) -> pd.DataFrame:
    """One row per style and pair of markets a trader could carry it between, the best first.

    Columns: style, from_market, to_market, lowest_price, highest_price, carrying_limit,
    profit_per_unit, allowed, cost.
    """
    keys = ["profit_per_unit", "style", "from_market", "to_market"]
    return plan.arbitrage.sort_values(keys, ascending=[False, True, True, True], ignore_index=True)


def parties(plan: Plan) -> pd.DataFrame:
    """One row per party: party, money, per_unit (of units shipped), share_of_money."""
    table = plan.parties[["party", "money"]].copy()
    whole = float(table["money"].sum())
    units = float(plan.lines["units"].sum())
    table["per_unit"] = [share(float(money), units) for money in table["money"]]
    table["share_of_money"] = [share(float(money), whole) for money in table["money"]]
    return table.reset_index(drop=True)


def baselines(plan: Plan) -> pd.DataFrame:
    """One row per careful hand-made plan: name, value, units_shipped, plan_earns_more."""
    return plan.baselines[["name", "value", "units_shipped", "plan_earns_more"]].reset_index(
        drop=True
    )


def goals(plan: Plan) -> pd.DataFrame:
    """One row per goal in its order: order, goal, tolerance, unit, best, bound, kept, reached."""
    return plan.goals.assign(goal=plan.goals["goal"].map(GOAL_WORDS)).reset_index(drop=True)


def value_parts(plan: Plan) -> pd.DataFrame:
    """What the plan's value is made up of, costs negative: value_part, money."""
    parts = figures(plan).parts_that_count
    return pd.DataFrame(
        {"value_part": [VALUE_PARTS[name] for name in parts], "money": list(parts.values())}
    )


def values_compared(plan: Plan) -> pd.DataFrame:
    """Baselines, the plan and the bound in one list: name, value."""
    rows = [
        *zip(plan.baselines["name"], plan.baselines["value"].astype(float), strict=True),
        ("This plan", plan.report.value),
        ("Upper bound", plan.report.bound),
    ]
    return pd.DataFrame(rows, columns=["name", "value"])


def findings(plan: Plan) -> pd.DataFrame:
    """One row per finding of the audit: table, row, field, problem, remedy."""
    return as_table(plan.findings)


def as_table(found: Iterable[Finding]) -> pd.DataFrame:
    """One row per finding: table, row, field, problem, remedy."""
    names = ["table", "row", "field", "problem", "remedy"]
    rows = [[getattr(each, name) for name in names] for each in found]
    return pd.DataFrame(rows, columns=names)


def line_emissions(plan: Plan) -> pd.Series:
    """Kilograms of CO2e by line, 0 for lines that move by no leg."""
    return co2e_by_line(plan).reindex(plan.lines["line"]).fillna(0.0)


def _as_words(names: pd.Series) -> pd.Series:
    """Names of the planner's rules as people write them."""
    return names.map(lambda name: str(name).replace("_", " "))


def _plain(number: float) -> str:
    """A number in a sentence: '1,200', '0.35', '0.00125'."""
    small = 0 < abs(number) < 0.01
    return f"{number:.3g}" if small else f"{number:,.2f}".removesuffix(".00")


def _with_lots(plan: Plan, table: pd.DataFrame) -> pd.DataFrame:
    """A table with the description and category of its lots."""
    return table.assign(
        description=table["lot"].map(_lot_field(plan, "description")).fillna(""),
        category=table["lot"].map(_lot_field(plan, "category")).fillna(""),
    )


def _lot_field(plan: Plan, name: str) -> dict[str, str]:
    return {lot.lot: str(getattr(lot, name)) for lot in with_forms(plan.scenario).lots}


def _starts(plan: Plan, periods: pd.Series) -> pd.Series:
    """First day of each period; none for period 0, the whole horizon."""
    header = plan.scenario.header
    days = (periods.astype("int64") - 1) * header.days_per_period
    first = pd.Timestamp(header.start_date) + pd.to_timedelta(days, unit="D")
    return first.where(periods.astype("int64") > 0)


def routes_in_words(plan: Plan, routes: Iterable[str]) -> dict[str, str]:
    """Each route in words: 'Shanghai to Hangzhou (truck), Hangzhou to Hai Phong (road)'."""
    sites = {row.site: row.name or row.site for row in plan.scenario.sites}
    legs = {row.leg: row for row in plan.scenario.legs}

    def words(route: str) -> str:
        if route.startswith("frozen "):
            return ALREADY + route.removeprefix("frozen ")
        taken = [legs[name] for name in route.split(" > ") if name in legs]
        if not taken:
            return route
        stops = [f"> {sites[leg.to_site]} ({say(MODES[leg.mode.value])})" for leg in taken]
        return " ".join([sites[taken[0].from_site], *stops])

    return {route: words(route) for route in set(routes)}
