"""The audit of openings, listings and events: a limit just kept, and one just broken."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Opens, RuleMode
from planner.plan.audit.access import burst_dispatch, close_prices
from planner.plan.audit.facts import Facts
from planner.plan.audit.openings import least_if_opened
from planner.plan.audit.usage import Book
from tests.plan.test_audit_rules import Change, add, row
from tests.plan.test_audit_world import Tables, fields, options_of, plan, world

EDGES: list[tuple[str, Change, Change]] = [
    # rule, the scenario under which the plan just keeps it, and one that asks for a little more
    (
        "channels_per_style",
        add("style_spreads", r.StyleSpread(rule="few", channels_most=2)),
        add("style_spreads", r.StyleSpread(rule="few", channels_most=1)),
    ),
    (
        "channels_per_style",
        add("style_spreads", r.StyleSpread(rule="few", brands=("B2",), channels_most=1)),
        add("style_spreads", r.StyleSpread(rule="few", markets=("ZA",), channels_most=0)),
    ),
    (
        "styles_per_event",
        row("channels", 1, styles_most_per_period=2),
        row("channels", 1, styles_most_per_period=1),
    ),
    (
        "exclusive_group",
        add("exclusive_groups", r.ExclusiveGroup(group="one", brands=("B2",))),
        add("exclusive_groups", r.ExclusiveGroup(group="one", brands=("B1",))),
    ),
    (
        "exclusive_group",
        add("exclusive_groups", r.ExclusiveGroup(group="one", channels_most=2)),
        add("exclusive_groups", r.ExclusiveGroup(group="none", channels=("H*",), channels_most=0)),
    ),
    # In period 4 the shop sells L1 at 489 and L2 at 342: 489 / 342 = 1.42982...
    (
        "close_prices",
        row("channels", 1, price_distance_least=0.4298),
        row("channels", 1, price_distance_least=0.4299),
    ),
    (
        "group_buy",
        row("ladders", 1, least_units_per_event=9),
        row("ladders", 1, least_units_per_event=10),
    ),
]


@pytest.mark.parametrize("edge", EDGES, ids=lambda e: e[0])
def test_a_limit_just_kept_is_accepted_and_one_just_broken_is_named(
    edge: tuple[str, Change, Change],
) -> None:
    name, kept, broken = edge
    tables, value = plan(world())
    assert fields(world(**kept(world())), tables, value) == set()
    assert fields(world(**broken(world())), tables, value) == {("lines", name)}


def test_a_burst_of_orders_leaves_in_the_days_it_may_take() -> None:
    """In period 4 the shop sells 21 units; the gate sends 7 a day for 2 + 1 days."""
    scenario = world(**row("channels", 1, burst_days=2, days_late_most=1)(world()))
    tables, value = plan(scenario)
    for a_day, found in ((7.0, set()), (6.9, {("lines", "burst_dispatch")})):
        limited = world(
            channels=scenario.channels, **row("sites", 3, dispatch_units_per_day=a_day)(world())
        )
        assert fields(limited, tables, value) == found


def book(scenario: Scenario, picks: list[Any]) -> Book:
    options = options_of(scenario, picks)
    return Book([o.line for o in options], options, [])


def test_bursts_that_may_wait_less_count_among_those_that_may_wait_longer() -> None:
    second = world().channels[1].model_copy(update={"channel": "LIVE", "burst_days": 3})
    scenario = world(**row("channels", 1, burst_days=1)(world()))
    scenario = world(
        channels=(*scenario.channels, second),
        **row("sites", 3, dispatch_units_per_day=5.0)(world()),
        **add("channel_terms", world().channel_terms[1].model_copy(update={"channel": "LIVE"}))(
            world()
        ),
    )
    route = "truck > drayage > ship"
    picks = [("L1", name, route, 2, 4, "full", units) for name, units in (("SHOP", 4), ("LIVE", 8))]
    usages = burst_dispatch(Facts(scenario), book(scenario, picks))
    used = {(usage.label, usage.period): (usage.used, usage.limit) for usage in usages}
    assert used == {("GATE | 1 days", 4): (4, 5.0), ("GATE | 3 days", 4): (12, 15.0)}


def test_equal_prices_of_two_styles_are_close_and_two_lots_of_a_style_are_not() -> None:
    scenario = world(**row("channels", 0, price_distance_least=0.01)(world()))
    picks = [(lot, "HOME", "truck", 1, 1, "full", 1) for lot in ("L1", "L2")]
    (clash,) = close_prices(Facts(scenario), book(scenario, picks))
    assert clash.broken and clash.label == "HOME | dress | 195.51"
    same = scenario.model_copy(update=row("lots", 1, style="L1")(scenario))
    (kept,) = close_prices(Facts(same), book(same, picks))
    assert not kept.broken


# --- openings

TERM = r.OpeningTerm(
    opening="entry", opens=Opens.MARKET, markets=("ZA",), fixed_cost=500.0, currency="ZAR"
)


def paying(tables: Tables, *rows: tuple[str, str, str, float]) -> Tables:
    """The plan with these openings paid as well: opening, market, subject, cost."""
    more = pd.DataFrame(
        [(name, market, subject, "", 0, cost) for name, market, subject, cost in rows],
        columns=tables["openings"].columns,
    )
    return tables | {"openings": pd.concat([tables["openings"], more], ignore_index=True)}


def opened(**more: Any) -> Scenario:
    return world(opening_terms=(TERM.model_copy(update=more),))


def test_opening_paid_once_and_in_full_is_accepted() -> None:
    tables, value = plan(world())
    paid = paying(tables, ("entry", "ZA", "", 200.0))
    assert fields(opened(), paid, value - 200.0) == set()
    place = {("openings", "opening")}
    assert fields(opened(), tables, value - 200.0) == place
    wrong = paying(tables, ("entry", "ZA", "", 190.0))
    assert fields(opened(), wrong, value - 200.0) == place
    twice = paying(paid, ("entry", "ZA", "", 200.0))
    assert fields(opened(), twice, value - 200.0) == place
    vain = paying(tables, ("entry", "CN", "", 200.0))
    assert fields(opened(), vain, value - 200.0) == place
    assert fields(world(), paid, value - 200.0) == {("openings", "rule"), ("plan", "value")}


@pytest.mark.parametrize(
    ("opens", "rows"),
    [
        (Opens.CHANNEL, [("SHOP", 200.0)]),
        (Opens.BRAND_IN_CHANNEL, [("B1 | SHOP", 200.0), ("B2 | SHOP", 200.0)]),
        # The rand falls to 0.38 on 1 February, day 31: period 5 begins on day 40.
        (
            Opens.EVENT,
            [("SHOP | period 3", 200.0), ("SHOP | period 4", 200.0), ("SHOP | period 5", 190.0)],
        ),
    ],
)
def test_opening_is_paid_for_each_thing_opened(opens: Opens, rows: list[tuple[str, float]]) -> None:
    tables, value = plan(world())
    said = [("entry", "ZA", subject, cost) for subject, cost in rows]
    total = sum(cost for _, cost in rows)
    assert fields(opened(opens=opens), paying(tables, *said), value - total) == set()
    short = paying(tables, *said[:-1])
    assert fields(opened(opens=opens), short, value - total) == {("openings", "opening")}


def test_two_terms_on_one_thing_are_both_paid() -> None:
    tables, value = plan(world())
    both = world(opening_terms=(TERM, TERM.model_copy(update={"opening": "office"})))
    paid = paying(tables, ("entry", "ZA", "", 200.0), ("office", "ZA", "", 200.0))
    assert fields(both, paid, value - 400.0) == set()
    once = paying(tables, ("entry", "ZA", "", 200.0))
    assert fields(both, once, value - 400.0) == {("openings", "opening")}


def test_what_is_opened_sells_its_least() -> None:
    """37 units are sold in the shop."""
    tables, value = plan(world())
    paid = paying(tables, ("entry", "ZA", "", 200.0))
    for least, found in ((37, set()), (38, {("lines", "least_if_opened")})):
        assert fields(opened(least_units=least), paid, value - 200.0) == found


def test_an_opening_that_is_off_is_neither_paid_nor_owes_a_least() -> None:
    tables, value = plan(world())
    off = r.RuleSetting(rule="opening", subject="entry", mode=RuleMode.OFF)
    scenario = opened(least_units=99).model_copy(update={"rule_settings": (off,)})
    assert fields(scenario, tables, value) == set()
    assert not list(least_if_opened(Facts(scenario), book(scenario, [])))
    paid = paying(tables, ("entry", "ZA", "", 200.0))
    assert ("openings", "opening") in fields(scenario, paid, value)
