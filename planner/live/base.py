"""A proven plan and what it leaves behind, so that edits after it are answered at once."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, replace

import numpy as np

from planner.domain.arrays import Bools
from planner.domain.changes import difference
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario, canonical
from planner.errors import NoPlanError, OutOfTimeError
from planner.landed_cost.keys import Keys, keys_of, names_of, those
from planner.landed_cost.options import price_scenario, with_more
from planner.live.apart import Tell
from planner.live.bound import BEFORE_PROOF, crude_bound, only_takes_away
from planner.live.carried import Before, amounts_of, names_of_columns, names_of_rows
from planner.live.handled import answered_at_once
from planner.live.near import (
    FALL_BACK_MOST,
    Offered,
    keys_of_lines,
    near_options,
    offered,
    opened,
    the_best,
)
from planner.model.build import build
from planner.pipeline import Prepared, extracted, full_plan, prepared, solve_report
from planner.plan.audit import audit
from planner.plan.record import Plan
from planner.solve.quick import QuickPlan, plain, quick_plan
from planner.solve.settings import Settings
from planner.solve.solution import Solution

SECONDS = 10.0
"""Longest time for the linear programs behind a first plan."""


@dataclass(frozen=True)
class Base:
    """What a proven plan leaves behind for the edits that follow it.

    simple: whether a quick plan can decide all there is; near: the options worth pricing again;
    others: those a lot falls back on; lines: those in use; before: the linear program over the near
    options as it was solved last, for the proof or for an edit after it, None where it never was. It
    holds what edits need and is small beside the program it was worked out from.
    """

    plan: Plan
    lookup: Lookup
    simple: bool
    near: Keys
    others: Keys
    lines: Keys
    offers: Offered
    before: Before | None

    def plan_near(self, scenario: Scenario, settings: Settings) -> tuple[Plan, Base] | None:
        """A first plan of an edited scenario, and the base from which the next edit is answered
        soonest; None where the scenario must be solved as a whole."""
        changes = difference(self.plan.scenario, scenario)
        if not (self.simple and answered_at_once(scenario, changes)):
            return None
        watch = _Watch()
        lookup = Lookup(canonical(scenario))
        fresh = opened(self.offers, self.lookup, lookup, changes)
        ready, near = self._prepared(lookup, fresh)
        watch.lap("options and build")
        try:
            found = self._solved(ready, near)
        except (NoPlanError, OutOfTimeError):
            return None
        if found is None:
            return None
        watch.lap("solve")
        proven = only_takes_away(changes) and self.plan.report.bound_by != BEFORE_PROOF
        bound = self.plan.report.bound if proven else crude_bound(lookup)
        solution = Solution(
            amounts=found.plan.amounts,
            prices=found.answer.prices,
            value=found.plan.value,
            bound=max(bound, found.plan.value),
            bound_by=self.plan.report.bound_by if proven else BEFORE_PROOF,
            relaxation=found.answer.objective,
            stopped_because="this is the first plan after an edit; the proof follows",
            reproducible=True,
            seconds={},
        )
        plan = extracted(scenario, ready.priced, ready.program, ready.columns, solution, {})
        watch.lap("extract")
        findings = audit(scenario, plan.tables, solution.value)
        watch.lap("audit")
        if findings:
            return None
        report = solve_report(solution, settings, ready.program, watch.seconds)
        return replace(plan, report=report), replace(self, before=_before(ready, found))

    def _prepared(self, lookup: Lookup, fresh: dict[int, Bools]) -> tuple[Prepared, Bools]:
        """Near options and the best newly opened ones, priced and built, and which are near ones."""
        priced = price_scenario(lookup, those(self.near, fresh))
        names = names_of(lookup, priced.trips)
        options = keys_of(names, priced.options)
        own = self.near.placed(names).at(options) >= 0
        lines = self.lines.placed(names)
        lost = np.flatnonzero(options.at(lines) < 0)
        if len(lost):
            rest = self.others.placed(names)
            moved = np.flatnonzero(np.isin(rest.lot, lines.lot[lost]))[:FALL_BACK_MOST]
            more = rest.take(moved)
            more = more.take(np.flatnonzero(options.at(more) < 0))
            priced = with_more(priced, those(more, {}))
            options = keys_of(names, priced.options)
            own = (self.near.placed(names).at(options) >= 0) | (more.at(options) >= 0)
        keep = the_best(priced.options, own)
        priced = replace(priced, options=priced.options.take(keep))
        program, columns = build(priced)
        return Prepared(priced, program, columns), own[keep]

    def _solved(self, ready: Prepared, near: Bools) -> QuickPlan | None:
        """A whole plan of the program of near options."""
        program = ready.program
        if not plain(program):
            return None
        names = names_of(ready.priced.lookup, ready.priced.trips)
        own = keys_of(names, ready.priced.options)
        lines = own.at(self.lines.placed(names))
        start = None if self.before is None else self.before.start(ready, own)
        return quick_plan(program, lines[lines >= 0], np.flatnonzero(~near), SECONDS, start)


def base_of(plan: Plan, ready: Prepared) -> Base:
    """The base for edits after a plan, solved over its near options for the basis."""
    lookup, names = ready.priced.lookup, names_of(ready.priced.lookup, ready.priced.trips)
    every = keys_of(names, ready.priced.options)
    lines = keys_of_lines(names, plan.lines)
    used = np.zeros(len(every), dtype=bool)
    used[every.at(lines)] = True
    near = near_options(ready, used, plan.limits)
    base = Base(
        plan=plan,
        lookup=lookup,
        simple=plain(ready.program),
        near=every.take(near.every_time),
        others=every.take(near.to_fall_back_on),
        lines=lines,
        offers=offered(lookup),
        before=None,
    )
    if not (base.simple and answered_at_once(plan.scenario, ())):
        return base
    part, own = base._prepared(lookup, {})
    try:
        found = base._solved(part, own)
    except (NoPlanError, OutOfTimeError):
        return base
    if found is None:
        return base
    return replace(base, before=_before(part, found))


def _before(ready: Prepared, found: QuickPlan) -> Before:
    """The linear program just solved, for one much like it."""
    options = keys_of(names_of(ready.priced.lookup, ready.priced.trips), ready.priced.options)
    columns = {name: k for k, name in enumerate(names_of_columns(ready.columns), len(options))}
    rows = {name: k for k, name in enumerate(names_of_rows(ready.program))}
    return Before(ready.program, found.basis.of(ready.program), options, columns, rows)


def base_behind(_: Tell | None, plan: Plan) -> Base:
    """What a plan found earlier leaves behind."""
    return base_of(plan, prepared(plan.scenario))


def proven(
    tell: Tell | None,
    scenario: Scenario,
    settings: Settings,
    first: Plan | None,
    cancel: threading.Event | None = None,
) -> Base:
    """The plan over all options with its bound, never worse than the first, and what it leaves
    behind."""
    plan, ready = full_plan(
        scenario,
        settings,
        tell,
        cancel,
        lambda ready: None if first is None else amounts_of(first, ready),
    )
    return base_of(plan, ready)


class _Watch:
    """Wall seconds of each step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._since = time.monotonic()

    def lap(self, step: str) -> None:
        """The step that ends now."""
        now = time.monotonic()
        self.seconds[step] = round(now - self._since, 3)
        self._since = now
