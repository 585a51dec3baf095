"""The same questions get the same answers wherever shards live."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec

import numpy as np
import pytest

from planner.domain.arrays import Floats
from planner.executor import Executor, InProcess, Processes, RayCluster, Shard

Open = Callable[[Sequence[Shard]], Executor]
WITHOUT_RAY = find_spec("ray") is None
RAY = pytest.param(
    lambda shards: RayCluster(shards, 2),
    id="ray",
    marks=pytest.mark.skipif(WITHOUT_RAY, reason="ray is not installed (requirements-ray.txt)"),
)


def shards() -> list[Shard]:
    return [{"number": float(k)} for k in range(5)]


def add(shard: Shard, what: Floats) -> Floats:
    """Changes the shard and answers what it holds now."""
    shard["number"] = shard["number"] + what
    return np.asarray(shard["number"])


def where(shard: Shard, _: None) -> int:
    return os.getpid()


def fails(shard: Shard, _: None) -> None:
    raise ValueError("as it should")


@pytest.fixture(
    params=[pytest.param(InProcess, id="here"),
            pytest.param(lambda shards: Processes(shards, 2), id="processes"), RAY]
)  # fmt: skip
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    with request.param(shards()) as opened:
        yield opened


def test_answers_come_in_the_order_of_shards_and_shards_remember(executor: Executor) -> None:
    step = np.array([0.5, 1.0])
    executor.map(add, step)
    found = executor.map(add, step)
    assert [each.tolist() for each in found] == [[k + 1.0, k + 2.0] for k in range(5)]


def test_each_shard_can_be_asked_something_of_its_own(executor: Executor) -> None:
    found = executor.each(add, [np.array([10.0 * k]) for k in range(5)])
    assert [each.tolist() for each in found] == [[11.0 * k] for k in range(5)]


def test_one_shard_can_be_asked_alone(executor: Executor) -> None:
    assert executor.one(3, add, np.array([1.0])).tolist() == [4.0]
    assert executor.one(2, add, np.array([1.0])).tolist() == [3.0]
    assert [each.tolist() for each in executor.map(add, np.array([0.0]))] == [
        [0.0], [1.0], [3.0], [4.0], [4.0]
    ]  # fmt: skip


def test_a_fault_in_a_shard_is_a_fault_here(executor: Executor) -> None:
    with pytest.raises(ValueError, match="as it should"):
        executor.map(fails, None)


@pytest.mark.parametrize("opened", [lambda s: Processes(s, 2), RAY])
def test_shards_live_in_other_processes_and_stay_there(opened: Open) -> None:
    with opened(shards()) as executor:
        first, again = executor.map(where, None), executor.map(where, None)
    assert first == again
    assert len(set(first)) == 2 and os.getpid() not in first


def test_more_workers_than_shards_are_not_opened() -> None:
    with Processes(shards()[:1], 4) as executor:
        assert executor.map(add, np.array([2.0]))[0].tolist() == [2.0]
        assert executor.workers == 1
