"""What a lock or a rule costs: two plans, with it and without, and how well both are known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pytest

from planner.__main__ import main
from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import LockKind, RuleMode
from planner.errors import Finding
from planner.plan.record import Plan
from planner.report.rule_cost import (
    costs_of,
    lock_prices,
    rule_costs,
    rules_in_use,
    without_each_lock,
    without_each_rule,
)
from planner.solve.settings import Settings
from tests.by_another_solver import optimum
from tests.exhibits import tiny_scenario
from tests.solve.in_process import built, planned, solve_here

SETTINGS = Settings(seconds=20.0, gap=1e-5)
SEA = "HZ-JX > JX-NGB > NGB-SIN-FCL"
LOCKS = (
    r.Lock(lock="jackets abroad", kind=LockKind.MIN_UNITS, lots=("L1",), markets=("SG",), units=6),
    r.Lock(lock="no cheap dresses", kind=LockKind.PRICE, lots=("L2",), rungs=("full",)),
    r.Lock(lock="not by this ship", kind=LockKind.BAN, routes=(SEA,), ship_period=1),
    r.Lock(lock="harmless", kind=LockKind.MAX_UNITS, units=999),
)


@pytest.fixture(scope="module", autouse=True)
def in_one_process() -> Iterator[None]:
    """Hundreds of small solves, without a process for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planner.pipeline.run_solver", solve_here)
        yield


def locked(*locks: r.Lock) -> Scenario:
    return tiny_scenario().model_copy(update={"locks": locks})


def slow_shop() -> Scenario:
    """Singapore's shop sells one unit a day."""
    tiny = tiny_scenario()
    home, shop = tiny.channels
    slow = shop.model_copy(update={"units_per_day": 1.0})
    return tiny.model_copy(update={"channels": (home, slow)})


def exactly(scenario: Scenario) -> float:
    """The best plan's value by another solver."""
    best = optimum(built(scenario)[1])
    assert best is not None
    return best


def exact_plan(scenario: Scenario) -> Plan:
    return planned(scenario, seconds=20.0, gap=1e-5)


@pytest.fixture(scope="module")
def prices() -> pd.DataFrame:
    return lock_prices(locked(*LOCKS), SETTINGS)


def test_each_lock_has_its_price_dearest_first(prices: pd.DataFrame) -> None:
    assert prices["cost"].is_monotonic_decreasing
    assert set(prices["lock"]) == {lock.lock for lock in LOCKS}
    whole = exactly(locked(*LOCKS))
    for row in prices.to_dict("records"):
        without = exactly(locked(*(lock for lock in LOCKS if lock.lock != row["lock"])))
        assert row["value_with"] == pytest.approx(whole, rel=2e-5)
        assert row["value_without"] == pytest.approx(without, rel=2e-5)
        assert row["cost_least"] - 1e-6 <= without - whole <= row["cost_most"] + 1e-6
        assert row["cost"] == pytest.approx(row["value_without"] - row["value_with"])
    by_name = prices.set_index("lock")
    assert by_name.loc["jackets abroad", "units"] == 6 and by_name.loc["harmless", "cost"] < 1.0
    assert by_name.loc["no cheap dresses", "cost"] > 100 < by_name.loc["jackets abroad", "cost"]


def test_what_moves_without_a_lock_adds_up(prices: pd.DataFrame) -> None:
    """Units come from somewhere: over markets and what stays unsold they sum to nothing."""
    for row in prices.to_dict("records"):
        moves = [part.rsplit(" ", 1) for part in row["moved"].split(", ") if part]
        assert sum(int(units.replace(",", "")) for _, units in moves) == 0
        assert {name for name, _ in moves} <= {"CN", "SG", "not sold"}
    dresses = prices.set_index("lock").loc["no cheap dresses", "moved"]
    assert "not sold -" in dresses


def test_a_lock_by_route_takes_its_price_from_that_route_alone() -> None:
    """Without boxes in period 1 the goods go loose or later: cheaper than closing the market."""
    by_route = exactly(locked(LOCKS[2]))
    shut = r.Lock(lock="shut", kind=LockKind.BAN, markets=("SG",))
    assert exactly(locked(shut)) < by_route < exactly(locked())
    plan = exact_plan(locked(LOCKS[2]))
    assert plan.findings == ()
    first = plan.lines[plan.lines["ship_period"] == 1]
    assert SEA not in set(first["route"]) and len(plan.lines[plan.lines["market"] == "SG"])


