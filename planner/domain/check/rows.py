"""Scenario -> findings: rows that contradict themselves, one table after the other."""

from __future__ import annotations

from planner.domain.check.basics import HEADER, Findings, at
from planner.domain.fields import LATEST
from planner.domain.scenario import TABLES, Scenario
from planner.domain.vocabulary import (
    CorridorMode,
    DutyKind,
    ExitKind,
    FeeModel,
    FixedPer,
    RuleEffect,
)
from planner.errors import Finding
from planner.language import english

HORIZON = ((HEADER, "days_per_period"), (HEADER, "periods"))
"""Fields of the header without which no other table can be judged."""

LIMITS = (
    ("valid_from", "valid_to"),
    ("open_from", "open_to"),
    ("ship_date", "arrival_date"),
    ("transit_days_least", "transit_days"),
    ("transit_days", "transit_days_most"),
    ("reseller_margin_least", "reseller_margin_most"),
    ("age_least", "age_most"),
    ("from_period", "to_period"),
    ("no_touch_from", "no_touch_to"),
    ("least", "most"),
)
"""Fields that, in whichever table they stand together, hold a lower and an upper limit."""

PERIODS = (
    ("brands", "must_clear_by"),
    ("lots", "available_period"),
    ("demand_points", "period"),
    ("quantity_rules", "from_period"),
    ("quantity_rules", "to_period"),
    ("price_paths", "no_touch_from"),
    ("price_paths", "no_touch_to"),
    ("priorities", "by_period"),
    ("locks", "ship_period"),
    ("locks", "sell_period"),
)
"""Fields that name a period of the horizon."""


def header(scenario: Scenario) -> Findings:
    head = scenario.header
    if head.days_per_period < 1:
        yield Finding(
            HEADER, 0, "days_per_period", english("0 is below 1."), english("Use 7 or 14.")
        )
    elif (LATEST - head.start_date).days < head.periods * head.days_per_period:
        problem = english(
            "{periods} periods of {days_per_period} days end after {latest}.",
            periods=head.periods,
            days_per_period=head.days_per_period,
            latest=LATEST,
        )
        yield Finding(HEADER, 0, "periods", problem, english("Use fewer or shorter periods."))
    if head.corridor is CorridorMode.LEAK and head.corridor_leak_units == 0:
        problem = english("A corridor in leak mode is charged for 0 units.")
        remedy = english("Give the units expected to leak, or use hard or off.")
        yield Finding(HEADER, 0, "corridor_leak_units", problem, remedy)


def limits_in_order(scenario: Scenario) -> Findings:
    for table, record in TABLES.items():
        for first, last in LIMITS:
            if not {first, last} <= set(record.model_fields):
                continue
            for position, row in enumerate(getattr(scenario, table)):
                low, high = getattr(row, first), getattr(row, last)
                if low is not None and high is not None and low > high:
                    problem = english(
                        "{high} is before {first}, {low}.", high=high, first=first, low=low
                    )
                    remedy = english("Use {low} or later.", low=low)
                    if isinstance(low, int | float):
                        problem = english(
                            "{high:g} is below {first}, {low:g}.", high=high, first=first, low=low
                        )
                        remedy = english("Use {low:g} or more.", low=low)
                    yield at(table, position, last, problem, remedy)


def within_horizon(scenario: Scenario) -> Findings:
    last = scenario.header.periods
    for table, field in PERIODS:
        for position, row in enumerate(getattr(scenario, table)):
            period = getattr(row, field)
            if period is not None and period > last:
                problem = english(
                    "Period {period} is after the last period, {last}.", period=period, last=last
                )
                yield at(table, position, field, problem, english("Use 1 to {last}.", last=last))


def currencies(scenario: Scenario) -> Findings:
    """Price steps and endings that can be written and kept."""
    for position, row in enumerate(scenario.currencies):
        for field in ("price_step", "price_ending"):
            amount = getattr(row, field)
            if abs(amount - round(amount, row.price_decimals)) > 1e-9:
                problem = english(
                    "{amount:g} cannot be written with {price_decimals} decimals.",
                    amount=amount,
                    price_decimals=row.price_decimals,
                )
                yield at(
                    "currencies",
                    position,
                    field,
                    problem,
                    english("Use more decimals or round it."),
                )
        if row.price_ending > 0 and row.price_ending >= row.price_step:
            problem = english(
                "An ending of {price_ending:g} does not fit a step of {price_step:g}.",
                price_ending=row.price_ending,
                price_step=row.price_step,
            )
            remedy = english("Use an ending below the step, such as 9 of a step of 10.")
            yield at("currencies", position, "price_ending", problem, remedy)


