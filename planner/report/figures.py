"""Plan -> the figures that sum it up, each worked out once, in planning currency."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from planner.plan.record import Plan


@dataclass(frozen=True)
class Figures:
    """Units and money of a plan. The money parts add up to its value:

    lines + cleared - co2e + exits - openings - shortfalls.
    """

    units_available: int
    units_shipped: int
    units_abroad: int
    units_left: int
    lines: float
    cleared: float
    co2e_kg: float
    co2e: float
    exits: float
    openings: float
    shortfalls: float

    @property
    def sell_through(self) -> float:
        """Units shipped as a share of the stock."""
        return share(self.units_shipped, self.units_available)

    @property
    def exported_share(self) -> float:
        """Units sold outside the home country as a share of units shipped."""
        return share(self.units_abroad, self.units_shipped)

    @property
    def value(self) -> float:
        """The sum of the parts; the audit holds it against the plan's value."""
        gained = self.lines + self.cleared + self.exits
        return gained - self.co2e - self.openings - self.shortfalls


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
        cleared=units * header.value_per_unit_cleared,
        co2e_kg=co2e_kg,
        co2e=co2e_kg * header.co2e_price_per_kg,
        exits=total(plan.exits, "money"),
        openings=total(plan.openings, "cost"),
        shortfalls=total(plan.shortfalls, "cost"),
    )


def co2e_by_line(plan: Plan) -> pd.Series:
    """Kilograms of CO2e the freight of each line emits, by line."""
    per_tonne = {leg.leg: leg.co2e_kg_per_tonne for leg in plan.scenario.legs}
    legs = plan.legs
    if legs.empty:
        return pd.Series(dtype=float)
    emitted = legs["kg"].astype(float) / 1000 * legs["leg"].map(per_tonne).astype(float)
    return emitted.groupby(legs["line"].to_numpy()).sum()


def boxes_by_line(plan: Plan) -> pd.Series:
    """Container loads each line fills on the leg that needs the most of them, by line."""
    legs = plan.legs
    equipment = {item.equipment: item for item in plan.scenario.equipment}
    boxed = {leg.leg: leg for leg in plan.scenario.legs if leg.equipment is not None}
    moved = legs[legs["leg"].isin(boxed)] if not legs.empty else legs
    if moved.empty:
        return pd.Series(dtype=float)
    room = {
        name: equipment[leg.equipment].usable_cbm * leg.fill_share
        for name, leg in boxed.items()
        if leg.equipment is not None
    }
    payload = {
        name: equipment[leg.equipment].payload_kg
        for name, leg in boxed.items()
        if leg.equipment is not None
    }
    by_volume = moved["cbm"].astype(float) / moved["leg"].map(room).astype(float)
    by_weight = moved["kg"].astype(float) / moved["leg"].map(payload).astype(float)
    return (
        pd.concat([by_volume, by_weight], axis=1)
        .max(axis=1)
        .groupby(moved["line"].to_numpy())
        .max()
    )


def total(table: pd.DataFrame, column: str) -> float:
    """Sum of a column; 0 for an empty table."""
    return 0.0 if table.empty else float(table[column].sum())


def share(part: float, whole: float) -> float:
    """Part of a whole; 0 where there is no whole."""
    return part / whole if whole else 0.0
