"""The page on very large stock lists says what was measured, and what the code does."""

from __future__ import annotations

import json

import pytest

from planner import large
from planner.solve.choice import LARGE_COMBINATIONS
from tests.benchmarks.instances import SIZES
from tests.benchmarks.scale import BEGIN, END, OUT, PAGE, PHASES, Row, tables

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_shows_the_figures_measured_here() -> None:
    if not OUT.exists():
        pytest.skip(f"{OUT.name} is not there: python -m tests.benchmarks.scale writes it")
    known = json.loads(OUT.read_text())
    rows = [known[size] for size in SIZES if size in known]
    assert TEXT.split(BEGIN)[1].split(END)[0].strip() == tables(rows)


def test_the_page_names_the_sizes_in_the_code() -> None:
    for number in (LARGE_COMBINATIONS, large.SLICE_COMBINATIONS, large.POLISHED_OPTIONS):
        assert f"{number:,}" in TEXT


def test_costs_by_lot_and_for_a_hundred_million_lots() -> None:
    """500 s for 10,000 lots are 50 ms a lot, and 1,389 hours for 100 million."""
    row: Row = {
        "size": "L", "lots": 10_000, "options": 8_000_000, "cpu": 500.0, "wall": 260.0,
        **dict.fromkeys(PHASES, 1.0), "value": 98.0, "bound": 100.0, "gap": 0.02, "steps": 90.0,
        "bytes_per_step": 80_000, "memory_mb": 400, "memory_of_largest_worker_mb": 700,
    }  # fmt: skip
    said = tables([row])
    assert "| L | 50.00 | 62.5 | 90 | 80,000 |" in said
    assert "| 98 | 100 | 2.00% | 400 + 700 a worker |" in said
    assert "100,000,000 lots would take 1,389 processor hours" in said
