"""A base and changes -> the rows of every table as plain cells, and the scenario they make.

Cells may say what no scenario takes: the rows keep it, and the findings say what to put right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from planner.domain.changes import WHOLE_ROW, Change, Key, Plain, apply, key_of, plain_row
from planner.domain.check import check
from planner.domain.check.basics import HEADER
from planner.domain.columns import columns
from planner.domain.records import Header, Record
from planner.domain.scenario import TABLES, Scenario
from planner.errors import Finding, ScenarioError
from planner.io.tables import RawHeader, RawTable, scenario_of
from planner.language import english
from planner.store.history import names

Row = dict[str, Plain]
Answer = tuple[Scenario | None, tuple[Finding, ...]]
EDITABLE = (HEADER, *TABLES)
"""What can be changed: the header, which is a table of one row, and every table."""


def record_of(table: str) -> type[Record]:
    """What a row of a table says."""
    return Header if table == HEADER else TABLES[table]


def key_in(table: str, row: Mapping[str, Plain]) -> Key:
    """The texts of the key fields of a row of plain cells."""
    return tuple(_text(row.get(name)) for name in record_of(table).key_fields)


class Sheet:
    """The rows of one table in their order, found by their keys."""

    def __init__(self, table: str, rows: Mapping[int, Row], places: Mapping[Key, int]) -> None:
        self.table = table
        self.rows = dict(rows)
        """By a number that a row keeps; a row that was taken out and comes back gets its own."""
        self._places = dict(places)
        self._left: dict[Key, list[int]] = {}
        self._next = max(self.rows, default=-1) + 1

    @classmethod
    def of(cls, table: str, records: Iterable[Record]) -> Sheet:
        """The rows of a sound table."""
        records = list(records)
        rows = {at: plain_row(record) for at, record in enumerate(records)}
        return cls(table, rows, {key_of(record): at for at, record in enumerate(records)})

    def copy(self) -> Sheet:
        """The same rows, to be changed apart."""
        return Sheet(self.table, self.rows, self._places)

    def find(self, key: Key) -> Row | None:
        """The row of a key."""
        at = self._places.get(key)
        return None if at is None else self.rows[at]

    def key_at(self, at: int) -> Key:
        """The key of a row by its number."""
        return key_in(self.table, self.rows[at])

    def obstacle(self, change: Change) -> str:
        """Why a change cannot be made; blank where it can."""
        brings = change.is_row and change.new is not None
        if not brings and change.key not in self._places:
            return english("The row is no longer there.")
        taken = [key for key in names(change) if key in self._places]
        return (
            english("A row '{taken}' is there already.", taken=" | ".join(taken[0]))
            if taken
            else ""
        )

    def make(self, change: Change) -> None:
        """One change made, to which there is no obstacle."""
        if change.is_row and change.new is not None:
            assert isinstance(change.new, Mapping)
            self._bring(change.key, dict(change.new))
            return
        at = self._places[change.key]
        if change.is_row:
            del self.rows[at], self._places[change.key]
            self._left.setdefault(change.key, []).append(at)
        else:
            assert not isinstance(change.new, Mapping)
            row = {**self.rows[at], change.field: change.new}
            self.rows[at] = row
            del self._places[change.key]
            self._places[key_in(self.table, row)] = at

    def _bring(self, key: Key, row: Row) -> None:
        left = self._left.get(key)
        at = left.pop() if left else self._next
        self.rows[at] = row
        self._places[key] = at
        if at == self._next:
            self._next += 1
        else:
            self.rows = dict(sorted(self.rows.items()))


class Sheets:
    """Every table of a scenario, the base beside it."""

    def __init__(self, base: Scenario) -> None:
        self.base = base
        self.before = {HEADER: Sheet.of(HEADER, [base.header])}
        for table in TABLES:
            self.before[table] = Sheet.of(table, getattr(base, table))
        self.now = {table: sheet.copy() for table, sheet in self.before.items()}
        self._lost: list[Finding] = []
        self._answer: Answer = base, ()
        self._news: list[Change] = []
        """Changes made since the answer was read."""

    def make(self, changes: Iterable[Change]) -> set[str]:
        """Makes changes one after the other; gives the tables touched."""
        changes = tuple(changes)
        for change in changes:
            sheet = self.now.get(change.table)
            problem = sheet.obstacle(change) if sheet else english("There is no such table.")
            if sheet and not problem:
                sheet.make(change)
            else:
                problem = english(
                    "'{change}' could not be made. {problem}", change=change, problem=problem
                )
                remedy = english("Take the change back or make it again.")
                self._lost.append(Finding(change.table, 0, change.field, problem, remedy))
        self._news += changes
        return {change.table for change in changes}

    @property
    def scenario(self) -> Scenario | None:
        """What the rows say; None while there are findings."""
        return self._read()[0]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the rows."""
        return self._read()[1]

    def differences(self) -> Iterator[Change]:
        """What the rows now say otherwise than the base, whatever was made on the way."""
        for table in EDITABLE:
            yield from _differences(table, self.before[table], self.now[table])

    def _read(self) -> Answer:
        if self._news:
            self._answer = self._with_news() or self._read_again()
            self._news = []
        return self._answer

    def _with_news(self) -> Answer | None:
        """A sound scenario stays so with sound changes, without reading every row again."""
        scenario = self._answer[0]
        if scenario is None or self._lost:
            return None
        try:
            scenario = apply(scenario, self._news)
        except ScenarioError:
            return None
        return None if check(scenario) else (scenario, ())

    def _read_again(self) -> Answer:
        header = next(iter(self.now[HEADER].rows.values()))
        tables = {table: _raw(table, self.now[table]) for table in TABLES}
        try:
            scenario = scenario_of(RawHeader(header, {}, HEADER), tables, self._lost)
        except ScenarioError as error:
            return None, error.findings
        return scenario, ()


def _differences(table: str, before: Sheet, now: Sheet) -> Iterator[Change]:
    """Row by row, by the place it has kept since the base."""
    for at, row in before.rows.items():
        key = key_in(table, row)
        other = now.rows.get(at)
        if other is row:
            continue
        if other is None:
            yield Change(table, key, WHOLE_ROW, row, None)
        else:
            for name, value in other.items():
                if value != row[name]:
                    yield Change(table, key, name, row[name], value)
    for at, row in now.rows.items():
        if at not in before.rows:
            yield Change(table, key_in(table, row), WHOLE_ROW, None, row)


def _raw(table: str, sheet: Sheet) -> RawTable:
    names = [column.name for column in columns(record_of(table))]
    rows = [
        (number, [row.get(name) for name in names])
        for number, row in enumerate(sheet.rows.values(), start=2)
    ]
    return RawTable(names, rows)


def _text(value: Plain) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
