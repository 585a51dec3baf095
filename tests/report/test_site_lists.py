"""Work lists, documents, legs and locks follow from the plan's lines and the scenario's rules."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from planner.domain import records as r
from planner.domain.vocabulary import LockKind
from planner.report import tables
from planner.report.changed import changes_table
from planner.report.documents import documents
from planner.report.shipment_lines import lock_list, route_legs, shipment_lines
from planner.report.site_lists import PICK, RELABEL, SEND_ON, site_lists
from tests.report.exhibit_plan import a_plan, an_empty_plan, every_plan


@pytest.mark.parametrize("make", [a_plan, every_plan])
def test_goods_are_picked_once_and_sent_on_at_every_stop(make) -> None:  # type: ignore[no-untyped-def]
    plan = make()
    work = site_lists(plan)
    moved = plan.lines[plan.lines["line"].isin(plan.legs["line"])]
    picked = work[work["task"] == PICK]
    assert sorted(picked["line"]) == sorted(moved["line"])
    assert picked["units"].sum() == moved["units"].sum()
    dates = dict(zip(moved["line"], pd.to_datetime(moved["ship_date"]), strict=True))
    assert [dates[line] for line in picked["line"]] == picked["date"].tolist()
    origin = {lot.lot: lot.origin for lot in plan.scenario.lots}
    assert [origin[lot] for lot in picked["lot"]] == picked["site"].tolist()
    assert (work["task"] == SEND_ON).sum() == (plan.legs["sequence"] > 1).sum()


def test_labels_are_put_on_where_a_hub_can_before_the_goods_go_on() -> None:
    plan = a_plan()
    work = site_lists(plan)
    labelled = work[work["task"] == RELABEL]
    rules = {rule.rule for rule in plan.scenario.rules if rule.uses_relabel_capacity}
    assert len(labelled)
    assert set(labelled["what"]) <= rules
    hubs = {site.site for site in plan.scenario.sites if site.kind.value == "hub"}
    assert set(labelled["site"]) <= hubs
    for _, row in labelled.iterrows():
        sent = work[(work["line"] == row["line"]) & (work["task"] == SEND_ON)]
        assert (sent.loc[sent["site"] == row["site"], "date"] >= row["date"]).all()


@pytest.mark.parametrize("make", [a_plan, every_plan])
def test_documents_are_started_their_lead_time_before_the_first_goods_leave(make) -> None:  # type: ignore[no-untyped-def]
    plan = make()
    table = documents(plan)
    assert len(table)
    days = (table["first_ship_date"] - table["start_by"]).dt.days
    assert days.tolist() == table["lead_days"].tolist()
    lead = {rule.rule: rule.lead_days for rule in plan.scenario.rules}
    assert [lead[rule] for rule in table["rule"]] == table["lead_days"].tolist()
    assert table["start_by"].is_monotonic_increasing


@pytest.mark.parametrize("make", [a_plan, every_plan])
def test_every_certificate_paid_for_is_among_the_documents(make) -> None:  # type: ignore[no-untyped-def]
    plan = make()
    rules = {rule.rule for rule in plan.scenario.rules}
    paid = plan.openings[plan.openings["rule"].isin(rules)]
    assert documents(plan)["cost"].sum() == pytest.approx(paid["cost"].sum())


def test_legs_follow_each_other() -> None:
    table = route_legs(every_plan())
    assert table["freight"].sum() == pytest.approx(every_plan().legs["freight"].sum())
    for _, part in table.groupby("line"):
        assert part["sequence"].tolist() == list(range(1, len(part) + 1))
        assert part["to_site"].tolist()[:-1] == part["from_site"].tolist()[1:]


def test_a_lock_names_the_lines_it_holds() -> None:
    plan = a_plan()
    first = plan.lines.iloc[0]
    lock = r.Lock(
        lock="kept",
        kind=LockKind.UNITS,
        lots=(first["lot"],),
        channels=(first["channel"],),
        sell_period=int(first["sell_period"]),
        units=9,
    )
    plan = replace(plan, scenario=plan.scenario.model_copy(update={"locks": (lock,)}))
    same = ["lot", "channel", "sell_period"]
    held = plan.lines[(plan.lines[same] == first[same]).all(axis=1)]
    table = shipment_lines(plan).set_index("line")
    assert set(table.index[table["locked_by"] == "kept"]) == set(held["line"])
    listed = lock_list(plan).iloc[0]
    assert (listed["lines"], listed["units_now"]) == (len(held), held["units"].sum())
    assert (listed["lock_units"], listed["gap_note"]) == (9, "not worked out")
    price = pd.DataFrame(
        [("kept", 12.5, "exact", "ZA +3")], columns=["lock", "cost", "gap_note", "moved"]
    )
    assert lock_list(plan, price).iloc[0]["cost"] == 12.5


def test_lines_of_the_report_are_those_of_the_plan() -> None:
    plan = every_plan()
    table = shipment_lines(plan)
    assert table["money"].sum() == pytest.approx(plan.lines["money"].sum())
    assert set(table["line"]) == set(plan.lines["line"])
    assert (table["lock"] == "").all()


def test_changes_are_told_against_the_base() -> None:
    scenario = a_plan().scenario
    lots = (scenario.lots[0].model_copy(update={"units": 7}), *scenario.lots[1:])
    other = scenario.model_copy(update={"lots": lots})
    table = changes_table(scenario, other)
    assert table[["table", "key", "field", "after"]].values.tolist() == [
        ["lots", scenario.lots[0].lot, "units", "7"]
    ]
    assert changes_table(None, scenario).empty
    assert changes_table(scenario, scenario).empty


def test_an_empty_plan_has_lists_with_columns() -> None:
    for make in (site_lists, route_legs, shipment_lines, documents):
        assert make(an_empty_plan()).empty
        assert list(make(an_empty_plan()).columns) == list(make(a_plan()).columns)
    assert tables.as_table(()).empty
