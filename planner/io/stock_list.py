"""A stock list as merchandisers keep it (.xlsx or .csv) -> Scenario, the rest taken from another."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from planner.domain import records as r
from planner.domain.check import matches
from planner.domain.check.basics import LOT_SELECTORS
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Confidence, SiteKind
from planner.errors import Finding, ScenarioError
from planner.io.cells import columns, excel_value, is_blank, read_cell, tidy
from planner.io.folder import csv_rows
from planner.io.preflight import preflight
from planner.io.tables import RawHeader, RawTable, raw_tables, scenario_of
from planner.io.workbook import open_both, sheet_rows

HEADINGS: dict[str, tuple[str, ...]] = {
    "lot": ("lot", "lot no", "batch", "货批", "批次", "批号"),
    "sku": ("sku", "sku code", "item", "item no", "article", "货号", "商品编码", "条码", "单品", "sku编码"),
    "style": ("style", "style no", "style code", "款号", "款", "款式", "款色"),
    "model": ("model", "型号"),
    "description": ("description", "product", "name", "product name", "品名", "商品名称", "名称"),
    "brand": ("brand", "品牌"),
    "category": ("category", "品类", "类别", "大类", "类目"),
    "hs_code": ("hs code", "hs", "海关编码", "税则号"),
    "season": ("season", "季节", "季"),
    "vintage_year": ("year", "vintage", "vintage year", "年份", "年度", "生产年份"),
    "origin": ("origin", "warehouse", "site", "仓库", "发货地", "库房", "发货仓"),
    "units": ("units", "qty", "quantity", "stock", "pieces", "pcs", "数量", "件数", "库存", "库存数量"),
    "units_per_carton": ("units per carton", "carton", "箱规", "每箱件数", "装箱数"),
    "tag": ("tag", "tag price", "msrp", "rrp", "retail price", "list price", "吊牌价", "零售价", "牌价"),
    "tag_currency": ("tag currency", "currency", "币种", "货币", "吊牌价货币"),
    "unit_cost": ("cost", "unit cost", "成本", "成本价", "单位成本", "采购价"),
    "unit_cost_currency": ("unit cost currency", "cost currency", "成本货币"),
    "kg": ("kg", "weight", "weight kg", "gross weight", "重量", "毛重", "单件重量"),
    "cbm": ("cbm", "volume", "volume cbm", "体积", "单件体积"),
    "expiry": ("expiry", "expiry date", "best before", "有效期", "保质期", "保质期至"),
    "labels": ("labels", "label languages", "标签语言", "标签"),
    "size_curve": ("size curve", "尺码齐全度", "齐码率"),
}  # fmt: skip
"""What the columns of a stock list may be called; the field's own name always counts."""

TOTALS = ("合计", "总计", "小计", "total", "subtotal", "sum", "grand total")
HEADER_WITHIN = 20
"""The header is looked for in so many rows from the top."""
LEAST_HEADINGS = 3
BOUND_TO_LOTS = ("reference_prices", "frozen_shipments", "actual_sales")
"""Tables of the other scenario that speak of its own lots and are therefore left out."""
SELECTING_LOTS = ("locks", "quantity_rules")
"""Tables of which the rows are left out that would touch nothing on the list."""
OWN_NAMES = ("lots", "styles")
"""Selectors by names that only the lots themselves have."""

NEEDED = ("brand", "category", "units", "tag")
"""Columns for which no default can be stated; one of lot, sku and style is needed too."""

Grid = Sequence[tuple[int, Sequence[object]]]


def scenario_from_stock_list(path: str | Path, like: Scenario, name: str) -> Scenario:
    """A scenario whose lots are the list's rows and whose other tables are those of `like`.

    What the list leaves out gets a default, which provenance calls an assumption. Locks and quantity
    rules of `like` that would touch nothing are left out. A row that cannot be read is a finding;
    then nothing is loaded.
    """
    file = Path(path)
    findings: list[Finding] = []
    if not file.is_file():
        raise ScenarioError(
            [Finding(str(file), 0, "", "There is no such file.", "Check the path.")]
        )
    raw = _list_of(_grid(file, findings), file.name, findings)
    if raw is None or findings:
        raise ScenarioError(findings)
    lots, assumed = _with_defaults(raw, like)
    header = {column: getattr(like.header, column) for column in r.Header.model_fields}
    tables = {**raw_tables(_kept(like, lots)), "lots": lots}
    sources = [_provenance(file.name, *assumption) for assumption in assumed]
    provenance = tables["provenance"]
    tables["provenance"] = RawTable(provenance.columns, [*provenance.rows, *sources])
    try:
        return scenario_of(RawHeader({**header, "scenario": name}, {}), tables)
    except ScenarioError as error:
        raise ScenarioError(
            replace(finding, table=file.name) if finding.table == "lots" else finding
            for finding in error.findings
        ) from error


