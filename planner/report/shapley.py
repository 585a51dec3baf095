"""A gain made together -> the part of each cause, fair and in no order (Shapley 1953).

Every cause gets its mean contribution over all orders in which the causes could have come.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial

import numpy as np

from planner.domain.arrays import Floats

Coalition = frozenset[int]
"""Numbers of the causes that have come about."""


def shapley(causes: int, worth: Callable[[Coalition], Floats | float]) -> Floats:
    """One row per cause: its part of worth(all) - worth(none); the parts add up to it exactly.

    `worth` may give arrays: every element is shared out by itself.

    >>> shapley(2, lambda come: 6.0 * (len(come) == 2)).tolist()
    [3.0, 3.0]
    """
    known = [
        np.asarray(worth(frozenset(k for k in range(causes) if bits >> k & 1)), dtype=float)
        for bits in range(2**causes)
    ]
    return np.array([_part(cause, causes, known) for cause in range(causes)])


def _part(cause: int, causes: int, known: Sequence[Floats]) -> Floats:
    """Mean of what a cause adds, over all orders."""
    part = np.zeros_like(known[0])
    for bits in range(2**causes):
        if not bits >> cause & 1:
            before = bits.bit_count()
            orders = factorial(before) * factorial(causes - before - 1) / factorial(causes)
            part = part + orders * (known[bits | 1 << cause] - known[bits])
    return part
