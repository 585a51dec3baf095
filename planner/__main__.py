"""The command line: `python -m planner VERB ...`, the same straight line without a browser."""

from __future__ import annotations

import argparse
import io
import math
import os
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from planner import cli
from planner.domain.vocabulary import Goal, Perspective
from planner.errors import NoPlanError, PlannerError, SolverError
from planner.io.stock_rows import Sizes
from planner.report.every_table import FORMATS
from planner.report.headings import LANGUAGES
from planner.solve.settings import Settings

STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""
EXIT_CODES = "exit codes: 0 done and ready, 1 findings, 2 wrong usage, 3 no plan within the limits"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb; faults are sentences on stderr, never tracebacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    args = parser().parse_args(arguments)
    try:
        code: int = args.verb(args)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return cli.READY
    except KeyboardInterrupt:
        return _fault("Stopped.", STOPPED)
    except (NoPlanError, SolverError) as error:
        return _fault(str(error), cli.NO_PLAN)
    except PlannerError as error:
        return _fault(str(error), cli.FINDINGS)
    except (cli.UsageError, OSError) as error:
        return _fault(str(error), cli.USAGE)
    except Exception:
        return _fault(_noted(traceback.format_exc()), cli.NO_PLAN)
    return code


def _noted(details: str) -> str:
    """Keep the details of a fault of our own in a file; the user reads a sentence."""
    handle, name = tempfile.mkstemp(prefix="planner-fault-", suffix=".txt")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(details)
    return f"Something went wrong inside the planner, some output may be missing. Details are in {name}."


def _fault(text: str, code: int) -> int:
    sys.stderr.write(f"{text}\n")
    return code


def parser() -> argparse.ArgumentParser:
    """Every verb and its arguments."""
    top = argparse.ArgumentParser(
        prog="python -m planner",
        description="Plans where surplus stock goes, when, and at what price.",
        epilog=EXIT_CODES,
    )
    verbs = top.add_subparsers(title="verbs", required=True, metavar="VERB")

    def verb(
        name: str, does: Callable[[argparse.Namespace], int], words: str
    ) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=words, description=words, epilog=EXIT_CODES)
        sub.set_defaults(verb=does)
        return sub

    def scenario(sub: argparse.ArgumentParser, name: str, **more: Any) -> None:
        words = "a scenario folder or workbook"
        sub.add_argument(name, type=Path, metavar="SCENARIO", help=words, **more)

    sub = verb("check", cli.check, "load a scenario and say what is wrong with it")
    scenario(sub, "scenario")

    sub = verb("plan", cli.plan, "solve a scenario and write the plan")
    scenario(sub, "scenario")
    _written(sub)

    sub = verb("cluster", cli.plan, "solve a large scenario on a Ray cluster")
    words = "what to do there: plan writes the plan, as the verb of that name does"
    sub.add_argument("what", choices=["plan"], help=words)
    scenario(sub, "scenario")
    words = "processes that hold the slices of the scenario (usually 2)"
    sub.add_argument("--workers", type=_count, default=2, metavar="COUNT", help=words)
    words = "a cluster that runs already; without it one is started here and ended"
    sub.add_argument("--address", metavar="HOST:PORT", help=words)
    _written(sub)

    sub = verb("workbook", cli.workbook, "solve a scenario and write its workbook")
    scenario(sub, "scenario")
    sub.add_argument("--out", type=_workbook, required=True, metavar="FILE.xlsx")
    _workbook_options(sub)
    _solver(sub)

    sub = verb("tables", cli.report_tables, "solve a scenario and write every table of its reports")
    scenario(sub, "scenario")
    sub.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    words = f"{' or '.join(FORMATS)} (usually {FORMATS[0]})"
    sub.add_argument("--format", choices=FORMATS, default=FORMATS[0], help=words)
    _solver(sub)

    sub = verb("invoices", cli.invoices, "solve a scenario and write packing lists, draft invoices")
    scenario(sub, "scenario")
    sub.add_argument("--out", type=_workbook, required=True, metavar="FILE.xlsx")
    _language(sub)
    _solver(sub)

    sub = verb("summary", cli.summarise, "solve a scenario and write its summary as JSON")
    scenario(sub, "scenario")
    sub.add_argument("--out", type=Path, required=True, metavar="FILE.json")
    _solver(sub)

    sub = verb("audit", cli.audit, "check the tables of a plan against its scenario")
    sub.add_argument("folder", type=Path, metavar="PLAN_FOLDER", help="written by plan --tables")
    scenario(sub, "--scenario", required=True)

    sub = verb("compare", cli.compare_plans, "figures of plans side by side, against the first")
    words = "scenarios, which are solved, or folders written by plan --tables"
    sub.add_argument("paths", type=Path, nargs="+", metavar="PATH", help=words)
    _solver(sub)

    sub = verb("export-model", cli.export_model, "write the optimiser's problem as an MPS file")
    scenario(sub, "scenario")
    sub.add_argument("--out", type=Path, required=True, metavar="FILE.mps")

    sub = verb("markets", cli.markets, "solve a scenario and set its markets side by side")
    scenario(sub, "scenario")
    words = "show this market only; may be given again"
    sub.add_argument("--market", action="append", metavar="NAME", help=words)
    _solver(sub)

    sub = verb("locks", cli.locks, "what each lock costs: solve a scenario again without it")
    scenario(sub, "scenario")
    _solver(sub)

    sub = verb("costs", cli.costs, "what each rule costs: solve a scenario again without it")
    scenario(sub, "scenario")
    words = "switch off this rule only; may be given again"
    sub.add_argument("--rule", action="append", metavar="RULE", help=words)
    _solver(sub)

    sub = verb("pareto", cli.pareto, "what more of one goal costs in terms of another")
    scenario(sub, "scenario")
    goals = list(Goal)
    words = f"two of {', '.join(goals)}"
    sub.add_argument(
        "--goals", type=Goal, choices=goals, nargs=2, required=True, metavar="GOAL", help=words
    )
    sub.add_argument("--points", type=_points, default=5, help="plans on the front (usually 5)")
    words = "last period in which cash counts"
    sub.add_argument("--by-period", type=int, metavar="PERIOD", help=words)
    _solver(sub)

    sub = verb("new", cli.new, "make a scenario from a stock list")
    sub.add_argument("stock_list", type=Path, metavar="STOCKLIST", help="an .xlsx or .csv list")
    scenario(sub, "--like", required=True)
    sub.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    sub.add_argument("--name", required=True, help="name of the new scenario")
    words = "sizes across columns: a lot for each size, or one lot with its size run (usually rows)"
    sub.add_argument("--sizes", type=Sizes, choices=list(Sizes), default=Sizes.ROWS, help=words)
    words = "what holds for every row, such as brand=B01; may be given again"
    sub.add_argument("--set", action="append", metavar="FIELD=VALUE", help=words)
    words = "read a column as this field, nothing = leave it out; may be given again"
    sub.add_argument("--column", action="append", metavar="HEADING=FIELD", help=words)
    words = "remember the columns in this file for the next list of the brand"
    sub.add_argument("--columns", type=Path, metavar="FILE.json", help=words)
    words = "make the scenario without the rows that are rejected"
    sub.add_argument("--leave-out-rejected", action="store_true", help=words)

    sub = verb("bring-back", cli.bring_back, "what was edited in a workbook, and accept it")
    sub.add_argument("workbook", type=Path, metavar="WORKBOOK", help="an edited .xlsx")
    scenario(sub, "--scenario", required=True)
    words = "the plan it was made from, for a workbook that does not remember it"
    sub.add_argument("--plan", type=Path, metavar="PLAN_FOLDER", help=words)
    words = "all, or numbers of edits such as 1,3-5; without it nothing is changed"
    sub.add_argument("--accept", metavar="WHICH", help=words)
    words = "where the scenario with the accepted edits goes: a folder or an .xlsx"
    sub.add_argument("--out", type=Path, metavar="PATH", help=words)

    sub = verb("app", cli.app, "open the planner in a browser")
    scenario(sub, "scenario", nargs="?")
    return top


