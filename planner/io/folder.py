"""A folder of scenario.yaml and one CSV per table <-> Scenario."""

from __future__ import annotations

import csv
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import yaml

from planner.domain.check import did_you_mean
from planner.domain.scenario import TABLES, Scenario
from planner.errors import Finding, PlannerError, ScenarioError
from planner.io.cells import columns, csv_text, excel_value
from planner.io.tables import RawHeader, RawTable, scenario_of
from planner.language import english

HEADER_FILE = "scenario.yaml"
LARGEST_FILE = 200_000_000
YAML_NOTHING = {"", "null", "~"}
SAVE_AS_UTF8 = english("Save it as CSV UTF-8.")


def load_folder(path: str | Path) -> Scenario:
    """The scenario in a folder; a `ScenarioError` carries every finding."""
    folder = Path(path)
    if not folder.is_dir():
        remedy = english("Check the path, or save a scenario there first.")
        raise ScenarioError(
            [Finding(str(folder), 0, "", english("There is no such folder."), remedy)]
        )
    findings: list[Finding] = []
    header = _read_header(folder / HEADER_FILE, findings)
    tables: dict[str, RawTable] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() != ".csv":
            continue
        if file.stem not in TABLES:
            findings.append(_unknown_file(file))
        elif raw := read_csv(file, findings):
            tables[file.stem] = raw
    return scenario_of(header, tables, findings)


