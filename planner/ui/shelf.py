"""Plans on the shelf: those the workbench keeps, and those shipped beside their scenarios."""

from __future__ import annotations

import logging
import zipfile

from planner.domain.scenario import Scenario
from planner.pipeline import as_asked
from planner.plan.record import Plan
from planner.solve.settings import Settings
from planner.store import Store
from planner.store.shelf import MOST_KEPT, pack, settings_key, settings_of, unpack
from planner.ui import sources
from planner.ui.jobs import Request

log = logging.getLogger(__name__)


class PlanShelf:
    """Plans by request, in the workbench's file."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def keep(self, request: Request, plan: Plan) -> None:
        """Keeps a plan; the one used longest ago makes room."""
        self._store.keep_plan(
            request.fingerprint, settings_key(request.settings), pack(plan), MOST_KEPT
        )

    def find(self, request: Request, scenario: Scenario) -> Plan | None:
        """The plan kept or shipped of a request; one that cannot be read any more is none."""
        content = self._store.plan(request.fingerprint, settings_key(request.settings))
        if content is None and request.settings == Settings():
            content = _shipped(request.fingerprint, scenario)
        try:
            return unpack(content, as_asked(scenario, request.settings)) if content else None
        except (KeyError, ValueError, TypeError, zipfile.BadZipFile):
            log.warning("A plan kept cannot be read any more; it is made again.")
            return None

    def newest(self, fingerprint: str) -> Request | None:
        """The request of the plan of a scenario that was used last."""
        known = self._store.planned_with(fingerprint)
        return Request(fingerprint, settings_of(known[0])) if known else None


def _shipped(fingerprint: str, scenario: Scenario) -> bytes | None:
    name = scenario.header.scenario
    if name not in sources.names() or sources.load(name).fingerprint != fingerprint:
        return None
    return sources.shipped_plan(name)
