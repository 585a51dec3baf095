"""A job -> its plan: after an edit a good plan is shown at once and the proof goes on behind it."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from concurrent.futures import Future
from functools import partial

from planner.errors import SolverError
from planner.live.apart import apart, worth_it
from planner.live.base import Base, base_behind, proven
from planner.pipeline import as_asked
from planner.plan.record import Plan
from planner.solve.choice import Engine, engine_of
from planner.solve.run import CANCELLED
from planner.ui.jobs import Job

MOST_KEPT = 16
CALM_SECONDS = 1.0
"""A first plan is looked at for so long before its proof begins, which takes a processor: whoever
types several cells is answered more quickly."""
POLL_SECONDS = 0.05
log = logging.getLogger(__name__)


class Bases:
    """What plans leave behind for the edits that follow them, worked out once for every session.

    By the plan's identity: a plan never changes, and every session is shown the same one.
    """

    def __init__(self) -> None:
        self._lock, self._one_at_a_time = threading.Lock(), threading.Lock()
        self._known: OrderedDict[int, tuple[Plan, Future[Base]]] = OrderedDict()

    def keep(self, plan: Plan, base: Base) -> None:
        """What edits of a plan start from; the one used longest ago makes room."""
        ready: Future[Base] = Future()
        ready.set_result(base)
        with self._lock:
            self._put(plan, ready)

    def behind(self, plan: Plan) -> Future[Base]:
        """What edits of a plan start from; work on it begins where nobody has asked before."""
        with self._lock:
            if id(plan) in self._known:
                self._known.move_to_end(id(plan))
                return self._known[id(plan)][1]
            begun: Future[Base] = Future()
            self._put(plan, begun)
        threading.Thread(target=self._prepare, args=(plan, begun), daemon=True).start()
        return begun

    def _put(self, plan: Plan, base: Future[Base]) -> None:
        self._known[id(plan)] = plan, base
        while len(self._known) > MOST_KEPT:
            self._known.popitem(last=False)

    def _prepare(self, plan: Plan, begun: Future[Base]) -> None:
        with self._one_at_a_time:
            try:
                if worth_it(plan.scenario):
                    begun.set_result(apart(base_behind, plan))
                else:
                    begun.set_result(base_behind(None, plan))
            except SolverError as fault:  # ended with the app, or out of memory: edits do without
                begun.set_exception(fault)
            except Exception as fault:
                log.exception("What edits start from could not be worked out.")
                begun.set_exception(fault)


BASES = Bases()


def first_plan(job: Job) -> Plan | None:
    """A good plan of a job at once, where it follows edits of a plan that is known."""
    if job.known is None or not _same_view(job.known, job):
        return None
    base = _waited_for(BASES.behind(job.known), job)
    settings = job.request.settings
    near = base.plan_near(as_asked(job.scenario, settings), settings) if base else None
    if near is None:
        return None
    BASES.keep(*near)
    return near[0]


def solve_job(job: Job) -> Plan:
    """The plan of a job over all options, with its proof; never worse than its first plan."""
    settings = job.request.settings
    asked = as_asked(job.scenario, settings)
    if job.cancel.wait(CALM_SECONDS if job.first else 0):
        raise SolverError(CANCELLED)
    if worth_it(asked) and engine_of(asked) is Engine.WHOLE:  # by slices has processes of its own
        solve = partial(apart, proven, progress=job.news.append, cancel=job.cancel)
        found = solve(asked, settings, job.first)
    else:
        found = proven(job.news.append, asked, settings, job.first, job.cancel)
    BASES.keep(found.plan, found)
    return found.plan


def _same_view(known: Plan, job: Job) -> bool:
    asked = as_asked(job.scenario, job.request.settings)
    return known.scenario.header.perspective == asked.header.perspective


def _waited_for(base: Future[Base], job: Job) -> Base | None:
    """What a first plan starts from; None where it could not be had."""
    while not base.done():
        if job.cancel.wait(POLL_SECONDS):
            raise SolverError(CANCELLED)
    return None if base.exception() else base.result()
