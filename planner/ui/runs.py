"""What pages say about a run and its plan: progress, problems, what is out of date, the audit."""

from __future__ import annotations

import streamlit as st

from planner.language import counted, english, money, number, percent, retell, say
from planner.plan.record import Plan
from planner.report import tables
from planner.report.placements import moved
from planner.solve.settings import Progress
from planner.ui import solving, state, words
from planner.ui.components import escape, findings, table
from planner.ui.desk import Desk
from planner.ui.jobs import Job

POLL_SECONDS, SOON_SECONDS = 0.5, 0.2
"""How often the page asks for news of a run, and for a first plan that is there in a moment."""
PHASES = {
    "options": english("working out every way to sell every lot"),
    "build": english("writing down the limits"),
    "solve": english("starting the solver"),
    "baselines": english("making the hand-made plans to compare with"),
    "extract": english("writing the plan"),
    "audit": english("auditing the plan"),
}
"""The planner's own steps in plain words; the solver's are plain already."""


def invalid() -> bool:
    """Says what is wrong with the edited scenario, if anything is."""
    work = state.desk()
    if not work.findings:
        return False
    st.error(
        say(
            "The edited scenario has {findings}. Nothing is solved until they are put right or the "
            "edits taken back, on the page Scenario data.",
            findings=counted(len(work.findings), "finding"),
        )
    )
    findings(work.findings_in_words())
    return True


def plan_needed() -> Plan:
    """The plan to show; a page without one says where to get it and ends here."""
    plan = solving.plan()
    if plan is None:
        status()
        st.info(say("There is no plan of this scenario yet."))
        st.stop()
    status()
    return plan


def solve_button(*, blocked: bool) -> None:
    """Solve; it rests while the plan shown is that of the inputs now."""
    current = solving.plan() is not None and not solving.stale()
    st.button(
        say("Solve"),
        type="secondary" if current else "primary",
        on_click=solving.solve,
        disabled=blocked or solving.running(),
        shortcut="Ctrl+Shift+Enter",
    )


def live_switch() -> None:
    """Whether every edit is solved at once."""
    st.toggle(
        say("Live"),
        value=solving.live(),
        key=solving.LIVE,
        persist_state="session",
        help=say(
            "Every edit is solved at once; a newer edit supersedes the solve of an older one."
        ),
    )


def status() -> None:
    """The run under way with its Cancel, what is out of date, or why there is no plan.

    In a place of its own, so that what stands below it stays where it is and keeps the focus.
    """
    solving.take_up()
    with st.container():
        if solving.running():
            progress_line, button = st.columns([6, 1], vertical_alignment="center")
            with button:
                st.button(say("Cancel"), on_click=solving.cancel, width="stretch")
            with progress_line:
                progress()
        else:
            run_problem()
        if (why := solving.stale()) and not solving.running():
            st.warning(
                say("{why} What you see is the earlier plan.", why=why), icon=":material/update:"
            )


def run_problem() -> None:
    """Why the scenario's latest run gave no plan."""
    job = solving.failed()
    if job is None:
        return
    if job.cancelled:
        best = say("this is the best plan found so far")
        kept = say("the last plan is kept") if solving.stale() else best
        st.info(say("The solve was cancelled; {kept}. Press Solve to try again.", kept=kept))
        return
    st.error(escape(retell(job.problem)))
    if job.loosenings:
        st.markdown(say("With these limits loosened, all of them together, there is a plan:"))
        table(tables.loosenings(job.loosenings), "What to loosen")


def progress() -> None:
    """The run while it is under way, told again and again."""
    job = solving.job()
    soon = job is not None and not job.answered
    st.fragment(_news, run_every=SOON_SECONDS if soon else POLL_SECONDS)()


def _news() -> None:
    """How far the run is; the whole page again when a plan is there."""
    state.speak()
    job = solving.job()
    if job is None or not job.active or solving.first_is_new(job):
        st.rerun()
    else:
        st.progress(job.share_of_time, text=escape(_said(job)))


def _said(job: Job) -> str:
    name = job.scenario.header.scenario
    if job.queued:
        before = solving.solves().before(job)
        return say(
            "{name}: waiting, {solves} before this one.", name=name, solves=counted(before, "solve")
        )
    limit, currency = job.request.settings.seconds, job.scenario.header.currency
    parts = [
        say(
            "{name}: {seconds} s (the solver may use {limit} s)",
            name=name,
            seconds=number(job.seconds),
            limit=number(limit),
        )
    ]
    news = list(job.news)
    if news:
        parts.append(retell(PHASES.get(news[-1].phase, news[-1].phase)))
    value = next((item.value for item in reversed(news) if item.value is not None), None)
    bound = next((item.bound for item in reversed(news) if item.bound is not None), None)
    if value is not None:
        parts.append(say("value {money}", money=money(value, currency)))
    if bound is not None:
        parts.append(say("bound {money}", money=money(bound, currency)))
    gap = Progress("", 0.0, value, bound).gap
    if gap is not None:
        parts.append(say("gap {share}", share=percent(gap, 2)))
    return ", ".join(parts)


def verdict(plan: Plan) -> None:
    """What the audit says; its findings where it has any."""
    if plan.ready:
        st.success(say("Independent audit: {verdict}.", verdict=retell(tables.verdict(plan))))
        return
    st.error(say("Independent audit: {verdict}.", verdict=retell(tables.verdict(plan))))
    with st.expander(say("What the audit found")):
        findings(tables.findings(plan))


def what_moved(work: Desk) -> None:
    """What the plan shown moves against the one shown before; it has its place before there is one."""
    with st.container():
        if work.plan is not None and work.plan_before is not None:
            changes = moved(work.plan, work.plan_before)
            with st.expander(words.moves(changes)):
                table(changes, "What moved", work.plan.scenario.header.currency)
