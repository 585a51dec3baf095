"""What every check is written with: findings, names, selections and the days they hold on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from math import inf
from typing import Any

from planner.domain import records as r
from planner.domain.forms import with_forms
from planner.domain.scenario import Scenario
from planner.domain.selectors import matches
from planner.errors import Finding

HEADER = "scenario"
"""The name findings give the header."""

Findings = Iterator[Finding]

LOT_SELECTORS = {
    "brands": "brand",
    "categories": "category",
    "seasons": "season",
    "lots": "lot",
    "styles": "style",
}
"""Field of a row that selects lots -> field of the lot it looks at."""


def at(table: str, position: int, field: str, problem: str, remedy: str) -> Finding:
    """A finding at the row of a record, counting the header as row 1."""
    return Finding(table, position + 2, field, problem, remedy)


def keys(scenario: Scenario, table: str, field: str) -> list[str]:
    """The different names in a column, in order of appearance."""
    return list(dict.fromkeys(getattr(row, field) for row in getattr(scenario, table)))


def horizon(scenario: Scenario) -> tuple[date, date]:
    """First and last day of the plan."""
    return scenario.header.start_date, scenario.last_day


def available_day(scenario: Scenario, lot: r.Lot) -> date:
    """First day on which a lot may leave."""
    header = scenario.header
    return header.start_date + timedelta(days=(lot.available_period - 1) * header.days_per_period)


def goods(scenario: Scenario) -> tuple[r.Lot, ...]:
    """The lots and the forms de-branding may give them."""
    return with_forms(scenario).lots


def stock(lots: Iterable[r.Lot]) -> int:
    """Units of some lots; a lot and its forms are the same units."""
    units: dict[str, int] = defaultdict(int)
    for lot in lots:
        name = lot.form_of or lot.lot
        units[name] = max(units[name], lot.units)
    return sum(units.values())


def touches_lot(scenario: Scenario, row: Any, lot: r.Lot) -> bool:
    """Whether a row selects a lot by every selector it has."""
    return bool(touched_lots(scenario, row, [lot]))


def touched_lots(scenario: Scenario, row: Any, lots: Sequence[r.Lot]) -> frozenset[int]:
    """The lots, by position, that a row selects by every selector it has."""
    asked = [(name, getattr(row, by, ())) for by, name in LOT_SELECTORS.items()]
    asked = [(name, selectors) for name, selectors in asked if selectors]
    least, most = getattr(row, "age_least", None), getattr(row, "age_most", None)
    youngest, oldest = -inf if least is None else least, inf if most is None else most
    year = scenario.header.start_date.year
    return frozenset(
        k
        for k, lot in enumerate(lots)
        if youngest <= max(0, year - lot.vintage_year) <= oldest
        and all(matches(getattr(lot, name), selectors) for name, selectors in asked)
    )


def touched_channels(scenario: Scenario, row: Any) -> set[str]:
    """The channels a row selects by every selector it has."""
    country = {market.market: market.country for market in scenario.markets}
    return {
        channel.channel
        for channel in scenario.channels
        if matches(channel.channel, getattr(row, "channels", ()))
        and matches(channel.market, getattr(row, "markets", ()))
        and matches(country.get(channel.market, ""), getattr(row, "countries", ()))
        and matches(channel.fee_model, getattr(row, "fee_models", ()))
    }
