"""Scenario -> findings: legs, how they are paid, where they lead and what is on its way."""

from __future__ import annotations

from collections import defaultdict

from planner.domain import records as r
from planner.domain.check.basics import Findings, at
from planner.domain.scenario import Scenario
from planner.domain.selectors import did_you_mean
from planner.errors import Finding
from planner.language import english


def legs(scenario: Scenario) -> Findings:
    sharing = {leg.leg for leg in scenario.legs if leg.shares_capacity_with}
    in_boxes = {row.leg for row in scenario.leg_boxes}
    for position, leg in enumerate(scenario.legs):
        by_box = leg.cost_per_box > 0 or leg.origin_cost_per_box > 0
        if leg.from_site == leg.to_site:
            problem = english("The leg starts and ends at '{to_site}'.", to_site=leg.to_site)
            yield at("legs", position, "to_site", problem, english("Name another site."))
        if (by_box or leg.boxes_per_period is not None) and leg.equipment is None:
            problem = english("The leg is priced or limited by the box but names no box.")
            yield at("legs", position, "equipment", problem, english("Name one of equipment."))
        if leg.equipment is not None and not by_box and leg.leg not in in_boxes:
            problem = english(
                "The leg names the box '{equipment}' but no price of it.", equipment=leg.equipment
            )
            remedy = english("Give the cost of a box, or leave equipment blank.")
            yield at("legs", position, "cost_per_box", problem, remedy)
        if leg.equipment is not None and leg.fill_share == 0:
            yield at(
                "legs", position, "fill_share", english("0 fills no box."), english("Use 0.9.")
            )
        if leg.first_departure is not None and leg.departure_every_days < 1:
            problem = english("0 is below 1.")
            yield at(
                "legs", position, "departure_every_days", problem, english("Use 7 for weekly.")
            )
        if leg.shares_capacity_with == leg.leg or leg.shares_capacity_with in sharing:
            problem = english(
                "'{shares_capacity_with}' has no capacity of its own to share.",
                shares_capacity_with=leg.shares_capacity_with,
            )
            remedy = english("Name the leg that holds the capacity.")
            yield at("legs", position, "shares_capacity_with", problem, remedy)


def minimum_charges(scenario: Scenario) -> Findings:
    """A least freight of a departure stands beside a price by volume or weight, not beside boxes."""
    stepped = {row.leg for row in scenario.rate_breaks}
    in_boxes = {row.leg for row in scenario.leg_boxes}
    for position, leg in enumerate(scenario.legs):
        if leg.minimum_charge == 0:
            continue
        if leg.leg in in_boxes:
            problem = english("The leg is paid by the box; a box is its least charge.")
            yield at("legs", position, "minimum_charge", problem, english("Use 0."))
        elif leg.cost_per_cbm == 0 and leg.cost_per_kg == 0 and leg.leg not in stepped:
            problem = english("The leg has a minimum charge but no price by volume or weight.")
            remedy = english("Give cost_per_cbm, cost_per_kg or rate_breaks.")
            yield at("legs", position, "minimum_charge", problem, remedy)


def leg_boxes(scenario: Scenario) -> Findings:
    for position, row in enumerate(scenario.leg_boxes):
        if row.fill_share == 0:
            yield at(
                "leg_boxes", position, "fill_share", english("0 fills no box."), english("Use 0.9.")
            )


