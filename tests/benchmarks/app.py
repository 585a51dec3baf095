"""How quick the browser app is, measured in headless Chromium: `python -m tests.benchmarks.app`.

Every part starts the app on this machine's own address with a store in a temporary folder, drives it
as people do and writes what it measured into out/bench-app.json: page changes, reruns and table
edits of surplus-2026 (part example) and of 10,000 lots (large), eight users who solve at once
(users), the memory of idle sessions (memory), and twenty moves of a slider while a solve runs
(slider). A part that fails says why, and the others are measured all the same. Name parts to
measure these alone. About ten minutes in all.
"""

from __future__ import annotations

import json
import statistics
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil

from planner.domain.records import Lot
from planner.domain.scenario import Scenario
from planner.solve.worker import NICENESS
from planner.store import Store
from tests.benchmarks.bench import OUT, machine
from tests.benchmarks.instances import Size, instance
from tests.browser.conftest import Server, Visitor, served, windows

Figures = dict[str, Any]
Another = Callable[[], Visitor]

FILE = OUT / "bench-app.json"
EXAMPLE = "surplus-2026"
LARGE = Size(10_000, 6, 4)
TIMES = 20
RATES = ("VND", "THB", "BRL", "MYR", "PHP", "RUB", "AED", "ZAR")
"""The currency that falls for each of the users: all of markets the plan sells in."""
USERS = len(RATES)
USERS_SECONDS = 10
"""What each of the users allows the solver."""
USERS_PATIENCE_SECONDS = 1200.0
"""One proof runs at a time: the last of the users waits for those of all others."""
SESSIONS = 8
MOVES, MOVES_SECONDS, FARTHEST = 20, 10.0, 40
PATIENCE_SECONDS = 400.0
LIBRARIES = ("streamlit", "pandas", "numpy", "plotly", "ortools", "playwright")
PAGES = {
    "Markets": "How do the markets compare",
    "Scenario data": "What goes into the plan",
    "Shipments & prices": "What leaves when",
    "Pictures": "What does the plan look like",
    "Compare plans": "What differs between two plans",
    "Assumptions": "Where does every number come from",
    "Plan": "Which units go where",
}
"""Pages in the order they are opened, and how their questions begin."""
STORIES = ("A hub strikes", "Floors rise", "A threshold closes", "Box rates double", "A rate falls")
"""Not every scenario has all of them; the last is the one chosen at first."""
UNITS = 1 + list(Lot.model_fields).index("units")
"""The column of units in the grid of lots: the mark of what changed stands after the key."""
SHOWN = "() => document.querySelector('[data-testid=stMain]').innerText"
RAN = """([before, question]) =>
  document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
  && [...document.querySelectorAll('h4')].some(each => each.innerText.startsWith(question))
  && document.querySelector('[data-testid=stMain]').innerText !== before"""
"""The script has ended, the page asks its question, and it no longer says what it said before."""
ANSWERED = """() => {
  if (document.querySelector('.st-key-worth-earlier')) window.earlier = true;
  return window.earlier && document.querySelector('.st-key-worth-now') !== null;
}"""
"""The band has said that its value is of the earlier plan, and now says it is of the inputs."""


# Page changes, reruns and edits


def example(server: Server, another: Another, _: str) -> Figures:
    """Page changes, reruns and edits of the shipped example."""
    visitor = another()
    visitor.open(scenario=EXAMPLE)
    visitor.solved()
    return quickness(visitor)


def large(server: Server, another: Another, scenario: str) -> Figures:
    """The same with 10,000 lots, once they are planned."""
    visitor = another()
    began = time.monotonic()
    visitor.open(scenario=scenario)
    visitor.page.locator(".st-key-worth-now").wait_for(timeout=1000 * PATIENCE_SECONDS)
    seconds = time.monotonic() - began
    return {
        "lots": LARGE.lots,
        "channels": LARGE.channels,
        "periods": LARGE.periods,
        "first_plan_seconds": round(seconds, 1),
        **quickness(visitor),
    }


def quickness(visitor: Visitor) -> Figures:
    """Seconds of twenty page changes, reruns and edits each."""
    settled(visitor)
    return {
        "page_change": told(page_change(visitor, at) for at in range(TIMES)),
        "rerun": told(reruns(visitor)),
        "edit": told(edits(visitor)),
    }


def told(measured: Iterable[float]) -> Figures:
    """Median and worst, with every single figure behind them."""
    seconds = list(measured)
    return {
        "median": round(statistics.median(seconds), 3),
        "worst": round(max(seconds), 3),
        "each": [round(each, 3) for each in seconds],
    }


def settled(visitor: Visitor) -> None:
    """Waits until nothing is being solved; a proof that takes long is ended."""
    cancel = visitor.page.get_by_role("button", name="Cancel")
    with suppress(Exception):
        cancel.wait_for(state="detached", timeout=60_000)
        return
    cancel.click()
    cancel.wait_for(state="detached")
    visitor.idle()


