"""Community selling and live streams: an event costs a host and a studio, and half comes back."""

from __future__ import annotations

from itertools import combinations

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Opens
from tests.trade.stall import best, set_row, sold, stall

WEEKS = (300.0, 60.0, 200.0, 80.0)
"""Shoppers of the live stream in each week; the group has 100 every week."""
LIVE, GROUP, LEFT = 80.0 * (1 - 0.5) + 10.0, 60.0, 12.0
"""What a unit brings: live half is kept at 80, the other half comes back and resells at 20."""


def selling(fixed_cost: float = 0.0, returns: float = 0.5, **term: object) -> Scenario:
    """700 dresses; the group pays 60 (75 % of the tag) and keeps all, the live stream pays 80."""
    scenario = stall(
        {"D": (700, 80.0)},
        {"GROUP": (100.0,) * 4, "LIVE": WEEKS},
        left=LEFT,
    )
    scenario = set_row(scenario, "channel_terms", 0, reference_price_ratio=0.75)
    scenario = set_row(scenario, "channel_terms", 1, return_rate=returns)
    scenario = set_row(scenario, "channels", 1, return_value=20.0)
    event = r.OpeningTerm(
        opening="studio",
        opens=Opens.EVENT,
        channels=("LIVE",),
        fixed_cost=fixed_cost,
        currency="CNY",
    )
    return scenario.model_copy(update={"opening_terms": (event.model_copy(update=term),)})


def by_trying(fixed_cost: float, least: int = 0) -> float:
    """Every set of events held: the group's 400 first, then the best-attended weeks' shoppers."""
    values = []
    for size in range(5):
        for held in combinations(range(4), size):
            shoppers = sum(WEEKS[k] for k in held)
            if size and any(WEEKS[k] < least for k in held):
                continue
            for group in range(401):
                live = min(700 - group, shoppers)
                if live >= least * size:
                    rest = (700 - group - live) * LEFT
                    values.append(group * GROUP + live * LIVE + rest - fixed_cost * size)
    return max(values)


@pytest.mark.parametrize("fixed_cost", [0.0, 500.0, 3_000.0, 5_000.0, 9_000.0, 15_000.0])
def test_the_events_held_are_the_best_of_all_sets(fixed_cost: float) -> None:
    plan = best(selling(fixed_cost))
    assert plan.report.value == pytest.approx(by_trying(fixed_cost))


def test_what_the_cost_of_an_event_changes() -> None:
    """Free, 300 go live in some weeks; at 5,000 an event one week of 300 is held, at 12,000 none."""
    free, costly = best(selling()), best(selling(5_000.0))
    assert sold(free, "channel") == sold(costly, "channel") == {"GROUP": 400, "LIVE": 300}
    live = costly.lines[costly.lines["channel"] == "LIVE"]
    assert live.groupby("sell_period")["units"].sum().to_dict() == {1: 300}
    assert costly.openings["subject"].tolist() == ["LIVE | period 1"]
    assert free.report.value - costly.report.value == pytest.approx(5_000.0)
    # 300 live units earn 50 - 12 = 38 each more than holding them: 11,400.
    for cost, events in ((11_399.0, 1), (11_401.0, 0)):
        assert len(best(selling(cost)).openings) == events


def test_what_returns_change() -> None:
    """With one in ten returned a live unit brings 74, more than the group's 60: it goes live first."""
    few = best(selling(500.0, returns=0.1))
    assert sold(few, "channel") == {"GROUP": 60, "LIVE": 640}
    many = best(selling(500.0, returns=0.5))
    assert sold(many, "channel") == {"GROUP": 400, "LIVE": 300}


def test_an_event_that_is_held_sells_its_least() -> None:
    """Studios ask for 250 units: only the first week has the shoppers."""
    plan = best(selling(500.0, least_units=250))
    assert plan.openings["subject"].tolist() == ["LIVE | period 1"]
    assert plan.report.value == pytest.approx(by_trying(500.0, 250))
