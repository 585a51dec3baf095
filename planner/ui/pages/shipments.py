"""What leaves when, by which route, and at which price is it sold?"""

from planner.language import english
from planner.report import tables
from planner.ui import components, runs, words

components.title(english("What leaves when, by which route, and at which price is it sold?"))
plan = runs.plan_needed()
currency = plan.scenario.header.currency
market, lots = components.pick_goods(plan.scenario)

shown = {
    english("Shipment plan"): components.narrowed(tables.shipments(plan), market=market, lot=lots),
    english("Price calendar"): components.narrowed(
        tables.price_calendar(plan), market=market, lot=lots
    ),
    english("Sales by channel and period"): components.narrowed(tables.sales(plan), market=market),
}
if not plan.boxes.empty:
    shown[english("Boxes")] = tables.boxes(plan)
    loads = tables.box_loads(plan)
    shown[english("Packing list")] = components.narrowed(loads, market=market, lot=lots)
if not plan.charges.empty:
    shown[english("Freight charges")] = tables.charges(plan)
lines = components.counted(len(shown["Shipment plan"]), "shipment line")
components.tabs(shown, currency, {**words.CAPTIONS, "Shipment plan": lines})
