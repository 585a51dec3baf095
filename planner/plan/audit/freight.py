"""Freight paid by the departure: whole boxes and charged loads, recomputed from lines and tariffs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from math import floor

from planner.domain import records as r
from planner.domain.vocabulary import ChargedOn, FeeModel, Incoterm, Owner, Perspective
from planner.errors import Finding
from planner.language import english
from planner.plan.audit.facts import Facts
from planner.plan.audit.money import box_share, leg_cost
from planner.plan.audit.options import Option
from planner.plan.audit.read import Row, Rows, finding
from planner.plan.audit.usage import RELATIVE, Book, Meter, Usage

MONEY = 1e-6
CENT = 0.01
Departure = tuple[str, date]
"""Leg and day of departure."""
TOO_BULKY = english(
    "No packing of whole units was found: lock fewer units of the largest goods (max_units)."
)
BULKY = 100
"""Goods of which some box holds fewer units are counted by the unit as well."""


@dataclass(slots=True)
class Bill:
    """What a departure carries for us and costs: the options, planned freight and cost in PC."""

    leg: r.Leg
    day: int
    goods: list[Option] = field(default_factory=list)
    planned: float = 0.0
    cost: float = 0.0


@dataclass(slots=True)
class Freight:
    """The bills of all departures, and the right freight of every (line, leg) they pay for."""

    bills: dict[Departure, Bill]
    by_line: dict[tuple[str, str], float] = field(default_factory=dict)

    @property
    def settlement(self) -> float:
        """Planned freight of everything departures paid as a whole carry, less what they cost."""
        return sum(bill.planned - bill.cost for bill in self.bills.values())


def box_types(facts: Facts, leg: r.Leg) -> dict[str, r.LegBox]:
    """The boxes a leg is paid by; none where it is paid otherwise."""
    return facts.leg_boxes.get(leg.leg, {})


def tariff(facts: Facts, leg: r.Leg) -> tuple[ChargedOn, list[tuple[float, float]]] | None:
    """What a departure's load is counted in, and the steps (from, rate); None without a tariff."""
    rows = facts.rate_breaks.get(leg.leg, [])
    if box_types(facts, leg) or not (rows or leg.minimum_charge):
        return None
    if rows:
        return rows[0].charged_on, [(row.from_quantity, row.rate) for row in rows]
    if leg.cost_per_kg:
        return ChargedOn.KG, [(0.0, leg.cost_per_kg)]
    return ChargedOn.CBM, [(0.0, leg.cost_per_cbm)]


def paid_whole(facts: Facts, leg: r.Leg) -> bool:
    """Whether a leg's departures are paid for as a whole."""
    if leg.leg not in facts.paid_whole:
        whole = bool(box_types(facts, leg)) or tariff(facts, leg) is not None
        facts.paid_whole[leg.leg] = whole
    return facts.paid_whole[leg.leg]


def is_ours(facts: Facts, o: Option, leg: r.Leg) -> bool:
    """Whether the freight of an option on a leg is the seller's: FOB ends at the border."""
    ends = (facts.sites[leg.from_site].country, facts.sites[leg.to_site].country)
    fob = o.channel.fee_model is FeeModel.WHOLESALE and o.channel.incoterm is Incoterm.FOB
    return not fob or all(facts.is_home(country) for country in ends)


def in_our_boxes(facts: Facts, o: Option, leg: r.Leg) -> bool:
    """Whether goods travel on a leg in whole boxes of ours."""
    return bool(box_types(facts, leg)) and is_ours(facts, o, leg)


def planned(facts: Facts, leg: r.Leg, lot: r.Lot, ship_day: int) -> float:
    """The part of a unit's planned freight that the price of the departure stands for."""
    rate = facts.fx(leg.currency, ship_day)
    if box_types(facts, leg):
        at_start = leg.origin_cost_per_box * facts.fx(leg.origin_currency or leg.currency, ship_day)
        return box_share(facts, leg, lot) * (leg.cost_per_box * rate + at_start)
    terms = tariff(facts, leg)
    if terms is None:
        return 0.0
    if terms[0] is ChargedOn.KG:
        return leg.cost_per_kg * max(lot.kg, lot.cbm * leg.kg_per_cbm) * rate
    return leg.cost_per_cbm * lot.cbm * rate


def bills_of(facts: Facts, options: Iterable[Option]) -> dict[Departure, Bill]:
    """Every departure that is paid as a whole and carries goods of ours, its cost still open."""
    bills: dict[Departure, Bill] = {}
    for o in options:
        for move in o.journey.moves:
            leg = move.leg
            if paid_whole(facts, leg) and is_ours(facts, o, leg):
                key = (leg.leg, facts.date_of(move.depart_day))
                bill = bills.setdefault(key, Bill(leg, move.depart_day))
                bill.goods.append(o)
                bill.planned += o.units * planned(facts, leg, o.lot, o.journey.ship_day)
    return bills


