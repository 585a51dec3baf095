"""Why no plan exists: the hard limits that cannot all hold, and by how much they must give."""

from __future__ import annotations

import datetime

import numpy as np
from ortools.math_opt.python import mathopt

from planner.model.program import Program
from planner.solve.master import Master

MEANT = ("lock", "storage_capacity", "frozen_shipment", "supply", "exit_capacity", "quota")
"""Rules that can make a scenario impossible; all others are met by shipping nothing."""

WHOLE_UP_TO = 20_000
"""Programs with no more columns are judged in whole units."""
SECONDS = 20.0


def what_is_too_tight(program: Program) -> str:
    """A sentence naming the rules to loosen and by how many of their own units.

    Every limit of the rules above may be overstepped at the price of 1 per unit; the least total
    overstepping shows what conflicts.
    """
    master = Master(program, np.arange(program.size[1]))
    model = master.model
    model.objective.clear()
    model.objective.is_maximize = False
    rows = [k for k, rule in enumerate(program.labels.rule) if rule in MEANT]
    over = {row: model.add_variable(lb=0.0) for row in rows}
    under = {row: model.add_variable(lb=0.0) for row in rows}
    for row in rows:
        master.rows[row].set_coefficient(over[row], -1.0)
        master.rows[row].set_coefficient(under[row], 1.0)
        first = 1.0 if program.labels.rule[row] == "lock" else 10.0
        model.objective.set_linear_coefficient(over[row], first)
        model.objective.set_linear_coefficient(under[row], first)
    small = program.size[1] <= WHOLE_UP_TO
    if small:
        master.make_whole()
    parameters = mathopt.SolveParameters(time_limit=datetime.timedelta(seconds=SECONDS))
    solver = mathopt.SolverType.HIGHS if small else mathopt.SolverType.GLOP
    result = mathopt.solve(model, solver, params=parameters)
    if not result.has_primal_feasible_solution():
        return ""
    found = []
    for row in rows:
        for variables, word in ((over, "raise"), (under, "lower")):
            amount = float(result.variable_values(variables[row]))
            if amount > 1e-5:
                name = f"{program.labels.rule[row]} {program.labels.label[row]}"
                found.append(
                    f"{word} {name} by {np.ceil(amount - 1e-5):,.0f} {program.labels.unit[row]}"
                )
    return "To make one possible: " + "; ".join(found) + "." if found else ""
