"""Options and rules -> the Program: columns, value of each, and every rule's rows."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats
from planner.landed_cost.options import Priced
from planner.model.columns import Columns, columns_of
from planner.model.program import Program, RowLabels, stack
from planner.model.rules import RULES, Board

LINKING = ("certificate", "shipment_papers")
"""Rules whose rows tie options to an opening: units - M x opening <= 0."""
MEASURED = (
    "demand_pool",
    "style_share",
    "leg_capacity",
    "site_throughput",
    "relabelling",
    "channel_capacity",
    "storage_capacity",
)
"""Rules whose limits are measured, not counted: sums of volumes, weights and parts of appetites."""
MEASURE_SLACK = 5e-10
"""Part of a measured limit that is forgiven, so that a limit can be used to its last unit although
sums of decimal fractions are not exact; the audit forgives twice as much."""
SHARING = ("supply", "demand_pool")
"""Rules of which every option has exactly one row: their limits add up over the rows touched."""
COMMON = ("leg_capacity", "site_throughput", "relabelling", "quota")
"""Rules whose single rows may hold all options of an opening: the least limit counts."""


def build(priced: Priced) -> tuple[Program, Columns]:
    """The whole problem in arrays; limits that nothing can reach are left out."""
    columns = columns_of(priced)
    board = Board(priced, columns)
    matrix, lower, upper, labels = stack([rule(board) for rule in RULES], columns.count)
    upper = np.where(np.isin(np.array(labels.rule), MEASURED), upper * (1 + MEASURE_SLACK), upper)
    tighten_openings(matrix, upper, labels, columns)
    keep = np.flatnonzero(~out_of_reach(matrix, lower, upper, labels, board.lot_units.sum()))
    whole = np.ones(columns.count, dtype=bool)
    whole[columns.first_shortfall :] = False
    program = Program(
        value=column_values(board),
        most=column_limits(board),
        whole=whole,
        matrix=sparse.csc_array(matrix[keep]),
        row_lower=lower[keep],
        row_upper=upper[keep],
        labels=RowLabels(
            tuple(labels.rule[k] for k in keep),
            tuple(labels.label[k] for k in keep),
            labels.period[keep],
            tuple(labels.unit[k] for k in keep),
        ),
        options=columns.options,
        group=priced.options.lot,
    )
    return program, columns


def tighten_openings(
    matrix: sparse.csr_array, upper: Floats, labels: RowLabels, columns: Columns
) -> None:
    """Give every opening the least M that is safe: min(stock, appetite, shared capacity).

    A looser M makes solvers answer wrongly when M x 1e-6 reaches the quantities planned. Changes
    the matrix in place: openings are the only columns with negative entries.
    """
    if not columns.openings:
        return
    rule = np.array(labels.rule)
    row_at = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    lightest = np.full(matrix.shape[0], np.inf)
    np.minimum.at(lightest, row_at, matrix.data)
    size = np.array([len(opening.options) for opening in columns.openings])
    members = np.concatenate([opening.options for opening in columns.openings])
    belongs = sparse.csc_array(
        (np.ones(len(members)), members, np.concatenate([[0], np.cumsum(size)])),
        shape=(columns.count, len(size)),
    )
    most = np.array([opening.most for opening in columns.openings])
    for name in SHARING:
        rows = np.flatnonzero(rule == name)
        touched = _pattern(matrix[rows]) @ belongs
        touched.data[:] = 1.0
        most = np.minimum(most, (upper[rows] / lightest[rows]) @ touched)
    rows = np.flatnonzero(np.isin(rule, COMMON))
    if len(rows):
        hits = (_pattern(matrix[rows]) @ belongs).tocoo()
        whole = hits.data == size[hits.col]
        limit = (upper[rows] / lightest[rows])[hits.row[whole]]
        np.minimum.at(most, hits.col[whole], limit)
    most = np.maximum(most, 1.0)  # a limit of 0 still binds by its own row
    links = np.flatnonzero(matrix.data < 0)
    matrix.data[links] = -most[matrix.indices[links] - columns.first_opening]


def _pattern(matrix: sparse.csr_array) -> sparse.csr_array:
    """The same matrix with every entry 1."""
    return sparse.csr_array(
        (np.ones_like(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape
    )


def out_of_reach(
    matrix: sparse.csr_array, lower: Floats, upper: Floats, labels: RowLabels, units: float
) -> Bools:
    """Upper limits that stay slack even if every unit used the row as heavily as any.

    Without them a limit written as blank, 1e6 or 999999999 gives the very same program.
    """
    heaviest = np.zeros(matrix.shape[0])
    filled = np.flatnonzero(np.diff(matrix.indptr))
    if len(filled):
        heaviest[filled] = np.maximum.reduceat(matrix.data, matrix.indptr[filled])
    slack: Bools = ~np.isfinite(lower) & (heaviest * units <= upper)
    slack[np.isin(np.array(labels.rule), LINKING)] = False
    return slack


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
            np.minimum(
                board.lot_units[options.lot], np.floor(options.demand * (1 + MEASURE_SLACK))
            ),
            board.lot_units[columns.exits.lot],
            [float(shipment.units) for shipment in shipments],
            np.ones(len(columns.openings)),
            [shortfall.promised for shortfall in columns.shortfalls],
        ]
    )
