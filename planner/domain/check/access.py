"""Goods, a channel and a lock -> what forbids every sale the lock speaks of, if anything does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from planner.domain import records as r
from planner.domain.check.reach import Reach, covers_names, covers_times, laws
from planner.domain.scenario import Scenario
from planner.domain.selectors import matches
from planner.domain.settings import is_hard
from planner.domain.vocabulary import LockKind, RuleEffect
from planner.language import english


def rungs_of(scenario: Scenario) -> dict[str, set[str]]:
    """The rungs every channel has."""
    on = defaultdict(set)
    for rung in scenario.ladders:
        on[rung.ladder].add(rung.rung)
    return {channel.channel: on[channel.ladder] for channel in scenario.channels}


class Access:
    """Whether goods may be sold in a channel, as far as no date decides it."""

    def __init__(self, scenario: Scenario, items: Sequence[r.Lot], locks: Sequence[Reach]) -> None:
        self.scenario, self.items, self.locks = scenario, items, locks
        self.brands = {brand.brand: brand for brand in scenario.brands}
        self.market_of = {channel.channel: channel.market for channel in scenario.channels}
        self.rungs = rungs_of(scenario)
        self.sold = {(term.channel, term.category) for term in scenario.channel_terms}
        self.forbidden = list(laws(scenario, items, RuleEffect.FORBID))

    def obstacle(self, k: int, channel: str, lock: r.Lock) -> str:
        """What forbids every option of a lock for some goods in a channel; '' = nothing."""
        lot, market = self.items[k], self.market_of[channel]
        brand = self.brands.get(lot.brand) or r.Brand(brand=lot.brand)
        if lot.compliance_hold:
            return english("lot '{lot}' is on compliance hold", lot=lot.lot)
        if lock.ship_period is not None and lock.ship_period < lot.available_period:
            return english(
                "lot '{lot}' is free only from period {available_period}",
                lot=lot.lot,
                available_period=lot.available_period,
            )
        if (channel, lot.category) not in self.sold:
            return english(
                "channel '{channel}' does not sell '{category}'",
                channel=channel,
                category=lot.category,
            )
        excluded = brand.excluded_markets and matches(market, brand.excluded_markets)
        if excluded and self._is_asked("excluded_market", lot, channel):
            return english(
                "brand '{brand}' excludes market '{market}'", brand=brand.brand, market=market
            )
        elsewhere = not matches(channel, brand.exclusive_channels)
        if elsewhere and self._is_asked("exclusive_channels", lot, channel):
            return english(
                "brand '{brand}' is exclusive to other channels than '{channel}'",
                brand=brand.brand,
                channel=channel,
            )
        for rule, area in self.forbidden:
            if area.holds(k, channel) and self._is_asked("forbidden", lot, channel):
                return english("rule '{rule}' forbids it", rule=rule.rule)
        return self._locked_out(k, channel, lock)

    def _is_asked(self, rule: str, lot: r.Lot, channel: str) -> bool:
        """Whether a rule of one option is hard for a lot in a channel."""
        return is_hard(self.scenario, rule, f"{lot.brand} | {channel}")

    def _locked_out(self, k: int, channel: str, lock: r.Lock) -> str:
        """What other locks leave of a lock's rungs: the lock that leaves none, or ''."""
        over = [
            reach.lock
            for reach in self.locks
            if reach.area.holds(k, channel) and covers_times(reach.lock, lock)
        ]
        for other in over:
            if other.kind is LockKind.BAN and covers_names(other.rungs, lock.rungs):
                return english("lock '{lock}' bans it", lock=other.lock)
        left = {rung for rung in self.rungs[channel] if matches(rung, lock.rungs)}
        for other in over:
            if other.kind is LockKind.PRICE:
                left = {rung for rung in left if matches(rung, other.rungs)}
                if not left:
                    return english("lock '{lock}' leaves it no rung", lock=other.lock)
        return ""
