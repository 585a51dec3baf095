"""Scenario -> findings: whether its tables agree with each other.

`check` holds two groups. `row_findings` looks at one row and at the names it refers to;
`whole_findings` needs all tables to be sound (cover of dates, reach of the network, locks).
"""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta

from planner.domain import records as r
from planner.domain.fields import LATEST
from planner.domain.scenario import TABLES, Scenario
from planner.domain.vocabulary import (
    DutyKind,
    ExitKind,
    FeeModel,
    FixedPer,
    Incoterm,
    LockKind,
    Mode,
    Region,
    RuleEffect,
    SiteKind,
)
from planner.errors import Finding

HEADER = "scenario"
"""The name findings give the header."""

NEEDED = (
    "exchange_rates",
    "lots",
    "sites",
    "legs",
    "markets",
    "channels",
    "channel_terms",
    "ladders",
    "demand",
    "exits",
)
"""Tables without which there is nothing to plan. Rates are needed once a second currency is."""

Findings = Iterator[Finding]


def check(scenario: Scenario) -> tuple[Finding, ...]:
    """Every fault between the tables of a scenario, sorted; empty when it is valid."""
    rows = row_findings(scenario)
    if any(finding.table == HEADER for finding in rows):
        return rows
    return tuple(sorted({*rows, *whole_findings(scenario)}))


def row_findings(scenario: Scenario) -> tuple[Finding, ...]:
    """Faults of single rows and of the names they refer to."""
    return _run(scenario, _ROW_CHECKS)


def whole_findings(scenario: Scenario) -> tuple[Finding, ...]:
    """Faults that show only when whole tables are seen together."""
    return _run(scenario, _WHOLE_CHECKS)


def matches(name: str, selectors: Sequence[str]) -> bool:
    """Whether a name is selected: empty selects all, 'CN-*' by prefix, else the exact name."""
    return not selectors or any(_selects(selector, name) for selector in selectors)


def did_you_mean(word: str, options: Iterable[str], *, otherwise: str = "") -> str:
    """ "Did you mean 'VN'?", or the other advice when nothing is close."""
    by_folded = {option.casefold(): option for option in options}
    close = difflib.get_close_matches(word.casefold().strip(), by_folded, n=1, cutoff=0.6)
    return f"Did you mean '{by_folded[close[0]]}'?" if close else otherwise


def _run(
    scenario: Scenario, checks: Sequence[Callable[[Scenario], Findings]]
) -> tuple[Finding, ...]:
    return tuple(sorted({finding for one in checks for finding in one(scenario)}))


def _at(table: str, position: int, field: str, problem: str, remedy: str) -> Finding:
    """A finding at the row of a record, counting the header as row 1."""
    return Finding(table, position + 2, field, problem, remedy)


def _selects(selector: str, name: str) -> bool:
    return name.startswith(selector[:-1]) if selector.endswith("*") else name == selector


def _keys(scenario: Scenario, table: str, field: str) -> list[str]:
    return list(dict.fromkeys(getattr(row, field) for row in getattr(scenario, table)))


def _categories(scenario: Scenario) -> list[str]:
    """Categories a scenario knows: those of its lots and those its channels sell."""
    return [*_keys(scenario, "lots", "category"), *_keys(scenario, "channel_terms", "category")]


def _horizon(scenario: Scenario) -> tuple[date, date]:
    return scenario.header.start_date, scenario.last_day


def _available_day(scenario: Scenario, lot: r.Lot) -> date:
    header = scenario.header
    return header.start_date + timedelta(days=(lot.available_period - 1) * header.days_per_period)


# --- the header and the tables as such


def _header(scenario: Scenario) -> Findings:
    header = scenario.header
    if header.days_per_period < 1:
        yield Finding(HEADER, 0, "days_per_period", "0 is below 1.", "Use 7 or 14.")
        return
    if (LATEST - header.start_date).days < header.periods * header.days_per_period:
        problem = f"{header.periods} periods of {header.days_per_period} days end after {LATEST}."
        yield Finding(HEADER, 0, "periods", problem, "Use fewer or shorter periods.")


def _needed_tables(scenario: Scenario) -> Findings:
    for table in NEEDED:
        if table == "exchange_rates" and not _foreign_currencies(scenario):
            continue
        if not getattr(scenario, table):
            yield Finding(table, 0, "", "The table has no rows.", f"Add the {table}.")