def lots(scenario: Scenario) -> Findings:
    latest = scenario.header.start_date.year + 1
    ages = {row.age_years for row in scenario.age_factors}
    for position, lot in enumerate(scenario.lots):
        if not 1950 <= lot.vintage_year <= latest:
            problem = english(
                "{vintage_year} is not between 1950 and {latest}.",
                vintage_year=lot.vintage_year,
                latest=latest,
            )
            yield at("lots", position, "vintage_year", problem, english("Use a year such as 2024."))
            continue
        age = max(0, scenario.header.start_date.year - lot.vintage_year)
        if ages and age < max(ages) and age not in ages:
            problem = english(
                "Goods of {vintage_year} are {age} years old; age_factors has no such row.",
                vintage_year=lot.vintage_year,
                age=age,
            )
            yield at(
                "lots",
                position,
                "vintage_year",
                problem,
                english("Add age {age} to age_factors.", age=age),
            )
    for position, lot in enumerate(scenario.lots):
        code = lot.hs_code
        if code and not (code.isascii() and code.isdigit() and 4 <= len(code) <= 10):
            problem = english("'{code}' is not 4 to 10 digits.", code=code)
            yield at("lots", position, "hs_code", problem, english("Write the code without dots."))
        if lot.multiple_units < 1:
            problem = english("0 is below 1.")
            yield at(
                "lots",
                position,
                "multiple_units",
                problem,
                english("Use 1 for any number of units."),
            )


def forms(scenario: Scenario) -> Findings:
    """A form names the lot it comes from and the de-branding that makes it, other lots neither."""
    is_form = {lot.lot: lot.form_of is not None for lot in scenario.lots}
    kinds = {row.exit: row.kind for row in scenario.exits}
    for position, lot in enumerate(scenario.lots):
        if lot.form_of is None and lot.made_by is None:
            continue
        for field in ("form_of", "made_by"):
            if getattr(lot, field) is None:
                problem = english("A form needs form_of and made_by; other lots have neither.")
                yield at(
                    "lots", position, field, problem, english("Fill both or leave both blank.")
                )
        if lot.form_of is not None and is_form.get(lot.form_of, False):
            problem = english("'{form_of}' is a form itself.", form_of=lot.form_of)
            yield at(
                "lots", position, "form_of", problem, english("Name the lot the units come from.")
            )
        if kinds.get(lot.made_by or "", ExitKind.DE_BRAND) is not ExitKind.DE_BRAND:
            problem = english("Exit '{made_by}' makes no new form.", made_by=lot.made_by)
            yield at(
                "lots", position, "made_by", problem, english("Name an exit of kind de_brand.")
            )


def places(scenario: Scenario) -> Findings:
    for position, site in enumerate(scenario.sites):
        for field, limit in (("latitude", 90), ("longitude", 180)):
            degrees = getattr(site, field)
            if degrees is not None and abs(degrees) > limit:
                problem = english(
                    "{degrees} is not between -{limit} and {limit}.", degrees=degrees, limit=limit
                )
                yield at("sites", position, field, problem, english("Use degrees, such as 31.2."))


def channels(scenario: Scenario) -> Findings:
    days = scenario.header.days_per_period
    for position, channel in enumerate(scenario.channels):
        if channel.fee_model is FeeModel.WHOLESALE and channel.wholesale_ratio == 0:
            problem = english("A wholesale channel has a wholesale ratio of 0.")
            yield at(
                "channels", position, "wholesale_ratio", problem, english("Use a share of tag.")
            )
        if channel.fee_model is FeeModel.BUY_OUT and channel.buy_out_share == 0:
            problem = english("A buy-out channel has a buy-out share of 0.")
            yield at("channels", position, "buy_out_share", problem, english("Use a share of tag."))
        if channel.burst_days is not None and channel.burst_days > days:
            problem = english(
                "The orders of a period of {days} days come within {burst_days}.",
                days=days,
                burst_days=channel.burst_days,
            )
            remedy = english("Use 1 to {days}, or leave it blank.", days=days)
            yield at("channels", position, "burst_days", problem, remedy)
    for position, term in enumerate(scenario.channel_terms):
        if term.reference_price_ratio == 0:
            problem = english("A reference price of 0 sells nothing.")
            remedy = english("Use a share of tag, or leave the row out.")
            yield at("channel_terms", position, "reference_price_ratio", problem, remedy)


