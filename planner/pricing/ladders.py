"""What a channel sells by: the rungs of its ladder and its terms for each category."""

from __future__ import annotations

import numpy as np

from planner.domain.arrays import Floats
from planner.domain.lookup import Lookup
from planner.domain.records import ChannelTerm, LadderRung


def ladder_of(lookup: Lookup, channel: int) -> tuple[LadderRung, ...]:
    """The rungs of a channel's ladder, dearest first: by shelf price, then by supply price.

    Of two rungs with one price ratio the one that leaves the reseller less comes first.
    """
    row = lookup.scenario.channels[channel]
    rungs = [rung for rung in lookup.scenario.ladders if rung.ladder == row.ladder]

    def rank(rung: LadderRung) -> tuple[float, float]:
        own = rung.reseller_margin
        return -rung.price_ratio, row.reseller_margin if own is None else own

    return tuple(sorted(rungs, key=rank))


def rung_margins(lookup: Lookup, channel: int) -> Floats:
    """The reseller's margin at every rung of a channel's ladder: the rung's, else the channel's."""
    common = lookup.scenario.channels[channel].reseller_margin
    own = [rung.reseller_margin for rung in ladder_of(lookup, channel)]
    return np.array([common if margin is None else margin for margin in own], dtype=float)


def terms_of(lookup: Lookup, channel: int) -> dict[str, ChannelTerm]:
    """The channel's terms by category."""
    name = lookup.scenario.channels[channel].channel
    return {row.category: row for row in lookup.scenario.channel_terms if row.channel == name}
