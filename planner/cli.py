"""The verbs of the command line: each takes parsed arguments and returns an exit code."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from planner.cli_output import aligned, columns_of, listed, progress_bar, share_bar
from planner.domain.changes import said
from planner.domain.check import did_you_mean
from planner.domain.records import Lot
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import SETTABLE_RULES, Goal, Perspective
from planner.errors import Finding, PlannerError
from planner.executor import RayCluster
from planner.io import load_scenario, save_folder, save_workbook
from planner.io.folder import HEADER_FILE
from planner.pipeline import as_asked, make_plan, make_plan_by_slices
from planner.plan.audit import audit as audit_tables
from planner.plan.record import Plan
from planner.report import tables
from planner.report.compare import Summary, compare
from planner.report.consignments import INVOICE, consignments
from planner.report.every_table import REPORT_TABLES, write_report
from planner.report.files import write_atomically
from planner.report.folder import (
    is_plan_folder,
    read_summary,
    read_tables,
    write_summary,
    write_tables,
)
from planner.report.headings import Kind
from planner.report.markets import by_market, markets_side_by_side
from planner.report.paper_findings import paper_findings
from planner.report.pareto import pareto as front
from planner.report.rule_cost import (
    Change,
    costs_of,
    rules_in_use,
    without_each_lock,
    without_each_rule,
)
from planner.report.summary import summary
from planner.report.workbook import Extras, invoices_bytes, write_workbook
from planner.solve.settings import Settings

if TYPE_CHECKING:
    from planner.io.round_trip import Edit
    from planner.io.stock_list import StockList

READY, FINDINGS, USAGE, NO_PLAN = 0, 1, 2, 3
"""Exit codes: done and ready, findings in scenario or plan, wrong command, no plan found."""
APP = Path(__file__).resolve().parent.parent / "streamlit_app.py"
OPEN_BROWSER = ("--server.headless=false", "--server.showEmailPrompt=false")
"""On one's own machine the page opens by itself; nobody is asked for an address."""


class UsageError(Exception):
    """The command cannot be carried out as it was typed."""


def check(args: argparse.Namespace) -> int:
    """Loads a scenario; a ScenarioError carries what is wrong with it."""
    scenario = load_scenario(args.scenario)
    header = scenario.header
    say(f"{header.scenario}: {header.title}" if header.title else header.scenario)
    say(
        f"{stock_of(scenario)}, {counted(len(scenario.markets), 'market')}, "
        f"{counted(len(scenario.channels), 'channel')}, {counted(len(scenario.legs), 'leg')}, "
        f"{counted(header.periods, 'period')} of {counted(header.days_per_period, 'day')} "
        f"from {header.start_date}."
    )
    say(f"Fingerprint {scenario.fingerprint}")
    say("No findings.")
    return READY


def plan(args: argparse.Namespace) -> int:
    """Solves a scenario, shows the plan and writes what was asked for."""
    for path in (args.out, args.json):
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
    if args.tables is not None:
        args.tables.mkdir(parents=True, exist_ok=True)
    made = solved(args.scenario, args)
    written: list[Path] = []
    if args.out is not None:
        _write_workbook(made, args)
        written.append(args.out)
    if args.tables is not None:
        write_tables(made, args.tables)
        written.append(args.tables)
    if args.json is not None:
        write_summary(made, args.json)
        written.append(args.json)
    if not args.quiet:
        _show(made)
        for path in written:
            say(f"Written: {path}")
    return _complain(made.findings)


def workbook(args: argparse.Namespace) -> int:
    """Solves a scenario and writes its workbook."""
    args.out.parent.mkdir(parents=True, exist_ok=True)
    made = solved(args.scenario, args)
    _write_workbook(made, args)
    say(f"Written: {args.out}")
    return _complain(made.findings)


def report_tables(args: argparse.Namespace) -> int:
    """Solves a scenario and writes every table of its reports."""
    args.out.mkdir(parents=True, exist_ok=True)
    made = solved(args.scenario, args)
    write_report(made, args.out, args.format)
    say(f"Written: {counted(len(REPORT_TABLES), 'table')} in {args.out}")
    return _complain(made.findings)


