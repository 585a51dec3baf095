"""What differs between two plans, and why is the one worth more?"""

import streamlit as st

from planner.language import say
from planner.ui import address, compared, components, plans, runs

components.title("What differs between two plans, and why is the one worth more?")
runs.plan_needed()
choices = plans.choices()
left, right = st.columns(2)
with left:
    first = address.chosen(
        say("First plan"), choices, "first", first=plans.beside(choices), words=plans.named
    )
with right:
    last = address.chosen(say("Second plan"), choices, "second", words=plans.named)
if first == last:
    st.info(say("Choose two different plans to compare."))
    st.stop()
found = [plans.candidate(each) for each in (first, last)]
both = [compared.plan_of(each, known) for each, known in zip((first, last), found, strict=True)]
if both[0] is not None and both[1] is not None:
    compared.both(both[0], both[1], (found[0].name, found[1].name))
