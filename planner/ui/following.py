"""A job -> its plan: after an edit a good plan is shown at once and the proof goes on behind it."""

from __future__ import annotations

from planner.errors import SolverError
from planner.live import Live
from planner.pipeline import as_asked
from planner.plan.record import Plan
from planner.ui.jobs import Job

_LAST: list[Live] = []
"""What was solved last, ready for the next edit of it. One is kept: it takes much memory, and one
solve runs at a time."""


def solve_job(job: Job) -> Plan:
    """The plan of a job; where it follows edits of a plan that is known, first a good one."""
    live = _following(job)
    if live is None:
        live = Live(job.scenario, job.request.settings, None, job.news.append, job.cancel)
        _LAST.append(live)
        return live.plan
    try:
        if job.cancel.is_set():
            raise SolverError("The run was cancelled.")
        job.first = live.edit(job.scenario)
        return live.proof(job.news.append, job.cancel)
    finally:
        _LAST.append(live)


def _following(job: Job) -> Live | None:
    """What the job's plan can follow: the last solve, or the plan that was shown."""
    known, settings = job.known, job.request.settings
    last = _LAST.pop() if _LAST else None
    if known is None:
        return None
    if last is not None and last.plan is known and last.settings == settings:
        return last
    asked = as_asked(job.scenario, settings)
    same = known.scenario.header.perspective == asked.header.perspective
    return Live(known.scenario, settings, known) if same else None
