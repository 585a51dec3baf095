"""Plans that follow edits while one watches: a first good plan at once, the proof behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from planner.domain.changes import Change, apply
from planner.domain.scenario import Scenario
from planner.live.base import base_behind, proven
from planner.pipeline import as_asked
from planner.plan.record import Plan
from planner.solve.settings import Progress, Settings

__all__ = ["Live"]


class Live:
    """A scenario under edit, with a plan that is always audited.

    `edit` gives a first plan of the edited scenario at once, found among the options near the last
    proven plan; `proof` then looks at all options and gives the bound and a plan at least as good.
    The lines `edit` gives depend on the last proof and on the scenario as edited, not on the way there.
    """

    def __init__(
        self,
        scenario: Scenario,
        settings: Settings | None = None,
        plan: Plan | None = None,
        progress: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        self.settings = settings or Settings()
        self.scenario = as_asked(scenario, self.settings)
        if plan is None:
            self._base = proven(progress, self.scenario, self.settings, None, cancel)
        else:
            self._base = base_behind(None, plan)
        self.plan = self._base.plan

    def edit(self, changes: Sequence[Change] | Scenario) -> Plan:
        """The first plan of the edited scenario: changes to what there is, or a whole scenario."""
        edited = changes if isinstance(changes, Scenario) else apply(self.scenario, changes)
        edited = as_asked(edited, self.settings)
        base = self._base
        near = base.plan_near(edited, self.settings)
        if near is None:
            found = proven(None, edited, self.settings, None)
            near = found.plan, found
        if self._base is base:  # no proof has come meanwhile, from which the next edit starts
            self._base = near[1]
        self.scenario, self.plan = edited, near[0]
        return self.plan

    def proof(
        self,
        progress: Callable[[Progress], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> Plan:
        """The plan of the scenario as it stands, over all options, with its proven bound.

        Never worse than the first plan. Edits made meanwhile are not waited for: the answer is then
        to the scenario as it was, and the next edits start from it.
        """
        scenario, first = self.scenario, self.plan
        if first is self._base.plan:
            return first
        self._base = proven(progress, scenario, self.settings, first, cancel)
        if self.scenario is scenario:
            self.plan = self._base.plan
        return self._base.plan
