"""Plans for the reports: one made by hand in the audit's world, and one solved that has rows in
every table."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pandas as pd

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Confidence, RuleMode
from planner.errors import Finding
from planner.pipeline import make_plan
from planner.plan.record import Plan, SolveReport
from planner.solve.settings import Settings
from tests.exhibits import full_scenario
from tests.plan.test_audit_world import plan as plan_of_world
from tests.plan.test_audit_world import world

HOSTILE = (
    "=1+1",
    "{=1+1}",
    "+1",
    "-1",
    "@SUM(A1)",
    "http://example.com",
    "'quoted",
    "<b>&amp;",
    "007",
)
FINDING = Finding("lines", 2, "units", "=21 units of 20 are sold.", "Solve the scenario again.")


def a_scenario() -> Scenario:
    """The audit's world with sources for some of its numbers."""
    provenance = (
        r.Provenance(table="lots", source="stock list", confidence=Confidence.SOURCED),
        r.Provenance(
            table="duties",
            key="ZA|dress||",
            field="rate",
            source="tariff book",
            confidence=Confidence.SOURCED,
        ),
        r.Provenance(
            table="scenario",
            field="insurance_rate",
            source="broker",
            note="a quote",
            confidence=Confidence.ASSUMPTION,
        ),
        r.Provenance(table="legs", field="mode", source="forwarder", confidence=Confidence.DERIVED),
    )
    return world(provenance=provenance)


def a_plan() -> Plan:
    """Six lines, three exits, five papers, one promise missed; the audit finds nothing."""
    scenario = a_scenario()
    tables, value = plan_of_world(scenario)
    exits = tables["exits"].assign(reason=["no season left", "below the floor", "no demand"])
    baselines = pd.DataFrame(
        [("sell at home first", value - 500.0, 61, 500.0), ("jobber only", -80.0, 0, value + 80.0)],
        columns=["name", "value", "units_shipped", "plan_earns_more"],
    )
    limits = pd.DataFrame(
        [
            ("quota", "quota", 0, "units", 37.0, 37.0, 1.0, 3.0),
            ("demand_pool", "HOME | dress | summer", 1, "share", 2 / 3, 1.0, 2 / 3, 0.0),
        ],
        columns=list(tables["limits"].columns),
    )
    return Plan(
        scenario=scenario,
        **{**tables, "exits": exits, "limits": limits},
        baselines=baselines,
        report=a_report(value),
    )


def every_scenario() -> Scenario:
    """The full scenario with soft rules that are dear to keep, leaks that are worth having, small
    boxes, a minimum charge, and more jackets than shoppers take."""
    full = full_scenario()

    def rows(table: str, key: str, **changes: dict[str, object]) -> tuple[r.Record, ...]:
        return tuple(
            row.model_copy(update=changes.get(getattr(row, key).replace(" ", "_"), {}))
            for row in getattr(full, table)
        )

    header = {
        "corridor_tolerance": 0.0,
        "corridor_leak_units": 3.0,
        "value_per_unit_cleared": 0.5,
        "co2e_price_per_kg": 0.1,
    }
    promise = {"must_clear_share": 0.9, "must_clear_by": 1, "must_clear_price": 1.5}
    return full.model_copy(
        update={
            "header": full.header.model_copy(update=header),
            "lots": rows("lots", "lot", L1={"units": 260}),
            "equipment": (
                *full.equipment,
                r.Equipment(equipment="crate", usable_cbm=0.06, payload_kg=50.0),
            ),
            "leg_boxes": (
                *full.leg_boxes,
                r.LegBox(leg="NGB-SIN-FCL", equipment="crate", cost_per_box=2.0),
            ),
            "legs": rows("legs", "leg", **{"HZ-JX": {"minimum_charge": 120.0}}),
            "brands": rows("brands", "brand", Linden={"floor_export": 0.33, **promise}),
            "corridors": rows(
                "corridors",
                "corridor",
                to_Singapore={"freight_per_unit": 1.0, "freight_per_kg": 0.0, "risk_margin": 0.0},
            ),
            "quantity_rules": rows(
                "quantity_rules", "rule", enough_jackets={"least": 400.0, "most": None}
            ),
            "rule_settings": (
                *full.rule_settings,
                r.RuleSetting(rule="floor", mode=RuleMode.SOFT, price=0.5),
            ),
        }
    )


@cache
def every_plan() -> Plan:
    """The plan of `every_scenario`: every table has rows and every part of its value counts."""
    return make_plan(every_scenario(), Settings(seconds=30.0))


def a_report(value: float) -> SolveReport:
    """A solver that stopped at a gap of about one part in a thousand."""
    bound = value + 4.0
    return SolveReport(
        status="feasible",
        stopped_because="time limit",
        value=value,
        bound=bound,
        gap=(bound - value) / abs(bound),
        gap_asked=0.0001,
        bound_by="duals",
        seconds={"options": 0.1, "solve": 1.5},
        reproducible=False,
        options=210,
        rules=55,
        settings={"seconds": 100.0, "gap": 0.0001, "perspective": None},
        versions={"ortools": "9.15", "python": "3.11"},
        rounding_loss=0.5,
    )


