"""Scenario -> findings: whether its tables agree with each other.

`check` holds two groups. `row_findings` looks at one row and at the names it refers to;
`whole_findings` needs all tables to be sound (cover of dates, reach of the network, locks).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from planner.domain.check import cover, locks, names, network, rows, rules
from planner.domain.check.basics import HEADER, Findings
from planner.domain.check.names import NEEDED
from planner.domain.scenario import Scenario
from planner.domain.selectors import did_you_mean, matches
from planner.errors import Finding

__all__ = [
    "HEADER",
    "NEEDED",
    "check",
    "did_you_mean",
    "matches",
    "row_findings",
    "whole_findings",
]

Check = Callable[[Scenario], Findings]

ROW_CHECKS: tuple[Check, ...] = (
    *names.ROW_CHECKS,
    *rows.ROW_CHECKS,
    *network.ROW_CHECKS,
    *rules.ROW_CHECKS,
    *locks.ROW_CHECKS,
)
WHOLE_CHECKS: tuple[Check, ...] = (
    *names.WHOLE_CHECKS,
    *cover.WHOLE_CHECKS,
    *network.WHOLE_CHECKS,
    *rules.WHOLE_CHECKS,
    *locks.WHOLE_CHECKS,
)


def check(scenario: Scenario) -> tuple[Finding, ...]:
    """Every fault between the tables of a scenario, sorted; empty when it is valid."""
    found = row_findings(scenario)
    if any((one.table, one.field) in rows.HORIZON for one in found):
        return found
    return tuple(sorted({*found, *whole_findings(scenario)}))


def row_findings(scenario: Scenario) -> tuple[Finding, ...]:
    """Faults of single rows and of the names they refer to."""
    return _run(scenario, ROW_CHECKS)


def whole_findings(scenario: Scenario) -> tuple[Finding, ...]:
    """Faults that show only when whole tables are seen together."""
    return _run(scenario, WHOLE_CHECKS)


def _run(scenario: Scenario, checks: Sequence[Check]) -> tuple[Finding, ...]:
    return tuple(sorted({finding for one in checks for finding in one(scenario)}))
