"""A cell of a file -> the value of a field, or what is wrong with it; and the way back."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from planner.domain.check import did_you_mean
from planner.domain.columns import (
    Column,
    Fault,
    asked_for,
    columns,
    currency_fault,
    get_words,
    plain_faults,
    quoted,
    tidy,
)
from planner.language import english

__all__ = [
    "BLANK",
    "Column",
    "Fault",
    "columns",
    "csv_text",
    "excel_value",
    "get_words",
    "is_blank",
    "plain_faults",
    "read_cell",
    "tidy",
]

BLANK = object()
"""What `read_cell` returns for a blank cell whose field has a default."""

NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?(?<=\d)(e[+-]?\d{1,3})?")
ISO_DATE = re.compile(r"(\d{4}-\d{2}-\d{2})([T ]00:00(:00(\.0+)?)?)?")
YES = {"1", "true", "yes", "是"}
NO = {"0", "false", "no", "否"}
LONGEST_NUMBER_IN_TEXT = 1e15
"""Excel keeps 15 digits; a longer number in a text column has already lost some."""
LARGEST_READ = 1e15
"""A number beyond this is refused here; the field's own limit is far below it."""


def read_cell(cell: object, column: Column) -> Any:
    """The value of a cell, `BLANK` where the field's default applies, or a `Fault`."""
    if isinstance(cell, Fault):
        return cell
    if is_blank(cell):
        if column.required:
            return Fault(english("is blank."), english("Give {asked}.", asked=asked_for(column)))
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
    raise TypeError(english("No cell holds {value!r}.", value=value))


def _text(cell: object) -> str | Fault:
    if isinstance(cell, str):
        return str(cell)
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        return Fault(
            english("{cell} is not text.", cell=quoted(cell)),
            english("Format the column as text and retype it."),
        )
    if not math.isfinite(cell) or cell != int(cell):
        return Fault(
            english("{cell} is a number in a text column.", cell=cell),
            english("Format the column as text."),
        )
    if abs(cell) >= LONGEST_NUMBER_IN_TEXT:
        problem = english(
            "{cell:.0f} is a number too long for Excel; digits may be lost.", cell=cell
        )
        return Fault(problem, english("Format the column as text and retype it."))
    return str(int(cell))


def _currency(cell: object) -> str | Fault:
    text = _text(cell)
    if isinstance(text, Fault):
        return text
    code = tidy(text)
    return code if re.fullmatch("[A-Z]{3}", code) else currency_fault(code)


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
        return Fault(
            english("{value} has an empty entry.", value=quoted(text)),
            english("Put one ';' between two names."),
        )
    return tuple(entries)


def _day(cell: object) -> date | Fault:
    if isinstance(cell, datetime):
        if cell.time() == datetime.min.time():
            return cell.date()
        return Fault(
            english("{cell} has a time of day.", cell=cell), english("Use {day}.", day=cell.date())
        )
    if isinstance(cell, date):
        return cell
    if not isinstance(cell, str):
        problem = english("{cell} is not a date.", cell=quoted(cell))
        return Fault(problem, english("Format the cell as a date, or write 2026-01-31."))
    iso = ISO_DATE.fullmatch(tidy(cell))
    try:
        if iso:
            return date.fromisoformat(iso[1])
    except ValueError:
        return Fault(
            english("There is no day {cell}.", cell=quoted(cell)),
            english("Write a day such as 2026-01-31."),
        )
    problem = english("{cell} may be read in more than one way, or is no date.", cell=quoted(cell))
    return Fault(problem, english("Write year, month and day as 2026-01-31."))


def _yes_or_no(cell: object) -> bool | Fault:
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float) and cell in (0, 1):
        return bool(cell)
    word = tidy(cell).casefold() if isinstance(cell, str) else ""
    if word in YES or word in NO:
        return word in YES
    return Fault(
        english("{cell} is neither yes nor no.", cell=quoted(cell)), english("Use 1 or 0.")
    )


def _word(cell: object, words: type) -> Any:
    text = tidy(cell) if isinstance(cell, str) else quoted(cell)
    options = list(get_words(words))
    if text in options:
        return words(text)
    otherwise = english("Use one of: {options}.", options=", ".join(options))
    return Fault(
        english("'{value}' is not allowed here.", value=text),
        did_you_mean(text, options, otherwise=otherwise),
    )


def _number(cell: object, column: Column) -> int | float | Fault:
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return Fault(
            english("{cell} is not a number.", cell=quoted(cell)),
            english("Give {asked}.", asked=asked_for(column)),
        )
    number = _number_in_text(cell, column) if isinstance(cell, str) else cell
    if isinstance(number, Fault):
        return number
    if not math.isfinite(number):
        return Fault(
            english("{cell} is not a finite number.", cell=quoted(cell)),
            english("Give {asked}.", asked=asked_for(column)),
        )
    if abs(number) > LARGEST_READ:
        return Fault(
            english("{cell} is too large.", cell=quoted(cell)),
            english("Give {asked}.", asked=asked_for(column)),
        )
    if column.kind is float:
        return float(number)
    if number != int(number):
        below = math.floor(number)
        problem = english("{cell} is not a whole number.", cell=quoted(cell))
        return Fault(problem, english("Use {below} or {below_2}.", below=below, below_2=below + 1))
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
            return Fault(
                english("{cell} is a percentage.", cell=quoted(cell)),
                english("Give {asked}.", asked=asked_for(column)),
            )
        value /= 100
    return float(value)


def _number_fault(cell: str, text: str, column: Column) -> Fault:
    """The likeliest meaning of a text that is no number, as advice."""
    remedy = english("Give {asked}.", asked=asked_for(column))
    factors = {"万": 10_000, "千": 1_000, "亿": 100_000_000, "k": 1_000}
    if found := re.fullmatch(r"\((\d+(?:\.\d+)?)\)", text):
        remedy = english("Write -{found} if it is negative.", found=found[1])
    elif found := re.fullmatch(r"(\d+(?:\.\d+)?)\s*([万千亿kK])\D*", text):
        remedy = english(
            "Write {value}.", value=f"{Decimal(found[1]) * factors[found[2].lower()]:f}"
        )
    elif re.fullmatch(r"\d+(_\d+)+", text):
        remedy = english("Write {value}.", value=text.replace("_", ""))
    elif found := re.fullmatch(r"(\d{1,3}(?:\.\d{3})+),(\d+)", text):
        remedy = english("Write {value}.", value=f"{found[1].replace('.', '')}.{found[2]}")
    elif found := re.fullmatch(r"(\d+),(\d{1,2})", text):
        remedy = english(
            "Write {found}.{found_2} if the comma is a decimal point.",
            found=found[1],
            found_2=found[2],
        )
    elif found := re.fullmatch(r"[^\d.,+-]*([+-]?[\d,]*\d(?:\.\d+)?)[^\d.,]*", text):
        remedy = english("Write {value} without sign or unit.", value=found[1].replace(",", ""))
    return Fault(english("{cell} is not a number.", cell=quoted(cell)), remedy)