def _grid(file: Path, findings: list[Finding]) -> Grid:
    """All rows of the list, whatever stands above its header."""
    if file.suffix.lower() == ".csv":
        return csv_rows(file, file.name, findings) or []
    content = file.read_bytes()
    preflight(content, file.name)
    book, saved = open_both(content, file.name)
    for sheet in book.worksheets:
        if sheet.sheet_state == "visible" and sheet.max_row > 1:
            return sheet_rows(sheet, saved[sheet.title])
    return []


def _list_of(grid: Grid, name: str, findings: list[Finding]) -> RawTable | None:
    """The list under its header, columns named as the fields of a lot, totals left out."""
    best = max(grid[:HEADER_WITHIN], key=lambda row: len(_fields_of(row[1])), default=(0, []))
    at, headings = best
    fields = _fields_of(headings)
    if len(fields) < LEAST_HEADINGS:
        problem = f"No row of the first {HEADER_WITHIN} is a header of a stock list."
        findings.append(Finding(name, 0, "", problem, "Name columns such as SKU, 数量 and 吊牌价."))
        return None
    for field, columns_found in fields.items():
        if len(columns_found) > 1:
            shown = " and ".join(f"'{headings[column]}'" for column in columns_found)
            problem = f"The columns {shown} mean the same."
            findings.append(Finding(name, at, field, problem, "Keep one of them."))
    missing = [field for field in NEEDED if field not in fields]
    if not {"lot", "sku", "style"} & set(fields):
        missing.append("sku")
    for field in missing:
        called = ", ".join(HEADINGS[field][:4])
        findings.append(Finding(name, at, field, "The column is missing.", f"Name it: {called}."))
    places = [(field, found[0]) for field, found in fields.items()]
    rows = [
        (number, [cells[column] if column < len(cells) else None for _, column in places])
        for number, cells in grid
        if number > at and not all(map(is_blank, cells)) and not _is_total(cells)
    ]
    return RawTable([field for field, _ in places], rows)


def _fields_of(cells: Sequence[object]) -> dict[str, list[int]]:
    """Field -> the columns whose heading means it."""
    fields: dict[str, list[int]] = {}
    for column, cell in enumerate(cells):
        heading = _heading(cell)
        for field, names in HEADINGS.items():
            if heading and (heading in names or heading == field.replace("_", " ")):
                fields.setdefault(field, []).append(column)
                break
    return fields


def _heading(cell: object) -> str:
    """A heading without its unit in brackets, marks and case: '重量（kg）*' is '重量'."""
    text = tidy(cell).casefold() if isinstance(cell, str) else ""
    return " ".join(re.sub(r"\(.*?\)|[*:_./]", " ", text).split())


def _is_total(cells: Sequence[object]) -> bool:
    first = next((cell for cell in cells if not is_blank(cell)), None)
    return isinstance(first, str) and _heading(first) in TOTALS


def _with_defaults(raw: RawTable, like: Scenario) -> tuple[RawTable, list[tuple[str, str, str]]]:
    """The list with a cell for every field of a lot, and what was assumed: (lot, field, why)."""
    names = [column.name for column in columns(r.Lot)]
    defaults = _Defaults(like)
    taken: Counter[str] = Counter()
    assumed: list[tuple[str, str, str]] = []
    rows: list[tuple[int, list[object]]] = []
    for number, cells in raw.rows:
        given = {n: c for n, c in zip(raw.columns, cells, strict=True) if not is_blank(c)}
        if "lot" not in given:
            given["lot"] = _lot_name(given, taken)
        for field in names:
            found = None if field in given else defaults.of(field, given)
            if found is not None:
                given[field] = found[0]
                if found[1]:
                    whole = field not in raw.columns
                    assumed.append(("" if whole else str(given["lot"]), field, found[1]))
        rows.append((number, [given.get(field) for field in names]))
    return RawTable(names, rows), list(dict.fromkeys(assumed))


