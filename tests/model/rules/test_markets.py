"""Markets counted: one column for each, shut until it is counted."""

from __future__ import annotations

import numpy as np

from planner.domain import records as r
from planner.domain.vocabulary import Goal
from planner.model.program import Kind
from planner.model.rules.markets import MarketsUsed, market_used
from tests.exhibits import tiny_scenario
from tests.model.test_rules import board, ones, rows_of, some


def asking(goal: Goal) -> tuple[r.Priority, ...]:
    return (r.Priority(order=1, goal=goal),)


def test_market_used_links_everything_sold_in_a_market_to_its_column() -> None:
    priorities = asking(Goal.FEWEST_MARKETS)
    on = board(tiny_scenario().model_copy(update={"priorities": priorities}))
    family, columns = on.columns.of(MarketsUsed), on.columns.at(MarketsUsed)
    at = dict(zip(family.labels, columns.tolist(), strict=True))
    found = rows_of(market_used(on))
    assert set(found) == {("CN", 0), ("SG", 0)} and set(at) == {"CN", "SG"}
    sold = ones(some(on, channel="SG-SHOP"))
    assert found["SG", 0].weights == sold | {at["SG"]: -(120.0 + 80.0 + 60.0)}
    assert found["SG", 0].upper == 0.0
    assert market_used(on).link and family.kind is Kind.OPENING
    assert not np.any(family.value) and family.most.tolist() == [1.0, 1.0]


def test_market_used_is_there_only_when_few_markets_are_asked_for() -> None:
    for priorities in ((), asking(Goal.CASH)):
        on = board(tiny_scenario().model_copy(update={"priorities": priorities}))
        assert len(on.columns.of(MarketsUsed)) == 0
        assert rows_of(market_used(on)) == {}
