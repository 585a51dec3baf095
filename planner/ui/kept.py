"""Tables worked out from a plan, kept while the plan is: a page drawn again need not make them again."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import pandas as pd

from planner.plan.record import Plan

Made = Callable[[Plan], pd.DataFrame]
_KEPT: dict[int, dict[Made, pd.DataFrame]] = {}
"""By the plan's identity: a plan never changes, and every session is shown the same one."""


def of(plan: Plan, make: Made) -> pd.DataFrame:
    """The table a function makes of a plan, made once; it is only to be read."""
    tables = _KEPT.get(id(plan))
    if tables is None:
        tables = _KEPT.setdefault(id(plan), {})
        weakref.finalize(plan, _KEPT.pop, id(plan), None)
    if make not in tables:
        tables[make] = make(plan)
    return tables[make]
