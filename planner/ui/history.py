"""What happened to the open scenario, newest first: who, when, what."""

from __future__ import annotations

import streamlit as st

from planner.ui import state
from planner.ui.components import escape

MOST_SHOWN = 40


def show() -> None:
    """The steps made, those taken back and the conflicts, newest first."""
    history = state.desk_history()
    if history is None:
        st.caption("A shipped scenario is only read. Your first edit makes a copy of it.")
        return
    lines = [(made.version, made.at, made.who, made.words, made.note) for made in history.made] + [
        (
            each.version,
            each.at,
            each.my_name,
            f"Not made: {each.mine}; {each.their_name} had changed it to "
            f"{str(each.theirs).rpartition(' -> ')[2]}",
            "",
        )
        for each in history.conflicts
    ]
    if not lines:
        st.caption("Nothing has been changed yet.")
    for _, at, who, words, note in sorted(lines, reverse=True)[:MOST_SHOWN]:
        st.markdown(f"{escape(words)}" + (f" ({escape(note)})" if note else ""))
        st.caption(escape(f"{who}, {at.replace('T', ' ')[:16]} UTC"))
    if len(lines) > MOST_SHOWN:
        st.caption(f"{len(lines)} entries in all; the newest are shown.")
