"""Measures one size or several: `python -m tests.benchmarks.bench M` writes out/bench-M.json.

Each step runs in a process of its own, one after the other:

plan         load, options, build, solve, extract, audit, export of one plan, median of the runs
relaxation   the linear relaxation solved to its optimum, its certified bound, the files for peers
peers        the very same relaxation in other hands (tests/benchmarks/peers.py), on sizes they can hold
longer       where no peer can finish: the plan of ten times the seconds, against which the bound must hold
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil

from planner import Settings, load_scenario, make_plan, write_workbook
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario, canonical
from planner.errors import PlannerError
from planner.io.folder import save_folder
from planner.landed_cost.options import price_scenario
from planner.model.build import build
from planner.model.mps import write_program as write_mps
from planner.model.program import Program
from planner.report.folder import write_tables
from planner.solve.certificate import certified_bound
from planner.solve.column_generation import Relaxation, solve_relaxation
from planner.solve.exchange import write_program
from planner.solve.run import stay_ready
from planner.solve.settings import Progress
from tests.benchmarks.instances import SIZES, instance
from tests.benchmarks.peers import MPS, PEERS, PROGRAM, clock, since

ROOT = Path(__file__).parents[2]
OUT = ROOT / "out"
PACKAGES = ("ortools", "numpy", "scipy", "pandas", "pydantic")
RULES_OFF = "corridor, whole boxes, openings"
"""Rules of surplus-2026 that an instance leaves out unless it is asked for them."""


class Limits(NamedTuple):
    """What a size may use: seconds and gap of a plan, how many plans, seconds for the relaxation and
    for each peer, which peers, and seconds for those that read the file, if they get more."""

    seconds: float
    gap: float
    runs: int
    relaxation: float
    peer: float
    peers: tuple[str, ...] = tuple(PEERS)
    file: float = 0.0

    def of_peer(self, name: str) -> float:
        """Seconds a peer may take."""
        return max(self.peer, self.file) if name.endswith("on the MPS") else self.peer


LIMITS = {
    "XS": Limits(20, 0.001, 3, 60, 60),
    "quickstart": Limits(20, 0.001, 3, 60, 60),
    "surplus-2026": Limits(100, 0.001, 3, 600, 300, tuple(PEERS)[:2]),
    "S": Limits(30, 0.001, 3, 120, 120),
    "M": Limits(100, 0.001, 1, 600, 60, file=900),
    "L": Limits(300, 0.001, 1, 1800, 0),
    "XL": Limits(1800, 0.002, 1, 0, 0),
    "XXL": Limits(3600, 0.005, 1, 0, 0),
}
"""0 seconds = not tried: the relaxation, or a peer's model of it, does not fit into memory."""
NEAR = (0.01, 0.001)
"""Distances from the bound whose first seconds are kept."""
TIMES_LONGER = 10
MEMORY_GB = 12.0
TOLERANCE = 1e-6
"""Relative distance at which two optima of one linear program count as the same."""
WATCH_EVERY = 0.05
"""Seconds between two looks at the memory."""
SOON, LOADING = 20.0, 5.0
"""Seconds allowed up to which a plan is also made beside a solver that waits; seconds it may load."""
STARTING = 60.0
"""Seconds a step may take beyond its limits to start, read and be ended."""


def main() -> None:
    """The sizes or scenarios named, or S, M and L; after the word `plans` their plans alone.

    `step NAME SIZE` runs one step and prints it.
    """
    asked = sys.argv[1:] or ["S", "M", "L"]
    if asked[0] == "step":
        print(json.dumps(STEPS[asked[1]](asked[2])), flush=True)
        return
    alone = asked[0] == "plans"
    for size in asked[1:] if alone else asked:
        found = measured(size, alone=alone)
        file = OUT / f"bench-{size}.json"
        file.write_text(json.dumps(found, indent=1) + "\n")
        print(f"{file.relative_to(ROOT)}: {found['checks']}")


