"""Questions that take a while: shared, in order, cancelled, and out of the way of solves."""

from __future__ import annotations

import threading

import pytest

from planner.errors import PlannerError
from planner.solve.settings import Progress, Settings
from planner.ui.jobs import Request, State
from planner.ui.studies import MOST_WAITING, Question, Studies, Study

REQUEST = Request("abc", Settings())
PATIENCE = 20.0


def question(name: str) -> Question:
    return Question(name, REQUEST)


class Desk:
    """Work that waits until it is let go, and counts how often it was done."""

    def __init__(self) -> None:
        self.go, self.begun, self.count = threading.Event(), threading.Event(), 0

    def work(self, study: Study) -> int:
        self.begun.set()
        while not self.go.wait(0.01):
            if study.cancel.is_set():
                raise PlannerError("The run was cancelled.")
        self.count += 1
        return self.count


def test_equal_questions_are_answered_once() -> None:
    studies, desk = Studies(), Desk()
    first = studies.ask(question("why"), desk.work, "ann")
    second = studies.ask(question("why"), desk.work, "bob")
    assert first is second
    desk.go.set()
    assert first.ended.wait(PATIENCE)
    assert studies.ask(question("why"), desk.work, "cy").answer == 1
    assert desk.count == 1


def test_one_study_runs_at_a_time_and_the_next_follows() -> None:
    studies, desk = Studies(), Desk()
    first = studies.ask(question("one"), desk.work, "ann")
    second = studies.ask(question("two"), desk.work, "ann")
    assert desk.begun.wait(PATIENCE)
    assert (second.state, studies.before(second)) == (State.WAITING, 1)
    desk.go.set()
    assert second.ended.wait(PATIENCE)
    assert (first.answer, second.answer) == (1, 2)


def test_a_study_ends_when_nobody_wants_it_any_more() -> None:
    studies, desk = Studies(), Desk()
    study = studies.ask(question("why"), desk.work, "ann")
    studies.ask(question("why"), desk.work, "bob")
    studies.cancel(question("why"), "ann")
    assert study.active, "Bob still waits for it"
    studies.cancel(question("why"), "bob")
    assert study.ended.wait(PATIENCE)
    assert study.state is State.CANCELLED
    again = studies.ask(question("why"), desk.work, "ann")
    assert again is not study, "asked again it starts again"
    desk.go.set()
    assert again.ended.wait(PATIENCE)
    assert again.answer == 1


def test_a_waiting_study_that_is_cancelled_never_runs() -> None:
    studies, desk, other = Studies(), Desk(), Desk()
    studies.ask(question("one"), desk.work, "ann")
    second = studies.ask(question("two"), other.work, "ann")
    studies.cancel(question("two"), "ann")
    assert second.state is State.CANCELLED
    assert second.ended.is_set()
    desk.go.set()
    assert not other.begun.is_set()


def test_a_study_steps_aside_while_something_more_urgent_is_under_way() -> None:
    free, told = threading.Event(), threading.Event()
    studies = Studies(free.is_set)

    def work(study: Study) -> str:
        told.set()
        study.tell("the plan as it is", 0, 2)
        return "done"

    study = studies.ask(question("rule"), work, "ann")
    assert told.wait(PATIENCE)
    assert not study.ended.wait(0.3)
    free.set()
    assert study.ended.wait(PATIENCE)
    assert study.answer == "done"


def test_plans_are_counted_by_the_news_of_their_first_step() -> None:
    study = Study(question("flip"), lambda _: None, lambda: True, of=4, done=-1)
    for phase in ("options", "build", "solve", "options", "build"):
        study.hear(Progress(phase, 0.0))
    assert (study.done, study.of) == (1, 4)
    assert study.share_done == pytest.approx(0.25)


def test_a_problem_is_told_and_a_fault_only_by_its_reference() -> None:
    def wrong(study: Study) -> None:
        raise ValueError("Choose two to eight markets.")

    def broken(study: Study) -> None:
        raise KeyError("secret")

    studies = Studies()
    told, fault = (studies.ask(question(str(work)), work, "ann") for work in (wrong, broken))
    assert told.ended.wait(PATIENCE)
    assert fault.ended.wait(PATIENCE)
    assert (told.state, told.problem) == (State.FAILED, "Choose two to eight markets.")
    assert fault.state is State.FAILED
    assert "secret" not in fault.problem
    assert "reference" in fault.problem


def test_too_many_questions_are_refused() -> None:
    studies, desk = Studies(), Desk()
    for number in range(MOST_WAITING + 1):
        studies.ask(question(str(number)), desk.work, "ann")
    with pytest.raises(PlannerError):
        studies.ask(question("one more"), desk.work, "ann")
    desk.go.set()
