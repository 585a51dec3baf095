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


class NoPlanError(PlannerError):
    """No plan obeys every hard rule; the text names what is too tight."""


class OutOfTimeError(NoPlanError):
    """No plan was found within the time allowed; there may be one."""


class SolverError(PlannerError):
    """The solver process ended without an answer: a crash, a lack of memory, a cancel."""
