"""The audit's waterfalls against the worked models A to H and sums made by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from planner.domain import records as r
from planner.domain.vocabulary import (
    CommissionBase,
    CustomsBasis,
    DutyKind,
    ExitKind,
    FeeModel,
    MarginBasis,
    Owner,
    Region,
    RuleEffect,
    SpecificUnit,
)
from planner.plan.audit.facts import Facts
from planner.plan.audit.money import exit_value, waterfall
from planner.plan.audit.prices import rounded
from planner.plan.audit.read import MONEY_LINES
from tests.plan.test_audit_one_lot import (
    DAY,
    USD,
    base,
    case,
    close,
    conserved,
    entry_at_home,
    leg_out,
    lot_fields,
    one_lot,
    port,
    resolved,
    term,
    wholesale,
)
from tests.plan.test_audit_world import PICKS, options_of, world


def test_a_commission_on_retail() -> None:
    lines = case(channel=base(FeeModel.COMMISSION))
    assert lines["brand"] == close(42.9814)
    assert lines["platform"] == close(11.1704)
    assert lines["reseller"] == close(21.0375)
    assert lines["sales_vat"] == close(7.2607)
    assert lines["netback"] == close(54.1518)
    assert lines["consumer_paid"] == close(84.15)
    assert lines["return_recovery"] - lines["return_costs"] == close(3.0)


def test_a_commission_on_supply() -> None:
    lines = case(channel=base(FeeModel.COMMISSION, margin_basis=MarginBasis.SUPPLY))
    assert lines["brand"] == close(45.9602)


def test_b_buy_out() -> None:
    bought = base(FeeModel.BUY_OUT, buy_out_share=0.1, sell_through=0.85)
    kept = {"storage_cost_per_cbm_day": 20.0}
    lines = case(channel=bought, entry={**entry_at_home(), **kept}, sell_period=2)
    assert lines["storage_entry"] == close(1.2)
    assert lines["brand"] == close(34.1097)
    assert lines["platform"] == close(11.2893)
    even = case(
        channel={**bought, "buy_out_share": 0.1320},
        entry={**entry_at_home(), **kept},
        sell_period=2,
    )
    assert abs(even["platform"]) < 0.02


def test_c_purchase_sale() -> None:
    lines = case(channel=base(FeeModel.PURCHASE_SALE, reseller_vat_rate=0.01))
    assert lines["brand"] == pytest.approx(50.8156, abs=1.1e-4)
    assert lines["platform"] == close(13.8789)
    assert lines["reseller"] == close(19.6040)
    assert lines["sales_vat"] == close(0.9802 + 9.0213)
    assert lines["refunds"] == lines["return_costs"] == 0
    assert lines["consumer_paid"] == 99


def test_d_rebate() -> None:
    lines = case(channel=base(FeeModel.REBATE))
    assert lines["brand"] == close(39.2580)
    assert lines["platform"] == close(14.8938)
    assert lines["sales_vat"] == close(9.6810)
    assert lines["reseller"] == close(0.85 * 21.9027)
    net = case(channel=base(FeeModel.REBATE, commission_base=CommissionBase.NET_OF_REBATE))
    assert net["brand"] == close(42.9814)


def test_e_wholesale_sells_at_the_wholesale_price_and_pays_for_credit() -> None:
    header = {"scenario": "e", "start_date": DAY, "periods": 2, "days_per_period": 60}
    lines = case(**wholesale(header=header | {"cost_of_money_per_year": 0.06}))
    w = 37.42  # USD 5.20, in whole fen
    assert lines["consumer_paid"] == w
    assert lines["credit_loss"] == close(w * 0.015)
    assert lines["credit_insurance"] == close(w * 0.006)
    assert lines["cost_of_money"] == close(w * 0.06 / 365 * 60)
    assert lines["brand"] == close(w * (1 - 0.021 - 0.06 / 365 * 60) - 1.2)
    assert lines["last_mile"] == lines["freight_international"] == lines["duty"] == 0


def unrounded_wholesale(owner: Owner, invoice: float = 0.13) -> dict[str, float]:
    """Model E at exactly USD 5.20: 60 days at 6 %, FOB charges 0.55; the refund is cash at once."""
    facts, option = resolved(
        **wholesale(
            header={
                "scenario": "e",
                "start_date": DAY,
                "periods": 2,
                "days_per_period": 60,
                "cost_of_money_per_year": 0.06,
            },
            lot=lot_fields(unit_cost=39.9, vat_invoice_rate=invoice, owner=owner),
            port=port(outbound_cost_per_unit=0.55),
            rules=(
                r.ComplianceRule(
                    rule="refund", effect=RuleEffect.EXPORT_REFUND, refund_rate_cap=0.13
                ),
            ),
        )
    )
    return conserved(waterfall(facts, replace(option, price=5.2 * USD)))


def test_e_wholesale_of_the_domain_notes() -> None:
    lines = unrounded_wholesale(Owner.BRAND)
    assert lines["consumer_paid"] == close(37.4244)
    risk_and_finance = ("credit_loss", "credit_insurance", "cost_of_money")
    assert sum(lines[name] for name in risk_and_finance) == close(1.1550)
    assert lines["brand"] == close(34.5194)
    assert lines["platform"] == lines["export_refund"] == 0


@pytest.mark.parametrize(
    ("invoice", "profit"), [(0.13, 0.4096), (0.03, -4.1806 + 1.1621), (0.0, -4.1806)]
)
def test_e_wholesale_of_stock_the_platform_bought(invoice: float, profit: float) -> None:
    """The brand brought the goods to the port, so its 1.20 is not the exporter's."""
    lines = unrounded_wholesale(Owner.PLATFORM, invoice)
    assert lines["platform"] + lines["freight_domestic"] - 39.9 == pytest.approx(profit, abs=1e-4)
    assert lines["brand"] == 0


