"""The benchmark's scenarios are sound, always the same, of the shape they claim."""

from __future__ import annotations

import numpy as np
import pytest

from planner import Settings, make_plan
from planner.domain.check import check
from planner.domain.lookup import Lookup
from planner.landed_cost.options import price_scenario
from planner.plan.audit import audit
from planner.plan.record import Plan
from tests.benchmarks.instances import SIZES, instance

FINGERPRINTS = {
    "XS": "10b61220008a478e",
    "S": "388eb9558bb95c71",
    "M": "9abaf087ea449252",
}
"""First figures of each size's fingerprint: results can be compared only while these stand."""


@pytest.fixture(scope="module")
def plan_s() -> Plan:
    return make_plan(instance("S"), Settings(seconds=120, gap=0.01))


@pytest.mark.parametrize("size", FINGERPRINTS)
def test_a_size_is_the_same_in_every_run(size: str) -> None:
    assert instance(size).fingerprint.startswith(FINGERPRINTS[size])


@pytest.mark.parametrize("size", ["XS", "S", "M"])
def test_nothing_is_wrong_with_a_scenario(size: str) -> None:
    assert check(instance(size)) == ()


def test_boxes_openings_and_corridor_are_sound_too() -> None:
    scenario = instance("S", boxes=True, openings=True, corridor=True)
    assert check(scenario) == ()
    assert scenario.leg_boxes and scenario.opening_terms and scenario.corridors


def test_a_size_has_the_lots_channels_and_periods_it_is_named_for() -> None:
    for name in ("S", "M"):
        scenario, size = instance(name), SIZES[name]
        assert len(scenario.lots) == size.lots
        assert len(scenario.channels) == size.channels
        assert scenario.header.periods == size.periods


def test_some_lots_alone_are_the_same_lots() -> None:
    whole, part = instance("S"), instance("S", only=range(50, 60))
    assert part.lots == whole.lots[50:60]
    assert part.model_copy(update={"lots": whole.lots}) == whole


def test_about_three_channels_in_five_are_open_to_a_lot() -> None:
    scenario = instance("S")
    options = price_scenario(Lookup(scenario)).options
    pairs = len(np.unique(options.lot * len(scenario.channels) + options.channel))
    assert pairs / (len(scenario.lots) * len(scenario.channels)) == pytest.approx(0.6, abs=0.03)


def test_the_plan_of_s_passes_its_audit(plan_s: Plan) -> None:
    assert plan_s.findings == ()
    assert audit(plan_s.scenario, plan_s.tables, plan_s.report.value) == ()


def test_limits_of_every_kind_bind(plan_s: Plan) -> None:
    limits = plan_s.limits
    full = limits[limits["used"] >= 0.999 * limits["limit"]]
    wanted = {"site_throughput", "leg_capacity", "channel_capacity", "demand_pool", "relabelling"}
    assert wanted <= set(full["rule"])
