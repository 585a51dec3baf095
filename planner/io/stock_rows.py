"""The rows of a stock list -> lots, the rows rejected with their reasons, and the rows ignored.

Every row of a sheet below and above its header is one of the three; none is dropped in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from planner.domain.columns import CURRENCY_WORDS, Fault, columns, plain_faults, tidy
from planner.domain.records import Lot
from planner.errors import Finding
from planner.io.cells import BLANK, is_blank, read_cell
from planner.io.grids import Cell, Grid
from planner.io.stock_columns import SIZE, UNITS_OF_SIZE, StockLayout, heading_of
from planner.language import english

TOTALS = re.compile(
    r".*(合计|总计|小计|总数)[:：]?|(grand |sub)?-?totals?( .*)?|.* (sub)?totals?|sum",
    re.IGNORECASE,
)
DITTO = ("同上", "〃", '"', "″", "ditto")
NAMES = ("lot", "sku", "style")
"""A row of goods has at least one of these."""
FIRST_SERIAL, LAST_SERIAL = 36_526, 73_415
"""Excel's numbers of 1 January 2000 and 31 December 2100."""
SERIAL_ZERO = date(1899, 12, 30)
TO_KG = {
    "kg": "1",
    "公斤": "1",
    "千克": "1",
    "g": "0.001",
    "克": "0.001",
    "斤": "0.5",
    "lb": "0.45359237",
    "lbs": "0.45359237",
    "oz": "0.028349523125",
}
TO_CBM = {
    "cbm": "1",
    "m3": "1",
    "立方米": "1",
    "方": "1",
    "cm3": "0.000001",
    "立方厘米": "0.000001",
    "l": "0.001",
    "升": "0.001",
}
TO_UNITS = {
    "件": "1",
    "双": "1",
    "个": "1",
    "条": "1",
    "套": "1",
    "pcs": "1",
    "pc": "1",
    "units": "1",
    "unit": "1",
    "pairs": "1",
}
BOXES = ("箱", "ctn", "ctns", "cartons", "carton")
MEASURES = {"kg": TO_KG, "cbm": TO_CBM, "units": TO_UNITS}
MONEY = {"tag": "tag_currency", "unit_cost": "unit_cost_currency"}
CURRENCY_MARKS: dict[str, str] = {
    **CURRENCY_WORDS,
    **{
        "US$": "USD",
        "HK$": "HKD",
        "S$": "SGD",
        "A$": "AUD",
        "£": "GBP",
        "￥": "CNY",
        "港币": "HKD",
    },
}
SEASONS = {
    "winter": ("秋冬", "冬", "秋", "aw", "fw", "fall", "autumn", "winter"),
    "summer": ("春夏", "夏", "春", "ss", "spring", "summer"),
}
YEAR = re.compile(
    r"(?<!\d)(20\d\d)(?!\d)|(?<!\d)(\d\d)(?=\s*(?:aw|fw|ss|秋|冬|春|夏|年))", re.IGNORECASE
)


class Sizes(StrEnum):
    """What becomes of sizes across columns."""

    ROWS = "rows"
    """A lot for each size with units."""
    RUN = "run"
    """One lot with the units of all sizes; its size curve is the share of sizes in stock."""


@dataclass(frozen=True)
class Ignored:
    """A row that is no goods: a title, the header, a total, a blank line, a note."""

    sheet: str
    row: int
    reason: str


