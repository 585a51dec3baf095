"""Random edits: taking all back, or replaying them elsewhere, gives the same scenario and plan."""

import random
from pathlib import Path

import pandas as pd
import pytest

from planner.pipeline import make_plan
from planner.plan.record import Plan
from planner.solve.settings import Settings
from tests.exhibits import tiny_scenario
from tests.store.bench import ANN, a_scenario, a_store, random_changes, sheets_of

SEQUENCES, STEPS = 200, 8
BASE = tiny_scenario()


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


@pytest.mark.parametrize("seed", range(2))
def test_a_replay_on_a_fresh_store_gives_the_same_plan(memory: Path, seed: int) -> None:
    here, there = a_store(memory), a_store(memory, "another machine.sqlite")
    chance, scenario = random.Random(seed), a_scenario(here, BASE)
    sheets = sheets_of(here, scenario, BASE)
    for _ in range(STEPS):
        before = sheets_of(here, scenario, BASE)
        changes = random_changes(sheets, chance)
        before.make(changes)
        if changes and before.scenario is not None:
            here.edit(scenario, here.version(scenario), changes, ANN)
            sheets.make(changes)
    there.replay(here.events(scenario))
    one, other = (sheets_of(store, scenario, BASE).scenario for store in (here, there))
    assert one is not None and other is not None
    assert one.fingerprint == other.fingerprint != BASE.fingerprint
    same_plan(make_plan(one, Settings()), make_plan(other, Settings()))
    while here.undo(scenario, ANN):
        pass
    back = sheets_of(here, scenario, BASE).scenario
    assert back is not None
    same_plan(make_plan(back, Settings()), make_plan(BASE, Settings()))
