"""Long work on a plan, in a process of its own: the caller stays quick and can end it at once."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from planner.domain.scenario import Scenario
from planner.errors import SolverError
from planner.solve.run import CANCELLED
from planner.solve.settings import Progress

Tell = Callable[[Progress], None]
Answer = TypeVar("Answer")

SMALL = 5_000
"""Lots x channels x periods up to which a process takes longer to begin than the work in it."""
POLL_SECONDS = 0.05
NICENESS = 5
HERE = None
"""What the process says first: that it can be asked."""


def worth_it(scenario: Scenario) -> bool:
    """Whether work on a scenario is long enough for a process of its own."""
    return len(scenario.lots) * len(scenario.channels) * scenario.header.periods > SMALL


def apart(
    work: Callable[..., Answer],
    *given: Any,
    progress: Tell | None = None,
    cancel: threading.Event | None = None,
) -> Answer:
    """What `work(tell, *given)` answers or raises, done elsewhere.

    `progress` hears what it tells; setting `cancel` ends it whatever it is at and raises SolverError.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    child = context.Process(target=_do, args=(theirs,), daemon=True)
    child.start()
    theirs.close()
    try:
        answer: Answer = _asked(ours, (work, given), progress, cancel)
        return answer
    except BaseException:
        child.terminate()
        raise
    finally:
        ours.close()


def _asked(pipe: Connection, task: Any, tell: Tell | None, cancel: threading.Event | None) -> Any:
    """The answer to a task, which is sent once the process is there to take it."""
    while True:
        while not pipe.poll(POLL_SECONDS):
            if cancel is not None and cancel.is_set():
                raise SolverError(CANCELLED)
        try:
            message = pipe.recv()
        except EOFError:
            raise SolverError("The work ended without an answer. Nothing was changed.") from None
        if message is HERE:
            pipe.send(task)
        elif isinstance(message, BaseException):
            raise message
        elif not isinstance(message, Progress):
            return message
        elif tell is not None:
            tell(message)


def _do(pipe: Connection) -> None:
    """The life of the process: of low priority, and unwound when it is to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    if hasattr(os, "nice"):  # not on Windows
        os.nice(NICENESS)
    pipe.send(HERE)
    work, given = pipe.recv()
    try:
        pipe.send(work(pipe.send, *given))
    except Exception as fault:
        pipe.send(fault)
