"""Plan -> consignments: what travels together under one set of papers, with the tables of those papers.

A consignment is the goods of one seller for one channel that take the same departure of the same main
leg to the same entry site. The main leg is the first that crosses a border; at home it is the last leg
of the route. A frozen shipment is one consignment for each seller and channel. Every shipment line that
travels is in exactly one consignment; goods sold where they lie are in none.
"""

from __future__ import annotations

import weakref

import numpy as np
import pandas as pd

from planner.domain.forms import with_forms
from planner.domain.lookup import Lookup
from planner.domain.records import Channel, Lot
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import CustomsBasis, FeeModel, Owner
from planner.landed_cost.border import INSURED_SHARE
from planner.plan.record import Plan
from planner.report.tables import MODES

PALLET_CBM, PALLET_KG = 1.6, 700.0
"""What a pallet of 1.2 x 1.0 m takes, loaded 1.35 m high: assumptions, to be changed in the workbook."""
PALLET_CBM_NAME, PALLET_KG_NAME = "pallet_cbm", "pallet_kg"
"""What the workbook calls them."""
MISSING = "MISSING"
"""Stands where a field of a paper is not known; a finding says what to do."""
INVOICE, PARCELS, AT_HOME = "invoice and packing list", "declared parcel by parcel", "packing list"
PLATFORM = "Platform"
"""The seller of lots the platform owns."""
KEYS = ["depart_date", "main_leg", "entry_site", "channel", "seller"]
JOURNEY = ["line", "consignment", *KEYS, "from_site", "mode", "arrive_date"]


def pallets(cbm: pd.Series, kg: pd.Series) -> pd.Series:
    """Pallet places goods take, by volume or weight; not rounded."""
    return pd.Series(np.maximum(cbm / PALLET_CBM, kg / PALLET_KG), index=cbm.index, dtype=float)


def journeys(plan: Plan) -> pd.DataFrame:
    """One row per shipment line that travels, in the order of the plan; not to be written to.

    Columns: line, consignment ('C0001', numbered by departure), depart_date and main_leg with its
    from_site and mode ('' of a frozen shipment), entry_site and arrive_date there, channel, seller.
    Every paper asks for it, so it is worked out once and kept as long as the plan.
    """
    name = id(plan)
    if name not in _JOURNEYS:
        _JOURNEYS[name] = _journeys(plan)
        weakref.finalize(plan, _JOURNEYS.pop, name, None)
    return _JOURNEYS[name]


_JOURNEYS: dict[int, pd.DataFrame] = {}


def _journeys(plan: Plan) -> pd.DataFrame:
    found = pd.concat([_on_legs(plan), _frozen(plan)], ignore_index=True)
    for name in ("depart_date", "arrive_date"):
        found[name] = pd.to_datetime(found[name])
    known = plan.lines[["line", "lot", "channel"]].merge(found, on="line", validate="one_to_one")
    known["seller"] = known["lot"].map(sellers(plan.scenario))
    number = known.groupby(KEYS, sort=True).ngroup() + 1
    digits = max(4, len(str(len(known))))
    names = [f"C{count:0{digits}d}" for count in number.tolist()]
    known["consignment"] = pd.Series(names, index=known.index, dtype=object)
    return known[JOURNEY]


def _on_legs(plan: Plan) -> pd.DataFrame:
    """The main leg and the end of every line that moves by legs."""
    country = {site.site: site.country for site in plan.scenario.sites}
    legs = plan.legs.sort_values("sequence", kind="stable")
    crossing = legs[legs["from_site"].map(country) != legs["to_site"].map(country)]
    first, last = crossing.drop_duplicates("line"), legs.drop_duplicates("line", keep="last")
    main = pd.concat([first, last[~last["line"].isin(first["line"])]])
    main = main[["line", "leg", "from_site", "mode", "depart_date"]]
    ends = last[["line", "to_site", "arrive_date"]]
    names = {"leg": "main_leg", "to_site": "entry_site"}
    return main.merge(ends, on="line").rename(columns=names)


def _frozen(plan: Plan) -> pd.DataFrame:
    """The same of lines that are on the way already."""
    origin = {lot.lot: lot.origin for lot in plan.scenario.lots}
    of_route = {f"frozen {row.shipment}": row for row in plan.scenario.frozen_shipments}
    lines = plan.lines[plan.lines["route"].isin(of_route)]
    shipments = [of_route[route] for route in lines["route"]]
    return pd.DataFrame(
        {
            "line": lines["line"].to_numpy(),
            "main_leg": lines["route"].to_numpy(),
            "from_site": [origin.get(row.lot, "") for row in shipments],
            "mode": "",
            "depart_date": pd.to_datetime([row.ship_date for row in shipments]),
            "entry_site": [row.entry_site for row in shipments],
            "arrive_date": pd.to_datetime([row.arrival_date for row in shipments]),
        }
    )


