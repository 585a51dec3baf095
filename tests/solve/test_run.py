"""The solver's own process: it tells, it can be ended, and whatever befalls it is a sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import LockKind
from planner.errors import NoPlanError, OutOfTimeError, PlannerError, SolverError
from planner.io import load_scenario
from planner.model.program import Program
from planner.pipeline import make_plan
from planner.solve import run
from planner.solve.engine import solve
from planner.solve.run import run_solver
from planner.solve.settings import Progress, Settings
from tests.exhibits import tiny_scenario
from tests.random_scenarios import random_scenario
from tests.solve.in_process import built, quiet

QUICKSTART = Path(__file__).parents[2] / "scenarios" / "quickstart"


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[str]]:
    """Every child the solver starts, so that tests end only these."""
    started: list[subprocess.Popen[str]] = []
    popen = subprocess.Popen

    def start(*args: Any, **named: Any) -> subprocess.Popen[str]:
        child = popen(*args, **named)
        started.append(child)
        return child

    monkeypatch.setattr("planner.solve.run.subprocess.Popen", start)
    return started


@pytest.fixture(scope="module")
def long_task() -> Program:
    """Takes branch and bound far longer than any test waits."""
    _, task, _ = built(load_scenario(QUICKSTART))
    return task


def is_gone(child: subprocess.Popen[str]) -> bool:
    """Ended and waited for: neither running nor a zombie, nor anything left of its group."""
    try:
        os.killpg(child.pid, 0)
    except ProcessLookupError:
        return child.returncode is not None and not Path(f"/proc/{child.pid}").exists()
    return False


def when_proving(act: Callable[[], None]) -> Callable[[Progress], None]:
    """Do something once the child has reached its longest step."""

    def hear(news: Progress) -> None:
        if news.phase == "proving":
            threading.Timer(0.2, act).start()

    return hear


def test_the_child_gives_the_same_answer_as_the_engine_and_tells_of_its_way(
    children: list[subprocess.Popen[str]],
) -> None:
    _, task, _ = built(random_scenario(1))
    heard: list[Progress] = []
    found = run_solver(task, Settings(seconds=20.0, gap=0.001), heard.append)
    own = solve(task, 20.0, 0.001, quiet)
    assert found.amounts.tolist() == own.amounts.tolist()
    assert (found.value, found.bound, found.bound_by) == (own.value, own.bound, own.bound_by)
    assert found.prices.tolist() == own.prices.tolist()
    assert {"pricing options", "choosing prices, papers and boxes"} <= {n.phase for n in heard}
    times = [news.seconds for news in heard]
    assert times == sorted(times) and times[0] >= 0
    assert len(children) == 1 and is_gone(children[0])


def test_a_child_that_waits_takes_the_next_task_and_another_takes_its_place(
    children: list[subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = run._Waiting()
    monkeypatch.setattr(run, "_WAITING", waiting)
    _, task, _ = built(random_scenario(1))
    run.stay_ready()
    assert len(children) == 1
    first = run_solver(task, Settings(seconds=20.0, gap=0.001), quiet)
    assert len(children) == 2 and is_gone(children[0])
    os.kill(children[1].pid, signal.SIGKILL)  # one that dies while it waits is no fault of the next
    children[1].wait()
    again = run_solver(task, Settings(seconds=20.0, gap=0.001), quiet)
    assert again.amounts.tolist() == first.amounts.tolist()
    waiting.wanted = False
    waiting.taken().end()
    assert all(is_gone(child) for child in children)


def test_a_child_begins_to_load_before_there_is_anything_to_solve(
    children: list[subprocess.Popen[str]],
) -> None:
    run.get_ready()
    run.get_ready()
    assert len(children) == 1, "one is enough"
    _, task, _ = built(random_scenario(1))
    run_solver(task, Settings(seconds=20.0, gap=0.001), quiet)
    assert len(children) == 1 and is_gone(children[0]), "it took the task, and none waits after it"


def test_a_child_that_waits_ends_when_nobody_can_ask_it_any_more() -> None:
    child = run._Child()
    assert child.process.stdin is not None
    child.process.stdin.close()
    assert child.process.wait(timeout=60) == 0
    child.end()


def test_cancel_ends_the_child_within_a_second(
    children: list[subprocess.Popen[str]], long_task: Program
) -> None:
    cancel, pressed = threading.Event(), []

    def press() -> None:
        pressed.append(time.monotonic())
        cancel.set()

    with pytest.raises(SolverError, match="cancelled"):
        run_solver(long_task, Settings(seconds=60.0, gap=0.0), when_proving(press), cancel)
    assert time.monotonic() - pressed[0] < 1.0
    assert is_gone(children[0])


def test_cancel_before_the_start_is_heard_too(
    children: list[subprocess.Popen[str]], long_task: Program
) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(SolverError, match="cancelled"):
        run_solver(long_task, Settings(), quiet, cancel)
    assert is_gone(children[0])


def test_a_killed_child_is_a_sentence(
    children: list[subprocess.Popen[str]], long_task: Program
) -> None:
    def strike() -> None:
        os.kill(children[0].pid, signal.SIGKILL)

    with pytest.raises(SolverError) as caught:
        run_solver(long_task, Settings(seconds=60.0, gap=0.0), when_proving(strike))
    said = str(caught.value)
    assert "signal 9" in said and "memory" in said
    assert said.endswith(".") and "Traceback" not in said
    assert is_gone(children[0])


@pytest.mark.parametrize("memory", [0.05, 0.2])
def test_too_little_memory_is_a_sentence(
    memory: float, children: list[subprocess.Popen[str]], long_task: Program
) -> None:
    settings = Settings(seconds=5.0, gap=0.0, memory_gb=memory)
    with pytest.raises(SolverError) as caught:
        run_solver(long_task, settings, quiet)
    said = str(caught.value)
    assert f"{memory:g} GB" in said or "memory" in said or "without an answer" in said
    assert said.endswith(".") and "Traceback" not in said
    assert is_gone(children[0])


def test_a_late_child_is_ended(
    children: list[subprocess.Popen[str]], long_task: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "GRACE_SECONDS", -59.5)
    monkeypatch.setattr(run, "GRACE_SHARE", -1.0)
    begin = time.monotonic()
    with pytest.raises(OutOfTimeError, match="did not stop in time"):
        run_solver(long_task, Settings(seconds=60.0, gap=0.0), quiet)
    assert time.monotonic() - begin < 5.0
    assert is_gone(children[0])


def test_the_time_allowed_is_kept_and_a_plan_comes_back(long_task: Program) -> None:
    found = run_solver(long_task, Settings(seconds=3.0, gap=0.0), quiet)
    assert sum(found.seconds.values()) < 3.0 + 3.0
    assert 0 < found.value <= found.bound
    assert found.stopped_because == "the time allowed was used up"
    assert not found.reproducible


def locked(units: int) -> Scenario:
    """Tiny scenario: Singapore's shoppers must take units of L1 they do not want."""
    lock = r.Lock(
        lock="push it out",
        kind=LockKind.MIN_UNITS,
        lots=("L1",),
        channels=("SG-SHOP",),
        units=units,
    )
    return tiny_scenario().model_copy(update={"locks": (lock,)})


