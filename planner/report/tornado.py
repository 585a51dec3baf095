"""A scenario and stories -> what each does to the plan's value, the plan made again for each."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from planner.domain.changes import apply
from planner.domain.scenario import Scenario
from planner.domain.stories import STORIES, Story
from planner.errors import NoPlanError
from planner.language import english
from planner.plan.record import Plan
from planner.report.rule_cost import Tell, planner_of
from planner.solve.settings import Settings

COLUMNS = ["story", "words", "subject", "size", "value", "change", "change_least", "change_most"]


@dataclass(frozen=True)
class Told:
    """A story about a subject at a size."""

    story: Story
    subject: str
    size: float

    def __str__(self) -> str:
        return self.story.told(self.subject, self.size)


def usual_stories(scenario: Scenario) -> list[Told]:
    """Every story at its usual size, about its first subject that the scenario has."""
    about = [(story, list(story.subjects(scenario))) for story in STORIES]
    return [Told(story, subjects[0], story.usual) for story, subjects in about if subjects]


def tornado(
    scenario: Scenario,
    stories: Sequence[Told] | None = None,
    settings: Settings | None = None,
    *,
    plan: Plan | None = None,
    tell: Tell | None = None,
    cancel: threading.Event | None = None,
) -> pd.DataFrame:
    """One row per story, the one that moves the value most first.

    Columns: story, words, subject, size, value (PC; blank where no plan is left), change (of the
    value), change_least and change_most (all that both bounds allow).
    """
    chosen = usual_stories(scenario) if stories is None else list(stories)
    plan_of, tell = planner_of(settings, cancel), tell or (lambda what, done, of: None)
    tell(english("the plan as it is"), 0, len(chosen) + 1)
    base = plan or plan_of(scenario)
    rows = []
    for done, told in enumerate(chosen, start=1):
        tell(str(told), done, len(chosen) + 1)
        changes = told.story.changes(scenario, told.subject, told.size)
        rows.append([told.story.name, str(told), told.subject, told.size])
        try:
            after = plan_of(apply(scenario, changes)).report
        except NoPlanError:
            rows[-1] += [None] * 4
        else:
            rows[-1] += [
                after.value,
                after.value - base.report.value,
                after.value - base.report.bound,
                after.bound - base.report.value,
            ]
    table = pd.DataFrame(rows, columns=COLUMNS)
    table[COLUMNS[4:]] = table[COLUMNS[4:]].astype(float)
    order = table["change"].abs().sort_values(ascending=False, kind="stable", na_position="first")
    return table.loc[order.index].reset_index(drop=True)


def tornado_title(table: pd.DataFrame, currency: str) -> str:
    """'The ZAR falls by 12 %: the plan loses 41,200 CNY, more than by any other story'."""
    if table.empty:
        return english("None of the stories has a subject here")
    first = table.iloc[0]
    if pd.isna(first["change"]):
        return english("{story}: no plan keeps all hard rules", story=first["words"])
    amount = f"{abs(float(first['change'])):,.0f} {currency}"
    if first["change"] < 0:
        return english(
            "{story}: the plan loses {amount}, more than by any other story",
            story=first["words"],
            amount=amount,
        )
    return english(
        "{story}: the plan gains {amount}, more than by any other story",
        story=first["words"],
        amount=amount,
    )
