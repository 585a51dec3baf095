"""Which lots, channels and options a row of a rule table selects."""

from __future__ import annotations

import numpy as np

from planner.domain.arrays import Bools, Ints
from planner.domain.check.basics import touched_channels, touches_lot
from planner.domain.lookup import Lookup
from planner.domain.records import Record
from planner.landed_cost.options import Priced


def selected_options(priced: Priced, row: Record) -> Ints:
    """Positions of the options whose lot and channel a row selects by every selector it has."""
    lots, channels = selected_lots(priced.lookup, row), selected_channels(priced.lookup, row)
    return np.flatnonzero(lots[priced.options.lot] & channels[priced.options.channel])


def selected_lots(lookup: Lookup, row: Record) -> Bools:
    """Whether a row selects each lot."""
    scenario = lookup.scenario
    return np.array([touches_lot(scenario, row, lot) for lot in scenario.lots], dtype=bool)


def selected_channels(lookup: Lookup, row: Record) -> Bools:
    """Whether a row selects each channel."""
    scenario = lookup.scenario
    chosen = touched_channels(scenario, row)
    return np.array([each.channel in chosen for each in scenario.channels], dtype=bool)