def _lot_name(given: Mapping[str, object], taken: Counter[str]) -> object:
    """The sku or style; further rows of the same are counted on."""
    base = given.get("sku", given.get("style"))
    taken[str(base)] += 1
    return base if taken[str(base)] == 1 else f"{base}-{taken[str(base)]}"


class _Defaults:
    """What stands for a field the list leaves out, and why; nothing where none can be stated."""

    def __init__(self, like: Scenario) -> None:
        self.like = like
        self.origins = [site.site for site in like.sites if site.kind is SiteKind.ORIGIN]
        self.start_year = like.header.start_date.year

    def of(self, field: str, given: Mapping[str, object]) -> tuple[object, str] | None:
        """The value and the reason, blank where it follows from the row itself."""
        like = f"scenario '{self.like.header.scenario}'"
        match field:
            case "sku":
                return given.get("style", given["lot"]), ""
            case "style":
                return given["sku"], ""
            case "model":
                return given["style"], ""
            case "unit_cost_currency":
                return given["tag_currency"], ""
            case "tag_currency":
                return self.like.header.currency, "The planning currency."
            case "vintage_year":
                return self.start_year - 1, "The year before the plan starts."
            case "origin" if self.origins:
                return self.origins[0], f"The first origin of {like}."
            case "season" if lots := self._peers(given):
                usual = Counter(lot.season for lot in lots).most_common(1)[0][0]
                return usual, f"The usual season of the category in {like}."
            case "kg" | "cbm" if lots := self._peers(given):
                return median(
                    getattr(lot, field) for lot in lots
                ), f"The median of the category in {like}."
            case "unit_cost" if lots := self._peers(given):
                return self._cost(
                    given, lots
                ), f"The median share of tag of the category in {like}."
        return None

    def _peers(self, given: Mapping[str, object]) -> list[r.Lot]:
        """The other scenario's lots of the same category, or all of them."""
        lots = self.like.lots
        return [lot for lot in lots if lot.category == given.get("category")] or list(lots)

    def _cost(self, given: Mapping[str, object], lots: list[r.Lot]) -> object:
        tag = read_cell(given.get("tag"), _TAG)
        if not isinstance(tag, float):
            return None
        same = [
            lot.unit_cost / lot.tag for lot in lots if lot.tag_currency == lot.unit_cost_currency
        ]
        return round(tag * median(same), 4) if same else None


_TAG = next(column for column in columns(r.Lot) if column.name == "tag")


def _kept(like: Scenario, lots: RawTable) -> Scenario:
    """The other scenario without what speaks of its own lots."""
    at = {name: position for position, name in enumerate(lots.columns)}
    goods = [
        {name: str(cells[at[name]]) for name in LOT_SELECTORS.values()} for _, cells in lots.rows
    ]
    kept = {
        table: tuple(row for row in getattr(like, table) if _speaks_of(row, goods))
        for table in SELECTING_LOTS
    }
    sources = tuple(row for row in like.provenance if row.table not in ("lots", *BOUND_TO_LOTS))
    emptied: dict[str, tuple[r.Record, ...]] = dict.fromkeys(BOUND_TO_LOTS, ())
    return like.model_copy(update={**emptied, **kept, "lots": (), "provenance": sources})


def _speaks_of(row: r.Record, goods: Sequence[Mapping[str, str]]) -> bool:
    """Whether a row selects any of these goods, and each lot and style it names is among them."""

    def chosen(lot: Mapping[str, str]) -> bool:
        return all(matches(lot[name], getattr(row, by, ())) for by, name in LOT_SELECTORS.items())

    named = [(LOT_SELECTORS[by], one) for by in OWN_NAMES for one in getattr(row, by, ())]
    return any(map(chosen, goods)) and all(
        any(matches(lot[name], [one]) for lot in goods) for name, one in named
    )


def _provenance(file: str, lot: str, field: str, why: str) -> tuple[int, list[object]]:
    row = r.Provenance(
        table="lots",
        key=lot,
        field=field,
        source=f"{file} does not say",
        confidence=Confidence.ASSUMPTION,
        note=why,
    )
    return 0, [excel_value(getattr(row, name)) for name in r.Provenance.model_fields]
