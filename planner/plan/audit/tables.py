"""The plan's other tables against its lines and the records: waterfalls, exits, promises, legs,
prices, parties and limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from planner.domain import records as r
from planner.domain.vocabulary import ExitKind, Incoterm, RuleEffect
from planner.errors import Finding
from planner.language import english
from planner.plan.audit.facts import Facts, is_wholesale, selected, within
from planner.plan.audit.money import PARTIES, exit_value, leg_cost
from planner.plan.audit.options import Line, Option
from planner.plan.audit.prices import price_basis
from planner.plan.audit.read import WATERFALL, Row, Rows, finding
from planner.plan.audit.usage import Usage

MONEY = 1e-6
"""Largest difference of a money line per unit, in planning currency."""


CENT = 0.0101
"""Largest difference of a line's part of a cost that is split in whole cents."""


def differs(written: float, right: float, scale: float = 1.0) -> bool:
    return abs(written - right) > MONEY * max(1.0, scale)


def waterfalls_by_line(lines: list[Line], rows: Rows, found: list[Finding]) -> dict[str, Row]:
    """Exactly one waterfall for each line."""
    known = {line.line for line in lines}
    falls: dict[str, Row] = {}
    for number, row in rows:
        if row["line"] not in known:
            found.append(
                finding(
                    "waterfalls", number, "line", english("{name!r} is no line.", name=row["line"])
                )
            )
        elif row["line"] in falls:
            found.append(
                finding(
                    "waterfalls", number, "line", english("{name!r} comes twice.", name=row["line"])
                )
            )
        falls.setdefault(row["line"], {**row, "row": number})
    for line in lines:
        if line.line not in falls:
            found.append(finding("lines", line.row, "line", english("has no waterfall.")))
    return falls


def conservation(fall: Row, found: list[Finding]) -> None:
    """What the shopper pays and what is recovered is all that the parties take."""
    given = fall["consumer_paid"] + fall["return_recovery"]
    taken = sum(fall[party] for party in PARTIES)
    if abs(given - taken) > 1e-9 * max(1.0, abs(fall["consumer_paid"])):
        problem = english(
            "the parties take {taken:.10f} of {given:.10f}.", taken=taken, given=given
        )
        found.append(finding("waterfalls", fall["row"], "conservation", problem))


def check_waterfall(o: Option, right: dict[str, float], fall: Row, found: list[Finding]) -> None:
    """Every money line of a waterfall against its recomputation."""
    buyer_clears = is_wholesale(o.channel) and o.channel.incoterm is not Incoterm.DDP
    for name in WATERFALL:
        if abs(fall[name] - right[name]) > MONEY:
            if name == "customs_value" and buyer_clears and fall[name] == 0:
                continue
            problem = english(
                "is {written:.6f} per unit, the records give {right:.6f}.",
                written=fall[name],
                right=right[name],
            )
            found.append(finding("waterfalls", fall["row"], name, problem))


def check_line_money(o: Option, right: dict[str, float], found: list[Finding]) -> None:
    """Netback and money of the line itself."""
    netback = right["netback"]
    for name, amount, scale in (
        ("netback_per_unit", netback, 1.0),
        ("money", netback * o.units, float(o.units)),
    ):
        if differs(o.line.cells[name], amount, scale):
            problem = english(
                "is {written:.6f}, the records give {amount:.6f}.",
                written=o.line.cells[name],
                amount=amount,
            )
            found.append(finding("lines", o.row, name, problem))


def check_exits(facts: Facts, exits: Rows, found: list[Finding]) -> float:
    """Exits are open to their lots and valued rightly. Returns their right value."""
    total = 0.0
    seen: set[tuple[str, str, str]] = set()
    for number, row in exits:
        key = (row["lot"], row["exit"], row["shipment"])
        if key in seen:
            found.append(
                finding("exits", number, "exit", english("the same lot leaves this way twice."))
            )
        seen.add(key)
        value = 0.0
        for field, problem in _exit_faults(facts, row):
            found.append(finding("exits", number, field, problem))
        lot, way = facts.lots.get(row["lot"]), facts.exits.get(row["exit"])
        if not row["shipment"] and lot is not None and way is not None:
            value = exit_value(facts, lot, way)
        for name, amount, scale in (
            ("value_per_unit", value, 1.0),
            ("money", value * row["units"], float(row["units"])),
        ):
            if differs(row[name], amount, scale):
                problem = english(
                    "is {written:.6f}, the records give {amount:.6f}.",
                    written=row[name],
                    amount=amount,
                )
                found.append(finding("exits", number, name, problem))
        total += value * row["units"]
    return total


