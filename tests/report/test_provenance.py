"""Where a number comes from: the inputs named are those that move it, no more are needed."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pandas as pd
import pytest

from planner.domain import records as r
from planner.domain.changes import key_of
from planner.domain.scenario import TABLES, Scenario
from planner.domain.vocabulary import Confidence
from planner.errors import NoPlanError
from planner.plan.record import Plan
from planner.report.headings import MONEY_LINES
from planner.report.provenance import FORMULAS, UNKNOWN, origin_of
from planner.report.revalue import worth_under
from tests.exhibits import tiny_scenario
from tests.random_scenarios import random_scenario
from tests.report.exhibit_plan import every_plan
from tests.solve.in_process import planned

NUDGES = 150
"""Numbers tried of each plan, drawn at random."""
MOVES = {"periods", "days_per_period", "first_departure", "start_date", "as_of"}
"""Fields that move the calendar itself: a line would be another line."""
NOT_MONEY = {"demand", "demand_points", "season_factors", "locks", "frozen_shipments", "provenance",
             "actual_sales", "quantity_rules", "style_spreads", "exclusive_groups", "corridors",
             "rule_settings", "price_rules", "price_paths", "brands", "opening_terms", "leg_boxes",
             "rate_breaks", "closures", "priorities"}  # fmt: skip


def nudged(scenario: Scenario) -> Iterator[tuple[str, str, str, Scenario]]:
    """The scenario with every number of every row that touches money a little greater, one by one."""
    for table in TABLES:
        if table in NOT_MONEY:
            continue
        held = getattr(scenario, table)
        for at, row in enumerate(held):
            for field in type(row).model_fields:
                value = getattr(row, field)
                if field in MOVES or not isinstance(value, float) or value == 0:
                    continue
                other = row.model_copy(update={field: value * 0.97})
                rows = (*held[:at], other, *held[at + 1 :])
                named = "|".join(key_of(row))
                yield table, named, field, scenario.model_copy(update={table: rows})


def plans() -> Iterator[Plan]:
    yield every_plan()
    for seed in (7,):
        try:
            yield planned(random_scenario(seed))
        except NoPlanError:
            continue


@pytest.fixture(scope="module", params=range(2))
def plan(request: pytest.FixtureRequest) -> Plan:
    every = list(plans())
    return every[request.param % len(every)]


def test_every_number_that_moves_a_step_is_among_its_inputs(plan: Plan) -> None:
    """Nudge a number: a line's step that moves must name it."""
    own = worth_under(plan, plan.scenario).waterfalls
    lines = plan.lines["line"].drop_duplicates().tolist()[:4]
    at = [plan.lines["line"].tolist().index(name) for name in lines]
    known: dict[tuple[str, str], set[tuple[str, str, str]]] = {}
    for name in lines:
        for step in FORMULAS:
            inputs = origin_of(plan, name, step).inputs
            known[name, step] = set(
                inputs[["table", "row", "field"]].itertuples(index=False, name=None)
            )
    missing = set()
    every = list(nudged(plan.scenario))
    for table, row, field, scenario in Random(0).sample(every, min(NUDGES, len(every))):
        after = worth_under(plan, scenario).waterfalls
        for position, name in zip(at, lines, strict=True):
            moved = (after.loc[position] - own.loc[position]).abs() > 1e-9
            for step in FORMULAS:
                if moved[step] and (table, row, field) not in known[name, step]:
                    missing.add((step, table, field))
    assert not missing


def test_every_money_line_has_a_formula() -> None:
    assert set(FORMULAS) == set(MONEY_LINES)


def test_the_narrowest_source_counts() -> None:
    sources = (
        r.Provenance(table="lots", source="stock list", confidence=Confidence.SOURCED),
        r.Provenance(table="lots", key="L1", field="tag", source="price file",
                     confidence=Confidence.DERIVED, note="of May"),
    )  # fmt: skip
    plan = planned(tiny_scenario().model_copy(update={"provenance": sources}))
    line = plan.lines[plan.lines["lot"] == "L1"]["line"].iloc[0]
    told = origin_of(plan, line, "shelf_price")
    by_place = told.inputs.drop_duplicates(["table", "field"]).set_index(["table", "field"])
    inputs = by_place.to_dict("index")
    tag = inputs["lots", "tag"]
    assert (tag["source"], tag["confidence"], tag["note"]) == ("price file", "derived", "of May")
    assert inputs["lots", "size_curve"]["source"] == "stock list"
    assert inputs["ladders", "price_ratio"]["source"] == UNKNOWN
    assert tag["as_of"] == plan.scenario.header.as_of
    assert told.value == pytest.approx(plan.waterfalls.set_index("line").loc[line, "shelf_price"])
    assert str(told).startswith("Shelf price: ")
    assert isinstance(told.inputs, pd.DataFrame)
