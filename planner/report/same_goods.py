"""A plan and two to eight markets -> their unit economics and facts on the same goods, side by side.

Every lot that can be sold in all of the markets counts, at its best option in each, weighted by its
units: a market does not look better because it gets the better goods. Demand and capacity used are
the plan's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.domain.arrays import Ints
from planner.domain.lookup import Lookup, column
from planner.domain.records import ComplianceRule, Duty
from planner.domain.scenario import Scenario
from planner.domain.selectors import matches
from planner.domain.vocabulary import Confidence, DutyKind
from planner.landed_cost.options import Priced, price_scenario
from planner.plan.record import PARTIES, Plan
from planner.report.figures import share
from planner.report.headings import LANDED_LINES, MONEY_LINES
from planner.report.markets import demand_used

MOST = 8
"""Markets that can be read side by side."""
FACTS = ["part", "figure", "kind"]
REGIME = ["market", "rule", "what", "valid_from", "valid_to", "source"]
PARTY_WORDS = {
    "brand": "Brand",
    "platform": "Platform",
    "reseller": "Resellers",
    "tax": "Tax authorities",
    "carriers": "Carriers",
    "services": "Services and banks",
}


@dataclass(frozen=True)
class SameGoods:
    """Markets on the same goods.

    lots: the goods compared; best: one row per (lot, market), its best option: lot, market, channel,
    units, netback, days_to_cash, lead_days, transit_spread_days, tag_share, then its money lines (PC
    per unit).
    """

    markets: tuple[str, ...]
    lots: tuple[str, ...]
    best: pd.DataFrame

    @property
    def waterfall(self) -> pd.DataFrame:
        """One row per money line: part, money_line, one column per market, PC per unit."""
        lines = [name for name in MONEY_LINES if name in self.best]
        averages = self.averages(lines).T
        averages.insert(0, "part", [MONEY_LINES[name][0] for name in lines])
        averages.insert(1, "money_line", [MONEY_LINES[name][1] for name in lines])
        return averages.reset_index(drop=True)

    def averages(self, names: Sequence[str]) -> pd.DataFrame:
        """Averages weighted by units, one row per market in the order asked for."""
        weighted = self.best[list(names)].astype(float).mul(self.best["units"], axis=0)
        by = self.best["market"].to_numpy()
        units = self.best["units"].groupby(by).sum()
        return weighted.groupby(by).sum().div(units, axis=0).reindex(list(self.markets))


def same_goods(plan: Plan, markets: Sequence[str], lots: Sequence[str] | None = None) -> SameGoods:
    """The goods that can be sold in all the markets (of those named), at their best option in each.

    Raises ValueError for fewer than two markets, more than eight, or one the scenario does not know.
    """
    known = {row.market for row in plan.scenario.markets}
    unknown = [name for name in markets if name not in known]
    if not 2 <= len(set(markets)) <= MOST or unknown:
        why = f"unknown: {', '.join(unknown)}" if unknown else f"{len(set(markets))} named"
        raise ValueError(f"Choose two to eight markets of the scenario; {why}.")
    priced = price_scenario(Lookup(plan.scenario))
    best = _best(priced, markets)
    if lots is not None:
        best = best[best["lot"].isin(lots)]
    count = best.groupby("lot")["market"].nunique()
    common = count[count == len(set(markets))].index
    best = best[best["lot"].isin(common)].reset_index(drop=True)
    return SameGoods(tuple(dict.fromkeys(markets)), tuple(sorted(common)), best)


def _best(priced: Priced, markets: Sequence[str]) -> pd.DataFrame:
    """The option of the greatest worth of every (lot, market); forms are not compared."""
    lookup, options, trips = priced.lookup, priced.options, priced.trips
    scenario = lookup.scenario
    market = np.array([row.market for row in scenario.channels], dtype=object)[options.channel]
    own = ~lookup.is_form[options.lot] & np.isin(market, list(markets))
    rows = np.flatnonzero(own)
    order = np.lexsort((-options.worth[rows], market[rows].astype(str), options.lot[rows]))
    rows = rows[order]
    first = pd.DataFrame({"lot": options.lot[rows], "market": market[rows]}).drop_duplicates()
    rows = rows[first.index.to_numpy()]
    chosen = options.take(rows)
    pay = column(scenario.channels, "payment_days").astype(float)[chosen.channel]
    ship, arrive = trips.ship_day[chosen.trip], trips.arrival_day[chosen.trip]
    rate = np.array([float(lookup.fx(m.currency)) for m in scenario.markets])
    at_market = np.array([lookup.market_at[row.market] for row in scenario.channels])
    table = pd.DataFrame(
        {
            "lot": [scenario.lots[k].lot for k in chosen.lot],
            "market": market[rows],
            "channel": [scenario.channels[k].channel for k in chosen.channel],
            "units": [scenario.lots[k].units for k in chosen.lot],
            "days_to_cash": chosen.sale_day - ship + pay,
            "lead_days": arrive - ship,
            "transit_spread_days": _spread(priced, chosen.trip),
            "tag_share": chosen.price * rate[at_market[chosen.channel]] / lookup.tag[chosen.lot],
        }
    )
    falls = priced.waterfalls(rows)[[*MONEY_LINES]].reset_index(drop=True)
    return pd.concat([table, falls], axis=1)


def _spread(priced: Priced, trips: Ints) -> list[int]:
    """Days between the shortest and the longest transit seen on each trip's legs."""
    legs = priced.lookup.scenario.legs

    def of(leg: int) -> int:
        row = legs[leg]
        least = row.transit_days if row.transit_days_least is None else row.transit_days_least
        most = row.transit_days if row.transit_days_most is None else row.transit_days_most
        return most - least

    routes = priced.trips.route[trips]
    return [sum(map(of, priced.trips.routes[k].legs)) if k >= 0 else 0 for k in routes]


