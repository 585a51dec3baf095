"""Turns ladders, price rules and access rules into offers: who may sell what where, at which price.

Also the appetite of every pool, the dated access rules that need a trip to be judged, and the exits
open to every lot.
"""

from planner.pricing.access import MODE_BIT, TRIP_RULES, Moments, access, lead_days, relabel_jobs
from planner.pricing.demand import appetite
from planner.pricing.exits import open_exits
from planner.pricing.ladders import ladder_of, rung_margins, terms_of
from planner.pricing.offers import OFFER_RULES, Offers, floor_share, offers_of
from planner.pricing.resellers import supply_price
from planner.pricing.rounding import round_price
from planner.pricing.settings import Verdict, label_of, verdicts

__all__ = [
    "MODE_BIT",
    "OFFER_RULES",
    "TRIP_RULES",
    "Moments",
    "Offers",
    "Verdict",
    "access",
    "appetite",
    "floor_share",
    "label_of",
    "ladder_of",
    "lead_days",
    "offers_of",
    "open_exits",
    "relabel_jobs",
    "round_price",
    "rung_margins",
    "supply_price",
    "terms_of",
    "verdicts",
]
