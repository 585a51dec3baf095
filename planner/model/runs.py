"""Options in order of a key: a row that holds "this rung and all cheaper ones" is a run of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Ints


@dataclass(frozen=True)
class Runs:
    """Options sorted by a key, so that those of a span of keys stand side by side."""

    options: Ints
    keys: Ints

    @classmethod
    def by(cls, options: Ints, keys: Ints) -> Runs:
        """These options in order of their keys."""
        order = np.argsort(keys, kind="stable")
        return cls(options[order], keys[order])

    def between(self, low: Ints, high: Ints) -> tuple[Ints, Ints]:
        """(number of the span, option) of every option whose key is in low <= key < high."""
        first, end = np.searchsorted(self.keys, low), np.searchsorted(self.keys, high)
        count = np.maximum(end - first, 0)
        number = np.repeat(np.arange(len(count)), count)
        step = np.arange(len(number)) - np.repeat(np.cumsum(count) - count, count)
        return number, self.options[np.repeat(first, count) + step]
