"""A linear program over some columns of a Program, solved by GLOP.

Columns are added between solves. Each solve starts afresh with presolve and dual simplex: on this
class of problem that is several times faster than going on from the last basis without presolve.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

import numpy as np
from ortools.math_opt.python import mathopt

from planner.domain.arrays import Floats, Ints
from planner.errors import NoPlanError, OutOfTimeError, SolverError
from planner.model.program import Program


@dataclass(frozen=True)
class LpAnswer:
    """Optimum of the master: amounts of its columns, prices of the rows, objective (all in PC)."""

    amounts: Floats
    prices: Floats
    objective: float


def money_scale(program: Program) -> float:
    """A power of ten that keeps the objective below 1e7: solvers lose digits above it."""
    best = np.zeros(int(program.group.max(initial=0)) + 1)
    np.maximum.at(best, program.group, np.abs(program.value[: program.options]))
    units = np.zeros(len(best))
    np.maximum.at(units, program.group, program.most[: program.options])
    size = max(float(best @ units), float(np.abs(program.value).max(initial=1.0)), 1.0)
    return float(10.0 ** max(0, int(np.ceil(np.log10(size))) - 7))


class Master:
    """The program restricted to some of its columns."""

    def __init__(self, program: Program, columns: Ints) -> None:
        self.program = program
        self.scale = money_scale(program)
        self.columns: list[int] = []
        self.model = mathopt.Model(name="master")
        self.model.objective.is_maximize = True
        self.rows = [
            self.model.add_linear_constraint(lb=low, ub=high)
            for low, high in zip(
                program.row_lower.tolist(), program.row_upper.tolist(), strict=True
            )
        ]
        self.variables: list[mathopt.Variable] = []
        self.add(columns)

    def add(self, columns: Ints) -> None:
        """Let these columns of the program into the master."""
        program, matrix = self.program, self.program.matrix
        for column in columns.tolist():
            variable = self.model.add_variable(lb=0.0, ub=float(program.most[column]))
            self.model.objective.set_linear_coefficient(
                variable, float(program.value[column]) / self.scale
            )
            start, end = matrix.indptr[column], matrix.indptr[column + 1]
            for row, use in zip(
                matrix.indices[start:end].tolist(), matrix.data[start:end].tolist(), strict=True
            ):
                self.rows[row].set_coefficient(variable, use)
            self.variables.append(variable)
            self.columns.append(column)

    def fix(self, column_at: int, amount: float) -> None:
        """Fix one master column, by its position in `columns`."""
        self.variables[column_at].lower_bound = amount
        self.variables[column_at].upper_bound = amount

    def make_whole(self) -> None:
        """Ask for whole amounts wherever the program counts things."""
        for column, variable in zip(self.columns, self.variables, strict=True):
            variable.integer = bool(self.program.whole[column])

    def charge(self, column_at: int, cost: float) -> None:
        """Give one master column another cost, PC."""
        self.model.objective.set_linear_coefficient(self.variables[column_at], -cost / self.scale)

    def solve(self, seconds: float) -> LpAnswer:
        """Optimum over the columns let in so far."""
        parameters = mathopt.SolveParameters(
            time_limit=datetime.timedelta(seconds=max(seconds, 0.1)),
            lp_algorithm=mathopt.LPAlgorithm.DUAL_SIMPLEX,
            random_seed=0,
        )
        try:
            result = mathopt.solve(self.model, mathopt.SolverType.GLOP, params=parameters)
        except (AttributeError, ValueError, RuntimeError) as fault:
            raise SolverError(f"The linear solver failed: {fault.__context__ or fault}") from fault
        reason = result.termination.reason
        if reason in (
            mathopt.TerminationReason.INFEASIBLE,
            mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED,
        ):
            raise NoPlanError("No plan obeys every hard rule of the scenario.")
        if result.termination.limit is not None:
            raise OutOfTimeError("The time allowed was used up before a plan was found.")
        if reason != mathopt.TerminationReason.OPTIMAL:
            raise SolverError(f"The linear solver stopped early: {reason.name.lower()}.")
        return LpAnswer(
            amounts=np.array(result.variable_values(self.variables)),
            prices=np.array(result.dual_values(self.rows)) * self.scale,
            objective=float(result.objective_value()) * self.scale,
        )
