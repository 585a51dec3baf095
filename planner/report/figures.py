"""Plan -> the figures that sum it up, each worked out once, in planning currency."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from planner.plan.record import Plan

NOTHING = 1e-6
"""Amounts smaller than this are noise of binary fractions."""


@dataclass(frozen=True)
class Figures:
    """Units and money of a plan.

    The settlement is what goods were planned to pay for the boxes and departures paid as a whole,
    less what these cost; shortfalls and breaches are what soft rules missed cost, leaks what
    parallel trade is charged at.
    """

    units_available: int
    units_shipped: int
    units_abroad: int
    units_left: int
    lines: float
    settlement: float
    cleared: float
    co2e_kg: float
    co2e: float
    exits: float
    openings: float
    shortfalls: float
    breaches: float
    leaks: float

    @property
    def sell_through(self) -> float:
        """Units shipped as a share of the stock."""
        return share(self.units_shipped, self.units_available)

    @property
    def exported_share(self) -> float:
        """Units sold outside the home country as a share of units shipped."""
        return share(self.units_abroad, self.units_shipped)

    @property
    def parts(self) -> dict[str, float]:
        """What the plan's value is made up of, costs negative."""
        gains = {
            "lines": self.lines,
            "settlement": self.settlement,
            "cleared": self.cleared,
            "exits": self.exits,
        }
        costs = {
            "co2e": self.co2e,
            "openings": self.openings,
            "shortfalls": self.shortfalls,
            "breaches": self.breaches,
            "leaks": self.leaks,
        }
        return gains | {name: 0.0 - cost for name, cost in costs.items()}

    @property
    def parts_that_count(self) -> dict[str, float]:
        """The same without what is nothing; the lines always count."""
        return {
            name: money
            for name, money in self.parts.items()
            if name == "lines" or abs(money) > NOTHING
        }

    @property
    def value(self) -> float:
        """The sum of the parts; the audit holds it against the plan's value."""
        return sum(self.parts.values())


def figures(plan: Plan) -> Figures:
    """The figures of a plan."""
    header = plan.scenario.header
    lines, units = plan.lines, total(plan.lines, "units")
    abroad = {m.market for m in plan.scenario.markets if m.country != header.home_country}
    co2e_kg = float(co2e_by_line(plan).sum())
    return Figures(
        units_available=sum(lot.units for lot in plan.scenario.lots),
        units_shipped=round(units),
        units_abroad=round(total(lines[lines["market"].isin(abroad)], "units")),
        units_left=round(total(plan.exits, "units")),
        lines=total(lines, "money"),
        settlement=freight_settlement(plan),
        cleared=units * header.value_per_unit_cleared,
        co2e_kg=co2e_kg,
        co2e=co2e_kg * header.co2e_price_per_kg,
        exits=total(plan.exits, "money"),
        openings=total(plan.openings, "cost"),
        shortfalls=total(plan.shortfalls, "cost"),
        breaches=total(plan.breaches, "cost"),
        leaks=total(plan.arbitrage, "cost"),
    )


def freight_settlement(plan: Plan) -> float:
    """Freight planned for goods of whole boxes and charged departures, less what these cost."""
    paid = (plan.boxes, plan.charges)
    return sum(total(table, "planned") - total(table, "cost") for table in paid)


def missed(plan: Plan) -> pd.DataFrame:
    """The soft limits a plan does not keep."""
    return plan.shortfalls[plan.shortfalls["units"] > NOTHING]


def co2e_by_line(plan: Plan) -> pd.Series:
    """Kilograms of CO2e the freight of each line emits, by line."""
    per_tonne = {leg.leg: leg.co2e_kg_per_tonne for leg in plan.scenario.legs}
    legs = plan.legs
    if legs.empty:
        return pd.Series(dtype=float)
    emitted = legs["kg"].astype(float) / 1000 * legs["leg"].map(per_tonne).astype(float)
    return emitted.groupby(legs["line"].to_numpy()).sum()


def boxes_by_line(plan: Plan) -> pd.Series:
    """Container loads each line fills on the leg that needs the most of them, by line.

    On legs paid by whole boxes these are its parts of the boxes it is in.
    """
    loads = pd.concat([_filled(_in_boxes(plan)), _filled(_in_shares_of_boxes(plan))])
    return loads.groupby(["line", "leg"])["filled"].sum().groupby("line").max()


def _in_boxes(plan: Plan) -> pd.DataFrame:
    """What each line has in each whole box: line, leg, cbm, kg, and the box's room in both."""
    room = ["leg", "usable_cbm", "payload_kg"]
    return plan.box_loads.join(plan.boxes.set_index("box")[room], on="box")


def _in_shares_of_boxes(plan: Plan) -> pd.DataFrame:
    """The same of legs paid by the unit with a box type: as much room as one box of it has."""
    equipment = {item.equipment: item for item in plan.scenario.equipment}
    boxed = {
        leg.leg: (equipment[leg.equipment], leg.fill_share)
        for leg in plan.scenario.legs
        if leg.equipment is not None and leg.leg not in set(plan.boxes["leg"])
    }
    moved = plan.legs[plan.legs["leg"].isin(boxed)]
    return moved.assign(
        usable_cbm=[boxed[leg][0].usable_cbm * boxed[leg][1] for leg in moved["leg"]],
        payload_kg=[boxed[leg][0].payload_kg for leg in moved["leg"]],
    )


def _filled(goods: pd.DataFrame) -> pd.DataFrame:
    """Part of a box that goods fill by volume or weight: line, leg, filled."""
    by_volume = goods["cbm"].astype(float) / goods["usable_cbm"].astype(float)
    by_weight = goods["kg"].astype(float) / goods["payload_kg"].astype(float)
    return goods[["line", "leg"]].assign(filled=np.maximum(by_volume, by_weight))


def total(table: pd.DataFrame, column: str) -> float:
    """Sum of a column; 0 for an empty table."""
    return 0.0 if table.empty else float(table[column].sum())


def share(part: float, whole: float) -> float:
    """Part of a whole; 0 where there is no whole."""
    return part / whole if whole else 0.0
