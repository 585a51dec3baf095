"""Options and rules -> the Program: columns, value of each, and every rule's rows."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.records import RuleSetting
from planner.domain.vocabulary import RuleMode
from planner.landed_cost.options import Priced
from planner.model.board import LARGE, MEASURE_SLACK, Board
from planner.model.columns import Columns, Shortfalls, columns_of
from planner.model.program import Kind, Program, RowLabels, Rows, stack
from planner.model.rules import FAMILIES, RULES
from planner.model.rules.freight import planned_freight

MEASURED = (
    "demand_pool",
    "style_share",
    "leg_capacity",
    "site_throughput",
    "relabelling",
    "channel_capacity",
    "storage_capacity",
    "burst_dispatch",
    "corridor_leak",
)
"""Rules whose limits are measured, not counted: sums of volumes, weights and parts of appetites."""
SHARING = ("supply", "demand_pool")
"""Rules of which every option has exactly one row: their limits add up over the rows touched."""
COMMON = ("leg_capacity", "site_throughput", "relabelling", "quota")
"""Rules whose single rows may hold all options of an opening: the least limit counts."""


def build(priced: Priced, stock: float | None = None) -> tuple[Program, Columns]:
    """The whole problem in arrays; limits that nothing can reach are left out.

    stock: units that may draw on the limits, where the lots priced are only some of them.
    """
    columns = columns_of(priced, FAMILIES)
    board = Board(priced, columns)
    rows = stack([rule(board) for rule in RULES], columns.count)
    measured = np.isin(np.array(rows.labels.rule), MEASURED)
    upper = np.where(measured, rows.upper * (1 + MEASURE_SLACK), rows.upper)
    kind = kinds(columns)
    price, wanted = as_set(rows, priced.lookup.scenario.rule_settings)
    firm = wanted & np.isnan(price)
    tighten_links(rows, np.where(firm, upper, np.inf), columns)
    reach = ~out_of_reach(rows, upper, kind, board.stock if stock is None else stock)
    keep = np.flatnonzero(wanted & reach)
    matrix, lower, upper = rows.matrix[keep], rows.lower[keep], upper[keep]
    labels = rows.labels.take(keep)
    most = column_limits(board, overdrawn(rows, firm, columns))
    short = shortfalls_of(matrix, lower, upper, labels, price[keep], most)
    columns = columns.with_family(short)
    whole = sparse.csc_array(matrix)
    if len(short):
        whole = sparse.csc_array(sparse.hstack([whole, _eased(short, len(keep))], format="csc"))
    worth = priced.options.worth + planned_freight(priced)
    program = Program(
        value=np.concatenate([worth, *(f.value for f in columns.families)]),
        most=np.concatenate([most, short.most]),
        kind=kinds(columns),
        matrix=whole,
        row_lower=lower,
        row_upper=upper,
        labels=labels,
        link=rows.link[keep],
        logic=rows.logic[keep],
        options=columns.options,
        group=priced.lookup.parent[priced.options.lot],
    )
    return program, columns


def kinds(columns: Columns) -> Ints:
    """What each column counts."""
    parts = [np.full(len(family), family.kind, dtype=np.int64) for family in columns.families]
    return np.concatenate([np.full(columns.options, Kind.UNITS, dtype=np.int64), *parts])


def as_set(rows: Rows, settings: tuple[RuleSetting, ...]) -> tuple[Floats, Bools]:
    """Price of each row's shortfall (NaN = hard) and whether the row is asked for at all."""
    price, wanted = rows.price.copy(), np.ones(len(rows.labels), dtype=bool)
    rule, label = np.array(rows.labels.rule), np.array(rows.labels.label, dtype=str)
    for setting in sorted(settings, key=lambda row: len(row.subject)):
        hit = (rule == setting.rule) & np.strings.startswith(label, setting.subject)
        wanted[hit] = setting.mode != RuleMode.OFF
        price[hit] = setting.price if setting.mode == RuleMode.SOFT else np.nan
    return price, wanted


def shortfalls_of(
    matrix: sparse.csr_array,
    lower: Floats,
    upper: Floats,
    labels: RowLabels,
    price: Floats,
    most: Floats,
) -> Shortfalls:
    """One column for every limit of a soft row, at most what could ever be missing."""
    soft = ~np.isnan(price)
    below = np.flatnonzero(soft & np.isfinite(lower))
    above = np.flatnonzero(soft & np.isfinite(upper))
    row = np.concatenate([below, above])
    sign = np.concatenate([np.ones(len(below)), -np.ones(len(above))])
    least, greatest = matrix[below].minimum(0) @ most, matrix[above].maximum(0) @ most
    missing = np.concatenate([lower[below] - least, greatest - upper[above]])
    return Shortfalls(
        labels=[f"{labels.rule[k]} {labels.label[k]}" for k in row],
        periods=labels.period[row],
        value=-price[row],
        most=np.maximum(missing, 0.0),
        rows=row,
        sign=sign,
    )


