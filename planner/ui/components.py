"""What pages are put together from: titles, tables, grids and filters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, Literal

import pandas as pd
import streamlit as st

from planner.domain.check.basics import HEADER
from planner.domain.records import Header
from planner.domain.scenario import TABLES, Scenario
from planner.errors import ScenarioError
from planner.io.cells import Column, columns, get_words
from planner.language import ENGLISH, language, retell, say
from planner.language import counted as counted
from planner.report.headings import FIXED_WORDS, Kind, heading
from planner.ui import state
from planner.ui.edits import HEADER_COLUMNS, MARK

MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&])")
MOST_MARKETS = 8
GRID_HEIGHT = 480
MANY_ROWS, TALL = 16, 560
"""Tables with so many rows are shown so high, and scroll."""
PLAIN = "%.12g"
"""A number as typed; streamlit's own format "plain" shows 2000 as 1999.9999999999998."""
TOLD = FIXED_WORDS | {"amount", "event", "name", "new", "old", "type", "what_changes", "work"}
"""Columns whose cells may be words of the planner's own."""
NO_LOT = "\0"
"""Chosen where no lot matches, so that none is shown."""
NUMBER_FORMATS: Mapping[Kind, str] = {
    "whole": "%d",
    "units": "localized",
    "days": "%.0f",
    "number": "accounting",
    "money": "accounting",
    "share": "percent",
}


def escape(text: str) -> str:
    """A user's text for a place that reads markdown: every sign and line is shown as typed."""
    return MARKDOWN.sub(r"\\\1", text).replace("\n", "  \n")


def title(question: str) -> None:
    """The question a page answers, about the scenario that is open."""
    header = state.desk().base.header
    st.markdown(f"#### {say(question)}")
    st.caption(escape(header.title or header.scenario))


# Tables


def table(
    frame: pd.DataFrame,
    called: str,
    currency: str = "",
    *,
    height: Literal["auto", "content"] | int = "auto",
) -> None:
    """A table as people read it: headings with units, numbers in their formats."""
    if frame.empty:
        st.caption(say("Nothing to show."))
        return
    st.dataframe(
        in_words(frame),
        hide_index=True,
        column_config=table_column_config(frame, currency),
        height=height,
        alt=say(called),
    )


def in_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The planner's own words and sentences of a table in the reader's language."""
    if language() == ENGLISH:
        return frame
    told = {
        str(name): frame[name].map(lambda cell: retell(cell) if isinstance(cell, str) else cell)
        for name in frame
        if str(name) in TOLD or heading(str(name), frame[name]).kind == "long"
    }
    return frame.assign(**told)


def table_column_config(frame: pd.DataFrame, currency: str) -> dict[str, Any]:
    """How each column of a table is headed and written."""
    return {str(name): _shown_column(str(name), frame[name], currency) for name in frame}


def in_one_language(fields: pd.DataFrame) -> pd.DataFrame:
    """The data dictionary for a Chinese reader: names and meanings in Chinese, no English ones."""
    if language() == ENGLISH:
        return fields
    return fields.drop(columns=["table_meaning", "meaning_en"])


def tabs(frames: Mapping[str, pd.DataFrame], currency: str, captions: Mapping[str, str]) -> None:
    """A tab for each table, with its caption where it has one."""
    places = st.tabs([say(name) for name in frames])
    for place, (name, frame) in zip(places, frames.items(), strict=True):
        with place:
            if name in captions:
                st.caption(escape(say(captions[name])))
            table(frame, name, currency, height="content" if len(frame) < MANY_ROWS else TALL)


def with_rows(frames: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables that have anything to show."""
    return {name: frame for name, frame in frames.items() if not frame.empty}


def _shown_column(name: str, values: pd.Series, currency: str) -> Any:
    head = heading(name, values)
    title = head.title(currency, language())
    if pd.api.types.is_datetime64_any_dtype(values):
        return st.column_config.DateColumn(title, format="YYYY-MM-DD")
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return st.column_config.NumberColumn(title, format=NUMBER_FORMATS.get(head.kind))
    return st.column_config.Column(title, width="large" if head.kind == "long" else None)


def grid_column(column: Column) -> Any:
    """How a field is edited; its help is its meaning and unit, its name in the other language too."""
    unit = f" [{column.unit}]" if column.unit else ""
    meaning = escape(f"{_meaning(column)}{unit}")
    name = _called(column)
    pinned = column.is_key or None
    words = st.column_config
    if column.kind is bool:
        return words.CheckboxColumn(name, help=meaning, pinned=pinned)
    if column.kind in (int, float):
        return words.NumberColumn(name, help=meaning, pinned=pinned, format=PLAIN)
    if column.kind is date:
        return words.DateColumn(name, help=meaning, pinned=pinned, format="YYYY-MM-DD")
    if issubclass(column.kind, StrEnum):
        options = get_words(column.kind)
        return words.SelectboxColumn(name, help=meaning, pinned=pinned, options=options)
    if column.kind is tuple:
        meaning += say(" Names parted by ;")
    return words.TextColumn(name, help=meaning, pinned=pinned)


def _called(column: Column) -> str:
    """The heading of a field in a grid: its name, or its Chinese one."""
    return column.name if language() == ENGLISH else column.meaning_zh


