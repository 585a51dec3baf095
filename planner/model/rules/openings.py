"""Rules of what is opened and listed: markets, channels, brands in channels, events, styles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.domain.arrays import Ints
from planner.domain.records import OpeningTerm
from planner.domain.vocabulary import Opens
from planner.landed_cost.options import Priced
from planner.model.board import Board, Entries, block, links, rank
from planner.model.columns import Family
from planner.model.program import NO_LIMIT, Block, Kind
from planner.model.rules.selection import selected_channels, selected_lots, selected_options
from planner.model.rules.switches import Switches, free, units_behind


@dataclass(frozen=True)
class Opened:
    """One thing a term opens, and the options that need it; period 0 = the whole horizon."""

    term: OpeningTerm
    market: str
    brand: str
    channel: str
    period: int
    options: Ints

    @property
    def subject(self) -> str:
        """What is opened inside the market: nothing more, a channel, or a brand in a channel."""
        return " | ".join(name for name in (self.brand, self.channel) if name)

    @property
    def label(self) -> str:
        """Name of its rows."""
        return f"{self.term.opening} | {self.subject or self.market}"


@dataclass(frozen=True, kw_only=True)
class Openings(Family):
    """One column per thing opened under a term, 0 or 1."""

    kind = Kind.OPENING
    opened: tuple[Opened, ...]


@dataclass(frozen=True, kw_only=True)
class Listings(Switches):
    """A style is sold in a channel."""

    style: Ints
    channel: Ints


@dataclass(frozen=True, kw_only=True)
class EventListings(Switches):
    """A style is sold in an event, the sales of a channel in one period."""

    channel: Ints


@dataclass(frozen=True, kw_only=True)
class BrandListings(Switches):
    """A brand is sold in a channel."""

    brand: Ints
    channel: Ints


def openings_of(priced: Priced) -> Openings:
    """What every term opens; terms that neither cost nor ask for anything open nothing."""
    lookup = priced.lookup
    terms = [term for term in lookup.scenario.opening_terms if term.fixed_cost or term.least_units]
    found = [opened for term in terms for opened in _opened(priced, term)]
    first_day = [max(0, opened.period - 1) * lookup.days_per_period for opened in found]
    cost = [
        opened.term.fixed_cost * float(lookup.fx(opened.term.currency, day))
        for opened, day in zip(found, first_day, strict=True)
    ]
    return Openings(
        labels=[opened.label for opened in found],
        periods=np.array([opened.period for opened in found], dtype=np.int64),
        value=-np.array(cost),
        most=np.ones(len(found)),
        opened=tuple(found),
    )


def _opened(priced: Priced, term: OpeningTerm) -> list[Opened]:
    """Every market, channel, brand in a channel or event that a term selects, with its options."""
    lookup, options = priced.lookup, priced.options
    scenario, at = lookup.scenario, selected_options(priced, term)
    channel = options.channel[at]
    nothing = np.zeros(len(at), dtype=np.int64)
    market = np.array([lookup.market_at[row.market] for row in scenario.channels])[channel]
    brand = (
        lookup.brand_of_lot[options.lot[at]] if term.opens == Opens.BRAND_IN_CHANNEL else nothing
    )
    period = options.sell_period[at] if term.opens == Opens.EVENT else nothing
    whole_market = term.opens == Opens.MARKET
    number, first = rank(market if whole_market else channel, brand, period)
    members = np.split(at[np.argsort(number, kind="stable")], np.cumsum(np.bincount(number))[:-1])
    named = term.opens == Opens.BRAND_IN_CHANNEL
    return [
        Opened(
            term,
            scenario.markets[market[k]].market,
            scenario.brands[brand[k]].brand if named else "",
            "" if whole_market else scenario.channels[channel[k]].channel,
            int(period[k]),
            inside,
        )
        for k, inside in zip(first, members, strict=False)
    ]


def opening(board: Board) -> Block:
    """Goods are sold only where what they need is opened: units - M x opening <= 0."""
    family = board.columns.of(Openings)
    members = [opened.options for opened in family.opened]
    gate = np.repeat(np.arange(len(members)), [len(part) for part in members])
    inside = np.concatenate([np.zeros(0, dtype=np.int64), *members])
    most = units_behind(board.priced, inside, gate, len(members))
    names = list(zip(family.labels, family.periods.tolist(), strict=True))
    entries = links(board.columns.at(Openings), members, most)
    return block("opening", "units", names, entries, [0.0] * len(names), link=True)


def least_if_opened(board: Board) -> Block:
    """What is opened sells its least: units - least x opening >= 0."""
    family, columns = board.columns.of(Openings), board.columns.at(Openings)
    asked = [k for k, opened in enumerate(family.opened) if opened.term.least_units]
    least = np.array([float(family.opened[k].term.least_units) for k in asked])
    entries = links(columns[asked], [family.opened[k].options for k in asked], least)
    names = [(family.labels[k], int(family.periods[k])) for k in asked]
    endless = [NO_LIMIT] * len(names)
    unit = "units above the least"
    return block("least_if_opened", unit, names, entries, endless, [0.0] * len(names))


def listings_of(priced: Priced) -> Listings:
    """A switch for every style and channel that a limit on a style's channels counts."""
    lookup, options = priced.lookup, priced.options
    scenario = lookup.scenario
    styles, style = lookup.kinds("style")
    counted = np.zeros((len(styles), len(scenario.channels)), dtype=bool)
    for row in scenario.style_spreads:
        chosen = np.unique(style[selected_lots(lookup, row)])
        counted[np.ix_(chosen, np.flatnonzero(selected_channels(lookup, row)))] = True
    of_style = style[options.lot]
    at = np.flatnonzero(counted[of_style, options.channel])
    gate, first = rank(of_style[at], options.channel[at])
    one = at[first]
    labels = [
        f"{styles[a]} | {scenario.channels[b].channel}"
        for a, b in zip(of_style[one], options.channel[one], strict=True)
    ]
    return Listings(
        **free(labels), member=at, gate=gate, style=of_style[one], channel=options.channel[one]
    )


