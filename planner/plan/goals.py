"""How a plan's goals went -> the plan's table of goals."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from planner.domain.arrays import Floats
from planner.model.goals import UNIT
from planner.plan.record import GOAL_COLUMNS
from planner.solve.priorities import Stage


def goals_table(stages: Iterable[Stage], amounts: Floats, currency: str) -> pd.DataFrame:
    """One row per goal, in their order; none where the scenario sets no priorities."""
    rows = [
        (
            stage.aim.order,
            stage.aim.goal.value,
            stage.aim.tolerance,
            UNIT[stage.aim.goal].replace("PC", currency),
            stage.best,
            stage.bound,
            stage.kept,
            stage.aim.of(amounts),
        )
        for stage in stages
    ]
    return pd.DataFrame(rows, columns=GOAL_COLUMNS)
