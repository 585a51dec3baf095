"""What a buy-out must pay the brand to be worth as much to it as selling on commission."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from planner.domain.arrays import Floats, Ints
from planner.domain.vocabulary import FeeModel, Owner
from planner.landed_cost.fee_models import buy_out_price
from planner.landed_cost.options import Priced

ON_COMMISSION = (FeeModel.COMMISSION, FeeModel.PURCHASE_SALE, FeeModel.REBATE)
"""Models in which the platform takes a commission and the brand is paid when goods are sold."""
COLUMNS = (
    "lot",
    "market",
    "commission_channel",
    "buy_out_channel",
    "best_netback_per_unit",
    "break_even_share",
    "contract_share",
)


def break_even_share(worth: Any, tag: Any, home_vat_rate: float) -> Any:
    """The share of tag at which a buy-out pays exactly `worth` (PC per unit, without VAT).

    >>> round(break_even_share(46.599, 399.0, 0.13), 4)
    0.132
    """
    return worth * (1 + home_vat_rate) / tag


def break_even_buy_out(priced: Priced) -> pd.DataFrame:
    """One row per (lot of a brand, commission channel, buy-out channel of the same market).

    best_netback_per_unit = the brand's best on commission, PC per unit; break_even_share and
    contract_share are shares of tag. Docs/model.md, break-even buy-out.
    """
    channels = priced.lookup.scenario.channels
    commission = [k for k, row in enumerate(channels) if row.fee_model in ON_COMMISSION]
    buying = [k for k, row in enumerate(channels) if row.fee_model == FeeModel.BUY_OUT]
    parts = []
    for here in commission if buying else ():
        best = _best_on_commission(priced, here)
        for there in buying:
            if channels[here].market == channels[there].market:
                lot, paid, brand, kept = _bought(priced, there)
                needed = np.full(len(best), np.inf)
                np.minimum.at(needed, lot, paid + (best[lot] - brand) / kept)
                parts.append(_pair(priced, here, there, best, needed))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=list(COLUMNS))


def _pair(priced: Priced, here: int, there: int, best: Floats, needed: Floats) -> pd.DataFrame:
    """The rows of one commission channel and one buy-out channel."""
    lookup, channels = priced.lookup, priced.lookup.scenario.channels
    both = np.flatnonzero(np.isfinite(best) & np.isfinite(needed))
    return pd.DataFrame(
        {
            "lot": [lookup.scenario.lots[k].lot for k in both],
            "market": channels[here].market,
            "commission_channel": channels[here].channel,
            "buy_out_channel": channels[there].channel,
            "best_netback_per_unit": best[both],
            "break_even_share": break_even_share(
                needed[both], lookup.tag[both], lookup.header.home_vat_rate
            ),
            "contract_share": channels[there].buy_out_share,
        },
        columns=list(COLUMNS),
    )


def _best_on_commission(priced: Priced, channel: int) -> Floats:
    """The most a unit of each lot brings its brand in a channel, -inf where it is not sold."""
    rows = _of_brands(priced, channel)
    best = np.full(len(priced.lookup.scenario.lots), -np.inf)
    np.maximum.at(best, priced.options.lot[rows], priced.waterfalls(rows)["brand"].to_numpy())
    return best


def _bought(priced: Priced, channel: int) -> tuple[Ints, Floats, Floats, Floats]:
    """Lot, price paid, brand's line and the part of a yuan more it would keep, by option."""
    lookup, rows = priced.lookup, _of_brands(priced, channel)
    lot, header = priced.options.lot[rows], lookup.header
    share = lookup.scenario.channels[channel].buy_out_share
    paid = np.asarray(buy_out_price(lookup.tag[lot], share, header.home_vat_rate), dtype=float)
    ship_day = priced.trips.ship_day[priced.options.trip[rows]]
    kept = np.asarray(1 - header.cost_of_money_per_year / 365 * ship_day, dtype=float)
    return lot, paid, priced.waterfalls(rows)["brand"].to_numpy(), kept


def _of_brands(priced: Priced, channel: int) -> Ints:
    """Options of a channel whose goods are a brand's and still in its warehouse."""
    here = priced.options.of_channel(channel)
    rows = np.arange(here.start, here.stop)
    owned = np.array([lot.owner == Owner.BRAND for lot in priced.lookup.scenario.lots], dtype=bool)
    moving = priced.trips.frozen[priced.options.trip[rows]] < 0
    return np.asarray(rows[owned[priced.options.lot[rows]] & moving])
