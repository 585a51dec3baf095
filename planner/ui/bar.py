"""The frame on top of every page: which scenario, its band, undo and redo, history, settings."""

from __future__ import annotations

import zlib
from pathlib import Path

import pandas as pd
import streamlit as st

from planner.domain.changes import Change
from planner.language import CHINESE, LANGUAGES, counted, english, retell, say
from planner.plan.record import Plan
from planner.store import Step
from planner.ui import solving, state, words
from planner.ui.components import escape, findings
from planner.ui.history import show as show_history

SETTINGS_HELP = {
    "seconds": english("Wall time the solver may use. It stops earlier when the gap is reached."),
    "gap": english("How close to the proven bound is close enough."),
    "perspective": english("Whose money the plan maximises."),
}
COLOURS = ("blue", "green", "orange", "red", "violet", "teal")
SHIPPED = "shipped"
NAME_SECONDS = 365 * 24 * 3600
STYLE = (Path(__file__).parent / "frame.css").read_text(encoding="utf-8")
CHINESE_STYLE = (Path(__file__).parent / "chinese.css").read_text(encoding="utf-8")


def show() -> None:
    """Scenario picker, upload and settings; says what is open."""
    st.html(f"<style>{STYLE}{CHINESE_STYLE if state.language() == CHINESE else ''}</style>")
    _first_line()
    _band()
    _keep_name()
    if unknown := state.unknown():
        st.warning(
            say("There is no scenario named {name}; another one is open.", name=escape(unknown))
        )
    state.keep_address()


def notices() -> None:
    """What is to be said once, and the cells that two people gave different values."""
    if text := state.take_notice():
        st.toast(escape(retell(text)), duration="long")
    conflicts = state.desk().conflicts
    for number, conflict in enumerate(conflicts):
        with st.container(border=True, horizontal=True, vertical_alignment="center"):
            theirs = _said(conflict.theirs)
            st.markdown(
                say(
                    "**Two values for one cell.** {mine}; meanwhile {name} made it **{theirs}**.",
                    mine=escape(retell(str(conflict.mine))),
                    name=escape(conflict.their_name),
                    theirs=escape(retell(theirs)),
                )
            )
            for label, wins in ((say("Keep theirs"), False), (say("Use mine"), True)):
                st.button(
                    label,
                    key=f"conflict {number} {wins} {conflict.at}",
                    on_click=state.settle,
                    args=(number,),
                    kwargs={"mine_wins": wins},
                )


def _said(change: Change) -> str:
    return str(change).rpartition(" -> ")[2] if not change.is_row else str(change)


def _keep_name() -> None:
    """The browser keeps the visitor's name for a year, for the next session; nobody else sees it."""
    name = state.name_to_keep()
    if name is None:
        return
    life = NAME_SECONDS if name else 0
    cookie = f"{state.NAME_COOKIE}={name}; path=/; max-age={life}; SameSite=Strict"
    with st.container(key="kept-name"):
        st.html(f"<script>document.cookie = '{cookie}';</script>", unsafe_allow_javascript=True)


def _first_line() -> None:
    picker, undo, redo, past, more, settings, spoken = st.columns(
        [3.6, 1.25, 1.25, 1.5, 1.4, 1.2, 1.6], vertical_alignment="bottom"
    )
    choices, names = state.choices(), state.mine()
    picker.selectbox(
        say("Scenario"),
        choices,
        index=choices.index(state.source()),
        key=state.picker_key(),
        on_change=state.pick,
        format_func=lambda name: (
            names[name].name if name in names else say("{name} (as shipped)", name=name)
        ),
        label_visibility="collapsed",
    )
    undoable, redoable = state.steps()
    undo.button(
        f"{say('Undo')} {len(undoable) or ''}".strip(),
        icon=":material/undo:",
        on_click=state.undo,
        disabled=not undoable,
        shortcut="Ctrl+Alt+Z",
        width="stretch",
        key="undo",
        help=_turn_help("Ctrl+Alt+Z", undoable),
    )
    redo.button(
        f"{say('Redo')} {len(redoable) or ''}".strip(),
        icon=":material/redo:",
        on_click=state.redo,
        disabled=not redoable,
        shortcut="Ctrl+Alt+Y",
        width="stretch",
        key="redo",
        help=_turn_help("Ctrl+Alt+Y", redoable),
    )
    opened = past.popover(
        say("History"), width="stretch", icon=":material/history:", key="history", on_change="rerun"
    )
    if opened.open:
        with opened:
            show_history()
    with more.popover(say("Scenario"), width="stretch", key="scenario menu"):
        _scenario()
    with settings.popover(say("You"), width="stretch", key="settings menu"):
        _settings()
    spoken.segmented_control(
        say("Language"),
        list(LANGUAGES),
        default=state.language(),
        format_func=lambda name: LANGUAGES[name],
        key=state.SPOKEN,
        on_change=state.choose_language,
        required=True,
        label_visibility="collapsed",
    )


