"""Fixed costs: paid where they pay, never where they do not, however loose the limit beside them."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FixedPer, RuleEffect
from planner.model.filling import violations
from planner.solve import engine
from planner.solve.branch_and_bound import Exact
from planner.solve.engine import solve
from planner.solve.openings import Choice, choose_openings, decided_on
from planner.solve.whole_units import finished
from tests.exhibits import tiny_scenario
from tests.random_scenarios import random_scenario
from tests.solve.in_process import built, planned, quiet, relaxation
from tests.solve.small import one_lane, program

NO_LIMIT = 999_999_999


@pytest.mark.parametrize("through", [9.0, 1e4, 1e6, 1e7, 1e9])
def test_a_lane_that_pays_is_opened_however_loose_its_limit(through: float) -> None:
    """500 x 9 - 1000 = 3500; solvers answer 0 once limit x tolerance reaches the nine units."""
    solution = solve(one_lane(through), 5.0, 1e-9, quiet)
    assert solution.value == 3500
    assert solution.amounts.tolist() == [9, 0, 1]


@pytest.mark.parametrize("through", [9.0, 1e7])
@pytest.mark.parametrize(("cost", "value"), [(4499.0, 1.0), (4501.0, 0.0), (1e9, 0.0)])
def test_a_lane_is_opened_only_when_all_its_units_pay_for_it(
    through: float, cost: float, value: float
) -> None:
    solution = solve(one_lane(through, cost=cost), 5.0, 1e-9, quiet)
    assert solution.value == value
    assert solution.amounts[2] == (value > 0)


def test_of_two_lanes_the_dearer_paper_with_the_better_money_wins() -> None:
    """Either lane takes all six units: 6 x 10 - 40 = 20 against 6 x 7 - 24 = 18, both 60 - 64."""
    task = program(
        [10.0, 7.0, 0.0, -40.0, -24.0],
        [6.0, 6.0, 6.0, 1.0, 1.0],
        [
            ("supply", {0: 1.0, 1: 1.0, 2: 1.0}, 6.0, 6.0),
            ("demand_pool", {0: 1.0, 1: 1.0}, -np.inf, 6.0),
            ("certificate", {0: 1.0, 3: -6.0}, -np.inf, 0.0),
            ("shipment_papers", {1: 1.0, 4: -6.0}, -np.inf, 0.0),
        ],
        options=2,
    )
    relaxed = relaxation(task)
    columns = np.array(relaxed.master.columns)
    opened = choose_openings(task, columns, relaxed.answer.amounts, time.monotonic() + 60.0).amounts
    assert opened.sum() <= 1
    solution = solve(task, 5.0, 1e-9, quiet)
    assert solution.value == 20
    assert solution.bound == pytest.approx(20)


def test_pieces_that_alone_break_a_limit_are_taken_back_the_emptiest_first() -> None:
    """Shares of 1.9 and 1.1 of a box need 2 and 2, but 3 may leave: the second keeps one."""
    task = program(
        [9.0, 9.0, 0.0, -1.0, -1.0],
        [30.0, 30.0, 30.0, 2.0, 2.0],
        [
            ("supply", {0: 1.0, 1: 1.0, 2: 1.0}, 30.0, 30.0),
            ("demand_pool", {0: 1.0}, -np.inf, 19.0),
            ("demand_pool", {1: 1.0}, -np.inf, 11.0),
            ("certificate", {0: 1.0, 3: -10.0}, -np.inf, 0.0),
            ("certificate", {1: 1.0, 4: -10.0}, -np.inf, 0.0),
            ("box_limit", {3: 1.0, 4: 1.0}, -np.inf, 3.0),
        ],
        options=2,
    )
    relaxed = relaxation(task)
    columns = np.array(relaxed.master.columns)
    choice = choose_openings(task, columns, relaxed.answer.amounts, time.monotonic() + 60.0)
    assert choice.amounts.tolist() == [2.0, 1.0]


def test_beside_a_choice_stock_has_its_whole_price_and_what_is_shut_carries_nothing() -> None:
    task = program(
        [9.0, 8.0, 7.0, 0.0, -40.0, -24.0],
        [9.0, 9.0, 9.0, 9.0, 1.0, 1.0],
        [
            ("supply", {0: 1.0, 1: 1.0, 2: 1.0, 3: 1.0}, 6.0, 6.0),
            ("certificate", {0: 1.0, 4: -6.0}, -np.inf, 0.0),
            ("shipment_papers", {0: 1.0, 1: 1.0, 5: -6.0}, -np.inf, 0.0),
        ],
        options=3,
    )
    chosen = Choice(np.array([4, 5]), np.array([0.0, 1.0]), settled=True)
    beside = decided_on(task, chosen)
    assert beside.most.tolist() == [0, 9, 9, 9, 0, 0], "the first option needs both"
    assert beside.row_upper.tolist() == [6, 0, np.inf]
    found = relaxation(beside).answer
    assert found.objective == pytest.approx(6 * 8), "what is paid for is paid for"
    assert found.prices[0] == pytest.approx(8), "the whole price of a unit is that of its stock"
    assert task.most.tolist() == [9, 9, 9, 9, 1, 1], "the program itself stays"


def test_beside_a_choice_what_an_opening_must_sell_at_least_is_still_asked_for() -> None:
    task = program(
        [-1.0, 0.0, -40.0],
        [9.0, 9.0, 1.0],
        [
            ("supply", {0: 1.0, 1: 1.0}, 9.0, 9.0),
            ("certificate", {0: 1.0, 2: -9.0}, -np.inf, 0.0),
            ("least_if_opened", {0: 1.0, 2: -5.0}, 0.0, np.inf),
        ],
        options=1,
    )
    opened = decided_on(task, Choice(np.array([2]), np.array([1.0]), settled=True))
    assert relaxation(opened).answer.amounts.tolist() == [5, 4, 0]
    shut = decided_on(task, Choice(np.array([2]), np.array([0.0]), settled=True))
    assert relaxation(shut).answer.amounts.tolist() == [0, 9, 0]


def test_openings_are_chosen_anew_while_that_makes_a_large_plan_better(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "EXACT_COLUMNS", 0)
    better, told = 0, list[float]()
    for seed in range(12):
        _, task, _ = built(random_scenario(seed))
        with monkeypatch.context() as once:
            once.setattr(engine, "SPARE", np.inf)
            first = solve(task, 20.0, 1e-6, quiet)
        told.clear()
        last = solve(task, 20.0, 1e-6, lambda news: told.append(news.value or -np.inf))
        assert violations(task, last.amounts) == []
        assert last.value >= first.value
        assert last.value >= max(told), "a better plan told of is never given up"
        assert last.bound == first.bound
        better += last.value > first.value * (1 + engine.WORTH_A_ROUND)
    assert better > 0


def test_papers_branch_and_bound_left_open_for_nothing_are_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Stopped by gap or clock, branch and bound may answer with papers that nothing uses."""
    task = program(
        [5.0, 9.0, 0.0, -2.0, -2.0],
        [4.0, 4.0, 4.0, 1.0, 1.0],
        [
            ("supply", {0: 1.0, 1: 1.0, 2: 1.0}, 4.0, 4.0),
            ("demand_pool", {0: 1.0, 1: 1.0}, -np.inf, 4.0),
            ("certificate", {0: 1.0, 3: -4.0}, -np.inf, 0.0),
            ("certificate", {1: 1.0, 4: -4.0}, -np.inf, 0.0),
        ],
        options=2,
    )
    held = finished(task, np.array([0, 0, 4, 0, 0]))
    wasteful = Exact(np.array([0.0, 4.0, 0.0, 1.0, 1.0]), 34.0)
    monkeypatch.setattr(engine, "whole_plan", lambda *_: held)
    monkeypatch.setattr(engine, "solve_whole", lambda *_: wasteful)
    solution = solve(task, 5.0, 1e-9, quiet)
    assert solution.amounts.tolist() == [0, 4, 0, 0, 1]
    assert solution.value == 34