def a_plan_with_findings() -> Plan:
    """The same plan with two faults the audit might find."""
    return replace(a_plan(), findings=(FINDING, replace(FINDING, row=3)))


def an_empty_plan() -> Plan:
    """A plan that ships nothing: every unit is held."""
    plan = a_plan()
    cut = {
        name: table.iloc[:0]
        for name, table in plan.tables.items()
        if name not in ("exits", "parties", "baselines")
    }
    return replace(plan, **cut)


def a_hostile_plan() -> Plan:
    """The plan made by hand with hostile names."""
    return hostile(a_plan())


def every_hostile_plan() -> Plan:
    """The solved plan with hostile names."""
    return hostile(every_plan())


def hostile(plan: Plan) -> Plan:
    """Every text of the plan and of the scenario's descriptions starts like a formula or a link."""
    tables = {name: _hostile(name, table) for name, table in plan.tables.items()}
    scenario = _renamed(plan.scenario)
    lots = tuple(lot.model_copy(update={"description": f"=cmd|{lot.lot}"}) for lot in scenario.lots)
    titles = {"scenario": '=1+1 & "x"', "title": "{=HYPERLINK(1)}"}
    provenance = tuple(
        row.model_copy(update={"source": "=1+1", "note": "http://evil.example"})
        for row in plan.scenario.provenance
    )
    update = {
        "lots": lots,
        "header": scenario.header.model_copy(update=titles),
        "provenance": provenance,
    }
    return replace(
        plan,
        scenario=scenario.model_copy(update=update),
        findings=(Finding("=a", 1, "=b", "=c", "=d"),),
        **tables,
    )


NAMED_IN_PLANS = {
    "lots": ("lot", "sku", "style", "model"),
    "brands": ("brand",),
    "sites": ("site",),
    "legs": ("leg",),
    "markets": ("market",),
    "channels": ("channel",),
    "rules": ("rule",),
    "exits": ("exit",),
    "frozen_shipments": ("shipment",),
    "equipment": ("equipment",),
}
"""Names of a scenario that plans repeat."""


def _renamed(scenario: Scenario) -> Scenario:
    """The scenario with the same hostile names for what its plans name, wherever they stand."""
    known = {
        getattr(row, name)
        for table, names in NAMED_IN_PLANS.items()
        for row in getattr(scenario, table)
        for name in names
    }

    def new(value: object) -> object:
        if isinstance(value, tuple):
            return tuple(new(each) for each in value)
        return _name(value) if type(value) is str and value in known else value

    def row_of(row: r.Record) -> r.Record:
        return row.model_copy(update={name: new(value) for name, value in row})

    tables = {
        name: tuple(row_of(row) for row in rows) for name, rows in scenario if name != "header"
    }
    return scenario.model_copy(update={"header": row_of(scenario.header), **tables})


OUR_WORDS = {
    ("parties", "party"),
    ("limits", "rule"),
    ("limits", "unit"),
    ("shortfalls", "rule"),
    ("shortfalls", "unit"),
    ("breaches", "rule"),
    ("charges", "charged_on"),
    ("goals", "goal"),
    ("goals", "unit"),
    ("legs", "mode"),
    ("lines", "price_currency"),
    ("prices", "currency"),
    ("charges", "currency"),
}
"""Columns whose words are the planner's own, not a user's."""


def _hostile(table_name: str, table: pd.DataFrame) -> pd.DataFrame:
    """The same name becomes the same hostile name in every table."""
    return table.assign(
        **{
            column: [
                _route(value) if column == "route" else _name(value)
                for value in table[column].tolist()
            ]
            for column in table.columns
            if table[column].map(lambda value: isinstance(value, str)).any()
            and (table_name, column) not in OUR_WORDS
        }
    )


def _route(route: str) -> str:
    """Hostile names of the legs of a route, or of its frozen shipment."""
    if route.startswith("frozen "):
        return f"frozen {_name(route.removeprefix('frozen '))}"
    return " > ".join(str(_name(leg)) for leg in route.split(" > "))


def _name(value: object) -> object:
    if not isinstance(value, str) or not value:
        return value
    return f"{HOSTILE[sum(map(ord, value)) % len(HOSTILE)]} {value}"


def a_long_plan(copies: int) -> Plan:
    """The exhibit's lines repeated, as if there were many lots; for speed only."""
    plan = a_plan()
    return replace(
        plan,
        **{
            name: _repeated(getattr(plan, name), copies) for name in ("lines", "waterfalls", "legs")
        },
    )


def _repeated(table: pd.DataFrame, copies: int) -> pd.DataFrame:
    copied = pd.concat([table] * copies, ignore_index=True)
    number = pd.Series(range(len(copied))) // len(table)
    return copied.assign(line=copied["line"] + "-" + number.astype(str))
