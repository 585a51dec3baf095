"""The workbook says what the plan says, stays alive, and runs nothing that a user typed."""

from __future__ import annotations

import time
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import openpyxl
import pytest
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from planner.domain.scenario import TABLES
from planner.errors import PlannerError
from planner.plan.record import Plan
from planner.report import tables
from planner.report.pages import PAGES
from planner.report.workbook import workbook_bytes, write_workbook
from tests.report.exhibit_plan import (
    a_hostile_plan,
    a_long_plan,
    a_plan,
    a_plan_with_findings,
    an_empty_plan,
    every_hostile_plan,
    every_plan,
)
from tests.report.recalculation import SOFFICE, recalculated

SHEETS = [name for name in PAGES if name not in ("Boxes", "Goals")]
"""Of the plan made by hand, which has neither."""
SECONDS_FOR_5000_LINES = 30
"""Of a processor; several times what it takes, so that a busy machine does not fail the test."""


def opened(plan: Plan, *, values: bool = True) -> Workbook:
    return openpyxl.load_workbook(BytesIO(workbook_bytes(plan)), data_only=values)


def texts(book: Workbook) -> set[str]:
    return {cell.value for cell in cells(book) if isinstance(cell.value, str)}


def cells(book: Workbook):  # type: ignore[no-untyped-def]
    return (cell for sheet in book for row in sheet.iter_rows() for cell in row)


def row_of(sheet: Worksheet, column: str, text: str) -> int:
    """The first row where a column says this."""
    return next(cell.row for cell in sheet[column] if cell.value == text)


def test_every_sheet_is_there_with_a_title_and_an_explanation() -> None:
    known = {*TABLES, "scenario", "dictionary", "origin"}
    assert [name for name in opened(a_plan()).sheetnames if name not in known] == SHEETS
    book = opened(every_plan())
    assert set(book.sheetnames) - known == set(PAGES)
    for name in PAGES:
        assert book[name]["A1"].value
        assert str(book[name]["A2"].value).endswith(".")


