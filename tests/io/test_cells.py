"""A cell is read as what it plainly says, or is a fault that says what would put it right."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from planner.domain.records import ComplianceRule, Leg, Lot, Market, Record
from planner.io.cells import BLANK, Column, Fault, columns, csv_text, excel_value, read_cell


def column(record: type[Record], name: str) -> Column:
    return next(field for field in columns(record) if field.name == name)


UNITS, TAG, CURVE = (column(Lot, name) for name in ("units", "tag", "size_curve"))
LOT, CURRENCY, EXPIRY = (column(Lot, name) for name in ("lot", "tag_currency", "expiry"))
LABELS, ORIGIN_LABEL = column(Lot, "labels"), column(Lot, "origin_label")
MODE, EQUIPMENT = column(Leg, "mode"), column(Leg, "equipment")
QUOTA = column(ComplianceRule, "quota_units")


@pytest.mark.parametrize(
    ("cell", "field", "value"),
    [
        ("１２３", UNITS, 123),
        ("９９．５", TAG, 99.5),
        ("1,234", UNITS, 1234),
        ("1,234,567", UNITS, 1234567),
        ("1,234.5", TAG, 1234.5),
        ("12%", CURVE, 0.12),
        ("１２％", CURVE, 0.12),
        ("12.5 %", CURVE, 0.125),
        ("\u200b7\u00a0", UNITS, 7),
        ("5.0", UNITS, 5),
        (5.0, UNITS, 5),
        (5, TAG, 5.0),
        ("1e-07", TAG, 1e-07),
        ("-3", TAG, -3.0),
        (".5", CURVE, 0.5),
        ("", CURVE, BLANK),
        ("  ", CURVE, BLANK),
        (None, QUOTA, BLANK),
        ("2026-01-31", EXPIRY, date(2026, 1, 31)),
        ("２０２６-０１-３１", EXPIRY, date(2026, 1, 31)),
        ("2026-01-31 00:00:00", EXPIRY, date(2026, 1, 31)),
        (datetime(2026, 1, 31), EXPIRY, date(2026, 1, 31)),
        (date(2026, 1, 31), EXPIRY, date(2026, 1, 31)),
        ("NA", LOT, "NA"),
        ("null", LOT, "null"),
        ("00123", LOT, "00123"),
        ("Ａ１", LOT, "Ａ１"),
        (123, LOT, "123"),
        (123.0, LOT, "123"),
        ("ＣＮＹ", CURRENCY, "CNY"),
        ("CN;EN", LABELS, ("CN", "EN")),
        ("CN; EN;", LABELS, ("CN", "EN")),
        (("CN", "EN"), LABELS, ("CN", "EN")),
        (62, LABELS, ("62",)),
        ("sea_fcl", MODE, "sea_fcl"),
        ("", EQUIPMENT, BLANK),
        *[(word, ORIGIN_LABEL, True) for word in ("1", "true", "TRUE", "Yes", "是", 1, 1.0, True)],
        *[(word, ORIGIN_LABEL, False) for word in ("0", "false", "no", "否", 0, 0.0, False)],
    ],
)
def test_plain_cells_are_read(cell: object, field: Column, value: Any) -> None:
    read = read_cell(cell, field)
    assert read == value
    assert type(read) is type(value) or field is MODE


@pytest.mark.parametrize(
    ("cell", "field", "word"),
    [
        ("¥5", TAG, "Write 5"),
        ("￥99.50", TAG, "Write 99.50"),
        ("(5)", UNITS, "Write -5"),
        ("12万", UNITS, "Write 120000"),
        ("1.2万件", UNITS, "Write 12000"),
        ("10件", UNITS, "Write 10"),
        ("1.234,56", TAG, "Write 1234.56"),
        ("99,5", TAG, "Write 99.5"),
        ("1,2345", UNITS, "not a number"),
        ("inf", TAG, "not a number"),
        ("nan", TAG, "not a number"),
        (float("inf"), TAG, "not a finite number"),
        (float("nan"), UNITS, "not a finite number"),
        ("1_000", UNITS, "Write 1000"),
        ("1e308", TAG, "too large"),
        ("1e400", TAG, "not a finite number"),
        (1e308, UNITS, "too large"),
        ("12.7", UNITS, "Use 12 or 13"),
        (12.7, UNITS, "Use 12 or 13"),
        ("12%", UNITS, "percentage"),
        ("12%%", CURVE, "not a number"),
        (True, UNITS, "not a number"),
        ("", UNITS, "is blank"),
        (None, LOT, "is blank"),
        ("01/02/2025", EXPIRY, "2026-01-31"),
        ("2025/13/45", EXPIRY, "2026-01-31"),
        ("2025-02-30", EXPIRY, "no day"),
        (46000, EXPIRY, "Format the cell as a date"),
        (datetime(2026, 1, 31, 12), EXPIRY, "time of day"),
        (12345678901234567890, LOT, "digits may be lost"),
        (1e15, LOT, "digits may be lost"),
        (1.5, LOT, "Format the column as text"),
        (date(2026, 3, 1), LOT, "not text"),
        (True, LOT, "not text"),
        ("rmb", CURRENCY, "Did you mean 'CNY'"),
        ("人民币", CURRENCY, "Did you mean 'CNY'"),
        ("usd", CURRENCY, "Did you mean 'USD'"),
        ("CN;;EN", LABELS, "empty entry"),
        ("sea_fc", MODE, "Did you mean 'sea_fcl'"),
        ("teleport", MODE, "Use one of: truck"),
        ("maybe", ORIGIN_LABEL, "Use 1 or 0"),
        (2, ORIGIN_LABEL, "Use 1 or 0"),
    ],
)
def test_doubtful_cells_are_faults(cell: object, field: Column, word: str) -> None:
    fault = read_cell(cell, field)
    assert isinstance(fault, Fault)
    assert word in f"{fault.problem} {fault.remedy}"


@pytest.mark.parametrize("number", [0.1 + 0.2, 1e-12, 1e12, 1 / 3, 5.0, -0.5, 2.5e-308])
def test_numbers_keep_every_digit(number: float) -> None:
    assert read_cell(csv_text(number), TAG) == number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "1"),
        (False, "0"),
        (date(2026, 1, 31), "2026-01-31"),
        (("a", "b"), "a;b"),
        ((), ""),
        (3, "3"),
        (0.1, "0.1"),
    ],
)
def test_values_are_written_as_text(value: object, text: str) -> None:
    assert csv_text(value) == text


def test_only_values_of_records_are_written() -> None:
    with pytest.raises(TypeError):
        excel_value({"a": 1})


def test_the_column_of_a_field_knows_its_limits() -> None:
    assert (UNITS.kind, UNITS.least, UNITS.required) == (int, 0, True)
    assert (TAG.kind, TAG.above) == (float, 0)
    assert EXPIRY.optional
    assert CURRENCY.is_currency
    assert column(Market, "entry_sites").kind is tuple
