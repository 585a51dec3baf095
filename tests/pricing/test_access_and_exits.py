"""Lots that compliance holds, and goods that may not be destroyed."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import ExitKind, RuleEffect
from planner.landed_cost.options import price_scenario
from planner.pricing import open_exits
from tests.exhibits import full_scenario, tiny_scenario
from tests.pricing.small import added, changed


def test_compliance_hold_leaves_a_lot_its_exits_only() -> None:
    """L2 is sold at home, abroad and from a shipment on its way, until it is held."""
    full = full_scenario()
    held = changed(full, "lots", 1, compliance_hold=True)
    before, after = (price_scenario(Lookup(scenario)) for scenario in (full, held))
    mine = before.options.lot == 1
    assert (before.trips.frozen[before.options.trip[mine]] >= 0).any()
    assert not (after.options.lot == 1).any()
    assert (after.options.lot != 1).sum() == (~mine).sum()
    assert (open_exits(Lookup(held)) == open_exits(Lookup(full))).all()


DESTROY = r.Exit(exit="burn", kind=ExitKind.DESTROY, value_per_kg=-0.8, currency="CNY")


def burnt(scenario: Scenario, **rule: Any) -> list[str]:
    """Lots that may be destroyed under a rule that forbids it."""
    law = r.ComplianceRule(rule="law", effect=RuleEffect.FORBID_DESTROY, **rule)
    scenario = added(added(scenario, "exits", DESTROY), "rules", law)
    table = open_exits(Lookup(scenario))
    assert table[:, :2].all()  # to hold and to sell to a jobber is no destruction
    return [scenario.lots[k].lot for k in np.flatnonzero(table[:, 2])]


@pytest.mark.parametrize(
    ("rule", "left"),
    [
        ({}, []),
        ({"markets": ("CN",)}, []),
        ({"markets": ("SG",)}, ["L1", "L2", "L3"]),
        ({"categories": ("jacket",)}, ["L2"]),
        ({"markets": ("CN",), "categories": ("dress",)}, ["L1", "L3"]),
        ({"dangerous_goods_only": True}, ["L1", "L2", "L3"]),
        # L1 and L2 are free on 5 January, L3 on 19 January
        ({"valid_from": date(2026, 1, 6)}, ["L1", "L2"]),
        ({"valid_from": date(2026, 1, 5), "valid_to": date(2026, 1, 18)}, ["L3"]),
        ({"valid_to": date(2026, 1, 4)}, ["L1", "L2", "L3"]),
    ],
)
def test_forbid_destroy_closes_the_exit_where_and_while_it_holds(
    rule: dict[str, Any], left: list[str]
) -> None:
    assert burnt(tiny_scenario(), **rule) == left


def test_forbid_destroy_may_name_the_country_or_a_market_that_lies_in_it() -> None:
    """Goods stand in China; one market of it is called T3."""
    tiny = changed(tiny_scenario(), "markets", 0, market="T3")
    tiny = changed(tiny, "channels", 0, market="T3")
    assert burnt(tiny, markets=("T3",)) == []
    assert burnt(tiny, markets=("T*",)) == []
    assert burnt(tiny, markets=("CN",)) == []
    assert burnt(tiny, markets=("PL",)) == ["L1", "L2", "L3"]
    abroad = changed(tiny_scenario(), "sites", 0, country="PL")
    assert burnt(abroad, markets=("PL",)) == []
    assert burnt(abroad, markets=("CN",)) == ["L1", "L2", "L3"]
    assert burnt(abroad) == []


def test_open_exits_are_those_of_the_brand_the_category_and_the_day() -> None:
    tiny = changed(tiny_scenario(), "exits", 0, brands=("Linden",), categories=("jac*",))
    tiny = changed(tiny, "exits", 1, open_from=date(2026, 1, 10))
    assert open_exits(Lookup(tiny)).tolist() == [[True, False], [False, False], [False, True]]
    tiny = changed(tiny, "exits", 1, open_from=None, open_to=date(2026, 1, 10))
    assert open_exits(Lookup(tiny))[:, 1].tolist() == [True, True, False]


def test_open_exits_take_neither_forms_nor_what_is_made_into_one() -> None:
    cut = r.Exit(exit="cut", kind=ExitKind.DE_BRAND, becomes_brand="Northpeak", currency="CNY")
    lookup = Lookup(added(tiny_scenario(), "exits", cut))
    table = open_exits(lookup)
    assert len(lookup.scenario.lots) == 6
    assert table[:3].tolist() == [[True, True, False]] * 3
    assert not table[3:].any()
