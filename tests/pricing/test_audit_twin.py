"""The rules about one option, written twice: what the planner offers is what the audit allows."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario, canonical
from planner.domain.vocabulary import (
    ExitKind,
    LockKind,
    MarginBasis,
    PriceBasis,
    PriceBound,
    RuleEffect,
    RuleMode,
)
from planner.landed_cost import options as options_module
from planner.landed_cost.breaches import breaches
from planner.landed_cost.options import Priced, price_scenario
from planner.plan.audit.breaches import EASED, asked_for, broken, subject
from planner.plan.audit.facts import Facts
from planner.plan.audit.money import waterfall
from planner.plan.audit.offers import OFFER_RULES
from planner.plan.audit.options import Option, Resolver
from planner.plan.audit.read import MONEY_LINES, read_lines
from planner.plan.audit.tables import forbid_destroy
from planner.plan.extract import lines_of, used_options
from planner.plan.record import PARTIES
from planner.pricing import open_exits
from tests.pricing.small import added
from tests.random_scenarios import random_scenario

SEEDS = range(40)
MOST = 80
"""Options of a scenario looked at: so many at random."""


def ruled(seed: int) -> Scenario:
    """A random scenario with rungs of their own margin, endings, bands, bounds and holds."""
    scenario, rng = random_scenario(seed), Random(seed)
    brand, place = scenario.brands[seed % 2].brand, rng.choice(scenario.channels)
    category = scenario.lots[0].category

    def bound(
        name: str, kind: PriceBound, basis: PriceBasis, low: float, high: float
    ) -> r.PriceRule:
        some = ({"brands": (brand,)}, {"channels": (place.channel,)}, {"age_least": 1},
                {"categories": (category,), "age_most": 2}, {"markets": ("S*", "VN")})  # fmt: skip
        return r.PriceRule(
            rule=name,
            bound=kind,
            basis=basis,
            value=round(rng.uniform(low, high), 3),
            change_per_year=rng.choice((0.0, 0.15)),
            currency="SGD" if basis is PriceBasis.ABSOLUTE else None,
            **rng.choice(some),
        )

    return scenario.model_copy(
        update={
            "currencies": (
                r.CurrencyInfo(currency="CNY", price_step=10.0, price_ending=9.0),
                r.CurrencyInfo(currency="SGD", price_step=rng.choice((0.0, 0.5))),
                r.CurrencyInfo(currency="VND", price_decimals=0, price_step=1000.0),
            ),
            "ladders": (
                *scenario.ladders,
                r.LadderRung(ladder="steps", rung="sweet", price_ratio=1.0, reseller_margin=0.3),
            ),
            "channels": tuple(
                row.model_copy(
                    update={
                        "reseller_margin_least": rng.choice((0.0, 0.1)),
                        "reseller_margin_most": rng.choice((0.25, 1.0)),
                        "reseller_least_per_order": rng.choice((0.0, 20.0)),
                        "units_per_order": 1.3,
                        "margin_basis": rng.choice(list(MarginBasis)),
                    }
                )
                for row in scenario.channels
            ),
            "lots": tuple(
                lot.model_copy(
                    update={
                        "compliance_hold": rng.random() < 0.1,
                        "expiry": rng.choice((None, scenario.last_day)),
                    }
                )
                for lot in scenario.lots
            ),
            "brands": tuple(
                row.model_copy(
                    update={
                        "public_listing": rng.random() < 0.5,
                        "consented_markets": rng.choice(((), ("S*",), ("CN", "SG"))),
                        "excluded_markets": rng.choice(((), (), ("S*",))),
                        "exclusive_channels": rng.choice(((), (), ("CN-*",))),
                    }
                )
                for row in scenario.brands
            ),
            "rules": (*scenario.rules, *laws(scenario, rng)),
            "price_rules": (
                bound("least", PriceBound.FLOOR, PriceBasis.TAG, 0.2, 0.5),
                bound("cost", PriceBound.FLOOR, PriceBasis.COST, 0.8, 2.5),
                bound("most", PriceBound.CAP, PriceBasis.ABSOLUTE, 30.0, 150.0),
            ),
        }
    )


def laws(scenario: Scenario, rng: Random) -> list[r.ComplianceRule]:
    """Some of the laws that take options away, for some places and goods, for some of the time."""
    header = scenario.header
    middle = header.start_date + (scenario.last_day - header.start_date) / 2
    effects: dict[RuleEffect, dict[str, Any]] = {
        RuleEffect.PRIVATE_ONLY: {},
        RuleEffect.BRAND_CONSENT: {},
        RuleEffect.FORBID: {"categories": (scenario.lots[0].category,)},
        RuleEffect.FORBID_MODE: {"modes": ("truck",)},
        RuleEffect.SHELF_LIFE: {"least_days": 12},
    }
    return [
        r.ComplianceRule(
            rule=f"law {effect}",
            effect=effect,
            markets=rng.choice(((), ("CN",), ("SG", "VN"))),
            **rng.choice(({}, {"valid_from": middle}, {"valid_to": middle})),
            **more,
        )
        for effect, more in effects.items()
        if rng.random() < 0.5
    ]


def settings_of(seed: int) -> tuple[r.RuleSetting, ...]:
    """Some rules soft, some off, for all or for some brands and channels."""
    rng = Random(-seed)
    return tuple(
        r.RuleSetting(
            rule=rule,
            mode=rng.choice((RuleMode.SOFT, RuleMode.SOFT, RuleMode.OFF, RuleMode.HARD)),
            price=rng.choice((0.0, 2.5)),
            subject=start,
        )
        for rule in EASED
        for start in ("", "Linden", "Northpeak | SG", "L")
        if rng.random() < 0.4
    )


def without_rules(scenario: Scenario) -> Scenario:
    """The same scenario with every rule that may be eased switched off, and nothing on hold."""
    off = tuple(r.RuleSetting(rule=rule, mode=RuleMode.OFF) for rule in EASED)
    free = tuple(lot.model_copy(update={"compliance_hold": False}) for lot in scenario.lots)
    return scenario.model_copy(update={"rule_settings": off, "lots": free})


def some_of(priced: Priced, seed: int) -> tuple[Any, list[Option], Facts]:
    """Some options of a priced scenario by their numbers, and as the audit reads them."""
    every = np.random.default_rng(seed).permutation(len(priced.options))[:MOST]
    amounts = np.zeros(len(priced.options))
    amounts[every] = 1.0
    rows = used_options(priced, amounts)
    facts = Facts(priced.lookup.scenario)
    return rows, read_as_options(priced, amounts, facts), facts


def read_as_options(priced: Priced, amounts: Any, facts: Facts) -> list[Option]:
    lines, _ = lines_of(priced, amounts)
    found: list[Any] = []
    resolver = Resolver(facts)
    resolved = [resolver.resolve(line) for line in read_lines({"lines": lines}, found)]
    assert not found and all(option is not None and not faults for option, faults in resolved)
    return [option for option, _ in resolved if option is not None]


def hard_faults(facts: Facts, o: Option) -> list[str]:
    """Hard rules the audit finds broken."""
    return [
        rule.__name__
        for rule in OFFER_RULES
        if asked_for(facts, o, rule.__name__)[0] is RuleMode.HARD and any(rule(facts, o))
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_offered_keeps_every_hard_rule_of_the_audit_at_the_same_money(seed: int) -> None:
    scenario = ruled(seed).model_copy(update={"rule_settings": settings_of(seed)})
    priced = price_scenario(Lookup(canonical(scenario)))
    rows, options, facts = some_of(priced, seed)
    falls = priced.waterfalls(rows)
    listed = breaches(priced, rows).set_index(["option", "rule"])
    expected = 0
    for row, o, fall in zip(rows.tolist(), options, falls.to_dict("records"), strict=True):
        assert hard_faults(facts, o) == []
        right = waterfall(facts, o)
        for name in (*MONEY_LINES, *PARTIES, "netback"):
            assert fall[name] == pytest.approx(right[name], abs=1e-6), name
        cost = 0.0
        for rule, (depth, price) in broken(facts, o).items():
            told = listed.loc[(row, rule)]
            assert told["label"] == subject(o)
            assert told["depth"] == pytest.approx(depth, abs=1e-9)
            assert told["price"] == price
            cost += depth * price
            expected += 1
        assert priced.options.breach[row] == pytest.approx(cost, abs=1e-9)
    assert len(listed) == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_not_offered_breaks_a_hard_rule_of_the_audit(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trips that are never better stay in, so that only rules take options away."""
    monkeypatch.setattr(options_module, "_without_beaten", lambda _, __, options: options)
    scenario = canonical(ruled(seed).model_copy(update={"rule_settings": settings_of(seed)}))
    offered = keys_of(price_scenario(Lookup(scenario)))
    free = price_scenario(Lookup(without_rules(scenario)))
    rows, _, _ = some_of(free, seed)
    facts = Facts(scenario)
    amounts = np.zeros(len(free.options))
    amounts[rows] = 1.0
    judged = read_as_options(free, amounts, facts)
    keys = keys_of(free)
    for row, o in zip(rows.tolist(), judged, strict=True):
        assert (keys[row] in set(offered)) == (hard_faults(facts, o) == []), o.line


