"""Builds the scenario `gift-leftovers` from a year of real sales of a UK gift wholesaler.

    python scenarios/gift_leftovers.py [--data ../shared/data] [--out local/gift-leftovers]

The sales are not part of this repository (UCI "Online Retail II", D. Chen, CC BY 4.0). The script
reads `gift_sales/sku_country_month.csv.gz` and `gift_sales/products.csv`, writes a scenario
folder, and leaves with 0; without the data it says so and leaves with 2.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
SALES, PRODUCTS = Path("gift_sales/sku_country_month.csv.gz"), Path("gift_sales/products.csv")

START, PERIODS, DAYS_PER_PERIOD = "2010-12-01", 6, 28
MONTHS = ("2009-12", *(f"2010-{month:02d}" for month in range(1, 12)))
AUTUMN = ("2010-09", "2010-10", "2010-11")
PERIOD_MONTHS = ("2009-12", "2010-01", "2010-02", "2010-03", "2010-04", "2010-05")
"""The month of last year that speaks for each period."""
DAYS_PER_MONTH = 365 / 12

LEAST_PRODUCT_MONTHS = 150
"""A country is a market from this many product-months of sales."""
BULK_UNITS_PER_ORDER, BULK_TIMES_TYPICAL = 200, 10
CHRISTMAS_LOTS, SLOW_LOTS = 130, 250
CHRISTMAS_LEAST_UNITS, SLOW_LEAST_UNITS = 50, 200
CHRISTMAS_LEFT, SLOW_LEFT = 0.30, 0.50
SLOW_PACE = 0.5
ELASTICITY = 2.62
COST_SHARE = 0.5

CHRISTMAS = re.compile(
    r"CHRISTMAS|XMAS|SANTA|ADVENT|REINDEER|RUDOLPH|SNOWMAN|SNOWFLAKE|NOEL|NATIVITY|BAUBLE"
    r"|STOCKING|MISTLETOE|FESTIVE"
)
GOODS_CODE = re.compile(r"\d{5}[A-Z]{0,3}|DCGS\d{4}[A-Z]?|SP1002")
"""Stock codes of goods; all others are postage, fees, vouchers, samples and manual entries."""


class Kind(NamedTuple):
    """A category: the words it is known by, and the weight and volume assumed for a unit."""

    category: str
    words: str
    kg: float
    cbm: float


KINDS = (
    Kind("christmas", "", 0.20, 0.0012),
    Kind("garden", r"GARDEN|PLANT|WATERING|BIRD|PARASOL|SEED|OUTDOOR", 0.60, 0.0040),
    Kind("lighting", r"LIGHT|LIGHTS|LAMP|CANDLE|CANDLES|LANTERN|CANDLEHOLDER|INCENSE", 0.35, 0.0018),
    Kind("kitchen", r"MUG|CUP|CUPS|TEA|TEAPOT|CAKE|BOWL|PLATE|PLATES|CUTLERY|BAKING|APRON|JAR|TIN"
         r"|LUNCH|COFFEE|KITCHEN|JUG|EGG|SPOON|BOTTLE|DINNER|TRAY|NAPKINS|STRAWS|GLASS", 0.45, 0.0022),
    Kind("jewellery", r"NECKLACE|BRACELET|EARRINGS|RING|CHARM|BANGLE|BROOCH|HAIR|BEAD|DIAMANTE",
         0.05, 0.0001),
    Kind("bags", r"BAG|BAGS|PURSE|SHOPPER|SATCHEL|LUGGAGE|WALLET", 0.20, 0.0010),
    Kind("stationery", r"CARD|CARDS|WRAP|PAPER|NOTEBOOK|PEN|PENCIL|PENCILS|STICKERS|TAPE|BOOK"
         r"|ENVELOPE|LETTER|RIBBON|RIBBONS|PAD|TISSUE|TISSUES", 0.15, 0.0006),
    Kind("toys", r"TOY|GAME|GAMES|DOLL|PUPPET|PLAYING|SKIPPING|BALL|BALLOONS|CHILDRENS|CHILDS|BABY"
         r"|PLAYHOUSE|GLIDERS|DOMINOES|INFLATABLE|SPACEBOY|KIT", 0.30, 0.0020),
    Kind("home", r"CUSHION|FRAME|CLOCK|MIRROR|SIGN|HOOK|DOORMAT|RUG|CURTAIN|BOX|BOXES|CABINET|STOOL"
         r"|BASKET|DECORATION|HANGING|WALL|DOOR|HEART|TILE|DRAWER|HOT|BLANKET|TOWEL|SOAP|BATH",
         0.50, 0.0030),
    Kind("gifts", "", 0.30, 0.0015),
)  # fmt: skip


class Country(NamedTuple):
    """A country in the sales, where its goods arrive, and what is assumed of the way there."""

    code: str
    place: str
    latitude: float
    longitude: float
    mode: str
    days: int
    per_cbm: float
    duty: float
    vat: float


COUNTRIES = {
    "United Kingdom": Country("GB", "", 0, 0, "", 0, 0, 0, 0),
    "EIRE": Country("IE", "Dublin", 53.35, -6.26, "road", 2, 70, 0, 0),
    "Germany": Country("DE", "Frankfurt", 50.11, 8.68, "road", 3, 85, 0, 0),
    "France": Country("FR", "Paris", 48.86, 2.35, "road", 2, 75, 0, 0),
    "Netherlands": Country("NL", "Rotterdam", 51.92, 4.48, "road", 2, 70, 0, 0),
    "Switzerland": Country("CH", "Zurich", 47.37, 8.54, "road", 4, 120, 0, 0.08),
    "Spain": Country("ES", "Madrid", 40.42, -3.70, "road", 5, 110, 0, 0),
    "Belgium": Country("BE", "Brussels", 50.85, 4.35, "road", 2, 70, 0, 0),
    "Portugal": Country("PT", "Lisbon", 38.72, -9.14, "road", 6, 120, 0, 0),
    "Channel Islands": Country("JE", "Saint Helier", 49.19, -2.11, "road", 3, 100, 0, 0),
    "Sweden": Country("SE", "Gothenburg", 57.71, 11.97, "road", 4, 110, 0, 0),
    "Italy": Country("IT", "Milan", 45.46, 9.19, "road", 4, 105, 0, 0),
    "Australia": Country("AU", "Melbourne", -37.81, 144.96, "sea_lcl", 42, 130, 0.05, 0.10),
    "Greece": Country("GR", "Piraeus", 37.94, 23.65, "road", 8, 150, 0, 0),
    "Cyprus": Country("CY", "Limassol", 34.68, 33.04, "sea_lcl", 16, 120, 0, 0),
    "Austria": Country("AT", "Vienna", 48.21, 16.37, "road", 4, 105, 0, 0),
    "Denmark": Country("DK", "Copenhagen", 55.68, 12.57, "road", 3, 100, 0, 0),
    "United Arab Emirates": Country("AE", "Jebel Ali", 25.01, 55.06, "sea_lcl", 24, 110, 0.05, 0),
    "Finland": Country("FI", "Helsinki", 60.17, 24.94, "road", 6, 130, 0, 0),
    "USA": Country("US", "New York", 40.71, -74.01, "sea_lcl", 14, 110, 0.04, 0),
    "Norway": Country("NO", "Oslo", 59.91, 10.75, "road", 5, 125, 0, 0.25),
    "Poland": Country("PL", "Warsaw", 52.23, 21.01, "road", 4, 100, 0, 0),
    "Malta": Country("MT", "Valletta", 35.90, 14.51, "sea_lcl", 14, 120, 0, 0),
}
AIR_PER_KG = {"AU": 4.5, "US": 3.5, "AE": 3.0, "CY": 2.5, "MT": 2.5}
"""Countries reached by sea are reached by air too, GBP per chargeable kilogram."""

LADDER = (("R100", 1.0), ("R085", 0.85), ("R070", 0.7), ("R055", 0.55), ("R040", 0.4))


class Sale(NamedTuple):
    """What one product sold in one country in one month."""

    code: str
    country: str
    month: str
    units: int
    revenue: float
    orders: int
    highest: float


@dataclass(frozen=True)
class Left:
    """A product still to be cleared."""

    code: str
    description: str
    category: str
    units: int
    price: float
    """Average paid price, GBP."""
    tag: float

    @property
    def season(self) -> str:
        return "XMAS" if self.category == "christmas" else "ALL"


def main(arguments: Sequence[str] | None = None) -> int:
    """Builds the folder; 0 = built, 2 = the data are not there."""
    parser = argparse.ArgumentParser(description="Build the gift-leftovers scenario.")
    parser.add_argument("--data", type=Path, default=ROOT / "../shared/data")
    parser.add_argument("--out", type=Path, default=ROOT / "local/gift-leftovers")
    options = parser.parse_args(arguments)
    missing = [path for path in (SALES, PRODUCTS) if not (options.data / path).is_file()]
    if missing:
        named = " and ".join(str(options.data / path) for path in missing)
        print(f"Nothing was built: {named} not found. Name the folder of gift_sales with --data.")
        return 2
    names = read_names(options.data / PRODUCTS)
    everything = read_sales(options.data / SALES)
    goods = [sale for sale in everything if is_goods(sale, names)]
    sales, bulk = without_bulk(goods)
    countries = markets_of(sales)
    lots = leftovers(sales, names)
    tables = tables_of(lots, sales, countries, names)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        write_csv(options.out / f"{name}.csv", rows)
    _write(options.out / "scenario.yaml", HEADER)
    _write(
        options.out / "README.md",
        readme(lots, countries, excluded=len(everything) - len(goods), bulk=bulk),
    )
    units = sum(lot.units for lot in lots)
    print(f"{options.out}: {len(lots)} lots, {units:,} units, {len(countries)} markets.")
    return 0


# --- reading


def read_names(path: Path) -> dict[str, str]:
    """Stock code -> description; where a code is written twice, the last one with a name."""
    names: dict[str, str] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            text = " ".join(row["description"].split())
            if text not in ("", "nan"):
                names[_code(row["stock_code"])] = text
    return names


def _code(text: str) -> str:
    """A stock code: '85049a' and '85049A ' are the same goods."""
    return text.strip().upper()


def read_sales(path: Path) -> list[Sale]:
    """Every row of the sales, in the order of the file."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return [
            Sale(
                _code(row["stock_code"]),
                row["country"],
                row["month"],
                int(row["units"]),
                float(row["revenue_gbp"]),
                int(row["orders"]),
                float(row["price_max_gbp"]),
            )
            for row in csv.DictReader(file)
        ]


