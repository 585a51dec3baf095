"""Goods that depart together -> the boxes and charges they are paid by, and who bears the difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from planner.domain.arrays import Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.records import LegBox
from planner.domain.vocabulary import Owner, Perspective
from planner.landed_cost.options import Priced
from planner.landed_cost.tariffs import (
    box_cost,
    box_room,
    box_terms,
    buyer_ships,
    is_domestic,
    paid_whole,
    planned_part,
    tariffs,
)
from planner.model.columns import Columns
from planner.model.rules.freight import Boxes
from planner.plan.packing import Goods, Room, packed

BOXES = ["box", "leg", "depart_date", "arrive_date", "equipment", "cost", "planned", "cbm", "kg",
         "usable_cbm", "payload_kg", "filled_share"]  # fmt: skip
BOX_LOADS = ["box", "line", "lot", "units", "cbm", "kg"]
CHARGES = ["leg", "depart_date", "charged_on", "load", "declared", "rate", "minimum", "currency",
           "cost", "planned"]  # fmt: skip
Departure = tuple[int, int]
"""Position of the leg and day of departure."""


@dataclass(frozen=True)
class Freight:
    """The plan's tables of freight paid by the departure, and its legs at their real freight.

    borne: PC that carriers get above what the waterfalls planned, by the party that bears it.
    """

    boxes: pd.DataFrame
    box_loads: pd.DataFrame
    charges: pd.DataFrame
    legs: pd.DataFrame
    borne: Mapping[str, float]


def freight_of(
    priced: Priced, columns: Columns, amounts: Floats, lines: pd.DataFrame, legs: pd.DataFrame
) -> Freight:
    """Boxes with their loads, charges of departures, and freight by line and leg as it is paid."""
    lookup = priced.lookup
    goods = _goods(lookup, lines, legs)
    loads = _by_departure(goods[goods["ours"]])
    boxes, box_loads = _boxes(lookup, columns, amounts, loads)
    charges = _charges(lookup, loads)
    costs = _sum_by_departure(lookup, boxes) | _sum_by_departure(lookup, charges)
    shares, exact = pd.Series(0.0, index=goods.index), pd.Series(0.0, index=goods.index)
    for key, part in loads.items():
        measure = part["planned"] if part["planned"].sum() > 0 else part["cbm"]
        weight, cost = measure.to_numpy(dtype=float), costs.get(key, 0.0)
        shares[part.index] = split_to_the_cent(cost, weight)
        exact[part.index] = cost * weight / weight.sum()
    freight = legs["freight"].copy()
    rest = freight[goods.index] - goods["planned"]
    freight[goods.index] = np.maximum(rest, 0.0) + shares
    extra = float(boxes["cost"].sum() + charges["cost"].sum())
    extra -= float(boxes["planned"].sum() + charges["planned"].sum())
    borne = _borne(lookup, goods, exact, extra)
    return Freight(boxes, box_loads, charges, legs.assign(freight=freight), borne)


def with_settlement(parties: pd.DataFrame, borne: Mapping[str, float]) -> pd.DataFrame:
    """Money by party once carriers are paid what departures really cost."""
    change = {party: -money for party, money in borne.items()} | {"carriers": sum(borne.values())}
    money = parties["money"] + parties["party"].map(change).fillna(0.0).astype(float)
    return parties.assign(money=money)


def split_to_the_cent(amount: float, weights: Floats) -> Floats:
    """Parts of an amount in proportion, whole cents but for the last, together exactly the amount."""
    ends = np.minimum(np.round(amount * np.cumsum(weights) / weights.sum(), 2), amount)
    ends[-1] = amount
    return np.diff(ends, prepend=0.0)


def _goods(lookup: Lookup, lines: pd.DataFrame, legs: pd.DataFrame) -> pd.DataFrame:
    """The rows of legs whose freight is paid by the departure, with position in legs as index.

    Adds lot, channel, ship_date, leg_at (position of the leg), day (of departure), ours (the freight
    is not the buyer's) and planned (PC).
    """
    whole = paid_whole(lookup)
    known = legs.merge(lines[["line", "lot", "channel", "ship_date"]], on="line", how="left")
    found = known[known["leg"].map(lookup.leg_at).isin(whole)]
    leg_at = found["leg"].map(lookup.leg_at).to_numpy(dtype=np.int64)
    lot_at = found["lot"].map(lookup.lot_at).to_numpy(dtype=np.int64)
    channel_at = found["channel"].map(lookup.channel_at).to_numpy(dtype=np.int64)
    shipped = _days(lookup, found["ship_date"])
    domestic = np.array([is_domestic(lookup, leg) for leg in lookup.scenario.legs], dtype=bool)
    ours = ~buyer_ships(lookup)[channel_at] | domestic[leg_at]
    rate = np.zeros(len(found))
    for leg in whole:
        here = np.flatnonzero(leg_at == leg)
        days, which = np.unique(shipped[here], return_inverse=True)
        rate[here] = planned_part(lookup, leg, days)[lot_at[here], which]
    departs, planned = _days(lookup, found["depart_date"]), rate * found["units"]
    return found.assign(leg_at=leg_at, day=departs, ours=ours, planned=planned)


def _days(lookup: Lookup, dates: pd.Series) -> Ints:
    """Days from the start of the plan."""
    since = dates - pd.Timestamp(lookup.header.start_date)
    return np.asarray(since.dt.days.to_numpy(), dtype=np.int64)


def _by_departure(goods: pd.DataFrame) -> dict[Departure, pd.DataFrame]:
    """Rows of each departure."""
    groups = goods.groupby(["leg_at", "day"])
    return {cast(Departure, key): part for key, part in groups}


def _boxes(
    lookup: Lookup,
    columns: Columns,
    amounts: Floats,
    loads: Mapping[Departure, pd.DataFrame],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One row per box, numbered in order of departure, and one per (box, line)."""
    boxes: list[tuple[object, ...]] = []
    contents: list[tuple[object, ...]] = []
    for (leg_at, day), terms in _boxes_taken(lookup, columns, amounts):
        leg = lookup.scenario.legs[leg_at]
        date, arrives = _date(lookup, day), _date(lookup, day + leg.transit_days)
        goods = loads.get((leg_at, day), pd.DataFrame(columns=[*BOX_LOADS, "planned"]))
        rooms = [Room(*box_room(lookup, row)) for row in terms]
        inside = _packed(goods, rooms)
        for at, (row, room) in enumerate(zip(terms, rooms, strict=True)):
            name, own = f"B{len(boxes) + 1:04d}", inside[inside["at"] == at]
            cbm, kg, planned = (float(own[field].sum()) for field in ("cbm", "kg", "planned"))
            cost = box_cost(lookup, row, day)
            filled = max(cbm / room.cbm, kg / room.kg)
            boxes.append((name, leg.leg, date, arrives, row.equipment, cost, planned, cbm, kg,
                          room.cbm, room.kg, filled))  # fmt: skip
            held = own[["line", "lot", "units", "cbm", "kg"]]
            contents += [(name, *each) for each in held.itertuples(index=False)]
    return pd.DataFrame(boxes, columns=BOXES), pd.DataFrame(contents, columns=BOX_LOADS)


def _boxes_taken(
    lookup: Lookup, columns: Columns, amounts: Floats
) -> Iterator[tuple[Departure, list[LegBox]]]:
    """The boxes of every departure that takes any, by date and leg, the largest box first."""
    family = columns.of(Boxes)
    count = np.round(amounts[columns.at(Boxes)]).astype(int)
    taken: dict[tuple[int, int], Counter[str]] = {}
    for k in np.flatnonzero(count).tolist():
        here = family.departures[family.departure[k]]
        held = taken.setdefault((here.day, here.leg), Counter())
        held[family.terms[k].equipment] += int(count[k])
    names = [leg.leg for leg in lookup.scenario.legs]
    for day, leg in sorted(taken, key=lambda key: (key[0], names[key[1]])):
        terms = [
            row for row in box_terms(lookup)[leg] for _ in range(taken[day, leg][row.equipment])
        ]
        yield (leg, day), terms


def _date(lookup: Lookup, day: int) -> pd.Timestamp:
    return pd.Timestamp(lookup.date_of(day))


def _packed(goods: pd.DataFrame, rooms: list[Room]) -> pd.DataFrame:
    """One row per (box, line): at (number of the box), line, lot, units, cbm, kg, planned."""
    units = goods["units"].to_numpy(dtype=np.int64)
    cbm, kg, planned = (
        goods[name].to_numpy(dtype=float) / units for name in ("cbm", "kg", "planned")
    )
    each = [Goods(*row) for row in zip(units.tolist(), cbm.tolist(), kg.tolist(), strict=True)]
    at, line, held = np.array(packed(each, rooms), dtype=np.int64).reshape(-1, 3).T
    return pd.DataFrame(
        {
            "at": at,
            "line": goods["line"].to_numpy()[line],
            "lot": goods["lot"].to_numpy()[line],
            "units": held,
            "cbm": held * cbm[line],
            "kg": held * kg[line],
            "planned": held * planned[line],
        }
    )


def _charges(lookup: Lookup, loads: Mapping[Departure, pd.DataFrame]) -> pd.DataFrame:
    """One row per departure charged by its load, by date and leg."""
    every = tariffs(lookup)
    rows = []
    for (leg_at, day), goods in loads.items():
        if leg_at not in every:
            continue
        leg, tariff = lookup.scenario.legs[leg_at], every[leg_at]
        load = tariff.load(goods["cbm"].to_numpy(dtype=float), goods["kg"].to_numpy(dtype=float))
        step, charge = tariff.cheapest(load)
        cost = charge * float(lookup.fx(leg.currency, day))
        rows.append((leg.leg, _date(lookup, day), tariff.charged_on.value, load,
                     max(load, step.from_quantity), step.rate, tariff.minimum, leg.currency, cost,
                     float(goods["planned"].sum())))  # fmt: skip
    table = pd.DataFrame(rows, columns=CHARGES)
    return table.sort_values(["depart_date", "leg"], ignore_index=True)


def _sum_by_departure(lookup: Lookup, table: pd.DataFrame) -> dict[Departure, float]:
    """Cost of every departure in a table of boxes or charges."""
    sums: Counter[Departure] = Counter()
    for leg, date, cost in zip(table["leg"], table["depart_date"], table["cost"], strict=True):
        sums[lookup.leg_at[leg], (date.date() - lookup.header.start_date).days] += cost
    return dict(sums)


def _borne(
    lookup: Lookup, goods: pd.DataFrame, shares: pd.Series, extra: float
) -> dict[str, float]:
    """Who bears what departures cost above what was planned.

    In a plan of both parties the owner of the lots, line by line; else the party whose plan it is.
    """
    view = lookup.header.perspective
    if view != Perspective.BOTH:
        return {view.value: extra}
    owners = {lot.lot: lot.owner for lot in lookup.scenario.lots}
    of_brand = goods["ours"] & (goods["lot"].map(owners) == Owner.BRAND)
    brand = float((shares - goods["planned"])[of_brand].sum())
    return {"brand": brand, "platform": extra - brand}
