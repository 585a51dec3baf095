"""What goes into the plan, and what have I changed?"""

from functools import partial

import streamlit as st

from planner.language import english, say
from planner.store.sheets import EDITABLE
from planner.ui import changes, components, downloads, runs, state

components.title(english("What goes into the plan, and what have I changed?"))
work = state.desk()
left, right = st.columns([2, 3])
with left:
    table = components.pick_table(list(EDITABLE))
with right:
    words = components.search_rows()
components.table_meaning(table)

tools = st.container(horizontal=True, vertical_alignment="center")
components.grid(table, words)
st.caption(
    say(
        "Double-click a cell to edit. Paste cells with Ctrl+V, add rows below the last one, take rows "
        "out with the box on their left and the Delete key. Names in a list are parted by ; and "
        "hovering over a heading explains it. Decimal commas, percentages and dates of other "
        "countries: use 'Paste from Excel'."
    )
)

with tools:
    changes.tools(table, words)
    if work.scenario is not None:
        st.download_button(
            say("Download the scenario as a workbook"),
            data=partial(downloads.scenario_bytes, work.scenario),
            file_name=downloads.scenario_name(work.scenario),
            mime=downloads.XLSX,
            on_click="ignore",
        )

if not runs.invalid():
    st.success(say("The scenario is sound: it can be solved."))
runs.status()
changes.ledger()
