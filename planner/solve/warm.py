"""Linear programs solved with their basis, from that of one much like it: in this process.

Going on from a basis takes a fraction of a solve when little has changed. Bases are carried from
one program to another by the names of columns and rows; the simplex method mends what does not fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.math_opt import (
    callback_pb2,
    model_parameters_pb2,
    model_pb2,
    parameters_pb2,
    result_pb2,
    solution_pb2,
)
from ortools.math_opt.core.python import solver
from scipy import sparse

from planner.domain.arrays import Floats, Ints
from planner.errors import NoPlanError, OutOfTimeError
from planner.model.program import Program
from planner.solve.linear import LpAnswer, money_scale

AT_LEAST = int(solution_pb2.BASIS_STATUS_AT_LOWER_BOUND)
BASIC = int(solution_pb2.BASIS_STATUS_BASIC)
FROM_INSIDE = 8_000
"""Columns from which an interior point is quicker than the simplex method from nothing."""


@dataclass(frozen=True)
class Basis:
    """How every column and row stands at an optimum, in the solver's numbers."""

    columns: Ints
    rows: Ints

    def of(self, program: Program) -> Basis:
        """How the program's own columns and rows stand, without those only a start knows of."""
        rows, columns = program.size
        return Basis(self.columns[:columns], self.rows[:rows])


@dataclass(frozen=True)
class Start:
    """A basis to go on from, and what a program has lost since it was an optimum.

    lost: entries of the lost columns, which stay at 0, in the program's rows and then in the lost
    rows, which nothing else uses; value of those columns, limit of those rows. With them the basis
    is still one, and prices that were right stay right. The basis counts them after the others.
    """

    basis: Basis
    lost: sparse.csc_array
    value: Floats
    limit: Floats


def resumed(program: Program, before: Program, basis: Basis, columns: Ints, rows: Ints) -> Start:
    """Where to start on a program from the basis of one before it.

    columns, rows: where the program's own stood before, -1 = they are new.
    """
    of_columns = np.append(basis.columns, AT_LEAST)[columns]
    of_rows = np.append(basis.rows, BASIC)[rows]
    kept = np.zeros(before.size[1], dtype=bool)
    kept[columns[columns >= 0]] = True
    gone = np.flatnonzero(~kept & (basis.columns == BASIC))
    place = np.full(before.size[0], -1, dtype=np.int64)
    place[rows[rows >= 0]] = np.flatnonzero(rows >= 0)
    used = np.bincount(before.matrix[:, np.flatnonzero(kept)].indices, minlength=before.size[0])
    empty = np.flatnonzero((place < 0) & (basis.rows != BASIC) & (used == 0))
    place[empty] = len(rows) + np.arange(len(empty))
    entries = sparse.coo_array(before.matrix[:, gone])
    hit = place[entries.row] >= 0
    lost = sparse.csc_array(
        (entries.data[hit], (place[entries.row[hit]], entries.col[hit])),
        shape=(len(rows) + len(empty), len(gone)),
    )
    whole = _balanced(
        Basis(
            np.concatenate([of_columns, np.full(len(gone), BASIC)]),
            np.concatenate([of_rows, basis.rows[empty]]),
        )
    )
    return Start(whole, lost, before.value[gone], np.maximum(before.row_upper[empty], 0.0))


def _balanced(basis: Basis) -> Basis:
    """The basis with as many basic members as rows: rows come in for more, columns go for fewer."""
    columns, rows = basis.columns.copy(), basis.rows.copy()
    missing = int((rows != BASIC).sum() - (columns == BASIC).sum())
    if missing > 0:
        rows[np.flatnonzero(rows != BASIC)[:missing]] = BASIC
    if missing < 0:
        columns[np.flatnonzero(columns == BASIC)[missing:]] = AT_LEAST
    return Basis(columns, rows)


def solve_warm(
    program: Program, least: Floats, most: Floats, seconds: float, start: Start | None = None
) -> tuple[LpAnswer, Basis]:
    """Optimum of the program's relaxation between these column limits, and its basis.

    Raises NoPlanError where there is none and OutOfTimeError where the time is too short.
    """
    scale = money_scale(program)
    model = _model(program, least, most, scale, start)
    result = _solved(model, seconds, None if start is None else start.basis)
    return _read(result, program.size, scale)


def solve_between(
    value: Floats,
    least: Floats,
    most: Floats,
    matrix: sparse.csr_matrix,
    row_lower: Floats,
    row_upper: Floats,
    *,
    scale: float,
    seconds: float,
    basis: Basis | None,
) -> tuple[LpAnswer, Basis]:
    """As `linear.solve_linear`, from a basis where there is one, and with the basis of the optimum.

    Without one, an interior point of a larger program is moved to a corner: several times as fast
    as the simplex method from nothing. Raises OutOfTimeError also where a method loses its footing.
    """
    model = _written(value / scale, least, most, sparse.csr_array(matrix), row_lower, row_upper)
    inside = basis is None and len(value) >= FROM_INSIDE
    solved = _from_inside(model, seconds) if inside else _solved(model, seconds, basis)
    return _read(solved, matrix.shape, scale)


