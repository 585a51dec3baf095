"""Asking questions about the plan shown, and how pages show that they are being answered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from planner.errors import PlannerError
from planner.language import retell, say
from planner.solve.settings import Settings
from planner.store import store_file
from planner.ui import solving, state
from planner.ui.components import escape
from planner.ui.jobs import Request, State
from planner.ui.studies import Question, Studies, Study

POLL_SECONDS = 0.5
AT_ONCE_SECONDS = 0.6
"""A page waits so long for an answer before it says that it is being worked out."""
Work = Callable[[Study], Any]


@st.cache_resource
def _rooms(file: str) -> tuple[Studies, Studies]:
    """One room for what is only reckoned, one for what makes plans and steps aside for solves."""
    solves = solving.solves()
    return Studies(), Studies(lambda: not solves.busy)


def request() -> Request:
    """The request of the plan shown."""
    shown = state.desk().shown
    assert shown is not None
    return shown


def settings() -> Settings:
    """The settings of the plan shown."""
    return request().settings


def reckoned(
    name: str, about: tuple[str, ...], work: Work, doing: str, *, asked: Request | None = None
) -> Any:
    """An answer that needs no plan made again: asked for at once; None while it is worked out.

    It is about the plan shown, or that of the request `asked`.
    """
    room, question = _rooms(str(store_file()))[0], Question(name, asked or request(), about)
    study = room.find(question)
    if study is None or study.state is State.CANCELLED:
        study = _asked(room, question, work)
    if study is not None:
        study.doing = study.doing or doing
        study.ended.wait(AT_ONCE_SECONDS)
    return _shown(room, study)


def planned(name: str, about: tuple[str, ...], work: Work, label: str, *, hint: str = "") -> Any:
    """An answer that needs plans made again: worked out behind the page when its button is pressed.

    None until it is there; until then the button, or how far it is and a way to cancel it.
    """
    room, question = _rooms(str(store_file()))[1], Question(name, request(), about)
    study = room.find(question)
    if study is None or study.state is State.CANCELLED or study.cancel.is_set():
        st.button(
            label,
            key=f"ask {name} {' '.join(about)}",
            on_click=_ask,
            args=(room, question, work),
            help=hint or None,
            type="primary",
        )
        return None
    return _shown(room, study)


def _ask(room: Studies, question: Question, work: Work) -> None:
    """Asks a question; the callback of its button."""
    _asked(room, question, work)


def _asked(room: Studies, question: Question, work: Work) -> Study | None:
    try:
        return room.ask(question, work, state.session())
    except PlannerError as error:
        state.notice(str(error))
        return None


def _shown(room: Studies, study: Study | None) -> Any:
    """The answer; or why there is none, or how far it is."""
    if study is None:
        return None
    if study.state is State.DONE:
        return study.answer
    if study.active:
        bar, button = st.columns([6, 1], vertical_alignment="center")
        with button:
            st.button(
                say("Stop"),
                key=f"stop {study.question.name} {' '.join(study.question.about)}",
                on_click=room.cancel,
                args=(study.question, state.session()),
                width="stretch",
            )
        with bar:
            _progress(room, study)
    elif study.state is State.FAILED:
        st.error(escape(retell(study.problem)))
    else:
        st.info(say("This was stopped. Nothing of it is kept."))
    return None


@st.fragment(run_every=POLL_SECONDS)
def _progress(room: Studies, study: Study) -> None:
    """How far a study is, twice a second; the whole page again when it has ended."""
    state.speak()
    if not study.active or study.ended.is_set():
        st.rerun()
    before = room.before(study)
    if before:
        text = say("Waiting: {count} other questions come first.", count=before)
    elif study.of:
        text = say(
            "Plan {number} of at most {of}, {seconds} s: {doing}",
            number=min(study.done + 1, study.of),
            of=study.of,
            seconds=f"{study.seconds:.0f}",
            doing=retell(study.doing),
        )
    else:
        text = say(
            "Being worked out, {seconds} s: {doing}",
            seconds=f"{study.seconds:.0f}",
            doing=retell(study.doing),
        )
    st.progress(study.share_done, text=escape(text))


def counting(work: Callable[[Study], Any], plans: int, doing: str) -> Work:
    """Work that says nothing but the news of the plans it makes: they are counted."""

    def counted_work(study: Study) -> Any:
        study.doing, study.done, study.of = doing, -1, plans
        return work(study)

    return counted_work
