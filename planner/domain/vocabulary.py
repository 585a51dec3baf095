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


class LockKind(StrEnum):
    UNITS = "units"
    MIN_UNITS = "min_units"
    MAX_UNITS = "max_units"
    BAN = "ban"
    PRICE = "price"


class Confidence(StrEnum):
    SOURCED = "sourced"
    DERIVED = "derived"
    ASSUMPTION = "assumption"
