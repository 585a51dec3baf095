"""How every chart looks: colours that all eyes tell apart on light and dark ground, and margins."""

from __future__ import annotations

from typing import Any

Figure = dict[str, Any]
"""A plotly figure as plain data; it needs nothing from the internet."""

DEEP, SKY, SAND, SAGE, PLUM, GREY = (
    "#1f77a8",
    "#56b4e9",
    "#d08c2f",
    "#4f9d7e",
    "#a06ab4",
    "#8a8f98",
)
COLOURS = (DEEP, SAND, SAGE, PLUM, SKY, GREY, "#c9655a", "#b5b04a")
"""In the order they are given out; told apart also by eyes that see no red or green."""
SCALE = "Cividis"
"""From little to much; made for eyes of every kind."""
GAIN, LOSS, TOTAL = SKY, SAND, DEEP
MARGIN = {"l": 10, "r": 10, "t": 30, "b": 10}
LEGEND = {"orientation": "h", "y": 1.08, "yanchor": "bottom", "x": 0}
ROW_PIXELS, LEAST_PIXELS = 24, 160


def figure(data: list[Figure], height: int = 380, **layout: Any) -> Figure:
    """A figure with our margins, legend and colours."""
    base = {"height": height, "margin": MARGIN, "legend": LEGEND, "colorway": list(COLOURS)}
    return {"data": data, "layout": {**base, **layout}}


def axis(title: str = "", **more: Any) -> Figure:
    """An axis that makes room for its labels."""
    return {"title": {"text": title}, "automargin": True, **more}


def rows_high(rows: int) -> int:
    """Height of a chart with so many rows of bars."""
    return LEAST_PIXELS + ROW_PIXELS * rows


def hover(text: str) -> str:
    """What is said of a mark under the pointer; without plotly's box beside it."""
    return f"{text}<extra></extra>"