def market_facts(plan: Plan, goods: SameGoods) -> pd.DataFrame:
    """One row per figure: part, figure, kind (as in headings), then one column per market."""
    average = goods.averages(
        ["shelf_price", "tag_share", "netback", "days_to_cash", "lead_days", "transit_spread_days",
         *dict.fromkeys([*LANDED_LINES, *PARTIES, "customs_value", "consumer_paid"])]
    )  # fmt: skip
    landed = average[list(LANDED_LINES)].sum(axis=1)
    used, room = demand_used(plan), capacity_used(plan)
    channels = plan.scenario.channels
    rows: list[tuple[str, str, str, list[object]]] = []

    def add(part: str, figure: str, kind: str, values: Sequence[object] | pd.Series) -> None:
        rows.append((part, figure, kind, list(values)))

    add("Price", "Shelf price", "money", average["shelf_price"])
    add("Price", "Shelf price as share of tag", "share", average["tag_share"])
    add("Cost", "Landed cost", "money", landed)
    for name in LANDED_LINES:
        words = MONEY_LINES[name][1]
        add("Cost", f"of which {words[:1].lower()}{words[1:]}", "money", average[name])
    add("Result", "Netback", "money", average["netback"])
    add("Time", "From shipping to cash", "days", average["days_to_cash"])
    add("Time", "Lead time", "days", average["lead_days"])
    add("Used", "Demand used by the plan", "share", [used.get(m, 0.0) for m in goods.markets])
    add("Used", "Tightest capacity used", "share", [room.get(m, 0.0) for m in goods.markets])
    effective = [share(float(average["duty"][m]), float(average["customs_value"][m]))
                 for m in goods.markets]  # fmt: skip
    add("Border", "Duty as share of customs value", "share", effective)
    add("Risk", "Transit may vary by", "days", average["transit_spread_days"])
    for figure, kind, field in (
        ("Longest credit given", "days", "payment_days"),
        ("Greatest credit loss", "share", "credit_loss_rate"),
    ):
        most = [max((float(getattr(row, field)) for row in channels if row.market == m), default=0)
                for m in goods.markets]  # fmt: skip
        add("Risk", figure, kind, most)
    add("Risk", "Sources that are assumptions", "whole",
        [assumptions_about(plan.scenario, m) for m in goods.markets])  # fmt: skip
    for party in PARTIES:
        taken = [share(float(average[party][m]), float(average["consumer_paid"][m]))
                 for m in goods.markets]  # fmt: skip
        add("Takes", f"{PARTY_WORDS[party]}: share of what shoppers pay", "share", taken)
    ranked = goods.best.sort_values("netback", ascending=False, kind="stable")
    for figure, at in (("Best lot", 0), ("Worst lot", -1)):
        named = [
            ranked[ranked["market"] == m]["lot"].iloc[at] if len(ranked) else ""
            for m in goods.markets
        ]
        add("Goods", figure, "text", named)
    table = [[*row[:3], *row[3]] for row in rows]
    return pd.DataFrame(table, columns=[*FACTS, *goods.markets])


