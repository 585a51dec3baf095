"""A scenario -> what its rules cost at a few steps: each number of a rule moved, and the plan made again.

A step is one change in the rule's own unit: five points of tag, a tenth of a capacity, one channel
more. What it brings is the difference of two plans' values, each known to within its gap.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from planner.domain.changes import Change, apply, key_of, plain_row
from planner.domain.check import check
from planner.domain.columns import columns
from planner.domain.records import Record
from planner.domain.scenario import TABLES, Scenario
from planner.domain.vocabulary import PriceBasis
from planner.errors import NoPlanError
from planner.language import english
from planner.plan.record import Plan
from planner.report.rule_cost import Planner, Tell, moved, planner_of
from planner.solve.settings import Settings

POINTS = (-0.10, -0.05, 0.05, 0.10)
"""Shares of tag and of units move by points."""
PARTS = (-0.20, -0.10, 0.10, 0.20)
"""Amounts and capacities move by parts of themselves."""
ONES = (-1.0, 1.0)
"""Counts of channels and of boxes move by one."""
STEPS: dict[tuple[str, str], tuple[str, tuple[float, ...]]] = {
    ("brands", "floor_domestic"): ("points", POINTS),
    ("brands", "floor_export"): ("points", POINTS),
    ("brands", "must_clear_share"): ("points", POINTS),
    ("price_rules", "value"): ("parts", PARTS),
    ("quantity_rules", "least"): ("parts", PARTS),
    ("quantity_rules", "most"): ("parts", PARTS),
    ("channels", "units_per_day"): ("parts", PARTS),
    ("channels", "style_share"): ("points", POINTS),
    ("sites", "throughput_units_per_day"): ("parts", PARTS),
    ("sites", "relabel_units_per_day"): ("parts", PARTS),
    ("sites", "storage_cbm"): ("parts", PARTS),
    ("legs", "cbm_per_day"): ("parts", PARTS),
    ("legs", "kg_per_day"): ("parts", PARTS),
    ("legs", "boxes_per_period"): ("parts", PARTS),
    ("leg_boxes", "boxes_most_per_departure"): ("ones", ONES),
    ("rules", "quota_units"): ("parts", PARTS),
    ("exits", "units_most"): ("parts", PARTS),
    ("opening_terms", "least_units"): ("parts", PARTS),
    ("style_spreads", "channels_most"): ("ones", ONES),
    ("exclusive_groups", "channels_most"): ("ones", ONES),
    ("locks", "units"): ("parts", PARTS),
}
"""Numbers of rules that can be moved, how, and by how much."""
COLUMNS = ["table", "key", "field", "unit", "old", "new", "value", "gain", "gain_least", "gain_most",
           "gain_per_unit", "moved"]  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One number of a rule moved once."""

    change: Change
    unit: str

    def __str__(self) -> str:
        return str(self.change)


def steps_of(scenario: Scenario, places: Sequence[tuple[str, str]] = tuple(STEPS)) -> list[Step]:
    """Every step of the numbers of these (table, field) places that leaves the scenario valid."""
    every = (step for place in places for step in _steps(scenario, *place))
    return [step for step in every if not check(apply(scenario, [step.change]))]


def steppable(scenario: Scenario) -> dict[str, list[str]]:
    """Every number of a rule that can be moved here, as 'table, field', with the rows that have it."""
    found: dict[str, list[str]] = {}
    for table, field in STEPS:
        rows = dict.fromkeys(" | ".join(step.change.key) for step in _steps(scenario, table, field))
        if rows:
            found[f"{table}, {field}"] = list(rows)
    return found


def steps_for(scenario: Scenario, place: str, row: str) -> list[Step]:
    """The steps of one row of a place of `steppable` that leave the scenario valid."""
    table, field = place.split(", ")
    own = (each for each in _steps(scenario, table, field) if " | ".join(each.change.key) == row)
    return [step for step in own if not check(apply(scenario, [step.change]))]


def step_title(costs: pd.DataFrame, currency: str) -> str:
    """'At 0.45 instead of 0.40 the plan gains 1,200 CNY, the most of the steps tried'."""
    known = costs.dropna(subset=["gain"])
    if known.empty:
        return "None of the steps tried leaves a plan"
    best = known.sort_values("gain", ascending=False, kind="stable").iloc[0]
    if best["gain"] <= 0:
        return "None of the steps tried gains anything"
    return (
        f"At {best['new']:g} instead of {best['old']:g} the plan gains "
        f"{best['gain']:,.2f} {currency}, the most of the steps tried"
    )


def _steps(scenario: Scenario, table: str, field: str) -> Iterator[Step]:
    how, sizes = STEPS[table, field]
    record = TABLES[table]
    column = next(each for each in columns(record) if each.name == field)
    for row in getattr(scenario, table):
        old = plain_row(row)[field]
        if not isinstance(old, int | float) or (not old and how != "ones"):
            continue
        for size in sizes:
            new = _moved(float(old), how, size, shares=_is_share(row, field))
            held = round(new) if column.kind is int else float(f"{new:.12g}")
            if held != old:
                yield Step(Change(table, key_of(row), field, old, held), column.unit)


def _moved(old: float, how: str, size: float, *, shares: bool) -> float:
    """A number moved by a part of itself, by points or by ones; never below 0, shares never above 1."""
    new = max(0.0, old * (1 + size) if how == "parts" else old + size)
    return min(1.0, new) if shares else new


def _is_share(row: Record, field: str) -> bool:
    return field in ("floor_domestic", "floor_export", "must_clear_share", "style_share") or (
        field == "value" and getattr(row, "basis", None) == PriceBasis.TAG
    )


def step_costs(
    scenario: Scenario,
    steps: Sequence[Step],
    settings: Settings | None = None,
    *,
    plan: Plan | None = None,
    tell: Tell | None = None,
    cancel: threading.Event | None = None,
) -> pd.DataFrame:
    """One row per step, in the order asked for.

    Columns: table, key, field, unit, old, new, value (of the plan with the step; blank where it
    leaves no plan), gain (more than without it), gain_least and gain_most (all that both bounds
    allow), gain_per_unit (of the rule's own unit), moved (units by market that change).
    """
    plan_of, tell = planner_of(settings, cancel), tell or (lambda what, done, of: None)
    tell(english("the plan as it is"), 0, len(steps) + 1)
    base = plan or plan_of(scenario)
    rows = []
    for done, step in enumerate(steps, start=1):
        tell(str(step), done, len(steps) + 1)
        rows.append(_row(step, base, _planned(plan_of, apply(scenario, [step.change]))))
    return pd.DataFrame(rows, columns=COLUMNS)


def _planned(plan_of: Planner, scenario: Scenario) -> Plan | None:
    try:
        return plan_of(scenario)
    except NoPlanError:
        return None


def _row(step: Step, base: Plan, after: Plan | None) -> list[object]:
    change = step.change
    old, new = float(str(change.old)), float(str(change.new))
    named = [change.table, " | ".join(change.key), change.field, step.unit, old, new]
    if after is None:
        return [*named, None, None, None, None, None, "no plan keeps all hard rules"]
    gain = after.report.value - base.report.value
    return [
        *named,
        after.report.value,
        gain,
        after.report.value - base.report.bound,
        after.report.bound - base.report.value,
        gain / (new - old),
        moved(base, after),
    ]
