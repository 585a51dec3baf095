"""Summaries of plans -> their figures side by side, each against the first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from planner.report.headings import VALUE_PARTS, Kind

Summary = Mapping[str, Any]
Row = tuple[str, str, list[Any]]


def compare(named: Sequence[tuple[str, Summary]]) -> pd.DataFrame:
    """One row per figure.

    Columns: figure, kind (as in headings), one per plan, and for each plan after the first
    'NAME - FIRST' with the difference of its numbers (blank for text).
    """
    rows = _rows([known for _, known in named])
    names = _distinct([name for name, _ in named])
    table: dict[str, list[Any]] = {
        "figure": [figure for figure, _, _ in rows],
        "kind": [kind for _, kind, _ in rows],
    }
    for at, name in enumerate(names):
        table[name] = [values[at] for _, _, values in rows]
    for at, name in enumerate(names[1:], start=1):
        table[f"{name} - {names[0]}"] = [_less(values[at], values[0]) for *_, values in rows]
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in table.items()})


def _rows(plans: Sequence[Summary]) -> list[Row]:
    def each(figure: str, kind: Kind, *path: str) -> Row:
        return figure, kind, [_at(plan, path) for plan in plans]

    return [
        each("Currency", "text", "currency"),
        each("Perspective", "text", "perspective"),
        each("Ready", "text", "ready"),
        each("Status", "text", "status"),
        each("Plan value", "money", "value"),
        *(
            each(f"of which {words[:1].lower()}{words[1:]}", "money", "value_parts", name)
            for name, words in VALUE_PARTS.items()
            if any(_at(plan, ("value_parts", name)) for plan in plans)
        ),
        each("Upper bound", "money", "bound"),
        each("Gap", "gap", "gap"),
        each("Units in stock", "units", "units", "available"),
        each("Units shipped", "units", "units", "shipped"),
        each("Units left", "units", "units", "left"),
        each("Sell-through", "share", "sell_through"),
        each("Exported share", "share", "exported_share"),
        *_group(plans, "Units to ", "units_by_market", "units"),
        *_group(plans, "Units by exit ", "units_by_exit", "units"),
        *_group(plans, "Boxes ", "boxes", "units"),
        *_group(plans, "Money to ", "money_by_party", "money"),
        *_group(plans, "Baseline ", "baselines", "money"),
    ]


def _group(plans: Sequence[Summary], words: str, field: str, kind: Kind) -> list[Row]:
    """One row for every name in any of the plans; a plan without it has 0."""
    names = dict.fromkeys(name for plan in plans for name in plan.get(field, {}))
    return [
        (words + name, kind, [plan.get(field, {}).get(name, 0) for plan in plans]) for name in names
    ]


def _at(plan: Summary, path: Sequence[str]) -> Any:
    value: Any = plan
    for step in path:
        value = value.get(step) if isinstance(value, Mapping) else None
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def _less(value: Any, first: Any) -> Any:
    if isinstance(value, int | float) and isinstance(first, int | float):
        return value - first
    return None


def _distinct(names: Sequence[str]) -> list[str]:
    """The same name twice gets a number."""
    seen: dict[str, int] = {}
    out = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        out.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return out
