"""Fixed costs: certificates, shipment papers and openings, each needed one paid exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from planner.domain import records as r
from planner.domain.vocabulary import FixedPer, RuleEffect, RuleMode
from planner.errors import Finding
from planner.language import english
from planner.plan.audit.facts import Facts
from planner.plan.audit.openings import opened
from planner.plan.audit.options import CERTIFICATES, Option
from planner.plan.audit.read import Row, Rows, finding
from planner.plan.audit.settings import asked
from planner.plan.audit.usage import Usage

CERTIFIED = (RuleEffect.REQUIRE, RuleEffect.QUOTA, RuleEffect.PREFERENCE)
Paper = tuple[str, str, str, str, int]
"""Rule, market, subject, route and ship period; those that do not apply are blank."""


def certificate(facts: Facts, o: Option, rule: r.ComplianceRule) -> tuple[Paper, float] | None:
    """The certificate an option needs under a rule, and its cost at the rates of day 0."""
    if rule.effect not in CERTIFIED or rule.fixed_per not in CERTIFICATES:
        return None
    subject = {
        FixedPer.STYLE: o.lot.style,
        FixedPer.SKU: o.lot.sku,
        FixedPer.MODEL: o.lot.model,
    }[rule.fixed_per]
    market = "" if rule.shared_across_markets else o.market.market
    return (rule.rule, market, subject, "", 0), rule.fixed_cost * facts.fx(rule.fixed_currency, 0)


def shipment_papers(facts: Facts, o: Option, rule: r.ComplianceRule) -> tuple[Paper, float] | None:
    """The papers of the shipment an option is part of, at the rates of its ship day."""
    if rule.fixed_per is not FixedPer.SHIPMENT:
        return None
    cost = rule.fixed_cost * facts.fx(rule.fixed_currency, o.journey.ship_day)
    return (rule.rule, o.market.market, "", o.journey.name, o.line.ship_period), cost


@dataclass(slots=True)
class Need:
    """Something that must be paid for: its rule in docs/model.md, its limit, and who needs it."""

    rule: str
    label: str
    period: int
    cost: float
    row: int
    units: int = 0


def needed(facts: Facts, options: list[Option]) -> dict[Paper, Need]:
    """Everything the plan needs paid for, unless it is not asked for."""
    needs: dict[Paper, Need] = {}
    for o in options:
        for paper, need in _needs(facts, o):
            if asked(facts, need.rule, need.label)[0] is not RuleMode.OFF:
                needs.setdefault(paper, need).units += o.units
    return needs


def _needs(facts: Facts, o: Option) -> Iterator[tuple[Paper, Need]]:
    """What an option needs: papers unless it is on the way already, and openings."""
    for rule in o.rules if o.journey.frozen is None else ():
        for kind in (certificate, shipment_papers):
            found = kind(facts, o, rule) if rule.fixed_cost > 0 else None
            if found is not None:
                paper, cost = found
                label = f"{rule.rule} {paper[2]}".strip()
                yield paper, Need(kind.__name__, label, paper[4], cost, o.row)
    for _, thing, label, period, cost in opened(facts, o):
        yield (*thing, "", 0), Need("opening", label, period, cost, o.row)


def check_openings(
    facts: Facts, options: list[Option], openings: Rows, found: list[Finding]
) -> float:
    """Each needed paper paid once and in full, none paid in vain. Returns their right cost."""
    needs = needed(facts, options)
    paid: set[Paper] = set()
    for number, row in openings:
        if row["rule"] not in facts.rules and row["rule"] not in facts.opening_terms:
            problem = english("names the unknown rule {rule!r}.", rule=row["rule"])
            found.append(finding("openings", number, "rule", problem))
            continue
        name, paper = _name(facts, row), _paper(facts, row)
        if paper in paid:
            found.append(
                finding(
                    "openings", number, name, english("{paper} is paid twice.", paper=_said(paper))
                )
            )
        paid.add(paper)
        if paper not in needs:
            if row["cost"] > 0:
                problem = english(
                    "{cost:.2f} is paid for {paper}, which nothing needs.",
                    cost=row["cost"],
                    paper=_said(paper),
                )
                found.append(finding("openings", number, name, problem))
            continue
        cost = needs[paper].cost
        if abs(row["cost"] - cost) > 1e-6 * max(1.0, cost):
            problem = english(
                "{paper} is charged {written:.6f} instead of {right:.6f}.",
                paper=_said(paper),
                written=row["cost"],
                right=cost,
            )
            found.append(finding("openings", number, name, problem))
    for paper, need in needs.items():
        if paper not in paid and need.cost > 0 and not _soft(facts, need):
            problem = english(
                "{paper} is needed by row {row} of lines, {cost:.2f} is not paid.",
                paper=_said(paper),
                row=need.row,
                cost=need.cost,
            )
            found.append(finding("openings", 0, need.rule, problem))
    return sum(n.cost for paper, n in needs.items() if paper in paid or not _soft(facts, n))


def unpaid(facts: Facts, options: list[Option], openings: Rows) -> Iterator[Usage]:
    """Of papers and openings that are soft: the units sold without them."""
    paid = {_paper(facts, row) for _, row in openings}
    for paper, need in needed(facts, options).items():
        if _soft(facts, need):
            used = 0 if paper in paid else need.units
            yield Usage(need.rule, need.label, need.period, "units", 0, "<", used, need.row)


def _soft(facts: Facts, need: Need) -> bool:
    return asked(facts, need.rule, need.label)[0] is RuleMode.SOFT


def _name(facts: Facts, row: Row) -> str:
    """The rule of docs/model.md a row of the table of openings belongs to."""
    if row["rule"] not in facts.rules:
        return "opening"
    return "shipment_papers" if _of_shipment(facts, row) else "certificate"


def _of_shipment(facts: Facts, row: Row) -> bool:
    """Whether a row pays for a shipment's papers; an opening of the same name has no route."""
    rule = facts.rules.get(row["rule"])
    of_shipment = rule is not None and rule.fixed_per is FixedPer.SHIPMENT
    return of_shipment and (bool(row["route"]) or row["rule"] not in facts.opening_terms)


def _paper(facts: Facts, row: Row) -> Paper:
    """A row of the table of openings as the paper it pays for."""
    if _of_shipment(facts, row):
        return (row["rule"], row["market"], "", row["route"], row["ship_period"])
    return (row["rule"], row["market"], row["subject"], "", 0)


def _said(paper: Paper) -> str:
    return " | ".join(str(part) for part in paper if part)
