"""The program of a slice -> compact tables by style, over which its dual is reckoned in closed form.

What couples styles (pools, legs, sites, channels, quotas, promises) are the shared rows; what stays
inside a style (stock of its lots, its share of a pool) is the style's own problem. Options of one
style in one pool and period are a group: shoppers are shared by them, so at given prices the best
of them takes all. Shared rows other than pools are kept once for all options that use them alike:
their path.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from planner.domain.arrays import Bools, Floats, Ints
from planner.model.build import MEASURED
from planner.model.filling import Filling
from planner.model.program import Kind, Program

OWN = ("supply", "style_share")
"""Rules that stay inside a style."""
SHARED = (
    "demand_pool",
    "leg_capacity",
    "site_throughput",
    "relabelling",
    "channel_capacity",
    "storage_capacity",
    "must_clear",
    "quota",
    "exit_capacity",
)
"""Rules that couple styles, by one upper limit or by one lower limit that may be missed."""
RowName = tuple[str, str, int]
"""Rule, label and period of a shared row."""
MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
"""Odd multipliers that spread bits (Steele, Lea and Flood 2014)."""


@dataclass(frozen=True)
class SharedRows:
    """Rows that couple styles, each as "use of the row <= limit".

    Upper limits are divided by themselves, so that 1 is the whole of them; a lower limit is turned
    round, in its own units, and adds up over slices. most_price: what a unit missing costs, inf
    where none may be. room: how much of the limit a plan made by hand may use.
    """

    names: tuple[RowName, ...]
    limit: Floats
    room: Floats
    most_price: Floats
    adds_up: Bools

    def __len__(self) -> int:
        return len(self.names)


@dataclass(frozen=True)
class StyleTable:
    """Options and exits of some styles, in order of style and group. Arrays of plain numbers only.

    value PC per unit; use = part of the group's cap one unit takes; cap = inf for exits alone, the
    units of the lot for an option that nothing else inside the style limits; group_row = its pool's
    row or -1, group_part = what one unit of use takes of that row. style_start, lot_start,
    path_start mark where each style's options, each style's lots and each path's entries begin.
    column = the option's column in its program.
    """

    value: Floats
    use: Floats
    group: Ints
    lot: Ints
    path: Ints
    column: Ints
    style_start: Ints
    lot_start: Ints
    units: Floats
    supply: Ints
    cap: Floats
    group_row: Ints
    group_part: Floats
    path_start: Ints
    path_row: Ints
    path_use: Floats

    def __len__(self) -> int:
        return len(self.value)

    def numbered(self, rows: Ints) -> StyleTable:
        """The same with shared rows renumbered: rows[old] = new."""
        pool = np.append(rows, -1)[self.group_row]
        return replace(
            self, group_row=pool.astype(np.int32), path_row=rows[self.path_row].astype(np.int32)
        )

    def some(self, kept: Bools) -> StyleTable:
        """These options only, with the groups and paths they need, of the same styles and lots."""
        at = np.flatnonzero(kept)
        parts = {name: getattr(self, name)[at] for name in PER_OPTION}
        groups, parts["group"] = _renumbered(parts["group"], len(self.cap))
        paths, parts["path"] = _renumbered(parts["path"], len(self.path_start) - 1)
        size = np.diff(self.path_start)[paths]
        ends = _starts(size)
        entry = np.repeat(self.path_start[paths] - ends[:-1], size) + np.arange(ends[-1])
        return replace(
            self,
            **parts,
            style_start=_starts(kept)[self.style_start],
            cap=self.cap[groups],
            group_row=self.group_row[groups],
            group_part=self.group_part[groups],
            path_start=ends,
            path_row=self.path_row[entry],
            path_use=self.path_use[entry],
        )


PER_OPTION = ("value", "use", "group", "lot", "path", "column")
"""Arrays of a table with one element per option."""


def together(tables: list[StyleTable]) -> StyleTable:
    """Tables with the same numbers of shared rows, one after the other."""
    shift = {
        name: np.cumsum([0, *(len(getattr(table, of)) for table in tables)])[:-1]
        for name, of in (("group", "cap"), ("lot", "units"))
    }
    shift["path"] = np.cumsum([0, *(len(table.path_start) - 1 for table in tables)])[:-1]
    nothing = np.zeros(len(tables), dtype=np.int64)
    joined: dict[str, Any] = {
        field.name: np.concatenate(
            [
                getattr(table, field.name)
                + getattr(table, field.name).dtype.type(shift.get(field.name, nothing)[k])
                for k, table in enumerate(tables)
            ]
        )
        for field in fields(StyleTable)
        if not field.name.endswith("_start")
    }
    starts: dict[str, Any] = {
        name: _starts(np.concatenate([np.diff(getattr(table, name)) for table in tables]))
        for name in ("style_start", "lot_start", "path_start")
    }
    return StyleTable(**joined, **starts)


def table_of(program: Program) -> tuple[StyleTable, SharedRows]:
    """The options and exits of a program by style, and the rows its styles share."""
    rule = np.array(program.labels.rule)
    unknown = set(rule) - {*OWN, *SHARED}
    if unknown:
        raise ValueError(f"Rules that are not solved style by style: {', '.join(sorted(unknown))}")
    entries = _Entries(program, rule)
    keep, style_of_lot = entries.placed()
    style = style_of_lot[entries.lot[keep]]
    key = np.where(entries.pool[keep] >= 0, entries.pool[keep], entries.share[keep])
    key = np.where(key >= 0, key, program.size[0] + np.arange(len(keep)))
    order = np.lexsort((key, style))
    keep, style, key = keep[order], style[order], key[order]
    new = np.ones(len(keep), dtype=bool)
    new[1:] = (style[1:] != style[:-1]) | (key[1:] != key[:-1])
    shared, number = _shared_rows(program, rule)
    start, row, use, path = _paths(program, keep, number, rule)
    lots = np.argsort(style_of_lot, kind="stable")
    place = np.empty(len(lots), dtype=np.int64)
    place[lots] = np.arange(len(lots))
    styles = np.arange(int(style_of_lot.max(initial=-1)) + 2)
    supply = np.flatnonzero(rule == "supply")
    cap, group_row, part = entries.groups(keep[new], number)
    free = np.isinf(cap) & (keep[new] < program.options)
    cap[free] = program.row_upper[supply][entries.lot[keep[new]][free]]
    table = StyleTable(
        value=program.value[keep],
        use=entries.use(keep),
        group=(np.cumsum(new) - 1).astype(np.int32),
        lot=place[entries.lot[keep]].astype(np.int32),
        path=path.astype(np.int32),
        column=keep.astype(np.int32),
        style_start=np.searchsorted(style, styles),
        lot_start=np.searchsorted(style_of_lot[lots], styles),
        units=program.row_upper[supply][lots],
        supply=lots.astype(np.int32),
        cap=cap,
        group_row=group_row.astype(np.int32),
        group_part=part,
        path_start=start,
        path_row=row.astype(np.int32),
        path_use=use,
    )
    return table, shared


class _Entries:
    """Supply, pool and share row of every column, and what one unit takes of the last two."""

    def __init__(self, program: Program, rule: np.ndarray) -> None:
        self.program = program
        matrix = program.matrix
        self._column = np.repeat(np.arange(program.size[1]), np.diff(matrix.indptr))
        self._rule = rule[matrix.indices]
        self._shut = (program.row_upper[matrix.indices] <= 0) & (matrix.data > 0)
        self.supply = np.flatnonzero(rule == "supply")
        row, _ = self._only("supply")
        self.lot = np.where(row >= 0, np.searchsorted(self.supply, row), -1)
        self.pool, self._pool_use = self._only("demand_pool")
        self.share, self._share_use = self._only("style_share")

    def _only(self, rule: str) -> tuple[Ints, Floats]:
        """Each column's row of a rule and the coefficient in it."""
        hit = self._rule == rule
        row = np.full(self.program.size[1], -1, dtype=np.int64)
        use = np.ones(self.program.size[1])
        row[self._column[hit]] = self.program.matrix.indices[hit]
        use[self._column[hit]] = self.program.matrix.data[hit]
        return row, use

    def placed(self) -> tuple[Ints, Ints]:
        """Columns that place a lot's units where no limit is 0, and the style of each lot: lots joined
        by share rows."""
        open_to = (self.lot >= 0) & (self.program.most > 0)
        open_to[self._column[self._shut]] = False
        keep = np.flatnonzero(open_to)
        shared = keep[self.share[keep] >= 0]
        lots, size = len(self.supply), len(self.supply) + self.program.size[0]
        pairs = (np.ones(len(shared)), (self.lot[shared], lots + self.share[shared]))
        graph = sparse.coo_array(pairs, shape=(size, size))
        part = connected_components(graph, directed=False)[1][:lots]
        return keep, np.unique(part, return_inverse=True)[1]

    def use(self, keep: Ints) -> Floats:
        """What one unit takes of its group's cap."""
        return np.where(self.pool[keep] >= 0, self._pool_use[keep], self._share_use[keep])

    def groups(self, first: Ints, number: Ints) -> tuple[Floats, Ints, Floats]:
        """Cap of each group in its own use, its pool's shared row and its part per unit of use."""
        upper = self.program.row_upper
        pool, share = self.pool[first], self.share[first]
        in_pool, in_share = pool >= 0, share >= 0
        cap = np.full(len(first), np.inf)
        ratio = np.where(in_pool, self._pool_use[first] / self._share_use[first], 1.0)
        cap[in_share] = upper[share[in_share]] * ratio[in_share]
        cap[in_pool] = np.minimum(cap[in_pool], upper[pool[in_pool]])
        part = np.zeros(len(first))
        part[in_pool] = 1.0 / upper[pool[in_pool]]
        return cap, np.where(in_pool, number[pool], -1), part


