"""Every whole-unit plan of a tiny scenario, judged by the audit's arithmetic alone.

Nothing here knows the optimiser: options, limits, money, papers, boxes and charges come from the
scenario's records by way of the audit. What adds up over units is measured one unit at a time and
summed for all plans at once; the rest is asked of the audit plan by plan, the most promising first,
until no plan left can be worth more.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, product
from math import ceil, inf

import numpy as np

from planner.domain import records as r
from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import RuleMode
from planner.plan.audit.breaches import asked_for, broken
from planner.plan.audit.corridor import leak, trades
from planner.plan.audit.facts import Facts
from planner.plan.audit.freight import (
    Bill,
    bills_of,
    box_limit,
    box_space,
    box_types,
    box_units,
    charged_load,
    is_ours,
    paid_whole,
    planned,
)
from planner.plan.audit.money import emissions, exit_value, waterfall
from planner.plan.audit.offers import OFFER_RULES
from planner.plan.audit.openings import least_if_opened
from planner.plan.audit.options import Line, Option, Resolver
from planner.plan.audit.papers import Need, Paper, needed
from planner.plan.audit.prices import prices
from planner.plan.audit.read import Row
from planner.plan.audit.rules import PLAN_RULES, leg_capacity
from planner.plan.audit.settings import asked
from planner.plan.audit.soft import STEPWISE
from planner.plan.audit.tables import _cleared, _exit_faults
from planner.plan.audit.usage import Book, Usage
from tests.stepwise import stepwise

ADDS_UP = (
    "frozen_shipment",
    "demand_pool",
    "style_share",
    "leg_capacity",
    "site_throughput",
    "relabelling",
    "channel_capacity",
    "storage_capacity",
    "quota",
    "exit_capacity",
    "lock",
    "burst_dispatch",
    "quantity",
    "plan_share",
    "exposure",
    "budget",
    "cash_target",
    "working_capital",
)
"""Rules whose use of a limit is a sum over units; whole boxes are left to their departures."""
IF_ANY = ("least_line", "group_buy")
"""Rules that ask for a least where there is anything at all."""
BOUGHT = ("box_space", "box_units", "box_limit")
"""Rules of boxes, asked while a departure's boxes are chosen."""
WHOLE = tuple(
    rule
    for rule in PLAN_RULES
    if rule.__name__ not in ("supply", "multiple", "least_if_opened", *ADDS_UP, *IF_ANY, *BOUGHT)
)
"""Rules asked of a plan as it stands."""
GROWS = {
    "channels_per_style",
    "styles_per_event",
    "exclusive_group",
    "close_prices",
    "no_rise",
    "one_price",
    "same_price",
    "price_step",
    "no_touch",
    "distinct_prices",
    "corridor",
}
"""Rules that two options break together in every plan that uses both, whatever else it holds."""
ROOM = 1e-7
"""Room of sums that are only used to leave out plans; the audit's own room is smaller."""
MOST_PLANS = 600_000
CENT = 0.01
PROBES = 4
"""Plans that break one rule alone, looked at to see whether it holds the best plan back."""


@dataclass(frozen=True)
class Item:
    """What may be done with units of a lot: an option or an exit, and what each unit brings.

    worth: PC, the planned freight that whole departures replace added back.
    """

    lot: str
    worth: float
    option: Option | None = None
    leaves: Row | None = None


@dataclass(frozen=True)
class Sum:
    """A limit on a sum over units: what a unit of each item adds, and PC for each unit missing.

    kind: at most '<', at least '>', exactly '=', at least where anything is used '?', a whole
    multiple of '%' the limit. price: NaN where the limit is hard.
    """

    rule: str
    kind: str
    limit: float
    each: Floats
    price: float

    def missing(self, used: Floats) -> Floats:
        """How far each use misses the limit."""
        over = used - self.limit
        if self.kind == "?":
            far = np.where(used > 0, -over, 0.0)
        elif self.kind == "%":
            far = np.minimum(used % self.limit, -used % self.limit)
        else:
            far = {"<": over, ">": -over, "=": np.abs(over)}[self.kind[0]]
        return np.where(far > ROOM * max(1.0, abs(self.limit)), far, 0.0)