@pytest.mark.parametrize("kind", [LockKind.PRICE, LockKind.BAN])
@pytest.mark.parametrize("rungs", [("down-*",), ("down-2*", "full")])
def test_a_lock_names_rungs_by_prefix_for_the_planner_and_the_audit(
    kind: LockKind, rungs: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options_module, "_without_beaten", lambda _, __, options: options)
    scenario = canonical(random_scenario(3).model_copy(update={"locks": ()}))
    lock = r.Lock(lock="by prefix", kind=kind, lots=(scenario.lots[0].lot,), rungs=rungs)
    offered = set(keys_of(price_scenario(Lookup(added(scenario, "locks", lock)))))
    free = price_scenario(Lookup(scenario))
    facts, keys = Facts(added(scenario, "locks", lock)), keys_of(free)
    every = np.ones(len(free.options))
    judged = zip(used_options(free, every), read_as_options(free, every, facts), strict=True)
    assert {keys[row] for row, o in judged if not hard_faults(facts, o)} == offered != set(keys)


def keys_of(priced: Priced) -> list[tuple[Any, ...]]:
    """What tells options apart: lot, channel, route and ship period, sell period, rung."""
    o, trips = priced.options, priced.trips
    names = [trips.name(k, priced.lookup) for k in range(len(trips.route))]
    return [
        (lot, channel, names[trip], int(trips.ship_period[trip]), sell, rung)
        for lot, channel, trip, sell, rung in zip(
            o.lot.tolist(), o.channel.tolist(), o.trip.tolist(), o.sell_period.tolist(),
            o.rung.tolist(), strict=True,
        )
    ]  # fmt: skip


