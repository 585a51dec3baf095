"""A plan and a scenario -> what the plan's decisions are worth under the numbers of the scenario.

The decisions stay: which units go where, when, by which route and rung, in which boxes, by which
exits. Prices, rates, costs and taxes are those of the scenario. Nothing is asked of its rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.records import RuleSetting
from planner.domain.scenario import Scenario
from planner.landed_cost.breaches import breaches
from planner.landed_cost.options import Options, Priced, moments_of, route_facts
from planner.landed_cost.tariffs import (
    box_cost,
    box_terms,
    buyer_ships,
    is_domestic,
    paid_whole,
    planned_part,
    tariffs,
)
from planner.landed_cost.waterfall import WATERFALL_LINES
from planner.model.columns import exit_values
from planner.network import trip_costs, trips_of
from planner.plan.arbitrage import every_trade
from planner.plan.extract import legs_of
from planner.plan.record import Plan
from planner.pricing import ladder_of
from planner.pricing.offers import asked_prices
from planner.report.figures import freight_settlement


@dataclass(frozen=True)
class Worth:
    """What a plan is worth under a scenario.

    priced: by line, whether the scenario can price it (its lot, channel, rung and trip exist);
    waterfalls: one row per line, of those that cannot be priced as the plan has it;
    parts: as Figures.parts, costs negative.
    """

    priced: Bools
    waterfalls: pd.DataFrame
    parts: Mapping[str, float]

    @property
    def value(self) -> float:
        """The sum of the parts."""
        return sum(self.parts.values())


def worth_under(plan: Plan, scenario: Scenario, lines: Bools | None = None) -> Worth:
    """The plan's decisions under a scenario; of `lines` only these are priced anew."""
    lookup = Lookup(scenario)
    found, at = _as_options(plan, lookup)
    if lines is not None:
        keep = lines[at]
        found, at = _only(found, np.flatnonzero(keep)), at[keep]
    known = plan.lines.iloc[at]
    units = plan.lines["units"].to_numpy(dtype=float)
    waterfalls = plan.waterfalls[list(WATERFALL_LINES)].astype(float).reset_index(drop=True)
    breach = _own_breaches(plan)
    if len(at):
        rows = np.arange(len(at))
        waterfalls.iloc[at] = found.waterfalls(rows)[list(WATERFALL_LINES)].to_numpy()
        broken = breaches(found, rows).groupby("option")["cost_per_unit"].sum()
        breach[at] = broken.reindex(rows, fill_value=0.0).to_numpy(dtype=float)
    header = scenario.header
    money = {
        "lines": float(units @ waterfalls["netback"].to_numpy()),
        "settlement": _settlement(plan, found, known) + _settlement_of_others(plan, at),
        "cleared": float(units.sum()) * header.value_per_unit_cleared,
        "exits": _exits(plan, lookup),
        "co2e": -header.co2e_price_per_kg * float(units @ waterfalls["co2e_kg"].to_numpy()),
        "openings": -_openings(plan, lookup),
        "shortfalls": -_shortfalls(plan, scenario),
        "breaches": -float(units @ breach),
        "leaks": -_leaks(plan, found, at),
    }
    priced = np.zeros(len(plan.lines), dtype=bool)
    priced[at] = True
    return Worth(priced, waterfalls, money)


