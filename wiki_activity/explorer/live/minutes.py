"""Edits a minute of all wikis over the last hours, by event time, and which of the minutes were seen at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import redis

from wiki_activity.redis_store.all_minutes import was_minute_seen
from wiki_activity.redis_store.connection import Keys, wrapped_errors
from wiki_activity.redis_store.packed_counts import Counts, decode_counts
from wiki_activity.redis_store.writing import HOUR, MINUTE

SHOWN_MINUTES = 180
_KEPT_SECONDS = (SHOWN_MINUTES + 1) * MINUTE

ByMinute = Mapping[int, Counts]
"""Counts by the epoch second at which their minute begins; zeros are absent."""


@dataclass(frozen=True, slots=True)
class Point:
    """A finished minute.

    Parameters
    ----------
    minute
        Epoch second at which it begins, event time.
    edits, bots
        Edits, bots' included, and those by bots; None where the minute was not seen, or not whole.
    """

    minute: int
    edits: int | None
    bots: int | None


@dataclass(frozen=True, slots=True)
class Minutes:
    """The finished minutes of the last three hours.

    Parameters
    ----------
    until
        Epoch second at which the newest of them ends; 0 where there is none.
    by_project
        Counts of each wiki.
    together
        Counts of all wikis together.
    """

    until: int = 0
    by_project: Mapping[str, ByMinute] = field(default_factory=dict)
    together: ByMinute = field(default_factory=dict)

    @property
    def newest(self) -> int | None:
        """The epoch second at which the newest minute begins; None where there is none."""
        return self.until - MINUTE if self.until else None

    def was_seen(self, minute: int) -> bool:
        """Tell whether the whole minute was seen."""
        return was_minute_seen(minute, self.until, self.together)

    def point(self, project: str | None, minute: int) -> Point:
        """Return a minute of one wiki, or of all together."""
        if not self.was_seen(minute):
            return Point(minute, None, None)
        series = self.together if project is None else self.by_project.get(project, {})
        edits, bots = series.get(minute, (0, 0))
        return Point(minute, edits, bots)

    def series(self, project: str | None, after: int | None = None) -> list[Point]:
        """Return the minutes that begin later than `after`, at most three hours of them, oldest first."""
        if not self.until:
            return []
        first = self.until - SHOWN_MINUTES * MINUTE
        if after is not None:
            first = max(first, after - after % MINUTE + MINUTE)
        return [self.point(project, minute) for minute in range(first, self.until, MINUTE)]


class MinuteReader:
    """Reads each finished minute of all wikis once, whoever wants to see it.

    Parameters
    ----------
    keys
        Names of the keys.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._minutes = Minutes()

    def read(self, client: redis.Redis, closed_until: int) -> Minutes:
        """Return the minutes that are finished; the store is asked only if there are new ones.

        Parameters
        ----------
        closed_until
            Epoch second up to which all seconds are closed.

        Raises
        ------
        RedisStoreError
            If the store cannot be read.
        """
        known, until = self._minutes, closed_until - closed_until % MINUTE
        if until == known.until:
            return known
        oldest = until - _KEPT_SECONDS
        goes_on = oldest < known.until < until
        since = known.until if goes_on else oldest
        kept: dict[str, dict[int, Counts]] = {}
        if goes_on:
            for project, series in known.by_project.items():
                if rest := {minute: counts for minute, counts in series.items() if minute >= oldest}:
                    kept[project] = rest
        for project, series in self._read_span(client, since, until).items():
            kept.setdefault(project, {}).update(series)
        self._minutes = Minutes(until, kept, _add_up(kept))
        return self._minutes

    def _read_span(self, client: redis.Redis, since: int, until: int) -> dict[str, dict[int, Counts]]:
        hours = range(since // HOUR, (until - 1) // HOUR + 1)
        with wrapped_errors(client), client.pipeline(transaction=False) as pipe:
            for hour in hours:
                pipe.hgetall(self._keys.minutes(hour))
            answers = pipe.execute()
        found: dict[str, dict[int, Counts]] = {}
        for hour, fields in zip(hours, answers, strict=True):
            for name, text in fields.items():
                for place, counts in decode_counts(text.decode()).items():
                    minute = hour * HOUR + place * MINUTE
                    if since <= minute < until:
                        found.setdefault(name.decode(), {})[minute] = counts
        return found


def _add_up(by_project: Mapping[str, ByMinute]) -> dict[int, Counts]:
    together: dict[int, Counts] = {}
    for series in by_project.values():
        for minute, (edits, bots) in series.items():
            all_edits, all_bots = together.get(minute, (0, 0))
            together[minute] = (all_edits + edits, all_bots + bots)
    return together
