"""The audit's border charges and parcel taxes against the worked fixtures L1 to L5."""

from __future__ import annotations

from typing import Any

import pytest

from planner.domain import records as r
from planner.domain.vocabulary import (
    CustomsBasis,
    DutyKind,
    FeeModel,
    Incoterm,
    LevyBase,
    ParcelDuty,
    Region,
    SpecificUnit,
)
from planner.plan.audit.facts import Facts
from planner.plan.audit.landed import border, parcel_net
from tests.plan.test_audit_one_lot import (
    DAY,
    USD,
    base,
    case,
    close,
    leg_out,
    lot_fields,
    one_lot,
    wholesale,
)


def landed(fob: float, freight: float, duty: r.Duty, **more: Any) -> list[float]:
    """Customs value, duty, VAT base, import tax and landed cost without tax."""
    market = {
        "market": "M",
        "country": "XX",
        "region": Region.EXPORT,
        "climate": "any",
        "currency": "CNY",
        "entry_sites": ("IN",),
    }
    preferred = more.pop("preferred", False)
    pairs, levies = more.pop("pairs", 0), more.pop("levies", ())
    scenario = one_lot(
        99.0,
        header={
            "scenario": "l",
            "start_date": DAY,
            "periods": 1,
            "days_per_period": 60,
            "insurance_rate": 0.003,
        },
        fx={"USD": USD, "EUR": 7.79},
        channel=base(FeeModel.MARKETPLACE),
        lot=lot_fields(pairs=pairs),
        market=market | more,
        duties=(duty,),
        levies=levies,
    )
    facts = Facts(scenario)
    got = border(
        facts,
        scenario.lots[0],
        scenario.markets[0],
        fob=fob,
        freight=freight,
        arrival_day=0,
        arrival=DAY,
        preferred=preferred,
    )
    charges = got.duty + got.antidumping + got.levies + got.excise
    ex = fob + freight + got.insurance + charges
    return [got.customs_value, got.duty, got.import_tax, ex, ex + got.import_tax]


def duty(**fields: Any) -> r.Duty:
    return r.Duty(market="M", category="dress", **fields)


def test_l1_to_l5_landed_cost() -> None:
    fob_basis = {
        "import_vat_rate": 0.15,
        "import_vat_uplift": 0.1,
        "customs_basis": CustomsBasis.FOB,
    }
    assert landed(45, 1.22, duty(rate=0.45), **fob_basis) == [
        close(x) for x in (45.0, 20.25, 10.4625, 66.6230, 77.0855)
    ]
    levies = tuple(
        r.Levy(market="M", levy=name, rate=rate, base=LevyBase.CIF)
        for name, rate in (("IDF", 0.025), ("RDL", 0.02))
    )
    assert landed(45, 1.6, duty(rate=0.35), levies=levies, import_vat_rate=0.16) == [
        close(x) for x in (46.7543, 16.3640, 10.4356, 65.2222, 75.6578)
    ]
    vietnam = duty(rate=0.2, preferential_rate=0)
    assert landed(45, 0.5, vietnam, import_vat_rate=0.1) == [
        close(x) for x in (45.6506, 9.1301, 5.4781, 54.7808, 60.2589)
    ]
    assert landed(45, 0.5, vietnam, import_vat_rate=0.1, preferred=True) == [
        close(x) for x in (45.6506, 0.0, 4.5651, 45.6506, 50.2157)
    ]
    brazil = duty(rate=0.35, antidumping_amount=10.22, antidumping_currency="USD")
    inside = {"import_vat_rate": 0.18, "import_vat_inside": True}
    assert landed(60, 2.5, brazil, pairs=1, **inside) == [
        close(x) for x in (62.7069, 21.9474, 34.7285, 158.2077, 192.9362)
    ]
    russia = duty(
        kind=DutyKind.MAX,
        rate=0.1,
        specific_amount=1.25,
        specific_unit=SpecificUnit.PAIR,
        specific_currency="EUR",
    )
    assert landed(60, 6, russia, pairs=1, import_vat_rate=0.22) == [
        close(x) for x in (66.2185, 9.7375, 16.7103, 75.9560, 92.6663)
    ]


def bracket(**fields: Any) -> r.ParcelRegime:
    return r.ParcelRegime(market="M", currency="CNY", **fields)


BRAZIL = (
    bracket(duty_on=ParcelDuty.TOTAL, duty_rate=0.2, vat_rate=0.17, vat_inside=True),
    bracket(
        value_above=50,
        duty_on=ParcelDuty.TOTAL,
        duty_rate=0.6,
        duty_deduction=20,
        vat_rate=0.17,
        vat_inside=True,
    ),
)
RUSSIA_BEFORE = (
    bracket(),
    bracket(value_above=200, duty_on=ParcelDuty.EXCESS, duty_rate=0.15, duty_least_per_kg=2),
)
RUSSIA_AFTER = (
    bracket(),
    bracket(
        value_above=200,
        duty_on=ParcelDuty.TOTAL,
        duty_rate=0.05,
        duty_least_per_kg=1,
        vat_rate=0.22,
    ),
)
EUROPE = (bracket(duty_per_heading=3, vat_rate=0.23),)


@pytest.mark.parametrize(
    ("brackets", "price", "net"),
    [
        (BRAZIL, 50.6024, 35.0),
        (BRAZIL, 130.1205, 80.0),
        (RUSSIA_BEFORE, 269.0, 260.0),
        (RUSSIA_AFTER, 333.06, 260.0),
        (RUSSIA_AFTER, 230.0, 200.0),  # no n above 200 costs 230: capped at the threshold
        (RUSSIA_AFTER, 150.0, 150.0),
        (EUROPE, (29 + 3) * 1.23, 29.0),
    ],
)
def test_parcel_net_price(brackets: tuple[r.ParcelRegime, ...], price: float, net: float) -> None:
    scenario = one_lot(
        99.0, channel=base(FeeModel.PARCEL), lot=lot_fields(kg=3.0), parcels=brackets
    )
    facts = Facts(scenario)
    got = parcel_net(facts, scenario.lots[0], scenario.markets[0], price, 0)
    assert got == pytest.approx(net, abs=1e-3)


@pytest.mark.parametrize(
    ("term_", "insurance", "duty_paid"),
    [(Incoterm.FOB, False, False), (Incoterm.DAP, True, False), (Incoterm.DDP, True, True)],
)
def test_incoterms_say_who_pays(term_: Incoterm, insurance: bool, duty_paid: bool) -> None:
    header = {"scenario": "e", "start_date": DAY, "periods": 2, "days_per_period": 60}
    lines = case(
        **wholesale(
            header=header | {"insurance_rate": 0.003},
            channel={"incoterm": term_},
            out=leg_out(cost_per_unit=2),
            duties=(duty(rate=0.2),),
        )
    )
    assert (lines["insurance"] > 0, lines["duty"] > 0) == (insurance, duty_paid)
    assert (lines["freight_international"] > 0) == insurance


def test_antidumping_counts_pairs_and_else_the_unit() -> None:
    boots = duty(antidumping_amount=10.0, excise_rate=0.2)
    without = landed(60, 0, duty(excise_rate=0.2))
    for pairs, paid in ((0, 10), (1, 10), (2, 20)):
        assert landed(60, 0, boots, pairs=pairs)[3] - without[3] == close(paid)
