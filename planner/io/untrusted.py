"""An uploaded workbook -> Scenario, read in a process that can be ended and cannot grow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from planner.domain.scenario import Scenario
from planner.errors import Finding, ScenarioError
from planner.io.preflight import SMALLER, preflight

MOST_SECONDS = 30
MOST_MEMORY = 2_000_000_000
ROOT = Path(__file__).parents[2]


def load_untrusted(source: str | Path | bytes, name: str = "workbook.xlsx") -> Scenario:
    """The scenario in an uploaded workbook; its faults, a bomb included, are findings."""
    if not isinstance(source, bytes):
        name = Path(source).name
        if not Path(source).is_file():
            raise _refusal(str(source), "There is no such file.", "Check the path.")
        source = Path(source).read_bytes()
    preflight(source, name)
    answer = _answer(source, name)
    if "findings" in answer:
        raise ScenarioError(Finding(*finding) for finding in answer["findings"])
    return Scenario.model_validate(answer["scenario"])


def _answer(content: bytes, name: str) -> dict[str, Any]:
    """What the child process says of the bytes given to it."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "planner.io.child", name, str(MOST_MEMORY)],
            input=content,
            capture_output=True,
            timeout=MOST_SECONDS,
            cwd=ROOT,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        problem = f"Reading the workbook took longer than {MOST_SECONDS} seconds."
        raise _refusal(name, problem, SMALLER) from error
    if done.returncode != 0:
        refusal = _refusal(name, "The process that reads workbooks failed.", "Try it once more.")
        refusal.add_note(done.stderr.decode(errors="replace")[-2000:])
        raise refusal
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _refusal(name: str, problem: str, remedy: str) -> ScenarioError:
    return ScenarioError([Finding(name, 0, "", problem, remedy)])