def _shared_rows(program: Program, rule: np.ndarray) -> tuple[SharedRows, Ints]:
    """The rows that couple styles, and the number of each row of the program among them."""
    rows = np.flatnonzero(~np.isin(rule, OWN))
    number = np.full(program.size[0], -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    lower = np.isfinite(program.row_lower[rows])
    price = np.full(program.size[0], np.inf)
    missing = program.of_kind(Kind.AMOUNT)
    price[program.matrix[:, missing].indices] = -program.value[missing]
    measured = np.isin(rule[rows], MEASURED)
    labels = program.labels
    names = tuple((labels.rule[k], labels.label[k], int(labels.period[k])) for k in rows.tolist())
    limit = np.where(lower, -program.row_lower[rows], 1.0)
    room = np.where(measured, 1.0 - Filling.MARGIN, 1.0)
    room[lower] = np.inf
    return SharedRows(names, limit, room, price[rows], lower), number


def _paths(
    program: Program, keep: Ints, number: Ints, rule: np.ndarray
) -> tuple[Ints, Ints, Floats, Ints]:
    """Distinct uses of shared rows other than pools: start, row, use of each, and each option's."""
    matrix = sparse.csc_array(program.matrix[:, keep])
    column = np.repeat(np.arange(len(keep)), np.diff(matrix.indptr))
    entry = (number[matrix.indices] >= 0) & (rule[matrix.indices] != "demand_pool")
    row, column = matrix.indices[entry], column[entry]
    lower = np.isfinite(program.row_lower[row])
    use = matrix.data[entry] / np.where(lower, -1.0, program.row_upper[row])
    row = number[row]
    count = np.bincount(column, minlength=len(keep))
    start = _starts(count)
    bits = use.view(np.uint64) ^ (row.astype(np.uint64) * MIX[0])
    marks = []
    for factor in MIX[1:]:
        mixed = bits * factor
        mixed ^= mixed >> np.uint64(29)
        mixed *= MIX[0]
        mixed ^= mixed >> np.uint64(32)
        total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mixed, dtype=np.uint64)])
        marks.append(total[start[1:]] - total[start[:-1]])
    path, first = _alike(*marks)
    size = count[first]
    ends = _starts(size)
    at = np.repeat(start[first], size) + np.arange(ends[-1]) - np.repeat(ends[:-1], size)
    return ends, row[at], use[at], path


def _alike(one: np.ndarray, other: np.ndarray) -> tuple[Ints, Ints]:
    """A number for each pair of marks, the same for the same pair, and where each stands first."""
    code, found = pd.factorize(one)
    first = _first(code, len(found))
    if not np.array_equal(other, other[first[code]]):
        pairs = np.stack([code.astype(np.uint64), other], axis=1)
        found, code = np.unique(pairs, axis=0, return_inverse=True)
        first = _first(code.ravel(), len(found))
    return np.asarray(code, dtype=np.int64).ravel(), first


def _first(code: Ints, count: int) -> Ints:
    """Where each number stands first."""
    first = np.empty(count, dtype=np.int64)
    first[code[::-1]] = np.arange(len(code))[::-1]
    return first


def _renumbered(number: Ints, count: int) -> tuple[Ints, Ints]:
    """The numbers in use in order, and each number's place among them."""
    used = np.zeros(count, dtype=bool)
    used[number] = True
    place: Any = (np.cumsum(used) - 1).astype(np.int32)
    return np.asarray(np.flatnonzero(used), dtype=np.int64), place[number]


def _starts(sizes: Ints | Bools) -> Ints:
    """Where each part begins when parts of these sizes follow one another, and the end of all."""
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
