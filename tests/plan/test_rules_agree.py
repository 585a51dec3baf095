"""Model and audit, which share no code, find the same limits broken in plans drawn at random."""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.arrays import Floats
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import SETTABLE_RULES, LimitBasis, Measure, Opens, RuleMode
from planner.landed_cost.options import Priced
from planner.model.columns import Columns
from planner.model.program import Kind, Program
from planner.model.rules.quantities import Multiples
from planner.model.rules.switches import Switches
from planner.plan.audit import resolved
from planner.plan.audit.access import ACCESS_RULES
from planner.plan.audit.breaches import EASED
from planner.plan.audit.facts import Facts
from planner.plan.audit.openings import OPENING_RULES
from planner.plan.audit.quantities import QUANTITY_RULES
from planner.plan.audit.read import read, read_lines
from planner.plan.audit.usage import Book
from planner.plan.extract import lines_of, openings_table
from tests.random_scenarios import random_scenario
from tests.solve.in_process import built
from tests.trade.lane import exact_plan

RULES = (*OPENING_RULES, *ACCESS_RULES, *QUANTITY_RULES)
NAMES = {rule.__name__ for rule in RULES}
SEEDS = range(12)
Broken = set[tuple[str, str, int]]
"""Rule, label and period of limits that are missed."""


def ruled(seed: int) -> Scenario:
    """A random scenario with every rule of openings, events and quantities, most of them tight."""
    rng, base = Random(seed), random_scenario(seed)
    brands = [row.brand for row in base.brands]
    markets = [row.market for row in base.markets]

    def money(most: float) -> float:
        return round(rng.uniform(0.0, most), 2)

    def rows(table: str, **draw: Any) -> tuple[Any, ...]:
        return tuple(
            row.model_copy(update={name: make() for name, make in draw.items()})
            for row in getattr(base, table)
        )

    rules = [
        r.QuantityRule(
            rule=f"{measure} {basis} {number}",
            measure=measure,
            basis=basis,
            brands=rng.choice(((), (rng.choice(brands),))),
            markets=rng.choice(((), (rng.choice(markets),))),
            age_least=rng.choice((None, 1)),
            from_period=rng.choice((None, 2)),
            each_period=rng.random() < 0.4,
            least=_limit(rng, measure, basis),
            most=_limit(rng, measure, basis),
        )
        for number in range(2)
        for measure in Measure
        for basis in LimitBasis
        if (basis is LimitBasis.ABSOLUTE or measure is Measure.UNITS)
        or (basis is LimitBasis.SHARE_OF_PLAN and measure is not Measure.WORKING_CAPITAL)
    ]
    return base.model_copy(
        update={
            "lots": rows(
                "lots",
                multiple_units=lambda: rng.choice((1, 2, 3)),
                least_line_units=lambda: rng.choice((0, 3)),
            ),
            "sites": rows("sites", dispatch_units_per_day=lambda: rng.choice((None, 1.0, 2.5))),
            "channels": rows(
                "channels",
                styles_most_per_period=lambda: rng.choice((None, 1)),
                price_distance_least=lambda: rng.choice((0.0, 0.3, 0.8)),
                burst_days=lambda: rng.choice((None, 1, 2)),
                days_late_most=lambda: rng.choice((0, 1)),
            ),
            "ladders": rows("ladders", least_units_per_event=lambda: rng.choice((0, 3))),
            "opening_terms": tuple(
                r.OpeningTerm(
                    opening=f"open {opens}",
                    opens=opens,
                    fixed_cost=money(50.0),
                    currency="USD",
                    least_units=rng.choice((0, 4)),
                )
                for opens in Opens
            ),
            "style_spreads": (r.StyleSpread(rule="few", channels_most=1),),
            "exclusive_groups": (r.ExclusiveGroup(group="one", channels_most=1),),
            "quantity_rules": tuple(rules),
        }
    )


def _limit(rng: Random, measure: Measure, basis: LimitBasis) -> float | None:
    if basis is not LimitBasis.ABSOLUTE:
        return rng.choice((None, round(rng.uniform(0.0, 1.0), 3)))
    if measure in (Measure.CBM, Measure.KG):
        return rng.choice((None, round(rng.uniform(0.0, 5.0), 3)))
    return rng.choice((None, float(rng.randint(0, 15)))) if measure is Measure.UNITS else rng.choice(
        (None, round(rng.uniform(0.0, 1500.0), 2))
    )  # fmt: skip


