"""docs/model.md, the planner, the audit and the tests speak of the same rules about one option."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from planner import pricing
from planner.domain.vocabulary import SETTABLE_RULES
from planner.plan.audit import breaches
from planner.plan.audit import offers as audited
from planner.pricing import OFFER_RULES, TRIP_RULES
from tests.test_model_page import TESTS, headings_under

NAMES = headings_under("Offers")
EASED = {rule.__name__ for rule in (*OFFER_RULES, *TRIP_RULES)}
NEW = ("price_floor", "price_cap", "reseller_band", "price_ending", "compliance_hold",
       "forbid_destroy")  # fmt: skip


def functions_of_pricing() -> set[str]:
    """Names of all functions of planner/pricing."""
    return {
        node.name
        for file in Path(pricing.__file__).parent.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


def test_every_rule_of_the_page_is_a_function_of_pricing_and_of_the_audit() -> None:
    assert set(NAMES) > EASED
    assert set(NAMES) <= functions_of_pricing()
    named = {rule.__name__ for rule in audited.OFFER_RULES}
    assert set(NAMES) - {"price_ending"} <= named


def test_the_rules_that_may_be_eased_are_the_same_everywhere() -> None:
    assert set(breaches.EASED) == EASED
    assert set(SETTABLE_RULES) >= EASED


@pytest.mark.parametrize("rule", NEW)
def test_a_rule_about_one_option_has_a_test_named_after_it(rule: str) -> None:
    assert any(name.startswith(f"test_{rule}_") for name in TESTS)
