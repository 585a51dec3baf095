"""What the border takes: customs value, duty, levies, import tax, and the tax on parcels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.domain.arrays import Floats
from planner.domain.vocabulary import CustomsBasis, DutyKind, Incoterm, ParcelDuty

INSURED_SHARE = 1.1
"""Cargo is insured for 110 % of its CIF value."""


@dataclass(frozen=True)
class BorderTerms:
    """What a market charges on a category at the border; amounts in PC, each a number or an array.

    specific = amount x (kg | pairs | 1), antidumping = amount x (pairs or 1), both per unit.
    """

    customs_basis: CustomsBasis = CustomsBasis.CIF
    insurance_rate: float = 0.0
    kind: DutyKind = DutyKind.AD_VALOREM
    duty_rate: Any = 0.0
    specific: Any = 0.0
    antidumping: Any = 0.0
    excise_rate: Any = 0.0
    levy_rate_fob: Any = 0.0
    levy_rate_cif: Any = 0.0
    import_vat_rate: float = 0.0
    import_vat_uplift: float = 0.0
    import_vat_inside: bool = False


@dataclass(frozen=True)
class Landed:
    """The border's lines for one unit, PC per unit."""

    customs_value: Floats
    insurance: Floats
    duty: Floats
    antidumping: Floats
    levies: Floats
    excise: Floats
    vat_base: Floats
    import_tax: Floats

    def cost_before_tax(self, fob: Floats, freight: Floats) -> Floats:
        """Landed cost without import tax: what goods cost where that tax is recoverable."""
        dues = self.duty + self.antidumping + self.levies + self.excise
        return fob + freight + self.insurance + dues


def combine_duty(kind: DutyKind, ad_valorem: Any, specific: Any) -> Any:
    """Join the ad valorem and the specific part of a duty, per unit."""
    match kind:
        case DutyKind.AD_VALOREM:
            return ad_valorem
        case DutyKind.SPECIFIC:
            return specific
        case DutyKind.MAX:
            return np.maximum(ad_valorem, specific)
        case DutyKind.PLUS:
            return ad_valorem + specific


def landed_cost(fob: Any, freight: Any, terms: BorderTerms) -> Landed:
    """Border charges of one unit with declared value `fob` and main freight `freight`, in PC.

    Formulas: docs/model.md, landed cost.

    >>> za = BorderTerms(CustomsBasis.FOB, 0.003, duty_rate=0.45, import_vat_rate=0.15,
    ...                  import_vat_uplift=0.1)
    >>> round(float(landed_cost(45.0, 1.22, za).import_tax), 4)
    10.4625
    """
    cif = (fob + freight) / (1 - INSURED_SHARE * terms.insurance_rate)
    value = fob if terms.customs_basis == CustomsBasis.FOB else cif
    duty = combine_duty(terms.kind, terms.duty_rate * value, terms.specific)
    levies = terms.levy_rate_fob * fob + terms.levy_rate_cif * cif
    excise = terms.excise_rate * (value + duty)
    base = value * (1 + terms.import_vat_uplift) + duty + terms.antidumping + excise + levies
    tax = tax_on(base, terms.import_vat_rate, inside=terms.import_vat_inside)
    zero = np.zeros_like(cif)
    return Landed(
        value + zero,
        cif - fob - freight,
        duty + zero,
        terms.antidumping + zero,
        levies + zero,
        excise + zero,
        base + zero,
        tax + zero,
    )


def tax_on(base: Any, rate: Any, *, inside: bool) -> Any:
    """Tax on a base, computed on top of it or inside the price it becomes part of."""
    return base * (rate / (1 - rate) if inside else rate)


def fob_value(invoice: Any, term: Incoterm, *, freight: Any, insurance: Any) -> Any:
    """The FOB value behind an invoice: DAP and DDP invoices contain freight and insurance."""
    return invoice if term == Incoterm.FOB else invoice - freight - insurance


@dataclass(frozen=True)
class ParcelBracket:
    """One bracket of a parcel regime, amounts in PC (docs/model.md, parcel regime)."""

    value_above: Any = 0.0
    duty_on: ParcelDuty = ParcelDuty.NONE
    duty_rate: float = 0.0
    duty_deduction: Any = 0.0
    duty_least_per_kg: Any = 0.0
    duty_per_heading: Any = 0.0
    vat_rate: float = 0.0
    vat_inside: bool = False

    def duty(self, value: Any, kg: Any, headings: int = 1) -> Any:
        """Duty on a parcel of this value and weight."""
        heading = self.duty_per_heading * headings
        if self.duty_on == ParcelDuty.NONE:
            return heading + 0 * value
        base = value - self.value_above if self.duty_on == ParcelDuty.EXCESS else value
        by_value = self.duty_rate * base - self.duty_deduction
        return np.maximum(0.0, np.maximum(by_value, self.duty_least_per_kg * kg)) + heading

    def vat(self, value: Any, duty: Any) -> Any:
        """VAT on a parcel of this value with this duty."""
        return tax_on(value + duty, self.vat_rate, inside=self.vat_inside)

    def value_within(self, price: Any, kg: Any) -> Any:
        """The value before tax whose value + duty + VAT is the price.

        Duty is the greatest of a line, a minimum and nothing, so the answer is the least of the
        three values each of them would give.
        """
        gross = 1 + tax_on(1.0, self.vat_rate, inside=self.vat_inside)
        net = price / gross - self.duty_per_heading
        if self.duty_on == ParcelDuty.NONE:
            return net
        offset = self.duty_deduction
        if self.duty_on == ParcelDuty.EXCESS:
            offset = offset + self.duty_rate * self.value_above
        by_value = (net + offset) / (1 + self.duty_rate)
        return np.minimum(net, np.minimum(by_value, net - self.duty_least_per_kg * kg))


def parcel_net_price(price: Any, kg: Any, brackets: list[ParcelBracket]) -> Floats:
    """Net price per unit whose value, duty and VAT add up to the shopper's price (PC).

    Brackets are tried from the highest down; a price that falls into the hole a threshold tears
    keeps the value at the threshold.
    """
    ordered = sorted(brackets, key=lambda bracket: -float(np.max(bracket.value_above)))
    result = np.full(np.shape(price), np.nan)
    ceiling: Any = np.inf
    for bracket in ordered:
        value = np.minimum(bracket.value_within(price, kg), ceiling)
        fits = np.isnan(result) & (value > bracket.value_above)
        result = np.where(fits, value, result)
        ceiling = bracket.value_above
    lowest = ordered[-1]
    rest = np.minimum(
        lowest.value_within(price, kg), ordered[-2].value_above if len(ordered) > 1 else np.inf
    )
    return np.asarray(np.where(np.isnan(result), np.maximum(rest, 0.0), result))
