"""Two plans -> the difference of their values split by cause, adding up exactly and in no order.

What changed between the scenarios is told from what was decided differently. Changed inputs are
revalued on both plans as they stand; the different decisions are revalued under both scenarios; the
mean of both counts. Causes that act together share what they do by Shapley value, so no cause comes
first, and exchanging the plans changes every sign and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from planner.domain.arrays import Bools, Floats
from planner.domain.changes import Change, apply, difference
from planner.domain.scenario import Scenario
from planner.landed_cost.waterfall import FREIGHT_LINES
from planner.plan.record import Plan
from planner.report.figures import NOTHING
from planner.report.headings import VALUE_PARTS
from planner.report.revalue import Worth, worth_under
from planner.report.shapley import Coalition, shapley

INPUTS = "Changed inputs"
DECISIONS = "Different decisions"
COLUMNS = ["side", "cause", "words", "money"]

CAUSE_OF_TABLE = {
    "scenario": "settings",
    "currencies": "prices",
    "exchange_rates": "exchange_rates",
    "brands": "soft_limits",
    "lots": "goods",
    "age_factors": "prices",
    "sites": "freight",
    "closures": "freight",
    "equipment": "freight",
    "legs": "freight",
    "leg_boxes": "freight",
    "rate_breaks": "freight",
    "markets": "duty_and_tax",
    "channels": "fees",
    "channel_terms": "prices",
    "reseller_levels": "fees",
    "reference_prices": "prices",
    "ladders": "prices",
    "duties": "duty_and_tax",
    "levies": "duty_and_tax",
    "parcel_regimes": "duty_and_tax",
    "rules": "papers",
    "opening_terms": "papers",
    "exits": "exits",
    "corridors": "soft_limits",
    "price_rules": "soft_limits",
    "quantity_rules": "soft_limits",
    "rule_settings": "soft_limits",
    "frozen_shipments": "freight",
}
"""The cause a change of a table belongs to; tables not named do not touch the money of a decision."""
CAUSE_OF_FIELD = {
    ("scenario", "cost_of_money_per_year"): "cost_of_money",
    ("scenario", "insurance_rate"): "freight",
    ("scenario", "home_vat_rate"): "duty_and_tax",
    ("scenario", "corridor"): "soft_limits",
    ("scenario", "corridor_tolerance"): "soft_limits",
    ("scenario", "corridor_leak_units"): "soft_limits",
    ("channels", "payment_days"): "cost_of_money",
    ("channel_terms", "return_rate"): "returns",
    ("channel_terms", "last_mile_cost"): "freight",
    ("channel_terms", "last_mile_cost_bulky"): "freight",
}
"""Fields that belong to another cause than the rest of their table."""
NAMED = ("brands", "lots", "sites", "equipment", "legs", "leg_boxes", "markets", "channels",
         "channel_terms", "ladders", "exits", "frozen_shipments")  # fmt: skip
"""Tables whose new rows take nothing from the old: both scenarios are given the rows of both."""
INPUT_WORDS = {
    "exchange_rates": "Exchange rates",
    "prices": "Price levels and ladders",
    "goods": "Goods",
    "freight": "Freight, routes and sites",
    "duty_and_tax": "Duty and tax",
    "fees": "Fees and terms of channels",
    "returns": "Returns",
    "papers": "Costs of rules and openings",
    "exits": "What exits bring",
    "soft_limits": "Prices of soft limits",
    "cost_of_money": "Cost of money and payment days",
    "settings": "Other general settings",
}
DECISION_WORDS = {
    "volume": "Units sold",
    "market_mix": "Other markets",
    "channel_mix": "Other channels within markets",
    "goods_mix": "Other goods within channels",
    "price": "Shelf prices, after sales tax",
    "returns": "Returns",
    "resellers": "Resellers and partners",
    "freight": "Freight, handling and last mile",
    "storage": "Storage",
    "duty_and_tax": "Duty and tax at the border",
    "fees": "Fees, papers per unit and insurance",
    "cost_of_money": "Time until the cash",
    "other_party": "The other party's share",
}
MIXES = ("volume", "market_mix", "channel_mix", "goods_mix")
"""Causes before what a unit brings within the same goods and channel."""
UNIT_PARTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "price": (("consumer_paid",), ("sales_vat",)),
    "returns": (("return_recovery",), ("return_costs",)),
    "resellers": ((), ("reseller",)),
    "freight": ((), ("last_mile", *(n for n in FREIGHT_LINES if not n.startswith("storage")))),
    "storage": ((), ("storage_origin", "storage_entry")),
    "duty_and_tax": (
        ("export_refund",),
        ("duty", "antidumping", "levies", "excise", "import_vat"),
    ),
    "fees": (
        (),
        ("marketplace_fee", "payment_fee", "local_opex", "relabelling", "insurance",
         "credit_loss", "credit_insurance"),
    ),
    "cost_of_money": ((), ("cost_of_money",)),
}  # fmt: skip
"""Money lines that add to what a unit brings, and those that take from it: their sum is what brand
and platform keep together (docs/model.md, conservation)."""


@dataclass(frozen=True)
class Bridge:
    """From the value of one plan to that of another.

    rows: one row per cause that counts: side, cause, words, money (planning currency).
    """

    first: float
    last: float
    rows: pd.DataFrame

    @property
    def missing(self) -> float:
        """What the causes do not explain: 0 but for the noise of binary fractions."""
        return self.last - self.first - float(self.rows["money"].sum())


def bridge(first: Plan, last: Plan) -> Bridge:
    """The bridge from one plan to another, of the same scenario or of different ones.

    Raises ValueError when the two are not in the same planning currency.
    """
    currencies = {plan.scenario.header.currency for plan in (first, last)}
    if len(currencies) > 1:
        raise ValueError(f"The plans are in different currencies: {', '.join(sorted(currencies))}.")
    inputs, under = _inputs(first, last)
    decisions = _decisions(first, last, under)
    rows = [
        *((INPUTS, cause, INPUT_WORDS[cause], money) for cause, money in inputs.items()),
        *((DECISIONS, cause, words, money) for cause, words, money in decisions),
    ]
    counted = [row for row in rows if abs(row[3]) > NOTHING]
    return Bridge(
        first=under[0, 0].value,
        last=under[1, 1].value,
        rows=pd.DataFrame(counted, columns=COLUMNS).astype({"money": float}),
    )


Under = Mapping[tuple[int, int], Worth]
"""What each plan is worth under each scenario, by (scenario, plan): 0 the first, 1 the last."""


def _inputs(first: Plan, last: Plan) -> tuple[dict[str, float], Under]:
    """What each changed group of inputs does to both plans, and the plans under both scenarios."""
    plans = (first, last)
    used = {leg for plan in plans for leg in plan.legs["leg"]}
    shared, by_cause = _changes(*(_with_legs(plan.scenario, used) for plan in plans))
    causes = list(by_cause)
    ends = (frozenset[int](), frozenset(range(len(causes))))

    def scenario(come: Coalition) -> Scenario:
        return apply(shared, _of(by_cause, [causes[k] for k in sorted(come)]))

    scenarios = {come: scenario(come) for come in _coalitions(len(causes))}
    known = [_worths(plan, scenarios) for plan in plans]
    parts = shapley(len(causes), lambda come: sum(each[come].value for each in known) / 2)
    under = {(s, p): known[p][ends[s]] for s, p in product((0, 1), (0, 1))}
    return dict(zip(causes, parts.tolist(), strict=True)), under


def _worths(plan: Plan, scenarios: Mapping[Coalition, Scenario]) -> dict[Coalition, Worth]:
    """What a plan is worth under each scenario; a line some cannot price keeps its money in all."""
    known = {come: worth_under(plan, scenario) for come, scenario in scenarios.items()}
    priced: Bools = np.all([each.priced for each in known.values()], axis=0)
    if priced.all():
        return known
    return {come: worth_under(plan, scenario, priced) for come, scenario in scenarios.items()}


def _with_legs(scenario: Scenario, legs: set[str]) -> Scenario:
    """The scenario with these legs only: the others carry nothing, and fewer routes are soon priced."""
    update = {
        table: tuple(row for row in getattr(scenario, table) if row.leg in legs)
        for table in ("legs", "leg_boxes", "rate_breaks")
    }
    return scenario.model_copy(update=update)


def _coalitions(causes: int) -> list[Coalition]:
    return [frozenset(k for k in range(causes) if bits >> k & 1) for bits in range(2**causes)]


def _changes(first: Scenario, last: Scenario) -> tuple[Scenario, dict[str, list[Change]]]:
    """The first scenario with all named rows of both, and the other changes to the last by cause."""
    rated = [{row.currency for row in each.exchange_rates} for each in (first, last)]
    in_both = rated[0] & rated[1]

    def is_named(change: Change) -> bool:
        """A row that both scenarios are given: of NAMED, or the rate of a currency only one has."""
        own_rate = change.table == "exchange_rates" and change.key[0] not in in_both
        return change.is_row and (change.table in NAMED or own_rate)

    every = difference(first, last)
    new = [change for change in every if is_named(change) and change.old is None]
    by_cause: dict[str, list[Change]] = {}
    for change in every:
        cause = CAUSE_OF_FIELD.get((change.table, change.field), CAUSE_OF_TABLE.get(change.table))
        if cause is not None and not is_named(change):
            by_cause.setdefault(cause, []).append(change)
    return apply(first, new), {name: by_cause[name] for name in INPUT_WORDS if name in by_cause}


def _of(by_cause: Mapping[str, Sequence[Change]], causes: Iterable[str]) -> list[Change]:
    return [change for cause in causes for change in by_cause[cause]]


def _decisions(first: Plan, last: Plan, under: Under) -> list[tuple[str, str, float]]:
    """Cause, its words and its money: the mean of what it does under both scenarios."""
    plans = (first, last)
    lines = np.mean([_line_causes(plans, (under[s, 0], under[s, 1])) for s in (0, 1)], axis=0)
    found = [
        (cause, words, float(money))
        for (cause, words), money in zip(DECISION_WORDS.items(), lines, strict=True)
    ]
    for part, words in VALUE_PARTS.items():
        if part != "lines":
            change = [under[s, 1].parts[part] - under[s, 0].parts[part] for s in (0, 1)]
            found.append((part, words, float(np.mean(change))))
    return found


def _line_causes(plans: tuple[Plan, Plan], worth: tuple[Worth, Worth]) -> Floats:
    """What the lines' money changes by each of DECISION_WORDS, under one scenario."""
    cells = _cells(plans, worth)
    units = [cells[f"units_{k}"].to_numpy() for k in (0, 1)]
    shares = [_shares(cells, each) for each in units]
    shares = [_filled_in(shares[k], shares[1 - k]) for k in (0, 1)]
    unit = [cells[[f"{name}_{k}" for name in UNIT_NAMES]].to_numpy() for k in (0, 1)]
    totals = [each.sum() for each in units]

    def worth_of(come: Coalition) -> Floats:
        side = [int(k in come) for k in range(len(MIXES) + 1)]
        market, channel, goods = (shares[side[k + 1]][k] for k in range(3))
        return np.asarray(totals[side[0]] * (market * channel * goods) @ unit[side[4]])

    parts = shapley(len(MIXES) + 1, worth_of)
    return np.concatenate([parts[: len(MIXES)].sum(axis=1), parts[len(MIXES)]])


