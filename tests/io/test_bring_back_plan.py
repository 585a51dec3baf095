"""A plan's workbook edited, brought back, solved again and exported again."""

from __future__ import annotations

import io
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.__main__ import main
from planner.domain.records import Lock, OpeningTerm
from planner.domain.vocabulary import LockKind, Opens
from planner.io import load_folder
from planner.io.about import ORIGIN, lines_of
from planner.io.grids import read_grids
from planner.io.round_trip import Returned, Standing, accept, compare, read_back
from planner.pipeline import make_plan
from planner.plan.record import Plan
from planner.report.headings import HEADINGS, LANGUAGES, Language, told
from planner.report.workbook import Extras, workbook_bytes
from planner.solve.settings import Settings
from tests.exhibits import tiny_scenario

QUICK = Settings(seconds=20.0, gap=0.001)


@cache
def a_plan() -> Plan:
    """The plan of the small exhibit, in which opening a market costs something."""
    fee = OpeningTerm(opening="desk", opens=Opens.MARKET, fixed_cost=5.0, currency="CNY")
    scenario = tiny_scenario().model_copy(update={"opening_terms": (fee,)})
    return make_plan(scenario, QUICK)


@cache
def a_book(language: Language = "en") -> bytes:
    return workbook_bytes(a_plan(), Extras(language=language))


def shipments(book: openpyxl.Workbook, first: str = "Line") -> tuple[Any, int, dict[str, int]]:
    """The sheet of the lines, the row of its headings and where each stands."""
    sheet = book["Shipments"]
    for row in sheet.iter_rows():
        heads = {str(cell.value).split(" (")[0]: cell.column for cell in row if cell.value}
        if row[0].value == first:
            return sheet, row[0].row, heads
    raise AssertionError("no headings")


def line_cell(book: openpyxl.Workbook, line: str, heading: str, first: str = "Line") -> Any:
    """The cell of a line under a heading; `first` heads the names of the lines."""
    sheet, top, heads = shipments(book, first)
    for row in range(top + 1, sheet.max_row + 1):
        if sheet.cell(row, heads[first]).value == line:
            return sheet.cell(row, heads[heading])
    raise AssertionError(line)


def edited(*edits: tuple[str, str, Any]) -> bytes:
    """The workbook with cells of lines set: (line, heading, value)."""
    return changed(
        lambda book: [setattr(line_cell(book, n, head), "value", v) for n, head, v in edits]
    )


def changed(change: Callable[[openpyxl.Workbook], Any], content: bytes = b"") -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(content or a_book()))
    change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def back(content: bytes) -> Returned:
    return compare(read_grids(content, "plan.xlsx"), a_plan().scenario, (), "plan.xlsx")


def first(count: int = 1) -> Any:
    """The lines of the plan with most units."""
    return lines_of(a_plan().lines.sort_values("units", ascending=False).head(count))


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_untouched_plan_workbook_is_no_change(language: Language, again: bool) -> None:
    book = a_book(language)
    returned = back(changed(lambda book: None, book) if again else book)
    assert (returned.edits, returned.findings) == ((), ())
    assert returned.standing is Standing.CURRENT


