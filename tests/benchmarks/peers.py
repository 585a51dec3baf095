"""The linear relaxation of a program in other people's hands: the same numbers, their own door.

Every peer takes the finished rows and coefficients and builds its model the way its manual does.
`python -m tests.benchmarks.peers NAME FOLDER SECONDS` runs one in a process of its own on
FOLDER/program.npz (or program.mps) and prints one JSON object when the model is built and one when
it is solved: wall and cpu seconds (cpu includes children), value.
"""

from __future__ import annotations

import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse

from planner.model.program import Program
from planner.solve.exchange import read_program

Solve = Callable[[float], float | None]
"""Solves within some seconds; the value of the optimum, or None without one."""
PROGRAM, MPS = "program.npz", "program.mps"


def rows_of(program: Program) -> Iterator[tuple[list[int], list[float], float, float]]:
    """Columns, coefficients, least and most of every row."""
    matrix = sparse.csr_array(program.matrix)
    bounds = zip(program.row_lower.tolist(), program.row_upper.tolist(), strict=True)
    for k, (lower, upper) in enumerate(bounds):
        part = slice(matrix.indptr[k], matrix.indptr[k + 1])
        yield matrix.indices[part].tolist(), matrix.data[part].tolist(), lower, upper


def scipy_linprog(folder: Path) -> Solve:
    """linprog on a sparse matrix, by HiGHS: the finished matrix, rows with two limits twice."""
    from scipy.optimize import linprog

    program = read_program(folder / PROGRAM)
    began = clock()
    matrix, lower, upper = sparse.csr_array(program.matrix), program.row_lower, program.row_upper
    same = lower == upper
    above, below = np.isfinite(upper) & ~same, np.isfinite(lower) & ~same
    left = sparse.vstack([matrix[np.flatnonzero(above)], -matrix[np.flatnonzero(below)]])
    right = np.concatenate([upper[above], -lower[below]])
    equal = (matrix[np.flatnonzero(same)], upper[same]) if same.any() else (None, None)
    limits = np.column_stack([np.zeros_like(program.most), program.most])
    built(began)

    def solve(seconds: float) -> float | None:
        found = linprog(
            -program.value, left, right, *equal, limits, options={"time_limit": seconds}
        )
        return -float(found.fun) if found.status == 0 else None

    return solve


def highs_simplex(folder: Path) -> Solve:
    """HiGHS by itself on the exported file, by dual simplex."""
    return _highs(folder, "simplex")


def highs_interior_point(folder: Path) -> Solve:
    """HiGHS by itself on the exported file, by interior point with crossover."""
    return _highs(folder, "ipm")


def _highs(folder: Path, method: str) -> Solve:
    import highspy

    began = clock()
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("solver", method)
    model.readModel(str(folder / MPS))
    built(began)

    def solve(seconds: float) -> float | None:
        model.setOptionValue("time_limit", seconds)
        model.run()
        best = model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        return -model.getObjectiveValue() if best else None

    return solve


def ortools_model_builder(folder: Path) -> Solve:
    """OR-Tools model_builder, a weighted sum for every row, solved by GLOP."""
    from ortools.linear_solver.python import model_builder as mb

    program = read_program(folder / PROGRAM)
    began = clock()
    model = mb.Model()
    x = [model.new_num_var(0.0, most, "") for most in program.most.tolist()]
    for columns, coefficients, lower, upper in rows_of(program):
        left = mb.LinearExpr.weighted_sum([x[c] for c in columns], coefficients)
        model.add_linear_constraint(left, lower, upper)
    model.maximize(mb.LinearExpr.weighted_sum(x, program.value.tolist()))
    built(began)

    def solve(seconds: float) -> float | None:
        solver = mb.Solver("glop")
        solver.set_time_limit_in_seconds(seconds)
        found = solver.solve(model)
        return float(solver.objective_value) if found == mb.SolveStatus.OPTIMAL else None

    return solve


