"""A plan and a lot -> why its units go where they go, and what every other option lacks, in money.

An option is held against what it would use up: the lot's units at what they bring elsewhere, and
every limit at its marginal value in the plan. What it brings less than that, it is short of. Options
that a rule closes are priced as if it did not, and the rule is named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from planner.domain.arrays import Floats, Ints
from planner.domain.forms import MADE_BY
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario
from planner.landed_cost.options import Priced, price_scenario
from planner.model.board import Board
from planner.model.columns import columns_of
from planner.model.program import stack
from planner.model.rules import FAMILIES, RULES
from planner.model.rules.freight import planned_freight
from planner.model.rules.openings import Openings
from planner.model.rules.papers import Papers
from planner.plan.record import Plan
from planner.pricing import ladder_of
from planner.report.closures import CLOSURE_WORDS, LIFTS, lifted
from planner.report.figures import NOTHING

KEY = ["lot", "channel", "route", "ship_period", "sell_period", "rung"]
"""What makes an option."""
OPTIONS = [*KEY, "market", "price", "units", "value_per_unit", "used_up_per_unit",
           "short_per_unit", "to_open", "closed_by"]  # fmt: skip
LIMITS = ["rule", "label", "period", "unit", "uses_per_unit", "money_per_unit"]
_NO_LIMITS = pd.DataFrame(columns=LIMITS)
Prices = Mapping[tuple[str, str, int], float]
"""Marginal value of every limit, by rule, label and period."""


@dataclass(frozen=True)
class Why:
    """Why a lot goes to a market, or why not.

    units: of the lot sold there by the plan; best: the option there that lacks least (None when
    there is no way to sell it there); lacks: PC per unit it is short of, 0 for what is in the plan;
    closed_by: rules that close it; to_open: PC to be paid once for papers and openings the plan
    does not have; limits: what it uses up of scarce limits (LIMITS), dearest first; whole: rules
    about whole things it falls under (listings, papers, price paths), which have no marginal value;
    beside: the best option of every channel, as `options_beside`.
    """

    lot: str
    market: str
    units: int
    best: Mapping[str, object] | None
    lacks: float
    closed_by: tuple[str, ...]
    to_open: float
    limits: pd.DataFrame
    whole: tuple[str, ...]
    beside: pd.DataFrame
    currency: str

    def __str__(self) -> str:
        """The answer in one sentence."""
        where = f"{self.lot} in {self.market}"
        if self.units:
            return f"{where}: {self.units:,} units, worth {self._value:,.2f} {self.currency} each."
        if self.best is None:
            return f"{where}: no route, season or terms lead there within the horizon."
        reasons = [CLOSURE_WORDS[rule] for rule in self.closed_by]
        closed = f"closed by {' and '.join(reasons)}; " if reasons else ""
        if np.isnan(self.lacks):
            return (
                f"{where}: {closed}what it is short of is not known, because the plan ran out of "
                "time before its limits had a worth."
            )
        if self.lacks > NOTHING:
            short = f"it is short of {self.lacks:,.2f} {self.currency} a unit"
        elif self.lacks < -NOTHING:
            short = f"it would bring {-self.lacks:,.2f} {self.currency} a unit more than now"
        else:
            short = "it would bring as much as now"
        if not reasons and self.lacks <= NOTHING and self.whole:
            names = ", ".join(rule.replace("_", " ") for rule in self.whole)
            short += f" but for rules about whole things ({names})"
        opened = f", and {self.to_open:,.2f} {self.currency} to open it" if self.to_open else ""
        return f"{where}: {closed}{short}{opened}."

    @property
    def _value(self) -> float:
        assert self.best is not None
        return float(str(self.best["value_per_unit"]))


def limit_prices(plan: Plan) -> Prices:
    """The marginal values of a plan's limits; limits without one count 0."""
    rows = plan.limits[["rule", "label", "period", "marginal_value"]].itertuples(index=False)
    return {
        (rule, label, int(period)): float(value)
        for rule, label, period, value in rows
        if not np.isnan(value)
    }


def narrowed(scenario: Scenario, lot: str, market: str | None = None) -> Scenario:
    """The scenario with one lot, and where named one market with its channels."""
    update: dict[str, object] = {
        "lots": tuple(row for row in scenario.lots if row.lot == lot),
        "reference_prices": tuple(row for row in scenario.reference_prices if row.lot == lot),
        "frozen_shipments": tuple(row for row in scenario.frozen_shipments if row.lot == lot),
    }
    if market is not None:
        channels = tuple(row for row in scenario.channels if row.market == market)
        update["channels"] = channels
        update["markets"] = tuple(row for row in scenario.markets if row.market == market)
    return scenario.model_copy(update=update)


