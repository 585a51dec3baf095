"""Decisions against the optimiser: lock, cap or ban what the plan does, and the ledger of them."""

from __future__ import annotations

import streamlit as st

from planner.domain.changes import WHOLE_ROW, Change
from planner.domain.vocabulary import LockKind
from planner.language import counted, english, say
from planner.plan.record import Plan
from planner.report.placements import placements
from planner.store.sheets import key_in
from planner.ui import kept, state
from planner.ui.components import containing, escape, table_column_config
from planner.ui.locks import WORDS, Scope, locks_on

AS_PLANNED = english("as planned")


def lock_lines(plan: Plan, currency: str) -> None:
    """The lines of the plan; those ticked are locked, capped or banned."""
    every = kept.of(plan, placements)
    text = st.text_input(
        say("Find lines"), placeholder=say("a lot, a brand, a market"), key="find lines"
    )
    lines = containing(every, text).reset_index(drop=True)
    chosen = st.dataframe(
        lines,
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config=table_column_config(lines, currency),
        key=f"lines {state.source()} {state.desk().version} {text}",
        alt=say("Lines of the plan"),
    )
    every_line = [{str(k): v for k, v in line.items()} for line in lines.to_dict("records")]
    some = [every_line[at] for at in chosen["selection"]["rows"]]
    if not some:
        st.caption(
            say("Tick lines to lock, cap or ban them; the rest is planned anew around them.")
        )
        return
    kind_place, scope_place, units_place, note_place = st.columns([2, 2, 2, 3])
    kind = kind_place.selectbox(
        say("Decision"), list(WORDS), format_func=lambda kind: say(WORDS[kind])
    )
    scope = scope_place.selectbox(say("About"), list(Scope), format_func=say) or Scope.CELL
    counts = kind in (LockKind.UNITS, LockKind.MIN_UNITS, LockKind.MAX_UNITS)
    units = units_place.number_input(
        say("Units"), 0, None, None, step=1, placeholder=say(AS_PLANNED), disabled=not counts
    )
    note = note_place.text_input(say("Why"), max_chars=200, placeholder=say("goes into the ledger"))
    locks = locks_on(some, kind, scope, units, note, state.desk().sheets.now["locks"])
    names = ", ".join(lock.key[0] for lock in locks[:3])
    st.button(
        say("Set {locks}", locks=counted(len(locks), "lock")),
        type="primary",
        on_click=state.change,
        args=(locks, english("Locked by hand: {locks}", locks=names), note),
        disabled=state.desk().locked,
    )


def ledger() -> None:
    """Every lock: who set it, when and why; each can be taken out."""
    work = state.desk()
    rows = list(work.sheets.now["locks"].rows.values())
    if not rows:
        st.caption(say("No locks: the optimiser is free."))
        return
    made = work.makers()
    for row in rows:
        key = key_in("locks", row)
        maker = made.get(("locks", key))
        left, right = st.columns([6, 1], vertical_alignment="center")
        whom = (
            f"{maker.who}, {maker.at.replace('T', ' ')[:16]} UTC" if maker else say("in the base")
        )
        why = f": {row['note']}" if row["note"] else ""
        left.markdown(f"**{escape(' | '.join(key))}**{escape(why)}  \n{escape(whom)}")
        gone = Change("locks", key, WHOLE_ROW, row, None)
        right.button(
            say("Take out"),
            key=f"take out {' '.join(key)}",
            on_click=state.change,
            args=([gone], english("Lock taken out: {lock}", lock=" | ".join(key))),
            disabled=work.locked,
        )


def show(plan: Plan, currency: str) -> None:
    """Both, as two tabs."""
    lines, locks = st.tabs([say("Lock, cap or ban"), say("Ledger of locks")])
    with lines:
        lock_lines(plan, currency)
    with locks:
        ledger()
