"""Everything a plan decides besides options: families of columns, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np

from planner.domain.arrays import Floats, Ints
from planner.domain.lookup import Lookup, column
from planner.domain.vocabulary import ExitKind, Perspective
from planner.landed_cost.options import Priced
from planner.model.program import Kind
from planner.pricing.exits import open_exits


@dataclass(frozen=True, kw_only=True)
class Family:
    """Columns of one kind of decision: parallel sequences.

    label, period (0 = the whole horizon) name a column; value is PC for each, negative = a cost;
    most is the largest amount.
    """

    kind: ClassVar[Kind]
    labels: Sequence[str]
    periods: Ints
    value: Floats
    most: Floats

    def __len__(self) -> int:
        return len(self.value)


F = TypeVar("F", bound=Family)


@dataclass(frozen=True)
class Columns:
    """Where each family of decisions stands in the program, after the options."""

    options: int
    families: tuple[Family, ...]

    def of(self, kind: type[F]) -> F:
        """The family of this class."""
        return next(family for family in self.families if isinstance(family, kind))

    def first(self, kind: type[Family]) -> int:
        """Column at which a family begins."""
        start = self.options
        for family in self.families:
            if isinstance(family, kind):
                return start
            start += len(family)
        raise KeyError(kind.__name__)

    def at(self, kind: type[Family]) -> Ints:
        """All columns of a family."""
        return self.first(kind) + np.arange(len(self.of(kind)))

    @property
    def count(self) -> int:
        """All columns, options included."""
        return self.options + sum(len(family) for family in self.families)

    def with_family(self, family: Family) -> Columns:
        """The same and one more family at the end."""
        return Columns(self.options, (*self.families, family))


@dataclass(frozen=True, kw_only=True)
class Exits(Family):
    """Permitted (lot, exit) pairs: positions of both."""

    kind = Kind.UNITS
    lot: Ints
    exit: Ints


@dataclass(frozen=True, kw_only=True)
class Stays(Family):
    """Units of each frozen shipment that stay unsold at their market."""

    kind = Kind.UNITS


@dataclass(frozen=True, kw_only=True)
class Shortfalls(Family):
    """What is missing from soft limits: the row each belongs to, and 1 where it lifts a lower
    limit, -1 where it eases an upper one."""

    kind = Kind.AMOUNT
    rows: Ints
    sign: Floats


def columns_of(priced: Priced, families: Sequence[Callable[[Priced], Family]]) -> Columns:
    """All decisions of a scenario, shortfalls of soft rules excepted."""
    return Columns(len(priced.options), tuple(build(priced) for build in families))


def exits_of(priced: Priced) -> Exits:
    """Every exit open to a lot, valued per unit."""
    lookup = priced.lookup
    lot, way, value = exit_values(lookup)
    names = [f"{lookup.scenario.lots[a].lot} | {lookup.scenario.exits[b].exit}"
             for a, b in zip(lot.tolist(), way.tolist(), strict=True)]  # fmt: skip
    units = lookup.of_lots("units").astype(float)
    return Exits(
        labels=names,
        periods=np.zeros(len(lot), dtype=np.int64),
        value=value,
        most=units[lot],
        lot=lot,
        exit=way,
    )


def stays_of(priced: Priced) -> Stays:
    """One column per frozen shipment."""
    shipments = priced.lookup.scenario.frozen_shipments
    return Stays(
        labels=[row.shipment for row in shipments],
        periods=np.zeros(len(shipments), dtype=np.int64),
        value=np.zeros(len(shipments)),
        most=np.array([float(row.units) for row in shipments]),
    )


def exit_values(lookup: Lookup) -> tuple[Ints, Ints, Floats]:
    """Every exit open to a lot and what a unit brings there (docs/model.md, exits)."""
    header, exits = lookup.header, lookup.scenario.exits
    lot, way = np.nonzero(open_exits(lookup))

    def of_exit(name: str) -> Floats:
        return np.asarray(column(exits, name).astype(float)[way])

    rate = np.array([float(lookup.fx(row.currency)) for row in exits], dtype=float)[way]
    value = (
        of_exit("value_share_of_tag") * lookup.tag[lot] / (1 + header.home_vat_rate)
        + of_exit("value_share_of_cost") * lookup.unit_cost[lot]
        + (of_exit("value_per_unit") + of_exit("value_per_kg") * lookup.of_lots("kg")[lot]) * rate
    )
    held = np.array([row.kind == ExitKind.HOLD for row in exits], dtype=bool)[way]
    value = np.asarray(value - np.where(held, _holding(lookup)[lot], 0.0))
    if header.perspective != Perspective.BOTH:
        mine = lookup.of_kinds(lambda owner: owner.value == header.perspective, "owner", dtype=bool)
        value = np.where(mine[lot], value, 0.0)
    return lot, way, value


def _holding(lookup: Lookup) -> Floats:
    """Storage of a unit of every lot from the day it is free to the end of the horizon, PC."""
    free = (lookup.of_lots("available_period").astype(float) - 1) * lookup.days_per_period
    sites = lookup.scenario.sites
    a_day = [site.storage_cost_per_cbm_day * float(lookup.fx(site.currency)) for site in sites]
    storage = np.array(a_day, dtype=float)[lookup.origin_of_lot]
    return np.asarray(storage * lookup.of_lots("cbm") * (lookup.horizon_days - free))
