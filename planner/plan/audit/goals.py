"""The goals of a plan: what it reaches of each, recomputed, and whether each is kept."""

from __future__ import annotations

from collections.abc import Callable

from planner.domain import records as r
from planner.domain.vocabulary import Goal
from planner.errors import Finding
from planner.language import english
from planner.plan.audit.facts import Facts
from planner.plan.audit.money import emissions
from planner.plan.audit.quantities import cash_period, received
from planner.plan.audit.read import Row, Rows, finding
from planner.plan.audit.usage import Book

SAME = 1e-6
"""Part of a goal within which two of its figures are the same."""
LESS_IS_BETTER = (Goal.FEWEST_MARKETS, Goal.CO2E)


def cleared_units(facts: Facts, book: Book, row: r.Priority) -> float:
    """Units sold, and those taken by exits that clear."""
    cleared = sum(o.units for o in book.options)
    for _, left in book.exits:
        way = facts.exits.get(left["exit"])
        if not left["shipment"] and way is not None and way.clears:
            cleared += left["units"]
    return float(cleared)


def cash(facts: Facts, book: Book, row: r.Priority) -> float:
    """Cash received by the end of the priority's period."""
    until = row.by_period or facts.periods
    return sum(o.units * received(facts, o) for o in book.options if cash_period(facts, o) <= until)


def fewest_markets(facts: Facts, book: Book, row: r.Priority) -> float:
    """Markets anything is sold in."""
    return float(len({o.market.market for o in book.options}))


def co2e(facts: Facts, book: Book, row: r.Priority) -> float:
    """Kilograms emitted by the freight of everything sold."""
    return sum(o.units * emissions(o) for o in book.options)


REACHED: dict[Goal, Callable[[Facts, Book, r.Priority], float]] = {
    Goal.CLEARED_UNITS: cleared_units,
    Goal.CASH: cash,
    Goal.FEWEST_MARKETS: fewest_markets,
    Goal.CO2E: co2e,
}


def check_goals(facts: Facts, book: Book, value: float, rows: Rows, found: list[Finding]) -> None:
    """Every priority has its row, in its order, and the plan keeps what its tolerance leaves."""
    asked = sorted(facts.scenario.priorities, key=lambda row: row.order)
    if asked and asked[-1].goal is not Goal.RECOVERY:
        asked.append(r.Priority(order=asked[-1].order + 1, goal=Goal.RECOVERY))
    if [row["goal"] for _, row in rows] != [each.goal for each in asked]:
        problem = english(
            "is not the goals {goals} in order.",
            goals=", ".join(each.goal for each in asked) or "(none)",
        )
        found.append(finding("goals", 0, "goal", problem))
        return
    for each, (number, row) in zip(asked, rows, strict=True):
        reached = value
        if each.goal is not Goal.RECOVERY:
            reached = REACHED[each.goal](facts, book, each)
        for field, problem in _faults(each, row, reached):
            found.append(finding("goals", number, field, problem))


def _faults(each: r.Priority, row: Row, reached: float) -> list[tuple[str, str]]:
    sign = -1.0 if each.goal in LESS_IS_BETTER else 1.0
    room = SAME * max(1.0, abs(row["best"]))
    kept = row["best"] - sign * each.tolerance * abs(row["best"])
    faults = []
    if abs(row["tolerance"] - each.tolerance) > SAME:
        faults.append(
            (
                "tolerance",
                english(
                    "is {written}, the scenario says {right}.",
                    written=row["tolerance"],
                    right=each.tolerance,
                ),
            )
        )
    if abs(row["kept"] - kept) > room:
        faults.append(
            (
                "kept",
                english(
                    "is {written:.6f}, the tolerance leaves {kept:.6f}.",
                    written=row["kept"],
                    kept=kept,
                ),
            )
        )
    if abs(row["reached"] - reached) > room:
        faults.append(
            (
                "reached",
                english(
                    "is {written:.6f}, the plan makes it {reached:.6f}.",
                    written=row["reached"],
                    reached=reached,
                ),
            )
        )
    if sign * (reached - kept) < -room:
        faults.append(
            (
                "reached",
                english("is {reached:.6f}, {kept:.6f} was to be kept.", reached=reached, kept=kept),
            )
        )
    return faults