@pytest.mark.skipif(SOFFICE is None, reason="soffice (LibreOffice) is not installed")
@pytest.mark.parametrize(
    "make", [a_plan, an_empty_plan, a_hostile_plan, every_plan, every_hostile_plan]
)
def test_formulas_agree_with_the_plan_after_recalculation(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "plan.xlsx"
    write_workbook(make(), file)
    cached = openpyxl.load_workbook(file, data_only=True)
    formulas = openpyxl.load_workbook(file)
    fresh = recalculated(file)
    compared = 0
    for sheet in formulas:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type != "f":
                    continue
                compared += 1
                ours = cached[sheet.title][cell.coordinate].value
                theirs = fresh[sheet.title][cell.coordinate].value
                place = f"{sheet.title}!{cell.coordinate} {cell.value}"
                if isinstance(ours, str):
                    assert theirs == ours, place
                else:
                    assert theirs == pytest.approx(ours, rel=1e-9, abs=1e-6), place
    assert compared > 40


def test_the_value_is_built_from_the_sheets_and_checked() -> None:
    plan = a_plan()
    live, book = opened(plan, values=False)["Summary"], opened(plan)["Summary"]
    row = row_of(book, "D", "Sum of the sheets")
    assert str(live[f"E{row}"].value).startswith("=SUM(")
    assert book[f"E{row}"].value == pytest.approx(plan.report.value, abs=0.01)
    assert book[f"E{row + 1}"].value == plan.report.value
    checks = [cell for cell in book["D"] if cell.value == "Check"]
    assert [book[f"E{cell.row}"].value for cell in checks] == ["OK", "OK"]


def test_a_value_that_the_sheets_do_not_add_up_to_is_shown() -> None:
    plan = a_plan()
    report = replace(plan.report, value=plan.report.value + 1)
    book = opened(replace(plan, report=report))["Summary"]
    row = row_of(book, "D", "Check")
    assert book[f"E{row}"].value == "DIFFERS"


def test_line_money_and_totals_are_live() -> None:
    sheet = opened(a_plan(), values=False)["Shipments"]
    header = next(row for row in sheet.iter_rows() if row[0].value == "Line")
    at = {str(cell.value): cell.column_letter for cell in header}
    first = header[0].row + 1
    last = first + len(a_plan().lines) - 1
    units, netback = at["Units"], at["Netback (CNY/unit)"]
    assert sheet[f"{at['Money (CNY)']}{first}"].value == f"={units}{first}*{netback}{first}"
    for name in ("Units", "Cartons", "Weight (kg)", "Volume (cbm)", "Money (CNY)"):
        column = at[name]
        total = sheet[f"{column}{first - 2}"].value
        assert total == f"=SUM(${column}${first}:${column}${last})"


def test_hostile_texts_are_never_formulas_and_come_back_unchanged() -> None:
    plan = a_hostile_plan()
    content = workbook_bytes(plan)
    live = openpyxl.load_workbook(BytesIO(content))
    for cell in cells(live):
        if cell.data_type == "f":
            formula = str(cell.value)
            assert "cmd" not in formula and "HYPERLINK" not in formula
        assert cell.hyperlink is None
    with ZipFile(BytesIO(content)) as package:
        assert not [name for name in package.namelist() if "externalLink" in name]
    said = texts(openpyxl.load_workbook(BytesIO(content), data_only=True))
    wanted = {lot.description for lot in plan.scenario.lots}
    wanted |= {str(name) for name in plan.lines["lot"]} | {str(n) for n in plan.lines["channel"]}
    wanted |= {str(name) for name in plan.baselines["name"]} | {plan.scenario.header.title}
    wanted |= {found.problem for found in plan.findings} | {"=1+1", "http://evil.example"}
    wanted |= {str(reason) for reason in plan.exits["reason"]} | set(plan.exits["exit"])
    wanted |= set(plan.openings["rule"]) | set(plan.limits["label"]) | set(plan.lines["rung"])
    assert wanted <= said


def test_hostile_formulas_count_as_text_in_the_file() -> None:
    """Only our own templates are formulas: as many as for the same plan with plain names."""

    def formulas(plan: Plan) -> int:
        book = opened(plan, values=False)
        return sum(cell.data_type == "f" for cell in cells(book))

    hostile = replace(a_hostile_plan(), findings=())
    renamed_pools = len(opened(a_plan())["Limits"]["A"]) - len(opened(hostile)["Limits"]["A"])
    assert renamed_pools == 0
    assert formulas(hostile) == formulas(a_plan())


def test_nothing_is_blank_for_want_of_a_number() -> None:
    assert not {"nan", "NaN", "None", "NaT", "inf"} & texts(opened(a_plan()))
    errors = [cell for cell in cells(opened(a_plan())) if cell.data_type == "e"]
    assert not errors


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_a_plan_with_a_number_that_is_none_is_refused(wrong: float) -> None:
    plan = a_plan()
    money = plan.lines["money"].tolist()
    lines = plan.lines.assign(money=[wrong, *money[1:]])
    with pytest.raises(PlannerError, match="lines row 2, money"):
        workbook_bytes(replace(plan, lines=lines))
    with pytest.raises(PlannerError, match="bound"):
        workbook_bytes(replace(plan, report=replace(plan.report, bound=wrong)))


def test_a_text_too_long_for_excel_is_refused() -> None:
    plan = a_plan()
    exits = plan.exits.assign(reason="x" * 40_000)
    with pytest.raises(PlannerError, match="does not fit a cell"):
        workbook_bytes(replace(plan, exits=exits))


def test_every_sheet_prints_on_a4_with_repeated_rows_and_footer() -> None:
    for book in (opened(a_plan()), opened(every_plan())):
        for sheet in (book[name] for name in book.sheetnames if name in PAGES):
            assert sheet.page_setup.orientation == "landscape"
            assert int(sheet.page_setup.paperSize) == 9
            assert sheet.sheet_properties.pageSetUpPr.fitToPage
            assert int(sheet.page_setup.fitToWidth or 1) <= 3
            assert (sheet.page_setup.fitToHeight is None) == (sheet.title == "Summary")
            assert sheet.print_title_rows
            assert sheet.print_area
            assert sheet.freeze_panes
            assert "Scenario " in sheet.oddFooter.left.text
            assert "Page &P of &N" in sheet.oddFooter.right.text
            if sheet.title not in ("Summary", "Packing lists", "Invoices"):
                assert sheet.tables


def test_an_ampersand_in_a_name_is_no_code_of_the_footer() -> None:
    sheet = opened(a_hostile_plan())["Summary"]
    assert "&&" in (sheet.oddFooter.left.text or "") + str(sheet.oddFooter.center.text)


def test_a_plan_with_findings_says_so_in_red_and_lists_them() -> None:
    book = opened(a_plan_with_findings())
    for sheet in (book[name] for name in SHEETS):
        mark = sheet["A3"]
        assert str(mark.value).startswith("NOT READY")
        assert mark.font.color.rgb == "FFB3261E"
    assert {str(found) for found in a_plan_with_findings().findings} <= texts(book)
    assert "=21 units of 20 are sold." in {cell.value for cell in book["Audit"]["D"]}
    assert not any("NOT READY" in text for text in texts(opened(a_plan())))


def test_the_same_plan_gives_the_same_bytes() -> None:
    assert workbook_bytes(a_plan()) == workbook_bytes(a_plan())


def test_the_workbook_is_there_in_full_or_not_at_all(tmp_path: Path) -> None:
    file = tmp_path / "new" / "plan.xlsx"
    write_workbook(a_plan(), file)
    before = file.read_bytes()
    plan = a_plan()
    with pytest.raises(PlannerError):
        write_workbook(replace(plan, exits=plan.exits.assign(money=np.inf)), file)
    assert file.read_bytes() == before
    assert [each.name for each in file.parent.iterdir()] == ["plan.xlsx"]
    stream = BytesIO()
    write_workbook(a_plan(), stream)
    assert stream.getvalue() == before


def test_five_thousand_lines_take_seconds() -> None:
    plan = a_long_plan(834)
    assert len(plan.lines) > 5000
    start = time.process_time()
    content = workbook_bytes(plan)
    assert time.process_time() - start < SECONDS_FOR_5000_LINES
    book = openpyxl.load_workbook(BytesIO(content), read_only=True)
    assert book["Shipments"].max_row == len(tables.shipments(plan)) + 6