def _blank_texts(scenario: Scenario) -> Findings:
    for position, row in enumerate(scenario.provenance):
        if not row.source:
            yield _at("provenance", position, "source", "is blank.", "Name the source.")


def _list_entries(scenario: Scenario) -> Findings:
    """An entry of a list must survive being written with ';' between entries."""
    for table, record in TABLES.items():
        fields = [n for n, f in record.model_fields.items() if f.annotation == tuple[str, ...]]
        for position, row in enumerate(getattr(scenario, table)):
            for field in fields:
                for entry in getattr(row, field):
                    if not entry or entry != entry.strip() or ";" in entry or not _plain(entry):
                        problem = f"{entry!r} cannot be an entry of a list."
                        remedy = "Leave out blanks, ';' and control characters."
                        yield _at(table, position, field, problem, remedy)


def _plain(text: str) -> bool:
    return all(ord(char) >= 32 for char in text)


# --- names that must resolve


def _references(scenario: Scenario) -> Findings:
    for table, field, target, target_field in _REFERENCES:
        known = set(_keys(scenario, target, target_field))
        named = [
            (position, getattr(row, field))
            for position, row in enumerate(getattr(scenario, table))
            if getattr(row, field) is not None
        ]
        yield from _unresolved(table, field, target, known, named)


def _unresolved(
    table: str, field: str, target: str, known: set[str], named: list[tuple[int, str]]
) -> Findings:
    if named and not known:
        problem = f"The table has no rows, but {table}.{field} refers to it."
        yield Finding(target, 0, "", problem, f"Add the {target}.")
        return
    for position, name in named:
        if name not in known:
            advice = f"Add it to {target} or correct the name."
            remedy = did_you_mean(name, known, otherwise=advice)
            yield _at(table, position, field, f"'{name}' is not in {target}.", remedy)


_REFERENCES = (
    ("lots", "brand", "brands", "brand"),
    ("lots", "origin", "sites", "site"),
    ("lots", "category", "channel_terms", "category"),
    ("lots", "season", "season_factors", "season"),
    ("closures", "site", "sites", "site"),
    ("legs", "from_site", "sites", "site"),
    ("legs", "to_site", "sites", "site"),
    ("legs", "equipment", "equipment", "equipment"),
    ("legs", "shares_capacity_with", "legs", "leg"),
    ("channels", "market", "markets", "market"),
    ("channels", "ladder", "ladders", "ladder"),
    ("channel_terms", "channel", "channels", "channel"),
    ("reference_prices", "lot", "lots", "lot"),
    ("reference_prices", "channel", "channels", "channel"),
    ("demand", "channel", "channels", "channel"),
    ("demand_points", "channel", "channels", "channel"),
    ("duties", "market", "markets", "market"),
    ("levies", "market", "markets", "market"),
    ("parcel_regimes", "market", "markets", "market"),
    ("frozen_shipments", "lot", "lots", "lot"),
    ("actual_sales", "lot", "lots", "lot"),
    ("actual_sales", "channel", "channels", "channel"),
)


def _selectors(scenario: Scenario) -> Findings:
    names = {
        "brands": _keys(scenario, "brands", "brand"),
        "categories": _categories(scenario),
        "channels": _keys(scenario, "channels", "channel"),
        "legs": _keys(scenario, "legs", "leg"),
        "lots": _keys(scenario, "lots", "lot"),
        "markets": _keys(scenario, "markets", "market"),
        "rungs": _keys(scenario, "ladders", "rung"),
        "modes": [mode.value for mode in Mode],
    }
    for table, field, kind in _SELECTORS:
        for position, row in enumerate(getattr(scenario, table)):
            for selector in getattr(row, field):
                if names[kind] and not any(_selects(selector, name) for name in names[kind]):
                    advice = f"Use names of {kind}, or a prefix such as 'CN-*'."
                    remedy = did_you_mean(selector, names[kind], otherwise=advice)
                    yield _at(table, position, field, f"'{selector}' selects no {kind}.", remedy)


