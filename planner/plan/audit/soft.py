"""Soft limits of a whole plan: what is missing of each is stated and charged, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from planner.domain.vocabulary import RuleMode
from planner.errors import Finding
from planner.language import english
from planner.plan.audit.access import styles_near
from planner.plan.audit.facts import Facts
from planner.plan.audit.read import Row, Rows, finding
from planner.plan.audit.settings import asked
from planner.plan.audit.tables import MONEY, differs
from planner.plan.audit.usage import Book, Usage

SHARE = "share"
"""Unit of limits the audit measures as a part of an appetite and the plan writes in units."""
STEPWISE = (
    "no_rise",
    "one_price",
    "same_price",
    "price_step",
    "markdown_count",
    "no_touch",
    "distinct_prices",
    "corridor",
    "close_prices",
)
"""Rules a plan writes in steps, several rows for what the audit measures at once."""

Key = tuple[str, str, int]
"""Rule, label and period of a limit."""


def check_shortfalls(
    facts: Facts, book: Book, usages: Iterable[Usage], rows: Rows, found: list[Finding]
) -> float:
    """Every soft limit missed is in the table with what is missing. Returns the right cost."""
    cost = 0.0
    written: dict[Key, list[tuple[int, Row]]] = defaultdict(list)
    for number, row in rows:
        if _promised(facts, number, row, found):
            written[row["rule"], row["subject"], row["period"]].append((number, row))
            cost += row["units"] * asked(facts, row["rule"], row["subject"])[1]
    limits: dict[Key, list[Usage]] = defaultdict(list)
    for usage in usages:
        if asked(facts, usage.rule, usage.label)[0] is RuleMode.SOFT:
            limits[usage.rule, usage.label, usage.period].append(usage)
    for key, group in limits.items():
        if key[0] in STEPWISE:
            _stated(key, group, written, found)
        else:
            wrong = _compared(key, group, written.pop(key, []), found)
            cost += wrong * asked(facts, *key[:2])[1]
    for (rule, label, period), here in written.items():
        for number, row in here:
            if rule == "close_prices":
                right = max(0, styles_near(facts, book, label, period) - 1)
                if differs(row["units"], right):
                    problem = english(
                        "{label}: is {written:.6f}, the lines make it {right}.",
                        label=label,
                        written=row["units"],
                        right=right,
                    )
                    found.append(finding("shortfalls", number, "units", problem))
            elif rule not in STEPWISE and row["units"] > MONEY:
                problem = english(
                    "{rule} {label} is stated {written:.6f} short, nothing is.",
                    rule=rule,
                    label=label,
                    written=row["units"],
                )
                found.append(finding("shortfalls", number, "units", problem))
    return cost


def _promised(facts: Facts, number: int, row: Row, found: list[Finding]) -> bool:
    """Whether a row is about a soft limit; its price and cost are checked."""
    mode, price = asked(facts, row["rule"], row["subject"])
    if mode is not RuleMode.SOFT:
        problem = english(
            "{rule} {subject} is no promise of the scenario.",
            rule=row["rule"],
            subject=row["subject"],
        )
        found.append(finding("shortfalls", number, "rule", problem))
        return False
    for name, right, scale in (
        ("price", price, 1.0),
        ("cost", price * row["units"], row["units"]),
    ):
        if differs(row[name], right, scale):
            problem = english(
                "{rule}: is {written:.6f}, it should be {right:.6f}.",
                rule=row["rule"],
                written=row[name],
                right=right,
            )
            found.append(finding("shortfalls", number, name, problem))
    return True


def _compared(
    key: Key, group: list[Usage], rows: list[tuple[int, Row]], found: list[Finding]
) -> float:
    """Units of the limits of one name that the table states too few (negative: too many)."""
    number, promised = (rows[0][0], rows[0][1]["promised_units"]) if rows else (0, 0.0)
    if group[0].unit == SHARE:
        right = sum(usage.missing / usage.limit for usage in group) * (promised or 1.0)
    else:
        right = sum(usage.missing for usage in group)
        for at, row in rows:
            if all(differs(row["promised_units"], u.limit, abs(u.limit)) for u in group):
                problem = english(
                    "{rule}: is {written:.6f}, asked is {right:.6f}.",
                    rule=key[0],
                    written=row["promised_units"],
                    right=group[0].limit,
                )
                found.append(finding("shortfalls", at, "promised_units", problem))
    stated = sum(float(row["units"]) for _, row in rows)
    if not differs(stated, right, max(abs(promised), *(usage.weight for usage in group))):
        return 0.0
    problem = english(
        "{subject} is {right:.6f} short, {stated:.6f} is stated."
        if rows
        else "{subject} is {right:.6f} short, no row says so.",
        subject=key[1],
        right=right,
        stated=stated,
    )
    found.append(finding("shortfalls", number, "units" if rows else key[0], problem))
    return right - stated


def _stated(
    key: Key,
    group: list[Usage],
    written: dict[Key, list[tuple[int, Row]]],
    found: list[Finding],
) -> None:
    """What is missed of a rule written in steps is stated in one of its rows.

    A price that moved between two sales may be stated in any period between them.
    """
    rule, label, period = key
    any_time = rule != "close_prices" or not period
    event = label.rpartition(" | ")[0] if rule == "close_prices" else label
    stated = max(
        (
            row["units"]
            for (name, other, when), rows in written.items()
            for _, row in rows
            if name == rule and other.startswith(event) and (any_time or when in (0, period))
        ),
        default=0.0,
    )
    least = max(usage.missing for usage in group) if rule == "close_prices" else MONEY
    if any(usage.broken for usage in group) and stated < least - MONEY / 2:
        problem = english("{label} is missed, no row says so.", label=label)
        found.append(finding("shortfalls", 0, rule, problem))