def is_goods(sale: Sale, names: dict[str, str]) -> bool:
    """Whether a row is a sale of goods we can name, at a price."""
    named = names.get(sale.code, "")
    return bool(GOODS_CODE.fullmatch(sale.code)) and named.isupper() and sale.revenue > 0


def without_bulk(sales: Iterable[Sale]) -> tuple[list[Sale], list[Sale]]:
    """Sales without one-off bulk orders, and those orders.

    A row is bulk when its units per order reach 200 and ten times what is typical of the product.
    """
    sizes = defaultdict(list)
    sales = list(sales)
    for sale in sales:
        sizes[sale.code].append(sale.units / sale.orders)
    typical = {code: median(each) for code, each in sizes.items()}
    usual: list[Sale] = []
    bulk: list[Sale] = []
    for sale in sales:
        size = sale.units / sale.orders
        large = size >= BULK_UNITS_PER_ORDER and size >= BULK_TIMES_TYPICAL * typical[sale.code]
        (bulk if large else usual).append(sale)
    return usual, bulk


def markets_of(sales: Iterable[Sale]) -> dict[str, Country]:
    """Countries with enough sales, most first."""
    rows: dict[str, int] = defaultdict(int)
    for sale in sales:
        rows[sale.country] += 1
    enough = [
        name for name in COUNTRIES if rows[name] >= LEAST_PRODUCT_MONTHS or name == "United Kingdom"
    ]
    return {name: COUNTRIES[name] for name in sorted(enough, key=lambda name: (-rows[name], name))}