def box_space(facts: Facts, book: Book) -> Iterable[Usage]:
    """Goods of a departure fit into its boxes, by volume and by weight."""
    room: dict[Departure, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for _, row in book.boxes:
        holds = _room(facts, row)
        if holds is not None:
            for at in (0, 1):
                room[row["leg"], row["depart_date"]][at] += holds[at]
    for key, bill in bills_of(facts, book.options).items():
        if not box_types(facts, bill.leg):
            continue
        for at, unit in enumerate(("cbm", "kg")):
            label = f"{key[0]} | {key[1]} | {unit}"
            usage = Usage("box_space", label, facts.period_of(bill.day), unit, room[key][at])
            for o in bill.goods:
                usage.add(o.units * getattr(o.lot, unit), o.row)
            yield usage


def box_units(facts: Facts, book: Book) -> Iterable[Usage]:
    """Bulky goods are stowed whole: no more units of a lot than the boxes hold of it alone."""
    boxes: dict[Departure, list[tuple[float, float]]] = defaultdict(list)
    for _, row in book.boxes:
        holds = _room(facts, row)
        if holds is not None:
            boxes[row["leg"], row["depart_date"]].append(holds)
    for key, bill in bills_of(facts, book.options).items():
        rooms = [_holds(facts, term) for term in box_types(facts, bill.leg).values()]
        usages: dict[str, Usage] = {}
        for o in bill.goods:
            if rooms and min(_whole_units(o.lot, room) for room in rooms) < BULKY:
                limit = sum(_whole_units(o.lot, room) for room in boxes[key])
                label = f"{key[0]} | {key[1]} | {o.lot.lot}"
                fresh = Usage("box_units", label, facts.period_of(bill.day), "units", limit, "<")
                usages.setdefault(o.lot.lot, fresh).add(o.units, o.row)
        yield from usages.values()


def _whole_units(lot: r.Lot, room: tuple[float, float]) -> int:
    """Units of a lot that a box holds when it holds nothing else."""
    return floor(min(room[0] / lot.cbm, room[1] / lot.kg) * (1 + RELATIVE))


def box_limit(facts: Facts, book: Book) -> Iterable[Usage]:
    """Boxes of a type that a departure takes."""
    meter = Meter("box_limit", "boxes")
    for _, row in book.boxes:
        term = _term(facts, row)
        if term is not None and term.boxes_most_per_departure is not None:
            period = facts.period_of((row["depart_date"] - facts.start).days)
            label = f"{row['leg']} | {row['depart_date']} | {row['equipment']}"
            meter.add(label, period, term.boxes_most_per_departure, 1, 0)
    return meter.usages.values()


FREIGHT_RULES = (box_space, box_units, box_limit)


def _term(facts: Facts, row: Row) -> r.LegBox | None:
    leg = facts.legs.get(row["leg"])
    return None if leg is None else box_types(facts, leg).get(row["equipment"])


def _room(facts: Facts, row: Row) -> tuple[float, float] | None:
    """Volume and weight a box of the plan may hold."""
    term = _term(facts, row)
    return None if term is None else _holds(facts, term)


def _holds(facts: Facts, term: r.LegBox) -> tuple[float, float]:
    box = facts.equipment[term.equipment]
    return box.usable_cbm * term.fill_share, box.payload_kg


def check_freight(facts: Facts, book: Book, charges: Rows, found: list[Finding]) -> Freight:
    """Boxes, what is in them and charges of departures. Returns the right bills."""
    freight = Freight(bills_of(facts, book.options))
    check_boxes(facts, book, freight.bills, found)
    charged_load(facts, freight.bills, charges, found)
    for o in book.options:
        for move in o.journey.moves:
            leg, day = move.leg, o.journey.ship_day
            if paid_whole(facts, leg):
                rest = leg_cost(facts, leg, o.lot, day) - planned(facts, leg, o.lot, day)
                freight.by_line[o.line.line, leg.leg] = o.units * max(rest, 0.0)
    for bill in freight.bills.values():
        for o, share in _shares(facts, bill):
            freight.by_line[o.line.line, bill.leg.leg] += share
    return freight


def _shares(facts: Facts, bill: Bill) -> Iterator[tuple[Option, float]]:
    """The cost of a departure over its goods: by planned freight, by volume where none is planned."""
    weights = [o.units * planned(facts, bill.leg, o.lot, o.journey.ship_day) for o in bill.goods]
    if sum(weights) == 0:
        weights = [o.units * o.lot.cbm for o in bill.goods]
    for o, weight in zip(bill.goods, weights, strict=True):
        yield o, bill.cost * weight / sum(weights)


def check_boxes(
    facts: Facts, book: Book, bills: dict[Departure, Bill], found: list[Finding]
) -> None:
    """Every box is one its leg is paid by, at its price; what is in it is what the lines ship."""
    options = {o.line.line: o for o in book.options}
    held: dict[str, list[tuple[Option, int]]] = defaultdict(list)
    for number, row in book.box_loads:
        o = options.get(row["line"])
        if o is None:
            found.append(
                finding(
                    "box_loads", number, "line", english("{name!r} is no line.", name=row["line"])
                )
            )
            continue
        held[row["box"]].append((o, row["units"]))
        for name, right in (
            ("cbm", row["units"] * o.lot.cbm),
            ("kg", row["units"] * o.lot.kg),
        ):
            _compare("box_loads", number, name, row[name], right, found)
        if row["lot"] != o.lot.lot:
            problem = english(
                "is {written!r}, the line's lot is {right!r}.", written=row["lot"], right=o.lot.lot
            )
            found.append(finding("box_loads", number, "lot", problem))
    boxed: dict[tuple[str, str, date], int] = defaultdict(int)
    names: set[str] = set()
    for number, row in book.boxes:
        if row["box"] in names:
            found.append(
                finding("boxes", number, "box", english("{name!r} comes twice.", name=row["box"]))
            )
            continue
        names.add(row["box"])
        _check_box(facts, number, row, held[row["box"]], bills, found)
        for o, units in held[row["box"]]:
            boxed[o.line.line, row["leg"], row["depart_date"]] += units
    for name in held.keys() - names:
        found.append(finding("box_loads", 0, "box", english("{name!r} is no box.", name=name)))
    _check_units_in_boxes(facts, bills, boxed, found)


def _check_box(
    facts: Facts,
    number: int,
    row: Row,
    held: list[tuple[Option, int]],
    bills: dict[Departure, Bill],
    found: list[Finding],
) -> None:
    """One box: type, dates, cost, and a load within its volume and weight."""
    term, holds = _term(facts, row), _room(facts, row)
    if term is None or holds is None:
        problem = english(
            "leg {leg} is not paid by boxes {equipment!r}.",
            leg=row["leg"],
            equipment=row["equipment"],
        )
        found.append(finding("boxes", number, "equipment", problem))
        return
    leg, day = facts.legs[row["leg"]], (row["depart_date"] - facts.start).days
    cost = term.cost_per_box * facts.fx(leg.currency, day)
    cost += term.origin_cost_per_box * facts.fx(leg.origin_currency or leg.currency, day)
    bill = bills.setdefault((row["leg"], row["depart_date"]), Bill(leg, day))
    bill.cost += cost
    cbm = sum(units * o.lot.cbm for o, units in held)
    kg = sum(units * o.lot.kg for o, units in held)
    right = {
        "cost": cost,
        "planned": sum(u * planned(facts, leg, o.lot, o.journey.ship_day) for o, u in held),
        "cbm": cbm,
        "kg": kg,
        "usable_cbm": holds[0],
        "payload_kg": holds[1],
        "filled_share": max(cbm / holds[0], kg / holds[1]),
    }
    for name, amount in right.items():
        _compare("boxes", number, name, row[name], amount, found)
    arrives = facts.date_of(day + leg.transit_days)
    if row["arrive_date"] != arrives:
        problem = english(
            "is {written}, the leg arrives on {arrives}.",
            written=row["arrive_date"],
            arrives=arrives,
        )
        found.append(finding("boxes", number, "arrive_date", problem))
    for unit, used, limit in (("cbm", cbm, holds[0]), ("kg", kg, holds[1])):
        if used > limit * (1 + RELATIVE):
            problem = english(
                "box {name} holds {used:.10g} {unit}, at most {limit:.10g} allowed.",
                name=row["box"],
                used=used,
                unit=unit,
                limit=limit,
            )
            found.append(finding("boxes", number, unit, problem, TOO_BULKY))


def _check_units_in_boxes(
    facts: Facts,
    bills: dict[Departure, Bill],
    boxed: dict[tuple[str, str, date], int],
    found: list[Finding],
) -> None:
    """Each line's units on a leg paid by boxes are in the boxes of its departure, none twice."""
    for (leg, day), bill in bills.items():
        if not box_types(facts, bill.leg):
            continue
        for o in bill.goods:
            inside = boxed.pop((o.line.line, leg, day), 0)
            if inside != o.units:
                problem = english(
                    "{inside} of {units} units are in boxes of {leg} on {day}.",
                    inside=inside,
                    units=o.units,
                    leg=leg,
                    day=day,
                )
                found.append(finding("lines", o.row, "box_loads", problem))
    for (line, leg, day), units in boxed.items():
        problem = english(
            "{units} units of line {line} are in a box of {leg} on {day}, which they miss.",
            units=units,
            line=line,
            leg=leg,
            day=day,
        )
        found.append(finding("box_loads", 0, "line", problem))


def charged_load(
    facts: Facts, bills: dict[Departure, Bill], charges: Rows, found: list[Finding]
) -> None:
    """The load of a departure is charged at the step that is cheapest, declared up if need be."""
    rows: dict[Departure, tuple[int, Row]] = {}
    for number, row in charges:
        key = (row["leg"], row["depart_date"])
        if key in rows or key not in bills or box_types(facts, bills[key].leg):
            problem = english(
                "{leg} on {day} is no departure charged by its load.",
                leg=row["leg"],
                day=row["depart_date"],
            )
            found.append(finding("charges", number, "leg", problem))
        rows.setdefault(key, (number, row))
    for key, bill in bills.items():
        terms = tariff(facts, bill.leg)
        if terms is None:
            continue
        unit, steps = terms
        load = _load(bill, unit)
        options = [(max(bill.leg.minimum_charge, rate * max(load, start)), start, rate)
                   for start, rate in steps]  # fmt: skip
        bill.cost = min(options)[0] * facts.fx(bill.leg.currency, bill.day)
        if key not in rows:
            problem = english(
                "the departure of {leg} on {day} is not charged.", leg=key[0], day=key[1]
            )
            found.append(finding("charges", 0, "leg", problem))
            continue
        number, row = rows[key]
        declared = [(max(load, start), rate) for cost, start, rate in options
                    if cost <= min(options)[0] * (1 + RELATIVE)]  # fmt: skip
        fitting = [each for each in declared if abs(each[1] - row["rate"]) <= MONEY] or declared
        right = {
            "load": load,
            "declared": fitting[0][0],
            "rate": fitting[0][1],
            "minimum": bill.leg.minimum_charge,
            "cost": bill.cost,
            "planned": bill.planned,
        }
        for name, amount in right.items():
            _compare("charges", number, name, row[name], amount, found)
        for name, said in (("charged_on", unit.value), ("currency", bill.leg.currency)):
            if row[name] != said:
                problem = english(
                    "is {written!r}, the leg's tariff says {said!r}.", written=row[name], said=said
                )
                found.append(finding("charges", number, name, problem))


def _load(bill: Bill, unit: ChargedOn) -> float:
    """The chargeable quantity of a departure: the greater of its volume and its weight."""
    cbm = sum(o.units * o.lot.cbm for o in bill.goods)
    kg = sum(o.units * o.lot.kg for o in bill.goods)
    per_cbm = bill.leg.kg_per_cbm
    if unit is ChargedOn.KG:
        return max(kg, cbm * per_cbm)
    return max(cbm, kg / per_cbm) if per_cbm else cbm


def check_departures(freight: Freight, legs: Rows, found: list[Finding]) -> None:
    """Freight of a departure's rows in legs adds up to what the departure costs."""
    paid: dict[Departure, float] = defaultdict(float)
    first: dict[Departure, int] = {}
    for number, row in legs:
        key = (row["leg"], row["depart_date"])
        if (row["line"], row["leg"]) in freight.by_line:
            paid[key] += row["freight"]
            first.setdefault(key, number)
    for key, bill in freight.bills.items():
        if not bill.goods:
            continue
        lines = [o.line.line for o in bill.goods]
        right = sum(freight.by_line[line, key[0]] for line in lines)
        if abs(paid[key] - right) > MONEY * max(1.0, right):
            problem = english(
                "the freight of {leg} on {day} adds up to {written:.4f}, not {right:.4f}.",
                leg=key[0],
                day=key[1],
                written=paid[key],
                right=right,
            )
            found.append(finding("legs", first.get(key, 0), "freight", problem))


def borne(facts: Facts, freight: Freight) -> dict[str, float]:
    """What each party receives because departures cost more than planned: carriers gain, owners lose."""
    extra = -freight.settlement
    view = facts.header.perspective
    if view is not Perspective.BOTH:
        return {"carriers": extra, view.value: -extra}
    brand = sum(
        share - o.units * planned(facts, bill.leg, o.lot, o.journey.ship_day)
        for bill in freight.bills.values()
        for o, share in _shares(facts, bill)
        if o.lot.owner is Owner.BRAND
    )
    return {"carriers": extra, "brand": -brand, "platform": brand - extra}


def _compare(
    table: str, number: int, name: str, written: float, right: float, found: list[Finding]
) -> None:
    if abs(written - right) > MONEY * max(1.0, abs(right)):
        problem = english(
            "is {written:.6f}, the plan's lines give {right:.6f}.", written=written, right=right
        )
        found.append(finding(table, number, name, problem))
