"""What every column adds to each goal, against the plan's own tables and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.vocabulary import Goal
from planner.model.columns import Exits, Stays
from planner.model.goals import Aim, aims_of, goal_values
from planner.model.rules.markets import MarketsUsed
from tests.exhibits import full_scenario, tiny_scenario
from tests.solve.in_process import built
from tests.solve.small import program

PRICED, PROGRAM, COLUMNS = built(
    tiny_scenario().model_copy(
        update={"priorities": (r.Priority(order=1, goal=Goal.FEWEST_MARKETS),)}
    )
)


def test_recovery_is_what_the_program_maximises() -> None:
    assert goal_values(PRICED, COLUMNS, PROGRAM, Goal.RECOVERY) is PROGRAM.value


def test_cleared_units_are_those_sold_and_those_an_exit_clears() -> None:
    values = goal_values(PRICED, COLUMNS, PROGRAM, Goal.CLEARED_UNITS)
    assert np.all(values[: COLUMNS.options] == 1.0)
    exits = COLUMNS.of(Exits)
    ways = [PRICED.lookup.scenario.exits[k].exit for k in exits.exit]
    cleared = values[COLUMNS.at(Exits)].tolist()
    assert cleared == [1.0 if way == "jobber" else 0.0 for way in ways]
    assert set(cleared) == {0.0, 1.0}


def test_a_stay_clears_nothing() -> None:
    priced, task, columns = built(full_scenario())
    values = goal_values(priced, columns, task, Goal.CLEARED_UNITS)
    assert len(columns.at(Stays)) and not np.any(values[columns.at(Stays)])


def test_cash_counts_when_it_comes_in() -> None:
    """At home 14 days pass until cash: sold in period 1, paid in period 2; abroad 10 days."""
    options = PRICED.options
    days = [row.payment_days for row in PRICED.lookup.scenario.channels]
    paid = (options.sale_day + np.array(days)[options.channel]) // 14 + 1
    whole = goal_values(PRICED, COLUMNS, PROGRAM, Goal.CASH, 99)[: COLUMNS.options]
    assert np.all(whole > 0)
    for by_period in (1, 2, 3):
        values = goal_values(PRICED, COLUMNS, PROGRAM, Goal.CASH, by_period)[: COLUMNS.options]
        assert values.tolist() == np.where(paid <= by_period, whole, 0.0).tolist()
    last = goal_values(PRICED, COLUMNS, PROGRAM, Goal.CASH)[: COLUMNS.options]
    assert last.tolist() == values.tolist()


def test_co2e_is_by_tonne_and_leg() -> None:
    """A jacket of 1.1 kg over the sea leg of 40 kg per tonne: 0.044 kg."""
    values = goal_values(PRICED, COLUMNS, PROGRAM, Goal.CO2E)
    options, trips, lookup = PRICED.options, PRICED.trips, PRICED.lookup
    names = np.array([trips.name(k, lookup) for k in options.trip.tolist()])
    jacket = options.lot == lookup.lot_at["L1"]
    fcl = jacket & np.char.endswith(names, "NGB-SIN-FCL")
    assert fcl.any()
    assert values[: COLUMNS.options][fcl] == pytest.approx(0.044)
    assert not np.any(values[: COLUMNS.options][names == "HZ-JX"])
    assert not np.any(values[COLUMNS.options :])


def test_markets_are_counted_by_their_columns() -> None:
    values = goal_values(PRICED, COLUMNS, PROGRAM, Goal.FEWEST_MARKETS)
    assert np.flatnonzero(values).tolist() == COLUMNS.at(MarketsUsed).tolist()


def test_money_comes_last_unless_it_is_the_last_goal() -> None:
    def order(*goals: Goal) -> list[Goal]:
        asked = tuple(r.Priority(order=7 - k, goal=goal) for k, goal in enumerate(reversed(goals)))
        priced, task, columns = built(tiny_scenario().model_copy(update={"priorities": asked}))
        return [aim.goal for aim in aims_of(priced, columns, task)]

    assert order(Goal.CASH) == [Goal.CASH, Goal.RECOVERY]
    assert order(Goal.CASH, Goal.RECOVERY) == [Goal.CASH, Goal.RECOVERY]
    assert order(Goal.RECOVERY, Goal.CO2E) == [Goal.RECOVERY, Goal.CO2E, Goal.RECOVERY]


def test_what_is_kept_of_a_goal() -> None:
    more = Aim(1, Goal.CASH, np.zeros(1), 0.1)
    less = Aim(1, Goal.CO2E, np.zeros(1), 0.1)
    assert more.kept(200.0) == pytest.approx(180.0)
    assert more.kept(-200.0) == pytest.approx(-220.0)
    assert less.kept(200.0) == pytest.approx(220.0)


def test_a_kept_goal_is_one_more_rule() -> None:
    task = program([1.0, 2.0], [9.0, 9.0], [("supply", {0: 1.0, 1: 1.0}, 9.0, 9.0)], options=2)
    more = Aim(1, Goal.CASH, np.array([300.0, 50.0]), 0.0).keeping(task, 900.0)
    less = Aim(2, Goal.CO2E, np.array([3.0, 0.0]), 0.0).keeping(more, 6.0)
    assert less.labels.rule == ("supply", "priority", "priority")
    assert less.labels.label == ("row 0", "cash", "co2e")
    assert less.matrix.toarray()[1:] == pytest.approx(np.array([[3.0, 0.5], [3.0, 0.0]]))
    assert less.row_lower[1:] == pytest.approx([9.0, -np.inf])
    assert less.row_upper[1:] == pytest.approx([np.inf, 6.0])
