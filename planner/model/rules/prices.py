"""Rules of prices over time: mark-downs only, in small steps, few of them, one price everywhere.

A path is a style in one channel, or in all the channels that same_price ties together. Rungs are
numbered by price, the dearest 0, rungs of one price ratio alike. A path's price is held by switches
Z(path, period, rung) = 1: "the price is at this rung or a cheaper one" (threshold form), so that
every rule is a few rows of differences.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.records import PricePath
from planner.domain.vocabulary import RuleMode
from planner.landed_cost.options import Priced
from planner.model.board import Board, Entries, block, rank
from planner.model.columns import Family
from planner.model.program import Block, Kind
from planner.model.rules.selection import selected_channels, selected_lots
from planner.model.rules.switches import free
from planner.model.runs import Runs
from planner.pricing import ladder_of

ANY = 10**6
"""Stands for no limit on rungs, mark-downs or prices."""
WHOLE = 1e-9
"""An appetite this near to a whole number is one."""


@dataclass(frozen=True)
class Terms:
    """What all the price_paths rows that touch some channels ask of a style there, together.

    still[period] = the price may not change from the period before.
    """

    channels: Ints
    no_rise: bool
    one_price: bool
    same_price: bool
    rungs_per_step: int
    markdowns: int
    prices: int
    still: Bools


@dataclass(frozen=True)
class Paths:
    """One element per path that has options.

    first, last: the sell periods its options span; dearest, cheapest: the rungs they span. The
    other fields are those of its Terms; of_option and rung tell the path (-1 = none) and the
    numbered rung of every option.
    """

    names: Sequence[str]
    style: Ints
    channel: Ints
    first: Ints
    last: Ints
    dearest: Ints
    cheapest: Ints
    no_rise: Bools
    one_price: Bools
    same_price: Bools
    rungs_per_step: Ints
    markdowns: Ints
    prices: Ints
    still: Bools
    of_option: Ints
    rung: Ints
    rung_names: Sequence[Sequence[str]]

    def __len__(self) -> int:
        return len(self.style)

    @property
    def width(self) -> Ints:
        """Switches of each path in a period: one for every rung below its dearest."""
        return self.cheapest - self.dearest

    def label(self, path: int, rung: int) -> str:
        """A path and a rung by name."""
        return f"{self.names[path]} | {self.rung_names[self.channel[path]][rung]}"


def paths_of(priced: Priced) -> Paths:
    """Every path that a row of price_paths touches and that has options."""
    lookup, options = priced.lookup, priced.options
    rows, channels = lookup.scenario.price_paths, lookup.scenario.channels
    styles, style = lookup.kinds("style")
    of_channel = np.full((len(styles), len(channels)), -1)
    owner: list[int] = []
    terms: list[Terms] = []
    for members, touching in _alike(lookup, style, len(styles)):
        for each in _terms(lookup, [rows[k] for k in touching]):
            numbers = len(owner) + np.arange(len(members))
            of_channel[np.ix_(members, each.channels)] = numbers[:, None]
            owner += members.tolist()
            terms += [each] * len(members)
    path = of_channel[style[options.lot], options.channel]
    used = np.flatnonzero(np.bincount(path[path >= 0], minlength=len(owner)))
    again = np.full(len(owner) + 1, -1)
    again[used] = np.arange(len(used))
    path = again[path]
    rungs, rung_names = _rungs(lookup)
    rung = rungs[options.channel, options.rung]
    those = np.flatnonzero(path >= 0)
    first, last = _span(path[those], options.sell_period[those], len(used))
    dearest, cheapest = _span(path[those], rung[those], len(used))
    chosen = [terms[k] for k in used.tolist()]
    return Paths(
        names=[_name(lookup, styles[owner[k]], terms[k]) for k in used.tolist()],
        style=np.array(owner, dtype=np.int64)[used],
        channel=np.array([each.channels[0] for each in chosen], dtype=np.int64),
        first=first,
        last=last,
        dearest=dearest,
        cheapest=cheapest,
        no_rise=np.array([each.no_rise for each in chosen], dtype=bool),
        one_price=np.array([each.one_price for each in chosen], dtype=bool),
        same_price=np.array([each.same_price for each in chosen], dtype=bool),
        rungs_per_step=np.array([each.rungs_per_step for each in chosen], dtype=np.int64),
        markdowns=np.array([each.markdowns for each in chosen], dtype=np.int64),
        prices=np.array([each.prices for each in chosen], dtype=np.int64),
        still=np.array([each.still for each in chosen], dtype=bool).reshape(-1, lookup.periods + 1),
        of_option=path,
        rung=rung,
        rung_names=rung_names,
    )


def _alike(lookup: Lookup, style: Ints, styles: int) -> Iterator[tuple[Ints, Ints]]:
    """Styles that the same rows of price_paths touch, with the rows: one of its lots is enough."""
    rows = lookup.scenario.price_paths
    touched = np.zeros((len(rows), styles), dtype=bool)
    for k, row in enumerate(rows):
        touched[k, style[selected_lots(lookup, row)]] = True
    patterns, number = np.unique(touched, axis=1, return_inverse=True)
    for k in range(patterns.shape[1]):
        yield np.flatnonzero(number.ravel() == k), np.flatnonzero(patterns[:, k])


def _terms(lookup: Lookup, rows: Sequence[PricePath]) -> Iterator[Terms]:
    """The channels that rows touch, those tied to one price together, with what is asked there."""
    chosen = [selected_channels(lookup, row) for row in rows]
    group = np.arange(len(lookup.scenario.channels))
    for row, named in zip(rows, chosen, strict=True):
        if row.same_price and named.any():
            joined = np.unique(group[named])
            group[np.isin(group, joined)] = joined[0]
    for number in np.unique(group).tolist():
        inside = group == number
        here = [row for row, named in zip(rows, chosen, strict=True) if (named & inside).any()]
        if here:
            yield _together(here, np.flatnonzero(inside), lookup.periods)


def _together(rows: Sequence[PricePath], channels: Ints, periods: int) -> Terms:
    """The strictest of what rows ask. Rules about changes need one price a period to speak of."""
    steps = [row.rungs_per_step_most for row in rows if row.rungs_per_step_most is not None]
    counts = [row.markdowns_most for row in rows if row.markdowns_most is not None]
    prices = [row.distinct_prices_most for row in rows if row.distinct_prices_most is not None]
    windows = [(row.no_touch_from, row.no_touch_to) for row in rows if row.no_touch_from]
    still = np.zeros(periods + 1, dtype=bool)
    for start, end in windows:
        still[start : (end or start) + 1] = True
    same = any(row.same_price for row in rows)
    single = any(row.one_price for row in rows)
    return Terms(
        channels=channels,
        no_rise=any(row.no_rise for row in rows),
        one_price=bool(single or same or steps or counts or windows),
        same_price=same,
        rungs_per_step=min(steps, default=ANY),
        markdowns=min(counts, default=ANY),
        prices=min(prices, default=ANY),
        still=still,
    )


def _rungs(lookup: Lookup) -> tuple[Ints, list[list[str]]]:
    """Number of every (channel, rung of its ladder), and the first rung's name of every number."""
    ladders = [ladder_of(lookup, channel) for channel in range(len(lookup.scenario.channels))]
    numbers = np.zeros((len(ladders), max(map(len, ladders), default=0)), dtype=np.int64)
    names = []
    for channel, ladder in enumerate(ladders):
        ratios = list(dict.fromkeys(rung.price_ratio for rung in ladder))
        numbers[channel, : len(ladder)] = [ratios.index(rung.price_ratio) for rung in ladder]
        first = {rung.price_ratio: rung.rung for rung in reversed(ladder)}
        names.append([first[ratio] for ratio in ratios])
    return numbers, names


