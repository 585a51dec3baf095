"""Report tables -> flows: the map of goods, stock to markets, calendars, grids and fronts."""

from __future__ import annotations

import pandas as pd

from planner.language import retell, say
from planner.ui.chart_bars import plain
from planner.ui.chart_style import (
    COLOURS,
    DEEP,
    GREY,
    PLUM,
    SAGE,
    SAND,
    SCALE,
    SKY,
    Figure,
    axis,
    figure,
    hover,
    rows_high,
)

SYMBOLS = {
    "origin": ("square", SAND),
    "hub": ("diamond", PLUM),
    "port": ("triangle-up", SAGE),
    "gateway": ("triangle-down", GREY),
    "market": ("circle", DEEP),
}
WIDEST = 12.0
"""Pixels of the line that carries most."""
LARGEST = 34.0
MAP_ROOM = 8.0
"""Degrees around the places of a map."""
DASHES = {"air": "dot", "parcel": "dot", "rail": "dash"}


def flow_map(nodes: pd.DataFrame, flows: pd.DataFrame, land: pd.DataFrame) -> Figure:
    """Sites and markets where they stand, lines as wide as what moves on them; no map is fetched."""
    data: list[Figure] = [_outline(land)]
    known = flows.dropna(subset=["from_latitude", "to_latitude"])
    modes = list(dict.fromkeys(known["mode"]))
    most = max(float(known["units"].max()), 1.0) if len(known) else 1.0
    for number, mode in enumerate(modes):
        for first, row in enumerate(known[known["mode"] == mode].itertuples(index=False)):
            data.append(
                {
                    "type": "scatter",
                    "mode": "lines",
                    "x": [row.from_longitude, row.to_longitude],
                    "y": [row.from_latitude, row.to_latitude],
                    "line": {
                        "width": max(1.0, WIDEST * (float(row.units) / most) ** 0.5),
                        "color": COLOURS[number % len(COLOURS)],
                        "dash": DASHES.get(str(mode), "solid"),
                    },
                    "opacity": 0.55,
                    "name": retell(str(mode).replace("_", " ")),
                    "legendgroup": str(mode),
                    "showlegend": first == 0,
                    "hoverinfo": "skip",
                }
            )
    data += [_nodes(nodes, kind) for kind in dict.fromkeys(nodes["kind"])]
    return figure(
        data,
        560,
        xaxis=axis(range=_around(nodes["longitude"]), visible=False),
        yaxis=axis(range=_around(nodes["latitude"]), visible=False, scaleanchor="x"),
    )


def _outline(land: pd.DataFrame) -> Figure:
    """The land, faint on light and dark ground alike; shapes are parted by blanks."""
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [None if each != each else each for each in land["longitude"]],
        "y": [None if each != each else each for each in land["latitude"]],
        "fill": "toself",
        "fillcolor": "rgba(138, 143, 152, 0.16)",
        "line": {"width": 0.5, "color": "rgba(138, 143, 152, 0.5)"},
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _around(degrees: pd.Series) -> list[float]:
    """From the least to the greatest, with room around."""
    if degrees.empty:
        return [-180.0, 180.0]
    return [float(degrees.min()) - MAP_ROOM, float(degrees.max()) + MAP_ROOM]


def _nodes(nodes: pd.DataFrame, kind: str) -> Figure:
    part = nodes[nodes["kind"] == kind]
    symbol, colour = SYMBOLS.get(kind, ("circle-open", GREY))
    most = max(float(nodes["units"].max()), 1.0)
    return {
        "type": "scatter",
        "mode": "markers+text" if kind == "market" else "markers",
        "x": part["longitude"].tolist(),
        "y": part["latitude"].tolist(),
        "text": _labels(part),
        "textposition": "bottom center",
        "customdata": [
            [plain(str(words)), int(units)]
            for words, units in zip(part["words"], part["units"], strict=True)
        ],
        "marker": {
            "symbol": symbol,
            "color": colour,
            "size": [max(8.0, LARGEST * (float(each) / most) ** 0.5) for each in part["units"]],
            "line": {"width": 1, "color": "white"},
        },
        "name": retell(kind),
        "hovertemplate": hover("%{customdata[0]}<br>%{customdata[1]:,.0f}"),
    }


