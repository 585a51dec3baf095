"""De-branding: units are sold as a lot of another brand, which draws on the units of its parent."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.forms import with_forms
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import ExitKind, RuleEffect, RuleMode
from planner.landed_cost.options import Priced, price_scenario
from tests.exhibits import tiny_scenario

CN_APP, SG_SHOP = 0, 1


def changed(scenario: Scenario, table: str, at: int, **update: Any) -> Scenario:
    """The scenario with another row `at` of a table."""
    rows = list(getattr(scenario, table))
    rows[at] = rows[at].model_copy(update=update)
    return scenario.model_copy(update={table: tuple(rows)})


def cut(**more: Any) -> r.Exit:
    """Cuts Linden's labels off: 3.50 and 0.20 a kilogram, the goods bring 80 % of their price."""
    fields: dict[str, Any] = {
        "brands": ("Linden",),
        "becomes_brand": "Plain",
        "price_factor": 0.8,
        "value_per_unit": -3.5,
        "value_per_kg": -0.2,
        "currency": "CNY",
    }
    return r.Exit(exit="CUT", kind=ExitKind.DE_BRAND, **(fields | more))


def forbidden_brand(**more: Any) -> Scenario:
    """Linden may be sold at no less than its tag, which no rung asks; without labels it may."""
    tiny = tiny_scenario()
    tiny = changed(tiny, "brands", 0, floor_domestic=1.0, floor_export=1.0)
    header = tiny.header.model_copy(update={"cost_of_money_per_year": 0.0})
    return tiny.model_copy(
        update={
            "header": header,
            "brands": (*tiny.brands, r.Brand(brand="Plain")),
            "exits": (*tiny.exits, cut(**more)),
        }
    )


def lots_sold(priced: Priced) -> set[str]:
    return {priced.lookup.scenario.lots[k].lot for k in priced.options.lot}


def line_of(priced: Priced, lot: str, channel: int, **place: int) -> dict[str, float]:
    """The waterfall of the one option of a lot in a channel at the dearest rung."""
    options, trips = priced.options, priced.trips
    wanted = {"rung": 0, "ship_period": 1, "sell_period": 1} | place
    hit = (
        (options.lot == priced.lookup.lot_at[lot])
        & (options.channel == channel)
        & (options.rung == wanted["rung"])
        & (options.sell_period == wanted["sell_period"])
        & (trips.ship_period[options.trip] == wanted["ship_period"])
    )
    (found,) = np.flatnonzero(hit)
    return dict(priced.waterfalls(np.array([found])).iloc[0])


def test_a_lot_whose_floor_forbids_every_sale_sells_without_its_brand() -> None:
    priced = price_scenario(Lookup(forbidden_brand()))
    assert lots_sold(priced) == {"L1~CUT", "L2~CUT", "L3"}


def test_a_form_is_its_parent_under_other_names_without_labels() -> None:
    lookup = Lookup(forbidden_brand())
    parent, form = (lookup.scenario.lots[lookup.lot_at[name]] for name in ("L1", "L1~CUT"))
    assert (form.sku, form.style, form.model) == ("L1-M~CUT", "L1~CUT", "L1~CUT")
    assert (form.brand, form.form_of, form.made_by) == ("Plain", "L1", "CUT")
    assert (form.labels, form.origin_label, form.fibre_label) == ((), False, False)
    names = {"lot", "sku", "style", "model", "brand", "form_of", "made_by"}
    cleared = {"labels", "origin_label", "fibre_label"}
    rest = set(r.Lot.model_fields) - names - cleared
    assert {getattr(form, name) == getattr(parent, name) for name in rest} == {True}


def test_forms_stand_after_the_lots_and_know_their_parents() -> None:
    lookup = Lookup(forbidden_brand())
    assert [lot.lot for lot in lookup.scenario.lots] == ["L1", "L2", "L3", "L1~CUT", "L2~CUT"]
    assert lookup.parent.tolist() == [0, 1, 2, 0, 1]
    assert lookup.is_form.tolist() == [False, False, False, True, True]
    assert lookup.made_by.tolist() == [-1, -1, -1, 2, 2]


def test_forms_are_made_once_and_not_from_forms() -> None:
    scenario = forbidden_brand(brands=(), becomes_brand="Linden")
    once = with_forms(scenario)
    assert len(once.lots) == 6
    assert with_forms(once) is once
    assert with_forms(tiny_scenario()).lots == tiny_scenario().lots


@pytest.mark.parametrize(
    ("more", "forms"),
    [
        ({}, {"L1~CUT", "L2~CUT"}),
        ({"brands": ()}, {"L1~CUT", "L2~CUT", "L3~CUT"}),
        ({"categories": ("dress",)}, {"L2~CUT"}),
        ({"brands": (), "open_from": date(2026, 1, 19)}, {"L3~CUT"}),
        ({"brands": (), "open_to": date(2026, 1, 18)}, {"L1~CUT", "L2~CUT"}),
        ({"kind": ExitKind.RECYCLE}, set()),
    ],
    ids=["brand", "all", "category", "opens later", "closes before", "another kind"],
)
def test_forms_are_made_of_the_lots_an_exit_is_open_to(
    more: dict[str, Any], forms: set[str]
) -> None:
    scenario = forbidden_brand().model_copy(update={"exits": (cut().model_copy(update=more),)})
    assert {lot.lot for lot in with_forms(scenario).lots if lot.form_of} == forms


