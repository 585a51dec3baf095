"""Scenario -> the front of two goals: what more of the one costs in terms of the other.

Epsilon-constraint method with lexicographic solves (Mavrotas 2009): both ends first, then limits on
the second goal spaced evenly between them. Every point is best in the first goal at its limit, and
then best in the second, so that none is only weakly efficient.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.domain.arrays import Floats
from planner.domain.lookup import Lookup
from planner.domain.records import Priority
from planner.domain.scenario import Scenario, canonical
from planner.domain.vocabulary import Goal
from planner.landed_cost.options import Priced, price_scenario
from planner.model.build import build
from planner.model.goals import Aim, aims_of
from planner.model.program import Program
from planner.pipeline import as_asked
from planner.solve.priorities import Stage, in_order
from planner.solve.run import run_solver
from planner.solve.settings import Progress, Settings
from planner.solve.solution import Solution

EQUAL = 1e-6
"""Part of a goal below which two points are the same."""


@dataclass(frozen=True)
class Point:
    """One plan of the front: its amounts, both goals, and how far the first is from its bound."""

    amounts: Floats
    first: float
    second: float
    gap: float


def pareto(
    scenario: Scenario,
    first: Goal,
    second: Goal,
    points: int = 5,
    settings: Settings | None = None,
    cancel: threading.Event | None = None,
    *,
    by_period: int | None = None,
) -> pd.DataFrame:
    """One row per point of the front, from the best in the first goal to the best in the second.

    Columns: both goals by name, value (the plan's, PC), gap (of the first goal from its bound at
    this limit of the second), then units sold in each market. The time allowed in the settings is
    for each point. `by_period` is the last in which cash counts.
    """
    settings = settings or Settings()
    asked = tuple(
        Priority(order=k, goal=goal, by_period=by_period if goal == Goal.CASH else None)
        for k, goal in enumerate((first, second), start=1)
    )
    scenario = as_asked(scenario, settings).model_copy(update={"priorities": asked})
    front = _Front(scenario, settings, cancel)
    front.run(points)
    return front.table()


class _Front:
    """One run: the program, both goals and the points found so far."""

    def __init__(
        self,
        scenario: Scenario,
        settings: Settings,
        cancel: threading.Event | None,
    ) -> None:
        self.priced: Priced = price_scenario(Lookup(canonical(scenario)))
        self.program, self.columns = build(self.priced)
        aims = aims_of(self.priced, self.columns, self.program)
        self.first, self.second = aims[:2]
        self.money = [] if Goal.RECOVERY in (aims[0].goal, aims[1].goal) else aims[2:]
        self.points: list[Point] = []
        self._settings, self._cancel = settings, cancel

    def run(self, points: int) -> None:
        """Both ends, then limits between them."""
        self._solve(self.program, (self.first, self.second))
        self._solve(self.program, (self.second, self.first))
        start, end = (point.second for point in self.points)
        between = [] if _same(start, end) else np.linspace(start, end, points)[1:-1].tolist()
        for limit in between:
            self._solve(self.second.keeping(self.program, limit), (self.first, self.second))

    def _solve(self, task: Program, order: tuple[Aim, Aim]) -> None:
        aims = (*order, *self.money)
        seconds = self._settings.seconds / len(aims)
        settings = Settings(
            seconds=seconds, gap=self._settings.gap, memory_gb=self._settings.memory_gb
        )

        def solve(each: Program, start: Floats | None) -> Solution:
            return run_solver(each, settings, _quiet, self._cancel, start)

        found, stages = in_order(task, aims, solve, lambda: [p.amounts for p in self.points])
        (own,) = (stage for stage in stages if stage.aim is self.first)
        first, second = self.first.of(found.amounts), self.second.of(found.amounts)
        self.points.append(Point(found.amounts, first, second, _gap(own)))

    def table(self) -> pd.DataFrame:
        """The points no other point beats, in order."""
        kept = [point for point in self.points if not self._beaten(point)]
        kept.sort(key=lambda point: -self.first.sign * point.first)
        distinct = [
            point
            for at, point in enumerate(kept)
            if at == 0 or not _same(point.second, kept[at - 1].second)
        ]
        frame = pd.DataFrame(
            {
                self.first.goal.value: [point.first for point in distinct],
                self.second.goal.value: [point.second for point in distinct],
                "value": [float(self.program.value @ point.amounts) for point in distinct],
                "gap": [point.gap for point in distinct],
            }
        )
        sold = [self._units(point.amounts) for point in distinct]
        return pd.concat([frame, pd.DataFrame(sold).fillna(0).astype(int)], axis=1)

    def _beaten(self, point: Point) -> bool:
        """Whether another point is as good in both goals and better in one."""
        return any(self._beats(other, point) for other in self.points if other is not point)

    def _beats(self, one: Point, two: Point) -> bool:
        first = self.first.sign * (one.first - two.first)
        second = self.second.sign * (one.second - two.second)
        no_worse = (first >= 0 or _same(one.first, two.first)) and (
            second >= 0 or _same(one.second, two.second)
        )
        better = (first > 0 and not _same(one.first, two.first)) or (
            second > 0 and not _same(one.second, two.second)
        )
        return no_worse and better

    def _units(self, amounts: Floats) -> dict[str, int]:
        scenario = self.priced.lookup.scenario
        market = np.array([row.market for row in scenario.channels])[self.priced.options.channel]
        units = pd.Series(amounts[: self.columns.options]).groupby(market).sum()
        return {row.market: round(units.get(row.market, 0.0)) for row in scenario.markets}


def _same(one: float, two: float) -> bool:
    return abs(one - two) <= EQUAL * max(1.0, abs(one), abs(two))


def _gap(stage: Stage) -> float:
    """Distance of a goal from its bound, as a part of the bound."""
    return abs(stage.bound - stage.best) / max(abs(stage.bound), 1e-9)


def _quiet(news: Progress) -> None:
    """A front is told point by point."""
