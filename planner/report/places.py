"""Where sites and markets stand on a map, without a network.

A site stands at its own latitude and longitude (tables of the scenario); one without, at the capital
of its country. A market stands at the mean of its entry sites. Capitals are general knowledge,
rounded to a tenth of a degree: a map of flows needs no more.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pandas as pd

from planner.domain.records import Site
from planner.domain.scenario import Scenario

LAND = Path(__file__).parent / "land.csv"
"""Coasts from Natural Earth, 1:110 million, public domain: countries joined into one land, corners
within 0.15 degrees left out, islands below 0.6 square degrees and Antarctica too."""
Place = tuple[float, float]
"""Latitude and longitude in degrees."""

CAPITALS: dict[str, Place] = {
    "AE": (24.5, 54.4), "AU": (-35.3, 149.1), "BE": (50.8, 4.4), "BR": (-15.8, -47.9),
    "CH": (46.9, 7.4), "CN": (39.9, 116.4), "DE": (52.5, 13.4), "EG": (30.0, 31.2),
    "ES": (40.4, -3.7), "FR": (48.9, 2.4), "GB": (51.5, -0.1), "HK": (22.3, 114.2),
    "ID": (-6.2, 106.8), "IE": (53.3, -6.3), "IN": (28.6, 77.2), "IT": (41.9, 12.5),
    "JP": (35.7, 139.7), "KE": (-1.3, 36.8), "KR": (37.6, 127.0), "KZ": (51.2, 71.4),
    "MX": (19.4, -99.1), "MY": (3.1, 101.7), "NG": (9.1, 7.4), "NL": (52.4, 4.9),
    "PH": (14.6, 121.0), "PL": (52.2, 21.0), "PT": (38.7, -9.1), "RU": (55.8, 37.6),
    "SA": (24.7, 46.7), "SE": (59.3, 18.1), "SG": (1.3, 103.8), "TH": (13.8, 100.5),
    "TR": (39.9, 32.9), "TW": (25.0, 121.5), "US": (38.9, -77.0), "VN": (21.0, 105.8),
    "ZA": (-25.7, 28.2),
}  # fmt: skip


@lru_cache(maxsize=1)
def land() -> pd.DataFrame:
    """The outline of the land, corner by corner: latitude, longitude; a blank row parts two shapes."""
    return pd.read_csv(LAND, skip_blank_lines=False)


def site_place(site: Site) -> Place | None:
    """Where a site stands; None when neither it nor its country is known."""
    if site.latitude is not None and site.longitude is not None:
        return site.latitude, site.longitude
    return CAPITALS.get(site.country)


def places(scenario: Scenario) -> dict[tuple[str, str], Place]:
    """Place of every ('site', name) and ('market', name) that is known."""
    found = {
        ("site", row.site): place
        for row in scenario.sites
        if (place := site_place(row)) is not None
    }
    for market in scenario.markets:
        entries = [found["site", name] for name in market.entry_sites if ("site", name) in found]
        if entries:
            found["market", market.market] = (
                sum(place[0] for place in entries) / len(entries),
                sum(place[1] for place in entries) / len(entries),
            )
    return found
