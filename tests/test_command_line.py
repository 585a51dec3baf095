"""Every verb of the command line on the quickstart: what it prints, writes and exits with."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from planner import cli
from planner.__main__ import main
from planner.errors import PlannerError, SolverError
from planner.solve.settings import Progress
from tests.report.exhibit_plan import a_plan_with_findings

QUICKSTART = Path(__file__).parents[1] / "scenarios" / "quickstart"
QUICKLY = ("--seconds", "20", "--gap", "0.05", "--quiet")


@dataclass(frozen=True)
class Files:
    """What one run of `plan` on the quickstart wrote."""

    workbook: Path
    tables: Path
    summary: Path
    printed: str


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """One solve, as a user runs it, that the other tests read."""
    folder = tmp_path_factory.mktemp("out")
    workbook, tables, summary = folder / "new" / "plan.xlsx", folder / "plan", folder / "s.json"
    command = [sys.executable, "-m", "planner", "plan", str(QUICKSTART), *QUICKLY[:4]]
    command += ["--out", str(workbook), "--tables", str(tables), "--json", str(summary)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=200, check=False, cwd=QUICKSTART.parents[1]
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return Files(workbook, tables, summary, done.stdout)


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The quickstart with a lot of minus five units and an unknown origin."""
    folder = tmp_path / "broken"
    shutil.copytree(QUICKSTART, folder)
    lots = folder / "lots.csv"
    text = lots.read_text(encoding="utf-8")
    lots.write_text(text.replace("W-SHA", "W-XXX", 1), encoding="utf-8")
    return folder


def test_check_says_what_a_scenario_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(QUICKSTART)]) == 0
    said = capsys.readouterr().out
    assert "12 lots with" in said
    assert "No findings." in said


@pytest.mark.parametrize("verb", [["check"], ["plan", "--seconds", "5"], ["compare"], ["markets"]])
def test_a_broken_scenario_exits_1_and_names_the_row(
    verb: list[str], broken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([verb[0], str(broken), *verb[1:]]) == 1
    said = capsys.readouterr()
    assert "lots row 2, origin" in said.err
    assert "Traceback" not in said.err
    assert said.out == ""


def test_a_path_that_is_not_there_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "no/such/place"]) == 1
    assert "There is no such folder or file." in capsys.readouterr().err


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        ["fly"],
        ["plan"],
        ["plan", "x", "--seconds", "0"],
        ["plan", "x", "--seconds", "soon"],
        ["plan", "x", "--gap", "2"],
        ["plan", "x", "--perspective", "carrier"],
        ["plan", "x", "--out", "plan.pdf"],
        ["audit", "x"],
        ["new", "list.xlsx"],
    ],
)
def test_a_wrong_command_exits_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(wrong)
    assert stop.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_plan_writes_the_workbook_the_tables_and_the_summary(files: Files) -> None:
    book = openpyxl.load_workbook(files.workbook, data_only=True)
    known = json.loads(files.summary.read_text(encoding="utf-8"))
    assert known == json.loads((files.tables / "summary.json").read_text(encoding="utf-8"))
    assert known["scenario"] == "quickstart"
    assert known["ready"]
    assert [cell.value for cell in book["Summary"]["E"]].count("OK") == 2
    for path in (files.workbook, files.tables, files.summary):
        assert f"Written: {path}" in files.printed
    assert f"{known['value']:,.2f}" in files.printed
    assert "\r" not in files.printed


