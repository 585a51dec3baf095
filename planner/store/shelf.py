"""Plans <-> bytes, so that a plan outlives the process that made it.

A plan is a zip of one parquet file per table and its report as JSON, with the fingerprint of the
scenario, which whoever asks for the plan holds.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import asdict

import pandas as pd

from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Perspective
from planner.errors import Finding
from planner.plan.record import PLAN_TABLES, Plan, SolveReport
from planner.solve.settings import Settings

REPORT = "report.json"
MOST_KEPT = 40
"""So many plans are kept; a plan of the largest shipped scenario takes about half a megabyte."""


def pack(plan: Plan) -> bytes:
    """The plan without its scenario."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as book:
        for name, table in plan.tables.items():
            book.writestr(f"{name}.parquet", _packed(table))
        said = {
            "fingerprint": plan.scenario.fingerprint,
            "report": asdict(plan.report),
            "findings": [asdict(finding) for finding in plan.findings],
        }
        book.writestr(REPORT, json.dumps(said, ensure_ascii=False))
    return out.getvalue()


def unpack(content: bytes, scenario: Scenario) -> Plan:
    """The plan of a scenario that `pack` wrote; a ValueError where it is that of another."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        said = json.loads(book.read(REPORT))
        if said["fingerprint"] != scenario.fingerprint:
            raise ValueError("The plan kept is that of another scenario.")
        tables = {
            name: pd.read_parquet(io.BytesIO(book.read(f"{name}.parquet"))) for name in PLAN_TABLES
        }
    return Plan(
        scenario=scenario,
        **tables,
        report=SolveReport(**said["report"]),
        findings=tuple(Finding(**finding) for finding in said["findings"]),
    )


def settings_key(settings: Settings) -> str:
    """Settings as the text a plan is kept under."""
    return json.dumps(settings.as_dict(), sort_keys=True)


def settings_of(key: str) -> Settings:
    """The settings that `settings_key` wrote."""
    known = json.loads(key)
    whose = known["perspective"]
    return Settings(**{**known, "perspective": Perspective(whose) if whose else None})


def _packed(table: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    table.to_parquet(out, compression="zstd")
    return out.getvalue()
