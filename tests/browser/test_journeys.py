"""What people do in a day at the workbench, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook

from planner.io import load_scenario
from tests.browser.conftest import ROOT

BASE = load_scenario(ROOT / "scenarios" / "quickstart")
FIELDS = list(type(BASE.lots[0]).model_fields)
UNITS, TAG = (1 + FIELDS.index(name) for name in ("units", "tag"))
"""Columns of the grid: the mark of what changed stands after the key."""


def test_edit_undo_redo_and_reload_in_mid_edit(visitor: Any) -> None:
    visitor.open("data")
    for down, text in enumerate(("111", "222", "333")):
        visitor.type_cell(down, UNITS, text)
    visitor.sees("3 differences from the base")
    visitor.sees("quickstart, edited")
    visitor.picture("edited")
    visitor.press("Undo")
    visitor.sees("2 differences from the base")
    visitor.page.keyboard.press("Control+Alt+z")
    visitor.sees("1 difference from the base")
    visitor.press("Redo")
    visitor.sees("2 differences from the base")
    visitor.page.reload()
    visitor.sees("2 differences from the base")
    visitor.idle()
    visitor.press("Undo")
    visitor.sees("1 difference from the base")


def test_a_name_is_kept_by_its_browser_so_undo_knows_its_own_after_a_reload(
    visitors: Callable[[], Any],
) -> None:
    ann, bob = visitors(), visitors()
    ann.open("data")
    ann.press("You")
    ann.page.get_by_role("textbox", name="Your name").fill("Ann O'Hara; 安")
    ann.page.get_by_role("textbox", name="Your name").press("Enter")
    ann.idle()
    ann.page.keyboard.press("Escape")
    ann.type_cell(0, UNITS, "111")
    ann.sees("1 difference from the base")
    ann.page.reload()
    ann.sees("1 difference from the base")
    ann.idle()
    bob.open("data", ann.source())
    bob.sees("1 difference from the base")
    assert bob.page.get_by_role("button", name="Undo").first.is_disabled(), "the step is Ann's"
    ann.press("You")
    assert ann.page.get_by_role("textbox", name="Your name").input_value() == "Ann O'Hara; 安"
    ann.page.keyboard.press("Escape")
    ann.press("Undo 1")
    ann.sees("0 differences from the base")


def test_a_paste_of_many_cells_is_one_step(visitor: Any) -> None:
    visitor.open("data")
    visitor.paste_cells(0, UNITS, "\n".join(str(1000 + n) for n in range(8)))
    visitor.sees("8 differences from the base")
    visitor.press("Undo")
    visitor.sees("0 differences from the base")


def test_bulk_edit_changes_the_rows_chosen(visitor: Any) -> None:
    page = visitor.page
    visitor.open("data")
    visitor.press("Bulk edit")
    page.get_by_role("combobox", name="Only rows chosen by").click()
    page.get_by_role("option", name="brand", exact=True).click()
    page.keyboard.press("Tab")  # closes the list
    visitor.idle()
    page.get_by_role("combobox", name="brand", exact=True).click()
    page.get_by_role("option", name="ALTA").click()
    page.keyboard.press("Tab")
    visitor.idle()
    page.get_by_role("combobox", name="Field", exact=True).fill("units")
    page.get_by_role("option", name="units", exact=True).click()
    visitor.idle()
    page.get_by_role("combobox", name="Action").click()
    page.get_by_role("option", name="raise by %").click()
    visitor.idle()
    page.get_by_label("Amount").fill("10")
    page.get_by_label("Amount").press("Enter")
    visitor.idle()
    altas = [lot for lot in BASE.lots if lot.brand == "ALTA"]
    visitor.picture("bulk")
    visitor.press(f"Change {len(altas)} cells")
    visitor.sees(f"{len(altas)} differences from the base")


def test_paste_from_excel_shows_what_it_changes_and_rejects(visitor: Any) -> None:
    visitor.open("data")
    visitor.press("Paste from Excel")
    block = "lot\ttag\tunits\nA01\t1.234,50\t5\nA02\t999,00\tmany\n"
    visitor.page.get_by_label("Cells").fill(block)
    visitor.page.get_by_label("Cells").press("Control+Enter")
    visitor.sees("3 cells changed, 0 new rows")
    visitor.sees("1 rejected")
    visitor.picture("paste")
    visitor.press("Paste 3 changes")
    visitor.sees("3 differences from the base")


def test_lock_a_line_and_plan_anew(visitor: Any) -> None:
    page = visitor.page
    visitor.open()
    visitor.solved()
    before = visitor.value()
    grid = page.get_by_role("region", name="Lines of the plan")
    grid.scroll_into_view_if_needed()
    visitor.idle()
    box = grid.locator("canvas").first.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 52)
    visitor.idle()
    page.get_by_role("combobox", name="Decision").click()
    page.get_by_role("option", name="ban").click()
    visitor.idle()
    visitor.picture("before the lock")
    visitor.press("Set 1 lock")
    page.get_by_role("button", name="Undo 1").wait_for()
    visitor.solved()
    visitor.sees("against the last plan")
    assert visitor.value() != before
    visitor.picture("locked")


def test_two_people_see_each_other_and_lose_nothing(visitors: Callable[[], Any]) -> None:
    ann, bob = visitors(), visitors()
    ann.open("data")
    ann.type_cell(0, UNITS, "111")
    ann.sees("1 difference from the base")
    bob.open("data", ann.source())
    bob.sees("1 difference from the base")
    ann.type_cell(1, UNITS, "222")
    ann.sees("2 differences from the base")
    bob.type_cell(1, UNITS, "333")
    bob.sees("Two values for one cell")
    bob.picture("conflict")
    bob.press("Use mine")
    bob.page.get_by_text("Two values for one cell").first.wait_for(state="detached")
    ann.type_cell(2, UNITS, "444")
    ann.sees("3 differences from the base")
    bob.go("Plan")
    bob.go("Scenario data")
    bob.sees("3 differences from the base")


def test_the_first_minute(visitor: Any, tmp_path: Path) -> None:
    """From opening the app to a workbook that answers 'what if a rate falls 12 %': three clicks."""
    page = visitor.page
    page.goto(visitor.address)
    visitor.solved()
    visitor.sees("surplus-2026")
    visitor.picture("first sight")
    page.goto(f"{visitor.address}/?scenario=quickstart")
    visitor.solved()
    before = visitor.value()
    visitor.pick("VND")
    visitor.press("Try it")
    visitor.sees("against the last plan")
    visitor.solved()
    assert visitor.value() != before
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download the workbook").click()
    target = tmp_path / "plan.xlsx"
    waiting.value.save_as(target)
    assert load_workbook(BytesIO(target.read_bytes()), read_only=True).sheetnames
    visitor.picture("what if")


def test_a_stock_list_becomes_a_scenario(visitor: Any, tmp_path: Path) -> None:
    """Columns in Chinese are recognised; a row that cannot be read stands beside the others."""
    page = visitor.page
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["SKU", "品牌", "品类", "数量", "吊牌价", "季节", "年份", "仓库"])
    for lot in BASE.lots[:3]:
        goods = (lot.brand, lot.category, 500, 299, lot.season, 2025, lot.origin)
        sheet.append([f"N-{lot.lot}", *goods])
    bad = BASE.lots[3]
    sheet.append(["N-bad", bad.brand, bad.category, "many", 299, bad.season, 2025, bad.origin])
    book.save(tmp_path / "my stock.xlsx")
    visitor.open()
    visitor.go("New scenario")
    page.get_by_role("combobox", name="As in").click()
    page.get_by_role("option", name="quickstart").click()
    visitor.idle()
    page.locator("input[type=file]").last.set_input_files(tmp_path / "my stock.xlsx")
    visitor.sees("3 accepted")
    visitor.sees("1 rejected")
    visitor.idle()
    visitor.picture("new scenario")
    page.get_by_text("Leave out 1 rejected row").click()
    visitor.idle()
    visitor.press("Make the scenario")
    visitor.sees("0 differences from the base")
    visitor.sees("my stock")
    visitor.sees("3 rows")


def test_cancel_keeps_the_best_plan_so_far(visitor: Any) -> None:
    page = visitor.page
    visitor.open(scenario="surplus-2026")
    visitor.solved()
    before = visitor.value()
    visitor.pick("ZAR")
    visitor.press("Try it")
    page.get_by_role("button", name="Cancel").click()
    visitor.sees("The solve was cancelled")
    visitor.idle()
    assert visitor.value()
    visitor.picture("cancelled")
    visitor.press("Undo 1")
    visitor.sees("Redo 1")
    visitor.idle()
    assert visitor.value() == before, "the plan of the data as they were is shown again at once"
