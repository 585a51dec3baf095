"""How strictly the rules about one option are asked for: hard, soft at a price, or off."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from planner.domain.arrays import Bools, Floats, Ints
from planner.domain.lookup import Lookup
from planner.domain.vocabulary import RuleMode


class Judged(Protocol):
    """Offers or moments: parallel arrays with the lot of every element."""

    @property
    def lot(self) -> Ints: ...


@dataclass(frozen=True)
class Verdict:
    """What one rule says of every element.

    depth = how far the rule is broken: PC per unit for prices, else 1; 0 where it is kept.
    hard, soft = how it is asked for; price = PC per unit of depth.
    """

    rule: str
    depth: Any
    hard: Bools
    soft: Bools
    price: Floats

    @property
    def forbids(self) -> Bools:
        """Elements that break the rule where it is hard."""
        return np.asarray(self.hard & (self.depth > 0))

    @property
    def cost(self) -> Floats:
        """What breaking the rule costs where it is soft, PC per unit."""
        return np.asarray(np.where(self.soft, self.price * self.depth, 0.0))


def label_of(brand: str, channel: str) -> str:
    """The label of an offer rule's limit, which settings choose by its beginning."""
    return f"{brand} | {channel}"


def verdicts(
    lookup: Lookup, channel: int, rules: Sequence[Callable[..., Any]], judged: Judged
) -> Iterator[Verdict]:
    """What each rule that is not switched off throughout says of every element."""
    for rule in rules:
        hard, soft, price = _asked_for(lookup, channel, rule.__name__)
        if hard.any() or soft.any():
            at = judged.lot
            depth = rule(lookup, channel, judged)
            yield Verdict(rule.__name__, depth, hard[at], soft[at], price[at])


def _asked_for(lookup: Lookup, channel: int, rule: str) -> tuple[Bools, Bools, Floats]:
    """Hard, soft and price of a rule for every lot; of several settings the narrowest counts."""
    lots, name = lookup.scenario.lots, lookup.scenario.channels[channel].channel
    hard, soft = np.ones(len(lots), dtype=bool), np.zeros(len(lots), dtype=bool)
    price = np.zeros(len(lots))
    rows = [row for row in lookup.scenario.rule_settings if row.rule == rule]
    for row in sorted(rows, key=lambda row: len(row.subject)):
        labels = (label_of(lot.brand, name) for lot in lots)
        hit = np.array([label.startswith(row.subject) for label in labels], dtype=bool)
        hard[hit] = row.mode == RuleMode.HARD
        soft[hit] = row.mode == RuleMode.SOFT
        price[hit] = row.price
    return hard, soft, price
