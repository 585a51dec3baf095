"""How prices are written: decimals, steps and endings."""

from __future__ import annotations

import numpy as np

from planner.domain.arrays import Floats
from planner.domain.lookup import Lookup

TIE = 1e-9
"""Forgives binary fractions that hide a tie."""


def round_price(price: Floats, decimals: int) -> Floats:
    """Half away from zero, as a price is written.

    >>> round_price(np.array([2.345]), 2).tolist()
    [2.35]
    """
    return np.floor(price * 10.0**decimals + 0.5 + TIE) / 10.0**decimals


def price_ending(price: Floats, step: float, ending: float) -> Floats:
    """The nearest k x step + ending above 0 with k whole and at least 0; ties upward.

    >>> price_ending(np.array([31.0, 229.0, 230.0]), 100.0, 80.0).tolist()
    [80.0, 180.0, 280.0]
    """
    fewest = 0.0 if ending > 0 else 1.0
    steps = np.floor((price - ending) / step + 0.5 + TIE)
    return np.asarray(np.maximum(steps, fewest) * step + ending)


def written_price(lookup: Lookup, currency: str, price: Floats) -> Floats:
    """Shelf prices as a currency writes them: its ending first, then its decimals."""
    for row in lookup.scenario.currencies:
        if row.currency == currency and row.price_step > 0:
            price = price_ending(price, row.price_step, row.price_ending)
    return round_price(price, lookup.decimals.get(currency, 2))
