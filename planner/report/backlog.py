"""A plan -> the queue of shoppers' orders at every site that sends them: how many wait, how long."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from planner.domain.arrays import Bools, Floats, Ints
from planner.plan.record import Plan

RETURNS_PER_DAY_LATE = 0.03
"""Part of its orders that come back more for every day an order waits, an assumption."""
NEARLY = 1e-9
"""Parts of an order smaller than this do not wait."""
COLUMNS = (
    "site",
    "date",
    "day",
    "orders",
    "burst_orders",
    "sent",
    "waiting",
    "days_late",
    "extra_returns",
)


def backlog(orders_per_day: Sequence[float] | Floats, capacity_per_day: float) -> pd.DataFrame:
    """One row per day until the last order has left: day, orders, sent, waiting, days_late.

    Day 1 is the first of `orders_per_day`. Orders leave first come, first served: waiting(t) =
    max(0, waiting(t-1) + orders(t) - capacity) at the end of a day. days_late = days until the last
    order of that day leaves; NaN when the site sends nothing at all.

    >>> queue = backlog([30_000], 10_000)
    >>> queue["waiting"].tolist(), queue["days_late"].tolist()
    ([20000.0, 10000.0, 0.0], [2.0, 0.0, 0.0])
    """
    orders = _until_sent(np.asarray(orders_per_day, dtype=float), capacity_per_day)
    return _queue(orders, np.full(len(orders), float(capacity_per_day)))


def _until_sent(orders: Floats, capacity: float) -> Floats:
    """The orders with as many days without orders added as it takes to send them all."""
    if capacity <= 0:
        return orders
    waiting = 0.0
    for count in orders.tolist():
        waiting = max(0.0, waiting + count - capacity)
    return np.concatenate([orders, np.zeros(int(np.ceil(waiting / capacity - NEARLY)))])


def _queue(orders: Floats, capacity: Floats) -> pd.DataFrame:
    """The table of `backlog` for a capacity that differs from day to day."""
    waiting = np.zeros(len(orders))
    before = 0.0
    for day, (count, most) in enumerate(zip(orders.tolist(), capacity.tolist(), strict=True)):
        before = waiting[day] = max(0.0, before + count - most)
    come = np.cumsum(orders)
    gone = come - waiting
    leaves = np.searchsorted(gone, come - NEARLY * np.maximum(come, 1.0)).astype(float)
    leaves[leaves == len(orders)] = np.nan
    days = np.arange(len(orders))
    return pd.DataFrame(
        {
            "day": days + 1,
            "orders": orders,
            "sent": np.diff(gone, prepend=0.0),
            "waiting": waiting,
            "days_late": np.where(orders > 0, np.maximum(leaves - days, 0.0), 0.0),
        }
    )


def plan_backlog(plan: Plan) -> pd.DataFrame:
    """One row per (site with a limit of orders sent a day, day): the queue a plan makes there.

    site, date, day, orders, of which burst_orders, sent, waiting, days_late (of the burst orders
    of that day), extra_returns (units more than planned that come back because they wait). Orders of
    a burst channel come evenly in the first burst_days of their period and wait until all others,
    which come evenly over the period, are sent.
    """
    header = plan.scenario.header
    size = header.periods * header.days_per_period
    parts = []
    for site in plan.scenario.sites:
        capacity = site.dispatch_units_per_day
        if capacity is None:
            continue
        burst, steady = _orders(plan, site.site, size)
        every = _until_sent(burst + steady, capacity)
        longer = np.zeros(len(every) - size)
        burst, steady = np.append(burst, longer), np.append(steady, longer)
        others = _queue(steady, np.full(len(every), capacity))
        late = _queue(burst, capacity - others["sent"].to_numpy())
        table = _queue(every, np.full(len(every), capacity))
        table.insert(0, "site", site.site)
        first = pd.Timestamp(header.start_date)
        table.insert(1, "date", first + pd.to_timedelta(table["day"] - 1, "D"))
        table["burst_orders"] = burst
        table["days_late"] = late["days_late"]
        table["extra_returns"] = RETURNS_PER_DAY_LATE * table["waiting"]
        parts.append(table)
    empty = pd.DataFrame(columns=list(COLUMNS))
    return pd.concat(parts, ignore_index=True)[list(COLUMNS)] if parts else empty


def _orders(plan: Plan, site: str, size: int) -> tuple[Floats, Floats]:
    """Orders of every day at a site: those of burst channels, and all others."""
    days = plan.scenario.header.days_per_period
    bursts = {row.channel: row.burst_days for row in plan.scenario.channels}
    lines = plan.lines[np.array([at == site for at in entry_sites(plan)], dtype=bool)]
    burst = np.array([bursts[name] is not None for name in lines["channel"]], dtype=bool)
    length = np.array([bursts[name] or days for name in lines["channel"]], dtype=np.int64)
    sent = np.maximum(lines["sell_period"].to_numpy(), lines["arrival_period"].to_numpy())
    first = (sent.astype(np.int64) - 1) * days
    length = np.minimum(length, size - first)
    each = lines["units"].to_numpy(dtype=float) / length
    return _by_day(first, length, each, burst, size), _by_day(first, length, each, ~burst, size)


def _by_day(first: Ints, length: Ints, each: Floats, chosen: Bools, size: int) -> Floats:
    """Orders of every day, of waves that bring `each` a day for `length` days from `first` on."""
    first, length, each = first[chosen], length[chosen], each[chosen]
    step = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    orders = np.zeros(size)
    np.add.at(orders, np.repeat(first, length) + step, np.repeat(each, length))
    return orders


def entry_sites(plan: Plan) -> list[str]:
    """The site every line is sold from."""
    legs = {leg.leg: leg for leg in plan.scenario.legs}
    origins = {lot.lot: lot.origin for lot in plan.scenario.lots}
    frozen = {f"frozen {row.shipment}": row.entry_site for row in plan.scenario.frozen_shipments}
    return [
        frozen.get(route) or (legs[route.split(" > ")[-1]].to_site if route else origins[lot])
        for route, lot in zip(plan.lines["route"], plan.lines["lot"], strict=True)
    ]
