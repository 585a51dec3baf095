"""What a visitor's session remembers: the only module that knows session keys."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import quote, unquote

import streamlit as st

from planner.domain.changes import Change, inverse
from planner.domain.scenario import Scenario
from planner.errors import Finding, ScenarioError
from planner.io import load_untrusted
from planner.language import ENGLISH, LANGUAGES, english, set_language
from planner.store import History, Sheets, Step, Store, StoreError, store_file
from planner.store.store import Listed
from planner.ui import sources
from planner.ui.desk import Desk

SESSION, DESKS, SOURCE, NAME = "session", "desks", "source", "your-name"
NAME_COOKIE = "planner-name"
UNKNOWN, OPENED, NOTICE = "unknown", "uploads-opened", "notice"
FILE, UPLOAD_FINDINGS = "file", "upload-findings"
TABLE, MARKETS, WORDS, PASTING = "table", "markets", "words", "pasting"
QUERY = "scenario"
GUEST = english("Guest")
LANGUAGE, SPOKEN, SPEAK = "language", "language chosen", "lang"


@st.cache_resource
def _store(file: str) -> Store:
    return Store(sources.ROOT / file)


def store() -> Store:
    """The workbench, shared by everybody on this server."""
    return _store(str(store_file()))


def session() -> str:
    """A name for this session that no other has."""
    name: str = st.session_state.setdefault(SESSION, uuid.uuid4().hex)
    return name


def who() -> str:
    """Who is at work: the name given under 'You'."""
    return str(st.session_state.get(NAME) or "").strip() or GUEST


def remember_name() -> None:
    """The name this browser keeps is taken over by a new session, so that undo knows its own steps."""
    if NAME not in st.session_state and (kept := _kept_name()):
        st.session_state[NAME] = kept


def name_to_keep() -> str | None:
    """The name as the browser keeps it, safe in any place; None where there is and was none."""
    name = str(st.session_state.get(NAME) or "").strip()
    return quote(name, safe="") if name or _kept_name() else None


def _kept_name() -> str:
    """The name the browser kept when this session began; blank where no browser is behind it."""
    kept = st.context.cookies.get(NAME_COOKIE)
    return unquote(kept) if isinstance(kept, str) else ""


# Which language


def language() -> str:
    """The visitor's language: the one chosen, else that of the address, else the browser's."""
    if LANGUAGE not in st.session_state:
        browser = (st.context.locale or ENGLISH)[:2]
        asked = st.query_params.get(SPEAK, browser)
        st.session_state[LANGUAGE] = asked if asked in LANGUAGES else ENGLISH
    name: str = st.session_state[LANGUAGE]
    return name


def choose_language() -> None:
    """Speaks the language picked, with a new picker: a list is known by the words it shows; a callback."""
    st.session_state[LANGUAGE] = st.session_state[SPOKEN]
    open_source(source())


def speak() -> None:
    """What is shown from here on is in the visitor's language; every script and fragment begins so."""
    set_language(language())


# Which scenario


def mine() -> dict[str, Listed]:
    """The workbench's scenarios by id, the one changed last first; the archive is left out."""
    return {each.scenario: each for each in store().scenarios() if not each.archived}


def choices() -> list[str]:
    """Every scenario that can be picked: ids of the workbench, then names of folders."""
    return [*mine(), *sources.names()]


def open_first() -> None:
    """Chooses the scenario of the address on the first run, before anything is shown."""
    known = choices()
    if st.session_state.get(SOURCE) in known:
        return
    asked = st.query_params.get(QUERY, "")
    st.session_state[SOURCE] = asked if asked in known else sources.names()[0]
    st.session_state[UNKNOWN] = "" if asked in ("", *known) else asked


def picker_key() -> str:
    """The widget key of the scenario picker.

    The choice itself is kept apart from the widget, whose default it is: a page left before it was
    complete would otherwise fall back to the first scenario. What opens a scenario otherwise gives
    the picker another key.
    """
    return f"picker {st.session_state.get(OPENED, 0)}"


def pick() -> None:
    """Opens the scenario picked; the picker's callback."""
    open_source(st.session_state[picker_key()])


