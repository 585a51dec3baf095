"""The independent audit: a plan recomputed by plain arithmetic.

It knows the scenario's records and the plan's tables and nothing of the code that made the plan.
Its only law is docs/model.md: one function here for each heading there.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain
from math import isfinite

import pandas as pd

from planner.domain.scenario import Scenario
from planner.domain.vocabulary import RuleMode
from planner.errors import Finding
from planner.language import english
from planner.plan.audit.breaches import asked_for, check_breaches
from planner.plan.audit.corridor import check_arbitrage
from planner.plan.audit.facts import Facts, MissingFactError
from planner.plan.audit.freight import borne, check_departures, check_freight
from planner.plan.audit.goals import check_goals
from planner.plan.audit.money import emissions, waterfall
from planner.plan.audit.offers import OFFER_RULES
from planner.plan.audit.options import Line, Option, Resolver
from planner.plan.audit.papers import check_openings, unpaid
from planner.plan.audit.read import Row, finding, read, read_lines
from planner.plan.audit.rules import check_rules
from planner.plan.audit.soft import check_shortfalls
from planner.plan.audit.tables import (
    check_exits,
    check_legs,
    check_limits,
    check_line_money,
    check_parties,
    check_prices,
    check_waterfall,
    conservation,
    must_clear,
    waterfalls_by_line,
)
from planner.plan.audit.usage import Book

__all__ = ["audit"]

VALUE = 0.01
"""Largest difference between the plan's value and its recomputation, in planning currency."""


def audit(
    scenario: Scenario, tables: Mapping[str, pd.DataFrame], value: float
) -> tuple[Finding, ...]:
    """Every fault of a plan, each once, in the order of its tables; () for a plan without fault."""
    found: list[Finding] = []
    facts = Facts(scenario)
    lines = read_lines(tables, found)
    falls = waterfalls_by_line(lines, read(tables, "waterfalls", found), found)
    options = resolved(facts, lines, found)
    netbacks = check_options(facts, options, falls, found)
    for fall in falls.values():
        conservation(fall, found)
    exits = read(tables, "exits", found)
    openings = read(tables, "openings", found)
    short = read(tables, "shortfalls", found)
    promises = [each for each in short if each[1]["rule"] == "must_clear"]
    shortfalls = [each for each in short if each[1]["rule"] != "must_clear"]
    try:
        boxes, box_loads = read(tables, "boxes", found), read(tables, "box_loads", found)
        book = Book(lines, options, exits, openings, boxes, box_loads)
        usages = check_rules(facts, book, found)
        worth = check_exits(facts, exits, found)
        opened = check_openings(facts, options, openings, found)
        missed = must_clear(facts, options, exits, promises, found)
        measured = [*unpaid(facts, options, openings), *chain.from_iterable(usages.values())]
        missed += check_shortfalls(facts, book, measured, shortfalls, found)
        missed += check_breaches(facts, options, read(tables, "breaches", found), found)
        trades = read(tables, "arbitrage", found) if "arbitrage" in tables else None
        missed += check_arbitrage(facts, options, trades, found)
        freight = check_freight(facts, book, read(tables, "charges", found), found)
        settled = borne(facts, freight)
        if "legs" in tables:
            legs = read(tables, "legs", found)
            check_legs(facts, lines, options, legs, freight.by_line, found)
            check_departures(freight, legs, found)
    except MissingFactError as fault:
        found.append(finding("plan", 0, "", str(fault), english("Complete the scenario.")))
        return tuple(sorted(set(found)))
    if "prices" in tables:
        check_prices(facts, options, read(tables, "prices", found), found)
    if "parties" in tables:
        check_parties(lines, falls, settled, read(tables, "parties", found), found)
    check_limits(usages, read(tables, "limits", found), found)
    right = plan_value(facts, lines, options, netbacks, falls) + worth - opened - missed
    right += freight.settlement
    if "goals" in tables:
        check_goals(facts, book, right, read(tables, "goals", found), found)
    if not isfinite(value) or abs(right - value) > VALUE:
        problem = english(
            "the plan says {value:.4f}, its tables add up to {right:.4f}.", value=value, right=right
        )
        found.append(finding("plan", 0, "value", problem))
    return tuple(sorted(set(found)))


def resolved(facts: Facts, lines: list[Line], found: list[Finding]) -> list[Option]:
    """The lines the scenario knows; the faults of the others become findings."""
    resolver = Resolver(facts)
    options: list[Option] = []
    for line in lines:
        try:
            option, faults = resolver.resolve(line)
        except MissingFactError as fault:
            option, faults = None, [("", str(fault))]
        found += [finding("lines", line.row, field, problem) for field, problem in faults]
        if option is not None:
            options.append(option)
    return options


def check_options(
    facts: Facts, options: list[Option], falls: dict[str, Row], found: list[Finding]
) -> dict[str, float]:
    """Offers and money of every line. Returns the right netback by line."""
    netbacks: dict[str, float] = {}
    eased = bool(facts.scenario.rule_settings)
    for o in options:
        try:
            for rule in OFFER_RULES:
                if eased and asked_for(facts, o, rule.__name__)[0] is not RuleMode.HARD:
                    continue
                for field, problem in rule(facts, o):
                    said = f"{rule.__name__}: {problem}"
                    found.append(finding("lines", o.row, field, said))
            right = waterfall(facts, o)
        except MissingFactError as fault:
            found.append(finding("lines", o.row, "", str(fault), english("Complete the scenario.")))
            continue
        netbacks[o.line.line] = right["netback"]
        check_line_money(o, right, found)
        if o.line.line in falls:
            check_waterfall(o, right, falls[o.line.line], found)
    return netbacks


def plan_value(
    facts: Facts,
    lines: list[Line],
    options: list[Option],
    netbacks: dict[str, float],
    falls: dict[str, Row],
) -> float:
    """Units x (netback + value per unit cleared - price of CO2e); unread lines as written."""
    header = facts.header
    carbon = {o.line.line: emissions(o) * header.co2e_price_per_kg for o in options}
    total = 0.0
    for line in lines:
        written = falls[line.line]["netback"] if line.line in falls else 0.0
        netback = netbacks.get(line.line, written)
        total += line.units * (netback + header.value_per_unit_cleared - carbon.get(line.line, 0.0))
    return total