# --- what is left


def leftovers(sales: Iterable[Sale], names: dict[str, str]) -> list[Left]:
    """The lots: Christmas goods, and goods whose autumn ran at half their yearly pace or less."""
    by_code = defaultdict(list)
    for sale in sales:
        by_code[sale.code].append(sale)
    christmas, slow = [], []
    for code, rows in sorted(by_code.items()):
        year = sum(sale.units for sale in rows)
        autumn = sum(sale.units for sale in rows if sale.month in AUTUMN)
        category = category_of(names[code])
        if category == "christmas" and autumn >= CHRISTMAS_LEAST_UNITS:
            christmas.append(_lot(code, names[code], category, CHRISTMAS_LEFT * autumn, rows))
        elif (
            category != "christmas"
            and year >= SLOW_LEAST_UNITS
            and autumn * 12 / len(AUTUMN) <= SLOW_PACE * year
        ):
            slow.append(_lot(code, names[code], category, SLOW_LEFT * year, rows))
    chosen = [*_dearest(christmas, CHRISTMAS_LOTS), *_dearest(slow, SLOW_LOTS)]
    return sorted(chosen, key=lambda lot: lot.code)


def category_of(description: str) -> str:
    """The first category one of whose words is in the description."""
    if CHRISTMAS.search(description):
        return "christmas"
    words = set(re.findall(r"[A-Z]+", description))
    for kind in KINDS:
        if kind.words and words & set(kind.words.split("|")):
            return kind.category
    return "gifts"


