"""How well episodes match planted bursts: precision over episodes, recall over bursts, and how soon they are told."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.live_series import LiveSeries, PlantedBurst, list_ticks
from wiki_activity.domain.live import LiveDetector

SLACK_SECONDS = 180


@dataclass(frozen=True, slots=True)
class Episode:
    """Seconds at which a detector opened an episode and at which, as it found, that ended."""

    opened_at: int
    ended_at: int


@dataclass(frozen=True, slots=True)
class Match:
    """The episodes that belong to each planted burst of a series, and how many belong to any and to none."""

    found: tuple[tuple[PlantedBurst, tuple[Episode, ...]], ...]
    true: int
    false: int


@dataclass(frozen=True, slots=True)
class LiveScore:
    """Findings held against the truth; figures over nothing are NaN.

    Parameters
    ----------
    precision, recall
        Shares of true episodes among all, and of found bursts among all.
    recall_of_2x, recall_of_3x
        Recall over bursts of at least twice, and three times, the usual rate.
    begins
        Episodes per found burst.
    delay_seconds
        Median time from a found burst's begin to its first episode's.
    end_error_seconds
        Median distance between the end of a found burst of at least 3 × and that of its last episode.
    """

    precision: float
    recall: float
    recall_of_2x: float
    recall_of_3x: float
    begins: float
    delay_seconds: float
    end_error_seconds: float

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 where nothing was found."""
        return 2 * self.precision * self.recall / (self.precision + self.recall) if self.recall else 0.0


def find_episodes(series: LiveSeries, detector: LiveDetector) -> list[Episode]:
    """Run a fresh detector over a series; an episode that is open at its end ends there."""
    episodes = []
    opened_at = 0
    for tick in list_ticks(series):
        signal = detector.tick(tick)
        if signal.begins:
            opened_at = tick.at
        if signal.ended_at is not None:
            episodes.append(Episode(opened_at, signal.ended_at))
            opened_at = 0
    return [*episodes, Episode(opened_at, len(series.people))] if opened_at else episodes


def match_episodes(bursts: Sequence[PlantedBurst], episodes: Sequence[Episode]) -> Match:
    """Give each burst the episodes that touch the time from its begin to 180 s after its end."""
    found = tuple(
        (
            burst,
            tuple(e for e in episodes if e.opened_at <= burst.end + SLACK_SECONDS and e.ended_at >= burst.begin),
        )
        for burst in bursts
    )
    true = len({episode for _, own in found for episode in own})
    return Match(found, true, len(episodes) - true)


def score_matches(matches: Sequence[Match]) -> LiveScore:
    """Score the matches of several series as one."""
    every = [pair for match in matches for pair in match.found]
    found = [(burst, own) for burst, own in every if own]
    clear = [(burst, own) for burst, own in every if burst.factor >= 2]
    strong = [(burst, own) for burst, own in every if burst.factor >= 3]
    true = sum(match.true for match in matches)
    return LiveScore(
        precision=_divide(true, true + sum(match.false for match in matches)),
        recall=_divide(len(found), len(every)),
        recall_of_2x=_divide(sum(bool(own) for _, own in clear), len(clear)),
        recall_of_3x=_divide(sum(bool(own) for _, own in strong), len(strong)),
        begins=_divide(sum(len(own) for _, own in found), len(found)),
        delay_seconds=_find_median(max(own[0].opened_at - burst.begin, 0) for burst, own in found),
        end_error_seconds=_find_median(abs(own[-1].ended_at - burst.end) for burst, own in strong if own),
    )


def _divide(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _find_median(numbers: Iterable[float]) -> float:
    return median([*numbers] or [float("nan")])