_SELECTORS = (
    ("brands", "excluded_markets", "markets"),
    ("brands", "exclusive_channels", "channels"),
    ("brands", "consented_markets", "markets"),
    ("rules", "markets", "markets"),
    ("rules", "channels", "channels"),
    ("rules", "categories", "categories"),
    ("rules", "modes", "modes"),
    ("exits", "brands", "brands"),
    ("exits", "categories", "categories"),
    ("locks", "brands", "brands"),
    ("locks", "categories", "categories"),
    ("locks", "lots", "lots"),
    ("locks", "markets", "markets"),
    ("locks", "channels", "channels"),
    ("locks", "rungs", "rungs"),
)


def _category_names(scenario: Scenario) -> Findings:
    known = set(_categories(scenario))
    for table in ("duties", "parcel_regimes"):
        for position, row in enumerate(getattr(scenario, table)):
            if row.category and known and row.category not in known:
                advice = "Use a category of lots or channel_terms."
                remedy = did_you_mean(row.category, known, otherwise=advice)
                problem = f"No lot and no channel has the category '{row.category}'."
                yield _at(table, position, "category", problem, remedy)


def _pools_are_sold(scenario: Scenario) -> Findings:
    """A pool can buy only what its channel sells, at the rungs its channel has."""
    sold = defaultdict(set)
    for term in scenario.channel_terms:
        sold[term.channel].add(term.category)
    rungs = defaultdict(set)
    for rung in scenario.ladders:
        rungs[rung.ladder].add(rung.rung)
    ladder_of = {channel.channel: channel.ladder for channel in scenario.channels}
    for table in ("demand", "demand_points"):
        for position, row in enumerate(getattr(scenario, table)):
            if row.channel in ladder_of and row.category not in sold[row.channel]:
                problem = f"Channel '{row.channel}' has no terms for category '{row.category}'."
                advice = "Add the row to channel_terms."
                remedy = did_you_mean(row.category, sold[row.channel], otherwise=advice)
                yield _at(table, position, "category", problem, remedy)
    for position, point in enumerate(scenario.demand_points):
        ladder = ladder_of.get(point.channel, "")
        if rungs[ladder] and point.rung not in rungs[ladder]:
            remedy = did_you_mean(
                point.rung, rungs[ladder], otherwise=f"Add the rung to ladder '{ladder}'."
            )
            problem = f"Ladder '{ladder}' has no rung '{point.rung}'."
            yield _at("demand_points", position, "rung", problem, remedy)


def _entry_sites(scenario: Scenario) -> Findings:
    known = set(_keys(scenario, "sites", "site"))
    for position, market in enumerate(scenario.markets):
        if not market.entry_sites:
            yield _at("markets", position, "entry_sites", "is blank.", "Name a site.")
        named = [(position, site) for site in market.entry_sites]
        yield from _unresolved("markets", "entry_sites", "sites", known, named)


def _origins(scenario: Scenario) -> Findings:
    kinds = {site.site: site.kind for site in scenario.sites}
    origins = [site for site, kind in kinds.items() if kind is SiteKind.ORIGIN]
    for position, lot in enumerate(scenario.lots):
        if kinds.get(lot.origin, SiteKind.ORIGIN) is not SiteKind.ORIGIN:
            problem = f"Site '{lot.origin}' is a {kinds[lot.origin]}, not an origin."
            remedy = f"Use one of: {', '.join(origins) or 'none yet, add a site of kind origin'}."
            yield _at("lots", position, "origin", problem, remedy)


def _provenance(scenario: Scenario) -> Findings:
    records: dict[str, type[r.Record]] = {**TABLES, HEADER: r.Header}
    for position, row in enumerate(scenario.provenance):
        if row.table not in records:
            remedy = did_you_mean(row.table, records, otherwise="Use the name of a table.")
            yield _at("provenance", position, "table", f"There is no table '{row.table}'.", remedy)
        elif row.field and row.field not in records[row.table].model_fields:
            fields = records[row.table].model_fields
            remedy = did_you_mean(row.field, fields, otherwise=f"Use one of: {', '.join(fields)}.")
            problem = f"Table '{row.table}' has no field '{row.field}'."
            yield _at("provenance", position, "field", problem, remedy)


# --- rows that contradict themselves


