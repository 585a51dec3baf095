"""The seven runs of the example scenario: one named change each, for the comparison in docs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from planner.domain.records import Closure, ExchangeRate, Lock
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import LockKind, Mode, Region


def base(scenario: Scenario) -> Scenario:
    """As it is."""
    return scenario


def without_must_clear(scenario: Scenario) -> Scenario:
    """Brands ask for no share to be cleared, as in the first relaxation of the example."""
    brands = tuple(b.model_copy(update={"must_clear_share": 0.0}) for b in scenario.brands)
    return scenario.model_copy(update={"brands": brands})


def domestic_only(scenario: Scenario) -> Scenario:
    """Every market abroad is banned."""
    abroad = tuple(m.market for m in scenario.markets if m.region == Region.EXPORT)
    ban = Lock(lock="domestic only", kind=LockKind.BAN, markets=abroad)
    return scenario.model_copy(update={"locks": (*scenario.locks, ban)})


def rand_falls(scenario: Scenario) -> Scenario:
    """The rand is worth 12 % less from the second day on; shelf prices in rand stay."""
    start = scenario.header.start_date + timedelta(days=1)
    rate = next(row.rate for row in scenario.exchange_rates if row.currency == "ZAR")
    fallen = ExchangeRate(currency="ZAR", valid_from=start, rate=rate * 0.88)
    return scenario.model_copy(update={"exchange_rates": (*scenario.exchange_rates, fallen)})


def east_hub_strikes(scenario: Scenario) -> Scenario:
    """H-EAST takes nothing in for the 14 days of period 5, known in advance."""
    first = scenario.header.start_date + timedelta(days=4 * scenario.header.days_per_period)
    shut = Closure(site="H-EAST", valid_from=first, valid_to=first + timedelta(days=13))
    return scenario.model_copy(update={"closures": (*scenario.closures, shut)})


def b02_raises_floor(scenario: Scenario) -> Scenario:
    """B02's floors are a fifth higher."""
    brands = tuple(
        brand.model_copy(
            update={
                "floor_domestic": brand.floor_domestic * 1.2,
                "floor_export": brand.floor_export * 1.2,
            }
        )
        if brand.brand == "B02"
        else brand
        for brand in scenario.brands
    )
    return scenario.model_copy(update={"brands": brands})


def freight_doubles(scenario: Scenario) -> Scenario:
    """Sea and rail rates double."""
    modes = (Mode.SEA_FCL, Mode.SEA_LCL, Mode.RAIL)
    legs = tuple(
        leg.model_copy(
            update={"cost_per_box": 2 * leg.cost_per_box, "cost_per_cbm": 2 * leg.cost_per_cbm}
        )
        if leg.mode in modes
        else leg
        for leg in scenario.legs
    )
    return scenario.model_copy(update={"legs": legs})


def vietnam_shrinks(scenario: Scenario) -> Scenario:
    """Vietnam takes 35 % less."""
    vietnam = {row.channel for row in scenario.channels if row.market == "VN"}
    demand = tuple(
        row.model_copy(update={"units_per_period": 0.65 * row.units_per_period})
        if row.channel in vietnam
        else row
        for row in scenario.demand
    )
    return scenario.model_copy(update={"demand": demand})


STORIES: dict[str, Callable[[Scenario], Scenario]] = {
    "base": base,
    "H-EAST out 14 days": east_hub_strikes,
    "B02 floor +20 %": b02_raises_floor,
    "rand -12 %": rand_falls,
    "sea and rail freight x2": freight_doubles,
    "Vietnam demand -35 %": vietnam_shrinks,
    "domestic only": domestic_only,
}
"""In the order the domain's first relaxation puts them, best first."""
