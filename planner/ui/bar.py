"""The bar on top of every page: which scenario, uploads and the solver's settings."""

from __future__ import annotations

import streamlit as st

from planner.ui import state
from planner.ui.components import escape

SETTINGS_HELP = {
    "seconds": "Wall time the solver may use. It stops earlier when the gap is reached.",
    "gap": "How close to the proven bound is close enough.",
    "perspective": "Whose money the plan maximises.",
}


def show() -> None:
    """Scenario picker, upload and settings; says what is open."""
    picker, upload, settings = st.columns([5, 2, 2], vertical_alignment="bottom")
    choices = state.choices()
    picker.selectbox(
        "Scenario",
        choices,
        index=choices.index(state.source()),
        key=state.picker_key(),
        on_change=state.pick,
        label_visibility="collapsed",
    )
    with upload.popover("Upload a workbook", width="stretch"):
        _upload()
    with settings.popover("Solver settings", width="stretch"):
        _settings()
    if unknown := state.unknown():
        st.warning(f"There is no scenario named {escape(unknown)}; another one is open.")
    state.keep_address()


def _upload() -> None:
    st.caption("A scenario workbook: a sheet 'scenario' and one sheet per table, at most 20 MB.")
    file = st.file_uploader("Workbook", type=["xlsx"], key=state.FILE)
    st.button("Open it", on_click=state.open_upload, disabled=file is None)
    for finding in state.upload_findings():
        st.text(str(finding))


def _settings() -> None:
    st.number_input(
        "Seconds allowed",
        1.0,
        3600.0,
        state.DEFAULT_SECONDS,
        step=10.0,
        key=state.SECONDS,
        help=SETTINGS_HELP["seconds"],
    )
    st.number_input(
        "Gap asked, in %", 0.0, 50.0, state.DEFAULT_GAP, step=0.1, format="%.3f", key=state.GAP,
        help=SETTINGS_HELP["gap"],
    )  # fmt: skip
    st.selectbox(
        "Whose plan", state.PERSPECTIVES, key=state.PERSPECTIVE, help=SETTINGS_HELP["perspective"]
    )
