"""Plan -> what every site does on every day: pick, label, send on."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.domain.forms import with_forms
from planner.domain.vocabulary import SiteKind
from planner.plan.record import Plan
from planner.report.consignments import journeys
from planner.report.touched import lines_touched

PICK, RELABEL, DE_BRAND, SEND_ON = "pick", "relabel", "de-brand", "pack and send on"
TASKS = (PICK, RELABEL, DE_BRAND, SEND_ON)
"""In the order of a day: goods are picked at their origin, worked on at a hub, packed and sent on."""


def site_lists(plan: Plan) -> pd.DataFrame:
    """One row per (site, day, task, line): the work lists of sites, by site and day.

    Columns: site, site_name, date, task, what (the label's rule, the exit that de-brands, or where
    goods go next), consignment, line, lot, sku, description, units, cartons, kg, cbm.
    """
    work = pd.concat([_moves(plan), _labels(plan), _forms(plan)], ignore_index=True)
    goods = ["line", "lot", "units", "cartons", "kg", "cbm"]
    table = work.merge(plan.lines[goods], on="line").merge(
        journeys(plan)[["line", "consignment"]], on="line"
    )
    lots = {lot.lot: lot for lot in with_forms(plan.scenario).lots}
    names = {site.site: site.name or site.site for site in plan.scenario.sites}
    table["sku"] = table["lot"].map({key: lot.sku for key, lot in lots.items()})
    table["description"] = table["lot"].map({key: lot.description for key, lot in lots.items()})
    table["site_name"] = table["site"].map(names)
    rank = table["task"].map({task: rank for rank, task in enumerate(TASKS)})
    table = table.assign(rank=rank).sort_values(
        ["site", "date", "rank", "what", "lot", "line"], kind="stable", ignore_index=True
    )
    wanted = [
        *("site", "site_name", "date", "task", "what", "consignment", "line", "lot", "sku"),
        *("description", "units", "cartons", "kg", "cbm"),
    ]
    return table[wanted]


def _moves(plan: Plan) -> pd.DataFrame:
    """Goods picked at the site they lie at, and packed where they go on: line, site, date, task, what."""
    shipped = dict(zip(plan.lines["line"], plan.lines["ship_date"], strict=True))
    legs = plan.legs
    first = (legs["sequence"] == 1).to_numpy()
    names = {site.site: site.name or site.site for site in plan.scenario.sites}
    picked = pd.to_datetime(legs["line"].map(shipped))
    return pd.DataFrame(
        {
            "line": legs["line"],
            "site": legs["from_site"],
            "date": picked.where(first, pd.to_datetime(legs["depart_date"])),
            "task": np.where(first, PICK, SEND_ON),
            "what": legs["to_site"].map(names),
        }
    )


def _labels(plan: Plan) -> pd.DataFrame:
    """Labels put on at the first hub of the route that does such work."""
    parts = [
        _at_hub(plan, lines_touched(plan, rule)).assign(task=RELABEL, what=rule.rule)
        for rule in plan.scenario.rules
        if rule.uses_relabel_capacity
    ]
    return pd.concat([_nothing(), *parts])


def _forms(plan: Plan) -> pd.DataFrame:
    """Goods turned into another brand's form at the same hub."""
    ways = {way.exit for way in plan.scenario.exits if way.uses_relabel_capacity}
    made_by = {lot.lot: lot.made_by for lot in with_forms(plan.scenario).lots}
    way = plan.lines["lot"].map(made_by)
    found = _at_hub(plan, way.isin(ways))
    what = found["line"].map(dict(zip(plan.lines["line"], way, strict=True)))
    return pd.concat([_nothing(), found.assign(task=DE_BRAND, what=what)])


def _nothing() -> pd.DataFrame:
    """No work, in the right types."""
    texts = {name: pd.Series(dtype=object) for name in ("line", "site", "task", "what")}
    return pd.DataFrame(texts | {"date": pd.Series(dtype="datetime64[ns]")})


def _at_hub(plan: Plan, chosen: pd.Series) -> pd.DataFrame:
    """Line, site and date of the work on chosen lines: where and when they first reach a working hub."""
    hubs = {
        site.site
        for site in plan.scenario.sites
        if site.kind == SiteKind.HUB and site.relabel_units_per_day != 0
    }
    lines = plan.lines[chosen.to_numpy(dtype=bool)]
    legs = plan.legs[plan.legs["line"].isin(lines["line"])]
    starts = legs[legs["sequence"] == 1]
    shipped = starts["line"].map(dict(zip(lines["line"], lines["ship_date"], strict=True)))
    visits = pd.concat(
        [
            pd.DataFrame(
                {"line": starts["line"], "stop": 0, "site": starts["from_site"], "date": shipped}
            ),
            pd.DataFrame(
                {
                    "line": legs["line"],
                    "stop": legs["sequence"],
                    "site": legs["to_site"],
                    "date": legs["arrive_date"],
                }
            ),
        ]
    )
    visits["date"] = pd.to_datetime(visits["date"])
    visits = visits[visits["site"].isin(hubs)].sort_values(["line", "stop"], kind="stable")
    return visits.drop_duplicates("line")[["line", "site", "date"]]
