"""The model as a file: another solver reads it and comes to the same answer."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from planner.io import load_scenario
from planner.model.mps import write_program
from planner.solve.engine import solve
from planner.solve.export import write_mps
from tests.random_scenarios import random_scenario
from tests.solve.in_process import built, quiet, relaxation

QUICKSTART = Path(__file__).parents[2] / "scenarios" / "quickstart"
GLPSOL = shutil.which("glpsol")
needs_glpsol = pytest.mark.skipif(
    GLPSOL is None, reason="glpsol is not installed: no second solver to read the MPS file"
)


def objective(path: Path) -> float:
    """What GLPK makes of a file; our value, so with the sign turned."""
    assert GLPSOL is not None
    answer = path.with_suffix(".sol")
    said = subprocess.run(
        [GLPSOL, "--freemps", str(path), "--min", "--tmlim", "60", "-o", str(answer)],
        capture_output=True,
        text=True,
        check=True,
        timeout=90,
    )
    text = answer.read_text()
    assert "OPTIMAL" in text, said.stdout[-500:]
    found = re.search(r"Objective:\s+VALUE = (\S+)", text)
    assert found is not None
    return -float(found.group(1))


@needs_glpsol
def test_another_solver_agrees_on_the_quickstart_relaxation(tmp_path: Path) -> None:
    scenario = load_scenario(QUICKSTART)
    path = tmp_path / "quickstart.mps"
    write_mps(scenario, path, whole=False)
    best = relaxation(built(scenario)[1]).answer.objective
    assert objective(path) == pytest.approx(best, rel=1e-6)


@needs_glpsol
@pytest.mark.parametrize("seed", [0, 4, 5, 11, 14, 40])
def test_another_solver_agrees_on_tight_relaxations(seed: int, tmp_path: Path) -> None:
    _, task, _ = built(random_scenario(seed))
    path = tmp_path / "tight.mps"
    with path.open("w") as out:
        write_program(task, out, whole=False)
    assert objective(path) == pytest.approx(relaxation(task).answer.objective, rel=1e-6)


@needs_glpsol
@pytest.mark.parametrize("seed", [0, 2, 8, 13, 15])
def test_another_solver_finds_the_same_best_whole_plan(seed: int, tmp_path: Path) -> None:
    _, task, _ = built(random_scenario(seed, handful=True))
    path = tmp_path / "whole.mps"
    with path.open("w") as out:
        write_program(task, out, whole=True)
    ours = solve(task, 10.0, 1e-9, quiet).value
    assert objective(path) == pytest.approx(ours, abs=0.01, rel=1e-6)


def test_numbers_are_written_to_the_last_bit(tmp_path: Path) -> None:
    _, task, _ = built(random_scenario(0))
    path = tmp_path / "exact.mps"
    with path.open("w") as out:
        write_program(task, out, whole=True)
    text = path.read_text()
    assert text.count("'MARKER'") == 2
    bounds = text.split("BOUNDS\n")[1].splitlines()[:-1]
    assert [float(line.split()[3]) for line in bounds] == task.most.tolist()
    entries = text.split("COLUMNS\n")[1].split("RHS\n")[0].splitlines()
    values = [float(line.split()[2]) for line in entries if "VALUE" in line]
    assert values == (-task.value).tolist()
