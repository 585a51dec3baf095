"""Parallel trade in the workbook, the folder and the sum that makes up a plan's value."""

from __future__ import annotations

from functools import cache
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest

from planner.domain.vocabulary import CorridorMode
from planner.plan.audit import audit
from planner.plan.record import Plan
from planner.report import tables
from planner.report.figures import figures
from planner.report.folder import read_summary, read_tables, write_tables
from planner.report.workbook import workbook_bytes
from tests.solve.in_process import planned
from tests.trade.markets import three_countries


@cache
def leaking() -> Plan:
    """Home sells at 100, Thailand at 130 and Singapore at 150: 35 and 5 a unit are left."""
    scenario = three_countries(
        CorridorMode.LEAK,
        markets=("CN-1", "SG", "TH"),
        units=30,
        periods=1,
        corridor_leak_units=2.0,
    )
    return planned(scenario, gap=0.0)


def test_leaks_are_part_of_the_sum_that_makes_up_the_value() -> None:
    known = figures(leaking())
    assert known.leaks == pytest.approx(2 * (35 + 5))
    assert known.value == pytest.approx(leaking().report.value, abs=0.01)


def test_the_best_trade_comes_first() -> None:
    table = tables.arbitrage(leaking())
    assert table["profit_per_unit"].tolist() == pytest.approx([35.0, 5.0])
    assert list(zip(table["from_market"], table["to_market"], strict=True)) == [
        ("CN-1", "SG"),
        ("TH", "SG"),
    ]


def test_the_workbook_has_a_sheet_of_trades_and_the_summary_takes_leaks_off() -> None:
    book = openpyxl.load_workbook(BytesIO(workbook_bytes(leaking())), data_only=True)
    said = {row[3].value: row[4].value for row in book["Summary"].iter_rows()}
    assert said["Leaks to parallel trade"] == pytest.approx(-80) and said["Check"] == "OK"
    words = {cell.value for row in book["Arbitrage"].iter_rows() for cell in row}
    assert {"S1", "CN-1", "SG", "TH", "Profit left (CNY/unit)"} <= words


def test_trades_come_back_from_a_folder_and_pass_the_audit(tmp_path: Path) -> None:
    write_tables(leaking(), tmp_path)
    said = read_summary(tmp_path)
    assert audit(leaking().scenario, read_tables(tmp_path), float(said["value"])) == ()
    assert said["value_parts"]["leaks"] == pytest.approx(-80)
