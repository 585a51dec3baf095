"""A scenario in the store: commands, undo and redo, conflicts, copies, what is never lost."""

import sqlite3
from pathlib import Path

import pytest

from planner.store import Store, StoreError
from planner.store.history import Command
from tests.exhibits import tiny_scenario
from tests.store.bench import ANN, BOB, a_scenario, a_store, base_of, cell, sheets_of


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return a_store(tmp_path)


@pytest.fixture
def scenario(store: Store) -> str:
    return store.create("what if", base_of(), ANN)


def values(store: Store, scenario: str) -> dict[tuple[str, ...], object]:
    """What the changes made so far say, place by place."""
    return {
        change.key: change.new for made in store.history(scenario).made for change in made.changes
    }


def test_the_file_is_a_log_that_is_synced_and_only_added_to(store: Store, scenario: str) -> None:
    with sqlite3.connect(store.file) as other:
        assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        for command in ("UPDATE event SET who = 'Eve'", "DELETE FROM event"):
            with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
                other.execute(command)
    assert store._db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_newer_file_is_refused_in_a_sentence(store: Store) -> None:
    store._db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="newer planner"):
        Store(store.file)


def test_an_edit_of_many_cells_is_one_step(store: Store, scenario: str) -> None:
    paste = [cell(f"L{n}", 1, n + 10) for n in range(20)]
    store.edit(scenario, 1, paste, ANN, "Pasted 20 cells")
    assert store.undo(scenario, ANN).made.words == "Pasted 20 cells"
    assert set(values(store, scenario).values()) == {1}
    assert store.undo(scenario, ANN) is None
    assert store.redo(scenario, ANN)
    assert values(store, scenario)["L7",] == 17
    assert store.redo(scenario, ANN) is None


def test_an_edit_after_undo_ends_redo(store: Store, scenario: str) -> None:
    store.edit(scenario, 1, [cell("A", 1, 2)], ANN)
    store.undo(scenario, ANN)
    store.edit(scenario, 3, [cell("B", 1, 2)], ANN)
    assert store.redo(scenario, ANN) is None


def test_undo_takes_back_ones_own_step_and_not_that_of_others(store: Store, scenario: str) -> None:
    store.edit(scenario, 1, [cell("A", 1, 2)], ANN)
    store.edit(scenario, 2, [cell("B", 1, 3)], BOB)
    assert store.undo(scenario, ANN)
    assert values(store, scenario) == {("A",): 1, ("B",): 3}
    assert store.undo(scenario, ANN) is None


def test_a_step_others_have_built_on_is_not_taken_back(store: Store, scenario: str) -> None:
    store.edit(scenario, 1, [cell("A", 1, 2)], ANN, "Floor up")
    store.edit(scenario, 2, [cell("A", 2, 3)], BOB, "Floor up again")
    with pytest.raises(StoreError, match="Bob has since changed the same cells"):
        store.undo(scenario, ANN)
    store.undo(scenario, BOB)
    assert store.undo(scenario, ANN)
    assert values(store, scenario) == {("A",): 1}


def test_other_cells_are_merged_and_the_same_cell_is_a_conflict(
    store: Store, scenario: str
) -> None:
    store.edit(scenario, 1, [cell("A", 1, 2), cell("B", 1, 2)], ANN)
    saved = store.edit(scenario, 1, [cell("B", 1, 9), cell("C", 1, 9)], BOB)
    (conflict,) = saved.conflicts
    assert (conflict.mine.new, conflict.my_name) == (9, BOB)
    assert (conflict.theirs.new, conflict.their_name) == (2, ANN)
    assert values(store, scenario) == {("A",): 2, ("B",): 2, ("C",): 9}
    assert store.history(scenario).conflicts[0].mine == conflict.mine, "it is written down"


def test_the_same_value_typed_by_two_is_no_conflict(store: Store, scenario: str) -> None:
    store.edit(scenario, 1, [cell("A", 1, 2)], ANN)
    assert store.edit(scenario, 1, [cell("A", 1, 2)], BOB).conflicts == ()


def test_a_cell_somebody_took_back_meanwhile_is_a_conflict_too(store: Store, scenario: str) -> None:
    version = store.edit(scenario, 1, [cell("A", 1, 2)], ANN).version
    store.undo(scenario, ANN)
    (conflict,) = store.edit(scenario, version, [cell("A", 2, 3)], BOB).conflicts
    assert conflict.theirs.new == 1


