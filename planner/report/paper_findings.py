"""Plan -> what its draft invoices and packing lists lack, as findings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from planner.domain.records import Lot
from planner.domain.vocabulary import FeeModel
from planner.errors import Finding
from planner.language import english
from planner.plan.record import Plan
from planner.report.consignments import declared, lots_invoiced

DIGITS_ASKED = 6
"""Digits of an HS code that are the same in every country; customs asks for these at least."""
NAMED = 5
"""So many names are listed in one finding."""
CENT = 0.005


def paper_findings(plan: Plan) -> tuple[Finding, ...]:
    """Everything that must be put right before the papers can be sent, by table and row."""
    lots = lots_invoiced(plan)
    return (*_of_lots(plan, lots), *_of_header(plan, lots), *_of_values(plan))


def _of_lots(plan: Plan, lots: Iterable[Lot]) -> Iterator[Finding]:
    """Lots on an invoice without HS code, description or label of origin, or with a short code."""
    rows = {lot.lot: row for row, lot in enumerate(plan.scenario.lots, start=2)}
    short, bare = [], []
    for lot in lots:
        row = rows.get(lot.form_of or lot.lot, 0)
        if not lot.hs_code:
            problem = english("{lot} has no HS code; its draft invoices say MISSING.", lot=lot.lot)
            remedy = english("Give the code of 6 digits or more.")
            yield Finding("lots", row, "hs_code", problem, remedy)
        elif len(lot.hs_code) < DIGITS_ASKED:
            short.append(lot.lot)
        if not lot.description:
            problem = english("{lot} has no description; its papers say MISSING.", lot=lot.lot)
            remedy = english("Say what the goods are.")
            yield Finding("lots", row, "description", problem, remedy)
        if not lot.origin_label:
            bare.append(lot.lot)
    if short:
        problem = english(
            "Customs asks for {digits} digits; {lots} fewer.",
            digits=DIGITS_ASKED,
            lots=_named(short),
        )
        yield Finding("lots", 0, "hs_code", problem, english("Give the longer codes."))
    if bare:
        problem = english(
            "The papers state the country of origin, but {lots} no label of origin.",
            lots=_named(bare),
        )
        remedy = english("Have the labels sewn in before they leave.")
        yield Finding("lots", 0, "origin_label", problem, remedy)


def _named(lots: list[str]) -> str:
    """'lot A01 has', '120 lots (A01, A02 and others) have'"""
    if len(lots) == 1:
        return english("lot {lot} has", lot=lots[0])
    names = ", ".join(lots[:NAMED])
    if len(lots) > NAMED:
        return english("{count} lots ({names} and others) have", count=len(lots), names=names)
    return english("{count} lots ({names}) have", count=len(lots), names=names)


def _of_header(plan: Plan, lots: list[Lot]) -> Iterator[Finding]:
    if lots and not plan.scenario.header.home_country:
        problem = english("The country of origin is not known; the draft invoices say MISSING.")
        remedy = english("Give the country of the goods' origin.")
        yield Finding("scenario", 0, "home_country", problem, remedy)


def _of_values(plan: Plan) -> Iterator[Finding]:
    """Declared values that are nothing, or below what a wholesale buyer pays."""
    values = declared(plan)
    nothing = values[values["declared_total"] < CENT]
    for channel in dict.fromkeys(nothing["channel"]):
        problem = english(
            "Goods for {channel} are declared at no value; customs will set one.", channel=channel
        )
        remedy = english("Give declared_value_share or declared_value_least.")
        yield _of_channel(plan, channel, "declared_value_share", problem, remedy)
    sold = dict(zip(plan.waterfalls["line"], plan.waterfalls["shelf_price"], strict=True))
    paid = values["line"].map(sold).astype(float) * values["units"]
    wholesale = {
        row.channel for row in plan.scenario.channels if row.fee_model == FeeModel.WHOLESALE
    }
    below = values["channel"].isin(wholesale) & (values["declared_total"] < paid - CENT)
    for channel, part in values.assign(paid=paid)[below].groupby("channel"):
        yield _of_channel(plan, str(channel), "declared_value_share", *_below(plan, part))


def _below(plan: Plan, part: pd.DataFrame) -> tuple[str, str]:
    currency = plan.scenario.header.currency
    problem = english(
        "The draft invoices declare {currency} {declared:,.2f} for goods the buyer pays "
        "{currency} {paid:,.2f} for.",
        currency=currency,
        declared=part["declared_total"].sum(),
        paid=part["paid"].sum(),
    )
    return problem, english("Set it to 1 so that the price paid is declared.")


def _of_channel(plan: Plan, channel: str, field: str, problem: str, remedy: str) -> Finding:
    rows = {each.channel: row for row, each in enumerate(plan.scenario.channels, start=2)}
    return Finding("channels", rows[channel], field, problem, remedy)
