"""A scenario and more of its goods -> where the next units go, and what each brings.

By finite re-solves: at every step the lots have that many more units, all in proportion, and the plan
is made again. What a step brings is the difference of two plans' values, known to within their gaps.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import cast

import numpy as np
import pandas as pd

from planner.domain.scenario import Scenario
from planner.language import english
from planner.pipeline import make_plan
from planner.plan.record import Plan
from planner.report.figures import share
from planner.solve.settings import Progress, Settings

LEFT = "not sold"
COLUMNS = ["units_added", "to", "units", "units_of_step", "value_of_step", "value_per_unit",
           "least_per_unit", "most_per_unit"]  # fmt: skip


def more_units(scenario: Scenario, extra: int, lots: Sequence[str] | None = None) -> Scenario:
    """The scenario with `extra` more units, spread over the lots (of those named) by their units.

    Whole units: the greatest remainders get what rounding leaves, ties in order of the table.
    """
    chosen = [row for row in scenario.lots if lots is None or row.lot in lots]
    stock = np.array([row.units for row in chosen], dtype=float)
    if not stock.sum():
        raise ValueError("None of the lots named holds units, so there is no mix to add to.")
    exact = extra * stock / stock.sum()
    whole = np.floor(exact).astype(int)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: extra - int(whole.sum())]] += 1
    added = {row.lot: int(units) for row, units in zip(chosen, whole, strict=True)}
    rows = tuple(
        row.model_copy(update={"units": row.units + added.get(row.lot, 0)}) for row in scenario.lots
    )
    return scenario.model_copy(update={"lots": rows})


def next_units(
    scenario: Scenario,
    settings: Settings | None = None,
    *,
    extra: int = 1000,
    steps: int = 4,
    lots: Sequence[str] | None = None,
    plan: Plan | None = None,
    progress: Callable[[Progress], None] | None = None,
    cancel: threading.Event | None = None,
) -> pd.DataFrame:
    """One row per (step, market or 'not sold'): the marginal curve.

    Columns: units_added (in all, at the end of the step), to, units (more than after the step
    before; negative = fewer), units_of_step, value_of_step (PC), value_per_unit (of the step),
    least_per_unit and most_per_unit (all that both plans' bounds allow).
    """
    ends = [round(extra * step / steps) for step in range(1, steps + 1)]
    before = plan or make_plan(scenario, settings, progress, cancel)
    rows: list[tuple[object, ...]] = []
    start = 0
    for end in dict.fromkeys(ends):
        after = make_plan(more_units(scenario, end, lots), settings, progress, cancel)
        size = end - start
        moved = units_by_market(after).sub(units_by_market(before), fill_value=0)
        gained = after.report.value - before.report.value
        least = (after.report.value - before.report.bound) / size
        most = (after.report.bound - before.report.value) / size
        rows += [
            (end, str(to), round(float(units)), size, gained, gained / size, least, most)
            for to, units in moved.items()
            if round(float(units))
        ]
        before, start = after, end
    return pd.DataFrame(rows, columns=COLUMNS)


def units_by_market(plan: Plan) -> pd.Series:
    """Units sold in each market, and those not sold."""
    sold = plan.lines.groupby("market")["units"].sum()
    left = pd.Series({LEFT: plan.exits["units"].sum()})
    return cast(pd.Series, pd.concat([sold, left]).astype(float))


def next_units_title(curve: pd.DataFrame, currency: str) -> str:
    """'Of the next 1,000 units 62 % go to ZA; a unit brings 61.20 CNY at first and 40.10 CNY at last'."""
    if curve.empty:
        return english("No more units can be placed")
    total = int(curve["units_added"].max())
    by_place = curve.groupby("to")["units"].sum().sort_values(ascending=False, kind="stable")
    to, units = str(by_place.index[0]), float(by_place.iloc[0])
    first, last = curve["value_per_unit"].iloc[0], curve["value_per_unit"].iloc[-1]
    place = english("stay unsold") if to == LEFT else english("go to {market}", market=to)
    return english(
        "Of the next {total} units {share} {place}; a unit brings {first} {currency} at first and "
        "{last} {currency} at last",
        total=f"{total:,}",
        share=f"{share(units, total):.0%}",
        place=place,
        first=f"{first:,.2f}",
        last=f"{last:,.2f}",
        currency=currency,
    )
