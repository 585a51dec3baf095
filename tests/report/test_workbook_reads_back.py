"""Whoever opens the workbook finds the plan's tables: by other readers, in every language, brought back."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from typing import Any

import openpyxl
import pandas as pd
import pytest

from planner.domain.vocabulary import LockKind
from planner.errors import Finding
from planner.io.line_edits import LOCK_WORDS, LOCKS_OFFERED
from planner.io.round_trip import Standing, read_back
from planner.language import chinese, retell, speaking
from planner.report import workbook
from planner.report.about_sheet import FORMAT, fingerprint_of
from planner.report.assumptions import assumptions
from planner.report.consignments import consignments, invoice_lines, packing_list
from planner.report.documents import documents
from planner.report.headings import HEADINGS, MONEY_LINES, VALUE_PARTS, told
from planner.report.pages import PAGES
from planner.report.paper_findings import paper_findings
from planner.report.shipment_lines import route_legs, shipment_lines
from planner.report.site_lists import site_lists
from planner.report.workbook import Extras, invoices_bytes, workbook_bytes
from tests.report.exhibit_plan import a_hostile_plan, a_plan, every_plan


def read(content: bytes, sheet: str, first: str) -> pd.DataFrame:
    """The table of a sheet, by pandas: its header is the row that starts with this."""
    plain = pd.read_excel(BytesIO(content), sheet_name=sheet, header=None, engine="openpyxl")
    header = next(row for row, text in enumerate(plain[0]) if text == first)
    return pd.read_excel(BytesIO(content), sheet_name=sheet, header=header, engine="openpyxl")


@pytest.mark.parametrize(
    ("sheet", "first", "table_of"),
    [
        ("Shipments", "Line", shipment_lines),
        ("Leg by leg", "Line", route_legs),
        ("Consignments", "Consignment", consignments),
        ("Site lists", "Site", lambda plan: site_lists(plan).drop(columns="site_name")),
    ],
)
def test_another_reader_finds_the_same_table(sheet: str, first: str, table_of: Any) -> None:
    plan = every_plan()
    back, wanted = read(workbook_bytes(plan), sheet, first), table_of(plan)
    assert back.shape == wanted.shape
    for at, name in enumerate(wanted.columns):
        mine, theirs = wanted[name], back.iloc[:, at]
        if pd.api.types.is_numeric_dtype(mine):
            assert theirs.to_numpy(dtype=float) == pytest.approx(mine.to_numpy(dtype=float))
        elif pd.api.types.is_datetime64_any_dtype(mine):
            assert pd.to_datetime(theirs).tolist() == mine.tolist()
        else:
            texts = ["" if pd.isna(value) else str(value) for value in theirs]
            assert texts == mine.tolist()


def test_every_consignment_has_its_pages() -> None:
    plan = every_plan()
    book = openpyxl.load_workbook(BytesIO(workbook_bytes(plan)), data_only=True)
    for sheet, title, lines in (
        ("Packing lists", "Packing list", packing_list(plan)),
        ("Invoices", "Draft commercial invoice", invoice_lines(plan)),
    ):
        titles = [
            cell.value for cell in book[sheet]["A"] if str(cell.value).startswith(f"{title} C")
        ]
        wanted = [f"{title} {name}" for name in lines["consignment"].unique()]
        assert titles == wanted
        assert len(book[sheet].row_breaks.brk) == len(wanted) - 1


def test_the_papers_alone_hold_the_same_pages() -> None:
    plan = every_plan()
    book = openpyxl.load_workbook(BytesIO(invoices_bytes(plan)), data_only=True)
    assert book.sheetnames == ["Consignments", "Packing lists", "Invoices"]
    whole = openpyxl.load_workbook(BytesIO(workbook_bytes(plan)), data_only=True)
    for name in book.sheetnames:
        mine = [[cell.value for cell in row] for row in book[name].iter_rows()]
        assert mine == [[cell.value for cell in row] for row in whole[name].iter_rows()]


@pytest.mark.parametrize("language", ["en", "zh", "both"])
def test_an_untouched_workbook_comes_back_as_no_change(language: Any) -> None:
    plan = every_plan()
    content = workbook_bytes(plan, Extras(language=language))
    back = read_back(content, plan.scenario)
    assert back.standing is Standing.CURRENT
    assert back.edits == ()
    assert [each for each in back.findings if isinstance(each, Finding)] == []


def test_an_edited_line_comes_back_as_that_edit() -> None:
    plan = every_plan()
    book = openpyxl.load_workbook(BytesIO(workbook_bytes(plan)))
    sheet = book["Shipments"]
    header = next(row for row in sheet.iter_rows() if row[0].value == "Line")
    at = {cell.value: cell.column for cell in header}
    row = header[0].row + 1
    line = sheet.cell(row, at["Line"]).value
    sheet.cell(row, at["Units"]).value = 1
    sheet.cell(row, at["Lock"]).value = LockKind.MIN_UNITS.value
    buffer = BytesIO()
    book.save(buffer)
    edits = read_back(buffer.getvalue(), plan.scenario).edits
    assert {(e.change.key, e.change.field, e.change.new) for e in edits} == {
        ((line,), "units", 1),
        ((line,), "lock", "min_units"),
    }


def test_only_cells_meant_to_be_edited_are_unlocked_and_they_are_checked() -> None:
    book = openpyxl.load_workbook(BytesIO(workbook_bytes(every_plan())))
    sheet = book["Shipments"]
    assert sheet.protection.sheet
    assert not sheet.protection.password
    header = next(row for row in sheet.iter_rows() if row[0].value == "Line")
    row = header[0].row + 1
    free = [cell.value for cell in header if not sheet.cell(row, cell.column).protection.locked]
    assert free == ["Units", "Price rung", "Lock"]
    assert len(sheet.data_validations.dataValidation) == 3
    assert sheet.conditional_formatting
    assert book["lots"].data_validations.dataValidation


def test_the_workbook_knows_its_plan() -> None:
    plan = a_plan()
    book = openpyxl.load_workbook(BytesIO(workbook_bytes(plan, Extras(language="zh"))))
    said = {row[0].value: row[1].value for row in book["About"].iter_rows(max_col=2)}
    assert said["format"] == FORMAT
    assert said["scenario_fingerprint"] == plan.scenario.fingerprint
    assert said["plan_fingerprint"] == fingerprint_of(plan)
    assert said["language"] == "zh"
    assert said["value"] == plan.report.value
    assert fingerprint_of(a_plan()) == fingerprint_of(plan)
    assert fingerprint_of(every_plan()) != fingerprint_of(plan)


def test_headings_and_fixed_words_are_told_in_chinese_too() -> None:
    names = [head.text for head in HEADINGS.values()]
    names += [word for pair in MONEY_LINES.values() for word in pair]
    names += [*VALUE_PARTS.values()]
    names += [
        text for page in PAGES.values() for text in (page.title, page.explanation, page.reader)
    ]
    assert [name for name in names if name not in chinese()] == []
    assert told("Units", "zh") == "件数"
    assert told("Units", "both") == "Units 件数"
    assert told("no such text", "zh") == "no such text"
    english = openpyxl.load_workbook(BytesIO(workbook_bytes(a_plan())))
    both = openpyxl.load_workbook(BytesIO(workbook_bytes(a_plan(), Extras(language="both"))))
    assert english.sheetnames == both.sheetnames
    assert both["Shipments"]["A1"].value == "Shipment plan 发货计划"


def test_a_long_table_goes_on_on_a_further_sheet_and_the_sums_hold() -> None:
    plan = every_plan()
    content = workbook_bytes(plan, Extras(most_rows=8))
    book = openpyxl.load_workbook(BytesIO(content), data_only=True)
    parts = [name for name in book.sheetnames if name.startswith("Leg by leg")]
    assert parts[:2] == ["Leg by leg", "Leg by leg 2"]
    lines: list[str] = []
    for name in parts:
        own = read(content, name, "Line")["Line"].tolist()
        assert len(own) <= 8
        assert not set(own) & set(lines)  # the legs of a line stay together
        lines += own
    assert len(lines) == len(plan.legs)
    said = {row[3].value: row[4].value for row in book["Summary"].iter_rows()}
    assert said["Check"] == "OK"
    live = openpyxl.load_workbook(BytesIO(content))["Summary"]
    formulas = [cell.value for cell in live["E"] if "Shipments 2" in str(cell.value)]
    assert formulas


def test_progress_rises_to_the_whole() -> None:
    told_of: list[float] = []
    workbook.workbook_bytes(a_plan(), progress=told_of.append)
    assert told_of == sorted(told_of)
    assert told_of[-1] == 1.0


def test_hostile_names_write_no_formula_of_theirs() -> None:
    book = openpyxl.load_workbook(BytesIO(workbook_bytes(a_hostile_plan())))
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert "HYPERLINK" not in str(cell.value)
                    assert "1+1" not in str(cell.value)


@pytest.mark.parametrize("make", [a_plan, every_plan])
def test_what_papers_lack_and_what_is_assumed_is_said_in_chinese(make: Any) -> None:
    """No English word of the planner's own is left in these sentences, whatever they name."""
    plan = make()
    lots = [
        lot.model_copy(update={"hs_code": "62", "origin_label": False, "description": ""})
        for lot in plan.scenario.lots
    ]
    bare = replace(plan, scenario=plan.scenario.model_copy(update={"lots": tuple(lots)}))
    found, stated = paper_findings(bare), assumptions(plan.scenario)["stated"].tolist()
    assert {each.field for each in found} >= {"hs_code", "origin_label", "description"}
    ours = re.compile(r"\b(Customs|Give|Set|Say|Have|has|have|lots|rows?|different|the|to|in)\b")
    with speaking("zh"):
        for text in [part for each in found for part in (each.problem, each.remedy)] + stated:
            assert not ours.search(retell(text)), text


