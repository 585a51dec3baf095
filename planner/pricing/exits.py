"""Which exits are open to which lots."""

from __future__ import annotations

import numpy as np

from planner.domain.arrays import Bools
from planner.domain.check import matches
from planner.domain.forms import open_to
from planner.domain.lookup import FAR, Lookup
from planner.domain.records import ComplianceRule
from planner.domain.vocabulary import ExitKind, RuleEffect


def open_exits(lookup: Lookup) -> Bools:
    """Whether each exit takes each lot's units, matrix (lot, exit): brand, category, dates and law.

    Forms have no units of their own, and what is de-branded is sold: neither leaves by an exit.
    """
    lots, exits = lookup.scenario.lots, lookup.scenario.exits
    _, kind = lookup.kinds("brand", "category", "available_period")
    _, one = np.unique(kind, return_index=True)
    named = [[open_to(lookup.scenario, way, lots[k]) for way in exits] for k in one]
    destroys = np.array([way.kind == ExitKind.DESTROY for way in exits], dtype=bool)
    leaves = np.array([way.kind != ExitKind.DE_BRAND for way in exits], dtype=bool)
    allowed = np.array(named, dtype=bool).reshape(len(one), len(exits))[kind]
    allowed &= ~np.outer(forbid_destroy(lookup), destroys)
    return np.asarray(allowed & np.outer(~lookup.is_form, leaves))


def forbid_destroy(lookup: Lookup) -> Bools:
    """Lots that may not be destroyed where they are, on the first day they are free."""
    country = {site.site: site.country for site in lookup.scenario.sites}
    free = (lookup.of_lots("available_period").astype(np.int64) - 1) * lookup.days_per_period
    forbidden = np.zeros(len(free), dtype=bool)
    for rule in lookup.scenario.rules:
        if rule.effect == RuleEffect.FORBID_DESTROY:
            first = lookup.day(rule.valid_from, missing=-FAR)
            last = lookup.day(rule.valid_to, missing=FAR)
            touched = _touched(lookup, rule, country)
            forbidden |= touched & (first <= free) & (free <= last)
    return forbidden


def _touched(lookup: Lookup, rule: ComplianceRule, country: dict[str, str]) -> Bools:
    """Lots whose goods and place a rule names; country: that of every site."""

    def named(category: str, danger: str, origin: str) -> bool:
        return (
            matches(category, rule.categories)
            and (bool(danger) or not rule.dangerous_goods_only)
            and _holds_in(lookup, rule, country[origin])
        )

    goods = ("category", "dangerous_goods", "origin")
    return lookup.of_kinds(named, *goods, dtype=bool)


def _holds_in(lookup: Lookup, rule: ComplianceRule, country: str) -> bool:
    """Whether a rule names a country, or a market that lies in it."""
    return matches(country, rule.markets) or any(
        market.country == country and matches(market.market, rule.markets)
        for market in lookup.scenario.markets
    )
