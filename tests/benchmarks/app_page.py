"""out/bench-app.json -> docs/workbench.md, "How quick it is": `python -m tests.benchmarks.app_page`.

The figures are kept in docs/workbench.json; a test holds the page against them.
"""

from __future__ import annotations

import json
import shutil
from typing import Any

from tests.benchmarks.bench import OUT, ROOT
from tests.benchmarks.tables import prose, table

FOUND = OUT / "bench-app.json"
FIGURES = ROOT / "docs" / "workbench.json"
PAGE = ROOT / "docs" / "workbench.md"
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
HEADS = ["what", "measured", "goal"]
GOALS = {"example": (0.7, 2.0), "large": (2.0, 6.0)}
"""Seconds of a page change or rerun, and of an edit."""
ACTS = {
    "page_change": "page change",
    "rerun": "rerun of the Plan page",
    "edit": "cell edited to new value on the screen",
}
GOAL_MB, GOAL_SOLVERS = 60, 1


def measured(found: dict[str, Any]) -> str:
    """The measured part of the page."""
    if not found:
        return "Nothing has been measured yet."
    machine = found["machine"]
    versions = ", ".join(f"{name} {number}" for name, number in found["versions"].items())
    lines = prose(
        f"Measured by `make bench-app` in headless Chromium on {machine['cores']} cores, load "
        f"{machine['load']:g} when it began, Python {machine['python']}, {versions}. Seconds are wall "
        "time; browser, app and solver share the cores."
    )
    rows = [
        row for name, show in SHOWN.items() if name in found for row in _shown(found[name], show)
    ]
    return "\n".join([*lines, *table(HEADS, rows)]).rstrip("\n")


def _shown(part: dict[str, Any], show: Any) -> list[list[str]]:
    """The rows of a part, or why there are none."""
    if "failed" in part:
        return [[show.__doc__, f"failed: {part['failed']}", ""]]
    rows: list[list[str]] = show(part)
    return rows


def _example(part: dict[str, Any]) -> list[list[str]]:
    """surplus-2026"""
    return _acts("surplus-2026", part, *GOALS["example"])


def _large(part: dict[str, Any]) -> list[list[str]]:
    """10,000 lots"""
    name = f"{part['lots']:,} lots, {part['channels']} channels, {part['periods']} periods"
    first = [f"{name}: first plan, from nothing", f"{part['first_plan_seconds']:.0f} s", ""]
    return [first, *_acts(name, part, *GOALS["large"])]


def _acts(name: str, part: dict[str, Any], page: float, edit: float) -> list[list[str]]:
    goals = {"page_change": page, "rerun": page, "edit": edit}
    return [
        [
            f"{name}: {words}, median and worst of {len(part[act]['each'])}",
            f"{part[act]['median']:.2f} s, {part[act]['worst']:.2f} s",
            f"{goals[act]:g} s",
        ]
        for act, words in ACTS.items()
    ]


def _users(part: dict[str, Any]) -> list[list[str]]:
    """several users"""
    name = f"{part['users']} users solve at once, {part['seconds_allowed_each']} s of solver each"
    return [
        [f"{name}: first plan, median and last", _two(part["first_plan"]), ""],
        [f"{name}: all done", f"{part['done']['worst']:.0f} s", ""],
        [
            "of these: plans of their own, who saw the queue, faults",
            f"{part['plans_of_their_own']}, {part['saw_the_queue']}, {part['faults']}",
            f"{part['users']}, -, 0",
        ],
    ]


def _two(seconds: dict[str, Any]) -> str:
    return f"{seconds['median']:.0f} s, {seconds['worst']:.0f} s"


def _memory(part: dict[str, Any]) -> list[list[str]]:
    """memory"""
    name = f"memory of an idle session, of {part['sessions']} above {part['base_mb']:.0f} MB"
    return [[name, f"{part['mb_per_session']:.1f} MB", f"{GOAL_MB} MB"]]


def _slider(part: dict[str, Any]) -> list[list[str]]:
    """slider"""
    name = (
        f"{part['moves']} moves of a slider in {part['seconds_of_moves']:.0f} s while a solve runs"
    )
    return [
        [f"{name}: solvers at once", f"{part['most_solvers_at_once']}", f"{GOAL_SOLVERS}"],
        [
            f"{name}: stands at, last asked for",
            f"{part['stands_at_percent']} %",
            f"{part['asked_for_percent']} %",
        ],
    ]


SHOWN = {
    "example": _example,
    "large": _large,
    "users": _users,
    "memory": _memory,
    "slider": _slider,
}


def page(found: dict[str, Any], text: str) -> str:
    """The page with its measured part made anew."""
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    return f"{head}{BEGIN}\n{measured(found)}\n{END}{tail}"


def main() -> None:
    """Keep the latest figures and write the page."""
    shutil.copyfile(FOUND, FIGURES)
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(page(json.loads(FIGURES.read_text()), text), encoding="utf-8")


if __name__ == "__main__":
    main()
