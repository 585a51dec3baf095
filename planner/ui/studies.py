"""Questions about a plan that take a while -> their answers, worked out behind the pages.

A question is a plan's request and what is asked about it; equal questions share one answer. One
study runs at a time in each room; the others wait in order. Nothing here touches a page: a page
asks and looks.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from planner.errors import PlannerError
from planner.language import english
from planner.solve.settings import Progress
from planner.ui.jobs import Request, State

MOST_KEPT = 60
MOST_WAITING = 20
STEP_ASIDE_SECONDS = 0.2
FIRST_PHASE = "options"
"""The first thing the planner says of every plan it makes."""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Question:
    """What is asked about the plan of a request."""

    name: str
    request: Request
    about: tuple[str, ...] = ()


@dataclass
class Study:
    """One question being answered: written by its worker thread, read by pages."""

    question: Question
    work: Callable[[Study], Any]
    is_free: Callable[[], bool]
    """Whether nothing more urgent is under way; before each plan a study steps aside until then."""
    wanted_by: set[str] = field(default_factory=set)
    state: State = State.WAITING
    doing: str = ""
    done: int = 0
    of: int = 0
    began: float = 0.0
    answer: Any = None
    problem: str = ""
    cancel: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def active(self) -> bool:
        """Whether it waits or runs; a cancelled one no longer does, though it may take a moment."""
        return self.state in (State.WAITING, State.RUNNING) and not self.cancel.is_set()

    @property
    def seconds(self) -> float:
        """Time since it began."""
        return time.monotonic() - self.began if self.began else 0.0

    @property
    def share_done(self) -> float:
        """Part of the plans that are made, 0 to 1; 0 where their number is not known."""
        return min(1.0, max(0.0, self.done / self.of)) if self.of else 0.0

    def tell(self, doing: str, done: int, of: int) -> None:
        """Hears what is planned next, how many plans are made and how many there will be."""
        self.doing, self.done, self.of = doing, done, of
        while not self.is_free() and not self.cancel.wait(STEP_ASIDE_SECONDS):
            pass

    def hear(self, news: Progress) -> None:
        """Hears the planner; counts the plans it begins, of at most `of`."""
        if news.phase == FIRST_PHASE:
            self.tell(self.doing, self.done + 1, self.of)


class Studies:
    """One room: what waits, what runs and the answers found."""

    def __init__(self, is_free: Callable[[], bool] = lambda: True) -> None:
        self._is_free = is_free
        self._lock = threading.RLock()
        self._known: OrderedDict[Question, Study] = OrderedDict()
        self._waiting: list[Study] = []
        self._running: Study | None = None

    def ask(self, question: Question, work: Callable[[Study], Any], session: str) -> Study:
        """The study of a question: the one known or under way, else a new one."""
        with self._lock:
            study = self._known.get(question)
            if study is None or not (study.active or study.state is State.DONE):
                if len(self._waiting) >= MOST_WAITING:
                    raise PlannerError(
                        english("Too many questions are waiting. Try again in a few minutes.")
                    )
                study = Study(question, work, self._is_free)
                self._keep(study)
                self._waiting.append(study)
                self._start_next()
            study.wanted_by.add(session)
            self._known.move_to_end(question)
            return study

    def find(self, question: Question) -> Study | None:
        """The study of a question, if it was asked."""
        with self._lock:
            return self._known.get(question)

    def cancel(self, question: Question, session: str) -> None:
        """A session no longer wants an answer; a study nobody wants is ended."""
        with self._lock:
            study = self._known.get(question)
            if study is None or not study.active:
                return
            study.wanted_by.discard(session)
            if not study.wanted_by:
                study.cancel.set()
                if study in self._waiting:
                    self._waiting.remove(study)
                    study.state = State.CANCELLED
                    study.ended.set()

    def before(self, study: Study) -> int:
        """How many studies come before a waiting one."""
        with self._lock:
            if study not in self._waiting:
                return 0
            return self._waiting.index(study) + (self._running is not None)

    def _keep(self, study: Study) -> None:
        self._known[study.question] = study
        idle = [asked for asked, each in self._known.items() if not each.active]
        for asked in idle[: max(0, len(self._known) - MOST_KEPT)]:
            del self._known[asked]

    def _start_next(self) -> None:
        if self._running is None and self._waiting:
            self._running = self._waiting.pop(0)
            threading.Thread(target=self._run, args=(self._running,), daemon=True).start()

    def _run(self, study: Study) -> None:
        try:
            self._answer(study)
        finally:
            study.ended.set()
            with self._lock:
                self._running = None
                self._start_next()

    def _answer(self, study: Study) -> None:
        study.began = time.monotonic()
        study.state = State.RUNNING
        try:
            study.answer = study.work(study)
            study.state = State.DONE
        except (PlannerError, ValueError) as error:
            study.problem = str(error)
            study.state = State.CANCELLED if study.cancel.is_set() else State.FAILED
        except Exception:
            reference = uuid.uuid4().hex[:8]
            log.exception("Study %s failed", reference)
            study.problem = english(
                "The answer could not be worked out (reference {reference}); the server's log says more.",
                reference=reference,
            )
            study.state = State.FAILED
