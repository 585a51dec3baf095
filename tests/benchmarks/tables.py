"""out/bench-*.json -> docs/benchmarks.md with its charts: `python -m tests.benchmarks.tables`.

The figures are kept in docs/benchmarks.json; a size measured again takes the place of its last
figures. A test holds the page against them.
"""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from tests.benchmarks.bench import OUT, ROOT, TOLERANCE

FIGURES = ROOT / "docs" / "benchmarks.json"
PAGE = ROOT / "docs" / "benchmarks.md"
SECONDS_CHART = ROOT / "docs" / "benchmarks-seconds.svg"
GAP_CHART = ROOT / "docs" / "benchmarks-gap.svg"
SIZES = ("S", "M", "L", "XL", "XXL")
EXAMPLES = ("quickstart", "surplus-2026")
LIVE = "live"
OURS = "this planner"
HIGHS = "HiGHS"
WIDTH = 120

PHASES = ("load", "options", "build", "solve", "extract", "audit", "export", "workbook")
INKS = {"plan": "#1f4e79", "relaxation": "#2e8b57", "highs": "#c0504d", "goal": "#8c8c8c"}


def page(figures: dict[str, Any]) -> str:
    """The whole page as Markdown."""
    sizes = [figures[size] for size in (*SIZES, *EXAMPLES) if size in figures]
    if not sizes:
        return "\n".join([*_top(), "Nothing has been measured yet.", ""])
    parts = [*_top(), *_machines(sizes), *_instances(sizes), *_plans(sizes)]
    for found in sizes:
        if found["peers"]:
            parts += _peers(found)
    parts += _checks(sizes)
    if LIVE in figures:
        parts += _live(figures[LIVE])
    return "\n".join(parts) + "\n"


def table(heads: list[str], rows: list[list[str]]) -> list[str]:
    """A table: its first column in words, the rest in figures."""
    rule = "|---|" + "---:|" * (len(heads) - 1)
    lines = [heads, *rows]
    shown = ["| " + " | ".join(line) + " |" for line in lines]
    return [shown[0], rule, *shown[1:], ""]


def prose(text: str) -> list[str]:
    """A paragraph in lines."""
    return [*textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False), ""]


def _top() -> list[str]:
    return [
        "# Benchmarks",
        "",
        *prose(
            "Measured by `make bench` (`make bench SIZE=M` for one size), which writes `out/bench-M.json` "
            "and, with the figures of all sizes, this page. Every step runs in a process of its own, one "
            "after the other. Seconds are wall time unless they are called cpu seconds, and they depend on "
            "what else the machine does: the ratios are the figures to quote."
        ),
    ]


def _machines(sizes: list[dict[str, Any]]) -> list[str]:
    return [
        *table(
            ["size", "cores", "memory GB", "load when it began", "Python", "versions"],
            [
                [
                    found["size"],
                    str(found["machine"]["cores"]),
                    str(found["machine"]["memory_gb"]),
                    f"{found['machine']['load']:.1f}",
                    found["machine"]["python"],
                    ", ".join(f"{name} {number}" for name, number in found["versions"].items()),
                ]
                for found in sizes
            ],
        ),
    ]


def _instances(sizes: list[dict[str, Any]]) -> list[str]:
    rows = []
    for found in sizes:
        plan, relaxation = found["plan"], found["relaxation"] or {}
        rows.append(
            [
                found["size"],
                f"{found['lots']:,}",
                str(found["channels"]),
                str(found["periods"]),
                _count(plan.get("options")),
                _count(plan.get("rows") or relaxation.get("rows")),
                _count(relaxation.get("entries")),
            ]
        )
    off = "; ".join(dict.fromkeys(found["rules_off"] for found in sizes if found["rules_off"]))
    return [
        "## The instances",
        "",
        *prose(
            "Made by `tests/benchmarks/instances.py`, the same in every run, in the likeness of "
            "surplus-2026: three origins, two or three hubs, two legs to every market abroad, pools shared "
            "by all lots of a category and season, brand floors, duties, fees, returns, exits, must-clear "
            f"shares. About 60 % of the channels are open to a lot. Left out: {off}. The shipped "
            "scenarios stand beside them, with every rule they have."
        ),
        *table(["size", "lots", "channels", "periods", "options", "limits", "coefficients"], rows),
    ]


