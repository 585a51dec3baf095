"""A scenario's locks, who set them and what they cost -> the ledger of overrides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import pandas as pd

from planner.domain.changes import Change
from planner.domain.records import Lock
from planner.domain.scenario import Scenario

COLUMNS = ["lock", "what", "who", "when", "note", "cost", "cost_least", "cost_most"]


class Entry(Protocol):
    """One thing a person did to the scenario, as its history keeps it."""

    @property
    def who(self) -> str: ...
    @property
    def at(self) -> str: ...
    @property
    def note(self) -> str: ...
    @property
    def changes(self) -> Sequence[Change]: ...


def ledger(
    scenario: Scenario, entries: Iterable[Entry], prices: pd.DataFrame | None = None
) -> pd.DataFrame:
    """One row per lock of the scenario, the dearest first.

    Columns: lock, what (in words), who and when (of the last entry that touched it; blank for locks
    that came with the base), note, cost, cost_least and cost_most (from `lock_prices`, PC; blank
    while they are not known).
    """
    touched = {
        change.key[0]: entry
        for entry in entries
        for change in entry.changes
        if change.table == "locks" and change.new is not None
    }
    rows = []
    for lock in scenario.locks:
        entry = touched.get(lock.lock)
        note = lock.note or (entry.note if entry else "")
        rows.append((lock.lock, in_words(lock), entry.who if entry else "",
                     entry.at if entry else "", note))  # fmt: skip
    table = pd.DataFrame(rows, columns=COLUMNS[:5])
    known = pd.DataFrame(columns=["lock", *COLUMNS[5:]]) if prices is None else prices
    table = table.merge(known[["lock", *COLUMNS[5:]]], on="lock", how="left")
    table[COLUMNS[5:]] = table[COLUMNS[5:]].astype(float)
    return table.sort_values(
        "cost", ascending=False, kind="stable", na_position="last", ignore_index=True
    )


def in_words(lock: Lock) -> str:
    """'at least 6 units of L1 in SG', 'never L2 in ZA-SHOP', 'L3 only at full'."""
    goods = ";".join((*lock.lots, *lock.categories, *lock.brands)) or "all goods"
    places = ";".join((*lock.channels, *lock.markets))
    when = [
        f"{word} period {period}"
        for word, period in (("shipped in", lock.ship_period), ("sold in", lock.sell_period))
        if period is not None
    ]
    where = " ".join(
        filter(None, (f"in {places}" if places else "", *when,
                      f"by {';'.join(lock.routes)}" if lock.routes else ""))
    )  # fmt: skip
    rungs = ";".join(lock.rungs)
    amount = f"{lock.units:,} units of" if lock.units is not None else ""
    words = {
        "units": f"exactly {amount} {goods}",
        "min_units": f"at least {amount} {goods}",
        "max_units": f"at most {amount} {goods}",
        "ban": f"never {goods}" + (f" at {rungs}" if rungs else ""),
        "price": f"{goods} only at {rungs}",
    }[lock.kind.value]
    return f"{words} {where}".strip()
