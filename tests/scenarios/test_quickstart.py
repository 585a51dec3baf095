"""The small scenario stays small and keeps its teaching points."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.domain.scenario import Scenario
from planner.io import load_scenario

FOLDER = Path(__file__).parents[2] / "scenarios" / "quickstart"


@pytest.fixture(scope="module")
def scenario() -> Scenario:
    return load_scenario(FOLDER)


def test_it_can_be_followed_by_hand(scenario: Scenario) -> None:
    assert len(scenario.lots) == 12
    assert len(scenario.markets) == 5
    assert len(scenario.brands) == 3
    assert len(scenario.ladders) == 3
    assert scenario.header.periods == 6
    assert all(1500 <= lot.units <= 15000 for lot in scenario.lots)
    assert len({channel.fee_model for channel in scenario.channels}) == 5


def test_the_hub_cannot_pass_all_units(scenario: Scenario) -> None:
    (hub,) = [site for site in scenario.sites if site.site == "HUB"]
    days = scenario.header.periods * scenario.header.days_per_period
    assert hub.throughput_units_per_day is not None
    assert hub.throughput_units_per_day * days < sum(lot.units for lot in scenario.lots)


def test_there_are_locks_and_goods_on_the_way(scenario: Scenario) -> None:
    assert len(scenario.locks) == 2
    assert sum(shipment.units for shipment in scenario.frozen_shipments) == 2000
