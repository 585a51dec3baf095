"""A hundred hostile files, made afresh; run as a program it says what each costs to refuse.

python -m tests.io.hostile
"""

from __future__ import annotations

import io
import json
import random
import resource
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import openpyxl

from planner.errors import ScenarioError
from planner.io import save_workbook
from planner.io.untrusted import grids_untrusted
from tests.exhibits import tiny_scenario

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
SHEET, BOOK, STRINGS = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"
STYLES, KINDS = "xl/styles.xml", "[Content_Types].xml"
BOOK_RELS, CORE = "xl/_rels/workbook.xml.rels", "docProps/core.xml"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

PARTS = 8
ROOT = Path(__file__).parents[2]


class Case(NamedTuple):
    """A file, and a word its refusal holds; '' = it may be opened, and does no harm."""

    name: str
    file: str
    content: Callable[[], bytes]
    word: str


@cache
def plain() -> bytes:
    """A sound workbook of a scenario."""
    out = io.BytesIO()
    save_workbook(tiny_scenario(), out)
    return out.getvalue()


def with_parts(**parts: bytes) -> bytes:
    return changed({name.replace("__", "/"): data for name, data in parts.items()})


def changed(parts: dict[str, bytes], level: int = 6) -> bytes:
    """The sound workbook with other or further parts."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(plain())) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as new,
    ):
        for member in old.infolist():
            if member.filename not in parts:
                new.writestr(member.filename, old.read(member))
        for name, data in parts.items():
            new.writestr(name, data)
    return out.getvalue()


def part(name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(plain())) as archive:
        return archive.read(name)


def sheet(rows: bytes, extra: bytes = b"", head: bytes = b"") -> bytes:
    return b'<worksheet xmlns="%s">%s<sheetData>%s</sheetData>%s</worksheet>' % (
        MAIN.encode(), head, rows, extra,
    )  # fmt: skip


def on_sheet(rows: bytes, extra: bytes = b"", head: bytes = b"") -> Callable[[], bytes]:
    return lambda: changed({SHEET: sheet(rows, extra, head)})


def noise(count: int) -> bytes:
    return random.Random(1).randbytes(count)


def words(count: int) -> bytes:
    """Text that does not shrink to nothing."""
    return noise(count // 2).hex().encode()


def rows_of(count: int, cell: bytes = b"<c><v>%d</v></c>") -> bytes:
    return b"".join(
        b"<row>" + cell.replace(b"%d", b"%d" % (n * 2654435761 % 2**40)) + b"</row>"
        for n in range(count)
    )


def bomb(name: str, megabytes: int) -> Callable[[], bytes]:
    return lambda: changed({name: b"<a>" + bytes(megabytes * 1_000_000) + b"</a>"})


def nested_zip() -> bytes:
    inner = bytes(9_000_000)
    for _ in range(4):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for n in range(4):
                archive.writestr(f"{n}.zip", inner)
        inner = out.getvalue()
    return inner


def patched(old: bytes, new: bytes) -> Callable[[], bytes]:
    return lambda: plain().replace(old, new)


def directory_says(offset: int, value: bytes) -> Callable[[], bytes]:
    """The first entry of the zip directory with other bytes."""

    def make() -> bytes:
        content = plain()
        at = content.index(b"PK\x01\x02") + offset
        return content[:at] + value + content[at + len(value) :]

    return make


def with_method(method: int) -> Callable[[], bytes]:
    """A part packed in another way."""

    def make() -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(io.BytesIO(plain())) as old, zipfile.ZipFile(out, "w") as new:
            for member in old.infolist():
                new.writestr(member.filename, old.read(member), method)
        return out.getvalue()

    return make


def entities(kind: str) -> bytes:
    """Declarations in front of a part."""
    if kind == "file":
        return b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    if kind == "net":
        return b'<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1:9/x">]>'
    if kind == "parameter":
        return b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd"> %p;]>'
    if kind == "quadratic":
        return b'<!DOCTYPE x [<!ENTITY e "' + b"a" * 100_000 + b'">]>'
    lines = [b'<!ENTITY a0 "ha">']
    lines += [b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10)]
    return b"<!DOCTYPE x [" + b"".join(lines) + b"]>"


def declared(name: str, kind: str) -> Callable[[], bytes]:
    def make() -> bytes:
        body = part(name)
        start = body.index(b"?>") + 2 if body.startswith(b"<?xml") else 0
        return changed({name: body[:start] + entities(kind) + body[start:]})

    return make


def other_encoding(name: str, encoding: str, prefix: bytes = b"") -> Callable[[], bytes]:
    def make() -> bytes:
        text = part(name).decode().replace("UTF-8", encoding)
        return changed({name: prefix + text.encode(encoding, errors="replace")})

    return make


def rels(target: str, kind: str = "worksheet", mode: str = "") -> Callable[[], bytes]:
    """The relations of the workbook, all pointing elsewhere."""
    marks = "".join(
        f'<Relationship Id="rId{n}" Type="{RELS}/{kind}" Target="{target}"{mode}/>'
        for n in range(1, 60)
    )
    text = f'<Relationships xmlns="{PACKAGE}">{marks}</Relationships>'
    return lambda: changed({BOOK_RELS: text.encode()})


def formulas(text: str) -> Callable[[], bytes]:
    """A workbook made by openpyxl whose second cell is a formula without a value."""

    def make() -> bytes:
        book = openpyxl.Workbook()
        made = book.worksheets[0]
        made.append(["lot", text])
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return make


def from_office(*rows: list[object]) -> Callable[[], bytes]:
    def make() -> bytes:
        book = openpyxl.Workbook()
        for row in rows:
            book.worksheets[0].append(row)
        out = io.BytesIO()
        book.save(out)
        return out.getvalue()

    return make


def overlapping() -> bytes:
    """Many entries of the directory that point at one packed part."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = bytes(900_000)
    packed = packer.compress(data) + packer.flush()
    crc = zlib.crc32(data)
    local = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(packed), len(data), 1, 0)
    body = local + b"a" + packed
    entries = b""
    for n in range(1500):
        name = b"%d" % n
        entries += struct.pack(
            "<4s6H3I5H2I", b"PK\1\2", 20, 20, 0, 8, 0, 0, crc, len(packed), len(data),
            len(name), 0, 0, 0, 0, 0, 0,
        ) + name  # fmt: skip
    end = struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, 1500, 1500, len(entries), len(body), 0)
    return body + entries + end


