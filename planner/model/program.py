"""A labelled linear program in plain arrays: what is decided, what limits it, with no solver inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import cast

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints

NO_LIMIT = np.inf


class Kind(IntEnum):
    """What a column counts."""

    UNITS = 0
    """Units of goods: options, exits, stays."""
    OPENING = 1
    """0 or 1, and costs money: papers, certificates, markets, channels."""
    BOX = 2
    """Whole boxes, at a cost each."""
    COUNT = 3
    """Whole numbers without a cost, such as cartons in a shipment line."""
    SWITCH = 4
    """0 or 1 without a cost: a price at or below a rung, a style listed in a channel."""
    AMOUNT = 5
    """Any number from 0: declared weights, leaks, shortfalls."""


@dataclass(frozen=True)
class Block:
    """Rows of one rule.

    `labels` and `periods` name each row (period 0 = the whole horizon); `unit` is what one unit
    of its limit means, the same for all rows or one for each. Entries are (row, column,
    coefficient); rows count from 0 in the block.
    link: each row has one negative entry, the column without which its options carry nothing.
    logic: the rows only say which options go together; large programs are bounded without them.
    price: PC for each unit of a row's shortfall, NaN where the row is hard; None = all hard.
    """

    rule: str
    unit: str | Sequence[str]
    labels: Sequence[str]
    periods: Ints
    rows: Ints
    columns: Ints
    coefficients: Floats
    lower: Floats
    upper: Floats
    link: bool = False
    logic: bool = False
    price: Floats | None = None


@dataclass(frozen=True)
class RowLabels:
    """Name of every row: its rule, label, period and unit."""

    rule: tuple[str, ...]
    label: tuple[str, ...]
    period: Ints
    unit: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.rule)

    def take(self, rows: Ints) -> RowLabels:
        """These rows only."""
        return RowLabels(
            tuple(self.rule[k] for k in rows),
            tuple(self.label[k] for k in rows),
            self.period[rows],
            tuple(self.unit[k] for k in rows),
        )


@dataclass(frozen=True)
class Program:
    """Maximise value @ x with row_lower <= matrix @ x <= row_upper and 0 <= x <= most.

    The first `options` columns are the options table's rows; the rest are in the order of
    `Columns`. `kind` says what each column counts. `link` and `logic` mark rows as in Block.
    `group` is the lot of each option (its supply row), used to turn any prices into a bound.
    """

    value: Floats
    most: Floats
    kind: Ints
    matrix: sparse.csc_array
    row_lower: Floats
    row_upper: Floats
    labels: RowLabels
    link: Bools
    logic: Bools
    options: int
    group: Ints

    @property
    def size(self) -> tuple[int, int]:
        """(rows, columns)"""
        return self.matrix.shape[0], self.matrix.shape[1]

    @cached_property
    def by_row(self) -> sparse.csr_array:
        """The matrix in the order of its rows, made once."""
        return sparse.csr_array(self.matrix)

    @property
    def whole(self) -> Bools:
        """Columns that count things."""
        return cast(Bools, self.kind != Kind.AMOUNT)

    def of_kind(self, *kinds: Kind) -> Ints:
        """Positions of the columns of these kinds."""
        return cast(Ints, np.flatnonzero(np.isin(self.kind, kinds)))

    def rows_of(self, *rules: str) -> Ints:
        """Positions of the rows of these rules."""
        return cast(Ints, np.flatnonzero(np.isin(np.array(self.labels.rule), rules)))


@dataclass(frozen=True)
class Rows:
    """All blocks, one above the other."""

    matrix: sparse.csr_array
    lower: Floats
    upper: Floats
    labels: RowLabels
    link: Bools
    logic: Bools
    price: Floats


def _units(block: Block) -> Sequence[str]:
    """The unit of every row."""
    return [block.unit] * len(block.labels) if isinstance(block.unit, str) else block.unit


def stack(blocks: Sequence[Block], columns: int) -> Rows:
    """Blocks one above the other as one sparse matrix by rows, with limits and labels."""
    sizes = [len(block.lower) for block in blocks]
    starts = np.cumsum([0, *sizes])
    rows = np.concatenate(
        [block.rows + start for block, start in zip(blocks, starts, strict=False)], dtype=np.int32
    )
    matrix = sparse.csr_array(
        (
            np.concatenate([block.coefficients for block in blocks]),
            (rows, np.concatenate([block.columns for block in blocks], dtype=np.int32)),
        ),
        shape=(int(starts[-1]), columns),
    )
    labels = RowLabels(
        tuple(block.rule for block in blocks for _ in block.labels),
        tuple(label for block in blocks for label in block.labels),
        np.concatenate([block.periods for block in blocks]),
        tuple(unit for block in blocks for unit in _units(block)),
    )
    hard = [np.full(n, np.nan) for n in sizes]
    return Rows(
        matrix,
        np.concatenate([block.lower for block in blocks]),
        np.concatenate([block.upper for block in blocks]),
        labels,
        np.repeat(np.array([block.link for block in blocks]), sizes),
        np.repeat(np.array([block.logic for block in blocks]), sizes),
        np.concatenate(
            [
                h if block.price is None else block.price
                for block, h in zip(blocks, hard, strict=True)
            ]
        ),
    )
