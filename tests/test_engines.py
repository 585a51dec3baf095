"""One door: whatever engine solves a scenario, the same contract holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import CorridorMode, ExitKind, FixedPer
from planner.errors import SolverError
from planner.executor import Executor, InProcess, Processes, RayCluster, Shard
from planner.large import lots_of_slice, samples_of
from planner.pipeline import make_plan, make_plan_by_slices
from planner.plan.record import PLAN_TABLES, Plan
from planner.solve.choice import ALONE, Engine, engine_of, reasons_against_slices
from planner.solve.settings import Settings
from tests.benchmarks.instances import SIZES, Size, instance
from tests.exhibits import tiny_scenario
from tests.random_scenarios import random_scenario
from tests.solve.in_process import built, relaxation
from tests.test_executor import WITHOUT_RAY

SETTINGS = Settings(seconds=300.0, gap=1e-3)
GAP_STATED = 0.02
"""Scenarios of a few dozen lots are the hardest for slices: more limits than lots."""
NAMES = ("whole", "slices")


@cache
def small() -> Scenario:
    """24 lots in three slices: limits bind, styles have two lots, promises and quotas are there."""
    return instance(Size(24, 5, 5))


def by_slices(spread: Callable[[list[Shard]], Executor]) -> Plan:
    return make_plan_by_slices(small(), SETTINGS, spread=spread, slice_lots=8)


@cache
def plan_of(engine: str) -> Plan:
    if engine == "whole":
        return make_plan(small(), SETTINGS)
    return by_slices(InProcess)


@cache
def linear_optimum() -> float:
    return float(relaxation(built(small())[1]).answer.objective)


@pytest.mark.parametrize("engine", NAMES)
def test_every_engine_gives_a_plan_without_findings(engine: str) -> None:
    plan = plan_of(engine)
    assert isinstance(plan, Plan)
    assert not plan.findings
    assert len(plan.lines) > 0
    assert plan.report.bound_by in ("duals", "branch and bound")


@pytest.mark.parametrize("engine", NAMES)
def test_no_engine_claims_more_than_it_proves(engine: str) -> None:
    report = plan_of(engine).report
    assert report.value <= report.bound
    assert report.gap == pytest.approx((report.bound - report.value) / abs(report.bound))
    assert report.gap <= GAP_STATED


def test_the_bound_of_slices_is_no_lower_than_the_linear_optimum() -> None:
    assert plan_of("slices").report.bound >= linear_optimum() * (1 - 1e-7)


def test_no_plan_is_worth_more_than_the_other_engine_proves_possible() -> None:
    whole, slices = (plan_of(name).report for name in NAMES)
    assert whole.value <= slices.bound and slices.value <= whole.bound * (1 + 1e-9)


def test_plans_of_all_engines_have_the_same_tables() -> None:
    whole, slices = (plan_of(name) for name in NAMES)
    for name in PLAN_TABLES:
        assert list(getattr(whole, name).columns) == list(getattr(slices, name).columns), name


@pytest.mark.parametrize(
    "spread",
    [
        pytest.param(lambda shards: Processes(shards, 2), id="processes"),
        pytest.param(
            lambda shards: RayCluster(shards, 2),
            id="ray",
            marks=pytest.mark.skipif(WITHOUT_RAY, reason="ray is not installed"),
        ),
    ],
)
def test_the_plan_does_not_depend_on_where_slices_are_worked_out(
    spread: Callable[[list[Shard]], Executor],
) -> None:
    here, there = plan_of("slices").report, by_slices(spread).report
    assert there.bound == pytest.approx(here.bound, rel=1e-6)
    assert there.value == pytest.approx(here.value, rel=1e-6)


def plain(scenario: Scenario) -> Scenario:
    """A scenario with the rules slices know, and no others."""
    header = scenario.header.model_copy(update={"corridor": CorridorMode.OFF})
    none: dict[str, dict[str, object]] = {
        "rules": {"fixed_cost": 0.0, "fixed_per": FixedPer.NONE},
        "lots": {"multiple_units": 1, "least_line_units": 0},
        "channels": {
            "styles_most_per_period": None,
            "price_distance_least": 0.0,
            "presale_periods": 0,
            "burst_days": None,
        },
        "legs": {"minimum_charge": 0.0},
        "sites": {"storage_cbm": None},
        "brands": {"exclusive_channels": ()},
    }
    tables: dict[str, object] = {
        name: tuple(row.model_copy(update=blank) for row in getattr(scenario, name))
        for name, blank in none.items()
    }
    exits = [row for row in scenario.exits if row.kind != ExitKind.DE_BRAND]
    currency = scenario.header.currency
    held = r.Exit(exit="hold any", kind=ExitKind.HOLD, currency=currency, value_per_unit=0.0)
    tables |= dict.fromkeys(ALONE, ()) | {"header": header, "exits": (*exits, held)}
    return scenario.model_copy(update=tables)


@pytest.mark.parametrize("seed", range(6))
def test_tiny_scenarios_are_planned_alike_by_slices(seed: int) -> None:
    """Two to four lots, the worst there can be for slices: the bound holds, the plan is allowed, and
    what is left open is closed by solving the options near the best together."""
    scenario = plain(random_scenario(seed))
    assert not reasons_against_slices(scenario)
    settings = Settings(seconds=60.0, gap=1e-4)
    whole = make_plan(scenario, settings).report
    plan = make_plan_by_slices(scenario, settings, spread=InProcess, slice_lots=2)
    assert not plan.findings
    assert plan.report.value <= whole.bound * (1 + 1e-9)
    assert whole.value <= plan.report.bound * (1 + 1e-9)
    assert plan.report.value >= 0.98 * whole.value


def edited(table: str, where: int, **cells: object) -> Scenario:
    """The small scenario with one row of a table changed."""
    rows = list(getattr(small(), table))
    rows[where] = rows[where].model_copy(update=cells)
    return small().model_copy(update={table: tuple(rows)})


def endless_pools() -> Scenario:
    """A channel with more shoppers than goods, which no share and no pool limits."""
    channel = small().channels[0].channel
    demand = [
        row.model_copy(update={"units_per_period": 1e8}) if row.channel == channel else row
        for row in small().demand
    ]
    channels = [row.model_copy(update={"style_share": 1.0}) for row in small().channels]
    return small().model_copy(update={"demand": tuple(demand), "channels": tuple(channels)})


def nothing_shared() -> Scenario:
    """A category that no channel sells: some slices share nothing with others."""
    category = small().lots[0].category
    demand = tuple(row for row in small().demand if row.category != category)
    brands = tuple(row.model_copy(update={"must_clear_share": 0.0}) for row in small().brands)
    exits = tuple(row.model_copy(update={"units_most": None}) for row in small().exits)
    return small().model_copy(update={"demand": demand, "brands": brands, "exits": exits})


ODD = {
    "endless pools": endless_pools,
    "an exit that takes nothing": lambda: edited("exits", 1, units_most=0),
    "a leg that takes nothing": lambda: edited("legs", 0, cbm_per_day=0.0),
    "nothing shared": nothing_shared,
}


@pytest.mark.parametrize("what", ODD)
def test_odd_limits_are_planned_by_slices(what: str) -> None:
    scenario = ODD[what]()
    plan = make_plan_by_slices(scenario, SETTINGS, spread=InProcess, slice_lots=2)
    whole = make_plan(scenario, SETTINGS).report
    assert not plan.findings
    assert plan.report.value <= whole.bound * (1 + 1e-9)
    assert whole.value <= plan.report.bound * (1 + 1e-9)
    assert plan.report.gap <= GAP_STATED


@pytest.mark.parametrize("seconds", [300.0, 0.01])
def test_prices_of_samples_lead_to_the_same_plan(
    monkeypatch: pytest.MonkeyPatch, seconds: float
) -> None:
    monkeypatch.setattr("planner.large.LEAST_SAMPLE", 3)
    settings = Settings(seconds=seconds, gap=1e-3)
    plan = make_plan_by_slices(small(), settings, spread=InProcess, slice_lots=8)
    whole = make_plan(small(), SETTINGS).report
    assert not plan.findings
    assert plan.report.value <= whole.bound * (1 + 1e-9)
    assert whole.value <= plan.report.bound * (1 + 1e-9)
    assert seconds < 1.0 or plan.report.gap <= GAP_STATED


def test_slices_hold_as_many_combinations_whatever_the_channels_and_periods() -> None:
    assert lots_of_slice(small()) == 390_000 // (5 * 5)
    many = small().model_copy(update={"channels": small().channels * 10_000})
    assert lots_of_slice(many) == 1


def test_a_sample_is_one_style_in_eight_or_sixty_four() -> None:
    assert samples_of(1_000) == []
    assert samples_of(10_000) == [8]
    assert samples_of(100_000) == [64, 8]


def test_without_time_the_report_says_so() -> None:
    settings = Settings(seconds=0.01, gap=1e-4)
    report = make_plan_by_slices(small(), settings, spread=InProcess, slice_lots=8).report
    assert report.stopped_because == "the time allowed was used up"
    assert not report.reproducible


@dataclass(frozen=True)
class Case:
    """A scenario in words, and the engine it is solved by."""

    what: str
    scenario: Callable[[], Scenario]
    engine: Engine


def large(**tables: object) -> Scenario:
    """A scenario that looks large: many names of channels are enough to count."""
    scenario = instance(Size(24, 5, 5))
    many = scenario.channels * (SIZES["L"].lots * 300 // (24 * len(scenario.channels)))
    return scenario.model_copy(update={"channels": many, **tables})


CASES = (
    Case("small", small, Engine.WHOLE),
    Case("large", large, Engine.BY_SLICES),
    Case(
        "large, with a corridor",
        lambda: large(header=small().header.model_copy(update={"corridor": CorridorMode.HARD})),
        Engine.WHOLE,
    ),
    Case(
        "large, with a price path",
        lambda: large(price_paths=(r.PricePath(rule="P", no_rise=True),)),
        Engine.WHOLE,
    ),
    Case("large, nothing may be held", lambda: large(exits=()), Engine.WHOLE),
)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what)
def test_one_place_decides_the_engine(case: Case) -> None:
    assert engine_of(case.scenario()) is case.engine


def test_a_scenario_slices_cannot_do_is_refused_with_the_reason() -> None:
    assert reasons_against_slices(tiny_scenario())
    with pytest.raises(SolverError, match="slice by slice"):
        make_plan_by_slices(tiny_scenario())
