"""What soft rules cost that are charged step by step (docs/model.md): prices over time, close prices
and the corridor, reckoned from the records and the audit's reading of them."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise, product
from math import inf

from planner.domain.vocabulary import CorridorMode, RuleMode
from planner.plan.audit.access import events, shelf_price
from planner.plan.audit.corridor import SLACK, before_tax, carried
from planner.plan.audit.facts import Facts
from planner.plan.audit.options import Option
from planner.plan.audit.price_paths import Path, paths
from planner.plan.audit.settings import asked
from planner.plan.audit.soft import STEPWISE
from planner.plan.audit.usage import Book

Sold = dict[int, dict[int, int]]
"""Units by period and rung."""


def stepwise(facts: Facts, book: Book, every: Book) -> float:
    """PC for everything soft that a plan misses, infinite where a hard rule is missed beside it.

    `every` holds all options there are.
    """
    settings = [row for row in facts.scenario.rule_settings if row.rule in STEPWISE]
    if all(row.mode is RuleMode.HARD for row in settings):
        return 0.0
    return (
        _price_paths(facts, book, every) + _windows(facts, book, every) + _pairs(facts, book, every)
    )


def _price_paths(facts: Facts, book: Book, every: Book) -> float:
    sold: dict[str, Sold] = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    for o in book.options:
        for path in paths(facts, Book([], [o], [])):
            for period, rungs in path.sold.items():
                for rung in rungs:
                    sold[path.label][period][rung] += o.units
    return sum(_path(facts, path, sold[path.label]) for path in paths(facts, every) if path.sold)


def _path(facts: Facts, path: Path, sold: Sold) -> float:
    """The least a path's sales cost beside some list price; `path` holds all its options."""
    tied = any(row.same_price for row in path.rows)
    rule = "same_price" if tied else "one_price"
    single = tied or path.speaks_of_changes or any(row.one_price for row in path.rows)
    no_rise = any(row.no_rise for row in path.rows)
    mosts = [row.distinct_prices_most for row in path.rows]
    used = {rung for rungs in sold.values() for rung in rungs}
    most = min((each for each in mosts if each is not None), default=len(used))
    cost = _priced(facts, "distinct_prices", path, max(0, len(used) - most))
    if not (single or no_rise):
        return cost
    periods = range(min(path.sold), max(path.sold) + 1)
    rungs = sorted({rung for there in path.sold.values() for rung in there})
    steps = range(rungs[0], rungs[-1] + 1)
    falls = [row.markdowns_most for row in path.rows if row.markdowns_most is not None]

    firm = single and asked(facts, rule, path.label)[0] is RuleMode.HARD

    def missed(listed: dict[int, int]) -> float:
        if any(max(sold[t], default=0) > listed[t] for t in periods):
            return inf  # nothing is sold below the list price
        if path.speaks_of_changes and any(
            max(sold[t], default=listed[t]) < listed[t] for t in periods
        ):
            return inf  # nor is everything sold above it
        moves = [(before, after, listed[after] - listed[before])
                 for before, after in pairwise(periods)]  # fmt: skip
        total = 0.0
        if no_rise:
            rises = sum(max(0, -fall) for *_, fall in moves)
            if not firm:
                both = [(b, min(listed[a], listed[b])) for a, b, _ in moves]
                rises += sum(_dearer(sold[b], still_at, steps) for b, still_at in both)
            total += _priced(facts, "no_rise", path, rises)
        if single:
            dearer = sum(_dearer(sold[t], listed[t], steps) for t in periods)
            total += _priced(facts, rule, path, dearer)
        if path.steps is not None:
            far = sum(max(0, fall - path.steps) for *_, fall in moves)
            total += _priced(facts, "price_step", path, far)
        if falls:
            count = sum(fall > 0 for *_, fall in moves)
            total += _priced(facts, "markdown_count", path, max(0, count - min(falls)))
        touched = sum(abs(fall) for _, after, fall in moves if path.still(after))
        return total + _priced(facts, "no_touch", path, touched)

    lists = product(steps, repeat=len(periods))
    return cost + min(missed(dict(zip(periods, each, strict=True))) for each in lists)


def _dearer(units: dict[int, int], listed: int, steps: range) -> int:
    """Units sold dearer than the list price, once for each rung between."""
    return sum(count for rung, count in units.items() for step in steps if rung < step <= listed)


def _priced(facts: Facts, rule: str, path: Path, missing: float) -> float:
    mode, price = asked(facts, rule, path.label)
    if mode is RuleMode.OFF or not missing:
        return 0.0
    return inf if mode is RuleMode.HARD else price * missing


def _windows(facts: Facts, book: Book, every: Book) -> float:
    """Styles beside the first in every widest window of close prices."""
    sold = events(book)
    total = 0.0
    for event, options in events(every).items():
        mode, price = asked(facts, "close_prices", " | ".join(event[:2]))
        if mode is not RuleMode.SOFT:
            continue
        far = 1 + options[0].channel.price_distance_least
        end = -inf
        levels = sorted({shelf_price(facts, o) for o in options})
        for least in levels:
            inside = [each for each in levels if least <= each < least * far * (1 - 1e-9)]
            if inside[-1] <= end:
                continue
            end = inside[-1]
            styles = {o.lot.style for o in sold.get(event, []) if shelf_price(facts, o) in inside}
            total += price * max(0, len(styles) - 1)
    return total


def _pairs(facts: Facts, book: Book, every: Book) -> float:
    """Conflicts of prices between markets, each counted at the dearest price that bars another."""
    header = facts.header
    if header.corridor is CorridorMode.OFF:
        return 0.0
    levels, sold = _levels(facts, every.options), _levels(facts, book.options)
    total = 0.0
    for style, there in levels.items():
        mode, price = asked(facts, "corridor", style)
        if mode is not RuleMode.SOFT:
            continue
        lot = min((t for t in facts.lots.values() if t.style == style), key=lambda t: t.lot)
        ratio = facts.brands[lot.brand].corridor_ratio
        for one, other in product(there, repeat=2):
            if one == other or not sold[style][one] or not sold[style][other]:
                continue
            bars: dict[float, float] = {}
            for cheap in sorted(there[one]):
                limit = carried(facts, lot, one, other, cheap)
                if limit is None:
                    continue
                most = inf
                if header.corridor is CorridorMode.HARD:
                    most = limit + header.corridor_tolerance
                if ratio > 0:
                    most = min(most, (cheap + SLACK) / ratio)
                above = [dear for dear in there[other] if dear > most + SLACK]
                if above:
                    bars[min(above)] = cheap
            total += price * sum(
                min(sold[style][one]) <= cheap and max(sold[style][other]) >= dear
                for dear, cheap in bars.items()
            )
    return total


def _levels(facts: Facts, options: list[Option]) -> dict[str, dict[str, set[float]]]:
    """Prices before tax of each style in each market."""
    found: dict[str, dict[str, set[float]]] = defaultdict(lambda: defaultdict(set))
    for o in options:
        found[o.lot.style][o.market.market].add(before_tax(facts, o))
    return found
