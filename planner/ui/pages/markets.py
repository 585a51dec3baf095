"""How do the markets compare, line by line, from shelf price to netback?"""

import streamlit as st

from planner.language import say
from planner.report import markets, tables
from planner.ui import address, charts, components, kept, markets_compared, runs

components.title("How do the markets compare, line by line, from shelf price to netback?")
plan = runs.plan_needed()
currency = plan.scenario.header.currency
overview = kept.of(plan, markets.by_market)
sold = list(overview["market"])
known = list(dict.fromkeys([*sold, *(row.market for row in plan.scenario.markets)]))

chosen = address.markets(known)
if len(chosen) < min(2, len(known)):
    st.info(say("Pick at least two markets to compare."))
    st.stop()

part = address.shown(
    say("Part"),
    {
        "plan": say("In the plan"),
        "goods": say("On the same goods"),
        "law": say("Duties and rules"),
        "next": say("The next 1,000 units"),
        "trade": say("Parallel trade"),
    },
    "part",
)

if part == "plan":
    st.markdown(f"##### {say('At a glance')}")
    components.table(components.narrowed(overview, market=chosen), "At a glance", currency)
    side_by_side = kept.of(plan, markets.markets_side_by_side)
    columns = [name for name in [*chosen, markets.ALL_MARKETS] if name in side_by_side]
    title = say("What a shopper pays for an average unit, and who gets it")
    st.markdown(f"##### {title}")
    st.plotly_chart(
        charts.who_gets_what(side_by_side, columns, currency),
        config={"displaylogo": False, "displayModeBar": False},
        alt=title,
    )
    st.markdown(f"##### {say('From shelf price to netback')}")
    st.caption(
        say(
            "{currency} per unit shipped, averages weighted by units.",
            currency=components.escape(currency),
        )
    )
    components.table(side_by_side[["part", "money_line", *columns]], "Waterfall", height="content")
elif part == "goods":
    markets_compared.on_same_goods(plan, chosen, currency)
elif part == "law":
    markets_compared.law(plan, chosen)
elif part == "next":
    markets_compared.next_thousand(plan, currency)
else:
    st.caption(
        say(
            "What a trader could still earn on each style by buying it in one market and selling it "
            "in another: the most profitable pair, and every pair the plan is charged for. Prices "
            "before tax; a negative profit means that there is nothing to earn."
        )
    )
    components.table(tables.arbitrage(plan), "Parallel trade", currency)