def _exit_faults(facts: Facts, row: Row) -> Iterator[tuple[str, str]]:
    lot = facts.lots.get(row["lot"])
    if lot is None:
        yield "lot", english("names the unknown lot {lot!r}.", lot=row["lot"])
        return
    if row["brand"] != lot.brand:
        yield (
            "brand",
            english(
                "is {written!r}, the lot's brand is {brand!r}.",
                written=row["brand"],
                brand=lot.brand,
            ),
        )
    if row["units"] < 0:
        yield "units", english("is negative: {value}.", value=row["units"])
    if row["shipment"]:
        shipment = facts.frozen.get(row["shipment"])
        if shipment is None or shipment.lot != lot.lot:
            yield (
                "shipment",
                english(
                    "{shipment!r} is no frozen shipment of lot {lot}.",
                    shipment=row["shipment"],
                    lot=lot.lot,
                ),
            )
        return
    way = facts.exits.get(row["exit"])
    if way is None:
        yield "exit", english("names the unknown exit {exit!r}.", exit=row["exit"])
        return
    if lot.form_of is not None:
        yield (
            "lot",
            english(
                "{lot} is a form of {form_of}, whose units leave by exits.",
                lot=lot.lot,
                form_of=lot.form_of,
            ),
        )
    if way.kind is ExitKind.DE_BRAND:
        yield (
            "exit",
            english("{exit} makes a form that is sold, no units end there.", exit=way.exit),
        )
    first = facts.date_of((lot.available_period - 1) * facts.days)
    if not (selected(lot.brand, way.brands) and selected(lot.category, way.categories)):
        yield (
            "exit",
            english(
                "{exit} is not open to {brand} {category}.",
                exit=way.exit,
                brand=lot.brand,
                category=lot.category,
            ),
        )
    if not within(first, way.open_from, way.open_to):
        yield (
            "exit",
            english("{exit} is closed to lots available on {day}.", exit=way.exit, day=first),
        )
    for rule in forbid_destroy(facts, lot, way):
        yield (
            "exit",
            english(
                "{rule} forbids to destroy {lot} on {day}.", rule=rule.rule, lot=lot.lot, day=first
            ),
        )


def forbid_destroy(facts: Facts, lot: r.Lot, way: r.Exit) -> Iterator[r.ComplianceRule]:
    """The rules under which a lot may not be destroyed where it is when it becomes free."""
    if way.kind is not ExitKind.DESTROY:
        return
    country = facts.sites[lot.origin].country
    places = [country, *(m.market for m in facts.markets.values() if m.country == country)]
    first = facts.date_of((lot.available_period - 1) * facts.days)
    for rule in facts.scenario.rules:
        if (
            rule.effect is RuleEffect.FORBID_DESTROY
            and any(selected(place, rule.markets) for place in places)
            and selected(lot.category, rule.categories)
            and (bool(lot.dangerous_goods) or not rule.dangerous_goods_only)
            and within(first, rule.valid_from, rule.valid_to)
        ):
            yield rule


def must_clear(
    facts: Facts, options: list[Option], exits: Rows, shortfalls: Rows, found: list[Finding]
) -> float:
    """Shortfalls are exactly what is missing. Returns their right cost."""
    cost = 0.0
    rows = _promises(facts, shortfalls, found)
    for brand in facts.scenario.brands:
        if brand.must_clear_share <= 0:
            continue
        promised, cleared = _cleared(facts, brand, options, exits)
        short = max(0.0, promised - cleared)
        cost += short * brand.must_clear_price
        if brand.brand not in rows:
            if short > MONEY:
                problem = english(
                    "{brand} is {short:.6f} units short, no row says so.",
                    brand=brand.brand,
                    short=short,
                )
                found.append(finding("shortfalls", 0, "must_clear", problem))
            continue
        number, row = rows[brand.brand]
        for name, right, scale in (
            ("promised_units", promised, 1.0),
            ("units", short, 1.0),
            ("price", brand.must_clear_price, 1.0),
            ("cost", short * brand.must_clear_price, promised),
        ):
            if differs(row[name], right, scale):
                problem = english(
                    "must_clear: is {written:.6f}, the plan makes it {right:.6f}.",
                    written=row[name],
                    right=right,
                )
                found.append(finding("shortfalls", number, name, problem))
    return cost


