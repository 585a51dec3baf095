"""Gates that cost nothing are settled by component, and keep every rule among them."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy import sparse

from planner.domain.scenario import Scenario
from planner.model.program import Kind, Program
from planner.solve.column_generation import solve_relaxation
from planner.solve.design import Prices, _Chooser, gates_of, settled
from planner.solve.engine import without_logic
from tests.model.rules.test_prices import ONCE, PAIR, RISING, SINGLE, ruled
from tests.solve.in_process import built, planned

FALLING = (RISING, SINGLE, ONCE)


def two_styles() -> Scenario:
    """Two styles in one channel: their prices never rise and are marked down once at most."""
    one = ruled(*FALLING)
    other = one.lots[0].model_copy(update={"lot": "again", "style": "again", "sku": "again"})
    return one.model_copy(update={"lots": (*one.lots, other)})


def of(scenario: Scenario) -> tuple[Program, Prices]:
    """The program, and what its linear answer says of every column."""
    program = built(scenario)[1]
    core, _ = without_logic(program)
    found = solve_relaxation(core, time.monotonic() + 20.0, lambda *_: None)
    amounts = np.zeros(program.size[1])
    amounts[found.columns] = found.answer.amounts
    supply = found.answer.prices[core.rows_of("supply")]
    return program, Prices(amounts, found.reduced, supply)


def test_what_stands_in_rules_with_gates_brings_its_own_rules_along() -> None:
    """The sum of mark-downs names no gate, only the amounts that count their changes."""
    program, _ = of(two_styles())
    gates = gates_of(program)
    assert gates is not None
    by_row = sparse.csr_array(program.matrix)
    goods = np.isin(np.arange(program.size[1]), program.of_kind(Kind.UNITS))
    alone = [
        row
        for row in np.flatnonzero(program.logic).tolist()
        if not goods[by_row.indices[by_row.indptr[row] : by_row.indptr[row + 1]]].any()
    ]
    assert "markdown_count" in {program.labels.rule[row] for row in alone}
    assert set(alone) == set(gates.rows.tolist())


def test_styles_are_components_even_where_a_gate_lets_some_through_and_shuts_others() -> None:
    program, _ = of(two_styles())
    gates = gates_of(program)
    assert gates is not None
    assert gates.component.max() == 1
    assert not len(_Chooser(program, gates)._common), "no gate belongs to both styles"
    both = np.intersect1d(gates.on[1], gates.off[1])
    assert len(both), "a price state lets cheap sales through and shuts dear ones"


@pytest.mark.parametrize("hurry", [False, True], ids=["at leisure", "in a hurry"])
@pytest.mark.parametrize("rules", [(RISING,), FALLING, (PAIR, RISING)], ids=str)
def test_settled_gates_keep_the_rules_among_them(
    rules: tuple[dict[str, object], ...], hurry: bool
) -> None:
    program, prices = of(ruled(*rules))
    found = settled(program, prices, lambda: hurry)
    assert found is not None
    columns, design = found
    gates = gates_of(program)
    assert gates is not None
    used = sparse.csr_array(program.matrix)[gates.rows][:, columns] @ design.amounts
    assert (used <= program.row_upper[gates.rows] + 1e-6).all()
    assert (used >= program.row_lower[gates.rows] - 1e-6).all()
    assert not design.shut.all(), "something can be sold"


def test_prices_that_may_not_rise_cost_nothing_where_nothing_asks_them_to() -> None:
    """One lot of 40, shoppers for 30 a week at any of four weeks: the same best price throughout."""
    free, ruled_ = planned(ruled(), gap=0.0), planned(ruled(RISING, SINGLE), gap=0.0)
    assert ruled_.report.value == pytest.approx(free.report.value, rel=1e-6)
