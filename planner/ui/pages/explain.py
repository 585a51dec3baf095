"""Why here, why not there, and what does a rule cost?"""

import streamlit as st

from planner.language import say
from planner.ui import address, components, explained, priced, runs

components.title("Why here, why not there, and what does a rule cost?")
plan = runs.plan_needed()
currency = plan.scenario.header.currency

part = address.shown(
    say("Part"),
    {
        "lot": say("A lot and a market"),
        "rule": say("Rules"),
        "locks": say("Locks"),
        "number": say("A number"),
    },
    "part of explain",
)
if part == "lot":
    left, right = st.columns(2)
    lots = {row.lot: f"{row.lot} {row.brand} {row.category}" for row in plan.scenario.lots}
    markets = {row.market: f"{row.market} {row.name}" for row in plan.scenario.markets}
    with left:
        lot = address.chosen(say("Lot"), list(lots), "lot", words=lambda each: lots[each])
    with right:
        market = address.chosen(
            say("Market"), list(markets), "market", words=lambda each: markets[each]
        )
    explained.lot_in_market(plan, lot, market, currency)
elif part == "rule":
    priced.rule(plan, currency)
elif part == "locks":
    priced.locks(plan, currency)
else:
    priced.number(plan, currency)
