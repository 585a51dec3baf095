"""Where the workbench is kept."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[2]
VARIABLE = "PLANNER_STORE"
"""Environment variable that names another file. It must be on a disk of this machine: SQLite's
log of writes does not work over a network."""


def store_file() -> Path:
    """local/workbench.sqlite, or the file the environment names."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else ROOT / "local" / "workbench.sqlite"