def _from_inside(model: model_pb2.ModelProto, seconds: float) -> result_pb2.SolveResultProto:
    """The solver's answer, by interior point and crossover."""
    task = parameters_pb2.SolveParametersProto(lp_algorithm=parameters_pb2.LP_ALGORITHM_BARRIER)
    hints = model_parameters_pb2.ModelSolveParametersProto()
    return _asked(model, parameters_pb2.SOLVER_TYPE_HIGHS, task, hints, seconds)


def _solved(
    model: model_pb2.ModelProto, seconds: float, basis: Basis | None
) -> result_pb2.SolveResultProto:
    """The solver's answer, by dual simplex."""
    task = parameters_pb2.SolveParametersProto(
        lp_algorithm=parameters_pb2.LP_ALGORITHM_DUAL_SIMPLEX,
        presolve=parameters_pb2.EMPHASIS_LOW if basis is None else parameters_pb2.EMPHASIS_OFF,
    )
    task.glop.change_status_to_imprecise = False
    hints = model_parameters_pb2.ModelSolveParametersProto()
    if basis is not None:
        _write(basis, hints.initial_basis)
    return _asked(model, parameters_pb2.SOLVER_TYPE_GLOP, task, hints, seconds)


def _asked(
    model: model_pb2.ModelProto,
    which: parameters_pb2.SolverTypeProto,
    task: parameters_pb2.SolveParametersProto,
    hints: model_parameters_pb2.ModelSolveParametersProto,
    seconds: float,
) -> result_pb2.SolveResultProto:
    task.time_limit.FromMilliseconds(int(1000 * max(seconds, 0.1)))
    return solver.solve(
        model,
        which,
        parameters_pb2.SolverInitializerProto(),
        task,
        hints,
        None,
        callback_pb2.CallbackRegistrationProto(),
        None,
        None,
    )


def _model(
    program: Program, least: Floats, most: Floats, scale: float, start: Start | None
) -> model_pb2.ModelProto:
    """The relaxation in the solver's own words, whole arrays at a time."""
    matrix, value = program.matrix, program.value
    lower, upper = program.row_lower, program.row_upper
    if start is not None:
        empty, gone = len(start.limit), np.zeros(len(start.value))
        own = sparse.csc_array(
            (matrix.data, matrix.indices, matrix.indptr),
            shape=(matrix.shape[0] + empty, matrix.shape[1]),
        )
        matrix = sparse.hstack([own, start.lost])
        value = np.concatenate([value, start.value])
        least, most = np.concatenate([least, gone]), np.concatenate([most, gone])
        lower = np.concatenate([lower, np.full(empty, -np.inf)])
        upper = np.concatenate([upper, start.limit])
    return _written(value / scale, least, most, sparse.csr_array(matrix), lower, upper)


def _written(
    value: Floats,
    least: Floats,
    most: Floats,
    by_row: sparse.csr_array,
    lower: Floats,
    upper: Floats,
) -> model_pb2.ModelProto:
    """Arrays in the solver's own words."""
    by_row.sort_indices()
    rows, columns = by_row.shape
    model = model_pb2.ModelProto()
    model.variables.ids.extend(range(columns))
    model.variables.lower_bounds.extend(least.tolist())
    model.variables.upper_bounds.extend(most.tolist())
    model.variables.integers.extend([False] * columns)
    model.objective.maximize = True
    worth = np.flatnonzero(value)
    model.objective.linear_coefficients.ids.extend(worth.tolist())
    model.objective.linear_coefficients.values.extend(value[worth].tolist())
    model.linear_constraints.ids.extend(range(rows))
    model.linear_constraints.lower_bounds.extend(lower.tolist())
    model.linear_constraints.upper_bounds.extend(upper.tolist())
    entries = model.linear_constraint_matrix
    entries.row_ids.extend(np.repeat(np.arange(rows), np.diff(by_row.indptr)).tolist())
    entries.column_ids.extend(by_row.indices.tolist())
    entries.coefficients.extend(by_row.data.tolist())
    return model


def _write(basis: Basis, into: solution_pb2.BasisProto) -> None:
    into.variable_status.ids.extend(range(len(basis.columns)))
    into.variable_status.values.extend(basis.columns.tolist())
    into.constraint_status.ids.extend(range(len(basis.rows)))
    into.constraint_status.values.extend(basis.rows.tolist())


def _read(
    result: result_pb2.SolveResultProto, size: tuple[int, int], scale: float
) -> tuple[LpAnswer, Basis]:
    reason = result.termination.reason
    if reason == result_pb2.TERMINATION_REASON_INFEASIBLE:
        raise NoPlanError("No plan obeys every hard rule of the scenario.")
    if reason != result_pb2.TERMINATION_REASON_OPTIMAL:
        raise OutOfTimeError("The linear program was not solved in the time it may take.")
    found = result.solutions[0]
    rows, columns = size
    answer = LpAnswer(
        amounts=_spread(found.primal_solution.variable_values, columns),
        prices=_spread(found.dual_solution.dual_values, rows) * scale,
        objective=float(found.primal_solution.objective_value) * scale,
    )
    basis = Basis(
        np.array(found.basis.variable_status.values, dtype=np.int64),
        np.array(found.basis.constraint_status.values, dtype=np.int64),
    )
    return answer, basis


def _spread(values: Any, size: int) -> Floats:
    """A sparse vector of the solver over the first positions."""
    at, found = np.array(values.ids, dtype=np.int64), np.zeros(size)
    own = at < size
    found[at[own]] = np.array(values.values)[own]
    return found
