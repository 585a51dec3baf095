"""Programs and solutions as plain array files, for the hand-over between two processes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from scipy import sparse

from planner.model.program import Program, RowLabels
from planner.solve.solution import Solution

START = "start.npy"
"""Amounts of a plan known already, where one is handed over with its program."""


def write_program(program: Program, path: Path) -> None:
    """One .npz without pickled objects."""
    np.savez(
        path,
        value=program.value,
        most=program.most,
        kind=program.kind,
        link=program.link,
        logic=program.logic,
        data=program.matrix.data,
        indices=program.matrix.indices,
        indptr=program.matrix.indptr,
        shape=np.array(program.matrix.shape),
        row_lower=program.row_lower,
        row_upper=program.row_upper,
        rule=np.array(program.labels.rule, dtype=str),
        label=np.array(program.labels.label, dtype=str),
        period=program.labels.period,
        unit=np.array(program.labels.unit, dtype=str),
        options=np.array(program.options),
        group=program.group,
    )


def read_program(path: Path) -> Program:
    """The program of `write_program`."""
    with np.load(path, allow_pickle=False) as held:
        matrix = sparse.csc_array(
            (held["data"], held["indices"], held["indptr"]), shape=tuple(held["shape"])
        )
        labels = RowLabels(
            tuple(held["rule"].tolist()),
            tuple(held["label"].tolist()),
            held["period"],
            tuple(held["unit"].tolist()),
        )
        return Program(
            value=held["value"],
            most=held["most"],
            kind=held["kind"],
            matrix=matrix,
            row_lower=held["row_lower"],
            row_upper=held["row_upper"],
            labels=labels,
            link=held["link"],
            logic=held["logic"],
            options=int(held["options"]),
            group=held["group"],
        )


def write_solution(solution: Solution, folder: Path) -> None:
    """solution.npz (arrays) and solution.json (everything else)."""
    np.savez(folder / "solution.npz", amounts=solution.amounts, prices=solution.prices)
    said = {
        name: getattr(solution, name)
        for name in (
            "value",
            "bound",
            "bound_by",
            "relaxation",
            "stopped_because",
            "reproducible",
            "seconds",
        )
    }
    (folder / "solution.json").write_text(json.dumps(said))


def read_solution(folder: Path) -> Solution:
    """The solution of `write_solution`."""
    said = json.loads((folder / "solution.json").read_text())
    with np.load(folder / "solution.npz", allow_pickle=False) as held:
        return Solution(amounts=held["amounts"], prices=held["prices"], **said)