def _span(path: Ints, value: Ints, paths: int) -> tuple[Ints, Ints]:
    """Least and greatest value of every path."""
    least, most = np.full(paths, ANY), np.full(paths, -1)
    np.minimum.at(least, path, value)
    np.maximum.at(most, path, value)
    return least, most


def _name(lookup: Lookup, style: str, terms: Terms) -> str:
    channels = sorted(lookup.scenario.channels[k].channel for k in terms.channels)
    return f"{style} | {' + '.join(channels)}"


@dataclass(frozen=True, kw_only=True)
class PriceStates(Family):
    """Z: one switch per (path, period, rung below its dearest), the rung running fastest.

    On when the path's price in the period is at the rung or a cheaper one.
    """

    kind = Kind.SWITCH
    paths: Paths
    path: Ints
    rung: Ints


@dataclass(frozen=True, kw_only=True)
class PriceChanges(Family):
    """C: one switch per (path with a limit on mark-downs, period): the price fell into the period.

    start = first of each path's columns.
    """

    kind = Kind.SWITCH
    path: Ints
    start: Ints


@dataclass(frozen=True, kw_only=True)
class PricesUsed(Family):
    """U: one switch per (path with a limit on prices, rung): the style is sold at the rung."""

    kind = Kind.SWITCH
    paths: Paths
    path: Ints
    rung: Ints


