"""The scenario built from real sales loads without findings and is large enough."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from planner.io import load_scenario

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scenarios" / "gift_leftovers.py"
DATA = ROOT / ".." / "shared" / "data"


def build(data: Path, out: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), "--data", str(data), "--out", str(out)],
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def data() -> Path:
    if not (DATA / "gift_sales").is_dir():
        reason = f"{DATA / 'gift_sales'} is not there: the sales are not part of the repository."
        print(reason)
        pytest.skip(reason)
    return DATA


def test_it_loads_and_is_large(data: Path, tmp_path: Path) -> None:
    folder = tmp_path / "gift-leftovers"
    done = build(data, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    scenario = load_scenario(folder)
    assert 300 <= len(scenario.lots) <= 500
    assert len(scenario.markets) >= 20
    assert {lot.season for lot in scenario.lots} == {"XMAS", "ALL"}
    assert (folder / "README.md").is_file()
    tags = {lot.lot: lot.tag for lot in scenario.lots}
    assert all(price.price > 0 for price in scenario.reference_prices)
    assert all(tag > 0 for tag in tags.values())


def test_two_builds_are_the_same(data: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    build(data, first)
    build(data, second)
    for file in sorted(first.iterdir()):
        assert file.read_bytes() == (second / file.name).read_bytes(), file.name


def test_without_the_data_it_says_so(tmp_path: Path) -> None:
    done = build(tmp_path / "nothing", tmp_path / "out")
    assert done.returncode == 2
    assert "not found" in done.stdout
    assert not (tmp_path / "out").exists()
