"""A scenario -> an MPS file that any other solver reads."""

from __future__ import annotations

from pathlib import Path

from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario, canonical
from planner.landed_cost.options import price_scenario
from planner.model.build import build
from planner.model.mps import write_program


def write_mps(scenario: Scenario, path: Path, *, whole: bool = True) -> None:
    """Write the scenario's whole problem in planning currency; `whole` keeps integers."""
    program, _ = build(price_scenario(Lookup(canonical(scenario))))
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="ascii", newline="\n") as out:
        write_program(program, out, whole=whole)
