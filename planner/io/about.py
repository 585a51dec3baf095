"""What a workbook says of itself, so that it can be brought back: its sheet About and its origin.

The sheet About names the scenario and the plan the workbook was made from. A hidden sheet keeps the
scenario and the plan's lines as they were then, packed as text: with it the cells that were edited
are told from those that changed in the scenario meanwhile.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import ValidationError

from planner.domain.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

ABOUT = "About"
ORIGIN = "origin"
"""The hidden sheet; its first column holds the packed text, cut to what a cell takes."""
CHUNK = 30_000
MOST_UNPACKED = 100_000_000


class Line(NamedTuple):
    """What is kept of a plan's shipment line: what a lock on it needs."""

    line: str
    lot: str
    market: str
    channel: str
    route: str
    ship_period: int
    sell_period: int
    rung: str
    units: int


@dataclass(frozen=True)
class About:
    """The rows of the sheet About: a field and its value in the first two columns."""

    scenario: str
    scenario_fingerprint: str
    plan_fingerprint: str = ""
    product_version: str = ""
    language: str = ""

    def rows(self) -> list[tuple[str, str]]:
        """What the sheet holds, one field a row."""
        return [(field.name, getattr(self, field.name)) for field in fields(self)]


@dataclass(frozen=True)
class Origin:
    """The scenario a workbook was made from and the lines of its plan, if it had one."""

    scenario: Scenario
    lines: tuple[Line, ...]


def lines_of(frame: pd.DataFrame) -> tuple[Line, ...]:
    """The lines of a plan (Plan.lines), cut to what is kept."""
    whole = ("ship_period", "sell_period", "units")
    plain = frame[list(Line._fields)].astype(dict.fromkeys(whole, int)).astype(object)
    return tuple(Line(*row) for row in plain.itertuples(index=False))


def about_in(rows: Iterable[Sequence[object]]) -> About | None:
    """What the rows of a sheet About say, wherever on the sheet; None without a fingerprint."""
    names = {field.name for field in fields(About)}
    told: dict[str, str] = {}
    for cells in rows:
        texts = [str(cell).strip() if cell is not None else "" for cell in cells]
        for name, value in pairwise(texts):
            field = name.casefold().replace(" ", "_")
            if field in names:
                told.setdefault(field, value)
    if not {"scenario", "scenario_fingerprint"} <= set(told):
        return None
    return About(**told)


def pack(scenario: Scenario, lines: Sequence[Line] = ()) -> list[str]:
    """The text of the origin sheet, one entry a row."""
    content = {"scenario": scenario.model_dump(mode="json"), "lines": lines}
    packed = zlib.compress(json.dumps(content, ensure_ascii=False).encode(), 9)
    text = base64.b64encode(packed).decode()
    return [text[at : at + CHUNK] for at in range(0, len(text), CHUNK)]


def unpack(texts: Sequence[str]) -> Origin | None:
    """What `pack` packed; None when it was altered or is beyond belief."""
    try:
        inflater = zlib.decompressobj()
        text = inflater.decompress(base64.b64decode("".join(texts), validate=True), MOST_UNPACKED)
        if inflater.unconsumed_tail or not inflater.eof:
            return None
        content: Mapping[str, Any] = json.loads(text)
        scenario = Scenario.model_validate(content["scenario"])
        lines = tuple(Line(*row) for row in content["lines"])
    except (ValueError, KeyError, TypeError, zlib.error, RecursionError, ValidationError):
        return None
    return Origin(scenario, lines)
