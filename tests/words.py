"""What the code says, held against the Chinese catalogue; `make words` adds what is missing to it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po, write_po

from planner.language import CATALOGUE, CHINESE
from planner.report.headings import CURRENCY, PER_UNIT

ROOT = Path(__file__).parents[1]
SAYING = ("title", "say", "english", "counted", "told", "Heading", "_money", "tell", "no_plan",
          "NoPlanError", "OutOfTimeError", "SolverError")  # fmt: skip
"""Calls whose first text is told to people."""
SECOND = ("counted", "no_plan")
"""Those of which it is the second."""
NAMED = ("stopped_because", "bound_by")
"""Values told to people by whatever call they are given to."""
FILES = [*sorted((ROOT / "planner").rglob("*.py")), ROOT / "streamlit_app.py"]


@cache
def trees() -> tuple[tuple[Path, ast.Module], ...]:
    """Every file that ships, parsed."""
    return tuple((file, ast.parse(file.read_text(encoding="utf-8"))) for file in FILES)


@cache
def said() -> dict[str, str]:
    """Every text that is said: text -> where first."""
    found: dict[str, str] = {}
    for file, tree in trees():
        for node in ast.walk(tree):
            for text in _texts(node):
                found.setdefault(text, f"{file.relative_to(ROOT)}:{node.lineno}")  # type: ignore[attr-defined]
    return found


def _texts(node: ast.AST) -> Iterator[str]:
    if not isinstance(node, ast.Call):
        return
    name = getattr(node.func, "id", getattr(node.func, "attr", ""))
    at = 1 if name in SECOND else 0
    if name in SAYING and len(node.args) > at:
        yield from _constants(node.args[at])
    for given in node.keywords:
        if given.arg in NAMED:
            yield from _constants(given.value)


def _constants(node: ast.expr) -> Iterator[str]:
    """A text, or both of 'this if so else that'."""
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Constant) and any(sign.isalpha() for sign in str(node.value)):
        yield str(node.value)


@cache
def written() -> set[str]:
    """Every text that stands anywhere in the code, so also the words of tables and closed sets.

    Names such as leg_capacity are told as 'leg capacity', columns without a heading as 'Leg capacity'.
    """
    found = {CURRENCY + PER_UNIT}
    for _, tree in trees():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
                words = " ".join(node.value.split()).replace("_", " ")
                found |= {words, words[:1].upper() + words[1:]}
    return found


def main() -> None:
    """Adds what is said and not in the catalogue, blank, and lists it."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale=CHINESE)
    missing = [text for text in said() if text not in catalogue]
    for text in missing:
        catalogue.add(text)
        sys.stdout.write(f"{text!r}\n")
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, sort_output=True, width=100)


if __name__ == "__main__":
    main()
