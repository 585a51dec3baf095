"""The language is switched in a real browser, and no screen mixes the two."""

from __future__ import annotations

import re
from typing import Any

import pytest

from planner.io import load_scenario
from tests.browser.conftest import ROOT

SENTENCE = re.compile(r"[A-Za-z]{2,}(?:[ ,]+[A-Za-z]{2,}){2,}")
"""Three English words in a row."""
PAGES = ("", "markets", "data", "shipments", "assumptions", "new")
OWN = "".join(
    load_scenario(ROOT / "scenarios" / name).model_dump_json()
    for name in ("quickstart", "surplus-2026")
)
"""The scenarios' own texts, which stand in every language as they were written."""


def english_on(visitor: Any) -> list[str]:
    """Lines of the page with an English sentence that is not the scenario's."""
    lines = visitor.page.get_by_test_id("stMain").inner_text().splitlines()
    said = (found.group() for line in lines for found in SENTENCE.finditer(line))
    return [text for text in said if text not in OWN]


def test_the_switch_turns_the_whole_page_and_the_address_keeps_it(visitor: Any) -> None:
    visitor.open("data")
    visitor.sees("Scenario data")
    visitor.page.get_by_text("中文", exact=True).click()
    visitor.sees("情景数据")
    visitor.idle()
    assert "lang=zh" in visitor.page.url
    assert english_on(visitor) == []
    visitor.picture("chinese-data")
    visitor.page.reload()
    visitor.sees("与基础相比")
    visitor.page.get_by_text("English", exact=True).click()
    visitor.sees("Scenario data")


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_mixed(visitor: Any, page: str) -> None:
    visitor.open(page, "quickstart&lang=zh")
    visitor.page.get_by_role("link", name="情景数据").first.wait_for()
    visitor.idle()
    visitor.picture(f"chinese-{page or 'plan'}")
    assert english_on(visitor) == []
