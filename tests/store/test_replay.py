"""Random edits: taking all back, or replaying them elsewhere, gives the same scenario and plan."""

import random
from pathlib import Path

import pandas as pd
import pytest

from planner.domain.scenario import Scenario, canonical
from planner.plan.record import Plan
from planner.store import Store
from tests.exhibits import tiny_scenario
from tests.solve.in_process import planned
from tests.store.bench import ANN, a_scenario, a_store, random_changes, sheets_of

SEQUENCES, STEPS = 200, 8
GAP = 0.02
PARTS = 4
"""Tests the replays are shared out to, so that they may run side by side."""
BASE = tiny_scenario()


def plan_of(scenario: Scenario) -> Plan:
    """The plan to a gap that is reached before any clock decides: only such plans are promised the
    same."""
    plan = planned(scenario, gap=GAP)
    assert plan.report.reproducible
    return plan


def same_plan(one: Plan, other: Plan) -> None:
    """The same in every table, and worth the same."""
    assert one.report.value == other.report.value
    for name, table in one.tables.items():
        pd.testing.assert_frame_equal(table, other.tables[name])


def test_undoing_all_returns_the_scenario_and_redoing_all_the_edits(memory: Path) -> None:
    store = a_store(memory)
    for seed in range(SEQUENCES):
        chance = random.Random(seed)
        scenario = a_scenario(store, BASE)
        sheets = sheets_of(store, scenario, BASE)
        for _ in range(STEPS):
            changes = random_changes(sheets, chance)
            if changes:
                store.edit(scenario, store.version(scenario), changes, ANN)
                sheets.make(changes)
        edited = sheets_of(store, scenario, BASE)
        assert edited.now["lots"].rows == sheets.now["lots"].rows
        while store.undo(scenario, ANN):
            pass
        undone = sheets_of(store, scenario, BASE)
        assert undone.scenario is not None
        assert undone.scenario.fingerprint == BASE.fingerprint
        assert not list(undone.differences())
        while store.redo(scenario, ANN):
            pass
        redone = sheets_of(store, scenario, BASE)
        assert sorted(map(str, redone.differences())) == sorted(map(str, edited.differences()))
        assert {finding.problem for finding in redone.findings} == {
            finding.problem for finding in edited.findings
        }


@pytest.mark.parametrize("part", range(PARTS))
def test_a_replay_on_a_fresh_store_gives_the_same_plan(memory: Path, part: int) -> None:
    """All 200 sequences are planned here and where they are replayed, and planned the same.

    Taken back, all 200 are the base again to the last field; every fifth is planned once more.
    """
    base = plan_of(BASE)
    for seed in range(part, SEQUENCES, PARTS):
        here = a_store(memory, f"{seed} here.sqlite")
        there = a_store(memory, f"{seed} on another machine.sqlite")
        chance, scenario = random.Random(seed), a_scenario(here, BASE)
        _edit_soundly(here, scenario, chance)
        there.replay(here.events(scenario))
        one, other = (sheets_of(store, scenario, BASE).scenario for store in (here, there))
        assert one is not None and other is not None
        assert one.fingerprint == other.fingerprint
        same_plan(plan_of(one), plan_of(other))
        while here.undo(scenario, ANN):
            pass
        back = sheets_of(here, scenario, BASE).scenario
        assert back is not None and canonical(back) == canonical(BASE)
        if seed % 5 == 0:
            same_plan(plan_of(back), base)


def _edit_soundly(store: Store, scenario: str, chance: random.Random) -> None:
    """Random steps, those left out that would leave the scenario with findings."""
    sheets = sheets_of(store, scenario, BASE)
    for _ in range(STEPS):
        tried = sheets_of(store, scenario, BASE)
        changes = random_changes(sheets, chance)
        tried.make(changes)
        if changes and tried.scenario is not None:
            store.edit(scenario, store.version(scenario), changes, ANN)
            sheets.make(changes)
    assert sheets.scenario is not None