def price_states_of(priced: Priced) -> PriceStates:
    """The switches of every path whose price must be known in every period."""
    paths = paths_of(priced)
    width = np.where(paths.no_rise | paths.one_price, paths.width, 0)
    size = width * (paths.last - paths.first + 1)
    path = np.repeat(np.arange(len(paths)), size)
    step = np.arange(len(path)) - np.repeat(np.cumsum(size) - size, size)
    period = paths.first[path] + step // width[path]
    rung = paths.dearest[path] + 1 + step % width[path]
    return PriceStates(
        **free(_labels(paths, path, rung), period), paths=paths, path=path, rung=rung
    )


def price_changes_of(priced: Priced) -> PriceChanges:
    """A switch for every period into which a path's price may fall, where their number is limited."""
    paths = paths_of(priced)
    limited = (paths.markdowns < paths.last - paths.first) & (paths.width > 0)
    size = np.where(limited, paths.last - paths.first, 0)
    start = np.cumsum(size) - size
    path = np.repeat(np.arange(len(paths)), size)
    period = paths.first[path] + 1 + np.arange(len(path)) - start[path]
    return PriceChanges(
        **free([paths.names[k] for k in path.tolist()], period), path=path, start=start
    )


def prices_used_of(priced: Priced) -> PricesUsed:
    """A switch for every price a path could use, where there are more than it may."""
    paths = paths_of(priced)
    those = np.flatnonzero(paths.of_option >= 0)
    _, first = rank(paths.of_option[those], paths.rung[those])
    path, rung = paths.of_option[those[first]], paths.rung[those[first]]
    some = (np.bincount(path, minlength=len(paths)) > paths.prices)[path]
    path, rung = path[some], rung[some]
    return PricesUsed(**free(_labels(paths, path, rung)), paths=paths, path=path, rung=rung)


def price_order(board: Board) -> Block:
    """A price at or below a rung is at or below every dearer one: Z(t, k+1) <= Z(t, k)."""
    states = board.columns.of(PriceStates)
    here = np.flatnonzero(states.rung < states.paths.cheapest[states.path])
    return _joined(_ordered(board, "price_order", here + 1, here), _seen(board))


def _seen(board: Board) -> Block:
    """Where two prices a period are only charged for, the list price is the cheapest sold at.

    Else rules of changes could be kept by a list price nobody pays: units dearer than k in t
    <= M (1 - Z(t, k) + units at k or cheaper).
    """
    states = board.columns.of(PriceStates)
    paths, period = states.paths, states.periods
    moves = (paths.rungs_per_step < ANY) | (paths.markdowns < ANY) | paths.still.any(axis=1)
    here = np.flatnonzero((moves & ~_firmly_one(board))[states.path])
    here = _selling_dearer(board, here, period)
    dearer = _barred(board, "price_order", here, period)
    number, cheaper = _sold(board, here, period, cheaper=True)
    return _with(dearer, (number, cheaper, -dearer.upper[number]))


