"""Why no plan exists: a smallest set of limits that must give, and by how much.

Every limit a scenario may set gets a slack (the elastic program of Chinneck and Dravnieks 1991).
Linear programs find the fewest rules that need one, on large programs pricing the options in; then
whole units are asked for the least amounts. Where whole units need more rules than fractions do,
the fewest are asked for with 0 or 1 for each rule, on large programs among the options let in.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from math import ceil, floor, log10
from typing import Any, cast

import numpy as np
from scipy import sparse

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.vocabulary import SETTABLE_RULES
from planner.errors import Loosening, NoPlanError, SolverError
from planner.model.filling import violations
from planner.model.program import Program
from planner.solve.completion import with_amounts
from planner.solve.integer import solve_integer
from planner.solve.linear import LpAnswer, solve_linear
from planner.solve.sweep import row_of_each_column

LAST_RESORT = ("supply", "frozen_shipment")
"""Rules named only where nothing else helps: their numbers are facts, not decisions."""
EASE = {"lock": 1.0, "demand_pool": 1.02, "style_share": 1.02}
"""What one rule counts as: of sets of equal size, decisions go before what shoppers want."""
USUAL, LAST = 1.01, 100.0
WHOLE_UP_TO = 60_000
"""Programs with no more columns are judged in whole units, all at once."""
SECONDS = 20.0
TIE = 0.005
"""Of sets that count the same, the one that has to give a smaller part of its limits."""
RANGE = 1e5
"""Greatest cost of a unit of slack over the least: solvers lose digits when costs differ more."""
PROVEN = 1e-4
"""Part of the cost that may be open where an answer counts as proven best."""
LEAST_SECONDS = 0.5
NO_PRICE = 1e-9
"""Row prices no greater than this are rounding errors of costs from 1 on."""
PER_ROUND = 6_000
"""Options of a large program let in at a time."""
TOLERANCE = 1e-6
"""Slack below which a limit counts as kept."""
DIGITS = 6
"""Significant digits of a measured limit that is named."""


def no_plan(program: Program, text: str, seconds: float = SECONDS) -> NoPlanError:
    """The error that says so, with what to loosen where it was found in time."""
    return NoPlanError(text, too_tight(program, seconds))


def too_tight(program: Program, seconds: float = SECONDS) -> tuple[Loosening, ...]:
    """A smallest set of limits to loosen, in the order of the program's rows; () if none is found."""
    elastic, deadline = Elastic(program), time.monotonic() + seconds
    small = program.size[1] <= WHOLE_UP_TO
    used = np.diff(program.matrix.indptr) > 0
    start = np.flatnonzero(used & (small | (np.arange(program.size[1]) >= program.options)))
    cover = smallest_cover(elastic, start, deadline)
    if cover is None:
        return ()
    rules, least, cores = cover
    near = start if small else elastic.near(least.columns, least.amounts, rules)
    found = least_amounts(elastic, near, rules, deadline)
    if found is None:
        found = least_amounts(elastic, near, fewest(elastic, near, cores, deadline), deadline)
    return elastic.named_by_slack(least.slack, rules) if found is None else found


@dataclass(frozen=True)
class Question:
    """Minimise cost @ x with row_lower <= matrix @ x <= row_upper and 0 <= x <= most."""

    cost: Floats
    most: Floats
    matrix: sparse.csr_matrix
    row_lower: Floats
    row_upper: Floats

    def in_fractions(self, seconds: float) -> LpAnswer | None:
        """Amounts and row prices at the optimum; None when there is none in time."""
        least = np.zeros(len(self.cost))
        rows = (self.matrix, self.row_lower, self.row_upper)
        try:
            found = solve_linear(-self.cost, least, self.most, *rows, scale=1.0, seconds=seconds)
        except (NoPlanError, SolverError):
            return None
        return LpAnswer(found.amounts, -found.prices, -found.objective)

    def in_whole(self, whole: Bools, seconds: float) -> tuple[Floats, bool] | None:
        """Amounts, whole where said, and whether they are proven best; None when none are found."""
        least = np.zeros(len(self.cost))
        rows = (self.matrix, self.row_lower, self.row_upper)
        found = solve_integer(
            -self.cost, least, self.most, whole, *rows, scale=1.0, seconds=seconds, gap=TOLERANCE
        )
        if found.amounts is None:
            return None
        cost = float(self.cost @ found.amounts)
        return found.amounts, cost <= -found.bound + PROVEN * max(1.0, abs(cost))


