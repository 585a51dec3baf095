"""Every table of the reports goes out as CSV and Parquet and comes back as it was."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from planner.report.every_table import REPORT_TABLES, parquet, write_report
from planner.report.folder import unguarded
from tests.report.exhibit_plan import a_hostile_plan, a_plan, an_empty_plan


@pytest.mark.parametrize("make", [a_plan, a_hostile_plan])
def test_parquet_gives_every_table_back(make: Any, tmp_path: Path) -> None:
    plan = make()
    write_report(plan, tmp_path, "parquet")
    assert {file.stem for file in tmp_path.iterdir()} == set(REPORT_TABLES)
    for name, table_of in REPORT_TABLES.items():
        wanted, back = table_of(plan), pd.read_parquet(tmp_path / f"{name}.parquet")
        assert list(back.columns) == list(wanted.columns)
        for column in wanted.columns:
            mine = wanted[column]
            if pd.api.types.is_numeric_dtype(mine):
                assert back[column].to_numpy() == pytest.approx(mine.to_numpy(), nan_ok=True)
            else:
                assert [str(v) for v in back[column]] == [str(v) for v in mine]


def test_csv_gives_every_table_back_and_starts_no_formula(tmp_path: Path) -> None:
    plan = a_hostile_plan()
    write_report(plan, tmp_path, "csv")
    for name, table_of in REPORT_TABLES.items():
        file = tmp_path / f"{name}.csv"
        back = pd.read_csv(file, dtype=str, keep_default_na=False)
        wanted = table_of(plan)
        assert len(back) == len(wanted)
        assert [unguarded(str(column)) for column in back.columns] == list(wanted.columns)
        for column in wanted.columns:
            if wanted[column].map(lambda value: isinstance(value, str)).all() and len(wanted):
                texts = [unguarded(text) for text in back.iloc[:, list(wanted).index(column)]]
                assert texts == wanted[column].tolist()
        with file.open(encoding="utf-8", newline="") as lines:
            for cell in (cell for row in csv.reader(lines) for cell in row):
                if cell.strip().startswith(tuple("=+-@")):
                    float(cell)  # a negative number is no formula


def test_an_empty_plan_gives_the_same_files(tmp_path: Path) -> None:
    write_report(an_empty_plan(), tmp_path, "parquet")
    assert {file.stem for file in tmp_path.iterdir()} == set(REPORT_TABLES)


def test_a_column_of_numbers_and_words_becomes_text(tmp_path: Path) -> None:
    file = tmp_path / "mixed.parquet"
    file.write_bytes(parquet(pd.DataFrame({"amount": [1.5, "optimal", None]})))
    assert pd.read_parquet(file)["amount"].tolist()[:2] == ["1.5", "optimal"]
