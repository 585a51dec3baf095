"""Scenario -> findings: days, goods and money that no row covers, or two rows at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta

from planner.domain import records as r
from planner.domain.check.basics import (
    Findings,
    at,
    available_day,
    horizon,
    keys,
)
from planner.domain.forms import open_to
from planner.domain.scenario import TABLES, Scenario
from planner.domain.selectors import did_you_mean
from planner.domain.vocabulary import ExitKind, FeeModel, Incoterm, Region
from planner.errors import Finding
from planner.language import english


def foreign_currencies(scenario: Scenario) -> dict[str, tuple[str, int, str]]:
    """Every currency used beside the planning currency, and where it is used first."""
    used: dict[str, tuple[str, int, str]] = {}
    for table, record in TABLES.items():
        if table in ("currencies", "exchange_rates"):
            continue
        fields = [n for n in record.model_fields if n == "currency" or n.endswith("_currency")]
        for position, row in enumerate(getattr(scenario, table)):
            for field in fields:
                currency = getattr(row, field)
                if currency is not None and currency != scenario.header.currency:
                    used.setdefault(currency, (table, position, field))
    return used


def exchange_rates(scenario: Scenario) -> Findings:
    home, start = scenario.header.currency, scenario.header.start_date
    since: dict[str, list[date | None]] = defaultdict(list)
    for position, row in enumerate(scenario.exchange_rates):
        since[row.currency].append(row.valid_from)
        if row.currency == home and row.rate != 1:
            problem = english(
                "The planning currency {home} is worth {rate} of itself.", home=home, rate=row.rate
            )
            yield at(
                "exchange_rates", position, "rate", problem, english("Use 1 or leave the row out.")
            )
    for currency, (table, position, field) in foreign_currencies(scenario).items():
        if not since[currency]:
            known = [home, *(code for code, days in since.items() if days)]
            advice = english("Add it to exchange_rates.")
            remedy = did_you_mean(currency, known, otherwise=advice)
            yield at(
                table,
                position,
                field,
                english("{currency} has no exchange rate.", currency=currency),
                remedy,
            )
        elif not any(day is None or day <= start for day in since[currency]):
            problem = english(
                "{currency} has no exchange rate on {start}, the first day of the plan.",
                currency=currency,
                start=start,
            )
            yield at(table, position, field, problem, english("Add an earlier or an undated rate."))


def overlaps(scenario: Scenario) -> Findings:
    for table, fields in (
        ("duties", ("market", "category", "hs_prefixes")),
        ("levies", ("market", "levy")),
        ("closures", ("site",)),
        ("parcel_regimes", ("market", "category", "value_above")),
    ):
        spans: dict[tuple[object, ...], list[tuple[date, date, int]]] = defaultdict(list)
        for position, row in enumerate(getattr(scenario, table)):
            key = tuple(getattr(row, field) for field in fields)
            spans[key].append((row.valid_from or date.min, row.valid_to or date.max, position))
        for span in spans.values():
            (_, latest, above), *others = sorted(span)
            for first, last, position in others:
                if first <= latest:
                    problem = english(
                        "The row and row {above} hold at the same time.", above=above + 2
                    )
                    remedy = english("End the first the day before the second begins.")
                    yield at(table, position, "valid_from", problem, remedy)
                if last >= latest:
                    latest, above = last, position


def _first_gap(
    spans: Iterable[tuple[date | None, date | None]], span: tuple[date, date]
) -> date | None:
    """The first day of a span that no dated row covers."""
    day = span[0]
    for first, last in sorted((a or date.min, b or date.max) for a, b in spans):
        if first > day:
            break
        if last >= span[1]:
            return None
        day = max(day, last + timedelta(days=1))
    return day


def _sold(scenario: Scenario) -> Iterator[tuple[r.Market, r.Channel, str]]:
    """Market, channel and category of every term, where all names resolve."""
    markets = {market.market: market for market in scenario.markets}
    channels = {channel.channel: channel for channel in scenario.channels}
    for term in scenario.channel_terms:
        channel = channels.get(term.channel)
        if channel is not None and channel.market in markets:
            yield markets[channel.market], channel, term.category


def duty_cover(scenario: Scenario) -> Findings:
    """Goods we import ourselves need a duty on every day of the plan; 0 is a duty too."""
    codes = defaultdict(set)
    for lot in scenario.lots:
        codes[lot.category].add(lot.hs_code)
    wanted = {
        (market.market, category)
        for market, channel, category in _sold(scenario)
        if _is_abroad(scenario, market)
        and channel.fee_model is not FeeModel.PARCEL
        and not (channel.fee_model is FeeModel.WHOLESALE and channel.incoterm is not Incoterm.DDP)
    }
    rows = defaultdict(list)
    for duty in scenario.duties:
        rows[duty.market, duty.category].append(duty)
    for market_name, category in sorted(wanted):
        for code in sorted(codes[category]):
            spans = [
                (duty.valid_from, duty.valid_to)
                for duty in rows[market_name, category]
                if not duty.hs_prefixes or code.startswith(duty.hs_prefixes)
            ]
            gap = _first_gap(spans, horizon(scenario))
            if gap is not None:
                goods = f"'{category}'" + (
                    english(" with HS code {code}", code=code) if code else ""
                )
                problem = english(
                    "Market '{market_name}' has no duty on {goods} on {gap}.",
                    market_name=market_name,
                    goods=goods,
                    gap=gap,
                )
                yield Finding(
                    "duties", 0, "market", problem, english("Add the row; a rate of 0 is allowed.")
                )


def parcel_cover(scenario: Scenario) -> Findings:
    first_bracket = [row for row in scenario.parcel_regimes if row.value_above == 0]
    for market, channel, category in _sold(scenario):
        if channel.fee_model is not FeeModel.PARCEL or not _is_abroad(scenario, market):
            continue
        rows = [row for row in first_bracket if row.market == market.market]
        own = [row for row in rows if row.category == category]
        spans = [
            (row.valid_from, row.valid_to) for row in own or rows if row.category in (category, "")
        ]
        gap = _first_gap(spans, horizon(scenario))
        if gap is not None:
            problem = english(
                "Market '{market}' has no parcel regime from a value of 0 for "
                "'{category}' on {gap}, but '{channel}' sells by parcel.",
                market=market.market,
                category=category,
                gap=gap,
                channel=channel.channel,
            )
            yield Finding(
                "parcel_regimes", 0, "market", problem, english("Add the row for that day.")
            )


def _is_abroad(scenario: Scenario, market: r.Market) -> bool:
    return market.region is Region.EXPORT or market.country != scenario.header.home_country


def season_cover(scenario: Scenario) -> Findings:
    """Every pool needs a season factor of its climate in every period."""
    present = defaultdict(set)
    for row in scenario.season_factors:
        present[row.climate, row.season].add(row.period)
    climates = {market.market: market.climate for market in scenario.markets}
    climate_of = {c.channel: climates[c.market] for c in scenario.channels if c.market in climates}
    seasons = keys(scenario, "season_factors", "season")
    for position, pool in enumerate(scenario.demand):
        climate = climate_of.get(pool.channel)
        periods = set(range(1, scenario.header.periods + 1))
        missing = sorted(periods - present[climate or "", pool.season])
        if climate is None or not missing:
            continue
        problem = english(
            "Season '{season}' has no factor in climate '{climate}' for {value}.",
            season=pool.season,
            climate=climate,
            value=_listed("period", missing),
        )
        advice = english("Add the rows to season_factors.")
        if pool.season not in seasons:
            advice = did_you_mean(pool.season, seasons, otherwise=advice)
        yield at("demand", position, "season", problem, advice)


def _listed(word: str, numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"{word} {numbers[0]}"
    shown = ", ".join(map(str, numbers[:5])) + (" and more" if len(numbers) > 5 else "")
    return f"{word}s {shown}"


def somewhere_to_go(scenario: Scenario) -> Findings:
    """Units that are not shipped must have an exit without a limit."""
    holds = [e for e in scenario.exits if e.kind is ExitKind.HOLD and e.units_most is None]
    for position, lot in enumerate(scenario.lots):
        if not any(open_to(scenario, hold, lot) for hold in holds):
            day = available_day(scenario, lot)
            problem = english(
                "Lot '{lot}' has no hold exit open to it on {day}.", lot=lot.lot, day=day
            )
            remedy = english("Add a hold exit without a limit for its brand and category.")
            yield at("lots", position, "lot", problem, remedy)


WHOLE_CHECKS = (
    exchange_rates,
    overlaps,
    duty_cover,
    parcel_cover,
    season_cover,
    somewhere_to_go,
)
