"""Stock lists as they really come: what is accepted, rejected and ignored is known by hand."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import date
from typing import Any

import openpyxl
import pytest

from planner.domain.check import check
from planner.errors import ScenarioError
from planner.io.stock_columns import UNITS_OF_SIZE, remember, with_field
from planner.io.stock_list import StockList, read_stock_list, scenario_of_list
from planner.io.stock_rows import Sizes
from tests.exhibits import tiny_scenario

LIKE = tiny_scenario()
HEAD = ["货号", "款号", "品牌", "品类", "数量", "吊牌价"]


def sheet(book: openpyxl.Workbook, title: str, rows: Sequence[Sequence[Any]], *merges: str) -> Any:
    made = book.create_sheet(title)
    for row in rows:
        made.append(list(row))
    for area in merges:
        made.merge_cells(area)
    return made


def read(
    *rows: Sequence[Any], merges: Sequence[str] = (), hidden: Sequence[int] = (), **how: Any
) -> StockList:
    """A list of one sheet, read through the door for uploads."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    made = sheet(book, "库存", rows, *merges)
    for row in hidden:
        made.row_dimensions[row].hidden = True
    stock = read_stock_list(saved(book), LIKE, "list.xlsx", **how)
    assert_nothing_lost(stock, len(rows))
    return stock


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def assert_nothing_lost(stock: StockList, rows: int) -> None:
    """Every row is accepted, rejected or ignored, and only one of them; trailing blanks aside."""
    groups = [
        set(stock.rows.places),
        {(found.table, found.row) for found in stock.rows.rejected},
        {(each.sheet, each.row) for each in stock.rows.ignored},
    ]
    assert sum(map(len, groups)) == len(set().union(*groups)) == sum(stock.rows.counts().values())
    if not stock.findings:
        assert sum(map(len, groups)) == rows


def told(stock: StockList, *fields: str) -> list[tuple[Any, ...]]:
    return [tuple(lot.get(name) for name in fields) for lot in stock.rows.lots]


def reasons(stock: StockList) -> dict[int, str]:
    return {each.row: each.reason for each in stock.rows.ignored}


def test_titles_blank_lines_subtotals_and_totals_are_ignored_by_name() -> None:
    stock = read(
        ["2026 春季库存清单", None, None, None, None, None],
        ["制表：李 2026-01-03"],
        [],
        HEAD,
        ["A-1", "A", "Linden", "jacket", 10, 899],
        ["A-2", "A", "Linden", "jacket", 5, 899],
        ["Linden 小计", None, None, None, 15, None],
        ["B-1", "B", "Northpeak", "dress", 7, 499],
        ["合计：", None, None, None, 22, None],
        [None, None, None, None, 22, None],
        merges=["A1:F1", "A2:F2"],
    )
    assert told(stock, "sku", "units") == [("A-1", 10), ("A-2", 5), ("B-1", 7)]
    assert reasons(stock) == {
        1: "above the header",
        2: "above the header",
        3: "blank",
        4: "header",
        7: "total",
        9: "total",
        10: "total",
    }
    assert stock.rows.counts() == {"accepted": 3, "rejected": 0, "ignored": 7}


def test_two_header_rows_with_sizes_across_become_rows() -> None:
    stock = read(
        ["款号", "品牌", "品类", "吊牌价", "尺码", None, None, None, "合计"],
        [None, None, None, None, "S", "M", "L", "XL", None],
        ["A", "Linden", "jacket", 899, 3, None, 4, 0, 7],
        ["B", "Northpeak", "dress", 499, 1, 1, 1, 1, 4],
        ["总计", None, None, None, 4, 1, 5, 1, 11],
        merges=["A1:A2", "B1:B2", "C1:C2", "D1:D2", "E1:H1", "I1:I2"],
    )
    assert told(stock, "style", "sku", "units") == [
        ("A", "A-S", 3),
        ("A", "A-L", 4),
        ("B", "B-S", 1),
        ("B", "B-M", 1),
        ("B", "B-L", 1),
        ("B", "B-XL", 1),
    ]
    assert reasons(stock) == {1: "header", 2: "header", 5: "total"}


