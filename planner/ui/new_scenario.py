"""A stock list as merchandisers keep it -> a scenario of the workbench, step by step."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from planner.domain.columns import columns
from planner.domain.records import Lot
from planner.domain.scenario import Scenario
from planner.errors import ScenarioError
from planner.io.stock_columns import SIZE, UNITS_OF_SIZE, StockLayout, with_field
from planner.io.stock_list import StockList, read_stock_list, scenario_of_list
from planner.language import counted, english, language, retell, say
from planner.ui import sources, state
from planner.ui.components import called_field, escape, findings, table

FILE = "stock list"
NOT_READ = english("(not read)")
GIVEN = {
    "brand": english("Brand"),
    "category": english("Category"),
    "tag_currency": english("Currency of the tags"),
}
MOST_SHOWN = 500


def choose_file() -> tuple[str, bytes] | None:
    """The list, as a workbook or CSV."""
    st.markdown(f"##### {say('1. The stock list')}")
    file = st.file_uploader(
        say("An .xlsx or .csv file with a row for each sku, headings in English or Chinese"),
        type=["xlsx", "csv"],
        key=FILE,
    )
    return (file.name, file.getvalue()) if file else None


def choose_like() -> Scenario:
    """The scenario whose markets, routes, prices and rules are taken."""
    st.markdown(f"##### {say('2. Markets, routes and rules')}")
    names = sources.names()
    like = st.selectbox(
        say("As in"),
        names,
        help=say("Channels, taxes, freight and demand come from this scenario with their sources."),
        key="new scenario like",
    )
    scenario = sources.load(like)
    st.caption(
        escape(
            say(
                "{title}: {markets}, {channels}, {sources}. See them on the page Assumptions.",
                title=scenario.header.title or like,
                markets=counted(len(scenario.markets), "market"),
                channels=counted(len(scenario.channels), "channel"),
                sources=counted(len(scenario.provenance), "source"),
            )
        )
    )
    return scenario


def given() -> dict[str, str]:
    """What holds for every row that does not say otherwise."""
    texts = {
        field: place.text_input(
            say(label), placeholder=say("as the list says"), key=f"given {field}"
        )
        for (field, label), place in zip(GIVEN.items(), st.columns(len(GIVEN)), strict=True)
    }
    return {field: text.strip() for field, text in texts.items() if text.strip()}


def understood(name: str, content: bytes, like: Scenario) -> StockList:
    """The columns recognised, which can be put right, and the list read with them."""
    st.markdown(f"##### {say('3. What the columns mean')}")
    said = given()
    stock = _read(name, content, like.fingerprint, like, said, None)
    if not stock.layouts:
        return stock
    layouts = tuple(_columns_of(layout, name) for layout in stock.layouts)
    if layouts != stock.layouts:
        stock = _read(name, content, like.fingerprint, like, said, layouts, repr(layouts))
    for sheet, why in stock.left_out.items():
        st.caption(escape(say("Sheet {sheet} is not read. {why}", sheet=sheet, why=retell(why))))
    return stock


@st.cache_data(scope="session", max_entries=4, show_spinner=False)
def _read(
    name: str,
    content: bytes,
    like: str,
    _like: Scenario,
    said: dict[str, str],
    _layouts: tuple[StockLayout, ...] | None,
    layouts: str = "",
) -> StockList:
    """The list as it was read before, where nothing it depends on has changed."""
    return read_stock_list(content, _like, name, layouts=_layouts, given=said)


def _columns_of(layout: StockLayout, name: str) -> StockLayout:
    """A line per column: heading, what it is taken for, how sure; the meaning can be changed."""
    fields = [NOT_READ, SIZE, UNITS_OF_SIZE, *(column.name for column in columns(Lot))]
    named = {field: _called(field) for field in fields}
    frame = pd.DataFrame(
        {
            "heading": [column.heading for column in layout.columns],
            "means": [named[column.field or NOT_READ] for column in layout.columns],
            "sure": [column.confidence for column in layout.columns],
            "samples": ["; ".join(column.samples) for column in layout.columns],
            "why": [retell(column.why) for column in layout.columns],
        }
    )
    edited = st.data_editor(
        frame,
        key=f"columns {name} {layout.sheet} {language()}",
        disabled=["heading", "sure", "samples", "why"],
        hide_index=True,
        column_config={
            "heading": st.column_config.TextColumn(say("Column of the list")),
            "means": st.column_config.SelectboxColumn(
                say("Means"), options=list(named.values()), required=True
            ),
            "sure": st.column_config.NumberColumn(say("How sure"), format="percent"),
            "samples": say("In the first rows"),
            "why": say("Because"),
        },
        alt=say("Columns of {sheet}", sheet=layout.sheet),
    )
    for column, means in zip(layout.columns, edited["means"], strict=True):
        field = next(field for field, called in named.items() if called == means)
        field = "" if field == NOT_READ else field
        if field != column.field:
            layout = with_field(layout, column.column, field)
    return layout


def _called(field: str) -> str:
    """What a column may mean, as people pick it."""
    lot = {column.name for column in columns(Lot)}
    return called_field("lots", field) if field in lot else say(field)


def rows(stock: StockList) -> None:
    """The rows taken beside what is wrong with the others."""
    st.markdown(f"##### {say('4. The rows')}")
    counts = stock.rows.counts()
    st.markdown(", ".join(f"**{count} {say(what)}**" for what, count in counts.items()))
    for note in stock.rows.notes:
        st.caption(escape(retell(note)))
    wrong = [*stock.findings, *stock.rejected]
    if wrong:
        findings(pd.DataFrame(wrong))
    if stock.rows.lots:
        taken = pd.DataFrame(stock.rows.lots[:MOST_SHOWN]).astype("str")
        table(taken, "Rows taken")


def create(stock: StockList, like: Scenario) -> None:
    """The name, whether rejected rows are left out, and the button that makes the scenario."""
    st.markdown(f"##### {say('5. The scenario')}")
    name = st.text_input(say("Name"), stock.file.rpartition(".")[0], key=f"name of {stock.file}")
    leave_out = False
    if stock.rejected:
        rejected = counted(len(stock.rejected), "rejected row")
        leave_out = st.checkbox(say("Leave out {rows}", rows=rejected))
    ready = bool(name.strip() and stock.rows.lots and not stock.findings)
    pressed = st.button(
        say("Make the scenario"),
        type="primary",
        disabled=not ready or (bool(stock.rejected) and not leave_out),
    )
    if not pressed:
        return
    try:
        scenario = scenario_of_list(stock, like, name.strip(), leave_out_rejected=leave_out)
    except ScenarioError as error:
        found = counted(len(error.findings), "finding")
        st.error(say("{findings}: nothing was made.", findings=found))
        findings(pd.DataFrame(error.findings))
        return
    state.open_new(scenario, stock.file, _original())
    st.switch_page("planner/ui/pages/data.py")


def _original() -> bytes:
    file = st.session_state[FILE]
    return bytes(file.getvalue())
