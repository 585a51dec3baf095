"""Where scenarios come from: folders under scenarios/ and local/, and the workbench's own."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path

from planner.domain.scenario import Scenario
from planner.io import load_scenario
from planner.store import Base, Store

ROOT = Path(__file__).parents[2]
FIRST = "surplus-2026"
FOLDER, KEPT = "folder", "kept"
SOLVED = "plan.zip"
"""A plan that is shipped beside a scenario's tables."""


def names() -> list[str]:
    """Names of the scenario folders; those of local/ say so.

    The one the app was started with comes first, else the example.
    """
    found = [*_folders(ROOT / "scenarios", ""), *_folders(ROOT / "local", "local/")]
    first = sys.argv[1] if sys.argv[1:2] and sys.argv[1] in found else FIRST
    return sorted(found, key=lambda name: (name != first, name))


def folder(name: str) -> Path:
    """The folder of a name from `names`."""
    return ROOT / (name if name.startswith("local/") else f"scenarios/{name}")


@lru_cache(maxsize=8)
def load(name: str) -> Scenario:
    """The scenario of a name from `names`; raises `ScenarioError` with its findings."""
    return load_scenario(folder(name))


def base_of(name: str) -> Base:
    """A shipped scenario as the base of others."""
    return Base(FOLDER, name, load(name).fingerprint)


def load_base(base: Base, store: Store) -> Scenario:
    """The data a scenario starts from."""
    if base.kind == FOLDER:
        return load(base.name)
    return Scenario.model_validate_json(store.base_content(base.name))


def shipped_plan(name: str) -> bytes | None:
    """The plan shipped beside a scenario, as `planner.store.shelf` packs it."""
    file = folder(name) / SOLVED
    return file.read_bytes() if file.is_file() else None


def _folders(parent: Path, prefix: str) -> list[str]:
    if not parent.is_dir():
        return []
    return [prefix + path.name for path in parent.iterdir() if (path / "scenario.yaml").is_file()]