def test_sizes_across_become_a_run_where_asked() -> None:
    stock = read(
        ["货号", "品牌", "品类", "吊牌价", 36, 37, 38, 39],
        ["A", "Linden", "jacket", 899, 3, None, 4, 0],
        ["B", "Northpeak", "dress", 499, 1, "-", "x", 1],
        sizes=Sizes.RUN,
    )
    assert told(stock, "sku", "units", "size_curve") == [("A", 7, 0.5)]
    (found,) = stock.rejected
    assert (found.table, found.row, found.field) == ("list.xlsx, sheet 库存", 3, "units")
    assert found.problem.startswith("Size 38: 'x' is not a number")


def test_a_size_in_a_column_of_its_own_is_part_of_the_sku() -> None:
    stock = read(
        ["款号", "尺码", "品牌", "品类", "数量", "吊牌价"],
        ["A", "S", "Linden", "jacket", 3, 899],
        ["A", "M", "Linden", "jacket", 4, 899],
    )
    assert told(stock, "style", "sku", "units") == [("A", "A-S", 3), ("A", "A-M", 4)]


def test_cells_merged_down_and_ditto_marks_are_filled() -> None:
    stock = read(
        HEAD,
        ["A-1", "A", "Linden", "jacket", 10, 899],
        ["A-2", "A", None, "同上", 5, 899],
        ["A-3", "A", None, "〃", 6, 899],
        merges=["C2:C4"],
    )
    assert told(stock, "brand", "category", "units") == [
        ("Linden", "jacket", 10),
        ("Linden", "jacket", 5),
        ("Linden", "jacket", 6),
    ]


def test_units_merged_over_rows_are_rejected_not_guessed() -> None:
    stock = read(
        HEAD,
        ["A-1", "A", "Linden", "jacket", 10, 899],
        ["A-2", "A", "Linden", "jacket", None, 899],
        merges=["E2:E3"],
    )
    assert told(stock, "sku") == [("A-1",)]
    (found,) = stock.rejected
    assert "units of rows 2 to 3 are merged" in found.problem


def test_units_of_measure_in_headings_and_cells() -> None:
    stock = read(
        [*HEAD, "单重(g)", "体积(cm³)", "箱规"],
        ["A-1", "A", "Linden", "jacket", "12件", 899, 850, 12000, 10],
        ["A-2", "A", "Linden", "jacket", "3箱", 899, "1.2kg", "0.02m3", 10],
        ["A-3", "A", "Linden", "jacket", "１，２００", 899, 850, 12000, None],
        ["A-4", "A", "Linden", "jacket", "2箱", 899, 850, 12000, None],
        ["A-5", "A", "Linden", "jacket", "12万", 899, 850, 12000, None],
    )
    assert told(stock, "sku", "units", "kg", "cbm") == [
        ("A-1", 12, 0.85, 0.012),
        ("A-2", 30, 1.2, 0.02),
        ("A-3", 1200, 0.85, 0.012),
    ]
    assert {found.row: found.remedy for found in stock.rejected} == {
        5: "Give them in pieces.",
        6: "Write 120000.",
    }


def test_currencies_in_headings_columns_and_cells() -> None:
    stock = read(
        ["SKU", "Brand", "Category", "Qty", "Tag price", "Cost (USD)", "Currency"],
        ["A", "Linden", "jacket", 1, "¥899", 20, "RMB"],
        ["B", "Linden", "jacket", 1, "USD 120.50", 20, "USD"],
        ["C", "Linden", "jacket", 1, "899元", 20, None],
        ["D", "Linden", "jacket", 1, "€99", 20, "USD"],
        ["E", "Linden", "jacket", 1, "HK$ 1,099", 20, None],
    )
    assert told(stock, "sku", "tag", "tag_currency", "unit_cost_currency") == [
        ("A", 899, "CNY", "USD"),
        ("B", 120.5, "USD", "USD"),
        ("C", 899, "CNY", "USD"),
        ("E", 1099, "HKD", "USD"),
    ]
    (found,) = stock.rejected
    assert (found.row, found.field) == (5, "tag")
    assert "EUR" in found.problem and "USD" in found.problem


