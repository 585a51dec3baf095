"""How do I plan my own stock?"""

import streamlit as st

from planner.errors import ScenarioError
from planner.language import say
from planner.ui import components, new_scenario

st.markdown(f"#### {say('How do I plan my own stock?')}")
file = new_scenario.choose_file()
like = new_scenario.choose_like()
if file is None:
    st.info(
        say("Choose a stock list: its columns are recognised, and nothing is saved before step 5.")
    )
    st.stop()
try:
    stock = new_scenario.understood(*file, like)
except ScenarioError as error:
    components.scenario_error(error)
    st.stop()
new_scenario.rows(stock)
new_scenario.create(stock, like)
