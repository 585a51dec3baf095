"""Consignments hold every line that travels once, and their papers say what the plan says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from planner.domain.vocabulary import CustomsBasis, FeeModel
from planner.plan.record import Plan
from planner.report.consignments import (
    AT_HOME,
    INVOICE,
    MISSING,
    PARCELS,
    consignments,
    invoice_lines,
    journeys,
    packing_list,
)
from planner.report.paper_findings import paper_findings
from tests.report.exhibit_plan import a_hostile_plan, a_plan, an_empty_plan, every_plan

PLANS = [a_plan, every_plan, a_hostile_plan]


def with_rows(plan: Plan, table: str, **changes: object) -> Plan:
    """The plan of a scenario in which every row of a table says this."""
    rows = tuple(row.model_copy(update=changes) for row in getattr(plan.scenario, table))
    return replace(plan, scenario=plan.scenario.model_copy(update={table: rows}))


def whole_money(plan: Plan) -> pd.Series:
    """Customs value of each line's units, by line."""
    falls = plan.waterfalls.set_index("line")["customs_value"]
    lines = plan.lines.set_index("line")
    return falls.reindex(lines.index) * lines["units"]


@pytest.mark.parametrize("make", PLANS)
def test_every_line_that_travels_is_in_one_consignment(make) -> None:  # type: ignore[no-untyped-def]
    plan = make()
    known = journeys(plan)
    travels = plan.lines["line"].isin(plan.legs["line"])
    travels |= plan.lines["route"].str.startswith("frozen ")
    assert sorted(known["line"]) == sorted(plan.lines.loc[travels, "line"])
    assert known["line"].is_unique
    for _, part in known.groupby("consignment"):
        keys = ["depart_date", "main_leg", "entry_site", "channel", "seller"]
        assert (part[keys].nunique() == 1).all()


@pytest.mark.parametrize("make", PLANS)
def test_papers_add_up_to_the_plan_consignment_by_consignment(make) -> None:  # type: ignore[no-untyped-def]
    plan = make()
    table = consignments(plan).set_index("consignment")
    of = journeys(plan).set_index("line")["consignment"]
    lines = plan.lines.set_index("line").join(of)
    for name in ("units", "kg", "cbm"):
        wanted = lines.groupby("consignment")[name].sum()
        assert table[name].to_dict() == pytest.approx(wanted.to_dict())
        packed = packing_list(plan).groupby("consignment")[name].sum()
        assert packed.to_dict() == pytest.approx(wanted.to_dict())
    value = whole_money(plan).groupby(lines["consignment"]).sum()
    assert table["customs_total"].to_dict() == pytest.approx(value.to_dict())
    sent = invoice_lines(plan).groupby("consignment")["customs_total"].sum()
    assert sent.to_dict() == pytest.approx(value[value > 0].to_dict())
    assert table["customs_total"].sum() == pytest.approx(whole_money(plan).sum())


@pytest.mark.parametrize("make", PLANS)
def test_an_invoice_line_is_units_times_value_plus_freight_and_insurance(make) -> None:  # type: ignore[no-untyped-def]
    lines = invoice_lines(make())
    amount = lines["units"] * lines["unit_value"]
    assert amount.to_numpy() == pytest.approx(lines["declared_total"].to_numpy())
    whole = lines["declared_total"] + lines["freight_total"] + lines["insurance_total"]
    assert whole.to_numpy() == pytest.approx(lines["customs_total"].to_numpy())


def test_on_a_cif_basis_the_declared_value_is_what_is_left_of_the_customs_value() -> None:
    """Fixture of a Kenyan dress: declared 45, freight 1.60, insurance 0.003 -> CIF 46.7543."""
    plan = with_rows(a_plan(), "markets", customs_basis=CustomsBasis.CIF)
    header = plan.scenario.header.model_copy(update={"insurance_rate": 0.003})
    plan = replace(plan, scenario=plan.scenario.model_copy(update={"header": header}))
    cif = (45.0 + 1.60) / (1 - 1.1 * 0.003)
    falls = plan.waterfalls.assign(customs_value=cif, freight_international=1.60)
    lines = invoice_lines(replace(plan, waterfalls=falls))
    assert cif == pytest.approx(46.7543, abs=5e-5)
    assert lines["unit_value"].to_numpy() == pytest.approx(45.0)
    assert (lines["insurance_total"] / lines["units"]).to_numpy() == pytest.approx(0.1543, abs=5e-5)


