"""Decisions taken in the plan's own table -> rows of the table of locks; pure, without streamlit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from planner.domain.changes import WHOLE_ROW, Change, plain_row
from planner.domain.records import Lock
from planner.domain.vocabulary import LockKind
from planner.language import english
from planner.store.sheets import Sheet

Line = Mapping[str, Any]
"""A line of `planner.report.placements`: lot, market, channel, units, rungs, ..."""


LONGEST_NAME = 75
"""Of a lock, before a number that tells it from another."""


class Scope(StrEnum):
    """How much of the plan a decision is about."""

    CELL = english("this lot in this channel")
    LOT = english("the whole lot")
    MARKET = english("the whole market")


WORDS: dict[LockKind, str] = {
    LockKind.UNITS: english("exactly"),
    LockKind.MIN_UNITS: english("at least"),
    LockKind.MAX_UNITS: english("at most"),
    LockKind.BAN: english("ban"),
    LockKind.PRICE: english("hold the price"),
}


def locks_on(
    lines: Sequence[Line], kind: LockKind, scope: Scope, units: int | None, note: str, locks: Sheet
) -> list[Change]:
    """New rows of locks for the lines chosen; units None = those of the plan."""
    groups: dict[tuple[str, ...], list[Line]] = {}
    for line in lines:
        groups.setdefault(_selection(line, scope), []).append(line)
    taken = {str(row["lock"]) for row in locks.rows.values()}
    changes = []
    for some in groups.values():
        lock = _lock(some, kind, scope, units, note, taken)
        taken.add(lock.lock)
        changes.append(Change("locks", (lock.lock,), WHOLE_ROW, None, plain_row(lock)))
    return changes


def _selection(line: Line, scope: Scope) -> tuple[str, ...]:
    if scope is Scope.CELL:
        return str(line["lot"]), str(line["channel"])
    return (str(line["lot" if scope is Scope.LOT else "market"]),)


def _lock(
    lines: Sequence[Line],
    kind: LockKind,
    scope: Scope,
    units: int | None,
    note: str,
    taken: set[str],
) -> Lock:
    first = lines[0]
    counted = kind in (LockKind.UNITS, LockKind.MIN_UNITS, LockKind.MAX_UNITS)
    planned = sum(int(line["units"]) for line in lines)
    rungs = sorted({rung for line in lines for rung in str(line["rungs"]).split(";")})
    what = " in ".join(_selection(first, scope))
    return Lock(
        lock=_free(f"{WORDS[kind]}: {what}"[:LONGEST_NAME], taken),
        kind=kind,
        lots=() if scope is Scope.MARKET else (str(first["lot"]),),
        markets=(str(first["market"]),) if scope is Scope.MARKET else (),
        channels=(str(first["channel"]),) if scope is Scope.CELL else (),
        rungs=tuple(rungs) if kind is LockKind.PRICE else (),
        units=(planned if units is None else units) if counted else None,
        note=note,
    )


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name} {number}"
    return free
