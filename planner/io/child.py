"""A workbook or text on standard input -> JSON on standard output: what it holds, or its findings."""

from __future__ import annotations

import gc
import json
import sys
from dataclasses import astuple

from planner.errors import ScenarioError
from planner.io.grids import read_grids, to_json
from planner.io.preflight import SMALLER
from planner.io.text_list import read_text
from planner.io.untrusted import GRIDS, SCENARIO, TEXT
from planner.io.workbook import load_workbook
from planner.language import english


def limit(most_memory: int, most_seconds: int) -> None:
    """No more bytes and seconds of work than these, where the system can (Windows cannot)."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (most_memory, most_memory))
    resource.setrlimit(resource.RLIMIT_CPU, (most_seconds, most_seconds + 1))


def main(name: str, most_memory: int, most_seconds: int, asked_for: str) -> None:
    """Reads within so many bytes and seconds of work and prints what was found."""
    gc.disable()  # saves a quarter of the time; the process ends with its answer
    limit(most_memory, most_seconds)
    try:
        answer = _answer(sys.stdin.buffer.read(), name, asked_for)
        text = json.dumps(answer)
    except ScenarioError as error:
        text = json.dumps({"findings": [astuple(finding) for finding in error.findings]})
    except MemoryError:
        problem = english("The file needs more memory than it may use.")
        text = json.dumps({"findings": [(name, 0, "", problem, SMALLER)]})
    sys.stdout.write(text)


def _answer(content: bytes, name: str, asked_for: str) -> dict[str, object]:
    if asked_for == SCENARIO:
        return {SCENARIO: load_workbook(content, name).model_dump(mode="json")}
    if asked_for == TEXT:
        return {TEXT: to_json(read_text(content, name))}
    return {GRIDS: to_json(read_grids(content, name))}


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