def _date_order(scenario: Scenario) -> Findings:
    pairs = (
        ("valid_from", "valid_to"),
        ("open_from", "open_to"),
        ("ship_date", "arrival_date"),
        ("transit_days_least", "transit_days"),
        ("transit_days", "transit_days_most"),
    )
    for table, record in TABLES.items():
        for first, last in pairs:
            if not {first, last} <= set(record.model_fields):
                continue
            for position, row in enumerate(getattr(scenario, table)):
                low, high = getattr(row, first), getattr(row, last)
                if low is not None and high is not None and low > high:
                    problem = f"{high} is before {first}, {low}."
                    if isinstance(low, int):
                        problem = f"{high} is below {first}, {low}."
                    yield _at(table, position, last, problem, f"Use {low} or later.")


def _within_horizon(scenario: Scenario) -> Findings:
    fields = (
        ("brands", "must_clear_by"),
        ("lots", "available_period"),
        ("demand_points", "period"),
        ("locks", "ship_period"),
        ("locks", "sell_period"),
    )
    last = scenario.header.periods
    for table, field in fields:
        for position, row in enumerate(getattr(scenario, table)):
            period = getattr(row, field)
            if period is not None and period > last:
                problem = f"Period {period} is after the last period, {last}."
                yield _at(table, position, field, problem, f"Use 1 to {last}.")


def _lots(scenario: Scenario) -> Findings:
    latest = scenario.header.start_date.year + 1
    ages = {row.age_years for row in scenario.age_factors}
    for position, lot in enumerate(scenario.lots):
        if not 1950 <= lot.vintage_year <= latest:
            problem = f"{lot.vintage_year} is not between 1950 and {latest}."
            yield _at("lots", position, "vintage_year", problem, "Use a year such as 2024.")
            continue
        age = max(0, scenario.header.start_date.year - lot.vintage_year)
        if ages and age < max(ages) and age not in ages:
            problem = (
                f"Goods of {lot.vintage_year} are {age} years old; age_factors has no such row."
            )
            yield _at("lots", position, "vintage_year", problem, f"Add age {age} to age_factors.")
    for position, lot in enumerate(scenario.lots):
        code = lot.hs_code
        if code and not (code.isascii() and code.isdigit() and 4 <= len(code) <= 10):
            problem = f"'{code}' is not 4 to 10 digits."
            yield _at("lots", position, "hs_code", problem, "Write the code without dots.")


def _places(scenario: Scenario) -> Findings:
    for position, site in enumerate(scenario.sites):
        for field, limit in (("latitude", 90), ("longitude", 180)):
            degrees = getattr(site, field)
            if degrees is not None and abs(degrees) > limit:
                problem = f"{degrees} is not between -{limit} and {limit}."
                yield _at("sites", position, field, problem, "Use degrees, such as 31.2.")


def _legs(scenario: Scenario) -> Findings:
    sharing = {leg.leg for leg in scenario.legs if leg.shares_capacity_with}
    for position, leg in enumerate(scenario.legs):
        by_box = leg.cost_per_box > 0 or leg.origin_cost_per_box > 0
        if leg.from_site == leg.to_site:
            problem = f"The leg starts and ends at '{leg.to_site}'."
            yield _at("legs", position, "to_site", problem, "Name another site.")
        if (by_box or leg.boxes_per_period is not None) and leg.equipment is None:
            problem = "The leg is priced or limited by the box but names no box."
            yield _at("legs", position, "equipment", problem, "Name one of equipment.")
        if leg.equipment is not None and not by_box:
            problem = f"The leg names the box '{leg.equipment}' but no price of it."
            remedy = "Give the cost of a box, or leave equipment blank."
            yield _at("legs", position, "cost_per_box", problem, remedy)
        if leg.equipment is not None and leg.fill_share == 0:
            yield _at("legs", position, "fill_share", "0 fills no box.", "Use 0.9.")
        if leg.first_departure is not None and leg.departure_every_days < 1:
            problem = "0 is below 1."
            yield _at("legs", position, "departure_every_days", problem, "Use 7 for weekly.")
        if leg.shares_capacity_with == leg.leg or leg.shares_capacity_with in sharing:
            problem = f"'{leg.shares_capacity_with}' has no capacity of its own to share."
            remedy = "Name the leg that holds the capacity."
            yield _at("legs", position, "shares_capacity_with", problem, remedy)


