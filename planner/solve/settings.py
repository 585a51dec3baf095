"""What a user may ask of the optimiser, and what it says while it works."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from planner.domain.vocabulary import Perspective


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Limits of one run.

    seconds: wall time allowed to the solver; gap: distance from the bound at which a plan is good
    enough (0.001 = 0.1 %); perspective: whose plan, when it differs from the scenario's header;
    memory_gb: the solver process is ended when it needs more.
    """

    seconds: float = 100.0
    gap: float = 0.001
    perspective: Perspective | None = None
    memory_gb: float = 4.0

    def as_dict(self) -> dict[str, Any]:
        """For the solve report."""
        return asdict(self)


@dataclass(frozen=True)
class Progress:
    """One line of news: phase in plain words, best value and bound so far (PC), seconds since start."""

    phase: str
    seconds: float
    value: float | None = None
    bound: float | None = None

    @property
    def gap(self) -> float | None:
        """(bound - value) / |bound|, when both are known."""
        if self.value is None or self.bound is None:
            return None
        return (self.bound - self.value) / max(abs(self.bound), 1e-9)


PRICING = "pricing options"
"""The phase whose bounds are not yet proven in exact arithmetic."""
