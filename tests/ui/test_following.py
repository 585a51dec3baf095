"""After an edit a good plan is there at once, and the proof is never worse."""

import pytest

from planner.domain.changes import Change, apply
from planner.errors import SolverError
from planner.pipeline import make_plan
from planner.plan.record import Plan
from planner.solve.settings import Settings
from planner.ui import following
from planner.ui.following import Bases, first_plan, solve_job
from planner.ui.jobs import Job, Request
from tests.exhibits import tiny_scenario

BASE = tiny_scenario()
EDITED = apply(BASE, [Change("lots", ("L1",), "units", 120, 100)])


@pytest.fixture(autouse=True)
def nothing_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BASES", Bases())


def job(scenario: object, known: object = None) -> Job:
    request = Request(scenario.fingerprint, Settings())  # type: ignore[attr-defined]
    return Job(request, scenario, "session", set(), known=known)  # type: ignore[arg-type]


def solved(job: Job) -> Plan:
    """What becomes of a job: its first plan, then its proof."""
    job.first = first_plan(job)
    return solve_job(job)


def test_an_edit_shows_a_first_plan_and_ends_with_its_proof() -> None:
    plan = solved(job(BASE))
    edited = job(EDITED, plan)
    proof = solved(edited)
    assert edited.first is not None
    assert edited.first.ready and proof.ready
    assert edited.first.scenario == proof.scenario == EDITED
    assert proof.report.value >= edited.first.report.value - 0.01
    whole = make_plan(EDITED, Settings())
    assert proof.report.value == pytest.approx(whole.report.value, rel=Settings().gap)


def test_a_plan_from_the_shelf_is_followed_too() -> None:
    edited = job(EDITED, make_plan(BASE, Settings()))
    assert solved(edited).scenario == EDITED
    assert edited.first is not None


def test_a_run_cancelled_early_gives_way_and_keeps_what_it_knew() -> None:
    plan = solved(job(BASE))
    edited = job(EDITED, plan)
    edited.cancel.set()
    with pytest.raises(SolverError, match="cancelled"):
        solved(edited)
    again = job(EDITED, plan)
    assert solved(again).scenario == EDITED


def test_edits_of_one_plan_by_several_people_start_from_the_same_work() -> None:
    plan = make_plan(BASE, Settings())
    begun = following.BASES.behind(plan)
    assert following.BASES.behind(plan) is begun
    assert begun.result().plan is plan
    for units in (110, 130):
        edited = apply(BASE, [Change("lots", ("L1",), "units", 120, units)])
        mine = job(edited, plan)
        assert solved(mine).scenario == edited
        assert mine.first is not None
        after = following.BASES.behind(mine.first).result()
        assert after.plan is plan and after.near is begun.result().near
