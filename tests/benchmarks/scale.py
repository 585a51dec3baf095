"""Measures the engine that works slice by slice: `python -m tests.benchmarks.scale M L`.

Writes out/bench-scale.json and the tables of docs/scale.md between its marks. `longer XL` goes on
for ten times as long as the run kept of XL and prints its plan and bound: both must stay below the
bound kept.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

from planner.domain.scenario import canonical
from planner.large import WALKING_SHARE, LargePlan, large_plan
from planner.solve.settings import Settings
from tests.benchmarks.bench import LIMITS, TIMES_LONGER
from tests.benchmarks.instances import SIZES, instance

ROOT = Path(__file__).parents[2]
OUT = ROOT / "out" / "bench-scale.json"
PAGE = ROOT / "docs" / "scale.md"
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
PHASES = ("slices", "prices", "merge", "polish")
LARGEST = 100_000_000
"""Lots the page extrapolates to."""
NO_GAP = 1e-9
Row = dict[str, float | str]


def measured(size: str) -> Row:
    """One size, with the cpu seconds of this process and its workers."""
    scenario = canonical(instance(size))
    begin, before = time.monotonic(), _cpu()
    limits = LIMITS[size]
    found = large_plan(scenario, Settings(seconds=limits.seconds, gap=limits.gap))
    return row_of(size, found, time.monotonic() - begin, _cpu() - before)


def longer(size: str, kept: Row) -> Row:
    """A run of ten times the length of the one kept; it looks for whole units once, at its end."""
    scenario = canonical(instance(size))
    begin, before = time.monotonic(), _cpu()
    seconds = TIMES_LONGER * float(kept["wall"]) / WALKING_SHARE
    found = large_plan(scenario, Settings(seconds=seconds, gap=NO_GAP))
    return row_of(size, found, time.monotonic() - begin, _cpu() - before)


def row_of(size: str, found: LargePlan, wall: float, cpu: float) -> Row:
    """Figures of one run; seconds of phases are wall."""
    own, workers = (
        resource.getrusage(who).ru_maxrss / 1024
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return {
        "size": size,
        "lots": SIZES[size].lots,
        "options": found.options,
        "wall": round(wall, 1),
        "cpu": round(cpu, 1),
        **{phase: round(found.solution.seconds.get(phase, 0.0), 1) for phase in PHASES},
        "value": found.solution.value,
        "bound": found.solution.bound,
        "gap": found.solution.gap,
        "steps": found.steps,
        "bytes_per_step": found.bytes_per_step,
        "memory_mb": round(own),
        "memory_of_largest_worker_mb": round(workers),
    }


def _cpu() -> float:
    """Cpu seconds so far; those of workers count once they have ended."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def tables(rows: list[Row]) -> str:
    """The measured part of the page."""
    head = "| size | lots | options | cpu s | wall s | value | bound | gap | memory, MB |"
    lines = [head, "|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        memory = f"{row['memory_mb']:,.0f} + {row['memory_of_largest_worker_mb']:,.0f} a worker"
        lines.append(
            f"| {row['size']} | {row['lots']:,} | {row['options']:,} | {row['cpu']:,} "
            f"| {row['wall']:,} | {row['value']:,.0f} | {row['bound']:,.0f} "
            f"| {row['gap']:.2%} | {memory} |"
        )
    lines += ["", f"| size | {' | '.join(f'{phase}, wall s' for phase in PHASES)} |"]
    lines.append("|---" * (len(PHASES) + 1) + "|")
    for row in rows:
        lines.append(f"| {row['size']} | {' | '.join(str(row[phase]) for phase in PHASES)} |")
    lines += ["", "| size | cpu ms a lot | cpu µs an option | steps | bytes a step |"]
    lines.append("|---|---|---|---|---|")
    for row in rows:
        lot, option = (1e6 * float(row["cpu"]) / float(row[name]) for name in ("lots", "options"))
        lines.append(
            f"| {row['size']} | {lot / 1e3:,.2f} | {option:,.1f} | {row['steps']:,.0f} "
            f"| {row['bytes_per_step']:,.0f} |"
        )
    last = rows[-1]
    hours = float(last["cpu"]) / float(last["lots"]) * LARGEST / 3600
    lines += [
        "",
        f"At the cost of a lot measured on {last['size']}, {LARGEST:,} lots would take "
        f"{hours:,.0f} processor hours.",
    ]
    return "\n".join(lines)


def main(sizes: list[str]) -> None:
    """Measure, keep what other sizes gave before, and write the page."""
    known = json.loads(OUT.read_text()) if OUT.exists() else {}
    if sizes[0] == "longer":
        for size in sizes[1:]:
            print(json.dumps(longer(size, known[size]), indent=1))
        return
    for size in sizes:
        known[size] = measured(size)
        OUT.parent.mkdir(exist_ok=True)
        OUT.write_text(json.dumps(known, indent=1))
    write_page([known[size] for size in SIZES if size in known])


def write_page(rows: list[Row]) -> None:
    """Put the tables between the page's marks."""
    text = PAGE.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN)
    tail = rest.split(END)[1]
    PAGE.write_text(f"{head}{BEGIN}\n{tables(rows)}\n{END}{tail}", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:] or ["M", "L"])
