"""A chart under the sentence that says what it shows."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from planner.language import retell, say
from planner.report.folder import guarded_csv
from planner.ui.chart_style import Figure
from planner.ui.components import escape

CONFIG = {"displaylogo": False, "displayModeBar": False}


def picture(finding: str, chart: Figure, key: str) -> None:
    """The finding as a headline, the chart below; the finding is also what screen readers say."""
    told = retell(finding)
    st.markdown(f"**{escape(told)}**")
    st.plotly_chart(chart, config=CONFIG, key=f"chart {key}", alt=told)


def download(frame: pd.DataFrame, name: str) -> None:
    """A button that gives a table as a file."""
    st.download_button(
        say("Download this table"),
        data=guarded_csv(frame),
        file_name=f"{name}.csv",
        mime="text/csv",
        on_click="ignore",
        key=f"download {name}",
    )
