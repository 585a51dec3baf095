"""Which units go where, when and at what price, and what is that worth?"""

from functools import partial

import streamlit as st

from planner.language import english, language, say
from planner.report import markets, tables
from planner.ui import components, downloads, kept, overrides, runs, solving, state, what_if, words

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
components.table(kept.of(plan, markets.by_market), english("By market"), currency)

shown = {
    english("Who gets what"): kept.of(plan, tables.parties),
    english("What makes up the value"): kept.of(plan, tables.value_parts),
    english("Not shipped, and why"): kept.of(plan, tables.exits),
    english("What holds the plan back"): kept.of(plan, tables.limits),
    english("Soft limits missed"): kept.of(plan, tables.shortfalls),
    english("Soft rules broken"): kept.of(plan, tables.breaches),
    english("Goals"): kept.of(plan, tables.goals),
    english("Papers and openings"): kept.of(plan, tables.openings),
    english("Hand-made plans"): kept.of(plan, tables.baselines),
    english("All figures"): words.figures(plan),
}
components.tabs(components.with_rows(shown), currency, words.CAPTIONS)
