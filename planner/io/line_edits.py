"""The shipment lines of an edited plan workbook -> what was edited, and the locks that keep it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from planner.domain.changes import WHOLE_ROW, Change, key_of, plain_row
from planner.domain.columns import Fault, columns, get_words, tidy
from planner.domain.records import Lock
from planner.domain.scenario import Scenario
from planner.domain.selectors import did_you_mean
from planner.domain.vocabulary import LockKind
from planner.errors import Finding
from planner.io.about import Line
from planner.io.cells import is_blank, read_cell
from planner.io.grids import Cell, Grid, column_letters
from planner.language import english

LINES = "lines"
"""What edits of shipment lines call their table."""
HEADINGS = {
    "line": ("line", "行", "行号", "发货行"),
    "lot": ("lot", "货批"),
    "channel": ("channel", "渠道"),
    "units": ("units", "件数"),
    "rung": ("price rung", "rung", "阶梯档", "价格档"),
    "lock": ("lock", "锁定"),
}
"""What the columns of the shipment lines are called."""
NEEDED = ("line", "lot", "channel", "units", "rung")
CHINESE_LOCKS = {
    "锁定": LockKind.UNITS,
    "至少": LockKind.MIN_UNITS,
    "至多": LockKind.MAX_UNITS,
    "锁价": LockKind.PRICE,
    "禁止": LockKind.BAN,
}
LOCK_WORDS = {
    "keep": LockKind.UNITS,
    "at least": LockKind.MIN_UNITS,
    "at most": LockKind.MAX_UNITS,
    **CHINESE_LOCKS,
}
"""What may stand in the column Lock, beside the words of the scenario's locks."""
LOCKS_OFFERED = {
    "en": get_words(LockKind),
    "zh": tuple(CHINESE_LOCKS),
    "both": (*get_words(LockKind), *CHINESE_LOCKS),
}
"""What a workbook offers in that column, by the language of its headings."""
HEADER_WITHIN = 12
LONGEST_NAME = 60


@dataclass(frozen=True)
class LineEdit:
    """One edited cell of a shipment line, the line as planned, and its lot's others of that time.

    The change's field is 'units', 'rung' or 'lock'; `beside` are the lines of the same lot, channel
    and sell period.
    """

    change: Change
    where: str
    line: Line
    beside: tuple[Line, ...]


def line_edits(
    grids: Sequence[Grid], lines: Sequence[Line], findings: list[Finding]
) -> Iterator[LineEdit]:
    """The edited cells of the sheet with the shipment lines; what cannot be read is a finding."""
    for grid in grids:
        found = _header(grid) if grid.visible else None
        if found is None:
            continue
        if lines:
            yield from _edits(grid, *found, lines, findings)
        else:
            problem = english(
                "The workbook does not say what was planned; its lines are not compared."
            )
            remedy = english("Name the plan it was made from, or set locks instead.")
            findings.append(Finding(grid.title, 0, "", problem, remedy))
        return


def locks_of(edits: Sequence[LineEdit], scenario: Scenario) -> list[Change]:
    """The changes of the table of locks that keep edited lines as they were edited."""
    by_line: dict[str, dict[str, LineEdit]] = {}
    for edit in edits:
        by_line.setdefault(edit.line.line, {})[edit.change.field] = edit
    rungs = {name: str(of["rung"].change.new) for name, of in by_line.items() if "rung" in of}
    changes: list[Change] = []
    taken = {lock.lock for lock in scenario.locks}
    for of in by_line.values():
        for lock in _locks(of, rungs):
            changes.extend(_into(scenario, lock, taken))
    return changes


def _edits(
    grid: Grid, top: int, at: dict[str, int], lines: Sequence[Line], findings: list[Finding]
) -> Iterator[LineEdit]:
    planned = {line.line: line for line in lines}
    groups: dict[tuple[str, str, int], list[Line]] = {}
    for line in lines:
        groups.setdefault((line.lot, line.channel, line.sell_period), []).append(line)
    seen: set[str] = set()
    for number, cells in grid.rows:
        name = _text(cells, at["line"])
        if number <= top or not name:
            continue
        if name not in planned or name in seen:
            if _text(cells, at["lot"]):
                problem = english("There is no line '{name}' in the plan.", name=name)
                if name in seen:
                    problem = english(
                        "The line '{name}' stands there twice; the first counts.", name=name
                    )
                remedy = english("Add a lock on the sheet locks instead.")
                findings.append(Finding(grid.title, number, "line", problem, remedy))
            continue
        seen.add(name)
        line = planned[name]
        beside = tuple(groups[line.lot, line.channel, line.sell_period])
        for field, new in _read(grid.title, number, cells, at, line, findings):
            old = "" if field == "lock" else getattr(line, field)
            where = f"{grid.title}!{column_letters(at[field])}{number}"
            yield LineEdit(Change(LINES, (name,), field, old, new), where, line, beside)
    if missing := [name for name in planned if name not in seen]:
        shown = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        problem = english(
            "Lines of the plan are not on the sheet ({count}): {shown}.",
            count=len(missing),
            shown=shown,
        )
        remedy = english("Nothing is changed by that. To ship nothing set the units to 0.")
        findings.append(Finding(grid.title, 0, "line", problem, remedy))


