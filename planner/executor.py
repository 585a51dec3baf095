"""Runs one function over many shards: here, in processes of this machine, or on a Ray cluster.

A shard is a dictionary that stays where it is put; functions read and change it. Only what is asked
and what is answered travels: plain numbers, texts, arrays and dataclasses of them. A shard's answer
does not depend on where it was worked out, and answers come in the order of shards, so every
executor gives the very same result.
"""

from __future__ import annotations

import multiprocessing
import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Protocol, Self

from planner.errors import SolverError

NO_RAY = "Ray is not installed here. Put it in with: python -m pip install -r requirements-ray.txt"
PATIENCE = "180"
"""Seconds a busy machine is given to start a Ray cluster."""
Shard = dict[str, Any]
Kernel = Callable[[Shard, Any], Any]
"""A function of a module, not of another function: it is sent by name."""


class Executor(Protocol):
    """Where shards live."""

    workers: int

    def map(self, kernel: Kernel, shared: Any) -> list[Any]:
        """The kernel's answer for every shard, in their order."""

    def one(self, shard: int, kernel: Kernel, shared: Any) -> Any:
        """The kernel's answer for one shard."""

    def each(self, kernel: Kernel, shared: Sequence[Any]) -> list[Any]:
        """The kernel's answer for every shard, each asked something of its own."""

    def close(self) -> None:
        """Let everything go."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


class InProcess:
    """All shards in this process, one after the other."""

    def __init__(self, shards: Sequence[Shard]) -> None:
        self.shards = list(shards)
        self.workers = 1

    def map(self, kernel: Kernel, shared: Any) -> list[Any]:
        return self.each(kernel, [shared] * len(self.shards))

    def one(self, shard: int, kernel: Kernel, shared: Any) -> Any:
        return kernel(self.shards[shard], shared)

    def each(self, kernel: Kernel, shared: Sequence[Any]) -> list[Any]:
        return [kernel(shard, asked) for shard, asked in zip(self.shards, shared, strict=True)]

    def close(self) -> None:
        self.shards = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Spread(ABC):
    """Shards dealt out to workers in turn; a worker keeps its own from the first to the last."""

    def __init__(self, count: int, workers: int) -> None:
        self._count, self.workers = count, max(1, min(workers, count))

    def _deal(self, things: Sequence[Any]) -> list[list[Any]]:
        return [list(things[worker :: self.workers]) for worker in range(self.workers)]

    @abstractmethod
    def _ask(self, worker: int, kernel: Kernel, tasks: list[tuple[int, Any]]) -> Any:
        """Begin the kernel on some shards of a worker, numbered as the worker counts them."""

    @abstractmethod
    def _answers(self, asked: list[Any]) -> list[list[Any]]:
        """Wait for what was asked."""

    def map(self, kernel: Kernel, shared: Any) -> list[Any]:
        """One question to every worker, whatever the number of its shards."""
        return self._run(kernel, [[(-1, shared)]] * self.workers)

    def each(self, kernel: Kernel, shared: Sequence[Any]) -> list[Any]:
        return self._run(kernel, [list(enumerate(part)) for part in self._deal(shared)])

    def one(self, shard: int, kernel: Kernel, shared: Any) -> Any:
        tasks = [(shard // self.workers, shared)]
        return self._answers([self._ask(shard % self.workers, kernel, tasks)])[0][0]

    def _run(self, kernel: Kernel, tasks: list[list[tuple[int, Any]]]) -> list[Any]:
        found = self._answers([self._ask(k, kernel, part) for k, part in enumerate(tasks)])
        return [found[k % self.workers][k // self.workers] for k in range(self._count)]

    @abstractmethod
    def close(self) -> None:
        """Let everything go."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def answers(shards: list[Shard], kernel: Kernel, tasks: list[tuple[int, Any]]) -> list[Any]:
    """The kernel's answers for some of a worker's shards; shard -1 = all of them."""
    found = []
    for number, shared in tasks:
        for shard in shards if number < 0 else [shards[number]]:
            found.append(kernel(shard, shared))
    return found


class Processes(_Spread):
    """Processes of this machine, each of low priority."""

    def __init__(self, shards: Sequence[Shard], workers: int) -> None:
        super().__init__(len(shards), workers)
        context = multiprocessing.get_context("spawn")
        self._pipes: list[Connection] = []
        self._children = []
        for _ in range(self.workers):
            ours, theirs = context.Pipe()
            child = context.Process(target=_serve, args=(theirs,), daemon=True)
            child.start()
            theirs.close()
            self._pipes.append(ours)
            self._children.append(child)
        for pipe, part in zip(self._pipes, self._deal(shards), strict=True):
            pipe.send(part)

    def _ask(self, worker: int, kernel: Kernel, tasks: list[tuple[int, Any]]) -> Connection:
        self._pipes[worker].send((kernel, tasks))
        return self._pipes[worker]

    def _answers(self, asked: list[Any]) -> list[list[Any]]:
        found = [pipe.recv() for pipe in asked]
        for fault in found:
            if isinstance(fault, BaseException):
                raise fault
        return found

    def close(self) -> None:
        for pipe in self._pipes:
            pipe.close()
        for child in self._children:
            child.terminate()
            child.join()
        self._pipes, self._children = [], []


def _serve(pipe: Connection) -> None:
    """A worker's life: its shards first, then questions until the pipe is closed."""
    os.nice(5)
    shards = pipe.recv()
    while True:
        try:
            kernel, tasks = pipe.recv()
        except EOFError:
            return
        try:
            pipe.send(answers(shards, kernel, tasks))
        except Exception as fault:
            pipe.send(fault)


class RayCluster(_Spread):
    """Actors of a Ray cluster, which hold the shards.

    address: a cluster that runs already; without it one is started on this machine and ended.
    """

    def __init__(self, shards: Sequence[Shard], workers: int, address: str | None = None) -> None:
        super().__init__(len(shards), workers)
        try:
            import ray
        except ImportError as missing:
            raise SolverError(NO_RAY) from missing
        self._ray = ray
        self._started = not ray.is_initialized()
        if self._started:
            os.environ.setdefault("RAY_raylet_start_wait_time_s", PATIENCE)
            how: dict[str, Any] = {"address": address} if address else {"num_cpus": self.workers}
            try:
                ray.init(**how, include_dashboard=False, log_to_driver=False)
            except Exception as fault:
                raise SolverError(f"The Ray cluster did not answer: {fault}") from fault
        self._actors: list[Any] = [ray.remote(_Actor).remote(part) for part in self._deal(shards)]

    def _ask(self, worker: int, kernel: Kernel, tasks: list[tuple[int, Any]]) -> Any:
        return self._actors[worker].run.remote(kernel, tasks)

    def _answers(self, asked: list[Any]) -> list[list[Any]]:
        found: list[list[Any]] = self._ray.get(asked)
        return found

    def close(self) -> None:
        for actor in self._actors:
            self._ray.kill(actor)
        self._actors = []
        if self._started:
            self._ray.shutdown()
        self._started = False


class _Actor:
    """A worker of a Ray cluster."""

    def __init__(self, shards: list[Shard]) -> None:
        self._shards = shards

    def run(self, kernel: Kernel, tasks: list[tuple[int, Any]]) -> list[Any]:
        """See `answers`."""
        return answers(self._shards, kernel, tasks)


def workers_here() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0))
