"""Measures what docs/results.md claims and writes out/bench.json: `make bench-page`.

speed: one whole plan per scenario in a fresh process: wall seconds, peak memory of the planner and
of its solver, value, bound, gap. trade: surplus-2026 with all of the trade's further rules switched
on (tests/benchmarks/every_rule.py), one plan within the seconds given. stories: the value of the
relaxation (the certified bound) of the seven runs, and South Africa's netback per unit before and
after the fall of the rand. workbook: seconds and memory of a workbook with 100,000 shipment lines.
"""

from __future__ import annotations

import json
import platform
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from planner import load_scenario
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario, canonical
from planner.landed_cost.options import price_scenario
from planner.model.build import build
from planner.pipeline import make_plan
from planner.solve.certificate import certified_bound
from planner.solve.column_generation import solve_relaxation
from planner.solve.settings import Settings
from tests.benchmarks import every_rule
from tests.benchmarks.stories import STORIES, without_must_clear
from tests.benchmarks.workbook import workbook

ROOT = Path(__file__).parents[2]
OUT = ROOT / "out" / "bench.json"
TRADE_SECONDS = (60, 300)
"""What the solver may take with every rule of the trade switched on."""
SPEED = {"quickstart": 0.001, "surplus-2026": 0.01}


def main() -> None:
    """All parts or those named: speed, stories, workbook, trade.

    `one-trade SECONDS GROUP,GROUP` makes a single plan under some groups of rules.
    """
    parts = sys.argv[1:] or ["speed", "stories", "workbook", "trade"]
    if parts[0] == "one-trade":
        print(json.dumps(trade(float(parts[1]), parts[2].split(","))))
        return
    if parts[0] == "one":
        print(json.dumps(one_plan(parts[1], float(parts[2]))))
        return
    if parts[0] == "one-workbook":
        print(json.dumps(workbook(load_scenario(ROOT / "scenarios" / "quickstart"))))
        return
    found: dict[str, Any] = json.loads(OUT.read_text()) if OUT.exists() else {}
    found["machine"] = {"python": platform.python_version(), "system": platform.platform()}
    if "speed" in parts:
        found["speed"] = {name: fresh(name, gap) for name, gap in SPEED.items()}
    if "stories" in parts:
        found["stories"] = stories(load_scenario(ROOT / "scenarios" / "surplus-2026"))
    if "workbook" in parts:
        found["workbook"] = in_own_process("one-workbook")
    if "trade" in parts:
        groups = ",".join(change.__name__ for change in every_rule.GROUPS)
        found["trade"] = {
            str(seconds): in_own_process("one-trade", str(seconds), groups)
            for seconds in TRADE_SECONDS
        }
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text(json.dumps(found, indent=1))
    print(json.dumps(found, indent=1))


def in_own_process(*arguments: str) -> dict[str, Any]:
    """What this program prints as JSON when it runs with these arguments."""
    command = [sys.executable, "-m", "tests.benchmarks.measure", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def fresh(name: str, gap: float) -> dict[str, Any]:
    """Three runs in processes of their own; the run of median wall time."""
    runs = []
    for _ in range(3):
        began = time.monotonic()
        said = in_own_process("one", name, str(gap))
        runs.append(said | {"process_seconds": round(time.monotonic() - began, 2)})
    return sorted(runs, key=lambda run: run["process_seconds"])[1]


def one_plan(name: str, gap: float) -> dict[str, Any]:
    """One plan, with the memory this process and its children took."""
    began = time.monotonic()
    plan = make_plan(load_scenario(ROOT / "scenarios" / name), Settings(gap=gap))
    report = plan.report
    return {
        "seconds": round(time.monotonic() - began, 2),
        "planner_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "solver_mb": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024,
        "options": report.options,
        "status": report.status,
        "value": report.value,
        "bound": report.bound,
        "gap": report.gap,
        "findings": len(plan.findings),
        "phases": dict(report.seconds),
    }


def trade(seconds: float, groups: list[str]) -> dict[str, Any]:
    """One audited plan of surplus-2026 with these groups of rules, such as boxes_and_breaks."""
    scenario = load_scenario(ROOT / "scenarios" / "surplus-2026")
    for group in groups:
        scenario = getattr(every_rule, group)(scenario)
    began = time.monotonic()
    plan = make_plan(scenario, Settings(seconds=seconds, gap=0.003, memory_gb=6.0))
    report = plan.report
    return {
        "groups": groups,
        "seconds": round(time.monotonic() - began, 1),
        "value": report.value,
        "bound": report.bound,
        "gap": report.gap,
        "stopped_because": report.stopped_because,
        "phases": dict(report.seconds),
        "findings": len(plan.findings),
        "boxes": len(plan.boxes),
    }


def stories(scenario: Scenario) -> dict[str, Any]:
    """Relaxation of each story, with every rule and with must-clear left out as in the notes."""
    views = {"every rule": scenario, "without must-clear": without_must_clear(scenario)}
    return {
        view: {name: relaxed(change(start)) for name, change in STORIES.items()}
        for view, start in views.items()
    }


def relaxed(scenario: Scenario) -> dict[str, float]:
    """The proven bound of the relaxation with shares sold and exported and ZA's netback."""
    priced = price_scenario(Lookup(canonical(scenario)))
    program, _ = build(priced)
    found = solve_relaxation(program, time.monotonic() + 600, lambda value, bound: None)
    amounts = np.zeros(program.size[1])
    amounts[found.master.columns] = found.answer.amounts
    units = amounts[: len(priced.options)]
    markets = [row.market for row in priced.lookup.scenario.channels]
    market = np.array(markets)[priced.options.channel]
    stock = float(sum(lot.units for lot in scenario.lots))
    abroad = ~np.char.startswith(market.astype(str), "CN-")
    za = market == "ZA"
    return {
        "bound_m": round(certified_bound(program, found.bounding) / 1e6, 4),
        "sold": round(float(units.sum()) / stock, 4),
        "exported": round(float(units[abroad].sum()) / stock, 4),
        "za_units": round(float(units[za].sum())),
        "za_netback_per_unit": round(
            float(units[za] @ priced.options.netback[za]) / max(float(units[za].sum()), 1.0), 4
        ),
    }


if __name__ == "__main__":
    main()
