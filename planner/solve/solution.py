"""What the solver answers: amounts, value, bound and why it stopped."""

from __future__ import annotations

from dataclasses import dataclass

from planner.domain.arrays import Floats

EQUAL = 1e-12
"""Gaps closer than this are equal."""


@dataclass(frozen=True)
class Solution:
    """What the solver found, all money in PC.

    amounts: every column, whole where counted; prices: marginal value of each row with openings
    fixed; bound_by: 'duals' or 'branch and bound'; reproducible: no clock decided the answer.
    """

    amounts: Floats
    prices: Floats
    value: float
    bound: float
    bound_by: str
    relaxation: float
    stopped_because: str
    reproducible: bool
    seconds: dict[str, float]

    @property
    def gap(self) -> float:
        """(bound - value) / |bound|"""
        return max(0.0, self.bound - self.value) / max(abs(self.bound), 1e-9)
