"""How strictly a scenario asks for a limit: hard, soft at a price, or not at all."""

from __future__ import annotations

from planner.domain.vocabulary import RuleMode
from planner.plan.audit.facts import Facts


def asked(facts: Facts, rule: str, label: str) -> tuple[RuleMode, float]:
    """Mode and price of a limit; of several settings that fit, the one that says most counts."""
    fitting = [
        row
        for row in facts.scenario.rule_settings
        if row.rule == rule and label.startswith(row.subject)
    ]
    if not fitting:
        return RuleMode.HARD, 0.0
    closest = max(fitting, key=lambda row: len(row.subject))
    return closest.mode, closest.price


def is_soft(facts: Facts, rule: str, label: str) -> bool:
    return asked(facts, rule, label)[0] is RuleMode.SOFT


def is_off(facts: Facts, rule: str, label: str) -> bool:
    return asked(facts, rule, label)[0] is RuleMode.OFF
