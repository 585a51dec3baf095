"""Goals -> what every column adds to them: money, units cleared, cash in time, markets, CO2e."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from planner.domain.arrays import Floats, Ints
from planner.domain.lookup import column
from planner.domain.vocabulary import Goal
from planner.landed_cost.options import Priced
from planner.model.columns import Columns, Exits
from planner.model.program import NO_LIMIT, Program, RowLabels
from planner.model.rules.markets import MarketsUsed
from planner.model.rules.quantities import cash_period, money, receipts

MINIMISED = (Goal.FEWEST_MARKETS, Goal.CO2E)
"""Goals of which less is better."""
UNIT = {
    Goal.RECOVERY: "PC",
    Goal.CLEARED_UNITS: "units",
    Goal.CASH: "PC",
    Goal.FEWEST_MARKETS: "markets",
    Goal.CO2E: "kg CO2e",
}
KEPT = 1e-9
"""Part of a goal that is forgiven where it is kept: sums of decimals are not exact."""


@dataclass(frozen=True)
class Aim:
    """A goal, what every column of a program adds to it, and what later goals may give up of it."""

    order: int
    goal: Goal
    values: Floats
    tolerance: float

    @property
    def sign(self) -> float:
        """1 where more is better, -1 where less is."""
        return -1.0 if self.goal in MINIMISED else 1.0

    def of(self, amounts: Floats) -> float:
        """What amounts of all columns reach."""
        return float(self.values @ amounts)

    def kept(self, best: float) -> float:
        """What later goals must leave of the best reached."""
        return best - self.sign * self.tolerance * abs(best)

    def program(self, program: Program) -> Program:
        """The program whose value is this goal."""
        return replace(program, value=self.sign * self.values)

    def keeping(self, program: Program, limit: float) -> Program:
        """The program with one more rule: the goal is at least, or at most, this."""
        forgiven = KEPT * max(1.0, abs(limit))
        least = limit - forgiven if self.sign > 0 else -NO_LIMIT
        most = limit + forgiven if self.sign < 0 else NO_LIMIT
        return _with_row(program, self.values, least, most, (self.goal.value, UNIT[self.goal]))


def aims_of(priced: Priced, columns: Columns, program: Program) -> list[Aim]:
    """The scenario's priorities in their order, and money once more at the end.

    So whatever the goals before leave open is decided by money, and no plan is wasteful.
    """
    rows = sorted(priced.lookup.scenario.priorities, key=lambda row: row.order)
    aims = [
        Aim(
            row.order,
            row.goal,
            goal_values(priced, columns, program, row.goal, row.by_period),
            row.tolerance,
        )
        for row in rows
    ]
    if not aims or aims[-1].goal != Goal.RECOVERY:
        last = aims[-1].order + 1 if aims else 1
        aims.append(Aim(last, Goal.RECOVERY, program.value, 0.0))
    return aims


def goal_values(
    priced: Priced, columns: Columns, program: Program, goal: Goal, by_period: int | None = None
) -> Floats:
    """What one of each column of the program adds to a goal."""
    if goal == Goal.RECOVERY:
        return program.value
    values = np.zeros(program.size[1])
    of_options, of_others = ADDED[goal]
    values[: columns.options] = of_options(priced, by_period or priced.lookup.periods)
    for at, each in of_others(priced, columns):
        values[at] = each
    return values


def _every_unit(priced: Priced, by_period: int) -> Floats:
    return np.ones(len(priced.options))


def _cash_in_time(priced: Priced, by_period: int) -> Floats:
    """Cash a unit brings by the end of a period (docs/model.md, cash target)."""
    every = np.arange(len(priced.options))
    early = cash_period(priced, every) <= by_period
    cash = np.zeros(len(every))
    cash[early] = receipts(priced, every[early])
    return cash


def _emitted(priced: Priced, by_period: int) -> Floats:
    return money(priced, np.arange(len(priced.options)), {"co2e_kg": 1.0})[0]


def _no_option(priced: Priced, by_period: int) -> Floats:
    return np.zeros(len(priced.options))


Added = list[tuple[Ints, Floats]]
"""Columns besides options, and what one of each adds."""


def _clearing(priced: Priced, columns: Columns) -> Added:
    clears = column(priced.lookup.scenario.exits, "clears").astype(float)
    return [(columns.at(Exits), clears[columns.of(Exits).exit])] if len(clears) else []


def _markets(priced: Priced, columns: Columns) -> Added:
    at = columns.at(MarketsUsed)
    return [(at, np.ones(len(at)))]


def _nothing(priced: Priced, columns: Columns) -> Added:
    return []


ADDED: dict[Goal, tuple[Callable[[Priced, int], Floats], Callable[[Priced, Columns], Added]]] = {
    Goal.CLEARED_UNITS: (_every_unit, _clearing),
    Goal.CASH: (_cash_in_time, _nothing),
    Goal.FEWEST_MARKETS: (_no_option, _markets),
    Goal.CO2E: (_emitted, _nothing),
}
"""What options and what other columns add to each goal but money."""


def _with_row(
    program: Program, values: Floats, lower: float, upper: float, name: tuple[str, str]
) -> Program:
    """The program with the rule `priority` at the end, scaled so that its entries stay near 1."""
    scale = 10.0 ** np.floor(np.log10(max(float(np.abs(values).max(initial=0.0)), 1.0)))
    row = sparse.csr_array(values[None, :] / scale)
    labels = program.labels
    return replace(
        program,
        matrix=sparse.csc_array(sparse.vstack([program.matrix, row], format="csc")),
        row_lower=np.append(program.row_lower, lower / scale),
        row_upper=np.append(program.row_upper, upper / scale),
        labels=RowLabels(
            (*labels.rule, "priority"),
            (*labels.label, name[0]),
            np.append(labels.period, 0),
            (*labels.unit, name[1]),
        ),
        link=np.append(program.link, False),
        logic=np.append(program.logic, False),
    )
