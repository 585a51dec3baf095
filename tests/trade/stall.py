"""A stall: one warehouse, one hub, one market, and money so plain that a netback is a price."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from planner.domain import records as r
from planner.domain.check import check
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario, canonical
from planner.domain.vocabulary import ExitKind, FeeModel, Mode, Region, SiteKind
from planner.landed_cost.options import price_scenario
from planner.model.build import build
from planner.plan.record import Plan
from planner.solve.branch_and_bound import solve_whole
from tests.trade.lane import exact_plan

START = date(2026, 3, 2)


def stall(
    lots: dict[str, tuple[int, float]],
    demand: dict[str, tuple[float, ...]],
    *,
    days_per_period: int = 7,
    rungs: tuple[tuple[str, float], ...] = (("full", 1.0),),
    left: float = 1.0,
    **tables: Any,
) -> Scenario:
    """Lots (units, tag) sold in channels whose shoppers take `demand` units of each lot a period.

    Every lot is a style and a season of its own, so that each has its own shoppers. No tax, no
    freight, no returns: a unit sold at the full rung brings its tag, one held to the end `left`.
    """
    periods = max(map(len, demand.values()))
    scenario = Scenario(
        header=r.Header(
            scenario="stall",
            start_date=START,
            periods=periods,
            days_per_period=days_per_period,
            as_of=START,
            home_vat_rate=0.0,
        ),
        currencies=(r.CurrencyInfo(currency="CNY"),),
        brands=(r.Brand(brand="Linden"),),
        lots=tuple(_lot(name, units, tag) for name, (units, tag) in lots.items()),
        sites=(
            r.Site(site="WH", kind=SiteKind.ORIGIN, country="CN", currency="CNY"),
            r.Site(site="HUB", kind=SiteKind.HUB, country="CN", currency="CNY"),
        ),
        legs=(
            r.Leg(
                leg="truck",
                from_site="WH",
                to_site="HUB",
                mode=Mode.TRUCK,
                transit_days=0,
                currency="CNY",
            ),
        ),
        markets=(
            r.Market(
                market="CN",
                country="CN",
                region=Region.DOMESTIC,
                climate="mild",
                currency="CNY",
                entry_sites=("HUB",),
            ),
        ),
        channels=tuple(
            r.Channel(
                channel=name,
                market="CN",
                fee_model=FeeModel.MARKETPLACE,
                ladder="steps",
                currency="CNY",
            )
            for name in demand
        ),
        channel_terms=tuple(
            r.ChannelTerm(
                channel=name,
                category="dress",
                reference_price_ratio=1.0,
                elasticity=0.0,
                currency="CNY",
            )
            for name in demand
        ),
        ladders=tuple(
            r.LadderRung(ladder="steps", rung=name, price_ratio=ratio) for name, ratio in rungs
        ),
        demand=tuple(
            r.Demand(channel=name, category="dress", season=lot, units_per_period=0.0)
            for name in demand
            for lot in lots
        ),
        demand_points=tuple(
            r.DemandPoint(
                channel=name,
                category="dress",
                season=lot,
                period=period,
                rung=rung,
                units=units,
            )
            for name, each in demand.items()
            for lot in lots
            for period, units in enumerate(each, start=1)
            for rung, _ in rungs
        ),
        season_factors=tuple(
            r.SeasonFactor(climate="mild", season=lot, period=period, factor=1.0)
            for lot in lots
            for period in range(1, periods + 1)
        ),
        exits=(r.Exit(exit="hold", kind=ExitKind.HOLD, value_per_unit=left, currency="CNY"),),
    )
    return scenario.model_copy(update=tables)


def _lot(name: str, units: int, tag: float) -> r.Lot:
    return r.Lot(
        lot=name,
        sku=name,
        style=name,
        model=name,
        brand="Linden",
        category="dress",
        season=name,
        vintage_year=2026,
        origin="WH",
        units=units,
        tag=tag,
        tag_currency="CNY",
        unit_cost=20.0,
        unit_cost_currency="CNY",
        kg=0.3,
        cbm=0.002,
    )


def set_row(scenario: Scenario, table: str, at: int, **update: Any) -> Scenario:
    """The scenario with some fields of one row changed."""
    rows = list(getattr(scenario, table))
    rows[at] = rows[at].model_copy(update=update)
    return scenario.model_copy(update={table: tuple(rows)})


def best(scenario: Scenario) -> Plan:
    """The best plan of a scenario without findings, audited without findings."""
    assert check(scenario) == ()
    plan = exact_plan(scenario)
    assert plan.findings == ()
    return plan


def sold(plan: Plan, *keys: str) -> dict[Any, int]:
    """Units sold by some columns of the plan's lines."""
    by = plan.lines.groupby(list(keys))["units"].sum()
    return {key: int(units) for key, units in by.items()}


def is_possible(scenario: Scenario) -> bool:
    """Whether any whole amounts obey the rules of a scenario."""
    program, _ = build(price_scenario(Lookup(canonical(scenario))))
    return not solve_whole(program, np.arange(program.size[1]), 60.0, 0.0).infeasible
