"""Files, workbooks and grids <-> Scenario; every fault in them is a finding."""

from __future__ import annotations

from pathlib import Path

from planner.domain.scenario import Scenario
from planner.errors import Finding, ScenarioError
from planner.io.folder import load_folder, save_folder
from planner.io.frames import frames_of, scenario_from_frames
from planner.io.stock_list import scenario_from_stock_list
from planner.io.untrusted import load_untrusted
from planner.io.workbook import load_workbook, save_workbook

__all__ = [
    "frames_of",
    "load_folder",
    "load_scenario",
    "load_untrusted",
    "load_workbook",
    "save_folder",
    "save_workbook",
    "scenario_from_frames",
    "scenario_from_stock_list",
]


def load_scenario(path: str | Path) -> Scenario:
    """The scenario in a folder, or in a workbook where the path is a file."""
    path = Path(path)
    if path.is_dir():
        return load_folder(path)
    if path.is_file():
        return load_workbook(path)
    remedy = "Name a scenario folder or an .xlsx workbook."
    raise ScenarioError([Finding(str(path), 0, "", "There is no such folder or file.", remedy)])
