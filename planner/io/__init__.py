"""Files, workbooks and grids <-> Scenario; every fault in them is a finding.

Workbook readers and writers are looked up when first used: a folder is read without them.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from planner.domain.scenario import Scenario
from planner.errors import Finding, ScenarioError
from planner.io.folder import load_folder, save_folder
from planner.language import english

if TYPE_CHECKING:
    from planner.io.frames import frames_of, scenario_from_frames
    from planner.io.round_trip import accept, read_back
    from planner.io.stock_list import read_stock_list, scenario_from_stock_list, scenario_of_list
    from planner.io.untrusted import load_untrusted
    from planner.io.workbook import load_workbook, save_workbook

__all__ = [
    "accept",
    "frames_of",
    "load_folder",
    "load_scenario",
    "load_untrusted",
    "load_workbook",
    "read_back",
    "read_stock_list",
    "save_folder",
    "save_workbook",
    "scenario_from_frames",
    "scenario_from_stock_list",
    "scenario_of_list",
]

_HOMES = {
    "accept": "round_trip",
    "frames_of": "frames",
    "load_untrusted": "untrusted",
    "load_workbook": "workbook",
    "read_back": "round_trip",
    "read_stock_list": "stock_list",
    "save_workbook": "workbook",
    "scenario_from_frames": "frames",
    "scenario_from_stock_list": "stock_list",
    "scenario_of_list": "stock_list",
}


def __getattr__(name: str) -> Any:
    """Import a verb's module the first time the verb is used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'planner.io' has no attribute {name!r}")
    return getattr(import_module(f"planner.io.{_HOMES[name]}"), name)


def load_scenario(path: str | Path) -> Scenario:
    """The scenario in a folder, or in a workbook where the path is a file."""
    path = Path(path)
    if path.is_dir():
        return load_folder(path)
    if path.is_file():
        from planner.io.workbook import load_workbook

        return load_workbook(path)
    problem = english("There is no such folder or file.")
    remedy = english("Name a scenario folder or an .xlsx workbook.")
    raise ScenarioError([Finding(str(path), 0, "", problem, remedy)])
