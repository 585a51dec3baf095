"""What a reseller pays for a unit and what it is left."""

from __future__ import annotations

from typing import Any

from planner.domain.records import Channel
from planner.domain.vocabulary import FeeModel, MarginBasis


def supply_price(price: Any, terms: Channel, margin: Any = None) -> Any:
    """What the reseller pays, tax included; `margin` is the rung's, the channel's when None.

    The basis of the margin is explicit: a margin of 25 % of the shelf price is not a mark-up of
    25 % on supply.
    """
    share = terms.reseller_margin if margin is None else margin
    if terms.margin_basis == MarginBasis.RETAIL:
        return price * (1 - share)
    return price / (1 + share)


def reseller_keeps(price: Any, net_price: Any, terms: Channel, margin: Any) -> Any:
    """What the reseller is left of a unit sold and kept, bonus aside; None without a reseller.

    >>> terms = Channel(channel="X", market="M", fee_model="commission", ladder="L", currency="CNY")
    >>> reseller_keeps(99.0, 99 / 1.13, terms, 0.25)
    24.75
    """
    match terms.fee_model:
        case FeeModel.COMMISSION | FeeModel.BUY_OUT:
            return price - supply_price(price, terms, margin)
        case FeeModel.PURCHASE_SALE:
            before_tax = price / (1 + terms.reseller_vat_rate)
            return before_tax - before_tax / (1 + margin)
        case FeeModel.REBATE:
            return net_price * margin
        case _:
            return None