def _as_options(plan: Plan, lookup: Lookup) -> tuple[Priced, Ints]:
    """The lines a scenario can price as its options, and their positions among the lines."""
    trips = trips_of(lookup)
    trip_at = {
        (trips.name(k, lookup), int(trips.ship_period[k])): k for k in range(len(trips.route))
    }
    rung_at = [{row.rung: k for k, row in enumerate(ladder_of(lookup, channel))}
               for channel in range(len(lookup.scenario.channels))]  # fmt: skip
    facts = route_facts(lookup, trips)
    lines = plan.lines
    lot = _places(lines["lot"], lookup.lot_at)
    channel = _places(lines["channel"], lookup.channel_at)
    rung = np.array(
        [rung_at[c].get(name, -1) if c >= 0 else -1
         for c, name in zip(channel.tolist(), lines["rung"], strict=True)], dtype=np.int64,
    )  # fmt: skip
    keys = zip(lines["route"], lines["ship_period"].astype(int), strict=True)
    trip = np.array([trip_at.get(key, -1) for key in keys], dtype=np.int64)
    sell = lines["sell_period"].to_numpy(dtype=np.int64)
    price, wholesale = np.zeros(len(lines)), np.zeros(len(lines))
    there = (lot >= 0) & (channel >= 0) & (rung >= 0) & (trip >= 0) & (sell <= lookup.periods)
    for number in np.unique(channel[there]).tolist():
        asked = asked_prices(lookup, number)
        of = {key: k for k, key in enumerate(zip(asked.lot.tolist(), asked.rung.tolist(),
                                                 strict=True))}  # fmt: skip
        for k in np.flatnonzero(there & (channel == number)).tolist():
            offer = of.get((int(lot[k]), int(rung[k])))
            if offer is None:
                there[k] = False
            else:
                price[k], wholesale[k] = asked.price[offer], asked.wholesale_price[offer]
    at = np.flatnonzero(there)
    sale_day = moments_of(
        lookup, trips, facts, lot=lot[at], rung=rung[at], trip=trip[at], sell=sell[at]
    ).sale_day
    zero = np.zeros(len(at))
    options = Options(
        lot=lot[at],
        channel=channel[at],
        trip=trip[at],
        sell_period=sell[at],
        rung=rung[at],
        price=price[at],
        wholesale_price=wholesale[at],
        sale_day=sale_day,
        demand=zero,
        relabel_jobs=zero.astype(np.int64),
        netback=zero,
        breach=zero,
        worth=zero,
    )
    return Priced(lookup, trips, trip_costs(lookup, trips), options), at


def _only(priced: Priced, rows: Ints) -> Priced:
    return Priced(priced.lookup, priced.trips, priced.costs, priced.options.take(rows))


def _places(names: pd.Series, at: Mapping[str, int]) -> Ints:
    """Position of each name, -1 where there is none."""
    return np.array([at.get(name, -1) for name in names], dtype=np.int64)


def _own_breaches(plan: Plan) -> Floats:
    """What each line's broken soft rules cost in its own plan, PC per unit."""
    cost = plan.breaches.groupby("line")["cost"].sum()
    units = plan.lines["units"].to_numpy(dtype=float)
    return np.asarray(
        plan.lines["line"].map(cost).astype(float).fillna(0.0).to_numpy() / np.maximum(units, 1.0)
    )


def _settlement(plan: Plan, priced: Priced, lines: pd.DataFrame) -> float:
    """Freight planned for goods of whole departures, less what these cost."""
    lookup, legs = priced.lookup, legs_of(priced, lines)
    known = legs.merge(lines[["line", "lot", "channel", "ship_date"]], on="line", how="left")
    known["ship_day"] = known["line"].map(
        dict(zip(lines["line"], priced.trips.ship_day[priced.options.trip], strict=True))
    )
    bought = ~buyer_ships(lookup)
    every, total = tariffs(lookup), 0.0
    for leg_at in paid_whole(lookup):
        leg = lookup.scenario.legs[leg_at]
        here = known[known["leg"] == leg.leg]
        channel = _places(here["channel"], lookup.channel_at)
        here = here[bought[channel] | is_domestic(lookup, leg)]
        days, which = np.unique(here["ship_day"].to_numpy(dtype=np.int64), return_inverse=True)
        lot = _places(here["lot"], lookup.lot_at)
        if len(here):
            per_unit = planned_part(lookup, leg_at, days)[lot, which]
            total += float(per_unit @ here["units"].to_numpy(dtype=float))
        if leg_at in every:
            for departs, goods in here.groupby("depart_date"):
                _, charge = every[leg_at].cheapest(
                    every[leg_at].load(goods["cbm"].to_numpy(float), goods["kg"].to_numpy(float))
                )
                total -= charge * float(lookup.fx(leg.currency, _day(lookup, departs)))
    return total - _boxes(plan, lookup, legs)


def _settlement_of_others(plan: Plan, at: Ints) -> float:
    """The part of the plan's own settlement that does not come from the lines at these positions."""
    if len(at) == len(plan.lines):
        return 0.0
    own, every = _as_options(plan, Lookup(plan.scenario))
    rows = np.flatnonzero(np.isin(every, at))
    return freight_settlement(plan) - _settlement(plan, _only(own, rows), plan.lines.iloc[at])


