"""The scenario's records as dictionaries, with the three questions every check asks of them:
what a currency is worth on a day, whether a name is selected, whether a rule touches goods."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import ExitKind, FeeModel, Incoterm, RuleEffect
from planner.language import english


class MissingFactError(Exception):
    """The scenario lacks a row that the money of a line needs."""


def matches(name: str, selectors: Iterable[str]) -> bool:
    """True when one selector is the name, or a prefix of it written 'X*'."""
    return any(name.startswith(s[:-1]) if s.endswith("*") else name == s for s in selectors)


def selected(name: str, selectors: tuple[str, ...]) -> bool:
    """As `matches`; no selectors mean everything."""
    return not selectors or matches(name, selectors)


def within(day: date, first: date | None, last: date | None) -> bool:
    """True when the day lies between two limits, either of which may be blank."""
    return (first is None or day >= first) and (last is None or day <= last)


class Facts:
    """A scenario ready to be looked up; nothing here is computed, only found."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.header = header = scenario.header
        self.start = header.start_date
        self.periods = header.periods
        self.days = header.days_per_period
        self.decimals = {c.currency: c.price_decimals for c in scenario.currencies}
        self.brands = {b.brand: b for b in scenario.brands}
        self.lots = {lot.lot: lot for lot in (*forms(scenario), *scenario.lots)}
        self.ages = sorted((a.age_years, a.price_factor) for a in scenario.age_factors)
        self.sites = {s.site: s for s in scenario.sites}
        self.equipment = {e.equipment: e for e in scenario.equipment}
        self.legs = {leg.leg: leg for leg in scenario.legs}
        self.leg_boxes: dict[str, dict[str, r.LegBox]] = defaultdict(dict)
        for box in scenario.leg_boxes:
            self.leg_boxes[box.leg][box.equipment] = box
        self.rate_breaks: dict[str, list[r.RateBreak]] = defaultdict(list)
        for step in scenario.rate_breaks:
            self.rate_breaks[step.leg].append(step)
        self.markets = {m.market: m for m in scenario.markets}
        self.channels = {c.channel: c for c in scenario.channels}
        self.levels: dict[str, list[r.ResellerLevel]] = defaultdict(list)
        for level in scenario.reseller_levels:
            self.levels[level.channel].append(level)
        self.terms = {(t.channel, t.category): t for t in scenario.channel_terms}
        self.references = {(p.lot, p.channel): p for p in scenario.reference_prices}
        self.rungs = {(rung.ladder, rung.rung): rung for rung in scenario.ladders}
        self.demand = {(d.channel, d.category, d.season): d for d in scenario.demand}
        self.points = {
            (p.channel, p.category, p.season, p.period, p.rung): p for p in scenario.demand_points
        }
        self.seasons = {(f.climate, f.season, f.period): f.factor for f in scenario.season_factors}
        self.exits = {e.exit: e for e in scenario.exits}
        self.rules = {rule.rule: rule for rule in scenario.rules}
        self.opening_terms = {term.opening: term for term in scenario.opening_terms}
        self.frozen = {f.shipment: f for f in scenario.frozen_shipments}
        self.duties: dict[tuple[str, str], list[r.Duty]] = defaultdict(list)
        for duty in scenario.duties:
            self.duties[duty.market, duty.category].append(duty)
        self.levies: dict[str, list[r.Levy]] = defaultdict(list)
        for levy in scenario.levies:
            self.levies[levy.market].append(levy)
        self.parcels: dict[tuple[str, str], list[r.ParcelRegime]] = defaultdict(list)
        for regime in scenario.parcel_regimes:
            self.parcels[regime.market, regime.category].append(regime)
        self._rates: dict[str, tuple[list[date], list[float]]] = {}
        for row in sorted(scenario.exchange_rates, key=lambda x: x.valid_from or date.min):
            dates, rates = self._rates.setdefault(row.currency, ([], []))
            dates.append(row.valid_from or date.min)
            rates.append(row.rate)
        self._fx: dict[tuple[str, int], float] = {}
        self.paid_whole: dict[str, bool] = {}
        """By leg; these four are worked out when first asked for (freight, money, prices)."""
        self.carriage: dict[tuple[str, str, int], dict[str, float]] = {}
        """Freight and handling of one unit by lot, route and ship day."""
        self.leg_costs: dict[tuple[str, str, int], float] = {}
        """Freight of one unit by leg, lot and ship day."""
        self.prices: dict[tuple[str, str, str], tuple[float, ...]] = {}
        """The price by lot, channel and rung; two neighbours at a tie."""
        self._rules: dict[tuple[str, str], tuple[r.ComplianceRule, ...]] = {}

    def date_of(self, day: int) -> date:
        """The calendar date of a day of the plan."""
        return self.start + timedelta(days=day)

    def open_days(self, site: r.Site, day: int) -> float:
        """Working days of a site in the period of a day: closures leave their open share."""
        if not self.scenario.closures:
            return float(self.days)
        first = (self.period_of(day) - 1) * self.days
        total = 0.0
        for moment in map(self.date_of, range(first, first + self.days)):
            shut = [
                closure.open_share
                for closure in self.scenario.closures
                if closure.site == site.site and closure.valid_from <= moment <= closure.valid_to
            ]
            total += shut[0] if shut else 1.0
        return total

    def period_of(self, day: int) -> int:
        """The period that holds a day."""
        return day // self.days + 1

    def fx(self, currency: str | None, day: int) -> float:
        """Planning currency for one unit of a currency on a day; blank = planning currency."""
        if currency is None or currency == self.header.currency:
            return 1.0
        key = (currency, day)
        if key not in self._fx:
            dates, rates = self._rates.get(currency, ([], []))
            at = bisect_right(dates, self.date_of(day)) - 1
            if at < 0:
                raise MissingFactError(
                    english(
                        "{currency} has no exchange rate on {day}.",
                        currency=currency,
                        day=self.date_of(day),
                    )
                )
            self._fx[key] = rates[at]
        return self._fx[key]

    def tag(self, lot: r.Lot) -> float:
        """The tag in planning currency at day 0."""
        return lot.tag * self.fx(lot.tag_currency, 0)

    def unit_cost(self, lot: r.Lot) -> float:
        """The unit cost in planning currency at day 0."""
        return lot.unit_cost * self.fx(lot.unit_cost_currency, 0)

    def source(self, lot: str) -> str:
        """The lot whose units a lot's are: its own, or those of the lot it is a form of."""
        return self.lots[lot].form_of or lot

    def units_per_day(self, channel: r.Channel) -> float | None:
        """What a channel sells a day at most, its resellers' selling power included; None = any."""
        limits = [] if channel.units_per_day is None else [channel.units_per_day]
        if self.levels[channel.channel]:
            limits.append(sum(_sales(level) for level in self.levels[channel.channel]))
        return min(limits, default=None)

    def bonus_rate(self, channel: r.Channel) -> float:
        """The inviter's bonus: the levels' by what they sell, the channel's own without sales."""
        levels = self.levels[channel.channel]
        sold = sum(_sales(level) for level in levels)
        if sold == 0:
            return channel.inviter_bonus_rate
        return sum(_sales(level) / sold * level.bonus_rate for level in levels)

    def is_home(self, country: str) -> bool:
        return country == self.header.home_country

    def crosses_border(self, lot: r.Lot, market: r.Market) -> bool:
        """True when the lot's origin and the market lie in different countries."""
        return self.sites[lot.origin].country != market.country

    def leaves_home(self, lot: r.Lot, market: r.Market) -> bool:
        """True when goods go from the home country to a market abroad."""
        return self.is_home(self.sites[lot.origin].country) and not self.is_home(market.country)

    def rules_for(self, lot: r.Lot, channel: r.Channel) -> tuple[r.ComplianceRule, ...]:
        """The rules that touch a lot in a channel on some date."""
        key = (lot.lot, channel.channel)
        if key not in self._rules:
            self._rules[key] = tuple(
                rule for rule in self.scenario.rules if _concerns(rule, lot, channel)
            )
        return self._rules[key]


