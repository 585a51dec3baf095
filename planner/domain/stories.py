"""Five stories planners are asked about every week -> the changes that tell them of a scenario.

A story has a subject (which currency, hub, brand, market or leg), a size in its own unit, and the list of
changes that makes it true. Nothing here plans anything.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from planner.domain.changes import WHOLE_ROW, Change, Plain, key_of, plain_row
from planner.domain.records import Closure, ParcelRegime, Record
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import ParcelDuty, SiteKind
from planner.language import english

EVERY = ""
"""The subject of a story about all brands or all legs."""
DIGITS = 6
"""Figures of a changed number, so that it can be read."""


@dataclass(frozen=True)
class Story:
    """One story.

    words: what happens, with {subject} and {size}; unit and usual: of its size; least, most: where
    its slider ends; subjects: whom it can be about in a scenario (none = it has no meaning there).
    """

    name: str
    words: str
    unit: str
    usual: float
    least: float
    most: float
    subjects: Callable[[Scenario], Sequence[str]]
    changes: Callable[[Scenario, str, float], tuple[Change, ...]]

    def told(self, subject: str, size: float) -> str:
        """'The ZAR falls by 12 %'."""
        shown = f"{size:.0%}".replace("%", " %") if self.unit == "share" else f"{size:g}"
        return self.words.format(
            subject=subject,
            of=english(" of {subject}", subject=subject) if subject else "",
            size=shown,
        )


def _cell(table: str, row: Record, field: str, new: Plain) -> list[Change]:
    """The change of one cell, none where it says so already."""
    old = plain_row(row)[field]
    return [] if old == new else [Change(table, key_of(row), field, old, new)]


def _rounded(number: float) -> float:
    return float(f"{number:.{DIGITS}g}")


def _foreign(scenario: Scenario) -> list[str]:
    home = scenario.header.currency
    paid = {row.currency for row in scenario.markets}
    known = dict.fromkeys(row.currency for row in scenario.exchange_rates)
    return [name for name in known if name != home and name in paid]


def rate_falls(scenario: Scenario, currency: str, part: float) -> tuple[Change, ...]:
    """A currency buys that much less of the planning currency, on every date."""
    return tuple(
        change
        for row in scenario.exchange_rates
        if row.currency == currency
        for change in _cell("exchange_rates", row, "rate", _rounded(row.rate * (1 - part)))
    )


def _hubs(scenario: Scenario) -> list[str]:
    return [row.site for row in scenario.sites if row.kind in (SiteKind.HUB, SiteKind.PORT)]


def hub_strikes(scenario: Scenario, site: str, days: float) -> tuple[Change, ...]:
    """A hub or port is closed from the first day of the plan for so many days; closures that begin
    in these days give way to it."""
    start = scenario.header.start_date
    last = min(start + timedelta(days=max(1, round(days)) - 1), scenario.last_day)
    strike = Closure(site=site, valid_from=start, valid_to=last)
    overlapping = [
        Change("closures", key_of(row), WHOLE_ROW, plain_row(row), None)
        for row in reversed(scenario.closures)
        if row.site == site and row.valid_from <= last and row.valid_to >= start
    ]
    return (*overlapping, Change("closures", key_of(strike), WHOLE_ROW, None, plain_row(strike)))


def _brands(scenario: Scenario) -> list[str]:
    return [EVERY, *(row.brand for row in scenario.brands)]


def floor_rises(scenario: Scenario, brand: str, points: float) -> tuple[Change, ...]:
    """A brand (or all of them) asks for that much more of tag, at home and abroad."""
    return tuple(
        change
        for row in scenario.brands
        if brand in (EVERY, row.brand)
        for field in ("floor_domestic", "floor_export")
        for change in _cell("brands", row, field, _rounded(min(1.0, getattr(row, field) + points)))
    )


def _thresholds(scenario: Scenario) -> list[str]:
    return list(dict.fromkeys(low.market for low, _ in _free_brackets(scenario)))


def _free_brackets(scenario: Scenario) -> list[tuple[ParcelRegime, ParcelRegime]]:
    """Brackets of parcels free of duty, each with the next bracket above it."""

    def of(row: ParcelRegime) -> tuple[object, ...]:
        return row.market, row.category, row.valid_from, row.valid_to

    found = []
    for low in scenario.parcel_regimes:
        above = [row for row in scenario.parcel_regimes
                 if of(row) == of(low) and row.value_above > low.value_above]  # fmt: skip
        if low.duty_on is ParcelDuty.NONE and above:
            found.append((low, min(above, key=lambda row: row.value_above)))
    return found


def threshold_closes(scenario: Scenario, market: str, size: float) -> tuple[Change, ...]:
    """Parcels below a market's threshold pay that part of the duty and VAT of those above it."""
    changes: list[Change] = []
    for low, above in _free_brackets(scenario):
        if low.market == market and above.duty_on is not ParcelDuty.NONE:
            changes += _cell("parcel_regimes", low, "duty_on", ParcelDuty.TOTAL.value)
            for field in ("duty_rate", "duty_least_per_kg", "duty_per_heading", "vat_rate"):
                before, then = getattr(low, field), getattr(above, field)
                new = _rounded(before + size * (then - before))
                changes += _cell("parcel_regimes", low, field, new)
    return tuple(changes)


def _boxed(scenario: Scenario) -> list[str]:
    priced = {row.leg for row in scenario.leg_boxes if row.cost_per_box}
    legs = [row.leg for row in scenario.legs if row.cost_per_box or row.leg in priced]
    return [EVERY, *legs] if legs else []


def box_rates_rise(scenario: Scenario, leg: str, part: float) -> tuple[Change, ...]:
    """Boxes of a leg (or of all) cost that much more: 100 % = they double."""
    return tuple(
        change
        for table in ("legs", "leg_boxes")
        for row in getattr(scenario, table)
        if leg in (EVERY, row.leg)
        for change in _cell(table, row, "cost_per_box", _rounded(row.cost_per_box * (1 + part)))
    )


STORIES = (
    Story("rate_falls", english("The {subject} falls by {size}"), "share", 0.12, 0.0, 0.5,
          _foreign, rate_falls),
    Story("hub_strikes", english("{subject} is on strike for {size} days"), english("days"), 14, 1, 60,
          _hubs, hub_strikes),
    Story("floor_rises", english("Price floors{of} rise by {size} of tag"), "share", 0.05, 0.0, 0.3,
          _brands, floor_rises),
    Story("threshold_closes", english("Duty-free parcels to {subject} pay {size} of full duty"), "share",
          1.0, 0.0, 1.0, _thresholds, threshold_closes),
    Story("box_rates_rise", english("Box rates{of} rise by {size}"), "share", 1.0, 0.0, 3.0,
          _boxed, box_rates_rise),
)  # fmt: skip
"""The five stories, in the order they are shown."""