def _boxes(plan: Plan, lookup: Lookup, legs: pd.DataFrame) -> float:
    """What the plan's boxes cost, each on the day its goods now depart."""
    terms = {(row.leg, row.equipment): row for rows in box_terms(lookup).values() for row in rows}
    departs = legs.set_index(["line", "leg"])["depart_date"].to_dict()
    inside = plan.box_loads.drop_duplicates("box").set_index("box")["line"].to_dict()
    total = 0.0
    for box, leg, own, equipment in plan.boxes[
        ["box", "leg", "depart_date", "equipment"]
    ].itertuples(index=False):
        term = terms.get((leg, equipment))
        if term is not None:
            day = _day(lookup, departs.get((inside.get(box), leg), own))
            total += box_cost(lookup, term, day)
    return total


def _day(lookup: Lookup, moment: object) -> int:
    """Days from the start of the plan."""
    return int((pd.Timestamp(moment) - pd.Timestamp(lookup.header.start_date)).days)  # type: ignore[arg-type]


def _exits(plan: Plan, lookup: Lookup) -> float:
    """What the exits bring; one the scenario does not offer brings what the plan had."""
    lot, way, value = exit_values(lookup)
    scenario = lookup.scenario
    worth = {
        (scenario.lots[a].lot, scenario.exits[b].exit): each
        for a, b, each in zip(lot.tolist(), way.tolist(), value.tolist(), strict=True)
    }
    rows = plan.exits[["lot", "exit", "units", "value_per_unit"]]
    money = [
        float(units) * worth.get((name, leaves), float(own))
        for name, leaves, units, own in rows.itertuples(index=False)
    ]
    return float(sum(money))


def _openings(plan: Plan, lookup: Lookup) -> float:
    """What certificates, papers and openings cost."""
    scenario, header = lookup.scenario, lookup.header
    papers = {row.rule: (row.fixed_cost, row.fixed_currency or header.currency)
              for row in scenario.rules}  # fmt: skip
    terms = {row.opening: (row.fixed_cost, row.currency) for row in scenario.opening_terms}
    total = 0.0
    for rule, subject, period, own in plan.openings[
        ["rule", "subject", "ship_period", "cost"]
    ].itertuples(index=False):
        if rule in papers:
            (cost, currency), when = papers[rule], int(period)
        elif rule in terms:
            (cost, currency), when = terms[rule], _event(subject)
        else:
            total += float(own)
            continue
        day = max(0, when - 1) * lookup.days_per_period
        total += cost * float(lookup.fx(currency, day))
    return total


def _event(subject: str) -> int:
    """The period of an opened event, 'channel | period 3'; 0 for others."""
    last = subject.rsplit(" | ", 1)[-1]
    return int(last.removeprefix("period ")) if last.startswith("period ") else 0


def _shortfalls(plan: Plan, scenario: Scenario) -> float:
    """What the units missing from soft limits cost at the scenario's prices.

    How much is missing is the plan's; of a brand's promise to clear it is what the scenario asks
    for less what the plan sells.
    """
    brands = {row.brand: row for row in scenario.brands}
    used = plan.limits[plan.limits["rule"] == "must_clear"].set_index("label")["used"]
    total = 0.0
    for rule, subject, missing, own in plan.shortfalls[
        ["rule", "subject", "units", "price"]
    ].itertuples(index=False):
        if rule == "must_clear" and subject in brands and subject in used.index:
            brand = brands[subject]
            stock = sum(lot.units for lot in scenario.lots if lot.brand == subject)
            short = max(0.0, brand.must_clear_share * stock - float(used[subject]))
            total += short * brand.must_clear_price
        else:
            total += float(missing) * _soft_price(scenario.rule_settings, rule, subject, own)
    return total


def _soft_price(settings: tuple[RuleSetting, ...], rule: str, label: str, own: float) -> float:
    """Price of a shortfall: that of the narrowest setting, the plan's own without one."""
    hits = [row for row in settings if row.rule == rule and label.startswith(row.subject)]
    return max(hits, key=lambda row: len(row.subject)).price if hits else float(own)


def _leaks(plan: Plan, priced: Priced, at: Ints) -> float:
    """What parallel trade between the plan's prices is charged at."""
    price = plan.lines["price"].to_numpy(dtype=float).copy()
    price[at] = priced.options.price
    lines = plan.lines.assign(price=price)
    known = lines[lines["lot"].isin(priced.lookup.lot_at)
                  & lines["channel"].isin(priced.lookup.channel_at)]  # fmt: skip
    return float(every_trade(priced.lookup, known)["cost"].sum())
