"""Cross-border planner for surplus stock: the public verbs and nouns.

Each is looked up when first used, so that the solver's process does not load the records, nor a
reader the optimiser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.domain.product import VERSION
from planner.errors import Finding, NoPlanError, PlannerError, ScenarioError, SolverError

if TYPE_CHECKING:
    from planner.domain.scenario import Scenario
    from planner.io import load_scenario
    from planner.pipeline import make_plan
    from planner.plan.record import Plan
    from planner.report.workbook import write_workbook
    from planner.solve.settings import Progress, Settings

_HOMES = {
    "Plan": "planner.plan.record",
    "Scenario": "planner.domain.scenario",
    "Progress": "planner.solve.settings",
    "Settings": "planner.solve.settings",
    "load_scenario": "planner.io",
    "make_plan": "planner.pipeline",
    "write_workbook": "planner.report.workbook",
}

__version__ = VERSION

__all__ = [
    "Finding",
    "NoPlanError",
    "Plan",
    "PlannerError",
    "Progress",
    "Scenario",
    "ScenarioError",
    "Settings",
    "SolverError",
    "__version__",
    "load_scenario",
    "make_plan",
    "write_workbook",
]


def __getattr__(name: str) -> Any:
    """Import a verb's module the first time the verb is used."""
    if name not in _HOMES:
        raise AttributeError(f"module 'planner' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
