"""Every fault the planner can report, as one small tree.

PlannerError
├── ScenarioError     the input has findings; nothing was loaded
├── NoPlanError       no plan obeys every hard rule
│   └── OutOfTimeError    none was found within the time allowed
└── SolverError       the solver process failed (crash, out of memory, cancelled)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One fault in data or plan: where it is, what is wrong, how to put it right.

    `row` is the line of the file or the row of the sheet (1 = header), or 0 when
    the fault concerns the whole table.
    """

    table: str
    row: int
    field: str
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = self.table + (f" row {self.row}" if self.row else "")
        place += f", {self.field}" if self.field else ""
        return f"{place}: {self.problem} {self.remedy}".strip()


class PlannerError(Exception):
    """A fault the user can act on; its text is a full sentence."""


class ScenarioError(PlannerError):
    """The scenario has findings; all of them are carried, none was repaired in silence."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(set(findings)))
        count = len(self.findings)
        head = "1 finding" if count == 1 else f"{count} findings"
        super().__init__("\n".join([f"{head}:", *map(str, self.findings)]))


@dataclass(frozen=True)
class Loosening:
    """One limit of a hard rule that has to give, in the rule's own unit.

    `direction` is 'raise' for a most, 'lower' for a least; for a number asked for exactly, the way
    it has to move. `by` is how far, `new_limit` where it ends. period 0 = the whole horizon.
    """

    rule: str
    label: str
    period: int
    unit: str
    by: float
    direction: str
    new_limit: float

    def __str__(self) -> str:
        when = f" in period {self.period}" if self.period else ""
        change = f"by {self.by:,.10g} {self.unit} to {self.new_limit:,.10g}"
        return f"{self.direction} {self.rule} {self.label}{when} {change}"


class NoPlanError(PlannerError):
    """No plan obeys every hard rule.

    `loosenings` are a smallest set of limits to loosen and by how much; with them there is a plan.
    """

    def __init__(self, text: str, loosenings: Iterable[Loosening] = ()) -> None:
        self.problem, self.loosenings = text, tuple(loosenings)
        remedy = "; ".join(map(str, self.loosenings))
        super().__init__(f"{text} To make one possible: {remedy}." if remedy else text)


class OutOfTimeError(NoPlanError):
    """No plan was found within the time allowed; there may be one."""


class SolverError(PlannerError):
    """The solver process ended without an answer: a crash, a lack of memory, a cancel."""
