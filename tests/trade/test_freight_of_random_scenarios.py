"""Random scenarios with boxes, breaks and minimum charges drawn for their legs: laws of any plan."""

from __future__ import annotations

from random import Random

import pytest

from planner.domain import records as r
from planner.domain.check import check
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import ChargedOn
from planner.report.figures import figures
from tests.random_scenarios import random_scenario
from tests.trade.lane import exact_plan

SEEDS = (1, 5, 7, 11, 15, 27, 35, 39)


def paid_by_departures(seed: int) -> Scenario:
    """A random scenario in which most legs are paid by whole boxes or by a departure's load."""
    scenario, dice = random_scenario(seed), Random(seed + 1000)
    crate = r.Equipment(equipment="crate", usable_cbm=0.31, payload_kg=40.0)
    equipment = (*scenario.equipment, crate)
    legs, boxes, breaks = [], [], []
    for leg in scenario.legs:
        kind = dice.random()
        if kind < 0.4:
            for item in dice.sample(equipment, dice.choice((1, 2))):
                boxes.append(
                    r.LegBox(
                        leg=leg.leg,
                        equipment=item.equipment,
                        cost_per_box=round(dice.uniform(1, 300), 2),
                        origin_cost_per_box=dice.choice((0.0, 15.0)),
                        fill_share=round(dice.uniform(0.5, 1), 2),
                        boxes_most_per_departure=dice.choice((None, None, 1, 2)),
                    )
                )
        elif kind < 0.8:
            unit = dice.choice(list(ChargedOn))
            scale, start = (1.0, 20.0) if unit == ChargedOn.KG else (60.0, 0.3), 0.0
            for _ in range(dice.randint(1, 3)):
                rate = round(dice.uniform(1, 8) * scale[0], 2)
                breaks.append(
                    r.RateBreak(
                        leg=leg.leg, charged_on=unit, from_quantity=round(start, 3), rate=rate
                    )
                )
                start += dice.uniform(0.1, 1) * scale[1]
            minimum = dice.choice((0.0, round(dice.uniform(1, 80), 2)))
            terms = {"minimum_charge": minimum, "kg_per_cbm": dice.choice((0.0, 167.0))}
            leg = leg.model_copy(update=terms)
        legs.append(leg)
    changed = {"legs": legs, "leg_boxes": boxes, "rate_breaks": breaks, "equipment": equipment}
    found = scenario.model_copy(update={name: tuple(rows) for name, rows in changed.items()})
    assert not check(found)
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_audit_finds_nothing_and_every_part_is_paid_once(seed: int) -> None:
    plan = exact_plan(paid_by_departures(seed))
    assert len(plan.boxes) + len(plan.charges) > 0
    assert not plan.findings
    assert figures(plan).value == pytest.approx(plan.report.value, abs=0.01)


@pytest.mark.parametrize("seed", SEEDS[:5])
def test_dearer_departures_never_make_a_plan_worth_more(seed: int) -> None:
    scenario = paid_by_departures(seed)
    dearer = {
        "leg_boxes": tuple(
            row.model_copy(update={"cost_per_box": row.cost_per_box * 1.5})
            for row in scenario.leg_boxes
        ),
        "rate_breaks": tuple(
            row.model_copy(update={"rate": row.rate * 1.5}) for row in scenario.rate_breaks
        ),
    }
    plan, worse = exact_plan(scenario), exact_plan(scenario.model_copy(update=dearer))
    assert worse.report.value <= plan.report.value + 1e-4
