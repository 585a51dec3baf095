"""A linear program over some columns of a Program; columns are let in between solves."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from planner.domain.arrays import Floats, Ints
from planner.model.program import Program
from planner.solve.linear import LpAnswer, solve_linear


def money_scale(program: Program) -> float:
    """A power of ten that keeps the objective below 1e7: solvers lose digits above it."""
    best = np.zeros(int(program.group.max(initial=0)) + 1)
    np.maximum.at(best, program.group, np.abs(program.value[: program.options]))
    units = np.zeros(len(best))
    np.maximum.at(units, program.group, program.most[: program.options])
    size = max(float(best @ units), float(np.abs(program.value).max(initial=1.0)), 1.0)
    return float(10.0 ** max(0, int(np.ceil(np.log10(size))) - 7))


class Master:
    """The program restricted to some of its columns: `columns`, with their own values and bounds."""

    def __init__(self, program: Program, columns: Ints) -> None:
        self.program = program
        self.scale = money_scale(program)
        self.columns: Ints = np.zeros(0, dtype=np.int64)
        self.value, self.least, self.most = np.zeros(0), np.zeros(0), np.zeros(0)
        self.add(columns)

    def add(self, columns: Ints) -> None:
        """Let these columns of the program into the master."""
        self.columns = np.concatenate([self.columns, np.asarray(columns, dtype=np.int64)])
        self.value = np.concatenate([self.value, self.program.value[columns]])
        self.least = np.concatenate([self.least, np.zeros(len(columns))])
        self.most = np.concatenate([self.most, self.program.most[columns]])

    def at(self, columns: Ints) -> Ints:
        """Where these columns of the program, all let in, stand in the master."""
        order = np.argsort(self.columns, kind="stable")
        return np.asarray(order[np.searchsorted(self.columns[order], columns)])

    def fix(self, at: Ints, amounts: Floats) -> None:
        """Fix master columns, by their positions in `columns`."""
        self.least[at] = amounts
        self.most[at] = amounts

    def charge(self, at: Ints, costs: Floats) -> None:
        """Give master columns other costs, PC each."""
        self.value[at] = -costs

    def solve(self, seconds: float) -> LpAnswer:
        """Optimum over the columns let in so far."""
        program = self.program
        return solve_linear(
            self.value,
            self.least,
            self.most,
            sparse.csr_matrix(program.matrix[:, self.columns]),
            program.row_lower,
            program.row_upper,
            scale=self.scale,
            seconds=seconds,
        )
