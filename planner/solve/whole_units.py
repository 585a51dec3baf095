"""A fractional answer -> whole units that break no rule and lose next to nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.model.filling import Filling
from planner.model.program import Kind, Program
from planner.solve.completion import completed

NEARLY_WHOLE = 1e-6
SETTLED = 1e-4
"""What a decision may lack of a whole number for the tolerance of the solver that made it."""


@dataclass(frozen=True)
class WholePlan:
    """Amounts of every column (openings and units whole) and their value in PC."""

    amounts: Floats
    value: float


def whole_plan(program: Program, columns: Ints, amounts: Floats, decided: Floats) -> WholePlan:
    """Round an answer down, then fill what still fits, dearest first.

    columns, amounts: the master's. decided: what is chosen for each column that is not goods
    (papers, boxes, prices), 0 elsewhere; what ends up unused is given up again. Lower limits are
    met where units can be found for them; the caller checks the result exactly.
    """
    goods = program.kind == Kind.UNITS
    full = np.zeros(program.size[1])
    full[columns] = amounts
    full[~goods] = 0.0
    units = np.floor(full + NEARLY_WHOLE).astype(np.int64)
    units[~goods] = np.floor(decided[~goods] + SETTLED).astype(np.int64)
    filling = Filling(program, units, absorbed(program))
    columns = columns[goods[columns]]
    by_value = columns[np.argsort(-program.value[columns], kind="stable")]
    _shave(filling)
    _meet_exactly(filling, by_value, "frozen_shipment")
    _meet_lower_limits(filling, columns)
    _shut_starved(filling)
    _meet_exactly(filling, by_value, "frozen_shipment")
    fraction = full - np.floor(full + NEARLY_WHOLE)
    support = columns[(columns < program.options) & (full[columns] > NEARLY_WHOLE)]
    for column in support[np.argsort(-fraction[support], kind="stable")].tolist():
        if fraction[column] > NEARLY_WHOLE:
            filling.fill(column, 1)
    return _settled(filling, by_value)


def repaired(program: Program, amounts: Floats) -> WholePlan:
    """Whole amounts from elsewhere, put right where they overstep a rule, pay for nothing or leave
    units over."""
    units = np.where(program.whole, np.round(amounts), 0).astype(np.int64)
    filling = Filling(program, units, absorbed(program))
    goods = program.of_kind(Kind.UNITS)
    by_value = goods[np.argsort(-program.value[goods], kind="stable")]
    _shave(filling)
    _meet_lower_limits(filling, goods[units[goods] > 0])
    return _settled(filling, by_value)


def _settled(filling: Filling, by_value: Ints) -> WholePlan:
    """Place what is left, in whole cartons where ruled, and give up what nobody uses."""
    program = filling.program
    _meet_exactly(filling, by_value, "frozen_shipment")
    whole_multiples(filling, by_value)
    _meet_exactly(filling, by_value, "supply")
    _close_unused(filling)
    return finished(program, filling.amounts)


def finished(program: Program, units: Ints) -> WholePlan:
    """Whole units plus all that follows from them, and their value."""
    amounts = completed(program, units.astype(float))
    return WholePlan(amounts, float(program.value @ amounts))


def absorbed(program: Program) -> Bools:
    """Rows that never stand in the way of a unit: an amount or a further carton makes room."""
    columns = program.of_kind(Kind.AMOUNT)
    part = sparse.csc_array(program.matrix[:, columns])
    rows = np.zeros(program.size[0], dtype=bool)
    rows[part.indices[part.data < 0]] = True
    rows[program.rows_of("multiple")] = True
    return rows & np.isfinite(program.row_upper)


def _shave(filling: Filling) -> None:
    """Take single units from rows that rounding or the solver's tolerance left overfull."""
    by_row = filling.program.by_row
    for row in np.flatnonzero(filling.room < 0).tolist():
        start, end = by_row.indptr[row], by_row.indptr[row + 1]
        users = by_row.indices[start:end][by_row.data[start:end] > 0]
        users = users[(filling.program.kind[users] == Kind.UNITS)]
        for column in users[np.argsort(filling.program.value[users], kind="stable")].tolist():
            while filling.room[row] < 0 and filling.amounts[column] > 0:
                filling.put(column, -1)


