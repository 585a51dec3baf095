"""What leaves when, by which route, and at which price is it sold?"""

import streamlit as st

from planner.report import tables
from planner.ui import components, runs

components.title("What leaves when, by which route, and at which price is it sold?")
plan = runs.plan_needed()
currency = plan.scenario.header.currency
market, lots = components.pick_goods(plan.scenario)

shipments = components.narrowed(tables.shipments(plan), market=market, lot=lots)
calendar = components.narrowed(tables.price_calendar(plan), market=market, lot=lots)
sales = components.narrowed(tables.sales(plan), market=market)

first, second, third = st.tabs(["Shipment plan", "Price calendar", "Sales by channel and period"])
with first:
    st.caption(components.counted(len(shipments), "shipment line"))
    components.table(shipments, "Shipment plan", currency, height=560)
with second:
    st.caption("Shelf prices in the market's currency, tax included; blank means not on sale.")
    components.table(calendar, "Price calendar", currency, height=560)
with third:
    st.caption("All lots of the markets chosen.")
    components.table(sales, "Sales", currency, height=560)