def test_units_may_be_locked_on_a_route_that_money_would_not_take() -> None:
    """Loose cargo is never cheaper here, yet what is locked onto it goes by it."""
    loose = SEA.replace("FCL", "LCL")
    lock = r.Lock(lock="by LCL", kind=LockKind.MIN_UNITS, routes=("*LCL", loose), units=7)
    plan = exact_plan(locked(lock))
    assert plan.findings == ()
    assert plan.lines[plan.lines["route"] == loose]["units"].sum() == 7
    assert plan.report.value < exactly(locked())


def test_a_rule_costs_what_it_forbids() -> None:
    """Switched off, the channel's capacity and the floor free what they held back."""
    scenario = slow_shop()
    table = rule_costs(scenario, SETTINGS, ["channel_capacity", "exit_capacity"])
    found = table.set_index("rule")["cost"]
    free = [row.model_copy(update={"units_per_day": None}) for row in scenario.channels]
    without = scenario.model_copy(update={"channels": tuple(free)})
    wanted = exactly(without) - exactly(scenario)
    assert found["channel_capacity"] == pytest.approx(wanted, abs=2.0)
    assert found["channel_capacity"] > 500 > found["exit_capacity"] == pytest.approx(0.0, abs=2.0)


def test_rules_in_use_are_those_with_something_to_say() -> None:
    tiny = tiny_scenario()
    used = rules_in_use(tiny)
    assert {"style_share", "exit_capacity"} <= set(used)
    assert not {"demand_pool", "lock", "floor", "channel_capacity"} & set(used)
    assert "channel_capacity" in rules_in_use(slow_shop())
    steep = (tiny.brands[0].model_copy(update={"floor_domestic": 0.35}), tiny.brands[1])
    assert "floor" in rules_in_use(tiny.model_copy(update={"brands": steep}))


def test_a_change_takes_out_one_thing_and_nothing_else() -> None:
    changes = without_each_lock(locked(*LOCKS))
    assert [change.named["lock"] for change in changes] == [lock.lock for lock in LOCKS]
    assert changes[1].scenario.locks == (LOCKS[0], *LOCKS[2:])
    soft = r.RuleSetting(rule="lock", subject="jackets", mode=RuleMode.SOFT, price=3.0)
    kept = r.RuleSetting(rule="quota", mode=RuleMode.OFF)
    scenario = locked().model_copy(update={"rule_settings": (soft, kept)})
    (change,) = without_each_rule(scenario, ["lock"])
    off = r.RuleSetting(rule="lock", mode=RuleMode.OFF)
    assert change.scenario.rule_settings == (kept, off)


def test_the_cost_is_only_known_to_within_both_gaps() -> None:
    """Without the lock a poorer plan was found: it costs nothing, or as much as the bounds allow."""
    base = exact_plan(locked(LOCKS[0]))

    def plan_of(scenario: Scenario) -> Plan:
        better = bool(scenario.locks)
        report = replace(base.report, value=1000.0 if better else 990.0, bound=1010.0)
        return replace(base, report=report)

    (row,) = costs_of(locked(LOCKS[0]), without_each_lock(locked(LOCKS[0])), plan_of).to_dict(
        "records"
    )
    assert (row["value_without"], row["cost"], row["cost_least"], row["cost_most"]) == (
        1000.0, 0.0, 0.0, 10.0)  # fmt: skip
    assert row["gap_note"].startswith("between 0 and 10")


def test_plans_with_findings_have_no_reliable_cost() -> None:
    base = exact_plan(locked(LOCKS[0]))
    wrong = replace(base, findings=(Finding("lines", 2, "units", "is wrong.", "Mend it."),))
    table = costs_of(locked(LOCKS[0]), without_each_lock(locked(LOCKS[0])), lambda _: wrong)
    assert "not to be relied on" in table["gap_note"].iloc[0]


def test_the_command_line_lists_costs(capsys: pytest.CaptureFixture[str]) -> None:
    quick = ["scenarios/quickstart", "--seconds", "10", "--gap", "0.002"]
    assert main(["locks", *quick]) == 0
    said = capsys.readouterr().out
    assert "SNEAKERS-AT-HOME" in said and "With every lock the plan is worth" in said
    assert main(["costs", *quick, "--rule", "site_throughput"]) == 0
    assert "site_throughput" in capsys.readouterr().out
    assert main(["costs", *quick, "--rule", "site_thruput"]) == 2
    assert "Did you mean 'site_throughput'?" in capsys.readouterr().err


def test_a_scenario_without_locks_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.cli.load_scenario", lambda path: tiny_scenario())
    assert main(["locks", "tiny"]) == 0
    assert capsys.readouterr().out == "The scenario has no locks.\n"