def test_dates_as_numbers_and_in_the_ways_of_the_trade() -> None:
    stock = read(
        [*HEAD, "有效期至"],
        ["A-1", "A", "Linden", "jacket", 1, 899, 46477],
        ["A-2", "A", "Linden", "jacket", 1, 899, 20270331],
        ["A-3", "A", "Linden", "jacket", 1, 899, "2027/3/31"],
        ["A-4", "A", "Linden", "jacket", 1, 899, "2027年3月31日"],
        ["A-5", "A", "Linden", "jacket", 1, 899, date(2027, 3, 31)],
        ["A-6", "A", "Linden", "jacket", 1, 899, "03/04/2027"],
        ["A-7", "A", "Linden", "jacket", 1, 899, "2027.13.01"],
    )
    assert told(stock, "expiry") == [(date(2027, 3, 31),)] * 5
    assert [found.row for found in stock.rejected] == [7, 8]
    assert "more than one way" in stock.rejected[0].problem


def test_seasons_and_years_of_the_trade() -> None:
    stock = read(
        [*HEAD, "季节"],
        ["A-1", "A", "Linden", "jacket", 1, 899, "24AW"],
        ["A-2", "A", "Linden", "jacket", 1, 899, "2023秋冬"],
        ["A-3", "A", "Linden", "dress", 1, 899, "25春夏"],
        ["A-4", "A", "Linden", "dress", 1, 899, "winter"],
    )
    assert told(stock, "season", "vintage_year") == [
        ("winter", 2024),
        ("winter", 2023),
        ("summer", 2025),
        ("winter", None),
    ]


def test_duplicates_word_for_word_are_rejected_and_batches_are_not() -> None:
    stock = read(
        HEAD,
        ["A-1", "A", "Linden", "jacket", 10, 899],
        ["A-1", "A", "Linden", "jacket", 4, 899],
        ["A-1", "A", "Linden", "jacket", 10, 899],
        HEAD,
        ["B-1", "B", "Northpeak", "dress", 0, 499],
        ["附：以上为可售库存"],
        [None, None, "Linden", "jacket", 3, 899],
        ["B-2", "B", "Northpeak", "dress", None, 499],
        ["B-3", "B", "Northpeak", "dress", -2, 499],
        ["B-4", "B", "Northpeak", "dress", 1.5, 499],
        ["B-5", "B", "Northpeak", "dress", 5, 0],
    )
    assert told(stock, "sku", "units") == [("A-1", 10), ("A-1", 4)]
    assert reasons(stock) == {
        1: "header",
        5: "header repeated",
        6: "no units in stock",
        7: "a note: 附:以上为可售库存",
    }
    assert {found.row: (found.field, found.problem) for found in stock.rejected} == {
        4: ("", "The row says the same as row 2, word for word."),
        8: ("sku", "The row has no lot, sku or style."),
        9: ("units", "The row has no units."),
        10: ("units", "-2 is below 0."),
        11: ("units", "1.5 is not a whole number."),
        12: ("tag", "0.0 is not above 0."),
    }
    scenario = scenario_of_list(stock, LIKE, "spring", leave_out_rejected=True)
    assert [lot.lot for lot in scenario.lots] == ["A-1", "A-1-2"]
    with pytest.raises(ScenarioError, match="sheet 库存 row 12, tag"):
        scenario_of_list(stock, LIKE, "spring")


def test_hidden_sheets_summaries_and_hidden_rows_are_told() -> None:
    book = openpyxl.Workbook()
    front = book.worksheets[0]
    front.title = "说明"
    front.append(["请勿外传"])
    old = sheet(book, "旧库存", [HEAD, ["OLD", "O", "Linden", "jacket", 99, 899]])
    old.sheet_state = "veryHidden"
    sheet(book, "汇总", [["品牌", "品类", "数量"], ["Linden", "jacket", 15]])
    goods = sheet(book, "一仓", [HEAD, ["A-1", "A", "Linden", "jacket", 10, 899]])
    goods.row_dimensions[2].hidden = True
    sheet(book, "二仓", [HEAD, ["A-2", "A", "Linden", "jacket", 5, 899]])
    stock = read_stock_list(saved(book), LIKE, "list.xlsx")
    assert told(stock, "sku", "units") == [("A-1", 10), ("A-2", 5)]
    assert stock.rows.places == [("一仓", 2), ("二仓", 2)]
    assert stock.left_out == {
        "说明": "No row of the first 20 is a header of a stock list.",
        "旧库存": "It is hidden.",
        "汇总": "It has no column for tag, sku.",
    }
    assert stock.rows.notes == ["一仓: 1 hidden rows were read like the others."]