@dataclass
class StockRows:
    """The rows of one or more sheets of a stock list."""

    lots: list[dict[str, Any]] = field(default_factory=list)
    """Field -> value, of the fields the list gives; sizes across columns are lots of their own."""
    places: list[tuple[str, int]] = field(default_factory=list)
    """Sheet and row of each lot."""
    rejected: list[Finding] = field(default_factory=list)
    """One or more reasons a row is not taken; the finding's table is its sheet."""
    ignored: list[Ignored] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was read in a way that should be looked at, in words."""

    def counts(self) -> dict[str, int]:
        """Rows accepted, rejected, ignored; together all the rows there are."""
        accepted, rejected = set(self.places), {(found.table, found.row) for found in self.rejected}
        return {
            "accepted": len(accepted),
            "rejected": len(rejected),
            "ignored": len(self.ignored),
        }


def read_rows(
    grid: Grid,
    layout: StockLayout,
    sizes: Sizes = Sizes.ROWS,
    seasons: Sequence[str] = (),
    into: StockRows | None = None,
) -> StockRows:
    """The rows of a sheet under its layout, added to those of other sheets.

    `seasons` are the words the scenario uses; '24AW' and 秋冬 become one of them where they can.
    """
    found = StockRows() if into is None else into
    reader = _Reader(grid, layout, sizes, seasons, found)
    last = max((number for number, _ in grid.rows), default=0)
    by_number = dict(grid.rows)
    for number in range(1, last + 1):
        reader.read(number, by_number.get(number, ()))
    if hidden := sum(number in by_number for number in grid.hidden_rows):
        found.notes.append(
            english(
                "{title}: {hidden} hidden rows were read like the others.",
                title=grid.title,
                hidden=hidden,
            )
        )
    return found


class _Reader:
    """One sheet while its rows are read."""

    def __init__(
        self,
        grid: Grid,
        layout: StockLayout,
        sizes: Sizes,
        seasons: Sequence[str],
        found: StockRows,
    ) -> None:
        self.grid, self.layout, self.sizes, self.found = grid, layout, sizes, found
        self.seasons = {season.casefold(): season for season in seasons}
        self.at = {
            each.field: each.column
            for each in reversed(layout.columns)
            if each.field not in ("", UNITS_OF_SIZE)
        }
        self.size_columns = {each.column: each.heading for each in layout.of(UNITS_OF_SIZE)}
        self.headings = {each.field: each.heading for each in layout.columns}
        self.above: dict[str, Cell] = {}
        self.seen: dict[tuple[Any, ...], int] = {}

    def read(self, number: int, cells: Sequence[Cell]) -> None:
        """Sorts one row into lots, rejected or ignored."""
        reason = self._ignored(number, cells)
        if reason:
            self.found.ignored.append(Ignored(self.grid.title, number, reason))
            return
        given, faults = self._values(number, cells)
        counts, size_faults = self._by_size(number, cells)
        faults += size_faults
        if not any(name in given for name in NAMES) and not any(n in NAMES for n, _ in faults):
            fault = Fault(
                english("The row has no lot, sku or style."),
                english("Name the goods, or delete the row."),
            )
            faults.append(("sku", fault))
        if "units" not in given and not counts and not any(n == "units" for n, _ in faults):
            faults.append(
                (
                    "units",
                    Fault(english("The row has no units."), english("Give the units; 0 = none.")),
                )
            )
        same = self._same_as(number, given, counts)
        if same and not faults:
            problem = english("The row says the same as row {same}, word for word.", same=same)
            faults.append(("", Fault(problem, english("Delete one of them, or tell them apart."))))
        for name, fault in faults:
            self.found.rejected.append(
                Finding(self.grid.title, number, name, fault.problem, fault.remedy)
            )
        if not faults:
            self._accept(number, given, counts)

    def _ignored(self, number: int, cells: Sequence[Cell]) -> str:
        """Why a row is no goods; '' where it may be."""
        filled = [cell for cell in cells if not is_blank(cell)]
        if not filled:
            return english("blank")
        if number < self.layout.header_first:
            return english("above the header")
        if number <= self.layout.header_last:
            return english("header")
        texts = [tidy(cell) for cell in filled if isinstance(cell, str)]
        named = [self._cell(cells, name) for name in NAMES if name in self.at]
        first = texts[0] if texts else ""
        named_total = all(is_blank(cell) or cell == filled[0] for cell in named)
        if TOTALS.fullmatch(first) and named_total:
            return english("total")
        by_field = {
            each.field: heading_of(each.heading) for each in self.layout.columns if each.field
        }
        again = [
            heading_of(self._cell(cells, name)) == heading
            for name, heading in by_field.items()
            if name in self.at
        ]
        if again and sum(again) >= max(2, len(again) - 1):
            return english("header repeated")
        if len(filled) == 1 and len(texts) == 1 and len(self.at) > 1:
            return english("a note: {first}", first=first[:60])
        units = [self._cell(cells, "units"), *(_get(cells, at) for at in self.size_columns)]
        if all(map(is_blank, named)) and not texts and not all(map(is_blank, units)):
            return english("total")
        return ""

    def _cell(self, cells: Sequence[Cell], name: str) -> Cell:
        return _get(cells, self.at[name]) if name in self.at else None

    def _values(
        self, number: int, cells: Sequence[Cell]
    ) -> tuple[dict[str, Any], list[tuple[str, Fault]]]:
        """Field -> value of the fields a row gives, and what is wrong with the others."""
        given: dict[str, Any] = {}
        faults: list[tuple[str, Fault]] = []
        for name in self.at:
            if name == "units" and self.size_columns:
                continue
            cell = self._filled(number, cells, name)
            if is_blank(cell):
                continue
            self.above[name] = cell
            value = self._value(name, cell, cells, given)
            if isinstance(value, Fault):
                faults.append((name, value))
            elif value is not BLANK:
                given[name] = value
        self._year_and_season(given)
        bad = {name for name, _ in faults}
        faults += [(name, fault) for name, fault in _misfits(given) if name not in bad]
        return given, faults

    def _filled(self, number: int, cells: Sequence[Cell], name: str) -> Cell:
        """A cell; merged with those above or written as 'ditto' it says what they say."""
        cell, column = self._cell(cells, name), self.at[name]
        if isinstance(cell, str) and tidy(cell) in DITTO:
            return self.above.get(name)
        if is_blank(cell):
            for top, left, bottom, right in self.grid.merged:
                if top < number <= bottom and left <= column + 1 <= right:
                    if name == "units":
                        words = english(
                            "The units of rows {top} to {bottom} are merged into one cell.",
                            top=top,
                            bottom=bottom,
                        )
                        return Fault(words, english("Unmerge them and give each row its own."))
                    return self.above.get(name)
        return cell

    def _value(self, name: str, cell: Cell, cells: Sequence[Cell], given: dict[str, Any]) -> Any:
        """What a cell says in the unit of its field."""
        if isinstance(cell, Fault):
            return cell
        if name == SIZE:
            return _name(cell)
        if name in NAMES or name == "model":
            return read_cell(_name(cell) if isinstance(cell, float) else cell, _COLUMNS[name])
        if name in MONEY:
            return self._money(name, cell, given)
        if name in MEASURES:
            cell = self._measured(name, cell, cells)
        elif name == "expiry":
            cell = _day(cell)
        elif name == "vintage_year" and not isinstance(cell, int | float):
            cell = _year(cell)
        elif name.endswith("currency") and isinstance(cell, str):
            cell = CURRENCY_MARKS.get(tidy(cell).upper(), tidy(cell).upper())
        elif name == "labels" and isinstance(cell, str):
            cell = re.sub(r"\s*[,，、/]\s*", ";", cell)
        elif isinstance(cell, str):
            cell = tidy(cell)
        return cell if isinstance(cell, Fault) else read_cell(cell, _COLUMNS[name])

    def _money(self, name: str, cell: Cell, given: dict[str, Any]) -> Any:
        """An amount, and the currency that stands beside it in the cell or in the heading."""
        said = [_currency_in(self.headings[name])]
        if isinstance(cell, str):
            cell, mark = _without_mark(tidy(cell))
            said.append(mark)
        for mark in filter(None, said):
            other = given.setdefault(MONEY[name], mark)
            if other != mark:
                problem = english(
                    "The amount is in {mark}, its heading or column says {other}.",
                    mark=mark,
                    other=other,
                )
                return Fault(problem, english("Make the two agree."))
        return read_cell(cell, _COLUMNS[name])

    def _measured(self, name: str, cell: Cell, cells: Sequence[Cell]) -> Cell:
        """A number in the unit of its field: the unit stands in the cell or in the heading."""
        factors = MEASURES[name]
        unit = _unit_in(self.headings[name], factors)
        if isinstance(cell, str):
            text = tidy(cell).casefold().replace("³", "3")
            found = re.fullmatch(r"([\d.,]+)\s*([^\d.,\s]\S*)", text)
            if found and name == "units" and found[2] in BOXES:
                return self._boxes(found[1], cells)
            if found and found[2] in factors:
                cell, unit = found[1], found[2]
        if unit is None or factors[unit] == "1":
            return cell
        number = read_cell(cell, _COLUMNS[name])
        if isinstance(number, Fault):
            return number
        return float(Decimal(str(number)) * Decimal(factors[unit]))

    def _boxes(self, count: str, cells: Sequence[Cell]) -> Cell:
        """Units of so many cartons, where the row says what a carton holds."""
        each = read_cell(self._cell(cells, "units_per_carton"), _COLUMNS["units_per_carton"])
        boxes = read_cell(count, _COLUMNS["units"])
        if isinstance(each, int) and isinstance(boxes, int):
            return each * boxes
        return Fault(
            english("The units are in cartons of unknown content."), english("Give them in pieces.")
        )

    def _year_and_season(self, given: dict[str, Any]) -> None:
        """'24AW' says a year and a season; seasons are called as in the scenario."""
        told = str(given.get("season", ""))
        if not told:
            return
        if "vintage_year" not in given and isinstance(year := _year(told), int):
            given["vintage_year"] = year
        if told.casefold() in self.seasons:
            given["season"] = self.seasons[told.casefold()]
            return
        for season, words in SEASONS.items():
            if season in self.seasons and any(word in told.casefold() for word in words):
                given["season"] = self.seasons[season]
                return

    def _by_size(
        self, number: int, cells: Sequence[Cell]
    ) -> tuple[dict[str, int], list[tuple[str, Fault]]]:
        """Units by size, of the columns of sizes; none for a list without them."""
        counts: dict[str, int] = {}
        faults: list[tuple[str, Fault]] = []
        for column, size in self.size_columns.items():
            cell = _get(cells, column)
            if is_blank(cell) or (isinstance(cell, str) and tidy(cell) in ("-", "/")):
                continue
            value = read_cell(cell, _COLUMNS["units"])
            if isinstance(value, Fault):
                faults.append(
                    (
                        "units",
                        Fault(
                            english("Size {size}: {problem}", size=size, problem=value.problem),
                            value.remedy,
                        ),
                    )
                )
            elif value < 0:
                fault = Fault(
                    english("Size {size}: {value} is below 0.", size=size, value=value),
                    english("Give a whole number."),
                )
                faults.append(("units", fault))
            else:
                counts[size] = value
        return counts, faults

    def _same_as(self, number: int, given: Mapping[str, Any], counts: Mapping[str, int]) -> int:
        """An earlier row that says exactly the same; 0 where there is none."""
        said = (*sorted((name, str(value)) for name, value in given.items()), *counts.items())
        return 0 if (first := self.seen.setdefault(said, number)) == number else first

    def _accept(self, number: int, given: dict[str, Any], counts: Mapping[str, int]) -> None:
        size = given.pop(SIZE, "")
        lots: list[dict[str, Any]] = []
        if not self.size_columns:
            lots.append(_of_size(given, str(size)) if size else given)
        elif self.sizes is Sizes.RUN:
            curve = sum(units > 0 for units in counts.values()) / len(self.size_columns)
            lots.append({**given, "units": sum(counts.values()), "size_curve": curve})
        else:
            lots += [
                {**_of_size(given, size), "units": units} for size, units in counts.items() if units
            ]
        lots = [lot for lot in lots if lot["units"] > 0]
        if not lots:
            self.found.ignored.append(
                Ignored(self.grid.title, number, english("no units in stock"))
            )
        self.found.lots += lots
        self.found.places += [(self.grid.title, number)] * len(lots)


_COLUMNS = {column.name: column for column in columns(Lot)}


def _of_size(given: Mapping[str, Any], size: str) -> dict[str, Any]:
    """A row's goods in one size: the size is added to the names of lot and sku."""
    base = given.get("sku", given.get("style", given.get("lot")))
    named = {"sku": f"{base}-{size}", "style": given.get("style", base)}
    if "lot" in given:
        named["lot"] = f"{given['lot']}-{size}"
    return {**given, **named}


