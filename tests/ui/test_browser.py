"""One journey in a real browser: edit a cell, solve, download the workbook, open the file."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from planner.io import load_scenario

ROOT = Path(__file__).parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
PATIENCE = 90_000
UNITS = 1234

pytestmark = pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """The app on a free port of this machine; ended with the test."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/_stcore/health")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=20)


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


@pytest.fixture
def page(address: str) -> Iterator[Any]:
    """A page of a headless browser that may speak to this machine only; `page.faults` is what
    it tried elsewhere and the errors its console saw."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"]
        )
        context = browser.new_context(viewport={"width": 1400, "height": 900})
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.faults = []

        def at_home(route: Any) -> None:
            if route.request.url.startswith((address, "data:", "blob:")):
                route.continue_()
            else:
                page.faults.append(route.request.url)
                route.abort()

        context.route("**/*", at_home)
        page.on("console", lambda m: page.faults.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.faults.append(str(error)))
        yield page
        browser.close()


def idle(page: Any) -> None:
    """Waits until the script of the page has run; edits reach it after a moment."""
    page.wait_for_timeout(500)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")


def select_first_cell(page: Any) -> None:
    """Clicks into the grid once it stands still, until a cell is selected."""
    canvas = page.get_by_test_id("stDataFrame").first.locator("canvas").first
    selected = page.get_by_test_id("stDataFrame").first.locator("[aria-selected=true]")
    for _ in range(60):
        box = canvas.bounding_box()
        page.wait_for_timeout(500)
        if box is None or canvas.bounding_box() != box:
            continue
        page.mouse.click(box["x"] + 60, box["y"] + 52)
        page.keyboard.press("Control+Home")
        page.wait_for_timeout(300)
        if selected.count():
            return
    raise AssertionError("no cell of the grid can be selected")


def type_into_grid(page: Any, down: int, right: int, text: str) -> None:
    """Types into the cell so many steps from the first one."""
    select_first_cell(page)
    for key, times in (("ArrowDown", down), ("ArrowRight", right)):
        for _ in range(times):
            page.keyboard.press(key)
    page.keyboard.press("Enter")
    cell = page.locator("#portal input")
    cell.wait_for()
    cell.fill(text)
    page.keyboard.press("Enter")
    idle(page)


def test_edit_solve_download_and_open(page: Any, address: str, tmp_path: Path) -> None:
    base = load_scenario(ROOT / "scenarios" / "quickstart")
    fields = list(type(base.lots[0]).model_fields)
    lot = base.lots[1]

    page.goto(f"{address}/?scenario=quickstart")
    page.get_by_role("button", name="Solve", exact=True).wait_for()
    idle(page)
    page.get_by_role("link", name="Scenario data", exact=True).click()
    page.get_by_test_id("stDataFrame").first.wait_for()
    idle(page)
    type_into_grid(page, 1, fields.index("units"), str(UNITS))
    page.get_by_text("1 cell or row changed").wait_for()

    page.get_by_role("link", name="Plan", exact=True).click()
    page.get_by_role("button", name="Solve", exact=True).click()
    button = page.get_by_role("button", name="Download the workbook")
    button.wait_for()
    idle(page)
    shown = page.get_by_test_id("stMetricValue").first.inner_text()
    with page.expect_download() as download:
        button.click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)

    assert file.name.startswith("quickstart-plan")
    book = load_workbook(BytesIO(file.read_bytes()), data_only=True)
    cells = [cell for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row]
    numbers = [round(float(c), 2) for c in cells if isinstance(c, int | float)]
    assert float(shown.split()[0].replace(",", "")) in numbers, "the plan's value is in the file"
    assert units_of(book, lot.lot) == UNITS != lot.units

    for name in ("Markets", "Shipments & prices", "Assumptions", "Scenario data"):
        page.get_by_role("link", name=name, exact=True).click()
        idle(page)
    page.get_by_text("1 cell or row changed").wait_for()  # edits outlive the journey
    assert page.faults == []
    assert "scenario=quickstart" in page.url


def units_of(book: Any, lot: str) -> int:
    """Units of a lot shipped and left, as the workbook's sheets say."""
    total = 0
    for name in ("Shipments", "Exits"):
        rows = list(book[name].iter_rows(values_only=True))
        head = next(at for at, row in enumerate(rows) if "Lot" in row and "Units" in row)
        at_lot, at_units = rows[head].index("Lot"), rows[head].index("Units")
        total += sum(int(row[at_units]) for row in rows[head + 1 :] if row[at_lot] == lot)
    return total
