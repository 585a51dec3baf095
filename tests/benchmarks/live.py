"""Fifty edits of surplus-2026, one after the other, as a merchandiser makes them at the screen.

`python -m tests.benchmarks.live` plays them against `planner.live.Live` and writes
out/bench-live.json: seconds to the first audited plan, for every tenth edit those until the proof, and
after the last those HiGHS needs from nothing for the same relaxation. When all are played the bound of
every edited scenario is proven, from nothing, for the gaps of the first plans.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from planner.domain import records as r
from planner.domain.changes import Change, difference
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario, canonical
from planner.domain.vocabulary import LockKind, PriceBasis, PriceBound
from planner.landed_cost.options import price_scenario
from planner.model.build import build
from planner.model.mps import write_program as write_mps
from planner.solve.certificate import certified_bound
from planner.solve.column_generation import solve_relaxation
from planner.solve.settings import Settings
from tests.benchmarks.bench import OUT, ROOT, clock, machine, run_peer, since
from tests.benchmarks.peers import MPS

Step = Callable[[Scenario], Scenario]
HIGHS = ("HiGHS simplex on the MPS", "HiGHS interior point on the MPS")
HIGHS_SECONDS = 240.0
BOUND_SECONDS = 120.0
PROVE_EVERY = 10


@dataclass(frozen=True)
class Edit:
    """What the merchandiser does, of which kind, and what changes by it."""

    kind: str
    name: str
    changes: tuple[Change, ...]


def edits(scenario: Scenario) -> Iterator[Edit]:
    """The fifty edits in their order; each starts from what the ones before have left."""
    for kind, name, step in SCRIPT:
        changed = step(scenario)
        yield Edit(kind, name, difference(scenario, changed))
        scenario = changed


def _scaled(table: str, key: str, name: str, fields: Sequence[str], by: float) -> Step:
    """Rows of a table whose key field has this value, with some numbers multiplied."""

    def step(scenario: Scenario) -> Scenario:
        rows = tuple(
            row.model_copy(update={field: round(getattr(row, field) * by, 10) for field in fields})
            if getattr(row, key) == name
            else row
            for row in getattr(scenario, table)
        )
        return scenario.model_copy(update={table: rows})

    return step


def _with(table: str, row: r.Record) -> Step:
    """A new row at the end of a table."""
    return lambda scenario: scenario.model_copy(update={table: (*getattr(scenario, table), row)})


def _without(table: str, key: str, name: str) -> Step:
    """A table without the row of this key."""

    def step(scenario: Scenario) -> Scenario:
        rows = tuple(row for row in getattr(scenario, table) if getattr(row, key) != name)
        return scenario.model_copy(update={table: rows})

    return step


def _rate(currency: str, by: float) -> tuple[str, str, Step]:
    step = _scaled("exchange_rates", "currency", currency, ("rate",), by)
    return "rate", f"{currency} x {by:g}", step


def _floor(brand: str, by: float) -> tuple[str, str, Step]:
    fields = ("floor_domestic", "floor_export")
    return "floor", f"{brand} x {by:g}", _scaled("brands", "brand", brand, fields, by)


def _cap(name: str, value: float, **where: Any) -> tuple[str, str, Step]:
    row = r.PriceRule(
        rule=name, bound=PriceBound.CAP, basis=PriceBasis.TAG, value=value, age_least=1, **where
    )
    return "cap", f"{name}: {value:g} of the tag", _with("price_rules", row)


def _capacity(table: str, key: str, name: str, field: str, by: float) -> tuple[str, str, Step]:
    return "capacity", f"{name} x {by:g}", _scaled(table, key, name, (field,), by)


def _lock(name: str, kind: LockKind, **what: Any) -> tuple[str, str, Step]:
    return "lock", name, _with("locks", r.Lock(lock=name, kind=kind, **what))


def _off(market: str) -> tuple[str, str, Step]:
    lock = r.Lock(lock=f"{market} off", kind=LockKind.BAN, markets=(market,))
    return "market off", market, _with("locks", lock)


def _on(market: str) -> tuple[str, str, Step]:
    return "market off", f"{market} again", _without("locks", "lock", f"{market} off")


def _demand(channel: str, by: float) -> tuple[str, str, Step]:
    step = _scaled("demand", "channel", channel, ("units_per_period",), by)
    return "demand", f"{channel} x {by:g}", step


BY_KIND = (
    (
        _rate("ZAR", 0.88),
        _rate("VND", 1.05),
        _rate("USD", 1.03),
        _rate("RUB", 0.9),
        _rate("THB", 1.04),
        _rate("MYR", 0.97),
        _rate("PHP", 1.02),
        _rate("ZAR", 1.1),
    ),
    (
        _floor("B02", 1.2),
        _floor("B04", 0.9),
        _floor("B05", 1.1),
        _floor("B01", 1.1),
        _floor("B07", 0.95),
        _floor("B03", 1.15),
        _floor("B02", 0.85),
    ),
    (
        _cap("old goods", 0.6),
        _cap("old goods in Vietnam", 0.26, markets=("VN",)),
        _cap("shoes", 0.4, categories=("footwear",)),
        _cap("B06", 0.3, brands=("B06",)),
        _cap("Russia", 0.4, markets=("RU",)),
        _cap("appliances at home", 0.4, markets=("CN-*",), categories=("appliance",)),
        _cap("Malaysia", 0.3, channels=("MY-MKT",)),
    ),
    (
        _capacity("sites", "site", "H-EAST", "throughput_units_per_day", 0.8),
        _capacity("legs", "leg", "W-SHA>H-EAST", "cbm_per_day", 1.25),
        _capacity("channels", "channel", "VN-MKT", "units_per_day", 0.75),
        _capacity("sites", "site", "H-SOUTH", "throughput_units_per_day", 1.2),
        _capacity("legs", "leg", "P-NSA>VN FCL", "boxes_per_period", 0.5),
        _capacity("channels", "channel", "CN-T3-GROUP", "units_per_day", 1.1),
        _capacity("sites", "site", "H-EAST", "throughput_units_per_day", 1.25),
    ),
    (
        _lock("B03 keeps out of the Gulf", LockKind.BAN, brands=("B03",), channels=("AE-DDP",)),
        _lock(
            "L002 at most 3,000 at home",
            LockKind.MAX_UNITS,
            lots=("L002",),
            markets=("CN-*",),
            units=3000,
        ),
        _lock("Vietnam early", LockKind.BAN, channels=("VN-MKT",), sell_period=2),
        _lock(
            "B01 at two prices",
            LockKind.PRICE,
            brands=("B01",),
            channels=("TH-MKT",),
            rungs=("R100", "R070"),
        ),
        _lock(
            "L001 at least 500 in tier 3",
            LockKind.MIN_UNITS,
            lots=("L001",),
            channels=("CN-T3-GROUP",),
            units=500,
        ),
        _lock(
            "no beauty in the Philippines", LockKind.BAN, categories=("beauty",), markets=("PH",)
        ),
        _lock("nothing leaves in period 5 for Kenya", LockKind.BAN, markets=("KE",), ship_period=5),
    ),
    (_off("NG"), _off("BR"), _on("NG"), _off("KZ"), _on("BR"), _off("TH"), _on("KZ")),
    (
        _demand("VN-MKT", 0.65),
        _demand("RU-WB", 1.2),
        _demand("CN-T4-GROUP", 0.9),
        _demand("ZA-JV", 1.3),
        _demand("VN-MKT", 1.4),
        _demand("PH-MKT", 0.8),
        _demand("CN-T5-REBATE", 1.15),
    ),
)
SCRIPT: tuple[tuple[str, str, Step], ...] = tuple(
    kind[turn] for turn in range(8) for kind in BY_KIND if turn < len(kind)
)
"""One edit of each kind in turn."""


def main() -> None:
    """Play the script and write what was measured."""
    from planner.io import load_scenario
    from planner.live import Live

    scenario = load_scenario(ROOT / "scenarios" / "surplus-2026")
    live = Live(scenario, Settings(seconds=100, gap=0.001))
    found = played(live, scenario)
    file = OUT / "bench-live.json"
    file.write_text(json.dumps(found, indent=1) + "\n")
    print(json.dumps(found["summary"], indent=1))


def played(live: Any, scenario: Scenario) -> dict[str, Any]:
    """Every edit with its seconds and its gap, and what they come to."""
    began = clock()
    live.proof()
    first, _ = since(began)
    rows, edited = [], []
    for number, edit in enumerate(edits(scenario), start=1):
        at = time.monotonic()
        plan = live.edit(edit.changes)
        row: dict[str, Any] = {
            "kind": edit.kind,
            "name": edit.name,
            "seconds": round(time.monotonic() - at, 6),
            "value": plan.report.value,
            "findings": len(plan.findings),
        }
        if number % PROVE_EVERY == 0:
            at = time.monotonic()
            proof = live.proof()
            row["proof_seconds"] = round(time.monotonic() - at, 3)
            row["proof_gap"] = proof.report.gap
        rows.append(row)
        edited.append(plan.scenario)
    for row, changed in zip(rows, edited, strict=True):
        row["bound"] = bound_of(changed)
        row["gap"] = (row["bound"] - row["value"]) / abs(row["bound"])
    rows[-1]["from_nothing"] = from_nothing(plan.scenario)
    return {"machine": machine(), "first_plan": first, "edits": rows, "summary": summary(rows)}


def bound_of(scenario: Scenario) -> float:
    """What no plan of a scenario can exceed, from its relaxation over all options."""
    program, _ = build(price_scenario(Lookup(canonical(scenario))))
    relaxed = solve_relaxation(program, time.monotonic() + BOUND_SECONDS, lambda *_: None)
    return certified_bound(program, relaxed.bounding)


def from_nothing(scenario: Scenario) -> dict[str, float | None]:
    """Seconds HiGHS needs for the relaxation of a scenario, its file already written."""
    folder = OUT / "bench" / "live"
    folder.mkdir(parents=True, exist_ok=True)
    program, _ = build(price_scenario(Lookup(canonical(scenario))))
    with (folder / MPS).open("w") as out:
        write_mps(program, out, whole=False)
    found: dict[str, float | None] = {}
    for name in HIGHS:
        said = run_peer(name, folder, HIGHS_SECONDS)
        done = said.get("value") is not None
        found[name] = said["build_seconds"] + said["solve_seconds"] if done else None
    return found


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, float | int | None]:
    """The figures the bar is set in."""
    seconds = [row["seconds"] for row in rows]
    highs = [
        min(known)
        for row in rows
        if (known := [s for s in row.get("from_nothing", {}).values() if s is not None])
    ]
    median = statistics.median(seconds)
    gaps = [row["gap"] for row in rows]
    return {
        "edits": len(rows),
        "median_seconds": median,
        "worst_seconds": max(seconds),
        "median_gap": statistics.median(gaps),
        "worst_gap": max(gaps),
        "findings": sum(row["findings"] for row in rows),
        "times_faster_than_highs": statistics.median(highs) / median if highs else None,
    }


if __name__ == "__main__":
    main()
