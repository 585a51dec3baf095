"""Legs paid by the departure -> what its boxes or its load cost, and what units planned to pay for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.records import Leg, LegBox
from planner.domain.vocabulary import ChargedOn, FeeModel, Incoterm
from planner.network import box_share, chargeable_kg


@dataclass(frozen=True)
class Step:
    """One rate a departure may be declared at: `least` LC at least, else `rate` LC per kg or cbm."""

    from_quantity: float
    rate: float
    least: float


@dataclass(frozen=True)
class Tariff:
    """What a leg charges for a departure's whole load, in LC of the leg.

    Breaks are all-unit with declare-up: each step charges max(least, rate x load), the cheapest
    counts. Steps stand in order of their least charge; none is without use.
    """

    charged_on: ChargedOn
    kg_per_cbm: float
    minimum: float
    steps: tuple[Step, ...]

    def measures(self, cbm: Floats, kg: Floats) -> tuple[Floats, Floats]:
        """Goods in the charged unit by volume and by weight; a load is the greater of the sums."""
        if self.charged_on == ChargedOn.KG:
            return cbm * self.kg_per_cbm, kg
        return cbm, kg / self.kg_per_cbm if self.kg_per_cbm else np.zeros_like(kg)

    def load(self, cbm: Floats, kg: Floats) -> float:
        """Chargeable kg or cbm of goods that depart together."""
        return max(float(measure.sum()) for measure in self.measures(cbm, kg))

    def cheapest(self, load: float) -> tuple[Step, float]:
        """The step a load is declared at, and its cost in LC."""
        charges = [max(step.least, step.rate * load) for step in self.steps]
        best = int(np.argmin(charges))
        return self.steps[best], charges[best]

    def useful(self, load: float) -> tuple[Step, ...]:
        """Steps that can be the cheapest for some load up to this one."""
        found: list[Step] = []
        for step in self.steps:
            if all(max(before.least, before.rate * load) > step.least for before in found):
                found.append(step)
        return tuple(found)


def box_terms(lookup: Lookup) -> dict[int, tuple[LegBox, ...]]:
    """The box types of every leg paid by whole boxes, largest first."""
    found: dict[int, list[LegBox]] = {}
    for row in lookup.scenario.leg_boxes:
        found.setdefault(lookup.leg_at[row.leg], []).append(row)
    return {
        leg: tuple(sorted(rows, key=lambda row: (-box_room(lookup, row)[0], row.equipment)))
        for leg, rows in found.items()
    }


def box_room(lookup: Lookup, row: LegBox) -> tuple[float, float]:
    """Volume and weight a box may hold."""
    box = lookup.equipment[row.equipment]
    return box.usable_cbm * row.fill_share, box.payload_kg


def box_cost(lookup: Lookup, row: LegBox, day: int) -> float:
    """PC for one box that departs on a day."""
    leg = lookup.scenario.legs[lookup.leg_at[row.leg]]
    at_start = row.origin_cost_per_box * float(lookup.fx(leg.origin_currency or leg.currency, day))
    return row.cost_per_box * float(lookup.fx(leg.currency, day)) + at_start


def tariffs(lookup: Lookup) -> dict[int, Tariff]:
    """The tariff of every leg charged by a departure's load: it has rate breaks or a minimum."""
    breaks: dict[str, list[tuple[float, float]]] = {}
    for row in lookup.scenario.rate_breaks:
        breaks.setdefault(row.leg, []).append((row.from_quantity, row.rate))
    charged_on = {row.leg: row.charged_on for row in lookup.scenario.rate_breaks}
    in_boxes = {row.leg for row in lookup.scenario.leg_boxes}
    found = {}
    for k, leg in enumerate(lookup.scenario.legs):
        if leg.leg in in_boxes or not (leg.leg in breaks or leg.minimum_charge):
            continue
        by_kg = charged_on.get(leg.leg, _priced_on(leg)) == ChargedOn.KG
        rates = breaks.get(leg.leg, [(0.0, leg.cost_per_kg if by_kg else leg.cost_per_cbm)])
        unit = ChargedOn.KG if by_kg else ChargedOn.CBM
        found[k] = Tariff(unit, leg.kg_per_cbm, leg.minimum_charge, _steps(leg, rates))
    return found


def _priced_on(leg: Leg) -> ChargedOn:
    """What the minimum of a leg without rate breaks is the least charge of."""
    return ChargedOn.KG if leg.cost_per_kg else ChargedOn.CBM


def _steps(leg: Leg, rates: list[tuple[float, float]]) -> tuple[Step, ...]:
    """The steps in order of their least charge, without those another is never dearer than."""
    every = [Step(start, rate, max(leg.minimum_charge, rate * start)) for start, rate in rates]
    found: list[Step] = []
    for step in sorted(every, key=lambda step: (step.least, step.rate, step.from_quantity)):
        if not found or step.rate < found[-1].rate:
            found.append(step)
    return tuple(found)


def paid_whole(lookup: Lookup) -> list[int]:
    """Legs whose freight is paid by the departure: by whole boxes or by the load."""
    return sorted({*box_terms(lookup), *tariffs(lookup)})


def planned_part(lookup: Lookup, leg_number: int, ship_days: Ints) -> Floats:
    """The part of the planned freight that the departure's price replaces, PC per unit, (lot, day).

    Of a leg paid by boxes the spread of a box, else the rate by volume or by weight.
    """
    leg = lookup.scenario.legs[leg_number]
    rate = lookup.fx(leg.currency, ship_days)
    if leg_number in box_terms(lookup):
        boxes = box_share(lookup, leg)
        at_start = lookup.fx(leg.origin_currency or leg.currency, ship_days)
        price = leg.cost_per_box * rate + leg.origin_cost_per_box * at_start
        return np.asarray(np.outer(boxes, price))
    cbm, kg = lookup.of_lots("cbm"), lookup.of_lots("kg")
    if tariffs(lookup)[leg_number].charged_on == ChargedOn.KG:
        return np.asarray(np.outer(chargeable_kg(kg, cbm, leg.kg_per_cbm) * leg.cost_per_kg, rate))
    return np.asarray(np.outer(cbm * leg.cost_per_cbm, rate))


def buyer_ships(lookup: Lookup) -> Bools:
    """Channels whose international freight is the buyer's: wholesale FOB."""
    return np.array(
        [
            row.fee_model == FeeModel.WHOLESALE and row.incoterm == Incoterm.FOB
            for row in lookup.scenario.channels
        ],
        dtype=bool,
    )


def is_domestic(lookup: Lookup, leg: Leg) -> bool:
    """Whether both ends of a leg lie in the home country."""
    ends = {
        lookup.scenario.sites[lookup.site_at[site]].country for site in (leg.from_site, leg.to_site)
    }
    return ends == {lookup.header.home_country}
