"""The rule of markets counted: a market is used as soon as anything is sold there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Ints
from planner.domain.vocabulary import Goal
from planner.landed_cost.options import Priced
from planner.model.board import Board, block, links
from planner.model.columns import Family
from planner.model.program import Block, Kind
from planner.model.rules.switches import units_behind


@dataclass(frozen=True, kw_only=True)
class MarketsUsed(Family):
    """Markets anything may be sold in: openings that cost nothing, counted by a goal."""

    kind = Kind.OPENING
    market: Ints


def markets_used_of(priced: Priced) -> MarketsUsed:
    """One column for each market with options, where a priority asks for few markets."""
    lookup = priced.lookup
    asked = any(row.goal == Goal.FEWEST_MARKETS for row in lookup.scenario.priorities)
    market = np.unique(_market_of_options(priced)) if asked else np.zeros(0, dtype=np.int64)
    return MarketsUsed(
        labels=[lookup.scenario.markets[k].market for k in market.tolist()],
        periods=np.zeros(len(market), dtype=np.int64),
        value=np.zeros(len(market)),
        most=np.ones(len(market)),
        market=market,
    )


def market_used(board: Board) -> Block:
    """Goods are sold only in markets that are counted: units - M x market <= 0."""
    family, columns = board.columns.of(MarketsUsed), board.columns.at(MarketsUsed)
    market = _market_of_options(board.priced)
    members = [np.flatnonzero(market == k) for k in family.market.tolist()]
    gate = np.repeat(np.arange(len(members)), [len(part) for part in members])
    inside = np.concatenate([np.zeros(0, dtype=np.int64), *members])
    most = units_behind(board.priced, inside, gate, len(members))
    names = [(label, 0) for label in family.labels]
    entries = links(columns, members, most)
    return block("market_used", "units", names, entries, [0.0] * len(names), link=True)


def _market_of_options(priced: Priced) -> Ints:
    lookup = priced.lookup
    of_channel = [lookup.market_at[row.market] for row in lookup.scenario.channels]
    return np.array(of_channel, dtype=np.int64)[priced.options.channel]
