"""The results page says what was measured, and what was measured can be measured again."""

from __future__ import annotations

import json

import pytest

from planner import Settings, load_scenario, make_plan
from tests.benchmarks.measure import ROOT
from tests.benchmarks.page import FIGURES, PAGE, page


def test_the_page_is_made_from_the_figures() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(json.loads(FIGURES.read_text()))


def test_quickstart_still_gives_the_value_on_the_page() -> None:
    measured = json.loads(FIGURES.read_text())["speed"]["quickstart"]
    plan = make_plan(load_scenario(ROOT / "scenarios" / "quickstart"), Settings(gap=0.001))
    assert plan.report.value == pytest.approx(measured["value"], abs=0.01)
    assert plan.report.bound == pytest.approx(measured["bound"], abs=0.01)
