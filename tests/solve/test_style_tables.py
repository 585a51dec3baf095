"""Styles in closed form: the linear optimum at its own prices, a bound at any, whole units within."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from planner.domain.arrays import Floats
from planner.domain.lookup import Lookup
from planner.domain.scenario import canonical
from planner.landed_cost.options import price_scenario
from planner.model.build import build
from planner.model.filling import violations
from planner.model.program import Program
from planner.solve.style_kernel import earnings, gains, place, used_by
from planner.solve.style_table import SharedRows, StyleTable, table_of, together
from planner.solve.whole_units import finished
from tests.benchmarks.instances import instance


@dataclass(frozen=True)
class Case:
    """A program, its tables by style, and what another solver says of its linear relaxation."""

    program: Program
    table: StyleTable
    rows: SharedRows
    optimum: float
    prices: Floats
    stock: Floats

    def bound(self, prices: Floats, mu: Floats | None = None, rounds: int | None = None) -> float:
        stock = np.zeros(len(self.table.units)) if mu is None else mu.copy()
        earned, pad, _ = earnings(self.table, prices, stock, rounds=rounds)
        return earned + pad + float(prices @ self.rows.limit)

    def random_prices(self, seed: int) -> Floats:
        rng = np.random.default_rng(seed)
        share = rng.random(len(self.rows)) * (rng.random(len(self.rows)) < 0.5)
        scale = 20.0 * self.table.units.sum() / len(self.rows) / np.abs(self.rows.limit)
        return np.minimum(share * scale, self.rows.most_price)


@pytest.fixture(scope="module")
def case() -> Case:
    program, _ = build(price_scenario(Lookup(canonical(instance("XS")))))
    table, rows = table_of(program)
    optimum, duals = relaxed(program)
    at = {
        name: k
        for k, name in enumerate(
            zip(
                program.labels.rule,
                program.labels.label,
                program.labels.period.tolist(),
                strict=True,
            )
        )
    }
    row = np.array([at[name] for name in rows.names])
    upper = np.isfinite(program.row_upper[row])
    prices = np.where(upper, duals[row] * np.where(upper, program.row_upper[row], 0), -duals[row])
    supply = duals[program.rows_of("supply")][table.supply]
    return Case(program, table, rows, optimum, np.maximum(prices, 0.0), supply)


def relaxed(program: Program) -> tuple[float, Floats]:
    """Optimum and row prices by scipy; units of an option bounded by rows only, as the tables are."""
    matrix = sparse.csr_array(program.matrix)
    equal = program.row_lower == program.row_upper
    above, below = np.isfinite(program.row_upper) & ~equal, np.isfinite(program.row_lower) & ~equal
    found = linprog(
        -program.value,
        A_ub=sparse.vstack([matrix[np.flatnonzero(above)], -matrix[np.flatnonzero(below)]]),
        b_ub=np.concatenate([program.row_upper[above], -program.row_lower[below]]),
        A_eq=matrix[np.flatnonzero(equal)],
        b_eq=program.row_upper[equal],
        bounds=(0, None),
        method="highs",
    )
    prices = np.zeros(program.size[0])
    prices[above] = -found.ineqlin.marginals[: above.sum()]
    prices[below] += found.ineqlin.marginals[above.sum() :]
    prices[equal] = -found.eqlin.marginals
    return -float(found.fun), prices


def test_at_its_own_prices_the_closed_form_is_the_linear_optimum(case: Case) -> None:
    found = case.bound(case.prices, case.stock, rounds=0)
    assert found == pytest.approx(case.optimum, rel=1e-6)
    assert case.bound(case.prices, case.stock) == pytest.approx(case.optimum, rel=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_any_prices_bound_every_plan(case: Case, seed: int) -> None:
    assert case.bound(case.random_prices(seed)) >= case.optimum


def test_looking_only_just_below_known_stock_prices_is_still_a_bound(case: Case) -> None:
    mu = np.zeros(len(case.table.units))
    earnings(case.table, case.prices, mu, 0.5)
    earned, pad, _ = earnings(case.table, case.prices, mu, below=1.0)
    found = earned + pad + float(case.prices @ case.rows.limit)
    assert case.optimum <= found <= case.optimum * 1.05


def test_the_softened_dual_is_smooth_and_above_the_hard_one(case: Case) -> None:
    """Its slope is the limit less the use: compared with differences quotient by quotient."""
    softness, prices = 2.0, case.random_prices(3)
    rows = len(case.rows)

    def dual(at: Floats) -> tuple[float, Floats]:
        mu = np.zeros(len(case.table.units))
        earned, _, amounts = earnings(case.table, at, mu, softness)
        used = used_by(case.table, amounts, rows)
        return earned + float(at @ case.rows.limit), case.rows.limit - used

    value, slope = dual(prices)
    mu = np.zeros(len(case.table.units))
    earnings(case.table, prices, mu, softness)
    assert value >= case.bound(prices, mu) * (1 - 1e-6)
    for row in np.argsort(-np.abs(slope))[:6]:
        step = np.zeros(rows)
        step[row] = 1e-4 * max(1.0, prices[row])
        quotient = (dual(prices + step)[0] - dual(prices - step)[0]) / (2 * step[row])
        assert quotient == pytest.approx(slope[row], rel=1e-3, abs=1e-3)


@pytest.mark.parametrize("seed", range(5))
def test_whole_units_break_no_rule_whatever_the_prices(case: Case, seed: int) -> None:
    table, prices = case.table, case.random_prices(seed)
    mu = np.zeros(len(table.units))
    _, _, wish = earnings(table, prices, mu, 1.0)
    amounts = np.zeros(len(table))
    order = np.random.default_rng(seed).permutation(table.styles)
    place(table, prices, mu, wish, case.rows.room.copy(), amounts, order, leave=True)
    full = np.zeros(case.program.size[1], dtype=np.int64)
    full[table.column] = amounts.astype(np.int64)
    plan = finished(case.program, full)
    assert not violations(case.program, plan.amounts)
    assert plan.value <= case.optimum
    assert np.array_equal(np.bincount(table.lot, amounts, len(table.units)), table.units)


def test_a_part_of_a_table_is_as_the_whole_was(case: Case) -> None:
    """Styles cut out and put together again earn what they earned."""
    prices, whole = case.random_prices(1), case.table
    mu = np.zeros(len(whole.units))
    expected, _, _ = earnings(whole, prices, mu)
    half = np.arange(whole.styles) % 2 == 0
    parts = [whole.some_styles(np.flatnonzero(half)), whole.some_styles(np.flatnonzero(~half))]
    both = together(parts)
    assert len(both) == len(whole)
    found, _, _ = earnings(both, prices, np.zeros(len(whole.units)))
    assert found == pytest.approx(expected, rel=1e-12)


def test_options_below_their_stock_price_change_nothing(case: Case) -> None:
    prices, table = case.random_prices(2), case.table
    mu = np.zeros(len(table.units))
    expected, _, _ = earnings(table, prices, mu)
    near = table.some((gains(table, prices, mu) > -1.0) | np.isinf(table.cap[table.group]))
    assert len(near) < len(table)
    found, _, _ = earnings(near, prices, mu.copy(), rounds=0)
    assert found == pytest.approx(expected, rel=1e-12)
