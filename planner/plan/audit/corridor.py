"""Prices of a style in different markets: what a parallel trader could still earn between any two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf

from planner.domain import records as r
from planner.domain.vocabulary import CorridorMode
from planner.errors import Finding
from planner.language import english
from planner.plan.audit.facts import Facts, is_wholesale, selected
from planner.plan.audit.landed import border
from planner.plan.audit.options import Option
from planner.plan.audit.read import Row, Rows, finding
from planner.plan.audit.tables import MONEY, differs
from planner.plan.audit.usage import Book, Usage

SLACK = 1e-9
"""Prices this near to a limit keep it, in planning currency."""

Pair = tuple[str, str, str]
"""Style, market bought in, market sold in."""


@dataclass(frozen=True, slots=True)
class Trade:
    """A style bought where it is cheapest in one market and sold at the dearest price of another.

    Prices are PC before tax; `limit` is what the unit costs the trader there, `row` a line sold at
    the dearest price.
    """

    style: str
    bought_in: str
    sold_in: str
    lowest: float
    highest: float
    limit: float
    ratio: float
    row: int

    @property
    def label(self) -> str:
        return f"{self.style} | {self.bought_in} | {self.sold_in}"

    @property
    def profit(self) -> float:
        """What the trader earns on a unit; negative = nothing."""
        return self.highest - self.limit


def before_tax(facts: Facts, o: Option) -> float:
    """The price of a line without its VAT, at the rates of day 0."""
    if is_wholesale(o.channel):
        return o.price
    return o.price * facts.fx(o.market.currency, 0) / (1 + o.market.vat_rate)


def trades(facts: Facts, options: list[Option]) -> list[Trade]:
    """Every ordered pair of markets each style is sold in, ignored corridors left out."""
    sold: dict[str, dict[str, list[tuple[float, int]]]] = defaultdict(lambda: defaultdict(list))
    for o in options:
        sold[o.lot.style][o.market.market].append((before_tax(facts, o), o.row))
    first: dict[str, r.Lot] = {}
    for lot in sorted(facts.lots.values(), key=lambda each: each.lot):
        first.setdefault(lot.style, lot)
    found: list[Trade] = []
    for style, markets in sold.items():
        lot = first[style]
        for bought_in in markets:
            lowest = min(markets[bought_in])[0]
            for sold_in in markets:
                limit = carried(facts, lot, bought_in, sold_in, lowest)
                if sold_in != bought_in and limit is not None:
                    highest, row = max(markets[sold_in], key=lambda each: each[0])
                    ratio = facts.brands[lot.brand].corridor_ratio
                    found.append(
                        Trade(style, bought_in, sold_in, lowest, highest, limit, ratio, row)
                    )
    return found


def carried(facts: Facts, lot: r.Lot, bought_in: str, sold_in: str, price: float) -> float | None:
    """What a unit bought at a price costs once it is in another market; None = never mind."""
    freight = risk = 0.0
    for term in sorted(facts.scenario.corridors, key=lambda each: each.corridor):
        if (
            selected(bought_in, term.from_markets)
            and selected(sold_in, term.to_markets)
            and selected(lot.brand, term.brands)
        ):
            if term.ignored:
                return None
            rate = facts.fx(term.currency, 0)
            freight = (term.freight_per_unit + term.freight_per_kg * lot.kg) * rate
            risk = term.risk_margin * rate
            break
    market = facts.markets[sold_in]
    if facts.markets[bought_in].country == market.country:
        return price + freight + risk
    dues = border(
        facts,
        lot,
        market,
        fob=price,
        freight=freight,
        arrival_day=0,
        arrival=facts.start,
        preferred=False,
    )
    charges = dues.insurance + dues.duty + dues.antidumping + dues.levies + dues.excise
    return price + freight + charges + risk


def corridor(facts: Facts, book: Book) -> Iterable[Usage]:
    """The dearest price of one market beside the cheapest of another, for every ordered pair."""
    header = facts.header
    if header.corridor is CorridorMode.OFF:
        return
    for trade in trades(facts, book.options):
        limits = []
        if header.corridor is CorridorMode.HARD:
            limits.append(trade.limit + header.corridor_tolerance + SLACK)
        if trade.ratio > 0:
            limits.append((trade.lowest + SLACK) / trade.ratio)
        for limit in limits:
            yield Usage(
                "corridor", trade.label, 0, "PC a unit", limit, "<", trade.highest, trade.row
            )


def leak(facts: Facts, trade: Trade) -> float:
    """What a trade is charged for, PC: the units expected to leak, each at the profit beyond the
    tolerance."""
    header = facts.header
    if header.corridor is not CorridorMode.LEAK:
        return 0.0
    return header.corridor_leak_units * max(0.0, trade.profit - header.corridor_tolerance)


def check_arbitrage(
    facts: Facts, options: list[Option], rows: Rows | None, found: list[Finding]
) -> float:
    """The best trade left of every style is listed, and every trade that is charged for.

    Returns the right cost of all leaks. `rows` is None where the plan has no such table.
    """
    every = {(t.style, t.bought_in, t.sold_in): t for t in trades(facts, options)}
    cost = sum(leak(facts, trade) for trade in every.values())
    if rows is None:
        return cost
    listed: set[Pair] = set()
    for number, row in rows:
        key = (row["style"], row["from_market"], row["to_market"])
        if key in listed or key not in every:
            problem = english(
                "{name} comes twice."
                if key in listed
                else "{name} is no pair of markets it is sold in.",
                name=" | ".join(key),
            )
            found.append(finding("arbitrage", number, "style", problem))
            continue
        listed.add(key)
        for name, problem in _wrong(facts, every[key], row):
            found.append(finding("arbitrage", number, name, problem))
    for trade in _missing(facts, every, listed):
        problem = english(
            "{label} leaves {profit:.6f} a unit, no row says so.",
            label=trade.label,
            profit=trade.profit,
        )
        found.append(finding("arbitrage", 0, "style", problem))
    return cost


def _wrong(facts: Facts, trade: Trade, row: Row) -> Iterator[tuple[str, str]]:
    for name, right in (
        ("lowest_price", trade.lowest),
        ("highest_price", trade.highest),
        ("carrying_limit", trade.limit),
        ("profit_per_unit", trade.profit),
        ("allowed", facts.header.corridor_tolerance),
        ("cost", leak(facts, trade)),
    ):
        if differs(row[name], right, right):
            yield (
                name,
                english(
                    "{label}: is {written:.6f}, the lines make it {right:.6f}.",
                    label=trade.label,
                    written=row[name],
                    right=right,
                ),
            )


def _missing(facts: Facts, every: dict[Pair, Trade], listed: set[Pair]) -> Iterator[Trade]:
    """Trades that cost money, and the best of each style, that no row lists."""
    best: dict[str, Trade] = {}
    shown: dict[str, float] = defaultdict(lambda: -inf)
    for pair, trade in every.items():
        if trade.style not in best or trade.profit > best[trade.style].profit:
            best[trade.style] = trade
        if pair in listed:
            shown[trade.style] = max(shown[trade.style], trade.profit)
        elif leak(facts, trade) > MONEY:
            yield trade
    for style, trade in best.items():
        if shown[style] < trade.profit - MONEY and leak(facts, trade) <= MONEY:
            yield trade
