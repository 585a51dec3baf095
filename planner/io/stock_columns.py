"""The sheets of a stock list -> which column is which field of a lot, with how sure that is.

What is proposed can be shown, changed (`with_field`) and remembered for the next list of the brand
(`remember`); nothing here reads a row of goods.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from planner.domain.columns import tidy
from planner.domain.records import Lot
from planner.io.cells import is_blank
from planner.io.grids import Cell, Grid, column_letters
from planner.language import english

HEADINGS: dict[str, tuple[str, ...]] = {
    "lot": ("lot", "lot no", "batch", "货批", "批次", "批号"),
    "sku": (
        "sku",
        "sku code",
        "item",
        "item no",
        "article",
        "货号",
        "商品编码",
        "单品",
        "sku编码",
        "款色码",
    ),
    "style": ("style", "style no", "style code", "款号", "款", "款式", "款色", "款式编码"),
    "model": ("model", "型号"),
    "description": ("description", "product", "name", "product name", "品名", "商品名称", "名称"),
    "brand": ("brand", "品牌", "brand name"),
    "category": ("category", "品类", "类别", "大类", "类目", "商品类别", "product group"),
    "hs_code": ("hs code", "hs", "海关编码", "税则号"),
    "season": ("season", "季节", "季", "产品季", "上市季节"),
    "vintage_year": ("year", "vintage", "vintage year", "年份", "年度", "生产年份"),
    "origin": ("origin", "warehouse", "site", "仓库", "发货地", "库房", "发货仓", "仓库名称"),
    "units": (
        *("units", "qty", "quantity", "stock", "pieces", "pcs", "on hand", "stock on hand"),
        *("数量", "件数", "库存", "库存数量", "可用库存", "结存数量", "期末库存", "库存数"),
    ),
    "units_per_carton": ("units per carton", "carton", "箱规", "每箱件数", "装箱数"),
    "tag": (
        *("tag", "tag price", "msrp", "rrp", "retail price", "list price"),
        *("吊牌价", "零售价", "牌价", "建议零售价", "吊牌"),
    ),
    "tag_currency": ("tag currency", "currency", "币种", "货币", "吊牌价货币"),
    "unit_cost": (
        "cost",
        "unit cost",
        "成本",
        "成本价",
        "单位成本",
        "采购价",
        "进货价",
        "含税成本",
    ),
    "unit_cost_currency": ("unit cost currency", "cost currency", "成本货币"),
    "kg": ("kg", "weight", "weight kg", "gross weight", "重量", "毛重", "单件重量", "单重"),
    "cbm": ("cbm", "volume", "volume cbm", "体积", "单件体积"),
    "expiry": (
        *("expiry", "expiry date", "best before"),
        *("有效期", "保质期", "保质期至", "有效期至", "到期日"),
    ),
    "labels": ("labels", "label languages", "标签语言", "标签"),
    "size_curve": ("size curve", "尺码齐全度", "齐码率"),
    "size": ("size", "尺码", "尺寸", "码数"),
}
"""What the columns of a stock list may be called; the field's own name always counts."""

SECOND_CHOICE = {
    "条码": "sku",
    "barcode": "sku",
    "ean": "sku",
    "商品条码": "sku",
    "国际条码": "sku",
}
"""Headings that name a field only where no other column does."""
SIZE = "size"
"""The size of a row's goods, which is no field of a lot and is added to the sku."""
UNITS_OF_SIZE = "units of a size"
"""What a column with the units of one size has for its field; its heading is the size."""
LETTER_SIZE = re.compile(r"(?:\d{0,2}x{0,4}[sl]|x{1,4}|m|f|os|one size|均码|free)", re.IGNORECASE)
NUMBER_SIZE = re.compile(
    r"(?:2[0-9]|3[0-9]|4[0-9]|5[0-6])(?:\.5)?|(?:[5-9]0|1[0-8][05])|\d{3}/\d{2}[a-c]?"
)
"""Waists and shoes 20 to 56, children 50 to 185 cm, Chinese sizes such as 165/88A."""
LEAST_SIZES = 2

NOT_THESE = (
    "锁定",
    "在途",
    "reserved",
    "transit",
    "残次",
    "defect",
    "销售",
    "sold",
    "sales",
    "已售",
    "金额",
    "amount",
    "value",
    "总额",
    "合计",
)
"""A heading that merely contains a known word, and one of these, means something else."""

EXACT, JOINED, SECOND, PART = 1.0, 0.9, 0.8, 0.7
"""How sure a column is: its heading is known; one row of it is; it is a second choice; a word of it is."""
HEADER_WITHIN = 20
"""The header is looked for in so many rows from the top."""
MOST_HEADER_ROWS = 3
LEAST_HEADINGS = 3
SAMPLES = 3