def forms(scenario: Scenario) -> list[r.Lot]:
    """Every lot as each de-branding exit open to it turns it out: new names and brand, no labels.

    How many units an exit takes is the rule exit_capacity.
    """
    made: list[r.Lot] = []
    for lot in scenario.lots:
        for way in scenario.exits:
            if not _turns_out(scenario, lot, way):
                continue
            update: dict[str, object] = {
                name: f"{getattr(lot, name)}~{way.exit}"
                for name in ("lot", "sku", "style", "model")
            }
            update |= {"brand": way.becomes_brand, "form_of": lot.lot, "made_by": way.exit}
            update |= {"labels": (), "origin_label": False, "fibre_label": False}
            made.append(lot.model_copy(update=update))
    return made


def _turns_out(scenario: Scenario, lot: r.Lot, way: r.Exit) -> bool:
    if way.kind is not ExitKind.DE_BRAND or way.becomes_brand is None or lot.form_of is not None:
        return False
    header = scenario.header
    first = header.start_date + timedelta((lot.available_period - 1) * header.days_per_period)
    return (
        selected(lot.brand, way.brands)
        and selected(lot.category, way.categories)
        and within(first, way.open_from, way.open_to)
    )


def _sales(level: r.ResellerLevel) -> float:
    return level.resellers * level.units_per_reseller_day


def _concerns(rule: r.ComplianceRule, lot: r.Lot, channel: r.Channel) -> bool:
    labelled = (
        bool(rule.unless_labelled)
        and rule.unless_labelled in lot.labels
        and lot.origin_label
        and lot.fibre_label
    )
    return (
        selected(channel.market, rule.markets)
        and selected(channel.channel, rule.channels)
        and selected(lot.category, rule.categories)
        and (bool(lot.dangerous_goods) or not rule.dangerous_goods_only)
        and not labelled
        and (rule.effect is not RuleEffect.PREFERENCE or _seller_pays_duty(channel))
    )


def _seller_pays_duty(channel: r.Channel) -> bool:
    """Duty is the buyer's in FOB and DAP deals, and part of the parcel regime for parcels."""
    if is_wholesale(channel):
        return channel.incoterm is Incoterm.DDP
    return channel.fee_model is not FeeModel.PARCEL


def is_wholesale(channel: r.Channel) -> bool:
    return channel.fee_model is FeeModel.WHOLESALE


def judged_on(effect: RuleEffect, ship: date, arrival: date, sale: date) -> date:
    """The date on which a rule of this effect is judged."""
    if effect is RuleEffect.PRIVATE_ONLY:
        return sale
    if effect is RuleEffect.EXPORT_REFUND:
        return ship
    return arrival
