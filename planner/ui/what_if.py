"""The usual stories as one click each: a rate falls, a hub strikes, floors rise, box rates double."""

from __future__ import annotations

import streamlit as st

from planner.domain.scenario import Scenario
from planner.domain.stories import EVERY, STORIES, Story
from planner.language import english, retell, say
from planner.ui import pinned, state
from planner.ui.components import escape

LABELS = {
    "rate_falls": english("A rate falls"),
    "hub_strikes": english("A hub strikes"),
    "floor_rises": english("Floors rise"),
    "threshold_closes": english("A threshold closes"),
    "box_rates_rise": english("Box rates double"),
}
FEW = 16
"""So many subjects are shown side by side; more are in a list."""
PERCENT = 100.0


def show() -> None:
    """Choose a story and its size, and try it: one step, solved at once, taken back by Undo."""
    work = state.desk()
    scenario = work.scenario or work.base
    st.markdown(f"##### {say('What if')}")
    told = {LABELS[story.name]: story for story in STORIES if story.subjects(scenario)}
    chosen = st.segmented_control(
        say("Story"),
        list(told),
        default=next(iter(told)),
        format_func=say,
        required=True,
        label_visibility="collapsed",
    )
    if chosen in told:
        _tell(told[chosen], scenario)
    pinned.show()


def _tell(story: Story, scenario: Scenario) -> None:
    """One story: whom it is about, how much, and the button that makes it so."""
    key = f"story {story.name} {state.source()}"
    subjects = list(story.subjects(scenario))
    about, size_place, button = st.columns([5, 4, 2], vertical_alignment="bottom")
    with about:
        subject = _subject(subjects, key)
    share = story.unit == "share"
    scale = PERCENT if share else 1.0
    size = size_place.slider(
        say("by %") if share else say(story.unit),
        round(story.least * scale),
        round(story.most * scale),
        round(story.usual * scale),
        key=f"{key} size",
    )
    changes = [] if subject is None else story.changes(scenario, subject, size / scale)
    words = story.told(subject or "", size / scale)
    button.button(
        say("Try it"),
        type="primary",
        on_click=state.change,
        args=(list(changes), english("What if: {words}", words=words)),
        disabled=not changes or state.desk().locked,
        help=escape("; ".join(retell(str(each)) for each in changes[:3])) if changes else None,
        width="stretch",
    )
    if subject is not None:
        st.caption(
            escape(retell(words))
            if changes
            else say("{words}: it is so already.", words=escape(retell(words)))
        )


def _subject(subjects: list[str], key: str) -> str | None:
    """Whom a story is about; nobody until it is chosen, unless it can be about all."""
    if len(subjects) <= FEW:
        every = EVERY if EVERY in subjects else None
        return st.pills(say("About"), subjects, format_func=_named, key=key, default=every)
    first = 0 if subjects[0] == EVERY else None
    return st.selectbox(
        say("About"),
        subjects,
        placeholder=say("Choose an option"),
        index=first,
        format_func=_named,
        key=key,
    )


def _named(subject: str) -> str:
    return subject or say("all")