def _turn_help(keys: str, steps: list[Step]) -> str:
    """The step that is next, and the keys that do the same."""
    return f"{escape(retell(steps[-1].made.words))} ({keys})" if steps else keys


def _band() -> None:
    """Name and colour of the scenario that is open, so that nobody works in the wrong one."""
    history = state.desk_history()
    if history is None:
        colour, name = SHIPPED, state.source()
        how = say("as shipped; the first edit makes your copy")
    else:
        colour = COLOURS[zlib.crc32(history.scenario.encode()) % len(COLOURS)]
        name = history.name
        how = say("saved {time} UTC", time=history.changed_at[11:16])
        if history.base.kind == "folder":
            how = say("based on {name}, {saved}", name=history.base.name, saved=how)
        if history.locked:
            how = say("locked: read only, {saved}", saved=how)
    with st.container(key=f"band-{colour}", horizontal=True, vertical_alignment="center"):
        icon = ":material/lock: " if history is None or history.locked else ""
        st.markdown(f"{icon}**{escape(name)}**", width="content")
        st.caption(escape(how), width="stretch")
        if state.is_open() and (plan := solving.plan()) is not None:
            _worth(plan)


def _worth(plan: Plan) -> None:
    """What the plan shown is worth, on every page: an edit's answer is seen where it was made."""
    earlier = bool(solving.stale())
    told = words.worth(plan, state.desk().plan_before)
    with st.container(key="worth-earlier" if earlier else "worth-now", width="content"):
        st.markdown(say("earlier plan: {worth}", worth=escape(told)) if earlier else escape(told))


def _scenario() -> None:
    """What can be done with the scenario as a whole."""
    history = state.desk_history()
    name = history.name if history else state.source()
    key = f"{state.source()} {history.version if history else 0}"
    copied = say("{name}, copy", name=name)
    fresh = st.text_input(say("Name"), state.free_name(copied), key=f"name of copy {key}")
    st.button(say("Copy"), on_click=state.copy, args=(fresh,), width="stretch")
    if history is not None:
        renamed = st.text_input(say("New name"), name, key=f"name {key}")
        st.button(say("Rename"), on_click=state.rename, args=(renamed,), width="stretch")
        label = say("Unlock") if history.locked else say("Lock (read only)")
        st.button(
            label,
            on_click=state.set_locked,
            kwargs={"locked": not history.locked},
            width="stretch",
        )
        st.button(say("Move to the archive"), on_click=state.archive, width="stretch")
    st.divider()
    st.caption(
        say("A scenario workbook: a sheet 'scenario' and one sheet per table, at most 20 MB.")
    )
    file = st.file_uploader(say("Upload a workbook"), type=["xlsx"], key=state.FILE)
    st.button(say("Open it"), on_click=state.open_upload, disabled=file is None, width="stretch")
    if found := state.upload_findings():
        st.error(say("{findings}; nothing was loaded.", findings=counted(len(found), "finding")))
        findings(pd.DataFrame(found))


def _settings() -> None:
    st.text_input(
        say("Your name"),
        key=state.NAME,
        placeholder=say(state.GUEST),
        persist_state="session",
        help=say("Stands beside your changes. Undo takes back your own."),
    )
    st.number_input(
        say("Seconds allowed"),
        1.0,
        3600.0,
        solving.DEFAULT_SECONDS,
        step=10.0,
        key=solving.SECONDS,
        help=say(SETTINGS_HELP["seconds"]),
    )
    st.number_input(
        say("Gap asked, in %"), 0.0, 50.0, solving.DEFAULT_GAP, step=0.1, format="%.3f",
        key=solving.GAP, help=say(SETTINGS_HELP["gap"]),
    )  # fmt: skip
    st.selectbox(
        say("Whose plan"),
        solving.PERSPECTIVES,
        format_func=say,
        key=solving.PERSPECTIVE,
        help=say(SETTINGS_HELP["perspective"]),
    )
