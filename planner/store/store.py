"""Scenarios of the workbench, kept in one SQLite file: a log of events that is only ever added to.

One command is one transaction, so a crash leaves the state before or after it. Every change of a
scenario raises its version; a change made on an older version is merged cell by cell.
"""

from __future__ import annotations

import json
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from planner.domain.changes import Change, to_json
from planner.errors import PlannerError
from planner.language import english
from planner.store.history import (
    FIRST,
    Base,
    Command,
    Conflict,
    Event,
    History,
    Made,
    Step,
    edit_body,
    made_body,
    meets,
    told,
)

SCHEMA = """
CREATE TABLE IF NOT EXISTS scenario (
    scenario TEXT PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL,
    locked INTEGER NOT NULL DEFAULT 0, archived INTEGER NOT NULL DEFAULT 0,
    changed_at TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, scenario TEXT NOT NULL REFERENCES scenario,
    version INTEGER NOT NULL, who TEXT NOT NULL, at TEXT NOT NULL, command TEXT NOT NULL,
    body TEXT NOT NULL, UNIQUE (scenario, version));
CREATE TABLE IF NOT EXISTS base (
    fingerprint TEXT PRIMARY KEY, name TEXT NOT NULL, content BLOB NOT NULL, original BLOB);
CREATE TABLE IF NOT EXISTS plan (
    fingerprint TEXT NOT NULL, settings TEXT NOT NULL, used INTEGER NOT NULL,
    content BLOB NOT NULL, PRIMARY KEY (fingerprint, settings));
CREATE TRIGGER IF NOT EXISTS events_stay BEFORE UPDATE ON event
    BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
CREATE TRIGGER IF NOT EXISTS events_are_kept BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'events are only ever added'); END;
"""
FORMAT = 1
"""Format of the file; a file of a newer one is refused."""
BUSY_SECONDS = 30.0
"""How long a writer waits for others: on a slow disk each full sync of theirs takes its time."""
LONGEST_NAME = 80


class StoreError(PlannerError):
    """What the store cannot do, in a sentence."""


@dataclass(frozen=True)
class Listed:
    """A scenario as a list shows it."""

    scenario: str
    name: str
    version: int
    locked: bool
    archived: bool
    changed_at: str


@dataclass(frozen=True)
class Saved:
    """The version after an edit, and the changes that were not made: somebody else was there."""

    version: int
    conflicts: tuple[Conflict, ...] = ()


