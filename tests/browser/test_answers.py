"""Comparing markets and plans, and asking why not, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from planner.io import load_scenario
from tests.browser.conftest import ROOT

BASE = load_scenario(ROOT / "scenarios" / "quickstart")
UNITS = 1 + list(type(BASE.lots[0]).model_fields).index("units")
"""Column of the grid: the mark of what changed stands after the key."""
SEARCH_PATIENCE = 300_000
"""Up to two dozen plans are made before a change is proven."""


def worked_out(visitor: Any) -> None:
    """Waits until nothing is being worked out behind the page."""
    visitor.page.get_by_role("button", name="Stop").wait_for(state="detached")
    visitor.idle()


def test_markets_are_compared_and_the_link_shows_the_same(visitor: Any) -> None:
    page = visitor.page
    visitor.open()
    visitor.solved()
    visitor.go("Markets")
    visitor.pick("On the same goods")
    visitor.sees("comes first, at")
    visitor.sees("Figure by figure")
    assert "markets=" in page.url
    visitor.picture("markets on the same goods")
    link = page.url.replace("CN-T4%2C", "").replace("CN-T4,", "")
    page.goto(link)
    visitor.sees("Figure by figure")
    chosen = page.get_by_test_id("stMultiSelect").first.inner_text()
    assert "VN" in chosen
    assert "CN-T4" not in chosen
    worked_out(visitor)
    tables = page.get_by_role("button", name="Download this table")
    tables.nth(1).wait_for()  # the lots too: while one is drawn anew the other stands first
    with page.expect_download() as waiting:
        tables.first.click()
    assert waiting.value.suggested_filename == "markets-figures.csv"


def test_why_not_there_and_the_flip_applied(visitor: Any) -> None:
    page = visitor.page
    visitor.open()
    visitor.solved()
    page.goto(f"{visitor.address}/explain?scenario=quickstart&lot=A03&market=VN")
    visitor.sees("A03 in VN: closed by")
    visitor.picture("why not there")
    visitor.press("Find the smallest change")
    page.get_by_role("button", name="Apply this change").wait_for(timeout=SEARCH_PATIENCE)
    visitor.picture("the smallest change")
    visitor.press("Apply this change")
    page.get_by_role("button", name="Undo 1").wait_for()
    page.get_by_text("A03 in VN:").filter(has_text="units, worth").first.wait_for()
    worked_out(visitor)
    visitor.picture("flipped")


def test_two_plans_are_compared_with_a_bridge(visitor: Any) -> None:
    visitor.open("data")
    visitor.type_cell(1, UNITS, "123")
    visitor.sees("1 difference from the base")
    visitor.go("Plan")
    visitor.solved()
    visitor.go("Compare plans")
    page = visitor.page
    ask = page.get_by_role("button", name="Plan 'quickstart")
    added_up = page.get_by_text("The causes add up to the difference")
    ask.or_(added_up).first.wait_for()
    if ask.count():
        ask.click()
    added_up.wait_for()
    visitor.sees("with 0.00 CNY left over")
    visitor.picture("two plans")


@pytest.mark.parametrize("picture", ["map", "sankey", "heat", "calendar", "hubs"])
def test_pictures_are_drawn_without_a_fault(visitor: Any, picture: str) -> None:
    visitor.open()
    visitor.solved()
    visitor.page.goto(f"{visitor.address}/pictures?scenario=quickstart&picture={picture}")
    visitor.page.get_by_test_id("stPlotlyChart").first.wait_for()
    worked_out(visitor)
    visitor.picture(f"picture {picture}")
