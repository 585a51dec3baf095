"""Scenarios with one rule moved by one meaningful step: lower caps, higher leasts, wider reach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import LimitBasis, LockKind, Measure, PriceBound, RuleEffect
from planner.plan.audit.quantities import RULE_OF

Fields = dict[str, Any]
Step = Callable[[Any], Fields]
"""A row -> the fields that make it stricter; nothing where it does not speak of the rule."""
LESS, MORE = 0.75, 1.25
HOME, HOME_CHANNEL = "CN-N", "CN-N-1"
"""What every random scenario has."""


def tightened(scenario: Scenario, rule: str) -> Scenario:
    """The scenario with a rule one step stricter; the same one where it has nothing to move."""
    update: dict[str, Any] = {}
    if rule in ASKED_OF_ALL:
        table, row = ASKED_OF_ALL[rule]
        update[table] = (*getattr(scenario, table), row)
    for table, step in STEPS.get(rule, ()):
        rows = update.get(table, getattr(scenario, table))
        update[table] = tuple(row.model_copy(update=step(row)) for row in rows)
    if rule == "corridor":
        update["header"] = scenario.header.model_copy(update={"corridor_tolerance": 0.0})
    return scenario.model_copy(update=update)


def _scaled(field: str, factor: float) -> Step:
    """A limit that is there, by a quarter."""

    def step(row: Any) -> Fields:
        held = getattr(row, field)
        return {} if held is None else {field: held * factor}

    return step


def _moved(field: str, by: int, least: int = 0) -> Step:
    """A counted limit that is there, by one or so."""

    def step(row: Any) -> Fields:
        held = getattr(row, field)
        return {} if not held else {field: max(least, held + by)}

    return step


def _law(effect: RuleEffect, **fields: Any) -> Step:
    """A law of some effect, for every market and from the first day on."""

    def step(row: r.ComplianceRule) -> Fields:
        if row.effect is not effect:
            return {}
        more = {name: getattr(row, name) + by for name, by in fields.items()}
        return {"markets": (), "valid_from": None, **more}

    return step


def _quantity(rule: str) -> Step:
    """The quantity rules that the model counts under a name."""

    def step(row: r.QuantityRule) -> Fields:
        if _counted_under(row) != rule:
            return {}
        whole = row.measure is Measure.UNITS and row.basis is LimitBasis.ABSOLUTE
        least, most = row.least, row.most
        if least is not None:
            least = least + 1 if whole else least * MORE
        if most is not None:
            most = max(0.0, most - 1) if whole else most * LESS
        return {"least": least, "most": most}

    return step


def _counted_under(row: r.QuantityRule) -> str:
    if row.measure is Measure.WORKING_CAPITAL:
        return "working_capital"
    return "plan_share" if row.basis is LimitBasis.SHARE_OF_PLAN else RULE_OF[row.measure]


def _price(bound: PriceBound, factor: float) -> Step:
    return lambda row: {"value": row.value * factor} if row.bound is bound else {}


def _lock(row: r.Lock) -> Fields:
    by = {LockKind.MIN_UNITS: 1, LockKind.MAX_UNITS: -1}.get(row.kind, 0)
    return {"units": row.units and row.units + by}


def _excluded(row: r.Brand) -> Fields:
    """A brand that leaves out markets leaves out the home market too."""
    more = (*row.excluded_markets, HOME) if row.excluded_markets else ()
    return {"excluded_markets": more}


def _band(row: r.Channel) -> Fields:
    return {"reseller_margin_least": row.reseller_margin_least + 0.03,
            "reseller_margin_most": max(row.reseller_margin_most - 0.03,
                                        row.reseller_margin_least + 0.03)}  # fmt: skip


def _path(**asked: Any) -> tuple[str, r.Record]:
    return "price_paths", r.PricePath(rule="stricter", **asked)


ASKED_OF_ALL: dict[str, tuple[str, r.Record]] = {
    "channels_per_style": ("style_spreads", r.StyleSpread(rule="stricter", channels_most=1)),
    "exclusive_group": ("exclusive_groups", r.ExclusiveGroup(group="stricter")),
    "no_rise": _path(no_rise=True),
    "one_price": _path(one_price=True),
    "same_price": _path(same_price=True),
    "price_step": _path(rungs_per_step_most=0),
    "markdown_count": _path(markdowns_most=0),
    "no_touch": _path(no_touch_from=2),
    "distinct_prices": _path(distinct_prices_most=1),
}
"""Rules that are asked for or not: the step is to ask them of all goods in all channels."""

STEPS: dict[str, tuple[tuple[str, Step], ...]] = {
    "demand_pool": (("demand", _scaled("units_per_period", LESS)),),
    "style_share": (("channels", _scaled("style_share", LESS)),),
    "leg_capacity": (
        ("legs", _scaled("cbm_per_day", LESS)),
        ("legs", _scaled("kg_per_day", LESS)),
        ("legs", _moved("boxes_per_period", -1)),
    ),
    "site_throughput": (("sites", _scaled("throughput_units_per_day", LESS)),),
    "relabelling": (("sites", _scaled("relabel_units_per_day", LESS)),),
    "channel_capacity": (
        ("channels", _scaled("units_per_day", LESS)),
        ("reseller_levels", _scaled("units_per_reseller_day", LESS)),
    ),
    "storage_capacity": (("sites", _scaled("storage_cbm", LESS)),),
    "quota": (("rules", _moved("quota_units", -1)),),
    "certificate": (("rules", _scaled("fixed_cost", MORE)),),
    "shipment_papers": (("rules", _scaled("fixed_cost", MORE)),),
    "exit_capacity": (("exits", _moved("units_most", -1)),),
    "lock": (("locks", _lock),),
    "box_limit": (("leg_boxes", _moved("boxes_most_per_departure", -1)),),
    "opening": (("opening_terms", _scaled("fixed_cost", MORE)),),
    "least_if_opened": (("opening_terms", _moved("least_units", 1)),),
    "styles_per_event": (("channels", lambda row: {"styles_most_per_period": 1}),),
    "close_prices": (("channels", lambda row: {
        "price_distance_least": row.price_distance_least + 0.3}),),
    "group_buy": (("ladders", _moved("least_units_per_event", 1)),),
    "burst_dispatch": (("sites", _scaled("dispatch_units_per_day", LESS)),),
    **{
        rule: (("quantity_rules", _quantity(rule)),)
        for rule in ("quantity", "plan_share", "exposure", "budget", "cash_target",
                     "working_capital")
    },
    "multiple": (("lots", lambda row: {"multiple_units": row.multiple_units * 2}),),
    "least_line": (("lots", lambda row: {"least_line_units": row.least_line_units + 1}),),
    "corridor": (
        ("brands", _scaled("corridor_ratio", 1.2)),
        ("corridors", _scaled("risk_margin", 0.0)),
    ),
    "floor": (
        ("brands", _scaled("floor_domestic", MORE)),
        ("brands", _scaled("floor_export", MORE)),
    ),
    "price_floor": (("price_rules", _price(PriceBound.FLOOR, MORE)),),
    "price_cap": (("price_rules", _price(PriceBound.CAP, LESS)),),
    "reseller_band": (("channels", _band),),
    "excluded_market": (("brands", _excluded),),
    "exclusive_channels": (("brands", lambda row: {
        "exclusive_channels": row.exclusive_channels or (HOME_CHANNEL,)}),),
    "private_only": (("rules", _law(RuleEffect.PRIVATE_ONLY)),),
    "brand_consent": (("rules", _law(RuleEffect.BRAND_CONSENT)),),
    "shelf_life": (("rules", _law(RuleEffect.SHELF_LIFE, least_days=7)),),
    "forbidden": (("rules", _law(RuleEffect.FORBID)),),
    "forbidden_mode": (("rules", _law(RuleEffect.FORBID_MODE, modes=("truck",))),),
}  # fmt: skip
"""Where the limits of a rule stand, and how a row is made stricter."""