def south_africa(rand: float = USD / 18.329) -> dict[str, float]:
    """Model F: a joint venture in South Africa; border charges are fixture L1."""
    return case(
        price=249.0,
        header={
            "scenario": "f",
            "start_date": DAY,
            "periods": 2,
            "days_per_period": 60,
            "insurance_rate": 0.003,
        },
        fx={"ZAR": rand},
        market={
            "market": "M",
            "country": "ZA",
            "region": Region.EXPORT,
            "climate": "any",
            "currency": "ZAR",
            "entry_sites": ("IN",),
            "vat_rate": 0.15,
            "import_vat_rate": 0.15,
            "import_vat_uplift": 0.1,
            "customs_basis": CustomsBasis.FOB,
        },
        channel={
            "fee_model": FeeModel.JOINT_VENTURE,
            "opex_rate": 0.3,
            "our_share": 0.6,
            "platform_fee_rate": 0.05,
            "local_cost_per_unit": 10,
            "clearance_cost_per_unit": 1.5,
            "reverse_cost": 13,
            "resaleable_share": 0.85,
            "return_value": 50,
            "salvage_value": 10,
            "currency": "ZAR",
            "declared_value_share": 0,
            "declared_value_least": 1,
        },
        term=term(return_rate=0.06, last_mile_cost=0),
        out=leg_out(cost_per_unit=1.22),
        port=port(outbound_cost_per_unit=0.55),
        duties=(r.Duty(market="M", category="dress", rate=0.45),),
        rules=(r.ComplianceRule(rule="label", effect=RuleEffect.REQUIRE, cost_per_unit=0.9),),
    )


def test_f_joint_venture() -> None:
    lines = south_africa()
    assert lines["shelf_price"] == close(97.7715)
    assert lines["insurance"] == close(0.153)
    assert lines["duty"] == close(20.25)
    assert lines["sales_vat"] == close(11.9876)
    assert lines["reseller"] == lines["partner_share"] == close(11.1536)
    assert lines["reseller_margin"] == 0
    assert lines["platform"] == close(3.9959)
    assert lines["brand"] == pytest.approx(12.7346, abs=1e-4)  # border rounded in the note
    assert sum(lines[p] for p in ("reseller", "platform", "brand")) == pytest.approx(
        27.8841, abs=1e-4
    )


def test_f_joint_venture_when_the_rand_falls() -> None:
    lines = south_africa(USD / 18.329 * 0.88)
    assert lines["shelf_price"] == close(86.0389)
    assert sum(lines[p] for p in ("reseller", "platform", "brand")) == close(21.6252)