def _firmly_one(board: Board) -> Bools:
    """Paths that may never sell at two prices in a period."""
    paths = board.columns.of(PriceStates).paths
    firm = paths.one_price.copy()
    for row in board.priced.lookup.scenario.rule_settings:
        if row.mode != RuleMode.HARD and row.rule in ("one_price", "same_price"):
            ruled = paths.same_price == (row.rule == "same_price")
            named = [n.startswith(row.subject) or row.subject.startswith(n) for n in paths.names]
            firm &= ~(ruled & np.array(named, dtype=bool))
    return firm


def price_state(board: Board) -> Block:
    """Goods are sold at or below a rung only when the price is there: units <= M Z(t, k)."""
    states = board.columns.of(PriceStates)
    period, every = states.periods, np.arange(len(states))
    number, options = _sold(board, every, period, cheaper=True)
    most = _room(board, every, period, cheaper=True)
    entries = [
        (number, options, np.ones(len(options))),
        (every, board.columns.at(PriceStates), -most),
    ]
    names = list(zip(states.labels, period.tolist(), strict=True))
    return block(
        "price_state", "units", names, entries, np.zeros(len(every)), link=True, logic=True
    )


def no_rise(board: Board) -> Block:
    """A price once reached is never left upwards: Z(t, k) <= Z(t+1, k).

    Where two prices a period may be, goods sold in the next period at a dearer rung must be barred too:
    units dearer than k in t+1 <= M (1 - Z(t, k)); where a rise is charged for, only those that it
    does not cover: <= M (2 - Z(t, k) - Z(t+1, k)).
    """
    states = board.columns.of(PriceStates)
    paths, path = states.paths, states.path
    here = np.flatnonzero(paths.no_rise[path] & (states.periods < paths.last[path]))
    after = states.periods + 1
    order = _ordered(board, "no_rise", here, here + paths.width[path[here]])
    order = replace(order, periods=after[here])
    free_within = _selling_dearer(board, here[~_firmly_one(board)[path[here]]], after)
    barred = _barred(board, "no_rise", free_within, after)
    settings = board.priced.lookup.scenario.rule_settings
    if any(row.rule == "no_rise" and row.mode == RuleMode.SOFT for row in settings):
        risen = board.columns.at(PriceStates)[free_within + paths.width[path[free_within]]]
        barred = _with(barred, (np.arange(len(risen)), risen, barred.upper))
        barred = replace(barred, upper=2 * barred.upper)
    return _joined(order, barred)


def one_price(board: Board) -> Block:
    """A style sells at one rung in a period: units dearer than k in t <= M (1 - Z(t, k))."""
    states = board.columns.of(PriceStates)
    paths = states.paths
    here = np.flatnonzero((paths.one_price & ~paths.same_price)[states.path])
    return _barred(board, "one_price", here, states.periods)


def same_price(board: Board) -> Block:
    """Channels tied together sell a style at one rung in a period: as one_price, over all of them."""
    states = board.columns.of(PriceStates)
    here = np.flatnonzero(states.paths.same_price[states.path])
    return _barred(board, "same_price", here, states.periods)


def price_step(board: Board) -> Block:
    """From one period to the next the price falls by s rungs at most: Z(t+1, k+s) <= Z(t, k)."""
    states = board.columns.of(PriceStates)
    paths, path = states.paths, states.path
    step = paths.rungs_per_step[path]
    here = np.flatnonzero(
        (states.periods < paths.last[path]) & (states.rung + step <= paths.cheapest[path])
    )
    lower = here + paths.width[path[here]] + step[here]
    return _ordered(board, "price_step", lower, here)


