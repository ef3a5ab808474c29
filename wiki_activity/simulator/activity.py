"""Seeded monthly activity of every simulated wiki: edits and editors by type of editor, with peaks planted in them.

The counts reach to a fixed horizon, so that publishing a later month never changes an earlier one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from wiki_activity.domain.months import EARLIEST_MONTH, shift_month
from wiki_activity.simulator.planting import KINDS, PlantedPeak, Planting, plan_peaks
from wiki_activity.simulator.wiki_catalogue import SimulatedWiki

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

HORIZON: Final = 420
"""Months from 2001-01 on that are made, so to the end of 2035."""
SIZE_MONTH: Final = 300
"""The month, 2026-01, at which a wiki has the size that the catalogue gives it."""
EDITOR_TYPES: Final = ("user", "anonymous", "group-bot", "name-bot")
YEARLY_SHIFT_CHANCE: Final = 0.02
PEOPLE_NOISE: Final = 2.5
"""Variance of people's edits, relative to the square of a mean of 1; falls with the root of the mean.

So a month is 6 % off at 600,000 edits and 32 % at 600; of 11 recorded Wikipedias the big ones were as calm, the small
ones a little wilder.
"""
QUIETEST_MEAN: Final = 50.0


@dataclass(frozen=True, slots=True)
class LevelShift:
    """A month from which a wiki stays at another level; no peak, though it may look like one at first."""

    project: str
    month: date
    factor: float


@dataclass(frozen=True, slots=True)
class Activity:
    """What happened on the simulated wikis; arrays have shape (months from 2001-01, wikis).

    Parameters
    ----------
    edits, editors
        Of content pages, by type of editor.
    non_content_ratio
        Edits of other pages per edit of a content page, by wiki.
    peaks, shifts
        The truth, to the horizon.
    """

    edits: Mapping[str, Counts]
    editors: Mapping[str, Counts]
    non_content_ratio: Floats
    peaks: tuple[PlantedPeak, ...] = field(repr=False)
    shifts: tuple[LevelShift, ...] = field(repr=False)


def make_activity(wikis: Sequence[SimulatedWiki], seed: int) -> Activity:
    """Make the activity of the wikis to the horizon; the same wikis and seed give the same counts."""
    level, age, shift = _make_level(wikis, seed)
    usual = _split_by_editor_type(wikis, seed, level)
    usual_editors = {name: _expect_editors(name, edits) for name, edits in usual.items()}
    planting = plan_peaks(seed, level, age)
    raised, raised_editors = _plant(planting, usual, usual_editors)
    edits = _draw_edits(seed, raised)
    peaks = _tell_peaks(wikis, planting, (usual, usual_editors), (raised, raised_editors))
    ratio = np.random.default_rng([seed, 5]).uniform(0.35, 0.85, len(wikis))
    return Activity(edits, _draw_editors(seed, raised_editors, edits), ratio, peaks, _tell_shifts(wikis, shift))


def _make_level(wikis: Sequence[SimulatedWiki], seed: int) -> tuple[Floats, Counts, Floats]:
    """Return the mean of all edits, the age in months and the factor of the shift that starts in a month (else 1)."""
    rng = np.random.default_rng([seed, 1])
    size = np.array([wiki.size for wiki in wikis])
    count = len(wikis)
    rank = np.log10(np.maximum(size, 1.0))
    start = np.clip(np.round((6.2 - rank) * 30 + rng.normal(0, 20, count)), 0, 280).astype(np.int64)
    month = np.arange(HORIZON)[:, None]
    age = month - start
    growth = -np.expm1(-(((np.maximum(age, 0) + 1) / rng.uniform(20, 70, count)) ** 1.6))
    trend = rng.normal(-0.005, 0.03, count) * (month - 240) / 12
    season = _make_season(rng, count)
    wander = np.random.default_rng([seed, 2]).normal(0, 0.025, (HORIZON, count))
    drift: Floats = np.asarray(lfilter([1.0], [1.0, -0.97], wander, axis=0))
    shift_rng = np.random.default_rng([seed, 3])
    shifts = shift_rng.random((HORIZON, count)) < YEARLY_SHIFT_CHANCE / 12
    height = shift_rng.uniform(0.4, 0.9, (HORIZON, count)) * shift_rng.choice([-1.0, 1.0], (HORIZON, count))
    log_shift = np.where(shifts & (age >= 12), height, 0.0)
    path = trend + drift + np.cumsum(log_shift, axis=0)
    path -= path[SIZE_MONTH]
    level = size * np.exp(rng.normal(0, 0.1, count)) * growth * np.exp(np.clip(path, -1.6, 1.6) + season)
    return np.where((age >= 0) & (size > 0), level, 0.0), age, np.exp(log_shift)


def _make_season(rng: np.random.Generator, count: int) -> Floats:
    angle = 2 * np.pi * np.arange(HORIZON)[:, None] / 12
    once, twice = rng.uniform(0.02, 0.18, count), rng.uniform(0.0, 0.08, count)
    return once * np.cos(angle - rng.uniform(0, 6.28, count)) + twice * np.cos(2 * angle - rng.uniform(0, 6.28, count))


def _split_by_editor_type(wikis: Sequence[SimulatedWiki], seed: int, level: Floats) -> dict[str, Floats]:
    rng = np.random.default_rng([seed, 4])
    bots = np.clip(rng.beta(2, 10, len(wikis)), 0.01, 0.45)
    bots = np.where([wiki.code == "wikidata" for wiki in wikis], 0.5, bots)
    logged_out = np.clip(rng.beta(3, 12, len(wikis)), 0.02, 0.5)
    logged_out = np.where([wiki.code in {"wikidata", "commons"} for wiki in wikis], 0.01, logged_out)
    grouped = rng.uniform(0.6, 0.95, len(wikis))
    people = level * (1 - bots)
    return {
        "user": people * (1 - logged_out),
        "anonymous": people * logged_out,
        "group-bot": level * bots * grouped,
        "name-bot": level * bots * (1 - grouped),
    }


def _expect_editors(editor_type: str, edits: Floats) -> Floats:
    if editor_type == "user":
        return np.minimum(0.6 * edits**0.78, edits)
    if editor_type == "anonymous":
        return np.minimum(0.6 * edits**0.9, edits)
    return np.minimum(0.8 * edits**0.25, edits)


def _plant(
    planting: Planting, usual: Mapping[str, Floats], usual_editors: Mapping[str, Floats]
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Return the means of edits and of editors with the peaks in them."""
    edits = {name: mean.copy() for name, mean in usual.items()}
    editors = {name: mean.copy() for name, mean in usual_editors.items()}

    def choose(kind: str) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], Floats, Floats, Floats]:
        chosen = planting.kind == KINDS.index(kind)
        cells = planting.month[chosen], planting.wiki[chosen]
        people = usual["user"][cells] + usual["anonymous"][cells]
        everyone = people + usual["group-bot"][cells] + usual["name-bot"][cells]
        return cells, planting.factor[chosen], people, everyone

    cells, factor, _, everyone = choose("bot_run")
    edits["group-bot"][cells] += (factor - 1) * everyone
    cells, factor, _, _ = choose("more_people")
    for name in ("user", "anonymous"):
        edits[name][cells] *= factor
        editors[name][cells] *= factor**0.95
    cells, factor, people, _ = choose("same_people")
    edits["user"][cells] += (factor - 1) * people
    editors["user"][cells] *= factor**0.05
    cells, factor, people, _ = choose("logged_out_wave")
    edits["anonymous"][cells] += (factor - 1) * people
    editors["anonymous"][cells] *= (edits["anonymous"][cells] / np.maximum(usual["anonymous"][cells], 1e-9)) ** 0.9
    return edits, editors


