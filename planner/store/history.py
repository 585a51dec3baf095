"""The events of one scenario -> its name, base, locks and what was done to it; without a database.

A step is one thing a person did: a cell typed, a paste of twenty cells, a slider kept. Taking a
step back does not erase it: the opposite changes are made, so that everything ever made, one after
the other, leads from the base to the scenario. Undo and redo belong to the person who made a step.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from planner.domain.changes import Change, Key, from_json, inverse, to_json

FIRST = 1
"""Version of the event that makes a scenario."""


class Command(StrEnum):
    """What can happen to a scenario."""

    CREATE = "create"
    COPY = "copy"
    RENAME = "rename"
    LOCK = "lock"
    UNLOCK = "unlock"
    ARCHIVE = "archive"
    RESTORE = "restore"
    EDIT = "edit"
    UNDO = "undo"
    REDO = "redo"
    CONFLICT = "conflict"


@dataclass(frozen=True)
class Base:
    """What a scenario starts from: a shipped folder, or data kept in the store.

    kind is 'folder' or 'kept'; name that of the folder, or the fingerprint of the data kept;
    fingerprint that of the base when the scenario was made.
    """

    kind: str
    name: str
    fingerprint: str


@dataclass(frozen=True)
class Event:
    """One line of the log; versions of a scenario count from 1."""

    scenario: str
    version: int
    who: str
    at: str
    command: Command
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Made:
    """Changes made at one go: an edit, or one taken back or done again."""

    version: int
    who: str
    at: str
    words: str
    note: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Step:
    """An edit and whether it stands; `turned` is the version in which it was last done or undone."""

    made: Made
    done: bool
    turned: int
    can_redo: bool = False

    @property
    def version(self) -> int:
        """Version the edit was made in, which names the step."""
        return self.made.version


@dataclass(frozen=True)
class Conflict:
    """Two people gave one cell different values: neither is lost."""

    mine: Change
    theirs: Change
    my_name: str
    their_name: str
    at: str
    version: int = 0


@dataclass(frozen=True)
class History:
    """A scenario as its events tell it."""

    scenario: str
    name: str
    base: Base
    version: int
    made: tuple[Made, ...] = ()
    steps: tuple[Step, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    locked: bool = False
    archived: bool = False
    changed_at: str = ""

    def undoable(self, who: str) -> list[Step]:
        """The person's steps that can be taken back, the next one last."""
        return [step for step in self.steps if step.done and step.made.who == who]

    def redoable(self, who: str) -> list[Step]:
        """The person's steps that can be done again, the next one last."""
        undone = [step for step in self.steps if step.can_redo and step.made.who == who]
        return sorted(undone, key=lambda step: step.turned)

    def made_since(self, version: int) -> Iterator[Made]:
        """What was made after a version, in order."""
        return (made for made in self.made if made.version > version)

    def blocking(self, step: Step) -> Made | None:
        """What somebody else has since made of the step's cells, if it stands."""
        later = (
            other.made
            for other in reversed(self.steps)
            if other.done and other.turned > step.turned and other.made.who != step.made.who
        )
        return next((made for made in later if touch(made.changes, step.made.changes)), None)


def meets(one: Change, other: Change) -> bool:
    """Whether two changes touch the same cell, or give two rows the same name.

    A whole row touches all its cells.
    """
    if one.table != other.table:
        return False
    if one.key == other.key:
        return one.field == other.field or one.is_row or other.is_row
    return bool(names(one) & names(other))


def names(change: Change) -> set[Key]:
    """The key a row gets by a change, where it is new or renamed."""
    if change.is_row:
        return {change.key} if change.new is not None else set()
    (back,) = inverse([change])
    return {back.key} - {change.key}


def touch(some: Iterable[Change], others: Sequence[Change]) -> bool:
    """Whether any of some changes touches the same cell as any of others."""
    return any(meets(one, other) for one in some for other in others)


def told(events: Iterable[Event], known: History | None = None) -> History:
    """The history that events tell after what is known; the very first makes the scenario."""
    for event in events:
        after = _first(event) if known is None else _after(known, event)
        known = replace(after, version=event.version, changed_at=event.at)
    assert known is not None
    return known


def _first(event: Event) -> History:
    made = tuple(_made(body, FIRST) for body in event.body.get("made", ()))
    base = Base(**event.body["base"])
    return History(event.scenario, event.body["name"], base, event.version, made=made)


def _after(history: History, event: Event) -> History:
    body = event.body
    match event.command:
        case Command.RENAME:
            return replace(history, name=body["name"])
        case Command.LOCK | Command.UNLOCK:
            return replace(history, locked=event.command is Command.LOCK)
        case Command.ARCHIVE | Command.RESTORE:
            return replace(history, archived=event.command is Command.ARCHIVE)
        case Command.EDIT:
            made = _made({**body, "who": event.who, "at": event.at}, event.version)
            kept = [_final(step) if step.made.who == event.who else step for step in history.steps]
            steps = (*kept, Step(made, done=True, turned=event.version))
            return replace(history, made=(*history.made, made), steps=steps)
        case Command.UNDO | Command.REDO:
            return _turned(history, event)
        case Command.CONFLICT:
            mine, theirs = from_json(body["mine"]), from_json(body["theirs"])
            conflict = Conflict(
                mine, theirs, event.who, body["their_name"], event.at, event.version
            )
            return replace(history, conflicts=(*history.conflicts, conflict))
    return history


def _turned(history: History, event: Event) -> History:
    """A step taken back or done again: its changes, or their opposites, are made."""
    done = event.command is Command.REDO
    place = next(at for at, step in enumerate(history.steps) if step.version == event.body["step"])
    step = history.steps[place]
    changes = step.made.changes if done else inverse(step.made.changes)
    words = f"{'Again' if done else 'Taken back'}: {step.made.words}"
    made = Made(event.version, event.who, event.at, words, step.made.note, changes)
    turned = replace(step, done=done, can_redo=not done, turned=event.version)
    steps = (*history.steps[:place], turned, *history.steps[place + 1 :])
    return replace(history, made=(*history.made, made), steps=steps)


def _final(step: Step) -> Step:
    """A step taken back stays so once its maker has done something else."""
    return replace(step, can_redo=False) if step.can_redo else step


# As the log keeps it


def edit_body(changes: Sequence[Change], words: str, note: str) -> dict[str, Any]:
    """What the event of an edit says."""
    return {"words": words, "note": note, "changes": [to_json(change) for change in changes]}


def made_body(made: Made) -> dict[str, Any]:
    """What a copy writes of everything made before it."""
    return {"who": made.who, "at": made.at, **edit_body(made.changes, made.words, made.note)}


def _made(body: Mapping[str, Any], version: int) -> Made:
    changes = tuple(from_json(change) for change in body["changes"])
    return Made(version, body["who"], body["at"], body["words"], body["note"], changes)