def _written(sub: argparse.ArgumentParser) -> None:
    _solver(sub)
    sub.add_argument("--out", type=_workbook, metavar="FILE.xlsx", help="write the workbook")
    sub.add_argument("--tables", type=Path, metavar="FOLDER", help="write the plan's tables as CSV")
    sub.add_argument("--json", type=Path, metavar="FILE", help="write the summary as JSON")
    _workbook_options(sub)


def _language(sub: argparse.ArgumentParser) -> None:
    words = "language of headings: en, zh or both (usually en)"
    sub.add_argument("--language", choices=LANGUAGES, default=LANGUAGES[0], help=words)


def _workbook_options(sub: argparse.ArgumentParser) -> None:
    _language(sub)
    words = "scenario the workbook lists the changes against"
    sub.add_argument("--base", type=Path, metavar="SCENARIO", help=words)
    words = "work out what each lock and each rule costs: one more plan for each"
    sub.add_argument("--prices", action="store_true", help=words)


def _solver(sub: argparse.ArgumentParser) -> None:
    usual = Settings()
    words = f"wall time allowed to the solver (usually {usual.seconds:g})"
    sub.add_argument("--seconds", type=_positive, default=usual.seconds, help=words)
    words = f"distance from the bound that is good enough (usually {usual.gap:g})"
    sub.add_argument("--gap", type=_gap, default=usual.gap, help=words)
    words = "whose plan, when not as in the scenario: brand, platform or both"
    choices = list(Perspective)
    sub.add_argument(
        "--perspective", type=Perspective, choices=choices, help=words, metavar="WHOSE"
    )
    sub.add_argument("--quiet", action="store_true", help="no progress bar; plan prints nothing")


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"'{text}' is not a number")
    return number


def _positive(text: str) -> float:
    if (number := _number(text)) <= 0:
        raise argparse.ArgumentTypeError(f"'{text}' is not above 0")
    return number


def _points(text: str) -> int:
    if (number := _number(text)) < 2 or number != int(number):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least 2")
    return int(number)


def _count(text: str) -> int:
    if (number := _number(text)) < 1 or number != int(number):
        raise argparse.ArgumentTypeError(f"'{text}' is not a whole number of at least 1")
    return int(number)


def _gap(text: str) -> float:
    if not 0 <= (number := _number(text)) <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' does not lie between 0 and 1")
    return number


def _workbook(text: str) -> Path:
    if not text.lower().endswith(".xlsx"):
        raise argparse.ArgumentTypeError(f"'{text}' does not end in .xlsx")
    return Path(text)


def _leave(signal_number: int, frame: object) -> None:
    """Asked to stop: unwind, so that the solver ends and its folder is removed."""
    raise SystemExit(128 + signal_number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    sys.exit(main())
