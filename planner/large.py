"""A scenario too large to price and build at once -> whole units and a proven bound, slice by slice.

Slices are priced and built where they stay, as tables by style. Prices of what they share and amounts
in fractions of units are found together, over the options that come near the best. At those prices
every slice says what it can earn at most, over every option it has: their sum and the limits at those
prices bound every plan. Whole units are placed near the amounts over all slices at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from planner.domain.arrays import Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.slices import slice_scenario
from planner.errors import OutOfTimeError, SolverError
from planner.executor import Executor, InProcess, Processes, RayCluster, Shard, workers_here
from planner.landed_cost.keys import Keys, keys_of, names_of, those
from planner.landed_cost.options import Priced, price_scenario
from planner.language import english
from planner.model.build import build
from planner.model.columns import Columns, Exits
from planner.model.filling import violations
from planner.model.program import Program
from planner.network import trips_of
from planner.shared_prices import SharedPrices, missed, rations
from planner.solve import shards
from planner.solve.choice import reasons_against_slices
from planner.solve.run import run_solver
from planner.solve.settings import Progress, Settings
from planner.solve.shards import Chosen, Read, Reading
from planner.solve.solution import EQUAL, Solution
from planner.solve.style_table import SharedRows
from planner.solve.whole_units import finished, repaired

SLICE_COMBINATIONS = 390_000
"""Lots x channels x periods of a slice: about a million options, priced in some 600 MB."""
SLICES_IN_MEMORY = 30
"""Beyond so many slices their tables lie on disk, of which one a worker is read at a time."""
WALKING_SHARE = 0.6
"""Part of the time that may pass before whole units are placed at the prices found."""
STEPS = (100, 200)
"""Of a walk, while many options are still let in and once it has settled."""
SETTLED = 10.0
"""Options let in, for each lot looked at, up to which bounds are worth working out."""
ONE_IN, LEAST_SAMPLE = 8, 1_000
"""Prices are found over one style in 8, or in 64, first, as long as that leaves so many lots."""
SETTLED_WALKS = 2
"""Over a sample, once it has settled."""
NEAR = 1.5
"""Times the gap asked for within which amounts, less what they overdraw, are worth making whole: what
that leaves of the lots is placed elsewhere."""
PATIENCE = 3
"""Times whole units may be placed one after the other that are worth no more than before."""
POLISHED_OPTIONS = 150_000
"""Options near the best, at most, that are solved together by the ordinary engine at the end."""
LEAST_POLISH = 20.0
"""Seconds that must be left for that."""


@dataclass(frozen=True)
class LargePlan:
    """What was found: the solution in the program of the options in use, and what it was found in.

    options: all that were looked at; bytes_per_step: sent to all workers and back.
    """

    priced: Priced
    program: Program
    columns: Columns
    solution: Solution
    options: int
    steps: int
    bytes_per_step: int


@dataclass(frozen=True)
class Ended:
    """How far the best whole units are below the bound, as a part of it, and whether time ran out."""

    apart: float
    late: bool


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
    slice_lots: int | None = None,
) -> LargePlan:
    """Solve a scenario slice by slice; rows must be in canonical order.

    slice_lots: lots of a slice, where it is not to depend on channels and periods.
    """
    reasons = reasons_against_slices(scenario)
    if reasons:
        raise SolverError(f"This cannot be solved slice by slice: {'; '.join(reasons)}.")
    slices = slice_scenario(scenario, slice_lots or lots_of_slice(scenario))
    with spread([{"scenario": part.model_dump_json()} for part in slices]) as executor:
        return _Large(scenario, settings, tell, executor, slices).run()


def lots_of_slice(scenario: Scenario) -> int:
    """Lots that make as many combinations as a slice may have."""
    per_lot = len(scenario.channels) * scenario.header.periods
    return max(1, SLICE_COMBINATIONS // max(1, per_lot))


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

    def run(self) -> LargePlan:
        """The steps, in order."""
        options = self._timed("slices", self._read)
        ended = self._timed("prices", self._planned)
        near = ended.apart > self.settings.gap
        priced, program, columns, amounts = self._timed("merge", lambda: self._merged(near=near))
        plan = finished(program, amounts.astype(np.int64))
        if violations(program, plan.amounts):
            plan = repaired(program, plan.amounts)
        broken = violations(program, plan.amounts)
        if broken:
            names = {program.labels.rule[k] for k in broken}
            raise SolverError(f"The plan put together breaks rules: {', '.join(sorted(names))}.")
        bound = float(self.shared.bound)
        solution = Solution(
            amounts=plan.amounts,
            prices=row_prices(program, self.rows, self.shared.bounding),
            value=plan.value,
            bound=bound,
            bound_by="duals",
            relaxation=bound,
            stopped_because=english("the time allowed was used up")
            if ended.late
            else "every slice was placed at the best prices found",
            reproducible=not ended.late,
            seconds=self.seconds,
        )
        left = self.settings.seconds - self._since()
        few = columns.options <= POLISHED_OPTIONS
        if near and solution.gap > self.settings.gap and few and left >= LEAST_POLISH:
            solution = self._timed("polish", lambda: self._polished(program, solution))
        if solution.gap <= self.settings.gap + EQUAL:
            solution = replace(solution, stopped_because="the gap asked for was reached")
        wire = len(self.rows) * 8 * (len(self.slices) + self.executor.workers)
        return LargePlan(priced, program, columns, solution, options, self.shared.steps, wire)

    def _read(self) -> int:
        """Price and build every slice; one numbering of what they share. How many options."""
        units = float(sum(lot.units for lot in self.scenario.lots))
        on_disk = len(self.slices) > SLICES_IN_MEMORY
        held: list[Read] = self.executor.map(shards.read, Reading(units, on_disk))
        self.rows, numbers = shared_by_all([each.rows for each in held])
        self.executor.each(shards.number, numbers)
        self.shared = SharedPrices(self.executor, self.rows)
        return sum(each.options for each in held)

    def _planned(self) -> Ended:
        """Slices keep the best whole units found near the linear optimum."""
        deadline = self.started + WALKING_SHARE * self.settings.seconds
        self._begun_with_samples(deadline)
        self.shared.look_at(1)
        gap, best, in_vain = self.settings.gap, -np.inf, 0
        while True:
            settled = self.shared.let_in() <= SETTLED * len(self.scenario.lots)
            value = self.shared.walk(STEPS[settled], deadline)
            late = time.monotonic() > deadline
            if settled or late:
                self.shared.bound_at(self.shared.prices)
            self._told(None)
            if late or (settled and abs(self._apart(value)) <= NEAR * gap):
                value = self._placed()
                in_vain += 1
                if value > best:
                    self.executor.map(shards.keep, None)
                    best, in_vain = value, 0
                self._told(best)
                apart = self._apart(best)
                if apart <= gap or late or in_vain == PATIENCE:
                    return Ended(apart, late)

    def _begun_with_samples(self, deadline: float) -> None:
        """Prices of ever larger parts of the styles, with their part of the limits: near those of all."""
        for one_in in samples_of(len(self.scenario.lots)):
            self.shared.look_at(one_in)
            settled = 0
            while settled < SETTLED_WALKS and time.monotonic() < deadline:
                new = self.shared.let_in()
                settled += new <= SETTLED * len(self.scenario.lots) / one_in
                self.shared.walk(STEPS[settled > 0], deadline)
                self._told(None)

    def _apart(self, value: float) -> float:
        return (self.shared.bound - value) / max(1.0, abs(self.shared.bound))

    def _placed(self) -> float:
        """Whole units near the amounts, and the plan's value.

        Every slice first within its ration of the limits, then one after the other within what is
        left of them; what is left of the lots leaves by the exits in the same way.
        """
        rows, used = self.rows, self.shared.used
        room = np.where(np.isfinite(rows.room), rows.room, rows.limit)
        room = room - sum(self.executor.each(shards.place, list(rations(room, used))))
        for k in range(len(used)):
            room = self.executor.one(k, shards.fill, room)
        room = room - sum(self.executor.each(shards.leave, list(rations(room, used))))
        for k in range(len(used)):
            room = room - self.executor.one(k, shards.leave, room)
        return float(sum(self.executor.map(shards.worth, None)) - missed(rows, -room))

    def _merged(self, *, near: bool) -> tuple[Priced, Program, Columns, Floats]:
        """The program of the options in use and, if asked for, of as many near them as can be solved
        together. Otherwise the workers are let go: they must not be asked anything after that."""
        reach = self._reach() if near else None
        found = self.executor.map(shards.chosen, reach)
        if not near:
            self.executor.close()
        return merged(self.scenario, self.slices, found)

    def _reach(self) -> float | None:
        """How far below being worth having (PC) options may be for all such to be solved together."""
        reaches = 1.5 ** np.arange(-24.0, 12.0)
        asked = (self.shared.prices, reaches)
        counts = np.sum(self.executor.map(shards.close_counts, asked), axis=0)
        few = np.flatnonzero(counts <= 0.8 * POLISHED_OPTIONS)
        return float(reaches[few[-1]]) if len(few) else None

    def _polished(self, program: Program, solution: Solution) -> Solution:
        """The options at hand solved together, and the bound at the prices that gives."""
        settings = replace(self.settings, seconds=self.settings.seconds - self._since())

        def tell(news: Progress) -> None:
            """What is proven of the options at hand is not proven of all."""
            self._tell(replace(news, bound=self.shared.bound))

        try:
            better = run_solver(program, settings, tell, start=solution.amounts)
        except OutOfTimeError:
            return solution
        self.shared.bound_at(shared_prices(program, better.prices, self.rows))
        return replace(
            better,
            bound=float(self.shared.bound),
            bound_by="duals",
            reproducible=better.reproducible and solution.reproducible,
            stopped_because="the options near the best were solved together",
            seconds=self.seconds,
        )

    def _told(self, value: float | None) -> None:
        bound = self.shared.bound if np.isfinite(self.shared.bound) else None
        self._tell(Progress("prices", self._since(), value, bound))

    def _since(self) -> float:
        return time.monotonic() - self.started

    def _timed(self, phase: str, step: Callable[[], Found]) -> Found:
        self._tell(Progress(phase, self._since(), None, None))
        begin = time.monotonic()
        found = step()
        self.seconds[phase] = round(time.monotonic() - begin, 3)
        return found


def samples_of(lots: int) -> list[int]:
    """One style in how many is looked at before all are, one sample after the other."""
    found = list[int]()
    while lots / ONE_IN ** (len(found) + 1) >= LEAST_SAMPLE:
        found.insert(0, ONE_IN ** (len(found) + 1))
    return found


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


def shared_prices(program: Program, prices: Floats, rows: SharedRows) -> Floats:
    """Prices of shared rows in their own scale, of those a program has; 0 for others."""
    labels = program.labels
    names = zip(labels.rule, labels.label, labels.period.tolist(), strict=True)
    at = {name: k for k, name in enumerate(names)}
    row = np.array([at.get(name, -1) for name in rows.names], dtype=np.int64)
    upper = program.row_upper[row]
    scale = np.where(np.isfinite(upper), upper, -1.0)
    found = np.where(row >= 0, np.nan_to_num(prices[row]) * scale, 0.0)
    return np.clip(found, 0.0, rows.most_price)


def row_prices(program: Program, rows: SharedRows, shared: Floats) -> Floats:
    """Marginal value of each row of a program, as far as slices share it; of a limit of 0, none."""
    at = {name: k for k, name in enumerate(rows.names)}
    labels = program.labels
    prices = np.full(program.size[0], np.nan)
    for row, name in enumerate(zip(labels.rule, labels.label, labels.period.tolist(), strict=True)):
        k = at.get(name)
        if k is not None:
            upper = program.row_upper[row]
            if upper != 0.0:
                prices[row] = shared[k] / upper if np.isfinite(upper) else -shared[k]
    return prices