def measured(size: str, *, alone: bool = False) -> dict[str, Any]:
    """Everything about one size; `alone`: without relaxation, peers and longer runs."""
    limits, scenario = LIMITS[size], scenario_of(size)
    folder_of(size).mkdir(parents=True, exist_ok=True)
    runs = [step("plan", size, 3 * limits.seconds + 600) for _ in range(limits.runs)]
    runs.sort(key=lambda run: run.get("seconds", np.inf))
    found: dict[str, Any] = {
        "size": size,
        "lots": len(scenario.lots),
        "channels": len(scenario.channels),
        "periods": scenario.header.periods,
        "rules_off": RULES_OFF if size in SIZES else "",
        "machine": machine(),
        "versions": {name: version(name) for name in PACKAGES},
        "plan": runs[len(runs) // 2],
        "relaxation": None,
        "peers": {},
        "longer": None,
    }
    if alone:
        return found | {"checks": checks(found)}
    if limits.relaxation:
        found["relaxation"] = step("relaxation", size, limits.relaxation + 600)
    if limits.peer:
        found["peers"] = {
            name: run_peer(name, folder_of(size), limits.of_peer(name)) for name in limits.peers
        }
    else:
        found["longer"] = step("longer", size, TIMES_LONGER * limits.seconds + 600)
    return found | {"checks": checks(found)}


def machine() -> dict[str, Any]:
    """What it ran on, and how many other processes wanted the cores when it began."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(memory),
        "load": round(os.getloadavg()[0], 1),
        "system": platform.system(),
        "python": platform.python_version(),
    }


def checks(found: dict[str, Any]) -> dict[str, Any]:
    """Whether all agree: None where there is nothing to hold against."""
    plan, relaxation = found["plan"], found["relaxation"] or {}
    values = [row["value"] for row in found["peers"].values() if row.get("value") is not None]
    proven = [row["bound"] for row in (plan, relaxation) if row.get("bound") is not None]
    exact = relaxation.get("value") if relaxation.get("complete") else None
    best = (found["longer"] or {}).get("value")
    return {
        "peers_agree": _close(values, values[0]) if len(values) > 1 else None,
        "bound_holds": all(b >= max(values) * (1 - TOLERANCE) for b in proven) if values else None,
        "relaxation_is_exact": _close([exact], values[0]) if exact and values else None,
        "bound_holds_longer": all(b >= best for b in proven) if best else None,
    }


def _close(values: list[float], to: float) -> bool:
    return all(abs(value - to) <= TOLERANCE * abs(to) for value in values)


def scenario_of(size: str) -> Scenario:
    """The instance of that size, or the shipped scenario of that name."""
    return instance(size) if size in SIZES else load_scenario(ROOT / "scenarios" / size)


def folder_of(size: str) -> Path:
    """Where the files of a size are kept."""
    return OUT / "bench" / size


def plan_step(size: str) -> dict[str, Any]:
    """One plan from files to files, with the seconds of every phase and the memory it took."""
    return _plan(size, LIMITS[size].seconds)


def longer_step(size: str) -> dict[str, Any]:
    """The same with ten times the seconds and no gap at which to stop."""
    return _plan(size, TIMES_LONGER * LIMITS[size].seconds, gap=0.0)


def _plan(size: str, seconds: float, gap: float | None = None) -> dict[str, Any]:
    folder = folder_of(size)
    save_folder(scenario_of(size), folder / "scenario")
    began = clock()
    scenario = load_scenario(folder / "scenario")
    load, _ = since(began)
    asked = LIMITS[size].gap if gap is None else gap
    settings = Settings(seconds=seconds, gap=asked, memory_gb=MEMORY_GB)
    news: list[Progress] = []
    whole = clock()
    try:
        plan = make_plan(scenario, settings, news.append)
    except PlannerError as fault:
        return {"error": str(fault).splitlines()[0], "load": load}
    wall, cpu = since(whole)
    began = clock()
    write_tables(plan, folder / "tables")
    export, _ = since(began)
    began = clock()
    write_workbook(plan, folder / "plan.xlsx")
    workbook, _ = since(began)
    report = plan.report
    phases = {"load": load, **report.seconds, "export": export, "workbook": workbook}
    return {
        "seconds": wall,
        "cpu": cpu,
        "phases": phases,
        "options": report.options,
        "rows": report.rules,
        "value": report.value,
        "bound": report.bound,
        "gap": report.gap,
        "gap_asked": asked,
        "status": report.status,
        "stopped_because": report.stopped_because,
        "findings": len(plan.findings),
        "within": {f"{near:g}": within(news, report.bound, near) for near in NEAR},
        "baselines": dict(zip(plan.baselines["name"], plan.baselines["value"], strict=True)),
        "waiting": _with_a_solver_waiting(scenario, settings) if seconds <= SOON else None,
    }


def _with_a_solver_waiting(scenario: Scenario, settings: Settings) -> float:
    """Seconds of another plan in a process that serves people: its solver has loaded everything."""
    stay_ready()
    time.sleep(LOADING)
    began = clock()
    make_plan(scenario, settings)
    return since(began)[0]


def within(news: list[Progress], bound: float, near: float) -> float | None:
    """Seconds until a plan so near the last bound was known; None if none was told of."""
    good = bound - near * abs(bound)
    times = [one.seconds for one in news if one.value is not None and one.value >= good]
    return round(min(times), 2) if times else None


def relaxation_step(size: str) -> dict[str, Any]:
    """The relaxation solved by the planner, and the program written for the peers."""
    folder, limits = folder_of(size), LIMITS[size]
    lookup = Lookup(canonical(scenario_of(size)))
    began = clock()
    priced = price_scenario(lookup)
    options, options_cpu = since(began)
    began = clock()
    program, _ = build(priced)
    building, build_cpu = since(began)
    if limits.peer:
        write_program(program, folder / PROGRAM)
        with (folder / MPS).open("w") as out:
            write_mps(program, out, whole=False)
    began = clock()
    found = relaxed(program, limits.relaxation)
    solving, solve_cpu = since(began)
    began = clock()
    bound = certified_bound(program, found.bounding)
    certificate, _ = since(began)
    return {
        "options_seconds": options,
        "options_cpu": options_cpu,
        "build_seconds": building,
        "build_cpu": build_cpu,
        "solve_seconds": solving,
        "solve_cpu": solve_cpu,
        "certificate_seconds": certificate,
        "value": found.answer.objective,
        "bound": bound,
        "complete": found.complete,
        "rows": program.size[0],
        "columns": program.size[1],
        "entries": int(program.matrix.nnz),
    }


def relaxed(program: Program, seconds: float) -> Relaxation:
    """The planner's own optimum of the relaxation, not stopped before it is reached."""
    return solve_relaxation(program, time.monotonic() + seconds, lambda *_: None, enough=0.0)


STEPS: dict[str, Callable[[str], dict[str, Any]]] = {
    "plan": plan_step,
    "relaxation": relaxation_step,
    "longer": longer_step,
}


def step(name: str, size: str, seconds: float) -> dict[str, Any]:
    """One step in a process of its own."""
    said, why = told([sys.executable, "-m", "tests.benchmarks.bench", "step", name, size], seconds)
    return said | {"error": why} if why else said


def run_peer(name: str, folder: Path, seconds: float) -> dict[str, Any]:
    """One peer in a process of its own; what it said before it was ended counts."""
    command = [sys.executable, "-m", "tests.benchmarks.peers", name, str(folder), str(seconds)]
    said, why = told(command, 2 * seconds + STARTING)
    solved = said.get("value") is not None
    return said if solved else said | {"error": why or f"no optimum in {seconds:.0f} s"}


def told(command: list[str], seconds: float) -> tuple[dict[str, Any], str]:
    """All JSON objects a command printed, as one, with the most memory it and its children held
    together (MB), and why it ended early, if it did."""
    child = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    peak = [0]
    watcher = threading.Thread(target=_watch, args=(child.pid, peak), daemon=True)
    watcher.start()
    why = ""
    try:
        out, faults = child.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, signal.SIGKILL)
        out, faults = child.communicate()
        why = f"ended after {seconds:.0f} s"
    watcher.join()
    if child.returncode and not why:
        why = (faults.strip().splitlines() or [f"ended by signal {-child.returncode}"])[-1]
    said: dict[str, Any] = {}
    for line in out.splitlines():
        if line.startswith("{"):
            said |= json.loads(line)
    return said | {"mb": peak[0] >> 20}, why


def _watch(number: int, peak: list[int]) -> None:
    """Keep the most memory a process and its children hold, in bytes, until it ends."""
    try:
        process = psutil.Process(number)
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            held = 0
            for one in (process, *process.children(recursive=True)):
                with contextlib.suppress(psutil.NoSuchProcess):
                    held += one.memory_info().rss
            peak[0] = max(peak[0], held)
            time.sleep(WATCH_EVERY)
    except psutil.NoSuchProcess:
        pass


if __name__ == "__main__":
    main()
