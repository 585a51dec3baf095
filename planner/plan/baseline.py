"""Two plans a careful person would make by hand, under the very same rules."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.landed_cost.options import Priced
from planner.model.build import LINKING
from planner.model.columns import Columns
from planner.model.filling import Filling, violations
from planner.model.program import Program
from planner.solve.whole_units import WholePlan, finished

SLICE = 4_000
"""Options are looked at in slices of this size, dropping those with nothing left to take."""


def highest_netback_first(priced: Priced, program: Program, columns: Columns) -> WholePlan | None:
    """Fill the best-paying option first, then the next, until nothing worth doing fits."""
    order = np.argsort(-priced.options.worth, kind="stable")
    return _by_hand(priced, program, columns, order, None)


def proportional_to_demand(priced: Priced, program: Program, columns: Columns) -> WholePlan | None:
    """Spread every lot over its channels in proportion to what they can take, earliest first."""
    options, lots = priced.options, priced.lookup.scenario.lots
    channels = len(priced.lookup.scenario.channels)
    key = options.lot * channels + options.channel
    near = np.zeros(len(lots) * channels)
    pools, first = np.unique(np.stack([key, options.sell_period]), axis=1, return_index=True)
    np.add.at(near, pools[0], options.demand[first])
    table = near.reshape(len(lots), channels)
    total = table.sum(axis=1, keepdims=True)
    share = np.divide(table, total, out=np.zeros_like(table), where=total > 0)
    units = np.array([lot.units for lot in lots], dtype=float)
    target = np.floor(share * units[:, None]).astype(np.int64)
    order = np.lexsort((-options.worth, options.sell_period))
    return _by_hand(priced, program, columns, order, target)


BASELINES: dict[str, Callable[[Priced, Program, Columns], WholePlan | None]] = {
    "highest netback first": highest_netback_first,
    "proportional to demand": proportional_to_demand,
}


def _by_hand(
    priced: Priced, program: Program, columns: Columns, order: Ints, target: Ints | None
) -> WholePlan | None:
    """Take options in order while they fit and beat the lot's best exit; None if a rule is broken."""
    options = priced.options
    filling = Filling(program)
    exit_value = _best_exit(program, columns, len(priced.lookup.scenario.lots))
    _serve_locks(filling, program, order)
    room_for = _RoomFor(program, columns)
    opening_of_row = _opening_of_row(program, columns)
    left = None if target is None else target.copy()
    for start in range(0, len(order), SLICE):
        part = order[start : start + SLICE]
        alive = options.worth[part] > exit_value[options.lot[part]]
        if left is not None:
            alive &= left[options.lot[part], options.channel[part]] > 0
        part = part[alive]
        for option in part[room_for.any_unit(part, filling.room)].tolist():
            lot, channel = options.lot[option], options.channel[option]
            wanted = int(program.most[option])
            if left is not None:
                wanted = min(wanted, int(left[lot, channel]))
            gain = options.worth[option] - exit_value[lot]
            closed = _closed(filling, option, opening_of_row)
            if wanted <= 0 or not _worth_opening(filling, program, option, closed, wanted, gain):
                continue
            units = filling.fill(option, wanted)
            if left is not None:
                left[lot, channel] -= units
    _to_exits(filling, program, columns)
    plan = finished(program, filling.amounts)
    return None if violations(program, plan.amounts) else plan


def _worth_opening(
    filling: Filling, program: Program, option: int, closed: list[int], wanted: int, gain: float
) -> bool:
    """Pay for missing papers when the units that would fit earn more than they cost."""
    if not closed:
        return True
    for column in closed:
        filling.put(column, 1)
    cost = -float(program.value[closed].sum())
    if filling.fits(option, wanted) * gain > cost:
        return True
    for column in closed:
        filling.put(column, -1)
    return False


def _best_exit(program: Program, columns: Columns, lots: int) -> Floats:
    value = np.full(lots, -np.inf)
    np.maximum.at(value, columns.exits.lot, columns.exits.value)
    return np.asarray(np.maximum(value, -1e12))


class _RoomFor:
    """Tells of many options at once whether one unit would fit, papers aside."""

    def __init__(self, program: Program, columns: Columns) -> None:
        linking = np.isin(np.array(program.labels.rule), LINKING)
        by_option = sparse.csr_array(program.matrix[:, : columns.options].T)
        keep = ~linking[by_option.indices]
        ends = np.concatenate([[0], np.cumsum(keep)])
        self._start = ends[by_option.indptr]
        self._row = by_option.indices[keep]
        self._use = by_option.data[keep]

    def any_unit(self, options: Ints, room: Floats) -> Bools:
        """True where every limit the option draws on has room for a unit."""
        count = self._start[options + 1] - self._start[options]
        first = np.cumsum(count) - count
        at = np.repeat(self._start[options] - first, count) + np.arange(int(count.sum()))
        fits = room[self._row[at]] >= self._use[at]
        return np.logical_and.reduceat(fits, first) if len(options) else np.zeros(0, dtype=bool)


def _opening_of_row(program: Program, columns: Columns) -> dict[int, int]:
    """Opening column that each linking row belongs to."""
    matrix = program.matrix
    return {
        int(row): column
        for column in range(columns.first_opening, columns.first_shortfall)
        for row in matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]]
    }


def _closed(filling: Filling, option: int, opening_of_row: dict[int, int]) -> list[int]:
    """Openings an option needs that are not paid for yet."""
    matrix = filling.program.matrix
    rows = matrix.indices[matrix.indptr[option] : matrix.indptr[option + 1]].tolist()
    needed = [opening_of_row[row] for row in rows if row in opening_of_row]
    return [column for column in needed if filling.amounts[column] == 0]


def _serve_locks(filling: Filling, program: Program, order: Ints) -> None:
    """Meet locks that ask for units before anything else: best first, cheapest where that fails."""
    by_row = sparse.csr_array(program.matrix)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    for row, rule in enumerate(program.labels.rule):
        if rule != "lock" or not np.isfinite(program.row_lower[row]):
            continue
        users = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]
        for choice in (np.argsort(rank[users]), np.argsort(-program.most[users], kind="stable")):
            short, taken = int(program.row_lower[row]), []
            for column in users[choice].tolist():
                units = filling.fill(column, short)
                short -= units
                taken.append((column, units))
            if short <= 0:
                break
            for column, units in taken:
                filling.put(column, -units)


def _to_exits(filling: Filling, program: Program, columns: Columns) -> None:
    """What is left goes to the best exit that takes it; goods on the way stay where they are."""
    for column in range(columns.first_stay, columns.first_opening):
        filling.fill(column, int(program.most[column]))
    best_first = np.argsort(-columns.exits.value, kind="stable")
    for k in best_first.tolist():
        column = columns.first_exit + k
        filling.fill(column, int(program.most[column]))
