"""The data dictionary names every field, in both languages, and the page is up to date."""

from __future__ import annotations

from pathlib import Path

from planner.domain.scenario import TABLES
from planner.io.dictionary import dictionary, markdown

PAGE = Path(__file__).parents[2] / "docs" / "data-dictionary.md"


def test_the_page_is_up_to_date() -> None:
    advice = "run: python -m planner.io.dictionary > docs/data-dictionary.md"
    assert PAGE.read_text("utf-8") == markdown(), advice


def test_every_field_has_its_line() -> None:
    words = dictionary()
    for table, record in TABLES.items():
        assert list(words.loc[words["table"] == table, "field"]) == list(record.model_fields)


def test_every_field_is_explained_in_both_languages() -> None:
    words = dictionary()
    for column in ("type", "meaning_en", "meaning_zh", "table_meaning"):
        assert (words[column].str.len() > 0).all(), column
    assert words["meaning_zh"].str.contains("[\u4e00-\u9fff]").all()


def test_types_and_defaults_are_plain_words() -> None:
    rows = dictionary().to_dict("records")
    words = {(row["table"], row["field"]): row for row in rows}
    assert words["legs", "mode"]["type"].startswith("one of: truck, road")
    assert words["lots", "units"]["type"] == "whole number, 0 or more"
    assert words["lots", "size_curve"]["type"] == "number, 0 to 1"
    assert words["lots", "tag"]["type"] == "number above 0"
    assert words["lots", "origin_label"]["default"] == "1"
    assert words["scenario", "start_date"]["required"]