def test_h_marketplace() -> None:
    lines = case(
        price=3190.0,
        header={
            "scenario": "h",
            "start_date": DAY,
            "periods": 2,
            "days_per_period": 60,
            "insurance_rate": 0.003,
        },
        fx={"RUB": USD / 85.162, "USD": USD, "EUR": 7.79},
        lot=lot_fields(unit_cost=55.0, kg=0.385, cbm=0.0024),
        market={
            "market": "M",
            "country": "RU",
            "region": Region.EXPORT,
            "climate": "any",
            "currency": "RUB",
            "entry_sites": ("IN",),
            "vat_rate": 0.22,
            "import_vat_rate": 0.22,
        },
        channel={
            "fee_model": FeeModel.MARKETPLACE,
            "marketplace_fee_rate": 0.263,
            "payment_fee_rate": 0.052,
            "resaleable_share": 0.85,
            "return_value_share": 0.5,
            "reverse_cost": 75,
            "currency": "RUB",
            "declared_value_share": 0,
            "declared_value_least": 1,
        },
        term=term(return_rate=0.38, last_mile_cost=0.375),
        out=leg_out(cost_per_box=6600, equipment="40HQ", currency="USD"),
        port=port(inbound_cost_per_unit=0.75, outbound_cost_per_unit=0.36),
        duties=(
            r.Duty(
                market="M",
                category="dress",
                kind=DutyKind.MAX,
                rate=0.1,
                specific_amount=1.75,
                specific_unit=SpecificUnit.KG,
                specific_currency="EUR",
            ),
        ),
        rules=(r.ComplianceRule(rule="mark", effect=RuleEffect.REQUIRE, cost_per_unit=0.9),),
    )
    assert lines["shelf_price"] == close(269.5854)
    assert lines["freight_international"] == close(1.8775)
    assert lines["duty"] == close(5.7066)
    assert lines["insurance"] + lines["duty"] + 1.8775 == pytest.approx(7.7724, abs=1e-4)
    assert lines["marketplace_fee"] + lines["payment_fee"] == pytest.approx(52.65, abs=0.005)
    assert lines["return_costs"] == close(2.4085)
    assert lines["return_recovery"] == close(35.6869)
    assert lines["brand"] == close(106.2734)


@pytest.mark.parametrize(
    ("start", "net"), [(date(2025, 2, 17), 55.8087), (date(2025, 2, 18), 47.9699)]
)
def test_g_parcel_is_taxed_by_its_sale_date(start: date, net: float) -> None:
    lines = case(
        price=329_000.0,
        header={"scenario": "g", "start_date": start, "periods": 1, "days_per_period": 60},
        fx={"VND": USD / 24_164.9},
        market={
            "market": "M",
            "country": "VN",
            "region": Region.EXPORT,
            "climate": "any",
            "currency": "VND",
            "entry_sites": ("IN",),
        },
        channel={
            "fee_model": FeeModel.PARCEL,
            "marketplace_fee_rate": 0.17,
            "currency": "CNY",
        },
        term=term(return_rate=0.12, last_mile_cost=7),
        out=leg_out(cost_per_kg=18),
        parcels=(
            r.ParcelRegime(market="M", currency="VND", valid_to=date(2025, 2, 17)),
            r.ParcelRegime(market="M", currency="VND", vat_rate=0.1, valid_from=date(2025, 2, 18)),
        ),
    )
    assert lines["brand"] == pytest.approx(net, abs=2e-4)


def test_inviter_bonus_moves_from_platform_to_reseller() -> None:
    plain = case(channel=base(FeeModel.COMMISSION))
    bonus = case(channel=base(FeeModel.COMMISSION, inviter_bonus_rate=0.02))
    paid = 0.02 * 0.85 * 99
    assert bonus["reseller"] - plain["reseller"] == close(paid)
    assert plain["platform"] - bonus["platform"] == close(paid)
    assert bonus["brand"] == close(plain["brand"])


def test_a_joint_venture_shares_its_loss_by_the_loss_share() -> None:
    lines = case(
        channel=base(FeeModel.JOINT_VENTURE, our_share=0.6, our_loss_share=0.75),
        term=term(return_rate=0.15, last_mile_cost=200),
    )
    profit = lines["brand"] + lines["platform"] + lines["reseller"]
    assert profit < 0
    assert lines["reseller"] == lines["partner_share"] == close(0.25 * profit)
    assert lines["reseller_margin"] == 0