def _eased(short: Shortfalls, rows: int) -> sparse.csc_array:
    """Entries of the shortfalls in the rows they ease."""
    shape = (rows, len(short))
    return sparse.csc_array((short.sign, (short.rows, np.arange(len(short)))), shape=shape)


def tighten_links(rows: Rows, upper: Floats, columns: Columns) -> None:
    """Give every link the least M that is safe: min(stock, appetite, shared capacity).

    `upper` is infinite where a limit may be missed: nothing can be concluded from it.
    A looser M makes solvers answer wrongly when M x 1e-6 reaches the quantities planned. Changes
    the matrix in place: a link row has one negative entry, -M.
    """
    matrix = rows.matrix
    tight = rows.link & ~rows.logic if columns.options > LARGE else rows.link
    at = np.flatnonzero(tight)
    if not len(at):
        return
    rule = np.array(rows.labels.rule)
    row_of = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    lightest = np.full(matrix.shape[0], np.inf)
    np.minimum.at(lightest, row_of, matrix.data)
    members = sparse.csr_array(_pattern(matrix[at]))
    members.data[matrix[at].data < 0] = 0.0
    members.eliminate_zeros()
    size = np.diff(members.indptr)
    gate = np.flatnonzero(np.isin(row_of, at) & (matrix.data < 0))
    most = -matrix.data[gate]
    belongs = sparse.csc_array(members.T)
    for name in SHARING:
        those = np.flatnonzero(rule == name)
        touched = _pattern(matrix[those]) @ belongs
        touched.data[:] = 1.0
        most = np.minimum(most, (upper[those] / lightest[those]) @ touched)
    those = np.flatnonzero(np.isin(rule, COMMON))
    if len(those):
        hits = (_pattern(matrix[those]) @ belongs).tocoo()
        whole = hits.data == size[hits.col]
        row = those[hits.row[whole]]
        np.minimum.at(most, hits.col[whole], upper[row] / lightest[row])
    matrix.data[gate] = -np.maximum(most, 1.0)  # a limit of 0 still binds by its own row


def _pattern(matrix: sparse.csr_array) -> sparse.csr_array:
    """The same matrix with every entry 1."""
    return sparse.csr_array(
        (np.ones_like(matrix.data), matrix.indices, matrix.indptr), shape=matrix.shape
    )


def out_of_reach(rows: Rows, upper: Floats, kind: Ints, units: float) -> Bools:
    """Upper limits that stay slack even if every unit used the row as heavily as any.

    Without them a limit written as blank, 1e6 or 999999999 gives the very same program.
    """
    matrix = rows.matrix
    heaviest = np.zeros(matrix.shape[0])
    filled = np.flatnonzero(np.diff(matrix.indptr))
    other = np.zeros(matrix.shape[0], dtype=bool)
    if len(filled):
        heaviest[filled] = np.maximum.reduceat(matrix.data, matrix.indptr[filled])
        raises = (kind[matrix.indices] != Kind.UNITS) & (matrix.data > 0)
        other[filled] = np.logical_or.reduceat(raises, matrix.indptr[filled])
    slack: Bools = ~np.isfinite(rows.lower) & (heaviest * units <= upper)
    return slack & ~rows.link & ~other & np.isnan(rows.price)


def overdrawn(rows: Rows, firm: Bools, columns: Columns) -> Bools:
    """Options whose pool may be sold more than its appetite: its limit is soft or off."""
    pool = (np.array(rows.labels.rule) == "demand_pool") & ~firm
    found = np.zeros(columns.options, dtype=bool)
    found[rows.matrix[np.flatnonzero(pool)].indices] = True
    return found


def column_limits(board: Board, overdrawn: Bools) -> Floats:
    """The most a decision can be: for an option the least of stock and, where it binds, appetite."""
    options = board.priced.options
    appetite = np.floor(options.demand * (1 + MEASURE_SLACK))
    most = np.minimum(board.lot_units[options.lot], np.where(overdrawn, np.inf, appetite))
    return np.concatenate([most, *(family.most for family in board.columns.families)])
