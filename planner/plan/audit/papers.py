"""Fixed costs: certificates and shipment papers, each needed one paid exactly once."""

from __future__ import annotations

from planner.domain import records as r
from planner.domain.vocabulary import FixedPer, RuleEffect
from planner.errors import Finding
from planner.plan.audit.facts import Facts
from planner.plan.audit.options import CERTIFICATES, Option
from planner.plan.audit.read import Row, Rows, finding

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


def needed(facts: Facts, options: list[Option]) -> dict[Paper, tuple[float, int]]:
    """Every paper the plan needs: its cost and the row of the first line that needs it."""
    papers: dict[Paper, tuple[float, int]] = {}
    for o in options:
        if o.journey.frozen is not None:
            continue
        for rule in o.rules:
            if rule.fixed_cost <= 0:
                continue
            for kind in (certificate, shipment_papers):
                found = kind(facts, o, rule)
                if found is not None:
                    papers.setdefault(found[0], (found[1], o.row))
    return papers


def check_openings(
    facts: Facts, options: list[Option], openings: Rows, found: list[Finding]
) -> float:
    """Each needed paper paid once and in full, none paid in vain. Returns their right cost."""
    papers = needed(facts, options)
    paid: set[Paper] = set()
    for number, row in openings:
        rule = facts.rules.get(row["rule"])
        if rule is None:
            problem = f"names the unknown rule {row['rule']!r}."
            found.append(finding("openings", number, "rule", problem))
            continue
        name, paper = _name(rule), _paper(facts, rule, row)
        if paper in paid:
            found.append(finding("openings", number, name, f"{_said(paper)} is paid twice."))
        paid.add(paper)
        if paper not in papers:
            if row["cost"] > 0:
                problem = f"{row['cost']:.2f} is paid for {_said(paper)}, which nothing needs."
                found.append(finding("openings", number, name, problem))
            continue
        cost = papers[paper][0]
        if abs(row["cost"] - cost) > 1e-6 * max(1.0, cost):
            problem = f"{_said(paper)} is charged {row['cost']:.6f} instead of {cost:.6f}."
            found.append(finding("openings", number, name, problem))
    for paper, (cost, line) in papers.items():
        if paper not in paid:
            name = _name(facts.rules[paper[0]])
            problem = f"{_said(paper)} is needed by row {line} of lines, {cost:.2f} is not paid."
            found.append(finding("openings", 0, name, problem))
    return sum(cost for cost, _ in papers.values())


def _name(rule: r.ComplianceRule) -> str:
    return "shipment_papers" if rule.fixed_per is FixedPer.SHIPMENT else "certificate"


def _paper(facts: Facts, rule: r.ComplianceRule, row: Row) -> Paper:
    """A row of the table of openings as the paper it pays for."""
    if rule.fixed_per is FixedPer.SHIPMENT:
        return (rule.rule, row["market"], "", row["route"], row["ship_period"])
    return (rule.rule, row["market"], row["subject"], "", 0)


def _said(paper: Paper) -> str:
    return " | ".join(str(part) for part in paper if part)
