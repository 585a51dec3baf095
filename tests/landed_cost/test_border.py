"""The border's charges against the worked fixtures of the domain notes, to four decimals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.domain.vocabulary import CustomsBasis, DutyKind, Incoterm, ParcelDuty
from planner.landed_cost.border import (
    BorderTerms,
    ParcelBracket,
    fob_value,
    landed_cost,
    parcel_net_price,
)

USD, EUR = 7.197, 7.79
INSURED = 0.003

SOUTH_AFRICA = BorderTerms(
    CustomsBasis.FOB, INSURED, duty_rate=0.45, import_vat_rate=0.15, import_vat_uplift=0.1
)
KENYA = BorderTerms(
    insurance_rate=INSURED, duty_rate=0.35, levy_rate_cif=0.025 + 0.02, import_vat_rate=0.16
)
VIETNAM = BorderTerms(insurance_rate=INSURED, duty_rate=0.2, import_vat_rate=0.1)
VIETNAM_FORM_E = replace(VIETNAM, duty_rate=0.0)
BRAZIL = BorderTerms(
    insurance_rate=INSURED,
    duty_rate=0.35,
    antidumping=10.22 * USD,
    import_vat_rate=0.18,
    import_vat_inside=True,
)
RUSSIA = BorderTerms(
    insurance_rate=INSURED,
    kind=DutyKind.MAX,
    duty_rate=0.1,
    specific=1.25 * EUR,
    import_vat_rate=0.22,
)
LANDED: dict[str, tuple[BorderTerms, float, float, dict[str, float]]] = {
    # terms, fob, freight, what the notes give
    "L1": (SOUTH_AFRICA, 45, 1.22, {
        "customs_value": 45.0, "insurance": 0.1530, "duty": 20.25, "antidumping": 0, "levies": 0,
        "excise": 0, "vat_base": 69.75, "import_tax": 10.4625, "ex": 66.6230, "inc": 77.0855}),
    "L2": (KENYA, 45, 1.60, {
        "customs_value": 46.7543, "duty": 16.3640, "levies": 2.1039, "vat_base": 65.2222,
        "import_tax": 10.4356, "ex": 65.2222, "inc": 75.6578}),
    "L3a": (VIETNAM, 45, 0.50, {
        "customs_value": 45.6506, "duty": 9.1301, "levies": 0, "vat_base": 54.7808,
        "import_tax": 5.4781, "ex": 54.7808, "inc": 60.2589}),
    "L3b": (VIETNAM_FORM_E, 45, 0.50, {
        "customs_value": 45.6506, "duty": 0, "vat_base": 45.6506, "import_tax": 4.5651,
        "ex": 45.6506, "inc": 50.2157}),
    "L4": (BRAZIL, 60, 2.50, {
        "customs_value": 62.7069, "duty": 21.9474, "antidumping": 73.5533,
        "vat_base": 158.2077, "import_tax": 34.7285, "ex": 158.2077, "inc": 192.9362}),
    "L5": (RUSSIA, 60, 6.00, {
        "customs_value": 66.2185, "duty": 9.7375, "vat_base": 75.9560, "import_tax": 16.7103,
        "ex": 75.9560, "inc": 92.6663}),
}  # fmt: skip


def close(amount: float) -> Any:
    return pytest.approx(amount, abs=5.1e-5)


def landed(terms: BorderTerms, fob: float, freight: float) -> dict[str, float]:
    """Every line of a landing, and its cost without (`ex`) and with (`inc`) import tax."""
    got = landed_cost(fob, freight, terms)
    ex = float(got.cost_before_tax(np.asarray(fob), np.asarray(freight)))
    lines = {name: float(value) for name, value in vars(got).items()}
    return lines | {"ex": ex, "inc": ex + lines["import_tax"]}


@pytest.mark.parametrize("name", LANDED)
def test_landed_cost_of_the_domain_notes(name: str) -> None:
    terms, fob, freight, right = LANDED[name]
    got = landed(terms, fob, freight)
    assert {line: got[line] for line in right} == {
        line: close(amount) for line, amount in right.items()
    }


def test_the_specific_duty_wins_over_a_smaller_ad_valorem_one() -> None:
    by_value = landed(replace(RUSSIA, kind=DutyKind.AD_VALOREM), 60, 6)
    assert by_value["duty"] == close(6.6219)
    dear = landed(RUSSIA, 600, 6)
    assert dear["duty"] == pytest.approx(0.1 * dear["customs_value"])


def test_the_two_parts_of_a_duty_combine_as_its_kind_says() -> None:
    terms = BorderTerms(duty_rate=0.1, specific=4.0)
    paid = {kind: landed(replace(terms, kind=kind), 60, 0)["duty"] for kind in DutyKind}
    assert paid == {
        DutyKind.AD_VALOREM: 6.0,
        DutyKind.SPECIFIC: 4.0,
        DutyKind.MAX: 6.0,
        DutyKind.PLUS: 10.0,
    }


def test_excise_is_charged_on_value_and_duty_and_enters_the_tax_base() -> None:
    terms = BorderTerms(duty_rate=0.2, excise_rate=0.15, levy_rate_fob=0.04, import_vat_rate=0.1)
    got = landed(terms, 50, 10)
    assert got["excise"] == close(0.15 * (60 + 12))
    assert got["levies"] == close(0.04 * 50)
    assert got["import_tax"] == close(0.1 * (60 + 12 + 10.8 + 2))


def test_a_certificate_of_origin_never_costs_more_at_the_border() -> None:
    with_it, without = landed(VIETNAM_FORM_E, 45, 0.5), landed(VIETNAM, 45, 0.5)
    for line in ("duty", "import_tax", "ex", "inc"):
        assert with_it[line] < without[line]


RATES = (
    "insurance_rate",
    "duty_rate",
    "specific",
    "antidumping",
    "excise_rate",
    "levy_rate_fob",
    "levy_rate_cif",
    "import_vat_rate",
    "import_vat_uplift",
)
share = st.floats(0, 0.6)
money = st.floats(1, 500)


@given(
    rate=st.sampled_from(RATES),
    more=st.floats(0, 0.3),
    values=st.tuples(*(share for _ in RATES)),
    fob=money,
    freight=money,
    basis=st.sampled_from(CustomsBasis),
    kind=st.sampled_from(DutyKind),
    inside=st.booleans(),
)
def test_landed_cost_never_falls_when_a_rate_rises(
    rate: str,
    more: float,
    values: tuple[float, ...],
    fob: float,
    freight: float,
    basis: CustomsBasis,
    kind: DutyKind,
    inside: bool,
) -> None:
    lower = BorderTerms(
        customs_basis=basis,
        kind=kind,
        import_vat_inside=inside,
        **dict(zip(RATES, values, strict=True)),
    )
    higher = replace(lower, **{rate: getattr(lower, rate) + more})
    before, after = landed(lower, fob, freight), landed(higher, fob, freight)
    for line in ("ex", "inc"):
        assert after[line] >= before[line] - 1e-9 * before[line]


@pytest.mark.parametrize("rate", RATES)
def test_every_rate_is_charged(rate: str) -> None:
    terms = replace(KENYA, kind=DutyKind.PLUS)
    higher = replace(terms, **{rate: getattr(terms, rate) + 0.1})
    assert landed(higher, 45, 2)["inc"] > landed(terms, 45, 2)["inc"]


@given(fob=money, freight=money)
def test_on_the_fob_basis_freight_changes_nothing_but_the_landed_cost(
    fob: float, freight: float
) -> None:
    free, paid = landed(SOUTH_AFRICA, fob, 0), landed(SOUTH_AFRICA, fob, freight)
    for line in ("customs_value", "duty", "vat_base", "import_tax"):
        assert paid[line] == free[line]
    assert paid["ex"] - free["ex"] == pytest.approx(freight / (1 - 1.1 * INSURED))


@pytest.mark.parametrize("basis", CustomsBasis)
@pytest.mark.parametrize("term", [Incoterm.DAP, Incoterm.DDP])
@given(fob=money, freight=money)
def test_the_invoice_term_does_not_change_the_customs_value(
    basis: CustomsBasis, term: Incoterm, fob: float, freight: float
) -> None:
    terms = replace(VIETNAM, customs_basis=basis)
    insurance = landed(terms, fob, freight)["insurance"]
    by_term = [
        landed(terms, fob_value(invoice, on, freight=freight, insurance=insurance), freight)
        for invoice, on in ((fob, Incoterm.FOB), (fob + freight + insurance, term))
    ]
    assert by_term[1] == pytest.approx(by_term[0])


BRAZIL_PARCEL = [
    ParcelBracket(duty_on=ParcelDuty.TOTAL, duty_rate=0.2, vat_rate=0.17, vat_inside=True),
    ParcelBracket(
        value_above=50.0,
        duty_on=ParcelDuty.TOTAL,
        duty_rate=0.6,
        duty_deduction=20.0,
        vat_rate=0.17,
        vat_inside=True,
    ),
]
EUROPE_PARCEL = [ParcelBracket(duty_per_heading=3.0, vat_rate=0.23)]
EAEU_BEFORE = [
    ParcelBracket(),
    ParcelBracket(
        value_above=200.0, duty_on=ParcelDuty.EXCESS, duty_rate=0.15, duty_least_per_kg=2.0
    ),
]
EAEU_AFTER = [
    ParcelBracket(),
    ParcelBracket(
        value_above=200.0,
        duty_on=ParcelDuty.TOTAL,
        duty_rate=0.05,
        duty_least_per_kg=1.0,
        vat_rate=0.22,
    ),
]
REGIMES = {
    "Brazil": BRAZIL_PARCEL,
    "Europe": EUROPE_PARCEL,
    "EAEU before": EAEU_BEFORE,
    "EAEU after": EAEU_AFTER,
}


@pytest.mark.parametrize(
    ("bracket", "value", "kg", "headings", "duty", "vat"),
    [
        (BRAZIL_PARCEL[0], 35.0, 1.0, 1, 7.0, 8.6024),
        (BRAZIL_PARCEL[1], 80.0, 1.0, 1, 28.0, 22.1205),
        (EUROPE_PARCEL[0], 25.0 + 4.0, 1.0, 2, 6.0, 8.05),
        (EAEU_BEFORE[1], 260.0, 3.0, 1, 9.0, 0.0),
        (EAEU_BEFORE[1], 210.0, 3.0, 1, 6.0, 0.0),  # 2 per kg beats 15 % of 10
        (EAEU_AFTER[1], 260.0, 3.0, 1, 13.0, 60.06),
        (EAEU_AFTER[0], 200.0, 3.0, 1, 0.0, 0.0),
    ],
)
def test_parcel_taxes_of_the_domain_notes(
    bracket: ParcelBracket, value: float, kg: float, headings: int, duty: float, vat: float
) -> None:
    got = bracket.duty(value, kg, headings)
    assert (float(got), float(bracket.vat(value, got))) == (close(duty), close(vat))


@pytest.mark.parametrize(
    ("value", "total", "burden"), [(35.0, 50.6024, 0.4458), (80.0, 130.1205, 0.6265)]
)
def test_a_brazilian_shelf_price_contains_the_taxes_of_its_value(
    value: float, total: float, burden: float
) -> None:
    net = float(parcel_net_price(np.array([total]), np.array([1.0]), BRAZIL_PARCEL)[0])
    assert net == pytest.approx(value, abs=1e-4)
    assert total / net - 1 == pytest.approx(burden, abs=5e-5)


def net_of(price: float, kg: float, brackets: list[ParcelBracket]) -> float:
    return float(parcel_net_price(np.array([price]), np.array([kg]), brackets)[0])


def price_of(value: float, kg: float, brackets: list[ParcelBracket]) -> float:
    """What a shopper pays for a parcel of this value."""
    bracket = max(
        (b for b in brackets if value > b.value_above), key=lambda b: float(b.value_above)
    )
    duty = bracket.duty(value, kg)
    return float(value + duty + bracket.vat(value, duty))


@pytest.mark.parametrize("regime", REGIMES)
@given(value=st.floats(1, 1000), kg=st.floats(0.05, 5))
def test_the_net_price_is_the_value_whose_taxes_make_the_shelf_price(
    regime: str, value: float, kg: float
) -> None:
    brackets = REGIMES[regime]
    assert net_of(price_of(value, kg, brackets), kg, brackets) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("regime", REGIMES)
@given(price=st.floats(5, 1500), more=st.floats(0, 100), kg=st.floats(0.05, 1.5))
def test_a_dearer_parcel_never_nets_less_before_fees(
    regime: str, price: float, more: float, kg: float
) -> None:
    brackets = REGIMES[regime]
    net = net_of(price, kg, brackets)
    assert 0 <= net <= price
    assert net_of(price + more, kg, brackets) >= net - 1e-9 * price


def test_a_price_in_the_hole_above_a_threshold_keeps_the_value_at_the_threshold() -> None:
    """EUR 200 is free; the first cent above pays 5 % duty and 22 % VAT on the whole."""
    just_above = 200 * 1.05 * 1.22
    for price, net in ((199.0, 199.0), (200.0, 200.0), (201.0, 200.0), (just_above, 200.0)):
        assert net_of(price, 1.0, EAEU_AFTER) == pytest.approx(net)
    assert net_of(just_above + 1.281, 1.0, EAEU_AFTER) == pytest.approx(201.0)


def test_a_parcel_just_above_a_threshold_nets_less_than_one_just_below() -> None:
    """The fee is taken of the shelf price, so a cent more of value costs 56 euros' worth of fee."""

    def after_fee(value: float) -> float:
        price = price_of(value, 1.0, EAEU_AFTER)
        return net_of(price, 1.0, EAEU_AFTER) - 0.1 * price

    assert after_fee(200.01) < after_fee(200.0) - 5
    assert after_fee(200.0) > after_fee(199.99)


