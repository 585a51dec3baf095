"""Report tables -> charts that need nothing from the internet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from planner.language import retell, say

PARTIES = "Parties"
COLOURS = ("#0b5c7a", "#3d9bbf", "#a3c9a8", "#d08c60", "#8d6a9f", "#8a8f98")
"""Told apart also by eyes that see no red or green, and on dark and light ground."""


def who_gets_what(
    side_by_side: pd.DataFrame, markets: Sequence[str], currency: str
) -> dict[str, Any]:
    """One bar per market: what a shopper pays for an average unit, stacked by who gets it.

    A plotly figure as plain data.
    """
    rows = side_by_side[side_by_side["part"] == PARTIES]
    bars = [
        {
            "type": "bar",
            "name": retell(str(row["money_line"])),
            "x": list(markets),
            "y": [float(row[market]) for market in markets],
            "marker": {"color": colour},
            "hovertemplate": f"%{{x}}<br>%{{fullData.name}} %{{y:,.2f}} {currency}<extra></extra>",
        }
        for (_, row), colour in zip(rows.iterrows(), COLOURS, strict=False)
    ]
    return {
        "data": bars,
        "layout": {
            "barmode": "relative",
            "height": 380,
            "margin": {"l": 10, "r": 10, "t": 30, "b": 10},
            "xaxis": {"type": "category"},
            "yaxis": {"title": {"text": say("{currency} per unit shipped", currency=currency)}},
            "legend": {"orientation": "h", "y": 1.12},
        },
    }