def _promises(facts: Facts, shortfalls: Rows, found: list[Finding]) -> dict[str, tuple[int, Row]]:
    rows: dict[str, tuple[int, Row]] = {}
    for number, row in shortfalls:
        brand = facts.brands.get(row["subject"])
        if row["rule"] != "must_clear" or brand is None or brand.must_clear_share <= 0:
            problem = english(
                "{rule} {subject} is no promise of the scenario.",
                rule=row["rule"],
                subject=row["subject"],
            )
            found.append(finding("shortfalls", number, "rule", problem))
        elif row["subject"] in rows:
            found.append(finding("shortfalls", number, "subject", english("comes twice.")))
        else:
            rows[row["subject"]] = (number, row)
    return rows


def _cleared(
    facts: Facts, brand: r.Brand, options: list[Option], exits: Rows
) -> tuple[float, float]:
    """Units a brand was promised to clear, and units cleared."""
    by = brand.must_clear_by if brand.must_clear_by is not None else facts.periods
    owned = {
        lot.lot for lot in facts.scenario.lots if lot.brand == brand.brand and lot.form_of is None
    }
    promised = brand.must_clear_share * sum(facts.lots[lot].units for lot in owned)
    sold = sum(
        o.units for o in options if facts.source(o.lot.lot) in owned and o.line.sell_period <= by
    )
    for _, row in exits:
        way = facts.exits.get(row["exit"])
        if row["lot"] in owned and not row["shipment"] and way is not None and way.clears:
            sold += row["units"]
    return promised, float(sold)


def check_legs(
    facts: Facts,
    lines: list[Line],
    options: list[Option],
    legs: Rows,
    paid: Mapping[tuple[str, str], float],
    found: list[Finding],
) -> None:
    """The legs of every line, in order, with their days and freight.

    paid: freight of a (line, leg) whose departure is paid as a whole, right but for its cents.
    """
    known = {line.line for line in lines}
    by_line: dict[str, list[tuple[int, Row]]] = defaultdict(list)
    for number, row in legs:
        by_line[row["line"]].append((number, row))
    for o in options:
        rows = sorted(by_line.pop(o.line.line, []), key=lambda each: each[1]["sequence"])
        moves = o.journey.moves
        if len(rows) != len(moves):
            problem = english(
                "has {rows} rows in legs, its route has {moves}.", rows=len(rows), moves=len(moves)
            )
            found.append(finding("lines", o.row, "route", problem))
            continue
        for (number, row), move in zip(rows, moves, strict=True):
            leg = move.leg
            planned = leg_cost(facts, leg, o.lot, o.journey.ship_day) * o.units
            freight = paid.get((o.line.line, leg.leg), planned)
            exact = {
                "leg": leg.leg,
                "from_site": leg.from_site,
                "to_site": leg.to_site,
                "mode": leg.mode.value,
                "depart_date": facts.date_of(move.depart_day),
                "arrive_date": facts.date_of(move.arrive_day),
                "units": o.units,
            }
            for name, right in exact.items():
                if row[name] != right:
                    problem = english(
                        "is {written}, the plan's line gives {right}.",
                        written=row[name],
                        right=right,
                    )
                    found.append(finding("legs", number, name, problem))
            amounts = {"cbm": o.lot.cbm * o.units, "kg": o.lot.kg * o.units, "freight": freight}
            if (o.line.line, leg.leg) in paid and abs(row["freight"] - freight) <= CENT:
                del amounts["freight"]
            for name, amount in amounts.items():
                if differs(row[name], amount, max(amount, o.units)):
                    problem = english(
                        "is {written:.6f}, the plan's line gives {amount:.6f}.",
                        written=row[name],
                        amount=amount,
                    )
                    found.append(finding("legs", number, name, problem))
    for name, rest in by_line.items():
        if name not in known:
            for number, _ in rest:
                found.append(
                    finding("legs", number, "line", english("{name!r} is no line.", name=name))
                )


