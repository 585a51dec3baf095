"""The closed sets of words a scenario may use."""

from __future__ import annotations

from enum import StrEnum


class Perspective(StrEnum):
    """Whose plan it is: which party's money is maximised."""

    BRAND = "brand"
    PLATFORM = "platform"
    BOTH = "both"


class Owner(StrEnum):
    """Who owns a lot and therefore takes the owner's line of the waterfall."""

    BRAND = "brand"
    PLATFORM = "platform"


class SiteKind(StrEnum):
    ORIGIN = "origin"
    HUB = "hub"
    PORT = "port"
    GATEWAY = "gateway"
    BONDED = "bonded"
    OVERSEAS = "overseas"


class Mode(StrEnum):
    """How a leg moves goods."""

    TRUCK = "truck"
    ROAD = "road"
    RAIL = "rail"
    SEA_FCL = "sea_fcl"
    SEA_LCL = "sea_lcl"
    AIR = "air"
    PARCEL = "parcel"
    EXPRESS = "express"


class FeeModel(StrEnum):
    """The eight ways a channel shares the shopper's money."""

    COMMISSION = "commission"
    BUY_OUT = "buy_out"
    PURCHASE_SALE = "purchase_sale"
    REBATE = "rebate"
    WHOLESALE = "wholesale"
    JOINT_VENTURE = "joint_venture"
    MARKETPLACE = "marketplace"
    PARCEL = "parcel"


class MarginBasis(StrEnum):
    """What the reseller's margin is a share of: the shelf price or the supply price."""

    RETAIL = "retail"
    SUPPLY = "supply"


class CommissionBase(StrEnum):
    """What the platform's commission is a share of in the rebate model."""

    NET_PRICE = "net_price"
    NET_OF_REBATE = "net_of_rebate"


class Incoterm(StrEnum):
    FOB = "FOB"
    DAP = "DAP"
    DDP = "DDP"


class CustomsBasis(StrEnum):
    FOB = "FOB"
    CIF = "CIF"


class Region(StrEnum):
    """Which of the brand's floors a market falls under."""

    DOMESTIC = "domestic"
    EXPORT = "export"


class DutyKind(StrEnum):
    """How the ad valorem and the specific part of a duty combine."""

    AD_VALOREM = "ad_valorem"
    SPECIFIC = "specific"
    MAX = "max"
    PLUS = "plus"


class SpecificUnit(StrEnum):
    KG = "kg"
    PAIR = "pair"
    UNIT = "unit"


class LevyBase(StrEnum):
    FOB = "fob"
    CIF = "cif"


class ParcelDuty(StrEnum):
    """What the parcel duty rate is applied to."""

    NONE = "none"
    TOTAL = "total"
    EXCESS = "excess"


class RuleEffect(StrEnum):
    """What a compliance rule does to the options it touches."""

    FORBID = "forbid"
    REQUIRE = "require"
    QUOTA = "quota"
    FORBID_MODE = "forbid_mode"
    SHELF_LIFE = "shelf_life"
    PRIVATE_ONLY = "private_only"
    BRAND_CONSENT = "brand_consent"
    PREFERENCE = "preference"
    EXPORT_REFUND = "export_refund"
    FORBID_DESTROY = "forbid_destroy"


class FixedPer(StrEnum):
    """What one fixed cost of a rule is paid for."""

    NONE = "none"
    STYLE = "style"
    SKU = "sku"
    MODEL = "model"
    SHIPMENT = "shipment"


class ExitKind(StrEnum):
    HOLD = "hold"
    JOBBER = "jobber"
    DONATE = "donate"
    RECYCLE = "recycle"
    DESTROY = "destroy"
    DE_BRAND = "de_brand"


class LockKind(StrEnum):
    UNITS = "units"
    MIN_UNITS = "min_units"
    MAX_UNITS = "max_units"
    BAN = "ban"
    PRICE = "price"


class ChargedOn(StrEnum):
    """What the breaks of a leg's freight are counted in."""

    CBM = "cbm"
    KG = "kg"


class Opens(StrEnum):
    """What an opening cost is paid for."""

    MARKET = "market"
    CHANNEL = "channel"
    BRAND_IN_CHANNEL = "brand_in_channel"
    EVENT = "event"


class Measure(StrEnum):
    """What a quantity rule adds up."""

    UNITS = "units"
    CBM = "cbm"
    KG = "kg"
    SHELF_VALUE = "shelf_value"
    EXPOSURE = "exposure"
    FREIGHT = "freight"
    BORDER = "border"
    FREIGHT_AND_BORDER = "freight_and_border"
    CASH = "cash"
    WORKING_CAPITAL = "working_capital"


class LimitBasis(StrEnum):
    """What the least and most of a quantity rule are stated in."""

    ABSOLUTE = "absolute"
    SHARE_OF_LOTS = "share_of_lots"
    SHARE_OF_PLAN = "share_of_plan"


class PriceBound(StrEnum):
    FLOOR = "floor"
    CAP = "cap"


class PriceBasis(StrEnum):
    """What a price rule's value is a share of, or an amount of money."""

    ABSOLUTE = "absolute"
    TAG = "tag"
    COST = "cost"


class CorridorMode(StrEnum):
    """Whether prices that invite parallel trade are allowed, forbidden or charged for."""

    OFF = "off"
    HARD = "hard"
    LEAK = "leak"


class RuleMode(StrEnum):
    HARD = "hard"
    SOFT = "soft"
    OFF = "off"


class Goal(StrEnum):
    """What a priority asks for, one after the other."""

    RECOVERY = "recovery"
    CLEARED_UNITS = "cleared_units"
    CASH = "cash"
    FEWEST_MARKETS = "fewest_markets"
    CO2E = "co2e"


class Confidence(StrEnum):
    SOURCED = "sourced"
    DERIVED = "derived"
    ASSUMPTION = "assumption"


SETTABLE_RULES = (
    "demand_pool",
    "style_share",
    "leg_capacity",
    "site_throughput",
    "relabelling",
    "channel_capacity",
    "storage_capacity",
    "quota",
    "certificate",
    "shipment_papers",
    "exit_capacity",
    "lock",
    "box_limit",
    "opening",
    "least_if_opened",
    "channels_per_style",
    "styles_per_event",
    "exclusive_group",
    "close_prices",
    "group_buy",
    "burst_dispatch",
    "quantity",
    "plan_share",
    "exposure",
    "budget",
    "cash_target",
    "working_capital",
    "multiple",
    "least_line",
    "no_rise",
    "one_price",
    "price_step",
    "markdown_count",
    "no_touch",
    "same_price",
    "distinct_prices",
    "corridor",
    "floor",
    "price_floor",
    "price_cap",
    "reseller_band",
    "private_only",
    "brand_consent",
    "excluded_market",
    "exclusive_channels",
    "shelf_life",
    "forbidden",
    "forbidden_mode",
)
"""Rules of docs/model.md that a scenario may make hard, soft or switch off."""
