"""Scenario -> what each lock and each rule costs: the plan made again without it.

A finite difference, not a marginal value: it is what the whole rule costs, with everything else
free to move. Two plans are only known to within their gaps, and so is their difference.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import pandas as pd

from planner.domain.lookup import Lookup
from planner.domain.records import RuleSetting
from planner.domain.scenario import Scenario, canonical
from planner.domain.vocabulary import SETTABLE_RULES, RuleMode
from planner.landed_cost.options import price_scenario
from planner.language import english
from planner.model.build import build
from planner.pipeline import make_plan
from planner.plan.record import Plan
from planner.solve.settings import Settings

FACTS = ("demand_pool",)
"""Rules that say what shoppers want: without them there is no plan to speak of."""
LEFT = "not sold"
COSTS = [
    "value_with",
    "value_without",
    "cost",
    "cost_least",
    "cost_most",
    "gap_note",
    "moved",
]
Planner = Callable[[Scenario], Plan]
Tell = Callable[[str, int, int], None]
"""Hears what is being planned, how many plans are made and how many there will be."""


@dataclass(frozen=True)
class Change:
    """Something taken out of a scenario: what it is called, and the scenario without it."""

    named: dict[str, object]
    scenario: Scenario


def lock_prices(
    scenario: Scenario,
    settings: Settings | None = None,
    *,
    tell: Tell | None = None,
    cancel: threading.Event | None = None,
) -> pd.DataFrame:
    """One row per lock, dearest first: lock, kind, units, then as `costs_of`."""
    return costs_of(scenario, without_each_lock(scenario), planner_of(settings, cancel), tell)


def rule_costs(
    scenario: Scenario,
    settings: Settings | None = None,
    rules: Iterable[str] | None = None,
    *,
    tell: Tell | None = None,
    cancel: threading.Event | None = None,
) -> pd.DataFrame:
    """One row per rule, dearest first: rule, then as `costs_of`; all rules in use when not named."""
    named = rules_in_use(scenario) if rules is None else tuple(rules)
    changes = without_each_rule(scenario, named)
    return costs_of(scenario, changes, planner_of(settings, cancel), tell)


def costs_of(
    scenario: Scenario, changes: Sequence[Change], plan_of: Planner, tell: Tell | None = None
) -> pd.DataFrame:
    """What the scenario loses by each thing that could be taken out, dearest first.

    Columns: the change's own names, value_with, value_without, cost (their difference), cost_least
    and cost_most (all that the two bounds allow), gap_note (in words), moved (units by market and
    left unsold that change when it is taken out).
    """
    names = list(changes[0].named) if changes else []
    tell = tell or _quiet
    rows = []
    if changes:
        tell(english("the plan as it is"), 0, len(changes) + 1)
        base = plan_of(scenario)
        for done, change in enumerate(changes, start=1):
            tell(
                english("without {name}", name=next(iter(change.named.values()))),
                done,
                len(changes) + 1,
            )
            rows.append([*change.named.values(), *compared(base, plan_of(change.scenario))])
    table = pd.DataFrame(rows, columns=[*names, *COSTS])
    return table.sort_values("cost", ascending=False, kind="stable", ignore_index=True)


def without_each_lock(scenario: Scenario) -> list[Change]:
    """The scenario without each of its locks."""
    return [
        Change(
            {"lock": lock.lock, "kind": lock.kind.value, "units": lock.units},
            scenario.model_copy(
                update={"locks": tuple(row for row in scenario.locks if row != lock)}
            ),
        )
        for lock in scenario.locks
    ]


def without_each_rule(scenario: Scenario, rules: Iterable[str]) -> list[Change]:
    """The scenario with each rule switched off."""
    return [Change({"rule": rule}, _without(scenario, rule)) for rule in rules]


def rules_in_use(scenario: Scenario) -> tuple[str, ...]:
    """Rules that may be switched off and that forbid or limit something here."""
    priced = price_scenario(Lookup(canonical(scenario)))
    program, _ = build(priced)
    rows = set(program.labels.rule)

    def forbids(rule: str) -> bool:
        freed = price_scenario(Lookup(canonical(_without(scenario, rule))))
        return len(freed.options) > len(priced.options)

    return tuple(
        rule for rule in SETTABLE_RULES if rule not in FACTS and (rule in rows or forbids(rule))
    )


def _without(scenario: Scenario, rule: str) -> Scenario:
    others = tuple(row for row in scenario.rule_settings if row.rule != rule)
    off = RuleSetting(rule=rule, mode=RuleMode.OFF)
    return scenario.model_copy(update={"rule_settings": (*others, off)})


def planner_of(settings: Settings | None, cancel: threading.Event | None = None) -> Planner:
    """Makes plans with these settings until it is cancelled; then a SolverError says so."""
    return lambda scenario: make_plan(scenario, settings, None, cancel)


def _quiet(what: str, done: int, of: int) -> None:
    """Nobody listens."""


def compared(base: Plan, freed: Plan) -> list[object]:
    """The figures of one change. What is free to do more can always do as well."""
    before, after = base.report, freed.report
    free = max(after.value, before.value)
    least = max(0.0, free - before.bound)
    most = max(free, after.bound) - before.value
    return [
        before.value,
        free,
        free - before.value,
        least,
        most,
        _note(base, freed, least, most),
        moved(base, freed),
    ]


def _note(base: Plan, freed: Plan, least: float, most: float) -> str:
    """How well the cost is known."""
    if not (base.ready and freed.ready):
        return "the audit found faults in a plan; the cost is not to be relied on"
    if most - least < 0.01:
        return "exact"
    return f"between {least:,.0f} and {most:,.0f}: the plans' gaps allow no more"


def moved(base: Plan, freed: Plan) -> str:
    """Units by market and left unsold that change: 'VN +120, not sold -120'."""
    change = _units(freed).sub(_units(base), fill_value=0).round().astype(int)
    change = change[change != 0]
    order = change.abs().sort_values(ascending=False, kind="stable").index
    return ", ".join(f"{name} {change[name]:+,}" for name in order)


def _units(plan: Plan) -> pd.Series:
    left = pd.Series({LEFT: plan.exits["units"].sum()})
    return cast(pd.Series, pd.concat([plan.lines.groupby("market")["units"].sum(), left]))
