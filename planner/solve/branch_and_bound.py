"""The exact whole-unit problem for programs small enough: HiGHS through MathOpt."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
from ortools.math_opt.python import mathopt
from scipy import sparse

from planner.domain.arrays import Floats, Ints
from planner.errors import SolverError
from planner.model.program import Program
from planner.solve.master import Master


@dataclass(frozen=True)
class Exact:
    """Best whole amounts found (None without a plan) and the bound proven, in PC.

    `infeasible`: proven that no whole amounts obey the rules.
    """

    amounts: Floats | None
    bound: float
    infeasible: bool = False


def solve_whole(program: Program, columns: Ints, seconds: float, gap: float) -> Exact:
    """Branch and bound over these columns, every counted column whole.

    Every integer column is bounded by the least of stock and appetite, so no loose big-M reaches
    the solver.
    """
    master = Master(program, columns)
    master.make_whole()
    _tie_lots_to_openings(master)
    parameters = mathopt.SolveParameters(
        time_limit=datetime.timedelta(seconds=max(seconds, 0.5)),
        relative_gap_tolerance=gap,
        random_seed=0,
    )
    try:
        result = mathopt.solve(master.model, mathopt.SolverType.HIGHS, params=parameters)
    except (AttributeError, ValueError, RuntimeError) as fault:
        raise SolverError(f"Branch and bound failed: {fault.__context__ or fault}") from fault
    bound = float(result.dual_bound()) * master.scale
    if not result.has_primal_feasible_solution():
        reason = result.termination.reason
        return Exact(None, bound, reason == mathopt.TerminationReason.INFEASIBLE)
    amounts = np.zeros(program.size[1])
    found = np.array(result.variable_values(master.variables))
    amounts[master.columns] = np.where(
        program.whole[master.columns], np.round(found), np.maximum(found, 0.0)
    )
    return Exact(amounts, bound)


def _tie_lots_to_openings(master: Master) -> None:
    """Strengthen: units of each lot that need an opening <= the lot's units x the opening.

    Implied for whole openings by the lot's supply row, but the relaxation becomes far tighter than
    with one row over all lots.
    """
    program = master.program
    at = {column: k for k, column in enumerate(master.columns)}
    by_row = sparse.csr_array(program.matrix)
    rules = program.labels.rule
    supply = program.row_upper[[k for k, rule in enumerate(rules) if rule == "supply"]]
    for row, rule in enumerate(rules):
        if rule not in ("certificate", "shipment_papers"):
            continue
        start, end = by_row.indptr[row], by_row.indptr[row + 1]
        columns, use = by_row.indices[start:end], by_row.data[start:end]
        opening = int(columns[use < 0][0])
        most = -float(use[use < 0][0])
        members = np.array([c for c in columns[use > 0].tolist() if c in at], dtype=np.int64)
        for lot in np.unique(program.group[members]).tolist():
            tie = master.model.add_linear_constraint(ub=0.0)
            units = min(most, float(supply[lot]))
            tie.set_coefficient(master.variables[at[opening]], -units)
            for column in members[program.group[members] == lot].tolist():
                tie.set_coefficient(master.variables[at[column]], 1.0)
