"""Tightens a relaxation with limits that whole openings and boxes obey but fractions do not.

Where goods move only behind a gate (a paper, a box, a step of a tariff), the goods of any other
limit that pass the gate are at most that limit times the gate: shut, nothing passes; open, the
limit itself holds. A fraction of a paper for a whole season's goods breaks such a cut.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from planner.domain.arrays import Floats, Ints
from planner.model.program import Kind, Program, RowLabels

LIMITS = ("supply", "demand_pool", "style_share", "channel_capacity")
"""Rules whose limits are taken apart by gates."""
PER_ROUND = 1_500
"""Cuts added at once, the most violated first."""
VIOLATED = 1e-3
"""Part of a limit by which a cut must be broken to be worth a row."""
CUT = "cut"


@dataclass(frozen=True)
class Passages:
    """Gate rows: the options that pass (row, option) and the gates (row, column), as patterns."""

    options: sparse.csr_array
    gates: sparse.csr_array


def passages_of(program: Program) -> Passages:
    """Rows "goods <= something x gates" of a program, gates of charged amounts included."""
    by_row = program.by_row
    kind = program.kind
    row = np.repeat(np.arange(program.size[0]), np.diff(by_row.indptr))
    of_entry = kind[by_row.indices]
    goods = (of_entry == Kind.UNITS) & (by_row.data > 0)
    gate = np.isin(of_entry, (Kind.OPENING, Kind.BOX)) & (by_row.data < 0)
    amount = (of_entry == Kind.AMOUNT) & (by_row.data < 0)
    count = {name: np.bincount(row[mask], minlength=program.size[0])
             for name, mask in (("all", slice(None)), ("goods", goods), ("gate", gate),
                                ("amount", amount))}  # fmt: skip
    gate_of_amount = _gated_amounts(program, by_row, row, count["all"])
    ungated = np.bincount(
        row[amount & (gate_of_amount[by_row.indices] < 0)], minlength=program.size[0]
    )
    right = (
        (count["goods"] > 0)
        & (count["goods"] + count["gate"] + count["amount"] == count["all"])
        & (count["gate"] + count["amount"] > 0)
        & (ungated == 0)
        & (program.row_upper == 0)
    )
    at = np.flatnonzero(right)
    number = np.full(program.size[0], -1, dtype=np.int64)
    number[at] = np.arange(len(at))
    inside = number[row] >= 0
    column = np.where(amount, gate_of_amount[by_row.indices], by_row.indices)
    option = inside & goods & (by_row.indices < program.options)
    opens = inside & (gate | amount)
    return Passages(
        _pattern(number[row[option]], by_row.indices[option], (len(at), program.options)),
        _pattern(number[row[opens]], column[opens], (len(at), program.size[1])),
    )


def _gated_amounts(program: Program, by_row: sparse.csr_array, row: Ints, entries: Ints) -> Ints:
    """Opening without which each amount is 0 (rows "amount - M x opening <= 0"); -1 without one."""
    found = np.full(program.size[1], -1, dtype=np.int64)
    pair = (entries == 2) & (program.row_upper == 0)
    for at in np.flatnonzero(pair).tolist():
        start = by_row.indptr[at]
        columns, use = by_row.indices[start : start + 2], by_row.data[start : start + 2]
        kinds = program.kind[columns]
        amount = columns[(kinds == Kind.AMOUNT) & (use > 0)]
        opening = columns[(kinds == Kind.OPENING) & (use < 0)]
        if len(amount) == 1 and len(opening) == 1:
            found[amount[0]] = opening[0]
    return found


def _pattern(row: Ints, column: Ints, shape: tuple[int, int]) -> sparse.csr_array:
    """Ones at these places, each once."""
    matrix = sparse.csr_array((np.ones(len(row)), (row, column)), shape=shape)
    matrix.data[:] = 1.0
    return matrix


def broken_cuts(
    program: Program, passages: Passages, amounts: Floats, known: set[tuple[int, int]]
) -> list[tuple[int, int]]:
    """(limit row, passage) pairs whose cut the amounts break, worst first; `known` ones left out."""
    limits = program.rows_of(*LIMITS)
    limits = limits[program.row_upper[limits] > 0]
    support = np.flatnonzero(amounts[: program.options] > 0)
    goods = sparse.csr_array(program.matrix[:, support])[limits]
    carried = goods.multiply(amounts[support]).tocsr() @ passages.options[:, support].T.tocsr()
    found = sparse.coo_array(carried)
    upper = program.row_upper[limits]
    opened = np.minimum(passages.gates @ amounts, 1.0)
    excess = found.data / upper[found.row] - opened[found.col]
    worst = np.argsort(-excess, kind="stable")
    worst = worst[excess[worst] > VIOLATED]
    pairs = zip(limits[found.row[worst]].tolist(), found.col[worst].tolist(), strict=True)
    return [pair for pair in pairs if pair not in known][:PER_ROUND]


def with_cuts(program: Program, passages: Passages, pairs: list[tuple[int, int]]) -> Program:
    """The program with these cuts as further rows (rule 'cut')."""
    by_row = program.by_row
    limit = np.array([row for row, _ in pairs])
    passage = np.array([number for _, number in pairs])
    goods = by_row[limit][:, : program.options].multiply(passages.options[passage]).tocsr()
    empty = sparse.csr_array((len(pairs), program.size[1] - program.options))
    gates = passages.gates[passage].multiply(program.row_upper[limit][:, None]).tocsr()
    rows = sparse.csr_array(sparse.hstack([goods, empty])) - gates
    new = len(pairs)
    labels = program.labels
    return replace(
        program,
        matrix=sparse.csc_array(sparse.vstack([by_row, rows], format="csc")),
        row_lower=np.concatenate([program.row_lower, np.full(new, -np.inf)]),
        row_upper=np.concatenate([program.row_upper, np.zeros(new)]),
        labels=RowLabels(
            (*labels.rule, *((CUT,) * new)),
            (*labels.label, *((CUT,) * new)),
            np.concatenate([labels.period, np.zeros(new, dtype=np.int64)]),
            (*labels.unit, *(("",) * new)),
        ),
        link=np.concatenate([program.link, np.zeros(new, dtype=bool)]),
        logic=np.concatenate([program.logic, np.zeros(new, dtype=bool)]),
    )
