"""The bytes of an upload -> nothing, or a plain sentence why they are not opened."""

from __future__ import annotations

import importlib.util
import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import NoReturn

from planner.errors import Finding, ScenarioError
from planner.language import english

MOST_BYTES = 200_000_000
MOST_MEMBERS = 2_000
MOST_RATIO = 100
RATIO_FROM_BYTES = 1_000_000
MOST_ROWS = 200_000
MOST_COLUMNS = 200
MOST_CELLS = 2_000_000
MOST_MERGED_CELLS = 200_000
MOST_TEXTS = 1_000_000
CHUNK = 1 << 20
TAG_ENDS = (b" ", b">", b"/", b"\t", b"\n", b"\r")

OVERLAP = 200
"""Bytes of a chunk looked at again with the next, so that no cell reference is cut in two."""

FAR_CELL = re.compile(
    rb"[rf]=[\"'](?:[A-Z]+\d+:)?"
    rb"((?:[A-Z]{3,}|G[S-Z]|[H-Z][A-Z])\d+|[A-Z]{1,2}\d{6,}|\d{6,})[\"']"
)
"""A reference (r= or ref=) that may lie beyond row 200,000 or column 200 (GR)."""
MERGED = re.compile(rb"mergeCell\s[^>]*?ref\s*=\s*[\"']([A-Z]+)(\d+):([A-Z]+)(\d+)")
ENCODING = re.compile(rb"<\?xml[^>]*encoding\s*=\s*[\"']([^\"']*)")
UTF_8 = (b"utf-8", b"us-ascii", b"ascii")
SMALLER = english("Take out sheets and rows that are not needed.")
SAVE_AS_XLSX = english("Open it in Excel and save it as .xlsx.")


def preflight(content: bytes, name: str) -> None:
    """Raises a `ScenarioError` unless the bytes are a plain .xlsx workbook of sensible size."""
    if importlib.util.find_spec("defusedxml") is None:
        _refuse(
            name,
            english("Workbooks are read only with defusedxml."),
            english("Install defusedxml."),
        )
    _check_format(content, name)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_directory(archive, name)
            _check_members(archive, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError):
        _refuse(
            name,
            english("The workbook is cut short or damaged."),
            english("Save it again and retry."),
        )


def _check_format(content: bytes, name: str) -> None:
    start = content[:512].lstrip().lower()
    suffix = Path(name).suffix.lower()
    if not content:
        _refuse(name, english("The file is empty."), english("Choose a workbook saved as .xlsx."))
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        problem = english("The workbook is protected by a password or in the old .xls format.")
        _refuse(name, problem, english("Take the password off and save it as .xlsx."))
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<table")):
        _refuse(name, english("This is a web page, not a workbook."), SAVE_AS_XLSX)
    if suffix and suffix != ".xlsx":
        _refuse(name, english("{suffix} files are not read.", suffix=suffix), SAVE_AS_XLSX)
    if not content.startswith(b"PK"):
        _refuse(name, english("This is not an Excel workbook."), SAVE_AS_XLSX)


def _check_directory(archive: zipfile.ZipFile, name: str) -> None:
    """What the list of members says, before anything is inflated."""
    members = archive.infolist()
    names = [member.filename for member in members]
    if len(members) > MOST_MEMBERS:
        problem = english(
            "The workbook has {count:,} parts; {most_members:,} are allowed.",
            count=len(members),
            most_members=MOST_MEMBERS,
        )
        _refuse(name, problem, english("Save the tables alone in a new workbook."))
    total = sum(member.file_size for member in members)
    if total > MOST_BYTES:
        problem = english(
            "The workbook unpacks to {total:,.0f} MB; 200 MB are allowed.", total=total / 1e6
        )
        _refuse(name, problem, SMALLER)
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        odd = "\0" in member.orig_filename
        if odd or ".." in parts or parts[0] == "" or ":" in parts[0]:
            problem = english(
                "The workbook has a part with an unsafe path, {filename!r}.",
                filename=member.filename,
            )
            _refuse(name, problem, SAVE_AS_XLSX)
        if member.flag_bits & 1:
            _refuse(
                name,
                english("The workbook is protected by a password."),
                english("Take the password off."),
            )
        ratio = member.file_size / max(member.compress_size, 1)
        if member.file_size > RATIO_FROM_BYTES and ratio > MOST_RATIO:
            problem = english(
                "A part of the workbook unpacks to {ratio:,.0f} times its size.", ratio=ratio
            )
            _refuse(name, problem, english("Take out repeated text and empty rows."))
    if any(part.endswith(("vbaProject.bin", ".bas")) for part in names):
        _refuse(name, english("The workbook contains macros."), SAVE_AS_XLSX)
    if any("externalLinks/" in part for part in names):
        problem = english("The workbook is linked to other files.")
        _refuse(name, problem, english("Break the links in Excel (Data, Edit Links) and save it."))
    if "xl/workbook.xml" not in names:
        _refuse(name, english("This is a zip file but not an Excel workbook."), SAVE_AS_XLSX)


