"""Options and rules -> the Program: columns, value of each, and every rule's rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from planner.domain.lookup import Floats
from planner.landed_cost.options import Priced
from planner.model.columns import Columns, columns_of
from planner.model.program import Program, RowLabels, stack
from planner.model.rules import RULES, Board


def build(priced: Priced) -> tuple[Program, Columns]:
    """The whole problem in arrays; limits that nothing can reach are left out."""
    columns = columns_of(priced)
    board = Board(priced, columns)
    matrix, lower, upper, labels = stack([rule(board) for rule in RULES], columns.count)
    most = column_limits(board)
    whole = np.ones(columns.count, dtype=bool)
    whole[columns.first_shortfall :] = False
    program = Program(
        value=column_values(board),
        most=most,
        whole=whole,
        matrix=matrix,
        row_lower=lower,
        row_upper=upper,
        labels=labels,
        options=columns.options,
        group=priced.options.lot,
    )
    tight = tighten_openings(program, columns)
    return without_slack_rows(tight, float(board.lot_units.sum())), columns


SHARING = ("supply", "demand_pool")
"""Rules of which every option has exactly one row: their limits add up over the rows touched."""
COMMON = ("leg_capacity", "site_throughput", "relabelling", "quota")
"""Rules whose single rows may hold all options of an opening: the least limit counts."""


def tighten_openings(program: Program, columns: Columns) -> Program:
    """Give every opening the least M that is safe: min(stock, appetite, shared capacity).

    A looser M makes solvers answer wrongly when M x 1e-6 reaches the quantities planned.
    """
    matrix = program.matrix.copy()
    rules = np.array(program.labels.rule)
    counted = np.flatnonzero(np.isin(rules, (*SHARING, *COMMON)))
    lean = sparse.csc_array(sparse.csr_array(matrix)[counted])
    rule, limit = rules[counted], program.row_upper[counted]
    for number, opening in enumerate(columns.openings):
        members = lean[:, opening.options]
        row, use = members.indices, members.data
        heaviest = np.full(len(counted), np.inf)
        np.minimum.at(heaviest, row, use)
        hits = np.bincount(row, minlength=len(counted))
        most = opening.most
        for name in SHARING:
            touched = (hits > 0) & (rule == name)
            most = min(most, float((limit[touched] / heaviest[touched]).sum()))
        common = (hits == len(opening.options)) & np.isin(rule, COMMON)
        if common.any():
            most = min(most, float((limit[common] / heaviest[common]).min()))
        column = columns.first_opening + number
        at = slice(matrix.indptr[column], matrix.indptr[column + 1])
        matrix.data[at] = np.where(matrix.data[at] < 0, -most, matrix.data[at])
    return replace(program, matrix=matrix)


def column_values(board: Board) -> Floats:
    """PC each unit of a decision is worth."""
    columns = board.columns
    return np.concatenate(
        [
            board.priced.options.worth,
            columns.exits.value,
            np.zeros(columns.frozen),
            [-opening.cost for opening in columns.openings],
            [-shortfall.price for shortfall in columns.shortfalls],
        ]
    )


def column_limits(board: Board) -> Floats:
    """The most a decision can be: the least of stock and appetite, 1 for openings."""
    columns, options = board.columns, board.priced.options
    shipments = board.priced.lookup.scenario.frozen_shipments
    return np.concatenate(
        [
            np.minimum(board.lot_units[options.lot], np.floor(options.demand)),
            board.lot_units[columns.exits.lot],
            [float(shipment.units) for shipment in shipments],
            np.ones(len(columns.openings)),
            [shortfall.promised for shortfall in columns.shortfalls],
        ]
    )


def without_slack_rows(program: Program, units: float) -> Program:
    """Leave out upper limits that stay slack even if every unit used the row as heavily as any.

    So a limit written as blank, 1e6 or 999999999 gives the very same program.
    """
    by_row = sparse.csr_array(program.matrix)
    heaviest = np.zeros(by_row.shape[0])
    filled = np.flatnonzero(np.diff(by_row.indptr))
    if len(filled):
        heaviest[filled] = np.maximum.reduceat(by_row.data, by_row.indptr[filled])
    one_sided = ~np.isfinite(program.row_lower)
    has_opening = np.array(
        [rule in ("certificate", "shipment_papers") for rule in program.labels.rule]
    )
    slack = one_sided & ~has_opening & (heaviest * units <= program.row_upper)
    keep = np.flatnonzero(~slack)
    labels = program.labels
    return replace(
        program,
        matrix=sparse.csc_array(by_row[keep]),
        row_lower=program.row_lower[keep],
        row_upper=program.row_upper[keep],
        labels=RowLabels(
            tuple(labels.rule[k] for k in keep),
            tuple(labels.label[k] for k in keep),
            labels.period[keep],
            tuple(labels.unit[k] for k in keep),
        ),
    )
