"""Damaged folders and workbooks: each gives findings that say where and how, and nothing else."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner.errors import Finding, ScenarioError
from planner.io import load_folder, load_untrusted, load_workbook, save_folder, save_workbook
from planner.io import untrusted as untrusted_module
from tests.exhibits import full_scenario

FolderDamage = Callable[[Path], None]
BookDamage = Callable[[openpyxl.Workbook], None]


@dataclass(frozen=True)
class Case:
    """A damage, and where and in which words it must be reported."""

    damage: Callable[[Any], Any]
    table: str
    row: int
    field: str
    words: str


def at(row: int, table: str, /, **cells: str) -> FolderDamage:
    """Overwrites cells in a line of a table."""

    def damage(folder: Path) -> None:
        lines = _read(folder, table)
        for column, cell in cells.items():
            lines[row - 1][lines[0].index(column)] = cell
        _write(folder, table, lines)

    return damage


def more(table: str, like: int, /, **cells: str) -> FolderDamage:
    """Appends a copy of a line with other cells."""

    def damage(folder: Path) -> None:
        lines = _read(folder, table)
        lines.append(list(lines[like - 1]))
        _write(folder, table, lines)
        at(len(lines), table, **cells)(folder)

    return damage


def without_lines(table: str, *rows: int) -> FolderDamage:
    def damage(folder: Path) -> None:
        lines = _read(folder, table)
        _write(folder, table, [cells for row, cells in enumerate(lines, 1) if row not in rows])

    return damage


def without(file: str) -> FolderDamage:
    return lambda folder: (folder / file).unlink()


def text(file: str, old: str, new: str) -> FolderDamage:
    def damage(folder: Path) -> None:
        content = (folder / file).read_text("utf-8")
        assert old in content
        (folder / file).write_text(content.replace(old, new, 1), "utf-8")

    return damage


def raw(file: str, content: bytes) -> FolderDamage:
    return lambda folder: _ignore((folder / file).write_bytes(content))


def recoded(file: str, old: str, new: str) -> FolderDamage:
    """Changes the text of every line, such as its separator."""

    def damage(folder: Path) -> None:
        content = (folder / file).read_text("utf-8")
        (folder / file).write_text(content.replace(old, new), "utf-8")

    return damage


def both(*damages: FolderDamage) -> FolderDamage:
    def damage(folder: Path) -> None:
        for one in damages:
            one(folder)

    return damage


def _read(folder: Path, table: str) -> list[list[str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.reader(lines))


def _write(folder: Path, table: str, lines: list[list[str]]) -> None:
    with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as out:
        csv.writer(out, lineterminator="\n").writerows(lines)


def _ignore(_: object) -> None:
    return None


FOLDERS = {
    # files and their form
    "no header": Case(without("scenario.yaml"), "scenario.yaml", 0, "", "missing"),
    "no lots": Case(without("lots.csv"), "lots", 0, "", "no rows"),
    "no exits": Case(without("exits.csv"), "exits", 0, "", "no rows"),
    "no rates": Case(without("exchange_rates.csv"), "exchange_rates", 0, "", "no rows"),
    "no brands": Case(without("brands.csv"), "brands", 0, "", "lots.brand refers to it"),
    "extra table": Case(raw("lotts.csv", b"a\n1\n"), "lotts.csv", 0, "", "Did you mean 'lots'?"),
    "empty file": Case(raw("lots.csv", b""), "lots", 0, "", "empty"),
    "header alone": Case(
        lambda folder: _write(folder, "demand", _read(folder, "demand")[:1]),
        "demand", 0, "", "no rows",
    ),
    "nul": Case(text("lots.csv", "Linden", "Lin\0den"), "lots", 2, "", "NUL"),
    "utf-16": Case(
        raw("lots.csv", "lot,sku\nа,б\n".encode("utf-16")), "lots", 0, "", "UTF-16"
    ),
    "unknown encoding": Case(raw("lots.csv", b"lot\n\xff\xff\n"), "lots", 0, "", "nor in GBK"),
    "ragged": Case(text("lots.csv", "L2,", "L2,x,"), "lots", 3, "", "cells, the header"),
    "short line": Case(text("demand.csv", "summer,25.0", "summer"), "demand", 3, "", "3 cells"),
    "open quote": Case(text("lots.csv", "L2,", '"L2,'), "lots", 3, "", "Close the quote"),
    "semicolons": Case(recoded("demand.csv", ",", ";"), "demand", 1, "", "parted by ';'"),
    "tabs": Case(recoded("demand.csv", ",", "\t"), "demand", 1, "", "parted by tabs"),
    "unknown column": Case(
        text("lots.csv", "hs_code", "hs_cod"), "lots", 1, "hs_cod", "Did you mean 'hs_code'?"
    ),
    "missing column": Case(
        text("lots.csv", ",units,", ",unitz,"), "lots", 1, "units", "column is missing"
    ),
    "column twice": Case(text("lots.csv", "style", "sku"), "lots", 1, "sku", "occurs twice"),
    "yaml broken": Case(
        text("scenario.yaml", "title: Three", "title: [Three"), "scenario.yaml", 3, "", "not YAML"
    ),
    "yaml list": Case(
        raw("scenario.yaml", b"- a\n- b\n"), "scenario.yaml", 0, "", "not a list of fields"
    ),
    "yaml nested": Case(
        text("scenario.yaml", "currency: CNY", "currency: [CNY]"),
        "scenario.yaml", 6, "currency", "single value",
    ),
    "yaml twice": Case(
        text("scenario.yaml", "periods: 3", "periods: 3\nperiods: 4"),
        "scenario.yaml", 5, "periods", "occurs twice",
    ),
    "yaml unknown field": Case(
        text("scenario.yaml", "perspective", "perspectiv"),
        "scenario.yaml", 7, "perspectiv", "Did you mean 'perspective'?",
    ),
    "yaml field missing": Case(
        text("scenario.yaml", "as_of", "scenarios"), "scenario.yaml", 0, "as_of", "is blank"
    ),
    "no periods": Case(
        text("scenario.yaml", "periods: 3", "periods: 0"), "scenario.yaml", 4, "periods", "below 1"
    ),
    "no days": Case(
        text("scenario.yaml", "period: 14", "period: 0"),
        "scenario.yaml", 5, "days_per_period", "below 1",
    ),
    "endless plan": Case(
        both(
            text("scenario.yaml", "period: 14", "period: 1000"),
            text("scenario.yaml", "periods: 3", "periods: 500"),
        ),
        "scenario.yaml", 4, "periods", "shorter",
    ),
    # cells
    "negative units": Case(at(3, "lots", units="-5"), "lots", 3, "units", "-5 is below 0"),
    "nan": Case(at(2, "lots", tag="NaN"), "lots", 2, "tag", "not a number"),
    "infinity": Case(at(2, "lots", tag="inf"), "lots", 2, "tag", "not a number"),
    "1e308": Case(at(2, "lots", tag="1e308"), "lots", 2, "tag", "too large"),
    "1e13": Case(at(2, "lots", tag="1e13"), "lots", 2, "tag", "is above 1,000,000,000,000"),
    "zero weight": Case(at(2, "lots", kg="0"), "lots", 2, "kg", "not above 0"),
    "share above 1": Case(at(2, "lots", size_curve="90"), "lots", 2, "size_curve", "from 0 to 1"),
    "half a unit": Case(at(2, "lots", units="12.5"), "lots", 2, "units", "Use 12 or 13"),
    "currency sign": Case(at(2, "lots", tag="￥899"), "lots", 2, "tag", "Write 899"),
    "ambiguous date": Case(at(2, "lots", expiry="01/02/2027"), "lots", 2, "expiry", "2026-01-31"),
    "year 1899": Case(at(2, "lots", expiry="1899-12-31"), "lots", 2, "expiry", "outside"),
    "unknown word": Case(
        at(2, "legs", mode="trukc"), "legs", 2, "mode", "Did you mean 'truck'?"
    ),
    "blank name": Case(at(2, "sites", site=""), "sites", 2, "site", "blank"),
    "name with a star": Case(at(2, "sites", site="HZ*"), "sites", 2, "site", "';' or '*'"),
    "long name": Case(at(2, "lots", lot="x" * 81), "lots", 2, "lot", "longer than 80"),
    "blank at the end": Case(at(2, "lots", lot="L1 "), "lots", 2, "lot", "start or end"),
    "control character": Case(at(2, "lots", sku="a\tb"), "lots", 2, "sku", "control character"),
    "not a currency": Case(
        at(2, "lots", tag_currency="RMB1"), "lots", 2, "tag_currency", "currency code"
    ),
    # duplicates
    "duplicate lot": Case(at(3, "lots", lot="L1"), "lots", 3, "lot", "already in row 2"),
    "duplicate by case": Case(at(3, "lots", lot="l1"), "lots", 3, "lot", "row 2 only in case"),
    "duplicate by width": Case(at(3, "lots", lot="Ｌ1"), "lots", 3, "lot", "row 2 only in case"),
    "duplicate rung": Case(more("ladders", 2), "ladders", 5, "ladder", "already in row 2"),
    "duplicate order": Case(
        more("priorities", 2, goal="cash"), "priorities", 3, "order", "already in row 2"
    ),
    # names that do not resolve
    "unknown market": Case(
        at(3, "channels", market="SGP"), "channels", 3, "market", "Did you mean 'SG'?"
    ),
    "unknown brand": Case(
        at(2, "lots", brand="Lindn"), "lots", 2, "brand", "Did you mean 'Linden'?"
    ),
    "unknown origin": Case(at(2, "lots", origin="MOON"), "lots", 2, "origin", "not in sites"),
    "origin is a hub": Case(at(2, "lots", origin="JX-HUB"), "lots", 2, "origin", "HZ-WH"),
    "broken leg": Case(at(3, "legs", to_site="NBG"), "legs", 3, "to_site", "Did you mean 'NGB'?"),
    "unknown box": Case(at(4, "legs", equipment="40HQ"), "legs", 4, "equipment", "'40HC'"),
    "unknown entry": Case(
        at(3, "markets", entry_sites="SNI"), "markets", 3, "entry_sites", "Did you mean 'SIN'?"
    ),
    "no entry": Case(at(3, "markets", entry_sites=""), "markets", 3, "entry_sites", "blank"),
    "unknown ladder": Case(
        at(2, "channels", ladder="standart"), "channels", 2, "ladder", "'standard'"
    ),
    "unknown channel": Case(
        at(2, "demand", channel="CN-APPS"), "demand", 2, "channel", "Did you mean 'CN-APP'?"
    ),
    "unsold category": Case(
        at(2, "demand", category="jackets"), "demand", 2, "category", "Did you mean 'jacket'?"
    ),
    "unknown lot category": Case(
        at(2, "lots", category="jaket"), "lots", 2, "category", "Did you mean 'jacket'?"
    ),
    "duty on nothing": Case(
        at(2, "duties", category="jakcet"), "duties", 2, "category", "Did you mean 'jacket'?"
    ),
    "unknown rung": Case(
        at(2, "demand_points", rung="ful"), "demand_points", 2, "rung", "Did you mean 'full'?"
    ),
    "selector of nothing": Case(
        at(3, "rules", channels="SGX-*"), "rules", 3, "channels", "selects no channels"
    ),
    "excluded nowhere": Case(
        at(2, "brands", excluded_markets="VN"), "brands", 2, "excluded_markets", "no markets"
    ),
    "unknown mode": Case(at(2, "rules", modes="sea"), "rules", 2, "modes", "selects no modes"),
    "lock on no such lot": Case(at(3, "locks", lots="L9"), "locks", 3, "lots", "no lots"),
    "source of no table": Case(
        at(2, "provenance", table="dutys"), "provenance", 2, "table", "Did you mean 'duties'?"
    ),
    "source of no field": Case(
        at(2, "provenance", field="rates"), "provenance", 2, "field", "Did you mean 'rate'?"
    ),
    # tables that do not agree
    "missing rate": Case(
        without_lines("exchange_rates", 2), "sites", 5, "currency", "SGD has no exchange rate"
    ),
    "rate too late": Case(
        at(2, "exchange_rates", valid_from="2026-02-01"),
        "sites", 5, "currency", "on 2026-01-05, the first day",
    ),
    "home rate": Case(
        more("exchange_rates", 2, currency="CNY", rate="2"),
        "exchange_rates", 5, "rate", "Use 1",
    ),
    "overlapping dates": Case(
        more("duties", 3, valid_from="2026-01-20"), "duties", 4, "valid_from", "row 3 hold"
    ),
    "dates back to front": Case(
        at(2, "levies", valid_from="2026-02-01", valid_to="2026-01-01"),
        "levies", 2, "valid_to", "2026-02-01",
    ),
    "duty missing": Case(
        without_lines("duties", 3), "duties", 0, "market", "no duty on 'dress' with HS code 620443"
    ),
    "duty ends early": Case(
        at(3, "duties", valid_to="2026-01-31"), "duties", 0, "market", "on 2026-02-01"
    ),
    "duty for other codes": Case(
        at(2, "duties", hs_prefixes="6103"), "duties", 0, "market", "HS code 620293"
    ),
    "no parcel regime": Case(
        without_lines("parcel_regimes", 2), "parcel_regimes", 0, "market", "'SG-POST'"
    ),
    "season missing": Case(
        without_lines("season_factors", 3), "demand", 2, "season", "for period 2"
    ),
    "season misspelt": Case(
        at(2, "demand", season="wintr"), "demand", 2, "season", "Did you mean 'winter'?"
    ),
    "cyclic legs": Case(
        more("legs", 2, leg="back", from_site="NGB", to_site="HZ-WH"),
        "legs", 0, "to_site", "HZ-WH > JX-HUB > NGB > HZ-WH",
    ),
    "leg to itself": Case(
        at(3, "legs", to_site="JX-HUB"), "legs", 3, "to_site", "starts and ends"
    ),
    "cut off": Case(without_lines("legs", 2), "legs", 0, "from_site", "from 'HZ-WH'"),
    "box without leg price": Case(
        both(
            at(4, "legs", cost_per_box="0", origin_cost_per_box="0"), without_lines("leg_boxes", 2)
        ),
        "legs", 4, "cost_per_box", "price",
    ),
    "box price without box": Case(at(4, "legs", equipment=""), "legs", 4, "equipment", "no box"),
    "late lot": Case(at(2, "lots", available_period="9"), "lots", 2, "available_period", "1 to 3"),
    "late lock": Case(at(3, "locks", sell_period="4"), "locks", 3, "sell_period", "1 to 3"),
    "frozen too many": Case(
        at(2, "frozen_shipments", units="81"), "frozen_shipments", 2, "units", "it has 80"
    ),
    "frozen elsewhere": Case(
        at(2, "frozen_shipments", entry_site="NGB"), "frozen_shipments", 2, "entry_site", "JX-HUB"
    ),
    "frozen too late": Case(
        at(2, "frozen_shipments", arrival_date="2026-03-01"),
        "frozen_shipments", 2, "arrival_date", "2026-02-15",
    ),
    "lock without units": Case(at(3, "locks", units=""), "locks", 3, "units", "Give the units"),
    "lock of too many": Case(at(3, "locks", units="121"), "locks", 3, "units", "120 or fewer"),
    "lock of nothing": Case(
        at(3, "locks", brands="Northpeak"), "locks", 3, "lots", "touches no lot"
    ),
    "nowhere to go": Case(at(2, "exits", brands="Linden"), "lots", 4, "lot", "hold exit"),
    "free wholesale": Case(
        at(2, "channels", fee_model="wholesale"), "channels", 2, "wholesale_ratio", "share of tag"
    ),
    "free buy-out": Case(
        at(2, "channels", fee_model="buy_out"), "channels", 2, "buy_out_share", "share of tag"
    ),
    "same price twice": Case(
        at(3, "ladders", price_ratio="1.0"), "ladders", 3, "price_ratio", "same ratio"
    ),
    "specific without currency": Case(
        at(3, "duties", kind="specific"), "duties", 3, "specific_currency", "without a currency"
    ),
    "quota of nothing": Case(at(3, "rules", quota_units=""), "rules", 3, "quota_units", "quota"),
    "cost for nothing": Case(at(2, "rules", fixed_per="none"), "rules", 2, "fixed_per", "style"),
    "cost in nothing": Case(
        at(2, "rules", fixed_currency=""), "rules", 2, "fixed_currency", "no currency"
    ),
    "hs code": Case(at(2, "lots", hs_code="62.02"), "lots", 2, "hs_code", "4 to 10 digits"),
    "future goods": Case(at(2, "lots", vintage_year="2062"), "lots", 2, "vintage_year", "1950"),
    "off the map": Case(at(2, "sites", latitude="120.1"), "sites", 2, "latitude", "-90 and 90"),
}  # fmt: skip


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound folder and a sound workbook, to be copied and damaged."""
    place = tmp_path_factory.mktemp("saved")
    save_folder(full_scenario(), place / "folder")
    save_workbook(full_scenario(), place / "book.xlsx")
    return place