def _plans(sizes: list[dict[str, Any]]) -> list[str]:
    seconds, worth = [], []
    for found in sizes:
        plan = found["plan"]
        if "error" in plan:
            seconds.append([found["size"], *[""] * (len(PHASES) + 2), _mb(plan)])
            worth.append([found["size"], plan["error"], *[""] * 7])
            continue
        phases = [f"{plan['phases'].get(name, 0.0):.1f}" for name in PHASES]
        waiting = plan.get("waiting")
        soon = "" if waiting is None else f"{waiting:.2f}"
        seconds.append([found["size"], *phases, f"{plan['seconds']:.1f}", soon, _mb(plan)])
        best = max(plan["baselines"].values(), default=None)
        worth.append(
            [
                found["size"],
                f"{plan['value']:,.0f}",
                f"{plan['bound']:,.0f}",
                f"{plan['gap']:.3%}",
                *[_seconds(reached) for reached in plan["within"].values()],
                plan["status"],
                "" if best is None else f"{plan['value'] / best - 1:+.1%}",
                str(plan["findings"]),
            ]
        )
    return [
        "## Plans",
        "",
        *prose(
            "Seconds of each phase; *all* is `make_plan`, without reading and writing files, *again* "
            "the same in the app, where a solver waits with everything loaded. Memory is what all "
            "processes held together."
        ),
        *table(["size", *PHASES, "all", "again", "MB"], seconds),
        *prose(
            "Value and bound in CNY, and the seconds until a plan within 1 % and 0.1 % of that bound was "
            "known; *against by hand* compares with the better of the two plans made by hand."
        ),
        *table(
            [
                "size",
                "value",
                "bound",
                "gap",
                "1 % after s",
                "0.1 % after s",
                "status",
                "against by hand",
                "audit findings",
            ],
            worth,
        ),
        f"![Seconds against size]({SECONDS_CHART.name})",
        "",
        f"![Gap against size]({GAP_CHART.name})",
        "",
    ]


def _peers(found: dict[str, Any]) -> list[str]:
    ours = found["relaxation"] or {}
    rows = []
    known = "solve_seconds" in ours
    if known:
        version = "exact" if ours["complete"] else "stopped"
        rows.append([OURS, version, *_costs(ours), _mb(ours), "", "", ""])
    for name, row in found["peers"].items():
        build = _times(row, ours, "build_cpu") if known else ""
        solved = "solve_cpu" in row and row.get("value") is not None
        both = _times(row, ours, "build_cpu", "solve_cpu") if known and solved else ""
        rows.append(
            [
                name,
                row.get("version", ""),
                *_costs(row),
                _mb(row),
                build,
                both,
                row.get("error", ""),
            ]
        )
    return [
        f"## The relaxation of {found['size']} in other hands",
        "",
        *prose(
            "The very same linear program. A peer starts from the finished coefficients and builds its "
            f"model as its manual says; the build of {OURS} includes working the coefficients out from "
            f"the options. HiGHS reads the exported file. Ratios are of cpu seconds, {OURS} = 1."
        ),
        *table(
            [
                "solver", "version", "build s", "build cpu s", "solve s", "solve cpu s", "MB",
                "build ratio", "build + solve ratio", "",
            ],
            rows,
        ),
    ]  # fmt: skip


def _checks(sizes: list[dict[str, Any]]) -> list[str]:
    heads = {
        "peers_agree": "peers agree",
        "relaxation_is_exact": "our relaxation is theirs",
        "bound_holds": "bound is no less than HiGHS's optimum",
        "bound_holds_longer": "bound holds against ten times the seconds",
    }
    rows = [
        [found["size"], *[_yes(found["checks"].get(name)) for name in heads]] for found in sizes
    ]
    return [
        "## Whether all agree",
        "",
        *prose(
            f"Optima agree when they differ by no more than {TOLERANCE:g} of their value; blank where "
            "nothing is there to compare with."
        ),
        *table(["size", *heads.values()], rows),
    ]


def _live(found: dict[str, Any]) -> list[str]:
    summary, rows = found["summary"], found["edits"]
    by_kind = []
    for kind in dict.fromkeys(row["kind"] for row in rows):
        own = [row for row in rows if row["kind"] == kind]
        by_kind.append(
            [
                kind,
                str(len(own)),
                f"{sorted(row['seconds'] for row in own)[len(own) // 2]:.2f}",
                f"{max(row['seconds'] for row in own):.2f}",
                f"{max(row['gap'] for row in own):.2%}",
                str(sum(row["findings"] for row in own)),
            ]
        )
    ratio = summary["times_faster_than_highs"]
    against = "" if ratio is None else f" HiGHS from nothing takes {ratio:.0f} times as long."
    return [
        "## Live edits of surplus-2026",
        "",
        *prose(
            f"{summary['edits']} edits one after the other: first audited plan after "
            f"{summary['median_seconds']:.2f} s (median), {summary['worst_seconds']:.2f} s at worst. "
            f"Its value is {summary['median_gap']:.2%} (median) from the bound proven afterwards, "
            f"{summary['worst_gap']:.2%} at worst.{against}"
        ),
        *table(["kind", "edits", "median s", "worst s", "worst gap", "audit findings"], by_kind),
    ]


