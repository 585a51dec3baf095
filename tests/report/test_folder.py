"""A folder of plan tables gives back the plan the audit needs; its summary keeps to the schema."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from jsonschema import Draft202012Validator

from planner.errors import PlannerError
from planner.plan.audit import audit
from planner.plan.record import PLAN_TABLES, Plan
from planner.report.consignments import invoice_lines, journeys, packing_list
from planner.report.folder import (
    guarded,
    is_plan_folder,
    read_summary,
    read_tables,
    unguarded,
    write_tables,
)
from planner.report.summary import summary
from tests.report.exhibit_plan import (
    HOSTILE,
    a_hostile_plan,
    a_plan,
    a_plan_with_findings,
    an_empty_plan,
    every_hostile_plan,
    every_plan,
)

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "docs" / "summary-schema.json").read_text(encoding="utf-8")
)


def as_written(table: pd.DataFrame) -> pd.DataFrame:
    """A table with its dates as days, so that date objects and datetime64 compare."""
    days = {name: pd.to_datetime(table[name]) for name in table if str(name).endswith("_date")}
    return table.assign(**days).reset_index(drop=True)


@pytest.mark.parametrize(
    "make", [a_plan, a_hostile_plan, an_empty_plan, every_plan, every_hostile_plan]
)
def test_tables_come_back_as_they_were(make: Any, tmp_path: Path) -> None:
    plan: Plan = make()
    write_tables(plan, tmp_path / "plan")
    back = read_tables(tmp_path / "plan")
    assert tuple(back) == PLAN_TABLES
    for name, table in back.items():
        wanted = as_written(plan.tables[name])
        assert list(table.columns) == list(wanted.columns)
        if len(wanted):
            pd.testing.assert_frame_equal(table, wanted, check_dtype=False, rtol=0, atol=0)


def test_the_audit_reads_the_folder_without_a_finding(tmp_path: Path) -> None:
    plan = a_plan()
    assert audit(plan.scenario, plan.tables, plan.report.value) == ()
    write_tables(plan, tmp_path)
    value = float(read_summary(tmp_path)["value"])
    assert audit(plan.scenario, read_tables(tmp_path), value) == ()


def test_names_that_look_like_numbers_or_blanks_stay_text(tmp_path: Path) -> None:
    plan = a_plan()
    exits = plan.exits.assign(lot=["007", "NA", "1e5"], reason=["", "null", "'quoted"])
    write_tables(Plan(**{**vars(plan), "exits": exits}), tmp_path)
    back = read_tables(tmp_path)["exits"]
    assert back["lot"].tolist() == ["007", "NA", "1e5"]
    assert back["reason"].tolist() == ["", "null", "'quoted"]


@pytest.mark.parametrize("make", [a_hostile_plan, every_hostile_plan])
def test_no_cell_starts_a_formula(make: Any, tmp_path: Path) -> None:
    write_tables(make(), tmp_path)
    for file in tmp_path.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as lines:
            for cell in (cell for row in csv.reader(lines) for cell in row):
                if not cell.strip().startswith(tuple("=+-@＝＋－＠")):
                    continue
                float(cell)  # a negative number is no formula


CONTROLS = (
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\r\n=1",
    " \t@SUM(A1)",
    "a\r=1",
    "a\r\nb",
    'a"\t\n=b',
    "\t",
    "\r",
)
"""Texts in which tabs and ends of lines stand before a formula."""


@pytest.mark.parametrize("text", [*HOSTILE, *CONTROLS, "", " =1", "''", "＝1", "plain", "a'b", "-"])
def test_guarding_a_text_can_be_undone(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert not guarded(text).lstrip().startswith(tuple("=+-@＝＋－＠"))


def test_tabs_and_ends_of_lines_come_back_and_start_no_formula(tmp_path: Path) -> None:
    plan = a_plan()
    count = len(plan.exits)
    for start in range(0, len(CONTROLS), count):
        texts = [*CONTROLS[start : start + count], *["plain"] * count][:count]
        exits = plan.exits.assign(lot=texts, reason=texts[::-1])
        write_tables(Plan(**{**vars(plan), "exits": exits}), tmp_path)
        back = read_tables(tmp_path)["exits"]
        assert back["lot"].tolist() == texts
        assert back["reason"].tolist() == texts[::-1]
        with (tmp_path / "exits.csv").open(encoding="utf-8", newline="") as lines:
            cells = [cell for row in csv.reader(lines) for cell in row]
        assert not [cell for cell in cells if cell.startswith(tuple("=+-@\t\r\n"))]


def test_a_folder_without_a_summary_is_no_plan(tmp_path: Path) -> None:
    assert not is_plan_folder(tmp_path)
    with pytest.raises(PlannerError, match="holds no plan"):
        read_summary(tmp_path)
    write_tables(a_plan(), tmp_path)
    assert is_plan_folder(tmp_path)
    (tmp_path / "lines.csv").unlink()
    with pytest.raises(PlannerError, match=r"lacks lines\.csv"):
        read_tables(tmp_path)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"value": 1}', '{"value": "x"}'])
def test_a_damaged_summary_is_refused_in_words(tmp_path: Path, text: str) -> None:
    (tmp_path / "summary.json").write_text(text)
    with pytest.raises(PlannerError, match="Write the plan again"):
        read_summary(tmp_path)


def test_a_damaged_table_is_refused_in_words(tmp_path: Path) -> None:
    write_tables(a_plan(), tmp_path)
    file = tmp_path / "exits.csv"
    file.write_text(file.read_text().replace(",7,", ",many,"))
    with pytest.raises(PlannerError, match=r"exits\.csv is damaged"):
        read_tables(tmp_path)


@pytest.mark.parametrize(
    "make",
    [a_plan, a_plan_with_findings, a_hostile_plan, an_empty_plan, every_plan, every_hostile_plan],
)
def test_a_summary_keeps_to_the_published_schema(make: Any) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    known = json.loads(json.dumps(summary(make()), allow_nan=False))
    faults = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(known)]
    assert faults == []
    assert sorted(SCHEMA["required"]) == sorted(known) == sorted(SCHEMA["properties"])


def test_a_summary_adds_up() -> None:
    known = summary(a_plan())
    assert sum(known["value_parts"].values()) == pytest.approx(known["value"])
    assert sum(known["units_by_market"].values()) == known["units"]["shipped"]
    assert sum(known["units_by_exit"].values()) == known["units"]["left"]
    assert known["audit"] == []
    assert known["ready"]


@pytest.mark.parametrize("make", [a_plan, every_plan])
def test_the_consignments_of_a_summary_are_those_of_the_papers(make: Any) -> None:
    plan: Plan = make()
    known = json.loads(json.dumps(summary(plan), allow_nan=False))["consignments"]
    lines = [line for each in known for line in each["lines"]]
    assert sorted(lines) == sorted(journeys(plan)["line"])
    units = dict(zip(plan.lines["line"], plan.lines["units"], strict=True))
    for each in known:
        assert each["units"] == sum(units[line] for line in each["lines"])
        assert each["depart_date"] <= each["arrive_date"]
    packed, sent = packing_list(plan), invoice_lines(plan)
    for mine, theirs in (("kg", packed["kg"]), ("cbm", packed["cbm"])):
        assert sum(each[mine] for each in known) == pytest.approx(theirs.sum())
    values = sent.groupby("consignment")["customs_total"].sum().to_dict()
    for each in known:
        assert each["customs_value"] == pytest.approx(values.get(each["consignment"], 0.0))
        assert (each["customs_value"] > 0) == (each["papers"] == "invoice and packing list")
