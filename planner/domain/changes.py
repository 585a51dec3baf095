"""Two scenarios -> the named changes between them; a scenario and changes -> the scenario changed.

A change names one cell (table, key of the row, field) with its old and new value, or one whole row
that is new or taken out. Values are plain, as JSON says them: lists are tuples of text, dates and
closed sets are text. `apply(base, difference(base, other))` says what `other` says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from planner.domain.check.basics import HEADER
from planner.domain.columns import Fault, columns, plain_faults, quoted, tidy
from planner.domain.records import Header, Record
from planner.domain.scenario import TABLES, Scenario
from planner.domain.selectors import did_you_mean
from planner.errors import Finding, ScenarioError
from planner.language import english

Plain = str | int | float | bool | tuple[str, ...] | None
Row = Mapping[str, Plain]
Key = tuple[str, ...]

TOP: Key = ()
"""As the place of a new row: before all others."""
WHOLE_ROW = ""
"""The field of a change that brings or takes out a whole row."""


@dataclass(frozen=True)
class Change:
    """One cell changed, or one row that is new (`old` is None) or taken out (`new` is None)."""

    table: str
    """A table of the scenario, or 'scenario' for its header."""
    key: Key
    """The texts of the row's key fields; () for the header."""
    field: str
    """The field changed; '' = the whole row."""
    old: Plain | Row
    new: Plain | Row
    after: Key | None = None
    """A whole row stands after the row of this key; () = at the top, None = at the end."""

    @property
    def is_row(self) -> bool:
        """Whether a whole row comes or goes."""
        return self.field == WHOLE_ROW

    @property
    def place(self) -> tuple[str, Key, str]:
        """What is changed; two changes of one place are about the same thing."""
        return self.table, self.key, self.field

    def __str__(self) -> str:
        where = " ".join(filter(None, (self.table, " | ".join(self.key))))
        if not self.is_row:
            return f"{where}, {self.field}: {said(self.old)} -> {said(self.new)}"
        if self.new is None:
            return english("{row}: taken out", row=where)
        assert isinstance(self.new, Mapping)
        told = {name: value for name, value in self.new.items() if value not in (None, "", ())}
        cells = ", ".join(f"{name} {said(told[name])}" for name in told)
        return english("{row}: new ({cells})", row=where, cells=cells)


def said(value: object) -> str:
    """A plain value in words; nothing is 'blank'."""
    if value is None or value in ("", ()):
        return english("blank")
    if isinstance(value, bool):
        return english("yes") if value else english("no")
    if isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def key_of(row: Record) -> Key:
    """The texts of a row's key fields."""
    fields = row.model_dump(mode="json", include=set(row.key_fields))
    return _key(type(row), {name: _plain(value) for name, value in fields.items()})


def plain_row(row: Record) -> dict[str, Plain]:
    """A row as plain values, every field."""
    return {name: _plain(value) for name, value in row.model_dump(mode="json").items()}


def difference(base: Scenario, other: Scenario) -> tuple[Change, ...]:
    """The changes that make `base` say what `other` says, table by table.

    In each table first the rows taken out, the last first, then cells, then new rows. The order of
    rows that both hold is no difference.
    """
    found = list(_cells(HEADER, TOP, base.header, other.header))
    for table in TABLES:
        found += _rows(table, getattr(base, table), getattr(other, table))
    return tuple(found)


def apply(scenario: Scenario, changes: Iterable[Change]) -> Scenario:
    """The scenario with the changes made one after the other, the order of its rows kept.

    All of them or none: a `ScenarioError` says what does not fit: a cell that no longer has its old
    value, a row that is gone or there already, a value its field does not take. Whether the tables
    agree with each other is for `planner.domain.check.check` to say.
    """
    by_table: dict[str, list[Change]] = {}
    for change in changes:
        by_table.setdefault(change.table, []).append(change)
    update: dict[str, Any] = {}
    findings: list[Finding] = []
    for table, some in by_table.items():
        if table == HEADER:
            edit = _Edit(table, Header, [scenario.header])
            update["header"] = next(iter(edit.made(some)), scenario.header)
        elif table in TABLES:
            edit = _Edit(table, TABLES[table], getattr(scenario, table))
            update[table] = edit.made(some)
        else:
            remedy = did_you_mean(
                table, TABLES, otherwise=english("Use one of: {tables}.", tables=", ".join(TABLES))
            )
            findings.append(Finding(table, 0, "", english("There is no such table."), remedy))
            continue
        findings += edit.findings
    if findings:
        raise ScenarioError(findings)
    return scenario.model_copy(update=update)


