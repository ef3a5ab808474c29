"""When edits come unusually fast on a simulated wiki: the truth that live findings are judged against."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from wiki_activity.simulator.wiki_catalogue import SimulatedWiki

DAY_SECONDS: Final = 86_400
LONGEST_SECONDS: Final = 40 * 60
ENGLISH_WIKIPEDIA: Final = "en.wikipedia.org"


@dataclass(frozen=True, slots=True)
class PlantedBurst:
    """A spell in which people edit the articles of a wiki faster than usual.

    Parameters
    ----------
    project
        Host name.
    start
        Epoch second of the stream's time.
    seconds
        How long it lasts.
    factor
        Rate of article edits, as a multiple of the usual one.
    people
        How many people make the additional edits.
    page
        The page that all of those are on; empty where they are on any.
    """

    project: str
    start: int
    seconds: int
    factor: float
    people: int
    page: str = ""

    @property
    def end(self) -> int:
        """The first second that is as usual again."""
        return self.start + self.seconds


class BurstPlan:
    """Bursts drawn for each day from the seed, and those that were asked for.

    Parameters
    ----------
    wikis
        Biggest first; more than half of the bursts hit English Wikipedia where it is among them.
    seed
        Same seed, same bursts.
    per_day
        How many bursts a day has on average.
    """

    def __init__(self, wikis: Sequence[SimulatedWiki], seed: int, per_day: float) -> None:
        self._projects = [wiki.host for wiki in wikis[:30]]
        self._seed = seed
        self._per_day = per_day
        self._drawn: dict[int, list[PlantedBurst]] = {}
        self._asked: list[PlantedBurst] = []

    def add(self, burst: PlantedBurst) -> None:
        """Plant a burst that was asked for; it must lie ahead, since what has been sent cannot change."""
        self._asked.append(burst)

    def list_between(self, start: int, end: int) -> list[PlantedBurst]:
        """List the bursts that touch the epoch seconds from `start` to `end`, the end excluded, in order of time."""
        days = range((start - LONGEST_SECONDS) // DAY_SECONDS, (end - 1) // DAY_SECONDS + 1)
        bursts = [*self._asked, *(burst for day in days for burst in self._draw(day))]
        return sorted((b for b in bursts if b.start < end and b.end > start), key=lambda b: (b.start, b.project))

    def _draw(self, day: int) -> list[PlantedBurst]:
        if day not in self._drawn:
            rng = np.random.default_rng([self._seed, 13, day])
            self._drawn[day] = [self._draw_one(rng, day) for _ in range(rng.poisson(self._per_day))]
        return self._drawn[day]

    def _draw_one(self, rng: np.random.Generator, day: int) -> PlantedBurst:
        english = ENGLISH_WIKIPEDIA in self._projects and rng.random() < 0.6
        return PlantedBurst(
            project=ENGLISH_WIKIPEDIA if english else self._projects[int(rng.integers(len(self._projects)))],
            start=day * DAY_SECONDS + int(rng.integers(DAY_SECONDS)),
            seconds=int(np.exp(rng.uniform(np.log(240), np.log(LONGEST_SECONDS)))),
            factor=round(float(np.exp(rng.uniform(np.log(2.5), np.log(8.0)))), 2),
            people=int(rng.integers(5, 60)),
        )
