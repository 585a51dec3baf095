"""What the chosen options break of the soft rules about one option, and what that costs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from planner.domain.arrays import Ints
from planner.landed_cost.options import Options, Priced, moments_of, route_facts
from planner.pricing import OFFER_RULES, TRIP_RULES, Offers, Verdict, label_of, verdicts


def breaches(priced: Priced, rows: Ints) -> pd.DataFrame:
    """One row per (option, soft rule it breaks), in the order of `rows`.

    option = number of the option; label "brand | channel"; depth = how far the price lies beyond its
    bound (PC per unit), 1 for rules that are not about a price; price PC per unit of depth;
    cost_per_unit PC.
    """
    scenario, channels = priced.lookup.scenario, priced.options.channel[rows]
    facts = route_facts(priced.lookup, priced.trips)
    found = []
    for channel in np.unique(channels).tolist() if scenario.rule_settings else ():
        at = np.flatnonzero(channels == channel)
        chosen = priced.options.take(rows[at])
        for verdict in _judged(priced, channel, chosen, facts):
            for k in np.flatnonzero(verdict.soft & (verdict.depth > 0)).tolist():
                brand = scenario.lots[chosen.lot[k]].brand
                label = label_of(brand, scenario.channels[channel].channel)
                depth, price = float(verdict.depth[k]), float(verdict.price[k])
                found.append((at[k], rows[at[k]], verdict.rule, label, depth, price, price * depth))
    names = ["at", "option", "rule", "label", "depth", "price", "cost_per_unit"]
    table = pd.DataFrame(found, columns=names).sort_values("at", kind="stable")
    kinds = dict.fromkeys(names[4:], "float64") | {"option": "int64"}
    return table[names[1:]].astype(kinds).reset_index(drop=True)


def _judged(
    priced: Priced, channel: int, chosen: Options, facts: tuple[Ints, Ints]
) -> list[Verdict]:
    """What every rule says of some options of a channel."""
    asked = Offers(
        lot=chosen.lot,
        rung=chosen.rung,
        price=chosen.price,
        wholesale_price=chosen.wholesale_price,
        breach=np.zeros(len(chosen)),
    )
    moments = moments_of(
        priced.lookup,
        priced.trips,
        facts,
        lot=chosen.lot,
        rung=chosen.rung,
        trip=chosen.trip,
        sell=chosen.sell_period,
    )
    return [
        *verdicts(priced.lookup, channel, OFFER_RULES, asked),
        *verdicts(priced.lookup, channel, TRIP_RULES, moments),
    ]
