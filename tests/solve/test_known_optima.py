"""Known answers: capacitated warehouse location of the OR-Library, all demand to be served.

A customer is a lot, its demand the lot's units, a warehouse an opening that lets its capacity
through. With whole demands and capacities the best split of demand is whole as well, so that
the published optimum, where demand may be split, is the whole-unit optimum.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from planner.model.filling import violations
from planner.model.program import Program, RowLabels
from planner.solve.engine import solve
from tests.solve.in_process import quiet

DATA = Path(__file__).parents[3] / "shared" / "data" / "orlib_cap"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the OR-Library files are not at {DATA}")


def warehouses(name: str) -> Program:
    """The file as a program: options (customer, warehouse), then one opening for each warehouse."""
    numbers = iter((DATA / f"{name}.txt").read_text().split())
    m, n = int(next(numbers)), int(next(numbers))
    capacity, cost = np.array([[float(next(numbers)) for _ in range(2)] for _ in range(m)]).T
    demand, serve = np.zeros(n), np.zeros((n, m))
    for customer in range(n):
        demand[customer] = float(next(numbers))
        serve[customer] = [float(next(numbers)) for _ in range(m)]
    client, warehouse = np.divmod(np.arange(n * m), m)
    options = np.arange(n * m)
    rows = np.concatenate([client, n + warehouse, n + np.arange(m)])
    columns = np.concatenate([options, options, n * m + np.arange(m)])
    uses = np.concatenate([np.ones(2 * n * m), -capacity])
    shape = (n + m, n * m + m)
    return Program(
        value=np.concatenate([-(serve / demand[:, None]).ravel(), -cost]),
        most=np.concatenate([np.minimum(demand[client], capacity[warehouse]), np.ones(m)]),
        whole=np.ones(shape[1], dtype=bool),
        matrix=sparse.csc_array(sparse.coo_array((uses, (rows, columns)), shape=shape)),
        row_lower=np.concatenate([demand, np.full(m, -np.inf)]),
        row_upper=np.concatenate([demand, np.zeros(m)]),
        labels=RowLabels(
            ("supply",) * n + ("certificate",) * m,
            tuple(f"customer {k}" for k in range(n)) + tuple(f"warehouse {k}" for k in range(m)),
            np.zeros(shape[0], dtype=np.int64),
            ("units",) * shape[0],
        ),
        options=n * m,
        group=client,
    )


def optimum(name: str) -> float:
    lines = (DATA / "optima.tsv").read_text().split()
    return float(lines[lines.index(name) + 1])


@pytest.mark.parametrize("name", ["cap41", "cap51", "cap61", "cap71"])
def test_the_published_optimum_lies_between_plan_and_bound(name: str) -> None:
    task, best = warehouses(name), -optimum(name)
    solution = solve(task, 20.0, 1e-4, quiet)
    assert violations(task, solution.amounts) == []
    assert solution.gap <= 1e-4
    assert solution.value <= best * (1 - 1e-9)  # both negative: never cheaper than the optimum
    assert solution.bound >= best * (1 + 1e-9)
    assert solution.value == pytest.approx(best, rel=1.1e-4)
