"""The benchmark page is made from its figures, and its checks can fail."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.solve.settings import Progress
from tests.benchmarks import tables
from tests.benchmarks.bench import checks, within
from tests.benchmarks.tables import FIGURES, PAGE, page

PLAN = {
    "seconds": 12.0,
    "cpu": 11.0,
    "phases": {"load": 0.5, "options": 1.0, "build": 2.0, "solve": 8.0, "audit": 1.0},
    "options": 1_000,
    "rows": 100,
    "value": 990.0,
    "bound": 1000.0,
    "gap": 0.01,
    "gap_asked": 0.001,
    "status": "feasible",
    "stopped_because": "the time allowed",
    "findings": 0,
    "within": {"0.01": 3.0, "0.001": None},
    "baselines": {"highest netback first": 900.0, "proportional to demand": 880.0},
    "mb": 512,
}
OWN = {
    "build_seconds": 2.0,
    "build_cpu": 2.0,
    "solve_seconds": 3.0,
    "solve_cpu": 3.0,
    "value": 1000.0,
    "bound": 1000.0,
    "complete": True,
    "rows": 100,
    "columns": 1_010,
    "entries": 7_000,
    "mb": 300,
}
PEER = {
    "build_seconds": 50.0,
    "build_cpu": 40.0,
    "solve_seconds": 30.0,
    "solve_cpu": 20.0,
    "value": 1000.0,
    "mb": 900,
    "version": "1.0",
}


def _found(**changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "size": "S",
        "lots": 200,
        "channels": 10,
        "periods": 8,
        "rules_off": "corridor",
        "machine": {
            "cores": 2,
            "memory_gb": 24,
            "system": "Linux",
            "load": 0.1,
            "python": "3.11.7",
        },
        "versions": {"numpy": "2.4"},
        "plan": PLAN,
        "relaxation": OWN,
        "peers": {"PuLP + CBC": PEER, "scipy linprog": {"error": "no optimum in 60 s", "mb": 10}},
        "longer": None,
    }
    found |= changed
    return found | {"checks": checks(found)}


def test_the_page_is_made_from_the_figures() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(json.loads(FIGURES.read_text()))


def test_ratios_and_gap_stand_on_the_page() -> None:
    said = page({"S": _found()})
    assert "| S | 990 | 1,000 | 1.000% | 3.0 |  | feasible | +10.0% | 0 |" in said
    assert "| PuLP + CBC | 1.0 | 50.0 | 40.0 | 30.0 | 20.0 | 900 | 20.0 | 12.0 |" in said
    assert "no optimum in 60 s" in said


def test_a_plan_that_failed_is_shown_as_such() -> None:
    assert "out of memory" in page({"S": _found(plan={"error": "out of memory", "mb": 1})})


def test_checks_find_a_bound_too_low_and_a_peer_astray() -> None:
    good = checks(_found())
    assert good["bound_holds"] and good["relaxation_is_exact"] and good["peers_agree"] is None
    low = _found(plan=PLAN | {"bound": 999.0})
    assert checks(low)["bound_holds"] is False
    astray = _found(peers={"a": PEER, "b": PEER | {"value": 1000.1}})
    assert checks(astray)["peers_agree"] is False
    assert checks(_found(longer={"value": 1000.5}))["bound_holds_longer"] is False


def test_the_first_plan_near_the_bound_is_timed() -> None:
    news = [Progress("a", 1.0, 900.0), Progress("b", 2.0, None, 1000.0), Progress("c", 3.0, 995.0)]
    assert within(news, 1000.0, 0.01) == 3.0
    assert within(news, 1000.0, 0.2) == 1.0
    assert within(news, 1000.0, 0.001) is None


def test_charts_are_drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SECONDS_CHART", "GAP_CHART"):
        monkeypatch.setattr(tables, name, tmp_path / f"{name}.svg")
    tables.charts({"S": _found()})
    assert "<svg" in (tmp_path / "SECONDS_CHART.svg").read_text()
    assert "options" in (tmp_path / "GAP_CHART.svg").read_text()
