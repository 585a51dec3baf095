"""When no plan exists: a smallest set of rules to loosen is named, and loosening it gives a plan."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner.__main__ import main
from planner.domain import records as r
from planner.domain.loosen import loosened
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import SETTABLE_RULES, LockKind, Measure, Opens, RuleMode
from planner.errors import Loosening, NoPlanError
from planner.pipeline import make_plan
from planner.solve import elastic
from planner.solve.elastic import too_tight
from planner.solve.engine import solve
from planner.solve.settings import Settings
from tests.exhibits import tiny_scenario
from tests.random_scenarios import random_scenario
from tests.solve.in_process import built, planned, quiet
from tests.solve.small import program

SECONDS = 10.0
QUICKSTART = Path(__file__).parents[2] / "scenarios" / "quickstart"


def tight(**tables: Iterable[Any]) -> Scenario:
    """The tiny scenario with other rows in some tables."""
    return tiny_scenario().model_copy(update={name: tuple(rows) for name, rows in tables.items()})


def lock(name: str, kind: LockKind, units: int, **selected: Any) -> r.Lock:
    """A lock on units of what is selected."""
    return r.Lock(lock=name, kind=kind, units=units, **selected)


def at_least(name: str, units: int, **selected: Any) -> r.Lock:
    return lock(name, LockKind.MIN_UNITS, units, **selected)


def with_fields(rows: Iterable[r.Record], key: str, name: str, **fields: Any) -> list[r.Record]:
    """Rows of a table with fields of one of them changed."""
    return [row.model_copy(update=fields) if getattr(row, key) == name else row for row in rows]


def named(scenario: Scenario) -> tuple[Loosening, ...]:
    """What has to give, as the error says it."""
    with pytest.raises(NoPlanError) as caught:
        solve(built(scenario)[1], SECONDS, 0.001, quiet)
    assert caught.value.loosenings
    return caught.value.loosenings


def has_plan(scenario: Scenario) -> bool:
    """Whether a plan exists; one that does keeps every rule."""
    try:
        plan = planned(scenario, seconds=SECONDS, gap=0.01)
    except NoPlanError:
        return False
    assert plan.findings == (), plan.findings[:3]
    return True


def rules_of(found: Iterable[Loosening]) -> set[tuple[str, str]]:
    """Rule and label of each."""
    return {(each.rule, each.label) for each in found}


def loosened_is_enough_and_nothing_less(scenario: Scenario) -> tuple[Loosening, ...]:
    """All loosenings together give a plan, those of any rule left out do not."""
    found = named(scenario)
    assert has_plan(loosened(scenario, found))
    for spared in rules_of(found):
        rest = [each for each in found if (each.rule, each.label) != spared]
        assert not has_plan(loosened(scenario, rest)), spared
    return found


TINY = tiny_scenario()
FAR_APART = tight(
    locks=[
        at_least("push", 30, lots=("L1",), markets=("SG",)),
        lock("hold back", LockKind.MAX_UNITS, 3, lots=("L1",), channels=("SG-SHOP",)),
    ]
)
NOBODY_BUYS = tight(locks=[at_least("push it out", 100, lots=("L1",), channels=("SG-SHOP",))])
TWICE_SOLD = tight(
    locks=[
        at_least("home", 90, lots=("L1",), markets=("CN",)),
        at_least("home dresses", 20, lots=("L2",), markets=("CN",)),
        lock("little", LockKind.MAX_UNITS, 5, brands=("Linden",)),
    ]
)
NO_EXIT = tight(
    demand=TINY.demand[:1], exits=with_fields(TINY.exits[1:], "exit", "jobber", units_most=10)
)
NO_ROOM = tight(
    demand=TINY.demand[:1],
    exits=TINY.exits[:1],
    sites=with_fields(TINY.sites, "site", "HZ-WH", storage_cbm=0.1),
)
LITTLE_QUOTA = tight(
    rules=[r.ComplianceRule(rule="licence", markets=("SG",), effect="quota", quota_units=4)],
    locks=[at_least("promise", 10, lots=("L2",), markets=("SG",))],
)
SMALL_TRUCK = tight(
    legs=with_fields(TINY.legs, "leg", "HZ-JX", cbm_per_day=0.01),
    locks=[lock("exactly", LockKind.UNITS, 60, lots=("L1",))],
)
SLOW_SHOP = tight(
    channels=with_fields(TINY.channels, "channel", "SG-SHOP", units_per_day=0.5),
    locks=[at_least("promise", 30, lots=("L2",), markets=("SG",))],
)
PROMISED_VALUE = tight(
    quantity_rules=[
        r.QuantityRule(rule="partner", markets=("SG",), least=60.0),
        r.QuantityRule(rule="careful", markets=("SG",), most=40.0),
    ]
)
CASH_TOO_SOON = tight(
    quantity_rules=[
        r.QuantityRule(rule="cash", measure=Measure.CASH, least=1e6, to_period=2),
    ]
)
OPENED_FOR_LITTLE = tight(
    opening_terms=[
        r.OpeningTerm(opening="SG", opens=Opens.MARKET, markets=("SG",), currency="CNY",
                      least_units=50)
    ],
    locks=[
        at_least("test", 5, lots=("L2",), markets=("SG",)),
        lock("only a test", LockKind.MAX_UNITS, 8, markets=("SG",)),
    ],
)  # fmt: skip
TWO_PRICES = tight(
    price_paths=[r.PricePath(rule="steady", channels=("CN-APP",), one_price=True)],
    locks=[
        at_least("dear", 4, lots=("L1",), channels=("CN-APP",), sell_period=2, rungs=("full",)),
        at_least("cheap", 6, lots=("L1",), channels=("CN-APP",), sell_period=2, rungs=("down-40",)),
    ],
)
TWO_CHANNELS = tight(
    exclusive_groups=[r.ExclusiveGroup(group="one of two", brands=("Linden",))],
    locks=[
        at_least("home", 5, lots=("L1",), channels=("CN-APP",)),
        at_least("abroad", 5, lots=("L2",), channels=("SG-SHOP",)),
    ],
)
HALF_CARTONS = tight(
    lots=with_fields(TINY.lots, "lot", "L1", multiple_units=10, least_line_units=20),
    locks=[lock("a handful", LockKind.UNITS, 15, lots=("L1",))],
)

CONTRADICTIONS = {
    "two locks": (FAR_APART, {("lock", "push")}),
    "a lock nobody can meet": (NOBODY_BUYS, {("lock", "push it out")}),
    "one lock against two": (TWICE_SOLD, {("lock", "little")}),
    "an exit too small": (NO_EXIT, {("exit_capacity", "jobber")}),
    "a warehouse too small": (NO_ROOM, {("storage_capacity", "HZ-WH")}),
    "a licence too small": (LITTLE_QUOTA, None),
    "a truck too small": (SMALL_TRUCK, None),
    "a shop too slow": (SLOW_SHOP, None),
    "two quantity rules": (PROMISED_VALUE, None),
    "cash too soon": (CASH_TOO_SOON, {("cash_target", "cash")}),
    "an opening for little": (OPENED_FOR_LITTLE, None),
    "two prices at once": (TWO_PRICES, None),
    "two channels of one group": (TWO_CHANNELS, None),
    "half a carton": (HALF_CARTONS, None),
}


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_loosening_what_is_named_gives_a_plan_and_nothing_less_does(kind: str) -> None:
    scenario, wanted = CONTRADICTIONS[kind]
    found = loosened_is_enough_and_nothing_less(scenario)
    assert len(rules_of(found)) == 1
    assert wanted is None or rules_of(found) == wanted


@pytest.mark.parametrize("kind", CONTRADICTIONS)
def test_the_way_of_large_programs_finds_as_few_rules(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario, _ = CONTRADICTIONS[kind]
    task = built(scenario)[1]
    at_once = too_tight(task)
    monkeypatch.setattr(elastic, "WHOLE_UP_TO", 0)
    priced_in = too_tight(task)
    assert len(rules_of(priced_in)) == len(rules_of(at_once)) == 1
    assert has_plan(loosened(scenario, priced_in))


def test_amounts_are_the_least() -> None:
    """One unit less and there is no plan."""
    for scenario in (FAR_APART, NOBODY_BUYS, NO_EXIT, SMALL_TRUCK, HALF_CARTONS):
        (found,) = named(scenario)
        step = -1 if found.direction == "raise" else 1
        nearly = Loosening(
            **asdict(found) | {"by": found.by - 1, "new_limit": found.new_limit + step}
        )
        assert not has_plan(loosened(scenario, [nearly])), nearly


BOTH_MUST_GIVE = tight(
    locks=[
        at_least("home", 70, lots=("L1",), markets=("CN",)),
        at_least("abroad", 20, lots=("L2",), markets=("SG",)),
        lock("little at home", LockKind.MAX_UNITS, 8, lots=("L1",), channels=("CN-APP",)),
        lock("little abroad", LockKind.MAX_UNITS, 5, lots=("L2",), channels=("SG-SHOP",)),
    ]
)


def test_no_smaller_set_would_do() -> None:
    """Of two contradictions one rule each is named; no single rule of the model is enough."""
    found = loosened_is_enough_and_nothing_less(BOTH_MUST_GIVE)
    assert rules_of(found) == {("lock", "home"), ("lock", "abroad")}
    labels = built(BOTH_MUST_GIVE)[1].labels
    every = set(zip(labels.rule, labels.label, strict=True))
    settable = {pair for pair in every if pair[0] in SETTABLE_RULES}
    assert len(settable) > 10
    for rule, label in settable:
        alone = Loosening(rule, label, 0, "units", 1.0, "raise", 1e9)
        off = r.RuleSetting(rule=rule, subject=label, mode=RuleMode.OFF)
        spared = BOTH_MUST_GIVE.model_copy(update={"rule_settings": (off,)})
        assert not has_plan(spared), alone


@pytest.mark.parametrize("seed", range(12))
def test_random_contradictions_are_resolved(seed: int) -> None:
    """Locks that ask for much of what other locks allow little of, beside limits of every kind."""
    scenario = random_scenario(seed)
    lots, channels = scenario.lots, scenario.channels
    asked = [
        at_least(f"much of {lot.lot}", 1 + lot.units // 2, lots=(lot.lot,)) for lot in lots[:2]
    ]
    allowed = [
        lock(f"little in {row.channel}", LockKind.MAX_UNITS, 1 + k, channels=(row.channel,))
        for k, row in enumerate(channels)
    ]
    scenario = scenario.model_copy(update={"locks": (*asked, *allowed)})
    if has_plan(scenario):
        return
    loosened_is_enough_and_nothing_less(scenario)


def test_what_shoppers_and_stock_allow_is_the_last_to_be_named() -> None:
    """Supply is named only where units have nowhere to go at all."""
    nowhere = tight(exits=(), demand=TINY.demand[:1])
    found = loosened_is_enough_and_nothing_less(nowhere)
    assert {"supply"} == {each.rule for each in found} - {"demand_pool"}
    (dresses,) = (each for each in found if each.label == "L2")
    assert (dresses.direction, dresses.by, dresses.new_limit) == ("lower", 80.0, 0.0)


def test_periods_of_one_limit_count_once() -> None:
    """A warehouse too small in three periods is one rule, and one field of the scenario."""
    found = named(NO_ROOM)
    assert [each.period for each in found] == [1, 2, 3]
    assert {each.new_limit for each in found} == {0.24}  # 80 dresses of 0.003 cbm
    sites = {row.site: row.storage_cbm for row in loosened(NO_ROOM, found).sites}
    assert sites["HZ-WH"] == pytest.approx(0.24, rel=1e-9)


def test_the_error_says_it_in_words_and_as_data_also_through_the_child() -> None:
    with pytest.raises(NoPlanError) as caught:
        make_plan(NOBODY_BUYS, Settings(seconds=SECONDS))
    (found,) = caught.value.loosenings
    assert (found.rule, found.label, found.unit) == ("lock", "push it out", "units")
    assert found.by + found.new_limit == 100
    wanted = f"lower lock push it out by {found.by:g} units to {found.new_limit:g}."
    assert str(caught.value).endswith("To make one possible: " + wanted)
    assert json.loads(json.dumps(asdict(found))) == asdict(found)


def test_whole_units_may_ask_for_more_than_fractions() -> None:
    """Half a unit of each of two goods is not one unit of either."""
    task = program(
        [1.0, 1.0, 0.0, 0.0],
        [1.0, 1.0, 1.0, 1.0],
        [
            ("supply", {0: 1.0, 2: 1.0}, 1.0, 1.0),
            ("supply", {1: 1.0, 3: 1.0}, 1.0, 1.0),
            ("channel_capacity", {0: 2.0, 1: 2.0}, -np.inf, 3.0),
            ("quota", {0: 1.0, 1: 1.0}, -np.inf, 9.0),
            ("lock", {0: 1.0, 1: 1.0}, 2.0, np.inf),
        ],
        options=2,
        group=[0, 1],
    )
    (found,) = too_tight(task)
    assert (found.rule, found.by, found.new_limit) == ("lock", 1.0, 1.0)


def test_nothing_is_named_where_nothing_is_wrong() -> None:
    assert too_tight(built(tiny_scenario())[1]) == ()
    assert loosened(TINY, ()) == TINY


def test_the_command_line_says_what_to_loosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    row = "push it out,min_units,A01,VN,9000"
    folder = tmp_path / "tight"
    shutil.copytree(QUICKSTART, folder)
    (folder / "locks.csv").write_text(f"lock,kind,lots,markets,units\n{row}\n", encoding="utf-8")
    assert main(["plan", str(folder), "--quiet"]) == 3
    assert "To make one possible: lower lock push it out by" in capsys.readouterr().err
