"""The sheets of a plan's workbook: what each is called, what it says, and who it is for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    """One sheet. Names are the same in every language; titles are told in the reader's."""

    name: str
    title: str
    explanation: str
    reader: str


PAGES: dict[str, Page] = {
    page.name: page
    for page in (
        Page(
            "Summary",
            "Summary",
            "What the plan is worth, how far it is from the best possible one, and where units go.",
            "The boss",
        ),
        Page(
            "Shipments",
            "Shipment plan",
            "What leaves where, when and how, and what it earns. One row per lot, route, ship period, "
            "sell period and price. Money = units x netback. Yellow cells may be edited and the "
            "workbook brought back: units, price rung, and a kind of lock to keep the line as it is.",
            "Logistics and merchandisers",
        ),
        Page(
            "Leg by leg",
            "Shipment lines leg by leg",
            "Every movement of every shipment line: by which leg, when it leaves and arrives, and its "
            "freight.",
            "Forwarders and logistics",
        ),
        Page(
            "Consignments",
            "Consignments",
            "A consignment is the goods of one seller for one channel on the same departure of the "
            "main leg to the same entry site. Its sums are those of its packing list and draft invoice.",
            "Forwarders and customs brokers",
        ),
        Page(
            "Packing lists",
            "Packing lists",
            "One page per consignment. Yellow cells are for what the plan does not know.",
            "Forwarders and receiving warehouses",
        ),
        Page(
            "Invoices",
            "Draft commercial invoices",
            "One page per consignment that crosses a border. Drafts: yellow cells are to be filled in.",
            "Customs brokers and finance",
        ),
        Page(
            "Boxes",
            "Boxes and charges",
            "Each box and what is in it, and what departures charged by weight or volume cost. "
            "Planned freight is what the goods' waterfalls hold; the difference to the cost is "
            "settled below them.",
            "Forwarders and loading docks",
        ),
        Page(
            "Site lists",
            "Work by site and day",
            "What each site picks, labels, de-brands, packs and sends on, day by day.",
            "Warehouses and hubs",
        ),
        Page(
            "Documents",
            "Documents and openings",
            "Certificates, marks and papers to obtain, the one to start first on top, and what is paid "
            "to open markets, channels, listings and events.",
            "Compliance",
        ),
        Page(
            "Sales",
            "Sales by channel and period",
            "What each channel sells in each period, at what average shelf price.",
            "Sales",
        ),
        Page(
            "Prices",
            "Price list and mark-down calendar",
            "Shelf price of each lot in each channel by sell period, in the currency named, tax "
            "included; blank = not on sale. A second price holds for other units at the same time.",
            "Sales",
        ),
        Page(
            "Arbitrage",
            "Parallel trade",
            "What a trader could still earn by buying a style where it is cheapest and selling it "
            "where it is dearest: for each style the best pair of markets, and every pair charged "
            "for. Prices before tax; a negative profit means there is nothing to earn.",
            "Brand managers",
        ),
        Page(
            "Side by side",
            "Markets side by side",
            "What each market takes and brings; below, its money per unit from shelf price to "
            "netback. Landed cost = freight, handling, relabelling, insurance, duty and import taxes.",
            "Merchandisers and the boss",
        ),
        Page(
            "Waterfalls",
            "Waterfall of every shipment line",
            "From shelf price to netback, per dispatched unit; the totals are units x amount. Paid by "
            "shoppers + recovered from returns = what the six parties take.",
            "Finance",
        ),
        Page(
            "Not shipped",
            "Units not shipped",
            "What happens to the units that are left, and why.",
            "Merchandisers",
        ),
        Page(
            "Limits",
            "Limits, those that hold the plan back first",
            "How much of each limit is used, and what one more unit of it would be worth.",
            "Planners",
        ),
        Page(
            "Soft rules",
            "Soft rules that are not kept",
            "Soft limits missed, each in its own unit, and offers that break a soft rule: by so much "
            "per unit for a price, by 1 for any other rule. Their prices are part of the plan's value.",
            "Planners",
        ),
        Page(
            "Locks and rules",
            "What locks and rules cost",
            "The locks in force and the lines they hold; what each lock and each rule costs where it "
            "was worked out: the plan made again without it, everything else free to move.",
            "Merchandisers and planners",
        ),
        Page(
            "Baselines and parties",
            "Baselines and parties",
            "What careful hand-made plans would earn, and who receives what shoppers pay.",
            "The boss and finance",
        ),
        Page(
            "Goals",
            "Goals in their order",
            "Each goal is reached first, then kept, less what its tolerance gives up for the next.",
            "Planners",
        ),
        Page(
            "Assumptions",
            "Assumptions and sources",
            "Where each number comes from. A blank row or field means all of them; LC is the currency "
            "named in the row, PC the planning currency.",
            "Everybody who asks where a number comes from",
        ),
        Page(
            "Changes",
            "Changes against the base",
            "Every cell of the scenario that differs from the base it was made from.",
            "Merchandisers",
        ),
        Page(
            "Audit",
            "Audit and solver report",
            "An independent check recomputes every rule and every money line of the plan from the "
            "scenario alone.",
            "Everybody who has to trust the plan",
        ),
        Page(
            "About",
            "About this workbook",
            "Which plan and scenario this is, what it was made with, and what the sheets are. The "
            "sheets after this one hold the scenario's tables; they may be edited and brought back.",
            "Whoever brings the workbook back",
        ),
    )
}
"""In the order of the workbook. A sheet without anything to say is left out where the plan has no
boxes, soft rules or goals."""
