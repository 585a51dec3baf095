"""Known answers: capacitated warehouse location of the OR-Library, all demand to be served.

With whole demands and capacities the best split of demand is whole as well, so that the published
optimum, where demand may be split, is the whole-unit optimum.
"""

from __future__ import annotations

import pytest

from planner.domain.check import check
from tests.or_library import DATA, PRICE, optimum, units_of, warehouse_scenario
from tests.solve.in_process import planned

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason=f"the OR-Library files are not at {DATA}")


@pytest.mark.parametrize("name", ["cap41", "cap44", "cap51", "cap61", "cap64", "cap71", "cap74"])
def test_a_scenario_reaches_the_published_optimum(name: str) -> None:
    scenario = warehouse_scenario(name)
    assert check(scenario) == ()
    plan = planned(scenario, seconds=240.0, gap=1e-7)
    cost = PRICE * units_of(scenario) - plan.report.value
    assert cost == pytest.approx(optimum(name), rel=1e-6)
    assert PRICE * units_of(scenario) - plan.report.bound == pytest.approx(optimum(name), rel=1e-6)
    assert plan.findings == ()
