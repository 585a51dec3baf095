"""Random small scenarios under random rules of prices: the plan passes the audit and is optimal."""

from __future__ import annotations

from random import Random

import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import CorridorMode
from tests.random_scenarios import random_scenario
from tests.solve.in_process import planned


def ruled(seed: int) -> Scenario:
    """A small scenario without locks, which some seeds cannot keep, under rules of prices."""
    dice = Random(1000 + seed)
    base = random_scenario(seed)

    def path(name: str) -> r.PricePath:
        return r.PricePath(
            rule=name,
            categories=dice.choice(((), (base.lots[0].category,))),
            channels=dice.choice(((), (base.channels[0].channel,))),
            no_rise=dice.random() < 0.5,
            one_price=dice.random() < 0.3,
            same_price=dice.random() < 0.3,
            rungs_per_step_most=dice.choice((None, None, 0, 1)),
            markdowns_most=dice.choice((None, None, 0, 1)),
            distinct_prices_most=dice.choice((None, None, 1, 2)),
            no_touch_from=dice.choice((None, None, 2)),
        )

    term = r.CorridorTerm(
        corridor="term",
        to_markets=dice.choice(((), ("CN",), ("SG", "VN"))),
        freight_per_unit=dice.uniform(0, 20),
        risk_margin=dice.uniform(0, 20),
        currency=dice.choice(("CNY", "USD")),
        ignored=dice.random() < 0.2,
    )
    mode = dice.choice(list(CorridorMode))
    header = base.header.model_copy(
        update={
            "corridor": mode,
            "corridor_tolerance": dice.choice((0.0, 5.0, 30.0)),
            "corridor_leak_units": dice.choice((0.5, 3.0)),
        }
    )
    ratio = dice.choice((0.0, 0.6, 0.9))
    return base.model_copy(
        update={
            "header": header,
            "price_paths": tuple(path(f"rule {k}") for k in range(dice.choice((1, 2)))),
            "corridors": (term,),
            "locks": (),
            "brands": tuple(
                brand.model_copy(update={"corridor_ratio": ratio}) for brand in base.brands
            ),
        }
    )


@pytest.mark.parametrize("seed", [0, 1, 2, 5, 6, 8, 11, 12, 13, 18, 20, 21, 22, 24, 26])
def test_a_plan_under_random_rules_of_prices_passes_the_audit(seed: int) -> None:
    plan = planned(ruled(seed), gap=0.001)
    assert plan.findings == ()
    assert plan.report.status == "optimal"
