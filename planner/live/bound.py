"""What is known at once of how good any plan of an edited scenario can be."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from planner.domain.changes import Change
from planner.domain.lookup import Lookup
from planner.model.columns import exit_values
from planner.pricing import offers_of

BEFORE_PROOF = "before proof"
"""Name of a bound that says next to nothing: the proof follows."""
LESS = {
    ("legs", "cbm_per_day"),
    ("legs", "kg_per_day"),
    ("legs", "boxes_per_period"),
    ("sites", "throughput_units_per_day"),
    ("sites", "storage_cbm"),
    ("sites", "dispatch_units_per_day"),
    ("channels", "units_per_day"),
    ("channels", "style_share"),
    ("demand", "units_per_period"),
    ("season_factors", "factor"),
    ("rules", "quota_units"),
    ("exits", "units_most"),
    ("exits", "value_per_unit"),
    ("exits", "value_per_kg"),
    ("exits", "value_share_of_tag"),
    ("exits", "value_share_of_cost"),
}
"""Cells that only take something away when they are lowered; blank = no limit."""
MORE = {
    ("brands", "floor_domestic"),
    ("brands", "floor_export"),
    ("brands", "must_clear_share"),
    ("brands", "must_clear_price"),
    ("channels", "floor_factor"),
    ("channels", "open_from"),
}
"""Cells that only take something away when they are raised; blank = from the start."""
NEW_ROWS = ("locks", "price_rules")
"""Tables of which every new row forbids something and nothing else."""
SAID_ONLY = ("provenance",)
"""Tables that change no plan."""


def only_takes_away(changes: Iterable[Change]) -> bool:
    """Whether every plan of the edited scenario was a plan before, worth no less: then the bound
    proven before still holds."""
    return all(map(_takes_away, changes))


def _takes_away(change: Change) -> bool:
    cell = (change.table, change.field)
    if change.table in SAID_ONLY:
        return True
    if change.is_row:
        return change.table in NEW_ROWS and change.old is None
    old, new = change.old, change.new
    if cell in LESS:
        return new is not None and (old is None or new <= old)  # type: ignore[operator]
    if cell in MORE:
        return new is not None and (old is None or new >= old)  # type: ignore[operator]
    return False


def crude_bound(lookup: Lookup) -> float:
    """No plan is worth more: every unit at the dearest price anybody may ask on any day, with its
    duties back and nothing paid for, or its tag where one party buys from the other.
    """
    units = lookup.of_lots("units").astype(float)
    best = lookup.tag + 0.0
    days = np.arange(lookup.horizon_days + 1)
    for k, row in enumerate(lookup.scenario.channels):
        market = lookup.scenario.markets[lookup.market_at[row.market]]
        offers = offers_of(lookup, k)
        rate = float(np.max(lookup.fx(market.currency, days)))
        back = float(row.return_value + row.salvage_value) * float(
            np.max(lookup.fx(row.currency, days))
        )
        dearest = np.maximum(offers.price * rate, offers.wholesale_price) + back
        np.maximum.at(best, lookup.parent[offers.lot], dearest)
    lot, _, value = exit_values(lookup)
    np.maximum.at(best, lot, value)
    own = ~lookup.is_form
    gains = lookup.unit_cost + max(lookup.header.value_per_unit_cleared, 0.0)
    return float((units * (best + gains))[own].sum())
