"""How strictly a scenario asks for a limit (table rule_settings)."""

from __future__ import annotations

from planner.domain.scenario import Scenario
from planner.domain.vocabulary import RuleMode


def is_hard(scenario: Scenario, rule: str, label: str) -> bool:
    """Whether a limit is asked for and may not be broken: the setting of the longest subject counts."""
    hits = [
        setting
        for setting in scenario.rule_settings
        if setting.rule == rule and label.startswith(setting.subject)
    ]
    return not hits or max(hits, key=lambda row: len(row.subject)).mode is RuleMode.HARD
