"""The optimiser's answer -> the plan's tables, in the trade's words."""

from __future__ import annotations

from itertools import compress

import numpy as np
import pandas as pd

from planner.domain.arrays import Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.vocabulary import ExitKind
from planner.landed_cost.breaches import breaches
from planner.landed_cost.options import Priced
from planner.landed_cost.waterfall import WATERFALL_LINES
from planner.language import english
from planner.model.columns import Columns, Exits, Shortfalls, Stays
from planner.model.program import Program
from planner.model.rules.openings import Openings
from planner.model.rules.papers import Papers
from planner.network import leg_cost
from planner.plan.record import PARTIES
from planner.pricing import ladder_of

BOUGHT_ROOM = ("box_space", "box_units", "box_stowing", "charged_load")
"""Rules whose limit is what the plan pays for: the room of its boxes, the load it declares."""
ARITHMETIC = ("charged_step", "one_step")
"""Rules that only make the program charge each departure once: no limit a merchandiser has."""
ENDED_BEFORE_SALE = "no market can take it at an allowed price in time"


def used_options(priced: Priced, amounts: Floats) -> Ints:
    """The options a plan uses, in the order of its lines: by lot, ship period and channel."""
    scenario, trips = priced.lookup.scenario, priced.trips
    used = np.flatnonzero(amounts[: len(priced.options)] > 0.5)
    option = priced.options.take(used)
    lot_name = np.array([lot.lot for lot in scenario.lots])
    channel_name = np.array([row.channel for row in scenario.channels])
    order = np.lexsort(
        (
            option.rung,
            option.sell_period,
            option.trip,
            channel_name[option.channel],
            trips.ship_period[option.trip],
            lot_name[option.lot],
        )
    )
    return used[order]


