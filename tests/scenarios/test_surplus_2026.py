"""The example of 120 lots holds what its README says it holds."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Confidence, FeeModel, Mode, SiteKind
from planner.io import load_scenario

FOLDER = Path(__file__).parents[2] / "scenarios" / "surplus-2026"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(FOLDER)


def test_totals_of_the_stock(scenario: Scenario) -> None:
    lots = scenario.lots
    assert sum(lot.units for lot in lots) == 1_622_274
    assert sum(lot.units * lot.cbm for lot in lots) == pytest.approx(8_050, abs=0.5)
    assert sum(lot.units * lot.kg for lot in lots) / 1000 == pytest.approx(968, abs=0.5)
    assert sum(lot.units * lot.tag for lot in lots) == pytest.approx(765.0e6, abs=0.05e6)
    assert sum(lot.units * lot.unit_cost for lot in lots) == pytest.approx(138.4e6, abs=0.05e6)


def test_counts(scenario: Scenario) -> None:
    kinds = [site.kind for site in scenario.sites]
    assert len(scenario.lots) == 120
    assert len(scenario.brands) == 8
    assert len(scenario.markets) == len(scenario.channels) == 16
    assert kinds.count(SiteKind.ORIGIN) == 3
    assert kinds.count(SiteKind.HUB) == 2
    assert kinds.count(SiteKind.PORT) == 3
    assert kinds.count(SiteKind.GATEWAY) == 12
    assert (scenario.header.periods, scenario.header.days_per_period) == (13, 14)
    assert len(scenario.demand) == 128
    assert len(scenario.channel_terms) == 64
    assert len(scenario.season_factors) == 195


def test_lanes(scenario: Scenario) -> None:
    abroad = [leg for leg in scenario.legs if leg.from_site.startswith("P-")]
    groupage = [leg for leg in abroad if leg.mode is Mode.SEA_LCL]
    assert len(abroad) - len(groupage) == 24
    assert len(groupage) == 18
    for leg in groupage:
        assert leg.shares_capacity_with is not None
    assert len(scenario.legs) - len(abroad) == 10


def test_every_fee_model_of_the_example_is_there(scenario: Scenario) -> None:
    models = [channel.fee_model for channel in scenario.channels]
    counts = {model: models.count(model) for model in FeeModel if model in models}
    assert counts == {
        FeeModel.COMMISSION: 3,
        FeeModel.REBATE: 1,
        FeeModel.MARKETPLACE: 5,
        FeeModel.WHOLESALE: 4,
        FeeModel.JOINT_VENTURE: 2,
        FeeModel.PARCEL: 1,
    }


def test_malaysian_sales_tax_is_charged_once(scenario: Scenario) -> None:
    (malaysia,) = [market for market in scenario.markets if market.market == "MY"]
    assert malaysia.vat_rate == 0
    assert malaysia.import_vat_rate == pytest.approx(0.10)
    assert not malaysia.import_vat_recoverable


def test_every_table_says_where_it_comes_from(scenario: Scenario) -> None:
    said = {row.table for row in scenario.provenance}
    for table in Scenario.model_fields:
        rows = getattr(scenario, table)
        if table not in ("header", "provenance") and rows:
            assert table in said, table
    confidences = {row.confidence for row in scenario.provenance}
    assert confidences == set(Confidence)