def inverse(changes: Sequence[Change]) -> tuple[Change, ...]:
    """The changes that take these back, the last first."""
    return tuple(
        replace(change, key=_key_after(change), old=change.new, new=change.old)
        for change in reversed(changes)
    )


def conflicts(mine: Iterable[Change], theirs: Iterable[Change]) -> list[tuple[Change, Change]]:
    """Pairs of changes of two people that ask for different things of the same cell or row."""
    at_place: dict[tuple[str, Key], list[Change]] = {}
    for change in theirs:
        at_place.setdefault((change.table, change.key), []).append(change)
    return [
        (one, other)
        for one in mine
        for other in at_place.get((one.table, one.key), ())
        if (one.is_row or other.is_row or one.field == other.field) and one.new != other.new
    ]


def to_json(change: Change) -> dict[str, Any]:
    """A change as JSON keeps it."""
    after = None if change.after is None else list(change.after)
    return {
        "table": change.table,
        "key": list(change.key),
        "field": change.field,
        "old": change.old,
        "new": change.new,
        "after": after,
    }


def from_json(said: Mapping[str, Any]) -> Change:
    """The change that `to_json` wrote, also after a way through text."""
    after = said["after"]
    return Change(
        table=said["table"],
        key=tuple(said["key"]),
        field=said["field"],
        old=_plain(said["old"]),
        new=_plain(said["new"]),
        after=None if after is None else tuple(after),
    )


def _plain(value: Any) -> Any:
    """Lists as tuples, in rows too."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, Mapping):
        return {name: _plain(cell) for name, cell in value.items()}
    return value


def _text(value: Plain) -> str:
    """A key field as text: 45 and 45.0 are one quantity, a list is joined by ';'."""
    if isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def _key(record: type[Record], row: Row) -> Key:
    return tuple(_text(row.get(name)) for name in record.key_fields)


def _key_after(change: Change) -> Key:
    """The key of a change's row once it is made; another only where a key field was changed."""
    record = TABLES.get(change.table)
    if record is None or change.field not in record.key_fields:
        return change.key
    assert not isinstance(change.new, Mapping)
    at = record.key_fields.index(change.field)
    return (*change.key[:at], _text(change.new), *change.key[at + 1 :])


def _cells(table: str, key: Key, base: Record, other: Record) -> Iterator[Change]:
    """The cells in which two rows of one key differ."""
    if base == other:
        return
    old, new = plain_row(base), plain_row(other)
    for name, value in new.items():
        if old[name] != value:
            yield Change(table, key, name, old[name], value)


def _rows(table: str, base: Sequence[Record], other: Sequence[Record]) -> Iterator[Change]:
    if base == other:
        return
    old = {key_of(row): row for row in base}
    new = {key_of(row): row for row in other}
    places = _places(list(old), set(new))
    for key in reversed([key for key in old if key not in new]):
        yield Change(table, key, WHOLE_ROW, plain_row(old[key]), None, places[key])
    for key, row in new.items():
        if key in old:
            yield from _cells(table, key, old[key], row)
    places = _places(list(new), set(old))
    for key, row in new.items():
        if key not in old:
            yield Change(table, key, WHOLE_ROW, None, plain_row(row), places[key])


def _places(keys: list[Key], shared: set[Key]) -> dict[Key, Key | None]:
    """The key each row stands after; None for those behind the last row that both tables hold."""
    last = max((at for at, key in enumerate(keys) if key in shared), default=-1)
    before = [TOP, *keys]
    return {key: before[at] if at < last else None for at, key in enumerate(keys)}