def rate_breaks(scenario: Scenario) -> Findings:
    """The steps of a leg start at 0, count one thing, and are not mixed with whole boxes."""
    in_boxes = {row.leg for row in scenario.leg_boxes}
    steps: dict[str, list[tuple[int, r.RateBreak]]] = defaultdict(list)
    for position, row in enumerate(scenario.rate_breaks):
        steps[row.leg].append((position, row))
    for leg, rows in steps.items():
        position, first = min(rows, key=lambda step: step[1].from_quantity)
        if first.from_quantity > 0:
            problem = english(
                "The first step of leg '{leg}' starts at {from_quantity:g}.",
                leg=leg,
                from_quantity=first.from_quantity,
            )
            yield at(
                "rate_breaks", position, "from_quantity", problem, english("Add a step from 0.")
            )
        if leg in in_boxes:
            problem = english("Leg '{leg}' is paid by the box in leg_boxes.", leg=leg)
            yield at(
                "rate_breaks", position, "leg", problem, english("Keep its boxes or its steps.")
            )
        for position, row in rows:
            if row.charged_on is not first.charged_on:
                problem = english(
                    "Other steps of leg '{leg}' are charged on {charged_on}.",
                    leg=leg,
                    charged_on=first.charged_on,
                )
                remedy = english("Charge all steps of a leg on the same.")
                yield at("rate_breaks", position, "charged_on", problem, remedy)


def reach(scenario: Scenario) -> Findings:
    """The legs run in no circle, and lead from every origin with stock to a market."""
    onward = defaultdict(list)
    for leg in scenario.legs:
        onward[leg.from_site].append(leg.to_site)
    if cycle := _cycle(onward):
        problem = english("The legs run in a circle: {cycle}.", cycle=" > ".join(cycle))
        yield Finding("legs", 0, "to_site", problem, english("Take out one leg of the circle."))
        return
    entries = {site for market in scenario.markets for site in market.entry_sites}
    for origin in dict.fromkeys(lot.origin for lot in scenario.lots if lot.units > 0):
        if not _reachable(origin, onward) & entries:
            problem = english(
                "No chain of legs leads from '{origin}' to an entry site of any market.",
                origin=origin,
            )
            yield Finding("legs", 0, "from_site", problem, english("Add the missing leg."))


def _reachable(start: str, onward: dict[str, list[str]]) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        fresh = [site for site in onward.get(waiting.pop(), ()) if site not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return seen


def _cycle(onward: dict[str, list[str]]) -> list[str]:
    """The sites of one circle, its first repeated at its end; empty when there is none."""
    finished: set[str] = set()
    for start in list(onward):
        path = [start]
        branches = [iter(onward.get(start, ()))]
        while branches:
            site = next(branches[-1], None)
            if site is None:
                branches.pop()
                finished.add(path.pop())
            elif site in path:
                return [*path[path.index(site) :], site]
            elif site not in finished:
                path.append(site)
                branches.append(iter(onward.get(site, ())))
    return []


def frozen(scenario: Scenario) -> Findings:
    units = {lot.lot: lot.units for lot in scenario.lots}
    entries = {site for market in scenario.markets for site in market.entry_sites}
    moving: dict[str, int] = defaultdict(int)
    for position, shipment in enumerate(scenario.frozen_shipments):
        moving[shipment.lot] += shipment.units
        stock = units.get(shipment.lot)
        if stock is not None and moving[shipment.lot] > stock:
            problem = english(
                "{moving} units of lot '{lot}' are frozen; it has {stock}.",
                moving=moving[shipment.lot],
                lot=shipment.lot,
                stock=stock,
            )
            remedy = english("Correct the units here or in lots.")
            yield at("frozen_shipments", position, "units", problem, remedy)
        if shipment.entry_site not in entries:
            problem = english(
                "'{entry_site}' is not an entry site of any market.", entry_site=shipment.entry_site
            )
            remedy = did_you_mean(
                shipment.entry_site,
                entries,
                otherwise=english("Use one of: {entries}.", entries=", ".join(sorted(entries))),
            )
            yield at("frozen_shipments", position, "entry_site", problem, remedy)
        if shipment.arrival_date > scenario.last_day:
            problem = english(
                "{arrival_date} is after the plan ends, {last_day}.",
                arrival_date=shipment.arrival_date,
                last_day=scenario.last_day,
            )
            remedy = english("Lengthen the horizon or leave the units out.")
            yield at("frozen_shipments", position, "arrival_date", problem, remedy)


ROW_CHECKS = (legs, minimum_charges, leg_boxes, rate_breaks)
WHOLE_CHECKS = (reach, frozen)
