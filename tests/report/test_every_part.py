"""A plan that pays for everything a plan can pay for: each part is told, and they add up."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from planner.domain.vocabulary import ExitKind, Goal, Opens
from planner.errors import Loosening
from planner.plan.audit import audit
from planner.plan.record import PLAN_TABLES
from planner.report import tables
from planner.report.compare import compare
from planner.report.figures import boxes_by_line, figures
from planner.report.folder import read_summary, read_tables, write_tables
from planner.report.headings import VALUE_PARTS
from planner.report.summary import summary
from planner.report.workbook import workbook_bytes
from tests.report.exhibit_plan import a_plan, an_empty_plan, every_plan

CENT = 0.005


def sheets_of(plan):  # type: ignore[no-untyped-def]
    return openpyxl.load_workbook(BytesIO(workbook_bytes(plan)), data_only=True)


def test_every_table_but_the_baselines_has_rows() -> None:
    assert every_plan().findings == ()
    empty = {name for name in PLAN_TABLES if every_plan().tables[name].empty}
    assert empty <= {"baselines"}


def test_every_part_counts_and_together_they_are_the_value() -> None:
    known = figures(every_plan())
    assert list(known.parts) == list(VALUE_PARTS)
    assert all(abs(money) > CENT for money in known.parts.values())
    assert known.value == pytest.approx(every_plan().report.value, abs=CENT)
    told = tables.value_parts(every_plan())
    assert told["money"].sum() == pytest.approx(every_plan().report.value, abs=CENT)


def test_a_part_that_is_nothing_is_not_shown() -> None:
    plan = a_plan()
    parts = list(figures(plan).parts_that_count)
    assert parts == ["lines", "cleared", "exits", "co2e", "openings", "shortfalls"]
    assert tables.value_parts(plan)["value_part"].tolist() == [VALUE_PARTS[name] for name in parts]
    words = {row[3].value for row in sheets_of(plan)["Summary"].iter_rows()}
    assert set(VALUE_PARTS.values()) & words == {VALUE_PARTS[name] for name in parts}
    assert list(figures(an_empty_plan()).parts_that_count) == ["lines", "exits"]


def test_the_summary_sheet_adds_up_every_part() -> None:
    said = {row[3].value: row[4].value for row in sheets_of(every_plan())["Summary"].iter_rows()}
    for name, money in figures(every_plan()).parts.items():
        assert said[VALUE_PARTS[name]] == pytest.approx(money)
    assert said["Plan value"] == pytest.approx(every_plan().report.value)
    assert said["Check"] == "OK"


def test_the_folder_holds_everything_the_audit_wants(tmp_path: Path) -> None:
    plan = every_plan()
    write_tables(plan, tmp_path)
    known = read_summary(tmp_path)
    assert audit(plan.scenario, read_tables(tmp_path), float(known["value"])) == ()
    assert known["value_parts"] == figures(plan).parts
    assert known["boxes"] == {"crate": len(plan.boxes)}
    assert known["soft_rules_broken"] == {"floor": pytest.approx(plan.breaches["cost"].sum())}
    assert [row["subject"] for row in known["soft_limits_missed"]] == ["Linden", "enough jackets"]
    assert {row["style"] for row in known["best_trades"]} == set(plan.arbitrage["style"])


def test_two_plans_are_compared_part_by_part() -> None:
    named = [("all", summary(every_plan())), ("none", summary(an_empty_plan()))]
    table = compare(named).set_index("figure")
    for name, money in figures(every_plan()).parts.items():
        words = VALUE_PARTS[name]
        assert table["all"][f"of which {words[0].lower()}{words[1:]}"] == pytest.approx(money)
    assert table["none - all"]["Boxes crate"] == -len(every_plan().boxes)


def test_the_box_list_has_a_row_for_each_box_and_says_what_is_in_it() -> None:
    plan = every_plan()
    listed, loads = tables.boxes(plan), tables.box_loads(plan)
    assert listed["box"].tolist() == plan.boxes["box"].tolist()
    assert listed["units"].sum() == loads["units"].sum() == plan.box_loads["units"].sum()
    first = listed.iloc[0]
    held = loads[loads["box"] == first["box"]].groupby("lot")["units"].sum()
    assert first["contents"] == "; ".join(
        f"{lot} {words}: {held[lot]}"
        for lot, words in (("L2", "Linden dress"), ("L3", "Northpeak jacket"))
        if lot in held
    )
    assert (first["from_site"], first["to_site"]) == ("Port of Ningbo", "Warehouse, Singapore")
    rows = list(sheets_of(plan)["Boxes"].iter_rows(values_only=True))
    assert [row for row in rows if first["contents"] in row]


def test_a_box_with_nothing_in_it_says_so() -> None:
    plan = every_plan()
    bare = tables.boxes(replace(plan, box_loads=plan.box_loads.iloc[:0]))
    assert set(bare["contents"]) == {"empty"}
    assert set(bare["units"]) == {0}


def test_container_loads_are_parts_of_the_whole_boxes_a_line_is_in() -> None:
    plan = every_plan()
    box = plan.boxes.iloc[0]
    loads = boxes_by_line(plan)
    lines = plan.box_loads.loc[plan.box_loads["box"] == box["box"]]
    for line, cbm, kg in zip(lines["line"], lines["cbm"], lines["kg"], strict=True):
        assert loads[line] == pytest.approx(max(cbm / 0.06, kg / 50.0))
    assert set(loads.index) == set(plan.box_loads["line"])


def test_a_soft_limit_missed_is_told_in_its_own_unit() -> None:
    table = tables.shortfalls(every_plan()).set_index("label")
    cleared, jackets = table.loc["Linden"], table.loc["enough jackets"]
    assert cleared["missed"] == (
        f"short by {cleared['missing']:.0f} units of 306 promised, CNY 1.50 each"
    )
    assert jackets["missed"] == (
        f"short by {jackets['missing']:.0f} units of 400 promised, CNY 2 each"
    )
    assert table["cost"].is_monotonic_decreasing
    sheet = sheets_of(every_plan())["Soft rules"]
    assert cleared["missed"] in {cell.value for row in sheet.iter_rows() for cell in row}


def test_the_words_say_on_which_side_a_limit_is_missed() -> None:
    plan = every_plan()
    columns = ["rule", "subject", "period", "unit", "promised_units", "units", "price", "cost"]
    missed = [
        ("leg_capacity", "ship | cbm", 2, "cbm", 2.5, 0.25, 10.0, 2.5),
        ("budget", "freight", 0, "CNY", 1000.0, 1200.0, 0.1, 120.0),
        ("certificate", "label | S1", 0, "units", 0.0, 7.0, 3.0, 21.0),
        ("group_buy", "S1 | APP | R1", 1, "units above the least", 0.0, 4.0, 1.0, 4.0),
        ("quota", "kept", 0, "units", 5.0, 0.0, 1.0, 0.0),
    ]
    limits = pd.DataFrame(
        [
            ("leg_capacity", "ship | cbm", 2, "cbm", 2.75, 2.5, 1.1, 0.0),
            ("budget", "freight", 0, "CNY", 2200.0, 1000.0, 2.2, 0.0),
        ],
        columns=plan.limits.columns,
    )
    shown = tables.shortfalls(
        replace(plan, shortfalls=pd.DataFrame(missed, columns=columns), limits=limits)
    )
    assert shown["missed"].tolist() == [
        "over by 1,200 CNY of 1,000 allowed, CNY 0.10 each",
        "missed by 7 units, CNY 3 each",
        "missed by 4 units, CNY 1 each",
        "over by 0.25 cbm of 2.50 allowed, CNY 10 each",
    ]


def test_an_offer_that_breaks_a_soft_rule_is_told_with_its_line() -> None:
    table = tables.breaches(every_plan())
    lines = every_plan().lines.set_index("line")
    assert table["rule"].unique().tolist() == ["floor"]
    assert table["market"].tolist() == lines.loc[table["line"], "market"].tolist()
    product = table["units"] * table["depth_per_unit"] * table["breach_price"]
    assert table["cost"].to_numpy() == pytest.approx(product.to_numpy())
    assert table["cost"].sum() == pytest.approx(-figures(every_plan()).parts["breaches"])


def test_goals_are_told_in_words() -> None:
    assert tables.goals(every_plan())["goal"].tolist() == ["Value of the plan"]
    texts = {cell.value for row in sheets_of(every_plan())["Goals"].iter_rows() for cell in row}
    assert "Value of the plan" in texts


def test_every_kind_of_exit_opening_and_goal_has_words() -> None:
    assert set(tables.EXIT_WORDS) == {kind.value for kind in ExitKind} | {"stay"}
    assert set(tables.OPENS_WORDS) == set(Opens)
    assert set(tables.GOAL_WORDS) == {goal.value for goal in Goal}


def test_what_is_opened_is_told_in_words() -> None:
    table = tables.openings(every_plan())
    assert set(table["requirement"]) >= {"Opening of a market", "Sales event"}
    assert (table["requirement"] != "").all()


def test_what_to_loosen_is_told_in_words() -> None:
    found = [
        Loosening("lock", "push it out", 0, "units", 1200.0, "lower", 7800.0),
        Loosening("site_throughput", "HUB", 3, "units", 0.5, "raise", 600.5),
    ]
    table = tables.loosenings(found)
    assert table["rule"].tolist() == ["lock", "site throughput"]
    assert table["change"].tolist() == [
        "lower by 1,200 units to 7,800",
        "raise by 0.5 units to 600.5",
    ]
    assert table["period"].tolist() == [0, 3]
    assert tables.loosenings(()).empty
