"""A scenario too large to price and build at once -> whole units and a proven bound, slice by slice.

Slices are priced and built where they stay, as tables by style. Prices of what styles share are
found on a sample, then on the options near the best of all slices, by lowering a smoothed dual; at
those prices every slice says what it can earn at most, over every option it has: their sum and the
limits at those prices bound every plan. Whole units follow from the smoothed choice within shares
of every limit, then what is left of the limits is given to one slice after the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from scipy.optimize import minimize

from planner.domain.arrays import Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.slices import slice_scenario
from planner.errors import OutOfTimeError, SolverError
from planner.executor import Executor, InProcess, Processes, RayCluster, Shard, workers_here
from planner.landed_cost.keys import Keys, keys_of, names_of, those
from planner.landed_cost.options import Priced, price_scenario
from planner.model.build import build
from planner.model.columns import Columns, Exits
from planner.model.filling import violations
from planner.model.program import Program
from planner.network import trips_of
from planner.solve import shards
from planner.solve.choice import reasons_against_slices
from planner.solve.run import run_solver
from planner.solve.settings import Progress, Settings
from planner.solve.shards import At, Chosen, Read, Room, Soft
from planner.solve.solution import EQUAL, Solution
from planner.solve.style_kernel import PAD, earnings, used_by
from planner.solve.style_table import SharedRows, StyleTable, together
from planner.solve.whole_units import finished

SLICE_LOTS = 1_000
"""Lots of a slice: about a million options, priced in some 600 MB."""
SAMPLE_LOTS = 300
"""Lots on which prices are sought first."""
SAMPLE_STEPS = ((0.5, 15), (0.15, 25), (0.05, 40), (0.02, 60), (0.01, 80))
STEPS = ((0.01, 30), (0.004, 40), (0.0015, 50))
"""How softly groups choose, as a part of what a unit earns, and the iterations spent."""
POLISHED_OPTIONS = 150_000
"""Options near the best, at most, that are solved together by the ordinary engine at the end."""
LEAST_POLISH = 20.0
"""Seconds that must be left for that."""
MEMORY = 20
"""Steps a quasi-Newton method looks back."""


@dataclass(frozen=True)
class LargePlan:
    """What was found: the solution in the program of the options in use, and what it was found in.

    options: all that were looked at; wire_bytes: sent in one round, there and back.
    """

    priced: Priced
    program: Program
    columns: Columns
    solution: Solution
    options: int
    rounds: int
    wire_bytes: int


Found = TypeVar("Found")
Open = Callable[[list[Shard]], Executor]


def spread_here(slices: list[Shard]) -> Executor:
    """One process for every processor, or this one alone where there is but one slice."""
    if len(slices) == 1:
        return InProcess(slices)
    return Processes(slices, workers_here())


def on_ray(workers: int, address: str | None = None) -> Open:
    """Actors of a Ray cluster."""
    return lambda slices: RayCluster(slices, workers, address)


def large_plan(
    scenario: Scenario,
    settings: Settings,
    tell: Callable[[Progress], None] = lambda _: None,
    *,
    spread: Open = spread_here,
    slice_lots: int = SLICE_LOTS,
) -> LargePlan:
    """Solve a scenario slice by slice; rows must be in canonical order."""
    reasons = reasons_against_slices(scenario)
    if reasons:
        raise SolverError(f"This cannot be solved slice by slice: {'; '.join(reasons)}.")
    slices = slice_scenario(scenario, slice_lots)
    texts: list[Shard] = [{"scenario": part.model_dump_json()} for part in slices]
    with spread(texts) as executor:
        return _Large(scenario, settings, tell, executor, slices).run()


@dataclass
class _Dual:
    """The prices of shared rows while they are sought: scaled so that each row counts alike."""

    rows: SharedRows
    typical: float
    scale: Floats
    most: Floats
    prices: Floats
    worth: float

    @classmethod
    def begun(cls, rows: SharedRows, limit: Floats, units: float, typical: float) -> _Dual:
        """At prices of 0."""
        worth = typical * units
        scale = worth / np.maximum(np.abs(limit), 1e-9)
        rows = SharedRows(rows.names, limit, rows.room, rows.most_price, rows.adds_up)
        return cls(rows, typical, scale, rows.most_price / scale, np.zeros(len(rows)), worth)

    def lower(self, softness: float, steps: int, soft: Callable[[At], Soft]) -> None:
        """Lower the softened dual by a quasi-Newton method."""

        def dual(scaled: Floats) -> tuple[float, Floats]:
            prices = scaled * self.scale
            found = soft(At(prices, softness))
            slack = (self.rows.limit - found.used) * self.scale
            return (found.earned + float(prices @ self.rows.limit)) / self.worth, slack / self.worth

        found = minimize(
            dual,
            self.prices / self.scale,
            jac=True,
            method="L-BFGS-B",
            bounds=[(0.0, most) for most in self.most],
            options={"maxiter": steps, "maxcor": MEMORY, "ftol": 1e-10, "gtol": 1e-9},
        )
        self.prices = np.asarray(found.x) * self.scale


class _Large:
    """One run."""

    def __init__(
        self,
        scenario: Scenario,
        settings: Settings,
        tell: Callable[[Progress], None],
        executor: Executor,
        slices: list[Scenario],
    ) -> None:
        self.scenario, self.settings, self._tell = scenario, settings, tell
        self.executor, self.slices = executor, slices
        self.started = time.monotonic()
        self.seconds: dict[str, float] = {}
        self.bound = np.inf
        self.units = float(sum(lot.units for lot in scenario.lots))

    def run(self) -> LargePlan:
        """The steps, in order."""
        options, rows = self._timed("slices", self._read)
        dual = self._timed("sample", lambda: self._sampled(rows))
        softness = self._timed("prices", lambda: self._lowered(dual))
        self._timed("whole units", lambda: self._placed(dual, softness))
        found = self.executor.map(shards.chosen, self._reach(dual, softness))
        priced, program, columns, amounts = self._timed(
            "merge", lambda: merged(self.scenario, self.slices, found)
        )
        plan = finished(program, amounts.astype(np.int64))
        broken = violations(program, plan.amounts)
        if broken:
            names = {program.labels.rule[k] for k in broken}
            raise SolverError(f"The plan put together breaks rules: {', '.join(sorted(names))}.")
        solution = Solution(
            amounts=plan.amounts,
            prices=row_prices(program, dual),
            value=plan.value,
            bound=float(self.bound),
            bound_by="duals",
            relaxation=float(self.bound),
            stopped_because="every slice was placed at the best prices found",
            reproducible=True,
            seconds=self.seconds,
        )
        left = self.settings.seconds - self._since()
        few = columns.options <= POLISHED_OPTIONS
        if solution.gap > self.settings.gap and few and left >= LEAST_POLISH:
            solution = self._timed("polish", lambda: self._polished(program, solution, dual))
        if solution.gap <= self.settings.gap + EQUAL:
            solution = replace(solution, stopped_because="the gap asked for was reached")
        wire = 2 * len(dual.rows) * 8
        return LargePlan(priced, program, columns, solution, options, self.executor.sent, wire)

    def _reach(self, dual: _Dual, softness: float) -> float:
        """How far (PC) below their stock price options may earn to be solved together at the end."""
        reaches = softness * 1.5 ** np.arange(-12.0, 12.0)
        asked = (At(dual.prices, softness), reaches)
        counts = np.sum(self.executor.map(shards.close_counts, asked), axis=0)
        few = np.flatnonzero(counts <= 0.8 * POLISHED_OPTIONS)
        return float(reaches[few[-1]]) if len(few) else -1.0

    def _polished(self, program: Program, solution: Solution, dual: _Dual) -> Solution:
        """The options at hand solved together, and the bound at the prices that gives."""
        settings = replace(self.settings, seconds=self.settings.seconds - self._since())

        def tell(news: Progress) -> None:
            """What is proven of the options at hand is not proven of all."""
            self._tell(replace(news, bound=self.bound))

        try:
            better = run_solver(program, settings, tell, start=solution.amounts)
        except OutOfTimeError:
            return solution
        dual.prices = shared_prices(program, better.prices, dual)
        softness = STEPS[-1][0] * dual.typical
        self.executor.map(shards.come_near, At(dual.prices, softness))
        self._certify(dual, softness)
        return replace(
            better,
            bound=float(self.bound),
            bound_by="duals",
            stopped_because="the options near the best were solved together",
            seconds=self.seconds,
        )

    def _since(self) -> float:
        return time.monotonic() - self.started

    def _timed(self, phase: str, step: Callable[[], Found]) -> Found:
        self._tell(Progress(phase, self._since(), None, None))
        begin = time.monotonic()
        found = step()
        self.seconds[phase] = round(time.monotonic() - begin, 3)
        return found

    def _read(self) -> tuple[int, SharedRows]:
        """Price and build every slice; one numbering of what they share."""
        held: list[Read] = self.executor.map(shards.read, self.units)
        rows, numbers = shared_by_all([each.rows for each in held])
        touched = self.executor.each(shards.number, [(each, len(rows)) for each in numbers])
        self.touched = np.sum(touched, axis=0)
        self.lots = sum(each.lots for each in held)
        return sum(each.options for each in held), rows

    def _sampled(self, rows: SharedRows) -> _Dual:
        """Prices that suit a sample of the styles, with its share of every limit."""
        every = max(1, round(self.lots / SAMPLE_LOTS))
        drawn = self.executor.map(shards.sample, every)
        table = together([each.table for each in drawn])
        part = np.sum([each.touched for each in drawn], axis=0)
        known = self.touched != 0
        share = np.where(known, part / np.where(known, self.touched, 1.0), 1.0)
        seen = share > 0
        mu = np.zeros(len(table.units))
        earnings(table, np.zeros(len(rows)), mu)
        typical = max(float(mu @ table.units / table.units.sum()), 1e-6)
        limit = np.where(seen, rows.limit * share, rows.limit)
        dual = _Dual.begun(rows, limit, float(table.units.sum()), typical)
        for softness, steps in SAMPLE_STEPS:
            dual.lower(softness * typical, steps, lambda at: _soft(table, mu, at, len(rows)))
        whole = _Dual.begun(rows, rows.limit, self.units, typical)
        whole.prices = np.minimum(np.where(seen, dual.prices, 0.0), rows.most_price)
        return whole

    def _lowered(self, dual: _Dual) -> float:
        """Lower the dual over all slices, on the options near the best; returns the softness."""
        for part, steps in STEPS:
            softness = part * dual.typical
            self.executor.map(shards.come_near, At(dual.prices, softness))
            dual.lower(softness, steps, self._soft)
            self._certify(dual, softness)
        return softness

    def _soft(self, at: At) -> Soft:
        """The softened dual of all slices, added up in their order."""
        found: list[Soft] = self.executor.map(shards.soften, at)
        return Soft(sum(each.earned for each in found), np.sum([f.used for f in found], axis=0))

    def _certify(self, dual: _Dual, softness: float) -> None:
        """What no plan exceeds: every slice over all its options at one set of prices."""
        prices = dual.prices
        earned: list[float] = self.executor.map(shards.bound, At(prices, softness))
        limits = prices * dual.rows.limit
        bound = sum(earned) + limits.sum() + PAD * (np.abs(limits).sum() + abs(sum(earned)))
        self.bound = min(self.bound, float(bound))
        self._tell(Progress("prices", self._since(), None, self.bound))

    def _placed(self, dual: _Dual, softness: float) -> None:
        """Whole units: first within each slice's share of what it needs, then what is left."""
        at = At(dual.prices, softness)
        self.executor.map(shards.come_near, at)
        used = np.array([each.used for each in self.executor.map(shards.soften, at)])
        total = used.sum(axis=0)
        room = np.where(np.isfinite(dual.rows.room), dual.rows.room, np.inf)
        share = used / np.where(total > 0, total, 1.0)
        share[:, total <= 0] = 1.0 / len(used)
        finite = np.isfinite(room)
        given = np.where(finite, share * np.where(finite, room, 0.0), np.inf)
        asked = [Room(at, part, last=False) for part in given]
        left = np.array(self.executor.each(shards.put, asked))
        pooled = np.where(finite, np.where(finite, left, 0.0).sum(axis=0), np.inf)
        pooled = np.maximum(pooled - 1e-12, 0.0)
        for k in range(len(used)):
            pooled = self.executor.one(k, shards.put, Room(at, pooled, last=True))