LOCKS = {
    "en": {"keep": "units", "at least": "min_units", "at most": "max_units"},
    "zh": {
        "锁定": "units",
        "至少": "min_units",
        "至多": "max_units",
        "锁价": "price",
        "禁止": "ban",
    },
}
"""Words a person types in the column Lock, and the kind of lock each means."""


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("language", LANGUAGES)
def test_random_edits_come_back_as_exactly_those_in_every_language(
    language: Language, seed: int
) -> None:
    """Units, rungs and locks of lines and cells of the lots, whatever language the headings are in."""
    dice = random.Random(seed)
    lines, lots = lines_of(a_plan().lines), a_plan().scenario.lots
    rungs = [row.rung for row in a_plan().scenario.ladders]
    words = {**LOCKS["en"], **LOCKS["zh"]} if language == "both" else LOCKS[language]
    expected: dict[tuple[str, str, str], object] = {}

    def edit(book: openpyxl.Workbook) -> None:
        for line in dice.sample(lines, min(4, len(lines))):
            for field in dice.sample(["units", "rung", "lock"], dice.randrange(1, 4)):
                typed: Any = line.units + dice.choice([-1, 1, -line.units])
                if field == "rung":
                    typed = dice.choice([rung for rung in rungs if rung != line.rung])
                elif field == "lock":
                    typed = dice.choice([*words, *LockKind])
                heading = told(HEADINGS[field].text, language)
                line_cell(book, line.line, heading, told("Line", language)).value = typed
                expected["lines", line.line, field] = words.get(typed, typed)
        for lot in dice.sample(lots, min(2, len(lots))):
            sheet = book["lots"]
            heads = [cell.value for cell in sheet[1]]
            row = next(row for row in sheet.iter_rows(min_row=2) if row[0].value == lot.lot)
            row[heads.index("kg")].value = lot.kg * 2
            expected["lots", lot.lot, "kg"] = lot.kg * 2

    returned = back(changed(edit, a_book(language)))
    assert returned.findings == ()
    found = {
        (edit.change.table, *edit.change.key, edit.change.field): edit.change.new
        for edit in returned.edits
    }
    assert found == expected
    assert len(returned.edits) == len(expected)


def test_edited_units_become_a_lock_the_next_plan_keeps() -> None:
    (line,) = first()
    returned = read_back(edited((line.line, "Units", line.units - 3)), a_plan().scenario)
    (edit,) = returned.edits
    assert str(edit.change) == f"lines {line.line}, units: {line.units} -> {line.units - 3}"
    assert edit.where.startswith("Shipments!")
    made = accept(a_plan().scenario, returned)
    (lock,) = made.locks
    assert (lock.kind, lock.units, lock.lots) == (LockKind.UNITS, line.units - 3, (line.lot,))
    plan = make_plan(made, QUICK)
    kept = plan.lines[(plan.lines["lot"] == line.lot) & (plan.lines["channel"] == line.channel)]
    kept = kept[(kept["ship_period"] == line.ship_period) & (kept["rung"] == line.rung)]
    kept = kept[(kept["sell_period"] == line.sell_period) & (kept["route"] == line.route)]
    assert kept["units"].tolist() == [line.units - 3]
    assert plan.ready
    again = compare(read_grids(workbook_bytes(plan), "b.xlsx"), made)
    assert (again.standing, again.edits) == (Standing.CURRENT, ())


def test_a_unit_count_of_none_bans_the_line() -> None:
    (line,) = first()
    made = accept(a_plan().scenario, back(edited((line.line, "Units", 0))))
    assert [(lock.kind, lock.units) for lock in made.locks] == [(LockKind.BAN, None)]


def test_a_price_and_the_units_of_one_line() -> None:
    (line,) = first()
    other = next(row.rung for row in a_plan().scenario.ladders if row.rung != line.rung)
    returned = back(edited((line.line, "Price rung", other), (line.line, "Units", line.units - 1)))
    assert [edit.change.field for edit in returned.edits] == ["units", "rung"]
    price, units = accept(a_plan().scenario, returned).locks[::1]
    assert (price.kind, price.sell_period) == (LockKind.PRICE, line.sell_period)
    assert other in price.rungs
    assert (units.kind, units.rungs, units.units) == (LockKind.UNITS, (other,), line.units - 1)
    only = accept(a_plan().scenario, returned, {1})
    assert [(lock.kind, lock.rungs) for lock in only.locks] == [(LockKind.UNITS, (line.rung,))]


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("units", LockKind.UNITS),
        ("at least", LockKind.MIN_UNITS),
        ("max_units", LockKind.MAX_UNITS),
        ("禁止", LockKind.BAN),
        ("price", LockKind.PRICE),
    ],
)
def test_a_word_in_the_lock_column_locks_the_line_as_planned(word: str, kind: LockKind) -> None:
    (line,) = first()
    (lock,) = accept(a_plan().scenario, back(edited((line.line, "Lock", word)))).locks
    assert lock.kind is kind
    expected = line.units if kind not in (LockKind.BAN, LockKind.PRICE) else None
    assert lock.units == expected