UNIT_NAMES = (*UNIT_PARTS, "other_party")


def _cells(plans: tuple[Plan, Plan], worth: tuple[Worth, Worth]) -> pd.DataFrame:
    """One row per (market, channel, lot) of either plan.

    Columns units_0, units_1, and each of UNIT_NAMES per unit under the same scenario; goods that
    only one plan sells in a channel have that plan's money per unit in both.
    """
    sides = [_side(plan, each) for plan, each in zip(plans, worth, strict=True)]
    both = sides[0].add_suffix("_0").join(sides[1].add_suffix("_1"), how="outer")
    for k in (0, 1):
        both[f"units_{k}"] = both[f"units_{k}"].fillna(0.0)
    for name in UNIT_NAMES:
        for k in (0, 1):
            both[f"{name}_{k}"] = both[f"{name}_{k}"].fillna(both[f"{name}_{1 - k}"])
    return both.sort_index()


def _side(plan: Plan, worth: Worth) -> pd.DataFrame:
    """Units and money per unit of one plan, by market, channel and lot."""
    falls, units = worth.waterfalls, plan.lines["units"].to_numpy(dtype=float)
    money = {
        name: sum((falls[line] for line in gains), start=pd.Series(0.0, index=falls.index))
        - sum((falls[line] for line in costs), start=pd.Series(0.0, index=falls.index))
        for name, (gains, costs) in UNIT_PARTS.items()
    }
    kept = sum(money.values(), start=pd.Series(0.0, index=falls.index))
    table = pd.DataFrame({**money, "other_party": falls["netback"] - kept})
    table = table.mul(units, axis=0).assign(units=units)
    keys = [plan.lines[name].to_numpy() for name in ("market", "channel", "lot")]
    table.index = pd.MultiIndex.from_arrays(keys, names=["market", "channel", "lot"])
    sums = table.groupby(level=[0, 1, 2]).sum()
    return sums[list(UNIT_NAMES)].div(sums["units"], axis=0).assign(units=sums["units"])


def _shares(cells: pd.DataFrame, units: Floats) -> list[Floats]:
    """Share of each market, of the channel in its market, of the lot in its channel; NaN of nothing."""
    index = cells.index
    market = pd.Series(units, index=index).groupby(level=0).transform("sum").to_numpy()
    channel = pd.Series(units, index=index).groupby(level=[0, 1]).transform("sum").to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        return [market / units.sum(), channel / market, units / channel]


def _filled_in(own: list[Floats], other: list[Floats]) -> list[Floats]:
    """Shares of what a plan sells nothing of are those of the other plan: no mix changes there."""
    return [np.where(np.isnan(mine), theirs, mine) for mine, theirs in zip(own, other, strict=True)]
