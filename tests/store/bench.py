"""What the tests of the store share: a store in a folder of its own, and random edits."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from planner.domain.changes import WHOLE_ROW, Change, Plain
from planner.domain.scenario import Scenario
from planner.store import Base, Sheets, Store
from planner.store.history import names
from planner.store.sheets import Sheet, key_in

ANN, BOB = "Ann", "Bob"


def a_store(folder: Path, name: str = "workbench.sqlite") -> Store:
    """A store whose clock counts."""
    ticks = count(1)
    return Store(folder / name, clock=lambda: f"2026-01-01T00:00:{next(ticks):04d}")


def a_scenario(store: Store, base: Scenario, who: str = ANN) -> str:
    """A scenario on a base kept in the store."""
    kept = store.keep_base(base.fingerprint, "tiny", base.model_dump_json())
    return store.create("tiny, edited", kept, who)


def base_of(fingerprint: str = "f") -> Base:
    """A base for tests that never look into it."""
    return Base("kept", fingerprint, fingerprint)


def cell(key: str, old: Plain, new: Plain, field: str = "units", table: str = "lots") -> Change:
    """One cell changed."""
    return Change(table, (key,), field, old, new)


def sheets_of(store: Store, scenario: str, base: Scenario) -> Sheets:
    """The scenario as the store says it now."""
    sheets = Sheets(base)
    for made in store.history(scenario).made:
        sheets.make(made.changes)
    return sheets


CELLS: dict[tuple[str, str], tuple[Plain, ...]] = {
    ("lots", "units"): (10, 77, 400, -5),
    ("lots", "tag"): (299.0, 999.5),
    ("lots", "labels"): (("CN",), ("CN", "EN"), ()),
    ("lots", "lot"): ("renamed", "again"),
    ("brands", "floor_export"): (0.2, 0.35, 7.0),
    ("exchange_rates", "rate"): (5.0, 6.5),
    ("scenario", "title"): ("another title", ""),
    ("scenario", "insurance_rate"): (0.0, 0.01),
}
"""Cells that are edited and what may be typed into them, wrong values included."""


def random_changes(sheets: Sheets, chance: random.Random) -> tuple[Change, ...]:
    """One step of somebody at work: a few cells, a row taken out, or a row that is new."""
    kind = chance.choice(("cells", "cells", "cells", "take out", "new row"))
    if kind == "cells":
        return tuple(_cells(sheets, chance, chance.randint(1, 4)))
    table = chance.choice(("lots", "locks"))
    rows = sheets.now[table]
    if kind == "take out" and rows.rows:
        row = chance.choice(list(rows.rows.values()))
        return (Change(table, key_in(table, row), WHOLE_ROW, row, None),)
    return tuple(_new_rows(sheets.now["lots"], chance))


def _cells(sheets: Sheets, chance: random.Random, many: int) -> Iterator[Change]:
    taken: set[object] = set()
    for _ in range(many):
        (table, field), values = chance.choice(list(CELLS.items()))
        row = chance.choice(list(sheets.now[table].rows.values()))
        change = Change(table, key_in(table, row), field, row[field], chance.choice(values))
        touched = {(table, change.key), *names(change)}
        free = not touched & taken and not sheets.now[table].obstacle(change)
        if free and change.old != change.new:
            taken |= touched
            yield change


def _new_rows(lots: Sheet, chance: random.Random) -> Iterator[Change]:
    name = f"new {chance.randint(1, 9)}"
    if lots.find((name,)) is None and lots.rows:
        row = {**next(iter(lots.rows.values())), "lot": name, "units": chance.randint(1, 50)}
        yield Change("lots", (name,), WHOLE_ROW, None, row)
