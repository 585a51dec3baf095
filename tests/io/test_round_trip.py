"""What is saved is read back as the same scenario, to the last digit and character."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from planner.domain.check import check
from planner.domain.scenario import TABLES, Scenario
from planner.errors import PlannerError, ScenarioError
from planner.io import (
    frames_of,
    load_folder,
    load_scenario,
    load_untrusted,
    load_workbook,
    save_folder,
    save_workbook,
    scenario_from_frames,
)
from planner.io.cells import tidy
from tests.exhibits import full_scenario, tiny_scenario

TEXTS = st.text(
    st.characters(exclude_categories=("Cc", "Cs", "Cn")) | st.sampled_from("=+-@'\",;%_xF05万＝"),
    max_size=40,
).filter(lambda text: text == text.strip())
KEYS = TEXTS.filter(lambda text: text and not set(text) & set(";*"))
AMOUNTS = st.floats(min_value=1e-12, max_value=1e12)
HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "-2",
    "00123",
    "NA",
    "null",
    "TRUE",
    "1e5",
    "#REF!",
]


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """The full exhibit with other names, texts and amounts."""
    names = draw(st.lists(KEYS, min_size=3, max_size=3, unique_by=lambda k: tidy(k).casefold()))
    return _altered(names, [draw(TEXTS) for _ in range(3)], [draw(AMOUNTS) for _ in range(8)])


def _altered(names: list[str], texts: list[str], amounts: list[float]) -> Scenario:
    full = full_scenario()
    renamed = dict(zip(["L1", "L2", "L3"], names, strict=True))
    update: dict[str, Any] = {}
    for table in ("lots", "reference_prices", "frozen_shipments", "actual_sales"):
        update[table] = tuple(
            row.model_copy(update={"lot": renamed[row.lot]}) for row in getattr(full, table)
        )
    fields = ("tag", "unit_cost", "kg", "cbm")
    update["lots"] = tuple(
        lot.model_copy(update={**dict(zip(fields, values, strict=True)), "description": texts[0]})
        for lot, values in zip(
            update["lots"], (amounts[:4], amounts[4:], amounts[2:6]), strict=True
        )
    )
    update["locks"] = tuple(
        lock.model_copy(update={"lots": tuple(renamed[lot] for lot in lock.lots), "note": texts[1]})
        for lock in full.locks
    )
    update["header"] = full.header.model_copy(
        update={"title": texts[2], "value_per_unit_cleared": -amounts[0]}
    )
    return full.model_copy(update=update)


@pytest.mark.parametrize("scenario", [tiny_scenario(), full_scenario()], ids=["tiny", "full"])
def test_exhibits_have_no_findings(scenario: Scenario) -> None:
    assert check(scenario) == ()


def test_the_full_exhibit_fills_every_table() -> None:
    full = full_scenario()
    assert all(getattr(full, table) for table in TABLES)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
@example(_altered(["=A1", "00123", "ＮＡ"], HOSTILE[:3], [0.1 + 0.2, 1e-7, 1 / 3, 1e11 / 7] * 2))
@example(_altered(["null", "NA", "_x0041_"], HOSTILE[4:7], [1e12, 1e-12, 5e-7, 123456.7] * 2))
def test_every_form_says_the_same(tmp_path_factory: Any, scenario: Scenario) -> None:
    folder = tmp_path_factory.mktemp("round") / "scenario"
    save_folder(scenario, folder)
    assert load_folder(folder) == scenario
    buffer = io.BytesIO()
    save_workbook(scenario, buffer)
    assert load_workbook(buffer.getvalue()) == scenario
    assert scenario_from_frames(dict(scenario.header), frames_of(scenario)) == scenario


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(tmp_path: Path, text: str) -> None:
    scenario = _altered([text, "b", "c"], [text, text, text], [1.0] * 8)
    save_workbook(scenario, tmp_path / "book.xlsx")
    assert load_scenario(tmp_path / "book.xlsx") == scenario
    save_folder(scenario, tmp_path / "folder")
    assert load_scenario(tmp_path / "folder") == scenario


def test_saving_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    full = full_scenario()
    for name in ("a", "b"):
        save_folder(full, tmp_path / name)
        save_workbook(full, tmp_path / f"{name}.xlsx")
    for file in sorted((tmp_path / "a").iterdir()):
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()


def test_a_child_process_reads_the_same(tmp_path: Path) -> None:
    save_workbook(full_scenario(), tmp_path / "book.xlsx")
    assert load_untrusted(tmp_path / "book.xlsx") == full_scenario()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030"])
def test_encodings_of_the_trade_are_read(tmp_path: Path, encoding: str) -> None:
    scenario = _altered(["货批一", "货批二", "货批三"], ["羽绒服", "秋冬", "库存"], [1.0] * 8)
    save_folder(scenario, tmp_path / "s")
    for file in (tmp_path / "s").iterdir():
        file.write_bytes(file.read_text("utf-8").encode(encoding))
    assert load_folder(tmp_path / "s") == scenario


def test_saving_keeps_other_files_and_drops_emptied_tables(tmp_path: Path) -> None:
    save_folder(full_scenario(), tmp_path / "s")
    (tmp_path / "s" / "README.md").write_text("Where every number comes from.")
    save_folder(tiny_scenario(), tmp_path / "s")
    assert (tmp_path / "s" / "README.md").read_text() == "Where every number comes from."
    assert not (tmp_path / "s" / "locks.csv").exists()
    assert load_folder(tmp_path / "s") == tiny_scenario()
    assert [path.name for path in tmp_path.iterdir()] == ["s"]


def test_a_failed_save_leaves_the_old_workbook(tmp_path: Path) -> None:
    book = tmp_path / "book.xlsx"
    save_workbook(tiny_scenario(), book)
    before = book.read_bytes()
    tiny = tiny_scenario()
    labels = tuple(f"label {number:06}" for number in range(4000))
    lots = (tiny.lots[0].model_copy(update={"labels": labels}), *tiny.lots[1:])
    with pytest.raises(PlannerError, match="32,767"):
        save_workbook(tiny.model_copy(update={"lots": lots}), book)
    assert book.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["book.xlsx"]


def test_a_missing_path_is_a_finding(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"no such folder or file.*xlsx"):
        load_scenario(tmp_path / "nowhere")


def test_frames_of_an_empty_table_have_its_columns() -> None:
    frame = frames_of(tiny_scenario())["locks"]
    assert frame.empty
    assert "sell_period" in frame.columns
