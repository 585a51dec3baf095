"""`python -m planner cluster plan`: a plan from a Ray cluster, or a sentence saying why not."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from planner.__main__ import main
from planner.cli import NO_PLAN, READY
from planner.io import save_folder
from tests.benchmarks.instances import Size, instance
from tests.test_executor import WITHOUT_RAY

QUICKSTART = Path(__file__).parents[1] / "scenarios" / "quickstart"


@pytest.mark.skipif(WITHOUT_RAY, reason="ray is not installed (requirements-ray.txt)")
def test_one_command_plans_on_a_cluster(tmp_path: Path) -> None:
    save_folder(instance(Size(12, 5, 5)), tmp_path / "small")
    out = tmp_path / "summary.json"
    words = ["cluster", "plan", str(tmp_path / "small"), "--workers", "2", "--quiet"]
    assert main([*words, "--seconds", "200", "--json", str(out)]) == READY
    assert json.loads(out.read_text())


def test_a_scenario_it_cannot_do_is_told_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cluster", "plan", str(QUICKSTART), "--quiet"]) == NO_PLAN
    assert "This cannot be solved slice by slice:" in capsys.readouterr().err


def test_without_ray_it_says_how_to_put_it_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    save_folder(instance(Size(12, 5, 5)), tmp_path / "small")
    assert main(["cluster", "plan", str(tmp_path / "small"), "--quiet"]) == NO_PLAN
    assert "requirements-ray.txt" in capsys.readouterr().err


def test_workers_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["cluster", "plan", str(QUICKSTART), "--workers", "0"])
    assert "'0' is not a whole number of at least 1" in capsys.readouterr().err