@dataclass(frozen=True)
class StockColumn:
    """A column of a list, the field it is proposed for ('' = none, 'size' = units of one size)."""

    column: int
    heading: str
    field: str
    confidence: float
    why: str
    samples: tuple[str, ...] = ()

    @property
    def letters(self) -> str:
        """'C' for the third column."""
        return column_letters(self.column)


@dataclass(frozen=True)
class StockLayout:
    """Where a sheet has its header and what its columns are."""

    sheet: str
    header_first: int
    header_last: int
    columns: tuple[StockColumn, ...]

    def of(self, field: str) -> tuple[StockColumn, ...]:
        """The columns proposed for a field."""
        return tuple(column for column in self.columns if column.field == field)

    @property
    def fields(self) -> set[str]:
        """The fields that have a column."""
        return {column.field for column in self.columns if column.field}


def propose(grid: Grid, remembered: Mapping[str, str] | None = None) -> StockLayout | None:
    """The layout of a sheet, or None where no row looks like the header of a stock list.

    `remembered` is what `remember` gave for an earlier list: heading -> field.
    """
    known = dict(remembered or {})
    top = [row for row in grid.rows if row[0] <= _first_row(grid) + HEADER_WITHIN]
    blocks = [
        top[at : at + depth]
        for at in range(len(top))
        for depth in range(1, MOST_HEADER_ROWS + 1)
        if at + depth <= len(top) and top[at + depth - 1][0] - top[at][0] < MOST_HEADER_ROWS
    ]
    layouts = [found for block in blocks if (found := _layout(grid, block, known)) is not None]
    best = max(layouts, key=_score, default=None)
    return None if best is None or len(best.fields) < LEAST_HEADINGS else best


def _score(layout: StockLayout) -> float:
    """How much of a stock list's header a layout holds: each field once, few rows, sizes gladly."""
    sure: dict[str, float] = {}
    for each in layout.columns:
        if each.field:
            sure[each.field] = max(sure.get(each.field, 0.0), each.confidence)
    rows = layout.header_last - layout.header_first
    return sum(sure.values()) - 0.01 * rows + (0.3 if UNITS_OF_SIZE in sure else 0.0)


def with_field(layout: StockLayout, column: int, field: str) -> StockLayout:
    """The layout with a column used as the person says: for a field, or '' for nothing."""
    if field not in ("", SIZE, UNITS_OF_SIZE, *Lot.model_fields):
        raise ValueError(f"'{field}' is not a field of a lot.")
    columns = tuple(
        replace(each, field=field, confidence=EXACT, why="chosen")
        if each.column == column
        else each
        for each in layout.columns
    )
    return replace(layout, columns=columns)


def remember(layout: StockLayout) -> dict[str, str]:
    """Heading -> field, to be kept by the caller for the next list of the same brand."""
    return {heading_of(each.heading): each.field for each in layout.columns if each.heading}


def heading_of(cell: object) -> str:
    """A heading without its unit in brackets, marks and case: '重量（kg）*' is '重量'."""
    text = tidy(cell).casefold() if isinstance(cell, str) else ""
    return " ".join(re.sub(r"\(.*?\)|\[.*?\]|[*:_./#]", " ", text).split())


def _first_row(grid: Grid) -> int:
    return grid.rows[0][0] if grid.rows else 1


def _layout(
    grid: Grid, block: Sequence[tuple[int, Sequence[Cell]]], known: Mapping[str, str]
) -> StockLayout | None:
    """The layout if these rows were the header; None where one of them is surely goods."""
    first, last = block[0][0], block[-1][0]
    width = max(len(cells) for _, cells in block)
    parts = [_parts(grid, block, column) for column in range(width)]
    if any(_is_goods(texts) for texts in parts):
        return None
    body = [cells for number, cells in grid.rows if number > last][:50]
    columns = [_column(at, parts[at], known, body) for at in range(width)]
    columns = _with_sizes(columns, parts, body, known)
    return StockLayout(grid.title, first, last, tuple(_without_rivals(columns)))


def _is_goods(texts: Sequence[str]) -> bool:
    """Whether something that is neither a heading nor a size stands below a known heading."""
    known = False
    for text in texts:
        if known and not _exact(heading_of(text)) and not _is_size(text):
            return True
        known = known or bool(_exact(heading_of(text)))
    return False


def _parts(grid: Grid, block: Sequence[tuple[int, Sequence[Cell]]], column: int) -> list[str]:
    """The texts above a column, top to bottom; a merged heading counts for all its columns."""
    texts = []
    for number, cells in block:
        cell = cells[column] if column < len(cells) else None
        for top, left, bottom, right in grid.merged:
            if top <= number <= bottom and left <= column + 1 <= right and left <= len(cells):
                cell = cells[left - 1] if number == top else None
        text = "" if is_blank(cell) else _heading_text(cell)
        if text and text not in texts:
            texts.append(text)
    return texts


