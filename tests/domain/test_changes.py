"""A change names what differs; changes made, taken back and made again give the same scenario."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest

from planner.domain.changes import (
    TOP,
    Change,
    apply,
    conflicts,
    difference,
    from_json,
    inverse,
    key_of,
    to_json,
)
from planner.domain.records import Header, Lot, Record
from planner.domain.scenario import TABLES, Scenario
from planner.errors import ScenarioError
from tests.exhibits import full_scenario, tiny_scenario


def with_lots(scenario: Scenario, *lots: Lot) -> Scenario:
    return scenario.model_copy(update={"lots": lots})


def altered(row: Record, dice: random.Random) -> Record:
    """A row with one number or text changed that is no name."""
    fields = [
        name
        for name, value in row
        if name not in row.key_fields
        and "currency" not in name
        and type(row).model_fields[name].annotation in (int, float, str, bool)
    ]
    if not fields:
        return row
    name = dice.choice(fields)
    value = getattr(row, name)
    if isinstance(value, str):
        return row.model_copy(update={name: f"{value}x"})
    if isinstance(value, bool):
        return row.model_copy(update={name: not value})
    return row.model_copy(update={name: value // 2 if isinstance(value, int) else value / 2})


def _is_text(record: type[Record]) -> bool:
    return record.model_fields[record.key_fields[0]].annotation is str


def shaken(scenario: Scenario, seed: int) -> Scenario:
    """Rows of random tables changed, taken out and put in at random places."""
    dice = random.Random(seed)
    update = {}
    for table, record in TABLES.items():
        rows = list(getattr(scenario, table))
        for _ in range(dice.randrange(3)):
            if not rows:
                break
            at = dice.randrange(len(rows))
            match dice.randrange(3):
                case 0:
                    rows[at] = altered(rows[at], dice)
                case 1:
                    del rows[at]
                case 2 if record.key_fields[0] != "currency" and _is_text(record):
                    name = f"new {dice.random()}"
                    twin = rows[at].model_copy(update={record.key_fields[0]: name})
                    rows.insert(dice.randrange(len(rows) + 1), twin)
        update[table] = tuple(rows)
    title = scenario.header.model_copy(update={"title": f"shaken {seed}"})
    return scenario.model_copy(update={**update, "header": title})


def test_every_table_has_rows_that_can_be_told_apart() -> None:
    full = full_scenario()
    for table, record in TABLES.items():
        assert record.key_fields, table
        rows = getattr(full, table)
        assert len({key_of(row) for row in rows}) == len(rows)
    assert key_of(full.header) == ()


def test_a_scenario_does_not_differ_from_itself() -> None:
    assert difference(full_scenario(), full_scenario()) == ()


def test_a_changed_cell_is_named() -> None:
    base = tiny_scenario()
    first, *others = base.lots
    other = with_lots(base, first.model_copy(update={"units": 7}), *others)
    (change,) = difference(base, other)
    assert change == Change("lots", (first.lot,), "units", first.units, 7)
    assert str(change) == f"lots {first.lot}, units: {first.units} -> 7"
    assert apply(base, [change]) == other


def test_a_changed_header_field_is_named() -> None:
    base = tiny_scenario()
    other = base.model_copy(update={"header": base.header.model_copy(update={"periods": 4})})
    (change,) = difference(base, other)
    assert change == Change("scenario", (), "periods", base.header.periods, 4)
    assert apply(base, [change]) == other


def test_new_rows_stand_where_they_were_put() -> None:
    base = tiny_scenario()
    one, two, three = base.lots
    new = [one.model_copy(update={"lot": name}) for name in ("A", "B", "C", "D")]
    other = with_lots(base, new[0], one, new[1], new[2], two, three, new[3])
    changes = difference(base, other)
    assert [(change.key, change.after) for change in changes] == [
        (("A",), TOP),
        (("B",), (one.lot,)),
        (("C",), ("B",)),
        (("D",), None),
    ]
    assert apply(base, changes) == other
    assert str(changes[0]).startswith("lots A: new (lot A, sku ")


def test_a_row_taken_out_comes_back_to_its_place() -> None:
    base = tiny_scenario()
    other = with_lots(base, base.lots[2])
    changes = difference(base, other)
    assert [str(change) for change in changes] == ["lots L2: taken out", "lots L1: taken out"]
    assert apply(base, changes) == other
    assert apply(other, inverse(changes)) == base


def test_the_order_of_shared_rows_is_no_difference() -> None:
    base = tiny_scenario()
    turned = with_lots(base, *reversed(base.lots))
    assert difference(base, turned) == ()
    assert turned.fingerprint == base.fingerprint


@pytest.mark.parametrize("seed", range(60))
def test_random_scenarios_are_reached_and_left_again(seed: int) -> None:
    base = full_scenario() if seed % 2 else tiny_scenario()
    other = shaken(base, seed)
    changes = difference(base, other)
    assert changes
    reached = apply(base, changes)
    assert reached == other
    assert reached.fingerprint == other.fingerprint
    assert apply(other, inverse(changes)) == base
    stored = [from_json(json.loads(json.dumps(to_json(change)))) for change in changes]
    assert stored == list(changes)
    assert apply(base, stored) == other


@pytest.mark.parametrize("seed", range(10))
def test_accepted_in_any_parts_the_rest_still_fits(seed: int) -> None:
    base = full_scenario()
    changes = difference(base, shaken(base, seed))
    chosen = {at for at in range(len(changes)) if random.Random(seed).random() < 0.5}
    some = apply(base, [change for at, change in enumerate(changes) if at in chosen])
    rest = [change for at, change in enumerate(changes) if at not in chosen]
    assert apply(some, rest).fingerprint == apply(base, changes).fingerprint


def test_a_renamed_row_keeps_its_place_and_can_be_changed_further() -> None:
    base = tiny_scenario()
    changes = [
        Change("lots", ("L2",), "lot", "L2", "L9"),
        Change("lots", ("L9",), "units", base.lots[1].units, 5),
    ]
    other = apply(base, changes)
    assert [lot.lot for lot in other.lots] == ["L1", "L9", "L3"]
    assert other.lots[1].units == 5
    assert apply(other, inverse(changes)) == base


def test_a_renamed_scenario_goes_there_and_back() -> None:
    base = tiny_scenario()
    change = Change("scenario", (), "scenario", base.header.scenario, "spring")
    assert apply(apply(base, [change]), inverse([change])) == base
    assert isinstance(base.header, Header)


def refused(base: Scenario, *changes: Change) -> list[str]:
    with pytest.raises(ScenarioError) as caught:
        apply(base, changes)
    return [str(finding) for finding in caught.value.findings]


def test_what_does_not_fit_is_said_all_at_once_and_nothing_is_done() -> None:
    base = tiny_scenario()
    units, kg = base.lots[0].units, base.lots[1].kg
    found = refused(
        base,
        Change("lots", ("L1",), "units", units + 1, 7),
        Change("lots", ("L2",), "kg", kg, -1),
        Change("lots", ("L7",), "units", 1, 2),
        Change("lots", ("L3",), "colour", 1, 2),
        Change("lotts", ("L3",), "units", 1, 2),
        Change("lots", ("L3",), "", {"lot": "L3"}, None),
    )
    assert found == [
        "lots, units: The row is no longer there. Leave the change out.",
        f"lots row 2, units: The value is now {units}, no longer {units + 1}; "
        "the change asks for 7. Choose one of the two.",
        "lots row 3, kg: -1 is not above 0. Give a number above 0.",
        "lots row 4: The row has been changed since. Look at it again.",
        "lots row 4, colour: There is no such field. Leave the change out.",
        "lotts: There is no such table. Did you mean 'lots'?",
    ]


def test_a_name_that_is_taken_is_refused() -> None:
    base = tiny_scenario()
    row = {**difference(with_lots(base), base)[0].new}  # type: ignore[dict-item]
    assert "is there already" in refused(base, Change("lots", ("L1",), "", None, row))[0]
    renamed = {**row, "lot": "ｌ２"}
    (twin,) = refused(base, Change("lots", ("ｌ２",), "", None, renamed))
    assert "differs from 'L2' only in case or width" in twin
    assert "is there already" in refused(base, Change("lots", ("L1",), "lot", "L1", "L2"))[0]


def test_two_people_who_want_different_things_are_told() -> None:
    base = tiny_scenario()
    mine = Change("lots", ("L1",), "units", 1, 2)
    same, other = replace(mine), replace(mine, new=3)
    elsewhere = Change("lots", ("L1",), "kg", 1.0, 2.0)
    gone = Change("lots", ("L1",), "", {}, None)
    assert conflicts([mine], [same, elsewhere]) == []
    assert conflicts([mine], [other]) == [(mine, other)]
    assert conflicts([mine], [gone]) == [(mine, gone)]
    assert base