def check_prices(facts: Facts, options: list[Option], rows: Rows, found: list[Finding]) -> None:
    """The price list against the lines: same rungs, prices and units."""
    sold: dict[tuple[str, str, int, str], list[Option]] = defaultdict(list)
    for o in options:
        key = (o.channel.channel, o.lot.lot, o.line.sell_period, o.rung.rung)
        sold[key].append(o)
    listed: dict[tuple[str, str, int, str], int] = defaultdict(int)
    for number, row in rows:
        key = (row["channel"], row["lot"], row["sell_period"], row["rung"])
        if key not in sold:
            problem = english("{sale} is sold by no line.", sale=" | ".join(map(str, key)))
            found.append(finding("prices", number, "lot", problem))
            continue
        listed[key] += row["units"]
        o = sold[key][0]
        share = price_basis(facts, o.channel, o.price) / facts.tag(o.lot)
        dates = {each.sale_date for each in sold[key]}
        for name, wrong, right in (
            ("market", row["market"] != o.market.market, o.market.market),
            ("price", differs(row["price"], o.line.cells["price"]), o.line.cells["price"]),
            ("currency", row["currency"] != o.line.cells["price_currency"], english("the line's")),
            ("share_of_tag", differs(row["share_of_tag"], share), f"{share:.6f}"),
            ("sale_date", row["sale_date"] not in dates, min(dates)),
        ):
            if wrong:
                problem = english(
                    "is {written}, the lines give {right}.", written=row[name], right=right
                )
                found.append(finding("prices", number, name, problem))
    for key, group in sold.items():
        units = sum(o.units for o in group)
        if listed[key] != units:
            problem = english(
                "{sale} lists {listed} of {units} units sold.",
                sale=" | ".join(map(str, key)),
                listed=listed[key],
                units=units,
            )
            found.append(finding("prices", 0, "units", problem))


def check_parties(
    lines: list[Line],
    falls: dict[str, Row],
    settled: Mapping[str, float],
    rows: Rows,
    found: list[Finding],
) -> None:
    """Money by party = the sum of the waterfalls and what is settled for whole departures."""
    seen: set[str] = set()
    for number, row in rows:
        party = row["party"]
        if party not in PARTIES or party in seen:
            problem = english("{party!r} is no party, or comes twice.", party=party)
            found.append(finding("parties", number, "party", problem))
            continue
        seen.add(party)
        total = sum(falls[line.line][party] * line.units for line in lines if line.line in falls)
        total += settled.get(party, 0.0)
        if abs(total - row["money"]) > 0.01:
            problem = english(
                "{party} is given {money:.4f}, the waterfalls add up to {total:.4f}.",
                party=party,
                money=row["money"],
                total=total,
            )
            found.append(finding("parties", number, "money", problem))
    for party in PARTIES:
        if party not in seen:
            found.append(
                finding("parties", 0, "party", english("{party} is missing.", party=party))
            )


def check_limits(usages: dict[str, list[Usage]], rows: Rows, found: list[Finding]) -> None:
    """Shares are used / limit; where the label is one the audit measured, so is the share used.

    Only shares are compared: a pool may be written in units or as a part of its appetite.
    """
    measured: dict[tuple[str, str, int], list[Usage]] = defaultdict(list)
    for rule, group in usages.items():
        for usage in group:
            measured[rule, usage.label, usage.period].append(usage)
    for number, row in rows:
        used, limit = row["used"], row["limit"]
        if limit > 0 and differs(row["share_used"], used / limit):
            problem = english(
                "is {written:.6f}, {used} of {limit} are used.",
                written=row["share_used"],
                used=used,
                limit=limit,
            )
            found.append(finding("limits", number, "share_used", problem))
        same = measured.get((row["rule"], row["label"], row["period"]), [])
        if same and all(
            differs(used * usage.limit, usage.used * limit, abs(usage.used * limit))
            for usage in same
        ):
            problem = english(
                "says {used} of {limit}, the lines use {right} of {of}.",
                used=used,
                limit=limit,
                right=same[0].used,
                of=same[0].limit,
            )
            found.append(finding("limits", number, "used", problem))