def _misfits(given: Mapping[str, Any]) -> Iterator[tuple[str, Fault]]:
    """Values beyond what their field takes."""
    known = {name: value for name, value in given.items() if name in Lot.model_fields}
    try:
        Lot.model_validate(known)
    except ValidationError as error:
        for name, fault in plain_faults(error, Lot):
            if name in known:
                yield name, fault


def _get(cells: Sequence[Cell], at: int) -> Cell:
    return cells[at] if at < len(cells) else None


def _name(cell: Cell) -> str:
    """A name kept as a number by the spreadsheet is text again."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return tidy(str(cell))


def _day(cell: Cell) -> Cell:
    """A date: also as Excel's number, as 20270331 and as 2027/3/31 or 2027年3月31日."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        if FIRST_SERIAL <= cell <= LAST_SERIAL:
            return SERIAL_ZERO + timedelta(days=int(cell))
        cell = str(int(cell))
    if isinstance(cell, str):
        text = tidy(cell)
        found = re.fullmatch(r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})日?", text)
        found = found or re.fullmatch(r"(20\d\d)(\d\d)(\d\d)", text)
        try:
            return date(*map(int, found.groups())) if found else cell
        except ValueError:
            return cell
    return cell


def _year(cell: Cell) -> Cell:
    if isinstance(cell, date | datetime):
        return cell.year
    found = YEAR.search(tidy(str(cell)))
    if not found:
        return cell
    return int(found[1]) if found[1] else 2000 + int(found[2])


