"""docs/model.md, the code and the tests speak of the same rules and the same money lines."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from planner.landed_cost.waterfall import WATERFALL_LINES
from planner.model.rules import RULES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "model.md").read_text(encoding="utf-8")
RULE_NAMES = [rule.__name__ for rule in RULES]


def headings_under(chapter: str) -> list[str]:
    """The ### headings of a ## chapter, in order."""
    body = re.split(r"^## ", PAGE, flags=re.MULTILINE)
    (text,) = (part for part in body if part.startswith(f"{chapter}\n"))
    return re.findall(r"^### (\S+)$", text, flags=re.MULTILINE)


def functions_of_tests() -> set[str]:
    """Names of all test functions of this repository."""
    return {
        node.name
        for file in (ROOT / "tests").rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


TESTS = functions_of_tests()


def test_the_page_has_one_heading_for_each_rule_in_the_order_of_the_code() -> None:
    assert headings_under("Rules") == RULE_NAMES


@pytest.mark.parametrize("rule", RULE_NAMES)
def test_a_rule_of_the_model_has_a_test_named_after_it(rule: str) -> None:
    assert any(name.startswith(f"test_{rule}_") for name in TESTS)


@pytest.mark.parametrize("line", [name for name in WATERFALL_LINES if name != "co2e_kg"])
def test_a_line_of_the_waterfall_is_explained_on_the_page(line: str) -> None:
    assert re.search(rf"(?<![a-z_]){line}(?![a-z_])", PAGE, flags=re.IGNORECASE)
