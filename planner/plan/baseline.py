"""Two plans a careful person would make by hand, under the very same rules.

Each takes `stop`, asked now and then: when it says True there is no plan (None), as half a plan
would flatter the solver's.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.landed_cost.options import Priced
from planner.model.columns import Columns, Exits, Shortfalls, Stays
from planner.model.filling import Filling, violations
from planner.model.program import Kind, Program
from planner.solve.whole_units import WholePlan, finished, whole_multiples

SLICE = 4_000
"""Options are looked at in slices of this size, dropping those with nothing left to take."""


def never() -> bool:
    """A hand-made plan that may take its time."""
    return False


def highest_netback_first(
    priced: Priced, program: Program, columns: Columns, stop: Callable[[], bool] = never
) -> WholePlan | None:
    """Fill the best-paying option first, then the next, until nothing worth doing fits."""
    order = np.argsort(-priced.options.worth, kind="stable")
    return _by_hand(priced, program, columns, order, None, stop)


def proportional_to_demand(
    priced: Priced, program: Program, columns: Columns, stop: Callable[[], bool] = never
) -> WholePlan | None:
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
    return _by_hand(priced, program, columns, order, target, stop)


Baseline = Callable[[Priced, Program, Columns, Callable[[], bool]], WholePlan | None]
BASELINES: dict[str, Baseline] = {
    "highest netback first": highest_netback_first,
    "proportional to demand": proportional_to_demand,
}


TRIES = 3
"""Times a hand-made plan is begun anew without the openings whose least it could not meet."""


def _by_hand(
    priced: Priced,
    program: Program,
    columns: Columns,
    order: Ints,
    target: Ints | None,
    stop: Callable[[], bool],
) -> WholePlan | None:
    """Take options in order while they fit and beat the lot's best exit; None if a rule is broken."""
    banned: set[int] = set()
    for _ in range(TRIES):
        filling = _filled(priced, program, columns, order, target, banned, stop)
        if filling is None:
            return None
        plan = finished(program, filling.amounts)
        broken = violations(program, plan.amounts)
        if not broken:
            return plan
        unmet = _gates_short_of_their_least(program, broken)
        if unmet <= banned:
            return None
        banned |= unmet
    return None


def _gates_short_of_their_least(program: Program, broken: list[int]) -> set[int]:
    """Gates of broken rows that ask for a least once the gate is open."""
    by_row = program.by_row
    found = set()
    for row in broken:
        if np.isfinite(program.row_lower[row]):
            inside = slice(by_row.indptr[row], by_row.indptr[row + 1])
            columns = by_row.indices[inside][by_row.data[inside] < 0]
            gate = np.isin(program.kind[columns], (Kind.OPENING, Kind.SWITCH))
            found |= set(columns[gate].tolist())
    return found


def _filled(
    priced: Priced,
    program: Program,
    columns: Columns,
    order: Ints,
    target: Ints | None,
    banned: set[int],
    stop: Callable[[], bool],
) -> Filling | None:
    """Units by option in the order given, the rest to exits; boxes are bought as needed."""
    options = priced.options
    filling = Filling(program, free=_bought_later(program, columns))
    exit_value = _best_exit(program, columns, len(priced.lookup.scenario.lots))
    _serve_locks(filling, program, order)
    room_for = _RoomFor(program, columns)
    gates = _Gates(filling, banned)
    left = None if target is None else target.copy()
    for start in range(0, len(order), SLICE):
        if stop():
            return None
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
            if wanted <= 0 or not gates.worth_opening(option, wanted, gain):
                continue
            units = filling.fill(option, wanted)
            if left is not None:
                left[lot, channel] -= units
    whole_multiples(filling, order)
    _to_exits(filling, program, columns)
    return filling


def _bought_later(program: Program, columns: Columns) -> Bools:
    """Rows that boxes, freight charges or cartons make room in: chosen once the units are known."""
    short = np.zeros(program.size[1], dtype=bool)
    short[columns.at(Shortfalls)] = True
    makes = np.isin(program.kind, (Kind.BOX, Kind.COUNT, Kind.AMOUNT)) & ~short
    part = sparse.csc_array(program.matrix[:, np.flatnonzero(makes)])
    rows = np.zeros(program.size[0], dtype=bool)
    rows[part.indices[part.data < 0]] = True
    return rows


