"""Tables are read by columns where they are clean: the same rows as cell by cell."""

from __future__ import annotations

from importlib import import_module

import pandas as pd
import pytest

from planner.plan.audit.read import COLUMNS, read
from tests.plan.test_audit_world import plan, world

TABLES, _ = plan(world())


FILLED = [name for name in COLUMNS if name in TABLES and not TABLES[name].empty]


@pytest.mark.parametrize("name", FILLED)
def test_both_ways_of_reading_agree(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    by_columns, found = read(TABLES, name, []), []
    reading = import_module("planner.plan.audit.read")
    monkeypatch.setattr(reading, "_clean_columns", lambda *_: None)
    by_cells = read(TABLES, name, found)
    assert not found
    known = [(k, {field: row[field] for field in COLUMNS[name]}) for k, row in by_cells]
    assert [number for number, _ in by_columns] == [number for number, _ in by_cells]
    for (_, fast), (_, slow) in zip(by_columns, known, strict=True):
        assert fast == slow
        assert {field: type(cell) for field, cell in fast.items()} == {
            field: type(cell) for field, cell in slow.items()
        }


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("units", float("nan")), ("units", 1.5), ("units", -1), ("units", "ten"), ("units", True),
     ("price", float("inf")), ("price", -0.01), ("ship_date", pd.NaT), ("ship_date", "soon")],
)  # fmt: skip
def test_one_wrong_cell_is_still_found(field: str, wrong: object) -> None:
    lines = TABLES["lines"].copy()
    lines[field] = lines[field].astype(object)
    lines.loc[lines.index[1], field] = wrong
    found: list[object] = []
    rows = read({"lines": lines}, "lines", found)  # type: ignore[arg-type]
    assert len(found) == 1 and found[0].row == 3 and found[0].field == field  # type: ignore[attr-defined]
    assert len(rows) == len(lines) - 1


def test_blank_texts_are_read_as_before() -> None:
    lines = TABLES["lines"].copy()
    lines["brand"] = [None, *lines["brand"][1:]]
    assert read({"lines": lines}, "lines", [])[0][1]["brand"] == ""
