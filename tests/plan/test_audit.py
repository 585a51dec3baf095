"""The audit is silent on the right plan and names each wrong cell."""

from __future__ import annotations

import ast
import time
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner.domain.scenario import Scenario
from planner.plan.audit import audit
from planner.plan.audit.money import PARTIES
from planner.plan.audit.read import MONEY_LINES
from tests.plan.test_audit_world import (
    AIR,
    EXITS,
    HOME,
    PICKS,
    SEA,
    START,
    a_lot,
    fields,
    plan,
    world,
)

PAPERS = ("certificate", "shipment_papers")
OPENINGS = ["rule", "market", "subject", "route", "ship_period", "cost"]


def test_a_right_plan_has_no_finding() -> None:
    tables, value = plan(world())
    assert audit(world(), tables, value) == ()


def test_a_plan_read_back_from_text_has_no_finding() -> None:
    """Blanks become NaN and days become text on their way through a workbook."""
    tables, value = plan(world())
    for table in tables.values():
        for column in table.columns:
            if column.endswith("_date"):
                table[column] = pd.to_datetime(table[column])
    tables["openings"] = tables["openings"].replace("", None)
    tables["exits"] = tables["exits"].replace("", float("nan"))
    assert audit(world(), tables, value) == ()


def test_an_empty_plan_of_an_empty_scenario() -> None:
    empty = Scenario(header=world().header)
    names = ("lines", "waterfalls", "exits", "openings", "shortfalls")
    tables = {name: pd.DataFrame() for name in names}
    assert audit(empty, tables, 0.0) == ()
    assert fields(empty, {}, 0.0) == {(name, "") for name in names}


def put(tables: dict[str, pd.DataFrame], table: str, row: int, column: str, new: Any) -> None:
    """Write one cell of a plan."""
    content: list[Any] = tables[table][column].tolist()
    content[row] = new
    tables[table] = tables[table].assign(**{column: pd.Series(content, dtype=object)})


