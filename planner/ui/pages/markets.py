"""How do the markets compare, line by line, from shelf price to netback?"""

import streamlit as st

from planner.report import markets, tables
from planner.ui import charts, components, runs

components.title("How do the markets compare, line by line, from shelf price to netback?")
plan = runs.plan_needed()
currency = plan.scenario.header.currency
overview = markets.by_market(plan)
known = list(overview["market"])

chosen = components.pick_markets(known)
if len(chosen) < min(2, len(known)):
    st.info("Pick at least two markets to compare.")
    st.stop()

st.markdown("##### At a glance")
components.table(components.narrowed(overview, market=chosen), "At a glance", currency)

side_by_side = markets.markets_side_by_side(plan)
columns = [*chosen, markets.ALL_MARKETS]
st.markdown("##### What a shopper pays for an average unit, and who gets it")
st.plotly_chart(
    charts.who_gets_what(side_by_side, columns, currency),
    config={"displaylogo": False, "displayModeBar": False},
    alt="What a shopper pays for an average unit, and who gets it",
)

st.markdown("##### From shelf price to netback")
st.caption(f"{components.escape(currency)} per unit shipped, averages weighted by units.")
components.table(side_by_side[["part", "money_line", *columns]], "Waterfall", height="content")

st.markdown("##### Parallel trade")
st.caption(
    "What a trader could still earn on each style by buying it in one market and selling it in another: "
    "the most profitable pair, and every pair the plan is charged for. Prices before tax; a negative "
    "profit means that there is nothing to earn."
)
components.table(tables.arbitrage(plan), "Parallel trade", currency)
