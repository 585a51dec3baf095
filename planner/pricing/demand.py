"""The appetite of the pools."""

from __future__ import annotations

import numpy as np

from planner.domain.arrays import Floats
from planner.domain.lookup import Lookup
from planner.pricing.ladders import ladder_of, terms_of


def appetite(lookup: Lookup, channel: int, category: str, season: str) -> Floats:
    """D(pool, sell period, rung): units a pool takes, matrix (period - 1, rung)."""
    scenario, row = lookup.scenario, lookup.scenario.channels[channel]
    rungs, terms = ladder_of(lookup, channel), terms_of(lookup, channel)
    climate = scenario.markets[lookup.market_at[row.market]].climate
    base = sum(
        pool.units_per_period
        for pool in scenario.demand
        if (pool.channel, pool.category, pool.season) == (row.channel, category, season)
    )
    factor = np.zeros(lookup.periods)
    for point in scenario.season_factors:
        if (point.climate, point.season) == (climate, season) and point.period <= lookup.periods:
            factor[point.period - 1] = point.factor
    ratio = np.array([max(rung.price_ratio, row.credibility_ratio) for rung in rungs])
    demand = np.outer(base * factor, ratio ** -terms[category].elasticity)
    rung_at = {rung.rung: k for k, rung in enumerate(rungs)}
    for known in scenario.demand_points:
        key = (known.channel, known.category, known.season)
        if key == (row.channel, category, season) and known.period <= lookup.periods:
            demand[known.period - 1, rung_at[known.rung]] = known.units
    return demand
