"""Rules about one option that a scenario makes soft or switches off, and what their breach costs."""

from __future__ import annotations

from planner.domain.vocabulary import RuleMode
from planner.errors import Finding
from planner.language import english
from planner.plan.audit.bounds import GAPS
from planner.plan.audit.facts import Facts
from planner.plan.audit.offers import OFFER_RULES
from planner.plan.audit.options import Option
from planner.plan.audit.read import Row, Rows, finding
from planner.plan.audit.tables import MONEY, differs

EASED = (
    "floor",
    "price_floor",
    "price_cap",
    "reseller_band",
    "private_only",
    "brand_consent",
    "excluded_market",
    "exclusive_channels",
    "shelf_life",
    "forbidden",
    "forbidden_mode",
)
"""Rules about one option that need not be hard."""


def asked_for(facts: Facts, o: Option, rule: str) -> tuple[RuleMode, float]:
    """How a rule is asked for and the price of its breach; the longest fitting subject counts."""
    mode, price, length = RuleMode.HARD, 0.0, -1
    if rule not in EASED or not facts.scenario.rule_settings:
        return mode, price
    for row in facts.scenario.rule_settings:
        fits = row.rule == rule and subject(o).startswith(row.subject)
        if fits and len(row.subject) > length:
            mode, price, length = row.mode, row.price, len(row.subject)
    return mode, price


def subject(o: Option) -> str:
    """What the settings of a rule about an option are chosen by."""
    return f"{o.lot.brand} | {o.channel.channel}"


def broken(facts: Facts, o: Option) -> dict[str, tuple[float, float]]:
    """Depth and price of every soft rule an option breaks."""
    found: dict[str, tuple[float, float]] = {}
    for rule in OFFER_RULES if facts.scenario.rule_settings else ():
        name = rule.__name__
        mode, price = asked_for(facts, o, name)
        if mode is RuleMode.SOFT and any(rule(facts, o)):
            found[name] = (GAPS[name](facts, o) if name in GAPS else 1.0, price)
    return found


def check_breaches(facts: Facts, options: list[Option], rows: Rows, found: list[Finding]) -> float:
    """Every breach of a soft rule is listed and charged, and nothing else. Returns their cost."""
    listed: dict[tuple[str, str], tuple[int, Row]] = {}
    for number, row in rows:
        key = (row["line"], row["rule"])
        if key in listed:
            found.append(
                finding(
                    "breaches", number, "rule", english("{name} comes twice.", name=" | ".join(key))
                )
            )
        listed[key] = (number, row)
    cost = 0.0
    for o in options:
        for rule, (depth, price) in broken(facts, o).items():
            cost += o.units * depth * price
            key = (o.line.line, rule)
            if key not in listed:
                problem = english(
                    "breaks the soft rule {rule}, no row of breaches says so.", rule=rule
                )
                found.append(finding("lines", o.row, rule, problem))
                continue
            number, row = listed.pop(key)
            if row["subject"] != subject(o):
                problem = english(
                    "is {written!r}, the line's is {right!r}.",
                    written=row["subject"],
                    right=subject(o),
                )
                found.append(finding("breaches", number, "subject", problem))
            for name, right, scale in (
                ("units", float(o.units), 1.0),
                ("depth_per_unit", depth, 1.0),
                ("price", price, 1.0),
                ("cost", o.units * depth * price, float(o.units)),
            ):
                if differs(row[name], right, scale):
                    problem = english(
                        "{rule}: is {written:.6f}, the line makes it {right:.6f}.",
                        rule=rule,
                        written=row[name],
                        right=right,
                    )
                    found.append(finding("breaches", number, name, problem))
    for key, (number, row) in listed.items():
        if row["cost"] > MONEY or row["units"]:
            problem = english("{name} is charged, the line keeps the rule.", name=" | ".join(key))
            found.append(finding("breaches", number, "rule", problem))
    return cost