def _channels(scenario: Scenario) -> Findings:
    for position, channel in enumerate(scenario.channels):
        if channel.fee_model is FeeModel.WHOLESALE and channel.wholesale_ratio == 0:
            problem = "A wholesale channel has a wholesale ratio of 0."
            yield _at("channels", position, "wholesale_ratio", problem, "Use a share of tag.")
        if channel.fee_model is FeeModel.BUY_OUT and channel.buy_out_share == 0:
            problem = "A buy-out channel has a buy-out share of 0."
            yield _at("channels", position, "buy_out_share", problem, "Use a share of tag.")
    for position, term in enumerate(scenario.channel_terms):
        if term.reference_price_ratio == 0:
            problem = "A reference price of 0 sells nothing."
            remedy = "Use a share of tag, or leave the row out."
            yield _at("channel_terms", position, "reference_price_ratio", problem, remedy)


def _ladders(scenario: Scenario) -> Findings:
    first: dict[tuple[str, float], str] = {}
    for position, rung in enumerate(scenario.ladders):
        other = first.setdefault((rung.ladder, rung.price_ratio), rung.rung)
        if other != rung.rung:
            problem = f"Rung '{other}' of ladder '{rung.ladder}' has the same ratio."
            remedy = "Give every rung its own ratio."
            yield _at("ladders", position, "price_ratio", problem, remedy)


def _duty_amounts(scenario: Scenario) -> Findings:
    for position, duty in enumerate(scenario.duties):
        if duty.kind is not DutyKind.AD_VALOREM and duty.specific_currency is None:
            problem = f"A duty of kind {duty.kind} has an amount without a currency."
            yield _at("duties", position, "specific_currency", problem, "Name it, such as EUR.")
        if duty.antidumping_amount > 0 and duty.antidumping_currency is None:
            problem = "The anti-dumping duty has no currency."
            yield _at("duties", position, "antidumping_currency", problem, "Name it, such as EUR.")


def _rules(scenario: Scenario) -> Findings:
    for position, rule in enumerate(scenario.rules):
        wanted = (
            (rule.fixed_cost > 0 and rule.fixed_currency is None, "fixed_currency",
             "The fixed cost has no currency.", "Name it, such as CNY."),
            (rule.fixed_cost > 0 and rule.fixed_per is FixedPer.NONE, "fixed_per",
             "It is not said what the fixed cost is paid for.", "Use style, sku, model or shipment."),
            (rule.cost_per_unit > 0 and rule.unit_currency is None, "unit_currency",
             "The cost per unit has no currency.", "Name it, such as CNY."),
            (rule.effect is RuleEffect.QUOTA and rule.quota_units is None, "quota_units",
             "A quota has no number of units.", "Give the units allowed."),
            (rule.effect is RuleEffect.FORBID_MODE and not rule.modes, "modes",
             "It is not said which mode is forbidden.", "Name modes, such as air."),
            (rule.effect is RuleEffect.SHELF_LIFE and rule.least_days == 0, "least_days",
             "A shelf life rule asks for 0 days.", "Give the days of life asked for."),
        )  # fmt: skip
        for fault, field, problem, remedy in wanted:
            if fault:
                yield _at("rules", position, field, problem, remedy)


def _lock_rows(scenario: Scenario) -> Findings:
    counted = (LockKind.UNITS, LockKind.MIN_UNITS, LockKind.MAX_UNITS)
    for position, lock in enumerate(scenario.locks):
        if lock.kind in counted and lock.units is None:
            problem = f"A lock of kind {lock.kind} has no units."
            yield _at("locks", position, "units", problem, "Give the units.")
        if lock.kind is LockKind.PRICE and not lock.rungs:
            problem = "A price lock names no rung."
            yield _at("locks", position, "rungs", problem, "Name the rungs still allowed.")


# --- faults seen only with all tables together


def _foreign_currencies(scenario: Scenario) -> dict[str, tuple[str, int, str]]:
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


def _exchange_rates(scenario: Scenario) -> Findings:
    home, start = scenario.header.currency, scenario.header.start_date
    since: dict[str, list[date | None]] = defaultdict(list)
    for position, row in enumerate(scenario.exchange_rates):
        since[row.currency].append(row.valid_from)
        if row.currency == home and row.rate != 1:
            problem = f"The planning currency {home} is worth {row.rate} of itself."
            yield _at("exchange_rates", position, "rate", problem, "Use 1 or leave the row out.")
    for currency, (table, position, field) in _foreign_currencies(scenario).items():
        if not since[currency]:
            known = [home, *(code for code, days in since.items() if days)]
            advice = "Add it to exchange_rates."
            remedy = did_you_mean(currency, known, otherwise=advice)
            yield _at(table, position, field, f"{currency} has no exchange rate.", remedy)
        elif not any(day is None or day <= start for day in since[currency]):
            problem = f"{currency} has no exchange rate on {start}, the first day of the plan."
            yield _at(table, position, field, problem, "Add an earlier or an undated rate.")