def ortools_mathopt(folder: Path) -> Solve:
    """OR-Tools MathOpt, every coefficient set in a loop, solved by GLOP."""
    from datetime import timedelta

    from ortools.math_opt.python import mathopt

    program = read_program(folder / PROGRAM)
    began = clock()
    model = mathopt.Model()
    x = [model.add_variable(lb=0.0, ub=most) for most in program.most.tolist()]
    for columns, coefficients, lower, upper in rows_of(program):
        row = model.add_linear_constraint(lb=lower, ub=upper)
        for column, coefficient in zip(columns, coefficients, strict=True):
            row.set_coefficient(x[column], coefficient)
    model.objective.is_maximize = True
    for variable, value in zip(x, program.value.tolist(), strict=True):
        model.objective.set_linear_coefficient(variable, value)
    built(began)

    def solve(seconds: float) -> float | None:
        limit = mathopt.SolveParameters(time_limit=timedelta(seconds=seconds))
        found = mathopt.solve(model, mathopt.SolverType.GLOP, params=limit)
        best = found.termination.reason == mathopt.TerminationReason.OPTIMAL
        return found.objective_value() if best else None

    return solve


def ortools_pywraplp(folder: Path) -> Solve:
    """OR-Tools pywraplp, every coefficient set in a loop, solved by GLOP."""
    from ortools.linear_solver import pywraplp

    program = read_program(folder / PROGRAM)
    began = clock()
    solver = pywraplp.Solver.CreateSolver("GLOP")
    x = [solver.NumVar(0.0, most, "") for most in program.most.tolist()]
    for columns, coefficients, lower, upper in rows_of(program):
        row = solver.Constraint(lower, upper)
        for column, coefficient in zip(columns, coefficients, strict=True):
            row.SetCoefficient(x[column], coefficient)
    objective = solver.Objective()
    for variable, value in zip(x, program.value.tolist(), strict=True):
        objective.SetCoefficient(variable, value)
    objective.SetMaximization()
    built(began)

    def solve(seconds: float) -> float | None:
        solver.SetTimeLimit(int(1000 * seconds))
        return objective.Value() if solver.Solve() == pywraplp.Solver.OPTIMAL else None

    return solve


def linopy_highs(folder: Path) -> Solve:
    """linopy, the rows of one rule at a time as a grouped sum, solved by HiGHS."""
    import linopy
    import xarray as xr

    program = read_program(folder / PROGRAM)
    began = clock()
    model = linopy.Model()
    column = {"column": np.arange(program.size[1])}
    most = xr.DataArray(program.most, coords=column, dims="column")
    x = model.add_variables(lower=0.0, upper=most, name="units")
    matrix, rule = sparse.csr_array(program.matrix), np.array(program.labels.rule)
    for name in dict.fromkeys(program.labels.rule):
        rows = np.flatnonzero(rule == name)
        part = matrix[rows].tocoo()
        entry = {"entry": np.arange(part.nnz)}
        factor = xr.DataArray(part.data, coords=entry, dims="entry")
        at = xr.DataArray(part.col, coords=entry, dims="entry")
        of_row = xr.DataArray(part.row, coords=entry, dims="entry", name="row")
        total = (x.sel(column=at) * factor).groupby(of_row).sum()
        for sense, limit in ((">=", program.row_lower[rows]), ("<=", program.row_upper[rows])):
            bounded = np.flatnonzero(np.isfinite(limit))
            if len(bounded):
                side = xr.DataArray(limit[bounded], coords={"row": bounded}, dims="row")
                model.add_constraints(total.sel(row=bounded), sense, side, name=f"{name}{sense}")
    value = xr.DataArray(program.value, coords=column, dims="column")
    model.add_objective((x * value).sum(), sense="max")
    built(began)

    def solve(seconds: float) -> float | None:
        _, condition = model.solve(
            "highs", io_api="direct", progress=False, output_flag=False, time_limit=seconds
        )
        return float(model.objective.value) if condition == "optimal" else None

    return solve