def drawn(program: Program, columns: Columns, rng: Random) -> Floats:
    """A few options with a few units each, everything they need opened, every switch as it must be."""
    amounts = np.zeros(program.size[1])
    left = {int(k): 12 for k in np.unique(program.group)}
    for k in rng.sample(range(program.options), min(6, program.options)):
        units = min(rng.randint(1, 6), left[int(program.group[k])], int(program.most[k]))
        left[int(program.group[k])] -= units
        amounts[k] = units
    gates = program.of_kind(Kind.OPENING)
    flow = program.matrix[program.link][:, : program.options] @ amounts[: program.options]
    needs = abs(program.matrix[program.link][:, gates]).T @ (flow > 0)
    amounts[gates] = needs > 0
    for family in columns.families:
        if isinstance(family, Switches):
            used = np.bincount(family.gate, amounts[family.member], minlength=len(family))
            amounts[columns.at(type(family))] = used > 0
        elif isinstance(family, Multiples):
            held = np.bincount(family.line, amounts[family.member], minlength=len(family))
            amounts[columns.at(Multiples)] = np.round(held / np.maximum(family.units_each, 1.0))
    return amounts


def broken_rows(program: Program, amounts: Floats) -> Broken:
    """Limits the model finds missed."""
    used = program.matrix @ amounts
    missed = (used > program.row_upper + 1e-9) | (used < program.row_lower - 1e-9)
    labels = program.labels
    return {
        _key(labels.rule[k], labels.label[k], int(labels.period[k]))
        for k in np.flatnonzero(missed)
        if labels.rule[k] in NAMES
    }


def _key(rule: str, label: str, period: int) -> tuple[str, str, int]:
    """A window of prices is named by its lowest price, which model and audit choose differently."""
    return rule, label.rpartition(" | ")[0] if rule == "close_prices" else label, period


@cache
def made(seed: int) -> tuple[Priced, Program, Columns]:
    """Options and program of a seed's scenario."""
    return built(ruled(seed))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_limits_are_broken(seed: int) -> None:
    scenario = ruled(seed)
    priced, program, columns = made(seed)
    facts, rng = Facts(scenario), Random(1000 + seed)
    for _ in range(5):
        amounts = drawn(program, columns, rng)
        lines, _ = lines_of(priced, amounts)
        tables = {"lines": lines, "openings": openings_table(columns, amounts)}
        found: list[Any] = []
        read_in = read_lines(tables, found)
        book = Book(read_in, resolved(facts, read_in, found), [], read(tables, "openings", found))
        assert not found
        broken = {
            _key(usage.rule, usage.label, usage.period)
            for rule in RULES
            for usage in rule(facts, book)
            if usage.broken
        }
        assert broken == broken_rows(program, amounts)


def test_every_rule_is_broken_by_some_plan() -> None:
    """The comparison means something: no rule is kept by all the plans drawn."""
    seen = set()
    for seed in SEEDS:
        _, program, columns = made(seed)
        rng = Random(1000 + seed)
        for _ in range(5):
            seen |= {rule for rule, _, _ in broken_rows(program, drawn(program, columns, rng))}
    assert seen == NAMES


@pytest.mark.parametrize("seed", [0, 2, 8, 11, 16, 18])
def test_the_best_plan_keeps_every_rule(seed: int) -> None:
    """Rules that only set a most can always be kept; the plan is audited without a finding."""
    scenario = ruled(seed)
    rules = [
        rule.model_copy(update={"least": None})
        for rule in scenario.quantity_rules
        if rule.most and rule.basis is not LimitBasis.SHARE_OF_PLAN
    ]
    plan = exact_plan(scenario.model_copy(update={"quantity_rules": tuple(rules[::3])}))
    assert plan.findings == () and len(plan.lines)


@pytest.mark.parametrize("seed", [0, 2, 3, 5])
def test_what_soft_rules_miss_is_stated_and_charged(seed: int) -> None:
    """Every rule of a whole plan soft or off, at prices from trifling to dear."""
    rng = Random(seed)
    modes = [RuleMode.SOFT] * 4 + [RuleMode.OFF]
    settings = tuple(
        r.RuleSetting(rule=rule, mode=rng.choice(modes), price=rng.choice((0.3, 2.0, 17.0)))
        for rule in SETTABLE_RULES
        if rule not in EASED
    )
    plan = exact_plan(ruled(seed).model_copy(update={"rule_settings": settings}))
    assert plan.findings == ()
    assert (plan.shortfalls["units"] > 0).any()
