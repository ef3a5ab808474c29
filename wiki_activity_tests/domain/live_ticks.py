"""Ticks of a wiki, made from counts per ten seconds, and what a detector says of them."""

import random
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from wiki_activity.domain.live import TICK_SECONDS, LiveDetector, Signal, Tick

START = 1_700_000_000


def make_ticks(people: Sequence[int], bots: Sequence[int] = (), start: int = START) -> list[Tick]:
    """Make ticks from people's and bots' edits; no rule that looks at the windows is fed with them."""
    counts = zip_longest(people, bots, fillvalue=0)
    return [
        Tick(start + TICK_SECONDS * number, person + bot, person, 0, 0, 0)
        for number, (person, bot) in enumerate(counts, start=1)
    ]


def feed(detector: LiveDetector, ticks: Iterable[Tick]) -> list[Signal]:
    """Feed ticks in order."""
    return [detector.tick(tick) for tick in ticks]


def draw_edits(rng: random.Random, rate: float, ticks: int) -> list[int]:
    """Draw edits per tick that come by chance, `rate` a second."""
    counts = [0] * ticks
    at = rng.expovariate(rate)
    while at < ticks * TICK_SECONDS:
        counts[int(at) // TICK_SECONDS] += 1
        at += rng.expovariate(rate)
    return counts