def options_of(plan: Plan, lot: str, market: str | None = None) -> pd.DataFrame:
    """One row per option of a lot, closed ones too: OPTIONS, the one that lacks least first.

    units are the plan's; value_per_unit is what the option brings before limits are paid for;
    used_up_per_unit what the limits it needs are worth to others, the lot's own units among them;
    short_per_unit their difference (negative = it would gain); to_open PC to be paid once; closed_by
    the rules that close it, joined by '; '. In a plan without marginal values (it ran out of time)
    used_up_per_unit and short_per_unit are blank.
    """
    asked = narrowed(plan.scenario, lot, market)
    every = _valued(plan, lifted(asked))
    table = every.assign(closed_by=_closed_by(asked, every[KEY]))
    sold = plan.lines.groupby(KEY)["units"].sum().rename("units")
    table = table.join(sold, on=KEY).fillna({"units": 0})
    dearest = table.assign(cost=-table["value_per_unit"])
    order = dearest.sort_values(["short_per_unit", "cost", *KEY], kind="stable")
    return order[OPTIONS].reset_index(drop=True)


def open_options_of(plan: Plan, lot: str, market: str, scenario: Scenario) -> pd.DataFrame:
    """The options no rule closes in a changed scenario, at the plan's marginal values; no `units`."""
    return _valued(plan, narrowed(scenario, lot, market))


def _valued(plan: Plan, scenario: Scenario) -> pd.DataFrame:
    """Options of a narrowed scenario with their money against the plan's prices."""
    priced = price_scenario(Lookup(scenario))
    table = _named(priced)
    if not len(table):
        return table.assign(
            value_per_unit=0.0, used_up_per_unit=0.0, short_per_unit=0.0, to_open=0.0
        )
    columns = columns_of(priced, FAMILIES)
    rows = stack([rule(Board(priced, columns)) for rule in RULES], columns.count)
    prices = limit_prices(plan)
    labels = zip(rows.labels.rule, rows.labels.label, rows.labels.period.tolist(), strict=True)
    price = np.array([prices.get(label, 0.0) for label in labels])
    used = np.asarray(rows.matrix[:, : len(table)].T @ price)
    if not prices:
        used = np.full(len(table), np.nan)  # a plan out of time has no marginal values
    value = priced.options.worth + planned_freight(priced)
    return table.assign(
        value_per_unit=value,
        used_up_per_unit=used,
        short_per_unit=used - value,
        to_open=_to_open(plan, _papers_of(columns.of(Papers)), columns.of(Openings), len(table)),
    )


def _papers_of(papers: Papers) -> list[tuple[str, str, str, str, int, float, Ints]]:
    """Every paper that may be paid: rule, market, subject, route, ship period, cost, its options."""
    return [
        (rule, market, subject, each.route, each.ship_period, cost, each.options)
        for each in papers.openings
        for rule, market, subject, cost in each.papers
    ]


def _to_open(
    plan: Plan,
    papers: list[tuple[str, str, str, str, int, float, Ints]],
    openings: Openings,
    options: int,
) -> Floats:
    """What has to be paid once before an option can be used, beyond what the plan has paid."""
    paid = set(
        plan.openings[["rule", "market", "subject", "route", "ship_period"]].itertuples(
            index=False, name=None
        )
    )
    cost = np.zeros(options)
    for rule, market, subject, route, period, each, members in papers:
        if (rule, market, subject, route, period) not in paid:
            cost[members] += each
    for thing, value in zip(openings.opened, openings.value.tolist(), strict=True):
        when = f"period {thing.period}" if thing.period else ""
        subject = " | ".join(part for part in (thing.subject, when) if part)
        if (thing.term.opening, thing.market, subject, "", 0) not in paid:
            cost[thing.options] -= value
    return cost


def _named(priced: Priced) -> pd.DataFrame:
    """The options by name: KEY, market, price."""
    scenario, option, trips = priced.lookup.scenario, priced.options, priced.trips
    routes = [trips.name(k, priced.lookup) for k in range(len(trips.route))]
    rungs = [[row.rung for row in ladder_of(priced.lookup, k)]
             for k in range(len(scenario.channels))]  # fmt: skip
    return pd.DataFrame(
        {
            "lot": [scenario.lots[k].lot for k in option.lot],
            "channel": [scenario.channels[k].channel for k in option.channel],
            "route": [routes[k] for k in option.trip],
            "ship_period": trips.ship_period[option.trip],
            "sell_period": option.sell_period,
            "rung": [rungs[c][r] for c, r in zip(option.channel, option.rung, strict=True)],
            "market": [scenario.channels[k].market for k in option.channel],
            "price": option.price,
        }
    )


def _closed_by(asked: Scenario, options: pd.DataFrame) -> pd.Series:
    """The rules that close each option: it is gone as soon as that rule alone is asked for."""
    keys = pd.MultiIndex.from_frame(options)
    closed = pd.Series("", index=options.index, dtype=object)
    if keys.isin(_keys(asked)).all():
        return closed
    free = lifted(asked)
    for rule in LIFTS:
        alone = lifted(asked, [other for other in LIFTS if other != rule])
        if alone != free:
            gone = ~keys.isin(_keys(alone))
            closed[gone] = closed[gone].where(closed[gone] == "", closed[gone] + "; ") + rule
    return closed


