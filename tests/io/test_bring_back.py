"""What a person edits in a workbook comes back as exactly that, and nothing is done unasked."""

from __future__ import annotations

import io
import random
import shutil
import subprocess
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.domain.changes import Change, apply, difference, key_of, plain_row
from planner.domain.check import HEADER, check
from planner.domain.columns import columns
from planner.domain.records import Record
from planner.domain.scenario import TABLES, Scenario
from planner.errors import ScenarioError
from planner.io import save_workbook
from planner.io.about import ORIGIN, Line
from planner.io.cells import excel_value
from planner.io.grids import read_grids
from planner.io.round_trip import Returned, Standing, accept, compare, read_back
from tests.exhibits import full_scenario, tiny_scenario

OFFICE = shutil.which("soffice")
Edit = Callable[[openpyxl.Workbook], Any]


def book_of(scenario: Scenario) -> bytes:
    buffer = io.BytesIO()
    save_workbook(scenario, buffer)
    return buffer.getvalue()


@cache
def full_book() -> bytes:
    return book_of(full_scenario())


def edited(content: bytes, *edits: Edit) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content))
    for edit in edits:
        edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def back(content: bytes, scenario: Scenario, lines: Sequence[Line] = ()) -> Returned:
    return compare(read_grids(content, "book.xlsx"), scenario, lines, "book.xlsx")


def place(book: openpyxl.Workbook, table: str, key: Sequence[str], field: str) -> Any:
    """The cell of a field in the row of this key."""
    sheet = book[table]
    heads = [cell.value for cell in sheet[1]]
    if table == HEADER:
        row = next(row for row in sheet.iter_rows() if row[0].value == field)
        return row[1]
    names = TABLES[table].key_fields
    for row in sheet.iter_rows(min_row=2):
        values = {head: cell.value for head, cell in zip(heads, row, strict=True)}
        if [_text(values[name]) for name in names] == list(key):
            return row[heads.index(field)]
    raise AssertionError((table, key))


