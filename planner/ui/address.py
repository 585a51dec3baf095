"""What a page shows, kept in its address so that a link shows the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from planner.ui import components, state

PARTED = ","
MARKETS = "markets"


def chosen(
    label: str,
    options: Sequence[str],
    name: str,
    *,
    first: str | None = None,
    words: Callable[[str], str] = str,
) -> str:
    """One of several, remembered in the address under a name; at first that of the address."""
    key = f"in address {name} {state.source()}"
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(name, first)
        st.session_state[key] = asked if asked in options else options[0]
    picked = str(
        st.selectbox(label, list(options), key=key, format_func=words, persist_state="session")
    )
    st.query_params[name] = picked
    return picked


def shown(label: str, options: dict[str, str], name: str) -> str:
    """One of a few parts of a page, side by side, remembered in the address: its key in `options`."""
    key = f"in address {name}"
    if st.session_state.get(key) not in options:
        asked = st.query_params.get(name)
        st.session_state[key] = asked if asked in options else next(iter(options))
    picked = st.segmented_control(
        label,
        list(options),
        key=key,
        format_func=lambda each: options[each],
        required=True,
        label_visibility="collapsed",
        persist_state="session",
    )
    st.query_params[name] = str(picked)
    return str(picked)


def markets(known: list[str]) -> list[str]:
    """Two to eight markets, remembered in the address."""
    if state.MARKETS not in st.session_state:
        asked = st.query_params.get(MARKETS, "").split(PARTED)
        named = [name for name in asked if name in known][: components.MOST_MARKETS]
        if named:
            st.session_state[state.MARKETS] = named
    picked = components.pick_markets(known)
    st.query_params[MARKETS] = PARTED.join(picked)
    return picked