def test_every_rule_is_broken_somewhere_in_these_scenarios() -> None:
    """The tests above say something of each rule: it is broken softly, and it takes options away."""
    soft: Counter[str] = Counter()
    hard: Counter[str] = Counter()
    for seed in SEEDS:
        scenario = canonical(ruled(seed).model_copy(update={"rule_settings": settings_of(seed)}))
        priced = price_scenario(Lookup(scenario))
        soft.update(breaches(priced, np.arange(len(priced.options)))["rule"].unique())
        free = price_scenario(Lookup(without_rules(scenario)))
        amounts = np.zeros(len(free.options))
        amounts[some_of(free, seed)[0]] = 1.0
        facts = Facts(scenario)
        judged = read_as_options(free, amounts, facts)
        hard.update({rule for o in judged for rule in hard_faults(facts, o)})
    assert set(soft) == set(EASED)
    assert set(hard) >= {*EASED, "compliance_hold"}


def test_forbid_destroy_closes_the_same_exits_for_the_planner_and_the_audit() -> None:
    seen: Counter[bool] = Counter()
    for seed in SEEDS:
        scenario, rng = random_scenario(seed), Random(seed)
        burn = r.Exit(exit="burn", kind=ExitKind.DESTROY, currency="CNY")
        law = r.ComplianceRule(
            rule="law",
            effect=RuleEffect.FORBID_DESTROY,
            markets=rng.choice(((), ("CN",), ("SG", "VN"), ("C*",))),
            categories=rng.choice(((), (scenario.lots[0].category,))),
            dangerous_goods_only=rng.random() < 0.3,
            valid_from=rng.choice((None, scenario.header.start_date, scenario.last_day)),
            valid_to=rng.choice((None, scenario.header.start_date)),
        )
        if law.valid_to is not None and law.valid_from == scenario.last_day:
            law = law.model_copy(update={"valid_from": None})
        scenario = added(added(scenario, "exits", burn), "rules", law)
        facts, table = Facts(scenario), open_exits(Lookup(scenario))
        for lot, is_open in zip(scenario.lots, table[:, -1].tolist(), strict=True):
            assert is_open == (not list(forbid_destroy(facts, lot, burn)))
            seen[is_open] += 1
    assert min(seen[True], seen[False]) > 20