def _labels(part: pd.DataFrame) -> list[str]:
    """Names of places; those that stand at one spot share a label, which stands once."""
    spots = list(zip(part["longitude"].round(1), part["latitude"].round(1), strict=True))
    names: dict[tuple[float, float], list[str]] = {}
    for spot, name in zip(spots, part["name"], strict=True):
        names.setdefault(spot, []).append(plain(str(name)))
    return [", ".join(names.pop(spot, [])) for spot in spots]


def sankey(table: pd.DataFrame) -> Figure:
    """The stock of each origin to markets and exits, by units."""
    names = list(dict.fromkeys([*table["source"], *table["target"]]))
    exits = set(table.loc[table["kind"] == "exit", "target"])
    sources = set(table["source"])
    at = {name: number for number, name in enumerate(names)}
    given = [COLOURS[at[name] % len(COLOURS)] for name in names]
    colours = [
        colour if name in sources else GREY if name in exits else DEEP
        for name, colour in zip(names, given, strict=True)
    ]
    return figure(
        [
            {
                "type": "sankey",
                "node": {
                    "label": [plain(str(name)) for name in names],
                    "color": colours,
                    "pad": 12,
                    "thickness": 16,
                },
                "link": {
                    "source": [at[name] for name in table["source"]],
                    "target": [at[name] for name in table["target"]],
                    "value": table["units"].tolist(),
                    "color": [_faint(COLOURS[at[name] % len(COLOURS)]) for name in table["source"]],
                },
                "valueformat": ",.0f",
            }
        ],
        max(420, 22 * len(names)),
        margin={"l": 10, "r": 10, "t": 10, "b": 30},
        font={"size": 14},
    )


def _faint(colour: str) -> str:
    """A colour through which others are seen."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.4)"


def heat_map(table: pd.DataFrame, currency: str) -> Figure:
    """What the best offer of every lot brings in every market, and what the plan sells."""
    lots = list(dict.fromkeys(table["lot"]))
    markets = list(dict.fromkeys(table["market"]))
    grid = table.pivot(index="market", columns="lot", values="netback").reindex(markets)[lots]
    sold = table[table["units"] > 0]
    most = max(float(table["units"].max()), 1.0) if len(table) else 1.0
    return figure(
        [
            {
                "type": "heatmap",
                "x": lots,
                "y": markets,
                "z": grid.to_numpy(dtype=float).tolist(),
                "colorscale": SCALE,
                "colorbar": {"title": {"text": say("{currency} a unit", currency=currency)}},
                "hovertemplate": hover(f"%{{x}}, %{{y}}<br>%{{z:,.2f}} {currency}"),
                "hoverongaps": False,
            },
            {
                "type": "scatter",
                "mode": "markers",
                "name": say("Sold by the plan"),
                "x": list(sold["lot"]),
                "y": list(sold["market"]),
                "customdata": sold["units"].tolist(),
                "marker": {
                    "color": "white",
                    "line": {"color": "black", "width": 1},
                    "size": [max(4.0, 14 * (float(each) / most) ** 0.5) for each in sold["units"]],
                },
                "hovertemplate": hover("%{x}, %{y}<br>%{customdata:,.0f}"),
            },
        ],
        rows_high(len(markets)) + 60,
        showlegend=True,
        xaxis=axis(type="category"),
        yaxis=axis(type="category", autorange="reversed"),
    )


def calendar(table: pd.DataFrame) -> Figure:
    """Arrivals and mark-downs by day and market."""
    looks = {
        "arrival": (say("Goods arrive"), "circle", DEEP),
        "mark-down": (say("A price is marked down"), "diamond-open", SAND),
    }
    data = []
    for event, (words, symbol, colour) in looks.items():
        part = table[table["event"] == event]
        most = max(float(part["units"].max()), 1.0) if len(part) else 1.0
        data.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": words,
                "x": [str(day.date()) for day in part["date"]],
                "y": list(part["market"]),
                "text": [plain(str(each)) for each in part["words"]],
                "marker": {
                    "symbol": symbol,
                    "color": colour,
                    "line": {"width": 2, "color": colour},
                    "opacity": 0.8,
                    "size": [max(6.0, 26 * (float(each) / most) ** 0.5) for each in part["units"]],
                },
                "hovertemplate": hover("%{x}<br>%{text}"),
            }
        )
    return figure(
        data,
        rows_high(table["market"].nunique()) + 40,
        xaxis=axis(type="date"),
        yaxis=axis(type="category", categoryorder="category descending"),
    )


def hub_load(table: pd.DataFrame) -> Figure:
    """How full every hub's work is in every period."""
    labelled = table.assign(
        place=[
            f"{site}: {retell(str(work))}"
            for site, work in zip(table["site"], table["work"], strict=True)
        ]
    )
    places = list(dict.fromkeys(labelled["place"]))
    grid = labelled.pivot(index="place", columns="period_start", values="share_used").reindex(
        places
    )
    days = [f"{day:%Y-%m-%d}" for day in grid.columns]
    return figure(
        [
            {
                "type": "heatmap",
                "x": days,
                "y": [plain(place) for place in places],
                "z": grid.to_numpy(dtype=float).tolist(),
                "zmin": 0,
                "zmax": 1,
                "colorscale": SCALE,
                "colorbar": {"tickformat": ".0%", "title": {"text": say("Used")}},
                "hovertemplate": hover("%{y}, %{x}<br>%{z:.0%}"),
                "xgap": 1,
                "ygap": 1,
            }
        ],
        rows_high(len(places)),
        xaxis=axis(type="category"),
        yaxis=axis(type="category", autorange="reversed"),
    )