def invoices(args: argparse.Namespace) -> int:
    """Solves a scenario and writes packing lists and draft invoices; says what they lack."""
    args.out.parent.mkdir(parents=True, exist_ok=True)
    made = solved(args.scenario, args)
    write_atomically(args.out, invoices_bytes(made, Extras(language=args.language)))
    table = consignments(made)
    drafts = int((table["papers"] == INVOICE).sum())
    say(f"{counted(len(table), 'consignment')}, {counted(drafts, 'draft invoice')}.")
    say(f"Written: {args.out}")
    return _complain((*made.findings, *paper_findings(made)))


def summarise(args: argparse.Namespace) -> int:
    """Solves a scenario and writes its summary."""
    args.out.parent.mkdir(parents=True, exist_ok=True)
    made = solved(args.scenario, args)
    write_summary(made, args.out)
    say(f"Written: {args.out}")
    return _complain(made.findings)


def _write_workbook(made: Plan, args: argparse.Namespace) -> None:
    """The workbook, with the prices of locks and rules where these were asked for."""
    scenario = made.scenario
    locks_priced = rules_priced = None
    if args.prices:
        rules = rules_in_use(as_asked(scenario, _settings(args)))
        locks_priced = _costs(args, scenario, without_each_lock(scenario))
        rules_priced = _costs(args, scenario, without_each_rule(scenario, rules))
    extras = Extras(
        language=args.language,
        base=None if args.base is None else load_scenario(args.base),
        lock_prices=locks_priced,
        rule_prices=rules_priced,
    )
    with share_bar("writing the workbook", quiet=args.quiet) as tell:
        write_workbook(made, args.out, extras, tell)


def _costs(
    args: argparse.Namespace, scenario: Scenario, changes: Sequence[Change]
) -> pd.DataFrame | None:
    """What each change costs; None without any."""
    if not changes:
        return None
    return costs_of(scenario, changes, lambda each: solved(args.scenario, args, each))


def audit(args: argparse.Namespace) -> int:
    """Checks the plan tables in a folder against a scenario."""
    known = read_summary(args.folder)
    found = read_tables(args.folder)
    try:
        settings = Settings(perspective=Perspective(known["perspective"]))
    except ValueError as error:
        raise PlannerError(f"summary.json: {error}. Write the plan again.") from error
    scenario = as_asked(load_scenario(args.scenario), settings)
    findings = audit_tables(scenario, found, float(known["value"]))
    if known["fingerprint"] != scenario.fingerprint:
        problem = "The plan was made for another scenario or an older version of it."
        changed = Finding("plan", 0, "fingerprint", problem, "Solve the scenario again.")
        findings = (changed, *findings)
    if not findings:
        lines, value = len(found["lines"]), float(known["value"])
        say(f"The audit found nothing: {lines:,} lines, value {value:,.2f}.")
    return _complain(findings)


def compare_plans(args: argparse.Namespace) -> int:
    """Figures of several plans side by side; a scenario is solved, a folder of a plan is read."""
    named = [_summary_of(path, args) for path in args.paths]
    say(listed(compare(named)))
    return READY if all(known["ready"] for _, known in named) else FINDINGS


def markets(args: argparse.Namespace) -> int:
    """The money of every market side by side."""
    scenario = load_scenario(args.scenario)
    names = {row.market for row in scenario.markets}
    for wanted in args.market or ():
        if wanted not in names:
            otherwise = f"Use one of: {', '.join(sorted(names))}."
            remedy = did_you_mean(wanted, names, otherwise=otherwise)
            raise UsageError(f"There is no market '{wanted}'. {remedy}")
    made = solved(args.scenario, args, scenario)
    overview, table = by_market(made), markets_side_by_side(made)
    if args.market:
        overview = overview[overview["market"].isin(args.market)]
        chosen = [name for name in table.columns[2:-1] if name in args.market]
        table = table[["part", "money_line", *chosen, table.columns[-1]]]
    currency = scenario.header.currency
    say(aligned(overview.drop(columns=["market_name"]), currency))
    say("")
    say(f"Money per unit ({currency})")
    say(aligned(table, currency))
    return _complain(made.findings)


