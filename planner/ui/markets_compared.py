"""Markets on the same goods: tables, small multiples, waterfalls and where the next units go."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from planner.language import english, retell, say
from planner.plan.record import Plan
from planner.report import market_pictures
from planner.report.headings import shown
from planner.report.next_units import next_units, next_units_title
from planner.report.same_goods import SameGoods, market_facts, regimes, same_goods
from planner.ui import chart_bars, chart_flows, studying
from planner.ui.components import MANY_ROWS, NUMBER_FORMATS, TALL, table
from planner.ui.picture import download, picture

NEXT, STEPS = 1000, 4


def on_same_goods(plan: Plan, markets: Sequence[str], currency: str) -> None:
    """Unit economics of the markets on the goods that can be sold in all of them."""
    goods: SameGoods | None = studying.reckoned(
        "same goods",
        tuple(markets),
        lambda _: same_goods(plan, markets),
        english("comparing the markets on the same goods"),
    )
    if goods is None:
        return
    if not goods.lots:
        st.info(say("No lot can be sold in all of these markets. Choose others to compare."))
        return
    st.caption(
        say(
            "{count} lots can be sold in every one of these markets; each counts at its best way "
            "there, weighted by its units.",
            count=len(goods.lots),
        )
    )
    facts = market_facts(plan, goods)
    figures = [name for names in market_pictures.PANELS.values() for name in names]
    by = str(
        st.selectbox(
            say("Sort the markets by"),
            figures,
            index=figures.index("Netback"),
            format_func=retell,
            key="sort markets by",
            persist_state="session",
        )
    )
    titles = {
        "money": say("{currency} a unit", currency=currency),
        "days": say("days"),
        "share": "",
    }
    picture(
        market_pictures.panels_title(facts, by, currency),
        chart_bars.panels(market_pictures.panels(facts, by), titles),
        "panels",
    )
    steps = market_pictures.falls_by_part(goods)
    picture(
        say("From shelf price to netback, {currency} a unit, on one scale", currency=currency),
        chart_bars.waterfalls(steps, currency),
        "falls",
    )
    st.markdown(f"##### {say('Figure by figure')}")
    st.caption(
        say(
            "Money is in {currency} per unit. Demand and capacity used are the plan's.",
            currency=currency,
        )
    )
    words = market_pictures.facts_in_words(facts)
    table(words, "Figure by figure", height=560)
    download(words, "markets-figures")
    st.markdown(f"##### {say('Market by market')}")
    st.caption(say("Click on a heading to sort the markets by it."))
    _sortable(facts, currency)
    st.markdown(f"##### {say('Lot by lot')}")
    lots = market_pictures.lots_by_market(goods, currency)
    table(lots, "Lot by lot", currency, height=420)
    download(lots, "markets-lots")


def _sortable(facts: pd.DataFrame, currency: str) -> None:
    """One row per market; every figure is a number and can be sorted."""
    by_market = market_pictures.one_row_per_market(facts)
    kinds = dict(zip(facts["figure"], facts["kind"], strict=True))
    st.dataframe(
        by_market,
        hide_index=True,
        column_config={
            "market": st.column_config.TextColumn(say("Market"), pinned=True),
            **{
                name: st.column_config.NumberColumn(retell(name), format=NUMBER_FORMATS.get(kind))
                for name, kind in kinds.items()
                if kind != "text"
            },
        },
        alt=say("Market by market"),
    )
    download(by_market, "markets-one-by-one")


def law(plan: Plan, markets: Sequence[str]) -> None:
    """Duties, levies, parcel brackets and rules of law, with their dates and sources."""
    st.caption(
        say(
            "What the border and the law ask of goods for these markets, from when to when; blank "
            "dates mean always."
        )
    )
    rows = regimes(plan.scenario, markets).rename(columns={"what": "requirement"})
    dates = {
        name: [shown(each, "date") for each in rows[name]] for name in ("valid_from", "valid_to")
    }
    rows = rows.assign(**dates)
    table(rows, "Duties and rules", height=TALL if len(rows) > MANY_ROWS else "content")
    download(rows, "markets-law")


def next_thousand(plan: Plan, currency: str) -> None:
    """Where more of the same goods would go: plans made again, behind the page."""
    st.caption(
        say(
            "Every lot gets more units in proportion, {count} in all, in {steps} steps; the plan is "
            "made again at each.",
            count=f"{NEXT:,}",
            steps=STEPS,
        )
    )
    settings = studying.settings()
    curve = studying.planned(
        "next units",
        (str(NEXT),),
        studying.counting(
            lambda study: next_units(
                plan.scenario,
                settings,
                extra=NEXT,
                steps=STEPS,
                plan=plan,
                progress=study.hear,
                cancel=study.cancel,
            ),
            STEPS,
            english("more units"),
        ),
        say("Plan the next {count} units", count=f"{NEXT:,}"),
    )
    if curve is None:
        return
    finding = next_units_title(curve, currency)
    if not curve.empty:
        picture(finding, chart_flows.next_units(curve, currency), "next units")
        table(curve, "Next units", currency)
        download(curve, "next-units")
    else:
        st.info(retell(finding))