def assert_found(found: tuple[Finding, ...], case: Case) -> None:
    hits = [f for f in found if (f.table, f.row, f.field) == (case.table, case.row, case.field)]
    assert hits, found
    assert any(case.words in f"{hit.problem} {hit.remedy}" for hit in hits), hits
    assert all(finding.problem and finding.remedy for finding in found)
    assert not any(word in str(f) for f in found for word in ("pydantic", "Input should", "<"))


@pytest.mark.parametrize("name", FOLDERS)
def test_a_damaged_folder_gives_findings(saved: Path, tmp_path: Path, name: str) -> None:
    case = FOLDERS[name]
    folder = tmp_path / "scenario"
    shutil.copytree(saved / "folder", folder)
    case.damage(folder)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    with pytest.raises(ScenarioError) as caught:
        load_folder(folder)
    assert_found(caught.value.findings, case)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["scenario"]


def test_all_findings_come_at_once(saved: Path, tmp_path: Path) -> None:
    folder = tmp_path / "scenario"
    shutil.copytree(saved / "folder", folder)
    both(
        at(2, "lots", units="-5", tag="inf"),
        at(3, "channels", market="SGP"),
        text("scenario.yaml", "perspective: both", "perspective: bth"),
        raw("lotz.csv", b"x\n"),
    )(folder)
    with pytest.raises(ScenarioError) as caught:
        load_folder(folder)
    places = {(f.table, f.row, f.field) for f in caught.value.findings}
    assert places >= {
        ("lots", 2, "units"),
        ("lots", 2, "tag"),
        ("lotz.csv", 0, ""),
        ("scenario.yaml", 7, "perspective"),
    }