def _heading_text(cell: Cell) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return tidy(str(cell))


def _column(
    at: int, parts: Sequence[str], known: Mapping[str, str], body: Sequence[Sequence[Cell]]
) -> StockColumn:
    """One column by its heading alone."""
    heading = " ".join(parts)
    samples = tuple(
        str(cells[at]) for cells in body if at < len(cells) and not is_blank(cells[at])
    )[:SAMPLES]
    field, confidence, why = "", 0.0, english("no known heading")
    whole = heading_of(heading)
    if whole and whole in known:
        field, confidence, why = known[whole], EXACT, english("remembered")
    elif found := _exact(whole):
        field, confidence, why = found, EXACT, english("its heading")
    elif found := next(filter(None, (_exact(heading_of(part)) for part in reversed(parts))), ""):
        field, confidence, why = found, JOINED, english("one row of its heading")
    elif found := SECOND_CHOICE.get(whole, ""):
        field, confidence, why = found, SECOND, english("its heading, as a second choice")
    elif found := _part(whole):
        field, confidence, why = found, PART, english("a word of its heading")
    return StockColumn(at, heading, field, confidence, why, samples)


def _exact(heading: str) -> str:
    for field, names in HEADINGS.items():
        if heading and (heading in names or heading == field.replace("_", " ")):
            return field
    return ""


def _part(heading: str) -> str:
    """The field of the longest known word a heading contains."""
    if any(word in heading for word in NOT_THESE):
        return ""
    found = [
        (len(name) * (1 if name.isascii() else 2), field)
        for field, names in HEADINGS.items()
        for name in names
        if (name in heading.split() if name.isascii() else len(name) > 1 and name in heading)
        or (name.isascii() and " " in name and name in heading)
    ]
    return max(found)[1] if found else ""


def _with_sizes(
    columns: list[StockColumn],
    parts: Sequence[Sequence[str]],
    body: Sequence[Sequence[Cell]],
    known: Mapping[str, str],
) -> list[StockColumn]:
    """Columns headed by sizes and holding counts are the units of these sizes."""
    sizes = [
        column.column
        for column in columns
        if parts[column.column]
        and _is_size(parts[column.column][-1])
        and column.field in ("", "units", SIZE, UNITS_OF_SIZE)
        and _holds_counts(column.column, body)
        and known.get(heading_of(column.heading), UNITS_OF_SIZE) == UNITS_OF_SIZE
    ]
    if len(sizes) < LEAST_SIZES:
        return columns
    return [
        replace(
            each,
            field=UNITS_OF_SIZE,
            heading=parts[each.column][-1],
            confidence=JOINED,
            why=english("a size"),
        )
        if each.column in sizes
        else each
        for each in columns
    ]


def _is_size(text: str) -> bool:
    word = re.sub(r"[码号]$", "", tidy(text))
    return bool(LETTER_SIZE.fullmatch(word) or NUMBER_SIZE.fullmatch(word.lower()))


def _holds_counts(column: int, body: Sequence[Sequence[Cell]]) -> bool:
    """Whether what stands in a column is mostly whole numbers; the rest is for a person to mend."""
    cells = [cells[column] for cells in body if column < len(cells)]
    counts = [_is_count(cell) for cell in cells if not is_blank(cell)]
    return bool(counts) and 2 * sum(counts) >= len(counts)


def _is_count(cell: Cell) -> bool:
    if isinstance(cell, str):
        return re.fullmatch(r"\d+|[-/]", tidy(cell)) is not None
    return isinstance(cell, int | float) and not isinstance(cell, bool) and cell == int(cell)


def _without_rivals(columns: Sequence[StockColumn]) -> list[StockColumn]:
    """Of several columns for a field the surest keeps it; equals both keep it, for a person to choose.

    A column of units beside columns of sizes is their total and is left out.
    """
    best: dict[str, float] = {}
    for each in columns:
        best[each.field] = max(best.get(each.field, 0.0), each.confidence)
    kept = []
    has_sizes = UNITS_OF_SIZE in best
    for each in columns:
        if each.field == "units" and has_sizes:
            each = replace(each, field="", confidence=0.0, why=english("the total of the sizes"))
        elif each.field not in ("", UNITS_OF_SIZE) and each.confidence < best[each.field]:
            each = replace(
                each,
                field="",
                confidence=0.0,
                why=english("another is surely {field}", field=each.field),
            )
        kept.append(each)
    return kept
