"""Border charges of goods in bulk and the taxes of a parcel, per unit in planning currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from planner.domain import records as r
from planner.domain.vocabulary import CustomsBasis, DutyKind, LevyBase, ParcelDuty, SpecificUnit
from planner.plan.audit.facts import Facts, within


@dataclass(frozen=True, slots=True)
class Border:
    """What crossing a border costs; `import_tax` before asking who gets it back."""

    customs_value: float = 0.0
    insurance: float = 0.0
    duty: float = 0.0
    antidumping: float = 0.0
    levies: float = 0.0
    excise: float = 0.0
    import_tax: float = 0.0


def duty_row(facts: Facts, lot: r.Lot, market: r.Market, arrival: date) -> r.Duty | None:
    """The valid row with the longest matching prefix, else one without prefixes; the newest."""
    best: tuple[int, date] | None = None
    found: r.Duty | None = None
    for row in facts.duties[market.market, lot.category]:
        if not within(arrival, row.valid_from, row.valid_to):
            continue
        lengths = [len(p) for p in row.hs_prefixes if lot.hs_code.startswith(p.rstrip("*"))]
        if row.hs_prefixes and not lengths:
            continue
        rank = (max(lengths, default=-1), row.valid_from or date.min)
        if best is None or rank > best:
            best, found = rank, row
    return found


def duty_amount(
    facts: Facts, lot: r.Lot, row: r.Duty, value: float, day: int, preferred: bool
) -> float:
    """Ad valorem, specific, the greater of both or their sum; ad valorem alone when preferred."""
    if preferred and row.preferential_rate is not None:
        return row.preferential_rate * value
    counted = {
        SpecificUnit.KG: lot.kg,
        SpecificUnit.PAIR: float(lot.pairs),
        SpecificUnit.UNIT: 1.0,
    }[row.specific_unit]
    specific = 0.0
    if row.specific_amount:
        specific = row.specific_amount * counted * facts.fx(row.specific_currency, day)
    by_value = row.rate * value
    return {
        DutyKind.AD_VALOREM: by_value,
        DutyKind.SPECIFIC: specific,
        DutyKind.MAX: max(by_value, specific),
        DutyKind.PLUS: by_value + specific,
    }[row.kind]


def border(
    facts: Facts,
    lot: r.Lot,
    market: r.Market,
    *,
    fob: float,
    freight: float,
    arrival_day: int,
    arrival: date,
    preferred: bool,
) -> Border:
    """The landed cost of a unit declared at `fob` that paid `freight` to the border."""
    cif = (fob + freight) / (1 - 1.1 * facts.header.insurance_rate)
    value = fob if market.customs_basis is CustomsBasis.FOB else cif
    row = duty_row(facts, lot, market, arrival)
    duty = antidumping = excise = 0.0
    if row is not None:
        duty = duty_amount(facts, lot, row, value, arrival_day, preferred)
        if row.antidumping_amount:
            rate = facts.fx(row.antidumping_currency, arrival_day)
            antidumping = row.antidumping_amount * (lot.pairs or 1) * rate
        excise = row.excise_rate * (value + duty)
    levies = sum(
        levy.rate * (fob if levy.base is LevyBase.FOB else cif)
        for levy in facts.levies[market.market]
        if within(arrival, levy.valid_from, levy.valid_to)
    )
    base = value * (1 + market.import_vat_uplift) + duty + antidumping + excise + levies
    rate = market.import_vat_rate
    if market.import_vat_inside:
        rate = rate / (1 - rate)
    return Border(
        customs_value=value,
        insurance=cif - fob - freight,
        duty=duty,
        antidumping=antidumping,
        levies=levies,
        excise=excise,
        import_tax=rate * base,
    )


def parcel_brackets(
    facts: Facts, market: r.Market, category: str, sale: date
) -> list[r.ParcelRegime]:
    """The brackets of a sale date, highest first; those of the category before the general."""
    for key in (category, ""):
        rows = [
            row
            for row in facts.parcels[market.market, key]
            if within(sale, row.valid_from, row.valid_to)
        ]
        if rows:
            return sorted(rows, key=lambda row: -row.value_above)
    return []


def parcel_net(facts: Facts, lot: r.Lot, market: r.Market, price: float, sale_day: int) -> float:
    """The n for which n + duty(n) + VAT(n) = price, all in planning currency."""
    brackets = parcel_brackets(facts, market, lot.category, facts.date_of(sale_day))
    if not brackets:
        return price / (1 + market.vat_rate)
    threshold: float | None = None
    for bracket in brackets:
        rate = facts.fx(bracket.currency, sale_day)
        lowest = bracket.value_above * rate
        net = bracket_net(bracket, lot, price, rate)
        if threshold is not None:
            net = min(net, threshold)
        if net > lowest or bracket is brackets[-1]:
            return net
        threshold = lowest
    raise AssertionError("unreachable: the lowest bracket always answers")


def bracket_net(bracket: r.ParcelRegime, lot: r.Lot, price: float, rate: float) -> float:
    """Duty is the greater of two rising functions of n, so n is the lesser of two solutions."""
    vat = bracket.vat_rate
    if bracket.vat_inside:
        vat = vat / (1 - vat)
    gross = price / (1 + vat) - bracket.duty_per_heading * rate
    if bracket.duty_on is ParcelDuty.NONE:
        return gross
    free = bracket.duty_deduction * rate
    if bracket.duty_on is ParcelDuty.EXCESS:
        free += bracket.duty_rate * bracket.value_above * rate
    by_rate = (gross + free) / (1 + bracket.duty_rate)
    by_weight = gross - bracket.duty_least_per_kg * rate * lot.kg
    return min(by_rate, by_weight)
