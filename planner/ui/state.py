"""What a visitor's session remembers: the only module that knows session keys."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable

import streamlit as st

from planner import make_plan
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Perspective
from planner.errors import Finding, ScenarioError
from planner.io import load_untrusted
from planner.plan.record import Plan
from planner.solve.settings import Progress, Settings
from planner.ui import sources
from planner.ui.desk import Desk, Sheet
from planner.ui.jobs import Job, Request, Solves

SESSION, DESKS, SOURCE, UPLOADS = "session", "desks", "source", "uploads"
SECONDS, GAP, PERSPECTIVE = "setting-seconds", "setting-gap-percent", "setting-perspective"
PERCENT = 100.0
AS_IN_SCENARIO = "as in the scenario"
UNKNOWN, OPENED = "unknown", "uploads-opened"
DEFAULT_SECONDS, DEFAULT_GAP = Settings().seconds, Settings().gap * PERCENT
PERSPECTIVES = [AS_IN_SCENARIO, *(word.value for word in Perspective)]
FILE, UPLOAD_FINDINGS = "file", "upload-findings"
TABLE, MARKETS = "table", "markets"
QUERY = "scenario"


@st.cache_resource
def solves() -> Solves:
    """The runs and plans of the whole process."""
    return Solves(_solve)


def _solve(
    scenario: Scenario,
    settings: Settings,
    tell: Callable[[Progress], None],
    cancel: threading.Event,
) -> Plan:
    plan: Plan = make_plan(scenario, settings, progress=tell, cancel=cancel)
    return plan


def session() -> str:
    """A name for this session that no other has."""
    name: str = st.session_state.setdefault(SESSION, uuid.uuid4().hex)
    return name


# Which scenario


def uploads() -> dict[str, Scenario]:
    """Workbooks this session has uploaded, by the name they are offered under."""
    kept: dict[str, Scenario] = st.session_state.setdefault(UPLOADS, {})
    return kept


def choices() -> list[str]:
    """Every scenario that can be picked."""
    return [*sources.names(), *uploads()]


def open_first() -> None:
    """Chooses the scenario of the address on the first run, before anything is shown."""
    known = choices()
    if st.session_state.get(SOURCE) in known:
        return
    asked = st.query_params.get(QUERY, "")
    st.session_state[SOURCE] = asked if asked in known else known[0]
    st.session_state[UNKNOWN] = "" if asked in ("", *known) else asked


def picker_key() -> str:
    """The widget key of the scenario picker.

    The choice itself is kept apart from the widget, whose default it is: a page left before it was
    complete would otherwise fall back to the first scenario. A new upload gets a new picker.
    """
    return f"picker {st.session_state.get(OPENED, 0)}"


def pick() -> None:
    """Opens the scenario picked; the picker's callback."""
    st.session_state[SOURCE] = st.session_state[picker_key()]
    st.session_state[UNKNOWN] = ""


def unknown() -> str:
    """The scenario the address asked for, where there is none of that name."""
    return str(st.session_state.get(UNKNOWN, ""))


def keep_address() -> None:
    """Writes the scenario into the page's address, so that a refresh opens it again."""
    if source() not in uploads():
        st.query_params[QUERY] = source()


def source() -> str:
    """Name of the scenario that is open."""
    name: str = st.session_state[SOURCE]
    return name


def open_upload() -> None:
    """Reads the uploaded workbook and opens it, or keeps its findings; a button's callback."""
    file = st.session_state[FILE]
    label = f"upload: {file.name}"
    try:
        uploads()[label] = load_untrusted(file.getvalue(), file.name)
    except ScenarioError as error:
        st.session_state[UPLOAD_FINDINGS] = error.findings
        return
    st.session_state[UPLOAD_FINDINGS] = ()
    _desks().pop(label, None)
    st.session_state[SOURCE] = label
    st.session_state[OPENED] = st.session_state.get(OPENED, 0) + 1


def upload_findings() -> tuple[Finding, ...]:
    """What was wrong with the workbook last uploaded."""
    found: tuple[Finding, ...] = st.session_state.get(UPLOAD_FINDINGS, ())
    return found


def desk() -> Desk:
    """The desk of the open scenario; raises `ScenarioError` where its files have findings."""
    name = source()
    if name not in _desks():
        _desks()[name] = Desk.of(uploads()[name] if name in uploads() else sources.load(name))
    return _desks()[name]


def _desks() -> dict[str, Desk]:
    kept: dict[str, Desk] = st.session_state.setdefault(DESKS, {})
    return kept


def keep_known(key: str, known: list[str]) -> None:
    """Drops from a choice of several what can no longer be chosen; an empty rest is forgotten."""
    if key in st.session_state:
        kept = [value for value in st.session_state[key] if value in known]
        if not kept:
            del st.session_state[key]
        elif kept != list(st.session_state[key]):
            st.session_state[key] = kept


# Edits


def grid_key(table: str) -> str:
    """The widget key of a table's grid, constant while the user types.

    A grid that was away (another page or table was shown) is drawn afresh from the edits so far.
    """
    sheet = desk().sheets[table]
    if _key(table, sheet) not in st.session_state:
        sheet.draw_afresh()
    return _key(table, sheet)


def commit(table: str) -> None:
    """Takes in what the table's grid reports; called when it changes and again by the page."""
    work = desk()
    report = st.session_state.get(_key(table, work.sheets[table]))
    if report is not None:
        work.commit(table, report)


def _key(table: str, sheet: Sheet) -> str:
    return f"grid {source()} {table} {sheet.generation}"


# Solving


def settings() -> Settings:
    """The limits the visitor asks for."""
    chosen = st.session_state.get(PERSPECTIVE, AS_IN_SCENARIO)
    return Settings(
        seconds=float(st.session_state.get(SECONDS, DEFAULT_SECONDS)),
        gap=float(st.session_state.get(GAP, DEFAULT_GAP)) / PERCENT,
        perspective=None if chosen == AS_IN_SCENARIO else Perspective(chosen),
    )


def request() -> Request | None:
    """What Solve would solve; None while the scenario has findings."""
    scenario = desk().scenario
    return Request(scenario.fingerprint, settings()) if scenario else None


def solve() -> None:
    """Asks for a plan of the open scenario; the callback of Solve."""
    work = desk()
    if work.scenario is not None:
        work.asked = solves().ask(work.scenario, settings(), session()).request


def cancel() -> None:
    """Ends the session's run; the callback of Cancel."""
    solves().cancel(session())


def job() -> Job | None:
    """The session's latest run."""
    return solves().job(session())


def plan() -> Plan | None:
    """The plan to show for the open scenario.

    That of the inputs now, else the one just asked for, else the one shown before, else one of the
    same data with other settings.
    """
    work, wanted = desk(), request()
    newest = solves().newest(wanted.fingerprint) if wanted else None
    for known in (wanted, work.asked, work.shown, newest):
        found = solves().plan(known) if known else None
        if found is not None:
            work.shown = known
            work.asked = None if known == work.asked else work.asked
            return found
    return None


def stale() -> str:
    """Why the plan shown is not that of the inputs now; blank when it is."""
    work, wanted = desk(), request()
    if work.shown is None or work.shown == wanted:
        return ""
    if wanted is None or wanted.fingerprint != work.shown.fingerprint:
        return "The data have changed since this plan was made."
    return "The settings have changed since this plan was made."
