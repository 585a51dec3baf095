"""The fifty edits are fifty sound edits of every kind, each a real change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest

from planner import load_scenario
from planner.domain.changes import Change, apply
from planner.domain.check import check
from planner.domain.scenario import Scenario
from planner.pipeline import make_plan
from planner.solve.settings import Settings
from tests.benchmarks import live
from tests.benchmarks.bench import ROOT
from tests.benchmarks.live import SCRIPT, edits, played, summary


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(ROOT / "scenarios" / "surplus-2026")


def test_there_are_fifty_of_seven_kinds() -> None:
    kinds = Counter(kind for kind, _, _ in SCRIPT)
    assert sum(kinds.values()) == 50
    assert set(kinds) == {"rate", "floor", "cap", "capacity", "lock", "market off", "demand"}
    assert min(kinds.values()) >= 7


def test_each_changes_something_and_leaves_the_scenario_sound(scenario: Scenario) -> None:
    for number, edit in enumerate(edits(scenario), start=1):
        changed = apply(scenario, edit.changes)
        assert changed != scenario, edit.name
        if number % 10 == 0:
            assert check(changed) == (), f"after {edit.name}"
        scenario = changed


class Parrot:
    """Takes every edit and answers at once, always with the same plan."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.proofs = 0

    def edit(self, changes: Sequence[Change]) -> SimpleNamespace:
        self.scenario = apply(self.scenario, changes)
        report = SimpleNamespace(value=99.0, bound=100.0, gap=0.5)
        return SimpleNamespace(report=report, findings=(), scenario=self.scenario)

    def proof(self) -> SimpleNamespace:
        self.proofs += 1
        return self.edit(())


def test_all_fifty_are_played_and_every_tenth_is_proven(
    scenario: Scenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "from_nothing", lambda _: {"HiGHS": 30.0})
    bounds = iter(np.linspace(99.5, 102.0, 50).tolist())
    monkeypatch.setattr(live, "bound_of", lambda _: next(bounds))
    parrot = Parrot(scenario)
    found = played(parrot, scenario)
    assert len(found["edits"]) == 50
    assert parrot.proofs == 6, "the first plan and every tenth edit"
    tenths = [9, 19, 29, 39, 49]
    assert [k for k, row in enumerate(found["edits"]) if "proof_seconds" in row] == tenths
    assert [k for k, row in enumerate(found["edits"]) if "from_nothing" in row] == [49]
    assert found["summary"]["worst_gap"] == pytest.approx(3 / 102)
    assert found["edits"][0]["gap"] == pytest.approx(0.5 / 99.5)


def test_no_plan_exceeds_the_bound_an_edit_is_measured_by() -> None:
    small = load_scenario(ROOT / "scenarios" / "quickstart")
    plan = make_plan(small, Settings(seconds=20, gap=0.01))
    bound = live.bound_of(small)
    assert plan.report.value <= bound <= plan.report.value * 1.05


def test_the_summary_says_median_worst_and_ratio() -> None:
    rows = [
        {"seconds": 0.2, "gap": 0.001, "findings": 0},
        {"seconds": 0.4, "gap": 0.004, "findings": 0, "from_nothing": {"a": 30.0, "b": 20.0}},
        {"seconds": 1.0, "gap": 0.002, "findings": 0, "from_nothing": {"a": None, "b": None}},
    ]
    assert summary(rows) == {
        "edits": 3,
        "median_gap": 0.002,
        "median_seconds": 0.4,
        "worst_seconds": 1.0,
        "worst_gap": 0.004,
        "findings": 0,
        "times_faster_than_highs": pytest.approx(50.0),
    }