def _costs(row: dict[str, Any]) -> list[str]:
    names = ("build_seconds", "build_cpu", "solve_seconds", "solve_cpu")
    return [f"{row[name]:.1f}" if name in row else "" for name in names]


def _times(row: dict[str, Any], ours: dict[str, Any], *names: str) -> str:
    """How many times as long a peer takes."""
    if any(name not in row for name in names):
        return ""
    return f"{sum(row[name] for name in names) / sum(ours[name] for name in names):.1f}"


def _mb(row: dict[str, Any]) -> str:
    return _count(row.get("mb"))


def _seconds(number: float | None) -> str:
    return "" if number is None else f"{number:.1f}"


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def _yes(held: bool | None) -> str:
    return "" if held is None else "yes" if held else "**no**"


def charts(figures: dict[str, Any]) -> None:
    """Seconds and gap against the number of options, which stand by powers of ten."""
    from matplotlib import pyplot as plt

    plt.rcParams |= {"svg.hashsalt": "benchmarks", "svg.fonttype": "none", "font.size": 10}
    sizes = [figures[size] for size in SIZES if size in figures]
    planned = [found for found in sizes if "error" not in found["plan"]]
    lines = {
        "plan": ("plan, options to audit", [(_options(f), f["plan"]["seconds"]) for f in planned]),
        "relaxation": ("relaxation, planner", _points(sizes, _own_relaxation)),
        "highs": ("relaxation, faster HiGHS", _points(sizes, _highs_relaxation)),
    }
    axes = _axes("seconds")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter("{x:g}")
    for ink, (label, points) in lines.items():
        if points:
            axes.plot(*zip(*points, strict=True), "o-", color=INKS[ink], label=label)
    _name_sizes(axes, planned)
    _save(SECONDS_CHART, plt)
    axes = _axes("gap, %")
    for name, ink, style in (("gap", "plan", "o-"), ("gap_asked", "goal", ":")):
        points = [(_options(f), 100 * f["plan"][name]) for f in planned]
        if points:
            label = name.replace("_", " ")
            axes.plot(*zip(*points, strict=True), style, color=INKS[ink], label=label)
    axes.set_ylim(bottom=0)
    _name_sizes(axes, planned)
    _save(GAP_CHART, plt)


def _options(found: dict[str, Any]) -> int:
    return int(found["plan"]["options"])


def _points(sizes: list[dict[str, Any]], seconds: Any) -> list[tuple[int, float]]:
    """(options, seconds) of the sizes that know both."""
    return [
        (f["relaxation"]["columns"], s)
        for f in sizes
        if f["relaxation"] and "columns" in f["relaxation"] and (s := seconds(f)) is not None
    ]


def _own_relaxation(found: dict[str, Any]) -> float | None:
    own = found["relaxation"]
    return own["build_seconds"] + own["solve_seconds"] if own["complete"] else None


def _highs_relaxation(found: dict[str, Any]) -> float | None:
    times = [
        row["build_seconds"] + row["solve_seconds"]
        for name, row in found["peers"].items()
        if name.startswith(HIGHS) and row.get("value") is not None
    ]
    return min(times, default=None)


def _axes(label: str) -> Any:
    from matplotlib import pyplot as plt

    _, axes = plt.subplots(figsize=(7, 3.6), layout="constrained")
    axes.set(xscale="log", xlabel="options", ylabel=label)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(visible=True, which="major", color="#e5e5e5")
    axes.spines[["top", "right"]].set_visible(False)
    return axes


def _name_sizes(axes: Any, planned: list[dict[str, Any]]) -> None:
    """The names of the sizes above the chart, and a legend where something is drawn."""
    top = axes.secondary_xaxis("top")
    top.set_xticks([_options(f) for f in planned], [f["size"] for f in planned])
    top.minorticks_off()
    top.spines["top"].set_visible(False)
    if axes.lines:
        axes.legend(frameon=False)


def _save(file: Path, plt: Any) -> None:
    plt.savefig(file, metadata={"Date": None})
    plt.close()


def main() -> None:
    """Keep the latest figures, write page and charts."""
    figures: dict[str, Any] = json.loads(FIGURES.read_text()) if FIGURES.exists() else {}
    for name in (*SIZES, *EXAMPLES, LIVE):
        file = OUT / f"bench-{name}.json"
        if file.exists():
            figures[name] = json.loads(file.read_text())
    FIGURES.write_text(json.dumps(figures, indent=1) + "\n")
    PAGE.write_text(page(figures), encoding="utf-8")
    charts(figures)


if __name__ == "__main__":
    main()