def _keys(scenario: Scenario) -> pd.MultiIndex:
    return pd.MultiIndex.from_frame(_named(price_scenario(Lookup(scenario)))[KEY])


def options_beside(plan: Plan, lot: str) -> pd.DataFrame:
    """One row per (market, channel) a lot could be sold in: its best option, with all units sold.

    Columns as `options_of`: what is in the plan first, then what lacks least. Where a closed option
    would be better than every open one, it has a row of its own.
    """
    return _best_by_channel(options_of(plan, lot), plan)


def _best_by_channel(every: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    open_, closed = every[every["closed_by"] == ""], every[every["closed_by"] != ""]
    best = open_.drop_duplicates(["channel"])
    least = closed["channel"].map(best.set_index("channel")["short_per_unit"]).astype(float)
    better = closed[~(closed["short_per_unit"] >= least)].drop_duplicates(["channel"])
    sold = plan.lines.groupby(["lot", "channel"])["units"].sum().rename("sold")
    rows = pd.concat([best, better]).join(sold, on=["lot", "channel"])
    held = rows["sold"].where(rows["closed_by"] == "").fillna(0)
    rows = rows.assign(units=held.astype(int)).drop(columns="sold")
    order = rows.assign(in_plan=rows["units"] == 0)
    order = order.sort_values(["in_plan", "short_per_unit"], kind="stable", ignore_index=True)
    return order[OPTIONS]


def why(plan: Plan, lot: str, market: str, channel: str | None = None) -> Why:
    """Why a lot is sold in a market (or one of its channels), or what keeps it out."""
    every = options_of(plan, lot)
    here = every[every["market"] == market]
    lines = plan.lines[_of_lot(plan.lines["lot"], lot) & (plan.lines["market"] == market)]
    if channel is not None:
        here = here[here["channel"] == channel]
        lines = lines[lines["channel"] == channel]
    units = int(lines["units"].sum())
    used = here[here["units"] > 0]
    best = (used if len(used) else here).head(1)
    limits, whole = limits_of(plan, best.iloc[0].to_dict()) if len(best) else (_NO_LIMITS, ())
    row = None if best.empty else {str(k): v for k, v in best.iloc[0].to_dict().items()}
    lacks = 0.0 if row is None or units else float(best["short_per_unit"].iloc[0])
    return Why(
        lot=lot,
        market=market,
        units=units,
        best=row,
        lacks=lacks,
        closed_by=() if row is None else tuple(filter(None, str(row["closed_by"]).split("; "))),
        to_open=0.0 if row is None or units else float(best["to_open"].iloc[0]),
        limits=limits,
        whole=whole,
        beside=_best_by_channel(every, plan),
        currency=plan.scenario.header.currency,
    )


def _of_lot(names: pd.Series, lot: str) -> pd.Series:
    """Lines of a lot and of its forms."""
    return (names == lot) | names.str.startswith(f"{lot}{MADE_BY}")


def limits_of(plan: Plan, option: Mapping[Any, Any]) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """What one option uses of limits that have a worth, dearest first (LIMITS), and the rules about
    whole things it falls under.

    The row of rule 'supply' is what the lot's unit brings where it is used now.
    """
    lot = str(option["lot"]).split(MADE_BY)[0]
    scenario = lifted(narrowed(plan.scenario, lot, str(option["market"])))
    priced = price_scenario(Lookup(scenario))
    named = _named(priced)
    same = (named[KEY] == pd.Series({name: option[name] for name in KEY})).all(axis=1)
    columns = columns_of(priced, FAMILIES)
    rows = stack([rule(Board(priced, columns)) for rule in RULES], columns.count)
    part = rows.matrix[:, np.flatnonzero(same)[:1]].toarray().ravel()
    labels = rows.labels.take(np.flatnonzero(part))
    uses = part[part != 0]
    prices = limit_prices(plan)
    known = zip(labels.rule, labels.label, labels.period.tolist(), strict=True)
    price = np.array([prices.get(key, 0.0) for key in known])
    table = pd.DataFrame(
        {
            "rule": labels.rule,
            "label": labels.label,
            "period": labels.period,
            "unit": labels.unit,
            "uses_per_unit": uses,
            "money_per_unit": uses * price,
        }
    )
    table = table[abs(table["money_per_unit"]) > NOTHING]
    table = table.sort_values("money_per_unit", ascending=False, kind="stable", ignore_index=True)
    whole = (rows.link | rows.logic)[part != 0]
    return table, tuple(dict.fromkeys(np.array(labels.rule, dtype=object)[whole].tolist()))