def _overlaps(scenario: Scenario) -> Findings:
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
                    problem = f"The row and row {above + 2} hold at the same time."
                    remedy = "End the first the day before the second begins."
                    yield _at(table, position, "valid_from", problem, remedy)
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


def _duty_cover(scenario: Scenario) -> Findings:
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
            gap = _first_gap(spans, _horizon(scenario))
            if gap is not None:
                goods = f"'{category}'" + (f" with HS code {code}" if code else "")
                problem = f"Market '{market_name}' has no duty on {goods} on {gap}."
                yield Finding(
                    "duties", 0, "market", problem, "Add the row; a rate of 0 is allowed."
                )


def _parcel_cover(scenario: Scenario) -> Findings:
    first_bracket = [row for row in scenario.parcel_regimes if row.value_above == 0]
    for market, channel, category in _sold(scenario):
        if channel.fee_model is not FeeModel.PARCEL or not _is_abroad(scenario, market):
            continue
        rows = [row for row in first_bracket if row.market == market.market]
        own = [row for row in rows if row.category == category]
        spans = [
            (row.valid_from, row.valid_to) for row in own or rows if row.category in (category, "")
        ]
        gap = _first_gap(spans, _horizon(scenario))
        if gap is not None:
            problem = (
                f"Market '{market.market}' has no parcel regime from a value of 0 "
                f"for '{category}' on {gap}, but '{channel.channel}' sells by parcel."
            )
            yield Finding("parcel_regimes", 0, "market", problem, "Add the row for that day.")


def _is_abroad(scenario: Scenario, market: r.Market) -> bool:
    return market.region is Region.EXPORT or market.country != scenario.header.home_country


def _season_cover(scenario: Scenario) -> Findings:
    """Every pool needs a season factor of its climate in every period."""
    present = defaultdict(set)
    for row in scenario.season_factors:
        present[row.climate, row.season].add(row.period)
    climates = {market.market: market.climate for market in scenario.markets}
    climate_of = {c.channel: climates[c.market] for c in scenario.channels if c.market in climates}
    seasons = _keys(scenario, "season_factors", "season")
    for position, pool in enumerate(scenario.demand):
        climate = climate_of.get(pool.channel)
        periods = set(range(1, scenario.header.periods + 1))
        missing = sorted(periods - present[climate or "", pool.season])
        if climate is None or not missing:
            continue
        problem = (
            f"Season '{pool.season}' has no factor in climate '{climate}' "
            f"for {_listed('period', missing)}."
        )
        advice = "Add the rows to season_factors."
        if pool.season not in seasons:
            advice = did_you_mean(pool.season, seasons, otherwise=advice)
        yield _at("demand", position, "season", problem, advice)


