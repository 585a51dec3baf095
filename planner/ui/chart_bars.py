"""Report tables -> bars: waterfalls, bridges, small multiples, tornados and boxes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.language import retell, say
from planner.ui.chart_style import (
    COLOURS,
    DEEP,
    GAIN,
    LOSS,
    ROW_PIXELS,
    SAND,
    TOTAL,
    Figure,
    axis,
    figure,
    hover,
    rows_high,
)

ACROSS = 4
"""So many panels stand side by side."""
GAP = 0.03
PANEL_PIXELS, TITLE_PIXELS, BELOW_PIXELS = 240, 30, 22
ROOM = 1.25
"""Bars take so much less than the width, so that their amounts fit beside them."""
NARROW = {"l": 10, "r": 10, "t": 6, "b": 6}
WATERFALL_COLOURS = {
    "increasing": {"marker": {"color": GAIN}},
    "decreasing": {"marker": {"color": LOSS}},
    "totals": {"marker": {"color": TOTAL}},
}


def waterfalls(steps: pd.DataFrame, currency: str) -> Figure:
    """A waterfall per market, side by side on one scale, of `market_pictures.falls_by_part`."""
    markets = list(dict.fromkeys(steps["market"]))
    grid = Grid(min(len(markets), ACROSS), -(-len(markets) // ACROSS), PANEL_PIXELS)
    most = float(steps["reached"].max()) * ROOM
    least = min(float(steps["reached"].min()) * ROOM, 0.0)
    data: list[Figure] = []
    layout: dict[str, Any] = {}
    notes: list[Figure] = []
    for at, market in enumerate(markets):
        part = steps[steps["market"] == market]
        data.append(_fall(part["step"], part["change"], part["reached"], {0}, currency, at + 1))
        layout |= grid.axes(at, least, most, x_labels=True)
        notes.append(grid.title(at, str(market)))
    return figure(data, grid.height, showlegend=False, margin=NARROW, annotations=notes, **layout)


def waterfall(steps: pd.DataFrame, currency: str) -> Figure:
    """One waterfall from shelf price to netback, of `pictures.waterfall_steps`."""
    data = [_fall(steps["words"], steps["change"], steps["reached"], {0}, currency, 1)]
    return figure(
        data,
        rows_high(len(steps)),
        showlegend=False,
        xaxis=axis(say("{currency} per unit", currency=currency)),
        yaxis=axis(autorange="reversed"),
    )


def bridge(steps: pd.DataFrame, currency: str) -> Figure:
    """The way from one plan's value to another's, of `two_plans.bridge_steps`."""
    ends = set(np.flatnonzero(steps["is_end"]).tolist())
    data = [_fall(steps["words"], steps["change"], steps["reached"], ends, currency, 1)]
    reached = steps["reached"]
    room = max(float(reached.max() - reached.min()) * 0.35, abs(float(reached.max())) * 1e-6, 1.0)
    return figure(
        data,
        rows_high(len(steps)),
        showlegend=False,
        xaxis=axis(currency, range=[float(reached.min()) - room, float(reached.max()) + room]),
        yaxis=axis(autorange="reversed"),
    )


def _fall(
    words: pd.Series,
    change: pd.Series,
    reached: pd.Series,
    ends: set[int],
    currency: str,
    number: int,
) -> Figure:
    """A waterfall lying down; the steps of `ends`, and the last, stand for what is reached there."""
    last = len(change) - 1
    totals = [at in ends or at == last for at in range(len(change))]
    amounts = [
        float(r) if total else float(c) for c, r, total in zip(change, reached, totals, strict=True)
    ]
    return {
        "type": "waterfall",
        "orientation": "h",
        "y": [retell(str(each)) for each in words],
        "x": amounts,
        "measure": ["absolute" if total else "relative" for total in totals],
        "text": [f"{round(each, 2) + 0.0:,.2f}" for each in amounts],
        "textposition": "outside",
        "cliponaxis": False,
        "connector": {"line": {"color": "rgba(128,128,128,0.4)", "width": 1}},
        "hovertemplate": hover(f"%{{y}} %{{text}} {currency}"),
        **_axes(number),
        **WATERFALL_COLOURS,
    }


def panels(table: pd.DataFrame, titles: dict[str, str]) -> Figure:
    """Small multiples of `market_pictures.panels`: a panel per figure, a row of panels per kind.

    The panels of a row share their scale, all panels the order of markets; `titles` says the unit
    of each kind.
    """
    kinds = list(dict.fromkeys(table["kind"]))
    across = table.groupby("kind")["figure"].nunique().max()
    grid = Grid(int(across), len(kinds), ROW_PIXELS * table["market"].nunique())
    data: list[Figure] = []
    layout: dict[str, Any] = {}
    notes: list[Figure] = []
    for row, kind in enumerate(kinds):
        of_kind = table[table["kind"] == kind]
        most = max(float(of_kind["value"].max()), 0.0) * ROOM or 1.0
        least = min(float(of_kind["value"].min()), 0.0) * ROOM
        for column, (name, part) in enumerate(of_kind.groupby("figure", sort=False)):
            at = row * grid.across + column
            data.append(
                {
                    "type": "bar",
                    "orientation": "h",
                    "y": list(part["market"]),
                    "x": part["value"].tolist(),
                    "text": [_written(value, kind) for value in part["value"]],
                    "textposition": "outside",
                    "cliponaxis": False,
                    "marker": {"color": COLOURS[row]},
                    "hovertemplate": hover("%{y} %{text}"),
                    **_axes(at + 1),
                }
            )
            layout |= grid.axes(at, least, most, x_labels=False)
            words = f"{retell(str(name))} ({titles[kind]})" if titles[kind] else retell(str(name))
            notes.append(grid.title(at, words))
    return figure(data, grid.height, showlegend=False, margin=NARROW, annotations=notes, **layout)


def _written(value: float, kind: str) -> str:
    return {"money": f"{value:,.2f}", "days": f"{value:,.0f}", "share": f"{value:.0%}"}[kind]


def _axes(number: int) -> Figure:
    """The axes of the panel of a number, as plotly names them."""
    suffix = "" if number == 1 else str(number)
    return {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}


@dataclass(frozen=True)
class Grid:
    """Panels in rows, each under its title, all bars at the same heights."""

    across: int
    rows: int
    panel_pixels: int

    @property
    def height(self) -> int:
        """Height of the whole in pixels."""
        return self.rows * (self.panel_pixels + TITLE_PIXELS + BELOW_PIXELS)

    def domain(self, at: int) -> tuple[list[float], list[float]]:
        """Where a panel stands, as parts of the whole."""
        row, column = divmod(at, self.across)
        wide, high = 1 / self.across, 1 / self.rows
        left, top = column * wide, 1 - row * high
        gap = GAP if column else 0.0
        below, title = BELOW_PIXELS / self.height, TITLE_PIXELS / self.height
        return [left + gap, left + wide], [top - high + below, top - title]

    def axes(self, at: int, least: float, most: float, *, x_labels: bool) -> dict[str, Any]:
        """The axes of a panel, from a least to a most."""
        wide, high = self.domain(at)
        named = _axes(at + 1)
        suffix = named["xaxis"][1:]
        return {
            f"xaxis{suffix}": {
                "domain": wide, "anchor": named["yaxis"], "range": [least, most],
                "showticklabels": x_labels,
            },
            f"yaxis{suffix}": {
                "domain": high, "anchor": named["xaxis"], "autorange": "reversed",
                "type": "category", "showticklabels": at % self.across == 0, "automargin": True,
            },
        }  # fmt: skip

    def title(self, at: int, text: str) -> Figure:
        """What stands above a panel."""
        wide, high = self.domain(at)
        return _note(text, wide[0], high[1])


def _note(text: str, x: float, y: float) -> Figure:
    return {
        "text": f"<b>{plain(text)}</b>",
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
    }


def plain(text: str) -> str:
    """A user's text where plotly reads tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def tornado(table: pd.DataFrame, currency: str) -> Figure:
    """What each story does to the plan's value, with all that the bounds allow."""
    known = table.dropna(subset=["change"])
    change = known["change"]
    return figure(
        [
            {
                "type": "bar",
                "orientation": "h",
                "y": [plain(retell(str(each))) for each in known["words"]],
                "x": change.tolist(),
                "error_x": {
                    "type": "data",
                    "symmetric": False,
                    "array": (known["change_most"] - change).clip(lower=0).tolist(),
                    "arrayminus": (change - known["change_least"]).clip(lower=0).tolist(),
                },
                "marker": {"color": [GAIN if each >= 0 else LOSS for each in change]},
                "hovertemplate": hover(f"%{{y}}<br>%{{x:,.0f}} {currency}"),
            }
        ],
        rows_high(len(known) + 1),
        xaxis=axis(say("Change of the plan's value, {currency}", currency=currency)),
        yaxis=axis(autorange="reversed"),
    )


