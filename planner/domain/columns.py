"""A record's fields as readers, dictionaries and editors see them, and what does not fit them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from planner.domain.records import Record, meaning
from planner.language import english


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


INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
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


def get_words(words: type) -> tuple[str, ...]:
    """The words of a closed set."""
    return tuple(member.value for member in words) if issubclass(words, StrEnum) else ()


def plain_faults(error: ValidationError, record: type[Record]) -> Iterator[tuple[str, Fault]]:
    """What pydantic found, field by field, in plain sentences."""
    by_name = {column.name: column for column in columns(record)}
    for detail in error.errors(include_url=False):
        name = str(detail["loc"][0]) if detail["loc"] else ""
        column = by_name.get(name)
        asked = english("Give {asked}.", asked=asked_for(column)) if column else ""
        wanted = asked or english("Leave it out.")
        yield name, _plain_fault(detail["type"], detail.get("ctx", {}), detail["input"], wanted)


def _plain_fault(kind: str, limits: dict[str, Any], value: object, wanted: str) -> Fault:
    shown = quoted(value)
    match kind:
        case "missing":
            return Fault(english("is blank."), wanted)
        case "greater_than_equal":
            return Fault(
                english("{shown} is below {ge}.", shown=shown, ge=_figure(limits["ge"])), wanted
            )
        case "greater_than":
            return Fault(
                english("{shown} is not above {gt}.", shown=shown, gt=_figure(limits["gt"])), wanted
            )
        case "less_than_equal":
            return Fault(
                english("{shown} is above {le}.", shown=shown, le=_figure(limits["le"])), wanted
            )
        case "finite_number":
            return Fault(english("{shown} is not a finite number.", shown=shown), wanted)
        case "string_too_long":
            return Fault(
                english(
                    "The text is longer than {max_length} characters.",
                    max_length=limits["max_length"],
                ),
                english("Shorten it."),
            )
        case "string_too_short":
            return Fault(english("is blank."), wanted)
        case "string_pattern_mismatch" if limits["pattern"].startswith("^[A-Z]"):
            return currency_fault(str(value))
        case "string_pattern_mismatch":
            return Fault(
                english("{shown} contains ';' or '*'.", shown=shown),
                english("Use a name without them."),
            )
        case "value_error":
            return Fault(str(limits["error"]).replace("{shown}", shown), english("Correct it."))
        case "extra_forbidden":
            return Fault(english("is not a field."), wanted)
    return Fault(english("{shown} does not fit the field.", shown=shown), wanted)


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


def tidy(text: str) -> str:
    """Full-width characters made plain, invisible ones and outer blanks taken off."""
    return unicodedata.normalize("NFKC", text).translate(INVISIBLE).strip()


def asked_for(column: Column) -> str:
    """What a field takes, in words, to follow "Give"."""
    if issubclass(column.kind, StrEnum):
        return english("one of: {words}", words=", ".join(column.kind))
    if column.is_currency:
        return english("a currency code such as CNY")
    if column.kind in (int, float):
        noun = "a whole number" if column.kind is int else "a number"
        if column.above is not None:
            return english("{noun} above {above}", noun=noun, above=_figure(column.above))
        if column.most is not None and column.most <= 1000 and column.least is not None:
            return english(
                "{noun} from {least} to {most}",
                noun=noun,
                least=_figure(column.least),
                most=_figure(column.most),
            )
        return (
            english("{noun} of {least} or more", noun=noun, least=_figure(column.least))
            if column.least == 0
            else noun
        )
    words = {date: "a date such as 2026-01-31", bool: "1 or 0", tuple: "names parted by ';'"}
    return words.get(column.kind, "a text")


def _figure(number: float | None) -> str:
    return "" if number is None else f"{number:,.15g}"


def quoted(value: object) -> str:
    """A value as a finding shows it: short, text in quotes."""
    text = value if isinstance(value, str) else str(value)
    text = text if len(text) <= 60 else text[:57] + "..."
    return f"'{text}'" if isinstance(value, str) else text


def currency_fault(code: str) -> Fault:
    """What is wrong with a currency code, and the code that was probably meant."""
    meant = CURRENCY_WORDS.get(code.upper(), code.upper())
    known = re.fullmatch("[A-Z]{3}", meant)
    remedy = (
        english("Did you mean '{meant}'?", meant=meant)
        if known
        else english("Use a code such as CNY.")
    )
    return Fault(english("'{code}' is not a three-letter currency code.", code=code), remedy)
