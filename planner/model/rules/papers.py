"""Rules of documents: certificates and the papers of a shipment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Ints
from planner.domain.lookup import Lookup
from planner.domain.records import ComplianceRule
from planner.domain.vocabulary import FixedPer, RuleEffect
from planner.landed_cost.options import Priced
from planner.model.board import Board, block, links
from planner.model.columns import Family
from planner.model.program import Block, Kind


@dataclass(frozen=True)
class Opening:
    """One fixed cost that may have to be paid, with the options that need it.

    `papers` lists (rule, market or '', subject, cost in PC): rules whose papers cover exactly the
    same options are opened together. ship_period 0 = not tied to a shipment.
    """

    papers: tuple[tuple[str, str, str, float], ...]
    route: str
    ship_period: int
    options: Ints
    most: float

    @property
    def cost(self) -> float:
        """PC for all the papers."""
        return sum(paper[3] for paper in self.papers)

    @property
    def label(self) -> str:
        """Name of the row that links options to the opening."""
        return " + ".join(f"{rule} {subject}".strip() for rule, _, subject, _ in self.papers)


@dataclass(frozen=True, kw_only=True)
class Papers(Family):
    """One column per opening: certificates and shipments' papers, 0 or 1."""

    kind = Kind.OPENING
    openings: tuple[Opening, ...]


def papers_of(priced: Priced) -> Papers:
    """The columns of all certificates and shipments' papers."""
    openings = openings_of(priced)
    return Papers(
        labels=[opening.label for opening in openings],
        periods=np.array([opening.ship_period for opening in openings], dtype=np.int64),
        value=np.array([-opening.cost for opening in openings]),
        most=np.ones(len(openings)),
        openings=openings,
    )


def openings_of(priced: Priced) -> tuple[Opening, ...]:
    """Every certificate and every shipment's papers that some option needs.

    Papers that a rule setting may make soft or switch off are opened by themselves.
    """
    found: dict[tuple[bytes, str, int, str], Opening] = {}
    named = {row.rule for row in priced.lookup.scenario.rule_settings}
    lots = priced.lookup.scenario.lots
    lot_units = np.array([lot.units for lot in lots], dtype=float)
    for rule in priced.lookup.scenario.rules:
        charged = rule.effect in (RuleEffect.REQUIRE, RuleEffect.QUOTA, RuleEffect.PREFERENCE)
        if not charged or rule.fixed_per == FixedPer.NONE or rule.fixed_cost <= 0:
            continue
        touched = touched_options(priced, rule.rule)
        moving = priced.trips.frozen[priced.options.trip[touched]] < 0
        of_shipment = rule.fixed_per == FixedPer.SHIPMENT
        by = _by_shipment if of_shipment else _by_subject
        alone = ("shipment_papers" if of_shipment else "certificate") in named
        for paper, route, period, members in by(priced, rule, touched[moving]):
            same = (members.tobytes(), route, period, " | ".join(paper[:3]) if alone else "")
            held = np.bincount(priced.options.lot[members], minlength=len(lots)) > 0
            most = float(lot_units[held].sum())
            before = found[same].papers if same in found else ()
            found[same] = Opening((*before, paper), route, period, members, most)
    return tuple(found.values())


Paper = tuple[str, str, str, float]
"""Rule, market (blank = shared), subject and cost in PC."""


def _by_shipment(
    priced: Priced, rule: ComplianceRule, touched: Ints
) -> list[tuple[Paper, str, int, Ints]]:
    """Papers of every (market, trip): all goods that leave together are one shipment."""
    lookup, trips, options = priced.lookup, priced.trips, priced.options
    market = _markets(lookup)[options.channel[touched]]
    found = []
    for at_market, trip, members in _groups(market, options.trip[touched], touched):
        cost = _fixed_cost(lookup, rule, int(trips.ship_day[trip]))
        paper = (rule.rule, lookup.scenario.markets[at_market].market, "", cost)
        found.append((paper, trips.name(trip, lookup), int(trips.ship_period[trip]), members))
    return found


def _by_subject(
    priced: Priced, rule: ComplianceRule, touched: Ints
) -> list[tuple[Paper, str, int, Ints]]:
    """Certificates of every style, sku or model, for each market unless one serves all."""
    lookup, options = priced.lookup, priced.options
    names = [getattr(lot, rule.fixed_per.value) for lot in lookup.scenario.lots]
    number = {name: k for k, name in enumerate(dict.fromkeys(names))}
    subject = np.array([number[name] for name in names])[options.lot[touched]]
    market = _markets(lookup)[options.channel[touched]]
    if rule.shared_across_markets:
        market = np.zeros_like(market)
    found = []
    for at_market, _, members in _groups(market, subject, touched):
        name = names[options.lot[members[0]]]
        where = "" if rule.shared_across_markets else lookup.scenario.markets[at_market].market
        paper = (rule.rule, where, name, _fixed_cost(lookup, rule, 0))
        found.append((paper, "", 0, members))
    return found


def _markets(lookup: Lookup) -> Ints:
    """Market of every channel."""
    return np.array([lookup.market_at[row.market] for row in lookup.scenario.channels])


def _fixed_cost(lookup: Lookup, rule: ComplianceRule, day: int) -> float:
    currency = rule.fixed_currency or lookup.header.currency
    return rule.fixed_cost * float(lookup.fx(currency, day))


def touched_options(priced: Priced, rule_name: str) -> Ints:
    """Positions of the options a rule touches on their arrival date."""
    lookup, options = priced.lookup, priced.options
    rule = next(row for row in lookup.scenario.rules if row.rule == rule_name)
    hit = np.zeros(len(options), dtype=bool)
    for channel in range(len(lookup.scenario.channels)):
        here = options.of_channel(channel)
        arrival = priced.trips.arrival_day[options.trip[here]]
        hit[here] = lookup.rule_touches(rule, channel, options.lot[here], arrival)
    found: Ints = np.flatnonzero(hit)
    return found


def _groups(first: Ints, second: Ints, members: Ints) -> list[tuple[int, int, Ints]]:
    """Members by their pair of keys, sorted by the keys."""
    if not len(members):
        return []
    order = np.lexsort((second, first))
    one, two = first[order], second[order]
    change = np.flatnonzero((np.diff(one) != 0) | (np.diff(two) != 0)) + 1
    parts = np.split(members[order], change)
    starts = [0, *change.tolist()]
    return [
        (int(one[start]), int(two[start]), np.sort(part))
        for start, part in zip(starts, parts, strict=True)
    ]


def certificate(board: Board) -> Block:
    """Goods that need a certificate move only when it is paid for."""
    return _opening_rows(board, "certificate", of_shipment=False)


def shipment_papers(board: Board) -> Block:
    """Goods on a trip move only when the shipment's papers are paid for."""
    return _opening_rows(board, "shipment_papers", of_shipment=True)


def _opening_rows(board: Board, rule: str, *, of_shipment: bool) -> Block:
    """options - M x opening <= 0 with M = the units of the lots concerned, the tightest in general."""
    papers, first = board.columns.of(Papers), board.columns.first(Papers)
    chosen = [k for k, o in enumerate(papers.openings) if (o.ship_period > 0) == of_shipment]
    openings = [papers.openings[k] for k in chosen]
    gates = first + np.array(chosen, dtype=np.int64)
    names = [(opening.label, opening.ship_period) for opening in openings]
    most = np.array([opening.most for opening in openings])
    entries = links(gates, [opening.options for opening in openings], most)
    return block(rule, "units", names, entries, [0.0] * len(names), link=True)
