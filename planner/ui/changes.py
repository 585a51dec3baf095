"""The list of changes in plain words, with revert, and the tools that make many at once."""

from __future__ import annotations

import streamlit as st

from planner.domain.check.basics import HEADER
from planner.language import counted, say
from planner.ui import many, state
from planner.ui.components import in_words, table_column_config

TICKED, BULK = "changes ticked", "bulk edit"


def tools(name: str, words: str) -> None:
    """What can be done with the table shown."""
    work = state.desk()
    changes = work.changes
    here = [change for change in changes if change.table == name]
    count = counted(len(changes), "difference", "differences")
    st.markdown(say("**{differences} from the base**", differences=count))
    bulk = st.popover(say("Bulk edit"), icon=":material/checklist:", key=BULK, on_change="rerun")
    if bulk.open:
        with bulk, st.container(width=560):
            many.bulk_edit(name, words)
    if name != HEADER:
        st.button(say("Paste from Excel"), icon=":material/content_paste:", on_click=_ask_to_paste)
        if st.session_state.pop(state.PASTING, False):
            many.paste(name)
    st.button(
        say("Revert this table"),
        on_click=state.revert,
        args=(here,),
        disabled=not here or work.locked,
    )


def _ask_to_paste() -> None:
    st.session_state[state.PASTING] = True
    st.session_state[many.PASTE] = ""


def ledger() -> None:
    """Every difference from the base: who, when and why; those ticked can be put back."""
    work = state.desk()
    changes = work.changes
    if not changes:
        return
    st.markdown(f"##### {say('Changes')}")
    lines = work.ledger()
    version = work.version
    chosen = st.dataframe(
        in_words(lines),
        column_config=table_column_config(lines, ""),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        key=f"{TICKED} {state.source()} {version}",
        alt=say("Changes"),
    )
    some = [changes[at] for at in chosen["selection"]["rows"]]
    with st.container(horizontal=True):
        st.button(
            say("Revert {lines} ticked", lines=counted(len(some), "line"))
            if some
            else say("Revert the lines ticked"),
            on_click=state.revert,
            args=(some,),
            disabled=not some or work.locked,
        )
        st.button(
            say("Revert everything"), on_click=state.revert, args=(changes,), disabled=work.locked
        )
