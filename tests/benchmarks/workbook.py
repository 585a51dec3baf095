"""A plan with 100,000 shipment lines, and what writing its workbook takes."""

from __future__ import annotations

import resource
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from planner.pipeline import make_plan
from planner.plan.record import Plan
from planner.report.workbook import write_workbook
from planner.solve.settings import Settings

LINES = 100_000
BY_LINE = ("lines", "waterfalls", "legs", "box_loads")
"""Tables with rows for every line."""


def workbook(scenario: Any, lines: int = LINES) -> dict[str, Any]:
    """Seconds, peak memory and size of the workbook of a plan whose lines are replicated."""
    plan = replicated(make_plan(scenario, Settings(gap=0.001)), lines)
    told: list[float] = []
    before = resource.getrusage(resource.RUSAGE_SELF)
    began = time.monotonic()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "plan.xlsx"
        write_workbook(plan, file, progress=told.append)
        megabytes = file.stat().st_size / 1e6
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "lines": len(plan.lines),
        "legs": len(plan.legs),
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1
        ),
        "peak_mb": after.ru_maxrss // 1024,
        "file_mb": round(megabytes, 1),
        "progress_told": len(told),
        "progress_rises": bool(np.all(np.diff(told) >= 0) and told[-1] == 1.0),
    }


def replicated(plan: Plan, lines: int) -> Plan:
    """The plan with its lines repeated under new numbers until there are so many."""
    copies = -(-lines // len(plan.lines))
    tables = {name: _repeated(getattr(plan, name), copies) for name in BY_LINE}
    kept = set(tables["lines"]["line"].iloc[:lines])
    cut = {
        name: table[table["line"].isin(kept)].reset_index(drop=True)
        for name, table in tables.items()
    }
    return replace(plan, **cut)


def _repeated(table: pd.DataFrame, copies: int) -> pd.DataFrame:
    """Every row so many times, each time for another line."""
    if table.empty:
        return table
    copied = pd.concat([table] * copies, ignore_index=True)
    number = pd.Series(np.repeat(np.arange(copies), len(table)), index=copied.index)
    return copied.assign(line=copied["line"] + "-" + number.astype(str))
