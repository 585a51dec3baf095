"""English texts and plain numbers -> what a reader of English or of Chinese is shown.

The English text is the key of its translation, as gettext has it; Chinese ones are in
`planner/locale`. Everything kept (plans, changes, findings) is kept in English and told again in
the reader's language when it is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import lru_cache
from pathlib import Path
from string import Formatter
from typing import Literal

from babel import Locale
from babel.dates import format_date
from babel.messages.pofile import read_po
from babel.numbers import (
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)

Spoken = Literal["en", "zh"]
ENGLISH: Spoken = "en"
CHINESE: Spoken = "zh"
LANGUAGES: dict[Spoken, str] = {CHINESE: "中文", ENGLISH: "English"}
"""What can be spoken, each by its own name."""
CATALOGUE = Path(__file__).parent / "locale" / "zh" / "LC_MESSAGES" / "planner.po"
LOCALES: dict[Spoken, Locale] = {ENGLISH: Locale("en"), CHINESE: Locale("zh")}
CODE_BEHIND = "#,##0.00 ¤¤"
"""Money as English pages write it, '1,234.50 CNY': signs such as $ are of many currencies."""
ISO = "yyyy-MM-dd"
LEAST_LETTERS = 3
"""A template with fewer letters of its own is not recognised in a finished sentence."""
BREAKS = tuple(re.compile(rf"(?<=[{sign}]) ") for sign in ".;:,")
"""Where a text may be made of several, strongest first."""

_spoken: ContextVar[Spoken] = ContextVar("language", default=ENGLISH)


# Which language


def language() -> Spoken:
    """The language spoken now."""
    return _spoken.get()


def set_language(name: str) -> None:
    """From now on this language is spoken in this thread; one that is not known is English."""
    _spoken.set(known(name))


def known(name: str) -> Spoken:
    """A language by its code; English where it is not spoken."""
    return CHINESE if name == CHINESE else ENGLISH


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Speaks a language for a while."""
    before = _spoken.set(known(name))
    try:
        yield
    finally:
        _spoken.reset(before)


# Texts


@lru_cache(maxsize=1)
def chinese() -> dict[str, str]:
    """Every text of the catalogue, English -> Chinese; what is not translated yet is left out."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, locale=CHINESE)
    return {str(each.id): str(each.string) for each in catalogue if each.id and each.string}


def translated(text: str, name: str) -> str:
    """A text in a language; one the catalogue does not know stays English."""
    return chinese().get(text, text) if name == CHINESE else text


def say(text: str, **values: object) -> str:
    """A text in the language spoken, with values put in where it names them.

    >>> with speaking("zh"):
    ...     say("Undo")
    '撤销'
    """
    told = translated(text, language())
    return told.format(**values) if values else told


def counted(count: int, one: str, many: str = "") -> str:
    """'1 row', '2 rows'; the catalogue knows the noun with its Chinese measure word.

    >>> counted(2000, "row")
    '2,000 rows'
    """
    if language() == ENGLISH:
        return f"{count:,} {one if count == 1 else many or one + 's'}"
    return f"{count:,} {say(one)}"


def english(text: str, **values: object) -> str:
    """A text in English, to be kept and told again later; its template is in the catalogue."""
    return text.format(**values) if values else text


def retell(text: str) -> str:
    """A finished English text in the language spoken, recognised by the template it was made from.

    What no template made, such as a name, stays as it is.
    """
    return text if language() == ENGLISH or not text else _retold(text)


@lru_cache(maxsize=50_000)
def _retold(text: str) -> str:
    known = chinese().get(text)
    if known is not None:
        return known
    for fixed, pattern, told in _templates():
        found = pattern.fullmatch(text) if fixed in text else None
        if found:
            return told.format(
                **{name: _retold(value) for name, value in found.groupdict().items()}
            )
    for each in BREAKS:
        parts = each.split(text)
        if len(parts) > 1:
            return " ".join(map(_retold, parts))
    return text


@lru_cache(maxsize=1)
def _templates() -> list[tuple[str, re.Pattern[str], str]]:
    """Longest fixed part, pattern and Chinese of each text with values; the most said comes first."""
    found = []
    for text, told in chinese().items():
        parts = list(Formatter().parse(text)) if "{" in text else []
        fixed = [part for part, *_ in parts]
        letters = sum(sign.isalpha() for part in fixed for sign in part)
        if letters >= LEAST_LETTERS:
            pattern = re.compile(_pattern(parts), re.DOTALL)
            found.append((letters, max(fixed, key=len), pattern, _plain_template(told)))
    found.sort(key=lambda each: -each[0])
    return [(fixed, pattern, told) for _, fixed, pattern, told in found]


def _pattern(parts: list[tuple[str, str | None, str | None, str | None]]) -> str:
    """What the template makes: its fixed parts, and something for each value."""
    pattern, named = "", set()
    for fixed, name, *_ in parts:
        pattern += re.escape(fixed)
        if name is not None:
            pattern += f"(?P={name})" if name in named else f"(?P<{name}>.*?)"
            named.add(name)
    return pattern


def _plain_template(text: str) -> str:
    """A template without the formats of its values, which are texts already."""
    parts = Formatter().parse(text)
    return "".join(
        fixed.replace("{", "{{").replace("}", "}}") + ("" if name is None else f"{{{name}}}")
        for fixed, name, *_ in parts
    )


# Numbers, money and days


def number(value: float, decimals: int = 0) -> str:
    """A number with the separators of the language.

    >>> number(1234.5, 2)
    '1,234.50'
    """
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(format_decimal(value, pattern, LOCALES[language()]))


def compact(value: float, decimals: int = 1) -> str:
    """A large number in few signs.

    >>> with speaking("zh"):
    ...     compact(12_345_678)
    '1234.6万'
    """
    return str(format_compact_decimal(value, locale=LOCALES[language()], fraction_digits=decimals))


def money(value: float, currency: str) -> str:
    """An amount with its currency.

    >>> money(1234.5, "CNY")
    '1,234.50 CNY'
    >>> with speaking("zh"):
    ...     money(1234.5, "CNY")
    '¥1,234.50'
    """
    pattern = CODE_BEHIND if language() == ENGLISH else None
    return str(
        format_currency(value, currency, pattern, LOCALES[language()], currency_digits=False)
    )


def percent(value: float, decimals: int = 1) -> str:
    """A share of 1 as percent.

    >>> percent(0.125)
    '12.5%'
    """
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "") + "%"
    return str(format_percent(value, pattern, LOCALES[language()]))


def day(value: date) -> str:
    """A day.

    >>> day(date(2026, 5, 1))
    '2026-05-01'
    >>> with speaking("zh"):
    ...     day(date(2026, 5, 1))
    '2026年5月1日'
    """
    form = ISO if language() == ENGLISH else "long"
    return str(format_date(value, form, LOCALES[language()]))