CELLS: list[tuple[str, int, str, Any, tuple[str, str]]] = [
    # table, row, column, new content, where the audit must point
    ("lines", 0, "lot", "L9", ("lines", "lot")),
    ("lines", 0, "channel", "MALL", ("lines", "channel")),
    ("lines", 0, "route", "cart", ("lines", "route")),
    ("lines", 0, "rung", "free", ("lines", "rung")),
    ("lines", 0, "units", 0, ("lines", "units")),
    ("lines", 0, "units", 19.5, ("lines", "units")),
    ("lines", 0, "units", 21, ("lines", "supply")),
    ("lines", 0, "kg", float("nan"), ("lines", "kg")),
    ("lines", 0, "cbm", -1.0, ("lines", "cbm")),
    ("lines", 0, "cbm", 0.09, ("lines", "cbm")),
    ("lines", 0, "kg", 10.5, ("lines", "kg")),
    ("lines", 0, "cartons", 2, ("lines", "cartons")),
    ("lines", 0, "line", "S2", ("lines", "line")),
    ("lines", 0, "brand", "B2", ("lines", "brand")),
    ("lines", 0, "market", "ZA", ("lines", "market")),
    ("lines", 0, "route", SEA, ("lines", "route")),
    ("lines", 2, "route", "truck > ship", ("lines", "route")),
    ("lines", 2, "route", HOME, ("lines", "route")),
    ("lines", 5, "lot", "L1", ("lines", "route")),
    ("lines", 0, "ship_date", date(2026, 1, 2), ("lines", "ship_date")),
    ("lines", 0, "ship_date", pd.NaT, ("lines", "ship_date")),
    ("lines", 0, "ship_date", "soon", ("lines", "ship_date")),
    ("lines", 0, "ship_period", 10**9, ("lines", "ship_period")),
    ("lines", 0, "sell_period", 10**9, ("lines", "sell_period")),
    ("lines", 2, "arrival_date", date(2026, 1, 26), ("lines", "arrival_date")),
    ("lines", 2, "arrival_period", 2, ("lines", "arrival_period")),
    ("lines", 2, "sale_date", date(2026, 1, 30), ("lines", "sale_date")),
    ("lines", 2, "sell_period", 2, ("lines", "sell_period")),
    ("lines", 2, "sell_period", 6, ("lines", "sell_period")),
    ("lines", 2, "ship_period", 1, ("lines", "ship_period")),
    ("lines", 5, "ship_period", 3, ("lines", "ship_period")),
    ("lines", 0, "price", 199.0, ("lines", "price")),
    ("lines", 0, "price_currency", "USD", ("lines", "price_currency")),
    ("lines", 0, "netback_per_unit", 99.0, ("lines", "netback_per_unit")),
    ("lines", 0, "money", 99.0, ("lines", "money")),
    ("waterfalls", 0, "line", "S9", ("lines", "line")),
    ("waterfalls", 0, "line", "S2", ("waterfalls", "line")),
    ("waterfalls", 0, "brand", float("inf"), ("waterfalls", "brand")),
    ("waterfalls", 0, "tax", 0.0, ("waterfalls", "conservation")),
    ("exits", 0, "units", 6, ("lines", "supply")),
    ("exits", 2, "units", 3, ("lines", "frozen_shipment")),
    ("exits", 1, "units", 22, ("lines", "exit_capacity")),
    ("exits", 0, "exit", "burn", ("exits", "exit")),
    ("exits", 0, "lot", "L9", ("exits", "lot")),
    ("exits", 0, "brand", "B2", ("exits", "brand")),
    ("exits", 0, "value_per_unit", 50.0, ("exits", "value_per_unit")),
    ("exits", 0, "money", 1.0, ("exits", "money")),
    ("exits", 2, "value_per_unit", 1.0, ("exits", "value_per_unit")),
    ("exits", 2, "shipment", "F2", ("exits", "shipment")),
    ("openings", 0, "cost", 140.0, ("openings", "certificate")),
    ("openings", 0, "subject", "L3", ("openings", "certificate")),
    ("openings", 0, "rule", "stamp", ("openings", "rule")),
    ("openings", 1, "subject", "L1", ("openings", "certificate")),
    ("openings", 2, "cost", 0.0, ("openings", "shipment_papers")),
    ("openings", 2, "ship_period", 4, ("openings", "shipment_papers")),
    ("shortfalls", 0, "units", 10.0, ("shortfalls", "units")),
    ("shortfalls", 0, "cost", 20.0, ("shortfalls", "cost")),
    ("shortfalls", 0, "promised_units", 50.0, ("shortfalls", "promised_units")),
    ("shortfalls", 0, "price", 1.0, ("shortfalls", "price")),
    ("shortfalls", 0, "subject", "B2", ("shortfalls", "must_clear")),
    ("legs", 0, "leg", "drayage", ("legs", "leg")),
    ("legs", 2, "mode", "air", ("legs", "mode")),
    ("legs", 2, "depart_date", date(2026, 1, 1), ("legs", "depart_date")),
    ("legs", 2, "arrive_date", date(2026, 1, 1), ("legs", "arrive_date")),
    ("legs", 2, "freight", 1.0, ("legs", "freight")),
    ("legs", 2, "units", 1, ("legs", "units")),
    ("legs", 0, "line", "S9", ("legs", "line")),
    ("prices", 0, "price", 1.0, ("prices", "price")),
    ("prices", 0, "units", 1, ("prices", "units")),
    ("prices", 0, "rung", "down", ("prices", "lot")),
    ("prices", 0, "share_of_tag", 0.1, ("prices", "share_of_tag")),
    ("prices", 0, "sale_date", START.replace(day=9), ("prices", "sale_date")),
    ("parties", 0, "money", 1.0, ("parties", "money")),
    ("parties", 0, "party", "nobody", ("parties", "party")),
    ("limits", 0, "share_used", 0.5, ("limits", "share_used")),
    ("limits", 0, "used", 36, ("limits", "used")),
]


@pytest.mark.parametrize("cell", CELLS, ids=lambda c: f"{c[0]}.{c[2]}={c[3]}")
def test_a_wrong_cell_is_named(cell: tuple[str, int, str, Any, tuple[str, str]]) -> None:
    table, row, column, content, place = cell
    tables, value = plan(world())
    put(tables, table, row, column, content)
    assert place in fields(world(), tables, value)


@pytest.mark.parametrize("name", [*MONEY_LINES, *PARTIES, "netback"])
@pytest.mark.parametrize("row", [0, 2])
def test_a_wrong_money_line_is_named(name: str, row: int) -> None:
    tables, value = plan(world())
    put(tables, "waterfalls", row, name, tables["waterfalls"][name].iloc[row] + 2e-6)
    found = audit(world(), tables, value)
    assert ("waterfalls", row + 2, name) in {(f.table, f.row, f.field) for f in found}
    assert {f.field for f in found} <= {name, "conservation"}


def test_the_value_must_agree_to_a_cent() -> None:
    tables, value = plan(world())
    assert audit(world(), tables, value + 0.009) == ()
    assert fields(world(), tables, value + 0.011) == {("plan", "value")}
    assert fields(world(), tables, float("nan")) == {("plan", "value")}


