"""The minutes around an episode, from an hour before its start to an hour after its end, kept for good."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from wiki_activity.domain.episodes import Episode

MINUTE: Final = 60
AROUND_SECONDS: Final = 3600
"""So much is kept before the start and after the end."""
_NOT_SEEN: Final = "-"

MinuteCounts = tuple[int, int] | None
"""Edits, bots' included, and those by bots; None where the minute was not seen whole."""


@dataclass(frozen=True, slots=True)
class EpisodeMinutes:
    """Consecutive finished minutes of one wiki.

    Parameters
    ----------
    first
        Epoch second at which the oldest begins.
    counts
        Of each, oldest first.
    """

    first: int
    counts: tuple[MinuteCounts, ...] = ()

    @property
    def until(self) -> int:
        """Epoch second at which the newest ends."""
        return self.first + MINUTE * len(self.counts)

    def __iter__(self) -> Iterator[tuple[int, MinuteCounts]]:
        return ((self.first + MINUTE * place, counts) for place, counts in enumerate(self.counts))

    def extend(self, until: int, found: Mapping[int, MinuteCounts]) -> "EpisodeMinutes":
        """Add the minutes up to an epoch second; those that are there stay, and what was not found was not seen."""
        added = (found.get(minute) for minute in range(self.until, until, MINUTE))
        return EpisodeMinutes(self.first, (*self.counts, *added))


def begin_minutes(started_at: datetime) -> EpisodeMinutes:
    """Return the minutes of an episode that started then, while none is known."""
    first = int(started_at.timestamp()) - AROUND_SECONDS
    return EpisodeMinutes(first - first % MINUTE)


def find_last_end(ended_at: datetime) -> int:
    """Return the epoch second at which the last minute ends that is kept of an episode that ended then."""
    last = int(ended_at.timestamp()) + AROUND_SECONDS
    return last + -last % MINUTE


def find_span(episode: Episode, until: int) -> tuple[int, int]:
    """Return from when to when minutes of an episode are shown, epoch seconds, where they are known up to `until`."""
    first = begin_minutes(episode.started_at).first
    if episode.closed_at is None:
        return first, max(first, until - until % MINUTE)
    return first, find_last_end(episode.ended_at or episode.updated_at)


def encode_minutes(minutes: EpisodeMinutes) -> str:
    """Write the counts as one string: `12/3 4 -` is 12 edits, 3 of them by bots, then 4, then a minute not seen."""
    return " ".join(
        _NOT_SEEN if counts is None else f"{counts[0]}/{counts[1]}" if counts[1] else str(counts[0])
        for counts in minutes.counts
    )


def decode_minutes(first: int, text: str) -> EpisodeMinutes:
    """Read such a string.

    Raises
    ------
    ValueError
        If it is none.
    """
    return EpisodeMinutes(first, tuple(_decode(entry) for entry in text.split()))


def _decode(entry: str) -> MinuteCounts:
    if entry == _NOT_SEEN:
        return None
    edits, _, bots = entry.partition("/")
    return int(edits), int(bots or 0)