def now() -> str:
    """This moment, in universal time."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class Store:
    """The scenarios in a file; safe to share between threads and between processes."""

    def __init__(self, file: Path, clock: Callable[[], str] = now) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.file = file
        self._clock = clock
        self._lock = threading.RLock()
        self._histories: dict[str, History] = {}
        self._db = sqlite3.connect(
            file, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.execute("PRAGMA foreign_keys = ON")
        found = self._db.execute("PRAGMA user_version").fetchone()[0]
        if found > FORMAT:
            raise StoreError(
                english(
                    "{file} was written by a newer planner. Update this one to open it.", file=file
                )
            )
        self._db.executescript(SCHEMA)
        self._db.execute(f"PRAGMA user_version = {FORMAT}")

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    # Reading

    def scenarios(self) -> list[Listed]:
        """Every scenario, the one changed last first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT scenario, name, version, locked, archived, changed_at FROM scenario"
                " ORDER BY changed_at DESC, rowid DESC"
            ).fetchall()
        return [
            Listed(scenario, name, version, bool(locked), bool(archived), changed_at)
            for scenario, name, version, locked, archived, changed_at in rows
        ]

    def version(self, scenario: str) -> int:
        """The latest version; 0 where there is no such scenario."""
        with self._lock:
            row = self._db.execute(
                "SELECT version FROM scenario WHERE scenario = ?", (scenario,)
            ).fetchone()
        return int(row[0]) if row else 0

    def history(self, scenario: str) -> History:
        """A scenario as its events tell it; raises StoreError where there is none."""
        with self._lock:
            known = self._histories.get(scenario)
            news = self.events(scenario, known.version if known else 0)
            if known is None and not news:
                raise StoreError(english("There is no such scenario in the workbench."))
            if news:
                known = told(news, known)
                self._histories[scenario] = known
            assert known is not None
            return known

    def events(self, scenario: str, after: int = 0) -> list[Event]:
        """Everything that happened to a scenario after a version, in order."""
        with self._lock:
            rows = self._db.execute(
                "SELECT scenario, version, who, at, command, body FROM event"
                " WHERE scenario = ? AND version > ? ORDER BY version",
                (scenario, after),
            ).fetchall()
        return [
            Event(name, version, who, at, Command(command), json.loads(body))
            for name, version, who, at, command, body in rows
        ]

    # Commands

    def create(self, name: str, base: Base, who: str) -> str:
        """A new scenario on a base, without changes; gives its id."""
        body = {"name": _named(name), "base": asdict(base)}
        return self._make(Command.CREATE, body, who)

    def copy(self, scenario: str, name: str, who: str) -> str:
        """A scenario with the same base and changes, which no longer hangs on the first."""
        history = self.history(scenario)
        body = {
            "name": _named(name),
            "base": asdict(history.base),
            "from": scenario,
            "made": [made_body(made) for made in history.made],
        }
        return self._make(Command.COPY, body, who)

    def rename(self, scenario: str, name: str, who: str) -> None:
        """Gives a scenario another name."""
        self._say(scenario, Command.RENAME, {"name": _named(name)}, who)

    def lock(self, scenario: str, who: str) -> None:
        """Nothing can be changed until it is unlocked."""
        self._say(scenario, Command.LOCK, {}, who)

    def unlock(self, scenario: str, who: str) -> None:
        """It can be changed again."""
        self._say(scenario, Command.UNLOCK, {}, who)

    def archive(self, scenario: str, who: str) -> None:
        """Takes it off the lists; nothing is erased."""
        self._say(scenario, Command.ARCHIVE, {}, who)

    def restore(self, scenario: str, who: str) -> None:
        """Puts it back on the lists."""
        self._say(scenario, Command.RESTORE, {}, who)

    def edit(
        self,
        scenario: str,
        version: int,
        changes: Sequence[Change],
        who: str,
        words: str = "",
        note: str = "",
    ) -> Saved:
        """Makes changes at one go, as one step, by somebody who last saw a version.

        A change of a cell that somebody else has changed since is not made: it is written down
        beside theirs as a conflict. All others are.
        """
        with self._writing():
            history = self._open(scenario)
            theirs = list(history.made_since(version))
            good, conflicts = [], []
            for change in changes:
                met = _met(change, theirs)
                if met is None:
                    good.append(change)
                elif met[0].new != change.new:
                    at = self._clock()
                    conflicts.append(Conflict(change, met[0], who, met[1].who, at))
            if good:
                self._add(scenario, Command.EDIT, edit_body(good, words, note), who)
            for conflict in conflicts:
                body = {
                    "mine": to_json(conflict.mine),
                    "theirs": to_json(conflict.theirs),
                    "their_name": conflict.their_name,
                }
                self._add(scenario, Command.CONFLICT, body, who)
            return Saved(self.version(scenario), tuple(conflicts))

    def undo(self, scenario: str, who: str) -> Step | None:
        """Takes back the person's last step; None where there is none."""
        with self._writing():
            steps = self._open(scenario).undoable(who)
            return self._turn(scenario, Command.UNDO, steps, who)

    def redo(self, scenario: str, who: str) -> Step | None:
        """Does again the step the person took back last; None where there is none."""
        with self._writing():
            steps = self._open(scenario).redoable(who)
            return self._turn(scenario, Command.REDO, steps, who)

    def replay(self, events: Iterable[Event]) -> None:
        """Writes the events of another store; versions and times stay as they were."""
        with self._writing():
            for event in events:
                self._write(event)

    # Bases

    def keep_base(
        self, fingerprint: str, name: str, content: str, original: bytes | None = None
    ) -> Base:
        """Keeps the data a scenario starts from, and the file they were read from."""
        with self._writing():
            self._db.execute(
                "INSERT OR IGNORE INTO base VALUES (?, ?, ?, ?)",
                (fingerprint, name, content.encode(), original),
            )
        return Base("kept", fingerprint, fingerprint)

    def base_content(self, fingerprint: str) -> str:
        """The data kept under a fingerprint."""
        with self._lock:
            row = self._db.execute(
                "SELECT content FROM base WHERE fingerprint = ?", (fingerprint,)
            ).fetchone()
        if row is None:
            raise StoreError(
                english("The data this scenario starts from are not in the workbench.")
            )
        return bytes(row[0]).decode()

    # Plans

    def keep_plan(self, fingerprint: str, settings: str, content: bytes, most: int) -> None:
        """Keeps a plan of a scenario and settings; beyond the most, those used longest ago go."""
        with self._writing():
            self._db.execute(
                "INSERT OR REPLACE INTO plan VALUES (?, ?, ?, ?)",
                (fingerprint, settings, self._next_use(), content),
            )
            self._db.execute(
                "DELETE FROM plan WHERE rowid NOT IN"
                " (SELECT rowid FROM plan ORDER BY used DESC LIMIT ?)",
                (most,),
            )

    def plan(self, fingerprint: str, settings: str) -> bytes | None:
        """A plan kept, if there is one; it counts as used now."""
        with self._lock:
            row = self._db.execute(
                "SELECT content FROM plan WHERE fingerprint = ? AND settings = ?",
                (fingerprint, settings),
            ).fetchone()
        if row is None:
            return None
        with self._writing():
            self._db.execute(
                "UPDATE plan SET used = ? WHERE fingerprint = ? AND settings = ?",
                (self._next_use(), fingerprint, settings),
            )
        return bytes(row[0])

    def planned_with(self, fingerprint: str) -> list[str]:
        """Settings of the plans kept of a scenario, the one used last first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT settings FROM plan WHERE fingerprint = ? ORDER BY used DESC", (fingerprint,)
            ).fetchall()
        return [str(row[0]) for row in rows]

    def _next_use(self) -> int:
        return int(self._db.execute("SELECT COALESCE(MAX(used), 0) + 1 FROM plan").fetchone()[0])

    # One transaction

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """All of it or nothing; StoreError where the file stays busy or takes no more."""
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield
                self._db.execute("COMMIT")
            except BaseException as fault:
                self._histories.clear()  # they may tell of what was not written
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if isinstance(fault, sqlite3.OperationalError):
                    raise StoreError(
                        english(
                            "Nothing was saved: {file} is busy or its disk is full ({fault})."
                            " Try again in a moment.",
                            file=self.file,
                            fault=fault,
                        )
                    ) from fault
                raise

    def _make(self, command: Command, body: dict[str, Any], who: str) -> str:
        scenario = uuid.uuid4().hex
        with self._writing():
            self._write(Event(scenario, FIRST, who, self._clock(), command, body))
        return scenario

    def _say(self, scenario: str, command: Command, body: dict[str, Any], who: str) -> None:
        with self._writing():
            self.history(scenario)
            self._add(scenario, command, body, who)

    def _open(self, scenario: str) -> History:
        """The history of a scenario that may be changed."""
        history = self.history(scenario)
        if history.locked:
            raise StoreError(
                english("'{name}' is locked. Unlock it or work on a copy.", name=history.name)
            )
        if history.archived:
            raise StoreError(
                english(
                    "'{name}' is in the archive. Restore it or work on a copy.", name=history.name
                )
            )
        return history

    def _turn(
        self, scenario: str, command: Command, steps: Sequence[Step], who: str
    ) -> Step | None:
        """Undoes or redoes the last of the steps, unless somebody else has built on it."""
        if not steps:
            return None
        step = steps[-1]
        if other := self.history(scenario).blocking(step):
            raise StoreError(
                english(
                    "{who} has since changed the same cells ({words}). Change them by hand "
                    "if they should be different.",
                    who=other.who,
                    words=other.words,
                )
            )
        self._add(scenario, command, {"step": step.version}, who)
        return step

    def _add(self, scenario: str, command: Command, body: dict[str, Any], who: str) -> None:
        version = self.version(scenario) + 1
        self._write(Event(scenario, version, who, self._clock(), command, body))

    def _write(self, event: Event) -> None:
        """Adds an event and brings the list of scenarios up to date: from the version before it
        only, so that no two writers can make the same version."""
        name = event.body.get("name")
        if event.version == FIRST:
            self._db.execute(
                "INSERT INTO scenario (scenario, name, version, changed_at) VALUES (?, ?, ?, ?)",
                (event.scenario, name, FIRST, event.at),
            )
        else:
            locks = {Command.LOCK: 1, Command.UNLOCK: 0}
            archives = {Command.ARCHIVE: 1, Command.RESTORE: 0}
            done = self._db.execute(
                "UPDATE scenario SET version = ?, changed_at = ?, name = COALESCE(?, name),"
                " locked = COALESCE(?, locked), archived = COALESCE(?, archived)"
                " WHERE scenario = ? AND version = ?",
                (
                    event.version,
                    event.at,
                    name if event.command is Command.RENAME else None,
                    locks.get(event.command),
                    archives.get(event.command),
                    event.scenario,
                    event.version - 1,
                ),
            )
            if done.rowcount != 1:
                raise StoreError(
                    english("Somebody else changed the scenario at this moment. Try again.")
                )
        self._db.execute(
            "INSERT INTO event (scenario, version, who, at, command, body)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                event.scenario,
                event.version,
                event.who,
                event.at,
                event.command.value,
                json.dumps(event.body, ensure_ascii=False),
            ),
        )


def _met(change: Change, theirs: Sequence[Made]) -> tuple[Change, Made] | None:
    """What was last made of the place of a change, if anything."""
    for made in reversed(theirs):
        for other in reversed(made.changes):
            if meets(change, other):
                return other, made
    return None


def _named(name: str) -> str:
    """A name without outer blanks, short enough to be shown."""
    name = " ".join(name.split())
    if not name:
        raise StoreError(english("The scenario needs a name."))
    if len(name) > LONGEST_NAME:
        raise StoreError(
            english(
                "The name is longer than {longest_name} characters. Shorten it.",
                longest_name=LONGEST_NAME,
            )
        )
    return name
