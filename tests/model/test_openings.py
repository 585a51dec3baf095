"""Fixed costs: who needs them, how much they let through, and limits nothing can reach."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy.optimize import linprog

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FixedPer, RuleEffect
from planner.landed_cost.options import price_scenario
from planner.model.build import build
from planner.model.columns import Columns
from planner.model.program import Kind, Program
from planner.model.rules.papers import Opening, Papers, openings_of
from tests.exhibits import full_scenario, tiny_scenario


def changed(scenario: Scenario, table: str, at: int, **update: Any) -> Scenario:
    """The scenario with another row `at` of a table."""
    rows = list(getattr(scenario, table))
    rows[at] = rows[at].model_copy(update=update)
    return scenario.model_copy(update={table: tuple(rows)})


def ruled(scenario: Scenario, *rules: r.ComplianceRule) -> Scenario:
    """The scenario with these compliance rules and no others, and no locks."""
    return scenario.model_copy(update={"rules": rules, "locks": ()})


def papers(per: FixedPer, rule: str = "papers", **more: Any) -> r.ComplianceRule:
    fields: dict[str, Any] = {
        "rule": rule,
        "markets": ("SG",),
        "effect": RuleEffect.REQUIRE,
        "fixed_cost": 100.0,
        "fixed_currency": "USD",
        "fixed_per": per,
    }
    return r.ComplianceRule(**(fields | more))


def openings(scenario: Scenario) -> tuple[Opening, ...]:
    return openings_of(price_scenario(Lookup(scenario)))


def lots_of(scenario: Scenario, opening: Opening) -> set[str]:
    options = price_scenario(Lookup(scenario)).options
    return {scenario.lots[k].lot for k in options.lot[opening.options]}


@pytest.mark.parametrize(
    ("per", "subjects"),
    [
        (FixedPer.STYLE, {"ST": {"L1", "L3"}, "L2": {"L2"}}),
        (FixedPer.SKU, {"L1-M": {"L1"}, "L2-M": {"L2"}, "L3-M": {"L3"}}),
        (FixedPer.MODEL, {"L1": {"L1"}, "MO": {"L2", "L3"}}),
    ],
)
def test_one_certificate_serves_all_lots_of_its_subject(
    per: FixedPer, subjects: dict[str, set[str]]
) -> None:
    scenario = changed(tiny_scenario(), "lots", 0, style="ST")
    scenario = changed(changed(scenario, "lots", 2, style="ST", model="MO"), "lots", 1, model="MO")
    scenario = ruled(scenario, papers(per))
    units = {lot.lot: lot.units for lot in scenario.lots}
    found = openings(scenario)
    assert {o.papers[0][2]: lots_of(scenario, o) for o in found} == subjects
    for opening in found:
        assert opening.most == sum(units[lot] for lot in lots_of(scenario, opening))
        assert opening.papers[0][:2] == ("papers", "SG")
        assert (opening.route, opening.ship_period) == ("", 0)
        assert opening.cost == pytest.approx(710.0)  # USD at day 0


def test_a_certificate_is_paid_for_each_market_unless_one_serves_all() -> None:
    everywhere = papers(FixedPer.STYLE, markets=())
    apart = openings(ruled(tiny_scenario(), everywhere))
    assert sorted(o.papers[0][1:3] for o in apart) == sorted(
        (market, lot) for market in ("CN", "SG") for lot in ("L1", "L2", "L3")
    )
    shared = everywhere.model_copy(update={"shared_across_markets": True})
    together = openings(ruled(tiny_scenario(), shared))
    assert sorted(o.papers[0][1:3] for o in together) == [("", "L1"), ("", "L2"), ("", "L3")]


def test_papers_that_cover_the_same_goods_are_opened_together() -> None:
    both = (
        papers(FixedPer.STYLE, "test report"),
        papers(FixedPer.STYLE, "licence", fixed_cost=30.0, fixed_currency="CNY"),
        papers(FixedPer.STYLE, "dress code", categories=("dress",), fixed_currency=None),
    )
    found = {o.papers[0][2]: o for o in openings(ruled(tiny_scenario(), *both))}
    assert set(found) == {"L1", "L2", "L3"}
    assert found["L1"].cost == pytest.approx(710 + 30)
    assert found["L2"].cost == pytest.approx(710 + 30 + 100)
    assert found["L1"].label == "test report L1 + licence L1"


def test_shipment_papers_cost_what_the_rate_of_the_ship_day_makes_them() -> None:
    """The dollar rises from 7.1 to 7.2 on 1 February, day 27; period 3 ships on day 28."""
    found = openings(ruled(tiny_scenario(), papers(FixedPer.SHIPMENT)))
    assert {o.ship_period: pytest.approx(o.cost) for o in found} == {1: 710, 2: 710, 3: 720}


def test_goods_on_their_way_need_no_papers() -> None:
    for per in (FixedPer.STYLE, FixedPer.SHIPMENT):
        scenario = ruled(full_scenario(), papers(per))
        priced = price_scenario(Lookup(scenario))
        frozen = priced.trips.frozen[priced.options.trip] >= 0
        assert frozen.any()
        found = openings_of(priced)
        assert found and not any(frozen[opening.options].any() for opening in found)


@pytest.mark.parametrize(
    "rule",
    [
        papers(FixedPer.NONE),
        papers(FixedPer.STYLE, fixed_cost=0.0),
        papers(FixedPer.STYLE, effect=RuleEffect.EXPORT_REFUND),
        papers(FixedPer.STYLE, valid_to=date(2025, 12, 31)),
    ],
    ids=["for nothing", "free", "of a refund", "no longer valid"],
)
def test_papers_that_cost_nothing_or_concern_nobody_are_no_decision(rule: r.ComplianceRule) -> None:
    assert openings(ruled(tiny_scenario(), rule)) == ()


def built(scenario: Scenario) -> tuple[Program, Columns]:
    return build(price_scenario(Lookup(scenario)))


def let_through(program: Program, columns: Columns, number: int) -> float:
    """M of an opening: what its row lets through once it is paid for."""
    column = columns.first(Papers) + number
    weights = program.matrix[:, [column]].toarray().ravel()
    (negative,) = weights[weights < 0]
    return float(-negative)


def largest_flow(program: Program, columns: Columns, number: int) -> float:
    """The most units of an opening's goods that every other rule lets through."""
    dense = program.matrix.toarray()
    rules = np.array(program.labels.rule)
    others = ~np.isin(rules, ("certificate", "shipment_papers"))
    upper = others & np.isfinite(program.row_upper)
    lower = others & np.isfinite(program.row_lower)
    wanted = np.zeros(program.size[1])
    wanted[columns.of(Papers).openings[number].options] = -1.0
    answer = linprog(
        wanted,
        A_ub=np.vstack([dense[upper], -dense[lower]]),
        b_ub=np.concatenate([program.row_upper[upper], -program.row_lower[lower]]),
        bounds=list(zip(np.zeros(len(wanted)), program.most, strict=True)),
    )
    assert answer.status == 0 and answer.fun is not None
    return -float(answer.fun)