def pyomo_highs(folder: Path) -> Solve:
    """Pyomo, a quicksum for every row, solved by HiGHS through its direct interface."""
    import pyomo.environ as pyo

    program = read_program(folder / PROGRAM)
    began = clock()
    model: Any = pyo.ConcreteModel()
    most, value = program.most.tolist(), program.value.tolist()
    model.x = pyo.Var(range(len(most)), bounds=lambda _, k: (0.0, most[k]))
    model.rows = pyo.ConstraintList()
    for columns, coefficients, lower, upper in rows_of(program):
        terms = zip(columns, coefficients, strict=True)
        total = pyo.quicksum(factor * model.x[c] for c, factor in terms)
        least = lower if np.isfinite(lower) else None
        model.rows.add((least, total, upper if np.isfinite(upper) else None))
    terms = enumerate(value)
    total = pyo.quicksum(factor * model.x[c] for c, factor in terms)
    model.value = pyo.Objective(expr=total, sense=pyo.maximize)
    built(began)

    def solve(seconds: float) -> float | None:
        solver = pyo.SolverFactory("appsi_highs")
        found = solver.solve(model, load_solutions=False, timelimit=seconds)
        best = found.solver.termination_condition == pyo.TerminationCondition.optimal
        return float(found.problem.lower_bound) if best else None

    return solve


def pulp_cbc(folder: Path) -> Solve:
    """PuLP, an expression for every row, solved by the CBC that comes with it."""
    import pulp

    program = read_program(folder / PROGRAM)
    began = clock()
    model = pulp.LpProblem("plan", pulp.LpMaximize)
    x = [pulp.LpVariable(f"x{k}", 0.0, most) for k, most in enumerate(program.most.tolist())]
    model += pulp.LpAffineExpression(zip(x, program.value.tolist(), strict=True))
    for columns, coefficients, lower, upper in rows_of(program):
        terms = zip((x[c] for c in columns), coefficients, strict=True)
        total = pulp.LpAffineExpression(terms)
        if lower == upper:
            model += total == upper
            continue
        if np.isfinite(upper):
            model += total <= upper
        if np.isfinite(lower):
            model += total >= lower
    built(began)

    def solve(seconds: float) -> float | None:
        model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=seconds))
        best = model.sol_status == pulp.LpSolutionOptimal
        return float(pulp.value(model.objective)) if best else None

    return solve


PEERS: dict[str, tuple[Callable[[Path], Solve], str]] = {
    "HiGHS simplex on the MPS": (highs_simplex, "highspy"),
    "HiGHS interior point on the MPS": (highs_interior_point, "highspy"),
    "scipy linprog": (scipy_linprog, "scipy"),
    "linopy + HiGHS": (linopy_highs, "linopy"),
    "OR-Tools model_builder + GLOP": (ortools_model_builder, "ortools"),
    "OR-Tools MathOpt + GLOP": (ortools_mathopt, "ortools"),
    "OR-Tools pywraplp + GLOP": (ortools_pywraplp, "ortools"),
    "Pyomo + HiGHS": (pyomo_highs, "pyomo"),
    "PuLP + CBC": (pulp_cbc, "pulp"),
}
"""Each with the package whose version counts."""


def clock() -> tuple[float, float]:
    """Wall and cpu seconds now; cpu of this process and of the children that have ended."""
    return time.monotonic(), sum(os.times()[:4])


def since(began: tuple[float, float]) -> tuple[float, float]:
    """Wall and cpu seconds since then."""
    wall, cpu = clock()
    return round(wall - began[0], 3), round(cpu - began[1], 3)


def built(began: tuple[float, float]) -> None:
    """Say how long building took, at once: a peer may be ended before it has solved anything."""
    wall, cpu = since(began)
    print(json.dumps({"build_seconds": wall, "build_cpu": cpu}), flush=True)


def main() -> None:
    """One peer on one program."""
    name, folder, seconds = sys.argv[1], Path(sys.argv[2]), float(sys.argv[3])
    warnings.simplefilter("ignore")
    peer, package = PEERS[name]
    solve = peer(folder)
    began = clock()
    value = solve(seconds)
    wall, cpu = since(began)
    said = {"solve_seconds": wall, "solve_cpu": cpu, "value": value}
    print(json.dumps(said | {"version": version(package)}), flush=True)


if __name__ == "__main__":
    main()