def locks(args: argparse.Namespace) -> int:
    """What each lock costs: the plan made again without it."""
    scenario = load_scenario(args.scenario)
    return _priced(scenario, without_each_lock(scenario), args, "lock")


def costs(args: argparse.Namespace) -> int:
    """What each rule costs: the plan made again with it switched off."""
    scenario = load_scenario(args.scenario)
    for wanted in args.rule or ():
        if wanted not in SETTABLE_RULES:
            otherwise = f"Use one of: {', '.join(SETTABLE_RULES)}."
            remedy = did_you_mean(wanted, SETTABLE_RULES, otherwise=otherwise)
            raise UsageError(f"There is no rule '{wanted}' to switch off. {remedy}")
    rules = args.rule or rules_in_use(as_asked(scenario, _settings(args)))
    return _priced(scenario, without_each_rule(scenario, rules), args, "rule")


def _priced(
    scenario: Scenario, changes: Sequence[Change], args: argparse.Namespace, noun: str
) -> int:
    """The cost of each change on the terminal."""
    if not changes:
        say(f"The scenario has no {noun}s.")
        return READY
    table = costs_of(scenario, changes, lambda each: solved(args.scenario, args, each))
    value, currency = table["value_with"].iloc[0], scenario.header.currency
    say(f"What each {noun} costs: the plan made again without it, everything else free to move.")
    say(f"With every {noun} the plan is worth {value:,.2f} {currency}.\n")
    shown = [*changes[0].named, "value_without", "cost", "gap_note", "moved"]
    say(aligned(table[shown], currency, {"units": "units"}))
    return READY


def pareto(args: argparse.Namespace) -> int:
    """The front of two goals."""
    first, second = args.goals
    if first == second:
        raise UsageError("The two goals are the same. Name two different ones.")
    scenario = load_scenario(args.scenario)
    settings = _settings(args)
    table = front(scenario, first, second, args.points, settings, by_period=args.by_period)
    if Goal.RECOVERY in (first, second):
        table = table.drop(columns="value")
    markets_of: dict[str, Kind] = {row.market: "units" for row in scenario.markets}
    say(f"Best {first} for each limit on {second}; units sold by market.\n")
    say(aligned(table, scenario.header.currency, markets_of))
    return READY


def export_model(args: argparse.Namespace) -> int:
    """Writes the optimiser's problem for another solver."""
    from planner.solve.export import write_mps  # only this verb needs it

    args.out.parent.mkdir(parents=True, exist_ok=True)
    write_mps(load_scenario(args.scenario), args.out)
    say(f"Written: {args.out}")
    return READY


def new(args: argparse.Namespace) -> int:
    """A scenario folder from a stock list, everything else as in another scenario."""
    if (args.out / HEADER_FILE).exists():
        raise UsageError(f"{args.out} already holds a scenario. Name another folder.")
    from planner.io import stock_list  # only this verb reads stock lists
    from planner.io.stock_columns import SIZE, UNITS_OF_SIZE, heading_of, remember

    like, given = load_scenario(args.like), _pairs(args.set, Lot.model_fields)
    known = _remembered(args.columns)
    told = _pairs(args.column)
    _pairs([f"{field}=" for field in told.values()], ("", SIZE, UNITS_OF_SIZE, *Lot.model_fields))
    taught = {heading_of(heading): field for heading, field in told.items()}
    stock = stock_list.read_stock_list(
        args.stock_list, like, remembered={**known, **taught}, sizes=args.sizes, given=given
    )
    _show_list(stock)
    scenario = stock_list.scenario_of_list(
        stock, like, args.name, leave_out_rejected=args.leave_out_rejected
    )
    save_folder(scenario, args.out)
    if args.columns is not None:
        learnt = {**known, **{h: f for each in stock.layouts for h, f in remember(each).items()}}
        text = json.dumps(learnt, ensure_ascii=False, indent=1)
        args.columns.write_text(text + "\n", encoding="utf-8")
    say(f"{stock_of(scenario)}.")
    say(f"Written: {args.out}")
    return _complain(stock.rejected)


