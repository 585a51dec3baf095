"""One solve at a time; equal requests share it; a session's newer request ends its older one."""

import threading
import time
from pathlib import Path
from typing import Any

import pytest

from planner.domain.scenario import Scenario
from planner.errors import Loosening, NoPlanError, SolverError
from planner.io import load_scenario
from planner.solve.settings import Progress, Settings
from planner.ui.jobs import Job, Solves, State

QUICKSTART = Path(__file__).parents[2] / "scenarios" / "quickstart"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(QUICKSTART)


class Bench:
    """A solver that waits until it is let go, and counts who is inside."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.inside = self.most_inside = self.runs = 0

    def __call__(
        self, scenario: Scenario, settings: Settings, tell: Any, cancel: threading.Event
    ) -> Any:
        self.inside += 1
        self.runs += 1
        self.most_inside = max(self.most_inside, self.inside)
        tell(Progress("at work", 0.0))
        try:
            while not self.go.wait(0.01):
                if cancel.is_set():
                    raise SolverError("The run was cancelled.")
            return f"plan with {settings.seconds}"
        finally:
            self.inside -= 1


def ended(job: Job) -> State:
    deadline = time.monotonic() + 10
    while job.state in (State.WAITING, State.RUNNING) and time.monotonic() < deadline:
        time.sleep(0.005)
    return job.state


def test_equal_requests_share_a_run_and_its_plan_is_kept(scenario: Scenario) -> None:
    bench = Bench()
    solves = Solves(bench)
    first, second = (solves.ask(scenario, Settings(), name) for name in ("one", "other"))
    assert first is second
    bench.go.set()
    assert ended(first) is State.DONE
    assert bench.runs == 1
    assert solves.plan(first.request) is not None
    assert solves.newest(scenario.fingerprint) == first.request


def test_only_one_solve_runs_at_a_time(scenario: Scenario) -> None:
    bench = Bench()
    solves = Solves(bench)
    jobs = [solves.ask(scenario, Settings(seconds=n), f"session {n}") for n in (1.0, 2.0, 3.0)]
    bench.go.set()
    assert [ended(job) for job in jobs] == [State.DONE] * 3
    assert bench.most_inside == 1


def test_a_newer_request_of_a_session_ends_its_older_one(scenario: Scenario) -> None:
    bench = Bench()
    solves = Solves(bench)
    old = solves.ask(scenario, Settings(seconds=1.0), "one")
    new = solves.ask(scenario, Settings(seconds=2.0), "one")
    assert ended(old) is State.CANCELLED
    bench.go.set()
    assert ended(new) is State.DONE


def test_a_run_somebody_else_wants_is_not_ended_by_cancel(scenario: Scenario) -> None:
    bench = Bench()
    solves = Solves(bench)
    job = solves.ask(scenario, Settings(), "one")
    solves.ask(scenario, Settings(), "other")
    solves.cancel("one")
    assert not job.cancel.is_set()
    solves.cancel("other")
    assert ended(job) is State.CANCELLED


def test_a_fault_the_user_can_act_on_is_told(scenario: Scenario) -> None:
    def none(*_: object) -> Any:
        raise NoPlanError("No plan obeys every hard rule.")

    job = Solves(none).ask(scenario, Settings(), "one")
    assert ended(job) is State.FAILED
    assert job.problem == "No plan obeys every hard rule."


def test_what_to_loosen_is_kept_beside_the_problem(scenario: Scenario) -> None:
    tight = Loosening("lock", "push it out", 0, "units", 1200.0, "lower", 7800.0)

    def none(*_: object) -> Any:
        raise NoPlanError("No plan obeys every hard rule.", [tight])

    job = Solves(none).ask(scenario, Settings(), "one")
    assert ended(job) is State.FAILED
    assert job.problem == "No plan obeys every hard rule."
    assert job.loosenings == (tight,)


def test_any_other_fault_is_one_sentence_with_a_reference(
    scenario: Scenario, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError("secret path")

    job = Solves(broken).ask(scenario, Settings(), "one")
    assert ended(job) is State.FAILED
    assert "reference" in job.problem
    assert "secret path" not in job.problem
    assert "secret path" in caplog.text
