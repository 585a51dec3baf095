"""docs/workbook.md shows every sheet and says who it is for, and its commands are commands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from planner.__main__ import parser
from planner.report.pages import PAGES

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "workbook.md").read_text(encoding="utf-8")
MOST_BYTES = 1_500_000


def test_every_sheet_has_a_section_with_its_reader_and_a_picture() -> None:
    assert re.findall(r"^### (.*)$", PAGE, flags=re.MULTILINE) == list(PAGES)
    for name, page in PAGES.items():
        section = PAGE.split(f"### {name}\n")[1].split("\n### ")[0]
        assert f"For: {page.reader[0].lower()}{page.reader[1:]}." in section
        picture = re.search(r"!\[.*\]\((.*)\)", section)
        assert picture is not None
        assert (DOCS / picture[1]).is_file()


def test_the_pictures_are_small() -> None:
    assert sum(file.stat().st_size for file in (DOCS / "pictures").glob("*.png")) < MOST_BYTES


def test_its_commands_are_commands() -> None:
    commands = re.findall(r"^python -m planner (.*)$", PAGE, flags=re.MULTILINE)
    assert len(commands) >= 5
    for command in commands:
        parser().parse_args(shlex.split(command))
