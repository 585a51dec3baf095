"""Solves a shipped scenario and puts the plan beside it, so that the app opens on it at once.

python scenarios/solve_shipped.py scenarios/surplus-2026
"""

import sys
from pathlib import Path

from planner import load_scenario, make_plan
from planner.report.files import write_atomically
from planner.solve.settings import Settings
from planner.store.shelf import pack

SECONDS = 400.0
"""A plan that everybody sees first may take its time."""

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    plan = make_plan(load_scenario(folder), Settings(seconds=SECONDS))
    if not plan.ready:
        sys.exit("The audit has findings: the plan is not shipped.")
    content = pack(plan)
    write_atomically(folder / "plan.zip", content)
    print(f"{plan.report.value:,.2f} {plan.report.gap:.3%} {len(content):,} bytes")
