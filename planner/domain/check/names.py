"""Scenario -> findings: names that do not resolve, selectors that select nothing, empty tables."""

from __future__ import annotations

from collections import defaultdict

from planner.domain import records as r
from planner.domain.check.basics import HEADER, Findings, at, goods, keys, touched_channels
from planner.domain.check.cover import foreign_currencies
from planner.domain.scenario import TABLES, Scenario
from planner.domain.selectors import did_you_mean, selects
from planner.domain.vocabulary import SETTABLE_RULES, FeeModel, Mode, RuleEffect, SiteKind
from planner.errors import Finding
from planner.language import english

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

REFERENCES = (
    ("lots", "brand", "brands", "brand"),
    ("lots", "origin", "sites", "site"),
    ("lots", "category", "channel_terms", "category"),
    ("lots", "season", "season_factors", "season"),
    ("lots", "form_of", "lots", "lot"),
    ("lots", "made_by", "exits", "exit"),
    ("closures", "site", "sites", "site"),
    ("legs", "from_site", "sites", "site"),
    ("legs", "to_site", "sites", "site"),
    ("legs", "equipment", "equipment", "equipment"),
    ("legs", "shares_capacity_with", "legs", "leg"),
    ("leg_boxes", "leg", "legs", "leg"),
    ("leg_boxes", "equipment", "equipment", "equipment"),
    ("rate_breaks", "leg", "legs", "leg"),
    ("channels", "market", "markets", "market"),
    ("channels", "ladder", "ladders", "ladder"),
    ("channel_terms", "channel", "channels", "channel"),
    ("reseller_levels", "channel", "channels", "channel"),
    ("reference_prices", "lot", "lots", "lot"),
    ("reference_prices", "channel", "channels", "channel"),
    ("demand", "channel", "channels", "channel"),
    ("demand_points", "channel", "channels", "channel"),
    ("duties", "market", "markets", "market"),
    ("levies", "market", "markets", "market"),
    ("parcel_regimes", "market", "markets", "market"),
    ("exits", "becomes_brand", "brands", "brand"),
    ("frozen_shipments", "lot", "lots", "lot"),
    ("actual_sales", "lot", "lots", "lot"),
    ("actual_sales", "channel", "channels", "channel"),
)
"""Table and field that name a record, and the table and field that hold it."""

SELECTORS = {
    "brands": "brands",
    "categories": "categories",
    "channels": "channels",
    "exclusive_channels": "channels",
    "countries": "countries",
    "fee_models": "fee models",
    "lots": "lots",
    "markets": "markets",
    "consented_markets": "markets",
    "excluded_markets": "markets",
    "from_markets": "markets",
    "to_markets": "markets",
    "modes": "modes",
    "rungs": "rungs",
    "seasons": "seasons",
    "styles": "styles",
}
"""Field that selects, in whichever table, and what it selects."""

JOINT_SELECTORS = ("opening_terms", "style_spreads", "quantity_rules", "price_rules")
"""Tables whose selectors must together leave a channel."""


def needed_tables(scenario: Scenario) -> Findings:
    for table in NEEDED:
        if table == "exchange_rates" and not foreign_currencies(scenario):
            continue
        if not getattr(scenario, table):
            yield Finding(
                table,
                0,
                "",
                english("The table has no rows."),
                english("Add the {table}.", table=table),
            )


def blank_texts(scenario: Scenario) -> Findings:
    for position, row in enumerate(scenario.provenance):
        if not row.source:
            yield at(
                "provenance", position, "source", english("is blank."), english("Name the source.")
            )


def list_entries(scenario: Scenario) -> Findings:
    """An entry of a list must survive being written with ';' between entries."""
    for table, record in TABLES.items():
        fields = [n for n, f in record.model_fields.items() if f.annotation == tuple[str, ...]]
        for position, row in enumerate(getattr(scenario, table)):
            for field in fields:
                for entry in getattr(row, field):
                    if not entry or entry != entry.strip() or ";" in entry or not _plain(entry):
                        problem = english("{entry!r} cannot be an entry of a list.", entry=entry)
                        remedy = english("Leave out blanks, ';' and control characters.")
                        yield at(table, position, field, problem, remedy)


