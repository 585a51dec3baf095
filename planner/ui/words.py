"""A plan -> the sentences and figures on top of its page."""

from __future__ import annotations

from typing import Any

import pandas as pd

from planner.plan.record import Plan
from planner.report.headings import Kind, shown
from planner.report.placements import moved
from planner.report.tables import headline

TILES = ("Plan value", "Units shipped", "Sell-through", "Units left")
"""Figures of the headline shown large."""

BETTER_LOW = ("Units left",)
"""Figures of which less is better."""

CAPTIONS = {
    "Price calendar": "Shelf prices in the market's currency, tax included; blank means not on sale.",
    "Sales by channel and period": "All lots of the markets chosen.",
    "What makes up the value": "The parts add up to the plan's value; costs are negative.",
    "What holds the plan back": "Limits that bind come first, with what one more unit of each is worth.",
    "Soft limits missed": "Limits the scenario allows to be missed at a price. Limits that are kept "
    "are left out.",
    "Soft rules broken": "Offers that break a soft rule: how far beyond, per unit, is money where "
    "the rule is about a price, and 1 where it is not.",
    "Goals": "Each goal is reached first, then kept, less what its tolerance gives up for the next.",
    "Papers and openings": "What is paid once: certificates, shipment papers, and markets, channels, "
    "listings and events that are opened.",
    "Boxes": "Every box of the plan and what is in it, as the forwarder needs it.",
    "Packing list": "The goods chosen above, box by box.",
    "Freight charges": "Departures charged by their whole weight or volume. Planned freight is what "
    "the goods were expected to pay; the difference is settled once for the plan.",
}
"""What a table says, where its name does not."""


def against_baselines(plan: Plan) -> str:
    """How much more, or less, the plan is worth than each careful hand-made one."""
    currency = plan.scenario.header.currency
    rows = plan.baselines[["name", "plan_earns_more"]].itertuples(index=False)
    said = [
        f"{shown(abs(more), 'money', currency)} {'more' if more >= 0 else 'LESS'} than '{name}'"
        for name, more in rows
    ]
    if not said:
        return "No hand-made plan to compare with kept every rule."
    return f"Compared with careful plans made by hand, this plan is worth {' and '.join(said)}."


def certainty(plan: Plan) -> str:
    """Status, bound and gap in one sentence; 'optimal' only where the report says so."""
    report, currency = plan.report, plan.scenario.header.currency
    room = shown(max(report.bound - report.value, 0.0), "money", currency)
    status = "Optimal" if report.status == "optimal" else "Feasible, not proven optimal"
    return (
        f"{status}: at most {room} ({report.gap:.2%}) below the bound of "
        f"{shown(report.bound, 'money', currency)} that no plan can exceed, proven by "
        f"{report.bound_by}; a gap of {report.gap_asked:.2%} was asked for. "
        f"Stopped because {report.stopped_because}."
    )


def tiles(plan: Plan, before: Plan | None = None) -> list[tuple[str, str, str | None]]:
    """The large figures: name, amount in words, and the change against the plan before."""
    currency = plan.scenario.header.currency
    rows, old = (
        {row.figure: row for row in headline(each).itertuples(index=False)} if each else {}
        for each in (plan, before)
    )
    return [
        (name, _amount(rows[name], currency), _change(rows[name], old.get(name), currency))
        for name in TILES
        if name in rows
    ]


def _change(row: Any, before: Any, currency: str) -> str | None:
    """How much more or less than before; None where there was nothing before."""
    if before is None:
        return None
    more = row.amount - before.amount
    size = shown(abs(more), row.kind, currency)
    if size == shown(0 * more, row.kind, currency):
        return None
    return f"{'+' if more > 0 else '-'}{size} against the last plan"


def moves(plan: Plan, before: Plan) -> str:
    """What a plan moves against the one before, in a sentence."""
    table = moved(plan, before)
    if table.empty:
        return "Every lot stays where the last plan had it."
    more = table.loc[table["units_moved"] > 0, "units_moved"].sum()
    fewer = -table.loc[table["units_moved"] < 0, "units_moved"].sum()
    return (
        f"Against the last plan {more:,} units are sold elsewhere or anew and {fewer:,} no longer "
        f"where they were, in {len(table):,} places."
    )


def figures(plan: Plan) -> pd.DataFrame:
    """Every figure of the headline in words. Columns: figure, amount; both text."""
    currency = plan.scenario.header.currency
    table = headline(plan)
    amounts = [_amount(row, currency) for row in table.itertuples(index=False)]
    return pd.DataFrame({"figure": table["figure"], "amount": amounts})


def _amount(row: object, currency: str) -> str:
    kind: Kind = row.kind  # type: ignore[attr-defined]
    return shown(row.amount, kind, currency)  # type: ignore[attr-defined]