def reseller_levels(scenario: Scenario) -> Findings:
    """A channel with levels has resellers among them, and they sell something."""
    named = [row.channel for row in scenario.reseller_levels]
    for channel in dict.fromkeys(named):
        rows = [row for row in scenario.reseller_levels if row.channel == channel]
        if not any(row.resellers for row in rows):
            problem = english(
                "The levels of channel '{channel}' have no reseller.", channel=channel
            )
            remedy = english("Give the active resellers of a level, or take the rows out.")
            yield at("reseller_levels", named.index(channel), "resellers", problem, remedy)
        elif not any(row.resellers * row.units_per_reseller_day for row in rows):
            problem = english("The resellers of channel '{channel}' sell nothing.", channel=channel)
            remedy = english("Give the units a reseller sells a day.")
            place = named.index(channel)
            yield at("reseller_levels", place, "units_per_reseller_day", problem, remedy)


def ladders(scenario: Scenario) -> Findings:
    """No two rungs are one and the same; those of one price leave resellers different margins."""
    first: dict[tuple[str, float, float | None], str] = {}
    for position, rung in enumerate(scenario.ladders):
        terms = (rung.ladder, rung.price_ratio, rung.reseller_margin)
        other = first.setdefault(terms, rung.rung)
        if other != rung.rung:
            problem = english(
                "Rung '{other}' of ladder '{ladder}' has the same ratio and margin.",
                other=other,
                ladder=rung.ladder,
            )
            remedy = english("Give the rung a ratio or a reseller margin of its own.")
            yield at("ladders", position, "price_ratio", problem, remedy)


def duty_amounts(scenario: Scenario) -> Findings:
    for position, duty in enumerate(scenario.duties):
        if duty.kind is not DutyKind.AD_VALOREM and duty.specific_currency is None:
            problem = english(
                "A duty of kind {kind} has an amount without a currency.", kind=duty.kind
            )
            yield at(
                "duties", position, "specific_currency", problem, english("Name it, such as EUR.")
            )
        if duty.antidumping_amount > 0 and duty.antidumping_currency is None:
            problem = english("The anti-dumping duty has no currency.")
            yield at(
                "duties",
                position,
                "antidumping_currency",
                problem,
                english("Name it, such as EUR."),
            )


def compliance_rules(scenario: Scenario) -> Findings:
    for position, rule in enumerate(scenario.rules):
        wanted = (
            (rule.fixed_cost > 0 and rule.fixed_currency is None, "fixed_currency",
             english("The fixed cost has no currency."), english("Name it, such as CNY.")),
            (rule.fixed_cost > 0 and rule.fixed_per is FixedPer.NONE, "fixed_per",
             english("It is not said what the fixed cost is paid for."),
             english("Use style, sku, model or shipment.")),
            (rule.cost_per_unit > 0 and rule.unit_currency is None, "unit_currency",
             english("The cost per unit has no currency."), english("Name it, such as CNY.")),
            (rule.effect is RuleEffect.QUOTA and rule.quota_units is None, "quota_units",
             english("A quota has no number of units."), english("Give the units allowed.")),
            (rule.effect is RuleEffect.FORBID_MODE and not rule.modes, "modes",
             english("It is not said which mode is forbidden."), english("Name modes, such as air.")),
            (rule.effect is RuleEffect.SHELF_LIFE and rule.least_days == 0, "least_days",
             english("A shelf life rule asks for 0 days."), english("Give the days of life asked for.")),
        )  # fmt: skip
        for fault, field, problem, remedy in wanted:
            if fault:
                yield at("rules", position, field, problem, remedy)


def exits(scenario: Scenario) -> Findings:
    """De-branding names the brand the goods become; nothing else does."""
    for position, row in enumerate(scenario.exits):
        if row.kind is ExitKind.DE_BRAND:
            wanted = (
                (row.becomes_brand is None, "becomes_brand",
                 english("De-branded goods need a brand."), english("Name one of brands.")),
                (row.price_factor == 0, "price_factor",
                 english("A price factor of 0 sells nothing."),
                 english("Use a share of the old reference price.")),
            )  # fmt: skip
        else:
            wanted = (
                (row.becomes_brand is not None, "becomes_brand",
                 english("An exit of kind {kind} makes no new form.", kind=row.kind),
                 english("Leave it blank, or use de_brand.")),
                (row.uses_relabel_capacity, "uses_relabel_capacity",
                 english("An exit of kind {kind} makes no new form.", kind=row.kind),
                 english("Leave it blank, or use de_brand.")),
            )  # fmt: skip
        for fault, field, problem, remedy in wanted:
            if fault:
                yield at("exits", position, field, problem, remedy)


ROW_CHECKS = (
    header,
    limits_in_order,
    within_horizon,
    currencies,
    lots,
    forms,
    places,
    channels,
    reseller_levels,
    ladders,
    duty_amounts,
    compliance_rules,
    exits,
)
