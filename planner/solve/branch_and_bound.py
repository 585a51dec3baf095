"""The exact whole-unit problem for programs small enough."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from planner.domain.arrays import Floats, Ints
from planner.model.program import Kind, Program
from planner.solve.integer import Exact, solve_integer
from planner.solve.master import money_scale


def solve_whole(program: Program, columns: Ints, seconds: float, gap: float) -> Exact:
    """Branch and bound over these columns, every counted column whole.

    Every integer column is bounded by the least of stock and appetite, so no loose big-M reaches
    the solver.
    """
    columns = np.asarray(columns)
    ties = _ties(program)
    matrix = sparse.vstack([program.matrix[:, columns], ties[:, columns]])
    extra = ties.shape[0]
    answer = solve_integer(
        program.value[columns],
        np.zeros(len(columns)),
        program.most[columns],
        program.whole[columns],
        sparse.csr_matrix(matrix),
        np.concatenate([program.row_lower, np.full(extra, -np.inf)]),
        np.concatenate([program.row_upper, np.zeros(extra)]),
        scale=money_scale(program),
        seconds=seconds,
        gap=gap,
    )
    if answer.amounts is None:
        return answer
    amounts: Floats = np.zeros(program.size[1])
    amounts[columns] = answer.amounts
    return replace(answer, amounts=amounts)


def _ties(program: Program) -> sparse.csr_array:
    """Strengthen: units of each lot that need a gate <= the lot's units x the gate.

    Implied for whole gates by the lot's supply row, but the relaxation becomes far tighter than
    with one row over all lots. Only for rows whose gate costs money and that are hard.
    """
    soft = np.unique(program.matrix[:, program.of_kind(Kind.AMOUNT)].indices)
    hard = program.link & ~program.logic
    hard[soft] = False
    links = program.by_row[np.flatnonzero(hard)].tocoo()
    supply = program.row_upper[program.rows_of("supply")]
    gate = np.zeros(links.shape[0], dtype=np.int64)
    most = np.zeros(links.shape[0])
    of_gate = links.data < 0
    gate[links.row[of_gate]] = links.col[of_gate]
    most[links.row[of_gate]] = -links.data[of_gate]
    option = ~of_gate & (links.col < program.options)
    row, column = links.row[option], links.col[option]
    lot = program.group[column]
    pair, number = np.unique(row * (len(supply) + 1) + lot, return_inverse=True)
    of_row, of_lot = np.divmod(pair, len(supply) + 1)
    units = np.minimum(most[of_row], supply[of_lot])
    return sparse.csr_array(
        (
            np.concatenate([np.ones(len(column)), -units]),
            (
                np.concatenate([number, np.arange(len(pair))]),
                np.concatenate([column, gate[of_row]]),
            ),
        ),
        shape=(len(pair), program.size[1]),
    )