class _Edit:
    """A table while changes are made to it: its rows by key, in order, and what did not fit."""

    def __init__(self, table: str, record: type[Record], rows: Sequence[Record]) -> None:
        self.table, self.record = table, record
        self.rows: dict[Key, Record] = {key_of(row): row for row in rows}
        self.edited: dict[Key, dict[str, Plain]] = {}
        """Rows with changed cells, and new ones, not yet records."""
        chain: list[Key | None] = [("top",) if record is Header else TOP, *self.rows, None]
        self.next: dict[Key | None, Key | None] = dict(pairwise(chain))
        self.previous: dict[Key | None, Key | None] = {b: a for a, b in pairwise(chain)}
        self.first = chain[0]
        self.faults: list[tuple[Key, str, Fault]] = []
        self.keys_moved = False

    def made(self, changes: Iterable[Change]) -> tuple[Record, ...]:
        """The rows with the changes made; those whose cells do not fit are left out."""
        for change in changes:
            self._make(change)
        records = dict(self.rows)
        for key, row in self.edited.items():
            try:
                records[key] = self.record.model_validate(row)
            except ValidationError as error:
                self.faults += [(key, *fault) for fault in plain_faults(error, self.record)]
        if self.keys_moved:
            self._find_twins()
        return tuple(records[key] for key in self._order() if key in records)

    def _make(self, change: Change) -> None:
        """One change, or a fault that says why not."""
        there = change.key in self.rows or change.key in self.edited
        if change.is_row and change.old is None:
            self._bring(change, there=there)
        elif not there:
            self._refuse(
                change, english("The row is no longer there."), english("Leave the change out.")
            )
        elif change.is_row:
            self._take_out(change)
        else:
            self._set(change)

    @property
    def findings(self) -> list[Finding]:
        """What did not fit, with the row of the table as it would be."""
        number = {key: at for at, key in enumerate(self._order(), start=2)}
        place = {key: 0 if self.record is Header else number.get(key, 0) for key, *_ in self.faults}
        return [
            Finding(self.table, place[key], field, fault.problem, fault.remedy)
            for key, field, fault in self.faults
        ]

    def _row(self, key: Key) -> dict[str, Plain]:
        return self.edited[key] if key in self.edited else plain_row(self.rows[key])

    def _bring(self, change: Change, *, there: bool) -> None:
        if not isinstance(change.new, Mapping) or _key(self.record, change.new) != change.key:
            self._refuse(
                change,
                english("The new row has another name."),
                english("Name it as its key says."),
            )
        elif there:
            problem = english("A row {key} is there already.", key=quoted(" | ".join(change.key)))
            self._refuse(change, problem, english("Give the new row another name."))
        else:
            self.edited[change.key] = dict(change.new)
            self._link(change.key, change.after)
            self.keys_moved = True

    def _take_out(self, change: Change) -> None:
        if change.new is not None:
            self._refuse(
                change, english("A row is changed cell by cell."), english("Name the field.")
            )
        elif self._row(change.key) != change.old:
            self._refuse(
                change, english("The row has been changed since."), english("Look at it again.")
            )
        else:
            self.rows.pop(change.key, None)
            self.edited.pop(change.key, None)
            self._unlink(change.key)

    def _set(self, change: Change) -> None:
        row = self._row(change.key)
        if change.field not in row:
            fields = [column.name for column in columns(self.record)]
            remedy = did_you_mean(change.field, fields, otherwise=english("Leave the change out."))
            self._refuse(change, english("There is no such field."), remedy)
        elif row[change.field] != change.old:
            problem = english(
                "The value is now {row}, no longer {old}; the change asks for {new}.",
                row=said(row[change.field]),
                old=said(change.old),
                new=said(change.new),
            )
            self._refuse(change, problem, english("Choose one of the two."))
        else:
            assert not isinstance(change.new, Mapping)
            self._put(change.key, {**row, change.field: change.new})

    def _put(self, key: Key, row: dict[str, Plain]) -> None:
        """A row with a changed cell back in its place, under its new key where that was changed."""
        fresh = _key(self.record, row)
        if fresh == key:
            self.edited[key] = row
            return
        if fresh in self.rows or fresh in self.edited:
            problem = english("A row {fresh} is there already.", fresh=quoted(" | ".join(fresh)))
            self.faults.append(
                (key, self.record.key_fields[0], Fault(problem, english("Use another.")))
            )
            return
        self._link(fresh, key)
        self._unlink(key)
        self.rows.pop(key, None)
        self.edited.pop(key, None)
        self.edited[fresh] = row
        self.keys_moved = True

    def _refuse(self, change: Change, problem: str, remedy: str) -> None:
        self.faults.append((change.key, change.field, Fault(problem, remedy)))

    def _find_twins(self) -> None:
        """Keys that differ only in case, width or invisible marks: a file would not take them."""
        first: dict[Key, Key] = {}
        for key in self._order():
            twin = first.setdefault(tuple(tidy(part).casefold() for part in key), key)
            if twin != key:
                problem = english(
                    "{key} differs from {twin} only in case or width.",
                    key=quoted(" | ".join(key)),
                    twin=quoted(" | ".join(twin)),
                )
                fault = Fault(problem, english("Give it another name."))
                self.faults.append((key, self.record.key_fields[0], fault))

    def _order(self) -> Iterator[Key]:
        key = self.next[self.first]
        while key is not None:
            yield key
            key = self.next[key]

    def _link(self, key: Key, after: Key | None) -> None:
        before = after if after in self.next and after is not None else self.previous[None]
        follower = self.next[before]
        self.next[before], self.previous[key] = key, before
        self.next[key], self.previous[follower] = follower, key

    def _unlink(self, key: Key) -> None:
        before, follower = self.previous.pop(key), self.next.pop(key)
        self.next[before], self.previous[follower] = follower, before
