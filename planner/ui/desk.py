"""One visitor's work on one scenario: the scenario as loaded, the edits, the scenario they make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from planner.domain.records import Header
from planner.domain.scenario import TABLES, Scenario
from planner.errors import Finding, ScenarioError
from planner.io import frames_of, scenario_from_frames
from planner.io.cells import columns, excel_value
from planner.ui.edits import (
    Cell,
    Edits,
    Kinds,
    Row,
    cells,
    combine,
    edited_rows,
    grid,
    in_words,
    name_of,
    rows_of,
)
from planner.ui.jobs import Request

HEADER = "scenario"
"""The header, edited as a table of field and value."""
EDITABLE = (HEADER, *TABLES)
HEADER_KINDS: Kinds = {"field": str, "value": str, "unit": str, "meaning": str}
CHANGE_COLUMNS = ("table", "row", "field", "old", "new")


@dataclass
class Sheet:
    """A table on the desk: its rows as loaded, the edits now, and those when its grid was drawn."""

    rows: list[Row]
    kinds: Kinds
    key: tuple[str, ...]
    edits: Edits = field(default_factory=Edits)
    drawn_with: Edits = field(default_factory=Edits)
    generation: int = 0

    def draw_afresh(self) -> None:
        """The grid is drawn again from the edits now, under a new name."""
        self.drawn_with = self.edits
        self.generation += 1

    @property
    def drawn(self) -> pd.DataFrame:
        """What the grid was drawn with; it stays the same while the user types."""
        return grid(edited_rows(self.rows, self.drawn_with), self.kinds)

    @property
    def now(self) -> list[Row]:
        """The rows with every edit made."""
        return edited_rows(self.rows, self.edits)


@dataclass
class Desk:
    """A scenario being worked on, the plan last asked for and the plan last shown."""

    base: Scenario
    sheets: dict[str, Sheet]
    asked: Request | None = None
    shown: Request | None = None
    _scenario: Scenario | None = None
    _findings: tuple[Finding, ...] = ()

    @classmethod
    def of(cls, scenario: Scenario) -> Desk:
        """A desk with nothing edited."""
        frames = frames_of(scenario)
        sheets = {HEADER: Sheet(_header_rows(scenario), HEADER_KINDS, ("field",))}
        for table, record in TABLES.items():
            kinds = {column.name: column.kind for column in columns(record)}
            sheets[table] = Sheet(rows_of(frames[table]), kinds, record.key_fields)
        return cls(scenario, sheets, _scenario=scenario)

    @property
    def scenario(self) -> Scenario | None:
        """The scenario as edited; None while it has findings."""
        return self._scenario

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the scenario as edited."""
        return self._findings

    @property
    def changes(self) -> pd.DataFrame:
        """One row per edit: table, row, field, old, new; all text."""
        words = [
            word
            for table, sheet in self.sheets.items()
            for word in in_words(table, sheet.rows, sheet.edits, sheet.key)
        ]
        return pd.DataFrame(words, columns=list(CHANGE_COLUMNS))

    @property
    def count(self) -> int:
        """Changed cells, new rows and rows taken out."""
        return sum(sheet.edits.count for sheet in self.sheets.values())

    def commit(self, table: str, report: Mapping[str, Any]) -> None:
        """Takes in what the table's grid reports; the same report twice changes nothing."""
        sheet = self.sheets[table]
        edits = combine(sheet.rows, sheet.kinds, sheet.drawn_with, report)
        if edits != sheet.edits:
            sheet.edits = edits
            self._rebuild()

    def revert(self, table: str | None = None) -> None:
        """Takes back the edits of a table, or all of them."""
        for name, sheet in self.sheets.items():
            if table in (None, name):
                sheet.edits = Edits()
                sheet.draw_afresh()
        self._rebuild()

    def findings_in_words(self) -> pd.DataFrame:
        """One row per finding: table, row, name, field, problem, remedy."""
        return pd.DataFrame(
            [
                {
                    "table": finding.table,
                    "row": finding.row or None,
                    "name": self._name(finding),
                    "field": finding.field,
                    "problem": finding.problem,
                    "remedy": finding.remedy,
                }
                for finding in self._findings
            ]
        )

    def _name(self, finding: Finding) -> str:
        sheet = self.sheets.get(finding.table)
        if sheet is None or finding.table == HEADER or finding.row < 2:
            return ""
        rows = sheet.now
        place = finding.row - 2
        return name_of(rows[place], sheet.key) if place < len(rows) else ""

    def _rebuild(self) -> None:
        header: dict[str, Cell] = {row["field"]: row["value"] for row in self.sheets[HEADER].now}
        frames = {
            table: cells(self.sheets[table].now, self.sheets[table].kinds) for table in TABLES
        }
        try:
            self._scenario, self._findings = scenario_from_frames(header, frames), ()
        except ScenarioError as error:
            self._scenario, self._findings = None, error.findings


def _header_rows(scenario: Scenario) -> list[Row]:
    return [
        {
            "field": column.name,
            "value": _text(getattr(scenario.header, column.name)),
            "unit": column.unit,
            "meaning": f"{column.meaning_en} {column.meaning_zh}",
        }
        for column in columns(Header)
    ]


def _text(value: object) -> str:
    plain = excel_value(value)
    return "" if plain is None else str(plain)