def _plain(text: str) -> bool:
    return all(ord(char) >= 32 for char in text)


def references(scenario: Scenario) -> Findings:
    for table, field, target, target_field in REFERENCES:
        known = set(keys(scenario, target, target_field))
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
        problem = english(
            "The table has no rows, but {table}.{field} refers to it.", table=table, field=field
        )
        yield Finding(target, 0, "", problem, english("Add the {target}.", target=target))
        return
    for position, name in named:
        if name not in known:
            advice = english("Add it to {target} or correct the name.", target=target)
            remedy = did_you_mean(name, known, otherwise=advice)
            yield at(
                table,
                position,
                field,
                english("'{name}' is not in {target}.", name=name, target=target),
                remedy,
            )


def selectors(scenario: Scenario) -> Findings:
    """Every selector selects something; words of closed sets need not be in use."""
    names = {
        "brands": keys(scenario, "brands", "brand"),
        "categories": _categories(scenario),
        "channels": keys(scenario, "channels", "channel"),
        "countries": keys(scenario, "markets", "country"),
        "fee models": [model.value for model in FeeModel],
        "lots": [lot.lot for lot in goods(scenario)],
        "markets": keys(scenario, "markets", "market"),
        "modes": [mode.value for mode in Mode],
        "rungs": keys(scenario, "ladders", "rung"),
        "seasons": _seasons(scenario),
        "styles": [lot.style for lot in goods(scenario)],
    }
    places = [*names["markets"], *names["countries"], *keys(scenario, "sites", "country")]
    for table, record in TABLES.items():
        for field in SELECTORS.keys() & record.model_fields.keys():
            for position, row in enumerate(getattr(scenario, table)):
                known = names[SELECTORS[field]]
                if field == "markets" and _is_of_places(row):
                    known = places
                for selector in getattr(row, field):
                    if known and not any(selects(selector, name) for name in known):
                        yield _selects_nothing(table, position, field, selector, known)


def _is_of_places(row: r.Record) -> bool:
    """Whether the markets of a row may be countries: goods are destroyed where they stand."""
    return isinstance(row, r.ComplianceRule) and row.effect is RuleEffect.FORBID_DESTROY


def _selects_nothing(
    table: str, position: int, field: str, selector: str, known: list[str]
) -> Finding:
    kind = SELECTORS[field]
    advice = english("Use names of {kind}, or a prefix such as 'CN-*'.", kind=kind)
    remedy = did_you_mean(selector, known, otherwise=advice)
    return at(
        table,
        position,
        field,
        english("'{selector}' selects no {kind}.", selector=selector, kind=kind),
        remedy,
    )


def _categories(scenario: Scenario) -> list[str]:
    """Categories a scenario knows: those of its lots and those its channels sell."""
    return [*keys(scenario, "lots", "category"), *keys(scenario, "channel_terms", "category")]


def _seasons(scenario: Scenario) -> list[str]:
    """Seasons a scenario knows: those of its lots and those with factors."""
    return [*keys(scenario, "lots", "season"), *keys(scenario, "season_factors", "season")]


def joint_selectors(scenario: Scenario) -> Findings:
    """Markets, channels, countries and fee models of one row must have a channel in common."""
    for table in JOINT_SELECTORS:
        for position, row in enumerate(getattr(scenario, table)):
            if scenario.channels and not touched_channels(scenario, row):
                problem = english("Its selectors together leave no channel.")
                yield at(
                    table, position, "channels", problem, english("Widen its markets or channels.")
                )


def category_names(scenario: Scenario) -> Findings:
    known = set(_categories(scenario))
    for table in ("duties", "parcel_regimes"):
        for position, row in enumerate(getattr(scenario, table)):
            if row.category and known and row.category not in known:
                advice = english("Use a category of lots or channel_terms.")
                remedy = did_you_mean(row.category, known, otherwise=advice)
                problem = english(
                    "No lot and no channel has the category '{category}'.", category=row.category
                )
                yield at(table, position, "category", problem, remedy)