def open_source(source: str) -> None:
    """Opens a scenario by its id or folder name."""
    st.session_state[SOURCE] = source
    st.session_state[UNKNOWN] = ""
    st.session_state[OPENED] = st.session_state.get(OPENED, 0) + 1


def unknown() -> str:
    """The scenario the address asked for, where there is none of that name."""
    return str(st.session_state.get(UNKNOWN, ""))


def keep_address() -> None:
    """Writes the scenario into the page's address, so that a refresh opens it again."""
    st.query_params[QUERY] = source()
    if language() != ENGLISH or SPEAK in st.query_params:
        st.query_params[SPEAK] = language()


def source() -> str:
    """Id or folder name of the scenario that is open."""
    name: str = st.session_state[SOURCE]
    return name


def open_upload() -> None:
    """Keeps the uploaded workbook as a scenario and opens it, or keeps its findings."""
    file = st.session_state[FILE]
    try:
        scenario = load_untrusted(file.getvalue(), file.name)
    except ScenarioError as error:
        st.session_state[UPLOAD_FINDINGS] = error.findings
        return
    st.session_state[UPLOAD_FINDINGS] = ()
    open_new(scenario, file.name, file.getvalue())


def open_new(scenario: Scenario, name: str, original: bytes | None = None) -> None:
    """Keeps a scenario that is in no folder, with the file it was read from, and opens it."""
    base = store().keep_base(scenario.fingerprint, name, scenario.model_dump_json(), original)
    open_source(store().create(free_name(scenario.header.scenario), base, who()))


def free_name(name: str) -> str:
    """The name, or with the first number nobody has given it yet."""
    taken = {each.name for each in store().scenarios()} | set(sources.names())
    if name not in taken:
        return name
    return next(f"{name} {n}" for n in range(2, len(taken) + 3) if f"{name} {n}" not in taken)


def upload_findings() -> tuple[Finding, ...]:
    """What was wrong with the workbook last uploaded."""
    found: tuple[Finding, ...] = st.session_state.get(UPLOAD_FINDINGS, ())
    return found


def desk() -> Desk:
    """The desk of the open scenario; raises `ScenarioError` where its files have findings."""
    name = source()
    if name not in _desks():
        _desks()[name] = _new_desk(name)
    return _desks()[name]


def is_open() -> bool:
    """Whether the chosen scenario could be opened."""
    return source() in _desks()


def desk_history() -> History | None:
    """What the store tells of the open scenario; None for a shipped one or one that cannot open."""
    return _desks()[source()].history if is_open() else None


def _new_desk(name: str) -> Desk:
    if name in sources.names():
        return Desk(Sheets(sources.load(name)))
    history = store().history(name)
    work = Desk(Sheets(sources.load_base(history.base, store())))
    work.catch_up(history)
    return work


def _desks() -> dict[str, Desk]:
    kept: dict[str, Desk] = st.session_state.setdefault(DESKS, {})
    return kept


def catch_up() -> None:
    """Takes in what others have done to the open scenario since this session last looked."""
    work = desk()
    if work.history is not None and store().version(work.history.scenario) != work.version:
        names = {made.who for made in store().history(source()).made_since(work.version)}
        work.catch_up(store().history(source()))
        if names:
            notice(english("Changed meanwhile by {names}.", names=", ".join(sorted(names))))


def keep_known(key: str, known: list[str]) -> None:
    """Drops from a choice of several what can no longer be chosen; an empty rest is forgotten."""
    if key in st.session_state:
        kept = [value for value in st.session_state[key] if value in known]
        if not kept:
            del st.session_state[key]
        elif kept != list(st.session_state[key]):
            st.session_state[key] = kept


def notice(text: str) -> None:
    """Something to say once, at the next run of the page."""
    st.session_state[NOTICE] = text


def take_notice() -> str:
    """What is to be said once."""
    return str(st.session_state.pop(NOTICE, ""))


# Edits


def commit(table: str) -> None:
    """Takes in what the table's grid reports; called when it changes and again by the page."""
    work = desk()
    report = st.session_state.get(work.grid_key(table))
    if report is None:
        return
    changes = work.take_in(table, report)
    if work.problems:
        work.draw_afresh([table])
        notice(english("Not changed: {problems}", problems=" ".join(work.problems)))
        work.problems = []
    if changes:
        _save(changes, _typed(changes), from_grid=table)


