"""A process killed while it saves leaves the scenario before or after, never between."""

import os
import random
import signal
import sqlite3
import time
from pathlib import Path

from planner.store import Store
from tests.store.bench import ANN, a_store, base_of, cell

KILLS = 300
CELLS = 6


def save_for_ever(file: Path, scenario: str, started: int) -> None:
    """Steps that set every cell to the same number, one higher each time."""
    store = Store(file)
    os.write(started, b".")
    while True:
        number = len(store.history(scenario).made)
        changes = [cell(f"L{n}", number, number + 1) for n in range(CELLS)]
        store.edit(scenario, store.version(scenario), changes, ANN)


def test_killed_three_hundred_times_it_is_old_or_new_but_never_a_mix(memory: Path) -> None:
    store = a_store(memory)
    scenario = store.create("shared", base_of(), ANN)
    store.close()
    chance, steps = random.Random(7), 0
    for _ in range(KILLS):
        listening, started = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                save_for_ever(store.file, scenario, started)
            finally:
                os._exit(1)
        os.read(listening, 1)
        time.sleep(chance.uniform(0.0, 0.02))  # the kill falls at any moment of a save
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(listening)
        os.close(started)
        with sqlite3.connect(store.file) as db:
            events = db.execute("SELECT count(*), max(version) FROM event").fetchone()
            (version,) = db.execute("SELECT version FROM scenario").fetchone()
        assert events == (version, version)
        assert version - 1 >= steps, "what was saved once stays"
        steps = version - 1
    after = Store(store.file)
    assert after._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    made = after.history(scenario).made
    assert len(made) == steps > KILLS / 10
    for number, each in enumerate(made):
        assert [change.new for change in each.changes] == [number + 1] * CELLS