def amount_named(scenario: Scenario) -> int:
    """By how much the sentence says the lock must give."""
    with pytest.raises(NoPlanError) as caught:
        make_plan(scenario, Settings(seconds=10.0))
    said = str(caught.value)
    assert said.endswith(".")
    assert "lower lock push it out by " in said
    return int(said.split("push it out by ")[1].split()[0])


def test_a_lock_nobody_can_meet_is_named_with_what_to_take_off() -> None:
    assert 0 < amount_named(locked(100)) < 100
    assert amount_named(locked(110)) == amount_named(locked(100)) + 10


def test_a_lock_lowered_by_the_amount_named_has_a_plan() -> None:
    amount = amount_named(locked(100))
    plan = make_plan(locked(100 - amount), Settings(seconds=10.0))
    assert plan.findings == ()


def test_a_lock_only_fractions_could_meet_is_named_too() -> None:
    """Between what fractions of units and what whole units allow, the sentence must still help."""
    for units in range(100 - amount_named(locked(100)), 0, -1):
        try:
            solve(built(locked(units))[1], 10.0, 0.001, quiet)
        except NoPlanError as none:
            assert "push it out" in str(none)
        else:
            return


def test_every_fault_of_the_solver_is_one_the_planner_knows() -> None:
    assert issubclass(SolverError, PlannerError) and issubclass(NoPlanError, PlannerError)