@pytest.mark.parametrize("language", ["en", "zh", "both"])
def test_the_locks_offered_are_in_the_language_and_come_back(language: Any) -> None:
    plan = every_plan()
    content = workbook_bytes(plan, Extras(language=language))
    offered = [words for words in _lists(content, "Shipments") if len(words) > 1]
    assert offered == [list(LOCKS_OFFERED[language])]
    chinese_ones = [word for word in offered[0] if not word.isascii()]
    assert bool(chinese_ones) == (language != "en")
    assert set(offered[0]) <= {*LOCK_WORDS, *LockKind}, "what is offered is read"
    kinds = {LOCK_WORDS.get(word) or LockKind(word) for word in offered[0]}
    assert kinds == set(LockKind)


def _lists(content: bytes, sheet: str) -> list[list[str]]:
    """What the drop-downs of a sheet offer; a named list counts as one word."""
    rules = openpyxl.load_workbook(BytesIO(content))[sheet].data_validations.dataValidation
    return [rule.formula1.strip('"').split(",") for rule in rules if rule.type == "list"]


def test_a_document_of_several_markets_is_said_to_be_shared_in_chinese() -> None:
    plan = every_plan()
    rules = tuple(
        rule.model_copy(update={"shared_across_markets": True}) for rule in plan.scenario.rules
    )
    plan = replace(plan, scenario=plan.scenario.model_copy(update={"rules": rules}))
    assert "shared" in set(documents(plan)["market"])
    for language, word, other in (("en", "shared", "共用"), ("zh", "共用", "shared")):
        book = openpyxl.load_workbook(BytesIO(workbook_bytes(plan, Extras(language=language))))
        cells = {cell.value for row in book["Documents"].iter_rows() for cell in row}
        assert word in cells
        assert other not in cells


def test_a_limit_of_the_whole_horizon_names_no_first_day() -> None:
    plan = a_plan()
    table = read(workbook_bytes(plan), "Limits", "Binding")
    days = dict(zip(table["Period (0 = all)"], table["From"], strict=True))
    assert set(days) == {0, 1}
    assert pd.isna(days[0])
    assert pd.Timestamp(days[1]).date() == plan.scenario.header.start_date
