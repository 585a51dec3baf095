"""Why a lot goes to a market or stays away, and the smallest change that brings it there."""

from __future__ import annotations

import streamlit as st

from planner.language import counted, english, retell, say
from planner.plan.record import Plan
from planner.report.closures import CLOSURE_WORDS
from planner.report.explain import Why, why
from planner.report.flip import PLANS, Flip, flip
from planner.report.headings import shown
from planner.ui import solving, state, studying
from planner.ui.components import escape, table

BESIDE = ["channel", "market", "units", "value_per_unit", "used_up_per_unit", "short_per_unit",
          "to_open", "closed_by", "price", "rung", "ship_period", "sell_period", "route"]  # fmt: skip
"""What is shown of the options beside each other, the money first."""


def lot_in_market(plan: Plan, lot: str, market: str, currency: str) -> None:
    """The answer in a sentence, the money behind it, and what would change it."""
    answer: Why | None = studying.reckoned(
        "why",
        (lot, market),
        lambda _: why(plan, lot, market),
        english("pricing every way to sell the lot"),
    )
    if answer is None:
        return
    says = st.success if answer.units else st.warning
    says(escape(retell(str(answer))))
    _money(answer, currency)
    if not answer.units:
        st.markdown(f"##### {say('The smallest change that brings it there')}")
        _flip(plan, lot, market, currency)
    st.markdown(f"##### {say('Every channel beside it')}")
    st.caption(
        say(
            "The best way in each channel. What it is short of is what it uses up of scarce things, "
            "at what they are worth to others, less what it brings."
        )
    )
    beside = answer.beside.assign(closed_by=[_closed(each) for each in answer.beside["closed_by"]])
    table(beside[BESIDE], "Every channel beside it", currency, height="content")
    if not answer.limits.empty:
        st.markdown(f"##### {say('What it would use up')}")
        limits = answer.limits.assign(rule=answer.limits["rule"].str.replace("_", " "))
        table(limits, "What it would use up", currency, height="content")


def _closed(rules: str) -> str:
    """The rules that close an option, in words."""
    return "; ".join(retell(CLOSURE_WORDS[rule]) for rule in rules.split("; ") if rule)


def _money(answer: Why, currency: str) -> None:
    """What the best way there brings, uses up and is short of."""
    if answer.best is None:
        return
    figures = (
        (say("Units in the plan"), shown(answer.units, "units")),
        (say("Brings, a unit"), _amount(answer.best["value_per_unit"], currency)),
        (say("Uses up, a unit"), _amount(answer.best["used_up_per_unit"], currency)),
        (say("Short of, a unit"), _amount(answer.lacks, currency)),
        (say("To be paid once"), _amount(answer.to_open, currency)),
    )
    for place, (label, amount) in zip(st.columns(len(figures)), figures, strict=True):
        place.metric(label, amount or "–", border=True)


def _amount(value: object, currency: str) -> str:
    return shown(value, "money", currency)


def _flip(plan: Plan, lot: str, market: str, currency: str) -> None:
    """Looks for the change behind the page; its button makes it, as one step that can be undone."""
    settings = studying.settings()
    found: tuple[Flip | None] | None = studying.planned(
        "flip",
        (lot, market),
        studying.counting(
            lambda study: (
                flip(
                    plan.scenario,
                    lot,
                    market,
                    settings,
                    plan=plan,
                    progress=study.hear,
                    cancel=study.cancel,
                ),
            ),
            PLANS,
            english("a change tried"),
        ),
        say("Find the smallest change"),
        hint=say(
            "Single changes are tried with plans made again; each is proven before it is shown."
        ),
    )
    if found is None:
        return
    if found[0] is None:
        st.info(say("No single change tried was enough, within {count} plans.", count=PLANS))
        return
    change = found[0]
    units = counted(change.after, "{count} unit", "{count} units")
    st.markdown(f"**{escape(retell(str(change.change)))}**")
    st.caption(
        say(
            "Brings {units} there. The plan is then worth {after} instead of {before}. {sure}",
            units=units,
            after=escape(_amount(change.value_after, currency)),
            before=escape(_amount(change.value_before, currency)),
            sure=say("Both plans were made and audited.")
            if change.verified
            else say("The audit found faults in one of the two plans."),
        )
    )
    st.button(
        say("Apply this change"),
        type="primary",
        on_click=state.change,
        args=(
            [change.change],
            english("The smallest change that brings {lot} to {market}", lot=lot, market=market),
        ),
        disabled=state.desk().locked or bool(solving.stale()),
        help=say("One step of your scenario; Undo takes it back."),
    )