def test_a_row_taken_out_meets_an_edit_of_its_cells(tmp_path: Path) -> None:
    store, base = a_store(tmp_path), tiny_scenario()
    scenario = a_scenario(store, base)
    sheets = sheets_of(store, scenario, base)
    row = next(iter(sheets.now["lots"].rows.values()))
    name = str(row["lot"])
    gone = cell(name, row, None, field="")  # type: ignore[arg-type]
    store.edit(scenario, 1, [gone], ANN)
    assert store.edit(scenario, 1, [cell(name, row["units"], 5)], BOB).conflicts


def test_a_copy_starts_with_the_changes_and_then_goes_its_own_way(
    store: Store, scenario: str
) -> None:
    store.edit(scenario, 1, [cell("A", 1, 2)], ANN, "Floor up", note="as agreed")
    copy = store.copy(scenario, "the copy", BOB)
    store.edit(copy, 1, [cell("A", 2, 5)], BOB)
    assert values(store, scenario) == {("A",): 2}
    assert values(store, copy) == {("A",): 5}
    (first, _) = store.history(copy).made
    assert (first.who, first.words, first.note) == (ANN, "Floor up", "as agreed")


def test_a_locked_scenario_is_only_read(store: Store, scenario: str) -> None:
    store.edit(scenario, 1, [cell("A", 1, 2)], ANN)
    store.lock(scenario, ANN)
    for command in (
        lambda: store.edit(scenario, 3, [cell("A", 2, 3)], BOB),
        lambda: store.undo(scenario, ANN),
    ):
        with pytest.raises(StoreError, match="locked"):
            command()
    store.unlock(scenario, ANN)
    assert store.undo(scenario, ANN)


def test_an_archived_scenario_comes_back(store: Store, scenario: str) -> None:
    store.archive(scenario, ANN)
    assert [known.archived for known in store.scenarios()] == [True]
    store.restore(scenario, ANN)
    store.rename(scenario, "  another   name ", ANN)
    (known,) = store.scenarios()
    assert (known.name, known.archived, known.version) == ("another name", False, 4)


@pytest.mark.parametrize("name", ["", "   ", "x" * 81])
def test_a_scenario_needs_a_name_that_can_be_shown(store: Store, scenario: str, name: str) -> None:
    with pytest.raises(StoreError, match="name"):
        store.rename(scenario, name, ANN)


def test_another_process_sees_what_was_written(store: Store, scenario: str) -> None:
    other = Store(store.file)
    store.edit(scenario, 1, [cell("A", 1, 2)], ANN)
    assert other.history(scenario).version == 2
    other.edit(scenario, 2, [cell("A", 2, 3)], BOB)
    assert values(store, scenario) == {("A",): 3}


def test_the_log_says_who_did_what_and_when(store: Store, scenario: str) -> None:
    store.edit(scenario, 1, [cell("A", 1, 2)], ANN, "Floor up", "as agreed")
    store.undo(scenario, ANN)
    log = store.events(scenario)
    assert [event.command for event in log] == [Command.CREATE, Command.EDIT, Command.UNDO]
    assert [event.version for event in log] == [1, 2, 3]
    assert all(event.at.startswith("2026-01-01") and event.who == ANN for event in log)


def test_a_base_is_kept_with_the_file_it_was_read_from(tmp_path: Path) -> None:
    store, base = a_store(tmp_path), tiny_scenario()
    kept = store.keep_base(base.fingerprint, "list.xlsx", base.model_dump_json(), b"PK")
    again = type(base).model_validate_json(store.base_content(kept.name))
    assert again == base
    with pytest.raises(StoreError, match="not in the workbench"):
        store.base_content("unknown")


def test_a_file_that_stays_busy_is_said_and_nothing_is_half_written(
    store: Store, scenario: str
) -> None:
    store._db.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(store.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="Nothing was saved"):
        store.edit(scenario, 1, [cell("A", 1, 2)], ANN)
    other.execute("COMMIT")
    assert values(store, scenario) == {}
    store.edit(scenario, 1, [cell("A", 1, 2)], ANN)
    assert values(store, scenario) == {("A",): 2}