def save_folder(scenario: Scenario, path: str | Path) -> None:
    """Writes the scenario into a folder, all of it or nothing; other files there are kept."""
    folder = Path(path)
    if folder.exists() and not folder.is_dir():
        raise PlannerError(
            english("{folder} is a file. Name a folder to save the scenario in.", folder=folder)
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        if folder.exists():
            shutil.copytree(folder, fresh, ignore=_scenario_files, dirs_exist_ok=True)
        _write(fresh / HEADER_FILE, _header_text(scenario))
        for table in TABLES:
            if getattr(scenario, table):
                _write(fresh / f"{table}.csv", _table_text(scenario, table))
        fresh.chmod(0o755)
        _replace(fresh, folder)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def read_csv(file: Path, findings: list[Finding]) -> RawTable | None:
    """A CSV file as cells of text; its faults go to the findings under the file's stem."""
    records = csv_rows(file, file.stem, findings)
    if not records:
        return None
    names = [name.strip() for name in records[0][1]]
    if len(names) == 1 and (separator := next((s for s in ";\t|" if s in names[0]), "")):
        shown = {"\t": "tabs"}.get(separator, f"'{separator}'")
        problem = english("The cells are parted by {shown}.", shown=shown)
        findings.append(
            Finding(file.stem, 1, "", problem, english("Save it with ',' between cells."))
        )
        return None
    for line, cells in records:
        if len(cells) != len(names):
            problem = english(
                "The line has {count} cells, the header {count_2}.",
                count=len(cells),
                count_2=len(names),
            )
            remedy = english(
                "Put a cell that contains ',' in double quotes, or add the missing cells."
            )
            findings.append(Finding(file.stem, line, "", problem, remedy))
    return RawTable(names, [(line, c) for line, c in records[1:] if len(c) == len(names)])


def csv_rows(file: Path, place: str, findings: list[Finding]) -> list[tuple[int, list[str]]] | None:
    """The lines of a CSV file that are not empty, each with its number."""
    text = _text_of(file, place, findings)
    if text is None:
        return None
    if not text.strip():
        findings.append(
            Finding(
                place, 0, "", english("The file is empty."), english("Add a header or delete it.")
            )
        )
        return None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        problem = english("The line contains a NUL character.")
        findings.append(Finding(place, line, "", problem, SAVE_AS_UTF8))
        return None
    return [(line, cells) for line, cells in _records(text, place, findings) if cells]


def _records(text: str, table: str, findings: list[Finding]) -> Iterator[tuple[int, list[str]]]:
    """The first line of every record and its cells."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        problem = english("A quoted cell is not closed as it should be, or a cell is too long.")
        if "newline" in str(error):
            problem = english("The line has a stray carriage return.")
        remedy = english('Close the quote; write a quote inside a cell as "".')
        findings.append(Finding(table, line, "", problem, remedy))


def _text_of(file: Path, table: str, findings: list[Finding]) -> str | None:
    """The text of a file in UTF-8, with or without BOM, or else in GBK."""
    if file.stat().st_size > LARGEST_FILE:
        findings.append(
            Finding(table, 0, "", english("The file is larger than 200 MB."), english("Split it."))
        )
        return None
    return text_of(file.read_bytes(), table, findings)


def text_of(content: bytes, table: str, findings: list[Finding]) -> str | None:
    """The text of bytes in UTF-8, with or without BOM, or else in GBK."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        findings.append(Finding(table, 0, "", english("The file is in UTF-16."), SAVE_AS_UTF8))
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    problem = english("The file is neither in UTF-8 nor in GBK.")
    findings.append(Finding(table, 0, "", problem, SAVE_AS_UTF8))
    return None


def _unknown_file(file: Path) -> Finding:
    otherwise = english("Take it out, or use one of: {tables}.", tables=", ".join(TABLES))
    remedy = did_you_mean(file.stem, TABLES, otherwise=otherwise)
    return Finding(file.name, 0, "", english("There is no such table."), remedy)


def _read_header(file: Path, findings: list[Finding]) -> RawHeader | None:
    """The fields of scenario.yaml as text, each with its line."""
    if not file.is_file():
        findings.append(
            Finding(
                HEADER_FILE,
                0,
                "",
                english("The file is missing."),
                english("Add {file}.", file=HEADER_FILE),
            )
        )
        return None
    text = _text_of(file, HEADER_FILE, findings)
    if text is None:
        return None
    try:
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 0
        remedy = english("Write one 'field: value' a line; put odd text in quotes.")
        findings.append(Finding(HEADER_FILE, line, "", english("The line is not YAML."), remedy))
        return None
    if not isinstance(root, yaml.MappingNode):
        problem = english("The file is not a list of fields.")
        findings.append(
            Finding(HEADER_FILE, 0, "", problem, english("Write one 'field: value' a line."))
        )
        return None
    return _header_fields(root, findings)


def _header_fields(root: yaml.MappingNode, findings: list[Finding]) -> RawHeader:
    cells: dict[str, object] = {}
    rows: dict[str, int] = {}
    for key, value in root.value:
        line, name = key.start_mark.line + 1, str(key.value)
        if name in cells:
            findings.append(
                Finding(
                    HEADER_FILE,
                    line,
                    name,
                    english("The field occurs twice."),
                    english("Keep one."),
                )
            )
        elif not isinstance(value, yaml.ScalarNode):
            problem = english("The field holds a list or a table.")
            findings.append(
                Finding(HEADER_FILE, line, name, problem, english("Give a single value."))
            )
        cells[name] = None if _is_nothing(value) else value.value
        rows[name] = line
    return RawHeader(cells, rows, HEADER_FILE)


def _is_nothing(value: yaml.Node) -> bool:
    """A list, already reported, or one of the ways YAML writes nothing without quotes."""
    return not isinstance(value, yaml.ScalarNode) or (
        value.value in YAML_NOTHING and value.style is None
    )


def _header_text(scenario: Scenario) -> str:
    plain = {name: excel_value(value) for name, value in scenario.header}
    return yaml.safe_dump(plain, allow_unicode=True, sort_keys=False, width=10**6)


def _table_text(scenario: Scenario, table: str) -> str:
    names = [column.name for column in columns(TABLES[table])]
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(
        [csv_text(getattr(row, name)) for name in names] for row in getattr(scenario, table)
    )
    return out.getvalue()


def _write(file: Path, text: str) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def _scenario_files(folder: str, names: list[str]) -> set[str]:
    """What a save writes afresh and therefore does not copy."""
    return {name for name in names if name == HEADER_FILE or Path(name).stem in TABLES}


def _replace(fresh: Path, folder: Path) -> None:
    """Puts the fresh folder in the place of the old one, which is put back if that fails."""
    if not folder.exists():
        fresh.rename(folder)
        return
    old = fresh.with_name(fresh.name + ".old")
    folder.rename(old)
    try:
        fresh.rename(folder)
    except OSError:
        old.rename(folder)
        raise
    shutil.rmtree(old)
