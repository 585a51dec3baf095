"""Switches: 0/1 decisions without a cost that say where, when or at what price goods are sold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from planner.domain.arrays import Floats, Ints
from planner.landed_cost.options import Priced
from planner.model.board import Board, Entries, block, rank
from planner.model.columns import Family
from planner.model.program import Block, Kind


@dataclass(frozen=True, kw_only=True)
class Switches(Family):
    """One column per switch, and which options need which: option `member` k needs switch `gate` k."""

    kind = Kind.SWITCH
    member: Ints
    gate: Ints


def listing(board: Board) -> Block:
    """Goods are sold only where their switch is on: units - M x switch <= 0, M the units concerned."""
    names: list[tuple[str, int]] = []
    entries: list[Entries] = []
    for family in board.columns.families:
        if isinstance(family, Switches):
            switch = np.arange(len(family))
            most = units_behind(board.priced, family.member, family.gate, len(family))
            members = np.ones(len(family.member))
            entries.append((family.gate + len(names), family.member, members))
            entries.append((switch + len(names), board.columns.at(type(family)), -most))
            names += zip(family.labels, family.periods.tolist(), strict=True)
    return block("listing", "units", names, entries, [0.0] * len(names), link=True, logic=True)


def units_behind(priced: Priced, member: Ints, gate: Ints, gates: int) -> Floats:
    """Units of the lots whose options each gate holds; a form's units are its lot's."""
    lots = priced.lookup.parent[priced.options.lot[member]]
    _, first = rank(gate, lots)
    units = priced.lookup.of_lots("units").astype(float)
    behind = np.bincount(gate[first], weights=units[lots[first]], minlength=gates)
    return np.maximum(behind, 1.0)


def free(labels: Sequence[str], periods: Ints | None = None) -> dict[str, Any]:
    """What all families of switches have alike: 0 or 1 each, and no cost."""
    size = len(labels)
    return {
        "labels": labels,
        "periods": np.zeros(size, dtype=np.int64) if periods is None else periods,
        "value": np.zeros(size),
        "most": np.ones(size),
    }
