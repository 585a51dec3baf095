"""What rules and locks cost, and where a number comes from."""

from __future__ import annotations

import streamlit as st

from planner.domain.vocabulary import SETTABLE_RULES
from planner.language import retell, say
from planner.plan.record import Plan
from planner.report import ledger
from planner.report.headings import MONEY_LINES, shown
from planner.report.provenance import Origin, origin_of
from planner.report.rule_cost import FACTS, lock_prices, rule_costs
from planner.report.rule_steps import step_costs, step_title, steppable, steps_for
from planner.ui import address, chart_bars, state, studying
from planner.ui.components import escape, table
from planner.ui.picture import download, picture


def rule(plan: Plan, currency: str) -> None:
    """What one rule costs: the plan made again without it."""
    st.caption(
        say(
            "A rule's cost is what the plan gains when the whole rule is taken out, all else free to move."
        )
    )
    scenario, settings = plan.scenario, studying.settings()
    known = set(plan.limits["rule"])
    rules = [each for each in SETTABLE_RULES if each not in FACTS]
    rules = sorted(rules, key=lambda each: each not in known)
    chosen = address.chosen(say("Rule"), rules, "rule", words=_spaced)
    costs = studying.planned(
        "rule",
        (chosen,),
        lambda study: rule_costs(
            scenario, settings, [chosen], tell=study.tell, cancel=study.cancel
        ),
        say("What does it cost?"),
    )
    if costs is not None:
        table(costs, "Cost of the rule", currency, height="content")
    st.divider()
    steps(plan, currency)


def _spaced(name: str) -> str:
    return retell(name.replace("_", " "))


def steps(plan: Plan, currency: str) -> None:
    """What moving one number of a rule a few steps brings."""
    st.markdown(f"##### {say('One number, a few steps')}")
    scenario, settings = plan.scenario, studying.settings()
    every = steppable(scenario)
    if not every:
        st.caption(say("No rule of this scenario has a number that can be moved."))
        return
    left, right = st.columns(2)
    with left:
        place = address.chosen(say("Number"), list(every), "number", words=_spaced)
    with right:
        row = address.chosen(say("Of"), every[place], "of")
    found = studying.planned(
        "steps",
        (place, row),
        lambda study: step_costs(
            scenario,
            steps_for(scenario, place, row),
            settings,
            plan=plan,
            tell=study.tell,
            cancel=study.cancel,
        ),
        say("Try a few steps"),
    )
    if found is not None:
        picture(step_title(found, currency), chart_bars.steps(found, currency), "steps")
        table(found, "Steps", currency, height="content")
        download(found, "rule-steps")


def locks(plan: Plan, currency: str) -> None:
    """Every lock in force: who set it, when, why, and what it costs."""
    scenario, settings = plan.scenario, studying.settings()
    if not scenario.locks:
        st.caption(say("No locks: the optimiser is free."))
        return
    prices = studying.planned(
        "locks",
        (),
        lambda study: lock_prices(scenario, settings, tell=study.tell, cancel=study.cancel),
        say("What does each lock cost?"),
    )
    history = state.desk().history
    held = ledger.ledger(scenario, history.made if history else (), prices)
    table(held, "Ledger of locks", currency, height="content")
    if prices is not None:
        table(prices, "Cost of each lock", currency, height="content")


def number(plan: Plan, currency: str) -> None:
    """Formula, inputs, source, as-of date and confidence of one number of a shipment line."""
    if plan.lines.empty:
        st.caption(say("Nothing is shipped, so there is no number to explain."))
        return
    words = {
        str(
            line.line
        ): f"{line.line}: {line.lot}, {line.channel}, {line.ship_date:%Y-%m-%d}, {line.rung}"
        for line in plan.lines.itertuples(index=False)
    }
    left, right = st.columns(2)
    with left:
        line = address.chosen(
            say("Shipment line"), list(words), "line", words=lambda each: words[each]
        )
    with right:
        step = address.chosen(
            say("Number"),
            list(MONEY_LINES),
            "step",
            first="netback",
            words=lambda each: retell(MONEY_LINES[each][1]),
        )
    origin: Origin = origin_of(plan, line, step)
    st.metric(retell(origin.words), shown(origin.value, "money", origin.currency), border=True)
    st.markdown(f"**{say('Formula')}:** {escape(retell(origin.formula))}")
    if origin.uses:
        used = ", ".join(retell(each) for each in origin.uses)
        st.caption(say("Worked out from: {steps}", steps=escape(used)))
    table(origin.inputs.astype({"stated": str}), "Inputs", currency, height=480)
    download(origin.inputs, "inputs-of-a-number")
