"""Cells pasted from a spreadsheet of any country: read right, or rejected with the reason."""

import pytest

from planner.domain.columns import Fault, columns
from planner.domain.records import Lot
from planner.io.paste import Decimal, as_typed, decimal_of, read_paste, rows_by_key
from tests.exhibits import tiny_scenario

LOTS = tiny_scenario().lots
COLUMN = {column.name: column for column in columns(Lot)}


def paste(text: str, decimal: Decimal | None = None) -> tuple[list[str], list[str]]:
    """Changes and rejections in words."""
    found = read_paste(text, "lots", Lot, rows_by_key(LOTS), decimal)
    return [str(change) for change in found.changes], [str(each) for each in found.rejected]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026年5月1日", "2026-05-01"),
        ("2026/5/1", "2026-05-01"),
        ("2026-05-01", "2026-05-01"),
        ("1.5.2026", "2026-05-01"),
        ("01/05/2026", "01/05/2026"),
    ],
)
def test_dates_are_read_where_they_mean_one_day(written: str, read: str) -> None:
    assert as_typed(written, COLUMN["expiry"], None) == read


@pytest.mark.parametrize(
    ("written", "decimal", "read"),
    [
        ("1,5", Decimal.COMMA, "1.5"),
        ("1.234,56", None, "1234.56"),
        ("1,234.56", None, "1234.56"),
        ("1 234,5", None, "1234.5"),
        ("¥1,299.00", Decimal.POINT, "1299.00"),
        ("1,234,567", None, "1234567"),
        ("12,5%", None, "12.5%"),
        ("(5)", None, "-5"),
        ("0,125", None, "0.125"),
        ("1.500", Decimal.COMMA, "1500"),
    ],
)
def test_numbers_are_read_by_their_decimal_sign(
    written: str, decimal: Decimal | None, read: str
) -> None:
    assert as_typed(written, COLUMN["tag"], decimal) == read


def test_a_number_that_may_mean_two_is_rejected() -> None:
    assert isinstance(as_typed("1,500", COLUMN["tag"], None), Fault)


def test_a_block_shows_its_own_decimal_sign() -> None:
    assert decimal_of(["L1", "1,5", "1.500"]) is Decimal.COMMA
    assert decimal_of(["1.5", "1,500"]) is Decimal.POINT
    assert decimal_of(["1.5", "1,5"]) is None
    changes, rejected = paste("lot\ttag\tkg\nL1\t1.500,00\t0,9\n")
    assert changes == ["lots L1, tag: 899 -> 1500", "lots L1, kg: 1.1 -> 0.9"]
    assert not rejected


def test_cells_that_say_the_same_are_no_changes() -> None:
    found = read_paste("lot\tunits\nL1\t120\n", "lots", Lot, rows_by_key(LOTS))
    assert (found.changes, found.rejected, found.same) == ((), (), 2)


def test_chinese_headings_are_known() -> None:
    assert paste("货批\t件数\nL1\t77")[0] == ["lots L1, units: 120 -> 77"]


def test_a_share_may_be_a_percentage() -> None:
    assert paste("lot\tsize_curve\nL1\t50%")[0] == ["lots L1, size_curve: 0.9 -> 0.5"]


def test_what_cannot_be_read_is_rejected_with_its_place_and_the_rest_is_taken() -> None:
    changes, rejected = paste("lot\tunits\tcolour\nL1\t5.5\tred\nL2\t6\tblue\n")
    assert changes == ["lots L2, units: 80 -> 6"]
    assert [each.split(":")[0] for each in rejected] == ["lots row 1, colour", "lots row 2, units"]


def test_a_new_row_needs_every_field_that_has_no_default() -> None:
    changes, rejected = paste("lot\tunits\nnew\t5")
    assert not changes
    assert "lacks the field" in rejected[0]


def test_two_lines_of_one_key_are_rejected() -> None:
    assert "same key" in paste("lot\tunits\nL1\t5\nL1\t6")[1][0]


@pytest.mark.parametrize("text", ["", "lot\tunits", "units\n5"])
def test_a_block_without_headings_or_keys_is_refused_in_a_sentence(text: str) -> None:
    changes, rejected = paste(text)
    assert not changes
    assert len(rejected) == 1
