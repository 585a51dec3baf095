"""Tables and news -> text on a terminal: aligned columns and one progress bar."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import pandas as pd
from tqdm import tqdm

from planner.report.book import is_number, text_width
from planner.report.headings import Kind, heading, shown
from planner.solve.settings import Progress

PHASES = {
    "options": "pricing the options",
    "build": "writing the rules",
    "solve": "solving",
    "baselines": "making plans by hand",
    "extract": "writing the plan",
    "audit": "auditing",
}


def aligned(table: pd.DataFrame, currency: str, kinds: Mapping[str, Kind] | None = None) -> str:
    """A table as text: one heading line, numbers to the right; `kinds` of columns without heading."""
    columns = []
    for at, name in enumerate(table.columns):
        values = table.iloc[:, at]
        head = heading(str(name), values)
        kind: Kind = "money" if head.kind == "text" and is_number(values) else head.kind
        kind = (kinds or {}).get(str(name), kind)
        cells = [shown(value, kind) for value in values.tolist()]
        columns.append((head.title(currency), cells, kind not in ("text", "long")))
    return columns_of(columns)


def listed(figures: pd.DataFrame) -> str:
    """Figures with a kind each (tables.headline, compare) as text, numbers to the right."""
    named = [name for name in figures.columns if name != "kind"]
    columns = []
    for name in named:
        cells = [
            shown(value, kind)
            for value, kind in zip(figures[name].tolist(), figures["kind"], strict=True)
        ]
        columns.append(("" if name in ("figure", "amount") else str(name), cells, name != "figure"))
    return columns_of(columns)


def columns_of(columns: Sequence[tuple[str, Sequence[str], bool]]) -> str:
    """Heading, cells and whether to align right, for each column."""
    widths = [max(map(text_width, [head, *cells])) for head, cells, _ in columns]
    heads = [head for head, _, _ in columns]
    lines = [heads] if any(heads) else []
    lines += [list(row) for row in zip(*(cells for _, cells, _ in columns), strict=True)]
    rights = [right for *_, right in columns]
    return "\n".join(
        "  ".join(
            _padded(text, width, right=right)
            for text, width, right in zip(line, widths, rights, strict=True)
        ).rstrip()
        for line in lines
    )


def _padded(text: str, width: int, *, right: bool) -> str:
    blank = " " * (width - text_width(text))
    return blank + text if right else text + blank


@contextmanager
def progress_bar(seconds: float, *, quiet: bool) -> Iterator[Callable[[Progress], None] | None]:
    """A bar on a terminal's stderr, as long as the time allowed; nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    layout = "{desc:<22}|{bar:24}| {n:.0f} of {total:.0f} s {postfix}"
    with tqdm(total=seconds, bar_format=layout, leave=False, file=sys.stderr) as bar:

        def tell(news: Progress) -> None:
            bar.n = min(news.seconds, seconds)
            bar.set_description_str(PHASES.get(news.phase, news.phase), refresh=False)
            bar.set_postfix_str(_news(news), refresh=True)

        yield tell


@contextmanager
def share_bar(words: str, *, quiet: bool) -> Iterator[Callable[[float], None] | None]:
    """A bar of the share of some work that is done, on a terminal's stderr; nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    layout = "{desc:<22}|{bar:24}| {percentage:.0f} %"
    with tqdm(total=1.0, bar_format=layout, leave=False, file=sys.stderr, desc=words) as bar:

        def tell(share: float) -> None:
            bar.n = min(share, 1.0)
            bar.refresh()

        yield tell


def _news(news: Progress) -> str:
    parts = []
    if news.value is not None:
        parts.append(f"value {news.value:,.0f}")
    if news.bound is not None:
        parts.append(f"bound {news.bound:,.0f}")
    if news.gap is not None:
        parts.append(f"gap {news.gap:.2%}")
    return ", ".join(parts)
