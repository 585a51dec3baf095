"""Requests to solve -> plans, one at a time, for every session of the process.

A request is the fingerprint of a scenario and the settings. Identical requests share one run; a
newer request of a scenario supersedes its older one; whoever has waited longest since their last
run is next. What can be answered at once, near a plan that is known, does not wait for the runs of
others. Plans are kept, in memory and on a shelf that outlives the process, so that a second
visit shows them at once. Nothing here touches a page: a page asks and looks.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from planner.domain.scenario import Scenario
from planner.errors import Loosening, NoPlanError, PlannerError
from planner.language import english
from planner.plan.record import Plan
from planner.solve.settings import Progress, Settings

MOST_WAITING = 20
MOST_KEPT = 12
MOST_REMEMBERED = 200
log = logging.getLogger(__name__)


class State(StrEnum):
    """Where a run stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Request:
    """What is to be solved; equal requests have the same plan."""

    fingerprint: str
    settings: Settings


@dataclass
class Job:
    """One run: written by its worker thread, read by pages."""

    request: Request
    scenario: Scenario
    session: str
    """Who asked first; runs are shared out fairly between sessions."""
    wanted_by: set[str]
    """Scenarios that want its plan."""
    state: State = State.WAITING
    news: list[Progress] = field(default_factory=list)
    problem: str = ""
    loosenings: tuple[Loosening, ...] = ()
    known: Plan | None = None
    """The plan shown when it was asked for; of the same scenario before its last edits."""
    first: Plan | None = None
    """A good plan found at once, before its run and the proof."""
    answered: bool = True
    """Whether a first plan was looked for; a run begins after that."""
    began: float = 0.0
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def active(self) -> bool:
        """Whether it waits or runs; a cancelled run no longer does, though it may take a moment."""
        return self.state in (State.WAITING, State.RUNNING) and not self.cancel.is_set()

    @property
    def queued(self) -> bool:
        """Whether others come first; not while a first plan of it is looked for."""
        return self.state is State.WAITING and (self.answered or not self.began)

    @property
    def cancelled(self) -> bool:
        """Whether it was ended before it had a plan."""
        return self.cancel.is_set() and self.state is not State.DONE

    @property
    def seconds(self) -> float:
        """Time since work on it began."""
        return time.monotonic() - self.began if self.began else 0.0

    @property
    def share_of_time(self) -> float:
        """Part of the time allowed that is used, 0 to 1."""
        return min(1.0, self.seconds / max(self.request.settings.seconds, 1e-9))


Solver = Callable[[Job], Plan]
"""Finds the plan of a job; meanwhile it writes to the job's news."""
Quick = Callable[[Job], Plan | None]
"""Finds a first plan of a job in a moment, where the plan known of it allows that."""


class Shelf(Protocol):
    """Where plans are kept beyond the process."""

    def keep(self, request: Request, plan: Plan) -> None:
        """Keeps a plan."""

    def find(self, request: Request, scenario: Scenario) -> Plan | None:
        """The plan kept of a request, if any."""

    def newest(self, fingerprint: str) -> Request | None:
        """The request of the plan of a scenario that was used last, if any."""


