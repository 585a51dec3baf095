"""The page says what was measured of the app, and a part that failed is shown as such."""

from __future__ import annotations

import json

from tests.benchmarks.app_page import FIGURES, PAGE, measured, page

TIMES = {"median": 0.5, "worst": 0.9, "each": [0.4, 0.5, 0.9]}
FOUND = {
    "machine": {"cores": 2, "load": 0.1, "python": "3.11.7"},
    "versions": {"streamlit": "1.67.0"},
    "example": {"page_change": TIMES, "rerun": TIMES, "edit": TIMES},
    "large": {"failed": "TimeoutError: no plan"},
    "memory": {"sessions": 8, "base_mb": 183.3, "mb_per_session": 2.4},
}


def test_the_page_is_made_from_the_figures() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert text == page(json.loads(FIGURES.read_text()), text)


def test_figures_and_goals_stand_side_by_side() -> None:
    said = measured(FOUND)
    assert "| surplus-2026: page change, median and worst of 3 | 0.50 s, 0.90 s | 0.7 s |" in said
    assert "| 10,000 lots | failed: TimeoutError: no plan |  |" in said
    assert "| 2.4 MB | 60 MB |" in said


def test_nothing_measured_is_said() -> None:
    assert measured({}) == "Nothing has been measured yet."
