"""What happened to the open scenario, newest first: who, when, what."""

from __future__ import annotations

import streamlit as st

from planner.language import english, retell, say
from planner.ui import state
from planner.ui.components import escape

MOST_SHOWN = 40


def show() -> None:
    """The steps made, those taken back and the conflicts, newest first."""
    history = state.desk_history()
    if history is None:
        st.caption(say("A shipped scenario is only read. Your first edit makes a copy of it."))
        return
    lines = [(made.version, made.at, made.who, made.words, made.note) for made in history.made] + [
        (
            each.version,
            each.at,
            each.my_name,
            english(
                "Not made: {mine}; {name} had changed it to {theirs}",
                mine=each.mine,
                name=each.their_name,
                theirs=str(each.theirs).rpartition(" -> ")[2],
            ),
            "",
        )
        for each in history.conflicts
    ]
    if not lines:
        st.caption(say("Nothing has been changed yet."))
    for _, at, who, words, note in sorted(lines, reverse=True)[:MOST_SHOWN]:
        st.markdown(escape(retell(words)) + (f" ({escape(note)})" if note else ""))
        st.caption(escape(f"{who}, {at.replace('T', ' ')[:16]} UTC"))
    if len(lines) > MOST_SHOWN:
        st.caption(say("{count} entries in all; the newest are shown.", count=len(lines)))
