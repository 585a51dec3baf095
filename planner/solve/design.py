"""Decides the yes-or-no questions that cost nothing: which prices, channels and lines go together.

Gates (Kind.SWITCH) let groups of options through; rules among gates say which may be open
together. A linear answer opens all of them a little. Here they are settled: for each component a
small whole-number program keeps as much of the linear answer's money as the rules allow, the
components that lose least first; then the linear program adapts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from planner.domain.arrays import Bools, Floats, Ints
from planner.errors import NoPlanError, SolverError
from planner.model.program import Kind, Program
from planner.solve.integer import solve_integer
from planner.solve.linear import solve_linear

OPEN_IF_FREE, KEEP = 1e-5, 1e-3
"""Small weights of what a group could carry, which opens gates that hurt nobody, and of what it
carries now."""
WORKERS = max(1, os.cpu_count() or 1)
"""Components looked at side by side: the solvers leave the interpreter free."""
TAKE = 0.05
"""Part of a demand pool a lot may take from other lots while its gates are chosen."""
ITEMS = 400
"""Most promising items of a component that are looked at."""
COMMON = 50
"""A gate that so many times more groups than usual need is settled before the components."""
CUTS = (0.5, 0.02, 0.1, 0.25, 0.75, 0.9, 0.98)
"""Openings from which a gate counts as open when a linear choice is rounded: one cut for all gates of
a component keeps every rule that only orders them."""
NEAR = 1e-6
"""Distance by which limits may seem broken."""
SECONDS, GAP, NODES = 3.0, 5e-3, 4
"""Of one component; nodes, unlike seconds, end a search alike on every machine."""
HURRIED_SECONDS, HURRIED_GAP = 0.5, 0.02
"""The same when there is little time left."""


@dataclass(frozen=True)
class Gates:
    """Gates and the groups of options behind them.

    columns: the gates, and amounts that stand in rules with them; group: of every option, -1
    without gates; on, off: (group, gate) pairs that must be 1 or 0 for the group to carry
    anything; rows: rules among the gates alone.
    """

    columns: Ints
    group: Ints
    on: tuple[Ints, Ints]
    off: tuple[Ints, Ints]
    rows: Ints
    component: Ints
    """Component of every group; gates of different components have no rule in common."""

    @property
    def groups(self) -> int:
        """Number of groups."""
        return len(self.component)


def gates_of(program: Program) -> Gates | None:
    """The gates of a program; None without any."""
    by_row = program.by_row
    goods = program.kind == Kind.UNITS
    row = np.repeat(np.arange(program.size[0]), np.diff(by_row.indptr))
    others = np.bincount(row[~goods[by_row.indices]], minlength=program.size[0])
    with_goods = np.bincount(row[goods[by_row.indices]], minlength=program.size[0]) > 0
    gate_row = program.logic & (others == 1) & with_goods & ~np.isfinite(program.row_lower)
    if not gate_row.any():
        return None
    at = np.flatnonzero(gate_row)
    links = by_row[at].tocoo()
    is_gate = ~goods[links.col]
    gate, sign = np.zeros(len(at), dtype=np.int64), np.zeros(len(at))
    gate[links.row[is_gate]] = links.col[is_gate]
    sign[links.row[is_gate]] = links.data[is_gate]
    group, members = _groups(links.row[~is_gate], links.col[~is_gate], len(at), program.options)
    columns = np.unique(gate)
    for _ in range(2):  # the second time rows among the amounts that stand in rules with gates
        touches = np.isin(by_row.indices, columns)
        touched = np.bincount(row[touches], minlength=program.size[0]) > 0
        rows = np.flatnonzero(touched & ~with_goods)
        inside = by_row[rows]
        columns = np.union1d(columns, inside.indices)
    place = np.searchsorted(columns, gate[members[1]])
    wanted = sign[members[1]] < 0
    some = np.flatnonzero(group >= 0)
    lots = _pairs(group[some], program.group[some])
    component = _components(inside, columns, members[0], place, lots)
    return Gates(
        columns,
        group,
        (members[0][wanted], place[wanted]),
        (members[0][~wanted], place[~wanted]),
        rows,
        component,
    )


def _pairs(one: Ints, two: Ints) -> tuple[Ints, Ints]:
    """Different pairs of two lists of numbers from 0."""
    width = int(two.max(initial=0)) + 1
    keys = np.unique(one.astype(np.int64) * width + two)
    return keys // width, keys % width


def _groups(row: Ints, option: Ints, rows: int, options: int) -> tuple[Ints, tuple[Ints, Ints]]:
    """Options behind the same gates form a group: (group of every option, (group, row) pairs)."""
    inside = option < options
    row, option = row[inside], option[inside]
    marks = np.random.default_rng(0).integers(2**63, size=rows, dtype=np.uint64)
    key = np.zeros(options, dtype=np.uint64)  # sums of marks, modulo 2**64
    np.add.at(key, option, marks[row])
    some = np.flatnonzero(np.bincount(option, minlength=options) > 0)
    _, first, number = np.unique(key[some], return_index=True, return_inverse=True)
    group = np.full(options, -1, dtype=np.int64)
    group[some] = number
    representative = np.zeros(options, dtype=bool)
    representative[some[first]] = True
    named = representative[option]
    return group, (group[option[named]], row[named])


def _components(
    inside: sparse.csr_array, columns: Ints, group: Ints, place: Ints, lots: tuple[Ints, Ints]
) -> Ints:
    """Component of every group: what one lot's options need belongs together, and gates tied by an
    order (a price that may only fall).

    Rules that only count gates (at most so many styles in an event) and gates many lots need (a
    brand listed in a channel) would tie everything to everything and are left out here. `lots`
    are (group, lot) pairs.
    """
    groups = int(group.max(initial=-1)) + 1
    rows = inside[np.flatnonzero(~counts(inside))].tocoo()
    at = np.searchsorted(columns, rows.col)
    first = np.zeros(rows.shape[0], dtype=np.int64)
    first[rows.row] = at
    pairs_of = np.bincount(place, minlength=len(columns))
    usual = max(1.0, float(np.median(pairs_of[pairs_of > 0])))
    own = pairs_of[place] <= COMMON * usual
    size = len(columns) + groups + int(lots[1].max(initial=-1)) + 1
    one = np.concatenate([at, place[own], len(columns) + lots[0]])
    two = np.concatenate(
        [first[rows.row], len(columns) + group[own], len(columns) + groups + lots[1]]
    )
    graph = sparse.coo_array((np.ones(len(one)), (one, two)), shape=(size, size))
    label = connected_components(graph, directed=False)[1][len(columns) : len(columns) + groups]
    return np.asarray(np.unique(label, return_inverse=True)[1].astype(np.int64))


def counts(inside: sparse.csr_array) -> Bools:
    """Rows that only count gates: none has a negative sign."""
    return np.asarray(sparse.csr_array(inside).min(axis=1).toarray().ravel() >= 0)


@dataclass(frozen=True)
class Prices:
    """What a linear answer says: amounts of every column, reduced value of every column and the
    price of each supply row, PC."""

    amounts: Floats
    reduced: Floats
    supply: Floats


@dataclass(frozen=True)
class Design:
    """Gates settled: amounts of `Gates.columns`, the options shut by them, and whether no clock had
    a say in it."""

    amounts: Floats
    shut: Bools
    in_time: bool


def settled(
    program: Program, prices: Prices, hurry: Callable[[], bool] = lambda: False
) -> tuple[Ints, Design] | None:
    """All gates settled, most willing components first: (gate columns, their design).

    hurry() says when there is little time left to search.

    A component whose choice a counting rule among all of them forbids chooses again within what
    those before it left.
    """
    gates = gates_of(program)
    if gates is None:
        return None
    chooser = _Chooser(program, gates)
    chooser.settle_common(prices)
    choose = chooser.chooses(prices, hurry)
    with ThreadPoolExecutor(WORKERS) as workers:
        chosen = list(workers.map(choose, range(chooser.count)))
    for each in sorted(chosen, key=lambda each: (each.lost, each.component)):
        if not chooser.settle(each.component, each.amounts):
            chooser.settle(each.component, choose(each.component).amounts)
    return gates.columns, Design(chooser.amounts, chooser.shut(chooser.amounts), chooser.in_time)


class Chosen(NamedTuple):
    """What a component would do: PC lost by it against the linear answer, amounts of its gates."""

    component: int
    lost: float
    amounts: Floats


class _Small(NamedTuple):
    """A component's own program. Its columns: gates, groups (open or not), items (units).

    gates: columns of the whole program. groups: numbers of the groups; number: the place in
    `groups` of every item; gain: PC a unit of every item. rules: how many rows, the first, are
    rules among gates.
    """

    component: int
    gates: Ints
    groups: Ints
    number: Ints
    gain: Floats
    value: Floats
    most: Floats
    whole: Bools
    matrix: sparse.csr_matrix
    limits: tuple[Floats, Floats]
    rules: int

    @property
    def items(self) -> int:
        """Place of the first item."""
        return len(self.gates) + len(self.groups)

    @property
    def scale(self) -> float:
        """What the objective is divided by inside the solver."""
        return max(1.0, float(self.gain @ self.most[self.items :]) / 1e6)


class _Chooser:
    """Chooses the gates of one component after another, at the prices of a linear answer.

    At those prices a component's styles earn so much beside what their units are worth elsewhere;
    the gates are set so that they still earn as much of it as the rules allow.
    """

    def __init__(self, program: Program, gates: Gates) -> None:
        self._program, self._gates = program, gates
        self.count = int(gates.component.max(initial=-1)) + 1
        inside = sparse.csr_array(program.by_row[gates.rows][:, gates.columns])
        ties = inside[np.flatnonzero(~counts(inside))].tocoo()
        groups, places = (np.concatenate(each) for each in zip(gates.on, gates.off, strict=True))
        of_gate = np.full(len(gates.columns), -1, dtype=np.int64)
        of_gate[places] = gates.component[groups]
        pairs = _pairs(places, gates.component[groups])
        self._common = np.flatnonzero(np.bincount(pairs[0], minlength=len(of_gate)) > 1)
        of_gate[self._common] = -2
        for _ in range(2):
            reached = np.full(ties.shape[0], -1, dtype=np.int64)
            np.maximum.at(reached, ties.row, of_gate[ties.col])
            lonely = of_gate[ties.col] == -1
            of_gate[ties.col[lonely]] = reached[ties.row[lonely]]
        of_row = np.full(len(gates.rows), -1, dtype=np.int64)
        entries = inside.tocoo()
        np.maximum.at(of_row, entries.row, of_gate[entries.col])
        least = np.full(len(gates.rows), self.count, dtype=np.int64)
        np.minimum.at(least, entries.row, of_gate[entries.col])
        self._counting = np.flatnonzero(least != of_row)
        of_row[self._counting] = -1
        self._of_gate, self._of_row = of_gate, of_row
        self._columns = _split(of_gate, self.count)
        self._rows = _split(of_row, self.count)
        self._on, self._off = (
            _split(gates.component[each[0]], self.count) for each in (gates.on, gates.off)
        )
        self._inside = inside
        self.amounts: Floats = np.zeros(len(gates.columns))
        self.in_time = True
        self._pool = _row_of_option(program, "demand_pool")
        self._pools = program.rows_of("demand_pool")
        self._draw = _use_of_option(program, "demand_pool")
        self._shares = program.rows_of("supply", "style_share")
        by_row = program.by_row
        self._share_of = sparse.csc_array(by_row[self._shares][:, : program.options])
        supply = _row_of_column(program, "supply")
        self._exit_lot = supply[program.options :]

    def gates_of(self, component: int) -> Ints:
        """Places of a component's gates."""
        return self._columns[component]

    def settle(self, component: int, found: Floats) -> bool:
        """Take a component's gates over, unless a counting rule among all of them forbids it."""
        mine = self.gates_of(component)
        before = self.amounts[mine].copy()
        self.amounts[mine] = found
        rows = self._gates.rows[self._counting]
        used = self._inside[self._counting] @ self.amounts
        if (used <= self._program.row_upper[rows] + 1e-9).all():
            return True
        self.amounts[mine] = before
        return False

    def settle_common(self, prices: Prices) -> None:
        """Settle the gates many components need: those that carry most now, as rules allow."""
        gates, common = self._gates, self._common
        if not len(common):
            return
        carried = np.bincount(
            gates.group[gates.group >= 0],
            prices.amounts[: self._program.options][gates.group >= 0],
            minlength=gates.groups,
        )
        weight = np.full(len(gates.columns), 1e-6)
        for (groups, places), sign in ((gates.on, 1.0), (gates.off, -1.0)):
            np.add.at(weight, places, sign * carried[groups])
        rows = np.flatnonzero(np.diff(self._inside[:, common].tocsr().indptr))
        answer = solve_integer(
            weight[common],
            np.zeros(len(common)),
            np.ones(len(common)),
            np.ones(len(common), dtype=bool),
            sparse.csr_matrix(self._inside[rows][:, common]),
            self._program.row_lower[gates.rows[rows]],
            self._program.row_upper[gates.rows[rows]],
            scale=max(1.0, float(np.abs(weight[common]).max()) / 1e3),
            seconds=SECONDS,
            gap=GAP,
        )
        if answer.amounts is not None:
            self.amounts[common] = answer.amounts

    def shut(self, amounts: Floats) -> Bools:
        """Options behind gates that stand wrong for them."""
        return self._closed(amounts, np.ones(len(self._gates.columns), dtype=bool))

    def _closed(self, amounts: Floats, settled: Bools) -> Bools:
        """Options behind those gates among the settled ones that stand wrong for them."""
        gates = self._gates
        on, off = (np.flatnonzero(settled[each[1]]) for each in (gates.on, gates.off))
        closed = np.zeros(gates.groups, dtype=bool)
        closed[self._stopped(amounts, on, off)] = True
        found = np.zeros(self._program.options, dtype=bool)
        grouped = np.flatnonzero(gates.group >= 0)
        found[grouped] = closed[gates.group[grouped]]
        return found

    def chooses(self, prices: Prices, hurry: Callable[[], bool]) -> Callable[[int], Chosen]:
        """What a component chooses at these prices beside the gates settled by then."""
        options, gain, lost_lot = self._items(prices)
        most = self._within_reach(prices, options)
        of_item = self._gates.component[self._gates.group[options]]
        order = np.argsort(of_item, kind="stable")
        ends = np.searchsorted(of_item[order], np.arange(self.count + 1))

        def choose(component: int) -> Chosen:
            here = order[ends[component] : ends[component + 1]]
            if len(here) > ITEMS:
                worth = gain[here] * most[here]
                here = np.sort(here[np.argsort(-worth, kind="stable")[:ITEMS]])
            carried = prices.amounts[options[here]]
            earned, amounts = self._best(
                component, options[here], gain[here], most[here], carried, hurry()
            )
            lots = np.unique(self._program.group[options[here]])
            return Chosen(component, float(lost_lot[lots].sum()) - earned, amounts)

        return choose

    def _within_reach(self, prices: Prices, options: Ints) -> Floats:
        """Most units of each option without taking much of a pool from other lots.

        At the prices of a linear answer a lot could as well fill other lots' pools with its units:
        all would choose the same ones.
        """
        program, pools = self._program, len(self._pools)
        drawn = self._draw * prices.amounts[: program.options]
        some = np.flatnonzero((drawn > 0) & (self._pool >= 0))
        limit = np.append(program.row_upper[self._pools], np.inf)
        used = np.bincount(self._pool[some], drawn[some], minlength=pools + 1)
        key = program.group * pools + self._pool
        keys, place = np.unique(key[some], return_inverse=True)
        own = np.append(np.bincount(place, drawn[some]), 0.0)
        at = np.searchsorted(keys, key[options])
        at = np.where(np.append(keys, -1)[at] == key[options], at, len(keys))
        pool = self._pool[options]  # -1 = the last: no pool, no limit
        room = own[at] + np.maximum(limit - used, 0.0)[pool] + TAKE * limit[pool]
        draw = np.where(self._draw[options] > 0, self._draw[options], 1.0)
        return np.minimum(program.most[options], room / draw)

    def _items(self, prices: Prices) -> tuple[Ints, Floats, Floats]:
        """Best option of each (group, pool and period, lot), its gain above the lot's exit, and
        what every lot earns above its exit in all."""
        program, group = self._program, self._gates.group
        exits = np.zeros(len(prices.supply))
        lots = self._exit_lot
        at = np.flatnonzero(lots >= 0)
        worth = prices.reduced[program.options :][at] + prices.supply[lots[at]]
        np.maximum.at(exits, lots[at], worth)
        options = program.options
        above = prices.supply - exits
        gain = prices.reduced[:options] + above[program.group]
        common = np.isin(np.arange(len(self.amounts)), self._common)
        shut = self._closed(self.amounts, common)
        kept = np.flatnonzero((group >= 0) & (gain > 0) & (program.most[:options] > 0) & ~shut)
        keys = (program.group[kept], self._pool[kept], group[kept])
        order = np.lexsort((-gain[kept], *keys))
        first = np.zeros(len(order), dtype=bool)
        first[:1] = True
        for key in keys:
            first[1:] |= key[order][1:] != key[order][:-1]
        best = kept[order[first]]
        units = program.row_upper[program.rows_of("supply")]
        return best, gain[best], np.maximum(above, 0.0) * units

    def _best(
        self,
        component: int,
        options: Ints,
        gain: Floats,
        most: Floats,
        carried: Floats,
        hurry: bool,
    ) -> tuple[float, Floats]:
        """Most a component can earn with its gates in order, and the gates' amounts."""
        small = self._small(component, options, gain, most, carried)
        shut = (0.0, np.zeros(len(small.gates)))
        try:
            linear = solve_linear(
                small.value,
                np.zeros(len(small.value)),
                small.most,
                small.matrix,
                *small.limits,
                scale=small.scale,
                seconds=SECONDS,
                primal=True,
            ).amounts
        except (NoPlanError, SolverError):
            self.in_time = False
            return shut
        best = self._rounded(small, linear)
        self.in_time &= not hurry
        reachable = float(small.gain @ linear[small.items :])
        if best is not None and best[0] >= (1 - (HURRIED_GAP if hurry else GAP)) * reachable:
            return best
        found = self._searched(small, HURRIED_SECONDS if hurry else SECONDS)
        return max((each for each in (best, found) if each), key=lambda each: each[0], default=shut)

    def _small(
        self, component: int, options: Ints, gain: Floats, most: Floats, carried: Floats
    ) -> _Small:
        """The component's own program: its gates, its groups of options and these options."""
        program, gates = self._program, self._gates
        columns = self.gates_of(component)
        groups, number = np.unique(gates.group[options], return_inverse=True)
        count, width, items = len(columns), len(groups), len(options)
        size = count + width + items
        mine = self._inside[:, columns].tocsr()
        counting = self._counting[np.diff(mine[self._counting].indptr) > 0]
        rows = np.concatenate([self._rows[component], counting])
        taken = self._inside[rows] @ np.where(self._of_gate == component, 0.0, self.amounts)
        blocks = [sparse.hstack([mine[rows], sparse.csr_array((len(rows), width + items))])]
        lower = [program.row_lower[gates.rows[rows]] - taken]
        upper = [program.row_upper[gates.rows[rows]] - taken]
        for (group, place), at, sign in (
            (gates.on, self._on[component], -1.0),
            (gates.off, self._off[component], 1.0),
        ):
            at = at[np.isin(group[at], groups) & (self._of_gate[place[at]] == component)]
            row = np.arange(len(at))
            y = count + np.searchsorted(groups, group[at])
            z = np.searchsorted(columns, place[at])
            blocks.append(_entries(row, y, np.ones(len(at)), row, z, np.full(len(at), sign), size))
            lower.append(np.full(len(at), -np.inf))
            upper.append(np.full(len(at), max(sign, 0.0)))
        each = np.arange(items)
        blocks.append(
            _entries(each, count + width + each, np.ones(items), each, count + number, -most, size)
        )
        shares = sparse.csr_array(self._share_of[:, options])
        used = np.flatnonzero(np.diff(shares.indptr))
        blocks.append(sparse.hstack([sparse.csr_array((len(used), count + width)), shares[used]]))
        lower += [np.full(items + len(used), -np.inf)]
        upper += [np.zeros(items), program.row_upper[self._shares[used]]]
        free = gain * (OPEN_IF_FREE * program.most[options] + carried * KEEP)
        keep = np.bincount(number, free, minlength=width)
        own = gates.columns[columns]
        return _Small(
            component=component,
            gates=own,
            groups=groups,
            number=number,
            gain=gain,
            value=np.concatenate([program.value[own], keep, gain]),
            most=np.concatenate([program.most[own], np.ones(width), most]),
            whole=np.concatenate([program.whole[own], np.zeros(width + items, dtype=bool)]),
            matrix=sparse.csr_matrix(sparse.vstack(blocks)),
            limits=(np.concatenate(lower), np.concatenate(upper)),
            rules=len(rows),
        )

    def _rounded(self, small: _Small, linear: Floats) -> tuple[float, Floats] | None:
        """The best of the linear choice's roundings that keep every rule among gates."""
        best: tuple[float, Floats] | None = None
        count, rules = len(small.gates), slice(0, small.rules)
        among = small.matrix[rules, :count]
        lower, upper = (limit[rules] for limit in small.limits)
        for cut in CUTS:
            found = np.where(small.whole[:count], linear[:count] > cut, linear[:count])
            used = among @ found
            if ((used > upper + NEAR) | (used < lower - NEAR)).any():
                continue
            earned = self._earned(small, found, linear[small.items :])
            if best is None or earned > best[0]:
                best = (earned, found)
        return best

    def _searched(self, small: _Small, seconds: float) -> tuple[float, Floats] | None:
        """What a short search for whole gates finds."""
        begin = time.monotonic()
        exact = solve_integer(
            small.value,
            np.zeros(len(small.value)),
            small.most,
            small.whole,
            small.matrix,
            *small.limits,
            scale=small.scale,
            seconds=seconds,
            gap=GAP,
            nodes=NODES,
        ).amounts
        self.in_time &= time.monotonic() - begin < seconds
        if exact is None:
            return None
        found = exact[: len(small.gates)]
        return self._earned(small, found, exact[small.items :]), found

    def _earned(self, small: _Small, found: Floats, units: Floats) -> float:
        """What these units earn behind the gates found, PC."""
        amounts = self.amounts.copy()
        amounts[self.gates_of(small.component)] = found
        stopped = self._stopped(amounts, self._on[small.component], self._off[small.component])
        through = ~np.isin(small.groups, stopped)
        return float(small.gain @ (units * through[small.number]))

    def _stopped(self, amounts: Floats, on: Ints, off: Ints) -> Ints:
        """Groups that one of these (group, gate) pairs lets nothing through to."""
        gates = self._gates
        (group, gate), (group2, gate2) = gates.on, gates.off
        return np.concatenate(
            [group[on[amounts[gate[on]] < 0.5]], group2[off[amounts[gate2[off]] > 0.5]]]
        )