def _check_members(archive: zipfile.ZipFile, name: str) -> None:
    """What the parts say, read once as a stream."""
    for member in archive.infolist():
        if member.filename.endswith((".xml", ".rels")):
            _check_stream(archive, member, name)


def _check_stream(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str) -> None:
    seen = _Seen(member.filename, name)
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(CHUNK):
            seen.look(tail, chunk)
            tail = (tail + chunk)[-OVERLAP:]


class _Seen:
    """What was seen of a part so far."""

    def __init__(self, part: str, name: str) -> None:
        self.part, self.name = part, name
        self.is_sheet = part.startswith("xl/worksheets/")
        self.rows = self.cells = self.merged = self.texts = 0
        self.begun = False

    def look(self, tail: bytes, chunk: bytes) -> None:
        """Looks at a piece and at the end of the one before it."""
        window = tail + chunk
        if not self.begun:
            self._begin(chunk)
        if b"<!DOCTYPE" in window or b"<!ENTITY" in window:
            _refuse(self.name, english("The workbook defines XML entities."), SAVE_AS_XLSX)
        if b"macroEnabled" in window and self.part == "[Content_Types].xml":
            _refuse(self.name, english("The workbook is of a kind that runs macros."), SAVE_AS_XLSX)
        if self.part == "xl/sharedStrings.xml":
            self.texts += (tail[-3:] + chunk).count(b"<si>")
            if self.texts > MOST_TEXTS:
                problem = english(
                    "The workbook has more than {most_texts:,} different texts.",
                    most_texts=MOST_TEXTS,
                )
                _refuse(self.name, problem, SMALLER)
        if self.is_sheet:
            self._look_at_sheet(tail, window)

    def _begin(self, chunk: bytes) -> None:
        """The encoding a part begins with: only in UTF-8 can it be looked over."""
        self.begun = True
        found = ENCODING.search(chunk[:200])
        if b"\0" in chunk[:200] or (found and found[1].lower() not in UTF_8):
            _refuse(self.name, english("A part of the workbook is not in UTF-8."), SAVE_AS_XLSX)

    def _look_at_sheet(self, tail: bytes, window: bytes) -> None:
        self.rows += _opened(b"row", window) - _opened(b"row", tail)
        self.cells += _opened(b"c", window) - _opened(b"c", tail)
        if self.rows > MOST_ROWS or _far_cell(window):
            problem = english(
                "A sheet reaches beyond {most_rows:,} rows or {most_columns} columns.",
                most_rows=MOST_ROWS,
                most_columns=MOST_COLUMNS,
            )
            _refuse(
                self.name,
                problem,
                english("Delete the rows and columns after the last cell in use."),
            )
        if self.cells > MOST_CELLS:
            problem = english("A sheet has more than {most_cells:,} cells.", most_cells=MOST_CELLS)
            _refuse(self.name, problem, SMALLER)
        for found in MERGED.finditer(window):
            if found.end() <= len(tail):
                continue
            wide = _column(found[3]) - _column(found[1]) + 1
            self.merged += wide * (int(found[4]) - int(found[2]) + 1)
        if self.merged > MOST_MERGED_CELLS:
            problem = english(
                "More than {most_merged_cells:,} cells are merged.",
                most_merged_cells=MOST_MERGED_CELLS,
            )
            _refuse(self.name, problem, english("Unmerge them and save again."))


def _opened(tag: bytes, text: bytes) -> int:
    """How often a tag is opened, with or without a prefix."""
    return sum(text.count(b"<" + tag + end) for end in TAG_ENDS) + text.count(b":" + tag + b" ")


def _column(letters: bytes) -> int:
    column = 0
    for letter in letters:
        column = column * 26 + letter - 64
    return column


def _far_cell(window: bytes) -> bool:
    for found in FAR_CELL.finditer(window):
        letters = found[1].rstrip(b"0123456789")
        if _column(letters) > MOST_COLUMNS or int(found[1][len(letters) :]) > MOST_ROWS:
            return True
    return False


def _refuse(name: str, problem: str, remedy: str) -> NoReturn:
    raise ScenarioError([Finding(name, 0, "", problem, remedy)])
