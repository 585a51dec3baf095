"""Bases and plans carried from one program to another by the names of their columns and rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Floats
from planner.landed_cost.keys import Keys, keys_of, names_of
from planner.live.near import keys_of_lines
from planner.model.columns import Columns, Exits, Stays
from planner.model.filling import violations
from planner.model.program import Program
from planner.pipeline import Prepared
from planner.plan.record import Plan
from planner.solve.quick import plain, with_openings
from planner.solve.warm import Basis, Start, resumed

Name = tuple[str, str, int, int]
"""Rule or family, label, period, and the number among those called the same."""


@dataclass(frozen=True)
class Before:
    """The program of near options solved before, its basis and the names of its columns and rows."""

    program: Program
    basis: Basis
    options: Keys
    columns: dict[Name, int]
    rows: dict[Name, int]

    def start(self, ready: Prepared, options: Keys) -> Start:
        """Where to start on another program, whose options are these."""
        old = self.options.placed(options.names).at(options)
        rest = [self.columns.get(name, -1) for name in names_of_columns(ready.columns)]
        rows = [self.rows.get(name, -1) for name in names_of_rows(ready.program)]
        columns = np.concatenate([old, np.array(rest, dtype=np.int64)])
        return resumed(ready.program, self.program, self.basis, columns, np.array(rows))


def names_of_columns(columns: Columns) -> list[Name]:
    """A name for every column that is not an option."""
    return _numbered(
        (type(family).__name__, label, period)
        for family in columns.families
        for label, period in zip(family.labels, family.periods.tolist(), strict=True)
    )


def names_of_rows(program: Program) -> list[Name]:
    """A name for every row."""
    labels = program.labels
    return _numbered(zip(labels.rule, labels.label, labels.period.tolist(), strict=True))


def _numbered(names: Iterable[tuple[str, str, int]]) -> list[Name]:
    """Names of things of which several may be called the same, told apart by their order."""
    seen: Counter[tuple[str, str, int]] = Counter()
    found = []
    for name in names:
        found.append((*name, seen[name]))
        seen[name] += 1
    return found


def amounts_of(plan: Plan, ready: Prepared) -> Floats | None:
    """A plan's amounts in the program of all options; None where that has other rules."""
    program, columns, lookup = ready.program, ready.columns, ready.priced.lookup
    if not plain(program):
        return None
    names = names_of(lookup, ready.priced.trips)
    at = keys_of(names, ready.priced.options).at(keys_of_lines(names, plan.lines))
    if (at < 0).any():
        return None
    amounts = np.zeros(program.size[1])
    amounts[at] = plan.lines["units"].to_numpy()
    exits = {label: k for k, label in enumerate(columns.of(Exits).labels, columns.first(Exits))}
    stays = {label: k for k, label in enumerate(columns.of(Stays).labels, columns.first(Stays))}
    gone = zip(*(plan.exits[name] for name in ("lot", "exit", "shipment", "units")), strict=True)
    for lot, way, shipment, units in gone:
        amounts[stays[shipment] if shipment else exits[f"{lot} | {way}"]] = units
    amounts = with_openings(program, amounts)
    return None if violations(program, amounts) else amounts