def markdown_count(board: Board) -> Block:
    """The price falls J times at most: Z(t+1, k) - Z(t, k) <= C(t+1), and the sum of C <= J."""
    states, changes = board.columns.of(PriceStates), board.columns.of(PriceChanges)
    paths, path = states.paths, states.path
    limited = np.bincount(changes.path, minlength=len(paths)) > 0
    here = np.flatnonzero(limited[path] & (states.periods < paths.last[path]))
    period, owner = states.periods[here], path[here]
    change = changes.start[owner] + period - paths.first[owner]
    after = _ordered(board, "markdown_count", here + paths.width[owner], here)
    marked = (np.arange(len(here)), board.columns.at(PriceChanges)[change], -np.ones(len(here)))
    number, first = rank(changes.path)
    each = np.ones(len(number))
    names = [(paths.names[k], 0) for k in changes.path[first].tolist()]
    most = paths.markdowns[changes.path[first]].astype(float)
    total = [(number, board.columns.at(PriceChanges), each)]
    falls = _with(after, marked)
    return _joined(falls, block("markdown_count", "mark-downs", names, total, most, logic=True))


def no_touch(board: Board) -> Block:
    """The price does not change into a period of the window: Z(t, k) = Z(t-1, k)."""
    states = board.columns.of(PriceStates)
    paths, path, period = states.paths, states.path, states.periods
    here = np.flatnonzero(paths.still[path, period] & (period > paths.first[path]))
    return _ordered(board, "no_touch", here, here - paths.width[path[here]], equal=True)


def price_used(board: Board) -> Block:
    """Goods are sold at a rung only when the rung counts as used: units <= M U."""
    used = board.columns.of(PricesUsed)
    paths = used.paths
    those = np.flatnonzero(paths.of_option >= 0)
    span = _rung_span(board)
    runs = Runs.by(those, paths.of_option[those] * span + paths.rung[those])
    key = used.path * span + used.rung
    number, options = runs.between(key, key + 1)
    entries = [
        (number, options, np.ones(len(options))),
        (
            np.arange(len(used)),
            board.columns.at(PricesUsed),
            -_stock(board)[paths.style[used.path]],
        ),
    ]
    names = [(label, 0) for label in used.labels]
    return block("price_used", "units", names, entries, np.zeros(len(used)), link=True, logic=True)


def distinct_prices(board: Board) -> Block:
    """A style sells at so many rungs at most over the horizon."""
    used = board.columns.of(PricesUsed)
    paths = used.paths
    number, first = rank(used.path)
    names = [(paths.names[k], 0) for k in used.path[first].tolist()]
    entries = [(number, board.columns.at(PricesUsed), np.ones(len(number)))]
    most = paths.prices[used.path[first]].astype(float)
    return block("distinct_prices", "prices", names, entries, most, logic=True)


def _ordered(board: Board, rule: str, one: Ints, other: Ints, *, equal: bool = False) -> Block:
    """Rows Z(one) <= Z(other), or = where they must be equal, named after the first."""
    states, column = board.columns.of(PriceStates), board.columns.at(PriceStates)
    number = np.arange(len(one))
    entries = [
        (number, column[one], np.ones(len(one))),
        (number, column[other], -np.ones(len(one))),
    ]
    names = [(states.labels[k], int(states.periods[k])) for k in one]
    zero = np.zeros(len(one))
    return block(rule, "prices", names, entries, zero, zero if equal else None, logic=True)


def _barred(board: Board, rule: str, here: Ints, period: Ints) -> Block:
    """Rows "units sold dearer than the rung in the period <= M (1 - Z)" of states that have any."""
    states = board.columns.of(PriceStates)
    rows = _selling_dearer(board, here, period)
    number, options = _sold(board, rows, period, cheaper=False)
    most = _room(board, rows, period, cheaper=False)
    entries = [
        (number, options, np.ones(len(options))),
        (np.arange(len(rows)), board.columns.at(PriceStates)[rows], most),
    ]
    names = [(states.labels[k], int(period[k])) for k in rows]
    return block(rule, "units", names, entries, most, logic=True)