def lines_of(priced: Priced, amounts: Floats) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shipment lines and their waterfalls."""
    lookup, trips = priced.lookup, priced.trips
    scenario = lookup.scenario
    used = used_options(priced, amounts)
    option = priced.options.take(used)
    lot_name = np.array([lot.lot for lot in scenario.lots])
    channel_name = np.array([row.channel for row in scenario.channels])
    units = np.round(amounts[used]).astype(np.int64)
    waterfalls = priced.waterfalls(used)
    market = [lookup.market_at[row.market] for row in scenario.channels]
    ladders = [[rung.rung for rung in ladder_of(lookup, k)] for k in range(len(scenario.channels))]
    names = [trips.name(k, lookup) for k in range(len(trips.route))]
    carton = lookup.of_lots("units_per_carton").astype(int)[option.lot]
    netback = waterfalls["netback"].to_numpy()
    number = [f"S{k:05d}" for k in range(1, len(used) + 1)]
    lines = pd.DataFrame(
        {
            "line": number,
            "lot": lot_name[option.lot],
            "brand": [scenario.lots[k].brand for k in option.lot],
            "channel": channel_name[option.channel],
            "market": [scenario.markets[market[k]].market for k in option.channel],
            "route": [names[k] for k in option.trip],
            "ship_period": trips.ship_period[option.trip],
            "sell_period": option.sell_period,
            "rung": [ladders[c][r] for c, r in zip(option.channel, option.rung, strict=True)],
            "units": units,
            "price": option.price,
            "price_currency": [scenario.markets[market[k]].currency for k in option.channel],
            "ship_date": _dates(lookup, trips.ship_day[option.trip]),
            "arrival_date": _dates(lookup, trips.arrival_day[option.trip]),
            "arrival_period": trips.arrival_period[option.trip],
            "sale_date": _dates(lookup, option.sale_day),
            "cartons": -(-units // np.maximum(carton, 1)),
            "kg": units * lookup.of_lots("kg").astype(float)[option.lot],
            "cbm": units * lookup.of_lots("cbm").astype(float)[option.lot],
            "netback_per_unit": netback,
            "money": units * netback,
        }
    )
    waterfalls = waterfalls.reset_index(drop=True)[list(WATERFALL_LINES)]
    waterfalls.insert(0, "line", number)
    return lines, waterfalls


def breaches_table(priced: Priced, amounts: Floats, lines: pd.DataFrame) -> pd.DataFrame:
    """One row per (line, soft rule about one option it breaks), and what that costs."""
    used = used_options(priced, amounts)
    table = breaches(priced, used)
    at = dict(zip(used.tolist(), range(len(used)), strict=True))
    here = table["option"].map(at).to_numpy(dtype=np.int64)
    units = lines["units"].to_numpy()[here]
    return pd.DataFrame(
        {
            "line": lines["line"].to_numpy()[here],
            "rule": table["rule"],
            "subject": table["label"],
            "units": units,
            "depth_per_unit": table["depth"],
            "price": table["price"],
            "cost": units * table["cost_per_unit"],
        }
    )


def _dates(lookup: Lookup, days: Ints) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(pd.Timestamp(lookup.header.start_date) + pd.to_timedelta(days, "D"))


def legs_of(priced: Priced, lines: pd.DataFrame) -> pd.DataFrame:
    """One row per (line, leg in order), with dates, load and freight."""
    lookup, trips = priced.lookup, priced.trips
    legs = lookup.scenario.legs
    trip_of = {
        (trips.name(k, lookup), int(trips.ship_period[k])): k for k in range(len(trips.route))
    }
    keys = zip(lines["route"], lines["ship_period"], strict=True)
    trip = np.array([trip_of[key] for key in keys], dtype=np.int64)
    path = [trips.routes[route].legs if route >= 0 else () for route in trips.route[trip].tolist()]
    count = np.array([len(legs_on) for legs_on in path], dtype=np.int64)
    at = np.repeat(np.arange(len(lines)), count)
    leg = np.array([k for legs_on in path for k in legs_on], dtype=np.int64)
    lot = np.array([lookup.lot_at[name] for name in lines["lot"]], dtype=np.int64)[at]
    trip, units = trip[at], lines["units"].to_numpy()[at]
    freight = np.zeros(len(at))
    for k in np.unique(leg).tolist():
        here = np.flatnonzero(leg == k)
        days, which = np.unique(trips.ship_day[trip[here]], return_inverse=True)
        freight[here] = leg_cost(lookup, legs[k], days)[lot[here], which]
    moved = [trips.leg_days[key] for key in zip(trip.tolist(), leg.tolist(), strict=True)]
    depart, arrive = np.array(moved, dtype=np.int64).reshape(-1, 2).T
    return pd.DataFrame(
        {
            "line": lines["line"].to_numpy()[at],
            "sequence": np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count) + 1,
            "leg": [legs[k].leg for k in leg],
            "from_site": [legs[k].from_site for k in leg],
            "to_site": [legs[k].to_site for k in leg],
            "mode": [legs[k].mode.value for k in leg],
            "depart_date": _dates(lookup, depart),
            "arrive_date": _dates(lookup, arrive),
            "units": units,
            "cbm": units * lookup.of_lots("cbm").astype(float)[lot],
            "kg": units * lookup.of_lots("kg").astype(float)[lot],
            "freight": units * freight,
        }
    )


def exits_table(priced: Priced, columns: Columns, amounts: Floats) -> pd.DataFrame:
    """One row per (lot, exit) with units, and the reason they were not sold."""
    lookup = priced.lookup
    scenario = lookup.scenario
    best = _best_sale(priced)
    rows = []
    exits = columns.of(Exits)
    found = amounts[columns.at(Exits)]
    for k in np.flatnonzero(found > 0.5).tolist():
        lot, row = exits.lot[k], scenario.exits[exits.exit[k]]
        units, value = round(float(found[k])), float(exits.value[k])
        reason = _reason(best[lot], value)
        if row.kind == ExitKind.HOLD:
            reason = english("held for later: {reason}", reason=reason)
        name = scenario.lots[lot].lot
        rows.append(
            (name, scenario.lots[lot].brand, row.exit, "", units, value, units * value, reason)
        )
    stays = amounts[columns.at(Stays)]
    for k in np.flatnonzero(stays > 0.5).tolist():
        shipment = scenario.frozen_shipments[k]
        brand = scenario.lots[lookup.lot_at[shipment.lot]].brand
        reason = "on the way, not sold by the end of the horizon"
        units = round(float(stays[k]))
        rows.append((shipment.lot, brand, "stay", shipment.shipment, units, 0.0, 0.0, reason))
    names = ["lot", "brand", "exit", "shipment", "units", "value_per_unit", "money", "reason"]
    return pd.DataFrame(rows, columns=names).sort_values(["lot", "exit"], ignore_index=True)


def _best_sale(priced: Priced) -> Floats:
    """Best netback of any option of each lot or of its forms, -inf without one."""
    best = np.full(len(priced.lookup.scenario.lots), -np.inf)
    np.maximum.at(best, priced.lookup.parent[priced.options.lot], priced.options.worth)
    return best


def _reason(best_sale: float, exit_value: float) -> str:
    """Why a unit is not sold, in words a merchandiser can act on."""
    if best_sale == -np.inf:
        return ENDED_BEFORE_SALE
    if best_sale <= exit_value:
        return english(
            "every sale is worth {best_sale:,.2f} at most, the exit {exit_value:,.2f}",
            best_sale=best_sale,
            exit_value=exit_value,
        )
    return english(
        "shoppers or capacity at better prices are used up by goods worth more "
        "(its best sale would be worth {best_sale:,.2f})",
        best_sale=best_sale,
    )


def openings_table(columns: Columns, amounts: Floats) -> pd.DataFrame:
    """One row per certificate, shipment's paper and opening that is paid for."""
    papers = columns.of(Papers).openings
    paid = amounts[columns.at(Papers)] > 0.5
    rows = [
        (rule, market, subject, opening.route, opening.ship_period, cost)
        for opening in compress(papers, paid)
        for rule, market, subject, cost in opening.papers
    ]
    opened = columns.of(Openings)
    used = amounts[columns.at(Openings)] > 0.5
    for thing, value in compress(zip(opened.opened, opened.value, strict=True), used):
        when = f"period {thing.period}" if thing.period else ""
        subject = " | ".join(part for part in (thing.subject, when) if part)
        rows.append((thing.term.opening, thing.market, subject, "", 0, -float(value)))
    names = ["rule", "market", "subject", "route", "ship_period", "cost"]
    return pd.DataFrame(rows, columns=names).sort_values(names[:5], ignore_index=True)


