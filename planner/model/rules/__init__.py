"""The rules a plan must obey: one function per rule, named as in docs/model.md, each giving a block."""

from __future__ import annotations

from collections.abc import Callable

from planner.landed_cost.options import Priced
from planner.model.board import Board
from planner.model.columns import Family, exits_of, stays_of
from planner.model.program import Block
from planner.model.rules.access import (
    burst_dispatch,
    close_prices,
    group_buy,
    group_buys_of,
    price_windows_of,
)
from planner.model.rules.capacity import (
    leg_capacity,
    quota,
    relabelling,
    site_throughput,
    storage_capacity,
)
from planner.model.rules.corridor import (
    corridor,
    corridor_leak,
    corridor_price,
    leaks_of,
    price_bounds_of,
)
from planner.model.rules.demand import channel_capacity, demand_pool, style_share
from planner.model.rules.freight import (
    box_limit,
    box_space,
    box_stowing,
    box_units,
    boxes_of,
    charged_load,
    charged_of,
    charged_step,
    one_step,
    steps_of,
)
from planner.model.rules.markets import market_used, markets_used_of
from planner.model.rules.openings import (
    brand_listings_of,
    channels_per_style,
    event_listings_of,
    exclusive_group,
    least_if_opened,
    listings_of,
    opening,
    openings_of,
    styles_per_event,
)
from planner.model.rules.papers import certificate, papers_of, shipment_papers
from planner.model.rules.prices import (
    distinct_prices,
    markdown_count,
    no_rise,
    no_touch,
    one_price,
    price_changes_of,
    price_order,
    price_state,
    price_states_of,
    price_step,
    price_used,
    prices_used_of,
    same_price,
)
from planner.model.rules.quantities import (
    budget,
    cash_target,
    exposure,
    least_line,
    multiple,
    multiples_of,
    plan_share,
    quantity,
    used_lines_of,
    working_capital,
)
from planner.model.rules.stock import exit_capacity, frozen_shipment, lock, must_clear, supply
from planner.model.rules.switches import listing

FAMILIES: tuple[Callable[[Priced], Family], ...] = (
    exits_of,
    stays_of,
    papers_of,
    boxes_of,
    steps_of,
    charged_of,
    openings_of,
    listings_of,
    event_listings_of,
    brand_listings_of,
    price_windows_of,
    group_buys_of,
    multiples_of,
    used_lines_of,
    price_states_of,
    price_changes_of,
    prices_used_of,
    price_bounds_of,
    leaks_of,
    markets_used_of,
)
"""Every kind of decision besides options, in the order of its columns."""

RULES: tuple[Callable[[Board], Block], ...] = (
    supply,
    frozen_shipment,
    demand_pool,
    style_share,
    leg_capacity,
    box_space,
    box_units,
    box_stowing,
    box_limit,
    charged_load,
    charged_step,
    one_step,
    site_throughput,
    relabelling,
    channel_capacity,
    storage_capacity,
    must_clear,
    quota,
    certificate,
    shipment_papers,
    exit_capacity,
    lock,
    market_used,
    opening,
    least_if_opened,
    listing,
    channels_per_style,
    styles_per_event,
    exclusive_group,
    close_prices,
    group_buy,
    burst_dispatch,
    quantity,
    plan_share,
    exposure,
    budget,
    cash_target,
    working_capital,
    multiple,
    least_line,
    price_order,
    price_state,
    no_rise,
    one_price,
    same_price,
    price_step,
    markdown_count,
    no_touch,
    price_used,
    distinct_prices,
    corridor_price,
    corridor,
    corridor_leak,
)
"""Every rule of docs/model.md, in its order."""