def steps(table: pd.DataFrame, currency: str) -> Figure:
    """What each step of a rule's number brings, with all that the bounds allow."""
    known = table.dropna(subset=["gain"])
    gain = known["gain"].astype(float)
    return figure(
        [
            {
                "type": "bar",
                "x": [f"{each:g}" for each in known["new"]],
                "y": gain.tolist(),
                "error_y": {
                    "type": "data",
                    "symmetric": False,
                    "array": (known["gain_most"].astype(float) - gain).clip(lower=0).tolist(),
                    "arrayminus": (gain - known["gain_least"].astype(float)).clip(lower=0).tolist(),
                },
                "marker": {"color": [GAIN if each >= 0 else LOSS for each in gain]},
                "hovertemplate": hover(f"%{{x}}<br>%{{y:,.2f}} {currency}"),
            }
        ],
        320,
        xaxis=axis(say("Value of the number"), type="category"),
        yaxis=axis(say("Gain, {currency}", currency=currency)),
    )


def box_fill(table: pd.DataFrame) -> Figure:
    """Every box by how full it is in volume and in weight."""
    shown = table.sort_values("filled_share", kind="stable")
    names = [f"{box}, {leg}" for box, leg in zip(shown["box"], shown["leg"], strict=True)]
    bars = [
        {
            "type": "bar",
            "name": name,
            "x": [plain(each) for each in names],
            "y": shown[column].tolist(),
            "marker": {"color": colour},
            "hovertemplate": hover("%{x}<br>%{fullData.name} %{y:.0%}"),
        }
        for name, column, colour in (
            (say("Volume"), "volume_share", DEEP),
            (say("Weight"), "weight_share", SAND),
        )
    ]
    return figure(
        bars,
        420,
        barmode="group",
        xaxis=axis(type="category"),
        yaxis=axis(say("Filled"), tickformat=".0%"),
    )