def capacity_used(plan: Plan) -> dict[str, float]:
    """Share used of the fullest channel, leg or site that goods of each market pass."""
    limits = plan.limits[plan.limits["rule"].isin(
        ["channel_capacity", "leg_capacity", "site_throughput", "storage_capacity"])]  # fmt: skip
    places = limits["label"].str.split(" | ", regex=False).str[0]
    fullest = limits["share_used"].astype(float).groupby(places.to_numpy()).max()
    passed = plan.legs.merge(plan.lines[["line", "market", "channel"]], on="line")
    named = pd.concat(
        [
            passed[["market", field]].set_axis(["market", "place"], axis=1)
            for field in ("leg", "from_site", "to_site")
        ]
        + [plan.lines[["market", "channel"]].set_axis(["market", "place"], axis=1)]
    ).drop_duplicates()
    found = named.assign(used=named["place"].map(fullest)).groupby("market")["used"].max().fillna(0)
    return {str(name): float(value) for name, value in found.items()}


def assumptions_about(scenario: Scenario, market: str) -> int:
    """Provenance rows that say a number of the market or of its channels is an assumption."""
    names = {market, *(row.channel for row in scenario.channels if row.market == market)}
    return sum(
        row.confidence is Confidence.ASSUMPTION and bool(names & set(row.key.split("|")))
        for row in scenario.provenance
    )


def regimes(scenario: Scenario, markets: Sequence[str]) -> pd.DataFrame:
    """One row per duty, levy, parcel bracket and rule of law that touches a market, with its dates.

    Columns: market, rule, what (in words), valid_from, valid_to (blank = always), source.
    """
    rows: list[tuple[object, ...]] = []
    for market in markets:
        rows += [
            (market, "Import duty", _duty(row), row.valid_from, row.valid_to, "duties")
            for row in scenario.duties
            if row.market == market
        ]
        rows += [
            (
                market,
                f"Levy {row.levy}",
                f"{row.rate:.2%} of {row.base.value.upper()}",
                row.valid_from,
                row.valid_to,
                "levies",
            )
            for row in scenario.levies
            if row.market == market
        ]
        rows += [
            (
                market,
                "Parcel regime",
                f"{row.category or 'all goods'} above {row.value_above:g} {row.currency}: "
                f"duty {row.duty_rate:.1%}, VAT {row.vat_rate:.1%}",
                row.valid_from,
                row.valid_to,
                "parcel_regimes",
            )
            for row in scenario.parcel_regimes
            if row.market == market
        ]
        rows += [
            (market, row.rule, _law(row), row.valid_from, row.valid_to, "rules")
            for row in scenario.rules
            if matches(market, row.markets)
        ]
    table = pd.DataFrame(rows, columns=REGIME)
    named = zip(table["source"], table["market"], table["rule"], strict=True)
    return table.assign(source=[_source(scenario, *each) for each in named])


def _duty(row: Duty) -> str:
    specific = (
        f"{row.specific_amount:g} {row.specific_currency or ''} per {row.specific_unit.value}"
    )
    words = {
        DutyKind.AD_VALOREM: f"{row.rate:.1%}",
        DutyKind.SPECIFIC: specific,
        DutyKind.MAX: f"{row.rate:.1%} or {specific}, whichever is more",
        DutyKind.PLUS: f"{row.rate:.1%} and {specific}",
    }[row.kind]
    codes = f" (HS {';'.join(row.hs_prefixes)})" if row.hs_prefixes else ""
    return f"{row.category}{codes}: {words}"


def _law(row: ComplianceRule) -> str:
    """What a rule does; its own description where it has one."""
    goods = ";".join(row.categories) or "all goods"
    return row.description or f"{row.effect.value.replace('_', ' ')}: {goods}"


def _source(scenario: Scenario, table: str, market: str, rule: str) -> str:
    """Where the scenario says a table's row was found: the narrowest statement."""
    hits = [row for row in scenario.provenance if row.table == table
            and (not row.key or {market, rule} & set(row.key.split("|")))]  # fmt: skip
    return max(hits, key=lambda row: len(row.key)).source if hits else ""
