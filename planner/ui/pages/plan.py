"""Which units go where, when and at what price, and what is that worth?"""

from functools import partial

import streamlit as st

from planner.language import english, language, say
from planner.report import markets, tables
from planner.ui import components, downloads, overrides, runs, solving, state, what_if, words

ABOUT = english(
    "**What Solve does.** It looks for the plan worth most: which units leave when, by which route, "
    "to which market and channel, at which price, and what becomes of the rest, within every limit, "
    "price floor and rule of the scenario. It says how far the plan can be from the best possible "
    "one, and an independent audit recomputes it before you see it.\n\n"
    "You can change any number first under **Scenario data**."
)

work = state.desk()
components.title(english("Which units go where, when and at what price, and what is that worth?"))
blocked = runs.invalid()
with st.container(horizontal=True, vertical_alignment="center"):
    runs.solve_button(blocked=blocked)
    runs.live_switch()
runs.status()

plan = solving.plan()
if plan is None:
    st.info(say(ABOUT))
    st.stop()

currency, earlier = plan.scenario.header.currency, bool(solving.stale())
runs.verdict(plan)
st.markdown(components.escape(words.against_baselines(plan)))
with st.container(horizontal=True):
    for name, amount, change in words.tiles(plan, work.plan_before):
        less = name in words.BETTER_LOW
        st.metric(
            say(name), amount, change, border=True, delta_color="inverse" if less else "normal"
        )
st.caption(components.escape(words.certainty(plan)))
st.download_button(
    downloads.plan_label(plan, earlier=earlier),
    data=partial(downloads.plan_bytes, plan, language()),
    file_name=downloads.plan_name(plan, earlier=earlier),
    mime=downloads.XLSX,
    on_click="ignore",
)

runs.what_moved(work)
what_if.show()
st.markdown(f"##### {say('Decide yourself')}")
overrides.show(plan, currency)
st.markdown(f"##### {say('By market')}")
components.table(markets.by_market(plan), english("By market"), currency)

shown = {
    english("Who gets what"): tables.parties(plan),
    english("What makes up the value"): tables.value_parts(plan),
    english("Not shipped, and why"): tables.exits(plan),
    english("What holds the plan back"): tables.limits(plan),
    english("Soft limits missed"): tables.shortfalls(plan),
    english("Soft rules broken"): tables.breaches(plan),
    english("Goals"): tables.goals(plan),
    english("Papers and openings"): tables.openings(plan),
    english("Hand-made plans"): tables.baselines(plan),
    english("All figures"): words.figures(plan),
}
components.tabs(components.with_rows(shown), currency, words.CAPTIONS)