@dataclass(frozen=True)
class Best:
    """The best plan of all: its value and units, -inf without one; how many plans there are, and the
    rules without which another would be worth more."""

    value: float
    units: Mapping[str, int]
    plans: int
    judged: int
    binding: frozenset[str]
    pays: frozenset[str]


class EveryPlan:
    """All plans of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        self.facts = Facts(scenario)
        self.lots = [lot for lot in scenario.lots if lot.form_of is None]
        self.refused: Counter[str] = Counter()
        self.items = [item for lot in self.lots for item in self._items(lot)]
        self.worth = np.array([item.worth for item in self.items])
        self.of_lot = np.array([item.lot for item in self.items])
        self.every = self.book(np.ones(len(self.items), dtype=np.int64))
        self.sums = self._sums()
        self.papers = self._papers()
        self.departures = bills_of(self.facts, self.every.options)

    # --- what there is to choose from

    def _items(self, lot: r.Lot) -> Iterator[Item]:
        facts, header = self.facts, self.facts.header
        for o in self._options(lot):
            worth = waterfall(facts, o)["netback"] + header.value_per_unit_cleared
            worth -= emissions(o) * header.co2e_price_per_kg
            worth -= sum(depth * price for depth, price in broken(facts, o).values())
            for move in o.journey.moves:
                if paid_whole(facts, move.leg) and is_ours(facts, o, move.leg):
                    worth += planned(facts, move.leg, o.lot, o.journey.ship_day)
            yield Item(lot.lot, worth, option=o)
        for way in facts.exits.values():
            row = self._exit(lot, way.exit)
            if not any(_exit_faults(facts, row)):
                yield Item(lot.lot, exit_value(facts, lot, way), leaves=row)
        for shipment in facts.frozen.values():
            if shipment.lot == lot.lot:
                yield Item(lot.lot, 0.0, leaves=self._exit(lot, "stay", shipment.shipment))

    @staticmethod
    def _exit(lot: r.Lot, name: str, shipment: str = "") -> Row:
        return {"lot": lot.lot, "brand": lot.brand, "exit": name, "shipment": shipment, "units": 1}

    def _options(self, lot: r.Lot) -> Iterator[Option]:
        """Every option of a lot and its forms that no rule about options takes away."""
        facts, resolver = self.facts, Resolver(self.facts)
        forms = [form for form in facts.lots.values() if (form.form_of or form.lot) == lot.lot]
        periods = range(1, facts.periods + 1)
        for form, channel in product(forms, facts.channels.values()):
            if (channel.channel, form.category) not in facts.terms:
                continue
            rungs = [rung for (ladder, _), rung in facts.rungs.items() if ladder == channel.ladder]
            trips = [*product(self._routes(form, channel), periods), *self._on_the_way(form)]
            for (route, ship), sell, rung in product(trips, periods, rungs):
                o = self._resolved(resolver, form, channel, route, ship, sell, rung)
                if o is not None and self._offered(o):
                    yield o

    def _routes(self, lot: r.Lot, channel: r.Channel) -> Iterator[str]:
        """Every chain of legs from a lot's origin; the audit says which of them are routes."""

        def walk(site: str, legs: tuple[str, ...], seen: tuple[str, ...]) -> Iterator[str]:
            yield " > ".join(legs)
            for leg in self.facts.legs.values():
                if leg.from_site == site and leg.to_site not in seen:
                    yield from walk(leg.to_site, (*legs, leg.leg), (*seen, leg.to_site))

        return walk(lot.origin, (), (lot.origin,))

    def _on_the_way(self, lot: r.Lot) -> Iterator[tuple[str, int]]:
        for shipment in self.facts.frozen.values():
            if shipment.lot == lot.lot:
                left = self.facts.period_of((shipment.ship_date - self.facts.start).days)
                yield f"frozen {shipment.shipment}", max(1, left)

    def _resolved(
        self,
        resolver: Resolver,
        lot: r.Lot,
        channel: r.Channel,
        route: str,
        ship: int,
        sell: int,
        rung: r.LadderRung,
    ) -> Option | None:
        """One unit of an option as the audit reads it; None where it is no option."""
        market = self.facts.markets[channel.market]
        price = prices(self.facts, lot, channel, rung)[0]
        if channel.fee_model.value == "wholesale":
            price = price / self.facts.fx(market.currency, 0)
        cells = {"price": price, "price_currency": market.currency}
        name = f"{lot.lot} {channel.channel} {route} {ship} {sell} {rung.rung}"
        line = Line(2, name, lot.lot, channel.channel, route, ship, sell, rung.rung, 1, cells)
        o, faults = resolver.resolve(line)
        if o is None or faults:
            return None
        trip = o.journey
        cells |= {
            "ship_date": trip.ship_date,
            "arrival_date": trip.arrival_date,
            "arrival_period": trip.arrival_period,
            "sale_date": o.sale_date,
            "brand": lot.brand,
            "market": market.market,
            "cartons": 1,
            "kg": lot.kg,
            "cbm": lot.cbm,
        }
        return o

    def _offered(self, o: Option) -> bool:
        """Whether the option exists; where one rule alone takes it away, that rule is counted."""
        against = [
            rule.__name__
            for rule in OFFER_RULES
            if asked_for(self.facts, o, rule.__name__)[0] is RuleMode.HARD
            and any(rule(self.facts, o))
        ]
        if len(against) == 1:
            self.refused[against[0]] += 1
        return not against

    # --- what adds up

    def book(self, units: Ints, openings: Iterable[Paper] = (), boxes: Iterable[Row] = ()) -> Book:
        """The plan of so many units of each item."""
        options, exits = [], []
        for k in np.flatnonzero(units).tolist():
            item, count = self.items[k], int(units[k])
            if item.option is not None:
                line = replace(item.option.line, units=count, row=k + 2)
                options.append(replace(item.option, line=line))
            elif item.leaves is not None:
                exits.append((0, {**item.leaves, "units": count}))
        paid = [
            (0, {"rule": paper[0], "market": paper[1], "subject": paper[2]}) for paper in openings
        ]
        bought = [(0, row) for row in boxes]
        return Book([o.line for o in options], options, exits, paid, bought)

    def _sums(self) -> list[Sum]:
        """Every limit on a sum, hard or soft, measured one unit at a time."""
        one = np.eye(len(self.items), dtype=np.int64)
        limits: dict[tuple[str, str, int, str], Usage] = {}
        each: dict[tuple[str, str, int, str], Floats] = defaultdict(
            lambda: np.zeros(len(self.items))
        )
        for rule in PLAN_RULES:
            if rule.__name__ not in ("multiple", *ADDS_UP, *IF_ANY):
                continue
            for k, row in enumerate([*one, np.zeros(len(self.items), dtype=np.int64)]):
                for usage in rule(self.facts, self.book(row)):
                    key = (usage.rule, usage.label, usage.period, usage.kind)
                    limits[key] = usage
                    if k < len(self.items):
                        each[key][k] += usage.used
        found = [self._sum(usage, each[key]) for key, usage in limits.items()]
        return [row for row in found if row is not None] + self._promises()

    def _sum(self, usage: Usage, each: Floats) -> Sum | None:
        mode, price = asked(self.facts, usage.rule, usage.label)
        if mode is RuleMode.OFF:
            return None
        if mode is RuleMode.HARD:
            price = np.nan
        elif usage.unit == "share" and each.any():
            price /= each[
                each > 0
            ].min()  # a missing part of an appetite, in units at its lowest price
        kind, limit = usage.kind, usage.limit
        if usage.rule in IF_ANY:
            kind, limit, each = "?", 1 - each.min(), (each < 0).astype(float)
        elif usage.rule == "multiple":
            lot = usage.label.partition(" | ")[0]
            kind, limit = "%", self.facts.lots[lot].multiple_units
        return Sum(usage.rule, kind, limit, each, price)

    def _promises(self) -> list[Sum]:
        """What brands were promised to clear, always soft."""
        one = np.eye(len(self.items), dtype=np.int64)
        found = []
        for brand in self.facts.scenario.brands:
            if brand.must_clear_share > 0:
                books = [self.book(row) for row in one]
                cleared = [_cleared(self.facts, brand, b.options, b.exits) for b in books]
                each = np.array([units for _, units in cleared])
                limit = cleared[0][0]
                found.append(Sum("must_clear", ">", limit, each, brand.must_clear_price))
        return found

    def _papers(self) -> list[tuple[Need, Ints, RuleMode, float]]:
        """Everything that must be paid for once: who needs it, how strictly, at which price."""
        members: dict[Paper, list[int]] = defaultdict(list)
        needs: dict[Paper, Need] = {}
        for k, item in enumerate(self.items):
            if item.option is not None:
                for paper, need in needed(self.facts, [item.option]).items():
                    needs[paper] = need
                    members[paper].append(k)
        return [
            (need, np.array(members[paper]), *asked(self.facts, need.rule, need.label))
            for paper, need in needs.items()
        ]

    # --- all plans

    def plans(self) -> Ints:
        """Every way to place all units of all lots, but for those a growing sum already forbids."""
        growing = [
            row
            for row in self.sums
            if np.isnan(row.price) and row.kind[0] == "<" and (row.each >= 0).all()
        ]
        use = np.array([row.each for row in growing]).reshape(-1, len(self.items))
        most = np.array([row.limit + ROOM * max(1.0, abs(row.limit)) for row in growing])
        found = np.zeros((1, len(self.items)), dtype=np.int8)
        for lot in self.lots:
            mine = np.flatnonzero(self.of_lot == lot.lot)
            part = _placed(mine, lot.units, len(self.items), use, most)
            if len(found) * len(part) > MOST_PLANS:
                raise ValueError(f"{len(found) * len(part)} plans are too many to try")
            found = (found[:, None, :] + part[None, :, :]).reshape(-1, len(self.items))
            found = found[(found @ use.T <= most).all(axis=1)]
        return found

    def best(self) -> Best:
        """The plan worth most."""
        plans = self.plans()
        counts = plans.astype(float)
        known = counts @ self.worth - self._departing(counts)
        faults: dict[str, Bools] = {}
        sums = counts @ np.array([row.each for row in self.sums]).reshape(-1, len(self.items)).T
        for row, used in zip(self.sums, sums.T, strict=True):
            missing = row.missing(used)
            if not np.isnan(row.price):
                known = known - row.price * missing
            elif missing.any():
                faults[row.rule] = faults.get(row.rule, False) | (missing > 0)
        hopes = known - self._papers_at_least(counts)
        wrong = sum(faults.values(), np.zeros(len(plans), dtype=np.int64))
        search = _Search(self, plans, known, hopes)
        search.through(np.flatnonzero((wrong == 0) & np.isfinite(hopes)))
        for rule, broken_by in faults.items():
            search.probe(rule, np.flatnonzero(broken_by & (wrong == 1)))
        return search.result()

    def _papers_at_least(self, plans: Floats) -> Floats:
        """What papers and openings cost, or going without them where they are soft."""
        total = np.zeros(len(plans))
        for need, members, mode, price in self.papers:
            units = plans[:, members].sum(axis=1)
            without = price * units if mode is RuleMode.SOFT else inf
            total += np.where(units > 0, np.minimum(need.cost, without), 0.0)
        return total

    def name(self, k: int) -> str:
        """An item in words."""
        item = self.items[k]
        if item.option is not None:
            return item.option.line.line
        assert item.leaves is not None
        return f"{item.lot} {item.leaves['exit']} {item.leaves['shipment']}".strip()

    def _departing(self, plans: Floats) -> Floats:
        """Cost of all departures paid as a whole, each with the cheapest boxes it may take."""
        total = np.zeros(len(plans))
        for bill in self.departures.values():
            goods = {o.lot.lot: o for o in bill.goods}
            held = np.zeros((len(self.items), len(goods)))
            for o in bill.goods:
                held[o.row - 2, list(goods).index(o.lot.lot)] = 1.0
            loads = plans @ held
            one_number = loads @ (1 + loads.max(initial=0.0)) ** np.arange(len(goods))
            _, first, which = np.unique(one_number, return_index=True, return_inverse=True)
            cost = [
                self._cost(bill, zip(goods.values(), load.astype(int).tolist(), strict=True))
                for load in loads[first]
            ]
            total += np.array(cost)[which]
        return total

    def _cost(self, bill: Bill, load: Iterable[tuple[Option, int]]) -> float:
        """What a departure with so many units of each lot costs at the least."""
        held = [replace(o, line=replace(o.line, units=units)) for o, units in load if units]
        if not held:
            return 0.0
        book = Book([o.line for o in held], held, [])
        if box_types(self.facts, bill.leg):
            return min((cost for cost, _ in self._boxes(bill, book)), default=inf)
        own = Bill(bill.leg, bill.day, held)
        charged_load(self.facts, {(bill.leg.leg, self.facts.date_of(bill.day)): own}, [], [])
        return own.cost

    def _boxes(self, bill: Bill, book: Book) -> Iterator[tuple[float, list[Row]]]:
        """Every choice of boxes that holds the goods of a departure, with its cost."""
        facts = self.facts
        day = facts.date_of(bill.day)
        types = list(box_types(facts, bill.leg).values())
        room = [facts.equipment[row.equipment] for row in types]
        volume = sum(o.units * o.lot.cbm for o in book.options)
        weight = sum(o.units * o.lot.kg for o in book.options)
        units = sum(o.units for o in book.options)
        enough = [
            min(
                units,
                ceil(max(volume / (box.usable_cbm * row.fill_share), weight / box.payload_kg)) + 1,
            )
            for row, box in zip(types, room, strict=True)
        ]
        for count in product(*(range(most + 1) for most in enough)):
            rows = [
                {"leg": bill.leg.leg, "depart_date": day, "equipment": row.equipment}
                for row, number in zip(types, count, strict=True)
                for _ in range(number)
            ]
            cost = sum(
                number * box_price(facts, bill, row)
                for row, number in zip(types, count, strict=True)
            )
            stowed = replace(book, boxes=[(0, row) for row in rows])
            usages = [u for rule in (box_space, box_units, box_limit) for u in rule(facts, stowed)]
            own = [u for u in usages if u.label.startswith(f"{bill.leg.leg} | {day}")]
            missed = self._missed(own)
            if missed is not None:
                yield cost + missed, rows

    def _missed(self, usages: Iterable[Usage]) -> float | None:
        """PC for what is missed of soft limits; None where a hard one is broken."""
        total = 0.0
        for usage in usages:
            mode, price = asked(self.facts, usage.rule, usage.label)
            if usage.broken and mode is RuleMode.HARD:
                return None
            if mode is RuleMode.SOFT:
                total += price * usage.missing
        return total

    # --- one plan

    def judge(self, units: Ints, known: float) -> tuple[float, set[str]]:
        """Value of a plan, and the hard rules it breaks.

        known: its value but for what is asked here; sums are not looked at again.
        """
        facts, book = self.facts, self.book(units)
        value, faults = known, set()
        for rule in WHOLE:
            for usage in rule(facts, book):
                mode, price = asked(facts, usage.rule, usage.label)
                if mode is RuleMode.HARD and usage.broken:
                    faults.add(usage.rule)
                elif mode is RuleMode.SOFT and usage.rule not in STEPWISE:
                    value -= price * usage.missing
        value -= sum(leak(facts, trade) for trade in trades(facts, book.options))
        value -= stepwise(facts, book, self.every)
        for rule, cost in (
            ("least_if_opened", self._opened(book)),
            ("leg_capacity", self._boxed(book)),
        ):
            if cost is None:
                faults.add(rule)
            else:
                value -= cost
        return value, faults

    def conflict(self, units: Ints) -> tuple[int, int] | None:
        """Two items of a plan that no plan may use together, if the audit knows any."""
        used = np.flatnonzero(units)
        for one, other in combinations([k for k in used if self.items[k].option is not None], 2):
            pair = np.zeros(len(units), dtype=np.int64)
            pair[[one, other]] = 1
            book = self.book(pair)
            for rule in WHOLE:
                if rule.__name__ in GROWS and any(
                    usage.broken and asked(self.facts, usage.rule, usage.label)[0] is RuleMode.HARD
                    for usage in rule(self.facts, book)
                ):
                    return int(one), int(other)
        return None

    def _opened(self, book: Book) -> float | None:
        """The least that papers and openings cost, leasts of what is opened included."""
        needs = needed(self.facts, book.options)
        modes = {p: asked(self.facts, n.rule, n.label) for p, n in needs.items()}
        soft = [paper for paper in needs if modes[paper][0] is RuleMode.SOFT]
        hard = [paper for paper in needs if paper not in soft]
        best = None
        for count in range(len(soft) + 1):
            for some in combinations(soft, count):
                paid = [*hard, *some]
                cost = sum(needs[paper].cost for paper in paid)
                cost += sum(modes[p][1] * needs[p].units for p in soft if p not in some)
                rows = [(0, {"rule": p[0], "market": p[1], "subject": p[2]}) for p in paid]
                missed = self._missed(least_if_opened(self.facts, replace(book, openings=rows)))
                if missed is not None and (best is None or cost + missed < best):
                    best = cost + missed
        return best

    def _boxed(self, book: Book) -> float | None:
        """What it costs more than the cheapest boxes to keep to the boxes a leg takes in a period."""
        facts = self.facts
        limited = [leg for leg in facts.legs.values() if leg.boxes_per_period is not None]
        bills = bills_of(facts, book.options).values() if limited else ()
        bills = [bill for bill in bills if box_types(facts, bill.leg)]
        if not bills:
            return 0.0
        choices = [
            list(self._boxes(bill, Book([o.line for o in bill.goods], bill.goods, [])))
            for bill in bills
        ]
        before = self._missed(_in_boxes(leg_capacity(facts, book))) or 0.0
        best = None
        for chosen in product(*choices):
            rows = [(0, row) for _, each in chosen for row in each]
            missed = self._missed(_in_boxes(leg_capacity(facts, replace(book, boxes=rows))))
            if missed is not None:
                cost = sum(each for each, _ in chosen) + missed - before
                best = cost if best is None else min(best, cost)
        if best is None:
            return None
        return best - sum(min(cost for cost, _ in each) for each in choices)

    def paid(self, units: Ints) -> set[str]:
        """What a plan pays for or misses: papers, boxes, charges, soft limits, leaks, forms."""
        facts, book = self.facts, self.book(units)
        found = {need.rule for need in needed(facts, book.options).values() if need.cost > 0}
        for bill in bills_of(facts, book.options).values():
            found.add("boxes" if box_types(facts, bill.leg) else "charged_load")
        for row in self.sums:
            if not np.isnan(row.price) and row.missing(units @ row.each) > 0:
                found.add(f"soft {row.rule}")
        for rule in WHOLE:
            for usage in rule(facts, book):
                if usage.broken and asked(facts, usage.rule, usage.label)[0] is RuleMode.SOFT:
                    found.add(f"soft {usage.rule}")
        if any(leak(facts, trade) > 0 for trade in trades(facts, book.options)):
            found.add("corridor_leak")
        for o in book.options:
            found |= {f"soft {rule}" for rule in broken(facts, o)}
            found |= {"form"} if o.lot.form_of else set()
            found |= {"presale"} if o.line.sell_period < o.journey.arrival_period else set()
            found |= {"frozen_shipment"} if o.journey.frozen else set()
        return found


