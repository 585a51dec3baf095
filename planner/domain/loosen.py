"""Scenario + loosenings -> the scenario with those limits moved, so that it has a plan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import ceil, inf
from typing import Any

from planner.domain.records import Record, RuleSetting
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import RuleMode
from planner.errors import Loosening

Change = Callable[[Any, Loosening], dict[str, Any] | None]
"""A row and a loosening -> the fields to change; None where the row is not meant."""


def loosened(scenario: Scenario, loosenings: Iterable[Loosening]) -> Scenario:
    """The same scenario with every limit moved to its new place.

    Limits that stand in a field of the scenario are moved there. Limits that follow from several
    fields, such as those of price paths, are made soft at no price where the label says.
    """
    furthest: dict[tuple[str, str, str], Loosening] = {}
    for each in sorted(loosenings, key=_part_moved):
        furthest[each.rule, each.label, each.direction] = each
    for each in furthest.values():
        scenario = _moved(scenario, each) or _softened(scenario, each)
    return scenario


def _part_moved(each: Loosening) -> float:
    """How far a limit moves, as a part of what it was: periods that share a field move it once."""
    ratio = _ratio(each)
    return inf if ratio is None else abs(ratio - 1)


def _moved(scenario: Scenario, each: Loosening) -> Scenario | None:
    """The scenario with the fields of a limit changed; None where no field holds it."""
    update: dict[str, tuple[Record, ...]] = {}
    for table, change in FIELDS.get(each.rule, ()):
        rows = getattr(scenario, table)
        after = tuple(
            row.model_copy(update=fields) if (fields := change(row, each)) else row for row in rows
        )
        if after != rows:
            update[table] = after
    return scenario.model_copy(update=update) if update else None


def _softened(scenario: Scenario, each: Loosening) -> Scenario:
    """The scenario in which the limit may be broken at no price."""
    row = RuleSetting(rule=each.rule, subject=each.label, mode=RuleMode.SOFT)
    others = tuple(
        s for s in scenario.rule_settings if (s.rule, s.subject) != (row.rule, row.subject)
    )
    return scenario.model_copy(update={"rule_settings": (*others, row)})


def _ratio(each: Loosening) -> float | None:
    """New limit over old one: what a field is multiplied by to which the limit is proportional."""
    old = each.new_limit - (each.by if each.direction == "raise" else -each.by)
    return each.new_limit / old if old > 0 else None


def _scaled(key: str, field: str, *, within: bool = False, ends: str = "") -> Change:
    """A field to which the limit is proportional."""

    def change(row: Any, each: Loosening) -> dict[str, Any] | None:
        ratio, held = _ratio(each), getattr(row, field)
        if ratio is None or held is None or not each.label.endswith(ends):
            return None
        named = _named(getattr(row, key), each.label, within=within)
        return {field: _times(held, ratio)} if named else None

    return change


def _times(value: float, ratio: float) -> float:
    """A product without the noise of its last digits."""
    return float(f"{value * ratio:.12g}")


def _named(name: str, label: str, *, within: bool) -> bool:
    """Whether a label is a name, or one of the labels within it: 'name | ...'."""
    return label.startswith(f"{name} | ") if within else label == name


def _set(key: str, field: str, *, within: bool = False) -> Change:
    """A field that is the limit itself, in whole numbers."""

    def change(row: Any, each: Loosening) -> dict[str, Any] | None:
        named = _named(getattr(row, key), each.label, within=within)
        if not named or getattr(row, field) is None:
            return None
        return {field: ceil(each.new_limit) if each.direction == "raise" else int(each.new_limit)}

    return change


def _lowered(key: str, field: str) -> Change:
    """A least, in whole units, of which a limit of 0 says how far above it the plan is."""

    def change(row: Any, each: Loosening) -> dict[str, Any] | None:
        if not _named(getattr(row, key), each.label, within=True) or not getattr(row, field):
            return None
        return {field: max(0, getattr(row, field) - ceil(each.by))}

    return change


def _quantity(row: Any, each: Loosening) -> dict[str, Any] | None:
    """The least or most of a quantity rule."""
    field = "most" if each.direction == "raise" else "least"
    held = getattr(row, field)
    if row.rule != each.label or held is None:
        return None
    ratio = _ratio(each)
    return None if ratio is None else {field: _times(held, ratio)}


def _pool(row: Any, each: Loosening) -> dict[str, Any] | None:
    """The shoppers of a pool."""
    ratio = _ratio(each)
    field = "units_per_period" if hasattr(row, "units_per_period") else "units"
    if ratio is None or each.label != f"{row.channel} | {row.category} | {row.season}":
        return None
    return {field: _times(getattr(row, field), ratio)}


def _style_share(row: Any, each: Loosening) -> dict[str, Any] | None:
    """The part of a pool a style may take; the label is 'style | channel | category | season'."""
    ratio = _ratio(each)
    if ratio is None or f" | {row.channel} | " not in each.label:
        return None
    return {"style_share": min(1.0, _times(row.style_share, ratio))}


def _rung(row: Any, each: Loosening) -> dict[str, Any] | None:
    """The units of a group; the label is 'style | channel | rung'."""
    if not row.least_units_per_event or not each.label.endswith(f" | {row.rung}"):
        return None
    return {"least_units_per_event": max(0, row.least_units_per_event - ceil(each.by))}


def _boxes(row: Any, each: Loosening) -> dict[str, Any] | None:
    """The boxes of a departure; the label is 'leg | date | equipment'."""
    meant = each.label.startswith(f"{row.leg} | ") and each.label.endswith(f" | {row.equipment}")
    if not meant or row.boxes_most_per_departure is None:
        return None
    return {"boxes_most_per_departure": ceil(each.new_limit)}


FIELDS: dict[str, tuple[tuple[str, Change], ...]] = {
    "supply": (("lots", _set("lot", "units")),),
    "frozen_shipment": (("frozen_shipments", _set("shipment", "units")),),
    "demand_pool": (("demand", _pool), ("demand_points", _pool)),
    "style_share": (("channels", _style_share),),
    "leg_capacity": (
        ("legs", _scaled("leg", "cbm_per_day", within=True, ends=" | cbm")),
        ("legs", _scaled("leg", "kg_per_day", within=True, ends=" | kg")),
        ("legs", _scaled("leg", "boxes_per_period", within=True, ends=" | boxes")),
    ),
    "box_limit": (("leg_boxes", _boxes),),
    "site_throughput": (("sites", _scaled("site", "throughput_units_per_day")),),
    "relabelling": (("sites", _scaled("site", "relabel_units_per_day")),),
    "channel_capacity": (
        ("channels", _scaled("channel", "units_per_day")),
        ("reseller_levels", _scaled("channel", "units_per_reseller_day")),
    ),
    "storage_capacity": (("sites", _scaled("site", "storage_cbm")),),
    "quota": (("rules", _set("rule", "quota_units")),),
    "exit_capacity": (("exits", _set("exit", "units_most")),),
    "lock": (("locks", _set("lock", "units")),),
    "least_if_opened": (("opening_terms", _lowered("opening", "least_units")),),
    "channels_per_style": (("style_spreads", _set("rule", "channels_most", within=True)),),
    "styles_per_event": (("channels", _set("channel", "styles_most_per_period")),),
    "exclusive_group": (("exclusive_groups", _set("group", "channels_most", within=True)),),
    "group_buy": (("ladders", _rung),),
    "burst_dispatch": (("sites", _scaled("site", "dispatch_units_per_day", within=True)),),
    "quantity": (("quantity_rules", _quantity),),
    "exposure": (("quantity_rules", _quantity),),
    "budget": (("quantity_rules", _quantity),),
    "cash_target": (("quantity_rules", _quantity),),
    "working_capital": (("quantity_rules", _quantity),),
    "least_line": (("lots", _lowered("lot", "least_line_units")),),
}
"""Where the limits of a rule stand: tables, and the change of a row."""
