"""Prices over time: the rungs a style was really sold at, against what price_paths asks of them.

The list price between two sales is not seen. A plan keeps a rule when some list price could have
been there (docs/model.md says what that means for the sales themselves).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil

from planner.domain import records as r
from planner.plan.audit.facts import Facts, selected
from planner.plan.audit.usage import Book, Usage


@dataclass(slots=True)
class Path:
    """A style in the channels that share one price: the rows that touch them, and what was sold.

    sold[period][rung] = first row of the table of lines; rungs are numbered, the dearest 0.
    """

    label: str
    rows: list[r.PricePath]
    sold: dict[int, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))

    @property
    def steps(self) -> int | None:
        """Rungs the price may fall at once; None = any number."""
        asked = [row.rungs_per_step_most for row in self.rows]
        return min((most for most in asked if most is not None), default=None)

    @property
    def speaks_of_changes(self) -> bool:
        """Rules about changes of the price need one price in a period."""
        return self.steps is not None or any(
            row.markdowns_most is not None or row.no_touch_from is not None for row in self.rows
        )

    def still(self, period: int) -> bool:
        """Whether the price may not change into a period."""
        return any(
            row.no_touch_from is not None
            and row.no_touch_from <= period <= (row.no_touch_to or row.no_touch_from)
            for row in self.rows
        )

    def moves(self) -> Iterator[tuple[int, int, int, int]]:
        """Fall in rungs, periods in which the price may change, and period and row of each next sale."""
        periods = sorted(self.sold)
        for before, after in pairwise(periods):
            free = sum(not self.still(period) for period in range(before + 1, after + 1))
            fall = max(self.sold[after]) - max(self.sold[before])
            yield fall, free, after, min(self.sold[after].values())


def paths(facts: Facts, book: Book) -> list[Path]:
    """Every path some row of price_paths touches, with its sales."""
    if not facts.scenario.price_paths:
        return []
    lots: dict[str, list[r.Lot]] = defaultdict(list)
    for lot in facts.lots.values():
        lots[lot.style].append(lot)
    made: dict[str, dict[str, Path]] = {}
    for o in book.options:
        style = o.lot.style
        if style not in made:
            made[style] = _of_style(facts, style, lots[style])
        path = made[style].get(o.channel.channel)
        if path is not None:
            rung = _number(facts, o.channel.ladder, o.rung)
            path.sold[o.line.sell_period].setdefault(rung, o.row)
    return list({id(path): path for of in made.values() for path in of.values()}.values())


def _of_style(facts: Facts, style: str, lots: list[r.Lot]) -> dict[str, Path]:
    """The path of each channel in which a style's price is ruled; tied channels share theirs."""
    touching = [
        row
        for row in facts.scenario.price_paths
        if any(selected(t.brand, row.brands) and selected(t.category, row.categories) for t in lots)
    ]
    groups = [{name} for name in facts.channels]
    for row in touching:
        if row.same_price:
            tied = [g for g in groups if any(selected(name, row.channels) for name in g)]
            groups = [g for g in groups if g not in tied] + ([set().union(*tied)] if tied else [])
    found: dict[str, Path] = {}
    for group in groups:
        rows = [row for row in touching if any(selected(name, row.channels) for name in group)]
        if rows:
            path = Path(f"{style} | {' + '.join(sorted(group))}", rows)
            found |= dict.fromkeys(group, path)
    return found


def _number(facts: Facts, ladder: str, rung: r.LadderRung) -> int:
    """How many prices of the ladder are dearer."""
    prices = {each.price_ratio for (name, _), each in facts.rungs.items() if name == ladder}
    return sum(price > rung.price_ratio for price in prices)


def no_rise(facts: Facts, book: Book) -> Iterable[Usage]:
    """No sale at a dearer rung than one of an earlier period."""
    for path in paths(facts, book):
        if any(row.no_rise for row in path.rows):
            lowest = 0
            for period in sorted(path.sold):
                rise = max(0, lowest - min(path.sold[period]))
                yield _usage("no_rise", path, period, "rungs of rise", 0, rise)
                lowest = max(lowest, *path.sold[period])


def one_price(facts: Facts, book: Book) -> Iterable[Usage]:
    """One rung in a period, where that is asked for or other rules need it."""
    for path in paths(facts, book):
        asked = path.speaks_of_changes or any(row.one_price for row in path.rows)
        if asked and not any(row.same_price for row in path.rows):
            for period, rungs in path.sold.items():
                yield _usage("one_price", path, period, "prices", 1, len(rungs))


def same_price(facts: Facts, book: Book) -> Iterable[Usage]:
    """One rung in a period over all the channels tied together."""
    for path in paths(facts, book):
        if any(row.same_price for row in path.rows):
            for period, rungs in path.sold.items():
                yield _usage("same_price", path, period, "prices", 1, len(rungs))


def price_step(facts: Facts, book: Book) -> Iterable[Usage]:
    """Between two sales the price fell no further than its steps could carry it."""
    for path in paths(facts, book):
        if path.steps is not None:
            for fall, free, period, row in path.moves():
                most = path.steps * free
                yield Usage("price_step", path.label, period, "rungs", most, "<", max(0, fall), row)


def markdown_count(facts: Facts, book: Book) -> Iterable[Usage]:
    """Falls of the price, each counted as the steps it needs."""
    for path in paths(facts, book):
        limits = [row.markdowns_most for row in path.rows if row.markdowns_most is not None]
        if limits:
            falls = [fall for fall, *_ in path.moves() if fall > 0]
            used = sum(ceil(fall / path.steps) if path.steps else 1 for fall in falls)
            yield _usage("markdown_count", path, 0, "mark-downs", min(limits), used)


def no_touch(facts: Facts, book: Book) -> Iterable[Usage]:
    """Two sales with no period between in which the price may change have the same price."""
    for path in paths(facts, book):
        for fall, free, period, row in path.moves():
            if free == 0:
                yield Usage("no_touch", path.label, period, "rungs", 0, "<", abs(fall), row)


def distinct_prices(facts: Facts, book: Book) -> Iterable[Usage]:
    """Different rungs sold at over the horizon."""
    for path in paths(facts, book):
        limits = [
            row.distinct_prices_most for row in path.rows if row.distinct_prices_most is not None
        ]
        if limits:
            used = len({rung for rungs in path.sold.values() for rung in rungs})
            yield _usage("distinct_prices", path, 0, "prices", min(limits), used)


def _usage(rule: str, path: Path, period: int, unit: str, limit: int, used: int) -> Usage:
    rows = [
        row for when, rungs in path.sold.items() for row in rungs.values() if period in (0, when)
    ]
    return Usage(rule, path.label, period, unit, limit, "<", used, min(rows, default=0))


PRICE_RULES = (
    no_rise,
    one_price,
    same_price,
    price_step,
    markdown_count,
    no_touch,
    distinct_prices,
)
"""Rules of prices over time."""