@dataclass(frozen=True)
class Elastic:
    """A program and its slacks: parallel arrays, one element per limit that may give.

    row, sign (1 lifts a least, -1 eases a most), most (what could ever be missing), rule (the
    number of its rule and label: limits of one label in several periods count once).
    """

    program: Program

    @cached_property
    def _limits(self) -> tuple[Ints, Floats, Floats]:
        program = self.program
        rules = np.array(program.labels.rule)
        may = np.isin(rules, [*SETTABLE_RULES, *LAST_RESORT]) & ~program.link
        least, greatest = self._reach
        missing = np.where(np.isfinite(program.row_lower), program.row_lower - least, 0.0)
        beyond = np.where(np.isfinite(program.row_upper), greatest - program.row_upper, 0.0)
        below = np.flatnonzero(may & (missing > TOLERANCE))
        above = np.flatnonzero(may & (beyond > TOLERANCE))
        sign = np.concatenate([np.ones(len(below)), -np.ones(len(above))])
        most = np.concatenate([missing[below], beyond[above]])
        return np.concatenate([below, above]), sign, most

    @property
    def row(self) -> Ints:
        return self._limits[0]

    @property
    def sign(self) -> Floats:
        return self._limits[1]

    @property
    def most(self) -> Floats:
        return self._limits[2]

    @cached_property
    def _reach(self) -> tuple[Floats, Floats]:
        """Least and greatest each row can add up to: no lot gives more units than it has."""
        program = self.program
        by_row = program.by_row
        use = by_row.data * program.most[by_row.indices]
        row = np.repeat(np.arange(program.size[0]), np.diff(by_row.indptr))
        least = _added_up(row, np.minimum(use, 0.0), program.size[0])
        option = (by_row.indices < program.options) & (by_row.data > 0)
        greatest = _added_up(row[~option], np.maximum(use[~option], 0.0), program.size[0])
        lot = row_of_each_column(program, "supply")[by_row.indices[option]]
        together = row[option].astype(np.int64) * program.size[0] + lot
        key, at = np.unique(together, return_inverse=True)
        heaviest = np.zeros(len(key))
        np.maximum.at(heaviest, at, by_row.data[option])
        units = program.row_upper[key % program.size[0]]
        share = np.minimum(_added_up(at, use[option], len(key)), heaviest * units)
        greatest += _added_up(key // program.size[0], share, program.size[0])
        return least, greatest

    @cached_property
    def rule(self) -> Ints:
        """Number of the rule and label of each slack."""
        labels, numbers = self.program.labels, dict[tuple[str, str], int]()
        keys = [(labels.rule[k], labels.label[k]) for k in self.row.tolist()]
        return np.array([numbers.setdefault(key, len(numbers)) for key in keys], dtype=np.int64)

    @cached_property
    def rules(self) -> int:
        """How many rules, each at one label, may give."""
        return int(self.rule.max(initial=-1)) + 1

    @cached_property
    def weight(self) -> Floats:
        """What each rule counts as."""
        weight = np.zeros(self.rules)
        names = self.program.labels.rule
        for number, row in zip(self.rule.tolist(), self.row.tolist(), strict=True):
            usual = LAST if names[row] in LAST_RESORT else USUAL
            weight[number] = EASE.get(names[row], usual)
        return weight

    @cached_property
    def price(self) -> Floats:
        """Cost of a unit of each slack: a limit missed by a tenth costs the same in any unit."""
        program = self.program
        limit = np.where(self.sign > 0, program.row_lower[self.row], program.row_upper[self.row])
        return np.asarray(self.weight[self.rule] * RANGE / np.clip(np.abs(limit), 1.0, RANGE))

    def question(self, columns: Ints, cost: Floats, most: Floats, margin: float = 0.0) -> Question:
        """Least cost of slack over these columns of the program; slacks come last."""
        program = self.program
        easing = sparse.csc_array(
            (self.sign, (self.row, np.arange(len(self.row)))),
            shape=(program.size[0], len(self.row)),
        )
        upper = program.row_upper.copy()
        tight = np.isfinite(upper) & (upper > program.row_lower)
        upper[tight] -= margin * np.maximum(1.0, np.abs(upper[tight]))
        return Question(
            cost=np.concatenate([np.zeros(len(columns)), cost]),
            most=np.concatenate([program.most[columns], most]),
            matrix=sparse.csr_matrix(sparse.hstack([program.matrix[:, columns], easing])),
            row_lower=program.row_lower,
            row_upper=upper,
        )

    @cached_property
    def by_column(self) -> sparse.csr_array:
        """The matrix with a row for each column of the program, for pricing."""
        return sparse.csr_array(self.program.matrix.T)

    @cached_property
    def pool(self) -> Ints:
        """Row of the demand pool of each option."""
        return row_of_each_column(self.program, "demand_pool")[: self.program.options]

    def near(self, columns: Ints, amounts: Floats, rules: Bools) -> Ints:
        """Those columns that are in use, touch these rules or are no options."""
        near = (amounts > 0) | (columns >= self.program.options)
        touched = sparse.csr_array(self.program.matrix[:, columns])[self.row[self.allowed(rules)]]
        near[np.unique(touched.indices)] = True
        return np.asarray(columns[near])

    def allowed(self, rules: Bools) -> Bools:
        """Slacks of these rules."""
        return np.asarray(rules[self.rule])

    def needed(self, slack: Floats) -> Bools:
        """Rules these slacks loosen."""
        needed = np.zeros(self.rules, dtype=bool)
        needed[self.rule[slack > TOLERANCE]] = True
        return needed

    def broken(self, amounts: Floats, rules: Bools) -> Ints | None:
        """Rows of these rules that whole amounts break; None when they break any other."""
        rows = np.array(violations(self.program, amounts), dtype=np.int64)
        given = np.isin(rows, self.row[self.allowed(rules)])
        return rows if given.all() else None

    def named_by_slack(self, slack: Floats, rules: Bools) -> tuple[Loosening, ...]:
        """What fractions of units need of these rules, rounded up to whole ones."""
        used = np.zeros(self.program.size[0])
        given = np.flatnonzero(self.allowed(rules) & (slack > TOLERANCE))
        for k in given.tolist():
            row, missing = self.row[k], ceil(slack[k] - TOLERANCE)
            limit = self.program.row_lower if self.sign[k] > 0 else self.program.row_upper
            used[row] = limit[row] - self.sign[k] * missing
        return self.named(np.unique(self.row[given]), used)

    def named(self, rows: Ints, used: Floats) -> tuple[Loosening, ...]:
        """What has to give so that the program's rows may add up to `used`."""
        program, labels = self.program, self.program.labels
        found = []
        for row in rows.tolist():
            over = bool(used[row] > program.row_upper[row])
            limit = float(f"{program.row_upper[row] if over else program.row_lower[row]:.9g}")
            new = _rounded_outwards(float(used[row]), up=over)
            found.append(
                Loosening(
                    rule=labels.rule[row],
                    label=labels.label[row],
                    period=int(labels.period[row]),
                    unit=labels.unit[row],
                    by=float(f"{abs(new - limit):.9g}"),
                    direction="raise" if over else "lower",
                    new_limit=new,
                )
            )
        return tuple(found)


def _added_up(rows: Ints, amounts: Floats, count: int) -> Floats:
    """Sum of the amounts of each row."""
    return np.bincount(rows, amounts, minlength=count).astype(float)


def _rounded_outwards(amount: float, *, up: bool) -> float:
    """A number of few digits, never on the tight side; whole numbers stay."""
    nearest = round(amount)
    if abs(amount - nearest) < TOLERANCE:
        return float(nearest)
    scale = 10.0 ** (DIGITS - 1 - floor(log10(abs(amount))))
    return (ceil(amount * scale) if up else floor(amount * scale)) / scale


# Which rules


@dataclass(frozen=True)
class Least:
    """Least cost of slack over all options: the columns let in, their amounts, the slacks.

    `core` are rules that cannot all be kept, however freely the ones allowed are loosened.
    """

    columns: Ints
    amounts: Floats
    slack: Floats
    cost: float
    core: Bools


def least_slack(elastic: Elastic, columns: Ints, allowed: Bools, deadline: float) -> Least | None:
    """Least slack in rules that are not allowed to give, options let in until none would lower it.

    None when time is up.
    """
    program = elastic.program
    inside = np.zeros(program.size[1], dtype=bool)
    inside[columns] = True
    cost = np.where(elastic.allowed(allowed), 0.0, elastic.price)
    while True:
        answer = elastic.question(columns, cost, elastic.most).in_fractions(_left(deadline))
        if answer is None or time.monotonic() > deadline:
            return None
        slack = answer.amounts[len(columns) :]
        total = float(cost @ slack)
        new = _worth_adding(elastic, elastic.by_column @ answer.prices, inside)
        if total <= TOLERANCE or not len(new):
            core = np.zeros(elastic.rules, dtype=bool)
            core[elastic.rule[np.abs(answer.prices[elastic.row]) > NO_PRICE]] = True
            amounts = answer.amounts[: len(columns)]
            return Least(columns, amounts, slack, total, core & ~allowed)
        inside[new] = True
        columns = np.concatenate([columns, new])


def _worth_adding(elastic: Elastic, gain: Floats, inside: Bools) -> Ints:
    """Of each (lot, pool and sell period), the option outside that saves most slack."""
    options = elastic.program.options
    found = np.flatnonzero((gain[:options] > TOLERANCE) & ~inside[:options])
    lot, pool = elastic.program.group[found], elastic.pool[found]
    order = np.lexsort((-gain[found], pool, lot))
    lot, pool = lot[order], pool[order]
    first = np.ones(len(order), dtype=bool)
    first[1:] = (lot[1:] != lot[:-1]) | (pool[1:] != pool[:-1])
    best = found[order[first]]
    return np.asarray(best[np.argsort(-gain[best], kind="stable")[:PER_ROUND]])


def smallest_cover(
    elastic: Elastic, columns: Ints, deadline: float
) -> tuple[Bools, Least, list[Bools]] | None:
    """Fewest rules to loosen so that fractions of units have a plan (Parker and Ryan 1996).

    Every round proves that a further set of rules cannot all be kept, and takes the smallest set
    that holds a member of each. Returns it with the last answer and the sets found; when time is
    up, the rules the last answer loosens.
    """
    allowed = np.zeros(elastic.rules, dtype=bool)
    least = least_slack(elastic, columns, allowed, deadline)
    if least is None:
        return None
    weight = elastic.weight - TIE * elastic.needed(least.slack)
    cores: list[Bools] = []
    while least.cost > TOLERANCE and least.core.any():
        cores.append(least.core)
        allowed = _holding_one_of_each(cores, weight)
        following = least_slack(elastic, least.columns, allowed, deadline)
        if following is None:
            return elastic.needed(least.slack), least, cores
        least = following
    return allowed, least, cores


def _holding_one_of_each(cores: list[Bools], weight: Floats) -> Bools:
    """The set of least weight with a member of every core."""
    member = np.flatnonzero(np.logical_or.reduce(cores))
    question = Question(
        cost=weight[member],
        most=np.ones(len(member)),
        matrix=sparse.csr_matrix(np.array(cores)[:, member].astype(float)),
        row_lower=np.ones(len(cores)),
        row_upper=np.full(len(cores), np.inf),
    )
    answer = question.in_whole(np.ones(len(member), dtype=bool), LEAST_SECONDS)
    chosen = np.zeros(len(weight), dtype=bool)
    chosen[member if answer is None else member[answer[0] > 0.5]] = True
    return chosen


def fewest(elastic: Elastic, columns: Ints, cores: list[Bools], deadline: float) -> Bools:
    """Fewest rules to loosen so that whole units have a plan: slack <= its most x (0 or 1).

    Knows already that every core needs a member. When time is up, a set without a spare member.
    """
    inner = elastic.question(columns, np.zeros(len(elastic.row)), elastic.most)
    slacks, rules = len(elastic.row), elastic.rules
    at, first = np.arange(slacks), len(columns)
    own = sparse.csr_array((np.ones(slacks), (at, first + at)), shape=(slacks, first + slacks))
    gates = sparse.csr_array((-elastic.most, (at, elastic.rule)), shape=(slacks, rules))
    member = sparse.csr_array(np.array(cores, dtype=float).reshape(len(cores), rules))
    blocks = ((inner.matrix, None), (own, gates), (None, member))
    matrix = sparse.block_array(cast(Any, blocks))
    gated = Question(
        cost=np.concatenate([inner.cost, elastic.weight]),
        most=np.concatenate([inner.most, np.ones(rules)]),
        matrix=sparse.csr_matrix(matrix),
        row_lower=np.concatenate([inner.row_lower, np.full(slacks, -np.inf), np.ones(len(cores))]),
        row_upper=np.concatenate([inner.row_upper, np.zeros(slacks), np.full(len(cores), np.inf)]),
    )
    counted = np.concatenate([elastic.program.whole[columns], np.arange(slacks + rules) >= slacks])
    answer = gated.in_whole(counted, _part_of(deadline))
    if answer is None:
        return without_spare(elastic, columns, np.ones(rules, dtype=bool), deadline)
    amounts, proven = answer
    slack, gate = np.split(amounts[first:], [slacks])
    chosen = np.asarray((gate > 0.5) | elastic.needed(slack))
    return chosen if proven else without_spare(elastic, columns, chosen, deadline)


def without_spare(elastic: Elastic, columns: Ints, rules: Bools, deadline: float) -> Bools:
    """The set less every rule that can be kept, tried one after the other (a deletion filter)."""
    kept = rules.copy()
    members = np.flatnonzero(rules)[np.argsort(-elastic.weight[rules], kind="stable")]
    for number, rule in enumerate(members.tolist()):
        kept[rule] = False
        until = time.monotonic() + _part_of(deadline) / (len(members) - number)
        if least_amounts(elastic, columns, kept, until) is None:
            kept[rule] = True
    return kept


# By how much


def least_amounts(
    elastic: Elastic, columns: Ints, rules: Bools, deadline: float
) -> tuple[Loosening, ...] | None:
    """What whole amounts of these columns need of these rules when they keep all others exactly."""
    most = np.where(elastic.allowed(rules), elastic.most, 0.0)
    counted = np.concatenate([elastic.program.whole[columns], np.zeros(len(most), dtype=bool)])
    for margin in (0.0, TOLERANCE):
        question = elastic.question(columns, elastic.price, most, margin)
        answer = question.in_whole(counted, _part_of(deadline))
        if answer is None:
            return None
        amounts = np.zeros(elastic.program.size[1])
        amounts[columns] = answer[0][: len(columns)]
        amounts = with_amounts(elastic.program, amounts)
        if (rows := elastic.broken(amounts, rules)) is not None:
            return elastic.named(rows, elastic.program.matrix @ amounts)
    return None


def _left(deadline: float) -> float:
    return deadline - time.monotonic()


def _part_of(deadline: float) -> float:
    """Half of the time left: what follows needs some too."""
    return max(0.5 * _left(deadline), LEAST_SECONDS)