def _placed(mine: Ints, units: int, width: int, use: Floats, most: Floats) -> Ints:
    """Every way to place units on some items, item by item, while all growing sums keep their limits."""
    found = np.zeros((1, width), dtype=np.int8)
    last = np.zeros(1, dtype=np.int64)
    for _ in range(units):
        parts, lasts = [], []
        for at, k in enumerate(mine.tolist()):
            more = found[last <= at].copy()
            more[:, k] += 1
            more = more[(more @ use.T <= most).all(axis=1)]
            parts.append(more)
            lasts.append(np.full(len(more), at))
        found, last = np.concatenate(parts), np.concatenate(lasts)
    return found


class _Search:
    """The plans of one scenario in order of hope, the best so far, and what holds others back."""

    def __init__(self, every: EveryPlan, plans: Ints, known: Floats, hopes: Floats) -> None:
        self.every, self.plans, self.known, self.hopes = every, plans, known, hopes
        self.value, self.at, self.judged = -inf, -1, 0
        self.alone: dict[str, float] = {}

    def through(self, rows: Ints) -> None:
        """Judge plans until none left can be worth more; pairs that never go together end many."""
        left = rows[np.argsort(-self.hopes[rows], kind="stable")]
        while len(left) and self.hopes[left[0]] > self.value:
            k, left = int(left[0]), left[1:]
            faults = self._judged(k)
            pair = self.every.conflict(self.plans[k]) if faults & GROWS else None
            if pair is not None:
                left = left[~(self.plans[left][:, pair] > 0).all(axis=1)]

    def probe(self, rule: str, rows: Ints) -> None:
        """See whether plans that break one sum alone would be worth more."""
        rows = rows[self.hopes[rows] > self.value + CENT]
        for k in rows[np.argsort(-self.hopes[rows], kind="stable")][:PROBES].tolist():
            value, faults = self.every.judge(self.plans[k], float(self.known[k]))
            if not faults:
                self.alone[rule] = max(self.alone.get(rule, -inf), value)

    def _judged(self, k: int) -> set[str]:
        self.judged += 1
        value, faults = self.every.judge(self.plans[k], float(self.known[k]))
        if not faults and value > self.value:
            self.value, self.at = value, k
        if len(faults) == 1:
            (rule,) = faults
            self.alone[rule] = max(self.alone.get(rule, -inf), value)
        return faults

    def result(self) -> Best:
        """What was found."""
        nothing = np.zeros(len(self.every.items), dtype=np.int8)
        units = self.plans[self.at] if self.at >= 0 else nothing
        return Best(
            value=self.value,
            units={self.every.name(k): int(units[k]) for k in np.flatnonzero(units).tolist()},
            plans=len(self.plans),
            judged=self.judged,
            binding=frozenset(
                rule for rule, value in self.alone.items() if value > self.value + CENT
            ),
            pays=frozenset(self.every.paid(units)),
        )


def _in_boxes(usages: Iterable[Usage]) -> Iterator[Usage]:
    return (usage for usage in usages if usage.unit == "boxes")


def box_price(facts: Facts, bill: Bill, row: r.LegBox) -> float:
    """What a box costs on the day of its departure."""
    leg, day = bill.leg, bill.day
    at_start = row.origin_cost_per_box * facts.fx(leg.origin_currency or leg.currency, day)
    return row.cost_per_box * facts.fx(leg.currency, day) + at_start