TIGHT: dict[str, tuple[tuple[str, int, dict[str, Any]], ...]] = {
    "stock": (("demand", 3, {"units_per_period": 5000.0}),),
    "appetite": (("demand", 3, {"units_per_period": 2.0}),),
    "appetite and stock": (("demand", 3, {"units_per_period": 17.3}), ("lots", 1, {"units": 37})),
    "hub": (("sites", 1, {"throughput_units_per_day": 1.5}),),
    "leg": (("legs", 0, {"kg_per_day": 0.7}),),
    "boxes": (("legs", 2, {"boxes_per_period": 0.001}), ("lots", 1, {"cbm": 0.0123})),
}


@pytest.mark.parametrize("per", [FixedPer.STYLE, FixedPer.SHIPMENT])
@pytest.mark.parametrize("name", TIGHT)
def test_an_opening_lets_the_largest_feasible_flow_through(name: str, per: FixedPer) -> None:
    """M is a promise about the goods, never a limit of its own."""
    scenario = ruled(tiny_scenario(), papers(per))
    for table, at, update in TIGHT[name]:
        scenario = changed(scenario, table, at, **update)
    program, columns = built(scenario)
    assert columns.of(Papers).openings
    for number, opening in enumerate(columns.of(Papers).openings):
        most = let_through(program, columns, number)
        assert largest_flow(program, columns, number) <= most * (1 + 1e-9) <= opening.most + 1e-6


