"""A cell of a file -> the value of a field, or what is wrong with it; and the way back."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from planner.domain.check import did_you_mean
from planner.domain.records import Record, meaning


@dataclass(frozen=True)
class Fault:
    """What is wrong with a cell and what would put it right."""

    problem: str
    remedy: str


@dataclass(frozen=True)
class Column:
    """A field as a reader and a dictionary see it."""

    name: str
    kind: type
    """str, int, float, bool, date, tuple, or the StrEnum of a closed set."""
    is_key: bool
    is_currency: bool
    optional: bool
    required: bool
    default: Any
    least: float | None
    most: float | None
    above: float | None
    """The value must be greater than this."""
    unit: str
    record: type[Record]
    meaning_zh: str

    @property
    def meaning_en(self) -> str:
        """What the field means, one sentence or two."""
        return meaning(self.record, self.name)


BLANK = object()
"""What `read_cell` returns for a blank cell whose field has a default."""

INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?(?<=\d)(e[+-]?\d{1,3})?")
ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})([T ]00:00(:00(\.0+)?)?)?")
YES = {"1", "true", "yes", "是"}
NO = {"0", "false", "no", "否"}
LONGEST_NUMBER_IN_TEXT = 1e15
"""Excel keeps 15 digits; a longer number in a text column has already lost some."""
LARGEST_READ = 1e15
"""A number beyond this is refused here; the field's own limit is far below it."""
CURRENCY_WORDS = {
    "RMB": "CNY",
    "CNH": "CNY",
    "人民币": "CNY",
    "元": "CNY",
    "¥": "CNY",
    "$": "USD",
    "€": "EUR",
    "美元": "USD",
    "欧元": "EUR",
}


@cache
def columns(record: type[Record]) -> tuple[Column, ...]:
    """The fields of a record in order."""
    return tuple(_column(record, name, field) for name, field in record.model_fields.items())


def read_cell(cell: object, column: Column) -> Any:
    """The value of a cell, `BLANK` where the field's default applies, or a `Fault`."""
    if isinstance(cell, Fault):
        return cell
    if is_blank(cell):
        if column.required:
            return Fault("is blank.", f"Give {_wanted(column)}.")
        return BLANK
    if column.kind is str:
        return _currency(cell) if column.is_currency else _text(cell)
    if column.kind is tuple:
        return _entries(cell)
    if column.kind is date:
        return _day(cell)
    if column.kind is bool:
        return _yes_or_no(cell)
    if column.kind in (int, float):
        return _number(cell, column)
    return _word(cell, column.kind)


