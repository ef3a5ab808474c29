"""Minutes of wikis, and which minutes were seen at all: that takes a look at all wikis together."""

from collections.abc import Collection, Container, Mapping

import redis

from wiki_activity.redis_store.connection import Keys, wrapped_errors
from wiki_activity.redis_store.packed_counts import Counts, decode_counts
from wiki_activity.redis_store.writing import HOUR, MINUTE

_MINUTES: int = HOUR // MINUTE


def was_minute_seen(minute: int, until: int, any_edits: Container[int]) -> bool:
    """Tell whether a whole minute was seen.

    Over all wikis no minute passes without an edit. One that has none was not seen, and those beside it were seen in
    part at most.

    Parameters
    ----------
    minute
        Epoch second at which it begins.
    until
        Epoch second up to which minutes are finished.
    any_edits
        The minutes in which any wiki was edited.
    """
    return all(one in any_edits or one >= until for one in (minute - MINUTE, minute, minute + MINUTE))


class HourReader:
    """Reads hours of all wikis for a few of them, each hour once.

    Parameters
    ----------
    client, keys
        Where the counts are.
    """

    def __init__(self, client: redis.Redis, keys: Keys | None = None) -> None:
        self._client = client
        self._keys = keys or Keys()
        self._hours: dict[int, dict[str, str]] = {}
        self._places: dict[int, Collection[int]] = {}

    @property
    def hours_read(self) -> int:
        """How many hours were read."""
        return len(self._hours)

    def read(self, project: str, since: int, until: int) -> Mapping[int, Counts | None]:
        """Return a wiki's finished minutes in [since, until), by epoch second; None for those not seen whole.

        Parameters
        ----------
        until
            The minute that begins then has to be finished too: it tells whether the one before it was seen whole.

        Raises
        ------
        RedisStoreError
            If they cannot be read.
        """
        any_edits: set[int] = set()
        counts: dict[int, Counts] = {}
        for hour in range((since - MINUTE) // HOUR, until // HOUR + 1):
            any_edits.update(hour * HOUR + place * MINUTE for place in self._find_places(hour))
            its_minutes = decode_counts(self._hours[hour].get(project, ""))
            counts.update((hour * HOUR + place * MINUTE, pair) for place, pair in its_minutes.items())
        return {
            minute: counts.get(minute, (0, 0)) if was_minute_seen(minute, until + MINUTE, any_edits) else None
            for minute in range(since, until, MINUTE)
        }

    def _find_places(self, hour: int) -> Collection[int]:
        if hour not in self._hours:
            with wrapped_errors(self._client):
                fields = self._client.hgetall(self._keys.minutes(hour))
            self._hours[hour] = {_text(name): _text(text) for name, text in fields.items()}
            places: set[int] = set()
            # The busiest wikis have the longest texts, and an edit in nearly every minute.
            for text in sorted(self._hours[hour].values(), key=len, reverse=True):
                places.update(decode_counts(text))
                if len(places) == _MINUTES:
                    break
            self._places[hour] = places
        return self._places[hour]


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
