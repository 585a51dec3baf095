"""Events: prices too close together, groups that are not full, bursts of orders that wait too long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from planner.domain import records as r
from planner.plan.audit.facts import Facts, is_wholesale
from planner.plan.audit.options import Option
from planner.plan.audit.usage import RELATIVE, Book, Usage

Event = tuple[str, str, int]
"""Channel, category and sell period."""


def close_prices(facts: Facts, book: Book) -> Iterable[Usage]:
    """Styles of one category in one event from each price sold at to just below the distance."""
    for (channel, category, period), options in events(book).items():
        for price in sorted({shelf_price(facts, o) for o in options}):
            label = f"{channel} | {category} | {price:.10g}"
            near = in_window(facts, options, price)
            rows = {o.lot.style: o.row for o in near}
            yield Usage("close_prices", label, period, "styles", 1, "<", len(rows), near[-1].row)


def events(book: Book) -> dict[Event, list[Option]]:
    """Sales of each category in the events of channels that ask for a distance between prices."""
    found: dict[Event, list[Option]] = defaultdict(list)
    for o in book.options:
        if o.channel.price_distance_least > 0:
            found[o.channel.channel, o.lot.category, o.line.sell_period].append(o)
    return found


def in_window(facts: Facts, options: list[Option], price: float) -> list[Option]:
    """Options of an event sold at a price or above it, but nearer than the distance asked for."""
    least = price * (1 - RELATIVE)
    return [
        o
        for o in options
        if least <= shelf_price(facts, o) < least * (1 + o.channel.price_distance_least)
    ]


def styles_near(facts: Facts, book: Book, label: str, period: int) -> int:
    """Styles sold in a window, named by its label: channel, category and lowest price."""
    event, _, written = label.rpartition(" | ")
    try:
        price = float(written)
    except ValueError:
        return 0
    return len(
        {
            o.lot.style
            for (channel, category, when), options in events(book).items()
            for o in in_window(facts, options, price)
            if (f"{channel} | {category}", when) == (event, period)
        }
    )


def shelf_price(facts: Facts, o: Option) -> float:
    """The price in market currency."""
    return o.price / facts.fx(o.market.currency, 0) if is_wholesale(o.channel) else o.price


def group_buy(facts: Facts, book: Book) -> Iterable[Usage]:
    """Units above the least of every style sold at a group's rung in an event."""
    usages: dict[tuple[str, str, str, int], Usage] = {}
    for o in book.options:
        least = o.rung.least_units_per_event
        if least:
            key = (o.lot.style, o.channel.channel, o.rung.rung, o.line.sell_period)
            if key not in usages:
                label, unit = " | ".join(key[:3]), "units above the least"
                usages[key] = Usage("group_buy", label, key[3], unit, 0, ">", -least)
            usages[key].add(o.units, o.row)
    return usages.values()


def burst_dispatch(facts: Facts, book: Book) -> Iterable[Usage]:
    """Orders of bursts at a site, against what it sends in the days they may take."""
    usages: dict[tuple[str, int, int], Usage] = {}
    for o in book.options:
        site, own = o.journey.entry, days_allowed(o.channel)
        if site.dispatch_units_per_day is None or not own:
            continue
        period = max(o.line.sell_period, o.journey.arrival_period)
        for days in {d for d in bursts(facts, site) if d >= own}:
            key = (site.site, period, days)
            if key not in usages:
                label = f"{site.site} | {days} days"
                limit = site.dispatch_units_per_day * days
                usages[key] = Usage("burst_dispatch", label, period, "units", limit)
            usages[key].add(o.units, o.row)
    return usages.values()


def days_allowed(channel: r.Channel) -> int:
    """Days from the start of a period in which a burst's orders must leave; 0 without a burst."""
    return 0 if channel.burst_days is None else channel.burst_days + channel.days_late_most


def bursts(facts: Facts, site: r.Site) -> set[int]:
    """Days allowed by the burst channels that a site serves."""
    served = {
        days_allowed(channel)
        for channel in facts.channels.values()
        if site.site in facts.markets[channel.market].entry_sites
    }
    return served - {0}


ACCESS_RULES = (close_prices, group_buy, burst_dispatch)
"""Rules of events."""
