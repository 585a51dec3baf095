"""Numbers a planner keeps at hand: pinned cells as sliders, from -50 % to +50 % of the base."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from planner.domain.changes import Change, Key, said
from planner.domain.check.basics import HEADER
from planner.domain.columns import columns
from planner.language import english, say
from planner.store.sheets import EDITABLE, key_in, record_of
from planner.ui import bulk, state
from planner.ui.bulk import DIGITS, PERCENT
from planner.ui.components import called_field, called_table, escape

PINS = "pinned numbers"
MOST = 50
STEP = 1
Place = tuple[str, Key, str]


def pins() -> list[Place]:
    """The cells pinned in this session."""
    kept: list[Place] = st.session_state.setdefault(PINS, [])
    return kept


def show() -> None:
    """A slider for each pinned number, and a way to pin another."""
    known = [place for place in pins() if _numbers(place)]
    for place, column in zip(known, st.columns(max(len(known), 1)), strict=False):
        with column:
            _slider(place)
    with st.popover(say("Pin a number"), key="pin", icon=":material/push_pin:"):
        _pin()


def changes_for(place: Place, percent: float) -> list[Change]:
    """The cell at so many percent above or below the base."""
    table, key, field = place
    now, base = _numbers(place) or (0.0, 0.0)
    new = base * (1 + percent / PERCENT)
    new = round(new) if bulk.column_of(table, field).kind is int else round(new, DIGITS)
    return [Change(table, key, field, now, new)] if new != now else []


def _slider(place: Place) -> None:
    table, key, field = place
    now, base = _numbers(place) or (0.0, 0.0)
    name = " ".join(filter(None, (table, " | ".join(filter(None, key)), field)))
    widget = f"pin {name} {state.desk().name}"
    percent = round((now / base - 1) * PERCENT) if base else 0
    shown = max(-MOST, min(MOST, percent))
    if st.session_state.get(widget) != shown:  # set only then: a key pressed meanwhile is not lost
        st.session_state[widget] = shown
    st.slider(
        escape(name),
        -MOST,
        MOST,
        step=STEP,
        format="%+d %%",
        key=widget,
        on_change=partial(_moved, place, widget, name),
        disabled=state.desk().locked,
    )
    st.caption(escape(say("now {now}, base {base}", now=said(now), base=said(base))))


def _moved(place: Place, widget: str, name: str) -> None:
    percent = st.session_state[widget]
    state.change(
        changes_for(place, percent),
        english("{name}: {percent} % of the base", name=name, percent=f"{percent:+d}"),
    )


def _pin() -> None:
    sheets = state.desk().sheets
    table = st.selectbox(
        say("Table"),
        EDITABLE,
        format_func=called_table,
        index=EDITABLE.index("exchange_rates"),
        key="pin table",
    )
    fields = [name for name in _fields(table) if bulk.column_of(table, name).kind in (int, float)]
    field = st.selectbox(
        say("Number"), fields, format_func=partial(called_field, table), key=f"pin field {table}"
    )
    keys = [key_in(table, row) for row in sheets.now[table].rows.values()]
    key = st.selectbox(
        say("Row"),
        keys,
        format_func=lambda key: " | ".join(filter(None, key)) or say("the scenario"),
        key=f"pin row {table}",
    )
    st.button(
        say("Pin it"),
        on_click=lambda: pins().append((table, key, field)),
        disabled=field is None or key is None or (table, key, field) in pins(),
    )
    if pins():
        st.button(say("Unpin all"), on_click=pins().clear)


def _fields(table: str) -> Sequence[str]:
    if table == HEADER:
        return [column.name for column in columns(record_of(HEADER))]
    return bulk.editable(table)


def _numbers(place: Place) -> tuple[float, float] | None:
    """The number now and in the base; None where the open scenario has no such number."""
    table, key, field = place
    sheets = state.desk().sheets
    now, base = (sheet[table].find(key) for sheet in (sheets.now, sheets.before))
    values = [row.get(field) if row else None for row in (now, base)]
    if any(isinstance(each, bool) or not isinstance(each, int | float) for each in values):
        return None
    return values[0], values[1]  # type: ignore[return-value]
