"""The columns of a program read once: where each belongs, and marks of what it uses beside."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.solve.compiled import jit


class Role(IntEnum):
    """What a row is to a column."""

    SUPPLY = 0
    """The stock of its lot."""
    POOL = 1
    """The shoppers it sells to."""
    SHARE = 2
    """Its style's part of them."""
    SHARED = 3
    """Any other limit, which all styles share."""


SUPPLY, POOL, SHARE = int(Role.SUPPLY), int(Role.POOL), int(Role.SHARE)
FIRST, SECOND, THIRD = (
    np.uint64(0x9E3779B97F4A7C15),
    np.uint64(0xBF58476D1CE4E5B9),
    np.uint64(0x94D049BB133111EB),
)
"""Odd multipliers that spread bits (Steele, Lea and Flood 2014)."""
SOME, MORE = np.uint64(29), np.uint64(32)


@dataclass(frozen=True)
class Read:
    """Of every column: its lot (the place of its supply row among supply rows), its pool's and its
    share's row, each -1 where there is none, and what a unit takes of the last two.

    open: no limit of 0 keeps it out. marks: two numbers that are the same for columns that use the
    same shared rows other than pools to the same part, and hardly ever for others.
    """

    lot: Ints
    pool: Ints
    pool_use: Floats
    share: Ints
    share_use: Floats
    open: Bools
    one: np.ndarray
    other: np.ndarray

    @property
    def marks(self) -> tuple[np.ndarray, np.ndarray]:
        return self.one, self.other

    def take(self, columns: Ints) -> Read:
        """These columns only."""
        return Read(*(getattr(self, field.name)[columns] for field in fields(Read)))


def read_columns(
    matrix: sparse.csc_array, role: np.ndarray, shut: Bools, number: Ints, per_unit: Floats
) -> Read:
    """Read them.

    role, shut (its limit is 0), number and per_unit of every row: a part used of a shared row is
    the entry divided by `per_unit`.
    """
    lot_of = np.cumsum(role == SUPPLY) - 1
    entries = matrix.indptr, matrix.indices, matrix.data
    return Read(*_read(*entries, role, shut, number, per_unit, lot_of))


@jit
def _mixed(bits: np.uint64) -> np.uint64:
    """Bits spread over the whole number."""
    bits ^= bits >> SOME
    bits *= FIRST
    return bits ^ (bits >> MORE)


@jit
def _read(
    start: np.ndarray,
    row: np.ndarray,
    entry: Floats,
    role: np.ndarray,
    shut: Bools,
    number: Ints,
    per_unit: Floats,
    lot_of: Ints,
) -> tuple[Ints, Ints, Floats, Ints, Floats, Bools, np.ndarray, np.ndarray]:
    columns = len(start) - 1
    lot = np.full(columns, -1, np.int64)
    pool, pool_use = np.full(columns, -1, np.int64), np.ones(columns)
    share, share_use = np.full(columns, -1, np.int64), np.ones(columns)
    is_open = np.ones(columns, np.bool_)
    one, other = np.zeros(columns, np.uint64), np.zeros(columns, np.uint64)
    use = np.empty(1)
    bits = use.view(np.uint64)
    for j in range(columns):
        for k in range(start[j], start[j + 1]):
            i = row[k]
            if shut[i] and entry[k] > 0.0:
                is_open[j] = False
            if role[i] == SUPPLY:
                lot[j] = lot_of[i]
            elif role[i] == POOL:
                pool[j], pool_use[j] = i, entry[k]
            elif role[i] == SHARE:
                share[j], share_use[j] = i, entry[k]
            else:
                use[0] = entry[k] / per_unit[i]
                mark = bits[0] ^ (np.uint64(number[i]) * FIRST)
                one[j] += _mixed(mark * SECOND)
                other[j] += _mixed(mark * THIRD)
    return lot, pool, pool_use, share, share_use, is_open, one, other
