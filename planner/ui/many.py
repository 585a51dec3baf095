"""Many cells at once: a bulk edit by filter and action, and a block pasted from a spreadsheet."""

from __future__ import annotations

from functools import partial

import pandas as pd
import streamlit as st

from planner.domain.changes import Change
from planner.domain.check.basics import HEADER
from planner.io.paste import Decimal, Pasted, read_paste
from planner.language import counted, english, say
from planner.store.sheets import key_in, record_of
from planner.ui import bulk, state
from planner.ui.bulk import Action, Bulk
from planner.ui.components import called_field, escape, table

MOST_VALUES = 400
MOST_PREVIEWED = 200
FEW, PREVIEW_HEIGHT = 6, 210
SIGNS = {english("as the block shows"): None, "1,234.5": Decimal.POINT, "1.234,5": Decimal.COMMA}
PASTE = "pasted text"


def bulk_edit(name: str, words: str) -> None:
    """Choose rows, an action and an amount; see how many cells it changes; make it one step."""
    if name == HEADER:
        st.caption(say("The header has one row: edit it in the grid."))
        return
    rows = state.desk().matching(name, words)
    if words:
        found = counted(len(rows), "row")
        st.caption(say("Of the {rows} found by '{words}':", rows=found, words=escape(words)))
    known = bulk.sorting_fields(name, rows, MOST_VALUES)
    called = partial(called_field, name)
    by = st.multiselect(
        say("Only rows chosen by"),
        known,
        format_func=called,
        placeholder=say("Choose options"),
        key=f"bulk by {name}",
    )
    chosen = {
        field: st.multiselect(
            called(field),
            bulk.values(rows, field),
            placeholder=say("Choose options"),
            key=f"bulk {name} {field}",
        )
        for field in by
    }
    field_place, action_place, amount_place = st.columns([3, 2, 2])
    field = field_place.selectbox(
        say("Field"), bulk.editable(name), format_func=called, key=f"bulk field {name}"
    )
    action = action_place.selectbox(
        say("Action"),
        bulk.actions(name, field),
        format_func=say,
        key=f"bulk action {name} {field}",
    )
    amount = amount_place.text_input(say("Amount"), key=f"bulk amount {name} {field}")
    asked = Bulk(name, field, Action(action), amount)
    changes = asked.changes(bulk.where(rows, chosen)) if amount.strip() else []
    st.button(
        say("Change {cells}", cells=counted(len(changes), "cell")),
        type="primary",
        on_click=state.change,
        args=(changes, _words(asked, chosen)),
        disabled=not changes or state.desk().locked,
        key=f"bulk apply {name}",
    )
    preview(changes)


def _words(asked: Bulk, chosen: dict[str, list[str]]) -> str:
    rows = "; ".join(f"{field} {', '.join(some)}" for field, some in chosen.items() if some)
    return english("{edit} (only {rows})", edit=asked.words, rows=rows) if rows else asked.words


def preview(changes: list[Change]) -> None:
    """What a step would change, before it is made."""
    if not changes:
        st.caption(say("Nothing would change."))
        return
    lines = pd.DataFrame([{"what_changes": str(each)} for each in changes[:MOST_PREVIEWED]])
    table(lines, "What would change", height="content" if len(lines) < FEW else PREVIEW_HEIGHT)


def paste(name: str) -> None:
    """A block with its headings, in a dialog."""
    st.dialog(say("Paste from Excel"), width="large")(_paste)(name)


def _paste(name: str) -> None:
    """What the block would change and what is rejected, then one step."""
    state.speak()
    keys = ", ".join(record_of(name).key_fields)
    st.caption(
        say(
            "Copy the rows together with their headings; {keys} must be among them. Decimal commas, "
            "percentages, currency signs and dates such as 2026年5月1日 are read.",
            keys=escape(keys),
        )
    )
    text = st.text_area(say("Cells"), key=PASTE, height=160, placeholder="Ctrl+V")
    sign = st.radio(say("Numbers are written as"), list(SIGNS), format_func=say, horizontal=True)
    if not text.strip():
        return
    rows = {key_in(name, row): row for row in state.desk().sheets.now[name].rows.values()}
    found = read_paste(text, name, record_of(name), rows, SIGNS[sign])
    _say(found)
    changes = list(found.changes)
    label = say("Paste {changes}", changes=counted(len(changes), "change"))
    if st.button(label, type="primary", disabled=not changes or state.desk().locked):
        words = english("Pasted into {table}: changes: {count}", table=name, count=len(changes))
        state.change(changes, words)
        st.rerun()


def _say(found: Pasted) -> None:
    new = sum(change.is_row for change in found.changes)
    st.markdown(
        say(
            "**{cells} changed, {rows}, {same} unchanged, {rejected} rejected**",
            cells=counted(len(found.changes) - new, "cell"),
            rows=counted(new, "new row"),
            same=found.same,
            rejected=len(found.rejected),
        )
    )
    preview(list(found.changes))
    if found.rejected:
        st.markdown(say("Rejected; everything else can still be pasted:"))
        table(pd.DataFrame(found.rejected), "Rejected")
