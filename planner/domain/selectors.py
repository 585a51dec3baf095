"""Selectors and names: which names a selector chooses, and which name was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from planner.language import english


def matches(name: str, selectors: Sequence[str]) -> bool:
    """Whether a name is selected: empty selects all, 'CN-*' by prefix, else the exact name."""
    return not selectors or any(selects(selector, name) for selector in selectors)


def selects(selector: str, name: str) -> bool:
    """Whether one selector selects a name."""
    return name.startswith(selector[:-1]) if selector.endswith("*") else name == selector


def did_you_mean(word: str, options: Iterable[str], *, otherwise: str = "") -> str:
    """ "Did you mean 'VN'?", or the other advice when nothing is close."""
    by_folded = {option.casefold(): option for option in options}
    close = difflib.get_close_matches(word.casefold().strip(), by_folded, n=1, cutoff=0.6)
    return (
        english("Did you mean '{by_folded}'?", by_folded=by_folded[close[0]])
        if close
        else otherwise
    )
