"""Work in a process of its own: it answers, tells, fails in its own words and ends when asked to."""

import os
import threading
import time
from collections.abc import Callable

import pytest

from planner.errors import Loosening, NoPlanError, SolverError
from planner.live.apart import apart, worth_it
from planner.solve.settings import Progress
from tests.exhibits import tiny_scenario

Tell = Callable[[Progress], None]
LONG_SECONDS = 60.0


def counted(tell: Tell, most: int) -> tuple[int, int]:
    """Tells every number up to the most; the process and the most."""
    for number in range(most):
        tell(Progress(f"{number}", 0.0))
    return os.getpid(), most


def no_plan(_: Tell) -> None:
    """Finds none."""
    raise NoPlanError("There is none.", [Loosening("a", "b", 1, "units", 2.0, "raise", 3.0)])


def gone(_: Tell) -> None:
    """Ends without a word."""
    os._exit(1)


def long(tell: Tell) -> None:
    """Takes longer than anybody waits."""
    tell(Progress("begun", 0.0))
    time.sleep(LONG_SECONDS)


def test_it_answers_from_another_process_and_tells_on_the_way() -> None:
    news: list[Progress] = []
    process, most = apart(counted, 3, progress=news.append)
    assert process != os.getpid() and most == 3
    assert [each.phase for each in news] == ["0", "1", "2"]


def test_a_scenario_without_a_plan_says_what_to_loosen() -> None:
    with pytest.raises(NoPlanError) as told:
        apart(no_plan)
    assert told.value.problem == "There is none."
    assert told.value.loosenings[0].by == 2.0


def test_a_process_that_dies_is_a_fault_in_a_sentence() -> None:
    with pytest.raises(SolverError, match="ended without an answer"):
        apart(gone)


def test_cancelled_work_ends_at_once() -> None:
    cancel = threading.Event()
    began = time.monotonic()
    with pytest.raises(SolverError, match="cancelled"):
        apart(long, progress=lambda _: cancel.set(), cancel=cancel)
    assert time.monotonic() - began < LONG_SECONDS / 2


def test_a_few_rows_are_not_worth_a_process() -> None:
    assert not worth_it(tiny_scenario())
