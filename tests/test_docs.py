"""What the README and docs say is true: commands run, links lead somewhere, names exist."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^python -m planner .*$", README, flags=re.MULTILINE)


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """An empty folder with the shipped scenarios and a small stock list in it."""
    (tmp_path / "scenarios").symlink_to(ROOT / "scenarios")
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["SKU", "品牌", "品类", "数量", "吊牌价", "季节", "年份", "仓库"])
    sheet.append(["N1", "B01", "apparel", 500, 299, "SS", 2025, "W-SHA"])
    book.save(tmp_path / "my-stock.xlsx")
    return tmp_path


def test_the_readme_names_every_verb() -> None:
    assert len(COMMANDS) >= 7


def test_the_commands_of_the_readme_run_one_after_the_other(desk: Path) -> None:
    for command in COMMANDS:
        done = subprocess.run(
            [sys.executable, *shlex.split(command)[1:]],
            cwd=desk,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == 0, command + done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        for target in re.findall(r"--(?:out|json|tables) (\S+)", command):
            assert (desk / target).exists(), target


def test_make_targets_in_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"`?make ([a-z][a-z-]+)", README)):
        if target not in ("sure",):
            assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target


@pytest.mark.parametrize(
    "page", ["README.md", *sorted(str(p.relative_to(ROOT)) for p in (ROOT / "docs").glob("*.md"))]
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for link in re.findall(r"\]\(([^)#]+)\)", text):
        assert ((ROOT / page).parent / link).exists(), link


def test_requirements_are_bounded_and_reasoned() -> None:
    for line in (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert ">=" in line and "<" in line and "#" in line, line
