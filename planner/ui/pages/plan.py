"""Which units go where, when and at what price, and what is that worth?"""

from functools import partial

import streamlit as st

from planner.report import markets, tables
from planner.ui import components, downloads, runs, state, words

ABOUT = """
**What Solve does.** It looks for the plan worth most: which units leave when, by which route, to
which market and channel, at which price, and what becomes of the rest, within every limit, price
floor and rule of the scenario. It says how far the plan can be from the best possible one, and an
independent audit recomputes it before you see it.

You can change any number first under **Scenario data**.
"""

work = state.desk()
components.title("Which units go where, when and at what price, and what is that worth?")
blocked = runs.invalid()
run = state.job()
running = run is not None and run.active

left, right = st.columns([1, 5], vertical_alignment="center")
with left:
    if running:
        st.button("Cancel", on_click=state.cancel, width="stretch")
    else:
        st.button("Solve", type="primary", on_click=state.solve, disabled=blocked, width="stretch")
with right:
    if running:
        runs.progress()
if not running:
    runs.run_problem()

plan = state.plan()
if plan is None:
    st.info(ABOUT)
    st.stop()

runs.stale()
currency = plan.scenario.header.currency
runs.verdict(plan)
st.markdown(components.escape(words.against_baselines(plan)))
with st.container(horizontal=True):
    for name, amount in words.tiles(plan):
        st.metric(name, amount, border=True)
st.caption(components.escape(words.certainty(plan)))
st.download_button(
    "Download the workbook" if plan.ready else "Download the workbook (plan NOT READY)",
    data=partial(downloads.plan_bytes, plan),
    file_name=downloads.plan_name(plan),
    mime=downloads.XLSX,
    on_click="ignore",
)

st.markdown("##### By market")
components.table(markets.by_market(plan), "By market", currency)

shown = {
    "Who gets what": tables.parties(plan),
    "What makes up the value": tables.value_parts(plan),
    "Not shipped, and why": tables.exits(plan),
    "What holds the plan back": tables.limits(plan),
    "Soft limits missed": tables.shortfalls(plan),
    "Soft rules broken": tables.breaches(plan),
    "Goals": tables.goals(plan),
    "Papers and openings": tables.openings(plan),
    "Hand-made plans": tables.baselines(plan),
    "All figures": words.figures(plan),
}
components.tabs(components.with_rows(shown), currency, words.CAPTIONS)
