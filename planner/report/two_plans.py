"""Two plans -> what differs between them: figures, flows, prices and inputs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.language import english
from planner.plan.record import Plan
from planner.report.bridge import Bridge
from planner.report.changed import changes_table
from planner.report.compare import compare
from planner.report.headings import Kind, shown
from planner.report.summary import summary

FIRST, LAST = "first", "last"
FIGURES = ["figure", "first", "last", "difference", "difference_share"]
PRICES = ["channel", "lot", "sell_period", "currency", "price_before", "price_after",
          "price_change", "units_before", "units_after"]  # fmt: skip
SAME = 1e-9


def figures_compared(first: Plan, last: Plan) -> pd.DataFrame:
    """One row per figure of either plan's summary, in words.

    Columns: figure, first, last, difference (blank for text), difference_share (of the first's
    size; blank where the first is nothing).
    """
    table = compare([(FIRST, summary(first)), (LAST, summary(last))])
    rows = []
    for figure, kind, before, after, less in table.itertuples(index=False):
        numeric = isinstance(less, int | float)
        part = less / abs(before) if numeric and before else None
        rows.append(
            (
                figure,
                _shown(before, kind),
                _shown(after, kind),
                _signed(less, kind) if numeric else "",
                part,
            )
        )
    found = pd.DataFrame(rows, columns=FIGURES)
    return found.astype({"difference_share": float})


def _shown(value: object, kind: Kind) -> str:
    return "" if value is None else shown(value, kind)


def _signed(value: float, kind: Kind) -> str:
    return ("+" if value > 0 else "") + shown(value, kind)


def prices_changed(first: Plan, last: Plan) -> pd.DataFrame:
    """One row per (channel, lot, sell period) sold in at another price, or by one plan only; the
    most units first.

    Columns: PRICES; a price is the lowest of its period in the market's currency, tax included;
    blank where the plan sells nothing there.
    """
    before, after = _prices(first).add_suffix("_before"), _prices(last).add_suffix("_after")
    both = before.join(after, how="outer")
    both["price_change"] = both["price_after"] - both["price_before"]
    both[["units_before", "units_after"]] = both[["units_before", "units_after"]].fillna(0)
    changed = both[~(both["price_change"].abs() <= SAME)].reset_index()
    most = changed[["units_before", "units_after"]].max(axis=1)
    order = most.sort_values(ascending=False, kind="stable").index
    return changed.loc[order, PRICES].reset_index(drop=True)


def _prices(plan: Plan) -> pd.DataFrame:
    cells = plan.prices.groupby(["channel", "lot", "sell_period", "currency"])
    return cells.agg(price=("price", "min"), units=("units", "sum"))


def inputs_changed(first: Plan, last: Plan) -> pd.DataFrame:
    """One row per change between the two plans' scenarios, as `changes_table`."""
    return changes_table(first.scenario, last.scenario)


def bridge_steps(found: Bridge, first: str, last: str) -> pd.DataFrame:
    """One row per step of a bridge: words, change (of the ends 0), reached, is_end.

    The first row is the first plan's value, the last that of the last plan.
    """
    changes = found.rows["money"].to_numpy(dtype=float)
    reached = found.first + np.cumsum(changes)
    words = [f"{words} ({side[:1].lower()}{side[1:]})" for side, words in
             zip(found.rows["side"], found.rows["words"], strict=True)]  # fmt: skip
    return pd.DataFrame(
        {
            "words": [first, *words, last],
            "change": [0.0, *changes, 0.0],
            "reached": [found.first, *reached, found.last],
            "is_end": [True, *([False] * len(changes)), True],
        }
    )


def bridge_title(found: Bridge, currency: str) -> str:
    """'The second plan is worth 1,200 CNY less; most of it is exchange rates, -1,100'."""
    gained = found.last - found.first
    if found.rows.empty:
        return english("The two plans are worth the same, for the same reasons")
    order = found.rows["money"].abs().sort_values(ascending=False, kind="stable").index
    top = found.rows.loc[order[0]]
    size = f"{abs(gained):,.2f} {currency}"
    cause = {"cause": top["words"], "money": f"{top['money']:+,.2f}"}
    if gained >= 0:
        return english(
            "The second plan is worth {size} more; the greatest cause: {cause}, {money}",
            size=size,
            **cause,
        )
    return english(
        "The second plan is worth {size} less; the greatest cause: {cause}, {money}",
        size=size,
        **cause,
    )
