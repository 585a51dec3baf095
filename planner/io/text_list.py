"""The bytes of a text file with cells parted by a mark -> its lines as the one sheet of a list."""

from __future__ import annotations

import csv
import io

from planner.errors import Finding, ScenarioError
from planner.io.folder import text_of
from planner.io.grids import Grid
from planner.io.stock_columns import HEADER_WITHIN
from planner.language import english

SUFFIXES = (".csv", ".txt", ".tsv")
SEPARATORS = ",;\t|"
MOST_CELLS = 10_000_000


def read_text(content: bytes, name: str) -> list[Grid]:
    """One sheet called after the file; a text that cannot be read as cells is a finding."""
    findings: list[Finding] = []
    text = text_of(content, name, findings)
    if text is not None and not text.strip():
        findings.append(
            Finding(name, 0, "", english("The file is empty."), english("Choose another."))
        )
    if text is not None and "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        remedy = english("Save it as CSV UTF-8 from the program it comes from.")
        findings.append(
            Finding(name, line, "", english("The line contains a NUL character."), remedy)
        )
    if findings or text is None:
        raise ScenarioError(findings)
    return [Grid(name, True, _lines(text, name))]


def _lines(text: str, name: str) -> list[tuple[int, list[str | None]]]:
    """The lines, parted by whichever mark the first of them use most."""
    head = "\n".join(text.splitlines()[:HEADER_WITHIN])
    separator = max(SEPARATORS, key=head.count)
    if text.count(separator) + text.count("\n") >= MOST_CELLS:
        problem = english("The file has more than {most_cells:,} cells.", most_cells=MOST_CELLS)
        raise ScenarioError([Finding(name, 0, "", problem, english("Split it."))])
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: list[tuple[int, list[str | None]]] = []
    try:
        rows.extend((at, list(cells)) for at, cells in enumerate(reader, start=1))
    except csv.Error as error:
        problem = english("A quoted cell is not closed as it should be, or a cell is too long.")
        remedy = english('Close the quote; write a quote inside a cell as "".')
        raise ScenarioError([Finding(name, len(rows) + 1, "", problem, remedy)]) from error
    return rows