def claims() -> Iterator[Case]:
    """Files that are not what they are called."""
    web = b"<html><table><tr><td>1</td></tr></table></html>"
    old_xml = (
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>'
    )
    yield Case("empty file", "a.xlsx", lambda: b"", "empty")
    yield Case("a single byte", "a.xlsx", lambda: b"P", "not an Excel")
    yield Case("only the zip mark", "a.xlsx", lambda: b"PK\3\4", "damaged")
    yield Case("random bytes", "a.xlsx", lambda: noise(100_000), "not an Excel")
    yield Case("zeros", "a.xlsx", lambda: bytes(1_000_000), "not an Excel")
    yield Case("a web page", "a.xlsx", lambda: web, "web page")
    yield Case("a web page named xls", "a.xls", lambda: web, "web page")
    yield Case("a page after blanks", "a.xlsx", lambda: b"\n\n  " + web, "web page")
    yield Case("XML of 2003", "a.xlsx", lambda: old_xml, "web page")
    yield Case("a CSV", "a.xlsx", lambda: b"lot,sku\n1,2\n", "not an Excel")
    yield Case("JSON", "a.xlsx", lambda: b'{"lots": []}', "not an Excel")
    yield Case("a PDF", "a.xlsx", lambda: b"%PDF-1.7\n" + noise(1000), "not an Excel")
    yield Case("a picture", "a.xlsx", lambda: b"\x89PNG\r\n\x1a\n" + noise(1000), "not an Excel")
    yield Case("a program", "a.xlsx", lambda: b"\x7fELF" + noise(1000), "not an Excel")
    yield Case("a gzip", "a.xlsx", lambda: b"\x1f\x8b\x08" + noise(1000), "not an Excel")
    yield Case("a locked workbook", "a.xlsx", lambda: OLE + b"EncryptedPackage" * 99, "password")
    yield Case("an old workbook", "a.xls", lambda: OLE + bytes(5000), "password")
    for ending in ("xlsm", "xls", "xlsb", "ods", "csv", "exe"):
        yield Case(f"named {ending}", f"a.{ending}", plain, "not read")
    yield Case("another zip", "a.xlsx", lambda: zipped({"a.txt": b"hello"}), "not an Excel")
    word = {"word/document.xml": b"<a/>", KINDS: b"<a/>"}
    yield Case("a letter", "a.xlsx", lambda: zipped(word), "not an Excel")


