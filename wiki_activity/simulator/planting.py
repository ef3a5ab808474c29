"""Which months of which wikis are made to stand out, and why: the truth that findings are judged against."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray

KINDS: Final = ("bot_run", "more_people", "same_people", "logged_out_wave")
KIND_SHARES: Final = (0.4, 0.25, 0.25, 0.1)
MONTHLY_CHANCE: Final = 0.009
"""About one planted peak in nine wiki-years, as on real wikis."""
SECOND_MONTH_CHANCE: Final = 0.3
SHARED_MONTHLY_CHANCE: Final = 0.025
SHARED_SHARE: Final = 0.06
"""Share of the wikis that a shared month touches."""
REST_MONTHS: Final = 6
SMALLEST_EXPECTED: Final = 20.0


@dataclass(frozen=True, slots=True)
class PlantedPeak:
    """One month of one wiki that was made busier than it would have been.

    Parameters
    ----------
    project
        Host name.
    month
        First day.
    kind
        One of `bot_run`, `more_people`, `same_people`, `logged_out_wave`.
    factor
        What was drawn: the rise of all edits for a bot run, of people's edits for the other kinds.
    expected
        Mean of all content edits without the peak.
    rises
        Mean with the peak over mean without it, by metric (`edits`, `people_edits`, `editors`).
    extra_shares
        Share of the edits of a type of editor that the peak adds, in the mean; 0 where it adds none.
    starts
        Whether this is the first month of the peak.
    shared
        Whether many wikis were made to peak in this month for the same reason.
    """

    project: str
    month: date
    kind: str
    factor: float
    expected: float
    rises: Mapping[str, float]
    extra_shares: Mapping[str, float]
    starts: bool
    shared: bool

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that rise by at least 30 %."""
        return tuple(metric for metric, rise in self.rises.items() if rise >= 1.3)


@dataclass(frozen=True, slots=True)
class Planting:
    """Where peaks are planted; all arrays have one entry per (month, wiki) that is touched.

    Parameters
    ----------
    month, wiki
        Row and column.
    kind
        Index into :data:`KINDS`.
    factor
        1.5 to 10, log-uniform.
    starts, shared
        As in :class:`PlantedPeak`.
    """

    month: NDArray[np.intp]
    wiki: NDArray[np.intp]
    kind: NDArray[np.intp]
    factor: NDArray[np.float64]
    starts: NDArray[np.bool_]
    shared: NDArray[np.bool_]


def plan_peaks(seed: int, expected: NDArray[np.float64], age: NDArray[np.int64]) -> Planting:
    """Choose months and wikis, kinds and sizes.

    Parameters
    ----------
    seed
        Same seed, same shape: same peaks.
    expected
        Mean edits without peaks, shape (months, wikis).
    age
        Months since the wiki's first, same shape; negative before it.
    """
    rng = np.random.default_rng([seed, 71])
    months: int = expected.shape[0]
    wikis: int = expected.shape[1]
    fit = (age >= REST_MONTHS) & (expected >= SMALLEST_EXPECTED)
    alone = rng.random((months, wikis)) < MONTHLY_CHANCE
    shared_month = rng.random(months) < SHARED_MONTHLY_CHANCE
    shared_kind = rng.choice(np.arange(len(KINDS)), months, p=KIND_SHARES)
    shared = shared_month[:, None] & (rng.random((months, wikis)) < SHARED_SHARE)
    kind = np.where(shared, shared_kind[:, None], rng.choice(np.arange(len(KINDS)), (months, wikis), p=KIND_SHARES))
    factor = np.exp(rng.uniform(np.log(1.5), np.log(10.0), (months, wikis)))
    second = rng.random((months, wikis)) < SECOND_MONTH_CHANCE
    starts = _keep_apart((alone | shared) & fit)
    follows = np.zeros_like(starts)
    follows[1:] = starts[:-1] & second[:-1]
    month, wiki = np.nonzero(starts | follows)
    first = month - follows[month, wiki]
    return Planting(
        month=month,
        wiki=wiki,
        kind=kind[first, wiki],
        factor=factor[first, wiki],
        starts=starts[month, wiki],
        shared=starts[month, wiki] & shared[month, wiki],
    )


def _keep_apart(wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    kept = np.zeros_like(wanted)
    free_from = np.zeros(wanted.shape[1], dtype=np.int64)
    for month in range(wanted.shape[0]):
        kept[month] = wanted[month] & (free_from <= month)
        free_from[kept[month]] = month + REST_MONTHS
    return kept
