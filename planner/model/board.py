"""What every rule reads, and the tools rules are written with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.landed_cost.options import Priced
from planner.model.columns import Columns
from planner.model.program import NO_LIMIT, Block

LARGE = 200_000
"""Programs with more options are written with as few entries as will do."""
Entries = tuple[Ints, Ints, Floats]
"""Parallel (row, column, coefficient)."""
MEASURE_SLACK = 5e-10
"""Part of a measured limit that is forgiven, so that a limit can be used to its last unit although
sums of decimal fractions are not exact; the audit forgives twice as much."""


@dataclass(frozen=True)
class Board:
    """The priced options and where each decision's column stands."""

    priced: Priced
    columns: Columns

    @cached_property
    def lot_units(self) -> Floats:
        """Units of every lot."""
        return np.asarray(self.priced.lookup.of_lots("units").astype(float))

    @property
    def stock(self) -> float:
        """Units of all lots, each counted once whatever its forms."""
        return float(self.lot_units[~self.priced.lookup.is_form].sum())

    @cached_property
    def market_of_channel(self) -> Ints:
        """Market of every channel."""
        lookup = self.priced.lookup
        return np.array([lookup.market_at[row.market] for row in lookup.scenario.channels])

    @cached_property
    def style_of_lot(self) -> Ints:
        """Number of every lot's style, in `styles`."""
        return self.priced.lookup.kinds("style")[1]

    @cached_property
    def styles(self) -> list[str]:
        """Every style once."""
        return self.priced.lookup.kinds("style")[0]

    @cached_property
    def brand_of_lot(self) -> Ints:
        """Position of every lot's brand."""
        return self.priced.lookup.brand_of_lot

    @cached_property
    def moved(self) -> Bools:
        """Options that are not frozen shipments."""
        priced = self.priced
        return np.asarray(priced.trips.frozen[priced.options.trip] < 0)

    def entered(self, visits: Ints, place: int) -> Ints:
        """Period in which each trip enters a leg or site; 0 where it does not."""
        period = np.zeros(len(self.priced.trips.route), dtype=np.int64)
        here = visits[visits[:, 1] == place]
        period[here[:, 0]] = here[:, 2]
        return period


def block(
    rule: str,
    unit: str | Sequence[str],
    names: Sequence[tuple[str, int]],
    entries: Sequence[Entries],
    upper: Sequence[float] | Floats,
    lower: Sequence[float] | Floats | None = None,
    *,
    link: bool = False,
    logic: bool = False,
    price: Sequence[float] | Floats | None = None,
) -> Block:
    """A block from its row names (label, period), its entries and its limits."""
    joined = [np.concatenate(parts) for parts in zip(*entries, strict=True)] if entries else [
        np.zeros(0), np.zeros(0), np.zeros(0)]  # fmt: skip
    return Block(
        rule,
        unit,
        [label for label, _ in names],
        np.array([period for _, period in names], dtype=np.int64),
        joined[0].astype(np.int32),
        joined[1].astype(np.int32),
        joined[2],
        np.full(len(names), -NO_LIMIT) if lower is None else np.asarray(lower, dtype=float),
        np.asarray(upper, dtype=float),
        link,
        logic,
        None if price is None else np.asarray(price, dtype=float),
    )


def rank(*keys: Ints) -> tuple[Ints, Ints]:
    """Number the distinct combinations of keys: (number of each element, first element of each)."""
    combined = np.zeros(len(keys[0]), dtype=np.int64)
    for key in keys:
        combined = combined * (int(key.max(initial=0)) + 1) + key
    _, first, number = np.unique(combined, return_index=True, return_inverse=True)
    return number, first


def links(gates: Ints, members: Sequence[Ints], most: Floats) -> list[Entries]:
    """Rows "units of members - most x gate <= 0", one per gate column, in order."""
    if not len(gates):
        return []
    size = np.array([len(part) for part in members])
    number = np.arange(len(gates))
    inside = np.concatenate(members) if size.sum() else np.zeros(0, dtype=np.int64)
    return [
        (np.repeat(number, size), inside, np.ones(len(inside))),
        (number, gates, -np.asarray(most, dtype=float)),
    ]