def change(changes: Sequence[Change], words: str, note: str = "") -> None:
    """Makes changes that come from anywhere but a grid, as one step."""
    if changes:
        _save(list(changes), words, note)


def _save(changes: list[Change], words: str, note: str = "", from_grid: str = "") -> None:
    work = desk()
    try:
        _leave_shipped(work)
        assert work.history is not None
        scenario = work.history.scenario
        saved = store().edit(scenario, work.version, changes, who(), words, note)
    except StoreError as error:
        notice(str(error))
        work.draw_afresh([from_grid] if from_grid else [])
        return
    grid_made = saved.version - len(saved.conflicts) if from_grid else 0
    work.catch_up(store().history(scenario), grid_made)
    if saved.conflicts:
        work.conflicts += saved.conflicts
        work.draw_afresh(sorted({conflict.mine.table for conflict in saved.conflicts}))


def _leave_shipped(work: Desk) -> None:
    """The first edit of a shipped scenario, which is only read, goes into a copy of it."""
    if work.history is not None:
        return
    name = source()
    scenario = store().create(free_name(f"{name}, edited"), sources.base_of(name), who())
    work.history, work.version = store().history(scenario), 1
    _desks()[scenario] = _desks().pop(name)
    open_source(scenario)
    notice(english("'{name}' stays as shipped: you are working on a copy.", name=name))


def _typed(changes: Sequence[Change]) -> str:
    first = str(changes[0])
    if len(changes) == 1:
        return first
    return english("{first} and {count} more", first=first, count=len(changes) - 1)


def steps() -> tuple[list[Step], list[Step]]:
    """The person's steps that can be taken back, and those that can be done again."""
    history = desk().history
    if history is None or history.locked:
        return [], []
    return history.undoable(who()), history.redoable(who())


def undo() -> None:
    """Takes the person's last step back; a callback."""
    _turn(store().undo)


def redo() -> None:
    """Does the step taken back last again; a callback."""
    _turn(store().redo)


def _turn(command: Callable[[str, str], Step | None]) -> None:
    work = desk()
    if work.history is None:
        return
    try:
        command(work.history.scenario, who())
    except StoreError as error:
        notice(str(error))
    work.catch_up(store().history(work.history.scenario))


def revert(some: Sequence[Change]) -> None:
    """Puts cells and rows back to the base, as a step that can itself be undone."""
    words = english("Back to the base: {cells}", cells=_typed(some)) if some else ""
    change(inverse(some), words)


def settle(number: int, *, mine_wins: bool) -> None:
    """Ends a conflict: theirs stays, or mine is made on top of it; a callback."""
    work = desk()
    conflict = work.conflicts.pop(number)
    if mine_wins:
        mine = conflict.mine
        row = work.sheets.now[mine.table].find(mine.key)
        old = row if mine.is_row or row is None else row.get(mine.field)
        again = Change(mine.table, mine.key, mine.field, old, mine.new)
        change([again], english("After all: {mine}", mine=str(mine)))


# The scenario itself


def copy(name: str) -> None:
    """Copies the open scenario, shipped or not, and opens the copy; a callback."""
    work = desk()
    if work.history is None:
        make = partial(store().create, name, sources.base_of(source()))
    else:
        make = partial(store().copy, work.history.scenario, name)
    _try(lambda: open_source(make(who())))


def rename(name: str) -> None:
    """Renames the open scenario; a callback."""
    _try(lambda: store().rename(source(), name, who()))


def set_locked(*, locked: bool) -> None:
    """Locks the open scenario or lets it be changed again; a callback."""
    command = store().lock if locked else store().unlock
    _try(lambda: command(source(), who()))


def archive() -> None:
    """Takes the open scenario off the lists and opens what it started from; a callback."""
    history = desk().history
    if history is not None:
        store().archive(history.scenario, who())
        names = sources.names()
        open_source(history.base.name if history.base.name in names else names[0])


def _try(command: Callable[[], object]) -> None:
    try:
        command()
    except StoreError as error:
        notice(str(error))
    else:
        catch_up()
