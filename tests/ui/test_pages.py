"""Every page of the app, run without a browser."""

import ast
import time
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from planner.domain.scenario import TABLES
from planner.store import Store, store_file
from tests.report.exhibit_plan import every_scenario

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "planner" / "ui" / "pages").glob("*.py"))
FORBIDDEN_CALLS = {"groupby", "merge", "pivot", "pivot_table", "agg"}


@pytest.fixture(autouse=True)
def workbench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workbench of its own for every test."""
    monkeypatch.setenv("PLANNER_STORE", str(tmp_path / "workbench.sqlite"))


def opened(scenario: str = "", *, live: bool = False) -> AppTest:
    """The app with a scenario open; unless it is live, nothing is solved before Solve is pressed."""
    at = AppTest.from_file(str(ROOT / "streamlit_app.py"), default_timeout=60)
    if scenario:
        at.query_params["scenario"] = scenario
    at.session_state["live"] = live
    return at.run()


@pytest.fixture
def app() -> AppTest:
    """The app with quickstart open and nothing solved in it."""
    return opened("quickstart")


def go(at: AppTest, page: str) -> AppTest:
    return at.switch_page(f"planner/ui/pages/{page}.py").run()


def desk(at: AppTest) -> Any:
    return at.session_state["desks"][at.session_state["source"]]


def edit(at: AppTest, table: str, **report: Any) -> AppTest:
    """Edits the grid as the browser would report it; the frame follows with the next run."""
    key = desk(at).grid_key(table)
    at.session_state[key] = {"edited_rows": {}, "added_rows": [], "deleted_rows": []} | report
    return at.run().run()


def button(at: AppTest, label: str) -> Any:
    return next(found for found in at.button if found.label == label)


def search(at: AppTest) -> Any:
    return next(found for found in at.text_input if found.label == "Search lots")


def texts(at: AppTest) -> str:
    kinds = (at.markdown, at.caption, at.info, at.warning, at.error, at.success)
    return "\n".join(str(element.value) for kind in kinds for element in kind).replace("\\", "")


def solved(at: AppTest, solve: str = "Solve", cancel: str = "Cancel") -> AppTest:
    """Presses Solve and waits for the plan."""
    at.run()
    if not button(at, solve).disabled:
        button(at, solve).click().run()
    deadline = time.monotonic() + 180
    while any(found.label == cancel for found in at.button):
        assert time.monotonic() < deadline, "the solve has not ended"
        time.sleep(0.2)
        at.run()
    return at


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_page_opens_before_a_plan_exists(app: AppTest, page: Path) -> None:
    go(app, page.stem)
    assert not app.exception
    assert not app.error


def test_the_first_visit_opens_the_large_scenario_already_solved() -> None:
    at = opened(live=True)
    assert at.selectbox(key="picker 0").value == "surplus-2026"
    assert {metric.label for metric in at.metric} >= {"Plan value", "Units shipped"}
    assert not [found for found in at.button if found.label == "Cancel"], "nothing has to be solved"
    assert not at.exception


def test_an_unknown_scenario_in_the_address_is_told() -> None:
    at = opened("../../etc/passwd")
    assert "There is no scenario named" in texts(at)
    assert at.selectbox(key="picker 0").value == "surplus-2026"


def test_an_edited_cell_changes_the_scenario_and_is_told_in_words(app: AppTest) -> None:
    go(app, "data")
    before = desk(app).scenario.lots[1].units
    edit(app, "lots", edited_rows={1: {"units": 123}})
    assert desk(app).scenario.lots[1].units == 123
    assert "1 difference from the base" in texts(app)
    line = list(app.dataframe[-1].value.iloc[0])
    assert line[:6] == ["lots", "A02", "units", str(before), "123", "Guest"]
    assert desk(app).marks("lots")[1] == f"units was {before}"


def test_the_first_edit_of_a_shipped_scenario_makes_a_copy(app: AppTest) -> None:
    go(app, "data")
    edit(app, "lots", edited_rows={1: {"units": 123}})
    assert "quickstart, edited" in texts(app)
    again = opened("quickstart")
    assert desk(again).scenario.lots[1].units != 123
    shared = opened(app.session_state["source"])
    assert desk(shared).scenario.lots[1].units == 123, "its address opens it elsewhere"


def test_edits_outlive_a_switch_of_page_and_of_table(app: AppTest) -> None:
    go(app, "data")
    edit(app, "lots", edited_rows={1: {"units": 123}})
    go(app, "plan")
    go(app, "data")
    app.selectbox(key="table").set_value("brands").run()
    edit(app, "brands", edited_rows={0: {"segment": "coats"}})
    app.selectbox(key="table").set_value("lots").run()
    edit(app, "lots", edited_rows={1: {"units": 123}, 2: {"units": 456}})
    assert [lot.units for lot in desk(app).scenario.lots[1:3]] == [123, 456]
    assert desk(app).scenario.brands[0].segment == "coats"


def test_rows_can_be_added_and_taken_out_and_everything_reverted(app: AppTest) -> None:
    go(app, "data")
    app.selectbox(key="table").set_value("currencies").run()
    rows = len(desk(app).base.currencies)
    edit(app, "currencies", added_rows=[{"currency": "GBP", "price_decimals": 2}])
    assert len(desk(app).scenario.currencies) == rows + 1
    button(app, "Revert everything").click().run()
    assert desk(app).scenario == desk(app).base
    assert "0 differences from the base" in texts(app)


def test_a_new_row_without_a_name_waits_and_says_so(app: AppTest) -> None:
    go(app, "data")
    app.selectbox(key="table").set_value("currencies").run()
    edit(app, "currencies", added_rows=[{"name": "Pound"}])
    assert "1 new row not saved yet" in texts(app)
    edit(app, "currencies", added_rows=[{"name": "Pound", "currency": "GBP"}])
    assert desk(app).scenario.currencies[-1].name == "Pound"


def test_undo_and_redo_count_the_steps(app: AppTest) -> None:
    go(app, "data")
    edit(app, "lots", edited_rows={1: {"units": 123}})
    edit(app, "lots", edited_rows={1: {"units": 123}, 2: {"units": 456}})
    button(app, "Undo 2").click().run()
    assert desk(app).scenario.lots[2] == desk(app).base.lots[2]
    button(app, "Undo 1").click().run()
    assert desk(app).scenario == desk(app).base
    button(app, "Redo 2").click().run()
    assert desk(app).scenario.lots[1].units == 123
    assert button(app, "Redo 1")


def test_undo_outlives_a_reload(app: AppTest) -> None:
    go(app, "data")
    edit(app, "lots", edited_rows={1: {"units": 123}})
    again = opened(app.session_state["source"])
    button(again, "Undo 1").click().run()
    assert desk(again).scenario == desk(again).base


def test_a_grid_narrowed_by_words_edits_the_right_row(app: AppTest) -> None:
    go(app, "data")
    app.text_input(key="words").set_value("B03").run()
    edit(app, "lots", edited_rows={0: {"units": 77}})
    assert {lot.lot: lot.units for lot in desk(app).scenario.lots}["B03"] == 77


def test_a_locked_scenario_cannot_be_edited_and_a_copy_can(app: AppTest) -> None:
    go(app, "data")
    edit(app, "lots", edited_rows={1: {"units": 123}})
    button(app, "Lock (read only)").click().run()
    assert "locked: read only" in texts(app)
    assert button(app, "Undo").disabled
    button(app, "Copy").click().run()
    assert "copy" in desk(app).history.name
    edit(app, "lots", edited_rows={2: {"units": 456}})
    assert [lot.units for lot in desk(app).scenario.lots[1:3]] == [123, 456]


def test_two_values_for_one_cell_are_both_shown(app: AppTest) -> None:
    go(app, "data")
    edit(app, "lots", edited_rows={1: {"units": 123}})
    other = go(opened(app.session_state["source"]), "data")
    edit(app, "lots", edited_rows={1: {"units": 124}})
    theirs = desk(other)
    late = theirs.sheets.now["lots"].find(("A02",))
    key = theirs.grid_key("lots")
    assert late["units"] == 123
    state = {"edited_rows": {1: {"units": 99}}, "added_rows": [], "deleted_rows": []}
    changes = theirs.take_in("lots", state)
    store = Store(store_file())
    saved = store.edit(other.session_state["source"], theirs.version, changes, "Bob")
    assert [(c.mine.new, c.theirs.new) for c in saved.conflicts] == [(99, 124)]
    assert key


def test_the_header_is_edited_as_a_table(app: AppTest) -> None:
    go(app, "data")
    app.selectbox(key="table").set_value("scenario").run()
    fields = list(type(desk(app).base.header).model_fields)
    edit(app, "scenario", edited_rows={fields.index("periods"): {"value": "5"}})
    assert desk(app).scenario is None or desk(app).scenario.header.periods == 5
    edit(app, "scenario", edited_rows={fields.index("title"): {"value": "Another *title*"}})
    assert desk(app).sheets.now["scenario"].find(())["title"] == "Another *title*"


def test_a_bulk_edit_changes_every_row_chosen_at_one_go(app: AppTest) -> None:
    go(app, "data")
    app.session_state["bulk edit"] = True
    app.run()
    app.multiselect(key="bulk by lots").set_value(["brand"]).run()
    app.multiselect(key="bulk lots brand").set_value(["ALTA"]).run()
    app.selectbox(key="bulk field lots").set_value("units").run()
    app.selectbox(key="bulk action lots units").set_value("raise by %").run()
    app.text_input(key="bulk amount lots units").set_value("10").run()
    altas = [lot for lot in desk(app).base.lots if lot.brand == "ALTA"]
    button(app, f"Change {len(altas)} cells").click().run()
    for lot, old in zip(desk(app).scenario.lots, desk(app).base.lots, strict=True):
        assert lot.units == (round(old.units * 1.1) if old.brand == "ALTA" else old.units)
    button(app, "Undo 1").click().run()
    assert desk(app).scenario == desk(app).base


def test_a_story_is_one_step_and_marks_the_plan_as_out_of_date(app: AppTest) -> None:
    solved(app)
    app.button_group(key="story rate_falls quickstart").set_value("VND").run()
    button(app, "Try it").click().run()
    old, new = (
        {row.currency: row.rate for row in each.exchange_rates}["VND"]
        for each in (desk(app).base, desk(app).scenario)
    )
    assert new == pytest.approx(old * 0.88)
    assert "The data have changed since this plan was made" in texts(app)
    assert button(app, "Undo 1")


def test_a_faulty_edit_shows_its_finding_and_blocks_solve(app: AppTest) -> None:
    go(app, "data")
    edit(app, "lots", edited_rows={1: {"units": -5}})
    assert "1 finding" in texts(app)
    finding = app.dataframe[1].value.iloc[0]
    assert (finding["table"], finding["row"], finding["name"]) == ("lots", 3, "A02")
    assert finding["field"] == "units"
    assert finding["remedy"]
    go(app, "plan")
    assert "1 finding" in texts(app)
    assert button(app, "Solve").disabled


def test_a_decimal_typed_into_a_count_is_a_finding_and_not_cut_off(app: AppTest) -> None:
    go(app, "data")
    edit(app, "lots", edited_rows={1: {"units": 12.7}})
    assert app.dataframe[1].value.iloc[0]["field"] == "units"


def test_solve_leads_to_a_plan_on_every_page(app: AppTest) -> None:
    solved(app)
    assert not app.exception
    assert "below the bound of" in texts(app)
    assert {metric.label for metric in app.metric} >= {"Plan value", "Units shipped"}
    for page in ("markets", "shipments", "assumptions"):
        go(app, page)
        assert not app.exception
        assert not app.info
        assert len(app.dataframe) >= 2
    assert opened("quickstart").metric, "a second visit shows the plan at once"


def test_markets_can_be_chosen_and_stand_side_by_side(app: AppTest) -> None:
    solved(app)
    go(app, "markets")
    app.multiselect(key="markets").set_value(["CN-T3", "VN"]).run()
    assert list(app.dataframe[0].value["market"]) == ["CN-T3", "VN"]
    assert list(app.dataframe[1].value.columns[2:]) == ["CN-T3", "VN", "All markets"]


def test_shipments_are_found_by_market_brand_and_words(app: AppTest) -> None:
    solved(app)
    go(app, "shipments")
    everything = len(app.dataframe[0].value)
    app.multiselect[0].set_value(["CN-T3"]).run()
    search(app).set_value("sneaker").run()
    found = app.dataframe[0].value
    assert 0 < len(found) < everything
    assert set(found["market"]) == {"CN-T3"}
    assert set(found["description"]) == {"sneaker"}
    search(app).set_value("no such thing").run()
    assert "Nothing to show" in texts(app)


def test_an_edit_after_the_plan_marks_it_as_out_of_date(app: AppTest) -> None:
    solved(app)
    go(app, "data")
    edit(app, "lots", edited_rows={1: {"units": 123}})
    go(app, "plan")
    assert "The data have changed since this plan was made" in texts(app)
    assert app.metric


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_pages_reckon_nothing(page: Path) -> None:
    """Every figure comes from planner.report: no grouping, joining or arithmetic in a page."""
    for node in ast.walk(ast.parse(page.read_text())):
        assert not isinstance(node, ast.BinOp), f"arithmetic in line {node.lineno}"
        if isinstance(node, ast.Attribute):
            assert node.attr not in FORBIDDEN_CALLS, f"{node.attr} in line {node.lineno}"


def test_nothing_is_shown_as_raw_html() -> None:
    for file in (ROOT / "planner" / "ui").rglob("*.py"):
        assert "unsafe_allow_html" not in file.read_text()


def test_picking_a_scenario_opens_it_and_keeps_the_edits_of_the_other(app: AppTest) -> None:
    go(app, "data")
    edit(app, "lots", edited_rows={1: {"units": 123}})
    mine = app.session_state["source"]
    app.selectbox(key="picker 1").set_value("surplus-2026").run()
    assert "120 rows" in texts(app)
    assert "0 differences from the base" in texts(app)
    app.selectbox(key="picker 2").set_value(mine).run()
    assert "1 difference from the base" in texts(app)
    assert not app.exception


@pytest.fixture
def every() -> AppTest:
    """The app with a scenario of the workbench open that has every table, and its plan."""
    store, scenario = Store(store_file()), every_scenario()
    base = store.keep_base(scenario.fingerprint, "every.xlsx", scenario.model_dump_json())
    return solved(opened(store.create("every", base, "Ann")))


def tables_of(at: AppTest) -> dict[str, list[str]]:
    """Columns of the table in each tab."""
    return {tab.label: list(tab.dataframe[0].value.columns) for tab in at.tabs if tab.dataframe}


def test_a_plan_with_everything_shows_it_on_every_page(every: AppTest) -> None:
    shown = tables_of(every)
    assert list(shown["What makes up the value"]) == ["value_part", "money"]
    assert "missed" in shown["Soft limits missed"]
    assert "depth_per_unit" in shown["Soft rules broken"]
    assert "reached" in shown["Goals"]
    assert "requirement" in shown["Papers and openings"]
    go(every, "shipments")
    shown = tables_of(every)
    assert "contents" in shown["Boxes"]
    assert "lot" in shown["Packing list"]
    assert "declared" in shown["Freight charges"]
    go(every, "markets").button_group(key="in address part").set_value("trade").run()
    assert "profit_per_unit" in every.dataframe[-1].value
    assert not every.exception


def test_every_table_of_a_scenario_can_be_edited(every: AppTest) -> None:
    go(every, "data")
    for name in TABLES:
        every.selectbox(key="table").set_value(name).run()
        assert not every.exception
        assert "1 row" in texts(every) or "rows" in texts(every)


def test_a_plan_without_them_has_no_empty_tabs(app: AppTest) -> None:
    solved(app)
    assert not {"Soft rules broken", "Goals"} & set(tables_of(app))
    go(app, "shipments")
    assert set(tables_of(app)) == {"Shipment plan", "Price calendar", "Sales by channel and period"}


def test_where_no_plan_is_possible_the_page_says_what_to_loosen(app: AppTest) -> None:
    go(app, "data")
    app.selectbox(key="table").set_value("locks").run()
    lock = {"lock": "push it out", "kind": "min_units", "lots": "A01", "markets": "VN"}
    edit(app, "locks", added_rows=[lock | {"units": 9000}])
    go(app, "plan")
    solved(app)
    assert [error.value.rstrip() for error in app.error] == [
        "No plan obeys every hard rule of the scenario\\."
    ]
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["rule"], row["label"]) == ("lock", "push it out")
    assert row["change"].startswith("lower by ")


def test_a_live_edit_is_solved_without_asking_and_says_what_it_changed() -> None:
    at = solved(opened("quickstart", live=True))
    edit(go(at, "data"), "lots", edited_rows={1: {"units": 123}})
    go(at, "plan")
    solved(at)
    values = [metric for metric in at.metric if metric.label == "Plan value"]
    assert "against the last plan" in values[0].delta
    assert any("no longer where they were" in each.label for each in at.expander)
    assert "The data have changed" not in texts(at)
    known = desk(at).plan.scenario
    assert known.lots[1].units == 123
