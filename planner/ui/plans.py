"""Plans to set beside the one shown: of any scenario that can be opened, its base, or the last plan."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from planner.domain.scenario import Scenario
from planner.errors import PlannerError, ScenarioError
from planner.language import say
from planner.plan.record import Plan
from planner.store import Sheets, store_file
from planner.ui import solving, sources, state
from planner.ui.desk import Desk
from planner.ui.jobs import Job, Request

LAST = "last plan"


@dataclass(frozen=True)
class Candidate:
    """A scenario whose plan can be compared; its plan where it is known."""

    name: str
    scenario: Scenario | None
    plan: Plan | None


def choices() -> list[str]:
    """What can be compared: the scenario that is open first, its base second, else the last plan, then
    all others."""
    first, base = state.source(), based_on()
    others = [each for each in state.choices() if each not in (first, base)]
    last = [LAST] if state.desk().plan_before is not None else []
    return [first, *([base] if base and base != first else []), *last, *others]


def beside(choices: list[str]) -> str:
    """What the scenario that is open is compared with at first: its base or its last plan.

    Itself where it has neither: nobody waits for a bridge to some other scenario unasked.
    """
    return next((each for each in (based_on(), LAST) if each in choices[1:]), choices[0])


def based_on() -> str:
    """The shipped scenario that the open one starts from; blank where it starts from data kept."""
    history = state.desk().history
    return history.base.name if history and history.base.name in sources.names() else ""


def named(choice: str) -> str:
    """What a choice is called."""
    if choice == LAST:
        return say("The plan shown before the last change")
    mine = state.mine()
    return mine[choice].name if choice in mine else say("{name} (as shipped)", name=choice)


def candidate(choice: str) -> Candidate:
    """The scenario and the plan of a choice."""
    work = state.desk()
    if choice == LAST:
        plan = work.plan_before
        return Candidate(named(choice), plan.scenario if plan else None, plan)
    if choice == state.source():
        return Candidate(named(choice), work.scenario, solving.plan())
    scenario, fingerprint = _scenario(choice, state.store().version(choice), str(store_file()))
    if scenario is None:
        return Candidate(named(choice), None, None)
    wanted = Request(fingerprint, solving.settings())
    plan = solving.solves().plan(wanted, scenario)
    if plan is None and (other := solving.solves().newest(fingerprint)):
        plan = solving.solves().plan(other, scenario)
    return Candidate(named(choice), scenario, plan)


@st.cache_resource(max_entries=8)
def _scenario(choice: str, version: int, file: str) -> tuple[Scenario | None, str]:
    """A scenario of a version and its fingerprint; none while it has findings."""
    try:
        if choice in sources.names():
            scenario: Scenario | None = sources.load(choice)
        else:
            history = state.store().history(choice)
            work = Desk(Sheets(sources.load_base(history.base, state.store())))
            work.catch_up(history)
            scenario = work.scenario
    except ScenarioError:
        scenario = None
    return scenario, scenario.fingerprint if scenario else ""


def solve(choice: str) -> None:
    """Asks for the plan of a choice; a callback."""
    scenario, fingerprint = _scenario(choice, state.store().version(choice), str(store_file()))
    if scenario is None:
        return
    wanted = Request(fingerprint, solving.settings())
    try:
        solving.solves().ask(wanted, scenario, state.session(), about(choice))
    except PlannerError as error:
        state.notice(str(error))


def about(choice: str) -> str:
    """Under which name the run of a choice is kept; nobody else's run of it is superseded."""
    return f"{state.session()} beside {choice}"


def job(choice: str) -> Job | None:
    """The run of a choice that is asked for here."""
    return solving.solves().job(about(choice))


def cancel(choice: str) -> None:
    """Ends the run of a choice; a callback."""
    solving.solves().cancel(about(choice))
