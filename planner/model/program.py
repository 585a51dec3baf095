"""A labelled linear program in plain arrays: what is decided, what limits it, with no solver inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints

NO_LIMIT = np.inf


@dataclass(frozen=True)
class Block:
    """Rows of one rule.

    `labels` and `periods` name each row (period 0 = the whole horizon); `unit` is what one unit
    of its limit means. Entries are (row, column, coefficient); rows count from 0 in the block.
    """

    rule: str
    unit: str
    labels: Sequence[str]
    periods: Ints
    rows: Ints
    columns: Ints
    coefficients: Floats
    lower: Floats
    upper: Floats


@dataclass(frozen=True)
class RowLabels:
    """Name of every row: its rule, label, period and unit."""

    rule: tuple[str, ...]
    label: tuple[str, ...]
    period: Ints
    unit: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rule)


@dataclass(frozen=True)
class Program:
    """Maximise value @ x with row_lower <= matrix @ x <= row_upper and 0 <= x <= most.

    The first `options` columns are the options table's rows; the rest are exits, stays, openings
    and shortfalls, in the order of `Columns`. `whole` marks columns that count things. `group` is
    the lot of each option (its supply row), used to turn any prices into a bound.
    """

    value: Floats
    most: Floats
    whole: Bools
    matrix: sparse.csc_array
    row_lower: Floats
    row_upper: Floats
    labels: RowLabels
    options: int
    group: Ints

    @property
    def size(self) -> tuple[int, int]:
        """(rows, columns)"""
        return self.matrix.shape[0], self.matrix.shape[1]


def stack(
    blocks: Sequence[Block], columns: int
) -> tuple[sparse.csr_array, Floats, Floats, RowLabels]:
    """Blocks one above the other as one sparse matrix by rows, with its limits and labels."""
    starts = np.cumsum([0, *(len(block.lower) for block in blocks)])
    rows = np.concatenate(
        [block.rows + start for block, start in zip(blocks, starts, strict=False)]
    )
    shape = (int(starts[-1]), columns)
    matrix = sparse.csr_array(
        (
            np.concatenate([block.coefficients for block in blocks]),
            (rows.astype(np.int32), np.concatenate([b.columns for b in blocks]).astype(np.int32)),
        ),
        shape=shape,
    )
    labels = RowLabels(
        tuple(block.rule for block in blocks for _ in block.labels),
        tuple(label for block in blocks for label in block.labels),
        np.concatenate([block.periods for block in blocks]),
        tuple(block.unit for block in blocks for _ in block.labels),
    )
    lower = np.concatenate([block.lower for block in blocks])
    upper = np.concatenate([block.upper for block in blocks])
    return matrix, lower, upper, labels