def zipped(parts: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def archives() -> Iterator[Case]:
    """Zip files that are broken, lie, or unpack to too much."""
    for share in (10, 50, 90, 99):
        cut = f"cut at {share} %"
        yield Case(cut, "a.xlsx", lambda s=share: plain()[: len(plain()) * s // 100], "damaged")  # type: ignore[misc]
    yield Case("a hole", "a.xlsx", lambda: plain()[:60] + bytes(400) + plain()[460:], "damaged")
    yield Case("wrong checksum", "a.xlsx", directory_says(16, b"\1\2\3\4"), "damaged")
    yield Case("claims 4 GB", "a.xlsx", directory_says(24, b"\xf0\xff\xff\xff"), "allowed")
    yield Case("claims nothing", "a.xlsx", directory_says(24, bytes(4)), "damaged")
    yield Case("points nowhere", "a.xlsx", directory_says(42, b"\xff\xff\xff\x7f"), "damaged")
    yield Case("locked part", "a.xlsx", directory_says(8, b"\1\0"), "password")
    yield Case("unknown packing", "a.xlsx", directory_says(10, b"\x63\0"), "damaged")
    yield Case("a bomb of a picture", "a.xlsx", bomb("xl/media/a.bin", 30), "times its size")
    yield Case("a bomb of a sheet", "a.xlsx", bomb(SHEET, 150), "times its size")
    yield Case("a bomb of texts", "a.xlsx", bomb(STRINGS, 150), "times its size")
    small = {f"xl/media/{n}.bin": bytes(990_000) for n in range(250)}
    yield Case("many small bombs", "a.xlsx", lambda: changed(small), "allowed")
    yield Case("zips in zips", "a.xlsx", nested_zip, "not an Excel")
    yield Case("overlapping parts", "a.xlsx", overlapping, "allowed")
    many = {f"x/{n}.txt": b"" for n in range(2_001)}
    yield Case("many parts", "a.xlsx", lambda: changed(many), "allowed")
    for name in ("../../evil.txt", "/etc/evil", "..\\..\\evil.txt", "C:\\evil.txt", "a/../../b"):
        yield Case(f"a part {name}", "a.xlsx", lambda n=name: changed({n: b"x"}), "unsafe path")  # type: ignore[misc]
    yield Case("a long name", "a.xlsx", lambda: changed({"x" * 60_000: b"x"}), "")
    nul = changed({"aaXaa": b"x"}).replace(b"aaXaa", b"aa\0aa")
    yield Case("a NUL in a name", "a.xlsx", lambda: nul, "unsafe path")
    yield Case("bzip2", "a.xlsx", with_method(zipfile.ZIP_BZIP2), "")
    yield Case("macros", "a.xlsx", lambda: changed({"xl/vbaProject.bin": b"x"}), "macros")
    kinds = part(KINDS).replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")
    yield Case("macros by its kind", "a.xlsx", lambda: changed({KINDS: kinds}), "macros")
    link = {"xl/externalLinks/externalLink1.xml": b"<a/>"}
    yield Case("links", "a.xlsx", lambda: changed(link), "linked")
    dde = b'<externalLink><ddeLink ddeService="cmd" ddeTopic="/c calc"/></externalLink>'
    linked = {"xl/externalLinks/externalLink1.xml": dde}
    yield Case("a DDE link", "a.xlsx", lambda: changed(linked), "linked")


def markup() -> Iterator[Case]:
    """XML made to harm."""
    for kind in ("file", "net", "parameter", "quadratic", "laughs"):
        yield Case(f"entities ({kind})", "a.xlsx", declared(SHEET, kind), "entities")
    for name in (BOOK, STRINGS, STYLES, CORE, KINDS, BOOK_RELS):
        yield Case(f"entities in {name}", "a.xlsx", declared(name, "laughs"), "entities")
    yield Case("a sheet in UTF-16", "a.xlsx", other_encoding(SHEET, "UTF-16"), "UTF-8")
    yield Case("a book in UTF-16", "a.xlsx", other_encoding(BOOK, "UTF-16LE", b"\xff\xfe"), "UTF-8")
    yield Case("a sheet in UTF-7", "a.xlsx", other_encoding(SHEET, "UTF-7"), "UTF-8")
    yield Case("a sheet in EBCDIC", "a.xlsx", other_encoding(SHEET, "cp037"), "")
    yield Case("an open tag", "a.xlsx", lambda: changed({SHEET: b"<worksheet><sheet"}), "damaged")
    yield Case("no XML", "a.xlsx", lambda: changed({SHEET: noise(5_000)}), "")
    yield Case("an empty sheet", "a.xlsx", lambda: changed({SHEET: b""}), "damaged")
    yield Case("a broken book", "a.xlsx", lambda: changed({BOOK: b"<workbook"}), "damaged")
    deep = b"<a>" * 200_000 + b"</a>" * 200_000
    yield Case("deep tags", "a.xlsx", lambda: changed({SHEET: sheet(b"", deep)}, 0), "")
    yield Case("deep tags in styles", "a.xlsx", lambda: changed({STYLES: deep}, 0), "")
    marks = b"<row " + b" ".join(b'a%d="1"' % n for n in range(200_000)) + b"/>"
    yield Case("many attributes", "a.xlsx", on_sheet(marks), "")
    controls = b'<row r="1"><c r="A1" t="inlineStr"><is><t>&#0;&#8;</t></is></c></row>'
    yield Case("control characters", "a.xlsx", on_sheet(controls), "damaged")
    yield Case("relations to nowhere", "a.xlsx", rels("worksheets/none.xml"), "no sheet")
    yield Case("relations that climb", "a.xlsx", rels("../../../../etc/passwd"), "no sheet")
    outside = ' TargetMode="External"'
    yield Case(
        "relations outside", "a.xlsx", rels("http://127.0.0.1:9/x", mode=outside), "no sheet"
    )
    yield Case("relations in a ring", "a.xlsx", rels("workbook.xml"), "")
    yield Case("relations of no kind", "a.xlsx", rels("worksheets/sheet1.xml", "nonsense"), "")


def sheets() -> Iterator[Case]:
    """Sheets that are too large, or hold what they should not."""
    far = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    yield Case("a far cell", "a.xlsx", on_sheet(far), "beyond")
    yield Case("a far cell in quotes", "a.xlsx", on_sheet(far.replace(b'"', b"'")), "beyond")
    spaced = far.replace(b'r="X', b'r = "X').replace(b'r="1048576"', b'r = "1048576"')
    yield Case("a far cell with spaces", "a.xlsx", on_sheet(spaced), "beyond")
    coded = far.replace(b"XFD", b"&#88;FD").replace(b'r="1048576"', b'r="&#49;048576"')
    yield Case("a far cell in code", "a.xlsx", on_sheet(coded), "beyond")
    row = b"<row>" + b"<c><v>1</v></c>" * 16_384 + b"</row>"
    yield Case("16,384 columns", "a.xlsx", on_sheet(row), "beyond")
    head = b'<dimension ref="A1:XFD1048576"/>'
    yield Case("a far dimension", "a.xlsx", on_sheet(b"", head=head), "beyond")
    yield Case("1,000,000 rows packed", "a.xlsx", on_sheet(b"<row/>" * 1_000_000), "times its size")
    empty = sheet(b"<row/>" * 1_000_000)
    yield Case("1,000,000 empty rows", "a.xlsx", lambda: changed({SHEET: empty}, 0), "beyond")
    numbered = b"".join(b'<row r="%d" ht="%d"/>' % (n, n * 7919 % 97) for n in range(1, 1_000_001))
    yield Case("1,000,000 rows", "a.xlsx", on_sheet(numbered), "beyond")
    prefixed = rows_of(400_000).replace(b"<row", b"<x:row ").replace(b"</row", b"</x:row")
    yield Case("400,000 rows, prefixed", "a.xlsx", on_sheet(prefixed), "beyond")
    cells = (
        b"<row>" + b"".join(b"<c><v>%d</v></c>" % (n * 7919 % 99991) for n in range(15)) + b"</row>"
    )
    crowd = sheet(cells * 150_000)
    yield Case("many cells", "a.xlsx", lambda: changed({SHEET: crowd}, 0), "cells")
    merged = b'<mergeCells><mergeCell ref="A1:GR200000"/></mergeCells>'
    yield Case("all cells merged", "a.xlsx", on_sheet(b"", merged), "merged")
    merged = b"".join(b'<mergeCell ref="A%d:C%d"/>' % (n, n) for n in range(1, 100_000))
    merged = b"<mergeCells>%s</mergeCells>" % merged
    yield Case("many merges", "a.xlsx", on_sheet(b"", merged), "merged")
    text = b"<sst xmlns='%s'><si><t>%s</t></si></sst>" % (MAIN.encode(), words(60_000_000))
    yield Case("a text of 60 MB", "a.xlsx", lambda: changed({STRINGS: text}, level=1), "")
    texts = b"".join(b"<si><t>%d</t></si>" % n for n in range(1_100_000))
    strings = b'<sst xmlns="%s">%s</sst>' % (MAIN.encode(), texts)
    yield Case("a million texts", "a.xlsx", lambda: changed({STRINGS: strings}), "texts")
    index = b'<row r="1"><c r="A1" t="s"><v>99999999</v></c></row>'
    yield Case("a text that is not there", "a.xlsx", on_sheet(index), "damaged")
    kind = b'<row r="1"><c r="A1" t="zz"><v>1</v></c><c r="B1" s="9999"><v>2</v></c></row>'
    yield Case("cells of no kind", "a.xlsx", on_sheet(kind), "")
    number = b'<row r="1"><c r="A1"><v>1e999</v></c><c r="B1"><v>abc</v></c></row>'
    yield Case("numbers that are none", "a.xlsx", on_sheet(number), "")
    day = b'<row r="1"><c r="A1" t="d"><v>9999-99-99</v></c></row>'
    yield Case("a day that is none", "a.xlsx", on_sheet(day), "damaged")
    for text in ("=cmd|'/c calc'!A0", "=1+1", '=HYPERLINK("http://127.0.0.1:9")', "=A1"):
        yield Case(f"the formula {text}", "a.xlsx", formulas(text), "")
    shared = b'<f t="shared" si="0" ref="A1:A9">A1+</f></c><c r="B1"><f t="shared" si="7"/>'
    shared = b'<row r="1"><c r="A1">%s</c></row>' % shared
    yield Case("a broken shared formula", "a.xlsx", on_sheet(shared), "")
    text = b'<row r="1"><c r="A1" t="inlineStr"><is><t>=cmd|calc</t></is></c></row>'
    yield Case("a formula as text", "a.xlsx", on_sheet(text), "")
    cols = b'<cols><col min="1" max="999999999" width="9"/></cols>'
    yield Case("endless columns", "a.xlsx", on_sheet(b"", head=cols), "")
    named = (
        b"<definedNames>" + b'<definedName name="a">A1</definedName>' * 50_000 + b"</definedNames>"
    )
    book = part(BOOK).replace(b"</sheets>", b"</sheets>" + named)
    yield Case("50,000 names", "a.xlsx", lambda: changed({BOOK: book}, 0), "")
    ring = from_office(["=A1"], ["lot", "", None, True, 1e308])
    yield Case("odd values", "a.xlsx", ring, "")


@cache
def cases() -> tuple[Case, ...]:
    """All of them."""
    return (*claims(), *archives(), *markup(), *sheets())


class Cost(NamedTuple):
    """What opening a case came to."""

    name: str
    said: str
    """The refusal; '' = opened."""
    work_seconds: float
    """Of processor, here and in a child."""
    clock_seconds: float
    most_megabytes: float
    """The most memory any child has held so far: ask it of a process that did nothing else."""


def cost(case: Case) -> Cost:
    content = case.content()
    before, clock = _work(), time.monotonic()
    said = ""
    try:
        grids_untrusted(content, case.file)
    except ScenarioError as error:
        said = str(error.findings[0])
    held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    return Cost(case.name, said, _work() - before, time.monotonic() - clock, held)


def _work() -> float:
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def costs(part: int) -> list[Cost]:
    """What every PARTS-th case costs, counted in a process of its own.

    A child's peak starts from that of its parent: beside other tests theirs would be counted.
    """
    done = subprocess.run(
        [sys.executable, "-m", "tests.io.hostile", str(part)], capture_output=True, cwd=ROOT
    )
    assert done.returncode == 0, done.stderr.decode()
    return [Cost(*row) for row in json.loads(done.stdout)]


def main() -> None:
    """One line a case, the dearest at the end; of one part, what costs() reads."""
    if len(sys.argv) > 1:
        rows = [cost(case) for case in cases()[int(sys.argv[1]) :: PARTS]]
        sys.stdout.write(json.dumps(rows))
        return
    rows = [each for part in range(PARTS) for each in costs(part)]
    for each in rows:
        sys.stdout.write(
            f"{each.work_seconds:6.2f} s {each.clock_seconds:6.2f} s by the clock  "
            f"{each.name}: {each.said[:90] or 'opened'}\n"
        )
    worst = max(rows, key=lambda each: each.work_seconds)
    sys.stdout.write(
        f"{len(rows)} files; dearest {worst.work_seconds:.2f} s of work ({worst.name}), by the "
        f"clock {max(each.clock_seconds for each in rows):.2f} s; "
        f"most memory {max(each.most_megabytes for each in rows):.0f} MB\n"
    )


if __name__ == "__main__":
    main()