def test_accepting_the_same_line_again_changes_its_lock() -> None:
    (line,) = first()
    once = accept(a_plan().scenario, back(edited((line.line, "Units", line.units - 3))))
    content = edited((line.line, "Units", line.units - 5))
    returned = compare(read_grids(content, "plan.xlsx"), once)
    assert returned.standing is Standing.STALE
    (lock,) = accept(once, returned).locks
    assert lock.units == line.units - 5


def test_what_a_line_cannot_say_is_a_finding() -> None:
    one, other, third = first(3)

    def damage(book: openpyxl.Workbook) -> None:
        line_cell(book, one.line, "Units").value = "some"
        line_cell(book, other.line, "Lock").value = "kep"
        sheet, _, _ = shipments(book)
        sheet.delete_rows(line_cell(book, third.line, "Line").row)

    returned = back(changed(damage))
    assert returned.edits == ()
    said = sorted((found.field, found.problem) for found in returned.findings)
    assert said[0][1] == f"Lines of the plan are not on the sheet (1): {third.line}."
    assert said[1] == ("lock", "'kep' is no lock.")
    assert said[2][0] == "units"


def test_inputs_and_lines_edited_together() -> None:
    (line,) = first()

    def edit(book: openpyxl.Workbook) -> None:
        line_cell(book, line.line, "Units").value = line.units - 1
        lots = book["lots"]
        heads = [cell.value for cell in lots[1]]
        lots.cell(2, heads.index("kg") + 1).value = 0.75

    returned = back(changed(edit))
    assert [(edit.number, edit.change.table) for edit in returned.edits] == [
        (1, "lots"),
        (2, "lines"),
    ]
    made = accept(a_plan().scenario, returned)
    assert made.lots[0].kg == 0.75
    assert len(made.locks) == 1


def test_a_workbook_without_its_memory_is_compared_with_the_plan_given() -> None:
    (line,) = first()

    def edit(book: openpyxl.Workbook) -> None:
        line_cell(book, line.line, "Units").value = line.units - 1
        book.remove(book[ORIGIN])

    grids = read_grids(changed(edit), "plan.xlsx")
    alone = compare(grids, a_plan().scenario)
    assert "does not say what was planned" in alone.findings[0].problem
    given = compare(grids, a_plan().scenario, lines_of(a_plan().lines))
    assert [edit.change.new for edit in given.edits] == [line.units - 1]


def test_the_command_line_shows_first_and_makes_what_is_accepted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from planner.io import save_folder

    (line,) = first()
    save_folder(a_plan().scenario, tmp_path / "base")
    book = tmp_path / "plan.xlsx"
    book.write_bytes(edited((line.line, "Units", line.units - 3)))
    words = ["bring-back", str(book), "--scenario", str(tmp_path / "base")]
    assert main(words) == 0
    told = capsys.readouterr().out
    assert "1 edit." in told and "Nothing is changed." in told
    assert f"{line.units}" in told and f"{line.units - 3}" in told
    assert main([*words, "--accept", "2", "--out", str(tmp_path / "next")]) == 2
    assert not (tmp_path / "next").exists()
    assert main([*words, "--accept", "all", "--out", str(tmp_path / "next")]) == 0
    made = load_folder(tmp_path / "next")
    assert [isinstance(lock, Lock) for lock in made.locks] == [True]
    assert main([*words, "--accept", "1", "--out", str(tmp_path / "next.xlsx")]) == 0
    assert (tmp_path / "next.xlsx").is_file()
