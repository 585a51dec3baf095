"""A workbook on standard input -> JSON on standard output: the scenario or its findings."""

from __future__ import annotations

import gc
import json
import sys
from dataclasses import astuple

from planner.errors import ScenarioError
from planner.io.preflight import SMALLER
from planner.io.workbook import load_workbook


def limit_memory(most: int) -> None:
    """Refuse more bytes than this, where the system can (Windows cannot; its time limit remains)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def main(name: str, most_memory: int) -> None:
    """Reads within so many bytes of memory and prints what was found."""
    gc.disable()  # saves a quarter of the time; the process ends with its answer
    limit_memory(most_memory)
    try:
        scenario = load_workbook(sys.stdin.buffer.read(), name)
        answer: dict[str, object] = {"scenario": scenario.model_dump(mode="json")}
    except ScenarioError as error:
        answer = {"findings": [astuple(finding) for finding in error.findings]}
    except MemoryError:
        problem = "The workbook needs more memory than it may use."
        answer = {"findings": [(name, 0, "", problem, SMALLER)]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
