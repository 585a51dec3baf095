"""What pages say about a run and its plan: progress, problems, what is out of date, the audit."""

from __future__ import annotations

import streamlit as st

from planner.plan.record import Plan
from planner.report import tables
from planner.report.headings import shown
from planner.solve.settings import Progress
from planner.ui import state
from planner.ui.components import counted, escape, findings, table
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
    plan = state.plan()
    if plan is None:
        st.info("There is no plan of this scenario yet. Press Solve on the Plan page.")
        st.stop()
    stale()
    return plan


def stale() -> None:
    """Says that the plan shown is not that of the inputs now."""
    if why := state.stale():
        st.warning(f"{why} What you see is the earlier plan; press Solve on the Plan page.")


def run_problem() -> None:
    """Why the scenario's latest run gave no plan."""
    job = state.job()
    if job is None or job.request != state.desk().asked:
        return
    if job.cancelled:
        st.info("The solve was cancelled; nothing was changed.")
    elif job.state is State.FAILED:
        st.error(escape(job.problem))
        if job.loosenings:
            st.markdown("With these limits loosened, all of them together, there is a plan:")
            table(tables.loosenings(job.loosenings), "What to loosen")


@st.fragment(run_every=POLL_SECONDS)
def progress() -> None:
    """The session's run while it is under way, twice a second; then the whole page again."""
    job = state.job()
    if job is None or not job.active:
        st.rerun()
    else:
        st.progress(job.share_of_time, text=escape(_said(job)))


def _said(job: Job) -> str:
    name = job.scenario.header.scenario
    if job.state is State.WAITING:
        return f"{name}: waiting for another solve to end."
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
