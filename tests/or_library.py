"""Capacitated warehouse location of the OR-Library as scenarios: their optimum is known.

A warehouse is a market that costs money to open and sells no more than its capacity; a customer is
a lot that has to be cleared; serving a customer from a warehouse is the freight of the leg between
the two. Everything sells at one price, so that value = price x units - published cost.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import (
    ExitKind,
    FeeModel,
    LockKind,
    Mode,
    Opens,
    Owner,
    Perspective,
    Region,
    SiteKind,
)

DATA = Path(__file__).parents[2] / "shared" / "data" / "orlib_cap"
PRICE = 1000.0


def optimum(name: str) -> float:
    """Published least cost of an instance."""
    words = (DATA / "optima.tsv").read_text(encoding="utf-8").split()
    return float(words[words.index(name) + 1])


def units_of(scenario: Scenario) -> int:
    """Units of all lots."""
    return sum(lot.units for lot in scenario.lots)


def warehouse_scenario(name: str) -> Scenario:
    """The instance of a file, such as 'cap41', as a scenario of one day."""
    numbers = iter((DATA / f"{name}.txt").read_text(encoding="utf-8").split())
    warehouses, customers = int(next(numbers)), int(next(numbers))
    sizes = [(float(next(numbers)), float(next(numbers))) for _ in range(warehouses)]
    served = []
    for _ in range(customers):
        demand = int(float(next(numbers)))
        served.append((demand, [float(next(numbers)) for _ in range(warehouses)]))
    everything = sum(demand for demand, _ in served)
    return Scenario(
        header=r.Header(
            scenario=name,
            start_date=date(2026, 1, 5),
            periods=1,
            days_per_period=1,
            perspective=Perspective.BOTH,
            as_of=date(2026, 1, 5),
            home_vat_rate=0.0,
        ),
        currencies=(r.CurrencyInfo(currency="CNY"),),
        brands=(r.Brand(brand="Any"),),
        lots=tuple(_lot(k, demand) for k, (demand, _) in enumerate(served)),
        sites=(
            *(_site(f"customer {k}", SiteKind.ORIGIN) for k in range(customers)),
            *(_site(f"warehouse {k}", SiteKind.HUB) for k in range(warehouses)),
        ),
        legs=tuple(
            _leg(customer, warehouse, cost / demand)
            for customer, (demand, costs) in enumerate(served)
            for warehouse, cost in enumerate(costs)
        ),
        markets=tuple(_market(k) for k in range(warehouses)),
        channels=tuple(_channel(k, capacity) for k, (capacity, _) in enumerate(sizes)),
        channel_terms=tuple(
            r.ChannelTerm(
                channel=f"channel {k}",
                category="goods",
                reference_price_ratio=1.0,
                elasticity=1.0,
                currency="CNY",
            )
            for k in range(warehouses)
        ),
        ladders=(r.LadderRung(ladder="one", rung="full", price_ratio=1.0),),
        demand=tuple(
            r.Demand(
                channel=f"channel {k}",
                category="goods",
                season="all",
                units_per_period=2.0 * everything,
            )
            for k in range(warehouses)
        ),
        season_factors=(r.SeasonFactor(climate="any", season="all", period=1, factor=1.0),),
        exits=(r.Exit(exit="hold", kind=ExitKind.HOLD, currency="CNY"),),
        opening_terms=tuple(
            r.OpeningTerm(
                opening=f"open {k}",
                opens=Opens.MARKET,
                markets=(f"market {k}",),
                fixed_cost=cost,
                currency="CNY",
            )
            for k, (_, cost) in enumerate(sizes)
        ),
        locks=tuple(
            r.Lock(lock=f"clear {k}", kind=LockKind.UNITS, lots=(f"lot {k}",), units=demand)
            for k, (demand, _) in enumerate(served)
        ),
    )


def _lot(number: int, units: int) -> r.Lot:
    return r.Lot(
        lot=f"lot {number}",
        sku=f"sku {number}",
        style=f"style {number}",
        model=f"model {number}",
        brand="Any",
        category="goods",
        season="all",
        vintage_year=2026,
        origin=f"customer {number}",
        units=units,
        tag=PRICE,
        tag_currency="CNY",
        unit_cost=1.0,
        unit_cost_currency="CNY",
        kg=1.0,
        cbm=0.001,
        owner=Owner.BRAND,
    )


def _site(name: str, kind: SiteKind) -> r.Site:
    return r.Site(site=name, kind=kind, country="CN", currency="CNY")


def _leg(customer: int, warehouse: int, cost_per_unit: float) -> r.Leg:
    return r.Leg(
        leg=f"{customer} to {warehouse}",
        from_site=f"customer {customer}",
        to_site=f"warehouse {warehouse}",
        mode=Mode.TRUCK,
        transit_days=0,
        cost_per_unit=cost_per_unit,
        currency="CNY",
    )


def _market(number: int) -> r.Market:
    return r.Market(
        market=f"market {number}",
        country="CN",
        region=Region.DOMESTIC,
        climate="any",
        currency="CNY",
        entry_sites=(f"warehouse {number}",),
    )


def _channel(number: int, capacity: float) -> r.Channel:
    return r.Channel(
        channel=f"channel {number}",
        market=f"market {number}",
        fee_model=FeeModel.MARKETPLACE,
        ladder="one",
        units_per_day=capacity,
        currency="CNY",
    )