def test_a_form_holds_no_more_units_than_its_exit_takes() -> None:
    lots = with_forms(forbidden_brand(units_most=100)).lots
    assert {lot.lot: lot.units for lot in lots[3:]} == {"L1~CUT": 100, "L2~CUT": 80}


@pytest.mark.parametrize(("mode", "units"), [("hard", 50), ("soft", 120), ("off", 120)])
def test_a_form_holds_all_units_of_its_parent_where_its_exit_may_take_too_many(
    mode: str, units: int
) -> None:
    setting = r.RuleSetting(rule="exit_capacity", subject="CUT", mode=RuleMode(mode), price=1.0)
    scenario = forbidden_brand(units_most=50).model_copy(update={"rule_settings": (setting,)})
    assert with_forms(scenario).lots[3].units == units


def test_netback_of_a_form_by_hand() -> None:
    """CNY 275.09 = 899 x 0.45 x 0.85 x 0.8; supply 233.8265, 206.9261 without VAT, 88 % kept.

    Recovery 23.3705 = 0.12 x 0.8 x 275.09 / 1.13, return costs 0.96, payment fee 1.4525.
    Freight 0.48, handling 0.30, picking 1.50, last mile 6.00, labels 3.50 + 1.1 kg x 0.20 = 3.72.
    """
    line = line_of(price_scenario(Lookup(forbidden_brand())), "L1~CUT", CN_APP)
    assert line["shelf_price"] == 275.09
    assert line["relabelling"] == pytest.approx(3.72)
    assert line["netback"] == pytest.approx(191.052976, abs=1e-5)
    assert line["services"] == pytest.approx(1.452475 + 3.72, abs=1e-6)


def test_converting_is_paid_at_the_rate_of_the_ship_day() -> None:
    """USD 0.50 a unit at 7.1, from 1 February at 7.2; ship period 3 starts on 2 February."""
    more = {"value_per_unit": -0.5, "value_per_kg": 0.0, "currency": "USD"}
    priced = price_scenario(Lookup(forbidden_brand(**more)))
    paid = [
        line_of(priced, "L1~CUT", CN_APP, ship_period=period, sell_period=3)["relabelling"]
        for period in (1, 2, 3)
    ]
    assert paid == pytest.approx([3.55, 3.55, 3.6])


def test_border_charges_of_a_form_are_those_of_goods_of_its_cost() -> None:
    """0.55 x 131.78 is more than half the net price: the declared value is the same for both."""
    scenario = changed(forbidden_brand(price_factor=0.5), "brands", 0, floor_export=0.0)
    scenario = changed(scenario, "channels", SG_SHOP, declared_value_share=0.1)
    scenario = changed(scenario, "sites", 3, storage_cbm=None)
    priced = price_scenario(Lookup(scenario))
    lots = [line_of(priced, name, SG_SHOP) for name in ("L2", "L2~CUT")]
    assert lots[0]["duty"] == lots[1]["duty"] > 0
    assert lots[0]["shelf_price"] > 1.9 * lots[1]["shelf_price"]


def test_a_known_reference_price_is_that_of_the_branded_goods() -> None:
    known = (r.ReferencePrice(lot="L1", channel="CN-APP", price=100.0),)
    scenario = changed(forbidden_brand(), "brands", 0, floor_domestic=0.0)
    priced = price_scenario(Lookup(scenario.model_copy(update={"reference_prices": known})))
    assert line_of(priced, "L1", CN_APP)["shelf_price"] == 100.0
    assert line_of(priced, "L1~CUT", CN_APP)["shelf_price"] == 275.09


def test_a_form_loses_the_labels_that_exempted_its_parent() -> None:
    rule = r.ComplianceRule(
        rule="EN label",
        markets=("CN",),
        effect=RuleEffect.REQUIRE,
        unless_labelled="EN",
        cost_per_unit=2.0,
    )
    scenario = changed(forbidden_brand(), "brands", 0, floor_domestic=0.0)
    priced = price_scenario(Lookup(scenario.model_copy(update={"rules": (rule,)})))
    assert line_of(priced, "L1", CN_APP)["relabelling"] == 0
    assert line_of(priced, "L1~CUT", CN_APP)["relabelling"] == pytest.approx(5.72)


def test_converting_is_a_labelling_job_where_it_uses_that_capacity() -> None:
    for uses in (False, True):
        priced = price_scenario(Lookup(forbidden_brand(uses_relabel_capacity=uses)))
        form = priced.lookup.is_form[priced.options.lot]
        assert set(priced.options.relabel_jobs[form]) == {int(uses)}
        assert set(priced.options.relabel_jobs[~form]) == {0}


def test_without_a_hub_that_relabels_no_form_is_made() -> None:
    scenario = changed(forbidden_brand(), "sites", 1, relabel_units_per_day=0.0)
    assert "L1~CUT" in lots_sold(price_scenario(Lookup(scenario)))
    scenario = changed(scenario, "exits", 2, uses_relabel_capacity=True)
    assert lots_sold(price_scenario(Lookup(scenario))) == {"L3"}


def test_a_form_is_not_made_of_goods_on_the_way() -> None:
    frozen = r.FrozenShipment(
        shipment="F1",
        lot="L2",
        entry_site="SIN",
        ship_date=date(2025, 12, 20),
        arrival_date=date(2026, 1, 9),
        units=20,
    )
    scenario = changed(forbidden_brand(), "brands", 0, floor_export=0.0)
    priced = price_scenario(Lookup(scenario.model_copy(update={"frozen_shipments": (frozen,)})))
    on_the_way = priced.trips.frozen[priced.options.trip] >= 0
    assert set(priced.options.lot[on_the_way]) == {1}
