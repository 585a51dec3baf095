"""Two plans side by side: figures, flows, prices, inputs, and the bridge between their values."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from planner.language import english, retell, say
from planner.plan.record import Plan
from planner.report import two_plans
from planner.report.bridge import Bridge, bridge
from planner.report.headings import shown
from planner.report.placements import moved
from planner.ui import chart_bars, plans, state, studying
from planner.ui.components import containing, escape, table
from planner.ui.picture import download, picture
from planner.ui.plans import Candidate

POLL_SECONDS = 0.5


def plan_of(choice: str, found: Candidate) -> Plan | None:
    """The plan of a choice; where there is none yet, a way to get it."""
    if found.plan is not None:
        return found.plan
    if found.scenario is None:
        st.error(
            say(
                "'{name}' has findings: put them right before it is compared.",
                name=escape(found.name),
            )
        )
        return None
    run = plans.job(choice)
    if run is not None and run.active:
        st.button(say("Cancel"), key=f"cancel {choice}", on_click=plans.cancel, args=(choice,))
        _progress(choice, found.name)
        return None
    if run is not None and run.problem:
        st.error(escape(retell(run.problem)))
    st.info(say("'{name}' has no plan yet.", name=escape(found.name)))
    st.button(
        say("Plan '{name}'", name=found.name),
        key=f"solve {choice}",
        on_click=plans.solve,
        args=(choice,),
        type="primary",
    )
    return None


@st.fragment(run_every=POLL_SECONDS)
def _progress(choice: str, name: str) -> None:
    state.speak()
    run = plans.job(choice)
    if run is None or not run.active:
        st.rerun()
        return
    st.progress(
        run.share_of_time,
        text=say(
            "'{name}' is being planned, {seconds} s",
            name=escape(name),
            seconds=f"{run.seconds:.0f}",
        ),
    )


def both(first: Plan, last: Plan, names: tuple[str, str]) -> None:
    """Everything that differs between two plans."""
    currency = first.scenario.header.currency
    if currency != last.scenario.header.currency:
        st.error(say("The two plans are in different currencies and cannot be compared."))
        return
    titles = [
        say("Why the value differs"),
        say("Figures"),
        say("Flows"),
        say("Prices"),
        say("Inputs"),
    ]
    why, figures, flows, prices, inputs = st.tabs(titles)
    with why:
        _bridge(first, last, names, currency)
    with figures:
        compared = two_plans.figures_compared(first, last)
        table(compared, "Figures", height=560)
        download(compared, "compared-figures")
    with flows:
        st.caption(
            say(
                "Units by lot and channel in the first and the second plan, the largest move first."
            )
        )
        _searched(moved(last, first), "Flows", currency)
    with prices:
        st.caption(
            say("Lowest shelf prices of each period, in the market's currency, tax included.")
        )
        _searched(two_plans.prices_changed(first, last), "Prices", currency)
    with inputs:
        st.caption(say("What the second scenario says differently."))
        _searched(two_plans.inputs_changed(first, last), "Inputs", currency)


def _searched(frame: pd.DataFrame, name: str, currency: str) -> None:
    text = st.text_input(say("Find rows"), key=f"compared {name}")
    rows = containing(frame, text)
    table(rows, name, currency, height=520 if len(rows) > 12 else "content")
    download(rows, f"compared-{name.lower()}")


def _bridge(first: Plan, last: Plan, names: tuple[str, str], currency: str) -> None:
    found: Bridge | None = studying.reckoned(
        "bridge",
        (*_key(first), *_key(last)),
        lambda _: bridge(first, last),
        english("splitting the difference by cause"),
    )
    if found is None:
        return
    steps = two_plans.bridge_steps(found, *names)
    picture(two_plans.bridge_title(found, currency), chart_bars.bridge(steps, currency), "bridge")
    st.caption(
        say(
            "The causes add up to the difference, with {rest} {currency} left over. Exchange the "
            "plans and every sign changes, nothing else.",
            rest=shown(abs(found.missing), "money"),
            currency=currency,
        )
    )
    table(found.rows, "Bridge", currency, height="content")
    download(found.rows, "compared-bridge")


def _key(plan: Plan) -> tuple[str, str]:
    """What tells a plan from every other."""
    return plan.scenario.fingerprint, f"{plan.report.value!r} {plan.report.bound!r}"