def test_cost_of_money_charges_every_line_at_its_day() -> None:
    """Ready on day 0, sold on day 60, cash 10 days later; nothing is paid before day 60."""
    header = {"scenario": "c", "start_date": DAY, "periods": 2, "days_per_period": 60}
    lines = case(
        header=header | {"cost_of_money_per_year": 0.073},
        channel=base(FeeModel.COMMISSION, payment_days=10),
        sell_period=2,
    )
    receipts = 84.15 - lines["sales_vat"] - lines["reseller_margin"] - 3.5 + 3.0
    assert lines["cost_of_money"] == close(0.073 / 365 * 70 * receipts)


def test_credit_is_a_cost_that_no_interest_is_saved_on() -> None:
    """Receipts are financed in full: what is lost or insured of them changes no cost of money."""
    header = {"scenario": "c", "start_date": DAY, "periods": 2, "days_per_period": 60}
    header |= {"cost_of_money_per_year": 0.073}
    safe = base(FeeModel.MARKETPLACE, payment_days=10)
    risky = {**safe, "credit_loss_rate": 0.02, "credit_insurance_rate": 0.01}
    certain = case(header=header, channel=safe, sell_period=2)
    lines = case(header=header, channel=risky, sell_period=2)
    receipts = 84.15 / 1.13
    assert lines["credit_loss"] == close(0.02 * receipts)
    assert lines["credit_insurance"] == close(0.01 * receipts)
    assert lines["cost_of_money"] == certain["cost_of_money"] > 0
    assert certain["brand"] - lines["brand"] == close(0.03 * receipts)


def test_hold_pays_storage_to_the_end_of_the_horizon() -> None:
    scenario = one_lot(99.0, channel=base(FeeModel.COMMISSION))
    site = scenario.sites[0].model_copy(update={"storage_cost_per_cbm_day": 2.0})
    facts = Facts(scenario.model_copy(update={"sites": (site, *scenario.sites[1:])}))
    way = r.Exit(exit="hold", kind=ExitKind.HOLD, value_share_of_cost=0.5, currency="CNY")
    assert exit_value(facts, scenario.lots[0], way) == close(22.5 - 2 * 0.001 * 120)
    jobber = r.Exit(exit="j", kind=ExitKind.JOBBER, value_share_of_tag=0.04, currency="CNY")
    assert exit_value(facts, scenario.lots[0], jobber) == close(0.04 * 399 / 1.13)


@pytest.mark.parametrize(
    ("amount", "decimals", "right"),
    [
        (161.594, 2, (161.59,)),
        (161.596, 2, (161.6,)),
        (161.595, 2, (161.6, 161.59)),
        (1234.4, 0, (1234.0,)),
    ],
)
def test_ties_admit_both_neighbours(amount: float, decimals: int, right: tuple[float, ...]) -> None:
    assert rounded(amount, decimals) == pytest.approx(right)