def _split(labels: Ints, count: int) -> list[Ints]:
    """Places of every label from 0 to count - 1."""
    order = np.argsort(labels, kind="stable")
    ends = np.searchsorted(labels[order], np.arange(count + 1))
    return [order[ends[k] : ends[k + 1]] for k in range(count)]


def _entries(
    row: Ints, column: Ints, use: Floats, row2: Ints, column2: Ints, use2: Floats, width: int
) -> sparse.csr_array:
    """A matrix from two lists of entries."""
    return sparse.csr_array(
        (
            np.concatenate([use, use2]),
            (np.concatenate([row, row2]), np.concatenate([column, column2])),
        ),
        shape=(len(row), width),
    )


def _row_of_column(program: Program, rule: str) -> Ints:
    """Number of the rule's row each column stands in, -1 without one."""
    rows = program.rows_of(rule)
    number = np.full(program.size[0], -1, dtype=np.int64)
    number[rows] = np.arange(len(rows))
    column = np.repeat(np.arange(program.size[1]), np.diff(program.matrix.indptr))
    found = np.full(program.size[1], -1, dtype=np.int64)
    hit = number[program.matrix.indices]
    found[column[hit >= 0]] = hit[hit >= 0]
    return found


def _use_of_option(program: Program, rule: str) -> Floats:
    """What a unit of each option takes of the rule's row it stands in, 0 without one."""
    inside = np.zeros(program.size[0], dtype=bool)
    inside[program.rows_of(rule)] = True
    end = program.matrix.indptr[program.options]
    column = np.repeat(
        np.arange(program.options), np.diff(program.matrix.indptr[: program.options + 1])
    )
    hit = inside[program.matrix.indices[:end]]
    found = np.zeros(program.options)
    found[column[hit]] = program.matrix.data[:end][hit]
    return found


def _row_of_option(program: Program, rule: str) -> Ints:
    """Number of the rule's row each option stands in."""
    return _row_of_column(program, rule)[: program.options]
