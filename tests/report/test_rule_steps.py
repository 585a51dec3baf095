"""What a step of a rule brings, and who set which lock: figures held to another solver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from planner.domain import records as r
from planner.domain.changes import Change, apply, plain_row
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import LockKind
from planner.report.ledger import in_words, ledger
from planner.report.rule_cost import lock_prices
from planner.report.rule_steps import STEPS, step_costs, steps_of
from planner.solve.settings import Settings
from tests.by_another_solver import optimum
from tests.exhibits import full_scenario, tiny_scenario
from tests.solve.in_process import built, solve_here

SETTINGS = Settings(seconds=20.0, gap=1e-6)


@pytest.fixture(scope="module", autouse=True)
def in_one_process() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planner.pipeline.run_solver", solve_here)
        yield


def slow_shop(floor: float = 0.15) -> Scenario:
    """Singapore's shop sells one unit a day; brands ask for a part of tag abroad."""
    tiny = tiny_scenario()
    home, shop = tiny.channels
    slow = shop.model_copy(update={"units_per_day": 1.0})
    brands = tuple(row.model_copy(update={"floor_export": floor}) for row in tiny.brands)
    return tiny.model_copy(update={"channels": (home, slow), "brands": brands})


def exactly(scenario: Scenario) -> float:
    best = optimum(built(scenario)[1])
    assert best is not None
    return best


def test_what_a_step_brings_is_what_another_solver_finds() -> None:
    scenario = slow_shop(0.4)
    steps = steps_of(scenario, [("channels", "units_per_day"), ("brands", "floor_export")])
    heard: list[tuple[int, int]] = []
    table = step_costs(
        scenario, steps, SETTINGS, tell=lambda what, done, of: heard.append((done, of))
    )
    base = exactly(scenario)
    for step, row in zip(steps, table.to_dict("records"), strict=True):
        gain = exactly(apply(scenario, [step.change])) - base
        assert row["gain_least"] - 1e-6 <= gain <= row["gain_most"] + 1e-6
        assert row["gain"] == pytest.approx(gain, abs=2 * SETTINGS.gap * base)
    assert heard == [(k, len(steps) + 1) for k in range(len(steps) + 1)]


def test_more_room_never_costs_and_less_never_pays() -> None:
    scenario = slow_shop()
    steps = steps_of(scenario, [("channels", "units_per_day")])
    table = step_costs(scenario, steps, SETTINGS)
    up = table["new"] > table["old"]
    assert (table.loc[up, "gain"] >= -1e-6).all()
    assert (table.loc[~up, "gain"] <= 1e-6).all()
    assert table.loc[up, "gain"].max() > 0


def test_every_step_is_one_valid_change_in_the_rules_own_unit() -> None:
    scenario = full_scenario()
    steps = steps_of(scenario)
    assert len({step.change.place for step in steps}) > 10
    for step in steps:
        assert step.change.old != step.change.new
        assert (step.change.table, step.change.field) in STEPS
        apply(scenario, [step.change])


def test_a_step_that_leaves_no_plan_says_so() -> None:
    tiny = tiny_scenario()
    lock = r.Lock(
        lock="all at home", kind=LockKind.MIN_UNITS, lots=("L1",), markets=("CN",), units=120
    )
    too_many = r.Lock(
        lock="some abroad", kind=LockKind.MAX_UNITS, lots=("L1",), markets=("CN",), units=120
    )
    scenario = tiny.model_copy(update={"locks": (lock, too_many)})
    steps = [s for s in steps_of(scenario, [("locks", "units")])
             if s.change.key == ("some abroad",) and s.change.new == 96]  # fmt: skip
    table = step_costs(scenario, steps, SETTINGS)
    assert table["moved"].tolist() == ["no plan keeps all hard rules"] * len(steps)


@dataclass(frozen=True)
class Made:
    """An entry of a scenario's history."""

    who: str
    at: str
    note: str
    changes: tuple[Change, ...]


def test_the_ledger_says_who_set_which_lock_and_what_it_costs() -> None:
    here = r.Lock(lock="abroad", kind=LockKind.MIN_UNITS, lots=("L1",), markets=("SG",), units=6)
    base = r.Lock(lock="came with it", kind=LockKind.BAN, lots=("L2",), channels=("CN-APP",))
    scenario = tiny_scenario().model_copy(update={"locks": (base, here)})
    new = Change("locks", ("abroad",), "", None, plain_row(here))
    entries = [Made("Lin", "2026-01-03T10:00", "promised to the partner", (new,))]
    prices = lock_prices(scenario, SETTINGS)
    table = ledger(scenario, entries, prices).set_index("lock")
    assert table.loc["abroad", "who"] == "Lin"
    assert table.loc["abroad", "note"] == "promised to the partner"
    assert table.loc["abroad", "what"] == "at least 6 units of L1 in SG"
    assert table.loc["came with it", "who"] == ""
    cost = prices.set_index("lock")["cost"]
    assert table["cost"].to_dict() == pytest.approx(cost.to_dict())
    assert table["cost"].is_monotonic_decreasing


def test_locks_are_told_in_words() -> None:
    price = r.Lock(lock="p", kind=LockKind.PRICE, lots=("L2",), rungs=("full",))
    assert in_words(price) == "L2 only at full"
    ban = r.Lock(lock="b", kind=LockKind.BAN, lots=("L2",), channels=("X",), ship_period=2)
    assert in_words(ban) == "never L2 in X shipped in period 2"
