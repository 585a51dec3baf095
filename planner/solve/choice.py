"""Which engine a scenario is solved by: the one place that decides."""

from __future__ import annotations

from enum import StrEnum

from planner.domain.scenario import Scenario
from planner.domain.vocabulary import CorridorMode, ExitKind, FixedPer

LARGE_COMBINATIONS = 1_500_000
"""Lots x channels x periods from which a scenario is worked out slice by slice."""
ALONE = (
    "leg_boxes",
    "rate_breaks",
    "reseller_levels",
    "opening_terms",
    "style_spreads",
    "exclusive_groups",
    "quantity_rules",
    "price_rules",
    "price_paths",
    "corridors",
    "rule_settings",
    "priorities",
    "locks",
    "frozen_shipments",
    "actual_sales",
    "closures",
)
"""Tables whose rules tie decisions together in ways the tables by style do not know."""


class Engine(StrEnum):
    """Which way a scenario is solved."""

    WHOLE = "whole"
    BY_SLICES = "by slices"


def engine_of(scenario: Scenario) -> Engine:
    """The one place that decides: by slices where it is too large and every rule allows it."""
    combinations = len(scenario.lots) * len(scenario.channels) * scenario.header.periods
    if combinations < LARGE_COMBINATIONS or reasons_against_slices(scenario):
        return Engine.WHOLE
    return Engine.BY_SLICES


def reasons_against_slices(scenario: Scenario) -> list[str]:
    """What in a scenario cannot be worked out slice by slice, in plain words."""
    found = [f"table {name} has rows" for name in ALONE if getattr(scenario, name)]
    if scenario.header.corridor != CorridorMode.OFF:
        found.append("the corridor is on")
    if any(row.fixed_cost > 0 or row.fixed_per != FixedPer.NONE for row in scenario.rules):
        found.append("papers have a fixed cost")
    if any(row.multiple_units > 1 or row.least_line_units > 0 for row in scenario.lots):
        found.append("lots ship in multiples or least lines")
    if any(
        row.styles_most_per_period is not None
        or row.price_distance_least > 0
        or row.presale_periods > 0
        or row.burst_days is not None
        for row in scenario.channels
    ):
        found.append("a channel limits its events")
    if any(row.minimum_charge > 0 for row in scenario.legs):
        found.append("a leg has a minimum charge")
    if any(row.kind == ExitKind.DE_BRAND for row in scenario.exits):
        found.append("lots can be turned into other forms")
    if any(row.exclusive_channels for row in scenario.brands):
        found.append("a brand is sold in some channels only")
    if not any(
        row.kind == ExitKind.HOLD
        and row.units_most is None
        and not (row.brands or row.categories or row.open_from or row.open_to)
        for row in scenario.exits
    ) or any(row.storage_cbm is not None for row in scenario.sites):
        found.append("not every unit may be held")
    return found
