"""A scenario -> smaller scenarios of some of its lots each, which together hold every lot once."""

from __future__ import annotations

import hashlib

from planner.domain.records import Lot
from planner.domain.scenario import Scenario


def slice_scenario(scenario: Scenario, lots: int) -> list[Scenario]:
    """Scenarios of about `lots` lots each, everything but the lots as in the whole.

    Limits are not divided: they are shared by all slices. Styles are never split, since a style's
    lots compete for its share of a pool. Lots that share a pool, of one category and season, are
    kept together and otherwise mixed, always in the same way.
    """
    return [part_of(scenario, part) for part in _parts(scenario, lots)]


def part_of(scenario: Scenario, lots: tuple[Lot, ...]) -> Scenario:
    """The scenario with these lots only."""
    return scenario.model_copy(update={"lots": lots})


def _parts(scenario: Scenario, most: int) -> list[tuple[Lot, ...]]:
    """Lots of every slice: whole styles, as many as fit, a larger style by itself."""
    parts: list[tuple[Lot, ...]] = []
    current: list[Lot] = []
    for style in _styles(scenario):
        if current and len(current) + len(style) > most:
            parts.append(tuple(current))
            current = []
        current += style
    return [*parts, tuple(current)] if current else parts


def _styles(scenario: Scenario) -> list[list[Lot]]:
    """Lots by style: by category and season, within them in an order drawn from the style's name."""
    styles: dict[str, list[Lot]] = {}
    for lot in scenario.lots:
        styles.setdefault(lot.style, []).append(lot)

    def order(style: list[Lot]) -> tuple[str, str, bytes]:
        first = style[0]
        return first.category, first.season, hashlib.sha256(first.style.encode()).digest()

    return sorted(styles.values(), key=order)
