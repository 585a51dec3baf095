"""A plan's prices -> what a parallel trader could still earn by carrying goods between its markets."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.domain.arrays import Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.vocabulary import CorridorMode
from planner.landed_cost.resale import carrying_limit, price_before_tax, style_lots

COLUMNS = (
    "style",
    "from_market",
    "to_market",
    "lowest_price",
    "highest_price",
    "carrying_limit",
    "profit_per_unit",
    "allowed",
    "cost",
)


def arbitrage_table(lookup: Lookup, lines: pd.DataFrame) -> pd.DataFrame:
    """One row per style sold in two markets or more: the best trade left; and every trade that costs.

    Columns as in `every_trade`.
    """
    trades = every_trade(lookup, lines)
    dearest_first = trades.sort_values("profit_per_unit", ascending=False, kind="stable")
    best = dearest_first.drop_duplicates("style").index
    wanted = trades.index.isin(best) | (trades["cost"] > 0)
    return trades[wanted].reset_index(drop=True)


def every_trade(lookup: Lookup, lines: pd.DataFrame) -> pd.DataFrame:
    """One row per (style, ordered pair of markets it is sold in), ignored corridors left out.

    Columns: style, from_market, to_market, lowest_price (where it is bought), highest_price (where
    it is sold), carrying_limit (what a unit costs the trader there), profit_per_unit (negative =
    none), allowed (tolerance), all PC per unit before tax; cost of the leak, PC.
    """
    header, markets = lookup.header, lookup.scenario.markets
    styles, stands_for = style_lots(lookup)
    lowest, highest = _extremes(lookup, lines, styles)
    style, bought_in = np.nonzero(np.isfinite(lowest))
    price = lowest[style, bought_in]
    limit = carrying_limit(lookup, stands_for[style], bought_in, price)
    at, sold_in = np.nonzero(np.isfinite(limit) & np.isfinite(highest[style]))
    style, bought_in, limit = style[at], bought_in[at], limit[at, sold_in]
    profit = highest[style, sold_in] - limit
    beyond = np.maximum(profit - header.corridor_tolerance, 0.0)
    charged = header.corridor_leak_units if header.corridor == CorridorMode.LEAK else 0.0
    names = np.array([market.market for market in markets], dtype=object)
    columns = (
        np.array(styles, dtype=object)[style],
        names[bought_in],
        names[sold_in],
        price[at],
        highest[style, sold_in],
        limit,
        profit,
        np.full(len(at), header.corridor_tolerance),
        charged * beyond,
    )
    table = pd.DataFrame(dict(zip(COLUMNS, columns, strict=True)))
    return table.sort_values(["style", "from_market", "to_market"], ignore_index=True)


def _extremes(lookup: Lookup, lines: pd.DataFrame, styles: list[str]) -> tuple[Floats, Floats]:
    """Lowest (else inf) and highest (else -inf) price of every (style, market), PC before tax."""
    number = {name: k for k, name in enumerate(styles)}
    lots, scenario = lookup.scenario.lots, lookup.scenario
    style: Ints = np.array([number[lots[lookup.lot_at[name]].style] for name in lines["lot"]], int)
    channel = np.array([lookup.channel_at[name] for name in lines["channel"]], dtype=np.int64)
    of_channel = np.array([lookup.market_at[row.market] for row in scenario.channels])
    market = of_channel[channel]
    rate = np.array([float(lookup.fx(row.currency)) for row in scenario.markets])[market]
    local = lines["price"].to_numpy(dtype=float)
    price = price_before_tax(lookup, channel, local, local * rate)
    lowest = np.full((len(styles), len(scenario.markets)), np.inf)
    highest = np.full_like(lowest, -np.inf)
    np.minimum.at(lowest, (style, market), price)
    np.maximum.at(highest, (style, market), price)
    return lowest, highest