def test_brazil_bends_at_fifty_dollars_and_does_not_break() -> None:
    """60 % less USD 20 is 20 % at USD 50: from there on each dollar of price nets less."""
    edge = price_of(50.0, 1.0, BRAZIL_PARCEL)
    assert edge == close(50 * 1.2 / 0.83)
    assert price_of(50.01, 1.0, BRAZIL_PARCEL) == close(edge + 0.01 * 1.6 / 0.83)
    below = 50 - net_of(edge - 1, 1.0, BRAZIL_PARCEL)
    above = net_of(edge + 1, 1.0, BRAZIL_PARCEL) - 50
    assert (below, above) == (close(0.83 / 1.2), close(0.83 / 1.6))


def test_what_carrying_a_shirt_from_vietnam_to_thailand_costs_shows_the_leak() -> None:
    """The arbitrage fixture: bought in Vietnam without its VAT, taxed as Thailand taxes it."""
    bought, asked = 249_000 * 7.197 / 24_164.9, 599 * 7.197 / 35.294
    terms = BorderTerms(CustomsBasis.FOB, duty_rate=0.30, import_vat_rate=0.07)
    border = landed_cost(bought / 1.10, 0.0, terms)
    carried = border.cost_before_tax(bought / 1.10, 0.0) + border.import_tax + 0.5 + 8
    assert bought == pytest.approx(74.1594, abs=1e-4)
    assert asked == pytest.approx(122.1455, abs=5e-5)
    assert bought / asked == pytest.approx(0.6071, abs=5e-5)
    assert float(carried) == pytest.approx(102.28, abs=5e-3)
    assert carried < asked
