"""Boxes and charges in the workbook, the folder and the sum that makes up a plan's value."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from planner.plan.audit import audit
from planner.report import tables
from planner.report.figures import figures, freight_settlement
from planner.report.folder import read_summary, read_tables, write_tables
from planner.report.workbook import workbook_bytes, write_workbook
from tests.plan.test_audit_freight import Make, by_air, by_sea
from tests.report.exhibit_plan import a_plan
from tests.report.recalculation import SOFFICE, recalculated

LINE = "Freight settlement (boxes and minimum charges)"
BOTH = pytest.mark.parametrize("make", [by_sea, by_air])


@BOTH
def test_the_settlement_is_planned_freight_less_boxes_and_charges(make: Make) -> None:
    plan = make()
    paid = pd.concat([plan.boxes[["planned", "cost"]], plan.charges[["planned", "cost"]]])
    assert freight_settlement(plan) == pytest.approx((paid["planned"] - paid["cost"]).sum())
    assert freight_settlement(plan) != 0
    assert figures(plan).value == pytest.approx(plan.report.value, abs=0.01)


@BOTH
def test_the_summary_sheet_holds_the_settlement_between_sheets_and_value(make: Make) -> None:
    book = openpyxl.load_workbook(BytesIO(workbook_bytes(make())), data_only=True)
    said = {row[3].value: row[4].value for row in book["Summary"].iter_rows()}
    assert said[LINE] == pytest.approx(freight_settlement(make()))
    assert said["Check"] == "OK"


def test_a_plan_paid_by_the_unit_has_neither_settlement_nor_sheet() -> None:
    book = openpyxl.load_workbook(BytesIO(workbook_bytes(a_plan())), data_only=True)
    assert "Boxes" not in book.sheetnames
    assert LINE not in {row[3].value for row in book["Summary"].iter_rows()}


@pytest.mark.skipif(SOFFICE is None, reason="soffice (LibreOffice) is not installed")
@BOTH
def test_the_settlement_is_live(make: Make, tmp_path: Path) -> None:
    write_workbook(make(), tmp_path / "plan.xlsx")
    said = {row[3].value: row[4].value for row in recalculated(tmp_path / "plan.xlsx")["Summary"]}
    assert said[LINE] == pytest.approx(freight_settlement(make()))
    assert said["Check"] == "OK"


def test_each_box_is_named_with_what_is_in_it() -> None:
    book = openpyxl.load_workbook(BytesIO(workbook_bytes(by_sea())), data_only=True)
    texts = {cell.value for row in book["Boxes"].iter_rows() for cell in row}
    assert {"B0001", "B0002", "40HQ", "20GP", "Linden", "Northpeak"} <= texts
    loads = tables.box_loads(by_sea())
    assert loads.groupby("brand")["units"].sum().to_dict() == {"Linden": 20_100, "Northpeak": 8_000}


@BOTH
def test_boxes_and_charges_come_back_from_a_folder_and_pass_the_audit(
    make: Make, tmp_path: Path
) -> None:
    plan = make()
    write_tables(plan, tmp_path)
    value = float(read_summary(tmp_path)["value"])
    assert audit(plan.scenario, read_tables(tmp_path), value) == ()
    parts = read_summary(tmp_path)["value_parts"]
    assert parts["settlement"] == pytest.approx(freight_settlement(plan))