def _selling_dearer(board: Board, here: Ints, period: Ints) -> Ints:
    """Those of some states whose path has dearer rungs to sell at in the period."""
    number, _ = _sold(board, here, period, cheaper=False)
    return here[np.bincount(number, minlength=len(here)) > 0]


def _sold(board: Board, here: Ints, period: Ints, *, cheaper: bool) -> tuple[Ints, Ints]:
    """(position in `here`, option) of what a state's path sells in `period`.

    At the state's rung or cheaper ones, or else at dearer ones.
    """
    states = board.columns.of(PriceStates)
    paths, span = states.paths, _rung_span(board)
    those = np.flatnonzero(paths.of_option >= 0)
    periods = board.priced.lookup.periods + 2
    moment = paths.of_option[those] * periods + board.priced.options.sell_period[those]
    runs = Runs.by(those, moment * span + paths.rung[those])
    start = (states.path[here] * periods + period[here]) * span
    middle = start + states.rung[here]
    return runs.between(middle, start + span) if cheaper else runs.between(start, middle)


def _room(board: Board, here: Ints, period: Ints, *, cheaper: bool) -> Floats:
    """The most units _sold can be: the least of the style's stock and its pools' appetites.

    A pool takes no more than its appetite at the cheapest of the rungs it is sold at.
    """
    states = board.columns.of(PriceStates)
    paths, lookup, options = states.paths, board.priced.lookup, board.priced.options
    stock = _stock(board)[paths.style[states.path[here]]]
    if any(setting.rule == "demand_pool" for setting in lookup.scenario.rule_settings):
        return stock
    kinds, kind = lookup.kinds("category", "season")
    those = np.flatnonzero(paths.of_option >= 0)
    pool = options.channel[those] * len(kinds) + kind[options.lot[those]]
    group, first = rank(paths.of_option[those], options.sell_period[those], pool)
    best = np.zeros((len(first), _rung_span(board) + 1))
    appetite = np.floor(options.demand[those] * (1 + WHOLE))
    np.maximum.at(best, (group, paths.rung[those] + (0 if cheaper else 1)), appetite)
    if cheaper:
        best = np.maximum.accumulate(best[:, ::-1], axis=1)[:, ::-1]
    else:
        best = np.maximum.accumulate(best, axis=1)
    total = np.zeros((len(paths), lookup.periods + 2, best.shape[1]))
    at = those[first]
    np.add.at(total, (paths.of_option[at], options.sell_period[at]), best)
    appetites = total[states.path[here], period[here], states.rung[here]]
    return np.maximum(np.minimum(stock, appetites), 1.0)


def _stock(board: Board) -> Floats:
    """Units of every style, at least 1."""
    units = np.bincount(board.style_of_lot, weights=board.lot_units, minlength=len(board.styles))
    return np.asarray(np.maximum(units, 1.0))


def _rung_span(board: Board) -> int:
    """One more than the greatest number of a rung."""
    return int(board.columns.of(PriceStates).paths.rung.max(initial=0)) + 1


def _labels(paths: Paths, path: Ints, rung: Ints) -> list[str]:
    """A label for every (path, rung)."""
    return [paths.label(one, two) for one, two in zip(path.tolist(), rung.tolist(), strict=True)]


def _with(rows: Block, entries: Entries) -> Block:
    """The same rows with further entries."""
    number, column, weight = entries
    return replace(
        rows,
        rows=np.concatenate([rows.rows, number]),
        columns=np.concatenate([rows.columns, column]),
        coefficients=np.concatenate([rows.coefficients, weight]),
    )


def _joined(one: Block, other: Block) -> Block:
    """The rows of both, the second below the first."""
    below = _with(one, (other.rows + len(one.lower), other.columns, other.coefficients))
    return replace(
        below,
        labels=[*one.labels, *other.labels],
        periods=np.concatenate([one.periods, other.periods]),
        lower=np.concatenate([one.lower, other.lower]),
        upper=np.concatenate([one.upper, other.upper]),
    )
