"""De-branding: every lot that may be sold in another form gets that form as a lot of its own."""

from __future__ import annotations

from datetime import timedelta

from planner.domain.records import Exit, Lot
from planner.domain.scenario import Scenario
from planner.domain.selectors import matches
from planner.domain.settings import is_hard
from planner.domain.vocabulary import ExitKind

MADE_BY = "~"
"""Stands between the lot and the exit in the names of a form, as in L001~CUT."""


def with_forms(scenario: Scenario) -> Scenario:
    """The scenario with the form lots of its de-branding exits after its own lots.

    Forms draw on the units of their parent (`form_of`) and are not turned into forms again, so a
    second call changes nothing.
    """
    known = {lot.lot for lot in scenario.lots}
    made = [
        form_lot(lot, way, most=_takes(scenario, way))
        for way in scenario.exits
        if way.kind == ExitKind.DE_BRAND and way.becomes_brand is not None
        for lot in scenario.lots
        if lot.form_of is None and open_to(scenario, way, lot)
    ]
    forms = tuple(form for form in made if form.lot not in known)
    return scenario.model_copy(update={"lots": (*scenario.lots, *forms)}) if forms else scenario


def open_to(scenario: Scenario, way: Exit, lot: Lot) -> bool:
    """Whether an exit takes a lot: its brand, its category, the first day of its available period."""
    header = scenario.header
    free = header.start_date + timedelta(days=(lot.available_period - 1) * header.days_per_period)
    return (
        matches(lot.brand, way.brands)
        and matches(lot.category, way.categories)
        and (way.open_from is None or way.open_from <= free)
        and (way.open_to is None or free <= way.open_to)
    )


def _takes(scenario: Scenario, way: Exit) -> int | None:
    """Units an exit can never take more of; None where its limit may be missed, or it has none."""
    return way.units_most if is_hard(scenario, "exit_capacity", way.exit) else None


def form_lot(lot: Lot, way: Exit, *, most: int | None) -> Lot:
    """A lot as an exit turns it out: new names and brand, its labels cut off, all else as it was."""
    names = {
        field: f"{getattr(lot, field)}{MADE_BY}{way.exit}"
        for field in ("lot", "sku", "style", "model")
    }
    return lot.model_copy(
        update={
            **names,
            "brand": way.becomes_brand,
            "units": lot.units if most is None else min(lot.units, most),
            "labels": (),
            "origin_label": False,
            "fibre_label": False,
            "form_of": lot.lot,
            "made_by": way.exit,
        }
    )
