"""Every limit is named in its own unit, where a rule has limits of several kinds."""

from __future__ import annotations

from planner.domain import records as r
from planner.domain.vocabulary import LimitBasis, Measure
from tests.exhibits import full_scenario
from tests.solve.in_process import built


def test_every_limit_has_its_own_unit() -> None:
    full = full_scenario()
    more = (
        r.QuantityRule(rule="room", measure=Measure.CBM, most=0.5),
        r.QuantityRule(rule="turnover", measure=Measure.SHELF_VALUE, most=100.0, currency="SGD"),
        r.QuantityRule(
            rule="light",
            measure=Measure.KG,
            markets=("SG",),
            basis=LimitBasis.SHARE_OF_PLAN,
            most=0.1,
        ),
    )
    legs = tuple(
        leg.model_copy(update={"kg_per_day": 1.0}) if leg.leg == "HZ-JX" else leg
        for leg in full.legs
    )
    scenario = full.model_copy(
        update={"quantity_rules": (*full.quantity_rules, *more), "legs": legs}
    )
    labels = built(scenario)[1].labels
    units = dict(zip(zip(labels.rule, labels.label, strict=True), labels.unit, strict=True))
    for limit, unit in {
        ("quantity", "enough jackets"): "units",
        ("quantity", "room"): "cbm",
        ("quantity", "turnover"): "CNY",
        ("plan_share", "not all abroad"): "units above the share",
        ("plan_share", "light"): "kg above the share",
        ("cash_target", "cash"): "CNY",
        ("leg_capacity", "HZ-JX | kg"): "kg",
        ("leg_capacity", "NGB-SIN-FCL | boxes"): "boxes",
        ("box_space", "NGB-SIN-FCL | 2026-01-09 | cbm"): "cbm",
        ("box_space", "NGB-SIN-FCL | 2026-01-09 | kg"): "kg",
        ("charged_load", "JX-NGB | 2026-01-07 | volume"): "cbm charged",
        ("corridor_leak", "L3 | CN | SG"): "CNY per unit",
    }.items():
        assert units[limit] == unit, limit
