"""Every hostile file is refused in a plain sentence, or opened without harm, for little work."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from planner.io import save_workbook
from planner.report.workbook import workbook_bytes
from tests.exhibits import tiny_scenario
from tests.io.hostile import PARTS, cases, costs
from tests.report.exhibit_plan import HOSTILE, a_hostile_plan, a_plan

MOST_SECONDS, MOST_MEGABYTES = 5.0, 1_000.0


def test_there_are_a_hundred_and_each_is_another() -> None:
    assert len(cases()) >= 100
    assert len({case.name for case in cases()}) == len(cases())


@pytest.mark.parametrize("part", range(PARTS))
def test_hostile_files_are_refused_or_do_no_harm(part: int) -> None:
    word = {case.name: case.word for case in cases()[part::PARTS]}
    found = costs(part)
    assert [each.name for each in found] == list(word)
    for each in found:
        assert word[each.name] in each.said, each
        assert not any(bad in each.said for bad in ("Traceback", "Error", "program that reads"))
        assert each.work_seconds < MOST_SECONDS, each
        assert each.most_megabytes < MOST_MEGABYTES, each


def test_no_text_of_a_user_becomes_a_formula_or_a_link_in_an_export() -> None:
    tiny = tiny_scenario()
    lots = tuple(
        lot.model_copy(update={"description": text, "season": text})
        for lot, text in zip(tiny.lots, HOSTILE, strict=False)
    )
    out = io.BytesIO()
    save_workbook(tiny.model_copy(update={"lots": lots}), out)
    plans = [workbook_bytes(plan) for plan in (a_hostile_plan(), a_plan())]
    ours = {cell for cells in formulas(plans[1]).values() for cell in cells}
    for content in (out.getvalue(), plans[0]):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        assert not any("externalLink" in name for name in parts)
        assert not any(b"<hyperlink " in data for data in parts.values())
        for sheet, found in formulas(content).items():
            for formula in found:
                assert formula in ours or not any(text in formula for text in HOSTILE), sheet
    assert formulas(out.getvalue()) == {}


def formulas(content: bytes) -> dict[str, list[str]]:
    """The formulas of a workbook by sheet."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    found = {
        sheet.title: [str(c.value) for row in sheet.iter_rows() for c in row if c.data_type == "f"]
        for sheet in book.worksheets
    }
    return {title: some for title, some in found.items() if some}