def _soft(table: StyleTable, mu: Floats, at: At, rows: int) -> Soft:
    earned, _, amounts = earnings(table, at.prices, mu, at.softness)
    return Soft(earned, used_by(table, amounts, rows))


def shared_by_all(parts: list[SharedRows]) -> tuple[SharedRows, list[Ints]]:
    """Rows of all slices, each once, and the number of every slice's rows among them."""
    at: dict[tuple[str, str, int], int] = {}
    for part in parts:
        for name in part.names:
            at.setdefault(name, len(at))
    numbers = [np.array([at[name] for name in part.names], dtype=np.int64) for part in parts]
    limit, room, price = np.zeros(len(at)), np.ones(len(at)), np.full(len(at), np.inf)
    adds_up = np.zeros(len(at), dtype=bool)
    for part, number in zip(parts, numbers, strict=True):
        limit[number] = np.where(part.adds_up, limit[number] + part.limit, part.limit)
        room[number], price[number] = part.room, part.most_price
        adds_up[number] = part.adds_up
    return SharedRows(tuple(at), limit, room, price, adds_up), numbers


def merged(
    scenario: Scenario, slices: list[Scenario], found: list[Chosen]
) -> tuple[Priced, Program, Columns, Floats]:
    """The options in use priced once more on the whole scenario, its program and the amounts."""
    lookup = Lookup(scenario)
    names = names_of(lookup, trips_of(lookup))
    placed = [each.keys.placed(names) for each in found]
    keys = Keys(
        names,
        *(
            np.concatenate([getattr(each, part) for each in placed]).astype(np.int64)
            for part in ("lot", "channel", "trip", "sell_period", "rung")
        ),
    )
    units = np.concatenate([each.units for each in found])
    priced = price_scenario(lookup, those(keys, {}))
    program, columns = build(priced)
    amounts = np.zeros(program.size[1])
    at = keys.at(keys_of(names, priced.options))
    amounts[: columns.options] = units[at]
    exits = columns.of(Exits)
    ways = len(scenario.exits)
    lot = np.concatenate(
        [
            np.array([lookup.lot_at[row.lot] for row in part.lots], dtype=np.int64)[each.exit_lot]
            for part, each in zip(slices, found, strict=True)
        ]
    )
    way = np.concatenate([each.exit for each in found])
    code = exits.lot * ways + exits.exit
    order = np.argsort(code)
    column = order[np.searchsorted(code[order], lot * ways + way)]
    amounts[columns.first(Exits) + column] = np.concatenate([each.exit_units for each in found])
    return priced, program, columns, amounts


def shared_prices(program: Program, prices: Floats, dual: _Dual) -> Floats:
    """Prices of shared rows in their own scale, of those a program has; 0 for others."""
    labels = program.labels
    names = zip(labels.rule, labels.label, labels.period.tolist(), strict=True)
    at = {name: k for k, name in enumerate(names)}
    row = np.array([at.get(name, -1) for name in dual.rows.names])
    upper = program.row_upper[row]
    scale = np.where(np.isfinite(upper), upper, -1.0)
    found = np.where(row >= 0, np.nan_to_num(prices[row]) * scale, 0.0)
    return np.clip(found, 0.0, dual.rows.most_price)


def row_prices(program: Program, dual: _Dual) -> Floats:
    """Marginal value of each row of a program, as far as slices share it."""
    at = {name: k for k, name in enumerate(dual.rows.names)}
    labels = program.labels
    prices = np.full(program.size[0], np.nan)
    for row, name in enumerate(zip(labels.rule, labels.label, labels.period.tolist(), strict=True)):
        k = at.get(name)
        if k is not None:
            upper = program.row_upper[row]
            prices[row] = dual.prices[k] / upper if np.isfinite(upper) else -dual.prices[k]
    return prices
