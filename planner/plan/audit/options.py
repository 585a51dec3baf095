"""A plan's shipment line, resolved: its records, its days, its price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from planner.domain import records as r
from planner.domain.vocabulary import FixedPer
from planner.language import english
from planner.plan.audit.days import Fault, Journey, journey
from planner.plan.audit.facts import Facts, is_wholesale, judged_on, within
from planner.plan.audit.prices import prices

Key = tuple[str, str, str, int, int, str]
CERTIFICATES = (FixedPer.STYLE, FixedPer.SKU, FixedPer.MODEL)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the table of lines, its cells read and typed."""

    row: int
    line: str
    lot: str
    channel: str
    route: str
    ship_period: int
    sell_period: int
    rung: str
    units: int
    cells: dict[str, Any]

    @property
    def key(self) -> Key:
        return (
            self.lot,
            self.channel,
            self.route,
            self.ship_period,
            self.sell_period,
            self.rung,
        )


@dataclass(frozen=True, slots=True)
class Option:
    """Everything the scenario says about a line. `price` is PC for wholesale, else market money."""

    line: Line
    lot: r.Lot
    channel: r.Channel
    market: r.Market
    rung: r.LadderRung
    journey: Journey
    sale_day: int
    sale_date: date
    price: float
    rules: tuple[r.ComplianceRule, ...]

    @property
    def units(self) -> int:
        return self.line.units

    @property
    def row(self) -> int:
        return self.line.row

    @property
    def reseller_margin(self) -> float:
        """The margin of the rung, or of the channel where the rung has none."""
        own = self.rung.reseller_margin
        return self.channel.reseller_margin if own is None else own


def presold(channel: r.Channel, trip: Journey) -> bool:
    """Goods still at their origin are sold before they ship; those on the way when they are there."""
    return channel.presale_periods > 0 and trip.frozen is None


class Resolver:
    """Turns lines into options, remembering journeys and rules that many lines share."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self._journeys: dict[tuple[str, str, str, int], tuple[Journey | None, list[Fault]]] = {}
        self._rules: dict[tuple[str, str, date, date, date], tuple[r.ComplianceRule, ...]] = {}

    def resolve(self, line: Line) -> tuple[Option | None, list[Fault]]:
        """The option of a line, or None with what makes it unreadable."""
        facts = self.facts
        lot, channel = facts.lots.get(line.lot), facts.channels.get(line.channel)
        if lot is None:
            return None, [("lot", english("names the unknown lot {lot!r}.", lot=line.lot))]
        if channel is None:
            return None, [
                ("channel", english("names the unknown channel {channel!r}.", channel=line.channel))
            ]
        rung = facts.rungs.get((channel.ladder, line.rung))
        if rung is None:
            return None, [
                (
                    "rung",
                    english(
                        "{rung!r} is no rung of ladder {ladder}.",
                        rung=line.rung,
                        ladder=channel.ladder,
                    ),
                )
            ]
        if (channel.channel, lot.category) not in facts.terms:
            return None, [
                (
                    "channel",
                    english(
                        "{channel} does not sell {category}.",
                        channel=channel.channel,
                        category=lot.category,
                    ),
                )
            ]
        if not 1 <= line.sell_period <= facts.periods:
            problem = english(
                "is {value}, outside 1 to {last}.", value=line.sell_period, last=facts.periods
            )
            return None, [("sell_period", problem)]
        market = facts.markets[channel.market]
        faults: list[Fault] = []
        trip = self._journey(line, lot, market, faults)
        if trip is None:
            return None, faults
        sale_day = (line.sell_period - 1) * facts.days
        if not presold(channel, trip):
            sale_day = max(sale_day, trip.arrival_day)
        sale = facts.date_of(sale_day)
        option = Option(
            line=line,
            lot=lot,
            channel=channel,
            market=market,
            rung=rung,
            journey=trip,
            sale_day=sale_day,
            sale_date=sale,
            price=self._price(line, lot, channel, rung, faults),
            rules=self._touching(lot, channel, trip, sale),
        )
        return option, faults

    def _journey(
        self, line: Line, lot: r.Lot, market: r.Market, faults: list[Fault]
    ) -> Journey | None:
        key = (lot.lot, market.market, line.route, line.ship_period)
        if key not in self._journeys:
            self._journeys[key] = journey(self.facts, lot, market, line.route, line.ship_period)
        trip, found = self._journeys[key]
        faults.extend(found)
        return trip

    def _price(
        self,
        line: Line,
        lot: r.Lot,
        channel: r.Channel,
        rung: r.LadderRung,
        faults: list[Fault],
    ) -> float:
        """The right price; of two neighbours of a tie, the one the plan took."""
        key = (lot.lot, channel.channel, rung.rung)
        if key not in self.facts.prices:
            self.facts.prices[key] = prices(self.facts, lot, channel, rung)
        right = self.facts.prices[key]
        currency = self.facts.markets[channel.market].currency
        written, unit = line.cells["price"], line.cells["price_currency"]
        rate, slack = 1.0, 1e-9
        expected_units = {currency}
        if is_wholesale(channel):
            expected_units.add(self.facts.header.currency)
            if unit == currency:
                rate = self.facts.fx(currency, 0)
                # A wholesale price shown in market money may be rounded to its decimals.
                slack = 0.51 * 10.0 ** -self.facts.decimals.get(currency, 2)
                slack = slack if rate != 1 else 1e-9
        if unit not in expected_units:
            faults.append(
                (
                    "price_currency",
                    english(
                        "is {unit}, the market's currency is {currency}.",
                        unit=unit,
                        currency=currency,
                    ),
                )
            )
        for price in right:
            if abs(written - price / rate) <= slack * max(1.0, price / rate if rate == 1 else 1.0):
                return price
        faults.append(
            (
                "price",
                english(
                    "is {written}, rung {rung} sells at {right:.4f}.",
                    written=written,
                    rung=rung.rung,
                    right=right[0] / rate,
                ),
            )
        )
        return right[0]

    def _touching(
        self, lot: r.Lot, channel: r.Channel, trip: Journey, sale: date
    ) -> tuple[r.ComplianceRule, ...]:
        key = (lot.lot, channel.channel, trip.ship_date, trip.arrival_date, sale)
        if key not in self._rules:
            self._rules[key] = tuple(
                rule
                for rule in self.facts.rules_for(lot, channel)
                if within(
                    judged_on(rule.effect, trip.ship_date, trip.arrival_date, sale),
                    rule.valid_from,
                    rule.valid_to,
                )
            )
        return self._rules[key]
