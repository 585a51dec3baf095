"""A program solved by SciPy's own HiGHS: a second opinion on whole-unit optima."""

from __future__ import annotations

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from planner.domain.arrays import Floats
from planner.model.program import Program


def optimum(program: Program, values: Floats | None = None) -> float | None:
    """Greatest value of any plan of a program, by its own values or others; None without a plan."""
    worth = program.value if values is None else values
    found = milp(
        -worth,
        constraints=LinearConstraint(program.matrix, program.row_lower, program.row_upper),
        integrality=program.whole.astype(int),
        bounds=Bounds(np.zeros(program.size[1]), program.most),
        options={"mip_rel_gap": 0.0},
    )
    return None if found.x is None else -float(found.fun)
