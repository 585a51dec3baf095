"""What a grid reports becomes changes, each once, on the right row."""

from typing import Any

import pytest

from planner.domain.stories import STORIES
from planner.store import Sheets
from planner.ui.bulk import Action, Bulk, where
from planner.ui.edits import Grid, marks
from planner.ui.locks import LockKind, Scope, locks_on
from planner.ui.what_if import LABELS
from tests.exhibits import tiny_scenario


@pytest.fixture
def sheets() -> Sheets:
    return Sheets(tiny_scenario())


def report(**parts: Any) -> dict[str, Any]:
    return {"edited_rows": {}, "added_rows": [], "deleted_rows": []} | parts


def lots(sheets: Sheets) -> Grid:
    return Grid.of("lots", list(sheets.now["lots"].rows.values()))


def taken(grid: Grid, sheets: Sheets, **parts: Any) -> list[str]:
    """The changes of a report in words, made on the rows."""
    changes, _ = grid.take_in(report(**parts), sheets.now[grid.table])
    sheets.make(changes)
    return [str(change) for change in changes]


def test_the_same_report_twice_is_taken_in_once(sheets: Sheets) -> None:
    grid = lots(sheets)
    assert taken(grid, sheets, edited_rows={1: {"units": 25.0}}) == ["lots L2, units: 80 -> 25"]
    assert taken(grid, sheets, edited_rows={1: {"units": 25.0}}) == []
    both = {1: {"units": 25.0}, 2: {"units": 9.0}}
    assert taken(grid, sheets, edited_rows=both) == ["lots L3, units: 60 -> 9"]


def test_what_others_did_since_is_not_undone_by_an_old_report(sheets: Sheets) -> None:
    grid = lots(sheets)
    taken(grid, sheets, edited_rows={1: {"units": 25.0}})
    sheets.now["lots"].make(Bulk("lots", "units", Action.SET, "77").changes(
        [sheets.now["lots"].find(("L2",)) or {}])[0])  # fmt: skip
    assert taken(grid, sheets, edited_rows={1: {"units": 25.0}, 0: {"units": 1.0}}) == [
        "lots L1, units: 120 -> 1"
    ]
    assert (sheets.now["lots"].find(("L2",)) or {})["units"] == 77


def test_a_cell_put_back_is_no_difference(sheets: Sheets) -> None:
    grid = lots(sheets)
    taken(grid, sheets, edited_rows={1: {"units": 25}})
    assert taken(grid, sheets, edited_rows={1: {"units": 80}}) == ["lots L2, units: 25 -> 80"]
    assert not list(sheets.differences())


def test_cells_come_as_the_scenario_keeps_them(sheets: Sheets) -> None:
    grid = lots(sheets)
    cells = {"expiry": "2027-01-31T00:00:00.000Z", "labels": "CN; EN;VN", "hs_code": None}
    taken(grid, sheets, edited_rows={0: cells})
    row = sheets.now["lots"].find(("L1",)) or {}
    assert (row["expiry"], row["labels"], row["hs_code"]) == ("2027-01-31", ("CN", "EN", "VN"), "")


def test_a_renamed_row_is_edited_under_its_new_name(sheets: Sheets) -> None:
    grid = lots(sheets)
    taken(grid, sheets, edited_rows={0: {"lot": "X1", "units": 5}})
    assert taken(grid, sheets, edited_rows={0: {"lot": "X1", "units": 6}}) == [
        "lots X1, units: 5 -> 6"
    ]


def test_a_name_that_is_taken_is_refused_in_a_sentence(sheets: Sheets) -> None:
    changes, problems = lots(sheets).take_in(
        report(edited_rows={0: {"lot": "L2"}}), sheets.now["lots"]
    )
    assert not changes
    assert problems == ["lots L1, lot: L1 -> L2. A row 'L2' is there already."]