def shortfalls_table(program: Program, columns: Columns, amounts: Floats) -> pd.DataFrame:
    """One row per soft limit, kept or not: what was asked for, what is missing and its price.

    label and period name the limit as in the limits table; units are the rule's own.
    """
    short, labels = columns.of(Shortfalls), program.labels
    missing = amounts[columns.at(Shortfalls)]
    asked = np.where(short.sign > 0, program.row_lower[short.rows], program.row_upper[short.rows])
    return pd.DataFrame(
        {
            "rule": [labels.rule[k] for k in short.rows],
            "subject": [labels.label[k] for k in short.rows],
            "period": short.periods,
            "unit": [labels.unit[k] for k in short.rows],
            "promised_units": asked,
            "units": missing,
            "price": -short.value,
            "cost": -short.value * missing,
        }
    )


def limits_table(
    program: Program, columns: Columns, amounts: Floats, prices: Floats
) -> pd.DataFrame:
    """Use and marginal value of every limit the program holds; what is short of it is not used."""
    labels, amounts = program.labels, amounts.copy()
    amounts[columns.at(Shortfalls)] = 0.0
    upper = np.isfinite(program.row_upper)
    limit = np.where(upper, program.row_upper, program.row_lower)
    used = program.matrix @ amounts
    bought = np.isin(np.array(labels.rule), BOUGHT_ROOM)
    used = np.where(bought, program.matrix.maximum(0) @ amounts, used)
    paid = program.row_upper + abs(program.matrix.minimum(0)) @ amounts
    limit = np.where(bought, paid, limit)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(limit != 0, used / limit, 0.0)
    table = pd.DataFrame(
        {
            "rule": labels.rule,
            "label": labels.label,
            "period": labels.period,
            "unit": labels.unit,
            "used": used,
            "limit": limit,
            "share_used": share,
            "marginal_value": prices,
        }
    )
    shown = ~(program.link | program.logic) & ~np.isin(np.array(labels.rule), ARITHMETIC)
    return table[shown].reset_index(drop=True)


def parties_table(lines: pd.DataFrame, waterfalls: pd.DataFrame) -> pd.DataFrame:
    """Money each party takes from the plan's sales."""
    units = lines["units"].to_numpy()
    money = [float(units @ waterfalls[party].to_numpy()) for party in PARTIES]
    return pd.DataFrame({"party": PARTIES, "money": money})


def prices_table(lookup: Lookup, lines: pd.DataFrame) -> pd.DataFrame:
    """Price list and mark-down calendar: one row per (channel, lot, sell period, rung).

    sale_date is the first day goods are there to be sold at that price.
    """
    tag = lookup.tag[[lookup.lot_at[name] for name in lines["lot"]]]
    rates = {name: float(lookup.fx(name)) for name in lines["price_currency"].unique()}
    rate = lines["price_currency"].map(rates).to_numpy(dtype=float)
    table = pd.DataFrame(
        {
            "channel": lines["channel"],
            "market": lines["market"],
            "lot": lines["lot"],
            "sell_period": lines["sell_period"],
            "sale_date": lines["sale_date"],
            "rung": lines["rung"],
            "price": lines["price"],
            "currency": lines["price_currency"],
            "share_of_tag": lines["price"].to_numpy() * rate / tag,
            "units": lines["units"],
        }
    )
    keys = [name for name in table.columns if name not in ("units", "sale_date")]
    grouped = table.groupby(keys, as_index=False, sort=True)
    return grouped.agg(sale_date=("sale_date", "min"), units=("units", "sum"))