def test_a_faulty_row_is_not_reported_again_by_those_that_name_it(
    saved: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "scenario"
    shutil.copytree(saved / "folder", folder)
    both(at(2, "lots", units="-5"), at(3, "channels", market="SGP"))(folder)
    with pytest.raises(ScenarioError) as caught:
        load_folder(folder)
    places = [(f.table, f.row, f.field) for f in caught.value.findings]
    assert places == [("channels", 3, "market"), ("lots", 2, "units")]


def sheet_cell(sheet: str, cell: str, value: Any) -> BookDamage:
    def damage(book: openpyxl.Workbook) -> None:
        book[sheet][cell] = value
        if not isinstance(value, date):
            book[sheet][cell].number_format = "General"

    return damage


def retitled(old: str, new: str) -> BookDamage:
    return lambda book: setattr(book[old], "title", new)


BOOKS = {
    "missing sheet": Case(lambda book: book.remove(book["lots"]), "lots", 0, "", "no rows"),
    "no scenario sheet": Case(
        lambda book: book.remove(book["scenario"]), "scenario", 0, "", "missing"
    ),
    "unknown sheet": Case(retitled("lots", "Lots list"), "Lots list", 0, "", "no such table"),
    "misspelt sheet": Case(retitled("lots", "lotss"), "lotss", 0, "", "Did you mean 'lots'?"),
    "hidden table": Case(
        lambda book: setattr(book["lots"], "sheet_state", "veryHidden"),
        "lots", 0, "", "Unhide",
    ),
    "formula without value": Case(
        sheet_cell("lots", "N2", "=SUM(1,2)"), "lots", 2, "units_per_carton", "no saved value"
    ),
    "error value": Case(
        sheet_cell("lots", "M3", "#REF!"), "lots", 3, "units", "the error #REF!"
    ),
    "merged header": Case(
        lambda book: book["lots"].merge_cells("A1:B1"), "lots", 1, "", "A1:B1 are merged"
    ),
    "merged cells": Case(
        lambda book: book["lots"].merge_cells("M2:M3"), "lots", 2, "", "M2:M3 are merged"
    ),
    "header moved down": Case(
        lambda book: book["ladders"].insert_rows(1), "ladders", 1, "rung", "column is missing"
    ),
    "number as name": Case(
        sheet_cell("lots", "A2", 12345678901234567890), "lots", 2, "lot", "digits may be lost"
    ),
    "date as name": Case(
        sheet_cell("lots", "A2", date(2026, 3, 1)),
        "lots", 2, "lot", "Format the column as text",
    ),
    "text as number": Case(sheet_cell("lots", "M2", "12万"), "lots", 2, "units", "Write 120000"),
    "negative": Case(sheet_cell("lots", "M2", -1), "lots", 2, "units", "-1 is below 0"),
    "serial date": Case(
        sheet_cell("scenario", "B4", 46000), "scenario", 4, "start_date", "Format the cell"
    ),
    "unnamed column": Case(
        sheet_cell("ladders", "F2", "x"), "ladders", 1, "", "cells but no name"
    ),
    "scenario sheet turned": Case(
        sheet_cell("scenario", "A1", "name"), "scenario", 1, "", "field and value"
    ),
    "field twice": Case(
        sheet_cell("scenario", "A3", "scenario"), "scenario", 3, "scenario", "occurs twice"
    ),
    "unknown market": Case(
        sheet_cell("channels", "C3", "SGP"), "channels", 3, "market", "Did you mean 'SG'?"
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BOOKS)
def test_a_damaged_workbook_gives_findings(saved: Path, tmp_path: Path, name: str) -> None:
    case = BOOKS[name]
    book = openpyxl.load_workbook(saved / "book.xlsx")
    case.damage(book)
    file = tmp_path / "book.xlsx"
    book.save(file)
    before = file.read_bytes()
    with pytest.raises(ScenarioError) as caught:
        load_workbook(file)
    assert_found(caught.value.findings, case)
    assert file.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["book.xlsx"]


def rezipped(content: bytes, **members: bytes) -> bytes:
    """The workbook with further or other members."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for member in old.infolist():
            if member.filename not in members:
                new.writestr(member.filename, old.read(member))
        for name, data in members.items():
            new.writestr(name, data)
    return out.getvalue()


def claiming(content: bytes, size: int) -> bytes:
    """The workbook with a directory that claims a huge first member."""
    entry = content.index(b"PK\x01\x02")
    return content[: entry + 24] + size.to_bytes(4, "little") + content[entry + 28 :]


def sheet_with(rows: bytes, dimension: bytes = b"A1") -> bytes:
    return b'<worksheet><dimension ref="%s"/><sheetData>%s</sheetData></worksheet>' % (
        dimension,
        rows,
    )


SHEET = "xl/worksheets/sheet1.xml"
HOSTILE: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "empty": (lambda book: b"", "empty"),
    "a web page": (lambda book: b"<html><table><tr><td>1</td></tr></table>", "web page"),
    "old xls": (lambda book: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "password"),
    "text": (lambda book: b"lot,sku\n1,2\n", "not an Excel workbook"),
    "truncated": (lambda book: book[: len(book) // 2], "cut short"),
    "flipped bytes": (lambda book: book[:60] + bytes(400) + book[460:], "damaged"),
    "another zip": (lambda book: _zip({"a.txt": b"hello"}), "not an Excel workbook"),
    "macros": (lambda book: rezipped(book, **{"xl/vbaProject.bin": b"x"}), "macros"),
    "links": (
        lambda book: rezipped(book, **{"xl/externalLinks/externalLink1.xml": b"<a/>"}),
        "link",
    ),
    "climbing path": (lambda book: rezipped(book, **{"../../evil.txt": b"x"}), "unsafe path"),
    "absolute path": (lambda book: rezipped(book, **{"/etc/evil": b"x"}), "unsafe path"),
    "200 MB claimed": (lambda book: claiming(book, 4_000_000_000), "MB are allowed"),
    "bomb": (
        lambda book: rezipped(book, **{"xl/media/a.bin": bytes(30_000_000)}),
        "times its size",
    ),
    "many parts": (
        lambda book: rezipped(book, **{f"x/{n}.txt": b"" for n in range(2001)}),
        "2,000 are allowed",
    ),
    "far cell": (
        lambda book: rezipped(
            book, **{SHEET: sheet_with(b'<row r="1"><c r="XFD1048576"><v>1</v></c></row>')}
        ),
        "beyond 200,000 rows",
    ),
    "far column": (
        lambda book: rezipped(book, **{SHEET: sheet_with(b'<row r="1"><c r="GS1"/></row>')}),
        "200 columns",
    ),
    "far dimension": (
        lambda book: rezipped(book, **{SHEET: sheet_with(b"", b"A1:C1048576")}),
        "beyond 200,000 rows",
    ),
    "many rows": (
        lambda book: rezipped(book, **{SHEET: sheet_with(b"".join(_rows(200_001)))}),
        "beyond 200,000 rows",
    ),
    "entities": (
        lambda book: rezipped(
            book, **{SHEET: b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'}
        ),
        "XML entities",
    ),
    "broken sheet": (lambda book: rezipped(book, **{SHEET: b"<worksheet><sheet"}), "damaged"),
    "broken book": (lambda book: rezipped(book, **{"xl/workbook.xml": b"<workbook"}), "damaged"),
}


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _rows(count: int) -> list[bytes]:
    """Rows without numbers that do not shrink to nothing in a zip."""
    return [b"<row><c><v>%d</v></c></row>" % (n * 2654435761 % 2**40) for n in range(count)]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_workbook_gives_one_clear_error(saved: Path, name: str) -> None:
    damage, words = HOSTILE[name]
    content = damage((saved / "book.xlsx").read_bytes())
    with pytest.raises(ScenarioError) as caught:
        load_workbook(content, "upload.xlsx")
    (finding,) = caught.value.findings
    assert finding.table == "upload.xlsx"
    assert words in finding.problem
    assert finding.remedy


@pytest.mark.parametrize("name", ["book.xlsm", "book.xls", "book.csv"])
def test_only_xlsx_is_read(saved: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match="files are not read"):
        load_workbook((saved / "book.xlsx").read_bytes(), name)


def test_findings_of_the_child_process_arrive(saved: Path, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(saved / "book.xlsx")
    book["lots"]["M2"] = -1
    book.save(tmp_path / "book.xlsx")
    with pytest.raises(ScenarioError, match="lots row 2, units: -1 is below 0"):
        load_untrusted(tmp_path / "book.xlsx")


def test_a_child_process_that_takes_too_long_is_ended(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(untrusted_module, "MOST_SECONDS", 0.05)
    with pytest.raises(ScenarioError, match="took longer"):
        load_untrusted(saved / "book.xlsx")


def test_a_child_process_that_grows_too_large_is_ended(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(untrusted_module, "MOST_MEMORY", 100_000_000)
    with pytest.raises(ScenarioError, match="more memory"):
        load_untrusted(saved / "book.xlsx")