def _read(
    title: str,
    number: int,
    cells: Sequence[Cell],
    at: dict[str, int],
    line: Line,
    findings: list[Finding],
) -> Iterator[tuple[str, str | int]]:
    """The fields of a row that say something else than the plan, with what they say."""
    units = read_cell(_cell(cells, at["units"]), _UNITS)
    if isinstance(units, Fault):
        findings.append(Finding(title, number, "units", units.problem, units.remedy))
    elif not isinstance(units, int):
        remedy = english("Give the units; 0 = ship nothing.")
        findings.append(Finding(title, number, "units", english("is blank."), remedy))
    elif units != line.units:
        yield "units", units
    rung = _text(cells, at["rung"])
    if not rung:
        remedy = english("Give a rung of its ladder.")
        findings.append(Finding(title, number, "rung", english("is blank."), remedy))
    elif rung != line.rung:
        yield "rung", rung
    word = tidy(_text(cells, at["lock"])).casefold() if "lock" in at else ""
    kind = LOCK_WORDS.get(word) or (LockKind(word) if word in get_words(LockKind) else None)
    if kind is not None:
        yield "lock", kind.value
    elif word:
        words = sorted(word for word in LOCK_WORDS if word.isascii())
        remedy = did_you_mean(
            word,
            words,
            otherwise=english("Use one of: {options}.", options=", ".join([*words, "ban"])),
        )
        problem = english("'{word}' is no lock.", word=word)
        findings.append(Finding(title, number, "lock", problem, remedy))


def _locks(of: dict[str, LineEdit], rungs: dict[str, str]) -> Iterator[Lock]:
    """The locks of one edited line: its rung, and its units or the kind of lock asked for."""
    edit = next(iter(of.values()))
    line = edit.line
    note = "From the workbook: " + "; ".join(
        f"{field} of line {line.line} {one.change.old} -> {one.change.new}"
        if one.change.old != ""
        else f"line {line.line} {one.change.new}"
        for field, one in of.items()
    )
    name = f"{line.lot} in {line.channel}, {line.ship_period} to {line.sell_period}"[:LONGEST_NAME]
    kind = LockKind(str(of["lock"].change.new)) if "lock" in of else LockKind.UNITS
    if "rung" in of or kind is LockKind.PRICE:
        allowed = sorted({rungs.get(other.line, other.rung) for other in edit.beside})
        yield Lock(
            lock=f"price {name}",
            kind=LockKind.PRICE,
            lots=(line.lot,),
            channels=(line.channel,),
            sell_period=line.sell_period,
            rungs=tuple(allowed),
            note=note,
        )
    if "units" not in of and ("lock" not in of or kind is LockKind.PRICE):
        return
    kind = LockKind.UNITS if kind is LockKind.PRICE else kind
    units = int(str(of["units"].change.new)) if "units" in of else line.units
    if kind is LockKind.UNITS and units == 0:
        kind = LockKind.BAN
    yield Lock(
        lock=name,
        kind=kind,
        lots=(line.lot,),
        channels=(line.channel,),
        ship_period=line.ship_period,
        sell_period=line.sell_period,
        routes=(line.route,),
        rungs=(rungs.get(line.line, line.rung),),
        units=None if kind is LockKind.BAN else units,
        note=note,
    )


def _into(scenario: Scenario, lock: Lock, taken: set[str]) -> Iterator[Change]:
    """A new lock under a free name, or new units and note for one on the same line."""
    for there in scenario.locks:
        free = {"lock": there.lock, "units": there.units, "note": there.note}
        if lock.model_copy(update=free) == there:
            key = key_of(there)
            for field in ("units", "note"):
                old, new = getattr(there, field), getattr(lock, field)
                if old != new:
                    yield Change("locks", key, field, old, new)
            return
    name, count = lock.lock, 1
    while name in taken:
        count += 1
        name = f"{lock.lock} ({count})"
    taken.add(name)
    lock = lock.model_copy(update={"lock": name})
    yield Change("locks", (name,), WHOLE_ROW, None, plain_row(lock))


def _header(grid: Grid) -> tuple[int, dict[str, int]] | None:
    """The row of the column names and where each column stands; None where there is no such row."""
    for number, cells in grid.rows:
        if number > HEADER_WITHIN:
            return None
        at: dict[str, int] = {}
        for column, cell in enumerate(cells):
            for field in _fields(cell):
                at.setdefault(field, column)
        if set(NEEDED) <= set(at):
            return number, at
    return None


def _fields(cell: Cell) -> Collection[str]:
    """What a heading may mean: without its unit, in either language or in both: 'Units 件数'."""
    if not isinstance(cell, str):
        return ()
    text = re.sub(r"\(.*?\)", "", tidy(cell)).casefold()
    words = {text.strip(), *(part.strip() for part in re.split(r"(?<=[ -~])(?=[^ -~])", text))}
    return [field for field, names in HEADINGS.items() if words & set(names)]


def _cell(cells: Sequence[Cell], at: int) -> Cell:
    return cells[at] if at < len(cells) else None


def _text(cells: Sequence[Cell], at: int) -> str:
    cell = _cell(cells, at)
    if is_blank(cell) or isinstance(cell, Fault):
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()


_UNITS = next(column for column in columns(Lock) if column.name == "units")
