"""A program as free-format MPS text, every number to the last bit, so that other solvers agree."""

from __future__ import annotations

from typing import TextIO

import numpy as np
import pandas as pd

from planner.domain.arrays import Bools
from planner.model.program import Program


def write_program(program: Program, out: TextIO, *, whole: bool = True) -> None:
    """Write the program; `whole` keeps integers. MPS minimises: the value's sign is turned."""
    rows = np.array([f"{rule}_{k}" for k, rule in enumerate(program.labels.rule)], dtype=object)
    kind = np.where(np.arange(program.size[1]) < program.options, "option_", "other_")
    names = np.char.add(kind, np.arange(program.size[1]).astype(str)).astype(object)
    lower, upper = program.row_lower, program.row_upper
    has_lower, has_upper = np.isfinite(lower), np.isfinite(upper)
    sense = np.select(
        [has_lower & has_upper & (lower == upper), has_upper, has_lower], ["E", "L", "G"], "N"
    )
    out.write("NAME surplus_plan\nROWS\n N VALUE\n")
    _lines(out, {"sense": sense, "row": rows})
    out.write("COLUMNS\n")
    integer = program.whole if whole else np.zeros_like(program.whole)
    if integer.any():
        out.write(" M1 'MARKER' 'INTORG'\n")
        _entries(program, integer, names, rows, out)
        out.write(" M2 'MARKER' 'INTEND'\n")
    _entries(program, ~integer, names, rows, out)
    out.write("RHS\n")
    side = np.where(has_upper, upper, np.where(has_lower, lower, 0.0))
    _lines(out, {"set": "RHS", "row": rows[side != 0], "value": side[side != 0]})
    both = has_lower & has_upper & (lower != upper)
    if both.any():
        out.write("RANGES\n")
        _lines(out, {"set": "RNG", "row": rows[both], "value": (upper - lower)[both]})
    out.write("BOUNDS\n")
    _lines(out, {"kind": "UP", "set": "BND", "column": names, "value": program.most})
    out.write("ENDATA\n")


def _entries(
    program: Program, chosen: Bools, names: np.ndarray, rows: np.ndarray, out: TextIO
) -> None:
    """Objective and matrix entries of some columns, column by column."""
    columns = np.flatnonzero(chosen)
    part = program.matrix[:, columns].tocoo()
    table = pd.DataFrame(
        {
            "at": np.concatenate([np.arange(len(columns)), part.col]),
            "column": np.concatenate([names[columns], names[columns][part.col]]),
            "row": np.concatenate([np.full(len(columns), "VALUE", object), rows[part.row]]),
            "value": np.concatenate([-program.value[columns], part.data]),
        }
    )
    table = table.sort_values("at", kind="stable").drop(columns="at")
    _lines(out, {str(name): table[name].to_numpy() for name in table})


def _lines(out: TextIO, columns: dict[str, object]) -> None:
    """One indented line per element; floats are written so that they read back the same."""
    pd.DataFrame({"indent": "", **columns}).to_csv(
        out, sep=" ", header=False, index=False, lineterminator="\n", quotechar="\x01"
    )
