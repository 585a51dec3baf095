"""The program of a slice -> compact tables by style, over which its dual is reckoned in closed form.

What couples styles (pools, legs, sites, channels, quotas, promises) are the shared rows; what stays
inside a style (stock of its lots, its share of a pool) is the style's own problem. Options of one
style in one pool and period are a group: shoppers are shared by them, so at given prices the best
of them takes all. Shared rows other than pools are kept once for all options that use them alike:
their path.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from planner.domain.arrays import Bools, Floats, Ints
from planner.model.build import MEASURED
from planner.model.filling import Filling
from planner.model.program import Kind, Program
from planner.solve.style_columns import Read, Role, read_columns

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


def table_of(program: Program) -> tuple[StyleTable, SharedRows]:
    """The options and exits of a program by style, and the rows its styles share."""
    rule = np.array(program.labels.rule)
    unknown = set(rule) - {*OWN, *SHARED}
    if unknown:
        raise ValueError(f"Rules that are not solved style by style: {', '.join(sorted(unknown))}")
    shared, number = _shared_rows(program, rule)
    lower = np.isfinite(program.row_lower)
    upper = np.where(program.row_upper == 0, 1.0, program.row_upper)
    per_unit = np.where(lower, -1.0, upper)
    found = read_columns(program.matrix, _roles(rule), program.row_upper <= 0, number, per_unit)
    keep = np.flatnonzero(found.open & (found.lot >= 0) & (program.most > 0))
    found, lots = found.take(keep), int((rule == "supply").sum())
    style_of_lot = _styles(found, lots, program.size[0])
    style = style_of_lot[found.lot]
    key = np.where(found.pool >= 0, found.pool, found.share)
    key = np.where(key >= 0, key, program.size[0] + np.arange(len(keep)))
    order = np.lexsort((key, style))
    keep, style, key, found = keep[order], style[order], key[order], found.take(order)
    new = np.ones(len(keep), dtype=bool)
    new[1:] = (style[1:] != style[:-1]) | (key[1:] != key[:-1])
    start, row, use, path = _paths(program, keep, found, number, per_unit)
    in_order = np.argsort(style_of_lot, kind="stable")
    place = np.empty(lots, dtype=np.int64)
    place[in_order] = np.arange(lots)
    styles = np.arange(int(style_of_lot.max(initial=-1)) + 2)
    units = program.row_upper[rule == "supply"]
    cap, group_row, part = _groups(program, found.take(np.flatnonzero(new)), number)
    free = np.isinf(cap) & (keep[new] < program.options)
    cap[free] = units[found.lot[new][free]]
    table = StyleTable(
        value=program.value[keep],
        use=np.where(found.pool >= 0, found.pool_use, found.share_use),
        group=(np.cumsum(new) - 1).astype(np.int32),
        lot=place[found.lot].astype(np.int32),
        path=path.astype(np.int32),
        column=keep.astype(np.int32),
        style_start=np.searchsorted(style, styles),
        lot_start=np.searchsorted(style_of_lot[in_order], styles),
        units=units[in_order],
        supply=in_order.astype(np.int32),
        cap=cap,
        group_row=group_row.astype(np.int32),
        group_part=part,
        path_start=start,
        path_row=row.astype(np.int32),
        path_use=use,
    )
    return table, shared


def _roles(rule: np.ndarray) -> np.ndarray:
    """What each row is to a column."""
    role = np.full(len(rule), Role.SHARED, dtype=np.int8)
    for name, what in (
        ("supply", Role.SUPPLY),
        ("demand_pool", Role.POOL),
        ("style_share", Role.SHARE),
    ):
        role[rule == name] = what
    return role


def _styles(found: Read, lots: int, rows: int) -> Ints:
    """The style of each lot: lots joined by share rows."""
    at = np.flatnonzero(found.share >= 0)
    pairs = (np.ones(len(at)), (found.lot[at], lots + found.share[at]))
    graph = sparse.coo_array(pairs, shape=(lots + rows, lots + rows))
    part = connected_components(graph, directed=False)[1][:lots]
    return np.unique(part, return_inverse=True)[1]


def _groups(program: Program, first: Read, number: Ints) -> tuple[Floats, Ints, Floats]:
    """Cap of each group in its own use, its pool's shared row and its part per unit of use, from
    the first column of each."""
    upper, pool, share = program.row_upper, first.pool, first.share
    in_pool, in_share = pool >= 0, share >= 0
    cap = np.full(len(pool), np.inf)
    ratio = np.where(in_pool, first.pool_use / first.share_use, 1.0)
    cap[in_share] = upper[share[in_share]] * ratio[in_share]
    cap[in_pool] = np.minimum(cap[in_pool], upper[pool[in_pool]])
    part = np.zeros(len(pool))
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
    program: Program, keep: Ints, found: Read, number: Ints, per_unit: Floats
) -> tuple[Ints, Ints, Floats, Ints]:
    """Distinct uses of shared rows other than pools: start, row, use of each, and each option's."""
    path, first = _alike(*found.marks)
    matrix = program.matrix[:, keep[first]]
    column = np.repeat(np.arange(len(first)), np.diff(matrix.indptr))
    pool = np.array(program.labels.rule)[matrix.indices] == "demand_pool"
    along = (number[matrix.indices] >= 0) & ~pool
    row = matrix.indices[along]
    start = _starts(np.bincount(column[along], minlength=len(first)))
    return start, number[row], matrix.data[along] / per_unit[row], path


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
