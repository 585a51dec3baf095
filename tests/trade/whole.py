"""The best whole-unit plan of a program by a second solver, with some options forbidden."""

from __future__ import annotations

import numpy as np
from scipy import optimize, sparse

from planner.domain.arrays import Bools
from planner.model.program import Program


def best_value(program: Program, allowed: Bools) -> float:
    """Value of the best plan that uses allowed options only, -inf without one."""
    most = program.most.copy()
    most[: program.options][~allowed] = 0.0
    found = optimize.milp(
        -program.value,
        integrality=program.whole.astype(int),
        bounds=optimize.Bounds(np.zeros(len(most)), most),
        constraints=optimize.LinearConstraint(
            sparse.csc_array(program.matrix), program.row_lower, program.row_upper
        ),
        options={"mip_rel_gap": 0.0},
    )
    return float(-found.fun) if found.success else -np.inf
