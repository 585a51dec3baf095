"""The field types of a scenario: each carries its range, its unit and its Chinese name.

Every record of `planner.domain.records` is written with these, so that validation, the
data dictionary and the editing screens all read the same definition.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from planner.language import english

LARGEST_NUMBER = 1e12
"""Any larger amount is a typing error; it also keeps the optimiser's numbers sane."""

LARGEST_COUNT = 1_000_000_000
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 12, 31)


def _plain(text: str) -> str:
    """A key or text without control characters and without blanks at its ends.

    What is wrong is said of `{shown}`, for which a finding puts the text itself.
    """
    if text != text.strip():
        raise ValueError(english("{shown} has blanks at its start or end."))
    if any(ord(char) < 32 for char in text):
        raise ValueError(english("{shown} contains a control character."))
    return text


def _within(day: date) -> date:
    if not EARLIEST <= day <= LATEST:
        raise ValueError(
            english(
                "{shown} lies outside {earliest} to {latest}.",
                shown="{shown}",
                earliest=EARLIEST,
                latest=LATEST,
            )
        )
    return day


Key = Annotated[
    str, Field(min_length=1, max_length=80, pattern=r"^[^;*]*$"), AfterValidator(_plain)
]
"""An identifier: never blank, no ';' and no '*', which mean lists and everything."""
Text = Annotated[str, Field(max_length=2000), AfterValidator(_plain)]
Source = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_plain)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
"""A three-letter ISO 4217 code."""
Day = Annotated[date, AfterValidator(_within)]
Selectors = tuple[str, ...]
"""Names to match; empty = all; 'CN-*' matches by prefix."""

Amount = Annotated[float, Field(ge=-LARGEST_NUMBER, le=LARGEST_NUMBER, allow_inf_nan=False)]
Positive = Annotated[float, Field(gt=0, le=LARGEST_NUMBER, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, le=LARGEST_NUMBER, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
"""A share that may exceed 1, such as a duty of 120 %."""
Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
Days = Annotated[int, Field(ge=0, le=1000)]
DaysNotNone = Annotated[int, Field(ge=1, le=1000)]
Period = Annotated[int, Field(ge=1, le=520)]


def of(default: Any = ..., *, unit: str = "", zh: str) -> Any:
    """A field with its unit and its Chinese meaning; the docstring below it is the English one."""
    return Field(default, json_schema_extra={"unit": unit, "zh": zh})
