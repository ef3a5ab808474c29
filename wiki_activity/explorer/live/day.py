"""The last 24 hours of one wiki, or of all together, in steps of five minutes; each hour is read once for everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Final

import redis

from wiki_activity.redis_store.all_minutes import was_minute_seen
from wiki_activity.redis_store.connection import Keys, connect, wrapped_errors
from wiki_activity.redis_store.packed_counts import Counts, decode_counts
from wiki_activity.redis_store.store_errors import RedisStoreError
from wiki_activity.redis_store.writing import HOUR, MINUTE
from wiki_activity.settings import Settings
from wiki_activity.watch.session import NoRedisError, find_live_place

DAY: Final = 24 * HOUR
STEP: Final = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Step:
    """Five minutes.

    Parameters
    ----------
    begin
        Epoch second, event time.
    edits, bots
        A minute on average, bots' included and those by bots; None where none of the minutes was seen whole.
    seen
        How many of the minutes were.
    """

    begin: int
    edits: float | None
    bots: float | None
    seen: int


@dataclass(frozen=True, slots=True)
class _Hour:
    texts: Mapping[str, str]
    together: Mapping[int, Counts]
    read_at: int


class DayReader:
    """Reads the last day; several threads may use it.

    Parameters
    ----------
    settings
        Where the live store is.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = Lock()
        self._client: redis.Redis | None = None
        self._keys = Keys()
        self._hours: dict[int, _Hour] = {}

    def read(self, project: str | None, closed_until: int) -> list[Step] | None:
        """Return the finished steps of the last 24 hours, oldest first; None where they cannot be read now.

        Parameters
        ----------
        project
            None for all wikis together.
        closed_until
            Epoch second up to which all seconds are closed.
        """
        until = closed_until - closed_until % MINUTE
        last = until - until % STEP
        first = last - DAY
        with self._lock:
            try:
                self._renew(range((first - MINUTE) // HOUR, until // HOUR + 1), until)
            except (NoRedisError, RedisStoreError):
                self.close()
                return None
            hours = dict(self._hours)
        any_edits = {minute for hour in hours.values() for minute in hour.together}
        counts: dict[int, Counts] = {}
        for number, hour in hours.items():
            counts.update(hour.together if project is None else _place(number, hour.texts.get(project, "")))
        return [_add_up(begin, counts, any_edits, until) for begin in range(first, last, STEP)]

    def close(self) -> None:
        """Hang up; reading connects again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def _renew(self, wanted: range, until: int) -> None:
        for number in [number for number in self._hours if number not in wanted]:
            del self._hours[number]
        missing = [number for number in wanted if not self._is_whole(number, until)]
        if not missing:
            return
        if self._client is None:
            place = find_live_place(self._settings)
            self._client, self._keys = connect(place.url), place.keys
        with wrapped_errors(self._client), self._client.pipeline(transaction=False) as pipe:
            for number in missing:
                pipe.hgetall(self._keys.minutes(number))
            answers = pipe.execute()
        for number, fields in zip(missing, answers, strict=True):
            texts = {name.decode(): text.decode() for name, text in fields.items()}
            together: dict[int, Counts] = {}
            for text in texts.values():
                for minute, (edits, bots) in _place(number, text).items():
                    before = together.get(minute, (0, 0))
                    together[minute] = (before[0] + edits, before[1] + bots)
            self._hours[number] = _Hour(texts, together, until)

    def _is_whole(self, number: int, until: int) -> bool:
        hour = self._hours.get(number)
        return hour is not None and (hour.read_at == until or hour.read_at >= (number + 1) * HOUR)


def _place(hour: int, text: str) -> dict[int, Counts]:
    return {hour * HOUR + place * MINUTE: counts for place, counts in decode_counts(text).items()}


def _add_up(begin: int, counts: Mapping[int, Counts], any_edits: set[int], until: int) -> Step:
    seen = [
        counts.get(minute, (0, 0))
        for minute in range(begin, begin + STEP, MINUTE)
        if was_minute_seen(minute, until, any_edits)
    ]
    if not seen:
        return Step(begin, None, None, 0)
    edits, bots = (sum(pair[at] for pair in seen) / len(seen) for at in (0, 1))
    return Step(begin, edits, bots, len(seen))
