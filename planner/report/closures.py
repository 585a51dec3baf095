"""A scenario -> the rules that close options, lifted one by one or all together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from planner.domain.records import RuleSetting
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import LockKind, RuleEffect, RuleMode
from planner.pricing import OFFER_RULES, TRIP_RULES

Lift = Callable[[Scenario], Scenario]
"""The scenario without one kind of closure."""

SETTABLE = tuple(rule.__name__ for rule in (*OFFER_RULES, *TRIP_RULES))
"""Closing rules that a rule setting may switch off."""


def _off(rule: str) -> Lift:
    def lift(scenario: Scenario) -> Scenario:
        held = [row for row in scenario.rule_settings if row.rule == rule]
        if any(row.mode is RuleMode.SOFT for row in held):
            return scenario  # it closes nothing where it has a price, and the price must stay
        others = tuple(row for row in scenario.rule_settings if row.rule != rule)
        off = RuleSetting(rule=rule, mode=RuleMode.OFF)
        return scenario.model_copy(update={"rule_settings": (*others, off)})

    return lift


def _compliance_hold(scenario: Scenario) -> Scenario:
    lots = tuple(lot.model_copy(update={"compliance_hold": False}) for lot in scenario.lots)
    return scenario.model_copy(update={"lots": lots})


def _lead_days(scenario: Scenario) -> Scenario:
    rules = tuple(
        row if row.effect is RuleEffect.EXPORT_REFUND else row.model_copy(update={"lead_days": 0})
        for row in scenario.rules
    )
    return scenario.model_copy(update={"rules": rules})


def _channel_opening_dates(scenario: Scenario) -> Scenario:
    always = {"open_from": None, "open_to": None}
    channels = tuple(row.model_copy(update=always) for row in scenario.channels)
    return scenario.model_copy(update={"channels": channels})


def _price_lock(scenario: Scenario) -> Scenario:
    held = tuple(k for k in scenario.locks if k.kind not in (LockKind.BAN, LockKind.PRICE))
    return scenario.model_copy(update={"locks": held})


LIFTS: dict[str, Lift] = {
    **{rule: _off(rule) for rule in SETTABLE},
    "compliance_hold": _compliance_hold,
    "lead_days": _lead_days,
    "channel_opening_dates": _channel_opening_dates,
    "price_lock": _price_lock,
}
"""Every rule that may keep an option from being generated, and the scenario without it."""

CLOSURE_WORDS = {
    "floor": "the brand's price floor",
    "price_floor": "a price floor",
    "price_cap": "a price cap",
    "reseller_band": "the reseller's margin band",
    "excluded_market": "a market the brand keeps out of",
    "exclusive_channels": "the brand's exclusive channels",
    "private_only": "private channels only",
    "brand_consent": "the brand's consent, which is missing",
    "forbidden": "a law that forbids the goods",
    "forbidden_mode": "a law that forbids the way of transport",
    "shelf_life": "the shelf life left on arrival",
    "compliance_hold": "a compliance hold",
    "lead_days": "the days a rule needs for preparation",
    "channel_opening_dates": "the channel's opening dates",
    "price_lock": "a lock",
}


def lifted(scenario: Scenario, rules: Iterable[str] = tuple(LIFTS)) -> Scenario:
    """The scenario without the closures of these rules."""
    for rule in rules:
        scenario = LIFTS[rule](scenario)
    return scenario
