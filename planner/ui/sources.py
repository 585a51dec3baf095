"""The scenarios a visitor may open by name: folders under scenarios/ and local/."""

from __future__ import annotations

import sys
from pathlib import Path

from planner.domain.scenario import Scenario
from planner.io import load_scenario

ROOT = Path(__file__).parents[2]
FIRST = "surplus-2026"


def names() -> list[str]:
    """Names of the scenario folders; those of local/ say so.

    The one the app was started with comes first, else the example.
    """
    found = [*_folders(ROOT / "scenarios", ""), *_folders(ROOT / "local", "local/")]
    first = sys.argv[1] if sys.argv[1:2] and sys.argv[1] in found else FIRST
    return sorted(found, key=lambda name: (name != first, name))


def load(name: str) -> Scenario:
    """The scenario of a name from `names`; raises `ScenarioError` with its findings."""
    return load_scenario(ROOT / (name if name.startswith("local/") else f"scenarios/{name}"))


def _folders(parent: Path, prefix: str) -> list[str]:
    if not parent.is_dir():
        return []
    return [prefix + path.name for path in parent.iterdir() if (path / "scenario.yaml").is_file()]
