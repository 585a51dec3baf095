"""Arrays -> the best whole amounts and a proven bound: HiGHS through MathOpt."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
from ortools.math_opt import model_pb2
from ortools.math_opt.python import mathopt
from scipy import sparse

from planner.domain.arrays import Bools, Floats
from planner.errors import SolverError


@dataclass(frozen=True)
class Exact:
    """Best whole amounts found (None without any) and the bound proven, in PC.

    `infeasible`: proven that no whole amounts obey the rules.
    """

    amounts: Floats | None
    bound: float
    infeasible: bool = False


def solve_integer(
    value: Floats,
    least: Floats,
    most: Floats,
    whole: Bools,
    matrix: sparse.csr_matrix,
    row_lower: Floats,
    row_upper: Floats,
    *,
    scale: float,
    seconds: float,
    gap: float,
    nodes: int | None = None,
) -> Exact:
    """Maximise value @ x over row and column limits with the `whole` columns in whole numbers.

    nodes: parts of the search looked at, at most; unlike seconds they are the same on every machine.
    """
    model = mathopt.Model.from_model_proto(
        _proto(value / scale, least, most, whole, matrix, row_lower, row_upper)
    )
    parameters = mathopt.SolveParameters(
        time_limit=datetime.timedelta(seconds=max(seconds, 0.5)),
        relative_gap_tolerance=gap,
        node_limit=nodes,
        random_seed=0,
    )
    try:
        result = mathopt.solve(model, mathopt.SolverType.HIGHS, params=parameters)
    except (AttributeError, ValueError, RuntimeError) as fault:
        raise SolverError(f"Branch and bound failed: {fault.__context__ or fault}") from fault
    bound = float(result.dual_bound()) * scale
    if not result.has_primal_feasible_solution():
        reason = result.termination.reason
        return Exact(None, bound, reason == mathopt.TerminationReason.INFEASIBLE)
    found = result.variable_values()
    amounts = np.array([found[variable] for variable in model.variables()])
    return Exact(np.where(whole, np.round(amounts), np.maximum(amounts, 0.0)), bound)


def _proto(
    value: Floats,
    least: Floats,
    most: Floats,
    whole: Bools,
    matrix: sparse.csr_matrix,
    row_lower: Floats,
    row_upper: Floats,
) -> model_pb2.ModelProto:
    """The model handed over in whole arrays: entry by entry takes many times as long."""
    proto = model_pb2.ModelProto()
    columns, rows = np.arange(len(value)), np.arange(len(row_lower))
    variables, limits = proto.variables, proto.linear_constraints
    variables.ids.extend(columns.tolist())
    variables.lower_bounds.extend(least.tolist())
    variables.upper_bounds.extend(most.tolist())
    variables.integers.extend(whole.tolist())
    proto.objective.maximize = True
    paid = np.flatnonzero(value)
    proto.objective.linear_coefficients.ids.extend(paid.tolist())
    proto.objective.linear_coefficients.values.extend(value[paid].tolist())
    limits.ids.extend(rows.tolist())
    limits.lower_bounds.extend(row_lower.tolist())
    limits.upper_bounds.extend(row_upper.tolist())
    matrix.sort_indices()
    entries = proto.linear_constraint_matrix
    entries.row_ids.extend(np.repeat(rows, np.diff(matrix.indptr)).tolist())
    entries.column_ids.extend(matrix.indices.tolist())
    entries.coefficients.extend(matrix.data.tolist())
    return proto
