"""The whole way on the quickstart: from its folder to an audited plan."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Perspective
from planner.io import load_scenario
from planner.landed_cost.waterfall import WATERFALL_LINES
from planner.pipeline import PACKAGES, as_asked, make_plan
from planner.plan.record import PARTIES, PLAN_TABLES, Plan
from planner.solve.settings import Progress, Settings

QUICKSTART = Path(__file__).parents[1] / "scenarios" / "quickstart"
SETTINGS = Settings(seconds=30.0, gap=0.002)

COLUMNS = {
    "lines": """line lot brand channel market route ship_period sell_period rung units price
        price_currency ship_date arrival_date arrival_period sale_date cartons kg cbm
        netback_per_unit money""",
    "waterfalls": "line shelf_price consumer_paid sales_vat duty import_vat cost_of_money netback",
    "legs": """line sequence leg from_site to_site mode depart_date arrive_date units cbm kg
        freight""",
    "boxes": """box leg depart_date arrive_date equipment cost planned cbm kg usable_cbm payload_kg
        filled_share""",
    "box_loads": "box line lot units cbm kg",
    "charges": """leg depart_date charged_on load declared rate minimum currency cost planned""",
    "exits": "lot brand exit shipment units value_per_unit money reason",
    "openings": "rule market subject route ship_period cost",
    "shortfalls": "rule subject period unit promised_units units price cost",
    "breaches": "line rule subject units depth_per_unit price cost",
    "limits": "rule label period unit used limit share_used marginal_value",
    "arbitrage": """style from_market to_market lowest_price highest_price carrying_limit
        profit_per_unit allowed cost""",
    "parties": "party money",
    "prices": """channel market lot sell_period sale_date rung price currency share_of_tag
        units""",
    "baselines": "name value units_shipped plan_earns_more",
    "goals": "order goal tolerance unit best bound kept reached",
}
"""Columns promised by planner/plan/record.py."""
UNUSED = ("breaches", "boxes", "box_loads", "charges", "goals")
"""Tables of rules the quickstart does not use."""


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(QUICKSTART)


@pytest.fixture(scope="module")
def told() -> list[Progress]:
    return []


@pytest.fixture(scope="module")
def plan(scenario: Scenario, told: list[Progress]) -> Plan:
    return make_plan(scenario, SETTINGS, told.append)


def test_the_plan_is_proven_and_the_audit_finds_nothing(plan: Plan) -> None:
    assert plan.findings == ()
    assert plan.ready
    assert plan.report.status == "optimal"
    assert plan.report.gap <= SETTINGS.gap == plan.report.gap_asked
    assert 0 < plan.report.value <= plan.report.bound
    assert plan.report.reproducible
    assert plan.report.settings == SETTINGS.as_dict()
    assert set(plan.report.versions) == set(PACKAGES)


def test_it_earns_more_than_a_careful_hand(plan: Plan) -> None:
    assert len(plan.baselines) == 2
    assert (plan.baselines["value"] < plan.report.value).all()
    difference = plan.report.value - plan.baselines["value"]
    assert plan.baselines["plan_earns_more"].tolist() == pytest.approx(difference.tolist())


def test_the_scenario_is_not_touched(plan: Plan, scenario: Scenario) -> None:
    assert plan.scenario.fingerprint == load_scenario(QUICKSTART).fingerprint
    assert plan.scenario == scenario


@pytest.mark.parametrize("table", PLAN_TABLES)
def test_every_table_has_its_columns_and_rows(plan: Plan, table: str) -> None:
    wanted = COLUMNS[table].split()
    if table == "waterfalls":
        wanted += [*WATERFALL_LINES, *PARTIES]
    have = list(plan.tables[table].columns)
    assert set(wanted) <= set(have)
    if table != "waterfalls":
        assert set(have) == set(wanted)
    empty = table in UNUSED
    assert (len(plan.tables[table]) == 0) == empty


def test_the_parties_share_what_shoppers_paid(plan: Plan) -> None:
    units = plan.lines["units"].to_numpy()
    paid = plan.waterfalls["consumer_paid"] + plan.waterfalls["return_recovery"]
    assert plan.parties["money"].sum() == pytest.approx(float(units @ paid.to_numpy()))


def test_every_phase_has_its_seconds_and_is_told_in_order(plan: Plan, told: list[Progress]) -> None:
    phases = ["options", "build", "solve", "baselines", "extract", "audit"]
    assert set(phases) <= set(plan.report.seconds)
    assert {"relaxation", "certificate", "whole units"} <= set(plan.report.seconds)
    assert all(seconds >= 0 for seconds in plan.report.seconds.values())
    assert plan.report.seconds["relaxation"] <= plan.report.seconds["solve"]
    heard = [news.phase for news in told]
    assert [phase for phase in heard if phase in phases] == phases
    times = [news.seconds for news in told]
    assert times == sorted(times)
    assert any(news.gap is not None and news.gap >= 0 for news in told)


@pytest.mark.parametrize("whose", [Perspective.BRAND, Perspective.PLATFORM])
def test_the_perspective_asked_for_decides_whose_money_counts(
    scenario: Scenario, plan: Plan, whose: Perspective
) -> None:
    assert scenario.header.perspective is Perspective.BOTH
    own = make_plan(scenario, Settings(seconds=30.0, gap=0.005, perspective=whose))
    assert own.findings == ()
    assert own.scenario.header.perspective is whose
    assert own.waterfalls["netback"].tolist() == own.waterfalls[whose.value].tolist()
    both = plan.waterfalls["brand"] + plan.waterfalls["platform"]
    assert plan.waterfalls["netback"].tolist() == pytest.approx(both.tolist())
    assert takings(own, whose) > takings(plan, whose)
    assert own.report.value != pytest.approx(plan.report.value, rel=0.001)


def takings(plan: Plan, whose: Perspective) -> float:
    """A party's money: its sales and its own lots' exits, less papers and promises."""
    sold = float(plan.parties.loc[plan.parties["party"] == whose.value, "money"].sum())
    owner = {lot.lot: lot.owner.value for lot in plan.scenario.lots}
    own = plan.exits["lot"].map(owner) == whose.value
    rest = plan.exits.loc[own, "money"].sum()
    rest -= plan.openings["cost"].sum() + plan.shortfalls["cost"].sum()
    return sold + float(rest)


def test_the_perspective_of_the_header_is_left_alone_unless_another_is_asked(
    scenario: Scenario,
) -> None:
    assert as_asked(scenario, Settings()) is scenario
    assert as_asked(scenario, Settings(perspective=Perspective.BOTH)) is scenario
    brand = as_asked(scenario, Settings(perspective=Perspective.BRAND))
    assert brand.header.perspective is Perspective.BRAND
    assert brand.lots == scenario.lots


def test_a_changed_copy_has_a_fingerprint_of_its_own(scenario: Scenario) -> None:
    """Also when the first one's was read before: else a stale plan would pass for current."""
    before = scenario.fingerprint
    fewer = scenario.model_copy(update={"lots": scenario.lots[1:]})
    assert fewer.fingerprint != before
