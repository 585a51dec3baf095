"""Every peer solves the very same program: all optima agree, with each other and with the planner's."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.domain.lookup import Lookup
from planner.domain.scenario import canonical
from planner.landed_cost.options import price_scenario
from planner.model.build import build
from planner.model.mps import write_program as write_mps
from planner.model.program import Program
from planner.solve.certificate import certified_bound
from planner.solve.exchange import write_program
from tests.benchmarks.bench import TOLERANCE, relaxed, run_peer
from tests.benchmarks.instances import instance
from tests.benchmarks.peers import MPS, PEERS, PROGRAM

SECONDS = 120.0


@pytest.fixture(scope="module")
def program() -> Program:
    return build(price_scenario(Lookup(canonical(instance("XS")))))[0]


@pytest.fixture(scope="module")
def folder(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program as the peers read it."""
    folder = tmp_path_factory.mktemp("peers")
    write_program(program, folder / PROGRAM)
    with (folder / MPS).open("w") as out:
        write_mps(program, out, whole=False)
    return folder


@pytest.fixture(scope="module")
def optimum(program: Program) -> float:
    """The planner's own."""
    return relaxed(program, SECONDS).answer.objective


@pytest.mark.parametrize("name", PEERS)
def test_a_peer_finds_the_same_optimum(name: str, folder: Path, optimum: float) -> None:
    found = run_peer(name, folder, SECONDS)
    assert "error" not in found, found
    assert found["value"] == pytest.approx(optimum, rel=TOLERANCE)
    assert found["build_seconds"] > 0 and found["solve_seconds"] > 0


def test_the_certified_bound_is_the_optimum(program: Program, optimum: float) -> None:
    bound = certified_bound(program, relaxed(program, SECONDS).bounding)
    assert optimum * (1 - TOLERANCE) <= bound <= optimum * (1 + TOLERANCE)