def test_a_new_row_waits_for_its_name_and_can_be_edited_and_taken_out(sheets: Sheets) -> None:
    grid = Grid.of("currencies", list(sheets.now["currencies"].rows.values()))
    assert taken(grid, sheets, added_rows=[{"name": "Pound"}]) == []
    assert grid.waiting == 1
    (new,) = taken(grid, sheets, added_rows=[{"name": "Pound", "currency": "GBP"}])
    assert new.startswith("currencies GBP: new (currency GBP, name Pound")
    assert grid.waiting == 0
    cells = {"name": "Sterling", "currency": "GBP"}
    assert taken(grid, sheets, added_rows=[cells]) == ["currencies GBP, name: Pound -> Sterling"]
    assert taken(grid, sheets, added_rows=[]) == ["currencies GBP: taken out"]


def test_rows_taken_out_leave_the_others_in_place(sheets: Sheets) -> None:
    grid = lots(sheets)
    assert taken(grid, sheets, deleted_rows=[0]) == ["lots L1: taken out"]
    edited = {2: {"units": 99}}
    assert taken(grid, sheets, deleted_rows=[0], edited_rows=edited) == ["lots L3, units: 60 -> 99"]


def test_the_marks_say_what_differs_from_the_base(sheets: Sheets) -> None:
    grid = lots(sheets)
    taken(grid, sheets, edited_rows={1: {"units": 25, "tag": 100.0}})
    assert marks(grid, sheets.now["lots"], sheets.before["lots"]) == [
        "",
        "units was 80; tag was 599",
        "",
    ]


def test_the_header_is_read_from_text(sheets: Sheets) -> None:
    fields = list(sheets.now["scenario"].find(()) or {})
    grid = Grid.of("scenario", list(sheets.now["scenario"].rows.values()))
    edited = {
        fields.index("insurance_rate"): {"value": "1%"},
        fields.index("periods"): {"value": "x"},
    }
    assert sorted(taken(grid, sheets, edited_rows=edited)) == [
        "scenario, insurance_rate: 0 -> 0.01",
        "scenario, periods: 3 -> x",
    ]
    assert [finding.field for finding in sheets.findings] == ["periods"]


@pytest.mark.parametrize(
    ("action", "amount", "new"),
    [
        (Action.SET, "7", 7),
        (Action.RAISE, "-10", 72),
        (Action.RAISE, "12,5%", 90),
        (Action.ADD, "5", 85),
    ],
)
def test_a_bulk_edit_reckons_whole_units(
    sheets: Sheets, action: Action, amount: str, new: int
) -> None:
    rows = where(sheets.now["lots"].rows.values(), {"lot": ["L2"]})
    (change,) = Bulk("lots", "units", action, amount).changes(rows)
    assert (change.key, change.new) == (("L2",), new)


def test_a_bulk_edit_of_what_is_no_number_changes_nothing(sheets: Sheets) -> None:
    rows = list(sheets.now["lots"].rows.values())
    assert Bulk("lots", "units", Action.RAISE, "much").changes(rows) == []


LINE = {"lot": "L1", "market": "SG", "channel": "SG-SHOP", "units": 40, "rungs": "R100;R120"}


@pytest.mark.parametrize(
    ("kind", "scope", "said"),
    [
        (LockKind.MIN_UNITS, Scope.CELL, {"lots": ("L1",), "channels": ("SG-SHOP",), "units": 40}),
        (LockKind.BAN, Scope.MARKET, {"lots": (), "markets": ("SG",), "units": None}),
        (LockKind.BAN, Scope.LOT, {"lots": ("L1",), "channels": (), "markets": ()}),
        (LockKind.PRICE, Scope.CELL, {"rungs": ("R100", "R120"), "units": None}),
    ],
)
def test_a_line_of_the_plan_becomes_a_lock(
    sheets: Sheets, kind: LockKind, scope: Scope, said: dict[str, object]
) -> None:
    (change,) = locks_on([LINE], kind, scope, None, "as agreed", sheets.now["locks"])
    assert isinstance(change.new, dict)
    assert said.items() <= change.new.items()
    assert change.new["note"] == "as agreed"
    sheets.make([change])
    (again,) = locks_on([LINE], kind, scope, None, "", sheets.now["locks"])
    assert again.key != change.key, "a second one has a name of its own"


def test_every_story_has_a_label() -> None:
    assert set(LABELS) == {story.name for story in STORIES}
