"""Pre-sale: goods are sold first and shipped after, so demand that is over before they come counts."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.landed_cost.options import Priced, price_scenario
from tests.exhibits import tiny_scenario

BOX = "HZ-JX > JX-NGB > NGB-SIN-FCL"


def changed(scenario: Scenario, table: str, at: int, **update: Any) -> Scenario:
    """The scenario with another row `at` of a table."""
    rows = list(getattr(scenario, table))
    rows[at] = rows[at].model_copy(update=update)
    return scenario.model_copy(update={table: tuple(rows)})


def early_demand(presale_periods: int, **header: Any) -> Scenario:
    """Singapore buys dresses in period 1 only; the sea takes 20 days, so stock comes in period 2.

    Ship period 1 arrives on day 25, 2 on day 39, 3 after the horizon of 42 days.
    """
    tiny = tiny_scenario()
    tiny = changed(tiny, "legs", 2, transit_days=20)
    tiny = changed(tiny, "channels", 1, presale_periods=presale_periods)
    factors = tuple(
        row.model_copy(update={"factor": float(row.period == 1)})
        if (row.climate, row.season) == ("tropical", "summer")
        else row
        for row in tiny.season_factors
    )
    header = {"cost_of_money_per_year": 0.0} | header
    return tiny.model_copy(
        update={"season_factors": factors, "header": tiny.header.model_copy(update=header)}
    )


def priced_dresses(scenario: Scenario) -> tuple[Priced, pd.DataFrame]:
    """The options of lot L2 in Singapore, one row each, with their waterfalls."""
    priced = price_scenario(Lookup(scenario))
    options, trips = priced.options, priced.trips
    rows = [
        k
        for k in range(len(options))
        if (options.lot[k], options.channel[k]) == (1, 1)
        and trips.name(int(options.trip[k]), priced.lookup) in (BOX, "frozen F1")
    ]
    table = priced.waterfalls(pd.Series(rows, dtype=int).to_numpy()).assign(
        route=[trips.name(int(options.trip[k]), priced.lookup) for k in rows],
        ship=trips.ship_period[options.trip[rows]],
        sell=options.sell_period[rows],
        rung=options.rung[rows],
        sale_day=options.sale_day[rows],
        arrival_day=trips.arrival_day[options.trip[rows]],
        demand=options.demand[rows],
    )
    return priced, table


def test_presale_sells_in_period_1_what_ships_in_period_2() -> None:
    _, stock = priced_dresses(early_demand(0))
    assert not len(stock)
    _, presold = priced_dresses(early_demand(1))
    assert set(zip(presold["ship"], presold["sell"], strict=True)) == {(2, 1)}
    assert set(presold["sale_day"]) == {0} and set(presold["arrival_day"]) == {39}
    assert presold.loc[presold["rung"] == 0, "demand"].tolist() == [40.0]


def test_presale_netback_by_hand() -> None:
    """SGD 35.60 = 599 / 5.3 x 0.45 x 0.7; sold on day 0, shipped on day 14 at USD 7.1.

    Kept 152.3288 = 0.88 x 188.68 / 1.09; recovery 2.5440 = 0.12 x 4 x 5.3; fees 16.6038.
    Home: freight 0.18 + 0.135, handling 0.7, storage 0.0336 = 0.8 x 0.003 x 14 days.
    Box share 0.003 / 61.2 of USD 1,400 and CNY 1,200: 0.5461. Picking 4.77, last mile 15.90.
    Duty 5 % of 86.5505 + 0.5461: 4.3548. Nothing is stored in Singapore.
    """
    _, table = priced_dresses(early_demand(1))
    (line,) = table[table["rung"] == 0].to_dict("records")
    assert line["shelf_price"] == pytest.approx(188.68)
    assert line["storage_origin"] == pytest.approx(0.0336)
    assert line["storage_entry"] == 0
    assert line["duty"] == pytest.approx(4.354827, abs=1e-6)
    assert line["netback"] == pytest.approx(111.649462, abs=1e-5)


def test_presale_cash_comes_before_the_goods_leave() -> None:
    """Cash on day 0 + 10; freight is paid on day 14, duty on day 39, import VAT is back 60 days on."""
    _, table = priced_dresses(early_demand(1, cost_of_money_per_year=0.06))
    (line,) = table[table["rung"] == 0].to_dict("records")
    received = 188.68 * 0.88 - line["sales_vat"] - 16.60384 - 15.9 + 2.544
    shipping = 0.18 + 0.135 + 0.7 + 0.0336 + line["freight_international"] + 4.77
    vat = 0.09 * (line["customs_value"] + line["duty"])
    money = received * 10 - shipping * 14 - line["duty"] * 39 + vat * 60
    assert line["cost_of_money"] == pytest.approx(0.06 / 365 * money, abs=1e-9)


def test_presale_is_no_earlier_than_its_periods_and_never_from_stock() -> None:
    """The home shop buys in every period: the (ship, sell) periods on offer are those allowed."""
    for ahead, right in ((1, {(2, 1), (3, 2)}), (2, {(2, 1), (3, 1), (3, 2)})):
        scenario = changed(tiny_scenario(), "channels", 0, presale_periods=ahead)
        priced = price_scenario(Lookup(scenario))
        home = priced.options.of_channel(0)
        ship = priced.trips.ship_period[priced.options.trip[home]]
        sell = priced.options.sell_period[home]
        assert set(zip(ship.tolist(), sell.tolist(), strict=True)) == right


def test_presale_waits_for_the_lot_but_not_for_longest_wait() -> None:
    """L3 is free in period 2: it ships in 2 or 3. Waiting is about stock, so it does not matter."""
    scenario = changed(tiny_scenario(), "channels", 0, presale_periods=2)
    header = scenario.header.model_copy(update={"longest_wait_periods": 1})
    numbers = []
    for each in (scenario, scenario.model_copy(update={"header": header})):
        options = price_scenario(Lookup(each)).options
        numbers.append(int(((options.channel == 0) & (options.lot == 2)).sum()))
    assert numbers == [9, 9]


def test_presale_leaves_goods_on_the_way_to_be_sold_when_they_are_there() -> None:
    frozen = r.FrozenShipment(
        shipment="F1",
        lot="L2",
        entry_site="SIN",
        ship_date=date(2025, 12, 20),
        arrival_date=date(2026, 1, 9),
        units=20,
    )
    scenario = early_demand(1).model_copy(update={"frozen_shipments": (frozen,)})
    _, table = priced_dresses(scenario)
    here = table[table["route"] == "frozen F1"]
    assert set(here["sell"]) == {1} and set(here["sale_day"]) == {4}


def test_presale_shops_open_and_close_on_the_day_of_sale() -> None:
    """The shop closes on day 13: the pre-sale of period 1 is over, the goods come on day 39."""
    scenario = changed(early_demand(1), "channels", 1, open_to=date(2026, 1, 18))
    assert len(priced_dresses(scenario)[1]) == 3
    scenario = changed(early_demand(1), "channels", 1, open_from=date(2026, 1, 6))
    assert not len(priced_dresses(scenario)[1])
