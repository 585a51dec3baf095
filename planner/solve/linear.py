"""Arrays -> the optimum of a linear program, by dual simplex with presolve."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.linear_solver.python import model_builder_helper as helper
from scipy import sparse

from planner.domain.arrays import Floats
from planner.errors import NoPlanError, OutOfTimeError, SolverError
from planner.model.program import Program

PRECISE_ENOUGH = "change_status_to_imprecise: false"
"""Answers a little beyond their tolerances are welcome: bounds are added up in exact arithmetic and
plans are checked exactly, whatever the answer they came from."""
ENGINES = (
    ("glop", f"use_dual_simplex: true {PRECISE_ENOUGH}"),
    ("glop", PRECISE_ENOUGH),
    ("highs_lp", ""),
)
"""Tried in this order: the first is the fastest, the others stand in when it loses its footing.
Small programs full of ties, of gates in an order, begin with the second: the first can go round in
circles there."""
IMPOSSIBLE = (helper.SolveStatus.INFEASIBLE,)
LATE = (
    helper.SolveStatus.FEASIBLE,
    helper.SolveStatus.NOT_SOLVED,
    helper.SolveStatus.CANCELLED_BY_USER,
    helper.SolveStatus.UNKNOWN_STATUS,
)


@dataclass(frozen=True)
class LpAnswer:
    """Optimum: amounts of the columns, prices of the rows, objective (all in PC)."""

    amounts: Floats
    prices: Floats
    objective: float


def solve_linear(
    value: Floats,
    least: Floats,
    most: Floats,
    matrix: sparse.csr_matrix,
    row_lower: Floats,
    row_upper: Floats,
    *,
    scale: float,
    seconds: float,
    primal: bool = False,
) -> LpAnswer:
    """Maximise value @ x with row_lower <= matrix @ x <= row_upper and least <= x <= most.

    `scale` divides the objective inside the solver: it loses digits above 1e7. Arrays are handed
    over whole, and every solve starts afresh: on this class of problem that is several times
    faster than going on from the last basis without presolve. `primal` begins with the engine for
    small programs full of ties. Raises NoPlanError, OutOfTimeError
    or SolverError.
    """
    model: Any = helper.ModelBuilderHelper()
    model.fill_model_from_sparse_data(least, most, value / scale, row_lower, row_upper, matrix)
    model.set_maximize(True)
    deadline = time.monotonic() + max(seconds, 0.1)
    for engine, parameters in ENGINES[primal:]:
        solver = helper.ModelSolverHelper(engine)
        solver.enable_output(False)
        solver.set_solver_specific_parameters(parameters)
        solver.set_time_limit_in_seconds(max(deadline - time.monotonic(), 0.1))
        solver.solve(model)
        status = solver.status()
        if status != helper.SolveStatus.ABNORMAL:
            break
    if status in IMPOSSIBLE:
        raise NoPlanError("No plan obeys every hard rule of the scenario.")
    if status in LATE:
        raise OutOfTimeError("The time allowed was used up before a plan was found.")
    if status != helper.SolveStatus.OPTIMAL:
        raise SolverError(f"The linear solver stopped early: {status.name.lower()}.")
    return LpAnswer(
        amounts=np.array(solver.variable_values()),
        prices=np.array(solver.dual_values()) * scale,
        objective=float(solver.objective_value()) * scale,
    )


def money_scale(program: Program) -> float:
    """A power of ten that keeps the objective below 1e7: solvers lose digits above it."""
    best = np.zeros(int(program.group.max(initial=0)) + 1)
    np.maximum.at(best, program.group, np.abs(program.value[: program.options]))
    units = np.zeros(len(best))
    np.maximum.at(units, program.group, program.most[: program.options])
    size = max(float(best @ units), float(np.abs(program.value).max(initial=1.0)), 1.0)
    return float(10.0 ** max(0, int(np.ceil(np.log10(size))) - 7))