class Solves:
    """Every run of the process and the plans found."""

    def __init__(
        self, solver: Solver, shelf: Shelf | None = None, quick: Quick | None = None
    ) -> None:
        self._solver = solver
        self._quick = quick
        self._shelf = shelf
        self._lock = threading.RLock()
        self._waiting: dict[Request, Job] = {}
        self._answering: Job | None = None
        self._running: Job | None = None
        self._latest: OrderedDict[str, Job] = OrderedDict()
        self._last_run: dict[str, int] = {}
        self._runs = 0
        self._plans: OrderedDict[Request, Plan] = OrderedDict()

    def ask(
        self,
        request: Request,
        scenario: Scenario,
        session: str,
        about: str,
        known: Plan | None = None,
    ) -> Job:
        """The run of a request about a scenario: joined where it is under way, else started."""
        with self._lock:
            job = self._under_way(request)
            if job is None:
                if len(self._waiting) >= MOST_WAITING:
                    raise PlannerError(
                        english("Too many solves are waiting. Try again in a few minutes.")
                    )
                at_once = self._quick is not None and known is not None
                job = Job(request, scenario, session, set(), known=known, answered=not at_once)
                self._waiting[request] = job
            if self._latest.get(about) is not job:
                self.cancel(about)
            job.wanted_by.add(about)
            self._remember(about, job)
            self._start_next()
            return job

    def cancel(self, about: str) -> None:
        """A scenario no longer wants its run; a run nobody wants is ended."""
        with self._lock:
            job = self._latest.get(about)
            if job is None or not job.active:
                return
            job.wanted_by.discard(about)
            if not job.wanted_by:
                job.cancel.set()
                if self._waiting.get(job.request) is job:
                    del self._waiting[job.request]
                    job.state = State.CANCELLED

    def job(self, about: str) -> Job | None:
        """The latest run of a scenario."""
        with self._lock:
            return self._latest.get(about)

    @property
    def busy(self) -> bool:
        """Whether a run waits or is under way."""
        with self._lock:
            return bool(self._waiting) or (self._running is not None and self._running.active)

    def before(self, job: Job) -> int:
        """How many runs come before a waiting one."""
        with self._lock:
            order = self._order()
            return order.index(job) + (self._running is not None) if job in order else 0

    def plan(self, request: Request, scenario: Scenario) -> Plan | None:
        """The plan of a request, if it is known."""
        with self._lock:
            found = self._plans.get(request)
        if found is None and self._shelf is not None:
            found = self._shelf.find(request, scenario)
            if found is not None:
                self._hold(request, found)
        return found

    def newest(self, fingerprint: str) -> Request | None:
        """The latest request solved for a scenario, whatever its settings."""
        with self._lock:
            known = [request for request in self._plans if request.fingerprint == fingerprint]
        if known:
            return known[-1]
        return self._shelf.newest(fingerprint) if self._shelf else None

    def _under_way(self, request: Request) -> Job | None:
        if request in self._waiting:
            return self._waiting[request]
        running = self._running
        return running if running and running.request == request and running.active else None

    def _order(self) -> list[Job]:
        """The waiting runs: who ran longest ago comes first, one run each before anybody's second."""
        turns: dict[str, int] = {}
        places = []
        for at, job in enumerate(self._waiting.values()):
            turn = turns[job.session] = turns.get(job.session, -1) + 1
            places.append((turn, self._last_run.get(job.session, 0), at, job))
        return [job for *_, job in sorted(places, key=lambda place: place[:3])]

    def _start_next(self) -> None:
        """Whoever is first in turn is answered, and whoever is first of those answered is solved."""
        order = self._order()
        fresh = [job for job in order if not job.answered]
        if self._answering is None and fresh:
            self._answering = fresh[0]
            threading.Thread(target=self._answer, args=(fresh[0],), daemon=True).start()
        ready = [job for job in order if job.answered]
        if self._running is None and ready:
            job = ready[0]
            del self._waiting[job.request]
            self._running = job
            self._runs += 1
            self._last_run[job.session] = self._runs
            threading.Thread(target=self._work, args=(job,), daemon=True).start()

    def _answer(self, job: Job) -> None:
        """A first plan of a job, before its turn to be solved."""
        job.began = time.monotonic()
        try:
            assert self._quick is not None
            job.first = self._quick(job)
        except PlannerError:
            pass  # cancelled, or nothing near: its run says more
        except Exception:
            log.exception("A first plan could not be made")
        finally:
            with self._lock:
                job.answered, self._answering = True, None
                self._start_next()

    def _remember(self, about: str, job: Job) -> None:
        self._latest[about] = job
        self._latest.move_to_end(about)
        idle = [name for name, other in self._latest.items() if not other.active]
        for name in idle[: max(0, len(self._latest) - MOST_REMEMBERED)]:
            del self._latest[name]

    def _work(self, job: Job) -> None:
        try:
            self._solve(job)
        finally:
            with self._lock:
                self._running = None
                self._start_next()

    def _solve(self, job: Job) -> None:
        job.began = time.monotonic()
        job.state = State.RUNNING
        try:
            self._keep(job, self._solver(job))
        except PlannerError as error:
            job.problem = str(error)
            if isinstance(error, NoPlanError):
                job.problem, job.loosenings = error.problem, error.loosenings
            if job.first is not None:
                self._hold(job.request, job.first)
            job.state = State.CANCELLED if job.cancel.is_set() else State.FAILED
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("Solve %s failed", reference)
            job.problem = english(
                "The solve ended with an unexpected fault (reference {reference}); the server's log "
                "says more.",
                reference=reference,
            )
            job.state = State.FAILED

    def _keep(self, job: Job, plan: Plan) -> None:
        self._hold(job.request, plan)
        if self._shelf is not None and not job.cancel.is_set():
            self._shelf.keep(job.request, plan)
        job.state = State.DONE

    def _hold(self, request: Request, plan: Plan) -> None:
        with self._lock:
            self._plans[request] = plan
            self._plans.move_to_end(request)
            while len(self._plans) > MOST_KEPT:
                self._plans.popitem(last=False)