def papered(cost: float, limit: int | None) -> Scenario:
    """Tiny scenario: dresses need a certificate in Singapore, every limit blank or a huge number."""
    tiny = tiny_scenario()
    rule = r.ComplianceRule(
        rule="certificate",
        markets=("SG",),
        effect=RuleEffect.REQUIRE,
        fixed_cost=cost,
        fixed_currency="CNY",
        fixed_per=FixedPer.STYLE,
    )

    def rows(table: str, **update: Any) -> tuple[Any, ...]:
        return tuple(row.model_copy(update=update) for row in getattr(tiny, table))

    huge = {"throughput_units_per_day": limit, "storage_cbm": limit}
    lots = tuple(lot.model_copy(update={"units": 30}) for lot in tiny.lots)
    return tiny.model_copy(
        update={
            "rules": (rule,),
            "lots": lots,
            "sites": rows("sites", **huge),
            "channels": rows("channels", units_per_day=limit),
            "demand": tuple(
                pool.model_copy(update={"units_per_period": 1e9})
                if limit is not None and pool.channel == "SG-SHOP"
                else pool
                for pool in tiny.demand
            ),
        }
    )


@pytest.mark.parametrize("limit", [None, 10**6, 10**9, NO_LIMIT])
def test_a_certificate_that_pays_is_bought_beside_huge_limits(limit: int | None) -> None:
    free, priced = planned(papered(0.01, limit), gap=1e-9), planned(papered(50.0, limit), gap=1e-9)
    assert priced.findings == ()
    assert "L2" in set(priced.openings["subject"])
    sold = priced.lines[(priced.lines["lot"] == "L2") & (priced.lines["market"] == "SG")]
    assert sold["units"].sum() > 0
    all_paid = len(free.openings) * (50.0 - 0.01)
    assert free.report.value - all_paid - 0.01 <= priced.report.value <= free.report.value


@pytest.mark.parametrize("limit", [None, NO_LIMIT])
def test_a_certificate_that_does_not_pay_is_not_bought(limit: int | None) -> None:
    plan = planned(papered(1e6, limit), gap=1e-9)
    assert plan.openings.empty
    assert set(plan.lines["market"]) == {"CN"}