def page_change(visitor: Visitor, at: int) -> float:
    """Seconds from the click on a link until the page is there and its script has ended."""
    name = list(PAGES)[at % len(PAGES)]
    link = visitor.page.get_by_role("link", name=name, exact=True).first
    return until_ran(visitor, link.click, PAGES[name])


def reruns(visitor: Visitor) -> Iterator[float]:
    """Seconds of reruns of the Plan page: another of the stories it offers is chosen each time."""
    visitor.go("Plan")
    group = visitor.page.get_by_test_id("stButtonGroup")
    group.first.wait_for()
    found = [group.get_by_text(name, exact=True).first for name in STORIES]
    stories = [story for story in found if story.count()]
    for at in range(TIMES):
        yield until_ran(visitor, stories[at % len(stories)].click, PAGES["Plan"])


def until_ran(visitor: Visitor, act: Callable[[], None], question: str) -> float:
    """Seconds from an act until what it asked for is shown and the script has run to its end."""
    before = visitor.page.evaluate(SHOWN)
    began = time.monotonic()
    act()
    visitor.page.wait_for_function(RAN, arg=[before, question])
    return time.monotonic() - began


def edits(visitor: Visitor) -> Iterator[float]:
    """Seconds from Enter in a cell until the value of the edited inputs is on the screen.

    One after the other, each of another lot, as quickly as they can be typed: the proof of the edit
    before is usually still under way.
    """
    visitor.go("Scenario data")
    for at in range(TIMES):
        visitor.write_cell(at, UNITS, str(1_000 + 100 * at))
        visitor.page.evaluate("() => { window.earlier = false; }")
        began = time.monotonic()
        visitor.page.keyboard.press("Enter")
        visitor.page.wait_for_function(ANSWERED, timeout=1000 * PATIENCE_SECONDS)
        yield time.monotonic() - began


# Eight users


def users(server: Server, another: Another, _: str) -> Figures:
    """Eight people change another rate each and press Solve together; seconds until all have plans."""
    everybody = [another() for _ in range(USERS)]
    for at, visitor in enumerate(everybody):
        prepare(visitor, at)
    began = time.monotonic()
    for visitor in everybody:
        visitor.page.get_by_role("button", name="Solve").first.click()
    first, done, queued = followed(everybody, began)
    values = [visitor.page.locator(".st-key-worth-now").inner_text() for visitor in everybody]
    errors = [visitor.page.get_by_test_id("stException").count() for visitor in everybody]
    return {
        "users": USERS,
        "seconds_allowed_each": USERS_SECONDS,
        "first_plan": told(first),
        "done": told(done),
        "plans_of_their_own": len(set(values)),
        "scenarios_of_their_own": len({visitor.source() for visitor in everybody}),
        "saw_the_queue": len(queued),
        "faults": sum(errors)
        + sum(len(visitor.faults) for visitor in everybody)
        + server.log.read_text().count("Traceback"),
    }


def prepare(visitor: Visitor, at: int) -> None:
    """Somebody's own copy of the example with a rate changed, and nothing solved yet."""
    page = visitor.page
    visitor.open(scenario=EXAMPLE)
    visitor.solved()
    page.get_by_text("Live", exact=True).click()
    visitor.idle()
    visitor.press("You")
    page.get_by_role("spinbutton", name="Seconds allowed").fill(str(USERS_SECONDS))
    page.get_by_role("spinbutton", name="Seconds allowed").press("Enter")
    visitor.idle()
    page.keyboard.press("Escape")
    visitor.pick(RATES[at])
    visitor.press("Try it")
    page.locator(".st-key-worth-earlier").wait_for()


def followed(everybody: list[Visitor], began: float) -> tuple[list[float], list[float], set[int]]:
    """Seconds until each one's first plan and until their solves have ended, and who saw the queue."""
    first: dict[int, float] = {}
    done: dict[int, float] = {}
    queued: set[int] = set()
    while len(done) < len(everybody):
        for at, visitor in enumerate(everybody):
            if at in done:
                continue
            page, now = visitor.page, time.monotonic() - began
            if page.get_by_text("waiting,").count():
                queued.add(at)
            if page.locator(".st-key-worth-now").count():
                first.setdefault(at, now)
                if not page.get_by_role("button", name="Cancel").count():
                    done[at] = now
            if now > USERS_PATIENCE_SECONDS:
                raise TimeoutError(f"{len(done)} of {len(everybody)} had their plans in time")
        everybody[0].page.wait_for_timeout(100)
    return list(first.values()), list(done.values()), queued


# Memory


def memory(server: Server, another: Another, _: str) -> Figures:
    """Megabytes of the server with one session open, and for each of eight more at rest."""
    look(another())
    base = at_rest(server)
    for _ in range(SESSIONS):
        look(another())
    more = at_rest(server) - base
    return {
        "sessions": SESSIONS,
        "base_mb": round(base, 1),
        "mb_per_session": round(more / SESSIONS, 1),
    }


