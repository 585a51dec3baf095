"""What leaves when, by which route, and at which price is it sold?"""

from planner.language import english
from planner.report import tables
from planner.ui import components, kept, runs, words

components.title(english("What leaves when, by which route, and at which price is it sold?"))
plan = runs.plan_needed()
currency = plan.scenario.header.currency
market, lots = components.pick_goods(plan.scenario)

shown = {
    english("Shipment plan"): components.narrowed(
        kept.of(plan, tables.shipments), market=market, lot=lots
    ),
    english("Price calendar"): components.narrowed(
        kept.of(plan, tables.price_calendar), market=market, lot=lots
    ),
    english("Sales by channel and period"): components.narrowed(
        kept.of(plan, tables.sales), market=market
    ),
}
if not plan.boxes.empty:
    shown[english("Boxes")] = kept.of(plan, tables.boxes)
    loads = kept.of(plan, tables.box_loads)
    shown[english("Packing list")] = components.narrowed(loads, market=market, lot=lots)
if not plan.charges.empty:
    shown[english("Freight charges")] = kept.of(plan, tables.charges)
lines = components.counted(len(shown["Shipment plan"]), "shipment line")
components.tabs(shown, currency, {**words.CAPTIONS, "Shipment plan": lines})
