"""Two people at one scenario, each in a process of their own: nothing is lost."""

import json
import subprocess
import sys
from pathlib import Path

from planner.store import Store
from tests.store.bench import a_store, base_of

EDITS = 300
ROOT = Path(__file__).parents[2]
WRITER = """
import json, random, sys
from pathlib import Path
from planner.domain.changes import Change
from planner.store import Store
file, scenario, who, edits = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
store, chance, conflicts = Store(Path(file)), random.Random(who), []
for n in range(edits):
    seen = store.history(scenario)
    key = (f"lot {chance.randint(1, 8)}",)
    old = next((c.new for m in reversed(seen.made) for c in m.changes if c.key == key), 0)
    if n % 3 == 0:
        sys.stdout.flush(); sys.stdin.readline()
    change = Change("lots", key, "units", old, f"{who} {n}")
    saved = store.edit(scenario, seen.version, [change], who)
    conflicts += [[c.mine.new, c.theirs.new] for c in saved.conflicts]
    if n % 3 == 0:
        print("saved", flush=True)
print(json.dumps(conflicts))
"""


def test_three_hundred_edits_each_are_all_made_or_shown_with_both_values(tmp_path: Path) -> None:
    """Every third edit both read before either writes, so that some cells surely meet."""
    store = a_store(tmp_path)
    scenario = store.create("shared", base_of(), "Ann")
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(store.file), scenario, who, str(EDITS)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for who in ("Ann", "Bob")
    ]
    for _ in range(EDITS // 3):
        for writer in writers:
            assert writer.stdin is not None
            writer.stdin.write("go\n")
            writer.stdin.flush()
        for writer in writers:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "saved\n"
    shown = []
    for writer in writers:
        assert writer.stdin is not None and writer.stdout is not None
        writer.stdin.close()
        shown.append(json.loads(writer.stdout.read()))
        assert writer.wait() == 0
    history = Store(store.file).history(scenario)
    made = {change.new for made in history.made for change in made.changes}
    mine = [conflict.mine.new for conflict in history.conflicts]
    assert len(made) + len(mine) == 2 * EDITS
    assert made | set(mine) == {f"{who} {n}" for who in ("Ann", "Bob") for n in range(EDITS)}
    assert sorted(tuple(pair) for each in shown for pair in each) == sorted(
        (conflict.mine.new, conflict.theirs.new) for conflict in history.conflicts
    )
    assert mine, "some cells met"
    for conflict in history.conflicts:
        assert conflict.theirs.new in made
        assert {conflict.my_name, conflict.their_name} == {"Ann", "Bob"}
