"""Markets on the same goods -> the tables behind their small multiples."""

from __future__ import annotations

import pandas as pd

from planner.language import english
from planner.report.headings import MONEY_LINES, shown
from planner.report.pictures import END, GIVES, START, TAKES
from planner.report.same_goods import FACTS, SameGoods

PANELS = {
    "money": ("Shelf price", "Landed cost", "Netback"),
    "days": ("From shipping to cash", "Lead time", "Transit may vary by"),
    "share": ("Shelf price as share of tag", "Demand used by the plan", "Tightest capacity used"),
}
"""Figures drawn side by side; those of one kind share a scale."""
STEPS = {
    "refunds": "Refunds",
    "sales_vat": "Sales VAT",
    "Selling": "Selling",
    "Transport": "Transport",
    "Border": "Border",
    "Credit": "Credit and refunds of tax",
}
"""Steps of a waterfall by part; refunds and tax, which come first, stand alone."""
NOISE = 9
"""Decimals; what is behind them is noise."""
SHELF, REST, NETBACK = "Shelf price", "Other party", "Netback"


def one_row_per_market(facts: pd.DataFrame) -> pd.DataFrame:
    """One row per market, as in `market_facts` turned round: market, then one column per figure."""
    figures = facts.drop(columns=["part", "kind"]).set_index("figure").T
    figures.columns.name = None
    table = figures.rename_axis("market").reset_index()
    return table.infer_objects()


def panels(facts: pd.DataFrame, by: str) -> pd.DataFrame:
    """One row per (figure of PANELS, market), markets in order of the figure `by`, greatest first.

    Columns: kind, figure, market, value.
    """
    markets = [name for name in facts.columns if name not in FACTS]
    known = facts.set_index("figure")
    ranked = known[markets].T[by].astype(float).sort_values(ascending=False, kind="stable")
    rows = [
        (kind, figure, market, float(known.loc[figure, market]))
        for kind, figures in PANELS.items()
        for figure in figures
        for market in ranked.index
    ]
    return pd.DataFrame(rows, columns=["kind", "figure", "market", "value"])


def panels_title(facts: pd.DataFrame, by: str, currency: str) -> str:
    """'Netback: VN comes first, at 61.20 CNY; CN-T5 last, at 20.10 CNY'."""
    row = facts[facts["figure"] == by].iloc[0]
    values = row.drop(FACTS).astype(float).sort_values(ascending=False, kind="stable")
    first, last = (_written(float(values.iloc[at]), str(row["kind"]), currency) for at in (0, -1))
    told = {"figure": by, "first": first, "last": last}
    told |= {"best": str(values.index[0]), "worst": str(values.index[-1])}
    if row["kind"] == "days":
        return english(
            "{figure}: {best} comes first, at {first} days; {worst} last, at {last} days", **told
        )
    return english("{figure}: {best} comes first, at {first}; {worst} last, at {last}", **told)


def _written(value: float, kind: str, currency: str) -> str:
    """'61.20 CNY', '34 %'; days without their unit."""
    if kind == "money":
        return f"{value:,.2f} {currency}"
    return f"{value:,.0f}" if kind == "days" else f"{value:.0%}".replace("%", " %")


def falls_by_part(goods: SameGoods) -> pd.DataFrame:
    """One row per (market, step) from shelf price to netback, PC per unit of the same goods.

    Columns: market, step (in words), change (signed; of the netback 0), reached (after the step).
    """
    lines = [START, *TAKES, *GIVES, END]
    averages = goods.averages(lines)
    signed = averages[[*TAKES, *GIVES]].mul([-1] * len(TAKES) + [1] * len(GIVES), axis=1)
    named = [name if name in STEPS else MONEY_LINES[name][0] for name in signed.columns]
    by_step = signed.T.groupby(named).sum().T.reindex(columns=list(STEPS), fill_value=0.0)
    rows = []
    for market, steps in by_step.iterrows():
        shelf, end = float(averages.loc[market, START]), float(averages.loc[market, END])  # type: ignore[index,arg-type]
        changes = [(SHELF, shelf), *((STEPS[str(k)], float(v)) for k, v in steps.items())]
        changes.append((REST, end - shelf - float(steps.sum())))
        reached = 0.0
        for step, change in changes:
            reached += change
            rows.append((market, step, change, reached))
        rows.append((market, NETBACK, 0.0, end))
    return pd.DataFrame(rows, columns=["market", "step", "change", "reached"])


def lots_by_market(goods: SameGoods, currency: str) -> pd.DataFrame:
    """One row per lot compared: lot, units, best_market, then its netback in each market (PC/unit)."""
    netback = goods.best.pivot(index="lot", columns="market", values="netback")
    netback = netback.reindex(columns=list(goods.markets)).astype(float)
    units = goods.best.groupby("lot")["units"].first()
    table = netback.rename(columns={name: f"{name} ({currency}/unit)" for name in netback.columns})
    table.insert(0, "units", units)
    table.insert(1, "best_market", netback.idxmax(axis=1) if len(netback) else "")
    table.columns.name = None
    return table.sort_values("units", ascending=False, kind="stable").reset_index()


def _tidy(value: object) -> object:
    """A number without the noise of binary fractions, which would read -0.00."""
    return round(value, NOISE) + 0.0 if isinstance(value, float) else value


def facts_in_words(facts: pd.DataFrame) -> pd.DataFrame:
    """The figures of `market_facts` as people read them: part, figure, one column per market."""
    markets = [name for name in facts.columns if name not in FACTS]
    words = {
        name: [
            shown(_tidy(value), kind)
            for value, kind in zip(facts[name], facts["kind"], strict=True)
        ]
        for name in markets
    }
    return facts[["part", "figure"]].assign(**words)
