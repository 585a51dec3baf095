"""Styles in closed form: the linear optimum at its own prices, a bound at any, whole units within."""

from __future__ import annotations

from dataclasses import dataclass, replace

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
from planner.solve.style_kernel import ROUNDS, bound_of, earnings, reduced, tempting, used_by
from planner.solve.style_table import SharedRows, StyleTable, _alike, table_of
from planner.solve.style_units import (
    cut,
    exits,
    filled,
    left_over,
    nothing_placed,
    placed_near,
)
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

    def bound(self, prices: Floats, rounds: int = ROUNDS, mu: Floats | None = None) -> float:
        stock = np.zeros(len(self.table.units)) if mu is None else mu.copy()
        return bound_of(self.rows.limit, prices, sum(earnings(self.table, prices, stock, rounds)))

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
    assert case.bound(case.prices, 0, case.stock) == pytest.approx(case.optimum, rel=1e-6)
    assert case.bound(case.prices) == pytest.approx(case.optimum, rel=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_any_prices_bound_every_plan(case: Case, seed: int) -> None:
    assert case.bound(case.random_prices(seed)) >= case.optimum


@pytest.mark.parametrize("seed", range(5))
def test_stock_prices_lowered_from_the_highest_are_near_the_best_there_are(
    case: Case, seed: int
) -> None:
    """The best ones by another solver: the styles' own program at these prices of shared rows.

    Lots that compete for one group may both stand still above the best.
    """
    prices, table = case.random_prices(seed), case.table
    alone, stock = own_optimum(table, reduced(table, prices, *nothing(table)))
    found = sum(earnings(table, prices, np.zeros(len(table.units))))
    assert alone * (1 - 1e-9) <= found <= alone + 0.05 * abs(alone)
    assert sum(earnings(table, prices, stock)) == pytest.approx(alone, rel=1e-6)


def nothing(table: StyleTable) -> tuple[Floats, Floats]:
    return np.zeros(len(table.units)), np.zeros(len(table.cap))


def own_optimum(table: StyleTable, worth: Floats) -> tuple[float, Floats]:
    """What all styles earn at most where options are worth so much, and prices of stock."""
    columns = np.arange(len(table))
    capped = np.isfinite(table.cap)
    caps = sparse.csr_array((table.use, (table.group, columns)))[np.flatnonzero(capped)]
    stock = sparse.csr_array((np.ones(len(table)), (table.lot, columns)))
    found = linprog(
        -worth, A_ub=caps, b_ub=table.cap[capped], A_eq=stock, b_eq=table.units, method="highs"
    )
    return -float(found.fun), -found.eqlin.marginals


def test_the_best_option_of_each_lot_and_group_is_let_in_and_poor_ones_go(case: Case) -> None:
    prices, table = case.random_prices(4), case.table
    stock, caps = np.full(len(table.units), 2.0), np.full(len(table.cap), 0.5)
    worth, out = reduced(table, prices, stock, caps), exits(table)
    before = np.random.default_rng(4).random(len(table)) < 0.3
    inside = before.copy()
    found = tempting(table, prices, stock, caps, inside, least=-1.0, count=len(table))
    best: dict[tuple[int, int], int] = {}
    for j in np.flatnonzero(~before & ~out & (worth > 0)).tolist():
        key = int(table.lot[j]), int(table.group[j])
        if key not in best or worth[j] > worth[best[key]]:
            best[key] = j
    assert sorted(found.tolist()) == sorted(best.values())
    assert np.array_equal(inside, before & (out | (worth >= -1.0)))
    most = np.minimum(table.units[table.lot], table.cap[table.group] / table.use)
    few = tempting(table, prices, stock, caps, before.copy(), least=-1.0, count=20)
    assert len(few) == 20
    assert (worth * most)[few].min() >= np.sort((worth * most)[found])[-20] - 1e-9


@pytest.mark.parametrize("seed", range(5))
def test_whole_units_break_no_rule_whatever_the_amounts(case: Case, seed: int) -> None:
    table, rng = case.table, np.random.default_rng(seed)
    amounts = rng.random(len(table)) * 5.0 * (rng.random(len(table)) < 0.2)
    units = whole(case, amounts)
    full = np.zeros(case.program.size[1], dtype=np.int64)
    full[table.column] = units.astype(np.int64)
    plan = finished(case.program, full)
    assert not violations(case.program, plan.amounts)
    assert plan.value <= case.optimum
    assert np.array_equal(np.bincount(table.lot, units, len(table.units)), table.units)


def whole(case: Case, amounts: Floats) -> Floats:
    """Whole units of a single slice."""
    table, rows = case.table, case.rows
    room = np.where(np.isfinite(rows.room), rows.room, rows.limit)
    return left_over(
        table, filled(table, placed_near(table, nothing_placed(table, room), amounts))
    ).units


def test_amounts_that_are_whole_and_fit_stay_as_they_are(case: Case) -> None:
    units = whole(case, np.zeros(len(case.table)))
    assert np.array_equal(whole(case, units), units)


def test_options_below_their_stock_price_change_nothing(case: Case) -> None:
    prices, table = case.random_prices(2), case.table
    mu = np.zeros(len(table.units))
    expected = earnings(table, prices, mu)
    near = table.some((reduced(table, prices, mu, np.zeros(len(table.cap))) > -1.0) | exits(table))
    assert len(near) < len(table)
    assert earnings(near, prices, mu.copy(), 0) == pytest.approx(expected, rel=1e-12)


def test_of_a_lots_options_alike_in_use_only_the_best_of_a_group_counts(case: Case) -> None:
    table, prices = case.table, case.prices
    earned = reduced(table, prices, np.zeros(len(table.units)), np.zeros(len(table.cap)))
    order = np.lexsort((-earned, table.use, table.lot, table.group))
    alike = np.diff(np.stack([table.group, table.lot, table.use])[:, order]) == 0
    beaten = order[1:][alike.all(axis=0)]
    beaten = beaten[~exits(table)[beaten]]
    assert len(beaten)
    poorer = table.value.copy()
    poorer[beaten] -= 1e3
    assert earnings(replace(table, value=poorer), prices, case.stock.copy())[0] == pytest.approx(
        earnings(table, prices, case.stock.copy())[0], rel=1e-12
    )


def test_amounts_cut_to_the_limits_of_lots_and_groups_are_worth_no_more_than_the_styles_can_earn(
    case: Case,
) -> None:
    table, nothing_asked = case.table, np.zeros(len(case.rows))
    most = sum(earnings(table, nothing_asked, np.zeros(len(table.units))))
    amounts = np.where(exits(table), 0.0, np.random.default_rng(5).uniform(0.0, 50.0, len(table)))
    assert float(table.value @ cut(table, amounts)) <= most < float(table.value @ amounts)
    assert np.array_equal(cut(table, amounts * 1e-6), amounts * 1e-6)


def test_paths_are_the_uses_of_shared_rows_other_than_pools(case: Case) -> None:
    """Written out again they are the program's own coefficients."""
    table, program = case.table, case.program
    amounts = np.random.default_rng(6).random(len(table))
    full = np.zeros(program.size[1])
    full[table.column] = amounts
    row = {name: k for k, name in enumerate(case.rows.names)}
    labels = program.labels
    names = zip(labels.rule, labels.label, labels.period.tolist(), strict=True)
    used = program.matrix @ full
    upper = np.isfinite(program.row_upper)
    found = used_by(table, amounts, len(case.rows))
    for k, name in enumerate(names):
        if name in row:
            expected = used[k] / program.row_upper[k] if upper[k] else -used[k]
            assert found[row[name]] == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_marks_that_agree_by_chance_are_told_apart() -> None:
    one, other = np.array([7, 7, 3, 7], np.uint64), np.array([1, 2, 1, 1], np.uint64)
    code, first = _alike(one, other)
    assert len(set(code.tolist())) == 3 and code[0] == code[3]
    assert all(code[first[number]] == number for number in range(3))
