"""In Chinese no page says an English sentence, whatever it shows."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from planner.io import load_scenario
from planner.language import CHINESE, speaking
from tests.ui.test_pages import PAGES, ROOT, go, solved, workbench

__all__ = ["workbench"]
SENTENCE = re.compile(r"[A-Za-z]{2,}(?:[ ,]+[A-Za-z]{2,}){2,}")
"""Three English words in a row."""
HEADING = re.compile(r"[A-Za-z]{3,}")
NAMES = ("CNY", "HS", "FOB", "CO2e", "cbm", "sku")
"""What a Chinese heading may hold: currencies, terms of trade, units."""
ALLOWED_SENTENCES: tuple[str, ...] = ()
"""English sentences a Chinese page may say: none but those of the scenario itself."""
CODED = ("source", "note", "stated", "description")
"""Columns that hold the scenario's own texts."""


@pytest.fixture(scope="module")
def own() -> list[str]:
    """Texts of the scenario, which are shown as they stand; the longest first."""
    scenario = load_scenario(ROOT / "scenarios" / "quickstart")
    return sorted(set(_strings(scenario.model_dump(mode="json"))), key=len, reverse=True)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _strings(each)


def chinese_app() -> AppTest:
    """The app in Chinese with quickstart open and nothing solved."""
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=180)
    at.query_params["scenario"] = "quickstart"
    at.query_params["lang"] = CHINESE
    at.session_state["live"] = False
    return at.run()


def shown(at: AppTest) -> Iterator[str]:
    """Every text of the page: labels, helps, sentences, options and cells."""
    for block in _blocks(at._tree):
        proto = getattr(block, "proto", None)
        for name in ("label", "help", "placeholder", "body", "text"):
            text = getattr(proto, name, "")
            if isinstance(text, str) and not text.startswith("<style"):
                yield text
        yield from map(str, getattr(block, "options", ()))
    for frame in at.dataframe:
        for name in frame.value.columns:
            if name not in CODED:
                yield from frame.value[name].dropna().astype(str).unique()


def headings(at: AppTest) -> Iterator[str]:
    """Headings of every table of the page."""
    for frame in at.dataframe:
        for told in json.loads(frame.proto.columns or "{}").values():
            yield str(told.get("label") or "")


def _blocks(block: Any) -> Iterator[Any]:
    for child in getattr(block, "children", {}).values():
        yield child
        yield from _blocks(child)


def english_in(texts: Iterator[str], own: list[str]) -> list[str]:
    """The texts with an English sentence that is not the scenario's own."""
    found = []
    for text in texts:
        rest = text.replace("\\", "")
        for name in own:
            rest = rest.replace(name, "·") if SENTENCE.search(rest) else rest
        if SENTENCE.search(rest) and text not in ALLOWED_SENTENCES:
            found.append(text)
    return found


def test_an_english_sentence_would_be_seen() -> None:
    assert english_in(
        iter(["Nothing is solved yet", "方案 Alta wool coat"]), ["Alta wool coat"]
    ) == ["Nothing is solved yet"]


def test_no_page_says_an_english_sentence_in_chinese(own: list[str]) -> None:
    with speaking(CHINESE):
        at = solved(chinese_app(), "求解", "取消")
        assert [button for button in at.button if button.label == "求解"]
        wrong = {}
        for page in PAGES:
            go(at, page.stem)
            worked_out(at)
            assert not at.exception, page.stem
            wrong |= english_of(at, own, page.stem)
    assert not wrong


def test_no_picture_says_an_english_sentence_in_chinese(own: list[str]) -> None:
    """Their titles state findings, made of the plan; those that need plans made again are left out."""
    with speaking(CHINESE):
        at = solved(chinese_app(), "求解", "取消")
        go(at, "pictures")
        wrong = {}
        for name in ("map", "sankey", "waterfall", "heat", "calendar", "hubs", "boxes"):
            at.button_group(key="in address picture").set_value(name).run()
            worked_out(at)
            assert not at.exception, name
            wrong |= english_of(at, own, name)
    assert not wrong


def worked_out(at: AppTest) -> None:
    """Waits until nothing is worked out behind the page."""
    deadline = time.monotonic() + 180
    while any(button.label == "停止" for button in at.button):
        assert time.monotonic() < deadline, "the answer has not come"
        time.sleep(0.1)
        at.run()


def english_of(at: AppTest, own: list[str], name: str) -> dict[str, list[str]]:
    """English sentences and headings of a page, under its name."""
    found = english_in(shown(at), own)
    found += [text for text in headings(at) if HEADING.search(re.sub("|".join(NAMES), "", text))]
    return {name: found} if found else {}


def test_the_language_is_chosen_in_the_bar_and_kept_in_the_address() -> None:
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    at.query_params["scenario"] = "quickstart"
    at.session_state["live"] = False
    at.run()
    assert any(button.label == "Solve" for button in at.button)
    at.button_group(key="language chosen").set_value(CHINESE)
    at.run()
    assert any(button.label == "求解" for button in at.button)
    assert at.query_params["lang"] in (CHINESE, [CHINESE])
