"""Options priced by what they are called: the very numbers of a full pricing, and none else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from planner.domain import records as r
from planner.domain.lookup import Lookup
from planner.domain.scenario import Scenario, canonical
from planner.domain.vocabulary import LockKind
from planner.io import load_scenario
from planner.landed_cost.keys import Keys, keys_of, names_of, those
from planner.landed_cost.options import Options, Priced, price_scenario, with_more
from tests.exhibits import full_scenario, tiny_scenario

QUICKSTART = Path(__file__).parents[2] / "scenarios" / "quickstart"
WORLDS: dict[str, Callable[[], Scenario]] = {
    "quickstart": lambda: load_scenario(QUICKSTART),
    "tiny": tiny_scenario,
    "full": full_scenario,
}


def priced(scenario: Scenario) -> Priced:
    return price_scenario(Lookup(canonical(scenario)))


def every_key(found: Priced) -> Keys:
    return keys_of(names_of(found.lookup, found.trips), found.options)


def assert_same(one: Options, other: Options) -> None:
    for field in fields(Options):
        left, right = getattr(one, field.name), getattr(other, field.name)
        np.testing.assert_array_equal(left, right, err_msg=field.name)


def edited(scenario: Scenario) -> Scenario:
    """Other rates and stock, a ban, and a row order of its own."""
    rates = [row.model_copy(update={"rate": row.rate * 1.07}) for row in scenario.exchange_rates]
    lots = [lot.model_copy(update={"unit_cost": lot.unit_cost * 2}) for lot in scenario.lots]
    ban = r.Lock(lock="test ban", kind=LockKind.BAN, lots=(lots[0].lot,), sell_period=2)
    update = {
        "exchange_rates": tuple(rates),
        "lots": tuple(reversed(lots)),
        "locks": (*scenario.locks, ban),
    }
    return scenario.model_copy(update=update)


@pytest.mark.parametrize("world", WORLDS)
def test_all_keys_give_the_full_pricing(world: str) -> None:
    full = priced(WORLDS[world]())
    again = price_scenario(full.lookup, those(every_key(full), {}))
    assert len(full.options) > 0
    at = every_key(again).at(every_key(full))
    assert len(again.options) == len(full.options) and (at >= 0).all()
    assert_same(again.options.take(at), full.options)


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("seed", [0, 1])
def test_some_keys_of_an_edited_scenario_have_its_numbers(world: str, seed: int) -> None:
    """Bit for bit; keys the edit closes are gone, and nothing comes that was not asked for."""
    before, after = priced(WORLDS[world]()), priced(edited(WORLDS[world]()))
    chance = np.random.default_rng(seed)
    rows = np.flatnonzero(chance.random(len(before.options)) < 0.3)
    keys = every_key(before).take(rows)
    some = price_scenario(after.lookup, those(keys, {}))
    own, whole = every_key(some), every_key(after)
    asked = keys.placed(own.names)
    assert (asked.at(own) >= 0).all()
    at = whole.at(own)
    left_out = at < 0  # a twin trip that a full pricing does without
    assert_same(some.options.take(np.flatnonzero(~left_out)), after.options.take(at[~left_out]))
    still_there = asked.take(np.flatnonzero(whole.at(asked) >= 0))
    assert (own.at(still_there) >= 0).all()
    if world == "quickstart":
        assert len(own) < len(keys), "the ban closes some"


def test_opened_offers_bring_every_trip_and_period() -> None:
    full = priced(tiny_scenario())
    channel = full.lookup.channel_at["CN-APP"]
    lot = full.lookup.lot_at["L1"]
    opened = np.zeros((len(full.lookup.scenario.lots), 3), dtype=bool)
    opened[lot, 1] = True
    none = every_key(full).take(np.zeros(0, dtype=np.int64))
    some = price_scenario(full.lookup, those(none, {channel: opened}))
    options = full.options
    wanted = (options.lot == lot) & (options.channel == channel) & (options.rung == 1)
    assert wanted.sum() > 1
    assert_same(some.options, options.take(np.flatnonzero(wanted)))
    both = price_scenario(full.lookup, those(every_key(full), {channel: opened}))
    assert len(both.options) == len(options), "none comes twice"


def test_more_options_join_in_order_of_channel() -> None:
    full = priced(tiny_scenario())
    keys = every_key(full)
    half = np.arange(len(keys)) % 2 == 0
    part = price_scenario(full.lookup, those(keys.take(np.flatnonzero(half)), {}))
    whole = with_more(part, those(keys.take(np.flatnonzero(~half)), {}))
    assert (np.diff(whole.options.channel) >= 0).all()
    at = every_key(whole).at(keys)
    assert_same(whole.options.take(at), full.options)


def test_keys_follow_names_and_not_places() -> None:
    full = priced(tiny_scenario())
    keys = every_key(full)
    names = names_of(full.lookup, full.trips)
    turned = type(names)(
        lots=names.lots[::-1],
        channels=names.channels[::-1],
        trips=names.trips[::-1],
        rungs=tuple(ladder[::-1] for ladder in names.rungs[::-1]),
    )
    back = keys.placed(turned).placed(names)
    np.testing.assert_array_equal(back.codes, keys.codes)
    without = type(names)(names.lots[1:], names.channels, names.trips, names.rungs)
    np.testing.assert_array_equal(keys.placed(without).known, keys.lot != 0)
    assert len(np.unique(keys.codes)) == len(keys)