def _meet_lower_limits(filling: Filling, columns: Ints) -> None:
    """Find units for rules that ask for a least number, taking them from other uses if need be."""
    program = filling.program
    asked = np.isfinite(program.row_lower)
    asked[program.rows_of("supply", "frozen_shipment", "multiple", "priority")] = False
    asked[program.matrix[:, program.of_kind(Kind.AMOUNT)].indices] = False
    asked[_least_if_open(program)] = False
    goods = program.kind == Kind.UNITS
    used = program.matrix @ filling.amounts.astype(float)
    needy = np.flatnonzero(asked & (used < program.row_lower))
    by_row = program.by_row
    locked = np.zeros(program.size[1], dtype=bool)
    for row in needy.tolist():
        locked[by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]] = True
    known = np.zeros(program.size[1], dtype=bool)
    known[columns] = True
    for row in needy.tolist():
        start, end = by_row.indptr[row], by_row.indptr[row + 1]
        users = by_row.indices[start:end][by_row.data[start:end] > 0]
        users = users[goods[users]]
        uses = by_row.data[start:end] @ filling.amounts[by_row.indices[start:end]]
        each = float(by_row.data[start:end][by_row.data[start:end] > 0].min(initial=1.0))
        short = int(np.ceil((program.row_lower[row] - uses) / each - NEARLY_WHOLE))
        order = users[np.lexsort((-program.value[users], ~known[users]))].tolist()
        for column in order:
            short -= filling.fill(column, short)
        for column in order:
            if short <= 0:
                break
            if _make_room(filling, by_row, column, locked, short):
                short -= filling.fill(column, short)


def _least_if_open(program: Program) -> Ints:
    """Rows "units - least x gate >= 0": what is let through at all must be so much."""
    gates = sparse.csc_array(program.matrix[:, program.of_kind(Kind.SWITCH)])
    gated = np.zeros(program.size[0], dtype=bool)
    gated[gates.indices[gates.data < 0]] = True
    rows = np.flatnonzero(gated & np.isfinite(program.row_lower))
    part = program.by_row[rows].tocoo()
    goods = np.zeros(len(rows), dtype=bool)
    goods[part.row[(program.kind[part.col] == Kind.UNITS) & (part.data > 0)]] = True
    return np.asarray(rows[goods])


def _shut_starved(filling: Filling) -> None:
    """Fill what is let through up to its least, or let nothing through."""
    program = filling.program
    rows = _least_if_open(program)
    if not len(rows):
        return
    part = program.by_row[rows]
    short = program.row_lower[rows] - part @ filling.amounts.astype(float)
    for row in np.flatnonzero(short > 0).tolist():
        inside = slice(part.indptr[row], part.indptr[row + 1])
        columns, use = part.indices[inside], part.data[inside]
        goods = columns[(use > 0) & (program.kind[columns] == Kind.UNITS)]
        gates = columns[(use < 0) & (program.kind[columns] == Kind.SWITCH)]
        missing = int(np.ceil(short[row]))
        if filling.amounts[goods].any():
            dearest = goods[np.argsort(-program.value[goods], kind="stable")]
            for column in dearest.tolist():
                missing -= filling.fill(column, missing)
        if missing > 0:
            held = np.concatenate([goods, gates])
            for column in held[filling.amounts[held] > 0].tolist():
                filling.put(column, -int(filling.amounts[column]))


