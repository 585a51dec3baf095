"""A scenario seen as numbered rows and arrays: what the vectorised steps index into."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cached_property
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.check import matches
from planner.domain.forms import with_forms
from planner.domain.records import Channel, ComplianceRule, Lock, Record
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FeeModel, Incoterm, RuleEffect

FAR = 10**6
"""A day number beyond every horizon."""


def column(rows: Sequence[Record], name: str) -> Any:
    """One field of a table as an array."""
    return np.array([getattr(row, name) for row in rows])


def pays_duty(channel: Channel) -> bool:
    """Whether import duty in a channel is the seller's and not the buyer's or a parcel's."""
    if channel.fee_model == FeeModel.WHOLESALE:
        return channel.incoterm == Incoterm.DDP
    return channel.fee_model != FeeModel.PARCEL


class Lookup:
    """Positions of names, days of dates and rates of days, for one scenario and its lots' forms."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario = with_forms(scenario)
        self.header = scenario.header
        self.periods = scenario.header.periods
        self.days_per_period = scenario.header.days_per_period
        self.horizon_days = self.periods * self.days_per_period
        self.lot_at = {lot.lot: k for k, lot in enumerate(scenario.lots)}
        self.brand_at = {brand.brand: k for k, brand in enumerate(scenario.brands)}
        self.site_at = {site.site: k for k, site in enumerate(scenario.sites)}
        self.leg_at = {leg.leg: k for k, leg in enumerate(scenario.legs)}
        self.market_at = {market.market: k for k, market in enumerate(scenario.markets)}
        self.channel_at = {channel.channel: k for k, channel in enumerate(scenario.channels)}
        self.equipment = {item.equipment: item for item in scenario.equipment}
        self.decimals = {item.currency: item.price_decimals for item in scenario.currencies}
        self._of_lots: dict[str, Any] = {}
        self._kinds: dict[tuple[str, ...], tuple[list[Any], Ints]] = {}

    def of_lots(self, name: str) -> Any:
        """One field of all lots as an array, read once."""
        if name not in self._of_lots:
            self._of_lots[name] = column(self.scenario.lots, name)
        return self._of_lots[name]

    def kinds(self, *names: str) -> tuple[list[Any], Ints]:
        """The different values of one field of all lots, or of several together, and the number of
        every lot's among them."""
        if names not in self._kinds:
            at: dict[Any, int] = {}
            values = map(attrgetter(*names), self.scenario.lots)
            number = np.array([at.setdefault(value, len(at)) for value in values], dtype=np.int64)
            self._kinds[names] = list(at), number
        return self._kinds[names]

    def of_kinds(
        self, answer: Callable[..., Any], *names: str, dtype: type = float
    ) -> NDArray[Any]:
        """An answer about every lot that one of its fields, or several together, decide: asked once
        for every different value."""
        kinds, number = self.kinds(*names)
        asked = kinds if len(names) > 1 else [(each,) for each in kinds]
        return np.array([answer(*each) for each in asked], dtype=dtype)[number]

    def day(self, moment: date | None, *, missing: int) -> int:
        """Days from the start of the plan."""
        return missing if moment is None else (moment - self.header.start_date).days

    def date_of(self, day: int) -> date:
        """The calendar date of a day number."""
        return self.header.start_date + timedelta(days=int(day))

    @cached_property
    def _rates(self) -> dict[str, Floats]:
        rates = {self.header.currency: np.ones(self.horizon_days + 1)}
        dated = sorted(
            self.scenario.exchange_rates, key=lambda row: self.day(row.valid_from, missing=-FAR)
        )
        for row in dated:
            series = rates.setdefault(row.currency, np.full(self.horizon_days + 1, np.nan))
            series[max(0, self.day(row.valid_from, missing=0)) :] = row.rate
        return rates

    def fx(self, currency: str, day: Any = 0) -> Any:
        """Planning currency for one unit of `currency` on a day or on an array of days."""
        if isinstance(day, int):
            return self._rates[currency][min(max(day, 0), self.horizon_days)]
        return self._rates[currency][np.clip(day, 0, self.horizon_days)]

    def open_days(self, site: int) -> Floats:
        """Full working days of a site in each period, closures taken off."""
        share = np.ones(self.horizon_days)
        for closure in self.scenario.closures:
            if closure.site == self.scenario.sites[site].site:
                first = max(0, self.day(closure.valid_from, missing=0))
                last = max(-1, self.day(closure.valid_to, missing=0))
                share[first : last + 1] = closure.open_share
        return np.asarray(share.reshape(self.periods, self.days_per_period).sum(axis=1))

    @cached_property
    def brand_of_lot(self) -> Ints:
        """Position of every lot's brand."""
        return self.of_kinds(self.brand_at.__getitem__, "brand", dtype=np.int64)

    @cached_property
    def origin_of_lot(self) -> Ints:
        """Position of the site every lot lies at."""
        return self.of_kinds(self.site_at.__getitem__, "origin", dtype=np.int64)

    @cached_property
    def age_years(self) -> Ints:
        """Age of every lot in whole years."""
        made: Ints = self.of_lots("vintage_year").astype(np.int64)
        return np.maximum(0, self.header.start_date.year - made)

    @cached_property
    def parent(self) -> Ints:
        """The lot whose units each lot draws on: itself, or the lot it is a form of."""
        lots = self.scenario.lots
        return np.array([self.lot_at[lot.form_of or lot.lot] for lot in lots], dtype=np.int64)

    @cached_property
    def is_form(self) -> Bools:
        """Lots that are another lot in a de-branded form."""
        return np.asarray(self.parent != np.arange(len(self.parent)))

    @cached_property
    def made_by(self) -> Ints:
        """Position of the exit that makes each form, -1 for other lots."""
        at = {way.exit: k for k, way in enumerate(self.scenario.exits)}
        return self.of_kinds(lambda way: at.get(way or "", -1), "made_by", dtype=int)

    @cached_property
    def quality(self) -> Floats:
        """Price a lot fetches as a share of a new, full-size-run lot's: age, broken sizes, form."""
        factors = {row.age_years: row.price_factor for row in self.scenario.age_factors}
        ages, number = np.unique(self.age_years, return_inverse=True)
        listed = [max((k for k in factors if k <= a), default=-1) for a in ages.tolist()]
        age = np.array([factors.get(k, 1.0) for k in listed], dtype=float)[number]
        curve = self.of_lots("size_curve").astype(float)
        form = np.array([*(way.price_factor for way in self.scenario.exits), 1.0])[self.made_by]
        return np.asarray(age * (1 - self.header.broken_size_discount * (1 - curve)) * form)

    @cached_property
    def tag(self) -> Floats:
        """Tag of every lot, PC per unit, at the rates of day 0."""
        return np.asarray(
            self.of_lots("tag").astype(float) * self.of_kinds(self.fx, "tag_currency")
        )

    @cached_property
    def unit_cost(self) -> Floats:
        """Unit cost of every lot, PC per unit, at the rates of day 0."""
        cost = self.of_lots("unit_cost").astype(float)
        return np.asarray(cost * self.of_kinds(self.fx, "unit_cost_currency"))

    def channel_units_per_day(self, channel: int) -> float:
        """Units a channel can sell a day, no more than its resellers can; inf = no limit."""
        row = self.scenario.channels[channel]
        limit = np.inf if row.units_per_day is None else row.units_per_day
        sales = [units for units, _ in self._reseller_sales(row.channel)]
        return min(limit, sum(sales)) if sales else limit

    def inviter_bonus_rate(self, channel: int) -> float:
        """The inviter's bonus in a channel: that of its levels, weighted by what they can sell."""
        row = self.scenario.channels[channel]
        sales = self._reseller_sales(row.channel)
        total = sum(units for units, _ in sales)
        if total == 0:
            return row.inviter_bonus_rate
        return sum(units * rate for units, rate in sales) / total

    def _reseller_sales(self, channel: str) -> list[tuple[float, float]]:
        """Units a day and bonus rate of each level of a channel's resellers."""
        return [
            (level.resellers * level.units_per_reseller_day, level.bonus_rate)
            for level in self.scenario.reseller_levels
            if level.channel == channel
        ]

    def rule_touches(
        self, rule: ComplianceRule, channel: int, lots: Ints, days: Ints | None
    ) -> Bools:
        """Whether a rule touches each (lot, day) in a channel; `days` None skips the dates."""
        row = self.scenario.channels[channel]
        if not (matches(row.market, rule.markets) and matches(row.channel, rule.channels)):
            return np.zeros(len(lots), dtype=bool)
        if rule.effect == RuleEffect.PREFERENCE and not pays_duty(row):
            return np.zeros(len(lots), dtype=bool)
        hit: Bools = self._rule_lots[rule.rule][lots]
        if days is None:
            return hit
        first = self.day(rule.valid_from, missing=-FAR)
        last = self.day(rule.valid_to, missing=FAR)
        return hit & (days >= first) & (days <= last)

    @cached_property
    def _rule_lots(self) -> dict[str, Bools]:
        def touched(rule: ComplianceRule) -> Bools:
            def goods(
                category: str, danger: str, labels: Sequence[str], origin: bool, fibre: bool
            ) -> bool:
                wanted = rule.unless_labelled
                return (
                    matches(category, rule.categories)
                    and (bool(danger) or not rule.dangerous_goods_only)
                    and not (wanted and wanted in labels and origin and fibre)
                )

            said = ("category", "dangerous_goods", "labels", "origin_label", "fibre_label")
            return self.of_kinds(goods, *said, dtype=bool)

        return {rule.rule: touched(rule) for rule in self.scenario.rules}

    def lock_lots(self, lock: Lock) -> Bools:
        """Which lots a lock selects."""
        return np.array(
            [
                matches(lot.lot, lock.lots)
                and matches(lot.brand, lock.brands)
                and matches(lot.category, lock.categories)
                for lot in self.scenario.lots
            ],
            dtype=bool,
        )

    def lock_channels(self, lock: Lock) -> Bools:
        """Which channels a lock selects."""
        return np.array(
            [
                matches(row.channel, lock.channels) and matches(row.market, lock.markets)
                for row in self.scenario.channels
            ],
            dtype=bool,
        )
