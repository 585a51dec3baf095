"""The pictures of a plan, one at a time: each under the sentence that says what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from planner.domain.vocabulary import Goal
from planner.language import english, retell, say
from planner.plan.record import Plan
from planner.report import pictures
from planner.report.backlog import plan_backlog
from planner.report.headings import heading
from planner.report.pareto import pareto
from planner.report.places import land
from planner.report.tornado import tornado, tornado_title
from planner.ui import address, chart_bars, chart_flows, studying
from planner.ui.components import table
from planner.ui.picture import download, picture

GOALS = [goal for goal in Goal if goal is not Goal.CASH]
"""Goals of a front; cash in time needs a date of its own."""
POINTS, POINT_SECONDS = 5, 20.0
"""So many plans make a front, each in so much time at most: its ends matter more than its gap."""
EVERYWHERE = "all"


def flow_map(plan: Plan, currency: str) -> None:
    """Sites, ports and markets where they stand, and what moves between them."""
    nodes, flows = pictures.map_nodes(plan), pictures.map_flows(plan)
    picture(pictures.map_title(plan), chart_flows.flow_map(nodes, flows, land()), "map")
    st.caption(
        say(
            "Lines are as wide as the units they carry, marks as large as the units that pass. "
            "Coasts: Natural Earth, public domain."
        )
    )
    kept = ["from_site", "to_site", "mode", "units", "cbm", "freight"]
    table(flows[kept], "Flows", currency)


def sankey(plan: Plan, currency: str) -> None:
    """The stock of each origin to markets and exits."""
    flows = pictures.sankey(plan)
    picture(pictures.sankey_title(plan), chart_flows.sankey(flows), "sankey")
    table(flows, "Stock to markets", currency)


def waterfall(plan: Plan, currency: str) -> None:
    """From shelf price to netback, of all the plan or of one market."""
    words = {EVERYWHERE: say("All markets")}
    words |= {str(market): str(market) for market in plan.lines["market"].unique()}
    market = address.chosen(say("Market"), list(words), "of", words=lambda each: words[each])
    steps = pictures.waterfall_steps(plan, None if market == EVERYWHERE else market)
    picture(
        pictures.waterfall_title(steps, currency),
        chart_bars.waterfall(steps, currency),
        "waterfall",
    )


def heat_map(plan: Plan, currency: str) -> None:
    """What every lot would bring in every market."""
    cells = studying.reckoned(
        "heat map",
        (),
        lambda _: pictures.heat_map(plan),
        english("pricing every lot in every market"),
    )
    if cells is None:
        return
    picture(
        pictures.heat_map_title(cells, currency), chart_flows.heat_map(cells, currency), "heat map"
    )
    st.caption(say("Colour: netback of the best offer. Dots: what the plan sells there."))
    download(cells, "lots-by-markets")


def calendar(plan: Plan, currency: str) -> None:
    """When goods arrive and prices are marked down."""
    events = pictures.calendar(plan)
    picture(pictures.calendar_title(events), chart_flows.calendar(events), "calendar")
    table(events, "Calendar", currency)


def hubs(plan: Plan, currency: str) -> None:
    """How full hubs are, and how many orders wait."""
    load = pictures.hub_load(plan)
    if load.empty:
        st.info(retell(pictures.hub_load_title(load)))
    else:
        picture(pictures.hub_load_title(load), chart_flows.hub_load(load), "hubs")
    queue = plan_backlog(plan)
    if queue.empty:
        st.caption(say("No site has a limit of orders sent a day, so no order waits."))
        return
    picture(pictures.backlog_title(queue), chart_flows.waiting(queue), "waiting")


def boxes(plan: Plan, currency: str) -> None:
    """How full every box is."""
    fill = pictures.box_fill(plan)
    if fill.empty:
        st.info(retell(pictures.box_fill_title(fill, currency)))
        return
    picture(pictures.box_fill_title(fill, currency), chart_bars.box_fill(fill), "boxes")
    table(fill, "Boxes", currency)


def fronts(plan: Plan, currency: str) -> None:
    """What more of one goal costs in terms of another; plans are made again behind the page."""
    left, right = st.columns(2)
    with left:
        first = Goal(address.chosen(say("First goal"), GOALS, "goal", words=_goal))
    others = [goal for goal in GOALS if goal is not first]
    with right:
        second = Goal(address.chosen(say("Second goal"), others, "other goal", words=_goal))
    given = studying.settings()
    settings = replace(given, seconds=min(given.seconds, POINT_SECONDS))
    table_of_points = studying.planned(
        "pareto",
        (first.value, second.value),
        lambda study: pareto(plan.scenario, first, second, POINTS, settings, study.cancel),
        say("Work out the front"),
        hint=say(
            "{count} plans are made behind the page, each in {seconds} seconds at most.",
            count=POINTS,
            seconds=f"{POINT_SECONDS:.0f}",
        ),
    )
    if table_of_points is None:
        return
    chart = chart_flows.front(table_of_points, _goal(first.value), _goal(second.value))
    picture(pictures.pareto_title(table_of_points), chart, "pareto")
    table(table_of_points, "Front", currency, height="content")
    download(table_of_points, "front")


def _goal(name: str) -> str:
    return retell(heading(name).text)


def stories(plan: Plan, currency: str) -> None:
    """What the five usual stories would do to the value; plans are made again behind the page."""
    settings = studying.settings()
    told = studying.planned(
        "tornado",
        (),
        lambda study: tornado(
            plan.scenario, None, settings, plan=plan, tell=study.tell, cancel=study.cancel
        ),
        say("Tell the five stories"),
        hint=say("A rate falls, a hub strikes, floors rise, a threshold closes, box rates rise."),
    )
    if told is None:
        return
    picture(tornado_title(told, currency), chart_bars.tornado(told, currency), "tornado")
    table(told, "Stories", currency, height="content")
    download(told, "stories")


Drawn = Callable[[Plan, str], None]
PICTURES: dict[str, Drawn] = {
    "map": flow_map,
    "sankey": sankey,
    "waterfall": waterfall,
    "heat": heat_map,
    "calendar": calendar,
    "hubs": hubs,
    "boxes": boxes,
    "front": fronts,
    "stories": stories,
}


def titles() -> dict[str, str]:
    """What each picture is called."""
    return {
        "map": say("Flow map"),
        "sankey": say("Stock to markets"),
        "waterfall": say("Waterfall"),
        "heat": say("Lots and markets"),
        "calendar": say("Calendar"),
        "hubs": say("Hubs"),
        "boxes": say("Boxes"),
        "front": say("Two goals"),
        "stories": say("Five stories"),
    }