def _draw_edits(seed: int, means: Mapping[str, Floats]) -> dict[str, Counts]:
    """Draw negative binomial counts: a Poisson count about a mean that itself varies by a gamma."""
    rng = np.random.default_rng([seed, 6])
    people = means["user"] + means["anonymous"]
    restlessness = np.exp(rng.normal(0, 0.4, people.shape[1]))
    spread = PEOPLE_NOISE * restlessness * np.maximum(people, QUIETEST_MEAN) ** -0.5
    both = _vary(rng, spread / 2)
    drawn = {
        "user": rng.poisson(means["user"] * both * _vary(rng, spread / 2)),
        "anonymous": rng.poisson(means["anonymous"] * both * _vary(rng, spread / 2)),
    }
    bots = _vary(rng, 2 * spread)
    for name in ("group-bot", "name-bot"):
        drawn[name] = rng.poisson(means[name] * bots)
    return drawn


def _draw_editors(seed: int, means: Mapping[str, Floats], edits: Mapping[str, Counts]) -> dict[str, Counts]:
    rng = np.random.default_rng([seed, 7])
    drawn = {}
    for name in EDITOR_TYPES:
        varied = means[name] * _vary(rng, 0.08 * np.maximum(means[name], 3.0) ** -0.3)
        drawn[name] = np.clip(rng.poisson(varied), (edits[name] > 0).astype(np.int64), edits[name])
    return drawn


def _vary(rng: np.random.Generator, spread: Floats) -> Floats:
    return rng.gamma(1 / spread, spread)


def _tell_peaks(
    wikis: Sequence[SimulatedWiki],
    planting: Planting,
    usual: tuple[Mapping[str, Floats], Mapping[str, Floats]],
    raised: tuple[Mapping[str, Floats], Mapping[str, Floats]],
) -> tuple[PlantedPeak, ...]:
    cells = planting.month, planting.wiki
    before, after = _sum_metrics(usual, cells), _sum_metrics(raised, cells)
    added = {name: 1 - usual[0][name][cells] / np.maximum(raised[0][name][cells], 1e-9) for name in EDITOR_TYPES}
    return tuple(
        PlantedPeak(
            project=wikis[planting.wiki[i]].host,
            month=shift_month(EARLIEST_MONTH, int(planting.month[i])),
            kind=KINDS[planting.kind[i]],
            factor=round(float(planting.factor[i]), 3),
            expected=round(float(before["edits"][i]), 1),
            rises={metric: round(float(after[metric][i] / before[metric][i]), 3) for metric in before},
            extra_shares={name: round(float(share[i]), 4) for name, share in added.items()},
            starts=bool(planting.starts[i]),
            shared=bool(planting.shared[i]),
        )
        for i in range(len(planting.month))
    )


def _sum_metrics(
    means: tuple[Mapping[str, Floats], Mapping[str, Floats]], cells: tuple[NDArray[np.intp], NDArray[np.intp]]
) -> dict[str, Floats]:
    edits, editors = ({name: mean[cells] for name, mean in by_type.items()} for by_type in means)
    people = edits["user"] + edits["anonymous"]
    return {
        "edits": people + edits["group-bot"] + edits["name-bot"],
        "people_edits": people,
        "editors": sum(editors.values(), np.zeros(len(people))),
    }


def _tell_shifts(wikis: Sequence[SimulatedWiki], shift: Floats) -> tuple[LevelShift, ...]:
    return tuple(
        LevelShift(wikis[wiki].host, shift_month(EARLIEST_MONTH, int(month)), round(float(shift[month, wiki]), 3))
        for month, wiki in np.argwhere(shift != 1.0)
        if wikis[wiki].size > 0
    )
