"""What the code says, held against the Chinese catalogue; `make words` adds what is missing to it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po, write_po

from planner.language import CATALOGUE, CHINESE, LEAST_LETTERS
from planner.report.headings import CURRENCY, PER_UNIT

ROOT = Path(__file__).parents[1]
SAYING = ("title", "say", "english", "counted", "told", "Heading", "_money", "tell", "no_plan",
          "NoPlanError", "OutOfTimeError", "SolverError")  # fmt: skip
"""Calls whose first text is told to people."""
SECOND = ("counted", "no_plan")
"""Those of which it is the second."""
NAMED = ("stopped_because", "bound_by")
"""Values told to people by whatever call they are given to."""
ADVICE = ("problem", "remedy", "otherwise")
"""What a finding says: whatever has such a name or parameter."""
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
def untold() -> dict[str, str]:
    """Every problem and remedy of a finding that is a bare text, not one `english` knows.

    The command line speaks English alone.
    """
    takers = _takers()
    return {
        ast.unparse(given): f"{file.relative_to(ROOT)}:{given.lineno}"
        for file, tree in trees()
        if file.name != "cli.py"
        for node in ast.walk(tree)
        for given in (*_advice(node, takers), *(_fault(node) if "audit" in file.parts else ()))
        if _is_bare(given)
    }


def _takers() -> dict[str, set[int]]:
    """Functions and records that take a problem or remedy: name -> at which places."""
    found: dict[str, set[int]] = {}
    for _, tree in trees():
        for node in ast.walk(tree):
            names: list[str] = []
            if isinstance(node, ast.FunctionDef):
                names = [each.arg for each in node.args.args if each.arg != "self"]
            elif isinstance(node, ast.ClassDef):
                names = [
                    getattr(each.target, "id", "")
                    for each in node.body
                    if isinstance(each, ast.AnnAssign)
                ]
            places = {at for at, name in enumerate(names) if name in ADVICE}
            if places and isinstance(node, ast.FunctionDef | ast.ClassDef):
                found.setdefault(node.name, set()).update(places)
    return found


def _advice(node: ast.AST, takers: dict[str, set[int]]) -> Iterator[ast.expr]:
    """What a call, or a name given a value, says of problem and remedy."""
    if isinstance(node, ast.Call):
        places = takers.get(getattr(node.func, "id", getattr(node.func, "attr", "")), set())
        for at, given in enumerate(node.args):
            if at in places:
                yield from _either(given)
        for named in node.keywords:
            if named.arg in ADVICE:
                yield from _either(named.value)
    elif isinstance(node, ast.Assign | ast.AugAssign):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        if isinstance(target, ast.Name) and target.id in ADVICE:
            yield from _either(node.value)


def _fault(node: ast.AST) -> Iterator[ast.expr]:
    """What the audit says is wrong beside the column it is wrong in, or instead of a fact."""
    if isinstance(node, ast.Tuple) and len(node.elts) == 2:
        yield from (
            each for each in _either(node.elts[1]) if ast.unparse(each).endswith((".'", '."'))
        )
    elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        yield from (
            given for given in node.exc.args if ast.unparse(node.exc.func) != "AssertionError"
        )


def _either(node: ast.expr) -> Iterator[ast.expr]:
    """The expression itself, or both of 'this if so else that'."""
    if isinstance(node, ast.IfExp):
        yield from _either(node.body)
        yield from _either(node.orelse)
    else:
        yield node


def _is_bare(node: ast.expr) -> bool:
    """Whether words stand in a text that is handed on as it is."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    words = [str(part.value) for part in parts if isinstance(part, ast.Constant)]
    return sum(sign.isalpha() for word in words for sign in word) >= LEAST_LETTERS


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