def _show_list(stock: StockList) -> None:
    """How the columns of a stock list were understood, and what became of its rows."""
    for layout in stock.layouts:
        say(f"{stock.place(layout.sheet)}, header in row {layout.header_last}:")
        rows = [column for column in layout.columns if column.heading or column.field]
        shown = [
            ("Column", [column.letters for column in rows], False),
            ("Heading", [column.heading for column in rows], False),
            ("Read as", [column.field or "-" for column in rows], False),
            ("How sure", [f"{column.confidence:.0%}" for column in rows], True),
            ("Because of", [column.why for column in rows], False),
        ]
        say(columns_of(shown) + "\n")
    for sheet, why in stock.left_out.items():
        say(f"Sheet {sheet} is left out. {why}")
    for note in stock.rows.notes:
        say(note)
    counts = stock.rows.counts()
    say(", ".join(f"{counted(number, 'row')} {word}" for word, number in counts.items()) + ".")


def _pairs(texts: Sequence[str] | None, names: Iterable[str] = ()) -> dict[str, str]:
    """'brand=B01' as a name and a value; where names are given, the name is one of them."""
    pairs, allowed = {}, set(names)
    for text in texts or ():
        if "=" not in text:
            raise UsageError(f"'{text}' has no '='. Write it like brand=B01.")
        name, value = (part.strip() for part in text.split("=", 1))
        if allowed and name not in allowed:
            remedy = did_you_mean(name, allowed, otherwise="See docs/data-dictionary.md, lots.")
            raise UsageError(f"A lot has no field '{name}'. {remedy}")
        pairs[name] = value
    return pairs


def _remembered(path: Path | None) -> dict[str, str]:
    """What the columns of earlier lists were, kept in a small file."""
    if path is None or not path.exists():
        return {}
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
        return {str(heading): str(field) for heading, field in known.items()}
    except (ValueError, AttributeError) as error:
        raise UsageError(f"{path} holds no columns. Name another file.") from error


def bring_back(args: argparse.Namespace) -> int:
    """What was edited in a workbook; accepted edits make a new scenario."""
    from planner.io import round_trip  # only this verb reads edited workbooks
    from planner.io.about import lines_of

    scenario = load_scenario(args.scenario)
    lines = () if args.plan is None else lines_of(read_tables(args.plan)["lines"])
    returned = round_trip.read_back(args.workbook, scenario, lines)
    say(returned.explanation)
    if returned.edits:
        say("\n" + columns_of(_edit_columns(returned.edits)) + "\n")
    say(f"{counted(len(returned.edits), 'edit')}.")
    code = _complain(returned.findings)
    if args.accept is None or not returned.edits:
        if returned.edits:
            say("Nothing is changed. --accept all, or --accept 1,3-5, and --out accept them.")
        return code
    numbers = _chosen(args.accept, len(returned.edits))
    made = round_trip.accept(scenario, returned, numbers)
    if args.out is None:
        raise UsageError("Say with --out where the new scenario goes.")
    if args.out.suffix.lower() == ".xlsx":
        save_workbook(made, args.out)
    elif (args.out / HEADER_FILE).exists() and args.out.resolve() != args.scenario.resolve():
        raise UsageError(f"{args.out} already holds a scenario. Name another folder.")
    else:
        save_folder(made, args.out)
    say(f"{counted(len(numbers), 'edit')} accepted.")
    say(f"Written: {args.out}")
    return code


def _edit_columns(edits: Sequence[Edit]) -> list[tuple[str, list[str], bool]]:
    """The edits of a workbook as columns of text."""
    changes = [edit.change for edit in edits]
    columns = [
        ("No.", [str(edit.number) for edit in edits], True),
        ("Where", [edit.where for edit in edits], False),
        ("Table", [change.table for change in changes], False),
        ("Row", [" | ".join(change.key) for change in changes], False),
        ("Field", [change.field or "whole row" for change in changes], False),
        ("Was", ["" if c.is_row and c.old is None else _said(c.old) for c in changes], False),
        (
            "Is",
            ["taken out" if c.is_row and c.new is None else _said(c.new) for c in changes],
            False,
        ),
    ]
    if any(edit.meanwhile for edit in edits):
        columns.append(("Meanwhile", [edit.meanwhile for edit in edits], False))
    return columns


