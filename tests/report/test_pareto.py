"""The front of two goals: every point is beaten by no plan at all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

import numpy as np
import pandas as pd
import pytest

from planner.__main__ import main
from planner.domain import records as r
from planner.domain.arrays import Floats
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Goal, LockKind
from planner.model.goals import goal_values
from planner.report.pareto import pareto
from planner.solve.settings import Settings
from tests.by_another_solver import optimum
from tests.exhibits import tiny_scenario
from tests.solve.in_process import built, solve_here
from tests.test_priorities import asking

EXACT = Settings(seconds=40.0, gap=1e-9)
UNITS = 4


@pytest.fixture(scope="module", autouse=True)
def in_one_process() -> Iterator[None]:
    """Hundreds of small solves, without a process for each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planner.report.pareto.run_solver", solve_here)
        yield


def handful() -> Scenario:
    """Four dresses, one rung: few enough plans to try them all."""
    tiny = tiny_scenario()
    dress = tiny.lots[1].model_copy(update={"units": UNITS})
    return tiny.model_copy(
        update={
            "lots": (dress,),
            "ladders": tiny.ladders[:1],
            "demand": tuple(
                row.model_copy(update={"units_per_period": row.units_per_period / 12})
                for row in tiny.demand
            ),
        }
    )


def every_plan(scenario: Scenario, first: Goal, second: Goal) -> Floats:
    """Both goals of every whole-unit plan of a scenario with one lot and no openings."""
    priced, task, columns = built(asking(scenario, (first, 0.0), (second, 0.0)))
    assert not len(task.of_kind(1, 2, 3, 4, 5))
    choices = np.array(list(combinations_with_replacement(range(task.size[1]), UNITS)))
    amounts = np.zeros((len(choices), task.size[1]))
    for part in choices.T:
        amounts[np.arange(len(choices)), part] += 1
    used = amounts @ task.matrix.toarray().T
    fits = (used <= task.row_upper + 1e-9).all(axis=1) & (used >= task.row_lower - 1e-9).all(axis=1)
    fits &= (amounts <= task.most).all(axis=1)
    goals = [goal_values(priced, columns, task, goal) for goal in (first, second)]
    return np.asarray(amounts[fits] @ np.array(goals).T)


def test_every_point_of_the_front_is_beaten_by_no_plan_that_can_be_tried() -> None:
    """Recovery against emissions: more of the one is only had for more of the other."""
    scenario = handful()
    plans = every_plan(scenario, Goal.RECOVERY, Goal.CO2E)
    front = pareto(scenario, Goal.RECOVERY, Goal.CO2E, 4, EXACT)
    money, emitted = plans.T
    assert len(plans) > 100
    assert front["recovery"].iloc[0] == pytest.approx(money.max())
    assert front["co2e"].iloc[-1] == pytest.approx(emitted.min(), abs=1e-9)
    for _, point in front.iterrows():
        at_limit = emitted <= point["co2e"] + 1e-9
        assert point["recovery"] == pytest.approx(money[at_limit].max())
        as_rich = money >= point["recovery"] - 1e-6
        assert point["co2e"] == pytest.approx(emitted[as_rich].min(), abs=1e-9)
    assert len(front) >= 3 and front["recovery"].is_monotonic_decreasing
    assert front["co2e"].is_monotonic_decreasing


def test_every_number_of_markets_is_on_the_front() -> None:
    """With none, one or two markets the best money is what another solver finds."""
    tiny = tiny_scenario()
    front = pareto(tiny, Goal.RECOVERY, Goal.FEWEST_MARKETS, 3, Settings(seconds=40.0, gap=1e-6))
    assert front["fewest_markets"].tolist() == [2.0, 1.0, 0.0]
    for _, point in front.iterrows():
        used = [name for name in ("CN", "SG") if point[name] > 0]
        best = []
        for kept in ((), ("CN",), ("SG",), ("CN", "SG")):
            if len(kept) == len(used):
                others = tuple({"CN", "SG"} - set(kept))
                ban = (r.Lock(lock="shut", kind=LockKind.BAN, markets=others),) if others else ()
                best.append(optimum(built(tiny.model_copy(update={"locks": ban}))[1]))
        assert point["recovery"] == pytest.approx(max(best), rel=1e-5)
        assert point["value"] == point["recovery"]


def test_points_no_better_than_others_are_left_out() -> None:
    """All 260 units clear in one market: the second market buys nothing."""
    front = pareto(tiny_scenario(), Goal.CLEARED_UNITS, Goal.FEWEST_MARKETS, 3, EXACT)
    assert front[["cleared_units", "fewest_markets"]].to_numpy().tolist() == [[260, 1], [100, 0]]


def test_where_the_goals_agree_the_front_is_one_point() -> None:
    tiny = tiny_scenario()
    scenario = tiny.model_copy(update={"channels": tiny.channels[:1]})
    front = pareto(scenario, Goal.RECOVERY, Goal.CO2E, 5, EXACT)
    assert len(front) == 1 and front["co2e"].tolist() == [0.0]


def test_the_command_line_shows_the_front(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["pareto", "scenarios/quickstart", "--goals", "recovery", "co2e", "--points", "2"]
    assert main([*command, "--seconds", "10", "--gap", "0.002"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("Best recovery for each limit on co2e")
    assert "Recovery (CNY)" in said[2] and "kg CO2e" in said[2] and "VN" in said[2]
    money = [float(line.split()[0].replace(",", "")) for line in said[3:] if line.strip()]
    assert len(money) == 2 and money == sorted(money, reverse=True)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--goals", "recovery", "recovery"], "Name two different ones"),
        (["--goals", "recovery"], "expected 2 arguments"),
        (["--goals", "recovery", "joy"], "invalid"),
        (["--goals", "recovery", "cash", "--points", "1"], "at least 2"),
    ],
)
def test_a_wrong_question_is_a_sentence(
    more: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["pareto", "scenarios/quickstart", *more])
    except SystemExit as left:
        code = int(left.code or 0)
    assert code == 2
    assert words in capsys.readouterr().err


def test_a_front_is_a_table_of_numbers() -> None:
    front = pareto(handful(), Goal.CASH, Goal.CO2E, 2, EXACT, by_period=2)
    assert list(front.columns) == ["cash", "co2e", "value", "gap", "CN", "SG"]
    assert all(pd.api.types.is_numeric_dtype(front[name]) for name in front)
    assert (front["gap"] < 1e-6).all()
