"""A plan or a scenario -> the bytes and the name of a workbook."""

from __future__ import annotations

import io
import re

from planner.domain.scenario import Scenario
from planner.io import save_workbook
from planner.language import say
from planner.plan.record import Plan
from planner.report.headings import Language
from planner.report.workbook import Extras, write_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ODD = re.compile(r"[^\w.-]+")


def plan_bytes(plan: Plan, language: Language = "en") -> bytes:
    """The plan's workbook, its headings and words in a language."""
    target = io.BytesIO()
    write_workbook(plan, target, Extras(language=language))
    return target.getvalue()


def plan_name(plan: Plan, *, earlier: bool) -> str:
    """A file name; it says when a plan has findings, or is not that of the inputs now."""
    words = ["plan", *(["EARLIER"] if earlier else []), *([] if plan.ready else ["NOT-READY"])]
    return _name(plan.scenario, "-".join(words))


def plan_label(plan: Plan, *, earlier: bool) -> str:
    """What the button that gives it says."""
    if not plan.ready:
        return say("Download the workbook (plan NOT READY)")
    if earlier:
        return say("Download the workbook of the earlier plan")
    return say("Download the workbook")


def scenario_bytes(scenario: Scenario) -> bytes:
    """The scenario's workbook, which can be edited in Excel and uploaded again."""
    target = io.BytesIO()
    save_workbook(scenario, target)
    return target.getvalue()


def scenario_name(scenario: Scenario) -> str:
    """A file name for the scenario's workbook."""
    return _name(scenario, "scenario")


def _name(scenario: Scenario, what: str) -> str:
    return f"{ODD.sub('-', scenario.header.scenario)}-{what}.xlsx"