def test_a_line_abroad_by_hand() -> None:
    """S4 of the world: ready on day 10, at sea from day 15 (16 January), at the gate on day 24,
    for sale from day 26, sold from day 40 on, when the rand is worth 0.38 and no longer 0.40."""
    scenario = world()
    option = options_of(scenario, [PICKS[3]])[0]
    got = waterfall(Facts(scenario), option)
    p = 489 * 0.38  # 599 / 0.4 x 0.4 x (0.85 x 0.96) = 488.784 rand
    n = p / 1.15
    keep = 0.9
    opex, fee = keep * n * 0.05, keep * p * 0.12
    receipts = keep * n - fee
    loss, insured = receipts * 0.01, receipts * 0.004
    mile, back = 5 * 0.38, 0.1 * 6 * 0.38
    recovery = 0.1 * (0.9 * 20 + 0.1 * 4) * 0.38
    truck, cart = 60 * 0.004, 0.4
    share = 0.004 / 0.9
    sea = 90 * 7.2 * share + 100 * share
    at_home, abroad = 0.3 + 0.2 + 0.25, 0.5 * 0.4
    picking = 2 * 0.38
    stored, waited = 1.5 * 0.004 * 10, 3 * 0.38 * 0.004 * 14
    fob = max(0.5 * 489 * 0.40 / 1.15, 0.55 * 120)  # invoiced at the rate of day 0
    cif = (fob + sea) / (1 - 0.0033)
    duty_, levy = 0.4 * cif, 0.01 * cif  # the row of heading 6204, which has no excise
    tax = 0.15 * (cif * 1.1 + duty_ + levy)
    cost = (
        0.06
        / 365
        * (
            (receipts - opex - mile - back + recovery) * 55
            - (truck + cart + at_home + stored + sea + abroad + picking + waited + 0.9) * 10
            - (cif - fob - sea) * 10
            - (duty_ + levy) * 26
            + tax * 60
        )
    )
    right = {
        "shelf_price": p,
        "refunds": 0.1 * p,
        "consumer_paid": keep * p,
        "sales_vat": keep * (p - n),
        "reseller_margin": 0,
        "marketplace_fee": fee,
        "payment_fee": 0,
        "local_opex": opex,
        "return_costs": back,
        "return_recovery": recovery,
        "last_mile": mile,
        "freight_domestic": truck + cart,
        "freight_international": sea,
        "handling": at_home,
        "handling_abroad": abroad,
        "picking": picking,
        "storage_origin": stored,
        "storage_entry": waited,
        "relabelling": 0.9,
        "customs_value": cif,
        "insurance": cif - fob - sea,
        "duty": duty_,
        "antidumping": 0,
        "levies": levy,
        "excise": 0,
        "import_vat": 0,
        "credit_loss": loss,
        "credit_insurance": insured,
        "export_refund": 0,
        "partner_share": 0,
        "cost_of_money": cost,
    }
    assert {name: got[name] for name in MONEY_LINES} == pytest.approx(right, abs=1e-9)
    costs = truck + cart + at_home + stored + sea + abroad + picking + waited + mile + back
    costs += 0.9 + cif - fob - sea + duty_ + levy + loss + insured + opex + fee + cost
    assert got["brand"] == got["netback"] == pytest.approx(keep * n + recovery - costs)


def test_the_platform_gets_the_refund_of_its_own_stock() -> None:
    scenario = world()
    plane, frozen = options_of(scenario, [PICKS[4], PICKS[5]])
    facts = Facts(scenario)
    assert waterfall(facts, plane)["export_refund"] == pytest.approx(120 / 1.13 * 0.09)
    assert waterfall(facts, plane)["brand"] == 0
    on_the_way = waterfall(facts, frozen)
    paid = ("freight_domestic", "freight_international", "handling", "storage_origin")
    for line in (*paid, "relabelling"):
        assert on_the_way[line] == 0
    assert waterfall(facts, plane)["relabelling"] == 0.9
    assert on_the_way["storage_entry"] == pytest.approx(3 * 0.4 * 0.004 * 12)
    assert on_the_way["duty"] > 0


def test_bulky_goods_and_volumetric_weight() -> None:
    bulky = term(last_mile_cost=5, last_mile_cost_bulky=9)
    light = leg_out(cost_per_kg=10, kg_per_cbm=200)
    channel = base(FeeModel.REBATE)
    small = case(channel=channel, term=bulky, out=light, lot=lot_fields(kg=1.0, cbm=0.012))
    large = case(channel=channel, term=bulky, out=light, lot=lot_fields(kg=1.0, cbm=0.013))
    assert (small["last_mile"], large["last_mile"]) == (5, 9)
    assert small["freight_domestic"] == close(1.2 + 10 * 0.012 * 200)
    assert large["freight_domestic"] == close(1.2 + 10 * 0.013 * 200)
    dense = case(channel=channel, out=light, lot=lot_fields(kg=3.0, cbm=0.001))
    assert dense["freight_domestic"] == close(1.2 + 10 * 3)


def test_the_refund_is_financed_until_its_cash() -> None:
    scenario = world()
    slow = scenario.rules[3].model_copy(update={"lead_days": 145})
    later = scenario.model_copy(update={"rules": (*scenario.rules[:3], slow)})
    costs = [
        waterfall(Facts(each), options_of(each, [PICKS[4]])[0])["cost_of_money"]
        for each in (scenario, later)
    ]
    assert costs[1] - costs[0] == pytest.approx(0.06 / 365 * 100 * 120 / 1.13 * 0.09)