def event_listings_of(priced: Priced) -> EventListings:
    """A switch for every style in every event whose styles are counted."""
    scenario, options = priced.lookup.scenario, priced.options
    styles, style = priced.lookup.kinds("style")
    counted = np.array([row.styles_most_per_period is not None for row in scenario.channels])
    at = np.flatnonzero(counted[options.channel])
    of_style, period = style[options.lot], options.sell_period
    gate, first = rank(of_style[at], options.channel[at], period[at])
    one = at[first]
    labels = [
        f"{styles[a]} | {scenario.channels[b].channel}"
        for a, b in zip(of_style[one], options.channel[one], strict=True)
    ]
    return EventListings(
        **free(labels, period[one]), member=at, gate=gate, channel=options.channel[one]
    )


def brand_listings_of(priced: Priced) -> BrandListings:
    """A switch for every brand and channel that an exclusive group counts."""
    lookup, options = priced.lookup, priced.options
    scenario = lookup.scenario
    counted = np.zeros((len(scenario.brands), len(scenario.channels)), dtype=bool)
    for row in scenario.exclusive_groups:
        chosen = np.unique(lookup.brand_of_lot[selected_lots(lookup, row)])
        counted[np.ix_(chosen, np.flatnonzero(selected_channels(lookup, row)))] = True
    brand = lookup.brand_of_lot[options.lot]
    at = np.flatnonzero(counted[brand, options.channel])
    gate, first = rank(brand[at], options.channel[at])
    one = at[first]
    labels = [
        f"{scenario.brands[a].brand} | {scenario.channels[b].channel}"
        for a, b in zip(brand[one], options.channel[one], strict=True)
    ]
    return BrandListings(
        **free(labels), member=at, gate=gate, brand=brand[one], channel=options.channel[one]
    )


def channels_per_style(board: Board) -> Block:
    """Channels one style is sold through."""
    family, first = board.columns.of(Listings), board.columns.first(Listings)
    lookup = board.priced.lookup
    names: list[tuple[str, int]] = []
    limits: list[float] = []
    entries: list[Entries] = []
    for row in lookup.scenario.style_spreads:
        styles = board.style_of_lot[selected_lots(lookup, row)]
        counted = np.isin(family.style, styles) & selected_channels(lookup, row)[family.channel]
        at = np.flatnonzero(counted)
        number, one = rank(family.style[at])
        entries.append((number + len(names), first + at, np.ones(len(at))))
        names += [(f"{row.rule} | {board.styles[family.style[k]]}", 0) for k in at[one]]
        limits += [row.channels_most] * len(one)
    return block("channels_per_style", "channels", names, entries, limits, logic=True)


def styles_per_event(board: Board) -> Block:
    """Styles in one event, the sales of a channel in a period."""
    family, columns = board.columns.of(EventListings), board.columns.at(EventListings)
    channels = board.priced.lookup.scenario.channels
    number, one = rank(family.channel, family.periods)
    names = [(channels[family.channel[k]].channel, int(family.periods[k])) for k in one]
    limits = [float(channels[family.channel[k]].styles_most_per_period or 0) for k in one]
    entries = [(number, columns, np.ones(len(columns)))]
    return block("styles_per_event", "styles", names, entries, limits, logic=True)


def exclusive_group(board: Board) -> Block:
    """Channels of a group that one brand is sold through."""
    family, first = board.columns.of(BrandListings), board.columns.first(BrandListings)
    lookup = board.priced.lookup
    names: list[tuple[str, int]] = []
    limits: list[float] = []
    entries: list[Entries] = []
    for row in lookup.scenario.exclusive_groups:
        brands = lookup.brand_of_lot[selected_lots(lookup, row)]
        counted = np.isin(family.brand, brands) & selected_channels(lookup, row)[family.channel]
        at = np.flatnonzero(counted)
        number, one = rank(family.brand[at])
        entries.append((number + len(names), first + at, np.ones(len(at))))
        brand_names = [lookup.scenario.brands[family.brand[k]].brand for k in at[one]]
        names += [(f"{row.group} | {name}", 0) for name in brand_names]
        limits += [row.channels_most] * len(one)
    return block("exclusive_group", "channels", names, entries, limits, logic=True)
