"""Two languages: the catalogue says all that the code says, and screens are never mixed."""

from __future__ import annotations

import ast
import re
from datetime import date
from string import Formatter

from babel.messages.pofile import read_po

from planner.domain.check import check
from planner.domain.records import Header
from planner.domain.scenario import TABLES
from planner.io import load_scenario
from planner.language import (
    CATALOGUE,
    CHINESE,
    ENGLISH,
    LEAST_LETTERS,
    chinese,
    compact,
    counted,
    day,
    language,
    money,
    number,
    percent,
    retell,
    say,
    set_language,
    speaking,
)
from tests.words import ROOT, said, trees, untold, written

with CATALOGUE.open("rb") as file:
    MESSAGES = [each for each in read_po(file, locale=CHINESE) if each.id]


def test_all_that_is_said_is_in_the_catalogue() -> None:
    known = {message.id for message in MESSAGES}
    assert len(said()) > 500, "the code is really read"
    missing = {text: where for text, where in said().items() if text not in known}
    assert not missing, "`make words` adds these blank; then translate them"


def test_no_finding_is_told_in_english_alone() -> None:
    assert untold() == {}, "hand these through `english`, with their values by name"


def test_the_catalogue_says_nothing_that_the_code_does_not() -> None:
    texts = written() | {_meaning(record) for record in (Header, *TABLES.values())}
    assert [message.id for message in MESSAGES if message.id not in texts] == []


def _meaning(record: type) -> str:
    return " ".join((record.__doc__ or "").split())


def test_every_translation_is_there_and_names_the_same_values() -> None:
    wrong = [
        message.id
        for message in MESSAGES
        if not message.string
        or message.fuzzy
        or _names(message.string) != _names(message.id)
        or message.string.count("**") != message.id.count("**")
    ]
    assert not wrong


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name} if "{" in text else set()


def test_every_table_has_a_chinese_name_and_meaning() -> None:
    with speaking(CHINESE):
        for name, record in {"scenario": Header, **TABLES}.items():
            assert say(name) != name
            assert retell(_meaning(record)) != _meaning(record)


def test_a_language_is_spoken_only_for_a_while() -> None:
    with speaking(CHINESE):
        assert language() == CHINESE
        assert say("Undo") == "撤销"
    assert language() == ENGLISH
    assert say("Undo") == "Undo"
    set_language("xx")
    assert language() == ENGLISH, "what is not spoken is English"


def test_a_kept_sentence_is_told_again_with_its_values() -> None:
    kept = "Market 'ZA' has no duty on apparel on 2026-10-05."
    assert retell(kept) == kept
    with speaking(CHINESE):
        assert retell(kept) == "市场“ZA”在 2026-10-05 对 apparel 没有关税。"
        assert retell("-5 is below 0.") == "-5 小于 0。"
        assert retell("What if: The ZAR falls by 12 %") == "假如：ZAR 贬值 12 %"
        assert retell("Linden dress, new") == "Linden dress, new", "names stay"


def test_every_sentence_is_recognised_by_its_own_template() -> None:
    """Whatever values it names: none is swallowed by a template that says less."""
    wrong = []
    for text, told in chinese().items():
        fixed = [part for part, *_ in Formatter().parse(text)] if "{" in text else []
        if sum(sign.isalpha() for part in fixed for sign in part) < LEAST_LETTERS:
            continue
        values = {name: f"{at}7" for at, name in enumerate(sorted(_names(text)), start=1)}
        with speaking(CHINESE):
            if retell(_filled(text, values)) != _filled(told, values):
                wrong.append(text)
    assert not wrong


def _filled(text: str, values: dict[str, str]) -> str:
    """A template with texts for its values, whatever formats it asks for."""
    parts = Formatter().parse(text)
    return "".join(fixed + (values[name] if name else "") for fixed, name, *_ in parts)


def test_findings_of_the_audit_and_of_files_are_told_in_chinese() -> None:
    with speaking(CHINESE):
        assert retell("days: is 5, outside 6 to 8.") == "days: 为 5，不在 6 至 8 之间。"
        used = "HOME | dress in period 3 uses 41 units, at most 37 allowed."
        assert retell(used) == "HOME | dress 在第 3 期用了 41 件，规定至多 37。"
        assert retell("Size M: 'x' is not a number.") == "尺码 M：'x' 不是数字。"


def test_findings_of_a_check_are_told_in_chinese() -> None:
    scenario = load_scenario(ROOT / "scenarios" / "quickstart")
    found = check(scenario.model_copy(update={"exchange_rates": (), "duties": ()}))
    assert found
    with speaking(CHINESE):
        for finding in found:
            for text in (finding.problem, finding.remedy):
                assert re.search("[\u4e00-\u9fff]", retell(text)), text


def test_numbers_money_and_days_are_written_as_the_language_has_them() -> None:
    assert number(1234.5, 2) == "1,234.50"
    assert money(-1234.5, "CNY") == "-1,234.50 CNY"
    assert percent(0.125) == "12.5%"
    assert compact(12_345_678) == "12.3M"
    assert counted(1, "row") == "1 row"
    assert counted(2, "difference", "differences") == "2 differences"
    with speaking(CHINESE):
        assert number(1234.5, 2) == "1,234.50"
        assert money(-1234.5, "CNY") == "-¥1,234.50"
        assert money(1234.5, "USD") == "US$1,234.50"
        assert money(1234.5, "JPY") == "JP¥1,234.50", "the yen is not taken for the yuan"
        assert compact(12_345_678) == "1234.6万"
        assert day(date(2026, 5, 1)) == "2026年5月1日"
        assert counted(2, "row") == "2 行"


def test_every_fragment_begins_by_speaking() -> None:
    """A fragment runs by itself, in a thread that has not been told the visitor's language."""
    silent = []
    for path, tree in trees():
        if "ui" not in path.parts:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                marks = [ast.unparse(mark) for mark in node.decorator_list]
                if any(mark.startswith(("st.fragment", "st.dialog")) for mark in marks):
                    body = [ast.unparse(line) for line in node.body]
                    if "state.speak()" not in body[:2]:
                        silent.append(f"{path.name}: {node.name}")
    assert not silent
