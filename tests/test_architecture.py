"""The shape of the code: imports point one way, and each outside library has one door."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = (
    "language",
    "errors",
    "executor",
    "domain",
    "io",
    "network",
    "pricing",
    "landed_cost",
    "model",
    "solve",
    "plan",
    "shared_prices",
    "large",
    "pipeline",
    "live",
    "report",
    "store",
    "ui",
    "front",
)
"""From the ground up; a module imports its own layer and those below. `front` = the front doors."""
FRONT = ("planner", "planner.cli", "planner.cli_output", "planner.__main__", "streamlit_app")
DOORS = {
    "ortools": ("planner.solve",),
    "streamlit": ("planner.ui", "streamlit_app"),
    "openpyxl": ("planner.io", "planner.report"),
    "xlsxwriter": ("planner.io", "planner.report"),
    "sqlite3": ("planner.store",),
    "sqlalchemy": ("planner.store",),
    "numba": ("planner.solve",),
    "ray": ("planner.executor",),
}
"""Outside library -> the packages that may import it."""
NOWHERE = ("pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal")
FILES = [*sorted((ROOT / "planner").rglob("*.py")), ROOT / "streamlit_app.py"]
PAGES = sorted((ROOT / "planner" / "ui" / "pages").glob("*.py"))


def module_of(file: Path) -> str:
    """The dotted name of a file of this repository."""
    parts = list(file.relative_to(ROOT).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def within(module: str, package: str) -> bool:
    """Whether a module is a package or part of it."""
    return module == package or module.startswith(package + ".")


def imports(tree: ast.AST, module: str, *, package: bool = False) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything a module imports, however deep in its code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                up = module.split(".")
                up = up[: len(up) - node.level + package]
                base = ".".join([*up, base] if base else up)
            for alias in node.names:
                whole = f"{base}.{alias.name}"
                yield node.lineno, whole if is_module(whole) else base
        elif isinstance(node, ast.Call) and _named(node.func) in ("import_module", "__import__"):
            for word in node.args[:1]:
                if isinstance(word, ast.Constant) and isinstance(word.value, str):
                    yield node.lineno, word.value


def is_module(name: str) -> bool:
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


def _named(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def layer(module: str) -> int:
    """The place of a module of this repository in LAYERS."""
    if module in FRONT:
        return LAYERS.index("front")
    return LAYERS.index(module.split(".")[1])


def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def all_imports() -> Iterator[tuple[Path, str, int, str]]:
    """File, module, line and what is imported there, for all code that ships."""
    for file in FILES:
        module = module_of(file)
        package = file.name == "__init__.py"
        for line, name in imports(parsed(file), module, package=package):
            yield file, module, line, name


def place(file: Path, line: int) -> str:
    return f"{file.relative_to(ROOT)}:{line}"


def test_every_module_has_a_layer() -> None:
    for file in FILES:
        assert 0 <= layer(module_of(file)) < len(LAYERS), file
    assert {LAYERS[layer(module_of(file))] for file in FILES} == set(LAYERS)


def test_imports_point_one_way() -> None:
    wrong = [
        f"{place(file, line)} imports {name}"
        for file, module, line, name in all_imports()
        if within(name, "planner") and layer(name) > layer(module)
    ]
    # The package's own face looks its verbs up when they are first used; `planner` names it.
    assert not [each for each in wrong if not each.endswith(" imports planner")]
    faces = {each.split(":")[0] for each in wrong if each.endswith(" imports planner")}
    assert all(face.startswith("planner/ui/") for face in faces)


@pytest.mark.parametrize("library", DOORS)
def test_an_outside_library_has_one_door(library: str) -> None:
    users = {
        module: place(file, line)
        for file, module, line, name in all_imports()
        if within(name, library)
    }
    allowed = DOORS[library]
    wrong = [
        where
        for module, where in users.items()
        if not any(within(module, door) for door in allowed)
    ]
    assert not wrong
    if library in ("ortools", "streamlit", "openpyxl", "xlsxwriter"):
        assert users  # the test looks at what is really imported


def test_the_audit_knows_nothing_of_what_made_the_plan() -> None:
    allowed = ("planner.errors", "planner.language", "planner.domain", "planner.plan.audit")
    seen = 0
    for file, module, line, name in all_imports():
        if within(module, "planner.plan.audit") and within(name, "planner"):
            seen += 1
            assert any(within(name, door) for door in allowed), f"{place(file, line)} {name}"
    assert seen


def test_nothing_is_pickled() -> None:
    wrong = [
        f"{place(file, line)} imports {name}"
        for file, _, line, name in all_imports()
        if any(within(name, library) for library in NOWHERE)
    ]
    for file in FILES:
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.Call):
                wrong += [
                    f"{place(file, node.lineno)} allows pickles"
                    for word in node.keywords
                    if word.arg == "allow_pickle"
                    and not (isinstance(word.value, ast.Constant) and word.value.value is False)
                ]
                if _named(node.func) in ("read_pickle", "to_pickle"):
                    wrong.append(f"{place(file, node.lineno)} pickles a frame")
    assert not wrong


def test_no_html_of_ours_is_trusted() -> None:
    for file in FILES:
        for node in ast.walk(parsed(file)):
            named = isinstance(node, ast.keyword) and node.arg == "unsafe_allow_html"
            written = isinstance(node, ast.Constant) and node.value == "unsafe_allow_html"
            assert not named and not written, file


RESHAPING = ("groupby", "merge", "pivot", "pivot_table", "agg", "aggregate", "melt")
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow, ast.MatMult)


def sums(tree: ast.AST) -> list[tuple[int, str]]:
    """Line and kind of every calculation in a tree: reshaping a frame, or arithmetic but for text."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in RESHAPING:
            found.append((node.lineno, node.attr))
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ARITHMETIC):
            sides = (
                (node.left, node.right)
                if isinstance(node, ast.BinOp)
                else (node.target, node.value)
            )
            if not any(_is_text(side) for side in sides):
                found.append((node.lineno, type(node.op).__name__))
    return found


def _is_text(node: ast.expr) -> bool:
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_calculates_nothing(page: Path) -> None:
    """What a page shows is worked out, and tested, in planner/report."""
    assert not sums(parsed(page))


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("x = a + b", ["Add"]),
        ("x = frame['a'] / 2", ["Div"]),
        ("x -= 1", ["Sub"]),
        ("x = frame.groupby('market').sum()", ["groupby"]),
        ("x = 'a' + b", []),
        ("x = f'{a}' + b + c", []),
        ("x = a | b", []),
        ("x = -1", []),
    ],
)
def test_the_calculations_of_a_page_would_be_seen(code: str, found: list[str]) -> None:
    assert [kind for _, kind in sums(ast.parse(code))] == found


@pytest.mark.parametrize(
    ("code", "module", "found"),
    [
        ("import ortools.math_opt as m", "planner.io.cells", ["ortools.math_opt"]),
        ("def f():\n    from planner.solve import run", "planner.io.cells", ["planner.solve.run"]),
        ("from planner.errors import Finding", "planner.io.cells", ["planner.errors"]),
        ("from . import cells", "planner.io.frames", ["planner.io.cells"]),
        ("from ..solve import run", "planner.io.frames", ["planner.solve.run"]),
        ("importlib.import_module('streamlit')", "planner.io.cells", ["streamlit"]),
    ],
)
def test_an_import_would_be_seen(code: str, module: str, found: list[str]) -> None:
    assert [name for _, name in imports(ast.parse(code), module)] == found
