"""What goes into the plan, and what have I changed?"""

from functools import partial

import streamlit as st

from planner.ui import components, desk, downloads, runs, state

components.title("What goes into the plan, and what have I changed?")
work = state.desk()
table = components.pick_table(list(desk.EDITABLE))
components.table_meaning(table)

status = st.container(horizontal=True, vertical_alignment="center")
components.grid(table)
st.caption(
    "Double-click a cell to edit; decimals take a point (1.5). Paste from Excel with Ctrl+V, add "
    "rows below the last one, take rows out with the box on their left and the Delete key. "
    "Names in a list are parted by ; and hovering over a heading explains it."
)

count, scenario = work.count, work.scenario
with status:
    st.markdown(f"**{components.counted(count, 'cell or row', 'cells or rows')} changed**")
    st.button("Revert this table", on_click=work.revert, args=(table,), disabled=not count)
    st.button("Revert everything", on_click=work.revert, disabled=not count)
    if scenario is not None:
        st.download_button(
            "Download the scenario as a workbook",
            data=partial(downloads.scenario_bytes, scenario),
            file_name=downloads.scenario_name(scenario),
            mime=downloads.XLSX,
            on_click="ignore",
        )

if not runs.invalid():
    st.success("The scenario is sound: it can be solved.")
if count:
    st.markdown("##### Changes")
    components.table(work.changes, "Changes")