def pools_are_sold(scenario: Scenario) -> Findings:
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
                problem = english(
                    "Channel '{channel}' has no terms for category '{category}'.",
                    channel=row.channel,
                    category=row.category,
                )
                advice = english("Add the row to channel_terms.")
                remedy = did_you_mean(row.category, sold[row.channel], otherwise=advice)
                yield at(table, position, "category", problem, remedy)
    for position, point in enumerate(scenario.demand_points):
        ladder = ladder_of.get(point.channel, "")
        if rungs[ladder] and point.rung not in rungs[ladder]:
            remedy = did_you_mean(
                point.rung,
                rungs[ladder],
                otherwise=english("Add the rung to ladder '{ladder}'.", ladder=ladder),
            )
            problem = english(
                "Ladder '{ladder}' has no rung '{rung}'.", ladder=ladder, rung=point.rung
            )
            yield at("demand_points", position, "rung", problem, remedy)


def entry_sites(scenario: Scenario) -> Findings:
    known = set(keys(scenario, "sites", "site"))
    for position, market in enumerate(scenario.markets):
        if not market.entry_sites:
            yield at(
                "markets", position, "entry_sites", english("is blank."), english("Name a site.")
            )
        named = [(position, site) for site in market.entry_sites]
        yield from _unresolved("markets", "entry_sites", "sites", known, named)


def origins(scenario: Scenario) -> Findings:
    kinds = {site.site: site.kind for site in scenario.sites}
    known = [site for site, kind in kinds.items() if kind is SiteKind.ORIGIN]
    for position, lot in enumerate(scenario.lots):
        if kinds.get(lot.origin, SiteKind.ORIGIN) is not SiteKind.ORIGIN:
            problem = english(
                "Site '{origin}' is a {kinds}, not an origin.",
                origin=lot.origin,
                kinds=kinds[lot.origin],
            )
            remedy = english(
                "Use one of: {value}.",
                value=", ".join(known) or "none yet, add a site of kind origin",
            )
            yield at("lots", position, "origin", problem, remedy)


def rule_names(scenario: Scenario) -> Findings:
    """A setting speaks of a rule of the model."""
    for position, setting in enumerate(scenario.rule_settings):
        if setting.rule not in SETTABLE_RULES:
            advice = english(
                "Use one of: {settable_rules}.", settable_rules=", ".join(SETTABLE_RULES)
            )
            remedy = did_you_mean(setting.rule, SETTABLE_RULES, otherwise=advice)
            problem = english("There is no rule '{rule}' that can be set.", rule=setting.rule)
            yield at("rule_settings", position, "rule", problem, remedy)


def provenance(scenario: Scenario) -> Findings:
    records: dict[str, type[r.Record]] = {**TABLES, HEADER: r.Header}
    for position, row in enumerate(scenario.provenance):
        if row.table not in records:
            remedy = did_you_mean(row.table, records, otherwise=english("Use the name of a table."))
            yield at(
                "provenance",
                position,
                "table",
                english("There is no table '{table}'.", table=row.table),
                remedy,
            )
        elif row.field and row.field not in records[row.table].model_fields:
            fields = records[row.table].model_fields
            remedy = did_you_mean(
                row.field,
                fields,
                otherwise=english("Use one of: {fields}.", fields=", ".join(fields)),
            )
            problem = english(
                "Table '{table}' has no field '{field}'.", table=row.table, field=row.field
            )
            yield at("provenance", position, "field", problem, remedy)


ROW_CHECKS = (
    needed_tables,
    blank_texts,
    list_entries,
    references,
    selectors,
    category_names,
    pools_are_sold,
    entry_sites,
    origins,
    rule_names,
    provenance,
)
WHOLE_CHECKS = (joint_selectors,)
