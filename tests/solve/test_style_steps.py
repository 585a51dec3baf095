"""Steps lead to the linear optimum, whatever the slices; prices on the way bound every plan."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from planner.domain.arrays import Floats
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario, canonical
from planner.domain.slices import slice_scenario
from planner.executor import InProcess, Shard
from planner.landed_cost.options import price_scenario
from planner.large import shared_by_all
from planner.model.build import build
from planner.shared_prices import SharedPrices, missed, rations
from planner.solve import shards
from planner.solve.style_kernel import used_by
from planner.solve.style_steps import Step, Walk
from planner.solve.style_table import table_of
from tests.benchmarks.instances import Size, instance
from tests.solve.test_style_tables import relaxed

SCENARIO = canonical(instance(Size(24, 5, 5)))


@pytest.fixture(scope="module")
def optimum() -> float:
    return relaxed(build(price_scenario(Lookup(SCENARIO), shards.every))[0])[0]


def opened(lots: int, scenario: Scenario = SCENARIO, *, on_disk: bool = False) -> SharedPrices:
    texts: list[Shard] = [
        {"scenario": part.model_dump_json()} for part in slice_scenario(scenario, lots)
    ]
    executor = InProcess(texts)
    stock = float(sum(lot.units for lot in scenario.lots))
    held = executor.map(shards.read, shards.Reading(stock, on_disk))
    rows, numbers = shared_by_all([each.rows for each in held])
    executor.each(shards.number, numbers)
    shared = SharedPrices(executor, rows)
    shared.look_at(1)
    return shared


def rounds(shared: SharedPrices, count: int) -> Iterator[float]:
    for _ in range(count):
        shared.let_in()
        yield shared.walk(200, time.monotonic() + 60.0)


@pytest.mark.parametrize("lots", [24, 8, 2])
def test_walks_end_near_the_linear_optimum_however_lots_are_sliced(
    lots: int, optimum: float
) -> None:
    shared = opened(lots)
    values = []
    for value in rounds(shared, 25):
        assert shared.bound_at(shared.prices) >= optimum * (1 - 1e-9)
        values.append(value)
    assert shared.bound == pytest.approx(optimum, rel=2e-3)
    assert values[-1] == pytest.approx(optimum, rel=2e-3)
    # The same prices show nearly the same bound again: stock prices of the last walk differ.
    assert shared.bound_at(shared.bounding) == pytest.approx(shared.bound, rel=1e-8)


def test_the_way_does_not_depend_on_what_else_is_asked_in_between(optimum: float) -> None:
    one, other = opened(8), opened(8)
    list(rounds(one, 3))
    for _ in rounds(other, 3):
        other.bound_at(other.prices)
    assert np.array_equal(one.prices, other.prices)


@pytest.mark.parametrize("lots", [24, 8])
def test_samples_lead_to_the_same_optimum(lots: int, optimum: float) -> None:
    """Bounds hold on the way; the part looked at uses its part of the limits."""
    shared = opened(lots)
    for one_in in (4, 2, 1):
        shared.look_at(one_in)
        for _ in rounds(shared, 3 if one_in > 1 else 20):
            assert shared.bound_at(shared.prices) >= optimum * (1 - 1e-9)
    assert shared.bound == pytest.approx(optimum, rel=2e-3)


def test_prices_that_came_further_or_lack_more_weigh_more_from_then_on() -> None:
    shared = opened(24)
    list(rounds(shared, 1))
    come, lacking = np.ones(len(shared.rows)), 1.0
    changes = []
    for further, more in ((1.0, 1.0), (100.0, 1.0), (1.0, 10.0)):
        shared.weight = 1.0
        shared._reweigh(further * come, more * lacking)
        changes.append(shared.weight)
    assert changes[1] > changes[0]
    assert changes[2] > changes[0]


def test_where_nothing_can_move_prices_stay_as_they_are() -> None:
    lots = tuple(lot.model_copy(update={"units": 0}) for lot in SCENARIO.lots)
    shared = opened(24, SCENARIO.model_copy(update={"lots": lots}))
    for value in rounds(shared, 4):
        assert value == pytest.approx(0.0, abs=1e-6)
        assert np.isfinite(shared.bound_at(shared.prices))
        assert shared.weight > 0.0


def test_rations_add_up_to_the_room_and_follow_what_was_used() -> None:
    room = np.array([8.0, 3.0, -2.0])
    used = np.array([[1.0, 0.0, -3.0], [3.0, 0.0, 1.0]])
    assert rations(room, used).tolist() == [[2.0, 1.5, 0.0], [6.0, 1.5, 0.0]]


def test_a_sample_looks_at_its_own_lots_alone() -> None:
    shared = opened(8)
    shared.look_at(2)
    list(rounds(shared, 2))
    for shard in shared.executor.map(lambda shard, _: shard, None):
        lots = shard["looked_at"]
        table = shard["walk"].table
        assert lots.any() and not lots.all()
        assert lots[table.lot].all()
        assert np.array_equal(table.units > 0, lots)


def test_tables_on_disk_say_the_same() -> None:
    here, there = opened(8), opened(8, on_disk=True)
    assert list(rounds(here, 3)) == list(rounds(there, 3))
    assert here.bound_at(here.prices) == there.bound_at(there.prices)


def test_no_price_is_below_nothing_or_above_what_missing_costs() -> None:
    shared = opened(8)
    for _ in rounds(shared, 3):
        assert (shared.prices >= 0).all()
        assert (shared.prices <= shared.rows.most_price).all()


def test_no_time_no_steps() -> None:
    shared = opened(24)
    shared.let_in()
    assert shared.walk(50, time.monotonic() - 1.0) == pytest.approx(
        -missed(shared.rows, -shared.rows.limit)
    )
    assert shared.steps == 0


def plain_step(
    walk: Walk, matrix: Floats, limit: Floats, step: Step, rows: int
) -> tuple[Floats, Floats]:
    """A first step of the same walk, written with a dense matrix of all rows."""
    table, scale = walk.table, walk.scale
    amounts = walk.amounts
    prices = np.concatenate([step.prices, walk.stock * walk.lot_scale])
    gain = table.value * scale - scale * (matrix.T @ prices)
    moved = np.maximum(amounts + step.amount_step * gain, 0.0)
    beyond = 2.0 * moved - amounts
    after = step.ahead * beyond + (1.0 - step.ahead) * amounts
    use = matrix @ (beyond * scale)
    stock = walk.stock + step.price_step * walk.lot_scale * (use[rows:] - limit)
    stock = step.ahead * (2.0 * stock - walk.stock) + (1.0 - step.ahead) * walk.stock
    return after, stock


def test_a_step_is_that_of_the_method() -> None:
    program = build(price_scenario(Lookup(SCENARIO), shards.every))[0]
    whole, rows = table_of(program)
    table = whole.some(~np.isfinite(whole.cap[whole.group]) | (np.arange(len(whole)) % 7 == 0))
    rng = np.random.default_rng(1)
    walk = Walk(
        table, rng.random(len(table)), rng.random(len(table.units)), np.zeros(len(table.cap))
    )
    walk.capped[:] = False
    matrix = np.zeros((len(rows) + len(table.units), len(table)))
    for k in range(len(table)):
        one = np.zeros(len(table))
        one[k] = 1.0
        matrix[: len(rows), k] = used_by(table, one, len(rows))
        matrix[len(rows) + table.lot[k], k] = 1.0
    scale = np.ones(len(rows))
    for largest in (True, False):
        scale = scale / np.sqrt(np.maximum(walk.sizes(scale, largest=largest), 1e-300))
    walk.begin()
    step = Step(rng.random(len(rows)), 0.5, 0.8, 1.2, anew=True)
    amounts, stock = plain_step(walk, matrix, table.units, step, len(rows))
    before = walk.amounts.copy()
    moved = walk.step(step)
    assert walk.amounts == pytest.approx(amounts, rel=1e-9, abs=1e-12)
    assert walk.stock == pytest.approx(stock, rel=1e-9, abs=1e-12)
    beyond = (walk.amounts - 0.5 * before) / 0.5 * walk.scale
    assert moved.used == pytest.approx(matrix[: len(rows)] @ beyond, rel=1e-7, abs=1e-9)


def test_scaled_entries_are_near_one() -> None:
    program = build(price_scenario(Lookup(SCENARIO), shards.every))[0]
    table, rows = table_of(program)
    walk = Walk(table, np.zeros(len(table)), np.zeros(len(table.units)), np.zeros(len(table.cap)))
    scale = np.ones(len(rows))
    for _ in range(20):
        size = walk.sizes(scale, largest=True)
        scale = scale / np.sqrt(np.where(size > 0, size, 1.0))
    size = walk.sizes(scale, largest=True)
    assert size[size > 0] == pytest.approx(1.0, abs=0.01)
