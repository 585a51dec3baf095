"""Requests to solve -> plans, one at a time, for every session of the process.

A request is the fingerprint of a scenario and the settings. Identical requests share one run; a
newer request of a session supersedes its older one; plans are kept, so that a second visit shows
them at once. Nothing here touches a page: a page asks and looks.
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

from planner.domain.scenario import Scenario
from planner.errors import Loosening, NoPlanError, PlannerError
from planner.plan.record import Plan
from planner.solve.settings import Progress, Settings

MOST_WAITING = 20
MOST_KEPT = 12
MOST_REMEMBERED = 200
log = logging.getLogger(__name__)

Solver = Callable[[Scenario, Settings, Callable[[Progress], None], threading.Event], Plan]


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
    wanted_by: set[str]
    state: State = State.WAITING
    news: list[Progress] = field(default_factory=list)
    problem: str = ""
    loosenings: tuple[Loosening, ...] = ()
    began: float = 0.0
    cancel: threading.Event = field(default_factory=threading.Event)

    @property
    def active(self) -> bool:
        """Whether it waits or runs; a cancelled run no longer does, though it may take a moment."""
        return self.state in (State.WAITING, State.RUNNING) and not self.cancel.is_set()

    @property
    def cancelled(self) -> bool:
        """Whether it was ended before it had a plan."""
        return self.cancel.is_set() and self.state is not State.DONE

    @property
    def seconds(self) -> float:
        """Time since its solver began."""
        return time.monotonic() - self.began if self.began else 0.0

    @property
    def share_of_time(self) -> float:
        """Part of the time allowed that is used, 0 to 1."""
        return min(1.0, self.seconds / max(self.request.settings.seconds, 1e-9))


class Solves:
    """Every run of the process and the plans found."""

    def __init__(self, solver: Solver) -> None:
        self._solver = solver
        self._lock = threading.RLock()
        self._slot = threading.Lock()
        self._active: dict[Request, Job] = {}
        self._latest: dict[str, Job] = {}
        self._plans: OrderedDict[Request, Plan] = OrderedDict()

    def ask(self, scenario: Scenario, settings: Settings, session: str) -> Job:
        """The run of a request, joined where it is under way, else started."""
        request = Request(scenario.fingerprint, settings)
        with self._lock:
            job = self._active.get(request)
            if job is None or job.cancel.is_set():
                if len(self._active) >= MOST_WAITING:
                    raise PlannerError("Too many solves are waiting. Try again in a few minutes.")
                job = Job(request, scenario, set())
                self._active[request] = job
                threading.Thread(target=self._work, args=(job,), daemon=True).start()
            if self._latest.get(session) is not job:
                self.cancel(session)
            job.wanted_by.add(session)
            self._remember(session, job)
            return job

    def cancel(self, session: str) -> None:
        """The session no longer wants its run; a run nobody wants is ended."""
        with self._lock:
            job = self._latest.get(session)
            if job is not None and job.active:
                job.wanted_by.discard(session)
                if not job.wanted_by:
                    job.cancel.set()

    def job(self, session: str) -> Job | None:
        """The session's latest run."""
        with self._lock:
            return self._latest.get(session)

    def plan(self, request: Request) -> Plan | None:
        """The plan of a request, if it is known."""
        with self._lock:
            return self._plans.get(request)

    def newest(self, fingerprint: str) -> Request | None:
        """The latest request solved for a scenario, whatever its settings."""
        with self._lock:
            known = [request for request in self._plans if request.fingerprint == fingerprint]
            return known[-1] if known else None

    def _remember(self, session: str, job: Job) -> None:
        self._latest.pop(session, None)
        self._latest[session] = job
        idle = [name for name, other in self._latest.items() if not other.active]
        for name in idle[: max(0, len(self._latest) - MOST_REMEMBERED)]:
            del self._latest[name]

    def _work(self, job: Job) -> None:
        with self._slot:
            try:
                if job.cancel.is_set():
                    job.state = State.CANCELLED
                else:
                    self._solve(job)
            finally:
                with self._lock:
                    if self._active.get(job.request) is job:
                        del self._active[job.request]

    def _solve(self, job: Job) -> None:
        job.began = time.monotonic()
        job.state = State.RUNNING
        try:
            plan = self._solver(job.scenario, job.request.settings, job.news.append, job.cancel)
        except PlannerError as error:
            job.problem = str(error)
            if isinstance(error, NoPlanError):
                job.problem, job.loosenings = error.problem, error.loosenings
            job.state = State.CANCELLED if job.cancel.is_set() else State.FAILED
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("Solve %s failed", reference)
            job.problem = (
                f"The solve ended with an unexpected fault (reference {reference}); "
                "the server's log says more."
            )
            job.state = State.FAILED
        else:
            self._keep(job, plan)

    def _keep(self, job: Job, plan: Plan) -> None:
        with self._lock:
            self._plans[job.request] = plan
            self._plans.move_to_end(job.request)
            while len(self._plans) > MOST_KEPT:
                self._plans.popitem(last=False)
        job.state = State.DONE
