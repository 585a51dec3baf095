"""What is opened and listed: opening costs and least units, channels of a style, styles of an event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from planner.domain import records as r
from planner.domain.vocabulary import Opens, RuleMode
from planner.plan.audit.facts import Facts, selected
from planner.plan.audit.options import Option
from planner.plan.audit.settings import asked
from planner.plan.audit.usage import Book, Usage

Thing = tuple[str, str, str]
"""Opening, market and subject, as written in the table of openings."""


def opened(facts: Facts, o: Option) -> Iterator[tuple[r.OpeningTerm, Thing, str, int, float]]:
    """Everything an option needs opened: its term, the thing, its label and period, and the cost."""
    for term in facts.scenario.opening_terms:
        chosen = (
            selected(o.lot.brand, term.brands)
            and selected(o.market.market, term.markets)
            and selected(o.channel.channel, term.channels)
        )
        if not chosen or not (term.fixed_cost or term.least_units):
            continue
        name, period, day = o.channel.channel, 0, 0
        subject = name
        if term.opens is Opens.MARKET:
            name, subject = o.market.market, ""
        elif term.opens is Opens.BRAND_IN_CHANNEL:
            name = subject = f"{o.lot.brand} | {name}"
        elif term.opens is Opens.EVENT:
            period = o.line.sell_period
            day = (period - 1) * facts.days
            subject = f"{name} | period {period}"
        thing = (term.opening, o.market.market, subject)
        cost = term.fixed_cost * facts.fx(term.currency, day)
        yield term, thing, f"{term.opening} | {name}", period, cost


def least_if_opened(facts: Facts, book: Book) -> Iterable[Usage]:
    """Units above the least of everything opened."""
    paid = {(row["rule"], row["market"], row["subject"]) for _, row in book.openings}
    usages: dict[Thing, Usage] = {}
    for o in book.options:
        for term, thing, label, period, _ in opened(facts, o):
            must_pay = asked(facts, "opening", label)[0] is RuleMode.HARD
            if not term.least_units or not (must_pay or thing in paid):
                continue
            if thing not in usages:
                unit = "units above the least"
                usages[thing] = Usage("least_if_opened", label, period, unit, 0, ">")
                usages[thing].used = -term.least_units
            usages[thing].add(o.units, o.row)
    return usages.values()


def channels_per_style(facts: Facts, book: Book) -> Iterable[Usage]:
    """Channels one style is sold through."""
    for rule in facts.scenario.style_spreads:
        styles = {lot.style for lot in facts.lots.values() if selected(lot.brand, rule.brands)}
        used: dict[str, dict[str, int]] = defaultdict(dict)
        for o in book.options:
            chosen = selected(o.market.market, rule.markets)
            chosen = chosen and selected(o.channel.channel, rule.channels)
            if chosen and o.lot.style in styles:
                used[o.lot.style].setdefault(o.channel.channel, o.row)
        for style, channels in used.items():
            label = f"{rule.rule} | {style}"
            yield _count("channels_per_style", label, 0, "channels", rule.channels_most, channels)


def styles_per_event(facts: Facts, book: Book) -> Iterable[Usage]:
    """Styles sold in one event, the sales of a channel in a period."""
    used: dict[tuple[str, int], dict[str, int]] = defaultdict(dict)
    for o in book.options:
        if o.channel.styles_most_per_period is not None:
            event = (o.channel.channel, o.line.sell_period)
            used[event].setdefault(o.lot.style, o.row)
    for (channel, period), styles in used.items():
        most = facts.channels[channel].styles_most_per_period or 0
        yield _count("styles_per_event", channel, period, "styles", most, styles)


def exclusive_group(facts: Facts, book: Book) -> Iterable[Usage]:
    """Channels of a group that one brand is sold through."""
    for group in facts.scenario.exclusive_groups:
        used: dict[str, dict[str, int]] = defaultdict(dict)
        for o in book.options:
            chosen = selected(o.lot.brand, group.brands)
            if chosen and selected(o.channel.channel, group.channels):
                used[o.lot.brand].setdefault(o.channel.channel, o.row)
        for brand, channels in used.items():
            label = f"{group.group} | {brand}"
            yield _count("exclusive_group", label, 0, "channels", group.channels_most, channels)


def _count(rule: str, label: str, period: int, unit: str, most: int, used: dict[str, int]) -> Usage:
    """How many different names are in use; each with the first row that uses it."""
    last = max(used.values())
    return Usage(rule, label, period, unit, most, "<", len(used), last)


OPENING_RULES = (
    least_if_opened,
    channels_per_style,
    styles_per_event,
    exclusive_group,
)
"""Rules of what is opened and listed; opening itself is checked with the papers."""
