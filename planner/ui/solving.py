"""Asking for plans of the open scenario, and which plan to show: the callbacks and their state."""

from __future__ import annotations

import streamlit as st

from planner.domain.vocabulary import Perspective
from planner.errors import PlannerError
from planner.language import english, say
from planner.plan.record import Plan
from planner.solve.choice import Engine, engine_of
from planner.solve.run import stay_ready
from planner.solve.settings import Settings
from planner.store import store_file
from planner.ui import state
from planner.ui.following import BASES, first_plan, solve_job
from planner.ui.jobs import Job, Request, Solves, State
from planner.ui.shelf import PlanShelf

SECONDS, GAP, PERSPECTIVE = "setting-seconds", "setting-gap-percent", "setting-perspective"
LIVE = "live"
PERCENT = 100.0
AS_IN_SCENARIO = english("as in the scenario")
DEFAULT_SECONDS, DEFAULT_GAP = Settings().seconds, Settings().gap * PERCENT
PERSPECTIVES = [AS_IN_SCENARIO, *(word.value for word in Perspective)]


@st.cache_resource
def _solves(file: str) -> Solves:
    stay_ready()
    return Solves(solve_job, PlanShelf(state.store()), first_plan)


def solves() -> Solves:
    """The runs and plans of the whole process."""
    return _solves(str(store_file()))


def settings() -> Settings:
    """The limits the visitor asks for."""
    chosen = st.session_state.get(PERSPECTIVE, AS_IN_SCENARIO)
    if chosen not in PERSPECTIVES:  # chosen in another language
        chosen = AS_IN_SCENARIO
    return Settings(
        seconds=float(st.session_state.get(SECONDS, DEFAULT_SECONDS)),
        gap=round(float(st.session_state.get(GAP, DEFAULT_GAP)) / PERCENT, 12),
        perspective=None if chosen == AS_IN_SCENARIO else Perspective(chosen),
    )


def about() -> str:
    """What a run is about: a newer one about the same supersedes it.

    A shipped scenario is the same for everybody, so each session has a run of its own.
    """
    source = state.source()
    return source if state.desk().history else f"{state.session()} {source}"


def live() -> bool:
    """Whether every edit is solved at once."""
    return bool(st.session_state.get(LIVE, True))


def request() -> Request | None:
    """What Solve would solve; None while the scenario has findings."""
    work = state.desk()
    return Request(work.fingerprint(), settings()) if work.scenario else None


def solve() -> None:
    """Asks for a plan of the open scenario; the callback of Solve."""
    work, wanted = state.desk(), request()
    if work.scenario is None or wanted is None:
        return
    try:
        solves().ask(wanted, work.scenario, state.session(), about(), work.plan)
    except PlannerError as error:
        state.notice(str(error))
    else:
        work.asked = wanted


def keep_up() -> None:
    """In live mode: asks for the plan of what has not been asked for before, and gets ready for edits
    of a plan that is known."""
    work, wanted = state.desk(), request()
    if not live() or wanted is None or wanted == work.asked:
        return
    assert work.scenario is not None
    known = solves().plan(wanted, work.scenario)
    if known is None:
        solve()
    elif engine_of(work.scenario) is Engine.WHOLE:  # one worked out by slices is too large for this
        BASES.behind(known)


def cancel() -> None:
    """Ends the scenario's run; the callback of Cancel."""
    solves().cancel(about())


def job() -> Job | None:
    """The scenario's latest run."""
    return solves().job(about())


def running() -> bool:
    """Whether the scenario's run waits or is under way."""
    run = job()
    return run is not None and run.active


def failed() -> Job | None:
    """The scenario's latest run, where it gave no plan of what is asked now."""
    run = job()
    if run is None or run.request != request() or run.active or run.state is State.DONE:
        return None
    return run


def plan() -> Plan | None:
    """The plan to show for the open scenario.

    That of the inputs now, else the one shown before, else one of the same data with other settings.
    """
    work, wanted = state.desk(), request()
    if wanted is not None and work.scenario is not None:
        found = solves().plan(wanted, work.scenario) or _first(wanted)
        if found is None and work.plan is None:
            other = solves().newest(wanted.fingerprint)
            if other is not None:
                found, wanted = solves().plan(other, work.scenario), other
        if found is not None and found is not work.plan:
            if work.shown != wanted:
                work.plan_before = work.plan
            work.plan, work.shown = found, wanted
    return work.plan


def _first(wanted: Request) -> Plan | None:
    """The good plan found at once, while the proof of it is under way."""
    run = job()
    return run.first if run is not None and run.request == wanted else None


def take_up() -> None:
    """Shows what has been found meanwhile, and remembers that a first plan was seen."""
    run = job()
    state.desk().first_seen = run.first if run is not None else None
    plan()


def first_is_new(run: Job) -> bool:
    """Whether a run has found a first plan that the page has not seen yet."""
    return run.first is not None and state.desk().first_seen is not run.first


def stale() -> str:
    """Why the plan shown is not that of the inputs now; blank when it is."""
    work, wanted = state.desk(), request()
    if work.shown is None or work.shown == wanted:
        return ""
    if wanted is None or wanted.fingerprint != work.shown.fingerprint:
        return say("The data have changed since this plan was made.")
    return say("The settings have changed since this plan was made.")
