"""What a grid reports becomes edits beside the table, never in it."""

from datetime import date

import pandas as pd

from planner.ui.edits import Edits, combine, edited_rows, in_words, rows_of

KINDS = {"lot": str, "units": int, "expiry": date}
ROWS = rows_of(
    pd.DataFrame(
        {
            "lot": ["A", "B", "C"],
            "units": [10, 20, 30],
            "expiry": pd.to_datetime([None, "2027-01-31", None]),
        }
    )
)


def edit(report: dict[str, object], before: Edits | None = None) -> Edits:
    return combine(ROWS, KINDS, before or Edits(), report)


def test_the_same_report_twice_gives_the_same_edits() -> None:
    report = {"edited_rows": {1: {"units": 25.0}}, "added_rows": [{"lot": "D", "_index": 3}]}
    assert edit(report) == edit(report)
    assert edit(report).count == 2


def test_a_cell_put_back_is_no_edit() -> None:
    changed = edit({"edited_rows": {1: {"units": 25}}})
    assert changed.count == 1
    assert edit({"edited_rows": {1: {"units": 20}}}, changed).count == 0


def test_a_date_typed_as_text_becomes_a_date() -> None:
    assert edit({"edited_rows": {1: {"expiry": "2027-01-31T00:00:00.000Z"}}}).count == 0
    assert edit({"edited_rows": {0: {"expiry": "2027-01-31"}}}).changed == {
        (0, "expiry"): date(2027, 1, 31)
    }


def test_a_grid_drawn_after_a_row_was_taken_out_edits_the_right_row() -> None:
    without_first = edit({"deleted_rows": [0]})
    edits = edit({"edited_rows": {0: {"units": 99}}}, without_first)
    assert edited_rows(ROWS, edits)[0] == {"lot": "B", "units": 99, "expiry": date(2027, 1, 31)}


def test_a_new_row_can_be_edited_and_taken_out_again() -> None:
    added = edit({"added_rows": [{"lot": "D"}]})
    assert edited_rows(ROWS, edit({"edited_rows": {3: {"units": 5}}}, added))[-1] == {
        "lot": "D",
        "units": 5,
    }
    assert edit({"deleted_rows": [3]}, added).count == 0


def test_changes_are_told_in_words() -> None:
    edits = edit({"edited_rows": {1: {"units": 25}}, "deleted_rows": [2]})
    assert [tuple(word.values()) for word in in_words("lots", ROWS, edits, ("lot",))] == [
        ("lots", "B", "units", "20", "25"),
        ("lots", "C", "whole row", "there", "taken out"),
    ]