def sellers(scenario: Scenario) -> dict[str, str]:
    """Who sells each lot, its forms included: its brand, or the platform where that owns it."""
    return {
        lot.lot: lot.brand if lot.owner == Owner.BRAND else PLATFORM
        for lot in with_forms(scenario).lots
    }


def packing_list(plan: Plan) -> pd.DataFrame:
    """One row per (consignment, box of its main leg or '', line).

    Columns: consignment, box, line, lot, sku, description, brand, hs_code, units_per_carton, cartons,
    units, kg (gross), cbm.
    """
    route = journeys(plan)[["line", "consignment", "main_leg"]]
    leg_of_box = dict(zip(plan.boxes["box"], plan.boxes["leg"], strict=True))
    boxed = plan.box_loads.merge(route, on="line")
    boxed = boxed[boxed["box"].map(leg_of_box) == boxed["main_leg"]]
    loose = plan.lines.merge(route, on="line").assign(box="")
    loose = loose[~loose["line"].isin(boxed["line"])]
    names = ["consignment", "box", "line", "lot", "units", "kg", "cbm"]
    table = pd.concat([boxed[names], loose[names]], ignore_index=True)
    table = table.astype({"units": "int64", "kg": float, "cbm": float})
    table = _described(plan, table)
    table["cartons"] = -(-table["units"] // table["units_per_carton"])
    table = table.sort_values(["consignment", "box", "lot", "line"], ignore_index=True)
    wanted = [
        *("consignment", "box", "line", "lot", "sku", "description", "brand", "hs_code"),
        *("units_per_carton", "cartons", "units", "kg", "cbm"),
    ]
    return table[wanted]


def _described(plan: Plan, table: pd.DataFrame) -> pd.DataFrame:
    """A table with what its lots are; what is not known says so."""
    facts = pd.DataFrame(
        [
            (
                lot.lot,
                lot.sku,
                lot.description or MISSING,
                lot.brand,
                lot.hs_code or MISSING,
                max(lot.units_per_carton, 1),
            )
            for lot in with_forms(plan.scenario).lots
        ],
        columns=["lot", "sku", "description", "brand", "hs_code", "units_per_carton"],
    )
    return table.merge(facts, on="lot", how="left", validate="many_to_one")


def invoice_lines(plan: Plan) -> pd.DataFrame:
    """One row per (consignment with an invoice, HS code, lot): what a draft commercial invoice says.

    Columns: consignment, hs_code, lot, description, brand, origin_country, units, unit_value (declared,
    free on board, PC), declared_total, freight_total and insurance_total (in the customs value only
    on a CIF basis), customs_total, currency (the planning currency), kg.
    """
    values = declared(plan)
    table = values.groupby(["consignment", "lot"], as_index=False, sort=True)[
        ["units", "declared_total", "freight_total", "insurance_total", "customs_total", "kg"]
    ].sum()
    table = _described(plan, table).assign(
        origin_country=plan.scenario.header.home_country or MISSING,
        unit_value=table["declared_total"] / table["units"],
        currency=plan.scenario.header.currency,
    )
    wanted = [
        *("consignment", "hs_code", "lot", "description", "brand", "origin_country", "units"),
        *(
            "unit_value",
            "declared_total",
            "freight_total",
            "insurance_total",
            "customs_total",
            "currency",
            "kg",
        ),
    ]
    order = ["consignment", "hs_code", "lot"]
    return table[wanted].sort_values(order, kind="stable", ignore_index=True)


def declared(plan: Plan) -> pd.DataFrame:
    """One row per shipment line that crosses a border under an invoice, its money for all units, PC.

    Columns: line, consignment, lot, channel, units, kg, declared_total (free on board),
    freight_total, insurance_total, customs_total. On a CIF basis the customs value is the sum of
    the other three, on a FOB basis the declared value alone; insurance is on 110 % of the CIF value.
    """
    falls = plan.waterfalls[["line", "customs_value", "freight_international"]]
    route = journeys(plan)[["line", "consignment"]]
    table = plan.lines.merge(route, on="line").merge(falls, on="line", validate="one_to_one")
    whole = {row.channel for row in plan.scenario.channels if invoiced(row)}
    table = table[table["channel"].isin(whole) & _crosses(plan, table)]
    basis = {row.market: row.customs_basis for row in plan.scenario.markets}
    cif = (table["market"].map(basis) == CustomsBasis.CIF).to_numpy()
    units, value = table["units"], table["units"] * table["customs_value"]
    freight = np.where(cif, units * table["freight_international"], 0.0)
    insured = INSURED_SHARE * plan.scenario.header.insurance_rate
    insurance = np.where(cif, value * insured, 0.0)
    table = table.assign(
        declared_total=value - freight - insurance,
        freight_total=freight,
        insurance_total=insurance,
        customs_total=value,
    )
    wanted = [
        *(
            "line",
            "consignment",
            "lot",
            "channel",
            "units",
            "kg",
            "declared_total",
            "freight_total",
        ),
        *("insurance_total", "customs_total"),
    ]
    return table[wanted].reset_index(drop=True)


def invoiced(channel: Channel) -> bool:
    """Whether goods for a channel are declared as a whole: parcels are declared one by one."""
    return channel.fee_model != FeeModel.PARCEL


def _crosses(plan: Plan, lines: pd.DataFrame) -> pd.Series:
    """Lines whose goods lie in another country than their market."""
    country = {site.site: site.country for site in plan.scenario.sites}
    lies = {lot.lot: country[lot.origin] for lot in with_forms(plan.scenario).lots}
    market = {row.market: row.country for row in plan.scenario.markets}
    return lines["lot"].map(lies) != lines["market"].map(market)


def consignments(plan: Plan) -> pd.DataFrame:
    """One row per consignment, the first to depart first.

    Columns: consignment, papers (in words), seller, channel, consignee, market, country,
    main_leg, mode, from_site and entry_site (in words), depart_date, arrive_date, incoterm,
    incoterm_place, customs_basis, lots, boxes, cartons, pallets, units, kg, cbm, declared_total,
    freight_total, insurance_total, customs_total (PC), currency, customs_currency and
    customs_rate (PC for one of it on the day of arrival), customs_local.
    """
    route, packed, sent = journeys(plan), packing_list(plan), invoice_lines(plan)
    table = route.drop_duplicates("consignment").sort_values("consignment").drop(columns="line")
    of = packed.groupby("consignment")
    table = table.join(of[["cartons", "units", "kg", "cbm"]].sum(), on="consignment")
    table["lots"] = table["consignment"].map(of["lot"].nunique())
    boxes = packed[packed["box"] != ""].groupby("consignment")["box"].nunique()
    table["boxes"] = table["consignment"].map(boxes).fillna(0).astype("int64")
    table["pallets"] = np.ceil(pallets(table["cbm"], table["kg"]).round(6))
    money = ["declared_total", "freight_total", "insurance_total", "customs_total"]
    table = table.join(sent.groupby("consignment")[money].sum(), on="consignment")
    table[money] = table[money].fillna(0.0)
    table = _with_terms(plan, table, set(sent["consignment"]))
    wanted = [
        *(
            "consignment",
            "papers",
            "seller",
            "channel",
            "consignee",
            "market",
            "country",
            "main_leg",
        ),
        *("mode", "from_site", "entry_site", "depart_date", "arrive_date", "incoterm"),
        *("incoterm_place", "customs_basis", "lots", "boxes", "cartons", "pallets", "units", "kg"),
        *("cbm", *money, "currency", "customs_currency", "customs_rate", "customs_local"),
    ]
    return table[wanted].reset_index(drop=True)


def _with_terms(plan: Plan, table: pd.DataFrame, with_invoice: set[str]) -> pd.DataFrame:
    """What channel and market say of each consignment, and its customs value in their money."""
    scenario, lookup = plan.scenario, Lookup(plan.scenario)
    channels = {row.channel: row for row in scenario.channels}
    markets = {row.market: row for row in scenario.markets}
    sites = {row.site: row.name or row.site for row in scenario.sites}
    channel = [channels[name] for name in table["channel"]]
    market = [markets[row.market] for row in channel]
    home = [row.country == scenario.header.home_country for row in market]
    term = ["domestic" if here else term_of(row) for row, here in zip(channel, home, strict=True)]
    day = (table["arrive_date"] - pd.Timestamp(scenario.header.start_date)).dt.days
    rate = [
        float(lookup.fx(row.currency, when)) for row, when in zip(market, day.tolist(), strict=True)
    ]
    from_site, entry_site = table["from_site"].map(sites), table["entry_site"].map(sites)
    place = np.where([word == "FOB" for word in term], from_site, entry_site)
    papers = [
        INVOICE if name in with_invoice else AT_HOME if invoiced(row) else PARCELS
        for name, row in zip(table["consignment"], channel, strict=True)
    ]
    return table.assign(
        papers=papers,
        mode=table["mode"].map(MODES).fillna(""),
        consignee=[row.name or row.channel for row in channel],
        market=[row.market for row in market],
        country=[row.country for row in market],
        from_site=from_site,
        entry_site=entry_site,
        incoterm=term,
        incoterm_place=place,
        customs_basis=[
            row.customs_basis.value if paper == INVOICE else ""
            for row, paper in zip(market, papers, strict=True)
        ],
        currency=scenario.header.currency,
        customs_currency=[row.currency for row in market],
        customs_rate=rate,
        customs_local=table["customs_total"] / np.array(rate),
    )


def term_of(channel: Channel) -> str:
    """The Incoterm of a channel: its own in wholesale, else DDP, for the seller pays all the way."""
    return channel.incoterm.value if channel.fee_model == FeeModel.WHOLESALE else "DDP"


def lots_invoiced(plan: Plan) -> list[Lot]:
    """The lots on any draft invoice, in the order of the scenario."""
    used = set(declared(plan)["lot"])
    return [lot for lot in with_forms(plan.scenario).lots if lot.lot in used]
