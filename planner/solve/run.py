"""Runs the solver in a child process of low priority that can be ended at any moment.

It may begin to load while the program is built (`get_ready`). What serves people, such as the app, may
ask for a child that always waits with everything loaded (`stay_ready`): small scenarios are then planned
without the second it takes one to begin.
"""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np

from planner.domain.arrays import Floats
from planner.errors import Loosening, NoPlanError, OutOfTimeError, SolverError
from planner.model.program import Program
from planner.solve.exchange import START, read_solution, write_program
from planner.solve.settings import Progress, Settings
from planner.solve.solution import Solution

GRACE_SECONDS, GRACE_SHARE = 30.0, 1.0
"""Time a child gets beyond its limit, at least, and as a part of the limit, to finish a step it cannot
interrupt: a plan that comes late is better than none."""
POLL_SECONDS = 0.05
DETAILS = 4000
"""Characters kept of what a failing child said, for the people who mend it."""
ROOT = Path(__file__).parents[2]
CANCELLED = "The run was cancelled; the last plan is kept."


def run_solver(
    program: Program,
    settings: Settings,
    tell: Callable[[Progress], None],
    cancel: threading.Event | None = None,
    start: Floats | None = None,
) -> Solution:
    """Solve in a child process; `start` are the amounts of a plan known to keep every rule.

    Raises NoPlanError, or SolverError when the child crashes, runs out of memory or time, or
    `cancel` is set.
    """
    with tempfile.TemporaryDirectory(prefix="planner-") as name:
        folder = Path(name)
        write_program(program, folder / "program.npz")
        if start is not None:
            np.save(folder / START, start)
        task = {
            "seconds": settings.seconds,
            "gap": settings.gap,
            "memory_gb": settings.memory_gb,
        }
        (folder / "task.json").write_text(json.dumps(task))
        child = _WAITING.taken()
        try:
            child.begin(folder)
            _follow(child.process, settings, tell, cancel)
        finally:
            child.end()
            _WAITING.replace()
        if not (folder / "solution.json").exists():
            fault = SolverError(_why_it_ended(child.process.returncode))
            fault.add_note(child.said)
            raise fault
        return read_solution(folder)


def get_ready() -> None:
    """A child begins to load, to be there once the program to solve is."""
    _WAITING.begin()


def stay_ready() -> None:
    """From now on a child waits for the next task, as long as this process lives."""
    _WAITING.wanted = True
    _WAITING.replace()


class _Child:
    """A solver process; it loads everything and waits for the folder of its task."""

    def __init__(self) -> None:
        self._errors = tempfile.TemporaryFile("w+")  # noqa: SIM115 (closed by `end`)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "planner.solve.worker"],
            stdout=subprocess.PIPE,
            stderr=self._errors,
            stdin=subprocess.PIPE,
            cwd=ROOT,
            text=True,
            start_new_session=True,
        )
        self.said = ""

    def begin(self, folder: Path) -> None:
        """Give it its task; one that has died meanwhile is found out by whoever follows it."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(f"{folder}\n")
            self.process.stdin.flush()

    def end(self) -> None:
        """End it, and keep the last of what it complained of."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):
                    pipe.close()
        self._errors.seek(0)
        self.said = self._errors.read()[-DETAILS:]
        self._errors.close()


class _Waiting:
    """The child that waits for the next task; where one is always wanted, another takes its place."""

    def __init__(self) -> None:
        self.wanted = False
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def taken(self) -> _Child:
        """The child that waits, or a new one."""
        with self._lock:
            child, self._child = self._child, None
        if child is not None and child.process.poll() is not None:
            child.end()
            child = None
        return child or _Child()

    def begin(self) -> None:
        """Let one wait, unless one does. It ends by itself when this process does."""
        with self._lock:
            if self._child is not None and self._child.process.poll() is not None:
                self._child.end()
                self._child = None
            if self._child is None:
                self._child = _Child()

    def replace(self) -> None:
        """Let another one wait, where one is always wanted."""
        if self.wanted:
            self.begin()


_WAITING = _Waiting()


def _follow(
    child: subprocess.Popen[str],
    settings: Settings,
    tell: Callable[[Progress], None],
    cancel: threading.Event | None,
) -> None:
    """Read the child's lines until it is done, fails, is cancelled or is late."""
    lines: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_pump, args=(child, lines), daemon=True).start()
    latest = (
        time.monotonic() + settings.seconds + max(GRACE_SECONDS, GRACE_SHARE * settings.seconds)
    )
    while True:
        if cancel is not None and cancel.is_set():
            raise SolverError(CANCELLED)
        if time.monotonic() > latest:
            raise OutOfTimeError("The solver did not stop in time and was ended.")
        try:
            line = lines.get(timeout=POLL_SECONDS)
        except queue.Empty:
            continue
        if line is None:
            return
        message = json.loads(line)
        if "progress" in message:
            tell(Progress(**message["progress"]))
        elif message.get("error") == "no plan":
            named = [Loosening(**each) for each in message["loosenings"]]
            raise NoPlanError(message["text"], named)
        elif message.get("error") == "out of time":
            raise OutOfTimeError(message["text"])
        elif "error" in message:
            raise SolverError(message["text"])
        else:
            return


def _pump(child: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    assert child.stdout is not None
    try:
        for line in child.stdout:
            if line.startswith("{"):
                lines.put(line)
    except ValueError:
        pass  # the pipe was closed because the run was cancelled
    lines.put(None)


def _why_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        return (
            f"The solver process was ended by signal {-code}, most likely for lack of memory. "
            "Nothing was changed; try a smaller scenario or allow more memory."
        )
    return "The solver process ended without an answer. Nothing was changed."
