"""Simulated edits of pages on many wikis in a calm week, seeded: runs of one person, always busy pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from wiki_activity.watch.who_edits import People

DAY_SECONDS = 86_400
START = 1_781_524_800
WIKIS = 300
BIGGEST_PER_SECOND = 1.2
"""People's edits of articles on the biggest wiki; the wiki of rank r has 1 / r of it."""


@dataclass(frozen=True, slots=True)
class PageRecipe:
    """How pages are edited.

    Parameters
    ----------
    runs, run_edits, run_seconds
        Share of the edits that go on with a run of one person on one page; its mean length; time between its edits.
    busy
        Shares in the wiki's edits of pages that are always busy, by whoever comes.
    tail
        Of all other pages the n-th has a share like 1 / (n + 20).
    pages
        How many there are.
    people
        How many edit the biggest wiki; smaller ones have the square root of their share in it.
    swing
        The busiest hour has so many times the edits of the calmest.
    """

    runs: float = 0.5
    run_edits: float = 4.0
    run_seconds: float = 80.0
    busy: tuple[float, ...] = (0.02, 0.01, 0.005, 0.003, 0.002, 0.002, 0.001, 0.001, 0.001)
    tail: float = 1.0
    pages: int = 200_000
    people: int = 3_000
    swing: float = 1.8


@dataclass(frozen=True, slots=True)
class PlantedPage:
    """People who edit one page: from when, how long, how many, and how often each of them."""

    begin: int
    seconds: int
    people: int
    seconds_between: float


def make_hours(
    recipe: PageRecipe, per_second: float, hours: int, seed: int, planted: PlantedPage | None = None
) -> Iterator[tuple[int, list[tuple[int, str, str]]]]:
    """Make a wiki's edits hour by hour: when the hour ends, and time, title and person of each edit, in order."""
    rng = np.random.default_rng([seed, 31])
    shares = 1 / (np.arange(recipe.pages) + 20) ** recipe.tail
    heights = np.cumsum(np.concatenate([recipe.busy, shares / shares.sum() * (1 - sum(recipe.busy))]))
    pool = max(int(recipe.people * (per_second / BIGGEST_PER_SECOND) ** 0.5), 20)
    carried: list[tuple[int, str, str]] = []
    for hour in range(hours):
        begin = START + hour * 3600
        depth = (recipe.swing - 1) / (recipe.swing + 1)
        rate = per_second * (1 + depth * np.cos(2 * np.pi * (hour % 24) / 24))
        edits, carried = carried, []
        count = rng.poisson(3600 * rate * (1 - recipe.runs))
        times = begin + rng.integers(0, 3600, count)
        pages = np.searchsorted(heights, rng.random(count) * heights[-1])
        people = (rng.random(count) ** 2 * pool).astype(int)
        begins_run = rng.random(count) < recipe.runs / (1 - recipe.runs) / (recipe.run_edits - 1)
        more = np.where(begins_run, rng.geometric(1 / (recipe.run_edits - 1), count), 0)
        for at, page, person, again in zip(times.tolist(), pages.tolist(), people.tolist(), more.tolist(), strict=True):
            edits.append((at, f"Page {page}", f"User {person}"))
            gaps = (rng.exponential(recipe.run_seconds, again).astype(int) + 1).tolist()
            edits += [(at + later, f"Page {page}", f"User {person}") for later in accumulate(gaps)]
        if planted is not None:
            edits += _plant(planted, begin, rng)
        edits.sort()
        until = begin + 3600
        carried = [edit for edit in edits if edit[0] >= until]
        yield until, [edit for edit in edits if edit[0] < until]


def add_to(people: People, edits: list[tuple[int, str, str]]) -> None:
    """Hand edits to who keeps them."""
    for at, title, user in edits:
        people.add(at, title, user, is_bot=False)


def _plant(planted: PlantedPage, begin: int, rng: np.random.Generator) -> list[tuple[int, str, str]]:
    first, last = max(begin, planted.begin), min(begin + 3600, planted.begin + planted.seconds)
    if last <= first:
        return []
    count = rng.poisson((last - first) * planted.people / planted.seconds_between)
    return [
        (int(rng.integers(first, last)), "Planted", f"Visitor {rng.integers(planted.people)}") for _ in range(count)
    ]
