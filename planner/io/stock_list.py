"""A stock list as merchandisers keep it (.xlsx or .csv) -> Scenario, the rest taken from another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from planner.domain import records as r
from planner.domain.check import matches
from planner.domain.check.basics import LOT_SELECTORS
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import Confidence, SiteKind
from planner.errors import Finding, ScenarioError
from planner.io.cells import columns, excel_value, read_cell
from planner.io.grids import Grid
from planner.io.stock_columns import (
    HEADER_WITHIN,
    HEADINGS,
    UNITS_OF_SIZE,
    StockLayout,
    propose,
)
from planner.io.stock_rows import NAMES, Sizes, StockRows, read_rows
from planner.io.tables import RawHeader, RawTable, raw_tables, scenario_of
from planner.io.text_list import SUFFIXES as TEXT_SUFFIXES
from planner.io.untrusted import grids_untrusted, text_untrusted
from planner.language import english

BOUND_TO_LOTS = ("reference_prices", "frozen_shipments", "actual_sales")
"""Tables of the other scenario that speak of its own lots and are therefore left out."""
SELECTING_LOTS = ("locks", "quantity_rules")
"""Tables of which the rows are left out that would touch nothing on the list."""
OWN_NAMES = ("lots", "styles")
"""Selectors by names that only the lots themselves have."""

NEEDED = ("brand", "category", "units", "tag")
"""Columns for which no default can be stated; one of lot, sku and style is needed too."""


@dataclass(frozen=True)
class StockList:
    """A list as it was understood: its columns, its rows, the sheets left out, what is wrong with it."""

    file: str
    layouts: tuple[StockLayout, ...]
    rows: StockRows
    left_out: Mapping[str, str]
    """Sheet -> why it is not read."""
    findings: tuple[Finding, ...]
    """Faults of the list as a whole, such as a column that is missing; then no row is taken."""

    def place(self, sheet: str) -> str:
        """What findings call a sheet of the file."""
        return self.file if sheet == self.file else f"{self.file}, sheet {sheet}"

    @property
    def rejected(self) -> tuple[Finding, ...]:
        """Why rows are not taken, each with its file, sheet and row."""
        return tuple(replace(found, table=self.place(found.table)) for found in self.rows.rejected)


def scenario_from_stock_list(path: str | Path, like: Scenario, name: str, **how: Any) -> Scenario:
    """The scenario of a stock list (`read_stock_list`, `scenario_of_list`); any finding is an error."""
    return scenario_of_list(read_stock_list(path, like, **how), like, name)


def read_stock_list(
    source: str | Path | bytes,
    like: Scenario,
    name: str = "list.xlsx",
    *,
    remembered: Mapping[str, str] | None = None,
    layouts: Sequence[StockLayout] | None = None,
    sizes: Sizes = Sizes.ROWS,
    given: Mapping[str, object] | None = None,
) -> StockList:
    """A workbook or CSV as a stock list, its columns proposed, or as `layouts` says.

    `remembered` is what an earlier list of the brand taught (heading -> field); `given` holds for
    every row that does not say otherwise, such as the brand of a list of one brand.
    """
    if not isinstance(source, bytes):
        name = Path(source).name
    grids = _grids(source, name)
    left_out = {grid.title: english("It is hidden.") for grid in grids if not grid.visible}
    seen = {grid.title: grid for grid in grids if grid.visible}
    if layouts is None:
        proposed = {title: propose(grid, remembered) for title, grid in seen.items()}
        left_out |= {title: _no_header() for title, found in proposed.items() if found is None}
        layouts = _chosen([each for each in proposed.values() if each], given or {}, left_out)
    if not layouts:
        finding = Finding(
            name, 0, "", _no_header(), english("Name columns such as SKU, 数量 and 吊牌价.")
        )
        return StockList(name, (), StockRows(), left_out, (finding,))
    findings = [found for each in layouts for found in _layout_findings(each, given or {}, name)]
    rows = StockRows()
    seasons = sorted({row.season for row in like.demand} | {lot.season for lot in like.lots})
    for layout in layouts if not findings else ():
        read_rows(seen[layout.sheet], layout, sizes, seasons, rows)
    for lot in rows.lots:
        lot.update({field: value for field, value in (given or {}).items() if field not in lot})
    return StockList(name, tuple(layouts), rows, left_out, tuple(findings))


def scenario_of_list(
    stock: StockList, like: Scenario, name: str, *, leave_out_rejected: bool = False
) -> Scenario:
    """A scenario whose lots are the list's rows and whose other tables are those of `like`.

    What the list leaves out gets a default, which provenance calls an assumption. Locks and quantity
    rules of `like` that would touch nothing are left out. A row that cannot be read is a finding;
    then nothing is loaded, unless rejected rows are to be left out.
    """
    if stock.findings or (stock.rejected and not leave_out_rejected):
        raise ScenarioError([*stock.findings, *stock.rejected])
    try:
        return _scenario(stock, like, name)
    except ScenarioError as error:
        bad = {found.row for found in error.findings if found.table == "lots" and found.row}
        rest = [found for found in error.findings if found.table != "lots" or not found.row]
        if not leave_out_rejected or rest or len(bad) == len(stock.rows.lots):
            raise ScenarioError(_placed(stock, error.findings)) from error
        return _scenario(without_rows(stock, error.findings), like, name)


def without_rows(stock: StockList, findings: Sequence[Finding]) -> StockList:
    """The list with the lots these findings speak of among the rejected."""
    bad = {found.row for found in findings}
    rows = stock.rows
    kept = [at for at in range(len(rows.lots)) if at + 1 not in bad]
    rejected = [
        replace(found, table=sheet, row=row)
        for found in findings
        for sheet, row in [rows.places[found.row - 1]]
    ]
    fewer = StockRows(
        [rows.lots[at] for at in kept],
        [rows.places[at] for at in kept],
        [*rows.rejected, *rejected],
        rows.ignored,
        rows.notes,
    )
    return replace(stock, rows=fewer)


def _placed(stock: StockList, findings: Sequence[Finding]) -> list[Finding]:
    """Findings of lots with the file, sheet and row they come from."""
    places = stock.rows.places
    return [
        replace(found, table=stock.place(places[found.row - 1][0]), row=places[found.row - 1][1])
        if found.table == "lots" and found.row
        else found
        for found in findings
    ]


def _scenario(stock: StockList, like: Scenario, name: str) -> Scenario:
    lots, assumed = _with_defaults(stock.rows.lots, like)
    header = {column: getattr(like.header, column) for column in r.Header.model_fields}
    tables = {**raw_tables(_kept(like, lots)), "lots": lots}
    sources = [_provenance(stock.file, *assumption) for assumption in assumed]
    provenance = tables["provenance"]
    tables["provenance"] = RawTable(provenance.columns, [*provenance.rows, *sources])
    return scenario_of(RawHeader({**header, "scenario": name}, {}), tables)


def _grids(source: str | Path | bytes, name: str) -> list[Grid]:
    """The sheets of a workbook, or a text as one sheet called after its file."""
    is_text = Path(name).suffix.lower() in TEXT_SUFFIXES
    return text_untrusted(source, name) if is_text else grids_untrusted(source, name)


def _no_header() -> str:
    return english(
        "No row of the first {header_within} is a header of a stock list.",
        header_within=HEADER_WITHIN,
    )


def _chosen(
    layouts: Sequence[StockLayout], given: Mapping[str, object], left_out: dict[str, str]
) -> list[StockLayout]:
    """The sheets that have every column needed; where none has, the one with most."""
    whole = [each for each in layouts if not _missing(each, given)]
    chosen = whole or sorted(layouts, key=lambda each: len(_missing(each, given)))[:1]
    for each in layouts:
        if each not in chosen:
            left_out[each.sheet] = english(
                "It has no column for {each}.", each=", ".join(_missing(each, given))
            )
    return chosen


def _missing(layout: StockLayout, given: Mapping[str, object]) -> list[str]:
    """The fields needed that a layout has no column for."""
    there = layout.fields | set(given)
    if UNITS_OF_SIZE in there:
        there.add("units")
    missing = [field for field in NEEDED if field not in there]
    return missing if there & set(NAMES) else [*missing, "sku"]


def _layout_findings(layout: StockLayout, given: Mapping[str, object], name: str) -> list[Finding]:
    """Columns that mean the same, and columns that are missing."""
    found = []
    for field in sorted(layout.fields - {UNITS_OF_SIZE}):
        rivals = layout.of(field)
        if len(rivals) > 1:
            shown = " and ".join(f"'{each.heading}'" for each in rivals)
            problem = english("The columns {shown} mean the same.", shown=shown)
            found.append(
                Finding(name, layout.header_last, field, problem, english("Keep one of them."))
            )
    for field in _missing(layout, given):
        called = ", ".join(HEADINGS[field][:4])
        remedy = english("Name it: {called}; or say what it is for all rows.", called=called)
        found.append(
            Finding(name, layout.header_last, field, english("The column is missing."), remedy)
        )
    return found


def _with_defaults(
    lots: Sequence[Mapping[str, Any]], like: Scenario
) -> tuple[RawTable, list[tuple[str, str, str]]]:
    """The lots with a cell for every field, and what was assumed: (lot, field, why)."""
    names = [column.name for column in columns(r.Lot)]
    told = {field for lot in lots for field in lot}
    defaults = _Defaults(like)
    taken: Counter[str] = Counter()
    assumed: list[tuple[str, str, str]] = []
    rows: list[tuple[int, list[object]]] = []
    for number, lot in enumerate(lots, start=1):
        given = dict(lot)
        if "lot" not in given:
            given["lot"] = _lot_name(given, taken)
        for field in names:
            found = None if field in given else defaults.of(field, given)
            if found is not None:
                given[field] = found[0]
                if found[1]:
                    whole = field not in told
                    assumed.append(("" if whole else str(given["lot"]), field, found[1]))
        rows.append((number, [excel_value(given.get(field)) for field in names]))
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
                return self.like.header.currency, english("The planning currency.")
            case "vintage_year":
                return self.start_year - 1, english("The year before the plan starts.")
            case "origin" if self.origins:
                return self.origins[0], english("The first origin of {like}.", like=like)
            case "season" if lots := self._peers(given):
                usual = Counter(lot.season for lot in lots).most_common(1)[0][0]
                return usual, english("The usual season of the category in {like}.", like=like)
            case "kg" | "cbm" if lots := self._peers(given):
                return median(getattr(lot, field) for lot in lots), english(
                    "The median of the category in {like}.", like=like
                )
            case "unit_cost" if lots := self._peers(given):
                return self._cost(given, lots), english(
                    "The median share of tag of the category in {like}.", like=like
                )
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
        source=english("{file} does not say", file=file),
        confidence=Confidence.ASSUMPTION,
        note=why,
    )
    return 0, [excel_value(getattr(row, name)) for name in r.Provenance.model_fields]
