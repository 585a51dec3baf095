"""The browser app: `streamlit run streamlit_app.py`."""

import streamlit as st

from planner.errors import ScenarioError
from planner.language import english, say
from planner.ui import bar, components, solving, state

PAGES = {
    "plan": english("Plan"),
    "markets": english("Markets"),
    "explain": english("Why"),
    "compare": english("Compare plans"),
    "pictures": english("Pictures"),
    "data": english("Scenario data"),
    "shipments": english("Shipments & prices"),
    "assumptions": english("Assumptions"),
    "new": english("New scenario"),
}


def main() -> None:
    """One run of the script, for one visitor."""
    state.remember_name()
    state.speak()
    st.set_page_config(say("Surplus planner"), page_icon="📦", layout="wide")
    state.open_first()
    page = st.navigation(
        [
            st.Page(
                f"planner/ui/pages/{name}.py",
                title=say(title),
                url_path=name,
                default=name == "plan",
            )
            for name, title in PAGES.items()
        ],
        position="top",
    )
    try:
        state.desk()
    except ScenarioError as error:
        bar.show()
        components.scenario_error(error)
        st.stop()
    state.catch_up()
    bar.show()
    bar.notices()
    solving.keep_up()
    page.run()


if __name__ == "__main__":  # not in the processes that solve, which read this file again
    main()