def _text(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def setting(table: str, key: Sequence[str], field: str, value: object) -> Edit:
    return lambda book: setattr(place(book, table, key, field), "value", value)


def test_an_untouched_workbook_is_no_change() -> None:
    returned = back(full_book(), full_scenario())
    assert (returned.standing, returned.edits, returned.findings) == (Standing.CURRENT, (), ())


def test_saved_again_by_another_library_is_no_change() -> None:
    returned = back(edited(full_book()), full_scenario())
    assert (returned.standing, returned.edits, returned.findings) == (Standing.CURRENT, (), ())


def test_saved_again_by_an_office_program_is_no_change(tmp_path: Path) -> None:
    if OFFICE is None:
        pytest.skip("LibreOffice is not installed")
    awkward = full_scenario()
    lots = [lot.model_copy(update={"kg": 0.1 + 0.2, "unit_cost": 1e11 / 7}) for lot in awkward.lots]
    awkward = awkward.model_copy(update={"lots": tuple(lots)})
    (tmp_path / "book.xlsx").write_bytes(book_of(awkward))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    kind = "xlsx:Calc MS Excel 2007 XML"
    command = [OFFICE, profile, "--headless", "--norestore", "--convert-to", kind]
    command += ["--outdir", str(tmp_path / "out"), str(tmp_path / "book.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    returned = back((tmp_path / "out" / "book.xlsx").read_bytes(), awkward)
    assert returned.edits == ()
    assert (returned.standing, returned.findings) == (Standing.CURRENT, ())


def test_an_edited_cell_is_named_with_its_place_and_made_when_accepted() -> None:
    base = full_scenario()
    content = edited(full_book(), setting("lots", ["L1"], "units", 777))
    returned = read_back(content, base)
    (edit,) = returned.edits
    assert edit.change == Change("lots", ("L1",), "units", base.lots[0].units, 777)
    assert (edit.number, edit.where, edit.meanwhile) == (1, "lots!M2", "")
    assert accept(base, returned, []) == base
    assert accept(base, returned).lots[0].units == 777


def fresh_value(row: Record, name: str, dice: random.Random) -> object:
    """Another value the field takes, as a person would type it."""
    column = next(each for each in columns(type(row)) if each.name == name)
    old = getattr(row, name)
    if column.kind is bool:
        return not old
    if column.kind is date:
        return (old or date(2026, 1, 5)) + timedelta(days=dice.randrange(1, 9))
    if column.kind is tuple:
        return ";".join([*old, f"new {dice.randrange(99)}"])
    if column.kind is int:
        return (old or 0) + 1
    if column.kind is float:
        return float(f"{(old or 0.5) * 0.75:.6g}")
    if column.kind is str:
        return "XYZ" if column.is_currency else f"{old or ''} {dice.randrange(1, 99)}".strip()
    return dice.choice([word for word in column.kind if word != old]).value


@pytest.mark.parametrize("seed", range(25))
def test_random_edits_come_back_as_exactly_those(seed: int) -> None:
    """Cells, rows taken out and new rows in any table, whatever they do to the scenario."""
    dice = random.Random(seed)
    base = full_scenario()
    book = openpyxl.load_workbook(io.BytesIO(full_book()))
    expected: dict[tuple[str, tuple[str, ...], str], tuple[object, object]] = {}
    for _ in range(12):
        table = dice.choice([HEADER, *TABLES])
        rows = [base.header] if table == HEADER else list(getattr(base, table))
        row = dice.choice(rows)
        key = key_of(row)
        if any(place_of[:2] == (table, key) for place_of in expected):
            continue
        plain = plain_row(row)
        match dice.randrange(4) if table != HEADER else 0:
            case 0 | 1:
                fields = [name for name in plain if name not in type(row).key_fields]
                name = dice.choice(fields)
                typed = fresh_value(row, name, dice)
                new = plain_row(row.model_copy(update={name: excel_read(row, name, typed)}))[name]
                place(book, table, key, name).value = typed
                expected[table, key, name] = (plain[name], new)
            case 2:
                book[table].delete_rows(place(book, table, key, row.key_fields[0]).row)
                expected[table, key, ""] = (plain, None)
            case 3:
                first = row.key_fields[0]
                column = next(each for each in columns(type(row)) if each.name == first)
                if column.kind is not str or column.is_currency:
                    continue
                twin = row.model_copy(update={first: f"new {seed}"})
                if (table, key_of(twin), "") in expected:
                    continue
                book[table].append([excel_value(value) for _, value in twin])
                expected[table, key_of(twin), ""] = (None, plain_row(twin))
    out = io.BytesIO()
    book.save(out)
    returned = back(out.getvalue(), base)
    found = {edit.change.place: (edit.change.old, edit.change.new) for edit in returned.edits}
    assert found == expected
    assert len(returned.edits) == len(expected)
    assert returned.findings == ()
    made = apply(base, [edit.change for edit in returned.edits])
    assert {change.place for change in difference(base, made)} == set(expected)


def excel_read(row: Record, name: str, typed: object) -> object:
    """What the record holds once a typed value is read."""
    column = next(each for each in columns(type(row)) if each.name == name)
    if column.kind is tuple:
        return tuple(str(typed).split(";"))
    if column.kind in (str, int, float, bool, date):
        return typed
    return column.kind(typed)


def test_some_edits_are_accepted_and_the_others_not() -> None:
    base = full_scenario()
    content = edited(
        full_book(),
        setting("lots", ["L1"], "kg", 0.5),
        setting("lots", ["L2"], "kg", 0.6),
        setting("legs", [base.legs[0].leg], "transit_days", 3),
    )
    returned = back(content, base)
    assert [edit.number for edit in returned.edits] == [1, 2, 3]
    made = accept(base, returned, {1, 3})
    assert {change.place for change in difference(base, made)} == {
        ("lots", ("L1",), "kg"),
        ("legs", (base.legs[0].leg,), "transit_days"),
    }
    assert check(made) == ()


def test_what_cannot_be_read_is_a_finding_and_the_rest_still_comes() -> None:
    base = full_scenario()
    content = edited(
        full_book(),
        setting("lots", ["L1"], "units", "12万"),
        setting("lots", ["L2"], "kg", -1),
        setting("lots", ["L3"], "kg", 0.6),
        setting("legs", [base.legs[0].leg], "mode", "rocket"),
        setting(HEADER, (), "periods", "three"),
        lambda book: setattr(book["lots"]["F3"], "value", None),
    )
    returned = back(content, base)
    assert [str(edit.change) for edit in returned.edits] == [
        f"lots L3, kg: {base.lots[2].kg} -> 0.6"
    ]
    places = {(f.table, f.row, f.field) for f in returned.findings}
    assert places == {
        ("lots", 2, "units"),
        ("lots", 3, "kg"),
        ("lots", 3, "brand"),
        ("legs", 2, "mode"),
        (HEADER, 5, "periods"),
    }


def test_edits_that_do_not_fit_together_are_refused_and_nothing_is_made() -> None:
    base = full_scenario()
    content = edited(full_book(), setting("lots", ["L1"], "brand", "Lindan"))
    with pytest.raises(ScenarioError, match="Did you mean 'Linden'"):
        accept(base, back(content, base))


def test_a_workbook_older_than_the_scenario_shows_only_what_was_typed() -> None:
    base = full_scenario()
    now = apply(
        base,
        [
            Change("lots", ("L1",), "units", base.lots[0].units, 90),
            Change("lots", ("L3",), "kg", base.lots[2].kg, 9.0),
        ],
    )
    content = edited(
        full_book(), setting("lots", ["L1"], "units", 70), setting("lots", ["L2"], "kg", 0.6)
    )
    returned = back(content, now)
    assert returned.standing is Standing.STALE
    assert "2 later changes stay" in returned.explanation
    assert [(str(edit.change), edit.meanwhile) for edit in returned.edits] == [
        (
            "lots L1, units: 90 -> 70",
            f"units was {base.lots[0].units}, in the scenario it is now 90",
        ),
        (f"lots L2, kg: {base.lots[1].kg} -> 0.6", ""),
    ]
    made = accept(now, returned, {2})
    assert (made.lots[0].units, made.lots[1].kg, made.lots[2].kg) == (90, 0.6, 9.0)


def test_a_row_that_is_gone_meanwhile_is_said() -> None:
    base = full_scenario()
    gone = difference(base, base.model_copy(update={"priorities": ()}))[0]
    now = apply(base, [gone])
    content = edited(full_book(), setting("priorities", gone.key, "tolerance", 0.4))
    returned = back(content, now)
    (edit,) = returned.edits
    assert edit.meanwhile == "taken out of the scenario"
    with pytest.raises(ScenarioError, match="no longer there"):
        accept(now, returned)


def test_the_same_edit_made_on_both_sides_is_no_edit() -> None:
    base = full_scenario()
    now = apply(base, [Change("lots", ("L1",), "units", base.lots[0].units, 90)])
    content = edited(full_book(), setting("lots", ["L1"], "units", 90))
    assert back(content, now).edits == ()


def test_without_its_memory_an_older_workbook_is_compared_as_it_stands() -> None:
    base = full_scenario()
    now = apply(base, [Change("lots", ("L1",), "units", base.lots[0].units, 90)])
    content = edited(full_book(), lambda book: book.remove(book[ORIGIN]))
    returned = back(content, now)
    assert returned.standing is Standing.STALE
    assert "look like edits undone" in returned.explanation
    assert [str(e.change) for e in returned.edits] == [
        f"lots L1, units: 90 -> {base.lots[0].units}"
    ]


def test_a_tampered_memory_is_not_believed() -> None:
    base = full_scenario()
    now = apply(base, [Change("lots", ("L1",), "units", base.lots[0].units, 90)])
    content = edited(full_book(), lambda book: setattr(book[ORIGIN]["A1"], "value", "AAAA"))
    assert "look like edits undone" in back(content, now).explanation


def test_a_workbook_of_another_scenario_is_refused_with_both_names() -> None:
    full = full_scenario()
    named = full.model_copy(
        update={"header": full.header.model_copy(update={"scenario": "spring"})}
    )
    returned = back(book_of(full), named)
    assert returned.standing is Standing.FOREIGN
    assert returned.edits == ()
    (finding,) = returned.findings
    assert "'tiny', not from 'spring'" in finding.problem
    lots = tuple(lot.model_copy(update={"lot": f"x{lot.lot}"}) for lot in full.lots)
    returned = back(full_book(), full.model_copy(update={"lots": lots}))
    assert "another scenario called 'tiny', of other lots" in returned.explanation
    other = openpyxl.Workbook()
    out = io.BytesIO()
    other.save(out)
    assert back(out.getvalue(), tiny_scenario()).standing is Standing.FOREIGN


def test_sheets_and_columns_that_are_gone_change_nothing() -> None:
    base = full_scenario()
    content = edited(
        full_book(),
        lambda book: book.remove(book["lots"]),
        lambda book: book["legs"].delete_cols(4),
        lambda book: book["channels"].delete_cols(1),
        lambda book: setattr(book["sites"]["Z1"], "value", "our notes"),
    )
    returned = back(content, base)
    assert returned.edits == ()
    assert {(f.table, f.field) for f in returned.findings} == {
        ("lots", ""),
        ("legs", "mode"),
        ("channels", "channel"),
        ("sites", ""),
    }


def test_sorted_rows_moved_columns_and_titles_above_are_no_change() -> None:
    base = full_scenario()

    def turned(book: openpyxl.Workbook) -> None:
        sheet = book["lots"]
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        head, *body = rows
        order = [*range(5, len(head)), *range(5)]
        sheet.delete_rows(1, len(rows))
        sheet.append(["Our stock this spring"])
        sheet.append([])
        for row in [head, *reversed(body)]:
            sheet.append([row[at] for at in order])

    returned = back(edited(full_book(), turned), base)
    assert (returned.edits, returned.findings) == ((), ())


def test_a_row_whose_name_is_broken_takes_nothing_out() -> None:
    base = full_scenario()
    content = edited(full_book(), setting("lots", ["L1"], "lot", 12345678901234567890))
    returned = back(content, base)
    assert returned.edits == ()
    (finding,) = returned.findings
    assert (finding.table, finding.row, finding.field) == ("lots", 2, "lot")


def test_merged_cells_keep_their_values_and_are_findings() -> None:
    base = full_scenario()
    content = edited(full_book(), lambda book: book["lots"].merge_cells("M2:M4"))
    returned = back(content, base)
    assert returned.edits == ()
    assert [(f.row, f.field) for f in returned.findings] == [(3, "units"), (4, "units")]
