"""Many cells at once: a bulk edit by filter and action, and a block pasted from a spreadsheet."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from planner.domain.changes import Change
from planner.domain.check.basics import HEADER
from planner.io.paste import Decimal, Pasted, read_paste
from planner.store.sheets import key_in, record_of
from planner.ui import bulk, state
from planner.ui.bulk import Action, Bulk
from planner.ui.components import counted, escape, table

MOST_VALUES = 400
MOST_PREVIEWED = 200
FEW, PREVIEW_HEIGHT = 6, 210
SIGNS = {"as the block shows": None, "1,234.5": Decimal.POINT, "1.234,5": Decimal.COMMA}
PASTE = "pasted text"


def bulk_edit(name: str, words: str) -> None:
    """Choose rows, an action and an amount; see how many cells it changes; make it one step."""
    if name == HEADER:
        st.caption("The header has one row: edit it in the grid.")
        return
    rows = state.desk().matching(name, words)
    if words:
        st.caption(f"Of the {counted(len(rows), 'row')} found by '{escape(words)}':")
    known = bulk.sorting_fields(name, rows, MOST_VALUES)
    by = st.multiselect("Only rows chosen by", known, key=f"bulk by {name}")
    chosen = {
        field: st.multiselect(field, bulk.values(rows, field), key=f"bulk {name} {field}")
        for field in by
    }
    field_place, action_place, amount_place = st.columns([3, 2, 2])
    field = field_place.selectbox("Field", bulk.editable(name), key=f"bulk field {name}")
    action = action_place.selectbox(
        "Action", bulk.actions(name, field), key=f"bulk action {name} {field}"
    )
    amount = amount_place.text_input("Amount", key=f"bulk amount {name} {field}")
    asked = Bulk(name, field, Action(action), amount)
    changes = asked.changes(bulk.where(rows, chosen)) if amount.strip() else []
    st.button(
        f"Change {counted(len(changes), 'cell')}",
        type="primary",
        on_click=state.change,
        args=(changes, _words(asked, chosen)),
        disabled=not changes or state.desk().locked,
        key=f"bulk apply {name}",
    )
    preview(changes)


def _words(asked: Bulk, chosen: dict[str, list[str]]) -> str:
    rows = "; ".join(f"{field} {', '.join(some)}" for field, some in chosen.items() if some)
    return f"{asked.words}" + (f" (only {rows})" if rows else "")


def preview(changes: list[Change]) -> None:
    """What a step would change, before it is made."""
    if not changes:
        st.caption("Nothing would change.")
        return
    lines = pd.DataFrame([{"what_changes": str(each)} for each in changes[:MOST_PREVIEWED]])
    table(lines, "What would change", height="content" if len(lines) < FEW else PREVIEW_HEIGHT)


@st.dialog("Paste from Excel", width="large")
def paste(name: str) -> None:
    """A block with its headings: what it would change and what is rejected, then one step."""
    keys = ", ".join(record_of(name).key_fields)
    st.caption(
        f"Copy the rows together with their headings; {keys} must be among them. Decimal commas, "
        "percentages, currency signs and dates such as 2026年5月1日 are read."
    )
    text = st.text_area("Cells", key=PASTE, height=160, placeholder="Ctrl+V")
    sign = st.radio("Numbers are written as", list(SIGNS), horizontal=True)
    if not text.strip():
        return
    rows = {key_in(name, row): row for row in state.desk().sheets.now[name].rows.values()}
    found = read_paste(text, name, record_of(name), rows, SIGNS[sign])
    _say(found)
    changes = list(found.changes)
    label = f"Paste {counted(len(changes), 'change')}"
    if st.button(label, type="primary", disabled=not changes or state.desk().locked):
        state.change(changes, f"Pasted {counted(len(changes), 'change')} into {name}")
        st.rerun()


def _say(found: Pasted) -> None:
    new = sum(change.is_row for change in found.changes)
    st.markdown(
        f"**{counted(len(found.changes) - new, 'cell')} changed, {counted(new, 'new row')}, "
        f"{found.same} unchanged, {len(found.rejected)} rejected**"
    )
    preview(list(found.changes))
    if found.rejected:
        st.markdown("Rejected; everything else can still be pasted:")
        table(pd.DataFrame(found.rejected), "Rejected")
