"""A plan -> the tables behind its pictures, and for each picture the title that states the finding.

Tables only: how they are drawn is the pages' business.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.domain.forms import MADE_BY
from planner.domain.lookup import Lookup
from planner.domain.vocabulary import Perspective
from planner.landed_cost.options import price_scenario
from planner.language import english
from planner.plan.record import Plan
from planner.report.backlog import entry_sites, plan_backlog
from planner.report.figures import share
from planner.report.headings import MONEY_LINES, heading
from planner.report.places import places

TAKES = ("refunds", "sales_vat", "reseller_margin", "partner_share", "marketplace_fee", "payment_fee",
         "local_opex", "return_costs", "last_mile", "freight_domestic", "freight_international",
         "handling", "handling_abroad", "picking", "storage_origin", "storage_entry", "relabelling",
         "insurance", "duty", "antidumping", "levies", "excise", "import_vat", "credit_loss",
         "credit_insurance", "cost_of_money")  # fmt: skip
GIVES = ("return_recovery", "export_refund")
START, END = "shelf_price", "netback"
OTHER = "other_party"
OTHER_WORDS = {
    Perspective.BRAND: "To the platform",
    Perspective.PLATFORM: "To the brand",
    Perspective.BOTH: "To others",
}


# --- flow map


def map_nodes(plan: Plan) -> pd.DataFrame:
    """One row per site and market goods pass: kind (site kind or 'market'), name, words, latitude,
    longitude, units (that leave an origin, enter another site, are sold in a market).

    Places that are not known are left out.
    """
    at, scenario = places(plan.scenario), plan.scenario
    through = pd.concat(
        [plan.legs.groupby("to_site")["units"].sum(),
         plan.legs[plan.legs["sequence"] == 1].groupby("from_site")["units"].sum()]
    ).groupby(level=0).sum()  # fmt: skip
    sold = plan.lines.groupby("market")["units"].sum()
    rows = [
        (
            row.kind.value,
            row.site,
            row.name or row.site,
            *at["site", row.site],
            int(through[row.site]),
        )
        for row in scenario.sites
        if ("site", row.site) in at and row.site in through.index
    ] + [
        (
            "market",
            row.market,
            row.name or row.market,
            *at["market", row.market],
            int(sold[row.market]),
        )
        for row in scenario.markets
        if ("market", row.market) in at and row.market in sold.index
    ]
    names = ["kind", "name", "words", "latitude", "longitude", "units"]
    return pd.DataFrame(rows, columns=names)


def map_flows(plan: Plan) -> pd.DataFrame:
    """One row per pair of sites and mode goods move between: from_site, to_site, mode, units, cbm,
    freight (PC), and the latitude and longitude of both ends; the greatest first."""
    keys = ["from_site", "to_site", "mode"]
    table = plan.legs.groupby(keys, as_index=False)[["units", "cbm", "freight"]].sum()
    at = places(plan.scenario)
    for end in ("from", "to"):
        known = [at.get(("site", name), (np.nan, np.nan)) for name in table[f"{end}_site"]]
        table[f"{end}_latitude"] = [place[0] for place in known]
        table[f"{end}_longitude"] = [place[1] for place in known]
    return table.sort_values("units", ascending=False, kind="stable", ignore_index=True)


def map_title(plan: Plan) -> str:
    """'Lagos takes 41 % of units at 62.00 CNY a unit': the entry site most units pass."""
    if plan.lines.empty:
        return english("Nothing is shipped")
    lines = plan.lines.assign(entry=entry_sites(plan))
    by = lines.groupby("entry")[["units", "money"]].sum()
    by = by.sort_values("units", ascending=False, kind="stable")
    names = {row.site: row.name or row.site for row in plan.scenario.sites}
    first, units = by.iloc[0], float(by["units"].sum())
    brings = share(float(first["money"]), float(first["units"]))
    return english(
        "{site} takes {share} of units at {money} {currency} a unit",
        site=names[str(by.index[0])],
        share=_percent(share(float(first["units"]), units)),
        money=f"{brings:,.2f}",
        currency=plan.scenario.header.currency,
    )


# --- sankey


def sankey(plan: Plan) -> pd.DataFrame:
    """One row per (origin, destination): source (origin site), target (market, or exit), kind of the
    target ('market' or 'exit'), units, money (PC); all units of the stock, once."""
    origin = {row.lot: row.origin for row in plan.scenario.lots}
    sold = pd.DataFrame(
        {
            "source": plan.lines["lot"].str.split(MADE_BY, regex=False).str[0].map(origin),
            "target": plan.lines["market"],
            "kind": "market",
            "units": plan.lines["units"],
            "money": plan.lines["money"],
        }
    )
    left = pd.DataFrame(
        {
            "source": plan.exits["lot"].map(origin),
            "target": plan.exits["exit"],
            "kind": "exit",
            "units": plan.exits["units"],
            "money": plan.exits["money"],
        }
    )
    table = pd.concat([part for part in (sold, left) if len(part)] or [sold])
    sums = table.groupby(["source", "target", "kind"], as_index=False)[["units", "money"]].sum()
    return sums.sort_values("units", ascending=False, kind="stable", ignore_index=True)


def sankey_title(plan: Plan) -> str:
    """'88 % of the stock is sold, 34 % abroad; 12 % is left, most of it to jobber'."""
    stock = sum(lot.units for lot in plan.scenario.lots)
    home = plan.scenario.header.home_country
    abroad = {row.market for row in plan.scenario.markets if row.country != home}
    sold = float(plan.lines["units"].sum())
    away = float(plan.lines.loc[plan.lines["market"].isin(abroad), "units"].sum())
    some = {"sold": _percent(share(sold, stock)), "away": _percent(share(away, stock))}
    left = plan.exits.groupby("exit")["units"].sum().sort_values(ascending=False, kind="stable")
    if left.empty:
        return english("{sold} of the stock is sold, {away} abroad", **some)
    return english(
        "{sold} of the stock is sold, {away} abroad; {left} is left, most of it to {exit}",
        **some,
        left=_percent(share(float(left.sum()), stock)),
        exit=left.index[0],
    )


# --- waterfall


def waterfall_steps(plan: Plan, market: str | None = None, lot: str | None = None) -> pd.DataFrame:
    """One row per step from shelf price to netback, PC per unit, averages weighted by units.

    Columns: step, words, change (signed; the first is the shelf price), reached (after the step). The
    last is the netback itself, with change 0. Steps that are nothing are left out.
    """
    lines = plan.lines
    chosen = np.ones(len(lines), dtype=bool)
    if market is not None:
        chosen &= (lines["market"] == market).to_numpy()
    if lot is not None:
        chosen &= (lines["lot"] == lot).to_numpy()
    units = lines["units"].to_numpy(dtype=float)[chosen]
    falls = plan.waterfalls.set_index("line").loc[lines["line"][chosen]]
    mean = falls.mul(units, axis=0).sum() / max(float(units.sum()), 1.0)
    steps = [(START, float(mean[START]))]
    steps += [(name, -float(mean[name])) for name in TAKES]
    steps += [(name, float(mean[name])) for name in GIVES]
    so_far = sum(change for _, change in steps)
    steps.append((OTHER, float(mean[END]) - so_far))
    counted = [step for step in steps if step[0] == START or abs(step[1]) > 1e-9]
    reached = np.cumsum([change for _, change in counted])
    words = [
        OTHER_WORDS[plan.scenario.header.perspective] if name == OTHER else MONEY_LINES[name][1]
        for name, _ in counted
    ]
    table = pd.DataFrame(
        {
            "step": [name for name, _ in counted],
            "words": words,
            "change": [change for _, change in counted],
            "reached": reached,
        }
    )
    last = pd.DataFrame([(END, MONEY_LINES[END][1], 0.0, reached[-1])], columns=table.columns)
    return pd.concat([table, last], ignore_index=True)


def waterfall_title(steps: pd.DataFrame, currency: str) -> str:
    """'Of 120.00 CNY on the shelf 41.20 come back (34 %); what takes most: Reseller margin, 30.00'."""
    first, last = float(steps["change"].iloc[0]), float(steps["reached"].iloc[-1])
    costs = steps.iloc[1:-1].sort_values("change", kind="stable")
    some = {
        "shelf": f"{first:,.2f}",
        "currency": currency,
        "back": f"{last:,.2f}",
        "share": _percent(share(last, first)),
    }
    if costs.empty or costs["change"].iloc[0] >= 0:
        return english("Of {shelf} {currency} on the shelf {back} come back ({share})", **some)
    return english(
        "Of {shelf} {currency} on the shelf {back} come back ({share}); what takes most: {cost}, "
        "{most}",
        **some,
        cost=costs["words"].iloc[0],
        most=f"{-costs['change'].iloc[0]:,.2f}",
    )


# --- lots x markets


def heat_map(plan: Plan) -> pd.DataFrame:
    """One row per (lot, market) an open option leads to: lot, market, netback (of the best option,
    PC per unit), units (of the plan, forms included)."""
    priced = price_scenario(Lookup(plan.scenario))
    lots, channels = priced.lookup.scenario.lots, priced.lookup.scenario.channels
    names = np.array([lots[k].lot for k in priced.lookup.parent], dtype=object)
    market = np.array([row.market for row in channels], dtype=object)
    table = pd.DataFrame(
        {
            "lot": names[priced.options.lot],
            "market": market[priced.options.channel],
            "netback": priced.options.netback,
        }
    )
    best = table.groupby(["lot", "market"])["netback"].max()
    own = plan.lines["lot"].str.split(MADE_BY, regex=False).str[0]
    sold = plan.lines["units"].groupby([own, plan.lines["market"]]).sum()
    sold.index.names = ["lot", "market"]
    joined = best.to_frame().join(sold.rename("units"), how="left").fillna({"units": 0})
    return joined.astype({"units": int}).reset_index()


def heat_map_title(table: pd.DataFrame, currency: str) -> str:
    """'The best market of 23 of 60 lots is ZA; the best cell is L7 in NG at 210.00 CNY a unit'."""
    if table.empty:
        return english("No lot can be sold anywhere")
    best = table.sort_values(["netback", "lot", "market"], ascending=[False, True, True])
    first = best.drop_duplicates("lot")
    most = first["market"].value_counts()
    top = best.iloc[0]
    return english(
        "The best market of {some} of {lots} lots is {market}; the best cell is {lot} in {place} at "
        "{money} {currency} a unit",
        some=f"{int(most.iloc[0]):,}",
        lots=f"{len(first):,}",
        market=most.index[0],
        lot=top["lot"],
        place=top["market"],
        money=f"{top['netback']:,.2f}",
        currency=currency,
    )


# --- calendar


def calendar(plan: Plan) -> pd.DataFrame:
    """One row per arrival and per mark-down, in order of date: date, event ('arrival' or
    'mark-down'), market, channel, lot ('' = several), units, words."""
    arrived = plan.lines.groupby(["arrival_date", "market"], as_index=False)["units"].sum()
    rows: list[tuple[object, ...]] = [
        (date, "arrival", market, "", "", int(units), _arrival(units, market))
        for date, market, units in arrived.itertuples(index=False)
    ]
    keys = ["market", "channel", "lot", "currency"]
    for (market, channel, lot, currency), prices in plan.prices.groupby(keys):
        # Within a period the dearer price stands first: two rungs in one period are a mark-down.
        ordered = prices.sort_values(["sell_period", "price"], ascending=[True, False])
        before = ordered["price"].shift()
        for date, price, old, units in zip(
            ordered["sale_date"], ordered["price"], before, ordered["units"], strict=True
        ):
            if price < old:
                words = english(
                    "{lot} in {channel}: marked down from {old} to {price} {currency}",
                    lot=lot,
                    channel=channel,
                    old=f"{old:,.2f}",
                    price=f"{price:,.2f}",
                    currency=currency,
                )
                rows.append((date, "mark-down", market, channel, lot, int(units), words))
    names = ["date", "event", "market", "channel", "lot", "units", "words"]
    table = pd.DataFrame(rows, columns=names)
    table["date"] = pd.to_datetime(table["date"])
    return table.sort_values(["date", "event", "market", "lot"], kind="stable", ignore_index=True)


def _arrival(units: int, market: str) -> str:
    return english("{units} units arrive for {market}", units=f"{units:,}", market=market)


def calendar_title(table: pd.DataFrame) -> str:
    """'Goods arrive on 14 days from 2026-10-07 to 2027-02-01; 9 prices are marked down'."""
    arrivals = table[table["event"] == "arrival"]
    if arrivals.empty:
        return english("Nothing arrives")
    days, downs = arrivals["date"].dt.date, int((table["event"] == "mark-down").sum())
    marked = {0: english("no price is marked down"), 1: english("1 price is marked down")}
    return english(
        "Goods arrive on {count} days from {first} to {last}; {marked}",
        count=f"{days.nunique():,}",
        first=days.min(),
        last=days.max(),
        marked=marked.get(downs, english("{count} prices are marked down", count=f"{downs:,}")),
    )


# --- hubs and boxes


def hub_load(plan: Plan) -> pd.DataFrame:
    """One row per (site, work, period): site, work ('goods in' or 'labelling'), period, period_start,
    used, limit (units), share_used, waiting (most orders that wait there at the end of a day)."""
    works = {"site_throughput": english("goods in"), "relabelling": english("labelling")}
    limits = plan.limits[plan.limits["rule"].isin(works)]
    header = plan.scenario.header
    starts = pd.Timestamp(header.start_date) + pd.to_timedelta(
        (limits["period"].astype(int) - 1) * header.days_per_period, "D"
    )
    table = pd.DataFrame(
        {
            "site": limits["label"],
            "work": limits["rule"].map(works),
            "period": limits["period"].astype(int),
            "period_start": starts,
            "used": limits["used"].astype(float),
            "limit": limits["limit"].astype(float),
            "share_used": limits["share_used"].astype(float),
        }
    )
    queue = plan_backlog(plan)
    queue = queue.assign(period=(queue["day"].astype(int) - 1) // header.days_per_period + 1)
    waiting = queue.groupby(["site", "period"])["waiting"].max()
    table = table.join(waiting, on=["site", "period"]).fillna({"waiting": 0.0})
    return table.sort_values(["site", "work", "period"], ignore_index=True)


def hub_load_title(table: pd.DataFrame) -> str:
    """'HUB, goods in: full in 3 of 8 periods; fullest in period 2, at 100 %'."""
    if table.empty:
        return english("No site is near a limit of its work")
    top = table.sort_values("share_used", ascending=False, kind="stable").iloc[0]
    same = table[(table["site"] == top["site"]) & (table["work"] == top["work"])]
    full = int((same["share_used"] >= 1 - 1e-6).sum())
    return english(
        "{site}, {work}: full in {full} of {count} periods; fullest in period {period}, at {share}",
        site=top["site"],
        work=top["work"],
        full=full,
        count=len(same),
        period=top["period"],
        share=_percent(float(top["share_used"])),
    )


def backlog_title(queue: pd.DataFrame) -> str:
    """'At most 1,200 orders wait at HUB, on 2026-11-12', of a table as in `planner.report.backlog`."""
    if queue.empty or not queue["waiting"].astype(float).max() > 0:
        return english("Every order leaves on the day it comes")
    top = queue.sort_values("waiting", ascending=False, kind="stable").iloc[0]
    return english(
        "At most {count} orders wait at {site}, on {day}",
        count=f"{top['waiting']:,.0f}",
        site=top["site"],
        day=top["date"].date(),
    )


def box_fill(plan: Plan) -> pd.DataFrame:
    """One row per box: box, leg, depart_date, equipment, volume_share, weight_share, filled_share, cost."""
    boxes = plan.boxes
    return pd.DataFrame(
        {
            "box": boxes["box"],
            "leg": boxes["leg"],
            "depart_date": pd.to_datetime(boxes["depart_date"]),
            "equipment": boxes["equipment"],
            "volume_share": boxes["cbm"].astype(float) / boxes["usable_cbm"].astype(float),
            "weight_share": boxes["kg"].astype(float) / boxes["payload_kg"].astype(float),
            "filled_share": boxes["filled_share"].astype(float),
            "cost": boxes["cost"].astype(float),
        }
    )


def box_fill_title(table: pd.DataFrame, currency: str) -> str:
    """'Boxes: 12, 91 % full on average; the emptiest, B0007, leaves 40 % full'; empty room in money."""
    if table.empty:
        return english("No whole boxes are paid for")
    mean = float(table["filled_share"].mean())
    least = table.sort_values("filled_share", kind="stable").iloc[0]
    unused = float(((1 - table["filled_share"]) * table["cost"]).sum())
    return english(
        "Boxes: {count}, {mean} full on average; the emptiest, {box}, leaves {share} full; empty room "
        "costs {money} {currency}",
        count=f"{len(table):,}",
        mean=_percent(mean),
        box=least["box"],
        share=_percent(float(least["filled_share"])),
        money=f"{unused:,.0f}",
        currency=currency,
    )


# --- fronts


def pareto_title(table: pd.DataFrame) -> str:
    """What the last point gives up of the first goal and gains of the second, of a front as in
    `planner.report.pareto`."""
    if len(table) < 2:
        return english("The two goals are not in each other's way")
    first, second = (heading(str(name)).text for name in table.columns[:2])
    one, two = table.iloc[0], table.iloc[-1]
    lost, gained = abs(one.iloc[0] - two.iloc[0]), abs(two.iloc[1] - one.iloc[1])
    return english(
        "From end to end {gained} of '{second}' cost {lost} of '{first}'",
        gained=f"{gained:,.0f}",
        second=second,
        lost=f"{lost:,.0f}",
        first=first,
    )


def _percent(part: float) -> str:
    return f"{part:.0%}".replace("%", " %")