def test_a_missing_row_is_named() -> None:
    tables, value = plan(world())
    for table, place in (
        ("waterfalls", ("lines", "line")),
        ("legs", ("lines", "route")),
        ("exits", ("lines", "supply")),
        ("openings", ("openings", "certificate")),
        ("shortfalls", ("shortfalls", "must_clear")),
        ("prices", ("prices", "units")),
        ("parties", ("parties", "party")),
    ):
        short = tables | {table: tables[table].iloc[1:]}
        assert place in fields(world(), short, value), table


def test_a_repeated_option_and_a_repeated_exit_are_named() -> None:
    tables, value = plan(world(), [*PICKS, PICKS[0]], [*EXITS, EXITS[0]])
    places = fields(world(), tables, value)
    assert {("lines", "line"), ("exits", "exit"), ("lines", "supply")} <= places


def test_a_frozen_shipment_needs_no_papers_and_no_certificate() -> None:
    """With the plane's line gone, only the frozen shipment brings L2 to the shop."""
    picks = [pick for pick in PICKS if "plane" not in pick[2]]
    tables, value = plan(world(), picks)
    named = [f.problem for f in audit(world(), tables, value) if f.field in PAPERS]
    assert len(named) == 2 and all("which nothing needs" in problem for problem in named)
    assert "L2" in " ".join(named) and AIR in " ".join(named)
    paid = tables["openings"]["subject"].ne("L2") & tables["openings"]["route"].ne(AIR)
    needed = tables | {"openings": tables["openings"][paid]}
    assert not {f.field for f in audit(world(), needed, value + 144 + 150)} & {*PAPERS, "value"}


def test_papers_paid_for_a_frozen_shipment_are_paid_in_vain() -> None:
    tables, value = plan(world())
    more = pd.DataFrame([("papers", "ZA", "", "frozen F1", 0, 150.0)], columns=OPENINGS)
    tables["openings"] = pd.concat([tables["openings"], more], ignore_index=True)
    (only,) = audit(world(), tables, value)
    assert (only.table, only.row, only.field) == ("openings", 6, "shipment_papers")


@pytest.mark.parametrize(
    ("used", "limit", "places"),
    [
        (20 / 30, 1.0, set()),  # as a share of the appetite
        (20.0, 30.0, set()),  # in units at the reference price
        (20.0 / 0.7**2, 30.0 / 0.7**2, set()),  # in units at the lowest price
        (21.0, 30.0, {("limits", "used")}),
        (20.0, 30.0 / 0.7**2, {("limits", "used")}),
    ],
)
def test_a_limit_may_be_written_in_any_unit_that_gives_the_same_share(
    used: float, limit: float, places: set[tuple[str, str]]
) -> None:
    """In period 1 the home channel sells 20 of the 30 units its shoppers take."""
    tables, value = plan(world())
    pool = ("demand_pool", "HOME | dress | summer", 1, "units", used, limit, used / limit, 0.0)
    tables["limits"] = pd.DataFrame([pool], columns=tables["limits"].columns)
    assert fields(world(), tables, value) == places


def test_every_finding_says_where_what_and_how() -> None:
    tables, value = plan(world())
    put(tables, "lines", 0, "money", tables["lines"]["money"].iloc[0] + 1)
    (only,) = audit(world(), tables, value)
    assert (only.table, only.row, only.field) == ("lines", 2, "money")
    assert only.problem.endswith(".") and only.remedy


def test_five_thousand_lines_take_less_than_five_seconds_of_work() -> None:
    scenario = world()
    many = [a_lot(f"L{at}", "B1" if at % 2 else "B2", 12) for at in range(1000)]
    scenario = world(lots=(*scenario.lots, *(many[3:])))
    picks = [
        (f"L{at}", channel, route, ship, 4, "full", 1)
        for at in range(3, 1000)
        for channel, route, ship in (
            ("HOME", HOME, 1),
            ("HOME", HOME, 2),
            ("SHOP", SEA, 1),
            ("SHOP", SEA, 2),
            ("SHOP", AIR, 3),
        )
    ]
    tables, value = plan(scenario, picks)
    began = time.process_time()  # what others do on a shared machine is not the audit's time
    audit(scenario, tables, value)
    assert time.process_time() - began < 5


def test_the_audit_shares_no_code_with_what_made_the_plan() -> None:
    allowed = ("planner.errors", "planner.language", "planner.domain", "planner.plan.audit")
    files = list((Path(__file__).parents[2] / "planner" / "plan" / "audit").glob("*.py"))
    assert files
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert not name.startswith("planner") or name.startswith(allowed), (file, name)