def look(visitor: Visitor) -> None:
    """Somebody who opens the plan and the data and then does nothing."""
    visitor.open(scenario=EXAMPLE)
    visitor.solved()
    visitor.go("Scenario data")
    visitor.sees("differences from the base")


def at_rest(server: Server) -> float:
    """Megabytes that are the server's own, once they change no more."""
    process = psutil.Process(server.process)
    last = process.memory_full_info().uss
    while True:
        time.sleep(3.0)
        now = process.memory_full_info().uss
        if abs(now - last) < 1e6:
            return now / 2**20
        last = now


# Slider


def slider(server: Server, another: Another, _: str) -> Figures:
    """Twenty moves of a pinned number in ten seconds: how many solvers at once, and which wins."""
    visitor = another()
    page = visitor.page
    visitor.open(scenario=EXAMPLE)
    visitor.solved()
    visitor.press("Pin a number")
    page.get_by_role("combobox", name="Row").click()
    page.get_by_role("option", name=RATES[0]).click()
    visitor.idle()
    page.get_by_role("button", name="Pin it").click()
    visitor.idle()
    page.keyboard.press("Escape")
    thumb = page.get_by_role("slider", name="rate")
    slide(visitor, -1)
    page.wait_for_function(ANSWERED, timeout=1000 * PATIENCE_SECONDS)
    with solvers(server) as most:
        began = time.monotonic()
        for at in range(MOVES):
            slide(visitor, FARTHEST * (at + 1) / MOVES)
            late = began + (at + 1) * MOVES_SECONDS / MOVES - time.monotonic()
            page.wait_for_timeout(max(0.0, 1000 * late))
        moved = time.monotonic() - began
        page.locator(".st-key-worth-now").wait_for(timeout=1000 * PATIENCE_SECONDS)
        answered = time.monotonic() - began - moved
        settled(visitor)
    return {
        "moves": MOVES,
        "seconds_of_moves": round(moved, 1),
        "asked_for_percent": FARTHEST,
        "stands_at_percent": int(thumb.input_value()),
        "kept": page.get_by_text("now ").last.inner_text(),
        "seconds_to_the_last_answer": round(answered, 1),
        "most_solvers_at_once": most[0],
    }


def slide(visitor: Visitor, percent: float) -> None:
    """Clicks on the slider of the pinned number, which goes from -50 to 50 %."""
    thumb = visitor.page.get_by_role("slider", name="rate")
    track = thumb.locator("xpath=ancestor::*[@data-testid='stSlider']").bounding_box()
    across = track["x"] + track["width"] * (0.5 + percent / 100)
    visitor.page.mouse.click(across, track["y"] + 0.75 * track["height"])


@contextmanager
def solvers(server: Server) -> Iterator[list[int]]:
    """Counts the server's solver processes all the while; the most seen at once."""
    most, over = [0], threading.Event()

    def count() -> None:
        process = psutil.Process(server.process)
        while not over.wait(0.05):
            live = 0
            for child in process.children(recursive=True):
                with suppress(psutil.Error):
                    busy = child.nice() >= NICENESS  # the one that waits for a task has another
                    live += busy and "planner.solve.worker" in child.cmdline()
            most[0] = max(most[0], live)

    counting = threading.Thread(target=count, daemon=True)
    counting.start()
    try:
        yield most
    finally:
        over.set()
        counting.join()


# All of it

PARTS: dict[str, Callable[[Server, Another, str], Figures]] = {
    "example": example,
    "memory": memory,
    "slider": slider,
    "users": users,
    "large": large,
}


def measured(name: str) -> Figures:
    """One part on a server of its own, or why it failed."""
    try:
        with TemporaryDirectory() as folder:
            store = Path(folder) / "workbench.sqlite"
            scenario = kept(store, instance(LARGE)) if name == "large" else ""
            with served(store) as server, windows(server.address) as another:
                return PARTS[name](server, another, scenario)
    except Exception as error:
        traceback.print_exc()
        return {"failed": f"{type(error).__name__}: {str(error).splitlines()[0]}"}


def kept(store: Path, scenario: Scenario) -> str:
    """Keeps a scenario as if it had been uploaded; its id."""
    book = Store(store)
    base = book.keep_base(
        scenario.fingerprint, scenario.header.scenario, scenario.model_dump_json()
    )
    return book.create(scenario.header.scenario, base, "benchmark")


def main() -> None:
    """Measure all parts or those named, and keep each as soon as it is there."""
    found: Figures = json.loads(FILE.read_text()) if FILE.exists() else {}
    found["machine"] = machine()
    found["versions"] = {name: version(name) for name in LIBRARIES}
    for name in sys.argv[1:] or PARTS:
        began = time.monotonic()
        found[name] = measured(name)
        found[name]["seconds_in_all"] = round(time.monotonic() - began)
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(json.dumps(found, indent=1) + "\n")
        print(name, json.dumps(found[name]), flush=True)


if __name__ == "__main__":
    main()
