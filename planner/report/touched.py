"""Plan -> which of its lines a compliance rule or a lock touches."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.domain.lookup import Lookup
from planner.domain.records import ComplianceRule, Lock
from planner.domain.selectors import matches
from planner.domain.vocabulary import LockKind
from planner.plan.record import Plan


def lines_touched(plan: Plan, rule: ComplianceRule) -> pd.Series:
    """Whether a rule touches each line on its arrival date; never one that is on the way already."""
    lookup, lines = Lookup(plan.scenario), plan.lines
    lot = lines["lot"].map(lookup.lot_at).to_numpy(dtype=np.int64)
    channel = lines["channel"].map(lookup.channel_at).to_numpy(dtype=np.int64)
    since = pd.to_datetime(lines["arrival_date"]) - pd.Timestamp(lookup.header.start_date)
    day = since.dt.days.to_numpy(dtype=np.int64)
    hit = np.zeros(len(lines), dtype=bool)
    for number in np.unique(channel):
        here = channel == number
        hit[here] = lookup.rule_touches(rule, int(number), lot[here], day[here])
    hit &= (lines["ship_period"] > 0).to_numpy()
    return pd.Series(hit, index=lines.index)


def lines_locked(plan: Plan, lock: Lock) -> pd.Series:
    """Whether each line is among those a lock speaks of."""
    lookup, lines = Lookup(plan.scenario), plan.lines
    lot = lines["lot"].map(lookup.lot_at).to_numpy(dtype=np.int64)
    channel = lines["channel"].map(lookup.channel_at).to_numpy(dtype=np.int64)
    hit = lookup.lock_lots(lock)[lot] & lookup.lock_channels(lock)[channel]
    for name, wanted in (("ship_period", lock.ship_period), ("sell_period", lock.sell_period)):
        if wanted is not None:
            hit &= (lines[name] == wanted).to_numpy()
    chosen = (("route", lock.routes), ("rung", () if lock.kind == LockKind.PRICE else lock.rungs))
    for name, some in chosen:
        if some:
            known = {each: matches(each, some) for each in lines[name].unique()}
            hit &= lines[name].map(known).to_numpy(dtype=bool)
    return pd.Series(hit, index=lines.index)
