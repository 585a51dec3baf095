"""An uploaded workbook or text -> a scenario or plain cells, read in a process that can be ended.

The bytes are looked over before it starts, piece by piece, and it cannot grow beyond a limit.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from planner.domain.scenario import Scenario
from planner.errors import Finding, ScenarioError
from planner.io.grids import Grid, from_json
from planner.io.preflight import MOST_BYTES, SMALLER, preflight
from planner.language import english

SCENARIO, GRIDS, TEXT = "scenario", "grids", "text"
"""What a child is asked for: the scenario a workbook says, its sheets as plain cells, or the lines of
a text as those of one sheet."""
MOST_TEXT_BYTES = 50_000_000
MOST_SECONDS = 60
"""By the clock; a busy machine needs longer than the seconds of work allowed."""
MOST_WORK = 25
"""Seconds of work."""
MOST_MEMORY = 1_000_000_000
SAVE_AGAIN = english("Open it in Excel, save it under another name, and try that.")
ROOT = Path(__file__).parents[2]


def load_untrusted(source: str | Path | bytes, name: str = "workbook.xlsx") -> Scenario:
    """The scenario in an uploaded workbook; its faults, a bomb included, are findings."""
    return Scenario.model_validate(_answer(*_content(source, name), SCENARIO))


def grids_untrusted(source: str | Path | bytes, name: str = "workbook.xlsx") -> list[Grid]:
    """The sheets of an uploaded workbook as plain cells; its faults are findings."""
    return from_json(_answer(*_content(source, name), GRIDS))


def text_untrusted(source: str | Path | bytes, name: str = "list.csv") -> list[Grid]:
    """The lines of an uploaded text as one sheet of plain cells; its faults are findings."""
    content, name = _content(source, name)
    if len(content) > MOST_TEXT_BYTES:
        raise _too_large(name, MOST_TEXT_BYTES, english("Split it."))
    return from_json(_read(content, name, TEXT))


def _content(source: str | Path | bytes, name: str) -> tuple[bytes, str]:
    """The bytes of an upload and what findings call it."""
    if isinstance(source, bytes):
        return source, name
    path = Path(source)
    if not path.is_file():
        raise _refusal(str(path), english("There is no such file."), english("Check the path."))
    if path.stat().st_size > MOST_BYTES:
        raise _too_large(path.name, MOST_BYTES, SMALLER)
    return path.read_bytes(), path.name


def _answer(content: bytes, name: str, asked_for: str) -> Any:
    """What the child process makes of a workbook, once that was looked over."""
    preflight(content, name)
    return _read(content, name, asked_for)


def _read(content: bytes, name: str, asked_for: str) -> Any:
    """What the child process makes of the bytes given to it."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            [
                *(sys.executable, "-m", "planner.io.child"),
                *(name, str(MOST_MEMORY), str(MOST_WORK), asked_for),
            ],
            input=content,
            capture_output=True,
            timeout=MOST_SECONDS,
            cwd=ROOT,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        problem = english(
            "Reading the file took longer than {most_seconds} seconds.",
            most_seconds=MOST_SECONDS,
        )
        raise _refusal(name, problem, SMALLER) from error
    if -done.returncode in (signal.SIGKILL, getattr(signal, "SIGXCPU", None)):
        problem = english(
            "Reading the file took more than {most_work} seconds of work.", most_work=MOST_WORK
        )
        raise _refusal(name, problem, SMALLER)
    if done.returncode != 0:
        refusal = _refusal(name, english("The program that reads files broke."), SAVE_AGAIN)
        refusal.add_note(done.stderr.decode(errors="replace")[-2000:])
        raise refusal
    answer: dict[str, Any] = json.loads(done.stdout)
    if "findings" in answer:
        raise ScenarioError(Finding(*finding) for finding in answer["findings"])
    return answer[asked_for]


def _too_large(name: str, most_bytes: int, remedy: str) -> ScenarioError:
    problem = english(
        "The file is larger than {most_bytes} MB.", most_bytes=most_bytes // 1_000_000
    )
    return _refusal(name, problem, remedy)


def _refusal(name: str, problem: str, remedy: str) -> ScenarioError:
    return ScenarioError([Finding(name, 0, "", problem, remedy)])