class _Gates:
    """Opens the papers, markets and prices an option needs."""

    def __init__(self, filling: Filling, banned: set[int]) -> None:
        program = filling.program
        self._filling, self._stuck = filling, set(banned)
        self._by_row = program.by_row
        gate = np.isin(program.kind, (Kind.OPENING, Kind.SWITCH))
        self._is_gate = gate
        links = np.flatnonzero(program.link)
        self._of_row: dict[int, int] = {}
        for row in links.tolist():
            inside = slice(self._by_row.indptr[row], self._by_row.indptr[row + 1])
            columns = self._by_row.indices[inside][self._by_row.data[inside] < 0]
            self._of_row[row] = int(columns[gate[columns]][0])

    def worth_opening(self, option: int, wanted: int, gain: float) -> bool:
        """Open what is missing when the units that would fit earn more than it costs."""
        filling, program = self._filling, self._filling.program
        rows = program.matrix.indices[
            program.matrix.indptr[option] : program.matrix.indptr[option + 1]
        ]
        closed = {
            self._of_row[row]
            for row in rows.tolist()
            if row in self._of_row and filling.amounts[self._of_row[row]] == 0
        }
        if not closed:
            return True
        if wanted * gain <= -float(program.value[list(closed)].sum()) or closed & self._stuck:
            return False  # too dear even if every unit fits, or forbidden before
        opened: list[int] = []
        possible = all(self._open(column, opened) for column in sorted(closed))
        cost = -float(program.value[opened].sum())
        if possible and filling.fits(option, wanted) * gain > cost:
            return True
        for column in opened:
            filling.put(column, -1)
        return False

    def _open(self, column: int, opened: list[int]) -> bool:
        """Open a gate and those its own rules then ask for; False when they forbid it."""
        filling, program = self._filling, self._filling.program
        if filling.amounts[column]:
            return True
        if column in self._stuck:
            return False
        before = len(opened)
        filling.put(column, 1)
        opened.append(column)
        start, end = program.matrix.indptr[column], program.matrix.indptr[column + 1]
        for row, use in zip(
            program.matrix.indices[start:end].tolist(),
            program.matrix.data[start:end].tolist(),
            strict=True,
        ):
            if use <= 0 or filling.room[row] >= 0:
                continue
            inside = slice(self._by_row.indptr[row], self._by_row.indptr[row + 1])
            easing = self._by_row.indices[inside][self._by_row.data[inside] < 0]
            for other in easing[self._is_gate[easing]].tolist():
                if filling.room[row] < 0:
                    self._open(other, opened)
            if filling.room[row] < 0:
                for each in opened[before:]:
                    filling.put(each, -1)
                del opened[before:]
                self._stuck.add(column)
                return False
        return True


def _best_exit(program: Program, columns: Columns, lots: int) -> Floats:
    value = np.full(lots, -np.inf)
    exits = columns.of(Exits)
    np.maximum.at(value, exits.lot, exits.value)
    return np.asarray(np.maximum(value, -1e12))


class _RoomFor:
    """Tells of many options at once whether one unit would fit, papers aside."""

    def __init__(self, program: Program, columns: Columns) -> None:
        by_option = sparse.csr_array(program.matrix[:, : columns.options].T)
        keep = ~program.link[by_option.indices]
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


def _serve_locks(filling: Filling, program: Program, order: Ints) -> None:
    """Meet locks that ask for units before anything else: best first, cheapest where that fails."""
    by_row = program.by_row
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    for row, rule in enumerate(program.labels.rule):
        if rule != "lock" or not np.isfinite(program.row_lower[row]):
            continue
        users = by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]
        users = users[users < program.options]  # not what is missing of a soft lock
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
    for column in columns.at(Stays).tolist():
        filling.fill(column, int(program.most[column]))
    best_first = np.argsort(-columns.of(Exits).value, kind="stable")
    for k in best_first.tolist():
        column = columns.first(Exits) + k
        filling.fill(column, int(program.most[column]))