def test_columns_are_proposed_with_confidence_changed_and_remembered() -> None:
    rows = [
        [
            "商品货号",
            "条码",
            "品牌名",
            "品类",
            "门店可售库存数量(件)",
            "在途数量",
            "吊牌价(元)",
            "x",
        ],
        ["A-1", 6901234567892, "Linden", "jacket", 10, 3, 899, "n"],
    ]
    stock = read(*rows)
    (layout,) = stock.layouts
    said = {each.heading: (each.field, each.confidence) for each in layout.columns}
    assert said == {
        "商品货号": ("", 0.0),
        "条码": ("sku", 0.8),
        "品牌名": ("brand", 0.7),
        "品类": ("category", 1.0),
        "门店可售库存数量(件)": ("units", 0.7),
        "在途数量": ("", 0.0),
        "吊牌价(元)": ("tag", 1.0),
        "x": ("", 0.0),
    }
    assert layout.columns[0].samples == ("A-1",)
    changed = with_field(with_field(layout, 1, ""), 0, "sku")
    assert told(read(*rows, layouts=[changed]), "sku") == [("A-1",)]
    kept = remember(changed)
    assert (kept["商品货号"], kept["条码"]) == ("sku", "")
    again = read(*rows, remembered=kept)
    assert told(again, "sku", "units", "tag_currency") == [("A-1", 10, "CNY")]
    assert again.layouts[0].columns[0].why == "remembered"
    with pytest.raises(ValueError, match="not a field"):
        with_field(layout, 0, "colour")


def test_a_list_of_one_brand_is_told_its_brand() -> None:
    rows = [["货号", "品类", "数量", "吊牌价"], ["A-1", "jacket", 10, 899]]
    stock = read(*rows)
    assert [(f.field, f.problem) for f in stock.findings] == [("brand", "The column is missing.")]
    stock = read(*rows, given={"brand": "Linden"})
    scenario = scenario_of_list(stock, LIKE, "spring")
    assert (scenario.lots[0].brand, check(scenario)) == ("Linden", ())


def test_what_only_the_scenario_knows_is_rejected_with_its_row_too() -> None:
    stock = read(
        HEAD,
        ["A-1", "A", "Lindan", "jacket", 10, 899],
        ["A-2", "A", "Linden", "jacket", 5, 899],
    )
    with pytest.raises(ScenarioError, match=r"sheet 库存 row 2, brand.*Did you mean 'Linden'"):
        scenario_of_list(stock, LIKE, "spring")
    scenario = scenario_of_list(stock, LIKE, "spring", leave_out_rejected=True)
    assert [lot.sku for lot in scenario.lots] == ["A-2"]


@pytest.mark.parametrize(("mark", "name"), [(";", "a.csv"), ("\t", "a.tsv"), ("|", "a.txt")])
def test_text_files_with_other_separators(mark: str, name: str) -> None:
    lines = [
        HEAD,
        ["007", "A", "Linden", "jacket", "1,200", "899"],
        ["合计", "", "", "", "1200", ""],
    ]
    text = "\r\n".join(mark.join(cells) for cells in lines)
    stock = read_stock_list(text.encode("gb18030"), LIKE, name)
    assert told(stock, "sku", "units") == [("007", 1200)]
    assert_nothing_lost(stock, 3)


def test_a_formula_and_an_error_in_a_cell_are_reasons() -> None:
    stock = read(
        HEAD,
        ["A-1", "A", "Linden", "jacket", "=5+5", 899],
        ["A-2", "A", "Linden", "jacket", 5, "#N/A"],
    )
    assert [found.row for found in stock.rejected] == [2, 3]
    assert "no saved value" in stock.rejected[0].problem


def test_a_layout_can_say_which_columns_are_sizes() -> None:
    rows = [
        ["货号", "品牌", "品类", "吊牌价", "小", "大"],
        ["A", "Linden", "jacket", 899, 3, 4],
    ]
    book = openpyxl.Workbook()
    made = sheet(book, "库存", rows)
    assert made.max_row == 2
    stock = read_stock_list(saved(book), LIKE, "list.xlsx")
    assert [found.field for found in stock.findings] == ["units"]
    layout = stock.layouts[0]
    for column in (4, 5):
        layout = with_field(layout, column, UNITS_OF_SIZE)
    stock = read(*rows, layouts=[layout])
    assert told(stock, "sku", "units") == [("A-小", 3), ("A-大", 4)]