def test_an_opening_lets_no_more_through_than_appetite_and_shared_limits() -> None:
    """Dresses of one shipment: the shop takes 2 a period at the full price, more when cheaper."""
    certificate = ruled(tiny_scenario(), papers(FixedPer.STYLE, categories=("dress",)))
    lowest = 0.6**-2.2
    program, columns = built(changed(certificate, "demand", 3, units_per_period=2.0))
    assert let_through(program, columns, 0) == pytest.approx(3 * 2 * lowest)  # three periods
    ample = changed(certificate, "demand", 3, units_per_period=5000.0)
    assert let_through(*built(ample), 0) == 80  # the lot
    per_shipment = ruled(tiny_scenario(), papers(FixedPer.SHIPMENT, categories=("dress",)))
    narrow = changed(per_shipment, "sites", 1, throughput_units_per_day=1.5)
    program, columns = built(changed(narrow, "demand", 3, units_per_period=5000.0))
    assert columns.of(Papers).openings[0].ship_period == 1
    assert let_through(program, columns, 0) == pytest.approx(1.5 * 14)
    quota = r.ComplianceRule(rule="quota", markets=("SG",), effect=RuleEffect.QUOTA, quota_units=11)
    limited = ample.model_copy(update={"rules": (*ample.rules, quota)})
    assert let_through(*built(limited), 0) == 11


def test_a_limit_that_holds_only_part_of_the_goods_does_not_bound_the_opening() -> None:
    """The hub's day 1 limit binds period 1 alone; the certificate serves three periods."""
    scenario = ruled(tiny_scenario(), papers(FixedPer.STYLE, categories=("dress",)))
    scenario = changed(scenario, "demand", 3, units_per_period=5000.0)
    program, columns = built(changed(scenario, "sites", 1, throughput_units_per_day=1.0))
    assert let_through(program, columns, 0) == 80
    assert largest_flow(program, columns, 0) == pytest.approx(3 * 14)


def test_the_solver_finds_every_opening_among_the_columns() -> None:
    scenario = ruled(tiny_scenario(), papers(FixedPer.STYLE), papers(FixedPer.SHIPMENT, "ship"))
    program, columns = built(scenario)
    at = columns.at(Papers)
    assert len(at) == 6
    assert program.of_kind(Kind.OPENING).tolist() == at.tolist()
    assert program.value[at] == pytest.approx(
        -np.array([o.cost for o in columns.of(Papers).openings])
    )


LIMITS = [
    ("sites", 0, "throughput_units_per_day"),
    ("sites", 1, "throughput_units_per_day"),
    ("sites", 1, "relabel_units_per_day"),
    ("sites", 0, "storage_cbm"),
    ("sites", 3, "storage_cbm"),
    ("legs", 0, "cbm_per_day"),
    ("legs", 0, "kg_per_day"),
    ("legs", 2, "boxes_per_period"),
    ("legs", 3, "cbm_per_day"),
    ("channels", 1, "units_per_day"),
    ("exits", 1, "units_most"),
    ("rules", 1, "quota_units"),
]


def written(program: Program) -> tuple[Any, ...]:
    """Everything a program says."""
    labels = program.labels
    return (
        program.matrix.toarray().tolist(),
        program.row_lower.tolist(),
        program.row_upper.tolist(),
        program.value.tolist(),
        program.most.tolist(),
        (labels.rule, labels.label, labels.period.tolist(), labels.unit),
    )


@pytest.mark.parametrize(("table", "at", "field"), LIMITS, ids=lambda value: str(value))
def test_no_limit_gives_the_same_program_however_it_is_written(
    table: str, at: int, field: str
) -> None:
    quota = r.ComplianceRule(rule="quota", effect=RuleEffect.QUOTA, quota_units=3)
    label = papers(FixedPer.STYLE, uses_relabel_capacity=True)
    scenario = ruled(tiny_scenario(), label, quota)
    scenario = changed(scenario, "legs", 3, cost_per_cbm=1.0, origin_cost_per_cbm=1.0)
    programs = [
        written(built(changed(scenario, table, at, **{field: limit}))[0])
        for limit in (None, 10**6, 10**9, 999_999_999)
    ]
    assert all(program == programs[0] for program in programs[1:])
    binding = built(changed(scenario, table, at, **{field: 0}))[0]
    assert written(binding) != programs[0]


def test_a_limit_is_kept_as_long_as_the_stock_could_reach_it() -> None:
    """260 units in all: an exit for 259 may bind, one for 260 cannot."""
    kept = {
        limit: "exit_capacity"
        in built(changed(tiny_scenario(), "exits", 1, units_most=limit))[0].labels.rule
        for limit in (259, 260)
    }
    assert kept == {259: True, 260: False}


def test_equalities_promises_and_papers_are_never_left_out() -> None:
    scenario = changed(full_scenario(), "brands", 0, must_clear_share=0.001)
    scenario = ruled(scenario, papers(FixedPer.STYLE))
    rules = built(scenario)[0].labels.rule
    assert {"supply", "frozen_shipment", "must_clear", "certificate"} <= set(rules)
