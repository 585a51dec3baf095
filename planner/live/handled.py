"""The one place that says which edits are answered at once; all others are solved as a whole."""

from __future__ import annotations

from collections.abc import Iterable

from planner.domain.changes import Change
from planner.domain.scenario import Scenario

ROWS = frozenset({
    "exchange_rates", "brands", "age_factors", "channel_terms", "reference_prices", "demand",
    "demand_points", "season_factors", "duties", "levies", "parcel_regimes", "rules", "locks",
    "price_rules", "provenance",
})  # fmt: skip
"""Tables that may be edited as one likes: what they say is priced, or limits an option."""
CELLS = {
    "scenario": """title as_of cost_of_money_per_year home_vat_rate insurance_rate
        broken_size_discount bulky_above_cbm value_per_unit_cleared co2e_price_per_kg""",
    "lots": """description available_period units tag tag_currency unit_cost unit_cost_currency
        size_curve vat_invoice_rate labels origin_label fibre_label expiry compliance_hold""",
    "sites": """name throughput_units_per_day relabel_units_per_day storage_cbm
        storage_cost_per_cbm_day inbound_cost_per_unit outbound_cost_per_unit pick_cost_per_unit
        dispatch_units_per_day""",
    "legs": """open_from open_to cost_per_cbm cost_per_kg cost_per_unit kg_per_cbm currency
        origin_cost_per_cbm origin_cost_per_box origin_currency cbm_per_day kg_per_day
        boxes_per_period co2e_kg_per_tonne""",
    "markets": """name vat_rate import_vat_rate import_vat_uplift import_vat_inside
        import_vat_recoverable import_vat_recovery_days customs_basis""",
    "channels": """name private open_from open_to units_per_day style_share credibility_ratio
        floor_factor presale_periods units_per_order reseller_margin_least reseller_margin_most
        reseller_least_per_order commission_rate commission_base reseller_margin margin_basis
        reseller_vat_rate inviter_bonus_rate marketplace_fee_rate payment_fee_rate opex_rate
        our_share our_loss_share platform_fee_rate buy_out_share sell_through wholesale_ratio
        incoterm payment_days credit_loss_rate credit_insurance_rate resaleable_share return_value
        return_value_share salvage_value reverse_cost refurbish_cost local_cost_per_unit
        clearance_cost_per_unit declared_value_share declared_value_least""",
    "exits": "value_share_of_tag value_share_of_cost value_per_unit value_per_kg units_most clears",
}
"""Cells of other tables that change what an option is worth or how much a limit allows."""


def answered_at_once(scenario: Scenario, changes: Iterable[Change]) -> bool:
    """Whether a plan near the last one can be found without pricing every option.

    Not where goals come one after another, nor where an edit moves the network, the horizon or what
    a lot is; nor, as `plain` says of the program, where gates, boxes or whole cartons are decided.
    """
    cells = {table: frozenset(names.split()) for table, names in CELLS.items()}
    known = all(
        change.table in ROWS
        or (not change.is_row and change.field in cells.get(change.table, frozenset()))
        for change in changes
    )
    return known and not scenario.priorities
