"""Where does every number come from, and what does every field mean?"""

import streamlit as st

from planner.domain.vocabulary import Confidence
from planner.io.dictionary import dictionary
from planner.report.assumptions import assumptions
from planner.ui import components, runs, state

components.title("Where does every number come from, and what does every field mean?")
work = state.desk()
scenario = work.scenario or work.base
sources, meanings = st.tabs(["Sources and assumptions", "Data dictionary"])
with sources:
    runs.invalid()
    kinds, words = st.columns(2)
    levels = kinds.pills("Confidence", list(Confidence), selection_mode="multi")
    text = words.text_input("Search", placeholder="a table, a field, a source", key="sources")
    stated = components.narrowed(assumptions(scenario), confidence=levels)
    components.table(components.containing(stated, text), "Sources", height=600)
with meanings:
    text = st.text_input("Search", placeholder="a table, a field, 中文", key="meanings")
    components.table(components.containing(dictionary(), text), "Data dictionary", height=600)