def waiting(queue: pd.DataFrame) -> Figure:
    """Orders that wait at every site at the end of each day."""
    data = [
        {
            "type": "scatter",
            "mode": "lines",
            "line": {"width": 2, "shape": "hv"},
            "name": plain(str(site)),
            "x": [str(day.date()) for day in part["date"]],
            "y": part["waiting"].tolist(),
            "hovertemplate": hover("%{x}<br>%{fullData.name}: %{y:,.0f}"),
        }
        for site, part in queue.groupby("site", sort=False)
    ]
    return figure(
        data,
        320,
        showlegend=True,
        xaxis=axis(type="date"),
        yaxis=axis(say("Orders that wait"), rangemode="tozero"),
    )


def front(table: pd.DataFrame, first: str, second: str) -> Figure:
    """The front of two goals: the first two columns of `pareto`."""
    one, two = table.columns[:2]
    return figure(
        [
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": table[two].astype(float).tolist(),
                "y": table[one].astype(float).tolist(),
                "line": {"color": DEEP, "width": 2, "shape": "linear"},
                "marker": {"size": 10, "color": DEEP},
                "customdata": table["value"].tolist(),
                "hovertemplate": hover("%{x:,.0f}, %{y:,.0f}<br>%{customdata:,.0f}"),
            }
        ],
        420,
        xaxis=axis(second),
        yaxis=axis(first),
    )


def next_units(curve: pd.DataFrame, currency: str) -> Figure:
    """Where the next units go at every step, and what one of them brings."""
    ends = curve.drop_duplicates("units_added")
    bars = [
        {
            "type": "bar",
            "name": plain(retell(str(to))),
            "x": part["units_added"].tolist(),
            "y": part["units"].tolist(),
            "hovertemplate": hover("%{fullData.name}: %{y:+,.0f}"),
        }
        for to, part in curve.groupby("to", sort=False)
    ]
    worth = {
        "type": "scatter",
        "mode": "lines+markers",
        "name": say("{currency} a unit", currency=currency),
        "x": ends["units_added"].tolist(),
        "y": ends["value_per_unit"].tolist(),
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": (ends["most_per_unit"] - ends["value_per_unit"]).clip(lower=0).tolist(),
            "arrayminus": (ends["value_per_unit"] - ends["least_per_unit"]).clip(lower=0).tolist(),
        },
        "line": {"color": SKY, "width": 3},
        "yaxis": "y2",
        "hovertemplate": hover(f"%{{y:,.2f}} {currency}"),
    }
    return figure(
        [*bars, worth],
        520,
        barmode="relative",
        xaxis=axis(say("Units added"), type="category"),
        yaxis=axis(say("Units of the step"), domain=[0.0, 0.45]),
        yaxis2=axis(say("{currency} a unit", currency=currency), domain=[0.55, 1.0], anchor="x"),
    )
