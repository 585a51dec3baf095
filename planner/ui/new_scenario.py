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
from planner.ui import sources, state
from planner.ui.components import counted, escape, findings, table

FILE = "stock list"
NOT_READ = "(not read)"
GIVEN = {"brand": "Brand", "category": "Category", "tag_currency": "Currency of the tags"}
MOST_SHOWN = 500


def choose_file() -> tuple[str, bytes] | None:
    """The list, as a workbook or CSV."""
    st.markdown("##### 1. The stock list")
    file = st.file_uploader(
        "An .xlsx or .csv file with a row for each sku, headings in English or Chinese",
        type=["xlsx", "csv"],
        key=FILE,
    )
    return (file.name, file.getvalue()) if file else None


def choose_like() -> Scenario:
    """The scenario whose markets, routes, prices and rules are taken."""
    st.markdown("##### 2. Markets, routes and rules")
    names = sources.names()
    like = st.selectbox(
        "As in",
        names,
        help="Channels, taxes, freight and demand come from this scenario with their sources.",
        key="new scenario like",
    )
    scenario = sources.load(like)
    st.caption(
        escape(
            f"{scenario.header.title or like}: {counted(len(scenario.markets), 'market')}, "
            f"{counted(len(scenario.channels), 'channel')}, {len(scenario.provenance)} sources. "
            "See them on the page Assumptions."
        )
    )
    return scenario


def given() -> dict[str, str]:
    """What holds for every row that does not say otherwise."""
    texts = {
        field: place.text_input(label, placeholder="as the list says", key=f"given {field}")
        for (field, label), place in zip(GIVEN.items(), st.columns(len(GIVEN)), strict=True)
    }
    return {field: text.strip() for field, text in texts.items() if text.strip()}


def understood(name: str, content: bytes, like: Scenario) -> StockList:
    """The columns recognised, which can be put right, and the list read with them."""
    st.markdown("##### 3. What the columns mean")
    said = given()
    stock = _read(name, content, like.fingerprint, like, said, None)
    if not stock.layouts:
        return stock
    layouts = tuple(_columns_of(layout, name) for layout in stock.layouts)
    if layouts != stock.layouts:
        stock = _read(name, content, like.fingerprint, like, said, layouts, repr(layouts))
    for sheet, why in stock.left_out.items():
        st.caption(escape(f"Sheet {sheet} is not read. {why}"))
    return stock


@st.cache_data(scope="session", max_entries=4, show_spinner="Reading the list")
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
    frame = pd.DataFrame(
        {
            "heading": [column.heading for column in layout.columns],
            "means": [column.field or NOT_READ for column in layout.columns],
            "sure": [column.confidence for column in layout.columns],
            "samples": ["; ".join(column.samples) for column in layout.columns],
            "why": [column.why for column in layout.columns],
        }
    )
    edited = st.data_editor(
        frame,
        key=f"columns {name} {layout.sheet}",
        disabled=["heading", "sure", "samples", "why"],
        hide_index=True,
        column_config={
            "heading": st.column_config.TextColumn("Column of the list"),
            "means": st.column_config.SelectboxColumn("Means", options=fields, required=True),
            "sure": st.column_config.NumberColumn("How sure", format="percent"),
            "samples": "In the first rows",
            "why": "Because",
        },
        alt=f"Columns of {layout.sheet}",
    )
    for column, means in zip(layout.columns, edited["means"], strict=True):
        field = "" if means == NOT_READ else str(means)
        if field != column.field:
            layout = with_field(layout, column.column, field)
    return layout


def rows(stock: StockList) -> None:
    """The rows taken beside what is wrong with the others."""
    st.markdown("##### 4. The rows")
    counts = stock.rows.counts()
    st.markdown(", ".join(f"**{count} {what}**" for what, count in counts.items()))
    for note in stock.rows.notes:
        st.caption(escape(note))
    wrong = [*stock.findings, *stock.rejected]
    if wrong:
        findings(pd.DataFrame(wrong))
    if stock.rows.lots:
        taken = pd.DataFrame(stock.rows.lots[:MOST_SHOWN]).astype("str")
        table(taken, "Rows taken")


def create(stock: StockList, like: Scenario) -> None:
    """The name, whether rejected rows are left out, and the button that makes the scenario."""
    st.markdown("##### 5. The scenario")
    name = st.text_input("Name", stock.file.rpartition(".")[0], key=f"name of {stock.file}")
    leave_out = False
    if stock.rejected:
        leave_out = st.checkbox(f"Leave out {counted(len(stock.rejected), 'rejected row')}")
    ready = bool(name.strip() and stock.rows.lots and not stock.findings)
    pressed = st.button(
        "Make the scenario",
        type="primary",
        disabled=not ready or (bool(stock.rejected) and not leave_out),
    )
    if not pressed:
        return
    try:
        scenario = scenario_of_list(stock, like, name.strip(), leave_out_rejected=leave_out)
    except ScenarioError as error:
        st.error(f"{counted(len(error.findings), 'finding')}: nothing was made.")
        findings(pd.DataFrame(error.findings))
        return
    state.open_new(scenario, stock.file, _original())
    st.switch_page("planner/ui/pages/data.py")


def _original() -> bytes:
    file = st.session_state[FILE]
    return bytes(file.getvalue())
