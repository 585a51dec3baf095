"""Going on from an earlier basis gives the optimum of the program as it is now."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from planner.domain.arrays import Floats
from planner.errors import NoPlanError
from planner.model.program import Kind, Program, RowLabels
from planner.solve.master import Master
from planner.solve.warm import BASIC, Basis, resumed, solve_warm


def program_of(value: Floats, matrix: Floats, upper: Floats, most: Floats) -> Program:
    """A program of options with upper limits only; every option is its own lot."""
    rows, columns = matrix.shape
    names = tuple(f"row {k}" for k in range(rows))
    return Program(
        value=value,
        most=most,
        kind=np.full(columns, Kind.UNITS, dtype=np.int64),
        matrix=sparse.csc_array(matrix),
        row_lower=np.full(rows, -np.inf),
        row_upper=upper,
        labels=RowLabels(names, names, np.zeros(rows, dtype=np.int64), ("units",) * rows),
        link=np.zeros(rows, dtype=bool),
        logic=np.zeros(rows, dtype=bool),
        options=columns,
        group=np.arange(columns),
    )


def random_program(seed: int, rows: int = 12, columns: int = 30) -> Program:
    chance = np.random.default_rng(seed)
    matrix = np.where(
        chance.random((rows, columns)) < 0.4, chance.uniform(0.5, 2, (rows, columns)), 0
    )
    value, upper = chance.uniform(1, 10, columns), chance.uniform(5, 20, rows)
    return program_of(value, matrix, upper, np.full(columns, 4.0))


def optimum(program: Program) -> float:
    """By another solver."""
    found = linprog(
        -program.value,
        A_ub=program.matrix.toarray(),
        b_ub=program.row_upper,
        bounds=list(zip(np.zeros(program.size[1]), program.most, strict=True)),
    )
    return float(-found.fun)


def solved(program: Program, start: object = None) -> tuple[float, Basis]:
    zero = np.zeros(program.size[1])
    answer, basis = solve_warm(program, zero, program.most, 10.0, start)  # type: ignore[arg-type]
    assert len(answer.amounts) == program.size[1] and len(answer.prices) == program.size[0]
    assert program.value @ answer.amounts == pytest.approx(answer.objective)
    return answer.objective, basis


@pytest.mark.parametrize("seed", range(4))
def test_from_nothing(seed: int) -> None:
    program = random_program(seed)
    assert solved(program)[0] == pytest.approx(optimum(program))


@pytest.mark.parametrize("seed", range(4))
def test_a_corner_reached_from_inside_is_one_the_simplex_method_goes_on_from(
    monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """A first half of the columns by interior point, then all of them from that basis."""
    monkeypatch.setattr("planner.solve.warm.FROM_INSIDE", 0)
    program = random_program(seed)
    master = Master(program, np.arange(15), again=True)
    part = master.solve(10.0)
    half = replace(program, most=np.where(np.arange(30) < 15, program.most, 0.0))
    assert part.objective == pytest.approx(optimum(half))
    assert program.value[:15] @ part.amounts == pytest.approx(part.objective)
    assert master.basis is not None
    basic = (master.basis.columns == BASIC).sum() + (master.basis.rows == BASIC).sum()
    assert basic == program.size[0]
    inside = (part.amounts > 1e-6) & (part.amounts < program.most[:15] - 1e-6)
    assert (master.basis.columns[inside] == BASIC).all(), "a corner, not a point between"
    master.add(np.arange(15, 30))
    assert master.solve(10.0).objective == pytest.approx(optimum(program))


@pytest.mark.parametrize("seed", range(4))
def test_after_other_values_and_limits(seed: int) -> None:
    before = random_program(seed)
    _, basis = solved(before)
    after = replace(
        before, value=before.value * np.linspace(0.5, 2, 30), row_upper=before.row_upper / 2
    )
    start = resumed(after, before, basis, np.arange(30), np.arange(12))
    assert not len(start.value) and not len(start.limit)
    assert solved(after, start)[0] == pytest.approx(optimum(after))


@pytest.mark.parametrize("seed", range(8))
def test_after_columns_and_rows_came_and_went(seed: int) -> None:
    """Any third of the columns and of the rows may be gone, as many new ones there."""
    before, other = random_program(seed), random_program(seed + 100)
    _, basis = solved(before)
    chance = np.random.default_rng(seed)
    columns = np.where(chance.random(30) < 0.3, -1, chance.permutation(30))
    rows = np.where(chance.random(12) < 0.3, -1, chance.permutation(12))
    kept = np.where((rows >= 0)[:, None] & (columns >= 0), 1, 0)
    matrix = np.where(kept, before.matrix.toarray()[rows][:, columns], other.matrix.toarray())
    value = np.where(columns >= 0, before.value[columns], other.value)
    upper = np.where(rows >= 0, before.row_upper[rows], other.row_upper)
    after = program_of(value, matrix, upper, other.most)
    start = resumed(after, before, basis, columns, rows)
    basic = (start.basis.columns == 5).sum() + (start.basis.rows == 5).sum()
    assert basic == len(start.basis.rows), "a basis has one basic member for each row"
    assert solved(after, start)[0] == pytest.approx(optimum(after))


def test_lost_columns_stay_out_and_their_empty_rows_limit_nothing() -> None:
    matrix = np.array([[1.0, 1, 1], [1, 0, 0]])
    value, most = np.array([5.0, 3.0, 2.0]), np.full(3, 9.0)
    before = program_of(value, matrix, np.array([10.0, 4]), most)
    worth, basis = solved(before)
    assert worth == 4 * 5 + 6 * 3
    after = program_of(
        np.array([3.0, 2.0]), np.array([[1.0, 1]]), np.array([10.0]), np.full(2, 9.0)
    )
    start = resumed(after, before, basis, np.array([1, 2]), np.array([0]))
    assert len(start.value) == 1 and len(start.limit) == 1
    assert solved(after, start)[0] == 9 * 3 + 1 * 2


def test_no_plan_is_said() -> None:
    program = replace(random_program(0), row_lower=np.full(12, 1e6), row_upper=np.full(12, 2e6))
    with pytest.raises(NoPlanError):
        solve_warm(program, np.zeros(30), program.most, 10.0)