def _listed(word: str, numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"{word} {numbers[0]}"
    shown = ", ".join(map(str, numbers[:5])) + (" and more" if len(numbers) > 5 else "")
    return f"{word}s {shown}"


def _network(scenario: Scenario) -> Findings:
    onward = defaultdict(list)
    for leg in scenario.legs:
        onward[leg.from_site].append(leg.to_site)
    if cycle := _cycle(onward):
        problem = f"The legs run in a circle: {' > '.join(cycle)}."
        yield Finding("legs", 0, "to_site", problem, "Take out one leg of the circle.")
        return
    entries = {site for market in scenario.markets for site in market.entry_sites}
    for origin in dict.fromkeys(lot.origin for lot in scenario.lots if lot.units > 0):
        if not _reachable(origin, onward) & entries:
            problem = f"No chain of legs leads from '{origin}' to an entry site of any market."
            yield Finding("legs", 0, "from_site", problem, "Add the missing leg.")


def _reachable(start: str, onward: dict[str, list[str]]) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        fresh = [site for site in onward.get(waiting.pop(), ()) if site not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return seen


def _cycle(onward: dict[str, list[str]]) -> list[str]:
    """The sites of one circle, its first repeated at its end; empty when there is none."""
    finished: set[str] = set()
    for start in list(onward):
        path = [start]
        branches = [iter(onward.get(start, ()))]
        while branches:
            site = next(branches[-1], None)
            if site is None:
                branches.pop()
                finished.add(path.pop())
            elif site in path:
                return [*path[path.index(site) :], site]
            elif site not in finished:
                path.append(site)
                branches.append(iter(onward.get(site, ())))
    return []


def _frozen(scenario: Scenario) -> Findings:
    units = {lot.lot: lot.units for lot in scenario.lots}
    entries = {site for market in scenario.markets for site in market.entry_sites}
    frozen: dict[str, int] = defaultdict(int)
    for position, shipment in enumerate(scenario.frozen_shipments):
        frozen[shipment.lot] += shipment.units
        stock = units.get(shipment.lot)
        if stock is not None and frozen[shipment.lot] > stock:
            problem = (
                f"{frozen[shipment.lot]} units of lot '{shipment.lot}' are frozen; it has {stock}."
            )
            remedy = "Correct the units here or in lots."
            yield _at("frozen_shipments", position, "units", problem, remedy)
        if shipment.entry_site not in entries:
            problem = f"'{shipment.entry_site}' is not an entry site of any market."
            remedy = did_you_mean(
                shipment.entry_site, entries, otherwise=f"Use one of: {', '.join(sorted(entries))}."
            )
            yield _at("frozen_shipments", position, "entry_site", problem, remedy)
        if shipment.arrival_date > scenario.last_day:
            problem = f"{shipment.arrival_date} is after the plan ends, {scenario.last_day}."
            remedy = "Lengthen the horizon or leave the units out."
            yield _at("frozen_shipments", position, "arrival_date", problem, remedy)


def _lock_selection(scenario: Scenario) -> Findings:
    market_of = {channel.channel: channel.market for channel in scenario.channels}
    for position, lock in enumerate(scenario.locks):
        lots = [
            lot
            for lot in scenario.lots
            if matches(lot.lot, lock.lots)
            and matches(lot.brand, lock.brands)
            and matches(lot.category, lock.categories)
        ]
        if not lots:
            problem = "The lock touches no lot."
            yield _at("locks", position, "lots", problem, "Widen its brands, categories or lots.")
        if not any(
            matches(channel, lock.channels) and matches(market, lock.markets)
            for channel, market in market_of.items()
        ):
            problem = "The lock touches no channel."
            yield _at("locks", position, "channels", problem, "Widen its markets or channels.")
        if lock.kind in (LockKind.UNITS, LockKind.MIN_UNITS) and lots:
            stock = sum(lot.units for lot in lots)
            if (lock.units or 0) > stock:
                problem = f"{lock.units} units are locked; the lots hold {stock}."
                yield _at("locks", position, "units", problem, f"Use {stock} or fewer.")


def _somewhere_to_go(scenario: Scenario) -> Findings:
    """Units that are not shipped must have an exit without a limit."""
    holds = [e for e in scenario.exits if e.kind is ExitKind.HOLD and e.units_most is None]
    for position, lot in enumerate(scenario.lots):
        day = _available_day(scenario, lot)
        if not any(_takes(hold, lot, day) for hold in holds):
            problem = f"Lot '{lot.lot}' has no hold exit open to it on {day}."
            remedy = "Add a hold exit without a limit for its brand and category."
            yield _at("lots", position, "lot", problem, remedy)


def _takes(exit_: r.Exit, lot: r.Lot, day: date) -> bool:
    return (
        matches(lot.brand, exit_.brands)
        and matches(lot.category, exit_.categories)
        and (exit_.open_from or date.min) <= day <= (exit_.open_to or date.max)
    )


_ROW_CHECKS = (
    _header,
    _needed_tables,
    _blank_texts,
    _list_entries,
    _references,
    _selectors,
    _category_names,
    _pools_are_sold,
    _entry_sites,
    _origins,
    _provenance,
    _date_order,
    _within_horizon,
    _lots,
    _places,
    _legs,
    _channels,
    _ladders,
    _duty_amounts,
    _rules,
    _lock_rows,
)
_WHOLE_CHECKS = (
    _exchange_rates,
    _overlaps,
    _duty_cover,
    _parcel_cover,
    _season_cover,
    _network,
    _frozen,
    _lock_selection,
    _somewhere_to_go,
)
