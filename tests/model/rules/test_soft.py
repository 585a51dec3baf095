"""What making a limit soft, or switching it off, does to the rest of the program."""

from __future__ import annotations

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.scenario import Scenario
from planner.domain.vocabulary import FixedPer, Opens, RuleEffect, RuleMode
from planner.model.columns import Columns, Shortfalls
from planner.model.program import Program
from planner.model.rules.openings import Openings
from planner.model.rules.papers import Papers
from tests.exhibits import tiny_scenario
from tests.model.test_rules import added
from tests.solve.in_process import built

ENTRY = r.OpeningTerm(opening="entry", opens=Opens.MARKET, markets=("SG",), currency="CNY")


def set_to(mode: RuleMode, rule: str, subject: str = "", base: Scenario | None = None) -> Scenario:
    setting = r.RuleSetting(rule=rule, subject=subject, mode=mode, price=3.0)
    return added(base or tiny_scenario(), "rule_settings", setting)


def rows_of(program: Program, rule: str) -> set[str]:
    return {program.labels.label[k] for k in program.rows_of(rule)}


def most_let_through(program: Program, columns: Columns) -> float:
    """The M of the only opening."""
    (column,) = columns.at(Openings)
    return float(-program.matrix[:, [column]].data.min())


def test_only_the_limits_that_are_named_become_soft() -> None:
    _, program, columns = built(set_to(RuleMode.SOFT, "demand_pool", "CN-APP | jacket"))
    short = columns.of(Shortfalls)
    assert set(short.labels) == {"demand_pool CN-APP | jacket | winter"}
    assert short.periods.tolist() == [1, 2, 3] and (short.value == -3.0).all()
    assert rows_of(program, "demand_pool") > {"SG-SHOP | jacket | winter"}


def test_a_limit_that_is_off_is_left_out() -> None:
    _, program, columns = built(set_to(RuleMode.OFF, "demand_pool", "CN-APP"))
    assert rows_of(program, "demand_pool") == {
        "SG-SHOP | jacket | winter",
        "SG-SHOP | dress | summer",
    }
    assert not len(columns.of(Shortfalls))


@pytest.mark.parametrize("mode", [RuleMode.SOFT, RuleMode.OFF])
def test_a_pool_that_may_be_overdrawn_limits_no_option_by_itself(mode: RuleMode) -> None:
    """Singapore takes 8 x 0.3 jackets a period at full price; the lot holds 120."""
    priced, hard, _ = built(tiny_scenario())
    options = priced.options
    channel = [row.channel for row in priced.lookup.scenario.channels].index("SG-SHOP")
    jacket = [lot.lot for lot in priced.lookup.scenario.lots].index("L1")
    those = np.flatnonzero((options.channel == channel) & (options.lot == jacket))
    assert hard.most[those].max() == 7  # at 40 % off
    _, eased, _ = built(set_to(mode, "demand_pool", "SG-SHOP"))
    assert (eased.most[those] == 120).all()
    home = np.flatnonzero((options.channel != channel) & (options.lot == jacket))
    assert (eased.most[home] == hard.most[home]).all()


@pytest.mark.parametrize("mode", [RuleMode.SOFT, RuleMode.OFF])
def test_nothing_is_concluded_from_a_limit_that_may_be_missed(mode: RuleMode) -> None:
    """The opening lets through the jackets shoppers take, all 60 where that is not a limit."""
    term = ENTRY.model_copy(update={"fixed_cost": 10.0, "brands": ("Northpeak",)})
    base = added(tiny_scenario(), "opening_terms", term)
    _, program, columns = built(base)
    assert most_let_through(program, columns) == pytest.approx(2 * 8 * 0.3 * 0.6**-2.2)
    _, program, columns = built(set_to(mode, "demand_pool", "SG-SHOP", base=base))
    assert most_let_through(program, columns) == 60


def test_papers_that_a_setting_names_are_opened_by_themselves() -> None:
    """Two certificates of the same goods are one decision, until one of them may be gone without."""
    base = tiny_scenario()
    for name in ("label", "test"):
        rule = r.ComplianceRule(
            rule=name,
            markets=("SG",),
            effect=RuleEffect.REQUIRE,
            fixed_cost=100.0,
            fixed_per=FixedPer.STYLE,
        )
        base = added(base, "rules", rule)
    _, _, together = built(base)
    assert set(together.of(Papers).labels) == {f"label {s} + test {s}" for s in ("L1", "L2", "L3")}
    _, program, apart = built(set_to(RuleMode.SOFT, "certificate", "test", base=base))
    names = {f"{name} {s}" for name in ("label", "test") for s in ("L1", "L2", "L3")}
    assert set(apart.of(Papers).labels) == names
    assert rows_of(program, "certificate") == names
    short = set(apart.of(Shortfalls).labels)
    assert short == {f"certificate test {s}" for s in ("L1", "L2", "L3")}