def is_blank(cell: object) -> bool:
    """Whether a cell is empty or holds nothing but blanks."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def tidy(text: str) -> str:
    """Full-width characters made plain, invisible ones and outer blanks taken off."""
    return unicodedata.normalize("NFKC", text).translate(INVISIBLE).strip()


def csv_text(value: object) -> str:
    """The text that `read_cell` reads back as the same value."""
    plain = excel_value(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "1" if plain else "0"
    return repr(plain) if isinstance(plain, float) else str(plain)


def excel_value(value: object) -> str | int | float | bool | date | None:
    """The same as a cell of a workbook: lists joined by ';', closed sets as text."""
    if isinstance(value, tuple):
        return ";".join(value)
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, str | int | float | date):
        return value
    raise TypeError(f"No cell holds {value!r}.")


def plain_faults(error: ValidationError, record: type[Record]) -> Iterator[tuple[str, Fault]]:
    """What pydantic found, field by field, in plain sentences."""
    by_name = {column.name: column for column in columns(record)}
    for detail in error.errors(include_url=False):
        name = str(detail["loc"][0]) if detail["loc"] else ""
        column = by_name.get(name)
        wanted = f"Give {_wanted(column)}." if column else "Leave it out."
        yield name, _plain_fault(detail["type"], detail.get("ctx", {}), detail["input"], wanted)


def _plain_fault(kind: str, limits: dict[str, Any], value: object, wanted: str) -> Fault:
    shown = _shown(value)
    match kind:
        case "missing":
            return Fault("is blank.", wanted)
        case "greater_than_equal":
            return Fault(f"{shown} is below {_figure(limits['ge'])}.", wanted)
        case "greater_than":
            return Fault(f"{shown} is not above {_figure(limits['gt'])}.", wanted)
        case "less_than_equal":
            return Fault(f"{shown} is above {_figure(limits['le'])}.", wanted)
        case "finite_number":
            return Fault(f"{shown} is not a finite number.", wanted)
        case "string_too_long":
            return Fault(
                f"The text is longer than {limits['max_length']} characters.", "Shorten it."
            )
        case "string_too_short":
            return Fault("is blank.", wanted)
        case "string_pattern_mismatch" if limits["pattern"].startswith("^[A-Z]"):
            return _currency_fault(str(value))
        case "string_pattern_mismatch":
            return Fault(f"{shown} contains ';' or '*'.", "Use a name without them.")
        case "value_error":
            return Fault(f"{shown} {limits['error']}.", "Correct it.")
        case "extra_forbidden":
            return Fault("is not a field.", wanted)
    return Fault(f"{shown} does not fit the field.", wanted)


def _column(record: type[Record], name: str, field: FieldInfo) -> Column:
    kind, optional, limits = _unwrap(field.annotation)
    limits = [*field.metadata, *limits]
    extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    return Column(
        name=name,
        kind=kind,
        is_key=name in record.key_fields,
        is_currency=any(getattr(limit, "pattern", None) == "^[A-Z]{3}$" for limit in limits),
        optional=optional,
        required=field.is_required(),
        default=None if field.is_required() else field.default,
        least=_limit(limits, "ge"),
        most=_limit(limits, "le"),
        above=_limit(limits, "gt"),
        unit=str(extra.get("unit", "")),
        record=record,
        meaning_zh=str(extra.get("zh", "")),
    )


def _unwrap(annotation: Any) -> tuple[type, bool, list[Any]]:
    """The plain type of an annotation, whether None is allowed, and its limits."""
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *marks = get_args(annotation)
        kind, optional, limits = _unwrap(inner)
        nested = [m for mark in marks if isinstance(mark, FieldInfo) for m in mark.metadata]
        return kind, optional, [*limits, *marks, *nested]
    if origin in (Union, UnionType):
        (inner,) = (part for part in get_args(annotation) if part is not NoneType)
        kind, _, limits = _unwrap(inner)
        return kind, True, limits
    return origin or annotation, False, []


def _limit(limits: list[Any], name: str) -> float | None:
    found = [getattr(limit, name) for limit in limits if getattr(limit, name, None) is not None]
    return found[0] if found else None


def _wanted(column: Column) -> str:
    """What a field takes, in words, to follow "Give"."""
    if issubclass(column.kind, StrEnum):
        return "one of: " + ", ".join(column.kind)
    if column.is_currency:
        return "a currency code such as CNY"
    if column.kind in (int, float):
        noun = "a whole number" if column.kind is int else "a number"
        if column.above is not None:
            return f"{noun} above {_figure(column.above)}"
        if column.most is not None and column.most <= 1000 and column.least is not None:
            return f"{noun} from {_figure(column.least)} to {_figure(column.most)}"
        return f"{noun} of {_figure(column.least)} or more" if column.least == 0 else noun
    words = {date: "a date such as 2026-01-31", bool: "1 or 0", tuple: "names parted by ';'"}
    return words.get(column.kind, "a text")


def _figure(number: float | None) -> str:
    return "" if number is None else f"{number:,.15g}"


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"'{text}'" if isinstance(value, str) else text


def _text(cell: object) -> str | Fault:
    if isinstance(cell, str):
        return str(cell)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return Fault(f"{_shown(cell)} is not text.", "Format the column as text and retype it.")
    if not math.isfinite(cell) or cell != int(cell):
        return Fault(f"{cell} is a number in a text column.", "Format the column as text.")
    if abs(cell) >= LONGEST_NUMBER_IN_TEXT:
        problem = f"{cell:.0f} is a number too long for Excel; digits may be lost."
        return Fault(problem, "Format the column as text and retype it.")
    return str(int(cell))


def _currency(cell: object) -> str | Fault:
    text = _text(cell)
    if isinstance(text, Fault):
        return text
    code = tidy(text)
    return code if re.fullmatch("[A-Z]{3}", code) else _currency_fault(code)


def _currency_fault(code: str) -> Fault:
    meant = CURRENCY_WORDS.get(code.upper(), code.upper())
    known = re.fullmatch("[A-Z]{3}", meant)
    remedy = f"Did you mean '{meant}'?" if known else "Use a code such as CNY."
    return Fault(f"'{code}' is not a three-letter currency code.", remedy)


def _entries(cell: object) -> tuple[str, ...] | Fault:
    if isinstance(cell, list | tuple):
        return tuple(str(entry) for entry in cell)
    text = _text(cell)
    if isinstance(text, Fault):
        return text
    entries = [entry.strip() for entry in text.split(";")]
    if not entries[-1]:
        entries.pop()
    if not all(entries):
        return Fault(f"{_shown(text)} has an empty entry.", "Put one ';' between two names.")
    return tuple(entries)


def _day(cell: object) -> date | Fault:
    if isinstance(cell, datetime):
        if cell.time() == datetime.min.time():
            return cell.date()
        return Fault(f"{cell} has a time of day.", f"Use {cell.date()}.")
    if isinstance(cell, date):
        return cell
    if not isinstance(cell, str):
        problem = f"{_shown(cell)} is not a date."
        return Fault(problem, "Format the cell as a date, or write 2026-01-31.")
    iso = ISO_DATE.fullmatch(tidy(cell))
    try:
        if iso:
            return date.fromisoformat(iso[1])
    except ValueError:
        return Fault(f"There is no day {_shown(cell)}.", "Write a day such as 2026-01-31.")
    problem = f"{_shown(cell)} may be read in more than one way, or is no date."
    return Fault(problem, "Write year, month and day as 2026-01-31.")


def _yes_or_no(cell: object) -> bool | Fault:
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float) and cell in (0, 1):
        return bool(cell)
    word = tidy(cell).casefold() if isinstance(cell, str) else ""
    if word in YES or word in NO:
        return word in YES
    return Fault(f"{_shown(cell)} is neither yes nor no.", "Use 1 or 0.")


def _word(cell: object, words: type) -> Any:
    text = tidy(cell) if isinstance(cell, str) else _shown(cell)
    options = list(get_words(words))
    if text in options:
        return words(text)
    otherwise = f"Use one of: {', '.join(options)}."
    return Fault(f"'{text}' is not allowed here.", did_you_mean(text, options, otherwise=otherwise))


def get_words(words: type) -> tuple[str, ...]:
    """The words of a closed set."""
    return tuple(member.value for member in words) if issubclass(words, StrEnum) else ()


def _number(cell: object, column: Column) -> int | float | Fault:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return Fault(f"{_shown(cell)} is not a number.", f"Give {_wanted(column)}.")
    number = _number_in_text(cell, column) if isinstance(cell, str) else cell
    if isinstance(number, Fault):
        return number
    if not math.isfinite(number):
        return Fault(f"{_shown(cell)} is not a finite number.", f"Give {_wanted(column)}.")
    if abs(number) > LARGEST_READ:
        return Fault(f"{_shown(cell)} is too large.", f"Give {_wanted(column)}.")
    if column.kind is float:
        return float(number)
    if number != int(number):
        below = math.floor(number)
        problem = f"{_shown(cell)} is not a whole number."
        return Fault(problem, f"Use {below} or {below + 1}.")
    return int(number)


def _number_in_text(cell: str, column: Column) -> float | Fault:
    text = tidy(cell)
    share = text.endswith("%")
    digits = text.removesuffix("%").rstrip()
    if not digits or not NUMBER.fullmatch(digits.lower()):
        return _number_fault(cell, text, column)
    value = Decimal(digits.replace(",", ""))
    if share:
        if column.kind is int or column.most is None or column.most > 10:
            return Fault(f"{_shown(cell)} is a percentage.", f"Give {_wanted(column)}.")
        value /= 100
    return float(value)


def _number_fault(cell: str, text: str, column: Column) -> Fault:
    """The likeliest meaning of a text that is no number, as advice."""
    remedy = f"Give {_wanted(column)}."
    factors = {"万": 10_000, "千": 1_000, "亿": 100_000_000, "k": 1_000}
    if found := re.fullmatch(r"\((\d+(?:\.\d+)?)\)", text):
        remedy = f"Write -{found[1]} if it is negative."
    elif found := re.fullmatch(r"(\d+(?:\.\d+)?)\s*([万千亿kK])\D*", text):
        remedy = f"Write {Decimal(found[1]) * factors[found[2].lower()]:f}."
    elif re.fullmatch(r"\d+(_\d+)+", text):
        remedy = f"Write {text.replace('_', '')}."
    elif found := re.fullmatch(r"(\d{1,3}(?:\.\d{3})+),(\d+)", text):
        remedy = f"Write {found[1].replace('.', '')}.{found[2]}."
    elif found := re.fullmatch(r"(\d+),(\d{1,2})", text):
        remedy = f"Write {found[1]}.{found[2]} if the comma is a decimal point."
    elif found := re.fullmatch(r"[^\d.,+-]*([+-]?[\d,]*\d(?:\.\d+)?)[^\d.,]*", text):
        remedy = f"Write {found[1].replace(',', '')} without sign or unit."
    return Fault(f"{_shown(cell)} is not a number.", remedy)
