"""Programs small enough to be written out, for tests of the solver's parts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from planner.model.program import Kind, Program, RowLabels

LINKS = ("certificate", "shipment_papers")
Row = tuple[str, dict[int, float], float, float]
"""Rule, coefficient of each column, lower and upper limit."""


def program(
    value: Sequence[float],
    most: Sequence[float],
    rows: Sequence[Row],
    *,
    options: int,
    group: Sequence[int] | None = None,
    shortfalls: int = 0,
) -> Program:
    """A program from its rows; the last `shortfalls` columns need not be whole."""
    matrix = np.zeros((len(rows), len(value)))
    for k, (_, uses, _, _) in enumerate(rows):
        for column, use in uses.items():
            matrix[k, column] = use
    kind = np.full(len(value), Kind.UNITS, dtype=np.int64)
    for _, uses, _, _ in (row for row in rows if row[0] in LINKS):
        kind[[column for column, use in uses.items() if use < 0]] = Kind.OPENING
    kind[len(value) - shortfalls :] = Kind.AMOUNT
    return Program(
        value=np.array(value, dtype=float),
        most=np.array(most, dtype=float),
        kind=kind,
        matrix=sparse.csc_array(matrix),
        row_lower=np.array([low for _, _, low, _ in rows], dtype=float),
        row_upper=np.array([high for _, _, _, high in rows], dtype=float),
        labels=RowLabels(
            tuple(rule for rule, *_ in rows),
            tuple(f"row {k}" for k in range(len(rows))),
            np.zeros(len(rows), dtype=np.int64),
            ("units",) * len(rows),
        ),
        options=options,
        link=np.array([rule in LINKS for rule, *_ in rows]),
        logic=np.zeros(len(rows), dtype=bool),
        group=np.array(group if group is not None else [0] * options, dtype=np.int64),
    )


def one_lane(most_through: float, *, gain: float = 500.0, cost: float = 1000.0) -> Program:
    """Nine units that earn `gain` each once a lane is open for `cost`, or nothing at the exit."""
    return program(
        [gain, 0.0, -cost],
        [9.0, 9.0, 1.0],
        [
            ("supply", {0: 1.0, 1: 1.0}, 9.0, 9.0),
            ("demand_pool", {0: 1.0}, -np.inf, 9.0),
            ("certificate", {0: 1.0, 2: -most_through}, -np.inf, 0.0),
        ],
        options=1,
    )
