"""The app in a real browser: a server on a free port, a store of its own, pages that may speak to
this machine only. Screenshots are left in out/browser/."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
PATIENCE = 90_000
PICTURES = ROOT / "out" / "browser"
IDLE = "[data-testid=stApp][data-test-script-state=notRunning]"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where there is no browser every journey is skipped, and says why."""
    if not CHROMIUM:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="chromium is not installed"))


class Server(NamedTuple):
    """The app as it runs: where it is reached, its process, and the file it writes its log to."""

    address: str
    process: int
    log: Path


@contextmanager
def served(store: Path) -> Iterator[Server]:
    """The app on a free port of this machine, with a store of its own and its log beside it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = store.with_suffix(".log")
    with log.open("w") as written:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                "streamlit_app.py",
                "--server.port",
                f"{port}",
            ],
            cwd=ROOT,
            env={**os.environ, "PLANNER_STORE": str(store)},
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield Server(f"http://127.0.0.1:{port}", server.pid, log)
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The app; ended with the tests."""
    with served(tmp_path_factory.mktemp("store") / "workbench.sqlite") as server:
        yield server.address


def _wait_for(url: str) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


@dataclass
class Visitor:
    """Somebody with a browser of their own, and everything that went wrong in it."""

    page: Any
    address: str
    faults: list[str] = field(default_factory=list)

    def open(self, page: str = "", scenario: str = "quickstart") -> None:
        """Opens a page of a scenario by its address."""
        self.page.goto(f"{self.address}/{page}?scenario={scenario}")
        self.page.wait_for_selector("[data-testid=stApp]")
        self.idle()

    def idle(self) -> None:
        """Waits until the script of the page has run; edits reach it after a moment."""
        self.page.wait_for_timeout(500)
        self.page.wait_for_selector(IDLE)

    def press(self, name: str) -> None:
        """Presses the button whose name begins so."""
        self.page.get_by_role("button", name=name).first.click()
        self.idle()

    def pick(self, name: str) -> None:
        """Picks one of several choices that stand side by side."""
        self.page.get_by_test_id("stButtonGroup").get_by_text(name, exact=True).first.click()
        self.idle()

    def go(self, page: str) -> None:
        """Follows a link of the navigation."""
        self.page.get_by_role("link", name=page).first.click()
        self.idle()

    def sees(self, text: str) -> None:
        """Waits until a text is on the page."""
        self.page.get_by_text(text).first.wait_for()

    def solved(self) -> None:
        """Waits until the plan of the inputs now is shown and nothing is under way."""
        self.page.get_by_test_id("stMetricValue").first.wait_for()
        self.page.get_by_role("button", name="Cancel").wait_for(state="detached")
        self.idle()

    def value(self) -> str:
        """The plan's value as shown."""
        return str(self.page.get_by_test_id("stMetricValue").first.inner_text())

    def picture(self, name: str) -> None:
        """A screenshot for people to look at."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def source(self) -> str:
        """The scenario in the address."""
        return str(self.page.url).rpartition("scenario=")[2]

    # The grid, which is a canvas: cells are reached by the keyboard

    def select_cell(self, down: int, right: int) -> None:
        """Selects a cell so many steps from the first one."""
        grid = self.page.get_by_test_id("stDataFrame").first
        selected = grid.locator("[aria-selected=true]")
        for _ in range(60):
            box = grid.locator("canvas").first.bounding_box()
            self.page.wait_for_timeout(500)
            if box is None or grid.locator("canvas").first.bounding_box() != box:
                continue
            self.page.mouse.click(box["x"] + 60, box["y"] + 52)
            self.page.keyboard.press("Control+Home")
            self.page.wait_for_timeout(300)
            if selected.count():
                break
        else:
            raise AssertionError("no cell of the grid can be selected")
        for key, times in (("ArrowDown", down), ("ArrowRight", right)):
            for _ in range(times):
                self.page.keyboard.press(key)

    def write_cell(self, down: int, right: int, text: str) -> None:
        """Types into a cell of the grid, all but the last key."""
        self.select_cell(down, right)
        self.page.keyboard.press("Enter")
        cell = self.page.locator("#portal input")
        cell.wait_for()
        cell.fill(text)

    def type_cell(self, down: int, right: int, text: str) -> None:
        """Types into a cell of the grid."""
        self.write_cell(down, right, text)
        self.page.keyboard.press("Enter")
        self.idle()

    def paste_cells(self, down: int, right: int, text: str) -> None:
        """Pastes a block into the grid from a cell on."""
        self.select_cell(down, right)
        self.page.evaluate("text => navigator.clipboard.writeText(text)", text)
        self.page.keyboard.press("Control+V")
        self.idle()


def _missing(response: Any) -> list[str]:
    """What could not be fetched. Opened by a deep link, the page first looks for its server below
    that link: those answers are expected."""
    looking = "/_stcore/" in response.url
    return [f"{response.status} {response.url}"] if response.status >= 400 and not looking else []


def _told(message: Any) -> list[str]:
    """Errors of the console; what could not be fetched is told by `_missing`."""
    fetched = message.text.startswith("Failed to load resource")
    return [message.text] if message.type == "error" and not fetched else []


@contextmanager
def windows(address: str) -> Iterator[Callable[[], Visitor]]:
    """Makes visitors, each with a browser window of their own. Afterwards none of them may have
    tried to reach another machine or seen an error in the console."""
    from playwright.sync_api import sync_playwright

    everybody: list[Visitor] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )

        def another() -> Visitor:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
            visitor = Visitor(context.new_page(), address)
            page, faults = visitor.page, visitor.faults
            page.set_default_timeout(PATIENCE)

            def at_home(route: Any) -> None:
                if route.request.url.startswith((address, "data:", "blob:")):
                    route.continue_()
                else:
                    faults.append(route.request.url)
                    route.abort()

            context.route("**/*", at_home)
            page.on("response", lambda each: faults.extend(_missing(each)))
            page.on("console", lambda each: faults.extend(_told(each)))
            page.on("pageerror", lambda error: faults.append(str(error)))
            everybody.append(visitor)
            return visitor

        yield another
        browser.close()
    assert not [fault for visitor in everybody for fault in visitor.faults]


@pytest.fixture
def visitors(address: str) -> Iterator[Callable[[], Visitor]]:
    """Makes visitors; see `windows`."""
    with windows(address) as another:
        yield another


@pytest.fixture
def visitor(visitors: Callable[[], Visitor]) -> Visitor:
    """One visitor."""
    return visitors()
