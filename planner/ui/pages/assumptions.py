"""Where does every number come from, and what does every field mean?"""

import streamlit as st

from planner.domain.vocabulary import Confidence
from planner.io.dictionary import dictionary
from planner.language import english, say
from planner.report.assumptions import assumptions
from planner.ui import components, runs, state

components.title(english("Where does every number come from, and what does every field mean?"))
work = state.desk()
scenario = work.scenario or work.base
sources, meanings = st.tabs([say("Sources and assumptions"), say("Data dictionary")])
with sources:
    runs.invalid()
    kinds, words = st.columns(2)
    levels = kinds.pills(
        say("Confidence"), list(Confidence), format_func=say, selection_mode="multi"
    )
    text = words.text_input(
        say("Search"), placeholder=say("a table, a field, a source"), key="sources"
    )
    stated = components.narrowed(assumptions(scenario), confidence=levels)
    components.table(components.containing(stated, text), "Sources", height=600)
with meanings:
    text = st.text_input(say("Search"), placeholder=say("a table, a field, 中文"), key="meanings")
    fields = components.containing(dictionary(), text)
    components.table(components.in_one_language(fields), "Data dictionary", height=600)