def test_audit_finds_nothing_in_a_plan_just_made(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", str(files.tables), "--scenario", str(QUICKSTART)]) == 0
    assert "The audit found nothing" in capsys.readouterr().out


def test_audit_finds_a_changed_cell(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "plan"
    shutil.copytree(files.tables, folder)
    known = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    known["value"] += 1.0
    (folder / "summary.json").write_text(json.dumps(known), encoding="utf-8")
    assert main(["audit", str(folder), "--scenario", str(QUICKSTART)]) == 1
    assert "value" in capsys.readouterr().err


def test_audit_finds_that_the_scenario_has_changed(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "changed"
    shutil.copytree(QUICKSTART, changed)
    header = changed / "scenario.yaml"
    header.write_text(header.read_text(encoding="utf-8") + "co2e_price_per_kg: 0.5\n")
    assert main(["audit", str(files.tables), "--scenario", str(changed)]) == 1
    assert "made for another scenario" in capsys.readouterr().err


def test_audit_of_a_folder_without_a_plan_exits_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["audit", str(tmp_path), "--scenario", str(QUICKSTART)]) == 1
    assert "holds no plan" in capsys.readouterr().err


def test_compare_sets_plans_side_by_side(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    shutil.copytree(files.tables, other)
    known = json.loads((other / "summary.json").read_text(encoding="utf-8"))
    known["units"]["shipped"] -= 1000
    (other / "summary.json").write_text(json.dumps(known), encoding="utf-8")
    assert main(["compare", str(files.tables), str(other)]) == 0
    said = capsys.readouterr().out
    assert "other - plan" in said.splitlines()[0]
    row = next(line for line in said.splitlines() if line.startswith("Units shipped"))
    assert row.endswith("-1,000")


def test_markets_shows_the_markets_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["markets", str(QUICKSTART), *QUICKLY, "--market", "VN"]) == 0
    said = capsys.readouterr().out
    assert "VN" in said
    assert "CN-T3" not in said
    assert "Netback" in said


def test_an_unknown_market_exits_2_and_is_told_the_names(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["markets", str(QUICKSTART), "--market", "VNM"]) == 2
    assert "VN" in capsys.readouterr().err


def test_new_makes_a_scenario_from_a_stock_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stock = tmp_path / "stock.csv"
    stock.write_text(
        "货号,品牌,品类,季节,年份,仓库,库存,吊牌价\nX1,ALTA,apparel,SS,2026,W-SHA,120,499\n",
        encoding="utf-8",
    )
    words = ["new", str(stock), "--like", str(QUICKSTART), "--out", str(tmp_path / "mine")]
    assert main([*words, "--name", "mine"]) == 0
    assert "1 lot with 120 units." in capsys.readouterr().out
    assert main(["check", str(tmp_path / "mine")]) == 0
    assert main([*words, "--name", "mine"]) == 2
    assert "already holds a scenario" in capsys.readouterr().err


def test_export_model_writes_a_file_other_solvers_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("planner.solve.export", reason="planner.solve.export is not there yet")
    file = tmp_path / "new" / "model.mps"
    assert main(["export-model", str(QUICKSTART), "--out", str(file)]) == 0
    assert "ROWS" in file.read_text(encoding="utf-8")
    assert f"Written: {file}" in capsys.readouterr().out


def test_a_plan_with_findings_exits_1_and_its_workbook_says_not_ready(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "make_plan", lambda *_, **__: a_plan_with_findings())
    file = tmp_path / "plan.xlsx"
    assert main(["plan", str(QUICKSTART), "--out", str(file)]) == 1
    said = capsys.readouterr()
    assert "NOT READY: 2 findings" in said.out
    assert "units: =21 units of 20 are sold." in said.err
    assert str(openpyxl.load_workbook(file)["Summary"]["A3"].value).startswith("NOT READY")


def test_rules_that_contradict_each_other_exit_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "impossible"
    shutil.copytree(QUICKSTART, folder)
    (folder / "locks.csv").write_text(
        "lock,kind,lots,markets,units\n"
        "third tier,min_units,A01,CN-T3,6000\nfourth tier,min_units,A01,CN-T4,6000\n",
        encoding="utf-8",
    )
    assert main(["plan", str(folder), *QUICKLY]) == 3
    said = capsys.readouterr()
    assert said.err
    assert "Traceback" not in said.err


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (SolverError("The solver ran out of memory."), 3),
        (PlannerError("No."), 1),
        (PermissionError(13, "Permission denied", "plan.xlsx"), 2),
        (KeyboardInterrupt(), 130),
    ],
)
def test_faults_are_sentences_with_their_own_exit_code(
    fault: BaseException,
    code: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise fault

    monkeypatch.setattr(cli, "make_plan", fail)
    assert main(["plan", str(QUICKSTART)]) == code
    assert "Traceback" not in capsys.readouterr().err


class Terminal:
    """A stderr that is a terminal."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Nothing is kept back."""

    def isatty(self) -> bool:
        return True


def test_progress_is_shown_on_a_terminal_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def make(*_: Any, progress: Any, **__: Any) -> Any:
        if progress is not None:
            progress(Progress("solve", 3.0, value=1_000_000.0, bound=1_010_000.0))
        return a_plan_with_findings()

    terminal = Terminal()
    monkeypatch.setattr(cli, "make_plan", make)
    monkeypatch.setattr(sys, "stderr", terminal)
    main(["plan", str(QUICKSTART), "--seconds", "60"])
    assert "solving" in terminal.text
    assert "value 1,000,000, bound 1,010,000, gap 0.99%" in terminal.text
    terminal.text = ""
    main(["plan", str(QUICKSTART), "--quiet"])
    assert "solving" not in terminal.text


def test_app_runs_streamlit_with_the_scenario(monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[list[str]] = []
    monkeypatch.setattr(
        cli.subprocess, "call", lambda command, cwd: called.append([*command, str(cwd)]) or 0
    )
    assert main(["app", str(QUICKSTART)]) == 0
    assert called[0][1:4] == ["-m", "streamlit", "run"]
    assert called[0][-3:] == ["--", "quickstart", str(cli.APP.parent)]
    assert main(["app", str(QUICKSTART.parent)]) == 2
    monkeypatch.setattr(cli, "APP", Path("missing.py"))
    assert main(["app"]) == 2


def test_a_fault_of_our_own_is_a_sentence_and_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(path: object) -> object:
        raise RuntimeError(f"no reader for {path}")

    monkeypatch.setattr("planner.cli.load_scenario", broken)
    assert main(["check", "anything"]) == 3
    said = capsys.readouterr().err
    assert "Traceback" not in said
    note = Path(said.rsplit(" ", 1)[1].strip().rstrip("."))
    assert "no reader for anything" in note.read_text(encoding="utf-8")
    note.unlink()
