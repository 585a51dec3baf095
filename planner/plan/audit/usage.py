"""What every check of a plan's limits reads and gives: the plan's lines, and how much they use."""

from __future__ import annotations

from dataclasses import dataclass, field

from planner.plan.audit.options import Line, Option
from planner.plan.audit.read import Rows

RELATIVE = 1e-9
"""Room left to capacities for the noise of binary fractions; counts of units get none."""


@dataclass(frozen=True, slots=True)
class Book:
    """A plan's lines, those the scenario knows as options, its exits, what it opens, its boxes."""

    lines: list[Line]
    options: list[Option]
    exits: Rows
    openings: Rows = field(default_factory=list)
    boxes: Rows = field(default_factory=list)
    box_loads: Rows = field(default_factory=list)


@dataclass(slots=True)
class Usage:
    """What a plan uses of one limit. `kind`: '<=' and '>=' with noise, or exact '<', '=', '>'."""

    rule: str
    label: str
    period: int
    unit: str
    limit: float
    kind: str = "<="
    used: float = 0.0
    row: int = 0
    weight: float = 0.0

    def add(self, amount: float, row: int) -> None:
        self.used += amount
        self.weight += abs(amount)
        self.row = self.row or row

    @property
    def missing(self) -> float:
        """How far the limit is missed; 0 where it is kept."""
        over = self.used - self.limit
        if self.kind == "=":
            return abs(over)
        far = over if self.kind in ("<", "<=") else -over
        noise = RELATIVE * max(abs(self.limit), self.weight) if self.kind in ("<=", ">=") else 0.0
        return far if far > noise else 0.0

    @property
    def broken(self) -> bool:
        return self.missing > 0


@dataclass(slots=True)
class Meter:
    """Usages by (label, period), made when first needed."""

    rule: str
    unit: str
    usages: dict[tuple[str, int], Usage] = field(default_factory=dict)

    def add(self, label: str, period: int, limit: float, amount: float, row: int) -> None:
        key = (label, period)
        if key not in self.usages:
            self.usages[key] = Usage(self.rule, label, period, self.unit, limit)
        self.usages[key].add(amount, row)
