"""Two scenarios -> the table of the changes between them."""

from __future__ import annotations

import pandas as pd

from planner.domain.changes import Change, difference, said
from planner.domain.scenario import Scenario

COLUMNS = ["table", "key", "field", "before", "after"]


def changes_table(base: Scenario | None, scenario: Scenario) -> pd.DataFrame:
    """One row per change of the scenario against its base; none without a base.

    Columns: table, key, field ('' = the whole row), before, after (in words).
    """
    found = () if base is None else difference(base, scenario)
    return pd.DataFrame([_row(change) for change in found], columns=COLUMNS)


def _row(change: Change) -> tuple[str, str, str, str, str]:
    key = " | ".join(change.key)
    if not change.is_row:
        return change.table, key, change.field, said(change.old), said(change.new)
    if change.new is None:
        return change.table, key, "", "a row", "taken out"
    return change.table, key, "", "no row", str(change).partition(": ")[2]