def _meaning(column: Column) -> str:
    """What a field means; a Chinese reader is told its name in files."""
    if language() == ENGLISH:
        return f"{column.meaning_en} {column.meaning_zh}"
    return f"{column.meaning_zh} {column.name}"


def narrowed(frame: pd.DataFrame, **kept: Iterable[str]) -> pd.DataFrame:
    """The rows whose column is among the values kept; no values keep every row."""
    for name, values in kept.items():
        chosen = list(values)
        if chosen and name in frame:
            frame = frame[frame[name].isin(chosen)]
    return frame


def containing(frame: pd.DataFrame, text: str) -> pd.DataFrame:
    """The rows with a text in any of their cells; upper and lower case are alike."""
    wanted = text.strip().casefold()
    if not wanted:
        return frame
    found = [any(wanted in str(cell).casefold() for cell in row) for row in frame.to_numpy()]
    return frame[found]


def findings(frame: pd.DataFrame) -> None:
    """What is wrong, as a table; nothing when nothing is."""
    if not frame.empty:
        table(frame, "Findings")


def scenario_error(error: ScenarioError) -> None:
    """A scenario whose files cannot be opened: every finding."""
    st.error(say("This scenario cannot be opened until its files are put right."))
    findings(pd.DataFrame(error.findings))


# Choosing


def pick_table(names: list[str]) -> str:
    """The table to edit; the lots first."""
    return str(
        st.selectbox(
            say("Table"),
            names,
            index=names.index("lots"),
            format_func=called_table,
            key=state.TABLE,
            persist_state="session",
        )
    )


def search_rows() -> str:
    """Words by which the rows of the grid are narrowed."""
    return st.text_input(
        say("Find rows"),
        key=state.WORDS,
        placeholder=say("words in any cell"),
        persist_state="session",
    )


def table_meaning(name: str) -> None:
    """What a row of a table is, and how many there are."""
    record = TABLES.get(name, Header)
    rows = counted(len(state.desk().sheets.now[name].rows), "row")
    meaning = retell(" ".join((record.__doc__ or "").split()))
    st.caption(escape(say("{meaning} {rows}.", meaning=meaning, rows=rows)))


def called_table(name: str) -> str:
    """A table as people pick it; in Chinese by its name there and in files."""
    return name if language() == ENGLISH else f"{say(name)} {name}"


def called_field(table: str, name: str) -> str:
    """A field as people pick it; in Chinese by its name there and in files."""
    column = next(each for each in columns(TABLES.get(table, Header)) if each.name == name)
    return name if language() == ENGLISH else f"{column.meaning_zh} {name}"


def pick_markets(known: list[str]) -> list[str]:
    """Two to eight markets to compare; at first the four that bring most."""
    state.keep_known(state.MARKETS, known)
    return st.multiselect(
        say("Markets (2 to 8)"),
        known,
        placeholder=say("Choose options"),
        default=None if state.MARKETS in st.session_state else known[:4],
        max_selections=MOST_MARKETS,
        key=state.MARKETS,
        persist_state="session",
    )


def pick_goods(scenario: Scenario) -> tuple[list[str], list[str]]:
    """Markets and lots to show: by market, brand and words in the lot; nothing chosen is all."""
    first, second, third = st.columns(3)
    all_of_them = say("Choose options")
    markets = first.multiselect(
        say("Market"), [row.market for row in scenario.markets], placeholder=all_of_them
    )
    brands = second.multiselect(
        say("Brand"), [row.brand for row in scenario.brands], placeholder=all_of_them
    )
    text = third.text_input(
        say("Search lots"), placeholder=say("lot, sku, style or words")
    ).casefold()
    lots = [
        row.lot
        for row in scenario.lots
        if (not brands or row.brand in brands)
        and text in f"{row.lot} {row.sku} {row.style} {row.description}".casefold()
    ]
    return markets, lots or [NO_LOT]


# Editing


def grid(name: str, words: str = "") -> None:
    """The grid of a table; what it reports is taken in by its callback and once more here."""
    work = state.desk()
    header = name == HEADER
    drawn = work.draw(name, words)
    frame = drawn.frame.copy(deep=False)
    keys = 1 if header else len(TABLES[name].key_fields)
    frame.insert(keys, MARK, [retell(mark) for mark in work.marks(name)])
    read_only = ["field", "unit", "meaning", MARK] if header else [MARK]
    mark = st.column_config.TextColumn(
        say("⚑ changed"),
        help=say("What differs from the base"),
        pinned=None if header else True,
        width="small",
    )
    st.data_editor(
        frame,
        key=work.grid_key(name),
        num_rows="fixed" if header or work.locked else "dynamic",
        disabled=work.locked or read_only,
        hide_index=True,
        height=GRID_HEIGHT,
        column_config={**(_header_columns() if header else _grid_columns(name)), MARK: mark},
        on_change=state.commit,
        args=(name,),
        alt=name,
    )
    state.commit(name)
    if drawn.waiting:
        rows = counted(drawn.waiting, "new row")
        st.warning(say("{rows} not saved yet: give it a name of its own.", rows=rows))


def _header_columns() -> dict[str, Any]:
    """The header is shown field by field; its fields' meanings are told in both languages."""
    return {name: heading(name).title("", language()) for name in HEADER_COLUMNS}


def _grid_columns(name: str) -> dict[str, Any]:
    return {column.name: grid_column(column) for column in columns(TABLES[name])}
