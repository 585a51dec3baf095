"""A plan on the shelf is the plan: every table, its report, what the audit found."""

from pathlib import Path

import pandas as pd
import pytest

from planner.domain.vocabulary import Perspective
from planner.io import load_scenario
from planner.plan.audit import audit
from planner.solve.settings import Settings
from planner.store.shelf import MOST_KEPT, pack, settings_key, settings_of, unpack
from tests.report.exhibit_plan import a_plan
from tests.store.bench import a_store

ROOT = Path(__file__).parents[2]
SHIPPED = sorted((ROOT / "scenarios").glob("*/plan.zip"))


def test_a_plan_comes_back_as_it_was() -> None:
    plan = a_plan()
    again = unpack(pack(plan), plan.scenario)
    assert (again.report, again.findings) == (plan.report, plan.findings)
    for name, table in plan.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])


def test_a_plan_of_other_data_is_refused() -> None:
    plan = a_plan()
    header = plan.scenario.header.model_copy(update={"title": "other data"})
    with pytest.raises(ValueError, match="another scenario"):
        unpack(pack(plan), plan.scenario.model_copy(update={"header": header}))


@pytest.mark.parametrize(
    "settings", [Settings(), Settings(seconds=5.0, gap=0.02, perspective=Perspective.BRAND)]
)
def test_settings_come_back_as_they_were(settings: Settings) -> None:
    assert settings_of(settings_key(settings)) == settings


def test_the_plans_used_longest_ago_make_room(memory: Path) -> None:
    store = a_store(memory)
    for number in range(MOST_KEPT):
        store.keep_plan(f"plan {number}", "settings", b"content", MOST_KEPT)
    assert store.plan("plan 0", "settings") == b"content", "it is used and stays"
    store.keep_plan("one more", "settings", b"content", MOST_KEPT)
    assert store.plan("plan 1", "settings") is None
    assert store.plan("plan 0", "settings") == b"content"
    assert store.planned_with("one more") == ["settings"]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.parent.name)
def test_a_shipped_plan_is_small_and_that_of_its_scenario_and_passes_the_audit(file: Path) -> None:
    scenario = load_scenario(file.parent)
    content = file.read_bytes()
    plan = unpack(content, scenario)
    assert len(content) < 2_000_000
    assert plan.ready
    assert not audit(scenario, plan.tables, plan.report.value)
    lots = {lot.lot: lot.units for lot in scenario.lots}
    placed = (
        plan.lines.groupby("lot")["units"]
        .sum()
        .add(plan.exits.groupby("lot")["units"].sum(), fill_value=0)
    )
    assert {name: int(units) for name, units in placed.items()} == lots


def test_the_first_scenario_is_shipped_with_its_plan() -> None:
    assert "surplus-2026" in [file.parent.name for file in SHIPPED]
