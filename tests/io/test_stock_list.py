"""A merchandiser's stock list becomes lots; what it does not say is stated as an assumption."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.domain.check import check
from planner.errors import ScenarioError
from planner.io import scenario_from_stock_list, untrusted
from planner.io.stock_list import read_stock_list
from tests.exhibits import full_scenario, tiny_scenario

CHINESE: list[list[Any]] = [
    ["2026 库存清单", None, None, None, None, None, None],
    [None] * 7,
    ["货号", "款号", "品牌", "品类", "数量（件）", "吊牌价", "备注"],
    ["A-1", "A", "Linden", "jacket", "1,200", 899, "x"],
    ["A-2", "A", "Linden", "jacket", 35, 899, None],
    ["B-1", "B", "Northpeak", "dress", "４０", 499.0, None],
    ["合计", None, None, None, 1275, None, None],
]
ENGLISH = """SKU,Brand,Category,Qty,Tag price,Unit cost,Weight (kg),Year,Season,Warehouse
00123,Linden,dress,10,599,120.5,0.4,2024,summer,HZ-WH
00123,Linden,dress,5,599,120.5,0.4,2024,summer,HZ-WH
77,Northpeak,jacket,8,1299,300,,2024,winter,HZ-WH
"""


def workbook(path: Path, rows: list[list[Any]], *, merge: str = "") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    if merge:
        sheet.merge_cells(merge)
    book.save(path)
    return path


def test_a_chinese_list_below_a_merged_title(tmp_path: Path) -> None:
    file = workbook(tmp_path / "库存.xlsx", CHINESE, merge="A1:G1")
    like = tiny_scenario()
    scenario = scenario_from_stock_list(file, like, "spring")
    assert scenario.header.scenario == "spring"
    assert [(lot.sku, lot.style, lot.units) for lot in scenario.lots] == [
        ("A-1", "A", 1200),
        ("A-2", "A", 35),
        ("B-1", "B", 40),
    ]
    assert scenario.lots[0].kg == pytest.approx(1.25)
    assert scenario.lots[2].cbm == 0.003
    assert scenario.lots[0].unit_cost == pytest.approx(899 * 0.22, rel=1e-3)
    assert scenario.markets == like.markets
    assert check(scenario) == ()


def test_what_is_not_said_is_an_assumption(tmp_path: Path) -> None:
    file = workbook(tmp_path / "list.xlsx", CHINESE, merge="A1:G1")
    scenario = scenario_from_stock_list(file, tiny_scenario(), "spring")
    assumed = {row.field for row in scenario.provenance if row.confidence == "assumption"}
    assert {"kg", "cbm", "unit_cost", "origin", "season", "vintage_year", "tag_currency"} == assumed
    assert all(row.key == "" and "list.xlsx" in row.source for row in scenario.provenance)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gbk"])
def test_an_english_csv(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "stock.csv"
    file.write_bytes(ENGLISH.encode(encoding))
    scenario = scenario_from_stock_list(file, tiny_scenario(), "spring")
    assert [lot.lot for lot in scenario.lots] == ["00123", "00123-2", "77"]
    assert scenario.lots[2].kg == pytest.approx(1.25)
    said = {(row.key, row.field) for row in scenario.provenance}
    assert ("77", "kg") in said
    assert ("", "kg") not in said


def test_what_spoke_of_the_other_lots_is_left_out(tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text(ENGLISH)
    scenario = scenario_from_stock_list(file, full_scenario(), "spring")
    assert (scenario.frozen_shipments, scenario.actual_sales, scenario.reference_prices) == (
        (),
    ) * 3
    assert scenario.rules == full_scenario().rules
    assert [lock.lock for lock in scenario.locks] == []
    left_out = {*full_scenario().quantity_rules} - {*scenario.quantity_rules}
    assert [rule.styles for rule in left_out] == [("L1",)]


def test_rejected_rows_are_findings_all_at_once(tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text(ENGLISH.replace("Linden,dress,10", "Lindan,dress,10万").replace(",8,", ",-8,"))
    with pytest.raises(ScenarioError) as caught:
        scenario_from_stock_list(file, tiny_scenario(), "spring")
    places = {(f.table, f.row, f.field) for f in caught.value.findings}
    assert {("stock.csv", 2, "units"), ("stock.csv", 4, "units")} <= places
    assert "Write 100000" in str(caught.value)


def test_an_unknown_brand_is_a_finding(tmp_path: Path) -> None:
    file = tmp_path / "stock.csv"
    file.write_text(ENGLISH.replace("Northpeak", "Northpaek"))
    with pytest.raises(ScenarioError, match=r"stock.csv row 4, brand.*Did you mean 'Northpeak'"):
        scenario_from_stock_list(file, tiny_scenario(), "spring")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b,c\n1,2,3\n", "is a header of a stock list"),
        ("", "The file is empty"),
        ("SKU,Brand,Category,Tag price\nA,Linden,dress,5\n", "units: The column is missing"),
        (
            "SKU,Brand,Category,Qty,数量,Tag\nA,Linden,dress,5,5,9\n",
            "'Qty' and '数量' mean the same",
        ),
    ],
)
def test_a_list_that_cannot_be_read_is_a_finding(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "stock.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=words):
        scenario_from_stock_list(file, tiny_scenario(), "spring")


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="no such file"):
        scenario_from_stock_list(tmp_path / "none.xlsx", tiny_scenario(), "spring")


TEXTS = {
    "nothing": (lambda: b"", "empty"),
    "blank lines": (lambda: b"\n \n", "empty"),
    "a workbook named csv": (lambda: b"PK\3\4" + bytes(5000), "NUL"),
    "a program": (lambda: b"\x7fELF\2\1\1" + bytes(5000), "NUL"),
    "UTF-16": (lambda: "sku,units\n1,2\n".encode("utf-16"), "UTF-16"),
    "no text at all": (lambda: b"sku,units\n\xff\xff\xff\n", "nor in GBK"),
    "an open quote": (lambda: b'sku,units\n"1,2\n' + b"3,4\n" * 99_999, "Close the quote"),
    "a cell of 1 MB": (lambda: b"sku,units\n" + b"1" * 1_000_000 + b",2\n", "Close the quote"),
    "49 MB of commas": (lambda: b"sku,units\n" + b"," * 49_000_000, "10,000,000 cells"),
    "49 MB of lines": (lambda: b"sku,units\n" + b"\n" * 49_000_000, "10,000,000 cells"),
    "51 MB": (lambda: b"sku,units\n" + b"1,2\n" * 12_750_000, "larger than 50 MB"),
}
"""Texts that are no list, and a word of the sentence each is refused in."""


@pytest.mark.parametrize("case", TEXTS)
def test_a_hostile_text_is_refused_in_a_sentence(case: str) -> None:
    make, word = TEXTS[case]
    with pytest.raises(ScenarioError) as caught:
        read_stock_list(make(), tiny_scenario(), name="list.csv")
    (finding,) = caught.value.findings
    assert word in f"{finding.problem} {finding.remedy}"
    assert finding.table == "list.csv"


def test_a_text_is_read_in_a_process_that_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    big = ENGLISH.encode() + b"x,y\n" * 4_000_000
    monkeypatch.setattr(untrusted, "MOST_WORK", 1)
    with pytest.raises(ScenarioError, match="seconds of work"):
        read_stock_list(big, tiny_scenario(), name="list.csv")
    monkeypatch.undo()
    monkeypatch.setattr(untrusted, "MOST_MEMORY", 300_000_000)
    with pytest.raises(ScenarioError, match="more memory"):
        read_stock_list(big, tiny_scenario(), name="list.csv")