def test_on_a_fob_basis_freight_is_no_part_of_the_customs_value() -> None:
    plan = with_rows(a_plan(), "markets", customs_basis=CustomsBasis.FOB)
    lines = invoice_lines(plan)
    assert len(lines)
    assert (lines["freight_total"] == 0).all()
    assert (lines["insurance_total"] == 0).all()
    assert lines["declared_total"].tolist() == lines["customs_total"].tolist()


@pytest.mark.parametrize("make", [*PLANS, an_empty_plan])
def test_terms_and_currency_are_never_blank(make) -> None:  # type: ignore[no-untyped-def]
    plan = make()
    table = consignments(plan)
    for name in ("papers", "seller", "consignee", "incoterm", "incoterm_place", "currency"):
        assert (table[name] != "").all()
    assert set(table["papers"]) <= {INVOICE, AT_HOME, PARCELS}
    for name in ("hs_code", "origin_country", "description", "currency"):
        assert (invoice_lines(plan)[name] != "").all()


def test_what_is_not_known_says_so_and_is_a_finding() -> None:
    plan = with_rows(a_plan(), "lots", hs_code="", description="")
    lines = invoice_lines(plan)
    assert set(lines["hs_code"]) == {MISSING} == set(lines["description"])
    assert set(packing_list(plan)["hs_code"]) == {MISSING}
    found = {(each.field, each.row) for each in paper_findings(plan)}
    rows = {lot.lot: row for row, lot in enumerate(plan.scenario.lots, start=2)}
    for lot in set(lines["lot"]):
        assert {("hs_code", rows[lot]), ("description", rows[lot])} <= found


def test_a_short_hs_code_and_goods_without_a_label_of_origin_are_findings() -> None:
    plan = with_rows(a_plan(), "lots", hs_code="6204", origin_label=False)
    found = {each.field: each.problem for each in paper_findings(plan)}
    assert "asks for 6 digits" in found["hs_code"]
    assert "no label of origin" in found["origin_label"]
    plan = with_rows(a_plan(), "lots", hs_code="620443", origin_label=True)
    assert not {"hs_code", "origin_label"} & {each.field for each in paper_findings(plan)}


def test_parcels_are_declared_one_by_one() -> None:
    plan = with_rows(a_plan(), "channels", fee_model=FeeModel.PARCEL)
    assert invoice_lines(plan).empty
    assert INVOICE not in set(consignments(plan)["papers"])


def test_goods_in_boxes_are_listed_box_by_box() -> None:
    plan = every_plan()
    packed = packing_list(plan)
    boxed = packed[packed["box"] != ""]
    assert boxed["units"].sum() == plan.box_loads["units"].sum()
    assert set(boxed["box"]) == set(plan.box_loads["box"])
    table = consignments(plan).set_index("consignment")
    counted = boxed.groupby("consignment")["box"].nunique()
    assert table.loc[counted.index, "boxes"].tolist() == counted.tolist()


def test_pallets_are_whole_places_by_volume_or_weight() -> None:
    table = consignments(a_plan())
    wanted = np.ceil(np.maximum(table["cbm"] / 1.6, table["kg"] / 700.0))
    assert table["pallets"].tolist() == wanted.tolist()


def test_an_empty_plan_has_no_consignments() -> None:
    plan = an_empty_plan()
    for make in (journeys, consignments, packing_list, invoice_lines):
        assert make(plan).empty
        assert list(make(plan).columns) == list(make(a_plan()).columns)
    assert paper_findings(plan) == ()
