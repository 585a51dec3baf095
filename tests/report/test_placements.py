"""Where each lot is sold, and what moved between two plans."""

from dataclasses import replace

from planner.report.placements import moved, placements
from tests.report.exhibit_plan import a_plan


def test_placements_add_up_to_the_lines() -> None:
    plan = a_plan()
    table, lines = placements(plan), plan.lines[plan.lines["ship_period"] > 0]
    assert table["units"].sum() == lines["units"].sum()
    assert abs(table["money"].sum() - lines["money"].sum()) < 1e-9
    assert not table.duplicated(["lot", "channel"]).any()
    assert list(table["money"]) == sorted(table["money"], reverse=True)


def test_what_moved_is_the_difference_of_two_plans() -> None:
    plan = a_plan()
    place = plan.lines.index[plan.lines["ship_period"] > 0][0]
    lines = plan.lines.copy()
    lines.loc[place, "units"] += 5
    (row,) = moved(replace(plan, lines=lines), plan).to_dict("records")
    assert (row["lot"], row["channel"]) == (lines.loc[place, "lot"], lines.loc[place, "channel"])
    assert row["units_moved"] == row["units_now"] - row["units_before"] == 5
    assert moved(plan, plan).empty


def test_a_place_that_is_new_or_gone_counts_from_nothing() -> None:
    plan = a_plan()
    place = plan.lines.index[plan.lines["ship_period"] > 0][0]
    fewer = replace(plan, lines=plan.lines.drop(index=place))
    (row,) = moved(fewer, plan).to_dict("records")
    assert row["units_moved"] == -plan.lines.loc[place, "units"]
