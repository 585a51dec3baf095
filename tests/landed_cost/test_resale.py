"""What a parallel trader pays to carry goods from one market into another."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import (
    CustomsBasis,
    DutyKind,
    FeeModel,
    Incoterm,
    LevyBase,
    SpecificUnit,
)
from planner.landed_cost.resale import carrying_limit, price_before_tax, style_lots
from tests.trade.markets import START, three_countries

BEFORE, AFTER = date(2025, 1, 1), date(2027, 1, 1)


def limit(scenario: Scenario, bought_in: str, sold_in: str, price: float) -> float:
    """What the first lot costs a trader who bought it at a price in a market."""
    lookup = Lookup(scenario)
    at = np.array([lookup.market_at[bought_in]])
    found = carrying_limit(lookup, np.array([0]), at, np.array([price]))
    return float(found[0, lookup.market_at[sold_in]])


def with_rows(scenario: Scenario, **tables: Any) -> Scenario:
    return scenario.model_copy(update=tables)


def changed(scenario: Scenario, table: str, at: int, **update: Any) -> Scenario:
    rows = list(getattr(scenario, table))
    rows[at] = rows[at].model_copy(update=update)
    return scenario.model_copy(update={table: tuple(rows)})


def test_between_tiers_of_one_country_only_freight_and_risk_are_added() -> None:
    assert limit(three_countries(), "CN-1", "CN-2", 80.0) == 84.0


def test_abroad_the_border_is_added_to_freight_and_risk() -> None:
    assert limit(three_countries(), "CN-1", "SG", 80.0) == 95.0
    # (80 + 10) CIF, 30 % duty on it, 5 for the risk
    assert limit(three_countries(), "CN-1", "TH", 80.0) == pytest.approx(122.0)
    fob = changed(three_countries(), "markets", 3, customs_basis=CustomsBasis.FOB)
    assert limit(fob, "CN-1", "TH", 80.0) == pytest.approx(80 + 10 + 24 + 5)


def test_every_charge_of_the_border_counts_but_import_vat() -> None:
    duty = r.Duty(
        market="TH",
        category="dress",
        kind=DutyKind.MAX,
        rate=0.1,
        specific_amount=40.0,
        specific_unit=SpecificUnit.KG,
        specific_currency="THB",
        antidumping_amount=10.0,
        antidumping_currency="THB",
        excise_rate=0.05,
    )
    levies = (
        r.Levy(market="TH", levy="fob", rate=0.01, base=LevyBase.FOB),
        r.Levy(market="TH", levy="cif", rate=0.02, base=LevyBase.CIF),
        r.Levy(market="TH", levy="later", rate=0.5, base=LevyBase.CIF, valid_from=AFTER),
    )
    scenario = with_rows(three_countries(insurance_rate=0.01), duties=(duty,), levies=levies)
    scenario = changed(scenario, "markets", 3, import_vat_rate=0.07)
    cif = (80 + 10) / (1 - 0.011)
    by_value = 0.1 * cif  # more than 40 THB x 0.5 kg = 4 CNY
    right = cif + by_value + 10 * 0.2 + 0.05 * (cif + by_value) + 0.01 * 80 + 0.02 * cif + 5
    assert limit(scenario, "CN-1", "TH", 80.0) == pytest.approx(right, abs=1e-9)
    cheap = (2 + 10) / (1 - 0.011)
    right = cheap + 4 + 10 * 0.2 + 0.05 * (cheap + 4) + 0.01 * 2 + 0.02 * cheap + 5
    assert limit(scenario, "CN-1", "TH", 2.0) == pytest.approx(right, abs=1e-9)


def test_the_duty_row_of_day_0_with_the_longest_fitting_prefix_counts() -> None:
    rows = (
        r.Duty(market="TH", category="dress", rate=0.3),
        r.Duty(market="TH", category="dress", rate=0.2, valid_from=BEFORE),
        r.Duty(market="TH", category="dress", rate=0.9, valid_from=AFTER),
        r.Duty(market="TH", category="dress", rate=0.9, valid_to=BEFORE),
        r.Duty(market="TH", category="dress", rate=0.9, hs_prefixes=("6105",)),
        r.Duty(market="TH", category="coat", rate=0.9, valid_from=START),
    )
    assert limit(with_rows(three_countries(), duties=rows), "SG", "TH", 100.0) == pytest.approx(137)
    narrow = r.Duty(market="TH", category="dress", rate=0.1, hs_prefixes=("6204", "62"))
    scenario = with_rows(three_countries(), duties=(*rows, narrow))
    assert limit(scenario, "SG", "TH", 100.0) == pytest.approx(126)
    assert limit(with_rows(three_countries(), duties=()), "SG", "TH", 100.0) == 115


def test_the_first_term_in_order_of_name_that_selects_the_pair_counts() -> None:
    def term(name: str, **fields: Any) -> r.CorridorTerm:
        return r.CorridorTerm(corridor=name, **{"currency": "SGD", **fields})

    terms = (
        term("z", risk_margin=9.0),
        term("b", from_markets=("CN-*",), freight_per_kg=4.0),
        term("a", from_markets=("CN-*",), brands=("Other",), risk_margin=9.0),
        term("c", from_markets=("CN-1",), risk_margin=9.0),
        term("d", from_markets=("TH",), to_markets=("SG",), ignored=True),
    )
    scenario = three_countries(corridors=terms)
    scenario = with_rows(scenario, brands=(*scenario.brands, r.Brand(brand="Other")))
    assert limit(scenario, "CN-1", "SG", 80.0) == 80 + 4 * 0.5 * 5
    assert limit(scenario, "SG", "CN-1", 80.0) == 80 + 9 * 5
    assert limit(scenario, "TH", "SG", 80.0) == np.inf, "ignored"
    assert limit(three_countries(corridors=()), "SG", "CN-1", 80.0) == 80.0


def test_a_market_puts_no_limit_on_itself() -> None:
    assert limit(three_countries(), "SG", "SG", 80.0) == np.inf


def test_prices_are_compared_without_vat_at_the_rates_of_day_0() -> None:
    scenario = three_countries()
    later = r.ExchangeRate(currency="SGD", valid_from=date(2026, 1, 10), rate=4.0)
    scenario = with_rows(scenario, exchange_rates=(*scenario.exchange_rates, later))
    scenario = changed(scenario, "channels", 3, fee_model=FeeModel.WHOLESALE, incoterm=Incoterm.FOB)
    price = price_before_tax(
        Lookup(scenario), np.array([2, 3]), np.array([32.7, 500.0]), np.array([0.0, 66.0])
    )
    assert price.tolist() == pytest.approx([150.0, 66.0])


def test_a_style_is_stood_for_by_its_first_lot_in_order_of_name() -> None:
    scenario = three_countries()
    (lot,) = scenario.lots
    names = ("L9", "L2", "L10")
    lots = tuple(lot.model_copy(update={"lot": name, "sku": name}) for name in names)
    other = lot.model_copy(update={"lot": "A", "sku": "A", "style": "R"})
    styles, at = style_lots(Lookup(with_rows(scenario, lots=(*lots, other))))
    assert styles == ["R", "S1"] and at.tolist() == [3, 2]


def test_the_fixture_of_the_trade_facts_vietnam_to_thailand() -> None:
    """VND 249,000 = CNY 74.1594 in Vietnam (VAT 10 %), THB 599 = CNY 122.1455 in Thailand.

    The fixture charges duty (30 %) and VAT (7 %) on the goods alone and adds transport and risk
    (8.50) after tax; the corridor compares prices before tax and charges duty on the CIF value.
    Without freight both speak of the same landed cost.
    """
    free = r.CorridorTerm(corridor="free", currency="CNY")
    scenario = three_countries(corridors=(free,))
    landed = limit(scenario, "SG", "TH", 74.1594 / 1.10)
    assert landed * 1.07 + 8.5 == pytest.approx(102.28, abs=0.005)
    # raise Vietnam to 89.87, so that Thailand's price is just reached
    assert limit(scenario, "SG", "TH", 89.87 / 1.10) * 1.07 + 8.5 == pytest.approx(
        122.1455, abs=0.01
    )
    ours = r.CorridorTerm(corridor="ours", freight_per_unit=0.5, risk_margin=8.0, currency="CNY")
    ours_limit = limit(three_countries(corridors=(ours,)), "SG", "TH", 74.1594 / 1.10)
    assert ours_limit == pytest.approx((67.4176 + 0.5) * 1.3 + 8, abs=1e-3)
    assert ours_limit < 122.1455 / 1.07, "a leak by either reckoning"
