"""One solve at a time, shared fairly; a scenario's newer request ends its older one."""

import threading
import time
from pathlib import Path
from typing import Any, cast

import pytest

from planner.domain.scenario import Scenario
from planner.errors import Loosening, NoPlanError, SolverError
from planner.io import load_scenario
from planner.plan.record import Plan
from planner.solve.settings import Progress, Settings
from planner.ui.jobs import Job, Request, Solves, State

QUICKSTART = Path(__file__).parents[2] / "scenarios" / "quickstart"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(QUICKSTART)


class Bench:
    """A solver that waits until it is let go, and counts who is inside."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.inside = self.most_inside = self.runs = 0

    def __call__(self, job: Job) -> Any:
        self.inside += 1
        self.runs += 1
        self.most_inside = max(self.most_inside, self.inside)
        job.news.append(Progress("at work", 0.0))
        try:
            while not (self.go.wait(0.01) or job.cancel.is_set()):
                pass
            if job.cancel.is_set():
                raise SolverError("The run was cancelled.")
            return f"plan with {job.request.settings.seconds}"
        finally:
            self.inside -= 1


def ask(
    solves: Solves, scenario: Scenario, settings: Settings, about: str, session: str = ""
) -> Job:
    """Asks for a plan of a scenario called so; every scenario has a session of its own."""
    request = Request(scenario.fingerprint, settings)
    return solves.ask(request, scenario, session or about, about)


def ended(job: Job) -> State:
    deadline = time.monotonic() + 10
    while job.state in (State.WAITING, State.RUNNING) and time.monotonic() < deadline:
        time.sleep(0.005)
    return job.state


def test_equal_requests_share_a_run_and_its_plan_is_kept(scenario: Scenario) -> None:
    bench = Bench()
    solves = Solves(bench)
    first, second = (ask(solves, scenario, Settings(), name) for name in ("one", "other"))
    assert first is second
    bench.go.set()
    assert ended(first) is State.DONE
    assert bench.runs == 1
    assert solves.plan(first.request, scenario) is not None
    assert solves.newest(scenario.fingerprint) == first.request


def test_only_one_solve_runs_at_a_time(scenario: Scenario) -> None:
    bench = Bench()
    solves = Solves(bench)
    jobs = [ask(solves, scenario, Settings(seconds=n), f"session {n}") for n in (1.0, 2.0, 3.0)]
    bench.go.set()
    assert [ended(job) for job in jobs] == [State.DONE] * 3
    assert bench.most_inside == 1


def test_a_newer_request_of_a_scenario_ends_its_older_one(scenario: Scenario) -> None:
    bench = Bench()
    solves = Solves(bench)
    old = ask(solves, scenario, Settings(seconds=1.0), "one")
    new = ask(solves, scenario, Settings(seconds=2.0), "one")
    assert ended(old) is State.CANCELLED
    bench.go.set()
    assert ended(new) is State.DONE


def test_a_run_somebody_else_wants_is_not_ended_by_cancel(scenario: Scenario) -> None:
    bench = Bench()
    solves = Solves(bench)
    job = ask(solves, scenario, Settings(), "one")
    ask(solves, scenario, Settings(), "other")
    solves.cancel("one")
    assert not job.cancel.is_set()
    solves.cancel("other")
    assert ended(job) is State.CANCELLED


def test_a_fault_the_user_can_act_on_is_told(scenario: Scenario) -> None:
    def none(*_: object) -> Any:
        raise NoPlanError("No plan obeys every hard rule.")

    job = ask(Solves(none), scenario, Settings(), "one")
    assert ended(job) is State.FAILED
    assert job.problem == "No plan obeys every hard rule."


def test_what_to_loosen_is_kept_beside_the_problem(scenario: Scenario) -> None:
    tight = Loosening("lock", "push it out", 0, "units", 1200.0, "lower", 7800.0)

    def none(*_: object) -> Any:
        raise NoPlanError("No plan obeys every hard rule.", [tight])

    job = ask(Solves(none), scenario, Settings(), "one")
    assert ended(job) is State.FAILED
    assert job.problem == "No plan obeys every hard rule."
    assert job.loosenings == (tight,)


def test_any_other_fault_is_one_sentence_with_a_reference(
    scenario: Scenario, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> Any:
        raise ZeroDivisionError("secret path")

    job = ask(Solves(broken), scenario, Settings(), "one")
    assert ended(job) is State.FAILED
    assert "reference" in job.problem
    assert "secret path" not in job.problem
    assert "secret path" in caplog.text


def test_one_solve_and_twenty_slider_moves_leave_one_run_and_the_last_settings(
    scenario: Scenario,
) -> None:
    bench = Bench()
    solves = Solves(bench)
    jobs = [ask(solves, scenario, Settings(seconds=1.0 + n), "one") for n in range(21)]
    bench.go.set()
    assert ended(jobs[-1]) is State.DONE
    assert {ended(job) for job in jobs[:-1]} == {State.CANCELLED}
    assert bench.most_inside == 1


def test_who_has_waited_longest_is_next_and_how_many_come_before_is_known(
    scenario: Scenario,
) -> None:
    bench = Bench()
    solves = Solves(bench)
    order: list[str] = []
    jobs = {
        name: ask(solves, scenario, Settings(seconds=float(n)), name, session=name[:3])
        for n, name in enumerate(("Ann 1", "Ann 2", "Ann 3", "Bob 1", "Cat 1"), start=1)
    }
    assert solves.before(jobs["Ann 1"]) == 0
    assert [solves.before(jobs[name]) for name in ("Bob 1", "Cat 1", "Ann 2", "Ann 3")] == [
        1,
        2,
        3,
        4,
    ]
    bench.go.set()
    for name, job in jobs.items():
        assert ended(job) is State.DONE
        order.append(name)
    began = sorted(jobs, key=lambda name: jobs[name].began)
    assert began == ["Ann 1", "Bob 1", "Cat 1", "Ann 2", "Ann 3"]


def test_a_plan_on_the_shelf_is_found_by_another_process(scenario: Scenario) -> None:
    class Shelf:
        kept: dict[Request, Any] = {}  # noqa: RUF012

        def keep(self, request: Request, plan: Any) -> None:
            self.kept[request] = plan

        def find(self, request: Request, scenario: Scenario) -> Any:
            return self.kept.get(request)

        def newest(self, fingerprint: str) -> Request | None:
            return next((r for r in self.kept if r.fingerprint == fingerprint), None)

    bench, shelf = Bench(), Shelf()
    bench.go.set()
    job = ask(Solves(bench, shelf), scenario, Settings(), "one")
    assert ended(job) is State.DONE
    later = Solves(bench, shelf)
    assert later.plan(job.request, scenario) == "plan with 100.0"
    assert later.newest(scenario.fingerprint) == job.request


def test_a_cancelled_run_keeps_the_best_plan_it_had(scenario: Scenario) -> None:
    def until_cancelled(job: Job) -> Any:
        job.first = "the best so far"  # type: ignore[assignment]
        job.cancel.wait(10)
        raise SolverError("The run was cancelled.")

    solves = Solves(until_cancelled)
    job = ask(solves, scenario, Settings(), "one")
    solves.cancel("one")
    assert ended(job) is State.CANCELLED
    assert solves.plan(job.request, scenario) == "the best so far"


def known_to(solves: Solves, scenario: Scenario, about: str) -> Job:
    """A request of somebody who sees a plan of the scenario before its edits."""
    request = Request(scenario.fingerprint, Settings(seconds=float(len(about))))
    return solves.ask(request, scenario, about, about, known=cast(Plan, "plan before"))


def answered(job: Job) -> bool:
    deadline = time.monotonic() + 10
    while not job.answered and time.monotonic() < deadline:
        time.sleep(0.005)
    return job.answered


def test_a_first_plan_does_not_wait_for_the_runs_of_others(scenario: Scenario) -> None:
    bench = Bench()
    solves = Solves(bench, quick=lambda job: cast(Plan, f"first of {job.session}"))
    ann = ask(solves, scenario, Settings(), "Ann")
    bob, catherine = (known_to(solves, scenario, name) for name in ("Bob", "Catherine"))
    assert answered(bob) and answered(catherine)
    assert ann.state is State.RUNNING and bob.state is catherine.state is State.WAITING
    assert (ann.first, bob.first, catherine.first) == (None, "first of Bob", "first of Catherine")
    bench.go.set()
    assert {ended(job) for job in (ann, bob, catherine)} == {State.DONE}
    assert bench.most_inside == 1


def test_without_a_first_plan_a_run_goes_on_all_the_same(scenario: Scenario) -> None:
    def broken(job: Job) -> Plan:
        raise ValueError("of no use to anybody")

    bench = Bench()
    bench.go.set()
    job = known_to(Solves(bench, quick=broken), scenario, "Bob")
    assert ended(job) is State.DONE
    assert job.first is None and not job.problem
