"""Arrays -> prices near those of a linear program's optimum, by a first-order method.

A hybrid of primal and dual gradient steps (Applegate et al. 2021) needs no basis: on large programs
it comes within a part in a hundred or a thousand long before the simplex method does. Its answers
break limits a little, so they are no plans; its prices bound every plan as any prices do.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from ortools.pdlp import solvers_pb2
from ortools.pdlp.python import pdlp
from scipy import sparse

from planner.domain.arrays import Floats

THREADS = 1
"""Several wait for one another after every step: on a shared machine they lose more than they gain."""
LEAST_SECONDS = 0.1


@dataclass(frozen=True)
class Approach:
    """Amounts of the columns and prices of the rows (PC), each a little off."""

    amounts: Floats
    prices: Floats


def approached(
    value: Floats,
    most: Floats,
    matrix: sparse.csc_matrix,
    row_lower: Floats,
    row_upper: Floats,
    *,
    scale: float,
    precision: float,
    seconds: float,
    start: Approach | None = None,
) -> Approach:
    """Near the maximum of value @ x with row_lower <= matrix @ x <= row_upper and 0 <= x <= most.

    precision: how far, as a part of their sizes, limits may be broken and the value may lie from
    that of the prices. scale: the objective is divided by it. start: an answer to go on from.
    """
    task = pdlp.QuadraticProgram()
    task.objective_vector = -value / scale
    task.constraint_matrix = matrix
    task.constraint_lower_bounds, task.constraint_upper_bounds = row_lower, row_upper
    task.variable_lower_bounds, task.variable_upper_bounds = np.zeros(len(value)), most
    how = solvers_pb2.PrimalDualHybridGradientParams(num_threads=THREADS)
    end = how.termination_criteria
    end.time_sec_limit = max(seconds, LEAST_SECONDS)
    end.simple_optimality_criteria.eps_optimal_absolute = precision
    end.simple_optimality_criteria.eps_optimal_relative = precision
    begin = None
    if start is not None:
        begin = pdlp.PrimalAndDualSolution()
        begin.primal_solution, begin.dual_solution = start.amounts, -start.prices / scale
    found = pdlp.primal_dual_hybrid_gradient(task, how, begin)
    return Approach(np.array(found.primal_solution), -np.array(found.dual_solution) * scale)
