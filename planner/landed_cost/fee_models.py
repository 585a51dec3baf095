"""How each of the eight fee models shares a shopper's money: one function per model.

Every function takes a `Sale` (amounts in PC per dispatched unit, numbers or arrays) and returns
`Takes`. Formulas and symbols: docs/model.md, fee models. Costs arrive summed: `first_leg` (L1)
and `rest`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.domain.records import Channel
from planner.domain.vocabulary import CommissionBase, FeeModel
from planner.pricing import supply_price


@dataclass(frozen=True)
class Sale:
    """What a fee model needs to know of one dispatched unit; amounts in PC.

    reseller_margin = the rung's; None = that of the channel.
    """

    price: Any
    net_price: Any
    vat_rate: Any
    keep: Any
    tag: Any = 0.0
    home_vat_rate: float = 0.0
    first_leg: Any = 0.0
    rest: Any = 0.0
    return_recovery: Any = 0.0
    export_refund: Any = 0.0
    reseller_margin: Any = None

    def margin(self, terms: Channel) -> Any:
        """The reseller's margin, mark-up or rebate."""
        return terms.reseller_margin if self.reseller_margin is None else self.reseller_margin


@dataclass(frozen=True)
class Takes:
    """What each party takes before the cost of money; `reseller` includes a partner's share."""

    sales_vat: Any
    reseller: Any
    platform: Any
    owner: Any


def inviter_bonus(sale: Sale, terms: Channel) -> Any:
    """Bonus on kept sales, paid by the platform to the reseller's inviter."""
    return terms.inviter_bonus_rate * sale.keep * sale.price


def buy_out_price(tag: Any, share: Any, home_vat_rate: float) -> Any:
    """What the platform pays the brand for a unit, net of VAT."""
    return share * tag / (1 + home_vat_rate)


def commission(sale: Sale, terms: Channel) -> Takes:
    """A: the platform takes a commission of the supply price, the owner keeps the goods' risk."""
    supply = supply_price(sale.price, terms, sale.margin(terms))
    net = supply / (1 + sale.vat_rate)
    bonus = inviter_bonus(sale, terms)
    k = terms.commission_rate
    return Takes(
        sales_vat=sale.keep * (supply - net),
        reseller=sale.keep * (sale.price - supply) + bonus,
        platform=sale.keep * k * net - bonus,
        owner=sale.keep * net * (1 - k)
        + sale.return_recovery
        + sale.export_refund
        - sale.first_leg
        - sale.rest,
    )


def buy_out(sale: Sale, terms: Channel) -> Takes:
    """B: the platform buys the unit and bears all that follows; `keep` includes the sell-through."""
    supply = supply_price(sale.price, terms, sale.margin(terms))
    net = supply / (1 + sale.vat_rate)
    bonus = inviter_bonus(sale, terms)
    paid = buy_out_price(sale.tag, terms.buy_out_share, sale.home_vat_rate)
    return Takes(
        sales_vat=sale.keep * (supply - net),
        reseller=sale.keep * (sale.price - supply) + bonus,
        platform=sale.keep * net + sale.return_recovery - paid - sale.rest - bonus,
        owner=paid - sale.first_leg + sale.export_refund,
    )


def purchase_sale(sale: Sale, terms: Channel) -> Takes:
    """C: the reseller buys, owes VAT on its own sale and bears returns."""
    own_vat, v = terms.reseller_vat_rate, sale.vat_rate
    gross = sale.price / ((1 + own_vat) * (1 + sale.margin(terms)))
    net = gross / (1 + v)
    return Takes(
        sales_vat=sale.price - sale.price / (1 + own_vat) + gross - net,
        reseller=sale.price / (1 + own_vat) - gross,
        platform=terms.commission_rate * net,
        owner=net * (1 - terms.commission_rate) + sale.export_refund - sale.first_leg - sale.rest,
    )


def rebate(sale: Sale, terms: Channel) -> Takes:
    """D: the shopper buys from the platform; the sharer earns a rebate on kept orders."""
    n, mu = sale.net_price, sale.margin(terms)
    on_rebated = terms.commission_base == CommissionBase.NET_OF_REBATE
    base = n * (1 - mu) if on_rebated else n
    platform = sale.keep * terms.commission_rate * base
    return Takes(
        sales_vat=sale.keep * (sale.price - n),
        reseller=sale.keep * mu * n,
        platform=platform,
        owner=sale.keep * n * (1 - mu)
        - platform
        + sale.return_recovery
        + sale.export_refund
        - sale.first_leg
        - sale.rest,
    )


def wholesale(sale: Sale, terms: Channel) -> Takes:
    """E: a buyer pays `price` per unit; what the term leaves to the buyer is not in `rest`."""
    zero = 0.0 * sale.price
    owner = sale.price + sale.export_refund - sale.first_leg - sale.rest
    return Takes(sales_vat=zero, reseller=zero, platform=zero, owner=owner)


def joint_venture(sale: Sale, terms: Channel) -> Takes:
    """F: a local partner shares the profit J, and its loss."""
    profit = sale.keep * sale.net_price + sale.return_recovery - sale.first_leg - sale.rest
    partner = (1 - terms.our_share) * np.maximum(profit, 0) + (
        1 - terms.our_loss_share
    ) * np.minimum(profit, 0)
    platform = terms.platform_fee_rate * sale.keep * sale.net_price
    return Takes(
        sales_vat=sale.keep * (sale.price - sale.net_price),
        reseller=partner,
        platform=platform,
        owner=profit - partner - platform + sale.export_refund,
    )


def marketplace(sale: Sale, terms: Channel) -> Takes:
    """H and G: sold on a third party's marketplace; its fee is already in `rest`."""
    zero = 0.0 * sale.price
    return Takes(
        sales_vat=sale.keep * (sale.price - sale.net_price),
        reseller=zero,
        platform=zero,
        owner=sale.keep * sale.net_price
        + sale.return_recovery
        + sale.export_refund
        - sale.first_leg
        - sale.rest,
    )


FEE_MODELS: dict[FeeModel, Callable[[Sale, Channel], Takes]] = {
    FeeModel.COMMISSION: commission,
    FeeModel.BUY_OUT: buy_out,
    FeeModel.PURCHASE_SALE: purchase_sale,
    FeeModel.REBATE: rebate,
    FeeModel.WHOLESALE: wholesale,
    FeeModel.JOINT_VENTURE: joint_venture,
    FeeModel.MARKETPLACE: marketplace,
    FeeModel.PARCEL: marketplace,
}