def _said(value: object) -> str:
    """A value of an edit, short; a whole row is not spelled out."""
    return "a row" if isinstance(value, Mapping) else said(value)[:60]


def _chosen(text: str, count: int) -> set[int]:
    """'all' or '1,3-5' as numbers of edits."""
    if text.strip().lower() == "all":
        return set(range(1, count + 1))
    chosen: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdigit() or (last and not last.isdigit()):
            raise UsageError(f"'{part}' is no number of an edit. Write all, or numbers as 1,3-5.")
        chosen |= set(range(int(first), int(last or first) + 1))
    if wrong := sorted(number for number in chosen if not 1 <= number <= count):
        raise UsageError(f"There is no edit {wrong[0]}. There are {count}.")
    return chosen


def app(args: argparse.Namespace) -> int:
    """Opens the planner in a browser."""
    if not APP.is_file():
        raise UsageError(f"{APP} is missing. Run the planner from its own folder.")
    command = [sys.executable, "-m", "streamlit", "run", str(APP), *OPEN_BROWSER]
    if args.scenario is not None:
        command += ["--", _name_in_app(args.scenario)]
    return subprocess.call(command, cwd=APP.parent)


def _name_in_app(path: Path) -> str:
    """What the app calls a scenario folder: it lists those under scenarios/ and local/."""
    folder, root = path.resolve(), APP.parent.resolve()
    if not (folder / HEADER_FILE).is_file():
        raise UsageError(f"{path} is not a scenario folder. The app also takes uploads.")
    if folder.parent == root / "scenarios":
        return folder.name
    if folder.parent == root / "local":
        return f"local/{folder.name}"
    raise UsageError(f"{path} is elsewhere. Put it under local/, or upload it in the app.")


def solved(path: Path, args: argparse.Namespace, scenario: Scenario | None = None) -> Plan:
    """The plan of a scenario, with a progress bar on a terminal."""
    settings = _settings(args)
    scenario = scenario or load_scenario(path)
    with progress_bar(args.seconds, quiet=args.quiet) as tell:
        if "workers" in args:
            spread = partial(RayCluster, workers=args.workers, address=args.address)
            return make_plan_by_slices(scenario, settings, tell, spread=spread)
        return make_plan(scenario, settings=settings, progress=tell)


def _settings(args: argparse.Namespace) -> Settings:
    return Settings(seconds=args.seconds, gap=args.gap, perspective=args.perspective)


def stock_of(scenario: Scenario) -> str:
    """'12 lots with 81,000 units'"""
    lots = scenario.lots
    return f"{counted(len(lots), 'lot')} with {counted(sum(lot.units for lot in lots), 'unit')}"


def counted(number: int, noun: str) -> str:
    """'1 lot', '1,200 lots'"""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def say(text: str) -> None:
    """One piece of output for people."""
    sys.stdout.write(text + "\n")


def _summary_of(path: Path, args: argparse.Namespace) -> tuple[str, Summary]:
    if is_plan_folder(path):
        return path.name or str(path), read_summary(path)
    known = summary(solved(path, args))
    return str(known["scenario"]), known


def _show(made: Plan) -> None:
    """The plan on a terminal: figures, markets, exits."""
    currency = made.scenario.header.currency
    header = made.scenario.header
    say(f"{header.scenario}: {header.title}" if header.title else header.scenario)
    say(f"Money in {currency}.\n")
    say(listed(tables.headline(made)))
    wanted = ["market", "units", "share_of_units", "money", "netback_per_unit", "days_to_cash"]
    say("\n" + aligned(by_market(made)[wanted], currency))
    left = tables.exits(made).groupby("exit_kind", as_index=False)[["units", "money"]].sum()
    if not left.empty:
        say("\n" + aligned(left, currency))
    if not made.goals.empty:
        say("\n" + aligned(made.goals, currency))
    say("")


def _complain(findings: Iterable[Finding]) -> int:
    """Findings on stderr; the exit code they call for."""
    code = READY
    for found in findings:
        sys.stderr.write(f"{found}\n")
        code = FINDINGS
    return code
