"""One lane from a warehouse to a market, all money in US dollars, so that freight can be reckoned by hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
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
from planner.pipeline import extracted
from planner.plan.audit import audit
from planner.plan.record import Plan
from planner.solve.branch_and_bound import solve_whole
from planner.solve.solution import Solution

START = date(2026, 1, 5)
EQUIPMENT = (
    r.Equipment(equipment="20GP", usable_cbm=28.0, payload_kg=21600.0),
    r.Equipment(equipment="40HQ", usable_cbm=66.0, payload_kg=26300.0),
)


def lane(
    lots: Iterable[r.Lot],
    legs: Iterable[r.Leg],
    *,
    channels: Iterable[str] = ("SHOP",),
    periods: int = 1,
    demand: float = 100_000.0,
    storage_per_cbm_day: float = 0.0,
    **tables: Any,
) -> Scenario:
    """Lots in Ningbo that sell in Durban at their tag, in shops that pay no fee and no tax."""
    lots = tuple(lots)
    goods = dict.fromkeys((lot.category, lot.season) for lot in lots)
    scenario = Scenario(
        header=r.Header(
            scenario="lane",
            start_date=START,
            periods=periods,
            days_per_period=14,
            currency="USD",
            as_of=START,
        ),
        currencies=(r.CurrencyInfo(currency="USD"),),
        brands=tuple(r.Brand(brand=name) for name in dict.fromkeys(lot.brand for lot in lots)),
        lots=lots,
        sites=(
            r.Site(
                site="NGB",
                kind=SiteKind.ORIGIN,
                country="CN",
                currency="USD",
                storage_cost_per_cbm_day=storage_per_cbm_day,
            ),
            r.Site(site="DUR", kind=SiteKind.GATEWAY, country="ZA", currency="USD"),
        ),
        equipment=EQUIPMENT,
        legs=tuple(legs),
        markets=(
            r.Market(
                market="ZA",
                country="ZA",
                region=Region.EXPORT,
                climate="mild",
                currency="USD",
                entry_sites=("DUR",),
            ),
        ),
        channels=tuple(
            r.Channel(
                channel=name,
                market="ZA",
                fee_model=FeeModel.MARKETPLACE,
                ladder="one",
                currency="USD",
            )
            for name in channels
        ),
        channel_terms=tuple(
            r.ChannelTerm(
                channel=name,
                category=category,
                reference_price_ratio=1.0,
                elasticity=2.0,
                currency="USD",
            )
            for name in channels
            for category, _ in goods
        ),
        ladders=(r.LadderRung(ladder="one", rung="full", price_ratio=1.0),),
        demand=tuple(
            r.Demand(channel=name, category=category, season=season, units_per_period=demand)
            for name in channels
            for category, season in goods
        ),
        season_factors=tuple(
            r.SeasonFactor(climate="mild", season=season, period=period, factor=1.0)
            for season in dict.fromkeys(season for _, season in goods)
            for period in range(1, periods + 1)
        ),
        duties=tuple(
            r.Duty(market="ZA", category=category)
            for category in dict.fromkeys(category for category, _ in goods)
        ),
        exits=(r.Exit(exit="keep", kind=ExitKind.HOLD, currency="USD"),),
    ).model_copy(update=tables)
    findings = check(scenario)
    assert not findings, findings[0]
    return scenario


def lot(name: str, units: int, *, tag: float = 10.0, **more: Any) -> r.Lot:
    """Dresses of 0.35 kg and 0.0024 cbm unless said otherwise."""
    row = {
        "sku": name,
        "style": name,
        "model": name,
        "brand": "Linden",
        "category": "dress",
        "season": "summer",
        "vintage_year": 2026,
        "origin": "NGB",
        "tag": tag,
        "tag_currency": "USD",
        "unit_cost": 1.0,
        "unit_cost_currency": "USD",
        "kg": 0.35,
        "cbm": 0.0024,
    }
    return r.Lot(lot=name, units=units, **(row | more))


def leg(name: str, mode: Mode, **more: Any) -> r.Leg:
    """A leg from Ningbo to Durban that takes three days."""
    row = {"from_site": "NGB", "to_site": "DUR", "transit_days": 3, "currency": "USD"}
    return r.Leg(leg=name, mode=mode, **(row | more))


def exact_plan(scenario: Scenario) -> Plan:
    """The best plan there is, by branch and bound over every column, with its audit."""
    priced = price_scenario(Lookup(canonical(scenario)))
    program, columns = build(priced)
    found = solve_whole(program, np.arange(program.size[1]), 60.0, 0.0)
    assert found.amounts is not None
    value = float(program.value @ found.amounts)
    solution = Solution(
        amounts=found.amounts,
        prices=np.zeros(program.size[0]),
        value=value,
        bound=found.bound,
        bound_by="branch and bound",
        relaxation=value,
        stopped_because="the gap asked for was reached",
        reproducible=True,
        seconds={},
    )
    plan = extracted(scenario, priced, program, columns, solution, {})
    return replace(plan, findings=audit(scenario, plan.tables, value))
