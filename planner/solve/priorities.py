"""Goals in an order -> the plan that is best in the first, then in the second, and so on.

Lexicographic optimisation with tolerances: each goal is solved for by itself, then kept as a rule,
less what its tolerance lets go, while the next one is solved for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.domain.arrays import Floats
from planner.domain.vocabulary import Goal
from planner.errors import NoPlanError
from planner.model.filling import violations
from planner.model.goals import Aim
from planner.model.program import Program
from planner.solve.certificate import best_use_prices, certified_bound
from planner.solve.solution import Solution

Solver = Callable[[Program, Floats | None], Solution]
"""Solves a program, given the amounts of a plan that keeps its rules where one is known."""
Known = Callable[[], Iterable[Floats]]
"""Amounts of plans known from elsewhere."""

LARGE = 60_000
"""Programs with more columns are not finished by branch and bound."""
SIDE = 1e-4
"""On large programs, what money counts for beside a goal: where all options serve a goal alike, a
linear solver finds no way through them."""


@dataclass(frozen=True)
class Stage:
    """How one goal went, in its own unit: the best reached, its bound, what later goals must leave.

    The bound is what no plan that keeps the goals before it can exceed, or fall below.
    """

    aim: Aim
    best: float
    bound: float
    kept: float


def in_order(
    program: Program, aims: Sequence[Aim], solve: Solver, known: Known
) -> tuple[Solution, tuple[Stage, ...]]:
    """The plan of the last goal, which is money, and how every goal went.

    Its value, bound and marginal values are money, among the plans that keep the goals before.
    """
    stages: list[Stage] = []
    plans: list[Solution] = []
    task = program
    for aim in aims:
        turn = _Turn.of(aim, task)
        found = _best(turn.program, solve, plans[-1:], known)
        best = aim.of(found.amounts)
        kept = aim.kept(best)
        stages.append(Stage(aim, best, turn.bound(found.bound), kept))
        plans.append(found)
        task = aim.keeping(task, kept)
    rows, _ = program.size
    phases = dict.fromkeys(name for plan in plans for name in plan.seconds)
    solution = replace(
        plans[-1],
        prices=plans[-1].prices[:rows],
        reproducible=all(plan.reproducible for plan in plans),
        seconds={name: sum(plan.seconds.get(name, 0.0) for plan in plans) for name in phases},
    )
    return solution, tuple(stages)


@dataclass(frozen=True)
class _Turn:
    """A goal's turn: the program to solve, and the least that money aside may add to its value."""

    aim: Aim
    program: Program
    aside: float

    @classmethod
    def of(cls, aim: Aim, task: Program) -> _Turn:
        """The goal alone; on large programs with a little money, but for money itself."""
        alone, money = aim.program(task), task.value
        if task.size[1] <= LARGE or aim.goal == Goal.RECOVERY:
            return cls(aim, alone, 0.0)
        weight = SIDE * _size(alone, alone.value) / max(_size(alone, money), 1.0)
        blended = replace(alone, value=alone.value + weight * money)
        return cls(aim, blended, weight * _least(alone, money))

    def bound(self, blended: float) -> float:
        """The goal's own bound: no plan is worth more than the blend less the least of the rest."""
        bound = blended - self.aside
        return bound if self.aim.sign > 0 else max(0.0, -bound)


def _size(program: Program, values: Floats) -> float:
    """What values could add up to: every unit where it counts most, and everything else."""
    return -_least(program, -np.abs(values))


def _least(program: Program, values: Floats) -> float:
    """No plan adds up to less: every unit where it counts least, everything else where negative."""
    matrix = program.matrix
    supply = program.rows_of("supply")
    lot = np.full(program.size[0], -1, dtype=np.int64)
    lot[supply] = np.arange(len(supply))
    column = np.repeat(np.arange(program.size[1]), np.diff(matrix.indptr))
    held = lot[matrix.indices] >= 0
    worst = np.zeros(len(supply))
    np.minimum.at(worst, lot[matrix.indices[held]], values[column[held]])
    goods = np.zeros(program.size[1], dtype=bool)
    goods[column[held]] = True
    others = np.minimum(values[~goods], 0.0) @ program.most[~goods]
    return float(worst @ program.row_upper[supply] + others)


def _best(task: Program, solve: Solver, before: list[Solution], known: Known) -> Solution:
    """The solver's answer, or a plan known already that is better by this goal."""
    start = before[0].amounts if before else None
    try:
        found = solve(task, start)
    except NoPlanError:
        if start is None:
            raise
        found = _of_known(task, start)
    for amounts in (*(plan.amounts for plan in before), *known()):
        value = float(task.value @ amounts)
        if value > found.value and not violations(task, amounts):
            found = replace(found, amounts=amounts, value=value)
    return found


def _of_known(task: Program, amounts: Floats) -> Solution:
    """The plan of the goal before, where the time was too short for a better one."""
    prices = best_use_prices(task)
    value = float(task.value @ amounts)
    return Solution(
        amounts=amounts,
        prices=np.full_like(prices, np.nan),
        value=value,
        bound=certified_bound(task, prices),
        bound_by="duals",
        relaxation=value,
        stopped_because="the time allowed was used up; this is the plan of the goal before",
        reproducible=False,
        seconds={},
    )