def _lot(code: str, name: str, category: str, units: float, rows: list[Sale]) -> Left:
    price = sum(sale.revenue for sale in rows) / sum(sale.units for sale in rows)
    highest = min(max(sale.highest for sale in rows), 3 * price)
    return Left(code, name, category, round(units), round(price, 4), round(max(highest, price), 4))


def _dearest(lots: list[Left], count: int) -> list[Left]:
    return sorted(lots, key=lambda lot: (-lot.units * lot.price, lot.code))[:count]


# --- the tables

Row = dict[str, object]


def tables_of(
    lots: list[Left], sales: list[Sale], countries: dict[str, Country], names: dict[str, str]
) -> dict[str, list[Row]]:
    """Every table of the scenario."""
    of_code = {lot.code: lot for lot in lots}
    seasons = _season_factors(names, sales)
    sales = [sale for sale in sales if sale.code in of_code and sale.country in countries]
    categories = sorted({lot.category for lot in lots})
    abroad = [country for country in countries.values() if country.code != "GB"]
    kinds = {kind.category: kind for kind in KINDS}
    return {
        "currencies": [{"currency": "GBP", "name": "Pound sterling", "price_decimals": 2}],
        "exchange_rates": [{"currency": "GBP", "rate": 1}],
        "brands": _brands(),
        "lots": [_lot_row(lot, kinds[lot.category]) for lot in lots],
        "age_factors": [{"age_years": 0, "price_factor": 1}],
        "sites": _sites(abroad, sum(lot.units for lot in lots)),
        "legs": _legs(abroad),
        "markets": [_market(name, country) for name, country in countries.items()],
        "channels": [_channel(name, country) for name, country in countries.items()],
        "channel_terms": [
            {
                "channel": _channel_key(country),
                "category": category,
                "reference_price_ratio": 0.8,
                "elasticity": ELASTICITY,
                "return_rate": 0.02,
                "last_mile_cost": 0.1,
                "currency": "GBP",
            }
            for country in countries.values()
            for category in categories
        ],
        "reference_prices": _reference_prices(lots, sales, countries),
        "ladders": [
            {"ladder": "STD", "rung": rung, "price_ratio": ratio} for rung, ratio in LADDER
        ],
        "demand": _demand(of_code, sales, countries),
        "season_factors": seasons,
        "duties": [
            {"market": c.code, "category": category, "kind": "ad_valorem", "rate": c.duty}
            for c in abroad
            for category in categories
        ],
        "exits": _exits(),
        "provenance": _provenance(),
    }