def _make_room(
    filling: Filling,
    by_row: sparse.csr_array,
    column: int,
    locked: NDArray[np.bool_],
    wanted: int,
) -> bool:
    """Take the least valuable units from every full row a column needs, until as many units of it
    as can be had, at most `wanted`, find room; False if none can."""
    program, matrix = filling.program, filling.program.matrix
    wanted = min(wanted, int(program.most[column]) - int(filling.amounts[column]))
    start, end = matrix.indptr[column], matrix.indptr[column + 1]
    full = []
    for row, use in zip(
        matrix.indices[start:end].tolist(), matrix.data[start:end].tolist(), strict=True
    ):
        if use <= 0 or filling.room[row] >= use * wanted:
            continue
        inside = slice(by_row.indptr[row], by_row.indptr[row + 1])
        users, each = by_row.indices[inside], by_row.data[inside]
        goods = (each > 0) & (program.kind[users] == Kind.UNITS)
        free = goods & (filling.amounts[users] > 0) & ~locked[users]
        users, each = users[free], each[free]
        room = filling.room[row] + float(each @ filling.amounts[users])
        wanted = min(wanted, int(np.floor(room / use + NEARLY_WHOLE)))
        full.append((row, use, users, each))
    if wanted <= 0:
        return False
    for row, use, users, each in full:
        cheapest = np.argsort(program.value[users], kind="stable")
        for other, its_use in zip(users[cheapest].tolist(), each[cheapest].tolist(), strict=True):
            missing = use * wanted - filling.room[row]
            if missing <= 0:
                break
            units = min(int(filling.amounts[other]), int(np.ceil(missing / its_use)))
            filling.put(other, -units)
    return True


def _meet_exactly(filling: Filling, by_value: Ints, rule: str) -> None:
    """Sell, exit or keep every unit that is left in a rule's rows, best value first.

    These rows must be met exactly. Goods on the way (frozen_shipment) are served before supply: any
    exit could take a lot's units, but goods on the way can only be sold at their market or stay.
    """
    program = filling.program
    rows = program.rows_of(rule)
    row_of = np.full(program.size[1], -1, dtype=np.int64)
    part = program.by_row[rows].tocoo()
    row_of[part.col] = rows[part.row]
    wanted = row_of[by_value] >= 0
    goods = sparse.csc_array(program.matrix[:, by_value[wanted]])
    if not (goods.data < 0).any():  # room only ever shrinks
        wanted &= filling.takes_more()[by_value]
    for k in by_value[wanted].tolist():
        room = filling.room[row_of[k]]
        if room >= 1 - NEARLY_WHOLE:
            filling.fill(k, int(room + NEARLY_WHOLE))


def whole_multiples(filling: Filling, by_value: Ints) -> None:
    """Fill shipment lines up to a whole number of cartons, or take units off down to one.

    From here on the lines' rows stand in the way of further units again. Where cartons need not be
    whole the rounded answer is left as it is.
    """
    program = filling.program
    soft = np.unique(program.matrix[:, program.of_kind(Kind.AMOUNT)].indices)
    rows = np.setdiff1d(program.rows_of("multiple"), soft)
    if not len(rows):
        return
    by_row = program.by_row
    place = np.full(program.size[1], len(by_value))
    place[by_value] = np.arange(len(by_value))
    active = np.flatnonzero(np.diff(by_row[rows][:, np.flatnonzero(filling.amounts)].indptr))
    for row in rows[active].tolist():
        inside = slice(by_row.indptr[row], by_row.indptr[row + 1])
        columns, use = by_row.indices[inside], by_row.data[inside]
        count, each = int(columns[use < 0][0]), int(-use[use < 0][0])
        members = columns[use > 0]
        members = members[np.argsort(place[members], kind="stable")].tolist()
        units = int(filling.amounts[members].sum())
        target = -(-units // each) * each
        for column in members:
            units += filling.fill(column, target - units)
        surplus = units % each
        for column in reversed(members):
            less = min(surplus, int(filling.amounts[column]))
            filling.put(column, -less)
            surplus -= less
        units = int(filling.amounts[members].sum())
        filling.put(count, units // each - int(filling.amounts[count]))
    filling.room[rows] = 0.0


def _close_unused(filling: Filling) -> None:
    """Do not pay for what nobody uses."""
    program = filling.program
    by_row = program.by_row
    goods = program.kind == Kind.UNITS
    paid = program.of_kind(Kind.OPENING)
    for column in paid[filling.amounts[paid] > 0].tolist():
        rows = program.matrix.indices[
            program.matrix.indptr[column] : program.matrix.indptr[column + 1]
        ]
        users = [
            by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]
            for row in rows[program.link[rows]].tolist()
        ]
        if not any(filling.amounts[part[goods[part]]].any() for part in users):
            filling.put(column, -int(filling.amounts[column]))
