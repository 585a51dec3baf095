"""What pages say about a run and its plan: progress, problems, what is out of date, the audit."""

from __future__ import annotations

import streamlit as st

from planner.plan.record import Plan
from planner.report import tables
from planner.report.headings import shown
from planner.report.placements import moved
from planner.solve.settings import Progress
from planner.ui import solving, state, words
from planner.ui.components import counted, escape, findings, table
from planner.ui.desk import Desk
from planner.ui.jobs import Job, State

POLL_SECONDS = 0.5
PHASES = {
    "options": "working out every way to sell every lot",
    "build": "writing down the limits",
    "solve": "starting the solver",
    "baselines": "making the hand-made plans to compare with",
    "extract": "writing the plan",
    "audit": "auditing the plan",
}
"""The planner's own steps in plain words; the solver's are plain already."""


def invalid() -> bool:
    """Says what is wrong with the edited scenario, if anything is."""
    work = state.desk()
    if not work.findings:
        return False
    st.error(
        f"The edited scenario has {counted(len(work.findings), 'finding')}. Nothing is solved until "
        "they are put right or the edits taken back, on the page Scenario data."
    )
    findings(work.findings_in_words())
    return True


def plan_needed() -> Plan:
    """The plan to show; a page without one says where to get it and ends here."""
    plan = solving.plan()
    if plan is None:
        status()
        st.info("There is no plan of this scenario yet.")
        st.stop()
    status()
    return plan


def solve_button(*, blocked: bool) -> None:
    """Solve; it rests while the plan shown is that of the inputs now."""
    current = solving.plan() is not None and not solving.stale()
    st.button(
        "Solve",
        type="secondary" if current else "primary",
        on_click=solving.solve,
        disabled=blocked or solving.running(),
        shortcut="Ctrl+Shift+Enter",
    )


def live_switch() -> None:
    """Whether every edit is solved at once."""
    st.toggle(
        "Live",
        value=solving.live(),
        key=solving.LIVE,
        persist_state="session",
        help="Every edit is solved at once; a newer edit supersedes the solve of an older one.",
    )


def status() -> None:
    """The run under way with its Cancel, what is out of date, or why there is no plan."""
    solving.take_up()
    if solving.running():
        progress_line, button = st.columns([6, 1], vertical_alignment="center")
        with button:
            st.button("Cancel", on_click=solving.cancel, width="stretch")
        with progress_line:
            progress()
    else:
        run_problem()
    if (why := solving.stale()) and not solving.running():
        st.warning(f"{why} What you see is the earlier plan.", icon=":material/update:")


def run_problem() -> None:
    """Why the scenario's latest run gave no plan."""
    job = solving.failed()
    if job is None:
        return
    if job.cancelled:
        kept = "the last plan is kept" if solving.stale() else "this is the best plan found so far"
        st.info(f"The solve was cancelled; {kept}. Press Solve to try again.")
        return
    st.error(escape(job.problem))
    if job.loosenings:
        st.markdown("With these limits loosened, all of them together, there is a plan:")
        table(tables.loosenings(job.loosenings), "What to loosen")


@st.fragment(run_every=POLL_SECONDS)
def progress() -> None:
    """The run while it is under way, twice a second; the whole page again when a plan is there."""
    job = solving.job()
    if job is None or not job.active or solving.first_is_new(job):
        st.rerun()
    else:
        st.progress(job.share_of_time, text=escape(_said(job)))


def _said(job: Job) -> str:
    name = job.scenario.header.scenario
    if job.state is State.WAITING:
        before = solving.solves().before(job)
        return f"{name}: waiting, {counted(before, 'solve')} before this one."
    limit, currency = job.request.settings.seconds, job.scenario.header.currency
    parts = [f"{name}: {job.seconds:.0f} s (the solver may use {limit:.0f} s)"]
    news = list(job.news)
    if news:
        parts.append(PHASES.get(news[-1].phase, news[-1].phase))
    value = next((item.value for item in reversed(news) if item.value is not None), None)
    bound = next((item.bound for item in reversed(news) if item.bound is not None), None)
    if value is not None:
        parts.append(f"value {shown(value, 'money', currency)}")
    if bound is not None:
        parts.append(f"bound {shown(bound, 'money', currency)}")
    gap = Progress("", 0.0, value, bound).gap
    return ", ".join([*parts, f"gap {gap:.2%}"] if gap is not None else parts)


def verdict(plan: Plan) -> None:
    """What the audit says; its findings where it has any."""
    if plan.ready:
        st.success(f"Independent audit: {tables.verdict(plan)}.")
        return
    st.error(f"Independent audit: {tables.verdict(plan)}.")
    with st.expander("What the audit found"):
        findings(tables.findings(plan))


def what_moved(work: Desk) -> None:
    """What the plan shown moves against the one shown before."""
    if work.plan is None or work.plan_before is None:
        return
    with st.expander(words.moves(work.plan, work.plan_before)):
        currency = work.plan.scenario.header.currency
        table(moved(work.plan, work.plan_before), "What moved", currency)
