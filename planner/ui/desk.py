"""One visitor's desk: a scenario of the workbench as rows, its grids, what was asked and shown."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from planner.domain.changes import Change, Key, said
from planner.domain.check.basics import HEADER
from planner.domain.scenario import Scenario
from planner.errors import Finding
from planner.language import english
from planner.plan.record import Plan
from planner.store import Conflict, History, Made, Sheets
from planner.store.sheets import EDITABLE, Row
from planner.ui.edits import Grid, marks
from planner.ui.jobs import Request

CHANGE_COLUMNS = ("table", "row", "field", "old", "new", "who", "when", "note")


@dataclass
class Desk:
    """A scenario being worked on, the plan last asked for and the plans last shown."""

    sheets: Sheets
    history: History | None = None
    """None while it is a shipped scenario, which is only read."""
    grids: dict[str, Grid] = field(default_factory=dict)
    chosen: dict[str, frozenset[str]] = field(default_factory=dict)
    """Words by which a table's grid is narrowed."""
    generations: dict[str, int] = field(default_factory=dict)
    name: str = field(default_factory=lambda: uuid.uuid4().hex[:8])
    """Part of the grids' keys: it stays when the first edit makes a copy of a shipped scenario."""
    version: int = 0
    asked: Request | None = None
    shown: Request | None = None
    plan: Plan | None = None
    plan_before: Plan | None = None
    first_seen: Plan | None = None
    conflicts: list[Conflict] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """What a grid reported and could not be made."""
    _print: tuple[Scenario, str] | None = None

    @property
    def base(self) -> Scenario:
        """What the scenario starts from."""
        return self.sheets.base

    @property
    def scenario(self) -> Scenario | None:
        """The scenario as edited; None while it has findings."""
        return self.sheets.scenario

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the scenario as edited."""
        return self.sheets.findings

    @property
    def locked(self) -> bool:
        """Whether nothing may be changed."""
        return self.history is not None and self.history.locked

    def fingerprint(self) -> str:
        """That of the scenario as edited; it must be sound."""
        scenario = self.scenario
        assert scenario is not None
        if self._print is None or self._print[0] is not scenario:
            self._print = scenario, scenario.fingerprint
        return self._print[1]

    # Grids

    def grid_key(self, table: str) -> str:
        """The name of a table's grid, constant while the user types."""
        return f"grid {self.name} {table} {self.generations.get(table, 0)}"

    def draw(self, table: str, words: str = "") -> Grid:
        """The grid of a table, drawn afresh where it is not there or shows other rows."""
        known = self.grids.get(table)
        wanted = frozenset(words.casefold().split())
        if known is None or self.chosen.get(table, frozenset()) != wanted:
            self.draw_afresh([table])
            self.chosen[table] = wanted
            known = self.grids[table] = Grid.of(table, self.matching(table, words))
        return known

    def draw_afresh(self, tables: Sequence[str]) -> None:
        """The grids of tables are forgotten and get another name."""
        for table in tables:
            self.grids.pop(table, None)
            self.generations[table] = self.generations.get(table, 0) + 1

    def take_in(self, table: str, report: Mapping[str, Any]) -> list[Change]:
        """The changes a grid reports for the first time."""
        grid = self.grids.get(table)
        if grid is None:
            return []
        changes, problems = grid.take_in(report, self.sheets.now[table])
        self.problems += problems
        return changes

    def marks(self, table: str) -> list[str]:
        """What differs from the base, for each row of a table's grid."""
        return marks(self.grids[table], self.sheets.now[table], self.sheets.before[table])

    def matching(self, table: str, words: str) -> list[Row]:
        """The rows with every one of some words in any of their cells."""
        rows, wanted = list(self.sheets.now[table].rows.values()), words.casefold().split()
        if not wanted or table == HEADER:
            return rows
        texts = (" ".join(map(said, row.values())).casefold() for row in rows)
        return [
            row for row, text in zip(rows, texts, strict=True) if all(w in text for w in wanted)
        ]

    # The store

    def catch_up(self, history: History, mine: int = 0) -> None:
        """Makes what the store holds beyond this desk; other people's changes draw grids afresh.

        The version `mine` is what this desk's own grid has just reported.
        """
        for made in history.made_since(self.version):
            touched = self.sheets.make(made.changes)
            if made.version != mine:
                self.draw_afresh(sorted(touched))
        self.history, self.version = history, history.version

    # In words

    @property
    def changes(self) -> list[Change]:
        """What differs from the base."""
        return list(self.sheets.differences())

    def makers(self) -> dict[tuple[str, Key], Made]:
        """Who last changed each row, by table and key."""
        made = self.history.made if self.history else ()
        return {(change.table, change.key): each for each in made for change in each.changes}

    def ledger(self) -> pd.DataFrame:
        """One row per difference from the base: table, row, field, old, new, who, when, note."""
        latest = {
            change.place: made
            for made in (self.history.made if self.history else ())
            for change in made.changes
        }
        lines = []
        for change in self.changes:
            made = latest.get(change.place)
            whole = change.is_row
            lines.append(
                (
                    change.table,
                    " | ".join(change.key),
                    english("whole row") if whole else change.field,
                    ("" if change.old is None else english("there")) if whole else said(change.old),
                    _new_in_words(change),
                    made.who if made else "",
                    made.at.replace("T", " ")[:16] if made else "",
                    made.note or made.words if made else "",
                )
            )
        return pd.DataFrame(lines, columns=list(CHANGE_COLUMNS))

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
                for finding in self.findings
            ]
        )

    def _name(self, finding: Finding) -> str:
        if finding.table not in EDITABLE or finding.table == HEADER or finding.row < 2:
            return ""
        sheet = self.sheets.now[finding.table]
        places = list(sheet.rows)
        at = finding.row - 2
        return " | ".join(sheet.key_at(places[at])) if at < len(places) else ""


def _new_in_words(change: Change) -> str:
    if not change.is_row:
        return said(change.new)
    return english("taken out") if change.new is None else str(change).partition(": ")[2]
