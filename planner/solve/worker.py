"""The solver's own process: reads a program from a folder, tells its progress, writes the answer.

Run as `python -m planner.solve.worker`; the first line of its standard input names the folder, and
without one it ends, as it does when whoever started it is gone. One JSON object per line on standard output:
{"progress": ...}, then {"done": true} or {"error": kind, "text": sentence}, without a plan also
"loosenings": what has to give.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np

from planner.errors import NoPlanError, OutOfTimeError, PlannerError
from planner.solve.engine import solve
from planner.solve.exchange import START, read_program, write_solution
from planner.solve.settings import Progress

NICENESS = 15


def say(message: dict[str, object]) -> None:
    """One line to the parent."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def tell(progress: Progress) -> None:
    """Pass progress on."""
    say({"progress": asdict(progress)})


def be_modest(memory_gb: float) -> None:
    """Low priority and a memory limit, where the system knows them (Windows does not)."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    try:
        import resource
    except ImportError:
        return
    most = int(memory_gb * 2**30)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main(folder: Path) -> int:
    """Solve the program in the folder."""
    task = json.loads((folder / "task.json").read_text())
    be_modest(task["memory_gb"])
    try:
        program = read_program(folder / "program.npz")
        known = folder / START
        start = np.load(known, allow_pickle=False) if known.is_file() else None
        write_solution(solve(program, task["seconds"], task["gap"], tell, start), folder)
    except OutOfTimeError as late:
        say({"error": "out of time", "text": str(late)})
    except NoPlanError as none:
        named = [asdict(each) for each in none.loosenings]
        say({"error": "no plan", "text": none.problem, "loosenings": named})
    except PlannerError as fault:
        say({"error": "solver", "text": str(fault)})
    except MemoryError:
        text = f"The solver needed more than {task['memory_gb']:g} GB of memory."
        say({"error": "solver", "text": text})
    else:
        say({"done": True})
    return 0


if __name__ == "__main__":
    asked = sys.stdin.readline().strip()
    sys.exit(main(Path(asked)) if asked else 0)
