"""A plan -> the sentences and figures on top of its page."""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.language import english, money, number, percent, retell, say
from planner.live.bound import BEFORE_PROOF
from planner.plan.record import Plan
from planner.report.headings import Kind, shown
from planner.report.tables import headline
from planner.ui import kept

TILES = (
    english("Plan value"),
    english("Units shipped"),
    english("Sell-through"),
    english("Units left"),
)
"""Figures of the headline shown large."""

BETTER_LOW = ("Units left",)
"""Figures of which less is better."""

CAPTIONS = {
    english("Price calendar"): english(
        "Shelf prices in the market's currency, tax included; blank means not on sale."
    ),
    english("Sales by channel and period"): english("All lots of the markets chosen."),
    english("What makes up the value"): english(
        "The parts add up to the plan's value; costs are negative."
    ),
    english("What holds the plan back"): english(
        "Limits that bind come first, with what one more unit of each is worth."
    ),
    english("Soft limits missed"): english(
        "Limits the scenario allows to be missed at a price. Limits that are kept are left out."
    ),
    english("Soft rules broken"): english(
        "Offers that break a soft rule: how far beyond, per unit, is money where "
        "the rule is about a price, and 1 where it is not."
    ),
    english("Goals"): english(
        "Each goal is reached first, then kept, less what its tolerance gives up for the next."
    ),
    english("Papers and openings"): english(
        "What is paid once: certificates, shipment papers, and markets, channels, "
        "listings and events that are opened."
    ),
    english("Boxes"): english(
        "Every box of the plan and what is in it, as the forwarder needs it."
    ),
    english("Packing list"): english("The goods chosen above, box by box."),
    english("Freight charges"): english(
        "Departures charged by their whole weight or volume. Planned freight is what "
        "the goods were expected to pay; the difference is settled once for the plan."
    ),
}
"""What a table says, where its name does not."""


def against_baselines(plan: Plan) -> str:
    """How much more, or less, the plan is worth than each careful hand-made one."""
    currency = plan.scenario.header.currency
    rows = plan.baselines[["name", "plan_earns_more"]].itertuples(index=False)
    said = [
        say(
            "{money} more than '{name}'" if more >= 0 else "{money} LESS than '{name}'",
            money=money(abs(more), currency),
            name=retell(name),
        )
        for name, more in rows
    ]
    if not said:
        return say("No hand-made plan to compare with kept every rule.")
    return say(
        "Compared with careful plans made by hand, this plan is worth {amounts}.",
        amounts=say(" and ").join(said),
    )


def certainty(plan: Plan) -> str:
    """Status, bound and gap in one sentence; 'optimal' only where the report says so."""
    report, currency = plan.report, plan.scenario.header.currency
    optimal = report.status == "optimal"
    return say(
        "{status}: at most {room} ({gap}) below the bound of {bound} that no plan can exceed, "
        "proven by {bound_by}; a gap of {asked} was asked for. Stopped because {why}.",
        status=say("Optimal") if optimal else say("Feasible, not proven optimal"),
        room=money(max(report.bound - report.value, 0.0), currency),
        gap=percent(report.gap, 2),
        bound=money(report.bound, currency),
        bound_by=retell(report.bound_by),
        asked=percent(report.gap_asked, 2),
        why=retell(report.stopped_because),
    )


def tiles(plan: Plan, before: Plan | None = None) -> list[tuple[str, str, str | None]]:
    """The large figures: name, amount in words, and the change against the plan before."""
    currency = plan.scenario.header.currency
    rows, old = (
        {row.figure: row for row in kept.of(each, headline).itertuples(index=False)} if each else {}
        for each in (plan, before)
    )
    return [
        (name, _amount(rows[name], currency), _change(rows[name], old.get(name), currency))
        for name in TILES
        if name in rows
    ]


def _change(row: Any, before: Any, currency: str) -> str | None:
    """How much more or less than before; None where there was nothing before."""
    return None if before is None else _changed(row.amount, before.amount, row.kind, currency)


def _changed(amount: float, before: float, kind: Kind, currency: str) -> str | None:
    more = amount - before
    size = shown(abs(more), kind, currency)
    if size == shown(0 * more, kind, currency):
        return None
    sign = "+" if more > 0 else "-"
    return say("{change} against the last plan", change=f"{sign}{size}")


def worth(plan: Plan, before: Plan | None = None) -> str:
    """The plan's value, the change against the plan before, and how far it can be from the best."""
    value, currency = plan.report.value, plan.scenario.header.currency
    told = [shown(value, "money", currency)]
    if before is not None and (change := _changed(value, before.report.value, "money", currency)):
        told.append(change)
    if plan.report.bound_by == BEFORE_PROOF:
        return ", ".join([*told, say("not proven yet")])
    return ", ".join([*told, say("gap {share}", share=percent(plan.report.gap, 2))])


def moves(table: pd.DataFrame) -> str:
    """What a plan moves against the one before, in a sentence; the table is that of `moved`."""
    if table.empty:
        return say("Every lot stays where the last plan had it.")
    more = table.loc[table["units_moved"] > 0, "units_moved"].sum()
    fewer = -table.loc[table["units_moved"] < 0, "units_moved"].sum()
    return say(
        "Against the last plan {more} units are sold elsewhere or anew and {fewer} no longer where "
        "they were, in {count} places.",
        more=number(more),
        fewer=number(fewer),
        count=number(len(table)),
    )


def figures(plan: Plan) -> pd.DataFrame:
    """Every figure of the headline in words. Columns: figure, amount; both text."""
    currency = plan.scenario.header.currency
    table = kept.of(plan, headline)
    amounts = [_amount(row, currency) for row in table.itertuples(index=False)]
    return pd.DataFrame({"figure": table["figure"], "amount": amounts})


def _amount(row: object, currency: str) -> str:
    kind: Kind = row.kind  # type: ignore[attr-defined]
    return shown(row.amount, kind, currency)  # type: ignore[attr-defined]
