"""A linear program over some columns of a Program; columns are let in between solves."""

from __future__ import annotations

import time

import numpy as np
from scipy import sparse

from planner.domain.arrays import Floats, Ints
from planner.errors import OutOfTimeError
from planner.model.program import Program
from planner.solve.linear import LpAnswer, money_scale, solve_linear
from planner.solve.warm import AT_LEAST, Basis, solve_between

__all__ = ["Master", "money_scale"]


class Master:
    """The program restricted to some of its columns: `columns`, with their own values and bounds.

    again: it will be solved more than once; every solve goes on from the basis of the one before.
    """

    def __init__(self, program: Program, columns: Ints, *, again: bool = False) -> None:
        self.program = program
        self.again = again
        self.basis: Basis | None = None
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
        matrix = sparse.csr_matrix(program.matrix[:, self.columns])
        task = (self.value, self.least, self.most, matrix, program.row_lower, program.row_upper)
        begin = time.monotonic()
        if self.again:
            try:
                answer, self.basis = solve_between(
                    *task, scale=self.scale, seconds=seconds, basis=self._basis()
                )
                return answer
            except OutOfTimeError:  # or it lost its footing: begin afresh while there is time
                self.basis = None
                if time.monotonic() - begin >= seconds:
                    raise
        left = seconds - (time.monotonic() - begin)
        return solve_linear(*task, scale=self.scale, seconds=left)

    def _basis(self) -> Basis | None:
        """The last basis; columns let in since stand at nothing."""
        if self.basis is None:
            return None
        fresh = np.full(len(self.columns) - len(self.basis.columns), AT_LEAST)
        return Basis(np.concatenate([self.basis.columns, fresh]), self.basis.rows)