def _brands() -> list[Row]:
    return [
        {"brand": "SEASONAL", "segment": "Christmas range"},
        {
            "brand": "CORE",
            "segment": "All other goods",
            "must_clear_share": 0.5,
            "must_clear_price": 0.05,
        },
    ]


def _lot_row(lot: Left, kind: Kind) -> Row:
    return {
        "lot": lot.code,
        "sku": lot.code,
        "style": lot.code,
        "model": lot.code,
        "description": lot.description,
        "brand": "SEASONAL" if lot.season == "XMAS" else "CORE",
        "category": lot.category,
        "season": lot.season,
        "vintage_year": 2010,
        "origin": "WH-UK",
        "units": lot.units,
        "tag": lot.tag,
        "tag_currency": "GBP",
        "unit_cost": round(COST_SHARE * lot.price, 4),
        "unit_cost_currency": "GBP",
        "kg": kind.kg,
        "cbm": kind.cbm,
        "labels": "EN",
    }


def _sites(abroad: list[Country], units: int) -> list[Row]:
    """The warehouse, its dispatch hall (it could clear everything in half the time), gateways."""
    per_day = -(-units * 2 // (PERIODS * DAYS_PER_PERIOD * 100)) * 100
    rows: list[Row] = [
        {
            "site": "WH-UK",
            "name": "Warehouse in the English Midlands",
            "kind": "origin",
            "country": "GB",
            "storage_cost_per_cbm_day": 0.12,
            "latitude": 52.48,
            "longitude": -1.90,
        },
        {
            "site": "HUB-UK",
            "name": "Dispatch hall in the English Midlands",
            "kind": "hub",
            "country": "GB",
            "throughput_units_per_day": per_day,
            "storage_cost_per_cbm_day": 0.20,
            "inbound_cost_per_unit": 0.02,
            "outbound_cost_per_unit": 0.02,
            "pick_cost_per_unit": 0.05,
            "latitude": 52.48,
            "longitude": -1.89,
        },
    ]
    for country in abroad:
        rows.append(
            {
                "site": f"E-{country.code}",
                "name": country.place,
                "kind": "gateway",
                "country": country.code,
                "storage_cost_per_cbm_day": 0.25,
                "handling_days": 3 if country.duty or country.vat else 1,
                "latitude": country.latitude,
                "longitude": country.longitude,
            }
        )
    return [{**row, "relabel_units_per_day": 0, "currency": "GBP"} for row in rows]


def _legs(abroad: list[Country]) -> list[Row]:
    rows: list[Row] = [
        {
            "leg": "WH-UK>HUB-UK",
            "from_site": "WH-UK",
            "to_site": "HUB-UK",
            "mode": "truck",
            "transit_days": 1,
            "cost_per_cbm": 4,
            "co2e_kg_per_tonne": 5,
        }
    ]
    for country in abroad:
        way: Row = {"from_site": "HUB-UK", "to_site": f"E-{country.code}"}
        weekly = country.mode == "sea_lcl"
        rows.append(
            {
                **way,
                "leg": f"HUB-UK>{country.code} {country.mode}",
                "mode": country.mode,
                "transit_days": country.days,
                "first_departure": "2010-12-03" if weekly else "2010-12-02",
                "departure_every_days": 7 if weekly else 2,
                "cost_per_cbm": country.per_cbm,
                "co2e_kg_per_tonne": 200 if weekly else 100,
            }
        )
        if country.code in AIR_PER_KG:
            rows.append(
                {
                    **way,
                    "leg": f"HUB-UK>{country.code} air",
                    "mode": "air",
                    "transit_days": 3,
                    "first_departure": "2010-12-02",
                    "departure_every_days": 2,
                    "cost_per_kg": AIR_PER_KG[country.code],
                    "kg_per_cbm": 167,
                    "kg_per_day": 200,
                    "co2e_kg_per_tonne": 5000,
                }
            )
    return [{**row, "currency": "GBP"} for row in rows]


def _market(name: str, country: Country) -> Row:
    home = country.code == "GB"
    return {
        "market": country.code,
        "name": "Ireland" if name == "EIRE" else name,
        "country": country.code,
        "region": "domestic" if home else "export",
        "climate": "year",
        "currency": "GBP",
        "entry_sites": "HUB-UK" if home else f"E-{country.code}",
        "import_vat_rate": country.vat,
    }


def _channel_key(country: Country) -> str:
    return f"{country.code}-SHOPS"


def _channel(name: str, country: Country) -> Row:
    row: Row = {
        "channel": _channel_key(country),
        "name": f"Shops in {'Ireland' if name == 'EIRE' else name}",
        "market": country.code,
        "ladder": "STD",
        "private": 1,
        "payment_fee_rate": 0.02,
        "payment_days": 30,
        "credit_loss_rate": 0.01,
        "resaleable_share": 0.8,
        "return_value_share": 0.5,
        "reverse_cost": 0.3,
        "currency": "GBP",
    }
    if country.code == "GB":
        return {**row, "fee_model": "commission", "commission_rate": 0.05}
    return {**row, "fee_model": "marketplace", "marketplace_fee_rate": 0.10}


def _reference_prices(
    lots: list[Left], sales: list[Sale], countries: dict[str, Country]
) -> list[Row]:
    """The average paid price of a product in a country; where it was not sold, of the product."""
    units: dict[tuple[str, str], int] = defaultdict(int)
    revenue: dict[tuple[str, str], float] = defaultdict(float)
    for sale in sales:
        units[sale.code, sale.country] += sale.units
        revenue[sale.code, sale.country] += sale.revenue
    rows: list[Row] = []
    for lot in lots:
        for name, country in countries.items():
            sold = units[lot.code, name]
            price = revenue[lot.code, name] / sold if sold else lot.price
            rows.append(
                {"lot": lot.code, "channel": _channel_key(country), "price": round(price, 4)}
            )
    return rows


def _demand(
    of_code: dict[str, Left], sales: list[Sale], countries: dict[str, Country]
) -> list[Row]:
    """Units a period of the lots' own products, by country and category."""
    pools: dict[tuple[str, str, str], int] = defaultdict(int)
    for sale in sales:
        lot = of_code[sale.code]
        pools[_channel_key(countries[sale.country]), lot.category, lot.season] += sale.units
    scale = DAYS_PER_PERIOD / (len(MONTHS) * DAYS_PER_MONTH)
    return [
        {
            "channel": channel,
            "category": category,
            "season": season,
            "units_per_period": round(units * scale, 2),
        }
        for (channel, category, season), units in sorted(pools.items())
    ]


def _season_factors(names: dict[str, str], sales: list[Sale]) -> list[Row]:
    """Last year's month over its mean: all countries, for single ones are too thin, and all goods,
    for slow goods were chosen by their poor autumn.
    """
    units: dict[tuple[str, str], int] = defaultdict(int)
    for sale in sales:
        season = "XMAS" if category_of(names[sale.code]) == "christmas" else "ALL"
        units[season, sale.month] += sale.units
    rows: list[Row] = []
    for season in ("ALL", "XMAS"):
        mean = sum(units[season, month] for month in MONTHS) / len(MONTHS)
        for period, month in enumerate(PERIOD_MONTHS, start=1):
            factor = units[season, month] / mean
            rows.append(
                {"climate": "year", "season": season, "period": period, "factor": round(factor, 4)}
            )
    return rows


def _exits() -> list[Row]:
    other = ";".join(kind.category for kind in KINDS if kind.category != "christmas")
    return [
        {
            "exit": "HOLD-CHRISTMAS",
            "kind": "hold",
            "categories": "christmas",
            "value_share_of_cost": 0.4,
            "currency": "GBP",
        },
        {
            "exit": "HOLD-OTHER",
            "kind": "hold",
            "categories": other,
            "value_share_of_cost": 0.2,
            "currency": "GBP",
        },
        {"exit": "JOBBER", "kind": "jobber", "value_share_of_tag": 0.05, "currency": "GBP"},
        {"exit": "DONATE", "kind": "donate", "currency": "GBP"},
    ]


def _provenance() -> list[Row]:
    uci = "UCI Online Retail II (D. Chen, CC BY 4.0), December 2009 to November 2010"
    said = (
        ("scenario", "", "Made for this scenario", "assumption", ""),
        ("currencies", "", "ISO 4217", "sourced", ""),
        ("exchange_rates", "", "Invoices are in sterling", "sourced", ""),
        ("brands", "", "Two ranges of one wholesaler", "assumption", ""),
        ("lots", "", "Made for this scenario", "assumption", "weights and volumes by category"),
        ("lots", "description", uci, "sourced", ""),
        ("lots", "category", uci, "derived", "from the words of the description"),
        ("lots", "tag", uci, "derived", "highest price paid, at most three times the average"),
        ("lots", "unit_cost", "Half of the average price", "assumption", ""),
        ("lots", "units", "Share of what was sold", "assumption", "30 % of autumn, 50 % of a year"),
        ("age_factors", "", "Goods of the year", "assumption", ""),
        ("sites", "", "Made for this scenario", "assumption", ""),
        ("legs", "", "Made for this scenario", "assumption", ""),
        ("markets", "", "Invoice prices carry no VAT", "derived", ""),
        ("markets", "import_vat_rate", "Rates of 2010-11 as remembered", "assumption", ""),
        ("channels", "", "Made for this scenario", "assumption", ""),
        ("channel_terms", "", "Made for this scenario", "assumption", ""),
        (
            "channel_terms",
            "elasticity",
            "Prior: mean of -2.62 over 1,851 estimates (Bijmolt, van Heerde and Pieters 2005)",
            "assumption",
            "not identified here: naive estimates -4 to -23 abroad, -0.04 to -2.2 at home",
        ),
        ("reference_prices", "", uci, "derived", "average paid price, product and country"),
        ("ladders", "", "Made for this scenario", "assumption", ""),
        ("demand", "", uci, "derived", "one-off bulk orders left out"),
        ("season_factors", "", uci, "derived", "one year, all goods and countries together"),
        ("duties", "", "Nothing inside the European Union, 4 to 5 % elsewhere", "assumption", ""),
        ("exits", "", "Made for this scenario", "assumption", ""),
    )
    fields = ("table", "field", "source", "confidence", "note")
    return [dict(zip(fields, row, strict=True)) for row in said]


# --- writing

HEADER = f"""\
scenario: gift-leftovers
title: "A UK gift wholesaler on 1 December 2010 with Christmas and slow goods left"
start_date: {START}
periods: {PERIODS}
days_per_period: {DAYS_PER_PERIOD}
currency: GBP
perspective: brand
cost_of_money_per_year: 0.05
as_of: 2010-11-30
home_country: GB
home_vat_rate: 0
insurance_rate: 0.002
longest_wait_periods: 1
"""


def readme(
    lots: list[Left], countries: dict[str, Country], *, excluded: int, bulk: list[Sale]
) -> str:
    """The README of the built folder."""
    christmas = [lot for lot in lots if lot.season == "XMAS"]
    named = ", ".join("Ireland" if name == "EIRE" else name for name in countries)
    counts = ", ".join(
        f"{category} {sum(lot.category == category for lot in lots)}"
        for category in sorted({lot.category for lot in lots})
    )
    return f"""\
# gift-leftovers

Built by `scenarios/gift_leftovers.py`; do not edit, build again. Real products, countries, prices and quantities of a
UK gift wholesaler (UCI "Online Retail II", D. Chen, CC BY 4.0), December 2009 to November 2010. The plan starts on
1 December 2010 and runs for {PERIODS} periods of {DAYS_PER_PERIOD} days.

- **{len(lots)} lots, {sum(lot.units for lot in lots):,} units**: {len(christmas)} of Christmas, {len(lots) - len(christmas)} slow.
  Categories by words: {counts}.
- **{len(countries)} markets**: {named}.

## Rules of the build

| what | rule |
|---|---|
| Christmas lot | a Christmas word in the description and {CHRISTMAS_LEAST_UNITS} units or more sold from September to November |
| slow lot | {SLOW_LEAST_UNITS} units or more sold in the year, and autumn at {SLOW_PACE:.0%} of the yearly pace or less |
| which | the {CHRISTMAS_LOTS} and {SLOW_LOTS} worth most (units left x average price) |
| units left (assumption) | {CHRISTMAS_LEFT:.0%} of what Christmas goods sold in autumn; {SLOW_LEFT:.0%} of what slow goods sold in the year |
| market | {LEAST_PRODUCT_MONTHS} product-months of sales or more; sales without a country are left out |
| demand | units the lots' own products sold in the country in the year, per period; season: last year's month over its mean, all goods and countries together |
| reference price | average price paid for the product in the country, else for the product anywhere |
| tag | highest price paid, at most three times the average |

## Traps

- **The elasticity cannot be read from these invoices.** Naive log-log estimates run from -4 to -23 abroad and from -0.04 to -2.2 at
  home, depending on the price used: large orders get lower prices, so quantity drives price as much as price drives quantity. The
  scenario uses a prior, -{ELASTICITY} (mean of 1,851 published estimates, Bijmolt, van Heerde and Pieters 2005). Try 1.5 and 4 before
  believing a price.
- {excluded:,} rows are no goods, have no name, or have no price (postage, samples, vouchers, manual entries) and are left out.
- {len(bulk):,} rows ({sum(sale.units for sale in bulk):,} units) are one-off bulk orders and are left out: {BULK_UNITS_PER_ORDER} units an order or more and
  {BULK_TIMES_TYPICAL} times the product's usual order.
- Country totals moved by factors of two to four from year to year, in both directions. One year is one draw.
- Some codes are written in two ways (85049a, 85049A); they are one product.
- Returns are not in the file.
- Slow goods sold half as fast in autumn as over the year; demand from the whole year flatters them.
- A pool holds only what the lots' products sold themselves: customers of other products are not counted.

## Assumptions

Prices are wholesale prices in sterling without VAT, so no VAT stands in a shelf price. Freight: road GBP 70 to 150 per cbm, sea 110 to
130, air 2.50 to 4.50 per kg; transit 2 to 42 days. Duty 0 in the European Union and its customs area, Switzerland and Norway, 4 % USA,
5 % Australia and the Emirates; import VAT recoverable. Weights and volumes by category. Cost half of the average price. Stock held at the
end is worth 40 % of cost for Christmas goods (next winter comes), 20 % for others; a jobber pays 5 % of the tag. Commission 5 %
at home, marketplace fee 10 % abroad, payment 2 %, returns 2 %, bad debt 1 %. The dispatch hall could clear everything in half the time.
"""


def write_csv(path: Path, rows: list[Row]) -> None:
    """A table, with the columns its rows name."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())