def _unit_in(heading: str, factors: Mapping[str, str]) -> str | None:
    """The unit in the brackets of a heading, or its last word: '重量（克）', 'Weight g'."""
    text = tidy(heading).casefold().replace("³", "3")
    brackets = re.findall(r"[(\[](.*?)[)\]]", text)
    words = [*brackets, *re.split(r"[\s/_]+", text)[-1:]]
    return next((word for word in words if word in factors), None)


def _currency_in(heading: str) -> str:
    """The currency in a heading: '吊牌价(元)', 'Tag USD'."""
    text = tidy(heading).upper()
    words = [*re.findall(r"[(\[](.*?)[)\]]", text), *re.split(r"[\s/_()\[\]]+", text)]
    for word in words:
        if word in CURRENCY_MARKS:
            return CURRENCY_MARKS[word]
        if word in CURRENCY_CODES:
            return str(word)
    return ""


def _without_mark(text: str) -> tuple[str, str]:
    """An amount and the currency written before or after it: 'USD 89.00', '899元'."""
    found = re.fullmatch(r"([^\d.,+-]*)([\d.,+-]+)\s*([^\d.,]*)", text)
    if not found:
        return text, ""
    for mark in (found[1].strip().upper(), found[3].strip().upper()):
        code = CURRENCY_MARKS.get(mark, mark if mark in CURRENCY_CODES else "")
        if code:
            return found[2], code
    return text, ""


CURRENCY_CODES = frozenset(
    (
        *(
            "CNY",
            "USD",
            "EUR",
            "GBP",
            "HKD",
            "SGD",
            "JPY",
            "KRW",
            "AUD",
            "CAD",
            "THB",
            "VND",
            "IDR",
        ),
        *(
            "MYR",
            "PHP",
            "INR",
            "AED",
            "SAR",
            "ZAR",
            "BRL",
            "MXN",
            "RUB",
            "KZT",
            "TRY",
            "EGP",
            "KES",
        ),
        *("NGN", "PLN", "CHF", "NZD", "TWD"),
    )
)
"""Codes looked for beside an amount."""


def counted(rows: Sequence[Ignored]) -> dict[str, int]:
    """Reason -> number of ignored rows; notes count together."""
    return dict(Counter(row.reason.split(":")[0] for row in rows))
